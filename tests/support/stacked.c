/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "stacked.h"

static struct xlat_region *place_in(struct stacked *s, struct xlat_region_config *config,
				    uint64_t at)
{
	struct xlat_region *region;

	config->size = sizeof(*config);
	assert_int_equal(xlat_region_create(s->fabric, config, &region), 0);
	assert_int_equal(xlat_region_attach(s->root, region, at), 0);
	return region;
}

void stacked_init(struct stacked *s, unsigned depth, const struct xlat_dma_config *config)
{
	*s = (struct stacked){.depth = depth};
	assert_int_equal(xlat_fabric_create(NULL, &s->fabric), 0);
	assert_int_equal(xlat_region_create(s->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "root"),
					    &s->root),
			 0);
	assert_int_equal(xlat_ram_create(s->fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = RAM_SIZE), &s->ram),
			 0);
	s->memory = place_in(s,
			     &(struct xlat_region_config){
				     .kind = XLAT_REGION_RAM, .ram = s->ram, .length = RAM_SIZE},
			     RAM_AT);
	s->registers = place_in(s,
				&(struct xlat_region_config){.kind = XLAT_REGION_MMIO,
							     .ops = &test_device_ops,
							     .opaque = &s->device,
							     .length = DEVICE_SIZE},
				DEVICE_AT);
	assert_int_equal(xlat_space_create(s->root, "machine", &s->space), 0);
	s->seen = s->space;
	for (unsigned i = depth; i-- > 0;) {
		assert_int_equal(xlat_table_iommu_create(s->fabric, NULL, &s->tables[i]), 0);
		s->iommus[i] = xlat_table_iommu_base(s->tables[i]);
		s->spaces[i] = space_behind(s->fabric, s->iommus[i], &s->roots[i]);
		s->seen = s->spaces[i];
	}
	if (depth == 2)
		maps(s, 1, 0, 0, 0);
	assert_int_equal(xlat_dma_create(s->seen, config, &s->dma), 0);
}

void stacked_finish(struct stacked *s)
{
	xlat_dma_destroy(s->dma);
	for (unsigned i = 0; i < s->depth; i++) {
		xlat_space_destroy(s->spaces[i]);
		xlat_region_unref(s->roots[i]);
		xlat_table_iommu_destroy(s->tables[i]);
	}
	xlat_space_destroy(s->space);
	xlat_region_unref(s->registers);
	xlat_region_unref(s->memory);
	xlat_region_unref(s->root);
	xlat_ram_unref(s->ram);
	xlat_fabric_destroy(s->fabric);
}

uint8_t *stacked_ram(struct stacked *s, uint64_t address)
{
	return (uint8_t *)xlat_ram_host(s->ram) + (address - RAM_AT);
}

struct xlat_space *stacked_behind(struct stacked *s, unsigned iommu)
{
	return iommu + 1 < s->depth && iommu + 1 < STACKED_MOST ? s->spaces[iommu + 1] : s->space;
}

void maps_for(struct stacked *s, unsigned iommu, uint64_t iova, uint64_t length, uint64_t address,
	      unsigned rights)
{
	struct xlat_table_entry entry = {
		.range = {iova, iova + (length - 1)},
		.space = stacked_behind(s, iommu),
		.address = address,
		.rights = rights,
	};

	assert_int_equal(xlat_table_iommu_map(s->tables[iommu], &entry), 0);
}

void maps(struct stacked *s, unsigned iommu, uint64_t iova, uint64_t length, uint64_t address)
{
	maps_for(s, iommu, iova, length, address, XLAT_RIGHT_RWX);
}

void unmaps(struct stacked *s, unsigned iommu, uint64_t iova, uint64_t length)
{
	assert_int_equal(xlat_table_iommu_unmap(s->tables[iommu],
						(struct xlat_range){iova, iova + (length - 1)}),
			 0);
}

void invalidates(struct stacked *s, unsigned iommu, uint64_t iova, uint64_t length)
{
	struct xlat_invalidation invalidation = {.range = {iova, iova + (length - 1)}};

	xlat_iommu_invalidate(s->iommus[iommu], &invalidation);
}

int reads(struct stacked *s, uint64_t iova)
{
	uint8_t byte = 0;
	enum xlat_outcome outcome = xlat_dma_load_u8(s->dma, nobody, iova, &byte);

	return outcome == XLAT_OK ? byte : -(int)outcome;
}

enum xlat_outcome writes(struct stacked *s, uint64_t iova, uint8_t byte)
{
	return xlat_dma_store_u8(s->dma, nobody, iova, byte);
}
