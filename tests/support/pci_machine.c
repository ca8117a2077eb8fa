/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "pci_machine.h"

static const struct xlat_attrs nobody;

static enum xlat_outcome ring(void *opaque, const struct xlat_mmio_access *access, uint64_t value)
{
	struct pci_machine *machine = opaque;
	unsigned at = __atomic_fetch_add(&machine->message_count, 1, __ATOMIC_RELAXED);

	machine->messages[at % PCI_MESSAGES] = (struct pci_message){
		PCI_DOORBELL_AT + access->offset, (uint32_t)value, access->attrs.requester};
	return XLAT_OK;
}

static const struct xlat_mmio_ops doorbell_ops = {.size = sizeof(doorbell_ops),
						  .write = ring,
						  .valid = {.min = 4, .max = 4}};

static void intx(void *opaque, unsigned wire, bool level)
{
	struct pci_machine *machine = opaque;

	assert_true(wire < 4);
	assert_int_not_equal(machine->wires[wire], level);
	machine->wires[wire] = level;
	machine->wire_calls++;
}

static struct xlat_region *show(struct pci_machine *machine, struct xlat_region *target,
				uint64_t at, uint64_t length)
{
	struct xlat_region *alias;

	assert_int_equal(xlat_region_create(machine->fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_ALIAS, .length = length,
							.target = target, .target_offset = at,
							.priority = -1),
					    &alias),
			 0);
	assert_int_equal(xlat_region_attach(machine->memory, alias, at), 0);
	return alias;
}

void pci_machine_init(struct pci_machine *m, const struct xlat_pci_iommu_map *map, unsigned count)
{
	memset(m, 0, sizeof(*m));
	assert_int_equal(xlat_fabric_create(NULL, &m->fabric), 0);
	assert_int_equal(xlat_ram_create(m->fabric, XLAT_CONFIG(xlat_ram_config, .length = PCI_RAM),
					 &m->ram),
			 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "memory"),
					    &m->memory),
			 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.length = PCI_RAM, .ram = m->ram),
					    &m->ram_region),
			 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .length = 1 << 20,
							.ops = &doorbell_ops, .opaque = m),
					    &m->doorbell),
			 0);
	assert_int_equal(xlat_region_attach(m->memory, m->ram_region, 0), 0);
	assert_int_equal(xlat_region_attach(m->memory, m->doorbell, PCI_DOORBELL_AT), 0);
	assert_int_equal(xlat_space_create(m->memory, "machine", &m->space), 0);
	assert_int_equal(xlat_pci_bus_create(m->fabric,
					     XLAT_CONFIG(xlat_pci_bus_config, .memory = m->memory,
							 .map = map, .map_count = count,
							 .intx = intx, .opaque = m),
					     &m->bus),
			 0);
	m->low = show(m, xlat_pci_bus_memory(m->bus), PCI_MEMORY_AT, 1 << 30);
	m->high = show(m, xlat_pci_bus_memory(m->bus), PCI_MEMORY64_AT, UINT64_C(1) << 36);
	assert_int_equal(xlat_region_attach(m->memory, xlat_pci_bus_ecam(m->bus), PCI_ECAM_AT), 0);
	assert_int_equal(xlat_space_create(xlat_pci_bus_io(m->bus), "io", &m->io), 0);
}

void pci_machine_finish(struct pci_machine *m)
{
	xlat_space_destroy(m->io);
	xlat_pci_bus_destroy(m->bus);
	xlat_space_destroy(m->space);
	xlat_region_unref(m->low);
	xlat_region_unref(m->high);
	xlat_region_unref(m->doorbell);
	xlat_region_unref(m->ram_region);
	xlat_region_unref(m->memory);
	xlat_ram_unref(m->ram);
	xlat_fabric_destroy(m->fabric);
}

uint8_t *pci_ram(struct pci_machine *machine)
{
	return xlat_ram_host(machine->ram);
}

static enum xlat_outcome read_bytes(const uint8_t *bytes, const struct xlat_mmio_access *access,
				    uint64_t *value)
{
	*value = 0;
	for (unsigned i = 0; i < access->size; i++)
		*value |= (uint64_t)bytes[access->offset + i] << (8 * i);
	return XLAT_OK;
}

static enum xlat_outcome write_bytes(uint8_t *bytes, const struct xlat_mmio_access *access,
				     uint64_t value)
{
	for (unsigned i = 0; i < access->size; i++)
		bytes[access->offset + i] = (uint8_t)(value >> (8 * i));
	return XLAT_OK;
}

static enum xlat_outcome read_registers(void *opaque, const struct xlat_mmio_access *access,
					uint64_t *value)
{
	return read_bytes(((struct pci_device *)opaque)->bytes, access, value);
}

static enum xlat_outcome write_registers(void *opaque, const struct xlat_mmio_access *access,
					 uint64_t value)
{
	return write_bytes(((struct pci_device *)opaque)->bytes, access, value);
}

static enum xlat_outcome read_io(void *opaque, const struct xlat_mmio_access *access,
				 uint64_t *value)
{
	return read_bytes(((struct pci_device *)opaque)->io, access, value);
}

static enum xlat_outcome write_io(void *opaque, const struct xlat_mmio_access *access,
				  uint64_t value)
{
	return write_bytes(((struct pci_device *)opaque)->io, access, value);
}

static const struct xlat_mmio_ops registers_ops = {.size = sizeof(registers_ops),
						   .read = read_registers,
						   .write = write_registers};
static const struct xlat_mmio_ops io_ops = {.size = sizeof(io_ops),
					    .read = read_io,
					    .write = write_io};

static void written(void *opaque, unsigned offset, unsigned width)
{
	struct pci_device *device = opaque;

	(void)offset;
	(void)width;
	__atomic_add_fetch(&device->written, 1, __ATOMIC_RELAXED);
	if (device->inside)
		device->inside(device->inside_opaque);
}

static void master_changed(void *opaque, bool master)
{
	struct pci_device *device = opaque;

	device->master = master;
	__atomic_add_fetch(&device->masters, 1, __ATOMIC_RELAXED);
}

static void reset(void *opaque)
{
	__atomic_add_fetch(&((struct pci_device *)opaque)->resets, 1, __ATOMIC_RELAXED);
}

static const struct xlat_pci_function_ops device_ops = {
	.size = sizeof(device_ops),
	.config_written = written,
	.master_changed = master_changed,
	.reset = reset,
};

static struct xlat_region *mmio(struct xlat_fabric *fabric, uint64_t length,
				const struct xlat_mmio_ops *ops, void *opaque)
{
	struct xlat_region *region;

	assert_int_equal(xlat_region_create(fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .length = length,
							.ops = ops, .opaque = opaque),
					    &region),
			 0);
	return region;
}

void pci_device_init(struct pci_device *device, struct xlat_fabric *fabric)
{
	memset(device, 0, sizeof(*device));
	assert_int_equal(xlat_pci_function_create(
				 fabric,
				 XLAT_CONFIG(xlat_pci_function_config, .name = "device",
					     .vendor = 0x1234, .device = 0x5678, .revision = 3,
					     .class_code = 0x010802, .interrupt_pin = 1,
					     .ops = &device_ops, .opaque = device),
				 &device->function),
			 0);
	assert_int_equal(xlat_region_create(fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "bar0",
							.length = DEVICE_BAR0),
					    &device->bar0),
			 0);
	device->registers = mmio(fabric, 4096, &registers_ops, device);
	assert_int_equal(xlat_region_attach(device->bar0, device->registers, 0), 0);
	device->bar2 = mmio(fabric, DEVICE_BAR2, &registers_ops, device);
	device->bar3 = mmio(fabric, DEVICE_BAR3, &io_ops, device);
	assert_int_equal(xlat_pci_function_add_bar(
				 device->function, 0,
				 XLAT_CONFIG(xlat_pci_bar_config, .kind = XLAT_PCI_BAR_MEMORY64,
					     .prefetchable = true, .region = device->bar0)),
			 0);
	assert_int_equal(
		xlat_pci_function_add_bar(device->function, 2,
					  XLAT_CONFIG(xlat_pci_bar_config, .region = device->bar2)),
		0);
	assert_int_equal(xlat_pci_function_add_bar(device->function, 3,
						   XLAT_CONFIG(xlat_pci_bar_config,
							       .kind = XLAT_PCI_BAR_IO,
							       .region = device->bar3)),
			 0);
	assert_true(xlat_pci_add_msix(device->function, 0,
				      XLAT_CONFIG(xlat_pci_msix_config, .vectors = DEVICE_VECTORS,
						  .table_offset = DEVICE_TABLE,
						  .pba_offset = DEVICE_PBA)) > 0);
	assert_true(xlat_pci_add_power_management(device->function, 0) > 0);
	assert_true(xlat_pci_add_express(device->function, 0, XLAT_PCI_EXPRESS_ENDPOINT) > 0);
	assert_true(xlat_pci_add_msi(device->function, 0, 4) > 0);
	assert_int_equal(xlat_pci_add_aer(device->function, 0), 0x100);
}

void pci_device_finish(struct pci_device *device)
{
	xlat_pci_function_destroy(device->function);
	xlat_region_unref(device->registers);
	xlat_region_unref(device->bar0);
	xlat_region_unref(device->bar2);
	xlat_region_unref(device->bar3);
}

uint32_t config_get(struct xlat_pci_function *function, unsigned offset, unsigned size)
{
	return xlat_pci_function_config_read(function, offset, size);
}

void config_set(struct xlat_pci_function *function, unsigned offset, unsigned size, uint32_t value)
{
	xlat_pci_function_config_write(function, offset, size, value);
}

void command_set(struct xlat_pci_function *function, uint16_t bits)
{
	config_set(function, R_COMMAND, 2, bits);
}

void one_init(struct one *one)
{
	pci_machine_init(&one->machine, NULL, 0);
	pci_device_init(&one->device, one->machine.fabric);
	one->function = one->device.function;
	assert_int_equal(
		xlat_pci_function_attach(one->machine.bus, XLAT_PCI_DEVFN(2, 0), one->function), 0);
	config_set(one->function, R_BAR, 4, (uint32_t)BAR0_AT);
	config_set(one->function, R_BAR + 4, 4, (uint32_t)(BAR0_AT >> 32));
	config_set(one->function, R_BAR + 8, 4, (uint32_t)BAR2_AT);
	config_set(one->function, R_BAR + 12, 4, IO_AT);
	command_set(one->function, IO_ENABLE | MEMORY_ENABLE | BUS_MASTER);
}

void one_finish(struct one *one)
{
	pci_device_finish(&one->device);
	pci_machine_finish(&one->machine);
}

uint64_t one_load(struct one *one, uint64_t address, unsigned size)
{
	uint64_t value;

	(void)xlat_space_load(one->machine.space, nobody, address, size, XLAT_LITTLE_ENDIAN,
			      &value);
	return value;
}

struct xlat_pci_function *pci_bridge(struct xlat_pci_bus *bus, uint8_t devfn,
				     const struct xlat_pci_bridge_config *config, uint8_t secondary,
				     uint8_t subordinate)
{
	struct xlat_fabric *fabric = xlat_region_fabric(xlat_pci_bus_memory(bus));
	struct xlat_pci_function *bridge;

	assert_int_equal(xlat_pci_bridge_create(fabric, config, &bridge), 0);
	assert_int_equal(xlat_pci_function_attach(bus, devfn, bridge), 0);
	config_set(bridge, 0x18, 1, xlat_pci_bus_number(bus));
	config_set(bridge, 0x19, 1, secondary);
	config_set(bridge, 0x1a, 1, subordinate);
	command_set(bridge, IO_ENABLE | MEMORY_ENABLE | BUS_MASTER);
	return bridge;
}

void msix_program(struct pci_machine *machine, struct pci_device *device, unsigned vector,
		  uint64_t address, uint32_t data, bool masked)
{
	struct xlat_pci_bar bar;
	uint64_t at;

	assert_true(xlat_pci_function_bar(device->function, 0, &bar));
	at = bar.range.first + DEVICE_TABLE + vector * 16;
	assert_int_equal(xlat_space_store(machine->space, nobody, at, 8, XLAT_LITTLE_ENDIAN,
					  address),
			 XLAT_OK);
	assert_int_equal(xlat_space_store(machine->space, nobody, at + 8, 4, XLAT_LITTLE_ENDIAN,
					  data),
			 XLAT_OK);
	assert_int_equal(xlat_space_store(machine->space, nobody, at + 12, 4, XLAT_LITTLE_ENDIAN,
					  masked),
			 XLAT_OK);
}
