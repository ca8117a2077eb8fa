/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How a request uses the caches (2.8): looks there first, and leaves there what it had to read. Most
 * find all of it, and are answered from there at once; the others take the steps of 2.3, each of
 * which looks for what it needs.
 */
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
static bool uses_caches(const struct xlat_riscv_iommu_request *request)
{
	return !request->trace;
}

static bool recognizes_msis(const struct xlat__riscv_transaction *t)
{
	return (t->capabilities & CAP_MSI_FLAT) && ATP_MODE(t->dc.msiptp) != MSIPTP_OFF;
}

/* The address space of requests of the device, by what its first stage is. */
static uint64_t space_of(const struct xlat__riscv_transaction *t,
			 const struct xlat__riscv_first_stage *first, uint64_t pscid,
			 bool privileged)
{
	uint64_t space = 0;

	if (first->mode != IOSATP_BARE)
		space |= SPACE_PSCV | SPACE_PSCID(pscid) |
			 (!privileged  ? 0
			  : first->sum ? SPACE_SUM
				       : SPACE_SUPERVISOR);
	if (t->gv)
		space |= SPACE_GV | SPACE_GSCID(t->gscid);
	if (space && recognizes_msis(t))
		space |= SPACE_DEVICE(t->request->device_id);
	return space;
}

/* ... of those without a process id, unless a process directory decides. */
static uint64_t device_space(const struct xlat__riscv_transaction *t)
{
	struct xlat__riscv_first_stage first = xlat__riscv_first_stage_of(t->dc.fsc, 0);

	return t->dc.tc & TC_PDTV ? 0 : space_of(t, &first, DC_TA_PSCID(t->dc.ta), false);
}

unsigned xlat__riscv_device_context(struct xlat__riscv_transaction *t)
{
	struct xlat__riscv_caches *caches = t->iommu->caches;
	uint32_t did = t->request->device_id;
	unsigned cause;

	if (uses_caches(t->request) && xlat__riscv_find_dc(caches, did, &t->dc, &t->birth)) {
		xlat__riscv_adopt_device_context(t);
		return 0;
	}
	cause = xlat__riscv_locate_device_context(t);
	if (cause)
		return cause;
	xlat__riscv_adopt_device_context(t);
	if (!t->dry)
		t->birth = xlat__riscv_keep_dc(caches, t->noted, did, &t->dc, device_space(t));
	return 0;
}

unsigned xlat__riscv_process_context(struct xlat__riscv_transaction *t,
				     struct xlat__riscv_process_context *pc)
{
	struct xlat__riscv_caches *caches = t->iommu->caches;
	uint32_t did = t->request->device_id;
	struct xlat__riscv_first_stage first;
	uint64_t spaces[2] = {0};
	unsigned cause;

	if (uses_caches(t->request) &&
	    xlat__riscv_find_pc(caches, did, t->process_id, t->birth, pc))
		return 0;
	cause = xlat__riscv_locate_process_context(t, pc);
	if (cause || t->dry)
		return cause;
	first = xlat__riscv_first_stage_of(pc->fsc, pc->ta);
	spaces[0] = space_of(t, &first, PC_TA_PSCID(pc->ta), false);
	if (pc->ta & PC_TA_ENS)
		spaces[1] = space_of(t, &first, PC_TA_PSCID(pc->ta), true);
	xlat__riscv_keep_pc(caches, t->noted, did, t->process_id, t->birth, pc, spaces);
	return 0;
}

/* Two stages that are Bare need no cache. */
static bool is_cacheable(const struct xlat__riscv_transaction *t, uint64_t space)
{
	return t->iommu->caches->tlb && uses_caches(t->request) && space;
}

bool xlat__riscv_cached_translation(const struct xlat__riscv_transaction *t,
				    const struct xlat__riscv_first_stage *first,
				    struct xlat__riscv_mapping *mapping)
{
	uint64_t space, target, iova = t->request->iova;
	unsigned shift;

	/* A translation request wants to know more than is kept. */
	if (t->partial || t->missed)
		return false;
	space = space_of(t, first, t->pscid, t->privileged);
	if (!is_cacheable(t, space))
		return false;
	shift = xlat__riscv_find_translation(t->iommu->caches, space, iova, &target);
	/* What it does not grant may have been granted since, or is a fault for the tables to tell. */
	if (!shift || (t->rights & ~TARGET_RIGHTS(target)))
		return false;
	*mapping = (struct xlat__riscv_mapping){
		.address = TARGET_PAGE(target) | (iova & ((UINT64_C(1) << shift) - 1)),
		.shift = (uint8_t)shift,
		.leaf_shift = TARGET_LEAF_SHIFT(target),
		.rights = TARGET_RIGHTS(target),
		.pbmt = TARGET_PBMT(target),
		.global = target & TARGET_GLOBAL,
	};
	return true;
}

/*
 * Whether a request is one that caches can answer alone: nothing is traced or counted, and there is
 * a directory with room for the device (2.3 steps 1 and 5).
 */
static bool is_plain(const struct xlat_riscv_iommu *iommu,
		     const struct xlat_riscv_iommu_request *request)
{
	uint64_t mode = DDTP_IOMMU_MODE(xlat__riscv_register(iommu, REG_DDTP));

	return request->type == XLAT_RISCV_IOMMU_UNTRANSLATED && uses_caches(request) &&
	       !__atomic_load_n(&iommu->counting, __ATOMIC_RELAXED) && mode >= DDTP_MODE_1LVL &&
	       mode <= DDTP_MODE_3LVL &&
	       !xlat__riscv_device_id_too_wide(iommu, mode, request->device_id);
}

bool xlat__riscv_cached_answer(const struct xlat_riscv_iommu *iommu,
			       const struct xlat_riscv_iommu_request *request, bool *missed,
			       struct xlat_riscv_iommu_response *response)
{
	uint64_t space, target, ta, iova = request->iova;
	unsigned shift, rights;

	*missed = false;
	if (!is_plain(iommu, request))
		return false;
	rights = xlat__riscv_rights(request);
	space = xlat__riscv_find_space(iommu->caches, request, &ta);
	if (!space)
		return false;
	shift = xlat__riscv_find_translation(iommu->caches, space, iova, &target);
	*missed = !shift || (rights & ~TARGET_RIGHTS(target));
	if (*missed)
		return false;
	*response = (struct xlat_riscv_iommu_response){
		.address = TARGET_PAGE(target) | (iova & ((UINT64_C(1) << shift) - 1)),
		.page_shift = (uint8_t)shift,
		.leaf_shift = TARGET_LEAF_SHIFT(target),
		.rights = TARGET_RIGHTS(target),
		.pbmt = TARGET_PBMT(target),
		.global = target & TARGET_GLOBAL,
		.rcid = (uint16_t)DC_TA_RCID(ta),
		.mcid = (uint16_t)DC_TA_MCID(ta),
	};
	return true;
}

void xlat__riscv_cache_translation(const struct xlat__riscv_transaction *t,
				   const struct xlat__riscv_first_stage *first,
				   const struct xlat__riscv_mapping *mapping, uint64_t gpa,
				   uint8_t first_shift, uint8_t second_shift)
{
	uint64_t space = space_of(t, first, t->pscid, t->privileged);

	if (t->dry || !is_cacheable(t, space) || mapping->is_msi || !mapping->rights)
		return;
	if (t->partial && (!t->iommu->config.ats_fills_cache || (t->dc.tc & TC_T2GPA)))
		return;
	xlat__riscv_keep_translation(t->iommu->caches, t->noted, space, t->request->iova, mapping,
				     first->mode != IOSATP_BARE ? first_shift : 0,
				     t->gv ? second_shift : 0, gpa);
}
