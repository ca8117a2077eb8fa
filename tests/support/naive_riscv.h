/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A second reader of the RISC-V IOMMU's specification: section 2.3 and the privileged
 * architecture's translation process, step by step as they are written there, with nothing shared
 * with the model and no thought of speed. Tests compare the two.
 */
#ifndef XLAT_TESTS_SUPPORT_NAIVE_RISCV_H
#define XLAT_TESTS_SUPPORT_NAIVE_RISCV_H

#include <stdbool.h>
#include <stdint.h>

#include <xlat/implement/model_host.h>

struct naive_iommu {
	uint64_t capabilities;
	uint32_t fctl;
	bool be_writable, gxl_writable;
	uint64_t ddtp;
	uint32_t qosid;
	uint32_t device_id_mask;
	unsigned rcid_bits, mcid_bits;
	unsigned bare_shift[8]; /* Sv32, Sv39, Sv48, Sv57, then the same x4 */
	const struct xlat_model_host *host;
	void *opaque;
};

enum naive_type {
	NAIVE_UNTRANSLATED,
	NAIVE_TRANSLATION_REQUEST,
	NAIVE_TRANSLATED,
};

struct naive_request {
	enum naive_type type;
	uint32_t device_id, process_id;
	bool process_id_valid, privileged, exec, write, no_write;
	uint64_t iova;
};

struct naive_answer {
	unsigned cause; /* 0: no fault */
	uint64_t iotval2;
	bool dtf;
	/* without a fault: */
	uint64_t address;
	unsigned shift;
	bool r, w, x; /* usable without another walk */
	bool global;
	unsigned pbmt;
	bool is_msi, is_mrif;
	uint64_t mrif_address, notice_address;
	unsigned notice_id;
	unsigned rcid, mcid;
};

struct naive_answer naive_translate(const struct naive_iommu *iommu,
				    const struct naive_request *request);

#endif
