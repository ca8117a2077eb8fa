/* SPDX-License-Identifier: BSD-3-Clause */
/* One translation, shown with every table entry that it reads. */
#ifndef XLAT_CLI_WALK_H
#define XLAT_CLI_WALK_H

#include "cli/capture.h"
#include "cli/status.h"

#include <xlat/access.h>

#include <stdbool.h>
#include <stdint.h>

/* What is asked. */
struct walk_request {
	bool has_device; /* else the capture's only one */
	uint32_t device_id;
	bool has_pasid;
	uint32_t pasid;
	bool privileged;
	enum xlat_access access; /* READ, WRITE or EXEC */
	uint64_t iova;
	bool json;
};

/*
 * Translates and prints, without changing anything (peek). OK; NO: a fault; OUTSIDE_RAM: a fault
 * because a table lies outside the captured RAM; USAGE: no device was named and there is not
 * exactly one; HOST.
 */
enum status show_walk(struct capture *capture, const struct walk_request *request,
		      struct trouble *trouble);

/*
 * The device of a capture: the only one that its directory names, or the only one there whose
 * accesses are translated. Otherwise the complaint lists them. USAGE, or OUTSIDE_RAM when the
 * directory lies there.
 */
enum status find_only_device(const struct capture *capture, const struct xlat_riscv_iommu *iommu,
			     uint32_t *device_id, struct trouble *trouble);

#endif
