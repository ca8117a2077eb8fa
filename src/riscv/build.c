/* SPDX-License-Identifier: BSD-3-Clause */
/* Decoding a block: from instructions to operations. */
#include "riscv/execute_float.h"
#include "riscv/float_host.h"
#include "riscv/hart.h"

#include <string.h>

enum {
	PAGE_BYTES = 4096,
};

/* A block being made. */
struct builder {
	const struct xlat_hart *hart;
	const void *const *handlers;
	struct xlat__op *ops; /* ops[0] is the head */
	unsigned count; /* operations, with the head */
	unsigned at; /* halfwords from the block's start to the instruction */
	unsigned instructions; /* before this one */
	unsigned page_offset; /* of the block's start */
	uint16_t ids[XLAT__BLOCK_OPS]; /* which operation each is */
	bool single; /* links are not to be followed directly */
};

static struct xlat__op *emit(struct builder *builder, unsigned id)
{
	struct xlat__op *op = &builder->ops[builder->count++];

	*op = (struct xlat__op){.handler = builder->handlers[id]};
	builder->ids[builder->count - 1] = (uint16_t)id;
	op->at = (uint8_t)builder->at;
	return op;
}

/* A link of the operation before it, to where the block's start plus offset is. */
static void emit_link(struct builder *builder, int32_t offset, unsigned instructions)
{
	struct xlat__op *link = &builder->ops[builder->count++];
	int64_t target = (int64_t)builder->page_offset + offset;
	bool near = !builder->single && target >= 0 && target < PAGE_BYTES;
	const struct xlat__code *code = &builder->hart->code;

	builder->ids[builder->count - 1] = XLAT__OP_ILLEGAL; /* it pairs with nothing */
	link->target = near ? &code->resolve : &code->far;
	link->imm = offset;
	link->count = instructions;
}

static uint8_t destination(unsigned rd)
{
	return rd ? (uint8_t)rd : XLAT__X_SINK;
}

/* Whether what follows a CSR instruction in its block does not depend on it. */
static bool is_plain_csr(const struct xlat__instruction *in)
{
	bool reads_only = (in->opcode == XLAT__OP_CSRRS || in->opcode == XLAT__OP_CSRRC ||
			   in->opcode == XLAT__OP_CSRRSI || in->opcode == XLAT__OP_CSRRCI) &&
			  in->rs1 == 0;

	switch (in->imm) {
	case CSR_SSCRATCH:
	case CSR_SEPC:
	case CSR_SCAUSE:
	case CSR_STVAL:
	case CSR_MSCRATCH:
	case CSR_MEPC:
	case CSR_FFLAGS:
	case CSR_FRM:
	case CSR_FCSR:
		return true;
	default:
		return reads_only;
	}
}

static void emit_compute(struct builder *builder, const struct xlat__instruction *in)
{
	unsigned id = in->opcode, rs1 = in->rs1;
	int32_t imm = in->imm;
	struct xlat__op *op;

	if (in->rd == 0)
		return; /* a hint */
	if (id == XLAT__OP_LUI || (id == XLAT__OP_ADDI && rs1 == 0)) {
		id = XLAT__OP_LI;
	} else if ((id == XLAT__OP_ADDI && imm == 0) || (id == XLAT__OP_ADD && in->rs2 == 0)) {
		id = XLAT__OP_MV;
	} else if (id == XLAT__OP_ADD && rs1 == 0) {
		id = XLAT__OP_MV;
		rs1 = in->rs2;
	}
	op = emit(builder, id);
	op->rd = in->rd;
	op->rs1 = (uint8_t)rs1;
	op->rs2 = in->rs2;
	op->imm = imm;
}

/* An instruction that has a function; opcode goes where operands leave room. */
static void emit_call(struct builder *builder, const struct xlat__instruction *in, unsigned id)
{
	struct xlat__op *op = emit(builder, id);

	op->rd = in->rd;
	op->rs1 = in->rs1;
	op->rs2 = in->rs2;
	op->imm = in->opcode;
}

/* How the field rm may be, for an operation of its own. */
enum rounding {
	ROUNDING_NONE,
	ROUNDING_NEAREST,
	ROUNDING_ZERO,
};

static bool rounds(enum rounding rounding, unsigned rm)
{
	return rounding == ROUNDING_NONE ||
	       (rounding == ROUNDING_ZERO ? rm == XLAT__FLOAT_RTZ
					  : rm == XLAT__FLOAT_RNE || rm == XLAT__FLOAT_DYN);
}

/* The operation of a floating-point instruction: its own, or FLOAT. */
static unsigned float_operation(const struct xlat_hart *hart, uint32_t word)
{
	static const struct {
		uint16_t id;
		uint8_t extension, rounding;
		uint32_t mask, match;
	} operations[] = {
#define ROW(id, extension, rounding, mask, match)                                                  \
	{XLAT__OP_##id, XLAT__EXT_##extension, ROUNDING_##rounding, mask, match},
		XLAT__FLOAT_OPS(ROW)
#undef ROW
	};

	if (XLAT__FLOAT_HOST)
		for (unsigned i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
			if ((word & operations[i].mask) == operations[i].match &&
			    rounds((enum rounding)operations[i].rounding, word >> 12 & 7) &&
			    xlat__hart_has(hart, (enum xlat__extension)operations[i].extension))
				return operations[i].id;
	return XLAT__OP_FLOAT;
}

static void emit_float(struct builder *builder, const struct xlat__instruction *in)
{
	uint32_t word = (uint32_t)in->imm;
	unsigned rd = word >> 7 & 31;
	struct xlat__op *op = emit(builder, float_operation(builder->hart, word));

	op->imm = in->imm;
	op->rd = xlat__float_writes_f(word) ? (uint8_t)rd : destination(rd);
	op->rs1 = word >> 15 & 31;
	op->rs2 = word >> 20 & 31;
}

/* FENCE: whether an earlier write is ordered before a later read, which takes a real fence. */
static int32_t fence_is_full(uint32_t word)
{
	uint32_t before = word >> 24 & 15, after = word >> 20 & 15;

	return (before & 5) && (after & 10) && word >> 28 != 8; /* 8: FENCE.TSO */
}

/* Emits one instruction; returns whether it ends the block. */
static bool emit_instruction(struct builder *builder, const struct xlat__instruction *in)
{
	int32_t here = (int32_t)builder->at * 2;
	unsigned done = builder->instructions + 1;
	struct xlat__op *op;

	switch (xlat__opcode_form(in->opcode)) {
	case XLAT__FORM_R:
	case XLAT__FORM_R1:
	case XLAT__FORM_I:
	case XLAT__FORM_SHIFT:
	case XLAT__FORM_U:
		emit_compute(builder, in);
		return false;
	case XLAT__FORM_LOAD:
		if (in->opcode == XLAT__OP_JALR) {
			op = emit(builder,
				  in->rd == 0 && in->imm == 0 ? XLAT__OP_RET : XLAT__OP_JALR);
			op->rd = destination(in->rd);
			op->rs1 = in->rs1;
			op->rs2 = in->length;
			op->imm = in->imm;
			emit_link(builder, 0, done);
			return true;
		}
		op = emit(builder, in->opcode);
		op->rd = destination(in->rd);
		op->rs1 = in->rs1;
		op->imm = in->imm;
		return false;
	case XLAT__FORM_LOAD_F:
	case XLAT__FORM_STORE:
	case XLAT__FORM_STORE_F:
		op = emit(builder, in->opcode);
		op->rd = in->rd;
		op->rs1 = in->rs1;
		op->rs2 = in->rs2;
		op->imm = in->imm;
		return false;
	case XLAT__FORM_B:
		/* To where it would fall, it goes either way. */
		if (in->imm == in->length)
			return false;
		op = emit(builder, in->opcode);
		op->rs1 = in->rs1;
		op->rs2 = in->rs2;
		emit_link(builder, here + in->imm, done);
		return false;
	case XLAT__FORM_J:
		op = emit(builder, in->rd ? XLAT__OP_JAL : XLAT__OP_J);
		op->rd = in->rd;
		op->rs1 = in->length;
		emit_link(builder, here + in->imm, done);
		return true;
	case XLAT__FORM_LR:
	case XLAT__FORM_AMO:
	case XLAT__FORM_CBO:
		emit_call(builder, in, in->opcode);
		return false;
	case XLAT__FORM_FLOAT:
		emit_float(builder, in);
		return false;
	case XLAT__FORM_CSR:
	case XLAT__FORM_CSRI:
		op = emit(builder, is_plain_csr(in) ? in->opcode : XLAT__OP_CSR_END);
		op->rd = in->rd;
		op->rs1 = in->rs1;
		op->rs2 = (uint8_t)in->opcode;
		op->imm = in->imm;
		return !is_plain_csr(in);
	case XLAT__FORM_NONE:
	case XLAT__FORM_SFENCE:
	default:
		if (in->opcode == XLAT__OP_FENCE) {
			op = emit(builder, in->opcode);
			op->imm = fence_is_full(in->raw);
			return false;
		}
		emit_call(builder, in, in->opcode);
		return true;
	}
}

static void start(struct builder *builder)
{
	builder->ops[0] = (struct xlat__op){.starts = 0};
	builder->ops[0].head = XLAT__OP_HEAD;
	builder->count = 1;
}

static bool add(struct builder *builder, uint32_t bits)
{
	struct xlat__instruction in;
	bool ends;

	xlat__decode(bits, builder->hart->extensions, &in);
	builder->ops[0].starts |= UINT64_C(1) << builder->at;
	ends = emit_instruction(builder, &in);
	builder->at += in.length / 2;
	builder->instructions++;
	return ends;
}

static void fall(struct builder *builder)
{
	emit(builder, XLAT__OP_FALL);
	emit_link(builder, (int32_t)builder->at * 2, builder->instructions);
}

static uint32_t load_halfword(const uint8_t *bytes)
{
	return bytes[0] | (uint32_t)bytes[1] << 8;
}

/*
 * Gives the first of each pair the handler of both. Nothing leads into the middle of a block, so
 * that they are always entered by the first; and the second is still itself.
 */
static void pair_up(struct builder *builder)
{
	struct xlat__op *ops = builder->ops;

	for (unsigned i = 1; i + 1 < builder->count; i++) {
		unsigned id =
			xlat__pair_find(builder->ids[i], &ops[i], builder->ids[i + 1], &ops[i + 1]);

		if (!id)
			continue;
		ops[i].handler = builder->handlers[id];
		i++;
	}
}

unsigned xlat__code_build(const struct xlat_hart *hart, const uint8_t *page, uint64_t pc,
			  struct xlat__op *ops)
{
	unsigned offset = pc % PAGE_BYTES;
	unsigned end = (offset / XLAT__BLOCK_BYTES + 1) * XLAT__BLOCK_BYTES;
	struct builder builder = {
		.hart = hart, .handlers = hart->code.handlers, .ops = ops, .page_offset = offset};
	bool ended = false;

	start(&builder);
	while (!ended && offset < end) {
		uint32_t bits = load_halfword(page + offset);

		if (xlat__instruction_length(bits) == 4) {
			if (offset + 4 > PAGE_BYTES)
				break;
			bits |= load_halfword(page + offset + 2) << 16;
		}
		if (xlat__hart_has_breakpoint(hart, pc + 2 * builder.at))
			break;
		ended = add(&builder, bits);
		offset = pc % PAGE_BYTES + 2 * builder.at;
	}
	if (builder.instructions == 0)
		return 0;
	if (!ended)
		fall(&builder);
	pair_up(&builder);
	return builder.count;
}

void xlat__code_build_step(struct xlat_hart *hart, uint32_t bits)
{
	struct builder builder = {.hart = hart,
				  .handlers = hart->code.handlers,
				  .ops = hart->code.step,
				  .page_offset = hart->pc % PAGE_BYTES,
				  .single = true};

	start(&builder);
	hart->code.step_ends = add(&builder, bits);
	hart->code.step_length = (uint8_t)xlat__instruction_length(bits);
	if (!hart->code.step_ends)
		fall(&builder);
}
