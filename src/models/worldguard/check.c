/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether an access is permitted, and what becomes of one that is not. */
#include "models/worldguard/worldguard.h"

/* What slots say together about one address. */
struct finding {
	unsigned perm;
	uint32_t cfg; /* how a denial is reported: of all that match, or of slot 0 */
	bool matched;
	uint64_t first, last; /* around it, the same */
};

static void look(const struct xlat_worldguard *wg, uint32_t wid, uint64_t address,
		 struct finding *finding)
{
	*finding = (struct finding){.last = UINT64_MAX};
	for (uint32_t i = 1; i <= wg->config.slots; i++) {
		const struct xlat__wg_slot *slot = &wg->slots[i];

		if (!slot->matches)
			continue;
		if (address < slot->first) {
			if (slot->first - 1 < finding->last)
				finding->last = slot->first - 1;
			continue;
		}
		if (address > slot->last) {
			if (slot->last + 1 > finding->first)
				finding->first = slot->last + 1;
			continue;
		}
		if (slot->first > finding->first)
			finding->first = slot->first;
		if (slot->last < finding->last)
			finding->last = slot->last;
		finding->matched = true;
		finding->cfg |= slot->cfg;
		if (wid < wg->config.worlds)
			finding->perm |= slot->perm >> (2 * wid) & 3;
	}
	if (!finding->matched)
		finding->cfg = wg->slots[0].cfg;
}

static unsigned needs(enum xlat_access access)
{
	return access == XLAT_ATOMIC ? PERM_R | PERM_W : access == XLAT_WRITE ? PERM_W : PERM_R;
}

/*
 * An access across regions is permitted where each byte is. Returns the first address that is not.
 */
static uint64_t check(const struct xlat_worldguard *wg,
		      const struct xlat_worldguard_request *request,
		      struct xlat_worldguard_decision *decision)
{
	uint64_t last = request->address + (request->length ? request->length - 1 : 0);
	unsigned need = needs(request->access), missing = 0;
	uint64_t address = request->address;
	struct finding finding;

	if (last < address)
		last = UINT64_MAX;
	for (;;) {
		look(wg, request->wid, address, &finding);
		missing = need & ~finding.perm;
		if (missing || finding.last >= last)
			break;
		address = finding.last + 1;
	}
	*decision = (struct xlat_worldguard_decision){
		.permitted = !missing,
		.bus_error = (missing & PERM_R && finding.cfg & CFG_ER) ||
			     (missing & PERM_W && finding.cfg & CFG_EW),
		.interrupt = (missing & PERM_R && finding.cfg & CFG_IR) ||
			     (missing & PERM_W && finding.cfg & CFG_IW),
		.first = finding.first,
		.last = finding.last,
	};
	/* What met several regions answers for itself. */
	if (finding.first > request->address || finding.last < last) {
		decision->first = request->address;
		decision->last = last;
	}
	return address;
}

/* The first denial that anybody is told of is kept, until both bits are cleared. */
static void capture(struct xlat_worldguard *wg, const struct xlat_worldguard_request *request,
		    const struct xlat_worldguard_decision *decision, uint64_t address)
{
	unsigned need = needs(request->access);

	if (wg->errcause & (ERRCAUSE_BE | ERRCAUSE_IP) ||
	    (!decision->bus_error && !decision->interrupt))
		return;
	wg->errcause = (request->wid & ERRCAUSE_WID) | (need & PERM_R ? ERRCAUSE_R : 0) |
		       (need & PERM_W ? ERRCAUSE_W : 0) | (decision->bus_error ? ERRCAUSE_BE : 0) |
		       (decision->interrupt ? ERRCAUSE_IP : 0);
	wg->erraddr = address >> 2;
}

void xlat_worldguard_check(struct xlat_worldguard *wg,
			   const struct xlat_worldguard_request *request,
			   struct xlat_worldguard_decision *decision)
{
	uint64_t address;

	pthread_mutex_lock(&wg->lock);
	address = check(wg, request, decision);
	if (!decision->permitted)
		capture(wg, request, decision, address);
	pthread_mutex_unlock(&wg->lock);
	if (decision->interrupt)
		xlat__wg_drive_wire(wg);
}

void xlat_worldguard_peek(const struct xlat_worldguard *wg,
			  const struct xlat_worldguard_request *request,
			  struct xlat_worldguard_decision *decision)
{
	/* Nothing but the lock changes. */
	struct xlat_worldguard *same = (struct xlat_worldguard *)(uintptr_t)wg;

	pthread_mutex_lock(&same->lock);
	check(wg, request, decision);
	pthread_mutex_unlock(&same->lock);
}
