/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation and every system call of a DMA engine fails once: it is refused with -ENOMEM, or
 * made; nothing is leaked; asked for again, it is made.
 */
#include "test.h"
#include "engine_bench.h"
#include "scarcity.h"

#include <errno.h>
#include <stdlib.h>

enum {
	ENDLESS = 2000, /* calls that nothing here makes */
};

static struct engine_bench bench;

typedef int deed(void);

static int make_an_engine(void)
{
	struct xlat_dma_engine *engine;
	int error = xlat_dma_engine_create(fixture.fabric, NULL, &engine);

	if (!error)
		xlat_dma_engine_destroy(engine);
	return error;
}

static int attach_and_detach(void)
{
	int error;

	xlat_pci_function_detach(bench.function);
	error = xlat_pci_function_attach(bench.bus, ENGINE_DEVFN, bench.function);
	if (error)
		return error;
	return 0;
}

static int restore(void)
{
	static uint8_t bytes[1 << 18];
	size_t size = xlat_dma_engine_save(bench.engine, bytes, sizeof(bytes));

	assert_true(size <= sizeof(bytes));
	return xlat_dma_engine_restore(bench.engine, bytes, size);
}

/* Work takes nothing of the engine's; what it does to the fabric may be short of something. */
static int copy(void)
{
	uint32_t error;

	engine_start(&bench, 0, 0);
	(void)ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY, .source = FROM_AT,
			     .destination = TO_AT, .length = 0x5000);
	error = engine_error(&bench, 0);
	engine_stop(&bench, 0);
	return error ? -ENOMEM : 0;
}

static void try_each(deed *doing)
{
	unsigned long nth = 0;
	bool failed;

	do {
		int error;

		scarcity_begin(++nth);
		error = doing();
		failed = scarcity_end();
		if (error)
			assert_true(failed);
		assert_true(error == 0 || error == -ENOMEM || error == -EMFILE);
		assert_int_equal(doing(), 0);
		(void)xlat_fabric_process(fixture.fabric);
		assert_true(nth < ENDLESS);
	} while (failed);
}

static void an_engine_that_is_short_of_something_once(void **state)
{
	deed *const deeds[] = {make_an_engine, restore, copy, attach_and_detach};

	(void)state;
	for (unsigned i = 0; i < sizeof(deeds) / sizeof(deeds[0]); i++) {
		bench_begin(&bench, false, NULL);
		try_each(deeds[i]);
		bench_end(&bench);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_engine_that_is_short_of_something_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
