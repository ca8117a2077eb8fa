/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A TLB: how a CPU reaches memory. Per mmu index (a way in which the CPU may look at memory: a
 * privilege mode with its modifiers, or physical addresses) and per access kind it keeps where
 * pages lead, laid out for inlined and for emitted code (inline/tlb.h): a hit is an index, a
 * compare and the access.
 *
 * What is not there is filled: the CPU's own walk answers with a physical address, rights and
 * attributes, kept for all kinds; the physical address is then resolved, IOMMUs and protection
 * units on the way included, for the kind of the access alone. So read, write and exec of one page
 * may lead to three places.
 *
 * A TLB belongs to one thread at a time, as a DMA handle does; only that thread may use it, but for
 * xlat_tlb_post() and xlat_tlb_fence(). It is running or idle. Accesses are made while it is
 * running; what others withdrew (an invalidation, a commit, a posted flush) it goes on using until
 * its next safepoint, and fences wait for that. An idle one is waited for by nobody.
 */
#ifndef XLAT_TLB_H
#define XLAT_TLB_H

#include <xlat/access.h>
#include <xlat/attrs.h>
#include <xlat/config.h>
#include <xlat/fence.h>
#include <xlat/outcome.h>
#include <xlat/range.h>
#include <xlat/space.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_tlb;

enum {
	XLAT_TLB_MMUS = 16, /* mmu indexes of a TLB, at most */
	XLAT_TLB_ACCESS = 16, /* bytes of one access, at most */
};

/* What the CPU's walk is asked. */
struct xlat_tlb_request {
	unsigned mmu; /* index */
	enum xlat_access access; /* the true kind */
	uint64_t address; /* virtual */
	unsigned length; /* bytes that the access wants from address on, inside the page */
	bool probe; /* no side effects: no accessed and dirty bits */
};

/* What it answers. */
struct xlat_tlb_page {
	struct xlat_range range; /* virtual, around the address: a page of any size, down to a byte */
	uint64_t physical; /* of range.first */
	unsigned rights; /* the kinds that may go without another walk: a set of enum xlat_rights */
	uint32_t asid; /* whose it is, for flushes by ASID */
	bool global; /* everybody's: flushes by ASID leave it */
	struct xlat_attrs attrs; /* of every access to it */
	/* When refused: the CPU's own, for the result of the access. */
	uint32_t cause;
	uint64_t detail;
};

struct xlat_tlb_config {
	size_t size; /* sizeof(struct xlat_tlb_config) */
	const char *name; /* for messages; copied; NULL: "tlb" */
	unsigned mmus; /* mmu indexes: 0 to mmus - 1; 0: 1 */
	unsigned physical; /* those of physical addresses, a set of 1 << index: see xlat_tlb_flush */
	unsigned least, most; /* entries per mmu index and kind, powers of two; 0: 256, 16384 */
	/*
	 * The CPU's walk: OK and *page, or what refuses the access, with cause and detail. It reads its
	 * tables through the TLB, by an mmu index whose walk needs none (physical addresses), and may
	 * be called again for the same access; it may not flush. *page is zero at first.
	 */
	enum xlat_outcome (*walk)(void *opaque, struct xlat_tlb *tlb,
				  const struct xlat_tlb_request *request,
				  struct xlat_tlb_page *page);
	/*
	 * Code that was marked (xlat_tlb_code_mark()) may have changed: what was decoded from these
	 * bytes of the host's memory is to be forgotten. By the owner; it may not use the TLB.
	 */
	void (*code_changed)(void *opaque, const uint8_t *host, uint64_t length);
	/*
	 * An access is about to touch a watchpoint. True: it is not made, and its outcome is RETRY. By
	 * the owner. NULL: never.
	 */
	bool (*watchpoint)(void *opaque, enum xlat_access access, uint64_t address, unsigned size);
	/* A pending access can be taken: wakes the CPU. Any thread; it may only note or signal. */
	void (*answered)(void *opaque);
	void *opaque;
};

/*
 * Makes a TLB into a space of physical addresses, idle, owned by the calling thread. Fails with -EINVAL
 * (no walk, too many mmu indexes, least or most no power of two or out of order), -ENOMEM, or config.h's.
 */
XLAT_MUST_CHECK int xlat_tlb_create(struct xlat_space *space, const struct xlat_tlb_config *config,
				    struct xlat_tlb **tlb);

/* Ends a TLB: by its owner, outside its accesses. A pending access is forgotten. Accepts NULL. */
void xlat_tlb_destroy(struct xlat_tlb *tlb);

/*
 * Makes the calling thread the owner of an idle TLB. The former owner must have stopped using it,
 * and that must have been told to this thread (by a lock, a join).
 */
void xlat_tlb_own(struct xlat_tlb *tlb);

/*
 * The CPU runs from now on: what was withdrawn meanwhile is dropped. And it stops (waits for an
 * interrupt, is halted, or looked at by a debugger): it holds nobody up and may not use the inlines.
 */
void xlat_tlb_resume(struct xlat_tlb *tlb);
void xlat_tlb_idle(struct xlat_tlb *tlb);

/*
 * A safepoint: drops what was withdrawn since the last one. To be passed every few hundred
 * instructions, with nothing in use that was had from the TLB (host pointers); and after doing
 * oneself what withdraws (invalidating an IOMMU) outside a device's handler. Costs a load and a
 * compare.
 */
void xlat_tlb_safepoint(struct xlat_tlb *tlb);

/*
 * Accesses of 1 to 16 bytes, while running: OK; PENDING (a device answers later, or what was stored
 * has not retired (watch.h): see xlat_tlb_take()); or why not, and then a read gives all-ones, and xlat_tlb_result() tells more.
 * access: READ or EXEC. Where an access reaches into another page that refuses it, nothing is done.
 */
enum xlat_outcome xlat_tlb_read(struct xlat_tlb *tlb, unsigned mmu, enum xlat_access access,
				uint64_t address, void *buffer, unsigned size);
enum xlat_outcome xlat_tlb_write(struct xlat_tlb *tlb, unsigned mmu, uint64_t address,
				 const void *buffer, unsigned size);

/*
 * Sized accesses in a named byte order, any alignment: xlat_tlb_load_u8, _le16, _le32, _le64, _be16,
 * _be32, _be64 and the same for store. An aligned one to RAM is a single copy, never torn.
 */
#define XLAT_TLB_SIZED(X)                                                                          \
	X(u8, uint8_t, LITTLE)                                                                     \
	X(le16, uint16_t, LITTLE)                                                                  \
	X(le32, uint32_t, LITTLE)                                                                  \
	X(le64, uint64_t, LITTLE)                                                                  \
	X(be16, uint16_t, BIG)                                                                     \
	X(be32, uint32_t, BIG)                                                                     \
	X(be64, uint64_t, BIG)

#define XLAT_TLB_DECLARE_SIZED(suffix, type, order)                                                \
	enum xlat_outcome xlat_tlb_load_##suffix(struct xlat_tlb *tlb, unsigned mmu,               \
						 uint64_t address, type *value);                   \
	enum xlat_outcome xlat_tlb_store_##suffix(struct xlat_tlb *tlb, unsigned mmu,              \
						  uint64_t address, type value);
XLAT_TLB_SIZED(XLAT_TLB_DECLARE_SIZED)
#undef XLAT_TLB_DECLARE_SIZED

/*
 * Compare-and-swap, as xlat_space_cas(), through the mmu index: page-table updates, guest atomics
 * that xlat_tlb_host() gives no pointer for. PENDING: it is made, *expected and *swapped are there, and
 * it retires later; it is not to be made again.
 */
enum xlat_outcome xlat_tlb_cas(struct xlat_tlb *tlb, unsigned mmu, uint64_t address, unsigned size,
			       void *expected, const void *desired, bool *swapped);

/*
 * The host address of size bytes, valid until the next safepoint or slow access: for host atomics
 * (ATOMIC; a size that is a power of two is wanted aligned), for fetching (EXEC), for copies. OK
 * with NULL where there is none (a device, a watched page, an access that crosses pages or is
 * misaligned): the other calls serve. For a store the page has been logged.
 */
enum xlat_outcome xlat_tlb_host(struct xlat_tlb *tlb, unsigned mmu, enum xlat_access access,
				uint64_t address, unsigned size, uint8_t **host);

/* What became of the last access that was not OK. */
struct xlat_tlb_result {
	enum xlat_outcome outcome;
	enum xlat_access access;
	uint64_t address; /* virtual, of the first byte that was refused */
	uint64_t physical; /* of the same; 0 when walked is false */
	bool walked; /* the CPU's walk granted it: what refused it is behind the physical address */
	uint32_t cause; /* of the walk when it refused; else an IOMMU's (translation.h) or 0 */
	uint64_t detail; /* the same */
};
struct xlat_tlb_result xlat_tlb_result(const struct xlat_tlb *tlb);

/* Where an address leads. */
struct xlat_tlb_probe {
	struct xlat_tlb_page page; /* the walk's answer */
	uint64_t physical; /* of the address */
	struct xlat_tlb_result result; /* as of an access */
};

/* Whether and where an access of a kind would be made; no side effects, nothing is cached. */
enum xlat_outcome xlat_tlb_probe(struct xlat_tlb *tlb, unsigned mmu, enum xlat_access access,
				 uint64_t address, struct xlat_tlb_probe *probe);

/*
 * After PENDING: PENDING until the device has answered or the store has retired; then the access is
 * over, here is its outcome, and buffer has what a read read (size bytes, as it was asked). The CPU waits (idle) or does
 * without; another access meanwhile cannot be deferred. RETRY when nothing is pending.
 */
enum xlat_outcome xlat_tlb_take(struct xlat_tlb *tlb, void *buffer);

/* Gives up on a pending access: the device's answer is dropped. */
void xlat_tlb_forget(struct xlat_tlb *tlb);

/* --- Flushes: the walk's answers end. */

struct xlat_tlb_flush {
	struct xlat_range
		range; /* virtual; {0, UINT64_MAX}: all; of a larger page any part ends it */
	unsigned mmus; /* a set of 1 << index; 0: all but those of physical addresses */
	bool by_asid; /* only those of asid, and not the global ones */
	uint32_t asid;
};

/* By the owner, at once. One page costs the same however much there is. */
void xlat_tlb_flush(struct xlat_tlb *tlb, const struct xlat_tlb_flush *flush);
void xlat_tlb_flush_page(struct xlat_tlb *tlb, uint64_t address); /* mmus 0, all ASIDs */
void xlat_tlb_flush_all(struct xlat_tlb *tlb);

/* The same by any thread: dropped at the TLB's next safepoint. Never blocks, never fails. */
void xlat_tlb_post(struct xlat_tlb *tlb, const struct xlat_tlb_flush *flush);

/*
 * Starts a fence for all posted flushes of this TLB so far; otherwise as xlat_iommu_fence(). Any thread.
 */
bool xlat_tlb_fence(struct xlat_tlb *tlb, struct xlat_fence *fence, void (*done)(void *opaque),
		    void *opaque);

/* --- Code: what the CPU decoded. */

/*
 * The page that an address leads to for EXEC is about to be decoded: before its bytes are read. From now
 * on code_changed tells of changes to it, by whomever, at a safepoint or in xlat_tlb_code_fence(). Pages
 * that are marked already cost a look. False: nothing decoded there may be kept (no RAM, or no memory).
 */
bool xlat_tlb_code_mark(struct xlat_tlb *tlb, unsigned mmu, uint64_t address);

/*
 * An instruction-fetch fence: what anybody stored before it is what is fetched after it, since
 * code_changed has told of what was decoded before. A safepoint; when nothing was told, it costs what
 * that costs.
 */
void xlat_tlb_code_fence(struct xlat_tlb *tlb);

/* --- Watchpoints. */

/* Watches virtual addresses for kinds (a set of enum xlat_rights). Fails with -ENOSPC (16), -EINVAL. */
XLAT_MUST_CHECK int xlat_tlb_watch(struct xlat_tlb *tlb, struct xlat_range range, unsigned kinds);
void xlat_tlb_unwatch(struct xlat_tlb *tlb, struct xlat_range range, unsigned kinds);

/* Counts since creation. Hits are not counted, since that would cost them. */
struct xlat_tlb_statistics {
	uint64_t walks; /* of the CPU */
	uint64_t translations; /* physical addresses resolved: IOMMUs were asked then only */
	uint64_t victims; /* fills that an entry pushed out before served */
	uint64_t mmio; /* accesses that a device answered */
	uint64_t failures; /* accesses that were not OK */
	uint64_t withdrawn; /* posts taken */
	uint64_t flushes;
	uint64_t resizes;
	uint64_t bytes; /* memory that the TLB takes; not a count */
};
struct xlat_tlb_statistics xlat_tlb_statistics(const struct xlat_tlb *tlb); /* by the owner */

#ifdef __cplusplus
}
#endif

#ifndef XLAT_NO_INLINE
#include <xlat/inline/tlb.h>
#endif
#endif
