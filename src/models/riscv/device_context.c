/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 2.1 Device-directory table, and 2.3.1 how the device context of a request is located in it.
 *
 *   device id, base format:      DDI[2] 23:16  DDI[1] 15:7  DDI[0] 6:0    (DC of 32 bytes)
 *   device id, extended format:  DDI[2] 23:15  DDI[1] 14:6  DDI[0] 5:0    (DC of 64 bytes)
 */
#include "models/riscv/iommu.h"

/* 2.1.4 check 1: bits that are reserved for future standard use. */
static const char *reserved_bits(const struct xlat__riscv_transaction *t)
{
	const struct xlat__riscv_device_context *dc = &t->dc;
	uint64_t ta = DC_TA_RESERVED;

	if (!(t->capabilities & CAP_QOSID))
		ta |= DC_TA_QOSID;
	if (dc->tc & TC_RESERVED)
		return "misconfigured: tc has reserved bits set";
	if (dc->ta & ta)
		return "misconfigured: ta has reserved bits set";
	if (dc->fsc & ATP_RESERVED)
		return "misconfigured: fsc has reserved bits set";
	if (dc->msiptp & ATP_RESERVED)
		return "misconfigured: msiptp has reserved bits set";
	if ((dc->msi_addr_mask | dc->msi_addr_pattern) & ~MSI_ADDR_FIELD)
		return "misconfigured: msi_addr_mask or msi_addr_pattern has reserved bits set";
	if (dc->reserved)
		return "misconfigured: the reserved doubleword is not zero";
	return NULL;
}

/* 2.1.4 checks 2 to 7: ATS, PRI and T2GPA. */
static const char *ats(const struct xlat__riscv_transaction *t)
{
	uint64_t tc = t->dc.tc;

	if (!(t->capabilities & CAP_ATS) && (tc & (TC_EN_ATS | TC_EN_PRI | TC_PRPR)))
		return "misconfigured: EN_ATS, EN_PRI or PRPR without capabilities.ATS";
	if (!(tc & TC_EN_ATS) && (tc & TC_T2GPA))
		return "misconfigured: T2GPA without EN_ATS";
	if (!(tc & TC_EN_ATS) && (tc & TC_EN_PRI))
		return "misconfigured: EN_PRI without EN_ATS";
	if (!(tc & TC_EN_PRI) && (tc & TC_PRPR))
		return "misconfigured: PRPR without EN_PRI";
	if (!(t->capabilities & CAP_T2GPA) && (tc & TC_T2GPA))
		return "misconfigured: T2GPA without capabilities.T2GPA";
	if ((tc & TC_T2GPA) && ATP_MODE(t->dc.iohgatp) == IOHGATP_BARE)
		return "misconfigured: T2GPA with a Bare second stage";
	return NULL;
}

static bool process_directory_supported(uint64_t capabilities, unsigned mode)
{
	switch (mode) {
	case PDTP_BARE:
		return true;
	case PDTP_PD8:
		return capabilities & CAP_PD8;
	case PDTP_PD17:
		return capabilities & CAP_PD17;
	case PDTP_PD20:
		return capabilities & CAP_PD20;
	default:
		return false;
	}
}

/* Table "Encodings of iosatp.MODE field", and what capabilities says of each. */
bool xlat__riscv_first_stage_mode_supported(uint64_t capabilities, bool sxl, unsigned mode)
{
	if (mode == IOSATP_BARE)
		return true;
	if (sxl)
		return mode == IOSATP_SV39 && (capabilities & CAP_SV32);
	switch (mode) {
	case IOSATP_SV39:
		return capabilities & CAP_SV39;
	case IOSATP_SV48:
		return capabilities & CAP_SV48;
	case IOSATP_SV57:
		return capabilities & CAP_SV57;
	default:
		return false;
	}
}

/* Table "Encodings of iohgatp.MODE field". */
static bool second_stage_mode_supported(uint64_t capabilities, bool gxl, unsigned mode)
{
	if (mode == IOHGATP_BARE)
		return true;
	if (gxl)
		return mode == IOHGATP_SV39X4 && (capabilities & CAP_SV32X4);
	switch (mode) {
	case IOHGATP_SV39X4:
		return capabilities & CAP_SV39X4;
	case IOHGATP_SV48X4:
		return capabilities & CAP_SV48X4;
	case IOHGATP_SV57X4:
		return capabilities & CAP_SV57X4;
	default:
		return false;
	}
}

/* 2.1.4 checks 8 to 16: modes and the alignment of the second stage's root. */
static const char *modes(const struct xlat__riscv_transaction *t)
{
	const struct xlat__riscv_device_context *dc = &t->dc;
	unsigned fsc = ATP_MODE(dc->fsc), iohgatp = ATP_MODE(dc->iohgatp);

	if (dc->tc & TC_PDTV) {
		if (!process_directory_supported(t->capabilities, fsc))
			return "misconfigured: pdtp.MODE is not supported";
	} else {
		if (!xlat__riscv_first_stage_mode_supported(t->capabilities, dc->tc & TC_SXL, fsc))
			return "misconfigured: iosatp.MODE is not supported";
		if (dc->tc & TC_DPE)
			return "misconfigured: DPE without PDTV";
	}
	if (!second_stage_mode_supported(t->capabilities, t->fctl & FCTL_GXL, iohgatp))
		return "misconfigured: iohgatp.MODE is not supported";
	if ((t->capabilities & CAP_MSI_FLAT) && ATP_MODE(dc->msiptp) > MSIPTP_FLAT)
		return "misconfigured: msiptp.MODE is not supported";
	if (iohgatp != IOHGATP_BARE && (ATP_PPN(dc->iohgatp) & 3))
		return "misconfigured: the second stage's root is not aligned to 16 KiB";
	return NULL;
}

/* 2.1.4 checks 17 to 21: A/D updates, byte order, XLEN and QoS ids. */
static const char *controls(const struct xlat__riscv_transaction *t)
{
	const struct xlat__riscv_device_context *dc = &t->dc;
	uint32_t fixed = xlat__riscv_fctl_fixed(t->iommu, t->capabilities);
	bool be = t->fctl & FCTL_BE, gxl = t->fctl & FCTL_GXL;
	bool sbe = dc->tc & TC_SBE, sxl = dc->tc & TC_SXL;

	if (!(t->capabilities & CAP_AMO_HWAD) && (dc->tc & (TC_SADE | TC_GADE)))
		return "misconfigured: SADE or GADE without capabilities.AMO_HWAD";
	if (!(t->capabilities & CAP_END) && be != sbe)
		return "misconfigured: SBE differs from fctl.BE without capabilities.END";
	if (gxl && !sxl)
		return "misconfigured: SXL is 0 while fctl.GXL is 1";
	if (!gxl && sxl && (fixed & FCTL_GXL))
		return "misconfigured: SXL is 1 while fctl.GXL is 0 and fixed";
	if (be != sbe && (fixed & FCTL_BE))
		return "misconfigured: SBE differs from fctl.BE, which is fixed";
	if ((t->capabilities & CAP_QOSID) &&
	    ((DC_TA_RCID(dc->ta) & ~(uint64_t)t->iommu->config.rcid_mask) ||
	     (DC_TA_MCID(dc->ta) & ~(uint64_t)t->iommu->config.mcid_mask)))
		return "misconfigured: RCID or MCID is wider than supported";
	return NULL;
}

/* 2.1.4 Device-context configuration checks: what is wrong, or NULL. */
static const char *misconfigured(const struct xlat__riscv_transaction *t)
{
	const char *why = reserved_bits(t);

	if (!why)
		why = ats(t);
	if (!why)
		why = modes(t);
	if (!why)
		why = controls(t);
	return why;
}

static unsigned memory_cause(enum xlat_model_memory memory)
{
	return xlat__riscv_memory_cause(memory, CAUSE_DDT_DATA_CORRUPTION,
					CAUSE_DDT_ENTRY_LOAD_ACCESS_FAULT);
}

/* 2.3.1 steps 3 to 7: one non-leaf entry; *a becomes the next table. */
static unsigned descend(struct xlat__riscv_transaction *t, unsigned level, unsigned index,
			uint64_t *a, struct xlat_model_attrs attrs)
{
	uint64_t at = *a + index * UINT64_C(8), ddte;
	enum xlat_model_memory memory = xlat__riscv_read(t, at, &ddte, 1, attrs);
	const char *meaning = "pointer to the next level";
	unsigned cause = 0;

	if (memory != XLAT_MODEL_MEMORY_OK)
		return memory_cause(memory);
	if (!(ddte & DDTE_V)) {
		meaning = "not valid";
		cause = CAUSE_DDT_ENTRY_NOT_VALID;
	} else if (ddte & DDTE_RESERVED) {
		meaning = "misconfigured: reserved bits set";
		cause = CAUSE_DDT_ENTRY_MISCONFIGURED;
	}
	xlat__riscv_trace(t, XLAT_RISCV_IOMMU_STEP_DDT, level, at, at, ddte, meaning);
	*a = DDTE_PPN(ddte) << 12;
	return cause;
}

/* 2.3.1 steps 8 to 10: the device context itself. */
static unsigned load(struct xlat__riscv_transaction *t, uint64_t at, unsigned count,
		     struct xlat_model_attrs attrs)
{
	uint64_t words[8] = {0};
	enum xlat_model_memory memory = xlat__riscv_read(t, at, words, count, attrs);
	const char *why = NULL;
	unsigned cause = 0;

	if (memory != XLAT_MODEL_MEMORY_OK)
		return memory_cause(memory);
	t->dc = (struct xlat__riscv_device_context){
		.tc = words[0],
		.iohgatp = words[1],
		.ta = words[2],
		.fsc = words[3],
		.msiptp = words[4],
		.msi_addr_mask = words[5],
		.msi_addr_pattern = words[6],
		.reserved = words[7],
	};
	if (!(t->dc.tc & TC_V)) {
		why = "not valid";
		cause = CAUSE_DDT_ENTRY_NOT_VALID;
	} else {
		why = misconfigured(t);
		if (why)
			cause = CAUSE_DDT_ENTRY_MISCONFIGURED;
	}
	for (unsigned i = 0; i < count; i++)
		xlat__riscv_trace(t, XLAT_RISCV_IOMMU_STEP_DC, i, at + 8 * i, at + 8 * i, words[i],
				  why ? (i == 0 ? why : "") : NULL);
	return cause;
}

unsigned xlat__riscv_locate_device_context(struct xlat__riscv_transaction *t)
{
	bool extended = t->capabilities & CAP_MSI_FLAT;
	unsigned leaf_bits = extended ? 6 : 7, count = extended ? 8 : 4;
	uint32_t did = t->request->device_id;
	unsigned ddi[3] = {did & ((1u << leaf_bits) - 1), (did >> leaf_bits) & 0x1ff,
			   (did & 0xffffff) >> (leaf_bits + 9)};
	uint64_t a = DDTP_PPN(t->ddtp) << 12;
	uint32_t qosid = (uint32_t)xlat__riscv_register(t->iommu, REG_IOMMU_QOSID);
	struct xlat_model_attrs attrs = {
		.rcid = (uint16_t)QOSID_RCID(qosid),
		.mcid = (uint16_t)QOSID_MCID(qosid),
		.big_endian = t->fctl & FCTL_BE,
	};
	unsigned cause;

	xlat__riscv_count(t, XLAT__RISCV_DDT_WALK);
	for (unsigned i = (unsigned)(DDTP_IOMMU_MODE(t->ddtp) - DDTP_MODE_1LVL); i > 0; i--) {
		cause = descend(t, i, ddi[i], &a, attrs);
		if (cause)
			return cause;
	}
	return load(t, a + ddi[0] * UINT64_C(8) * count, count, attrs);
}
