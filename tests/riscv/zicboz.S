/* SPDX-License-Identifier: BSD-3-Clause */
/* Zicboz, and who may use it. Volume I, chapter "CMO"; a block is 64 bytes here. judge: none */
#include "harness.inc"

#define CBZE (1 << 7)

BEGIN
	/* The block that the address is in, and no other. */
	la	a0, blocks + 64 + 17
	cbo.zero (a0)
	la	a0, blocks
	ld	a1, 56(a0)
	EXPECT(a1, -1)
	li	a2, 8
1:	ld	a1, 64(a0)
	EXPECT(a1, 0)
	addi	a0, a0, 8
	addi	a2, a2, -1
	bnez	a2, 1b
	ld	a1, 64(a0)
	EXPECT(a1, -1)

	csrw	csr_menvcfg, zero
	csrw	csr_senvcfg, zero
	la	a0, blocks
	ENTER(S_MODE)
	TRAPS(ILLEGAL, cbo.zero (a0))
	BACK
	SET(csr_menvcfg, CBZE)
	ENTER(S_MODE)
	cbo.zero (a0)
	BACK
	ENTER(U_MODE)
	TRAPS(ILLEGAL, cbo.zero (a0))
	BACK
	SET(csr_senvcfg, CBZE)
	ENTER(U_MODE)
	cbo.zero (a0)
	BACK
	ld	a1, 0(a0)
	EXPECT(a1, 0)

	TRAPS_AT(STORE_ACCESS, 0, cbo.zero (x0))
	PASS

	.data
	.balign 64
blocks:	.dword	-1, -1, -1, -1, -1, -1, -1, -1
	.dword	-1, -1, -1, -1, -1, -1, -1, -1
	.dword	-1, -1, -1, -1, -1, -1, -1, -1
