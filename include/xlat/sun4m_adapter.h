/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An adapter binds a model of the sun4m IOMMU to a fabric: an IOMMU that stands where the SBus
 * addresses are, and leads into the machine's memory; and a region of registers, big-endian. A
 * requester is the slot it is in: 0 to 3, others are on-board.
 *
 * A store to a flush register is complete when nobody uses what was flushed: it is deferred for
 * whoever can wait (xlat_dma_submit(), a hart), and is RETRY for others, who make it again.
 */
#ifndef XLAT_SUN4M_ADAPTER_H
#define XLAT_SUN4M_ADAPTER_H

#include <xlat/iommu.h>
#include <xlat/space.h>
#include <xlat/sun4m.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_sun4m_adapter;

struct xlat_sun4m_adapter_config {
	size_t size; /* sizeof(struct xlat_sun4m_adapter_config) */
	const char *name; /* of the IOMMU; copied; NULL: "sun4m" */
	struct xlat_space *memory; /* physical addresses; must outlive the adapter */
	const struct xlat_sun4m_config *model; /* NULL: all defaults */
	struct xlat_attrs attrs; /* who the IOMMU itself is, when it reads its table */
	/*
	 * Called with each access that is refused, not for peeks; by the thread of the access; or
	 * NULL.
	 */
	void (*fault)(void *opaque, const struct xlat_fault *fault);
	/*
	 * Drives the error interrupt, vector 0: up with a fault in AFSR, down with a write to it;
	 * or NULL.
	 */
	void (*wire)(void *opaque, unsigned vector, bool level);
	void *opaque;
	struct xlat_sanitizer *sanitize; /* watches the driver: sanitizer.h; NULL: nobody */
};

/*
 * Makes an adapter, its model, its IOMMU and its registers. Fails with -EINVAL (no memory),
 * -ENOMEM, or the errors of xlat_sun4m_create() and of config.h.
 */
XLAT_MUST_CHECK int xlat_sun4m_adapter_create(const struct xlat_sun4m_adapter_config *config,
					      struct xlat_sun4m_adapter **adapter);

/*
 * Gives the adapter up: detaches its IOMMU and its registers. It is freed, and its model with it,
 * when nobody can be using them. Not while another thread may be in an access of the registers.
 * Accepts NULL.
 */
void xlat_sun4m_adapter_destroy(struct xlat_sun4m_adapter *adapter);

/* Its IOMMU, its registers and its model. Valid as long as the adapter. */
struct xlat_iommu *xlat_sun4m_adapter_iommu(const struct xlat_sun4m_adapter *adapter);
struct xlat_region *xlat_sun4m_adapter_registers(const struct xlat_sun4m_adapter *adapter);
struct xlat_sun4m *xlat_sun4m_adapter_model(const struct xlat_sun4m_adapter *adapter);

#ifdef __cplusplus
}
#endif
#endif
