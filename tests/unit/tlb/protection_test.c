/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "fixture.h"
#include "toy_cpu.h"

enum {
	GUARDED_AT = 0x10000000, /* behind a table, which translates per kind */
	PAGE = 0x1000,
};

struct machine {
	struct fixture f;
	struct xlat_table_iommu *table;
	struct xlat_region *window;
	struct toy_cpu cpu;
};

static void init(struct machine *m)
{
	fixture_init(&m->f, PLAIN);
	assert_int_equal(xlat_table_iommu_create(m->f.fabric, "guard", &m->table), 0);
	assert_int_equal(
		xlat_region_create(
			m->f.fabric,
			XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ALIAS,
				    .target = xlat_iommu_region(xlat_table_iommu_base(m->table)),
				    .length = 0x100000),
			&m->window),
		0);
	assert_int_equal(xlat_region_attach(m->f.root, m->window, GUARDED_AT), 0);
	toy_cpu_init(&m->cpu, m->f.space, NULL);
}

static void finish(struct machine *m)
{
	toy_cpu_finish(&m->cpu);
	xlat_region_detach(m->window);
	xlat_region_unref(m->window);
	xlat_table_iommu_destroy(m->table);
	fixture_finish(&m->f);
}

static void allow(struct machine *m, struct xlat_range range, uint64_t to, unsigned rights)
{
	const struct xlat_table_entry entry = {
		.range = range, .space = m->f.space, .address = to, .rights = rights};

	assert_int_equal(xlat_table_iommu_map(m->table, &entry), 0);
}

/* One page, three places. */
static void split(struct machine *m)
{
	const struct xlat_range page = {0, PAGE - 1};

	allow(m, page, RAM_AT + 0x1000, XLAT_RIGHT_R);
	allow(m, page, RAM_AT + 0x2000, XLAT_RIGHT_W);
	allow(m, page, RAM_AT + 0x3000, XLAT_RIGHT_X);
}

static void the_kinds_of_a_page_go_three_ways_after_one_translation_each(void **state)
{
	struct machine m;
	uint32_t value;
	uint8_t *host, code;

	(void)state;
	init(&m);
	split(&m);
	*fixture_ram(&m.f, RAM_AT + 0x1008) = 1;
	*fixture_ram(&m.f, RAM_AT + 0x3008) = 3;
	for (int i = 0; i < 5; i++) {
		assert_int_equal(xlat_tlb_load_le32(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT + 8,
						    &value),
				 XLAT_OK);
		assert_int_equal(value, 1);
		assert_int_equal(xlat_tlb_store_le32(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT + 8,
						     (uint32_t)i + 40),
				 XLAT_OK);
		assert_int_equal(*fixture_ram(&m.f, RAM_AT + 0x2008), i + 40);
		assert_int_equal(xlat_tlb_read(m.cpu.tlb, TOY_PHYSICAL, XLAT_EXEC, GUARDED_AT + 8,
					       &code, 1),
				 XLAT_OK);
		assert_int_equal(code, 3);
	}
	assert_int_equal(xlat_tlb_statistics(m.cpu.tlb).translations, 3);
	for (unsigned access = XLAT_READ; access <= XLAT_EXEC; access++) {
		assert_true(xlat_tlb_hit(xlat_tlb_table(m.cpu.tlb, TOY_PHYSICAL,
							(enum xlat_access)access),
					 GUARDED_AT, 8, 8, &host));
		assert_ptr_equal(host, fixture_ram(&m.f, RAM_AT + 0x1000 + access * 0x1000));
	}
	finish(&m);
}

static void what_the_guard_refuses_is_told_as_behind_the_walk(void **state)
{
	struct machine m;
	uint8_t value;

	(void)state;
	init(&m);
	allow(&m, (struct xlat_range){0, PAGE - 1}, RAM_AT, XLAT_RIGHT_R);
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT + 4, &value),
			 XLAT_OK);
	assert_int_not_equal(xlat_tlb_store_u8(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT + 4, 1),
			     XLAT_OK);
	assert_true(xlat_tlb_result(m.cpu.tlb).walked);
	assert_int_equal(xlat_tlb_result(m.cpu.tlb).access, XLAT_WRITE);
	assert_int_equal(xlat_tlb_result(m.cpu.tlb).physical, GUARDED_AT + 4);
	finish(&m);
}

static void an_atomic_needs_what_serves_it(void **state)
{
	uint8_t old[4] = {0}, new[4] = {7};
	struct machine m;
	bool swapped;

	(void)state;
	init(&m);
	allow(&m, (struct xlat_range){0, PAGE - 1}, RAM_AT, XLAT_RIGHT_R);
	assert_int_not_equal(
		xlat_tlb_cas(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, 4, old, new, &swapped), XLAT_OK);
	allow(&m, (struct xlat_range){PAGE, 2 * PAGE - 1}, RAM_AT + PAGE, XLAT_RIGHT_RW);
	assert_int_equal(xlat_tlb_cas(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT + PAGE, 4, old, new,
				      &swapped),
			 XLAT_OK);
	assert_true(swapped);
	assert_int_equal(*fixture_ram(&m.f, RAM_AT + PAGE), 7);
	finish(&m);
}

static void a_guard_that_tells_requesters_apart_is_asked_for_each(void **state)
{
	struct xlat_table_entry entry = {
		.range = {0, PAGE - 1}, .rights = XLAT_RIGHT_R, .by_requester = true};
	struct machine m;
	uint8_t value;

	(void)state;
	init(&m);
	for (unsigned i = 0; i < 2; i++) {
		entry.space = m.f.space;
		entry.address = RAM_AT + i * UINT64_C(4096);
		entry.attrs.requester = i;
		assert_int_equal(xlat_table_iommu_map(m.table, &entry), 0);
		*fixture_ram(&m.f, RAM_AT + i * UINT64_C(4096)) = (uint8_t)(i + 5);
		toy_cpu_map(&m.cpu,
			    (struct xlat_range){i * UINT64_C(4096), i * UINT64_C(4096) + 4095},
			    GUARDED_AT, XLAT_RIGHT_R)
			->attrs.requester = i;
	}
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_LIST, i % 2 * UINT64_C(4096),
						  &value),
				 XLAT_OK);
		assert_int_equal(value, i % 2 + 5);
	}
	finish(&m);
}

static void a_guard_of_single_bytes_decides_for_each(void **state)
{
	struct machine m;
	uint32_t value;
	uint8_t byte;

	(void)state;
	init(&m);
	allow(&m, (struct xlat_range){0, 2}, RAM_AT + 0x1000, XLAT_RIGHT_R);
	allow(&m, (struct xlat_range){3, 3}, RAM_AT + 0x2003, XLAT_RIGHT_R);
	allow(&m, (struct xlat_range){5, PAGE - 1}, RAM_AT + 0x3005, XLAT_RIGHT_R);
	memset(fixture_ram(&m.f, RAM_AT + 0x1000), 0x11, PAGE);
	memset(fixture_ram(&m.f, RAM_AT + 0x2000), 0x22, PAGE);
	memset(fixture_ram(&m.f, RAM_AT + 0x3000), 0x33, PAGE);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT + 2, &byte),
				 XLAT_OK);
		assert_int_equal(byte, 0x11);
		assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT + 3, &byte),
				 XLAT_OK);
		assert_int_equal(byte, 0x22);
		assert_int_not_equal(
			xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT + 4, &byte), XLAT_OK);
		assert_int_equal(xlat_tlb_load_le32(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, &value),
				 XLAT_OK);
		assert_int_equal(value, 0x22111111);
		assert_int_equal(xlat_tlb_load_le32(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT + 8,
						    &value),
				 XLAT_OK);
		assert_int_equal(value, 0x33333333);
	}
	finish(&m);
}

static void a_reprogrammed_guard_is_in_force_after_a_safepoint(void **state)
{
	struct machine m;
	uint8_t value;

	(void)state;
	init(&m);
	allow(&m, (struct xlat_range){0, PAGE - 1}, RAM_AT, XLAT_RIGHT_R);
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, &value), XLAT_OK);
	assert_int_equal(xlat_table_iommu_unmap(m.table, (struct xlat_range){0, PAGE - 1}), 0);
	xlat_tlb_safepoint(m.cpu.tlb);
	assert_int_not_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, &value),
			     XLAT_OK);
	finish(&m);
}

static void withdraw(void *opaque)
{
	struct machine *m = opaque;

	assert_int_equal(xlat_table_iommu_unmap(m->table, (struct xlat_range){0, PAGE - 1}), 0);
}

static void a_guard_reprogrammed_by_ones_own_access_is_in_force_at_the_next(void **state)
{
	struct machine m;
	uint8_t value;

	(void)state;
	init(&m);
	allow(&m, (struct xlat_range){0, PAGE - 1}, RAM_AT, XLAT_RIGHT_R);
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, &value), XLAT_OK);
	m.f.device.inside = withdraw;
	m.f.device.inside_opaque = &m;
	assert_int_equal(xlat_tlb_store_u8(m.cpu.tlb, TOY_PHYSICAL, DEVICE_AT, 1), XLAT_OK);
	assert_int_not_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, &value),
			     XLAT_OK);
	finish(&m);
}

static void a_fence_waits_for_a_cpu_that_runs_until_its_safepoint(void **state)
{
	struct xlat_fence fence;
	struct machine m;
	uint8_t value;

	(void)state;
	init(&m);
	allow(&m, (struct xlat_range){0, PAGE - 1}, RAM_AT, XLAT_RIGHT_R);
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, &value), XLAT_OK);
	withdraw(&m);
	assert_false(xlat_iommu_fence(xlat_table_iommu_base(m.table), &fence, NULL, NULL));
	assert_false(xlat_fence_poll(&fence));
	xlat_tlb_safepoint(m.cpu.tlb);
	assert_true(xlat_fence_poll(&fence));
	finish(&m);
}

static void a_fence_does_not_wait_for_an_idle_cpu(void **state)
{
	struct xlat_fence fence;
	struct machine m;
	uint8_t value;

	(void)state;
	init(&m);
	allow(&m, (struct xlat_range){0, PAGE - 1}, RAM_AT, XLAT_RIGHT_R);
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, &value), XLAT_OK);
	xlat_tlb_idle(m.cpu.tlb);
	withdraw(&m);
	assert_true(xlat_iommu_fence(xlat_table_iommu_base(m.table), &fence, NULL, NULL));
	xlat_tlb_resume(m.cpu.tlb);
	assert_int_not_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, &value),
			     XLAT_OK);
	finish(&m);
}

static void a_cpu_that_settles_makes_the_fabric_s_descriptor_readable(void **state)
{
	struct xlat_fence fence;
	struct machine m;
	uint8_t value;

	(void)state;
	init(&m);
	allow(&m, (struct xlat_range){0, PAGE - 1}, RAM_AT, XLAT_RIGHT_R);
	assert_int_equal(xlat_tlb_load_u8(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, &value), XLAT_OK);
	withdraw(&m);
	assert_false(xlat_iommu_fence(xlat_table_iommu_base(m.table), &fence, NULL, NULL));
	xlat_fabric_process(m.f.fabric);
	assert_false(xlat_fence_status(&fence));
	xlat_tlb_safepoint(m.cpu.tlb);
	assert_int_equal(xlat_fabric_process(m.f.fabric), 1);
	assert_true(xlat_fence_status(&fence));
	finish(&m);
}

static void logging_one_kind_leaves_the_others_alone(void **state)
{
	struct xlat_dirty_snapshot *snapshot;
	struct xlat_dirty *dirty;
	struct machine m;
	uint32_t value;
	uint8_t *host;

	(void)state;
	init(&m);
	split(&m);
	assert_int_equal(xlat_tlb_load_le32(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, &value), XLAT_OK);
	assert_int_equal(xlat_tlb_store_le32(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, 1), XLAT_OK);
	assert_int_equal(xlat_dirty_create(m.f.ram, &dirty), 0);
	xlat_tlb_safepoint(m.cpu.tlb);
	assert_true(xlat_tlb_hit(xlat_tlb_table(m.cpu.tlb, TOY_PHYSICAL, XLAT_READ), GUARDED_AT, 8,
				 8, &host));
	assert_false(xlat_tlb_hit(xlat_tlb_table(m.cpu.tlb, TOY_PHYSICAL, XLAT_WRITE), GUARDED_AT,
				  8, 8, &host));
	assert_int_equal(xlat_tlb_store_le32(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, 2), XLAT_OK);
	assert_true(xlat_tlb_hit(xlat_tlb_table(m.cpu.tlb, TOY_PHYSICAL, XLAT_WRITE), GUARDED_AT, 8,
				 8, &host));
	assert_int_equal(xlat_tlb_statistics(m.cpu.tlb).translations, 2);
	assert_int_equal(xlat_dirty_snapshot_create(dirty, (struct xlat_range){0, RAM_SIZE - 1},
						    &snapshot),
			 0);
	assert_false(xlat_dirty_snapshot_ready(snapshot));
	xlat_tlb_safepoint(m.cpu.tlb);
	assert_true(xlat_dirty_snapshot_ready(snapshot));
	assert_int_equal(xlat_dirty_snapshot_count(snapshot), 1);
	assert_true(xlat_dirty_snapshot_has(snapshot, 0x2000));
	xlat_dirty_snapshot_destroy(snapshot);
	assert_int_equal(xlat_tlb_store_le32(m.cpu.tlb, TOY_PHYSICAL, GUARDED_AT, 3), XLAT_OK);
	assert_int_equal(xlat_dirty_snapshot_create(dirty, (struct xlat_range){0, RAM_SIZE - 1},
						    &snapshot),
			 0);
	xlat_tlb_safepoint(m.cpu.tlb);
	assert_true(xlat_dirty_snapshot_ready(snapshot));
	assert_int_equal(xlat_dirty_snapshot_count(snapshot), 1);
	xlat_dirty_snapshot_destroy(snapshot);
	xlat_dirty_destroy(dirty);
	finish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kinds_of_a_page_go_three_ways_after_one_translation_each),
		cmocka_unit_test(what_the_guard_refuses_is_told_as_behind_the_walk),
		cmocka_unit_test(an_atomic_needs_what_serves_it),
		cmocka_unit_test(a_guard_that_tells_requesters_apart_is_asked_for_each),
		cmocka_unit_test(a_guard_of_single_bytes_decides_for_each),
		cmocka_unit_test(a_reprogrammed_guard_is_in_force_after_a_safepoint),
		cmocka_unit_test(a_guard_reprogrammed_by_ones_own_access_is_in_force_at_the_next),
		cmocka_unit_test(a_fence_waits_for_a_cpu_that_runs_until_its_safepoint),
		cmocka_unit_test(a_fence_does_not_wait_for_an_idle_cpu),
		cmocka_unit_test(a_cpu_that_settles_makes_the_fabric_s_descriptor_readable),
		cmocka_unit_test(logging_one_kind_leaves_the_others_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
