/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "naive_riscv.h"

/* Bits high to low of a value. */
static uint64_t bits(uint64_t value, unsigned high, unsigned low)
{
	uint64_t result = 0;

	for (unsigned i = low; i <= high; i++)
		if (value & ((uint64_t)1 << i))
			result |= (uint64_t)1 << (i - low);
	return result;
}

static bool bit(uint64_t value, unsigned n)
{
	return bits(value, n, n) == 1;
}

/* capabilities, by bit number */
enum {
	SV32 = 8,
	SV39,
	SV48,
	SV57,
	SVRSW60T59B = 14,
	SVPBMT = 15,
	SV32X4 = 16,
	SV39X4,
	SV48X4,
	SV57X4,
	MSI_FLAT = 22,
	MSI_MRIF,
	AMO_HWAD,
	ATS,
	T2GPA,
	END,
	PD8 = 38,
	PD17,
	PD20,
	QOSID,
};

/* DC.tc, by bit number */
enum {
	TC_V,
	TC_EN_ATS,
	TC_EN_PRI,
	TC_T2GPA,
	TC_DTF,
	TC_PDTV,
	TC_PRPR,
	TC_GADE,
	TC_SADE,
	TC_DPE,
	TC_SBE,
	TC_SXL,
};

struct dc {
	uint64_t tc, iohgatp, ta, fsc, msiptp, mask, pattern, reserved;
};

struct naive {
	const struct naive_iommu *iommu;
	const struct naive_request *request;
	struct dc dc;
	bool read, write, exec; /* what the transaction wants */
	bool ats; /* it is a translation request: wants are wishes */
	bool supervisor;
	struct xlat_model_attrs attrs; /* for the structures of the device context */
	uint64_t iotval2;
	bool dtf;
};

enum memory {
	FINE,
	FAULT,
	POISON,
};

static enum memory load(const struct naive *n, uint64_t address, unsigned size, bool big,
			unsigned pbmt, struct xlat_model_attrs attrs, uint64_t *value)
{
	uint64_t limit = (uint64_t)1 << bits(n->iommu->capabilities, 37, 32);
	unsigned char bytes[8];

	attrs.big_endian = big;
	attrs.pbmt = (uint8_t)pbmt;
	if (address >= limit || limit - address < size)
		return FAULT;
	switch (n->iommu->host->read(n->iommu->opaque, NULL, address, bytes, size, attrs)) {
	case XLAT_MODEL_MEMORY_OK:
		break;
	case XLAT_MODEL_MEMORY_CORRUPT:
		return POISON;
	default:
		return FAULT;
	}
	*value = 0;
	for (unsigned i = 0; i < size; i++)
		*value = *value * 256 + bytes[big ? i : size - 1 - i];
	return FINE;
}

static enum memory store(const struct naive *n, uint64_t address, unsigned size, bool big,
			 unsigned pbmt, uint64_t old, uint64_t value, bool *swapped)
{
	struct xlat_model_attrs attrs = n->attrs;
	uint64_t limit = (uint64_t)1 << bits(n->iommu->capabilities, 37, 32);
	unsigned char was[8], will[8];

	if (address >= limit || limit - address < size)
		return FAULT;
	attrs.big_endian = big;
	attrs.pbmt = (uint8_t)pbmt;
	for (unsigned i = 0; i < size; i++) {
		was[big ? size - 1 - i : i] = (unsigned char)(old % 256);
		will[big ? size - 1 - i : i] = (unsigned char)(value % 256);
		old /= 256;
		value /= 256;
	}
	switch (n->iommu->host->compare_and_swap(n->iommu->opaque, NULL, address, was, will, size,
						 swapped, attrs)) {
	case XLAT_MODEL_MEMORY_OK:
		return FINE;
	case XLAT_MODEL_MEMORY_CORRUPT:
		return POISON;
	default:
		return FAULT;
	}
}

/* "... corresponding to the original access type" */
static unsigned by_type(const struct naive *n, unsigned exec, unsigned read, unsigned write)
{
	if (n->exec && !n->ats)
		return exec;
	if (n->write && !n->ats)
		return write;
	return read;
}

struct page {
	uint64_t address;
	unsigned shift;
	bool r, w, x, g;
	unsigned pbmt;
};

static unsigned g_stage(struct naive *n, uint64_t gpa, bool read, bool write, bool exec,
			bool implicit, struct page *page);

/* What differs between the formats. */
struct format {
	unsigned levels, ptesize, vpn_bits, root_bits;
};

/*
 * The virtual address translation process of the privileged architecture, for either stage. Returns
 * 0, or 'P' for a page fault, 'A' for an access fault, 'C' for corruption, 'N' for a fault of the
 * second stage met on the way, whose cause is in *nested.
 */
static char process(struct naive *n, bool g, struct format f, uint64_t root, uint64_t va, bool big,
		    bool update, bool read, bool write, bool exec, bool wishes, bool sum,
		    struct page *page, unsigned *nested)
{
	bool svpbmt = bit(n->iommu->capabilities, SVPBMT);
	bool svrsw = bit(n->iommu->capabilities, SVRSW60T59B);
	bool global = false;
	/* Step 1 */
	uint64_t a = root;
	int i = (int)f.levels - 1;

	for (;;) {
		/* Step 2 */
		uint64_t vpn = bits(va,
				    11 + f.vpn_bits * (unsigned)i +
					    (i == (int)f.levels - 1 ? f.root_bits : f.vpn_bits),
				    12 + f.vpn_bits * (unsigned)i);
		uint64_t where = a + vpn * f.ptesize, real = where, pte, ppn;
		struct page table = {0};
		bool R, W, X, U, A, D, permitted_r, permitted_w, permitted_x;
		unsigned napot = 0;
		bool swapped = false;
		enum memory memory;

		if (!g) {
			*nested = g_stage(n, where, true, false, false, true, &table);
			if (*nested)
				return 'N';
			real = table.address;
		}
		memory = load(n, real, f.ptesize, big, table.pbmt, n->attrs, &pte);
		if (memory == FAULT)
			return 'A';
		if (memory == POISON)
			return 'C';
		/* Step 3 */
		R = bit(pte, 1), W = bit(pte, 2), X = bit(pte, 3), U = bit(pte, 4);
		A = bit(pte, 6), D = bit(pte, 7);
		ppn = f.ptesize == 8 ? bits(pte, 53, 10) : bits(pte, 31, 10);
		if (!bit(pte, 0) || (!R && W))
			return 'P';
		if (f.ptesize == 8 && bits(pte, 58, 54) != 0)
			return 'P';
		if (f.ptesize == 8 && !svrsw && bits(pte, 60, 59) != 0)
			return 'P';
		if (!g && bit(pte, 5))
			global = true;
		/* Step 4 */
		if (!R && !X) {
			if (D || A || U)
				return 'P';
			if (f.ptesize == 8 && bits(pte, 63, 61) != 0)
				return 'P';
			i = i - 1;
			if (i < 0)
				return 'P';
			a = ppn * 4096;
			continue;
		}
		if (f.ptesize == 8 && bits(pte, 62, 61) != 0 && !svpbmt)
			return 'P';
		if (f.ptesize == 8 && bits(pte, 62, 61) == 3)
			return 'P';
		if (f.ptesize == 8 && bit(pte, 63)) {
			if (i != 0 || bits(ppn, 3, 0) != 8)
				return 'P';
			napot = 4;
		}
		/* Step 5 */
		for (int j = 0; j < i; j++)
			if (bits(ppn, f.vpn_bits * ((unsigned)j + 1) - 1,
				 f.vpn_bits * (unsigned)j) != 0)
				return 'P';
		/* Steps 6 to 8 */
		permitted_r = R, permitted_w = W, permitted_x = X;
		if (g || !n->supervisor) {
			if (!U)
				permitted_r = permitted_w = permitted_x = false;
		} else if (U) {
			permitted_x = false;
			if (!sum)
				permitted_r = permitted_w = false;
		}
		if (!wishes &&
		    ((read && !permitted_r) || (write && !permitted_w) || (exec && !permitted_x)))
			return 'P';
		/* Step 9 */
		if ((read && permitted_r) || (write && permitted_w) || (exec && permitted_x)) {
			bool dirties = write && permitted_w;

			if (!A || (dirties && !D)) {
				if (!update)
					return 'P';
				if (!g) {
					*nested =
						g_stage(n, where, false, true, false, true, &table);
					if (*nested)
						return 'N';
				}
				memory = store(n, g ? real : table.address, f.ptesize, big,
					       table.pbmt, pte, pte | 64 | (dirties ? 128 : 0),
					       &swapped);
				if (memory == FAULT)
					return 'A';
				if (memory == POISON)
					return 'C';
				/* "If the values do not match, return to step 2" */
				if (!swapped)
					continue;
				D = D || dirties;
			}
		}
		/* Step 10 */
		page->shift = 12 + f.vpn_bits * (unsigned)i + napot;
		page->address = 0;
		for (unsigned b = 0; b < 64; b++) {
			uint64_t from = b < page->shift ? va : ppn * 4096;

			if (bit(from, b))
				page->address |= (uint64_t)1 << b;
		}
		page->r = permitted_r, page->w = permitted_w && D, page->x = permitted_x;
		page->g = global;
		page->pbmt = f.ptesize == 8 ? (unsigned)bits(pte, 62, 61) : 0;
		return 0;
	}
}

static unsigned g_stage(struct naive *n, uint64_t gpa, bool read, bool write, bool exec,
			bool implicit, struct page *page)
{
	bool gxl = bit(n->iommu->fctl, 2);
	unsigned mode = (unsigned)bits(n->dc.iohgatp, 63, 60), nested, width;
	struct format f;
	char fault;

	if (mode == 0) {
		unsigned which = gxl				       ? 4
				 : bit(n->iommu->capabilities, SV57X4) ? 7
				 : bit(n->iommu->capabilities, SV48X4) ? 6
								       : 5;

		*page = (struct page){gpa, n->iommu->bare_shift[which], true, true, true, false, 0};
		return 0;
	}
	if (gxl)
		f = (struct format){2, 4, 10, 12}, width = 34;
	else if (mode == 8)
		f = (struct format){3, 8, 9, 11}, width = 41;
	else if (mode == 9)
		f = (struct format){4, 8, 9, 11}, width = 50;
	else
		f = (struct format){5, 8, 9, 11}, width = 59;
	fault = 0;
	if (bits(gpa, 63, width) != 0)
		fault = 'P';
	if (bit(n->dc.tc, TC_SXL) && bits(gpa, 63, 34) != 0)
		fault = 'P';
	if (!fault)
		fault = process(n, true, f, bits(n->dc.iohgatp, 43, 0) * 4096, gpa,
				bit(n->iommu->fctl, 0), bit(n->dc.tc, TC_GADE), read, write, exec,
				n->ats && !implicit, false, page, &nested);
	switch (fault) {
	case 'P':
		n->iotval2 = gpa - gpa % 4 + (implicit ? 1 : 0) + (implicit && write ? 2 : 0);
		return by_type(n, 20, 21, 23);
	case 'A':
		return by_type(n, 1, 5, 7);
	case 'C':
		return 274;
	}
	return 0;
}

static unsigned first_stage(struct naive *n, unsigned mode, uint64_t ppn, bool sum,
			    struct page *page)
{
	bool sxl = bit(n->dc.tc, TC_SXL);
	uint64_t va = n->request->iova;
	unsigned nested = 0, width;
	struct format f;
	char fault = 0;

	if (mode == 0) {
		unsigned which = sxl				     ? 0
				 : bit(n->iommu->capabilities, SV57) ? 3
				 : bit(n->iommu->capabilities, SV48) ? 2
								     : 1;

		*page = (struct page){va, n->iommu->bare_shift[which], true, true, true, false, 0};
		return 0;
	}
	if (sxl) {
		f = (struct format){2, 4, 10, 10};
		if (bits(va, 63, 32) != 0)
			fault = 'P';
	} else {
		f = (struct format){mode == 8 ? 3 : mode == 9 ? 4 : 5, 8, 9, 9};
		width = 12 + 9 * f.levels;
		for (unsigned b = width; b < 64; b++)
			if (bit(va, b) != bit(va, width - 1))
				fault = 'P';
	}
	if (!fault)
		fault = process(n, false, f, ppn * 4096, va, bit(n->dc.tc, TC_SBE),
				bit(n->dc.tc, TC_SADE), n->read, n->write, n->exec, n->ats, sum,
				page, &nested);
	switch (fault) {
	case 'P':
		return by_type(n, 12, 13, 15);
	case 'A':
		return by_type(n, 1, 5, 7);
	case 'C':
		return 274;
	case 'N':
		return nested;
	}
	return 0;
}

static bool first_mode_ok(const struct naive *n, unsigned mode)
{
	uint64_t cap = n->iommu->capabilities;

	if (bit(n->dc.tc, TC_SXL))
		return mode == 0 || (mode == 8 && bit(cap, SV32));
	return mode == 0 || (mode == 8 && bit(cap, SV39)) || (mode == 9 && bit(cap, SV48)) ||
	       (mode == 10 && bit(cap, SV57));
}

/* 2.1.4 Device-context configuration checks, in their order */
static bool dc_misconfigured(const struct naive *n)
{
	const struct dc *dc = &n->dc;
	uint64_t cap = n->iommu->capabilities;
	bool be = bit(n->iommu->fctl, 0), gxl = bit(n->iommu->fctl, 2);
	bool sbe = bit(dc->tc, TC_SBE), sxl = bit(dc->tc, TC_SXL);
	unsigned fsc_mode = (unsigned)bits(dc->fsc, 63, 60);
	unsigned iohgatp_mode = (unsigned)bits(dc->iohgatp, 63, 60);

	/* 1 */
	if (bits(dc->tc, 23, 12) || bits(dc->tc, 63, 32) || bits(dc->ta, 11, 0) ||
	    bits(dc->ta, 39, 32) || bits(dc->fsc, 59, 44) || bits(dc->msiptp, 59, 44) ||
	    bits(dc->mask, 63, 52) || bits(dc->pattern, 63, 52) || dc->reserved)
		return true;
	if (!bit(cap, QOSID) && bits(dc->ta, 63, 40))
		return true;
	/* 2 */
	if (!bit(cap, ATS) &&
	    (bit(dc->tc, TC_EN_ATS) || bit(dc->tc, TC_EN_PRI) || bit(dc->tc, TC_PRPR)))
		return true;
	/* 3 */
	if (!bit(dc->tc, TC_EN_ATS) && bit(dc->tc, TC_T2GPA))
		return true;
	/* 4 */
	if (!bit(dc->tc, TC_EN_ATS) && bit(dc->tc, TC_EN_PRI))
		return true;
	/* 5 */
	if (!bit(dc->tc, TC_EN_PRI) && bit(dc->tc, TC_PRPR))
		return true;
	/* 6 */
	if (!bit(cap, T2GPA) && bit(dc->tc, TC_T2GPA))
		return true;
	/* 7 */
	if (bit(dc->tc, TC_T2GPA) && iohgatp_mode == 0)
		return true;
	/* 8 */
	if (bit(dc->tc, TC_PDTV)) {
		if (fsc_mode > 3 || (fsc_mode == 3 && !bit(cap, PD20)) ||
		    (fsc_mode == 2 && !bit(cap, PD17)) || (fsc_mode == 1 && !bit(cap, PD8)))
			return true;
	}
	/* 9 to 11 */
	if (!bit(dc->tc, TC_PDTV) && !first_mode_ok(n, fsc_mode))
		return true;
	/* 12 */
	if (!bit(dc->tc, TC_PDTV) && bit(dc->tc, TC_DPE))
		return true;
	/* 13 to 15 */
	if (iohgatp_mode != 0) {
		if (gxl && !(iohgatp_mode == 8 && bit(cap, SV32X4)))
			return true;
		if (!gxl && !(iohgatp_mode == 8 && bit(cap, SV39X4)) &&
		    !(iohgatp_mode == 9 && bit(cap, SV48X4)) &&
		    !(iohgatp_mode == 10 && bit(cap, SV57X4)))
			return true;
	}
	/* 16 */
	if (bit(cap, MSI_FLAT) && bits(dc->msiptp, 63, 60) != 0 && bits(dc->msiptp, 63, 60) != 1)
		return true;
	/* 17 */
	if (iohgatp_mode != 0 && bits(dc->iohgatp, 43, 0) * 4096 % 16384 != 0)
		return true;
	/* 18 */
	if (!bit(cap, AMO_HWAD) && (bit(dc->tc, TC_SADE) || bit(dc->tc, TC_GADE)))
		return true;
	/* 19 */
	if (!bit(cap, END) && be != sbe)
		return true;
	/* 20 */
	if (gxl && !sxl)
		return true;
	if (!gxl && !n->iommu->gxl_writable && sxl)
		return true;
	/* 21 */
	if (!n->iommu->be_writable && sbe != be)
		return true;
	/* 22 */
	if (bit(cap, QOSID) && (bits(dc->ta, 51, 40) >> n->iommu->rcid_bits ||
				bits(dc->ta, 63, 52) >> n->iommu->mcid_bits))
		return true;
	return false;
}

/* 2.3.1 */
static unsigned get_dc(struct naive *n, const uint64_t ddi[3])
{
	bool big = bit(n->iommu->fctl, 0), extended = bit(n->iommu->capabilities, MSI_FLAT);
	unsigned words = extended ? 8 : 4;
	struct xlat_model_attrs attrs = {
		.rcid = (uint16_t)bits(n->iommu->qosid, 11, 0),
		.mcid = (uint16_t)bits(n->iommu->qosid, 27, 16),
	};
	/* 1 */
	uint64_t a = bits(n->iommu->ddtp, 53, 10) * 4096, word[8] = {0};
	int i = (int)bits(n->iommu->ddtp, 3, 0) - 2;

	/* 2 */
	while (i != 0) {
		uint64_t ddte;

		/* 3 and 4 */
		switch (load(n, a + ddi[i] * 8, 8, big, 0, attrs, &ddte)) {
		case FAULT:
			return 257;
		case POISON:
			return 268;
		default:
			break;
		}
		/* 5 */
		if (!bit(ddte, 0))
			return 258;
		/* 6 */
		if (bits(ddte, 9, 1) || bits(ddte, 63, 54))
			return 259;
		/* 7 */
		i = i - 1;
		a = bits(ddte, 53, 10) * 4096;
	}
	/* 8: one structure, which is not there if any part of it is not */
	{
		bool poison = false;

		for (unsigned w = 0; w < words; w++) {
			enum memory memory =
				load(n, a + ddi[0] * words * 8 + w * 8, 8, big, 0, attrs, &word[w]);
			if (memory == FAULT)
				return 257;
			poison |= memory == POISON;
		}
		if (poison)
			return 268;
	}
	n->dc = (struct dc){word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7]};
	/* 9 */
	if (!bit(n->dc.tc, TC_V))
		return 258;
	/* 10 */
	if (dc_misconfigured(n))
		return 259;
	return 0;
}

/* 2.3.2 */
static unsigned get_pc(struct naive *n, uint32_t process_id, uint64_t pc[2])
{
	uint64_t pdi[3] = {bits(process_id, 7, 0), bits(process_id, 16, 8),
			   bits(process_id, 19, 17)};
	bool big = bit(n->dc.tc, TC_SBE);
	struct page table;
	unsigned cause;
	/* 1 */
	uint64_t a = bits(n->dc.fsc, 43, 0) * 4096, pdte;
	int i = (int)bits(n->dc.fsc, 63, 60) - 1;

	for (;;) {
		/* 2 */
		table = (struct page){.address = a};
		if (bits(n->dc.iohgatp, 63, 60) != 0) {
			cause = g_stage(n, a, true, false, false, true, &table);
			if (cause)
				return cause;
			a = table.address;
		}
		/* 3 */
		if (i == 0)
			break;
		/* 4 and 5 */
		switch (load(n, a + pdi[i] * 8, 8, big, table.pbmt, n->attrs, &pdte)) {
		case FAULT:
			return 265;
		case POISON:
			return 269;
		default:
			break;
		}
		/* 6 */
		if (!bit(pdte, 0))
			return 266;
		/* 7 */
		if (bits(pdte, 9, 1) || bits(pdte, 63, 54))
			return 267;
		/* 8 */
		i = i - 1;
		a = bits(pdte, 53, 10) * 4096;
	}
	/* 9 */
	for (unsigned w = 0; w < 2; w++) {
		switch (load(n, a + pdi[0] * 16 + w * 8, 8, big, table.pbmt, n->attrs, &pc[w])) {
		case FAULT:
			return 265;
		case POISON:
			return 269;
		default:
			break;
		}
	}
	/* 10 */
	if (!bit(pc[0], 0))
		return 266;
	/* 11, with 2.2.4 */
	if (bits(pc[0], 11, 3) || bits(pc[0], 63, 32) || bits(pc[1], 59, 44))
		return 267;
	if (!first_mode_ok(n, (unsigned)bits(pc[1], 63, 60)))
		return 267;
	return 0;
}

/* 2.3.3 */
static unsigned msi(struct naive *n, uint64_t a, bool *is_msi, struct naive_answer *answer)
{
	bool big = bit(n->iommu->fctl, 0);
	uint64_t file = 0, m, pte[2];
	unsigned out = 0;

	/* 3 and 4 */
	*is_msi = ((a >> 12) & ~n->dc.mask) == (n->dc.pattern & ~n->dc.mask);
	if (!*is_msi)
		return 0;
	/* 5 */
	for (unsigned b = 0; b < 52; b++) {
		if (bit(n->dc.mask, b)) {
			if (bit(a, b + 12))
				file |= (uint64_t)1 << out;
			out++;
		}
	}
	/* 6 */
	m = bits(n->dc.msiptp, 43, 0) * 4096;
	/* 7 and 8 */
	for (unsigned w = 0; w < 2; w++) {
		switch (load(n, (m | (file * 16)) + w * 8, 8, big, 0, n->attrs, &pte[w])) {
		case FAULT:
			return 261;
		case POISON:
			return 270;
		default:
			break;
		}
	}
	/* 9 */
	if (!bit(pte[0], 0))
		return 262;
	/* 10: nothing is defined for C = 1 here */
	if (bit(pte[0], 63))
		return 263;
	/* 12 to 14 */
	if (bits(pte[0], 2, 1) == 0 || bits(pte[0], 2, 1) == 2)
		return 263;
	if (bits(pte[0], 2, 1) == 3) {
		if (bits(pte[0], 9, 3) || bits(pte[0], 62, 54))
			return 263;
		answer->address = bits(pte[0], 53, 10) * 4096 + a % 4096;
	} else {
		if (!bit(n->iommu->capabilities, MSI_MRIF))
			return 263;
		if (bits(pte[0], 6, 3) || bits(pte[0], 62, 54) || bits(pte[1], 59, 54) ||
		    bits(pte[1], 63, 61))
			return 263;
		answer->is_mrif = true;
		answer->address = a;
		answer->mrif_address = bits(pte[0], 53, 7) * 512;
		answer->notice_address = bits(pte[1], 53, 10) * 4096;
		answer->notice_id = (unsigned)(bits(pte[1], 60, 60) * 1024 + bits(pte[1], 9, 0));
	}
	/* 15 */
	if (n->exec && !n->ats)
		return 1;
	return 0;
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

static unsigned translate(struct naive *n, struct naive_answer *answer)
{
	const struct naive_iommu *iommu = n->iommu;
	const struct naive_request *request = n->request;
	unsigned mode = (unsigned)bits(iommu->ddtp, 3, 0), cause, satp_mode = 0;
	uint64_t satp_ppn = 0, pc[2], ddi[3];
	bool is_ats = request->type != NAIVE_UNTRANSLATED, sum = false, is_msi = false;
	uint32_t process_id = request->process_id;
	struct page first, second = {0};

	/* 1 */
	if (mode == 0 || mode > 4)
		return 256;
	/* 2 */
	if (mode == 1) {
		if (is_ats)
			return 260;
		answer->rcid = (unsigned)bits(iommu->qosid, 11, 0);
		answer->mcid = (unsigned)bits(iommu->qosid, 27, 16);
		answer->address = request->iova;
		answer->shift = 63;
		answer->r = answer->w = answer->x = true;
		return 0;
	}
	/* 3 and 4 */
	if (bit(iommu->capabilities, MSI_FLAT)) {
		ddi[0] = bits(request->device_id, 5, 0);
		ddi[1] = bits(request->device_id, 14, 6);
		ddi[2] = bits(request->device_id, 23, 15);
	} else {
		ddi[0] = bits(request->device_id, 6, 0);
		ddi[1] = bits(request->device_id, 15, 7);
		ddi[2] = bits(request->device_id, 23, 16);
	}
	/* 5 */
	if (request->device_id >> 24 || (request->device_id & ~iommu->device_id_mask))
		return 260;
	if (mode == 3 && ddi[2] != 0)
		return 260;
	if (mode == 2 && (ddi[2] != 0 || ddi[1] != 0))
		return 260;
	/* 6 */
	cause = get_dc(n, ddi);
	if (cause)
		return cause;
	n->dtf = bit(n->dc.tc, TC_DTF);
	answer->rcid = n->attrs.rcid = (uint16_t)bits(n->dc.ta, 51, 40);
	answer->mcid = n->attrs.mcid = (uint16_t)bits(n->dc.ta, 63, 52);
	/* 7 */
	if (is_ats && !bit(n->dc.tc, TC_EN_ATS))
		return 260;
	if (request->process_id_valid && !bit(n->dc.tc, TC_PDTV))
		return 260;
	if (request->process_id_valid) {
		unsigned pdtp = (unsigned)bits(n->dc.fsc, 63, 60);

		if (request->process_id >> (pdtp == 1 ? 8 : pdtp == 2 ? 17 : 20))
			return 260;
	}
	/* 8 */
	if (request->type == NAIVE_TRANSLATED && !bit(n->dc.tc, TC_T2GPA)) {
		answer->address = request->iova;
		answer->shift = 63;
		answer->r = answer->w = answer->x = true;
		return 0;
	}
	if (request->type == NAIVE_TRANSLATED) {
		/* 9 */
	} else if (!bit(n->dc.tc, TC_PDTV)) {
		/* 10 */
		satp_mode = (unsigned)bits(n->dc.fsc, 63, 60);
		satp_ppn = bits(n->dc.fsc, 43, 0);
	} else if (!bit(n->dc.tc, TC_DPE) && !request->process_id_valid) {
		/* 12 */
	} else if (bits(n->dc.fsc, 63, 60) == 0) {
		/* 13 */
	} else {
		/* 11 */
		if (!request->process_id_valid)
			process_id = 0;
		/* 14 */
		cause = get_pc(n, process_id, pc);
		if (cause)
			return cause;
		/* 15 */
		if (n->supervisor && !bit(pc[0], 1))
			return 260;
		/* 16 */
		satp_mode = (unsigned)bits(pc[1], 63, 60);
		satp_ppn = bits(pc[1], 43, 0);
		sum = bit(pc[0], 2);
	}
	/* 17 */
	cause = first_stage(n, satp_mode, satp_ppn, sum, &first);
	if (cause)
		return cause;
	/* 18 */
	if (bit(iommu->capabilities, MSI_FLAT) && bits(n->dc.msiptp, 63, 60) != 0) {
		cause = msi(n, first.address, &is_msi, answer);
		if (cause)
			return cause;
		second = (struct page){answer->address, 12, true, true, false, false, 0};
	}
	/* 19 */
	if (!is_msi) {
		cause = g_stage(n, first.address, n->read && first.r,
				n->write && (first.w || !n->ats), n->exec && first.x, false,
				&second);
		if (cause)
			return cause;
	}
	/* 20 */
	answer->is_msi = is_msi;
	answer->address = second.address;
	if (request->type == NAIVE_TRANSLATION_REQUEST && bit(n->dc.tc, TC_T2GPA))
		answer->address = first.address;
	answer->shift = least(first.shift, second.shift);
	/* A page around the address reaches no further than to the next page of an interrupt file. */
	if (bit(iommu->capabilities, MSI_FLAT) && bits(n->dc.msiptp, 63, 60) != 0 && !is_msi) {
		uint64_t differs = (first.address / 4096 ^ n->dc.pattern) & ~n->dc.mask;

		while (answer->shift > 12 && bits(differs, 63, answer->shift - 12) == 0)
			answer->shift--;
	}
	answer->r = first.r && second.r;
	answer->w = first.w && second.w;
	answer->x = first.x && second.x;
	answer->global = first.g && !is_msi;
	answer->pbmt = first.pbmt ? first.pbmt : second.pbmt;
	return 0;
}

struct naive_answer naive_translate(const struct naive_iommu *iommu,
				    const struct naive_request *request)
{
	struct naive n = {.iommu = iommu, .request = request};
	struct naive_answer answer = {0};

	n.ats = request->type == NAIVE_TRANSLATION_REQUEST;
	n.exec = request->exec && (n.ats || !request->write);
	n.write = n.ats ? !request->no_write : request->write;
	n.read = n.ats || (!request->write && !request->exec);
	n.supervisor = request->process_id_valid && request->privileged;
	answer.cause = translate(&n, &answer);
	if (answer.cause) {
		unsigned rcid = answer.rcid, mcid = answer.mcid, cause = answer.cause;

		answer = (struct naive_answer){.cause = cause, .rcid = rcid, .mcid = mcid};
		answer.iotval2 = n.iotval2;
		answer.dtf = n.dtf;
	}
	return answer;
}
