/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A trial of accesses: a random machine (containers, RAM, ROM, devices, aliases, IOMMUs one behind
 * another) is accessed through spaces and DMA handles, changed, and accessed again; a naive machine
 * is, too. What reads give, what stores leave, what devices were asked, outcomes, dirty pages and
 * watched bytes are compared.
 */
#ifndef XLAT_TESTS_SUPPORT_ACCESS_TRIAL_H
#define XLAT_TESTS_SUPPORT_ACCESS_TRIAL_H

#include <stdbool.h>
#include <stdint.h>

struct access_trial;

/* Where choices come from. */
struct access_choices {
	uint32_t (*next)(void *opaque, uint32_t bound); /* less than bound */
	void *opaque;
};

/* NULL: no memory. */
struct access_trial *access_trial_create(struct access_choices choices);

/* Makes one access, or one change. What is wrong, or NULL; *accessed says which it was. */
const char *access_trial_step(struct access_trial *trial, bool *accessed);

/* Ends everything. What is wrong, or NULL. */
const char *access_trial_destroy(struct access_trial *trial);

/* How many operations of each sort there were, for who wants to know what was tried. */
void access_trial_print(const struct access_trial *trial);

#endif
