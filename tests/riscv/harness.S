/* SPDX-License-Identifier: BSD-3-Clause */
#include "harness.inc"

	.section .text.init, "ax"
	.globl _start
_start:
	la	t0, machine_trap
	csrw	mtvec, t0
	csrw	mie, zero
	/* All of memory for all modes, where there is PMP: what traps here is that there is none. */
	la	s11, 1f
	li	t0, -1
	csrw	pmpaddr0, t0
	li	t0, 0x1f
	csrw	pmpcfg0, t0
	.balign 4
1:	la	s11, 1f
	csrw	medeleg, zero
	csrw	mideleg, zero
	csrw	satp, zero
	la	t0, supervisor_trap
	csrw	stvec, t0
	.balign 4
1:	li	s11, 0
	li	t0, MSTATUS_FS
	csrs	mstatus, t0
	j	test

	/* Causes 8 to 11 are environment calls, of which two are the harness's. */
	.balign	4
machine_trap:
	csrr	t6, mcause
	addi	t6, t6, -8
	sltiu	t6, t6, 4
	beqz	t6, 1f
	li	t6, CALL_BACK
	beq	a7, t6, back
	li	t6, CALL_FAIL
	beq	a7, t6, report
1:	csrr	s10, mcause
	csrr	s9, mtval
	csrr	s8, mepc
	csrr	s7, mstatus
	li	s6, M_MODE
	beqz	s11, report
	bgez	s10, 2f
	csrw	mie, zero
2:	csrw	mepc, s11
	li	s11, 0
	mret

	/* To the same place in machine mode, as physical addresses have it. */
back:
	li	a7, 0
	csrr	t6, mepc
	addi	t6, t6, 4
	slli	t6, t6, 34
	srli	t6, t6, 34
	li	t5, 0x80000000
	or	t6, t6, t5
	csrw	mepc, t6
	li	t6, MSTATUS_MPP
	csrs	mstatus, t6
	mret

	.balign	4
supervisor_trap:
	csrr	s10, scause
	csrr	s9, stval
	csrr	s8, sepc
	csrr	s7, sstatus
	li	s6, S_MODE
	beqz	s11, fail
	bgez	s10, 1f
	csrw	sie, zero
1:	csrw	sepc, s11
	li	s11, 0
	sret

	/* In any mode. */
	.globl	fail
fail:
	li	s11, 0
	li	a7, CALL_FAIL
	ecall

	/* Says "line N", and which was the last trap. */
report:
	li	t0, MSTATUS_MPRV
	csrc	mstatus, t0
	la	a0, text_line
	call	print
	mv	a0, gp
	call	print_hex
	la	a0, text_cause
	call	print
	mv	a0, s10
	call	print_hex
	la	a0, text_epc
	call	print
	mv	a0, s8
	call	print_hex
	la	a0, text_tval
	call	print
	mv	a0, s9
	call	print_hex
	li	a0, '\n'
	call	print_character
	li	t0, 3
	j	finish

	.globl	pass
pass:
	li	t0, 1
finish:
	la	t1, tohost
	sd	t0, 0(t1)
1:	j	1b

print_hex:
	mv	s2, ra
	mv	s0, a0
	li	s1, 60
1:	srl	t0, s0, s1
	andi	t0, t0, 15
	la	a0, text_digits
	add	a0, a0, t0
	lbu	a0, 0(a0)
	call	print_character
	addi	s1, s1, -4
	bgez	s1, 1b
	jr	s2

print:
	mv	s2, ra
	mv	s0, a0
1:	lbu	a0, 0(s0)
	beqz	a0, 2f
	call	print_character
	addi	s0, s0, 1
	j	1b
2:	jr	s2

	/* HTIF: device 1, command 1. The host takes it out of tohost, and may answer in fromhost. */
print_character:
	li	t0, 0x0101000000000000
	or	t0, t0, a0
	la	t1, tohost
	sd	t0, 0(t1)
1:	ld	t0, 0(t1)
	bnez	t0, 1b
	la	t1, fromhost
	sd	zero, 0(t1)
	ret

	.section .rodata
text_line:	.asciz "# line 0x"
text_cause:	.asciz " trap 0x"
text_epc:	.asciz " epc 0x"
text_tval:	.asciz " tval 0x"
text_digits:	.ascii "0123456789abcdef"

	.section .tohost, "aw"
	.balign	64
	.globl	tohost
	.type	tohost, @object
	.size	tohost, 8
tohost:	.dword	0
	.balign	64
	.globl	fromhost
	.type	fromhost, @object
	.size	fromhost, 8
fromhost: .dword	0
