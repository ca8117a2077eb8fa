/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices whose memory is reached in blocks: at once, or later.
 */
#include "test.h"

#include <xlat/dma.h>
#include <xlat/implement/mmio.h>
#include <xlat/region.h>
#include <xlat/space.h>

#include <stdlib.h>

enum {
	SIZE = 0x10000,
	MOST = 100, /* bytes of a block */
};

static const struct xlat_attrs nobody;

static struct world {
	struct xlat_fabric *fabric;
	struct xlat_region *region;
	struct xlat_space *space;
	struct xlat_dma *dma;
	uint8_t bytes[SIZE], expected[SIZE];
	unsigned calls, largest, done;
	enum xlat_outcome answer;
	bool defers;
	struct xlat_mmio_defer *defer;
	uint64_t at;
	unsigned size;
} w;

static bool defer(const struct xlat_mmio_access *access)
{
	w.calls++;
	w.largest = access->size > w.largest ? access->size : w.largest;
	w.at = access->offset;
	w.size = access->size;
	return w.defers && (w.defer = xlat_mmio_defer(access));
}

static enum xlat_outcome read_block(void *opaque, const struct xlat_mmio_access *access,
				    void *bytes)
{
	(void)opaque;
	if (defer(access))
		return XLAT_PENDING;
	if (w.defers)
		return XLAT_RETRY;
	memcpy(bytes, w.bytes + access->offset, access->size);
	return w.answer;
}

static enum xlat_outcome write_block(void *opaque, const struct xlat_mmio_access *access,
				     const void *bytes)
{
	(void)opaque;
	if (w.answer == XLAT_OK)
		memcpy(w.bytes + access->offset, bytes, access->size);
	return defer(access) ? XLAT_PENDING : w.answer;
}

static void begin(bool writes)
{
	static struct xlat_mmio_ops ops = {
		.size = sizeof(ops), .read_block = read_block, .block_most = MOST};

	memset(&w, 0, sizeof(w));
	ops.write_block = writes ? write_block : NULL;
	assert_int_equal(xlat_fabric_create(NULL, &w.fabric), 0);
	assert_int_equal(xlat_region_create(w.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .length = SIZE,
							.ops = &ops),
					    &w.region),
			 0);
	assert_int_equal(xlat_space_create(w.region, "space", &w.space), 0);
	assert_int_equal(xlat_dma_create(w.space, NULL, &w.dma), 0);
	for (unsigned i = 0; i < SIZE; i++)
		w.bytes[i] = w.expected[i] = (uint8_t)(i * 7);
}

static void end(void)
{
	xlat_dma_destroy(w.dma);
	xlat_space_destroy(w.space);
	xlat_region_unref(w.region);
	xlat_fabric_destroy(w.fabric);
}

static void any_length_and_alignment_is_made_in_blocks(void **state)
{
	uint8_t bytes[1000];

	(void)state;
	begin(true);
	for (unsigned size = 1; size < sizeof(bytes); size += 37) {
		unsigned at = size * 13 % 5000;

		w.calls = 0;
		assert_int_equal(xlat_dma_read(w.dma, nobody, at, bytes, size), XLAT_OK);
		assert_memory_equal(bytes, w.expected + at, size);
		assert_int_equal(w.calls, (size + MOST - 1) / MOST);
		memset(bytes, (int)size, size);
		memset(w.expected + at, (int)size, size);
		assert_int_equal(xlat_space_write(w.space, nobody, at, bytes, size), XLAT_OK);
		assert_memory_equal(w.bytes, w.expected, SIZE);
	}
	assert_int_equal(w.largest, MOST);
	end();
}

static void what_fails_reads_as_ones(void **state)
{
	uint8_t bytes[8], ones[8];

	(void)state;
	begin(true);
	memset(ones, 0xff, 8);
	w.answer = XLAT_UNASSIGNED;
	assert_int_equal(xlat_dma_read(w.dma, nobody, 4, bytes, 8), XLAT_UNASSIGNED);
	assert_memory_equal(bytes, ones, 8);
	assert_int_equal(xlat_dma_write(w.dma, nobody, 4, bytes, 8), XLAT_UNASSIGNED);
	end();
}

static void without_a_handler_a_kind_of_access_is_denied(void **state)
{
	uint8_t bytes[8];

	(void)state;
	begin(false);
	assert_int_equal(xlat_dma_write(w.dma, nobody, 0, bytes, 8), XLAT_DENIED);
	assert_int_equal(xlat_dma_valid(w.dma, nobody, XLAT_WRITE, (struct xlat_range){0, 7}),
			 XLAT_DENIED);
	assert_int_equal(xlat_dma_valid(w.dma, nobody, XLAT_READ, (struct xlat_range){1, 70}),
			 XLAT_OK);
	end();
}

static void done(struct xlat_dma_op *op)
{
	(void)op;
	w.done++;
}

static struct xlat_dma_op op_of(enum xlat_dma_op_kind kind, void *bytes, size_t size)
{
	return (struct xlat_dma_op){.size = sizeof(struct xlat_dma_op),
				    .kind = kind,
				    .iova = 10,
				    .buffer = bytes,
				    .length = size,
				    .done = done};
}

static void a_block_can_be_answered_later(void **state)
{
	uint8_t bytes[250];
	struct xlat_dma_op op = op_of(XLAT_DMA_READ, bytes, sizeof(bytes));

	(void)state;
	begin(true);
	w.defers = true;
	assert_int_equal(xlat_dma_read(w.dma, nobody, 10, bytes, 4), XLAT_RETRY);
	assert_int_equal(xlat_dma_submit(w.dma, &op), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(w.size, i < 2 ? 100 : 50);
		xlat_mmio_complete_block(w.defer, XLAT_OK, w.bytes + w.at);
		assert_int_equal(w.done, 0);
		(void)xlat_dma_process(w.dma);
	}
	assert_int_equal(w.done, 1);
	assert_int_equal(op.result.outcome, XLAT_OK);
	assert_memory_equal(bytes, w.expected + 10, sizeof(bytes));
	end();
}

static void a_deferred_write_has_taken_its_bytes(void **state)
{
	uint8_t bytes[50];
	struct xlat_dma_op op = op_of(XLAT_DMA_WRITE, bytes, sizeof(bytes));

	(void)state;
	begin(true);
	w.defers = true;
	memset(bytes, 0x3c, sizeof(bytes));
	memset(w.expected + 10, 0x3c, sizeof(bytes));
	assert_int_equal(xlat_dma_submit(w.dma, &op), 0);
	xlat_mmio_complete_block(w.defer, XLAT_OK, NULL);
	(void)xlat_dma_process(w.dma);
	assert_int_equal(op.result.outcome, XLAT_OK);
	assert_memory_equal(w.bytes, w.expected, SIZE);
	end();
}

static void a_read_without_bytes_is_an_error_of_the_device(void **state)
{
	uint8_t bytes[8];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct xlat_dma_op op = op_of(XLAT_DMA_READ, bytes, sizeof(bytes));

		begin(true);
		w.defers = true;
		assert_int_equal(xlat_dma_submit(w.dma, &op), 0);
		if (i == 0)
			xlat_mmio_complete_block(w.defer, XLAT_OK, NULL);
		else if (i == 1)
			xlat_mmio_complete(w.defer, XLAT_OK, 5);
		else
			xlat_mmio_complete_block(w.defer, XLAT_UNASSIGNED, w.bytes);
		(void)xlat_dma_process(w.dma);
		assert_int_equal(op.result.outcome, i < 2 ? XLAT_DEVICE_ERROR : XLAT_UNASSIGNED);
		assert_int_equal(bytes[7], 0xff);
		end();
	}
}

static void an_answer_to_a_handle_that_has_ended_goes_nowhere(void **state)
{
	uint8_t bytes[8] = {1, 2, 3};
	struct xlat_dma_op op = op_of(XLAT_DMA_READ, bytes, sizeof(bytes));

	(void)state;
	begin(true);
	w.defers = true;
	assert_int_equal(xlat_dma_submit(w.dma, &op), 0);
	xlat_dma_destroy(w.dma);
	w.dma = NULL;
	assert_int_equal(op.result.outcome, XLAT_RETRY);
	memset(bytes, 7, sizeof(bytes));
	xlat_mmio_complete_block(w.defer, XLAT_OK, w.bytes);
	assert_int_equal(bytes[0], 7);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_length_and_alignment_is_made_in_blocks),
		cmocka_unit_test(what_fails_reads_as_ones),
		cmocka_unit_test(without_a_handler_a_kind_of_access_is_denied),
		cmocka_unit_test(a_block_can_be_answered_later),
		cmocka_unit_test(a_deferred_write_has_taken_its_bytes),
		cmocka_unit_test(a_read_without_bytes_is_an_error_of_the_device),
		cmocka_unit_test(an_answer_to_a_handle_that_has_ended_goes_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
