/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * PCI functions and buses, seen from inside the library.
 *
 * Three locks. The fabric's topology lock: every guest's configuration write, and every change of
 * where a function is. Under it the fabric's places lock: what finds a function (buses, pins), what
 * is on the wires, and which callbacks are due. Under that a function's own: its registers and
 * messages. Callbacks are made with none of them held: what is due is noted in struct xlat__pci_due
 * and done by xlat__pci_finish().
 */
#ifndef XLAT_PCI_PCI_H
#define XLAT_PCI_PCI_H

#include "base/config.h"
#include "base/list.h"

#include <xlat/implement/pci_function.h>
#include <xlat/pci_bridge.h>

#include <pthread.h>

enum {
	XLAT__PCI_SPACE = 4096, /* bytes of configuration space */
	XLAT__PCI_BARS = 7, /* with the ROM */
	XLAT__PCI_WINDOWS = 3, /* of a bridge: I/O, memory, prefetchable memory */
	XLAT__PCI_DEVFNS = 256,
	XLAT__PCI_WIRES = 4,
};

/* The table of MSI-X and its pending bits, under the function's lock. */
struct xlat__pci_msix {
	struct xlat_region *table_region, *pending_region;
	unsigned vectors;
	uint64_t pending[32];
	uint32_t table[];
};

/* What a BAR or a window shows on a bus: an alias, attached to the bus's container. */
struct xlat__pci_decoder {
	struct xlat_region *alias; /* NULL: there is none */
	bool decoded; /* under places */
	struct xlat_range range;
};

struct xlat__pci_bar {
	struct xlat_pci_bar_config config; /* region NULL: none */
	uint64_t length;
	struct xlat__pci_decoder decoder;
};

/* Callbacks that are due: a set of these in xlat_pci_function.due. */
enum {
	XLAT__PCI_RESET = 1,
	XLAT__PCI_MASTER = 2, /* tell who does not know */
	XLAT__PCI_LEVEL = 4, /* the same, of a sink */
	XLAT__PCI_MESSAGES = 8, /* some that were pending may be sent */
	XLAT__PCI_EJECTED = 16, /* a slot's is empty */
	XLAT__PCI_SIGNAL = 32, /* the port's own interrupt */
};

/* What to do when the locks are released. */
struct xlat__pci_due {
	struct xlat__list functions;
	struct xlat_pci_bus *root; /* whose wires changed, kept; or NULL */
};

/* A write to configuration space, and the registers before. */
struct xlat__pci_write {
	unsigned offset, size;
	uint32_t value;
	uint8_t was[4]; /* from offset on */
};

/* What was written to, and was in, a byte; 0 if it was not written. */
static inline uint8_t xlat__pci_written_byte(const struct xlat__pci_write *write, unsigned offset)
{
	if (offset < write->offset || offset - write->offset >= write->size)
		return 0;
	return (uint8_t)(write->value >> (8 * (offset - write->offset)));
}

static inline bool xlat__pci_touched(const struct xlat__pci_write *write, unsigned first,
				     unsigned size)
{
	return write->offset < first + size && first < write->offset + write->size;
}

/* A hot-plug slot, and what a port interrupts for: slot.c. */
struct xlat__pci_slot {
	bool present; /* there is one */
	bool asked; /* to let go; this and the next three under places */
	void (*ejected)(void *opaque);
	void *opaque;
	bool eject; /* it is to be called */
	bool signalled; /* the interrupt condition held; under the function's lock, and the next */
	bool error_signalled; /* so did that of errors, of any root port */
};

struct xlat_pci_function {
	/* Constant. */
	struct xlat_fabric *fabric;
	char *name;
	unsigned size; /* of configuration space */
	uint8_t pin; /* 0: none */
	struct xlat_pci_function_ops ops;
	void *opaque;
	struct xlat_region *container; /* what its space shows: the routes */
	struct xlat_space *space;
	struct xlat_pci_bus *secondary; /* of a bridge */
	bool express; /* has that capability: never changes while attached */
	bool takes_over; /* a bridge to conventional PCI */
	uint8_t type; /* enum xlat_pci_express_type, of an express one */
	unsigned kept; /* atomic: its creator, and regions whose handlers come here */

	/* Its registers, under lock: innermost. */
	pthread_mutex_t lock;
	pthread_cond_t unpinned;
	unsigned pins; /* callbacks and handlers in progress; destroy waits for them */
	bool dead;
	uint8_t bytes[XLAT__PCI_SPACE];
	uint8_t writable[XLAT__PCI_SPACE]; /* by guests */
	uint8_t clears[XLAT__PCI_SPACE]; /* and of those, that a written 1 clears */
	uint8_t sticky[XLAT__PCI_SPACE]; /* that only power-on resets */
	uint8_t initial[XLAT__PCI_SPACE]; /* what a reset brings back */
	uint8_t used[XLAT__PCI_SPACE / 4]; /* doublewords that capabilities lie in */
	uint16_t pm, pcie, msi, msix, aer, ats, pri, pasid; /* capabilities; 0: none */
	struct xlat__pci_msix *messages; /* MSI-X; NULL: none */

	/* Under the topology lock. */
	struct xlat__pci_bar bars[XLAT__PCI_BARS];
	struct xlat__pci_decoder windows[XLAT__PCI_WINDOWS];
	/* Where DMA goes: aliases, as many as its root bus has targets, at most one enabled. */
	struct xlat_region **routes, **spare; /* spare: being made */
	unsigned route_count, spare_count;
	struct xlat__pci_slot slot;

	/* Under places. */
	struct xlat_pci_bus *bus; /* NULL: detached */
	uint8_t devfn;
	bool level; /* that the device drives */
	bool driven; /* that is on a wire, or told to the sink */
	unsigned wire; /* of its root bus, while driven onto it */
	unsigned due; /* callbacks */
	bool finishing; /* somebody calls them */
	struct xlat__list due_link;
	bool told_master, told_level;
	struct xlat_pci_interrupt_sink sink; /* size 0: none */

	/* Atomic: what DMA reads. */
	uint32_t requester;
	bool master;
	uint16_t rid;
	unsigned unsent; /* messages that could not be sent at once are pending */
};

/* Where the DMA of a root bus goes, each target once, and by which requester ids. */
struct xlat__pci_targets {
	struct xlat_region **regions; /* the first: what is reached untranslated, or NULL */
	unsigned count;
	struct xlat_pci_iommu_map *map;
	unsigned map_count;
};

struct xlat_pci_bus {
	/* Constant. */
	struct xlat_fabric *fabric;
	char *name;
	struct xlat_pci_function *bridge; /* NULL: a root bus */
	struct xlat_region *memory, *io; /* in which its functions answer */
	struct xlat_region *ecam;
	uint16_t segment;
	uint8_t number, last;
	bool swizzled; /* a root bus: device d's pins are d wires further */
	void (*intx)(void *opaque, unsigned wire, bool level);
	void *opaque;
	unsigned kept; /* atomic: as of a function */

	struct xlat__pci_targets targets; /* under topology, of a root bus */

	/* Changed under topology and places. */
	struct xlat_pci_function *functions[XLAT__PCI_DEVFNS];

	/* Under places, of a root bus. */
	unsigned wires[XLAT__PCI_WIRES]; /* how many drive each */
	bool told[XLAT__PCI_WIRES];
	bool telling;
	bool dead;
};

/* --- function.c */

/* Keeps a function from being destroyed; false if that has begun. */
bool xlat__pci_pin(struct xlat_pci_function *function);
void xlat__pci_unpin(struct xlat_pci_function *function);

/* References that keep the memory, not the function: for regions' handlers. */
void xlat__pci_function_keep(struct xlat_pci_function *function);
void xlat__pci_function_drop(void *function);

/* Takes a function off its bus, if it is on one. Under topology. */
void xlat__pci_detach(struct xlat_pci_function *function, struct xlat__pci_due *due);

/* The root bus that a bus is below, itself included, or NULL. Under topology or places. */
struct xlat_pci_bus *xlat__pci_root(const struct xlat_pci_bus *bus);

/* Visits the functions of a bus and below. Under topology. */
int xlat__pci_walk(struct xlat_pci_bus *bus,
		   int (*visit)(void *opaque, struct xlat_pci_function *function), void *opaque);

/* --- due.c: callbacks, when the locks are released. */

void xlat__pci_due_init(struct xlat__pci_due *due);

/* Notes callbacks of a function. Under topology; takes places. */
void xlat__pci_due_add(struct xlat__pci_due *due, struct xlat_pci_function *function,
		       unsigned what);

/* The same under places. */
void xlat__pci_due_add_placed(struct xlat__pci_due *due, struct xlat_pci_function *function,
			      unsigned what);

/* Makes them. Without locks. */
void xlat__pci_finish(struct xlat__pci_due *due);

/* --- bus.c */

/* A bus; the bridge's if it is given. */
int xlat__pci_bus_make(struct xlat_fabric *fabric, const char *name,
		       struct xlat_pci_function *bridge, struct xlat_pci_bus **bus);
void xlat__pci_bus_end(struct xlat_pci_bus *bus);
void xlat__pci_bus_drop(void *bus);

/* The function that a configuration access of the root above a bus reaches, pinned; or NULL. */
struct xlat_pci_function *xlat__pci_bus_reach(struct xlat_pci_bus *bus, uint16_t rid);

/* --- ecam.c */
int xlat__pci_ecam_make(struct xlat_pci_bus *bus);

/* --- config.c */

/* Registers, without masks. Little-endian, inside configuration space. Under lock. */
static inline uint32_t xlat__pci_get(const uint8_t *bytes, unsigned offset, unsigned size)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint32_t)bytes[offset + i] << (8 * i);
	return value;
}

static inline void xlat__pci_put(uint8_t *bytes, unsigned offset, unsigned size, uint32_t value)
{
	for (unsigned i = 0; i < size; i++)
		bytes[offset + i] = (uint8_t)(value >> (8 * i));
}

/* A register as it is, or as it becomes on reset, too, with masks. Before anybody else knows of it. */
void xlat__pci_define(struct xlat_pci_function *function, unsigned offset, unsigned size,
		      uint32_t value, uint32_t writable, uint32_t clears);

/* The same three under the lock. */
uint32_t xlat__pci_load(const struct xlat_pci_function *function, unsigned offset, unsigned size);
void xlat__pci_change(struct xlat_pci_function *function, unsigned offset, unsigned size,
		      uint32_t clear, uint32_t set);

/* --- update.c: what follows from the registers. Under topology. */

/*
 * Brings what is derived of a function's registers up to date: its decoders, its gate, its ids, its
 * wire; and the same of what is behind a bridge.
 */
void xlat__pci_update(struct xlat_pci_function *function, struct xlat__pci_due *due);

/* --- bar.c */
void xlat__pci_bars_update(struct xlat_pci_function *function, bool powered);
int xlat__pci_bars_attach(struct xlat_pci_function *function, struct xlat_pci_bus *bus,
			  uint8_t devfn);
void xlat__pci_bars_detach(struct xlat_pci_function *function);

/* Shows an alias at a range of the bus, or not at all. */
void xlat__pci_decode(struct xlat_fabric *fabric, struct xlat__pci_decoder *decoder, bool decoded,
		      struct xlat_range range);

/* Puts a decoder into a container, hidden; nearer ones are seen where they overlap. */
int xlat__pci_decoder_attach(struct xlat__pci_decoder *decoder, struct xlat_region *container,
			     uint8_t devfn, unsigned index);

/* --- dma.c */

/* Checks a map and takes references. Fails with -EINVAL, -ENOMEM. */
int xlat__pci_targets_init(struct xlat__pci_targets *targets, struct xlat_fabric *fabric,
			   struct xlat_region *memory, const struct xlat_pci_iommu_map *map,
			   unsigned count);
void xlat__pci_targets_finish(struct xlat__pci_targets *targets);

/*
 * Makes the routes of a function and all behind it to some targets: all or none. They replace those
 * there were.
 */
int xlat__pci_routes_make(struct xlat_pci_function *function,
			  const struct xlat__pci_targets *targets);
void xlat__pci_routes_drop(struct xlat_pci_function *function);

/* The same for all functions below a root bus. */
int xlat__pci_routes_remake(struct xlat_pci_bus *root, const struct xlat__pci_targets *targets);

/* Records that an access of a function failed: error.c. Without locks. */
void xlat__pci_failed(struct xlat_pci_function *function, enum xlat_outcome outcome);

/* Whether a root port has an error that it is to interrupt for (PCIe 6.2.4.1.2). Under its lock. */
bool xlat__pci_has_error(const struct xlat_pci_function *port);

/* Opens or closes the gate, by what the function and its bridges say. */
void xlat__pci_gate_update(struct xlat_pci_function *function, struct xlat__pci_due *due);

/* --- intx.c */

/* Puts what a function drives onto its wire, or takes it off. Under places. */
void xlat__pci_wire_update(struct xlat_pci_function *function, struct xlat__pci_due *due);
void xlat__pci_wire_release(struct xlat_pci_function *function, struct xlat__pci_due *due);

/* Tells the host of its wires. Without locks. */
void xlat__pci_wires_tell(struct xlat_pci_bus *root);

/* --- msi.c, msix.c */
bool xlat__pci_msi_notify(struct xlat_pci_function *function, unsigned vector);
bool xlat__pci_msix_notify(struct xlat_pci_function *function, unsigned vector);
bool xlat__pci_msi_enabled(const struct xlat_pci_function *function); /* under lock */
bool xlat__pci_msix_enabled(const struct xlat_pci_function *function); /* under lock */

/* Sends what is pending and not masked. Without locks. */
void xlat__pci_msi_flush(struct xlat_pci_function *function);
void xlat__pci_msix_flush(struct xlat_pci_function *function);
void xlat__pci_msix_reset(struct xlat_pci_function *function);
void xlat__pci_msix_retire(struct xlat_pci_function *function); /* takes its regions away */
void xlat__pci_msix_finish(struct xlat_pci_function *function); /* frees the rest */

/* Writes a message. Without locks. False: it has to be tried again. */
bool xlat__pci_send(struct xlat_pci_function *function, uint64_t address, uint32_t data);

/* --- reset.c */

enum xlat__pci_reset {
	XLAT__PCI_POWER_ON, /* everything */
	XLAT__PCI_HOT, /* of the bus, of the function, by D3hot: what is sticky stays */
};

/* Resets registers, and those of all behind a bridge; tell: ops->reset, too. Under topology. */
void xlat__pci_reset(struct xlat_pci_function *function, enum xlat__pci_reset kind, bool tell,
		     struct xlat__pci_due *due);

/* Resets what is behind a bridge: Secondary Bus Reset. */
void xlat__pci_reset_below(struct xlat_pci_function *bridge, struct xlat__pci_due *due);

/* The same for want of power. */
void xlat__pci_reset_power(struct xlat_pci_function *port, struct xlat__pci_due *due);

/* --- capability.c */

/* Enters a capability: returns its offset, or an error. */
int xlat__pci_capability(struct xlat_pci_function *function, unsigned offset, uint8_t id,
			 unsigned length);
int xlat__pci_extended(struct xlat_pci_function *function, unsigned offset, uint16_t id,
		       uint8_t version, unsigned length);

/* What a write to capabilities does besides. Under topology. */
void xlat__pci_capabilities_written(struct xlat_pci_function *function,
				    const struct xlat__pci_write *write, struct xlat__pci_due *due);

/* What else a reset does to capabilities: the MSI-X table, PRI. Under lock. */
void xlat__pci_capabilities_reset(struct xlat_pci_function *function);

/* power.c, express.c, ats.c: what a write to theirs does. Under topology. */
void xlat__pci_power_written(struct xlat_pci_function *function,
			     const struct xlat__pci_write *write, struct xlat__pci_due *due);
void xlat__pci_express_written(struct xlat_pci_function *function,
			       const struct xlat__pci_write *write, struct xlat__pci_due *due);
void xlat__pci_pri_written(struct xlat_pci_function *function, const struct xlat__pci_write *write);

/* Whether the function is in D0. Under lock. */
bool xlat__pci_is_powered(const struct xlat_pci_function *function);

/* --- bridge.c */
void xlat__pci_windows_update(struct xlat_pci_function *bridge, bool powered);
bool xlat__pci_bridge_forwards(
	const struct xlat_pci_function *bridge); /* powered, not in reset; under lock */
void xlat__pci_bridge_finish(struct xlat_pci_function *bridge);
void xlat__pci_bridge_written(struct xlat_pci_function *bridge, const struct xlat__pci_write *write,
			      struct xlat__pci_due *due);

/* --- slot.c */
void xlat__pci_slot_written(struct xlat_pci_function *port, const struct xlat__pci_write *write,
			    struct xlat__pci_due *due);
bool xlat__pci_slot_powered(const struct xlat_pci_function *port); /* under lock */
void xlat__pci_slot_define(struct xlat_pci_function *port, uint16_t number);

/* Under places: whether there is something behind a port, and with power a link to it. */
void xlat__pci_port_presence(struct xlat_pci_function *port);
void xlat__pci_slot_signal(struct xlat_pci_function *port); /* without locks */

#endif
