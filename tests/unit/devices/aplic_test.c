/* SPDX-License-Identifier: BSD-3-Clause */
/* An APLIC; sections of AIA 1.0. */
#include "test.h"

#include <errno.h>

#include "devices/aplic.h"

enum {
	SOURCES = 40,
	HARTS = 3,
	MACHINE_AT = 0x100000,
	SUPERVISOR_AT = 0x200000,
	FILES_AT = 0x300000, /* where messages go: a page for each hart and guest */
	FILES = 0x100000,
};

struct bench {
	struct xlat_fabric *fabric;
	struct xlat_region *root, *files;
	struct xlat_ram *ram;
	struct xlat_space *space;
	struct xlat_aplic *aplic;
	bool levels[2][HARTS];
};

static void keep_level(void *opaque, enum xlat_aplic_domain domain, unsigned hart, bool level)
{
	struct bench *b = opaque;

	assert_int_not_equal(b->levels[domain][hart], level);
	b->levels[domain][hart] = level;
}

static void init(struct bench *b, bool machine)
{
	*b = (struct bench){0};
	assert_int_equal(xlat_fabric_create(NULL, &b->fabric), 0);
	assert_int_equal(xlat_region_create(b->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "root"),
					    &b->root),
			 0);
	assert_int_equal(xlat_ram_create(b->fabric, XLAT_CONFIG(xlat_ram_config, .length = FILES),
					 &b->ram),
			 0);
	assert_int_equal(xlat_region_create(b->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = b->ram, .length = FILES),
					    &b->files),
			 0);
	assert_int_equal(xlat_region_attach(b->root, b->files, FILES_AT), 0);
	assert_int_equal(xlat_space_create(b->root, "space", &b->space), 0);
	/* Three harts: bits 1:0 of the index; supervisors with four pages each. */
	assert_int_equal(xlat_aplic_create(
				 b->fabric,
				 XLAT_CONFIG(xlat_aplic_config, .sources = SOURCES, .harts = HARTS,
					     .machine = machine, .messages = b->space,
					     .mmsiaddrcfg = FILES_AT >> 12, .mmsiaddrcfgh = 2 << 12,
					     .smsiaddrcfg = (FILES_AT + 0x10000) >> 12,
					     .smsiaddrcfgh = 2 << 20, .wire = keep_level,
					     .opaque = b),
				 &b->aplic),
			 0);
	assert_int_equal(xlat_region_attach(b->root,
					    xlat_aplic_registers(b->aplic, XLAT_APLIC_SUPERVISOR),
					    SUPERVISOR_AT),
			 0);
	if (machine)
		assert_int_equal(
			xlat_region_attach(b->root,
					   xlat_aplic_registers(b->aplic, XLAT_APLIC_MACHINE),
					   MACHINE_AT),
			0);
}

static void finish(struct bench *b)
{
	xlat_aplic_destroy(b->aplic);
	xlat_space_destroy(b->space);
	xlat_region_detach(b->files);
	xlat_region_unref(b->files);
	xlat_ram_unref(b->ram);
	xlat_region_unref(b->root);
	xlat_fabric_destroy(b->fabric);
}

static uint32_t get(struct bench *b, uint64_t at, unsigned offset)
{
	uint64_t value;

	assert_int_equal(xlat_space_load(b->space, (struct xlat_attrs){0}, at + offset, 4,
					 XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	return (uint32_t)value;
}

static void put(struct bench *b, uint64_t at, unsigned offset, uint32_t value)
{
	assert_int_equal(xlat_space_store(b->space, (struct xlat_attrs){0}, at + offset, 4,
					  XLAT_LITTLE_ENDIAN, value),
			 XLAT_OK);
}

/* What was last written to a page of the files, which is forgotten. */
static uint32_t take_message(struct bench *b, unsigned page)
{
	uint8_t *at = (uint8_t *)xlat_ram_host(b->ram) + page * 4096;
	uint32_t value = (uint32_t)at[0] | (uint32_t)at[1] << 8;

	memset(at, 0, 4);
	return value;
}

/* A source of the supervisor's, enabled, with a target. */
static void set_up(struct bench *b, unsigned source, uint32_t sm, uint32_t target)
{
	put(b, SUPERVISOR_AT, SOURCECFG + 4 * source, sm);
	put(b, SUPERVISOR_AT, TARGET + 4 * source, target);
	put(b, SUPERVISOR_AT, SETIENUM, source);
}

static void deliver(struct bench *b, unsigned hart)
{
	put(b, SUPERVISOR_AT, IDC + 32 * hart + IDELIVERY, 1);
}

/* 4.5.2, 4.7 */
static void a_level_drives_the_wire_of_its_hart_while_it_lasts(void **state)
{
	for (unsigned inverted = 0; inverted < 2; inverted++) {
		struct bench b;

		(void)state;
		init(&b, false);
		xlat_aplic_set_source(b.aplic, 5, inverted);
		set_up(&b, 5, SM_LEVEL1 + inverted, 1 << 18 | 7);
		put(&b, SUPERVISOR_AT, DOMAINCFG, DOMAINCFG_IE);
		deliver(&b, 1);
		assert_false(b.levels[0][1]);
		xlat_aplic_set_source(b.aplic, 5, !inverted);
		assert_true(b.levels[0][1]);
		assert_false(b.levels[0][0]);
		assert_int_equal(get(&b, SUPERVISOR_AT, IDC + 32 + TOPI), 5 << 16 | 7);
		/* A claim does not end it. */
		assert_int_equal(get(&b, SUPERVISOR_AT, IDC + 32 + CLAIMI), 5 << 16 | 7);
		assert_true(b.levels[0][1]);
		xlat_aplic_set_source(b.aplic, 5, inverted);
		assert_false(b.levels[0][1]);
		finish(&b);
	}
}

static void an_edge_is_pending_until_it_is_claimed(void **state)
{
	struct bench b;

	(void)state;
	init(&b, false);
	set_up(&b, 33, SM_EDGE1, 1);
	put(&b, SUPERVISOR_AT, DOMAINCFG, DOMAINCFG_IE);
	deliver(&b, 0);
	xlat_aplic_set_source(b.aplic, 33, true);
	xlat_aplic_set_source(b.aplic, 33, false);
	assert_true(b.levels[0][0]);
	assert_int_equal(get(&b, SUPERVISOR_AT, SETIP + 4), 2);
	assert_int_equal(get(&b, SUPERVISOR_AT, IDC + CLAIMI), 33 << 16 | 1);
	assert_false(b.levels[0][0]);
	assert_int_equal(get(&b, SUPERVISOR_AT, SETIP + 4), 0);
	assert_int_equal(get(&b, SUPERVISOR_AT, IDC + CLAIMI), 0);
	finish(&b);
}

/* 4.8.1.3, 4.8.1.4 */
static void the_lower_number_goes_first_and_the_threshold_keeps_the_rest(void **state)
{
	struct bench b;

	(void)state;
	init(&b, false);
	set_up(&b, 3, SM_DETACHED, 9);
	set_up(&b, 4, SM_DETACHED, 2);
	set_up(&b, 2, SM_DETACHED, 9);
	put(&b, SUPERVISOR_AT, DOMAINCFG, DOMAINCFG_IE);
	deliver(&b, 0);
	put(&b, SUPERVISOR_AT, SETIP, 1 << 2 | 1 << 3 | 1 << 4);
	put(&b, SUPERVISOR_AT, IDC + ITHRESHOLD, 2);
	assert_false(b.levels[0][0]);
	put(&b, SUPERVISOR_AT, IDC + ITHRESHOLD, 3);
	assert_true(b.levels[0][0]);
	put(&b, SUPERVISOR_AT, IDC + ITHRESHOLD, 0);
	assert_int_equal(get(&b, SUPERVISOR_AT, IDC + CLAIMI) >> 16, 4);
	assert_int_equal(get(&b, SUPERVISOR_AT, IDC + CLAIMI) >> 16, 2);
	assert_int_equal(get(&b, SUPERVISOR_AT, IDC + CLAIMI) >> 16, 3);
	assert_false(b.levels[0][0]);
	finish(&b);
}

/* 4.8.1.2, 4.8.1.5 */
static void a_forced_interrupt_is_spurious_and_ends_by_its_claim(void **state)
{
	struct bench b;

	(void)state;
	init(&b, false);
	put(&b, SUPERVISOR_AT, DOMAINCFG, DOMAINCFG_IE);
	deliver(&b, 2);
	put(&b, SUPERVISOR_AT, IDC + 64 + IFORCE, 1);
	assert_true(b.levels[0][2]);
	assert_int_equal(get(&b, SUPERVISOR_AT, IDC + 64 + CLAIMI), 0);
	assert_false(b.levels[0][2]);
	finish(&b);
}

static void what_is_inactive_has_no_bits(void **state)
{
	struct bench b;

	(void)state;
	init(&b, false);
	put(&b, SUPERVISOR_AT, SETIENUM, 6);
	put(&b, SUPERVISOR_AT, SETIPNUM, 6);
	put(&b, SUPERVISOR_AT, TARGET + 24, UINT32_MAX);
	assert_int_equal(get(&b, SUPERVISOR_AT, SETIE), 0);
	assert_int_equal(get(&b, SUPERVISOR_AT, SETIP), 0);
	assert_int_equal(get(&b, SUPERVISOR_AT, TARGET + 24), 0);
	put(&b, SUPERVISOR_AT, SOURCECFG + 24, 3); /* reserved */
	assert_int_equal(get(&b, SUPERVISOR_AT, SOURCECFG + 24), 0);
	set_up(&b, 6, SM_DETACHED, 0);
	put(&b, SUPERVISOR_AT, SETIPNUM, 6);
	assert_int_equal(get(&b, SUPERVISOR_AT, TARGET + 24), 1); /* a priority of 0 is 1 */
	put(&b, SUPERVISOR_AT, SOURCECFG + 24, 0);
	put(&b, SUPERVISOR_AT, SOURCECFG + 24, SM_DETACHED);
	assert_int_equal(get(&b, SUPERVISOR_AT, SETIE) | get(&b, SUPERVISOR_AT, SETIP), 0);
	/* Sources that there are not. */
	put(&b, SUPERVISOR_AT, SOURCECFG + 4 * (SOURCES + 1), SM_EDGE1);
	assert_int_equal(get(&b, SUPERVISOR_AT, SOURCECFG + 4 * (SOURCES + 1)), 0);
	put(&b, SUPERVISOR_AT, SETIPNUM, UINT32_MAX);
	xlat_aplic_set_source(b.aplic, SOURCES + 1, true);
	finish(&b);
}

/* 4.9: forwarded once for each rise of the wire, to a hart's or a guest's page. */
static void messages_go_to_the_page_of_the_target_and_end_the_pending_bit(void **state)
{
	struct bench b;

	(void)state;
	init(&b, false);
	put(&b, SUPERVISOR_AT, DOMAINCFG, DOMAINCFG_IE | DOMAINCFG_DM);
	set_up(&b, 1, SM_LEVEL1, 2 << 18 | 3 << 12 | 77);
	set_up(&b, 2, SM_EDGE0, 1 << 18 | 78);
	xlat_aplic_set_source(b.aplic, 1, true);
	assert_int_equal(take_message(&b, 16 + 2 * 4 + 3), 77);
	assert_int_equal(get(&b, SUPERVISOR_AT, SETIP), 0);
	assert_int_equal(get(&b, SUPERVISOR_AT, IN_CLRIP), 1 << 1 | 1 << 2);
	/* While it is high, a write makes it pending again; while low, not. */
	put(&b, SUPERVISOR_AT, SETIPNUM_BE, __builtin_bswap32(1));
	assert_int_equal(take_message(&b, 16 + 2 * 4 + 3), 77);
	xlat_aplic_set_source(b.aplic, 1, false);
	put(&b, SUPERVISOR_AT, SETIPNUM_LE, 1);
	assert_int_equal(take_message(&b, 16 + 2 * 4 + 3), 0);
	xlat_aplic_set_source(b.aplic, 2, true);
	assert_int_equal(take_message(&b, 16 + 4), 0);
	xlat_aplic_set_source(b.aplic, 2, false);
	assert_int_equal(take_message(&b, 16 + 4), 78);
	finish(&b);
}

static void what_was_pending_is_sent_when_it_may_be(void **state)
{
	struct bench b;

	(void)state;
	init(&b, false);
	put(&b, SUPERVISOR_AT, DOMAINCFG, DOMAINCFG_DM);
	set_up(&b, 1, SM_DETACHED, 5);
	set_up(&b, 2, SM_DETACHED, 1 << 18 | 6);
	put(&b, SUPERVISOR_AT, CLRIENUM, 2);
	put(&b, SUPERVISOR_AT, SETIP, 6);
	assert_int_equal(take_message(&b, 16), 0);
	put(&b, SUPERVISOR_AT, DOMAINCFG, DOMAINCFG_DM | DOMAINCFG_IE);
	assert_int_equal(take_message(&b, 16), 5);
	assert_int_equal(take_message(&b, 20), 0);
	put(&b, SUPERVISOR_AT, SETIE, 1 << 2);
	assert_int_equal(take_message(&b, 20), 6);
	/* 4.5.15 */
	put(&b, SUPERVISOR_AT, GENMSI, 1 << 18 | 9);
	assert_int_equal(take_message(&b, 20), 9);
	assert_int_equal(get(&b, SUPERVISOR_AT, GENMSI), 0);
	finish(&b);
}

/* 4.5.2: what is delegated is the child's, and only that. */
static void a_delegated_source_is_the_childs(void **state)
{
	struct bench b;

	(void)state;
	init(&b, true);
	put(&b, SUPERVISOR_AT, SOURCECFG + 4, SM_EDGE1);
	assert_int_equal(get(&b, SUPERVISOR_AT, SOURCECFG + 4), 0);
	put(&b, MACHINE_AT, SOURCECFG + 4, SM_EDGE1);
	put(&b, MACHINE_AT, TARGET + 4, 4);
	put(&b, MACHINE_AT, SETIENUM, 1);
	put(&b, MACHINE_AT, DOMAINCFG, DOMAINCFG_IE);
	put(&b, MACHINE_AT, IDC + IDELIVERY, 1);
	xlat_aplic_set_source(b.aplic, 1, true);
	assert_true(b.levels[XLAT_APLIC_MACHINE][0]);
	assert_false(b.levels[XLAT_APLIC_SUPERVISOR][0]);
	put(&b, MACHINE_AT, SOURCECFG + 4, SOURCECFG_D);
	assert_false(b.levels[XLAT_APLIC_MACHINE][0]);
	assert_int_equal(get(&b, MACHINE_AT, SOURCECFG + 4), SOURCECFG_D);
	assert_int_equal(get(&b, MACHINE_AT, SETIE), 0);
	assert_int_equal(get(&b, SUPERVISOR_AT, SOURCECFG + 4), SM_INACTIVE);
	set_up(&b, 1, SM_LEVEL1, 4);
	put(&b, SUPERVISOR_AT, DOMAINCFG, DOMAINCFG_IE);
	deliver(&b, 0);
	assert_true(b.levels[XLAT_APLIC_SUPERVISOR][0]);
	assert_int_equal(get(&b, SUPERVISOR_AT, SOURCECFG + 4), SM_LEVEL1);
	/* The child has nobody to delegate to. */
	put(&b, SUPERVISOR_AT, SOURCECFG + 4, SOURCECFG_D);
	assert_int_equal(get(&b, SUPERVISOR_AT, SOURCECFG + 4), 0);
	finish(&b);
}

/* 4.5.3, 4.5.4 */
static void where_messages_go_is_the_roots_until_it_is_locked(void **state)
{
	struct bench b;

	(void)state;
	init(&b, true);
	assert_int_equal(get(&b, SUPERVISOR_AT, MMSIADDRCFG), 0);
	assert_int_equal(get(&b, MACHINE_AT, MMSIADDRCFG), FILES_AT >> 12);
	put(&b, MACHINE_AT, MMSIADDRCFG, (FILES_AT + 0x8000) >> 12);
	put(&b, MACHINE_AT, MMSIADDRCFGH, UINT32_C(1) << 31 | 2 << 12);
	put(&b, MACHINE_AT, SMSIADDRCFG, 5);
	put(&b, MACHINE_AT, MMSIADDRCFGH, 0);
	assert_int_equal(get(&b, MACHINE_AT, MMSIADDRCFGH), UINT32_C(1) << 31 | 2 << 12);
	assert_int_equal(get(&b, MACHINE_AT, SMSIADDRCFG), (FILES_AT + 0x10000) >> 12);
	put(&b, MACHINE_AT, DOMAINCFG, DOMAINCFG_DM);
	put(&b, MACHINE_AT, GENMSI, 2 << 18 | 3 << 12 | 50); /* no guests of machine level */
	assert_int_equal(take_message(&b, 8 + 2), 50);
	finish(&b);
}

static void what_was_saved_is_restored_and_drives_the_wires(void **state)
{
	struct bench b;
	uint8_t bytes[4096];
	size_t size;

	(void)state;
	init(&b, true);
	put(&b, MACHINE_AT, SOURCECFG + 12, SOURCECFG_D);
	set_up(&b, 3, SM_LEVEL1, 1 << 18 | 4);
	put(&b, SUPERVISOR_AT, DOMAINCFG, DOMAINCFG_IE);
	deliver(&b, 1);
	xlat_aplic_set_source(b.aplic, 3, true);
	size = xlat_aplic_save(b.aplic, bytes, sizeof(bytes));
	assert_true(size <= sizeof(bytes));
	xlat_aplic_reset(b.aplic);
	assert_false(b.levels[XLAT_APLIC_SUPERVISOR][1]);
	assert_int_equal(xlat_aplic_restore(b.aplic, bytes, size - 1), -EINVAL);
	bytes[4] ^= 1;
	assert_int_equal(xlat_aplic_restore(b.aplic, bytes, size), -EINVAL);
	bytes[4] ^= 1;
	assert_int_equal(xlat_aplic_restore(b.aplic, bytes, size), 0);
	assert_true(b.levels[XLAT_APLIC_SUPERVISOR][1]);
	assert_int_equal(get(&b, SUPERVISOR_AT, IDC + 32 + TOPI), 3 << 16 | 4);
	finish(&b);
}

static void numbers_out_of_range_are_refused(void **state)
{
	static const unsigned wrong[][2] = {{0, 1}, {1024, 1}, {1, 0}, {1, 16385}};
	struct xlat_fabric *fabric;
	struct xlat_aplic *aplic;

	(void)state;
	assert_int_equal(xlat_fabric_create(NULL, &fabric), 0);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(xlat_aplic_create(fabric,
						   XLAT_CONFIG(xlat_aplic_config,
							       .sources = wrong[i][0],
							       .harts = wrong[i][1]),
						   &aplic),
				 -EINVAL);
	xlat_fabric_destroy(fabric);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_level_drives_the_wire_of_its_hart_while_it_lasts),
		cmocka_unit_test(an_edge_is_pending_until_it_is_claimed),
		cmocka_unit_test(the_lower_number_goes_first_and_the_threshold_keeps_the_rest),
		cmocka_unit_test(a_forced_interrupt_is_spurious_and_ends_by_its_claim),
		cmocka_unit_test(what_is_inactive_has_no_bits),
		cmocka_unit_test(messages_go_to_the_page_of_the_target_and_end_the_pending_bit),
		cmocka_unit_test(what_was_pending_is_sent_when_it_may_be),
		cmocka_unit_test(a_delegated_source_is_the_childs),
		cmocka_unit_test(where_messages_go_is_the_roots_until_it_is_locked),
		cmocka_unit_test(what_was_saved_is_restored_and_drives_the_wires),
		cmocka_unit_test(numbers_out_of_range_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
