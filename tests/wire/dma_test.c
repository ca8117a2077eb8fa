/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vfio-user on the wire: DMA_MAP, DMA_UNMAP, DMA_READ, DMA_WRITE: memory of sealed files, of files that
 * are read and written, and behind messages, in both layouts; unmaps that wait.
 */
#include "test.h"
#include "served.h"

#include <xlat/dirty.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	AT = 0x100000, /* where memory is mapped */
	SIZE = 0x10000,
	READ = 11,
	WRITE = 12,
};

static struct served *s;

static int begin_with(const struct xlat_vfio_user_server_config *config)
{
	s = malloc(sizeof(*s));
	served_init(s, config);
	served_negotiate(s);
	served_enable_dma(s);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	return begin_with(NULL);
}

static int begin_standard(void **state)
{
	(void)state;
	return begin_with(XLAT_CONFIG(xlat_vfio_user_server_config,
				      .layout = XLAT_VFIO_USER_LAYOUT_STANDARD));
}

static int begin_narrow(void **state)
{
	(void)state;
	return begin_with(
		XLAT_CONFIG(xlat_vfio_user_server_config, .layout = XLAT_VFIO_USER_LAYOUT_NARROW));
}

static int begin_trusting(void **state)
{
	(void)state;
	return begin_with(
		XLAT_CONFIG(xlat_vfio_user_server_config, .memory = XLAT_VFIO_USER_MEMORY_TRUSTED));
}

static int begin_impatient(void **state)
{
	(void)state;
	return begin_with(XLAT_CONFIG(xlat_vfio_user_server_config, .overdue_after = 1,
				      .give_up_after = 20000000));
}

static int end(void **state)
{
	(void)state;
	served_finish(s);
	free(s);
	return 0;
}

static enum xlat_outcome dma_read(uint64_t iova, void *bytes, size_t size)
{
	return xlat_dma_read(s->dma, xlat_pci_function_attrs(s->function), iova, bytes, size);
}

static enum xlat_outcome dma_write(uint64_t iova, const void *bytes, size_t size)
{
	return xlat_dma_write(s->dma, xlat_pci_function_attrs(s->function), iova, bytes, size);
}

struct map {
	uint32_t argsz, flags;
	uint64_t offset, address, size;
};

struct unmap {
	uint32_t argsz, flags;
	uint64_t address, size;
};

static void map_refused(const struct map *map, size_t size, int fd, int error)
{
	served_send(s, 2, map, size, &fd, fd >= 0 ? 1 : 0);
	served_expect_error(s, 2, error);
}

/* What both kinds of files do. */
static void share(bool sealed)
{
	int fd = served_memory(4 * SIZE, sealed), before = served_count_fds();
	uint8_t bytes[64], back[64];

	served_map(s, AT, SIZE, fd, SIZE);
	memset(bytes, 0x5a, sizeof(bytes));
	assert_int_equal(dma_write(AT + 4090, bytes, 64), XLAT_OK);
	assert_int_equal(pread(fd, back, 64, SIZE + 4090), 64);
	assert_memory_equal(bytes, back, 64);
	assert_int_equal(pwrite(fd, "pattern", 7, SIZE + 100), 7);
	assert_int_equal(dma_read(AT + 100, back, 7), XLAT_OK);
	assert_memory_equal(back, "pattern", 7);
	assert_int_equal(dma_read(AT - 1, back, 1), XLAT_UNASSIGNED);
	assert_int_equal(dma_read(AT + SIZE, back, 1), XLAT_UNASSIGNED);
	served_unmap(s, AT, SIZE);
	assert_int_equal(dma_read(AT, back, 1), XLAT_UNASSIGNED);
	served_pump(s);
	assert_int_equal(served_count_fds(), before);
	close(fd);
}

static void memory_of_a_sealed_file_is_shared(void **state)
{
	(void)state;
	share(true);
}

static void memory_of_an_unsealed_file_is_shared_too(void **state)
{
	(void)state;
	share(false);
}

static void rights_are_those_of_the_map(void **state)
{
	int fd = served_memory(3 * SIZE, true);
	struct map map = {32, 1, 0, AT, SIZE};
	uint8_t byte;

	(void)state;
	served_send(s, 2, &map, 32, &fd, 1);
	served_expect(s, 2, NULL, 0);
	assert_int_equal(dma_read(AT, &byte, 1), XLAT_OK);
	assert_int_equal(dma_write(AT, &byte, 1), XLAT_DENIED);
	map.flags = 2;
	map.address += SIZE;
	served_send(s, 2, &map, 32, &fd, 1);
	served_expect(s, 2, NULL, 0);
	assert_int_equal(dma_read(AT + SIZE, &byte, 1), XLAT_DENIED);
	assert_int_equal(dma_write(AT + SIZE, &byte, 1), XLAT_OK);
	/* Read and written, not mapped, because it was asked for. */
	map.flags = 8 | 3;
	map.address += SIZE;
	served_send(s, 2, &map, 32, &fd, 1);
	served_expect(s, 2, NULL, 0);
	assert_int_equal(dma_write(AT + 2 * SIZE, "abc", 3), XLAT_OK);
	assert_int_equal(dma_read(AT, &byte, 1), XLAT_OK);
	assert_int_equal(byte, 'a');
	close(fd);
}

static void a_file_that_is_truncated_kills_nobody(void **state)
{
	int fd = served_memory(SIZE, false);
	uint8_t bytes[0x2000];

	(void)state;
	served_map(s, AT, SIZE, fd, 0);
	assert_int_equal(dma_write(AT, bytes, sizeof(bytes)), XLAT_OK);
	assert_int_equal(ftruncate(fd, 0x1000), 0);
	assert_int_equal(dma_read(AT, bytes, 0x1000), XLAT_OK);
	assert_int_equal(dma_read(AT, bytes, 0x2000), XLAT_UNASSIGNED);
	assert_int_equal(dma_write(AT + 0x1000, bytes, 16), XLAT_UNASSIGNED);
	assert_int_equal(dma_read(AT + SIZE - 1, bytes, 1), XLAT_UNASSIGNED);
	assert_int_equal(lseek(fd, 0, SEEK_END), 0x1000);
	close(fd);
}

static void a_client_that_is_trusted_has_its_files_mapped(void **state)
{
	int fd = served_memory(SIZE, false);
	struct xlat_map map;

	(void)state;
	served_map(s, AT, SIZE, fd, 0);
	assert_int_equal(xlat_dma_map(s->dma, xlat_pci_function_attrs(s->function), XLAT_READ, AT,
				      SIZE, &map),
			 0);
	assert_false(map.bounced);
	assert_int_equal(map.size, SIZE);
	assert_int_equal(xlat_dma_unmap(s->dma, &map, 0), 0);
	close(fd);
}

static void maps_that_make_no_sense_are_refused(void **state)
{
	struct map good = {32, 3, 0, AT, SIZE}, map;
	int fd = served_memory(SIZE, true), read_only, pipes[2], two[2];
	char path[64];

	(void)state;
	for (size_t size = 0; size < 32; size++)
		map_refused(&good, size, fd, EINVAL);
	map = good;
	map.argsz = 31;
	map_refused(&map, 32, fd, EINVAL);
	map = good;
	map.flags = 0;
	map_refused(&map, 32, fd, EINVAL);
	map.flags = 3 | 16;
	map_refused(&map, 32, fd, EINVAL);
	map = good;
	map.size = 0;
	map_refused(&map, 32, fd, EINVAL);
	map.size = SIZE;
	map.address = UINT64_MAX - SIZE + 2;
	map_refused(&map, 32, fd, EINVAL);
	/* Past the end of the file, with numbers that overflow too. */
	map = good;
	map.offset = 1;
	map_refused(&map, 32, fd, EINVAL);
	map.offset = UINT64_MAX - SIZE + 1;
	map_refused(&map, 32, fd, EINVAL);
	map.offset = INT64_MAX;
	map_refused(&map, 32, fd, EINVAL);
	map.offset = 0;
	map.size = UINT64_MAX;
	map.address = 0;
	map_refused(&map, 32, fd, EINVAL);
	/* What is no memory. */
	assert_int_equal(pipe(pipes), 0);
	map_refused(&good, 32, pipes[0], EINVAL);
	map_refused(&good, 32, pipes[1], EACCES);
	/* A descriptor that may only be read. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_only = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(read_only >= 0);
	map_refused(&good, 32, read_only, EACCES);
	two[0] = two[1] = fd;
	served_send(s, 2, &good, 32, two, 2);
	served_expect_error(s, 2, EINVAL);
	assert_int_equal(xlat_vfio_user_server_statistics(s->server).maps, 0);
	map = good;
	map.flags = 1;
	served_send(s, 2, &map, 32, &read_only, 1);
	served_expect(s, 2, NULL, 0);
	close(read_only);
	close(pipes[0]);
	close(pipes[1]);
	close(fd);
}

static void a_map_over_another_is_refused(void **state)
{
	static const struct map maps[] = {{32, 3, 0, AT, SIZE},
					  {32, 3, 0, AT + SIZE - 1, 1},
					  {32, 3, 0, AT - 1, 2},
					  {32, 3, 0, 0, UINT64_MAX}};

	(void)state;
	served_map(s, AT, SIZE, -1, 0);
	for (size_t i = 0; i < 4; i++)
		map_refused(&maps[i], 32, -1, EEXIST);
	served_map(s, AT + SIZE, 1, -1, 0);
	served_map(s, AT - 1, 1, -1, 0);
}

static void the_whole_space_can_be_mapped_and_unmapped(void **state)
{
	const struct unmap all = {24, 2, 0, 0};

	(void)state;
	served_map(s, 0, UINT64_C(1) << 63, -1, 0);
	served_map(s, UINT64_C(1) << 63, UINT64_C(1) << 63, -1, 0);
	served_send(s, 3, &all, 24, NULL, 0);
	served_expect(s, 3, &all, 24);
	assert_int_equal(xlat_vfio_user_server_statistics(s->server).maps, 0);
}

static void no_more_is_mapped_than_was_agreed(void **state)
{
	const struct map one_more = {32, 3, 0, AT + 3 * SIZE, SIZE};

	(void)state;
	served_finish(s);
	served_init(s, XLAT_CONFIG(xlat_vfio_user_server_config, .max_dma_maps = 3));
	served_negotiate(s);
	for (unsigned i = 0; i < 3; i++)
		served_map(s, AT + i * SIZE, SIZE, -1, 0);
	map_refused(&one_more, 32, -1, ENOSPC);
	served_unmap(s, AT, SIZE);
	served_map(s, AT + 3 * SIZE, SIZE, -1, 0);
}

static void unmaps_that_make_no_sense_are_refused(void **state)
{
	static const struct unmap bad[] = {
		{23, 0, AT, SIZE},	{24, 0, AT, 0},	   {24, 4, AT, SIZE},
		{24, 3, 0, 0},		{24, 2, AT, 0},	   {24, 2, 0, SIZE},
		{24, 0, UINT64_MAX, 2}, {24, 1, AT, SIZE}, {24, 0, 2, UINT64_MAX},
	};

	(void)state;
	served_map(s, AT, SIZE, -1, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		served_refused(s, 3, &bad[i], 24, EINVAL);
	for (size_t size = 0; size < 24; size++)
		served_refused(s, 3, &(struct unmap){24, 0, AT, SIZE}, size, EINVAL);
	assert_int_equal(xlat_vfio_user_server_statistics(s->server).maps, 1);
}

static void a_range_that_covers_many_maps_unmaps_them(void **state)
{
	int fd = served_memory(SIZE, true);
	uint8_t byte;

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		served_map(s, AT + i * 0x2000, 0x1000, fd, i * 0x1000);
	served_unmap(s, AT, 0x10000);
	assert_int_equal(xlat_vfio_user_server_statistics(s->server).maps, 8);
	assert_int_equal(dma_read(AT + 0xe000, &byte, 1), XLAT_UNASSIGNED);
	assert_int_equal(dma_read(AT + 0x10000, &byte, 1), XLAT_OK);
	/* Where nothing is mapped there is nothing to do. */
	served_unmap(s, AT, 0x10000);
	close(fd);
}

/* A range out of the middle, from both ends, across two maps. */
static void parts_of_maps_can_be_unmapped(void **state)
{
	int fd = served_memory(2 * SIZE, true);
	static const struct {
		uint64_t first, size;
	} holes[] = {{0x4000, 0x2000},
		     {0, 0x1000},
		     {0xf000, 0x3000},
		     {0x1f000, 0x1000},
		     {0x5800, 0x900}};

	(void)state;
	for (unsigned i = 0; i < 2 * SIZE / 0x800; i++)
		assert_int_equal(pwrite(fd, &i, 4, (off_t)i * 0x800), 4);
	for (unsigned plain = 0; plain < 2; plain++) {
		struct map map = {32, plain ? 3 | 8 : 3, 0, AT, SIZE};
		uint8_t gone[2 * SIZE / 0x100] = {0};

		for (unsigned i = 0; i < 2; i++, map.address += SIZE, map.offset += SIZE) {
			served_send(s, 2, &map, 32, &fd, 1);
			served_expect(s, 2, NULL, 0);
		}
		for (size_t i = 0; i < sizeof(holes) / sizeof(*holes); i++) {
			served_unmap(s, AT + holes[i].first, holes[i].size);
			memset(gone + holes[i].first / 0x100, 1, holes[i].size / 0x100);
		}
		for (unsigned i = 0; i < 2 * SIZE / 0x800; i++) {
			uint32_t found = 0;

			assert_int_equal(dma_read(AT + i * 0x800, &found, 4),
					 gone[i * 8] ? XLAT_UNASSIGNED : XLAT_OK);
			if (!gone[i * 8])
				assert_int_equal(found, i);
		}
		served_unmap(s, 0, UINT64_C(1) << 63);
		assert_int_equal(xlat_vfio_user_server_statistics(s->server).mapped_bytes, 0);
	}
	close(fd);
}

static void one_file_is_mapped_once_however_often_it_is_lent(void **state)
{
	int fd = served_memory(64 * 0x1000, true), before;

	(void)state;
	served_map(s, AT, 0x1000, fd, 0);
	before = served_count_maps();
	for (unsigned i = 1; i < 64; i++)
		served_map(s, AT + i * 0x2000, 0x1000, fd, i * 0x1000);
	assert_true(served_count_maps() - before < 8);
	/* It has grown since: what is new is mapped as well. */
	assert_int_equal(ftruncate(fd, 65 * 0x1000), 0);
	served_map(s, 0, 0x1000, fd, 64 * 0x1000);
	assert_int_equal(dma_write(0, "new", 3), XLAT_OK);
	close(fd);
}

static void an_unmap_is_answered_when_a_map_of_the_device_is_given_back(void **state)
{
	int fd = served_memory(SIZE, true);
	const struct unmap unmap = {24, 0, AT, SIZE};
	const uint32_t info[4] = {16}, found[4] = {16, 3, 9, 5};
	struct xlat_map map;
	uint8_t byte;

	(void)state;
	served_map(s, AT, SIZE, fd, 0);
	assert_int_equal(xlat_dma_map(s->dma, xlat_pci_function_attrs(s->function), XLAT_WRITE, AT,
				      16, &map),
			 0);
	served_send(s, 3, &unmap, 24, NULL, 0);
	assert_false(served_has_message(s));
	assert_int_equal(xlat_vfio_user_server_statistics(s->server).unmaps_waiting, 1);
	/* New accesses do not reach it, other messages are served, its place can be taken. */
	assert_int_equal(dma_read(AT, &byte, 1), XLAT_UNASSIGNED);
	served_send(s, 4, info, 16, NULL, 0);
	served_expect(s, 4, found, 16);
	served_map(s, AT, SIZE, fd, 0);
	memcpy(map.host, "late", 4);
	assert_int_equal(xlat_dma_unmap(s->dma, &map, 4), 0);
	s->next_id = (uint16_t)(s->next_id - 2);
	served_expect(s, 3, &unmap, 24);
	close(fd);
}

static void a_device_that_does_not_let_go_is_named_and_given_up(void **state)
{
	int fd = served_memory(SIZE, true);
	const struct unmap unmap = {24, 0, AT, SIZE};
	struct xlat_map map;

	(void)state;
	served_map(s, AT, SIZE, fd, 0);
	assert_int_equal(xlat_dma_map(s->dma, xlat_pci_function_attrs(s->function), XLAT_WRITE,
				      AT + 0x3000, 16, &map),
			 0);
	served_send(s, 3, &unmap, 24, NULL, 0);
	served_expect_error(s, 3, EBUSY);
	assert_true(s->events[XLAT_VFIO_USER_OVERDUE] > 0);
	assert_int_equal(s->events[XLAT_VFIO_USER_GAVE_UP], 1);
	assert_non_null(strstr(s->last_text, "a map of queue (0x103000-0x10300f)"));
	assert_int_equal(xlat_dma_unmap(s->dma, &map, 0), 0);
	close(fd);
}

static void a_client_may_go_while_an_unmap_waits(void **state)
{
	int fd = served_memory(SIZE, true);
	const struct unmap unmap = {24, 0, AT, SIZE};
	struct xlat_map map;

	(void)state;
	served_map(s, AT, SIZE, fd, 0);
	assert_int_equal(xlat_dma_map(s->dma, xlat_pci_function_attrs(s->function), XLAT_WRITE, AT,
				      16, &map),
			 0);
	served_send(s, 3, &unmap, 24, NULL, 0);
	assert_false(served_has_message(s));
	served_hang_up(s);
	memcpy(map.host, "late", 4);
	served_connect(s);
	served_negotiate(s);
	assert_int_equal(xlat_dma_unmap(s->dma, &map, 4), 0);
	assert_false(served_has_message(s));
	close(fd);
}

/* --- Messages. */

static unsigned done_count;

static void done(struct xlat_dma_op *op)
{
	(void)op;
	done_count++;
}

static struct xlat_dma_op op;

static void submit(enum xlat_dma_op_kind kind, uint64_t iova, void *bytes, size_t size)
{
	op = (struct xlat_dma_op){
		.size = sizeof(op),
		.kind = kind,
		.attrs = xlat_pci_function_attrs(s->function),
		.iova = iova,
		.buffer = bytes,
		.length = size,
		.done = done,
	};
	done_count = 0;
	assert_int_equal(xlat_dma_submit(s->dma, &op), 0);
}

/* The server asks for something: exactly this; answers with these bytes behind the header. */
static void expect_asked(uint16_t command, const void *payload, size_t size)
{
	uint16_t ids[2];

	assert_true(served_receive(s));
	memcpy(ids, s->message, 4);
	assert_int_equal(ids[1], command);
	assert_int_equal(s->message[2], 0);
	assert_int_equal(s->message[3], 0);
	assert_int_equal(s->payload_size, size);
	assert_memory_equal(s->payload, payload, size);
}

static void answer(uint32_t flags, uint32_t error, const void *payload, size_t size)
{
	uint32_t header[4] = {s->message[0], (uint32_t)(16 + size), flags, error};
	uint8_t *bytes = malloc(16 + size);

	memcpy(bytes, header, 16);
	if (size)
		memcpy(bytes + 16, payload, size);
	served_send_bytes(s, bytes, 16 + size, NULL, 0);
	free(bytes);
	served_pump(s);
}

struct dma_message {
	uint64_t address, count;
	uint8_t data[64];
};

static void memory_without_a_descriptor_is_read_by_a_message(void **state)
{
	struct dma_message ask = {AT + 10, 8, {0}};
	uint8_t bytes[8];

	(void)state;
	served_map(s, AT, SIZE, -1, 0);
	assert_int_equal(dma_read(AT, bytes, 8), XLAT_RETRY);
	submit(XLAT_DMA_READ, AT + 10, bytes, 8);
	expect_asked(READ, &ask, 16);
	assert_int_equal(done_count, 0);
	memcpy(ask.data, "the data", 8);
	answer(1, 0, &ask, 24);
	assert_int_equal(done_count, 1);
	assert_int_equal(op.result.outcome, XLAT_OK);
	assert_memory_equal(bytes, "the data", 8);
}

static void memory_without_a_descriptor_is_written_by_a_message(void **state)
{
	struct dma_message ask = {AT + SIZE - 4, 4, "word"};
	char bytes[8] = "word";

	(void)state;
	served_map(s, AT, SIZE, -1, 0);
	submit(XLAT_DMA_WRITE, AT + SIZE - 4, bytes, 4);
	memset(bytes, 'x', 4); /* what was written is on its way */
	expect_asked(WRITE, &ask, 20);
	answer(1, 0, &ask, 16);
	assert_int_equal(done_count, 1);
	assert_int_equal(op.result.outcome, XLAT_OK);
	/* A count of 32 bits in the reply to a write is what some have. */
	submit(XLAT_DMA_WRITE, AT + SIZE - 4, bytes, 4);
	assert_true(served_receive(s));
	answer(1, 0, &ask, 12);
	assert_int_equal(op.result.outcome, XLAT_OK);
}

static void narrow_messages_have_their_data_four_bytes_earlier(void **state)
{
	uint64_t where = AT + 16;
	uint8_t ask[32] = {0}, bytes[8];
	const uint32_t count = 8;

	(void)state;
	served_map(s, AT, SIZE, -1, 0);
	memcpy(ask, &where, 8);
	memcpy(ask + 8, &count, 4);
	submit(XLAT_DMA_READ, where, bytes, 8);
	expect_asked(READ, ask, 16);
	memcpy(ask + 12, "narrowed", 8);
	answer(1, 0, ask, 24);
	assert_int_equal(op.result.outcome, XLAT_OK);
	assert_memory_equal(bytes, "narrowed", 8);
	submit(XLAT_DMA_WRITE, where, bytes, 8);
	expect_asked(WRITE, ask, 24);
	answer(1, 0, ask, 16);
	assert_int_equal(op.result.outcome, XLAT_OK);
}

/* The first message is a probe: what it is answered decides about those that follow. */
static void the_layout_is_found_out(void **state)
{
	const uint32_t odd[2] = {0, 1}, eight[2] = {8, 0};
	uint64_t where = AT;
	uint8_t probe[16], ask[32] = {0}, bytes[8];

	(void)state;
	memcpy(probe, &where, 8);
	memcpy(probe + 8, odd, 8);
	memcpy(ask, &where, 8);
	memcpy(ask + 8, eight, 8);
	for (unsigned narrow = 0; narrow < 2; narrow++) {
		served_map(s, AT, SIZE, -1, 0);
		submit(XLAT_DMA_READ, AT, bytes, 8);
		expect_asked(READ, probe, 16);
		assert_false(served_has_message(s));
		if (narrow)
			answer(1, 0, probe, 16);
		else
			answer(0x21, E2BIG, NULL, 0);
		expect_asked(READ, ask, 16);
		memcpy(ask + (narrow ? 12 : 16), "layout..", 8);
		answer(1, 0, ask, 24);
		assert_int_equal(op.result.outcome, XLAT_OK);
		assert_memory_equal(bytes, "layout..", 8);
		/* It is known now. */
		memset(ask + 12, 0, 20);
		submit(XLAT_DMA_READ, AT, bytes, 8);
		expect_asked(READ, ask, 16);
		answer(0x21, EFAULT, NULL, 0);
		assert_int_equal(op.result.outcome, XLAT_UNASSIGNED);
		served_hang_up(s);
		served_connect(s);
		served_negotiate(s);
	}
}

static void replies_that_do_not_fit_are_errors_of_the_device(void **state)
{
	struct dma_message ask = {AT, 8, {0}};
	uint8_t bytes[8];

	(void)state;
	served_map(s, AT, SIZE, -1, 0);
	for (unsigned i = 0; i < 6; i++) {
		struct dma_message bad = ask;
		size_t size = 24;

		submit(XLAT_DMA_READ, AT, bytes, 8);
		expect_asked(READ, &ask, 16);
		switch (i) {
		case 0:
			size = 23;
			break;
		case 1:
			size = 0;
			break;
		case 2:
			bad.address++;
			break;
		case 3:
			bad.count = 7;
			break;
		case 4:
			bad.count = UINT64_C(8) << 32 | 8;
			break;
		default:
			s->message[0] ^= (READ ^ WRITE) << 16;
		}
		answer(1, 0, &bad, size);
		assert_int_equal(done_count, 1);
		assert_int_equal(op.result.outcome, XLAT_DEVICE_ERROR);
		assert_int_equal(bytes[0], 0xff);
	}
	/* An id that nobody has: the one that waits goes on waiting. */
	submit(XLAT_DMA_READ, AT, bytes, 8);
	expect_asked(READ, &ask, 16);
	s->message[0] ^= 0x80;
	answer(1, 0, &ask, 24);
	assert_int_equal(done_count, 0);
	s->message[0] ^= 0x80;
	answer(1, 0, &ask, 24);
	assert_int_equal(done_count, 1);
	assert_int_equal(xlat_vfio_user_server_statistics(s->server).strays, 1);
}

static void commands_are_served_while_a_reply_is_awaited(void **state)
{
	struct dma_message ask = {AT, 8, {0}};
	const uint64_t where[2] = {0x100, 0};
	const uint32_t region_count[2] = {0, 4};
	uint8_t access[20] = {0}, bytes[8];

	(void)state;
	memcpy(access, where, 8);
	memcpy(access + 8, region_count, 8);
	served_map(s, AT, SIZE, -1, 0);
	submit(XLAT_DMA_READ, AT, bytes, 8);
	expect_asked(READ, &ask, 16);
	/* With the id that the server's own command has. */
	s->next_id = (uint16_t)s->message[0];
	served_send(s, 9, access, 16, NULL, 0);
	served_expect(s, 9, access, 20);
	assert_int_equal(done_count, 0);
	s->message[0] = (s->message[0] & 0xffff) | READ << 16;
	answer(1, 0, &ask, 24);
	assert_int_equal(done_count, 1);
}

static void long_transfers_are_made_in_pieces_that_both_take(void **state)
{
	static const char text[] = "{\"capabilities\":{\"max_data_xfer_size\":4096}}";
	uint8_t version[4 + sizeof(text)] = {0}, *bytes = malloc(10000);
	unsigned sizes[3] = {4096, 4096, 1808};
	uint64_t at = AT;

	(void)state;
	memcpy(version + 4, text, sizeof(text));
	served_hang_up(s);
	served_connect(s);
	served_ask(s, 1, version, sizeof(version));
	served_map(s, AT, SIZE, -1, 0);
	submit(XLAT_DMA_READ, AT, bytes, 10000);
	for (unsigned i = 0; i < 3; i++) {
		uint64_t ask[2] = {at, sizes[i]};
		uint8_t *reply = calloc(1, 16 + sizes[i]);

		expect_asked(READ, ask, 16);
		memcpy(reply, ask, 16);
		memset(reply + 16, (int)(i + 1), sizes[i]);
		answer(1, 0, reply, 16 + sizes[i]);
		free(reply);
		at += sizes[i];
	}
	assert_int_equal(done_count, 1);
	assert_int_equal(op.result.done, 10000);
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(bytes[i], i / 4096 + 1);
	free(bytes);
}

static void many_messages_wait_for_their_turn(void **state)
{
	enum {
		COUNT = 200
	};
	static struct xlat_dma_op ops[COUNT];
	static uint8_t bytes[COUNT][8];

	(void)state;
	served_map(s, AT, SIZE, -1, 0);
	done_count = 0;
	for (unsigned i = 0; i < COUNT; i++) {
		ops[i] = (struct xlat_dma_op){
			.size = sizeof(op),
			.kind = i % 2 ? XLAT_DMA_WRITE : XLAT_DMA_READ,
			.attrs = xlat_pci_function_attrs(s->function),
			.iova = AT + 8 * i,
			.buffer = bytes[i],
			.length = 8,
			.done = done,
		};
		memset(bytes[i], (int)i, 8);
		if (xlat_dma_submit(s->dma, &ops[i]) < 0)
			fail();
	}
	for (unsigned i = 0; i < COUNT; i++) {
		struct dma_message reply;
		uint64_t which;

		assert_true(served_receive(s));
		memcpy(&reply, s->payload, s->payload_size);
		which = (reply.address - AT) / 8;
		if (s->message[0] >> 16 == WRITE)
			assert_int_equal(reply.data[0], (uint8_t)which);
		memset(reply.data, (int)which + 1, 8);
		answer(1, 0, &reply, s->message[0] >> 16 == WRITE ? 16 : 24);
	}
	served_pump(s);
	assert_int_equal(done_count, COUNT);
	for (unsigned i = 0; i < COUNT; i++) {
		assert_int_equal(ops[i].result.outcome, XLAT_OK);
		if (i % 2 == 0)
			assert_int_equal(bytes[i][7], (uint8_t)(i + 1));
	}
}

static void what_a_client_owes_is_unassigned_when_it_goes(void **state)
{
	uint8_t bytes[8];

	(void)state;
	served_map(s, AT, SIZE, -1, 0);
	submit(XLAT_DMA_READ, AT, bytes, 8);
	assert_true(served_receive(s));
	served_hang_up(s);
	assert_int_equal(done_count, 1);
	assert_int_equal(op.result.outcome, XLAT_UNASSIGNED);
}

static void an_unmap_waits_for_the_messages_of_its_range(void **state)
{
	const struct unmap unmap = {24, 0, AT, SIZE};
	struct dma_message ask = {AT, 8, {0}};
	uint8_t bytes[8];
	uint32_t asked;

	(void)state;
	served_map(s, AT, SIZE, -1, 0);
	submit(XLAT_DMA_READ, AT, bytes, 8);
	expect_asked(READ, &ask, 16);
	asked = s->message[0];
	served_send(s, 3, &unmap, 24, NULL, 0);
	assert_false(served_has_message(s));
	s->message[0] = asked;
	answer(1, 0, &ask, 24);
	assert_int_equal(op.result.outcome, XLAT_OK);
	served_expect(s, 3, &unmap, 24);
}

static void a_twin_socket_takes_the_servers_commands(void **state)
{
	static const char text[] =
		"{\"capabilities\":{\"max_msg_fds\":8,\"twin_socket\":{\"supported\":true}}}";
	static const char said[] = "{\"capabilities\":{\"max_msg_fds\":16,\"twin_socket\":"
				   "{\"supported\":true,\"fd_index\":0}}}";
	uint8_t version[4 + sizeof(text)] = {0}, found[4 + sizeof(said)] = {0};
	struct dma_message ask = {AT, 8, {0}};
	uint8_t bytes[8];
	int twin, first;

	(void)state;
	memcpy(version + 4, text, sizeof(text));
	memcpy(found + 4, said, sizeof(said));
	served_hang_up(s);
	served_connect(s);
	served_send(s, 1, version, sizeof(version), NULL, 0);
	served_expect(s, 1, found, sizeof(found));
	assert_int_equal(s->fd_count, 1);
	twin = s->fds[0];
	s->fd_count = 0;
	served_map(s, AT, SIZE, -1, 0);
	submit(XLAT_DMA_READ, AT, bytes, 8);
	assert_false(served_has_message(s));
	first = s->peer;
	s->peer = twin;
	expect_asked(READ, &ask, 16);
	memcpy(ask.data, "by twin.", 8);
	answer(1, 0, &ask, 24);
	assert_memory_equal(bytes, "by twin.", 8);
	/* A command there ends the session. */
	served_send(s, 13, NULL, 0, NULL, 0);
	assert_false(served_receive(s));
	close(twin);
	s->peer = first;
	assert_int_equal(s->last_error, -EPROTO);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
#define TEST_OF(begin, name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(memory_of_a_sealed_file_is_shared),
		TEST(memory_of_an_unsealed_file_is_shared_too),
		TEST(rights_are_those_of_the_map),
		TEST(a_file_that_is_truncated_kills_nobody),
		TEST_OF(begin_trusting, a_client_that_is_trusted_has_its_files_mapped),
		TEST(maps_that_make_no_sense_are_refused),
		TEST(a_map_over_another_is_refused),
		TEST(the_whole_space_can_be_mapped_and_unmapped),
		TEST(no_more_is_mapped_than_was_agreed),
		TEST(unmaps_that_make_no_sense_are_refused),
		TEST(a_range_that_covers_many_maps_unmaps_them),
		TEST(parts_of_maps_can_be_unmapped),
		TEST(one_file_is_mapped_once_however_often_it_is_lent),
		TEST(an_unmap_is_answered_when_a_map_of_the_device_is_given_back),
		TEST_OF(begin_impatient, a_device_that_does_not_let_go_is_named_and_given_up),
		TEST(a_client_may_go_while_an_unmap_waits),
		TEST_OF(begin_standard, memory_without_a_descriptor_is_read_by_a_message),
		TEST_OF(begin_standard, memory_without_a_descriptor_is_written_by_a_message),
		TEST_OF(begin_narrow, narrow_messages_have_their_data_four_bytes_earlier),
		TEST(the_layout_is_found_out),
		TEST_OF(begin_standard, replies_that_do_not_fit_are_errors_of_the_device),
		TEST_OF(begin_standard, commands_are_served_while_a_reply_is_awaited),
		TEST_OF(begin_standard, long_transfers_are_made_in_pieces_that_both_take),
		TEST_OF(begin_standard, many_messages_wait_for_their_turn),
		TEST_OF(begin_standard, what_a_client_owes_is_unassigned_when_it_goes),
		TEST_OF(begin_standard, an_unmap_waits_for_the_messages_of_its_range),
		TEST_OF(begin_standard, a_twin_socket_takes_the_servers_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
