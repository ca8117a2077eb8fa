/* SPDX-License-Identifier: BSD-3-Clause */
#include "naive_access.h"

#include <string.h>

/* One step of a byte's way: what is seen there. */
struct step {
	int region;
	uint64_t offset;
	bool read_only, direct;
	uint64_t page; /* of an IOMMU */
};

/* Where a byte is. */
struct place {
	enum xlat_outcome outcome;
	unsigned steps;
	struct step path[NAIVE_HOPS + 1];
	int block; /* or NAIVE_NONE: */
	uint64_t at; /* in the block */
	int device; /* or NAIVE_NONE */
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * UINT64_C(0x100000001b3) + (hash >> 31);
}

enum xlat_outcome naive_device_call(struct naive_device *device, enum xlat_access access,
				    uint64_t offset, unsigned size, uint64_t *value)
{
	device->calls = mix(mix(mix(device->calls, access), offset), size);
	if (offset + size > NAIVE_DEVICE_LENGTH) {
		device->astray = true;
		return XLAT_DEVICE_ERROR;
	}
	if (offset == device->fails_at)
		return device->failure;
	if (access != XLAT_WRITE)
		*value = 0;
	for (unsigned i = 0; i < size; i++) {
		unsigned shift = 8 * (device->big_endian ? size - 1 - i : i);

		if (access == XLAT_WRITE)
			device->bytes[offset + i] = (uint8_t)(*value >> shift);
		else
			*value |= (uint64_t)device->bytes[offset + i] << shift;
	}
	device->calls = mix(device->calls, *value);
	return XLAT_OK;
}

static unsigned rights_of(enum xlat_access access)
{
	switch (access) {
	case XLAT_READ:
		return XLAT_RIGHT_R;
	case XLAT_WRITE:
		return XLAT_RIGHT_W;
	case XLAT_EXEC:
		return XLAT_RIGHT_X;
	default:
		return XLAT_RIGHT_R | XLAT_RIGHT_W;
	}
}

static bool stores(enum xlat_access access)
{
	return access == XLAT_WRITE || access == XLAT_ATOMIC;
}

/* One hop. */
static enum xlat_outcome translate(const struct naive_table *table, struct xlat_attrs attrs,
				   enum xlat_access access, uint64_t input, int *space,
				   uint64_t *address)
{
	uint64_t page = (input - table->base) >> table->shift;
	enum xlat_outcome outcome = XLAT_FAULT;
	unsigned needed = rights_of(access);

	if (input < table->base || page >= NAIVE_PAGES)
		return XLAT_FAULT;
	for (unsigned i = 0; i < table->count[page]; i++) {
		const struct naive_entry *entry = &table->entries[page][i];

		if (entry->by_requester && entry->requester != attrs.requester)
			continue;
		/* Mapped for this requester, if not for this access. */
		outcome = XLAT_DENIED;
		if ((entry->rights & needed) != needed)
			continue;
		*space = entry->space;
		*address = entry->address + (input - table->base - (page << table->shift));
		return XLAT_OK;
	}
	return outcome;
}

static void find(const struct naive_machine *machine, int space, struct xlat_attrs attrs,
		 enum xlat_access access, uint64_t address, struct place *place)
{
	bool debug = attrs.flags & XLAT_ATTR_DEBUG;

	place->steps = 0;
	place->block = place->device = NAIVE_NONE;
	for (;;) {
		struct naive_answer answer =
			naive_resolve(&machine->tree, machine->roots[space], address);
		struct step *step = &place->path[place->steps];
		const struct naive_table *table;

		if (answer.region == NAIVE_NONE ||
		    machine->tree.regions[answer.region].kind == XLAT_REGION_RESERVATION) {
			place->outcome = XLAT_UNASSIGNED;
			return;
		}
		*step = (struct step){answer.region, answer.offset, answer.read_only, answer.direct,
				      0};
		if (machine->tree.regions[answer.region].kind != XLAT_REGION_IOMMU)
			break;
		if (place->steps == NAIVE_HOPS) {
			place->outcome = XLAT_FAULT;
			return;
		}
		if (stores(access) && answer.read_only && !debug) {
			place->outcome = XLAT_DENIED;
			return;
		}
		table = &machine->tables[machine->table_of[answer.region]];
		place->outcome = translate(table, attrs, access, answer.offset, &space, &address);
		if (place->outcome != XLAT_OK)
			return;
		step->page = (answer.offset - table->base) >> table->shift;
		place->steps++;
	}
	const struct step *last = &place->path[place->steps++];
	enum xlat_region_kind kind = machine->tree.regions[last->region].kind;
	bool ram = kind != XLAT_REGION_MMIO;

	place->outcome = XLAT_OK;
	if (ram && stores(access) && debug) {
		ram = true;
	} else if (stores(access) && last->read_only) {
		place->outcome = XLAT_DENIED;
		return;
	} else if (kind == XLAT_REGION_ROM_DEVICE) {
		ram = last->direct && !stores(access);
	}
	if (ram) {
		place->block = machine->block_of[last->region];
		place->at = machine->block_offset[last->region] + last->offset;
	} else {
		place->device = machine->device_of[last->region];
	}
}

/* Whether b comes right after a, seen through the same pages and sections all the way. */
static bool goes_on(const struct place *a, const struct place *b)
{
	if (b->outcome != XLAT_OK || a->steps != b->steps)
		return false;
	for (unsigned i = 0; i < a->steps; i++) {
		const struct step *x = &a->path[i], *y = &b->path[i];

		if (x->region != y->region || x->offset + 1 != y->offset ||
		    x->read_only != y->read_only || x->direct != y->direct || x->page != y->page)
			return false;
	}
	return true;
}

/* How many bytes from an address on are one run with it. */
static uint64_t run_length(const struct naive_machine *machine, int space, struct xlat_attrs attrs,
			   enum xlat_access access, uint64_t address, uint64_t size,
			   const struct place *first)
{
	struct place before = *first, next;
	uint64_t length = 1;

	for (; length < size && address + length != 0; length++) {
		find(machine, space, attrs, access, address + length, &next);
		if (!goes_on(&before, &next))
			break;
		before = next;
	}
	return length;
}

static void fail(struct naive_result *result, uint64_t address, enum xlat_outcome outcome)
{
	if (result->outcome == XLAT_OK)
		result->first_failed = address;
	if (outcome > result->outcome)
		result->outcome = outcome;
}

static unsigned fitting(uint64_t offset, uint64_t left, const struct naive_sizes *sizes)
{
	for (unsigned size = sizes->max; size > 1; size /= 2)
		if (size <= left && (sizes->unaligned || offset % size == 0))
			return size;
	return 1;
}

static uint64_t to_value(const struct naive_device *device, const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << 8 * (device->big_endian ? size - 1 - i : i);
	return value;
}

static void to_bytes(const struct naive_device *device, uint64_t value, uint8_t *bytes,
		     unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> 8 * (device->big_endian ? size - 1 - i : i));
}

/* A part that the handlers implement, or that is cut out of one; last: the region's last offset. */
static enum xlat_outcome ask(struct naive_device *device, enum xlat_access access, uint64_t offset,
			     uint8_t *bytes, unsigned size, uint64_t last)
{
	unsigned unit = device->implemented.min, skip = 0;
	enum xlat_outcome outcome;
	uint8_t around[8] = {0};
	uint64_t value;

	if (size >= unit) {
		value = to_value(device, bytes, size);
		outcome = naive_device_call(device, access, offset, size, &value);
		if (access != XLAT_WRITE)
			to_bytes(device, value, bytes, size);
		return outcome;
	}
	skip = (unsigned)(offset % unit);
	offset -= skip;
	if (offset + unit - 1 > last)
		return XLAT_DENIED;
	value = UINT64_MAX;
	outcome = naive_device_call(device, access == XLAT_WRITE ? XLAT_READ : access, offset, unit,
				    &value);
	if (outcome != XLAT_OK)
		return outcome;
	to_bytes(device, value, around, unit);
	if (access != XLAT_WRITE) {
		memcpy(bytes, around + skip, size);
		return XLAT_OK;
	}
	memcpy(around + skip, bytes, size);
	value = to_value(device, around, unit);
	return naive_device_call(device, XLAT_WRITE, offset, unit, &value);
}

/* A run of bytes that one device answers. */
static void run(struct naive_machine *machine, const struct place *place, enum xlat_access access,
		uint64_t address, uint8_t *bytes, uint64_t size, struct naive_result *result)
{
	struct naive_device *device = &machine->devices[place->device];
	const struct step *step = &place->path[place->steps - 1];
	uint64_t last = machine->tree.regions[step->region].last, at = 0;

	while (at < size) {
		unsigned accepted = fitting(step->offset + at, size - at, &device->valid);
		unsigned in = 0;

		if (accepted < device->valid.min) {
			fail(result, address + at, XLAT_DENIED);
			if (access != XLAT_WRITE)
				memset(bytes + at, 0xff, accepted);
			at += accepted;
			continue;
		}
		while (in < accepted) {
			uint64_t offset = step->offset + at + in;
			unsigned part = fitting(offset, accepted - in, &device->implemented);
			enum xlat_outcome outcome;

			if (part < device->implemented.min) {
				part = device->implemented.min -
				       (unsigned)(offset % device->implemented.min);
				if (part > accepted - in)
					part = accepted - in;
				/* So that it is cut out, also where it is as long as a unit. */
			}
			outcome = ask(device, access, offset, bytes + at + in, part, last);
			if (outcome == XLAT_OK) {
				result->done += part;
			} else {
				fail(result, address + at + in, outcome);
				if (access != XLAT_WRITE)
					memset(bytes + at + in, 0xff, part);
			}
			in += part;
		}
		at += accepted;
	}
}

struct naive_result naive_access(struct naive_machine *machine, int space, struct xlat_attrs attrs,
				 enum xlat_access access, uint64_t address, uint8_t *bytes,
				 uint64_t size)
{
	struct naive_result result = {.outcome = XLAT_OK};
	struct place place;

	for (uint64_t i = 0, length; i < size; i += length) {
		length = 1;
		if (address + i < address) {
			place.outcome = XLAT_UNASSIGNED; /* past the last address */
		} else {
			find(machine, space, attrs, access, address + i, &place);
		}
		if (place.outcome != XLAT_OK) {
			fail(&result, address + i, place.outcome);
			if (access != XLAT_WRITE)
				bytes[i] = 0xff;
		} else if (place.device != NAIVE_NONE) {
			length = run_length(machine, space, attrs, access, address + i, size - i,
					    &place);
			run(machine, &place, access, address + i, bytes + i, length, &result);
		} else {
			uint8_t *byte = &machine->blocks[place.block][place.at];

			if (access == XLAT_WRITE) {
				*byte = bytes[i];
				machine->stored[place.block][place.at] = true;
			} else {
				bytes[i] = *byte;
			}
			result.done++;
		}
	}
	return result;
}

enum xlat_outcome naive_swap(struct naive_machine *machine, int space, struct xlat_attrs attrs,
			     uint64_t address, unsigned size, uint8_t *expected,
			     const uint8_t *desired, bool *swapped)
{
	struct place place;
	uint8_t *bytes;

	*swapped = false;
	find(machine, space, attrs, XLAT_ATOMIC, address, &place);
	if (place.outcome != XLAT_OK)
		return place.outcome;
	if (place.block == NAIVE_NONE ||
	    (size != 1 && size != 2 && size != 4 && size != 8 && size != 16) || address % size ||
	    place.at % size ||
	    run_length(machine, space, attrs, XLAT_ATOMIC, address, size, &place) < size)
		return XLAT_DENIED;
	bytes = &machine->blocks[place.block][place.at];
	*swapped = memcmp(bytes, expected, size) == 0;
	memcpy(expected, bytes, size);
	for (unsigned i = 0; *swapped && i < size; i++) {
		bytes[i] = desired[i];
		machine->stored[place.block][place.at + i] = true;
	}
	return XLAT_OK;
}

enum xlat_outcome naive_valid(const struct naive_machine *machine, int space,
			      struct xlat_attrs attrs, enum xlat_access access,
			      struct xlat_range range)
{
	struct place place;

	for (uint64_t i = range.first, length;; i += length) {
		length = 1;
		find(machine, space, attrs, access, i, &place);
		if (place.outcome != XLAT_OK)
			return place.outcome;
		if (place.device != NAIVE_NONE) {
			const struct naive_device *device = &machine->devices[place.device];
			uint64_t offset = place.path[place.steps - 1].offset;

			length = run_length(machine, space, attrs, access, i, range.last - i + 1,
					    &place);
			if (access == XLAT_ATOMIC)
				return XLAT_DENIED;
			for (uint64_t at = 0; at < length;) {
				unsigned size = fitting(offset + at, length - at, &device->valid);

				if (size < device->valid.min)
					return XLAT_DENIED;
				at += size;
			}
		}
		if (range.last - i < length)
			return XLAT_OK;
	}
}

uint8_t *naive_byte(struct naive_machine *machine, int space, struct xlat_attrs attrs,
		    enum xlat_access access, uint64_t address, enum xlat_outcome *outcome)
{
	struct place place;

	find(machine, space, attrs, access, address, &place);
	*outcome = place.outcome;
	if (place.outcome != XLAT_OK || place.block == NAIVE_NONE)
		return NULL;
	return &machine->blocks[place.block][place.at];
}
