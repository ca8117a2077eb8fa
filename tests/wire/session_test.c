/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vfio-user on the wire, "Connection Initiation", "Header", "VFIO_USER_VERSION": what opens a session
 * and what ends it.
 */
#include "test.h"
#include "served.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

static struct served *s;

static int begin(void **state)
{
	(void)state;
	s = malloc(sizeof(*s));
	served_init(s, NULL);
	return 0;
}

static int end(void **state)
{
	(void)state;
	served_finish(s);
	free(s);
	return 0;
}

/* A VERSION message's payload. */
static size_t version(uint8_t *bytes, uint16_t major, uint16_t minor, const char *text)
{
	memcpy(bytes, &major, 2);
	memcpy(bytes + 2, &minor, 2);
	if (!text)
		return 4;
	memcpy(bytes + 4, text, strlen(text) + 1);
	return 4 + strlen(text) + 1;
}

static void expect_hung_up(void)
{
	assert_false(served_receive(s));
	served_pump(s);
	assert_false(xlat_vfio_user_server_connected(s->server));
	assert_int_equal(s->gone, 1);
	assert_int_equal(s->events[XLAT_VFIO_USER_DISCONNECTED], 1);
}

static void a_version_is_answered_with_what_was_named(void **state)
{
	uint8_t bytes[512], expected[512];
	size_t size;

	(void)state;
	size = version(bytes, 0, 1,
		       "{\"capabilities\":{\"max_msg_fds\":1,\"max_data_xfer_size\":4096,"
		       "\"max_dma_maps\":100,\"pgsizes\":4096,\"write_multiple\":true,"
		       "\"migration\":{\"pgsize\":4096},\"x\":1}}");
	served_send(s, 1, bytes, size, NULL, 0);
	size = version(expected, 0, 1,
		       "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576,"
		       "\"max_dma_maps\":100,\"pgsizes\":4096,"
		       "\"migration\":{\"pgsize\":4096,\"max_bitmap_size\":16777216},"
		       "\"write_multiple\":true}}");
	served_expect(s, 1, expected, size);
	assert_int_equal(s->events[XLAT_VFIO_USER_NEGOTIATED], 1);
}

static void without_capabilities_none_are_named(void **state)
{
	uint8_t bytes[64], expected[64];
	size_t size = version(expected, 0, 0, "{\"capabilities\":{}}");

	(void)state;
	served_send(s, 1, bytes, version(bytes, 0, 0, NULL), NULL, 0);
	served_expect(s, 1, expected, size);
}

static void a_later_minor_version_is_answered_with_ours(void **state)
{
	uint8_t bytes[64], expected[64];
	size_t size = version(expected, 0, 1, "{\"capabilities\":{}}");

	(void)state;
	served_send(s, 1, bytes, version(bytes, 0, 9, "{}"), NULL, 0);
	served_expect(s, 1, expected, size);
}

static void another_major_version_is_refused(void **state)
{
	uint8_t bytes[64];

	(void)state;
	served_refused(s, 1, bytes, version(bytes, 1, 0, "{}"), ENOTSUP);
	expect_hung_up();
}

static void bad_json_is_refused(void **state)
{
	uint8_t bytes[64];

	(void)state;
	served_refused(s, 1, bytes, version(bytes, 0, 1, "{\"capabilities\":7}"), EINVAL);
	expect_hung_up();
}

static void a_truncated_version_is_refused(void **state)
{
	uint8_t bytes[4] = {0};

	(void)state;
	served_refused(s, 1, bytes, 3, EINVAL);
	expect_hung_up();
}

static void what_comes_before_a_version_is_refused(void **state)
{
	const uint32_t info[4] = {16};

	(void)state;
	served_refused(s, 4, info, 16, EINVAL);
	expect_hung_up();
}

static void a_second_version_is_refused_and_nothing_else_happens(void **state)
{
	const uint32_t info[4] = {16}, found[4] = {16, 3, 9, 5};
	uint8_t bytes[64];

	(void)state;
	served_negotiate(s);
	served_refused(s, 1, bytes, version(bytes, 0, 1, "{}"), EINVAL);
	served_send(s, 4, info, 16, NULL, 0);
	served_expect(s, 4, found, 16);
}

static void commands_that_are_none_are_refused(void **state)
{
	static const uint16_t none[] = {0, 11, 12, 14, 19, 20, 1000, 65535};

	(void)state;
	served_negotiate(s);
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		served_refused(s, none[i], NULL, 0, ENOTSUP);
}

static void a_message_that_is_too_long_is_refused_and_skipped(void **state)
{
	uint8_t *bytes = calloc(1, 3 << 20);
	const uint32_t info[4] = {16}, found[4] = {16, 3, 9, 5};

	(void)state;
	served_negotiate(s);
	served_send(s, 10, bytes, 3 << 20, NULL, 0);
	served_expect_error(s, 10, E2BIG);
	served_send(s, 4, info, 16, NULL, 0);
	served_expect(s, 4, found, 16);
	free(bytes);
}

static void a_header_that_makes_no_sense_ends_the_session(void **state)
{
	const uint32_t short_one[4] = {4u << 16, 15, 0, 0}, odd_type[4] = {4u << 16, 16, 7, 0};

	(void)state;
	served_negotiate(s);
	served_send_bytes(s, short_one, 16, NULL, 0);
	assert_false(served_receive(s));
	close(s->peer);
	served_connect(s);
	served_negotiate(s);
	served_send_bytes(s, odd_type, 16, NULL, 0);
	assert_false(served_receive(s));
	assert_int_equal(s->last_error, -EPROTO);
}

static void a_command_that_wants_no_reply_gets_none(void **state)
{
	const uint32_t info[4] = {16}, found[4] = {16, 3, 9, 5};

	(void)state;
	served_negotiate(s);
	served_send_flags(s, 4, 0x10, info, 16, NULL, 0);
	served_send_flags(s, 4, 0x10, info, 1, NULL, 0); /* an error, too */
	served_send(s, 4, info, 16, NULL, 0);
	served_expect(s, 4, found, 16);
	assert_false(served_has_message(s));
}

static void replies_that_nobody_waits_for_are_counted_and_dropped(void **state)
{
	const uint32_t info[4] = {16}, found[4] = {16, 3, 9, 5};

	(void)state;
	served_negotiate(s);
	served_send_flags(s, 11, 1, info, 16, NULL, 0);
	served_send_flags(s, 1, 0x21, NULL, 0, NULL, 0);
	served_send(s, 4, info, 16, NULL, 0);
	served_expect(s, 4, found, 16);
	assert_int_equal(xlat_vfio_user_server_statistics(s->server).strays, 2);
}

static void descriptors_where_none_belong_are_closed(void **state)
{
	const uint32_t info[4] = {16}, found[4] = {16, 3, 9, 5};
	int fds[16], before;

	(void)state;
	for (unsigned i = 0; i < 16; i++)
		fds[i] = eventfd(0, 0);
	served_negotiate(s);
	before = served_count_fds();
	served_send(s, 4, info, 16, fds, 16);
	served_expect(s, 4, found, 16);
	served_send(s, 200, info, 16, fds, 16);
	served_expect_error(s, 200, ENOTSUP);
	served_pump(s);
	assert_int_equal(served_count_fds(), before);
	for (unsigned i = 0; i < 16; i++)
		close(fds[i]);
}

static void more_descriptors_than_negotiated_are_refused_and_closed(void **state)
{
	const uint32_t info[4] = {16};
	int fds[40], before;

	(void)state;
	for (unsigned i = 0; i < 40; i++)
		fds[i] = eventfd(0, 0);
	served_negotiate(s);
	before = served_count_fds();
	served_send(s, 4, info, 16, fds, 40);
	served_expect_error(s, 4, EINVAL);
	served_pump(s);
	assert_int_equal(served_count_fds(), before);
	for (unsigned i = 0; i < 40; i++)
		close(fds[i]);
}

static void commands_may_come_in_a_heap_and_in_pieces(void **state)
{
	uint32_t heap[30][8];

	(void)state;
	served_negotiate(s);
	for (unsigned i = 0; i < 30; i++) {
		uint16_t ids[2] = {(uint16_t)i, 4};

		memset(heap[i], 0, sizeof(heap[i]));
		memcpy(heap[i], ids, 4);
		heap[i][1] = 32;
		heap[i][4] = 16;
	}
	for (size_t done = 0; done < sizeof(heap); done += 7) {
		size_t left = sizeof(heap) - done;

		served_send_bytes(s, (uint8_t *)heap + done, left < 7 ? left : 7, NULL, 0);
		if (done % 3 == 0)
			(void)xlat_vfio_user_server_process(s->server);
	}
	for (unsigned i = 0; i < 30; i++) {
		uint16_t id;

		assert_true(served_receive(s));
		memcpy(&id, s->message, 2);
		assert_int_equal(id, i);
	}
}

static void a_client_may_hang_up_at_any_byte_and_another_comes(void **state)
{
	uint8_t bytes[48] = {0};
	const uint32_t header[4] = {0x00020007, 48, 0, 0}, map[2] = {32, 3};
	const uint64_t where[3] = {0, 0x10000, 0x1000};
	int fd = served_memory(0x1000, true), fds_before, maps_before;

	(void)state;
	memcpy(bytes, header, 16);
	memcpy(bytes + 16, map, 8);
	memcpy(bytes + 24, where, 24);
	served_negotiate(s);
	served_hang_up(s);
	fds_before = served_count_fds();
	maps_before = served_count_maps();
	for (size_t at = 0; at <= sizeof(bytes); at++) {
		served_connect(s);
		served_negotiate(s);
		if (at)
			served_send_bytes(s, bytes, at, &fd, 1);
		if (at % 2)
			served_pump(s);
		served_hang_up(s);
		assert_int_equal(served_count_fds(), fds_before);
	}
	assert_true(served_count_maps() <= maps_before + 2);
	assert_int_equal(s->gone, sizeof(bytes) + 2);
	assert_int_equal(xlat_vfio_user_server_statistics(s->server).maps, 0);
	close(fd);
	served_connect(s);
	served_negotiate(s);
}

static void a_second_client_waits_for_the_first_to_go(void **state)
{
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(xlat_vfio_user_server_adopt(s->server, fds[0]), -EBUSY);
	served_hang_up(s);
	assert_int_equal(xlat_vfio_user_server_adopt(s->server, fds[0]), 0);
	s->peer = fds[1];
	served_negotiate(s);
}

static void a_client_that_reads_nothing_is_served_no_more_than_it_may_leave(void **state)
{
	uint64_t access[2] = {0, 0};
	const uint32_t region_count[2] = {7, 4096};
	struct xlat_vfio_user_statistics found;

	(void)state;
	memcpy(&access[1], region_count, 8);
	served_negotiate(s);
	for (unsigned i = 0; i < 100000; i++) {
		uint16_t ids[2] = {(uint16_t)i, 9};
		uint32_t words[3] = {32, 0, 0};
		uint8_t bytes[32];

		memcpy(bytes, ids, 4);
		memcpy(bytes + 4, words, 12);
		memcpy(bytes + 16, access, 16);
		if (send(s->peer, bytes, 32, MSG_DONTWAIT) != 32)
			break;
		(void)xlat_vfio_user_server_process(s->server);
	}
	found = xlat_vfio_user_server_statistics(s->server);
	assert_true(xlat_vfio_user_server_connected(s->server));
	assert_true(found.messages < 20000);
	/* It reads after all. */
	for (unsigned i = 0; i < found.messages - 1; i++)
		assert_true(served_receive(s));
	served_pump(s);
	assert_true(xlat_vfio_user_server_connected(s->server));
}

static void two_system_calls_serve_a_request(void **state)
{
	const uint32_t info[4] = {16};
	uint64_t before;

	(void)state;
	served_negotiate(s);
	served_pump(s);
	before = xlat_vfio_user_server_statistics(s->server).system_calls;
	for (unsigned i = 0; i < 100; i++) {
		served_send(s, 4, info, 16, NULL, 0);
		assert_int_equal(xlat_vfio_user_server_process(s->server), 1);
		assert_true(served_receive(s));
	}
	assert_int_equal(xlat_vfio_user_server_statistics(s->server).system_calls - before, 200);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_version_is_answered_with_what_was_named),
		TEST(without_capabilities_none_are_named),
		TEST(a_later_minor_version_is_answered_with_ours),
		TEST(another_major_version_is_refused),
		TEST(bad_json_is_refused),
		TEST(a_truncated_version_is_refused),
		TEST(what_comes_before_a_version_is_refused),
		TEST(a_second_version_is_refused_and_nothing_else_happens),
		TEST(commands_that_are_none_are_refused),
		TEST(a_message_that_is_too_long_is_refused_and_skipped),
		TEST(a_header_that_makes_no_sense_ends_the_session),
		TEST(a_command_that_wants_no_reply_gets_none),
		TEST(replies_that_nobody_waits_for_are_counted_and_dropped),
		TEST(descriptors_where_none_belong_are_closed),
		TEST(more_descriptors_than_negotiated_are_refused_and_closed),
		TEST(commands_may_come_in_a_heap_and_in_pieces),
		TEST(a_client_may_hang_up_at_any_byte_and_another_comes),
		TEST(a_second_client_waits_for_the_first_to_go),
		TEST(a_client_that_reads_nothing_is_served_no_more_than_it_may_leave),
		TEST(two_system_calls_serve_a_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
