/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <json-c/json.h>
#include <zstd.h>

#include "test.h"
#include "recording.h"

/* Decompresses a file into `room` bytes at `to`, leaving pages of zeros alone; returns how many. */
static size_t unpack(const char *path, uint8_t *to, size_t room)
{
	size_t in_size = ZSTD_DStreamInSize(), out_size = ZSTD_DStreamOutSize(), total = 0, got;
	ZSTD_DStream *stream = ZSTD_createDStream();
	uint8_t *in = malloc(in_size), *out = malloc(out_size);
	FILE *file = fopen(path, "rb");

	if (!file)
		fail_msg("cannot open %s", path);
	while ((got = fread(in, 1, in_size, file)) > 0) {
		ZSTD_inBuffer input = {in, got, 0};

		while (input.pos < input.size) {
			ZSTD_outBuffer output = {out, out_size, 0};

			assert_false(ZSTD_isError(ZSTD_decompressStream(stream, &output, &input)));
			assert_true(total + output.pos <= room);
			for (size_t at = 0; at < output.pos; at++) {
				if (out[at])
					to[total + at] = out[at];
			}
			total += output.pos;
		}
	}
	fclose(file);
	ZSTD_freeDStream(stream);
	free(in);
	free(out);
	return total;
}

static uint64_t number(struct json_object *object, const char *key)
{
	struct json_object *value;

	assert_true(json_object_object_get_ex(object, key, &value));
	return strtoull(json_object_get_string(value), NULL, 0);
}

static void load_description(struct recording *recording, const char *path)
{
	struct json_object *root = json_object_from_file(path), *registers;

	if (!root)
		fail_msg("cannot read %s", path);
	recording->ram_base = number(root, "ram_base");
	recording->ram_size = number(root, "ram_size");
	assert_true(json_object_object_get_ex(root, "registers", &registers));
	json_object_object_foreach(registers, key, value)
	{
		struct recorded_register *slot = &recording->registers[recording->register_count++];

		assert_true(recording->register_count <= 128);
		slot->offset = strtoull(key, NULL, 0);
		slot->value = strtoull(json_object_get_string(value), NULL, 0);
	}
	json_object_put(root);
}

static void load_accesses(struct recording *recording, const char *path)
{
	size_t room = 1 << 20, size, capacity = 1 << 14;
	char *text = calloc(1, room + 1), *line, *rest = text;

	size = unpack(path, (uint8_t *)text, room);
	text[size] = '\0';
	recording->accesses = calloc(capacity, sizeof(*recording->accesses));
	while ((line = strsep(&rest, "\n"))) {
		struct recorded_access *access = &recording->accesses[recording->access_count];
		unsigned long long device, iova, page;
		char kind;

		if (sscanf(line, "%llx %c %llx %llx", &device, &kind, &iova, &page) != 4)
			continue;
		assert_true(++recording->access_count <= capacity);
		*access = (struct recorded_access){(uint32_t)device, kind == 'W', iova, page};
	}
	free(text);
}

struct recording *load_recording(const char *name)
{
	struct recording *recording = calloc(1, sizeof(*recording));
	char path[1000];

	snprintf(path, sizeof(path), "%s/%s/%s.json", XLAT_TESTS_DATA, name, name);
	load_description(recording, path);
	recording->ram = mmap(NULL, recording->ram_size, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_true(recording->ram != MAP_FAILED);
	snprintf(path, sizeof(path), "%s/%s/%s.ram.zst", XLAT_TESTS_DATA, name, name);
	assert_int_equal(unpack(path, recording->ram, recording->ram_size), recording->ram_size);
	snprintf(path, sizeof(path), "%s/%s/%s.dma.tsv.zst", XLAT_TESTS_DATA, name, name);
	load_accesses(recording, path);
	return recording;
}

void free_recording(struct recording *recording)
{
	munmap(recording->ram, recording->ram_size);
	free(recording->accesses);
	free(recording);
}
