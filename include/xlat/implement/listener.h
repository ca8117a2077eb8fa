/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For who mirrors a space elsewhere (KVM slots, a vfio container, a remote device): the differences
 * that each commit makes, in an order that never shows two sections at one address: begin, every
 * del, every add and nop, doorbells and coalesced ranges likewise, commit.
 *
 * All callbacks run under the topology lock, after the view is published; they may not change the
 * topology. Any may be NULL.
 */
#ifndef XLAT_IMPLEMENT_LISTENER_H
#define XLAT_IMPLEMENT_LISTENER_H

#include <xlat/space.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_listener;

/* A doorbell as it is seen in a space: a write of size bytes at address signals fd. */
struct xlat_doorbell_event {
	struct xlat_space *space;
	uint64_t address;
	unsigned size; /* bytes; 0: any */
	bool match; /* only writes of this value */
	uint64_t value;
	int fd; /* an eventfd */
};

struct xlat_listener_ops {
	size_t size; /* sizeof(struct xlat_listener_ops) */
	void (*begin)(void *opaque);
	void (*del)(void *opaque, const struct xlat_section *section);
	void (*add)(void *opaque, const struct xlat_section *section);
	void (*nop)(void *opaque,
		    const struct xlat_section *section); /* touched by the commit, and equal */
	void (*log_start)(void *opaque,
			  const struct xlat_section *section); /* its first dirty client */
	void (*log_stop)(void *opaque, const struct xlat_section *section); /* its last one left */
	void (*log_sync)(void *opaque,
			 const struct xlat_section *section); /* fetch dirty pages now */
	void (*doorbell_add)(void *opaque, const struct xlat_doorbell_event *event);
	void (*doorbell_del)(void *opaque, const struct xlat_doorbell_event *event);
	void (*coalesced_add)(void *opaque,
			      const struct xlat_section *section); /* range: the coalesced part */
	void (*coalesced_del)(void *opaque, const struct xlat_section *section);
	/* Deliver collected writes now; called by the thread of an access, without the topology lock. */
	void (*coalesced_flush)(void *opaque);
	void (*commit)(void *opaque);
};

/*
 * Begins to listen: begin, an add for each section (doorbell, coalesced range) that is there, commit.
 * Listeners are told of adds in rising order of priority and of dels in falling order. Fails with
 * -ENOMEM or the configuration errors of config.h. ops must outlive the listener.
 */
XLAT_MUST_CHECK int xlat_listener_create(struct xlat_space *space,
					 const struct xlat_listener_ops *ops, void *opaque,
					 int priority, struct xlat_listener **listener);

/* Ends listening: begin, a del for each section that is there, commit. Accepts NULL. */
void xlat_listener_destroy(struct xlat_listener *listener);

#ifdef __cplusplus
}
#endif
#endif
