/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * For who implements a PCI device: what its function asks it. All of them may be NULL.
 *
 * They are called by the thread whose access it is, from a configuration access or a reset, with no
 * lock of the library's held but the handler's own: they may use DMA handles of their thread,
 * signal interrupts, change the topology; not detach the function, nor destroy any. Of one function
 * master_changed and reset are called by one thread at a time, and the last call says what holds.
 */
#ifndef XLAT_IMPLEMENT_PCI_FUNCTION_H
#define XLAT_IMPLEMENT_PCI_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_pci_function_ops {
	size_t size; /* sizeof(struct xlat_pci_function_ops) */
	/*
	 * Answers a configuration read itself (true, and *value), or leaves it to the function's
	 * registers. width is 1, 2 or 4 bytes.
	 */
	bool (*config_read)(void *opaque, unsigned offset, unsigned width, uint32_t *value);
	/* Takes a configuration write itself (true), or leaves it to the function's registers. */
	bool (*config_write)(void *opaque, unsigned offset, unsigned width, uint32_t value);
	/* A write has been made to the function's registers. */
	void (*config_written)(void *opaque, unsigned offset, unsigned width);
	/*
	 * DMA became possible, or impossible: xlat_pci_function_is_master(). What the device had in
	 * flight fails by itself or is to be given up.
	 */
	void (*master_changed)(void *opaque, bool master);
	/* A reset: of the function (FLR, D3hot to D0), or of its bus (a bridge's Secondary Bus Reset). */
	void (*reset)(void *opaque);
};

#ifdef __cplusplus
}
#endif
#endif
