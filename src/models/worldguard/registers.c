/* SPDX-License-Identifier: BSD-3-Clause */
/* The registers, of 32 and 64 bits. */
#include <errno.h>

#include "models/worldguard/worldguard.h"

/* A register of 64 bits, or two of 32, at a multiple of 8. With the lock. */
static uint64_t value_of(const struct xlat_worldguard *wg, uint64_t offset)
{
	uint32_t i;

	switch (offset) {
	case REG_VENDOR:
		return wg->config.vendor | (uint64_t)wg->config.impid << 32;
	case REG_NSLOTS:
		return wg->config.slots;
	case REG_ERRCAUSE:
		return wg->errcause;
	case REG_ERRADDR:
		return wg->erraddr;
	default:
		break;
	}
	i = (uint32_t)((offset - REG_SLOT) / SLOT_SIZE);
	switch ((offset - REG_SLOT) % SLOT_SIZE) {
	case SLOT_ADDR:
		return xlat__wg_slot_addr(wg, i);
	case SLOT_PERM:
		return wg->slots[i].perm;
	case SLOT_CFG:
		return wg->slots[i].cfg;
	default:
		return 0;
	}
}

static void set_slot(struct xlat_worldguard *wg, uint64_t offset, uint64_t value, bool load,
		     struct xlat__wg_change *change)
{
	uint32_t i = (uint32_t)((offset - REG_SLOT) / SLOT_SIZE);
	struct xlat__wg_slot *slot = &wg->slots[i];

	if ((slot->cfg & CFG_L) && !load)
		return;
	switch ((offset - REG_SLOT) % SLOT_SIZE) {
	case SLOT_ADDR:
		/* Of the first and the last one it is always the same. */
		slot->addr = value & (UINT64_MAX >> 2);
		break;
	case SLOT_PERM:
		slot->perm = i ? value & xlat__wg_perm_mask(wg) : 0;
		break;
	case SLOT_CFG:
		slot->cfg = xlat__wg_legal_cfg(wg, i, (uint32_t)value);
		break;
	default:
		return;
	}
	xlat__wg_decode(wg, i, change);
}

static void set(struct xlat_worldguard *wg, uint64_t offset, uint64_t value, bool load,
		struct xlat__wg_change *change)
{
	if (offset == REG_ERRCAUSE)
		wg->errcause = value &
			       (ERRCAUSE_WID | ERRCAUSE_R | ERRCAUSE_W | ERRCAUSE_BE | ERRCAUSE_IP);
	else if (offset == REG_ERRADDR)
		wg->erraddr = value;
	else if (offset >= REG_SLOT)
		set_slot(wg, offset, value, load, change);
}

static bool sound(const struct xlat_worldguard *wg, uint64_t offset, unsigned size)
{
	return (size == 4 || size == 8) && offset % size == 0 &&
	       offset < xlat_worldguard_registers_length(wg);
}

uint64_t xlat_worldguard_read(const struct xlat_worldguard *wg, uint64_t offset, unsigned size)
{
	/* Nothing but the lock changes. */
	struct xlat_worldguard *same = (struct xlat_worldguard *)(uintptr_t)wg;
	uint64_t value;

	if (!sound(wg, offset, size))
		return 0;
	pthread_mutex_lock(&same->lock);
	value = value_of(wg, offset & ~UINT64_C(7));
	pthread_mutex_unlock(&same->lock);
	if (size == 8)
		return value;
	return offset & 4 ? value >> 32 : value & 0xffffffff;
}

static void change_register(struct xlat_worldguard *wg, uint64_t offset, unsigned size,
			    uint64_t value, bool load)
{
	struct xlat__wg_change change = {.everything = load};
	uint64_t at = offset & ~UINT64_C(7), old;

	pthread_mutex_lock(&wg->lock);
	old = value_of(wg, at);
	if (size == 4 && (offset & 4))
		value = (old & 0xffffffff) | value << 32;
	else if (size == 4)
		value = (old >> 32 << 32) | (value & 0xffffffff);
	set(wg, at, value, load, &change);
	pthread_mutex_unlock(&wg->lock);
	xlat__wg_tell(wg, &change);
	xlat__wg_drive_wire(wg);
}

void xlat_worldguard_write(struct xlat_worldguard *wg, uint64_t offset, unsigned size,
			   uint64_t value)
{
	if (sound(wg, offset, size))
		change_register(wg, offset, size, value, false);
}

int xlat_worldguard_load(struct xlat_worldguard *wg, uint64_t offset, unsigned size, uint64_t value)
{
	if (!sound(wg, offset, size))
		return -EINVAL;
	change_register(wg, offset, size, value, true);
	return 0;
}
