/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DMA engine on a bus of the machine of fixture.h, as its driver sees it: enumerated, its BARs
 * placed, descriptors in RAM, interrupts counted; plainly, or behind a RISC-V IOMMU with ATS and
 * page requests.
 */
#ifndef XLAT_TESTS_SUPPORT_ENGINE_BENCH_H
#define XLAT_TESTS_SUPPORT_ENGINE_BENCH_H

#include <xlat/dma_engine.h>
#include <xlat/pci_bus.h>
#include <xlat/pci_capability.h>

#include "riscv_unit.h"

#define WINDOW_AT UINT64_C(0x40000000) /* where the CPU sees the bus */
#define WINDOW_SIZE UINT64_C(0x1000000)
#define ENGINE_AT WINDOW_AT
#define LOCAL_AT (WINDOW_AT + 0x100000)
#define MSIX_AT (WINDOW_AT + 0x200000)
#define PEER_AT (WINDOW_AT + 0x300000) /* another function's BAR */
#define MSI_AT UINT64_C(0xfee00000)

/* Places in RAM; behind an IOMMU an IOVA of these is mapped to itself, as far as tests say. */
#define RING_AT (RAM_AT + UINT64_C(0x10000))
#define LISTS_AT (RAM_AT + UINT64_C(0x20000))
#define FROM_AT (RAM_AT + UINT64_C(0x30000))
#define TO_AT (RAM_AT + UINT64_C(0x60000))

enum {
	BENCH_CHANNELS = 4,
	BENCH_RING = 5, /* log2 of entries */
	ENGINE_DEVFN = 2 << 3,
	PEER_DEVFN = 3 << 3,
};

struct bench_remote;

struct engine_bench {
	struct fixture *f;
	struct unit *u; /* behind an IOMMU, or NULL */
	struct xlat_pci_bus *bus;
	struct xlat_region *window, *doorbells, *peer_region;
	struct test_device peer_device;
	struct xlat_pci_function *peer;
	struct xlat_dma_engine *engine; /* or, in another process or thread, NULL and: */
	struct xlat_vfio_user_client *client;
	struct xlat_pci_function *function;
	uint32_t tail[BENCH_CHANNELS]; /* of rings */
	/* What was seen; atomic, as threads may interrupt. */
	unsigned messages[BENCH_CHANNELS], levels[4];
	/* Pages that were asked for. */
	unsigned requests;
	struct xlat_dma_engine_page_request request; /* the last one */
	enum xlat_outcome request_answer; /* what the host says to one that it does not send */
	bool hold_requests; /* they go nowhere */
	unsigned responses;
	const struct bench_remote *remote;
};

/*
 * Makes one, enumerated, with MSI-X on and bus mastering on. config may be NULL; translate and
 * request_page are the IOMMU's where there is one.
 */
void bench_begin(struct engine_bench *bench, bool iommu,
		 const struct xlat_dma_engine_config *config);
void bench_end(struct engine_bench *bench);

/*
 * One whose engine is a remote device: what connect makes is asked for once there is a fabric, and
 * ended by disconnect, before the fabric is. process is what its owner does.
 */
struct bench_remote {
	void (*connect)(struct engine_bench *bench);
	void (*disconnect)(struct engine_bench *bench);
	void (*process)(struct engine_bench *bench);
};
void bench_begin_remote(struct engine_bench *bench, bool iommu, const struct bench_remote *remote);

/* Tells the function everything that firmware and a driver's beginning do. */
void bench_enumerate(struct engine_bench *bench);

/* Registers, of a channel or of the engine itself. */
#define THE_ENGINE UINT32_MAX
uint32_t engine_load(const struct engine_bench *bench, unsigned channel, unsigned offset);
void engine_store(const struct engine_bench *bench, unsigned channel, unsigned offset,
		  uint32_t value);
uint64_t engine_load_address(const struct engine_bench *bench, unsigned channel, unsigned offset);
uint32_t engine_state(const struct engine_bench *bench, unsigned channel);
uint32_t engine_error(const struct engine_bench *bench, unsigned channel);

/* Sets a channel up: its ring (RING_AT + channel * 2 KiB) or list, all interrupts on; and off. */
void engine_start(struct engine_bench *bench, unsigned channel, uint32_t control);
void engine_stop(const struct engine_bench *bench, unsigned channel);

/* Writes a descriptor at an address; reads one. */
void put_descriptor(const struct xlat_dma_engine_descriptor *descriptor, uint64_t address);
struct xlat_dma_engine_descriptor get_descriptor(uint64_t address);

/* Queues a descriptor in a channel's ring, and rings; returns where it lies. */
uint64_t engine_queue(struct engine_bench *bench, unsigned channel,
		      const struct xlat_dma_engine_descriptor *descriptor);
#define ENGINE_QUEUE(bench, channel, ...)                                                          \
	engine_queue(bench, channel, &(struct xlat_dma_engine_descriptor){__VA_ARGS__})

/* Processes until there is nothing more to do; at most so often. */
void engine_work(struct engine_bench *bench);

/* Queues one and works; returns its status. */
uint32_t engine_execute(struct engine_bench *bench, unsigned channel,
			const struct xlat_dma_engine_descriptor *descriptor);
#define ENGINE_EXECUTE(bench, channel, ...)                                                        \
	engine_execute(bench, channel, &(struct xlat_dma_engine_descriptor){__VA_ARGS__})

/* Whether the engine's descriptor is readable. */
bool engine_is_ready(const struct engine_bench *bench);

/* The host byte of an address of RAM. */
uint8_t *ram(uint64_t address);

/* Bytes that differ from address to address; and whether two ranges of RAM have the same. */
void fill_pattern(uint64_t address, size_t length, unsigned seed);
bool ram_equals(uint64_t a, uint64_t b, size_t length);

#endif
