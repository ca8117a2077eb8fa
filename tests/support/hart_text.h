/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs of a hart as they are put together, word by word. */
#ifndef XLAT_TESTS_SUPPORT_HART_TEXT_H
#define XLAT_TESTS_SUPPORT_HART_TEXT_H

#include <stdint.h>

enum {
	/* Registers of a hart. */
	ZERO = 0,
	RA = 1,
	T0 = 5,
	T1 = 6,
	S0 = 8,
	S1 = 9,
	A0 = 10,
	A1 = 11,
	S2 = 18,
	S3 = 19,
	S4 = 20,
	S5 = 21,
	S6 = 22,
	S7 = 23,
	S8 = 24,
	S9 = 25,
	CSR_SLWID = 0x190,
	CSR_MSTATUS = 0x300,
	CSR_MTVEC = 0x305,
	CSR_MEPC = 0x341,
	CSR_MCAUSE = 0x342,
	CSR_MLWID = 0x390,
	CSR_MWIDDELEG = 0x748,
	/* Instructions without operands. */
	TEXT_RET = 0x00008067,
	TEXT_ECALL = 0x00000073,
	TEXT_MRET = 0x30200073,
};

struct text {
	uint32_t words[256];
	unsigned count;
};

unsigned text_emit(struct text *text, uint32_t word);
void text_add(struct text *text, unsigned rd, unsigned rs1, unsigned rs2);
void text_addi(struct text *text, unsigned rd, unsigned rs1, int imm);
void text_andi(struct text *text, unsigned rd, unsigned rs1, int imm);
void text_ld(struct text *text, unsigned rd, unsigned rs1, int offset);
void text_lw(struct text *text, unsigned rd, unsigned rs1, int offset);
void text_sd(struct text *text, unsigned rs2, unsigned rs1, int offset);
void text_sw(struct text *text, unsigned rs2, unsigned rs1, int offset);
void text_jalr(struct text *text, unsigned rd, unsigned rs1);
void text_csrr(struct text *text, unsigned rd, unsigned csr);
void text_csrw(struct text *text, unsigned csr, unsigned rs1);

/* beq is 0, bne 1; to a place that is known, or that text_land() will make it lead to. */
unsigned text_branch(struct text *text, unsigned f3, unsigned rs1, unsigned rs2, unsigned to);
void text_land(struct text *text, unsigned from);

/* Any number of 32 bits; what is above is zero. */
void text_li(struct text *text, unsigned rd, uint32_t value);

/* WFI, for ever. */
void text_wait(struct text *text);

/*
 * How a program begins that is to be at an address: leads over a trap handler and installs it. It
 * counts faults of fetches, loads and stores in s5, s6, s7. What faulted is passed over; a fetch
 * returns to where it was called from. What is behind an ECALL goes on in machine mode. Uses t0, t1.
 */
void text_begin(struct text *text, uint64_t at);

/* As many turns: round and round until s8 is 0. */
unsigned text_begin_turns(struct text *text, int turns);
void text_end_turns(struct text *text, unsigned begin);

#endif
