/* SPDX-License-Identifier: BSD-3-Clause */
/* The model as bytes: a version, what it was made with, and its registers, little-endian. */
#include <errno.h>

#include "base/stream.h"
#include "models/worldguard/worldguard.h"

#define MAGIC UINT64_C(0x726b686367777278) /* "xrwgchkr" */

enum {
	VERSION = 1,
};

static uint64_t number(struct xlat__stream *stream, unsigned size, uint64_t value)
{
	return xlat__stream_number(stream, size, value);
}

/* What decides which registers there are. Returns whether it is the model's own. */
static bool walk_config(struct xlat__stream *stream, const struct xlat_worldguard_config *config)
{
	const uint64_t own[] = {config->base, config->length, config->slots, config->granule,
				config->worlds};
	bool same = true;

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		same &= number(stream, 8, own[i]) == own[i];
	return same;
}

static void walk_registers(struct xlat__stream *stream, struct xlat_worldguard *wg)
{
	wg->errcause = number(stream, 8, wg->errcause);
	wg->erraddr = number(stream, 8, wg->erraddr);
	for (uint32_t i = 0; i <= wg->config.slots; i++) {
		struct xlat__wg_slot *slot = &wg->slots[i];

		slot->addr = number(stream, 8, slot->addr) & (UINT64_MAX >> 2);
		slot->perm = number(stream, 8, slot->perm);
		slot->cfg = (uint32_t)number(stream, 4, slot->cfg);
	}
}

size_t xlat_worldguard_save(const struct xlat_worldguard *wg, void *bytes, size_t size)
{
	/* Nothing but the lock changes: what is walked to be saved is given back its own value. */
	struct xlat_worldguard *same = (struct xlat_worldguard *)(uintptr_t)wg;
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};

	pthread_mutex_lock(&same->lock);
	number(&stream, 8, MAGIC);
	number(&stream, 4, VERSION);
	walk_config(&stream, &same->config);
	walk_registers(&stream, same);
	pthread_mutex_unlock(&same->lock);
	return stream.at;
}

int xlat_worldguard_restore(struct xlat_worldguard *wg, const void *bytes, size_t size)
{
	const struct xlat__wg_change change = {.everything = true};
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	size_t needed = xlat_worldguard_save(wg, NULL, 0);

	if (size < 12 || number(&stream, 8, 0) != MAGIC)
		return -EINVAL;
	if (number(&stream, 4, 0) != VERSION)
		return -ENOTSUP;
	if (size < stream.at + 5 * 8)
		return -EINVAL;
	if (!walk_config(&stream, &wg->config))
		return -EXDEV;
	if (size != needed)
		return -EINVAL;
	pthread_mutex_lock(&wg->lock);
	walk_registers(&stream, wg);
	xlat__wg_legalise(wg);
	pthread_mutex_unlock(&wg->lock);
	xlat__wg_tell(wg, &change);
	xlat__wg_drive_wire(wg);
	return 0;
}
