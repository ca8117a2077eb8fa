/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "page_tables.h"

const struct table_format table_formats[8] = {
	{"Sv32", xlat__pt_walk_sv32, 2, 10, 0, 4, 32, false},
	{"Sv39", xlat__pt_walk_sv39, 3, 9, 0, 8, 39, false},
	{"Sv48", xlat__pt_walk_sv48, 4, 9, 0, 8, 48, false},
	{"Sv57", xlat__pt_walk_sv57, 5, 9, 0, 8, 57, false},
	{"Sv32x4", xlat__pt_walk_sv32x4, 2, 10, 2, 4, 34, true},
	{"Sv39x4", xlat__pt_walk_sv39x4, 3, 9, 2, 8, 41, true},
	{"Sv48x4", xlat__pt_walk_sv48x4, 4, 9, 2, 8, 50, true},
	{"Sv57x4", xlat__pt_walk_sv57x4, 5, 9, 2, 8, 59, true},
};

static enum xlat__pt_status status_of(enum xlat_model_memory memory)
{
	return memory == XLAT_MODEL_MEMORY_OK	     ? XLAT__PT_OK
	       : memory == XLAT_MODEL_MEMORY_CORRUPT ? XLAT__PT_CORRUPT
						     : XLAT__PT_ACCESS_FAULT;
}

static enum xlat__pt_status read_entry(void *opaque, uint64_t address, unsigned size,
				       uint64_t *entry)
{
	struct xlat_model_attrs attrs = {0};
	uint8_t bytes[8] = {0};
	enum xlat_model_memory memory = toy_host.read(opaque, NULL, address, bytes, size, attrs);

	*entry = 0;
	for (unsigned i = 0; i < size; i++)
		*entry |= (uint64_t)bytes[i] << (8 * i);
	return status_of(memory);
}

static enum xlat__pt_status update_entry(void *opaque, uint64_t address, unsigned size,
					 uint64_t old, uint64_t desired, bool *swapped)
{
	struct xlat_model_attrs attrs = {0};
	uint8_t expected[8], wanted[8];

	for (unsigned i = 0; i < size; i++) {
		expected[i] = (uint8_t)(old >> (8 * i));
		wanted[i] = (uint8_t)(desired >> (8 * i));
	}
	return status_of(toy_host.compare_and_swap(opaque, NULL, address, expected, wanted, size,
						   swapped, attrs));
}

static const struct xlat__pt_memory table_memory = {read_entry, update_entry};

struct tables begin_tables(const struct table_format *format, struct toy_memory *memory,
			   uint64_t root)
{
	struct tables tables = {
		.format = format,
		.memory = memory,
		.root = root,
		.next = root + (format->root_extra_bits ? 0x4000 : 0x1000),
		.walk = {.memory = &table_memory, .opaque = memory, .root = root},
	};

	return tables;
}

uint64_t get_entry(struct tables *tables, uint64_t at)
{
	return tables->format->entry_size == 8 ? peek64(tables->memory, at)
					       : peek32(tables->memory, at);
}

void set_entry(struct tables *tables, uint64_t at, uint64_t entry)
{
	if (tables->format->entry_size == 8)
		poke64(tables->memory, at, entry);
	else
		poke32(tables->memory, at, (uint32_t)entry);
}

uint64_t entry_to(uint64_t physical, uint64_t bits)
{
	return physical >> 12 << 10 | bits;
}

uint64_t entry_of(struct tables *tables, uint64_t address, unsigned level)
{
	const struct table_format *format = tables->format;
	uint64_t table = tables->root;

	for (unsigned i = format->levels - 1;; i--) {
		unsigned bits = format->level_bits +
				(i == format->levels - 1 ? format->root_extra_bits : 0);
		uint64_t index = address >> (12 + i * format->level_bits) & ((1u << bits) - 1);
		uint64_t at = table + index * format->entry_size;

		if (i == level)
			return at;
		if (!(get_entry(tables, at) & V)) {
			set_entry(tables, at, entry_to(tables->next, V));
			tables->next += 0x1000;
		}
		table = get_entry(tables, at) >> 10 << 12 & 0xffffffffffffff;
	}
}

void map(struct tables *tables, uint64_t address, uint64_t physical, unsigned level, uint64_t bits)
{
	set_entry(tables, entry_of(tables, address, level), entry_to(physical, bits));
}

enum xlat__pt_status walk(struct tables *tables, uint64_t address, unsigned rights)
{
	tables->walk.address = address;
	tables->walk.rights = (uint8_t)rights;
	memset(&tables->leaf, 0, sizeof(tables->leaf));
	return tables->format->walk(&tables->walk, &tables->leaf);
}
