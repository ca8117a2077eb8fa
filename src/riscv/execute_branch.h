/* SPDX-License-Identifier: BSD-3-Clause */
/* Transfers of control, and how blocks lead to one another. Included into xlat__hart_execute(). */

#define BRANCH_ON(id, name, form, extension, mask, match)                                          \
	OPERATION(id)                                                                              \
	{                                                                                          \
		BRANCH(id##_TAKEN(RS1, RS2));                                                      \
	}
XLAT__OPCODES_BRANCH(BRANCH_ON)
#undef BRANCH_ON

OPERATION(JAL)
{
	RD = pc + 2 * (uint64_t)op->at + op->rs1;
	EXIT(op + 1);
}

OPERATION(J)
{
	EXIT(op + 1);
}

OPERATION(FALL)
{
	EXIT(op + 1);
}

OPERATION(JALR)
{
	uint64_t target = (RS1 + IMM) & ~UINT64_C(1);

	RD = pc + 2 * (uint64_t)op->at + op->rs2;
	JUMP(target, op + 1);
}

OPERATION(RET)
{
	JUMP(RS1 & ~UINT64_C(1), op + 1);
}

OPERATION(FAR)
{
	const struct xlat__jump *jump = &hart->jumps[xlat__jump_index(pc)];

	if (__builtin_expect(jump->address == pc && jump->key == hart->jump_key, 1)) {
		op = &hart->code.ops[jump->op];
		DISPATCH();
	}
	hart->pc = pc;
	hart->budget = budget;
	op = xlat__code_find(hart);
	if (!op)
		goto trapped;
	DISPATCH();
}

OPERATION(RESOLVE)
{
	hart->pc = pc;
	hart->budget = budget;
	op = xlat__code_resolve(hart, (struct xlat__op *)(uintptr_t)link);
	if (!op)
		goto trapped;
	DISPATCH();
}
