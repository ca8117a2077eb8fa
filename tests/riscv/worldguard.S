/* SPDX-License-Identifier: BSD-3-Clause */
/* The CSRs of Smwg, Smwgd and Sswg, on a platform of four worlds. judge: none; options: --worlds 4 */
#include "harness.inc"

BEGIN
	/* After reset, the world of machine mode; one that there is not is not taken. */
	csrr	a0, csr_mlwid
	EXPECT(a0, 0)
	csrwi	csr_mlwid, 3
	csrr	a0, csr_mlwid
	EXPECT(a0, 3)
	csrwi	csr_mlwid, 4
	csrr	a0, csr_mlwid
	EXPECT(a0, 3)

	/* No world is delegated: a supervisor has none to give. */
	csrr	a0, csr_mwiddeleg
	EXPECT(a0, 0)
	ENTER(S_MODE)
	TRAPS(ILLEGAL, csrr a0, csr_slwid)
	TRAPS(ILLEGAL, csrwi csr_slwid, 1)
	TRAPS(ILLEGAL, csrr a0, csr_mlwid)
	TRAPS(ILLEGAL, csrr a0, csr_mwiddeleg)
	BACK

	/* The worlds that there are can be. */
	li	a0, -1
	csrw	csr_mwiddeleg, a0
	csrr	a0, csr_mwiddeleg
	EXPECT(a0, 15)
	csrwi	csr_mwiddeleg, 6
	ENTER(S_MODE)
	csrwi	csr_slwid, 2
	csrr	a0, csr_slwid
	EXPECT(a0, 2)
	csrwi	csr_slwid, 1
	csrr	a0, csr_slwid
	EXPECT(a0, 1)
	csrwi	csr_slwid, 3 /* not delegated */
	csrr	a0, csr_slwid
	EXPECT(a0, 1)
	csrwi	csr_slwid, 31
	csrr	a0, csr_slwid
	EXPECT(a0, 1)
	BACK
	ENTER(U_MODE)
	TRAPS(ILLEGAL, csrr a0, csr_slwid)
	BACK
	csrwi	csr_mwiddeleg, 0
	ENTER(S_MODE)
	TRAPS(ILLEGAL, csrr a0, csr_slwid)
	BACK
	PASS
