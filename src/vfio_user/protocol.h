/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The vfio-user protocol as it is on the wire: a header of 16 bytes, then what the command says.
 * Both peers are on one host and everything is in its byte order. Structs are as the protocol has
 * them; they are copied out of messages, which promise no alignment.
 *
 * Source: QEMU docs/interop/vfio-user.rst, "Protocol Specification"; <linux/vfio.h> for what it
 * takes from there.
 */
#ifndef XLAT_VFIO_USER_PROTOCOL_H
#define XLAT_VFIO_USER_PROTOCOL_H

#include <assert.h>
#include <stdint.h>

enum xlat__vfio_user_command {
	XLAT__VFIO_USER_VERSION = 1,
	XLAT__VFIO_USER_DMA_MAP = 2,
	XLAT__VFIO_USER_DMA_UNMAP = 3,
	XLAT__VFIO_USER_DEVICE_GET_INFO = 4,
	XLAT__VFIO_USER_DEVICE_GET_REGION_INFO = 5,
	XLAT__VFIO_USER_DEVICE_GET_REGION_IO_FDS = 6,
	XLAT__VFIO_USER_DEVICE_GET_IRQ_INFO = 7,
	XLAT__VFIO_USER_DEVICE_SET_IRQS = 8,
	XLAT__VFIO_USER_REGION_READ = 9,
	XLAT__VFIO_USER_REGION_WRITE = 10,
	XLAT__VFIO_USER_DMA_READ = 11, /* the server asks */
	XLAT__VFIO_USER_DMA_WRITE = 12, /* the server asks */
	XLAT__VFIO_USER_DEVICE_RESET = 13,
	XLAT__VFIO_USER_REGION_WRITE_MULTI = 15,
	XLAT__VFIO_USER_DEVICE_FEATURE = 16,
	XLAT__VFIO_USER_MIG_DATA_READ = 17,
	XLAT__VFIO_USER_MIG_DATA_WRITE = 18,
	XLAT__VFIO_USER_COMMANDS /* one more than the greatest */
};

enum {
	XLAT__VFIO_USER_MAJOR = 0,
	XLAT__VFIO_USER_MINOR = 1,
	/* Header flags. */
	XLAT__VFIO_USER_TYPE = 0xf, /* 0: a command; 1: a reply */
	XLAT__VFIO_USER_REPLY = 0x1,
	XLAT__VFIO_USER_NO_REPLY = 0x10,
	XLAT__VFIO_USER_ERROR = 0x20,
	/* What a peer may do that says nothing of it. */
	XLAT__VFIO_USER_DEFAULT_FDS = 1,
	XLAT__VFIO_USER_DEFAULT_TRANSFER = 1 << 20,
	XLAT__VFIO_USER_DEFAULT_MAPS = 65535,
	XLAT__VFIO_USER_DEFAULT_PAGE = 4096,
	XLAT__VFIO_USER_MULTI_DATA = 8, /* bytes of a write of REGION_WRITE_MULTI */
};

struct xlat__vfio_user_header {
	uint16_t id; /* of the sender; a reply has that of its command */
	uint16_t command;
	uint32_t size; /* of the message, header included */
	uint32_t flags;
	uint32_t error; /* errno, of a reply with ERROR */
};

struct xlat__vfio_user_version {
	uint16_t major, minor;
	/* and JSON, ended by a 0, or nothing */
};

enum {
	XLAT__VFIO_USER_MAP_READ = 1,
	XLAT__VFIO_USER_MAP_WRITE = 2,
	/* Of a later revision: the file may be mapped; or it is to be read and written, not mapped. */
	XLAT__VFIO_USER_MAP_MAPPABLE = 4,
	XLAT__VFIO_USER_MAP_FILE_IO = 8,
	XLAT__VFIO_USER_UNMAP_DIRTY = 1, /* VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP */
	XLAT__VFIO_USER_UNMAP_ALL = 2, /* VFIO_DMA_UNMAP_FLAG_ALL */
};

struct xlat__vfio_user_dma_map {
	uint32_t argsz, flags;
	uint64_t offset; /* in the descriptor that comes with it */
	uint64_t address, size;
};

struct xlat__vfio_user_dma_unmap {
	uint32_t argsz, flags;
	uint64_t address, size;
	/* with UNMAP_DIRTY: a bitmap */
};

struct xlat__vfio_user_bitmap {
	uint64_t page_size;
	uint64_t size; /* bytes */
	/* and the bits */
};

struct xlat__vfio_user_device_info {
	uint32_t argsz, flags, regions, irqs;
};

struct xlat__vfio_user_region_info {
	uint32_t argsz, flags, index, cap_offset;
	uint64_t size, offset;
	/* and capabilities */
};

struct xlat__vfio_user_sparse {
	uint16_t id, version;
	uint32_t next;
	uint32_t areas, reserved;
	/* and the areas */
};

struct xlat__vfio_user_sparse_area {
	uint64_t offset, size;
};

struct xlat__vfio_user_region_io_fds {
	uint32_t argsz, flags, index, count;
	/* and, in a reply, the subregions */
};

enum {
	XLAT__VFIO_USER_IOEVENTFD = 0,
	XLAT__VFIO_USER_IOREGIONFD = 1,
	XLAT__VFIO_USER_DATAMATCH = 1, /* KVM_IOEVENTFD_FLAG_DATAMATCH */
	XLAT__VFIO_USER_PIO = 2, /* KVM_IOEVENTFD_FLAG_PIO */
};

struct xlat__vfio_user_subregion {
	uint64_t offset, size;
	uint32_t fd_index, type, flags, padding;
	uint64_t datamatch;
};

struct xlat__vfio_user_irq_info {
	uint32_t argsz, flags, index, count;
};

struct xlat__vfio_user_set_irqs {
	uint32_t argsz, flags, index, start, count;
	/* and, with DATA_BOOL, a byte for each */
};

struct xlat__vfio_user_region_access {
	uint64_t offset;
	uint32_t region, count;
	/* and the data */
};

/*
 * QEMU 10.1 and 10.2 have a count of 32 bits, and the data of writes and of replies to reads right
 * behind it, at 12; their messages are as long as if it were at 16.
 */
struct xlat__vfio_user_dma_access {
	uint64_t address, count;
	/* and the data */
};
enum {
	XLAT__VFIO_USER_NARROW_DATA = 12
};

struct xlat__vfio_user_multi {
	uint64_t count;
	/* and the writes */
};

struct xlat__vfio_user_multi_write {
	uint64_t offset;
	uint32_t region, count;
	uint8_t data[XLAT__VFIO_USER_MULTI_DATA];
};

struct xlat__vfio_user_feature {
	uint32_t argsz, flags;
	/* and the data */
};

struct xlat__vfio_user_mig_state {
	uint32_t state, data_fd;
};

struct xlat__vfio_user_logging_start {
	uint64_t page_size;
	uint32_t ranges, reserved;
	/* and the ranges */
};

struct xlat__vfio_user_logging_range {
	uint64_t iova, length;
};

struct xlat__vfio_user_logging_report {
	uint64_t iova, length, page_size;
	/* and, in a reply, the bits */
};

struct xlat__vfio_user_mig_data {
	uint32_t argsz, size;
	/* and the data */
};

#define XLAT__VFIO_USER_SIZE(name, bytes)                                                          \
	static_assert(sizeof(struct xlat__vfio_user_##name) == (bytes), "as on the wire")
XLAT__VFIO_USER_SIZE(header, 16);
XLAT__VFIO_USER_SIZE(version, 4);
XLAT__VFIO_USER_SIZE(dma_map, 32);
XLAT__VFIO_USER_SIZE(dma_unmap, 24);
XLAT__VFIO_USER_SIZE(bitmap, 16);
XLAT__VFIO_USER_SIZE(device_info, 16);
XLAT__VFIO_USER_SIZE(region_info, 32);
XLAT__VFIO_USER_SIZE(sparse, 16);
XLAT__VFIO_USER_SIZE(sparse_area, 16);
XLAT__VFIO_USER_SIZE(region_io_fds, 16);
XLAT__VFIO_USER_SIZE(subregion, 40);
XLAT__VFIO_USER_SIZE(irq_info, 16);
XLAT__VFIO_USER_SIZE(set_irqs, 20);
XLAT__VFIO_USER_SIZE(region_access, 16);
XLAT__VFIO_USER_SIZE(dma_access, 16);
XLAT__VFIO_USER_SIZE(multi, 8);
XLAT__VFIO_USER_SIZE(multi_write, 24);
XLAT__VFIO_USER_SIZE(feature, 8);
XLAT__VFIO_USER_SIZE(mig_state, 8);
XLAT__VFIO_USER_SIZE(logging_start, 16);
XLAT__VFIO_USER_SIZE(logging_range, 16);
XLAT__VFIO_USER_SIZE(logging_report, 24);
XLAT__VFIO_USER_SIZE(mig_data, 8);
#undef XLAT__VFIO_USER_SIZE

#endif
