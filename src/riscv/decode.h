/* SPDX-License-Identifier: BSD-3-Clause */
/* An instruction taken apart. Nothing here depends on a hart's state but its extensions. */
#ifndef XLAT_RISCV_DECODE_H
#define XLAT_RISCV_DECODE_H

#include "riscv/opcodes.h"

#include <stdint.h>

/* Where the operands of an instruction are, and how they are written. */
enum xlat__form {
	XLAT__FORM_NONE,
	XLAT__FORM_R, /* rd, rs1, rs2 */
	XLAT__FORM_R1, /* rd, rs1 */
	XLAT__FORM_I, /* rd, rs1, imm */
	XLAT__FORM_SHIFT, /* rd, rs1, shamt */
	XLAT__FORM_LOAD, /* rd, imm(rs1) */
	XLAT__FORM_LOAD_F, /* fd, imm(rs1) */
	XLAT__FORM_STORE, /* rs2, imm(rs1) */
	XLAT__FORM_STORE_F, /* fs2, imm(rs1) */
	XLAT__FORM_B, /* rs1, rs2, target */
	XLAT__FORM_U, /* rd, imm */
	XLAT__FORM_J, /* rd, target */
	XLAT__FORM_LR, /* rd, (rs1) */
	XLAT__FORM_AMO, /* rd, rs2, (rs1) */
	XLAT__FORM_CSR, /* rd, csr, rs1; imm is the CSR's number */
	XLAT__FORM_CSRI, /* rd, csr, uimm; rs1 is the immediate */
	XLAT__FORM_SFENCE, /* rs1, rs2 */
	XLAT__FORM_CBO, /* (rs1) */
	XLAT__FORM_FLOAT, /* imm is the word itself */
};

enum xlat__extension {
#define XLAT__EXTENSION_ENUMERATOR(id, name) XLAT__EXT_##id,
	XLAT__EXTENSIONS(XLAT__EXTENSION_ENUMERATOR)
#undef XLAT__EXTENSION_ENUMERATOR
};

/* A set of extensions. */
#define XLAT__EXT_BIT(id) (UINT64_C(1) << XLAT__EXT_##id)

enum xlat__opcode {
#define XLAT__OPCODE_ENUMERATOR(id, name, form, extension, mask, match) XLAT__OP_##id,
	XLAT__OPCODES(XLAT__OPCODE_ENUMERATOR)
#undef XLAT__OPCODE_ENUMERATOR
	XLAT__OP_ILLEGAL,
};

struct xlat__instruction {
	uint16_t opcode; /* enum xlat__opcode */
	uint8_t length; /* bytes: 2 or 4 */
	uint8_t rd, rs1, rs2;
	int32_t imm;
	uint32_t raw; /* the bits as fetched: 16 or 32 */
};

/*
 * How many bytes the instruction that begins with these 16 bits has: 2 or 4. Longer ones are none.
 */
static inline unsigned xlat__instruction_length(uint32_t bits)
{
	return (bits & 3) == 3 ? 4 : 2;
}

/* The instruction of 32 bits that a compressed one stands for, or 0, which is illegal. */
uint32_t xlat__expand_compressed(uint16_t bits, uint64_t extensions);

/* Takes an instruction apart; ILLEGAL for what is none with these extensions. */
void xlat__decode(uint32_t bits, uint64_t extensions, struct xlat__instruction *instruction);

/* What an instruction is called, and its form. Never NULL. */
const char *xlat__opcode_name(unsigned opcode);
enum xlat__form xlat__opcode_form(unsigned opcode);

#endif
