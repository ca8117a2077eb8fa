/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A captured machine as a fabric: its RAM, its IOMMU, and a space and a DMA handle for each device
 * behind it. Where there is no RAM stands a device that only notes where it was reached, since a
 * capture does not say what else the machine had (the interrupt files that MSIs are written to,
 * for one). It does not answer the IOMMU, whose tables are in RAM or captured in vain.
 */
#ifndef XLAT_CLI_CAPTURED_MACHINE_H
#define XLAT_CLI_CAPTURED_MACHINE_H

#include "cli/capture.h"
#include "cli/status.h"

#include <xlat/dma.h>
#include <xlat/fabric.h>
#include <xlat/iommu.h>
#include <xlat/riscv_adapter.h>

/* More devices than this are not made. */
#define MOST_DEVICES 4096u

struct captured_device {
	uint32_t id;
	struct xlat_iommu *iommu;
	struct xlat_space *space; /* what the device sees */
	struct xlat_dma *dma;
};

struct captured_machine {
	const struct capture *capture;
	struct xlat_fabric *fabric;
	struct xlat_ram *ram_block;
	struct xlat_region *system, *ram, *elsewhere;
	struct xlat_space *memory; /* the system's */
	struct xlat_riscv_adapter *adapter;
	struct captured_device **devices; /* in order of their ids */
	size_t device_count;

	/* The last access that reached no RAM: where. */
	bool reached_elsewhere;
	uint64_t elsewhere_at;
	/* Table entries that were looked for outside the RAM: how many, and the first's address. */
	uint64_t strays;
	uint64_t first_stray;
	/* The last access that was refused: why. */
	bool was_refused;
	struct xlat_fault refused;
};

/* Makes a machine of a capture, which must outlive it. HOST; then there is nothing to finish. */
enum status init_captured_machine(struct captured_machine *machine, const struct capture *capture,
				  struct trouble *trouble);
void finish_captured_machine(struct captured_machine *machine);

/* The device of an id, made when it is asked for first. HOST; CONTENT: more than MOST_DEVICES. */
enum status find_captured_device(struct captured_machine *machine, uint32_t id,
				 struct captured_device **device, struct trouble *trouble);

/*
 * Where an access of a device ends, by the pointer that the library maps it to, or by what the
 * device outside the RAM noted: OK and *address, a physical one; or the outcome. The access is
 * made as well, of one byte (recordings do not say how long theirs were): a read reads, a write
 * stores what was there, so that the captured RAM stays as it is.
 */
enum xlat_outcome reach(struct captured_machine *machine, struct captured_device *device,
			bool write, uint64_t iova, uint64_t *address);

#endif
