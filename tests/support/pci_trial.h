/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random guests and hosts on a random tree of bridges and devices, and on a naive reading of the
 * same bytes.
 */
#ifndef XLAT_TESTS_SUPPORT_PCI_TRIAL_H
#define XLAT_TESTS_SUPPORT_PCI_TRIAL_H

#include "trial.h"

extern const struct trial_kind pci_trial;

#endif
