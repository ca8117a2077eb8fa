/* SPDX-License-Identifier: BSD-3-Clause */
#include "naive_pci.h"

struct field {
	unsigned offset, size;
	uint32_t writable, clears;
};

static const struct field common[] = {{0x04, 2, 0x547, 0},
				      {0x06, 2, 0xf900, 0xf900},
				      {0x0c, 1, 0xff, 0},
				      {0x3c, 1, 0xff, 0}};
static const struct field device[] = {{0x10, 4, 0xffff0000, 0},
				      {0x14, 4, 0xffffffff, 0},
				      {0x18, 4, 0xfff00000, 0},
				      {0x1c, 4, 0xffffff00, 0}};
static const struct field bridge[] = {{0x18, 4, 0xffffff, 0},	{0x1c, 1, 0xf0, 0},
				      {0x1d, 1, 0xf0, 0},	{0x1e, 2, 0xf900, 0xf900},
				      {0x20, 4, 0xfff0fff0, 0}, {0x24, 4, 0xfff0fff0, 0},
				      {0x28, 4, 0xffffffff, 0}, {0x2c, 4, 0xffffffff, 0},
				      {0x30, 4, 0xffffffff, 0}, {0x3e, 2, 0x63, 0}};
static const struct field latency[] = {{0x0d, 1, 0xff, 0}};
static const struct field secondary_latency[] = {{0x1b, 1, 0xff, 0}};
static const struct field power[] = {{4, 2, 3, 0}};
static const struct field express[] = {{0x08, 2, 0x7aff, 0},
				       {0x0a, 2, 0xf, 0xf},
				       {0x10, 2, 0x0dcb, 0},
				       {0x28, 2, 0x10, 0},
				       {0x30, 2, 0xf, 0}};
static const struct field root[] = {{0x1c, 2, 0x1f, 0}, {0x20, 4, 0x10000, 0x10000}};
static const struct field msi[] = {{2, 2, 0x71, 0},
				   {4, 4, 0xfffffffc, 0},
				   {8, 4, 0xffffffff, 0},
				   {12, 2, 0xffff, 0},
				   {16, 4, 1, 0}};

#define LOOK(fields, base)                                                                         \
	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {                        \
		unsigned first = (base) + fields[i].offset;                                        \
		if (at >= first && at < first + fields[i].size) {                                  \
			*writable = (uint8_t)(fields[i].writable >> (8 * (at - first)));           \
			*clears = (uint8_t)(fields[i].clears >> (8 * (at - first)));               \
		}                                                                                  \
	}

static bool is_bridge(const struct naive_function *f)
{
	return f->kind != NAIVE_DEVICE;
}

static unsigned find_msi(const struct naive_function *f)
{
	unsigned at = f->initial[0x34];

	while (at && f->initial[at] != 5)
		at = f->initial[at + 1];
	return at;
}

static void masks(const struct naive_function *f, unsigned at, uint8_t *writable, uint8_t *clears)
{
	*writable = *clears = 0;
	LOOK(common, 0)
	if (is_bridge(f)) {
		LOOK(bridge, 0)
	} else {
		LOOK(device, 0)
	}
	if (f->kind == NAIVE_CONVENTIONAL) {
		LOOK(latency, 0)
		LOOK(secondary_latency, 0)
	}
	if (f->pm) {
		LOOK(power, f->pm)
	}
	if (f->express) {
		LOOK(express, f->express)
	}
	if (f->kind == NAIVE_PORT) {
		LOOK(root, f->express)
	}
	if (find_msi(f)) {
		LOOK(msi, find_msi(f))
	}
}

static uint32_t get(const struct naive_function *f, unsigned at, unsigned size)
{
	uint32_t value = 0;

	while (size--)
		value = value << 8 | f->bytes[at + size];
	return value;
}

static void reset_one(struct naive_function *f, bool tell)
{
	uint8_t writable, clears;

	for (unsigned at = 0; at < NAIVE_BYTES; at++) {
		masks(f, at, &writable, &clears);
		f->bytes[at] = (uint8_t)((f->bytes[at] & ~writable) | (f->initial[at] & writable));
	}
	f->resets += tell;
}

bool naive_pci_is_behind(const struct naive_pci *pci, unsigned function, unsigned above)
{
	unsigned parent = pci->functions[function].parent;

	for (; parent < NAIVE_FUNCTIONS; parent = pci->functions[parent].parent)
		if (parent == above)
			return true;
	return false;
}

static void reset_behind(struct naive_pci *pci, unsigned above, bool tell)
{
	for (unsigned i = 0; i < NAIVE_FUNCTIONS; i++) {
		if (naive_pci_is_behind(pci, i, above))
			reset_one(&pci->functions[i], tell);
	}
}

void naive_pci_write(struct naive_pci *pci, unsigned function, unsigned offset, unsigned size,
		     uint32_t value)
{
	struct naive_function *f = &pci->functions[function];
	uint8_t was[NAIVE_BYTES], writable, clears;
	bool flr = false;

	for (unsigned at = 0; at < NAIVE_BYTES; at++)
		was[at] = f->bytes[at];
	for (unsigned i = 0; i < size; i++) {
		unsigned at = offset + i;
		uint8_t byte = (uint8_t)(value >> (8 * i));

		masks(f, at, &writable, &clears);
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			if (!(writable & bit) || ((clears & bit) && !(byte & bit)))
				continue;
			f->bytes[at] &= (uint8_t)~bit;
			if (!(clears & bit))
				f->bytes[at] |= byte & bit;
		}
		flr |= f->kind == NAIVE_DEVICE && at == f->express + 9 && (byte & 0x80);
	}
	if (f->pm) {
		uint8_t *pm = &f->bytes[f->pm + 4];

		if ((*pm & 3) == 1 || (*pm & 3) == 2) {
			*pm = was[f->pm + 4];
		} else if ((*pm & 3) == 0 && (was[f->pm + 4] & 3) == 3) {
			reset_one(f, true);
			reset_behind(pci, function, true);
		}
	}
	if (flr)
		reset_one(f, true);
	if (is_bridge(f) && offset <= 0x3e && offset + size > 0x3e && !(was[0x3e] & 0x40) &&
	    (value >> (8 * (0x3e - offset)) & 0x40))
		reset_behind(pci, function, true);
}

void naive_pci_detach(struct naive_pci *pci, unsigned function)
{
	if (pci->functions[function].parent == NAIVE_NOWHERE)
		return;
	pci->functions[function].parent = NAIVE_NOWHERE;
	pci->functions[function].devfn = 0;
	reset_one(&pci->functions[function], false);
	reset_behind(pci, function, false);
}

static bool powered(const struct naive_function *f)
{
	return !f->pm || (f->bytes[f->pm + 4] & 3) == 0;
}

/* Whether a bridge passes anything at all. */
static bool passes(const struct naive_function *f)
{
	return powered(f) && !(f->bytes[0x3e] & 0x40);
}

static bool holds(uint64_t first, uint64_t last, uint64_t address)
{
	return first <= address && address <= last;
}

/* Whether BAR bar of a device is at an address. */
static bool bar_has(const struct naive_function *f, unsigned bar, uint64_t address)
{
	static const uint64_t lengths[] = {0x10000, 0, 0x100000, 0x100};
	uint64_t first = get(f, 0x10 + 4 * bar, 4), most = UINT32_MAX;

	if (bar == 0) {
		first |= (uint64_t)get(f, 0x14, 4) << 32;
		most = UINT64_MAX;
	}
	first &= ~(lengths[bar] - 1);
	return first && first + (lengths[bar] - 1) < most && powered(f) &&
	       (f->bytes[4] & (bar == 3 ? 1 : 2)) &&
	       holds(first, first + (lengths[bar] - 1), address);
}

static bool memory_window_has(const struct naive_function *f, uint64_t address)
{
	uint64_t base = (uint64_t)(get(f, 0x24, 2) & 0xfff0) << 16 | (uint64_t)get(f, 0x28, 4)
									     << 32;
	uint64_t limit = (uint64_t)(get(f, 0x26, 2) & 0xfff0) << 16 | 0xfffff |
			 (uint64_t)get(f, 0x2c, 4) << 32;

	if (!(f->bytes[4] & 2))
		return false;
	return holds(base, limit, address) ||
	       holds((uint64_t)(get(f, 0x20, 2) & 0xfff0) << 16,
		     (uint64_t)(get(f, 0x22, 2) & 0xfff0) << 16 | 0xfffff, address);
}

static bool io_window_has(const struct naive_function *f, uint64_t address)
{
	return (f->bytes[4] & 1) &&
	       holds((f->bytes[0x1c] & 0xf0u) << 8 | (uint64_t)get(f, 0x30, 2) << 16,
		     (f->bytes[0x1d] & 0xf0u) << 8 | 0xfff | (uint64_t)get(f, 0x32, 2) << 16,
		     address);
}

/* The function on a bus whose number is the next from devfn on, or -1. */
static int next_on(const struct naive_pci *pci, unsigned parent, unsigned devfn)
{
	int found = -1;

	for (unsigned i = 0; i < NAIVE_FUNCTIONS; i++) {
		const struct naive_function *f = &pci->functions[i];

		if (f->parent == parent && f->devfn >= devfn &&
		    (found < 0 || f->devfn < pci->functions[found].devfn))
			found = (int)i;
	}
	return found;
}

static struct naive_answer ask(const struct naive_pci *pci, unsigned parent, uint64_t address,
			       bool io)
{
	static const unsigned memory_bars[] = {0, 2}, io_bars[] = {3};
	struct naive_answer answer = {.function = -1};
	int next = next_on(pci, parent, 0);

	for (; next >= 0; next = next_on(pci, parent, pci->functions[next].devfn + 1u)) {
		const struct naive_function *f = &pci->functions[next];

		if (is_bridge(f)) {
			if (passes(f) &&
			    (io ? io_window_has(f, address) : memory_window_has(f, address)))
				answer = ask(pci, (unsigned)next, address, io);
			if (answer.function >= 0)
				return answer;
			continue;
		}
		for (unsigned i = 0; i < (io ? 1u : 2u); i++) {
			unsigned bar = io ? io_bars[i] : memory_bars[i];

			if (bar_has(f, bar, address)) {
				uint64_t mask = bar == 0 ? 0xffff : bar == 2 ? 0xfffff : 0xff;

				return (struct naive_answer){next, bar, address & mask};
			}
		}
	}
	return answer;
}

struct naive_answer naive_pci_memory(const struct naive_pci *pci, unsigned parent, uint64_t address)
{
	return ask(pci, parent, address, false);
}

struct naive_answer naive_pci_io(const struct naive_pci *pci, unsigned parent, uint64_t address)
{
	return ask(pci, parent, address, true);
}

static int on_bus(const struct naive_pci *pci, unsigned parent, uint8_t devfn)
{
	int found = next_on(pci, parent, devfn), first = next_on(pci, parent, devfn & 0xf8);

	if (found < 0 || pci->functions[found].devfn != devfn ||
	    pci->functions[first].devfn != (devfn & 0xf8))
		return -1;
	return found;
}

int naive_pci_reach(const struct naive_pci *pci, uint8_t bus, uint8_t devfn)
{
	unsigned parent = NAIVE_ROOT;
	uint8_t number = 0;

	while (number != bus) {
		int next = next_on(pci, parent, 0);

		for (; next >= 0; next = next_on(pci, parent, pci->functions[next].devfn + 1u)) {
			const struct naive_function *f = &pci->functions[next];

			if (is_bridge(f) && passes(f) &&
			    (bus == f->bytes[0x19] ||
			     (bus > f->bytes[0x19] && bus <= f->bytes[0x1a])))
				break;
		}
		if (next < 0)
			return -1;
		parent = (unsigned)next;
		number = pci->functions[next].bytes[0x19];
	}
	return on_bus(pci, parent, devfn);
}

static uint8_t number_of(const struct naive_pci *pci, unsigned parent)
{
	return parent == NAIVE_ROOT ? 0 : pci->functions[parent].bytes[0x19];
}

bool naive_pci_master(const struct naive_pci *pci, unsigned function)
{
	const struct naive_function *f = &pci->functions[function];
	bool open = (f->bytes[4] & 4) && powered(f);

	while (f->parent < NAIVE_FUNCTIONS) {
		f = &pci->functions[f->parent];
		open = open && (f->bytes[4] & 4) && passes(f);
	}
	return open && f->parent == NAIVE_ROOT;
}

uint32_t naive_pci_requester(const struct naive_pci *pci, unsigned function)
{
	const struct naive_function *f = &pci->functions[function];
	uint32_t requester;

	if (f->parent == NAIVE_NOWHERE)
		return 0;
	requester = (uint32_t)number_of(pci, f->parent) << 8 | f->devfn;
	while (f->parent < NAIVE_FUNCTIONS) {
		f = &pci->functions[f->parent];
		if (f->parent == NAIVE_NOWHERE)
			return 0;
		if (f->kind == NAIVE_TO_PCI)
			requester = (uint32_t)f->bytes[0x19] << 8;
		if (f->kind == NAIVE_CONVENTIONAL)
			requester = (uint32_t)number_of(pci, f->parent) << 8 | f->devfn;
	}
	return requester;
}

bool naive_pci_wire(const struct naive_pci *pci, unsigned wire)
{
	for (unsigned i = 0; i < NAIVE_FUNCTIONS; i++) {
		const struct naive_function *f = &pci->functions[i];
		unsigned at = 0;

		if (!f->level || (f->bytes[5] & 4) || !powered(f))
			continue;
		while (f->parent < NAIVE_FUNCTIONS) {
			at += f->devfn >> 3;
			f = &pci->functions[f->parent];
		}
		if (f->parent == NAIVE_ROOT && at % 4 == wire)
			return true;
	}
	return false;
}

uint8_t naive_pci_byte(const struct naive_pci *pci, unsigned function, unsigned offset)
{
	const struct naive_function *f = &pci->functions[function];
	uint8_t byte = f->bytes[offset];
	unsigned here = 0;

	if (offset == 6)
		return (uint8_t)((byte & ~8) | (f->level ? 8 : 0));
	if (f->kind == NAIVE_PORT && offset == f->express + 0x13)
		return (uint8_t)((byte & ~0x20) | (next_on(pci, function, 0) >= 0 ? 0x20 : 0));
	if (offset != 0x0e || f->parent == NAIVE_NOWHERE)
		return byte;
	for (unsigned i = 0; i < NAIVE_FUNCTIONS; i++)
		here += pci->functions[i].parent == f->parent &&
			(pci->functions[i].devfn & 0xf8) == (f->devfn & 0xf8);
	return (uint8_t)(byte | (here > 1 ? 0x80 : 0));
}
