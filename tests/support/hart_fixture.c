/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "hart_fixture.h"

void hart_init(struct hart_fixture *f, const struct xlat_hart_config *config)
{
	struct xlat_hart_config with = {.size = sizeof(with)};

	*f = (struct hart_fixture){0};
	assert_int_equal(xlat_fabric_create(NULL, &f->fabric), 0);
	assert_int_equal(xlat_ram_create(f->fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = HART_RAM_SIZE),
					 &f->ram),
			 0);
	assert_int_equal(xlat_region_create(f->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "root"),
					    &f->root),
			 0);
	assert_int_equal(xlat_region_create(f->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.length = HART_RAM_SIZE, .ram = f->ram),
					    &f->memory),
			 0);
	assert_int_equal(xlat_region_attach(f->root, f->memory, HART_RAM), 0);
	assert_int_equal(xlat_space_create(f->root, "memory", &f->space), 0);
	f->bytes = xlat_ram_host(f->ram);
	if (config)
		with = *config;
	if (!with.reset_address)
		with.reset_address = HART_RAM;
	assert_int_equal(xlat_hart_create(f->space, &with, &f->hart), 0);
}

void hart_finish(struct hart_fixture *f)
{
	xlat_hart_destroy(f->hart);
	xlat_space_destroy(f->space);
	xlat_region_detach(f->memory);
	xlat_region_unref(f->memory);
	xlat_region_unref(f->root);
	xlat_ram_unref(f->ram);
	xlat_fabric_destroy(f->fabric);
}

void program(struct hart_fixture *f, uint64_t offset, const uint32_t *words, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		for (unsigned b = 0; b < 4; b++)
			f->bytes[offset + 4 * i + b] = (uint8_t)(words[i] >> (8 * b));
}
