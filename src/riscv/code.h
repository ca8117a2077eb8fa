/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Decoded code. A block is a run of instructions as operations for the fast path, from where a jump
 * or fall led to, to the next jump or the next multiple of XLAT__BLOCK_BYTES. Blocks
 * are of the host's memory: several virtual addresses may share one. A block whose next one is in
 * the same page is linked to it directly; everything else goes through the jumps, which are by
 * virtual address and forgotten whenever an address may mean another block.
 */
#ifndef XLAT_RISCV_CODE_H
#define XLAT_RISCV_CODE_H

#include "riscv/decode.h"
#include "riscv/float_ops.h"
#include "riscv/pairs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xlat_hart;

enum {
	/*
	 * So that a word has a bit for each halfword, and where blocks end depends on addresses
	 * only.
	 */
	XLAT__BLOCK_BYTES = 128,
	XLAT__BLOCK_MOST = 64, /* instructions of a block */
	XLAT__BLOCK_OPS = 132, /* of a block: a head, an operation and a link for each, the end */
	XLAT__JUMPS = 4096,
	XLAT__CODE_PAGES = 16384, /* twice as many as are kept: 32 MiB of code */
};

/*
 * One operation, or what belongs to one. A block is: a head; operations, the last of which ends it;
 * the links of that.
 */
struct xlat__op {
	union {
		const void *handler; /* of an operation */
		const struct xlat__op *target; /* of a link: the next block's first operation */
		uint64_t starts; /* of a head: bit i: an instruction begins at halfword i */
	};
	int32_t imm; /* of a link: what the block's start is added */
	union {
		struct {
			uint8_t rd, rs1, rs2;
			uint8_t at; /* halfwords from the block's start to what may trap in it */
		};
		uint32_t count; /* of a link: instructions of the block */
		uint32_t head; /* of a head: XLAT__OP_HEAD */
	};
};

/* In a head where an operation has registers, no operation has this. */
#define XLAT__OP_HEAD UINT32_MAX

/* Operations that are no instruction. */
#define XLAT__INTERNALS(X)                                                                         \
	X(FALL) /* ends a block without an instruction */                                          \
	X(RESOLVE) /* a link that has not been followed */                                         \
	X(FAR) /* leads out of the page: the jumps know */                                         \
	X(LI) /* rd = imm */                                                                       \
	X(MV) /* rd = rs1 */                                                                       \
	X(CSR_END) /* a CSR that what follows in the block may depend on */                        \
	X(J) /* JAL without a link register */                                                     \
	X(RET) /* JALR without one and without an offset */

enum xlat__internal {
	XLAT__INTERNAL_FIRST = XLAT__OP_ILLEGAL, /* which is followed by: */
#define XLAT__INTERNAL_ENUMERATOR(id) XLAT__OP_##id,
	XLAT__INTERNALS(XLAT__INTERNAL_ENUMERATOR)
#undef XLAT__INTERNAL_ENUMERATOR
#define XLAT__FLOAT_ENUMERATOR(id, extension, rounding, mask, match) XLAT__OP_##id,
	XLAT__FLOAT_OPS(XLAT__FLOAT_ENUMERATOR)
#undef XLAT__FLOAT_ENUMERATOR
		XLAT__INTERNAL_END,
	XLAT__PAIR_FIRST = XLAT__INTERNAL_END - 1, /* which is followed by: */
#define XLAT__PAIR_ENUMERATOR(variant, kind, second, first_kind, first)                            \
	XLAT__OP_##first##_##second##_##variant,
	XLAT__PAIRS(XLAT__PAIR_ENUMERATOR)
#undef XLAT__PAIR_ENUMERATOR
	XLAT__OPS,
};

/* Where a virtual address leads. */
struct xlat__jump {
	uint64_t address;
	uint32_t key; /* hart->jump_key when it did: the mode, and the jumps' generation */
	uint32_t op; /* index of the block's first operation */
};

static inline unsigned xlat__jump_index(uint64_t address)
{
	return (address >> 1) % XLAT__JUMPS;
}

struct xlat__code_page {
	const uint8_t *host; /* NULL: none */
	uint32_t id; /* part of its blocks' keys */
	bool marked; /* the TLB tells when it changes */
};

struct xlat__code_block {
	uint64_t key; /* page id << 11 | halfword; 0: none */
	uint32_t op; /* index of its first operation */
};

struct xlat__code {
	const void *const *handlers;
	struct xlat__op *ops;
	uint32_t op_count, op_limit;
	struct xlat__code_block *blocks; /* a hash table */
	uint32_t block_count, block_limit, block_mask;
	struct xlat__code_page pages[XLAT__CODE_PAGES]; /* a hash table */
	uint32_t page_count;
	uint32_t next_id;
	uint32_t generation; /* of the jumps */
	uint64_t fetches; /* the TLB's at which the jumps were right */
	uint64_t flushes; /* how often everything was forgotten */
	struct xlat__op resolve, far; /* what links lead to that lead nowhere yet */
	struct xlat__op step[8]; /* a block of one instruction that is not kept */
	bool step_ends; /* it ends a block of more as well */
	uint8_t step_length; /* bytes */
};

/* --- pair.c */

/* The number of the operation that does both, or 0; of operations that are no pair themselves. */
unsigned xlat__pair_find(unsigned first_id, const struct xlat__op *first, unsigned second_id,
			 const struct xlat__op *second);

/* --- build.c */

/*
 * Decodes a block of a page from an offset on into `ops`, which has room for XLAT__BLOCK_OPS;
 * returns how many there are, or 0 when its first instruction reaches into the next page. pc is for
 * breakpoints.
 */
unsigned xlat__code_build(const struct xlat_hart *hart, const uint8_t *page, uint64_t pc,
			  struct xlat__op *ops);

/* The block of one instruction that is not kept, and whose links lead nowhere directly. */
void xlat__code_build_step(struct xlat_hart *hart, uint32_t bits);

/* --- code.c */

int xlat__code_init(struct xlat__code *code, size_t kilobytes);
void xlat__code_finish(struct xlat__code *code);
void xlat__code_flush(struct xlat_hart *hart); /* forgets everything */
void xlat__code_changed(void *opaque, const uint8_t *host, uint64_t length); /* for the TLB */
void xlat__code_forget_jumps(struct xlat_hart *hart); /* addresses may mean something else */
void xlat__code_check_fetches(struct xlat_hart *hart); /* the same, if the TLB dropped code */

/*
 * The first operation of the block at hart->pc; NULL when the fetch trapped. It may be a block of
 * one instruction.
 */
const struct xlat__op *xlat__code_find(struct xlat_hart *hart);

/* The same for one instruction only, whatever breakpoint is at it. Its bits go to *bits. */
const struct xlat__op *xlat__code_step(struct xlat_hart *hart, uint32_t *bits);

/* The block at hart->pc, to which the link of the block before it leads from now on. */
const struct xlat__op *xlat__code_resolve(struct xlat_hart *hart, struct xlat__op *link);

#endif
