/* SPDX-License-Identifier: BSD-3-Clause */
/* NVM Express 1.4: registers (3.1), enabling and resets (7.3, 7.6), admin and I/O queues. */
#include "test.h"
#include "nvme_driver.h"

#include <xlat/pci_capability.h>

#include <errno.h>
#include <stdlib.h>

enum {
	BLOCKS = 2048,
};

struct disk {
	struct nvme_driver driver;
	struct xlat_block *block;
	struct xlat_nvme_namespace namespace;
};

static void begin_as(struct disk *disk, struct xlat_nvme_config config)
{
	assert_int_equal(xlat_block_create(XLAT_CONFIG(xlat_block_config, .length = BLOCKS * 512),
					   &disk->block),
			 0);
	disk->namespace = (struct xlat_nvme_namespace){.block = disk->block};
	config.size = sizeof(config);
	config.namespaces = &disk->namespace;
	config.namespace_count = 1;
	nvme_driver_init(&disk->driver, &config, NULL);
}

static void begin(struct disk *disk)
{
	begin_as(disk, (struct xlat_nvme_config){.queues = 4});
	nvme_enable(&disk->driver);
}

static void end(struct disk *disk)
{
	nvme_driver_finish(&disk->driver);
	xlat_block_destroy(disk->block);
}

static uint8_t *bytes_of(struct disk *disk)
{
	return xlat_block_host(disk->block);
}

static void capabilities_are_those_of_the_configuration(void **state)
{
	struct disk disk;

	(void)state;
	begin_as(&disk, (struct xlat_nvme_config){.entries = 256});
	/* 3.1.1: MQES counts from 0, CQR; DSTRD 0; NVM command set; subsystem reset. */
	assert_int_equal(nvme_load(&disk.driver, NVME_CAP) & 0x1ffff, 0x100ff);
	assert_int_equal(nvme_load(&disk.driver, NVME_CAP + 4) & 0x3f, 0x30);
	assert_int_equal(nvme_load(&disk.driver, NVME_VS), 0x10400);
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), 0);
	end(&disk);
}

static void it_is_ready_once_enabled_and_not_once_disabled(void **state)
{
	struct disk disk;

	(void)state;
	begin(&disk);
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), CSTS_RDY);
	nvme_store(&disk.driver, NVME_CC, 0);
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), 0);
	/* 7.3.2: the admin queue's registers stay. */
	assert_int_equal(nvme_load(&disk.driver, NVME_ASQ), nvme_iova(&disk.driver, 0));
	nvme_enable(&disk.driver);
	end(&disk);
}

static void an_admin_queue_that_cannot_be_is_a_fatal_status(void **state)
{
	struct disk disk;

	(void)state;
	begin_as(&disk, (struct xlat_nvme_config){.queues = 4});
	nvme_store(&disk.driver, NVME_AQA, 0); /* 3.1.8: one entry */
	nvme_store(&disk.driver, NVME_CC, CC_EN);
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), CSTS_CFS);
	nvme_store(&disk.driver, NVME_CC, 0);
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), 0);
	nvme_enable(&disk.driver);
	end(&disk);
}

static void a_command_that_cannot_be_read_is_a_fatal_status(void **state)
{
	struct disk disk;

	(void)state;
	begin(&disk);
	nvme_disable(&disk.driver);
	nvme_store(&disk.driver, NVME_AQA, 0x1f001f);
	nvme_store(&disk.driver, NVME_ASQ + 4, 0x1000);
	nvme_store(&disk.driver, NVME_CC, CC_EN);
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), CSTS_RDY);
	nvme_store(&disk.driver, NVME_DOORBELLS, 1);
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), CSTS_RDY | CSTS_CFS);
	end(&disk);
}

static void identify_tells_of_controller_and_namespace(void **state)
{
	struct disk disk;
	const uint8_t *page;

	(void)state;
	begin(&disk);
	page = nvme_page(&disk.driver, NVME_DATA);
	assert_int_equal(nvme_do(&disk.driver, 0,
				 nvme_identify_command(&disk.driver, CNS_CONTROLLER, 0, NVME_DATA)),
			 NVME_SUCCESS);
	assert_memory_equal(page + 4, "xlat                ", 20);
	assert_int_equal(page[77], 7); /* MDTS: 512 KiB */
	assert_int_equal(page[512], 0x66);
	assert_int_equal(page[513], 0x44);
	assert_int_equal(page[516], 1);
	assert_int_equal(nvme_do(&disk.driver, 0,
				 nvme_identify_command(&disk.driver, CNS_NAMESPACE, 1, NVME_DATA)),
			 NVME_SUCCESS);
	assert_int_equal(page[0] | page[1] << 8, BLOCKS);
	assert_int_equal(page[130], 9);
	assert_int_equal(nvme_do(&disk.driver, 0,
				 nvme_identify_command(&disk.driver, CNS_ACTIVE, 0, NVME_DATA)),
			 NVME_SUCCESS);
	assert_int_equal(page[0], 1);
	assert_int_equal(page[4], 0);
	assert_int_equal(
		nvme_do(&disk.driver, 0,
			nvme_identify_command(&disk.driver, CNS_DESCRIPTORS, 1, NVME_DATA)),
		NVME_SUCCESS);
	assert_int_equal(page[0], 2);
	assert_int_equal(nvme_do(&disk.driver, 0,
				 nvme_identify_command(&disk.driver, CNS_NAMESPACE, 2, NVME_DATA)),
			 NVME_INVALID_NAMESPACE);
	assert_int_equal(nvme_do(&disk.driver, 0,
				 nvme_identify_command(&disk.driver, 0xf0, 1, NVME_DATA)),
			 NVME_INVALID_FIELD);
	end(&disk);
}

static void the_number_of_queues_is_what_there_are(void **state)
{
	struct disk disk;

	(void)state;
	begin(&disk);
	assert_int_equal(nvme_ask(&disk.driver, nvme_feature_command(ADMIN_SET_FEATURES,
								     FEATURE_QUEUES, 0xff00ff)),
			 0x30003);
	nvme_create_queues(&disk.driver, 1, 16);
	/* 5.21.1.7: not any more. */
	assert_int_equal(nvme_do(&disk.driver, 0,
				 nvme_feature_command(ADMIN_SET_FEATURES, FEATURE_QUEUES, 0)),
			 NVME_SEQUENCE_ERROR);
	end(&disk);
}

static void what_is_written_is_read_back(void **state)
{
	struct disk disk;

	(void)state;
	begin(&disk);
	nvme_create_queues(&disk.driver, 1, 16);
	for (unsigned blocks = 1; blocks <= 128; blocks = blocks * 2 + 1) {
		for (unsigned i = 0; i < blocks * 512; i++)
			nvme_page(&disk.driver, NVME_DATA)[i] = (uint8_t)(i * 7 + blocks);
		assert_int_equal(
			nvme_do(&disk.driver, 1,
				nvme_transfer(&disk.driver, NVM_WRITE, 100, blocks, NVME_DATA)),
			NVME_SUCCESS);
		assert_memory_equal(bytes_of(&disk) + 100 * 512, nvme_page(&disk.driver, NVME_DATA),
				    blocks * 512);
		memset(nvme_page(&disk.driver, NVME_DATA), 0, blocks * 512);
		assert_int_equal(
			nvme_do(&disk.driver, 1,
				nvme_transfer(&disk.driver, NVM_READ, 100, blocks, NVME_DATA)),
			NVME_SUCCESS);
		assert_memory_equal(bytes_of(&disk) + 100 * 512, nvme_page(&disk.driver, NVME_DATA),
				    blocks * 512);
	}
	assert_int_equal(xlat_nvme_statistics(disk.driver.nvme).errors, 0);
	end(&disk);
}

static void one_doorbell_may_announce_many_commands(void **state)
{
	struct disk disk;
	struct nvme_completion completion;

	(void)state;
	begin(&disk);
	nvme_create_queues(&disk.driver, 1, 16);
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 0; i < 15; i++)
			(void)nvme_push(&disk.driver, 1,
					nvme_transfer(&disk.driver, NVM_READ, i, 1, NVME_DATA + i));
		nvme_ring(&disk.driver, 1);
		for (unsigned i = 0; i < 15; i++)
			assert_true(nvme_take(&disk.driver, 1, &completion));
		assert_false(nvme_take(&disk.driver, 1, &completion));
	}
	end(&disk);
}

static void a_full_completion_queue_holds_commands_back(void **state)
{
	struct disk disk;
	struct nvme_command command;
	struct nvme_completion completion;

	(void)state;
	begin(&disk);
	nvme_create_queues(&disk.driver, 1, 4);
	/* A second, longer submission queue for it. */
	command = (struct nvme_command){{ADMIN_CREATE_SQ}};
	command.dword[6] = (uint32_t)nvme_iova(&disk.driver, 4);
	command.dword[10] = 15 << 16 | 2;
	command.dword[11] = 1 << 16 | 1;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_SUCCESS);
	disk.driver.queues[2] = (struct nvme_queue){.entries = 16, .cq = 1};
	for (unsigned i = 0; i < 10; i++)
		(void)nvme_push(&disk.driver, 2,
				nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
	nvme_ring(&disk.driver, 2);
	assert_int_equal(xlat_nvme_statistics(disk.driver.nvme).commands, 3);
	for (unsigned i = 0; i < 10; i++) {
		assert_true(nvme_take(&disk.driver, 1, &completion));
		assert_int_equal(completion.sq, 2);
		assert_int_equal(completion.status, NVME_SUCCESS);
	}
	assert_false(nvme_take(&disk.driver, 1, &completion));
	end(&disk);
}

static void blocks_that_are_not_there_are_refused(void **state)
{
	struct disk disk;
	struct nvme_command command;

	(void)state;
	begin(&disk);
	nvme_create_queues(&disk.driver, 1, 16);
	assert_int_equal(nvme_do(&disk.driver, 1,
				 nvme_transfer(&disk.driver, NVM_READ, BLOCKS - 1, 1, NVME_DATA)),
			 NVME_SUCCESS);
	assert_int_equal(nvme_do(&disk.driver, 1,
				 nvme_transfer(&disk.driver, NVM_READ, BLOCKS - 1, 2, NVME_DATA)),
			 NVME_LBA_OUT_OF_RANGE);
	assert_int_equal(nvme_do(&disk.driver, 1,
				 nvme_transfer(&disk.driver, NVM_WRITE, UINT64_MAX, 2, NVME_DATA)),
			 NVME_LBA_OUT_OF_RANGE);
	command = nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA);
	command.dword[1] = 2;
	assert_int_equal(nvme_do(&disk.driver, 1, command), NVME_INVALID_NAMESPACE);
	command.dword[1] = 0;
	assert_int_equal(nvme_do(&disk.driver, 1, command), NVME_INVALID_NAMESPACE);
	command.dword[1] = 1;
	command.dword[0] = 0x7f;
	assert_int_equal(nvme_do(&disk.driver, 1, command), NVME_INVALID_OPCODE);
	/* 5.15.2.2: MDTS. */
	command = nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA);
	command.dword[12] = 1024;
	assert_int_equal(nvme_do(&disk.driver, 1, command), NVME_INVALID_FIELD);
	end(&disk);
}

static void queues_are_created_as_5_3_and_5_4_say(void **state)
{
	struct disk disk;
	struct nvme_command command = {{ADMIN_CREATE_CQ}};

	(void)state;
	begin(&disk);
	command.dword[6] = (uint32_t)nvme_iova(&disk.driver, 3);
	command.dword[11] = 1;
	command.dword[10] = 15 << 16;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_QUEUE_ID_INVALID);
	command.dword[10] = 15 << 16 | 5;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_QUEUE_ID_INVALID);
	command.dword[10] = 1;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_QUEUE_SIZE_INVALID);
	command.dword[10] = 1024 << 16 | 1;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_QUEUE_SIZE_INVALID);
	command.dword[10] = 15 << 16 | 1;
	command.dword[11] = 0;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_INVALID_FIELD);
	command.dword[11] = 1 << 16 | 1;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_VECTOR_INVALID);
	command.dword[11] = 1;
	command.dword[6] += 8;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_PRP_OFFSET_INVALID);
	command.dword[6] -= 8;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_SUCCESS);
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_QUEUE_ID_INVALID);
	command.dword[0] = ADMIN_CREATE_SQ;
	command.dword[11] = 1;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_QUEUE_ID_INVALID);
	command.dword[11] = 2 << 16 | 1;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_CQ_INVALID);
	command.dword[11] = 1 << 16 | 1;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_SUCCESS);
	/* 5.5: not before those that use it. */
	command.dword[0] = ADMIN_DELETE_CQ;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_QUEUE_DELETION_INVALID);
	command.dword[0] = ADMIN_DELETE_SQ;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_SUCCESS);
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_QUEUE_ID_INVALID);
	command.dword[0] = ADMIN_DELETE_CQ;
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_SUCCESS);
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_QUEUE_ID_INVALID);
	end(&disk);
}

static void the_pin_is_high_while_there_is_something_to_take(void **state)
{
	struct disk disk;
	struct nvme_completion completion;

	(void)state;
	begin(&disk);
	nvme_create_queues(&disk.driver, 1, 16);
	assert_false(disk.driver.level);
	(void)nvme_submit(&disk.driver, 1, nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
	(void)nvme_submit(&disk.driver, 1, nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
	assert_true(disk.driver.level);
	assert_true(nvme_take(&disk.driver, 1, &completion));
	assert_true(disk.driver.level);
	/* 3.1.3: masked, and unmasked. */
	nvme_store(&disk.driver, NVME_INTMS, 1);
	assert_false(disk.driver.level);
	assert_int_equal(nvme_load(&disk.driver, NVME_INTMC), 1);
	nvme_store(&disk.driver, NVME_INTMC, 1);
	assert_true(disk.driver.level);
	assert_true(nvme_take(&disk.driver, 1, &completion));
	assert_false(disk.driver.level);
	end(&disk);
}

/* The host's index is in memory, and is written to a register only where the pin depends on it. */
static void the_pin_falls_with_shadow_doorbells_too(void **state)
{
	enum {
		DOORBELL_BUFFER_CONFIG = 0x7c,
		SHADOW = NVME_DATA + 8,
		EVENTS,
	};
	struct nvme_command command = {0};
	struct nvme_completion completion;
	struct disk disk;

	(void)state;
	begin(&disk);
	nvme_create_queues(&disk.driver, 1, 16);
	command.dword[0] = DOORBELL_BUFFER_CONFIG;
	command.dword[6] = (uint32_t)nvme_iova(&disk.driver, SHADOW);
	command.dword[7] = (uint32_t)(nvme_iova(&disk.driver, SHADOW) >> 32);
	command.dword[8] = (uint32_t)nvme_iova(&disk.driver, EVENTS);
	command.dword[9] = (uint32_t)(nvme_iova(&disk.driver, EVENTS) >> 32);
	assert_int_equal(nvme_do(&disk.driver, 0, command), NVME_SUCCESS);
	disk.driver.shadow_page = SHADOW;
	disk.driver.event_page = EVENTS;
	disk.driver.shadowed = true;
	for (unsigned i = 0; i < 40; i++) {
		(void)nvme_submit(&disk.driver, 1,
				  nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
		assert_true(disk.driver.level);
		assert_true(nvme_take(&disk.driver, 1, &completion));
		assert_false(disk.driver.level);
	}
	end(&disk);
}

static void a_batch_is_one_message(void **state)
{
	struct disk disk;
	struct nvme_completion completion;
	uint64_t before;

	(void)state;
	begin(&disk);
	nvme_use_messages(&disk.driver);
	nvme_create_queues(&disk.driver, 1, 16);
	assert_int_equal(nvme_message(&disk.driver, 0), 1);
	assert_int_equal(nvme_message(&disk.driver, 1), 0);
	before = xlat_nvme_statistics(disk.driver.nvme).interrupts;
	for (unsigned i = 0; i < 10; i++)
		(void)nvme_push(&disk.driver, 1,
				nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
	nvme_ring(&disk.driver, 1);
	assert_int_equal(nvme_message(&disk.driver, 1), 2);
	assert_int_equal(xlat_nvme_statistics(disk.driver.nvme).interrupts, before + 1);
	for (unsigned i = 0; i < 10; i++)
		assert_true(nvme_take(&disk.driver, 1, &completion));
	assert_int_equal(nvme_message(&disk.driver, 1), 0);
	assert_false(disk.driver.level);
	end(&disk);
}

static void a_reset_of_any_kind_ends_queues(void **state)
{
	struct disk disk;
	unsigned at;

	(void)state;
	begin(&disk);
	nvme_create_queues(&disk.driver, 1, 16);
	xlat_pci_function_reset(disk.driver.function);
	at = xlat_pci_find_capability(disk.driver.function, 0x10);
	assert_int_not_equal(at, 0);
	xlat_pci_bus_config_write(disk.driver.bus, XLAT_PCI_RID(0, 1, 0), 0x10, 4,
				  (uint32_t)NVME_BAR);
	xlat_pci_bus_config_write(disk.driver.bus, XLAT_PCI_RID(0, 1, 0), 0x04, 2, 6);
	assert_int_equal(nvme_load(&disk.driver, NVME_CC), 0);
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), 0);
	assert_int_equal(nvme_load(&disk.driver, NVME_ASQ), 0);
	nvme_enable(&disk.driver);
	nvme_create_queues(&disk.driver, 1, 16);
	/* 7.3.1: the subsystem's. */
	nvme_store(&disk.driver, NVME_NSSR, 1);
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), CSTS_RDY);
	nvme_store(&disk.driver, NVME_NSSR, NVME_NSSR_VALUE);
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), CSTS_NSSRO);
	nvme_store(&disk.driver, NVME_CSTS, CSTS_NSSRO);
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), 0);
	nvme_enable(&disk.driver);
	nvme_create_queues(&disk.driver, 1, 16);
	end(&disk);
}

static void a_shutdown_is_told_when_complete(void **state)
{
	struct disk disk;

	(void)state;
	begin(&disk);
	nvme_store(&disk.driver, NVME_CC, nvme_load(&disk.driver, NVME_CC) | 1 << CC_SHN_SHIFT);
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), CSTS_RDY | CSTS_SHST_COMPLETE);
	nvme_disable(&disk.driver);
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), 0);
	nvme_enable(&disk.driver);
	end(&disk);
}

static void without_bus_mastering_nothing_is_reached(void **state)
{
	struct disk disk;

	(void)state;
	begin(&disk);
	xlat_pci_bus_config_write(disk.driver.bus, XLAT_PCI_RID(0, 1, 0), 0x04, 2, 2);
	(void)nvme_submit(&disk.driver, 0,
			  nvme_identify_command(&disk.driver, CNS_CONTROLLER, 0, NVME_DATA));
	assert_int_equal(nvme_load(&disk.driver, NVME_CSTS), CSTS_RDY | CSTS_CFS);
	end(&disk);
}

static void a_read_only_namespace_says_so(void **state)
{
	struct disk disk;
	struct nvme_command command;

	(void)state;
	assert_int_equal(xlat_block_create(XLAT_CONFIG(xlat_block_config, .length = BLOCKS * 512),
					   &disk.block),
			 0);
	disk.namespace = (struct xlat_nvme_namespace){.block = disk.block, .read_only = true};
	nvme_driver_init(&disk.driver,
			 XLAT_CONFIG(xlat_nvme_config, .namespaces = &disk.namespace,
				     .namespace_count = 1),
			 NULL);
	nvme_enable(&disk.driver);
	nvme_create_queues(&disk.driver, 1, 16);
	memset(nvme_page(&disk.driver, NVME_DATA), 0, 512);
	nvme_page(&disk.driver, NVME_DATA)[4] = 1; /* a range of one block */
	command = nvme_transfer(&disk.driver, NVM_WRITE, 0, 1, NVME_DATA);
	assert_int_equal(nvme_do(&disk.driver, 1, command), NVME_WRITE_PROTECTED);
	command.dword[0] = NVM_WRITE_ZEROES;
	assert_int_equal(nvme_do(&disk.driver, 1, command), NVME_WRITE_PROTECTED);
	command.dword[0] = NVM_DATASET_MANAGEMENT;
	command.dword[10] = 0;
	command.dword[11] = NVM_DSM_DEALLOCATE;
	assert_int_equal(nvme_do(&disk.driver, 1, command), NVME_WRITE_PROTECTED);
	assert_int_equal(nvme_do(&disk.driver, 1,
				 nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA)),
			 NVME_SUCCESS);
	assert_int_equal(nvme_do(&disk.driver, 0,
				 nvme_identify_command(&disk.driver, CNS_NAMESPACE, 1, NVME_DATA)),
			 NVME_SUCCESS);
	assert_int_equal(nvme_page(&disk.driver, NVME_DATA)[99], 1);
	end(&disk);
}

static void doorbells_can_wait_for_process(void **state)
{
	struct disk disk;
	struct nvme_completion completion;

	(void)state;
	begin_as(&disk, (struct xlat_nvme_config){.queues = 4, .workers = 2, .deferred = true});
	nvme_enable(&disk.driver);
	nvme_create_queues(&disk.driver, 1, 16);
	nvme_create_queues(&disk.driver, 2, 16);
	(void)nvme_submit(&disk.driver, 1, nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
	(void)nvme_submit(&disk.driver, 2, nvme_transfer(&disk.driver, NVM_READ, 0, 1, NVME_DATA));
	assert_false(nvme_take(&disk.driver, 1, &completion));
	assert_int_equal(xlat_nvme_worker_process(disk.driver.nvme, 1), 1);
	assert_false(nvme_take(&disk.driver, 1, &completion));
	assert_true(nvme_take(&disk.driver, 2, &completion));
	assert_int_equal(xlat_nvme_worker_process(disk.driver.nvme, 0), 1);
	assert_true(nvme_take(&disk.driver, 1, &completion));
	end(&disk);
}

static void a_configuration_out_of_bounds_is_refused(void **state)
{
	struct disk disk;
	struct xlat_nvme *nvme;
	struct xlat_nvme_namespace odd = {.block_shift = 12};

	(void)state;
	begin_as(&disk, (struct xlat_nvme_config){.queues = 1});
	assert_int_equal(xlat_nvme_create(disk.driver.fabric,
					  XLAT_CONFIG(xlat_nvme_config, .queues = 1025), &nvme),
			 -EINVAL);
	assert_int_equal(xlat_nvme_create(disk.driver.fabric,
					  XLAT_CONFIG(xlat_nvme_config, .entries = 1000), &nvme),
			 -EINVAL);
	assert_int_equal(xlat_nvme_create(disk.driver.fabric,
					  XLAT_CONFIG(xlat_nvme_config, .serial = "\n"), &nvme),
			 -EINVAL);
	assert_int_equal(
		xlat_block_create(XLAT_CONFIG(xlat_block_config, .length = 512), &odd.block), 0);
	assert_int_equal(xlat_nvme_create(disk.driver.fabric,
					  XLAT_CONFIG(xlat_nvme_config, .namespaces = &odd,
						      .namespace_count = 1),
					  &nvme),
			 -EINVAL);
	xlat_block_destroy(odd.block);
	end(&disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capabilities_are_those_of_the_configuration),
		cmocka_unit_test(it_is_ready_once_enabled_and_not_once_disabled),
		cmocka_unit_test(an_admin_queue_that_cannot_be_is_a_fatal_status),
		cmocka_unit_test(a_command_that_cannot_be_read_is_a_fatal_status),
		cmocka_unit_test(identify_tells_of_controller_and_namespace),
		cmocka_unit_test(the_number_of_queues_is_what_there_are),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(one_doorbell_may_announce_many_commands),
		cmocka_unit_test(a_full_completion_queue_holds_commands_back),
		cmocka_unit_test(blocks_that_are_not_there_are_refused),
		cmocka_unit_test(queues_are_created_as_5_3_and_5_4_say),
		cmocka_unit_test(the_pin_is_high_while_there_is_something_to_take),
		cmocka_unit_test(the_pin_falls_with_shadow_doorbells_too),
		cmocka_unit_test(a_batch_is_one_message),
		cmocka_unit_test(a_reset_of_any_kind_ends_queues),
		cmocka_unit_test(a_shutdown_is_told_when_complete),
		cmocka_unit_test(without_bus_mastering_nothing_is_reached),
		cmocka_unit_test(a_read_only_namespace_says_so),
		cmocka_unit_test(doorbells_can_wait_for_process),
		cmocka_unit_test(a_configuration_out_of_bounds_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
