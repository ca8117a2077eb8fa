/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A protection binds the model of a protection unit (an IOPMP, a WorldGuard checker, a TrustZone
 * MPC) to a fabric: it makes IOMMUs whose accesses go to the same address of a space, or are
 * refused, and its registers are a region. It may stand in the path of CPUs and of devices, in
 * front of and behind other IOMMUs.
 *
 * Who asks is what the access says: an IOPMP looks at its requester id (the RRID), a WorldGuard
 * checker at its world, an MPC at its security; or, of an IOMMU made for one requester, what it was
 * made with. The right to each kind of access is found by itself.
 *
 * The bus makes transactions of an access: its parts in naturally aligned blocks. What a unit
 * decides about whole blocks alike is kept by handles and TLBs; where a region begins or ends
 * inside a block, each access to that is decided by itself. So an access of any length is decided
 * as its transactions are, partial hits included, and the fast path is as without protection.
 *
 * A write to a register is in force for every access of a DMA handle that begins after it. What
 * the specification of a unit has software wait for (MDSTALL.is_busy of an IOPMP, the gate's
 * acknowledgement of an MPC) is over when no access that began before is in progress, in no TLB
 * either; for the rest, who needs to know makes a fence of the IOMMU. An access that is stalled or
 * gated is XLAT_RETRY; an operation of a handle waits, and is tried again by xlat_dma_process().
 */
#ifndef XLAT_PROTECTION_H
#define XLAT_PROTECTION_H

#include <xlat/iommu.h>
#include <xlat/iopmp.h>
#include <xlat/space.h>
#include <xlat/trustzone_mpc.h>
#include <xlat/worldguard.h>

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_protection;

struct xlat_protection_config {
	size_t size; /* sizeof(struct xlat_protection_config) */
	struct xlat_space *memory; /* where what passes goes; must outlive the protection */
	/* The model: one of these. */
	const struct xlat_iopmp_config *iopmp;
	const struct xlat_worldguard_config *worldguard;
	const struct xlat_trustzone_mpc_config *trustzone_mpc;
	/*
	 * The address in memory of the first byte of its IOMMUs' regions, and how long these are. An
	 * IOPMP and a WorldGuard checker see this address, an MPC offsets. length 0: to the end of
	 * memory; of an MPC, as long as it is.
	 */
	uint64_t base, length;
	uint32_t transaction; /* bytes of a transaction's block, a power of two; 0: 64 */
	/* What is read where a refused access is answered with success; the low bytes of it. */
	uint64_t feigned;
	bool guarded; /* WorldGuard: only the trusted world's accesses reach the registers */
	struct xlat_attrs attrs; /* of the messages of an IOPMP */
	/* Drives the interrupt wire; by the thread that made it change; or NULL. */
	void (*wire)(void *opaque, bool level);
	/* Called with each access that is refused with an error; not for peeks; or NULL. */
	void (*refused)(void *opaque, const struct xlat_fault *refused);
	void *opaque; /* given to these */
};

/*
 * Makes a protection and its model, in the state after reset. Fails with -EINVAL (no memory, no
 * model or several, a transaction that is no power of two, a length that wraps), -ENOMEM, or the
 * errors of the model's creation and of config.h.
 */
XLAT_MUST_CHECK int xlat_protection_create(const struct xlat_protection_config *config,
					   struct xlat_protection **protection);

/*
 * Gives the protection up: detaches its registers. Its IOMMUs go on deciding. It is freed, and its
 * model with it, when the last IOMMU that it made and its registers are retired too. Not while
 * another thread may be in an access to its registers. Accepts NULL.
 */
void xlat_protection_destroy(struct xlat_protection *protection);

/* The registers, to be attached where the machine has them. Valid as long as the protection. */
struct xlat_region *xlat_protection_registers(const struct xlat_protection *protection);

/* The model, or NULL where it is another one: for reset, raw loads, saved states. Valid as long as
 * the protection. What it changes is in force as what a register's write changes. */
struct xlat_iopmp *xlat_protection_iopmp(const struct xlat_protection *protection);
struct xlat_worldguard *xlat_protection_worldguard(const struct xlat_protection *protection);
struct xlat_trustzone_mpc *xlat_protection_trustzone_mpc(const struct xlat_protection *protection);

/* Makes an IOMMU whose accesses say who they are; xlat_iommu_destroy() ends it. -ENOMEM. */
XLAT_MUST_CHECK int xlat_protection_attach(struct xlat_protection *protection,
					   struct xlat_iommu **iommu);

/*
 * The same for one requester, whatever its accesses say: its RRID, its world (as a wgMarker would
 * say it), its bus master number. Fails with -ENOMEM.
 */
XLAT_MUST_CHECK int xlat_protection_attach_requester(struct xlat_protection *protection,
						     uint32_t requester, struct xlat_iommu **iommu);

#ifdef __cplusplus
}
#endif
#endif
