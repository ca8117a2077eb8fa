/* SPDX-License-Identifier: BSD-3-Clause */
/* Finding an instruction in the lists of opcodes.h, and its operands. */
#include "riscv/decode.h"

#include <stddef.h>

struct pattern {
	const char *name;
	uint8_t form, extension;
	uint32_t mask, match;
};

static const struct pattern patterns[] = {
#define PATTERN(id, name, form, extension, mask, match)                                            \
	{name, XLAT__FORM_##form, XLAT__EXT_##extension, mask, match},
	XLAT__OPCODES(PATTERN)
#undef PATTERN
};

/* A list's extent, by counting its lines. */
enum {
#define COUNT_LINE(id, name, form, extension, mask, match) +1
#define COUNT_LIST(list, major) COUNT_##list = 0 XLAT__OPCODES_##list(COUNT_LINE),
	XLAT__OPCODE_LISTS(COUNT_LIST)
#undef COUNT_LIST
#undef COUNT_LINE
};

enum {
#define LIST_EXTENT(list, major) FIRST_##list, LAST_##list = FIRST_##list + COUNT_##list - 1,
	XLAT__OPCODE_LISTS(LIST_EXTENT)
#undef LIST_EXTENT
};

struct extent {
	uint8_t first, count;
};

static const struct extent by_major[32] = {
#define MAJOR(list, major) [major] = {FIRST_##list, COUNT_##list},
	XLAT__OPCODE_LISTS(MAJOR)
#undef MAJOR
		/* The fused multiply-adds are told apart by who executes them. */
		[0x10] = {FIRST_OP_FP, 1},
	[0x11] = {FIRST_OP_FP, 1},
	[0x12] = {FIRST_OP_FP, 1},
	[0x13] = {FIRST_OP_FP, 1},
};

static int32_t sign_extend(uint32_t value, unsigned bits)
{
	return (int32_t)(value << (32 - bits)) >> (32 - bits);
}

static int32_t immediate(uint32_t word, enum xlat__form form)
{
	switch (form) {
	case XLAT__FORM_I:
	case XLAT__FORM_LOAD:
	case XLAT__FORM_LOAD_F:
		return (int32_t)word >> 20;
	case XLAT__FORM_SHIFT:
		return (int32_t)(word >> 20 & 63);
	case XLAT__FORM_STORE:
	case XLAT__FORM_STORE_F:
		return sign_extend((word >> 25) << 5 | (word >> 7 & 31), 12);
	case XLAT__FORM_B:
		return sign_extend((word >> 31) << 12 | (word >> 7 & 1) << 11 |
					   (word >> 25 & 63) << 5 | (word >> 8 & 15) << 1,
				   13);
	case XLAT__FORM_U:
		return (int32_t)(word & 0xfffff000);
	case XLAT__FORM_J:
		return sign_extend((word >> 31) << 20 | (word >> 12 & 255) << 12 |
					   (word >> 20 & 1) << 11 | (word >> 21 & 1023) << 1,
				   21);
	case XLAT__FORM_CSR:
	case XLAT__FORM_CSRI:
		return (int32_t)(word >> 20);
	case XLAT__FORM_FLOAT:
		return (int32_t)word;
	default:
		return 0;
	}
}

void xlat__decode(uint32_t bits, uint64_t extensions, struct xlat__instruction *instruction)
{
	unsigned length = xlat__instruction_length(bits);
	uint32_t word = length == 4 ? bits : xlat__expand_compressed((uint16_t)bits, extensions);
	struct extent extent = by_major[word >> 2 & 31];

	*instruction = (struct xlat__instruction){
		.opcode = XLAT__OP_ILLEGAL,
		.length = (uint8_t)length,
		.raw = length == 4 ? bits : (uint16_t)bits,
	};
	if ((word & 3) != 3)
		return;
	for (unsigned i = extent.first; i < (unsigned)extent.first + extent.count; i++) {
		const struct pattern *pattern = &patterns[i];

		if ((word & pattern->mask) != pattern->match)
			continue;
		if (!(extensions >> pattern->extension & 1))
			return;
		instruction->opcode = (uint16_t)i;
		instruction->rd = word >> 7 & 31;
		instruction->rs1 = word >> 15 & 31;
		instruction->rs2 = word >> 20 & 31;
		instruction->imm = immediate(word, pattern->form);
		return;
	}
}

const char *xlat__opcode_name(unsigned opcode)
{
	return opcode < XLAT__OP_ILLEGAL ? patterns[opcode].name : "illegal";
}

enum xlat__form xlat__opcode_form(unsigned opcode)
{
	return opcode < XLAT__OP_ILLEGAL ? (enum xlat__form)patterns[opcode].form : XLAT__FORM_NONE;
}
