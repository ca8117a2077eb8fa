/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The kinds of an access and the rights that allow them. An atomic is read and write together and
 * needs both rights. Rights are a set of kinds; the empty set allows nothing.
 */
#ifndef XLAT_ACCESS_H
#define XLAT_ACCESS_H

#include <xlat/config.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum xlat_access {
	XLAT_READ = 0,
	XLAT_WRITE = 1,
	XLAT_EXEC = 2,
	XLAT_ATOMIC = 3,
};

enum xlat_rights {
	XLAT_RIGHT_R = 1,
	XLAT_RIGHT_W = 2,
	XLAT_RIGHT_X = 4,
	XLAT_RIGHT_RW = 3,
	XLAT_RIGHT_RX = 5,
	XLAT_RIGHT_RWX = 7,
};

/* The rights that an access of this kind needs: a set of enum xlat_rights. */
XLAT_FORCE_INLINE unsigned xlat_access_rights(enum xlat_access access)
{
	return access == XLAT_ATOMIC ? (unsigned)XLAT_RIGHT_RW : 1u << (unsigned)access;
}

#ifdef __cplusplus
}
#endif
#endif
