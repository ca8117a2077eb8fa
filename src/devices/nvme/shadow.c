/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shadow doorbells (5.7, 7.13). The host keeps tails and heads in a page of its own, laid out as the
 * doorbell registers, and writes a register only when it passes the value that we left in a second
 * page. The admin queue's doorbells are always the registers.
 */
#include "devices/nvme/nvme.h"

uint16_t xlat__nvme_doorbell_buffer(struct xlat_nvme *nvme, const struct nvme_command *command)
{
	uint64_t mask = (UINT64_C(1) << nvme->page_shift) - 1;
	uint32_t ignored;

	if ((NVME_PRP1(command) | NVME_PRP2(command)) & mask)
		return NVME_INVALID_FIELD | NVME_DNR;
	/* Memory that answers late is none to be looked at all the time. */
	if (xlat_dma_load_le32(nvme->sqs[0].dma, nvme->cqs[0].attrs, NVME_PRP1(command),
			       &ignored) == XLAT_RETRY)
		return NVME_INVALID_FIELD | NVME_DNR;
	/* 5.7: each is one page. */
	if (nvme->lanes * 8 > mask + 1)
		return NVME_INVALID_FIELD | NVME_DNR;
	__atomic_store_n(&nvme->shadow, NVME_PRP1(command), __ATOMIC_RELAXED);
	__atomic_store_n(&nvme->shadow_events, NVME_PRP2(command), __ATOMIC_RELAXED);
	nvme->has_shadow = true;
	for (unsigned i = 1; i < nvme->lanes; i++) {
		struct xlat__nvme_cq *cq = &nvme->cqs[i];

		if (!cq->live)
			continue;
		xlat__nvme_lock(cq);
		cq->shadowed = true;
		/* It may never have been at work. */
		cq->attrs = xlat_pci_function_attrs(nvme->function);
		for (unsigned j = 1; j < nvme->lanes; j++) {
			struct xlat__nvme_sq *sq = &nvme->sqs[j];

			if (sq->cq != cq)
				continue;
			/* The buffer begins with what the registers have. */
			(void)xlat_dma_store_le32(sq->dma, cq->attrs, nvme->shadow + j * 8,
						  sq->doorbell);
			xlat__nvme_shadow_wait_tail(nvme, sq, sq->doorbell);
			sq->shadowed = true;
		}
		(void)xlat_dma_store_le32(cq->dma, cq->attrs, nvme->shadow + i * 8 + 4, cq->head);
		xlat__nvme_shadow_wait_head(nvme, cq, cq->head);
		xlat__nvme_unlock(nvme, cq);
	}
	return NVME_SUCCESS;
}

/* What the host keeps there, if it is a place in the queue. */
static bool load(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t iova, uint32_t entries,
		 uint32_t *value)
{
	uint32_t found;

	if (xlat_dma_load_le32(dma, attrs, iova, &found) != XLAT_OK || found >= entries)
		return false;
	/* What the host stored before it is seen now. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	*value = found;
	return true;
}

bool xlat__nvme_shadow_tail(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint32_t *tail)
{
	return load(sq->dma, sq->cq->attrs,
		    __atomic_load_n(&nvme->shadow, __ATOMIC_RELAXED) + sq->id * UINT64_C(8),
		    sq->entries, tail);
}

bool xlat__nvme_shadow_head(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq, uint32_t *head)
{
	return load(cq->dma, cq->attrs,
		    __atomic_load_n(&nvme->shadow, __ATOMIC_RELAXED) + cq->id * UINT64_C(8) + 4,
		    cq->entries, head);
}

/* The host stores its index and loads ours; we store ours and load its: each behind a barrier. */
void xlat__nvme_shadow_wait_tail(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint32_t tail)
{
	(void)xlat_dma_store_le32(sq->dma, sq->cq->attrs,
				  __atomic_load_n(&nvme->shadow_events, __ATOMIC_RELAXED) +
					  sq->id * UINT64_C(8),
				  tail);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

void xlat__nvme_shadow_wait_head(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq, uint32_t head)
{
	(void)xlat_dma_store_le32(cq->dma, cq->attrs,
				  __atomic_load_n(&nvme->shadow_events, __ATOMIC_RELAXED) +
					  cq->id * UINT64_C(8) + 4,
				  head);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
