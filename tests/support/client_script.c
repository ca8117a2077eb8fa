/* SPDX-License-Identifier: BSD-3-Clause */
#include "client_script.h"

#include <fcntl.h>
#include <linux/vfio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CONFIG_SIZE = 4096,
	PIECE = 256,
	LENT = 0x1000, /* bytes of BAR 2 */
};

void script_add(struct script *script, struct xlat__vfio_user_header header, const void *payload,
		size_t size)
{
	if (script->count == SCRIPT_MOST || size > SCRIPT_BYTES - sizeof(header) - script->size)
		return;
	script->at[script->count++] = script->size;
	header.size = (uint32_t)(sizeof(header) + size);
	memcpy(script->bytes + script->size, &header, sizeof(header));
	if (size)
		memcpy(script->bytes + script->size + sizeof(header), payload, size);
	script->size += sizeof(header) + size;
}

static void reply(struct script *script, uint16_t command, const void *payload, size_t size)
{
	script_add(script,
		   (struct xlat__vfio_user_header){.id = (uint16_t)script->count,
						   .command = command,
						   .flags = XLAT__VFIO_USER_REPLY},
		   payload, size);
}

static void add_version(struct script *script)
{
	static const char text[] = "{\"capabilities\":{\"max_msg_fds\":2,\"pgsizes\":4096}}";
	uint8_t bytes[4 + sizeof(text)];

	memcpy(bytes,
	       &(struct xlat__vfio_user_version){XLAT__VFIO_USER_MAJOR, XLAT__VFIO_USER_MINOR}, 4);
	memcpy(bytes + 4, text, sizeof(text));
	reply(script, XLAT__VFIO_USER_VERSION, bytes, sizeof(bytes));
}

static void add_region(struct script *script, uint32_t index)
{
	static const uint64_t sizes[8] = {0x1000, 0, 0x2000, 0, 0, 0, 0, CONFIG_SIZE};
	struct {
		struct xlat__vfio_user_region_info info;
		struct xlat__vfio_user_sparse sparse;
		struct xlat__vfio_user_sparse_area area;
	} message = {
		.info = {.argsz = sizeof(message.info), .index = index, .size = sizes[index]},
		.sparse = {.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP, .version = 1, .areas = 1},
		.area = {0x1000, LENT},
	};
	size_t size = sizeof(message.info);

	if (sizes[index])
		message.info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
	if (index == 2) {
		message.info.flags |= VFIO_REGION_INFO_FLAG_MMAP | VFIO_REGION_INFO_FLAG_CAPS;
		message.info.cap_offset = sizeof(message.info);
		message.info.argsz = sizeof(message);
		size = sizeof(message);
		script->fd_at = script->size;
	}
	reply(script, XLAT__VFIO_USER_DEVICE_GET_REGION_INFO, &message, size);
}

static void make_config(uint8_t config[CONFIG_SIZE])
{
	static const uint8_t header[] = {0x34, 0x12, 0xd0, 0xd3, 0, 0, 0x10, 0, 1, 0, 0x80, 0x08};
	static const uint8_t msix[] = {0x11, 0x60, 3, 0, 0, 8, 0, 0, 0, 12, 0, 0};
	static const uint8_t vendor[] = {0x09, 0, 8, 1, 2, 3, 4, 5};

	memset(config, 0, CONFIG_SIZE);
	memcpy(config, header, sizeof(header));
	config[0x18] = 8; /* BAR 2 is prefetchable */
	config[0x34] = 0x40;
	memcpy(config + 0x40, msix, sizeof(msix));
	memcpy(config + 0x60, vendor, sizeof(vendor));
}

bool script_init(struct script *script)
{
	uint8_t config[CONFIG_SIZE];

	*script = (struct script){.fd_at = SIZE_MAX, .fd = -1};
	script->fd = memfd_create("lent", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (script->fd < 0 || ftruncate(script->fd, 0x2000) != 0 ||
	    fcntl(script->fd, F_ADD_SEALS, F_SEAL_SHRINK) != 0)
		return false;
	add_version(script);
	reply(script, XLAT__VFIO_USER_DEVICE_GET_INFO,
	      &(struct xlat__vfio_user_device_info){
		      16, VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET, 9, 5},
	      16);
	for (uint32_t i = 0; i < 8; i++)
		add_region(script, i);
	for (uint32_t i = 0; i < 3; i++)
		reply(script, XLAT__VFIO_USER_DEVICE_GET_IRQ_INFO,
		      &(struct xlat__vfio_user_irq_info){16, VFIO_IRQ_INFO_EVENTFD, i,
							 i == 2 ? 4 : 0},
		      16);
	make_config(config);
	for (uint32_t at = 0; at < CONFIG_SIZE; at += PIECE) {
		struct {
			struct xlat__vfio_user_region_access access;
			uint8_t bytes[PIECE];
		} message = {.access = {.offset = at, .region = 7, .count = PIECE}};

		memcpy(message.bytes, config + at, PIECE);
		reply(script, XLAT__VFIO_USER_REGION_READ, &message, sizeof(message));
	}
	return true;
}

void script_finish(struct script *script)
{
	if (script->fd >= 0)
		close(script->fd);
}

/* A descriptor goes with its message, which begins a sendmsg() of its own. */
static bool send_all(const struct script *script, int fd)
{
	size_t at = 0;

	while (at < script->size) {
		bool with_fd = at == script->fd_at;
		size_t end = at < script->fd_at && script->fd_at < script->size ? script->fd_at
										: script->size;
		struct iovec piece = {(void *)(uintptr_t)(script->bytes + at), end - at};
		union {
			struct cmsghdr header;
			uint8_t room[CMSG_SPACE(sizeof(int))];
		} control = {0};
		struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
		ssize_t sent;

		if (with_fd) {
			struct xlat__vfio_user_header header;

			memcpy(&header, script->bytes + at, sizeof(header));
			if (header.size >= sizeof(header) && header.size < end - at)
				piece.iov_len = header.size;
			message.msg_control = &control;
			message.msg_controllen = sizeof(control);
			control.header.cmsg_level = SOL_SOCKET;
			control.header.cmsg_type = SCM_RIGHTS;
			control.header.cmsg_len = CMSG_LEN(sizeof(int));
			memcpy(CMSG_DATA(&control.header), &script->fd, sizeof(int));
		}
		sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent <= 0)
			return false;
		at += (size_t)sent;
	}
	return true;
}

int script_play(const struct script *script, int *server)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	if (!send_all(script, pair[1])) {
		close(pair[0]);
		close(pair[1]);
		return -1;
	}
	(void)shutdown(pair[1], SHUT_WR);
	*server = pair[1];
	return pair[0];
}
