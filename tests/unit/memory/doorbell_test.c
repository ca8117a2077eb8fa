/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "tree.h"

#include "memory/doorbell.h"
#include "memory/region.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <xlat/doorbell.h>

#define MUST(call) assert_int_equal(call, 0)

static int make_fd(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(fd >= 0);
	return fd;
}

/*
 * How often an eventfd was signalled since the last look. qemu-user of another byte order does not
 * know a duplicated eventfd for one and leaves its count as the host has it.
 */
static uint64_t rung(int fd)
{
	uint64_t count = 0;

	if (read(fd, &count, sizeof(count)) != sizeof(count))
		return 0;
	return count >> 56 ? __builtin_bswap64(count) : count;
}

static struct xlat_doorbell *make_bell(struct xlat_region *region,
				       const struct xlat_doorbell_config *config)
{
	struct xlat_doorbell *doorbell = NULL;

	MUST(xlat_doorbell_create(region, config, &doorbell));
	return doorbell;
}

static bool ring(struct xlat_region *region, uint64_t offset, unsigned size, uint64_t value)
{
	return xlat__doorbell_ring(region->doorbells, offset, size, value);
}

static void a_write_of_its_width_at_its_offset_rings(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x100));
	int fd = make_fd();
	struct xlat_doorbell *bell = make_bell(
		mmio, XLAT_CONFIG(xlat_doorbell_config, .offset = 0x10, .width = 4, .fd = fd));

	assert_true(ring(mmio, 0x10, 4, 1));
	assert_int_equal(rung(fd), 1);
	assert_false(ring(mmio, 0x10, 2, 1));
	assert_false(ring(mmio, 0x11, 4, 1));
	assert_false(ring(mmio, 0x0c, 8, 1));
	assert_int_equal(rung(fd), 0);
	xlat_doorbell_destroy(bell);
	close(fd);
}

static void a_width_of_zero_rings_for_any(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x100));
	int fd = make_fd();
	struct xlat_doorbell *bell =
		make_bell(mmio, XLAT_CONFIG(xlat_doorbell_config, .offset = 0xff, .fd = fd));

	assert_true(ring(mmio, 0xff, 1, 0));
	assert_true(ring(mmio, 0xff, 8, 0));
	assert_int_equal(rung(fd), 2);
	xlat_doorbell_destroy(bell);
	close(fd);
}

static void a_match_rings_for_its_value_only(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x100));
	int first = make_fd(), second = make_fd();
	struct xlat_doorbell *a = make_bell(
		mmio, XLAT_CONFIG(xlat_doorbell_config, .width = 2, .match = true, .value = 0x10001,
				  .fd = first)); /* two bytes of which are 1 */
	struct xlat_doorbell *b =
		make_bell(mmio, XLAT_CONFIG(xlat_doorbell_config, .width = 2, .match = true,
					    .value = 2, .fd = second));

	assert_true(ring(mmio, 0, 2, 1));
	assert_true(ring(mmio, 0, 2, 0xffff0002)); /* what is above the size does not count */
	assert_false(ring(mmio, 0, 2, 3));
	assert_int_equal(rung(first), 1);
	assert_int_equal(rung(second), 1);
	xlat_doorbell_destroy(a);
	xlat_doorbell_destroy(b);
	close(first);
	close(second);
}

static void many_doorbells_are_told_apart(void **state)
{
	enum {
		COUNT = 64
	};
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x1000));
	struct xlat_doorbell *bells[COUNT];
	int fd = make_fd();

	for (unsigned i = 0; i < COUNT; i++) {
		uint64_t offset = (i * 37 % COUNT) * 8;
		bells[i] = make_bell(mmio, XLAT_CONFIG(xlat_doorbell_config, .offset = offset,
						       .width = 4, .fd = fd));
	}
	for (unsigned i = 0; i < COUNT; i += 2)
		xlat_doorbell_destroy(bells[i]);
	for (unsigned i = 0; i < COUNT; i++)
		assert_int_equal(ring(mmio, (i * 37 % COUNT) * 8, 4, 0), i % 2);
	for (unsigned i = 1; i < COUNT; i += 2)
		xlat_doorbell_destroy(bells[i]);
	close(fd);
}

static void a_destroyed_doorbell_is_silent_and_can_be_made_again(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x100));
	int fd = make_fd();
	const struct xlat_doorbell_config *config =
		XLAT_CONFIG(xlat_doorbell_config, .width = 4, .fd = fd);
	struct xlat_doorbell *bell = make_bell(mmio, config), *again = NULL;

	assert_int_equal(xlat_doorbell_create(mmio, config, &again), -EEXIST);
	xlat_doorbell_destroy(bell);
	assert_false(ring(mmio, 0, 4, 0));
	again = make_bell(mmio, config);
	assert_true(ring(mmio, 0, 4, 0));
	assert_int_equal(rung(fd), 1);
	xlat_doorbell_destroy(again);
	close(fd);
}

static void the_callers_descriptor_may_be_closed_at_once(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x100));
	int fd = make_fd(), kept = dup(fd);
	struct xlat_doorbell *bell =
		make_bell(mmio, XLAT_CONFIG(xlat_doorbell_config, .width = 4, .fd = fd));

	close(fd);
	assert_true(ring(mmio, 0, 4, 0));
	assert_int_equal(rung(kept), 1);
	xlat_doorbell_destroy(bell);
	close(kept);
}

static void a_doorbell_keeps_its_region(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = make_mmio(tree, 0x100);
	int fd = make_fd();
	struct xlat_doorbell *bell =
		make_bell(mmio, XLAT_CONFIG(xlat_doorbell_config, .width = 4, .fd = fd));

	xlat_region_unref(mmio);
	xlat_fabric_process(tree->fabric);
	assert_true(ring(mmio, 0, 4, 0));
	xlat_doorbell_destroy(bell);
	close(fd);
}

static void what_is_no_doorbell_is_refused(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x100));
	struct xlat_region *ram = place_in(tree->root, 0x1000, make_ram(tree, 0x1000));
	struct xlat_doorbell *bell = NULL;
	int fd = make_fd();

#define REFUSED(region, error, ...)                                                                \
	assert_int_equal(xlat_doorbell_create(                                                     \
				 region, XLAT_CONFIG(xlat_doorbell_config, __VA_ARGS__), &bell),   \
			 error)
	REFUSED(ram, -EINVAL, .width = 4, .fd = fd);
	REFUSED(mmio, -EINVAL, .width = 3, .fd = fd);
	REFUSED(mmio, -EINVAL, .offset = 0xfd, .width = 4, .fd = fd);
	REFUSED(mmio, -EINVAL, .offset = UINT64_MAX, .width = 4, .fd = fd);
	REFUSED(mmio, -EINVAL, .match = true, .fd = fd);
	REFUSED(mmio, -EBADF, .width = 4, .fd = -1);
	assert_null(bell);
	xlat_doorbell_destroy(NULL);
	close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_write_of_its_width_at_its_offset_rings),
		TEST(a_width_of_zero_rings_for_any),
		TEST(a_match_rings_for_its_value_only),
		TEST(many_doorbells_are_told_apart),
		TEST(a_destroyed_doorbell_is_silent_and_can_be_made_again),
		TEST(the_callers_descriptor_may_be_closed_at_once),
		TEST(a_doorbell_keeps_its_region),
		TEST(what_is_no_doorbell_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
