/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/htif.h"

#include <xlat/implement/mmio.h>

#include <stdio.h>

enum {
	SYS_WRITE = 64,
	SYS_EXIT = 93,
	CONSOLE = 1,
	PUT_CHARACTER = 1,
};

static void end(struct htif *htif, uint64_t code)
{
	if (htif->ended)
		return;
	htif->ended = true;
	htif->code = code;
	if (htif->ended_hook)
		htif->ended_hook(htif->opaque);
}

static void answer(struct htif *htif, uint64_t value)
{
	if (htif->has_fromhost)
		xlat_space_store(htif->space, (struct xlat_attrs){0}, htif->fromhost, 8,
				 XLAT_LITTLE_ENDIAN, value);
}

/* A buffer of the guest's to the console; what is not readable is left out. */
static uint64_t write_text(struct htif *htif, uint64_t address, uint64_t length)
{
	uint8_t piece[256];

	if (length > 65536)
		length = 65536;
	for (uint64_t done = 0; done < length; done += sizeof(piece)) {
		size_t size = length - done < sizeof(piece) ? length - done : sizeof(piece);

		if (xlat_space_read(htif->space, (struct xlat_attrs){0}, address + done, piece,
				    size) != XLAT_OK)
			return done;
		fwrite(piece, 1, size, stdout);
	}
	fflush(stdout);
	return length;
}

static void call(struct htif *htif, uint64_t address)
{
	struct xlat_attrs attrs = {0};
	uint64_t words[4] = {0}, result = (uint64_t)-38; /* ENOSYS */

	for (unsigned i = 0; i < 4; i++)
		if (xlat_space_load(htif->space, attrs, address + 8 * i, 8, XLAT_LITTLE_ENDIAN,
				    &words[i]) != XLAT_OK)
			return;
	if (words[0] == SYS_EXIT) {
		end(htif, words[1]);
		return;
	}
	if (words[0] == SYS_WRITE && (words[1] == 1 || words[1] == 2))
		result = write_text(htif, words[2], words[3]);
	xlat_space_store(htif->space, attrs, address, 8, XLAT_LITTLE_ENDIAN, result);
	answer(htif, 1);
}

static void act(struct htif *htif)
{
	uint64_t value = htif->tohost;
	unsigned device = (unsigned)(value >> 56), command = value >> 48 & 255;

	htif->tohost = 0;
	if (device == CONSOLE && command == PUT_CHARACTER) {
		putchar((int)(value & 255));
		fflush(stdout);
		answer(htif, UINT64_C(0x0101) << 48);
	} else if (device == 0 && command == 0 && (value & 1)) {
		end(htif, value >> 1);
	} else if (device == 0 && command == 0 && value) {
		call(htif, value);
	}
}

static enum xlat_outcome read_tohost(void *opaque, const struct xlat_mmio_access *access,
				     uint64_t *value)
{
	struct htif *htif = opaque;

	*value = htif->tohost >> (8 * access->offset);
	return XLAT_OK;
}

/*
 * Halves may be written one by one: the low one ends the program if it is odd, else the high one
 * acts.
 */
static enum xlat_outcome write_tohost(void *opaque, const struct xlat_mmio_access *access,
				      uint64_t value)
{
	struct htif *htif = opaque;

	if (access->size == 8)
		htif->tohost = value;
	else if (access->offset == 0)
		htif->tohost = (htif->tohost & ~(uint64_t)UINT32_MAX) | (uint32_t)value;
	else
		htif->tohost = (htif->tohost & UINT32_MAX) | value << 32;
	if (access->size == 8 || access->offset == 4 || htif->tohost % 2)
		act(htif);
	return XLAT_OK;
}

int init_htif(struct htif *htif, struct xlat_region *container, struct xlat_space *space,
	      uint64_t tohost)
{
	static const struct xlat_mmio_ops ops = {
		.size = sizeof(ops),
		.read = read_tohost,
		.write = write_tohost,
		.implemented = {.min = 4, .max = 8},
	};
	const struct xlat_region_config config = {
		.size = sizeof(config),
		.kind = XLAT_REGION_MMIO,
		.name = "tohost",
		.length = 8,
		.priority = 1,
		.ops = &ops,
		.opaque = htif,
	};
	int err;

	*htif = (struct htif){.space = space};
	err = xlat_region_create(xlat_space_fabric(space), &config, &htif->region);
	if (err)
		return err;
	err = xlat_region_attach(container, htif->region, tohost);
	if (err)
		xlat_region_unref(htif->region);
	return err;
}

void finish_htif(struct htif *htif)
{
	if (!htif->region)
		return;
	xlat_region_detach(htif->region);
	xlat_region_unref(htif->region);
}
