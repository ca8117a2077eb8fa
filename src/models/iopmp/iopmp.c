/* SPDX-License-Identifier: BSD-3-Clause */
/* The model's life: configuration, creation, reset. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "models/iopmp/iopmp.h"

#define DEFAULT_FEATURES                                                                           \
	(XLAT_IOPMP_TOR | XLAT_IOPMP_ADDRH | XLAT_IOPMP_NON_PRIORITY | XLAT_IOPMP_PRIORITY_PROG |  \
	 XLAT_IOPMP_PEIS | XLAT_IOPMP_PEES | XLAT_IOPMP_STALL | XLAT_IOPMP_MFR |                   \
	 XLAT_IOPMP_USER_CFG)
#define KNOWN_FEATURES ((XLAT_IOPMP_NO_MDLCK << 1) - 1)

static void fill_in(struct xlat_iopmp_config *config, const struct xlat_model_host *host)
{
	if (!config->features)
		config->features = DEFAULT_FEATURES |
				   (config->srcmd_format == 0 ? XLAT_IOPMP_SPS : 0) |
				   (host->write ? XLAT_IOPMP_MSI : 0);
	if (!config->rrids)
		config->rrids = 32;
	if (!config->entries)
		config->entries = 64;
	if (!config->domains)
		config->domains = 16;
	if (!config->domain_entries)
		config->domain_entries = 4;
	if (!config->version)
		config->version = UINT32_C(0x80000000);
}

/* Where the SRCMD table ends. */
static uint32_t tables_end(const struct xlat_iopmp_config *config)
{
	unsigned rows = config->srcmd_format == 0   ? config->rrids
			: config->srcmd_format == 2 ? config->domains
						    : 0;

	return REG_SRCMD + rows * SRCMD_SIZE;
}

static int resolve_config(struct xlat_iopmp_config *config, const struct xlat_model_host *host)
{
	uint32_t most_rrids, end;

	if (config->srcmd_format > 2 || config->mdcfg_format > 2)
		return -EINVAL;
	fill_in(config, host);
	most_rrids = config->srcmd_format == 0 ? UINT16_MAX : config->srcmd_format == 1 ? 63 : 32;
	if ((config->features & ~(uint32_t)KNOWN_FEATURES) || config->rrids > most_rrids ||
	    config->domains > XLAT__IOPMP_DOMAINS || config->domain_entries > 128 ||
	    config->non_priority_entries > config->entries)
		return -EINVAL;
	if ((config->features & XLAT_IOPMP_SPS) && config->srcmd_format != 0)
		return -EINVAL;
	if ((config->features & XLAT_IOPMP_MSI) && !host->write)
		return -EINVAL;
	end = tables_end(config);
	if (!config->entry_offset)
		config->entry_offset = (end | 4095) + 1;
	if (config->entry_offset < end || config->entry_offset % ENTRY_SIZE ||
	    config->entry_offset > INT32_MAX)
		return -EINVAL;
	return 0;
}

static void no_wire(void *opaque, unsigned vector, bool level)
{
	(void)opaque, (void)vector, (void)level;
}

static bool no_sync(void *opaque, unsigned what)
{
	(void)opaque, (void)what;
	return true;
}

static void no_invalidate(void *opaque, const struct xlat_model_invalidation *invalidation)
{
	(void)opaque, (void)invalidation;
}

static int make_tables(struct xlat_iopmp *iopmp)
{
	const struct xlat_iopmp_config *config = &iopmp->config;
	size_t words = xlat__iopmp_words(config->rrids);
	bool complete;

	iopmp->entries = calloc(config->entries, sizeof(*iopmp->entries));
	iopmp->spans = calloc(2 * (size_t)config->entries + config->domains, sizeof(*iopmp->spans));
	iopmp->scratch = xlat__iopmp_scratch_create(config->entries);
	iopmp->stalled = calloc(words, sizeof(uint64_t));
	iopmp->violations = calloc(words, sizeof(uint64_t));
	complete = iopmp->entries && iopmp->spans && iopmp->scratch && iopmp->stalled &&
		   iopmp->violations;
	for (unsigned i = 0; complete && config->srcmd_format == 0 && i < XLAT__IOPMP_COLUMNS;
	     i++) {
		iopmp->srcmd[i] = calloc(config->rrids, sizeof(uint64_t));
		complete = iopmp->srcmd[i];
	}
	return complete ? 0 : -ENOMEM;
}

static void free_all(struct xlat_iopmp *iopmp)
{
	for (unsigned i = 0; i < XLAT__IOPMP_COLUMNS; i++)
		free(iopmp->srcmd[i]);
	free(iopmp->violations);
	free(iopmp->stalled);
	free(iopmp->scratch);
	free(iopmp->spans);
	free(iopmp->entries);
	free(iopmp);
}

static int take_host(struct xlat_model_host *host, const struct xlat_model_host *given)
{
	int error = given ? xlat__config_copy(host, sizeof(*host), given) : 0;

	if (!host->wire)
		host->wire = no_wire;
	if (!host->sync)
		host->sync = no_sync;
	if (!host->invalidate)
		host->invalidate = no_invalidate;
	return error;
}

int xlat_iopmp_create(const struct xlat_iopmp_config *config, const struct xlat_model_host *host,
		      void *host_opaque, struct xlat_iopmp **iopmp)
{
	struct xlat_iopmp *made = calloc(1, sizeof(*made));
	int error;

	if (!made)
		return -ENOMEM;
	error = take_host(&made->host, host);
	if (!error && config)
		error = xlat__config_copy(&made->config, sizeof(made->config), config);
	if (!error)
		error = resolve_config(&made->config, &made->host);
	if (!error)
		error = make_tables(made);
	if (error) {
		free_all(made);
		return error;
	}
	made->host_opaque = host_opaque;
	pthread_mutex_init(&made->lock, NULL);
	xlat_iopmp_reset(made);
	*iopmp = made;
	return 0;
}

void xlat_iopmp_destroy(struct xlat_iopmp *iopmp)
{
	if (!iopmp)
		return;
	pthread_mutex_destroy(&iopmp->lock);
	free_all(iopmp);
}

uint64_t xlat_iopmp_registers_length(const struct xlat_iopmp *iopmp)
{
	return iopmp->config.entry_offset + (uint64_t)iopmp->config.entries * ENTRY_SIZE;
}

void xlat__iopmp_derive(struct xlat_iopmp *iopmp)
{
	for (uint32_t i = 0; i < iopmp->config.entries; i++)
		xlat__iopmp_decode(iopmp, i);
	xlat__iopmp_partition(iopmp);
}

static void reset_registers(struct xlat_iopmp *iopmp)
{
	const struct xlat_iopmp_config *config = &iopmp->config;
	uint32_t locks = xlat__iopmp_has(iopmp, XLAT_IOPMP_NO_MDLCK) ? LOCK_L : 0;

	iopmp->hwcfg0_enable = xlat__iopmp_has(iopmp, XLAT_IOPMP_ALWAYS_ENABLED) ? HWCFG0_ENABLE
										 : 0;
	iopmp->hwcfg2 = config->entries - config->non_priority_entries;
	if (xlat__iopmp_has(iopmp, XLAT_IOPMP_PRIORITY_PROG))
		iopmp->hwcfg2 |= HWCFG2_PRIO_ENT_PROG;
	iopmp->hwcfg3 = (uint32_t)config->rrid_transl << HWCFG3_RRID_TRANSL_SHIFT;
	if (config->mdcfg_format)
		iopmp->hwcfg3 |= (config->domain_entries - 1u) << HWCFG3_MD_ENTRY_NUM_SHIFT;
	if (xlat__iopmp_has(iopmp, XLAT_IOPMP_RRID_TRANSL_PROG))
		iopmp->hwcfg3 |= HWCFG3_RRID_TRANSL_PROG;
	iopmp->mdstall = 0;
	iopmp->rridscp_rrid = 0;
	iopmp->mdlck = locks ? locks
			     : ((uint64_t)config->mdlckh << 32 | config->mdlck) &
				       (xlat__iopmp_domain_mask(iopmp) | LOCK_L);
	iopmp->mdcfglck = config->mdcfglck & (MDCFGLCK_F | LOCK_L);
	iopmp->entrylck = config->entrylck & (ENTRYLCK_F | LOCK_L);
	iopmp->err_cfg = config->err_cfg & (ERR_CFG_L | ERR_CFG_IE | ERR_CFG_RS);
	iopmp->err_info = iopmp->err_reqid = iopmp->err_mfr_svi = 0;
	iopmp->err_reqaddr = iopmp->err_msiaddr = 0;
	memset(iopmp->mdcfg, 0, sizeof(iopmp->mdcfg));
	memset(iopmp->srcmd_perm, 0, sizeof(iopmp->srcmd_perm));
}

void xlat_iopmp_reset(struct xlat_iopmp *iopmp)
{
	const struct xlat_iopmp_config *config = &iopmp->config;
	const struct xlat__iopmp_change change = {.everything = true};
	size_t words = xlat__iopmp_words(config->rrids);

	pthread_mutex_lock(&iopmp->lock);
	reset_registers(iopmp);
	for (unsigned i = 0; i < XLAT__IOPMP_COLUMNS; i++)
		if (iopmp->srcmd[i])
			memset(iopmp->srcmd[i], 0, config->rrids * sizeof(uint64_t));
	memset(iopmp->entries, 0, config->entries * sizeof(*iopmp->entries));
	memset(iopmp->stalled, 0, words * sizeof(uint64_t));
	memset(iopmp->violations, 0, words * sizeof(uint64_t));
	iopmp->interrupt = false;
	iopmp->settled = iopmp->stalls;
	xlat__iopmp_derive(iopmp);
	pthread_mutex_unlock(&iopmp->lock);
	xlat__iopmp_tell(iopmp, &change);
	xlat__iopmp_drive_wire(iopmp);
}

void xlat__iopmp_tell(struct xlat_iopmp *iopmp, const struct xlat__iopmp_change *change)
{
	static const struct xlat_model_invalidation all;

	if (change->everything)
		iopmp->host.invalidate(iopmp->host_opaque, &all);
	else
		for (unsigned i = 0; i < change->count; i++)
			iopmp->host.invalidate(iopmp->host_opaque, &change->ended[i]);
}

uint64_t xlat__iopmp_domains_of(const struct xlat_iopmp *iopmp, uint32_t rrid)
{
	switch (iopmp->config.srcmd_format) {
	case 0:
		return iopmp->srcmd[XLAT__IOPMP_EN][rrid] & ~(uint64_t)LOCK_L;
	case 1:
		return UINT64_C(2) << rrid & xlat__iopmp_domain_mask(iopmp);
	default:
		return xlat__iopmp_domain_mask(iopmp);
	}
}

uint32_t xlat__iopmp_priority_entries(const struct xlat_iopmp *iopmp)
{
	return xlat__iopmp_has(iopmp, XLAT_IOPMP_NON_PRIORITY) ? iopmp->hwcfg2 & HWCFG2_PRIO_ENTRY
							       : XLAT__IOPMP_NONE;
}
