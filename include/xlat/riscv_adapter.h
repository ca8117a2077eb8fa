/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An adapter binds a model of the RISC-V IOMMU to a fabric: the model's tables lie in a space of
 * that fabric, and devices get regions whose accesses it translates into that space.
 *
 * A region is for one device, whatever requester id its accesses bear, or for a bus, whose
 * accesses say who they are. A PASID is the process id. A walk is part of the access that it
 * serves: a fence waits for it. Accesses translate from any number of threads at once.
 *
 * What is not here yet: an MSI to a memory-resident interrupt file is denied, with a cause of its
 * own, because it is no plain translation; and the model has no queues, so that faults go to a
 * callback.
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

/* Causes of the adapter's own, in struct xlat_fault; the specification's (3.2) are below 4096. */
enum xlat_riscv_adapter_cause {
	XLAT_RISCV_ADAPTER_MRIF =
		4096, /* an MSI to a memory-resident interrupt file; detail: where */
};

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
	 * Called with each access that is refused for whatever reason, the adapter's own causes
	 * among them, not for peeks; by the thread of the access; or NULL.
	 */
	void (*refused)(void *opaque, const struct xlat_fault *refused);
	void *opaque; /* given to fault and refused */
};

/*
 * Makes an adapter and its model, in the state after reset. Fails with -EINVAL (no memory),
 * -ENOMEM, or the errors of xlat_riscv_iommu_create() and of config.h.
 */
XLAT_MUST_CHECK int xlat_riscv_adapter_create(const struct xlat_riscv_adapter_config *config,
					      struct xlat_riscv_adapter **adapter);

/*
 * Gives the adapter up. It is freed, and its model with it, when the last IOMMU that it made is
 * retired too. Accepts NULL.
 */
void xlat_riscv_adapter_destroy(struct xlat_riscv_adapter *adapter);

/* The model, for its registers; valid as long as the adapter. */
struct xlat_riscv_iommu *xlat_riscv_adapter_model(const struct xlat_riscv_adapter *adapter);

/*
 * Makes the IOMMU of one device (24 bits of id); its region is 2^64 long. xlat_iommu_destroy()
 * ends it. After a change of tables or registers the caller invalidates it, as any IOMMU. Fails
 * with -EINVAL (an id of more bits), -ENOMEM.
 */
XLAT_MUST_CHECK int xlat_riscv_adapter_attach_device(struct xlat_riscv_adapter *adapter,
						     uint32_t device_id, struct xlat_iommu **iommu);

/*
 * The same for a bus: the device id is the low 24 bits of the requester id of each access (with
 * PCI: segment, bus, device, function). Fails with -ENOMEM.
 */
XLAT_MUST_CHECK int xlat_riscv_adapter_attach_bus(struct xlat_riscv_adapter *adapter,
						  struct xlat_iommu **iommu);

#ifdef __cplusplus
}
#endif
#endif
