/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A functional model of the DART, the IOMMU of Apple's U3 and U4 north bridges (Power Mac G5), as
 * their drivers program it. A flat table of big-endian words leads the first bus addresses, up to
 * 2 GiB in pages of 4 KiB, to real addresses; what lies above them is not translated.
 *
 * It needs nothing else of the library: implement/model_host.h is its memory. Any number of threads
 * may translate at once, also while one writes registers. A flush bit reads as set until the host's
 * sync has nothing to wait for.
 */
#ifndef XLAT_DART_H
#define XLAT_DART_H

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

struct xlat_dart;

enum xlat_dart_kind {
	XLAT_DART_U3, /* one register for everything */
	XLAT_DART_U4, /* CNTL, BASE and SIZE; one page may be invalidated */
};

enum {
	XLAT_DART_LENGTH = 0x2000, /* bytes of registers */
};

struct xlat_dart_config {
	size_t size; /* sizeof(struct xlat_dart_config) */
	enum xlat_dart_kind kind;
	/*
	 * The flush bits do not read back: a read of CNTL after the write is the barrier, and its host
	 * answers it when sync has nothing to wait for.
	 */
	bool read_back;
};

/* Makes a model as after reset: it is off. Fails with -EINVAL (no read), -ENOMEM, or config.h's. */
XLAT_MUST_CHECK int xlat_dart_create(const struct xlat_dart_config *config,
				     const struct xlat_model_host *host, void *host_opaque,
				     struct xlat_dart **dart);
void xlat_dart_destroy(struct xlat_dart *dart); /* no call of it may be in progress; accepts NULL */

/* Registers as after power-on. No other call may be in progress. */
void xlat_dart_reset(struct xlat_dart *dart);

/*
 * Registers: 4 bytes, aligned; anything else reads 0 and is ignored. Values are numbers: the bus is
 * big-endian. Any thread; writes by one at a time.
 */
uint32_t xlat_dart_read(struct xlat_dart *dart, uint64_t offset, unsigned size);
void xlat_dart_write(struct xlat_dart *dart, uint64_t offset, unsigned size, uint32_t value);

/* Restores a register as it was captured, without a write's effects. -EINVAL for a place that is none. */
XLAT_MUST_CHECK int xlat_dart_load(struct xlat_dart *dart, uint64_t offset, uint32_t value);

/* Asks the host's sync again: it may have nothing to wait for any more. Any thread. */
void xlat_dart_settle(struct xlat_dart *dart);

/* Whether a read of a register is to be answered only when sync has nothing to wait for (read_back). */
bool xlat_dart_read_waits(const struct xlat_dart *dart, uint64_t offset);

/* Why an access is refused. */
enum xlat_dart_cause {
	XLAT_DART_CAUSE_NO_ENTRY = 1, /* the entry of its page is not valid */
	XLAT_DART_CAUSE_OUT_OF_RANGE, /* above the table, and not in the bypass range */
	XLAT_DART_CAUSE_TABLE, /* the table cannot be read */
};

struct xlat_dart_translation {
	struct xlat_range range; /* of bus addresses, for which the same holds */
	uint64_t address; /* real, of range.first */
	uint32_t entry; /* the table's, where there is one */
	uint32_t cause; /* enum xlat_dart_cause, when not OK */
};

/*
 * Translates a bus address: OK, FAULT, or RETRY where the host's memory said so. A refused one is
 * recorded in EXCP. host_context is for the host's read. Any thread.
 */
enum xlat_outcome xlat_dart_translate(struct xlat_dart *dart, uint64_t bus_address,
				      enum xlat_access access, void *host_context,
				      struct xlat_dart_translation *translation);

/* The same without side effects. */
enum xlat_outcome xlat_dart_peek(const struct xlat_dart *dart, uint64_t bus_address,
				 void *host_context, struct xlat_dart_translation *translation);

/* As xlat_tce_save(): 32 bytes. A flush that is pending is saved as such. */
size_t xlat_dart_save(struct xlat_dart *dart, void *bytes, size_t size);

/*
 * Brings a model into a state that was saved. Returns 0; -EINVAL for bytes that are no such state, -ENOTSUP
 * for another version, -EXDEV for another kind. After an error the model is as it was. A flush that
 * was pending goes on: it is complete when the host's sync says so.
 */
XLAT_MUST_CHECK int xlat_dart_restore(struct xlat_dart *dart, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
