/* SPDX-License-Identifier: BSD-3-Clause */
/* Bit manipulation: Zba, Zbb, Zbs. Included into xlat__hart_execute(), after execute_compute.h. */

#define BIT(number) (UINT64_C(1) << ((number)&63))

COMPUTE(SH1ADD, (RS1 << 1) + RS2)
COMPUTE(SH2ADD, (RS1 << 2) + RS2)
COMPUTE(SH3ADD, (RS1 << 3) + RS2)
COMPUTE(ADD_UW, (uint64_t)W1 + RS2)
COMPUTE(SH1ADD_UW, ((uint64_t)W1 << 1) + RS2)
COMPUTE(SH2ADD_UW, ((uint64_t)W1 << 2) + RS2)
COMPUTE(SH3ADD_UW, ((uint64_t)W1 << 3) + RS2)
COMPUTE(SLLI_UW, (uint64_t)W1 << (op->imm & 63))

COMPUTE(ANDN, RS1 & ~RS2)
COMPUTE(ORN, RS1 | ~RS2)
COMPUTE(XNOR, ~(RS1 ^ RS2))
COMPUTE(MIN, S(RS1) < S(RS2) ? RS1 : RS2)
COMPUTE(MINU, RS1 < RS2 ? RS1 : RS2)
COMPUTE(MAX, S(RS1) > S(RS2) ? RS1 : RS2)
COMPUTE(MAXU, RS1 > RS2 ? RS1 : RS2)
COMPUTE(CLZ, RS1 ? __builtin_clzll(RS1) : 64)
COMPUTE(CTZ, RS1 ? __builtin_ctzll(RS1) : 64)
COMPUTE(CPOP, __builtin_popcountll(RS1))
COMPUTE(CLZW, W1 ? __builtin_clz(W1) : 32)
COMPUTE(CTZW, W1 ? __builtin_ctz(W1) : 32)
COMPUTE(CPOPW, __builtin_popcount(W1))
COMPUTE(SEXT_B, S((int8_t)RS1))
COMPUTE(SEXT_H, S((int16_t)RS1))
COMPUTE(ZEXT_H, (uint16_t)RS1)
COMPUTE(REV8, __builtin_bswap64(RS1))

/* Each byte that is not zero becomes ones: its bits gathered in its lowest, and spread. */
OPERATION(ORC_B)
{
	uint64_t any = RS1;

	any |= any >> 4 & 0x0f0f0f0f0f0f0f0f;
	any |= any >> 2 & 0x3f3f3f3f3f3f3f3f;
	any |= any >> 1 & 0x7f7f7f7f7f7f7f7f;
	RD = (any & 0x0101010101010101) * 0xff;
	NEXT();
}

#define ROTATE_RIGHT(value, by) ((value) >> ((by)&63) | (value) << (-(by)&63))
#define ROTATE_WORD_RIGHT(value, by) ((value) >> ((by)&31) | (value) << (-(by)&31))
COMPUTE(ROL, ROTATE_RIGHT(RS1, -RS2))
COMPUTE(ROR, ROTATE_RIGHT(RS1, RS2))
COMPUTE(RORI, ROTATE_RIGHT(RS1, IMM))
COMPUTE(ROLW, WORD(ROTATE_WORD_RIGHT(W1, -W2)))
COMPUTE(RORW, WORD(ROTATE_WORD_RIGHT(W1, W2)))
COMPUTE(RORIW, WORD(ROTATE_WORD_RIGHT(W1, WI)))

COMPUTE(BCLR, RS1 & ~BIT(RS2))
COMPUTE(BEXT, RS1 >> (RS2 & 63) & 1)
COMPUTE(BINV, RS1 ^ BIT(RS2))
COMPUTE(BSET, RS1 | BIT(RS2))
COMPUTE(BCLRI, RS1 & ~BIT(IMM))
COMPUTE(BEXTI, RS1 >> (IMM & 63) & 1)
COMPUTE(BINVI, RS1 ^ BIT(IMM))
COMPUTE(BSETI, RS1 | BIT(IMM))
