/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random tables and configurations, translated by the model and by a naive reader of the
 * specification. XLAT_RANDOM_CONFIGS says how many; XLAT_RANDOM_SEED where to begin.
 */
#include <stdio.h>
#include <stdlib.h>

#include <xlat/riscv_iommu.h>

#include "test.h"
#include "compare_riscv.h"
#include "random_tables.h"

enum {
	REQUESTS = 6,
};

static unsigned met[512]; /* how often each cause was met; 0 is success */
static unsigned met_msi, met_mrif, met_large, met_written; /* ... and kinds of success */

static unsigned long from_environment(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static unsigned complain(uint64_t seed, unsigned n, const char *what,
			 const struct xlat_riscv_iommu_response *response,
			 const struct naive_answer *answer)
{
	print_error("seed %#lx request %u: %s; cause %u for %u, address %#lx for %#lx\n",
		    (unsigned long)seed, n, what, response->fault.cause, answer->cause,
		    (unsigned long)response->address, (unsigned long)answer->address);
	return 1;
}

/* Makes the requests of one seed, with or without caches; returns how many differed. */
static unsigned compare(uint64_t seed, bool cached)
{
	struct random_tables tables = random_tables(seed), twin = tables;
	struct xlat_riscv_iommu *model;
	struct naive_iommu naive = naive_of(&twin);
	unsigned wrong = 0;

	tables.cached = cached;
	model = model_of(&tables);
	/* They come twice, so that caches are used. */
	for (unsigned n = 0; n < REQUESTS && !wrong; n++) {
		struct xlat_riscv_iommu_request request = random_request(&tables, n / 2);
		struct naive_request same = naive_request(&request);
		struct xlat_riscv_iommu_response peeked, response;
		unsigned writes = tables.write_count;
		struct naive_answer answer = {0};
		const char *what;

		xlat_riscv_iommu_peek(model, &request, &peeked);
		if (tables.write_count != writes)
			wrong += complain(seed, n, "peek wrote", &peeked, &answer);
		answer = naive_translate(&naive, &same);
		/* The walk itself may dirty the page that it leads to; peek cannot see that. */
		if (twin.write_count != writes && answer.w)
			peeked.rights |= XLAT_RIGHT_W;
		what = difference(&request, &answer, &peeked);
		if (what)
			wrong += complain(seed, n, what, &peeked, &answer);
		xlat_riscv_iommu_translate(model, &request, &response);
		what = difference(&request, &answer, &response);
		if (what)
			wrong += complain(seed, n, what, &response, &answer);
		if (!same_writes(&tables, &twin))
			wrong += complain(seed, n, "different writes", &response, &answer);
		met[answer.cause]++;
		met_msi += answer.is_msi;
		met_mrif += answer.is_mrif;
		met_large += !answer.cause && answer.shift > 16 && answer.shift < 63;
		met_written += tables.write_count != writes;
	}
	xlat_riscv_iommu_destroy(model);
	return wrong;
}

static void the_model_answers_as_a_naive_reader_of_the_specification_does(void **state)
{
	unsigned long first = from_environment("XLAT_RANDOM_SEED", 1);
	unsigned long count = from_environment("XLAT_RANDOM_CONFIGS", 100000), wrong = 0;

	(void)state;
	for (unsigned long i = 0; i < count && wrong < 20; i++)
		wrong += compare(first + i, false) + compare(first + i, true);
	assert_int_equal(wrong, 0);
}

/* The comparison is worth as much as what it met. */
static void every_cause_was_met(void **state)
{
	static const unsigned causes[] = {0,   1,   5,	 7,   12,  13,	15,  20,  21,
					  23,  256, 257, 258, 259, 260, 261, 262, 263,
					  265, 266, 267, 268, 269, 270, 274};

	(void)state;
	if (getenv("XLAT_RANDOM_SHOW"))
		for (unsigned i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
			fprintf(stderr, "# %3u: %u\n", causes[i], met[causes[i]]);
	if (getenv("XLAT_RANDOM_SHOW"))
		fprintf(stderr, "# %u MSI, %u MRIF, %u large, %u A/D updates\n", met_msi, met_mrif,
			met_large, met_written);
	if (from_environment("XLAT_RANDOM_CONFIGS", 100000) < 100000)
		skip();
	for (unsigned i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (!met[causes[i]])
			fail_msg("cause %u was never met", causes[i]);
	assert_true(met[0] > 50000);
	assert_true(met_msi > 100 && met_mrif > 100 && met_large > 1000 && met_written > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_model_answers_as_a_naive_reader_of_the_specification_does),
		cmocka_unit_test(every_cause_was_met),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
