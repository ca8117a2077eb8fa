/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The TrustZone MPC: registers written, read and loaded anywhere with any value, states that are
 * saved, damaged and restored, and accesses compared with what was written to the table, block by
 * block.
 */
#include "input.h"

#include <xlat/trustzone_mpc.h>

#include <stdbool.h>

enum {
	BLOCK = 32,
	BLOCKS = 100,
	IDX = 0x18,
	LUT = 0x1c,
};

static uint32_t take_word(struct input *input)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < 4; i++)
		value = value << 8 | take(input, 256);
	return value;
}

/* Whether a block is non-secure, as software finds it out; the index is put back. */
static bool is_nonsecure(struct xlat_trustzone_mpc *mpc, unsigned block)
{
	uint32_t idx = xlat_trustzone_mpc_look(mpc, IDX, 4, true), word;

	xlat_trustzone_mpc_write(mpc, IDX, 4, true, block / 32);
	word = xlat_trustzone_mpc_look(mpc, LUT, 4, true);
	xlat_trustzone_mpc_write(mpc, IDX, 4, true, idx);
	return word >> block % 32 & 1;
}

static void check(struct xlat_trustzone_mpc *mpc, struct input *input)
{
	struct xlat_trustzone_mpc_request request = {
		.size = sizeof(request),
		.secure = take(input, 2),
		.address = take(input, (BLOCKS + 1) * BLOCK),
		.length = 1 + take(input, 256),
	};
	struct xlat_trustzone_mpc_decision peeked, checked;
	bool gated = xlat_trustzone_mpc_look(mpc, 0, 4, true) & 1u << 6, expected = true;

	for (uint64_t at = request.address; at < request.address + request.length; at++)
		expected &= at < BLOCKS * BLOCK &&
			    is_nonsecure(mpc, (unsigned)(at / BLOCK)) != request.secure;
	xlat_trustzone_mpc_peek(mpc, &request, &peeked);
	xlat_trustzone_mpc_check(mpc, &request, &checked);
	must_not(peeked.verdict != checked.verdict ? "a peek and a check differ" : NULL);
	must_not(gated != (checked.verdict == XLAT_TRUSTZONE_MPC_GATED) ? "the gate" : NULL);
	must_not(!gated && expected != (checked.verdict == XLAT_TRUSTZONE_MPC_PASSES)
			 ? "not what the table says"
			 : NULL);
	must_not(checked.first > request.address ||
				 checked.last < request.address + request.length - 1
			 ? "a decision does not hold for its access"
			 : NULL);
}

static void act(struct xlat_trustzone_mpc *mpc, struct input *input)
{
	uint64_t offset = take(input, 4) ? take(input, 0x40) : take(input, 0x1010);
	unsigned size = 1u << take(input, 3);
	bool secure = take(input, 8);
	uint8_t bytes[256];
	size_t length;

	switch (take(input, 6)) {
	case 0:
		length = xlat_trustzone_mpc_save(mpc, bytes, sizeof(bytes));
		must_not(length > sizeof(bytes) ? "a state of this size" : NULL);
		bytes[take(input, (uint32_t)length)] ^= (uint8_t)take(input, 256);
		(void)!xlat_trustzone_mpc_restore(mpc, bytes, length);
		break;
	case 1:
		(void)!xlat_trustzone_mpc_load(mpc, offset & ~UINT64_C(3), 4, take_word(input));
		break;
	case 2:
		/* Not the lock, but seldom. */
		xlat_trustzone_mpc_write(mpc, offset, size, secure,
					 take_word(input) &
						 (take(input, 16) ? 0x7fffffff : UINT32_MAX));
		break;
	case 3:
		(void)xlat_trustzone_mpc_read(mpc, offset, size, secure);
		break;
	default:
		check(mpc, input);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct xlat_trustzone_mpc_config config = {
		.size = sizeof(config), .length = BLOCKS * BLOCK, .block = BLOCK};
	struct input input = {data, size};
	struct xlat_trustzone_mpc *mpc;

	must_not(xlat_trustzone_mpc_create(&config, NULL, NULL, &mpc) ? "create" : NULL);
	for (unsigned i = 0; i < 200 && input.left; i++)
		act(mpc, &input);
	xlat_trustzone_mpc_destroy(mpc);
	return 0;
}
