/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 2.3.3 Process to translate addresses of MSIs, with the MSI page table entries of the Advanced
 * Interrupt Architecture:
 *
 *   63 62   54 53                 10 9  3 2 1 0
 *   C | 0     | PPN               | 0   | M |V     M = 3, basic translate mode; the second doubleword
 *   C | 0     | MRIF address[55:9] (53:7)| M |V    is ignored.  M = 1, MRIF mode, and in the second:
 *   0 | NID[10] (60) | 0 | NPPN (53:10) | NID[9:0]
 */
#include "models/riscv/iommu.h"

/* Step 5: packs those bits of x whose bits in the mask are ones. */
static uint64_t extract(uint64_t x, uint64_t mask)
{
	uint64_t packed = 0;
	unsigned n = 0;

	for (; mask; mask &= mask - 1, n++)
		packed |= ((x >> __builtin_ctzll(mask)) & 1) << n;
	return packed;
}

/* 2.1.3.6: whether a guest physical address is in the page of a virtual interrupt file. */
static bool is_virtual_interrupt_file(const struct xlat__riscv_device_context *dc, uint64_t gpa)
{
	return ((gpa >> 12) & ~dc->msi_addr_mask) == (dc->msi_addr_pattern & ~dc->msi_addr_mask);
}

/*
 * A page of the second stage may be larger than the pages of interrupt files, and hold some: an
 * access to one of those is not this page's.
 */
uint8_t xlat__riscv_shift_without_msis(const struct xlat__riscv_transaction *t, uint64_t gpa,
				       uint8_t shift)
{
	uint64_t differs = ((gpa >> 12) ^ t->dc.msi_addr_pattern) & ~t->dc.msi_addr_mask;

	/* It has none if a page number differs from theirs in a bit that all its pages share. */
	while (shift > 12 && differs >> (shift - 12) == 0)
		shift--;
	return shift;
}

/* Steps 9 to 13: what the entry says, or why it is none. */
static unsigned interpret(const struct xlat__riscv_transaction *t, uint64_t gpa,
			  const uint64_t msipte[2], struct xlat__riscv_mapping *mapping,
			  const char **meaning)
{
	*meaning = "not valid";
	if (!(msipte[0] & MSIPTE_V))
		return CAUSE_MSI_PTE_NOT_VALID;
	*meaning = "misconfigured";
	/* C = 1 is for custom use; this implementation defines none. */
	if (msipte[0] & MSIPTE_C)
		return CAUSE_MSI_PTE_MISCONFIGURED;
	switch (MSIPTE_M(msipte[0])) {
	case MSIPTE_M_BASIC:
		if (msipte[0] & MSIPTE_BASIC_RESERVED)
			return CAUSE_MSI_PTE_MISCONFIGURED;
		*meaning = "basic translate mode";
		mapping->address = (MSIPTE_PPN(msipte[0]) << 12) | (gpa & 0xfff);
		return 0;
	case MSIPTE_M_MRIF:
		if (!(t->capabilities & CAP_MSI_MRIF) || (msipte[0] & MSIPTE_MRIF_RESERVED) ||
		    (msipte[1] & MSIPTE_MRIF_RESERVED2))
			return CAUSE_MSI_PTE_MISCONFIGURED;
		*meaning = "memory-resident interrupt file";
		mapping->address = gpa;
		mapping->is_mrif = true;
		mapping->mrif_address = MSIPTE_MRIF_ADDRESS(msipte[0]);
		mapping->notice_address = MSIPTE_NPPN(msipte[1]) << 12;
		mapping->notice_id = (uint32_t)MSIPTE_NID(msipte[1]);
		return 0;
	default:
		return CAUSE_MSI_PTE_MISCONFIGURED;
	}
}

unsigned xlat__riscv_translate_msi(struct xlat__riscv_transaction *t, uint64_t gpa, bool *is_msi,
				   struct xlat__riscv_mapping *mapping)
{
	const struct xlat__riscv_device_context *dc = &t->dc;
	struct xlat_model_attrs attrs = t->attrs;
	enum xlat_model_memory memory;
	const char *meaning;
	uint64_t msipte[2], at;
	unsigned cause;

	*is_msi = is_virtual_interrupt_file(dc, gpa);
	if (!*is_msi)
		return 0;

	attrs.big_endian = t->fctl & FCTL_BE;
	at = (ATP_PPN(dc->msiptp) << 12) | (extract(gpa >> 12, dc->msi_addr_mask) * 16);
	memory = xlat__riscv_read(t, at, msipte, 2, attrs);
	if (memory != XLAT_MODEL_MEMORY_OK)
		return xlat__riscv_memory_cause(memory, CAUSE_MSI_PT_DATA_CORRUPTION,
						CAUSE_MSI_PTE_LOAD_ACCESS_FAULT);

	*mapping = (struct xlat__riscv_mapping){
		.shift = 12,
		.rights = XLAT_RIGHT_RW,
		.is_msi = true,
	};
	cause = interpret(t, gpa, msipte, mapping, &meaning);
	xlat__riscv_trace(t, XLAT_RISCV_IOMMU_STEP_MSI_PTE, 0, at, at, msipte[0], meaning);
	xlat__riscv_trace(t, XLAT_RISCV_IOMMU_STEP_MSI_PTE, 1, at + 8, at + 8, msipte[1],
			  mapping->is_mrif ? "notice MSI" : "ignored");
	if (!cause && t->rights == XLAT_RIGHT_X)
		cause = CAUSE_INSTRUCTION_ACCESS_FAULT;
	return cause;
}
