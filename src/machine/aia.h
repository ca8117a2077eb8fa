/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a machine has instead of a PLIC if so configured: an APLIC, whose interrupts go to the harts
 * by wires, or as messages to an IMSIC of each hart, with the CSRs of AIA 1.0 chapters 2, 3 and 5
 * (Ssaia) that go with it. Where the guest has firmware of its own, there is all of it at machine
 * level too (Smaia), and the APLIC's sources are the firmware's to delegate.
 */
#ifndef XLAT_MACHINE_AIA_H
#define XLAT_MACHINE_AIA_H

#include <xlat/aplic.h>
#include <xlat/hart.h>
#include <xlat/imsic.h>
#include <xlat/machine.h>

enum {
	XLAT__AIA_GUEST_BITS = 2, /* pages of a hart, by twos: its own, and those of guests */
	XLAT__AIA_PAGES = 1 << XLAT__AIA_GUEST_BITS,
	XLAT__AIA_FILES = XLAT__AIA_PAGES + 1, /* of a hart: and machine level's */
	XLAT__AIA_IDENTITIES = 255,
};

struct xlat__aia;

struct xlat__aia_config {
	bool messages; /* with IMSICs */
	bool machine; /* of machine level too */
	unsigned harts, sources;
	/* Where the APLIC is, and the IMSICs: XLAT__AIA_PAGES pages for each hart; and of machine level one. */
	uint64_t aplic, imsic, machine_aplic, machine_imsic;
	struct xlat_space *space; /* of physical addresses; its root is a container */
	/* Drives SEIP of a hart, or MEIP; by any thread. */
	void (*wire)(void *opaque, unsigned hart, bool machine, bool level);
	void *opaque;
};

/* Makes and attaches them. Fails with -ENOMEM. */
int xlat__aia_create(const struct xlat__aia_config *config, struct xlat__aia **aia);
void xlat__aia_destroy(struct xlat__aia *aia); /* accepts NULL */

/* A source's level; any thread. */
void xlat__aia_set_source(struct xlat__aia *aia, unsigned source, bool level);

/* A CSR that the hart does not have itself: true if it is AIA's. By the hart's thread. */
bool xlat__aia_csr(struct xlat__aia *aia, unsigned index, struct xlat_hart *hart,
		   struct xlat_hart_csr *csr);

/* For snapshots: what has a state. A file is NULL where there is none; the last is machine level's. */
struct xlat_aplic *xlat__aia_aplic(struct xlat__aia *aia);
struct xlat_imsic_file *xlat__aia_file(struct xlat__aia *aia, unsigned hart, unsigned index);
uint64_t xlat__aia_select(const struct xlat__aia *aia, unsigned hart, bool machine);
void xlat__aia_set_select(struct xlat__aia *aia, unsigned hart, bool machine, uint64_t select);

/* Whether the platform has IMSICs. */
bool xlat__aia_has_messages(const struct xlat__aia *aia);

#endif
