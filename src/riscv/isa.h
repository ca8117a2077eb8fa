/* SPDX-License-Identifier: BSD-3-Clause */
/* ISA strings ("ISA Extension Naming Conventions"): rv64imac_zicsr_zba. */
#ifndef XLAT_RISCV_ISA_H
#define XLAT_RISCV_ISA_H

#include <stdint.h>

/*
 * The extensions that a string names, with all that they need: a set of XLAT__EXT_BIT(). Case does
 * not matter; version numbers are not taken. -EINVAL: no ISA string, or without rv64i; -ENOTSUP: an
 * extension that is not implemented.
 */
int xlat__isa_parse(const char *text, uint64_t *extensions);

#endif
