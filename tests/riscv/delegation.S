/* SPDX-License-Identifier: BSD-3-Clause */
/* medeleg: what is delegated, a supervisor handles; never what machine mode does. Volume II, 3.1.8. */
#include "harness.inc"
#include "paging.inc"

#define BY(mode) EXPECT(s6, mode)
/* The mode that trapped, in sstatus.SPP. */
#define FROM(mode)                                                                                 \
	srli a0, s7, 8;                                                                            \
	andi a0, a0, 1;                                                                            \
	EXPECT(a0, mode)

BEGIN
	li	a1, 1 << ILLEGAL | 1 << BREAKPOINT | 1 << LOAD_ACCESS | 1 << STORE_ACCESS | 1 << FETCH_ACCESS
	csrw	medeleg, a1
	csrr	a0, medeleg
	EXPECT_SAME(a0, a1)

	/* Not while in machine mode. */
	TRAPS(ILLEGAL, .word 0x0000000b)
	BY(M_MODE)

	/* From supervisors and users, to supervisors; with their own registers and stacks. */
	ENTER(S_MODE)
	SET(sstatus, MSTATUS_SIE)
	TRAPS_AT(ILLEGAL, 0x0000000b, .word 0x0000000b)
	BY(S_MODE)
	FROM(S_MODE)
	srli	a0, s7, 5
	andi	a0, a0, 1
	EXPECT(a0, 1) /* SPIE */
	srli	a0, s7, 1
	andi	a0, a0, 1
	EXPECT(a0, 0) /* SIE */
	csrr	a0, sstatus
	srli	a0, a0, 1
	andi	a0, a0, 1
	EXPECT(a0, 1)
	CLEAR(sstatus, MSTATUS_SIE)
	TRAPS(BREAKPOINT, ebreak)
	BY(S_MODE)
	TRAPS_AT(LOAD_ACCESS, 0x10, ld a0, 0x10(x0))
	BY(S_MODE)
	TRAPS_AT(STORE_ACCESS, 0x10, sd a0, 0x10(x0))
	BY(S_MODE)
	TRAPS_AT(FETCH_ACCESS, 0x10, jr 0x10(x0))
	BY(S_MODE)
	EXPECT(s8, 0x10)
	BACK
	ENTER(U_MODE)
	TRAPS(ILLEGAL, csrr a0, sstatus)
	BY(S_MODE)
	FROM(U_MODE)
	li	a7, 0
	TRAPS(ECALL_U, ecall) /* not delegated here */
	BY(M_MODE)
	BACK

	/* Environment calls of users, as a kernel has them; those of supervisors stay. */
	SET(medeleg, 1 << ECALL_U)
	ENTER(S_MODE)
	CLEAR(sstatus, MSTATUS_SPP)
	la	a0, 1f
	csrw	sepc, a0
	sret
	.balign	4
1:	li	a7, 0
	TRAPS(ECALL_U, 2: ecall)
	BY(S_MODE)
	FROM(U_MODE)
	EXPECT(s9, 0)
	la	a0, 2b
	EXPECT_SAME(s8, a0)
	/* A user cannot say that it is done: ECALL is a supervisor's now, who can. */
	la	s11, 3f
	ecall
	j	fail
	.balign	4
3:	EXPECT(s10, ECALL_U)
	TRAPS(ILLEGAL, csrr a0, mstatus)
	BY(S_MODE)

	PASS
