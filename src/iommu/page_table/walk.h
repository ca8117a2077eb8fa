/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A walk of a page table: from an address and the rights it needs to the leaf that maps it, or to
 * the reason why none does. The walk is written once, in walk_format.h, and instantiated by one
 * source file per format; this header is what a caller sees of any of them.
 *
 * A walk keeps its state on the stack of its caller, so that any number of threads walk at once. It
 * reaches memory only through `struct xlat__pt_memory`, which is where a second stage goes: the
 * callbacks of a first stage translate the address of each entry before they read it.
 *
 * Every number that comes out of memory is a number that a guest chose. The loop over the levels is
 * bounded by the format, the index of an entry by its bits, and the update of an entry by a fixed
 * number of attempts.
 */
#ifndef XLAT_IOMMU_PAGE_TABLE_WALK_H
#define XLAT_IOMMU_PAGE_TABLE_WALK_H

#include <stdbool.h>
#include <stdint.h>

/* How a walk ended. What an architecture calls the fault is for the model to say. */
enum xlat__pt_status {
	XLAT__PT_OK,
	/* The tables refuse. */
	XLAT__PT_NONCANONICAL, /* the address is not one that this format translates */
	XLAT__PT_NOT_VALID, /* an entry is not valid */
	XLAT__PT_RESERVED, /* an entry has reserved bits set or a reserved encoding */
	XLAT__PT_TOO_DEEP, /* an entry of the last level points to a further table */
	XLAT__PT_MISALIGNED, /* a superpage's address is not a multiple of its size */
	XLAT__PT_NOT_PERMITTED, /* the leaf does not grant the rights to this requester */
	XLAT__PT_NOT_ACCESSED, /* the accessed or dirty bit is clear, and hardware does not set it */
	/* Memory refuses. */
	XLAT__PT_ACCESS_FAULT,
	XLAT__PT_CORRUPT,
	XLAT__PT_NESTED, /* the next stage refused to translate an entry's address; it kept the details */
};

/* What an entry is, as its format decodes it. */
enum xlat__pt_kind {
	XLAT__PT_TABLE, /* points to the table of the next level */
	XLAT__PT_LEAF,
};

struct xlat__pt_entry {
	enum xlat__pt_kind kind;
	uint8_t shift; /* of a leaf: log2 of the bytes it maps */
	uint8_t memory_type; /* of a leaf: the format's own encoding */
	uint8_t rights; /* of a leaf: what it grants to anyone, a set of enum xlat_rights */
	bool user; /* of a leaf: the format's user bit */
	bool global;
	bool accessed;
	bool dirty;
	uint64_t address; /* where the next table, or the memory that it maps, begins */
};

/*
 * Where entries are read. `read` fetches one entry in the host's byte order and returns OK or one
 * of the memory statuses. `update` replaces it if it still is `old` and says so in *swapped; it is
 * called only in walks that update, and may be NULL where none does. To walk without side effects,
 * give it one that only says *swapped.
 */
struct xlat__pt_memory {
	enum xlat__pt_status (*read)(void *opaque, uint64_t address, unsigned size,
				     uint64_t *entry);
	enum xlat__pt_status (*update)(void *opaque, uint64_t address, unsigned size, uint64_t old,
				       uint64_t desired, bool *swapped);
};

/* Options of the formats; each format says which it knows. */
enum xlat__pt_feature {
	XLAT__PT_RISCV_SVPBMT = 1, /* bits 62:61 of a leaf are the memory type, else reserved */
	XLAT__PT_RISCV_SVRSW60T59B = 2, /* bits 60:59 are for software, else reserved */
};

/* What a walk is asked. */
struct xlat__pt_walk {
	const struct xlat__pt_memory *memory;
	void *opaque; /* for memory and trace */
	uint64_t root; /* address of the table of the first level */
	uint64_t address; /* to be translated */
	uint8_t features; /* a set of enum xlat__pt_feature */
	uint8_t rights; /* what the access needs, a set of enum xlat_rights */
	bool partial; /* rights that are missing are left out of the answer, and are no fault */
	bool supervisor; /* the requester is privileged */
	bool sum; /* a privileged requester may read and write user pages */
	bool executable_is_readable; /* a CPU's mstatus.MXR */
	bool update; /* hardware sets the accessed and dirty bits */

	/*
	 * NULL, or called for each entry after it was read and judged: `entry` is filled as far as
	 * it was decoded, and all of it if status is OK.
	 */
	void (*trace)(void *opaque, unsigned level, uint64_t address, uint64_t value,
		      enum xlat__pt_status status, const struct xlat__pt_entry *entry);
};

/* What a walk found. */
struct xlat__pt_leaf {
	uint64_t address; /* the translated address of the request */
	uint8_t shift; /* log2 of the range around it that this leaf maps */
	uint8_t level; /* 0 is the last */
	uint8_t memory_type;
	/*
	 * What the requester may do by this leaf without another walk: a write is not in it while
	 * the leaf's dirty bit is clear.
	 */
	uint8_t rights;
	bool user;
	bool global; /* the leaf, or a table on the way, is global */
};

/*
 * Walks a table of the format and fills *leaf if it returns OK. From any thread; no lock is taken
 * but those of the callbacks.
 */
typedef enum xlat__pt_status xlat__pt_walk_fn(const struct xlat__pt_walk *walk,
					      struct xlat__pt_leaf *leaf);

xlat__pt_walk_fn xlat__pt_walk_sv32;
xlat__pt_walk_fn xlat__pt_walk_sv39;
xlat__pt_walk_fn xlat__pt_walk_sv48;
xlat__pt_walk_fn xlat__pt_walk_sv57;
xlat__pt_walk_fn xlat__pt_walk_sv32x4;
xlat__pt_walk_fn xlat__pt_walk_sv39x4;
xlat__pt_walk_fn xlat__pt_walk_sv48x4;
xlat__pt_walk_fn xlat__pt_walk_sv57x4;

/* A short phrase for a status, for people: "entry not valid". Never NULL. */
const char *xlat__pt_status_name(enum xlat__pt_status status);

#endif
