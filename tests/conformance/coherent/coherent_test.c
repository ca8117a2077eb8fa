/* SPDX-License-Identifier: BSD-3-Clause */
/* The coherent IOMMU: its entries, whose stores end what, and when they have retired. */
#include "test.h"
#include "fixture.h"

#include <xlat/coherent.h>

#include <errno.h>
#include <string.h>

enum {
	TABLE = 0x4000, /* in RAM */
	ENTRIES = 16,
	VRW = XLAT_COHERENT_VALID | XLAT_COHERENT_READ | XLAT_COHERENT_WRITE,
};

#define FIRST UINT64_C(0x100000000) /* input address of the table */

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *region;
	struct xlat_space *memory, *bus;
	struct xlat_coherent *coherent;
	struct xlat_dma *dma, *cpu;
	unsigned settled, faults;
	uint32_t cause;
};

static void on_settled(void *opaque)
{
	((struct machine *)opaque)->settled++;
}

static void on_fault(void *opaque, const struct xlat_fault *fault)
{
	struct machine *m = opaque;

	m->faults++;
	m->cause = fault->cause;
}

static void power_on(struct machine *m, unsigned shift, enum xlat_byte_order order)
{
	const struct xlat_coherent_table table = {
		.offset = TABLE, .first = FIRST, .entries = ENTRIES};
	struct xlat_coherent_table there = table;

	*m = (struct machine){.fabric = NULL};
	assert_int_equal(xlat_fabric_create(NULL, &m->fabric), 0);
	assert_int_equal(xlat_ram_create(m->fabric, XLAT_CONFIG(xlat_ram_config, .length = 1 << 20),
					 &m->ram),
			 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = m->ram, .length = 1 << 20),
					    &m->region),
			 0);
	assert_int_equal(xlat_space_create(m->region, "memory", &m->memory), 0);
	assert_int_equal(xlat_coherent_create(XLAT_CONFIG(xlat_coherent_config, .memory = m->memory,
							  .page_shift = shift, .order = order,
							  .fault = on_fault, .settled = on_settled,
							  .opaque = m),
					      &m->coherent),
			 0);
	there.ram = m->ram;
	assert_int_equal(xlat_coherent_set_table(m->coherent, &there), 0);
	assert_int_equal(xlat_space_create(xlat_iommu_region(xlat_coherent_iommu(m->coherent)),
					   "bus", &m->bus),
			 0);
	assert_int_equal(xlat_dma_create(m->bus, NULL, &m->dma), 0);
	assert_int_equal(xlat_dma_create(m->memory, NULL, &m->cpu), 0);
}

static void power_off(struct machine *m)
{
	xlat_dma_destroy(m->cpu);
	xlat_dma_destroy(m->dma);
	xlat_space_destroy(m->bus);
	xlat_coherent_destroy(m->coherent);
	xlat_space_destroy(m->memory);
	xlat_region_unref(m->region);
	xlat_ram_unref(m->ram);
	xlat_fabric_destroy(m->fabric);
}

static void put(struct machine *m, unsigned index, uint64_t entry)
{
	assert_int_equal(xlat_space_store(m->memory, nobody, TABLE + index * UINT64_C(8), 8,
					  XLAT_LITTLE_ENDIAN, entry),
			 XLAT_OK);
}

static enum xlat_outcome device_writes(struct machine *m, unsigned page)
{
	return xlat_dma_store_u8(m->dma, nobody, FIRST + page * UINT64_C(4096), 1);
}

static enum xlat_outcome device_reads(struct machine *m, unsigned page)
{
	uint8_t byte;

	return xlat_dma_load_u8(m->dma, nobody, FIRST + page * UINT64_C(4096), &byte);
}

static bool is_over(struct machine *m)
{
	xlat_fabric_process(m->fabric);
	return xlat_coherent_settled(m->coherent);
}

static void an_entry_leads_its_page_with_its_rights(void **state)
{
	struct machine m;

	(void)state;
	power_on(&m, 0, XLAT_LITTLE_ENDIAN);
	put(&m, 2, 0x20ff8 | VRW); /* bits that are the driver's */
	assert_int_equal(xlat_dma_store_u8(m.dma, nobody, FIRST + 0x2345, 7), XLAT_OK);
	assert_int_equal(((uint8_t *)xlat_ram_host(m.ram))[0x20345], 7);
	put(&m, 2, 0x20000 | XLAT_COHERENT_VALID | XLAT_COHERENT_READ);
	assert_int_equal(device_writes(&m, 2), XLAT_FAULT);
	assert_int_equal(m.cause, XLAT_COHERENT_CAUSE_RIGHTS);
	assert_int_equal(device_reads(&m, 2), XLAT_OK);
	put(&m, 2, 0x20000 | XLAT_COHERENT_VALID | XLAT_COHERENT_WRITE);
	assert_int_equal(device_reads(&m, 2), XLAT_FAULT);
	assert_int_equal(m.cause, XLAT_COHERENT_CAUSE_RIGHTS);
	assert_int_equal(device_writes(&m, 2), XLAT_OK);
	put(&m, 2, 0x20000 | XLAT_COHERENT_READ | XLAT_COHERENT_WRITE);
	assert_int_equal(device_reads(&m, 2), XLAT_FAULT);
	assert_int_equal(m.cause, XLAT_COHERENT_CAUSE_NO_ENTRY);
	power_off(&m);
}

static void what_no_entry_translates_is_refused(void **state)
{
	const struct xlat_coherent_table none = {.ram = NULL};
	struct machine m;
	uint8_t byte;

	(void)state;
	power_on(&m, 0, XLAT_LITTLE_ENDIAN);
	put(&m, 0, 0x20000 | VRW);
	put(&m, ENTRIES - 1, 0x21000 | VRW);
	assert_int_equal(device_reads(&m, 0), XLAT_OK);
	assert_int_equal(device_reads(&m, ENTRIES - 1), XLAT_OK);
	assert_int_equal(device_reads(&m, ENTRIES), XLAT_FAULT);
	assert_int_equal(m.cause, XLAT_COHERENT_CAUSE_OUT_OF_RANGE);
	assert_int_equal(xlat_dma_load_u8(m.dma, nobody, FIRST - 1, &byte), XLAT_FAULT);
	assert_int_equal(m.cause, XLAT_COHERENT_CAUSE_OUT_OF_RANGE);
	assert_int_equal(xlat_coherent_set_table(m.coherent, &none), 0);
	assert_int_equal(device_reads(&m, 0), XLAT_FAULT);
	assert_int_equal(m.cause, XLAT_COHERENT_CAUSE_OUT_OF_RANGE);
	power_off(&m);
}

static void pages_and_byte_orders_are_as_configured(void **state)
{
	const unsigned shifts[] = {12, 14, 16};
	uint64_t entry;
	struct machine m;

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		enum xlat_byte_order order = i & 1 ? XLAT_BIG_ENDIAN : XLAT_LITTLE_ENDIAN;
		unsigned shift = shifts[i / 2];

		power_on(&m, shift, order);
		entry = UINT64_C(0x80000) | VRW;
		assert_int_equal(xlat_space_store(m.memory, nobody, TABLE + 8, 8, order, entry),
				 XLAT_OK);
		assert_int_equal(xlat_dma_store_u8(m.dma, nobody,
						   FIRST + (UINT64_C(2) << shift) - 1, 9),
				 XLAT_OK);
		assert_int_equal(((uint8_t *)xlat_ram_host(m.ram))[0x80000 + (1 << shift) - 1], 9);
		assert_int_equal(xlat_dma_store_u8(m.dma, nobody, FIRST + (UINT64_C(2) << shift),
						   9),
				 XLAT_FAULT);
		power_off(&m);
	}
}

/* Ways to store 8 bytes of zeros to the table. OK: it has retired; PENDING: not yet. */
static enum xlat_outcome by_cpu(struct machine *m, uint64_t at)
{
	return xlat_space_store(m->memory, nobody, at, 8, XLAT_LITTLE_ENDIAN, 0);
}

static enum xlat_outcome by_dma(struct machine *m, uint64_t at)
{
	return xlat_dma_store_le64(m->cpu, nobody, at, 0);
}

static enum xlat_outcome by_debugger(struct machine *m, uint64_t at)
{
	const struct xlat_attrs debugger = {.flags = XLAT_ATTR_DEBUG};

	return xlat_space_store(m->memory, debugger, at, 8, XLAT_LITTLE_ENDIAN, 0);
}

static enum xlat_outcome by_half(struct machine *m, uint64_t at)
{
	return xlat_dma_store_le32(m->cpu, nobody, at, 0);
}

static enum xlat_outcome by_list(struct machine *m, uint64_t at)
{
	const struct xlat_sg list[] = {{at, 4}, {at + 4, 4}};

	return xlat_dma_write_sg(m->cpu, nobody, list, 2, "\0\0\0\0\0\0\0", 8);
}

static enum xlat_outcome by_swap(struct machine *m, uint64_t at)
{
	uint64_t expected = 0x20000 | VRW, zero = 0;
	enum xlat_outcome outcome;
	bool swapped;

	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		expected = __builtin_bswap64(expected);
	outcome = xlat_dma_cas(m->cpu, nobody, at, 8, &expected, &zero, &swapped);
	assert_true(swapped);
	return outcome;
}

static enum xlat_outcome by_cpu_swap(struct machine *m, uint64_t at)
{
	uint64_t expected = 0x20000 | VRW, zero = 0;
	enum xlat_outcome outcome;
	bool swapped;

	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
		expected = __builtin_bswap64(expected);
	outcome = xlat_space_cas(m->memory, nobody, at, 8, &expected, &zero, &swapped);
	assert_true(swapped);
	return outcome;
}

static enum xlat_outcome by_fill(struct machine *m, uint64_t at)
{
	return xlat_dma_fill(m->cpu, nobody, at, 0, 8);
}

/* A map that is given back cannot wait, and has nobody to tell. */
static enum xlat_outcome by_map(struct machine *m, uint64_t at)
{
	struct xlat_map map;

	assert_int_equal(xlat_dma_map(m->cpu, nobody, XLAT_WRITE, at, 8, &map), 0);
	memset(map.host, 0, 8);
	assert_int_equal(xlat_dma_unmap(m->cpu, &map, 8), 0);
	return XLAT_PENDING;
}

static enum xlat_outcome (*const ways[])(struct machine *m, uint64_t at) = {
	by_cpu, by_dma, by_debugger, by_half, by_list, by_swap, by_cpu_swap, by_fill, by_map};

static void whoever_stores_ends_that_page_alone(void **state)
{
	struct machine m;

	(void)state;
	for (unsigned i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct xlat_map neighbours[2], map;

		power_on(&m, 0, XLAT_LITTLE_ENDIAN);
		for (unsigned page = 2; page < 5; page++)
			put(&m, page, 0x20000 | VRW);
		assert_true(is_over(&m));
		for (unsigned n = 0; n < 2; n++)
			assert_int_equal(xlat_dma_map(m.dma, nobody, XLAT_WRITE,
						      FIRST + 0x2000 + n * 0x2000, 16,
						      &neighbours[n]),
					 0);
		assert_int_equal(device_writes(&m, 3), XLAT_OK);
		assert_int_equal(ways[i](&m, TABLE + 3 * 8),
				 ways[i] == by_map ? XLAT_PENDING : XLAT_OK);
		assert_int_equal(device_writes(&m, 3), XLAT_FAULT);
		assert_int_equal(device_writes(&m, 2), XLAT_OK);
		/* The neighbours are in use, and hold nothing up. */
		assert_true(is_over(&m));
		put(&m, 3, 0x20000 | VRW);
		assert_int_equal(xlat_dma_map(m.dma, nobody, XLAT_WRITE, FIRST + 0x3000, 16, &map),
				 0);
		assert_int_equal(ways[i](&m, TABLE + 3 * 8), XLAT_PENDING);
		assert_false(is_over(&m));
		/* Another page's store retires all the same. */
		put(&m, 5, 0x20000 | VRW);
		assert_int_equal(device_writes(&m, 5), XLAT_OK);
		assert_int_equal(by_dma(&m, TABLE + 5 * 8), XLAT_OK);
		for (unsigned n = 0; n < 2; n++)
			assert_int_equal(xlat_dma_unmap(m.dma, &neighbours[n], 16), 0);
		assert_false(is_over(&m));
		assert_int_equal(xlat_dma_unmap(m.dma, &map, 16), 0);
		assert_true(is_over(&m));
		power_off(&m);
	}
}

static void settled_is_called_once_when_all_have_retired(void **state)
{
	struct xlat_map map;
	struct machine m;

	(void)state;
	power_on(&m, 0, XLAT_LITTLE_ENDIAN);
	put(&m, 1, 0x20000 | VRW);
	put(&m, 2, 0x21000 | VRW);
	assert_int_equal(device_writes(&m, 2), XLAT_OK);
	assert_int_equal(xlat_dma_map(m.dma, nobody, XLAT_WRITE, FIRST + 0x1000, 16, &map), 0);
	assert_int_equal(by_cpu(&m, TABLE + 8), XLAT_PENDING);
	put(&m, 2, 0);
	xlat_fabric_process(m.fabric);
	assert_int_equal(m.settled, 0);
	assert_int_equal(xlat_dma_unmap(m.dma, &map, 16), 0);
	assert_true(is_over(&m));
	assert_int_equal(m.settled, 1);
	xlat_fabric_process(m.fabric);
	assert_int_equal(m.settled, 1);
	power_off(&m);
}

static void another_table_takes_the_place_of_the_first(void **state)
{
	struct machine m;

	(void)state;
	power_on(&m, 0, XLAT_LITTLE_ENDIAN);
	put(&m, 1, 0x20000 | VRW);
	assert_int_equal(device_writes(&m, 1), XLAT_OK);
	put(&m, 0x200, 0x22000 | VRW);
	assert_int_equal(xlat_coherent_set_table(
				 m.coherent, &(struct xlat_coherent_table){.ram = m.ram,
									   .offset = TABLE + 0x1000,
									   .first = FIRST,
									   .entries = 1}),
			 0);
	assert_int_equal(device_writes(&m, 1), XLAT_FAULT);
	assert_int_equal(xlat_dma_store_u8(m.dma, nobody, FIRST, 8), XLAT_OK);
	assert_int_equal(((uint8_t *)xlat_ram_host(m.ram))[0x22000], 8);
	put(&m, 0x200, 0);
	assert_int_equal(device_writes(&m, 0), XLAT_FAULT);
	power_off(&m);
}

static void wrong_tables_are_refused(void **state)
{
	struct machine m;

	(void)state;
	power_on(&m, 0, XLAT_LITTLE_ENDIAN);
	const struct xlat_coherent_table wrong[] = {
		{m.ram, 4, 0, 1},	   {m.ram, 0, 0x800, 1},
		{m.ram, 0, 0, 0},	   {m.ram, 0, 0, (1 << 17) + 1},
		{m.ram, 1 << 20, 0, 1},	   {m.ram, (1 << 20) + 8, 0, 1},
		{m.ram, 0, 0, UINT64_MAX}, {m.ram, 0, UINT64_MAX - 0xfff, 2},
	};

	put(&m, 1, 0x20000 | VRW);
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(xlat_coherent_set_table(m.coherent, &wrong[i]), -EINVAL);
		assert_int_equal(device_writes(&m, 1), XLAT_OK);
	}
	/* The last page there is. */
	assert_int_equal(xlat_coherent_set_table(
				 m.coherent, &(struct xlat_coherent_table){m.ram, TABLE,
									   UINT64_MAX - 0xfff, 1}),
			 0);
	put(&m, 0, 0x23000 | VRW);
	assert_int_equal(xlat_dma_store_u8(m.dma, nobody, UINT64_MAX, 8), XLAT_OK);
	assert_int_equal(((uint8_t *)xlat_ram_host(m.ram))[0x23fff], 8);
	power_off(&m);
}

static void what_was_saved_is_restored(void **state)
{
	struct machine m, other;
	uint8_t bytes[64];
	size_t size;

	(void)state;
	power_on(&m, 0, XLAT_LITTLE_ENDIAN);
	power_on(&other, 0, XLAT_LITTLE_ENDIAN);
	size = xlat_coherent_save(m.coherent, bytes, sizeof(bytes));
	assert_int_equal(size, 36);
	assert_int_equal(xlat_coherent_set_table(other.coherent,
						 &(struct xlat_coherent_table){.ram = NULL}),
			 0);
	put(&other, 1, 0x20000 | VRW);
	assert_int_equal(device_writes(&other, 1), XLAT_FAULT);
	assert_int_equal(xlat_coherent_restore(other.coherent, NULL, bytes, size), -EINVAL);
	assert_int_equal(xlat_coherent_restore(other.coherent, other.ram, bytes, size), 0);
	assert_int_equal(device_writes(&other, 1), XLAT_OK);
	bytes[10]++; /* another page */
	assert_int_equal(xlat_coherent_restore(other.coherent, other.ram, bytes, size), -EXDEV);
	bytes[8]++;
	assert_int_equal(xlat_coherent_restore(other.coherent, other.ram, bytes, size), -ENOTSUP);
	bytes[0]++;
	assert_int_equal(xlat_coherent_restore(other.coherent, other.ram, bytes, size), -EINVAL);
	assert_int_equal(xlat_coherent_restore(other.coherent, other.ram, bytes, size - 1),
			 -EINVAL);
	assert_int_equal(device_writes(&other, 1), XLAT_OK);
	power_off(&m);
	power_off(&other);
}

static void wrong_configurations_are_refused(void **state)
{
	struct xlat_coherent *coherent;
	struct machine m;

	(void)state;
	power_on(&m, 0, XLAT_LITTLE_ENDIAN);
	assert_int_equal(xlat_coherent_create(XLAT_CONFIG(xlat_coherent_config, .page_shift = 12),
					      &coherent),
			 -EINVAL);
	for (unsigned shift = 11; shift <= 41; shift += 30)
		assert_int_equal(xlat_coherent_create(XLAT_CONFIG(xlat_coherent_config,
								  .memory = m.memory,
								  .page_shift = shift),
						      &coherent),
				 -EINVAL);
	xlat_coherent_destroy(NULL);
	power_off(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_leads_its_page_with_its_rights),
		cmocka_unit_test(what_no_entry_translates_is_refused),
		cmocka_unit_test(pages_and_byte_orders_are_as_configured),
		cmocka_unit_test(whoever_stores_ends_that_page_alone),
		cmocka_unit_test(settled_is_called_once_when_all_have_retired),
		cmocka_unit_test(another_table_takes_the_place_of_the_first),
		cmocka_unit_test(wrong_tables_are_refused),
		cmocka_unit_test(what_was_saved_is_restored),
		cmocka_unit_test(wrong_configurations_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
