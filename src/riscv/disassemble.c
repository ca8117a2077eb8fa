/* SPDX-License-Identifier: BSD-3-Clause */
/* Instructions in words, for traces and debuggers. */
#include "riscv/decode.h"

#include <xlat/hart.h>

#include <inttypes.h>
#include <stdio.h>

static const char *x(unsigned number)
{
	static const char *const names[32] = {"zero", "ra", "sp",  "gp",  "tp", "t0", "t1", "t2",
					      "s0",   "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
					      "a6",   "a7", "s2",  "s3",  "s4", "s5", "s6", "s7",
					      "s8",   "s9", "s10", "s11", "t3", "t4", "t5", "t6"};

	return names[number & 31];
}

void xlat_hart_disassemble(uint64_t pc, uint32_t bits, char *text, size_t size)
{
	struct xlat__instruction in;
	const char *name;

	xlat__decode(bits, UINT64_MAX, &in);
	name = xlat__opcode_name(in.opcode);
	switch (xlat__opcode_form(in.opcode)) {
	case XLAT__FORM_NONE:
		snprintf(text, size, "%s", name);
		break;
	case XLAT__FORM_R:
		snprintf(text, size, "%s %s, %s, %s", name, x(in.rd), x(in.rs1), x(in.rs2));
		break;
	case XLAT__FORM_R1:
		snprintf(text, size, "%s %s, %s", name, x(in.rd), x(in.rs1));
		break;
	case XLAT__FORM_I:
	case XLAT__FORM_SHIFT:
		snprintf(text, size, "%s %s, %s, %" PRId32, name, x(in.rd), x(in.rs1), in.imm);
		break;
	case XLAT__FORM_LOAD:
		snprintf(text, size, "%s %s, %" PRId32 "(%s)", name, x(in.rd), in.imm, x(in.rs1));
		break;
	case XLAT__FORM_LOAD_F:
		snprintf(text, size, "%s f%u, %" PRId32 "(%s)", name, in.rd, in.imm, x(in.rs1));
		break;
	case XLAT__FORM_STORE:
		snprintf(text, size, "%s %s, %" PRId32 "(%s)", name, x(in.rs2), in.imm, x(in.rs1));
		break;
	case XLAT__FORM_STORE_F:
		snprintf(text, size, "%s f%u, %" PRId32 "(%s)", name, in.rs2, in.imm, x(in.rs1));
		break;
	case XLAT__FORM_B:
		snprintf(text, size, "%s %s, %s, 0x%" PRIx64, name, x(in.rs1), x(in.rs2),
			 pc + (uint64_t)(int64_t)in.imm);
		break;
	case XLAT__FORM_U:
		snprintf(text, size, "%s %s, 0x%" PRIx32, name, x(in.rd), (uint32_t)in.imm >> 12);
		break;
	case XLAT__FORM_J:
		snprintf(text, size, "%s %s, 0x%" PRIx64, name, x(in.rd),
			 pc + (uint64_t)(int64_t)in.imm);
		break;
	case XLAT__FORM_LR:
		snprintf(text, size, "%s %s, (%s)", name, x(in.rd), x(in.rs1));
		break;
	case XLAT__FORM_AMO:
		snprintf(text, size, "%s %s, %s, (%s)", name, x(in.rd), x(in.rs2), x(in.rs1));
		break;
	case XLAT__FORM_CSR:
		snprintf(text, size, "%s %s, 0x%" PRIx32 ", %s", name, x(in.rd), (uint32_t)in.imm,
			 x(in.rs1));
		break;
	case XLAT__FORM_CSRI:
		snprintf(text, size, "%s %s, 0x%" PRIx32 ", %u", name, x(in.rd), (uint32_t)in.imm,
			 in.rs1);
		break;
	case XLAT__FORM_SFENCE:
		snprintf(text, size, "%s %s, %s", name, x(in.rs1), x(in.rs2));
		break;
	case XLAT__FORM_CBO:
		snprintf(text, size, "%s (%s)", name, x(in.rs1));
		break;
	case XLAT__FORM_FLOAT:
		snprintf(text, size, "%s 0x%08" PRIx32, name, (uint32_t)in.imm);
		break;
	}
}
