/* SPDX-License-Identifier: BSD-3-Clause */
/* Integer arithmetic: I and M. Included into xlat__hart_execute(). */

#define COMPUTE(id, value)                                                                         \
	OPERATION(id)                                                                              \
	{                                                                                          \
		RD = (uint64_t)(value);                                                            \
		NEXT();                                                                            \
	}

/* The low word's result, sign-extended. */
#define WORD(value) ((int64_t)(int32_t)(value))
#define S(value) ((int64_t)(value))
#define W1 ((uint32_t)RS1)
#define W2 ((uint32_t)RS2)
#define WI ((uint32_t)op->imm)

COMPUTE(LUI, IMM)
COMPUTE(LI, IMM)
COMPUTE(MV, RS1)
COMPUTE(AUIPC, pc + 2 * (uint64_t)op->at + IMM)

COMPUTE(ADDI, RS1 + IMM)
COMPUTE(SLTI, S(RS1) < S(IMM))
COMPUTE(SLTIU, RS1 < IMM)
COMPUTE(XORI, RS1 ^ IMM)
COMPUTE(ORI, RS1 | IMM)
COMPUTE(ANDI, RS1 &IMM)
COMPUTE(SLLI, RS1 << (op->imm & 63))
COMPUTE(SRLI, RS1 >> (op->imm & 63))
COMPUTE(SRAI, S(RS1) >> (op->imm & 63))

COMPUTE(ADD, RS1 + RS2)
COMPUTE(SUB, RS1 - RS2)
COMPUTE(SLL, RS1 << (RS2 & 63))
COMPUTE(SLT, S(RS1) < S(RS2))
COMPUTE(SLTU, RS1 < RS2)
COMPUTE(XOR, RS1 ^ RS2)
COMPUTE(SRL, RS1 >> (RS2 & 63))
COMPUTE(SRA, S(RS1) >> (RS2 & 63))
COMPUTE(OR, RS1 | RS2)
COMPUTE(AND, RS1 &RS2)

COMPUTE(ADDIW, WORD(W1 + WI))
COMPUTE(SLLIW, WORD(W1 << (WI & 31)))
COMPUTE(SRLIW, WORD(W1 >> (WI & 31)))
COMPUTE(SRAIW, WORD((int32_t)W1 >> (WI & 31)))
COMPUTE(ADDW, WORD(W1 + W2))
COMPUTE(SUBW, WORD(W1 - W2))
COMPUTE(SLLW, WORD(W1 << (W2 & 31)))
COMPUTE(SRLW, WORD(W1 >> (W2 & 31)))
COMPUTE(SRAW, WORD((int32_t)W1 >> (W2 & 31)))

COMPUTE(MUL, RS1 *RS2)
COMPUTE(MULH, (uint64_t)((__int128)S(RS1) * S(RS2) >> 64))
COMPUTE(MULHSU, (uint64_t)((__int128)S(RS1) * (__int128)RS2 >> 64))
COMPUTE(MULHU, (uint64_t)((unsigned __int128)RS1 *RS2 >> 64))
COMPUTE(MULW, WORD(W1 *W2))

/* Division by zero gives all ones, or the dividend; the overflow gives the dividend, or zero. */
COMPUTE(DIV, RS2 == 0 ? UINT64_MAX : RS2 == UINT64_MAX ? -RS1 : (uint64_t)(S(RS1) / S(RS2)))
COMPUTE(DIVU, RS2 == 0 ? UINT64_MAX : RS1 / RS2)
COMPUTE(REM, RS2 == 0 ? RS1 : RS2 == UINT64_MAX ? 0 : (uint64_t)(S(RS1) % S(RS2)))
COMPUTE(REMU, RS2 == 0 ? RS1 : RS1 % RS2)
COMPUTE(DIVW, WORD(W2 == 0	      ? UINT32_MAX
		   : W2 == UINT32_MAX ? -W1
				      : (uint32_t)((int32_t)W1 / (int32_t)W2)))
COMPUTE(DIVUW, WORD(W2 == 0 ? UINT32_MAX : W1 / W2))
COMPUTE(REMW, WORD(W2 == 0 ? W1 : W2 == UINT32_MAX ? 0 : (uint32_t)((int32_t)W1 % (int32_t)W2)))
COMPUTE(REMUW, WORD(W2 == 0 ? W1 : W1 % W2))
