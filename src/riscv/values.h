/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the instructions that compute make of their operands: a is rs1, b is rs2, i the immediate.
 * For execute.c.
 */
#ifndef XLAT_RISCV_VALUES_H
#define XLAT_RISCV_VALUES_H

#include <stdint.h>

#define VALUE(id, expression)                                                                      \
	static inline uint64_t value_##id(uint64_t a, uint64_t b, uint64_t i)                      \
	{                                                                                          \
		(void)a, (void)b, (void)i;                                                         \
		return (uint64_t)(expression);                                                     \
	}

/* The low word's result, sign-extended. */
#define WORD(value) ((int64_t)(int32_t)(value))
#define S(value) ((int64_t)(value))

VALUE(LUI, i)
VALUE(LI, i)
VALUE(MV, a)

VALUE(ADDI, a + i)
VALUE(SLTI, S(a) < S(i))
VALUE(SLTIU, a < i)
VALUE(XORI, a ^ i)
VALUE(ORI, a | i)
VALUE(ANDI, a &i)
VALUE(SLLI, a << (i & 63))
VALUE(SRLI, a >> (i & 63))
VALUE(SRAI, S(a) >> (i & 63))

VALUE(ADD, a + b)
VALUE(SUB, a - b)
VALUE(SLL, a << (b & 63))
VALUE(SLT, S(a) < S(b))
VALUE(SLTU, a < b)
VALUE(XOR, a ^ b)
VALUE(SRL, a >> (b & 63))
VALUE(SRA, S(a) >> (b & 63))
VALUE(OR, a | b)
VALUE(AND, a &b)

VALUE(ADDIW, WORD((uint32_t)a + (uint32_t)i))
VALUE(SLLIW, WORD((uint32_t)a << ((uint32_t)i & 31)))
VALUE(SRLIW, WORD((uint32_t)a >> ((uint32_t)i & 31)))
VALUE(SRAIW, WORD((int32_t)(uint32_t)a >> ((uint32_t)i & 31)))
VALUE(ADDW, WORD((uint32_t)a + (uint32_t)b))
VALUE(SUBW, WORD((uint32_t)a - (uint32_t)b))
VALUE(SLLW, WORD((uint32_t)a << ((uint32_t)b & 31)))
VALUE(SRLW, WORD((uint32_t)a >> ((uint32_t)b & 31)))
VALUE(SRAW, WORD((int32_t)(uint32_t)a >> ((uint32_t)b & 31)))

VALUE(MUL, a *b)
VALUE(MULH, (uint64_t)((__int128)S(a) * S(b) >> 64))
VALUE(MULHSU, (uint64_t)((__int128)S(a) * (__int128)b >> 64))
VALUE(MULHU, (uint64_t)((unsigned __int128)a *b >> 64))
VALUE(MULW, WORD((uint32_t)a *(uint32_t)b))

/* Division by zero gives all ones, or the dividend; the overflow gives the dividend, or zero. */
VALUE(DIV, b == 0 ? UINT64_MAX : b == UINT64_MAX ? -a : (uint64_t)(S(a) / S(b)))
VALUE(DIVU, b == 0 ? UINT64_MAX : a / b)
VALUE(REM, b == 0 ? a : b == UINT64_MAX ? 0 : (uint64_t)(S(a) % S(b)))
VALUE(REMU, b == 0 ? a : a % b)
VALUE(DIVW,
      WORD((uint32_t)b == 0	       ? UINT32_MAX
	   : (uint32_t)b == UINT32_MAX ? -(uint32_t)a
				       : (uint32_t)((int32_t)(uint32_t)a / (int32_t)(uint32_t)b)))
VALUE(DIVUW, WORD((uint32_t)b == 0 ? UINT32_MAX : (uint32_t)a / (uint32_t)b))
VALUE(REMW,
      WORD((uint32_t)b == 0	       ? (uint32_t)a
	   : (uint32_t)b == UINT32_MAX ? 0
				       : (uint32_t)((int32_t)(uint32_t)a % (int32_t)(uint32_t)b)))
VALUE(REMUW, WORD((uint32_t)b == 0 ? (uint32_t)a : (uint32_t)a % (uint32_t)b))

/* Zba, Zbb, Zbs. */
#define BIT(number) (UINT64_C(1) << ((number)&63))

VALUE(SH1ADD, (a << 1) + b)
VALUE(SH2ADD, (a << 2) + b)
VALUE(SH3ADD, (a << 3) + b)
VALUE(ADD_UW, (uint64_t)(uint32_t)a + b)
VALUE(SH1ADD_UW, ((uint64_t)(uint32_t)a << 1) + b)
VALUE(SH2ADD_UW, ((uint64_t)(uint32_t)a << 2) + b)
VALUE(SH3ADD_UW, ((uint64_t)(uint32_t)a << 3) + b)
VALUE(SLLI_UW, (uint64_t)(uint32_t)a << (i & 63))

VALUE(ANDN, a & ~b)
VALUE(ORN, a | ~b)
VALUE(XNOR, ~(a ^ b))
VALUE(MIN, S(a) < S(b) ? a : b)
VALUE(MINU, a < b ? a : b)
VALUE(MAX, S(a) > S(b) ? a : b)
VALUE(MAXU, a > b ? a : b)
VALUE(CLZ, a ? __builtin_clzll(a) : 64)
VALUE(CTZ, a ? __builtin_ctzll(a) : 64)
VALUE(CPOP, __builtin_popcountll(a))
VALUE(CLZW, (uint32_t)a ? __builtin_clz((uint32_t)a) : 32)
VALUE(CTZW, (uint32_t)a ? __builtin_ctz((uint32_t)a) : 32)
VALUE(CPOPW, __builtin_popcount((uint32_t)a))
VALUE(SEXT_B, S((int8_t)a))
VALUE(SEXT_H, S((int16_t)a))
VALUE(ZEXT_H, (uint16_t)a)
VALUE(REV8, __builtin_bswap64(a))

/* Each byte that is not zero becomes ones: its bits gathered in its lowest, and spread. */
static inline uint64_t value_ORC_B(uint64_t a, uint64_t b, uint64_t i)
{
	(void)b, (void)i;
	a |= a >> 4 & 0x0f0f0f0f0f0f0f0f;
	a |= a >> 2 & 0x3f3f3f3f3f3f3f3f;
	a |= a >> 1 & 0x7f7f7f7f7f7f7f7f;
	return (a & 0x0101010101010101) * 0xff;
}

#define ROTATE_RIGHT(value, by) ((value) >> ((by)&63) | (value) << (-(by)&63))
#define ROTATE_WORD_RIGHT(value, by) ((value) >> ((by)&31) | (value) << (-(by)&31))
VALUE(ROL, ROTATE_RIGHT(a, -b))
VALUE(ROR, ROTATE_RIGHT(a, b))
VALUE(RORI, ROTATE_RIGHT(a, i))
VALUE(ROLW, WORD(ROTATE_WORD_RIGHT((uint32_t)a, -(uint32_t)b)))
VALUE(RORW, WORD(ROTATE_WORD_RIGHT((uint32_t)a, (uint32_t)b)))
VALUE(RORIW, WORD(ROTATE_WORD_RIGHT((uint32_t)a, (uint32_t)i)))

VALUE(BCLR, a & ~BIT(b))
VALUE(BEXT, a >> (b & 63) & 1)
VALUE(BINV, a ^ BIT(b))
VALUE(BSET, a | BIT(b))
VALUE(BCLRI, a & ~BIT(i))
VALUE(BEXTI, a >> (i & 63) & 1)
VALUE(BINVI, a ^ BIT(i))
VALUE(BSETI, a | BIT(i))

#undef VALUE
#undef WORD
#undef S
#undef BIT
#undef ROTATE_RIGHT
#undef ROTATE_WORD_RIGHT

#endif
