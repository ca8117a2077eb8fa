/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every allocation in the making of a protection, of each kind, fails once: it is refused with
 * -ENOMEM, nothing is leaked, and asked for again it is made and decides.
 */
#include "test.h"
#include "fixture.h"
#include "scarcity.h"

#include <xlat/protection.h>

#include <errno.h>

enum {
	ENDLESS = 1000, /* allocations that nothing here makes */
};

/* Makes one, an IOMMU of it, and asks that. */
static int make(const struct xlat_protection_config *config)
{
	struct xlat_translation_request request = {.access = XLAT_READ, .length = 4};
	struct xlat_translation translation;
	struct xlat_protection *protection;
	struct xlat_iommu *iommu;
	int error = xlat_protection_create(config, &protection);

	if (error)
		return error;
	error = xlat_protection_attach(protection, &iommu);
	if (!error) {
		enum xlat_outcome outcome = xlat_iommu_peek(iommu, &request, &translation);

		assert_true(outcome == XLAT_OK || outcome == XLAT_RETRY);
		xlat_iommu_destroy(iommu);
	}
	xlat_protection_destroy(protection);
	return error;
}

static void sweep(struct xlat_protection_config config)
{
	struct fixture f;
	bool failed = true;
	int error;

	fixture_init(&f, PLAIN);
	config.size = sizeof(config);
	config.memory = f.space;
	for (unsigned long nth = 1; failed; nth++) {
		assert_true(nth < ENDLESS);
		scarcity_begin(nth);
		error = make(&config);
		failed = scarcity_end();
		assert_true(error == 0 || (failed && error == -ENOMEM));
		while (xlat_fabric_process(f.fabric))
			;
	}
	assert_int_equal(error, 0);
	fixture_finish(&f);
}

static void an_iopmp_needs_memory(void **state)
{
	(void)state;
	sweep((struct xlat_protection_config){
		.iopmp = XLAT_CONFIG(xlat_iopmp_config, .entries = 8)});
}

static void a_checker_needs_memory(void **state)
{
	(void)state;
	sweep((struct xlat_protection_config){
		.worldguard = XLAT_CONFIG(xlat_worldguard_config, .slots = 4)});
}

static void an_mpc_needs_memory(void **state)
{
	(void)state;
	sweep((struct xlat_protection_config){
		.trustzone_mpc = XLAT_CONFIG(xlat_trustzone_mpc_config, .length = 0x1000)});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_iopmp_needs_memory),
		cmocka_unit_test(a_checker_needs_memory),
		cmocka_unit_test(an_mpc_needs_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
