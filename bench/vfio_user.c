/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a vfio-user server costs its client, beside a ping-pong of as many bytes over such a socket:
 * register reads, maps and unmaps, DMA by messages; with a loop that waits, and one that spins. And
 * what it costs its device: addresses among 60,000 maps, copies, the end of all maps.
 */
#include "measure.h"

#include <xlat/implement/mmio.h>
#include <xlat/implement/vfio_user_device.h>
#include <xlat/vfio_user_server.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	MAPS = 60000,
	PAGE = 4096,
	FILE_SIZE = 64 << 20,
	AT = 0x10000000,
};

struct world {
	struct xlat_vfio_user_server *server;
	struct xlat_pci_function *function;
	struct xlat_dma *dma;
	struct xlat_dma_op op;
	uint8_t page[PAGE] __attribute__((aligned(PAGE))), back[PAGE];
	int peer, memory;
	const uint8_t *lent; /* the client's memory, as memcpy() sees it */
	uint64_t spin; /* ns; 0: waits */
	bool stop; /* atomic */
	bool reads; /* atomic: the device reads a page by a message, again and again */
	uint64_t read; /* pages so far; atomic */
	pthread_t thread;
	/* The ping-pong. */
	int ping, pong;
	pthread_t echo;
	bool spins; /* both ends of it */
	uint8_t message[1 << 16];
};

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	(void)opaque;
	*value = access->offset;
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	(void)opaque;
	(void)access;
	(void)value;
	return XLAT_OK;
}

static const struct xlat_mmio_ops register_ops = {.size = sizeof(struct xlat_mmio_ops),
						  .read = read_register,
						  .write = write_register};

static void submit(struct world *w);

static void done(struct xlat_dma_op *op)
{
	struct world *w = op->opaque;

	check(op->result.outcome == XLAT_OK);
	__atomic_add_fetch(&w->read, 1, __ATOMIC_RELAXED);
	if (__atomic_load_n(&w->reads, __ATOMIC_RELAXED))
		submit(w);
}

static void submit(struct world *w)
{
	w->op = (struct xlat_dma_op){
		.size = sizeof(w->op),
		.kind = XLAT_DMA_READ,
		.attrs = xlat_pci_function_attrs(w->function),
		.iova = 0x1000,
		.length = PAGE,
		.buffer = w->page,
		.done = done,
		.opaque = w,
	};
	check(xlat_dma_submit(w->dma, &w->op) == 0);
}

static void process(void *opaque)
{
	struct world *w = opaque;
	bool idle = !w->op.size;

	if (idle && __atomic_load_n(&w->reads, __ATOMIC_RELAXED))
		submit(w);
	(void)xlat_dma_process(w->dma);
	if (!__atomic_load_n(&w->reads, __ATOMIC_RELAXED))
		w->op.size = 0;
}

static const struct xlat_vfio_user_device_ops device_ops = {
	.size = sizeof(struct xlat_vfio_user_device_ops),
	.process = process};

static void *serve(void *opaque)
{
	struct world *w = opaque;

	xlat_dma_own(w->dma);
	while (!__atomic_load_n(&w->stop, __ATOMIC_ACQUIRE)) {
		if (w->spin) {
			(void)xlat_vfio_user_server_spin(w->server, w->spin);
		} else {
			struct epoll_event event;

			(void)!epoll_wait(xlat_vfio_user_server_fd(w->server), &event, 1, 100);
			(void)xlat_vfio_user_server_process(w->server);
		}
	}
	return NULL;
}

static void begin_thread(struct world *w, uint64_t spin)
{
	w->spin = spin;
	w->stop = false;
	check(pthread_create(&w->thread, NULL, serve, w) == 0);
}

static void end_thread(struct world *w)
{
	__atomic_store_n(&w->stop, true, __ATOMIC_RELEASE);
	check(pthread_join(w->thread, NULL) == 0);
	xlat_dma_own(w->dma);
}

static void *echo(void *opaque)
{
	struct world *w = opaque;
	uint8_t bytes[64];

	for (;;) {
		ssize_t got = recv(w->pong, bytes, 32, w->spins ? MSG_DONTWAIT : MSG_WAITALL);

		if (got == 0)
			return NULL;
		if (got == 32)
			check(send(w->pong, bytes, 36, 0) == 36);
	}
}

/* Receives so many bytes, waiting as the server does. */
static void receive(const struct world *w, int fd, void *bytes, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = recv(fd, (uint8_t *)bytes + got, size - got,
				 w->spin || w->spins ? MSG_DONTWAIT : MSG_WAITALL);

		got += n > 0 ? (size_t)n : 0;
	}
}

static void ping_pong(void *opaque, uint64_t n)
{
	struct world *w = opaque;

	for (uint64_t i = 0; i < n; i++) {
		check(send(w->ping, w->message, 32, 0) == 32);
		receive(w, w->ping, w->message, 36);
	}
}

/* Sends a command; the bytes behind its header are in message. */
static void command(struct world *w, uint16_t number, size_t size, int fd)
{
	const uint16_t ids[2] = {1, number};
	const uint32_t words[3] = {(uint32_t)(16 + size), 0, 0};
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec piece = {w->message, 16 + size};
	struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};

	memcpy(w->message, ids, 4);
	memcpy(w->message + 4, words, 12);
	if (fd >= 0) {
		struct cmsghdr *c = (struct cmsghdr *)(void *)control;

		header.msg_control = control;
		header.msg_controllen = sizeof(control);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	check(sendmsg(w->peer, &header, 0) == (ssize_t)(16 + size));
}

/* Takes a reply without an error, of so many bytes behind its header. */
static void reply(struct world *w, size_t size)
{
	uint32_t header[4];

	receive(w, w->peer, header, 16);
	check(header[1] == 16 + size && header[2] == 1);
	if (size)
		receive(w, w->peer, w->message, size);
}

static void read_registers(void *opaque, uint64_t n)
{
	struct world *w = opaque;

	for (uint64_t i = 0; i < n; i++) {
		const uint64_t offset = 0x10;
		const uint32_t rest[2] = {0, 4};

		memcpy(w->message + 16, &offset, 8);
		memcpy(w->message + 24, rest, 8);
		command(w, 9, 16, -1);
		reply(w, 20);
	}
}

static void send_map(struct world *w, uint64_t address, uint64_t offset, uint64_t size, int fd)
{
	const uint32_t words[2] = {32, 3};
	const uint64_t longs[3] = {offset, address, size};

	memcpy(w->message + 16, words, 8);
	memcpy(w->message + 24, longs, 24);
	command(w, 2, 32, fd);
}

static void send_unmap(struct world *w, uint64_t address, uint64_t size, uint32_t flags)
{
	const uint32_t words[2] = {24, flags};
	const uint64_t longs[2] = {address, size};

	memcpy(w->message + 16, words, 8);
	memcpy(w->message + 24, longs, 16);
	command(w, 3, 24, -1);
}

static void map_and_unmap(void *opaque, uint64_t n)
{
	struct world *w = opaque;

	for (uint64_t i = 0; i < n; i++) {
		send_map(w, AT, 0, PAGE, w->memory);
		reply(w, 0);
		send_unmap(w, AT, PAGE, 0);
		reply(w, 24);
	}
}

static void two_ping_pongs(void *opaque, uint64_t n)
{
	ping_pong(opaque, 2 * n);
}

/* The client's side of a device that reads pages by messages. */
static void answer_reads(void *opaque, uint64_t n)
{
	struct world *w = opaque;

	for (uint64_t i = 0; i < n; i++) {
		uint32_t header[8];

		receive(w, w->peer, header, 32);
		check(header[1] == 32 && header[0] >> 16 == 11);
		header[1] = 32 + PAGE;
		header[2] = 1;
		memcpy(w->message, header, 32);
		check(send(w->peer, w->message, 32 + PAGE, 0) == 32 + PAGE);
	}
}

/* --- Without a thread: the server is called here. */

static void pump(struct world *w, size_t size)
{
	do
		(void)xlat_vfio_user_server_process(w->server);
	while (recv(w->peer, w->back, 16 + size, MSG_PEEK | MSG_DONTWAIT) < (ssize_t)(16 + size));
	reply(w, size);
}

static void map_many(struct world *w)
{
	for (unsigned i = 0; i < MAPS; i++) {
		/* Every other page, so that none can be merged with its neighbour. */
		send_map(w, AT + 2 * (uint64_t)i * PAGE, (uint64_t)i % (FILE_SIZE / PAGE) * PAGE,
			 PAGE, w->memory);
		pump(w, 0);
	}
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); /* others may run meanwhile */
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint32_t next_page(uint32_t *random)
{
	*random = *random * 1664525 + 1013904223;
	return *random % MAPS;
}

/* A page that the handle has not cached, found and read 8 bytes of. */
static void find_addresses(void *opaque, uint64_t n)
{
	struct world *w = opaque;
	struct xlat_space *space = xlat_pci_function_space(w->function);
	struct xlat_section section;
	uint32_t random = 1;

	for (uint64_t i = 0; i < n; i++)
		check(xlat_space_find(space, AT + 2 * (uint64_t)next_page(&random) * PAGE,
				      &section));
}

static void miss_addresses(void *opaque, uint64_t n)
{
	struct world *w = opaque;
	struct xlat_attrs attrs = xlat_pci_function_attrs(w->function);
	uint32_t random = 1;
	uint64_t value;

	for (uint64_t i = 0; i < n; i++)
		check(xlat_dma_read(w->dma, attrs, AT + 2 * (uint64_t)next_page(&random) * PAGE,
				    &value, 8) == XLAT_OK);
}

static void copy_page(void *opaque, uint64_t n)
{
	struct world *w = opaque;
	struct xlat_attrs attrs = xlat_pci_function_attrs(w->function);

	for (uint64_t i = 0; i < n; i++)
		check(xlat_dma_read(w->dma, attrs, AT, w->page, PAGE) == XLAT_OK);
}

static void memcpy_page(void *opaque, uint64_t n)
{
	struct world *w = opaque;

	for (uint64_t i = 0; i < n; i++) {
		memcpy(w->page, w->lent, PAGE);
		opaque_value(w);
	}
}

static void make_device(struct world *w)
{
	struct xlat_fabric *fabric = xlat_vfio_user_server_fabric(w->server);
	struct xlat_region *bar;

	check(!xlat_region_create(fabric,
				  XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
					      .length = PAGE, .ops = &register_ops),
				  &bar));
	check(!xlat_pci_function_create(
		fabric, XLAT_CONFIG(xlat_pci_function_config, .vendor = 0x1234), &w->function));
	check(!xlat_pci_function_add_bar(w->function, 0,
					 XLAT_CONFIG(xlat_pci_bar_config, .region = bar)));
	xlat_region_unref(bar);
	check(!xlat_pci_dma_create(w->function, NULL, &w->dma));
	check(!xlat_vfio_user_server_show(w->server, w->function, &device_ops, w));
	xlat_pci_function_config_write(w->function, 4, 2, 6);
}

static void begin(struct world *w)
{
	int fds[2];

	memset(w, 0, sizeof(*w));
	check(!xlat_vfio_user_server_create(XLAT_CONFIG(xlat_vfio_user_server_config,
							.layout = XLAT_VFIO_USER_LAYOUT_STANDARD),
					    &w->server));
	make_device(w);
	check(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	check(!xlat_vfio_user_server_adopt(w->server, fds[0]));
	w->peer = fds[1];
	check(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
	w->ping = fds[0];
	w->pong = fds[1];
	w->memory = memfd_create("client", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	check(w->memory >= 0 && !ftruncate(w->memory, FILE_SIZE));
	check(!fcntl(w->memory, F_ADD_SEALS, F_SEAL_SHRINK));
	w->lent = mmap(NULL, FILE_SIZE, PROT_READ, MAP_SHARED, w->memory, 0);
	check(w->lent != MAP_FAILED);
	memset(w->message, 0, 64);
	command(w, 1, 4, -1);
	pump(w, 4 + 20);
}

/* What the client waits for, of several times; others may run meanwhile. */
static double unmap_all(const struct measure *m, struct world *w)
{
	double least = 1e18;

	for (unsigned round = 0; round < (m->quick ? 1 : 7); round++) {
		struct timespec from, to;
		double took;

		if (round)
			map_many(w);
		begin_thread(w, 0);
		clock_gettime(CLOCK_MONOTONIC, &from);
		send_unmap(w, 0, 0, 2);
		reply(w, 24);
		clock_gettime(CLOCK_MONOTONIC, &to);
		end_thread(w);
		took = (double)(to.tv_sec - from.tv_sec) * 1e9 +
		       (double)(to.tv_nsec - from.tv_nsec);
		least = took < least ? took : least;
	}
	return least;
}

/* Rows of a loop that waits, or spins. */
static void measure_loop(struct measure *m, struct world *w, bool spins)
{
	double ns, against;
	uint64_t calls, messages;

	w->spins = spins;
	begin_thread(w, spins ? 1000000 : 0);
	check(pthread_create(&w->echo, NULL, echo, w) == 0);
	calls = xlat_vfio_user_server_statistics(w->server).system_calls;
	messages = xlat_vfio_user_server_statistics(w->server).messages;
	if (spins) {
		/* Two threads that spin leave no processor for two more. */
		shutdown(w->ping, SHUT_WR);
		check(pthread_join(w->echo, NULL) == 0);
		ns = measure_ns(m, read_registers, w);
		measure_row(m, "region read, spinning", ns, NULL, 0, 2000);
	} else {
		measure_pair(m, read_registers, w, ping_pong, w, &ns, &against);
		measure_row(m, "region read", ns, "ping-pong", against, 1.2);
		calls = xlat_vfio_user_server_statistics(w->server).system_calls - calls;
		messages = xlat_vfio_user_server_statistics(w->server).messages - messages;
		measure_row(m, "system calls of it", (double)calls / (double)messages, NULL, 0, 2);
		measure_pair(m, map_and_unmap, w, two_ping_pongs, w, &ns, &against);
		measure_row(m, "map with a descriptor, and unmap", ns, "2 ping-pongs", against, 0);
		send_map(w, 0x1000, 0, PAGE, -1);
		reply(w, 0);
		__atomic_store_n(&w->reads, true, __ATOMIC_RELAXED);
		measure_pair(m, answer_reads, w, ping_pong, w, &ns, &against);
		measure_row(m, "4 KiB read by a message", ns, "ping-pong", against, 0);
		__atomic_store_n(&w->reads, false, __ATOMIC_RELAXED);
		answer_reads(w, 1);
		send_unmap(w, 0x1000, PAGE, 0);
		reply(w, 24);
		shutdown(w->ping, SHUT_WR);
		check(pthread_join(w->echo, NULL) == 0);
	}
	end_thread(w);
	w->spin = 0;
	w->spins = false;
}

int main(int argc, char **argv)
{
	struct measure measure;
	struct world *w = aligned_alloc(PAGE, sizeof(*w));
	double ns, against;
	uint64_t start;

	check(w);
	measure_begin(&measure, "vfio_user", argc, argv);
	begin(w);
	measure_loop(&measure, w, false);
	close(w->ping);
	close(w->pong);
	{
		int fds[2];

		check(!socketpair(AF_UNIX, SOCK_STREAM, 0, fds));
		w->ping = fds[0];
		w->pong = fds[1];
	}
	measure_loop(&measure, w, true);
	start = now();
	map_many(w);
	measure_row(&measure, "each of 60,000 maps, served here", (double)(now() - start) / MAPS,
		    NULL, 0, 0);
	measure_row(&measure, "address among 60,000, found in the space",
		    measure_ns(&measure, find_addresses, w), NULL, 0, 30);
	measure_row(&measure, "address among 60,000, missed by the handle",
		    measure_ns(&measure, miss_addresses, w), NULL, 0, 0);
	check(xlat_dma_read(w->dma, xlat_pci_function_attrs(w->function), AT, w->back, PAGE) ==
	      XLAT_OK);
	measure_pair(&measure, copy_page, w, memcpy_page, w, &ns, &against);
	measure_row(&measure, "4 KiB copy", ns, "memcpy", against, 1.15);
	measure_row(&measure, "unmap all 60,000", unmap_all(&measure, w), NULL, 0, 1e6);
	close(w->peer);
	xlat_vfio_user_server_withdraw(w->server);
	xlat_dma_destroy(w->dma);
	xlat_pci_function_destroy(w->function);
	xlat_vfio_user_server_destroy(w->server);
	free(w);
	return measure_end(&measure);
}
