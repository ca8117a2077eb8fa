/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model, from inside. The lock guards which windows there are; TCEs are atomic, and change
 * under the lock held for reading.
 */
#ifndef XLAT_MODELS_TCE_TCE_H
#define XLAT_MODELS_TCE_TCE_H

#include <xlat/tce.h>

#include <pthread.h>

struct xlat__tce_table {
	struct xlat_tce_window window;
	bool dynamic;
	uint64_t *entries; /* in the host's byte order; atomic */
};

struct xlat_tce {
	struct xlat_tce_config config; /* complete */
	struct xlat_model_host host; /* complete */
	void *host_opaque;
	pthread_rwlock_t lock;
	struct xlat__tce_table tables[XLAT_TCE_WINDOWS];
	unsigned count;
};

static inline struct xlat_range xlat__tce_range(const struct xlat_tce_window *window)
{
	return (struct xlat_range){window->first,
				   window->first + (window->entries << window->page_shift) - 1};
}

/* windows.c; each with the lock held for writing, but find. */
struct xlat__tce_table *xlat__tce_find(struct xlat_tce *tce, uint32_t liobn); /* NULL: none */
int xlat__tce_add(struct xlat_tce *tce, const struct xlat_tce_window *window, bool dynamic);
void xlat__tce_remove(struct xlat_tce *tce, struct xlat__tce_table *table);

/* tce.c: 0, or -EINVAL for a window that cannot be. */
int xlat__tce_check_window(const struct xlat_tce_window *window);

#endif
