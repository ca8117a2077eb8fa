/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Windows: a range translated once, checked by one compare, and translated anew when that ended.
 */
#include "test.h"
#include "stacked.h"

#include <xlat/window.h>

enum {
	IOVA = 0x10000,
};

static struct xlat_window window_of(struct xlat_dma *dma, enum xlat_access access, uint64_t iova,
				    uint64_t size)
{
	struct xlat_window window;

	xlat_window_init(&window, dma, nobody, access, iova, size);
	return window;
}

static void a_window_loads_and_stores_in_a_named_byte_order(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		struct fixture f;
		struct xlat_window window;
		uint32_t value;

		fixture_init(&f, kind);
		window = window_of(f.dma, XLAT_ATOMIC, RAM_AT + 3, 8192);
		for (int again = 0; again < 3; again++) {
			assert_int_equal(xlat_window_store_be32(&window, 100, 0xdeadbeef), XLAT_OK);
			assert_memory_equal(fixture_ram(&f, RAM_AT + 103), "\xde\xad\xbe\xef", 4);
			assert_int_equal(xlat_window_load_le32(&window, 100, &value), XLAT_OK);
			assert_true(value == 0xefbeadde);
		}
		fixture_finish(&f);
	}
}

static void a_window_is_translated_once(void **state)
{
	struct stacked s;
	struct xlat_window window;
	uint64_t misses;
	uint8_t byte;

	(void)state;
	stacked_init(&s, 2, NULL);
	for (unsigned page = 0; page < 4; page++)
		maps(&s, 0, IOVA + page * PAGE, PAGE, RAM_AT + page * PAGE);
	window = window_of(s.dma, XLAT_READ, IOVA, 4 * PAGE);
	assert_int_equal(xlat_window_load_u8(&window, 0, &byte), XLAT_OK);
	misses = xlat_dma_statistics(s.dma).misses;
	assert_int_equal(misses, 4);
	assert_true(window.loads != UINT64_MAX);
	for (unsigned offset = 0; offset < 4 * PAGE; offset += 100)
		assert_int_equal(xlat_window_load_u8(&window, offset, &byte), XLAT_OK);
	assert_int_equal(xlat_dma_statistics(s.dma).misses, misses);
	stacked_finish(&s);
}

static void a_window_over_scattered_pages_goes_through_its_handle(void **state)
{
	struct stacked s;
	struct xlat_window window;
	uint64_t value;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	maps(&s, 0, IOVA + PAGE, PAGE, RAM_AT + 8 * PAGE);
	window = window_of(s.dma, XLAT_ATOMIC, IOVA, 2 * PAGE);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(xlat_window_store_le64(&window, PAGE - 4,
							UINT64_C(0x0807060504030201)),
				 XLAT_OK);
		assert_memory_equal(stacked_ram(&s, RAM_AT + PAGE - 4), "\1\2\3\4", 4);
		assert_memory_equal(stacked_ram(&s, RAM_AT + 8 * PAGE), "\5\6\7\10", 4);
		assert_int_equal(xlat_window_load_le64(&window, PAGE - 4, &value), XLAT_OK);
		assert_true(value == UINT64_C(0x0807060504030201));
	}
	stacked_finish(&s);
}

static void an_invalidation_ends_what_a_window_has(void **state)
{
	(void)state;
	for (unsigned depth = 1; depth <= 2; depth++) {
		for (unsigned iommu = 0; iommu < depth; iommu++) {
			struct stacked s;
			struct xlat_window window;
			uint64_t at = iommu ? RAM_AT : IOVA;
			uint8_t byte;

			stacked_init(&s, depth, NULL);
			maps(&s, 0, IOVA, PAGE, RAM_AT);
			window = window_of(s.dma, XLAT_ATOMIC, IOVA, PAGE);
			assert_int_equal(xlat_window_store_u8(&window, 1, 5), XLAT_OK);
			assert_int_equal(xlat_window_load_u8(&window, 1, &byte), XLAT_OK);
			unmaps(&s, iommu, at, PAGE);
			assert_int_equal(xlat_window_load_u8(&window, 1, &byte), XLAT_FAULT);
			assert_int_equal(byte, 0xff);
			assert_int_equal(xlat_window_store_u8(&window, 1, 6), XLAT_FAULT);
			assert_int_equal(*stacked_ram(&s, RAM_AT + 1), 5);
			maps(&s, iommu, at, PAGE, RAM_AT + 2 * PAGE);
			assert_int_equal(xlat_window_store_u8(&window, 1, 7), XLAT_OK);
			assert_int_equal(*stacked_ram(&s, RAM_AT + 2 * PAGE + 1), 7);
			stacked_finish(&s);
		}
	}
}

static void a_window_holds_no_fence(void **state)
{
	struct stacked s;
	struct xlat_window window;
	struct xlat_fence fence;
	uint8_t byte;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	window = window_of(s.dma, XLAT_READ, IOVA, PAGE);
	assert_int_equal(xlat_window_load_u8(&window, 0, &byte), XLAT_OK);
	unmaps(&s, 0, IOVA, PAGE);
	assert_true(xlat_iommu_fence(s.iommus[0], &fence, NULL, NULL));
	stacked_finish(&s);
}

static void what_lies_outside_a_window_is_denied(void **state)
{
	(void)state;
	for (uint64_t size = 0; size <= 20; size++) {
		struct stacked s;
		struct xlat_window window;
		uint32_t value;

		stacked_init(&s, 0, NULL);
		window = window_of(s.dma, XLAT_ATOMIC, RAM_AT, size);
		for (uint64_t offset = 0; offset <= size; offset++) {
			bool fits = size >= 4 && offset <= size - 4;

			assert_int_equal(xlat_window_store_le32(&window, offset, 1),
					 fits ? XLAT_OK : XLAT_DENIED);
			assert_int_equal(xlat_window_load_le32(&window, offset, &value),
					 fits ? XLAT_OK : XLAT_DENIED);
			assert_true(fits || value == 0xffffffff);
		}
		assert_int_equal(xlat_window_load_le32(&window, UINT64_MAX - 1, &value),
				 XLAT_DENIED);
		stacked_finish(&s);
	}
}

static void a_window_is_of_one_kind(void **state)
{
	struct stacked s;
	struct xlat_window readable, writable;
	uint8_t byte;

	(void)state;
	stacked_init(&s, 0, NULL);
	readable = window_of(s.dma, XLAT_READ, RAM_AT, 16);
	writable = window_of(s.dma, XLAT_WRITE, RAM_AT, 16);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(xlat_window_load_u8(&readable, 0, &byte), XLAT_OK);
		assert_int_equal(xlat_window_store_u8(&readable, 0, 1), XLAT_DENIED);
		assert_int_equal(xlat_window_store_u8(&writable, 0, 1), XLAT_OK);
		assert_int_equal(xlat_window_load_u8(&writable, 0, &byte), XLAT_DENIED);
	}
	stacked_finish(&s);
}

static void a_window_over_a_device_goes_through_its_handle(void **state)
{
	struct stacked s;
	struct xlat_window window;
	uint32_t value;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, DEVICE_AT);
	window = window_of(s.dma, XLAT_ATOMIC, IOVA, PAGE);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(xlat_window_store_le32(&window, 8, 0x01020304), XLAT_OK);
		assert_int_equal(xlat_window_load_le32(&window, 8, &value), XLAT_OK);
		assert_true(value == 0x01020304);
	}
	assert_int_equal(s.device.reads, 2);
	assert_int_equal(s.device.writes, 2);
	stacked_finish(&s);
}

static void a_store_through_a_window_is_dirty_again_after_a_snapshot(void **state)
{
	struct fixture f;
	struct xlat_window window;

	(void)state;
	fixture_init(&f, LOGGED);
	window = window_of(f.dma, XLAT_ATOMIC, RAM_AT, PAGE);
	for (int again = 0; again < 3; again++) {
		struct xlat_dirty_snapshot *snapshot;

		assert_int_equal(xlat_window_store_u8(&window, 5, 1), XLAT_OK);
		assert_int_equal(xlat_dirty_snapshot_create(
					 f.dirty, (struct xlat_range){0, PAGE - 1}, &snapshot),
				 0);
		assert_true(xlat_dirty_snapshot_ready(snapshot));
		assert_true(xlat_dirty_snapshot_has(snapshot, 0));
		xlat_dirty_snapshot_destroy(snapshot);
	}
	fixture_finish(&f);
}

static void a_window_at_the_end_of_the_address_space_is_cut_there(void **state)
{
	struct stacked s;
	struct xlat_window window;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, UINT64_MAX - PAGE + 1, PAGE, RAM_AT);
	window = window_of(s.dma, XLAT_WRITE, UINT64_MAX - 15, 1000);
	assert_int_equal(xlat_window_store_u8(&window, 15, 3), XLAT_OK);
	assert_int_equal(*stacked_ram(&s, RAM_AT + PAGE - 1), 3);
	assert_int_equal(xlat_window_store_u8(&window, 16, 3), XLAT_DENIED);
	stacked_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_window_loads_and_stores_in_a_named_byte_order),
		cmocka_unit_test(a_window_is_translated_once),
		cmocka_unit_test(a_window_over_scattered_pages_goes_through_its_handle),
		cmocka_unit_test(an_invalidation_ends_what_a_window_has),
		cmocka_unit_test(a_window_holds_no_fence),
		cmocka_unit_test(what_lies_outside_a_window_is_denied),
		cmocka_unit_test(a_window_is_of_one_kind),
		cmocka_unit_test(a_window_over_a_device_goes_through_its_handle),
		cmocka_unit_test(a_store_through_a_window_is_dirty_again_after_a_snapshot),
		cmocka_unit_test(a_window_at_the_end_of_the_address_space_is_cut_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
