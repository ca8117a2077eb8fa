/* SPDX-License-Identifier: BSD-3-Clause */
/* The registers, of 32 bits, of which a part may be accessed. */
#include <errno.h>

#include "models/trustzone_mpc/mpc.h"

static uint32_t id_register(uint64_t offset)
{
	static const uint8_t ids[] = {
		0x04, 0x00, 0x00, 0x00, /* PIDR4 to 7 */
		0x60, 0xb8, 0x1b, 0x00, /* PIDR0 to 3 */
		0x0d, 0xf0, 0x05, 0xb1, /* CIDR0 to 3 */
	};

	return ids[(offset - REG_PIDR4) / 4];
}

/* With the lock. */
static uint32_t value_of(const struct xlat_trustzone_mpc *mpc, uint64_t offset)
{
	switch (offset) {
	case REG_CTRL:
		return mpc->ctrl | ((mpc->ctrl & CTRL_GATE_REQ) && mpc->acknowledged >= mpc->gates
					    ? CTRL_GATE_ACK
					    : 0);
	case REG_BLK_MAX:
		return mpc->words - 1;
	case REG_BLK_CFG:
		return mpc->shift - 5;
	case REG_BLK_IDX:
		return mpc->blk_idx;
	case REG_BLK_LUT:
		return mpc->lut[mpc->blk_idx];
	case REG_INT_STAT:
		return mpc->int_stat;
	case REG_INT_EN:
		return mpc->int_en;
	case REG_INT_INFO1:
		return mpc->int_info1;
	case REG_INT_INFO2:
		return mpc->int_info2;
	default:
		return offset >= REG_PIDR4 ? id_register(offset) : 0;
	}
}

/* All of the table's word was accessed. */
static void move_on(struct xlat_trustzone_mpc *mpc, unsigned size)
{
	if (size == 4 && (mpc->ctrl & CTRL_AUTOINC))
		mpc->blk_idx = (mpc->blk_idx + 1) % mpc->words;
}

/* The blocks of a word whose bits changed, as one range. */
static void write_lut(struct xlat_trustzone_mpc *mpc, uint32_t value,
		      struct xlat__mpc_change *change)
{
	uint32_t changed = mpc->lut[mpc->blk_idx] ^ value;
	uint64_t block = (uint64_t)mpc->blk_idx * 32;

	mpc->lut[mpc->blk_idx] = value;
	if (!changed)
		return;
	change->some = true;
	change->first = (block + (unsigned)__builtin_ctz(changed)) << mpc->shift;
	change->last = ((block + 32 - (unsigned)__builtin_clz(changed)) << mpc->shift) - 1;
}

static void write_ctrl(struct xlat_trustzone_mpc *mpc, uint32_t value,
		       struct xlat__mpc_change *change)
{
	if (value & ~mpc->ctrl & CTRL_GATE_REQ) {
		mpc->gates++;
		change->everything = true;
	}
	mpc->ctrl = value & CTRL_MASK;
}

/* With the lock. */
static void write_one(struct xlat_trustzone_mpc *mpc, uint64_t offset, unsigned size,
		      uint32_t value, struct xlat__mpc_change *change)
{
	bool locked = mpc->ctrl & CTRL_LOCKDOWN;

	switch (offset) {
	case REG_CTRL:
		if (!locked)
			write_ctrl(mpc, value, change);
		break;
	case REG_BLK_IDX:
		mpc->blk_idx = value % mpc->words;
		break;
	case REG_BLK_LUT:
		if (locked)
			break;
		write_lut(mpc, value, change);
		move_on(mpc, size);
		break;
	case REG_INT_CLEAR:
		mpc->int_stat &= ~value;
		break;
	case REG_INT_EN:
		if (!locked)
			mpc->int_en = value & 1;
		break;
	case REG_INT_SET:
		mpc->int_stat |= value & 1;
		break;
	default:
		break;
	}
}

static bool sound(uint64_t offset, unsigned size, bool secure)
{
	return (size == 1 || size == 2 || size == 4) && offset % size == 0 && offset < REG_END &&
	       (secure || offset >= REG_PIDR4);
}

/* The host says when the accesses that began before the gate closed are over. */
static void settle(struct xlat_trustzone_mpc *mpc)
{
	uint64_t gates;

	pthread_mutex_lock(&mpc->lock);
	gates = mpc->acknowledged < mpc->gates ? mpc->gates : 0;
	pthread_mutex_unlock(&mpc->lock);
	if (!gates || !mpc->host.sync(mpc->host_opaque, 0))
		return;
	pthread_mutex_lock(&mpc->lock);
	if (mpc->acknowledged < gates)
		mpc->acknowledged = gates;
	pthread_mutex_unlock(&mpc->lock);
}

static uint32_t read_register(struct xlat_trustzone_mpc *mpc, uint64_t offset, unsigned size,
			      bool secure, bool effects)
{
	uint64_t at = offset & ~UINT64_C(3);
	uint32_t value;

	if (!sound(offset, size, secure))
		return 0;
	if (effects && at == REG_CTRL)
		settle(mpc);
	pthread_mutex_lock(&mpc->lock);
	value = value_of(mpc, at);
	if (effects && at == REG_BLK_LUT)
		move_on(mpc, size);
	pthread_mutex_unlock(&mpc->lock);
	value >>= 8 * (offset & 3);
	return size == 4 ? value : value & ((1u << (8 * size)) - 1);
}

uint32_t xlat_trustzone_mpc_read(struct xlat_trustzone_mpc *mpc, uint64_t offset, unsigned size,
				 bool secure)
{
	return read_register(mpc, offset, size, secure, true);
}

uint32_t xlat_trustzone_mpc_look(const struct xlat_trustzone_mpc *mpc, uint64_t offset,
				 unsigned size, bool secure)
{
	/* Nothing but the lock changes. */
	return read_register((struct xlat_trustzone_mpc *)(uintptr_t)mpc, offset, size, secure,
			     false);
}

void xlat_trustzone_mpc_write(struct xlat_trustzone_mpc *mpc, uint64_t offset, unsigned size,
			      bool secure, uint32_t value)
{
	struct xlat__mpc_change change = {0};
	uint64_t at = offset & ~UINT64_C(3);

	if (!sound(offset, size, secure))
		return;
	pthread_mutex_lock(&mpc->lock);
	if (size < 4) {
		unsigned shift = 8 * (offset & 3);
		uint32_t mask = ((1u << (8 * size)) - 1) << shift;

		value = (value_of(mpc, at) & ~mask) | (value << shift & mask);
	}
	write_one(mpc, at, size, value, &change);
	pthread_mutex_unlock(&mpc->lock);
	xlat__mpc_tell(mpc, &change);
	xlat__mpc_drive_wire(mpc);
}

int xlat_trustzone_mpc_load(struct xlat_trustzone_mpc *mpc, uint64_t offset, unsigned size,
			    uint32_t value)
{
	const struct xlat__mpc_change change = {.everything = true};
	int error = 0;

	if (size != 4 || !sound(offset, size, true))
		return -EINVAL;
	pthread_mutex_lock(&mpc->lock);
	switch (offset) {
	case REG_CTRL:
		mpc->ctrl = value;
		break;
	case REG_BLK_IDX:
		mpc->blk_idx = value;
		break;
	case REG_BLK_LUT:
		mpc->lut[mpc->blk_idx] = value;
		break;
	case REG_INT_STAT:
		mpc->int_stat = value;
		break;
	case REG_INT_EN:
		mpc->int_en = value;
		break;
	case REG_INT_INFO1:
		mpc->int_info1 = value;
		break;
	case REG_INT_INFO2:
		mpc->int_info2 = value;
		break;
	default:
		error = -EINVAL;
	}
	xlat__mpc_legalise(mpc);
	pthread_mutex_unlock(&mpc->lock);
	xlat__mpc_tell(mpc, &change);
	xlat__mpc_drive_wire(mpc);
	return error;
}
