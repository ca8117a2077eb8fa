/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A list's ports are shown by one MMIO region for each run of neighbouring ports, in a container.
 * The regions hold the list: it is freed when the last of them is retired.
 */
#include "memory/fabric.h"

#include <xlat/portio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	PORTS = 1 << 16
};

/* Neighbouring ports. */
struct run {
	struct xlat_portio_list *list;
	uint32_t first, last; /* from the list's base */
};

struct xlat_portio_list {
	struct xlat_fabric *fabric;
	struct xlat_region *container; /* of the regions */
	void *opaque;
	uint32_t base; /* atomic */
	unsigned references; /* atomic: the creator's, and one for each region */
	struct run *runs;
	size_t run_count;
	size_t count;
	struct xlat_portio ports[];
};

static void unref(struct xlat_portio_list *list)
{
	if (__atomic_sub_fetch(&list->references, 1, __ATOMIC_ACQ_REL))
		return;
	free(list->runs);
	free(list);
}

static void retired(void *opaque)
{
	const struct run *run = opaque;

	unref(run->list);
}

/* Who answers accesses of this size at an offset from the base. */
static const struct xlat_portio *find_port(const struct xlat_portio_list *list, uint32_t offset,
					   unsigned size)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct xlat_portio *port = &list->ports[i];
		if (port->size == size && offset - port->offset < port->count)
			return port;
	}
	return NULL;
}

static uint32_t mask(unsigned size)
{
	return UINT32_MAX >> (32 - 8 * size);
}

/* What two halves come to: one that nobody answers is an open bus, and not the other's fault. */
static enum xlat_outcome combine(enum xlat_outcome low, enum xlat_outcome high)
{
	if (low == XLAT_UNASSIGNED)
		return high;
	return high == XLAT_UNASSIGNED ? low : xlat_outcome_worse(low, high);
}

static enum xlat_outcome read_port(const struct xlat_portio_list *list, uint32_t offset,
				   unsigned size, uint32_t *value)
{
	const struct xlat_portio *port = find_port(list, offset, size);
	uint32_t base = __atomic_load_n(&list->base, __ATOMIC_RELAXED);
	enum xlat_outcome outcome;
	uint32_t low, high;

	*value = mask(size);
	if (port && port->read) {
		outcome = port->read(list->opaque, base + offset, value);
		*value = outcome == XLAT_OK ? *value & mask(size) : mask(size);
		return outcome;
	}
	if (port || size == 1)
		return port ? XLAT_DENIED : XLAT_UNASSIGNED;
	size /= 2;
	outcome = read_port(list, offset, size, &low);
	outcome = combine(outcome, read_port(list, offset + size, size, &high));
	*value = low | high << 8 * size;
	return outcome;
}

static enum xlat_outcome write_port(const struct xlat_portio_list *list, uint32_t offset,
				    unsigned size, uint32_t value)
{
	const struct xlat_portio *port = find_port(list, offset, size);
	uint32_t base = __atomic_load_n(&list->base, __ATOMIC_RELAXED);
	enum xlat_outcome outcome;

	if (port && port->write)
		return port->write(list->opaque, base + offset, value & mask(size));
	if (port || size == 1)
		return port ? XLAT_DENIED : XLAT_UNASSIGNED;
	size /= 2;
	outcome = write_port(list, offset, size, value);
	return combine(outcome, write_port(list, offset + size, size, value >> 8 * size));
}

static enum xlat_outcome read_run(void *opaque, const struct xlat_mmio_access *access,
				  uint64_t *value)
{
	const struct run *run = opaque;
	uint32_t narrow;
	enum xlat_outcome outcome =
		read_port(run->list, run->first + (uint32_t)access->offset, access->size, &narrow);

	*value = narrow;
	return outcome == XLAT_UNASSIGNED ? XLAT_DENIED : outcome;
}

static enum xlat_outcome write_run(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t value)
{
	const struct run *run = opaque;
	enum xlat_outcome outcome = write_port(run->list, run->first + (uint32_t)access->offset,
					       access->size, (uint32_t)value);

	return outcome == XLAT_UNASSIGNED ? XLAT_DENIED : outcome;
}

static const struct xlat_mmio_ops run_ops = {
	.size = sizeof(run_ops),
	.read = read_run,
	.write = write_run,
	.valid = {1, 4, true},
	.implemented = {1, 4, true},
	.order = XLAT_LITTLE_ENDIAN,
};

/*
 * Marks the bytes that ports answer: a bit for each size at the ports themselves, and bit 7 up to
 * the last byte of an access to them. -EINVAL for what is no list.
 */
static int mark(uint8_t *marks, const struct xlat_portio *ports, size_t count)
{
	if (!count)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		const struct xlat_portio *port = &ports[i];

		if ((port->size != 1 && port->size != 2 && port->size != 4) || !port->count ||
		    port->offset >= PORTS || port->count > PORTS - port->offset)
			return -EINVAL;
		for (uint32_t at = port->offset; at < port->offset + port->count; at++) {
			if (marks[at] & port->size)
				return -EINVAL;
			marks[at] |= (uint8_t)port->size;
			for (uint32_t byte = at; byte < at + port->size && byte < PORTS; byte++)
				marks[byte] |= 0x80;
		}
	}
	return 0;
}

/* Finds the next run at or after *at; false if there is none. */
static bool next_run(const uint8_t *marks, uint32_t *at, struct run *run)
{
	while (*at < PORTS && !marks[*at])
		++*at;
	if (*at == PORTS)
		return false;
	run->first = *at;
	while (*at < PORTS && marks[*at])
		++*at;
	run->last = *at - 1;
	return true;
}

static int find_runs(struct xlat_portio_list *list, const uint8_t *marks)
{
	struct run run = {.list = list};
	uint32_t at;

	for (at = 0; next_run(marks, &at, &run);)
		list->run_count++;
	list->runs = calloc(list->run_count, sizeof(*list->runs));
	if (!list->runs)
		return -ENOMEM;
	list->run_count = 0;
	for (at = 0; next_run(marks, &at, &run);)
		list->runs[list->run_count++] = run;
	return 0;
}

/* Makes a run's region, which the container keeps. */
static int show_run(struct xlat_portio_list *list, struct run *run, const char *name)
{
	struct xlat_region_config config = {
		.size = sizeof(config),
		.kind = XLAT_REGION_MMIO,
		.name = name,
		.length = (uint64_t)run->last - run->first + 1,
		.ops = &run_ops,
		.opaque = run,
		.retired = retired,
	};
	struct xlat_region *region;
	int error = xlat_region_create(list->fabric, &config, &region);

	if (error)
		return error;
	__atomic_add_fetch(&list->references, 1, __ATOMIC_RELAXED);
	error = xlat_region_attach(list->container, region, run->first);
	xlat_region_unref(region);
	return error;
}

static int show(struct xlat_portio_list *list, const char *name)
{
	struct xlat_region_config config = {
		.size = sizeof(config),
		.kind = XLAT_REGION_CONTAINER,
		.name = name,
		.length = (uint64_t)list->runs[list->run_count - 1].last + 1,
	};
	int error = xlat_region_create(list->fabric, &config, &list->container);

	for (size_t i = 0; !error && i < list->run_count; i++)
		error = show_run(list, &list->runs[i], name);
	return error;
}

static struct xlat_portio_list *make(struct xlat_fabric *fabric, const struct xlat_portio *ports,
				     size_t count, void *opaque)
{
	struct xlat_portio_list *list = calloc(1, sizeof(*list) + count * sizeof(*ports));

	if (!list)
		return NULL;
	list->fabric = fabric;
	list->opaque = opaque;
	list->references = 1;
	list->count = count;
	memcpy(list->ports, ports, count * sizeof(*ports));
	return list;
}

int xlat_portio_list_create(struct xlat_fabric *fabric, const struct xlat_portio *ports,
			    size_t count, void *opaque, const char *name,
			    struct xlat_portio_list **made)
{
	struct xlat_portio_list *list;
	uint8_t *marks = calloc(1, PORTS);
	int error = marks ? mark(marks, ports, count) : -ENOMEM;

	if (error) {
		free(marks);
		return error;
	}
	list = make(fabric, ports, count, opaque);
	error = list ? find_runs(list, marks) : -ENOMEM;
	free(marks);
	if (!error)
		error = show(list, name ? name : "portio");
	if (error)
		xlat_portio_list_destroy(list);
	else
		*made = list;
	return error;
}

void xlat_portio_list_destroy(struct xlat_portio_list *list)
{
	if (!list)
		return;
	xlat_region_detach(list->container);
	xlat_region_unref(list->container);
	unref(list);
}

int xlat_portio_list_attach(struct xlat_portio_list *list, struct xlat_region *container,
			    uint32_t base)
{
	int error = -EBUSY, failure;

	xlat_fabric_begin(list->fabric);
	if (!xlat_region_container(list->container)) {
		/* Before anybody can find the ports there; while they are nowhere, nobody asks. */
		__atomic_store_n(&list->base, base, __ATOMIC_RELAXED);
		error = xlat_region_attach(container, list->container, base);
	}
	failure = xlat_fabric_commit(list->fabric);
	return error ? error : failure;
}

void xlat_portio_list_detach(struct xlat_portio_list *list)
{
	xlat_region_detach(list->container);
}
