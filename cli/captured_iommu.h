/* SPDX-License-Identifier: BSD-3-Clause */
/* A model of the IOMMU of a capture that reads the captured RAM itself, without a fabric. */
#ifndef XLAT_CLI_CAPTURED_IOMMU_H
#define XLAT_CLI_CAPTURED_IOMMU_H

#include "cli/capture.h"

/* The first access of a model that led outside the captured RAM. A request's host_context. */
struct stray {
	bool happened;
	bool write;
	uint64_t address;
	size_t length;
};

/*
 * Makes a model with the captured registers that reads its tables from the captured RAM, without a
 * fabric: its opaque is the capture, the host_context of a request is a struct stray or NULL. HOST.
 */
enum status create_captured_iommu(struct capture *capture, struct xlat_riscv_iommu **iommu,
				  struct trouble *trouble);

#endif
