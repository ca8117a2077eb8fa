/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The fast path: one function in which every operation has a label and jumps to the next one's.
 * What operations do is in the execute_*.h files, which are included into it.  A block is left
 * through EXIT, where the budget is looked at: whoever wants execution to look up takes the rest of
 * the budget away. pc is the address of the block's start; an instruction's is that and op->at.
 */
#include "riscv/execute_float.h"
#include "riscv/float_host.h"
#include "riscv/hart.h"
#include "riscv/pairs.h"
#include "riscv/values.h"

#include <string.h>

/* The operands. */
#define RD (x[op->rd])
#define RS1 (x[op->rs1])
#define RS2 (x[op->rs2])
#define IMM ((uint64_t)(int64_t)op->imm)

#define DISPATCH() goto * op->handler
#define NEXT()                                                                                     \
	do {                                                                                       \
		op++;                                                                              \
		DISPATCH();                                                                        \
	} while (0)

/* Leaves the block by a link of its last operation. */
#define EXIT(by)                                                                                   \
	do {                                                                                       \
		link = (by);                                                                       \
		pc += IMM_OF(link);                                                                \
		budget -= link->count;                                                             \
		if (__builtin_expect(budget < 0, 0))                                               \
			goto look_up;                                                              \
		op = link->target;                                                                 \
		DISPATCH();                                                                        \
	} while (0)
#define IMM_OF(of) ((uint64_t)(int64_t)(of)->imm)

/* Leaves it if so, and goes on behind the link if not. */
#define BRANCH(condition)                                                                          \
	do {                                                                                       \
		if (condition)                                                                     \
			EXIT(op + 1);                                                              \
		op += 2;                                                                           \
		DISPATCH();                                                                        \
	} while (0)

#define BEQ_TAKEN(a, b) ((a) == (b))
#define BNE_TAKEN(a, b) ((a) != (b))
#define BLT_TAKEN(a, b) ((int64_t)(a) < (int64_t)(b))
#define BGE_TAKEN(a, b) ((int64_t)(a) >= (int64_t)(b))
#define BLTU_TAKEN(a, b) ((a) < (b))
#define BGEU_TAKEN(a, b) ((a) >= (b))

/* What a load makes of the host's bytes, and a store of a register: memory is little-endian. */
#define LOADED(bits, host) XLAT_SWAP_LITTLE(bits, xlat_tlb_copy_load##bits(host))
#define STORED(bits, host, value)                                                                  \
	xlat_tlb_copy_store##bits(host, XLAT_SWAP_LITTLE(bits, (uint##bits##_t)(value)))
#define LB_TYPE int8_t
#define LH_TYPE int16_t
#define LW_TYPE int32_t
#define LD_TYPE uint64_t
#define LBU_TYPE uint8_t
#define LHU_TYPE uint16_t
#define LWU_TYPE uint32_t
#define LB_VALUE(host) ((uint64_t)(int8_t)LOADED(8, host))
#define LH_VALUE(host) ((uint64_t)(int16_t)LOADED(16, host))
#define LW_VALUE(host) ((uint64_t)(int32_t)LOADED(32, host))
#define LD_VALUE(host) ((uint64_t)LOADED(64, host))
#define LBU_VALUE(host) ((uint64_t)LOADED(8, host))
#define LHU_VALUE(host) ((uint64_t)LOADED(16, host))
#define LWU_VALUE(host) ((uint64_t)LOADED(32, host))
#define SB_BITS 8
#define SH_BITS 16
#define SW_BITS 32
#define SD_BITS 64
#define SB_STORE(host, value) STORED(8, host, value)
#define SH_STORE(host, value) STORED(16, host, value)
#define SW_STORE(host, value) STORED(32, host, value)
#define SD_STORE(host, value) STORED(64, host, value)

/* Leaves the block for an address that was computed. */
#define JUMP(target_pc, link_of_count)                                                             \
	do {                                                                                       \
		pc = (target_pc);                                                                  \
		budget -= (link_of_count)->count;                                                  \
		if (__builtin_expect(budget < 0, 0))                                               \
			goto look_up;                                                              \
		goto *handlers[XLAT__OP_FAR];                                                      \
	} while (0)

/* Begins what an operation does: a block that ends by leaving for another operation. */
#define OPERATION(id) do_##id:

/* Before a function that may need to know where execution is: a trap, a look at the counters. */
#define SYNC()                                                                                     \
	do {                                                                                       \
		hart->pc = pc + 2 * (uint64_t)op->at;                                              \
		hart->op = op;                                                                     \
		hart->budget = budget;                                                             \
	} while (0)

/* A function that executes an instruction inside a block. */
#define CALL(function)                                                                             \
	do {                                                                                       \
		SYNC();                                                                            \
		if (__builtin_expect(!(function), 0))                                              \
			goto trapped;                                                              \
		budget = hart->budget;                                                             \
		NEXT();                                                                            \
	} while (0)

const void *const *xlat__hart_execute(struct xlat_hart *hart, const struct xlat__op *op)
{
	static const void *const handlers[XLAT__OPS] = {
#define HANDLER(id, name, form, extension, mask, match) [XLAT__OP_##id] = &&do_##id,
		XLAT__OPCODES(HANDLER)[XLAT__OP_ILLEGAL] = &&do_ILLEGAL,
#undef HANDLER
#define HANDLER(id) [XLAT__OP_##id] = &&do_##id,
		XLAT__INTERNALS(HANDLER)
#undef HANDLER
#define HANDLER(id, extension, rounding, mask, match) [XLAT__OP_##id] = &&do_##id,
			XLAT__FLOAT_OPS(HANDLER)
#undef HANDLER
#define HANDLER(variant, kind, second, first_kind, first)                                          \
	[XLAT__OP_##first##_##second##_##variant] = &&do_##first##_##second##_##variant,
				XLAT__PAIRS(HANDLER)
#undef HANDLER
	};
	uint64_t *x, pc;
	int64_t budget;
	const struct xlat__op *link = NULL;

	if (!hart)
		return handlers;
	x = hart->x;
	pc = hart->pc;
	budget = hart->budget;
	DISPATCH();

#include "riscv/execute_branch.h"
#include "riscv/execute_compute.h"
#include "riscv/execute_memory.h"
#include "riscv/execute_pair.h"
#include "riscv/execute_atomic.h"
#include "riscv/execute_float_op.h"
#include "riscv/execute_call.h"

illegal:
	SYNC();
	xlat__hart_raise_illegal(hart);
trapped:
	pc = hart->pc;
	budget = hart->budget;
	if (budget >= 0)
		goto *handlers[XLAT__OP_FAR];
look_up:
	hart->pc = pc;
	hart->budget = budget;
	hart->op = NULL;
	return handlers;
}
