/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An adapter binds a model of the sun4u IOMMU to a fabric: an IOMMU that stands where the PCI
 * addresses are, and leads into the machine's memory; and a region of registers, big-endian, where
 * the bridge's begin: what else the bridge has there is attached above it.
 *
 * A store that flushes is complete when nobody uses what was flushed: it is deferred for whoever
 * can wait (xlat_dma_submit(), a hart), and is RETRY for others, who make it again.
 */
#ifndef XLAT_SUN4U_ADAPTER_H
#define XLAT_SUN4U_ADAPTER_H

#include <xlat/iommu.h>
#include <xlat/space.h>
#include <xlat/sun4u.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_sun4u_adapter;

struct xlat_sun4u_adapter_config {
	size_t size; /* sizeof(struct xlat_sun4u_adapter_config) */
	const char *name; /* of the IOMMU; copied; NULL: "sun4u" */
	struct xlat_space *memory; /* physical addresses; must outlive the adapter */
	const struct xlat_sun4u_config *model; /* NULL: all defaults */
	struct xlat_attrs attrs; /* who the IOMMU itself is, when it reads its table */
	/*
	 * Called with each access that is refused, not for peeks; by the thread of the access; or
	 * NULL.
	 */
	void (*fault)(void *opaque, const struct xlat_fault *fault);
	void *opaque;
	struct xlat_sanitizer *sanitize; /* watches the driver: sanitizer.h; NULL: nobody */
};

/*
 * Makes an adapter, its model, its IOMMU and its registers. Fails with -EINVAL (no memory),
 * -ENOMEM, or the errors of xlat_sun4u_create() and of config.h.
 */
XLAT_MUST_CHECK int xlat_sun4u_adapter_create(const struct xlat_sun4u_adapter_config *config,
					      struct xlat_sun4u_adapter **adapter);

/*
 * Gives the adapter up: detaches its IOMMU and its registers. It is freed, and its model with it,
 * when nobody can be using them. Not while another thread may be in an access of the registers.
 * Accepts NULL.
 */
void xlat_sun4u_adapter_destroy(struct xlat_sun4u_adapter *adapter);

/* Its IOMMU, its registers and its model. Valid as long as the adapter. */
struct xlat_iommu *xlat_sun4u_adapter_iommu(const struct xlat_sun4u_adapter *adapter);
struct xlat_region *xlat_sun4u_adapter_registers(const struct xlat_sun4u_adapter *adapter);
struct xlat_sun4u *xlat_sun4u_adapter_model(const struct xlat_sun4u_adapter *adapter);

#ifdef __cplusplus
}
#endif
#endif
