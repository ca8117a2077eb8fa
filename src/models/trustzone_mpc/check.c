/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether an access passes, and what becomes of one that does not. */
#include "models/trustzone_mpc/mpc.h"

static bool is_nonsecure(const struct xlat_trustzone_mpc *mpc, uint64_t block)
{
	return mpc->lut[block / 32] >> block % 32 & 1;
}

/*
 * The last block from one on, in a direction, that is like it. Words that are all alike go at once.
 */
static uint64_t run(const struct xlat_trustzone_mpc *mpc, uint64_t block, bool up)
{
	uint64_t blocks = mpc->config.length >> mpc->shift;
	bool nonsecure = is_nonsecure(mpc, block);
	uint32_t whole = nonsecure ? UINT32_MAX : 0;

	if (!up) {
		while (block && is_nonsecure(mpc, block - 1) == nonsecure)
			block -= block % 32 == 0 && mpc->lut[block / 32 - 1] == whole ? 32 : 1;
		return block;
	}
	while (block + 1 < blocks && is_nonsecure(mpc, block + 1) == nonsecure) {
		block++;
		if (block % 32 == 0 && block + 31 < blocks && mpc->lut[block / 32] == whole)
			block += 31;
	}
	return block;
}

/* The first offset that is blocked is in *blocked. With the lock. */
static void check(const struct xlat_trustzone_mpc *mpc,
		  const struct xlat_trustzone_mpc_request *request,
		  struct xlat_trustzone_mpc_decision *decision, uint64_t *blocked)
{
	uint64_t last = request->address + (request->length ? request->length - 1 : 0);
	uint64_t end = mpc->config.length - 1, at = request->address;

	*decision = (struct xlat_trustzone_mpc_decision){.bus_error = mpc->ctrl & CTRL_SEC_RESP,
							 .last = UINT64_MAX};
	*blocked = request->address;
	if (mpc->ctrl & CTRL_GATE_REQ) {
		decision->verdict = XLAT_TRUSTZONE_MPC_GATED;
		return;
	}
	if (last < request->address)
		last = UINT64_MAX;
	/* Piece by piece of blocks that are alike. */
	while (at <= end) {
		decision->first = run(mpc, at >> mpc->shift, false) << mpc->shift;
		decision->last = ((run(mpc, at >> mpc->shift, true) + 1) << mpc->shift) - 1;
		if (is_nonsecure(mpc, at >> mpc->shift) == request->secure ||
		    last <= decision->last)
			break;
		at = decision->last + 1;
	}
	*blocked = at;
	if (at > end) {
		decision->verdict = XLAT_TRUSTZONE_MPC_BLOCKED;
		decision->first = end + 1;
		decision->last = UINT64_MAX;
	} else if (is_nonsecure(mpc, at >> mpc->shift) == request->secure) {
		decision->verdict = XLAT_TRUSTZONE_MPC_BLOCKED;
	}
	/* What met several pieces answers for itself. */
	if (decision->first > request->address || decision->last < last) {
		decision->first = request->address;
		decision->last = last;
	}
}

static void capture(struct xlat_trustzone_mpc *mpc,
		    const struct xlat_trustzone_mpc_request *request, uint64_t blocked)
{
	bool inside = blocked < mpc->config.length;

	if (mpc->int_stat)
		return;
	mpc->int_stat = 1;
	mpc->int_info1 = (uint32_t)(mpc->config.base + blocked);
	mpc->int_info2 = request->master | (request->secure ? 0 : INFO2_HNONSEC) |
			 (inside && is_nonsecure(mpc, blocked >> mpc->shift) ? INFO2_CFG_NS : 0);
}

void xlat_trustzone_mpc_check(struct xlat_trustzone_mpc *mpc,
			      const struct xlat_trustzone_mpc_request *request,
			      struct xlat_trustzone_mpc_decision *decision)
{
	uint64_t blocked;

	pthread_mutex_lock(&mpc->lock);
	check(mpc, request, decision, &blocked);
	if (decision->verdict == XLAT_TRUSTZONE_MPC_BLOCKED)
		capture(mpc, request, blocked);
	pthread_mutex_unlock(&mpc->lock);
	if (decision->verdict == XLAT_TRUSTZONE_MPC_BLOCKED)
		xlat__mpc_drive_wire(mpc);
}

void xlat_trustzone_mpc_peek(const struct xlat_trustzone_mpc *mpc,
			     const struct xlat_trustzone_mpc_request *request,
			     struct xlat_trustzone_mpc_decision *decision)
{
	/* Nothing but the lock changes. */
	struct xlat_trustzone_mpc *same = (struct xlat_trustzone_mpc *)(uintptr_t)mpc;
	uint64_t blocked;

	pthread_mutex_lock(&same->lock);
	check(mpc, request, decision, &blocked);
	pthread_mutex_unlock(&same->lock);
}
