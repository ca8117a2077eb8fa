/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DMA handle: how a device reaches memory. It keeps what it translated, so that a repeated access
 * costs little more than the copy, through any number of IOMMUs; what is withdrawn (an
 * invalidation, a commit) it drops before its next access begins.
 *
 * A handle belongs to one thread at a time: the one that created it, or that last called
 * xlat_dma_own(). Only that thread may use it (a device with several queues on several threads has
 * a handle for each). Accesses through it may be made from inside MMIO handlers, also one called
 * through this very handle.
 *
 * Every access says who asks (attributes), is split at section, page and device limits, and returns
 * the worst outcome of its parts. It goes on past a part that fails: a read has all-ones there, a
 * write is dropped there; xlat_dma_result() has the details. PENDING from a call that stores: all
 * of it was stored, to a watched range (watch.h) among others, whose watcher has not let it retire;
 * it is not to be stored again. Who has to wait for that submits an operation.
 */
#ifndef XLAT_DMA_H
#define XLAT_DMA_H

#include <xlat/access.h>
#include <xlat/attrs.h>
#include <xlat/config.h>
#include <xlat/map.h>
#include <xlat/outcome.h>
#include <xlat/range.h>
#include <xlat/sg.h>
#include <xlat/space.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_dma;

/*
 * Whether maps can be taken from their holders. Revocable maps see RAM that has a descriptor through
 * a mapping of their own, at most 1 MiB each; other RAM is bounced. A holder's pointer stays valid
 * until it unmaps, but once severed its loads find all-ones and its stores reach nobody; what a
 * holder lends to a kernel or to a peer is not taken back by that: XLAT_MAP_PINNED.
 */
enum xlat_revoke {
	XLAT_REVOKE_NEVER = 0,
	XLAT_REVOKE_WHEN_ASKED, /* by xlat_dma_sever() */
	XLAT_REVOKE_AT_ONCE, /* and by each fence, or retirement, that would wait for them */
};

struct xlat_dma_config {
	size_t size; /* sizeof(struct xlat_dma_config) */
	const char *name; /* for messages; copied; NULL: "dma" */
	unsigned maps; /* that may be live at once; 0: 128; at most 4096 */
	uint64_t bounce_bytes; /* that bounced maps may hold at once; 0: 1 MiB */
	/* Bounce bytes (or a map's place) became free after a map was refused with -EAGAIN. In unmap. */
	void (*bounce_freed)(void *opaque);
	void *opaque;
	/*
	 * A map should be given back, and why. In xlat_dma_process(), by the owner, once for each
	 * map and each way in which it ended; at the latest in xlat_dma_destroy(). May unmap (this
	 * map or others), map, access and submit; may not destroy the handle. NULL: nobody is told.
	 */
	void (*release)(void *opaque, struct xlat_release *release);
	enum xlat_revoke revoke;
};

/*
 * Makes a handle into a space, owned by the calling thread. config may be NULL. Fails with -EINVAL,
 * -ENOMEM, what eventfd reported (with release), what mmap or memfd_create reported (with revoke), or config.h's.
 */
XLAT_MUST_CHECK int xlat_dma_create(struct xlat_space *space, const struct xlat_dma_config *config,
				    struct xlat_dma **dma);

/*
 * Ends a handle: by its owner, outside its own accesses and callbacks. Pending operations complete
 * with XLAT_RETRY; holders of live maps are told XLAT_MAP_TEARDOWN, and what they do not unmap in
 * there is unmapped with nothing transferred. Accepts NULL.
 */
void xlat_dma_destroy(struct xlat_dma *dma);

/*
 * Makes the calling thread the owner. The former owner must have stopped using the handle, and that
 * must have been told to this thread (by a lock, a join). A handle used by another thread than its
 * owner answers XLAT_RETRY or -EPERM wherever it notices.
 */
void xlat_dma_own(struct xlat_dma *dma);

/* Where the handle's accesses go, and what it is called. Any thread. */
struct xlat_space *xlat_dma_space(const struct xlat_dma *dma);
const char *xlat_dma_name(const struct xlat_dma *dma);

/*
 * Accesses; synchronous. XLAT_RETRY means that this cannot be done at once by this call: a device
 * wants to answer later (submit it), another thread is inside the device while this one is inside
 * another's handler, or the calling thread is not the owner.
 */
enum xlat_outcome xlat_dma_read(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t iova,
				void *buffer, size_t size);
enum xlat_outcome xlat_dma_write(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t iova,
				 const void *buffer, size_t size);
enum xlat_outcome xlat_dma_fetch(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t iova,
				 void *buffer, size_t size); /* an exec access */
enum xlat_outcome xlat_dma_fill(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t iova,
				uint8_t byte, uint64_t size);

/* Compare-and-swap, as xlat_space_cas(). */
enum xlat_outcome xlat_dma_cas(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t iova,
			       unsigned size, void *expected, const void *desired, bool *swapped);

/* Whether an access of this kind would be allowed all through the range; no side effects. */
enum xlat_outcome xlat_dma_valid(struct xlat_dma *dma, struct xlat_attrs attrs,
				 enum xlat_access access, struct xlat_range range);

/*
 * Sized accesses in a named byte order: xlat_dma_load_u8, _le16, _le32, _le64, _be16, _be32, _be64
 * and the same for store. An aligned one to RAM is a single copy, never torn. A load that fails
 * gives all-ones.
 */
#define XLAT_DMA_SIZED(X)                                                                          \
	X(u8, uint8_t, LITTLE)                                                                     \
	X(le16, uint16_t, LITTLE)                                                                  \
	X(le32, uint32_t, LITTLE)                                                                  \
	X(le64, uint64_t, LITTLE)                                                                  \
	X(be16, uint16_t, BIG)                                                                     \
	X(be32, uint32_t, BIG)                                                                     \
	X(be64, uint64_t, BIG)

#define XLAT_DMA_DECLARE_SIZED(suffix, type, order)                                                \
	enum xlat_outcome xlat_dma_load_##suffix(struct xlat_dma *dma, struct xlat_attrs attrs,    \
						 uint64_t iova, type *value);                      \
	enum xlat_outcome xlat_dma_store_##suffix(struct xlat_dma *dma, struct xlat_attrs attrs,   \
						  uint64_t iova, type value);
XLAT_DMA_SIZED(XLAT_DMA_DECLARE_SIZED)
#undef XLAT_DMA_DECLARE_SIZED

/*
 * Between a buffer and the pieces of a list in turn, until either ends: what of the buffer the list
 * does not cover is left alone, and that is no failure. Who needs to know sums up the lengths.
 */
enum xlat_outcome xlat_dma_read_sg(struct xlat_dma *dma, struct xlat_attrs attrs,
				   const struct xlat_sg *list, size_t count, void *buffer,
				   size_t size);
enum xlat_outcome xlat_dma_write_sg(struct xlat_dma *dma, struct xlat_attrs attrs,
				    const struct xlat_sg *list, size_t count, const void *buffer,
				    size_t size);

/* What became of an access. */
struct xlat_dma_result {
	enum xlat_outcome outcome; /* the worst of its parts */
	uint64_t done; /* bytes that were transferred, before and after the first failure */
	uint64_t first_failed; /* IOVA of the first byte that was not; undefined when OK */
};

/*
 * The result of this handle's last synchronous access, window access or map that was not OK (a
 * question of validity is none of these; an operation has its own).
 */
struct xlat_dma_result xlat_dma_result(const struct xlat_dma *dma);

/* --- Operations: the primitive that the calls above are made of. */

enum xlat_dma_op_kind {
	XLAT_DMA_READ,
	XLAT_DMA_WRITE,
	XLAT_DMA_FETCH,
	XLAT_DMA_FILL,
	XLAT_DMA_CAS
};

struct xlat_dma_op {
	size_t size; /* sizeof(struct xlat_dma_op) */
	enum xlat_dma_op_kind kind;
	struct xlat_attrs attrs;
	uint64_t iova; /* without a list */
	uint64_t length; /* bytes; with a list: of the buffer */
	const struct xlat_sg *list; /* or NULL; not for CAS */
	size_t count; /* pieces in list */
	void *buffer; /* READ, FETCH: written; WRITE: read; CAS: expected, and then what memory held */
	const void *desired; /* CAS */
	uint8_t byte; /* FILL */
	void (*done)(struct xlat_dma_op
			     *op); /* when it did not complete at once; by xlat_dma_process() */
	void *opaque; /* the caller's */
	/* Results. */
	struct xlat_dma_result result;
	bool swapped; /* CAS */
	void *private_[64]; /* the library's; zero before the first use */
};

/*
 * Starts an operation. Returns 1 when it completed at once (its results are there, done is not
 * called), 0 when it is pending (op and what it points to stay until done is called), -EINVAL for
 * an operation that makes no sense, -EPERM when not by the owner or while the handle ends, -EBUSY
 * when op is pending already, or config.h's.
 */
XLAT_MUST_CHECK int xlat_dma_submit(struct xlat_dma *dma, struct xlat_dma_op *op);

/*
 * Tells the holders of maps that have ended (release), goes on with pending operations whose device
 * or peer has answered, and calls their done, which may submit but not destroy the handle. By the
 * owner. Returns how many callbacks of release and completions there were. xlat_fabric_fd() is
 * readable when an operation may go on. An answer ends its access only here: until then it holds
 * fences up.
 */
unsigned xlat_dma_process(struct xlat_dma *dma);

/*
 * A descriptor that becomes readable when xlat_dma_process() has somebody to tell or an operation
 * to go on with, so that an owner that waits learns of it. It belongs to the handle; do not read or
 * close it. -1 without release. Any thread.
 */
int xlat_dma_fd(const struct xlat_dma *dma);

/* --- Maps: host pointers for guest ranges. */

/*
 * Maps a range for reading (READ: by the device, from memory), writing (WRITE) or both (ATOMIC). It
 * spans translations as long as host pointers are contiguous and is clipped there. What has no host
 * pointer (a device, a watched page) is bounced: a buffer, filled by reading now, written back at
 * unmap, where it was translated to now. If that has ended, what waits for the map waits for the
 * write-back too, and nothing is written after it; of a severed map nothing is written. Returns 0 and *map; a first byte that is refused (ROM for
 * writing, nothing, a fault) gives 0, no pointer, and its outcome, and there is nothing to unmap.
 * Fails with -EINVAL (size 0, or EXEC), -EAGAIN (no bounce bytes or no place for a map left:
 * bounce_freed tells), -ENOMEM, -EPERM (not by the owner).
 */
XLAT_MUST_CHECK int xlat_dma_map(struct xlat_dma *dma, struct xlat_attrs attrs,
				 enum xlat_access access, uint64_t iova, uint64_t size,
				 struct xlat_map *map);

/*
 * The same, with a set of enum xlat_map_flags. Fails too with what mmap reported, where a revocable
 * map could not be made.
 */
XLAT_MUST_CHECK int xlat_dma_map_with(struct xlat_dma *dma, struct xlat_attrs attrs,
				      enum xlat_access access, uint64_t iova, uint64_t size,
				      unsigned flags, struct xlat_map *map);

/*
 * Severs the revocable maps of a handle that overlap a range (IOVA): when it returns, nothing that
 * their holders store reaches the guest any more, and nothing waits for them. Any thread, while the
 * handle lasts. Returns how many there were (severed before or now), or what mmap reported for one
 * that is therefore not severed.
 */
int xlat_dma_sever(struct xlat_dma *dma, struct xlat_range range);

/*
 * Gives a map back, severed or not; transferred is how many bytes from its start were really
 * stored: only those are written back and dirtied. Fails with -EINVAL for a map that is unknown or unmapped already, or
 * more bytes than it has, -EPERM. By the owner.
 */
int xlat_dma_unmap(struct xlat_dma *dma, struct xlat_map *map, uint64_t transferred);

/* Counts since creation. Hits are not counted, since that would cost them. */
struct xlat_dma_statistics {
	uint64_t misses; /* translations made */
	uint64_t mmio; /* accesses that a device answered */
	uint64_t failures; /* accesses that did not return OK */
	uint64_t withdrawn; /* posts taken from spaces and IOMMUs */
	uint64_t dropped; /* cached translations dropped by them */
	uint64_t forgotten; /* times that everything was dropped at once */
	uint64_t maps; /* made */
	uint64_t bounced; /* of those */
	uint64_t remapped; /* system calls made for revocable ones */
	uint64_t severed; /* of those */
	uint64_t bytes; /* memory that the handle takes; not a count */
};

struct xlat_dma_statistics xlat_dma_statistics(const struct xlat_dma *dma); /* by the owner */

#ifdef __cplusplus
}
#endif

#ifndef XLAT_NO_INLINE
#include <xlat/inline/dma.h>
#endif
#endif
