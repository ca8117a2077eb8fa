/* SPDX-License-Identifier: BSD-3-Clause */
/* Going into a trap and back: mstatus's stacks, MRET, SRET, xepc. Volume II, 3.1.6.1, 3.3.2. */
#include "harness.inc"

#define FIELD(register, from, shift, bits)                                                         \
	srli register, from, shift;                                                                \
	andi register, register, (1 << (bits)) - 1

BEGIN
	/* MPP is the mode that trapped, MPIE what MIE was; MRET takes them back. */
	CLEAR(mstatus, MSTATUS_MIE)
	li	a7, 0
	TRAPS(ECALL_M, ecall)
	FIELD(a0, s7, 11, 2)
	EXPECT(a0, M_MODE)
	FIELD(a0, s7, 7, 1)
	EXPECT(a0, 0)
	SET(mstatus, MSTATUS_MIE)
	TRAPS(ECALL_M, ecall)
	FIELD(a0, s7, 7, 1)
	EXPECT(a0, 1)
	FIELD(a0, s7, 3, 1)
	EXPECT(a0, 0) /* interrupts are off in the handler */
	csrr	a1, mstatus
	FIELD(a0, a1, 3, 1)
	EXPECT(a0, 1) /* and on again behind it */
	FIELD(a0, a1, 11, 2)
	EXPECT(a0, U_MODE) /* MRET leaves the least mode */
	FIELD(a0, a1, 7, 1)
	EXPECT(a0, 1)

	ENTER(S_MODE)
	TRAPS(ECALL_S, ecall)
	FIELD(a0, s7, 11, 2)
	EXPECT(a0, S_MODE)
	EXPECT(s9, 0)
	TRAPS(ILLEGAL, mret)
	BACK
	ENTER(U_MODE)
	li	a7, 0
	TRAPS(ECALL_U, ecall)
	FIELD(a0, s7, 11, 2)
	EXPECT(a0, U_MODE)
	TRAPS(ILLEGAL, mret)
	TRAPS(ILLEGAL, sret)
	BACK

	/* SRET: to SPP, SIE from SPIE; it works in machine mode too. */
	ENTER(S_MODE)
	CLEAR(sstatus, MSTATUS_SPP | MSTATUS_SIE)
	SET(sstatus, MSTATUS_SPIE)
	la	a0, 1f
	csrw	sepc, a0
	sret
	.balign	4
1:	li	a7, 0
	TRAPS(ECALL_U, ecall)
	FIELD(a0, s7, 1, 1)
	EXPECT(a0, 1)
	FIELD(a0, s7, 5, 1)
	EXPECT(a0, 1)
	FIELD(a0, s7, 8, 1)
	EXPECT(a0, 0)
	BACK
	SET(mstatus, MSTATUS_SPP)
	CLEAR(mstatus, MSTATUS_SPIE)
	la	a0, 1f
	csrw	sepc, a0
	sret
	.balign	4
1:	TRAPS(ECALL_S, ecall)
	FIELD(a0, s7, 1, 1)
	EXPECT(a0, 0)
	BACK

	/* xtvec: the address, and two modes. */
	csrr	a2, stvec
	li	a0, 0x80000001
	csrw	stvec, a0
	csrr	a1, stvec
	EXPECT(a1, 0x80000001)
	csrw	stvec, a2

	/* sstatus shows nothing of machine mode's. */
	csrr	a0, sstatus
	li	a1, MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_MPRV | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR
	and	a0, a0, a1
	EXPECT(a0, 0)
	/* Both modes below have 64 bits. */
	csrr	a0, mstatus
	FIELD(a0, a0, 32, 4)
	EXPECT(a0, 10)

	/* Where nothing is, there is nothing to execute: epc and tval are there. */
	TRAPS_AT(FETCH_ACCESS, 0x100, li a0, 0x100; jr a0)
	EXPECT(s8, 0x100)
	PASS
