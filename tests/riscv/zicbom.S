/* SPDX-License-Identifier: BSD-3-Clause */
/* Zicbom, and who may use it. Volume I, chapter "CMO". judge: none */
#include "harness.inc"

#define CBIE_FLUSH (1 << 4)
#define CBIE_INVAL (3 << 4)
#define CBIE_RESERVED (2 << 4)
#define CBCFE (1 << 6)

BEGIN
	la	a0, block
	li	a1, 0x55
	sd	a1, 0(a0)
	/* Machine mode may without being asked. */
	cbo.clean (a0)
	cbo.flush (a0)
	ld	a1, 0(a0)
	EXPECT(a1, 0x55)
	cbo.inval (a0)

	/* Others when both registers say so. */
	csrw	csr_menvcfg, zero
	csrw	csr_senvcfg, zero
	ENTER(S_MODE)
	TRAPS(ILLEGAL, cbo.clean (a0))
	TRAPS(ILLEGAL, cbo.flush (a0))
	TRAPS(ILLEGAL, cbo.inval (a0))
	BACK
	SET(csr_menvcfg, CBCFE)
	ENTER(S_MODE)
	cbo.clean (a0)
	cbo.flush (a0)
	TRAPS(ILLEGAL, cbo.inval (a0))
	BACK
	ENTER(U_MODE)
	TRAPS(ILLEGAL, cbo.clean (a0))
	BACK
	SET(csr_senvcfg, CBCFE)
	ENTER(U_MODE)
	cbo.clean (a0)
	cbo.flush (a0)
	TRAPS(ILLEGAL, cbo.inval (a0))
	BACK
	SET(csr_menvcfg, CBIE_FLUSH)
	ENTER(S_MODE)
	cbo.inval (a0)
	BACK
	ENTER(U_MODE)
	TRAPS(ILLEGAL, cbo.inval (a0))
	BACK
	SET(csr_senvcfg, CBIE_INVAL)
	ENTER(U_MODE)
	cbo.inval (a0)
	BACK

	/* An inval that is a flush, and any here, loses nothing that has been stored. */
	la	a0, block
	ld	a1, 0(a0)
	EXPECT(a1, 0x55)

	/* What they are refused is a store's. */
	TRAPS_AT(STORE_ACCESS, 0, cbo.clean (x0))
	TRAPS_AT(STORE_ACCESS, 0, cbo.flush (x0))
	TRAPS_AT(STORE_ACCESS, 0, cbo.inval (x0))
	PASS

	.data
	.balign 64
block:	.dword	0, 0, 0, 0, 0, 0, 0, 0
