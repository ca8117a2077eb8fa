/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "driven.h"

#include <xlat/fabric.h>

#include <sched.h>
#include <stdlib.h>

extern const struct driven_kind driven_riscv, driven_tce, driven_dart_u3, driven_dart_u4,
	driven_dart_read_back, driven_sun4m, driven_sun4m_bare, driven_sun4u, driven_coherent,
	driven_coherent_submitted;

const struct driven_kind *const driven_kinds[] = {
	&driven_riscv,		&driven_tce,
	&driven_dart_u3,	&driven_dart_u4,
	&driven_dart_read_back, &driven_sun4m,
	&driven_sun4m_bare,	&driven_sun4u,
	&driven_coherent,	&driven_coherent_submitted};
const unsigned driven_kinds_count = sizeof(driven_kinds) / sizeof(driven_kinds[0]);

static const struct xlat_attrs nobody;

struct driven *driven_create(const struct driven_kind *kind, struct xlat_space *cpu,
			     struct xlat_space *memory, uint64_t tables)
{
	struct driven *driven = calloc(1, kind->size);

	assert_non_null(driven);
	driven->kind = kind;
	driven->fabric = xlat_space_fabric(cpu);
	driven->cpu = cpu;
	driven->cpu_root = xlat_space_root(cpu);
	driven->memory = memory;
	driven->tables = tables;
	kind->create(driven);
	return driven;
}

void driven_destroy(struct driven *driven)
{
	driven->kind->destroy(driven);
	free(driven);
}

bool driven_unmap(struct driven *driven, unsigned page)
{
	enum {
		LOOKS = 10000000
	};

	driven->kind->unmap(driven, page);
	for (unsigned i = 0; i < LOOKS; i++) {
		if (driven->kind->over(driven))
			return true;
		xlat_fabric_process(driven->fabric);
		sched_yield();
	}
	return false;
}

void driver_stores(struct driven *driven, uint64_t address, unsigned size, bool big_endian,
		   uint64_t value)
{
	assert_int_equal(xlat_space_store(driven->cpu, nobody, address, size,
					  big_endian ? XLAT_BIG_ENDIAN : XLAT_LITTLE_ENDIAN, value),
			 XLAT_OK);
}

uint64_t driver_loads(struct driven *driven, uint64_t address, unsigned size, bool big_endian)
{
	uint64_t value = 0;

	assert_int_equal(xlat_space_load(driven->cpu, nobody, address, size,
					 big_endian ? XLAT_BIG_ENDIAN : XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	return value;
}
