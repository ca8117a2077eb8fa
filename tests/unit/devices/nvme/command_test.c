/* SPDX-License-Identifier: BSD-3-Clause */
/* NVM Express 1.4: where data are (4.3, 4.4), commands (5, 6), and the status of what cannot be. */
#include "test.h"
#include "nvme_driver.h"

#include <endian.h>
#include <stdlib.h>

enum {
	BLOCKS = 2048,
	SGL_IN_COMMAND = 1 << 14, /* PSDT 01b */
};

static struct xlat_block *block;
static struct nvme_driver driver;

static int begin(void **state)
{
	struct xlat_nvme_namespace namespace;

	(void)state;
	assert_int_equal(xlat_block_create(XLAT_CONFIG(xlat_block_config, .length = BLOCKS * 512),
					   &block),
			 0);
	namespace = (struct xlat_nvme_namespace){.block = block};
	nvme_driver_init(&driver,
			 XLAT_CONFIG(xlat_nvme_config, .namespaces = &namespace,
				     .namespace_count = 1, .queues = 4),
			 NULL);
	for (unsigned i = 0; i < BLOCKS * 512; i++)
		((uint8_t *)xlat_block_host(block))[i] = (uint8_t)(i * 31 + i / 512);
	nvme_enable(&driver);
	nvme_create_queues(&driver, 1, 16);
	return 0;
}

static int end(void **state)
{
	(void)state;
	nvme_driver_finish(&driver);
	xlat_block_destroy(block);
	return 0;
}

static uint8_t *stored(uint64_t lba)
{
	return (uint8_t *)xlat_block_host(block) + lba * 512;
}

static void set_quad(struct nvme_command *command, unsigned dword, uint64_t value)
{
	command->dword[dword] = (uint32_t)value;
	command->dword[dword + 1] = value >> 32;
}

/* --- 4.3: PRPs. */

static void the_first_page_may_begin_anywhere(void **state)
{
	struct nvme_command command = nvme_transfer(&driver, NVM_READ, 3, 16, NVME_DATA);
	uint64_t *list = (uint64_t *)(void *)nvme_page(&driver, NVME_LIST);

	(void)state;
	/* 8 KiB from 0x104 in a page on: three pages, so a list of two, itself not at the page's start. */
	set_quad(&command, 6, nvme_iova(&driver, NVME_DATA) + 0x104);
	list[5] = htole64(nvme_iova(&driver, NVME_DATA + 5));
	list[6] = htole64(nvme_iova(&driver, NVME_DATA + 3));
	set_quad(&command, 8, nvme_iova(&driver, NVME_LIST) + 40);
	assert_int_equal(nvme_do(&driver, 1, command), NVME_SUCCESS);
	assert_memory_equal(nvme_page(&driver, NVME_DATA) + 0x104, stored(3), 0xefc);
	assert_memory_equal(nvme_page(&driver, NVME_DATA + 5), stored(3) + 0xefc, 4096);
	assert_memory_equal(nvme_page(&driver, NVME_DATA + 3), stored(3) + 0x1efc, 0x104);
}

static void a_list_goes_on_in_the_page_that_its_last_entry_names(void **state)
{
	struct nvme_command command = nvme_transfer(&driver, NVM_READ, 0, 32, NVME_DATA);
	uint64_t *first = (uint64_t *)(void *)nvme_page(&driver, NVME_LIST);
	uint64_t *second = (uint64_t *)(void *)nvme_page(&driver, NVME_DATA + 30);

	(void)state;
	/* Three entries, and room for two. */
	first[510] = htole64(nvme_iova(&driver, NVME_DATA + 1));
	first[511] = htole64(nvme_iova(&driver, NVME_DATA + 30));
	second[0] = htole64(nvme_iova(&driver, NVME_DATA + 2));
	second[1] = htole64(nvme_iova(&driver, NVME_DATA + 3));
	set_quad(&command, 8, nvme_iova(&driver, NVME_LIST) + 4080);
	assert_int_equal(nvme_do(&driver, 1, command), NVME_SUCCESS);
	assert_memory_equal(nvme_page(&driver, NVME_DATA), stored(0), 4 * 4096);
	/* It leads into itself: as long as the data, and no longer. */
	first[511] = htole64(nvme_iova(&driver, NVME_LIST));
	first[0] = first[1] = first[510];
	assert_int_equal(nvme_do(&driver, 1, command), NVME_SUCCESS);
	/* The pointer that leads on has no offset. */
	first[511] = htole64(nvme_iova(&driver, NVME_DATA + 30) + 8);
	assert_int_equal(nvme_do(&driver, 1, command), NVME_PRP_OFFSET_INVALID);
}

static void a_misaligned_prp_is_refused(void **state)
{
	struct nvme_command command = nvme_transfer(&driver, NVM_READ, 0, 16, NVME_DATA);
	uint64_t *list = (uint64_t *)(void *)nvme_page(&driver, NVME_LIST);

	(void)state;
	set_quad(&command, 8, nvme_iova(&driver, NVME_DATA + 1) + 4);
	assert_int_equal(nvme_do(&driver, 1, command), NVME_PRP_OFFSET_INVALID);
	command = nvme_transfer(&driver, NVM_READ, 0, 16, NVME_DATA);
	command.dword[6] += 2;
	assert_int_equal(nvme_do(&driver, 1, command), NVME_PRP_OFFSET_INVALID);
	command = nvme_transfer(&driver, NVM_READ, 0, 24, NVME_DATA);
	list[1] = htole64(nvme_iova(&driver, NVME_DATA + 2) + 512);
	assert_int_equal(nvme_do(&driver, 1, command), NVME_PRP_OFFSET_INVALID);
	command = nvme_transfer(&driver, NVM_READ, 0, 24, NVME_DATA);
	command.dword[8] += 4;
	assert_int_equal(nvme_do(&driver, 1, command), NVME_PRP_OFFSET_INVALID);
}

static void data_that_lead_nowhere_are_a_transfer_error(void **state)
{
	struct nvme_command command = nvme_transfer(&driver, NVM_READ, 0, 8, NVME_DATA);

	(void)state;
	set_quad(&command, 6, UINT64_C(0x1000000000));
	assert_int_equal(nvme_do(&driver, 1, command), NVME_DATA_TRANSFER_ERROR);
	command.dword[0] = NVM_WRITE;
	assert_int_equal(nvme_do(&driver, 1, command), NVME_DATA_TRANSFER_ERROR);
	/* At our own registers, where writes would begin a reset: 3.1.5 stays as it is. */
	set_quad(&command, 6, NVME_BAR);
	command.dword[0] = NVM_READ;
	assert_int_equal(nvme_do(&driver, 1, command), NVME_DATA_TRANSFER_ERROR);
	assert_int_equal(nvme_load(&driver, NVME_CSTS), CSTS_RDY);
}

/* --- 4.4: SGLs. */

struct descriptor {
	uint64_t address;
	uint32_t length;
	uint32_t type;
};

static struct descriptor made(unsigned type, uint64_t address, uint32_t length)
{
	return (struct descriptor){htole64(address), htole32(length), htole32(type << 28)};
}

static struct nvme_command by_list(uint8_t opcode, unsigned blocks, struct descriptor descriptor)
{
	struct nvme_command command = nvme_transfer(&driver, opcode, 5, blocks, NVME_DATA);

	command.dword[0] |= SGL_IN_COMMAND;
	set_quad(&command, 6, le64toh(descriptor.address));
	command.dword[8] = le32toh(descriptor.length);
	command.dword[9] = le32toh(descriptor.type);
	return command;
}

static void a_data_block_is_anywhere(void **state)
{
	uint64_t at = nvme_iova(&driver, NVME_DATA) + 3;

	(void)state;
	assert_int_equal(nvme_do(&driver, 1, by_list(NVM_READ, 8, made(SGL_DATA_BLOCK, at, 4096))),
			 NVME_SUCCESS);
	assert_memory_equal(nvme_page(&driver, NVME_DATA) + 3, stored(5), 4096);
	/* Longer than the data: SGLS bit 18. Shorter: 0Fh. */
	assert_int_equal(nvme_do(&driver, 1, by_list(NVM_READ, 8, made(SGL_DATA_BLOCK, at, 5000))),
			 NVME_SUCCESS);
	assert_int_equal(nvme_do(&driver, 1, by_list(NVM_READ, 8, made(SGL_DATA_BLOCK, at, 4095))),
			 NVME_SGL_LENGTH_INVALID);
	/* Keyed, transport, and offsets: 11h. */
	assert_int_equal(nvme_do(&driver, 1, by_list(NVM_READ, 8, made(4, at, 4096))),
			 NVME_SGL_TYPE_INVALID);
	assert_int_equal(nvme_do(&driver, 1, by_list(NVM_READ, 8, made(5, at, 4096))),
			 NVME_SGL_TYPE_INVALID);
}

static void segments_lead_to_segments_and_buckets_swallow(void **state)
{
	struct descriptor *first = (struct descriptor *)(void *)nvme_page(&driver, NVME_LIST);
	struct descriptor *second = first + 16;
	uint64_t segments = nvme_iova(&driver, NVME_LIST), data = nvme_iova(&driver, NVME_DATA);
	struct nvme_command command;

	(void)state;
	first[0] = made(SGL_DATA_BLOCK, data + 1, 700);
	first[1] = made(SGL_DATA_BLOCK, 0, 0);
	first[2] = made(SGL_BIT_BUCKET, 0, 300);
	first[3] = made(SGL_LAST_SEGMENT, segments + 256, 32);
	second[0] = made(SGL_DATA_BLOCK, data + 4096, 24);
	second[1] = made(SGL_DATA_BLOCK, data + 8192, 512);
	memset(nvme_page(&driver, NVME_DATA), 0xee, 3 * 4096);
	command = by_list(NVM_READ, 3, made(SGL_SEGMENT, segments, 64));
	assert_int_equal(nvme_do(&driver, 1, command), NVME_SUCCESS);
	assert_memory_equal(nvme_page(&driver, NVME_DATA) + 1, stored(5), 700);
	assert_int_equal(nvme_page(&driver, NVME_DATA)[701], 0xee);
	assert_memory_equal(nvme_page(&driver, NVME_DATA + 1), stored(5) + 1000, 24);
	assert_memory_equal(nvme_page(&driver, NVME_DATA + 2), stored(5) + 1024, 512);
	/* To the controller a bucket is nothing: 4.4.1.2. Then they are too short. */
	command.dword[0] = NVM_WRITE | SGL_IN_COMMAND;
	assert_int_equal(nvme_do(&driver, 1, command), NVME_SGL_LENGTH_INVALID);
}

static void segments_that_are_none_are_refused(void **state)
{
	struct descriptor *list = (struct descriptor *)(void *)nvme_page(&driver, NVME_LIST);
	uint64_t at = nvme_iova(&driver, NVME_LIST), data = nvme_iova(&driver, NVME_DATA);

	(void)state;
	assert_int_equal(nvme_do(&driver, 1, by_list(NVM_READ, 8, made(SGL_SEGMENT, at, 0))),
			 NVME_SGL_SEGMENT_INVALID);
	assert_int_equal(nvme_do(&driver, 1, by_list(NVM_READ, 8, made(SGL_SEGMENT, at, 24))),
			 NVME_SGL_SEGMENT_INVALID);
	/* A last segment leads nowhere; others only by their last descriptor. */
	list[0] = made(SGL_DATA_BLOCK, data, 512);
	list[1] = made(SGL_SEGMENT, at, 32);
	assert_int_equal(nvme_do(&driver, 1, by_list(NVM_READ, 8, made(SGL_LAST_SEGMENT, at, 32))),
			 NVME_SGL_SEGMENT_INVALID);
	assert_int_equal(nvme_do(&driver, 1, by_list(NVM_READ, 8, made(SGL_SEGMENT, at, 48))),
			 NVME_SGL_SEGMENT_INVALID);
	/* In a circle: to the end of the data, or for ever. */
	assert_int_equal(nvme_do(&driver, 1, by_list(NVM_READ, 8, made(SGL_SEGMENT, at, 32))),
			 NVME_SUCCESS);
	list[0] = made(SGL_DATA_BLOCK, data, 0);
	assert_int_equal(nvme_do(&driver, 1, by_list(NVM_READ, 8, made(SGL_SEGMENT, at, 32))),
			 NVME_SGL_COUNT_INVALID);
	assert_int_equal(nvme_do(&driver, 1,
				 by_list(NVM_READ, 8, made(SGL_SEGMENT, 0x1000000000, 32))),
			 NVME_DATA_TRANSFER_ERROR);
}

/* --- 6: commands. */

static void zeroes_are_written_and_blocks_deallocated(void **state)
{
	struct nvme_command command = nvme_transfer(&driver, NVM_WRITE_ZEROES, 10, 5, NVME_DATA);
	uint32_t *range = (uint32_t *)(void *)nvme_page(&driver, NVME_DATA);
	uint8_t zeroes[5 * 512] = {0};

	(void)state;
	assert_int_equal(nvme_do(&driver, 1, command), NVME_SUCCESS);
	assert_memory_equal(stored(10), zeroes, sizeof(zeroes));
	assert_int_equal(stored(9)[511], (uint8_t)((10 * 512 - 1) * 31 + 9));
	memset(range, 0, 32);
	range[1] = htole32(5);
	range[2] = htole32(20);
	range[5] = htole32(1);
	range[6] = htole32(BLOCKS - 1);
	command = nvme_transfer(&driver, NVM_DATASET_MANAGEMENT, 0, 1, NVME_DATA);
	command.dword[10] = 1; /* two ranges */
	command.dword[11] = NVM_DSM_DEALLOCATE;
	assert_int_equal(nvme_do(&driver, 1, command), NVME_SUCCESS);
	assert_memory_equal(stored(20), zeroes, sizeof(zeroes));
	assert_memory_equal(stored(BLOCKS - 1), zeroes, 512);
	range[5] = htole32(2);
	assert_int_equal(nvme_do(&driver, 1, command), NVME_LBA_OUT_OF_RANGE);
}

static void what_differs_is_a_compare_failure(void **state)
{
	(void)state;
	memcpy(nvme_page(&driver, NVME_DATA), stored(40), 16 * 512);
	assert_int_equal(nvme_do(&driver, 1,
				 nvme_transfer(&driver, NVM_COMPARE, 40, 16, NVME_DATA)),
			 NVME_SUCCESS);
	nvme_page(&driver, NVME_DATA)[16 * 512 - 1] ^= 1;
	assert_int_equal(nvme_do(&driver, 1,
				 nvme_transfer(&driver, NVM_COMPARE, 40, 16, NVME_DATA)),
			 NVME_COMPARE_FAILURE);
	assert_int_equal(nvme_do(&driver, 1, nvme_transfer(&driver, NVM_VERIFY, 40, 16, NVME_DATA)),
			 NVME_SUCCESS);
	assert_int_equal(nvme_do(&driver, 1,
				 nvme_transfer(&driver, NVM_VERIFY, BLOCKS, 1, NVME_DATA)),
			 NVME_LBA_OUT_OF_RANGE);
}

static void a_format_leaves_zeroes(void **state)
{
	struct nvme_command command = {{ADMIN_FORMAT_NVM, 2}};

	(void)state;
	assert_int_equal(nvme_do(&driver, 0, command), NVME_INVALID_NAMESPACE);
	command.dword[1] = 1;
	command.dword[10] = 1;
	assert_int_equal(nvme_do(&driver, 0, command), NVME_FORMAT_INVALID);
	command.dword[10] = 0;
	assert_int_equal(nvme_do(&driver, 0, command), NVME_SUCCESS);
	for (unsigned i = 0; i < BLOCKS * 512; i++)
		assert_int_equal(stored(0)[i], 0);
}

static void fused_and_reserved_are_invalid_fields(void **state)
{
	struct nvme_command command = nvme_transfer(&driver, NVM_READ, 0, 1, NVME_DATA);

	(void)state;
	command.dword[0] |= 1 << 8;
	assert_int_equal(nvme_do(&driver, 1, command), NVME_INVALID_FIELD);
	command.dword[0] = NVM_READ | 3 << 14;
	assert_int_equal(nvme_do(&driver, 1, command), NVME_INVALID_FIELD);
	/* 5: admin commands have PRPs. */
	command = nvme_identify_command(&driver, CNS_CONTROLLER, 0, NVME_DATA);
	command.dword[0] |= SGL_IN_COMMAND;
	assert_int_equal(nvme_do(&driver, 0, command), NVME_INVALID_FIELD);
	assert_int_equal(nvme_do(&driver, 0, (struct nvme_command){{0xc0}}), NVME_INVALID_OPCODE);
}

/* --- 5.14: logs; 5.2: events. */

static struct nvme_command log_command(unsigned page, unsigned bytes, uint64_t offset)
{
	struct nvme_command command = {{ADMIN_GET_LOG_PAGE}};

	set_quad(&command, 6, nvme_iova(&driver, NVME_DATA));
	command.dword[10] = page | (bytes / 4 - 1) << 16;
	set_quad(&command, 12, offset);
	return command;
}

static void the_error_log_has_the_newest_first(void **state)
{
	const uint8_t *log = nvme_page(&driver, NVME_DATA);
	uint16_t cid;

	(void)state;
	(void)nvme_do(&driver, 1, nvme_transfer(&driver, NVM_READ, BLOCKS, 1, NVME_DATA));
	cid = nvme_submit(&driver, 1, nvme_transfer(&driver, NVM_WRITE, BLOCKS + 2, 1, NVME_DATA));
	(void)nvme_wait(&driver, 1);
	assert_int_equal(nvme_do(&driver, 0, log_command(LOG_ERROR, 192, 0)), NVME_SUCCESS);
	assert_int_equal(log[0], 2);
	assert_int_equal(log[8], 1);
	assert_int_equal(log[10], cid);
	assert_int_equal(log[12] | log[13] << 8, (NVME_LBA_OUT_OF_RANGE | NVME_DNR) << 1);
	assert_int_equal(log[16] | log[17] << 8, BLOCKS + 2);
	assert_int_equal(log[64], 1);
	assert_int_equal(log[128], 0);
	/* From an offset on. */
	assert_int_equal(nvme_do(&driver, 0, log_command(LOG_ERROR, 64, 64)), NVME_SUCCESS);
	assert_int_equal(log[0], 1);
	assert_int_equal(nvme_do(&driver, 0, log_command(LOG_ERROR, 64, 4096)), NVME_INVALID_FIELD);
	assert_int_equal(nvme_do(&driver, 0, log_command(0xee, 64, 0)), NVME_LOG_PAGE_INVALID);
}

static void smart_counts_what_was_transferred(void **state)
{
	const uint8_t *log = nvme_page(&driver, NVME_DATA);

	(void)state;
	for (unsigned i = 0; i < 9; i++)
		(void)nvme_do(&driver, 1, nvme_transfer(&driver, NVM_READ, 0, 128, NVME_DATA));
	(void)nvme_do(&driver, 1, nvme_transfer(&driver, NVM_WRITE, 0, 1, NVME_DATA));
	assert_int_equal(nvme_do(&driver, 0, log_command(LOG_SMART, 512, 0)), NVME_SUCCESS);
	assert_int_equal(log[0], 0);
	assert_int_equal(log[1] | log[2] << 8, 300);
	assert_int_equal(log[32], 2); /* thousands, rounded up: 1152 */
	assert_int_equal(log[48], 1);
	assert_int_equal(log[64], 9);
	assert_int_equal(log[80], 1);
	assert_int_equal(nvme_do(&driver, 0, log_command(LOG_COMMANDS, 4096, 0)), NVME_SUCCESS);
	assert_int_equal(log[4 * ADMIN_IDENTIFY], 1);
	assert_int_equal(log[1024 + 4 * NVM_WRITE], 3);
	assert_int_equal(log[1024 + 4 * 0x0d], 0);
	assert_int_equal(nvme_do(&driver, 0, log_command(LOG_FIRMWARE, 512, 0)), NVME_SUCCESS);
	assert_int_equal(log[0], 1);
}

static void an_event_completes_a_request_and_masks_its_type(void **state)
{
	struct nvme_command request = {{ADMIN_ASYNC_EVENT_REQUEST}};
	struct nvme_completion completion;
	uint16_t first, second;

	(void)state;
	first = nvme_submit(&driver, 0, request);
	second = nvme_submit(&driver, 0, request);
	assert_false(nvme_peek(&driver, 0, &completion));
	/* 3.1.24: a queue that is not there. */
	nvme_store(&driver, NVME_DOORBELLS + 8 * 3, 1);
	completion = nvme_wait(&driver, 0);
	assert_true(completion.cid == first || completion.cid == second);
	assert_int_equal(completion.result, NVME_EVENT(EVENT_ERROR, 0, LOG_ERROR));
	/* Not again before the log is read; then of a value out of range. */
	nvme_store(&driver, NVME_DOORBELLS + 8, 16);
	assert_false(nvme_peek(&driver, 0, &completion));
	(void)nvme_submit(&driver, 0, log_command(LOG_ERROR, 64, 0));
	completion = nvme_wait(&driver, 0);
	assert_int_equal(completion.status, NVME_SUCCESS);
	completion = nvme_wait(&driver, 0);
	assert_int_equal(completion.result, NVME_EVENT(EVENT_ERROR, 1, LOG_ERROR));
	assert_int_equal(xlat_nvme_statistics(driver.nvme).bad_doorbells, 2);
	/* A head past the tail. */
	nvme_store(&driver, NVME_DOORBELLS + 8 + 4, 5);
	assert_int_equal(xlat_nvme_statistics(driver.nvme).bad_doorbells, 3);
	assert_int_equal(nvme_do(&driver, 1, nvme_transfer(&driver, NVM_READ, 0, 1, NVME_DATA)),
			 NVME_SUCCESS);
}

static void event_requests_are_limited_and_can_be_aborted(void **state)
{
	struct nvme_command command = {{ADMIN_ABORT}};
	struct nvme_completion completion;
	uint16_t cid = 0;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		cid = nvme_submit(&driver, 0, (struct nvme_command){{ADMIN_ASYNC_EVENT_REQUEST}});
	assert_int_equal(nvme_do(&driver, 0, (struct nvme_command){{ADMIN_ASYNC_EVENT_REQUEST}}),
			 NVME_EVENT_LIMIT_EXCEEDED);
	command.dword[10] = (uint32_t)cid << 16;
	(void)nvme_submit(&driver, 0, command);
	completion = nvme_wait(&driver, 0);
	assert_int_equal(completion.cid, cid);
	assert_int_equal(completion.status, NVME_ABORT_REQUESTED);
	completion = nvme_wait(&driver, 0);
	assert_int_equal(completion.result, 0);
}

static void a_temperature_past_its_threshold_is_an_event(void **state)
{
	(void)state;
	(void)nvme_ask(&driver, nvme_feature_command(ADMIN_SET_FEATURES, FEATURE_EVENTS, 2));
	(void)nvme_ask(&driver, nvme_feature_command(ADMIN_SET_FEATURES, FEATURE_TEMPERATURE, 310));
	(void)nvme_submit(&driver, 0, (struct nvme_command){{ADMIN_ASYNC_EVENT_REQUEST}});
	xlat_nvme_set_temperature(driver.nvme, 309);
	xlat_nvme_set_temperature(driver.nvme, 310);
	assert_int_equal(nvme_wait(&driver, 0).result, NVME_EVENT(EVENT_SMART, 1, LOG_SMART));
	assert_int_equal(nvme_do(&driver, 0, log_command(LOG_SMART, 512, 0)), NVME_SUCCESS);
	assert_int_equal(nvme_page(&driver, NVME_DATA)[0], 2);
}

/* --- 5.13, 5.21: features. */

static void features_are_remembered_until_a_reset(void **state)
{
	static const struct {
		uint8_t id;
		uint32_t value, initial;
	} features[] = {
		{FEATURE_ARBITRATION, 0x01020304, 6},
		{FEATURE_ERROR_RECOVERY, 7, 0},
		{FEATURE_WRITE_CACHE, 0, 1},
		{FEATURE_COALESCING, 0x0102, 0},
		{FEATURE_ATOMICITY, 1, 0},
		{FEATURE_EVENTS, 3, 0},
		{FEATURE_TEMPERATURE, 400, 343},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		unsigned id = features[i].id;

		(void)nvme_ask(&driver,
			       nvme_feature_command(ADMIN_SET_FEATURES, id, features[i].value));
		assert_int_equal(nvme_ask(&driver, nvme_feature_command(ADMIN_GET_FEATURES, id, 0)),
				 features[i].value);
		/* SEL: the default, and what can be done with it. */
		assert_int_equal(nvme_ask(&driver,
					  nvme_feature_command(ADMIN_GET_FEATURES, id | 1 << 8, 0)),
				 features[i].initial);
		assert_int_equal(nvme_ask(&driver,
					  nvme_feature_command(ADMIN_GET_FEATURES, id | 3 << 8, 0)),
				 4);
	}
	assert_int_equal(
		nvme_do(&driver, 0,
			nvme_feature_command(ADMIN_SET_FEATURES, 1u << 31 | FEATURE_EVENTS, 0)),
		NVME_FEATURE_NOT_SAVEABLE);
	assert_int_equal(nvme_do(&driver, 0, nvme_feature_command(ADMIN_GET_FEATURES, 0x7f, 0)),
			 NVME_INVALID_FIELD);
	nvme_disable(&driver);
	nvme_enable(&driver);
	for (unsigned i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		assert_int_equal(nvme_ask(&driver, nvme_feature_command(ADMIN_GET_FEATURES,
									features[i].id, 0)),
				 features[i].initial);
}

/* --- 5.7, 7.13: shadow doorbells. */

static void shadow_doorbells_spare_registers(void **state)
{
	struct nvme_command command = {{ADMIN_DOORBELL_BUFFER_CONFIG}};
	struct nvme_completion completion;
	unsigned before;

	(void)state;
	memset(nvme_page(&driver, 60), 0, 4096);
	memset(nvme_page(&driver, 61), 0, 4096);
	set_quad(&command, 6, nvme_iova(&driver, 60) + 4);
	assert_int_equal(nvme_do(&driver, 0, command), NVME_INVALID_FIELD);
	set_quad(&command, 6, nvme_iova(&driver, 60));
	set_quad(&command, 8, nvme_iova(&driver, 61));
	assert_int_equal(nvme_do(&driver, 0, command), NVME_SUCCESS);
	driver.shadow_page = 60;
	driver.event_page = 61;
	driver.shadowed = true;
	nvme_use_messages(&driver);
	before = driver.doorbells;
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 0; i < 15; i++)
			(void)nvme_push(&driver, 1,
					nvme_transfer(&driver, NVM_READ, i, 1, NVME_DATA));
		nvme_ring(&driver, 1);
		for (unsigned i = 0; i < 15; i++)
			assert_true(nvme_take(&driver, 1, &completion));
		assert_false(nvme_take(&driver, 1, &completion));
	}
	/* Tails must be told each time, as nobody polls; heads where they wrap, of 150. */
	assert_true(driver.doorbells - before <= 10 + 10);
	/* A queue that comes later has them too. */
	nvme_create_queues(&driver, 2, 8);
	for (unsigned i = 0; i < 30; i++)
		assert_int_equal(nvme_do(&driver, 2,
					 nvme_transfer(&driver, NVM_READ, i, 1, NVME_DATA)),
				 NVME_SUCCESS);
}

static void the_pin_falls_when_a_shadow_head_is_told(void **state)
{
	struct nvme_command command = {{ADMIN_DOORBELL_BUFFER_CONFIG}};
	struct nvme_completion completion;

	(void)state;
	memset(nvme_page(&driver, 60), 0, 4096);
	memset(nvme_page(&driver, 61), 0, 4096);
	set_quad(&command, 6, nvme_iova(&driver, 60));
	set_quad(&command, 8, nvme_iova(&driver, 61));
	assert_int_equal(nvme_do(&driver, 0, command), NVME_SUCCESS);
	driver.shadow_page = 60;
	driver.event_page = 61;
	driver.shadowed = true;
	for (unsigned i = 0; i < 40; i++) {
		(void)nvme_submit(&driver, 1, nvme_transfer(&driver, NVM_READ, 0, 1, NVME_DATA));
		assert_true(driver.level);
		assert_true(nvme_take(&driver, 1, &completion));
		assert_false(driver.level);
	}
}

static void a_full_queue_goes_on_when_its_shadow_head_does(void **state)
{
	struct nvme_command command = {{ADMIN_DOORBELL_BUFFER_CONFIG}};
	struct nvme_completion completion;

	(void)state;
	memset(nvme_page(&driver, 60), 0, 4096);
	memset(nvme_page(&driver, 61), 0, 4096);
	set_quad(&command, 6, nvme_iova(&driver, 60));
	set_quad(&command, 8, nvme_iova(&driver, 61));
	assert_int_equal(nvme_do(&driver, 0, command), NVME_SUCCESS);
	driver.shadow_page = 60;
	driver.event_page = 61;
	driver.shadowed = true;
	nvme_create_queues(&driver, 2, 4);
	/* A longer submission queue for the short completion queue. */
	command = (struct nvme_command){{ADMIN_CREATE_SQ}};
	set_quad(&command, 6, nvme_iova(&driver, 6));
	command.dword[10] = 31 << 16 | 3;
	command.dword[11] = 2 << 16 | 1;
	assert_int_equal(nvme_do(&driver, 0, command), NVME_SUCCESS);
	driver.queues[3] = (struct nvme_queue){.entries = 32, .cq = 2};
	for (unsigned i = 0; i < 20; i++)
		(void)nvme_push(&driver, 3, nvme_transfer(&driver, NVM_READ, i, 1, NVME_DATA));
	nvme_ring(&driver, 3);
	for (unsigned i = 0; i < 20; i++)
		assert_true(nvme_take(&driver, 2, &completion));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_first_page_may_begin_anywhere, begin, end),
		cmocka_unit_test_setup_teardown(
			a_list_goes_on_in_the_page_that_its_last_entry_names, begin, end),
		cmocka_unit_test_setup_teardown(a_misaligned_prp_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(data_that_lead_nowhere_are_a_transfer_error, begin,
						end),
		cmocka_unit_test_setup_teardown(a_data_block_is_anywhere, begin, end),
		cmocka_unit_test_setup_teardown(segments_lead_to_segments_and_buckets_swallow,
						begin, end),
		cmocka_unit_test_setup_teardown(segments_that_are_none_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(zeroes_are_written_and_blocks_deallocated, begin,
						end),
		cmocka_unit_test_setup_teardown(what_differs_is_a_compare_failure, begin, end),
		cmocka_unit_test_setup_teardown(a_format_leaves_zeroes, begin, end),
		cmocka_unit_test_setup_teardown(fused_and_reserved_are_invalid_fields, begin, end),
		cmocka_unit_test_setup_teardown(the_error_log_has_the_newest_first, begin, end),
		cmocka_unit_test_setup_teardown(smart_counts_what_was_transferred, begin, end),
		cmocka_unit_test_setup_teardown(an_event_completes_a_request_and_masks_its_type,
						begin, end),
		cmocka_unit_test_setup_teardown(event_requests_are_limited_and_can_be_aborted,
						begin, end),
		cmocka_unit_test_setup_teardown(a_temperature_past_its_threshold_is_an_event, begin,
						end),
		cmocka_unit_test_setup_teardown(features_are_remembered_until_a_reset, begin, end),
		cmocka_unit_test_setup_teardown(shadow_doorbells_spare_registers, begin, end),
		cmocka_unit_test_setup_teardown(the_pin_falls_when_a_shadow_head_is_told, begin,
						end),
		cmocka_unit_test_setup_teardown(a_full_queue_goes_on_when_its_shadow_head_does,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
