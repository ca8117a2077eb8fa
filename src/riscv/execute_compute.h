/* SPDX-License-Identifier: BSD-3-Clause */
/* Instructions that compute: I, M, Zba, Zbb, Zbs. Included into xlat__hart_execute(). */

#define COMPUTE(id, ...)                                                                           \
	OPERATION(id)                                                                              \
	{                                                                                          \
		RD = value_##id(RS1, RS2, IMM);                                                    \
		NEXT();                                                                            \
	}

XLAT__OPCODES_OP_IMM(COMPUTE)
XLAT__OPCODES_OP_IMM_32(COMPUTE)
XLAT__OPCODES_OP(COMPUTE)
XLAT__OPCODES_OP_32(COMPUTE)
XLAT__OPCODES_LUI(COMPUTE)
COMPUTE(LI)
COMPUTE(MV)

OPERATION(AUIPC)
{
	RD = pc + 2 * (uint64_t)op->at + IMM;
	NEXT();
}

#undef COMPUTE
