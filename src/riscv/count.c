/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Counting instructions: the fast path counts a block when it leaves it, and here is what is exact
 * inside one.
 */
#include "riscv/hart.h"

/* Instructions of the block before the operation. */
static unsigned ordinal(const struct xlat__op *op)
{
	uint64_t before = (UINT64_C(1) << op->at) - 1;

	while (op->head != XLAT__OP_HEAD)
		op--;
	return (unsigned)__builtin_popcountll(op->starts & before);
}

uint64_t xlat__hart_retired(const struct xlat_hart *hart)
{
	int64_t left = hart->budget + hart->withheld;

	return hart->retired + (uint64_t)(hart->counted - left) +
	       (hart->op ? ordinal(hart->op) : 0);
}

void xlat__hart_count(struct xlat_hart *hart, unsigned of_op)
{
	if (hart->op)
		hart->budget -= ordinal(hart->op) + of_op;
	hart->op = NULL;
	hart->retired = xlat__hart_retired(hart);
	hart->counted = hart->budget + hart->withheld;
}

void xlat__hart_look_up(struct xlat_hart *hart)
{
	if (hart->budget >= 0) {
		hart->withheld += hart->budget + 1;
		hart->budget = -1;
	}
}
