/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.7: whether a transaction is legal. */
#include "models/iopmp/iopmp.h"

/* What a transaction needs, after what the model takes a fetch for (A.3). */
static uint16_t needs(const struct xlat_iopmp *iopmp, enum xlat_access access)
{
	switch (access) {
	case XLAT_READ:
		return CFG_R;
	case XLAT_WRITE:
		return CFG_W;
	case XLAT_EXEC:
		return xlat__iopmp_has(iopmp, XLAT_IOPMP_XINR) ? CFG_R : CFG_X;
	default:
		return XLAT__IOPMP_BOTH;
	}
}

static enum xlat_iopmp_etype illegal(uint16_t need)
{
	return need == CFG_R   ? XLAT_IOPMP_ILLEGAL_READ
	       : need == CFG_X ? XLAT_IOPMP_ILLEGAL_FETCH
			       : XLAT_IOPMP_ILLEGAL_WRITE;
}

/* R and W together allow both. */
static uint16_t with_both(uint16_t rights)
{
	return (rights & (CFG_R | CFG_W)) == (CFG_R | CFG_W) ? rights | XLAT__IOPMP_BOTH : rights;
}

/* 5.2: what the SRCMD table leaves an RRID of a domain. */
static uint16_t left_by_sps(const struct xlat_iopmp *iopmp, uint32_t rrid, unsigned domain)
{
	uint64_t bit = UINT64_C(2) << domain;
	uint16_t rights = 0;

	if (!xlat__iopmp_has(iopmp, XLAT_IOPMP_SPS))
		return CFG_R | CFG_W | CFG_X | XLAT__IOPMP_BOTH;
	rights |= iopmp->srcmd[XLAT__IOPMP_R][rrid] & bit ? CFG_R : 0;
	rights |= iopmp->srcmd[XLAT__IOPMP_W][rrid] & bit ? CFG_W : 0;
	rights |= iopmp->srcmd[XLAT__IOPMP_X][rrid] & bit ? CFG_X : 0;
	return with_both(rights);
}

/* A.4.3: what the table of format 2 adds; who may read may fetch. */
static uint16_t add_permissions(const struct xlat_iopmp *iopmp, uint32_t rrid, unsigned domain,
				uint16_t grants)
{
	uint64_t perm = iopmp->srcmd_perm[domain] >> (2 * rrid);
	uint16_t added = (perm & 1 ? CFG_R | CFG_X : 0) | (perm & 2 ? CFG_W : 0);

	/* What one of these lacks for both, an entry may have. */
	if ((added & CFG_R && grants & CFG_W) || (added & CFG_W && grants & CFG_R))
		grants |= XLAT__IOPMP_BOTH;
	return with_both(added) | grants;
}

static uint16_t granted(const struct xlat_iopmp *iopmp, uint32_t rrid, unsigned domain,
			uint16_t grants)
{
	switch (iopmp->config.srcmd_format) {
	case 0:
		return grants & left_by_sps(iopmp, rrid, domain);
	case 1:
		return grants;
	default:
		return add_permissions(iopmp, rrid, domain, grants);
	}
}

/* What matches, over all domains of an RRID, in order, as far as one with priority. */
static void match_all(struct xlat_iopmp *iopmp, uint32_t rrid, uint64_t first, uint64_t last,
		      bool index, struct xlat__iopmp_match *all)
{
	uint64_t domains = xlat__iopmp_domains_of(iopmp, rrid) >> 1;

	*all = (struct xlat__iopmp_match){.entry = XLAT__IOPMP_NONE, .last = UINT64_MAX};
	for (; domains; domains &= domains - 1) {
		unsigned domain = (unsigned)__builtin_ctzll(domains);
		struct xlat__iopmp_match match = {
			.entry = XLAT__IOPMP_NONE, .first = all->first, .last = all->last};

		xlat__iopmp_match(iopmp, domain, first, last, index, &match);
		all->first = match.first;
		all->last = match.last;
		if (match.entry == XLAT__IOPMP_NONE)
			continue;
		match.grants = granted(iopmp, rrid, domain, match.grants);
		/* Those of later domains have higher indexes: never priority after none. */
		if (all->entry == XLAT__IOPMP_NONE) {
			*all = match;
		} else {
			all->grants |= match.grants;
			all->suppresses &= match.suppresses;
		}
		if (match.priority)
			return;
	}
}

/* Global denials, and then the entries. */
static enum xlat_iopmp_etype judge(struct xlat_iopmp *iopmp,
				   const struct xlat_iopmp_request *request, bool index,
				   struct xlat_iopmp_decision *decision, uint16_t *suppresses)
{
	uint64_t length = request->length ? request->length - 1 : 0;
	uint64_t last = request->address + length;
	uint16_t need = needs(iopmp, request->access);
	struct xlat__iopmp_match match;

	if ((request->access == XLAT_WRITE || request->access == XLAT_ATOMIC) &&
	    xlat__iopmp_has(iopmp, XLAT_IOPMP_NO_W))
		return XLAT_IOPMP_NO_HIT;
	if (request->access == XLAT_EXEC && xlat__iopmp_has(iopmp, XLAT_IOPMP_NO_X))
		return XLAT_IOPMP_NO_HIT;
	if (last < request->address)
		last = UINT64_MAX;
	match_all(iopmp, request->rrid, request->address, last, index, &match);
	decision->first = match.first;
	decision->last = match.last;
	if (match.entry == XLAT__IOPMP_NONE)
		return XLAT_IOPMP_NO_HIT;
	decision->entry = match.entry;
	if (match.partial)
		return XLAT_IOPMP_PARTIAL_HIT;
	if (match.grants & need)
		return XLAT_IOPMP_NO_ERROR;
	*suppresses = match.suppresses;
	return illegal(need);
}

/* 2.8, 5.4: how an illegal transaction is answered. */
static void react(const struct xlat_iopmp *iopmp, uint16_t suppresses,
		  struct xlat_iopmp_decision *decision)
{
	/* sire, siwe, sixe in the order of their error types; sere, sewe, sexe three bits on. */
	unsigned local = decision->etype <= XLAT_IOPMP_ILLEGAL_FETCH ? decision->etype - 1u : 0;

	decision->verdict = XLAT_IOPMP_ILLEGAL;
	decision->interrupt = (iopmp->err_cfg & ERR_CFG_IE) && !(suppresses & CFG_SIRE << local);
	decision->bus_error = !(iopmp->err_cfg & ERR_CFG_RS) && !(suppresses & CFG_SERE << local);
}

/* With the lock. Everything but the record of an illegal transaction. */
static void check(struct xlat_iopmp *iopmp, const struct xlat_iopmp_request *request, bool index,
		  struct xlat_iopmp_decision *decision)
{
	uint16_t suppresses = 0;

	*decision = (struct xlat_iopmp_decision){
		.entry = XLAT_IOPMP_NO_ENTRY, .rrid = request->rrid, .last = UINT64_MAX};
	if (!iopmp->hwcfg0_enable)
		return;
	if (xlat__iopmp_has(iopmp, XLAT_IOPMP_RRID_TRANSL))
		decision->rrid = iopmp->hwcfg3 >> HWCFG3_RRID_TRANSL_SHIFT;
	if (request->rrid >= iopmp->config.rrids) {
		decision->etype = XLAT_IOPMP_UNKNOWN_RRID;
	} else if (xlat__iopmp_stalled(iopmp, request->rrid)) {
		if (!(iopmp->err_cfg & ERR_CFG_STALL_VIOLATION_EN)) {
			decision->verdict = XLAT_IOPMP_STALLED;
			return;
		}
		decision->etype = XLAT_IOPMP_STALL_VIOLATION;
	} else {
		decision->etype = judge(iopmp, request, index, decision, &suppresses);
	}
	if (decision->etype)
		react(iopmp, suppresses, decision);
}

void xlat_iopmp_check(struct xlat_iopmp *iopmp, const struct xlat_iopmp_request *request,
		      struct xlat_iopmp_decision *decision)
{
	bool message = false, illegal;

	pthread_mutex_lock(&iopmp->lock);
	check(iopmp, request, true, decision);
	illegal = decision->verdict == XLAT_IOPMP_ILLEGAL;
	if (illegal)
		message = xlat__iopmp_capture(iopmp, request, decision);
	pthread_mutex_unlock(&iopmp->lock);
	if (message)
		xlat__iopmp_send(iopmp, request->host_context);
	if (illegal)
		xlat__iopmp_drive_wire(iopmp);
}

void xlat_iopmp_peek(const struct xlat_iopmp *iopmp, const struct xlat_iopmp_request *request,
		     struct xlat_iopmp_decision *decision)
{
	/* Nothing but the lock changes. */
	struct xlat_iopmp *same = (struct xlat_iopmp *)(uintptr_t)iopmp;

	pthread_mutex_lock(&same->lock);
	check(same, request, false, decision);
	pthread_mutex_unlock(&same->lock);
}
