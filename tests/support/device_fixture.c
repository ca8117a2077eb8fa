/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "device_fixture.h"

static const struct xlat_attrs cpu = {0};

void device_init(struct device_fixture *f)
{
	const struct xlat_region_config config = {.size = sizeof(config), .name = "root"};

	*f = (struct device_fixture){0};
	assert_int_equal(xlat_fabric_create(NULL, &f->fabric), 0);
	assert_int_equal(xlat_region_create(f->fabric, &config, &f->root), 0);
	assert_int_equal(xlat_space_create(f->root, "space", &f->space), 0);
}

void device_finish(struct device_fixture *f)
{
	xlat_space_destroy(f->space);
	xlat_region_unref(f->root);
	xlat_fabric_destroy(f->fabric);
}

void device_attach(struct device_fixture *f, struct xlat_region *registers, uint64_t offset)
{
	assert_int_equal(xlat_region_attach(f->root, registers, offset), 0);
}

void device_wire(void *opaque, unsigned n, bool level)
{
	struct device_fixture *f = opaque;

	assert_in_range(n, 0, DEVICE_WIRES - 1);
	f->wires[n] = level;
	f->changes++;
}

uint64_t device_clock(void *opaque)
{
	const struct device_fixture *f = opaque;

	return f->clock;
}

uint64_t device_read(struct device_fixture *f, uint64_t offset, unsigned size)
{
	uint64_t value;

	assert_int_equal(xlat_space_load(f->space, cpu, offset, size, XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	return value;
}

void device_write(struct device_fixture *f, uint64_t offset, unsigned size, uint64_t value)
{
	assert_int_equal(xlat_space_store(f->space, cpu, offset, size, XLAT_LITTLE_ENDIAN, value),
			 XLAT_OK);
}
