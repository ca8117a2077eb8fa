/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What peers say of themselves: read, refused, written.
 */
#include "test.h"

#include "vfio_user/capabilities.h"

#include <errno.h>
#include <stdlib.h>

static struct xlat__vfio_user_capabilities found;

static int parse(const char *text)
{
	return xlat__vfio_user_capabilities_parse(text, strlen(text) + 1, &found);
}

static void without_data_everything_has_its_default(void **state)
{
	(void)state;
	assert_int_equal(xlat__vfio_user_capabilities_parse(NULL, 0, &found), 0);
	assert_int_equal(found.named, 0);
	assert_int_equal(found.max_msg_fds, 1);
	assert_int_equal(found.max_data_xfer_size, 1 << 20);
	assert_int_equal(found.max_dma_maps, 65535);
	assert_int_equal(found.pgsizes, 4096);
	assert_false(found.twin_socket);
	assert_false(found.write_multiple);
}

static void what_qemu_says_is_read(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"capabilities\": {\"max_dma_maps\": 65535, \"max_msg_fds\": 16, "
			       "\"write_multiple\": true, \"pgsizes\": 4096, "
			       "\"max_data_xfer_size\": 1048576}}"),
			 0);
	assert_int_equal(found.max_msg_fds, 16);
	assert_true(found.write_multiple);
	assert_int_equal(found.named, XLAT__VFIO_USER_CAP_FDS | XLAT__VFIO_USER_CAP_TRANSFER |
					      XLAT__VFIO_USER_CAP_MAPS | XLAT__VFIO_USER_CAP_PAGES |
					      XLAT__VFIO_USER_CAP_MULTI);
}

static void objects_within_are_read(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"capabilities\":{\"twin_socket\":{\"supported\":true},"
			       "\"migration\":{\"pgsize\":65536,\"max_bitmap_size\":1024}}}"),
			 0);
	assert_true(found.twin_socket);
	assert_false(found.has_fd_index);
	assert_int_equal(found.migration_pgsize, 65536);
	assert_int_equal(found.max_bitmap_size, 1024);
}

static void what_nobody_knows_is_passed_over(void **state)
{
	(void)state;
	assert_int_equal(parse("{\"x\":[1,2],\"capabilities\":{\"y\":null,\"max_msg_fds\":3}}"), 0);
	assert_int_equal(found.max_msg_fds, 3);
	assert_int_equal(parse("{}"), 0);
}

static void what_makes_no_sense_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"{",
		"x",
		"[]",
		"7",
		"{\"capabilities\":[]}",
		"{\"capabilities\":{\"max_msg_fds\":-1}}",
		"{\"capabilities\":{\"max_msg_fds\":\"8\"}}",
		"{\"capabilities\":{\"max_msg_fds\":1.5}}",
		"{\"capabilities\":{\"max_data_xfer_size\":0}}",
		"{\"capabilities\":{\"pgsizes\":0}}",
		"{\"capabilities\":{\"write_multiple\":1}}",
		"{\"capabilities\":{\"twin_socket\":true}}",
		"{\"capabilities\":{\"twin_socket\":{\"supported\":1}}}",
		"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_int_equal(parse(texts[i]), -EINVAL);
	/* Not ended by a 0. */
	assert_int_equal(xlat__vfio_user_capabilities_parse("{}", 2, &found), -EINVAL);
}

static void a_text_of_any_length_is_read_or_refused(void **state)
{
	char *text = malloc(1 << 20);

	(void)state;
	memset(text, ' ', 1 << 20);
	text[(1 << 20) - 1] = '\0';
	assert_int_equal(xlat__vfio_user_capabilities_parse(text, 1 << 20, &found), -EINVAL);
	text[0] = '{';
	text[16382] = '}';
	text[16383] = '\0';
	assert_int_equal(xlat__vfio_user_capabilities_parse(text, 16384, &found), 0);
	free(text);
}

static void what_is_written_is_read_back(void **state)
{
	struct xlat__vfio_user_capabilities all = xlat__vfio_user_capabilities_default();
	char text[XLAT__VFIO_USER_CAPABILITIES_TEXT], again[XLAT__VFIO_USER_CAPABILITIES_TEXT];
	size_t size;

	(void)state;
	all.named = 127;
	all.max_msg_fds = 16;
	all.max_data_xfer_size = all.max_dma_maps = all.pgsizes = INT64_MAX;
	all.migration_pgsize = all.max_bitmap_size = INT64_MAX;
	all.twin_socket = all.has_fd_index = all.write_multiple = true;
	all.fd_index = INT64_MAX;
	size = xlat__vfio_user_capabilities_format(&all, text);
	assert_int_equal(size, strlen(text) + 1);
	assert_int_equal(xlat__vfio_user_capabilities_parse(text, size, &found), 0);
	assert_int_equal(found.named, all.named);
	(void)xlat__vfio_user_capabilities_format(&found, again);
	assert_string_equal(text, again);
	all.named = 0;
	size = xlat__vfio_user_capabilities_format(&all, text);
	assert_string_equal(text, "{\"capabilities\":{}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_data_everything_has_its_default),
		cmocka_unit_test(what_qemu_says_is_read),
		cmocka_unit_test(objects_within_are_read),
		cmocka_unit_test(what_nobody_knows_is_passed_over),
		cmocka_unit_test(what_makes_no_sense_is_refused),
		cmocka_unit_test(a_text_of_any_length_is_read_or_refused),
		cmocka_unit_test(what_is_written_is_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
