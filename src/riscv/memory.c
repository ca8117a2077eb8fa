/* SPDX-License-Identifier: BSD-3-Clause */
/* Loads and stores that do not hit the TLB, and what becomes of those that are refused. */
#include "riscv/hart.h"

static uint64_t access_fault(enum xlat_access access)
{
	return access == XLAT_READ   ? CAUSE_LOAD_ACCESS
	       : access == XLAT_EXEC ? CAUSE_FETCH_ACCESS
				     : CAUSE_STORE_ACCESS;
}

/* The instruction begins anew when the hart runs again. */
static void put_off(struct xlat_hart *hart, uint32_t attention)
{
	xlat__hart_count(hart, 0);
	hart->budget--;
	hart->counted--;
	if (attention) {
		xlat__hart_attend(hart, attention);
		xlat__hart_look_up(hart);
	}
}

void xlat__hart_refused(struct xlat_hart *hart, enum xlat_access access, enum xlat_outcome outcome,
			uint64_t address)
{
	struct xlat_tlb_result result;

	if (outcome == XLAT_PENDING && access == XLAT_EXEC) {
		xlat_tlb_forget(hart->tlb); /* nobody executes from such a device */
		xlat__hart_raise(hart, CAUSE_FETCH_ACCESS, address);
		return;
	}
	if (outcome == XLAT_PENDING || outcome == XLAT_RETRY) {
		put_off(hart, outcome == XLAT_PENDING ? XLAT__ATTENTION_PENDING
			      : hart->at_watchpoint   ? XLAT__ATTENTION_WATCHPOINT
						      : 0);
		return;
	}
	result = xlat_tlb_result(hart->tlb);
	xlat__hart_raise(hart, result.walked ? access_fault(access) : result.cause, result.address);
}

/*
 * The answer to an access that was deferred; the instruction that made it is executed once more to
 * take it.
 */
static bool take_answer(struct xlat_hart *hart, enum xlat_access access, uint64_t address,
			uint64_t *value)
{
	hart->answered = false;
	if (hart->answer != XLAT_OK) {
		xlat__hart_raise(hart, access_fault(access), address);
		return false;
	}
	*value = hart->answer_value;
	return true;
}

/* A device may have raised an interrupt, or stopped the hart: not to be left for long. */
static void look_at_attention(struct xlat_hart *hart)
{
	if (__atomic_load_n(&hart->attention, __ATOMIC_RELAXED))
		xlat__hart_look_up(hart);
}

static uint64_t from_bytes(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

bool xlat__hart_load(struct xlat_hart *hart, uint64_t address, unsigned size, uint64_t *value)
{
	uint8_t bytes[8];
	enum xlat_outcome outcome;

	if (__builtin_expect(hart->answered, 0))
		return take_answer(hart, XLAT_READ, address, value);
	outcome = xlat_tlb_read(hart->tlb, hart->data_mmu, XLAT_READ, address, bytes, size);
	if (outcome != XLAT_OK) {
		xlat__hart_refused(hart, XLAT_READ, outcome, address);
		return false;
	}
	*value = from_bytes(bytes, size);
	look_at_attention(hart);
	return true;
}

bool xlat__hart_store(struct xlat_hart *hart, uint64_t address, unsigned size, uint64_t value)
{
	uint8_t bytes[8];
	enum xlat_outcome outcome;

	if (__builtin_expect(hart->answered, 0))
		return take_answer(hart, XLAT_WRITE, address, &value);
	for (unsigned i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	outcome = xlat_tlb_write(hart->tlb, hart->data_mmu, address, bytes, size);
	if (outcome != XLAT_OK) {
		xlat__hart_refused(hart, XLAT_WRITE, outcome, address);
		return false;
	}
	/*
	 * A device may have withdrawn what was fetched, an IOMMU that was reprogrammed above all.
	 */
	xlat__code_check_fetches(hart);
	look_at_attention(hart);
	return true;
}
