/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A functional model of the RISC-V WorldGuard checker (wgChecker; RISC-V WorldGuard, version 0.4,
 * a draft): a unit before a memory or a device that lets accesses pass by the world (WID) that they
 * are of. Slots say which worlds may read and write where; what any of them permits is permitted.
 * A fetch is a read.
 *
 * It needs nothing else of the library. Any number of threads may check at once, also while others
 * read and write registers. Callbacks are called with no lock held, by the call that made them due.
 */
#ifndef XLAT_WORLDGUARD_H
#define XLAT_WORLDGUARD_H

#include <xlat/access.h>
#include <xlat/config.h>
#include <xlat/implement/model_host.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_worldguard;

/* What the specification leaves to the implementation; every zero means the default. */
struct xlat_worldguard_config {
	size_t size; /* sizeof(struct xlat_worldguard_config) */
	uint64_t base; /* the address of the first byte that is protected; a multiple of granule */
	uint64_t length; /* bytes that are; a multiple of granule. Default: all to the last one */
	uint32_t slots; /* NSLOTS, at most 4096: slot 0 and this many. Default 16 */
	uint32_t granule; /* what slots begin and end at, bytes, a power of two. Default 4096 */
	uint8_t worlds; /* 2 to 32. Default 4 */
	uint8_t trusted; /* how many below the highest the trusted WID is. Default: that one */
	bool open; /* after reset the last slot lets the trusted world read and write everything */
	uint32_t vendor; /* VENDOR */
	uint32_t impid; /* IMPID */
};

/* An access. `size` is sizeof(struct xlat_worldguard_request). */
struct xlat_worldguard_request {
	size_t size;
	uint32_t wid;
	enum xlat_access access;
	uint64_t address;
	uint64_t length; /* bytes; 0 as 1 */
};

struct xlat_worldguard_decision {
	bool permitted;
	/* A denied one is answered with an error; else it reads zero, or is dropped. */
	bool bus_error;
	bool interrupt; /* a denied one asks for an interrupt */
	/*
	 * The addresses around the access within which others of the same world are decided alike.
	 */
	uint64_t first, last;
};

/*
 * Makes a model in the state after reset. NULL config: all defaults. The host table is copied, of
 * which the wire and invalidate are used; NULL host: neither. Returns 0; -EINVAL for a value out of
 * its range or a structure without its size; -E2BIG for a structure with options that this library
 * does not know; -ENOMEM.
 */
XLAT_MUST_CHECK
int xlat_worldguard_create(const struct xlat_worldguard_config *config,
			   const struct xlat_model_host *host, void *host_opaque,
			   struct xlat_worldguard **worldguard);

/* Frees the model. No call of it may be in progress. NULL is allowed. */
void xlat_worldguard_destroy(struct xlat_worldguard *worldguard);

/* All registers as after reset, locks included; the host is told that everything changed. */
void xlat_worldguard_reset(struct xlat_worldguard *worldguard);

/* How many bytes the registers take. Any thread. */
uint64_t xlat_worldguard_registers_length(const struct xlat_worldguard *worldguard);

/* The world whose accesses to the registers are obeyed, where the host cares. Any thread. */
uint32_t xlat_worldguard_trusted_wid(const struct xlat_worldguard *worldguard);

/*
 * Reads a register: 4 or 8 bytes, aligned, within one register or its half. Anything else reads 0.
 * No side effects. Any thread.
 */
uint64_t xlat_worldguard_read(const struct xlat_worldguard *worldguard, uint64_t offset,
			      unsigned size);

/*
 * Writes a register, with its effects: 4 or 8 bytes, aligned, within one register or its half.
 * Anything else is ignored, as are read-only registers and those of a locked slot. The host is told
 * what other decisions this makes. Any thread.
 */
void xlat_worldguard_write(struct xlat_worldguard *worldguard, uint64_t offset, unsigned size,
			   uint64_t value);

/*
 * Restores a register as it was captured, that of a locked slot too; what is always the same stays
 * so. The host is told that everything changed. 4 or 8 bytes, aligned, within one register or its
 * half. Returns 0, or -EINVAL for another place or size. Any thread.
 */
int xlat_worldguard_load(struct xlat_worldguard *worldguard, uint64_t offset, unsigned size,
			 uint64_t value);

/*
 * Checks an access as the hardware would: one that is denied is recorded in errcause and erraddr,
 * and may raise the interrupt. *decision is filled whatever comes out. Any thread, many at once.
 */
void xlat_worldguard_check(struct xlat_worldguard *worldguard,
			   const struct xlat_worldguard_request *request,
			   struct xlat_worldguard_decision *decision);

/* The same without side effects. Any thread, many at once. */
void xlat_worldguard_peek(const struct xlat_worldguard *worldguard,
			  const struct xlat_worldguard_request *request,
			  struct xlat_worldguard_decision *decision);

/*
 * Writes the model's state to `bytes`, as much as fits in `size`, and returns how many bytes it is;
 * NULL and 0 ask for that. The bytes are the same whatever the host's byte order. Any thread.
 */
size_t xlat_worldguard_save(const struct xlat_worldguard *worldguard, void *bytes, size_t size);

/*
 * Brings a model into a state that was saved. Returns 0; -EINVAL for bytes that are no such state,
 * or too few, or too many; -ENOTSUP for those of another version; -EXDEV for those of a model that
 * is configured otherwise. After an error the model is as it was.
 */
XLAT_MUST_CHECK
int xlat_worldguard_restore(struct xlat_worldguard *worldguard, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
