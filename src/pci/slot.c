/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Hot-plug slots (PCIe 6.7, 7.5.3.9 to 7.5.3.11): an attention button, a power controller, two
 * indicators, surprise removal. What is in it is device 0 of the secondary bus.
 */
#include "memory/fabric.h"
#include "pci/pci.h"
#include "pci/registers.h"

#include <errno.h>

enum {
	/* Slot Capabilities: button, power controller, both indicators, surprise, hot-plug. */
	CAPABILITIES_VALUE = 0x7b,
	NUMBER_SHIFT = 19,
	/* Slot Control */
	CONTROL_WRITABLE = 0x17ff,
	CONTROL_INITIAL = 0x03c0, /* indicators off, power on */
	CONTROL_ENABLES = 0x1f, /* of the events, as they lie in Slot Status */
	CONTROL_INTERRUPT = 1 << 5,
	CONTROL_INDICATOR = 3 << 8, /* power indicator: 3 is off */
	CONTROL_POWER_OFF = 1 << 10,
	CONTROL_LINK = 1 << 12,
	/* Slot Status */
	STATUS_ATTENTION = 1 << 0,
	STATUS_PRESENCE_CHANGED = 1 << 3,
	STATUS_COMMAND_COMPLETED = 1 << 4,
	STATUS_PRESENT = 1 << 6,
	STATUS_LINK_CHANGED = 1 << 8,
	STATUS_CLEARS_SLOT = 0x11f,
	SLOT_FUNCTIONS = 8,
};

static unsigned control_at(const struct xlat_pci_function *port)
{
	return port->pcie + EXP_SLOT_CONTROL;
}

static unsigned status_at(const struct xlat_pci_function *port)
{
	return port->pcie + EXP_SLOT_STATUS;
}

void xlat__pci_slot_define(struct xlat_pci_function *port, uint16_t number)
{
	xlat__pci_change(port, port->pcie + EXP_CAPABILITIES, 2, 0, EXP_SLOT);
	xlat__pci_define(port, port->pcie + EXP_SLOT_CAPABILITIES, 4,
			 CAPABILITIES_VALUE | (uint32_t)number << NUMBER_SHIFT, 0, 0);
	xlat__pci_define(port, control_at(port), 2, CONTROL_INITIAL, CONTROL_WRITABLE, 0);
	xlat__pci_define(port, status_at(port), 2, 0, STATUS_CLEARS_SLOT, STATUS_CLEARS_SLOT);
	port->slot.present = true;
}

bool xlat__pci_slot_powered(const struct xlat_pci_function *port)
{
	return !port->slot.present ||
	       !(xlat__pci_get(port->bytes, control_at(port), 2) & CONTROL_POWER_OFF);
}

static bool is_occupied(const struct xlat_pci_function *port)
{
	for (unsigned i = 0; i < SLOT_FUNCTIONS; i++) {
		if (port->secondary->functions[i])
			return true;
	}
	return false;
}

void xlat__pci_port_presence(struct xlat_pci_function *port)
{
	bool occupied = is_occupied(port), active;

	if (!port->express ||
	    (port->type != XLAT_PCI_EXPRESS_ROOT_PORT && port->type != XLAT_PCI_EXPRESS_DOWNSTREAM))
		return;
	pthread_mutex_lock(&port->lock);
	active = occupied && xlat__pci_slot_powered(port);
	pthread_mutex_unlock(&port->lock);
	xlat__pci_change(port, port->pcie + EXP_LINK_STATUS, 2, EXP_LINK_ACTIVE,
			 active ? EXP_LINK_ACTIVE : 0);
	if (port->slot.present)
		xlat__pci_change(port, status_at(port), 2, STATUS_PRESENT,
				 occupied ? STATUS_PRESENT : 0);
}

/* Whether an enabled event stands (6.7.3.1). Under lock. */
static bool has_event(const struct xlat_pci_function *port)
{
	uint32_t control = xlat__pci_get(port->bytes, control_at(port), 2);
	uint32_t status = xlat__pci_get(port->bytes, status_at(port), 2);

	return (control & CONTROL_INTERRUPT) &&
	       ((control & status & CONTROL_ENABLES) ||
		((control & CONTROL_LINK) && (status & STATUS_LINK_CHANGED)));
}

void xlat__pci_slot_signal(struct xlat_pci_function *port)
{
	bool event, error, rose;

	pthread_mutex_lock(&port->lock);
	event = port->slot.present && has_event(port);
	error = xlat__pci_has_error(port);
	rose = (event && !port->slot.signalled) || (error && !port->slot.error_signalled);
	port->slot.signalled = event;
	port->slot.error_signalled = error;
	pthread_mutex_unlock(&port->lock);
	xlat_pci_function_set_intx(port, event || error);
	if (rose)
		(void)xlat_pci_function_notify(port, 0);
}

static void raise(struct xlat_pci_function *port, uint32_t events, struct xlat__pci_due *due)
{
	xlat__pci_change(port, status_at(port), 2, 0, events);
	xlat__pci_due_add(due, port, XLAT__PCI_SIGNAL);
}

/* Takes all functions out. Under topology. */
static void empty(struct xlat_pci_function *port, struct xlat__pci_due *due)
{
	for (unsigned i = 0; i < SLOT_FUNCTIONS; i++) {
		if (port->secondary->functions[i])
			xlat__pci_detach(port->secondary->functions[i], due);
	}
}

static void set_eject(struct xlat_pci_function *port, struct xlat__pci_due *due)
{
	pthread_mutex_lock(&port->fabric->places_lock);
	if (port->slot.asked) {
		port->slot.eject = true;
		xlat__pci_due_add_placed(due, port, XLAT__PCI_EJECTED);
	}
	pthread_mutex_unlock(&port->fabric->places_lock);
}

/* The power controller: what loses power is as it was at first when it has some again. */
static void power_changed(struct xlat_pci_function *port, bool on, struct xlat__pci_due *due)
{
	uint32_t events = is_occupied(port) ? STATUS_LINK_CHANGED : 0;

	if (!on)
		xlat__pci_reset_power(port, due);
	raise(port, events, due);
}

void xlat__pci_slot_written(struct xlat_pci_function *port, const struct xlat__pci_write *write,
			    struct xlat__pci_due *due)
{
	unsigned high = control_at(port) + 1;
	uint32_t control = xlat__pci_load(port, control_at(port), 2);
	bool off = control & CONTROL_POWER_OFF, asked;

	if (xlat__pci_touched(write, high, 1)) {
		bool was_off = write->was[high - write->offset] & CONTROL_POWER_OFF >> 8;

		if (was_off != off)
			power_changed(port, !off, due);
	}
	pthread_mutex_lock(&port->fabric->places_lock);
	asked = port->slot.asked;
	pthread_mutex_unlock(&port->fabric->places_lock);
	/* Off, and the guest says by the indicator that it may be taken out (6.7.1.3). */
	if (asked && off && (control & CONTROL_INDICATOR) == CONTROL_INDICATOR) {
		if (is_occupied(port)) {
			empty(port, due);
			raise(port, STATUS_PRESENCE_CHANGED, due);
		}
		set_eject(port, due);
	}
	raise(port, xlat__pci_touched(write, control_at(port), 2) ? STATUS_COMMAND_COMPLETED : 0,
	      due);
}

int xlat_pci_slot_plug(struct xlat_pci_function *port, struct xlat_pci_function *function)
{
	struct xlat__pci_due due;
	int error;

	if (!port->slot.present)
		return -ENXIO;
	error = xlat_pci_function_attach(port->secondary, 0, function);
	if (error)
		return error;
	xlat__pci_due_init(&due);
	xlat_fabric_begin(port->fabric);
	/* What was asked of another card, which the host took off the bus itself, is over. */
	pthread_mutex_lock(&port->fabric->places_lock);
	port->slot.asked = false;
	pthread_mutex_unlock(&port->fabric->places_lock);
	pthread_mutex_lock(&port->lock);
	error = xlat__pci_slot_powered(port) ? STATUS_LINK_CHANGED : 0;
	pthread_mutex_unlock(&port->lock);
	raise(port, STATUS_PRESENCE_CHANGED | (uint32_t)error, &due);
	(void)!xlat_fabric_commit(port->fabric);
	xlat__pci_finish(&due);
	return 0;
}

int xlat_pci_slot_unplug(struct xlat_pci_function *port, void (*ejected)(void *opaque),
			 void *opaque)
{
	struct xlat__pci_due due;
	int error = 0;

	if (!port->slot.present)
		return -ENXIO;
	xlat__pci_due_init(&due);
	xlat_fabric_begin(port->fabric);
	pthread_mutex_lock(&port->fabric->places_lock);
	if (!is_occupied(port)) {
		error = -ENXIO;
	} else if (port->slot.asked) {
		error = -EBUSY;
	} else {
		port->slot.asked = true;
		port->slot.ejected = ejected;
		port->slot.opaque = opaque;
	}
	pthread_mutex_unlock(&port->fabric->places_lock);
	if (!error)
		raise(port, STATUS_ATTENTION, &due);
	(void)!xlat_fabric_commit(port->fabric);
	xlat__pci_finish(&due);
	return error;
}

void xlat_pci_slot_pull(struct xlat_pci_function *port)
{
	struct xlat__pci_due due;

	if (!port->slot.present)
		return;
	xlat__pci_due_init(&due);
	xlat_fabric_begin(port->fabric);
	pthread_mutex_lock(&port->fabric->places_lock);
	port->slot.asked = false;
	pthread_mutex_unlock(&port->fabric->places_lock);
	if (is_occupied(port)) {
		bool powered;

		pthread_mutex_lock(&port->lock);
		powered = xlat__pci_slot_powered(port);
		pthread_mutex_unlock(&port->lock);
		empty(port, &due);
		raise(port, STATUS_PRESENCE_CHANGED | (powered ? STATUS_LINK_CHANGED : 0u), &due);
	}
	(void)!xlat_fabric_commit(port->fabric);
	xlat__pci_finish(&due);
}
