/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/touched.h"

#include <stdlib.h>
#include <string.h>

enum {
	WITHDRAWN = 1, /* of a mark */
	LEAST = 12, /* log2 of the smallest block: what a handle's cache looks up at once */
	ALL = 1, /* stands for log2 of a block that is everything */
	FEW = 64, /* blocks that are looked up one by one; more: every mark is looked at */
};

/*
 * A mark:
 *
 *	 63                                  7 6        1    0
 *	+-------------------------------------+----------+-----------+
 *	|           number of block           |   size   | withdrawn |
 *	+-------------------------------------+----------+-----------+
 *
 * The first of a line, where there is no room, is that of ALL.
 */
static uint64_t mark_of(uint64_t address, unsigned size)
{
	return size == ALL ? ALL << 1 : (address >> size) << 7 | (uint64_t)size << 1;
}

static struct xlat_range block_of(uint64_t mark)
{
	unsigned size = mark >> 1 & 63;
	uint64_t number = mark >> 7;

	if (size == ALL)
		return (struct xlat_range){0, UINT64_MAX};
	return (struct xlat_range){number << size, number << size | ((UINT64_C(1) << size) - 1)};
}

/* The size of the smallest block around a range. */
static unsigned size_around(struct xlat_range range)
{
	uint64_t differing = range.first ^ range.last;
	unsigned size = differing ? 64 - (unsigned)__builtin_clzll(differing) : 0;

	return size == 64 ? ALL : size < LEAST ? LEAST : size;
}

static unsigned line_of(uint64_t mark)
{
	return (unsigned)((mark >> 1) * UINT64_C(0x9e3779b97f4a7c15) >> 56) % XLAT__TOUCHED_LINES;
}

struct xlat__touched *xlat__touched_create(void)
{
	struct xlat__touched *touched;

	if (posix_memalign((void **)&touched, 64, sizeof(*touched)))
		return NULL;
	memset(touched, 0, sizeof(*touched));
	return touched;
}

/* Whether a block is marked, and not withdrawn. */
static bool is_marked(const uint64_t *line, uint64_t mark)
{
	for (unsigned i = 0; i < XLAT__TOUCHED_MARKS; i++) {
		uint64_t found = __atomic_load_n(&line[i], __ATOMIC_ACQUIRE);

		if (found == mark || (i == 0 && found == ALL << 1))
			return true;
	}
	return false;
}

/* Puts a mark into its line, where it stands, withdrawn, or where there is room. */
static void put(uint64_t *line, uint64_t mark)
{
	unsigned room;
	uint64_t found;

again:
	room = 0;
	for (unsigned i = XLAT__TOUCHED_MARKS - 1; i > 0; i--) {
		found = __atomic_load_n(&line[i], __ATOMIC_ACQUIRE);
		if (found == mark)
			return;
		if ((found & ~(uint64_t)WITHDRAWN) == mark) {
			room = i;
			break;
		}
		if (!found)
			room = i;
	}
	if (room == 0) {
		__atomic_store_n(&line[0], ALL << 1, __ATOMIC_SEQ_CST);
		return;
	}
	found = __atomic_load_n(&line[room], __ATOMIC_RELAXED);
	if ((found && (found & ~(uint64_t)WITHDRAWN) != mark) ||
	    !__atomic_compare_exchange_n(&line[room], &found, mark, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_RELAXED))
		goto again;
}

static struct xlat_range mark_block(struct xlat__touched *touched, uint64_t mark)
{
	uint64_t size = UINT64_C(1) << (mark >> 1 & 63);

	if (!(__atomic_load_n(&touched->sizes, __ATOMIC_RELAXED) & size))
		__atomic_or_fetch(&touched->sizes, size, __ATOMIC_SEQ_CST);
	put(touched->marks[line_of(mark)], mark);
	/* Before the reading: who changes what is read, and then asks, sees the mark. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return block_of(mark);
}

struct xlat_range xlat__touched_begin(struct xlat__touched *touched, uint64_t address)
{
	uint64_t sizes = __atomic_load_n(&touched->sizes, __ATOMIC_RELAXED);

	/* The largest that is marked, so that what is read most often lies in it. */
	while (sizes) {
		unsigned size = sizes & 1 << ALL ? ALL : 63 - (unsigned)__builtin_clzll(sizes);
		uint64_t mark = mark_of(address, size);

		if (is_marked(touched->marks[line_of(mark)], mark))
			return block_of(mark);
		sizes &= ~(UINT64_C(1) << size);
	}
	return mark_block(touched, mark_of(address, LEAST));
}

bool xlat__touched_covers(struct xlat__touched *touched, struct xlat_range reach,
			  struct xlat_range *block)
{
	if (reach.first >= block->first && reach.last <= block->last)
		return true;
	if (block->first < reach.first)
		reach.first = block->first;
	if (block->last > reach.last)
		reach.last = block->last;
	*block = mark_block(touched, mark_of(reach.first, size_around(reach)));
	return false;
}

/* What is done with the marks of a range's blocks. */
enum deed {
	ASK, /* whether there is one, withdrawn or not, of which a part is in the range */
	WITHDRAW, /* those of which all is */
	FORGET, /* those of which all is that are withdrawn */
};

/* One mark that may be of the range. Whether it answers the question. */
static bool look(uint64_t *mark, struct xlat_range range, enum deed deed)
{
	uint64_t found = __atomic_load_n(mark, __ATOMIC_SEQ_CST), changed = 0;
	struct xlat_range block;

	if (!found)
		return false;
	block = block_of(found);
	if (deed == ASK)
		return block.first <= range.last && range.first <= block.last;
	if (block.first < range.first || block.last > range.last ||
	    (found & WITHDRAWN) != (deed == FORGET ? WITHDRAWN : 0))
		return false;
	if (deed == WITHDRAW)
		changed = found | WITHDRAWN;
	/* Where it has changed meanwhile somebody has marked it anew, or withdrawn it, too. */
	__atomic_compare_exchange_n(mark, &found, changed, false, __ATOMIC_SEQ_CST,
				    __ATOMIC_RELAXED);
	return false;
}

static bool look_at_line(uint64_t *line, struct xlat_range range, enum deed deed)
{
	for (unsigned i = 0; i < XLAT__TOUCHED_MARKS; i++) {
		if (look(&line[i], range, deed))
			return true;
	}
	return false;
}

static bool visit(struct xlat__touched *touched, struct xlat_range range, enum deed deed)
{
	uint64_t sizes = __atomic_load_n(&touched->sizes, __ATOMIC_SEQ_CST);

	if (sizes && (range.last - range.first) >> LEAST >= FEW) {
		for (unsigned line = 0; line < XLAT__TOUCHED_LINES; line++) {
			if (look_at_line(touched->marks[line], range, deed))
				return true;
		}
		return false;
	}
	for (; sizes; sizes &= sizes - 1) {
		unsigned size = (unsigned)__builtin_ctzll(sizes);
		uint64_t number = size == ALL ? 0 : range.first >> size;
		uint64_t last = size == ALL ? 0 : range.last >> size;

		for (; number <= last; number++) {
			uint64_t mark = size == ALL ? ALL << 1 : mark_of(number << size, size);

			if (look_at_line(touched->marks[line_of(mark)], range, deed))
				return true;
		}
	}
	return false;
}

bool xlat__touched_any(const struct xlat__touched *touched, struct xlat_range range)
{
	return visit((struct xlat__touched *)(uintptr_t)touched, range, ASK);
}

void xlat__touched_withdraw(struct xlat__touched *touched, struct xlat_range range)
{
	(void)visit(touched, range, WITHDRAW);
}

static struct xlat_range around(struct xlat_range a, struct xlat_range b)
{
	return (struct xlat_range){a.first < b.first ? a.first : b.first,
				   a.last > b.last ? a.last : b.last};
}

void xlat__touched_withdrawn(struct xlat__touched *touched, struct xlat_range range, uint64_t epoch)
{
	unsigned last = touched->pending_count;

	/* More than are remembered: the last one is as new, and as wide, as all of them. */
	if (last == XLAT__TOUCHED_PENDING) {
		last--;
		range = around(touched->pending[last].range, range);
	} else {
		touched->pending_count++;
	}
	touched->pending[last].epoch = epoch;
	touched->pending[last].range = range;
}

/*
 * Whether what one withdrawal hit may have been marked anew, and withdrawn by one that is in use.
 */
static bool is_withdrawn_again(const struct xlat__touched *touched, unsigned which, uint64_t epoch)
{
	for (unsigned i = which + 1; i < touched->pending_count; i++) {
		if (touched->pending[i].epoch > epoch &&
		    xlat_range_overlaps(touched->pending[i].range, touched->pending[which].range))
			return true;
	}
	return false;
}

void xlat__touched_settle(struct xlat__touched *touched, uint64_t epoch)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < touched->pending_count; i++) {
		if (touched->pending[i].epoch <= epoch && !is_withdrawn_again(touched, i, epoch))
			(void)visit(touched, touched->pending[i].range, FORGET);
		else
			touched->pending[kept++] = touched->pending[i];
	}
	touched->pending_count = kept;
}
