/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model as bytes: a version, what it was made with, its registers and its table, little-endian.
 */
#include <errno.h>

#include "base/stream.h"
#include "models/trustzone_mpc/mpc.h"

#define MAGIC UINT64_C(0x30637a746d707a74) /* "tzpmtzc0" */

enum {
	VERSION = 1,
};

static uint64_t number(struct xlat__stream *stream, unsigned size, uint64_t value)
{
	return xlat__stream_number(stream, size, value);
}

static void walk_registers(struct xlat__stream *stream, struct xlat_trustzone_mpc *mpc)
{
	uint32_t *const registers[] = {&mpc->ctrl,   &mpc->blk_idx,   &mpc->int_stat,
				       &mpc->int_en, &mpc->int_info1, &mpc->int_info2};

	for (size_t i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		*registers[i] = (uint32_t)number(stream, 4, *registers[i]);
	for (uint32_t i = 0; i < mpc->words; i++)
		mpc->lut[i] = (uint32_t)number(stream, 4, mpc->lut[i]);
}

size_t xlat_trustzone_mpc_save(const struct xlat_trustzone_mpc *mpc, void *bytes, size_t size)
{
	/* Nothing but the lock changes: what is walked to be saved is given back its own value. */
	struct xlat_trustzone_mpc *same = (struct xlat_trustzone_mpc *)(uintptr_t)mpc;
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};

	pthread_mutex_lock(&same->lock);
	number(&stream, 8, MAGIC);
	number(&stream, 4, VERSION);
	number(&stream, 8, mpc->config.length);
	number(&stream, 4, mpc->config.block);
	walk_registers(&stream, same);
	pthread_mutex_unlock(&same->lock);
	return stream.at;
}

int xlat_trustzone_mpc_restore(struct xlat_trustzone_mpc *mpc, const void *bytes, size_t size)
{
	const struct xlat__mpc_change change = {.everything = true};
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	size_t needed = xlat_trustzone_mpc_save(mpc, NULL, 0);

	if (size < 12 || number(&stream, 8, 0) != MAGIC)
		return -EINVAL;
	if (number(&stream, 4, 0) != VERSION)
		return -ENOTSUP;
	if (size < stream.at + 12)
		return -EINVAL;
	if (number(&stream, 8, 0) != mpc->config.length ||
	    number(&stream, 4, 0) != mpc->config.block)
		return -EXDEV;
	if (size != needed)
		return -EINVAL;
	pthread_mutex_lock(&mpc->lock);
	walk_registers(&stream, mpc);
	mpc->acknowledged = mpc->gates;
	xlat__mpc_legalise(mpc);
	pthread_mutex_unlock(&mpc->lock);
	xlat__mpc_tell(mpc, &change);
	xlat__mpc_drive_wire(mpc);
	return 0;
}
