/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * MSI (PCI 6.8.1): 64-bit addresses, per-vector masking.
 */
#include "pci/pci.h"
#include "pci/registers.h"

#include <errno.h>

enum {
	VECTORS_MOST = 32,
	ENABLED_SHIFT = 4, /* Multiple Message Enable */
	ENABLED_FIELD = 7,
	CAPABLE_SHIFT = 1,
	LOG_MOST = 5,
};

int xlat_pci_add_msi(struct xlat_pci_function *function, unsigned offset, unsigned vectors)
{
	unsigned log;
	int placed;

	if (!vectors || vectors > VECTORS_MOST || (vectors & (vectors - 1)))
		return -EINVAL;
	placed = xlat__pci_capability(function, offset, ID_MSI, MSI_LENGTH);
	if (placed < 0)
		return placed;
	log = (unsigned)__builtin_ctz(vectors);
	offset = (unsigned)placed;
	xlat__pci_define(function, offset + MSI_CONTROL, 2,
			 log << CAPABLE_SHIFT | MSI_64 | MSI_MASKING,
			 MSI_ENABLE | ENABLED_FIELD << ENABLED_SHIFT, 0);
	xlat__pci_define(function, offset + MSI_ADDRESS, 4, 0, ~3u, 0);
	xlat__pci_define(function, offset + MSI_ADDRESS_UPPER, 4, 0, UINT32_MAX, 0);
	xlat__pci_define(function, offset + MSI_DATA, 2, 0, 0xffff, 0);
	xlat__pci_define(function, offset + MSI_MASK, 4, 0, UINT32_MAX >> (32 - vectors), 0);
	xlat__pci_define(function, offset + MSI_PENDING, 4, 0, 0, 0);
	function->msi = (uint16_t)placed;
	return placed;
}

bool xlat__pci_msi_enabled(const struct xlat_pci_function *function)
{
	return function->msi && (function->bytes[function->msi + MSI_CONTROL] & MSI_ENABLE);
}

/* How many vectors the guest allocated: no more than there are. Under lock. */
static unsigned allocated(const struct xlat_pci_function *function)
{
	uint32_t control = xlat__pci_get(function->bytes, function->msi + MSI_CONTROL, 2);
	unsigned enabled = control >> ENABLED_SHIFT & ENABLED_FIELD;
	unsigned capable = control >> CAPABLE_SHIFT & ENABLED_FIELD;

	if (enabled > capable)
		enabled = capable;
	return 1u << (enabled > LOG_MOST ? LOG_MOST : enabled);
}

static uint32_t get(const struct xlat_pci_function *function, unsigned offset)
{
	return xlat__pci_get(function->bytes, function->msi + offset, 4);
}

static void set_pending(struct xlat_pci_function *function, uint32_t pending)
{
	xlat__pci_put(function->bytes, function->msi + MSI_PENDING, 4, pending);
}

/* Sends a vector's message. Under lock, which is released meanwhile. False: it is pending. */
static bool send(struct xlat_pci_function *function, unsigned vector)
{
	uint64_t address = get(function, MSI_ADDRESS) | (uint64_t)get(function, MSI_ADDRESS_UPPER)
								<< 32;
	uint32_t data = get(function, MSI_DATA) & 0xffff;
	bool sent;

	/* The low bits of the data are the vector (6.8.1.6). */
	data = (data & ~(allocated(function) - 1)) | vector;
	pthread_mutex_unlock(&function->lock);
	sent = xlat__pci_send(function, address, data);
	pthread_mutex_lock(&function->lock);
	if (!sent)
		set_pending(function, get(function, MSI_PENDING) | 1u << vector);
	return sent;
}

bool xlat__pci_msi_notify(struct xlat_pci_function *function, unsigned vector)
{
	bool enabled;

	pthread_mutex_lock(&function->lock);
	enabled = xlat__pci_msi_enabled(function);
	if (enabled) {
		/* A device that has more to say than vectors were allocated shares them. */
		vector &= allocated(function) - 1;
		if (get(function, MSI_MASK) >> vector & 1)
			set_pending(function, get(function, MSI_PENDING) | 1u << vector);
		else
			(void)send(function, vector);
	}
	pthread_mutex_unlock(&function->lock);
	return enabled;
}

void xlat__pci_msi_flush(struct xlat_pci_function *function)
{
	uint32_t due;

	if (!function->msi)
		return;
	pthread_mutex_lock(&function->lock);
	while (xlat__pci_msi_enabled(function) &&
	       (due = get(function, MSI_PENDING) & ~get(function, MSI_MASK)) != 0) {
		unsigned vector = (unsigned)__builtin_ctz(due);

		set_pending(function, get(function, MSI_PENDING) & ~(1u << vector));
		if (vector < allocated(function) && !send(function, vector))
			break;
	}
	pthread_mutex_unlock(&function->lock);
}
