/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IOPMP: a trial against its naive reading, and then registers written, read and loaded at any
 * place with any value, transactions, and states that are saved, damaged and restored.
 */
#include "input.h"
#include "naive_iopmp.h"

#include <string.h>

static uint64_t take_bytes(struct input *input, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value = value << 8 | take(input, 256);
	return value;
}

static void restore_damaged(struct xlat_iopmp *iopmp, struct input *input)
{
	static uint8_t bytes[65536];
	size_t size = xlat_iopmp_save(iopmp, bytes, sizeof(bytes));

	must_not(size > sizeof(bytes) ? "a state of this size" : NULL);
	for (unsigned i = 0; i < 4; i++)
		bytes[take_bytes(input, 2) % size] ^= (uint8_t)take(input, 256);
	(void)!xlat_iopmp_restore(iopmp, bytes, size);
}

static void check(struct xlat_iopmp *iopmp, struct input *input)
{
	struct xlat_iopmp_request request = {
		.size = sizeof(request),
		.rrid = take(input, 40),
		.access = (enum xlat_access)take(input, 4),
		.address = take_bytes(input, take(input, 9)),
		.length = take_bytes(input, take(input, 9)),
	};
	struct xlat_iopmp_decision peeked, checked;

	xlat_iopmp_peek(iopmp, &request, &peeked);
	xlat_iopmp_check(iopmp, &request, &checked);
	must_not(peeked.verdict != checked.verdict || peeked.etype != checked.etype
			 ? "a peek and a check differ"
			 : NULL);
	must_not(checked.first > request.address || checked.last < request.address
			 ? "a decision does not hold for its transaction"
			 : NULL);
}

static enum xlat_model_memory take_message(void *opaque, void *context, uint64_t address,
					   const void *bytes, size_t length,
					   struct xlat_model_attrs attrs)
{
	(void)opaque, (void)context, (void)bytes, (void)attrs;
	must_not(length != 4 ? "a message of another length" : NULL);
	return address & 8 ? XLAT_MODEL_MEMORY_ACCESS_FAULT : XLAT_MODEL_MEMORY_OK;
}

static void act(struct xlat_iopmp *iopmp, struct input *input)
{
	uint64_t offset = take_bytes(input, 2) % 0x2800;

	switch (take(input, 8)) {
	case 0:
		restore_damaged(iopmp, input);
		break;
	case 1:
		(void)!xlat_iopmp_load(iopmp, offset & ~UINT64_C(3), 4, take_bytes(input, 4));
		break;
	case 2:
		(void)xlat_iopmp_read(iopmp, offset, 4 << take(input, 2));
		break;
	case 3:
		xlat_iopmp_write(iopmp, offset & ~UINT64_C(7), 8, take_bytes(input, 8));
		break;
	case 4:
	case 5:
		xlat_iopmp_write(iopmp, (take(input, 2) ? 0x2000 : 0) + (offset & 0x7c), 4,
				 take_bytes(input, 4));
		break;
	default:
		check(iopmp, input);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct xlat_model_host host = {.size = sizeof(host), .write = take_message};
	struct xlat_iopmp_config config = {.size = sizeof(config), .entries = 100};
	struct input input = {data, size};
	struct iopmp_trial trial = {.choose = take, .opaque = &input, .steps = 60};
	struct xlat_iopmp *iopmp;

	if (take(&input, 2)) {
		must_not(iopmp_trial_run(&trial));
		return 0;
	}
	config.srcmd_format = (uint8_t)take(&input, 3);
	config.mdcfg_format = (uint8_t)take(&input, 3);
	must_not(xlat_iopmp_create(&config, &host, NULL, &iopmp) ? "create" : NULL);
	for (unsigned i = 0; i < 200 && input.left; i++)
		act(iopmp, &input);
	xlat_iopmp_destroy(iopmp);
	return 0;
}
