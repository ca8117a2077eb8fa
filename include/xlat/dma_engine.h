/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DMA engine: a small PCI device for tests, drivers and teaching. Its channels execute
 * descriptors that lie in memory, in rings or in linked lists: copy, fill, compare, between plain
 * buffers or scatter-gather lists, in memory or in other devices' BARs, each with a PASID if it
 * likes. docs/dma-engine.md is its reference; the constants below are the same for who drives it.
 *
 * A channel that meets a page fault, and may ask for pages (PCIe PRI), asks the host for the page,
 * parks, and goes on when the answer comes. Any other failure stops the channel, with an error code
 * and the address.
 *
 * Registers may be written by any thread. Work is done by one thread at a time: the one that calls
 * xlat_dma_engine_process(), or, if so configured, the one that rang the doorbell.
 */
#ifndef XLAT_DMA_ENGINE_H
#define XLAT_DMA_ENGINE_H

#include <xlat/attrs.h>
#include <xlat/config.h>
#include <xlat/outcome.h>
#include <xlat/pci_function.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- For drivers: docs/dma-engine.md says it in full. Everything is little-endian. */

enum xlat_dma_engine_identity {
	XLAT_DMA_ENGINE_VENDOR_ID = 0x1234,
	XLAT_DMA_ENGINE_DEVICE_ID = 0xd3a0,
	XLAT_DMA_ENGINE_CLASS = 0x088000, /* a system peripheral */
	XLAT_DMA_ENGINE_MAGIC = 0x414d4458, /* "XDMA" */
	XLAT_DMA_ENGINE_BAR_REGISTERS = 0,
	XLAT_DMA_ENGINE_BAR_LOCAL = 2, /* memory of its own */
	XLAT_DMA_ENGINE_BAR_MSIX = 4,
};

/* Registers: 32 bits each, two for addresses (low, high), which 8-byte accesses reach at once. */
enum xlat_dma_engine_register {
	XLAT_DMA_ENGINE_ID = 0x00, /* the magic number */
	XLAT_DMA_ENGINE_VERSION = 0x04, /* 1 */
	XLAT_DMA_ENGINE_CHANNELS = 0x08, /* how many there are */
	XLAT_DMA_ENGINE_RESET = 0x0c, /* writing 1 resets them all */
	XLAT_DMA_ENGINE_PENDING =
		0x10, /* a bit for each whose EVENTS and INTERRUPTS have one in common */
	XLAT_DMA_ENGINE_LOCAL = 0x14, /* log2 of the bytes of its own memory; 0: none */

	XLAT_DMA_ENGINE_CHANNEL = 0x1000, /* channel n is at (n + 1) times this; therein: */
	XLAT_DMA_ENGINE_CONTROL = 0x00,
	XLAT_DMA_ENGINE_STATUS = 0x04,
	XLAT_DMA_ENGINE_BASE = 0x08, /* 64 bits: the ring, or the first descriptor */
	XLAT_DMA_ENGINE_RING = 0x10, /* log2 of its entries, 1 to 16 */
	XLAT_DMA_ENGINE_TAIL = 0x14, /* the doorbell */
	XLAT_DMA_ENGINE_HEAD = 0x18,
	XLAT_DMA_ENGINE_PASID = 0x1c,
	XLAT_DMA_ENGINE_EVENTS = 0x20, /* writing 1 clears */
	XLAT_DMA_ENGINE_INTERRUPTS = 0x24, /* which events interrupt */
	XLAT_DMA_ENGINE_CURRENT =
		0x28, /* 64 bits: the descriptor, or where there is none the last one */
	XLAT_DMA_ENGINE_FAULT = 0x30, /* 64 bits: the address of an error */
	XLAT_DMA_ENGINE_DONE = 0x38, /* descriptors executed */
	XLAT_DMA_ENGINE_PAGES = 0x3c, /* pages asked for */
};

/* CONTROL */
enum xlat_dma_engine_control {
	XLAT_DMA_ENGINE_ENABLE = 1,
	XLAT_DMA_ENGINE_LINKED = 2, /* descriptors are a list, not a ring */
	XLAT_DMA_ENGINE_USE_PASID = 4, /* requests bear PASID */
	XLAT_DMA_ENGINE_PRIVILEGED = 8, /* and are privileged */
	XLAT_DMA_ENGINE_ASK_PAGES = 16, /* page faults are asked for */
};

/* STATUS: bits 0 to 2 */
enum xlat_dma_engine_state {
	XLAT_DMA_ENGINE_OFF = 0,
	XLAT_DMA_ENGINE_IDLE,
	XLAT_DMA_ENGINE_RUNNING,
	XLAT_DMA_ENGINE_PARKED, /* until the page that it asked for is there */
	XLAT_DMA_ENGINE_STOPPED, /* by an error */
	XLAT_DMA_ENGINE_STOPPING, /* OFF as soon as an access in progress is over */
};

/* EVENTS, INTERRUPTS */
enum xlat_dma_engine_event {
	XLAT_DMA_ENGINE_EVENT_DESCRIPTOR = 1, /* one that wanted an interrupt has been executed */
	XLAT_DMA_ENGINE_EVENT_IDLE = 2, /* nothing is left to do */
	XLAT_DMA_ENGINE_EVENT_ERROR = 4,
	XLAT_DMA_ENGINE_EVENT_PAGE = 8, /* a page was asked for */
};

/* X(identifier suffix, value, description) */
#define XLAT_DMA_ENGINE_ERRORS(X)                                                                  \
	X(NONE, 0, "none")                                                                         \
	X(SETUP, 1, "the channel's base or ring size is impossible")                               \
	X(OPERATION, 2, "no such operation")                                                       \
	X(RESERVED, 3, "a reserved bit or field is set")                                           \
	X(RANGE, 4, "a buffer or list is misaligned, or ends past the last address")               \
	X(LISTS, 5, "a list is shorter than the transfer")                                         \
	X(PASID, 6, "the function may not use this PASID, or privilege")                           \
	X(DESCRIPTOR, 7, "the descriptor cannot be read")                                          \
	X(LIST, 8, "a list cannot be read")                                                        \
	X(READ, 9, "a buffer cannot be read")                                                      \
	X(WRITE, 10, "the destination cannot be written")                                          \
	X(WRITE_BACK, 11, "the descriptor's status cannot be written")                             \
	X(PAGE, 12, "a page that was asked for is refused")

/* STATUS: bits 8 to 15; bits 16 to 19: the enum xlat_outcome of the access, if it was one. */
enum xlat_dma_engine_error {
#define XLAT_DMA_ENGINE_ENUMERATOR(suffix, value, text) XLAT_DMA_ENGINE_ERROR_##suffix = value,
	XLAT_DMA_ENGINE_ERRORS(XLAT_DMA_ENGINE_ENUMERATOR)
#undef XLAT_DMA_ENGINE_ENUMERATOR
};

/* A descriptor: 64 bytes, aligned to 64. A piece of a list: address (8), length (4), zero (4). */
enum xlat_dma_engine_layout {
	XLAT_DMA_ENGINE_DESCRIPTOR_SIZE = 64,
	XLAT_DMA_ENGINE_PIECE_SIZE = 16,
	XLAT_DMA_ENGINE_AT_CONTROL = 0x00, /* 4 bytes: bits 0 to 7: operation, 8 to 10: flags */
	XLAT_DMA_ENGINE_AT_PASID = 0x04, /* 4 */
	XLAT_DMA_ENGINE_AT_SOURCE = 0x08, /* 8 */
	XLAT_DMA_ENGINE_AT_DESTINATION = 0x10, /* 8 */
	XLAT_DMA_ENGINE_AT_LENGTH = 0x18, /* 4 */
	XLAT_DMA_ENGINE_AT_SOURCE_PIECES = 0x1c, /* 2 */
	XLAT_DMA_ENGINE_AT_DESTINATION_PIECES = 0x1e, /* 2 */
	XLAT_DMA_ENGINE_AT_NEXT = 0x20, /* 8 */
	XLAT_DMA_ENGINE_AT_RESULT = 0x28, /* 8; written by the engine */
	XLAT_DMA_ENGINE_AT_STATUS = 0x30, /* 4; written by the engine, last */
	XLAT_DMA_ENGINE_AT_COOKIE = 0x38, /* 8: the driver's */
};

enum xlat_dma_engine_operation {
	XLAT_DMA_ENGINE_NOP = 0,
	XLAT_DMA_ENGINE_COPY,
	XLAT_DMA_ENGINE_FILL, /* with the 8 bytes of SOURCE */
	XLAT_DMA_ENGINE_COMPARE,
};

enum xlat_dma_engine_flags {
	XLAT_DMA_ENGINE_INTERRUPT = 0x100, /* EVENT_DESCRIPTOR when it is done */
	XLAT_DMA_ENGINE_WITH_PASID =
		0x200, /* its buffers and lists are of the descriptor's PASID */
	XLAT_DMA_ENGINE_WITH_PRIVILEGE = 0x400,
};

/* STATUS of a descriptor: bits 0 to 7: the error; 16 to 19: its outcome. */
#define XLAT_DMA_ENGINE_IS_DONE UINT32_C(0x80000000)
#define XLAT_DMA_ENGINE_DIFFERS UINT32_C(0x40000000) /* COMPARE: at the offset RESULT */

/* A descriptor in this program's byte order. */
struct xlat_dma_engine_descriptor {
	uint32_t control, pasid;
	uint64_t source, destination;
	uint32_t length;
	uint16_t source_pieces, destination_pieces;
	uint64_t next, result;
	uint32_t status;
	uint64_t cookie;
};

/* Between the two forms of a descriptor. Any thread. */
void xlat_dma_engine_encode(const struct xlat_dma_engine_descriptor *descriptor, uint8_t bytes[64]);
void xlat_dma_engine_decode(const uint8_t bytes[64], struct xlat_dma_engine_descriptor *descriptor);

/* What an error means ("no such operation"), or "unknown". Never NULL. */
const char *xlat_dma_engine_error_name(unsigned error);

/* --- For the host. */

struct xlat_dma_engine;

/* A page that a channel needs (ATS 4: a page request message, the last and only one of its group). */
struct xlat_dma_engine_page_request {
	struct xlat_attrs attrs; /* requester; PASID and privilege if it has one */
	uint64_t address; /* of the page: 4 KiB */
	bool read, write; /* what is needed */
	uint16_t group; /* page request group index, 9 bits: for the response */
};

/* ATS 4.2: response codes. */
enum xlat_dma_engine_page_response {
	XLAT_DMA_ENGINE_PAGE_SUCCESS = 0,
	XLAT_DMA_ENGINE_PAGE_INVALID = 1,
	XLAT_DMA_ENGINE_PAGE_FAILURE = 15,
};

struct xlat_dma_engine_config {
	size_t size; /* sizeof(struct xlat_dma_engine_config) */
	const char *name; /* copied; NULL: "dma-engine" */
	unsigned channels; /* 1 to 32; 0: 4 */
	uint64_t local_bytes; /* its own memory, a power of two, 4 KiB at least; 0: 64 KiB */
	bool no_local; /* none */
	/*
	 * Whether the thread that rings a doorbell (or brings an answer) does the work at once, as
	 * far as the budget goes; the rest is for xlat_dma_engine_process().
	 */
	bool at_once;
	unsigned budget; /* steps (accesses of 4 KiB at most) that a call makes at most; 0: 4096 */
	/*
	 * A translation request (ATS 3), before each access while a guest has ATS enabled and has
	 * the channel ask for pages: OK, and what is allowed in *rights (a set of enum xlat_rights);
	 * RETRY; or another outcome: not by page requests. Nothing of the answer is kept. By the
	 * thread that works, without locks. NULL: the access itself tells.
	 */
	enum xlat_outcome (*translate)(void *opaque, struct xlat_attrs attrs,
				       enum xlat_access access, uint64_t iova, unsigned *rights);
	/*
	 * Sends a page request; only while a guest has PRI enabled. OK, and
	 * xlat_dma_engine_respond_page() later or from within; RETRY: to be sent again; another
	 * outcome: the fault is final. As above. NULL: it has no PRI.
	 */
	enum xlat_outcome (*request_page)(void *opaque,
					  const struct xlat_dma_engine_page_request *request);
	void *opaque; /* given to these */
};

/*
 * Makes an engine and its function, attached nowhere. config may be NULL. The calling thread is the
 * first to work. Fails with -EINVAL (out of range), -ENOMEM, what eventfd or epoll reported, those
 * of xlat_pci_function_create() and of config.h.
 */
XLAT_MUST_CHECK int xlat_dma_engine_create(struct xlat_fabric *fabric,
					   const struct xlat_dma_engine_config *config,
					   struct xlat_dma_engine **engine);

/*
 * Ends an engine and its function, at any moment, but not while another thread is in a call of it
 * or in an access to its registers. Accepts NULL.
 */
void xlat_dma_engine_destroy(struct xlat_dma_engine *engine);

/* Its function, to be attached to a bus. Valid as long as the engine. */
struct xlat_pci_function *xlat_dma_engine_function(const struct xlat_dma_engine *engine);

/*
 * Goes on with what channels have to do, as far as the budget goes. Any thread; while one is in it,
 * others leave their part to it. Returns how many steps were made. Not from a callback of config.
 */
unsigned xlat_dma_engine_process(struct xlat_dma_engine *engine);

/* Readable when there is something to process. It belongs to the engine; do not read or close it. */
int xlat_dma_engine_fd(const struct xlat_dma_engine *engine);

/*
 * The answer to a page request group: an enum xlat_dma_engine_page_response, any other value being a
 * failure. One that nobody waits for is ignored. Any thread, also from within request_page.
 */
void xlat_dma_engine_respond_page(struct xlat_dma_engine *engine, uint16_t group,
				  unsigned response);

/*
 * Writes the engine's state (function, registers, what channels are in the middle of, its own
 * memory) to bytes if size suffices, and returns how many bytes it takes. No other thread may be in
 * a call of the engine or an access to it.
 */
size_t xlat_dma_engine_save(struct xlat_dma_engine *engine, void *bytes, size_t size);

/*
 * Brings an engine of the same shape into a state that was saved; what was parked asks again. As
 * save, of threads. Fails with -EINVAL (bytes that are no such state, or of another shape), -EBUSY
 * (an access that a device has deferred is not over), -ENOMEM; the engine is as it was then.
 */
XLAT_MUST_CHECK int xlat_dma_engine_restore(struct xlat_dma_engine *engine, const void *bytes,
					    size_t size);

#ifdef __cplusplus
}
#endif
#endif
