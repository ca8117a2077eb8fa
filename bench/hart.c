/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How fast a hart executes: four programs in supervisor mode with 4 KiB pages (bench/hart/), in
 * time of the thread, beside two of them run natively (an instruction of the hart's counted as
 * one), and beside QEMU's translator where Debian's qemu-system-riscv64 is installed. Two harts on
 * two threads beside one, each in a machine of its own. The programs are compiled here, by Debian's
 * cross compiler.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cli/bare_machine.h"
#include "cli/unpack.h"

#include "measure.h"

extern char **environ;

enum {
	MEMORY = 256, /* MiB */
	ROUNDS = 3,
	NATIVE_TURNS = 30000000,
	CHASE_TURNS = 4000000,
	CHASED_BYTES = 4 << 20,
};

/*
 * The programs, the instructions of each, and how long the fastest interpreter among the peers took
 * beside QEMU's translator, on one machine: in the chase, what is wanted is more than any of them.
 */
static const struct {
	const char *name, *bench;
	double millions, beside_qemu;
} columns[] = {
	{"ALU and branches", "-DBENCH=1", 330.0, 2037.0 / 429},
	{"sequential loads and stores", "-DBENCH=2", 135.2, 2939.0 / 522},
	{"sort, crc, strings", "-DBENCH=4", 214.7, 1674.0 / 403},
	{"chase over 1,024 pages", "-DBENCH=5", 240.4, 37.0 / 150},
};

enum {
	COLUMNS = sizeof(columns) / sizeof(columns[0]),
};

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Runs a program to its end; false when it cannot be started, or fails. *user: its user time. */
static bool spawn(const char *const *argv, double *user)
{
	posix_spawn_file_actions_t quiet;
	struct rusage usage;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
	status = posix_spawnp(&pid, argv[0], &quiet, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&quiet);
	if (status != 0)
		return false;
	while (wait4(pid, &status, 0, &usage) < 0)
		check(errno == EINTR);
	*user = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Compiles a program to a path; false where there is no compiler for it. */
static bool compile(const char *bench, const char *path)
{
	const char *const argv[] = {"riscv64-linux-gnu-gcc",
				    "-O2",
				    "-march=rv64imac_zicsr_zifencei",
				    "-mabi=lp64",
				    "-mcmodel=medany",
				    "-ffreestanding",
				    "-nostdlib",
				    "-nostartfiles",
				    "-static",
				    "-fno-pic",
				    "-no-pie",
				    "-DVM",
				    "-Wl,--build-id=none",
				    "-Wl,--no-warn-rwx-segments",
				    bench,
				    "-T",
				    XLAT_BENCH_SOURCES "/hart/link.ld",
				    XLAT_BENCH_SOURCES "/hart/start.S",
				    XLAT_BENCH_SOURCES "/hart/programs.c",
				    "-o",
				    path,
				    NULL};
	double unused;

	return spawn(argv, &unused);
}

static void start(struct bare_machine *machine, const char *path, uint8_t **bytes)
{
	const struct bare_machine_options options = {
		.memory = (uint64_t)MEMORY << 20, .harts = 1, .isa = "rv64imac"};
	struct trouble trouble;
	size_t length;
	struct elf elf;

	check(read_text(path, (char **)bytes, &length, &trouble) == STATUS_OK);
	check(init_elf(&elf, path, *bytes, length, &trouble) == STATUS_OK);
	check(init_bare_machine(machine, &options, &elf, &trouble) == STATUS_OK);
}

/* One run, in nanoseconds of this thread; the instructions it was are counted. */
static double run_once(const char *path, uint64_t limit, uint64_t *instructions)
{
	struct bare_machine machine;
	uint8_t *bytes;
	double before;

	start(&machine, path, &bytes);
	before = seconds(CLOCK_THREAD_CPUTIME_ID);
	run_bare_machine(&machine, limit);
	before = seconds(CLOCK_THREAD_CPUTIME_ID) - before;
	*instructions = xlat_hart_instructions(machine.harts[0]);
	finish_bare_machine(&machine);
	free(bytes);
	return before * 1e9;
}

/* What the first program does, natively: nanoseconds for what the hart needs an instruction for. */
static double run_natively(void)
{
	uint64_t x = 88172645463325252, sum = 0;
	double before = seconds(CLOCK_THREAD_CPUTIME_ID);

	for (uint64_t i = 0; i < NATIVE_TURNS; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		if (x & 1)
			sum += x;
		else
			sum ^= i;
		opaque_value(x);
	}
	opaque_value(sum);
	return (seconds(CLOCK_THREAD_CPUTIME_ID) - before) * 1e9 / (NATIVE_TURNS * 11.0);
}

/* The last one, likewise: it waits for memory. */
static double chase_natively(void)
{
	uint64_t count = CHASED_BYTES / 64, x = 0, sum = 0, *chain;
	double before;

	check(posix_memalign((void **)&chain, 4096, CHASED_BYTES) == 0);
	for (uint64_t i = 0; i < count; i++)
		chain[i * 8] = ((i * 0x9e3779b1u + 12345) & (count - 1)) * 8;
	before = seconds(CLOCK_THREAD_CPUTIME_ID);
	for (uint64_t i = 0; i < CHASE_TURNS; i++) {
		x = chain[x];
		sum += x;
	}
	opaque_value(sum);
	before = seconds(CLOCK_THREAD_CPUTIME_ID) - before;
	free(chain);
	return before * 1e9 / (CHASE_TURNS * 6.0);
}

struct thread {
	const char *path;
	uint64_t limit, instructions;
	double ns;
};

static void *run_thread(void *opaque)
{
	struct thread *thread = opaque;

	thread->ns = run_once(thread->path, thread->limit, &thread->instructions);
	return NULL;
}

/*
 * Nanoseconds for an instruction of all, with so many harts, each on its thread: of the slower
 * one's thread, so that what else the machine does counts little.
 */
static double run_harts(const char *path, unsigned count, uint64_t limit)
{
	struct thread threads[2];
	pthread_t ids[2];
	double ns = 0, instructions = 0;

	for (unsigned i = 0; i < count; i++) {
		threads[i] = (struct thread){.path = path, .limit = limit};
		check(pthread_create(&ids[i], NULL, run_thread, &threads[i]) == 0);
	}
	for (unsigned i = 0; i < count; i++) {
		check(pthread_join(ids[i], NULL) == 0);
		instructions += (double)threads[i].instructions;
		if (threads[i].ns > ns)
			ns = threads[i].ns;
	}
	return ns / instructions;
}

/* QEMU's user time for a program, in nanoseconds; 0 where it is not installed. */
static double run_qemu(const char *path)
{
	const char *const argv[] = {"qemu-system-riscv64",
				    "-machine",
				    "virt",
				    "-m",
				    "256",
				    "-nographic",
				    "-bios",
				    "none",
				    "-kernel",
				    path,
				    NULL};
	double user;

	return spawn(argv, &user) ? user * 1e9 : 0;
}

static double least(double a, double b)
{
	return a == 0 || b < a ? b : a;
}

static void measure_column(struct measure *measure, unsigned column, const char *path)
{
	uint64_t limit = measure->quick ? 1000000 : UINT64_MAX, instructions = 1;
	bool chase = column == COLUMNS - 1;
	double ours = 0, native = 0, qemu = 0;

	for (int round = 0; round < (measure->quick ? 1 : ROUNDS); round++) {
		native = least(native, chase ? chase_natively() : run_natively());
		ours = least(ours, run_once(path, limit, &instructions) / (double)instructions);
	}
	if (!measure->quick)
		qemu = run_qemu(path) / (columns[column].millions * 1e6);
	printf("# %s: %.0f M instructions/s", columns[column].name, 1e3 / ours);
	if (qemu > 0)
		printf("; QEMU TCG %.0f", 1e3 / qemu);
	printf("\n");
	measure_row(measure, columns[column].name, ours,
		    chase ? "the same in C" : "ALU in C, an instruction", native, 0);
	if (qemu > 0)
		measure_row(measure, "... beside QEMU TCG", ours, "QEMU TCG", qemu,
			    columns[column].beside_qemu);
}

static void measure_threads(struct measure *measure, const char *path)
{
	uint64_t limit = measure->quick ? 1000000 : UINT64_MAX;
	double one = 0, two = 0;

	for (int round = 0; round < (measure->quick ? 1 : ROUNDS); round++) {
		one = least(one, run_harts(path, 1, limit));
		two = least(two, run_harts(path, 2, limit));
	}
	measure_row(measure, "two harts on two threads", two, "one", one, 1 / 1.8);
}

int main(int argc, char **argv)
{
	static struct measure measure;
	char folder[] = "/tmp/xlat-bench-hart-XXXXXX", paths[COLUMNS][64];
	bool compiled = true;

	measure_begin(&measure, "hart", argc, argv);
	check(mkdtemp(folder) != NULL);
	for (unsigned i = 0; i < COLUMNS; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%u.elf", folder, i);
		compiled = compiled && compile(columns[i].bench, paths[i]);
	}
	if (!compiled)
		printf("# skipped: no riscv64-linux-gnu-gcc (scripts/install-deps ci)\n");
	for (unsigned i = 0; compiled && i < COLUMNS; i++)
		measure_column(&measure, i, paths[i]);
	if (compiled)
		measure_threads(&measure, paths[0]);
	for (unsigned i = 0; i < COLUMNS; i++)
		unlink(paths[i]);
	rmdir(folder);
	return measure_end(&measure);
}
