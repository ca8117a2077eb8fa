/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupts as messages: a write of four bytes by the function, gated and translated as all of its
 * writes are (PCI 6.8).
 */
#include "pci/pci.h"
#include "pci/registers.h"

bool xlat__pci_send(struct xlat_pci_function *function, uint64_t address, uint32_t data)
{
	enum xlat_outcome outcome = xlat_space_store(function->space,
						     xlat_pci_function_attrs(function), address, 4,
						     XLAT_LITTLE_ENDIAN, data);

	if (outcome == XLAT_RETRY) {
		__atomic_store_n(&function->unsent, 1, __ATOMIC_RELAXED);
		return false;
	}
	if (outcome != XLAT_OK)
		xlat__pci_failed(function, outcome);
	return true;
}

/* Those that could not be sent before go first. */
static void send_unsent(struct xlat_pci_function *function)
{
	if (!__atomic_load_n(&function->unsent, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&function->unsent, 0, __ATOMIC_RELAXED);
	xlat__pci_msi_flush(function);
	xlat__pci_msix_flush(function);
}

bool xlat_pci_function_notify(struct xlat_pci_function *function, unsigned vector)
{
	if (function->sink.message) {
		function->sink.message(function->sink.opaque, vector);
		return true;
	}
	send_unsent(function);
	return xlat__pci_msix_notify(function, vector) || xlat__pci_msi_notify(function, vector);
}

bool xlat_pci_function_has_messages(const struct xlat_pci_function *function)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)&function->lock;
	bool has;

	pthread_mutex_lock(lock);
	has = xlat__pci_msi_enabled(function) || xlat__pci_msix_enabled(function);
	pthread_mutex_unlock(lock);
	return has;
}
