/* SPDX-License-Identifier: BSD-3-Clause */
#include "hart_trial.h"

#include <xlat/fabric.h>
#include <xlat/hart.h>
#include <xlat/ram.h>
#include <xlat/region.h>
#include <xlat/space.h>

#include <stdlib.h>
#include <string.h>

#define RAM UINT64_C(0x80000000)

enum {
	RAM_SIZE = 0x10000,
	DATA = 0x8000, /* the registers point around here */
	TRAP = 0x4000, /* the handler of traps, in machine mode */
	INSTRUCTIONS = 3000,
	STATE = 8192,
};

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

struct side {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *root, *memory;
	struct xlat_space *space;
	struct xlat_hart *hart;
};

/* Skips what trapped: mepc + 4, as good as anything. */
static const uint32_t handler[] = {
	0x34011073, /* csrw mscratch, sp */
	0x34102173, /* csrr sp, mepc */
	0x00410113, /* addi sp, sp, 4 */
	0x34111073, /* csrw mepc, sp */
	0x34002173, /* csrr sp, mscratch */
	0x30200073, /* mret */
};

static void put(uint8_t *bytes, const uint32_t *words, size_t count)
{
	for (size_t i = 0; i < 4 * count; i++)
		bytes[i] = (uint8_t)(words[i / 4] >> (8 * (i % 4)));
}

static void init(struct side *side, const uint8_t *program, size_t size)
{
	uint8_t *bytes;

	CHECK(xlat_fabric_create(NULL, &side->fabric) == 0);
	CHECK(xlat_ram_create(side->fabric, XLAT_CONFIG(xlat_ram_config, .length = RAM_SIZE),
			      &side->ram) == 0);
	CHECK(xlat_region_create(side->fabric, XLAT_CONFIG(xlat_region_config, .name = "root"),
				 &side->root) == 0);
	CHECK(xlat_region_create(side->fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .length = RAM_SIZE, .ram = side->ram),
				 &side->memory) == 0);
	CHECK(xlat_region_attach(side->root, side->memory, RAM) == 0);
	CHECK(xlat_space_create(side->root, NULL, &side->space) == 0);
	CHECK(xlat_hart_create(side->space,
			       XLAT_CONFIG(xlat_hart_config, .reset_address = RAM,
					   .code_kilobytes = 64),
			       &side->hart) == 0);
	bytes = xlat_ram_host(side->ram);
	memcpy(bytes, program, size < TRAP ? size : TRAP);
	put(bytes + TRAP, handler, sizeof(handler) / sizeof(handler[0]));
	for (unsigned i = 1; i < 32; i++)
		xlat_hart_set_register(side->hart, i, RAM + DATA + i * 72);
	CHECK(xlat_hart_store_csr(side->hart, 0x305, RAM + TRAP) == 0);
	CHECK(xlat_hart_store_csr(side->hart, 0x300, 0x6000) == 0); /* floating point on */
}

static void finish(struct side *side)
{
	xlat_hart_destroy(side->hart);
	xlat_space_destroy(side->space);
	xlat_region_detach(side->memory);
	xlat_region_unref(side->memory);
	xlat_region_unref(side->root);
	xlat_ram_unref(side->ram);
	xlat_fabric_destroy(side->fabric);
}

/* Runs up to `limit`; a hart that waits for ever is at its end. */
static bool run(struct side *side, uint64_t instructions)
{
	return xlat_hart_run(side->hart, instructions) == XLAT_HART_LIMIT;
}

bool hart_trial(const uint8_t *program, size_t size)
{
	static const unsigned pieces[] = {1, 2, 3, 63, 64, 65, 100, 127, 500};
	uint8_t whole_state[STATE], cut_state[STATE];
	struct side whole, cut;
	unsigned left = INSTRUCTIONS;
	size_t length;
	bool same;

	init(&whole, program, size);
	init(&cut, program, size);
	run(&whole, INSTRUCTIONS);
	for (unsigned i = 0; left; i++) {
		unsigned piece = pieces[i % (sizeof(pieces) / sizeof(pieces[0]))];

		piece = piece < left ? piece : left;
		left -= piece;
		if (!run(&cut, piece))
			break;
	}
	length = xlat_hart_save(whole.hart, whole_state, sizeof(whole_state));
	CHECK(length <= STATE);
	same = xlat_hart_save(cut.hart, cut_state, sizeof(cut_state)) == length &&
	       memcmp(whole_state, cut_state, length) == 0 &&
	       memcmp(xlat_ram_host(whole.ram), xlat_ram_host(cut.ram), RAM_SIZE) == 0;
	finish(&whole);
	finish(&cut);
	return same;
}
