/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random operations on two TLBs of a CPU that looks pages up in a list: pages of all sizes change and
 * are flushed in every way, an IOMMU is programmed and the map committed, RAM is logged and marked as
 * code, and accesses of every sort are made through the TLBs, which must do what a walk and an
 * uncached access for each single byte do. A property test and a fuzzer choose the operations.
 */
#ifndef XLAT_TESTS_SUPPORT_TLB_TRIAL_H
#define XLAT_TESTS_SUPPORT_TLB_TRIAL_H

#include <stdint.h>

struct tlb_trial;

/* Where choices come from. */
struct tlb_choices {
	uint32_t (*next)(void *opaque, uint32_t bound); /* less than bound */
	void *opaque;
};

/* NULL: no memory. */
struct tlb_trial *tlb_trial_create(struct tlb_choices choices);

/* Does one operation, and compares. What is wrong, or NULL. */
const char *tlb_trial_step(struct tlb_trial *trial);

/* Ends everything. What is wrong, or NULL. */
const char *tlb_trial_destroy(struct tlb_trial *trial);

#endif
