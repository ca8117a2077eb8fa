/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lists of capabilities (PCI 6.7, PCIe 7.6.3).
 */
#include "memory/fabric.h"
#include "pci/pci.h"
#include "pci/registers.h"

#include <errno.h>

enum {
	LIST_MOST = 48, /* capabilities that fit: a list that is longer is a loop */
};

static unsigned find(const struct xlat_pci_function *function, uint8_t id, unsigned *last)
{
	unsigned at = function->bytes[CAPABILITIES];

	*last = CAPABILITIES - 1;
	for (unsigned i = 0; at >= HEADER_END && i < LIST_MOST; i++) {
		at &= ~3u;
		if (function->bytes[at] == id)
			return at;
		*last = at;
		at = function->bytes[at + 1];
	}
	return 0;
}

static unsigned find_extended(const struct xlat_pci_function *function, uint16_t id, unsigned *last)
{
	unsigned at = EXTENDED;

	*last = 0;
	if (function->size <= EXTENDED || !xlat__pci_get(function->bytes, EXTENDED, 4))
		return 0;
	for (unsigned i = 0; at >= EXTENDED && i < XLAT__PCI_SPACE / 4; i++) {
		uint32_t header;

		at &= XLAT__PCI_SPACE - 4u;
		header = xlat__pci_get(function->bytes, at, 4);
		if ((header & 0xffff) == id)
			return at;
		*last = at;
		at = header >> 20;
	}
	return 0;
}

static bool is_free(const struct xlat_pci_function *function, unsigned offset, unsigned length)
{
	for (unsigned at = offset; at < offset + length; at += 4) {
		if (function->used[at / 4])
			return false;
	}
	return true;
}

/* Where a capability goes, in a part of configuration space; or an error. Under lock. */
static int place(struct xlat_pci_function *function, unsigned offset, unsigned first, unsigned end,
		 unsigned length)
{
	length = (length + 3) & ~3u;
	if (!length || length > end - first)
		return -EINVAL;
	if (!offset) {
		for (offset = first; offset <= end - length; offset += 4) {
			if (is_free(function, offset, length))
				break;
		}
	}
	if (offset % 4 || offset < first || offset > end - length ||
	    !is_free(function, offset, length))
		return -EINVAL;
	for (unsigned at = offset; at < offset + length; at += 4)
		function->used[at / 4] = 1;
	return (int)offset;
}

static void set_both(struct xlat_pci_function *function, unsigned at, uint8_t value)
{
	function->bytes[at] = function->initial[at] = value;
}

int xlat__pci_capability(struct xlat_pci_function *function, unsigned offset, uint8_t id,
			 unsigned length)
{
	unsigned last;
	int placed;

	if (xlat_pci_function_bus(function))
		return -EBUSY;
	pthread_mutex_lock(&function->lock);
	if (find(function, id, &last) && id != ID_VENDOR) {
		placed = -EEXIST;
	} else {
		/* To the end of the list, past others of a vendor's. */
		(void)find(function, 0, &last);
		placed = place(function, offset, HEADER_END, EXTENDED, length);
	}
	if (placed > 0) {
		set_both(function, last + 1, (uint8_t)placed);
		set_both(function, (unsigned)placed, id);
		set_both(function, (unsigned)placed + 1, 0);
		set_both(function, STATUS, function->bytes[STATUS] | STATUS_CAPABILITIES);
	}
	pthread_mutex_unlock(&function->lock);
	return placed;
}

int xlat__pci_extended(struct xlat_pci_function *function, unsigned offset, uint16_t id,
		       uint8_t version, unsigned length)
{
	unsigned last;
	int placed;

	if (function->size <= EXTENDED || version > 15)
		return -EINVAL;
	if (xlat_pci_function_bus(function))
		return -EBUSY;
	pthread_mutex_lock(&function->lock);
	if (find_extended(function, id, &last))
		placed = -EEXIST;
	else if (!last && offset && offset != EXTENDED)
		placed = -EINVAL; /* the list begins there */
	else
		placed = place(function, offset, EXTENDED, XLAT__PCI_SPACE, length);
	if (placed > 0) {
		unsigned at = (unsigned)placed;
		uint32_t header = (uint32_t)id | (uint32_t)version << 16;

		if (last) {
			uint32_t before = xlat__pci_get(function->bytes, last, 4) | at << 20;

			for (unsigned i = 0; i < 4; i++)
				set_both(function, last + i, (uint8_t)(before >> (8 * i)));
		}
		for (unsigned i = 0; i < 4; i++)
			set_both(function, at + i, (uint8_t)(header >> (8 * i)));
	}
	pthread_mutex_unlock(&function->lock);
	return placed;
}

static void fill(struct xlat_pci_function *function, unsigned offset, const void *bytes,
		 size_t length)
{
	for (size_t i = 0; i < length; i++)
		xlat__pci_define(function, offset + (unsigned)i, 1, ((const uint8_t *)bytes)[i], 0,
				 0);
}

int xlat_pci_add_capability(struct xlat_pci_function *function, unsigned offset, uint8_t id,
			    const void *bytes, size_t length)
{
	int placed;

	if (!id || length < 2 || length > EXTENDED)
		return -EINVAL;
	placed = xlat__pci_capability(function, offset, id, (unsigned)length);
	if (placed > 0)
		fill(function, (unsigned)placed + 2, bytes, length - 2);
	return placed;
}

int xlat_pci_add_vendor(struct xlat_pci_function *function, unsigned offset, const void *bytes,
			size_t length)
{
	int placed;

	if (length < 3 || length > 0xff)
		return -EINVAL;
	placed = xlat__pci_capability(function, offset, ID_VENDOR, (unsigned)length);
	if (placed > 0) {
		xlat__pci_define(function, (unsigned)placed + 2, 1, (uint32_t)length, 0, 0);
		fill(function, (unsigned)placed + 3, bytes, length - 3);
	}
	return placed;
}

int xlat_pci_add_extended(struct xlat_pci_function *function, unsigned offset, uint16_t id,
			  uint8_t version, const void *bytes, size_t length)
{
	int placed;

	if (!id || length < 4 || length > XLAT__PCI_SPACE)
		return -EINVAL;
	placed = xlat__pci_extended(function, offset, id, version, (unsigned)length);
	if (placed > 0)
		fill(function, (unsigned)placed + 4, bytes, length - 4);
	return placed;
}

unsigned xlat_pci_find_capability(const struct xlat_pci_function *function, uint8_t id)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&function->lock;
	unsigned last, at;

	pthread_mutex_lock(lock);
	at = id ? find(function, id, &last) : 0;
	pthread_mutex_unlock(lock);
	return at;
}

unsigned xlat_pci_find_extended(const struct xlat_pci_function *function, uint16_t id)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&function->lock;
	unsigned last, at;

	pthread_mutex_lock(lock);
	at = id ? find_extended(function, id, &last) : 0;
	pthread_mutex_unlock(lock);
	return at;
}

void xlat__pci_capabilities_written(struct xlat_pci_function *function,
				    const struct xlat__pci_write *write, struct xlat__pci_due *due)
{
	if (function->pm)
		xlat__pci_power_written(function, write, due);
	if (function->pcie)
		xlat__pci_express_written(function, write, due);
	if (function->pri)
		xlat__pci_pri_written(function, write);
	if (function->aer && function->secondary &&
	    xlat__pci_touched(write, function->aer + AER_ROOT_COMMAND, 8))
		xlat__pci_due_add(due, function, XLAT__PCI_SIGNAL);
	if ((function->msi && xlat__pci_touched(write, function->msi, MSI_LENGTH)) ||
	    (function->msix && xlat__pci_touched(write, function->msix, MSIX_LENGTH)))
		xlat__pci_due_add(due, function, XLAT__PCI_MESSAGES);
}

void xlat__pci_capabilities_reset(struct xlat_pci_function *function)
{
	if (function->msi)
		xlat__pci_put(function->bytes, function->msi + MSI_PENDING, 4, 0);
	if (function->messages)
		xlat__pci_msix_reset(function);
	if (function->pri)
		xlat__pci_put(function->bytes, function->pri + PRI_STATUS, 2, PRI_STOPPED);
}
