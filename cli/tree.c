/* SPDX-License-Identifier: BSD-3-Clause */
/* xlat tree: shows a memory map, or the fabric of a captured machine. */
#include "cli/capture.h"
#include "cli/captured_machine.h"
#include "cli/chart.h"
#include "cli/command.h"
#include "cli/json_read.h"
#include "cli/map.h"
#include "cli/unpack.h"

#include <argp.h>
#include <stdlib.h>

#include <json-c/json.h>

/* The devices of a capture whose spaces are shown; more would not be read. */
#define SHOWN_DEVICES 16u

static const char doc[] =
	"Shows spaces: the regions of their trees with where they lie, and the flat view, "
	"what answers at each address in the end.\vFILE is a memory map in JSON "
	"(examples/maps has some; docs/guide/map.md describes the form), or a capture of a "
	"machine, whose fabric is shown: its memory, and what each device behind the IOMMU "
	"sees.\n"
	"\n"
	"Examples:\n"
	"  xlat tree examples/maps/pc.json\n"
	"  xlat tree examples/maps/pc.json --svg > pc.svg\n"
	"  xlat tree linux-nvme-4k.json --json\n"
	"\n"
	"The exit status is 0 if it was shown; `xlat --help' lists the others.";

enum form {
	FORM_TEXT,
	FORM_JSON = 'j',
	FORM_SVG = 's',
};

static const struct argp_option options[] = {
	{"json", FORM_JSON, NULL, 0, "Prints JSON", 0},
	{"svg", FORM_SVG, NULL, 0, "Prints a picture (SVG)", 0},
	{0},
};

/* The command line. */
struct arguments {
	const char *file;
	int form;
};

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case FORM_JSON:
	case FORM_SVG:
		if (arguments->form && arguments->form != key)
			argp_error(state, "--json and --svg exclude each other");
		arguments->form = key;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->file)
			argp_error(state, "expected one file; got \"%s\" as well", text);
		arguments->file = text;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "expected a file, of a memory map or a capture");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static enum status show(const char *title, struct xlat_space *const *spaces, size_t count, int form,
			struct trouble *trouble)
{
	struct atlas atlas;
	enum status status = init_atlas(&atlas, title, spaces, count, trouble);

	if (status != STATUS_OK)
		return status;
	if (form == FORM_JSON)
		print_atlas_json(&atlas);
	else if (form == FORM_SVG)
		status = print_atlas_svg(&atlas, trouble);
	else
		print_atlas(&atlas);
	finish_atlas(&atlas);
	return status;
}

static enum status show_map(const char *path, struct json_object *root, int form,
			    struct trouble *trouble)
{
	struct map map;
	enum status status = init_map(&map, path, root, trouble);

	if (status != STATUS_OK)
		return status;
	status = show(map.title, map.spaces, map.space_count, form, trouble);
	finish_map(&map);
	return status;
}

/* --- A capture. */

struct device_ids {
	uint32_t list[SHOWN_DEVICES];
	size_t count;
};

static int note_device(void *opaque, const struct xlat_riscv_iommu_device *device)
{
	struct device_ids *ids = opaque;

	ids->list[ids->count++] = device->id;
	return ids->count == SHOWN_DEVICES;
}

static enum status show_machine(struct captured_machine *machine, int form, struct trouble *trouble)
{
	struct xlat_space *spaces[SHOWN_DEVICES + 1] = {machine->memory};
	struct device_ids ids = {0};

	xlat_riscv_iommu_for_each_device(xlat_riscv_adapter_model(machine->adapter), NULL,
					 note_device, &ids);
	for (size_t i = 0; i < ids.count; i++) {
		struct captured_device *device;
		enum status status = find_captured_device(machine, ids.list[i], &device, trouble);

		if (status != STATUS_OK)
			return status;
		spaces[i + 1] = device->space;
	}
	return show(machine->capture->name, spaces, ids.count + 1, form, trouble);
}

static enum status show_capture(const char *path, int form, struct trouble *trouble)
{
	struct captured_machine machine;
	struct capture capture;
	enum status status;

	status = load_capture(path, &capture, trouble);
	if (status != STATUS_OK)
		return status;
	status = init_captured_machine(&machine, &capture, trouble);
	if (status == STATUS_OK) {
		status = show_machine(&machine, form, trouble);
		finish_captured_machine(&machine);
	}
	finish_capture(&capture);
	return status;
}

/* --- */

int run_tree(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options, .parser = parse, .args_doc = "FILE.json", .doc = doc};
	struct arguments arguments = {0};
	struct trouble trouble = {0};
	struct json_object *root;
	enum status status;
	size_t length;
	char *text;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	status = read_text(arguments.file, &text, &length, &trouble);
	if (status != STATUS_OK)
		return report("tree", &trouble);
	status = parse_json(arguments.file, text, length, &root, &trouble);
	free(text);
	if (status != STATUS_OK)
		return report("tree", &trouble);
	if (json_object_object_get_ex(root, "registers", NULL))
		status = show_capture(arguments.file, arguments.form, &trouble);
	else
		status = show_map(arguments.file, root, arguments.form, &trouble);
	json_object_put(root);
	return status == STATUS_OK ? STATUS_OK : report("tree", &trouble);
}
