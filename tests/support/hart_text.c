/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "hart_text.h"

enum {
	FETCH_FAULT = 1,
	LOAD_FAULT = 5,
	STORE_FAULT = 7,
	ECALL_FROM_USER = 8, /* one more: from a supervisor */
};

unsigned text_emit(struct text *text, uint32_t word)
{
	assert_true(text->count < 256);
	text->words[text->count] = word;
	return text->count++;
}

static uint32_t i_type(unsigned opcode, unsigned f3, unsigned rd, unsigned rs1, int imm)
{
	return (uint32_t)imm << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode;
}

void text_add(struct text *text, unsigned rd, unsigned rs1, unsigned rs2)
{
	text_emit(text, rs2 << 20 | rs1 << 15 | rd << 7 | 0x33);
}

void text_addi(struct text *text, unsigned rd, unsigned rs1, int imm)
{
	text_emit(text, i_type(0x13, 0, rd, rs1, imm));
}

void text_andi(struct text *text, unsigned rd, unsigned rs1, int imm)
{
	text_emit(text, i_type(0x13, 7, rd, rs1, imm));
}

static void store(struct text *text, unsigned f3, unsigned rs2, unsigned rs1, int offset)
{
	text_emit(text, (uint32_t)offset >> 5 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 |
				((uint32_t)offset & 31) << 7 | 0x23);
}

void text_ld(struct text *text, unsigned rd, unsigned rs1, int offset)
{
	text_emit(text, i_type(0x03, 3, rd, rs1, offset));
}

void text_lw(struct text *text, unsigned rd, unsigned rs1, int offset)
{
	text_emit(text, i_type(0x03, 2, rd, rs1, offset));
}

void text_sd(struct text *text, unsigned rs2, unsigned rs1, int offset)
{
	store(text, 3, rs2, rs1, offset);
}

void text_sw(struct text *text, unsigned rs2, unsigned rs1, int offset)
{
	store(text, 2, rs2, rs1, offset);
}

void text_jalr(struct text *text, unsigned rd, unsigned rs1)
{
	text_emit(text, i_type(0x67, 0, rd, rs1, 0));
}

void text_csrr(struct text *text, unsigned rd, unsigned csr)
{
	text_emit(text, i_type(0x73, 2, rd, ZERO, (int)csr));
}

void text_csrw(struct text *text, unsigned csr, unsigned rs1)
{
	text_emit(text, i_type(0x73, 1, ZERO, rs1, (int)csr));
}

static uint32_t branch_word(unsigned f3, unsigned rs1, unsigned rs2, int offset)
{
	uint32_t at = (uint32_t)offset;

	return (at >> 12 & 1) << 31 | (at >> 5 & 63) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 |
	       (at >> 1 & 15) << 8 | (at >> 11 & 1) << 7 | 0x63;
}

unsigned text_branch(struct text *text, unsigned f3, unsigned rs1, unsigned rs2, unsigned to)
{
	return text_emit(text, branch_word(f3, rs1, rs2, 4 * ((int)to - (int)text->count)));
}

void text_land(struct text *text, unsigned from)
{
	uint32_t word = text->words[from];

	text->words[from] = branch_word(word >> 12 & 7, word >> 15 & 31, word >> 20 & 31,
					4 * (int)(text->count - from));
}

void text_li(struct text *text, unsigned rd, uint32_t value)
{
	text_addi(text, rd, ZERO, (int)(value >> 21));
	text_emit(text, i_type(0x13, 1, rd, rd, 11)); /* slli */
	text_addi(text, rd, rd, (int)(value >> 10 & 0x7ff));
	text_emit(text, i_type(0x13, 1, rd, rd, 10));
	text_addi(text, rd, rd, (int)(value & 0x3ff));
}

void text_wait(struct text *text)
{
	unsigned at = text_emit(text, 0x10500073); /* wfi */

	text_branch(text, 0, ZERO, ZERO, at);
}

/* Counts a data access that faulted in a register, and passes over it. */
static void pass_over(struct text *text, int cause, unsigned counter)
{
	unsigned next;

	text_addi(text, T1, ZERO, cause);
	next = text_branch(text, 1, T0, T1, 0);
	text_addi(text, counter, counter, 1);
	text_emit(text, TEXT_MRET);
	text_land(text, next);
}

static void handle(struct text *text)
{
	unsigned next;

	text_csrr(text, T0, CSR_MCAUSE);
	text_addi(text, T1, ZERO, FETCH_FAULT);
	next = text_branch(text, 1, T0, T1, 0);
	text_addi(text, S5, S5, 1);
	text_csrw(text, CSR_MEPC, RA);
	text_emit(text, TEXT_MRET);
	text_land(text, next);
	text_csrr(text, T1, CSR_MEPC);
	text_addi(text, T1, T1, 4);
	text_csrw(text, CSR_MEPC, T1);
	pass_over(text, LOAD_FAULT, S6);
	pass_over(text, STORE_FAULT, S7);
	text_andi(text, T0, T0, ~1);
	text_addi(text, T1, ZERO, ECALL_FROM_USER);
	next = text_branch(text, 1, T0, T1, 0);
	text_csrr(text, T1, CSR_MEPC);
	text_jalr(text, ZERO, T1);
	text_land(text, next);
	text_wait(text); /* nothing else is expected */
}

void text_begin(struct text *text, uint64_t at)
{
	unsigned over = text_branch(text, 0, ZERO, ZERO, 0), entry = text->count;

	handle(text);
	text_land(text, over);
	text_li(text, T0, (uint32_t)(at + 4 * entry));
	text_csrw(text, CSR_MTVEC, T0);
}

unsigned text_begin_turns(struct text *text, int turns)
{
	text_addi(text, S8, ZERO, turns);
	return text->count;
}

void text_end_turns(struct text *text, unsigned begin)
{
	text_addi(text, S8, S8, -1);
	text_branch(text, 1, S8, ZERO, begin);
}
