/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A mirror of a space, kept by a listener from what it is told, which checks that it is told
 * nothing that cannot be mirrored: a del of what is not there, an add where something is.
 */
#ifndef XLAT_TESTS_SUPPORT_MIRROR_H
#define XLAT_TESTS_SUPPORT_MIRROR_H

#include <xlat/implement/listener.h>

enum {
	MIRROR_SECTIONS = 4096,
	MIRROR_NOTES = 512
};

/* A doorbell or a coalesced range, as it is seen. */
struct mirror_note {
	uint64_t first, last; /* addresses */
	bool doorbell;
	uint64_t value; /* that a doorbell matches: what tells those at one address apart */
};

struct mirror {
	struct xlat_space *space;
	struct xlat_listener *listener;
	struct xlat_section sections[MIRROR_SECTIONS];
	size_t count;
	struct mirror_note notes[MIRROR_NOTES]; /* in no order */
	size_t note_count;
	bool in_commit, adding;
	size_t begins, adds, dels, nops, commits;
	const char *complaint; /* the first thing that was wrong */
};

/* Begins to mirror a space. Returns what xlat_listener_create() does. */
int mirror_init(struct mirror *mirror, struct xlat_space *space, int priority);
void mirror_finish(struct mirror *mirror); /* everything must be gone from it then */

/* Whether the mirror has this note. */
bool mirror_has(const struct mirror *mirror, struct mirror_note note);

/* What is wrong with the mirror, or NULL: a complaint, or a difference to the space's view. */
const char *mirror_check(struct mirror *mirror);

#endif
