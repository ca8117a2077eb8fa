/* SPDX-License-Identifier: BSD-3-Clause */
#include "iommu/page_table/walk.h"

const char *xlat__pt_status_name(enum xlat__pt_status status)
{
	switch (status) {
	case XLAT__PT_OK:
		return "ok";
	case XLAT__PT_NONCANONICAL:
		return "address out of the format's range";
	case XLAT__PT_NOT_VALID:
		return "not valid";
	case XLAT__PT_RESERVED:
		return "reserved bits set";
	case XLAT__PT_TOO_DEEP:
		return "pointer at the last level";
	case XLAT__PT_MISALIGNED:
		return "misaligned superpage";
	case XLAT__PT_NOT_PERMITTED:
		return "not permitted";
	case XLAT__PT_NOT_ACCESSED:
		return "accessed or dirty bit clear";
	case XLAT__PT_ACCESS_FAULT:
		return "access fault";
	case XLAT__PT_CORRUPT:
		return "data corruption";
	case XLAT__PT_NESTED:
		return "next stage refused";
	}
	return "unknown";
}
