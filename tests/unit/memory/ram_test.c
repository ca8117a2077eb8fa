/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xlat/ram.h>

#define MUST(call) assert_int_equal(call, 0)

static struct xlat_ram *make_block(struct tree *tree, const struct xlat_ram_config *config)
{
	struct xlat_ram *ram = NULL;

	MUST(xlat_ram_create(tree->fabric, config, &ram));
	return ram;
}

static int refused(struct tree *tree, const struct xlat_ram_config *config)
{
	struct xlat_ram *ram = NULL;
	int error = xlat_ram_create(tree->fabric, config, &ram);

	assert_null(ram);
	return error;
}

static int make_file(size_t length)
{
	int fd = memfd_create("test", MFD_CLOEXEC);

	assert_true(fd >= 0);
	MUST(ftruncate(fd, (off_t)length));
	return fd;
}

static void anonymous_memory_is_zero_and_has_no_descriptor(void **state)
{
	struct tree *tree = *state;
	struct xlat_ram *ram = make_block(tree, XLAT_CONFIG(xlat_ram_config, .length = 12345));
	uint8_t *host = xlat_ram_host(ram);

	assert_int_equal(xlat_ram_length(ram), 12345);
	assert_int_equal(xlat_ram_fd(ram, NULL), -1);
	assert_string_equal(xlat_ram_name(ram), "ram");
	assert_int_equal(host[0] | host[12344], 0);
	host[12344] = 1;
	xlat_ram_unref(ram);
}

static void huge_pages_begin_where_a_huge_page_does(void **state)
{
	static const enum xlat_ram_kind kinds[] = {XLAT_RAM_ANONYMOUS, XLAT_RAM_MEMFD};
	struct tree *tree = *state;

	for (unsigned i = 0; i < 2; i++) {
		struct xlat_ram *ram =
			make_block(tree, XLAT_CONFIG(xlat_ram_config, .kind = kinds[i],
						     .length = 5 << 20, .huge_pages = true));
		uint8_t *host = xlat_ram_host(ram);

		assert_int_equal((uintptr_t)host % (2 << 20), 0);
		host[(5 << 20) - 1] = 1;
		xlat_ram_unref(ram);
	}
}

static void another_process_can_map_a_memfd(void **state)
{
	struct tree *tree = *state;
	struct xlat_ram *ram = make_block(tree, XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_MEMFD,
							    .length = 0x2000, .name = "shared"));
	uint64_t offset = 1;
	int fd = xlat_ram_fd(ram, &offset);
	uint8_t *other;

	assert_true(fd >= 0);
	assert_int_equal(offset, 0);
	other = mmap(NULL, 0x2000, PROT_READ, MAP_SHARED, fd, 0);
	assert_ptr_not_equal(other, MAP_FAILED);
	((uint8_t *)xlat_ram_host(ram))[0x1fff] = 42;
	assert_int_equal(other[0x1fff], 42);
	munmap(other, 0x2000);
	xlat_ram_unref(ram);
}

static void a_long_name_is_no_obstacle(void **state)
{
	struct tree *tree = *state;
	char name[400];
	struct xlat_ram *ram;

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	ram = make_block(tree, XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_MEMFD,
					   .length = 0x1000, .name = name));
	assert_string_equal(xlat_ram_name(ram), name);
	xlat_ram_unref(ram);
}

static void stores_reach_the_file_at_its_offset(void **state)
{
	struct tree *tree = *state;
	int fd = make_file(0x3000);
	struct xlat_ram *ram = make_block(tree, XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_FILE,
							    .length = 0x1000, .fd = fd,
							    .has_fd = true, .fd_offset = 0x2000));
	uint64_t offset = 0;
	uint8_t byte = 0;

	((uint8_t *)xlat_ram_host(ram))[5] = 77;
	assert_int_equal(pread(fd, &byte, 1, 0x2005), 1);
	assert_int_equal(byte, 77);
	assert_int_not_equal(xlat_ram_fd(ram, &offset), fd); /* its own */
	assert_int_equal(offset, 0x2000);
	close(fd);
	xlat_ram_unref(ram);
}

static void a_read_only_file_can_only_be_shown_read_only(void **state)
{
	struct tree *tree = *state;
	int fd = make_file(0x1000);
	struct xlat_ram *ram = make_block(tree, XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_FILE,
							    .length = 0x1000, .fd = fd,
							    .has_fd = true, .read_only = true));
	struct xlat_region_config config = {
		.size = sizeof(config), .kind = XLAT_REGION_RAM, .length = 0x1000, .ram = ram};
	struct xlat_region *region = NULL;

	assert_int_equal(xlat_region_create(tree->fabric, &config, &region), -EINVAL);
	config.read_only = true;
	MUST(xlat_region_create(tree->fabric, &config, &region));
	assert_int_equal(xlat_region_set_read_only(region, false), -EINVAL);
	xlat_region_unref(region);
	xlat_ram_unref(ram);
	close(fd);
}

static void count_retired(void *opaque)
{
	++*(unsigned *)opaque;
}

static void the_callers_memory_is_given_back_once(void **state)
{
	static uint8_t memory[100];
	struct tree *tree = *state;
	unsigned retired = 0;
	struct xlat_ram *ram = make_block(
		tree, XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_CALLER, .length = 100,
				  .host = memory, .retired = count_retired, .opaque = &retired));

	assert_ptr_equal(xlat_ram_host(ram), memory);
	assert_ptr_equal(xlat_ram_ref(ram), ram);
	xlat_ram_unref(ram);
	xlat_fabric_process(tree->fabric);
	assert_int_equal(retired, 0);
	xlat_ram_unref(ram);
	assert_int_equal(retired, 0);
	assert_int_equal(xlat_fabric_process(tree->fabric), 1); /* a callback, and counted as one */
	assert_int_equal(retired, 1);
}

static void a_region_keeps_its_block(void **state)
{
	static uint8_t memory[0x1000];
	struct tree *tree = *state;
	unsigned retired = 0;
	struct xlat_ram *ram = make_block(
		tree, XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_CALLER, .length = 0x1000,
				  .host = memory, .retired = count_retired, .opaque = &retired));
	struct xlat_region *region = NULL;

	MUST(xlat_region_create(tree->fabric,
				XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					    .length = 0x1000, .ram = ram),
				&region));
	xlat_ram_unref(ram);
	xlat_fabric_process(tree->fabric);
	assert_int_equal(retired, 0);
	xlat_region_unref(region);
	xlat_fabric_process(tree->fabric);
	assert_int_equal(retired, 1);
}

static void what_is_no_block_is_refused(void **state)
{
	struct tree *tree = *state;
	int fd = make_file(0x1000);

#define REFUSED(error, ...)                                                                        \
	assert_int_equal(refused(tree, XLAT_CONFIG(xlat_ram_config, __VA_ARGS__)), error)
	REFUSED(-EINVAL, .length = 0);
	REFUSED(-EINVAL, .length = 1, .kind = (enum xlat_ram_kind)99);
	REFUSED(-EINVAL, .length = 1, .kind = XLAT_RAM_CALLER);
	REFUSED(-EINVAL, .length = UINT64_MAX, .kind = XLAT_RAM_CALLER, .host = tree);
	REFUSED(-EINVAL, .length = 1, .kind = XLAT_RAM_FILE, .fd = fd);
	REFUSED(-EINVAL, .length = 0x1001, .kind = XLAT_RAM_FILE, .fd = fd, .has_fd = true);
	REFUSED(-EINVAL, .length = 1, .kind = XLAT_RAM_FILE, .fd = fd, .has_fd = true,
		.fd_offset = 0x1000);
	REFUSED(-EINVAL, .length = 1, .kind = XLAT_RAM_FILE, .fd = fd, .has_fd = true,
		.fd_offset = 0x800);
	REFUSED(-EINVAL, .length = 1, .kind = XLAT_RAM_FILE, .fd = fd, .has_fd = true,
		.fd_offset = UINT64_MAX - 0xfff);
	REFUSED(-EBADF, .length = 1, .kind = XLAT_RAM_FILE, .fd = -1, .has_fd = true);
	REFUSED(-ENOMEM, .length = UINT64_MAX);
	xlat_ram_unref(NULL);
	close(fd);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		TEST(anonymous_memory_is_zero_and_has_no_descriptor),
		TEST(huge_pages_begin_where_a_huge_page_does),
		TEST(another_process_can_map_a_memfd),
		TEST(a_long_name_is_no_obstacle),
		TEST(stores_reach_the_file_at_its_offset),
		TEST(a_read_only_file_can_only_be_shown_read_only),
		TEST(the_callers_memory_is_given_back_once),
		TEST(a_region_keeps_its_block),
		TEST(what_is_no_block_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
