/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A PCI function: configuration space, BARs, capabilities, interrupts, and a DMA space of its own.
 *
 * A device makes its function, gives it BARs and capabilities, and attaches it to a bus; from then
 * on guests configure it. Detached (hot unplug), its BARs are gone and its DMA space is empty; it
 * can be attached again, elsewhere.
 *
 * A device reaches memory through its function only: xlat_pci_dma_create() makes a handle into the
 * function's space, and every access bears xlat_pci_function_attrs(). The space shows nothing
 * unless the function is attached, may master the bus, is in D0, and so are its bridges. A DMA that
 * fails sets Received Master Abort (nothing answered) or Received Target Abort (it was refused) in
 * Status, Secondary Status of the bridges on the way, and AER where the function has it.
 *
 * Calls are for any thread unless they say otherwise; writes to configuration space are serialised
 * by the fabric's topology lock. What follows from one is published when it returns, or, inside a
 * transaction, with that.
 *
 * Source: PCI 3.0 chapter 6, PCIe 5.0 chapter 7.
 */
#ifndef XLAT_PCI_FUNCTION_H
#define XLAT_PCI_FUNCTION_H

#include <xlat/dma.h>
#include <xlat/pci_bus.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_pci_function_ops;

struct xlat_pci_function_config {
	size_t size; /* sizeof(struct xlat_pci_function_config) */
	const char *name; /* for messages and dumps; copied; NULL: "function" */
	uint16_t vendor, device; /* ids */
	uint16_t subsystem_vendor, subsystem;
	uint8_t revision;
	uint32_t class_code; /* 24 bits: class, subclass, programming interface */
	uint8_t interrupt_pin; /* 0: none; 1 to 4: INTA to INTD */
	bool conventional; /* 256 bytes of configuration space instead of 4096 */
	const struct xlat_pci_function_ops *ops; /* implement/pci_function.h; NULL: none */
	void *opaque; /* given to ops */
};

/*
 * Makes a function, attached nowhere. Fails with -EINVAL (more bits than there are), -ENOMEM, or
 * the configuration errors of config.h.
 */
XLAT_MUST_CHECK int xlat_pci_function_create(struct xlat_fabric *fabric,
					     const struct xlat_pci_function_config *config,
					     struct xlat_pci_function **function);

/*
 * Detaches and ends a function; its DMA handles have been destroyed. Its ops are not called any more,
 * not even of that; waits for those that are being called, and for accesses to its MSI-X table, on
 * other threads: not inside a transaction, nor from an op or a handler of its own. Accepts NULL.
 */
void xlat_pci_function_destroy(struct xlat_pci_function *function);

/*
 * Puts a function on a bus. Functions 1 to 7 of a device are seen while its function 0 is there;
 * Multi-Function is set by the bus. Fails with -EBUSY (the place is taken, or it has one already),
 * -EINVAL (another fabric, a bus behind the function itself, a device other than 0 behind a root or
 * downstream port), -ENOMEM.
 */
XLAT_MUST_CHECK int xlat_pci_function_attach(struct xlat_pci_bus *bus, uint8_t devfn,
					     struct xlat_pci_function *function);

/*
 * Takes a function off its bus, or does nothing. Its wires fall, its DMA space is empty: a fence of
 * that space tells when nobody uses what it reached. Its registers, and those of what is behind it,
 * are as after power-on; ops->reset is not called. Never fails.
 */
void xlat_pci_function_detach(struct xlat_pci_function *function);

/* Where it is and whose. NULL, 0 while detached. */
struct xlat_pci_bus *xlat_pci_function_bus(const struct xlat_pci_function *function);
uint16_t xlat_pci_function_rid(const struct xlat_pci_function *function);
const char *xlat_pci_function_name(const struct xlat_pci_function *function);
struct xlat_fabric *xlat_pci_function_fabric(const struct xlat_pci_function *function);

/* Writes the function's path ("01.0/00.1") and a 0 into text; returns its length, as snprintf(). */
size_t xlat_pci_function_path(const struct xlat_pci_function *function, char *text, size_t size);

/* --- Configuration space. */

/*
 * What a guest's access of 1, 2 or 4 bytes, naturally aligned, does and finds (of another: nothing
 * and all-ones). Writes keep to the write masks and have their side effects; ops may intercept.
 */
uint32_t xlat_pci_function_config_read(struct xlat_pci_function *function, unsigned offset,
				       unsigned size);
void xlat_pci_function_config_write(struct xlat_pci_function *function, unsigned offset,
				    unsigned size, uint32_t value);

/*
 * The raw register, for the device: no masks, no side effects, no ops. Offsets past the end: 0,
 * dropped. What is stored while the function is detached is also what a reset brings back, of the
 * bits that guests may write; the others are left alone by a reset.
 */
uint32_t xlat_pci_function_config_load(const struct xlat_pci_function *function, unsigned offset,
				       unsigned size);
void xlat_pci_function_config_store(struct xlat_pci_function *function, unsigned offset,
				    unsigned size, uint32_t value);

/* Which bits guests may write, and which of them a written 1 clears instead. */
void xlat_pci_function_config_set_masks(struct xlat_pci_function *function, unsigned offset,
					unsigned size, uint32_t writable, uint32_t clears);

/*
 * --- BARs (PCI 6.2.5). Nowhere, whatever Memory or I/O Enable say, is a BAR at 0 (as reset leaves
 * it) or one that ends at the last address of its kind (as sizing leaves it). Where BARs and windows
 * of one bus overlap, the lowest device and function number is seen, and of one function the lowest
 * BAR.
 */

enum xlat_pci_bar_kind {
	XLAT_PCI_BAR_MEMORY32 = 0,
	XLAT_PCI_BAR_MEMORY64, /* takes the next BAR as well */
	XLAT_PCI_BAR_IO,
};

/* The index of the expansion ROM. */
#define XLAT_PCI_ROM 6

struct xlat_pci_bar_config {
	size_t size; /* sizeof(struct xlat_pci_bar_config) */
	enum xlat_pci_bar_kind kind;
	bool prefetchable;
	/*
	 * What answers: any region of a length that is a power of two, 16 bytes (memory) or 4 (I/O)
	 * at least; in no container. A reference is taken.
	 */
	struct xlat_region *region;
};

/*
 * Gives BAR 0 to 5, or XLAT_PCI_ROM, while the function is detached. Fails with -EINVAL (no such
 * BAR, a 64-bit one at 5, not a power of two), -EBUSY (it is there, or attached), -ENOMEM, or the
 * configuration errors of config.h.
 */
XLAT_MUST_CHECK int xlat_pci_function_add_bar(struct xlat_pci_function *function, unsigned bar,
					      const struct xlat_pci_bar_config *config);

/* A BAR as it stands: false where there is none, or it is not decoded now. */
struct xlat_pci_bar {
	enum xlat_pci_bar_kind kind;
	bool prefetchable;
	struct xlat_region *region;
	struct xlat_range range; /* on the bus, when decoded */
};
bool xlat_pci_function_bar(const struct xlat_pci_function *function, unsigned bar,
			   struct xlat_pci_bar *found);

/* The region of a BAR, decoded or not; NULL where there is none. */
struct xlat_region *xlat_pci_function_bar_region(const struct xlat_pci_function *function,
						 unsigned bar, struct xlat_pci_bar_config *config);

/* --- DMA. */

/*
 * Makes a handle into the function's space, owned by the calling thread: xlat_dma_create(). What
 * fails through it is in Status (of its bridges, of AER); through another handle it is not.
 */
XLAT_MUST_CHECK int xlat_pci_dma_create(struct xlat_pci_function *function,
					const struct xlat_dma_config *config,
					struct xlat_dma **dma);

/*
 * What the function's accesses bear: its requester id, or its device id at its IOMMU. It changes
 * when a guest renumbers buses: ask for each request. Never locks.
 */
struct xlat_attrs xlat_pci_function_attrs(const struct xlat_pci_function *function);

/* What the function's DMA sees; for fences. Valid as long as the function. */
struct xlat_space *xlat_pci_function_space(const struct xlat_pci_function *function);

/*
 * Whether its DMA can go anywhere now: attached, bus master, D0, bridges too. While a guest's write
 * that opens the way is being made, it may say so a moment before an access passes; master_changed
 * (implement/pci_function.h) says it after.
 */
bool xlat_pci_function_is_master(const struct xlat_pci_function *function);

/* --- Interrupts. */

/*
 * Signals interrupt vector: by MSI-X or MSI, whichever is enabled (masked, or where the message
 * would get XLAT_RETRY: it becomes pending, and goes with the next); where neither is, nothing
 * happens and it returns false. Of MSI vectors that were not allocated, the low bits count. May be called with the device's locks
 * held, from handlers and from DMA completions.
 */
bool xlat_pci_function_notify(struct xlat_pci_function *function, unsigned vector);

/*
 * Sets the level that the function drives on its INTx pin; Interrupt Status shows it, Interrupt
 * Disable and MSI keep it from the wire. Without a pin, nothing.
 */
void xlat_pci_function_set_intx(struct xlat_pci_function *function, bool level);

/* Whether MSI or MSI-X is enabled: the function must not use its pin then. */
bool xlat_pci_function_has_messages(const struct xlat_pci_function *function);

/*
 * Where interrupts go instead: a host that carries them itself (to a peer, to KVM). Called by the
 * thread that signals, with no lock of this library's held but those of its caller. message: for
 * each vector signalled, whatever MSI and MSI-X say. intx: each change of what would be on the wire
 * (Interrupt Disable, MSI and MSI-X keep it down), by one thread at a time.
 */
struct xlat_pci_interrupt_sink {
	size_t size; /* sizeof(struct xlat_pci_interrupt_sink) */
	void (*message)(void *opaque, unsigned vector);
	void (*intx)(void *opaque, bool level);
	void *opaque;
};

/* Sets the sink (copied), or NULL: none. Not while the function may signal. Fails as config.h says. */
XLAT_MUST_CHECK int
xlat_pci_function_set_interrupt_sink(struct xlat_pci_function *function,
				     const struct xlat_pci_interrupt_sink *sink);

/* --- Reset, save, restore. */

/*
 * As after power-on: registers, BARs, capabilities, of what is behind a bridge too; then ops->reset
 * of each (if another thread is inside ops of it, by that one).
 */
void xlat_pci_function_reset(struct xlat_pci_function *function);

/*
 * Writes the function's own state (configuration space, MSI-X table) to bytes if size suffices, and
 * returns how many bytes it takes; what the device keeps, and what guests may not write, is the
 * device's to save.
 */
size_t xlat_pci_function_save(const struct xlat_pci_function *function, void *bytes, size_t size);

/*
 * Brings a function of the same shape into a state that was saved. Fails with -EINVAL: bytes that
 * are no such state, of another version or another shape; the function is unchanged then. -ENOMEM.
 */
XLAT_MUST_CHECK int xlat_pci_function_restore(struct xlat_pci_function *function, const void *bytes,
					      size_t size);

#ifdef __cplusplus
}
#endif
#endif
