/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What of a source's input somebody may be using: a summary that is asked without a lock, and that
 * may say yes wrongly but never no. It holds blocks, aligned powers of two of bytes, hashed.
 *
 * Whoever walks marks a block before he reads what may change, and reads again if what he read
 * reaches out of it. A withdrawal of all of a block makes it withdrawn, which still counts; it is
 * forgotten when nobody uses what was withdrawn, unless somebody has marked it anew by then.
 * docs/design/invalidation.md has the argument.
 */
#ifndef XLAT_MEMORY_TOUCHED_H
#define XLAT_MEMORY_TOUCHED_H

#include <xlat/range.h>

#include <stdbool.h>
#include <stdint.h>

enum {
	XLAT__TOUCHED_LINES = 256, /* cache lines; a block is in one of them */
	XLAT__TOUCHED_MARKS = 8, /* in a line; the first says that there was no room for one */
	XLAT__TOUCHED_PENDING = 32, /* withdrawals that are remembered one by one */
};

struct xlat__touched {
	uint64_t marks[XLAT__TOUCHED_LINES][XLAT__TOUCHED_MARKS]; /* atomic */
	uint64_t sizes; /* atomic: a bit for each size of blocks that there are or were */

	/* Under the source's lock: what was withdrawn and may still be in use. */
	unsigned pending_count;
	struct {
		uint64_t epoch;
		struct xlat_range range;
	} pending[XLAT__TOUCHED_PENDING];
};

/* NULL without memory. */
struct xlat__touched *xlat__touched_create(void);

/*
 * Before what an address translates to is read: marks the block around it, unless that is marked,
 * and returns it. Any thread; under a hold or with a casual initiator that began before.
 */
struct xlat_range xlat__touched_begin(struct xlat__touched *touched, uint64_t address);

/*
 * After it was read: whether what it reaches over is in the block. If not, *block is now a larger
 * one, and it must be read again.
 */
bool xlat__touched_covers(struct xlat__touched *touched, struct xlat_range reach,
			  struct xlat_range *block);

/* Whether anybody may be using a part of the range. After a full fence. Any thread. */
bool xlat__touched_any(const struct xlat__touched *touched, struct xlat_range range);

/* Before the epoch of a withdrawal of all that is translated in a range; and after it. */
void xlat__touched_withdraw(struct xlat__touched *touched, struct xlat_range range);
void xlat__touched_withdrawn(struct xlat__touched *touched, struct xlat_range range,
			     uint64_t epoch);

/* Nobody uses what was withdrawn up to an epoch. Under the source's lock. */
void xlat__touched_settle(struct xlat__touched *touched, uint64_t epoch);

#endif
