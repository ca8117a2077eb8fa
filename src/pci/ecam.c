/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The enhanced configuration access mechanism (PCIe 7.2.2): the address is bus (8 bits), device (5),
 * function (3), register (12).
 */
#include "pci/pci.h"

#include <xlat/implement/mmio.h>

static uint16_t rid_at(const struct xlat_pci_bus *bus, uint64_t offset)
{
	return (uint16_t)((bus->number << 8) + (offset >> 12));
}

static enum xlat_outcome read_ecam(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t *value)
{
	struct xlat_pci_bus *bus = opaque;

	*value = xlat_pci_bus_config_read(bus, rid_at(bus, access->offset), access->offset & 0xfff,
					  access->size);
	return XLAT_OK;
}

static enum xlat_outcome write_ecam(void *opaque, const struct xlat_mmio_access *access,
				    uint64_t value)
{
	struct xlat_pci_bus *bus = opaque;

	xlat_pci_bus_config_write(bus, rid_at(bus, access->offset), access->offset & 0xfff,
				  access->size, (uint32_t)value);
	return XLAT_OK;
}

/* It serialises itself: a device's callback holds nobody up who configures another. */
static const struct xlat_mmio_ops ecam_ops = {
	.size = sizeof(ecam_ops),
	.read = read_ecam,
	.write = write_ecam,
	.valid = {.min = 1, .max = 4},
	.order = XLAT_LITTLE_ENDIAN,
	.lockless = true,
};

int xlat__pci_ecam_make(struct xlat_pci_bus *bus)
{
	int error;

	__atomic_add_fetch(&bus->kept, 1, __ATOMIC_RELAXED);
	error = xlat_region_create(
		bus->fabric,
		XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO, .name = "ecam",
			    .length = ((uint64_t)(bus->last - bus->number) + 1) << 20,
			    .ops = &ecam_ops, .opaque = bus, .retired = xlat__pci_bus_drop),
		&bus->ecam);
	if (error)
		__atomic_sub_fetch(&bus->kept, 1, __ATOMIC_RELAXED);
	return error;
}
