/* SPDX-License-Identifier: BSD-3-Clause */
/* AIA 1.0: 2.1, 2.2, 5.3 and 5.4 (CSRs), 3 (IMSIC), 4 (APLIC). */
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
	CSR_MIDELEG = 0x303,
	CSR_MIE = 0x304,
	CSR_MISELECT = 0x350,
	CSR_MIREG = 0x351,
	CSR_MTOPEI = 0x35c,
	CSR_MIP = 0x344,
	CSR_MTOPI = 0xfb0,

	IPRIO_FIRST = 0x30, /* numbers of siselect and miselect (2.1, 2.2) */
	IPRIO_LAST = 0x3f,
	IMSIC_FIRST = 0x70,
	IMSIC_LAST = 0xff,
	SELECT_BITS = 0x1ff,
};

struct aia_hart {
	struct xlat__aia *aia;
	unsigned index;
	struct xlat_imsic_file *files[XLAT__AIA_PAGES]; /* the hart's own, and its guests' */
	struct xlat_imsic_file *machine_file;
	uint64_t siselect, miselect;
};

struct xlat__aia {
	struct xlat__aia_config config;
	struct xlat_aplic *aplic;
	struct aia_hart harts[XLAT_MACHINE_HARTS];
};

static void drive_by_aplic(void *opaque, enum xlat_aplic_domain domain, unsigned hart, bool level)
{
	struct xlat__aia *aia = opaque;

	aia->config.wire(aia->config.opaque, hart, domain == XLAT_APLIC_MACHINE, level);
}

static void drive_by_imsic(void *opaque, bool level)
{
	struct aia_hart *hart = opaque;

	hart->aia->config.wire(hart->aia->config.opaque, hart->index, false, level);
}

static void drive_machine_by_imsic(void *opaque, bool level)
{
	struct aia_hart *hart = opaque;

	hart->aia->config.wire(hart->aia->config.opaque, hart->index, true, level);
}

static int create_file(struct aia_hart *hart, const char *name, uint64_t address,
		       void (*wire)(void *opaque, bool level), struct xlat_imsic_file **file)
{
	struct xlat_space *space = hart->aia->config.space;
	int error = xlat_imsic_file_create(xlat_space_fabric(space),
					   XLAT_CONFIG(xlat_imsic_file_config, .name = name,
						       .identities = XLAT__AIA_IDENTITIES,
						       .wire = wire, .opaque = hart),
					   file);

	return error ? error
		     : xlat_region_attach(xlat_space_root(space), xlat_imsic_file_region(*file),
					  address);
}

static int create_files(struct aia_hart *hart)
{
	const struct xlat__aia_config *config = &hart->aia->config;
	uint64_t first = config->imsic + (uint64_t)hart->index * XLAT__AIA_PAGES * 4096;
	int error = 0;

	for (unsigned i = 0; i < XLAT__AIA_PAGES && !error; i++) {
		char name[32];

		snprintf(name, sizeof(name), "imsic%u.%u", hart->index, i);
		/* Guests' files interrupt a hart that has the hypervisor extension. */
		error = create_file(hart, name, first + i * UINT64_C(4096),
				    i ? NULL : drive_by_imsic, &hart->files[i]);
	}
	if (!error && config->machine)
		error = create_file(hart, "imsic-machine",
				    config->machine_imsic + hart->index * UINT64_C(4096),
				    drive_machine_by_imsic, &hart->machine_file);
	return error;
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
			    .machine = config->machine, .mmsiaddrcfgh = bits << 12,
			    .smsiaddrcfg = (uint32_t)ppn,
			    .smsiaddrcfgh = (uint32_t)(ppn >> 32) | XLAT__AIA_GUEST_BITS << 20,
			    .wire = drive_by_aplic, .opaque = aia),
		&aia->aplic);
	if (error)
		return error;
	error = xlat_region_attach(xlat_space_root(config->space),
				   xlat_aplic_registers(aia->aplic, XLAT_APLIC_SUPERVISOR),
				   config->aplic);
	if (error || !config->machine)
		return error;
	return xlat_region_attach(xlat_space_root(config->space),
				  xlat_aplic_registers(aia->aplic, XLAT_APLIC_MACHINE),
				  config->machine_aplic);
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
	for (unsigned i = 0; i < XLAT_MACHINE_HARTS; i++) {
		for (unsigned j = 0; j < XLAT__AIA_PAGES; j++)
			xlat_imsic_file_destroy(aia->harts[i].files[j]);
		xlat_imsic_file_destroy(aia->harts[i].machine_file);
	}
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

struct xlat_imsic_file *xlat__aia_file(struct xlat__aia *aia, unsigned hart, unsigned index)
{
	return index < XLAT__AIA_PAGES ? aia->harts[hart].files[index]
				       : aia->harts[hart].machine_file;
}

uint64_t xlat__aia_select(const struct xlat__aia *aia, unsigned hart, bool machine)
{
	return machine ? aia->harts[hart].miselect : aia->harts[hart].siselect;
}

void xlat__aia_set_select(struct xlat__aia *aia, unsigned hart, bool machine, uint64_t select)
{
	*(machine ? &aia->harts[hart].miselect : &aia->harts[hart].siselect) = select & SELECT_BITS;
}

bool xlat__aia_has_messages(const struct xlat__aia *aia)
{
	return aia->config.messages;
}

/* --- CSRs. */

static uint64_t load(struct xlat_hart *hart, unsigned number)
{
	uint64_t value;

	return xlat_hart_load_csr(hart, number, &value) ? 0 : value;
}

/*
 * 5.3.2, 5.4.2: the major interrupt with the highest default priority of those pending and enabled.
 * Where no priorities can be set, 1 stands for that of all.
 */
static uint64_t find_top(uint64_t ready)
{
	static const uint8_t order[] = {11, 3, 7, 9, 1, 5, 13};

	for (unsigned i = 0; i < sizeof(order); i++)
		if (ready >> order[i] & 1)
			return (uint64_t)order[i] << 16 | 1;
	return 0;
}

/* 2.1: what is selected. False: nothing, which is an illegal instruction. */
static bool access_selected(struct xlat_imsic_file *file, uint64_t selected,
			    struct xlat_hart_csr *csr)
{
	unsigned number = (unsigned)selected;
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

static bool access_select(uint64_t *select, struct xlat_hart_csr *csr)
{
	uint64_t old = *select;

	if (csr->writes)
		*select = ((old & ~csr->mask) | (csr->value & csr->mask)) & SELECT_BITS;
	csr->value = old;
	return true;
}

/* 3.9: whatever is written claims what is read. */
static bool access_topei(struct xlat_imsic_file *file, struct xlat_hart_csr *csr)
{
	if (file)
		csr->value = xlat_imsic_file_top(file, csr->writes);
	return file;
}

static bool access_machine(struct aia_hart *own, struct xlat_hart *hart, struct xlat_hart_csr *csr)
{
	switch (csr->number) {
	case CSR_MISELECT:
		return access_select(&own->miselect, csr);
	case CSR_MIREG:
		return access_selected(own->machine_file, own->miselect, csr);
	case CSR_MTOPEI:
		return access_topei(own->machine_file, csr);
	case CSR_MTOPI:
		csr->value = find_top(load(hart, CSR_MIP) & load(hart, CSR_MIE) &
				      ~load(hart, CSR_MIDELEG));
		return true;
	default:
		return false;
	}
}

bool xlat__aia_csr(struct xlat__aia *aia, unsigned index, struct xlat_hart *hart,
		   struct xlat_hart_csr *csr)
{
	struct aia_hart *own = &aia->harts[index];

	switch (csr->number) {
	case CSR_SISELECT:
		return access_select(&own->siselect, csr);
	case CSR_SIREG:
		return access_selected(own->files[0], own->siselect, csr);
	case CSR_STOPEI:
		return access_topei(own->files[0], csr);
	case CSR_STOPI:
		csr->value = find_top(load(hart, CSR_SIP) & load(hart, CSR_SIE));
		return true;
	default:
		return aia->config.machine && access_machine(own, hart, csr);
	}
}
