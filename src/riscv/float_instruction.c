/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Floating-point instructions on a hart: mstatus.FS and fcsr around what execute_float.h computes.
 */
#include "riscv/execute_float.h"
#include "riscv/hart.h"

/* Whether the instruction works on doubles: format D in bits 26:25, or FCVT.S.D. */
static bool needs_d(uint32_t word)
{
	return (word >> 25 & 3) == 1 || (word >> 25 == 0x20 && (word >> 20 & 31) == 1);
}

bool xlat__hart_float(struct xlat_hart *hart, uint32_t word)
{
	unsigned flags = hart->fflags;

	if (!hart->fs || (needs_d(word) && !xlat__hart_has(hart, XLAT__EXT_D)) ||
	    !xlat__execute_float(word, hart->x, hart->f, hart->frm, &flags)) {
		xlat__hart_raise_illegal(hart);
		return false;
	}
	if (xlat__float_writes_f(word) || flags != hart->fflags)
		hart->mstatus |= MSTATUS_FS;
	hart->fflags = flags;
	return true;
}
