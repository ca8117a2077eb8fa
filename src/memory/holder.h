/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * External holders, seen from inside. All of them are guarded by the fabric's holders lock, which
 * is taken last.
 */
#ifndef XLAT_MEMORY_HOLDER_H
#define XLAT_MEMORY_HOLDER_H

#include <xlat/blocker.h>
#include <xlat/implement/holder.h>

#include <stdbool.h>
#include <stdint.h>

struct xlat_fabric;
struct xlat_region;
struct xlat__source;

/* What holders could not settle, of one source. */
struct xlat__failures {
	uint64_t count, reported;
	uint64_t first,
		last; /* epochs of the oldest and newest withdrawal that were not reported */
	int error;
};

/* region is kept alive by the holder; NULL: none. */
int xlat__holder_create(struct xlat__source *source, struct xlat_region *region,
			const struct xlat_holder_config *config, struct xlat_holder **holder);

/* A source withdraws something, and has its epoch. Under the source's lock. */
void xlat__holders_post(struct xlat__source *source, struct xlat_range range, uint64_t epoch);

/* The source ends; its holders owe what they owe. */
void xlat__holders_leave(struct xlat__source *source);

/* Tells holders what they have not been told. No lock may be held. */
void xlat__holders_tell(struct xlat_fabric *fabric);

/* Whether a holder of the source owes what was withdrawn up to an epoch. */
bool xlat__holders_owe(const struct xlat__source *source, uint64_t epoch);

/* Whether a holder of a space may be using what was retired at an epoch. */
bool xlat__holders_keep(struct xlat_fabric *fabric, uint64_t epoch);

/* Whether a range may be held. Without a lock. */
bool xlat__holders_hold(const struct xlat__source *source, struct xlat_range range);

/* How many failures of the source some fence has reported. */
uint64_t xlat__holders_reported(struct xlat__source *source);

/*
 * The error that a fence up to an epoch reports when nobody uses anything any more, 0 if there is
 * none; seen: what was reported when it was started.
 */
int xlat__holders_error(struct xlat__source *source, uint64_t epoch, uint64_t seen);

/* Those that hold a fence up; returns how many were found, at most as many as there is room for. */
unsigned xlat__holders_block(const struct xlat__source *source, uint64_t epoch,
			     struct xlat_blocker *blockers, unsigned room);

/* The same for those that settled something up to an epoch with an error, and are still there. */
unsigned xlat__holders_failed(const struct xlat__source *source, uint64_t epoch,
			      struct xlat_blocker *blockers, unsigned room);

#endif
