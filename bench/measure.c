/* SPDX-License-Identifier: BSD-3-Clause */
#include "measure.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	ROUNDS = 9
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

void measure_begin(struct measure *measure, const char *name, int argc, char **argv)
{
	*measure = (struct measure){.name = name};
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--quick") == 0) {
			measure->quick = true;
		} else if (strcmp(argv[i], "--json") == 0 && i + 1 < argc) {
			measure->json = argv[++i];
		} else {
			fprintf(stderr, "%s: usage: [--quick] [--json FILE]\n", argv[0]);
			exit(2);
		}
	}
}

static double once(measure_run *run, void *opaque, uint64_t n)
{
	double start = now();

	run(opaque, n);
	return (now() - start) / (double)n;
}

/* How many fill a round. */
static uint64_t calibrate(const struct measure *measure, measure_run *run, void *opaque)
{
	double wanted = measure->quick ? 2e5 : 2e7;
	uint64_t n = 1;

	for (;;) {
		double took = once(run, opaque, n) * (double)n;

		if (took >= wanted / 4)
			return (uint64_t)((double)n * wanted / took) + 1;
		n *= 2;
	}
}

double measure_ns(const struct measure *measure, measure_run *run, void *opaque)
{
	uint64_t n = calibrate(measure, run, opaque);
	double least = 1e300;

	for (int round = 0; round < (measure->quick ? 1 : ROUNDS); round++) {
		double ns = once(run, opaque, n);
		if (ns < least)
			least = ns;
	}
	return least;
}

void measure_pair(const struct measure *measure, measure_run *run, void *opaque,
		  measure_run *against, void *against_opaque, double *ns, double *against_ns)
{
	uint64_t n = calibrate(measure, run, opaque);
	uint64_t against_n = calibrate(measure, against, against_opaque);

	*ns = *against_ns = 1e300;
	for (int round = 0; round < (measure->quick ? 1 : ROUNDS); round++) {
		double took = once(run, opaque, n);

		if (took < *ns)
			*ns = took;
		took = once(against, against_opaque, against_n);
		if (took < *against_ns)
			*against_ns = took;
	}
}

void measure_row(struct measure *measure, const char *what, double ns, const char *against,
		 double against_ns, double bar)
{
	check(measure->count < sizeof(measure->rows) / sizeof(measure->rows[0]));
	measure->rows[measure->count++] = (struct measure_row){what, against, ns, against_ns, bar};
}

static double compared(const struct measure_row *row)
{
	return row->against ? row->ns / row->against_ns : row->ns;
}

static void print_table(const struct measure *measure)
{
	printf("%-52s %12s  %-28s %10s %7s %7s\n", measure->name, "ns", "against", "ns", "ratio",
	       "bar");
	for (size_t i = 0; i < measure->count; i++) {
		const struct measure_row *row = &measure->rows[i];

		printf("%-52s %12.2f  ", row->what, row->ns);
		if (row->against)
			printf("%-28s %10.2f %7.2f ", row->against, row->against_ns, compared(row));
		else
			printf("%-28s %10s %7s ", "", "", "");
		if (row->bar != 0)
			printf("%7.2f%s\n", row->bar, compared(row) <= row->bar ? "" : "  over");
		else
			printf("%7s\n", "");
	}
}

static void print_json(const struct measure *measure, FILE *out)
{
	fprintf(out, "{\"bench\": \"%s\", \"quick\": %s, \"rows\": [", measure->name,
		measure->quick ? "true" : "false");
	for (size_t i = 0; i < measure->count; i++) {
		const struct measure_row *row = &measure->rows[i];

		fprintf(out, "%s\n {\"what\": \"%s\", \"ns\": %.3f", i ? "," : "", row->what,
			row->ns);
		if (row->against)
			fprintf(out, ", \"against\": \"%s\", \"against_ns\": %.3f, \"ratio\": %.3f",
				row->against, row->against_ns, compared(row));
		if (row->bar != 0)
			fprintf(out, ", \"bar\": %.3f, \"met\": %s", row->bar,
				compared(row) <= row->bar ? "true" : "false");
		fprintf(out, "}");
	}
	fprintf(out, "\n]}\n");
}

int measure_end(const struct measure *measure)
{
	print_table(measure);
	if (measure->json) {
		FILE *out = fopen(measure->json, "w");

		if (!out) {
			perror(measure->json);
			return 1;
		}
		print_json(measure, out);
		if (fclose(out)) {
			perror(measure->json);
			return 1;
		}
	}
	return 0;
}
