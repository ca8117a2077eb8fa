/* SPDX-License-Identifier: BSD-3-Clause */
/* AIA 1.0: 2.1 and 5.4 (CSRs of a supervisor), 3 (IMSIC), 4 (APLIC). */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "machine/aia.h"

enum {
	CSR_SIE = 0x104,
	CSR_SIP = 0x144,
	CSR_SISELECT = 0x150,
	CSR_SIREG = 0x151,
	CSR_STOPEI = 0x15c,
	CSR_STOPI = 0xdb0,

	IPRIO_FIRST = 0x30, /* numbers of siselect (2.1) */
	IPRIO_LAST = 0x3f,
	IMSIC_FIRST = 0x70,
	IMSIC_LAST = 0xff,
	SELECT_BITS = 0x1ff,
};

struct aia_hart {
	struct xlat__aia *aia;
	unsigned index;
	struct xlat_imsic_file *files[XLAT__AIA_PAGES]; /* the hart's own, and its guests' */
	uint64_t siselect;
};

struct xlat__aia {
	struct xlat__aia_config config;
	struct xlat_aplic *aplic;
	struct aia_hart harts[XLAT_MACHINE_HARTS];
};

static void drive_by_aplic(void *opaque, enum xlat_aplic_domain domain, unsigned hart, bool level)
{
	struct xlat__aia *aia = opaque;

	(void)domain;
	aia->config.wire(aia->config.opaque, hart, level);
}

static void drive_by_imsic(void *opaque, bool level)
{
	struct aia_hart *hart = opaque;

	hart->aia->config.wire(hart->aia->config.opaque, hart->index, level);
}

static int create_files(struct aia_hart *hart)
{
	const struct xlat__aia_config *config = &hart->aia->config;
	struct xlat_region *root = xlat_space_root(config->space);

	for (unsigned i = 0; i < XLAT__AIA_PAGES; i++) {
		uint64_t page = (uint64_t)hart->index * XLAT__AIA_PAGES + i;
		char name[32];
		int error;

		snprintf(name, sizeof(name), "imsic%u.%u", hart->index, i);
		/* Guests' files interrupt a hart that has the hypervisor extension. */
		error = xlat_imsic_file_create(xlat_space_fabric(config->space),
					       XLAT_CONFIG(xlat_imsic_file_config, .name = name,
							   .identities = XLAT__AIA_IDENTITIES,
							   .wire = i ? NULL : drive_by_imsic,
							   .opaque = hart),
					       &hart->files[i]);
		if (!error)
			error = xlat_region_attach(root, xlat_imsic_file_region(hart->files[i]),
						   config->imsic + page * 4096);
		if (error)
			return error;
	}
	return 0;
}

/* 4.9.1: hart h's page is the IMSICs' first, and h pages of XLAT__AIA_PAGES on. */
static int create_aplic(struct xlat__aia *aia)
{
	const struct xlat__aia_config *config = &aia->config;
	uint64_t ppn = config->imsic >> 12;
	unsigned bits = 1;
	int error;

	while ((1u << bits) < config->harts)
		bits++;
	error = xlat_aplic_create(
		xlat_space_fabric(config->space),
		XLAT_CONFIG(xlat_aplic_config, .sources = config->sources, .harts = config->harts,
			    .messages = config->messages ? config->space : NULL,
			    .mmsiaddrcfgh = bits << 12, .smsiaddrcfg = (uint32_t)ppn,
			    .smsiaddrcfgh = (uint32_t)(ppn >> 32) | XLAT__AIA_GUEST_BITS << 20,
			    .wire = drive_by_aplic, .opaque = aia),
		&aia->aplic);
	if (error)
		return error;
	return xlat_region_attach(xlat_space_root(config->space),
				  xlat_aplic_registers(aia->aplic, XLAT_APLIC_SUPERVISOR),
				  config->aplic);
}

int xlat__aia_create(const struct xlat__aia_config *config, struct xlat__aia **made)
{
	struct xlat__aia *aia = calloc(1, sizeof(*aia));
	int error;

	if (!aia)
		return -ENOMEM;
	aia->config = *config;
	error = create_aplic(aia);
	for (unsigned i = 0; i < config->harts; i++) {
		aia->harts[i].aia = aia;
		aia->harts[i].index = i;
		if (!error && config->messages)
			error = create_files(&aia->harts[i]);
	}
	if (error) {
		xlat__aia_destroy(aia);
		return error;
	}
	*made = aia;
	return 0;
}

void xlat__aia_destroy(struct xlat__aia *aia)
{
	if (!aia)
		return;
	xlat_aplic_destroy(aia->aplic);
	for (unsigned i = 0; i < XLAT_MACHINE_HARTS; i++)
		for (unsigned j = 0; j < XLAT__AIA_PAGES; j++)
			xlat_imsic_file_destroy(aia->harts[i].files[j]);
	free(aia);
}

void xlat__aia_set_source(struct xlat__aia *aia, unsigned source, bool level)
{
	xlat_aplic_set_source(aia->aplic, source, level);
}

struct xlat_aplic *xlat__aia_aplic(struct xlat__aia *aia)
{
	return aia->aplic;
}

struct xlat_imsic_file *xlat__aia_file(struct xlat__aia *aia, unsigned hart, unsigned page)
{
	return aia->harts[hart].files[page];
}

uint64_t xlat__aia_select(const struct xlat__aia *aia, unsigned hart)
{
	return aia->harts[hart].siselect;
}

void xlat__aia_set_select(struct xlat__aia *aia, unsigned hart, uint64_t select)
{
	aia->harts[hart].siselect = select & SELECT_BITS;
}

bool xlat__aia_has_messages(const struct xlat__aia *aia)
{
	return aia->config.messages;
}

/* --- CSRs. */

/*
 * 5.4.2: the major interrupt with the highest default priority of those pending and enabled. Where
 * no priorities can be set, 1 stands for that of all.
 */
static uint64_t read_stopi(struct xlat_hart *hart)
{
	static const uint8_t order[] = {9, 1, 5, 13};
	uint64_t sip = 0, sie = 0;

	if (xlat_hart_load_csr(hart, CSR_SIP, &sip) || xlat_hart_load_csr(hart, CSR_SIE, &sie))
		return 0;
	for (unsigned i = 0; i < sizeof(order); i++)
		if (sip & sie & UINT64_C(1) << order[i])
			return (uint64_t)order[i] << 16 | 1;
	return 0;
}

/* 2.1: what siselect selects. False: nothing, which is an illegal instruction. */
static bool access_sireg(struct aia_hart *hart, struct xlat_hart_csr *csr)
{
	unsigned number = (unsigned)hart->siselect;
	struct xlat_imsic_file *file = hart->files[0];
	uint64_t value = csr->value, old = 0;

	/* Priorities are all zero, and only even numbers there on RV64. */
	if (number >= IPRIO_FIRST && number <= IPRIO_LAST) {
		csr->value = 0;
		return !(number & 1);
	}
	if (!file || number < IMSIC_FIRST || number > IMSIC_LAST ||
	    xlat_imsic_file_read(file, number, &old))
		return false;
	csr->value = old;
	return !csr->writes || !xlat_imsic_file_write(file, number, value, csr->mask);
}

bool xlat__aia_csr(struct xlat__aia *aia, unsigned index, struct xlat_hart *hart,
		   struct xlat_hart_csr *csr)
{
	struct aia_hart *own = &aia->harts[index];
	uint64_t value = csr->value;

	switch (csr->number) {
	case CSR_SISELECT:
		csr->value = own->siselect;
		if (csr->writes)
			own->siselect = ((own->siselect & ~csr->mask) | (value & csr->mask)) &
					SELECT_BITS;
		return true;
	case CSR_SIREG:
		return access_sireg(own, csr);
	case CSR_STOPEI:
		if (!own->files[0])
			return false;
		/* 3.9: whatever is written claims what is read. */
		csr->value = xlat_imsic_file_top(own->files[0], csr->writes);
		return true;
	case CSR_STOPI:
		csr->value = read_stopi(hart);
		return true;
	default:
		return false;
	}
}
