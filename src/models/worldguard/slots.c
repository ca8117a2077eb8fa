/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Slots and their regions. Slot 0 has none: it says what becomes of what no slot matches. The last
 * one ends where the protected range does, and is off or TOR.
 */
#include "models/worldguard/worldguard.h"

uint64_t xlat__wg_perm_mask(const struct xlat_worldguard *wg)
{
	return UINT64_MAX >> (64 - 2 * wg->config.worlds);
}

/* In units of 4 bytes: of the first address behind the protected range. */
static uint64_t end_of(const struct xlat_worldguard *wg)
{
	if (!wg->config.length)
		return UINT64_C(1) << 62;
	return ((wg->config.base + wg->config.length - 1) >> 2) + 1;
}

uint64_t xlat__wg_slot_addr(const struct xlat_worldguard *wg, uint32_t i)
{
	const struct xlat__wg_slot *slot = &wg->slots[i];
	uint64_t rest = wg->config.granule / 4 - 1;

	if (i == 0)
		return wg->config.base >> 2;
	if (i == wg->config.slots)
		return end_of(wg);
	/* As the PMP shows its granularity. */
	return (slot->cfg & CFG_A) == A_NAPOT ? slot->addr | rest >> 1 : slot->addr & ~rest;
}

uint32_t xlat__wg_legal_cfg(const struct xlat_worldguard *wg, uint32_t i, uint32_t value)
{
	uint32_t legal = value & (CFG_ER | CFG_EW | CFG_IR | CFG_IW | CFG_L);
	uint32_t a = value & CFG_A;

	if (i == 0)
		return legal;
	if (i == wg->config.slots)
		return legal | (a == A_TOR || a == A_OFF ? a : wg->slots[i].cfg & A_TOR);
	/* Four bytes where more are the least: those. */
	if (a == A_NA4 && wg->config.granule > 4)
		a = A_NAPOT;
	return legal | a;
}

/* Where a slot that is TOR begins, by the one before it; in units of 4 bytes. */
static uint64_t end_of_slot(const struct xlat_worldguard *wg, uint32_t i)
{
	uint64_t addr = xlat__wg_slot_addr(wg, i);

	switch (wg->slots[i].cfg & CFG_A) {
	case A_NA4:
		return addr + 1;
	case A_NAPOT:
		return (addr | (addr + 1)) + 1;
	default:
		return addr;
	}
}

static void decode(struct xlat_worldguard *wg, uint32_t i)
{
	struct xlat__wg_slot *slot = &wg->slots[i];
	uint64_t addr = xlat__wg_slot_addr(wg, i), first, last, end = end_of(wg);

	slot->matches = i && (slot->cfg & CFG_A) != A_OFF;
	switch (slot->cfg & CFG_A) {
	case A_TOR:
		first = i ? end_of_slot(wg, i - 1) : addr;
		slot->matches &= first < addr;
		last = addr - 1;
		break;
	case A_NA4:
		first = last = addr;
		break;
	default:
		first = addr & (addr + 1);
		last = addr | (addr + 1);
	}
	/* Nothing but the protected range. */
	if (first < wg->config.base >> 2)
		first = wg->config.base >> 2;
	if (last > end - 1)
		last = end - 1;
	slot->matches &= first <= last;
	slot->first = first << 2;
	slot->last = last << 2 | 3;
}

static void note(struct xlat__wg_change *change, const struct xlat__wg_slot *slot)
{
	if (!slot->matches)
		return;
	change->ended[change->count][0] = slot->first;
	change->ended[change->count++][1] = slot->last;
}

void xlat__wg_decode(struct xlat_worldguard *wg, uint32_t i, struct xlat__wg_change *change)
{
	for (uint32_t at = i; at <= i + 1 && at <= wg->config.slots; at++) {
		struct xlat__wg_slot old = wg->slots[at];

		decode(wg, at);
		/* The next one only if it begins elsewhere now. */
		if (at != i && old.matches == wg->slots[at].matches &&
		    old.first == wg->slots[at].first && old.last == wg->slots[at].last)
			continue;
		note(change, &old);
		if (!old.matches || old.first != wg->slots[at].first ||
		    old.last != wg->slots[at].last)
			note(change, &wg->slots[at]);
	}
}

void xlat__wg_legalise(struct xlat_worldguard *wg)
{
	wg->errcause &= ERRCAUSE_WID | ERRCAUSE_R | ERRCAUSE_W | ERRCAUSE_BE | ERRCAUSE_IP;
	for (uint32_t i = 0; i <= wg->config.slots; i++) {
		struct xlat__wg_slot *slot = &wg->slots[i];

		slot->cfg = xlat__wg_legal_cfg(wg, i, slot->cfg);
		slot->perm &= i ? xlat__wg_perm_mask(wg) : 0;
		decode(wg, i);
	}
}
