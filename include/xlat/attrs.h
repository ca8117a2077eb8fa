/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The attributes of an access: who asks. They travel by value with every access, sixteen bytes, so
 * that they fit two registers and compare with two instructions. Zero is an untagged, unprivileged,
 * non-secure request of requester 0.
 */
#ifndef XLAT_ATTRS_H
#define XLAT_ATTRS_H

#include <xlat/config.h>

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum xlat_attr_flags {
	XLAT_ATTR_PASID = 1, /* the pasid field is valid (PCIe 6.20: a PASID TLP prefix) */
	XLAT_ATTR_PRIVILEGED = 2, /* Privileged Mode Requested, or the CPU's privileged mode */
	XLAT_ATTR_SECURE = 4, /* Arm TrustZone: secure */
	XLAT_ATTR_TRANSLATED = 8, /* PCIe ATS: the address type is Translated */
	/*
	 * By a debugger or loader: writes reach what guests can only read, IOMMUs are peeked, and
	 * devices see the flag, so that they can spare their side effects.
	 */
	XLAT_ATTR_DEBUG = 16,
};

struct xlat_attrs {
	uint32_t requester; /* PCI requester id (segment << 16 | bus << 8 | devfn) or another device id */
	uint32_t pasid; /* process address space id, 20 bits; with XLAT_ATTR_PASID */
	uint16_t world; /* RISC-V WorldGuard world id */
	uint16_t flags; /* a set of enum xlat_attr_flags */
	uint32_t reserved; /* zero */
};

XLAT_FORCE_INLINE bool xlat_attrs_equal(struct xlat_attrs a, struct xlat_attrs b)
{
	uint64_t x[2], y[2];
	memcpy(x, &a, sizeof(x));
	memcpy(y, &b, sizeof(y));
	return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

#ifdef __cplusplus
}
#endif
#endif
