/* SPDX-License-Identifier: BSD-3-Clause */
/* The model's life, and what devices ask of it. */
#include "models/tce/tce.h"
#include "base/config.h"

#include <errno.h>
#include <stdlib.h>

enum {
	SMALLEST_PAGE = 12,
	LARGEST_PAGE = 34,
};

#define MOST_ENTRIES (UINT64_C(1) << 32)

int xlat__tce_check_window(const struct xlat_tce_window *window)
{
	uint64_t page, length;

	if (window->page_shift < SMALLEST_PAGE || window->page_shift > LARGEST_PAGE ||
	    !window->entries || window->entries > MOST_ENTRIES ||
	    window->entries > UINT64_MAX >> window->page_shift)
		return -EINVAL;
	page = UINT64_C(1) << window->page_shift;
	length = window->entries << window->page_shift;
	return (window->first & (page - 1)) || window->first + (length - 1) < window->first
		       ? -EINVAL
		       : 0;
}

static int resolve_config(struct xlat_tce_config *config)
{
	if (!config->window.entries)
		config->window = (struct xlat_tce_window){
			.liobn = 0x80000000, .page_shift = 12, .entries = 0x40000};
	if (!config->real_limit)
		config->real_limit = UINT64_C(1) << 56;
	if (!config->dynamic_windows)
		config->dynamic_windows = 1;
	if (!config->dynamic_first)
		config->dynamic_first = UINT64_C(1) << 59;
	if (!config->dynamic_liobn)
		config->dynamic_liobn = config->window.liobn + 1;
	if (!config->dynamic_pages)
		config->dynamic_pages = 1 << 12 | 1 << 16 | 1 << 21 | 1 << 24;
	if (!config->dynamic_entries)
		config->dynamic_entries = 1 << 24;
	if (config->dynamic_windows >= XLAT_TCE_WINDOWS || config->dynamic_entries > MOST_ENTRIES ||
	    config->dynamic_pages & ((UINT64_C(1) << SMALLEST_PAGE) - 1) ||
	    config->dynamic_pages >> (LARGEST_PAGE + 1))
		return -EINVAL;
	return xlat__tce_check_window(&config->window);
}

int xlat_tce_create(const struct xlat_tce_config *config, const struct xlat_model_host *host,
		    void *host_opaque, struct xlat_tce **created)
{
	struct xlat_tce *tce = calloc(1, sizeof(*tce));
	int error = 0;

	if (!tce)
		return -ENOMEM;
	if (config)
		error = xlat__config_copy(&tce->config, sizeof(tce->config), config);
	if (!error && host)
		error = xlat__config_copy(&tce->host, sizeof(tce->host), host);
	if (!error)
		error = resolve_config(&tce->config);
	if (!error)
		error = xlat__tce_add(tce, &tce->config.window, false);
	if (error) {
		free(tce);
		return error;
	}
	tce->host_opaque = host_opaque;
	pthread_rwlock_init(&tce->lock, NULL);
	*created = tce;
	return 0;
}

void xlat_tce_destroy(struct xlat_tce *tce)
{
	if (!tce)
		return;
	while (tce->count)
		xlat__tce_remove(tce, &tce->tables[0]);
	pthread_rwlock_destroy(&tce->lock);
	free(tce);
}

/* The page of a bus address in a window. */
static enum xlat_outcome look_up(const struct xlat__tce_table *table, uint64_t bus_address,
				 enum xlat_access access, struct xlat_tce_translation *translation)
{
	const struct xlat_tce_window *window = &table->window;
	uint64_t index = (bus_address - window->first) >> window->page_shift;
	uint64_t rest = (UINT64_C(1) << window->page_shift) - 1;
	uint64_t tce = __atomic_load_n(&table->entries[index], __ATOMIC_ACQUIRE);
	unsigned rights = (tce & XLAT_TCE_READ ? (unsigned)XLAT_RIGHT_RX : 0) |
			  (tce & XLAT_TCE_WRITE ? (unsigned)XLAT_RIGHT_W : 0);

	*translation = (struct xlat_tce_translation){
		.page = {bus_address & ~rest, bus_address | rest},
		.address = tce & ~rest,
		.rights = rights,
		.entry = tce,
	};
	if (!rights) {
		translation->cause = XLAT_TCE_CAUSE_NO_ENTRY;
		return XLAT_FAULT;
	}
	if (xlat_access_rights(access) & ~rights) {
		translation->cause = XLAT_TCE_CAUSE_RIGHTS;
		return XLAT_DENIED;
	}
	return XLAT_OK;
}

enum xlat_outcome xlat_tce_translate(struct xlat_tce *tce, uint64_t bus_address,
				     enum xlat_access access,
				     struct xlat_tce_translation *translation)
{
	struct xlat_range hole = {0, UINT64_MAX};
	enum xlat_outcome outcome = XLAT_FAULT;
	bool found = false;

	pthread_rwlock_rdlock(&tce->lock);
	for (unsigned i = 0; i < tce->count && !found; i++) {
		struct xlat_range range = xlat__tce_range(&tce->tables[i].window);

		found = xlat_range_has(range, bus_address);
		if (found)
			outcome = look_up(&tce->tables[i], bus_address, access, translation);
		else if (range.last < bus_address && range.last >= hole.first)
			hole.first = range.last + 1;
		else if (range.first > bus_address && range.first <= hole.last)
			hole.last = range.first - 1;
	}
	pthread_rwlock_unlock(&tce->lock);
	if (!found)
		*translation = (struct xlat_tce_translation){.page = hole,
							     .cause = XLAT_TCE_CAUSE_NO_WINDOW};
	return outcome;
}
