/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The sanitizer on an IOMMU that has a translate and nothing else, whose invalidations may name a
 * requester or a process.
 */
#include <xlat/dma.h>
#include <xlat/implement/iommu.h>
#include <xlat/sanitizer.h>

#include "test.h"
#include "fixture.h"

#include <errno.h>

/* Every address to one place, or to none. */
struct one_place {
	struct fixture f;
	struct xlat_sanitizer *sanitizer;
	struct xlat_iommu *iommu;
	struct xlat_region *root;
	struct xlat_space *space;
	uint64_t address; /* 0: none */
};

static enum xlat_outcome translate(void *opaque, const struct xlat_translation_request *request,
				   struct xlat_nested *nested, struct xlat_translation *translation)
{
	struct one_place *p = opaque;

	(void)nested;
	if (!p->address)
		return XLAT_FAULT;
	translation->range =
		(struct xlat_range){request->iova & ~UINT64_C(0xfff), request->iova | 0xfff};
	translation->space = p->f.space;
	translation->address = p->address;
	translation->rights = XLAT_RIGHT_RWX;
	return XLAT_OK;
}

static const struct xlat_iommu_ops ops = {.size = sizeof(ops), .translate = translate};

static void place(struct one_place *p)
{
	*p = (struct one_place){.address = RAM_AT};
	fixture_init(&p->f, PLAIN);
	assert_int_equal(xlat_sanitizer_create(NULL, &p->sanitizer), 0);
	assert_int_equal(xlat_iommu_create(p->f.fabric,
					   XLAT_CONFIG(xlat_iommu_config, .ops = &ops, .opaque = p,
						       .sanitize = p->sanitizer),
					   &p->iommu),
			 0);
	p->space = space_behind(p->f.fabric, p->iommu, &p->root);
}

static void displace(struct one_place *p)
{
	xlat_space_destroy(p->space);
	xlat_region_unref(p->root);
	xlat_iommu_destroy(p->iommu);
	fixture_finish(&p->f);
	xlat_sanitizer_destroy(p->sanitizer);
}

static enum xlat_outcome reads(struct one_place *p, struct xlat_attrs attrs)
{
	uint8_t byte;

	return xlat_space_read(p->space, attrs, 0x5000, &byte, 1);
}

static uint64_t counted(struct one_place *p, enum xlat_sanitizer_kind kind)
{
	return xlat_sanitizer_count(p->sanitizer).reports[kind];
}

static void an_invalidation_ends_what_it_names(void **state)
{
	const struct xlat_attrs one = {.requester = 1}, two = {.requester = 2};
	const struct xlat_attrs process = {.requester = 1, .pasid = 9, .flags = XLAT_ATTR_PASID};
	struct one_place p;

	(void)state;
	place(&p);
	assert_int_equal(reads(&p, one), XLAT_OK);
	assert_int_equal(reads(&p, two), XLAT_OK);
	assert_int_equal(reads(&p, process), XLAT_OK);
	p.address = 0;
	xlat_iommu_invalidate(p.iommu, &(struct xlat_invalidation){.range = {0x5000, 0x5fff},
								   .by_requester = true,
								   .by_pasid = true,
								   .attrs = process});
	assert_int_equal(reads(&p, process), XLAT_FAULT);
	assert_int_equal(counted(&p, XLAT_SANITIZER_FREED), 1);
	assert_int_equal(reads(&p, one), XLAT_FAULT);
	assert_int_equal(counted(&p, XLAT_SANITIZER_STALE), 1);
	xlat_iommu_invalidate(p.iommu, &(struct xlat_invalidation){.range = {0, UINT64_MAX},
								   .by_requester = true,
								   .attrs = one});
	assert_int_equal(reads(&p, one), XLAT_FAULT);
	assert_int_equal(counted(&p, XLAT_SANITIZER_FREED), 2);
	assert_int_equal(reads(&p, two), XLAT_FAULT);
	assert_int_equal(counted(&p, XLAT_SANITIZER_STALE), 2);
	displace(&p);
}

static void what_is_remembered_counts_as_in_use(void **state)
{
	const struct xlat_range page = {0x5000, 0x5fff};
	struct xlat_fence fence;
	struct one_place p;

	(void)state;
	place(&p);
	assert_false(xlat_iommu_in_use(p.iommu, page));
	assert_int_equal(reads(&p, nobody), XLAT_OK);
	assert_true(xlat_iommu_in_use(p.iommu, page));
	xlat_iommu_invalidate(p.iommu, &(struct xlat_invalidation){.range = page});
	assert_true(xlat_iommu_fence(p.iommu, &fence, NULL, NULL));
	assert_false(xlat_iommu_in_use(p.iommu, page));
	displace(&p);
}

static void a_peek_and_a_debugger_leave_no_trace(void **state)
{
	const struct xlat_attrs debugger = {.flags = XLAT_ATTR_DEBUG};
	const struct xlat_translation_request request = {.iova = 0x5000, .length = 1};
	struct xlat_translation translation;
	struct one_place p;

	(void)state;
	place(&p);
	assert_int_equal(reads(&p, debugger), XLAT_OK);
	assert_int_equal(xlat_iommu_peek(p.iommu, &request, &translation), XLAT_OK);
	p.address = 0;
	assert_int_equal(reads(&p, debugger), XLAT_FAULT);
	assert_int_equal(xlat_sanitizer_count(p.sanitizer).accesses, 0);
	displace(&p);
}

static void a_sanitizer_of_an_unknown_size_is_refused(void **state)
{
	struct xlat_sanitizer *sanitizer = NULL;

	(void)state;
	assert_int_equal(xlat_sanitizer_create(&(struct xlat_sanitizer_config){.limit = 1},
					       &sanitizer),
			 -EINVAL);
	assert_null(sanitizer);
	xlat_sanitizer_destroy(NULL);
	assert_string_equal(xlat_sanitizer_kind_name(XLAT_SANITIZER_IN_USE), "in-use");
	assert_string_equal(xlat_sanitizer_kind_name(XLAT_SANITIZER_KIND_COUNT), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_invalidation_ends_what_it_names),
		cmocka_unit_test(what_is_remembered_counts_as_in_use),
		cmocka_unit_test(a_peek_and_a_debugger_leave_no_trace),
		cmocka_unit_test(a_sanitizer_of_an_unknown_size_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
