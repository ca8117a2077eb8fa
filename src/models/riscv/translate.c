/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.3 Process to translate an IOVA. */
#include <string.h>

#include "models/riscv/cache.h"
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

/* What the two stages are to do: the outcome of steps 9 to 16. */
struct plan {
	bool done; /* step 8: the address is a physical one already */
	struct xlat__riscv_first_stage first;
};

static bool is_ats(const struct xlat_riscv_iommu_request *request)
{
	return request->type != XLAT_RISCV_IOMMU_UNTRANSLATED;
}

/* Step 7: whether the transaction is of a type that the device context does not allow. */
static bool type_disallowed(const struct xlat__riscv_transaction *t)
{
	const struct xlat_riscv_iommu_request *request = t->request;
	static const uint8_t pid_bits[] = {
		[PDTP_BARE] = 20,
		[PDTP_PD8] = 8,
		[PDTP_PD17] = 17,
		[PDTP_PD20] = 20,
	};

	if (is_ats(request) && !(t->dc.tc & TC_EN_ATS))
		return true;
	if (!request->process_id_valid)
		return false;
	return !(t->dc.tc & TC_PDTV) || request->process_id >> pid_bits[ATP_MODE(t->dc.fsc)];
}

/* The address space of the first stage has a name unless it is Bare. */
static void name_process(struct xlat__riscv_transaction *t,
			 const struct xlat__riscv_first_stage *first, uint64_t pscid)
{
	t->pscv = first->mode != IOSATP_BARE;
	t->pscid = t->pscv ? (uint32_t)pscid : 0;
}

/* Steps 8 to 16. */
static unsigned make_plan(struct xlat__riscv_transaction *t, struct plan *plan)
{
	struct xlat__riscv_process_context pc;
	unsigned cause;

	*plan = (struct plan){.first = {.mode = IOSATP_BARE}};
	if (t->request->type == XLAT_RISCV_IOMMU_TRANSLATED) {
		plan->done = !(t->dc.tc & TC_T2GPA);
		return 0;
	}
	if (!(t->dc.tc & TC_PDTV)) {
		plan->first = xlat__riscv_first_stage_of(t->dc.fsc, 0);
		name_process(t, &plan->first, DC_TA_PSCID(t->dc.ta));
		return 0;
	}
	if (!t->request->process_id_valid && !(t->dc.tc & TC_DPE))
		return 0;
	if (ATP_MODE(t->dc.fsc) == PDTP_BARE)
		return 0;
	t->process_id = t->request->process_id_valid ? t->request->process_id : 0;
	cause = xlat__riscv_process_context(t, &pc);
	if (cause)
		return cause;
	if (t->privileged && !(pc.ta & PC_TA_ENS))
		return CAUSE_TRANSACTION_TYPE_DISALLOWED;
	plan->first = xlat__riscv_first_stage_of(pc.fsc, pc.ta);
	name_process(t, &plan->first, PC_TA_PSCID(pc.ta));
	return 0;
}

static uint8_t smaller(uint8_t a, uint8_t b)
{
	return a < b ? a : b;
}

/* Steps 17 to 20. */
static unsigned run_stages(struct xlat__riscv_transaction *t, const struct plan *plan,
			   struct xlat__riscv_mapping *mapping)
{
	struct xlat__riscv_mapping first;
	bool is_msi = false, msis;
	uint8_t second_shift;
	unsigned cause;

	if (xlat__riscv_cached_translation(t, &plan->first, mapping))
		return 0;
	xlat__riscv_count(t, XLAT__RISCV_TLB_MISS);
	cause = xlat__riscv_first_stage(t, &plan->first, t->request->iova, &first);
	if (cause)
		return cause;
	msis = (t->capabilities & CAP_MSI_FLAT) && ATP_MODE(t->dc.msiptp) != MSIPTP_OFF;
	if (msis) {
		cause = xlat__riscv_translate_msi(t, first.address, &is_msi, mapping);
		if (cause)
			return cause;
	}
	if (!is_msi) {
		cause = xlat__riscv_second_stage(t, first.address, t->rights & first.rights,
						 XLAT__RISCV_ACCESS, mapping);
		if (cause)
			return cause;
	}

	second_shift = mapping->shift;
	mapping->shift = smaller(first.shift, second_shift);
	mapping->leaf_shift = plan->first.mode != IOSATP_BARE ? first.shift : 0;
	if (msis && !is_msi)
		mapping->shift = xlat__riscv_shift_without_msis(t, first.address, mapping->shift);
	mapping->rights &= first.rights;
	mapping->global = first.global && !is_msi;
	/* Svpbmt: the type of the first stage overrides that of the second. */
	if (first.pbmt)
		mapping->pbmt = first.pbmt;
	/* 2.1.3.1 T2GPA: the device is told the guest's address. */
	if (t->request->type == XLAT_RISCV_IOMMU_TRANSLATION_REQUEST && (t->dc.tc & TC_T2GPA))
		mapping->address = first.address;
	xlat__riscv_cache_translation(t, &plan->first, mapping, first.address, first.shift,
				      second_shift);
	return 0;
}

/* An address that passes as it is. */
static void pass(struct xlat__riscv_transaction *t, struct xlat__riscv_mapping *mapping)
{
	*mapping = (struct xlat__riscv_mapping){
		.address = t->request->iova,
		.shift = 63,
		.rights = XLAT_RIGHT_RWX,
	};
}

static unsigned translate(struct xlat__riscv_transaction *t, struct xlat__riscv_mapping *mapping)
{
	uint64_t mode = DDTP_IOMMU_MODE(t->ddtp);
	struct plan plan;
	unsigned cause;

	/* Step 1; the reserved modes are as Off. */
	if (mode == DDTP_MODE_OFF || mode > DDTP_MODE_3LVL)
		return CAUSE_ALL_INBOUND_DISALLOWED;
	if (mode == DDTP_MODE_BARE) {
		uint32_t qosid = (uint32_t)xlat__riscv_register(t->iommu, REG_IOMMU_QOSID);

		if (is_ats(t->request))
			return CAUSE_TRANSACTION_TYPE_DISALLOWED;
		t->attrs.rcid = (uint16_t)QOSID_RCID(qosid);
		t->attrs.mcid = (uint16_t)QOSID_MCID(qosid);
		pass(t, mapping);
		return 0;
	}
	if (xlat__riscv_device_id_too_wide(t->iommu, mode, t->request->device_id))
		return CAUSE_TRANSACTION_TYPE_DISALLOWED;
	cause = xlat__riscv_device_context(t);
	if (cause)
		return cause;
	if (type_disallowed(t))
		return CAUSE_TRANSACTION_TYPE_DISALLOWED;
	cause = make_plan(t, &plan);
	if (cause)
		return cause;
	if (plan.done) {
		pass(t, mapping);
		return 0;
	}
	return run_stages(t, &plan, mapping);
}

struct xlat__riscv_transaction xlat__riscv_begin(struct xlat_riscv_iommu *iommu,
						 const struct xlat_riscv_iommu_request *request,
						 bool dry)
{
	return (struct xlat__riscv_transaction){
		.iommu = iommu,
		.writable = dry ? NULL : iommu,
		.request = request,
		.dry = dry,
		.capabilities = xlat__riscv_register(iommu, REG_CAPABILITIES),
		.ddtp = xlat__riscv_register(iommu, REG_DDTP),
		.fctl = (uint32_t)xlat__riscv_register(iommu, REG_FCTL),
		.rights = xlat__riscv_rights(request),
		.partial = request->type == XLAT_RISCV_IOMMU_TRANSLATION_REQUEST,
		.privileged = request->process_id_valid && request->privileged,
		.noted = xlat__riscv_invalidations(iommu->caches),
	};
}

static void serve(struct xlat__riscv_transaction *t, struct xlat_riscv_iommu_response *response)
{
	static const uint8_t events[] = {
		[XLAT_RISCV_IOMMU_UNTRANSLATED] = XLAT__RISCV_UNTRANSLATED,
		[XLAT_RISCV_IOMMU_TRANSLATION_REQUEST] = XLAT__RISCV_TRANSLATION_REQUEST,
		[XLAT_RISCV_IOMMU_TRANSLATED] = XLAT__RISCV_TRANSLATED,
	};
	struct xlat__riscv_mapping mapping = {0};
	unsigned cause;

	xlat__riscv_count(t, (enum xlat__riscv_event)events[t->request->type]);
	cause = translate(t, &mapping);
	/* 4: what the debug registers cannot tell. */
	if (t->debug && !cause && mapping.is_mrif)
		cause = CAUSE_TRANSACTION_TYPE_DISALLOWED;
	xlat__riscv_respond(t, cause, &mapping, response);
	if (!t->dry && response->fault.reported)
		xlat__riscv_report(t->writable, &response->fault);
}

void xlat__riscv_serve_debug(struct xlat_riscv_iommu *iommu,
			     const struct xlat_riscv_iommu_request *request,
			     struct xlat_riscv_iommu_response *response)
{
	struct xlat__riscv_transaction t = xlat__riscv_begin(iommu, request, false);

	t.debug = true;
	serve(&t, response);
}

/* Apart, so that who is answered by the caches does not pay for what this needs. */
static __attribute__((noinline)) void
translate_by_steps(struct xlat_riscv_iommu *iommu, const struct xlat_riscv_iommu_request *request,
		   bool missed, struct xlat_riscv_iommu_response *response)
{
	struct xlat__riscv_transaction t = xlat__riscv_begin(iommu, request, false);

	t.missed = missed;
	serve(&t, response);
	/* What it left due: its record, an interrupt. */
	if (response->fault.reported || __atomic_load_n(&iommu->counting, __ATOMIC_RELAXED))
		xlat__riscv_settle(iommu);
}

void xlat_riscv_iommu_translate(struct xlat_riscv_iommu *iommu,
				const struct xlat_riscv_iommu_request *request,
				struct xlat_riscv_iommu_response *response)
{
	bool missed;

	if (!xlat__riscv_cached_answer(iommu, request, &missed, response))
		translate_by_steps(iommu, request, missed, response);
}

void xlat_riscv_iommu_peek(const struct xlat_riscv_iommu *iommu,
			   const struct xlat_riscv_iommu_request *request,
			   struct xlat_riscv_iommu_response *response)
{
	/* A dry request is never given the means to write. */
	struct xlat__riscv_transaction t =
		xlat__riscv_begin((struct xlat_riscv_iommu *)(uintptr_t)iommu, request, true);

	serve(&t, response);
}
