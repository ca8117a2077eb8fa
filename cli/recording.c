/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/recording.h"
#include "cli/number.h"
#include "cli/unpack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LONGEST_LINE 200u
#define BATCH 4096u

/* A file on its way through lines into batches. */
struct reading {
	const char *name;
	enum status (*take)(void *opaque, const struct recorded_access *accesses, size_t count);
	void *opaque;
	struct trouble *trouble;
	enum status status; /* of what was found wrong, or of take */
	uint64_t line; /* that is being read */
	uint64_t accesses; /* so far */
	char text[LONGEST_LINE + 1];
	size_t length;
	struct recorded_access *batch;
	size_t count;
};

static bool hand_over(struct reading *reading)
{
	if (reading->count)
		reading->status = reading->take(reading->opaque, reading->batch, reading->count);
	reading->count = 0;
	return reading->status == STATUS_OK;
}

static enum status bad_line(struct reading *reading, const char *what)
{
	enum status status = reading->accesses ? STATUS_CONTENT : STATUS_FORMAT;

	return complain(reading->trouble, status,
			"%s: line %" PRIu64
			": expected a device id, R or W, an IOVA and a physical address; %s: %.60s",
			reading->name, reading->line, what, reading->text);
}

/* Four fields; strtok_r leaves them in the text, which a message would show cut. */
static const char *parse_line(char *text, struct recorded_access *access)
{
	static const char blanks[] = " \t\r";
	char *rest, *fields[5];
	uint64_t device_id;

	for (unsigned i = 0; i < 5; i++)
		fields[i] = strtok_r(i ? NULL : text, blanks, &rest);
	if (!fields[3])
		return "it has fewer fields";
	if (fields[4])
		return "it has more fields";
	if (!parse_device(fields[0], &device_id) || device_id > 0xffffff)
		return "the device id is none";
	if (strcasecmp(fields[1], "R") != 0 && strcasecmp(fields[1], "W") != 0)
		return "the access is neither R nor W";
	if (!parse_number(fields[2], &access->iova))
		return "the IOVA is no number";
	if (!parse_number(fields[3], &access->address))
		return "the physical address is no number";
	access->device_id = (uint32_t)device_id;
	access->write = fields[1][0] == 'W' || fields[1][0] == 'w';
	return NULL;
}

/* A line is complete. */
static bool end_line(struct reading *reading)
{
	struct recorded_access *access = &reading->batch[reading->count];
	char text[LONGEST_LINE + 1];
	const char *what;

	reading->text[reading->length] = '\0';
	memcpy(text, reading->text, reading->length + 1);
	if (strlen(text) != reading->length) {
		reading->status = bad_line(reading, "it has a NUL");
		return false;
	}
	reading->length = 0;
	if (text[0] == '#' || !text[strspn(text, " \t\r")])
		return true;
	access->line = reading->line;
	what = parse_line(text, access);
	if (what) {
		reading->status = bad_line(reading, what);
		return false;
	}
	reading->accesses++;
	return ++reading->count < BATCH || hand_over(reading);
}

static bool take_bytes(void *opaque, const uint8_t *bytes, size_t length)
{
	struct reading *reading = opaque;

	for (size_t i = 0; i < length; i++) {
		if (bytes[i] == '\n') {
			if (!end_line(reading))
				return false;
			reading->line++;
		} else if (reading->length < LONGEST_LINE) {
			reading->text[reading->length++] = (char)bytes[i];
		} else if (reading->text[0] != '#') {
			reading->text[reading->length] = '\0';
			reading->status = bad_line(reading, "it is too long");
			return false;
		}
	}
	return true;
}

/* What the end of the file leaves: a line without its end, and the last batch. */
static void end_file(struct reading *reading)
{
	if (!hand_over(reading))
		return;
	if (reading->length && !end_line(reading) && reading->accesses)
		reading->status =
			complain(reading->trouble, STATUS_TRUNCATED,
				 "%s: expected whole lines; it ends in the middle of line "
				 "%" PRIu64,
				 reading->name, reading->line);
	if (reading->status != STATUS_OK || !hand_over(reading))
		return;
	if (!reading->accesses)
		reading->status = complain(reading->trouble, STATUS_CONTENT,
					   "%s: expected accesses, one a line; there is none",
					   reading->name);
}

enum status read_recording(FILE *file, const char *name,
			   enum status (*take)(void *opaque, const struct recorded_access *accesses,
					       size_t count),
			   void *opaque, struct trouble *trouble)
{
	struct reading reading = {
		.name = name,
		.take = take,
		.opaque = opaque,
		.trouble = trouble,
		.line = 1,
		.batch = calloc(BATCH, sizeof(*reading.batch)),
	};
	enum status status;

	if (!reading.batch)
		return complain(trouble, STATUS_HOST, "%s: no memory", name);
	status = unpack(file, name, ends_in_zst(name), take_bytes, &reading, trouble);
	if (status == STATUS_OK && reading.status == STATUS_OK)
		end_file(&reading);
	free(reading.batch);
	return status != STATUS_OK ? status : reading.status;
}
