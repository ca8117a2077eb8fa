/* SPDX-License-Identifier: BSD-3-Clause */
/* The model's life, translation, and what a store to the table ends. */
#include "models/coherent/coherent.h"
#include "base/config.h"

#include <xlat/fence.h>
#include <xlat/watch.h>

#include <errno.h>
#include <stdlib.h>

/* --- Translation. */

static uint64_t page_bytes(const struct xlat_coherent *coherent)
{
	return UINT64_C(1) << coherent->config.page_shift;
}

static uint64_t entry_at(const struct xlat_coherent *coherent,
			 const struct xlat__coherent_table *table, uint64_t index)
{
	uint64_t word = __atomic_load_n(&table->words[index], __ATOMIC_ACQUIRE);
	bool big_endian = coherent->config.order == XLAT_BIG_ENDIAN;

	return big_endian == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) ? word
								      : __builtin_bswap64(word);
}

/* The input of some entries of a table. */
static struct xlat_range input_of(const struct xlat__coherent_table *table, uint64_t first,
				  uint64_t last)
{
	unsigned shift = table->coherent->config.page_shift;

	return (struct xlat_range){table->is.first + (first << shift),
				   table->is.first + (last << shift) +
					   (page_bytes(table->coherent) - 1)};
}

static enum xlat_outcome refuse(struct xlat_translation *translation, uint32_t cause)
{
	translation->cause = cause;
	return XLAT_FAULT;
}

/* What no entry translates. */
static enum xlat_outcome miss(const struct xlat__coherent_table *table, uint64_t iova,
			      struct xlat_translation *translation)
{
	struct xlat_range all;

	translation->range = (struct xlat_range){0, UINT64_MAX};
	if (table) {
		all = input_of(table, 0, table->is.entries - 1);
		if (iova < all.first)
			translation->range.last = all.first - 1;
		else
			translation->range.first = all.last + 1;
	}
	return refuse(translation, XLAT_COHERENT_CAUSE_OUT_OF_RANGE);
}

static enum xlat_outcome peek(const void *model, const struct xlat_translation_request *request,
			      void *context, struct xlat_translation *translation)
{
	const struct xlat_coherent *coherent = model;
	const struct xlat__coherent_table *table =
		__atomic_load_n(&coherent->table, __ATOMIC_ACQUIRE);
	uint64_t index, entry;

	(void)context;
	if (!table || request->iova < table->is.first)
		return miss(table, request->iova, translation);
	index = (request->iova - table->is.first) >> coherent->config.page_shift;
	if (index >= table->is.entries)
		return miss(table, request->iova, translation);
	entry = entry_at(coherent, table, index);
	translation->range = input_of(table, index, index);
	translation->entry = entry;
	if (!(entry & XLAT_COHERENT_VALID))
		return refuse(translation, XLAT_COHERENT_CAUSE_NO_ENTRY);
	if (entry & XLAT_COHERENT_READ)
		translation->rights |= XLAT_RIGHT_RX;
	if (entry & XLAT_COHERENT_WRITE)
		translation->rights |= XLAT_RIGHT_W;
	if (xlat_access_rights(request->access) & ~translation->rights)
		return refuse(translation, XLAT_COHERENT_CAUSE_RIGHTS);
	translation->address = entry & ~(page_bytes(coherent) - 1);
	return XLAT_OK;
}

static enum xlat_outcome translate(void *model, const struct xlat_translation_request *request,
				   void *context, struct xlat_translation *translation)
{
	return peek(model, request, context, translation);
}

/* --- Stores. */

static void invalidate(struct xlat_coherent *coherent,
		       const struct xlat_model_invalidation *invalidation)
{
	coherent->host.invalidate(coherent, invalidation);
	(void)coherent->host.sync(coherent, 0);
}

/*
 * The access that stored is over. A fence of the store's own: of these entries, behind no other
 * store's. What waits is counted by the binding besides, which says when all have retired.
 */
static enum xlat_outcome retire(struct xlat_watch_wait *wait)
{
	struct xlat_coherent *coherent = wait->watcher;
	const struct xlat_fence_config config = {.size = sizeof(config),
						 .done = wait->done,
						 .opaque = wait->opaque,
						 .unordered = true,
						 .range = wait->range};
	struct xlat_fence look, *fence = wait->fence ? wait->fence : &look;
	enum xlat_outcome outcome = XLAT_PENDING;

	if (xlat_fence_start(fence, coherent->binding.iommu, &config))
		outcome = xlat_fence_status(fence) == XLAT_FENCE_COMPLETE ? XLAT_OK
									  : XLAT_DEVICE_ERROR;
	else if (!wait->fence)
		xlat_fence_cancel(fence);
	if (outcome == XLAT_PENDING)
		(void)xlat_coherent_settled(coherent);
	xlat__binding_unref(&coherent->binding);
	return outcome;
}

static void stored(void *opaque, struct xlat_range part, struct xlat_watch_wait *wait)
{
	const struct xlat__coherent_table *table = opaque;
	struct xlat_coherent *coherent = table->coherent;
	struct xlat_range ended = input_of(table, (part.first - table->is.offset) / 8,
					   (part.last - table->is.offset) / 8);

	if (!xlat_iommu_in_use(coherent->binding.iommu, ended))
		return;
	coherent->host.invalidate(coherent, &(struct xlat_model_invalidation){.by_address = true,
									      .first = ended.first,
									      .last = ended.last});
	if (!wait) {
		(void)xlat_coherent_settled(coherent);
		return;
	}
	xlat__binding_ref(&coherent->binding);
	wait->retire = retire;
	wait->watcher = coherent;
	wait->range = ended;
}

static void settled(void *model)
{
	struct xlat_coherent *coherent = model;

	if (coherent->config.settled && xlat_coherent_settled(coherent))
		coherent->config.settled(coherent->config.opaque);
}

bool xlat_coherent_settled(struct xlat_coherent *coherent)
{
	return coherent->host.sync(coherent, 0);
}

/* --- The table. */

static void retire_table(void *opaque)
{
	struct xlat__coherent_table *table = opaque;

	xlat__binding_unref(&table->coherent->binding);
	free(table);
}

static bool fits(const struct xlat_coherent *coherent, const struct xlat_coherent_table *table)
{
	uint64_t length = xlat_ram_length(table->ram);

	if (((uintptr_t)xlat_ram_host(table->ram) + table->offset) % 8 ||
	    table->first % page_bytes(coherent) || !table->entries || table->offset > length ||
	    table->entries > (length - table->offset) / 8)
		return false;
	/* The last page's last address is the last one there is, or before it. */
	return table->entries - 1 <= (UINT64_MAX - table->first) >> coherent->config.page_shift;
}

static int make_table(struct xlat_coherent *coherent, const struct xlat_coherent_table *is,
		      struct xlat__coherent_table **made)
{
	struct xlat__coherent_table *table;
	int error;

	*made = NULL;
	if (!is->ram)
		return 0;
	if (!fits(coherent, is))
		return -EINVAL;
	table = calloc(1, sizeof(*table));
	if (!table)
		return -ENOMEM;
	table->coherent = coherent;
	table->is = *is;
	table->words = (const uint64_t *)xlat_ram_host(is->ram) + is->offset / 8;
	error = xlat_watch_create(is->ram,
				  (struct xlat_range){is->offset, is->offset + is->entries * 8 - 1},
				  stored, retire_table, table, &table->watch);
	if (error) {
		free(table);
		return error;
	}
	xlat__binding_ref(&coherent->binding);
	*made = table;
	return 0;
}

int xlat_coherent_set_table(struct xlat_coherent *coherent, const struct xlat_coherent_table *is)
{
	struct xlat__coherent_table *table, *old;
	int error = make_table(coherent, is, &table);

	if (error)
		return error;
	old = __atomic_exchange_n(&coherent->table, table, __ATOMIC_SEQ_CST);
	invalidate(coherent, &(struct xlat_model_invalidation){.by_address = false});
	if (old)
		xlat_watch_destroy(old->watch);
	return 0;
}

/* --- Life. */

static void destroy(void *model)
{
	(void)model; /* it is the binding, which is freed next */
}

static const struct xlat__binding_ops ops = {
	.translate = translate,
	.peek = peek,
	.settled = settled,
	.destroy = destroy,
};

int xlat_coherent_create(const struct xlat_coherent_config *given, struct xlat_coherent **created)
{
	struct xlat_coherent *coherent = calloc(1, sizeof(*coherent));
	struct xlat_coherent_config *config;
	struct xlat__binding_config binding;
	int error;

	if (!coherent)
		return -ENOMEM;
	config = &coherent->config;
	error = xlat__config_copy(config, sizeof(*config), given);
	if (!error && !config->page_shift)
		config->page_shift = 12;
	if (!error && (config->page_shift < 12 || config->page_shift > 40 ||
		       (unsigned)config->order > XLAT_BIG_ENDIAN))
		error = -EINVAL;
	if (error)
		goto fail;
	binding = (struct xlat__binding_config){
		.name = config->name ? config->name : "coherent",
		.memory = config->memory,
		.fault = config->fault,
		.opaque = config->opaque,
		.sanitize = config->sanitize,
		.granule = page_bytes(coherent),
	};
	config->name = NULL; /* the caller's */
	error = xlat__binding_init(&coherent->binding, &ops, &binding, &coherent->host);
	if (error)
		goto fail;
	error = xlat__binding_start(&coherent->binding, coherent);
	if (error)
		return error;
	*created = coherent;
	return 0;
fail:
	free(coherent);
	return error;
}

void xlat_coherent_destroy(struct xlat_coherent *coherent)
{
	if (!coherent)
		return;
	if (coherent->table)
		xlat_watch_destroy(coherent->table->watch);
	xlat__binding_stop(&coherent->binding);
}

struct xlat_iommu *xlat_coherent_iommu(const struct xlat_coherent *coherent)
{
	return coherent->binding.iommu;
}
