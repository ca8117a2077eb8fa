/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For who uses translations where the library does not see it: a peer to whom memory was mapped
 * (vfio-user), a kernel (KVM's slots), a device's cache (ATS), a host's IOMMU. A holder stands for
 * it: it is told what was withdrawn, and until it settles that, fences wait, and memory that a
 * space has shown is not freed. It is created before anything is handed out, and destroyed when
 * whoever it stands for uses nothing any more: what it owes counts as settled then.
 */
#ifndef XLAT_IMPLEMENT_HOLDER_H
#define XLAT_IMPLEMENT_HOLDER_H

#include <xlat/config.h>
#include <xlat/range.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_holder;
struct xlat_space;

/*
 * What was withdrawn: one or several invalidations or commits, and what lies between their ranges.
 */
struct xlat_withdrawal {
	struct xlat_range range; /* in the IOMMU's input, or of the space's addresses */
	uint64_t ticket; /* for xlat_holder_settle() */
};

struct xlat_holder_config {
	size_t size; /* sizeof(struct xlat_holder_config) */
	const char *name; /* for watchdogs; copied; NULL: "holder" */
	struct xlat_range range; /* what it holds at most; {0, 0}: everything */
	/*
	 * Tells it of a withdrawal, to be settled from here or later. Called by who starts or polls
	 * a fence, or processes the fabric; one thread at a time, without locks of the library,
	 * perhaps inside a device's handler.
	 */
	void (*withdrawn)(void *opaque, struct xlat_holder *holder,
			  const struct xlat_withdrawal *withdrawal);
	void *opaque;
};

/*
 * Makes a holder of what a space shows; xlat_iommu_holder_create() of what an IOMMU translates. It
 * is told of what is withdrawn from now on. Fails with -EINVAL (no withdrawn, range reversed),
 * -ENOMEM, or config.h's.
 */
XLAT_MUST_CHECK int xlat_space_holder_create(struct xlat_space *space,
					     const struct xlat_holder_config *config,
					     struct xlat_holder **holder);

/*
 * Settles what it was told: it uses nothing of it any more. Or, with a negative error, it cannot
 * see to that: fences that cover it then end as XLAT_FENCE_FAILED with this error, all that are
 * pending and the next one; memory that a space has withdrawn is not freed before the holder is
 * destroyed. Any thread; once for each ticket, an unknown one is ignored.
 */
void xlat_holder_settle(struct xlat_holder *holder, uint64_t ticket, int error);

/*
 * Ends a holder. It waits for a withdrawn of it that another thread is in, and may be called from
 * its own. Accepts NULL.
 */
void xlat_holder_destroy(struct xlat_holder *holder);

#ifdef __cplusplus
}
#endif
#endif
