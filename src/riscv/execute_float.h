/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Executing what the F and D extensions compute: the major opcodes OP-FP, MADD, MSUB, NMSUB and
 * NMADD (The RISC-V Instruction Set Manual, volume I, chapters "F" and "D"). Loads and stores are
 * not here, nor mstatus.FS, which the hart looks at before and marks dirty after.
 */
#ifndef XLAT_RISCV_EXECUTE_FLOAT_H
#define XLAT_RISCV_EXECUTE_FLOAT_H

#include <stdbool.h>
#include <stdint.h>

/* A single as a register holds it, and what a register holds as a single: its NaN box. */
static inline uint64_t xlat__float_box(uint64_t single)
{
	return single | 0xffffffff00000000u;
}

static inline uint64_t xlat__float_unbox(uint64_t value)
{
	return value >> 32 == 0xffffffff ? (uint32_t)value : 0x7fc00000;
}

/* Comparisons, conversions to integers, moves to integer registers and FCLASS write an x. */
static inline bool xlat__float_writes_f(uint32_t word)
{
	unsigned operation = word >> 27;

	return (word & 0x7f) != 0x53 ||
	       (operation != 0x14 && operation != 0x18 && operation != 0x1c);
}

/*
 * Executes one instruction: reads and writes the registers x (x[0] is read as it is and not
 * written) and f, ORs into fflags. frm is what a dynamic rounding mode stands for. The thread is in
 * the default floating-point environment. False, and nothing changed, if the instruction is illegal
 * or its rounding mode is.
 */
bool xlat__execute_float(uint32_t word, uint64_t x[32], uint64_t f[32], unsigned frm,
			 unsigned *fflags);

#endif
