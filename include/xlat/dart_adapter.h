/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An adapter binds a model of the DART to a fabric: an IOMMU that stands where the bus addresses
 * are, and leads into the machine's memory; and a region of registers, big-endian. A flush bit reads
 * as set until nobody uses what was flushed; with read_back, the read of CNTL itself waits: it is
 * answered when the accesses are over, to whoever can wait (xlat_dma_submit(), a hart), and is
 * RETRY for others.
 */
#ifndef XLAT_DART_ADAPTER_H
#define XLAT_DART_ADAPTER_H

#include <xlat/dart.h>
#include <xlat/iommu.h>
#include <xlat/space.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_dart_adapter;

struct xlat_dart_adapter_config {
	size_t size; /* sizeof(struct xlat_dart_adapter_config) */
	const char *name; /* of the IOMMU; copied; NULL: "dart" */
	struct xlat_space *memory; /* real addresses; must outlive the adapter */
	const struct xlat_dart_config *model; /* NULL: all defaults */
	struct xlat_attrs attrs; /* who the DART itself is, when it reads its table */
	/* Called with each access that is refused, not for peeks; by the thread of the access; or NULL. */
	void (*fault)(void *opaque, const struct xlat_fault *fault);
	void *opaque;
	struct xlat_sanitizer *sanitize; /* watches the driver: sanitizer.h; NULL: nobody */
};

/*
 * Makes an adapter, its model, its IOMMU and its registers. Fails with -EINVAL (no memory), -ENOMEM, or
 * the errors of xlat_dart_create() and of config.h.
 */
XLAT_MUST_CHECK int xlat_dart_adapter_create(const struct xlat_dart_adapter_config *config,
					     struct xlat_dart_adapter **adapter);

/*
 * Gives the adapter up: detaches its IOMMU and its registers. It is freed, and its model with it,
 * when nobody can be using them. Not while another thread may be in an access of the registers.
 * Accepts NULL.
 */
void xlat_dart_adapter_destroy(struct xlat_dart_adapter *adapter);

/* Its IOMMU, its registers and its model. Valid as long as the adapter. */
struct xlat_iommu *xlat_dart_adapter_iommu(const struct xlat_dart_adapter *adapter);
struct xlat_region *xlat_dart_adapter_registers(const struct xlat_dart_adapter *adapter);
struct xlat_dart *xlat_dart_adapter_model(const struct xlat_dart_adapter *adapter);

#ifdef __cplusplus
}
#endif
#endif
