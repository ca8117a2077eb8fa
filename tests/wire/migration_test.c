/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vfio-user on the wire: DEVICE_FEATURE, MIG_DATA_READ, MIG_DATA_WRITE: states, the stream, and the
 * logging of what the device writes.
 */
#include "test.h"
#include "served.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	GET = 1 << 16,
	SET = 1 << 17,
	PROBE = 1 << 18,
	MIGRATION = 1,
	STATE = 2,
	START = 6,
	STOP = 7,
	REPORT = 8,
	ERROR_STATE = 0,
	STOPPED,
	RUNNING,
	STOP_COPY,
	RESUMING,
	RUNNING_P2P,
	PRE_COPY,
	PRE_COPY_P2P,
	AT = 0x100000,
	SIZE = 0x10000,
};

static struct served *s;

static int begin(void **state)
{
	(void)state;
	s = malloc(sizeof(*s));
	served_init(s, NULL);
	served_negotiate(s);
	served_enable_dma(s);
	return 0;
}

static int end(void **state)
{
	(void)state;
	served_finish(s);
	free(s);
	return 0;
}

struct feature {
	uint32_t argsz, flags;
	uint64_t data[8];
};

static struct feature state_of(uint32_t flags, uint32_t state)
{
	struct feature feature = {16, flags | STATE, {0}};
	const uint32_t words[2] = {state, flags & GET ? UINT32_MAX : 0};

	memcpy(feature.data, words, 8);
	return feature;
}

static void set_state(uint32_t state)
{
	struct feature feature = state_of(SET, state);

	served_send(s, 16, &feature, 16, NULL, 0);
	served_expect(s, 16, &feature, 16);
}

static void refused_state(uint32_t state)
{
	struct feature feature = state_of(SET, state);

	served_refused(s, 16, &feature, 16, EINVAL);
}

static void expect_state(uint32_t state)
{
	struct feature ask = state_of(GET, 0), found = state_of(GET, state);

	served_send(s, 16, &ask, 8, NULL, 0);
	if (ask.argsz >= 16)
		served_expect(s, 16, &found, 16);
}

static void features_can_be_probed(void **state)
{
	static const uint32_t there[] = {MIGRATION | GET, STATE | GET,
					 STATE | SET,	  STATE | GET | SET,
					 START | SET,	  STOP | SET,
					 REPORT | GET,	  MIGRATION,
					 STATE,		  START};
	static const uint32_t not_there[] = {
		MIGRATION | SET, START | GET, STOP | GET, REPORT | SET, REPORT | GET | SET,
		0 | GET,	 3 | SET,     9,	  0xffff};

	(void)state;
	for (size_t i = 0; i < sizeof(there) / sizeof(*there); i++) {
		struct feature feature = {8, there[i] | PROBE, {0}};

		served_send(s, 16, &feature, 8, NULL, 0);
		served_expect(s, 16, &feature, 8);
	}
	for (size_t i = 0; i < sizeof(not_there) / sizeof(*not_there); i++) {
		struct feature feature = {8, not_there[i] | PROBE, {0}};

		served_refused(s, 16, &feature, 8, ENOTTY);
	}
}

static void features_that_make_no_sense_are_refused(void **state)
{
	struct feature feature = {16, MIGRATION | GET, {0}};

	(void)state;
	for (size_t size = 0; size < 8; size++)
		served_refused(s, 16, &feature, size, EINVAL);
	feature.flags = MIGRATION;
	served_refused(s, 16, &feature, 8, EINVAL);
	feature.flags = STATE | GET | SET;
	served_refused(s, 16, &feature, 16, EINVAL);
	feature.flags = MIGRATION | GET | 1 << 19;
	served_refused(s, 16, &feature, 8, EINVAL);
	feature.flags = MIGRATION | GET;
	feature.argsz = 7;
	served_refused(s, 16, &feature, 8, EINVAL);
	feature.argsz = 15;
	served_refused(s, 16, &feature, 8, EINVAL);
	feature = state_of(SET, STOPPED);
	served_refused(s, 16, &feature, 12, EINVAL);
}

static void migration_is_by_all_the_ways_there_are(void **state)
{
	struct feature ask = {16, MIGRATION | GET, {0}}, found = {16, MIGRATION | GET, {7}};

	(void)state;
	served_send(s, 16, &ask, 8, NULL, 0);
	served_expect(s, 16, &found, 16);
	expect_state(RUNNING);
}

static void each_state_can_be_reached_where_there_is_a_path(void **state)
{
	(void)state;
	for (uint32_t from = STOPPED; from <= PRE_COPY_P2P; from++) {
		for (uint32_t to = ERROR_STATE; to <= PRE_COPY_P2P + 1; to++) {
			bool never = to == ERROR_STATE || to > PRE_COPY_P2P ||
				     (from == STOP_COPY && (to == PRE_COPY || to == PRE_COPY_P2P));

			served_send(s, 13, NULL, 0, NULL, 0);
			served_expect(s, 13, NULL, 0);
			/* What is resumed must be whole. */
			if (from == RESUMING && to != RESUMING)
				continue;
			set_state(from);
			if (never) {
				refused_state(to);
				expect_state(from);
			} else {
				set_state(to);
				expect_state(to);
			}
			assert_int_equal(s->stops - s->starts,
					 never ? from != RUNNING && from != PRE_COPY
					       : to != RUNNING && to != PRE_COPY);
		}
	}
}

/* Reads the stream to its end, in pieces of this size. */
static size_t read_stream(uint8_t *bytes, uint32_t piece)
{
	const uint32_t ask[2] = {8 + piece, piece};
	size_t done = 0;
	uint32_t got;

	do {
		served_ask(s, 17, ask, 8);
		memcpy(&got, s->payload + 4, 4);
		assert_int_equal(s->payload_size, 8 + got);
		memcpy(bytes + done, s->payload + 8, got);
		done += got;
	} while (got == piece);
	return done;
}

static void write_stream(const uint8_t *bytes, size_t size, size_t piece)
{
	for (size_t done = 0; done < size; done += piece) {
		uint32_t length = (uint32_t)(size - done < piece ? size - done : piece);
		const uint32_t header[2] = {8 + length, length};
		uint8_t *message = malloc(8 + length);

		memcpy(message, header, 8);
		memcpy(message + 8, bytes + done, length);
		served_send(s, 18, message, 8 + length, NULL, 0);
		served_expect(s, 18, NULL, 0);
		free(message);
	}
}

static void function_and_device_move_to_another_process(void **state)
{
	uint8_t *stream = malloc(1 << 16);
	size_t size;

	(void)state;
	s->own = 0x12345678;
	xlat_pci_function_config_write(s->function, 0x3c, 1, 0x2a);
	set_state(PRE_COPY);
	size = read_stream(stream, 100);
	assert_true(size > 0);
	s->own++; /* it runs still */
	set_state(STOP_COPY);
	size += read_stream(stream + size, 64);
	served_finish(s);
	served_init(s, NULL);
	served_negotiate(s);
	set_state(RESUMING);
	write_stream(stream, size, 33);
	assert_int_equal(s->own, 0);
	set_state(RUNNING);
	assert_int_equal(s->own, 0x12345679);
	assert_int_equal(xlat_pci_function_config_read(s->function, 0x3c, 1), 0x2a);
	assert_int_equal(s->starts, 1);
	free(stream);
}

static void a_stream_that_is_damaged_changes_nothing(void **state)
{
	uint8_t *stream = malloc(1 << 16);
	size_t size;

	(void)state;
	s->own = 7;
	set_state(STOP_COPY);
	size = read_stream(stream, 1 << 16);
	set_state(STOPPED);
	set_state(RESUMING);
	s->own = 8;
	/* Nothing, too little, too much, of another device. */
	refused_state(RUNNING);
	write_stream(stream, size - 1, 4096);
	refused_state(RUNNING);
	expect_state(RESUMING);
	served_send(s, 13, NULL, 0, NULL, 0);
	served_expect(s, 13, NULL, 0);
	set_state(RESUMING);
	write_stream(stream, size, 4096);
	write_stream(stream, 1, 1);
	refused_state(STOPPED);
	served_send(s, 13, NULL, 0, NULL, 0);
	served_expect(s, 13, NULL, 0);
	set_state(RESUMING);
	stream[8] ^= 1;
	write_stream(stream, size, 4096);
	refused_state(STOPPED);
	assert_int_equal(s->own, 8);
	/* What the device refuses leaves the function alone as well. */
	served_send(s, 13, NULL, 0, NULL, 0);
	served_expect(s, 13, NULL, 0);
	stream[8] ^= 1;
	set_state(RESUMING);
	write_stream(stream, size, 4096);
	xlat_pci_function_config_write(s->function, 0x3c, 1, 0x2a);
	s->refuse_restore = true;
	refused_state(STOPPED);
	assert_int_equal(xlat_pci_function_config_read(s->function, 0x3c, 1), 0x2a);
	free(stream);
}

static void the_stream_is_read_and_written_in_its_states_only(void **state)
{
	const uint32_t ask[2] = {16, 8}, too_much[2] = {UINT32_MAX, (1 << 20) + 1},
		       no_room[2] = {15, 8};
	const uint8_t write[9] = {9, 0, 0, 0, 1};

	(void)state;
	served_refused(s, 17, ask, 8, EINVAL);
	served_refused(s, 18, write, 9, EINVAL);
	set_state(STOP_COPY);
	served_refused(s, 18, write, 9, EINVAL);
	served_refused(s, 17, ask, 7, EINVAL);
	served_refused(s, 17, too_much, 8, EINVAL);
	served_refused(s, 17, no_room, 8, EINVAL);
	served_ask(s, 17, ask, 8);
	assert_memory_equal(s->payload + 8, "XLATVFU1", 8);
	set_state(RESUMING);
	served_refused(s, 17, ask, 8, EINVAL);
	served_refused(s, 18, write, 8, EINVAL);
	served_refused(s, 18, write, 7, EINVAL);
}

static void a_device_that_takes_its_time_to_stop_holds_the_reply(void **state)
{
	struct feature feature = state_of(SET, STOPPED), more = state_of(SET, RUNNING);

	(void)state;
	s->stop_later = true;
	served_send(s, 16, &feature, 16, NULL, 0);
	assert_false(served_has_message(s));
	served_refused(s, 16, &more, 16, EBUSY);
	xlat_vfio_user_server_stopped(s->server);
	s->next_id--;
	served_expect(s, 16, &feature, 16);
	expect_state(STOPPED);
}

static void a_device_whose_client_went_runs_again(void **state)
{
	(void)state;
	set_state(STOP_COPY);
	served_hang_up(s);
	assert_int_equal(s->starts, 1);
	served_connect(s);
	served_negotiate(s);
	expect_state(RUNNING);
}

static void the_state_can_be_kept_in_a_file(void **state)
{
	uint8_t bytes[16384];
	size_t size;

	(void)state;
	s->own = 99;
	size = xlat_vfio_user_server_save(s->server, NULL, 0);
	assert_true(size && size <= sizeof(bytes));
	assert_int_equal(xlat_vfio_user_server_save(s->server, bytes, size), size);
	s->own = 1;
	assert_int_equal(xlat_vfio_user_server_restore(s->server, bytes, size - 1), -EINVAL);
	assert_int_equal(xlat_vfio_user_server_restore(s->server, bytes, 0), -EINVAL);
	assert_int_equal(xlat_vfio_user_server_restore(s->server, bytes, size), 0);
	assert_int_equal(s->own, 99);
}

/* --- Logging. */

static void start_logging(void)
{
	struct feature ask = {24 + 16, START | SET, {65536, 1, AT, SIZE}}, found = ask;

	found.data[0] = 4096;
	served_send(s, 16, &ask, 40, NULL, 0);
	served_expect(s, 16, &found, 40);
}

static void expect_dirty(uint64_t iova, uint64_t length, uint64_t page, uint64_t bits)
{
	struct feature ask = {32 + 8, REPORT | GET, {iova, length, page}}, found = ask;

	found.data[3] = bits;
	served_send(s, 16, &ask, 32, NULL, 0);
	served_expect(s, 16, &found, 40);
}

static void store(uint64_t iova, size_t size)
{
	static const uint8_t bytes[0x3000];

	assert_int_equal(xlat_dma_write(s->dma, xlat_pci_function_attrs(s->function), iova, bytes,
					size),
			 XLAT_OK);
}

static void pages_that_were_written_are_reported_once(void **state)
{
	(void)state;
	for (unsigned plain = 0; plain < 2; plain++) {
		int fd = served_memory(SIZE, !plain);
		const struct feature stop = {8, STOP | SET, {0}};

		served_map(s, AT, SIZE, fd, 0);
		store(AT, 1); /* before */
		start_logging();
		expect_dirty(AT, SIZE, 4096, 0);
		store(AT + 0x1000, 1);
		store(AT + 0x4fff, 2);
		store(AT + 0xf000, 0x1000);
		expect_dirty(AT, SIZE, 4096, 1 << 1 | 1 << 4 | 1 << 5 | 1 << 15);
		expect_dirty(AT, SIZE, 4096, 0);
		/* In pages of another size, of a part. */
		store(AT + 0x3000, 1);
		store(AT + 0x8000, 1);
		expect_dirty(AT + 0x2000, 0x4000, 0x2000, 1);
		expect_dirty(AT, SIZE, 0x2000, 1 << 4);
		store(AT + 0x3000, 1);
		expect_dirty(AT, 0x8000, 0x800, 3 << 6);
		served_send(s, 16, &stop, 8, NULL, 0);
		served_expect(s, 16, &stop, 8);
		served_unmap(s, AT, SIZE);
		close(fd);
	}
}

/* Pages of the file are what is logged; here each lies in two of the IOVA's. */
static void maps_that_are_not_aligned_as_their_file_are_reported_rightly(void **state)
{
	int fd = served_memory(SIZE, true);

	(void)state;
	served_map(s, AT, 0x4000, fd, 0x800);
	start_logging();
	store(AT + 0x900, 1);
	expect_dirty(AT, 0x4000, 0x800, 3 << 1);
	store(AT + 0x3fff, 1);
	store(AT, 1);
	expect_dirty(AT, 0x4000, 0x800, 1 << 7 | 1);
	close(fd);
}

static void what_is_mapped_while_logging_is_logged(void **state)
{
	int fd = served_memory(SIZE, true);

	(void)state;
	start_logging();
	served_map(s, AT, SIZE, fd, 0);
	store(AT + 0x2000, 1);
	expect_dirty(AT, SIZE, 4096, 1 << 2);
	close(fd);
}

static void an_unmap_can_bring_its_bitmap(void **state)
{
	int fd = served_memory(SIZE, true);
	struct {
		uint32_t argsz, flags;
		uint64_t address, size, page, bytes, bits;
	} unmap = {24 + 16 + 8, 1, AT, SIZE, 4096, 8, 0};

	(void)state;
	served_map(s, AT, SIZE, fd, 0);
	served_refused(s, 3, &unmap, 40, EINVAL); /* nothing is logged */
	start_logging();
	store(AT + 0x3000, 0x2000);
	unmap.argsz--;
	served_refused(s, 3, &unmap, 40, EINVAL);
	unmap.argsz++;
	unmap.page = 3;
	served_refused(s, 3, &unmap, 40, EINVAL);
	unmap.page = 4096;
	unmap.bytes = 7;
	served_refused(s, 3, &unmap, 40, EINVAL);
	unmap.bytes = 8;
	served_refused(s, 3, &unmap, 39, EINVAL);
	served_send(s, 3, &unmap, 40, NULL, 0);
	unmap.bits = 3 << 3;
	served_expect(s, 3, &unmap, 48);
	close(fd);
}

static void reports_that_make_no_sense_are_refused(void **state)
{
	static const struct feature bad[] = {
		{40, REPORT | GET, {AT, 0, 4096}},	{40, REPORT | GET, {AT, SIZE, 0}},
		{40, REPORT | GET, {AT, SIZE, 4097}},	{40, REPORT | GET, {UINT64_MAX, 2, 4096}},
		{40, REPORT | GET, {0, UINT64_MAX, 1}},
	};
	struct feature ask = {39, REPORT | GET, {AT, SIZE, 4096}}, found = ask;

	(void)state;
	served_refused(s, 16, &ask, 32, EINVAL); /* not started */
	start_logging();
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		served_refused(s, 16, &bad[i], 32, EINVAL);
	served_refused(s, 16, &ask, 31, EINVAL);
	/* Without room for the bits, what is needed is said. */
	found.argsz = 40;
	served_send(s, 16, &ask, 32, NULL, 0);
	served_expect(s, 16, &found, 32);
}

static void starts_that_make_no_sense_are_refused(void **state)
{
	struct feature ask = {24, START | SET, {4096, 2, AT, SIZE}};

	(void)state;
	served_refused(s, 16, &ask, 40, EINVAL); /* two ranges, and one given */
	ask.data[1] = UINT32_MAX;
	served_refused(s, 16, &ask, 40, EINVAL);
	ask.data[1] = 1;
	ask.data[0] = 4097;
	served_refused(s, 16, &ask, 40, EINVAL);
	ask.data[0] = 4096;
	ask.data[3] = 0;
	served_refused(s, 16, &ask, 40, EINVAL);
	ask.data[2] = UINT64_MAX;
	ask.data[3] = 2;
	served_refused(s, 16, &ask, 40, EINVAL);
	served_refused(s, 16, &ask, 20, EINVAL);
	start_logging();
	ask.data[1] = 0;
	served_refused(s, 16, &ask, 24, EINVAL); /* twice */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(features_can_be_probed),
		TEST(features_that_make_no_sense_are_refused),
		TEST(migration_is_by_all_the_ways_there_are),
		TEST(each_state_can_be_reached_where_there_is_a_path),
		TEST(function_and_device_move_to_another_process),
		TEST(a_stream_that_is_damaged_changes_nothing),
		TEST(the_stream_is_read_and_written_in_its_states_only),
		TEST(a_device_that_takes_its_time_to_stop_holds_the_reply),
		TEST(a_device_whose_client_went_runs_again),
		TEST(the_state_can_be_kept_in_a_file),
		TEST(pages_that_were_written_are_reported_once),
		TEST(maps_that_are_not_aligned_as_their_file_are_reported_rightly),
		TEST(what_is_mapped_while_logging_is_logged),
		TEST(an_unmap_can_bring_its_bitmap),
		TEST(reports_that_make_no_sense_are_refused),
		TEST(starts_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
