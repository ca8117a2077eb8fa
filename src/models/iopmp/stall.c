/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 5.7: which RRIDs wait while tables are changed. A stall is a snapshot of the SRCMD table; it is in
 * force for what begins from now on, and the host says when what began before is over (is_busy).
 */
#include "models/iopmp/iopmp.h"

bool xlat__iopmp_stalled(const struct xlat_iopmp *iopmp, uint32_t rrid)
{
	return iopmp->stalled[rrid / 64] >> rrid % 64 & 1;
}

/* Whether an RRID has any of the domains; in format 2, any right in one of them. */
static bool associated(const struct xlat_iopmp *iopmp, uint32_t rrid, uint64_t domains)
{
	if (iopmp->config.srcmd_format != 2)
		return xlat__iopmp_domains_of(iopmp, rrid) & domains;
	for (domains >>= 1; domains; domains &= domains - 1)
		if (iopmp->srcmd_perm[__builtin_ctzll(domains)] >> (2 * rrid) & 3)
			return true;
	return false;
}

static void set(struct xlat_iopmp *iopmp, uint32_t rrid, bool stalled,
		struct xlat__iopmp_change *change)
{
	if (stalled == xlat__iopmp_stalled(iopmp, rrid))
		return;
	iopmp->stalled[rrid / 64] ^= UINT64_C(1) << rrid % 64;
	if (stalled)
		xlat__iopmp_ended_rrid(change, rrid);
}

/* 5.7.3: bit 0 is exempt. */
void xlat__iopmp_write_mdstall(struct xlat_iopmp *iopmp, uint32_t value,
			       struct xlat__iopmp_change *change)
{
	bool exempt = value & MDSTALL_EXEMPT;

	if (!xlat__iopmp_has(iopmp, XLAT_IOPMP_STALL))
		return;
	iopmp->mdstall = (iopmp->mdstall >> 32 << 32) |
			 (value & (uint32_t)xlat__iopmp_domain_mask(iopmp));
	for (uint32_t rrid = 0; rrid < iopmp->config.rrids; rrid++)
		set(iopmp, rrid, exempt ^ associated(iopmp, rrid, iopmp->mdstall), change);
	iopmp->stalls++;
}

/* 5.7.4 */
void xlat__iopmp_write_rridscp(struct xlat_iopmp *iopmp, uint32_t value,
			       struct xlat__iopmp_change *change)
{
	unsigned op = value >> RRIDSCP_OP_SHIFT;

	if (!xlat__iopmp_has(iopmp, XLAT_IOPMP_STALL))
		return;
	iopmp->rridscp_rrid = value & RRIDSCP_RRID;
	if (iopmp->rridscp_rrid >= iopmp->config.rrids || (op != OP_STALL && op != OP_RESUME))
		return;
	set(iopmp, iopmp->rridscp_rrid, op == OP_STALL, change);
	iopmp->stalls++;
}

uint32_t xlat__iopmp_rridscp(const struct xlat_iopmp *iopmp)
{
	uint32_t rrid = iopmp->rridscp_rrid, stat;

	if (!xlat__iopmp_has(iopmp, XLAT_IOPMP_STALL))
		return 0;
	if (rrid >= iopmp->config.rrids)
		stat = STAT_UNSELECTABLE;
	else
		stat = xlat__iopmp_stalled(iopmp, rrid) ? STAT_STALLED : STAT_NOT_STALLED;
	return stat << RRIDSCP_OP_SHIFT | rrid;
}
