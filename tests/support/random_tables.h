/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Directories and page tables without end: a memory whose every word is a function of a seed and of
 * its address, shaped as what software would put there. A page's number says what it holds (its low
 * seven bits), and entries point to pages of the right kind, also through a second stage, so that
 * most walks go far; noise makes the rest of them fail in every way. Writes are kept beside it.
 */
#ifndef XLAT_TESTS_SUPPORT_RANDOM_TABLES_H
#define XLAT_TESTS_SUPPORT_RANDOM_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include <xlat/riscv_iommu.h>

#include "naive_riscv.h"

struct random_write {
	uint64_t address; /* of eight bytes */
	uint8_t bytes[8];
};

struct random_tables {
	uint64_t seed;
	unsigned noise; /* 0 none to 3 much */
	bool cached; /* the model has caches */
	uint64_t capabilities;
	uint32_t fctl, fctl_fixed;
	bool sbe, sxl;
	uint64_t ddtp;
	uint32_t qosid;
	uint32_t device_id_mask;
	uint16_t rcid_mask, mcid_mask;
	struct random_write writes[64];
	unsigned write_count;
};

/* Everything that a seed decides but the requests. */
struct random_tables random_tables(uint64_t seed);

/* The host table of a model that reads them; its opaque is a struct random_tables. */
extern const struct xlat_model_host random_host;

/* The n-th request to make of them. */
struct xlat_riscv_iommu_request random_request(const struct random_tables *tables, unsigned n);

/* The model's and the naive reader's view of the same registers. */
struct xlat_riscv_iommu *model_of(struct random_tables *tables);
struct naive_iommu naive_of(struct random_tables *tables);

/* Whether both have written the same. */
bool same_writes(const struct random_tables *a, const struct random_tables *b);

/* Sixty-four random bits, from a number. */
uint64_t mix(uint64_t number);

#endif
