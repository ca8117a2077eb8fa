/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "tree.h"

#include "memory/fabric.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#define MUST(call) assert_int_equal(call, 0)

static bool readable(const struct xlat_fabric *fabric)
{
	struct pollfd pollfd = {.fd = xlat_fabric_fd(fabric), .events = POLLIN};

	return poll(&pollfd, 1, 0) == 1;
}

static void do_nothing(void *opaque)
{
	(void)opaque;
}

static void the_descriptor_is_readable_while_something_is_to_be_processed(void **state)
{
	struct tree *tree = *state;
	struct xlat_ram *ram = NULL;

	assert_false(readable(tree->fabric));
	MUST(xlat_ram_create(tree->fabric,
			     XLAT_CONFIG(xlat_ram_config, .length = 1, .retired = do_nothing),
			     &ram));
	xlat_ram_unref(ram);
	assert_true(readable(tree->fabric));
	assert_int_equal(xlat_fabric_process(tree->fabric), 1);
	assert_false(readable(tree->fabric));
}

static void two_fabrics_share_nothing(void **state)
{
	struct tree *one = *state, *two;
	void *other = NULL;
	struct xlat_region *mmio;

	tree_setup(&other);
	two = other;
	xlat_fabric_begin(one->fabric);
	/* A transaction of one does not hold up the other, nor keep it from publishing. */
	mmio = place_in(two->root, 0, make_mmio(two, 0x10));
	assert_true(has_section(two->space, 0, 0xf, mmio));
	assert_true(has_hole(one->space, 0, UINT64_MAX));
	MUST(xlat_fabric_commit(one->fabric));
	tree_teardown(&other);
}

static void a_configuration_is_checked(void **state)
{
	struct xlat_fabric *fabric = NULL;
	struct {
		struct xlat_fabric_config config;
		uint64_t unknown;
	} newer = {{.size = sizeof(newer)}, 1};

	(void)state;
	assert_int_equal(xlat_fabric_create(&(struct xlat_fabric_config){0}, &fabric), -EINVAL);
	assert_int_equal(xlat_fabric_create(&newer.config, &fabric), -E2BIG);
	assert_null(fabric);
	newer.unknown = 0;
	MUST(xlat_fabric_create(&newer.config, &fabric));
	xlat_fabric_destroy(fabric);
	xlat_fabric_destroy(NULL);
}

struct logged {
	char message[600];
	enum xlat_log_level level;
};

static void keep_message(void *opaque, enum xlat_log_level level, const char *message)
{
	struct logged *logged = opaque;

	snprintf(logged->message, sizeof(logged->message), "%s", message);
	logged->level = level;
}

static void messages_name_their_fabric(void **state)
{
	struct logged logged = {{0}, XLAT_LOG_DEBUG};
	struct xlat_fabric *fabric = NULL;

	(void)state;
	MUST(xlat_fabric_create(XLAT_CONFIG(xlat_fabric_config, .name = "board",
					    .log = keep_message, .opaque = &logged),
				&fabric));
	xlat__fabric_log(fabric, XLAT_LOG_WARNING, "%d of %s", 3, "them");
	assert_string_equal(logged.message, "board: 3 of them");
	assert_int_equal(logged.level, XLAT_LOG_WARNING);
	xlat_fabric_destroy(fabric);
}

static void a_refused_change_leaves_the_transaction_open_as_it_was(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio;

	xlat_fabric_begin(tree->fabric);
	mmio = place_in(tree->root, 0, make_mmio(tree, 0x10));
	assert_int_equal(xlat_region_attach(tree->root, mmio, 0x100), -EBUSY);
	assert_int_equal(xlat_space_section_count(tree->space), 0);
	MUST(xlat_fabric_commit(tree->fabric));
	assert_int_equal(xlat_space_section_count(tree->space), 1);
}

static void what_is_refused_is_told_to_the_operator(void **state)
{
	struct logged logged = {{0}, XLAT_LOG_DEBUG};
	struct xlat_fabric *fabric = NULL;
	struct xlat_region *region = NULL;
	struct xlat_space *space = NULL;
	struct xlat_ram *ram = NULL;

	(void)state;
	MUST(xlat_fabric_create(XLAT_CONFIG(xlat_fabric_config, .name = "board",
					    .log = keep_message, .opaque = &logged),
				&fabric));
	assert_int_equal(xlat_ram_create(fabric, XLAT_CONFIG(xlat_ram_config, .name = "low"), &ram),
			 -EINVAL);
	assert_string_equal(logged.message, "board: RAM block low: has no length");
	assert_int_equal(xlat_region_create(fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .name = "uart"),
					    &region),
			 -EINVAL);
	assert_string_equal(logged.message, "board: region uart: a device needs its ops");
	assert_int_equal(xlat_fabric_commit(fabric), -EINVAL);
	assert_non_null(strstr(logged.message, "without a begin"));
	/* Nothing is said of what ended in order. */
	MUST(xlat_region_create(fabric, XLAT_CONFIG(xlat_region_config, .name = "root"), &region));
	MUST(xlat_space_create(region, "left", &space));
	xlat_space_destroy(space);
	xlat_region_unref(region);
	logged.message[0] = 0;
	xlat_fabric_destroy(fabric);
	assert_string_equal(logged.message, "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_descriptor_is_readable_while_something_is_to_be_processed),
		TEST(two_fabrics_share_nothing),
		TEST(a_configuration_is_checked),
		TEST(messages_name_their_fabric),
		TEST(what_is_refused_is_told_to_the_operator),
		TEST(a_refused_change_leaves_the_transaction_open_as_it_was),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
