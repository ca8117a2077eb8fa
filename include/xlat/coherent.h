/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A coherent IOMMU: a generic one, which takes part in the coherency of memory. It has no registers
 * and no flush: its flat table in RAM is watched, and a store to an entry, by a CPU, by DMA or by a
 * debugger, ends the old translation of that entry's page, and of no other.
 *
 * A store is made at once, and has retired when nobody uses what it ended. Who stores goes on then:
 * a CPU's access and an operation (xlat_dma_submit()) are pending until that, behind no other store's;
 * a call that cannot wait returns PENDING, and what it stored is not to be stored again. What nobody
 * uses retires at once. xlat_coherent_settled() speaks of all stores so far.
 *
 * An entry is 8 bytes, in the byte order of the configuration:
 *
 *	 63                    page_shift   3   2   1   0
 *	+--------------------------------+-----+---+---+---+
 *	|   address of the page          |     | W | R | V |
 *	+--------------------------------+-----+---+---+---+
 *
 * Bits that are not named are the driver's own. A fetch is a read; an atomic access needs R and W.
 */
#ifndef XLAT_COHERENT_H
#define XLAT_COHERENT_H

#include <xlat/iommu.h>
#include <xlat/ram.h>
#include <xlat/space.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_coherent;

enum {
	XLAT_COHERENT_VALID = 1,
	XLAT_COHERENT_READ = 2,
	XLAT_COHERENT_WRITE = 4,
};

/* Why an access is refused. */
enum xlat_coherent_cause {
	XLAT_COHERENT_CAUSE_NO_ENTRY = 1, /* the entry of its page is not valid */
	XLAT_COHERENT_CAUSE_OUT_OF_RANGE, /* below or above the table, or there is none */
	XLAT_COHERENT_CAUSE_RIGHTS, /* the entry does not grant it */
};

struct xlat_coherent_config {
	size_t size; /* sizeof(struct xlat_coherent_config) */
	const char *name; /* of the IOMMU; copied; NULL: "coherent" */
	struct xlat_space *memory; /* where translations lead; must outlive the IOMMU */
	unsigned page_shift; /* log2 of the bytes of a page, 12 to 40; 0: 12 */
	enum xlat_byte_order order; /* of the entries */
	/* Called with each access that is refused, not for peeks; by the thread of the access; or NULL. */
	void (*fault)(void *opaque, const struct xlat_fault *fault);
	/*
	 * Called when stores that had to wait have all retired, by who finds it so (most often
	 * xlat_fabric_process()), without locks; or NULL.
	 */
	void (*settled)(void *opaque);
	void *opaque;
	struct xlat_sanitizer *sanitize; /* watches the driver: sanitizer.h; NULL: nobody */
};

/* Where the table lies, and what it translates. */
struct xlat_coherent_table {
	struct xlat_ram *ram; /* NULL: there is no table, and every access is refused */
	uint64_t offset; /* in ram, of entry 0, which is a multiple of 8 in this process */
	uint64_t first; /* input address of entry 0; a multiple of the page */
	uint64_t entries; /* at least 1 */
};

/*
 * Makes a coherent IOMMU without a table. Fails with -EINVAL (no memory, a page_shift or order that
 * is none), -ENOMEM, or the errors of config.h.
 */
XLAT_MUST_CHECK int xlat_coherent_create(const struct xlat_coherent_config *config,
					 struct xlat_coherent **coherent);

/*
 * Gives it up: detaches its IOMMU, and stops watching. It is freed when nobody can be using it. Not
 * while another thread may be storing to its table. Accepts NULL.
 */
void xlat_coherent_destroy(struct xlat_coherent *coherent);

/* Its IOMMU. Valid as long as the model. */
struct xlat_iommu *xlat_coherent_iommu(const struct xlat_coherent *coherent);

/*
 * Puts another table in the place of the one before, all of whose translations end, as by stores.
 * Accesses that began before this returns may store to the new one unseen. One thread at a time, not
 * from a translation. Fails with -EINVAL (misaligned, no entries, past the end of ram or of the
 * addresses), -ENOMEM; then nothing changed.
 */
XLAT_MUST_CHECK int xlat_coherent_set_table(struct xlat_coherent *coherent,
					    const struct xlat_coherent_table *table);

/* Whether every store to the table that has been made has retired. Never blocks. Any thread. */
bool xlat_coherent_settled(struct xlat_coherent *coherent);

/*
 * Writes the state to bytes of size, and returns its length; with too little room only that. The table's
 * contents are the RAM's. Not while the table is being set.
 */
size_t xlat_coherent_save(const struct xlat_coherent *coherent, void *bytes, size_t size);

/*
 * Brings it into a state that was saved; ram is the block in which the table lies here, unused if
 * there is none. All translations end: xlat_coherent_settled() says when nobody uses them. Fails with
 * -EINVAL for bytes that are no such state, -ENOTSUP for another version, -EXDEV for another page or
 * byte order, and as xlat_coherent_set_table(); then nothing changed.
 */
XLAT_MUST_CHECK int xlat_coherent_restore(struct xlat_coherent *coherent, struct xlat_ram *ram,
					  const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
