/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Callbacks that are due. They are made when the locks have been released, by one thread at a time
 * for each function: another that finds more to do leaves it to that one, which goes on until
 * nothing is due. So nobody waits for a callback, and the last that a device hears is what holds.
 */
#include "memory/fabric.h"
#include "pci/pci.h"

void xlat__pci_due_init(struct xlat__pci_due *due)
{
	xlat__list_init(&due->functions);
	due->root = NULL;
}

void xlat__pci_due_add_placed(struct xlat__pci_due *due, struct xlat_pci_function *function,
			      unsigned what)
{
	if (!function->finishing) {
		if (!xlat__pci_pin(function))
			return;
		function->finishing = true;
		xlat__list_insert(&due->functions, &function->due_link);
	}
	function->due |= what;
}

void xlat__pci_due_add(struct xlat__pci_due *due, struct xlat_pci_function *function, unsigned what)
{
	pthread_mutex_lock(&function->fabric->places_lock);
	xlat__pci_due_add_placed(due, function, what);
	pthread_mutex_unlock(&function->fabric->places_lock);
}

/* What a sink is to hear of the level; under places. */
static bool take_level(struct xlat_pci_function *function, struct xlat_pci_interrupt_sink *sink,
		       bool *level)
{
	*sink = function->sink;
	*level = function->driven;
	if (!sink->intx || function->told_level == *level)
		return false;
	function->told_level = *level;
	return true;
}

static bool take_master(struct xlat_pci_function *function, bool *master)
{
	*master = __atomic_load_n(&function->master, __ATOMIC_RELAXED);
	if (function->told_master == *master)
		return false;
	function->told_master = *master;
	return true;
}

static void take_ejected(struct xlat_pci_function *function, struct xlat__pci_slot *slot)
{
	*slot = function->slot;
	function->slot.eject = function->slot.asked = false;
	function->slot.ejected = NULL;
}

/* One round of a function's callbacks of some kinds. Under places, which is released meanwhile. */
static void call(struct xlat_pci_function *function, unsigned kinds)
{
	const struct xlat_pci_function_ops *ops = &function->ops;
	unsigned due = function->due & kinds;
	struct xlat_pci_interrupt_sink sink;
	struct xlat__pci_slot slot = {0};
	bool level, master;
	bool tell_level = (due & XLAT__PCI_LEVEL) && take_level(function, &sink, &level);
	bool tell_master = (due & XLAT__PCI_MASTER) && take_master(function, &master);

	if (due & XLAT__PCI_EJECTED)
		take_ejected(function, &slot);
	function->due &= ~due;
	pthread_mutex_unlock(&function->fabric->places_lock);
	if (tell_level)
		sink.intx(sink.opaque, level);
	if (tell_master && ops->master_changed)
		ops->master_changed(function->opaque, master);
	if ((due & XLAT__PCI_RESET) && ops->reset)
		ops->reset(function->opaque);
	if (due & XLAT__PCI_MESSAGES) {
		xlat__pci_msi_flush(function);
		xlat__pci_msix_flush(function);
	}
	if (due & XLAT__PCI_SIGNAL)
		xlat__pci_slot_signal(function);
	if (slot.eject && slot.ejected)
		slot.ejected(slot.opaque);
	pthread_mutex_lock(&function->fabric->places_lock);
}

/*
 * All but one kind of callbacks of the functions in a list; those of which that kind is due go to
 * another list.
 */
static void finish(struct xlat__list *functions, unsigned later, struct xlat__list *others)
{
	while (!xlat__list_empty(functions)) {
		struct xlat_pci_function *function =
			xlat__container_of(functions->next, struct xlat_pci_function, due_link);
		struct xlat_fabric *fabric = function->fabric;
		bool over;

		pthread_mutex_lock(&fabric->places_lock);
		while (function->due & ~later)
			call(function, ~later);
		xlat__list_remove(&function->due_link);
		over = !function->due;
		if (over)
			function->finishing = false;
		else
			xlat__list_insert(others, &function->due_link);
		pthread_mutex_unlock(&fabric->places_lock);
		if (over)
			xlat__pci_unpin(function);
	}
}

void xlat__pci_finish(struct xlat__pci_due *due)
{
	struct xlat__list ejected;

	if (due->root) {
		xlat__pci_wires_tell(due->root);
		xlat__pci_bus_drop(due->root);
		due->root = NULL;
	}
	/* Who is told that a slot is empty may destroy what was in it: by then it is not pinned here. */
	xlat__list_init(&ejected);
	finish(&due->functions, XLAT__PCI_EJECTED, &ejected);
	finish(&ejected, 0, NULL);
}
