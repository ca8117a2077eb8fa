/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Floating point as the F and D extensions define it (The RISC-V Instruction Set Manual, volume I,
 * chapters "F" and "D"), in integers: the same bits and the same flags on every host, whatever the
 * state of its own floating point. A value is its bits, a single's in the low half and without its
 * NaN box. Every NaN that an operation makes is the canonical one. Tininess is found after rounding.
 *
 * Each function is pure but for flags, into which it ORs what it raises. float_host.h has the same
 * operations at the speed of the host's own, and falls back on these.
 */
#ifndef XLAT_RISCV_FLOAT_H
#define XLAT_RISCV_FLOAT_H

#include <stdbool.h>
#include <stdint.h>

enum xlat__float_format {
	XLAT__FLOAT_SINGLE,
	XLAT__FLOAT_DOUBLE,
};

/* As the field frm has them. */
enum xlat__float_rounding {
	XLAT__FLOAT_RNE, /* to nearest, ties to even */
	XLAT__FLOAT_RTZ, /* towards zero */
	XLAT__FLOAT_RDN, /* down */
	XLAT__FLOAT_RUP, /* up */
	XLAT__FLOAT_RMM, /* to nearest, ties away from zero */
	XLAT__FLOAT_DYN = 7, /* in an instruction: what frm says */
};

/* As the field fflags has them. */
enum xlat__float_flag {
	XLAT__FLOAT_NX = 1 << 0, /* inexact */
	XLAT__FLOAT_UF = 1 << 1, /* underflow */
	XLAT__FLOAT_OF = 1 << 2, /* overflow */
	XLAT__FLOAT_DZ = 1 << 3, /* division by zero */
	XLAT__FLOAT_NV = 1 << 4, /* invalid operation */
};

/* The integers that conversions know, numbered as their instructions' rs2. */
enum xlat__float_integer {
	XLAT__FLOAT_W, /* 32 bits, signed */
	XLAT__FLOAT_WU,
	XLAT__FLOAT_L, /* 64 bits, signed */
	XLAT__FLOAT_LU,
};

#define XLAT__FLOAT_SINGLE_NAN 0x7fc00000u
#define XLAT__FLOAT_DOUBLE_NAN 0x7ff8000000000000u

uint64_t xlat__float_add(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned rounding,
			 unsigned *flags);
uint64_t xlat__float_sub(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned rounding,
			 unsigned *flags);
uint64_t xlat__float_mul(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned rounding,
			 unsigned *flags);
uint64_t xlat__float_div(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned rounding,
			 unsigned *flags);
uint64_t xlat__float_sqrt(enum xlat__float_format format, uint64_t a, unsigned rounding,
			  unsigned *flags);

/* a * b + c, rounded once. */
uint64_t xlat__float_fma(enum xlat__float_format format, uint64_t a, uint64_t b, uint64_t c,
			 unsigned rounding, unsigned *flags);

/* minimumNumber and maximumNumber of IEEE 754-2019: -0 is less than +0, and a NaN loses. */
uint64_t xlat__float_min(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned *flags);
uint64_t xlat__float_max(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned *flags);

/* Comparisons, false where there is a NaN; eq is the quiet one, lt and le signal it. */
bool xlat__float_eq(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned *flags);
bool xlat__float_lt(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned *flags);
bool xlat__float_le(enum xlat__float_format format, uint64_t a, uint64_t b, unsigned *flags);

/* The mask of ten bits of FCLASS. */
unsigned xlat__float_classify(enum xlat__float_format format, uint64_t a);

/* To an integer, saturating; 32-bit ones are sign-extended, WU too, as registers hold them. */
uint64_t xlat__float_to_integer(enum xlat__float_format format, uint64_t a,
				enum xlat__float_integer integer, unsigned rounding,
				unsigned *flags);

/* From an integer, of which 32-bit ones are the low half of value. */
uint64_t xlat__float_from_integer(enum xlat__float_format format, uint64_t value,
				  enum xlat__float_integer integer, unsigned rounding,
				  unsigned *flags);

/* Between the formats; to is the format of the result, a is of the other. */
uint64_t xlat__float_convert(enum xlat__float_format to, uint64_t a, unsigned rounding,
			     unsigned *flags);

#endif
