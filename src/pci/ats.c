/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Address translation services (PCIe 10.5.1), page requests (10.5.2) and PASID (7.8.9): what a
 * device may do, and whether the guest lets it.
 */
#include "pci/pci.h"
#include "pci/registers.h"

#include <errno.h>

enum {
	ATS_LENGTH = 8,
	ATS_DEPTH_MOST = 32, /* written as 0 */
	ATS_ALIGNED = 1 << 5,
	ATS_STU = 0x1f,
	PRI_LENGTH = 16,
	PRI_CLEARS = 3, /* Response Failure, Unexpected Page Request Group Index */
	PASID_LENGTH = 8,
	PASID_EXECUTE = 1 << 1,
	PASID_PRIVILEGED = 1 << 2,
	PASID_WIDTH_MOST = 20,
};

int xlat_pci_add_ats(struct xlat_pci_function *function, unsigned offset, unsigned queue_depth)
{
	int placed;

	if (!queue_depth || queue_depth > ATS_DEPTH_MOST)
		return -EINVAL;
	placed = xlat__pci_extended(function, offset, EXTENDED_ATS, 1, ATS_LENGTH);
	if (placed < 0)
		return placed;
	xlat__pci_define(function, (unsigned)placed + ATS_CAPABILITY, 2,
			 queue_depth % ATS_DEPTH_MOST | ATS_ALIGNED, 0, 0);
	xlat__pci_define(function, (unsigned)placed + ATS_CONTROL, 2, 0, ATS_ENABLE | ATS_STU, 0);
	function->ats = (uint16_t)placed;
	return placed;
}

int xlat_pci_add_pri(struct xlat_pci_function *function, unsigned offset, uint32_t capacity)
{
	int placed = xlat__pci_extended(function, offset, EXTENDED_PRI, 1, PRI_LENGTH);

	if (placed < 0)
		return placed;
	xlat__pci_define(function, (unsigned)placed + PRI_CONTROL, 2, 0, PRI_ENABLE, 0);
	xlat__pci_define(function, (unsigned)placed + PRI_STATUS, 2, PRI_STOPPED, PRI_CLEARS,
			 PRI_CLEARS);
	xlat__pci_define(function, (unsigned)placed + PRI_CAPACITY, 4, capacity, 0, 0);
	xlat__pci_define(function, (unsigned)placed + PRI_ALLOCATION, 4, 0, UINT32_MAX, 0);
	function->pri = (uint16_t)placed;
	return placed;
}

/* Stopped is what Enable is not; Reset clears what has been recorded, while disabled. */
void xlat__pci_pri_written(struct xlat_pci_function *function, const struct xlat__pci_write *write)
{
	unsigned at = function->pri + PRI_CONTROL;
	bool enabled;

	if (!xlat__pci_touched(write, at, 1))
		return;
	enabled = xlat__pci_load(function, at, 1) & PRI_ENABLE;
	xlat__pci_change(function, function->pri + PRI_STATUS, 2, PRI_STOPPED,
			 enabled ? 0 : PRI_STOPPED);
	if (!enabled && (xlat__pci_written_byte(write, at) & PRI_RESET))
		xlat__pci_change(function, function->pri + PRI_STATUS, 2, PRI_CLEARS, 0);
}

int xlat_pci_add_pasid(struct xlat_pci_function *function, unsigned offset, unsigned width,
		       bool execute, bool privileged)
{
	unsigned kinds = (execute ? PASID_EXECUTE : 0u) | (privileged ? PASID_PRIVILEGED : 0u);
	int placed;

	if (!width || width > PASID_WIDTH_MOST)
		return -EINVAL;
	placed = xlat__pci_extended(function, offset, EXTENDED_PASID, 1, PASID_LENGTH);
	if (placed < 0)
		return placed;
	xlat__pci_define(function, (unsigned)placed + PASID_CAPABILITY, 2, kinds | width << 8, 0,
			 0);
	xlat__pci_define(function, (unsigned)placed + PASID_CONTROL, 2, 0, PASID_ENABLE | kinds, 0);
	function->pasid = (uint16_t)placed;
	return placed;
}

static bool is_set(const struct xlat_pci_function *function, unsigned capability, unsigned offset,
		   uint32_t bit)
{
	return capability && (xlat__pci_load(function, capability + offset, 2) & bit);
}

bool xlat_pci_ats_enabled(const struct xlat_pci_function *function)
{
	return is_set(function, function->ats, ATS_CONTROL, ATS_ENABLE);
}

bool xlat_pci_pri_enabled(const struct xlat_pci_function *function)
{
	return is_set(function, function->pri, PRI_CONTROL, PRI_ENABLE);
}

bool xlat_pci_pasid_enabled(const struct xlat_pci_function *function)
{
	return is_set(function, function->pasid, PASID_CONTROL, PASID_ENABLE);
}
