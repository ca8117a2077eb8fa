/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A functional model of Arm's TrustZone Memory Protection Controller (CoreLink SIE-200, AHB5): a
 * unit before a memory that is cut into blocks, each secure or non-secure by a bit of a look-up
 * table. A secure access may reach secure blocks only, a non-secure one the others only, whatever
 * its kind.
 *
 * It needs nothing else of the library. Any number of threads may check at once, also while others
 * read and write registers. Callbacks are called with no lock held, by the call that made them due.
 */
#ifndef XLAT_TRUSTZONE_MPC_H
#define XLAT_TRUSTZONE_MPC_H

#include <xlat/config.h>
#include <xlat/implement/model_host.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_trustzone_mpc;

/* What an instance is built with; every zero means the default. */
struct xlat_trustzone_mpc_config {
	size_t size; /* sizeof(struct xlat_trustzone_mpc_config) */
	uint64_t length; /* of the memory, bytes, a multiple of the block, at most 2^32. Required */
	uint32_t block; /* bytes, a power of two from 32 to 1 MiB. Default 4096 */
	uint32_t base; /* added to addresses in INT_INFO1. Default 0: offsets in the memory */
	uint32_t ctrl; /* CTRL after reset. Default 0x100: autoincrement */
	bool quiet; /* INT_EN is 0 after reset; default 1 */
};

/* An access. `size` is sizeof(struct xlat_trustzone_mpc_request). */
struct xlat_trustzone_mpc_request {
	size_t size;
	bool secure;
	uint16_t master; /* HMASTER */
	uint64_t address; /* offset in the memory */
	uint64_t length; /* bytes; 0 as 1 */
};

enum xlat_trustzone_mpc_verdict {
	XLAT_TRUSTZONE_MPC_PASSES = 0,
	XLAT_TRUSTZONE_MPC_BLOCKED = 1,
	XLAT_TRUSTZONE_MPC_GATED = 2, /* it is to wait, and to be asked again (CTRL bit 6) */
};

struct xlat_trustzone_mpc_decision {
	enum xlat_trustzone_mpc_verdict verdict;
	/* A blocked one is answered with an error; else it reads zero, or is dropped. */
	bool bus_error;
	/* Offsets around the access within which others of the same security are decided alike. */
	uint64_t first, last;
};

/*
 * Makes a model in the state after reset: all blocks are secure. The host table is copied, of which
 * the wire, sync and invalidate are used; NULL host: none. Returns 0; -EINVAL for a value out of
 * its range or a structure without its size; -E2BIG for a structure with options that this library
 * does not know; -ENOMEM.
 */
XLAT_MUST_CHECK
int xlat_trustzone_mpc_create(const struct xlat_trustzone_mpc_config *config,
			      const struct xlat_model_host *host, void *host_opaque,
			      struct xlat_trustzone_mpc **mpc);

/* Frees the model. No call of it may be in progress. NULL is allowed. */
void xlat_trustzone_mpc_destroy(struct xlat_trustzone_mpc *mpc);

/* All registers as after reset, the lock included; the host is told that everything changed. */
void xlat_trustzone_mpc_reset(struct xlat_trustzone_mpc *mpc);

/* How long the memory is, bytes. Any thread. */
uint64_t xlat_trustzone_mpc_length(const struct xlat_trustzone_mpc *mpc);

/*
 * Reads a register: 1, 2 or 4 bytes, aligned, in the first 4 KiB. Anything else reads 0, as does
 * everything but the ID registers to a non-secure access. Reading all of BLK_LUT moves BLK_IDX on,
 * if CTRL says so. Any thread.
 */
uint32_t xlat_trustzone_mpc_read(struct xlat_trustzone_mpc *mpc, uint64_t offset, unsigned size,
				 bool secure);

/* The same without side effects. Any thread. */
uint32_t xlat_trustzone_mpc_look(const struct xlat_trustzone_mpc *mpc, uint64_t offset,
				 unsigned size, bool secure);

/*
 * Writes a register, with its effects; as above. What is locked down is ignored (CTRL bit 31:
 * CTRL, BLK_LUT and INT_EN). The host is told what other decisions this makes. Any thread.
 */
void xlat_trustzone_mpc_write(struct xlat_trustzone_mpc *mpc, uint64_t offset, unsigned size,
			      bool secure, uint32_t value);

/*
 * Restores a register as it was captured, locked and read-only ones too; BLK_LUT the word that
 * BLK_IDX points to. The host is told that everything changed. 4 bytes, aligned. Returns 0, or
 * -EINVAL for another place or size. Any thread.
 */
int xlat_trustzone_mpc_load(struct xlat_trustzone_mpc *mpc, uint64_t offset, unsigned size,
			    uint32_t value);

/*
 * Checks an access as the hardware would: the first that is blocked is kept in INT_INFO1 and 2,
 * until the interrupt is cleared. What reaches behind the memory is blocked. *decision is filled
 * whatever comes out. Any thread, many at once.
 */
void xlat_trustzone_mpc_check(struct xlat_trustzone_mpc *mpc,
			      const struct xlat_trustzone_mpc_request *request,
			      struct xlat_trustzone_mpc_decision *decision);

/* The same without side effects. Any thread, many at once. */
void xlat_trustzone_mpc_peek(const struct xlat_trustzone_mpc *mpc,
			     const struct xlat_trustzone_mpc_request *request,
			     struct xlat_trustzone_mpc_decision *decision);

/*
 * Writes the model's state to `bytes`, as much as fits in `size`, and returns how many bytes it is;
 * NULL and 0 ask for that. The bytes are the same whatever the host's byte order. Any thread.
 */
size_t xlat_trustzone_mpc_save(const struct xlat_trustzone_mpc *mpc, void *bytes, size_t size);

/*
 * Brings a model into a state that was saved. Returns 0; -EINVAL for bytes that are no such state,
 * or too few, or too many; -ENOTSUP for those of another version; -EXDEV for those of a model that
 * is configured otherwise. After an error the model is as it was.
 */
XLAT_MUST_CHECK
int xlat_trustzone_mpc_restore(struct xlat_trustzone_mpc *mpc, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
