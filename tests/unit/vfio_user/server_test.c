/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a vfio-user server: sockets, clients that come and are killed, servers beside one
 * another.
 */
#include "test.h"
#include "served.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/xlat-served-XXXXXX", path[64];

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/socket", directory);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(directory);
}

static int connect_to_path(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(address.sun_path, path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		close(fd);
		return -errno;
	}
	return fd;
}

static bool readable(int fd)
{
	struct pollfd poll_fd = {fd, POLLIN, 0};

	return poll(&poll_fd, 1, 0) == 1;
}

static void a_path_is_listened_on_and_removed_at_the_end(void **state)
{
	struct served *s = malloc(sizeof(*s));
	struct xlat_vfio_user_server *second;
	const struct xlat_vfio_user_server_config config = {.size = sizeof(config), .path = path};
	int waiting;

	(void)state;
	served_init(s, &config);
	assert_int_equal(xlat_vfio_user_server_create(&config, &second), -EADDRINUSE);
	/* The look at whether somebody listens was a client that has gone. */
	while (readable(xlat_vfio_user_server_fd(s->server)))
		(void)xlat_vfio_user_server_process(s->server);
	s->peer = connect_to_path();
	assert_true(s->peer >= 0);
	assert_true(readable(xlat_vfio_user_server_fd(s->server)));
	served_negotiate(s);
	/* The next one waits, and does not keep the host's loop busy. */
	waiting = connect_to_path();
	served_pump(s);
	assert_false(readable(xlat_vfio_user_server_fd(s->server)));
	close(s->peer);
	s->peer = waiting;
	s->gone = 0;
	while (!s->gone)
		(void)xlat_vfio_user_server_process(s->server);
	served_negotiate(s);
	served_finish(s);
	assert_int_equal(access(path, F_OK), -1);
	free(s);
}

static void a_socket_that_nobody_listens_on_is_replaced_and_nothing_else_is(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct xlat_vfio_user_server_config config = {.size = sizeof(config), .path = path};
	struct xlat_vfio_user_server *server;
	FILE *file;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	strcpy(address.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	close(fd);
	assert_int_equal(xlat_vfio_user_server_create(&config, &server), 0);
	xlat_vfio_user_server_destroy(server);
	file = fopen(path, "w");
	fclose(file);
	assert_int_equal(xlat_vfio_user_server_create(&config, &server), -EADDRINUSE);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

static void a_server_of_one_client_is_finished_with_it(void **state)
{
	struct served *s = malloc(sizeof(*s));
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	served_init(s, XLAT_CONFIG(xlat_vfio_user_server_config, .has_fd = true, .fd = fds[0]));
	s->peer = fds[1];
	served_negotiate(s);
	assert_false(xlat_vfio_user_server_finished(s->server));
	served_hang_up(s);
	assert_true(xlat_vfio_user_server_finished(s->server));
	served_finish(s);
	free(s);
}

static void configurations_that_make_no_sense_are_refused(void **state)
{
	struct xlat_vfio_user_server *server;
	char long_path[200];
	int fds[2], before;

	(void)state;
	memset(long_path, 'x', sizeof(long_path));
	long_path[199] = '\0';
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	before = served_count_fds();
	assert_int_equal(xlat_vfio_user_server_create(NULL, &server), -EINVAL);
	assert_int_equal(xlat_vfio_user_server_create(XLAT_CONFIG(xlat_vfio_user_server_config,
								  .path = path, .has_fd = true,
								  .fd = fds[0]),
						      &server),
			 -EINVAL);
	assert_int_equal(xlat_vfio_user_server_create(XLAT_CONFIG(xlat_vfio_user_server_config,
								  .path = long_path),
						      &server),
			 -EINVAL);
	assert_int_equal(
		xlat_vfio_user_server_create(XLAT_CONFIG(xlat_vfio_user_server_config,
							 .memory = (enum xlat_vfio_user_memory)9),
					     &server),
		-EINVAL);
	assert_int_equal(xlat_vfio_user_server_create(XLAT_CONFIG(xlat_vfio_user_server_config,
								  .max_data_xfer_size = UINT32_MAX),
						      &server),
			 -EINVAL);
	/* What was given is the caller's still, and nothing is left. */
	assert_int_equal(served_count_fds(), before);
	close(fds[0]);
	close(fds[1]);
}

static void read_register(struct served *s, uint32_t region, uint64_t offset, const char *text)
{
	uint8_t message[24] = {0};
	const uint32_t words[2] = {region, 1};

	memcpy(message, &offset, 8);
	memcpy(message + 8, words, 8);
	served_send(s, 9, message, 16, NULL, 0);
	message[16] = (uint8_t)text[0];
	served_expect(s, 9, message, 17);
}

/* The same BARs, the same ports, the same memory addresses, the same vectors. */
static void two_servers_of_one_process_do_not_collide(void **state)
{
	struct served *s[2] = {malloc(sizeof(**s)), malloc(sizeof(**s))};
	int fds[2], events[2];
	uint8_t byte;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		served_init(s[i], NULL);
		served_negotiate(s[i]);
		xlat_pci_function_config_write(s[i]->function, 0x10, 4, 0xc0000000);
		xlat_pci_function_config_write(s[i]->function, 0x18, 4, 0xc000);
		xlat_pci_function_config_write(s[i]->function, 4, 2, 7);
		fds[i] = served_memory(0x10000, true);
		served_map(s[i], 0x100000, 0x10000, fds[i], 0);
		assert_int_equal(pwrite(fds[i], i ? "B" : "A", 1, 0), 1);
		s[i]->bytes[8] = (uint8_t)(i ? 'b' : 'a');
		s[i]->port_bytes[3] = (uint8_t)(i ? 'q' : 'p');
		events[i] = eventfd(0, EFD_NONBLOCK);
		served_send(s[i], 8, (const uint32_t[5]){20, 4 | 32, 2, 0, 1}, 20, &events[i], 1);
		served_expect(s[i], 8, NULL, 0);
	}
	for (unsigned i = 0; i < 2; i++) {
		struct xlat_pci_bus *bus = xlat_vfio_user_server_bus(s[i]->server);
		struct xlat_attrs attrs = xlat_pci_function_attrs(s[i]->function);
		struct xlat_space *memory, *ports;
		uint64_t count;

		read_register(s[i], 0, 8, i ? "b" : "a");
		read_register(s[i], 2, 3, i ? "q" : "p");
		assert_int_equal(xlat_dma_read(s[i]->dma, attrs, 0x100000, &byte, 1), XLAT_OK);
		assert_int_equal(byte, i ? 'B' : 'A');
		assert_int_equal(xlat_space_create(xlat_pci_bus_memory(bus), "memory", &memory), 0);
		assert_int_equal(xlat_space_create(xlat_pci_bus_io(bus), "ports", &ports), 0);
		assert_int_equal(xlat_space_read(memory, attrs, 0xc0000008, &byte, 1), XLAT_OK);
		assert_int_equal(byte, i ? 'b' : 'a');
		assert_int_equal(xlat_space_read(ports, attrs, 0xc003, &byte, 1), XLAT_OK);
		assert_int_equal(byte, i ? 'q' : 'p');
		xlat_space_destroy(memory);
		xlat_space_destroy(ports);
		xlat_pci_function_notify(s[i]->function, 0);
		assert_int_equal(read(events[i], &count, 8), 8);
		assert_int_equal(read(events[!i], &count, 8), -1);
	}
	/* One ends, the other goes on. */
	served_finish(s[0]);
	read_register(s[1], 0, 8, "b");
	assert_int_equal(xlat_dma_read(s[1]->dma, xlat_pci_function_attrs(s[1]->function), 0x100000,
				       &byte, 1),
			 XLAT_OK);
	served_finish(s[1]);
	for (unsigned i = 0; i < 2; i++) {
		close(fds[i]);
		close(events[i]);
		free(s[i]);
	}
}

/* --- A client that is killed. */

struct message {
	uint16_t id, command;
	uint32_t size, flags, error;
	uint8_t payload[64];
};

static void send_message(int fd, const struct message *message, int descriptor)
{
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec piece = {(void *)(uintptr_t)message, message->size};
	struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};

	if (descriptor >= 0) {
		struct cmsghdr *c = (struct cmsghdr *)(void *)control;

		header.msg_control = control;
		header.msg_controllen = sizeof(control);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &descriptor, sizeof(int));
	}
	(void)!sendmsg(fd, &header, MSG_NOSIGNAL);
}

/* Maps, unmaps, reads, writes and takes interrupts until it is killed. Never returns. */
static void be_a_client(int fd)
{
	const struct message version = {1, 1, 24, 0, 0, {0, 0, 1, 0, '{', '}', 0}};
	int memory[2] = {served_memory(1 << 20, true), served_memory(1 << 20, false)};
	int event = eventfd(0, EFD_NONBLOCK);
	struct message m = version;
	uint8_t sink[4096];

	m.size = 16 + 7;
	send_message(fd, &m, -1);
	for (uint32_t i = 0;; i++) {
		uint64_t address = (uint64_t)(i % 100) << 12;
		const uint32_t map[2] = {32, 3}, unmap[2] = {24, 0},
			       irqs[5] = {20, 36, 2, i % 8, 1};
		const uint64_t where[3] = {address, address, 4096},
			       access[2] = {8, UINT64_C(4) << 32};

		m = (struct message){.id = (uint16_t)i, .size = 48};
		switch (i % 5) {
		case 0:
			m.command = 2;
			memcpy(m.payload, map, 8);
			memcpy(m.payload + 8, where, 24);
			send_message(fd, &m, i % 3 ? memory[i % 2] : -1);
			break;
		case 1:
			m.command = 3;
			m.size = 40;
			memcpy(m.payload, unmap, 8);
			memcpy(m.payload + 8, where + 1, 16);
			if (i % 3 == 0)
				send_message(fd, &m, -1);
			break;
		case 2:
			m.command = 8;
			m.size = 36;
			memcpy(m.payload, irqs, 20);
			send_message(fd, &m, event);
			break;
		default:
			m.command = 9;
			m.size = 32;
			memcpy(m.payload, access, 16);
			send_message(fd, &m, -1);
		}
		while (recv(fd, sink, sizeof(sink), MSG_DONTWAIT) > 0)
			;
	}
}

static void a_client_that_is_killed_at_any_moment_leaves_nothing(void **state)
{
	struct served *s = malloc(sizeof(*s));
	int fds = 0, maps = 0;
	unsigned random = 1;

	(void)state;
	served_init(s, NULL);
	served_enable_dma(s);
	served_hang_up(s);
	for (unsigned i = 0; i < 40; i++) {
		uint8_t bytes[64];
		unsigned rounds;
		pid_t child;

		served_connect(s);
		s->gone = 0;
		child = fork();
		assert_true(child >= 0);
		if (child == 0) {
			be_a_client(s->peer);
			_exit(0);
		}
		close(s->peer);
		s->peer = -1;
		random = random * 1664525 + 1013904223;
		rounds = random >> 20;
		for (unsigned k = 0; k < rounds; k++) {
			(void)xlat_vfio_user_server_process(s->server);
			(void)xlat_dma_read(s->dma, xlat_pci_function_attrs(s->function),
					    (k % 100) << 12, bytes, sizeof(bytes));
			xlat_pci_function_notify(s->function, k % 8);
		}
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, NULL, 0), child);
		while (!s->gone)
			(void)xlat_vfio_user_server_process(s->server);
		served_pump(s);
		if (i == 0) {
			fds = served_count_fds();
			maps = served_count_maps();
		}
		assert_int_equal(served_count_fds(), fds);
		/* The allocator may have made and given back some of its own. */
		assert_true(served_count_maps() < maps + 8);
		assert_int_equal(xlat_vfio_user_server_statistics(s->server).maps, 0);
	}
	served_connect(s);
	served_negotiate(s);
	served_finish(s);
	free(s);
}

/* --- Spinning, and another thread. */

static void *spin(void *opaque)
{
	struct served *s = opaque;

	while (xlat_vfio_user_server_connected(s->server))
		(void)xlat_vfio_user_server_spin(s->server, 100000);
	return NULL;
}

static void a_server_that_spins_answers_from_its_own_thread(void **state)
{
	struct served *s = malloc(sizeof(*s));
	const struct message ask = {7, 9, 32, 0, 0, {[0] = 8, [12] = 4}};
	pthread_t thread;

	(void)state;
	served_init(s, NULL);
	served_negotiate(s);
	assert_int_equal(pthread_create(&thread, NULL, spin, s), 0);
	for (unsigned i = 0; i < 100; i++) {
		struct message reply;

		send_message(s->peer, &ask, -1);
		assert_int_equal(recv(s->peer, &reply, 36, MSG_WAITALL), 36);
		assert_int_equal(reply.id, 7);
		assert_int_equal(reply.flags, 1);
	}
	shutdown(s->peer, SHUT_RDWR);
	pthread_join(thread, NULL);
	assert_int_equal(s->reads, 100);
	served_finish(s);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_listened_on_and_removed_at_the_end),
		cmocka_unit_test(a_socket_that_nobody_listens_on_is_replaced_and_nothing_else_is),
		cmocka_unit_test(a_server_of_one_client_is_finished_with_it),
		cmocka_unit_test(configurations_that_make_no_sense_are_refused),
		cmocka_unit_test(two_servers_of_one_process_do_not_collide),
		cmocka_unit_test(a_client_that_is_killed_at_any_moment_leaves_nothing),
		cmocka_unit_test(a_server_that_spins_answers_from_its_own_thread),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
