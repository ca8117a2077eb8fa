/* SPDX-License-Identifier: BSD-3-Clause */
/* Namespaces in files, by each kind of host I/O: what is lent, what is cancelled, what is durable. */
#include "test.h"
#include "nvme_driver.h"

#include <xlat/fence.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	BLOCKS = 4096,
};

struct disk {
	struct nvme_driver driver;
	struct xlat_block *block;
	struct xlat_nvme_namespace namespace;
	int peer; /* of a socket instead of a file: its other end */
};

static struct xlat_block *open_temporary(bool buffered)
{
	char path[] = "nvme-test-XXXXXX", full[64];
	struct xlat_block *block;
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	(void)snprintf(full, sizeof(full), "%s", path);
	assert_int_equal(xlat_block_create(XLAT_CONFIG(xlat_block_config, .kind = XLAT_BLOCK_FILE,
						       .path = full, .length = BLOCKS * 512,
						       .buffered = buffered),
					   &block),
			 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(close(fd), 0);
	return block;
}

static bool possible(enum xlat_nvme_io io)
{
	struct xlat_fabric *fabric;
	struct xlat_nvme *nvme;
	bool created;

	assert_int_equal(xlat_fabric_create(NULL, &fabric), 0);
	created = xlat_nvme_create(fabric, XLAT_CONFIG(xlat_nvme_config, .io = io), &nvme) == 0;
	xlat_nvme_destroy(nvme);
	xlat_fabric_destroy(fabric);
	return created;
}

static void begin_on(struct disk *disk, struct xlat_block *block, enum xlat_nvme_io io,
		     const struct driven_kind *kind)
{
	disk->block = block;
	disk->peer = -1;
	disk->namespace = (struct xlat_nvme_namespace){.block = block};
	nvme_driver_init(&disk->driver,
			 XLAT_CONFIG(xlat_nvme_config, .namespaces = &disk->namespace,
				     .namespace_count = 1, .io = io, .queues = 4, .depth = 16),
			 kind);
	nvme_enable(&disk->driver);
	nvme_create_queues(&disk->driver, 1, 64);
}

/* A namespace whose reads wait until their bytes come in by a socket; which has block 0 only. */
static void begin_waiting(struct disk *disk, const struct driven_kind *kind)
{
	int ends[2];
	struct xlat_block *block;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(xlat_block_create(XLAT_CONFIG(xlat_block_config, .kind = XLAT_BLOCK_FILE,
						       .fd = ends[0], .has_fd = true,
						       .length = BLOCKS * 512),
					   &block),
			 0);
	assert_int_equal(close(ends[0]), 0);
	begin_on(disk, block, XLAT_NVME_IO_URING, kind);
	disk->peer = ends[1];
}

static void end(struct disk *disk)
{
	nvme_driver_finish(&disk->driver);
	xlat_block_destroy(disk->block);
	if (disk->peer >= 0)
		assert_int_equal(close(disk->peer), 0);
}

static void what_is_written_is_read_back_by_each_kind_of_io(void **state)
{
	(void)state;
	for (int io = XLAT_NVME_IO_SYNC; io <= XLAT_NVME_IO_BEST; io++) {
		for (int buffered = 0; buffered < 2; buffered++) {
			struct disk disk;
			uint8_t *data;

			if (!possible(io))
				continue;
			begin_on(&disk, open_temporary(buffered), io, NULL);
			data = nvme_page(&disk.driver, NVME_DATA);
			for (unsigned blocks = 1; blocks < 200; blocks = blocks * 2 + 1) {
				for (unsigned i = 0; i < blocks * 512; i++)
					data[i] = (uint8_t)(i * 13 + blocks);
				assert_int_equal(nvme_do(&disk.driver, 1,
							 nvme_transfer(&disk.driver, NVM_WRITE, 7,
								       blocks, NVME_DATA)),
						 NVME_SUCCESS);
				memset(data, 0, blocks * 512);
				assert_int_equal(nvme_do(&disk.driver, 1,
							 nvme_transfer(&disk.driver, NVM_READ, 7,
								       blocks, NVME_DATA)),
						 NVME_SUCCESS);
				for (unsigned i = 0; i < blocks * 512; i++)
					assert_int_equal(data[i], (uint8_t)(i * 13 + blocks));
				assert_int_equal(nvme_do(&disk.driver, 1,
							 nvme_transfer(&disk.driver, NVM_COMPARE, 7,
								       blocks, NVME_DATA)),
						 NVME_SUCCESS);
				data[blocks * 512 - 1] ^= 1;
				assert_int_equal(nvme_do(&disk.driver, 1,
							 nvme_transfer(&disk.driver, NVM_COMPARE, 7,
								       blocks, NVME_DATA)),
						 NVME_COMPARE_FAILURE);
			}
			assert_int_equal(nvme_do(&disk.driver, 1,
						 (struct nvme_command){{NVM_FLUSH, 1}}),
					 NVME_SUCCESS);
			assert_int_equal(nvme_do(&disk.driver, 1,
						 (struct nvme_command){{NVM_FLUSH, UINT32_MAX}}),
					 NVME_SUCCESS);
			assert_int_equal(xlat_nvme_in_flight(disk.driver.nvme), 0);
			end(&disk);
		}
	}
}

static void many_are_in_flight_at_once(void **state)
{
	(void)state;
	for (int io = XLAT_NVME_IO_URING; io <= XLAT_NVME_IO_THREADS; io++) {
		struct disk disk;

		if (!possible(io))
			continue;
		begin_on(&disk, open_temporary(true), io, NULL);
		/* More than the host may have at once: config.depth. */
		for (unsigned round = 0; round < 20; round++) {
			for (unsigned i = 0; i < 40; i++)
				(void)nvme_push(&disk.driver, 1,
						nvme_transfer(&disk.driver, NVM_WRITE, i, 1,
							      NVME_DATA + i % 40));
			nvme_ring(&disk.driver, 1);
			for (unsigned i = 0; i < 40; i++)
				assert_int_equal(nvme_wait(&disk.driver, 1).status, NVME_SUCCESS);
		}
		assert_int_equal(xlat_nvme_statistics(disk.driver.nvme).commands, 800);
		end(&disk);
	}
}

static void a_reset_takes_back_what_is_in_flight(void **state)
{
	struct disk disk;

	(void)state;
	if (!possible(XLAT_NVME_IO_URING))
		return; /* skip() of cmocka is a failure to who reads TAP */
	begin_waiting(&disk, NULL);
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 0; i < 5; i++)
			(void)nvme_submit(&disk.driver, 1,
					  nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
		assert_int_equal(xlat_nvme_in_flight(disk.driver.nvme), 5);
		if (round & 1)
			xlat_pci_function_reset(disk.driver.function);
		if (round & 1) {
			xlat_pci_bus_config_write(disk.driver.bus, XLAT_PCI_RID(0, 1, 0), 0x10, 4,
						  (uint32_t)NVME_BAR);
			xlat_pci_bus_config_write(disk.driver.bus, XLAT_PCI_RID(0, 1, 0), 0x04, 2,
						  6);
		}
		nvme_disable(&disk.driver);
		assert_int_equal(xlat_nvme_in_flight(disk.driver.nvme), 0);
		nvme_enable(&disk.driver);
		nvme_create_queues(&disk.driver, 1, 64);
	}
	/* And the end of the controller does. */
	(void)nvme_submit(&disk.driver, 1, nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
	end(&disk);
}

static void a_queue_is_deleted_when_its_commands_are_over(void **state)
{
	struct disk disk;
	struct nvme_command command = {{ADMIN_DELETE_SQ}};
	uint16_t cid;

	(void)state;
	if (!possible(XLAT_NVME_IO_URING))
		return; /* skip() of cmocka is a failure to who reads TAP */
	begin_waiting(&disk, NULL);
	for (unsigned i = 0; i < 5; i++)
		(void)nvme_submit(&disk.driver, 1,
				  nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
	command.dword[10] = 1;
	cid = nvme_submit(&disk.driver, 0, command);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(nvme_wait(&disk.driver, 1).status, NVME_ABORTED_SQ_DELETION);
	assert_int_equal(nvme_wait(&disk.driver, 0).cid, cid);
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_QUEUE_ID_INVALID);
	end(&disk);
}

static void an_abort_completes_behind_its_victim(void **state)
{
	struct disk disk;
	struct nvme_command command = {{ADMIN_ABORT}};
	uint16_t victim, other, cid;
	struct nvme_completion completion;
	uint8_t bytes[512];

	(void)state;
	if (!possible(XLAT_NVME_IO_URING))
		return; /* skip() of cmocka is a failure to who reads TAP */
	begin_waiting(&disk, NULL);
	other = nvme_submit(&disk.driver, 1,
			    nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
	victim = nvme_submit(&disk.driver, 1,
			     nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
	command.dword[10] = 1 | (uint32_t)victim << 16;
	cid = nvme_submit(&disk.driver, 0, command);
	completion = nvme_wait(&disk.driver, 1);
	assert_int_equal(completion.cid, victim);
	assert_int_equal(completion.status, NVME_ABORT_REQUESTED);
	completion = nvme_wait(&disk.driver, 0);
	assert_int_equal(completion.cid, cid);
	assert_int_equal(completion.result, 0);
	/* What is not there is not aborted. */
	assert_int_equal(nvme_ask(&disk.driver, command), 1);
	memset(bytes, 0x5a, sizeof(bytes));
	assert_int_equal(write(disk.peer, bytes, sizeof(bytes)), sizeof(bytes));
	completion = nvme_wait(&disk.driver, 1);
	assert_int_equal(completion.cid, other);
	assert_int_equal(completion.status, NVME_SUCCESS);
	assert_memory_equal(nvme_page(&disk.driver, NVME_DATA), bytes, sizeof(bytes));
	end(&disk);
}

static void an_unmap_under_io_takes_the_command_back(void **state)
{
	(void)state;
	if (!possible(XLAT_NVME_IO_URING))
		return; /* skip() of cmocka is a failure to who reads TAP */
	for (unsigned kind = 0; kind < driven_kinds_count; kind++) {
		struct disk disk;
		struct nvme_completion completion;
		bool over = false;

		begin_waiting(&disk, driven_kinds[kind]);
		(void)nvme_submit(&disk.driver, 1,
				  nvme_transfer(&disk.driver, NVM_READ, 0, 8, NVME_DATA));
		assert_int_equal(xlat_nvme_statistics(disk.driver.nvme).mapped, 1);
		disk.driver.driven->kind->unmap(disk.driver.driven, NVME_DATA);
		(void)xlat_fabric_process(disk.driver.fabric);
		/* The kernel may still write there. */
		assert_false(disk.driver.driven->kind->over(disk.driver.driven));
		completion = nvme_wait(&disk.driver, 1);
		assert_int_equal(completion.status, NVME_ABORT_REQUESTED);
		for (unsigned i = 0; i < 1000000 && !over; i++) {
			over = disk.driver.driven->kind->over(disk.driver.driven);
			(void)xlat_fabric_process(disk.driver.fabric);
		}
		assert_true(over);
		assert_int_equal(xlat_nvme_statistics(disk.driver.nvme).cancelled, 1);
		/* And now there is nothing behind it. */
		assert_int_equal(nvme_do(&disk.driver, 1,
					 nvme_transfer(&disk.driver, NVM_READ, 0, 8, NVME_DATA)),
				 NVME_DATA_TRANSFER_ERROR);
		end(&disk);
	}
}

static void without_bus_mastering_the_command_is_taken_back(void **state)
{
	struct disk disk;
	struct xlat_fence fence;
	struct nvme_completion completion;

	(void)state;
	if (!possible(XLAT_NVME_IO_URING))
		return; /* skip() of cmocka is a failure to who reads TAP */
	begin_waiting(&disk, NULL);
	(void)nvme_submit(&disk.driver, 1, nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
	xlat_pci_bus_config_write(disk.driver.bus, XLAT_PCI_RID(0, 1, 0), 0x04, 2, 2);
	assert_int_equal(
		xlat_fence_start_space(&fence, xlat_pci_function_space(disk.driver.function), NULL),
		0);
	assert_false(xlat_fence_poll(&fence));
	for (unsigned i = 0; i < 10000000 && !xlat_fence_poll(&fence); i++) {
		(void)xlat_nvme_process(disk.driver.nvme);
		(void)xlat_fabric_process(disk.driver.fabric);
	}
	assert_int_equal(xlat_fence_status(&fence), XLAT_FENCE_COMPLETE);
	assert_int_equal(xlat_nvme_in_flight(disk.driver.nvme), 0);
	/* Nor can it be told: 7.2.3. */
	assert_false(nvme_peek(&disk.driver, 1, &completion));
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), CSTS_RDY | CSTS_CFS);
	end(&disk);
}

static void the_descriptor_says_when_to_process(void **state)
{
	struct disk disk;
	struct pollfd fd;
	uint8_t bytes[512] = {1, 2, 3};
	struct nvme_completion completion;

	(void)state;
	if (!possible(XLAT_NVME_IO_URING))
		return; /* skip() of cmocka is a failure to who reads TAP */
	begin_waiting(&disk, NULL);
	fd = (struct pollfd){.fd = xlat_nvme_fd(disk.driver.nvme), .events = POLLIN};
	(void)nvme_submit(&disk.driver, 1, nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_int_equal(write(disk.peer, bytes, sizeof(bytes)), sizeof(bytes));
	assert_int_equal(poll(&fd, 1, 60000), 1);
	assert_false(nvme_peek(&disk.driver, 1, &completion));
	assert_int_equal(xlat_nvme_process(disk.driver.nvme), 1);
	assert_true(nvme_take(&disk.driver, 1, &completion));
	assert_int_equal(poll(&fd, 1, 0), 0);
	end(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_back_by_each_kind_of_io),
		cmocka_unit_test(many_are_in_flight_at_once),
		cmocka_unit_test(a_reset_takes_back_what_is_in_flight),
		cmocka_unit_test(a_queue_is_deleted_when_its_commands_are_over),
		cmocka_unit_test(an_abort_completes_behind_its_victim),
		cmocka_unit_test(an_unmap_under_io_takes_the_command_back),
		cmocka_unit_test(without_bus_mastering_the_command_is_taken_back),
		cmocka_unit_test(the_descriptor_says_when_to_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
