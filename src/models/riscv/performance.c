/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 5.19 to 5.23: the performance monitor. Requests look at one word to see whether anything counts at all;
 * counting itself takes the lock. The cycles counter is the host's clock and an offset; that it overflowed
 * is noticed whenever the model is written to or executes a command.
 */
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

/* A mask of that many bits, 1 to 64. */
static uint64_t mask_of(unsigned bits)
{
	return UINT64_MAX >> (64 - bits);
}

static uint64_t cycle_mask(const struct xlat_riscv_iommu *iommu)
{
	unsigned bits = iommu->config.counter_bits;

	return mask_of(bits < 63 ? bits : 63);
}

uint64_t xlat__riscv_cycles(const struct xlat_riscv_iommu *iommu)
{
	uint64_t word = xlat__riscv_register(iommu, REG_IOHPMCYCLES), mask = cycle_mask(iommu);
	uint64_t passed, counter = word & mask;

	if (!(iommu->config.capabilities & CAP_HPM) ||
	    (xlat__riscv_get32(iommu, REG_IOCOUNTINH) & 1))
		return word;
	passed = iommu->host.clock(iommu->host_opaque) -
		 __atomic_load_n(&iommu->cycles_since, __ATOMIC_RELAXED);
	if (passed > mask - counter)
		word |= CYCLES_OF;
	return (word & CYCLES_OF) | ((counter + passed) & mask);
}

uint32_t xlat__riscv_counter_overflows(const struct xlat_riscv_iommu *iommu)
{
	uint32_t overflows = xlat__riscv_cycles(iommu) & CYCLES_OF ? 1 : 0;

	for (unsigned n = 1; n <= iommu->config.counters; n++)
		if (xlat__riscv_register(iommu, REG_IOHPMEVT(n)) & EVT_OF)
			overflows |= 1u << n;
	return overflows;
}

/* Brings the register up to the clock, so that counting may stop or begin from there. */
static void stop_clock(struct xlat_riscv_iommu *iommu)
{
	uint64_t before = xlat__riscv_register(iommu, REG_IOHPMCYCLES);
	uint64_t now = xlat__riscv_cycles(iommu);

	xlat__riscv_set(iommu, REG_IOHPMCYCLES, now);
	__atomic_store_n(&iommu->cycles_since, iommu->host.clock(iommu->host_opaque),
			 __ATOMIC_RELAXED);
	if ((now & ~before) & CYCLES_OF)
		xlat__riscv_raise(iommu, IPSR_PMIP);
}

void xlat__riscv_update_cycles(struct xlat_riscv_iommu *iommu)
{
	if (iommu->config.capabilities & CAP_HPM)
		stop_clock(iommu);
}

/* Which counters count at all. */
static void update_counting(struct xlat_riscv_iommu *iommu)
{
	uint32_t counting = 0, inhibited = xlat__riscv_get32(iommu, REG_IOCOUNTINH);

	for (unsigned n = 1; n <= iommu->config.counters; n++)
		if (EVT_EVENTID(xlat__riscv_register(iommu, REG_IOHPMEVT(n))) &&
		    !(inhibited >> n & 1))
			counting |= 1u << n;
	__atomic_store_n(&iommu->counting, counting, __ATOMIC_RELAXED);
}

void xlat__riscv_registers_loaded(struct xlat_riscv_iommu *iommu)
{
	__atomic_store_n(&iommu->cycles_since, iommu->host.clock(iommu->host_opaque),
			 __ATOMIC_RELAXED);
	update_counting(iommu);
}

void xlat__riscv_write_inhibits(struct xlat_riscv_iommu *iommu, uint32_t value)
{
	uint32_t writable = (uint32_t)((UINT64_C(2) << iommu->config.counters) - 1);

	stop_clock(iommu);
	xlat__riscv_set32(iommu, REG_IOCOUNTINH, value & writable);
	update_counting(iommu);
}

/* 5.23: an event that does not exist here is none. */
static uint64_t legal_event(const struct xlat_riscv_iommu *iommu, uint64_t value)
{
	uint64_t event = EVT_EVENTID(value) & iommu->config.event_mask;

	if (event > 8)
		event = 0;
	return (value & ~BITS(14, 0)) | event;
}

void xlat__riscv_write_counter(struct xlat_riscv_iommu *iommu, unsigned offset, uint64_t value)
{
	unsigned n;

	if (offset == REG_IOHPMCYCLES) {
		stop_clock(iommu);
		xlat__riscv_set(iommu, offset, value & (CYCLES_OF | cycle_mask(iommu)));
		return;
	}
	n = offset >= REG_IOHPMEVT(1) ? (offset - REG_IOHPMEVT(1)) / 8 + 1
				      : (offset - REG_IOHPMCTR(1)) / 8 + 1;
	if (n > iommu->config.counters)
		return;
	if (offset >= REG_IOHPMEVT(1)) {
		xlat__riscv_set(iommu, offset, legal_event(iommu, value));
		update_counting(iommu);
	} else {
		xlat__riscv_set(iommu, offset, value & mask_of(iommu->config.counter_bits));
	}
}

/* 5.23, table of filters: DMASK leaves out the low bits up to the first zero. */
static bool id_matches(uint64_t evt, uint32_t id)
{
	uint32_t wanted = (uint32_t)EVT_DID_GSCID(evt), ignored = 0;

	if (evt & EVT_DMASK)
		ignored = wanted ^ (wanted + 1);
	return ((wanted ^ id) & ~ignored & 0xffffff) == 0;
}

static bool counts(uint64_t evt, enum xlat__riscv_event event,
		   const struct xlat__riscv_transaction *t)
{
	bool by_software_ids = evt & EVT_IDT;

	if (EVT_EVENTID(evt) != (uint64_t)event)
		return false;
	if (!by_software_ids)
		return (!(evt & EVT_PV_PSCV) || (t->request->process_id_valid &&
						 EVT_PID_PSCID(evt) == t->request->process_id)) &&
		       (!(evt & EVT_DV_GSCV) || id_matches(evt, t->request->device_id));
	if (event != XLAT__RISCV_TLB_MISS && event != XLAT__RISCV_FIRST_STAGE_WALK &&
	    event != XLAT__RISCV_SECOND_STAGE_WALK)
		return false;
	return (!(evt & EVT_PV_PSCV) || (t->pscv && EVT_PID_PSCID(evt) == t->pscid)) &&
	       (!(evt & EVT_DV_GSCV) || (t->gv && id_matches(evt, t->gscid)));
}

static void increment(struct xlat_riscv_iommu *iommu, unsigned n, uint64_t evt)
{
	uint64_t counter = xlat__riscv_register(iommu, REG_IOHPMCTR(n)) + 1;

	counter &= mask_of(iommu->config.counter_bits);
	xlat__riscv_set(iommu, REG_IOHPMCTR(n), counter);
	if (counter == 0 && !(evt & EVT_OF)) {
		xlat__riscv_set(iommu, REG_IOHPMEVT(n), evt | EVT_OF);
		xlat__riscv_raise(iommu, IPSR_PMIP);
	}
}

void xlat__riscv_count_slowly(const struct xlat__riscv_transaction *t, enum xlat__riscv_event event)
{
	struct xlat_riscv_iommu *iommu = t->writable;
	uint32_t counting;

	pthread_mutex_lock(&iommu->lock);
	for (counting = iommu->counting; counting; counting &= counting - 1) {
		unsigned n = (unsigned)__builtin_ctz(counting);
		uint64_t evt = xlat__riscv_register(iommu, REG_IOHPMEVT(n));

		if (counts(evt, event, t))
			increment(iommu, n, evt);
	}
	pthread_mutex_unlock(&iommu->lock);
}
