/* SPDX-License-Identifier: BSD-3-Clause */
/* The model's life, and translation. */
#include "models/sun4m/sun4m.h"
#include "base/config.h"

#include <errno.h>
#include <stdlib.h>

int xlat_sun4m_create(const struct xlat_sun4m_config *config, const struct xlat_model_host *host,
		      void *host_opaque, struct xlat_sun4m **created)
{
	struct xlat_sun4m *sun4m = calloc(1, sizeof(*sun4m));
	int error = 0;

	if (!sun4m)
		return -ENOMEM;
	if (config)
		error = xlat__config_copy(&sun4m->config, sizeof(sun4m->config), config);
	if (!error)
		error = xlat__config_copy(&sun4m->host, sizeof(sun4m->host), host);
	if (!error && (!sun4m->host.read || sun4m->config.iotlb_entries > XLAT_SUN4M_IOTLB_MOST))
		error = -EINVAL;
	if (!error) {
		sun4m->iotlb = xlat__iotlb_create(sun4m->config.iotlb_entries);
		if (!sun4m->iotlb)
			error = -ENOMEM;
	}
	if (error) {
		free(sun4m);
		return error;
	}
	sun4m->host_opaque = host_opaque;
	pthread_mutex_init(&sun4m->faults, NULL);
	*created = sun4m;
	return 0;
}

void xlat_sun4m_destroy(struct xlat_sun4m *sun4m)
{
	if (!sun4m)
		return;
	xlat__iotlb_destroy(sun4m->iotlb);
	pthread_mutex_destroy(&sun4m->faults);
	free(sun4m);
}

/* What a translation may do with the IOTLB, and whether it may leave traces. */
enum manner {
	WALK,
	PEEK,
	TRANSLATE,
};

static enum xlat_outcome refuse(struct xlat_sun4m_translation *translation, uint32_t cause)
{
	translation->cause = cause;
	return cause == XLAT_SUN4M_CAUSE_WRITE ? XLAT_DENIED : XLAT_FAULT;
}

/* A parity error in the table: the first is kept. */
static void record_memory(struct xlat_sun4m *sun4m, uint64_t address)
{
	pthread_mutex_lock(&sun4m->faults);
	if (sun4m->mfsr & MFSR_ERR) {
		__atomic_store_n(&sun4m->mfsr, sun4m->mfsr | MFSR_ME, __ATOMIC_RELAXED);
	} else {
		__atomic_store_n(&sun4m->mfar, (uint32_t)address, __ATOMIC_RELAXED);
		__atomic_store_n(&sun4m->mfsr, MFSR_ERR, __ATOMIC_RELAXED);
	}
	pthread_mutex_unlock(&sun4m->faults);
}

/*
 * The entry of a page: 0, or what is to be said instead. bad: where the table has a parity error.
 */
static enum xlat_outcome read_entry(const struct xlat_sun4m *sun4m, uint32_t ctrl,
				    const struct xlat_sun4m_request *request,
				    struct xlat_sun4m_translation *translation, uint64_t *bad)
{
	const struct xlat_model_attrs attrs = {.big_endian = true};
	uint64_t span = xlat__sun4m_span(ctrl), bytes_of_table = span >> (SUN4M_PAGE_SHIFT - 2);
	uint64_t table = (uint64_t)__atomic_load_n(&sun4m->base, __ATOMIC_ACQUIRE) << BASE_SHIFT;
	uint64_t at = (table & ~(bytes_of_table - 1)) |
		      (request->address & (span - 1)) >> SUN4M_PAGE_SHIFT << 2;
	uint8_t bytes[4];

	switch (sun4m->host.read(sun4m->host_opaque, request->host_context, at, bytes,
				 sizeof(bytes), attrs)) {
	case XLAT_MODEL_MEMORY_OK:
		translation->entry = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
				     (uint32_t)bytes[2] << 8 | bytes[3];
		return XLAT_OK;
	case XLAT_MODEL_MEMORY_RETRY:
		return XLAT_RETRY;
	case XLAT_MODEL_MEMORY_CORRUPT:
		*bad = at;
		break;
	case XLAT_MODEL_MEMORY_ACCESS_FAULT:
		break;
	}
	return refuse(translation, XLAT_SUN4M_CAUSE_TABLE);
}

/* An address that a slot's configuration, or the IOMMU being off, leads by the table. */
static bool pass_by(const struct xlat_sun4m *sun4m, uint32_t ctrl,
		    const struct xlat_sun4m_request *request,
		    struct xlat_sun4m_translation *translation)
{
	uint32_t sbcfg = 0;

	if (request->slot < XLAT_SUN4M_SLOTS)
		sbcfg = __atomic_load_n(&sun4m->sbcfg[request->slot], __ATOMIC_ACQUIRE);
	translation->rights = XLAT_RIGHT_RWX;
	if (sbcfg & SBCFG_BYPASS) {
		uint64_t first = request->address & ~(uint64_t)SBCFG_ADDRESS;

		translation->range = (struct xlat_range){first, first | SBCFG_ADDRESS};
		translation->address = sbcfg & SBCFG_SAB30 ? UINT64_C(1) << 30 : 0;
		return true;
	}
	translation->range = (struct xlat_range){0, UINT32_MAX};
	return !(ctrl & CTRL_ENAB);
}

static enum xlat_outcome by_table(const struct xlat_sun4m *sun4m, uint32_t ctrl,
				  const struct xlat_sun4m_request *request, enum manner manner,
				  struct xlat_sun4m_translation *translation, uint64_t *bad)
{
	bool writes = request->access == XLAT_WRITE || request->access == XLAT_ATOMIC;
	struct xlat__iotlb_entry held = {.valid = true, .range = translation->range};
	uint64_t changes = 0;

	if (manner != WALK && xlat__iotlb_find(sun4m->iotlb, request->address, manner == TRANSLATE,
					       &held, &changes)) {
		translation->entry = (uint32_t)held.entry;
	} else {
		enum xlat_outcome outcome = read_entry(sun4m, ctrl, request, translation, bad);

		if (outcome != XLAT_OK)
			return outcome;
		if (!(translation->entry & IOPTE_VALID))
			return refuse(translation, XLAT_SUN4M_CAUSE_NO_ENTRY);
		held.entry = translation->entry;
		if (manner == TRANSLATE)
			xlat__iotlb_fill(sun4m->iotlb, &held, changes);
	}
	if (writes && !(translation->entry & IOPTE_WRITE))
		return refuse(translation, XLAT_SUN4M_CAUSE_WRITE);
	translation->address = (uint64_t)(translation->entry & IOPTE_PAGE) << IOPTE_PAGE_SHIFT;
	translation->rights = translation->entry & IOPTE_WRITE ? XLAT_RIGHT_RWX : XLAT_RIGHT_RX;
	return XLAT_OK;
}

static enum xlat_outcome route(const struct xlat_sun4m *sun4m,
			       const struct xlat_sun4m_request *request, enum manner manner,
			       struct xlat_sun4m_translation *translation, uint64_t *bad)
{
	uint32_t ctrl = __atomic_load_n(&sun4m->ctrl, __ATOMIC_ACQUIRE);
	uint64_t page = request->address & ~(uint64_t)SUN4M_PAGE_MASK;
	uint64_t first = (UINT64_C(1) << 32) - xlat__sun4m_span(ctrl);

	*translation = (struct xlat_sun4m_translation){.rights = 0};
	if (request->address > UINT32_MAX) {
		translation->range = (struct xlat_range){UINT64_C(1) << 32, UINT64_MAX};
		return refuse(translation, XLAT_SUN4M_CAUSE_OUT_OF_RANGE);
	}
	if (pass_by(sun4m, ctrl, request, translation))
		return XLAT_OK;
	translation->rights = 0;
	if (request->address < first) {
		translation->range = (struct xlat_range){0, first - 1};
		return refuse(translation, XLAT_SUN4M_CAUSE_OUT_OF_RANGE);
	}
	translation->range = (struct xlat_range){page, page | SUN4M_PAGE_MASK};
	return by_table(sun4m, ctrl, request, manner, translation, bad);
}

/* The first one since AFSR was written is kept; later ones are only noted. */
static void record(struct xlat_sun4m *sun4m, const struct xlat_sun4m_request *request,
		   uint32_t cause)
{
	uint32_t afsr = AFSR_ERR | AFSR_FAV;
	unsigned size = 0;

	afsr |= cause == XLAT_SUN4M_CAUSE_TABLE ? AFSR_BE : AFSR_LE;
	if (request->access == XLAT_READ || request->access == XLAT_EXEC)
		afsr |= AFSR_RD;
	while (size < AFSR_SIZE_MOST && request->length >> (size + 1))
		size++;
	afsr |= size << AFSR_SIZE_SHIFT;
	pthread_mutex_lock(&sun4m->faults);
	if (sun4m->afsr & AFSR_FAV) {
		afsr = sun4m->afsr | AFSR_ME;
	} else {
		__atomic_store_n(&sun4m->afar, (uint32_t)request->address, __ATOMIC_RELAXED);
	}
	__atomic_store_n(&sun4m->afsr, afsr, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&sun4m->faults);
	if (sun4m->host.wire)
		sun4m->host.wire(sun4m->host_opaque, 0, true);
}

enum xlat_outcome xlat_sun4m_translate(struct xlat_sun4m *sun4m,
				       const struct xlat_sun4m_request *request,
				       struct xlat_sun4m_translation *translation)
{
	uint64_t bad = UINT64_MAX;
	enum xlat_outcome outcome = route(sun4m, request, TRANSLATE, translation, &bad);

	if (bad != UINT64_MAX)
		record_memory(sun4m, bad);
	if (outcome == XLAT_FAULT || outcome == XLAT_DENIED)
		record(sun4m, request, translation->cause);
	return outcome;
}

enum xlat_outcome xlat_sun4m_peek(const struct xlat_sun4m *sun4m,
				  const struct xlat_sun4m_request *request,
				  struct xlat_sun4m_translation *translation)
{
	uint64_t bad;

	return route(sun4m, request, PEEK, translation, &bad);
}

enum xlat_outcome xlat_sun4m_walk(const struct xlat_sun4m *sun4m,
				  const struct xlat_sun4m_request *request,
				  struct xlat_sun4m_translation *translation)
{
	uint64_t bad;

	return route(sun4m, request, WALK, translation, &bad);
}
