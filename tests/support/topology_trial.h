/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A trial of the topology: a row of operations, chosen by whoever drives it (a seeded generator, a
 * fuzzer), is done to a fabric and to a naive memory alike, and what they show is compared.
 */
#ifndef XLAT_TESTS_SUPPORT_TOPOLOGY_TRIAL_H
#define XLAT_TESTS_SUPPORT_TOPOLOGY_TRIAL_H

#include "naive_memory.h"

#include <xlat/space.h>

#include <stdbool.h>
#include <stdint.h>

struct topology_trial;

/* Where choices come from. */
struct topology_choices {
	uint32_t (*next)(void *opaque, uint32_t bound); /* less than bound */
	void *opaque;
};

/* NULL: no memory. */
struct topology_trial *topology_trial_create(struct topology_choices choices);

/* Does one operation, and compares a little. What is wrong, or NULL. */
const char *topology_trial_step(struct topology_trial *trial);

/* Closes what transaction is open, and compares at every boundary. What is wrong, or NULL. */
const char *topology_trial_check(struct topology_trial *trial);

/* Ends everything. What is wrong, or NULL: a region or a RAM block that was not retired. */
const char *topology_trial_destroy(struct topology_trial *trial);

/* How many operations of each sort did something, for who wants to know what was tried. */
void topology_trial_print(const struct topology_trial *trial);

#endif
