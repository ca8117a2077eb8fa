/* SPDX-License-Identifier: BSD-3-Clause */
#include "pci_trial.h"
#include "naive_pci.h"

#include <xlat/implement/mmio.h>
#include <xlat/implement/pci_function.h>
#include <xlat/pci_bridge.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BARS = 4,
	PROBES = 6, /* questions after each step */
};

struct real {
	struct xlat_pci_function *function;
	struct xlat_region *bars[BARS];
	struct xlat_dma *dma;
	unsigned resets;
	bool master;
};

struct trial {
	struct choices choices;
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory;
	struct xlat_pci_bus *bus;
	struct xlat_space *space, *io;
	struct real real[NAIVE_FUNCTIONS];
	struct naive_pci naive;
	bool wires[4];
	char wrong[160];
};

static const struct xlat_mmio_ops no_ops = {.size = sizeof(no_ops)};

static void reset(void *opaque)
{
	((struct real *)opaque)->resets++;
}

static void master_changed(void *opaque, bool master)
{
	((struct real *)opaque)->master = master;
}

static const struct xlat_pci_function_ops ops = {.size = sizeof(ops),
						 .reset = reset,
						 .master_changed = master_changed};

static void intx(void *opaque, unsigned wire, bool level)
{
	((struct trial *)opaque)->wires[wire] = level;
}

static uint32_t pick(struct trial *t, uint32_t bound)
{
	return choose(&t->choices, bound);
}

static const char *find(struct trial *t, const char *what, unsigned index)
{
	snprintf(t->wrong, sizeof(t->wrong), "%s of function %u", what, index);
	return t->wrong;
}

static int add_bar(struct trial *t, struct real *real, unsigned bar, enum xlat_pci_bar_kind kind,
		   uint64_t length)
{
	int error = xlat_region_create(t->fabric,
				       XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						   .length = length, .ops = &no_ops),
				       &real->bars[bar]);

	if (error)
		return error;
	return xlat_pci_function_add_bar(real->function, bar,
					 XLAT_CONFIG(xlat_pci_bar_config, .kind = kind,
						     .region = real->bars[bar]));
}

static int make_device(struct trial *t, struct real *real)
{
	int error = xlat_pci_function_create(t->fabric,
					     XLAT_CONFIG(xlat_pci_function_config, .vendor = 0x1af4,
							 .device = 0x1000, .interrupt_pin = 1,
							 .ops = &ops, .opaque = real),
					     &real->function);

	if (error || (error = add_bar(t, real, 0, XLAT_PCI_BAR_MEMORY64, 0x10000)) ||
	    (error = add_bar(t, real, 2, XLAT_PCI_BAR_MEMORY32, 0x100000)) ||
	    (error = add_bar(t, real, 3, XLAT_PCI_BAR_IO, 0x100)))
		return error;
	if ((error = xlat_pci_add_power_management(real->function, 0)) < 0 ||
	    (error = xlat_pci_add_express(real->function, 0, XLAT_PCI_EXPRESS_ENDPOINT)) < 0)
		return error;
	return xlat_pci_dma_create(real->function, NULL, &real->dma);
}

static int make_bridge(struct trial *t, struct real *real, enum naive_kind kind)
{
	return xlat_pci_bridge_create(
		t->fabric,
		XLAT_CONFIG(xlat_pci_bridge_config, .express = kind != NAIVE_CONVENTIONAL,
			    .type = kind == NAIVE_PORT ? XLAT_PCI_EXPRESS_ROOT_PORT
						       : XLAT_PCI_EXPRESS_TO_PCI),
		&real->function);
}

static int make_function(struct trial *t, unsigned index)
{
	struct naive_function *naive = &t->naive.functions[index];
	struct real *real = &t->real[index];
	int error;

	naive->kind = index % 2 ? NAIVE_DEVICE : (enum naive_kind)pick(t, NAIVE_KINDS);
	naive->parent = NAIVE_NOWHERE;
	error = naive->kind == NAIVE_DEVICE ? make_device(t, real)
					    : make_bridge(t, real, naive->kind);
	if (error)
		return error;
	naive->pm = xlat_pci_find_capability(real->function, 1);
	naive->express = xlat_pci_find_capability(real->function, 0x10);
	for (unsigned i = 0; i < NAIVE_BYTES; i++)
		naive->initial[i] = naive->bytes[i] =
			(uint8_t)xlat_pci_function_config_load(real->function, i, 1);
	return 0;
}

static void destroy(void *opaque)
{
	struct trial *t = opaque;

	for (unsigned i = 0; i < NAIVE_FUNCTIONS; i++) {
		xlat_dma_destroy(t->real[i].dma);
		xlat_pci_function_destroy(t->real[i].function);
		for (unsigned bar = 0; bar < BARS; bar++)
			xlat_region_unref(t->real[i].bars[bar]);
	}
	xlat_space_destroy(t->space);
	xlat_space_destroy(t->io);
	xlat_pci_bus_destroy(t->bus);
	xlat_region_unref(t->memory);
	xlat_ram_unref(t->ram);
	xlat_fabric_destroy(t->fabric);
	free(t);
}

static int make(struct trial *t)
{
	int error = xlat_fabric_create(NULL, &t->fabric);

	if (error ||
	    (error = xlat_ram_create(t->fabric, XLAT_CONFIG(xlat_ram_config, .length = 4096),
				     &t->ram)) ||
	    (error = xlat_region_create(t->fabric,
					XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
						    .length = 4096, .ram = t->ram),
					&t->memory)) ||
	    (error = xlat_pci_bus_create(t->fabric,
					 XLAT_CONFIG(xlat_pci_bus_config, .memory = t->memory,
						     .intx = intx, .opaque = t),
					 &t->bus)) ||
	    (error = xlat_space_create(xlat_pci_bus_memory(t->bus), "memory", &t->space)) ||
	    (error = xlat_space_create(xlat_pci_bus_io(t->bus), "io", &t->io)))
		return error;
	for (unsigned i = 0; i < NAIVE_FUNCTIONS && !error; i++)
		error = make_function(t, i);
	return error;
}

static void *create(struct choices choices)
{
	struct trial *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->choices = choices;
	if (make(t)) {
		destroy(t);
		return NULL;
	}
	return t;
}

/* An address near which things are, of a BAR or a window. */
static uint32_t pick_address(struct trial *t)
{
	switch (pick(t, 8)) {
	case 0:
		return pick(t, 2) ? UINT32_MAX : 0;
	case 1:
		return pick(t, UINT32_MAX);
	default:
		return 0x80000000 + pick(t, 6) * 0x100000 + pick(t, 4) * 0x10000;
	}
}

static uint32_t pick_value(struct trial *t, unsigned offset, bool bridge)
{
	if (offset == 4)
		return pick(t, 4) ? 7 : pick(t, 0x10000);
	if (bridge && offset == 0x18)
		return pick(t, 6) << 8 | pick(t, 8) << 16;
	if (bridge && (offset == 0x20 || offset == 0x24))
		return 0x80008000 + pick(t, 4) * 0x10 + (pick(t, 5) * 0x10 << 16);
	if (bridge && offset == 0x1c)
		return pick(t, 4) * 0x10 | pick(t, 5) * 0x1000;
	if (offset == 0x14 || offset == 0x28 || offset == 0x2c || offset == 0x30)
		return pick(t, 8) ? 0 : pick(t, 2);
	if (!bridge && offset == 0x1c)
		return pick(t, 0x40) * 0x100;
	if (!bridge && (offset == 0x10 || offset == 0x18))
		return pick_address(t);
	if (offset == 0x3c)
		return pick(t, 4) ? 0 : 0x400000;
	return pick(t, 3) ? pick(t, 4) : pick(t, UINT32_MAX);
}

static void write_config(struct trial *t, unsigned index)
{
	static const unsigned near[] = {0x04, 0x10, 0x14, 0x18, 0x1c, 0x20,
					0x24, 0x28, 0x2c, 0x30, 0x3c};
	const struct naive_function *naive = &t->naive.functions[index];
	bool bridge = naive->kind != NAIVE_DEVICE;
	unsigned offset, size = 4;
	uint32_t value;

	switch (pick(t, 8)) {
	case 0:
		size = 1u << pick(t, 3);
		offset = pick(t, NAIVE_BYTES / size) * size;
		break;
	case 1:
		offset = naive->pm + 4;
		break;
	case 2:
		offset = pick(t, 4) ? 0x04 : naive->express ? naive->express + 8 : 0x04;
		break;
	default:
		offset = near[pick(t, sizeof(near) / sizeof(near[0]))];
	}
	value = pick_value(t, offset, bridge);
	if (offset == naive->pm + 4)
		value = pick(t, 4) ? 0 : pick(t, 4);
	if (naive->express && offset == naive->express + 8)
		value = pick(t, 4) ? 0x2810 : 0x8000;
	xlat_pci_function_config_write(t->real[index].function, offset, size, value);
	naive_pci_write(&t->naive, index, offset, size, value);
}

static int expected_error(const struct trial *t, unsigned index, unsigned parent, uint8_t devfn)
{
	if (parent == index ||
	    (parent < NAIVE_FUNCTIONS && naive_pci_is_behind(&t->naive, parent, index)))
		return -EINVAL;
	if (parent < NAIVE_FUNCTIONS && t->naive.functions[parent].kind == NAIVE_PORT && devfn >= 8)
		return -EINVAL;
	if (t->naive.functions[index].parent != NAIVE_NOWHERE)
		return -EBUSY;
	for (unsigned i = 0; i < NAIVE_FUNCTIONS; i++) {
		if (t->naive.functions[i].parent == parent && t->naive.functions[i].devfn == devfn)
			return -EBUSY;
	}
	return 0;
}

static const char *attach(struct trial *t, unsigned index)
{
	unsigned parent = pick(t, NAIVE_FUNCTIONS + 3);
	uint8_t devfn = (uint8_t)(pick(t, 3) << 3 | (pick(t, 3) ? 0 : pick(t, 8)));
	struct xlat_pci_bus *bus = t->bus;
	int error;

	if (parent >= NAIVE_FUNCTIONS)
		parent = NAIVE_ROOT;
	else if (!(bus = xlat_pci_bridge_bus(t->real[parent].function)))
		return NULL;
	error = xlat_pci_function_attach(bus, devfn, t->real[index].function);
	if (error != expected_error(t, index, parent, devfn))
		return find(t, "the attachment", index);
	if (!error) {
		t->naive.functions[index].parent = parent;
		t->naive.functions[index].devfn = devfn;
	}
	return NULL;
}

static const char *check_address(struct trial *t, bool io)
{
	uint64_t address =
		io ? pick(t, 0x40) * 0x100 + pick(t, 0x100)
		   : (pick(t, 8) ? 0 : UINT64_C(1) << 32) + pick_address(t) + pick(t, 0x10000);
	struct naive_answer answer = io ? naive_pci_io(&t->naive, NAIVE_ROOT, address)
					: naive_pci_memory(&t->naive, NAIVE_ROOT, address);
	struct xlat_section section;
	bool found = xlat_space_find(io ? t->io : t->space, address, &section);

	if (found != (answer.function >= 0))
		return find(t, found ? "an answer, which should be none: near that" : "no answer",
			    (unsigned)answer.function);
	if (found && (section.region != t->real[answer.function].bars[answer.bar] ||
		      section.offset + (address - section.range.first) != answer.offset))
		return find(t, "another answer than that", (unsigned)answer.function);
	return NULL;
}

static const char *check_reach(struct trial *t)
{
	uint8_t bus = (uint8_t)pick(t, 8),
		devfn = (uint8_t)(pick(t, 3) << 3 | (pick(t, 3) ? 0 : pick(t, 8)));
	int reached = naive_pci_reach(&t->naive, bus, devfn);
	uint32_t value = xlat_pci_bus_config_read(t->bus, (uint16_t)(bus << 8 | devfn), 0, 4);
	unsigned marker = pick(t, NAIVE_BYTES);

	if ((value != UINT32_MAX) != (reached >= 0))
		return find(t, "the reach", (unsigned)reached);
	if (reached < 0)
		return NULL;
	value = xlat_pci_bus_config_read(t->bus, (uint16_t)(bus << 8 | devfn), marker, 1);
	return value == naive_pci_byte(&t->naive, (unsigned)reached, marker)
		       ? NULL
		       : find(t, "a byte", (unsigned)reached);
}

static const char *check_function(struct trial *t, unsigned index)
{
	struct real *real = &t->real[index];
	bool master = naive_pci_master(&t->naive, index);
	uint32_t requester = naive_pci_requester(&t->naive, index);
	uint8_t byte;

	if (xlat_pci_function_is_master(real->function) != master)
		return find(t, "the gate", index);
	if (real->dma && real->master != master)
		return find(t, "what was told of the gate", index);
	if (xlat_pci_function_attrs(real->function).requester != requester)
		return find(t, "the requester id", index);
	if (real->dma && real->resets != t->naive.functions[index].resets)
		return find(t, "the resets", index);
	if (real->dma && (xlat_dma_read(real->dma, xlat_pci_function_attrs(real->function),
					pick(t, 4096), &byte, 1) == XLAT_OK) != master)
		return find(t, "an access", index);
	return NULL;
}

static const char *check(struct trial *t)
{
	const char *wrong = NULL;
	unsigned index = pick(t, NAIVE_FUNCTIONS);

	for (unsigned i = 0; i < PROBES && !wrong; i++)
		wrong = check_address(t, i == 0);
	if (!wrong)
		wrong = check_reach(t);
	for (unsigned i = 0; i < NAIVE_FUNCTIONS && !wrong; i++)
		wrong = check_function(t, i);
	for (unsigned at = 0; at < NAIVE_BYTES && !wrong; at++) {
		if (xlat_pci_function_config_read(t->real[index].function, at, 1) !=
		    naive_pci_byte(&t->naive, index, at)) {
			snprintf(t->wrong, sizeof(t->wrong), "byte %#x of function %u", at, index);
			wrong = t->wrong;
		}
	}
	for (unsigned wire = 0; wire < 4 && !wrong; wire++) {
		if (t->wires[wire] != naive_pci_wire(&t->naive, wire))
			wrong = find(t, "the wire", wire);
	}
	return wrong;
}

static const char *step(void *opaque)
{
	struct trial *t = opaque;
	unsigned index = pick(t, NAIVE_FUNCTIONS);
	const char *wrong = NULL;

	switch (pick(t, 16)) {
	case 0:
		xlat_pci_function_detach(t->real[index].function);
		naive_pci_detach(&t->naive, index);
		break;
	case 1:
	case 2:
	case 3:
		wrong = attach(t, index);
		break;
	case 4:
		if (t->real[index].dma) {
			t->naive.functions[index].level = pick(t, 2);
			xlat_pci_function_set_intx(t->real[index].function,
						   t->naive.functions[index].level);
		}
		break;
	default:
		write_config(t, index);
	}
	return wrong ? wrong : check(t);
}

const struct trial_kind pci_trial = {create, step, destroy};
