/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Harts behind a protection unit: programs whose reads, writes and fetches of one page go through
 * it, while the same hart or another reprograms the unit.
 *
 *	0x10000000  the unit's registers, where the test attaches them
 *	0x20000000  a device that makes fences of the IOMMU
 *	0x40000000  a page as the harts see it through the unit
 *	0x80000000  RAM: hart 0's program, hart 1's a page later, the page itself at 2 MiB, and behind
 *	            it what code in the page stores to
 */
#ifndef XLAT_TESTS_SUPPORT_GUARDED_HARTS_H
#define XLAT_TESTS_SUPPORT_GUARDED_HARTS_H

#include "hart_fixture.h"
#include "hart_text.h"

#include <xlat/iommu.h>
#include <xlat/protection.h>

#define GUARDED_REGISTERS UINT64_C(0x10000000)
#define GUARDED_FENCE UINT64_C(0x20000000)
#define GUARDED_SEEN UINT64_C(0x40000000)
#define GUARDED_PAGE (HART_RAM + 0x200000)
#define GUARDED_COUNTER (GUARDED_PAGE + 0x1000)

enum {
	GUARDED_TURNS = 8, /* accesses of each kind that guarded_access() makes */
};

struct guarded_harts {
	struct hart_fixture f;
	struct xlat_protection *protection;
	struct xlat_iommu *iommu;
	struct xlat_region *fences;
	struct xlat_fence fence;
	bool pending;
};

/*
 * unit: the model, and what else is not of the fixture. Accesses say who they are; all worlds are
 * the platform's 4, the trusted one 3; machine mode is secure, and no other.
 */
void guarded_init(struct guarded_harts *g, struct xlat_protection_config unit);
void guarded_finish(struct guarded_harts *g);

/*
 * Some of each kind, alternating. s0: the page as it is seen; a1: what is written at 8. What is
 * read there and is not s1 is counted in s4, if it is to be looked at. Uses a0, s8.
 */
void guarded_access(struct text *text, bool looks);

/* What is behind this, in hart 0's program at its beginning, is in another mode. Uses t0. */
void guarded_enter(struct text *text, unsigned mode);

/* A write of the fence device, and reads until it says that the fence is over. Uses t0, t1. */
void guarded_wait(struct text *text);

/* What the second hart does to the unit; emits instructions that use t0 and t1. */
struct guarded_rights {
	void (*grant)(struct text *text); /* all kinds of access to hart 0 */
	void (*revoke)(struct text *text); /* faults from now on, and waits until that is in force */
	void (*enter)(struct text *text); /* hart 0's, before its first access; or NULL */
};

/*
 * Hart 0 accesses the page for ever, on a thread of its own; hart 1 grants and revokes. After that
 * the page must not change, no code in it be executed, nothing in it be read.
 */
void guarded_race(struct guarded_harts *g, const struct guarded_rights *rights);

#endif
