/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A vfio-user server and a client that sends what the input says: commands with payloads that nearly
 * make sense, replies to what the server asks, descriptors of all kinds, bytes of no kind, a hang-up
 * now and then; while the device makes DMA. Nothing may crash, leak, hang, or be answered with a
 * length that is not what was sent.
 */
#include "input.h"

#include <xlat/implement/mmio.h>
#include <xlat/implement/vfio_user_device.h>
#include <xlat/pci_capability.h>
#include <xlat/vfio_user_server.h>

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	FILE_SIZE = 0x20000,
	OPS = 4,
};

struct world {
	struct input input;
	struct xlat_vfio_user_server *server;
	struct xlat_pci_function *function;
	struct xlat_dma *dma;
	struct xlat_dma_op ops[OPS];
	bool pending[OPS];
	uint8_t buffers[OPS][0x2000];
	struct xlat_mmio_defer *deferred;
	struct xlat_map map;
	uint8_t registers[0x1000], own[64];
	int peer, fds[4]; /* sealed memory, unsealed, an eventfd, a pipe's end */
	uint16_t asked[8]; /* ids of what the server asked */
	uint64_t addresses[8];
	uint64_t counts[8];
	unsigned asked_count;
};

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	struct world *w = opaque;

	if (access->offset == 0x800 && !w->deferred && (w->deferred = xlat_mmio_defer(access)))
		return XLAT_PENDING;
	memcpy(value, w->registers + access->offset, access->size);
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	struct world *w = opaque;

	memcpy(w->registers + access->offset, &value, access->size);
	return XLAT_OK;
}

static const struct xlat_mmio_ops register_ops = {.size = sizeof(struct xlat_mmio_ops),
						  .read = read_register,
						  .write = write_register};

static void process(void *opaque)
{
	(void)xlat_dma_process(((struct world *)opaque)->dma);
}

static int stop(void *opaque)
{
	return ((struct world *)opaque)->registers[0] & 1;
}

static size_t save(void *opaque, void *bytes, size_t size)
{
	if (size >= 64)
		memcpy(bytes, ((struct world *)opaque)->own, 64);
	return 64;
}

static int restore(void *opaque, const void *bytes, size_t size)
{
	if (size != 64)
		return -1;
	memcpy(((struct world *)opaque)->own, bytes, 64);
	return 0;
}

static const struct xlat_vfio_user_device_ops device_ops = {
	.size = sizeof(struct xlat_vfio_user_device_ops),
	.process = process,
	.stop = stop,
	.save = save,
	.restore = restore,
};

static void done(struct xlat_dma_op *op)
{
	*(bool *)op->opaque = false;
}

static void connect_client(struct world *w)
{
	int ends[2];

	must_not(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) ? "no sockets" : NULL);
	if (xlat_vfio_user_server_adopt(w->server, ends[0]) == 0) {
		if (w->peer >= 0)
			close(w->peer);
		w->peer = ends[1];
		w->asked_count = 0;
	} else {
		close(ends[0]);
		close(ends[1]);
	}
}

static void make_world(struct world *w)
{
	struct xlat_vfio_user_server_config config = {.size = sizeof(config), .max_dma_maps = 64};
	struct xlat_region *bar, *table;
	struct xlat_fabric *fabric;
	int failed;

	config.layout = (enum xlat_vfio_user_layout)take(&w->input, 3);
	config.max_data_xfer_size = 0x3000;
	config.give_up_after = 1000000;
	failed = xlat_vfio_user_server_create(&config, &w->server);
	fabric = xlat_vfio_user_server_fabric(w->server);
	failed |=
		xlat_region_create(fabric,
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
					       .length = 0x1000, .ops = &register_ops, .opaque = w),
				   &bar);
	failed |= xlat_region_create(fabric, XLAT_CONFIG(xlat_region_config, .length = 0x1000),
				     &table);
	failed |= xlat_pci_function_create(
		fabric, XLAT_CONFIG(xlat_pci_function_config, .vendor = 1, .interrupt_pin = 1),
		&w->function);
	failed |= xlat_pci_function_add_bar(w->function, 0,
					    XLAT_CONFIG(xlat_pci_bar_config, .region = bar));
	failed |= xlat_pci_function_add_bar(w->function, 2,
					    XLAT_CONFIG(xlat_pci_bar_config, .region = table));
	failed |= xlat_pci_add_msix(w->function, 0,
				    XLAT_CONFIG(xlat_pci_msix_config, .vectors = 4, .table_bar = 2,
						.pba_bar = 2, .pba_offset = 0x800)) < 0;
	failed |= xlat_pci_dma_create(w->function, NULL, &w->dma);
	failed |= xlat_vfio_user_server_show(w->server, w->function, &device_ops, w);
	must_not(failed ? "no server" : NULL);
	xlat_region_unref(bar);
	xlat_region_unref(table);
	xlat_pci_function_config_write(w->function, 4, 2, 6);
	w->peer = -1;
	for (unsigned i = 0; i < 2; i++) {
		w->fds[i] = memfd_create("client", MFD_ALLOW_SEALING | MFD_CLOEXEC);
		must_not(ftruncate(w->fds[i], FILE_SIZE) ? "no memory" : NULL);
	}
	fcntl(w->fds[0], F_ADD_SEALS, F_SEAL_SHRINK);
	w->fds[2] = eventfd(0, EFD_NONBLOCK);
	{
		int ends[2];

		must_not(pipe(ends) ? "no pipe" : NULL);
		close(ends[0]);
		w->fds[3] = ends[1];
	}
	connect_client(w);
}

static void end_world(struct world *w)
{
	if (w->peer >= 0)
		close(w->peer);
	if (w->map.host)
		(void)xlat_dma_unmap(w->dma, &w->map, 0);
	xlat_vfio_user_server_withdraw(w->server);
	xlat_dma_destroy(w->dma);
	if (w->deferred)
		xlat_mmio_complete(w->deferred, XLAT_OK, 0);
	xlat_pci_function_destroy(w->function);
	xlat_vfio_user_server_destroy(w->server);
	for (unsigned i = 0; i < 4; i++)
		close(w->fds[i]);
}

/* Sends bytes with descriptors, if the socket takes them. */
static void send_bytes(struct world *w, const void *bytes, size_t size, unsigned fd_count)
{
	char control[CMSG_SPACE(sizeof(int) * 20)] = {0};
	struct iovec piece = {(void *)(uintptr_t)bytes, size};
	struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};

	if (fd_count) {
		struct cmsghdr *c = (struct cmsghdr *)(void *)control;

		header.msg_control = control;
		header.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
		for (unsigned i = 0; i < fd_count; i++)
			memcpy(CMSG_DATA(c) + i * sizeof(int), &w->fds[take(&w->input, 4)],
			       sizeof(int));
	}
	(void)!sendmsg(w->peer, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* A number that tends to mean something. */
static uint64_t number(struct world *w)
{
	static const uint64_t known[] = {0,	     1,		 2,
					 3,	     4,		 8,
					 16,	     24,	 32,
					 40,	     64,	 0x100,
					 0x800,	     0xff8,	 0x1000,
					 0x1001,     0x2000,	 0x3000,
					 0x3001,     0x8000,	 0x10000,
					 0x20000,    0x100000,	 0x7fffffff,
					 0xffffffff, UINT64_MAX, UINT64_MAX - 0xfff,
					 INT64_MAX};
	uint32_t which = take(&w->input, 40);

	return which < sizeof(known) / sizeof(*known) ? known[which] : take(&w->input, 0x10000);
}

static void put32(uint8_t *at, uint64_t value)
{
	const uint32_t word = (uint32_t)value;

	memcpy(at, &word, 4);
}

static void put64(uint8_t *at, uint64_t value)
{
	memcpy(at, &value, 8);
}

/* A payload that is nearly one of the command. Returns its size. */
static size_t make_payload(struct world *w, uint16_t command, uint8_t *bytes)
{
	static const char *const texts[] = {
		"{\"capabilities\":{\"max_msg_fds\":4,\"max_data_xfer_size\":4096}}",
		"{\"capabilities\":{\"twin_socket\":{\"supported\":true}}}", "{", "{}"};
	static const uint32_t features[] = {1 | 1 << 16, 2 | 1 << 16, 2 | 1 << 17, 6 | 1 << 17,
					    7 | 1 << 17, 8 | 1 << 16, 1 << 18 | 2, 3};
	const char *text;

	switch (command) {
	case 1:
		text = texts[take(&w->input, 4)];
		put32(bytes, take(&w->input, 20) ? 1 << 16 : 1);
		memcpy(bytes + 4, text, strlen(text) + 1);
		return 4 + strlen(text) + 1;
	case 2:
		put32(bytes, 32);
		put32(bytes + 4, take(&w->input, 17));
		put64(bytes + 8, number(w));
		put64(bytes + 16, number(w));
		put64(bytes + 24, number(w));
		return 32;
	case 3:
		put32(bytes, number(w));
		put32(bytes + 4, take(&w->input, 4));
		for (unsigned i = 1; i < 5; i++)
			put64(bytes + 8 * i, number(w));
		return 24 + 16 * take(&w->input, 2);
	case 4:
	case 5:
	case 6:
	case 7:
		put32(bytes, number(w));
		put32(bytes + 8, take(&w->input, 12));
		return command == 5 ? 32 : 16;
	case 8:
		put32(bytes, 20 + take(&w->input, 4));
		put32(bytes + 4, take(&w->input, 64));
		put32(bytes + 8, take(&w->input, 6));
		put32(bytes + 12, take(&w->input, 5));
		put32(bytes + 16, take(&w->input, 5));
		put32(bytes + 20, take(&w->input, 0x1000000));
		return 20 + take(&w->input, 5);
	case 9:
	case 10:
		put64(bytes, number(w));
		put32(bytes + 8, take(&w->input, 10));
		put32(bytes + 12, number(w));
		return 16 + (command == 10 ? (size_t)number(w) % 0x4000 : 0);
	case 15:
		put64(bytes, take(&w->input, 4));
		for (unsigned i = 0; i < 3; i++) {
			put64(bytes + 8 + 24 * i, number(w));
			put32(bytes + 16 + 24 * i, take(&w->input, 10));
			put32(bytes + 20 + 24 * i, take(&w->input, 10));
		}
		return 8 + 24 * 3;
	case 16:
		put32(bytes, number(w));
		put32(bytes + 4, features[take(&w->input, 8)]);
		if (take(&w->input, 2)) {
			put32(bytes + 8, take(&w->input, 9));
			return 16;
		}
		for (unsigned i = 1; i < 5; i++)
			put64(bytes + 8 * i, number(w));
		return 8 + 8 * take(&w->input, 5);
	case 17:
	case 18:
		put32(bytes, number(w));
		put32(bytes + 4, number(w));
		return 8 + (command == 18 ? (size_t)number(w) % 0x4000 : 0);
	default:
		return take(&w->input, 64);
	}
}

static void send_command(struct world *w)
{
	static uint8_t bytes[0x8000];
	uint16_t command = (uint16_t)take(&w->input, 20);
	size_t size = make_payload(w, command, bytes + 16);
	uint32_t odd = take(&w->input, 40);

	/* A length that is another, a flag, a part of it only. */
	put32(bytes, (uint32_t)command << 16 | take(&w->input, 256));
	put32(bytes + 4, 16 + size + (odd == 1) - (odd == 2));
	put32(bytes + 8, odd == 3 ? 0x10 : odd == 4 ? take(&w->input, 64) : 0);
	put32(bytes + 12, 0);
	send_bytes(w, bytes, odd == 5 ? take(&w->input, (uint32_t)(16 + size) + 1) : 16 + size,
		   odd > 8 && command != 2 && command != 8 ? 0 : take(&w->input, 5));
}

/* Reads what the server sent, and remembers what it asked. */
static void drain(struct world *w)
{
	static uint8_t bytes[1 << 16];
	ssize_t got;

	while ((got = recv(w->peer, bytes, 16, MSG_DONTWAIT)) > 0) {
		uint32_t words[4], left;

		must_not(got == 16 ? NULL : "half a header");
		memcpy(words, bytes, 16);
		must_not(words[1] >= 16 ? NULL : "a message shorter than its header");
		for (left = words[1] - 16; left; left -= (uint32_t)got) {
			uint32_t part = left < sizeof(bytes) ? left : sizeof(bytes);

			got = recv(w->peer, bytes, part, MSG_DONTWAIT);
			if (got <= 0)
				return;
			if (left == words[1] - 16 && !words[2] && w->asked_count < 8 && got >= 16) {
				w->asked[w->asked_count] = (uint16_t)words[0];
				memcpy(&w->addresses[w->asked_count], bytes, 8);
				memcpy(&w->counts[w->asked_count], bytes + 8, 8);
				w->asked_count++;
			}
		}
	}
}

/* Answers the oldest question of the server, rightly or not. */
static void answer(struct world *w)
{
	static uint8_t bytes[0x8000];
	uint32_t size = 16 + (uint32_t)(w->counts[0] & 0x3fff), odd = take(&w->input, 8);

	if (!w->asked_count)
		return;
	put32(bytes, (uint32_t)w->asked[0] | (11 + take(&w->input, 2)) << 16);
	put32(bytes + 4, 16 + size - (odd == 1));
	put32(bytes + 8, odd == 2 ? 0x21 : 1);
	put64(bytes + 16, w->addresses[0] + (odd == 3));
	put64(bytes + 24, w->counts[0]);
	send_bytes(w, bytes, 16 + size - (odd == 1), 0);
	w->asked_count--;
	memmove(w->asked, w->asked + 1, sizeof(w->asked) - sizeof(*w->asked));
	memmove(w->addresses, w->addresses + 1, sizeof(w->addresses) - 8);
	memmove(w->counts, w->counts + 1, sizeof(w->counts) - 8);
}

static void device_acts(struct world *w)
{
	unsigned which = take(&w->input, OPS);

	switch (take(&w->input, 6)) {
	case 0:
	case 1:
		if (w->pending[which])
			return;
		w->ops[which] = (struct xlat_dma_op){
			.size = sizeof(w->ops[which]),
			.kind = take(&w->input, 2) ? XLAT_DMA_READ : XLAT_DMA_WRITE,
			.attrs = xlat_pci_function_attrs(w->function),
			.iova = number(w),
			.buffer = w->buffers[which],
			.length = number(w) % sizeof(w->buffers[which]),
			.done = done,
			.opaque = &w->pending[which],
		};
		w->pending[which] = xlat_dma_submit(w->dma, &w->ops[which]) == 0;
		return;
	case 2:
		if (!w->map.host)
			(void)!xlat_dma_map(w->dma, xlat_pci_function_attrs(w->function),
					    XLAT_WRITE, number(w), 16, &w->map);
		return;
	case 3:
		if (w->map.host)
			(void)xlat_dma_unmap(w->dma, &w->map, 1);
		return;
	case 4:
		(void)xlat_pci_function_notify(w->function, which);
		xlat_pci_function_set_intx(w->function, which & 1);
		return;
	default:
		if (w->deferred)
			xlat_mmio_complete(w->deferred, XLAT_OK, 5);
		w->deferred = NULL;
		xlat_vfio_user_server_stopped(w->server);
	}
}

static void step(struct world *w)
{
	switch (take(&w->input, 16)) {
	case 0:
		(void)!ftruncate(w->fds[1], (off_t)take(&w->input, FILE_SIZE));
		break;
	case 1:
		if (take(&w->input, 4) == 0) {
			close(w->peer);
			w->peer = -1;
			(void)xlat_vfio_user_server_process(w->server);
			connect_client(w);
		}
		break;
	case 2:
	case 3:
	case 4:
		device_acts(w);
		break;
	case 5:
	case 6:
		answer(w);
		break;
	default:
		send_command(w);
	}
	if (take(&w->input, 4))
		(void)xlat_vfio_user_server_process(w->server);
	drain(w);
	if (!xlat_vfio_user_server_connected(w->server))
		connect_client(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t version[20] = {0, 0, 1, 0, 20};
	struct world *w = calloc(1, sizeof(*w));

	must_not(w ? NULL : "no memory");
	w->input = (struct input){data, size};
	make_world(w);
	send_bytes(w, version, sizeof(version), 0);
	while (w->input.left)
		step(w);
	(void)xlat_vfio_user_server_process(w->server);
	end_world(w);
	free(w);
	return 0;
}
