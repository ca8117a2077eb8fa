/* SPDX-License-Identifier: BSD-3-Clause */
#include "engine_trial.h"
#include "naive_engine.h"

#include <xlat/pci_bus.h>
#include <xlat/pci_capability.h>
#include <xlat/ram.h>
#include <xlat/region.h>
#include <xlat/space.h>

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define BAR UINT64_C(0x40000000)

enum {
	CHANNELS = 2,
	DEVFN = 8,
	RINGS = 0, /* where they lie; buffers are read from what is between, and written behind */
	LISTS = 0x2000,
	FROM = 0x4000,
	TO = 0xa000,
	RING = 3,
	PATIENCE = 50, /* calls of process */
};

struct trial {
	struct choices choices;
	struct xlat_fabric *fabric;
	struct xlat_ram *ram, *zeroes;
	struct xlat_region *root, *memory, *rom, *window;
	struct xlat_space *space;
	struct xlat_pci_bus *bus;
	struct xlat_dma_engine *engine;
	struct naive_channel naive[CHANNELS];
	uint8_t expected[NAIVE_ENGINE_RAM];
	bool lost; /* what is there makes no sense to compare */
};

static const struct xlat_attrs nobody_in_particular;

static uint64_t of_channel(unsigned channel, unsigned offset)
{
	return BAR + (uint64_t)(channel + 1) * XLAT_DMA_ENGINE_CHANNEL + offset;
}

static void store(struct trial *t, uint64_t address, unsigned size, uint64_t value)
{
	(void)xlat_space_store(t->space, nobody_in_particular, address, size, XLAT_LITTLE_ENDIAN,
			       value);
}

static uint64_t load(struct trial *t, uint64_t address, unsigned size)
{
	uint64_t value = 0;

	(void)xlat_space_load(t->space, nobody_in_particular, address, size, XLAT_LITTLE_ENDIAN,
			      &value);
	return value;
}

static uint8_t *bytes_of(struct trial *t)
{
	return xlat_ram_host(t->ram);
}

/* --- Making one. */

static bool place(struct trial *t, struct xlat_region_config config, uint64_t at,
		  struct xlat_region **region)
{
	config.size = sizeof(config);
	return !xlat_region_create(t->fabric, &config, region) &&
	       !xlat_region_attach(t->root, *region, at);
}

static bool make_memory(struct trial *t)
{
	const uint64_t length = NAIVE_ENGINE_RAM;

	return !xlat_fabric_create(NULL, &t->fabric) &&
	       !xlat_region_create(t->fabric, XLAT_CONFIG(xlat_region_config, .name = "root"),
				   &t->root) &&
	       !xlat_ram_create(t->fabric, XLAT_CONFIG(xlat_ram_config, .length = length),
				&t->ram) &&
	       !xlat_ram_create(t->fabric, XLAT_CONFIG(xlat_ram_config, .length = length),
				&t->zeroes) &&
	       place(t,
		     (struct xlat_region_config){
			     .kind = XLAT_REGION_RAM, .ram = t->ram, .length = length},
		     0, &t->memory) &&
	       place(t,
		     (struct xlat_region_config){
			     .kind = XLAT_REGION_ROM, .ram = t->zeroes, .length = length},
		     length, &t->rom) &&
	       !xlat_space_create(t->root, "machine", &t->space);
}

/* As firmware does; a state that makes no sense may have undone it. */
static void place_function(struct trial *t)
{
	const struct xlat_pci_function *function = xlat_dma_engine_function(t->engine);

	/* D0 first: leaving D3hot resets. */
	xlat_pci_bus_config_write(t->bus, DEVFN, xlat_pci_find_capability(function, 1) + 4, 2, 0);
	xlat_pci_bus_config_write(t->bus, DEVFN, 0x10, 4, (uint32_t)BAR);
	xlat_pci_bus_config_write(t->bus, DEVFN, 0x14, 4, 0);
	xlat_pci_bus_config_write(t->bus, DEVFN, 0x20, 4, (uint32_t)BAR + 0x80000);
	xlat_pci_bus_config_write(t->bus, DEVFN, 0x24, 4, 0);
	xlat_pci_bus_config_write(t->bus, DEVFN, xlat_pci_find_extended(function, 0x1b) + 6, 2, 5);
	xlat_pci_bus_config_write(t->bus, DEVFN, 4, 2, 6);
}

static bool make_device(struct trial *t)
{
	struct xlat_pci_function *function;

	if (xlat_pci_bus_create(t->fabric, XLAT_CONFIG(xlat_pci_bus_config, .memory = t->root),
				&t->bus) ||
	    !place(t,
		   (struct xlat_region_config){.kind = XLAT_REGION_ALIAS,
					       .target = xlat_pci_bus_memory(t->bus),
					       .target_offset = BAR,
					       .length = 0x100000},
		   BAR, &t->window) ||
	    xlat_dma_engine_create(t->fabric,
				   XLAT_CONFIG(xlat_dma_engine_config, .channels = CHANNELS,
					       .budget = 1 + choose(&t->choices, 1000),
					       .no_local = true, .at_once = choose(&t->choices, 2)),
				   &t->engine))
		return false;
	function = xlat_dma_engine_function(t->engine);
	if (xlat_pci_function_attach(t->bus, DEVFN, function))
		return false;
	place_function(t);
	return true;
}

static void destroy(void *opaque)
{
	struct trial *t = opaque;

	xlat_dma_engine_destroy(t->engine);
	if (t->window)
		xlat_region_detach(t->window);
	xlat_region_unref(t->window);
	xlat_pci_bus_destroy(t->bus);
	xlat_space_destroy(t->space);
	xlat_region_unref(t->memory);
	xlat_region_unref(t->rom);
	xlat_region_unref(t->root);
	xlat_ram_unref(t->ram);
	xlat_ram_unref(t->zeroes);
	xlat_fabric_destroy(t->fabric);
	free(t);
}

static void *create(struct choices choices)
{
	struct trial *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->choices = choices;
	if (!make_memory(t) || !make_device(t)) {
		destroy(t);
		return NULL;
	}
	for (unsigned i = 0; i < CHANNELS; i++)
		t->naive[i].memory = t->expected;
	return t;
}

/* --- What drivers do. */

/* The driver's stores are in both memories. */
static void put(struct trial *t, uint64_t address, const uint8_t *bytes, size_t length)
{
	memcpy(bytes_of(t) + address, bytes, length);
	memcpy(t->expected + address, bytes, length);
}

static uint64_t ring_of(unsigned channel)
{
	return RINGS + channel * UINT64_C(0x1000);
}

/* Mostly in the area, sometimes at the end of what there is. */
static uint64_t any_address(struct trial *t, uint32_t area, uint32_t length, uint32_t alignment)
{
	switch (choose(&t->choices, 24)) {
	case 0:
		return NAIVE_ENGINE_RAM - choose(&t->choices, 64) / alignment * alignment;
	case 1:
		return 2 * NAIVE_ENGINE_RAM - choose(&t->choices, 64) / alignment * alignment;
	case 2:
		return UINT64_MAX - choose(&t->choices, 64);
	default:
		return area + choose(&t->choices, length) / alignment * alignment;
	}
}

static uint32_t any_length(struct trial *t)
{
	return choose(&t->choices, 3) ? choose(&t->choices, 40) : choose(&t->choices, 0x2800);
}

static void write_pieces(struct trial *t)
{
	uint64_t at = LISTS + choose(&t->choices, 0x40) * 16;
	bool source = at < LISTS + 0x200;

	for (unsigned i = 0; i < 4; i++, at += 16) {
		struct xlat_dma_engine_descriptor piece = {
			.source = any_address(t, source ? FROM : TO, 0x5000, 1)};
		uint32_t length = any_length(t);
		uint8_t bytes[16] = {0};

		for (unsigned b = 0; b < 8; b++)
			bytes[b] = (uint8_t)(piece.source >> (8 * b));
		bytes[8] = (uint8_t)length;
		bytes[9] = (uint8_t)(length >> 8);
		bytes[15] = !choose(&t->choices, 40);
		put(t, at, bytes, sizeof(bytes));
	}
}

static uint32_t any_control(struct trial *t)
{
	uint32_t control = choose(&t->choices, 4) | choose(&t->choices, 8) << 8;

	if ((control & 0x600) == 0x400 && choose(&t->choices, 4))
		control &= ~0x400u;
	if (!choose(&t->choices, 60))
		control ^= UINT32_C(1) << choose(&t->choices, 32);
	return control;
}

/* The source and the destination do not overlap: what that does is not defined. */
static struct xlat_dma_engine_descriptor any_descriptor(struct trial *t, unsigned channel)
{
	bool from_list = !choose(&t->choices, 3), to_list = !choose(&t->choices, 3);
	struct xlat_dma_engine_descriptor d = {
		.control = any_control(t),
		.pasid = choose(&t->choices, 8) ? choose(&t->choices, 1 << 20) : 1 << 20,
		.source = from_list ? any_address(t, LISTS, 0x200, 16)
				    : any_address(t, FROM, 0x3000, 1),
		.destination = to_list ? any_address(t, LISTS + 0x200, 0x200, 16)
				       : any_address(t, TO, 0x3000, 1),
		.length = any_length(t),
		.source_pieces = from_list ? (uint16_t)(1 + choose(&t->choices, 8)) : 0,
		.destination_pieces = to_list ? (uint16_t)(1 + choose(&t->choices, 8)) : 0,
		.next = ring_of(channel) + choose(&t->choices, 8) * 64,
		.cookie = choose(&t->choices, 1000),
	};

	if (choose(&t->choices, 2))
		d.next = 0;
	if (!choose(&t->choices, 40))
		d.next = any_address(t, TO, 0x1000, 1);
	return d;
}

static void write_descriptor(struct trial *t)
{
	unsigned channel = choose(&t->choices, CHANNELS);
	struct xlat_dma_engine_descriptor d = any_descriptor(t, channel);
	uint8_t bytes[64];

	if ((d.control & 0xff) == XLAT_DMA_ENGINE_FILL && choose(&t->choices, 8))
		d.source_pieces = 0;
	xlat_dma_engine_encode(&d, bytes);
	put(t, ring_of(channel) + choose(&t->choices, 8) * 64, bytes, sizeof(bytes));
}

static void write_data(struct trial *t)
{
	uint8_t bytes[64];
	uint8_t byte = (uint8_t)choose(&t->choices, 2);

	memset(bytes, byte, sizeof(bytes));
	put(t, FROM + choose(&t->choices, 0x5000), bytes, sizeof(bytes));
}

static bool is_ready(struct trial *t)
{
	struct pollfd fd = {.fd = xlat_dma_engine_fd(t->engine), .events = POLLIN};

	return poll(&fd, 1, 0) == 1;
}

/* Both begin anew with what the engine made of memory. */
static void resume(struct trial *t)
{
	place_function(t);
	for (unsigned i = 0; i < CHANNELS; i++) {
		store(t, of_channel(i, XLAT_DMA_ENGINE_CONTROL), 4, 0);
		store(t, of_channel(i, XLAT_DMA_ENGINE_EVENTS), 4, UINT32_MAX);
		memset(&t->naive[i], 0, sizeof(t->naive[i]));
		t->naive[i].memory = t->expected;
		t->naive[i].base = load(t, of_channel(i, XLAT_DMA_ENGINE_BASE), 8);
		t->naive[i].ring = (uint32_t)load(t, of_channel(i, XLAT_DMA_ENGINE_RING), 4);
	}
	(void)xlat_dma_engine_process(t->engine);
	memcpy(t->expected, bytes_of(t), sizeof(t->expected));
	memset(xlat_ram_host(t->zeroes), 0, NAIVE_ENGINE_RAM);
	t->lost = false;
}

static void enable(struct trial *t)
{
	unsigned channel = choose(&t->choices, CHANNELS);
	struct naive_channel *naive = &t->naive[channel];

	/* The state of what it cannot change is the same whatever it wrote. */
	store(t, of_channel(channel, XLAT_DMA_ENGINE_CONTROL), 4, 0);
	naive->base = ring_of(channel);
	naive->ring = RING;
	naive->control = XLAT_DMA_ENGINE_ENABLE | choose(&t->choices, 2) * XLAT_DMA_ENGINE_LINKED;
	store(t, of_channel(channel, XLAT_DMA_ENGINE_BASE), 8, naive->base);
	store(t, of_channel(channel, XLAT_DMA_ENGINE_RING), 4, naive->ring);
	store(t, of_channel(channel, XLAT_DMA_ENGINE_CONTROL), 4, naive->control);
	naive_channel_enable(naive);
}

static void clear_events(struct trial *t)
{
	unsigned channel = choose(&t->choices, CHANNELS);
	uint32_t events = choose(&t->choices, 16);

	store(t, of_channel(channel, XLAT_DMA_ENGINE_EVENTS), 4, events);
	t->naive[channel].events &= ~events;
}

static const char *ring(struct trial *t)
{
	unsigned channel = choose(&t->choices, CHANNELS);
	uint32_t tail = choose(&t->choices, 16);
	bool loop = !naive_channel_ring(&t->naive[channel], tail);

	store(t, of_channel(channel, XLAT_DMA_ENGINE_TAIL), 4, tail);
	for (unsigned i = 0; is_ready(t) && (!loop || i < PATIENCE); i++)
		(void)xlat_dma_engine_process(t->engine);
	if (!loop)
		return NULL;
	if ((load(t, of_channel(channel, XLAT_DMA_ENGINE_STATUS), 4) & 7) !=
	    XLAT_DMA_ENGINE_RUNNING)
		return "a loop of links has an end";
	resume(t);
	return NULL;
}

/* Bytes at random into descriptors, lists and registers: nothing is compared, but it goes on. */
static void go_wild(struct trial *t)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned channel = choose(&t->choices, CHANNELS);

		if (choose(&t->choices, 2))
			bytes_of(t)[choose(&t->choices, LISTS + 0x400)] =
				(uint8_t)choose(&t->choices, 256);
		else
			store(t, of_channel(channel, choose(&t->choices, 16) * 4), 4,
			      choose(&t->choices, UINT32_MAX));
	}
	for (unsigned i = 0; i < 3; i++)
		(void)xlat_dma_engine_process(t->engine);
	t->lost = true;
}

static const char *compare(struct trial *t)
{
	if (memcmp(bytes_of(t), t->expected, sizeof(t->expected)) != 0)
		return "memory differs";
	for (unsigned i = 0; i < CHANNELS; i++) {
		const struct naive_channel *naive = &t->naive[i];
		uint32_t status = naive->state | naive->error << 8 | naive->outcome << 16;

		if (naive->state == XLAT_DMA_ENGINE_OFF)
			continue;
		if (load(t, of_channel(i, XLAT_DMA_ENGINE_STATUS), 4) != status)
			return "STATUS differs";
		if (load(t, of_channel(i, XLAT_DMA_ENGINE_HEAD), 4) != naive->head)
			return "HEAD differs";
		if (load(t, of_channel(i, XLAT_DMA_ENGINE_EVENTS), 4) != naive->events)
			return "EVENTS differs";
		if (load(t, of_channel(i, XLAT_DMA_ENGINE_CURRENT), 8) != naive->current)
			return "CURRENT differs";
		if (load(t, of_channel(i, XLAT_DMA_ENGINE_FAULT), 8) != naive->fault)
			return "FAULT differs";
		if (load(t, of_channel(i, XLAT_DMA_ENGINE_DONE), 4) != naive->done)
			return "DONE differs";
	}
	return NULL;
}

static const char *save_and_restore(struct trial *t)
{
	size_t size = xlat_dma_engine_save(t->engine, NULL, 0);
	uint8_t *bytes = malloc(size);
	const char *wrong = NULL;

	if (!bytes)
		return NULL;
	(void)xlat_dma_engine_save(t->engine, bytes, size);
	if (t->lost && size)
		bytes[choose(&t->choices, (uint32_t)size)] ^=
			(uint8_t)(1 + choose(&t->choices, 255));
	if (xlat_dma_engine_restore(t->engine, bytes, size) && !t->lost)
		wrong = "what was saved is not restored";
	free(bytes);
	return wrong;
}

static const char *step(void *opaque)
{
	struct trial *t = opaque;
	const char *wrong = NULL;

	if (t->lost)
		resume(t);
	switch (choose(&t->choices, 12)) {
	case 0:
		enable(t);
		break;
	case 1:
		write_pieces(t);
		break;
	case 2:
		write_data(t);
		break;
	case 3:
		clear_events(t);
		break;
	case 4:
		if (choose(&t->choices, 8))
			break;
		go_wild(t);
		return save_and_restore(t);
	case 5:
		wrong = save_and_restore(t);
		break;
	case 6:
	case 7:
		wrong = ring(t);
		break;
	default:
		write_descriptor(t);
		break;
	}
	return wrong ? wrong : compare(t);
}

const struct trial_kind engine_trial = {.create = create, .step = step, .destroy = destroy};
