/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IOMMU regions: what a model answers, how it is checked, what is recorded, and what a peek leaves
 * alone.
 */
#include "test.h"
#include "stacked.h"

#include <errno.h>
#include <xlat/implement/iommu.h>

enum {
	IOVA = 0x10000,
};

/* A model that answers what a test tells it to, and a space and a handle behind it. */
struct scripted {
	struct stacked s;
	struct xlat_iommu *iommu;
	struct xlat_region *root;
	struct xlat_space *space;
	struct xlat_dma *dma;
	enum xlat_outcome outcome;
	struct xlat_translation answer;
	unsigned asked, faults, retired;
	struct xlat_fault fault;
	bool stores; /* the walk writes its table, at RAM_AT */
	enum xlat_outcome stored, swapped;
};

static enum xlat_outcome answer(void *opaque, const struct xlat_translation_request *request,
				struct xlat_nested *nested, struct xlat_translation *translation)
{
	struct scripted *m = opaque;

	(void)request;
	m->asked++;
	if (m->stores) {
		uint8_t expected = 0, desired = 1, byte = 1;
		bool swapped;

		m->stored = xlat_nested_write(nested, m->s.space, nobody, RAM_AT, &byte, 1);
		m->swapped = xlat_nested_cas(nested, m->s.space, nobody, RAM_AT + 1, 1, &expected,
					     &desired, &swapped);
	}
	*translation = m->answer;
	return m->outcome;
}

static void record(void *opaque, const struct xlat_fault *fault)
{
	struct scripted *m = opaque;

	m->faults++;
	m->fault = *fault;
}

static void retire(void *opaque)
{
	struct scripted *m = opaque;

	m->retired++;
}

static const struct xlat_iommu_ops answer_ops = {.size = sizeof(answer_ops), .translate = answer};

static void scripted_init(struct scripted *m)
{
	memset(m, 0, sizeof(*m));
	stacked_init(&m->s, 0, NULL);
	m->answer = (struct xlat_translation){
		.range = {IOVA, IOVA + PAGE - 1},
		.space = m->s.space,
		.address = RAM_AT,
		.rights = XLAT_RIGHT_RWX,
	};
	assert_int_equal(xlat_iommu_create(m->s.fabric,
					   XLAT_CONFIG(xlat_iommu_config, .ops = &answer_ops,
						       .opaque = m, .fault = record,
						       .retired = retire),
					   &m->iommu),
			 0);
	m->space = space_behind(m->s.fabric, m->iommu, &m->root);
	assert_int_equal(xlat_dma_create(m->space, NULL, &m->dma), 0);
}

static void scripted_finish(struct scripted *m)
{
	xlat_dma_destroy(m->dma);
	xlat_space_destroy(m->space);
	xlat_region_unref(m->root);
	xlat_iommu_destroy(m->iommu);
	stacked_finish(&m->s);
	assert_int_equal(m->retired, 1);
}

static enum xlat_outcome loads(struct scripted *m, uint64_t iova)
{
	uint8_t byte;

	return xlat_dma_load_u8(m->dma, nobody, iova, &byte);
}

static void an_iommu_must_be_able_to_translate(void **state)
{
	struct xlat_fabric *fabric;
	struct xlat_iommu *iommu;
	const struct xlat_iommu_ops none = {.size = sizeof(none)};

	(void)state;
	assert_int_equal(xlat_fabric_create(NULL, &fabric), 0);
	assert_int_equal(xlat_iommu_create(fabric, XLAT_CONFIG(xlat_iommu_config, .name = NULL),
					   &iommu),
			 -EINVAL);
	assert_int_equal(xlat_iommu_create(fabric, XLAT_CONFIG(xlat_iommu_config, .ops = &none),
					   &iommu),
			 -EINVAL);
	assert_int_equal(xlat_iommu_create(fabric,
					   XLAT_CONFIG(xlat_iommu_config, .ops = &answer_ops,
						       .granule = 3000),
					   &iommu),
			 -EINVAL);
	xlat_iommu_destroy(NULL);
	xlat_fabric_destroy(fabric);
}

static void an_answer_that_makes_no_sense_is_a_fault(void **state)
{
	struct scripted m;
	struct xlat_translation good;

	(void)state;
	scripted_init(&m);
	good = m.answer;
	for (int which = 0; which < 5; which++) {
		m.answer = good;
		switch (which) {
		case 0: /* not around the address */
			m.answer.range = (struct xlat_range){IOVA + 1, IOVA + PAGE - 1};
			break;
		case 1: /* no length */
			m.answer.range = (struct xlat_range){IOVA + 1, IOVA};
			break;
		case 2: /* nowhere */
			m.answer.space = NULL;
			break;
		case 3: /* wraps */
			m.answer.address = UINT64_MAX - 10;
			break;
		default: /* of all addresses, to anywhere but 0 */
			m.answer.range = (struct xlat_range){0, UINT64_MAX};
			m.answer.address = 1;
		}
		m.faults = 0;
		assert_int_equal(loads(&m, IOVA), XLAT_FAULT);
		assert_int_equal(m.faults, 1);
		assert_int_equal(m.fault.cause, XLAT_FAULT_MALFORMED);
	}
	m.answer = good;
	assert_int_equal(loads(&m, IOVA), XLAT_OK);
	scripted_finish(&m);
}

static void an_answer_without_the_rights_is_denied(void **state)
{
	struct scripted m;
	uint8_t expected = 0, desired = 1;
	bool swapped;

	(void)state;
	scripted_init(&m);
	m.answer.rights = XLAT_RIGHT_W;
	assert_int_equal(loads(&m, IOVA), XLAT_DENIED);
	assert_int_equal(m.fault.cause, XLAT_FAULT_RIGHTS);
	m.answer.rights = 0;
	assert_int_equal(xlat_dma_store_u8(m.dma, nobody, IOVA, 1), XLAT_DENIED);
	m.answer.rights = XLAT_RIGHT_R | XLAT_RIGHT_X;
	assert_int_equal(loads(&m, IOVA), XLAT_OK);
	assert_int_equal(xlat_dma_store_u8(m.dma, nobody, IOVA, 1), XLAT_DENIED);
	assert_int_equal(xlat_dma_cas(m.dma, nobody, IOVA, 1, &expected, &desired, &swapped),
			 XLAT_DENIED);
	assert_int_equal(*stacked_ram(&m.s, RAM_AT), 0);
	scripted_finish(&m);
}

static void an_outcome_that_a_translation_cannot_have_is_a_fault(void **state)
{
	struct scripted m;

	(void)state;
	scripted_init(&m);
	m.outcome = XLAT_PENDING;
	assert_int_equal(loads(&m, IOVA), XLAT_FAULT);
	m.outcome = (enum xlat_outcome)77;
	assert_int_equal(loads(&m, IOVA), XLAT_FAULT);
	scripted_finish(&m);
}

static void the_fault_sink_gets_the_exact_request(void **state)
{
	struct scripted m;
	const struct xlat_attrs somebody = {
		.requester = 0x1234, .flags = XLAT_ATTR_PASID, .pasid = 5};
	uint8_t bytes[100];

	(void)state;
	scripted_init(&m);
	m.outcome = XLAT_FAULT;
	m.answer = (struct xlat_translation){.cause = 13, .detail = 99};
	assert_int_equal(xlat_dma_write(m.dma, somebody, IOVA + 7, bytes, 100), XLAT_FAULT);
	assert_int_equal(m.faults, 1);
	assert_int_equal(m.fault.outcome, XLAT_FAULT);
	assert_int_equal(m.fault.cause, 13);
	assert_int_equal(m.fault.detail, 99);
	assert_int_equal(m.fault.request.access, XLAT_WRITE);
	assert_true(m.fault.request.iova == IOVA + 7);
	assert_int_equal(m.fault.request.length, 100);
	assert_true(xlat_attrs_equal(m.fault.request.attrs, somebody));
	scripted_finish(&m);
}

static void a_refused_access_is_refused_granule_by_granule(void **state)
{
	struct scripted m;
	uint8_t bytes[2 * PAGE];

	(void)state;
	scripted_init(&m);
	m.outcome = XLAT_FAULT;
	m.answer = (struct xlat_translation){.cause = 1};
	assert_int_equal(xlat_dma_read(m.dma, nobody, IOVA + 100, bytes, 2 * PAGE), XLAT_FAULT);
	assert_int_equal(m.faults, 3);
	assert_true(m.fault.request.iova == IOVA + 2 * PAGE);
	assert_int_equal(m.fault.request.length, 100);
	scripted_finish(&m);
}

static void a_peek_has_no_side_effects(void **state)
{
	struct scripted m;
	struct xlat_translation_request request = {.iova = IOVA, .length = 1};
	struct xlat_translation translation;

	(void)state;
	scripted_init(&m);
	m.stores = true;
	assert_int_equal(xlat_iommu_peek(m.iommu, &request, &translation), XLAT_OK);
	assert_true(translation.address == RAM_AT);
	assert_int_equal(m.stored, XLAT_DENIED);
	assert_int_equal(m.swapped, XLAT_DENIED);
	assert_int_equal(xlat_dma_valid(m.dma, nobody, XLAT_WRITE, (struct xlat_range){IOVA, IOVA}),
			 XLAT_OK);
	assert_int_equal(stacked_ram(&m.s, RAM_AT)[0] + stacked_ram(&m.s, RAM_AT)[1], 0);
	m.outcome = XLAT_FAULT;
	assert_int_equal(xlat_iommu_peek(m.iommu, &request, &translation), XLAT_FAULT);
	assert_int_equal(xlat_dma_valid(m.dma, nobody, XLAT_READ, (struct xlat_range){IOVA, IOVA}),
			 XLAT_FAULT);
	assert_int_equal(m.faults, 0);
	/* Nor does it leave anything in the handle. */
	m.outcome = XLAT_OK;
	m.asked = 0;
	assert_int_equal(loads(&m, IOVA), XLAT_OK);
	assert_int_equal(m.asked, 1);
	scripted_finish(&m);
}

static void a_translate_has_them(void **state)
{
	struct scripted m;
	struct xlat_translation_request request = {.iova = IOVA, .length = 1};
	struct xlat_translation translation;

	(void)state;
	scripted_init(&m);
	m.stores = true;
	assert_int_equal(xlat_iommu_translate(m.iommu, &request, &translation), XLAT_OK);
	assert_int_equal(m.stored, XLAT_OK);
	assert_int_equal(m.swapped, XLAT_OK);
	assert_int_equal(stacked_ram(&m.s, RAM_AT)[0] + stacked_ram(&m.s, RAM_AT)[1], 2);
	m.outcome = XLAT_DENIED;
	assert_int_equal(xlat_iommu_translate(m.iommu, &request, &translation), XLAT_DENIED);
	assert_int_equal(m.faults, 1);
	scripted_finish(&m);
}

static void a_translation_for_once_is_not_kept(void **state)
{
	struct scripted m;
	struct xlat_map map;

	(void)state;
	scripted_init(&m);
	m.answer.flags = XLAT_TRANSLATION_ONCE;
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(loads(&m, IOVA), XLAT_OK);
		assert_int_equal(m.asked, i);
	}
	assert_int_equal(xlat_dma_map(m.dma, nobody, XLAT_READ, IOVA, 8, &map), 0);
	assert_non_null(map.host);
	assert_int_equal(xlat_dma_unmap(m.dma, &map, 0), 0);
	scripted_finish(&m);
}

static void a_cycle_is_a_fault(void **state)
{
	struct scripted m;
	struct xlat_map map;

	(void)state;
	scripted_init(&m);
	m.answer.space = m.space;
	m.answer.address = IOVA;
	assert_int_equal(loads(&m, IOVA), XLAT_FAULT);
	assert_int_equal(m.fault.cause, XLAT_FAULT_TOO_DEEP);
	assert_int_equal(m.faults, 1);
	assert_int_equal(xlat_dma_map(m.dma, nobody, XLAT_READ, IOVA, 8, &map), 0);
	assert_int_equal(map.outcome, XLAT_FAULT);
	scripted_finish(&m);
}

/* A table that is found through the very IOMMU whose table it is. */
static enum xlat_outcome walk_itself(void *opaque, const struct xlat_translation_request *request,
				     struct xlat_nested *nested,
				     struct xlat_translation *translation)
{
	struct scripted *m = opaque;
	uint8_t byte;

	(void)translation;
	return xlat_nested_read(nested, m->space, nobody, request->iova, &byte, 1);
}

static void a_table_behind_its_own_iommu_is_a_fault(void **state)
{
	struct scripted m;
	const struct xlat_iommu_ops ops = {.size = sizeof(ops), .translate = walk_itself};
	struct xlat_iommu *iommu;
	struct xlat_region *root;
	struct xlat_space *space, *before;
	uint8_t byte;

	(void)state;
	scripted_init(&m);
	assert_int_equal(xlat_iommu_create(m.s.fabric,
					   XLAT_CONFIG(xlat_iommu_config, .ops = &ops, .opaque = &m,
						       .fault = record),
					   &iommu),
			 0);
	space = space_behind(m.s.fabric, iommu, &root);
	before = m.space;
	m.space = space;
	assert_int_equal(xlat_space_read(space, nobody, 0, &byte, 1), XLAT_FAULT);
	assert_int_equal(m.fault.outcome, XLAT_FAULT);
	m.space = before;
	xlat_space_destroy(space);
	xlat_region_unref(root);
	xlat_iommu_destroy(iommu);
	scripted_finish(&m);
}

static void pages_of_different_sizes_in_a_row_keep_the_low_bits(void **state)
{
	(void)state;
	for (int large_first = 0; large_first < 2; large_first++) {
		struct stacked s;
		uint64_t sizes[2] = {large_first ? 0x10000 : 0x400, large_first ? 0x400 : 0x10000};

		stacked_init(&s, 2, NULL);
		unmaps(&s, 1, 0, 0);
		for (uint64_t at = 0; at < 0x10000; at += sizes[0])
			maps(&s, 0, 0x70000 + at, sizes[0], 0x30000 + at);
		for (uint64_t at = 0; at < 0x10000; at += sizes[1])
			maps(&s, 1, 0x30000 + at, sizes[1], RAM_AT + at);
		for (uint64_t at = 0; at < 0x10000; at += 0x3ff) {
			*stacked_ram(&s, RAM_AT + at) = (uint8_t)(at / 0x3ff);
			assert_int_equal(reads(&s, 0x70000 + at), (uint8_t)(at / 0x3ff));
		}
		stacked_finish(&s);
	}
}

static void pages_may_be_a_byte_long(void **state)
{
	struct stacked s;
	uint32_t word;

	(void)state;
	stacked_init(&s, 1, NULL);
	for (unsigned i = 0; i < 4; i++) {
		maps(&s, 0, IOVA + i, 1, RAM_AT + 100 - i);
		*stacked_ram(&s, RAM_AT + 100 - i) = (uint8_t)(i + 1);
	}
	for (int again = 0; again < 2; again++) {
		assert_int_equal(xlat_dma_load_le32(s.dma, nobody, IOVA, &word), XLAT_OK);
		assert_true(word == 0x04030201);
	}
	stacked_finish(&s);
}

static void an_iommu_is_retired_when_nobody_uses_it(void **state)
{
	struct scripted m;

	(void)state;
	scripted_init(&m);
	assert_int_equal(loads(&m, IOVA), XLAT_OK);
	xlat_dma_destroy(m.dma);
	m.dma = NULL;
	xlat_space_destroy(m.space);
	xlat_region_unref(m.root);
	m.space = NULL;
	m.root = NULL;
	xlat_iommu_destroy(m.iommu);
	m.iommu = NULL;
	assert_int_equal(m.retired, 0);
	while (xlat_fabric_process(m.s.fabric))
		;
	assert_int_equal(m.retired, 1);
	stacked_finish(&m.s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_iommu_must_be_able_to_translate),
		cmocka_unit_test(an_answer_that_makes_no_sense_is_a_fault),
		cmocka_unit_test(an_answer_without_the_rights_is_denied),
		cmocka_unit_test(an_outcome_that_a_translation_cannot_have_is_a_fault),
		cmocka_unit_test(the_fault_sink_gets_the_exact_request),
		cmocka_unit_test(a_refused_access_is_refused_granule_by_granule),
		cmocka_unit_test(a_peek_has_no_side_effects),
		cmocka_unit_test(a_translate_has_them),
		cmocka_unit_test(a_translation_for_once_is_not_kept),
		cmocka_unit_test(a_cycle_is_a_fault),
		cmocka_unit_test(a_table_behind_its_own_iommu_is_a_fault),
		cmocka_unit_test(pages_of_different_sizes_in_a_row_keep_the_low_bits),
		cmocka_unit_test(pages_may_be_a_byte_long),
		cmocka_unit_test(an_iommu_is_retired_when_nobody_uses_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
