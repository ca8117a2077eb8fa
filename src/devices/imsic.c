/* SPDX-License-Identifier: BSD-3-Clause */
/* AIA 3: an interrupt file. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <xlat/imsic.h>
#include <xlat/implement/mmio.h>

#include "base/config.h"
#include "base/stream.h"

enum {
	SETEIPNUM_LE = 0, /* 3.5 */
	SETEIPNUM_BE = 4,
	EIDELIVERY = 0x70, /* 3.8 */
	EITHRESHOLD = 0x72,
	EIP0 = 0x80,
	EIE0 = 0xc0,
	LAST = 0xff,
	WORDS = 32,
	MOST = WORDS * 64 - 1,
};

#define MAGIC UINT32_C(0x31534d49)

/* What a hart can see, and what is saved. */
struct state {
	bool eidelivery;
	uint32_t eithreshold;
	uint64_t eip[WORDS], eie[WORDS];
};

struct xlat_imsic_file {
	struct xlat_imsic_file_config config;
	struct xlat_region *region;
	pthread_mutex_t lock; /* all of the below; taken inside `driving` */
	pthread_mutex_t driving; /* the wire, so that its changes come in order */
	bool driven; /* its level */
	bool ended;
	struct state s;
};

/* 3.8.2: identities at and above the threshold do not count; 0: all do. */
static uint32_t find_top(const struct xlat_imsic_file *file)
{
	for (unsigned i = 0; i < WORDS; i++) {
		uint64_t ready = file->s.eip[i] & file->s.eie[i];
		uint32_t identity;

		if (!ready)
			continue;
		identity = i * 64 + (unsigned)__builtin_ctzll(ready);
		return !file->s.eithreshold || identity < file->s.eithreshold ? identity : 0;
	}
	return 0;
}

static void drive(struct xlat_imsic_file *file)
{
	bool level, ended;

	pthread_mutex_lock(&file->driving);
	pthread_mutex_lock(&file->lock);
	level = file->s.eidelivery && find_top(file);
	ended = file->ended;
	pthread_mutex_unlock(&file->lock);
	if (level != file->driven && !ended) {
		file->driven = level;
		if (file->config.wire)
			file->config.wire(file->config.opaque, level);
	}
	pthread_mutex_unlock(&file->driving);
}

void xlat_imsic_file_raise(struct xlat_imsic_file *file, uint32_t identity)
{
	if (!identity || identity > file->config.identities)
		return;
	pthread_mutex_lock(&file->lock);
	file->s.eip[identity / 64] |= UINT64_C(1) << identity % 64;
	pthread_mutex_unlock(&file->lock);
	drive(file);
}

/* The bits of a word that stand for identities. */
static uint64_t word_mask(const struct xlat_imsic_file *file, unsigned word)
{
	return word > file->config.identities / 64 ? 0 : word ? UINT64_MAX : ~UINT64_C(1);
}

static uint64_t *find_word(struct xlat_imsic_file *file, unsigned number, unsigned *word)
{
	*word = (number & 0x3f) / 2;
	return number < EIE0 ? &file->s.eip[*word] : &file->s.eie[*word];
}

static bool exists(unsigned number)
{
	return number >= EIDELIVERY && number <= LAST && !(number >= EIP0 && (number & 1));
}

int xlat_imsic_file_read(struct xlat_imsic_file *file, unsigned number, uint64_t *value)
{
	unsigned word;

	if (!exists(number))
		return -ENOENT;
	pthread_mutex_lock(&file->lock);
	if (number == EIDELIVERY)
		*value = file->s.eidelivery;
	else if (number == EITHRESHOLD)
		*value = file->s.eithreshold;
	else
		*value = number < EIP0 ? 0 : *find_word(file, number, &word);
	pthread_mutex_unlock(&file->lock);
	return 0;
}

int xlat_imsic_file_write(struct xlat_imsic_file *file, unsigned number, uint64_t value,
			  uint64_t mask)
{
	unsigned word;

	if (!exists(number))
		return -ENOENT;
	pthread_mutex_lock(&file->lock);
	if (number == EIDELIVERY) {
		/* WARL: 0 and 1. */
		value = (file->s.eidelivery & ~mask) | (value & mask);
		if (value <= 1)
			file->s.eidelivery = value;
	} else if (number == EITHRESHOLD) {
		/* WLRL: as many bits as identities take. */
		value = (file->s.eithreshold & ~mask) | (value & mask);
		file->s.eithreshold = (uint32_t)value & file->config.identities;
	} else if (number >= EIP0) {
		uint64_t *bits = find_word(file, number, &word);

		*bits = ((*bits & ~mask) | (value & mask)) & word_mask(file, word);
	}
	pthread_mutex_unlock(&file->lock);
	drive(file);
	return 0;
}

uint32_t xlat_imsic_file_top(struct xlat_imsic_file *file, bool claim)
{
	uint32_t top;

	pthread_mutex_lock(&file->lock);
	top = find_top(file);
	if (claim)
		file->s.eip[top / 64] &= ~(UINT64_C(1) << top % 64);
	pthread_mutex_unlock(&file->lock);
	if (claim)
		drive(file);
	return top << 16 | top;
}

void xlat_imsic_file_reset(struct xlat_imsic_file *file)
{
	pthread_mutex_lock(&file->lock);
	file->s = (struct state){0};
	pthread_mutex_unlock(&file->lock);
	drive(file);
}

/* --- The page. */

static enum xlat_outcome page_read(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t *value)
{
	(void)opaque;
	(void)access;
	*value = 0;
	return XLAT_OK;
}

static enum xlat_outcome page_write(void *opaque, const struct xlat_mmio_access *access,
				    uint64_t value)
{
	if (access->offset == SETEIPNUM_LE)
		xlat_imsic_file_raise(opaque, (uint32_t)value);
	else if (access->offset == SETEIPNUM_BE)
		xlat_imsic_file_raise(opaque, __builtin_bswap32((uint32_t)value));
	return XLAT_OK;
}

static const struct xlat_mmio_ops page_ops = {
	.size = sizeof(page_ops),
	.read = page_read,
	.write = page_write,
	.valid = {.min = 4, .max = 4},
	.implemented = {.min = 4, .max = 4},
	.lockless = true,
};

static void retire(void *opaque)
{
	struct xlat_imsic_file *file = opaque;

	pthread_mutex_destroy(&file->driving);
	pthread_mutex_destroy(&file->lock);
	free(file);
}

int xlat_imsic_file_create(struct xlat_fabric *fabric, const struct xlat_imsic_file_config *config,
			   struct xlat_imsic_file **made)
{
	struct xlat_imsic_file *file = calloc(1, sizeof(*file));
	int error;

	if (!file)
		return -ENOMEM;
	error = config ? xlat__config_copy(&file->config, sizeof(file->config), config) : 0;
	if (!file->config.identities)
		file->config.identities = 255;
	if (!error && (file->config.identities % 64 != 63 || file->config.identities > MOST))
		error = -EINVAL;
	pthread_mutex_init(&file->lock, NULL);
	pthread_mutex_init(&file->driving, NULL);
	if (!error)
		error = xlat_region_create(fabric,
					   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						       .name = file->config.name ? file->config.name
										 : "imsic",
						       .length = 4096, .ops = &page_ops,
						       .opaque = file, .retired = retire),
					   &file->region);
	if (error) {
		retire(file);
		return error;
	}
	*made = file;
	return 0;
}

void xlat_imsic_file_destroy(struct xlat_imsic_file *file)
{
	if (!file)
		return;
	pthread_mutex_lock(&file->lock);
	file->ended = true;
	pthread_mutex_unlock(&file->lock);
	/* Whoever drives the wire now is waited for. */
	pthread_mutex_lock(&file->driving);
	pthread_mutex_unlock(&file->driving);
	xlat_region_detach(file->region);
	xlat_region_unref(file->region);
}

struct xlat_region *xlat_imsic_file_region(const struct xlat_imsic_file *file)
{
	return file->region;
}

/* --- State. */

static bool walk(const struct xlat_imsic_file *file, struct xlat__stream *stream,
		 struct state *state)
{
	unsigned words = (file->config.identities + 1) / 64;

	if (xlat__stream_number(stream, 4, MAGIC) != MAGIC ||
	    xlat__stream_number(stream, 4, file->config.identities) != file->config.identities)
		return false;
	state->eidelivery = xlat__stream_number(stream, 1, state->eidelivery) & 1;
	state->eithreshold = (uint32_t)xlat__stream_number(stream, 4, state->eithreshold) &
			     file->config.identities;
	for (unsigned i = 0; i < words; i++) {
		state->eip[i] = xlat__stream_number(stream, 8, state->eip[i]) & word_mask(file, i);
		state->eie[i] = xlat__stream_number(stream, 8, state->eie[i]) & word_mask(file, i);
	}
	return true;
}

size_t xlat_imsic_file_save(struct xlat_imsic_file *file, void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};
	struct state state;

	pthread_mutex_lock(&file->lock);
	state = file->s;
	pthread_mutex_unlock(&file->lock);
	walk(file, &stream, &state);
	return stream.at;
}

int xlat_imsic_file_restore(struct xlat_imsic_file *file, const void *bytes, size_t size)
{
	/* Only read, as it is not saving. */
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	struct state state = {0};

	if (size < xlat_imsic_file_save(file, NULL, 0) || !walk(file, &stream, &state))
		return -EINVAL;
	pthread_mutex_lock(&file->lock);
	file->s = state;
	pthread_mutex_unlock(&file->lock);
	drive(file);
	return 0;
}
