/* SPDX-License-Identifier: BSD-3-Clause */
#include "dma/dma.h"

#include "base/config.h"
#include "memory/space.h"

#include <xlat/implement/nested.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	MAPS_DEFAULT = 128,
	MAPS_MOST = 4096,
	BOUNCE_DEFAULT = 1 << 20
};

static void free_parts(struct xlat_dma *dma)
{
	xlat__panes_destroy(dma->panes);
	if (dma->wake >= 0)
		close(dma->wake);
	free(dma->maps);
	free(dma->name);
	free(dma);
}

int xlat_dma_create(struct xlat_space *space, const struct xlat_dma_config *config,
		    struct xlat_dma **created)
{
	struct xlat_dma *dma;
	int error = -ENOMEM;

	if (posix_memalign((void **)&dma, 64, sizeof(*dma)))
		return -ENOMEM;
	memset(dma, 0, sizeof(*dma));
	if (config) {
		error = xlat__config_copy(&dma->config, sizeof(dma->config), config);
		if (!error && (dma->config.maps > MAPS_MOST ||
			       (unsigned)dma->config.revoke > XLAT_REVOKE_AT_ONCE))
			error = -EINVAL;
		if (error)
			goto free_dma;
	}
	if (!dma->config.maps)
		dma->config.maps = MAPS_DEFAULT;
	if (!dma->config.bounce_bytes)
		dma->config.bounce_bytes = BOUNCE_DEFAULT;
	error = -ENOMEM;
	dma->space = space;
	dma->name = strdup(dma->config.name ? dma->config.name : "dma");
	dma->config.name = dma->name;
	dma->maps = calloc(dma->config.maps + XLAT__DMA_RESERVE, sizeof(dma->maps[0]));
	dma->wake = -1;
	if (!dma->name || !dma->maps)
		goto fail;
	if (dma->config.release) {
		dma->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (dma->wake < 0) {
			error = -errno;
			goto fail;
		}
	}
	if (dma->config.revoke) {
		error = xlat__panes_create(space->fabric, dma->config.maps + XLAT__DMA_RESERVE,
					   &dma->panes);
		if (error)
			goto fail;
	}
	xlat__list_init(&dma->pending);
	error = xlat__initiator_init(&dma->initiator, space->fabric, &dma->hot.gate,
				     dma->config.maps + XLAT__DMA_RESERVE, false, dma->wake,
				     xlat__dma_drop);
	if (error)
		goto fail;
	if (dma->panes)
		dma->initiator.in_the_way = xlat__dma_in_the_way;
	xlat__initiator_name(&dma->initiator, dma->name);
	/* Its own space is source 0: withdrawals there are by IOVA. */
	(void)xlat__initiator_slot(&dma->initiator, &space->source);
	(void)xlat__dma_bits(dma, (struct xlat_attrs){0}, XLAT_READ);
	*created = dma;
	return 0;
fail:
	free_parts(dma);
	return error;
free_dma:
	free(dma);
	return error;
}

void xlat_dma_destroy(struct xlat_dma *dma)
{
	if (!dma)
		return;
	xlat__dma_cancel_all(dma);
	xlat__dma_tell_all(dma);
	xlat__dma_unmap_all(dma);
	xlat__initiator_finish(&dma->initiator);
	free_parts(dma);
}

int xlat_dma_fd(const struct xlat_dma *dma)
{
	return dma->wake;
}

void xlat_dma_own(struct xlat_dma *dma)
{
	__atomic_store_n(&dma->initiator.owner, pthread_self(), __ATOMIC_SEQ_CST);
	/* Before the first access: a fence that did not see us as the owner spared us the barrier. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

struct xlat_space *xlat_dma_space(const struct xlat_dma *dma)
{
	return dma->space;
}

const char *xlat_dma_name(const struct xlat_dma *dma)
{
	return dma->name;
}

struct xlat_dma_result xlat_dma_result(const struct xlat_dma *dma)
{
	return dma->result;
}

struct xlat_dma_statistics xlat_dma_statistics(const struct xlat_dma *dma)
{
	struct xlat_dma_statistics statistics = dma->statistics;
	size_t holds = dma->initiator.hold_count;

	if (dma->panes)
		statistics.remapped = dma->panes->mapped;
	statistics.severed = __atomic_load_n(&dma->severed, __ATOMIC_RELAXED);
	statistics.bytes = sizeof(*dma) +
			   holds * (sizeof(struct xlat__hold) + sizeof(dma->maps[0])) +
			   XLAT__SOURCES * sizeof(struct xlat__attachment) + strlen(dma->name) + 1;
	return statistics;
}

enum xlat_outcome xlat_dma_fetch(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t iova,
				 void *buffer, size_t size)
{
	struct xlat__transfer fetch = {.attrs = attrs,
				       .access = XLAT_EXEC,
				       .address = iova,
				       .remaining = size,
				       .to = buffer};
	return xlat__dma_now(dma, &fetch);
}

enum xlat_outcome xlat_dma_fill(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t iova,
				uint8_t byte, uint64_t size)
{
	struct xlat__transfer fill = {.attrs = attrs,
				      .access = XLAT_WRITE,
				      .address = iova,
				      .remaining = size,
				      .byte = byte};
	return xlat__dma_now(dma, &fill);
}

enum xlat_outcome xlat__dma_cas(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t iova,
				unsigned size, void *expected, const void *desired, bool *swapped,
				struct xlat__store_wait *wait)
{
	struct xlat__initiator *initiator = &dma->initiator;
	const struct xlat_dma_entry *entry;
	struct xlat__target target;
	struct xlat__hold *hold;
	enum xlat_outcome outcome;
	uint64_t generation;

	*swapped = false;
	generation = xlat__initiator_enter(initiator);
	entry = xlat__dma_find(dma, xlat__dma_bits(dma, attrs, XLAT_ATOMIC), iova);
	/* What ended the entry before the last byte may be gone: looked up anew. */
	if (entry && !(entry->tag & XLAT_DMA_TAG_SLOW) && entry->last - iova >= size - 1) {
		outcome = xlat__host_cas((uint8_t *)(uintptr_t)(iova + entry->addend),
					 entry->last - iova, iova, size, expected, desired,
					 swapped);
		xlat__initiator_leave(initiator);
		return outcome;
	}
	hold = xlat__hold_take(initiator, XLAT__HOLD_WALK,
			       __atomic_load_n(&initiator->fabric->epoch, __ATOMIC_SEQ_CST), 0);
	xlat__initiator_leave(initiator);
	if (!hold)
		return XLAT_RETRY;
	xlat__dma_resolve(dma, attrs, XLAT_ATOMIC, iova, size ? size : 1, generation, &target);
	outcome = xlat__target_cas(&target, iova, size, expected, desired, swapped, wait);
	xlat__hold_release(initiator, hold);
	return outcome;
}

enum xlat_outcome xlat_dma_cas(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t iova,
			       unsigned size, void *expected, const void *desired, bool *swapped)
{
	struct xlat__store_wait stored = {.more = false};
	enum xlat_outcome outcome;

	*swapped = false;
	if (!xlat__initiator_owned(&dma->initiator))
		return XLAT_RETRY;
	outcome = xlat__dma_cas(dma, attrs, iova, size, expected, desired, swapped, &stored);
	if (outcome != XLAT_OK) {
		xlat__dma_keep_failure(dma, outcome, iova);
		return outcome;
	}
	outcome = xlat__watch_retire(&stored);
	if (outcome != XLAT_OK)
		dma->result = (struct xlat_dma_result){
			.outcome = outcome, .done = size, .first_failed = iova};
	return outcome;
}

enum xlat_outcome xlat_dma_valid(struct xlat_dma *dma, struct xlat_attrs attrs,
				 enum xlat_access access, struct xlat_range range)
{
	struct xlat__initiator *initiator = &dma->initiator;
	struct xlat_nested nested = {.initiator = initiator, .peek = true};
	enum xlat_outcome outcome;
	struct xlat__hold *hold;

	if (range.first > range.last || !xlat__initiator_owned(initiator))
		return XLAT_RETRY;
	(void)xlat__initiator_enter(initiator);
	hold = xlat__hold_take(initiator, XLAT__HOLD_WALK,
			       __atomic_load_n(&initiator->fabric->epoch, __ATOMIC_SEQ_CST), 0);
	xlat__initiator_leave(initiator);
	if (!hold)
		return XLAT_RETRY;
	outcome = xlat__space_valid(&nested, dma->space, attrs, access, range);
	xlat__hold_release(initiator, hold);
	return outcome;
}

/* Between a buffer and a list: as many transfers as pieces, with one result. */
static enum xlat_outcome scatter(struct xlat_dma *dma, struct xlat__transfer *transfer,
				 const struct xlat_sg *list, size_t count, size_t size)
{
	enum xlat_outcome stopped;
	struct xlat__hold *hold;

	if (!xlat__initiator_owned(&dma->initiator)) {
		if (transfer->to)
			memset(transfer->to, 0xff, size);
		return XLAT_RETRY;
	}
	for (size_t i = 0; i < count && size; i++) {
		transfer->address = list[i].iova;
		transfer->remaining = list[i].length < size ? list[i].length : size;
		size -= transfer->remaining;
		(void)xlat__dma_transfer(dma, transfer, &stopped, &hold);
	}
	if (xlat__transfer_outcome(transfer) != XLAT_OK)
		xlat__dma_keep(dma, transfer);
	return xlat__transfer_outcome(transfer);
}

enum xlat_outcome xlat_dma_read_sg(struct xlat_dma *dma, struct xlat_attrs attrs,
				   const struct xlat_sg *list, size_t count, void *buffer,
				   size_t size)
{
	struct xlat__transfer read = {.attrs = attrs, .access = XLAT_READ, .to = buffer};
	return scatter(dma, &read, list, count, size);
}

enum xlat_outcome xlat_dma_write_sg(struct xlat_dma *dma, struct xlat_attrs attrs,
				    const struct xlat_sg *list, size_t count, const void *buffer,
				    size_t size)
{
	struct xlat__transfer write = {.attrs = attrs, .access = XLAT_WRITE, .from = buffer};
	return scatter(dma, &write, list, count, size);
}
