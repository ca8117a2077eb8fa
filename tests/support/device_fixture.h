/* SPDX-License-Identifier: BSD-3-Clause */
/* A space with one device in it, a clock, and wires that remember. */
#ifndef XLAT_TESTS_SUPPORT_DEVICE_FIXTURE_H
#define XLAT_TESTS_SUPPORT_DEVICE_FIXTURE_H

#include <xlat/fabric.h>
#include <xlat/region.h>
#include <xlat/space.h>

#include <stdbool.h>
#include <stdint.h>

enum {
	DEVICE_WIRES = 8,
};

struct device_fixture {
	struct xlat_fabric *fabric;
	struct xlat_region *root;
	struct xlat_space *space;
	bool wires[DEVICE_WIRES];
	unsigned changes; /* of the wires */
	uint64_t clock;
};

void device_init(struct device_fixture *f);
void device_finish(struct device_fixture *f); /* when the device is destroyed */

/* Puts registers into the space. */
void device_attach(struct device_fixture *f, struct xlat_region *registers, uint64_t offset);

/* Callbacks whose opaque is the fixture. */
void device_wire(void *opaque, unsigned n, bool level);
uint64_t device_clock(void *opaque);

/* Accesses that must be OK. */
uint64_t device_read(struct device_fixture *f, uint64_t offset, unsigned size);
void device_write(struct device_fixture *f, uint64_t offset, unsigned size, uint64_t value);

#endif
