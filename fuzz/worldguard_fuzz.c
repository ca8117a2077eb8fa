/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The WorldGuard checker: registers written and loaded anywhere with any value, states that are
 * saved, damaged and restored, and accesses compared with a reading of the registers, slot by slot
 * for each byte.
 */
#include "input.h"

#include <xlat/worldguard.h>

enum {
	SLOTS = 6,
	WORLDS = 4,
};

static uint64_t take_bytes(struct input *input, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value = value << 8 | take(input, 256);
	return value;
}

static uint64_t get(const struct xlat_worldguard *wg, unsigned slot, unsigned offset)
{
	return xlat_worldguard_read(wg, 0x20 + slot * 0x20 + offset, 8);
}

/* The last address of a slot that is a power of two, and its first. */
static void napot(uint64_t addr, unsigned __int128 *first, unsigned __int128 *end)
{
	unsigned __int128 size = 8;

	for (uint64_t a = addr; a & 1; a >>= 1)
		size *= 2;
	*first = ((unsigned __int128)addr << 2) / size * size;
	*end = *first + size;
}

/* What slots permit a world at one byte. */
static unsigned permitted(const struct xlat_worldguard *wg, uint32_t wid, uint64_t byte)
{
	unsigned perm = 0;

	for (unsigned i = 1; i <= SLOTS; i++) {
		unsigned __int128 first, end, unused;
		uint64_t addr = get(wg, i, 0), before = get(wg, i - 1, 0);

		switch (get(wg, i, 0x10) & 3) {
		case 0:
			continue;
		case 1:
			end = (unsigned __int128)addr << 2;
			first = (unsigned __int128)before << 2;
			if ((get(wg, i - 1, 0x10) & 3) == 2)
				first += 4;
			else if ((get(wg, i - 1, 0x10) & 3) == 3)
				napot(before, &unused, &first);
			break;
		case 2:
			first = (unsigned __int128)addr << 2;
			end = first + 4;
			break;
		default:
			napot(addr, &first, &end);
		}
		if (byte >= first && byte < end && wid < WORLDS)
			perm |= get(wg, i, 8) >> (2 * wid) & 3;
	}
	return perm;
}

static void check(struct xlat_worldguard *wg, struct input *input)
{
	static const unsigned needs[] = {1, 2, 1, 3};
	struct xlat_worldguard_request request = {
		.size = sizeof(request),
		.wid = take(input, WORLDS + 1),
		.access = (enum xlat_access)take(input, 4),
		.address = take_bytes(input, take(input, 4)),
		.length = 1 + take(input, 16),
	};
	struct xlat_worldguard_decision peeked, checked;
	bool expected = true;

	if (!take(input, 8))
		request.address = 0 - request.address - 1;
	for (uint64_t i = 0; i < request.length && request.address + i >= request.address; i++)
		expected &=
			!(needs[request.access] & ~permitted(wg, request.wid, request.address + i));
	xlat_worldguard_peek(wg, &request, &peeked);
	xlat_worldguard_check(wg, &request, &checked);
	must_not(peeked.permitted != checked.permitted ? "a peek and a check differ" : NULL);
	must_not(checked.permitted != expected ? "not what the slots say" : NULL);
	must_not(checked.permitted && (checked.bus_error || checked.interrupt)
			 ? "a permitted access is an error"
			 : NULL);
}

static void act(struct xlat_worldguard *wg, struct input *input)
{
	uint64_t offset = take(input, 0x20 + (SLOTS + 2) * 0x20);
	uint8_t bytes[1024];
	size_t size;

	switch (take(input, 6)) {
	case 0:
		size = xlat_worldguard_save(wg, bytes, sizeof(bytes));
		must_not(size > sizeof(bytes) ? "a state of this size" : NULL);
		bytes[take(input, (uint32_t)size)] ^= (uint8_t)take(input, 256);
		(void)!xlat_worldguard_restore(wg, bytes, size);
		break;
	case 1:
		(void)!xlat_worldguard_load(wg, offset & ~UINT64_C(3), 4, take_bytes(input, 4));
		break;
	case 2:
	case 3:
		xlat_worldguard_write(wg, offset & ~UINT64_C(7), 8,
				      take_bytes(input, take(input, 9)));
		break;
	default:
		check(wg, input);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xlat_worldguard_config config = {
		.size = sizeof(config), .slots = SLOTS, .worlds = WORLDS};
	struct input input = {data, size};
	struct xlat_worldguard *wg;

	config.granule = 4u << take(&input, 11);
	must_not(xlat_worldguard_create(&config, NULL, NULL, &wg) ? "create" : NULL);
	for (unsigned i = 0; i < 200 && input.left; i++)
		act(wg, &input);
	xlat_worldguard_destroy(wg);
	return 0;
}
