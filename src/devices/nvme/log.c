/* SPDX-License-Identifier: BSD-3-Clause */
/* Get Log Page (5.14), and what its pages are made of. */
#include "devices/nvme/nvme.h"

#include <string.h>

enum {
	ERROR_SIZE = 64,
	SMART_SIZE = 512,
	FIRMWARE_SIZE = 512,
	COMMANDS_SIZE = 4096,
	TEMPERATURE_WARNING = 1 << 1, /* of SMART's critical warnings: 5.14.1.2 */
	SUPPORTED = 1, /* 5.14.1.5: CSUPP */
	CHANGES_DATA = 1 << 1, /* LBCC */
};

static void put(uint8_t *bytes, unsigned offset, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		bytes[offset + i] = (uint8_t)(value >> (8 * i));
}

void xlat__nvme_log_error(struct xlat_nvme *nvme, const struct xlat__nvme_sq *sq, uint16_t cid,
			  uint16_t status, uint64_t lba, uint32_t nsid)
{
	pthread_mutex_lock(&nvme->log);
	nvme->errors[nvme->error_count % XLAT__NVME_ERRORS] = (struct xlat__nvme_error){
		.count = nvme->error_count + 1,
		.sqid = sq->id,
		.cid = cid,
		.status = (uint16_t)(status << 1),
		.parameter = UINT16_MAX, /* not of a particular field */
		.lba = lba,
		.nsid = nsid,
	};
	nvme->error_count++;
	pthread_mutex_unlock(&nvme->log);
}

/* 5.14.1.1: the newest first. */
static void fill_errors(struct xlat_nvme *nvme, uint8_t *bytes)
{
	pthread_mutex_lock(&nvme->log);
	for (unsigned i = 0; i < XLAT__NVME_ERRORS && i < nvme->error_count; i++) {
		const struct xlat__nvme_error *error =
			&nvme->errors[(nvme->error_count - 1 - i) % XLAT__NVME_ERRORS];
		uint8_t *entry = bytes + i * ERROR_SIZE;

		put(entry, 0, 8, error->count);
		put(entry, 8, 2, error->sqid);
		put(entry, 10, 2, error->cid);
		put(entry, 12, 2, error->status);
		put(entry, 14, 2, error->parameter);
		put(entry, 16, 8, error->lba);
		put(entry, 24, 4, error->nsid);
	}
	pthread_mutex_unlock(&nvme->log);
}

/* Thresholds are lane 0's, and so is the caller. */
static unsigned warnings(const struct xlat_nvme *nvme)
{
	const struct xlat__nvme_features *features = &nvme->features;

	return nvme->temperature >= features->over ||
			       (features->under && nvme->temperature <= features->under)
		       ? TEMPERATURE_WARNING
		       : 0;
}

void xlat__nvme_check_temperature(struct xlat_nvme *nvme)
{
	if (warnings(nvme) & nvme->features.events)
		xlat__nvme_event(nvme, EVENT_SMART, 1, LOG_SMART); /* temperature threshold */
}

void xlat_nvme_set_temperature(struct xlat_nvme *nvme, unsigned kelvin)
{
	xlat__nvme_lock(&nvme->cqs[0]);
	nvme->temperature = kelvin < UINT16_MAX ? (uint16_t)kelvin : UINT16_MAX;
	xlat__nvme_check_temperature(nvme);
	xlat__nvme_unlock(nvme, &nvme->cqs[0]);
}

/* 5.14.1.2 */
static void fill_smart(struct xlat_nvme *nvme, uint8_t *bytes)
{
	struct xlat_nvme_statistics counts = xlat_nvme_statistics(nvme);
	uint64_t hour = UINT64_C(3600000000000);

	put(bytes, 0, 1, warnings(nvme));
	put(bytes, 1, 2, nvme->temperature);
	put(bytes, 3, 1, 100); /* available spare */
	put(bytes, 4, 1, 10); /* its threshold */
	put(bytes, 32, 8, (counts.blocks_read + 999) / 1000);
	put(bytes, 48, 8, (counts.blocks_written + 999) / 1000);
	put(bytes, 64, 8, counts.reads);
	put(bytes, 80, 8, counts.writes);
	put(bytes, 112, 8, nvme->power_cycles);
	put(bytes, 128, 8, (xlat_fabric_now(nvme->fabric) - nvme->powered) / hour);
	pthread_mutex_lock(&nvme->log);
	put(bytes, 176, 8, nvme->error_count);
	pthread_mutex_unlock(&nvme->log);
}

/* 5.14.1.5: admin commands, then those of I/O. */
static void fill_commands(uint8_t *bytes)
{
	static const uint8_t admin[] = {ADMIN_DELETE_SQ,    ADMIN_CREATE_SQ,
					ADMIN_GET_LOG_PAGE, ADMIN_DELETE_CQ,
					ADMIN_CREATE_CQ,    ADMIN_IDENTIFY,
					ADMIN_ABORT,	    ADMIN_SET_FEATURES,
					ADMIN_GET_FEATURES, ADMIN_ASYNC_EVENT_REQUEST,
					ADMIN_FORMAT_NVM,   ADMIN_DOORBELL_BUFFER_CONFIG};
	static const uint8_t reading[] = {NVM_FLUSH, NVM_READ, NVM_COMPARE, NVM_VERIFY};
	static const uint8_t writing[] = {NVM_WRITE, NVM_WRITE_ZEROES, NVM_DATASET_MANAGEMENT};

	for (unsigned i = 0; i < sizeof(admin); i++)
		put(bytes, 4u * admin[i], 4, SUPPORTED);
	put(bytes, 4 * ADMIN_FORMAT_NVM, 4, SUPPORTED | CHANGES_DATA | 1 << 16);
	for (unsigned i = 0; i < sizeof(reading); i++)
		put(bytes, 1024 + 4u * reading[i], 4, SUPPORTED);
	for (unsigned i = 0; i < sizeof(writing); i++)
		put(bytes, 1024 + 4u * writing[i], 4, SUPPORTED | CHANGES_DATA);
}

uint16_t xlat__nvme_get_log(struct xlat_nvme *nvme, const struct nvme_command *command)
{
	unsigned page = command->dword[10] & 0xff;
	bool keeps = command->dword[10] >> 15 & 1; /* RAE */
	/* NUMDL and NUMDU count doublewords from 0. */
	uint64_t bytes =
		(((uint64_t)(command->dword[11] & 0xffff) << 16 | command->dword[10] >> 16) + 1) *
		4;
	uint64_t offset = nvme_quad(command, 12);
	uint8_t log[COMMANDS_SIZE] = {0};
	uint16_t status;
	unsigned size;

	switch (page) {
	case LOG_ERROR:
		size = XLAT__NVME_ERRORS * ERROR_SIZE;
		fill_errors(nvme, log);
		break;
	case LOG_SMART:
		/* LPA bit 0: of the controller only. */
		if (command->dword[1] != 0 && command->dword[1] != UINT32_MAX)
			return NVME_INVALID_FIELD | NVME_DNR;
		size = SMART_SIZE;
		fill_smart(nvme, log);
		break;
	case LOG_FIRMWARE:
		size = FIRMWARE_SIZE;
		log[0] = 1; /* slot 1 is active */
		memcpy(log + 8, "1.0     ", 8);
		break;
	case LOG_COMMANDS:
		size = COMMANDS_SIZE;
		fill_commands(log);
		break;
	default:
		return NVME_LOG_PAGE_INVALID | NVME_DNR;
	}
	if ((offset & 3) || offset >= size)
		return NVME_INVALID_FIELD | NVME_DNR;
	/* What is past the end of a page is not transferred. */
	if (bytes > size - offset)
		bytes = size - offset;
	status = xlat__nvme_give(nvme, &nvme->sqs[0], command, log + offset, (uint32_t)bytes);
	if (!status && !keeps)
		xlat__nvme_event_seen(nvme, page);
	return status;
}
