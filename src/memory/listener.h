/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Listeners, seen from inside the library.
 */
#ifndef XLAT_MEMORY_LISTENER_H
#define XLAT_MEMORY_LISTENER_H

#include "base/list.h"

#include <xlat/implement/listener.h>
#include <xlat/range.h>

#include <stdbool.h>
#include <stddef.h>

struct xlat__section;
struct xlat__view;
struct xlat_fabric;
struct xlat_ram;
struct xlat_space;

struct xlat_listener {
	struct xlat_space *space;
	struct xlat_listener_ops ops;
	void *opaque;
	int priority;
	struct xlat__list link; /* in the space's listeners */
	struct xlat__list flusher; /* in the fabric's flushers, if it has coalesced_flush */
};

/* What a listener is told of a section. */
enum xlat__listener_message {
	XLAT__LISTENER_DEL,
	XLAT__LISTENER_ADD,
	XLAT__LISTENER_NOP,
	XLAT__LISTENER_LOG_START,
	XLAT__LISTENER_LOG_STOP,
	XLAT__LISTENER_LOG_SYNC,
	XLAT__LISTENER_COALESCED_ADD,
	XLAT__LISTENER_COALESCED_DEL,
};

/*
 * Tells a space's listeners what a commit changed in some ranges (sorted, apart). By the commit,
 * after publishing.
 */
void xlat__listener_tell(struct xlat_space *space, const struct xlat__view *old,
			 const struct xlat__view *published, const struct xlat_range *ranges,
			 size_t count);

/* Tells one listener, if it has a callback for that. Under the topology lock. */
void xlat__listener_tell_section(struct xlat_listener *listener,
				 enum xlat__listener_message message,
				 const struct xlat__section *section);

/*
 * Tells all listeners that a block has its first dirty log, or not a log any more: with ram->dirty
 * set already, or cleared already, and under the same hold of the topology lock as that.
 */
void xlat__listener_log(struct xlat_ram *ram, bool start);

/* Asks all listeners to fetch dirty pages of a range of a block. Takes the topology lock. */
void xlat__listener_log_sync(struct xlat_ram *ram, struct xlat_range range);

/* Asks all listeners of a fabric to deliver the writes that they collected. No lock may be held. */
void xlat__listener_flush(struct xlat_fabric *fabric);

/* Makes a listener one of the fabric's flushers; ends that, after the calls in progress. */
void xlat__flusher_enter(struct xlat_listener *listener);
void xlat__flusher_leave(struct xlat_listener *listener);

#endif
