/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether the model's answer is the one that the naive reader's is. */
#ifndef XLAT_TESTS_SUPPORT_COMPARE_RISCV_H
#define XLAT_TESTS_SUPPORT_COMPARE_RISCV_H

#include <xlat/riscv_iommu.h>

#include "naive_riscv.h"

/* The same request, as the naive reader takes it. */
struct naive_request naive_request(const struct xlat_riscv_iommu_request *request);

/* NULL if they agree, else the name of the field that differs. */
const char *difference(const struct xlat_riscv_iommu_request *request,
		       const struct naive_answer *naive,
		       const struct xlat_riscv_iommu_response *model);

#endif
