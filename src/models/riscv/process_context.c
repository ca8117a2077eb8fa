/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 2.2 Process-directory table, and 2.3.2 how the process context of a request is located in it.
 *
 *   process id:  PDI[2] 19:17  PDI[1] 16:8  PDI[0] 7:0    (PC of 16 bytes)
 */
#include "models/riscv/iommu.h"

/* 2.2.4 Process-context configuration checks: what is wrong, or NULL. */
static const char *misconfigured(const struct xlat__riscv_transaction *t,
				 const struct xlat__riscv_process_context *pc)
{
	if (pc->ta & PC_TA_RESERVED)
		return "misconfigured: ta has reserved bits set";
	if (pc->fsc & ATP_RESERVED)
		return "misconfigured: fsc has reserved bits set";
	if (!xlat__riscv_first_stage_mode_supported(t->capabilities, t->dc.tc & TC_SXL,
						    ATP_MODE(pc->fsc)))
		return "misconfigured: fsc.MODE is not supported";
	return NULL;
}

static unsigned memory_cause(enum xlat_model_memory memory)
{
	return xlat__riscv_memory_cause(memory, CAUSE_PDT_DATA_CORRUPTION,
					CAUSE_PDT_ENTRY_LOAD_ACCESS_FAULT);
}

/* 2.3.2 step 2: where a table that the guest placed really is. */
static unsigned place(struct xlat__riscv_transaction *t, uint64_t *a,
		      struct xlat_model_attrs *attrs)
{
	struct xlat__riscv_mapping mapping;
	unsigned cause;

	if (ATP_MODE(t->dc.iohgatp) == IOHGATP_BARE)
		return 0;
	cause = xlat__riscv_second_stage(t, *a, XLAT_RIGHT_R, XLAT__RISCV_IMPLICIT_READ, &mapping);
	if (cause)
		return cause;
	*a = mapping.address;
	attrs->pbmt = mapping.pbmt;
	return 0;
}

/* 2.3.2 steps 4 to 8: one non-leaf entry; *a becomes the next table. */
static unsigned descend(struct xlat__riscv_transaction *t, unsigned level, unsigned index,
			uint64_t guest, uint64_t *a, struct xlat_model_attrs attrs)
{
	uint64_t at = *a + index * UINT64_C(8), pdte;
	enum xlat_model_memory memory = xlat__riscv_read(t, at, &pdte, 1, attrs);
	const char *meaning = "pointer to the next level";
	unsigned cause = 0;

	if (memory != XLAT_MODEL_MEMORY_OK)
		return memory_cause(memory);
	if (!(pdte & DDTE_V)) {
		meaning = "not valid";
		cause = CAUSE_PDT_ENTRY_NOT_VALID;
	} else if (pdte & DDTE_RESERVED) {
		meaning = "misconfigured: reserved bits set";
		cause = CAUSE_PDT_ENTRY_MISCONFIGURED;
	}
	xlat__riscv_trace(t, XLAT_RISCV_IOMMU_STEP_PDT, level, at, guest + index * UINT64_C(8),
			  pdte, meaning);
	*a = DDTE_PPN(pdte) << 12;
	return cause;
}

/* 2.3.2 steps 9 to 11: the process context itself. */
static unsigned load(struct xlat__riscv_transaction *t, uint64_t at, uint64_t guest,
		     struct xlat__riscv_process_context *pc, struct xlat_model_attrs attrs)
{
	uint64_t words[2];
	enum xlat_model_memory memory = xlat__riscv_read(t, at, words, 2, attrs);
	const char *why = NULL;
	unsigned cause = 0;

	if (memory != XLAT_MODEL_MEMORY_OK)
		return memory_cause(memory);
	*pc = (struct xlat__riscv_process_context){.ta = words[0], .fsc = words[1]};
	if (!(pc->ta & PC_TA_V)) {
		why = "not valid";
		cause = CAUSE_PDT_ENTRY_NOT_VALID;
	} else {
		why = misconfigured(t, pc);
		if (why)
			cause = CAUSE_PDT_ENTRY_MISCONFIGURED;
	}
	for (unsigned i = 0; i < 2; i++)
		xlat__riscv_trace(t, XLAT_RISCV_IOMMU_STEP_PC, i, at + 8 * i, guest + 8 * i,
				  words[i], why ? (i == 0 ? why : "") : NULL);
	return cause;
}

unsigned xlat__riscv_locate_process_context(struct xlat__riscv_transaction *t,
					    struct xlat__riscv_process_context *pc)
{
	uint32_t pid = t->process_id;
	unsigned pdi[3] = {pid & 0xff, (pid >> 8) & 0x1ff, (pid >> 17) & 7};
	unsigned i = (unsigned)(ATP_MODE(t->dc.fsc) - PDTP_PD8);
	uint64_t a = ATP_PPN(t->dc.fsc) << 12, guest;
	struct xlat_model_attrs attrs = t->attrs;
	unsigned cause;

	attrs.big_endian = t->dc.tc & TC_SBE;
	xlat__riscv_count(t, XLAT__RISCV_PDT_WALK);
	for (;; i--) {
		guest = a;
		cause = place(t, &a, &attrs);
		if (cause)
			return cause;
		if (i == 0)
			break;
		cause = descend(t, i, pdi[i], guest, &a, attrs);
		if (cause)
			return cause;
	}
	return load(t, a + pdi[0] * UINT64_C(16), guest + pdi[0] * UINT64_C(16), pc, attrs);
}
