/* SPDX-License-Identifier: BSD-3-Clause */
#include "access_trial.h"

#include "naive_access.h"

#include <xlat/dirty.h>
#include <xlat/dma.h>
#include <xlat/implement/mmio.h>
#include <xlat/iommu.h>
#include <xlat/watch.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEAVY = 60, /* no more ways through a tree than this: the naive machine goes them all */
	LONGEST = 600, /* access, bytes */
	MAPPED = 64, /* bytes, at most */
	LOGGED = 0, /* block with a dirty log */
	WATCHED = 1, /* block with a watch */
	LOG_PAGES = (NAIVE_BLOCK_LENGTH + XLAT_DIRTY_PAGE - 1) / XLAT_DIRTY_PAGE,
};

#define ACCESSES(X)                                                                                \
	X(read)                                                                                    \
	X(write)                                                                                   \
	X(fetch)                                                                                   \
	X(fill)                                                                                    \
	X(load)                                                                                    \
	X(store)                                                                                   \
	X(swap)                                                                                    \
	X(valid)                                                                                   \
	X(list)                                                                                    \
	X(map)                                                                                     \
	X(submit)

#define CHANGES(X)                                                                                 \
	X(attach)                                                                                  \
	X(detach)                                                                                  \
	X(move)                                                                                    \
	X(resize)                                                                                  \
	X(set_priority)                                                                            \
	X(set_enabled)                                                                             \
	X(set_read_only)                                                                           \
	X(set_direct)                                                                              \
	X(set_target_offset)                                                                       \
	X(map_page)                                                                                \
	X(map_page_again)                                                                          \
	X(map_page_too)                                                                            \
	X(unmap_pages)                                                                             \
	X(look_at_log)                                                                             \
	X(rewatch)

enum {
#define ENUMERATOR(name) OP_##name,
	ACCESSES(ENUMERATOR) ACCESS_COUNT,
	BEFORE_CHANGES = ACCESS_COUNT - 1,
	CHANGES(ENUMERATOR) OPERATION_COUNT
#undef ENUMERATOR
};

struct twin {
	struct naive_device device;
	struct xlat_mmio_ops ops;
};

struct access_trial {
	struct access_choices choices;
	struct naive_machine naive;
	struct xlat_fabric *fabric;
	struct xlat_ram *blocks[NAIVE_BLOCKS];
	struct xlat_region *regions[NAIVE_REGIONS]; /* of naive's of the same index */
	int count; /* of regions */
	struct xlat_space *spaces[NAIVE_SPACES];
	struct xlat_dma *handles[NAIVE_SPACES];
	struct xlat_table_iommu *tables[NAIVE_TABLES];
	struct twin twins[NAIVE_DEVICES];
	struct xlat_dirty *log;
	bool dirty[LOG_PAGES]; /* since the last snapshot */
	struct xlat_watch *watch;
	struct xlat_range watched;
	bool told[NAIVE_BLOCK_LENGTH];
	unsigned long counts[OPERATION_COUNT], bytes, failed;
	char message[512]; /* "": all is well */
};

/* One access that is being compared. */
struct trying {
	int space;
	bool handle;
	struct xlat_attrs attrs;
	uint64_t address, size;
	const char *what;
};

static uint32_t choose(struct access_trial *trial, uint32_t bound)
{
	return trial->choices.next(trial->choices.opaque, bound);
}

static bool chance(struct access_trial *trial, uint32_t in)
{
	return choose(trial, in) == 0;
}

__attribute__((format(printf, 2, 3))) static void complain(struct access_trial *trial,
							   const char *format, ...)
{
	va_list arguments;

	if (trial->message[0])
		return;
	va_start(arguments, format);
	vsnprintf(trial->message, sizeof(trial->message), format, arguments);
	va_end(arguments);
}

static void expect(struct access_trial *trial, int result, const char *what)
{
	if (result)
		complain(trial, "%s failed with %d", what, result);
}

/* --- What accesses are about. */

static uint64_t choose_address(struct access_trial *trial)
{
	static const uint64_t units[] = {1, 8, 64, 0x100, 0x1000};
	uint64_t small = choose(trial, 0x30) * units[choose(trial, 5)];
	const struct naive_table *table;

	switch (choose(trial, 8)) {
	case 0:
		return UINT64_MAX - small % 0x400;
	case 1:
	case 2:
	case 3:
		table = &trial->naive.tables[choose(trial, NAIVE_TABLES)];
		return table->base + ((uint64_t)choose(trial, NAIVE_PAGES) << table->shift) +
		       choose(trial, 16);
	case 4:
	case 5:
		return trial->naive.tree.regions[choose(trial, (uint32_t)trial->count)].offset +
		       choose(trial, 0x90);
	default:
		return small;
	}
}

static uint64_t choose_size(struct access_trial *trial)
{
	if (chance(trial, 50))
		return choose(trial, LONGEST);
	return chance(trial, 5) ? choose(trial, 80) : 1 + choose(trial, 9);
}

static struct trying choose_access(struct access_trial *trial, const char *what)
{
	struct trying trying = {
		.space = (int)choose(trial, NAIVE_SPACES),
		.handle = !chance(trial, 3),
		.attrs = {.requester = choose(trial, 2)},
		.what = what,
	};

	trying.address = choose_address(trial);
	trying.size = choose_size(trial);
	/* Aligned ones are the common case. */
	if (chance(trial, 2))
		trying.address &= ~(uint64_t)7;
	if (chance(trial, 12))
		trying.attrs.flags = XLAT_ATTR_DEBUG;
	return trying;
}

static void choose_bytes(struct access_trial *trial, uint8_t *bytes, uint64_t size)
{
	uint32_t seed = choose(trial, 1 << 16);

	for (uint64_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
}

static void describe(struct access_trial *trial, const struct trying *trying, const char *wrong,
		     uint64_t got, uint64_t wanted)
{
	complain(trial,
		 "%s of %" PRIu64 " bytes at 0x%" PRIx64 " of space %d %s%s: %s is 0x%" PRIx64
		 ", should be 0x%" PRIx64,
		 trying->what, trying->size, trying->address, trying->space,
		 trying->handle ? "through the handle" : "directly",
		 trying->attrs.flags ? ", by a debugger" : "", wrong, got, wanted);
}

static void compare_outcome(struct access_trial *trial, const struct trying *trying,
			    enum xlat_outcome outcome, const struct naive_result *naive)
{
	struct xlat_dma_result result;

	if (outcome != naive->outcome)
		describe(trial, trying, "the outcome", outcome, naive->outcome);
	if (outcome == XLAT_OK)
		return;
	trial->failed++;
	if (!trying->handle)
		return;
	result = xlat_dma_result(trial->handles[trying->space]);
	if (result.done != naive->done)
		describe(trial, trying, "what was done", result.done, naive->done);
	if (result.first_failed != naive->first_failed)
		describe(trial, trying, "the first failure", result.first_failed,
			 naive->first_failed);
}

static void compare_bytes(struct access_trial *trial, const struct trying *trying,
			  const uint8_t *got, const uint8_t *wanted)
{
	trial->bytes += trying->size;
	for (uint64_t i = 0; i < trying->size; i++) {
		if (got[i] != wanted[i]) {
			describe(trial, trying, "a byte (with its index above)", got[i] | i << 32,
				 wanted[i] | i << 32);
			return;
		}
	}
}

/* What is left behind: RAM, devices, watched bytes, dirty pages. */
static void compare_machines(struct access_trial *trial)
{
	struct naive_machine *naive = &trial->naive;

	for (unsigned i = 0; i < NAIVE_BLOCKS; i++)
		if (memcmp(xlat_ram_host(trial->blocks[i]), naive->blocks[i], NAIVE_BLOCK_LENGTH))
			complain(trial, "block %u differs", i);
	for (unsigned i = 0; i < NAIVE_DEVICES; i++) {
		const struct naive_device *twin = &trial->twins[i].device,
					  *device = &naive->devices[i];
		if (twin->astray)
			complain(trial, "device %u was asked for what it does not have", i);
		if (twin->calls != device->calls)
			complain(trial, "device %u was called differently", i);
		if (memcmp(twin->bytes, device->bytes, sizeof(device->bytes)))
			complain(trial, "device %u differs", i);
	}
	for (unsigned i = 0; i < NAIVE_BLOCK_LENGTH; i++) {
		trial->dirty[i / XLAT_DIRTY_PAGE] |= naive->stored[LOGGED][i];
		if (trial->told[i] !=
		    (naive->stored[WATCHED][i] && xlat_range_has(trial->watched, i)))
			complain(trial, "the watch of byte %u was %stold", i,
				 trial->told[i] ? "" : "not ");
	}
	memset(naive->stored, 0, sizeof(naive->stored));
	memset(trial->told, 0, sizeof(trial->told));
}

/* --- Accesses. */

static void read_as(struct access_trial *trial, const char *what, enum xlat_access access)
{
	struct trying t = choose_access(trial, what);
	uint8_t got[LONGEST], wanted[LONGEST];
	struct naive_result naive;
	enum xlat_outcome outcome;

	memset(got, 0xa5, sizeof(got));
	memset(wanted, 0xa5, sizeof(wanted));
	naive = naive_access(&trial->naive, t.space, t.attrs, access, t.address, wanted, t.size);
	if (access == XLAT_EXEC)
		outcome = t.handle ? xlat_dma_fetch(trial->handles[t.space], t.attrs, t.address,
						    got, t.size)
				   : xlat_space_fetch(trial->spaces[t.space], t.attrs, t.address,
						      got, t.size);
	else
		outcome = t.handle ? xlat_dma_read(trial->handles[t.space], t.attrs, t.address, got,
						   t.size)
				   : xlat_space_read(trial->spaces[t.space], t.attrs, t.address,
						     got, t.size);
	compare_outcome(trial, &t, outcome, &naive);
	compare_bytes(trial, &t, got, wanted);
}

static void read(struct access_trial *trial)
{
	read_as(trial, "a read", XLAT_READ);
}

static void fetch(struct access_trial *trial)
{
	read_as(trial, "a fetch", XLAT_EXEC);
}

static void write(struct access_trial *trial)
{
	struct trying t = choose_access(trial, "a write");
	uint8_t bytes[LONGEST], wanted[LONGEST];
	struct naive_result naive;
	enum xlat_outcome outcome;

	choose_bytes(trial, bytes, t.size);
	memcpy(wanted, bytes, t.size);
	naive = naive_access(&trial->naive, t.space, t.attrs, XLAT_WRITE, t.address, wanted,
			     t.size);
	outcome = t.handle ? xlat_dma_write(trial->handles[t.space], t.attrs, t.address, bytes,
					    t.size)
			   : xlat_space_write(trial->spaces[t.space], t.attrs, t.address, bytes,
					      t.size);
	compare_outcome(trial, &t, outcome, &naive);
}

static void fill(struct access_trial *trial)
{
	struct trying t = choose_access(trial, "a fill");
	uint8_t bytes[LONGEST], byte = (uint8_t)choose(trial, 256);
	struct naive_result naive;
	enum xlat_outcome outcome;

	memset(bytes, byte, sizeof(bytes));
	naive = naive_access(&trial->naive, t.space, t.attrs, XLAT_WRITE, t.address, bytes, t.size);
	outcome =
		t.handle
			? xlat_dma_fill(trial->handles[t.space], t.attrs, t.address, byte, t.size)
			: xlat_space_fill(trial->spaces[t.space], t.attrs, t.address, byte, t.size);
	compare_outcome(trial, &t, outcome, &naive);
}

/* A sized access through a handle, whose functions are named by size and order. */
static enum xlat_outcome handle_load(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t at,
				     unsigned size, bool big, uint64_t *value)
{
	enum xlat_outcome outcome;
	uint16_t half;
	uint32_t word;
	uint8_t byte;

	switch (size) {
	case 1:
		outcome = xlat_dma_load_u8(dma, attrs, at, &byte);
		*value = byte;
		break;
	case 2:
		outcome = big ? xlat_dma_load_be16(dma, attrs, at, &half)
			      : xlat_dma_load_le16(dma, attrs, at, &half);
		*value = half;
		break;
	case 4:
		outcome = big ? xlat_dma_load_be32(dma, attrs, at, &word)
			      : xlat_dma_load_le32(dma, attrs, at, &word);
		*value = word;
		break;
	default:
		outcome = big ? xlat_dma_load_be64(dma, attrs, at, value)
			      : xlat_dma_load_le64(dma, attrs, at, value);
	}
	return outcome;
}

static enum xlat_outcome handle_store(struct xlat_dma *dma, struct xlat_attrs attrs, uint64_t at,
				      unsigned size, bool big, uint64_t value)
{
	switch (size) {
	case 1:
		return xlat_dma_store_u8(dma, attrs, at, (uint8_t)value);
	case 2:
		return big ? xlat_dma_store_be16(dma, attrs, at, (uint16_t)value)
			   : xlat_dma_store_le16(dma, attrs, at, (uint16_t)value);
	case 4:
		return big ? xlat_dma_store_be32(dma, attrs, at, (uint32_t)value)
			   : xlat_dma_store_le32(dma, attrs, at, (uint32_t)value);
	default:
		return big ? xlat_dma_store_be64(dma, attrs, at, value)
			   : xlat_dma_store_le64(dma, attrs, at, value);
	}
}

static void load(struct access_trial *trial)
{
	struct trying t = choose_access(trial, "a load");
	bool big = chance(trial, 2);
	uint8_t got[8], wanted[8];
	struct naive_result naive;
	enum xlat_outcome outcome;
	uint64_t value;

	t.size = UINT64_C(1) << choose(trial, 4);
	naive = naive_access(&trial->naive, t.space, t.attrs, XLAT_READ, t.address, wanted, t.size);
	if (t.handle)
		outcome = handle_load(trial->handles[t.space], t.attrs, t.address, (unsigned)t.size,
				      big, &value);
	else
		outcome = xlat_space_load(trial->spaces[t.space], t.attrs, t.address,
					  (unsigned)t.size,
					  big ? XLAT_BIG_ENDIAN : XLAT_LITTLE_ENDIAN, &value);
	for (unsigned i = 0; i < t.size; i++)
		got[i] = (uint8_t)(value >> 8 * (big ? t.size - 1 - i : i));
	compare_outcome(trial, &t, outcome, &naive);
	compare_bytes(trial, &t, got, wanted);
}

static void store(struct access_trial *trial)
{
	struct trying t = choose_access(trial, "a store");
	bool big = chance(trial, 2);
	struct naive_result naive;
	enum xlat_outcome outcome;
	uint64_t value = 0;
	uint8_t bytes[8];

	t.size = UINT64_C(1) << choose(trial, 4);
	choose_bytes(trial, bytes, t.size);
	for (unsigned i = 0; i < t.size; i++)
		value |= (uint64_t)bytes[i] << 8 * (big ? t.size - 1 - i : i);
	naive = naive_access(&trial->naive, t.space, t.attrs, XLAT_WRITE, t.address, bytes, t.size);
	if (t.handle)
		outcome = handle_store(trial->handles[t.space], t.attrs, t.address,
				       (unsigned)t.size, big, value);
	else
		outcome = xlat_space_store(trial->spaces[t.space], t.attrs, t.address,
					   (unsigned)t.size,
					   big ? XLAT_BIG_ENDIAN : XLAT_LITTLE_ENDIAN, value);
	compare_outcome(trial, &t, outcome, &naive);
}

static void swap(struct access_trial *trial)
{
	struct trying t = choose_access(trial, "a swap");
	uint8_t expected[16], wanted[16], desired[16];
	bool swapped, should;
	enum xlat_outcome outcome, naive;

	t.size = chance(trial, 12) ? choose(trial, 20) % 17 : UINT64_C(1) << choose(trial, 5);
	if (t.size == 0)
		t.size = 3;
	choose_bytes(trial, desired, sizeof(desired));
	choose_bytes(trial, expected, sizeof(expected));
	/* Mostly what is there. */
	for (unsigned i = 0; i < t.size && !chance(trial, 8); i++) {
		const uint8_t *byte = naive_byte(&trial->naive, t.space, t.attrs, XLAT_ATOMIC,
						 t.address + i, &naive);
		if (byte)
			expected[i] = *byte;
	}
	memcpy(wanted, expected, sizeof(wanted));
	naive = naive_swap(&trial->naive, t.space, t.attrs, t.address, (unsigned)t.size, wanted,
			   desired, &should);
	outcome = t.handle ? xlat_dma_cas(trial->handles[t.space], t.attrs, t.address,
					  (unsigned)t.size, expected, desired, &swapped)
			   : xlat_space_cas(trial->spaces[t.space], t.attrs, t.address,
					    (unsigned)t.size, expected, desired, &swapped);
	if (outcome != naive)
		describe(trial, &t, "the outcome", outcome, naive);
	if (swapped != should)
		describe(trial, &t, "swapped", swapped, should);
	if (outcome == XLAT_OK && t.size <= 16)
		compare_bytes(trial, &t, expected, wanted);
}

static void valid(struct access_trial *trial)
{
	struct trying t = choose_access(trial, "validity");
	enum xlat_access access = (enum xlat_access)choose(trial, 4);
	struct xlat_range range = {t.address, t.address + t.size};
	enum xlat_outcome outcome, naive;

	if (range.last < range.first)
		range.last = UINT64_MAX;
	naive = naive_valid(&trial->naive, t.space, t.attrs, access, range);
	outcome = t.handle ? xlat_dma_valid(trial->handles[t.space], t.attrs, access, range)
			   : xlat_space_valid(trial->spaces[t.space], t.attrs, access, range);
	if (outcome != naive)
		describe(trial, &t, "the outcome", outcome, naive);
}

static void list(struct access_trial *trial)
{
	struct trying t = choose_access(trial, "a list");
	struct xlat_sg pieces[4];
	size_t count = 1 + choose(trial, 4);
	uint8_t bytes[LONGEST], wanted[LONGEST];
	struct naive_result naive = {.outcome = XLAT_OK};
	enum xlat_access access = chance(trial, 2) ? XLAT_READ : XLAT_WRITE;
	enum xlat_outcome outcome;
	uint64_t size = t.size, at = 0;

	t.handle = true;
	choose_bytes(trial, bytes, size);
	memcpy(wanted, bytes, size);
	for (size_t i = 0; i < count; i++) {
		struct naive_result part;
		uint64_t length;

		pieces[i] = (struct xlat_sg){choose_address(trial), choose(trial, 24)};
		length = pieces[i].length < size - at ? pieces[i].length : size - at;
		part = naive_access(&trial->naive, t.space, t.attrs, access, pieces[i].iova,
				    wanted + at, length);
		at += length;
		if (naive.outcome == XLAT_OK)
			naive.first_failed = part.first_failed;
		if (part.outcome > naive.outcome)
			naive.outcome = part.outcome;
		naive.done += part.done;
	}
	outcome = access == XLAT_READ ? xlat_dma_read_sg(trial->handles[t.space], t.attrs, pieces,
							 count, bytes, size)
				      : xlat_dma_write_sg(trial->handles[t.space], t.attrs, pieces,
							  count, bytes, size);
	compare_outcome(trial, &t, outcome, &naive);
	t.size = at;
	if (access == XLAT_READ)
		compare_bytes(trial, &t, bytes, wanted);
}

/* A byte that the device stored through a pointer. */
static void naive_poke(struct naive_machine *naive, uint8_t *byte, uint8_t value)
{
	size_t at = (size_t)(byte - &naive->blocks[0][0]);

	*byte = value;
	naive->stored[at / NAIVE_BLOCK_LENGTH][at % NAIVE_BLOCK_LENGTH] = true;
}

static void map(struct access_trial *trial)
{
	static const enum xlat_access kinds[] = {XLAT_READ, XLAT_WRITE, XLAT_ATOMIC};
	struct trying t = choose_access(trial, "a map");
	enum xlat_access access = kinds[choose(trial, 3)];
	struct xlat_map made;
	enum xlat_outcome naive;
	uint8_t bytes[MAPPED];
	uint8_t *byte;
	uint64_t stored = 0;
	int error;

	t.handle = true;
	t.attrs.flags = 0;
	t.size = 1 + choose(trial, MAPPED);
	byte = naive_byte(&trial->naive, t.space, t.attrs, access, t.address, &naive);
	if (!byte && naive == XLAT_OK)
		return; /* a device: its bounce buffers are another test's */
	error = xlat_dma_map(trial->handles[t.space], t.attrs, access, t.address, t.size, &made);
	if (error) {
		describe(trial, &t, "its error", (uint64_t)-error, 0);
		return;
	}
	if (made.outcome != naive || (made.host == NULL) != (byte == NULL)) {
		describe(trial, &t, "the outcome", made.outcome, naive);
		return;
	}
	if (!made.host)
		return;
	if (made.size < 1 || made.size > t.size)
		describe(trial, &t, "its size", made.size, t.size);
	if (access != XLAT_READ) {
		stored = choose(trial, (uint32_t)made.size + 1);
		choose_bytes(trial, bytes, stored);
	}
	for (uint64_t i = 0; i < made.size; i++) {
		byte = naive_byte(&trial->naive, t.space, t.attrs, access, t.address + i, &naive);
		if (!byte)
			describe(trial, &t, "a mapped byte's outcome", i, naive);
		else if (access != XLAT_WRITE && ((uint8_t *)made.host)[i] != *byte)
			describe(trial, &t, "a mapped byte", ((uint8_t *)made.host)[i], *byte);
		if (byte && i < stored)
			naive_poke(&trial->naive, byte, bytes[i]);
	}
	if (stored)
		memcpy(made.host, bytes, stored);
	expect(trial, xlat_dma_unmap(trial->handles[t.space], &made, stored), "unmap");
}

static void submit(struct access_trial *trial)
{
	struct trying t = choose_access(trial, "an operation");
	uint8_t bytes[LONGEST], wanted[LONGEST];
	enum xlat_access access = chance(trial, 2) ? XLAT_READ : XLAT_WRITE;
	struct xlat_dma_op op = {
		.size = sizeof(op),
		.kind = access == XLAT_READ ? XLAT_DMA_READ : XLAT_DMA_WRITE,
		.attrs = t.attrs,
		.iova = t.address,
		.length = t.size,
		.buffer = bytes,
	};
	struct naive_result naive;

	choose_bytes(trial, bytes, t.size);
	memcpy(wanted, bytes, t.size);
	naive = naive_access(&trial->naive, t.space, t.attrs, access, t.address, wanted, t.size);
	if (xlat_dma_submit(trial->handles[t.space], &op) != 1) {
		describe(trial, &t, "completed", 0, 1);
		return;
	}
	if (op.result.outcome != naive.outcome)
		describe(trial, &t, "the outcome", op.result.outcome, naive.outcome);
	if (naive.outcome != XLAT_OK && op.result.first_failed != naive.first_failed)
		describe(trial, &t, "the first failure", op.result.first_failed,
			 naive.first_failed);
	if (op.result.done != naive.done)
		describe(trial, &t, "what was done", op.result.done, naive.done);
	if (access == XLAT_READ)
		compare_bytes(trial, &t, bytes, wanted);
}

/* --- Changes. */

static bool has_ram(enum xlat_region_kind kind)
{
	return kind == XLAT_REGION_RAM || kind == XLAT_REGION_ROM || kind == XLAT_REGION_ROM_DEVICE;
}

/* Any but the roots. */
static int choose_region(struct access_trial *trial)
{
	return NAIVE_SPACES + (int)choose(trial, (uint32_t)(trial->count - NAIVE_SPACES));
}

static bool too_heavy(const struct access_trial *trial)
{
	for (int i = 0; i < NAIVE_SPACES; i++)
		if (naive_weight(&trial->naive.tree, i, HEAVY) >= HEAVY)
			return true;
	return false;
}

static void attach_somewhere(struct access_trial *trial, int index)
{
	struct naive_memory *tree = &trial->naive.tree;
	struct naive_region *region = &tree->regions[index];
	int container = (int)choose(trial, (uint32_t)trial->count);
	uint64_t offset = choose_address(trial);

	if (chance(trial, 2))
		container %= NAIVE_SPACES;
	if (tree->regions[container].kind != XLAT_REGION_CONTAINER ||
	    region->container != NAIVE_NONE || naive_holds(tree, index, container))
		return;
	region->container = container;
	region->offset = region->kind == XLAT_REGION_IOMMU && !chance(trial, 4) ? 0 : offset;
	region->attached = ++tree->attached;
	if (too_heavy(trial)) {
		region->container = NAIVE_NONE;
		return;
	}
	expect(trial,
	       xlat_region_attach(trial->regions[container], trial->regions[index], region->offset),
	       "attach");
}

static void attach(struct access_trial *trial)
{
	attach_somewhere(trial, choose_region(trial));
}

static void detach(struct access_trial *trial)
{
	int index = choose_region(trial);

	trial->naive.tree.regions[index].container = NAIVE_NONE;
	xlat_region_detach(trial->regions[index]);
	if (!chance(trial, 3))
		attach_somewhere(trial, index);
}

static void move(struct access_trial *trial)
{
	int index = choose_region(trial);
	uint64_t offset = choose_address(trial);

	if (trial->naive.tree.regions[index].container == NAIVE_NONE)
		return;
	trial->naive.tree.regions[index].offset = offset;
	expect(trial, xlat_region_move(trial->regions[index], offset), "move");
}

static uint64_t choose_length(struct access_trial *trial, enum xlat_region_kind kind, uint64_t most)
{
	switch (kind) {
	case XLAT_REGION_MMIO:
		return 1 + choose(trial, NAIVE_DEVICE_LENGTH);
	case XLAT_REGION_RAM:
	case XLAT_REGION_ROM:
	case XLAT_REGION_ROM_DEVICE:
		if (most > NAIVE_DEVICE_LENGTH && kind == XLAT_REGION_ROM_DEVICE)
			most = NAIVE_DEVICE_LENGTH;
		return 1 + choose(trial, (uint32_t)most);
	default:
		return chance(trial, 2) ? 0 : 1 + choose(trial, 0x4000);
	}
}

static void resize(struct access_trial *trial)
{
	int index = choose_region(trial);
	struct naive_region *region = &trial->naive.tree.regions[index];
	uint64_t length = choose_length(trial, region->kind,
					NAIVE_BLOCK_LENGTH - trial->naive.block_offset[index]);

	if (region->kind == XLAT_REGION_IOMMU && length)
		length += 0x2000;
	region->last = length - 1;
	expect(trial, xlat_region_resize(trial->regions[index], length), "resize");
}

static void set_priority(struct access_trial *trial)
{
	int index = choose_region(trial), priority = (int)choose(trial, 5) - 2;

	trial->naive.tree.regions[index].priority = priority;
	expect(trial, xlat_region_set_priority(trial->regions[index], priority), "set_priority");
}

static void set_enabled(struct access_trial *trial)
{
	int index = choose_region(trial);
	bool enabled = !chance(trial, 4);

	trial->naive.tree.regions[index].enabled = enabled;
	expect(trial, xlat_region_set_enabled(trial->regions[index], enabled), "set_enabled");
}

static void set_read_only(struct access_trial *trial)
{
	int index = choose_region(trial);
	bool read_only = chance(trial, 5);

	trial->naive.tree.regions[index].read_only = read_only;
	expect(trial, xlat_region_set_read_only(trial->regions[index], read_only), "set_read_only");
}

static void set_direct(struct access_trial *trial)
{
	bool direct = chance(trial, 2);

	for (int i = 0; i < trial->count; i++) {
		if (trial->naive.tree.regions[i].kind != XLAT_REGION_ROM_DEVICE || chance(trial, 2))
			continue;
		trial->naive.tree.regions[i].direct = direct;
		expect(trial, xlat_region_set_direct(trial->regions[i], direct), "set_direct");
	}
}

static void set_target_offset(struct access_trial *trial)
{
	int index = choose_region(trial);
	uint64_t offset = choose_address(trial);

	if (trial->naive.tree.regions[index].kind != XLAT_REGION_ALIAS)
		return;
	trial->naive.tree.regions[index].target_offset = offset;
	expect(trial, xlat_region_set_target_offset(trial->regions[index], offset),
	       "set_target_offset");
}

static void map_page(struct access_trial *trial)
{
	unsigned which = choose(trial, NAIVE_TABLES), page = choose(trial, NAIVE_PAGES);
	struct naive_table *table = &trial->naive.tables[which];
	uint64_t size = UINT64_C(1) << table->shift, first = table->base + page * size;
	struct naive_entry entry = {
		/* Mostly towards the memory; sometimes in circles. */
		.space = chance(trial, 4) ? (int)choose(trial, NAIVE_SPACES)
					  : (int)choose(trial, which + 1),
		.address = choose_address(trial),
		.rights = chance(trial, 2) ? 7 : 1 + choose(trial, 7),
		.by_requester = chance(trial, 6),
		.requester = choose(trial, 2),
	};
	struct xlat_table_entry real = {
		.range = {first, first + size - 1},
		.space = trial->spaces[entry.space],
		.rights = entry.rights,
		.by_requester = entry.by_requester,
		.attrs = {.requester = entry.requester},
	};

	if (chance(trial, 2))
		entry.address &= ~(size - 1);
	if (table->count[page] == NAIVE_ENTRIES || entry.address > UINT64_MAX - (size - 1))
		return;
	real.address = entry.address;
	table->entries[page][table->count[page]++] = entry;
	expect(trial, xlat_table_iommu_map(trial->tables[which], &real), "map");
	/* An entry that is added behind others may answer what they refused: nothing is cached of that. */
}

static void map_page_again(struct access_trial *trial)
{
	map_page(trial);
}

static void map_page_too(struct access_trial *trial)
{
	map_page(trial);
}

static void unmap_pages(struct access_trial *trial)
{
	unsigned which = choose(trial, NAIVE_TABLES), first = choose(trial, NAIVE_PAGES);
	unsigned last = first + choose(trial, chance(trial, 8) ? NAIVE_PAGES : 2);
	struct naive_table *table = &trial->naive.tables[which];

	if (last >= NAIVE_PAGES)
		last = NAIVE_PAGES - 1;
	for (unsigned i = first; i <= last; i++)
		table->count[i] = 0;
	expect(trial,
	       xlat_table_iommu_unmap(
		       trial->tables[which],
		       (struct xlat_range){table->base + ((uint64_t)first << table->shift),
					   table->base + ((uint64_t)last << table->shift) +
						   ((UINT64_C(1) << table->shift) - 1)}),
	       "unmap");
}

static void look_at_log(struct access_trial *trial)
{
	struct xlat_range range = {choose(trial, NAIVE_BLOCK_LENGTH), NAIVE_BLOCK_LENGTH - 1};
	struct xlat_dirty_snapshot *snapshot;

	if (chance(trial, 2))
		range.first = 0;
	if (xlat_dirty_snapshot_create(trial->log, range, &snapshot)) {
		complain(trial, "no snapshot");
		return;
	}
	if (!xlat_dirty_snapshot_ready(snapshot))
		complain(trial, "a snapshot is not ready although nobody stores");
	for (uint64_t page = range.first / XLAT_DIRTY_PAGE; page < LOG_PAGES; page++) {
		if (trial->dirty[page] &&
		    !xlat_dirty_snapshot_has(snapshot, page * XLAT_DIRTY_PAGE))
			complain(trial, "page %" PRIu64 " should be dirty", page);
		trial->dirty[page] = false;
	}
	xlat_dirty_snapshot_destroy(snapshot);
}

static void tell(void *opaque, struct xlat_range part, struct xlat_watch_wait *wait)
{
	struct access_trial *trial = opaque;

	(void)wait;
	if (part.first < trial->watched.first || part.last > trial->watched.last)
		complain(trial, "told of what is not watched");
	else
		memset(trial->told + part.first, 1, part.last - part.first + 1);
}

static void rewatch(struct access_trial *trial)
{
	uint64_t first = choose(trial, NAIVE_BLOCK_LENGTH), length = 1 + choose(trial, 0x400);

	xlat_watch_destroy(trial->watch);
	trial->watch = NULL;
	if (length > NAIVE_BLOCK_LENGTH - first)
		length = NAIVE_BLOCK_LENGTH - first;
	trial->watched = (struct xlat_range){first, first + length - 1};
	expect(trial,
	       xlat_watch_create(trial->blocks[WATCHED], trial->watched, tell, NULL, trial,
				 &trial->watch),
	       "watch");
}

/* --- A machine. */

static enum xlat_outcome device_read(void *opaque, const struct xlat_mmio_access *access,
				     uint64_t *value)
{
	struct twin *twin = opaque;

	return naive_device_call(&twin->device, access->access, access->offset, access->size,
				 value);
}

static enum xlat_outcome device_write(void *opaque, const struct xlat_mmio_access *access,
				      uint64_t value)
{
	struct twin *twin = opaque;

	return naive_device_call(&twin->device, access->access, access->offset, access->size,
				 &value);
}

static struct naive_sizes choose_sizes(struct access_trial *trial)
{
	unsigned low = choose(trial, 3), high = low + choose(trial, 4 - low);

	if (chance(trial, 2))
		low = 0;
	return (struct naive_sizes){1u << low, 1u << high, chance(trial, 3)};
}

static struct xlat_mmio_sizes real_sizes(struct naive_sizes sizes)
{
	return (struct xlat_mmio_sizes){sizes.min, sizes.max, sizes.unaligned};
}

static void make_device(struct access_trial *trial, unsigned i)
{
	struct naive_device *device = &trial->naive.devices[i];
	struct twin *twin = &trial->twins[i];

	device->valid = choose_sizes(trial);
	device->implemented = choose_sizes(trial);
	device->big_endian = chance(trial, 2);
	choose_bytes(trial, device->bytes, sizeof(device->bytes));
	device->fails_at = chance(trial, 2) ? choose(trial, NAIVE_DEVICE_LENGTH) : UINT64_MAX;
	device->failure = chance(trial, 2) ? XLAT_DEVICE_ERROR : XLAT_UNASSIGNED;
	twin->device = *device;
	twin->ops = (struct xlat_mmio_ops){
		.size = sizeof(twin->ops),
		.read = device_read,
		.write = device_write,
		.valid = real_sizes(device->valid),
		.implemented = real_sizes(device->implemented),
		.order = device->big_endian ? XLAT_BIG_ENDIAN : XLAT_LITTLE_ENDIAN,
		.lockless = chance(trial, 4),
	};
}

static void add_region(struct access_trial *trial, enum xlat_region_kind kind, unsigned *devices,
		       unsigned *tables)
{
	int index = trial->count;
	struct naive_machine *naive = &trial->naive;
	struct naive_region *region = &naive->tree.regions[index];
	struct xlat_region_config config = {.size = sizeof(config), .kind = kind};

	*region = (struct naive_region){.alive = true,
					.held = true,
					.kind = kind,
					.enabled = true,
					.direct = true,
					.container = NAIVE_NONE,
					.target = NAIVE_NONE};
	config.length = index < NAIVE_SPACES ? 0 : choose_length(trial, kind, NAIVE_BLOCK_LENGTH);
	config.priority = (int)choose(trial, 3) - 1;
	config.read_only = index >= NAIVE_SPACES && chance(trial, 10);
	if (has_ram(kind)) {
		naive->block_of[index] = (int)choose(trial, NAIVE_BLOCKS);
		naive->block_offset[index] =
			choose(trial, (uint32_t)(NAIVE_BLOCK_LENGTH - config.length + 1));
		if (chance(trial, 2))
			naive->block_offset[index] &= ~UINT64_C(0xff);
		config.ram = trial->blocks[naive->block_of[index]];
		config.ram_offset = naive->block_offset[index];
	}
	if (kind == XLAT_REGION_MMIO || kind == XLAT_REGION_ROM_DEVICE) {
		naive->device_of[index] = (int)*devices;
		config.ops = &trial->twins[*devices].ops;
		config.opaque = &trial->twins[*devices];
		++*devices;
	}
	if (kind == XLAT_REGION_ALIAS) {
		region->target =
			NAIVE_SPACES + (int)choose(trial, (uint32_t)(index - NAIVE_SPACES));
		if (chance(trial, 6))
			region->target = 0;
		region->target_offset = chance(trial, 2) ? 0 : choose_address(trial);
		config.target = trial->regions[region->target];
		config.target_offset = region->target_offset;
	}
	if (kind == XLAT_REGION_IOMMU) {
		config.length = 0;
		region->last = UINT64_MAX;
		naive->table_of[index] = (int)*tables;
		trial->regions[index] =
			xlat_iommu_region(xlat_table_iommu_base(trial->tables[*tables]));
		++*tables;
	} else {
		region->last = config.length - 1;
		region->priority = config.priority;
		region->read_only = config.read_only;
		expect(trial, xlat_region_create(trial->fabric, &config, &trial->regions[index]),
		       "create a region");
	}
	trial->count++;
}

static void add_regions(struct access_trial *trial)
{
	static const enum xlat_region_kind kinds[] = {
		XLAT_REGION_CONTAINER,	 XLAT_REGION_CONTAINER,	 XLAT_REGION_CONTAINER,
		XLAT_REGION_CONTAINER, /* the roots */
		XLAT_REGION_IOMMU,	 XLAT_REGION_IOMMU,	 XLAT_REGION_IOMMU,
		XLAT_REGION_RAM,	 XLAT_REGION_RAM,	 XLAT_REGION_RAM,
		XLAT_REGION_RAM,	 XLAT_REGION_RAM,	 XLAT_REGION_ROM,
		XLAT_REGION_ROM_DEVICE,	 XLAT_REGION_ROM_DEVICE, XLAT_REGION_MMIO,
		XLAT_REGION_MMIO,	 XLAT_REGION_MMIO,	 XLAT_REGION_MMIO,
		XLAT_REGION_CONTAINER,	 XLAT_REGION_CONTAINER,	 XLAT_REGION_ALIAS,
		XLAT_REGION_ALIAS,	 XLAT_REGION_ALIAS,	 XLAT_REGION_ALIAS,
		XLAT_REGION_RESERVATION,
	};
	unsigned devices = 0, tables = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		add_region(trial, kinds[i], &devices, &tables);
	/* Each of the spaces but the first is behind an IOMMU, where nothing lies before it. */
	for (int i = 0; i < NAIVE_TABLES; i++) {
		struct naive_region *iommu = &trial->naive.tree.regions[NAIVE_SPACES + i];

		iommu->container = 1 + i;
		iommu->attached = ++trial->naive.tree.attached;
		expect(trial,
		       xlat_region_attach(trial->regions[1 + i], trial->regions[NAIVE_SPACES + i],
					  0),
		       "attach an IOMMU");
	}
	for (int i = NAIVE_SPACES + NAIVE_TABLES; i < trial->count; i++)
		attach_somewhere(trial, i);
}

static void make_table(struct access_trial *trial, unsigned i)
{
	static const unsigned shifts[] = {0, 2, 3, 6, 8, 12};
	struct naive_table *table = &trial->naive.tables[i];

	table->shift = shifts[choose(trial, 6)];
	table->base = (uint64_t)choose(trial, 3) << 12;
	if (chance(trial, 6))
		table->base = UINT64_MAX - (NAIVE_PAGES << table->shift) + 1;
	expect(trial, xlat_table_iommu_create(trial->fabric, "table", &trial->tables[i]),
	       "create a table");
}

struct access_trial *access_trial_create(struct access_choices choices)
{
	struct access_trial *trial = calloc(1, sizeof(*trial));

	if (!trial)
		return NULL;
	trial->choices = choices;
	expect(trial, xlat_fabric_create(NULL, &trial->fabric), "create a fabric");
	for (unsigned i = 0; i < NAIVE_BLOCKS; i++) {
		expect(trial,
		       xlat_ram_create(trial->fabric,
				       XLAT_CONFIG(xlat_ram_config, .length = NAIVE_BLOCK_LENGTH),
				       &trial->blocks[i]),
		       "create a block");
		choose_bytes(trial, trial->naive.blocks[i], NAIVE_BLOCK_LENGTH);
		memcpy(xlat_ram_host(trial->blocks[i]), trial->naive.blocks[i], NAIVE_BLOCK_LENGTH);
	}
	for (unsigned i = 0; i < NAIVE_DEVICES; i++)
		make_device(trial, i);
	for (unsigned i = 0; i < NAIVE_TABLES; i++)
		make_table(trial, i);
	add_regions(trial);
	for (unsigned i = 0; i < NAIVE_SPACES; i++) {
		trial->naive.roots[i] = (int)i;
		trial->naive.tree.regions[i].is_root = true;
		expect(trial, xlat_space_create(trial->regions[i], "space", &trial->spaces[i]),
		       "create a space");
		expect(trial, xlat_dma_create(trial->spaces[i], NULL, &trial->handles[i]),
		       "create a handle");
	}
	expect(trial, xlat_dirty_create(trial->blocks[LOGGED], &trial->log), "create a log");
	rewatch(trial);
	for (unsigned i = 0; i < NAIVE_TABLES * NAIVE_PAGES; i++)
		map_page(trial);
	return trial;
}

typedef void operation(struct access_trial *trial);

static operation *const operations[] = {
#define FUNCTION(name) [OP_##name] = name,
	ACCESSES(FUNCTION) CHANGES(FUNCTION)
#undef FUNCTION
};

static void change(struct access_trial *trial)
{
	unsigned which = ACCESS_COUNT + choose(trial, OPERATION_COUNT - ACCESS_COUNT);

	trial->counts[which]++;
	operations[which](trial);
}

const char *access_trial_step(struct access_trial *trial, bool *accessed)
{
	unsigned which = choose(trial, ACCESS_COUNT + 2);

	*accessed = which < ACCESS_COUNT;
	if (*accessed) {
		trial->counts[which]++;
		operations[which](trial);
		compare_machines(trial);
	} else if (chance(trial, 4)) {
		xlat_fabric_begin(trial->fabric);
		for (unsigned i = choose(trial, 4); i; i--)
			change(trial);
		expect(trial, xlat_fabric_commit(trial->fabric), "commit");
	} else {
		change(trial);
		if (chance(trial, 8))
			xlat_fabric_process(trial->fabric);
	}
	return trial->message[0] ? trial->message : NULL;
}

void access_trial_print(const struct access_trial *trial)
{
	static const char *const names[] = {
#define NAME(name) [OP_##name] = #name,
		ACCESSES(NAME) CHANGES(NAME)
#undef NAME
	};

	printf("#");
	for (unsigned i = 0; i < OPERATION_COUNT; i++)
		printf(" %s %lu", names[i], trial->counts[i]);
	printf("; %lu bytes read, %lu accesses failed\n", trial->bytes, trial->failed);
}

const char *access_trial_destroy(struct access_trial *trial)
{
	static char message[sizeof(trial->message)];

	xlat_watch_destroy(trial->watch);
	xlat_dirty_destroy(trial->log);
	for (unsigned i = 0; i < NAIVE_SPACES; i++) {
		xlat_dma_destroy(trial->handles[i]);
		xlat_space_destroy(trial->spaces[i]);
	}
	for (int i = 0; i < trial->count; i++)
		if (trial->naive.tree.regions[i].kind != XLAT_REGION_IOMMU)
			xlat_region_unref(trial->regions[i]);
	for (unsigned i = 0; i < NAIVE_TABLES; i++)
		xlat_table_iommu_destroy(trial->tables[i]);
	for (unsigned i = 0; i < NAIVE_BLOCKS; i++)
		xlat_ram_unref(trial->blocks[i]);
	xlat_fabric_destroy(trial->fabric);
	memcpy(message, trial->message, sizeof(message));
	free(trial);
	return message[0] ? message : NULL;
}
