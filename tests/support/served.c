/* SPDX-License-Identifier: BSD-3-Clause */
#include "served.h"

#include "test.h"

#include <xlat/implement/pci_function.h>
#include <xlat/pci_capability.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	struct served *s = opaque;

	s->reads++;
	if (access->offset == SERVED_DEFERS && (s->deferred = xlat_mmio_defer(access)))
		return XLAT_PENDING;
	*value = 0;
	for (unsigned i = 0; i < access->size; i++)
		*value |= (uint64_t)s->bytes[access->offset + i] << (8 * i);
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	struct served *s = opaque;

	s->writes++;
	for (unsigned i = 0; i < access->size; i++)
		s->bytes[access->offset + i] = (uint8_t)(value >> (8 * i));
	return XLAT_OK;
}

static const struct xlat_mmio_ops register_ops = {.size = sizeof(struct xlat_mmio_ops),
						  .read = read_register,
						  .write = write_register};

static enum xlat_outcome read_port(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t *value)
{
	const struct served *s = opaque;

	*value = s->port_bytes[access->offset];
	return XLAT_OK;
}

static enum xlat_outcome write_port(void *opaque, const struct xlat_mmio_access *access,
				    uint64_t value)
{
	struct served *s = opaque;

	s->port_bytes[access->offset] = (uint8_t)value;
	return XLAT_OK;
}

static const struct xlat_mmio_ops port_ops = {
	.size = sizeof(struct xlat_mmio_ops),
	.implemented = {1, 1, false},
	.read = read_port,
	.write = write_port,
};

static void reset(void *opaque)
{
	((struct served *)opaque)->resets++;
}

static const struct xlat_pci_function_ops function_ops = {
	.size = sizeof(struct xlat_pci_function_ops),
	.reset = reset};

static void process(void *opaque)
{
	struct served *s = opaque;

	if (s->dma)
		(void)xlat_dma_process(s->dma);
}

static int stop(void *opaque)
{
	struct served *s = opaque;

	s->stops++;
	return s->stop_later;
}

static void start(void *opaque)
{
	((struct served *)opaque)->starts++;
}

static size_t save(void *opaque, void *bytes, size_t size)
{
	struct served *s = opaque;

	if (size >= sizeof(s->own))
		memcpy(bytes, &s->own, sizeof(s->own));
	return sizeof(s->own);
}

static int restore(void *opaque, const void *bytes, size_t size)
{
	struct served *s = opaque;

	if (size != sizeof(s->own) || s->refuse_restore)
		return -EINVAL;
	memcpy(&s->own, bytes, sizeof(s->own));
	return 0;
}

static void client_gone(void *opaque)
{
	((struct served *)opaque)->gone++;
}

static const struct xlat_vfio_user_device_ops device_ops = {
	.size = sizeof(struct xlat_vfio_user_device_ops),
	.process = process,
	.stop = stop,
	.start = start,
	.save = save,
	.restore = restore,
	.client_gone = client_gone,
};

static void note_event(void *opaque, const struct xlat_vfio_user_event *event)
{
	struct served *s = opaque;

	s->events[event->kind]++;
	s->last_error = event->error;
	snprintf(s->last_text, sizeof(s->last_text), "%s", event->text);
}

static struct xlat_region *make_region(struct served *s, const struct xlat_region_config *config)
{
	struct xlat_region *region;

	assert_int_equal(
		xlat_region_create(xlat_vfio_user_server_fabric(s->server), config, &region), 0);
	return region;
}

static void make_bars(struct served *s)
{
	struct xlat_fabric *fabric = xlat_vfio_user_server_fabric(s->server);

	assert_int_equal(xlat_ram_create(fabric,
					 XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_MEMFD,
						     .length = SERVED_RAM),
					 &s->ram),
			 0);
	s->bar0 = make_region(s, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_CONTAINER,
					     .length = SERVED_BAR0));
	s->registers =
		make_region(s, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
					   .length = 0x1000, .ops = &register_ops, .opaque = s));
	s->shared[0] =
		make_region(s, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					   .length = 0x1000, .ram = s->ram, .ram_offset = 0x1000));
	s->shared[1] =
		make_region(s, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					   .length = 0x2000, .ram = s->ram, .ram_offset = 0x4000));
	s->ports =
		make_region(s, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
					   .length = SERVED_PORTS, .ops = &port_ops, .opaque = s));
	s->table = make_region(s, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_CONTAINER,
					      .length = 0x1000));
	assert_int_equal(xlat_region_attach(s->bar0, s->registers, 0), 0);
	assert_int_equal(xlat_region_attach(s->bar0, s->shared[0], 0x1000), 0);
	assert_int_equal(xlat_region_attach(s->bar0, s->shared[1], 0x4000), 0);
	assert_int_equal(xlat_pci_function_add_bar(
				 s->function, 0,
				 XLAT_CONFIG(xlat_pci_bar_config, .kind = XLAT_PCI_BAR_MEMORY64,
					     .prefetchable = true, .region = s->bar0)),
			 0);
	assert_int_equal(xlat_pci_function_add_bar(s->function, 2,
						   XLAT_CONFIG(xlat_pci_bar_config,
							       .kind = XLAT_PCI_BAR_IO,
							       .region = s->ports)),
			 0);
	assert_int_equal(xlat_pci_function_add_bar(s->function, 4,
						   XLAT_CONFIG(xlat_pci_bar_config,
							       .kind = XLAT_PCI_BAR_MEMORY32,
							       .region = s->table)),
			 0);
}

static void make_function(struct served *s)
{
	assert_int_equal(
		xlat_pci_function_create(xlat_vfio_user_server_fabric(s->server),
					 XLAT_CONFIG(xlat_pci_function_config, .vendor = 0x1234,
						     .device = 0x5678, .subsystem_vendor = 0x1af4,
						     .subsystem = 0x1100, .revision = 3,
						     .class_code = 0x088000, .interrupt_pin = 1,
						     .ops = &function_ops, .opaque = s),
					 &s->function),
		0);
	make_bars(s);
	assert_true(xlat_pci_add_express(s->function, 0, XLAT_PCI_EXPRESS_ENDPOINT) > 0);
	assert_true(xlat_pci_add_msi(s->function, 0, SERVED_MESSAGES) > 0);
	assert_true(xlat_pci_add_msix(s->function, 0,
				      XLAT_CONFIG(xlat_pci_msix_config, .vectors = SERVED_VECTORS,
						  .table_bar = 4, .pba_bar = 4,
						  .pba_offset = 0x800)) > 0);
}

void served_init(struct served *s, const struct xlat_vfio_user_server_config *given)
{
	struct xlat_vfio_user_server_config config = {.size = sizeof(config)};

	memset(s, 0, sizeof(*s));
	if (given)
		config = *given;
	config.event = note_event;
	config.opaque = s;
	s->peer = -1;
	assert_int_equal(xlat_vfio_user_server_create(&config, &s->server), 0);
	make_function(s);
	assert_int_equal(xlat_pci_dma_create(s->function,
					     XLAT_CONFIG(xlat_dma_config, .name = "queue"),
					     &s->dma),
			 0);
	assert_int_equal(xlat_vfio_user_server_show(s->server, s->function, &device_ops, s), 0);
	if (!config.path && !config.has_fd)
		served_connect(s);
}

static void drop_fds(struct served *s)
{
	for (unsigned i = 0; i < s->fd_count; i++)
		if (s->fds[i] >= 0)
			close(s->fds[i]);
	s->fd_count = 0;
}

void served_finish(struct served *s)
{
	drop_fds(s);
	if (s->peer >= 0)
		close(s->peer);
	xlat_vfio_user_server_withdraw(s->server);
	xlat_dma_destroy(s->dma);
	if (s->deferred)
		xlat_mmio_complete(s->deferred, XLAT_OK, 0);
	xlat_pci_function_destroy(s->function);
	xlat_region_unref(s->bar0);
	xlat_region_unref(s->registers);
	xlat_region_unref(s->shared[0]);
	xlat_region_unref(s->shared[1]);
	xlat_region_unref(s->ports);
	xlat_region_unref(s->table);
	xlat_ram_unref(s->ram);
	xlat_vfio_user_server_destroy(s->server);
}

void served_connect(struct served *s)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(xlat_vfio_user_server_adopt(s->server, fds[0]), 0);
	s->peer = fds[1];
	s->next_id = 0x4000;
}

void served_pump(struct served *s)
{
	unsigned quiet = 0;

	while (quiet < 3)
		quiet = xlat_vfio_user_server_process(s->server) ? 0 : quiet + 1;
}

void served_hang_up(struct served *s)
{
	close(s->peer);
	s->peer = -1;
	while (xlat_vfio_user_server_connected(s->server))
		(void)xlat_vfio_user_server_process(s->server);
	served_pump(s);
}

void served_send_bytes(struct served *s, const void *bytes, size_t size, const int *fds,
		       unsigned fd_count)
{
	char control[CMSG_SPACE(sizeof(int) * 64)] = {0};
	size_t done = 0;

	while (done < size) {
		struct iovec piece = {(uint8_t *)(uintptr_t)bytes + done, size - done};
		struct msghdr header = {.msg_iov = &piece, .msg_iovlen = 1};
		ssize_t sent;

		if (fd_count && !done) {
			struct cmsghdr *c = (struct cmsghdr *)(void *)control;

			header.msg_control = control;
			header.msg_controllen = CMSG_SPACE(sizeof(int) * fd_count);
			c->cmsg_level = SOL_SOCKET;
			c->cmsg_type = SCM_RIGHTS;
			c->cmsg_len = CMSG_LEN(sizeof(int) * fd_count);
			memcpy(CMSG_DATA(c), fds, sizeof(int) * fd_count);
		}
		sent = sendmsg(s->peer, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent > 0)
			done += (size_t)sent;
		else if (errno == EAGAIN)
			(void)xlat_vfio_user_server_process(s->server);
		else
			return; /* it hung up */
	}
}

void served_send_flags(struct served *s, uint16_t command, uint32_t flags, const void *payload,
		       size_t size, const int *fds, unsigned fd_count)
{
	uint8_t *bytes = malloc(16 + size);
	uint16_t ids[2] = {s->next_id++, command};
	uint32_t words[3] = {(uint32_t)(16 + size), flags, 0};

	memcpy(bytes, ids, 4);
	memcpy(bytes + 4, words, 12);
	if (size)
		memcpy(bytes + 16, payload, size);
	served_send_bytes(s, bytes, 16 + size, fds, fd_count);
	free(bytes);
}

void served_send(struct served *s, uint16_t command, const void *payload, size_t size,
		 const int *fds, unsigned fd_count)
{
	served_send_flags(s, command, 0, payload, size, fds, fd_count);
}

static void take_fds(struct served *s, struct msghdr *header)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
		unsigned count = (unsigned)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));

		assert_true(s->fd_count + count <= SERVED_FDS);
		memcpy(s->fds + s->fd_count, CMSG_DATA(c), count * sizeof(int));
		s->fd_count += count;
	}
}

/* Receives exactly so many bytes. False when there is nothing, or the server hung up. */
static bool receive_exactly(struct served *s, void *bytes, size_t size, bool waits)
{
	size_t done = 0;

	while (done < size) {
		char control[CMSG_SPACE(sizeof(int) * SERVED_FDS)];
		struct iovec piece = {(uint8_t *)bytes + done, size - done};
		struct msghdr header = {.msg_iov = &piece,
					.msg_iovlen = 1,
					.msg_control = control,
					.msg_controllen = sizeof(control)};
		ssize_t got = recvmsg(s->peer, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

		if (got > 0) {
			done += (size_t)got;
			take_fds(s, &header);
		} else if (got == 0 || errno != EAGAIN) {
			return false;
		} else if (!waits && !done) {
			return false;
		} else {
			(void)xlat_vfio_user_server_process(s->server);
		}
	}
	return true;
}

static bool receive(struct served *s, bool waits)
{
	drop_fds(s);
	if (!receive_exactly(s, s->message, 16, waits))
		return false;
	s->payload_size = s->message[1] - 16;
	assert_true(s->payload_size <= sizeof(s->payload));
	return receive_exactly(s, s->payload, s->payload_size, true);
}

bool served_receive(struct served *s)
{
	return receive(s, true);
}

bool served_has_message(struct served *s)
{
	served_pump(s);
	return receive(s, false);
}

static void expect_header(struct served *s, uint16_t command, uint32_t flags, uint32_t error)
{
	uint16_t ids[2];

	assert_true(served_receive(s));
	memcpy(ids, s->message, 4);
	assert_int_equal(ids[0], (uint16_t)(s->next_id - 1));
	assert_int_equal(ids[1], command);
	assert_int_equal(s->message[3], error);
	assert_int_equal(s->message[2], flags);
}

void served_expect(struct served *s, uint16_t command, const void *payload, size_t size)
{
	expect_header(s, command, 1, 0);
	assert_int_equal(s->payload_size, size);
	if (size)
		assert_memory_equal(s->payload, payload, size);
}

void served_expect_error(struct served *s, uint16_t command, int error)
{
	expect_header(s, command, 0x21, (uint32_t)error);
	assert_int_equal(s->payload_size, 0);
	assert_int_equal(s->fd_count, 0);
}

void served_ask(struct served *s, uint16_t command, const void *payload, size_t size)
{
	served_send(s, command, payload, size, NULL, 0);
	expect_header(s, command, 1, 0);
}

void served_refused(struct served *s, uint16_t command, const void *payload, size_t size, int error)
{
	served_send(s, command, payload, size, NULL, 0);
	served_expect_error(s, command, error);
}

void served_negotiate(struct served *s)
{
	static const char text[] =
		"{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":1048576,"
		"\"pgsizes\":4096,\"max_dma_maps\":65535,\"write_multiple\":true}}";
	uint8_t bytes[4 + sizeof(text)] = {0, 0, 1, 0};
	const uint16_t minor = 1;

	memcpy(bytes + 2, &minor, 2);
	memcpy(bytes + 4, text, sizeof(text));
	served_ask(s, 1, bytes, sizeof(bytes));
}

void served_map(struct served *s, uint64_t address, uint64_t size, int fd, uint64_t offset)
{
	uint32_t words[2] = {32, 3};
	uint64_t longs[3] = {offset, address, size};
	uint8_t bytes[32];

	memcpy(bytes, words, 8);
	memcpy(bytes + 8, longs, 24);
	served_send(s, 2, bytes, 32, &fd, fd >= 0 ? 1 : 0);
	served_expect(s, 2, NULL, 0);
}

void served_unmap(struct served *s, uint64_t address, uint64_t size)
{
	uint32_t words[2] = {24, 0};
	uint64_t longs[2] = {address, size};
	uint8_t bytes[24];

	memcpy(bytes, words, 8);
	memcpy(bytes + 8, longs, 16);
	served_send(s, 3, bytes, 24, NULL, 0);
	served_expect(s, 3, bytes, 24);
}

int served_memory(size_t size, bool sealed)
{
	int fd = memfd_create("client", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	if (sealed)
		assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
	return fd;
}

void served_enable_dma(struct served *s)
{
	xlat_pci_function_config_write(s->function, 4, 2, 6);
	assert_true(xlat_pci_function_is_master(s->function));
}

int served_count_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* Those of clients' memory: an allocator's are its own affair. */
int served_count_maps(void)
{
	FILE *file = fopen("/proc/self/maps", "r");
	char line[512];
	int count = 0;

	while (fgets(line, sizeof(line), file))
		count += strstr(line, "/memfd:client") != NULL;
	fclose(file);
	return count;
}
