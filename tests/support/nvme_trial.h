/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NVMe controllers at random. A disk: commands of all kinds, through any IOMMU, against an array of
 * bytes. A hostile guest: registers, doorbells, commands and memory as they come; what may not happen
 * is that anything breaks, hangs, or that a reset does not mend it.
 */
#ifndef XLAT_TESTS_SUPPORT_NVME_TRIAL_H
#define XLAT_TESTS_SUPPORT_NVME_TRIAL_H

#include "trial.h"

extern const struct trial_kind nvme_disk_trial, nvme_hostile_trial;

#endif
