/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A RISC-V IOMMU in the machine of fixture.h, as its driver and the machine around it see it:
 * programmed through its registers' region, with its queues and tables in the fabric's RAM, while a
 * device or a bus does DMA behind it.
 */
#ifndef XLAT_TESTS_SUPPORT_RISCV_UNIT_H
#define XLAT_TESTS_SUPPORT_RISCV_UNIT_H

#include <xlat/dma.h>
#include <xlat/riscv_adapter.h>

#include "fixture.h"

#define REGISTERS UINT64_C(0x500000)
#define DIRECTORY RAM_AT
#define ROOT (RAM_AT + 0x1000)
#define MIDDLE (RAM_AT + 0x2000)
#define LEAVES (RAM_AT + 0x3000)
#define CQ (RAM_AT + 0x4000)
#define FQ (RAM_AT + 0x5000)
#define PDT (RAM_AT + 0x6000)
#define SCRATCH (RAM_AT + 0x7000)
#define PAGE (RAM_AT + 0x8000)
#define OTHER (RAM_AT + 0x9000)
#define IOVA UINT64_C(0x4000)
#define NEXT UINT64_C(0x5000)

#define DEVICE 5
#define MSI_MASKED 1 /* 5.29: the vector control of an entry */
#define RWUAD 0xd7

#define IOTINVAL_VMA UINT64_C(0x001)
#define AV (UINT64_C(1) << 10)
#define IOFENCE_C UINT64_C(0x002)
#define PR_PW (UINT64_C(3) << 12)
#define IODIR_DDT UINT64_C(0x003)
#define IODIR_PDT UINT64_C(0x083)
#define DV (UINT64_C(1) << 33)
#define DID(id) ((uint64_t)(id) << 40)
#define PID(id) ((uint64_t)(id) << 12)

/* An IOMMU, and a device or a bus behind it. */
struct unit {
	struct fixture *f;
	uint64_t registers;
	uint64_t queue;
	struct xlat_riscv_adapter *adapter;
	struct xlat_iommu *iommu;
	struct xlat_region *root;
	struct xlat_space *space;
	struct xlat_dma *dma;
	unsigned levels[16], raised;
	struct xlat_model_message message;
	unsigned messages;
	/* Called with each message, from within the command that sends it; or NULL. */
	void (*take_message)(void *opaque, const struct xlat_model_message *message);
	void *take_message_opaque;
};

extern struct fixture fixture; /* the machine of all units */

/* A machine with a unit whose driver has started, and whose DEVICE maps IOVA and NEXT; its end. */
struct unit *begin(bool bus);
void end(struct unit *u);

/* What begin() is made of: the adapter and what hangs behind it; its driver; the tables of a device. */
void plug(struct unit *u, uint64_t registers, uint64_t queue, bool bus);
void unplug(struct unit *u);
void start_driver(struct unit *u);
void make_tables(uint32_t device);

/* Registers, by offset. */
uint64_t load(const struct unit *u, unsigned offset, unsigned size);
void store(const struct unit *u, unsigned offset, unsigned size, uint64_t value);

/* Doublewords of the machine's memory, and the pages that IOVAs lead to. */
void put(uint64_t address, uint64_t value);
uint64_t get(uint64_t address);
void map_page(uint64_t iova, uint64_t page);
void unmap_page(uint64_t iova);

/* Queues a command and rings the doorbell. */
void put_command(struct unit *u, uint64_t first, uint64_t second);
bool commands_are_done(const struct unit *u);

#endif
