/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the server says that its device is. None of it is believed before it is checked: it sizes
 * regions, indexes configuration space and is mapped.
 */
#include "vfio_user/client.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	INFO_ROOM = 4096, /* bytes of a region's information */
	LARGEST_LOG2 = 48, /* of a region */
	PAGE = 4096,
	CONVENTIONAL = 256,
	IRQS_MOST = 2048,
};

static int ask(struct xlat_vfio_user_client *client, uint16_t command, void *info, size_t size,
	       size_t room)
{
	struct iovec piece = {info, size};
	struct xlat__client_request request = {.into = info, .room = room};
	int error = xlat__client_ask(client, &request, command, &piece, 1, NULL, 0);

	if (!error && request.size < size)
		error = -EPROTO;
	return error;
}

static int ask_device(struct xlat_vfio_user_client *client, struct xlat__client_shape *shape,
		      struct xlat__vfio_user_device_info *info)
{
	int error;

	*info = (struct xlat__vfio_user_device_info){.argsz = sizeof(*info)};
	error = ask(client, XLAT__VFIO_USER_DEVICE_GET_INFO, info, sizeof(*info), sizeof(*info));
	if (error)
		return error;
	shape->resets = info->flags & VFIO_DEVICE_FLAGS_RESET;
	return info->flags & VFIO_DEVICE_FLAGS_PCI ? 0 : -ENOTSUP;
}

/* Whether a file that we are lent cannot be taken away, or we trust that it is not; and is long enough. */
static bool is_safe(const struct xlat_vfio_user_client *client, int fd, uint64_t end)
{
	struct stat status;
	int seals;

	if (fstat(fd, &status) != 0 || status.st_size < 0)
		return false;
	if (!client->config.trusted) {
		seals = fcntl(fd, F_GET_SEALS);
		if (seals < 0 || !(seals & F_SEAL_SHRINK))
			return false;
	}
	return client->config.trusted && !S_ISREG(status.st_mode) ? true
								  : (uint64_t)status.st_size >= end;
}

/* An area that may be mapped, if it may. fd is borrowed. */
static void add_area(const struct xlat_vfio_user_client *client, struct xlat__client_region *region,
		     uint64_t offset, uint64_t size, int fd, uint64_t fd_offset)
{
	struct xlat__client_area area = {offset, size, -1, 0};

	if (region->area_count == XLAT__CLIENT_AREAS || !size || (offset | size) % PAGE ||
	    offset >= region->size || size > region->size - offset)
		return;
	if (fd_offset > INT64_MAX - offset || fd_offset + offset > INT64_MAX - size ||
	    (fd_offset + offset) % PAGE)
		return;
	for (unsigned i = 0; i < region->area_count; i++)
		if (offset <= region->areas[i].offset + region->areas[i].size - 1 &&
		    region->areas[i].offset <= offset + size - 1)
			return;
	if (!is_safe(client, fd, fd_offset + offset + size))
		return;
	area.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	area.fd_offset = fd_offset + offset;
	if (area.fd >= 0)
		region->areas[region->area_count++] = area;
}

/* The chain of capabilities is bounded by what it takes in the reply. True: there are sparse areas. */
static bool add_sparse(const struct xlat_vfio_user_client *client,
		       struct xlat__client_region *region, const uint8_t *reply, size_t size,
		       uint32_t at, const int *fds, unsigned fd_count, uint64_t fd_offset)
{
	for (unsigned links = 0; at && links < 16; links++) {
		struct xlat__vfio_user_sparse sparse;
		struct xlat__vfio_user_sparse_area area;

		if (at > size || size - at < sizeof(sparse))
			return false;
		memcpy(&sparse, reply + at, sizeof(sparse));
		if (sparse.id != VFIO_REGION_INFO_CAP_SPARSE_MMAP) {
			at = sparse.next;
			continue;
		}
		for (uint32_t i = 0; i < sparse.areas && i < XLAT__CLIENT_AREAS; i++) {
			size_t where = at + sizeof(sparse) + i * sizeof(area);

			if (where > size || size - where < sizeof(area))
				break;
			memcpy(&area, reply + where, sizeof(area));
			/* One descriptor for all of them, or one for each. */
			add_area(client, region, area.offset, area.size,
				 fds[fd_count > 1 && i < fd_count ? i : 0], fd_offset);
		}
		return true;
	}
	return false;
}

static int take_region(const struct xlat_vfio_user_client *client,
		       struct xlat__client_region *region, const uint8_t *reply, size_t size,
		       const int *fds, unsigned fd_count)
{
	struct xlat__vfio_user_region_info info;

	memcpy(&info, reply, sizeof(info));
	if (info.size > UINT64_C(1) << LARGEST_LOG2)
		return -EPROTO;
	region->size = info.size;
	region->reads = info.flags & VFIO_REGION_INFO_FLAG_READ;
	region->writes = info.flags & VFIO_REGION_INFO_FLAG_WRITE;
	if (!fd_count || !(info.flags & VFIO_REGION_INFO_FLAG_MMAP) || client->config.no_maps)
		return 0;
	if (!(info.flags & VFIO_REGION_INFO_FLAG_CAPS) ||
	    !add_sparse(client, region, reply, size, info.cap_offset, fds, fd_count, info.offset))
		add_area(client, region, 0, info.size, fds[0], info.offset);
	return 0;
}

static int ask_region(struct xlat_vfio_user_client *client, struct xlat__client_shape *shape,
		      unsigned index)
{
	uint8_t reply[INFO_ROOM];
	int fds[XLAT__VFIO_USER_FDS];
	struct xlat__vfio_user_region_info info = {.argsz = INFO_ROOM, .index = index};
	struct iovec piece = {&info, sizeof(info)};
	struct xlat__client_request request = {
		.into = reply, .room = sizeof(reply), .fds = fds, .fd_room = XLAT__VFIO_USER_FDS};
	int error = xlat__client_ask(client, &request, XLAT__VFIO_USER_DEVICE_GET_REGION_INFO,
				     &piece, 1, NULL, 0);

	if (!error && request.size < sizeof(info))
		error = -EPROTO;
	if (!error)
		error = take_region(client, &shape->regions[index], reply, request.size, fds,
				    request.fd_count);
	for (unsigned i = 0; i < request.fd_count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	return error;
}

static int ask_irq(struct xlat_vfio_user_client *client, struct xlat__client_shape *shape,
		   unsigned index)
{
	struct xlat__vfio_user_irq_info info = {.argsz = sizeof(info), .index = index};
	int error =
		ask(client, XLAT__VFIO_USER_DEVICE_GET_IRQ_INFO, &info, sizeof(info), sizeof(info));

	if (error)
		return error;
	if (info.flags & VFIO_IRQ_INFO_EVENTFD)
		shape->irqs[index] = info.count < IRQS_MOST ? info.count : IRQS_MOST;
	return 0;
}

static int ask_config(struct xlat_vfio_user_client *client, struct xlat__client_shape *shape)
{
	uint64_t size = shape->regions[XLAT__CLIENT_CONFIG].size;
	int error = 0;

	if (size < CONVENTIONAL)
		return -EPROTO;
	shape->config_size = size < XLAT__CLIENT_CONFIG_MOST ? CONVENTIONAL
							     : XLAT__CLIENT_CONFIG_MOST;
	for (unsigned at = 0; !error && at < shape->config_size; at += CONVENTIONAL)
		error = xlat__client_read(client, XLAT__CLIENT_CONFIG, at, shape->config + at,
					  CONVENTIONAL);
	return error;
}

int xlat__client_ask_shape(struct xlat_vfio_user_client *client, struct xlat__client_shape *shape)
{
	struct xlat__vfio_user_device_info info;
	int error = ask_device(client, shape, &info);

	for (unsigned i = 0; !error && i < XLAT__CLIENT_REGIONS && i < info.regions; i++)
		error = ask_region(client, shape, i);
	for (unsigned i = 0; !error && i < XLAT__CLIENT_IRQS && i < info.irqs; i++)
		error = ask_irq(client, shape, i);
	return error ? error : ask_config(client, shape);
}

void xlat__client_shape_free(struct xlat__client_shape *shape)
{
	if (!shape)
		return;
	for (unsigned i = 0; i < XLAT__CLIENT_REGIONS; i++)
		for (unsigned k = 0; k < shape->regions[i].area_count; k++)
			close(shape->regions[i].areas[k].fd);
	free(shape);
}

/* What does not change in a device: its identity, and where its capabilities and BARs are. */
bool xlat__client_shape_equal(const struct xlat__client_shape *a,
			      const struct xlat__client_shape *b)
{
	for (unsigned i = 0; i < XLAT__CLIENT_REGIONS; i++)
		if (a->regions[i].size != b->regions[i].size)
			return false;
	return memcmp(a->irqs, b->irqs, sizeof(a->irqs)) == 0 && a->config_size == b->config_size &&
	       memcmp(a->config, b->config, 4) == 0 &&
	       memcmp(a->config + 8, b->config + 8, 4) == 0 &&
	       memcmp(a->config + 0x2c, b->config + 0x2c, 4) == 0 &&
	       a->config[0x34] == b->config[0x34];
}
