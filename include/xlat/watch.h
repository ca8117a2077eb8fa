/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A watch: somebody is told of every store to a range of a RAM block, whoever stores through the
 * library (a DMA handle, a CPU, a debugger): what a translation table that hardware snoops needs.
 * Host pointers into a watched range are never handed out for writing (maps bounce; what is stored
 * through one that was out already is told when it is unmapped); unwatched pages pay nothing.
 */
#ifndef XLAT_WATCH_H
#define XLAT_WATCH_H

#include <xlat/outcome.h>
#include <xlat/ram.h>
#include <xlat/range.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_fence;
struct xlat_watch;

/*
 * A store that a watcher may keep from retiring. It has been made, and is not made again; whoever made
 * it goes on when nobody uses what it ended any more: a CPU is halted, an operation pending until then.
 */
struct xlat_watch_wait {
	/*
	 * For the watcher, who sets it in stored if the store has something to wait for; else it stays
	 * NULL. Called once, by the thread that stored, when its access is not in the way any more: OK
	 * when there is nothing to wait for; PENDING when fence has been started with done and opaque,
	 * and is pending, or, without a fence, when the watcher is still waiting; DEVICE_ERROR when it
	 * waits in vain. range and watcher are its own.
	 */
	enum xlat_outcome (*retire)(struct xlat_watch_wait *wait);
	void *watcher;
	struct xlat_range range;
	/* The library's: memory for the watcher's fence, and who is to be called back by that. */
	struct xlat_fence *fence; /* NULL: who stores cannot wait, and is told PENDING */
	void (*done)(void *opaque);
	void *opaque;
};

/*
 * Watches a range of a block (offsets in the block). stored is called after each store, with the part of
 * it that lies in the range, by the thread that stores, possibly inside a device's handler; wait is NULL
 * for a store that will not wait (a map's that is given back). Accesses that
 * began before this returns may store unseen. retired, or NULL, is called once after the watch was destroyed,
 * by the xlat_fabric_process() that finds that no call of stored can be running any more. Fails with -EINVAL (a range outside the block, no stored),
 * -ENOMEM.
 */
XLAT_MUST_CHECK int xlat_watch_create(struct xlat_ram *ram, struct xlat_range range,
				      void (*stored)(void *opaque, struct xlat_range part,
						     struct xlat_watch_wait *wait),
				      void (*retired)(void *opaque), void *opaque,
				      struct xlat_watch **watch);

/* Stops watching; a call of stored by another thread may still be running until retired. Accepts NULL. */
void xlat_watch_destroy(struct xlat_watch *watch);

#ifdef __cplusplus
}
#endif
#endif
