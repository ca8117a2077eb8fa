/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A functional model of the IOMMU in the PCI bridges of sun4u machines, as their drivers program
 * it: the one in the UltraSPARC-IIi (Sabre) and that of the Psycho.
 * A flat table of big-endian double words, the TSB, leads 32-bit PCI addresses, in pages of 8 or 64
 * KiB, to physical addresses. 16 entries hold what was translated until it is flushed, and show
 * themselves to diagnostics.
 *
 * It needs nothing else of the library: implement/model_host.h is its memory. Any number of threads
 * may translate at once, also while one writes registers. A store that flushes is complete when the
 * host's sync has nothing to wait for. docs/sun4u.md says what is so here where drivers show
 * nothing.
 */
#ifndef XLAT_SUN4U_H
#define XLAT_SUN4U_H

#include <xlat/access.h>
#include <xlat/config.h>
#include <xlat/implement/model_host.h>
#include <xlat/outcome.h>
#include <xlat/range.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_sun4u;

enum xlat_sun4u_kind {
	XLAT_SUN4U_SABRE, /* physical addresses of 34 bits */
	XLAT_SUN4U_PSYCHO, /* ... of 41 bits */
};

enum {
	XLAT_SUN4U_LENGTH = 0xa680, /* bytes of registers, from the bridge's first on */
	XLAT_SUN4U_IOTLB_ENTRIES = 16,
};

struct xlat_sun4u_config {
	size_t size; /* sizeof(struct xlat_sun4u_config) */
	enum xlat_sun4u_kind kind;
	/*
	 * The 512 MiB blocks of 32-bit addresses that the bridge takes from the bus, a bit for
	 * each, as in its Target Address Space register; 0: all.
	 */
	uint8_t target;
};

/* Makes a model as after reset: it is off. Fails with -EINVAL (no read), -ENOMEM, or config.h's. */
XLAT_MUST_CHECK int xlat_sun4u_create(const struct xlat_sun4u_config *config,
				      const struct xlat_model_host *host, void *host_opaque,
				      struct xlat_sun4u **sun4u);
void xlat_sun4u_destroy(
	struct xlat_sun4u *sun4u); /* no call of it may be in progress; accepts NULL */

/* Registers and the IOTLB as after power-on. No other call may be in progress. */
void xlat_sun4u_reset(struct xlat_sun4u *sun4u);

/*
 * Registers: 8 bytes, aligned; anything else reads 0 and is ignored. Values are numbers: the bus is
 * big-endian. Any thread; writes by one at a time.
 */
uint64_t xlat_sun4u_read(struct xlat_sun4u *sun4u, uint64_t offset, unsigned size);
void xlat_sun4u_write(struct xlat_sun4u *sun4u, uint64_t offset, unsigned size, uint64_t value);

/* Whether a store to this register is complete when sync has nothing to wait for. Any thread. */
bool xlat_sun4u_write_waits(const struct xlat_sun4u *sun4u, uint64_t offset);

/* Restores a captured register, without a write's effects. -EINVAL for a place that is none. */
XLAT_MUST_CHECK int xlat_sun4u_load(struct xlat_sun4u *sun4u, uint64_t offset, uint64_t value);

/* Why an access is refused. */
enum xlat_sun4u_cause {
	XLAT_SUN4U_CAUSE_NO_ENTRY = 1, /* the entry of its page is not valid */
	XLAT_SUN4U_CAUSE_WRITE, /* ... does not allow writes */
	XLAT_SUN4U_CAUSE_OUT_OF_RANGE, /* the bridge does not take it from the bus */
	XLAT_SUN4U_CAUSE_TABLE, /* the table cannot be read */
};

struct xlat_sun4u_translation {
	struct xlat_range range; /* of PCI addresses, for which the same holds */
	uint64_t address; /* physical, of range.first */
	unsigned rights; /* a set of enum xlat_rights */
	uint64_t entry; /* the table's, where there is one */
	uint32_t cause; /* enum xlat_sun4u_cause, when not OK */
};

/*
 * Translates a PCI address: OK, FAULT, DENIED (a write that the entry does not allow), or RETRY
 * where the host's memory said so. What an entry or the table refuses is recorded in CONTROL and in
 * the IOTLB. host_context is for the host's read. Any thread.
 */
enum xlat_outcome xlat_sun4u_translate(struct xlat_sun4u *sun4u, uint64_t address,
				       enum xlat_access access, void *host_context,
				       struct xlat_sun4u_translation *translation);

/* The same without side effects. */
enum xlat_outcome xlat_sun4u_peek(const struct xlat_sun4u *sun4u, uint64_t address,
				  enum xlat_access access, void *host_context,
				  struct xlat_sun4u_translation *translation);

/* ... and past the IOTLB: what the table says now. */
enum xlat_outcome xlat_sun4u_walk(const struct xlat_sun4u *sun4u, uint64_t address,
				  enum xlat_access access, void *host_context,
				  struct xlat_sun4u_translation *translation);

/*
 * As xlat_tce_save(). The IOTLB is saved. A flush that is pending is not the model's but belongs to
 * the store that is not complete yet: whoever makes that store makes it again.
 */
size_t xlat_sun4u_save(struct xlat_sun4u *sun4u, void *bytes, size_t size);

/*
 * Brings a model into a state that was saved. Returns 0; -EINVAL for bytes that are no such state,
 * -ENOTSUP for another version, -EXDEV for another kind. After an error the model is as it was. All
 * that the host keeps ends, and a store that flushes waits for that, too.
 */
XLAT_MUST_CHECK int xlat_sun4u_restore(struct xlat_sun4u *sun4u, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
