/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * vfio-user on the wire: DEVICE_GET_IRQ_INFO, DEVICE_SET_IRQS, in every form.
 */
#include "test.h"
#include "served.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	INTX,
	MSI,
	MSIX,
	ERR,
	REQ,
	NONE = 1,
	BOOL = 2,
	EVENTFD = 4,
	MASK = 8,
	UNMASK = 16,
	TRIGGER = 32,
};

static struct served *s;
static int fds[16];

static int begin(void **state)
{
	(void)state;
	s = malloc(sizeof(*s));
	served_init(s, NULL);
	served_negotiate(s);
	for (unsigned i = 0; i < 16; i++)
		fds[i] = eventfd(0, EFD_NONBLOCK);
	return 0;
}

static int end(void **state)
{
	(void)state;
	served_finish(s);
	for (unsigned i = 0; i < 16; i++)
		close(fds[i]);
	free(s);
	return 0;
}

/* How often an eventfd has been signalled since it was asked last. */
static unsigned signals(unsigned fd)
{
	uint64_t count = 0;

	return read(fds[fd], &count, 8) == 8 ? (unsigned)count : 0;
}

static void send_set(uint32_t flags, uint32_t index, uint32_t start, uint32_t count,
		     const void *data, size_t size, unsigned first_fd, unsigned fd_count)
{
	uint32_t words[5] = {(uint32_t)(20 + size), flags, index, start, count};
	uint8_t bytes[64];

	memcpy(bytes, words, 20);
	if (size)
		memcpy(bytes + 20, data, size);
	served_send(s, 8, bytes, 20 + size, fds + first_fd, fd_count);
}

static void set(uint32_t flags, uint32_t index, uint32_t start, uint32_t count)
{
	send_set(flags, index, start, count, NULL, 0, 0, 0);
	served_expect(s, 8, NULL, 0);
}

static void assign(uint32_t index, uint32_t start, uint32_t count, unsigned first_fd)
{
	send_set(EVENTFD | TRIGGER, index, start, count, NULL, 0, first_fd, count);
	served_expect(s, 8, NULL, 0);
}

static void refused(uint32_t flags, uint32_t index, uint32_t start, uint32_t count, unsigned given)
{
	send_set(flags, index, start, count, NULL, 0, 0, given);
	served_expect_error(s, 8, EINVAL);
}

static void each_kind_is_described(void **state)
{
	static const uint32_t found[5][4] = {{16, 7, INTX, 1},
					     {16, 3, MSI, SERVED_MESSAGES},
					     {16, 3, MSIX, SERVED_VECTORS},
					     {16, 1, ERR, 1},
					     {16, 1, REQ, 1}};
	uint32_t ask[4] = {16};

	(void)state;
	for (ask[2] = 0; ask[2] < 5; ask[2]++) {
		served_send(s, 7, ask, 16, NULL, 0);
		served_expect(s, 7, found[ask[2]], 16);
	}
	served_refused(s, 7, ask, 16, EINVAL);
	ask[2] = 0;
	served_refused(s, 7, ask, 15, EINVAL);
	ask[0] = 15;
	served_refused(s, 7, ask, 16, EINVAL);
}

static void vectors_of_msix_signal_their_eventfds_without_being_unmasked(void **state)
{
	(void)state;
	assign(MSIX, 0, SERVED_VECTORS, 0);
	xlat_pci_function_notify(s->function, 3);
	xlat_pci_function_notify(s->function, 7);
	xlat_pci_function_notify(s->function, 7);
	xlat_pci_function_notify(s->function, 8); /* there is none */
	xlat_pci_function_notify(s->function, 100000);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(signals(i), i == 3 ? 1 : i == 7 ? 2 : 0);
}

static void messages_go_to_the_kind_that_has_eventfds(void **state)
{
	(void)state;
	assign(MSI, 0, SERVED_MESSAGES, 0);
	xlat_pci_function_notify(s->function, 2);
	assert_int_equal(signals(2), 1);
	set(NONE | TRIGGER, MSI, 0, 0);
	assign(MSIX, 2, 1, 8);
	xlat_pci_function_notify(s->function, 2);
	assert_int_equal(signals(2), 0);
	assert_int_equal(signals(8), 1);
}

static void vectors_are_assigned_and_taken_away_one_by_one(void **state)
{
	(void)state;
	assign(MSIX, 2, 2, 0);
	assign(MSIX, 5, 1, 2);
	send_set(EVENTFD | TRIGGER, MSIX, 2, 1, NULL, 0, 0, 0);
	served_expect(s, 8, NULL, 0);
	for (unsigned i = 0; i < 8; i++)
		xlat_pci_function_notify(s->function, i);
	assert_int_equal(signals(0), 0);
	assert_int_equal(signals(1), 1);
	assert_int_equal(signals(2), 1);
	/* Another eventfd takes the place of the first. */
	assign(MSIX, 5, 1, 3);
	xlat_pci_function_notify(s->function, 5);
	assert_int_equal(signals(2), 0);
	assert_int_equal(signals(3), 1);
}

static void a_masked_vector_remembers(void **state)
{
	(void)state;
	assign(MSIX, 0, 2, 0);
	set(NONE | MASK, MSIX, 0, 2);
	xlat_pci_function_notify(s->function, 1);
	xlat_pci_function_notify(s->function, 1);
	assert_int_equal(signals(1), 0);
	set(NONE | UNMASK, MSIX, 0, 2);
	assert_int_equal(signals(0), 0);
	assert_int_equal(signals(1), 1);
	xlat_pci_function_notify(s->function, 1);
	assert_int_equal(signals(1), 1);
}

static void booleans_choose_among_vectors(void **state)
{
	(void)state;
	assign(MSIX, 0, 4, 0);
	send_set(BOOL | TRIGGER, MSIX, 0, 4, "\1\0\0\2", 4, 0, 0);
	served_expect(s, 8, NULL, 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(signals(i), i == 0 || i == 3);
	send_set(BOOL | MASK, MSIX, 1, 2, "\0\1", 2, 0, 0);
	served_expect(s, 8, NULL, 0);
	set(NONE | TRIGGER, MSIX, 0, 4);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(signals(i), i != 2);
	send_set(BOOL | UNMASK, MSIX, 2, 1, "\1", 1, 0, 0);
	served_expect(s, 8, NULL, 0);
	assert_int_equal(signals(2), 1);
	send_set(BOOL | TRIGGER, MSIX, 0, 4, "\1\1\1", 3, 0, 0);
	served_expect_error(s, 8, EINVAL);
}

static void a_level_signals_once_until_it_is_unmasked(void **state)
{
	(void)state;
	assign(INTX, 0, 1, 0);
	xlat_pci_function_set_intx(s->function, true);
	assert_int_equal(signals(0), 1);
	/* Unmasked while high: again. */
	set(NONE | UNMASK, INTX, 0, 1);
	assert_int_equal(signals(0), 1);
	xlat_pci_function_set_intx(s->function, false);
	set(NONE | UNMASK, INTX, 0, 1);
	assert_int_equal(signals(0), 0);
	xlat_pci_function_set_intx(s->function, true);
	assert_int_equal(signals(0), 1);
	xlat_pci_function_set_intx(s->function, false);
	xlat_pci_function_set_intx(s->function, true);
	assert_int_equal(signals(0), 0);
}

static void a_level_that_is_high_signals_an_eventfd_that_comes_late(void **state)
{
	(void)state;
	xlat_pci_function_set_intx(s->function, true);
	assign(INTX, 0, 1, 0);
	assert_int_equal(signals(0), 1);
}

static void an_eventfd_of_the_client_unmasks(void **state)
{
	const uint64_t one = 1;

	(void)state;
	assign(INTX, 0, 1, 0);
	send_set(EVENTFD | UNMASK, INTX, 0, 1, NULL, 0, 1, 1);
	served_expect(s, 8, NULL, 0);
	xlat_pci_function_set_intx(s->function, true);
	assert_int_equal(signals(0), 1);
	assert_int_equal(write(fds[1], &one, 8), 8);
	served_pump(s);
	assert_int_equal(signals(0), 1);
	send_set(EVENTFD | MASK, INTX, 0, 1, NULL, 0, 2, 1);
	served_expect(s, 8, NULL, 0);
	xlat_pci_function_set_intx(s->function, false);
	assert_int_equal(write(fds[1], &one, 8), 8);
	served_pump(s);
	assert_int_equal(write(fds[2], &one, 8), 8);
	served_pump(s);
	xlat_pci_function_set_intx(s->function, true);
	assert_int_equal(signals(0), 0);
	/* Without a descriptor it is taken away. */
	send_set(EVENTFD | UNMASK, INTX, 0, 1, NULL, 0, 0, 0);
	served_expect(s, 8, NULL, 0);
	assert_int_equal(write(fds[1], &one, 8), 8);
	served_pump(s);
	assert_int_equal(signals(0), 0);
	set(NONE | TRIGGER, INTX, 0, 0);
}

static void what_is_no_eventfd_neither_blocks_nor_keeps_the_server_busy(void **state)
{
	int pipes[2], kept = fds[0];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	fds[0] = pipes[0];
	send_set(EVENTFD | UNMASK, INTX, 0, 1, NULL, 0, 0, 1);
	served_expect(s, 8, NULL, 0);
	close(pipes[1]);
	served_pump(s);
	/* A pipe that is full. */
	close(pipes[0]);
	assert_int_equal(pipe(pipes), 0);
	fds[0] = pipes[1];
	assign(MSIX, 0, 1, 0);
	for (unsigned i = 0; i < 100000; i++)
		xlat_pci_function_notify(s->function, 0);
	close(pipes[0]);
	close(pipes[1]);
	set(NONE | TRIGGER, MSIX, 0, 0);
	fds[0] = kept;
}

static void errors_and_requests_for_release_are_signalled(void **state)
{
	(void)state;
	xlat_vfio_user_server_signal_error(s->server);
	assign(ERR, 0, 1, 0);
	assign(REQ, 0, 1, 1);
	xlat_vfio_user_server_signal_error(s->server);
	assert_int_equal(signals(0), 1);
	xlat_vfio_user_server_request_release(s->server);
	assert_int_equal(signals(1), 1);
	set(NONE | TRIGGER, REQ, 0, 0);
	xlat_vfio_user_server_request_release(s->server);
	assert_int_equal(signals(1), 0);
}

static void sets_that_make_no_sense_are_refused(void **state)
{
	uint32_t words[5] = {20, NONE | TRIGGER, MSIX, 0, 1};

	(void)state;
	refused(NONE | TRIGGER, 5, 0, 1, 0);
	refused(NONE | TRIGGER, UINT32_MAX, 0, 1, 0);
	refused(0, MSIX, 0, 1, 0);
	refused(NONE, MSIX, 0, 1, 0);
	refused(TRIGGER, MSIX, 0, 1, 0);
	refused(NONE | BOOL | TRIGGER, MSIX, 0, 1, 0);
	refused(NONE | MASK | TRIGGER, MSIX, 0, 1, 0);
	refused(NONE | TRIGGER | 64, MSIX, 0, 1, 0);
	refused(NONE | TRIGGER, MSIX, 8, 1, 0);
	refused(NONE | TRIGGER, MSIX, 7, 2, 0);
	refused(NONE | TRIGGER, MSIX, UINT32_MAX, 2, 0);
	refused(NONE | TRIGGER, MSIX, 1, UINT32_MAX, 0);
	refused(NONE | TRIGGER, MSIX, 1, 0, 0);
	refused(NONE | MASK, MSIX, 0, 0, 0);
	refused(EVENTFD | TRIGGER, MSIX, 0, 0, 0);
	refused(EVENTFD | TRIGGER, MSIX, 0, 3, 2);
	refused(EVENTFD | TRIGGER, MSIX, 0, 1, 2);
	refused(NONE | TRIGGER, MSIX, 0, 1, 1);
	refused(NONE | MASK, ERR, 0, 1, 0);
	refused(EVENTFD | MASK, MSIX, 0, 1, 1);
	refused(EVENTFD | UNMASK, INTX, 0, 1, 2);
	for (uint32_t size = 0; size < 20; size++)
		served_refused(s, 8, words, size, EINVAL);
	words[0] = 19;
	served_refused(s, 8, words, 20, EINVAL);
}

static void eventfds_go_with_the_client(void **state)
{
	int before;

	(void)state;
	before = served_count_fds();
	assign(MSIX, 0, 8, 0);
	assign(INTX, 0, 1, 8);
	send_set(EVENTFD | UNMASK, INTX, 0, 1, NULL, 0, 9, 1);
	served_expect(s, 8, NULL, 0);
	served_hang_up(s);
	xlat_pci_function_notify(s->function, 0);
	xlat_pci_function_set_intx(s->function, true);
	assert_int_equal(signals(0), 0);
	assert_int_equal(signals(8), 0);
	served_connect(s);
	assert_int_equal(served_count_fds(), before);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(each_kind_is_described),
		TEST(vectors_of_msix_signal_their_eventfds_without_being_unmasked),
		TEST(messages_go_to_the_kind_that_has_eventfds),
		TEST(vectors_are_assigned_and_taken_away_one_by_one),
		TEST(a_masked_vector_remembers),
		TEST(booleans_choose_among_vectors),
		TEST(a_level_signals_once_until_it_is_unmasked),
		TEST(a_level_that_is_high_signals_an_eventfd_that_comes_late),
		TEST(an_eventfd_of_the_client_unmasks),
		TEST(what_is_no_eventfd_neither_blocks_nor_keeps_the_server_busy),
		TEST(errors_and_requests_for_release_are_signalled),
		TEST(sets_that_make_no_sense_are_refused),
		TEST(eventfds_go_with_the_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
