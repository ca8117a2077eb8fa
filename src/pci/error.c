/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What failed DMA leaves in registers: Status (PCI 6.2.3), Secondary Status of the bridges on the
 * way (Bridge 3.2.5.7), and Advanced Error Reporting (PCIe 7.8.4) with the messages it would send
 * (6.2.4, 6.2.6).
 */
#include "memory/fabric.h"
#include "pci/pci.h"
#include "pci/registers.h"

enum {
	SEVERITY_DEFAULT =
		0x00462030, /* PCIe 7.8.4.4: those that are fatal unless told otherwise */
	UNCORRECTABLE = 0x07fff030,
	CORRECTABLE = 0xf1c1,
	CORRECTABLE_MASK_DEFAULT = 0x2000, /* Advisory Non-Fatal */
	CONTROL_FIRST = 0x1f,
	ROOT_COMMAND_WRITABLE = 7,
	ROOT_STATUS_CLEARS = 0x7f,
	ROOT_RECEIVED = 1 << 2,
	ROOT_MULTIPLE = 1 << 3,
	ROOT_FIRST_FATAL = 1 << 4,
	ROOT_NON_FATAL = 1 << 5,
	ROOT_FATAL = 1 << 6,
	ROOT_ENABLE_NON_FATAL = 1 << 1,
	ROOT_ENABLE_FATAL = 1 << 2,
};

/* Sticky: only power-on resets it. */
static void define_sticky(struct xlat_pci_function *function, unsigned offset, uint32_t value,
			  uint32_t writable, uint32_t clears)
{
	xlat__pci_define(function, offset, 4, value, writable, clears);
	pthread_mutex_lock(&function->lock);
	xlat__pci_put(function->sticky, offset, 4, UINT32_MAX);
	pthread_mutex_unlock(&function->lock);
}

int xlat_pci_add_aer(struct xlat_pci_function *function, unsigned offset)
{
	int placed = xlat__pci_extended(function, offset, EXTENDED_AER, 2, AER_LENGTH);
	unsigned at = (unsigned)placed;

	if (placed < 0)
		return placed;
	define_sticky(function, at + AER_UNCORRECTABLE, 0, UNCORRECTABLE, UNCORRECTABLE);
	define_sticky(function, at + AER_UNCORRECTABLE_MASK, 0, UNCORRECTABLE, 0);
	define_sticky(function, at + AER_SEVERITY, SEVERITY_DEFAULT, UNCORRECTABLE, 0);
	define_sticky(function, at + AER_CORRECTABLE, 0, CORRECTABLE, CORRECTABLE);
	define_sticky(function, at + AER_CORRECTABLE_MASK, CORRECTABLE_MASK_DEFAULT, CORRECTABLE,
		      0);
	if (function->express && function->type == XLAT_PCI_EXPRESS_ROOT_PORT) {
		xlat__pci_define(function, at + AER_ROOT_COMMAND, 4, 0, ROOT_COMMAND_WRITABLE, 0);
		define_sticky(function, at + AER_ROOT_STATUS, 0, ROOT_STATUS_CLEARS,
			      ROOT_STATUS_CLEARS);
		define_sticky(function, at + AER_SOURCE, 0, 0, 0);
	}
	function->aer = (uint16_t)placed;
	return placed;
}

static void set(struct xlat_pci_function *function, unsigned offset, unsigned size, uint32_t bits)
{
	xlat__pci_put(function->bytes, offset, size,
		      xlat__pci_get(function->bytes, offset, size) | bits);
}

static uint32_t get(const struct xlat_pci_function *function, unsigned offset, unsigned size)
{
	return xlat__pci_get(function->bytes, offset, size);
}

/* The record: the first pointer names the first error that nobody has cleared (7.8.4.7). */
static bool record(struct xlat_pci_function *function, uint32_t error, bool *fatal)
{
	unsigned aer = function->aer;

	*fatal = false;
	if (!aer)
		return true;
	*fatal = get(function, aer + AER_SEVERITY, 4) & error;
	if (!(get(function, aer + AER_UNCORRECTABLE, 4)))
		xlat__pci_put(function->bytes, aer + AER_CONTROL, 1,
			      (unsigned)__builtin_ctz(error) & CONTROL_FIRST);
	set(function, aer + AER_UNCORRECTABLE, 4, error);
	return !(get(function, aer + AER_UNCORRECTABLE_MASK, 4) & error);
}

/* What the requester notes; returns whether it sends an error message, and which. Under lock. */
static bool note(struct xlat_pci_function *function, bool aborted, bool *fatal)
{
	uint32_t command = get(function, COMMAND, 2);
	unsigned control;
	bool report;

	set(function, STATUS, 2,
	    aborted ? STATUS_RECEIVED_MASTER_ABORT : STATUS_RECEIVED_TARGET_ABORT);
	report = record(function, aborted ? AER_UNSUPPORTED : AER_COMPLETER_ABORT, fatal);
	if (!function->pcie)
		return false;
	set(function, function->pcie + EXP_DEVICE_STATUS, 2,
	    (*fatal ? EXP_FATAL : EXP_NON_FATAL) | (aborted ? EXP_UNSUPPORTED : 0u));
	control = get(function, function->pcie + EXP_DEVICE_CONTROL, 2);
	if (!report || !((command & COMMAND_SERR) ||
			 (control & (*fatal ? EXP_FATAL_ENABLE : EXP_NON_FATAL_ENABLE))))
		return false;
	if (command & COMMAND_SERR)
		set(function, STATUS, 2, STATUS_SIGNALED_SYSTEM_ERROR);
	return true;
}

/* The root port's record of error messages (7.8.4.10, 7.8.4.11). Under its lock. */
static void receive(struct xlat_pci_function *port, uint16_t source, bool fatal)
{
	unsigned aer = port->aer;
	uint32_t status;

	if (!aer || port->type != XLAT_PCI_EXPRESS_ROOT_PORT)
		return;
	status = get(port, aer + AER_ROOT_STATUS, 4);
	set(port, aer + AER_ROOT_STATUS, 4, fatal ? ROOT_FATAL : ROOT_NON_FATAL);
	if (status & ROOT_RECEIVED) {
		set(port, aer + AER_ROOT_STATUS, 4, ROOT_MULTIPLE);
		return;
	}
	set(port, aer + AER_ROOT_STATUS, 4, ROOT_RECEIVED | (fatal ? ROOT_FIRST_FATAL : 0u));
	xlat__pci_put(port->bytes, aer + AER_SOURCE + 2, 2, source);
}

bool xlat__pci_has_error(const struct xlat_pci_function *port)
{
	unsigned aer = port->aer;
	uint32_t command, status;

	if (!aer || port->type != XLAT_PCI_EXPRESS_ROOT_PORT)
		return false;
	command = get(port, aer + AER_ROOT_COMMAND, 4);
	status = get(port, aer + AER_ROOT_STATUS, 4);
	return ((command & ROOT_ENABLE_NON_FATAL) && (status & ROOT_NON_FATAL)) ||
	       ((command & ROOT_ENABLE_FATAL) && (status & ROOT_FATAL));
}

/* A bridge on the way; returns whether it passes an error message on. Under its lock. */
static bool pass(struct xlat_pci_function *bridge, bool aborted, bool message, bool fatal,
		 uint16_t source)
{
	uint32_t received = aborted ? STATUS_RECEIVED_MASTER_ABORT : STATUS_RECEIVED_TARGET_ABORT;

	set(bridge, SECONDARY_STATUS, 2, received);
	/* A bridge to conventional PCI made the request its own. */
	if (bridge->takes_over)
		set(bridge, STATUS, 2, received);
	if (!message)
		return false;
	set(bridge, SECONDARY_STATUS, 2, STATUS_SIGNALED_SYSTEM_ERROR);
	receive(bridge, source, fatal);
	if (!(get(bridge, BRIDGE_CONTROL, 2) & BRIDGE_SERR))
		return false;
	if (get(bridge, COMMAND, 2) & COMMAND_SERR)
		set(bridge, STATUS, 2, STATUS_SIGNALED_SYSTEM_ERROR);
	return true;
}

void xlat__pci_failed(struct xlat_pci_function *function, enum xlat_outcome outcome)
{
	pthread_mutex_t *places = &function->fabric->places_lock;
	bool aborted = outcome == XLAT_UNASSIGNED, message, fatal;
	uint16_t source = xlat_pci_function_rid(function);
	struct xlat__pci_due due;

	/* What never left the function, or was not refused but put off, is no error on the bus. */
	if (outcome == XLAT_OK || outcome == XLAT_RETRY || outcome >= XLAT_PENDING ||
	    !xlat_pci_function_is_master(function))
		return;
	xlat__pci_due_init(&due);
	pthread_mutex_lock(places);
	pthread_mutex_lock(&function->lock);
	message = note(function, aborted, &fatal);
	pthread_mutex_unlock(&function->lock);
	while (function->bus && function->bus->bridge) {
		bool signals;

		function = function->bus->bridge;
		pthread_mutex_lock(&function->lock);
		message = pass(function, aborted, message, fatal, source);
		signals = xlat__pci_has_error(function) && !function->slot.error_signalled;
		pthread_mutex_unlock(&function->lock);
		if (signals)
			xlat__pci_due_add_placed(&due, function, XLAT__PCI_SIGNAL);
	}
	pthread_mutex_unlock(places);
	xlat__pci_finish(&due);
}
