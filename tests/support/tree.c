/* SPDX-License-Identifier: BSD-3-Clause */
#include "tree.h"

#include "test.h"

#include <stdlib.h>

static enum xlat_outcome read_zero(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t *value)
{
	(void)opaque;
	(void)access;
	*value = 0;
	return XLAT_OK;
}

static enum xlat_outcome write_nothing(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t value)
{
	(void)opaque;
	(void)access;
	(void)value;
	return XLAT_OK;
}

const struct xlat_mmio_ops tree_mmio_ops = {.size = sizeof(tree_mmio_ops),
					    .read = read_zero,
					    .write = write_nothing};

static struct xlat_region *make(struct tree *tree, const struct xlat_region_config *config)
{
	struct xlat_region *region = NULL;

	assert_int_equal(xlat_region_create(tree->fabric, config, &region), 0);
	return region;
}

struct xlat_region *make_container(struct tree *tree, uint64_t length)
{
	return make(tree, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_CONTAINER,
				      .length = length));
}

struct xlat_region *make_mmio(struct tree *tree, uint64_t length)
{
	return make(tree, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
				      .length = length, .ops = &tree_mmio_ops));
}

struct xlat_region *make_ram(struct tree *tree, uint64_t length)
{
	struct xlat_ram *ram = NULL;
	struct xlat_region *region;

	assert_int_equal(xlat_ram_create(tree->fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = length), &ram),
			 0);
	region = make(tree, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					.length = length, .ram = ram));
	xlat_ram_unref(ram);
	return region;
}

struct xlat_region *make_alias(struct tree *tree, struct xlat_region *target, uint64_t offset,
			       uint64_t length)
{
	return make(tree, XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ALIAS,
				      .length = length, .target = target, .target_offset = offset));
}

struct xlat_region *place_in(struct xlat_region *container, uint64_t offset,
			     struct xlat_region *child)
{
	assert_int_equal(xlat_region_attach(container, child, offset), 0);
	xlat_region_unref(child);
	return child;
}

bool shows(struct xlat_space *space, uint64_t address, const struct xlat_region *region,
	   uint64_t offset)
{
	struct xlat_section section;

	return xlat_space_find(space, address, &section) && section.region == region &&
	       section.offset + (address - section.range.first) == offset;
}

bool has_section(struct xlat_space *space, uint64_t first, uint64_t last,
		 const struct xlat_region *region)
{
	struct xlat_section section;

	return xlat_space_find(space, first, &section) && section.region == region &&
	       section.range.first == first && section.range.last == last;
}

bool has_hole(struct xlat_space *space, uint64_t first, uint64_t last)
{
	struct xlat_section section;

	return !xlat_space_find(space, first, &section) && section.range.first == first &&
	       section.range.last == last;
}

int tree_setup(void **state)
{
	struct tree *tree = calloc(1, sizeof(*tree));

	assert_non_null(tree);
	assert_int_equal(xlat_fabric_create(NULL, &tree->fabric), 0);
	tree->root = make_container(tree, 0);
	assert_int_equal(xlat_space_create(tree->root, "test", &tree->space), 0);
	*state = tree;
	return 0;
}

int tree_teardown(void **state)
{
	struct tree *tree = *state;

	xlat_space_destroy(tree->space);
	xlat_region_unref(tree->root);
	xlat_fabric_destroy(tree->fabric);
	free(tree);
	return 0;
}
