/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two stages of address translation as the IOMMU applies them (2.3 steps 17 and 19, and the
 * RISC-V Privileged Architecture, "Two-stage address translation"): which format, which privilege,
 * in which byte order, and which fault comes out. Every table of the first stage lies where the
 * second stage says.
 */
#include "models/riscv/iommu.h"

/* A walk's way to memory, for either stage. */
struct stage {
	struct xlat__riscv_transaction *t;
	bool second;
	bool implicit; /* of a second stage: on behalf of a table of the first */
	struct xlat_model_attrs attrs;
	uint64_t spa; /* where the entry that was read last really lies */
	unsigned cause; /* with XLAT__PT_NESTED: of the next stage's fault, or to try again */
};

static xlat__pt_walk_fn *const first_stage_walks[16] = {
	[IOSATP_SV39] = xlat__pt_walk_sv39,
	[IOSATP_SV48] = xlat__pt_walk_sv48,
	[IOSATP_SV57] = xlat__pt_walk_sv57,
};

static xlat__pt_walk_fn *const second_stage_walks[16] = {
	[IOHGATP_SV39X4] = xlat__pt_walk_sv39x4,
	[IOHGATP_SV48X4] = xlat__pt_walk_sv48x4,
	[IOHGATP_SV57X4] = xlat__pt_walk_sv57x4,
};

unsigned xlat__riscv_access_cause(const struct xlat__riscv_transaction *t, unsigned exec,
				  unsigned read, unsigned write)
{
	/* A translation request is a read. */
	if (t->partial)
		return read;
	if (t->request->write)
		return write;
	return t->request->exec ? exec : read;
}

static enum xlat__pt_status memory_status(struct stage *stage, enum xlat_model_memory memory)
{
	switch (memory) {
	case XLAT_MODEL_MEMORY_OK:
		return XLAT__PT_OK;
	case XLAT_MODEL_MEMORY_CORRUPT:
		return XLAT__PT_CORRUPT;
	case XLAT_MODEL_MEMORY_RETRY:
		stage->cause = XLAT__RISCV_RETRY;
		return XLAT__PT_NESTED;
	default:
		return XLAT__PT_ACCESS_FAULT;
	}
}

/* Takes the address of an entry through the second stage, if it is one of the first. */
static enum xlat__pt_status place(struct stage *stage, uint64_t address, unsigned rights,
				  enum xlat__riscv_reason reason)
{
	struct xlat__riscv_transaction *t = stage->t;
	struct xlat__riscv_mapping mapping;

	stage->spa = address;
	if (stage->second || ATP_MODE(t->dc.iohgatp) == IOHGATP_BARE)
		return XLAT__PT_OK;
	stage->cause = xlat__riscv_second_stage(t, address, rights, reason, &mapping);
	if (stage->cause)
		return XLAT__PT_NESTED;
	stage->spa = mapping.address;
	stage->attrs.pbmt = mapping.pbmt;
	return XLAT__PT_OK;
}

static enum xlat__pt_status read_entry(void *opaque, uint64_t address, unsigned size,
				       uint64_t *entry)
{
	struct stage *stage = opaque;
	enum xlat__pt_status status =
		place(stage, address, XLAT_RIGHT_R, XLAT__RISCV_IMPLICIT_READ);

	if (status != XLAT__PT_OK)
		return status;
	return memory_status(stage, xlat__riscv_read_entry(stage->t, stage->spa, size, entry,
							   &stage->attrs));
}

/* 2.4 Updating of accessed and dirty bits. */
static enum xlat__pt_status update_entry(void *opaque, uint64_t address, unsigned size,
					 uint64_t old, uint64_t desired, bool *swapped)
{
	struct stage *stage = opaque;
	enum xlat__pt_status status =
		place(stage, address, XLAT_RIGHT_W, XLAT__RISCV_IMPLICIT_WRITE);

	if (status != XLAT__PT_OK)
		return status;
	return memory_status(stage, xlat__riscv_swap_entry(stage->t, stage->spa, size, old, desired,
							   swapped, &stage->attrs));
}

/* With peek, an update only asks whether it could be made. */
static enum xlat__pt_status try_update_entry(void *opaque, uint64_t address, unsigned size,
					     uint64_t old, uint64_t desired, bool *swapped)
{
	(void)size, (void)old, (void)desired;
	*swapped = true;
	return place(opaque, address, XLAT_RIGHT_W, XLAT__RISCV_IMPLICIT_WRITE);
}

static const struct xlat__pt_memory memory = {read_entry, update_entry};
static const struct xlat__pt_memory dry_memory = {read_entry, try_update_entry};

static void trace_entry(void *opaque, unsigned level, uint64_t address, uint64_t value,
			enum xlat__pt_status status, const struct xlat__pt_entry *entry)
{
	const struct stage *stage = opaque;
	bool narrow = stage->second ? stage->t->fctl & FCTL_GXL : stage->t->dc.tc & TC_SXL;

	xlat__riscv_trace_page_table(stage->t, stage->second, stage->implicit, level, stage->spa,
				     address, narrow ? 4 : 8, value, status, entry);
}

/* What both stages ask of a walk alike. */
static uint8_t features_of(const struct xlat__riscv_transaction *t)
{
	return (t->capabilities & CAP_SVPBMT ? XLAT__PT_RISCV_SVPBMT : 0) |
	       (t->capabilities & CAP_SVRSW60T59B ? XLAT__PT_RISCV_SVRSW60T59B : 0);
}

/* Field by field: a struct that is copied just after it was written stalls the processor. */
static void take_leaf(const struct xlat__pt_leaf *leaf, struct xlat__riscv_mapping *mapping)
{
	mapping->address = leaf->address;
	mapping->shift = leaf->shift;
	mapping->pbmt = leaf->memory_type;
	mapping->rights = leaf->rights;
	mapping->global = leaf->global;
}

/* A stage that is Bare neither translates nor protects. */
static void pass(const struct xlat__riscv_transaction *t, uint64_t address, bool second,
		 bool narrow, struct xlat__riscv_mapping *mapping)
{
	const uint8_t *shift = t->iommu->config.bare_shift;
	uint64_t wide48 = second ? CAP_SV48X4 : CAP_SV48, wide57 = second ? CAP_SV57X4 : CAP_SV57;
	unsigned format = second ? XLAT_RISCV_IOMMU_SV32X4 : XLAT_RISCV_IOMMU_SV32;

	if (!narrow)
		format += t->capabilities & wide57 ? 3 : t->capabilities & wide48 ? 2 : 1;
	mapping->address = address;
	mapping->shift = shift[format];
	mapping->pbmt = 0;
	mapping->rights = XLAT_RIGHT_RWX;
	mapping->global = false;
}

static unsigned walk_first_stage(struct xlat__riscv_transaction *t,
				 const struct xlat__riscv_first_stage *first, uint64_t iova,
				 struct xlat__riscv_mapping *mapping)
{
	struct stage stage = {.t = t, .attrs = t->attrs};
	const struct xlat__pt_walk walk = {
		.memory = t->dry ? &dry_memory : &memory,
		.opaque = &stage,
		.root = first->ppn << 12,
		.address = iova,
		.features = features_of(t),
		.rights = t->rights,
		.partial = t->partial,
		.supervisor = t->privileged,
		.sum = first->sum,
		.update = t->dc.tc & TC_SADE,
		.trace = t->request->trace ? trace_entry : NULL,
	};
	enum xlat__pt_status status;
	struct xlat__pt_leaf leaf;

	stage.attrs.big_endian = t->dc.tc & TC_SBE;
	xlat__riscv_count(t, XLAT__RISCV_FIRST_STAGE_WALK);
	status = t->dc.tc & TC_SXL ? xlat__pt_walk_sv32(&walk, &leaf)
				   : first_stage_walks[first->mode](&walk, &leaf);
	switch (status) {
	case XLAT__PT_OK:
		take_leaf(&leaf, mapping);
		return 0;
	case XLAT__PT_ACCESS_FAULT:
		return xlat__riscv_access_cause(t, CAUSE_INSTRUCTION_ACCESS_FAULT,
						CAUSE_READ_ACCESS_FAULT, CAUSE_WRITE_ACCESS_FAULT);
	case XLAT__PT_CORRUPT:
		return CAUSE_PT_DATA_CORRUPTION;
	case XLAT__PT_NESTED:
		return stage.cause;
	default:
		return xlat__riscv_access_cause(t, CAUSE_INSTRUCTION_PAGE_FAULT,
						CAUSE_READ_PAGE_FAULT, CAUSE_WRITE_PAGE_FAULT);
	}
}

unsigned xlat__riscv_first_stage(struct xlat__riscv_transaction *t,
				 const struct xlat__riscv_first_stage *first, uint64_t iova,
				 struct xlat__riscv_mapping *mapping)
{
	if (first->mode != IOSATP_BARE)
		return walk_first_stage(t, first, iova, mapping);
	pass(t, iova, false, t->dc.tc & TC_SXL, mapping);
	return 0;
}

/* 2.1.3.1 SXL: with it, a guest physical address has at most 34 bits whatever the format allows. */
static bool too_wide(const struct xlat__riscv_transaction *t, uint64_t gpa)
{
	return (t->dc.tc & TC_SXL) && gpa >> 34;
}

static unsigned walk_second_stage(struct xlat__riscv_transaction *t, uint64_t gpa, unsigned rights,
				  enum xlat__riscv_reason reason,
				  struct xlat__riscv_mapping *mapping)
{
	struct stage stage = {
		.t = t,
		.second = true,
		.implicit = reason != XLAT__RISCV_ACCESS,
		.attrs = t->attrs,
	};
	const struct xlat__pt_walk walk = {
		.memory = t->dry ? &dry_memory : &memory,
		.opaque = &stage,
		.root = ATP_PPN(t->dc.iohgatp) << 12,
		.address = gpa,
		.features = features_of(t),
		.rights = (uint8_t)rights,
		.partial = t->partial && reason == XLAT__RISCV_ACCESS,
		.update = t->dc.tc & TC_GADE,
		.trace = t->request->trace ? trace_entry : NULL,
	};
	enum xlat__pt_status status;
	struct xlat__pt_leaf leaf;

	stage.attrs.big_endian = t->fctl & FCTL_BE;
	xlat__riscv_count(t, XLAT__RISCV_SECOND_STAGE_WALK);
	if (too_wide(t, gpa))
		status = XLAT__PT_NONCANONICAL;
	else if (t->fctl & FCTL_GXL)
		status = xlat__pt_walk_sv32x4(&walk, &leaf);
	else
		status = second_stage_walks[ATP_MODE(t->dc.iohgatp)](&walk, &leaf);
	switch (status) {
	case XLAT__PT_OK:
		take_leaf(&leaf, mapping);
		return 0;
	case XLAT__PT_ACCESS_FAULT:
		return xlat__riscv_access_cause(t, CAUSE_INSTRUCTION_ACCESS_FAULT,
						CAUSE_READ_ACCESS_FAULT, CAUSE_WRITE_ACCESS_FAULT);
	case XLAT__PT_CORRUPT:
		return CAUSE_PT_DATA_CORRUPTION;
	case XLAT__PT_NESTED:
		return stage.cause;
	default:
		/* 3.2: iotval2 of a guest page fault. */
		t->iotval2 = gpa & ~UINT64_C(3);
		if (reason != XLAT__RISCV_ACCESS)
			t->iotval2 |= IOTVAL2_IMPLICIT;
		if (reason == XLAT__RISCV_IMPLICIT_WRITE)
			t->iotval2 |= IOTVAL2_IMPLICIT_WRITE;
		return xlat__riscv_access_cause(t, CAUSE_INSTRUCTION_GUEST_PAGE_FAULT,
						CAUSE_READ_GUEST_PAGE_FAULT,
						CAUSE_WRITE_GUEST_PAGE_FAULT);
	}
}

unsigned xlat__riscv_second_stage(struct xlat__riscv_transaction *t, uint64_t gpa, unsigned rights,
				  enum xlat__riscv_reason reason,
				  struct xlat__riscv_mapping *mapping)
{
	if (ATP_MODE(t->dc.iohgatp) != IOHGATP_BARE)
		return walk_second_stage(t, gpa, rights, reason, mapping);
	pass(t, gpa, true, t->fctl & FCTL_GXL, mapping);
	return 0;
}
