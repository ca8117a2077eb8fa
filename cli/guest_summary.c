/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/guest_summary.h"
#include "cli/json_write.h"

#include <inttypes.h>
#include <stdio.h>

#include <json-c/json.h>

static const char *const ends[] = {
	[XLAT_MACHINE_LIMIT] = "limit",	       [XLAT_MACHINE_STOPPED] = "stopped",
	[XLAT_MACHINE_POWER_OFF] = "poweroff", [XLAT_MACHINE_RESET] = "reset",
	[XLAT_MACHINE_FAILED] = "failed",      [XLAT_MACHINE_IDLE] = "idle",
};

static double seconds_since(clockid_t clock, const struct timespec *begin)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)(now.tv_sec - begin->tv_sec) + (double)(now.tv_nsec - begin->tv_nsec) / 1e9;
}

void begin_guest_summary(struct guest_summary *summary)
{
	clock_gettime(CLOCK_MONOTONIC, &summary->wall);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &summary->user);
}

static void add_disk(struct xlat_nvme_statistics *all, struct xlat_nvme_statistics more)
{
	all->commands += more.commands;
	all->errors += more.errors;
	all->admin += more.admin;
	all->reads += more.reads;
	all->writes += more.writes;
	all->blocks_read += more.blocks_read;
	all->blocks_written += more.blocks_written;
	all->interrupts += more.interrupts;
}

void add_guest_summary(struct guest_summary *summary, struct xlat_machine *machine,
		       struct guest_disk *disk)
{
	struct xlat_machine_statistics more = xlat_machine_statistics(machine);
	struct xlat_machine_statistics *all = &summary->statistics;

	summary->boots++;
	summary->guest_time += xlat_machine_time(machine);
	all->instructions += more.instructions;
	all->sbi_calls += more.sbi_calls;
	all->waits += more.waits;
	all->skipped += more.skipped;
	all->faults += more.faults;
	if (disk->nvme)
		add_disk(&summary->disk, xlat_nvme_statistics(disk->nvme));
}

static void print_text(const struct guest_summary *summary, struct xlat_machine *machine,
		       double wall, double cpu)
{
	struct xlat_machine_statistics statistics = summary->statistics;
	unsigned harts = xlat_machine_hart_count(machine);

	fprintf(stderr,
		"xlat run: %s after %.2f s of guest time, %.2f s here (%.2f s of CPU)\n"
		"  %" PRIu64 " instructions on %u hart%s, %.0f million a second; %" PRIu64
		" SBI calls; %" PRIu64 " waits, %.2f s skipped\n",
		ends[summary->end], (double)summary->guest_time / 1e9, wall, cpu,
		statistics.instructions, harts, harts == 1 ? "" : "s",
		cpu > 0 ? (double)statistics.instructions / cpu / 1e6 : 0, statistics.sbi_calls,
		statistics.waits, (double)statistics.skipped / 1e9);
	if (summary->disk.admin)
		fprintf(stderr,
			"  NVMe: %" PRIu64 " commands, %" PRIu64 " of them failed; %.1f MiB read, "
			"%.1f MiB written; %" PRIu64 " interrupts\n",
			summary->disk.commands, summary->disk.errors,
			(double)summary->disk.blocks_read / 2048,
			(double)summary->disk.blocks_written / 2048, summary->disk.interrupts);
	if (xlat_machine_iommu(machine))
		fprintf(stderr, "  IOMMU: %" PRIu64 " faults\n", statistics.faults);
}

static void print_object(const struct guest_summary *summary, struct xlat_machine *machine,
			 double wall, double cpu)
{
	struct xlat_machine_statistics statistics = summary->statistics;
	struct json_object *object = json_object_new_object();

	add_text(object, "end", ends[summary->end]);
	add_count(object, "boots", summary->boots);
	add_count(object, "code", xlat_machine_code(machine));
	add_count(object, "guest_nanoseconds", summary->guest_time);
	add_count(object, "wall_nanoseconds", (uint64_t)(wall * 1e9));
	add_count(object, "cpu_nanoseconds", (uint64_t)(cpu * 1e9));
	add_count(object, "harts", xlat_machine_hart_count(machine));
	add_count(object, "instructions", statistics.instructions);
	add_count(object, "sbi_calls", statistics.sbi_calls);
	add_count(object, "waits", statistics.waits);
	add_count(object, "skipped_nanoseconds", statistics.skipped);
	add_bool(object, "iommu", xlat_machine_iommu(machine));
	add_count(object, "faults", statistics.faults);
	add_count(object, "nvme_commands", summary->disk.commands);
	add_count(object, "nvme_errors", summary->disk.errors);
	add_count(object, "nvme_blocks_read", summary->disk.blocks_read);
	add_count(object, "nvme_blocks_written", summary->disk.blocks_written);
	print_json(object);
}

void print_guest_summary(struct guest_summary *summary, struct xlat_machine *machine,
			 struct guest_disk *disk)
{
	double wall = seconds_since(CLOCK_MONOTONIC, &summary->wall);
	double cpu = seconds_since(CLOCK_PROCESS_CPUTIME_ID, &summary->user);

	add_guest_summary(summary, machine, disk);
	if (summary->json)
		print_object(summary, machine, wall, cpu);
	else
		print_text(summary, machine, wall, cpu);
}
