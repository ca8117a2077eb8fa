/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LR, SC and the AMOs, by the host's atomics, so that they are right between harts on threads. An
 * SC compares what is in memory with what its LR read: a store of another hart that brought back
 * the same value in between goes unseen, which no lock or counter that is built of LR and SC can
 * tell.
 */
#include "riscv/hart.h"

/*
 * The host's address of an aligned operand; false: it trapped. Only RAM can do it: what is a
 * device, or watched, goes by compare-and-swap, and *host is NULL then.
 */
static bool find_host(struct xlat_hart *hart, enum xlat_access access, uint64_t address,
		      unsigned size, uint8_t **host)
{
	enum xlat_outcome outcome;

	if (address % size) {
		xlat__hart_raise(
			hart, access == XLAT_READ ? CAUSE_LOAD_MISALIGNED : CAUSE_STORE_MISALIGNED,
			address);
		return false;
	}
	if (xlat_tlb_hit(&hart->tables[access], address, size, 1, host))
		return true;
	outcome = xlat_tlb_host(hart->tlb, hart->data_mmu, access, address, size, host);
	if (outcome == XLAT_OK)
		return true;
	xlat__hart_refused(hart, access, outcome, address);
	return false;
}

static uint64_t extend(uint64_t value, unsigned size)
{
	return size == 4 ? (uint64_t)(int64_t)(int32_t)value : value;
}

static bool load_reserved(struct xlat_hart *hart, const struct xlat__op *op, unsigned size)
{
	uint64_t address = hart->x[op->rs1], value;
	uint8_t *host;

	if (!find_host(hart, XLAT_READ, address, size, &host))
		return false;
	if (host && size == 4) {
		value = XLAT_SWAP_LITTLE(32, __atomic_load_n((uint32_t *)(void *)host,
							     __ATOMIC_SEQ_CST));
	} else if (host) {
		value = XLAT_SWAP_LITTLE(64, __atomic_load_n((uint64_t *)(void *)host,
							     __ATOMIC_SEQ_CST));
	} else if (!xlat__hart_load(hart, address, size, &value)) {
		return false;
	}
	hart->reserved = true;
	hart->reservation = address;
	hart->reserved_size = size;
	hart->reserved_value = value;
	if (op->rd)
		hart->x[op->rd] = extend(value, size);
	return true;
}

/* Compares and swaps at a place that has no host address; result is what rd is then. */
static bool swap_slowly(struct xlat_hart *hart, uint64_t address, unsigned size, uint64_t *expected,
			uint64_t desired, uint64_t result, bool *swapped)
{
	uint8_t old[8], new[8];
	enum xlat_outcome outcome;

	for (unsigned i = 0; i < size; i++) {
		old[i] = (uint8_t)(*expected >> (8 * i));
		new[i] = (uint8_t)(desired >> (8 * i));
	}
	outcome = xlat_tlb_cas(hart->tlb, hart->data_mmu, address, size, old, new, swapped);
	/* It is made, and not to be made again: the instruction waits, and then only retires. */
	if (outcome == XLAT_PENDING) {
		hart->swapped = true;
		hart->swapped_value = result;
	}
	if (outcome != XLAT_OK) {
		xlat__hart_refused(hart, XLAT_ATOMIC, outcome, address);
		return false;
	}
	*expected = 0;
	for (unsigned i = 0; i < size; i++)
		*expected |= (uint64_t)old[i] << (8 * i);
	return true;
}

/* The same at either kind of place. */
static bool swap(struct xlat_hart *hart, uint8_t *host, uint64_t address, unsigned size,
		 uint64_t *expected, uint64_t desired, uint64_t result, bool *swapped)
{
	if (!host)
		return swap_slowly(hart, address, size, expected, desired, result, swapped);
	if (size == 4) {
		uint32_t old = XLAT_SWAP_LITTLE(32, (uint32_t)*expected);

		*swapped = __atomic_compare_exchange_n((uint32_t *)(void *)host, &old,
						       XLAT_SWAP_LITTLE(32, (uint32_t)desired),
						       false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
		*expected = XLAT_SWAP_LITTLE(32, old);
	} else {
		uint64_t old = XLAT_SWAP_LITTLE(64, *expected);

		*swapped = __atomic_compare_exchange_n((uint64_t *)(void *)host, &old,
						       XLAT_SWAP_LITTLE(64, desired), false,
						       __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
		*expected = XLAT_SWAP_LITTLE(64, old);
	}
	return true;
}

static bool store_conditional(struct xlat_hart *hart, const struct xlat__op *op, unsigned size)
{
	uint64_t address = hart->x[op->rs1], expected = hart->reserved_value;
	bool reserved = hart->reserved && hart->reservation == address &&
			hart->reserved_size == size;
	bool swapped = false;
	uint8_t *host;

	/* What a store may not do traps, whether there is a reservation or not. */
	if (!find_host(hart, XLAT_WRITE, address, size, &host))
		return false;
	hart->reserved = false;
	if (reserved && !swap(hart, host, address, size, &expected, hart->x[op->rs2], 0, &swapped))
		return false;
	if (op->rd)
		hart->x[op->rd] = !swapped;
	return true;
}

/* What an AMO makes of memory's value a and the register's b, both extended. */
static uint64_t combine(unsigned opcode, uint64_t a, uint64_t b, unsigned size)
{
	switch (opcode) {
	case XLAT__OP_AMOSWAP_W:
	case XLAT__OP_AMOSWAP_D:
		return b;
	case XLAT__OP_AMOADD_W:
	case XLAT__OP_AMOADD_D:
		return a + b;
	case XLAT__OP_AMOXOR_W:
	case XLAT__OP_AMOXOR_D:
		return a ^ b;
	case XLAT__OP_AMOAND_W:
	case XLAT__OP_AMOAND_D:
		return a & b;
	case XLAT__OP_AMOOR_W:
	case XLAT__OP_AMOOR_D:
		return a | b;
	case XLAT__OP_AMOMIN_W:
	case XLAT__OP_AMOMIN_D:
		return (int64_t)a < (int64_t)b ? a : b;
	case XLAT__OP_AMOMAX_W:
	case XLAT__OP_AMOMAX_D:
		return (int64_t)a > (int64_t)b ? a : b;
	default:
		break;
	}
	if (size == 4) {
		a = (uint32_t)a;
		b = (uint32_t)b;
	}
	if (opcode == XLAT__OP_AMOMINU_W || opcode == XLAT__OP_AMOMINU_D)
		return a < b ? a : b;
	return a > b ? a : b;
}

static bool modify(struct xlat_hart *hart, const struct xlat__op *op, unsigned opcode,
		   unsigned size)
{
	uint64_t address = hart->x[op->rs1], operand = extend(hart->x[op->rs2], size), old = 0;
	bool swapped = false;
	uint8_t *host;

	if (!find_host(hart, XLAT_ATOMIC, address, size, &host))
		return false;
	/* A first guess, right if nobody else is at it; each failure brings the value as it was. */
	if (host && size == 4)
		old = XLAT_SWAP_LITTLE(32,
				       __atomic_load_n((uint32_t *)(void *)host, __ATOMIC_RELAXED));
	else if (host)
		old = XLAT_SWAP_LITTLE(64,
				       __atomic_load_n((uint64_t *)(void *)host, __ATOMIC_RELAXED));
	while (!swapped) {
		uint64_t before = old;

		if (!swap(hart, host, address, size, &old,
			  combine(opcode, extend(old, size), operand, size), extend(old, size),
			  &swapped))
			return false;
		if (swapped)
			old = before;
	}
	if (op->rd)
		hart->x[op->rd] = extend(old, size);
	return true;
}

/* What was stored by the instruction when it was executed first has retired. */
static bool retire(struct xlat_hart *hart, const struct xlat__op *op)
{
	bool failed = hart->answered && hart->answer != XLAT_OK;

	hart->swapped = hart->answered = false;
	if (failed) {
		xlat__hart_raise(hart, CAUSE_STORE_ACCESS, hart->x[op->rs1]);
		return false;
	}
	if (op->rd)
		hart->x[op->rd] = hart->swapped_value;
	hart->swapped_value = 0;
	return true;
}

bool xlat__hart_atomic(struct xlat_hart *hart, const struct xlat__op *op)
{
	unsigned opcode = (unsigned)op->imm;
	/* Each has its W and its D side by side. */
	unsigned size = (opcode - XLAT__OP_LR_W) % 2 ? 8 : 4;

	if (__builtin_expect(hart->swapped, 0))
		return retire(hart, op);
	switch (opcode) {
	case XLAT__OP_LR_W:
	case XLAT__OP_LR_D:
		return load_reserved(hart, op, size);
	case XLAT__OP_SC_W:
	case XLAT__OP_SC_D:
		return store_conditional(hart, op, size);
	default:
		return modify(hart, op, opcode, size);
	}
}
