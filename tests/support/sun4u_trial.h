/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random programs and devices on a sun4u IOMMU, and on a table and a list of what its IOTLB holds.
 */
#ifndef XLAT_TESTS_SUPPORT_SUN4U_TRIAL_H
#define XLAT_TESTS_SUPPORT_SUN4U_TRIAL_H

#include "trial.h"

extern const struct trial_kind sun4u_trial;

#endif
