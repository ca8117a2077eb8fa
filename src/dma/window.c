/* SPDX-License-Identifier: BSD-3-Clause */
#include "dma/dma.h"

#include <xlat/window.h>

#include <string.h>

void xlat_window_init(struct xlat_window *window, struct xlat_dma *dma, struct xlat_attrs attrs,
		      enum xlat_access access, uint64_t iova, uint64_t size)
{
	*window = (struct xlat_window){
		.dma = dma,
		.loads = UINT64_MAX,
		.stores = UINT64_MAX,
		.size = size && size - 1 > UINT64_MAX - iova ? UINT64_MAX - iova + 1 : size,
		.iova = iova,
		.attrs = attrs,
		.access = access,
	};
}

/* The host address of one byte and how many follow it, looked up or resolved; NULL if there is none. */
static uint8_t *host_at(struct xlat_window *window, uint64_t iova, uint64_t generation,
			uint64_t *above)
{
	struct xlat_dma *dma = window->dma;
	uint64_t bits = xlat__dma_bits(dma, window->attrs, window->access);
	const struct xlat_dma_entry *entry = xlat__dma_find(dma, bits, iova);
	struct xlat__target target;

	if (!entry) {
		xlat__dma_resolve(dma, window->attrs, window->access, iova, 1, generation, &target);
		/* A table walk that made accesses of this handle may have renumbered the attributes. */
		bits = xlat__dma_bits(dma, window->attrs, window->access);
		entry = xlat__dma_find(dma, bits, iova);
	}
	if (!entry || (entry->tag & XLAT_DMA_TAG_SLOW))
		return NULL;
	*above = entry->last - iova;
	return (uint8_t *)(uintptr_t)(iova + entry->addend);
}

/* Finds the host pointer for the whole window, if there is one, as of now. */
static void translate(struct xlat_window *window)
{
	struct xlat__initiator *initiator = &window->dma->initiator;
	uint64_t generation = xlat__initiator_enter(initiator), done = 0, above;
	struct xlat__hold *hold =
		xlat__hold_take(initiator, XLAT__HOLD_WALK,
				__atomic_load_n(&initiator->fabric->epoch, __ATOMIC_SEQ_CST), 0);
	uint8_t *host = NULL;

	xlat__initiator_leave(initiator);
	if (!hold)
		return;
	while (done < window->size) {
		uint8_t *next = host_at(window, window->iova + done, generation, &above);

		if (!next || (done && next != host + done))
			break;
		if (!done)
			host = next;
		done = above >= window->size - done - 1 ? window->size : done + above + 1;
	}
	xlat__hold_release(initiator, hold);
	if (done < window->size || window->size < 8 || initiator->fenced)
		return;
	/* If more was withdrawn meanwhile, the generation is another already and this never serves. */
	window->host = host;
	window->limit = window->size - 8;
	if (window->access != XLAT_WRITE)
		window->loads = generation;
	if (window->access != XLAT_READ)
		window->stores = generation;
}

/* Whether the window is for such an access; if not, backs out of the gate. By the inlines' slow paths. */
static bool allows(struct xlat_window *window, uint64_t offset, size_t size,
		   enum xlat_access unless)
{
	struct xlat_dma *dma = window->dma;

	if (!xlat__initiator_owned(&dma->initiator)) {
		__atomic_store_n(&dma->hot.gate.busy, 0u, __ATOMIC_RELEASE);
		return false;
	}
	xlat__initiator_leave(&dma->initiator);
	if (offset < window->size && window->size - offset >= size && window->access != unless)
		return true;
	xlat__dma_keep_failure(dma, XLAT_DENIED, window->iova + offset);
	return false;
}

enum xlat_outcome xlat_window_slow_load(struct xlat_window *window, uint64_t offset, void *buffer,
					size_t size)
{
	if (!allows(window, offset, size, XLAT_WRITE)) {
		memset(buffer, 0xff, size);
		return XLAT_DENIED;
	}
	translate(window);
	return xlat_dma_read(window->dma, window->attrs, window->iova + offset, buffer, size);
}

enum xlat_outcome xlat_window_slow_store(struct xlat_window *window, uint64_t offset,
					 const void *buffer, size_t size)
{
	if (!allows(window, offset, size, XLAT_READ))
		return XLAT_DENIED;
	translate(window);
	return xlat_dma_write(window->dma, window->attrs, window->iova + offset, buffer, size);
}
