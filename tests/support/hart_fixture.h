/* SPDX-License-Identifier: BSD-3-Clause */
/* A hart with RAM and nothing else, and programs in it. */
#ifndef XLAT_TESTS_SUPPORT_HART_FIXTURE_H
#define XLAT_TESTS_SUPPORT_HART_FIXTURE_H

#include <xlat/fabric.h>
#include <xlat/hart.h>
#include <xlat/ram.h>
#include <xlat/region.h>
#include <xlat/space.h>

#define HART_RAM UINT64_C(0x80000000) /* and where it begins to execute */

enum {
	HART_RAM_SIZE = 0x400000,
};

struct hart_fixture {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *root, *memory;
	struct xlat_space *space;
	struct xlat_hart *hart;
	uint8_t *bytes; /* of RAM */
};

/* config: NULL, or what else the hart is to have. */
void hart_init(struct hart_fixture *f, const struct xlat_hart_config *config);
void hart_finish(struct hart_fixture *f);

/* Puts instructions of 32 bits at an offset in RAM. */
void program(struct hart_fixture *f, uint64_t offset, const uint32_t *words, unsigned count);

#endif
