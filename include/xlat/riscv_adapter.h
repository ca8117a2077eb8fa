/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An adapter binds a model of the RISC-V IOMMU to a fabric: the model's tables and queues lie in a
 * space of that fabric, its registers are a region to be attached there, and devices get regions
 * whose accesses it translates into that space.
 *
 * A region is for one device, whatever requester id its accesses bear, or for a bus, whose
 * accesses say who they are. A PASID is the process id. A walk is part of the access that it
 * serves: a fence waits for it. Accesses translate from any number of threads at once, also while
 * others write registers.
 *
 * Commands are executed by the thread that writes a register, a few hundred at once; what a guest
 * queues beyond that, xlat_fabric_process() executes. Where a fence command (IOFENCE.C) has
 * to wait, because an access that an invalidation has hit is not over or a map not unmapped, the
 * command queue stops there; xlat_fabric_process() finds the fence complete, and executes what
 * follows. While nothing is in use that was invalidated, it does not wait. Changing ddtp ends what
 * devices had translated, and it is busy until a fence for that is complete.
 *
 * An interrupt is a message, written into the memory space, or a wire. Faults are recorded in the
 * fault queue, and told to a callback besides. A write to a memory-resident interrupt file sets its
 * pending bit and sends the notice.
 */
#ifndef XLAT_RISCV_ADAPTER_H
#define XLAT_RISCV_ADAPTER_H

#include <xlat/iommu.h>
#include <xlat/riscv_iommu.h>
#include <xlat/space.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_riscv_adapter;

struct xlat_riscv_adapter_config {
	size_t size; /* sizeof(struct xlat_riscv_adapter_config) */
	struct xlat_space
		*memory; /* where tables lie and translations lead; must outlive the adapter */
	const struct xlat_riscv_iommu_config *model; /* NULL: all defaults */
	struct xlat_attrs attrs; /* who the IOMMU itself is, of its accesses to memory */
	/*
	 * Called with each fault that is due for the fault queue (3.2), not for peeks; by the
	 * thread of the access; or NULL.
	 */
	void (*fault)(void *opaque, const struct xlat_riscv_iommu_fault *fault);
	/*
	 * Called with each access that is refused for whatever reason, not for peeks; by the
	 * thread of the access; or NULL.
	 */
	void (*refused)(void *opaque, const struct xlat_fault *refused);
	void *opaque; /* given to all of these */
	/* Drives the interrupt wire of a vector (fctl.WSI); by the thread that made it change; or NULL. */
	void (*wire)(void *opaque, unsigned vector, bool level);
	/* The time in cycles, for the performance monitor; any thread; NULL: it stands still. */
	uint64_t (*clock)(void *opaque);
	/*
	 * Takes a message to a device: an invalidation request (ATS.INVAL), to be completed by
	 * xlat_riscv_adapter_complete_invalidation(), also from here, or a page request group
	 * response (ATS.PRGR); by the thread that executes the command; or NULL: no device takes
	 * messages.
	 */
	void (*message)(void *opaque, const struct xlat_model_message *message);
	struct xlat_sanitizer
		*sanitize; /* watches the driver: sanitizer.h; outlives the IOMMUs; NULL: nobody */
};

/*
 * Makes an adapter and its model, in the state after reset. Fails with -EINVAL (no memory),
 * -ENOMEM, or the errors of xlat_riscv_iommu_create() and of config.h.
 */
XLAT_MUST_CHECK int xlat_riscv_adapter_create(const struct xlat_riscv_adapter_config *config,
					      struct xlat_riscv_adapter **adapter);

/*
 * Gives the adapter up: detaches its registers and executes no more commands; a fence command that
 * waits is given up. Devices go on translating. It is freed, and its model with it, when the last
 * IOMMU that it made and its registers are retired too. Not while another thread may be in a write
 * of a register. Accepts NULL.
 */
void xlat_riscv_adapter_destroy(struct xlat_riscv_adapter *adapter);

/*
 * The registers (5): 4 KiB, 4 and 8 bytes at a time, to be attached where the machine has them.
 * Valid as long as the adapter.
 */
struct xlat_region *xlat_riscv_adapter_registers(const struct xlat_riscv_adapter *adapter);

/*
 * The model, for what has no register: captured states, another configuration. Valid as long as the
 * adapter. Its commands are for xlat_riscv_adapter_run() to execute.
 */
struct xlat_riscv_iommu *xlat_riscv_adapter_model(const struct xlat_riscv_adapter *adapter);

/*
 * Executes the commands that can be: after the model was told something that they may wait for (an
 * invalidation completion, a time-out), or its registers were written other than through the
 * region. Not endlessly: what is left over, xlat_fabric_process() executes. Any thread, also from a
 * handler or callback; while another thread is at it, that one does it.
 */
void xlat_riscv_adapter_run(struct xlat_riscv_adapter *adapter);

/*
 * Makes the IOMMU of one device (24 bits of id); its region is 2^64 long. xlat_iommu_destroy() ends
 * it, and no fence command waits for it then. Invalidation commands invalidate it; who changes
 * tables or restores registers in another way does it himself, as with any IOMMU. Fails with
 * -EINVAL (an id of more bits), -ENOMEM.
 */
XLAT_MUST_CHECK int xlat_riscv_adapter_attach_device(struct xlat_riscv_adapter *adapter,
						     uint32_t device_id, struct xlat_iommu **iommu);

/*
 * The same for a bus: the device id is the low 24 bits of the requester id of each access (with
 * PCI: segment, bus, device, function). Fails with -ENOMEM.
 */
XLAT_MUST_CHECK int xlat_riscv_adapter_attach_bus(struct xlat_riscv_adapter *adapter,
						  struct xlat_iommu **iommu);

/*
 * Devices that cache translations themselves (PCIe ATS). They ask for one here, make translated
 * accesses (XLAT_ATTR_TRANSLATED) through their IOMMU's region, and drop it when a message says so.
 * A fence waits for a request, as for any access; for what a device has kept, the fence command
 * does, until the device has completed the invalidation requests.
 */

/*
 * 2.6: a translation request of request->device_id, whose type and host_context are set here. OK and
 * *response, whatever its status; RETRY: to be made again. Any thread, also from a handler.
 */
enum xlat_outcome
xlat_riscv_adapter_request_translation(struct xlat_riscv_adapter *adapter,
				       const struct xlat_riscv_iommu_request *request,
				       struct xlat_riscv_iommu_response *response);

/*
 * 2.7: a page request of request->device_id, whose host_context is set here; what becomes of it is
 * told by a message. OK; RETRY: to be made again. Any thread, also from a handler.
 */
enum xlat_outcome
xlat_riscv_adapter_request_page(struct xlat_riscv_adapter *adapter,
				const struct xlat_riscv_iommu_page_request *request);

/*
 * 3.1.4: a device has completed invalidation requests: their tags, a bit each, and the completion
 * count. Returns whether it was unexpected. Executes the commands that waited for it. Any thread,
 * also from a handler or callback.
 */
bool xlat_riscv_adapter_complete_invalidation(struct xlat_riscv_adapter *adapter,
					      uint32_t device_id, uint32_t tags,
					      unsigned completion_count);

/* 3.1.4: the time-out of invalidation requests, as the protocol has it; otherwise the same. */
void xlat_riscv_adapter_time_out_invalidation(struct xlat_riscv_adapter *adapter, uint32_t tags);

#ifdef __cplusplus
}
#endif
#endif
