/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an invalidation costs its caller: the question whether a range is in use, where it is not and
 * where it is; the invalidation and its fence where nobody has to be waited for, beside the barrier
 * that they pay with, with few handles and with many.
 */
#include "measure.h"

#include <xlat/dma.h>
#include <xlat/iommu.h>

#include <linux/membarrier.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	PAGE = 4096,
	PAGES = 256, /* that are touched */
	HANDLES = 64,
};

static const struct xlat_attrs nobody;

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_space *memory, *bus;
	struct xlat_iommu *iommu;
	struct xlat_dma *handles[HANDLES];
	uint64_t at; /* of the page in question */
	uint64_t length;
};

static struct xlat_range in_question(const struct machine *machine)
{
	return (struct xlat_range){machine->at, machine->at + machine->length - 1};
}

static void ask(void *opaque, uint64_t n)
{
	const struct machine *machine = opaque;

	for (uint64_t i = 0; i < n; i++) {
		bool used = xlat_iommu_in_use(machine->iommu, in_question(machine));
		opaque_value(used);
	}
}

/* What a model does with an unmapped page: nothing more where it is not in use. */
static void unmap_unused(void *opaque, uint64_t n)
{
	const struct machine *machine = opaque;
	struct xlat_invalidation invalidation = {.range = in_question(machine)};
	struct xlat_fence fence;

	for (uint64_t i = 0; i < n; i++) {
		if (!xlat_iommu_in_use(machine->iommu, invalidation.range))
			continue;
		xlat_iommu_invalidate(machine->iommu, &invalidation);
		check(xlat_iommu_fence(machine->iommu, &fence, NULL, NULL));
	}
}

static void invalidate(void *opaque, uint64_t n)
{
	const struct machine *machine = opaque;
	struct xlat_invalidation invalidation = {.range = in_question(machine)};
	struct xlat_fence fence;

	for (uint64_t i = 0; i < n; i++) {
		xlat_iommu_invalidate(machine->iommu, &invalidation);
		check(xlat_iommu_fence(machine->iommu, &fence, NULL, NULL));
	}
}

static void barrier(void *opaque, uint64_t n)
{
	(void)opaque;
	for (uint64_t i = 0; i < n; i++)
		check(syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0);
}

static void copy_a_word(void *opaque, uint64_t n)
{
	uint32_t *word = opaque;

	for (uint64_t i = 0; i < n; i++) {
		uint32_t value = *word;
		opaque_value(value);
	}
}

int main(int argc, char **argv)
{
	struct xlat_region_config memory = {
		.size = sizeof(memory), .kind = XLAT_REGION_RAM, .length = PAGES * PAGE};
	struct xlat_region *ram;
	struct machine machine = {.length = PAGE};
	struct measure measure;
	double word, fence;
	uint32_t value = 0;

	measure_begin(&measure, "fence", argc, argv);
	check(xlat_fabric_create(NULL, &machine.fabric) == 0);
	check(xlat_ram_create(machine.fabric, XLAT_CONFIG(xlat_ram_config, .length = PAGES * PAGE),
			      &memory.ram) == 0);
	check(xlat_region_create(machine.fabric, &memory, &ram) == 0);
	check(xlat_space_create(ram, "memory", &machine.memory) == 0);
	struct xlat_table_iommu *table;
	check(xlat_table_iommu_create(machine.fabric, "iommu", &table) == 0);
	machine.iommu = xlat_table_iommu_base(table);
	check(xlat_space_create(xlat_iommu_region(machine.iommu), "bus", &machine.bus) == 0);
	for (uint64_t page = 0; page < PAGES; page++)
		check(xlat_table_iommu_map(table,
					   &(struct xlat_table_entry){
						   .range = {page * PAGE, page * PAGE + PAGE - 1},
						   .space = machine.memory,
						   .address = page * PAGE,
						   .rights = XLAT_RIGHT_RW}) == 0);
	for (unsigned i = 0; i < HANDLES; i++)
		check(xlat_dma_create(machine.bus, NULL, &machine.handles[i]) == 0);
	for (uint64_t page = 0; page < PAGES; page++)
		check(xlat_dma_load_le32(machine.handles[page % HANDLES], nobody, page * PAGE,
					 &value) == XLAT_OK);
	word = measure_ns(&measure, copy_a_word, &value);

	machine.at = UINT64_C(1) << 40;
	measure_row(&measure, "in use? a page that is not", measure_ns(&measure, ask, &machine),
		    "a load", word, 0);
	measure_row(&measure, "a page unmapped that nobody uses",
		    measure_ns(&measure, unmap_unused, &machine), NULL, 0, 60);
	machine.at = PAGE;
	measure_row(&measure, "in use? a page that is", measure_ns(&measure, ask, &machine),
		    "a load", word, 0);
	machine.at = UINT64_C(1) << 40;
	machine.length = 512 * PAGE;
	measure_row(&measure, "in use? 512 pages that are not", measure_ns(&measure, ask, &machine),
		    "a load", word, 0);
	machine.length = PAGE;
	fence = measure_ns(&measure, barrier, NULL);
	measure_row(&measure, "invalidated and fenced, 64 idle handles of this thread",
		    measure_ns(&measure, invalidate, &machine), "a membarrier", fence, 0);
	for (unsigned i = 1; i < HANDLES; i++)
		xlat_dma_destroy(machine.handles[i]);
	measure_row(&measure, "the same, one handle", measure_ns(&measure, invalidate, &machine),
		    "a membarrier", fence, 0);
	return measure_end(&measure);
}
