/* SPDX-License-Identifier: BSD-3-Clause */
#include "dma/pane.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/*
 * The thread sanitizer takes a mapping for a store to all that it covers. What a holder does there at
 * the same time is what is meant here: it must not be told.
 */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define map_untold(...) ((void *)syscall(SYS_mmap, __VA_ARGS__))
#endif
#endif
#ifndef map_untold
#define map_untold mmap
#endif

static uint8_t *place(const struct xlat__panes *panes, uint32_t pane)
{
	return panes->base + (size_t)pane * XLAT__PANE_SIZE;
}

/*
 * Replaces what is mapped in a pane. A call that fails may have unmapped it before; the place is then
 * reserved again, lest others map something there that a later call would replace.
 */
static int map_over(uint8_t *at, size_t length, int protection, int flags, int fd, uint64_t offset)
{
	int error;

	if (map_untold(at, length, protection, flags | MAP_FIXED | MAP_NORESERVE, fd,
		       (off_t)offset) != MAP_FAILED)
		return 0;
	error = -errno;
	(void)map_untold(at, length, PROT_NONE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	return error;
}

int xlat__panes_create(struct xlat_fabric *fabric, uint32_t count, struct xlat__panes **created)
{
	struct xlat__panes *panes = calloc(1, sizeof(*panes) + count * sizeof(panes->panes[0]));
	int error;

	if (!panes)
		return -ENOMEM;
	error = xlat__fabric_poison(fabric, XLAT__PANE_SIZE);
	if (error) {
		free(panes);
		return error;
	}
	panes->fabric = fabric;
	panes->count = count;
	panes->base = mmap(NULL, (size_t)count * XLAT__PANE_SIZE, PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (panes->base == MAP_FAILED) {
		error = -errno;
		free(panes);
		return error;
	}
	for (uint32_t i = 0; i < count; i++)
		panes->panes[i].next = i + 1 < count ? i + 1 : XLAT__PANE_NONE;
	for (uint32_t i = 0; i < XLAT__PANES_KEPT; i++)
		panes->kept[i] = XLAT__PANE_NONE;
	*created = panes;
	return 0;
}

void xlat__panes_destroy(struct xlat__panes *panes)
{
	if (!panes)
		return;
	munmap(panes->base, (size_t)panes->count * XLAT__PANE_SIZE);
	free(panes);
}

bool xlat__pane_can_show(const struct xlat_ram *ram)
{
	return ram->fd >= 0 && ram->fd_offset % (uint64_t)sysconf(_SC_PAGESIZE) == 0;
}

static uint32_t *kept_for(struct xlat__panes *panes, uint64_t ram, uint64_t first)
{
	return &panes->kept[(ram * 7 + first / XLAT__PANE_MAP) % XLAT__PANES_KEPT];
}

static void make_blank(struct xlat__panes *panes, uint32_t pane)
{
	panes->panes[pane].next = panes->blank;
	panes->blank = pane;
}

static void clear(struct xlat__panes *panes, uint32_t pane)
{
	if (!panes->panes[pane].ram)
		return;
	panes->panes[pane].ram = 0;
	panes->mapped++;
	/* Should it fail, memory that is out of use stays allocated for longer. */
	(void)map_over(place(panes, pane), XLAT__PANE_SIZE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);
}

void xlat__panes_clear(struct xlat__panes *panes)
{
	panes->stale = false;
	for (uint32_t i = 0; i < XLAT__PANES_KEPT; i++) {
		if (panes->kept[i] != XLAT__PANE_NONE)
			make_blank(panes, panes->kept[i]);
		panes->kept[i] = XLAT__PANE_NONE;
	}
	for (uint32_t pane = panes->blank; pane != XLAT__PANE_NONE; pane = panes->panes[pane].next)
		clear(panes, pane);
}

/* Takes one that shows nothing, or what is kept in vain. */
static uint32_t take_any(struct xlat__panes *panes)
{
	uint32_t pane = panes->blank;

	if (pane != XLAT__PANE_NONE) {
		panes->blank = panes->panes[pane].next;
		return pane;
	}
	for (uint32_t i = 0; i < XLAT__PANES_KEPT && pane == XLAT__PANE_NONE; i++) {
		pane = panes->kept[i];
		panes->kept[i] = XLAT__PANE_NONE;
	}
	return pane;
}

/* Shows a part of a block; where the block ends before the pane does, nothing is behind it. */
static int show(struct xlat__panes *panes, uint32_t pane, const struct xlat_ram *ram,
		uint64_t first)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), length = ram->length - first;
	int error = 0;

	length = length < XLAT__PANE_SIZE ? (length + page - 1) / page * page : XLAT__PANE_SIZE;
	panes->mapped++;
	if (length < XLAT__PANE_SIZE)
		error = map_over(place(panes, pane) + length, XLAT__PANE_SIZE - length, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (!error)
		error = map_over(place(panes, pane), length,
				 ram->read_only ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED,
				 ram->fd, ram->fd_offset + first);
	return error;
}

int xlat__pane_take(struct xlat__panes *panes, const struct xlat_ram *ram, uint64_t offset,
		    uint32_t *taken, uint8_t **host)
{
	uint64_t first = offset / XLAT__PANE_MAP * XLAT__PANE_MAP;
	uint32_t *kept = kept_for(panes, ram->number, first), pane;
	int error;

	if (panes->stale)
		xlat__panes_clear(panes);
	pane = *kept;
	if (pane != XLAT__PANE_NONE && panes->panes[pane].ram == ram->number &&
	    panes->panes[pane].first == first) {
		*kept = XLAT__PANE_NONE;
	} else {
		pane = take_any(panes);
		if (pane == XLAT__PANE_NONE)
			return -EAGAIN;
		panes->panes[pane].ram = ram->number;
		panes->panes[pane].first = first;
		error = show(panes, pane, ram, first);
		if (error) {
			make_blank(panes, pane);
			return error;
		}
	}
	*taken = pane;
	*host = place(panes, pane) + (offset - first);
	return 0;
}

void xlat__pane_give_back(struct xlat__panes *panes, uint32_t pane, bool poisoned)
{
	uint32_t *kept = kept_for(panes, panes->panes[pane].ram, panes->panes[pane].first);

	if (poisoned) {
		make_blank(panes, pane);
		return;
	}
	if (*kept != XLAT__PANE_NONE)
		make_blank(panes, *kept);
	*kept = pane;
}

int xlat__pane_poison(struct xlat__panes *panes, uint32_t pane)
{
	return map_over(place(panes, pane), XLAT__PANE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE,
			panes->fabric->poison, 0);
}
