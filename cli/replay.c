/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/replay.h"
#include "cli/captured_machine.h"
#include "cli/json_write.h"
#include "cli/number.h"
#include "cli/recording.h"
#include "cli/unpack.h"

#include <xlat/outcome.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

/* How many disagreements are shown. */
#define SHOWN 10u

/* An access that went elsewhere than it did then. */
struct disagreement {
	struct recorded_access access;
	enum xlat_outcome outcome;
	uint64_t address; /* with OK */
	uint32_t cause; /* of a refusal, or 0 */
};

struct replay {
	struct captured_machine machine;
	struct captured_device *device; /* of the last access */
	struct trouble *trouble;
	uint64_t reads, writes, agree, disagree, in_ram, elsewhere, refused;
	struct disagreement shown[SHOWN];
	double seconds; /* in the accesses themselves */
	/* Progress, on a terminal. */
	FILE *file;
	double size; /* bytes, or 0 */
	double began, told; /* seconds */
	bool on_terminal;
};

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* One line that is written over and over, at most ten times a second. */
static void tell_progress(struct replay *replay, double at)
{
	uint64_t done = replay->agree + replay->disagree;

	if (!replay->on_terminal || at - replay->told < 0.1)
		return;
	replay->told = at;
	fprintf(stderr, "\r\033[Kreplaying: ");
	/* A small file is read at once, however much is in it. */
	if ((double)ftell(replay->file) < replay->size)
		fprintf(stderr, "%3.0f %%, ", 100.0 * (double)ftell(replay->file) / replay->size);
	fprintf(stderr, "%" PRIu64 " accesses, %" PRIu64 " disagree", done, replay->disagree);
}

static void end_progress(const struct replay *replay)
{
	if (replay->on_terminal && replay->told > replay->began)
		fprintf(stderr, "\r\033[K");
}

static void note_disagreement(struct replay *replay, const struct recorded_access *access,
			      enum xlat_outcome outcome, uint64_t address)
{
	if (replay->disagree < SHOWN)
		replay->shown[replay->disagree] = (struct disagreement){
			.access = *access,
			.outcome = outcome,
			.address = address,
			.cause = outcome != XLAT_OK && replay->machine.was_refused
					 ? replay->machine.refused.cause
					 : 0,
		};
	replay->disagree++;
}

static enum status make_accesses(void *opaque, const struct recorded_access *accesses, size_t count)
{
	struct replay *replay = opaque;
	double began = now(), ended;

	for (size_t i = 0; i < count; i++) {
		const struct recorded_access *access = &accesses[i];
		enum xlat_outcome outcome;
		uint64_t address = 0;

		if (!replay->device || replay->device->id != access->device_id) {
			enum status status = find_captured_device(&replay->machine,
								  access->device_id,
								  &replay->device, replay->trouble);

			if (status != STATUS_OK)
				return status;
		}
		outcome = reach(&replay->machine, replay->device, access->write, access->iova,
				&address);
		replay->writes += access->write;
		replay->reads += !access->write;
		if (outcome != XLAT_OK)
			replay->refused++;
		else if (xlat_range_has(replay->machine.capture->ram, address))
			replay->in_ram++;
		else
			replay->elsewhere++;
		if (outcome == XLAT_OK && (address ^ access->address) >> 12 == 0)
			replay->agree++;
		else
			note_disagreement(replay, access, outcome, address);
	}
	ended = now();
	replay->seconds += ended - began;
	tell_progress(replay, ended);
	return STATUS_OK;
}

static uint64_t misses(const struct replay *replay)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < replay->machine.device_count; i++)
		sum += xlat_dma_statistics(replay->machine.devices[i]->dma).misses;
	return sum;
}

static double rate(const struct replay *replay)
{
	double accesses = (double)(replay->agree + replay->disagree);

	return replay->seconds > 0 ? accesses / replay->seconds : 0;
}

/* --- As text. */

static void print_disagreement(const struct disagreement *d)
{
	printf("  line %" PRIu64 ": device 0x%x %s 0x%" PRIx64 ": recorded page 0x%" PRIx64
	       ", here ",
	       d->access.line, d->access.device_id, d->access.write ? "writes" : "reads",
	       d->access.iova, d->access.address & ~UINT64_C(4095));
	if (d->outcome == XLAT_OK)
		printf("0x%" PRIx64 "\n", d->address);
	else if (d->cause)
		printf("fault %u: %s\n", d->cause, xlat_riscv_iommu_cause_name(d->cause));
	else
		printf("%s\n", xlat_outcome_name(d->outcome));
}

static void print_summary(const struct replay *replay, const char *path)
{
	const struct capture *capture = replay->machine.capture;
	uint64_t accesses = replay->agree + replay->disagree;

	printf("%s: RISC-V IOMMU %s, RAM 0x%" PRIx64 "-0x%" PRIx64 " (%s)\n", capture->name,
	       capture->spec, capture->ram.first, capture->ram.last,
	       size_of_last(capture->ram.last - capture->ram.first).text);
	printf("%s: %" PRIu64 " accesses, %" PRIu64 " reads and %" PRIu64
	       " writes, of %zu device%s\n",
	       path, accesses, replay->reads, replay->writes, replay->machine.device_count,
	       replay->machine.device_count == 1 ? "" : "s");
	printf("  reached   %" PRIu64 " times RAM, %" PRIu64
	       " times something that was not captured (interrupt files, devices)\n",
	       replay->in_ram, replay->elsewhere);
	if (replay->refused)
		printf("  refused   %" PRIu64 " times\n", replay->refused);
	printf("  misses    %" PRIu64
	       " translations were made, all else was served from what was kept of them\n",
	       misses(replay));
	printf("  rate      %.2f million accesses a second, each mapped, looked at and made "
	       "(%.0f ns)\n",
	       rate(replay) / 1e6, rate(replay) > 0 ? 1e9 / rate(replay) : 0);
	if (replay->machine.strays)
		printf("  outside   %" PRIu64
		       " table entries were looked for outside the captured RAM, the "
		       "first at 0x%" PRIx64 "\n",
		       replay->machine.strays, replay->machine.first_stray);
	printf("  agree     %" PRIu64 "\n  disagree  %" PRIu64 "\n", replay->agree,
	       replay->disagree);
	if (!replay->disagree) {
		printf("Every access reached the page that the recording says.\n");
		return;
	}
	printf("The first disagreements:\n");
	for (uint64_t i = 0; i < replay->disagree && i < SHOWN; i++)
		print_disagreement(&replay->shown[i]);
}

/* --- As JSON. */

static struct json_object *disagreement_json(const struct disagreement *d)
{
	struct json_object *object = json_object_new_object();

	add_count(object, "line", d->access.line);
	add_hex(object, "device_id", d->access.device_id);
	add_text(object, "access", d->access.write ? "w" : "r");
	add_hex(object, "iova", d->access.iova);
	add_hex(object, "recorded", d->access.address);
	add_text(object, "outcome", xlat_outcome_name(d->outcome));
	if (d->outcome == XLAT_OK)
		add_hex(object, "address", d->address);
	if (d->cause)
		add_count(object, "cause", d->cause);
	return object;
}

static void print_summary_json(const struct replay *replay, const char *path)
{
	struct json_object *object = json_object_new_object(), *list = json_object_new_array();

	add_text(object, "capture", replay->machine.capture->name);
	add_text(object, "recording", path);
	add_count(object, "devices", replay->machine.device_count);
	add_count(object, "accesses", replay->agree + replay->disagree);
	add_count(object, "reads", replay->reads);
	add_count(object, "writes", replay->writes);
	add_count(object, "agree", replay->agree);
	add_count(object, "disagree", replay->disagree);
	add_count(object, "in_ram", replay->in_ram);
	add_count(object, "elsewhere", replay->elsewhere);
	add_count(object, "refused", replay->refused);
	add_count(object, "misses", misses(replay));
	add_count(object, "table_entries_outside_ram", replay->machine.strays);
	json_object_object_add(object, "seconds", json_object_new_double(replay->seconds));
	json_object_object_add(object, "accesses_per_second", json_object_new_double(rate(replay)));
	for (uint64_t i = 0; i < replay->disagree && i < SHOWN; i++)
		json_object_array_add(list, disagreement_json(&replay->shown[i]));
	json_object_object_add(object, "disagreements", list);
	print_json(object);
}

/* --- */

enum status show_replay(const struct capture *capture, const char *path, bool json,
			struct trouble *trouble)
{
	struct replay replay = {.trouble = trouble, .on_terminal = isatty(STDERR_FILENO)};
	struct stat about;
	enum status status;

	status = open_input(path, &replay.file, trouble);
	if (status != STATUS_OK)
		return status;
	status = init_captured_machine(&replay.machine, capture, trouble);
	if (status != STATUS_OK) {
		fclose(replay.file);
		return status;
	}
	if (fstat(fileno(replay.file), &about) == 0 && S_ISREG(about.st_mode))
		replay.size = (double)about.st_size;
	replay.began = replay.told = now();
	status = read_recording(replay.file, path, make_accesses, &replay, trouble);
	end_progress(&replay);
	if (status == STATUS_OK) {
		if (json)
			print_summary_json(&replay, path);
		else
			print_summary(&replay, path);
		if (replay.disagree)
			status = replay.machine.strays ? STATUS_OUTSIDE_RAM : STATUS_NO;
	}
	finish_captured_machine(&replay.machine);
	fclose(replay.file);
	return status;
}
