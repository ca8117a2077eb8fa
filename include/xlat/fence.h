/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A fence: complete when every access that began before the invalidations ahead of it has finished,
 * down to the last byte, every map over what they ended has been unmapped, and every deferred
 * access has been answered and taken by its owner's xlat_dma_process(). Nobody blocks: it is
 * polled, calls back from xlat_fabric_process(), or signals an eventfd from there. Any number of
 * invalidations may be ahead of one fence. Fences of one queue complete in order; an IOMMU is a
 * queue unless the fence says otherwise.
 */
#ifndef XLAT_FENCE_H
#define XLAT_FENCE_H

#include <xlat/blocker.h>
#include <xlat/config.h>
#include <xlat/range.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_iommu;
struct xlat_space;

/* How a fence stands. Everything but PENDING is over, and stays as it is. */
enum xlat_fence_status {
	XLAT_FENCE_PENDING = 0,
	XLAT_FENCE_COMPLETE, /* nobody uses what was invalidated */
	XLAT_FENCE_TIMED_OUT, /* its deadline passed first; somebody still does */
	XLAT_FENCE_CANCELLED, /* it was given up */
	XLAT_FENCE_FAILED, /* an external holder could not let go: xlat_fence_error() */
};

/* The caller's memory; all members are the library's. */
struct xlat_fence {
	void *private_[24];
};

/*
 * What fences are in order with: those of one queue complete in the order in which they were
 * started, those of different queues do not wait for one another. The caller's memory, zero at
 * first; it stays until the last done of its fences has returned. The member is the library's.
 */
struct xlat_fence_queue {
	void *private_[1];
};

struct xlat_fence_config {
	size_t size; /* sizeof(struct xlat_fence_config) */
	/*
	 * Called when a pending fence is over, by who found it so, without locks; or NULL. Not
	 * after a cancel. A queue's next fence is not over before this has returned.
	 */
	void (*done)(void *opaque);
	void *opaque;
	/*
	 * An eventfd to which 1 is added once when the fence is over, before done is called; also
	 * for one that was never pending, not for one that is cancelled. It must stay open until
	 * then: where it cannot be written, the operator is told (fabric.h: log). 0: none.
	 */
	int eventfd;
	bool unordered; /* in order with nobody: a hypercall's */
	struct xlat_fence_queue *queue; /* NULL: its IOMMU's own */
	/*
	 * Nanoseconds of the fabric's clock after which the fence is over though it is not
	 * complete; 0: never.
	 */
	uint64_t timeout;
	/*
	 * It is for what was invalidated in this range of the input only: maps and accesses elsewhere
	 * are not waited for. {0, 0}: everything.
	 */
	struct xlat_range range;
	/*
	 * What an external holder settled with an error is waited for until that holder is
	 * destroyed; it never is FAILED. For who cannot say so.
	 */
	bool until_gone;
};

/*
 * Starts a fence for all invalidations of this IOMMU so far. config may be NULL. Returns 1 when it
 * is over already, and done is not called; 0 when it is pending: then it is over when
 * xlat_fence_poll() or xlat_fabric_process() finds it so. *fence is the caller's memory and must
 * stay until then or until it is cancelled. Any thread, also from a handler (but it cannot complete
 * before that handler returns). Fails with the errors of config.h.
 */
XLAT_MUST_CHECK int xlat_fence_start(struct xlat_fence *fence, struct xlat_iommu *iommu,
				     const struct xlat_fence_config *config);

/*
 * The same for what commits have withdrawn from a space so far: what was moved, removed or had its
 * rights changed. In order with nobody, unless it names a queue. The space must stay until the
 * fence is over or cancelled.
 */
XLAT_MUST_CHECK int xlat_fence_start_space(struct xlat_fence *fence, struct xlat_space *space,
					   const struct xlat_fence_config *config);

/*
 * How the fence stands, after a look at it: true in the sense of C when it is over. The poll that
 * finds it so calls its done. Never blocks. Any thread.
 */
enum xlat_fence_status xlat_fence_poll(struct xlat_fence *fence);

/* How the fence stands, without looking; also in its done. Any thread. */
enum xlat_fence_status xlat_fence_status(const struct xlat_fence *fence);

/*
 * Of a fence that is FAILED, the negative error with which a holder settled; 0 for others. Any
 * thread.
 */
int xlat_fence_error(const struct xlat_fence *fence);

/*
 * Visits what holds a pending fence up, at most 64; a fence that waits behind another of its queue
 * is held up by what holds that. Stops when visit returns nonzero, and returns that; else 0. visit
 * is called without locks. Any thread, while the fence is neither cancelled nor its memory given
 * back.
 */
int xlat_fence_for_each_blocker(struct xlat_fence *fence,
				int (*visit)(void *opaque, const struct xlat_blocker *blocker),
				void *opaque);

/*
 * Gives up on a fence: done will not be called, and the memory is the caller's again. Not while
 * another thread polls it. A fence that is over may be cancelled too.
 */
void xlat_fence_cancel(struct xlat_fence *fence);

#ifdef __cplusplus
}
#endif
#endif
