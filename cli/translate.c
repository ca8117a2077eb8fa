/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * xlat translate: walks the tables of a captured machine, for one address or for a whole
 * recording.
 */
#include "cli/capture.h"
#include "cli/command.h"
#include "cli/number.h"
#include "cli/replay.h"
#include "cli/walk.h"

#include <argp.h>
#include <stdio.h>
#include <string.h>

static const char doc[] =
	"Walks the tables of a captured machine's IOMMU: each table entry with its address, "
	"value and meaning, and then where the access goes, or the exact fault.\vNumbers are "
	"decimal, or hexadecimal after 0x. Nothing is changed: where the hardware would set "
	"an accessed or a dirty bit, the answer is the one that it would give then.\n"
	"\n"
	"Without --device the only device that the capture's device directory names is meant,"
	" or the only one there whose accesses are translated.\n"
	"\n"
	"With --replay every access of a recording is made through the library's own path: a "
	"fabric with the captured RAM, the IOMMU as a region of it, and a DMA handle for each"
	" device. Where it ends is compared with the page that the recording has. A recording"
	" is a table, compressed with zstd or not, of device id, R or W, IOVA and physical "
	"address. A write stores the byte that is there already.\n"
	"\n"
	"Examples:\n"
	"  xlat translate linux-nvme-4k.json --device 00:02.0 --iova 0x1083bc5040\n"
	"  xlat translate linux-nvme-4k.json --iova 0x1083bc5000 --access w --json\n"
	"  xlat translate linux-nvme-4k.json --replay linux-nvme-4k.dma.tsv.zst\n"
	"\n"
	"The exit status is 0 for a translation or a recording that agrees in everything, 1 "
	"for a fault or one that does not; `xlat --help' lists the others.";

enum key {
	KEY_DEVICE = 'd',
	KEY_PASID = 'p',
	KEY_IOVA = 'i',
	KEY_ACCESS = 'a',
	KEY_JSON = 'j',
	KEY_REPLAY = 'r',
	KEY_PRIVILEGED = 0x100,
};

static const struct argp_option options[] = {
	{"iova", KEY_IOVA, "ADDRESS", 0, "The address that the device uses", 0},
	{"access", KEY_ACCESS, "r|w|x", 0, "What it does: read (default), write, execute", 0},
	{"device", KEY_DEVICE, "ID", 0,
	 "The device: its id, or a PCI function as 00:02.0 (default: the only one)", 0},
	{"pasid", KEY_PASID, "NUMBER", 0, "The process that it acts for (default: none)", 0},
	{"privileged", KEY_PRIVILEGED, NULL, 0, "With a PASID: asks for supervisor privilege", 0},
	{"replay", KEY_REPLAY, "FILE", 0,
	 "Makes all accesses of a recording (.tsv or .tsv.zst) and compares", 0},
	{"json", KEY_JSON, NULL, 0, "Prints JSON", 0},
	{0},
};

/* The command line. */
struct arguments {
	const char *capture;
	const char *recording;
	bool has_iova;
	bool has_access;
	struct walk_request walk;
};

static uint64_t number_argument(struct argp_state *state, const char *name, const char *text,
				uint64_t highest)
{
	uint64_t number = 0;

	if (!parse_number(text, &number) || number > highest)
		argp_error(state, "--%s: expected a number up to 0x%llx; got \"%s\"", name,
			   (unsigned long long)highest, text);
	return number;
}

static enum xlat_access access_argument(struct argp_state *state, const char *text)
{
	static const char kinds[] = "rwx";
	const char *found = text[0] ? strchr(kinds, text[0]) : NULL;

	if (!found || text[1])
		argp_error(state, "--access: expected r, w or x; got \"%s\"", text);
	return found ? (enum xlat_access)(found - kinds) : XLAT_READ;
}

static void check(struct argp_state *state, const struct arguments *arguments)
{
	if (!arguments->capture)
		argp_error(state, "expected a capture, the JSON file");
	if (arguments->recording && (arguments->has_iova || arguments->has_access ||
				     arguments->walk.has_device || arguments->walk.has_pasid))
		argp_error(state, "--replay takes device, access and address from the recording");
	if (!arguments->recording && !arguments->has_iova)
		argp_error(state, "expected --iova, the address to translate, or --replay");
	if (arguments->walk.privileged && !arguments->walk.has_pasid)
		argp_error(state, "--privileged needs --pasid: without a process every access is "
				  "the user's");
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *arguments = state->input;
	struct walk_request *walk = &arguments->walk;
	uint64_t device_id;

	switch (key) {
	case KEY_DEVICE:
		if (!parse_device(text, &device_id) || device_id > 0xffffff)
			argp_error(
				state,
				"--device: expected an id up to 0xffffff, or a PCI function such "
				"as 00:02.0; got \"%s\"",
				text);
		walk->device_id = (uint32_t)device_id;
		walk->has_device = true;
		return 0;
	case KEY_PASID:
		walk->pasid = (uint32_t)number_argument(state, "pasid", text, 0xfffff);
		walk->has_pasid = true;
		return 0;
	case KEY_IOVA:
		walk->iova = number_argument(state, "iova", text, UINT64_MAX);
		arguments->has_iova = true;
		return 0;
	case KEY_REPLAY:
		arguments->recording = text;
		return 0;
	case KEY_ACCESS:
		arguments->has_access = true;
		walk->access = access_argument(state, text);
		return 0;
	case KEY_PRIVILEGED:
		walk->privileged = true;
		return 0;
	case KEY_JSON:
		walk->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->capture)
			argp_error(state, "expected one capture; got \"%s\" as well", text);
		arguments->capture = text;
		return 0;
	case ARGP_KEY_END:
		check(state, arguments);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int run_translate(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "CAPTURE.json --iova ADDRESS\nCAPTURE.json --replay FILE",
		.doc = doc,
	};
	struct arguments arguments = {0};
	struct capture capture;
	struct trouble trouble = {0};
	enum status status;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	status = load_capture(arguments.capture, &capture, &trouble);
	if (status != STATUS_OK)
		return report("translate", &trouble);
	if (arguments.recording)
		status = show_replay(&capture, arguments.recording, arguments.walk.json, &trouble);
	else
		status = show_walk(&capture, &arguments.walk, &trouble);
	finish_capture(&capture);
	return trouble.text[0] ? report("translate", &trouble) : status;
}
