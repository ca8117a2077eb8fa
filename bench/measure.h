/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Measuring: each row of a benchmark is a time beside another measured in the same run, and their
 * ratio. Nothing is asserted; the table is for people, --json FILE for machines, --quick for seeing
 * that it runs.
 */
#ifndef XLAT_BENCH_MEASURE_H
#define XLAT_BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct measure {
	const char *name;
	const char *json; /* file, or NULL */
	bool quick;
	size_t count;
	struct measure_row {
		const char *what, *against;
		double ns, against_ns;
		double bar; /* the ratio (or, without against, the ns) that is aimed at; 0: none */
	} rows[128];
};

/* What is timed: does it n times. */
typedef void measure_run(void *opaque, uint64_t n);

/* Reads the options: --quick, --json FILE. Exits on others. */
void measure_begin(struct measure *measure, const char *name, int argc, char **argv);

/* The least time of one, in ns, over several rounds. */
double measure_ns(const struct measure *measure, measure_run *run, void *opaque);

/* Two, taken in turns, so that a change of the machine's mood hits both. */
void measure_pair(const struct measure *measure, measure_run *run, void *opaque,
		  measure_run *against, void *against_opaque, double *ns, double *against_ns);

/* Adds a row. against may be NULL. Strings must live on. */
void measure_row(struct measure *measure, const char *what, double ns, const char *against,
		 double against_ns, double bar);

/* Prints the table and writes the JSON. Returns the exit status. */
int measure_end(const struct measure *measure);

/* What check() refuses ends the benchmark: a time of something that failed is none. */
#define check(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

/* Keeps a value alive, and from being known to the compiler. */
#define opaque_value(value) __asm__ volatile("" : "+r"(value) : : "memory")

#endif
