/* SPDX-License-Identifier: BSD-3-Clause */
/* A walk told to people: each entry with what it is and what it means. Only for requests that ask. */
#include <inttypes.h>
#include <stdio.h>

#include "models/riscv/iommu.h"

static const char *const dc_words[8] = {
	"tc", "iohgatp", "ta", "fsc", "msiptp", "msi_addr_mask", "msi_addr_pattern", "reserved",
};

static const char *const first_stage_modes[2][4] = {
	{"Bare", "Sv39", "Sv48", "Sv57"},
	{"Bare", "Sv32", "?", "?"},
};

static const char *const second_stage_modes[2][4] = {
	{"Bare", "Sv39x4", "Sv48x4", "Sv57x4"},
	{"Bare", "Sv32x4", "?", "?"},
};

static const char *const process_directory_modes[4] = {"Bare", "PD8", "PD17", "PD20"};

/* The mode's name: encodings 8 to 10 follow 0. */
static const char *mode_name(const char *const names[4], uint64_t atp)
{
	uint64_t mode = ATP_MODE(atp);

	return mode == 0 ? names[0] : mode >= 8 && mode <= 10 ? names[mode - 7] : "reserved mode";
}

/* 2.1.3: what a doubleword of a valid device context says. */
static void describe_dc(const struct xlat__riscv_transaction *t, unsigned word, uint64_t value,
			char *text, size_t size)
{
	static const char *const tc_bits[] = {"V",    "EN_ATS", "EN_PRI", "T2GPA", "DTF", "PDTV",
					      "PRPR", "GADE",	"SADE",	  "DPE",   "SBE", "SXL"};
	bool sxl = t->dc.tc & TC_SXL, gxl = t->fctl & FCTL_GXL;
	size_t used = 0;

	text[0] = '\0';
	switch (word) {
	case 0:
		for (unsigned i = 0; i < sizeof(tc_bits) / sizeof(tc_bits[0]); i++)
			if ((value >> i & 1) && used < size)
				used += (size_t)snprintf(text + used, size - used, "%s%s",
							 used ? " " : "", tc_bits[i]);
		break;
	case 1:
		snprintf(text, size, "second stage %s, GSCID %" PRIu64,
			 mode_name(second_stage_modes[gxl], value), IOHGATP_GSCID(value));
		break;
	case 2:
		snprintf(text, size, "PSCID %" PRIu64 ", RCID %" PRIu64 ", MCID %" PRIu64,
			 DC_TA_PSCID(value), DC_TA_RCID(value), DC_TA_MCID(value));
		break;
	case 3:
		if (t->dc.tc & TC_PDTV)
			snprintf(text, size, "process directory %s",
				 process_directory_modes[ATP_MODE(value) & 3]);
		else
			snprintf(text, size, "first stage %s",
				 mode_name(first_stage_modes[sxl], value));
		break;
	case 4:
		snprintf(text, size, "MSI page table %s", ATP_MODE(value) ? "Flat" : "Off");
		break;
	default:
		break;
	}
}

/* 2.2.3: what a doubleword of a valid process context says. */
static void describe_pc(const struct xlat__riscv_transaction *t, unsigned word, uint64_t value,
			char *text, size_t size)
{
	bool sxl = t->dc.tc & TC_SXL;

	if (word == 0)
		snprintf(text, size, "V%s%s, PSCID %" PRIu64, value & PC_TA_ENS ? " ENS" : "",
			 value & PC_TA_SUM ? " SUM" : "", PC_TA_PSCID(value));
	else
		snprintf(text, size, "first stage %s", mode_name(first_stage_modes[sxl], value));
}

void xlat__riscv_tell(const struct xlat__riscv_transaction *t, enum xlat_riscv_iommu_step_kind kind,
		      unsigned level, uint64_t address, uint64_t guest_address, uint64_t value,
		      const char *meaning)
{
	const struct xlat_riscv_iommu_request *request = t->request;
	char what[40], text[120] = "";
	struct xlat_riscv_iommu_step step = {
		.kind = kind,
		.level = level,
		.length = 8,
		.address = address,
		.guest_address = guest_address,
		.value = value,
		.what = what,
		.meaning = meaning ? meaning : text,
	};

	switch (kind) {
	case XLAT_RISCV_IOMMU_STEP_DDT:
		snprintf(what, sizeof(what), "DDT level %u", level);
		break;
	case XLAT_RISCV_IOMMU_STEP_DC:
		snprintf(what, sizeof(what), "DC.%s", dc_words[level & 7]);
		if (!meaning)
			describe_dc(t, level, value, text, sizeof(text));
		break;
	case XLAT_RISCV_IOMMU_STEP_PDT:
		snprintf(what, sizeof(what), "PDT level %u", level);
		break;
	case XLAT_RISCV_IOMMU_STEP_PC:
		snprintf(what, sizeof(what), "PC.%s", level ? "fsc" : "ta");
		if (!meaning)
			describe_pc(t, level, value, text, sizeof(text));
		break;
	default:
		snprintf(what, sizeof(what), "MSI PTE[%u]", level);
		break;
	}
	request->trace(request->trace_opaque, &step);
}

/* "4 KiB", "2 MiB", "1 GiB", "256 TiB". */
static void describe_size(unsigned shift, char *text, size_t size)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

	snprintf(text, size, "%u %s", 1u << (shift % 10), units[shift / 10]);
}

void xlat__riscv_trace_page_table(const struct xlat__riscv_transaction *t, bool second,
				  bool implicit, unsigned level, uint64_t address,
				  uint64_t guest_address, unsigned length, uint64_t value,
				  enum xlat__pt_status status, const struct xlat__pt_entry *entry)
{
	static const char *const types[4] = {"", ", NC", ", IO", ", reserved type"};
	const struct xlat_riscv_iommu_request *request = t->request;
	char what[60], text[120], bytes[16];
	struct xlat_riscv_iommu_step step = {
		.kind = second ? XLAT_RISCV_IOMMU_STEP_SECOND : XLAT_RISCV_IOMMU_STEP_FIRST,
		.level = level,
		.length = length,
		.implicit = implicit,
		.address = address,
		.guest_address = guest_address,
		.value = value,
		.what = what,
		.meaning = text,
	};
	bool decoded = status == XLAT__PT_OK || status == XLAT__PT_MISALIGNED ||
		       status == XLAT__PT_NOT_PERMITTED || status == XLAT__PT_NOT_ACCESSED;

	snprintf(what, sizeof(what), "%s stage level %u%s", second ? "second" : "first", level,
		 implicit ? ", for a table" : "");
	if (!decoded) {
		snprintf(text, sizeof(text), "%s", xlat__pt_status_name(status));
	} else if (entry->kind == XLAT__PT_TABLE) {
		snprintf(text, sizeof(text), "pointer to the next level%s",
			 entry->global ? ", G" : "");
	} else {
		describe_size(entry->shift, bytes, sizeof(bytes));
		snprintf(text, sizeof(text), "leaf, %s%s%s-%s%s%s%s, %s%s%s%s",
			 entry->rights & XLAT_RIGHT_R ? "R" : "",
			 entry->rights & XLAT_RIGHT_W ? "W" : "",
			 entry->rights & XLAT_RIGHT_X ? "X" : "", entry->user ? "U" : "",
			 entry->global ? "G" : "", entry->accessed ? "A" : "",
			 entry->dirty ? "D" : "", bytes, types[entry->memory_type & 3],
			 status == XLAT__PT_OK ? "" : ": ",
			 status == XLAT__PT_OK ? "" : xlat__pt_status_name(status));
	}
	request->trace(request->trace_opaque, &step);
}
