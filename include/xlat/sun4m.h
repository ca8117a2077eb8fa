/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A functional model of the IOMMU between the SBus and the memory of a Sun-4M machine, as its
 * drivers program it. A flat table of big-endian words leads the last
 * 16 MiB to 2 GiB of the 32-bit bus addresses, in pages of 4 KiB, to 36-bit physical addresses. An
 * IOTLB holds what was translated until it is flushed.
 *
 * It needs nothing else of the library: implement/model_host.h is its memory. Any number of threads
 * may translate at once, also while one writes registers. A store to a flush register is complete
 * when the host's sync has nothing to wait for. docs/sun4m.md says what is so here where
 * drivers show nothing.
 */
#ifndef XLAT_SUN4M_H
#define XLAT_SUN4M_H

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

struct xlat_sun4m;

enum {
	XLAT_SUN4M_LENGTH = 0x3000, /* bytes of registers */
	XLAT_SUN4M_SLOTS = 4, /* with a configuration register; on-board devices have none */
	XLAT_SUN4M_IOTLB_MOST = 64, /* entries of an IOTLB */
};

struct xlat_sun4m_config {
	size_t size; /* sizeof(struct xlat_sun4m_config) */
	uint8_t version; /* CTRL's IMPL and VERS: bits 31 to 24 */
	unsigned iotlb_entries; /* 0: none; at most XLAT_SUN4M_IOTLB_MOST */
};

/*
 * Makes a model as after reset: it is off. Fails with -EINVAL (no read, too many entries), -ENOMEM,
 * or config.h's.
 */
XLAT_MUST_CHECK int xlat_sun4m_create(const struct xlat_sun4m_config *config,
				      const struct xlat_model_host *host, void *host_opaque,
				      struct xlat_sun4m **sun4m);
void xlat_sun4m_destroy(
	struct xlat_sun4m *sun4m); /* no call of it may be in progress; accepts NULL */

/* Registers and the IOTLB as after power-on. No other call may be in progress. */
void xlat_sun4m_reset(struct xlat_sun4m *sun4m);

/*
 * Registers: 4 bytes, aligned; anything else reads 0 and is ignored. Values are numbers: the bus is
 * big-endian. Any thread; writes by one at a time.
 */
uint32_t xlat_sun4m_read(struct xlat_sun4m *sun4m, uint64_t offset, unsigned size);
void xlat_sun4m_write(struct xlat_sun4m *sun4m, uint64_t offset, unsigned size, uint32_t value);

/* Whether a store to this register is complete when sync has nothing to wait for. Any thread. */
bool xlat_sun4m_write_waits(const struct xlat_sun4m *sun4m, uint64_t offset);

/* Restores a captured register, without a write's effects. -EINVAL for a place that is none. */
XLAT_MUST_CHECK int xlat_sun4m_load(struct xlat_sun4m *sun4m, uint64_t offset, uint32_t value);

/* Why an access is refused. */
enum xlat_sun4m_cause {
	XLAT_SUN4M_CAUSE_NO_ENTRY = 1, /* the entry of its page is not valid */
	XLAT_SUN4M_CAUSE_WRITE, /* ... does not allow writes */
	XLAT_SUN4M_CAUSE_OUT_OF_RANGE, /* not a bus address, or below those of the table */
	XLAT_SUN4M_CAUSE_TABLE, /* the table cannot be read */
};

struct xlat_sun4m_request {
	uint64_t address; /* on the bus */
	enum xlat_access access;
	unsigned slot; /* of the device; XLAT_SUN4M_SLOTS and more: on-board */
	uint64_t length; /* bytes, for AFSR's SIZE */
	void *host_context; /* for the host's memory calls */
};

struct xlat_sun4m_translation {
	struct xlat_range range; /* of bus addresses, for which the same holds */
	uint64_t address; /* physical, of range.first */
	unsigned rights; /* a set of enum xlat_rights */
	uint32_t entry; /* the table's, where there is one */
	uint32_t cause; /* enum xlat_sun4m_cause, when not OK */
};

/*
 * Translates a bus address: OK, FAULT, DENIED (a write that the entry does not allow), or RETRY
 * where the host's memory said so. A refused one is recorded in AFSR and AFAR and drives the host's
 * wire 0. Any thread.
 */
enum xlat_outcome xlat_sun4m_translate(struct xlat_sun4m *sun4m,
				       const struct xlat_sun4m_request *request,
				       struct xlat_sun4m_translation *translation);

/* The same without side effects. */
enum xlat_outcome xlat_sun4m_peek(const struct xlat_sun4m *sun4m,
				  const struct xlat_sun4m_request *request,
				  struct xlat_sun4m_translation *translation);

/* ... and past the IOTLB: what the table says now. */
enum xlat_outcome xlat_sun4m_walk(const struct xlat_sun4m *sun4m,
				  const struct xlat_sun4m_request *request,
				  struct xlat_sun4m_translation *translation);

/*
 * As xlat_tce_save(). The IOTLB is saved. A flush that is pending is not the model's but belongs to
 * the store that is not complete yet: whoever makes that store makes it again.
 */
size_t xlat_sun4m_save(struct xlat_sun4m *sun4m, void *bytes, size_t size);

/*
 * Brings a model into a state that was saved. Returns 0; -EINVAL for bytes that are no such state,
 * -ENOTSUP for another version, -EXDEV for an IOTLB of another size. After an error the model is as
 * it was. All that the host keeps ends, and a store to a flush register waits for that, too.
 */
XLAT_MUST_CHECK int xlat_sun4m_restore(struct xlat_sun4m *sun4m, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
