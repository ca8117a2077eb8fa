/* SPDX-License-Identifier: BSD-3-Clause */
/* How a request uses the caches (2.8): looks there first, and leaves there what it had to read. */
#include "models/riscv/cache.h"
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

void xlat__riscv_adopt_device_context(struct xlat__riscv_transaction *t)
{
	t->dc_valid = true;
	t->gv = ATP_MODE(t->dc.iohgatp) != IOHGATP_BARE;
	t->gscid = t->gv ? (uint16_t)IOHGATP_GSCID(t->dc.iohgatp) : 0;
	t->attrs.rcid = (uint16_t)DC_TA_RCID(t->dc.ta);
	t->attrs.mcid = (uint16_t)DC_TA_MCID(t->dc.ta);
}

/* A request that is traced shows what is in memory. */
static bool uses_caches(const struct xlat__riscv_transaction *t)
{
	return !t->request->trace;
}

unsigned xlat__riscv_device_context(struct xlat__riscv_transaction *t)
{
	struct xlat__riscv_caches *caches = t->iommu->caches;
	uint32_t did = t->request->device_id;
	unsigned cause;

	if (uses_caches(t) && xlat__riscv_find_dc(caches, did, &t->dc, &t->birth)) {
		xlat__riscv_adopt_device_context(t);
		return 0;
	}
	cause = xlat__riscv_locate_device_context(t);
	if (cause)
		return cause;
	xlat__riscv_adopt_device_context(t);
	if (!t->dry)
		t->birth = xlat__riscv_keep_dc(caches, t->noted, did, &t->dc);
	return 0;
}

unsigned xlat__riscv_process_context(struct xlat__riscv_transaction *t,
				     struct xlat__riscv_process_context *pc)
{
	struct xlat__riscv_caches *caches = t->iommu->caches;
	uint32_t did = t->request->device_id;
	unsigned cause;

	if (uses_caches(t) && xlat__riscv_find_pc(caches, did, t->process_id, t->birth, pc))
		return 0;
	cause = xlat__riscv_locate_process_context(t, pc);
	if (!cause && !t->dry)
		xlat__riscv_keep_pc(caches, t->noted, did, t->process_id, t->birth, pc);
	return cause;
}

static bool recognizes_msis(const struct xlat__riscv_transaction *t)
{
	return (t->capabilities & CAP_MSI_FLAT) && ATP_MODE(t->dc.msiptp) != MSIPTP_OFF;
}

static struct xlat__riscv_tlb_tag tag_of(const struct xlat__riscv_transaction *t,
					 const struct xlat__riscv_first_stage *first)
{
	bool supervisor = first->mode != IOSATP_BARE && t->privileged;

	return (struct xlat__riscv_tlb_tag){
		.gv = t->gv,
		.pscv = t->pscv,
		.gscid = t->gscid,
		.pscid = t->pscid,
		.privilege = (uint8_t)(!supervisor  ? 0
				       : first->sum ? 2
						    : 1),
		.by_device = recognizes_msis(t),
		.did = t->request->device_id,
	};
}

/* Two stages that are Bare need no cache. A translation request wants to know more than it keeps. */
static bool is_cacheable(const struct xlat__riscv_transaction *t,
			 const struct xlat__riscv_first_stage *first)
{
	return t->iommu->caches->tlb && uses_caches(t) && (t->gv || first->mode != IOSATP_BARE);
}

bool xlat__riscv_cached_translation(struct xlat__riscv_transaction *t,
				    const struct xlat__riscv_first_stage *first,
				    struct xlat__riscv_mapping *mapping)
{
	struct xlat__riscv_tlb_tag tag;

	if (!is_cacheable(t, first) || t->partial)
		return false;
	tag = tag_of(t, first);
	/* What it does not grant may have been granted since, or is a fault for the tables to tell. */
	return xlat__riscv_find_translation(t->iommu->caches, &tag, t->request->iova, mapping) &&
	       !(t->rights & ~mapping->rights);
}

void xlat__riscv_cache_translation(struct xlat__riscv_transaction *t,
				   const struct xlat__riscv_first_stage *first,
				   const struct xlat__riscv_mapping *mapping, uint64_t gpa,
				   uint8_t first_shift, uint8_t second_shift)
{
	struct xlat__riscv_tlb_tag tag;

	if (t->dry || !is_cacheable(t, first) || mapping->is_msi || !mapping->rights)
		return;
	if (t->partial && (!t->iommu->config.ats_fills_cache || (t->dc.tc & TC_T2GPA)))
		return;
	tag = tag_of(t, first);
	xlat__riscv_keep_translation(t->iommu->caches, t->noted, &tag, t->request->iova, mapping,
				     first->mode != IOSATP_BARE ? first_shift : 0,
				     t->gv ? second_shift : 0, gpa);
}
