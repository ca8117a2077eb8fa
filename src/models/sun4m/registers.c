/* SPDX-License-Identifier: BSD-3-Clause */
#include "models/sun4m/sun4m.h"

#include <errno.h>

/*
 * A register's place, the bits of it that are kept, and those that are always set; NULL: there is
 * none.
 */
static uint32_t *register_at(struct xlat_sun4m *sun4m, uint64_t offset, uint32_t *kept,
			     uint32_t *set)
{
	*kept = UINT32_MAX;
	*set = 0;
	switch (offset) {
	case IOMMU_CTRL:
		*kept = CTRL_RNGE | CTRL_ENAB;
		*set = (uint32_t)sun4m->config.version << CTRL_VERSION_SHIFT;
		return &sun4m->ctrl;
	case IOMMU_BASE:
		*kept = BASE_MASK;
		return &sun4m->base;
	case IOMMU_AFSR:
		*kept = AFSR_MASK;
		*set = AFSR_RESV;
		return &sun4m->afsr;
	case IOMMU_AFAR:
		return &sun4m->afar;
	case IOMMU_AER:
		*kept = AER_MASK;
		*set = AER_P0;
		return &sun4m->aer;
	case IOMMU_MFSR:
		*kept = MFSR_ERR | MFSR_ME;
		return &sun4m->mfsr;
	case IOMMU_MFAR:
		return &sun4m->mfar;
	case IOMMU_MID:
		*kept = MID_SBAE;
		*set = MID_MID;
		return &sun4m->mid;
	default:
		if (offset < IOMMU_SBCFG0 || offset > IOMMU_SBCFG3 || offset % 4)
			return NULL;
		*kept = SBCFG_MASK;
		return &sun4m->sbcfg[(offset - IOMMU_SBCFG0) / 4];
	}
}

uint32_t xlat_sun4m_read(struct xlat_sun4m *sun4m, uint64_t offset, unsigned size)
{
	uint32_t kept, set, *reg = size == 4 ? register_at(sun4m, offset, &kept, &set) : NULL;

	return reg ? __atomic_load_n(reg, __ATOMIC_ACQUIRE) | set : 0;
}

static void invalidate(struct xlat_sun4m *sun4m, const struct xlat_model_invalidation *told)
{
	if (sun4m->host.invalidate)
		sun4m->host.invalidate(sun4m->host_opaque, told);
}

static void flush(struct xlat_sun4m *sun4m, struct xlat_range range)
{
	xlat__iotlb_flush(sun4m->iotlb, range);
	invalidate(sun4m, &(struct xlat_model_invalidation){
				  .by_address = true, .first = range.first, .last = range.last});
}

/* Makes room for the next record; its register is one of AFSR and MFSR. */
static void forget(struct xlat_sun4m *sun4m, uint32_t *status)
{
	pthread_mutex_lock(&sun4m->faults);
	__atomic_store_n(status, 0, __ATOMIC_RELAXED);
	pthread_mutex_unlock(&sun4m->faults);
	if (status == &sun4m->afsr && sun4m->host.wire)
		sun4m->host.wire(sun4m->host_opaque, 0, false);
}

void xlat_sun4m_write(struct xlat_sun4m *sun4m, uint64_t offset, unsigned size, uint32_t value)
{
	uint32_t kept, set, *reg, page = value & ~SUN4M_PAGE_MASK;

	if (size != 4)
		return;
	if (offset == IOMMU_TLBFLUSH)
		flush(sun4m, (struct xlat_range){0, UINT64_MAX});
	if (offset == IOMMU_PGFLUSH)
		flush(sun4m, (struct xlat_range){page, page | SUN4M_PAGE_MASK});
	reg = register_at(sun4m, offset, &kept, &set);
	if (!reg || reg == &sun4m->afar || reg == &sun4m->mfar)
		return;
	if (reg == &sun4m->afsr || reg == &sun4m->mfsr) {
		forget(sun4m, reg);
		return;
	}
	/* A store that is made again changes nothing, and ends nothing. */
	if (__atomic_exchange_n(reg, value & kept, __ATOMIC_SEQ_CST) == (value & kept))
		return;
	/*
	 * What the host keeps of another table, or of none, ends; the IOTLB goes on until it is
	 * flushed.
	 */
	if (reg == &sun4m->ctrl || reg == &sun4m->base)
		invalidate(sun4m, &(struct xlat_model_invalidation){.by_device = false});
	else if (reg != &sun4m->aer && reg != &sun4m->mid)
		invalidate(sun4m,
			   &(struct xlat_model_invalidation){
				   .by_device = true, .device_id = (uint32_t)(reg - sun4m->sbcfg)});
}

bool xlat_sun4m_write_waits(const struct xlat_sun4m *sun4m, uint64_t offset)
{
	(void)sun4m;
	return offset <= IOMMU_PGFLUSH || (offset >= IOMMU_SBCFG0 && offset <= IOMMU_SBCFG3);
}

int xlat_sun4m_load(struct xlat_sun4m *sun4m, uint64_t offset, uint32_t value)
{
	uint32_t kept, set, *reg = register_at(sun4m, offset, &kept, &set);

	if (!reg)
		return -EINVAL;
	__atomic_store_n(reg, value & kept, __ATOMIC_SEQ_CST);
	return 0;
}

void xlat_sun4m_reset(struct xlat_sun4m *sun4m)
{
	for (uint64_t offset = 0; offset < XLAT_SUN4M_LENGTH; offset += 4)
		(void)!xlat_sun4m_load(sun4m, offset, 0);
	forget(sun4m, &sun4m->afsr);
	flush(sun4m, (struct xlat_range){0, UINT64_MAX});
}
