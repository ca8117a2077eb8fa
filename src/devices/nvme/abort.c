/* SPDX-License-Identifier: BSD-3-Clause */
/* The Abort command (5.1): it completes after its victim has, and says whether that was aborted. */
#include "devices/nvme/request.h"

uint16_t xlat__nvme_abort(struct xlat_nvme *nvme, const struct nvme_command *command,
			  uint32_t *result)
{
	uint16_t sqid = command->dword[10] & 0xffff, cid = command->dword[10] >> 16;
	struct xlat__nvme_abort *abort = NULL;
	struct xlat__nvme_cq *cq;
	bool found;

	*result = 1; /* not aborted */
	if (sqid >= nvme->lanes || !nvme->sqs[sqid].cq)
		return NVME_SUCCESS;
	if (sqid == 0) {
		if (xlat__nvme_event_abort(nvme, cid))
			*result = 0;
		return NVME_SUCCESS;
	}
	for (unsigned i = 0; i < XLAT__NVME_ABORTS && !abort; i++) {
		if (nvme->aborts[i].state == XLAT__NVME_ABORT_NONE)
			abort = &nvme->aborts[i];
	}
	if (!abort)
		return NVME_ABORT_LIMIT_EXCEEDED;
	cq = nvme->sqs[sqid].cq;
	xlat__nvme_lock(cq);
	found = xlat__nvme_cancel_one(nvme, &nvme->sqs[sqid], cid, abort);
	xlat__nvme_unlock(nvme, cq);
	if (!found)
		return NVME_SUCCESS;
	abort->cid = nvme_cid(command);
	nvme->cqs[0].reserved++;
	return NVME_LATER;
}

void xlat__nvme_finish_aborts(struct xlat_nvme *nvme)
{
	for (unsigned i = 0; i < XLAT__NVME_ABORTS; i++) {
		struct xlat__nvme_abort *abort = &nvme->aborts[i];
		uint32_t state = __atomic_load_n(&abort->state, __ATOMIC_ACQUIRE);

		if (state < XLAT__NVME_ABORT_DONE)
			continue;
		__atomic_store_n(&abort->state, XLAT__NVME_ABORT_NONE, __ATOMIC_RELAXED);
		nvme->cqs[0].reserved--;
		xlat__nvme_complete(nvme, &nvme->sqs[0], abort->cid, NVME_SUCCESS,
				    state == XLAT__NVME_ABORT_DONE ? 0 : 1);
	}
}

void xlat__nvme_aborts_forget(struct xlat_nvme *nvme)
{
	for (unsigned i = 0; i < nvme->lanes; i++) {
		struct xlat__nvme_sq *sq = &nvme->sqs[i];
		struct xlat__nvme_cq *cq = sq->cq;

		if (i == 0 || !cq)
			continue;
		xlat__nvme_lock(cq);
		xlat__nvme_requests_forget_aborts(sq);
		xlat__nvme_unlock(nvme, cq);
	}
	for (unsigned i = 0; i < XLAT__NVME_ABORTS; i++)
		__atomic_store_n(&nvme->aborts[i].state, XLAT__NVME_ABORT_NONE, __ATOMIC_RELAXED);
}
