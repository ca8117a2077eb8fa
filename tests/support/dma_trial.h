/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random operations on two handles behind two stacked table IOMMUs: maps and unmaps of the tables,
 * commits, accesses of every sort, host maps, windows, fences. Every access is made twice, through
 * the handle and through the space, which caches nothing, and must come out the same. A property
 * test and a fuzzer choose the operations.
 */
#ifndef XLAT_TESTS_SUPPORT_DMA_TRIAL_H
#define XLAT_TESTS_SUPPORT_DMA_TRIAL_H

#include <stdint.h>

struct dma_trial;

/* Where choices come from. */
struct dma_choices {
	uint32_t (*next)(void *opaque, uint32_t bound); /* less than bound */
	void *opaque;
};

/* NULL: no memory. */
struct dma_trial *dma_trial_create(struct dma_choices choices);

/* Does one operation, and compares. What is wrong, or NULL. */
const char *dma_trial_step(struct dma_trial *trial);

/* Ends everything. What is wrong, or NULL. */
const char *dma_trial_destroy(struct dma_trial *trial);

#endif
