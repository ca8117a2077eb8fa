/* SPDX-License-Identifier: BSD-3-Clause */
/* Zicsr. Volume I, chapter "Zicsr"; what a CSR's number says: volume II, 2.1. */
#include "harness.inc"

BEGIN
	li	a0, 0x1234
	csrw	mscratch, a0
	li	a1, 0xff
	csrrw	a2, mscratch, a1
	EXPECT(a2, 0x1234)
	li	a1, 0xf00
	csrrs	a2, mscratch, a1
	EXPECT(a2, 0xff)
	csrrc	a2, mscratch, a1
	EXPECT(a2, 0xfff)
	csrrw	a1, mscratch, a1
	EXPECT(a1, 0xff)
	csrrwi	a1, mscratch, 31
	EXPECT(a1, 0xf00)
	csrrsi	a1, mscratch, 16
	EXPECT(a1, 31)
	csrrci	a1, mscratch, 1
	EXPECT(a1, 31)
	csrr	a1, mscratch
	EXPECT(a1, 30)
	csrrw	x0, mscratch, x0
	csrr	a1, mscratch
	EXPECT(a1, 0)

	/* Read-only ones may be read by instructions that then write nothing. */
	csrr	a0, mhartid
	EXPECT(a0, 0)
	csrrs	a0, mhartid, x0
	csrrci	a0, mvendorid, 0
	TRAPS(ILLEGAL, csrw mhartid, zero)
	TRAPS(ILLEGAL, csrrwi a0, mhartid, 0)
	TRAPS(ILLEGAL, csrrsi a1, marchid, 1)
	TRAPS(ILLEGAL, csrw cycle, a0)

	/* There is none. */
	TRAPS(ILLEGAL, csrr a0, 0x000)
	TRAPS(ILLEGAL, csrr a0, 0x5c0)
	TRAPS(ILLEGAL, csrr a0, 0x3a1) /* pmpcfg1 is of RV32 */
	TRAPS(ILLEGAL, csrr a0, 0xc80) /* cycleh, too */
	TRAPS(ILLEGAL, csrr a0, 0x310) /* mstatush */
	TRAPS(ILLEGAL, csrr a0, csr_mlwid) /* no WorldGuard */
	TRAPS(ILLEGAL, csrr a0, csr_slwid)
	TRAPS(ILLEGAL, .word 0x34004573) /* funct3 4 */

	/* A mode may not have those of a higher one. */
	ENTER(S_MODE)
	TRAPS(ILLEGAL, csrr a0, mscratch)
	TRAPS(ILLEGAL, csrw mstatus, zero)
	csrr	a0, sscratch
	BACK
	ENTER(U_MODE)
	TRAPS(ILLEGAL, csrr a0, sscratch)
	TRAPS(ILLEGAL, csrr a0, mscratch)
	csrr	a0, fcsr
	BACK

	/* misa says what there is; every bit of it may be read-only. */
	csrr	a0, misa
	srli	a1, a0, 62
	EXPECT(a1, 2)
	li	a1, (1 << 0) | (1 << 2) | (1 << 3) | (1 << 5) | (1 << 8) | (1 << 12) | (1 << 18) | (1 << 20)
	and	a0, a0, a1
	EXPECT_SAME(a0, a1)
	PASS
