/* SPDX-License-Identifier: BSD-3-Clause */
/* Operands that tests of floating point draw: those at which something changes, and any. */
#ifndef XLAT_TESTS_SUPPORT_FLOAT_VALUES_H
#define XLAT_TESTS_SUPPORT_FLOAT_VALUES_H

#include "riscv/float.h"

/* The next of a sequence that its seed determines. */
uint64_t random_bits(uint64_t *seed);

/* A number, near to another now and then, or a NaN. */
uint64_t random_float(enum xlat__float_format format, uint64_t *seed);

#endif
