/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "tree.h"

#include "memory/region.h"

#include <errno.h>
#include <xlat/portio.h>

#define MUST(call) assert_int_equal(call, 0)

/* A device that answers with the port and the size, and keeps what was written. */
struct device {
	uint32_t port, value;
	unsigned writes;
};

static enum xlat_outcome read8(void *opaque, uint32_t port, uint32_t *value)
{
	(void)opaque;
	*value = port & 0xff;
	return XLAT_OK;
}

static enum xlat_outcome read16(void *opaque, uint32_t port, uint32_t *value)
{
	(void)opaque;
	*value = port | 0x8000;
	return XLAT_OK;
}

static enum xlat_outcome keep(void *opaque, uint32_t port, uint32_t value)
{
	struct device *device = opaque;

	device->port = port;
	device->value = value;
	device->writes++;
	return XLAT_OK;
}

static const struct xlat_portio ports[] = {
	{0, 4, 1, read8, keep},
	{2, 1, 2, read16, keep},
	{8, 1, 1, NULL, keep},
	{9, 1, 1, read8, NULL},
};

enum {
	COUNT = sizeof(ports) / sizeof(ports[0])
};

static struct xlat_portio_list *make_list(struct tree *tree, struct device *device)
{
	struct xlat_portio_list *list = NULL;

	MUST(xlat_portio_list_create(tree->fabric, ports, COUNT, device, "test", &list));
	return list;
}

/* Calls the handler that answers at a port of the space. */
static enum xlat_outcome in(struct tree *tree, uint64_t port, unsigned size, uint64_t *value)
{
	struct xlat_section section;
	struct xlat_mmio_access access = {.size = size, .access = XLAT_READ};

	if (!xlat_space_find(tree->space, port, &section))
		return XLAT_UNASSIGNED;
	access.offset = section.offset + (port - section.range.first);
	return section.region->ops.read(section.region->opaque, &access, value);
}

static enum xlat_outcome out(struct tree *tree, uint64_t port, unsigned size, uint64_t value)
{
	struct xlat_section section;
	struct xlat_mmio_access access = {.size = size, .access = XLAT_WRITE};

	if (!xlat_space_find(tree->space, port, &section))
		return XLAT_UNASSIGNED;
	access.offset = section.offset + (port - section.range.first);
	return section.region->ops.write(section.region->opaque, &access, value);
}

static void ports_are_seen_at_their_base_in_runs(void **state)
{
	struct tree *tree = *state;
	struct device device = {0};
	struct xlat_portio_list *list = make_list(tree, &device);

	MUST(xlat_portio_list_attach(list, tree->root, 0x3f8));
	assert_int_equal(xlat_space_section_count(tree->space), 2);
	assert_true(has_hole(tree->space, 0, 0x3f7));
	assert_true(has_hole(tree->space, 0x3fc, 0x3ff));
	assert_true(has_hole(tree->space, 0x402, UINT64_MAX));
	xlat_portio_list_destroy(list);
	assert_int_equal(xlat_space_section_count(tree->space), 0);
}

static void a_handler_gets_the_absolute_port(void **state)
{
	struct tree *tree = *state;
	struct device device = {0};
	struct xlat_portio_list *list = make_list(tree, &device);
	uint64_t value = 0;

	MUST(xlat_portio_list_attach(list, tree->root, 0x60));
	assert_int_equal(in(tree, 0x61, 1, &value), XLAT_OK);
	assert_int_equal(value, 0x61);
	assert_int_equal(out(tree, 0x68, 1, 0x123), XLAT_OK);
	assert_int_equal(device.port, 0x68);
	assert_int_equal(device.value, 0x23);
	xlat_portio_list_destroy(list);
}

static void a_size_that_is_answered_is_not_split(void **state)
{
	struct tree *tree = *state;
	struct device device = {0};
	struct xlat_portio_list *list = make_list(tree, &device);
	uint64_t value = 0;

	MUST(xlat_portio_list_attach(list, tree->root, 0x60));
	assert_int_equal(in(tree, 0x62, 2, &value), XLAT_OK);
	assert_int_equal(value, 0x8062);
	assert_int_equal(in(tree, 0x62, 1, &value), XLAT_OK);
	assert_int_equal(value, 0x62);
	xlat_portio_list_destroy(list);
}

static void a_size_that_is_not_answered_is_made_in_halves(void **state)
{
	struct tree *tree = *state;
	struct device device = {0};
	struct xlat_portio_list *list = make_list(tree, &device);
	uint64_t value = 0;

	MUST(xlat_portio_list_attach(list, tree->root, 0x60));
	assert_int_equal(in(tree, 0x60, 4, &value), XLAT_OK);
	assert_int_equal(value, 0x80626160);
	assert_int_equal(out(tree, 0x60, 2, 0xabcd), XLAT_OK);
	assert_int_equal(device.writes, 2);
	assert_int_equal(device.value, 0xab);
	xlat_portio_list_destroy(list);
}

static void a_half_that_nobody_answers_floats(void **state)
{
	struct tree *tree = *state;
	struct device device = {0};
	struct xlat_portio_list *list = make_list(tree, &device);
	uint64_t value = 0;

	MUST(xlat_portio_list_attach(list, tree->root, 0x60));
	assert_int_equal(in(tree, 0x69, 2, &value), XLAT_OK);
	assert_int_equal(value, 0xff69);
	xlat_portio_list_destroy(list);
}

static void a_wide_port_is_seen_to_its_last_byte(void **state)
{
	static const struct xlat_portio wide = {0x10, 1, 2, read16, NULL};
	struct tree *tree = *state;
	struct xlat_portio_list *list = NULL;
	uint64_t value = 0;

	MUST(xlat_portio_list_create(tree->fabric, &wide, 1, NULL, NULL, &list));
	MUST(xlat_portio_list_attach(list, tree->root, 0x100));
	assert_true(has_hole(tree->space, 0, 0x10f));
	assert_true(has_hole(tree->space, 0x112, UINT64_MAX));
	assert_int_equal(in(tree, 0x110, 2, &value), XLAT_OK);
	assert_int_equal(value, 0x8110);
	assert_int_equal(in(tree, 0x110, 1, &value), XLAT_DENIED);
	xlat_portio_list_destroy(list);
}

static void a_missing_handler_denies(void **state)
{
	struct tree *tree = *state;
	struct device device = {0};
	struct xlat_portio_list *list = make_list(tree, &device);
	uint64_t value = 0;

	MUST(xlat_portio_list_attach(list, tree->root, 0x60));
	assert_int_equal(in(tree, 0x68, 1, &value), XLAT_DENIED);
	assert_int_equal(value, 0xff);
	assert_int_equal(out(tree, 0x69, 1, 0), XLAT_DENIED);
	xlat_portio_list_destroy(list);
}

static void a_list_can_be_attached_elsewhere(void **state)
{
	struct tree *tree = *state;
	struct device device = {0};
	struct xlat_portio_list *list = make_list(tree, &device);
	uint64_t value = 0;

	MUST(xlat_portio_list_attach(list, tree->root, 0x60));
	assert_int_equal(xlat_portio_list_attach(list, tree->root, 0x80), -EBUSY);
	assert_int_equal(in(tree, 0x60, 1, &value), XLAT_OK);
	xlat_portio_list_detach(list);
	assert_int_equal(in(tree, 0x60, 1, &value), XLAT_UNASSIGNED);
	MUST(xlat_portio_list_attach(list, tree->root, 0x80));
	assert_int_equal(in(tree, 0x81, 1, &value), XLAT_OK);
	assert_int_equal(value, 0x81);
	xlat_portio_list_destroy(list);
}

static int create(struct tree *tree, struct xlat_portio *port, size_t count)
{
	struct xlat_portio_list *list = NULL;
	int error = xlat_portio_list_create(tree->fabric, port, count, NULL, NULL, &list);

	xlat_portio_list_destroy(list);
	return error;
}

static void what_is_no_list_is_refused(void **state)
{
	struct tree *tree = *state;
	struct xlat_portio twice[] = {{0, 4, 1, read8, keep}, {3, 1, 1, read8, keep}};
	struct xlat_portio port = {0, 1, 1, read8, keep};

	assert_int_equal(create(tree, &port, 0), -EINVAL);
	assert_int_equal(create(tree, twice, 2), -EINVAL);
	port.size = 3;
	assert_int_equal(create(tree, &port, 1), -EINVAL);
	port.size = 8;
	assert_int_equal(create(tree, &port, 1), -EINVAL);
	port.size = 1;
	port.count = 0;
	assert_int_equal(create(tree, &port, 1), -EINVAL);
	port.count = 2;
	port.offset = 0xffff;
	assert_int_equal(create(tree, &port, 1), -EINVAL);
	port.offset = 0xfffe;
	assert_int_equal(create(tree, &port, 1), 0);
	port.offset = UINT32_MAX;
	assert_int_equal(create(tree, &port, 1), -EINVAL);
	port.offset = 1;
	port.count = UINT32_MAX;
	assert_int_equal(create(tree, &port, 1), -EINVAL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		TEST(ports_are_seen_at_their_base_in_runs),
		TEST(a_handler_gets_the_absolute_port),
		TEST(a_size_that_is_answered_is_not_split),
		TEST(a_size_that_is_not_answered_is_made_in_halves),
		TEST(a_half_that_nobody_answers_floats),
		TEST(a_wide_port_is_seen_to_its_last_byte),
		TEST(a_missing_handler_denies),
		TEST(a_list_can_be_attached_elsewhere),
		TEST(what_is_no_list_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
