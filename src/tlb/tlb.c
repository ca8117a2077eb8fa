/* SPDX-License-Identifier: BSD-3-Clause */
#include "tlb/tlb.h"

#include "base/config.h"
#include "memory/space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	LEAST_DEFAULT = 256,
	MOST_DEFAULT = 16384,
	MOST = 1 << 20,
};

_Static_assert(offsetof(struct xlat_tlb_hot, gate) == 0, "what emitted code knows");
_Static_assert(offsetof(struct xlat_gate, generation) == 8, "what emitted code knows");
_Static_assert(offsetof(struct xlat_gate, settled) == 16, "what emitted code knows");
_Static_assert(offsetof(struct xlat_tlb_hot, fetches) == 24, "what emitted code knows");
_Static_assert(offsetof(struct xlat_tlb_hot, tables) == 32, "what emitted code knows");
_Static_assert(sizeof(struct xlat_tlb_table) == 16, "what emitted code knows");
_Static_assert(offsetof(struct xlat_tlb_table, mask) == 8, "what emitted code knows");
_Static_assert(sizeof(struct xlat_tlb_slot) == 1 << XLAT_TLB_SLOT_BITS, "what emitted code knows");
_Static_assert(offsetof(struct xlat_tlb_slot, addend) == 8, "what emitted code knows");

/* Nothing is translated by what only flushes. */
static enum xlat_outcome translate(void *opaque, const struct xlat_translation_request *request,
				   struct xlat_nested *nested, struct xlat_translation *translation)
{
	(void)opaque, (void)request, (void)nested, (void)translation;
	return XLAT_FAULT;
}

static bool is_power(unsigned value)
{
	return value && !(value & (value - 1));
}

static int complete_config(struct xlat_tlb_config *config)
{
	if (!config->mmus)
		config->mmus = 1;
	if (!config->least)
		config->least = LEAST_DEFAULT;
	if (!config->most)
		config->most = config->least > MOST_DEFAULT ? config->least : MOST_DEFAULT;
	if (!config->walk || config->mmus > XLAT_TLB_MMUS || !is_power(config->least) ||
	    !is_power(config->most) || config->least < 2 || config->least > config->most ||
	    config->most > MOST)
		return -EINVAL;
	return 0;
}

/* Its initiator, attached to its own space and to its own flushes. */
static int init_initiator(struct xlat_tlb *tlb)
{
	static const struct xlat_iommu_ops ops = {.size = sizeof(ops), .translate = translate};
	int error = xlat_iommu_create(
		tlb->space->fabric, XLAT_CONFIG(xlat_iommu_config, .name = tlb->name, .ops = &ops),
		&tlb->flushes);

	if (error)
		return error;
	error = xlat__initiator_init(&tlb->initiator, tlb->space->fabric, &tlb->hot.gate,
				     XLAT__TLB_HOLDS, true, -1, xlat__tlb_drop);
	if (error) {
		xlat_iommu_destroy(tlb->flushes);
		return error;
	}
	xlat__initiator_name(&tlb->initiator, tlb->name);
	/* Slot 0, by physical address, and slot 1. */
	(void)xlat__initiator_slot(&tlb->initiator, &tlb->space->source);
	(void)xlat__initiator_slot(&tlb->initiator, &tlb->flushes->hop.source);
	return 0;
}

int xlat_tlb_create(struct xlat_space *space, const struct xlat_tlb_config *config,
		    struct xlat_tlb **created)
{
	struct xlat_tlb *tlb;
	unsigned made = 0;
	int error;

	if (posix_memalign((void **)&tlb, 64, sizeof(*tlb)))
		return -ENOMEM;
	memset(tlb, 0, sizeof(*tlb));
	error = xlat__config_copy(&tlb->config, sizeof(tlb->config), config);
	if (!error)
		error = complete_config(&tlb->config);
	if (error)
		goto free_tlb;
	tlb->space = space;
	tlb->flushable = ((1u << tlb->config.mmus) - 1) & ~tlb->config.physical;
	error = -ENOMEM;
	tlb->name = strdup(tlb->config.name ? tlb->config.name : "tlb");
	if (!tlb->name)
		goto free_tlb;
	tlb->config.name = tlb->name;
	for (; made < tlb->config.mmus; made++)
		if (xlat__tlb_mmu_init(tlb, made))
			goto free_lines;
	pthread_mutex_init(&tlb->posted_lock, NULL);
	xlat__tlb_pending_init(tlb);
	error = init_initiator(tlb);
	if (error) {
		pthread_mutex_destroy(&tlb->posted_lock);
		goto free_lines;
	}
	*created = tlb;
	return 0;
free_lines:
	while (made)
		xlat__tlb_mmu_finish(tlb, --made);
	free(tlb->name);
free_tlb:
	free(tlb);
	return error;
}

void xlat_tlb_destroy(struct xlat_tlb *tlb)
{
	if (!tlb)
		return;
	xlat_tlb_forget(tlb);
	xlat__initiator_finish(&tlb->initiator);
	xlat_iommu_destroy(tlb->flushes);
	pthread_mutex_destroy(&tlb->posted_lock);
	xlat__tlb_code_finish(tlb);
	for (unsigned mmu = 0; mmu < tlb->config.mmus; mmu++)
		xlat__tlb_mmu_finish(tlb, mmu);
	free(tlb->name);
	free(tlb);
}

void xlat_tlb_own(struct xlat_tlb *tlb)
{
	__atomic_store_n(&tlb->initiator.owner, pthread_self(), __ATOMIC_SEQ_CST);
	/* Before the first access: a fence that did not see us as the owner spared us the barrier. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void xlat_tlb_resume(struct xlat_tlb *tlb)
{
	(void)xlat__initiator_enter(&tlb->initiator);
}

void xlat_tlb_idle(struct xlat_tlb *tlb)
{
	xlat__initiator_leave(&tlb->initiator);
	/* Who waits for a CPU is told when it stops, as when it settles. */
	xlat__initiator_settle(&tlb->initiator);
}

void xlat_tlb_slow_safepoint(struct xlat_tlb *tlb)
{
	xlat__initiator_settle(&tlb->initiator);
}

struct xlat_tlb_result xlat_tlb_result(const struct xlat_tlb *tlb)
{
	return tlb->result;
}

enum xlat_outcome xlat_tlb_probe(struct xlat_tlb *tlb, unsigned mmu, enum xlat_access access,
				 uint64_t address, struct xlat_tlb_probe *probe)
{
	struct xlat_nested nested = {.initiator = &tlb->initiator, .peek = true};
	struct xlat_tlb_request request = {
		.mmu = mmu, .access = access, .address = address, .length = 1, .probe = true};
	struct xlat_tlb_result *result = &probe->result;
	bool busy = tlb->hot.gate.busy;
	struct xlat__target target;
	struct xlat__hold *hold;

	*probe = (struct xlat_tlb_probe){.result = {XLAT_RETRY, access, address, 0, false, 0, 0}};
	if (!xlat__initiator_owned(&tlb->initiator) || mmu >= tlb->config.mmus || tlb->in_walk)
		return XLAT_RETRY;
	(void)xlat__initiator_enter(&tlb->initiator);
	hold = xlat__hold_take(&tlb->initiator, XLAT__HOLD_WALK,
			       __atomic_load_n(&tlb->initiator.fabric->epoch, __ATOMIC_SEQ_CST), 0);
	if (hold) {
		result->outcome = xlat__tlb_walk(tlb, &request, true, &probe->page);
		result->cause = probe->page.cause;
		result->detail = probe->page.detail;
	}
	xlat__initiator_leave(&tlb->initiator);
	if (result->outcome == XLAT_OK) {
		result->walked = true;
		probe->physical = result->physical =
			probe->page.physical + (address - probe->page.range.first);
		xlat__resolve(&nested, tlb->space, probe->page.attrs, access, probe->physical, 1,
			      &target);
		result->outcome = target.outcome;
		/* Devices swap nothing. */
		if (target.outcome == XLAT_OK && access == XLAT_ATOMIC && !target.host)
			result->outcome = XLAT_DENIED;
		result->cause = target.cause;
		result->detail = target.detail;
	}
	if (hold)
		xlat__hold_release(&tlb->initiator, hold);
	xlat__tlb_restore(tlb, busy);
	return result->outcome;
}

static void drop_watched(struct xlat_tlb *tlb, struct xlat_range range)
{
	range.first = xlat__tlb_page_of(range.first);
	range.last |= XLAT__TLB_PAGE - 1;
	xlat_tlb_flush(tlb, &(struct xlat_tlb_flush){.range = range});
}

int xlat_tlb_watch(struct xlat_tlb *tlb, struct xlat_range range, unsigned kinds)
{
	if (range.first > range.last || !kinds)
		return -EINVAL;
	if (tlb->watchpoint_count == XLAT__TLB_WATCHPOINTS)
		return -ENOSPC;
	tlb->watchpoints[tlb->watchpoint_count++] =
		(struct xlat__tlb_watchpoint){.range = range, .kinds = kinds};
	drop_watched(tlb, range);
	return 0;
}

void xlat_tlb_unwatch(struct xlat_tlb *tlb, struct xlat_range range, unsigned kinds)
{
	for (unsigned i = 0; i < tlb->watchpoint_count; i++) {
		const struct xlat__tlb_watchpoint *watchpoint = &tlb->watchpoints[i];

		if (watchpoint->range.first != range.first ||
		    watchpoint->range.last != range.last || watchpoint->kinds != kinds)
			continue;
		tlb->watchpoints[i] = tlb->watchpoints[--tlb->watchpoint_count];
		drop_watched(tlb, range);
		return;
	}
}

struct xlat_tlb_statistics xlat_tlb_statistics(const struct xlat_tlb *tlb)
{
	struct xlat_tlb_statistics statistics = tlb->statistics;
	size_t line =
		sizeof(uint64_t) + sizeof(struct xlat__tlb_page) + sizeof(uint32_t) +
		XLAT_TLB_KINDS * (sizeof(struct xlat__tlb_entry) + sizeof(struct xlat_tlb_slot));

	statistics.bytes = sizeof(*tlb) + XLAT__TLB_HOLDS * sizeof(struct xlat__hold) +
			   XLAT__SOURCES * sizeof(struct xlat__attachment) + strlen(tlb->name) + 1;
	for (unsigned mmu = 0; mmu < tlb->config.mmus; mmu++)
		statistics.bytes += tlb->mmus[mmu].count * line;
	return statistics;
}
