/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "fixture.h"

#include <stdlib.h>

const struct xlat_attrs nobody;

static enum xlat_outcome device_read(void *opaque, const struct xlat_mmio_access *access,
				     uint64_t *value)
{
	struct test_device *device = opaque;

	device->reads++;
	device->last = *access;
	if (device->inside)
		device->inside(device->inside_opaque);
	if (access->offset == DEVICE_SIZE - 8) {
		device->deferred = xlat_mmio_defer(access);
		return device->deferred ? XLAT_PENDING : XLAT_RETRY;
	}
	*value = 0;
	for (unsigned i = 0; i < access->size; i++)
		*value |= (uint64_t)device->bytes[access->offset + i] << (8 * i);
	return device->answer;
}

static enum xlat_outcome device_write(void *opaque, const struct xlat_mmio_access *access,
				      uint64_t value)
{
	struct test_device *device = opaque;

	device->writes++;
	device->last = *access;
	device->last_value = value;
	if (device->inside)
		device->inside(device->inside_opaque);
	for (unsigned i = 0; i < access->size; i++)
		device->bytes[access->offset + i] = (uint8_t)(value >> (8 * i));
	return device->answer;
}

const struct xlat_mmio_ops test_device_ops = {
	.size = sizeof(test_device_ops),
	.read = device_read,
	.write = device_write,
};

static struct xlat_region *place(struct fixture *f, struct xlat_region_config *config, uint64_t at)
{
	struct xlat_region *region;

	config->size = sizeof(*config);
	assert_int_equal(xlat_region_create(f->fabric, config, &region), 0);
	assert_int_equal(xlat_region_attach(f->root, region, at), 0);
	return region;
}

struct xlat_space *space_behind(struct xlat_fabric *fabric, struct xlat_iommu *iommu,
				struct xlat_region **root)
{
	struct xlat_space *space;

	assert_int_equal(
		xlat_region_create(fabric, XLAT_CONFIG(xlat_region_config, .name = "behind"), root),
		0);
	assert_int_equal(xlat_region_attach(*root, xlat_iommu_region(iommu), 0), 0);
	assert_int_equal(xlat_space_create(*root, "behind", &space), 0);
	return space;
}

void fixture_init(struct fixture *f, enum fixture_kind kind)
{
	*f = (struct fixture){.kind = kind};
	assert_int_equal(xlat_fabric_create(NULL, &f->fabric), 0);
	assert_int_equal(xlat_region_create(f->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "root"),
					    &f->root),
			 0);
	assert_int_equal(xlat_ram_create(f->fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = RAM_SIZE), &f->ram),
			 0);
	assert_int_equal(xlat_ram_create(f->fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = ROM_SIZE),
					 &f->rom_block),
			 0);
	f->memory = place(f,
			  &(struct xlat_region_config){
				  .kind = XLAT_REGION_RAM, .ram = f->ram, .length = RAM_SIZE},
			  RAM_AT);
	f->rom = place(f,
		       &(struct xlat_region_config){
			       .kind = XLAT_REGION_ROM, .ram = f->rom_block, .length = ROM_SIZE},
		       ROM_AT);
	f->registers = place(f,
			     &(struct xlat_region_config){.kind = XLAT_REGION_MMIO,
							  .ops = &test_device_ops,
							  .opaque = &f->device,
							  .length = DEVICE_SIZE},
			     DEVICE_AT);
	assert_int_equal(xlat_space_create(f->root, "machine", &f->space), 0);
	f->seen = f->space;
	for (int i = 0; i < 2 && (kind == BEHIND_TWO || (kind == BEHIND_ONE && i == 0)); i++) {
		assert_int_equal(xlat_identity_iommu_create(f->fabric, f->seen, &f->iommus[i]), 0);
		f->iommu_spaces[i] = space_behind(f->fabric, f->iommus[i], &f->iommu_roots[i]);
		f->seen = f->iommu_spaces[i];
	}
	if (kind == LOGGED)
		assert_int_equal(xlat_dirty_create(f->ram, &f->dirty), 0);
	assert_int_equal(xlat_dma_create(f->seen, NULL, &f->dma), 0);
}

void fixture_finish(struct fixture *f)
{
	xlat_dma_destroy(f->dma);
	xlat_dirty_destroy(f->dirty);
	for (int i = 1; i >= 0; i--) {
		xlat_space_destroy(f->iommu_spaces[i]);
		xlat_region_unref(f->iommu_roots[i]);
		xlat_iommu_destroy(f->iommus[i]);
	}
	xlat_space_destroy(f->space);
	xlat_region_unref(f->registers);
	xlat_region_unref(f->rom);
	xlat_region_unref(f->memory);
	xlat_region_unref(f->root);
	xlat_ram_unref(f->rom_block);
	xlat_ram_unref(f->ram);
	xlat_fabric_destroy(f->fabric);
}

uint8_t *fixture_ram(struct fixture *f, uint64_t address)
{
	return (uint8_t *)xlat_ram_host(f->ram) + (address - RAM_AT);
}
