/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How devices are asked: sizes, byte order, what failed, deferring, re-entry, posting, doorbells.
 */
#include "test.h"
#include "fixture.h"

#include <xlat/doorbell.h>

#include <pthread.h>
#include <semaphore.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	CALLS = 64,
	LENGTH = 64, /* of the device, bytes */
};

struct call {
	enum xlat_access access;
	unsigned offset, size;
	uint64_t value; /* of a write */
};

/* A device that writes down how it is called. */
struct device {
	struct fixture *f;
	struct xlat_mmio_ops ops;
	struct xlat_region *region;
	uint64_t at; /* in the machine */
	uint8_t bytes[LENGTH];
	struct call calls[CALLS];
	unsigned count;
	unsigned fails_at; /* offset of a call that fails, or ~0 */
	enum xlat_outcome failure;
	/* Called by each handler, or NULL; not OK is returned. */
	enum xlat_outcome (*inside)(struct device *device, const struct xlat_mmio_access *access);
	struct device *other;
	void *opaque;
	struct xlat_mmio_defer *deferred;
	enum xlat_outcome seen; /* by inside */
};

static enum xlat_outcome record(struct device *device, const struct xlat_mmio_access *access,
				uint64_t value)
{
	assert_true(device->count < CALLS);
	device->calls[device->count++] =
		(struct call){access->access, (unsigned)access->offset, access->size, value};
	if (access->offset == device->fails_at)
		return device->failure;
	return device->inside ? device->inside(device, access) : XLAT_OK;
}

static enum xlat_outcome device_read(void *opaque, const struct xlat_mmio_access *access,
				     uint64_t *value)
{
	struct device *device = opaque;

	*value = 0;
	for (unsigned i = 0; i < access->size; i++) {
		unsigned shift = device->ops.order == XLAT_BIG_ENDIAN ? access->size - 1 - i : i;
		*value |= (uint64_t)device->bytes[access->offset + i] << (8 * shift);
	}
	/* What is above size is ignored. */
	if (access->size < 8)
		*value |= UINT64_MAX << (8 * access->size);
	return record(device, access, 0);
}

static enum xlat_outcome device_write(void *opaque, const struct xlat_mmio_access *access,
				      uint64_t value)
{
	struct device *device = opaque;

	for (unsigned i = 0; i < access->size; i++) {
		unsigned shift = device->ops.order == XLAT_BIG_ENDIAN ? access->size - 1 - i : i;
		device->bytes[access->offset + i] = (uint8_t)(value >> (8 * shift));
	}
	return record(device, access, value);
}

/* A device with these ops, completed, at a place of its own in the machine. */
static void device_init(struct device *device, struct fixture *f, uint64_t at,
			struct xlat_mmio_ops ops, uint64_t length)
{
	*device = (struct device){.f = f, .at = at, .fails_at = ~0u, .ops = ops};
	device->ops.size = sizeof(ops);
	if (!device->ops.read)
		device->ops.read = device_read;
	if (!device->ops.write)
		device->ops.write = device_write;
	for (unsigned i = 0; i < LENGTH; i++)
		device->bytes[i] = (uint8_t)(0x10 + i);
	assert_int_equal(xlat_region_create(f->fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO,
							.ops = &device->ops, .opaque = device,
							.length = length),
					    &device->region),
			 0);
	assert_int_equal(xlat_region_attach(f->root, device->region, at), 0);
}

static void device_finish(struct device *device)
{
	xlat_region_detach(device->region);
	xlat_region_unref(device->region);
}

static void assert_call(const struct device *device, unsigned i, enum xlat_access access,
			unsigned offset, unsigned size)
{
	assert_true(i < device->count);
	assert_int_equal(device->calls[i].access, access);
	assert_int_equal(device->calls[i].offset, offset);
	assert_int_equal(device->calls[i].size, size);
}

/* Reads or writes and compares the calls that were made with a row of {offset, size}. */
static void assert_calls(struct device *device, enum xlat_access access, unsigned offset,
			 unsigned size, const unsigned (*calls)[2], unsigned count)
{
	uint8_t buffer[LENGTH];

	device->count = 0;
	for (unsigned i = 0; i < LENGTH; i++)
		buffer[i] = device->bytes[i];
	if (access == XLAT_READ)
		assert_int_equal(xlat_space_read(device->f->space, nobody, device->at + offset,
						 buffer, size),
				 XLAT_OK);
	else
		assert_int_equal(xlat_space_write(device->f->space, nobody, device->at + offset,
						  buffer + offset, size),
				 XLAT_OK);
	if (access == XLAT_READ)
		assert_memory_equal(buffer, device->bytes + offset, size);
	assert_int_equal(device->count, count);
	for (unsigned i = 0; i < count; i++)
		assert_call(device, i, access, calls[i][0], calls[i][1]);
}

static void an_access_is_split_into_the_largest_that_are_aligned_and_accepted(void **state)
{
	static const unsigned natural[][2] = {{3, 1}, {4, 4}, {8, 8}, {16, 2}, {18, 1}};
	static const unsigned words[][2] = {{4, 4}, {8, 4}, {12, 4}};
	static const unsigned anyhow[][2] = {{3, 8}, {11, 4}, {15, 1}};
	struct fixture f;
	struct device d;

	(void)state;
	fixture_init(&f, PLAIN);
	for (int write = 0; write < 2; write++) {
		enum xlat_access access = write ? XLAT_WRITE : XLAT_READ;

		device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){0}, LENGTH);
		assert_calls(&d, access, 3, 16, natural, 5);
		device_finish(&d);
		device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){.valid = {.max = 4}},
			    LENGTH);
		assert_calls(&d, access, 4, 12, words, 3);
		device_finish(&d);
		device_init(&d, &f, NOTHING_AT,
			    (struct xlat_mmio_ops){.valid = {.unaligned = true},
						   .implemented = {.unaligned = true}},
			    LENGTH);
		assert_calls(&d, access, 3, 13, anyhow, 3);
		device_finish(&d);
	}
	fixture_finish(&f);
}

static void an_access_larger_than_implemented_is_made_in_parts(void **state)
{
	static const unsigned halves[][2] = {{8, 4}, {12, 4}};
	static const unsigned misaligned[][2] = {{1, 1}, {2, 2}, {4, 1}};
	struct fixture f;
	struct device d;

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){.implemented = {.max = 4}}, LENGTH);
	assert_calls(&d, XLAT_READ, 8, 8, halves, 2);
	assert_calls(&d, XLAT_WRITE, 8, 8, halves, 2);
	device_finish(&d);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){.valid = {.unaligned = true}},
		    LENGTH);
	assert_calls(&d, XLAT_READ, 1, 4, misaligned, 3);
	assert_calls(&d, XLAT_WRITE, 1, 4, misaligned, 3);
	device_finish(&d);
	fixture_finish(&f);
}

static void an_access_is_not_split_where_something_lay_before(void **state)
{
	struct fixture f;
	struct device d;
	struct xlat_region *before;
	uint8_t bytes[16] = {0};
	uint64_t expected = 0, desired = 1;
	bool swapped;

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){0}, LENGTH);
	assert_int_equal(xlat_region_create(f.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_RESERVATION,
							.length = 8, .priority = 1),
					    &before),
			 0);
	assert_int_equal(xlat_region_attach(f.root, before, NOTHING_AT + 4), 0);
	assert_int_equal(xlat_dma_write(f.dma, nobody, d.at, bytes, 1), XLAT_OK);
	assert_int_equal(xlat_dma_write(f.dma, nobody, d.at, bytes, 8), XLAT_UNASSIGNED);
	for (uint64_t size = 16; size >= 8; size -= 8) {
		assert_int_equal(xlat_region_move(before, NOTHING_AT + 4), 0);
		assert_int_equal(xlat_dma_write(f.dma, nobody, d.at, bytes, 1), XLAT_OK);
		assert_int_equal(xlat_region_move(before, RAM_AT + 4), 0);
		d.count = 0;
		assert_int_equal(xlat_dma_write(f.dma, nobody, d.at, bytes, size), XLAT_OK);
		assert_int_equal(d.count, size / 8);
		assert_call(&d, 0, XLAT_WRITE, 0, 8);
	}
	d.count = 0;
	assert_int_equal(xlat_dma_write(f.dma, nobody, d.at, bytes, 8), XLAT_OK);
	assert_int_equal(d.count, 1);
	assert_call(&d, 0, XLAT_WRITE, 0, 8);
	/* Nor is a swap refused there. */
	assert_int_equal(xlat_dma_cas(f.dma, nobody, RAM_AT, 4, &expected, &desired, &swapped),
			 XLAT_OK);
	assert_int_equal(xlat_dma_cas(f.dma, nobody, RAM_AT, 8, &expected, &desired, &swapped),
			 XLAT_DENIED);
	xlat_region_detach(before);
	expected = 1;
	assert_int_equal(xlat_dma_cas(f.dma, nobody, RAM_AT, 8, &expected, &desired, &swapped),
			 XLAT_OK);
	xlat_region_unref(before);
	device_finish(&d);
	fixture_finish(&f);
}

static void a_narrow_read_is_cut_out_of_the_unit_around_it(void **state)
{
	for (int order = XLAT_LITTLE_ENDIAN; order <= XLAT_BIG_ENDIAN; order++) {
		struct fixture f;
		struct device d;
		uint8_t bytes[4];

		(void)state;
		fixture_init(&f, PLAIN);
		device_init(&d, &f, NOTHING_AT,
			    (struct xlat_mmio_ops){.implemented = {.min = 4, .max = 4},
						   .order = (enum xlat_byte_order)order},
			    LENGTH);
		assert_int_equal(xlat_space_read(f.space, nobody, d.at + 6, bytes, 1), XLAT_OK);
		assert_int_equal(bytes[0], 0x16);
		assert_int_equal(d.count, 1);
		assert_call(&d, 0, XLAT_READ, 4, 4);
		/* Three bytes in two units. */
		d.count = 0;
		assert_int_equal(xlat_space_read(f.space, nobody, d.at + 7, bytes, 3), XLAT_OK);
		assert_memory_equal(bytes, "\x17\x18\x19", 3);
		assert_call(&d, 0, XLAT_READ, 4, 4);
		assert_call(&d, 1, XLAT_READ, 8, 4);
		device_finish(&d);
		fixture_finish(&f);
	}
}

static void a_narrow_write_reads_the_unit_first_and_writes_all_of_it(void **state)
{
	for (int order = XLAT_LITTLE_ENDIAN; order <= XLAT_BIG_ENDIAN; order++) {
		struct fixture f;
		struct device d;

		(void)state;
		fixture_init(&f, PLAIN);
		device_init(&d, &f, NOTHING_AT,
			    (struct xlat_mmio_ops){.implemented = {.min = 4, .max = 4},
						   .order = (enum xlat_byte_order)order},
			    LENGTH);
		assert_int_equal(xlat_space_write(f.space, nobody, d.at + 6, "\xaa", 1), XLAT_OK);
		assert_int_equal(d.count, 2);
		assert_call(&d, 0, XLAT_READ, 4, 4);
		assert_call(&d, 1, XLAT_WRITE, 4, 4);
		assert_true(d.calls[1].value ==
			    (order == XLAT_BIG_ENDIAN ? 0x1415aa17 : 0x17aa1514));
		assert_memory_equal(d.bytes + 3, "\x13\x14\x15\xaa\x17\x18", 6);
		device_finish(&d);
		fixture_finish(&f);
	}
}

static void a_narrow_write_is_not_made_when_its_read_fails(void **state)
{
	struct fixture f;
	struct device d;

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){.implemented = {.min = 4, .max = 4}},
		    LENGTH);
	d.fails_at = 4;
	d.failure = XLAT_DEVICE_ERROR;
	assert_int_equal(xlat_space_write(f.space, nobody, d.at + 6, "\xaa", 1), XLAT_DEVICE_ERROR);
	assert_int_equal(d.count, 1);
	assert_int_equal(d.bytes[6], 0x16);
	device_finish(&d);
	fixture_finish(&f);
}

static void a_device_is_never_asked_past_its_end(void **state)
{
	struct fixture f;
	struct device d;
	uint8_t bytes[8];

	(void)state;
	fixture_init(&f, PLAIN);
	/* Ten bytes of registers of four. */
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){.implemented = {.min = 4, .max = 4}},
		    10);
	assert_int_equal(xlat_space_read(f.space, nobody, d.at + 6, bytes, 4), XLAT_DENIED);
	assert_memory_equal(bytes, "\x16\x17\xff\xff", 4);
	assert_int_equal(xlat_space_write(f.space, nobody, d.at + 8, bytes, 2), XLAT_DENIED);
	for (unsigned i = 0; i < d.count; i++)
		assert_in_range(d.calls[i].offset + d.calls[i].size, 1, 10);
	device_finish(&d);
	fixture_finish(&f);
}

static void what_is_not_accepted_is_denied_and_the_rest_is_done(void **state)
{
	struct fixture f;
	struct device d;
	uint8_t bytes[16];

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){.valid = {.min = 4, .max = 4}},
		    LENGTH);
	assert_int_equal(xlat_space_read(f.space, nobody, d.at + 4, bytes, 2), XLAT_DENIED);
	assert_int_equal(xlat_space_read(f.space, nobody, d.at + 6, bytes, 4), XLAT_DENIED);
	assert_int_equal(d.count, 0);
	assert_int_equal(xlat_dma_read(f.dma, nobody, d.at + 2, bytes, 8), XLAT_DENIED);
	assert_int_equal(d.count, 1);
	assert_call(&d, 0, XLAT_READ, 4, 4);
	assert_memory_equal(bytes, "\xff\xff\x14\x15\x16\x17\xff\xff", 8);
	assert_int_equal(xlat_dma_result(f.dma).done, 4);
	assert_true(xlat_dma_result(f.dma).first_failed == d.at + 2);
	device_finish(&d);
	fixture_finish(&f);
}

static void the_bytes_of_each_part_that_failed_are_told(void **state)
{
	struct fixture f;
	struct device d;
	uint8_t bytes[16];

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){.implemented = {.max = 2}}, LENGTH);
	d.fails_at = 6;
	d.failure = XLAT_DENIED;
	for (int again = 0; again < 2; again++) {
		assert_int_equal(xlat_dma_read(f.dma, nobody, d.at, bytes, 16), XLAT_DENIED);
		assert_memory_equal(bytes, "\x10\x11\x12\x13\x14\x15\xff\xff\x18\x19", 10);
		assert_int_equal(xlat_dma_result(f.dma).done, 14);
		assert_true(xlat_dma_result(f.dma).first_failed == d.at + 6);
	}
	device_finish(&d);
	fixture_finish(&f);
}

static void a_handlers_retry_fails_its_part_of_a_synchronous_access(void **state)
{
	struct fixture f;
	struct device d;
	uint8_t bytes[16];

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){.valid = {.max = 4}}, LENGTH);
	d.fails_at = 4;
	d.failure = XLAT_RETRY;
	assert_int_equal(xlat_dma_read(f.dma, nobody, d.at, bytes, 12), XLAT_RETRY);
	assert_memory_equal(bytes, "\x10\x11\x12\x13\xff\xff\xff\xff\x18\x19\x1a\x1b", 12);
	assert_int_equal(xlat_dma_result(f.dma).done, 8);
	assert_true(xlat_dma_result(f.dma).first_failed == d.at + 4);
	device_finish(&d);
	fixture_finish(&f);
}

static void an_answer_that_makes_no_sense_is_a_device_error(void **state)
{
	struct fixture f;
	struct device d;
	uint8_t byte;

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){0}, LENGTH);
	d.fails_at = 4;
	d.failure = XLAT_PENDING; /* without deferring */
	assert_int_equal(xlat_space_read(f.space, nobody, d.at + 4, &byte, 1), XLAT_DEVICE_ERROR);
	d.failure = (enum xlat_outcome)77;
	assert_int_equal(xlat_space_write(f.space, nobody, d.at + 4, &byte, 1), XLAT_DEVICE_ERROR);
	device_finish(&d);
	fixture_finish(&f);
}

static void a_device_without_a_handler_denies(void **state)
{
	static const struct xlat_mmio_ops none = {.size = sizeof(none)};
	struct xlat_region *region;
	struct fixture f;
	uint8_t byte = 0;

	(void)state;
	fixture_init(&f, PLAIN);
	assert_int_equal(xlat_region_create(f.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .ops = &none,
							.length = 8),
					    &region),
			 0);
	assert_int_equal(xlat_region_attach(f.root, region, NOTHING_AT), 0);
	assert_int_equal(xlat_space_read(f.space, nobody, NOTHING_AT, &byte, 1), XLAT_DENIED);
	assert_int_equal(byte, 0xff);
	assert_int_equal(xlat_space_write(f.space, nobody, NOTHING_AT, &byte, 1), XLAT_DENIED);
	xlat_region_unref(region);
	fixture_finish(&f);
}

static void a_fetch_is_told_from_a_read(void **state)
{
	struct fixture f;
	struct device d;
	uint8_t bytes[4];

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){0}, LENGTH);
	assert_int_equal(xlat_space_fetch(f.space, nobody, d.at, bytes, 4), XLAT_OK);
	assert_int_equal(xlat_dma_fetch(f.dma, nobody, d.at, bytes, 4), XLAT_OK);
	assert_call(&d, 0, XLAT_EXEC, 0, 4);
	assert_call(&d, 1, XLAT_EXEC, 0, 4);
	device_finish(&d);
	fixture_finish(&f);
}

static void a_fill_is_split_as_a_write_would_be(void **state)
{
	struct xlat_region *region;
	struct fixture f;
	static uint8_t zeros[256];
	struct test_device device = {.answer = XLAT_OK};
	struct xlat_mmio_ops ops = test_device_ops;

	(void)state;
	fixture_init(&f, PLAIN);
	ops.valid = (struct xlat_mmio_sizes){.min = 4, .max = 8};
	assert_int_equal(xlat_region_create(f.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .ops = &ops,
							.opaque = &device, .length = DEVICE_SIZE),
					    &region),
			 0);
	assert_int_equal(xlat_region_attach(f.root, region, NOTHING_AT), 0);
	/* The bytes at the ragged ends are denied, and only those. */
	assert_int_equal(xlat_space_fill(f.space, nobody, NOTHING_AT + 3, 0x11, 200), XLAT_DENIED);
	assert_int_equal(device.bytes[3], 0);
	for (unsigned i = 4; i < 200; i++)
		assert_int_equal(device.bytes[i], 0x11);
	assert_int_equal(device.bytes[200], 0);
	device.writes = 0;
	assert_int_equal(xlat_space_fill(f.space, nobody, NOTHING_AT + 4, 0, 248), XLAT_OK);
	assert_int_equal(device.writes, 32);
	device.writes = 0;
	assert_int_equal(xlat_space_write(f.space, nobody, NOTHING_AT + 4, zeros, 248), XLAT_OK);
	assert_int_equal(device.writes, 32);
	xlat_region_unref(region);
	fixture_finish(&f);
}

/* --- Deferring. */

static enum xlat_outcome defer(struct device *device, const struct xlat_mmio_access *access)
{
	struct xlat_mmio_defer *deferred = xlat_mmio_defer(access);

	assert_true(access->may_defer == (deferred != NULL));
	if (!deferred)
		return XLAT_RETRY;
	assert_null(xlat_mmio_defer(access)); /* once */
	assert_null(device->deferred);
	device->deferred = deferred;
	return XLAT_PENDING;
}

static void complete(struct device *device, enum xlat_outcome outcome, uint64_t value)
{
	struct xlat_mmio_defer *deferred = device->deferred;

	device->deferred = NULL;
	xlat_mmio_complete(deferred, outcome, value);
}

static void a_submitted_access_completes_when_the_device_answers(void **state)
{
	struct fixture f;
	struct device d;
	uint8_t bytes[8] = {0};
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .iova = NOTHING_AT + 8,
				 .length = 8,
				 .buffer = bytes};

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT,
		    (struct xlat_mmio_ops){.valid = {.max = 4}, .order = XLAT_BIG_ENDIAN}, LENGTH);
	d.inside = defer;
	assert_int_equal(xlat_dma_submit(f.dma, &op), 0);
	assert_int_equal(xlat_dma_process(f.dma), 0);
	complete(&d, XLAT_OK, 0x01020304);
	assert_int_equal(xlat_dma_process(f.dma), 0); /* the second half waits now */
	assert_int_equal(d.count, 2);
	complete(&d, XLAT_OK, UINT64_C(0xffffffff05060708));
	assert_int_equal(xlat_dma_process(f.dma), 1);
	assert_int_equal(op.result.outcome, XLAT_OK);
	assert_memory_equal(bytes, "\1\2\3\4\5\6\7\10", 8);
	device_finish(&d);
	fixture_finish(&f);
}

static enum xlat_outcome defer_and_complete(struct device *device,
					    const struct xlat_mmio_access *access)
{
	if (defer(device, access) == XLAT_RETRY)
		return XLAT_RETRY;
	complete(device, XLAT_OK, 0x42);
	return XLAT_DENIED; /* which nobody asks for any more */
}

static void a_device_may_answer_before_its_handler_returns(void **state)
{
	struct fixture f;
	struct device d;
	uint8_t byte = 0;
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .iova = NOTHING_AT,
				 .length = 1,
				 .buffer = &byte};

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){0}, LENGTH);
	d.inside = defer_and_complete;
	assert_int_equal(xlat_dma_submit(f.dma, &op), 0);
	assert_int_equal(xlat_dma_process(f.dma), 1);
	assert_int_equal(op.result.outcome, XLAT_OK);
	assert_int_equal(byte, 0x42);
	device_finish(&d);
	fixture_finish(&f);
}

static void a_synchronous_access_cannot_be_deferred(void **state)
{
	struct fixture f;
	struct device d;
	uint8_t byte;

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){0}, LENGTH);
	d.inside = defer;
	assert_int_equal(xlat_dma_read(f.dma, nobody, d.at, &byte, 1), XLAT_RETRY);
	assert_int_equal(xlat_space_read(f.space, nobody, d.at, &byte, 1), XLAT_RETRY);
	assert_null(d.deferred);
	device_finish(&d);
	fixture_finish(&f);
}

static void each_part_of_a_converted_access_can_be_deferred(void **state)
{
	struct fixture f;
	struct device d;
	uint8_t bytes[8] = {0};
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .iova = NOTHING_AT + 8,
				 .length = 8,
				 .buffer = bytes};

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){.implemented = {.max = 2}}, LENGTH);
	d.inside = defer;
	assert_int_equal(xlat_dma_submit(f.dma, &op), 0);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(d.count, i + 1);
		assert_call(&d, i, XLAT_READ, 8 + 2 * i, 2);
		complete(&d, i == 1 ? XLAT_DENIED : XLAT_OK, 0x0101 * i);
		assert_int_equal(xlat_dma_process(f.dma), i == 3);
	}
	assert_int_equal(op.result.outcome, XLAT_DENIED);
	assert_int_equal(op.result.done, 6);
	assert_true(op.result.first_failed == NOTHING_AT + 10);
	assert_memory_equal(bytes, "\0\0\xff\xff\2\2\3\3", 8);
	device_finish(&d);
	fixture_finish(&f);
}

static void what_is_cut_out_of_a_unit_fails_rather_than_being_tried_forever(void **state)
{
	struct fixture f;
	struct device d;
	uint8_t byte = 0;
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .iova = NOTHING_AT + 1,
				 .length = 1,
				 .buffer = &byte};

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){.implemented = {.min = 4}}, LENGTH);
	d.inside = defer;
	assert_int_equal(xlat_dma_submit(f.dma, &op), 1);
	assert_int_equal(op.result.outcome, XLAT_RETRY);
	assert_int_equal(byte, 0xff);
	device_finish(&d);
	fixture_finish(&f);
}

static void an_answer_that_nobody_waits_for_is_dropped(void **state)
{
	struct xlat_dma_op untouched;
	struct fixture f;
	struct device d;
	uint8_t byte = 0;
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .iova = NOTHING_AT,
				 .length = 1,
				 .buffer = &byte};

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){0}, LENGTH);
	d.inside = defer;
	assert_int_equal(xlat_dma_submit(f.dma, &op), 0);
	xlat_dma_destroy(f.dma);
	f.dma = NULL;
	assert_int_equal(op.result.outcome, XLAT_RETRY);
	byte = 1;
	/* The operation's memory is the caller's again. */
	memset(&op, 0x5a, sizeof(op));
	memset(&untouched, 0x5a, sizeof(op));
	complete(&d, XLAT_OK, 0x55);
	assert_int_equal(byte, 1);
	assert_memory_equal(&op, &untouched, sizeof(op));
	device_finish(&d);
	fixture_finish(&f);
}

/* --- Re-entry. */

static enum xlat_outcome read_other(struct device *device, const struct xlat_mmio_access *access)
{
	uint8_t byte;

	(void)access;
	device->seen = xlat_space_read(device->f->space, nobody, device->other->at, &byte, 1);
	return XLAT_OK;
}

static void a_handler_that_is_entered_again_by_its_own_access_refuses_it(void **state)
{
	(void)state;
	for (int lockless = 0; lockless < 2; lockless++) {
		struct fixture f;
		struct device a, b;
		uint8_t byte;

		fixture_init(&f, PLAIN);
		device_init(&a, &f, NOTHING_AT, (struct xlat_mmio_ops){.lockless = lockless},
			    LENGTH);
		device_init(&b, &f, NOTHING_AT + 0x1000, (struct xlat_mmio_ops){0}, LENGTH);
		a.inside = read_other;
		a.other = &a;
		assert_int_equal(xlat_space_read(f.space, nobody, a.at, &byte, 1), XLAT_OK);
		assert_int_equal(a.seen, XLAT_DEVICE_ERROR);
		/* By way of another device, too. */
		a.other = &b;
		b.inside = read_other;
		b.other = &a;
		a.count = 0;
		assert_int_equal(xlat_dma_read(f.dma, nobody, a.at, &byte, 1), XLAT_OK);
		assert_int_equal(a.seen, XLAT_OK);
		assert_int_equal(b.seen, XLAT_DEVICE_ERROR);
		assert_int_equal(a.count, 1);
		assert_int_equal(b.count, 1);
		device_finish(&a);
		device_finish(&b);
		fixture_finish(&f);
	}
}

static enum xlat_outcome read_self_once(struct device *device,
					const struct xlat_mmio_access *access)
{
	uint8_t byte;

	if (access->offset == 0)
		device->seen = xlat_space_read(device->f->space, nobody, device->at + 1, &byte, 1);
	return XLAT_OK;
}

static void a_reentrant_device_is_entered_again(void **state)
{
	struct fixture f;
	struct device d;
	uint8_t byte;

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){.reentrant = true}, LENGTH);
	d.inside = read_self_once;
	d.seen = XLAT_RETRY;
	assert_int_equal(xlat_space_read(f.space, nobody, d.at, &byte, 1), XLAT_OK);
	assert_int_equal(d.seen, XLAT_OK);
	assert_int_equal(d.count, 2);
	device_finish(&d);
	fixture_finish(&f);
}

/* --- Another thread inside a device's handler. */

struct stay {
	pthread_t thread;
	struct device *device;
	sem_t inside, leave;
	/* What the handler does in the end, or NULL. */
	enum xlat_outcome (*then)(struct device *device, const struct xlat_mmio_access *access);
};

static enum xlat_outcome stay_inside(struct device *device, const struct xlat_mmio_access *access)
{
	struct stay *stay = device->opaque;

	device->inside = NULL;
	sem_post(&stay->inside);
	sem_wait(&stay->leave);
	return stay->then ? stay->then(device, access) : XLAT_OK;
}

static void *enter(void *opaque)
{
	struct stay *stay = opaque;
	uint8_t byte;

	(void)!xlat_space_read(stay->device->f->space, nobody, stay->device->at, &byte, 1);
	return NULL;
}

/* Until it ends, another thread is inside the device. */
static void stay_begin(struct stay *stay, struct device *device)
{
	*stay = (struct stay){.device = device};
	device->opaque = stay;
	device->inside = stay_inside;
	sem_init(&stay->inside, 0, 0);
	sem_init(&stay->leave, 0, 0);
	pthread_create(&stay->thread, NULL, enter, stay);
	sem_wait(&stay->inside);
}

static void stay_end(struct stay *stay)
{
	sem_post(&stay->leave);
	pthread_join(stay->thread, NULL);
	sem_destroy(&stay->inside);
	sem_destroy(&stay->leave);
}

static enum xlat_outcome write_other_twice(struct device *device,
					   const struct xlat_mmio_access *access)
{
	(void)access;
	for (unsigned i = 0; i < 2; i++) {
		device->seen = xlat_space_write(device->f->space, nobody, device->other->at + i,
						"\x77", 1);
		assert_int_equal(device->seen, XLAT_OK);
	}
	return XLAT_OK;
}

static void a_write_from_inside_a_handler_is_posted_in_order(void **state)
{
	struct fixture f;
	struct device a, b;
	struct stay stay;

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&a, &f, NOTHING_AT, (struct xlat_mmio_ops){0}, LENGTH);
	device_init(&b, &f, NOTHING_AT + 0x1000, (struct xlat_mmio_ops){0}, LENGTH);
	a.other = &b;
	a.inside = write_other_twice;
	stay_begin(&stay, &b);
	assert_int_equal(xlat_space_write(f.space, nobody, a.at, "x", 1), XLAT_OK);
	assert_int_equal(b.count, 1);
	stay_end(&stay);
	assert_int_equal(b.count, 3);
	assert_call(&b, 1, XLAT_WRITE, 0, 1);
	assert_call(&b, 2, XLAT_WRITE, 1, 1);
	assert_int_equal(b.bytes[1], 0x77);
	device_finish(&a);
	device_finish(&b);
	fixture_finish(&f);
}

static enum xlat_outcome write_other_much(struct device *device,
					  const struct xlat_mmio_access *access)
{
	static const uint8_t bytes[LENGTH];
	unsigned posted = 0;

	(void)access;
	do {
		device->seen = xlat_space_write(device->f->space, nobody, device->other->at, bytes,
						sizeof(bytes));
	} while (device->seen == XLAT_OK && ++posted < 10000);
	assert_in_range(posted, 100, 1024);
	return XLAT_OK;
}

static enum xlat_outcome forget_calls(struct device *device, const struct xlat_mmio_access *access)
{
	(void)access;
	device->count = 0;
	return XLAT_OK;
}

static void what_is_posted_to_one_device_is_bounded(void **state)
{
	struct fixture f;
	struct device a, b;
	struct stay stay;

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&a, &f, NOTHING_AT, (struct xlat_mmio_ops){0}, LENGTH);
	device_init(&b, &f, NOTHING_AT + 0x1000, (struct xlat_mmio_ops){0}, LENGTH);
	a.other = &b;
	for (int again = 0; again < 2; again++) {
		a.inside = write_other_much;
		stay_begin(&stay, &b);
		b.inside = forget_calls;
		assert_int_equal(xlat_space_write(f.space, nobody, a.at, "x", 1), XLAT_OK);
		assert_int_equal(a.seen, XLAT_RETRY);
		stay_end(&stay);
	}
	device_finish(&a);
	device_finish(&b);
	fixture_finish(&f);
}

static void a_read_from_inside_a_handler_does_not_wait_for_a_lock(void **state)
{
	struct fixture f;
	struct device a, b;
	struct stay stay;

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&a, &f, NOTHING_AT, (struct xlat_mmio_ops){0}, LENGTH);
	device_init(&b, &f, NOTHING_AT + 0x1000, (struct xlat_mmio_ops){0}, LENGTH);
	a.other = &b;
	a.inside = read_other;
	stay_begin(&stay, &b);
	assert_int_equal(xlat_space_write(f.space, nobody, a.at, "x", 1), XLAT_OK);
	assert_int_equal(a.seen, XLAT_RETRY);
	stay_end(&stay);
	assert_int_equal(xlat_space_write(f.space, nobody, a.at, "x", 1), XLAT_OK);
	assert_int_equal(a.seen, XLAT_OK);
	device_finish(&a);
	device_finish(&b);
	fixture_finish(&f);
}

static enum xlat_outcome submit_read(struct device *device, const struct xlat_mmio_access *access)
{
	(void)access;
	device->seen = xlat_dma_submit(device->f->dma, device->opaque) ? XLAT_OK : XLAT_PENDING;
	return XLAT_OK;
}

static void a_read_submitted_from_inside_a_handler_is_made_later(void **state)
{
	struct fixture f;
	struct device a, b;
	struct stay stay;
	uint8_t byte = 0;
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .iova = NOTHING_AT + 0x1003,
				 .length = 1,
				 .buffer = &byte};

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&a, &f, NOTHING_AT, (struct xlat_mmio_ops){0}, LENGTH);
	device_init(&b, &f, NOTHING_AT + 0x1000, (struct xlat_mmio_ops){0}, LENGTH);
	a.inside = submit_read;
	a.opaque = &op;
	stay_begin(&stay, &b);
	assert_int_equal(xlat_space_write(f.space, nobody, a.at, "x", 1), XLAT_OK);
	assert_int_equal(a.seen, XLAT_PENDING);
	stay_end(&stay);
	assert_int_equal(xlat_dma_process(f.dma), 1);
	assert_int_equal(op.result.outcome, XLAT_OK);
	assert_int_equal(byte, 0x13);
	device_finish(&a);
	device_finish(&b);
	fixture_finish(&f);
}

static enum xlat_outcome write_other_at_5(struct device *device,
					  const struct xlat_mmio_access *access)
{
	(void)access;
	device->seen = xlat_space_write(device->f->space, nobody, device->other->at + 5, "\x99", 1);
	return XLAT_OK;
}

/* Makes the caller of a handler b's holder while c's write is posted to b, then goes on to a. */
static void a_posted_write_is_not_taken_for_the_chain_of_who_makes_it(void **state)
{
	struct fixture f;
	struct device a, b, c;
	struct stay in_a, in_b;

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&a, &f, NOTHING_AT, (struct xlat_mmio_ops){0}, LENGTH);
	device_init(&b, &f, NOTHING_AT + 0x1000, (struct xlat_mmio_ops){0}, LENGTH);
	device_init(&c, &f, NOTHING_AT + 0x2000, (struct xlat_mmio_ops){0}, LENGTH);
	/* A thread stays in a, and will go on from there into b. */
	stay_begin(&in_a, &a);
	a.other = &b;
	c.other = &b;
	b.other = &a;
	/* Its access to b: stays there too, holding a and b. */
	in_b = (struct stay){.device = &b};
	sem_init(&in_b.inside, 0, 0);
	sem_init(&in_b.leave, 0, 0);
	b.opaque = &in_b;
	b.inside = stay_inside;
	a.inside = NULL;
	in_a.then = write_other_at_5;
	sem_post(&in_a.leave);
	sem_wait(&in_b.inside);
	/* From inside c something is posted to b, which b will pass on to a: a chain of c's. */
	c.inside = write_other_at_5;
	assert_int_equal(xlat_space_write(f.space, nobody, c.at, "x", 1), XLAT_OK);
	b.inside = write_other_at_5;
	b.seen = XLAT_RETRY;
	sem_post(&in_b.leave);
	pthread_join(in_a.thread, NULL);
	/* It is not refused as if a had entered itself, but posted, and made when a is left. */
	assert_int_equal(b.seen, XLAT_OK);
	assert_int_equal(a.bytes[5], 0x99);
	sem_destroy(&in_b.inside);
	sem_destroy(&in_b.leave);
	sem_destroy(&in_a.inside);
	sem_destroy(&in_a.leave);
	device_finish(&a);
	device_finish(&b);
	device_finish(&c);
	fixture_finish(&f);
}

static void posted_writes_that_post_others_end(void **state)
{
	enum {
		HOPS = 16
	};
	struct stay stays[2];
	struct fixture f;
	struct device d[2], c;

	(void)state;
	fixture_init(&f, PLAIN);
	for (unsigned i = 0; i < 2; i++)
		device_init(&d[i], &f, NOTHING_AT + 0x1000 * i, (struct xlat_mmio_ops){0}, LENGTH);
	device_init(&c, &f, NOTHING_AT + 0x2000, (struct xlat_mmio_ops){0}, LENGTH);
	d[0].other = &d[1];
	d[1].other = &d[0];
	c.other = &d[0];
	c.inside = write_other_at_5;
	stay_begin(&stays[0], &d[0]);
	assert_int_equal(xlat_space_write(f.space, nobody, c.at, "x", 1), XLAT_OK);
	/* Each time the other is held when the posted write is made, and passed on. */
	for (unsigned hop = 1; hop <= HOPS; hop++) {
		struct device *this = &d[(hop - 1) % 2];

		stay_begin(&stays[hop % 2], this->other);
		this->inside = write_other_at_5;
		stay_end(&stays[(hop - 1) % 2]);
		assert_int_equal(this->seen, hop < HOPS ? XLAT_OK : XLAT_DEVICE_ERROR);
	}
	stay_end(&stays[HOPS % 2]);
	for (unsigned i = 0; i < 2; i++)
		device_finish(&d[i]);
	device_finish(&c);
	fixture_finish(&f);
}

/* --- Doorbells. */

/* See doorbell_test.c for the byte order. */
static uint64_t rung(int fd)
{
	uint64_t count;

	if (read(fd, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return 0;
	return count >> 56 ? __builtin_bswap64(count) : count;
}

static void a_narrow_doorbell_rings_in_a_wide_register(void **state)
{
	struct fixture f;
	struct device d;
	struct xlat_doorbell *doorbell;
	int fd = eventfd(0, EFD_NONBLOCK);

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){.implemented = {.min = 4, .max = 4}},
		    LENGTH);
	assert_int_equal(xlat_doorbell_create(d.region,
					      XLAT_CONFIG(xlat_doorbell_config, .offset = 6,
							  .width = 1, .fd = fd),
					      &doorbell),
			 0);
	assert_int_equal(xlat_space_write(f.space, nobody, d.at + 6, "x", 1), XLAT_OK);
	assert_int_equal(rung(fd), 1);
	assert_int_equal(d.count, 0);
	/* In the middle of a longer write as well. */
	assert_int_equal(xlat_space_write(f.space, nobody, d.at + 6, "xy", 2), XLAT_OK);
	assert_int_equal(rung(fd), 0);
	assert_int_equal(xlat_space_write(f.space, nobody, d.at + 5, "wxyz", 2), XLAT_OK);
	assert_int_equal(rung(fd), 1);
	xlat_doorbell_destroy(doorbell);
	device_finish(&d);
	fixture_finish(&f);
	close(fd);
}

static void a_doorbell_rings_while_another_thread_is_inside_the_device(void **state)
{
	struct fixture f;
	struct device d;
	struct stay stay;
	struct xlat_doorbell *doorbell;
	int fd = eventfd(0, EFD_NONBLOCK);

	(void)state;
	fixture_init(&f, PLAIN);
	device_init(&d, &f, NOTHING_AT, (struct xlat_mmio_ops){0}, LENGTH);
	assert_int_equal(xlat_doorbell_create(d.region,
					      XLAT_CONFIG(xlat_doorbell_config, .offset = 8,
							  .width = 4, .match = true, .value = 7,
							  .fd = fd),
					      &doorbell),
			 0);
	stay_begin(&stay, &d);
	assert_int_equal(xlat_space_write(f.space, nobody, d.at + 8, "\7\0\0\0", 4), XLAT_OK);
	assert_int_equal(rung(fd), 1);
	stay_end(&stay);
	assert_int_equal(d.count, 1);
	xlat_doorbell_destroy(doorbell);
	device_finish(&d);
	fixture_finish(&f);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_access_is_split_into_the_largest_that_are_aligned_and_accepted),
		cmocka_unit_test(an_access_larger_than_implemented_is_made_in_parts),
		cmocka_unit_test(an_access_is_not_split_where_something_lay_before),
		cmocka_unit_test(a_narrow_read_is_cut_out_of_the_unit_around_it),
		cmocka_unit_test(a_narrow_write_reads_the_unit_first_and_writes_all_of_it),
		cmocka_unit_test(a_narrow_write_is_not_made_when_its_read_fails),
		cmocka_unit_test(a_device_is_never_asked_past_its_end),
		cmocka_unit_test(what_is_not_accepted_is_denied_and_the_rest_is_done),
		cmocka_unit_test(the_bytes_of_each_part_that_failed_are_told),
		cmocka_unit_test(a_handlers_retry_fails_its_part_of_a_synchronous_access),
		cmocka_unit_test(an_answer_that_makes_no_sense_is_a_device_error),
		cmocka_unit_test(a_device_without_a_handler_denies),
		cmocka_unit_test(a_fetch_is_told_from_a_read),
		cmocka_unit_test(a_fill_is_split_as_a_write_would_be),
		cmocka_unit_test(a_submitted_access_completes_when_the_device_answers),
		cmocka_unit_test(a_device_may_answer_before_its_handler_returns),
		cmocka_unit_test(a_synchronous_access_cannot_be_deferred),
		cmocka_unit_test(each_part_of_a_converted_access_can_be_deferred),
		cmocka_unit_test(what_is_cut_out_of_a_unit_fails_rather_than_being_tried_forever),
		cmocka_unit_test(an_answer_that_nobody_waits_for_is_dropped),
		cmocka_unit_test(a_handler_that_is_entered_again_by_its_own_access_refuses_it),
		cmocka_unit_test(a_reentrant_device_is_entered_again),
		cmocka_unit_test(a_write_from_inside_a_handler_is_posted_in_order),
		cmocka_unit_test(what_is_posted_to_one_device_is_bounded),
		cmocka_unit_test(a_read_from_inside_a_handler_does_not_wait_for_a_lock),
		cmocka_unit_test(a_read_submitted_from_inside_a_handler_is_made_later),
		cmocka_unit_test(a_posted_write_is_not_taken_for_the_chain_of_who_makes_it),
		cmocka_unit_test(posted_writes_that_post_others_end),
		cmocka_unit_test(a_narrow_doorbell_rings_in_a_wide_register),
		cmocka_unit_test(a_doorbell_rings_while_another_thread_is_inside_the_device),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
