/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accesses through a DMA handle: plainly, behind one IOMMU, behind two, with a dirty log.
 */
#include "test.h"
#include "fixture.h"

#include <xlat/window.h>

static void fill_pattern(uint8_t *bytes, size_t size, unsigned seed)
{
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)((i * 7 + seed) ^ (i >> 8));
}

static void what_is_written_is_read_back(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		uint8_t out[20000], in[20000];

		fixture_init(&f, kind);
		fill_pattern(out, sizeof(out), 3);
		for (int again = 0; again < 2; again++) {
			assert_int_equal(xlat_dma_write(f.dma, nobody, RAM_AT + 5, out,
							sizeof(out)),
					 XLAT_OK);
			assert_memory_equal(fixture_ram(&f, RAM_AT + 5), out, sizeof(out));
			memset(in, 0, sizeof(in));
			assert_int_equal(xlat_dma_read(f.dma, nobody, RAM_AT + 5, in, sizeof(in)),
					 XLAT_OK);
			assert_memory_equal(in, out, sizeof(out));
		}
		fixture_finish(&f);
	}
}

static void a_second_access_is_a_hit(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		uint32_t value;
		uint64_t misses;

		fixture_init(&f, kind);
		assert_int_equal(xlat_dma_store_le32(f.dma, nobody, RAM_AT, 0x11223344), XLAT_OK);
		assert_int_equal(xlat_dma_load_le32(f.dma, nobody, RAM_AT, &value), XLAT_OK);
		misses = xlat_dma_statistics(f.dma).misses;
		for (int i = 0; i < 100; i++) {
			assert_int_equal(xlat_dma_store_le32(f.dma, nobody,
							     RAM_AT + 4 * (unsigned)i, (uint32_t)i),
					 XLAT_OK);
			assert_int_equal(xlat_dma_load_le32(f.dma, nobody, RAM_AT + 4 * (unsigned)i,
							    &value),
					 XLAT_OK);
			assert_int_equal(value, i);
		}
		assert_int_equal(xlat_dma_statistics(f.dma).misses, misses);
		fixture_finish(&f);
	}
}

static void sized_accesses_name_their_byte_order(void **state)
{
	struct fixture f;
	uint16_t half;
	uint32_t word;
	uint64_t doubleword;
	const uint8_t bytes[8] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef};

	(void)state;
	fixture_init(&f, PLAIN);
	memcpy(fixture_ram(&f, RAM_AT + 1), bytes, 8);
	memcpy(fixture_ram(&f, RAM_AT + 16), bytes, 8);
	for (uint64_t at = RAM_AT + 1; at <= RAM_AT + 16; at += 15) {
		for (int again = 0; again < 2; again++) {
			assert_int_equal(xlat_dma_load_le16(f.dma, nobody, at, &half), XLAT_OK);
			assert_int_equal(half, 0x2301);
			assert_int_equal(xlat_dma_load_be16(f.dma, nobody, at, &half), XLAT_OK);
			assert_int_equal(half, 0x0123);
			assert_int_equal(xlat_dma_load_be32(f.dma, nobody, at, &word), XLAT_OK);
			assert_int_equal(word, 0x01234567);
			assert_int_equal(xlat_dma_load_le64(f.dma, nobody, at, &doubleword),
					 XLAT_OK);
			assert_true(doubleword == UINT64_C(0xefcdab8967452301));
		}
	}
	assert_int_equal(xlat_dma_store_be32(f.dma, nobody, RAM_AT + 32, 0xdeadbeef), XLAT_OK);
	assert_memory_equal(fixture_ram(&f, RAM_AT + 32), "\xde\xad\xbe\xef", 4);
	assert_int_equal(xlat_dma_store_le32(f.dma, nobody, RAM_AT + 32, 0xdeadbeef), XLAT_OK);
	assert_memory_equal(fixture_ram(&f, RAM_AT + 32), "\xef\xbe\xad\xde", 4);
	fixture_finish(&f);
}

static void a_read_of_nothing_gives_all_ones(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		uint32_t value = 0;

		fixture_init(&f, kind);
		assert_int_equal(xlat_dma_load_le32(f.dma, nobody, NOTHING_AT, &value),
				 XLAT_UNASSIGNED);
		assert_true(value == 0xffffffff);
		assert_int_equal(xlat_dma_store_le32(f.dma, nobody, NOTHING_AT, 1),
				 XLAT_UNASSIGNED);
		assert_true(xlat_dma_result(f.dma).first_failed == NOTHING_AT);
		fixture_finish(&f);
	}
}

static void a_transfer_goes_on_past_a_failure_and_says_where(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		uint8_t buffer[64];
		struct xlat_dma_result result;

		fixture_init(&f, kind);
		memset(fixture_ram(&f, RAM_AT + RAM_SIZE - 16), 0x5a, 16);
		memset(buffer, 0, sizeof(buffer));
		assert_int_equal(xlat_dma_read(f.dma, nobody, RAM_AT + RAM_SIZE - 16, buffer, 64),
				 XLAT_UNASSIGNED);
		result = xlat_dma_result(f.dma);
		assert_int_equal(buffer[15], 0x5a);
		assert_int_equal(buffer[16], 0xff);
		assert_int_equal(buffer[63], 0xff);
		assert_true(result.first_failed == RAM_AT + RAM_SIZE);
		assert_int_equal(result.done, 16);
		/* From nothing into RAM: the failure comes first, the rest is done. */
		assert_int_equal(xlat_dma_fill(f.dma, nobody, RAM_AT - 8, 0x77, 16),
				 XLAT_UNASSIGNED);
		assert_int_equal(*fixture_ram(&f, RAM_AT + 7), 0x77);
		result = xlat_dma_result(f.dma);
		assert_true(result.first_failed == RAM_AT - 8);
		assert_int_equal(result.done, 8);
		fixture_finish(&f);
	}
}

static void rom_is_read_and_its_writes_are_denied(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		uint8_t byte;

		fixture_init(&f, kind);
		*(uint8_t *)xlat_ram_host(f.rom_block) = 0x42;
		for (int again = 0; again < 2; again++) {
			assert_int_equal(xlat_dma_load_u8(f.dma, nobody, ROM_AT, &byte), XLAT_OK);
			assert_int_equal(byte, 0x42);
			assert_int_equal(xlat_dma_store_u8(f.dma, nobody, ROM_AT, 1), XLAT_DENIED);
		}
		assert_int_equal(*(uint8_t *)xlat_ram_host(f.rom_block), 0x42);
		fixture_finish(&f);
	}
}

static void a_device_answers_and_is_told_who_asks(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct xlat_attrs somebody = {.requester = 0x10};
		uint32_t value;

		fixture_init(&f, kind);
		for (int again = 0; again < 3; again++) {
			assert_int_equal(xlat_dma_store_le32(f.dma, somebody, DEVICE_AT + 8,
							     0xcafe1234),
					 XLAT_OK);
			assert_int_equal(f.device.last.offset, 8);
			assert_int_equal(f.device.last.size, 4);
			assert_int_equal(f.device.last.attrs.requester, 0x10);
			assert_true(f.device.last_value == 0xcafe1234);
			assert_int_equal(xlat_dma_load_le32(f.dma, somebody, DEVICE_AT + 8, &value),
					 XLAT_OK);
			assert_true(value == 0xcafe1234);
		}
		assert_int_equal(f.device.reads, 3);
		f.device.answer = XLAT_DEVICE_ERROR;
		assert_int_equal(xlat_dma_load_le32(f.dma, somebody, DEVICE_AT + 8, &value),
				 XLAT_DEVICE_ERROR);
		assert_true(value == 0xffffffff);
		fixture_finish(&f);
	}
}

static void compare_and_swap_swaps_once(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		for (unsigned size = 1; size <= 16; size *= 2) {
			struct fixture f;
			uint8_t expected[16] = {0}, desired[16];
			bool swapped;

			fixture_init(&f, kind);
			memset(desired, 0x99, sizeof(desired));
			for (int again = 0; again < 2; again++) {
				assert_int_equal(xlat_dma_cas(f.dma, nobody, RAM_AT + 64, size,
							      expected, desired, &swapped),
						 XLAT_OK);
				assert_int_equal(swapped, !again);
			}
			assert_memory_equal(expected, desired, size);
			assert_memory_equal(fixture_ram(&f, RAM_AT + 64), desired, size);
			assert_int_equal(*fixture_ram(&f, RAM_AT + 64 + size), 0);
			assert_int_equal(xlat_dma_cas(f.dma, nobody, DEVICE_AT, size, expected,
						      desired, &swapped),
					 XLAT_DENIED);
			if (size > 1)
				assert_int_equal(xlat_dma_cas(f.dma, nobody, RAM_AT + 1, size,
							      expected, desired, &swapped),
						 XLAT_DENIED);
			assert_int_equal(xlat_dma_cas(f.dma, nobody, RAM_AT, 3, expected, desired,
						      &swapped),
					 XLAT_DENIED);
			fixture_finish(&f);
		}
	}
}

static void moving_ram_away_ends_what_was_cached(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		uint32_t value;

		fixture_init(&f, kind);
		assert_int_equal(xlat_dma_store_le32(f.dma, nobody, RAM_AT, 77), XLAT_OK);
		assert_int_equal(xlat_dma_load_le32(f.dma, nobody, RAM_AT, &value), XLAT_OK);
		assert_int_equal(xlat_region_move(f.memory, RAM_AT + 0x1000000), 0);
		assert_int_equal(xlat_dma_load_le32(f.dma, nobody, RAM_AT, &value),
				 XLAT_UNASSIGNED);
		assert_int_equal(xlat_dma_store_le32(f.dma, nobody, RAM_AT, 78), XLAT_UNASSIGNED);
		assert_int_equal(xlat_dma_load_le32(f.dma, nobody, RAM_AT + 0x1000000, &value),
				 XLAT_OK);
		assert_int_equal(value, 77);
		fixture_finish(&f);
	}
}

static void a_list_is_gathered_and_scattered(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		const struct xlat_sg list[] = {
			{RAM_AT + 100, 10}, {RAM_AT + 0x5000, 0}, {RAM_AT + 0x8ffe, 20}};
		uint8_t out[30], in[30];

		fixture_init(&f, kind);
		fill_pattern(out, sizeof(out), 9);
		assert_int_equal(xlat_dma_write_sg(f.dma, nobody, list, 3, out, sizeof(out)),
				 XLAT_OK);
		assert_memory_equal(fixture_ram(&f, RAM_AT + 100), out, 10);
		assert_memory_equal(fixture_ram(&f, RAM_AT + 0x8ffe), out + 10, 20);
		assert_int_equal(xlat_dma_read_sg(f.dma, nobody, list, 3, in, sizeof(in)), XLAT_OK);
		assert_memory_equal(in, out, sizeof(out));
		fixture_finish(&f);
	}
}

static void validity_is_asked_without_side_effects(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;

		fixture_init(&f, kind);
		assert_int_equal(xlat_dma_valid(f.dma, nobody, XLAT_WRITE,
						(struct xlat_range){RAM_AT, RAM_AT + RAM_SIZE - 1}),
				 XLAT_OK);
		assert_int_equal(xlat_dma_valid(f.dma, nobody, XLAT_WRITE,
						(struct xlat_range){RAM_AT, RAM_AT + RAM_SIZE}),
				 XLAT_UNASSIGNED);
		assert_int_equal(xlat_dma_valid(f.dma, nobody, XLAT_WRITE,
						(struct xlat_range){ROM_AT, ROM_AT}),
				 XLAT_DENIED);
		assert_int_equal(xlat_dma_valid(f.dma, nobody, XLAT_READ,
						(struct xlat_range){0, UINT64_MAX}),
				 XLAT_UNASSIGNED);
		assert_int_equal(f.device.reads + f.device.writes, 0);
		fixture_finish(&f);
	}
}

static void without_membarrier_everything_still_works(void **state)
{
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *region;
	struct xlat_space *space;
	struct xlat_dma *dma;
	uint32_t value;

	(void)state;
	assert_int_equal(xlat_fabric_create(XLAT_CONFIG(xlat_fabric_config, .no_membarrier = 1),
					    &fabric),
			 0);
	assert_int_equal(
		xlat_ram_create(fabric, XLAT_CONFIG(xlat_ram_config, .length = 4096), &ram), 0);
	assert_int_equal(xlat_region_create(fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = ram, .length = 4096),
					    &region),
			 0);
	assert_int_equal(xlat_space_create(region, "s", &space), 0);
	assert_int_equal(xlat_dma_create(space, NULL, &dma), 0);
	for (int again = 0; again < 3; again++) {
		assert_int_equal(xlat_dma_store_le32(dma, nobody, 4, 5), XLAT_OK);
		assert_int_equal(xlat_dma_load_le32(dma, nobody, 4, &value), XLAT_OK);
		assert_int_equal(value, 5);
	}
	assert_int_equal(xlat_region_set_read_only(region, true), 0);
	assert_int_equal(xlat_dma_store_le32(dma, nobody, 4, 6), XLAT_DENIED);
	xlat_dma_destroy(dma);
	xlat_space_destroy(space);
	xlat_region_unref(region);
	xlat_ram_unref(ram);
	xlat_fabric_destroy(fabric);
}

static void a_handle_takes_at_most_64_kib(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, PLAIN);
	assert_in_range(xlat_dma_statistics(f.dma).bytes, 1, 65536);
	fixture_finish(&f);
}

static void a_retry_of_the_device_is_the_outcome_of_a_submitted_read(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		uint32_t value;
		struct xlat_dma_op op = {.size = sizeof(op),
					 .kind = XLAT_DMA_READ,
					 .iova = DEVICE_AT,
					 .length = sizeof(value),
					 .buffer = &value};

		fixture_init(&f, kind);
		f.device.answer = XLAT_RETRY;
		assert_int_equal(xlat_dma_submit(f.dma, &op), 1); /* nobody would wake it */
		assert_int_equal(op.result.outcome, XLAT_RETRY);
		assert_true(op.result.first_failed == DEVICE_AT);
		fixture_finish(&f);
	}
}

static void a_refused_map_and_window_are_in_the_result(void **state)
{
	struct fixture f;
	struct xlat_window window;
	struct xlat_map map;
	uint32_t value;

	(void)state;
	fixture_init(&f, PLAIN);
	assert_int_equal(xlat_dma_map(f.dma, nobody, XLAT_WRITE, ROM_AT + 8, 4, &map), 0);
	assert_null(map.host);
	assert_int_equal(xlat_dma_result(f.dma).outcome, XLAT_DENIED);
	assert_true(xlat_dma_result(f.dma).first_failed == ROM_AT + 8);
	xlat_window_init(&window, f.dma, nobody, XLAT_READ, RAM_AT, 64);
	assert_int_equal(xlat_window_load_le32(&window, 62, &value), XLAT_DENIED);
	assert_true(value == UINT32_MAX);
	assert_true(xlat_dma_result(f.dma).first_failed == RAM_AT + 62);
	fixture_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(a_second_access_is_a_hit),
		cmocka_unit_test(sized_accesses_name_their_byte_order),
		cmocka_unit_test(a_read_of_nothing_gives_all_ones),
		cmocka_unit_test(a_transfer_goes_on_past_a_failure_and_says_where),
		cmocka_unit_test(rom_is_read_and_its_writes_are_denied),
		cmocka_unit_test(a_device_answers_and_is_told_who_asks),
		cmocka_unit_test(compare_and_swap_swaps_once),
		cmocka_unit_test(moving_ram_away_ends_what_was_cached),
		cmocka_unit_test(a_list_is_gathered_and_scattered),
		cmocka_unit_test(validity_is_asked_without_side_effects),
		cmocka_unit_test(without_membarrier_everything_still_works),
		cmocka_unit_test(a_handle_takes_at_most_64_kib),
		cmocka_unit_test(a_retry_of_the_device_is_the_outcome_of_a_submitted_read),
		cmocka_unit_test(a_refused_map_and_window_are_in_the_result),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
