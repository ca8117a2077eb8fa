/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An interrupt file of a RISC-V IMSIC: an array of pending and enable bits that messages set, and
 * the registers by which a hart (or a hypervisor, for a guest's file) looks at it. An IMSIC is one
 * file for each privilege level of a hart that has one, and one for each guest; the host makes as
 * many and attaches each page where the machine has it.
 *
 * Its wire is high while it delivers and an enabled interrupt below its threshold is pending.
 *
 * Source: The RISC-V Advanced Interrupt Architecture 1.0 ("AIA"), chapter 3.
 */
#ifndef XLAT_IMSIC_H
#define XLAT_IMSIC_H

#include <xlat/region.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_imsic_file;

struct xlat_imsic_file_config {
	size_t size; /* sizeof(struct xlat_imsic_file_config) */
	const char *name; /* of its region; copied; NULL: "imsic" */
	unsigned identities; /* the highest: 63, 127, … 2047 (3.1); 0: 255 */
	/*
	 * Drives the wire; by the thread that made it change, calls in the order of the changes,
	 * with a lock of the file's held: it may not access this file. NULL: nobody listens.
	 */
	void (*wire)(void *opaque, bool level);
	void *opaque;
};

/*
 * Makes a file in which nothing is pending, enabled or delivered. Fails with -EINVAL (identities
 * that are not one less than a multiple of 64, or too many), -ENOMEM, or the configuration errors of
 * config.h.
 */
XLAT_MUST_CHECK int xlat_imsic_file_create(struct xlat_fabric *fabric,
					   const struct xlat_imsic_file_config *config,
					   struct xlat_imsic_file **file);

/* Detaches its page and ends it when nobody can be using that; the wire is not driven any more. Accepts NULL. */
void xlat_imsic_file_destroy(struct xlat_imsic_file *file);

/* Its page (3.5): 4 KiB, writes of 4 bytes to seteipnum_le and _be. Valid as long as the file. */
struct xlat_region *xlat_imsic_file_region(const struct xlat_imsic_file *file);

/* As after reset. Any thread. */
void xlat_imsic_file_reset(struct xlat_imsic_file *file);

/* A message: makes an identity pending. One that there is not is ignored. Any thread. */
void xlat_imsic_file_raise(struct xlat_imsic_file *file, uint32_t identity);

/*
 * The indirectly accessed registers of RV64 (3.8): eidelivery 0x70, eithreshold 0x72, eip0 0x80 to
 * eip62 0xbe and eie0 0xc0 to eie62 0xfe, even numbers only; other numbers in 0x70 to 0xff read 0
 * and keep nothing. Fails with -ENOENT: a number outside those, or an odd one from 0x80 on. Any
 * thread.
 */
XLAT_MUST_CHECK int xlat_imsic_file_read(struct xlat_imsic_file *file, unsigned number,
					 uint64_t *value);
XLAT_MUST_CHECK int xlat_imsic_file_write(struct xlat_imsic_file *file, unsigned number,
					  uint64_t value, uint64_t mask);

/*
 * mtopei, stopei, vstopei (3.9): what is pending, enabled and below the threshold, the lowest
 * identity of it, in bits 26 to 16 and 10 to 0; or 0. claim: the pending bit is cleared, as by a
 * write. Any thread.
 */
uint32_t xlat_imsic_file_top(struct xlat_imsic_file *file, bool claim);

/* Writes the state to bytes if size suffices, and returns how many bytes it takes. */
size_t xlat_imsic_file_save(struct xlat_imsic_file *file, void *bytes, size_t size);

/* Brings a file of as many identities into a state that was saved. -EINVAL: bytes that are none; unchanged then. */
XLAT_MUST_CHECK int xlat_imsic_file_restore(struct xlat_imsic_file *file, const void *bytes,
					    size_t size);

#ifdef __cplusplus
}
#endif
#endif
