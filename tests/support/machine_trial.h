/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stores and loads at the registers of a machine's devices, with an NVMe disk among them, memory
 * that they are led to, SBI calls, and harts that run meanwhile: nothing of it may do harm.
 */
#ifndef XLAT_TESTS_SUPPORT_MACHINE_TRIAL_H
#define XLAT_TESTS_SUPPORT_MACHINE_TRIAL_H

#include "trial.h"

extern const struct trial_kind machine_trial;

#endif
