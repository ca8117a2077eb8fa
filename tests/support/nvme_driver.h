/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host with an NVMe controller on its bus, and the vocabulary of its driver: submit, complete. All
 * that the controller is told of lies in pages, which have an address for the CPU and one for the
 * device: the same, or what an IOMMU translates.
 *
 *	page 0, 1	admin submission and completion queue
 *	page 2n, 2n+1	those of I/O queue n, 1 to 7
 *	page 16 to 61	data
 *	page 62, 63	what MSI-X writes, PRP lists
 */
#ifndef XLAT_TESTS_SUPPORT_NVME_DRIVER_H
#define XLAT_TESTS_SUPPORT_NVME_DRIVER_H

#include "devices/nvme/bits.h"
#include "driven.h"

#include <xlat/nvme.h>

enum {
	NVME_PAGE = 4096,
	NVME_PAGES = 64,
	NVME_DATA = 16, /* the first page of data */
	NVME_MESSAGE = NVME_PAGES - 2, /* the page that MSI-X writes to */
	NVME_LIST = NVME_PAGES - 1, /* the page that nvme_transfer() puts PRP lists into */
	NVME_QUEUES = 8, /* the admin queue among them */
	NVME_MESSAGES = 16, /* vectors that are counted */
};

#define NVME_RAM UINT64_C(0x100000) /* where pages lie, for the CPU */
#define NVME_BAR UINT64_C(0xe0000000)

struct nvme_queue {
	unsigned entries; /* 0: not there */
	unsigned tail, head; /* ours: of submissions, of completions */
	unsigned submission_head; /* as completions said */
	bool phase;
	unsigned cq; /* which queue its completions come to */
};

struct nvme_driver {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *root, *memory, *window;
	struct xlat_space *cpu;
	struct xlat_region *dma_root, *dma_memory; /* what the bus's DMA and IOMMUs reach */
	struct xlat_space *dma_space;
	struct driven *driven; /* its IOMMU, or NULL */
	struct xlat_pci_bus *bus;
	struct xlat_nvme *nvme;
	struct xlat_pci_function *function;
	struct nvme_queue queues[NVME_QUEUES];
	uint16_t cid;
	bool level; /* of INTA */
	unsigned rises;
	uint16_t shadow_page, event_page; /* with shadowed: doorbell buffers */
	bool shadowed;
	unsigned doorbells; /* register writes */
	void (*idle)(void *opaque); /* called while something is waited for; or NULL */
	void *idle_opaque;
};

struct nvme_completion {
	uint32_t result;
	uint16_t head, sq, cid, status; /* status without the phase */
};

/* Makes all of it, the function configured, its DMA through an IOMMU if kind is not NULL. */
void nvme_driver_init(struct nvme_driver *driver, const struct xlat_nvme_config *config,
		      const struct driven_kind *kind);
void nvme_driver_finish(struct nvme_driver *driver);

/* Replaces the controller by another of the same place. */
void nvme_driver_plug(struct nvme_driver *driver, const struct xlat_nvme_config *config);

/* A page as the CPU has it, and its address for the device. */
uint8_t *nvme_page(struct nvme_driver *driver, unsigned page);
uint64_t nvme_iova(const struct nvme_driver *driver, unsigned page);

uint32_t nvme_load(struct nvme_driver *driver, unsigned offset);
void nvme_store(struct nvme_driver *driver, unsigned offset, uint32_t value);

/* Enables with admin queues of 32 entries; asserts that it becomes ready. */
void nvme_enable(struct nvme_driver *driver);
void nvme_disable(struct nvme_driver *driver);

/* Turns MSI-X on: vector n writes n + 1 to the nth word of its page. */
void nvme_use_messages(struct nvme_driver *driver);
uint32_t nvme_message(struct nvme_driver *driver,
		      unsigned vector); /* what it wrote; and clears that */

/* A queue pair of up to 64 entries; asserts that it is made. */
void nvme_create_queues(struct nvme_driver *driver, unsigned id, unsigned entries);

/* Puts a command into a queue, without telling; returns its cid. Then tells. */
uint16_t nvme_push(struct nvme_driver *driver, unsigned queue, struct nvme_command command);
void nvme_ring(struct nvme_driver *driver, unsigned queue);
uint16_t nvme_submit(struct nvme_driver *driver, unsigned queue, struct nvme_command command);

/* The next completion, if there is one; tells the controller that it was taken. */
bool nvme_take(struct nvme_driver *driver, unsigned queue, struct nvme_completion *completion);
bool nvme_peek(struct nvme_driver *driver, unsigned queue, struct nvme_completion *completion);

/* Processes until there is one. */
struct nvme_completion nvme_wait(struct nvme_driver *driver, unsigned queue);

/* Submits and waits; the status without DNR. */
uint16_t nvme_do(struct nvme_driver *driver, unsigned queue, struct nvme_command command);
uint32_t nvme_ask(struct nvme_driver *driver, struct nvme_command command); /* admin: its result */

/* Commands. A read, write, … of blocks of namespace 1, in pages from `page` on by a list in page `list`. */
struct nvme_command nvme_transfer(struct nvme_driver *driver, uint8_t opcode, uint64_t block,
				  unsigned blocks, unsigned page);
struct nvme_command nvme_identify_command(struct nvme_driver *driver, unsigned cns, uint32_t nsid,
					  unsigned page);
struct nvme_command nvme_feature_command(uint8_t opcode, unsigned feature, uint32_t value);

#endif
