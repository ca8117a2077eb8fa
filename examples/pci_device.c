/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PCI device: a register that, written with an address, has the device add up the 16 bytes there,
 * put the sum into another register, and interrupt. Then a guest finds it and uses it.
 */
#include <xlat/implement/mmio.h>
#include <xlat/pci_capability.h>

#include <stdio.h>

enum {
	ADDRESS = 0,
	SUM = 8
};

struct adder {
	struct xlat_pci_function *function;
	struct xlat_dma *dma;
	uint32_t sum;
};

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	*value = access->offset == SUM ? ((struct adder *)opaque)->sum : 0;
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	struct adder *adder = opaque;
	uint8_t bytes[16];

	if (access->offset != ADDRESS)
		return XLAT_OK;
	adder->sum = 0;
	if (xlat_dma_read(adder->dma, xlat_pci_function_attrs(adder->function), value, bytes, 16))
		return XLAT_OK; /* the guest finds the reason in Status */
	for (unsigned i = 0; i < 16; i++)
		adder->sum += bytes[i];
	xlat_pci_function_notify(adder->function, 0);
	return XLAT_OK;
}

static const struct xlat_mmio_ops ops = {.size = sizeof(ops),
					 .read = read_register,
					 .write = write_register};

/* Its function: one BAR of 4 KiB, one MSI. */
static int make_adder(struct adder *adder, struct xlat_fabric *fabric)
{
	struct xlat_region *registers;
	int error = xlat_pci_function_create(fabric,
					     XLAT_CONFIG(xlat_pci_function_config, .vendor = 0x1234,
							 .device = 0xadd0, .class_code = 0xff0000),
					     &adder->function);

	if (error ||
	    (error = xlat_region_create(fabric,
					XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						    .length = 4096, .ops = &ops, .opaque = adder),
					&registers)))
		return error;
	error = xlat_pci_function_add_bar(adder->function, 0,
					  XLAT_CONFIG(xlat_pci_bar_config, .region = registers));
	xlat_region_unref(registers);
	if (error || (error = xlat_pci_add_msi(adder->function, 0, 1)) < 0)
		return error;
	return xlat_pci_dma_create(adder->function, NULL, &adder->dma);
}

int main(void)
{
	const struct xlat_attrs cpu = {0};
	const uint16_t rid = XLAT_PCI_RID(0, 3, 0);
	struct xlat_region_config config = {
		.size = sizeof(config), .kind = XLAT_REGION_RAM, .length = 65536};
	struct adder adder = {0};
	struct xlat_fabric *fabric;
	struct xlat_region *memory, *ram;
	struct xlat_space *machine;
	struct xlat_pci_bus *bus;
	uint64_t value;

	/* A machine: RAM, and the bus's memory where there is no RAM. */
	if (xlat_fabric_create(NULL, &fabric) ||
	    xlat_ram_create(fabric, XLAT_CONFIG(xlat_ram_config, .length = 65536), &config.ram) ||
	    xlat_region_create(fabric, &config, &ram) ||
	    xlat_region_create(fabric, XLAT_CONFIG(xlat_region_config, .name = "machine"),
			       &memory) ||
	    xlat_pci_bus_create(fabric, XLAT_CONFIG(xlat_pci_bus_config, .memory = memory), &bus) ||
	    xlat_region_attach(memory, xlat_pci_bus_memory(bus), 0) ||
	    xlat_region_attach(memory, ram, 0) || xlat_space_create(memory, "machine", &machine) ||
	    make_adder(&adder, fabric) ||
	    xlat_pci_function_attach(bus, XLAT_PCI_DEVFN(3, 0), adder.function))
		return 1;

	/* A guest: it finds the device, sizes its BAR, places it, and lets it master the bus. */
	printf("00:03.0 is %08x\n", xlat_pci_bus_config_read(bus, rid, 0, 4));
	xlat_pci_bus_config_write(bus, rid, 0x10, 4, 0xffffffff);
	printf("BAR 0 has %u bytes\n", ~xlat_pci_bus_config_read(bus, rid, 0x10, 4) + 1);
	xlat_pci_bus_config_write(bus, rid, 0x10, 4, 0xe0000000);
	xlat_pci_bus_config_write(bus, rid, 0x44, 4, 0x8000); /* messages go to RAM, here */
	xlat_pci_bus_config_write(bus, rid, 0x4c, 2, 0x33);
	xlat_pci_bus_config_write(bus, rid, 0x42, 2, 1);
	xlat_pci_bus_config_write(bus, rid, 4, 2, 6);
	xlat_space_fill(machine, cpu, 0x1000, 5, 16);
	xlat_space_store(machine, cpu, 0xe0000000 + ADDRESS, 4, XLAT_LITTLE_ENDIAN, 0x1000);
	xlat_space_load(machine, cpu, 0xe0000000 + SUM, 4, XLAT_LITTLE_ENDIAN, &value);
	printf("the sum is %u\n", (unsigned)value);
	xlat_space_load(machine, cpu, 0x8000, 4, XLAT_LITTLE_ENDIAN, &value);
	printf("the message was %#x\n", (unsigned)value);
	return 0;
}
