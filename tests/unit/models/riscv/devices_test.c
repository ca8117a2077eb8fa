/* SPDX-License-Identifier: BSD-3-Clause */
#include <xlat/riscv_iommu.h>

#include "test.h"
#include "models/riscv/bits.h"
#include "toy_memory.h"

#define BASE UINT64_C(0x80000000)

/* An IOMMU whose directory begins at BASE, and the devices that were found in it. */
struct fixture {
	struct toy_memory *memory;
	struct xlat_riscv_iommu *iommu;
	struct xlat_riscv_iommu_device found[8];
	unsigned count;
	unsigned stop_at; /* 0: never */
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){.memory = make_toy_memory(BASE, 0x10000)};
	assert_int_equal(xlat_riscv_iommu_create(NULL, &toy_host, fixture.memory, &fixture.iommu),
			 0);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;

	xlat_riscv_iommu_destroy(fixture->iommu);
	free_toy_memory(fixture->memory);
	return 0;
}

static int note(void *opaque, const struct xlat_riscv_iommu_device *device)
{
	struct fixture *fixture = opaque;

	assert_true(fixture->count < 8);
	fixture->found[fixture->count++] = *device;
	return fixture->count == fixture->stop_at ? 7 : 0;
}

static int search(struct fixture *fixture, uint64_t mode, bool extended)
{
	uint64_t capabilities = xlat_riscv_iommu_read(fixture->iommu, REG_CAPABILITIES, 8);

	if (!extended)
		capabilities &= ~CAP_MSI_FLAT;
	assert_int_equal(xlat_riscv_iommu_load(fixture->iommu, REG_CAPABILITIES, 8, capabilities),
			 0);
	assert_int_equal(xlat_riscv_iommu_load(fixture->iommu, REG_DDTP, 8, BASE >> 2 | mode), 0);
	return xlat_riscv_iommu_for_each_device(fixture->iommu, NULL, note, fixture);
}

/* A non-leaf entry that points to a page of the window. */
static void point(struct fixture *fixture, uint64_t page, unsigned index, uint64_t to)
{
	poke64(fixture->memory, BASE + page + 8 * index, (BASE + to) >> 2 | DDTE_V);
}

static void a_directory_of_one_level_has_64_extended_contexts(void **state)
{
	struct fixture *fixture = *state;

	poke64(fixture->memory, BASE + 63 * 64, TC_V);
	poke64(fixture->memory, BASE + 4096, TC_V);
	assert_int_equal(search(fixture, DDTP_MODE_1LVL, true), 0);
	assert_int_equal(fixture->count, 1);
	assert_int_equal(fixture->found[0].id, 63);
}

static void a_directory_of_one_level_has_128_base_contexts(void **state)
{
	struct fixture *fixture = *state;

	poke64(fixture->memory, BASE + 127 * 32, TC_V);
	poke64(fixture->memory, BASE + 4096, TC_V);
	assert_int_equal(search(fixture, DDTP_MODE_1LVL, false), 0);
	assert_int_equal(fixture->count, 1);
	assert_int_equal(fixture->found[0].id, 127);
}

static void the_levels_make_up_the_device_id(void **state)
{
	struct fixture *fixture = *state;

	point(fixture, 0, 511, 0x1000); /* DDI[2] 511 */
	point(fixture, 0x1000, 3, 0x2000); /* DDI[1] 3 */
	poke64(fixture->memory, BASE + 0x2000 + 5 * 64, TC_V);
	assert_int_equal(search(fixture, DDTP_MODE_3LVL, true), 0);
	assert_int_equal(fixture->count, 1);
	assert_int_equal(fixture->found[0].id, 511 << 15 | 3 << 6 | 5);
}

static void the_highest_level_of_the_base_format_has_256_entries(void **state)
{
	struct fixture *fixture = *state;

	point(fixture, 0, 255, 0x1000);
	point(fixture, 0, 256, 0x1000);
	point(fixture, 0x1000, 1, 0x2000);
	poke64(fixture->memory, BASE + 0x2000, TC_V);
	assert_int_equal(search(fixture, DDTP_MODE_3LVL, false), 0);
	assert_int_equal(fixture->count, 1);
	assert_int_equal(fixture->found[0].id, 255 << 16 | 1 << 7);
}

static void devices_come_in_order_and_say_whether_they_are_translated(void **state)
{
	struct fixture *fixture = *state;

	poke64(fixture->memory, BASE + 2 * 64, TC_V);
	poke64(fixture->memory, BASE + 4 * 64, TC_V);
	poke64(fixture->memory, BASE + 4 * 64 + 24, UINT64_C(8) << 60);
	assert_int_equal(search(fixture, DDTP_MODE_1LVL, true), 0);
	assert_int_equal(fixture->count, 2);
	assert_int_equal(fixture->found[0].id, 2);
	assert_false(fixture->found[0].translates);
	assert_int_equal(fixture->found[1].id, 4);
	assert_true(fixture->found[1].translates);
}

static void visit_ends_the_search(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned i = 0; i < 4; i++)
		poke64(fixture->memory, BASE + i * 64, TC_V);
	fixture->stop_at = 2;
	assert_int_equal(search(fixture, DDTP_MODE_1LVL, true), 7);
	assert_int_equal(fixture->count, 2);
}

static void what_cannot_be_read_is_passed_over(void **state)
{
	struct fixture *fixture = *state;

	poke64(fixture->memory, BASE, UINT64_C(1) << 40 | DDTE_V); /* far outside */
	point(fixture, 0, 9, 0x1000);
	poke64(fixture->memory, BASE + 0x1000, TC_V);
	assert_int_equal(search(fixture, DDTP_MODE_2LVL, true), 0);
	assert_int_equal(fixture->count, 1);
	assert_int_equal(fixture->found[0].id, 9 << 6);
}

static void eight_entries_that_cannot_be_read_are_passed_over(void **state)
{
	struct fixture *fixture = *state;

	point(fixture, 0, 3, 0x1000);
	point(fixture, 0, 8, 0x2000);
	poke64(fixture->memory, BASE + 0x1000, TC_V);
	poke64(fixture->memory, BASE + 0x2000, TC_V);
	fixture->memory->bad_at = BASE + 16;
	fixture->memory->bad_length = 1;
	fixture->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
	fixture->stop_at = 1;
	assert_int_equal(search(fixture, DDTP_MODE_2LVL, true), 7);
	assert_int_equal(fixture->count, 1);
	assert_int_equal(fixture->found[0].id, 8 << 6);
}

static void without_a_directory_there_is_no_device(void **state)
{
	struct fixture *fixture = *state;

	poke64(fixture->memory, BASE, TC_V);
	assert_int_equal(search(fixture, DDTP_MODE_OFF, true), 0);
	assert_int_equal(search(fixture, DDTP_MODE_BARE, true), 0);
	assert_int_equal(search(fixture, 5, true), 0);
	assert_int_equal(fixture->count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_directory_of_one_level_has_64_extended_contexts),
		TEST(a_directory_of_one_level_has_128_base_contexts),
		TEST(the_levels_make_up_the_device_id),
		TEST(the_highest_level_of_the_base_format_has_256_entries),
		TEST(devices_come_in_order_and_say_whether_they_are_translated),
		TEST(visit_ends_the_search),
		TEST(what_cannot_be_read_is_passed_over),
		TEST(eight_entries_that_cannot_be_read_are_passed_over),
		TEST(without_a_directory_there_is_no_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
