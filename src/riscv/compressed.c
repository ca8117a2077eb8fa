/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The C extension: each instruction of 16 bits stands for one of 32 ("RVC Instruction Set
 * Listings"). The functions are named after the formats of the expanded ones.
 */
#include "riscv/decode.h"

/* Bits [high:low] of a compressed instruction, put at position `at`. */
static uint32_t field(uint16_t bits, unsigned high, unsigned low, unsigned at)
{
	return ((uint32_t)bits >> low & ((2u << (high - low)) - 1)) << at;
}

static uint32_t sign(uint32_t value, unsigned bits)
{
	return (uint32_t)((int32_t)(value << (32 - bits)) >> (32 - bits));
}

static uint32_t encode_r(uint32_t opcode, uint32_t funct3, uint32_t funct7, uint32_t rd,
			 uint32_t rs1, uint32_t rs2)
{
	return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}

static uint32_t encode_i(uint32_t opcode, uint32_t funct3, uint32_t rd, uint32_t rs1, uint32_t imm)
{
	return imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}

static uint32_t encode_s(uint32_t opcode, uint32_t funct3, uint32_t rs1, uint32_t rs2, uint32_t imm)
{
	return (imm >> 5) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (imm & 31) << 7 | opcode;
}

static uint32_t encode_b(uint32_t funct3, uint32_t rs1, uint32_t imm)
{
	return (imm >> 12 & 1) << 31 | (imm >> 5 & 63) << 25 | rs1 << 15 | funct3 << 12 |
	       (imm >> 1 & 15) << 8 | (imm >> 11 & 1) << 7 | 0x63;
}

static uint32_t encode_j(uint32_t rd, uint32_t imm)
{
	return (imm >> 20 & 1) << 31 | (imm >> 1 & 1023) << 21 | (imm >> 11 & 1) << 20 |
	       (imm >> 12 & 255) << 12 | rd << 7 | 0x6f;
}

enum {
	LOAD = 0x03,
	LOAD_FP = 0x07,
	OP_IMM = 0x13,
	OP_IMM_32 = 0x1b,
	STORE = 0x23,
	STORE_FP = 0x27,
	OP = 0x33,
	LUI = 0x37,
	OP_32 = 0x3b,
	JALR = 0x67,
	SP = 2,
};

/* The registers of three bits. */
static uint32_t low_register(uint16_t bits, unsigned at)
{
	return 8 + (bits >> at & 7);
}

static uint32_t offset_w(uint16_t bits)
{
	return field(bits, 12, 10, 3) | field(bits, 6, 6, 2) | field(bits, 5, 5, 6);
}

static uint32_t offset_d(uint16_t bits)
{
	return field(bits, 12, 10, 3) | field(bits, 6, 5, 6);
}

static uint32_t expand_quadrant_0(uint16_t bits)
{
	uint32_t rs1 = low_register(bits, 7), rd = low_register(bits, 2), imm;

	switch (bits >> 13) {
	case 0: /* c.addi4spn */
		imm = field(bits, 12, 11, 4) | field(bits, 10, 7, 6) | field(bits, 6, 6, 2) |
		      field(bits, 5, 5, 3);
		return imm ? encode_i(OP_IMM, 0, rd, SP, imm) : 0;
	case 1: /* c.fld */
		return encode_i(LOAD_FP, 3, rd, rs1, offset_d(bits));
	case 2: /* c.lw */
		return encode_i(LOAD, 2, rd, rs1, offset_w(bits));
	case 3: /* c.ld */
		return encode_i(LOAD, 3, rd, rs1, offset_d(bits));
	case 5: /* c.fsd */
		return encode_s(STORE_FP, 3, rs1, rd, offset_d(bits));
	case 6: /* c.sw */
		return encode_s(STORE, 2, rs1, rd, offset_w(bits));
	case 7: /* c.sd */
		return encode_s(STORE, 3, rs1, rd, offset_d(bits));
	default:
		return 0;
	}
}

/* c.srli to c.addw: what is under 100 in quadrant 1. */
static uint32_t expand_arithmetic(uint16_t bits)
{
	uint32_t rd = low_register(bits, 7), rs2 = low_register(bits, 2);
	uint32_t imm = field(bits, 12, 12, 5) | field(bits, 6, 2, 0);

	switch (bits >> 10 & 3) {
	case 0: /* c.srli */
		return encode_i(OP_IMM, 5, rd, rd, imm);
	case 1: /* c.srai */
		return encode_i(OP_IMM, 5, rd, rd, imm | 0x400);
	case 2: /* c.andi */
		return encode_i(OP_IMM, 7, rd, rd, sign(imm, 6));
	default:
		break;
	}
	switch (field(bits, 12, 12, 2) | field(bits, 6, 5, 0)) {
	case 0: /* c.sub */
		return encode_r(OP, 0, 0x20, rd, rd, rs2);
	case 1: /* c.xor */
		return encode_r(OP, 4, 0, rd, rd, rs2);
	case 2: /* c.or */
		return encode_r(OP, 6, 0, rd, rd, rs2);
	case 3: /* c.and */
		return encode_r(OP, 7, 0, rd, rd, rs2);
	case 4: /* c.subw */
		return encode_r(OP_32, 0, 0x20, rd, rd, rs2);
	case 5: /* c.addw */
		return encode_r(OP_32, 0, 0, rd, rd, rs2);
	default:
		return 0;
	}
}

static uint32_t expand_quadrant_1(uint16_t bits)
{
	uint32_t rd = bits >> 7 & 31, imm = field(bits, 12, 12, 5) | field(bits, 6, 2, 0), wide;

	switch (bits >> 13) {
	case 0: /* c.addi, c.nop */
		return encode_i(OP_IMM, 0, rd, rd, sign(imm, 6));
	case 1: /* c.addiw */
		return rd ? encode_i(OP_IMM_32, 0, rd, rd, sign(imm, 6)) : 0;
	case 2: /* c.li */
		return encode_i(OP_IMM, 0, rd, 0, sign(imm, 6));
	case 3:
		if (!imm)
			return 0;
		if (rd != SP) /* c.lui */
			return sign(imm, 6) << 12 | rd << 7 | LUI;
		wide = field(bits, 12, 12, 9) | field(bits, 6, 6, 4) | field(bits, 5, 5, 6) |
		       field(bits, 4, 3, 7) | field(bits, 2, 2, 5);
		return encode_i(OP_IMM, 0, SP, SP, sign(wide, 10)); /* c.addi16sp */
	case 4:
		return expand_arithmetic(bits);
	case 5: /* c.j */
		wide = field(bits, 12, 12, 11) | field(bits, 11, 11, 4) | field(bits, 10, 9, 8) |
		       field(bits, 8, 8, 10) | field(bits, 7, 7, 6) | field(bits, 6, 6, 7) |
		       field(bits, 5, 3, 1) | field(bits, 2, 2, 5);
		return encode_j(0, sign(wide, 12));
	default: /* c.beqz, c.bnez */
		wide = field(bits, 12, 12, 8) | field(bits, 11, 10, 3) | field(bits, 6, 5, 6) |
		       field(bits, 4, 3, 1) | field(bits, 2, 2, 5);
		return encode_b(bits >> 13 & 1, low_register(bits, 7), sign(wide, 9));
	}
}

static uint32_t expand_quadrant_2(uint16_t bits)
{
	uint32_t rd = bits >> 7 & 31, rs2 = bits >> 2 & 31, imm;

	switch (bits >> 13) {
	case 0: /* c.slli */
		return encode_i(OP_IMM, 1, rd, rd, field(bits, 12, 12, 5) | rs2);
	case 1: /* c.fldsp */
		imm = field(bits, 12, 12, 5) | field(bits, 6, 5, 3) | field(bits, 4, 2, 6);
		return encode_i(LOAD_FP, 3, rd, SP, imm);
	case 2: /* c.lwsp */
		imm = field(bits, 12, 12, 5) | field(bits, 6, 4, 2) | field(bits, 3, 2, 6);
		return rd ? encode_i(LOAD, 2, rd, SP, imm) : 0;
	case 3: /* c.ldsp */
		imm = field(bits, 12, 12, 5) | field(bits, 6, 5, 3) | field(bits, 4, 2, 6);
		return rd ? encode_i(LOAD, 3, rd, SP, imm) : 0;
	case 4:
		if (bits >> 12 & 1) {
			if (rs2) /* c.add */
				return encode_r(OP, 0, 0, rd, rd, rs2);
			return rd ? encode_i(JALR, 0, 1, rd, 0) : 0x00100073; /* c.jalr, c.ebreak */
		}
		if (rs2) /* c.mv */
			return encode_r(OP, 0, 0, rd, 0, rs2);
		return rd ? encode_i(JALR, 0, 0, rd, 0) : 0; /* c.jr */
	case 5: /* c.fsdsp */
		return encode_s(STORE_FP, 3, SP, rs2,
				field(bits, 12, 10, 3) | field(bits, 9, 7, 6));
	case 6: /* c.swsp */
		return encode_s(STORE, 2, SP, rs2, field(bits, 12, 9, 2) | field(bits, 8, 7, 6));
	default: /* c.sdsp */
		return encode_s(STORE, 3, SP, rs2, field(bits, 12, 10, 3) | field(bits, 9, 7, 6));
	}
}

uint32_t xlat__expand_compressed(uint16_t bits, uint64_t extensions)
{
	if (!(extensions & XLAT__EXT_BIT(C)))
		return 0;
	switch (bits & 3) {
	case 0:
		return expand_quadrant_0(bits);
	case 1:
		return expand_quadrant_1(bits);
	default:
		return expand_quadrant_2(bits);
	}
}
