/* SPDX-License-Identifier: BSD-3-Clause */
/* CSRRW to CSRRCI (Zicsr): who may, and what is read and written in which order. */
#include "riscv/hart.h"

/* CSRs number their least mode in bits 9:8; those with ones in bits 11:10 cannot be written. */
static bool may(const struct xlat_hart *hart, const struct xlat_hart_csr *csr)
{
	unsigned mode = csr->number >> 8 & 3;

	if (mode == 2)
		return false; /* the hypervisor's */
	return hart->mode >= mode && !(csr->writes && csr->number >> 10 == 3);
}

static bool ask_host(struct xlat_hart *hart, struct xlat_hart_csr *csr)
{
	return hart->config.csr && hart->config.csr(hart->config.opaque, hart, csr);
}

static bool execute(struct xlat_hart *hart, struct xlat_hart_csr *csr, unsigned rd)
{
	uint64_t old = 0, operand = csr->value;

	if (!may(hart, csr))
		return false;
	if (csr->reads ? !xlat__csr_read(hart, csr->number, &old)
		       : !xlat__csr_write(hart, csr->number, operand)) {
		if (!ask_host(hart, csr))
			return false;
		old = csr->value;
	} else if (csr->reads && csr->writes) {
		uint64_t base = old;

		/*
		 * Bits are set and cleared in what was written to SEIP, whatever its wire says
		 * (3.1.9).
		 */
		if (csr->number == CSR_MIP)
			base = hart->mip;
		if (!xlat__csr_write(hart, csr->number,
				     (base & ~csr->mask) | (operand & csr->mask)))
			return false;
	}
	if (rd)
		hart->x[rd] = old;
	return true;
}

bool xlat__hart_csr_instruction(struct xlat_hart *hart, const struct xlat__op *op)
{
	unsigned opcode = op->rs2, rd = op->rd;
	bool immediate = opcode >= XLAT__OP_CSRRWI;
	uint64_t operand = immediate ? op->rs1 : hart->x[op->rs1];
	struct xlat_hart_csr csr = {.number = (unsigned)op->imm & 0xfff,
				    .reads = true,
				    .writes = op->rs1 != 0,
				    .value = operand,
				    .mask = operand};

	switch (opcode) {
	case XLAT__OP_CSRRW:
	case XLAT__OP_CSRRWI:
		csr.reads = rd != 0;
		csr.writes = true;
		csr.mask = UINT64_MAX;
		break;
	case XLAT__OP_CSRRC:
	case XLAT__OP_CSRRCI:
		csr.value = 0;
		break;
	default:
		break;
	}
	if (execute(hart, &csr, rd))
		return true;
	xlat__hart_raise_illegal(hart);
	return false;
}
