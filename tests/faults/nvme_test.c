/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation of an NVMe controller fails once: making it is refused; a guest's command fails
 * with Internal Error, or enabling with CSTS.CFS, and a reset mends it.
 */
#include "test.h"
#include "nvme_driver.h"
#include "scarcity.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	ENDLESS = 2000,
	SIZE = 1 << 16,
};

static struct xlat_block *make_file(void)
{
	struct xlat_block *block;
	int fd = memfd_create("disk", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(xlat_block_create(XLAT_CONFIG(xlat_block_config, .kind = XLAT_BLOCK_FILE,
						       .fd = fd, .has_fd = true, .length = SIZE),
					   &block),
			 0);
	(void)close(fd);
	return block;
}

static void making_a_controller_needs_memory(void **state)
{
	struct xlat_block *block = make_file();
	struct xlat_nvme_namespace namespace = {.block = block};
	struct xlat_fabric *fabric;
	struct xlat_nvme *nvme;
	bool failed = true;
	int error = 0;

	(void)state;
	assert_int_equal(xlat_fabric_create(NULL, &fabric), 0);
	for (unsigned long nth = 1; failed; nth++) {
		assert_true(nth < ENDLESS);
		scarcity_begin(nth);
		error = xlat_nvme_create(fabric,
					 XLAT_CONFIG(xlat_nvme_config, .namespaces = &namespace,
						     .namespace_count = 1, .queues = 2,
						     .io = XLAT_NVME_IO_BEST),
					 &nvme);
		failed = scarcity_end();
		assert_true(error == 0 || (failed && error == -ENOMEM));
		xlat_nvme_destroy(nvme);
	}
	assert_int_equal(error, 0);
	xlat_fabric_destroy(fabric);
	xlat_block_destroy(block);
}

static void making_a_store_needs_memory(void **state)
{
	struct xlat_block *block;
	bool failed = true;
	int error = 0;

	(void)state;
	for (unsigned long nth = 1; failed; nth++) {
		scarcity_begin(nth);
		error = xlat_block_create(XLAT_CONFIG(xlat_block_config, .length = SIZE), &block);
		failed = scarcity_end();
		assert_true(error == 0 || (failed && error == -ENOMEM));
		xlat_block_destroy(block);
	}
	assert_int_equal(error, 0);
}

/* What a guest does, as far as it gets. */
static void drive(struct nvme_driver *driver)
{
	struct nvme_command command = {{ADMIN_CREATE_CQ}};

	nvme_store(driver, NVME_CC, CC_EN | 6 << CC_IOSQES_SHIFT | 4 << CC_IOCQES_SHIFT);
	if (nvme_load(driver, NVME_CSTS) & CSTS_CFS)
		return;
	driver->queues[0] = (struct nvme_queue){.entries = 32, .phase = true};
	memset(nvme_page(driver, 1), 0, NVME_PAGE);
	command.dword[6] = (uint32_t)nvme_iova(driver, 3);
	command.dword[10] = 15 << 16 | 1;
	command.dword[11] = 3;
	if (nvme_do(driver, 0, command))
		return;
	command.dword[0] = ADMIN_CREATE_SQ;
	command.dword[6] = (uint32_t)nvme_iova(driver, 2);
	command.dword[11] = 1 << 16 | 1;
	if (nvme_do(driver, 0, command))
		return;
	driver->queues[1] = (struct nvme_queue){.entries = 16, .phase = true, .cq = 1};
	memset(nvme_page(driver, 3), 0, NVME_PAGE);
	memset(nvme_page(driver, NVME_DATA), 0, NVME_PAGE);
	(void)nvme_do(driver, 1, nvme_transfer(driver, NVM_COMPARE, 0, 8, NVME_DATA));
	(void)nvme_do(driver, 1, nvme_transfer(driver, NVM_READ, 0, 8, NVME_DATA));
}

static void whatever_a_guest_lacks_a_reset_gives(void **state)
{
	(void)state;
	for (int io = XLAT_NVME_IO_SYNC; io <= XLAT_NVME_IO_BEST; io++) {
		struct xlat_block *block = make_file();
		struct xlat_nvme_namespace namespace = {.block = block};
		bool failed = io != XLAT_NVME_IO_URING; /* which there may be not; BEST is it */

		for (unsigned long nth = 1; failed; nth++) {
			struct nvme_driver driver;

			assert_true(nth < ENDLESS);
			nvme_driver_init(&driver,
					 XLAT_CONFIG(xlat_nvme_config, .namespaces = &namespace,
						     .namespace_count = 1, .queues = 2, .io = io,
						     .depth = 4, .threads = 1),
					 NULL);
			nvme_enable(&driver);
			nvme_store(&driver, NVME_CC, 0);
			scarcity_begin(nth);
			drive(&driver);
			failed = scarcity_end();
			nvme_disable(&driver);
			nvme_enable(&driver);
			nvme_create_queues(&driver, 1, 16);
			memset(nvme_page(&driver, NVME_DATA), 0, NVME_PAGE);
			assert_int_equal(
				nvme_do(&driver, 1,
					nvme_transfer(&driver, NVM_COMPARE, 0, 8, NVME_DATA)),
				NVME_SUCCESS);
			nvme_driver_finish(&driver);
		}
		xlat_block_destroy(block);
	}
}

static void a_restore_that_lacks_memory_has_failed(void **state)
{
	struct xlat_block *block = make_file();
	struct xlat_nvme_namespace namespace = {.block = block};
	struct nvme_driver driver;
	bool failed = true;
	size_t size;
	uint8_t *bytes;

	(void)state;
	nvme_driver_init(&driver,
			 XLAT_CONFIG(xlat_nvme_config, .namespaces = &namespace,
				     .namespace_count = 1, .queues = 2),
			 NULL);
	nvme_enable(&driver);
	nvme_create_queues(&driver, 1, 16);
	size = xlat_nvme_save(driver.nvme, NULL, 0);
	bytes = malloc(size);
	assert_non_null(bytes);
	assert_int_equal(xlat_nvme_save(driver.nvme, bytes, size), size);
	for (unsigned long nth = 1; failed; nth++) {
		int error;

		assert_true(nth < ENDLESS);
		scarcity_begin(nth);
		error = xlat_nvme_restore(driver.nvme, bytes, size);
		failed = scarcity_end();
		assert_true(error == 0 || (failed && error == -ENOMEM));
		assert_int_equal(xlat_nvme_restore(driver.nvme, bytes, size), 0);
		assert_int_equal(nvme_load(&driver, NVME_CSTS), CSTS_RDY);
	}
	assert_int_equal(nvme_do(&driver, 1, nvme_transfer(&driver, NVM_READ, 0, 8, NVME_DATA)),
			 NVME_SUCCESS);
	free(bytes);
	nvme_driver_finish(&driver);
	xlat_block_destroy(block);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(making_a_controller_needs_memory),
		cmocka_unit_test(making_a_store_needs_memory),
		cmocka_unit_test(whatever_a_guest_lacks_a_reset_gives),
		cmocka_unit_test(a_restore_that_lacks_memory_has_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
