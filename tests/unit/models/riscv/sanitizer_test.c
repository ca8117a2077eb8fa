/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sanitizer, on a small driver of the RISC-V IOMMU that has each bug on purpose: with a model
 * that caches nothing, and with one that does.
 */
#include <xlat/dma.h>
#include <xlat/riscv_adapter.h>
#include <xlat/sanitizer.h>

#include "test.h"
#include "fixture.h"
#include "models/riscv/bits.h"

#include <stdio.h>

#define REGISTERS UINT64_C(0x500000)
#define DIRECTORY RAM_AT
#define ROOT (RAM_AT + 0x1000)
#define MIDDLE (RAM_AT + 0x2000)
#define LEAVES (RAM_AT + 0x3000)
#define QUEUE (RAM_AT + 0x4000)
#define PAGE (RAM_AT + 0x8000)
#define OTHER (RAM_AT + 0x9000)
#define IOVA UINT64_C(0x4000)

enum {
	DEVICE = 5,
	READ_ONLY = 0xd3,
	READ_WRITE = 0xd7,
	QUEUE_ENTRIES = 64,
};

/* The machine, its driver and its device. */
struct driven {
	struct fixture f;
	struct xlat_sanitizer *sanitizer;
	struct xlat_riscv_adapter *adapter;
	struct xlat_iommu *iommu;
	struct xlat_region *root;
	struct xlat_space *space;
	struct xlat_dma *dma;
	uint64_t now; /* nanoseconds */
	uint32_t tail;
	struct xlat_sanitizer_report last;
	char holder[40];
	unsigned told;
};

static void put(struct driven *d, uint64_t address, uint64_t value)
{
	assert_int_equal(xlat_space_store(d->f.space, nobody, address, 8, XLAT_LITTLE_ENDIAN,
					  value),
			 XLAT_OK);
}

static void write_register(struct driven *d, unsigned offset, unsigned size, uint64_t value)
{
	assert_int_equal(xlat_space_store(d->f.space, nobody, REGISTERS + offset, size,
					  XLAT_LITTLE_ENDIAN, value),
			 XLAT_OK);
}

static uint64_t tell_time(void *opaque)
{
	struct driven *d = opaque;

	return d->now;
}

static void note(void *opaque, const struct xlat_sanitizer_report *report)
{
	struct driven *d = opaque;

	d->last = *report;
	if (report->holder) {
		snprintf(d->holder, sizeof(d->holder), "%s", report->holder);
		d->last.holder = d->holder;
	}
	d->told++;
}

/* --- What the driver does. */

static void command(struct driven *d, uint64_t first, uint64_t second)
{
	put(d, QUEUE + d->tail * UINT64_C(16), first);
	put(d, QUEUE + d->tail * UINT64_C(16) + 8, second);
	d->tail = (d->tail + 1) % QUEUE_ENTRIES;
	write_register(d, REG_CQT, 4, d->tail);
}

static void set_entry(struct driven *d, uint64_t iova, uint64_t entry)
{
	put(d, LEAVES + (iova >> 12 & 511) * 8, entry);
}

static void map_page(struct driven *d, uint64_t iova, uint64_t page, unsigned bits)
{
	set_entry(d, iova, page >> 2 | bits);
}

/* IOTINVAL.VMA with AV, GV 0, PSCV 0; IOFENCE.C. */
static void invalidate_page(struct driven *d, uint64_t iova)
{
	command(d, 0x001 | UINT64_C(1) << 10, iova >> 12 << 10);
	command(d, 0x002, 0);
}

static void invalidate_all(struct driven *d)
{
	command(d, 0x001, 0);
	command(d, 0x002, 0);
}

static void unmap_page(struct driven *d, uint64_t iova)
{
	set_entry(d, iova, 0);
	invalidate_page(d, iova);
}

/* --- What the device does. */

static enum xlat_outcome device_writes(struct driven *d, uint64_t iova)
{
	return xlat_dma_store_le32(d->dma, nobody, iova, 0x12345678);
}

static enum xlat_outcome device_reads(struct driven *d, uint64_t iova)
{
	uint32_t value;

	return xlat_dma_load_le32(d->dma, nobody, iova, &value);
}

/* --- What is expected. */

static uint64_t counted(struct driven *d, enum xlat_sanitizer_kind kind)
{
	return xlat_sanitizer_count(d->sanitizer).reports[kind];
}

/* Nothing was found but this many of one kind. */
static void finds(struct driven *d, enum xlat_sanitizer_kind kind, uint64_t times)
{
	for (int other = 0; other < XLAT_SANITIZER_KIND_COUNT; other++)
		assert_int_equal(counted(d, (enum xlat_sanitizer_kind)other),
				 other == (int)kind ? times : 0);
}

static void finds_nothing(struct driven *d)
{
	finds(d, XLAT_SANITIZER_KIND_COUNT, 0);
	assert_int_equal(d->told, 0);
}

static void drive_with(struct driven *d, uint32_t cached, struct xlat_sanitizer_config config)
{
	struct xlat_riscv_iommu_config model = {.size = sizeof(model),
						.cached_translations = cached,
						.cached_devices = cached,
						.cached_processes = cached};

	*d = (struct driven){0};
	config.size = sizeof(config);
	config.report = note;
	config.clock = tell_time;
	config.opaque = d;
	fixture_init(&d->f, PLAIN);
	assert_int_equal(xlat_sanitizer_create(&config, &d->sanitizer), 0);
	assert_int_equal(xlat_riscv_adapter_create(
				 XLAT_CONFIG(xlat_riscv_adapter_config, .memory = d->f.space,
					     .model = &model, .sanitize = d->sanitizer),
				 &d->adapter),
			 0);
	assert_int_equal(xlat_region_attach(d->f.root, xlat_riscv_adapter_registers(d->adapter),
					    REGISTERS),
			 0);
	put(d, DIRECTORY + DEVICE * 64, TC_V);
	put(d, DIRECTORY + DEVICE * 64 + 24, UINT64_C(8) << 60 | ROOT >> 12);
	put(d, ROOT, MIDDLE >> 2 | 1);
	put(d, MIDDLE, LEAVES >> 2 | 1);
	write_register(d, REG_CQB, 8, QUEUE >> 2 | 5);
	write_register(d, REG_CQCSR, 4, 1);
	write_register(d, REG_DDTP, 8, DIRECTORY >> 2 | DDTP_MODE_1LVL);
	assert_int_equal(xlat_riscv_adapter_attach_device(d->adapter, DEVICE, &d->iommu), 0);
	d->space = space_behind(d->f.fabric, d->iommu, &d->root);
	assert_int_equal(xlat_dma_create(d->space, XLAT_CONFIG(xlat_dma_config, .name = "disk"),
					 &d->dma),
			 0);
}

static void drive(struct driven *d, void **state)
{
	drive_with(d, *state ? 256 : 0, (struct xlat_sanitizer_config){0});
}

static void stop(struct driven *d)
{
	xlat_dma_destroy(d->dma);
	xlat_space_destroy(d->space);
	xlat_region_unref(d->root);
	xlat_iommu_destroy(d->iommu);
	xlat_riscv_adapter_destroy(d->adapter);
	fixture_finish(&d->f);
	xlat_sanitizer_destroy(d->sanitizer);
}

/* --- The tests; each with and without caches in the model. */

static void a_driver_that_keeps_its_promises_is_not_reported(void **state)
{
	struct driven d;

	drive(&d, state);
	for (unsigned i = 0; i < 20; i++) {
		map_page(&d, IOVA, i % 2 ? PAGE : OTHER, READ_WRITE);
		assert_int_equal(device_writes(&d, IOVA), XLAT_OK);
		assert_int_equal(device_reads(&d, IOVA + 8), XLAT_OK);
		unmap_page(&d, IOVA);
	}
	map_page(&d, IOVA, PAGE, READ_ONLY);
	assert_int_equal(device_reads(&d, IOVA), XLAT_OK);
	invalidate_all(&d);
	assert_int_equal(device_reads(&d, IOVA), XLAT_OK);
	finds_nothing(&d);
	assert_int_equal(xlat_sanitizer_count(d.sanitizer).accesses, 42);
	stop(&d);
}

static void an_entry_that_is_cleared_and_not_invalidated_is_stale(void **state)
{
	struct driven d;

	drive(&d, state);
	map_page(&d, IOVA, PAGE, READ_WRITE);
	d.now = 100;
	assert_int_equal(device_writes(&d, IOVA + 16), XLAT_OK);
	set_entry(&d, IOVA, 0);
	d.now = 350;
	(void)device_writes(&d, IOVA + 32);
	finds(&d, XLAT_SANITIZER_STALE, 1);
	assert_int_equal(d.last.kind, XLAT_SANITIZER_STALE);
	assert_ptr_equal(d.last.iommu, d.iommu);
	assert_int_equal(d.last.access, XLAT_WRITE);
	assert_int_equal(d.last.iova, IOVA + 32);
	assert_int_equal(d.last.range.first, IOVA);
	assert_int_equal(d.last.range.last, IOVA + 0xfff);
	assert_int_equal(d.last.was.address, PAGE + 32);
	assert_int_equal(d.last.was.entry, PAGE >> 2 | READ_WRITE);
	assert_int_equal(d.last.now.outcome, XLAT_FAULT);
	assert_int_equal(d.last.now.entry, 0);
	assert_int_equal(d.last.age, 250);
	stop(&d);
}

static void an_entry_that_is_replaced_and_not_invalidated_is_stale(void **state)
{
	struct driven d;

	drive(&d, state);
	map_page(&d, IOVA, PAGE, READ_WRITE);
	assert_int_equal(device_reads(&d, IOVA), XLAT_OK);
	map_page(&d, IOVA, OTHER, READ_WRITE);
	(void)device_reads(&d, IOVA);
	finds(&d, XLAT_SANITIZER_STALE, 1);
	assert_int_equal(d.last.was.address, PAGE);
	assert_int_equal(d.last.now.address, OTHER);
	assert_int_equal(d.last.now.entry, OTHER >> 2 | READ_WRITE);
	/* Told once, counted every time. */
	(void)device_reads(&d, IOVA);
	finds(&d, XLAT_SANITIZER_STALE, 2);
	assert_int_equal(d.told, 1);
	invalidate_page(&d, IOVA);
	assert_int_equal(device_reads(&d, IOVA), XLAT_OK);
	finds(&d, XLAT_SANITIZER_STALE, 2);
	stop(&d);
}

static void an_invalidation_before_the_change_is_needless_and_then_stale(void **state)
{
	struct driven d;

	drive(&d, state);
	map_page(&d, IOVA, PAGE, READ_WRITE);
	d.now = 5;
	assert_int_equal(device_writes(&d, IOVA), XLAT_OK);
	d.now = 12;
	invalidate_page(&d, IOVA);
	finds(&d, XLAT_SANITIZER_NEEDLESS, 1);
	assert_int_equal(d.last.range.first, IOVA);
	assert_int_equal(d.last.range.last, IOVA + 0xfff);
	assert_int_equal(d.last.was.address, PAGE);
	assert_int_equal(d.last.now.address, PAGE);
	assert_int_equal(d.last.age, 7);
	assert_int_equal(device_writes(&d, IOVA), XLAT_OK);
	set_entry(&d, IOVA, 0);
	(void)device_writes(&d, IOVA);
	assert_int_equal(counted(&d, XLAT_SANITIZER_STALE), 1);
	stop(&d);
}

static void rights_that_are_taken_away_are_a_change(void **state)
{
	struct driven d;

	drive(&d, state);
	map_page(&d, IOVA, PAGE, READ_WRITE);
	assert_int_equal(device_reads(&d, IOVA), XLAT_OK);
	map_page(&d, IOVA, PAGE, READ_ONLY);
	invalidate_page(&d, IOVA);
	finds_nothing(&d);
	stop(&d);
}

static void an_access_after_the_drivers_completion_is_to_a_freed_page(void **state)
{
	struct driven d;

	drive(&d, state);
	map_page(&d, IOVA, PAGE, READ_WRITE);
	d.now = 10;
	assert_int_equal(device_reads(&d, IOVA), XLAT_OK);
	d.now = 30;
	unmap_page(&d, IOVA);
	d.now = 70;
	assert_int_equal(device_writes(&d, IOVA + 4), XLAT_FAULT);
	finds(&d, XLAT_SANITIZER_FREED, 1);
	assert_int_equal(d.last.was.address, PAGE + 4);
	assert_int_equal(d.last.now.outcome, XLAT_FAULT);
	assert_int_equal(d.last.age, 60);
	assert_int_equal(d.last.ended, 40);
	/* It is mapped again, and all is well. */
	map_page(&d, IOVA, OTHER, READ_WRITE);
	assert_int_equal(device_writes(&d, IOVA + 4), XLAT_OK);
	finds(&d, XLAT_SANITIZER_FREED, 1);
	stop(&d);
}

static void an_access_to_what_was_never_mapped_is_told_as_that(void **state)
{
	struct driven d;

	drive(&d, state);
	map_page(&d, IOVA, PAGE, READ_WRITE);
	assert_int_equal(device_writes(&d, IOVA), XLAT_OK);
	assert_int_equal(device_writes(&d, IOVA + 0x1000), XLAT_FAULT);
	finds(&d, XLAT_SANITIZER_UNMAPPED, 1);
	assert_int_equal(d.last.iova, IOVA + 0x1000);
	stop(&d);
}

static void a_write_to_what_is_mapped_for_reading_is_forbidden(void **state)
{
	struct driven d;

	drive(&d, state);
	map_page(&d, IOVA, PAGE, READ_ONLY);
	assert_int_equal(device_reads(&d, IOVA), XLAT_OK);
	assert_int_equal(device_writes(&d, IOVA), XLAT_FAULT);
	finds(&d, XLAT_SANITIZER_FORBIDDEN, 1);
	assert_int_equal(d.last.was.address, PAGE);
	stop(&d);
}

static void what_a_device_has_mapped_is_reported_with_its_holder(void **state)
{
	struct driven d;
	struct xlat_map map;
	char line[200];

	drive(&d, state);
	map_page(&d, IOVA, PAGE, READ_WRITE);
	map_page(&d, IOVA + 0x1000, OTHER, READ_WRITE);
	assert_int_equal(xlat_dma_map(d.dma, nobody, XLAT_WRITE, IOVA, 64, &map), 0);
	/* Another page is no matter. */
	unmap_page(&d, IOVA + 0x1000);
	finds_nothing(&d);
	unmap_page(&d, IOVA);
	finds(&d, XLAT_SANITIZER_IN_USE, 1);
	assert_int_equal(d.last.kind, XLAT_SANITIZER_IN_USE);
	assert_int_equal(d.last.range.first, IOVA);
	assert_int_equal(d.last.iova, IOVA);
	assert_string_equal(d.holder, "disk");
	xlat_sanitizer_describe(&d.last, line, sizeof(line));
	assert_string_equal(line,
			    "in-use: invalidation of 0x4000..0x4fff: 0x4000 is mapped by disk");
	assert_int_equal(xlat_dma_unmap(d.dma, &map, 64), 0);
	unmap_page(&d, IOVA);
	finds(&d, XLAT_SANITIZER_IN_USE, 1);
	stop(&d);
}

static void no_more_reports_are_told_than_the_limit_of_a_kind(void **state)
{
	struct driven d;

	drive_with(&d, *state ? 256 : 0, (struct xlat_sanitizer_config){.limit = 3});
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(device_writes(&d, IOVA + i * 0x1000), XLAT_FAULT);
	finds(&d, XLAT_SANITIZER_UNMAPPED, 10);
	assert_int_equal(d.told, 3);
	map_page(&d, IOVA, PAGE, READ_ONLY);
	assert_int_equal(device_writes(&d, IOVA), XLAT_FAULT);
	assert_int_equal(d.told, 4);
	stop(&d);
}

static void what_is_forgotten_for_lack_of_room_is_counted(void **state)
{
	struct driven d;

	drive_with(&d, *state ? 256 : 0, (struct xlat_sanitizer_config){.records = 4});
	for (unsigned i = 0; i < 6; i++) {
		map_page(&d, IOVA + i * 0x1000, PAGE, READ_WRITE);
		assert_int_equal(device_reads(&d, IOVA + i * 0x1000), XLAT_OK);
	}
	assert_int_equal(xlat_sanitizer_count(d.sanitizer).forgotten, 2);
	/* The youngest four are remembered. */
	unmap_page(&d, IOVA + 5 * 0x1000);
	assert_int_equal(device_reads(&d, IOVA + 5 * 0x1000), XLAT_FAULT);
	finds(&d, XLAT_SANITIZER_FREED, 1);
	stop(&d);
}

static void what_has_ended_is_forgotten_first(void **state)
{
	struct driven d;

	drive_with(&d, *state ? 256 : 0, (struct xlat_sanitizer_config){.records = 4});
	for (unsigned i = 0; i < 5; i++) {
		map_page(&d, IOVA + i * 0x1000, PAGE, READ_WRITE);
		assert_int_equal(device_reads(&d, IOVA + i * 0x1000), XLAT_OK);
		if (i == 2)
			unmap_page(&d, IOVA + i * 0x1000);
	}
	/* The oldest is still there. */
	set_entry(&d, IOVA, 0);
	(void)device_reads(&d, IOVA);
	finds(&d, XLAT_SANITIZER_STALE, 1);
	stop(&d);
}

static void accesses_without_a_handle_are_seen_too(void **state)
{
	struct driven d;
	uint8_t byte;

	drive(&d, state);
	map_page(&d, IOVA, PAGE, READ_WRITE);
	assert_int_equal(xlat_space_read(d.space, nobody, IOVA, &byte, 1), XLAT_OK);
	unmap_page(&d, IOVA);
	assert_int_equal(xlat_space_read(d.space, nobody, IOVA, &byte, 1), XLAT_FAULT);
	finds(&d, XLAT_SANITIZER_FREED, 1);
	stop(&d);
}

static void a_report_is_one_line_for_people(void **state)
{
	struct driven d;
	char line[300], shorter[20];
	size_t length;

	drive(&d, state);
	map_page(&d, IOVA, PAGE, READ_WRITE);
	assert_int_equal(device_reads(&d, IOVA), XLAT_OK);
	d.now = 2500;
	unmap_page(&d, IOVA);
	d.now = 90000;
	assert_int_equal(device_reads(&d, IOVA), XLAT_FAULT);
	length = xlat_sanitizer_describe(&d.last, line, sizeof(line));
	assert_string_equal(
		line,
		"freed: device 0x0 read 0x4000 in 0x4000..0x4fff, was 0x108000 (entry 0x420d7), "
		"now translation fault, first used 90 us ago, invalidated 87 us ago");
	assert_int_equal(length, strlen(line));
	assert_int_equal(xlat_sanitizer_describe(&d.last, shorter, sizeof(shorter)), length);
	assert_string_equal(shorter, "freed: device 0x0 r");
	assert_int_equal(xlat_sanitizer_describe(&d.last, NULL, 0), length);
	stop(&d);
}

/* A test without a cache in the model, and with one: *state says which. */
#define BOTH(test)                                                                                 \
	{#test, test, NULL, NULL, NULL},                                                           \
	{                                                                                          \
#test "_with_caches", test, NULL, NULL, &cached                                    \
	}

int main(void)
{
	static int cached;
	const struct CMUnitTest tests[] = {
		BOTH(a_driver_that_keeps_its_promises_is_not_reported),
		BOTH(an_entry_that_is_cleared_and_not_invalidated_is_stale),
		BOTH(an_entry_that_is_replaced_and_not_invalidated_is_stale),
		BOTH(an_invalidation_before_the_change_is_needless_and_then_stale),
		BOTH(rights_that_are_taken_away_are_a_change),
		BOTH(an_access_after_the_drivers_completion_is_to_a_freed_page),
		BOTH(an_access_to_what_was_never_mapped_is_told_as_that),
		BOTH(a_write_to_what_is_mapped_for_reading_is_forbidden),
		BOTH(what_a_device_has_mapped_is_reported_with_its_holder),
		BOTH(no_more_reports_are_told_than_the_limit_of_a_kind),
		BOTH(what_is_forgotten_for_lack_of_room_is_counted),
		BOTH(what_has_ended_is_forgotten_first),
		BOTH(accesses_without_a_handle_are_seen_too),
		BOTH(a_report_is_one_line_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
