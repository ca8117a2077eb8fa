/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A naive IOPMP: reads the registers of a model, as software would, and decides about a transaction
 * by the sentences of the specification, entry by entry and byte by byte where that matters. It
 * knows nothing of the model's insides.
 */
#ifndef XLAT_TESTS_SUPPORT_NAIVE_IOPMP_H
#define XLAT_TESTS_SUPPORT_NAIVE_IOPMP_H

#include <xlat/iopmp.h>

/* Everything but `captured`, `first` and `last`. */
struct xlat_iopmp_decision naive_iopmp(const struct xlat_iopmp *iopmp,
				       const struct xlat_iopmp_request *request);

/* A trial: a random model, and random writes and transactions. choose: a number below the bound. */
struct iopmp_trial {
	uint32_t (*choose)(void *opaque, uint32_t bound);
	void *opaque;
	unsigned steps;
	unsigned long checks; /* made so far */
};

/* NULL, or what was wrong. */
const char *iopmp_trial_run(struct iopmp_trial *trial);

#endif
