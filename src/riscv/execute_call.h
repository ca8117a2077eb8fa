/* SPDX-License-Identifier: BSD-3-Clause */
/* Instructions that are functions. Included into xlat__hart_execute(). */

#define CACHE_BLOCK(id)                                                                            \
	OPERATION(id)                                                                              \
	{                                                                                          \
		CALL(xlat__hart_cache_block(hart, op));                                            \
	}
CACHE_BLOCK(CBO_INVAL)
CACHE_BLOCK(CBO_CLEAN)
CACHE_BLOCK(CBO_FLUSH)
CACHE_BLOCK(CBO_ZERO)
#undef CACHE_BLOCK

OPERATION(FLOAT)
{
	CALL(xlat__hart_float(hart, (uint32_t)op->imm));
}

#define CSR(id)                                                                                    \
	OPERATION(id)                                                                              \
	{                                                                                          \
		CALL(xlat__hart_csr_instruction(hart, op));                                        \
	}
CSR(CSRRW)
CSR(CSRRS)
CSR(CSRRC)
CSR(CSRRWI)
CSR(CSRRSI)
CSR(CSRRCI)
#undef CSR

/* These end their block. */
#define SYSTEM(id)                                                                                 \
	OPERATION(id)                                                                              \
	{                                                                                          \
		SYNC();                                                                            \
		xlat__hart_system(hart, op);                                                       \
		goto trapped;                                                                      \
	}
SYSTEM(CSR_END)
SYSTEM(FENCE_I)
SYSTEM(ECALL)
SYSTEM(EBREAK)
SYSTEM(SRET)
SYSTEM(MRET)
SYSTEM(WFI)
SYSTEM(SFENCE_VMA)
SYSTEM(SINVAL_VMA)
SYSTEM(SFENCE_W_INVAL)
SYSTEM(SFENCE_INVAL_IR)
SYSTEM(ILLEGAL)
#undef SYSTEM
