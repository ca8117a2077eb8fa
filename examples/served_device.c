/* SPDX-License-Identifier: BSD-3-Clause */
/* A PCI device in a process of its own: docs/guide/vfio-user.md. usage: example-served_device SOCKET */
#include <xlat/implement/mmio.h>
#include <xlat/implement/vfio_user_device.h>
#include <xlat/pci_capability.h>
#include <xlat/vfio_user_server.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct device {
	struct xlat_pci_function *function;
	struct xlat_dma *dma;
	/* Identity, -, address, -, length, pattern, start, status: 1 busy, 2 done, 4 failed. */
	uint32_t registers[8];
	struct xlat_dma_op op;
	uint8_t bytes[4096];
};

static void done(struct xlat_dma_op *op)
{
	struct device *device = op->opaque;

	device->registers[7] = op->result.outcome == XLAT_OK ? 2 : 4;
	if (xlat_pci_function_has_messages(device->function))
		xlat_pci_function_notify(device->function, 0);
	else
		xlat_pci_function_set_intx(device->function, true);
}

static void start(struct device *device)
{
	uint32_t *registers = device->registers;

	if (registers[7] == 1)
		return;
	registers[7] = 1;
	memset(device->bytes, (int)registers[5], sizeof(device->bytes));
	device->op.attrs = xlat_pci_function_attrs(device->function);
	device->op.iova = registers[2] | (uint64_t)registers[3] << 32;
	device->op.length = registers[4] < 4096 ? registers[4] : 4096;
	/* At once, if the client has lent the memory; later, if it takes messages. */
	if (xlat_dma_submit(device->dma, &device->op) != 0)
		done(&device->op);
}

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	*value = ((struct device *)opaque)->registers[access->offset / 4 % 8];
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	struct device *device = opaque;

	if (access->offset >= 0x08 && access->offset <= 0x14)
		device->registers[access->offset / 4] = (uint32_t)value;
	else if (access->offset == 0x18)
		start(device);
	else if (access->offset == 0x1c)
		xlat_pci_function_set_intx(device->function, false);
	return XLAT_OK;
}

static void process(void *opaque)
{
	xlat_dma_process(((struct device *)opaque)->dma);
}

static const struct xlat_mmio_ops register_ops = {sizeof(register_ops), read_register,
						  write_register, .implemented = {4, 4, false}};
static const struct xlat_vfio_user_device_ops device_ops = {sizeof(device_ops), .process = process};

static void check(int result)
{
	if (result < 0)
		exit(fprintf(stderr, "%s\n", strerror(-result)) != 0);
}

int main(int argc, char **argv)
{
	static struct device device = {
		.registers = {0x78617466},
		.op = {sizeof(device.op), XLAT_DMA_WRITE, .buffer = device.bytes, .done = done,
		       .opaque = &device},
	};
	struct xlat_vfio_user_server_config socket = {sizeof(socket), .path = argv[argc - 1]};
	struct xlat_region_config memory = {sizeof(memory), .length = 0x2000};
	struct xlat_region_config control = {sizeof(control), XLAT_REGION_MMIO, .length = 0x1000,
					     .ops = &register_ops, .opaque = &device};
	struct xlat_pci_function_config identity = {sizeof(identity), .vendor = 0x1234,
						    .device = 0x7874, .interrupt_pin = 1};
	struct xlat_pci_bar_config bar = {.size = sizeof(bar)};
	struct xlat_pci_msix_config msix = {sizeof(msix), 1, .table_offset = 0x1000,
					    .pba_offset = 0x1800};
	struct xlat_vfio_user_server *server;
	struct xlat_region *registers;
	struct xlat_fabric *fabric;

	check(xlat_vfio_user_server_create(&socket, &server));
	fabric = xlat_vfio_user_server_fabric(server);
	check(xlat_region_create(fabric, &memory, &bar.region));
	check(xlat_region_create(fabric, &control, &registers));
	check(xlat_region_attach(bar.region, registers, 0));
	check(xlat_pci_function_create(fabric, &identity, &device.function));
	check(xlat_pci_function_add_bar(device.function, 0, &bar));
	check(xlat_pci_add_msix(device.function, 0, &msix));
	check(xlat_pci_dma_create(device.function, NULL, &device.dma));
	check(xlat_vfio_user_server_show(server, device.function, &device_ops, &device));
	for (;;) {
		struct pollfd ready = {xlat_vfio_user_server_fd(server), POLLIN, 0};
		poll(&ready, 1, 1000);
		xlat_vfio_user_server_process(server);
	}
}
