/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Messages and descriptors over a socket: in pieces, in heaps, with too much of everything.
 */
#include "test.h"

#include "vfio_user/connection.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	MOST = 200000, /* bytes of a message */
	QUEUE = 400000,
};

struct pair {
	struct xlat__vfio_user_connection here;
	int peer;
	int fds_before;
};

static int count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

static void begin(struct pair *p)
{
	int fds[2];

	p->fds_before = count_fds();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(xlat__vfio_user_connection_init(&p->here, fds[0], MOST, QUEUE), 0);
	p->peer = fds[1];
}

static void end(struct pair *p)
{
	xlat__vfio_user_connection_finish(&p->here);
	if (p->peer >= 0)
		close(p->peer);
	assert_int_equal(count_fds(), p->fds_before);
}

/* Writes bytes to the connection, with eventfds. */
static void put(struct pair *p, const void *bytes, size_t size, unsigned fds)
{
	char control[CMSG_SPACE(sizeof(int) * 64)] = {0};
	struct iovec piece = {(void *)(uintptr_t)bytes, size};
	struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
	int list[64];

	for (unsigned i = 0; i < fds; i++)
		list[i] = eventfd(i, 0);
	if (fds) {
		struct cmsghdr *c = (struct cmsghdr *)(void *)control;

		header.msg_control = control;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * fds);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * fds);
		memcpy(CMSG_DATA(c), list, sizeof(int) * fds);
	}
	assert_int_equal(sendmsg(p->peer, &header, 0), size);
	for (unsigned i = 0; i < fds; i++)
		close(list[i]);
}

/* A message of a command with so many bytes of payload, all of them its id. */
static size_t make(uint8_t *bytes, uint16_t id, size_t payload)
{
	struct xlat__vfio_user_header header = {
		.id = id, .command = 9, .size = (uint32_t)(sizeof(header) + payload)};

	memcpy(bytes, &header, sizeof(header));
	memset(bytes + sizeof(header), (uint8_t)id, payload);
	return sizeof(header) + payload;
}

static void expect(struct pair *p, uint16_t id, size_t payload, unsigned fds)
{
	struct xlat__vfio_user_message *m;

	assert_int_equal(xlat__vfio_user_receive(&p->here, &m), 1);
	assert_int_equal(m->header.id, id);
	assert_int_equal(m->size, payload);
	assert_int_equal(m->fd_count, fds);
	for (size_t i = 0; i < payload; i++)
		assert_int_equal(m->payload[i], (uint8_t)id);
}

static void expect_nothing(struct pair *p)
{
	struct xlat__vfio_user_message *m;

	assert_int_equal(xlat__vfio_user_receive(&p->here, &m), 0);
}

static void a_message_and_its_descriptors_arrive(void **state)
{
	struct pair p;
	uint8_t bytes[64];

	(void)state;
	begin(&p);
	expect_nothing(&p);
	put(&p, bytes, make(bytes, 7, 20), 3);
	expect(&p, 7, 20, 3);
	expect_nothing(&p);
	end(&p);
}

static void one_request_takes_one_call_to_receive(void **state)
{
	struct pair p;
	uint8_t bytes[64];
	uint64_t before;

	(void)state;
	begin(&p);
	before = p.here.system_calls;
	put(&p, bytes, make(bytes, 7, 20), 0);
	expect(&p, 7, 20, 0);
	expect_nothing(&p);
	assert_int_equal(p.here.system_calls - before, 1);
	end(&p);
}

static void a_message_may_come_byte_by_byte(void **state)
{
	struct pair p;
	uint8_t bytes[64];
	size_t size = make(bytes, 8, 20);

	(void)state;
	begin(&p);
	for (size_t i = 0; i + 1 < size; i++) {
		put(&p, bytes + i, 1, 0);
		expect_nothing(&p);
	}
	put(&p, bytes + size - 1, 1, 0);
	expect(&p, 8, 20, 0);
	end(&p);
}

static void descriptors_may_come_with_any_byte(void **state)
{
	uint8_t bytes[64];
	size_t size = make(bytes, 8, 20);

	(void)state;
	for (size_t at = 0; at < size; at++) {
		struct pair p;

		begin(&p);
		if (at)
			put(&p, bytes, at, 0);
		if (at % 2)
			expect_nothing(&p);
		put(&p, bytes + at, size - at, 2);
		expect(&p, 8, 20, 2);
		end(&p);
	}
}

static void descriptors_of_one_message_may_come_in_parts(void **state)
{
	struct pair p;
	uint8_t bytes[64];
	size_t size = make(bytes, 8, 20);

	(void)state;
	begin(&p);
	put(&p, bytes, 4, 2);
	expect_nothing(&p);
	put(&p, bytes + 4, 20, 3);
	expect_nothing(&p);
	put(&p, bytes + 24, size - 24, 4);
	expect(&p, 8, 20, 9);
	end(&p);
}

static void a_heap_of_messages_keeps_its_order_and_descriptors(void **state)
{
	struct pair p;
	uint8_t bytes[64];

	(void)state;
	begin(&p);
	for (unsigned i = 0; i < 20; i++)
		put(&p, bytes, make(bytes, (uint16_t)i, i), i % 3);
	for (unsigned i = 0; i < 20; i++) {
		struct xlat__vfio_user_message *m;
		int got;

		while ((got = xlat__vfio_user_receive(&p.here, &m)) == 0)
			;
		assert_int_equal(got, 1);
		assert_int_equal(m->header.id, i);
		assert_int_equal(m->fd_count, i % 3);
	}
	end(&p);
}

static void the_end_of_one_and_descriptors_of_the_next_are_told_apart(void **state)
{
	struct pair p;
	uint8_t bytes[128];
	size_t first = make(bytes, 1, 20), all = first + make(bytes + first, 2, 20);

	(void)state;
	begin(&p);
	put(&p, bytes, 10, 1);
	expect_nothing(&p);
	put(&p, bytes + 10, all - 10, 5);
	expect(&p, 1, 20, 1);
	expect(&p, 2, 20, 5);
	end(&p);
}

static void more_descriptors_than_a_message_may_have_are_closed_and_told(void **state)
{
	struct pair p;
	struct xlat__vfio_user_message *m;
	uint8_t bytes[64];

	(void)state;
	begin(&p);
	put(&p, bytes, make(bytes, 1, 4), 40);
	put(&p, bytes, make(bytes, 2, 4), 16);
	assert_int_equal(xlat__vfio_user_receive(&p.here, &m), 1);
	assert_true(m->too_many_fds);
	assert_int_equal(m->fd_count, 16);
	expect_nothing(&p);
	assert_int_equal(xlat__vfio_user_receive(&p.here, &m), 1);
	assert_false(m->too_many_fds);
	assert_int_equal(m->fd_count, 16);
	end(&p);
}

static void a_descriptor_that_was_taken_is_not_closed(void **state)
{
	struct pair p;
	struct xlat__vfio_user_message *m;
	uint8_t bytes[64];
	uint64_t one = 1;
	int fd;

	(void)state;
	begin(&p);
	put(&p, bytes, make(bytes, 1, 4), 2);
	assert_int_equal(xlat__vfio_user_receive(&p.here, &m), 1);
	fd = xlat__vfio_user_take_fd(m, 1);
	assert_int_equal(xlat__vfio_user_take_fd(m, 2), -1);
	assert_int_equal(xlat__vfio_user_take_fd(m, 1), -1);
	expect_nothing(&p);
	assert_int_equal(write(fd, &one, 8), 8);
	close(fd);
	end(&p);
}

static void a_long_message_is_received_whole(void **state)
{
	struct pair p;
	struct xlat__vfio_user_message *m;
	uint8_t *bytes = malloc(MOST);
	size_t size = make(bytes, 3, MOST - 16), sent = 0;
	int got = 0;

	(void)state;
	begin(&p);
	while (sent < size) {
		ssize_t n = send(p.peer, bytes + sent, size - sent, MSG_DONTWAIT);

		sent += n > 0 ? (size_t)n : 0;
		if (sent < size)
			assert_int_equal(xlat__vfio_user_receive(&p.here, &m), 0);
	}
	while (!got)
		got = xlat__vfio_user_receive(&p.here, &m);
	assert_int_equal(got, 1);
	assert_int_equal(m->size, MOST - 16);
	assert_memory_equal(m->payload, bytes + 16, MOST - 16);
	end(&p);
	free(bytes);
}

static void a_message_that_is_too_long_is_skipped(void **state)
{
	struct pair p;
	struct xlat__vfio_user_message *m;
	uint8_t *bytes = calloc(1, MOST + 100);
	size_t size = make(bytes, 3, MOST), sent = 0;
	bool told = false;

	(void)state;
	begin(&p);
	put(&p, bytes, 40, 2);
	sent = 40;
	while (sent < size) {
		size_t length = size - sent < 5000 ? size - sent : 5000;
		int got;

		put(&p, bytes + sent, length, 1);
		sent += length;
		got = xlat__vfio_user_receive(&p.here, &m);
		if (got == 1) {
			assert_false(told);
			told = true;
			assert_true(m->too_long);
			assert_int_equal(m->size, 0);
			assert_int_equal(m->header.id, 3);
		} else {
			assert_int_equal(got, 0);
		}
	}
	assert_true(told);
	put(&p, bytes, make(bytes, 4, 8), 2);
	while (xlat__vfio_user_receive(&p.here, &m) == 0)
		;
	assert_int_equal(m->header.id, 4);
	assert_int_equal(m->fd_count, 2);
	end(&p);
	free(bytes);
}

static void a_header_that_makes_no_sense_ends_it(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct pair p;
		struct xlat__vfio_user_message *m;
		struct xlat__vfio_user_header bad = {.size = i ? 16 : 15, .flags = i ? 2 : 0};

		begin(&p);
		put(&p, &bad, sizeof(bad), 1);
		assert_int_equal(xlat__vfio_user_receive(&p.here, &m), -EPROTO);
		end(&p);
	}
}

static void a_peer_may_hang_up_at_any_byte(void **state)
{
	uint8_t bytes[64];
	size_t size = make(bytes, 8, 20);

	(void)state;
	for (size_t at = 0; at < size; at++) {
		struct pair p;
		struct xlat__vfio_user_message *m;
		int got;

		begin(&p);
		if (at)
			put(&p, bytes, at, 1);
		close(p.peer);
		p.peer = -1;
		while ((got = xlat__vfio_user_receive(&p.here, &m)) == 0)
			;
		assert_int_equal(got, -ECONNRESET);
		end(&p);
	}
}

/* --- Sending. */

static int queue(struct pair *p, uint16_t id, size_t payload, const int *fds, unsigned count)
{
	uint8_t *bytes = malloc(payload + 1);
	struct iovec piece = {bytes, payload};
	struct xlat__vfio_user_header header = {.id = id, .command = 9};
	int error;

	memset(bytes, (uint8_t)id, payload);
	error = xlat__vfio_user_queue(&p->here, header, &piece, 1, fds, count);
	free(bytes);
	return error;
}

static void what_is_queued_goes_out_in_order_with_its_descriptors(void **state)
{
	struct pair p, other;
	int fds[3] = {eventfd(0, 0), eventfd(0, 0), eventfd(0, 0)};
	uint64_t before;

	(void)state;
	begin(&p);
	before = p.here.system_calls;
	for (unsigned i = 0; i < 10; i++)
		assert_int_equal(queue(&p, (uint16_t)i, i, fds, i == 4 || i == 5 ? 3 : 0), 0);
	assert_int_equal(xlat__vfio_user_flush(&p.here), 0);
	/* What is before the descriptors, two messages with some, what is behind. */
	assert_int_equal(p.here.system_calls - before, 4);
	assert_int_equal(xlat__vfio_user_connection_init(&other.here, p.peer, MOST, QUEUE), 0);
	for (unsigned i = 0; i < 10; i++) {
		struct xlat__vfio_user_message *m;

		while (xlat__vfio_user_receive(&other.here, &m) == 0)
			;
		assert_int_equal(m->header.id, i);
		assert_int_equal(m->size, i);
		assert_int_equal(m->fd_count, i == 4 || i == 5 ? 3 : 0);
	}
	xlat__vfio_user_connection_finish(&other.here);
	p.peer = -1;
	end(&p);
	for (unsigned i = 0; i < 3; i++)
		close(fds[i]);
}

static void a_peer_that_does_not_read_fills_the_queue_and_no_more(void **state)
{
	struct pair p;
	unsigned count = 0;
	int fd = eventfd(0, 0), error;
	uint8_t *sink = malloc(1 << 16);

	(void)state;
	begin(&p);
	assert_false(xlat__vfio_user_is_behind(&p.here));
	do {
		error = queue(&p, 1, 10000, &fd, 1);
		assert_true(xlat__vfio_user_flush(&p.here) >= 0);
		count++;
	} while (!error && count < 10000);
	assert_int_equal(error, -ENOBUFS);
	assert_int_equal(xlat__vfio_user_flush(&p.here), 1);
	assert_true(xlat__vfio_user_is_behind(&p.here));
	while (read(p.peer, sink, 1 << 16) > 0 && xlat__vfio_user_flush(&p.here) == 1)
		;
	assert_false(xlat__vfio_user_is_behind(&p.here));
	assert_int_equal(queue(&p, 1, 10000, NULL, 0), 0);
	end(&p);
	close(fd);
	free(sink);
}

static void sending_to_nobody_is_an_error_and_no_signal(void **state)
{
	struct pair p;

	(void)state;
	begin(&p);
	close(p.peer);
	p.peer = -1;
	assert_int_equal(queue(&p, 1, 10, NULL, 0), 0);
	assert_int_equal(xlat__vfio_user_flush(&p.here), -EPIPE);
	assert_int_equal(queue(&p, 1, 10, NULL, 0), -EPIPE);
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_and_its_descriptors_arrive),
		cmocka_unit_test(one_request_takes_one_call_to_receive),
		cmocka_unit_test(a_message_may_come_byte_by_byte),
		cmocka_unit_test(descriptors_may_come_with_any_byte),
		cmocka_unit_test(descriptors_of_one_message_may_come_in_parts),
		cmocka_unit_test(a_heap_of_messages_keeps_its_order_and_descriptors),
		cmocka_unit_test(the_end_of_one_and_descriptors_of_the_next_are_told_apart),
		cmocka_unit_test(more_descriptors_than_a_message_may_have_are_closed_and_told),
		cmocka_unit_test(a_descriptor_that_was_taken_is_not_closed),
		cmocka_unit_test(a_long_message_is_received_whole),
		cmocka_unit_test(a_message_that_is_too_long_is_skipped),
		cmocka_unit_test(a_header_that_makes_no_sense_ends_it),
		cmocka_unit_test(a_peer_may_hang_up_at_any_byte),
		cmocka_unit_test(what_is_queued_goes_out_in_order_with_its_descriptors),
		cmocka_unit_test(a_peer_that_does_not_read_fills_the_queue_and_no_more),
		cmocka_unit_test(sending_to_nobody_is_an_error_and_no_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
