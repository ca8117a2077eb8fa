/* SPDX-License-Identifier: BSD-3-Clause */
/* Controller registers (3.1), enabling, shutdown, resets (7.3, 7.6). */
#include "devices/nvme/nvme.h"

#include <xlat/implement/mmio.h>

/* Stops lanes as far as nothing of theirs is in flight. Whether all are. */
static bool stop_lanes(struct xlat_nvme *nvme)
{
	bool all = true;

	for (unsigned i = 0; i < nvme->lanes; i++) {
		struct xlat__nvme_cq *cq = &nvme->cqs[i];
		struct xlat__nvme_sq *sq, *next;

		if (!cq->dma)
			continue;
		if (i)
			xlat__nvme_lock(cq);
		__atomic_store_n(&cq->entries, 0, __ATOMIC_RELAXED);
		cq->live = false;
		xlat__nvme_interrupt_pending(nvme, cq, false);
		xlat__list_for_each(sq, next, &cq->sqs, struct xlat__nvme_sq, link)
		{
			__atomic_store_n(&sq->entries, 0, __ATOMIC_RELAXED);
			xlat__nvme_cancel_all(nvme, sq, NVME_ABORTED_SQ_DELETION);
			sq->deleting = true;
			sq->delete_asked = false;
			if (sq->in_flight == 0)
				xlat__nvme_sq_stop(nvme, sq);
		}
		if (xlat__list_empty(&cq->sqs))
			xlat__nvme_cq_stop(nvme, cq);
		else
			all = false;
		if (i)
			xlat__nvme_unlock(nvme, cq);
	}
	return all;
}

/* 7.3.2: what every controller level reset does. */
static void begin_stop(struct xlat_nvme *nvme)
{
	nvme->stopping = true;
	nvme->event_requests = 0;
	nvme->events_masked = 0;
	nvme->has_shadow = false;
	for (unsigned i = 0; i < EVENT_TYPES; i++)
		__atomic_store_n(&nvme->events[i], 0, __ATOMIC_RELAXED);
	xlat__nvme_aborts_forget(nvme);
	xlat__nvme_features_reset(nvme);
}

/* 7.6.1: the admin queues, where AQA, ASQ and ACQ say. */
static void start(struct xlat_nvme *nvme)
{
	unsigned shift = (nvme->cc >> CC_MPS_SHIFT & 15) + 12;
	uint64_t mask = (UINT64_C(1) << shift) - 1;
	uint32_t submission = (nvme->aqa & 0xfff) + 1, completion = (nvme->aqa >> 16 & 0xfff) + 1;

	if (shift > 16 || submission < 2 || completion < 2 || (nvme->asq & mask) ||
	    (nvme->acq & mask) || (nvme->cc >> CC_CSS_SHIFT & 7) != 0 ||
	    (nvme->cc >> CC_AMS_SHIFT & 7) != 0) {
		xlat__nvme_fail(nvme);
		return;
	}
	nvme->page_shift = shift;
	if (xlat__nvme_cq_start(nvme, 0, nvme->acq, completion, 0, true)) {
		xlat__nvme_fail(nvme);
		return;
	}
	if (xlat__nvme_sq_start(nvme, 0, nvme->asq, submission, &nvme->cqs[0])) {
		xlat__nvme_cq_stop(nvme, &nvme->cqs[0]);
		xlat__nvme_fail(nvme);
		return;
	}
	__atomic_fetch_or(&nvme->csts, CSTS_RDY, __ATOMIC_RELEASE);
}

void xlat__nvme_advance(struct xlat_nvme *nvme)
{
	uint32_t csts;

	if (__atomic_exchange_n(&nvme->reset_wanted, false, __ATOMIC_ACQUIRE)) {
		begin_stop(nvme);
		__atomic_store_n(&nvme->cc, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&nvme->aqa, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&nvme->asq, 0, __ATOMIC_RELAXED);
		__atomic_store_n(&nvme->acq, 0, __ATOMIC_RELAXED);
		xlat__nvme_interrupt_mask(nvme, 0, UINT32_MAX);
		__atomic_fetch_and(&nvme->csts, CSTS_NSSRO | CSTS_RDY, __ATOMIC_RELAXED);
	}
	if (nvme->stopping) {
		if (!stop_lanes(nvme))
			return;
		nvme->stopping = false;
		__atomic_fetch_and(&nvme->csts, CSTS_NSSRO, __ATOMIC_RELEASE);
	}
	csts = __atomic_load_n(&nvme->csts, __ATOMIC_RELAXED);
	if ((nvme->cc & CC_EN) && !(csts & (CSTS_RDY | CSTS_CFS)))
		start(nvme);
	if (csts & CSTS_RDY) {
		xlat__nvme_finish_deletions(nvme);
		xlat__nvme_finish_aborts(nvme);
	}
}

void xlat__nvme_reset(struct xlat_nvme *nvme, bool subsystem)
{
	__atomic_store_n(&nvme->reset_wanted, true, __ATOMIC_RELEASE);
	if (subsystem)
		__atomic_fetch_or(&nvme->csts, CSTS_NSSRO, __ATOMIC_RELAXED);
	if (xlat__nvme_inside(nvme)) {
		xlat__nvme_ring_later(nvme, &nvme->cqs[0]);
		return;
	}
	xlat__nvme_lock(&nvme->cqs[0]);
	xlat__nvme_advance(nvme);
	xlat__nvme_unlock(nvme, &nvme->cqs[0]);
}

/* 7.6.2: what was written is on the medium. */
static void shut_down(struct xlat_nvme *nvme)
{
	for (unsigned i = 0; i < nvme->config.namespace_count; i++) {
		if (xlat_block_flush(nvme->namespaces[i].block))
			xlat__nvme_fail(nvme);
	}
	__atomic_fetch_or(&nvme->csts, CSTS_SHST_COMPLETE, __ATOMIC_RELEASE);
}

static void write_cc(struct xlat_nvme *nvme, uint32_t value)
{
	uint32_t before = nvme->cc;
	/* 3.1.5: while enabled, only these change. */
	uint32_t changeable = CC_EN | 3u << CC_SHN_SHIFT | 15u << CC_IOSQES_SHIFT |
			      15u << CC_IOCQES_SHIFT;

	value &= CC_WRITABLE;
	if (before & CC_EN)
		value = (before & ~changeable) | (value & changeable);
	__atomic_store_n(&nvme->cc, value, __ATOMIC_RELAXED);
	if ((before & CC_EN) && !(value & CC_EN))
		begin_stop(nvme);
	if (!(before >> CC_SHN_SHIFT & 3) && (value >> CC_SHN_SHIFT & 3))
		shut_down(nvme);
	xlat__nvme_advance(nvme);
}

static void set_half(uint64_t *quad, uint64_t offset, uint32_t value)
{
	unsigned shift = offset & 4 ? 32 : 0;

	__atomic_store_n(quad,
			 (*quad & ~(UINT64_C(0xffffffff) << shift)) | (uint64_t)value << shift,
			 __ATOMIC_RELAXED);
}

static void write_register(struct xlat_nvme *nvme, uint64_t offset, uint32_t value)
{
	bool enabled = nvme->cc & CC_EN;

	switch (offset) {
	case NVME_CC:
		write_cc(nvme, value);
		break;
	case NVME_CSTS:
		if (value & CSTS_NSSRO)
			__atomic_fetch_and(&nvme->csts, ~(uint32_t)CSTS_NSSRO, __ATOMIC_RELAXED);
		break;
	case NVME_AQA:
		if (!enabled)
			__atomic_store_n(&nvme->aqa, value & 0x0fff0fff, __ATOMIC_RELAXED);
		break;
	case NVME_ASQ:
	case NVME_ASQ + 4:
		if (!enabled)
			set_half(&nvme->asq, offset, offset & 4 ? value : value & ~0xfffu);
		break;
	case NVME_ACQ:
	case NVME_ACQ + 4:
		if (!enabled)
			set_half(&nvme->acq, offset, offset & 4 ? value : value & ~0xfffu);
		break;
	default:
		break;
	}
}

static enum xlat_outcome on_write(void *opaque, const struct xlat_mmio_access *access,
				  uint64_t value)
{
	struct xlat_nvme *nvme = opaque;

	if (access->offset >= NVME_DOORBELLS) {
		xlat__nvme_doorbell(nvme, (unsigned)(access->offset - NVME_DOORBELLS) / 4,
				    (uint32_t)value);
		return XLAT_OK;
	}
	switch (access->offset) {
	case NVME_INTMS:
		xlat__nvme_interrupt_mask(nvme, (uint32_t)value, 0);
		return XLAT_OK;
	case NVME_INTMC:
		xlat__nvme_interrupt_mask(nvme, 0, (uint32_t)value);
		return XLAT_OK;
	case NVME_NSSR:
		if (value == NVME_NSSR_VALUE)
			xlat__nvme_reset(nvme, true);
		return XLAT_OK;
	default:
		break;
	}
	/* A command's data at our own registers. */
	if (xlat__nvme_inside(nvme))
		return XLAT_DEVICE_ERROR;
	xlat__nvme_lock(&nvme->cqs[0]);
	write_register(nvme, access->offset, (uint32_t)value);
	xlat__nvme_unlock(nvme, &nvme->cqs[0]);
	return XLAT_OK;
}

/* Registers are read as they are, without a lock: each is written in one piece. */
static enum xlat_outcome on_read(void *opaque, const struct xlat_mmio_access *access,
				 uint64_t *value)
{
	struct xlat_nvme *nvme = opaque;
	unsigned half = access->offset & 4 ? 32 : 0;

	*value = 0;
	switch (access->offset) {
	case NVME_CAP:
	case NVME_CAP + 4:
		*value = nvme->cap >> half;
		break;
	case NVME_VS:
		*value = NVME_VERSION_1_4;
		break;
	case NVME_INTMS:
	case NVME_INTMC:
		*value = __atomic_load_n(&nvme->masked, __ATOMIC_RELAXED);
		break;
	case NVME_CC:
		*value = __atomic_load_n(&nvme->cc, __ATOMIC_RELAXED);
		break;
	case NVME_CSTS:
		*value = __atomic_load_n(&nvme->csts, __ATOMIC_ACQUIRE);
		break;
	case NVME_AQA:
		*value = __atomic_load_n(&nvme->aqa, __ATOMIC_RELAXED);
		break;
	case NVME_ASQ:
	case NVME_ASQ + 4:
		*value = __atomic_load_n(&nvme->asq, __ATOMIC_RELAXED) >> half;
		break;
	case NVME_ACQ:
	case NVME_ACQ + 4:
		*value = __atomic_load_n(&nvme->acq, __ATOMIC_RELAXED) >> half;
		break;
	default:
		break;
	}
	*value &= UINT32_MAX;
	return XLAT_OK;
}

const struct xlat_mmio_ops xlat__nvme_registers = {
	.size = sizeof(xlat__nvme_registers),
	.read = on_read,
	.write = on_write,
	.valid = {.min = 4, .max = 8},
	.implemented = {.min = 4, .max = 4},
	.order = XLAT_LITTLE_ENDIAN,
	.lockless = true,
};
