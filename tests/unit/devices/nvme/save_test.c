/* SPDX-License-Identifier: BSD-3-Clause */
/* A controller saved and restored into another: with queues, with commands in flight. */
#include "test.h"
#include "nvme_driver.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BLOCKS = 2048,
};

static struct xlat_block *block;
static struct xlat_nvme_namespace namespace;
static struct nvme_driver driver;
static struct xlat_nvme_config config;

static void begin(struct xlat_block_config store, enum xlat_nvme_io io)
{
	store.size = sizeof(store);
	store.length = BLOCKS * 512;
	assert_int_equal(xlat_block_create(&store, &block), 0);
	namespace = (struct xlat_nvme_namespace){.block = block};
	config = (struct xlat_nvme_config){.size = sizeof(config),
					   .namespaces = &namespace,
					   .namespace_count = 1,
					   .queues = 3,
					   .io = io};
	nvme_driver_init(&driver, &config, NULL);
	nvme_enable(&driver);
	nvme_use_messages(&driver);
	nvme_create_queues(&driver, 1, 8);
	nvme_create_queues(&driver, 2, 16);
}

static void end(void)
{
	nvme_driver_finish(&driver);
	xlat_block_destroy(block);
}

static uint8_t *save(size_t *size)
{
	uint8_t *bytes;

	*size = xlat_nvme_save(driver.nvme, NULL, 0);
	bytes = malloc(*size);
	assert_non_null(bytes);
	assert_int_equal(xlat_nvme_save(driver.nvme, bytes, *size), *size);
	return bytes;
}

static void move(void)
{
	size_t size;
	uint8_t *bytes = save(&size);

	nvme_driver_plug(&driver, &config);
	assert_int_equal(xlat_nvme_restore(driver.nvme, bytes, size), 0);
	free(bytes);
}

static void a_driver_does_not_notice_that_its_controller_was_moved(void **state)
{
	struct nvme_completion completion;

	(void)state;
	begin((struct xlat_block_config){.host = NULL}, XLAT_NVME_IO_SYNC);
	(void)nvme_ask(&driver, nvme_feature_command(ADMIN_SET_FEATURES, FEATURE_COALESCING, 77));
	(void)nvme_submit(&driver, 0, (struct nvme_command){{ADMIN_ASYNC_EVENT_REQUEST}});
	for (unsigned i = 0; i < 100; i++) {
		unsigned queue = 1 + i % 2;

		memset(nvme_page(&driver, NVME_DATA), (int)i, 512);
		assert_int_equal(nvme_do(&driver, queue,
					 nvme_transfer(&driver, NVM_WRITE, i, 1, NVME_DATA)),
				 NVME_SUCCESS);
		/* Completed, and not taken yet. */
		(void)nvme_submit(&driver, queue,
				  nvme_transfer(&driver, NVM_READ, i, 1, NVME_DATA + 1));
		if (i % 7 == 0)
			move();
		assert_int_equal(nvme_wait(&driver, queue).status, NVME_SUCCESS);
		assert_memory_equal(nvme_page(&driver, NVME_DATA),
				    nvme_page(&driver, NVME_DATA + 1), 512);
	}
	assert_int_equal(nvme_ask(&driver,
				  nvme_feature_command(ADMIN_GET_FEATURES, FEATURE_COALESCING, 0)),
			 77);
	assert_false(nvme_peek(&driver, 0, &completion));
	nvme_store(&driver, NVME_DOORBELLS + 8 * 3, 1);
	assert_int_equal(nvme_wait(&driver, 0).result, NVME_EVENT(EVENT_ERROR, 0, LOG_ERROR));
	assert_int_equal(xlat_nvme_statistics(driver.nvme).writes, 100);
	end();
}

static void doorbells_of_a_paused_controller_are_kept(void **state)
{
	struct nvme_completion completion;

	(void)state;
	begin((struct xlat_block_config){.host = NULL}, XLAT_NVME_IO_SYNC);
	xlat_nvme_pause(driver.nvme);
	for (unsigned i = 0; i < 5; i++)
		(void)nvme_submit(&driver, 1, nvme_transfer(&driver, NVM_READ, i, 1, NVME_DATA));
	assert_false(nvme_peek(&driver, 1, &completion));
	move();
	for (unsigned i = 0; i < 5; i++)
		assert_true(nvme_take(&driver, 1, &completion));
	xlat_nvme_pause(driver.nvme);
	(void)nvme_submit(&driver, 1, nvme_transfer(&driver, NVM_READ, 0, 1, NVME_DATA));
	assert_false(nvme_peek(&driver, 1, &completion));
	xlat_nvme_resume(driver.nvme);
	assert_true(nvme_take(&driver, 1, &completion));
	end();
}

static bool has_uring(void)
{
	struct xlat_fabric *fabric;
	struct xlat_nvme *nvme;
	bool created;

	assert_int_equal(xlat_fabric_create(NULL, &fabric), 0);
	created = xlat_nvme_create(fabric, XLAT_CONFIG(xlat_nvme_config, .io = XLAT_NVME_IO_URING),
				   &nvme) == 0;
	xlat_nvme_destroy(nvme);
	xlat_fabric_destroy(fabric);
	return created;
}

static void what_is_in_flight_is_executed_again(void **state)
{
	struct nvme_command command = {{ADMIN_DELETE_SQ}};
	int ends[2];
	uint8_t bytes[512];
	uint16_t first;

	(void)state;
	if (!has_uring())
		return; /* skip() of cmocka is a failure to who reads TAP */
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	begin((struct xlat_block_config){.kind = XLAT_BLOCK_FILE, .fd = ends[0], .has_fd = true},
	      XLAT_NVME_IO_URING);
	first = driver.cid;
	for (unsigned i = 0; i < 3; i++)
		(void)nvme_submit(&driver, 1,
				  nvme_transfer(&driver, NVM_READ, 0, 1, NVME_DATA + i));
	assert_int_equal(xlat_nvme_in_flight(driver.nvme), 3);
	move();
	assert_int_equal(xlat_nvme_in_flight(driver.nvme), 3);
	for (unsigned i = 0; i < 3; i++) {
		struct nvme_completion completion;

		/* Any of them may read it. */
		memset(bytes, (int)i + 1, sizeof(bytes));
		assert_int_equal(write(ends[1], bytes, sizeof(bytes)), sizeof(bytes));
		completion = nvme_wait(&driver, 1);
		assert_int_equal(completion.status, NVME_SUCCESS);
		assert_memory_equal(nvme_page(&driver, NVME_DATA + completion.cid - first), bytes,
				    sizeof(bytes));
	}
	/* A deletion that waits is done: its commands were aborted. */
	(void)nvme_submit(&driver, 1, nvme_transfer(&driver, NVM_READ, 0, 1, NVME_DATA));
	xlat_nvme_pause(driver.nvme);
	xlat_nvme_resume(driver.nvme);
	command.dword[10] = 1;
	(void)nvme_submit(&driver, 0, command);
	move();
	assert_int_equal(nvme_wait(&driver, 1).status, NVME_ABORTED_SQ_DELETION);
	assert_int_equal(nvme_wait(&driver, 0).status, NVME_SUCCESS);
	end();
	assert_int_equal(close(ends[0]), 0);
	assert_int_equal(close(ends[1]), 0);
}

static void bytes_that_are_no_state_are_refused(void **state)
{
	size_t size;
	uint8_t *bytes;
	struct xlat_nvme *other;

	(void)state;
	begin((struct xlat_block_config){.host = NULL}, XLAT_NVME_IO_SYNC);
	bytes = save(&size);
	for (size_t i = 0; i < size; i += 97)
		assert_int_equal(xlat_nvme_restore(driver.nvme, bytes, i), -EINVAL);
	/* The controller is as it was. */
	assert_int_equal(nvme_do(&driver, 1, nvme_transfer(&driver, NVM_READ, 0, 1, NVME_DATA)),
			 NVME_SUCCESS);
	assert_int_equal(xlat_nvme_create(driver.fabric, XLAT_CONFIG(xlat_nvme_config, .queues = 3),
					  &other),
			 0);
	assert_int_equal(xlat_nvme_restore(other, bytes, size), -EINVAL);
	xlat_nvme_destroy(other);
	/* Any byte changed: refused or taken, and nothing breaks. */
	for (size_t i = 0; i < size; i++) {
		bytes[i] ^= 0xff;
		(void)!xlat_nvme_restore(driver.nvme, bytes, size);
		(void)xlat_nvme_process(driver.nvme);
		bytes[i] ^= 0xff;
	}
	free(bytes);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_driver_does_not_notice_that_its_controller_was_moved),
		cmocka_unit_test(doorbells_of_a_paused_controller_are_kept),
		cmocka_unit_test(what_is_in_flight_is_executed_again),
		cmocka_unit_test(bytes_that_are_no_state_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
