/* SPDX-License-Identifier: BSD-3-Clause */
#include "naive_iopmp.h"

#include "models/iopmp/bits.h"

#include <stdio.h>

static uint32_t get(const struct xlat_iopmp *iopmp, uint64_t offset)
{
	return (uint32_t)xlat_iopmp_look(iopmp, offset, 4);
}

static uint64_t get_pair(const struct xlat_iopmp *iopmp, uint64_t offset)
{
	return get(iopmp, offset) | (uint64_t)get(iopmp, offset + 4) << 32;
}

/* The domain that an entry belongs to, or -1. */
static int domain_of(const struct xlat_iopmp *iopmp, uint32_t entry)
{
	uint32_t domains = get(iopmp, REG_HWCFG0) >> HWCFG0_MD_NUM_SHIFT & 0x3f;
	uint32_t hwcfg3 = get(iopmp, REG_HWCFG3);
	uint32_t highest = 0;

	if (hwcfg3 & 3) {
		uint32_t k = (hwcfg3 >> HWCFG3_MD_ENTRY_NUM_SHIFT & 0x7f) + 1;

		return entry / k < domains ? (int)(entry / k) : -1;
	}
	for (uint32_t m = 0; m < domains; m++) {
		uint32_t t = get(iopmp, REG_MDCFG + 4 * m);

		/* An improper domain, that ends before one before it, has none. */
		if (entry >= highest && entry < t)
			return (int)m;
		highest = t > highest ? t : highest;
	}
	return -1;
}

static bool region(const struct xlat_iopmp *iopmp, uint32_t i, unsigned __int128 *first,
		   unsigned __int128 *end)
{
	uint64_t at = get(iopmp, REG_ENTRYOFFSET) + (uint64_t)i * ENTRY_SIZE;
	unsigned __int128 addr = get_pair(iopmp, at);
	unsigned __int128 size = 8;

	switch (get(iopmp, at + ENTRY_CFG) >> CFG_A_SHIFT & 3) {
	case A_OFF:
		return false;
	case A_TOR:
		*first = i ? (unsigned __int128)get_pair(iopmp, at - ENTRY_SIZE) << 2 : 0;
		*end = addr << 2;
		return *first < *end;
	case A_NA4:
		*first = addr << 2;
		*end = *first + 4;
		return true;
	default:
		for (; addr & 1; addr >>= 1)
			size *= 2;
		*first = ((unsigned __int128)get_pair(iopmp, at) << 2) / size * size;
		*end = *first + size;
		return true;
	}
}

/* The rights to a domain's entry: of the entry, and of the table of requesters. */
static unsigned rights(const struct xlat_iopmp *iopmp, uint32_t rrid, int domain, uint32_t cfg)
{
	unsigned format = get(iopmp, REG_HWCFG3) >> HWCFG3_SRCMD_FMT_SHIFT & 3;
	unsigned rwx = cfg & 7;
	uint64_t row = REG_SRCMD + (uint64_t)rrid * SRCMD_SIZE;

	if (format == 0 && (get(iopmp, REG_HWCFG2) & HWCFG2_SPS_EN)) {
		rwx &= (get_pair(iopmp, row + SRCMD_R) >> (domain + 1) & 1 ? CFG_R : 0) |
		       (get_pair(iopmp, row + SRCMD_W) >> (domain + 1) & 1 ? CFG_W : 0) |
		       (get_pair(iopmp, row + SRCMD_X) >> (domain + 1) & 1 ? CFG_X : 0);
	} else if (format == 2) {
		uint64_t perm = get_pair(iopmp, REG_SRCMD + (uint64_t)domain * SRCMD_SIZE);

		if (perm >> (2 * rrid) & 1)
			rwx |= CFG_R | CFG_X;
		if (perm >> (2 * rrid + 1) & 1)
			rwx |= CFG_W;
	}
	return rwx;
}

static bool associated(const struct xlat_iopmp *iopmp, uint32_t rrid, int domain)
{
	unsigned format = get(iopmp, REG_HWCFG3) >> HWCFG3_SRCMD_FMT_SHIFT & 3;

	if (domain < 0)
		return false;
	if (format == 0)
		return get_pair(iopmp, REG_SRCMD + (uint64_t)rrid * SRCMD_SIZE) >> (domain + 1) & 1;
	return format == 1 ? (uint32_t)domain == rrid : true;
}

/* 2.7, after what concerns the RRID. */
static enum xlat_iopmp_etype judge(const struct xlat_iopmp *iopmp,
				   const struct xlat_iopmp_request *request,
				   struct xlat_iopmp_decision *decision, bool *quiet, bool *soft)
{
	uint32_t hwcfg2 = get(iopmp, REG_HWCFG2), hwcfg3 = get(iopmp, REG_HWCFG3);
	uint32_t entries = get(iopmp, REG_HWCFG1) >> 16;
	uint32_t priority = hwcfg2 & HWCFG2_NON_PRIO_EN ? hwcfg2 & HWCFG2_PRIO_ENTRY : entries;
	unsigned __int128 begin = request->address;
	unsigned __int128 end = begin + (request->length ? request->length : 1);
	bool exec = request->access == XLAT_EXEC && !(hwcfg3 & HWCFG3_XINR);
	bool write = request->access == XLAT_WRITE || request->access == XLAT_ATOMIC;
	unsigned need = request->access == XLAT_ATOMIC ? CFG_R | CFG_W
			: write			       ? CFG_W
			: exec			       ? CFG_X
						       : CFG_R;
	unsigned kind = write ? 1 : exec ? 2 : 0;
	bool granted = false;

	/* Nothing lies behind the last address. */
	if (end > (unsigned __int128)UINT64_MAX + 1)
		end = (unsigned __int128)UINT64_MAX + 1;
	if ((write && (hwcfg3 & HWCFG3_NO_W)) ||
	    (request->access == XLAT_EXEC && (hwcfg3 & HWCFG3_NO_X)))
		return XLAT_IOPMP_NO_HIT;
	*quiet = *soft = true;
	for (uint32_t i = 0; i < entries; i++) {
		uint32_t cfg = get(iopmp, get(iopmp, REG_ENTRYOFFSET) + i * ENTRY_SIZE + ENTRY_CFG);
		int domain = domain_of(iopmp, i);
		unsigned __int128 first, last;
		bool any, all;

		if (!associated(iopmp, request->rrid, domain) || !region(iopmp, i, &first, &last))
			continue;
		any = begin < last && end > first;
		all = begin >= first && end <= last;
		if (i < priority ? !any : !all)
			continue;
		/* One that has priority hides the others; those that have none are after them. */
		if (decision->entry == XLAT_IOPMP_NO_ENTRY)
			decision->entry = i;
		*quiet &= cfg >> (5 + kind) & 1;
		*soft &= cfg >> (8 + kind) & 1;
		granted |= (rights(iopmp, request->rrid, domain, cfg) & need) == need;
		if (i >= priority)
			continue;
		if (!all) {
			*quiet = *soft = false;
			return XLAT_IOPMP_PARTIAL_HIT;
		}
		break;
	}
	if (decision->entry == XLAT_IOPMP_NO_ENTRY) {
		*quiet = *soft = false;
		return XLAT_IOPMP_NO_HIT;
	}
	if (granted)
		return XLAT_IOPMP_NO_ERROR;
	return write  ? XLAT_IOPMP_ILLEGAL_WRITE
	       : exec ? XLAT_IOPMP_ILLEGAL_FETCH
		      : XLAT_IOPMP_ILLEGAL_READ;
}

struct xlat_iopmp_decision naive_iopmp(const struct xlat_iopmp *iopmp,
				       const struct xlat_iopmp_request *request)
{
	struct xlat_iopmp_decision decision = {.entry = XLAT_IOPMP_NO_ENTRY, .rrid = request->rrid};
	uint32_t err_cfg = get(iopmp, REG_ERR_CFG), hwcfg3 = get(iopmp, REG_HWCFG3);
	bool quiet = false, soft = false;

	if (!(get(iopmp, REG_HWCFG0) & HWCFG0_ENABLE))
		return decision;
	if (hwcfg3 & HWCFG3_RRID_TRANSL_EN)
		decision.rrid = hwcfg3 >> HWCFG3_RRID_TRANSL_SHIFT;
	if (request->rrid >= (get(iopmp, REG_HWCFG1) & 0xffff))
		decision.etype = XLAT_IOPMP_UNKNOWN_RRID;
	else
		decision.etype = judge(iopmp, request, &decision, &quiet, &soft);
	if (!decision.etype)
		return decision;
	decision.verdict = XLAT_IOPMP_ILLEGAL;
	decision.interrupt = (err_cfg & ERR_CFG_IE) && !quiet;
	decision.bus_error = !(err_cfg & ERR_CFG_RS) && !soft;
	return decision;
}

/* --- The trial. */

static uint32_t choose(struct iopmp_trial *trial, uint32_t bound)
{
	return trial->choose(trial->opaque, bound);
}

static struct xlat_iopmp *make(struct iopmp_trial *trial)
{
	struct xlat_iopmp_config config = {
		.size = sizeof(config),
		.rrids = (uint16_t)(1 + choose(trial, 6)),
		.entries = (uint16_t)(1 + choose(trial, choose(trial, 4) ? 12 : 40)),
		.domains = (uint8_t)(1 + choose(trial, choose(trial, 4) ? 4 : 63)),
		.srcmd_format = (uint8_t)choose(trial, 3),
		.mdcfg_format = (uint8_t)choose(trial, 3),
		.domain_entries = (uint8_t)(1 + choose(trial, 20)),
	};
	struct xlat_iopmp *iopmp = NULL;

	if (choose(trial, 3)) {
		config.features = XLAT_IOPMP_BASELINE | XLAT_IOPMP_PEIS | XLAT_IOPMP_PEES;
		config.features |= choose(trial, 4) ? XLAT_IOPMP_TOR : 0;
		config.features |= choose(trial, 2) ? XLAT_IOPMP_ADDRH : 0;
		config.features |= choose(trial, 2) ? XLAT_IOPMP_NON_PRIORITY : 0;
		config.features |= choose(trial, 2) ? XLAT_IOPMP_PRIORITY_PROG : 0;
		config.features |= choose(trial, 8) ? 0 : XLAT_IOPMP_XINR;
		config.features |= choose(trial, 8) ? 0 : XLAT_IOPMP_NO_X;
		config.features |= choose(trial, 8) ? 0 : XLAT_IOPMP_NO_W;
		config.features |= choose(trial, 8) ? 0 : XLAT_IOPMP_RRID_TRANSL;
		if (config.srcmd_format == 0 && choose(trial, 2))
			config.features |= XLAT_IOPMP_SPS;
	}
	config.non_priority_entries = (uint16_t)choose(trial, config.entries + 1u);
	return xlat_iopmp_create(&config, NULL, NULL, &iopmp) ? NULL : iopmp;
}

/* Addresses that meet: few bits, near the beginning or the end. */
static uint64_t address(struct iopmp_trial *trial)
{
	uint64_t low = choose(trial, 0x100);

	return choose(trial, 16) ? low : 0 - low - 1;
}

/* A number with as many ones at its end as come: the sizes of NAPOT. */
static uint32_t encoded(struct iopmp_trial *trial)
{
	uint32_t value = (uint32_t)(address(trial) >> 2);

	return choose(trial, 2) ? value | ((1u << choose(trial, 5)) - 1) : value;
}

static void write_something(struct iopmp_trial *trial, struct xlat_iopmp *iopmp)
{
	uint32_t entries = get(iopmp, REG_HWCFG1) >> 16, rrids = get(iopmp, REG_HWCFG1) & 0xffff;
	uint32_t domains = get(iopmp, REG_HWCFG0) >> HWCFG0_MD_NUM_SHIFT & 0x3f;
	uint64_t entry =
		get(iopmp, REG_ENTRYOFFSET) + (uint64_t)choose(trial, entries) * ENTRY_SIZE;
	uint64_t row =
		REG_SRCMD + (uint64_t)choose(trial, rrids > domains ? rrids : domains) * SRCMD_SIZE;
	uint32_t random = choose(trial, 0x10000) << 16 | choose(trial, 0x10000);

	switch (choose(trial, 12)) {
	case 0:
	case 1:
	case 2:
		xlat_iopmp_write(iopmp, entry + ENTRY_ADDR, 4, encoded(trial));
		break;
	case 3:
		xlat_iopmp_write(iopmp, entry, 8,
				 choose(trial, 4) ? encoded(trial)
						  : encoded(trial) | UINT64_C(0x3fffffff) << 32);
		break;
	case 4:
	case 5:
	case 6:
		xlat_iopmp_write(iopmp, entry + ENTRY_CFG, 4, random);
		break;
	case 7:
		xlat_iopmp_write(iopmp, REG_MDCFG + 4 * choose(trial, domains), 4,
				 choose(trial, entries + 2));
		break;
	case 8:
	case 9:
		/* Not the lock. */
		xlat_iopmp_write(iopmp, row + 4 * choose(trial, 8), 4, random & ~1u);
		break;
	case 10:
		xlat_iopmp_write(iopmp, REG_ERR_CFG, 4, random & (ERR_CFG_IE | ERR_CFG_RS));
		break;
	default:
		xlat_iopmp_write(iopmp, choose(trial, 2) ? REG_HWCFG2 : REG_HWCFG3, 4,
				 choose(trial, entries + 2) | (random & 0x70));
	}
}

static bool differ(const struct xlat_iopmp_decision *a, const struct xlat_iopmp_decision *b)
{
	return a->verdict != b->verdict || a->etype != b->etype || a->entry != b->entry ||
	       a->bus_error != b->bus_error || a->interrupt != b->interrupt || a->rrid != b->rrid;
}

static const char *compare(struct iopmp_trial *trial, struct xlat_iopmp *iopmp)
{
	uint32_t rrids = get(iopmp, REG_HWCFG1) & 0xffff;
	struct xlat_iopmp_request request = {
		.size = sizeof(request),
		.rrid = choose(trial, rrids + (choose(trial, 8) ? 0 : 1)),
		.access = (enum xlat_access)choose(trial, 4),
		.address = address(trial),
		.length = choose(trial, choose(trial, 4) ? 9 : 100),
	};
	struct xlat_iopmp_decision expected = naive_iopmp(iopmp, &request), peeked, checked, inner;
	struct xlat_iopmp_request part = request;
	uint64_t last = request.address + (request.length ? request.length - 1 : 0);

	trial->checks++;
	xlat_iopmp_peek(iopmp, &request, &peeked);
	if (differ(&peeked, &expected))
		return "a peek is not what the specification says";
	xlat_iopmp_check(iopmp, &request, &checked);
	if (differ(&checked, &expected))
		return "a check is not what the specification says";
	if (last < request.address)
		return NULL;
	if (checked.first > request.address || checked.last < last)
		return "what a decision holds for does not include the transaction";
	/* Somewhere inside, near where the transaction was. */
	part.address = checked.first + choose(trial, 0x40);
	if (part.address > checked.last || part.address < checked.first)
		part.address = checked.first;
	part.length = 1 + choose(trial, 16);
	if (part.length - 1 > checked.last - part.address)
		part.length = checked.last - part.address + 1;
	if (part.address < request.address || part.address + part.length - 1 > last)
		xlat_iopmp_peek(iopmp, &part, &inner);
	else
		inner = peeked;
	/* A transaction that meets the limits of entries answers for itself alone. */
	if ((checked.first != request.address || checked.last != last) && differ(&inner, &checked))
		return "a decision does not hold where it says";
	return NULL;
}

const char *iopmp_trial_run(struct iopmp_trial *trial)
{
	struct xlat_iopmp *iopmp = make(trial);
	const char *wrong = NULL;

	if (!iopmp)
		return NULL;
	for (unsigned i = 0; i < 40; i++)
		write_something(trial, iopmp);
	xlat_iopmp_write(iopmp, REG_HWCFG0, 4, HWCFG0_ENABLE);
	for (unsigned i = 0; !wrong && i < trial->steps; i++) {
		/* Often nothing changes for long, so that indexes are made. */
		if (!choose(trial, i < trial->steps / 2 ? 3 : 40))
			write_something(trial, iopmp);
		wrong = compare(trial, iopmp);
	}
	xlat_iopmp_destroy(iopmp);
	return wrong;
}
