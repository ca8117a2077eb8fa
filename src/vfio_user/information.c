/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the client asks of the device, its regions and its interrupts. RAM in a BAR may be mapped by
 * the client where it has a descriptor; doorbells may be rung by its kernel.
 *
 * Source: vfio-user.rst, "VFIO_USER_DEVICE_GET_INFO" to "VFIO_USER_DEVICE_GET_IRQ_INFO".
 */
#include "vfio_user/server.h"

#include <xlat/implement/listener.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	AREAS_MOST = 64, /* of a region that can be mapped; more are accessed by messages */
	SUBREGIONS_MOST = 256,
	PAGE = 4096,
};

int xlat__vfio_user_device_info(struct xlat_vfio_user_server *server,
				struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_device_info info;

	if (message->size < sizeof(info))
		return -EINVAL;
	memcpy(&info, message->payload, sizeof(info));
	if (info.argsz < sizeof(info))
		return -EINVAL;
	info.argsz = sizeof(info);
	info.flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI;
	info.regions = XLAT__VFIO_USER_REGIONS;
	info.irqs = XLAT__VFIO_USER_IRQS;
	xlat__vfio_user_reply_bytes(server, &request, &info, sizeof(info));
	return 0;
}

/* What of a region the client may map: of one descriptor, where its offsets differ by one number. */
struct areas {
	int fd; /* -1: none */
	uint64_t base; /* in fd, of the region's offset 0 */
	unsigned count;
	struct xlat__vfio_user_sparse_area list[AREAS_MOST];
};

static int add_area(void *opaque, const struct xlat_section *section)
{
	struct areas *areas = opaque;
	struct xlat__vfio_user_sparse_area *last = &areas->list[areas->count];
	uint64_t ram_offset, fd_offset, first = section->range.first;
	uint64_t size = section->range.last - first + 1;
	const struct xlat_ram *ram = xlat_region_ram(section->region, &ram_offset);
	int fd;

	if (!ram || xlat_region_kind(section->region) != XLAT_REGION_RAM || section->read_only)
		return 0;
	fd = xlat_ram_fd(ram, &fd_offset);
	fd_offset += ram_offset + section->offset;
	if (fd < 0 || ((first | size | fd_offset) & (PAGE - 1)) || fd_offset < first)
		return 0;
	if (areas->fd < 0) {
		areas->fd = fd;
		areas->base = fd_offset - first;
	} else if (areas->fd != fd || areas->base != fd_offset - first) {
		return 0;
	}
	if (areas->count && last[-1].offset + last[-1].size == first) {
		last[-1].size += size;
		return 0;
	}
	if (areas->count == AREAS_MOST)
		return 1;
	*last = (struct xlat__vfio_user_sparse_area){first, size};
	areas->count++;
	return 0;
}

static void find_areas(const struct xlat__vfio_user_region *region, struct areas *areas)
{
	areas->fd = -1;
	areas->base = 0;
	areas->count = 0;
	if (region->space)
		(void)xlat_space_for_each_section(region->space, add_area, areas);
}

int xlat__vfio_user_region_info(struct xlat_vfio_user_server *server,
				struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_sparse sparse = {.id = VFIO_REGION_INFO_CAP_SPARSE_MMAP,
						.version = 1};
	struct xlat__vfio_user_region_info info;
	const struct xlat__vfio_user_region *region;
	struct areas areas;
	struct iovec pieces[3] = {
		{&info, sizeof(info)}, {&sparse, sizeof(sparse)}, {areas.list, 0}};
	uint32_t room, needed = sizeof(info);
	bool whole, all;

	if (message->size < sizeof(info))
		return -EINVAL;
	memcpy(&info, message->payload, sizeof(info));
	room = info.argsz;
	if (room < sizeof(info) || info.index >= XLAT__VFIO_USER_REGIONS)
		return -EINVAL;
	region = &server->regions[info.index];
	find_areas(region, &areas);
	whole = areas.count == 1 && areas.list[0].size == region->size;
	pieces[2].iov_len = areas.count * sizeof(*areas.list);
	if (areas.count && !whole)
		needed += (uint32_t)(sizeof(sparse) + pieces[2].iov_len);
	all = room >= needed;
	info = (struct xlat__vfio_user_region_info){
		.argsz = needed,
		.index = info.index,
		.size = region->size,
		.offset = areas.base,
	};
	if (region->size)
		info.flags = VFIO_REGION_INFO_FLAG_READ;
	if (region->size && info.index != VFIO_PCI_ROM_REGION_INDEX)
		info.flags |= VFIO_REGION_INFO_FLAG_WRITE;
	if (areas.count)
		info.flags |= VFIO_REGION_INFO_FLAG_MMAP;
	if (needed > sizeof(info)) {
		info.flags |= VFIO_REGION_INFO_FLAG_CAPS;
		if (all)
			info.cap_offset = sizeof(info);
	}
	sparse.areas = areas.count;
	/* Who asks again with more room gets the descriptor then. */
	xlat__vfio_user_reply(server, &request, pieces, all && needed > sizeof(info) ? 3 : 1,
			      &areas.fd, all && areas.count ? 1 : 0);
	return 0;
}

/* The doorbells of a region, and their descriptors. */
struct doorbells {
	unsigned count, fd_count;
	int fds[XLAT__VFIO_USER_FDS];
	struct xlat__vfio_user_subregion list[SUBREGIONS_MOST];
};

static void add_doorbell(void *opaque, const struct xlat_doorbell_event *event)
{
	struct doorbells *doorbells = opaque;

	if (doorbells->count == SUBREGIONS_MOST || doorbells->fd_count == XLAT__VFIO_USER_FDS)
		return;
	doorbells->fds[doorbells->fd_count] = event->fd;
	doorbells->list[doorbells->count++] = (struct xlat__vfio_user_subregion){
		.offset = event->address,
		.size = event->size,
		.fd_index = doorbells->fd_count++,
		.type = XLAT__VFIO_USER_IOEVENTFD,
		.flags = event->match ? XLAT__VFIO_USER_DATAMATCH : 0,
		.datamatch = event->value,
	};
}

static const struct xlat_listener_ops doorbell_ops = {
	.size = sizeof(struct xlat_listener_ops),
	.doorbell_add = add_doorbell,
};

int xlat__vfio_user_region_io_fds(struct xlat_vfio_user_server *server,
				  struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_region_io_fds info;
	struct xlat_listener *listener;
	struct doorbells *doorbells;
	struct iovec pieces[2];
	uint32_t room, needed;
	int error = 0;
	bool all, ports;

	if (message->size < sizeof(info))
		return -EINVAL;
	memcpy(&info, message->payload, sizeof(info));
	room = info.argsz;
	if (room < sizeof(info) || info.flags || info.count ||
	    info.index >= XLAT__VFIO_USER_REGIONS)
		return -EINVAL;
	doorbells = calloc(1, sizeof(*doorbells));
	if (!doorbells)
		return -ENOMEM;
	if (server->regions[info.index].space)
		error = xlat_listener_create(server->regions[info.index].space, &doorbell_ops,
					     doorbells, 0, &listener);
	if (!error && server->regions[info.index].space)
		xlat_listener_destroy(listener);
	if (error) {
		free(doorbells);
		return error;
	}
	ports = info.index < XLAT_PCI_ROM &&
		(xlat_pci_function_config_load(server->function, 0x10 + 4 * info.index, 4) & 1);
	for (unsigned i = 0; ports && i < doorbells->count; i++)
		doorbells->list[i].flags |= XLAT__VFIO_USER_PIO;
	needed = (uint32_t)(sizeof(info) + doorbells->count * sizeof(*doorbells->list));
	all = room >= needed;
	info = (struct xlat__vfio_user_region_io_fds){
		.argsz = needed, .index = info.index, .count = doorbells->count};
	pieces[0] = (struct iovec){&info, sizeof(info)};
	pieces[1] = (struct iovec){doorbells->list, needed - sizeof(info)};
	xlat__vfio_user_reply(server, &request, pieces, all ? 2 : 1, doorbells->fds,
			      all ? doorbells->fd_count : 0);
	free(doorbells);
	return 0;
}

int xlat__vfio_user_irq_info(struct xlat_vfio_user_server *server,
			     struct xlat__vfio_user_message *message)
{
	static const uint32_t flags[XLAT__VFIO_USER_IRQS] = {
		[VFIO_PCI_INTX_IRQ_INDEX] = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE |
					    VFIO_IRQ_INFO_AUTOMASKED,
		[VFIO_PCI_MSI_IRQ_INDEX] = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE,
		[VFIO_PCI_MSIX_IRQ_INDEX] = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE,
		[VFIO_PCI_ERR_IRQ_INDEX] = VFIO_IRQ_INFO_EVENTFD,
		[VFIO_PCI_REQ_IRQ_INDEX] = VFIO_IRQ_INFO_EVENTFD,
	};
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_irq_info info;

	if (message->size < sizeof(info))
		return -EINVAL;
	memcpy(&info, message->payload, sizeof(info));
	if (info.argsz < sizeof(info) || info.index >= XLAT__VFIO_USER_IRQS)
		return -EINVAL;
	info.argsz = sizeof(info);
	info.flags = flags[info.index];
	info.count = server->irqs[info.index].count;
	xlat__vfio_user_reply_bytes(server, &request, &info, sizeof(info));
	return 0;
}
