/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 2.8 Caching in-memory data structures: device contexts, process contexts, and translations. Each may be
 * left out. Readers take no lock: an entry is a few words with a sequence number, read and then checked.
 * Who fills or invalidates takes the caches' lock, which nothing is called under.
 *
 * A request notes how many invalidations there have been before it reads memory, and what it read
 * is kept only if there were no more since: what an invalidation ended can not come back.
 */
#ifndef XLAT_MODELS_RISCV_CACHE_H
#define XLAT_MODELS_RISCV_CACHE_H

#include <pthread.h>

#include "models/riscv/commands.h"
#include "models/riscv/iommu.h"

/* Which list an entry of the translation cache is on: what finds it for an invalidation. */
enum xlat__riscv_list {
	XLAT__RISCV_BY_SPACE, /* the virtual machine, or the host */
	XLAT__RISCV_BY_PROCESS, /* ... and the process */
	XLAT__RISCV_BY_IOVA, /* ... the machine and the first-stage leaf that maps the address */
	XLAT__RISCV_BY_GPA, /* ... the machine and the second-stage leaf */
	XLAT__RISCV_OF_GUESTS, /* of any machine; one list */
	XLAT__RISCV_LISTS,
};

/* A translation: what readers look at. */
struct xlat__riscv_tlb_entry {
	uint64_t sequence; /* odd while it changes */
	uint64_t page; /* IOVA >> shift, << 6 | shift; 0: empty */
	uint64_t space; /* see SPACE_PSCID() */
	uint64_t target; /* physical page, and below it what the page grants */
};

/* ... and the rest of it, for who holds the lock. */
struct xlat__riscv_tlb_origin {
	uint64_t gpa; /* with a second stage */
	uint8_t first_shift, second_shift; /* of the leaves; 0: the stage is Bare */
	struct {
		uint32_t next, previous; /* index + 1; 0: none */
		uint32_t bucket;
	} links[XLAT__RISCV_LISTS];
};

struct xlat__riscv_dc_entry {
	uint64_t sequence;
	uint64_t key; /* device id | 1 << 63; 0: empty */
	uint64_t birth; /* which filling of the cache this is; process contexts belong to it */
	uint64_t space; /* of requests without a process id; 0: see the context */
	uint64_t words[7];
};

struct xlat__riscv_pc_entry {
	uint64_t sequence;
	uint64_t key; /* device id << 20 | process id | 1 << 63; 0: empty */
	uint64_t birth; /* of the device context that it belongs to */
	uint64_t spaces[2]; /* of its requests, for a user and a supervisor; 0: see the context */
	uint64_t words[2];
};

struct xlat__riscv_caches {
	pthread_mutex_t lock;
	uint64_t invalidations; /* so far; read atomically */
	uint64_t births;

	struct xlat__riscv_tlb_entry *tlb; /* NULL: none */
	struct xlat__riscv_tlb_origin *origins; /* one for each */
	uint32_t sets; /* of WAYS entries; a power of two */
	uint32_t *heads; /* XLAT__RISCV_LISTS times `buckets` */
	uint32_t buckets;
	uint64_t shifts; /* page sizes that entries have, a bit each; read atomically */
	uint32_t shift_counts[64], first_shift_counts[64], second_shift_counts[64];
	uint32_t victim;

	struct xlat__riscv_dc_entry *dcs;
	uint32_t dc_count; /* a power of two, or 0 */
	struct xlat__riscv_pc_entry *pcs;
	uint32_t pc_count;
};

/* Makes the caches that the configuration asks for. Returns 0 or -ENOMEM. finish accepts what init left. */
int xlat__riscv_caches_init(struct xlat__riscv_caches *caches,
			    const struct xlat_riscv_iommu_config *config);
void xlat__riscv_caches_finish(struct xlat__riscv_caches *caches);

/* Empties them all. */
void xlat__riscv_caches_flush(struct xlat__riscv_caches *caches);

/* How many invalidations there have been: to be noted before memory is read. */
uint64_t xlat__riscv_invalidations(const struct xlat__riscv_caches *caches);

/* directory_cache.c: whether the context is there; fills it, and the birth of the device's. */
bool xlat__riscv_find_dc(const struct xlat__riscv_caches *caches, uint32_t did,
			 struct xlat__riscv_device_context *dc, uint64_t *birth);
bool xlat__riscv_find_pc(const struct xlat__riscv_caches *caches, uint32_t did, uint32_t pid,
			 uint64_t birth, struct xlat__riscv_process_context *pc);

/*
 * ... and no more of them than an untranslated request with a translation in the cache needs: the
 * address space, and ta of the device context. 0: not all of it is there.
 */
uint64_t xlat__riscv_find_space(const struct xlat__riscv_caches *caches,
				const struct xlat_riscv_iommu_request *request, uint64_t *ta);

/*
 * Keeps a context and the spaces of its requests, unless there were invalidations since `noted`.
 * Returns the birth of the device's.
 */
uint64_t xlat__riscv_keep_dc(struct xlat__riscv_caches *caches, uint64_t noted, uint32_t did,
			     const struct xlat__riscv_device_context *dc, uint64_t space);
void xlat__riscv_keep_pc(struct xlat__riscv_caches *caches, uint64_t noted, uint32_t did,
			 uint32_t pid, uint64_t birth, const struct xlat__riscv_process_context *pc,
			 const uint64_t spaces[2]);

void xlat__riscv_drop_dc(struct xlat__riscv_caches *caches, uint32_t did);
void xlat__riscv_drop_pc(struct xlat__riscv_caches *caches, uint32_t did, uint32_t pid);
void xlat__riscv_drop_directories(struct xlat__riscv_caches *caches);

/*
 * The address space that a translation is cached by. A device that recognizes MSIs does so by
 * patterns of its own. 0: none; both stages are Bare.
 */
#define SPACE_PSCID(pscid) ((uint64_t)(pscid)) /* 19:0 */
#define SPACE_GSCID(gscid) ((uint64_t)(gscid) << 20) /* 35:20 */
#define SPACE_PSCV BIT(36)
#define SPACE_GV BIT(37)
#define SPACE_SUPERVISOR BIT(38)
#define SPACE_SUM BIT(39)
#define SPACE_DEVICE(did) ((uint64_t)(did) << 40) /* 63:40 */

/* What lies below the physical page in a target. */
#define TARGET_RIGHTS(target) ((target)&7)
#define TARGET_PBMT(target) ((target) >> 3 & 3)
#define TARGET_GLOBAL BIT(5)
#define TARGET_LEAF_SHIFT(target) ((target) >> 6 & 63)
#define TARGET_PAGE(target) ((target) & ~UINT64_C(0xfff))

/*
 * tlb.c: the translation of an address. Returns log2 of its page's size; 0: it is not there. The
 * target has the address of the page, and what it grants.
 */
unsigned xlat__riscv_find_translation(const struct xlat__riscv_caches *caches, uint64_t space,
				      uint64_t iova, uint64_t *target);

/* Keeps one: of which leaves (0: Bare), and of which guest address, if there is a second stage. */
void xlat__riscv_keep_translation(struct xlat__riscv_caches *caches, uint64_t noted, uint64_t space,
				  uint64_t iova, const struct xlat__riscv_mapping *mapping,
				  uint8_t first_shift, uint8_t second_shift, uint64_t gpa);

/* 3.1.1 */
void xlat__riscv_drop_vma(struct xlat__riscv_caches *caches,
			  const struct xlat__riscv_iotinval *operands);
void xlat__riscv_drop_gvma(struct xlat__riscv_caches *caches,
			   const struct xlat__riscv_iotinval *operands);

/*
 * Sequence numbers. A reader begins, loads, and ends; false: it loaded a mixture. Loads acquire, so
 * that the last look at the sequence comes after them, and stores release, so that they come after
 * the first change of it: no fence is needed, and thread sanitizers understand it.
 */
static inline uint64_t xlat__riscv_load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline uint64_t xlat__riscv_read_begin(const uint64_t *sequence)
{
	return __atomic_load_n(sequence, __ATOMIC_ACQUIRE);
}

static inline bool xlat__riscv_read_end(const uint64_t *sequence, uint64_t begun)
{
	return !(begun & 1) && __atomic_load_n(sequence, __ATOMIC_RELAXED) == begun;
}

static inline void xlat__riscv_store(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static inline void xlat__riscv_write_begin(uint64_t *sequence)
{
	__atomic_store_n(sequence, *sequence + 1, __ATOMIC_RELAXED);
}

static inline void xlat__riscv_write_end(uint64_t *sequence)
{
	__atomic_store_n(sequence, *sequence + 1, __ATOMIC_RELEASE);
}

static inline uint64_t xlat__riscv_hash(uint64_t a, uint64_t b)
{
	uint64_t hash = (a ^ b * UINT64_C(0xff51afd7ed558ccd)) * UINT64_C(0x9e3779b97f4a7c15);

	return hash ^ hash >> 32;
}

#endif
