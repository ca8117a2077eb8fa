/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Paths: "01.0/00.1", device and function from a root bus down, or "00:02.0", as guests number
 * buses. All digits are hexadecimal.
 */
#include "memory/fabric.h"
#include "pci/pci.h"

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* One or two digits; false where there are none or more. */
static bool take_number(const char **text, unsigned *number)
{
	unsigned digits = 0;

	for (*number = 0; digit(**text) >= 0; (*text)++, digits++) {
		if (digits == 2)
			return false;
		*number = *number << 4 | (unsigned)digit(**text);
	}
	return digits != 0;
}

/* "device.function"; on to what follows. */
static bool take_devfn(const char **text, uint8_t *devfn)
{
	unsigned device, function;

	if (!take_number(text, &device) || *(*text)++ != '.' || !take_number(text, &function) ||
	    device > 31 || function > 7)
		return false;
	*devfn = XLAT_PCI_DEVFN(device, function);
	return true;
}

static struct xlat_pci_function *descend(struct xlat_pci_bus *bus, const char *path)
{
	struct xlat_pci_function *function;
	uint8_t devfn;

	for (;;) {
		if (!take_devfn(&path, &devfn) || (*path && *path != '/'))
			return NULL;
		function = bus->functions[devfn];
		if (!*path || !function)
			return function;
		bus = function->secondary;
		if (!bus)
			return NULL;
		path++;
	}
}

struct xlat_pci_function *xlat_pci_bus_find(struct xlat_pci_bus *bus, const char *path)
{
	struct xlat_pci_function *function = NULL;
	const char *rest = path;
	unsigned number;
	uint8_t devfn;

	if (take_number(&rest, &number) && *rest == ':') {
		rest++;
		if (!take_devfn(&rest, &devfn) || *rest)
			return NULL;
		function = xlat__pci_bus_reach(bus, (uint16_t)(number << 8 | devfn));
		if (function)
			xlat__pci_unpin(function);
		return function;
	}
	xlat__fabric_lock(bus->fabric);
	function = descend(bus, path);
	xlat__fabric_unlock(bus->fabric);
	return function;
}
