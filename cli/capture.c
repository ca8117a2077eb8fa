/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/capture.h"
#include "cli/json_read.h"
#include "cli/number.h"
#include "cli/unpack.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <json-c/json.h>

#define PAGE 4096u

/* One register, or half of one: "0x048": "0x0001000300010003". */
static enum status parse_register(struct capture *capture, const char *key,
				  struct json_object *field, bool halves, struct trouble *trouble)
{
	uint64_t offset, value, *word;

	if (!parse_number(key, &offset) || offset >= sizeof(capture->registers) || offset % 4)
		return complain(trouble, STATUS_CONTENT,
				"%s: registers: expected offsets below 0x1000, multiples of 4; "
				"there is \"%.80s\"",
				capture->name, key);
	if (!number_of(field, &value))
		return complain(
			trouble, STATUS_CONTENT,
			"%s: registers: expected \"%.80s\" to be a number up to 64 bits; it "
			"is %s",
			capture->name, key, json_kind(field));
	word = &capture->registers[offset / 8];
	if (!halves && offset % 8 == 0)
		*word = value;
	if (offset % 8 == 0)
		return STATUS_OK;
	if (value >> 32)
		return complain(
			trouble, STATUS_CONTENT,
			"%s: registers: expected \"%.80s\" to fit 32 bits, since its offset "
			"is no multiple of 8; it is 0x%" PRIx64,
			capture->name, key, value);
	if (halves)
		*word = (uint32_t)*word | value << 32;
	return STATUS_OK;
}

static enum status parse_registers(struct capture *capture, struct json_object *root,
				   struct trouble *trouble)
{
	struct json_object *registers;

	if (!json_object_object_get_ex(root, "registers", &registers))
		return complain(
			trouble, STATUS_CONTENT,
			"%s: expected \"registers\", an object of offsets and values; it is "
			"not there",
			capture->name);
	if (!json_object_is_type(registers, json_type_object))
		return complain(
			trouble, STATUS_CONTENT,
			"%s: expected \"registers\" to be an object of offsets and values; it "
			"is %s",
			capture->name, json_kind(registers));
	/* Whole words first, then what lies in their upper halves. */
	for (int halves = 0; halves < 2; halves++) {
		json_object_object_foreach(registers, key, field)
		{
			enum status status = parse_register(capture, key, field, halves, trouble);

			if (status != STATUS_OK)
				return status;
		}
	}
	if (!capture->registers[0])
		return complain(
			trouble, STATUS_CONTENT,
			"%s: registers: expected \"0x000\", capabilities, which no IOMMU has "
			"zero; it is %s",
			capture->name,
			json_object_object_length(registers) ? "not there" : "empty");
	return STATUS_OK;
}

/* The RAM file's path: as it stands when absolute, else from the JSON file's folder. */
static char *beside(const char *path, const char *file)
{
	const char *slash = strrchr(path, '/');
	size_t folder = slash && file[0] != '/' ? (size_t)(slash - path) + 1 : 0;
	char *made = malloc(folder + strlen(file) + 1);

	if (made) {
		memcpy(made, path, folder);
		strcpy(made + folder, file);
	}
	return made;
}

static enum status parse_memory(struct capture *capture, struct json_object *root,
				struct trouble *trouble)
{
	const char *name = capture->name, *ram;
	uint64_t base, size;
	enum status status;

	status = read_number(name, "the capture", root, "ram_base", false, &base, trouble);
	if (status == STATUS_OK)
		status = read_number(name, "the capture", root, "ram_size", false, &size, trouble);
	if (status == STATUS_OK)
		status = read_string(name, "the capture", root, "ram", false, &ram, trouble);
	if (status != STATUS_OK)
		return status;
	if (!size || base + size - 1 < base)
		return complain(
			trouble, STATUS_CONTENT,
			"%s: expected \"ram_size\" bytes from \"ram_base\" on to fit 64 bits "
			"of address; there are 0x%" PRIx64 " from 0x%" PRIx64,
			name, size, base);
	capture->ram = (struct xlat_range){base, base + size - 1};
	capture->ram_path = beside(name, ram);
	if (!capture->ram_path)
		return complain(trouble, STATUS_HOST, "%s: no memory", name);
	return STATUS_OK;
}

static enum status parse_root(struct capture *capture, struct json_object *root,
			      struct trouble *trouble)
{
	const char *model, *spec = "?";
	enum status status;

	status = read_string(capture->name, "the capture", root, "model", false, &model, trouble);
	if (status != STATUS_OK)
		return status;
	if (strcmp(model, "riscv-iommu") != 0)
		return complain(trouble, STATUS_CONTENT,
				"%s: expected \"model\" to be \"riscv-iommu\", the one that this "
				"program knows; it is \"%.80s\"",
				capture->name, model);
	status = read_string(capture->name, "the capture", root, "spec", true, &spec, trouble);
	if (status == STATUS_OK)
		status = parse_memory(capture, root, trouble);
	if (status == STATUS_OK)
		status = parse_registers(capture, root, trouble);
	if (status != STATUS_OK)
		return status;
	capture->spec = strdup(spec);
	if (!capture->spec)
		return complain(trouble, STATUS_HOST, "%s: no memory", capture->name);
	make_printable(capture->spec);
	return STATUS_OK;
}

enum status parse_capture(const char *path, const char *text, size_t length,
			  struct capture *capture, struct trouble *trouble)
{
	struct json_object *root;
	enum status status;

	*capture = (struct capture){.name = strdup(path)};
	if (!capture->name)
		return complain(trouble, STATUS_HOST, "%s: no memory", path);
	status = parse_json(path, text, length, &root, trouble);
	if (status == STATUS_OK) {
		status = parse_root(capture, root, trouble);
		json_object_put(root);
	}
	if (status != STATUS_OK)
		finish_capture(capture);
	return status;
}

/* How far the RAM file has come. */
struct filling {
	struct capture *capture;
	uint64_t done; /* bytes */
	bool too_long;
};

static bool all_zero(const uint8_t *bytes, size_t length)
{
	return !bytes[0] && memcmp(bytes, bytes + 1, length - 1) == 0;
}

/* Copies what is not zero; a page of zeros is never touched. */
static bool fill(void *opaque, const uint8_t *bytes, size_t length)
{
	struct filling *filling = opaque;
	struct capture *capture = filling->capture;
	uint64_t room = capture->ram.last - capture->ram.first - filling->done + 1;

	/* room is 0 when it is full, and when it is 2^64, which no mapping can be. */
	filling->too_long = length > room;
	if (filling->too_long)
		return false;
	while (length) {
		size_t piece = PAGE - (size_t)(filling->done % PAGE);

		if (piece > length)
			piece = length;
		if (!all_zero(bytes, piece))
			memcpy(capture->bytes + filling->done, bytes, piece);
		filling->done += piece;
		bytes += piece;
		length -= piece;
	}
	return true;
}

static enum status wrong_size(const struct filling *filling, const char *path,
			      struct trouble *trouble)
{
	const struct capture *capture = filling->capture;
	uint64_t size = capture->ram.last - capture->ram.first + 1;

	return complain(trouble, STATUS_RAM_SIZE,
			"%s: expected 0x%" PRIx64
			" bytes (%s), as \"ram_size\" in %s says; it has %s "
			"0x%" PRIx64 ". Is it another capture's RAM?",
			path, size, size_of_last(size - 1).text, capture->name,
			filling->too_long ? "more than" : "only",
			filling->too_long ? size : filling->done);
}

enum status load_capture_ram(struct capture *capture, FILE *file, const char *path,
			     struct trouble *trouble)
{
	struct filling filling = {.capture = capture};
	uint64_t size = capture->ram.last - capture->ram.first + 1;
	enum status status;
	void *bytes = MAP_FAILED;

	if (size && size <= SIZE_MAX)
		bytes = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (bytes == MAP_FAILED)
		return complain(
			trouble, STATUS_HOST,
			"%s: expected \"ram_size\" to be what this machine can map; 0x%" PRIx64
			" bytes are too many: %s",
			capture->name, size, strerror(errno ? errno : EOVERFLOW));
	capture->bytes = bytes;
	status = unpack(file, path, ends_in_zst(path), fill, &filling, trouble);
	if (status == STATUS_OK && (filling.too_long || filling.done != size))
		status = wrong_size(&filling, path, trouble);
	return status;
}

enum status load_capture(const char *path, struct capture *capture, struct trouble *trouble)
{
	enum status status;
	size_t length;
	char *text;
	FILE *file;

	status = read_text(path, &text, &length, trouble);
	if (status != STATUS_OK)
		return status;
	status = parse_capture(path, text, length, capture, trouble);
	free(text);
	if (status != STATUS_OK)
		return status;
	file = fopen(capture->ram_path, "rb");
	if (!file) {
		status = complain(trouble, STATUS_UNREADABLE,
				  "%s: the RAM of %s cannot be opened: %s. It is looked for beside "
				  "the JSON file",
				  capture->ram_path, path, strerror(errno));
	} else {
		status = load_capture_ram(capture, file, capture->ram_path, trouble);
		fclose(file);
	}
	if (status != STATUS_OK)
		finish_capture(capture);
	return status;
}

void finish_capture(struct capture *capture)
{
	if (capture->bytes)
		munmap(capture->bytes, (size_t)(capture->ram.last - capture->ram.first + 1));
	free(capture->name);
	free(capture->ram_path);
	free(capture->spec);
	*capture = (struct capture){0};
}

uint8_t *captured_bytes(const struct capture *capture, uint64_t address, size_t length)
{
	if (address < capture->ram.first || address > capture->ram.last ||
	    length - 1 > capture->ram.last - address)
		return NULL;
	return capture->bytes + (address - capture->ram.first);
}

void load_capture_registers(const struct capture *capture, struct xlat_riscv_iommu *iommu)
{
	/*
	 * What lies behind the registers that the specification names is refused, and has no
	 * effect.
	 */
	for (unsigned i = 0; i < CAPTURE_REGISTERS; i++)
		if (xlat_riscv_iommu_load(iommu, i * UINT64_C(8), 8, capture->registers[i]))
			break;
}
