/* SPDX-License-Identifier: BSD-3-Clause */
// bare-metal start for 0x80000000; M-mode, optional S-mode+Sv39 (-DVM)
    .section .text.init,"ax"
    .globl _start
_start:
    la sp, stack_top
    la t0, trap
    csrw mtvec, t0
    la t0, bss_start
    la t1, bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:
#ifdef VM
    call mkpt            // returns satp in a0
    mv s0, a0
    li t0, -1
    csrw pmpaddr0, t0
    li t0, 0x1f
    csrw pmpcfg0, t0
    csrw satp, s0
    sfence.vma
    li t0, 7
    csrw mcounteren, t0
    csrw 0x320, zero
    li t0, 0x1800
    csrc mstatus, t0
    li t0, 0x800
    csrs mstatus, t0
    la t0, smode
    csrw mepc, t0
    mret
smode:
#endif
    csrr s2, instret
    call bench
    csrr s3, instret
    sub a1, s3, s2
    mv a2, a0
#ifdef VM
    li a7, 0x1234
    ecall
1:  j 1b
#endif
finish:                  // a1 = insns, a2 = checksum
    la sp, stack_top
    mv a0, a1
    mv a1, a2
    call report
    li t0, 1
    la t1, tohost
    sd t0, 0(t1)
    li t1, 0x40008000
    sw t0, 0(t1)
    sw zero, 4(t1)
    li t0, 0x5555
    li t1, 0x100000
    sw t0, 0(t1)
1:  j 1b
    .align 4
trap:
    csrr t6, mcause
    li t5, 9
    beq t6, t5, finish
    csrr t6, mepc
    addi t6, t6, 4
    csrw mepc, t6
    mret
    .section .tohost,"aw"
    .align 6
    .globl tohost, fromhost
tohost: .dword 0
    .align 6
fromhost: .dword 0
    .bss
    .align 12
stack: .space 65536
stack_top:
