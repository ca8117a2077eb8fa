/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An IOPMP as its software sees it: registers by name, transactions, and what reached its host. The
 * vocabulary of the conformance tests.
 */
#ifndef XLAT_TESTS_SUPPORT_IOPMP_UNIT_H
#define XLAT_TESTS_SUPPORT_IOPMP_UNIT_H

#include <xlat/iopmp.h>

#include "models/iopmp/bits.h"

struct iopmp_unit {
	struct xlat_iopmp *iopmp;
	uint32_t entry_offset;
	/* What the host saw. */
	unsigned messages, wires, invalidations;
	uint64_t message_address;
	uint32_t message_data;
	bool refuses_messages, wire;
	bool busy; /* accesses that a stall ended are not over */
	struct xlat_model_invalidation ended[16]; /* the last ones */
};

extern const struct xlat_model_host iopmp_unit_host;

/* Makes one, enabled unless it is to stay as after reset. */
void iopmp_unit_init(struct iopmp_unit *unit, const struct xlat_iopmp_config *config, bool enable);
void iopmp_unit_finish(struct iopmp_unit *unit);

#define IOPMP_UNIT(unit, ...)                                                                      \
	iopmp_unit_init(unit,                                                                      \
			&(struct xlat_iopmp_config){.size = sizeof(struct xlat_iopmp_config),      \
						    __VA_ARGS__},                                  \
			true)

uint32_t iopmp_get(struct iopmp_unit *unit, uint64_t offset);
void iopmp_set(struct iopmp_unit *unit, uint64_t offset, uint32_t value);

/* An entry whose region is a naturally aligned power of two (of 8 bytes at least), or [from, to). */
void iopmp_napot(struct iopmp_unit *unit, uint32_t i, uint64_t address, uint64_t size,
		 uint32_t cfg);
void iopmp_tor(struct iopmp_unit *unit, uint32_t i, uint64_t to, uint32_t cfg);
uint64_t iopmp_entry(const struct iopmp_unit *unit, uint32_t i, unsigned reg);

/* Asks; 0: legal, else the error type, or -1: stalled. The decision is in *decision unless NULL. */
int iopmp_ask(struct iopmp_unit *unit, uint32_t rrid, enum xlat_access access, uint64_t address,
	      uint64_t length, struct xlat_iopmp_decision *decision);

/* 4 entries, all of domain 0, which RRIDs 0 and 1 have. */
void iopmp_unit_plain(struct iopmp_unit *unit);

#endif
