/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One access of a channel: asked for first where the function has ATS, parked where it has to wait
 * for a page, and otherwise made, at once or later.
 */
#include "devices/dma_engine.h"

#include <xlat/pci_capability.h>

enum {
	PASID_CONTROL = 6, /* PCIe 7.8.9.3: offset of the register */
	PASID_CAPABILITY = 4,
	PASID_PRIVILEGED = 4, /* bit 2 of both */
	PASID_ENABLE = 1,
	PASID_WIDTH = 8, /* of the capability: bits 8 to 12 */
};

bool xlat__engine_may(const struct xlat_dma_engine *engine, uint32_t pasid, bool privileged)
{
	uint32_t can = xlat_pci_function_config_load(engine->function,
						     engine->pasid_at + PASID_CAPABILITY, 2);
	uint32_t may = xlat_pci_function_config_load(engine->function,
						     engine->pasid_at + PASID_CONTROL, 2);

	if (!(may & PASID_ENABLE) || (privileged && !(may & PASID_PRIVILEGED)))
		return false;
	return pasid >> (can >> PASID_WIDTH & 31) == 0;
}

static struct xlat_attrs attrs_of(const struct xlat__engine_channel *channel,
				  const struct xlat__engine_access *access)
{
	const struct xlat_dma_engine_descriptor *descriptor = &channel->work.descriptor;
	struct xlat_attrs attrs = xlat_pci_function_attrs(channel->engine->function);

	if (access->of_descriptor && descriptor->control & XLAT_DMA_ENGINE_WITH_PASID) {
		attrs.pasid = descriptor->pasid;
		attrs.flags |= XLAT_ATTR_PASID;
		if (descriptor->control & XLAT_DMA_ENGINE_WITH_PRIVILEGE)
			attrs.flags |= XLAT_ATTR_PRIVILEGED;
	} else if (channel->work.control & XLAT_DMA_ENGINE_USE_PASID) {
		attrs.pasid = channel->work.pasid;
		attrs.flags |= XLAT_ATTR_PASID;
		if (channel->work.control & XLAT_DMA_ENGINE_PRIVILEGED)
			attrs.flags |= XLAT_ATTR_PRIVILEGED;
	}
	return attrs;
}

/* Whether a page fault is to be asked for. */
static bool asks_pages(const struct xlat__engine_channel *channel)
{
	const struct xlat_dma_engine *engine = channel->engine;

	return channel->work.control & XLAT_DMA_ENGINE_ASK_PAGES && engine->config.request_page &&
	       xlat_pci_pri_enabled(engine->function);
}

static void done(struct xlat_dma_op *op)
{
	((struct xlat__engine_channel *)op->opaque)->pending = false;
}

/* Parks a channel and asks for a page. WENT_ON: nobody has it. */
static enum xlat__engine_verdict ask_page(struct xlat__engine_channel *channel,
					  const struct xlat__engine_access *access, uint64_t iova)
{
	struct xlat_dma_engine *engine = channel->engine;
	struct xlat_dma_engine_page_request request = {
		.attrs = attrs_of(channel, access),
		.address = iova & ~(uint64_t)(XLAT__ENGINE_PAGE - 1),
		.read = !access->write,
		.write = access->write,
	};
	enum xlat_outcome outcome;

	pthread_mutex_lock(&engine->lock);
	/* A number of its own for each, so that no late answer is taken for another's. */
	channel->sequence = (channel->sequence + 1) % 16;
	request.group = (uint16_t)(channel->sequence << 5 | channel->number);
	channel->parked = true;
	channel->answer = XLAT__ENGINE_NO_ANSWER;
	channel->asked = iova;
	if (channel->registers.state == XLAT_DMA_ENGINE_RUNNING)
		channel->registers.state = XLAT_DMA_ENGINE_PARKED;
	pthread_mutex_unlock(&engine->lock);

	outcome = engine->config.request_page(engine->config.opaque, &request);

	pthread_mutex_lock(&engine->lock);
	if (outcome == XLAT_OK) {
		channel->registers.pages += !channel->cancel;
	} else {
		channel->parked = false;
		if (channel->registers.state == XLAT_DMA_ENGINE_PARKED)
			channel->registers.state = XLAT_DMA_ENGINE_RUNNING;
	}
	pthread_mutex_unlock(&engine->lock);
	if (outcome == XLAT_OK) {
		xlat__engine_raise(channel, XLAT_DMA_ENGINE_EVENT_PAGE);
		return XLAT__ENGINE_WAITS;
	}
	return outcome == XLAT_RETRY ? XLAT__ENGINE_RETRIES : XLAT__ENGINE_WENT_ON;
}

/* Asks for a translation, where that is the way. WENT_ON: the access is to be made. */
static enum xlat__engine_verdict ask_translation(struct xlat__engine_channel *channel,
						 const struct xlat__engine_access *access,
						 enum xlat_outcome *outcome)
{
	const struct xlat_dma_engine *engine = channel->engine;
	enum xlat_access kind = access->write ? XLAT_WRITE : XLAT_READ;
	unsigned rights = 0;

	if (!engine->config.translate || !xlat_pci_ats_enabled(engine->function))
		return XLAT__ENGINE_WENT_ON;
	*outcome = engine->config.translate(engine->config.opaque, attrs_of(channel, access), kind,
					    access->iova, &rights);
	if (*outcome == XLAT_RETRY)
		return XLAT__ENGINE_RETRIES;
	if (*outcome == XLAT_OK && !(rights & xlat_access_rights(kind)))
		return ask_page(channel, access, access->iova);
	return XLAT__ENGINE_WENT_ON;
}

static struct xlat_dma_op operation(struct xlat__engine_channel *channel,
				    const struct xlat__engine_access *access)
{
	return (struct xlat_dma_op){
		.size = sizeof(struct xlat_dma_op),
		.kind = access->write ? XLAT_DMA_WRITE : XLAT_DMA_READ,
		.attrs = attrs_of(channel, access),
		.iova = access->iova,
		.length = access->length,
		.buffer = access->bytes,
		.done = done,
		.opaque = channel,
	};
}

/*
 * Called again and again until it does not wait. An operation that has a buffer was submitted, and
 * is over when it is not pending.
 */
enum xlat__engine_verdict xlat__engine_make(struct xlat__engine_channel *channel,
					    const struct xlat__engine_access *access,
					    enum xlat_outcome *outcome, uint64_t *failed)
{
	struct xlat_dma_op *op = &channel->op;
	enum xlat__engine_verdict verdict = XLAT__ENGINE_WENT_ON;

	*outcome = XLAT_OK;
	*failed = access->iova;
	if (!op->buffer) {
		int submitted;

		if (asks_pages(channel))
			verdict = ask_translation(channel, access, outcome);
		if (verdict != XLAT__ENGINE_WENT_ON || *outcome != XLAT_OK)
			return verdict;
		*op = operation(channel, access);
		submitted = xlat_dma_submit(channel->dma, op);
		if (submitted == 0) {
			channel->pending = true;
			return XLAT__ENGINE_WAITS;
		}
		if (submitted < 0)
			op->result = (struct xlat_dma_result){.outcome = XLAT_DEVICE_ERROR,
							      .first_failed = access->iova};
	}
	op->buffer = NULL;
	*outcome = op->result.outcome;
	if (*outcome != XLAT_OK)
		*failed = op->result.first_failed;
	if (*outcome == XLAT_FAULT && asks_pages(channel))
		return ask_page(channel, access, *failed);
	return XLAT__ENGINE_WENT_ON;
}
