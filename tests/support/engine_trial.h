/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DMA engine, and a naive one that moves byte by byte: descriptors, lists and registers at random,
 * after which memory and registers must be the same; and bytes that make no sense at all.
 */
#ifndef XLAT_TESTS_SUPPORT_ENGINE_TRIAL_H
#define XLAT_TESTS_SUPPORT_ENGINE_TRIAL_H

#include "trial.h"

extern const struct trial_kind engine_trial;

#endif
