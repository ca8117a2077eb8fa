/* SPDX-License-Identifier: BSD-3-Clause */
/* E.2: `Z` and `z`. Types 0 and 1 are breakpoints, 2 to 4 watchpoints of writes, reads and both. */
#include <errno.h>

#include "machine/gdb.h"

enum {
	LAST_BREAKPOINT = 1,
	LAST_TYPE = 4,
};

static bool parse(unsigned type, uint64_t address, uint64_t length, struct xlat__gdb_point *point)
{
	static const unsigned kinds[] = {0, 0, XLAT_RIGHT_W, XLAT_RIGHT_R, XLAT_RIGHT_RW};

	if (type > LAST_TYPE)
		return false;
	if (type <= LAST_BREAKPOINT || !length)
		length = 1;
	*point = (struct xlat__gdb_point){.watch = type > LAST_BREAKPOINT,
					  .kinds = kinds[type],
					  .range = {address, address + (length - 1)}};
	return point->range.last >= address;
}

static int put(struct xlat_hart *hart, const struct xlat__gdb_point *point)
{
	int error = point->watch ? xlat_tlb_watch(xlat_hart_tlb(hart), point->range, point->kinds)
				 : xlat_hart_add_breakpoint(hart, point->range.first);

	return error == -EEXIST ? 0 : error;
}

static void take(struct xlat_hart *hart, const struct xlat__gdb_point *point)
{
	if (point->watch)
		xlat_tlb_unwatch(xlat_hart_tlb(hart), point->range, point->kinds);
	else
		xlat_hart_remove_breakpoint(hart, point->range.first);
}

static void take_from(struct xlat_machine *machine, const struct xlat__gdb_point *point,
		      unsigned harts)
{
	for (unsigned i = 0; i < harts; i++)
		take(xlat_machine_hart(machine, i), point);
}

static struct xlat__gdb_point *find(struct xlat_gdb *gdb, const struct xlat__gdb_point *point)
{
	for (unsigned i = 0; i < gdb->point_count; i++)
		if (gdb->points[i].watch == point->watch && gdb->points[i].kinds == point->kinds &&
		    gdb->points[i].range.first == point->range.first &&
		    gdb->points[i].range.last == point->range.last)
			return &gdb->points[i];
	return NULL;
}

int xlat__gdb_insert(struct xlat_gdb *gdb, unsigned type, uint64_t address, uint64_t length)
{
	struct xlat_machine *machine = gdb->config.machine;
	unsigned harts = xlat_machine_hart_count(machine);
	struct xlat__gdb_point point;

	if (!parse(type, address, length, &point))
		return -EINVAL;
	if (find(gdb, &point))
		return 0;
	if (gdb->point_count == XLAT__GDB_POINTS)
		return -ENOSPC;
	for (unsigned i = 0; i < harts; i++) {
		int error = put(xlat_machine_hart(machine, i), &point);

		if (error) {
			take_from(machine, &point, i);
			return error;
		}
	}
	gdb->points[gdb->point_count++] = point;
	return 0;
}

int xlat__gdb_remove(struct xlat_gdb *gdb, unsigned type, uint64_t address, uint64_t length)
{
	struct xlat_machine *machine = gdb->config.machine;
	struct xlat__gdb_point point, *found;

	if (!parse(type, address, length, &point))
		return -EINVAL;
	found = find(gdb, &point);
	if (!found)
		return 0;
	take_from(machine, found, xlat_machine_hart_count(machine));
	*found = gdb->points[--gdb->point_count];
	return 0;
}

void xlat__gdb_remove_all(struct xlat_gdb *gdb)
{
	struct xlat_machine *machine = gdb->config.machine;

	while (gdb->point_count)
		take_from(machine, &gdb->points[--gdb->point_count],
			  xlat_machine_hart_count(machine));
}
