/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/code.h"

#include "memory/initiator.h"

#include <xlat/dirty.h>

#include <errno.h>
#include <stdlib.h>

/* The bitmap of a block, made at its first mark: bit p % 64 of word p / 64 is page p's. */
static uint64_t *bitmap(struct xlat_ram *ram)
{
	uint64_t *words = __atomic_load_n(&ram->code, __ATOMIC_ACQUIRE), *made;

	if (words)
		return words;
	made = calloc((ram->length - 1) / XLAT_DIRTY_PAGE / 64 + 1, sizeof(*made));
	if (!made)
		return NULL;
	if (__atomic_compare_exchange_n(&ram->code, &words, made, false, __ATOMIC_ACQ_REL,
					__ATOMIC_ACQUIRE))
		return made;
	free(made);
	return words;
}

int xlat__code_mark(struct xlat_ram *ram, uint64_t offset, uint64_t *epoch)
{
	uint64_t page = offset / XLAT_DIRTY_PAGE, *words = bitmap(ram);

	if (!words)
		return -ENOMEM;
	/* Marked, then posted: who stores either began before the epoch or sees the mark. */
	__atomic_fetch_or(&words[page / 64], UINT64_C(1) << (page % 64), __ATOMIC_SEQ_CST);
	xlat__fabric_post_host(ram->fabric, ram->host + page * XLAT_DIRTY_PAGE, XLAT_DIRTY_PAGE,
			       true);
	*epoch = __atomic_load_n(&ram->fabric->epoch, __ATOMIC_SEQ_CST);
	return 0;
}

static bool is_mapped(const struct xlat__initiator *initiator, const uint8_t *page)
{
	for (uint32_t i = 0; i < initiator->hold_count; i++) {
		const struct xlat__hold *hold = &initiator->holds[i];
		const uint8_t *host = __atomic_load_n(&hold->host, __ATOMIC_ACQUIRE);

		if ((__atomic_load_n(&hold->sequence, __ATOMIC_ACQUIRE) & 1) && host &&
		    __atomic_load_n(&hold->writable, __ATOMIC_RELAXED) &&
		    host < page + XLAT_DIRTY_PAGE &&
		    host + __atomic_load_n(&hold->host_length, __ATOMIC_RELAXED) > page)
			return true;
	}
	return false;
}

bool xlat__code_settled(const struct xlat__initiator *self, uint64_t epoch, const uint8_t *page)
{
	struct xlat_fabric *fabric = self->fabric;
	struct xlat__initiator *initiator, *following;
	bool settled = true;

	pthread_mutex_lock(&fabric->initiators_lock);
	xlat__fabric_barrier_foreign(fabric);
	xlat__list_for_each(initiator, following, &fabric->initiators, struct xlat__initiator, link)
	{
		if (initiator != self)
			settled &= xlat__initiator_quiet(initiator) >= epoch &&
				   !is_mapped(initiator, page);
	}
	pthread_mutex_unlock(&fabric->initiators_lock);
	return settled;
}

void xlat__code_stored(const struct xlat_ram *ram, uint64_t offset, uint64_t length)
{
	uint64_t end = length < ram->length - offset ? offset + length : ram->length;
	uint64_t last = (end - 1) / XLAT_DIRTY_PAGE;
	uint64_t *words = __atomic_load_n(&ram->code, __ATOMIC_ACQUIRE);

	for (uint64_t page = offset / XLAT_DIRTY_PAGE; page <= last; page++) {
		uint64_t *word = &words[page / 64], bit = UINT64_C(1) << (page % 64);

		if (!(__atomic_load_n(word, __ATOMIC_ACQUIRE) & bit) ||
		    !(__atomic_fetch_and(word, ~bit, __ATOMIC_ACQ_REL) & bit))
			continue;
		xlat__fabric_post_code(ram->fabric, ram->host + page * XLAT_DIRTY_PAGE,
				       XLAT_DIRTY_PAGE);
	}
}

void xlat__code_end(const struct xlat_ram *ram)
{
	if (__atomic_load_n(&ram->code, __ATOMIC_ACQUIRE))
		xlat__fabric_post_code(ram->fabric, ram->host, ram->length);
}
