/* SPDX-License-Identifier: BSD-3-Clause */
/* 4.4 to 4.6, 5.1.8 to 5.1.11, A.4: the tables of domains, of requesters, and the entry array. */
#include "models/iopmp/iopmp.h"

void xlat__iopmp_ended_range(struct xlat__iopmp_change *change, uint64_t first, uint64_t last)
{
	if (change->count == XLAT__IOPMP_CHANGES)
		change->everything = true;
	else
		change->ended[change->count++] = (struct xlat_model_invalidation){
			.by_address = true, .first = first, .last = last};
}

void xlat__iopmp_ended_rrid(struct xlat__iopmp_change *change, uint32_t rrid)
{
	if (change->count == XLAT__IOPMP_CHANGES)
		change->everything = true;
	else
		change->ended[change->count++] =
			(struct xlat_model_invalidation){.by_device = true, .device_id = rrid};
}

/* One half of a register of 64 bits. */
static uint32_t half_of(uint64_t value, bool upper)
{
	return (uint32_t)(upper ? value >> 32 : value);
}

/* Which bits a write to one half may change. */
static uint64_t half_mask(bool upper)
{
	return upper ? UINT64_C(0xffffffff) << 32 : UINT64_C(0xffffffff);
}

static uint64_t half_value(uint32_t value, bool upper)
{
	return upper ? (uint64_t)value << 32 : value;
}

/* The register of format 0 at an offset in an RRID's 32 bytes, or NULL. */
static uint64_t *column(const struct xlat_iopmp *iopmp, uint32_t rrid, unsigned offset)
{
	unsigned which = offset / 8;

	if (which != XLAT__IOPMP_EN && !xlat__iopmp_has(iopmp, XLAT_IOPMP_SPS))
		return NULL;
	if (which == XLAT__IOPMP_X && xlat__iopmp_has(iopmp, XLAT_IOPMP_XINR))
		return NULL;
	return &iopmp->srcmd[which][rrid];
}

/* 4.5, 5.2 and 3.1. */
static void write_srcmd(struct xlat_iopmp *iopmp, uint32_t rrid, unsigned offset, uint32_t value,
			bool load, struct xlat__iopmp_change *change)
{
	uint64_t *reg = column(iopmp, rrid, offset);
	uint64_t locked = iopmp->srcmd[XLAT__IOPMP_EN][rrid] & LOCK_L;
	bool upper = offset & 4;
	uint64_t mask = xlat__iopmp_domain_mask(iopmp) & half_mask(upper);
	uint64_t old;

	if (!reg || (locked && !load))
		return;
	if (!load)
		mask &= ~iopmp->mdlck;
	if (offset == SRCMD_EN)
		mask |= LOCK_L;
	old = *reg;
	*reg = (old & ~mask) | (half_value(value, upper) & mask);
	if ((*reg ^ old) & ~(uint64_t)LOCK_L)
		xlat__iopmp_ended_rrid(change, rrid);
}

/* A.4.3 and 3.1: two bits for each RRID. */
static void write_perm(struct xlat_iopmp *iopmp, unsigned domain, bool upper, uint32_t value,
		       bool load, struct xlat__iopmp_change *change)
{
	uint64_t *reg = &iopmp->srcmd_perm[domain];
	unsigned bits = 2 * iopmp->config.rrids;
	uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
	uint64_t old = *reg, changed;

	if (!load && (iopmp->mdlck >> (domain + 1) & 1))
		return;
	mask &= half_mask(upper);
	*reg = (old & ~mask) | (half_value(value, upper) & mask);
	changed = *reg ^ old;
	while (changed) {
		unsigned rrid = (unsigned)__builtin_ctzll(changed) / 2;

		changed &= ~(UINT64_C(3) << (2 * rrid));
		xlat__iopmp_ended_rrid(change, rrid);
	}
}

uint16_t xlat__iopmp_legal_cfg(const struct xlat_iopmp *iopmp, uint32_t value)
{
	uint32_t mask = CFG_R | CFG_W | CFG_X | CFG_A;

	if (xlat__iopmp_has(iopmp, XLAT_IOPMP_PEIS))
		mask |= CFG_INTERRUPT;
	if (xlat__iopmp_has(iopmp, XLAT_IOPMP_PEES))
		mask |= CFG_ERROR;
	if (xlat__iopmp_has(iopmp, XLAT_IOPMP_XINR))
		mask &= ~(CFG_X | CFG_SIXE | CFG_SEXE);
	if ((value & CFG_A) >> CFG_A_SHIFT == A_TOR && !xlat__iopmp_has(iopmp, XLAT_IOPMP_TOR))
		mask &= ~CFG_A;
	return (uint16_t)(value & mask);
}

/* Decodes an entry again, and notes where that makes a difference. */
static void redecode(struct xlat_iopmp *iopmp, uint32_t i, uint16_t old_cfg,
		     struct xlat__iopmp_change *change)
{
	struct xlat__iopmp_entry *entry = &iopmp->entries[i];
	struct xlat__iopmp_entry old = *entry;

	xlat__iopmp_decode(iopmp, i);
	if (old.matches == entry->matches && old_cfg == entry->cfg &&
	    (!old.matches || (old.first == entry->first && old.last == entry->last)))
		return;
	xlat__iopmp_forget(iopmp, i);
	if (old.matches)
		xlat__iopmp_ended_range(change, old.first, old.last);
	if (entry->matches &&
	    !(old.matches && old.first == entry->first && old.last == entry->last))
		xlat__iopmp_ended_range(change, entry->first, entry->last);
}

/* 4.6, 3.3: the next entry begins where this one says, if it is TOR. */
static void write_entry(struct xlat_iopmp *iopmp, uint32_t i, unsigned offset, uint32_t value,
			bool load, struct xlat__iopmp_change *change)
{
	struct xlat__iopmp_entry *entry = &iopmp->entries[i];
	uint16_t old_cfg = entry->cfg;

	/* ENTRYLCK.f at bit 1. */
	if (!load && i < iopmp->entrylck >> 1)
		return;
	switch (offset) {
	case ENTRY_ADDR:
		entry->addr = (entry->addr >> 32 << 32) | value;
		break;
	case ENTRY_ADDRH:
		if (xlat__iopmp_has(iopmp, XLAT_IOPMP_ADDRH))
			entry->addr = (uint32_t)entry->addr | (uint64_t)value << 32;
		break;
	case ENTRY_CFG:
		entry->cfg = xlat__iopmp_legal_cfg(iopmp, value);
		break;
	default:
		if (xlat__iopmp_has(iopmp, XLAT_IOPMP_USER_CFG))
			entry->user = value;
		return;
	}
	redecode(iopmp, i, old_cfg, change);
	if (offset != ENTRY_CFG && i + 1u < iopmp->config.entries)
		redecode(iopmp, i + 1, entry[1].cfg, change);
}

static uint32_t read_entry(const struct xlat__iopmp_entry *entry, unsigned offset)
{
	switch (offset) {
	case ENTRY_CFG:
		return entry->cfg;
	case ENTRY_USER_CFG:
		return entry->user;
	default:
		return half_of(entry->addr, offset == ENTRY_ADDRH);
	}
}

/* Where an offset leads. */
struct place {
	enum {
		NOWHERE,
		MDCFG,
		SRCMD,
		PERM,
		ENTRY
	} table;
	uint32_t row;
	unsigned offset; /* in the row */
};

static struct place place_of(const struct xlat_iopmp *iopmp, uint64_t offset)
{
	const struct xlat_iopmp_config *config = &iopmp->config;
	uint64_t row;

	if (offset >= config->entry_offset) {
		row = (offset - config->entry_offset) / ENTRY_SIZE;
		if (row < config->entries)
			return (struct place){ENTRY, (uint32_t)row, offset % ENTRY_SIZE};
	} else if (offset >= REG_SRCMD) {
		row = (offset - REG_SRCMD) / SRCMD_SIZE;
		if (config->srcmd_format == 0 && row < config->rrids)
			return (struct place){SRCMD, (uint32_t)row, offset % SRCMD_SIZE};
		if (config->srcmd_format == 2 && row < config->domains && offset % SRCMD_SIZE < 8)
			return (struct place){PERM, (uint32_t)row, offset % SRCMD_SIZE};
	} else if (offset >= REG_MDCFG) {
		row = (offset - REG_MDCFG) / 4;
		if (config->mdcfg_format == 0 && row < config->domains)
			return (struct place){MDCFG, (uint32_t)row, 0};
	}
	return (struct place){NOWHERE, 0, 0};
}

uint32_t xlat__iopmp_read_table(const struct xlat_iopmp *iopmp, uint64_t offset)
{
	struct place place = place_of(iopmp, offset);
	const uint64_t *reg;

	switch (place.table) {
	case MDCFG:
		return iopmp->mdcfg[place.row];
	case SRCMD:
		reg = column(iopmp, place.row, place.offset);
		return reg ? half_of(*reg, place.offset & 4) : 0;
	case PERM:
		return half_of(iopmp->srcmd_perm[place.row], place.offset & 4);
	case ENTRY:
		return read_entry(&iopmp->entries[place.row], place.offset);
	default:
		return 0;
	}
}

void xlat__iopmp_write_table(struct xlat_iopmp *iopmp, uint64_t offset, uint32_t value, bool load,
			     struct xlat__iopmp_change *change)
{
	struct place place = place_of(iopmp, offset);

	switch (place.table) {
	case MDCFG:
		/* MDCFGLCK.f at bit 1. */
		if ((!load && place.row < (iopmp->mdcfglck & MDCFGLCK_F) >> 1) ||
		    iopmp->mdcfg[place.row] == (uint16_t)value)
			return;
		iopmp->mdcfg[place.row] = (uint16_t)value;
		xlat__iopmp_partition(iopmp);
		change->everything = true;
		break;
	case SRCMD:
		write_srcmd(iopmp, place.row, place.offset, value, load, change);
		break;
	case PERM:
		write_perm(iopmp, place.row, place.offset & 4, value, load, change);
		break;
	case ENTRY:
		write_entry(iopmp, place.row, place.offset, value, load, change);
		break;
	case NOWHERE:
		break;
	}
}
