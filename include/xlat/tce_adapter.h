/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An adapter binds a model of TCEs to a fabric: an IOMMU that stands where the endpoint's bus
 * addresses are, and leads into the guest's memory; and hypercalls that keep their promise. One
 * that ends what a device uses at this moment does not return: its vCPU is halted, no lock is held,
 * and it is resumed when the device is done. One that ends what nobody uses returns at once.
 * Hypercalls do not wait for one another.
 */
#ifndef XLAT_TCE_ADAPTER_H
#define XLAT_TCE_ADAPTER_H

#include <xlat/fence.h>
#include <xlat/iommu.h>
#include <xlat/space.h>
#include <xlat/tce.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_tce_adapter;

struct xlat_tce_adapter_config {
	size_t size; /* sizeof(struct xlat_tce_adapter_config) */
	const char *name; /* of the IOMMU; copied; NULL: "tce" */
	struct xlat_space *memory; /* real addresses; must outlive the adapter */
	const struct xlat_tce_config *model; /* NULL: all defaults */
	struct xlat_attrs attrs; /* who reads the lists of H_PUT_TCE_INDIRECT */
	/* Called with each access that is refused, not for peeks; by the thread of the access; or NULL. */
	void (*fault)(void *opaque, const struct xlat_fault *fault);
	void *opaque;
	struct xlat_sanitizer *sanitize; /* watches the driver: sanitizer.h; NULL: nobody */
};

/*
 * Makes an adapter, its model and its IOMMU. Fails with -EINVAL (no memory), -ENOMEM, or the errors of
 * xlat_tce_create() and of config.h.
 */
XLAT_MUST_CHECK int xlat_tce_adapter_create(const struct xlat_tce_adapter_config *config,
					    struct xlat_tce_adapter **adapter);

/*
 * Gives the adapter up: detaches its IOMMU. It is freed, and its model with it, when nobody can be
 * using the IOMMU and no call is waiting. Not while another thread is in a call. Accepts NULL.
 */
void xlat_tce_adapter_destroy(struct xlat_tce_adapter *adapter);

/* Its IOMMU, whose input is bus addresses, and its model. Valid as long as the adapter. */
struct xlat_iommu *xlat_tce_adapter_iommu(const struct xlat_tce_adapter *adapter);
struct xlat_tce *xlat_tce_adapter_model(const struct xlat_tce_adapter *adapter);

/* A call that waits: the caller's memory, which stays until it is resumed or cancelled. */
struct xlat_tce_wait {
	/*
	 * Called when the vCPU may go on, by who found it so, without locks. Where the fence has failed
	 * (xlat_fence_status(): an external holder could not let go), what the guest is to find is
	 * XLAT_TCE_H_HARDWARE, or XLAT_TCE_HARDWARE_ERROR, instead of what is in the call.
	 */
	void (*resume)(struct xlat_tce_wait *wait);
	void *opaque; /* the caller's */
	struct xlat_fence fence; /* the library's */
};

/*
 * Makes a call. True: it is done, and resume is not called. False: the vCPU is to be halted until
 * xlat_fabric_process() resumes it; what the guest finds in its registers is in *call already. Any
 * thread, also from a handler (but what waits for that handler is not resumed before it returns).
 */
XLAT_MUST_CHECK bool xlat_tce_adapter_call(struct xlat_tce_adapter *adapter,
					   struct xlat_tce_call *call, struct xlat_tce_wait *wait);
XLAT_MUST_CHECK bool xlat_tce_adapter_window_call(struct xlat_tce_adapter *adapter,
						  struct xlat_tce_window_call *call,
						  struct xlat_tce_wait *wait);

/* Gives up waiting (the vCPU is reset): resume will not be called. Not while it may be being called. */
void xlat_tce_wait_cancel(struct xlat_tce_wait *wait);

#ifdef __cplusplus
}
#endif
#endif
