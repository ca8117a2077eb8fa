/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The function that stands for the remote one: its identity and capabilities at their places. What
 * decides where the guest's accesses, DMA and interrupts go is ours (BARs, the command register, power
 * management, PCI Express, MSI, MSI-X); other capabilities are read and written at the server.
 */
#include "vfio_user/client.h"

#include <xlat/implement/pci_function.h>
#include <xlat/pci_capability.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	COMMAND = 4,
	REVISION = 8,
	BAR = 0x10,
	SUBSYSTEM = 0x2c,
	CAPABILITIES = 0x34,
	PIN = 0x3d,
	FIRST = 0x40, /* of the capabilities */
	CONVENTIONAL = 256,
	CAP_POWER = 1,
	CAP_MSI = 5,
	CAP_VENDOR = 9,
	CAP_EXPRESS = 0x10,
	CAP_MSIX = 0x11,
	EXT_AER = 1,
	EXT_ATS = 0x0f,
	EXT_SRIOV = 0x10,
	EXT_PRI = 0x13,
	EXT_REBAR = 0x15,
	EXT_PASID = 0x1b,
	MOST = 64, /* capabilities of a list */
};

/* A capability of the server's, and how many bytes there are up to the next. */
struct capability {
	unsigned at, length;
	uint16_t id;
	uint8_t version;
};

struct list {
	unsigned count;
	struct capability list[MOST];
};

static uint32_t get(const struct xlat__client_shape *shape, unsigned at, unsigned size)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint32_t)shape->config[at + i] << (8 * i);
	return value;
}

static int compare(const void *a, const void *b)
{
	const struct capability *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

/* Each is as long as there is room up to the next one. */
static void measure(struct list *list, unsigned end)
{
	qsort(list->list, list->count, sizeof(list->list[0]), compare);
	for (unsigned i = 0; i < list->count; i++)
		list->list[i].length =
			(i + 1 < list->count ? list->list[i + 1].at : end) - list->list[i].at;
}

static bool has(const struct list *list, unsigned at)
{
	for (unsigned i = 0; i < list->count; i++)
		if (list->list[i].at == at)
			return true;
	return false;
}

/* The list may lead anywhere, and back. */
static void find_capabilities(const struct xlat__client_shape *shape, struct list *list)
{
	unsigned at = get(shape, CAPABILITIES, 1) & ~3u;

	while (at >= FIRST && list->count < MOST && !has(list, at)) {
		list->list[list->count++] =
			(struct capability){.at = at, .id = (uint16_t)get(shape, at, 1)};
		at = get(shape, at + 1, 1) & ~3u;
	}
	measure(list, CONVENTIONAL);
}

static void find_extended(const struct xlat__client_shape *shape, struct list *list)
{
	unsigned at = CONVENTIONAL;

	while (shape->config_size > CONVENTIONAL && at >= CONVENTIONAL && list->count < MOST &&
	       !has(list, at)) {
		uint32_t header = get(shape, at, 4);

		if (!header || header == UINT32_MAX)
			break;
		list->list[list->count++] = (struct capability){
			.at = at, .id = (uint16_t)header, .version = header >> 16 & 15};
		at = header >> 20 & ~3u;
	}
	measure(list, shape->config_size);
}

/* At its place if there is room, else anywhere. */
static int place(int (*add)(struct xlat_vfio_user_client *client, unsigned at,
			    const struct capability *capability),
		 struct xlat_vfio_user_client *client, const struct capability *capability)
{
	int placed = add(client, capability->at, capability);

	if (placed == -EINVAL)
		placed = add(client, 0, capability);
	return placed;
}

static int add_power(struct xlat_vfio_user_client *client, unsigned at,
		     const struct capability *capability)
{
	(void)capability;
	return xlat_pci_add_power_management(client->function, at);
}

static int add_express(struct xlat_vfio_user_client *client, unsigned at,
		       const struct capability *capability)
{
	unsigned type = get(client->shape, capability->at + 2, 1) >> 4;

	return xlat_pci_add_express(client->function, at,
				    type == XLAT_PCI_EXPRESS_INTEGRATED
					    ? XLAT_PCI_EXPRESS_INTEGRATED
					    : XLAT_PCI_EXPRESS_ENDPOINT);
}

static int add_msi(struct xlat_vfio_user_client *client, unsigned at,
		   const struct capability *capability)
{
	unsigned log2 = get(client->shape, capability->at + 2, 2) >> 1 & 7;

	return xlat_pci_add_msi(client->function, at, 1u << (log2 > 5 ? 5 : log2));
}

static int add_msix(struct xlat_vfio_user_client *client, unsigned at,
		    const struct capability *capability)
{
	const struct xlat__client_shape *shape = client->shape;
	uint32_t table = get(shape, capability->at + 4, 4), pba = get(shape, capability->at + 8, 4);

	return xlat_pci_add_msix(
		client->function, at,
		XLAT_CONFIG(xlat_pci_msix_config,
			    .vectors = (get(shape, capability->at + 2, 2) & 0x7ff) + 1,
			    .table_bar = table & 7, .table_offset = table & ~7u, .pba_bar = pba & 7,
			    .pba_offset = pba & ~7u));
}

/* One of which we know nothing: the server's, byte by byte. */
static int add_remote(struct xlat_vfio_user_client *client, unsigned at,
		      const struct capability *capability)
{
	const struct xlat__client_shape *shape = client->shape;
	unsigned length = capability->length;
	int placed;

	if (capability->id == CAP_VENDOR && get(shape, capability->at + 2, 1) >= 3 &&
	    get(shape, capability->at + 2, 1) < length)
		length = get(shape, capability->at + 2, 1);
	if (at != capability->at || length < 2)
		return -EINVAL;
	if (at < CONVENTIONAL)
		placed = xlat_pci_add_capability(client->function, at, (uint8_t)capability->id,
						 shape->config + at + 2, length);
	else
		placed = length < 4 ? -EINVAL
				    : xlat_pci_add_extended(client->function, at, capability->id,
							    capability->version,
							    shape->config + at + 4, length);
	/* The header, with the link to the next one, is ours. */
	for (unsigned i = at < CONVENTIONAL ? 2 : 4; placed >= 0 && i < length; i++)
		client->local[at + i] = 0;
	return placed;
}

/* The least bytes that a capability has by its specification. */
static bool is_whole(const struct capability *capability)
{
	switch (capability->id) {
	case CAP_POWER:
		return capability->length >= 8;
	case CAP_MSI:
		return capability->length >= 10;
	case CAP_MSIX:
		return capability->length >= 12;
	case CAP_EXPRESS:
		return capability->length >= 4;
	default:
		return true;
	}
}

static int add_capability(struct xlat_vfio_user_client *client, const struct capability *capability)
{
	int placed;

	if (!is_whole(capability))
		return -EPROTO;
	switch (capability->id) {
	case CAP_POWER:
		placed = place(add_power, client, capability);
		break;
	case CAP_MSI:
		placed = place(add_msi, client, capability);
		break;
	case CAP_MSIX:
		placed = place(add_msix, client, capability);
		break;
	case CAP_EXPRESS:
		placed = place(add_express, client, capability);
		break;
	default:
		placed = add_remote(client, capability->at, capability);
		break;
	}
	/* One that is there twice, or that has no room, is left out. */
	return placed == -ENOMEM				 ? placed
	       : placed == -EINVAL && capability->id == CAP_MSIX ? -EPROTO
								 : 0;
}

static int add_extended(struct xlat_vfio_user_client *client, const struct capability *capability)
{
	int placed;

	switch (capability->id) {
	case EXT_AER:
		placed = xlat_pci_add_aer(client->function, capability->at);
		if (placed == -EINVAL)
			placed = xlat_pci_add_aer(client->function, 0);
		break;
	/* What needs an agreement of this end with the device that the protocol has not. */
	case EXT_ATS:
	case EXT_PRI:
	case EXT_PASID:
	case EXT_SRIOV:
	case EXT_REBAR:
		return 0;
	default:
		placed = add_remote(client, capability->at, capability);
		break;
	}
	return placed == -ENOMEM ? placed : 0;
}

static bool is_known(const struct capability *capability)
{
	return capability->id == CAP_POWER || capability->id == CAP_MSI ||
	       capability->id == CAP_MSIX || capability->id == CAP_EXPRESS;
}

/* Those that stay at their places first; then ours, which may be longer than the server's. */
static int add_capabilities(struct xlat_vfio_user_client *client)
{
	struct list found = {0}, extended = {0};
	int error = 0;

	find_capabilities(client->shape, &found);
	find_extended(client->shape, &extended);
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; !error && i < found.count; i++)
			if (is_known(&found.list[i]) == (pass == 1))
				error = add_capability(client, &found.list[i]);
	for (unsigned i = 0; !error && i < extended.count; i++)
		error = add_extended(client, &extended.list[i]);
	return error;
}

static int add_bars(struct xlat_vfio_user_client *client)
{
	const struct xlat__client_shape *shape = client->shape;
	int error = 0;

	for (unsigned i = 0; !error && i < XLAT__CLIENT_BARS; i++) {
		struct xlat_pci_bar_config config = {.size = sizeof(config)};
		uint32_t bar = get(shape, i == XLAT_PCI_ROM ? 0x30 : BAR + 4 * i, 4);
		uint64_t length = 16;

		if (!shape->regions[i].size)
			continue;
		while (length < shape->regions[i].size)
			length *= 2;
		if (i < XLAT_PCI_ROM && bar & 1) {
			config.kind = XLAT_PCI_BAR_IO;
		} else if (i < XLAT_PCI_ROM) {
			config.kind = (bar & 6) == 4 ? XLAT_PCI_BAR_MEMORY64
						     : XLAT_PCI_BAR_MEMORY32;
			config.prefetchable = bar & 8;
		} else if (length < 0x800) {
			length = 0x800;
		}
		error = xlat__client_make_bar(client, i, length);
		config.region = client->bars[i].container;
		if (!error)
			error = xlat_pci_function_add_bar(client->function, i, &config);
		if (error == -EINVAL || error == -EBUSY)
			error = -EPROTO;
	}
	return error;
}

/* --- What guests do to configuration space. */

static bool is_remote(const struct xlat_vfio_user_client *client, unsigned offset, unsigned width)
{
	if (offset >= client->shape->config_size || width > client->shape->config_size - offset)
		return false;
	for (unsigned i = 0; i < width; i++)
		if (!client->local[offset + i])
			return true;
	return false;
}

static bool read_config(void *opaque, unsigned offset, unsigned width, uint32_t *value)
{
	struct xlat_vfio_user_client *client = opaque;
	uint8_t bytes[4] = {0};
	uint32_t ours;

	if (!is_remote(client, offset, width))
		return false;
	ours = xlat_pci_function_config_load(client->function, offset, width);
	(void)xlat__client_read(client, XLAT__CLIENT_CONFIG, offset, bytes, width);
	*value = 0;
	for (unsigned i = 0; i < width; i++)
		*value |= client->local[offset + i] ? ours & 0xffu << (8 * i)
						    : (uint32_t)bytes[i] << (8 * i);
	return true;
}

static void write_remote(struct xlat_vfio_user_client *client, unsigned offset, unsigned width,
			 uint32_t value)
{
	uint8_t bytes[4];

	for (unsigned i = 0; i < width; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	xlat__client_memory_flush(client, false);
	(void)xlat__client_write(client, XLAT__CLIENT_CONFIG, offset, bytes, width, true);
}

/* A write that reaches into what is ours is made there, too. */
static bool write_config(void *opaque, unsigned offset, unsigned width, uint32_t value)
{
	struct xlat_vfio_user_client *client = opaque;

	if (is_remote(client, offset, width))
		write_remote(client, offset, width, value);
	return false;
}

static void tell_command(struct xlat_vfio_user_client *client)
{
	write_remote(client, COMMAND, 2,
		     xlat_pci_function_config_load(client->function, COMMAND, 2));
}

static void config_written(void *opaque, unsigned offset, unsigned width)
{
	struct xlat_vfio_user_client *client = opaque;

	(void)width;
	if (offset / 4 == COMMAND / 4)
		tell_command(client);
	else if (offset >= FIRST)
		xlat__client_irqs_update(client, false);
}

static void forget(struct xlat__client_request *request, int error,
		   struct xlat__vfio_user_message *message)
{
	(void)error;
	(void)message;
	free(request);
}

static void reset(void *opaque)
{
	struct xlat_vfio_user_client *client = opaque;
	struct xlat__client_request *request = calloc(1, sizeof(*request));

	if (!request) {
		xlat__client_break(client);
		return;
	}
	request->replied = forget;
	/* What is sent after it finds the device reset. */
	if (!client->shape->resets ||
	    xlat__client_send(client, request, XLAT__VFIO_USER_DEVICE_RESET, NULL, 0, NULL, 0) != 0)
		free(request);
	tell_command(client);
	xlat__client_irqs_update(client, false);
}

static const struct xlat_pci_function_ops function_ops = {
	.size = sizeof(function_ops),
	.config_read = read_config,
	.config_write = write_config,
	.config_written = config_written,
	.reset = reset,
};

int xlat__client_make_function(struct xlat_vfio_user_client *client)
{
	const struct xlat__client_shape *shape = client->shape;
	struct xlat_pci_function_config config = {
		.size = sizeof(config),
		.name = client->name,
		.vendor = (uint16_t)get(shape, 0, 2),
		.device = (uint16_t)get(shape, 2, 2),
		.subsystem_vendor = (uint16_t)get(shape, SUBSYSTEM, 2),
		.subsystem = (uint16_t)get(shape, SUBSYSTEM + 2, 2),
		.revision = (uint8_t)get(shape, REVISION, 1),
		.class_code = get(shape, REVISION, 4) >> 8,
		.interrupt_pin =
			shape->irqs[0] && get(shape, PIN, 1) <= 4 ? (uint8_t)get(shape, PIN, 1) : 0,
		.conventional = shape->config_size == CONVENTIONAL,
		.ops = &function_ops,
		.opaque = client,
	};
	int error;

	memset(client->local, 1, sizeof(client->local));
	/* A bridge's header is laid out otherwise. */
	if (get(shape, 0x0e, 1) & 0x7f)
		return -EPROTO;
	error = xlat_pci_function_create(client->fabric, &config, &client->function);
	if (!error)
		error = add_bars(client);
	return error ? error : add_capabilities(client);
}
