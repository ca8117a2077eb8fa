/* SPDX-License-Identifier: BSD-3-Clause */
/* Get and Set Features (5.13, 5.21). None is saveable. */
#include "devices/nvme/nvme.h"

#include <string.h>

enum {
	SELECT_CURRENT = 0,
	SELECT_DEFAULT,
	SELECT_SAVED,
	SELECT_CAPABILITIES,
	CHANGEABLE = 1 << 2, /* of capabilities */
	COMPOSITE = 0, /* THSEL 5.21.1.4: over, of the composite temperature */
	OVER_DEFAULT = 343, /* kelvin */
	CRITICAL = 0x1f, /* bits of critical warnings in feature 0Bh */
};

void xlat__nvme_features_reset(struct xlat_nvme *nvme)
{
	nvme->features = (struct xlat__nvme_features){
		.arbitration = 6, /* a burst of 2^6 */
		.write_cache = 1,
		.over = OVER_DEFAULT,
		.timestamp_set = xlat_fabric_now(nvme->fabric),
	};
	memset(nvme->vectors_disabled, 0, nvme->config.vectors * sizeof(nvme->vectors_disabled[0]));
}

/* 5.21.1.4: which of the thresholds. NULL: there is no such sensor. */
static uint16_t *threshold(struct xlat__nvme_features *features, uint32_t dword11)
{
	unsigned sensor = dword11 >> 16 & 15, type = dword11 >> 20 & 3;

	if (sensor != 0 || type > 1)
		return NULL;
	return type ? &features->under : &features->over;
}

/* 5.21.1.14: milliseconds since 1970, if the host said so; else since the reset. */
static uint16_t give_timestamp(struct xlat_nvme *nvme, const struct nvme_command *command)
{
	struct xlat__nvme_features *features = &nvme->features;
	uint64_t now = features->timestamp +
		       (xlat_fabric_now(nvme->fabric) - features->timestamp_set) / 1000000;
	uint8_t bytes[8];

	for (unsigned i = 0; i < 6; i++)
		bytes[i] = (uint8_t)(now >> (8 * i));
	bytes[6] = features->timestamped ? 1 << 1 : 0;
	bytes[7] = 0;
	return xlat__nvme_give(nvme, &nvme->sqs[0], command, bytes, sizeof(bytes));
}

static uint16_t take_timestamp(struct xlat_nvme *nvme, const struct nvme_command *command)
{
	struct xlat__nvme_features *features = &nvme->features;
	uint8_t bytes[8];
	uint16_t status = xlat__nvme_take(nvme, &nvme->sqs[0], command, bytes, sizeof(bytes));

	if (status)
		return status;
	features->timestamp = 0;
	for (unsigned i = 0; i < 6; i++)
		features->timestamp |= (uint64_t)bytes[i] << (8 * i);
	features->timestamp_set = xlat_fabric_now(nvme->fabric);
	features->timestamped = true;
	return NVME_SUCCESS;
}

/* The value of a feature that is a number; false when it is none. */
static bool number(struct xlat_nvme *nvme, unsigned id, bool initial, uint32_t *value)
{
	struct xlat__nvme_features defaults = {.arbitration = 6, .write_cache = 1};
	const struct xlat__nvme_features *features = initial ? &defaults : &nvme->features;

	switch (id) {
	case FEATURE_ARBITRATION:
		*value = features->arbitration;
		return true;
	case FEATURE_POWER:
		*value = features->power;
		return true;
	case FEATURE_ERROR_RECOVERY:
		*value = features->error_recovery;
		return true;
	case FEATURE_WRITE_CACHE:
		*value = features->write_cache;
		return true;
	case FEATURE_QUEUES:
		*value = (nvme->config.queues - 1) | (nvme->config.queues - 1) << 16;
		return true;
	case FEATURE_COALESCING:
		*value = features->coalescing;
		return true;
	case FEATURE_ATOMICITY:
		*value = features->atomicity;
		return true;
	case FEATURE_EVENTS:
		*value = features->events;
		return true;
	default:
		return false;
	}
}

uint16_t xlat__nvme_get_features(struct xlat_nvme *nvme, const struct nvme_command *command,
				 uint32_t *result)
{
	unsigned id = command->dword[10] & 0xff, select = command->dword[10] >> 8 & 7;
	bool initial = select == SELECT_DEFAULT || select == SELECT_SAVED;
	struct xlat__nvme_features defaults = {.over = OVER_DEFAULT};
	const uint16_t *limit;
	uint32_t vector = command->dword[11] & 0xffff;

	if (select > SELECT_CAPABILITIES)
		return NVME_INVALID_FIELD | NVME_DNR;
	switch (id) {
	case FEATURE_TEMPERATURE:
		limit = threshold(initial ? &defaults : &nvme->features, command->dword[11]);
		if (!limit)
			return NVME_INVALID_FIELD | NVME_DNR;
		*result = *limit;
		break;
	case FEATURE_VECTOR:
		if (vector >= nvme->config.vectors)
			return NVME_INVALID_FIELD | NVME_DNR;
		*result = vector | (initial ? 0 : (uint32_t)nvme->vectors_disabled[vector] << 16);
		break;
	case FEATURE_TIMESTAMP:
		if (select != SELECT_CAPABILITIES)
			return give_timestamp(nvme, command);
		break;
	default:
		if (!number(nvme, id, initial, result))
			return NVME_INVALID_FIELD | NVME_DNR;
	}
	if (select == SELECT_CAPABILITIES)
		*result = CHANGEABLE;
	return NVME_SUCCESS;
}

/* 5.21.1.7: the numbers wanted are answered with those that there are, until there is a queue. */
static uint16_t set_queues(struct xlat_nvme *nvme, uint32_t wanted, uint32_t *result)
{
	if ((wanted & 0xffff) == 0xffff || wanted >> 16 == 0xffff)
		return NVME_INVALID_FIELD | NVME_DNR;
	for (unsigned i = 1; i < nvme->lanes; i++) {
		if (nvme->cqs[i].live)
			return NVME_SEQUENCE_ERROR | NVME_DNR;
	}
	(void)number(nvme, FEATURE_QUEUES, false, result);
	return NVME_SUCCESS;
}

uint16_t xlat__nvme_set_features(struct xlat_nvme *nvme, const struct nvme_command *command,
				 uint32_t *result)
{
	struct xlat__nvme_features *features = &nvme->features;
	uint32_t value = command->dword[11];
	uint16_t *limit;

	if (command->dword[10] >> 31)
		return NVME_FEATURE_NOT_SAVEABLE | NVME_DNR;
	switch (command->dword[10] & 0xff) {
	case FEATURE_ARBITRATION:
		features->arbitration = value;
		break;
	case FEATURE_POWER:
		if (value & 31) /* power state 0 is all that there is */
			return NVME_INVALID_FIELD | NVME_DNR;
		features->power = value;
		break;
	case FEATURE_TEMPERATURE:
		limit = threshold(features, value);
		if (!limit)
			return NVME_INVALID_FIELD | NVME_DNR;
		*limit = value & 0xffff;
		xlat__nvme_check_temperature(nvme);
		break;
	case FEATURE_ERROR_RECOVERY:
		features->error_recovery = value & 0xffff;
		break;
	case FEATURE_WRITE_CACHE:
		__atomic_store_n(&features->write_cache, value & 1, __ATOMIC_RELAXED);
		/* 5.21.1.6: what was cached until now is no exception. */
		for (unsigned i = 0; !(value & 1) && i < nvme->config.namespace_count; i++) {
			if (xlat_block_flush(nvme->namespaces[i].block))
				return NVME_WRITE_FAULT;
		}
		break;
	case FEATURE_QUEUES:
		return set_queues(nvme, value, result);
	case FEATURE_COALESCING:
		features->coalescing = value & 0xffff;
		break;
	case FEATURE_VECTOR:
		if ((value & 0xffff) >= nvme->config.vectors)
			return NVME_INVALID_FIELD | NVME_DNR;
		nvme->vectors_disabled[value & 0xffff] = value >> 16 & 1;
		break;
	case FEATURE_ATOMICITY:
		features->atomicity = value & 1;
		break;
	case FEATURE_EVENTS:
		features->events = value & CRITICAL;
		xlat__nvme_check_temperature(nvme);
		break;
	case FEATURE_TIMESTAMP:
		return take_timestamp(nvme, command);
	default:
		return NVME_INVALID_FIELD | NVME_DNR;
	}
	return NVME_SUCCESS;
}
