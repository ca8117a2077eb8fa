/* SPDX-License-Identifier: BSD-3-Clause */
/* RISC-V ACLINT 1.0: chapter 2 is MTIMER, 3 MSWI, 4 SSWI. */
#include "devices/registers.h"

#include "base/config.h"
#include "base/stream.h"

#include <xlat/aclint.h>

#include <errno.h>

enum {
	MOST_HARTS = 4095,
	MTIMER_LENGTH = 0x8000,
	MTIME = 0x7ff8,
	SWI_LENGTH = 0x4000,
};

#define MAGIC UINT64_C(0x6c63616c74616c78)

struct hart {
	uint64_t compare; /* mtimecmp */
	bool timer, software; /* the wires */
};

struct xlat_aclint {
	struct xlat__registers registers;
	struct xlat_aclint_config config;
	struct xlat_region *mtimer, *mswi, *sswi;
	uint64_t offset; /* mtime is the clock and this */
	bool ended;
	struct hart harts[]; /* config.harts */
};

static struct xlat_aclint *lock(void *opaque)
{
	struct xlat_aclint *aclint = opaque;

	pthread_mutex_lock(&aclint->registers.lock);
	return aclint;
}

static void unlock(struct xlat_aclint *aclint)
{
	pthread_mutex_unlock(&aclint->registers.lock);
}

static uint64_t now(const struct xlat_aclint *aclint)
{
	uint64_t clock = aclint->config.clock ? aclint->config.clock(aclint->config.opaque) : 0;

	return clock + aclint->offset;
}

static void drive_timer(struct xlat_aclint *aclint, unsigned index, uint64_t time)
{
	struct hart *hart = &aclint->harts[index];
	bool level = time >= hart->compare;

	if (level == hart->timer || aclint->ended)
		return;
	hart->timer = level;
	if (aclint->config.timer)
		aclint->config.timer(aclint->config.opaque, index, level);
}

static void drive_timers(struct xlat_aclint *aclint)
{
	uint64_t time = now(aclint);

	for (unsigned i = 0; i < aclint->config.harts; i++)
		drive_timer(aclint, i, time);
}

static void drive_software(struct xlat_aclint *aclint, unsigned index, bool level)
{
	struct hart *hart = &aclint->harts[index];

	if (level == hart->software || aclint->ended)
		return;
	hart->software = level;
	if (aclint->config.software)
		aclint->config.software(aclint->config.opaque, index, level);
}

static void tell_due(struct xlat_aclint *aclint)
{
	if (aclint->config.due_changed && !aclint->ended)
		aclint->config.due_changed(aclint->config.opaque);
}

/* 2.1: mtime and mtimecmp are of 64 bits, and may be accessed by halves. */
static enum xlat_outcome read_mtimer(void *opaque, const struct xlat_mmio_access *access,
				     uint64_t *value)
{
	struct xlat_aclint *aclint = lock(opaque);
	uint64_t index = access->offset / 8;

	*value = 0;
	if (access->offset == MTIME)
		*value = now(aclint);
	else if (index < aclint->config.harts)
		*value = aclint->harts[index].compare;
	unlock(aclint);
	return XLAT_OK;
}

static enum xlat_outcome write_mtimer(void *opaque, const struct xlat_mmio_access *access,
				      uint64_t value)
{
	struct xlat_aclint *aclint = lock(opaque);
	uint64_t index = access->offset / 8;

	if (access->offset == MTIME) {
		aclint->offset += value - now(aclint);
		drive_timers(aclint);
		tell_due(aclint);
	} else if (index < aclint->config.harts) {
		aclint->harts[index].compare = value;
		drive_timer(aclint, (unsigned)index, now(aclint));
		tell_due(aclint);
	}
	unlock(aclint);
	return XLAT_OK;
}

/* 3.1 */
static enum xlat_outcome read_mswi(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t *value)
{
	struct xlat_aclint *aclint = lock(opaque);
	uint64_t index = access->offset / 4;

	*value = index < aclint->config.harts && aclint->harts[index].software;
	unlock(aclint);
	return XLAT_OK;
}

static enum xlat_outcome write_mswi(void *opaque, const struct xlat_mmio_access *access,
				    uint64_t value)
{
	struct xlat_aclint *aclint = lock(opaque);
	uint64_t index = access->offset / 4;

	if (index < aclint->config.harts)
		drive_software(aclint, (unsigned)index, value & 1);
	unlock(aclint);
	return XLAT_OK;
}

/* 4.2: reads are zero; writing 1 is an edge. */
static enum xlat_outcome read_sswi(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t *value)
{
	(void)opaque, (void)access;
	*value = 0;
	return XLAT_OK;
}

static enum xlat_outcome write_sswi(void *opaque, const struct xlat_mmio_access *access,
				    uint64_t value)
{
	struct xlat_aclint *aclint = lock(opaque);
	uint64_t index = access->offset / 4;

	if (index < aclint->config.harts && (value & 1) && !aclint->ended &&
	    aclint->config.supervisor_software)
		aclint->config.supervisor_software(aclint->config.opaque, (unsigned)index, true);
	unlock(aclint);
	return XLAT_OK;
}

static const struct xlat_mmio_ops mtimer_ops = {
	.size = sizeof(mtimer_ops),
	.read = read_mtimer,
	.write = write_mtimer,
	.valid = {.min = 4, .max = 8},
	.implemented = {.min = 8, .max = 8},
};

static const struct xlat_mmio_ops mswi_ops = {
	.size = sizeof(mswi_ops),
	.read = read_mswi,
	.write = write_mswi,
	.valid = {.min = 4, .max = 4},
};

static const struct xlat_mmio_ops sswi_ops = {
	.size = sizeof(sswi_ops),
	.read = read_sswi,
	.write = write_sswi,
	.valid = {.min = 4, .max = 4},
};

static int add_regions(struct xlat_aclint *aclint, struct xlat_fabric *fabric)
{
	struct xlat__registers *registers = &aclint->registers;
	int err;

	err = xlat__registers_add(registers, fabric, "mtimer", MTIMER_LENGTH, &mtimer_ops,
				  &aclint->mtimer);
	if (!err)
		err = xlat__registers_add(registers, fabric, "mswi", SWI_LENGTH, &mswi_ops,
					  &aclint->mswi);
	if (!err)
		err = xlat__registers_add(registers, fabric, "sswi", SWI_LENGTH, &sswi_ops,
					  &aclint->sswi);
	return err;
}

int xlat_aclint_create(struct xlat_fabric *fabric, const struct xlat_aclint_config *given,
		       struct xlat_aclint **created)
{
	struct xlat_aclint_config config;
	struct xlat_aclint *aclint;
	int err;

	err = xlat__config_copy(&config, sizeof(config), given);
	if (err)
		return err;
	if (config.harts == 0 || config.harts > MOST_HARTS)
		return -EINVAL;
	aclint = xlat__registers_create(sizeof(*aclint) + config.harts * sizeof(aclint->harts[0]));
	if (!aclint)
		return -ENOMEM;
	aclint->config = config;
	for (unsigned i = 0; i < config.harts; i++)
		aclint->harts[i].compare = UINT64_MAX;
	err = add_regions(aclint, fabric);
	if (err) {
		xlat_aclint_destroy(aclint);
		return err;
	}
	*created = aclint;
	return 0;
}

void xlat_aclint_destroy(struct xlat_aclint *aclint)
{
	if (!aclint)
		return;
	lock(aclint)->ended = true;
	unlock(aclint);
	xlat__registers_remove(aclint->mtimer);
	xlat__registers_remove(aclint->mswi);
	xlat__registers_remove(aclint->sswi);
	xlat__registers_release(&aclint->registers);
}

struct xlat_region *xlat_aclint_mtimer(const struct xlat_aclint *aclint)
{
	return aclint->mtimer;
}

struct xlat_region *xlat_aclint_mswi(const struct xlat_aclint *aclint)
{
	return aclint->mswi;
}

struct xlat_region *xlat_aclint_sswi(const struct xlat_aclint *aclint)
{
	return aclint->sswi;
}

uint64_t xlat_aclint_time(struct xlat_aclint *aclint)
{
	uint64_t time;

	lock(aclint);
	time = now(aclint);
	unlock(aclint);
	return time;
}

uint64_t xlat_aclint_due(struct xlat_aclint *aclint)
{
	uint64_t due = UINT64_MAX;

	lock(aclint);
	for (unsigned i = 0; i < aclint->config.harts; i++)
		if (!aclint->harts[i].timer && aclint->harts[i].compare < due)
			due = aclint->harts[i].compare;
	unlock(aclint);
	return due;
}

void xlat_aclint_step(struct xlat_aclint *aclint)
{
	lock(aclint);
	drive_timers(aclint);
	unlock(aclint);
}

size_t xlat_aclint_save(struct xlat_aclint *aclint, void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};

	lock(aclint);
	xlat__stream_number(&stream, 8, MAGIC);
	xlat__stream_number(&stream, 4, aclint->config.harts);
	xlat__stream_number(&stream, 8, aclint->offset);
	for (unsigned i = 0; i < aclint->config.harts; i++) {
		xlat__stream_number(&stream, 8, aclint->harts[i].compare);
		xlat__stream_number(&stream, 1, aclint->harts[i].software);
	}
	unlock(aclint);
	return stream.at;
}

int xlat_aclint_restore(struct xlat_aclint *aclint, const void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};

	if (size != xlat_aclint_save(aclint, NULL, 0) ||
	    xlat__stream_number(&stream, 8, 0) != MAGIC ||
	    xlat__stream_number(&stream, 4, 0) != aclint->config.harts)
		return -EINVAL;
	lock(aclint);
	aclint->offset = xlat__stream_number(&stream, 8, 0);
	for (unsigned i = 0; i < aclint->config.harts; i++) {
		aclint->harts[i].compare = xlat__stream_number(&stream, 8, 0);
		drive_software(aclint, i, xlat__stream_number(&stream, 1, 0) & 1);
	}
	drive_timers(aclint);
	tell_due(aclint);
	unlock(aclint);
	return 0;
}
