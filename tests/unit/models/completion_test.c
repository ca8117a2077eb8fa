/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The same of every model, however it completes: a page that a driver unmapped is its own when the
 * model says so, not before, and that comes when the device has let go.
 */
#include "test.h"
#include "driven.h"

#include <xlat/dma.h>
#include <xlat/fabric.h>
#include <xlat/ram.h>

#include <errno.h>
#include <stdio.h>

enum {
	LENGTH = 1 << 22, /* of RAM */
};

#define PAGE_OF(m, n) (UINT64_C(0x100000) + ((uint64_t)(n) << (m)->driven->kind->page_shift))

static const struct xlat_attrs nobody;

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory, *root, *bus_root;
	struct xlat_space *cpu, *bus;
	struct driven *driven;
	struct xlat_dma *dma;
};

static struct xlat_space *space_before(struct machine *m, struct xlat_iommu *iommu,
				       struct xlat_region **root)
{
	struct xlat_space *space;

	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "bus"), root),
			 0);
	assert_int_equal(xlat_region_attach(*root, xlat_iommu_region(iommu), 0), 0);
	assert_int_equal(xlat_space_create(*root, "bus", &space), 0);
	return space;
}

static void power_on(struct machine *m, const struct driven_kind *kind)
{
	*m = (struct machine){.fabric = NULL};
	printf("# %s\n", kind->name);
	assert_int_equal(xlat_fabric_create(NULL, &m->fabric), 0);
	assert_int_equal(xlat_ram_create(m->fabric, XLAT_CONFIG(xlat_ram_config, .length = LENGTH),
					 &m->ram),
			 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = m->ram, .length = LENGTH),
					    &m->memory),
			 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "cpu"),
					    &m->root),
			 0);
	assert_int_equal(xlat_region_attach(m->root, m->memory, 0), 0);
	assert_int_equal(xlat_space_create(m->root, "cpu", &m->cpu), 0);
	m->driven = driven_create(kind, m->cpu, m->cpu, 0);
	m->bus = space_before(m, m->driven->iommu, &m->bus_root);
	assert_int_equal(xlat_dma_create(m->bus, NULL, &m->dma), 0);
}

static void power_off(struct machine *m)
{
	xlat_dma_destroy(m->dma);
	xlat_space_destroy(m->bus);
	xlat_region_unref(m->bus_root);
	if (m->driven)
		driven_destroy(m->driven);
	xlat_space_destroy(m->cpu);
	xlat_region_unref(m->memory);
	xlat_region_unref(m->root);
	xlat_ram_unref(m->ram);
	xlat_fabric_destroy(m->fabric);
}

static void maps(struct machine *m, unsigned page, unsigned to)
{
	m->driven->kind->map(m->driven, page, PAGE_OF(m, to));
}

static enum xlat_outcome device_writes(struct machine *m, unsigned page, uint8_t byte)
{
	return xlat_dma_write(m->dma, nobody, driven_iova(m->driven, page), &byte, 1);
}

static uint8_t byte_at(struct machine *m, unsigned to)
{
	return ((uint8_t *)xlat_ram_host(m->ram))[PAGE_OF(m, to)];
}

static bool over(struct machine *m)
{
	xlat_fabric_process(m->fabric);
	return m->driven->kind->over(m->driven);
}

#define FOR_EACH_KIND(m)                                                                           \
	for (unsigned k_ = 0; k_ < driven_kinds_count && (power_on(m, driven_kinds[k_]), true);    \
	     power_off(m), k_++)

static void a_mapped_page_is_reached_and_an_unmapped_one_is_not(void **state)
{
	struct machine m;

	(void)state;
	FOR_EACH_KIND(&m)
	{
		assert_int_equal(device_writes(&m, 1, 7), XLAT_FAULT);
		maps(&m, 1, 3);
		assert_int_equal(device_writes(&m, 1, 7), XLAT_OK);
		assert_int_equal(byte_at(&m, 3), 7);
		assert_true(driven_unmap(m.driven, 1));
		assert_int_equal(device_writes(&m, 1, 9), XLAT_FAULT);
		assert_int_equal(byte_at(&m, 3), 7);
		maps(&m, 1, 4);
		assert_int_equal(device_writes(&m, 1, 9), XLAT_OK);
		assert_int_equal(byte_at(&m, 4), 9);
	}
}

static void unmapping_what_nobody_uses_is_over_at_once(void **state)
{
	struct machine m;

	(void)state;
	FOR_EACH_KIND(&m)
	{
		maps(&m, 1, 3);
		m.driven->kind->unmap(m.driven, 1);
		assert_true(m.driven->kind->over(m.driven));
		maps(&m, 1, 3);
		/* What was used, and is not any more, as soon as somebody looks. */
		assert_int_equal(device_writes(&m, 1, 7), XLAT_OK);
		m.driven->kind->unmap(m.driven, 1);
		assert_true(over(&m));
	}
}

static void unmapping_a_page_in_use_waits_for_its_map(void **state)
{
	struct xlat_map map;
	struct machine m;

	(void)state;
	FOR_EACH_KIND(&m)
	{
		maps(&m, 1, 3);
		assert_int_equal(xlat_dma_map(m.dma, nobody, XLAT_WRITE, driven_iova(m.driven, 1),
					      16, &map),
				 0);
		m.driven->kind->unmap(m.driven, 1);
		for (unsigned i = 0; i < 100; i++)
			assert_false(over(&m));
		/* Nobody blocks meanwhile, and what is new is new. */
		assert_int_equal(device_writes(&m, 1, 7), XLAT_FAULT);
		maps(&m, 2, 5);
		assert_int_equal(device_writes(&m, 2, 8), XLAT_OK);
		assert_int_equal(byte_at(&m, 5), 8);
		assert_false(over(&m));
		*(uint8_t *)map.host = 6;
		assert_int_equal(xlat_dma_unmap(m.dma, &map, 16), 0);
		assert_true(over(&m));
		assert_int_equal(byte_at(&m, 3), 6);
	}
}

static void another_page_that_is_in_use_holds_nothing_up(void **state)
{
	struct xlat_map map;
	struct machine m;

	(void)state;
	FOR_EACH_KIND(&m)
	{
		/* One that flushes everything has to wait for everything. */
		if (m.driven->kind->flushes_all)
			continue;
		maps(&m, 1, 3);
		maps(&m, 2, 4);
		assert_int_equal(device_writes(&m, 1, 7), XLAT_OK);
		assert_int_equal(xlat_dma_map(m.dma, nobody, XLAT_WRITE, driven_iova(m.driven, 2),
					      16, &map),
				 0);
		m.driven->kind->unmap(m.driven, 1);
		assert_true(over(&m));
		assert_int_equal(xlat_dma_unmap(m.dma, &map, 16), 0);
	}
}

static void cannot_let_go(void *opaque, struct xlat_holder *holder,
			  const struct xlat_withdrawal *withdrawal)
{
	(void)opaque;
	xlat_holder_settle(holder, withdrawal->ticket, -EIO);
}

static void what_a_holder_cannot_let_go_keeps_it_busy_until_that_is_gone(void **state)
{
	struct xlat_holder *holder;
	struct machine m;

	(void)state;
	FOR_EACH_KIND(&m)
	{
		if (m.driven->kind->reports)
			continue;
		assert_int_equal(xlat_iommu_holder_create(m.driven->iommu,
							  XLAT_CONFIG(xlat_holder_config,
								      .withdrawn = cannot_let_go),
							  &holder),
				 0);
		maps(&m, 1, 3);
		m.driven->kind->unmap(m.driven, 1);
		for (unsigned i = 0; i < 100; i++)
			assert_false(over(&m));
		xlat_holder_destroy(holder);
		assert_true(over(&m));
	}
}

static void a_wait_survives_save_and_restore(void **state)
{
	struct xlat_map map;
	struct machine m;

	(void)state;
	FOR_EACH_KIND(&m)
	{
		if (!m.driven->kind->save_and_restore)
			continue;
		maps(&m, 1, 3);
		maps(&m, 2, 4);
		assert_int_equal(xlat_dma_map(m.dma, nobody, XLAT_WRITE, driven_iova(m.driven, 1),
					      16, &map),
				 0);
		m.driven->kind->unmap(m.driven, 1);
		m.driven->kind->save_and_restore(m.driven);
		for (unsigned i = 0; i < 10; i++)
			assert_false(over(&m));
		assert_int_equal(device_writes(&m, 2, 8), XLAT_OK);
		assert_int_equal(device_writes(&m, 1, 8), XLAT_FAULT);
		assert_int_equal(xlat_dma_unmap(m.dma, &map, 16), 0);
		assert_true(over(&m));
	}
}

static void a_model_that_goes_while_it_waits_leaves_nothing_behind(void **state)
{
	struct xlat_map map;
	struct machine m;

	(void)state;
	FOR_EACH_KIND(&m)
	{
		maps(&m, 1, 3);
		assert_int_equal(xlat_dma_map(m.dma, nobody, XLAT_WRITE, driven_iova(m.driven, 1),
					      16, &map),
				 0);
		m.driven->kind->unmap(m.driven, 1);
		assert_false(over(&m));
		driven_destroy(m.driven);
		m.driven = NULL;
		xlat_fabric_process(m.fabric);
		*(uint8_t *)map.host = 6;
		assert_int_equal(xlat_dma_unmap(m.dma, &map, 16), 0);
		xlat_fabric_process(m.fabric);
	}
}

/*
 * What an outer model's driver sees: all that the inner one maps, and registers. Its tables are
 * behind the inner model, too.
 */
struct stack {
	struct xlat_region *alias, *root, *bus_root;
	struct xlat_space *cpu, *bus;
	struct driven *outer;
	struct xlat_dma *dma;
};

enum {
	DATA = 50, /* the inner model's page for data; those before it are the outer one's tables */
};

static void stack(struct machine *m, struct stack *s, const struct driven_kind *kind)
{
	struct driven *inner = m->driven;

	for (unsigned page = 0; page < DATA; page++)
		maps(m, page, 100 + page);
	assert_int_equal(
		xlat_region_create(m->fabric,
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ALIAS,
					       .target = xlat_iommu_region(inner->iommu),
					       .length = UINT64_C(1) << 40, .priority = -1),
				   &s->alias),
		0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "stack"),
					    &s->root),
			 0);
	assert_int_equal(xlat_region_attach(s->root, s->alias, 0), 0);
	assert_int_equal(xlat_space_create(s->root, "stack", &s->cpu), 0);
	s->outer = driven_create(kind, s->cpu, s->cpu, driven_iova(inner, 0));
	s->bus = space_before(m, s->outer->iommu, &s->bus_root);
	assert_int_equal(xlat_dma_create(s->bus, NULL, &s->dma), 0);
}

static void unstack(struct stack *s)
{
	xlat_dma_destroy(s->dma);
	xlat_space_destroy(s->bus);
	xlat_region_unref(s->bus_root);
	driven_destroy(s->outer);
	xlat_space_destroy(s->cpu);
	xlat_region_unref(s->alias);
	xlat_region_unref(s->root);
}

static void each_waits_behind_each_other(void **state)
{
	struct machine m;

	(void)state;
	for (unsigned k = 0; k < driven_kinds_count; k++)
		FOR_EACH_KIND(&m)
		{
			struct driven *inner = m.driven;
			struct xlat_map map;
			struct stack s;
			uint8_t byte = 5;

			stack(&m, &s, driven_kinds[k]);
			maps(&m, DATA, 3);
			s.outer->kind->map(s.outer, 1, driven_iova(inner, DATA));
			assert_int_equal(xlat_dma_write(s.dma, nobody, driven_iova(s.outer, 1),
							&byte, 1),
					 XLAT_OK);
			assert_int_equal(byte_at(&m, 3), 5);
			assert_int_equal(xlat_dma_map(s.dma, nobody, XLAT_WRITE,
						      driven_iova(s.outer, 1), 16, &map),
					 0);
			inner->kind->unmap(inner, DATA);
			assert_false(over(&m));
			s.outer->kind->unmap(s.outer, 1);
			xlat_fabric_process(m.fabric);
			assert_false(s.outer->kind->over(s.outer));
			assert_int_equal(xlat_dma_unmap(s.dma, &map, 16), 0);
			assert_true(over(&m));
			xlat_fabric_process(m.fabric);
			assert_true(s.outer->kind->over(s.outer));
			unstack(&s);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mapped_page_is_reached_and_an_unmapped_one_is_not),
		cmocka_unit_test(unmapping_what_nobody_uses_is_over_at_once),
		cmocka_unit_test(unmapping_a_page_in_use_waits_for_its_map),
		cmocka_unit_test(another_page_that_is_in_use_holds_nothing_up),
		cmocka_unit_test(what_a_holder_cannot_let_go_keeps_it_busy_until_that_is_gone),
		cmocka_unit_test(a_wait_survives_save_and_restore),
		cmocka_unit_test(a_model_that_goes_while_it_waits_leaves_nothing_behind),
		cmocka_unit_test(each_waits_behind_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
