/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server that means harm: its handshake with bytes changed, cut or doubled, and then whatever it
 * likes, before a client that goes on with what it has been told: the guest reads and writes.
 */
#include "input.h"
#include "client_script.h"

#include <xlat/dma.h>
#include <xlat/pci_bus.h>
#include <xlat/pci_function.h>
#include <xlat/space.h>
#include <xlat/vfio_user_client.h>

#include <string.h>
#include <unistd.h>

#define BAR UINT64_C(0x40000000)

enum {
	DEVFN = 8,
};

static void use(struct input *input, struct xlat_fabric *fabric,
		struct xlat_vfio_user_client *client)
{
	struct xlat_pci_function *function = xlat_vfio_user_client_function(client);
	struct xlat_region *memory;
	struct xlat_pci_bus *bus;
	struct xlat_space *space;
	struct xlat_attrs attrs = {0};

	if (xlat_region_create(fabric, XLAT_CONFIG(xlat_region_config, .name = "memory"), &memory))
		return;
	if (!xlat_pci_bus_create(fabric, XLAT_CONFIG(xlat_pci_bus_config, .memory = memory),
				 &bus)) {
		if (!xlat_space_create(xlat_pci_bus_memory(bus), "bus", &space)) {
			if (!xlat_pci_function_attach(bus, DEVFN, function)) {
				xlat_pci_bus_config_write(bus, DEVFN, 0x10, 4, (uint32_t)BAR);
				xlat_pci_bus_config_write(bus, DEVFN, 4, 2, 7);
			}
			for (unsigned i = 0; i < 16; i++) {
				uint64_t value = take(input, 256);

				(void)xlat_vfio_user_client_process(client);
				(void)xlat_fabric_process(fabric);
				xlat_pci_bus_config_write(bus, DEVFN, take(input, 1024) * 4, 4,
							  take(input, UINT32_MAX));
				(void)xlat_pci_bus_config_read(bus, DEVFN, take(input, 1024) * 4,
							       4);
				(void)xlat_space_store(space, attrs, BAR + take(input, 0x2000), 4,
						       XLAT_LITTLE_ENDIAN, value);
				(void)xlat_space_load(space, attrs, BAR + take(input, 0x2000), 4,
						      XLAT_LITTLE_ENDIAN, &value);
			}
			xlat_pci_function_detach(function);
			xlat_space_destroy(space);
		}
		xlat_pci_bus_destroy(bus);
	}
	xlat_region_unref(memory);
}

static void change(struct input *input, struct script *script)
{
	unsigned changes = take(input, 8);

	for (unsigned i = 0; i < changes; i++) {
		/* Mostly near the beginning of a message. */
		size_t at = script->at[take(input, script->count)] + take(input, 100);

		if (at < script->size)
			script->bytes[at] = (uint8_t)take(input, 256);
	}
	if (!take(input, 16))
		script->size = take(input, (uint32_t)script->size + 1);
	while (input->left > 64 && script->size < SCRIPT_BYTES)
		script->bytes[script->size++] = (uint8_t)take(input, 256);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	struct xlat_vfio_user_client *client;
	struct xlat_fabric *fabric;
	struct script script;
	int server, fd;

	if (xlat_fabric_create(NULL, &fabric))
		return 0;
	if (script_init(&script)) {
		change(&input, &script);
		fd = script_play(&script, &server);
		if (fd >= 0) {
			if (xlat_vfio_user_client_create(fabric,
							 XLAT_CONFIG(xlat_vfio_user_client_config,
								     .has_fd = true, .fd = fd,
								     .timeout = 1000000),
							 &client)) {
				close(fd);
			} else {
				use(&input, fabric, client);
				xlat_vfio_user_client_destroy(client);
			}
			close(server);
		}
	}
	script_finish(&script);
	xlat_fabric_destroy(fabric);
	return 0;
}
