/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SiFive's test finisher (sifive,test0 and test1): the register by which a guest says that it is
 * done, how, and whether it wants to begin again.
 */
#ifndef XLAT_FINISHER_H
#define XLAT_FINISHER_H

#include <xlat/config.h>
#include <xlat/fabric.h>
#include <xlat/region.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_finisher;

/* What the guest wrote. */
enum xlat_finish {
	XLAT_FINISH_FAIL = 0x3333,
	XLAT_FINISH_PASS = 0x5555, /* which is how a guest turns the power off */
	XLAT_FINISH_RESET = 0x7777,
};

struct xlat_finisher_config {
	size_t size; /* sizeof(struct xlat_finisher_config) */
	/* The guest is done; code is the upper half of what it wrote; by the thread that stores. */
	void (*finish)(void *opaque, enum xlat_finish how, unsigned code);
	void *opaque; /* given to it */
};

/* Makes one. Fails with -EINVAL (no finish), -ENOMEM, or config.h's. */
XLAT_MUST_CHECK int xlat_finisher_create(struct xlat_fabric *fabric,
					 const struct xlat_finisher_config *config,
					 struct xlat_finisher **finisher);

/* Detaches its region and gives it up. Accepts NULL. */
void xlat_finisher_destroy(struct xlat_finisher *finisher);

/* The register: 4 KiB, of which the first 4 bytes are it. Valid as long as the device. */
struct xlat_region *xlat_finisher_registers(const struct xlat_finisher *finisher);

#ifdef __cplusplus
}
#endif
#endif
