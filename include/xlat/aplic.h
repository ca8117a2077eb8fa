/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A RISC-V APLIC: turns the interrupt wires of devices into wires of harts (direct delivery) or into
 * messages to their IMSICs. It has one interrupt domain, of supervisor level, or two: a root domain
 * of machine level, and its child of supervisor level to which it may delegate sources.
 *
 * Source: The RISC-V Advanced Interrupt Architecture 1.0 ("AIA"), chapter 4. Registers are
 * little-endian (domaincfg.BE is read-only zero).
 */
#ifndef XLAT_APLIC_H
#define XLAT_APLIC_H

#include <xlat/region.h>
#include <xlat/space.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_aplic;

enum xlat_aplic_domain {
	XLAT_APLIC_SUPERVISOR = 0,
	XLAT_APLIC_MACHINE = 1,
};

struct xlat_aplic_config {
	size_t size; /* sizeof(struct xlat_aplic_config) */
	const char *name; /* of its regions; copied; NULL: "aplic" */
	unsigned sources; /* 1 to 1023 */
	unsigned harts; /* 1 to 16384; hart indices from 0 on */
	bool machine; /* there is a root domain of machine level */
	/*
	 * Where messages are written, as 4 bytes; NULL: only direct delivery (domaincfg.DM is
	 * read-only zero). Without it and without `wire` nobody is interrupted.
	 */
	struct xlat_space *messages;
	struct xlat_attrs attrs; /* who the APLIC is, of its messages */
	/*
	 * What mmsiaddrcfg, mmsiaddrcfgh, smsiaddrcfg and smsiaddrcfgh (4.5.3, 4.5.4) hold after
	 * reset: as firmware would have set them, where there is none.
	 */
	uint32_t mmsiaddrcfg, mmsiaddrcfgh, smsiaddrcfg, smsiaddrcfgh;
	/*
	 * Drives the wire of a hart at a domain's level (direct delivery); by the thread that made
	 * it change, calls in the order of the changes, with a lock of the APLIC's held: it may not
	 * access this APLIC. NULL: nobody listens.
	 */
	void (*wire)(void *opaque, enum xlat_aplic_domain domain, unsigned hart, bool level);
	void *opaque;
};

/*
 * Makes an APLIC as after reset. Fails with -EINVAL (numbers out of range), -ENOMEM, or the
 * configuration errors of config.h.
 */
XLAT_MUST_CHECK int xlat_aplic_create(struct xlat_fabric *fabric,
				      const struct xlat_aplic_config *config,
				      struct xlat_aplic **aplic);

/*
 * Detaches its registers and ends it when nobody can be using those; nothing is driven or sent any
 * more. Not while a source is being set. Accepts NULL.
 */
void xlat_aplic_destroy(struct xlat_aplic *aplic);

/*
 * The control region of a domain (4.5): 16 KiB and 32 bytes for each hart, in whole pages; accesses
 * of 4 bytes. NULL for a domain that there is not. Valid as long as the APLIC.
 */
struct xlat_region *xlat_aplic_registers(const struct xlat_aplic *aplic,
					 enum xlat_aplic_domain domain);

/* As after reset; the levels of the sources stay. Any thread. */
void xlat_aplic_reset(struct xlat_aplic *aplic);

/* Sets the level of an interrupt source's wire; one that there is not is ignored. Any thread, also from a handler. */
void xlat_aplic_set_source(struct xlat_aplic *aplic, unsigned source, bool level);

/* Writes the state to bytes if size suffices, and returns how many bytes it takes. */
size_t xlat_aplic_save(struct xlat_aplic *aplic, void *bytes, size_t size);

/*
 * Brings an APLIC of as many sources, harts and domains into a state that was saved. -EINVAL: bytes
 * that are none; unchanged then.
 */
XLAT_MUST_CHECK int xlat_aplic_restore(struct xlat_aplic *aplic, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
