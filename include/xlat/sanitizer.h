/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A sanitizer of IOMMU drivers: it watches the IOMMUs that are made with it, and reports what a
 * driver that keeps its promises never does. It remembers each translation that an access used, as
 * hardware may, until it is invalidated, and compares every access and every invalidation with a
 * fresh walk of the tables.
 *
 * Nothing that is translated by such an IOMMU is cached by handles, so that each access is seen: it
 * costs speed, and changes nothing else. A map is one access, and in use until it is unmapped.
 */
#ifndef XLAT_SANITIZER_H
#define XLAT_SANITIZER_H

#include <xlat/iommu.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(identifier suffix, name as printed, what the driver or its device did) */
#define XLAT_SANITIZER_KINDS(X)                                                                    \
	X(STALE, "stale", "an access while the table says otherwise and nobody has invalidated")   \
	X(NEEDLESS, "needless", "an invalidation of translations that had not changed")            \
	X(IN_USE, "in-use", "an invalidation of what is mapped by a device at this moment")        \
	X(FREED, "freed", "an access to what was mapped, and ended by an invalidation")            \
	X(UNMAPPED, "unmapped", "an access to what was never mapped, as far as is remembered")     \
	X(FORBIDDEN, "forbidden", "an access of a kind that the mapping does not grant")

enum xlat_sanitizer_kind {
#define XLAT_SANITIZER_ENUMERATOR(suffix, name, meaning) XLAT_SANITIZER_##suffix,
	XLAT_SANITIZER_KINDS(XLAT_SANITIZER_ENUMERATOR)
#undef XLAT_SANITIZER_ENUMERATOR
	XLAT_SANITIZER_KIND_COUNT,
};

/* A translation as it was or is, at the address that the report is about. */
struct xlat_sanitizer_entry {
	enum xlat_outcome outcome; /* OK: it leads to address */
	uint64_t address;
	uint64_t entry; /* the raw table entry that says so; 0 where the model does not tell */
};

struct xlat_sanitizer_report {
	enum xlat_sanitizer_kind kind;
	struct xlat_iommu *iommu;
	struct xlat_attrs attrs; /* who accesses; NEEDLESS: whose translation it is; not of IN_USE */
	enum xlat_access access;
	uint64_t iova; /* of the access; NEEDLESS: of the translation; IN_USE: of the map */
	/* Of the translation; NEEDLESS, IN_USE: of the invalidation; UNMAPPED, FORBIDDEN: iova only. */
	struct xlat_range range;
	struct xlat_sanitizer_entry was; /* STALE, NEEDLESS, FREED: what was used last */
	struct xlat_sanitizer_entry now; /* what the tables say now */
	uint64_t age; /* nanoseconds since it was first used; UNMAPPED, FORBIDDEN: 0 */
	uint64_t ended; /* FREED: nanoseconds since it was invalidated */
	const char *holder; /* IN_USE: the name of the handle, during the call; else NULL */
};

struct xlat_sanitizer_config {
	size_t size; /* sizeof(struct xlat_sanitizer_config) */
	/*
	 * Called for each report, by the thread that accessed or invalidated, which may hold a device's
	 * lock; it may not access through the IOMMU nor invalidate. NULL: only counted.
	 */
	void (*report)(void *opaque, const struct xlat_sanitizer_report *report);
	void *opaque;
	uint64_t limit; /* reports of each kind that are called for; what is more is counted. 0: 64 */
	/* Translations that are remembered, live and ended; the oldest are forgotten first. 0: 65536 */
	uint32_t records;
	uint64_t (*clock)(void *opaque); /* nanoseconds; NULL: the host's monotonic clock */
};

struct xlat_sanitizer;

/*
 * Makes a sanitizer, for any number of IOMMUs. config may be NULL: it only counts. Fails with
 * -ENOMEM, or config.h's.
 */
XLAT_MUST_CHECK int xlat_sanitizer_create(const struct xlat_sanitizer_config *config,
					  struct xlat_sanitizer **sanitizer);

/* Ends it; the IOMMUs that were made with it must be retired. Accepts NULL. */
void xlat_sanitizer_destroy(struct xlat_sanitizer *sanitizer);

struct xlat_sanitizer_counts {
	uint64_t reports[XLAT_SANITIZER_KIND_COUNT];
	uint64_t accesses; /* that were looked at */
	uint64_t invalidations;
	uint64_t forgotten; /* records, for lack of room: what they would have shown is not reported */
};

/* What was found so far. Any thread. */
struct xlat_sanitizer_counts xlat_sanitizer_count(struct xlat_sanitizer *sanitizer);

/* The kind's name ("stale"), or "unknown". Never NULL. */
const char *xlat_sanitizer_kind_name(enum xlat_sanitizer_kind kind);

/*
 * Writes a report as one line for people, without a newline, at most size bytes with the zero at
 * its end. Returns the length of the whole line.
 */
size_t xlat_sanitizer_describe(const struct xlat_sanitizer_report *report, char *line, size_t size);

#ifdef __cplusplus
}
#endif
#endif
