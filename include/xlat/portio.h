/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A list of I/O ports: a device's scattered ports, each with the sizes that it answers, shown as
 * regions of one container at a base. Ports of one list may share an address when their sizes
 * differ. An access of a size that no port there answers is made in halves, as on the bus; what no
 * half answers is denied.
 */
#ifndef XLAT_PORTIO_H
#define XLAT_PORTIO_H

#include <xlat/implement/mmio.h>
#include <xlat/region.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_portio_list;

/* Ports base + offset to base + offset + count - 1, for accesses of this size. */
struct xlat_portio {
	uint32_t offset; /* from the list's base */
	uint32_t count; /* ports */
	unsigned size; /* bytes: 1, 2 or 4 */
	/* port is absolute: base included. NULL: such accesses are denied. */
	enum xlat_outcome (*read)(void *opaque, uint32_t port, uint32_t *value);
	enum xlat_outcome (*write)(void *opaque, uint32_t port, uint32_t value);
};

/*
 * Makes a list of count ports (copied), attached nowhere. Fails with -EINVAL (no ports, a size that
 * is none, a count of zero, offsets past 16 bits, two of one size at one address), -ENOMEM.
 */
XLAT_MUST_CHECK int xlat_portio_list_create(struct xlat_fabric *fabric,
					    const struct xlat_portio *ports, size_t count,
					    void *opaque, const char *name,
					    struct xlat_portio_list **list);
void xlat_portio_list_destroy(struct xlat_portio_list *list); /* detaches; accepts NULL */

/* Shows the ports in an I/O space's container at a base; errors as xlat_region_attach(). */
XLAT_MUST_CHECK int xlat_portio_list_attach(struct xlat_portio_list *list,
					    struct xlat_region *container, uint32_t base);
void xlat_portio_list_detach(struct xlat_portio_list *list);

#ifdef __cplusplus
}
#endif
#endif
