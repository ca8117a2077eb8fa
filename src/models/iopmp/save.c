/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model as bytes: a version, what it was made with, its registers, and what has none. All
 * numbers are little-endian. Indexes are not saved: they are made again.
 */
#include <errno.h>

#include "base/stream.h"
#include "models/iopmp/iopmp.h"

#define MAGIC UINT64_C(0x306d6d706f697278) /* "xriopmm0" */

enum {
	VERSION = 1,
};

static uint64_t number(struct xlat__stream *stream, unsigned size, uint64_t value)
{
	return xlat__stream_number(stream, size, value);
}

/* What decides which registers there are. Returns whether it is the model's own. */
static bool walk_config(struct xlat__stream *stream, const struct xlat_iopmp_config *config)
{
	const uint32_t own[] = {config->features,	config->rrids,	      config->entries,
				config->domains,	config->srcmd_format, config->mdcfg_format,
				config->domain_entries, config->entry_offset};
	bool same = true;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		same &= number(stream, 4, own[i]) == own[i];
	return same;
}

static void walk_registers(struct xlat__stream *stream, struct xlat_iopmp *iopmp)
{
	uint32_t *const words[] = {&iopmp->hwcfg0_enable, &iopmp->hwcfg2,   &iopmp->hwcfg3,
				   &iopmp->rridscp_rrid,  &iopmp->mdcfglck, &iopmp->entrylck,
				   &iopmp->err_cfg,	  &iopmp->err_info, &iopmp->err_reqid,
				   &iopmp->err_mfr_svi};
	uint64_t *const pairs[] = {&iopmp->mdstall, &iopmp->mdlck, &iopmp->err_reqaddr,
				   &iopmp->err_msiaddr};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		*words[i] = (uint32_t)number(stream, 4, *words[i]);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		*pairs[i] = number(stream, 8, *pairs[i]);
	iopmp->hwcfg0_enable &= HWCFG0_ENABLE;
	iopmp->interrupt = number(stream, 1, iopmp->interrupt) & 1;
}

static void walk_tables(struct xlat__stream *stream, struct xlat_iopmp *iopmp)
{
	const struct xlat_iopmp_config *config = &iopmp->config;
	uint64_t mask = xlat__iopmp_domain_mask(iopmp);

	for (unsigned m = 0; m < config->domains; m++) {
		iopmp->mdcfg[m] = (uint16_t)number(stream, 2, iopmp->mdcfg[m]);
		iopmp->srcmd_perm[m] = number(stream, 8, iopmp->srcmd_perm[m]);
	}
	for (unsigned i = 0; i < XLAT__IOPMP_COLUMNS && iopmp->srcmd[i]; i++)
		for (uint32_t rrid = 0; rrid < config->rrids; rrid++)
			iopmp->srcmd[i][rrid] = number(stream, 8, iopmp->srcmd[i][rrid]) &
						(mask | (i == XLAT__IOPMP_EN ? LOCK_L : 0));
	for (uint32_t i = 0; i < config->entries; i++) {
		struct xlat__iopmp_entry *entry = &iopmp->entries[i];

		entry->addr = number(stream, 8, entry->addr);
		entry->user = (uint32_t)number(stream, 4, entry->user);
		entry->cfg = (uint16_t)number(stream, 2, entry->cfg);
	}
	for (size_t i = 0; i < xlat__iopmp_words(config->rrids); i++) {
		iopmp->stalled[i] = number(stream, 8, iopmp->stalled[i]);
		iopmp->violations[i] = number(stream, 8, iopmp->violations[i]);
	}
}

size_t xlat_iopmp_save(const struct xlat_iopmp *iopmp, void *bytes, size_t size)
{
	/* Nothing but the lock changes: what is walked to be saved is given back its own value. */
	struct xlat_iopmp *same = (struct xlat_iopmp *)(uintptr_t)iopmp;
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};

	pthread_mutex_lock(&same->lock);
	number(&stream, 8, MAGIC);
	number(&stream, 4, VERSION);
	walk_config(&stream, &same->config);
	walk_registers(&stream, same);
	walk_tables(&stream, same);
	pthread_mutex_unlock(&same->lock);
	return stream.at;
}

int xlat_iopmp_restore(struct xlat_iopmp *iopmp, const void *bytes, size_t size)
{
	const struct xlat__iopmp_change change = {.everything = true};
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	size_t needed = xlat_iopmp_save(iopmp, NULL, 0);

	if (size < 12 || number(&stream, 8, 0) != MAGIC)
		return -EINVAL;
	if (number(&stream, 4, 0) != VERSION)
		return -ENOTSUP;
	if (size < stream.at + 8 * 4)
		return -EINVAL;
	if (!walk_config(&stream, &iopmp->config))
		return -EXDEV;
	if (size != needed)
		return -EINVAL;
	pthread_mutex_lock(&iopmp->lock);
	walk_registers(&stream, iopmp);
	walk_tables(&stream, iopmp);
	iopmp->settled = iopmp->stalls;
	xlat__iopmp_legalise(iopmp);
	pthread_mutex_unlock(&iopmp->lock);
	xlat__iopmp_tell(iopmp, &change);
	xlat__iopmp_drive_wire(iopmp);
	return 0;
}
