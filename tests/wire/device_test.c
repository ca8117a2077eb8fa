/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vfio-user on the wire: DEVICE_GET_INFO, DEVICE_GET_REGION_INFO, DEVICE_GET_REGION_IO_FDS,
 * REGION_READ, REGION_WRITE, REGION_WRITE_MULTI, DEVICE_RESET.
 */
#include "test.h"
#include "served.h"

#include <xlat/doorbell.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

static struct served *s;

static int begin(void **state)
{
	(void)state;
	s = malloc(sizeof(*s));
	served_init(s, NULL);
	served_negotiate(s);
	return 0;
}

static int end(void **state)
{
	(void)state;
	served_finish(s);
	free(s);
	return 0;
}

struct region_info {
	uint32_t argsz, flags, index, cap_offset;
	uint64_t size, offset;
	/* The sparse areas of BAR0. */
	uint16_t id, version;
	uint32_t next, areas, reserved;
	uint64_t list[4];
};

struct access {
	uint64_t offset;
	uint32_t region, count;
	uint8_t data[64];
};

static void read_region(uint32_t region, uint64_t offset, uint32_t count, const void *data)
{
	struct access access = {offset, region, count, {0}};

	served_send(s, 9, &access, 16, NULL, 0);
	memcpy(access.data, data, count);
	served_expect(s, 9, &access, 16 + count);
}

static void write_region(uint32_t region, uint64_t offset, uint32_t count, const void *data)
{
	struct access access = {offset, region, count, {0}};

	memcpy(access.data, data, count);
	served_send(s, 10, &access, 16 + count, NULL, 0);
	served_expect(s, 10, &access, 16);
}

static void the_device_is_a_pci_device_that_can_be_reset(void **state)
{
	const uint32_t ask[4] = {16}, found[4] = {16, 3, 9, 5}, small[4] = {15};

	(void)state;
	served_send(s, 4, ask, 16, NULL, 0);
	served_expect(s, 4, found, 16);
	served_refused(s, 4, ask, 15, EINVAL);
	served_refused(s, 4, small, 16, EINVAL);
}

static void a_region_without_anything_to_map_is_described(void **state)
{
	static const struct {
		uint32_t index, flags;
		uint64_t size;
	} regions[] = {{1, 0, 0}, {2, 3, 16}, {3, 0, 0},    {4, 3, 0x1000},
		       {5, 0, 0}, {6, 0, 0},  {7, 3, 4096}, {8, 0, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(regions) / sizeof(*regions); i++) {
		struct region_info ask = {.argsz = 32, .index = regions[i].index};
		struct region_info found = {.argsz = 32,
					    .flags = regions[i].flags,
					    .index = regions[i].index,
					    .size = regions[i].size};

		served_send(s, 5, &ask, 32, NULL, 0);
		served_expect(s, 5, &found, 32);
		assert_int_equal(s->fd_count, 0);
	}
}

static void ram_in_a_bar_is_offered_as_sparse_areas_of_one_descriptor(void **state)
{
	struct region_info ask = {.argsz = 32};
	struct region_info found = {.argsz = 80, .flags = 15, .size = SERVED_BAR0};
	uint8_t *mapped;

	(void)state;
	/* Without room for all, what is needed is said. */
	served_send(s, 5, &ask, 32, NULL, 0);
	served_expect(s, 5, &found, 32);
	assert_int_equal(s->fd_count, 0);
	ask.argsz = 80;
	found.cap_offset = 32;
	found.id = 1;
	found.version = 1;
	found.areas = 2;
	found.list[0] = 0x1000;
	found.list[1] = 0x1000;
	found.list[2] = 0x4000;
	found.list[3] = 0x2000;
	served_send(s, 5, &ask, 32, NULL, 0);
	served_expect(s, 5, &found, 80);
	assert_int_equal(s->fd_count, 1);
	/* What is mapped by it is what messages reach. */
	mapped = mmap(NULL, 0x2000, PROT_READ | PROT_WRITE, MAP_SHARED, s->fds[0],
		      (off_t)(s->payload[24] + 0x4000));
	assert_true(mapped != MAP_FAILED);
	write_region(0, 0x5ff0, 4, "abcd");
	assert_memory_equal(mapped + 0x1ff0, "abcd", 4);
	munmap(mapped, 0x2000);
}

static void questions_about_regions_that_make_no_sense_are_refused(void **state)
{
	struct region_info ask = {.argsz = 32, .index = 9};

	(void)state;
	served_refused(s, 5, &ask, 32, EINVAL);
	ask.index = UINT32_MAX;
	served_refused(s, 5, &ask, 32, EINVAL);
	ask.index = 0;
	ask.argsz = 31;
	served_refused(s, 5, &ask, 32, EINVAL);
	ask.argsz = 32;
	served_refused(s, 5, &ask, 31, EINVAL);
	served_refused(s, 5, NULL, 0, EINVAL);
}

static void doorbells_are_offered_with_their_eventfds(void **state)
{
	struct {
		uint32_t argsz, flags, index, count;
		struct {
			uint64_t offset, size;
			uint32_t fd, type, flags, padding;
			uint64_t value;
		} list[2];
	} ask = {.argsz = 16}, found = {.argsz = 96, .count = 2};
	int fds[2] = {eventfd(0, EFD_NONBLOCK), eventfd(0, EFD_NONBLOCK)};
	struct xlat_doorbell *bells[2];
	uint64_t one = 1, count;

	(void)state;
	assert_int_equal(xlat_doorbell_create(s->registers,
					      XLAT_CONFIG(xlat_doorbell_config, .offset = 0x100,
							  .width = 4, .fd = fds[0]),
					      &bells[0]),
			 0);
	assert_int_equal(xlat_doorbell_create(s->registers,
					      XLAT_CONFIG(xlat_doorbell_config, .offset = 0x104,
							  .width = 4, .match = true, .value = 7,
							  .fd = fds[1]),
					      &bells[1]),
			 0);
	served_send(s, 6, &ask, 16, NULL, 0);
	served_expect(s, 6, &found, 16);
	assert_int_equal(s->fd_count, 0);
	ask.argsz = 96;
	found.list[0].offset = 0x100;
	found.list[0].size = 4;
	found.list[1].offset = 0x104;
	found.list[1].size = 4;
	found.list[1].fd = 1;
	found.list[1].flags = 1;
	found.list[1].value = 7;
	served_send(s, 6, &ask, 16, NULL, 0);
	served_expect(s, 6, &found, 96);
	assert_int_equal(s->fd_count, 2);
	assert_int_equal(write(s->fds[1], &one, 8), 8);
	assert_int_equal(read(fds[1], &count, 8), 8);
	/* A region without any. */
	ask.index = found.index = 2;
	found.argsz = 16;
	found.count = 0;
	served_send(s, 6, &ask, 16, NULL, 0);
	served_expect(s, 6, &found, 16);
	ask.index = 9;
	served_refused(s, 6, &ask, 16, EINVAL);
	ask.index = 0;
	ask.flags = 1;
	served_refused(s, 6, &ask, 16, EINVAL);
	served_refused(s, 6, &ask, 12, EINVAL);
	for (unsigned i = 0; i < 2; i++) {
		xlat_doorbell_destroy(bells[i]);
		close(fds[i]);
	}
}

static void configuration_space_is_read_and_written(void **state)
{
	const uint16_t command = 2;
	uint32_t bar = 0xffffffff, sizes;

	(void)state;
	read_region(7, 0, 8, "\x34\x12\x78\x56\0\0\x10\0");
	read_region(7, 1, 6, "\x12\x78\x56\0\0\x10");
	write_region(7, 4, 2, &command);
	read_region(7, 4, 2, &command);
	write_region(7, 0x10, 4, &bar);
	sizes = (uint32_t) ~(SERVED_BAR0 - 1) | 0xc;
	read_region(7, 0x10, 4, &sizes);
	/* The last byte of extended space, and nothing at all. */
	read_region(7, 4095, 1, "");
	read_region(7, 4096, 0, "");
}

static void registers_are_read_and_written_at_any_size(void **state)
{
	uint8_t bytes[64];

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		bytes[i] = (uint8_t)(i + 1);
	for (uint32_t count = 0; count <= 64; count++) {
		write_region(0, 0x200 + count, count, bytes);
		read_region(0, 0x200 + count, count, bytes);
	}
	write_region(2, 3, 1, "x");
	read_region(2, 3, 1, "x");
	write_region(2, 0, 16, "0123456789abcdef");
	read_region(2, 7, 4, "789a");
}

static void what_nobody_answers_reads_as_ones(void **state)
{
	(void)state;
	read_region(0, 0x2000, 8, "\xff\xff\xff\xff\xff\xff\xff\xff");
	write_region(0, 0x2000, 8, "ignored.");
}

static void accesses_outside_of_a_region_are_refused(void **state)
{
	static const struct access bad[] = {
		{SERVED_BAR0 - 3, 0, 4, {0}},
		{SERVED_BAR0 + 1, 0, 0, {0}},
		{UINT64_MAX, 0, 1, {0}},
		{UINT64_MAX - 3, 0, 4, {0}},
		{0, 1, 1, {0}},
		{0, 6, 1, {0}},
		{0, 8, 1, {0}},
		{0, 9, 0, {0}},
		{0, UINT32_MAX, 0, {0}},
		{4093, 7, 4, {0}},
		{16, 2, 1, {0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		served_refused(s, 9, &bad[i], 16, EINVAL);
		served_refused(s, 10, &bad[i], 16 + bad[i].count, EINVAL);
	}
	assert_int_equal(s->reads + s->writes, 0);
}

static void accesses_of_wrong_lengths_are_refused(void **state)
{
	struct access access = {0, 0, 4, {0}}, huge = {0, 0, UINT32_MAX, {0}};

	(void)state;
	for (uint32_t size = 0; size < 24; size++) {
		if (size != 16)
			served_refused(s, 9, &access, size, EINVAL);
		if (size != 20)
			served_refused(s, 10, &access, size, EINVAL);
	}
	served_refused(s, 9, &huge, 16, EINVAL);
	served_refused(s, 10, &huge, 80, EINVAL);
	assert_int_equal(s->reads + s->writes, 0);
}

static void an_access_may_be_as_long_as_was_negotiated(void **state)
{
	struct access *access = calloc(1, 16 + (1 << 20) + 1);

	(void)state;
	access->offset = 0x4000;
	access->count = 4096;
	served_ask(s, 9, access, 16);
	assert_int_equal(s->payload_size, 16 + 4096);
	access->count = (1 << 20) + 1;
	served_refused(s, 9, access, 16, EINVAL);
	free(access);
}

static void several_writes_may_come_in_one_message(void **state)
{
	struct {
		uint64_t count;
		struct {
			uint64_t offset;
			uint32_t region, count;
			char data[8];
		} writes[3];
	} multi = {3, {{0, 0, 4, "abcd"}, {8, 0, 8, "efghijkl"}, {5, 2, 1, "m"}}};
	const uint64_t three = 3, none = 0;

	(void)state;
	served_send(s, 15, &multi, sizeof(multi), NULL, 0);
	served_expect(s, 15, &three, 8);
	assert_memory_equal(s->bytes, "abcd\0\0\0\0efghijkl", 16);
	assert_int_equal(s->port_bytes[5], 'm');
	served_send(s, 15, &none, 8, NULL, 0);
	served_expect(s, 15, &none, 8);
	/* QEMU's messages have room for more than there are. */
	multi.count = 1;
	served_send(s, 15, &multi, sizeof(multi), NULL, 0);
	served_expect(s, 15, &multi, 8);
	multi.count = 4;
	served_refused(s, 15, &multi, sizeof(multi), EINVAL);
	multi.count = UINT64_MAX;
	served_refused(s, 15, &multi, sizeof(multi), EINVAL);
	multi.count = 1;
	multi.writes[0].count = 9;
	served_refused(s, 15, &multi, sizeof(multi), EINVAL);
	multi.writes[0].count = 8;
	multi.writes[0].region = 9;
	served_refused(s, 15, &multi, sizeof(multi), EINVAL);
	served_refused(s, 15, &multi, 7, EINVAL);
}

static void a_deferred_read_is_answered_later_and_others_meanwhile(void **state)
{
	struct access access = {SERVED_DEFERS, 0, 8, {0}};

	(void)state;
	served_send(s, 9, &access, 16, NULL, 0);
	assert_false(served_has_message(s));
	assert_non_null(s->deferred);
	read_region(2, 0, 1, "");
	served_send(s, 9, &access, 0, NULL, 0);
	served_expect_error(s, 9, EINVAL);
	xlat_mmio_complete(s->deferred, XLAT_OK, UINT64_C(0x6867666564636261));
	s->deferred = NULL;
	s->next_id = (uint16_t)(s->next_id - 2);
	memcpy(access.data, "abcdefgh", 8);
	served_expect(s, 9, &access, 24);
}

static void a_client_may_go_while_a_read_is_deferred(void **state)
{
	struct access access = {SERVED_DEFERS, 0, 8, {0}};

	(void)state;
	served_send(s, 9, &access, 16, NULL, 0);
	assert_false(served_has_message(s));
	served_hang_up(s);
	xlat_mmio_complete(s->deferred, XLAT_OK, 1);
	s->deferred = NULL;
	served_connect(s);
	served_negotiate(s);
	assert_false(served_has_message(s));
}

static void a_reset_resets_the_function_and_the_device(void **state)
{
	const uint16_t command = 6, none = 0;

	(void)state;
	write_region(7, 4, 2, &command);
	served_send(s, 13, NULL, 0, NULL, 0);
	served_expect(s, 13, NULL, 0);
	assert_int_equal(s->resets, 1);
	assert_int_equal(s->events[XLAT_VFIO_USER_RESET], 1);
	read_region(7, 4, 2, &none);
	served_refused(s, 13, &command, 2, EINVAL);
}

static void a_reset_is_answered_when_dma_has_ended(void **state)
{
	int fd = served_memory(0x10000, true);
	struct xlat_map map;

	(void)state;
	served_map(s, 0x100000, 0x10000, fd, 0);
	served_enable_dma(s);
	assert_int_equal(xlat_dma_map(s->dma, xlat_pci_function_attrs(s->function), XLAT_WRITE,
				      0x100000, 16, &map),
			 0);
	assert_non_null(map.host);
	served_send(s, 13, NULL, 0, NULL, 0);
	assert_false(served_has_message(s));
	assert_int_equal(xlat_dma_unmap(s->dma, &map, 0), 0);
	served_expect(s, 13, NULL, 0);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_device_is_a_pci_device_that_can_be_reset),
		TEST(a_region_without_anything_to_map_is_described),
		TEST(ram_in_a_bar_is_offered_as_sparse_areas_of_one_descriptor),
		TEST(questions_about_regions_that_make_no_sense_are_refused),
		TEST(doorbells_are_offered_with_their_eventfds),
		TEST(configuration_space_is_read_and_written),
		TEST(registers_are_read_and_written_at_any_size),
		TEST(what_nobody_answers_reads_as_ones),
		TEST(accesses_outside_of_a_region_are_refused),
		TEST(accesses_of_wrong_lengths_are_refused),
		TEST(an_access_may_be_as_long_as_was_negotiated),
		TEST(several_writes_may_come_in_one_message),
		TEST(a_deferred_read_is_answered_later_and_others_meanwhile),
		TEST(a_client_may_go_while_a_read_is_deferred),
		TEST(a_reset_resets_the_function_and_the_device),
		TEST(a_reset_is_answered_when_dma_has_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
