/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Capabilities of a PCI function. Each is added while the function is detached, behind those added
 * before; `offset` is where in configuration space (0: the library finds a place). Each returns the
 * offset, or -EINVAL (not aligned to 4, no room, overlaps, a value out of range), -EEXIST (there is
 * one; but vendor), -EBUSY (attached), -ENOMEM, or config.h's.
 *
 * Source: PCI Power Management 1.2; PCI 3.0 6.8; PCIe 5.0 7.5, 7.7 to 7.9; ATS 1.1.
 */
#ifndef XLAT_PCI_CAPABILITY_H
#define XLAT_PCI_CAPABILITY_H

#include <xlat/pci_function.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Power management: D0, D3hot; No Soft Reset is clear: leaving D3hot resets. */
XLAT_MUST_CHECK int xlat_pci_add_power_management(struct xlat_pci_function *function,
						  unsigned offset);

enum xlat_pci_express_type {
	XLAT_PCI_EXPRESS_ENDPOINT = 0,
	XLAT_PCI_EXPRESS_ROOT_PORT = 4,
	XLAT_PCI_EXPRESS_UPSTREAM = 5,
	XLAT_PCI_EXPRESS_DOWNSTREAM = 6,
	XLAT_PCI_EXPRESS_TO_PCI = 7,
	XLAT_PCI_EXPRESS_INTEGRATED = 9, /* a root complex's integrated endpoint */
};

/* PCI Express, version 2, with function-level reset. */
XLAT_MUST_CHECK int xlat_pci_add_express(struct xlat_pci_function *function, unsigned offset,
					 enum xlat_pci_express_type type);

/* MSI: vectors 1, 2, 4, … 32; 64-bit addresses, per-vector masking. */
XLAT_MUST_CHECK int xlat_pci_add_msi(struct xlat_pci_function *function, unsigned offset,
				     unsigned vectors);

struct xlat_pci_msix_config {
	size_t size; /* sizeof(struct xlat_pci_msix_config) */
	unsigned vectors; /* 1 to 2048 */
	unsigned table_bar, pba_bar; /* memory BARs whose region is a container */
	uint32_t table_offset, pba_offset; /* in them, multiples of 8 */
};

/* MSI-X: its table and pending bits are attached to the containers of their BARs, in front of what is there. */
XLAT_MUST_CHECK int xlat_pci_add_msix(struct xlat_pci_function *function, unsigned offset,
				      const struct xlat_pci_msix_config *config);

/* Vendor specific: length bytes in all (3 and more), the rest of them given; none writable until masks say so. */
XLAT_MUST_CHECK int xlat_pci_add_vendor(struct xlat_pci_function *function, unsigned offset,
					const void *bytes, size_t length);

/*
 * Any other capability, by its id: length bytes in all, the header's two (of an extended one, four)
 * left out of bytes. Extended ones lie at 0x100 and above.
 */
XLAT_MUST_CHECK int xlat_pci_add_capability(struct xlat_pci_function *function, unsigned offset,
					    uint8_t id, const void *bytes, size_t length);
XLAT_MUST_CHECK int xlat_pci_add_extended(struct xlat_pci_function *function, unsigned offset,
					  uint16_t id, uint8_t version, const void *bytes,
					  size_t length);

/* Advanced error reporting (PCIe 7.8.4): failed DMA is recorded here, and raises ERR in Status. */
XLAT_MUST_CHECK int xlat_pci_add_aer(struct xlat_pci_function *function, unsigned offset);

/* ATS (10.5.1): queue_depth 1 to 32 outstanding invalidations; page-aligned requests. */
XLAT_MUST_CHECK int xlat_pci_add_ats(struct xlat_pci_function *function, unsigned offset,
				     unsigned queue_depth);

/* Page requests (10.5.2): how many may be outstanding. */
XLAT_MUST_CHECK int xlat_pci_add_pri(struct xlat_pci_function *function, unsigned offset,
				     uint32_t capacity);

/* PASID (7.8.9): width in bits, 1 to 20; whether execute and privileged requests are made. */
XLAT_MUST_CHECK int xlat_pci_add_pasid(struct xlat_pci_function *function, unsigned offset,
				       unsigned width, bool execute, bool privileged);

/* Where a capability is: its offset, or 0. */
unsigned xlat_pci_find_capability(const struct xlat_pci_function *function, uint8_t id);
unsigned xlat_pci_find_extended(const struct xlat_pci_function *function, uint16_t id);

/* Whether the guest enabled it. */
bool xlat_pci_ats_enabled(const struct xlat_pci_function *function);
bool xlat_pci_pri_enabled(const struct xlat_pci_function *function);
bool xlat_pci_pasid_enabled(const struct xlat_pci_function *function);

#ifdef __cplusplus
}
#endif
#endif
