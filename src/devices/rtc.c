/* SPDX-License-Identifier: BSD-3-Clause */
/* The registers are as in "Goldfish virtual hardware", which describes them for Android's emulator. */
#include "devices/registers.h"

#include "base/config.h"
#include "base/stream.h"

#include <xlat/rtc.h>

#include <errno.h>

enum {
	TIME_LOW = 0x00, /* reading it latches what TIME_HIGH reads; writing it sets the time */
	TIME_HIGH = 0x04,
	ALARM_LOW = 0x08, /* writing it sets the alarm */
	ALARM_HIGH = 0x0c,
	IRQ_ENABLED = 0x10,
	CLEAR_ALARM = 0x14,
	ALARM_STATUS = 0x18,
	CLEAR_INTERRUPT = 0x1c,
	LENGTH = 0x1000,
};

#define MAGIC UINT64_C(0x6363747274616c78)

struct xlat_rtc {
	struct xlat__registers registers;
	struct xlat_rtc_config config;
	struct xlat_region *region;
	bool ended;
	uint64_t offset; /* of the time to the clock */
	uint32_t latched, time_high; /* read of TIME_HIGH; written to it */
	uint64_t alarm;
	bool armed, pending, enabled;
	bool level; /* the wire */
};

static struct xlat_rtc *lock(void *opaque)
{
	struct xlat_rtc *rtc = opaque;

	pthread_mutex_lock(&rtc->registers.lock);
	return rtc;
}

static void unlock(struct xlat_rtc *rtc)
{
	pthread_mutex_unlock(&rtc->registers.lock);
}

static uint64_t now(const struct xlat_rtc *rtc)
{
	return (rtc->config.clock ? rtc->config.clock(rtc->config.opaque) : 0) + rtc->offset;
}

static void drive(struct xlat_rtc *rtc)
{
	bool level;

	if (rtc->armed && now(rtc) >= rtc->alarm) {
		rtc->armed = false;
		rtc->pending = true;
	}
	level = rtc->pending && rtc->enabled;
	if (level == rtc->level || rtc->ended)
		return;
	rtc->level = level;
	if (rtc->config.wire)
		rtc->config.wire(rtc->config.opaque, 0, level);
}

static enum xlat_outcome read_registers(void *opaque, const struct xlat_mmio_access *access,
					uint64_t *value)
{
	struct xlat_rtc *rtc = lock(opaque);
	uint64_t time;

	*value = 0;
	switch (access->offset) {
	case TIME_LOW:
		time = now(rtc);
		rtc->latched = (uint32_t)(time >> 32);
		*value = (uint32_t)time;
		break;
	case TIME_HIGH:
		*value = rtc->latched;
		break;
	case ALARM_LOW:
		*value = (uint32_t)rtc->alarm;
		break;
	case ALARM_HIGH:
		*value = rtc->alarm >> 32;
		break;
	case IRQ_ENABLED:
		*value = rtc->enabled;
		break;
	case ALARM_STATUS:
		*value = rtc->armed;
		break;
	default:
		break;
	}
	unlock(rtc);
	return XLAT_OK;
}

static enum xlat_outcome write_registers(void *opaque, const struct xlat_mmio_access *access,
					 uint64_t value)
{
	struct xlat_rtc *rtc = lock(opaque);

	value &= UINT32_MAX;
	switch (access->offset) {
	case TIME_LOW:
		rtc->offset += ((uint64_t)rtc->time_high << 32 | value) - now(rtc);
		break;
	case TIME_HIGH:
		rtc->time_high = (uint32_t)value;
		break;
	case ALARM_LOW:
		rtc->alarm = (rtc->alarm & ~(uint64_t)UINT32_MAX) | value;
		rtc->armed = true;
		break;
	case ALARM_HIGH:
		rtc->alarm = value << 32 | (uint32_t)rtc->alarm;
		break;
	case IRQ_ENABLED:
		rtc->enabled = value & 1;
		break;
	case CLEAR_ALARM:
		rtc->armed = false;
		break;
	case CLEAR_INTERRUPT:
		rtc->pending = false;
		break;
	default:
		break;
	}
	drive(rtc);
	unlock(rtc);
	return XLAT_OK;
}

static const struct xlat_mmio_ops ops = {
	.size = sizeof(ops),
	.read = read_registers,
	.write = write_registers,
	.valid = {.min = 4, .max = 4},
};

int xlat_rtc_create(struct xlat_fabric *fabric, const struct xlat_rtc_config *given,
		    struct xlat_rtc **created)
{
	struct xlat_rtc_config config;
	struct xlat_rtc *rtc;
	int err;

	err = xlat__config_copy(&config, sizeof(config), given);
	if (err)
		return err;
	rtc = xlat__registers_create(sizeof(*rtc));
	if (!rtc)
		return -ENOMEM;
	rtc->config = config;
	err = xlat__registers_add(&rtc->registers, fabric, "rtc", LENGTH, &ops, &rtc->region);
	if (err) {
		xlat_rtc_destroy(rtc);
		return err;
	}
	*created = rtc;
	return 0;
}

void xlat_rtc_destroy(struct xlat_rtc *rtc)
{
	if (!rtc)
		return;
	lock(rtc)->ended = true;
	unlock(rtc);
	xlat__registers_remove(rtc->region);
	xlat__registers_release(&rtc->registers);
}

struct xlat_region *xlat_rtc_registers(const struct xlat_rtc *rtc)
{
	return rtc->region;
}

uint64_t xlat_rtc_due(struct xlat_rtc *rtc)
{
	uint64_t due = UINT64_MAX;

	lock(rtc);
	if (rtc->armed)
		due = rtc->alarm - rtc->offset;
	unlock(rtc);
	return due;
}

void xlat_rtc_step(struct xlat_rtc *rtc)
{
	lock(rtc);
	drive(rtc);
	unlock(rtc);
}

static void walk_state(struct xlat_rtc *rtc, struct xlat__stream *stream)
{
	rtc->offset = xlat__stream_number(stream, 8, rtc->offset);
	rtc->latched = (uint32_t)xlat__stream_number(stream, 4, rtc->latched);
	rtc->time_high = (uint32_t)xlat__stream_number(stream, 4, rtc->time_high);
	rtc->alarm = xlat__stream_number(stream, 8, rtc->alarm);
	rtc->armed = xlat__stream_number(stream, 1, rtc->armed) & 1;
	rtc->pending = xlat__stream_number(stream, 1, rtc->pending) & 1;
	rtc->enabled = xlat__stream_number(stream, 1, rtc->enabled) & 1;
}

size_t xlat_rtc_save(struct xlat_rtc *rtc, void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};

	lock(rtc);
	xlat__stream_number(&stream, 8, MAGIC);
	walk_state(rtc, &stream);
	unlock(rtc);
	return stream.at;
}

int xlat_rtc_restore(struct xlat_rtc *rtc, const void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};

	if (size != xlat_rtc_save(rtc, NULL, 0) || xlat__stream_number(&stream, 8, 0) != MAGIC)
		return -EINVAL;
	lock(rtc);
	walk_state(rtc, &stream);
	drive(rtc);
	unlock(rtc);
	return 0;
}
