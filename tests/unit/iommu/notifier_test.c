/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Notifiers: what shadows are told, cut to what they asked for, and what becomes of their errors.
 */
#include "test.h"
#include "stacked.h"

#include <errno.h>
#include <xlat/implement/iommu.h>

enum {
	IOVA = 0x10000,
	EVENTS = 16,
};

/* A notifier that writes down what it hears. */
struct listener {
	struct xlat_iommu_notifier *notifier;
	struct xlat_iommu_event events[EVENTS];
	unsigned count;
	int answer;
};

static int hear(void *opaque, const struct xlat_iommu_event *event)
{
	struct listener *listener = opaque;

	if (listener->count < EVENTS)
		listener->events[listener->count] = *event;
	listener->count++;
	return listener->answer;
}

static int listens(struct xlat_iommu *iommu, struct listener *listener, unsigned kinds,
		   uint64_t first, uint64_t last)
{
	*listener = (struct listener){.answer = 0};
	return xlat_iommu_notifier_create(iommu,
					  XLAT_CONFIG(xlat_iommu_notifier_config, .kinds = kinds,
						      .range = {first, last}, .notify = hear,
						      .opaque = listener),
					  &listener->notifier);
}

static void expect(const struct listener *listener, unsigned i, enum xlat_iommu_event_kind kind,
		   uint64_t first, uint64_t last, uint64_t address)
{
	const struct xlat_iommu_event *event = &listener->events[i];

	assert_true(i < listener->count);
	assert_int_equal(event->kind, kind);
	assert_true(event->range.first == first && event->range.last == last);
	if (kind != XLAT_IOMMU_MAP)
		return;
	assert_true(event->translation.address == address);
	assert_true(event->translation.range.first == first);
	assert_true(event->translation.range.last == last);
}

static void a_notifier_must_listen_to_something(void **state)
{
	struct stacked s;
	struct listener listener;

	(void)state;
	stacked_init(&s, 1, NULL);
	assert_int_equal(listens(s.iommus[0], &listener, 0, 0, 0), -EINVAL);
	assert_int_equal(listens(s.iommus[0], &listener, XLAT_IOMMU_MAP, 2, 1), -EINVAL);
	assert_int_equal(xlat_iommu_notifier_create(s.iommus[0],
						    XLAT_CONFIG(xlat_iommu_notifier_config,
								.kinds = XLAT_IOMMU_MAP),
						    &listener.notifier),
			 -EINVAL);
	xlat_iommu_notifier_destroy(NULL);
	stacked_finish(&s);
}

static void maps_and_unmaps_are_told_exactly(void **state)
{
	struct stacked s;
	struct listener listener;

	(void)state;
	stacked_init(&s, 1, NULL);
	assert_int_equal(listens(s.iommus[0], &listener, XLAT_IOMMU_MAP | XLAT_IOMMU_UNMAP, 0, 0),
			 0);
	maps(&s, 0, IOVA, 0x2100, RAM_AT);
	unmaps(&s, 0, IOVA + 0x100, 0x80);
	assert_int_equal(listener.count, 2);
	expect(&listener, 0, XLAT_IOMMU_MAP, IOVA, IOVA + 0x20ff, RAM_AT);
	assert_ptr_equal(listener.events[0].translation.space, s.space);
	assert_int_equal(listener.events[0].translation.rights, XLAT_RIGHT_RWX);
	expect(&listener, 1, XLAT_IOMMU_UNMAP, IOVA + 0x100, IOVA + 0x17f, 0);
	xlat_iommu_notifier_destroy(listener.notifier);
	maps(&s, 0, IOVA, 1, RAM_AT);
	assert_int_equal(listener.count, 2);
	stacked_finish(&s);
}

static void events_are_cut_to_a_notifiers_range(void **state)
{
	struct stacked s;
	struct listener listener;

	(void)state;
	stacked_init(&s, 1, NULL);
	assert_int_equal(listens(s.iommus[0], &listener, XLAT_IOMMU_MAP | XLAT_IOMMU_UNMAP,
				 IOVA + 0x800, IOVA + 0x17ff),
			 0);
	maps(&s, 0, IOVA, 2 * PAGE, RAM_AT);
	expect(&listener, 0, XLAT_IOMMU_MAP, IOVA + 0x800, IOVA + 0x17ff, RAM_AT + 0x800);
	unmaps(&s, 0, IOVA + PAGE, PAGE);
	expect(&listener, 1, XLAT_IOMMU_UNMAP, IOVA + 0x1000, IOVA + 0x17ff, 0);
	unmaps(&s, 0, IOVA + 2 * PAGE, PAGE);
	maps(&s, 0, IOVA - PAGE, PAGE, RAM_AT);
	assert_int_equal(listener.count, 2);
	xlat_iommu_notifier_destroy(listener.notifier);
	stacked_finish(&s);
}

static void a_notifier_hears_only_its_kinds(void **state)
{
	struct stacked s;
	struct listener unmaps_only, device;
	const struct xlat_iommu_event event = {.kind = XLAT_IOMMU_DEVICE_IOTLB,
					       .range = {IOVA, IOVA + PAGE - 1}};

	(void)state;
	stacked_init(&s, 1, NULL);
	assert_int_equal(listens(s.iommus[0], &unmaps_only, XLAT_IOMMU_UNMAP, 0, 0), 0);
	assert_int_equal(listens(s.iommus[0], &device, XLAT_IOMMU_DEVICE_IOTLB, 0, 0), 0);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_int_equal(unmaps_only.count + device.count, 0);
	unmaps(&s, 0, IOVA, PAGE);
	assert_int_equal(unmaps_only.count, 1);
	assert_int_equal(device.count, 0);
	assert_int_equal(xlat_iommu_notify(s.iommus[0], &event), 0);
	assert_int_equal(unmaps_only.count, 1);
	expect(&device, 0, XLAT_IOMMU_DEVICE_IOTLB, IOVA, IOVA + PAGE - 1, 0);
	xlat_iommu_notifier_destroy(unmaps_only.notifier);
	xlat_iommu_notifier_destroy(device.notifier);
	stacked_finish(&s);
}

static void errors_reach_the_notifying_side_and_all_are_told(void **state)
{
	struct stacked s;
	struct listener listeners[3];
	struct xlat_iommu_event event = {.kind = XLAT_IOMMU_UNMAP, .range = {0, 9}};

	(void)state;
	stacked_init(&s, 1, NULL);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(listens(s.iommus[0], &listeners[i], XLAT_IOMMU_UNMAP, 0, 0), 0);
		listeners[i].answer = i ? -(int)(10 + i) : 5;
	}
	assert_int_equal(xlat_iommu_notify(s.iommus[0], &event), -11);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(listeners[i].count, 1);
		xlat_iommu_notifier_destroy(listeners[i].notifier);
	}
	event.range = (struct xlat_range){1, 0};
	assert_int_equal(xlat_iommu_notify(s.iommus[0], &event), -EINVAL);
	stacked_finish(&s);
}

static void a_mapping_that_a_notifier_refuses_is_undone_and_no_other(void **state)
{
	struct stacked s;
	struct listener listener;
	struct xlat_table_entry entry = {.range = {IOVA, IOVA + 2 * PAGE - 1},
					 .rights = XLAT_RIGHT_RW};

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_int_equal(listens(s.iommus[0], &listener, XLAT_IOMMU_MAP, 0, 0), 0);
	listener.answer = -ENOSPC;
	entry.space = s.space;
	entry.address = RAM_AT + 8 * PAGE;
	assert_int_equal(xlat_table_iommu_map(s.tables[0], &entry), -ENOSPC);
	assert_int_equal(reads(&s, IOVA), 0);
	assert_int_equal(reads(&s, IOVA + PAGE), -XLAT_FAULT);
	xlat_iommu_notifier_destroy(listener.notifier);
	stacked_finish(&s);
}

static void an_unmapping_that_a_notifier_refuses_is_done_all_the_same(void **state)
{
	struct stacked s;
	struct listener listener;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_int_equal(listens(s.iommus[0], &listener, XLAT_IOMMU_UNMAP, 0, 0), 0);
	listener.answer = -EIO;
	assert_int_equal(xlat_table_iommu_unmap(s.tables[0],
						(struct xlat_range){IOVA, IOVA + PAGE - 1}),
			 -EIO);
	assert_int_equal(reads(&s, IOVA), -XLAT_FAULT);
	xlat_iommu_notifier_destroy(listener.notifier);
	stacked_finish(&s);
}

/* A model that has a say in who listens, and replays by itself. */
struct opinionated {
	unsigned kinds, asked;
	int answer;
	struct xlat_range replayed;
};

static enum xlat_outcome refuse(void *opaque, const struct xlat_translation_request *request,
				struct xlat_nested *nested, struct xlat_translation *translation)
{
	(void)opaque;
	(void)request;
	(void)nested;
	(void)translation;
	return XLAT_FAULT;
}

static int notifiers_changed(void *opaque, unsigned kinds)
{
	struct opinionated *model = opaque;

	model->kinds = kinds;
	model->asked++;
	return model->answer;
}

static int replay(void *opaque, struct xlat_attrs attrs, struct xlat_range range,
		  int (*emit)(void *emit_opaque, const struct xlat_iommu_event *event),
		  void *emit_opaque)
{
	struct opinionated *model = opaque;
	struct xlat_iommu_event event = {
		.kind = XLAT_IOMMU_MAP, .range = {0, 0xffff}, .attrs = attrs};

	model->replayed = range;
	event.translation.address = 0x5000;
	event.translation.range = event.range;
	return emit(emit_opaque, &event);
}

static const struct xlat_iommu_ops opinionated_ops = {
	.size = sizeof(opinionated_ops),
	.translate = refuse,
	.notifiers_changed = notifiers_changed,
	.replay = replay,
};

static void a_model_is_told_who_listens_and_may_refuse(void **state)
{
	struct stacked s;
	struct opinionated model = {.answer = 0};
	struct listener one, two, three;
	struct xlat_iommu *iommu;

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(xlat_iommu_create(s.fabric,
					   XLAT_CONFIG(xlat_iommu_config, .ops = &opinionated_ops,
						       .opaque = &model),
					   &iommu),
			 0);
	assert_int_equal(listens(iommu, &one, XLAT_IOMMU_UNMAP, 0, 0), 0);
	assert_int_equal(model.kinds, XLAT_IOMMU_UNMAP);
	/* Another of the kind is nothing new. */
	assert_int_equal(listens(iommu, &two, XLAT_IOMMU_UNMAP, 0, 0), 0);
	assert_int_equal(model.asked, 1);
	model.answer = -EOPNOTSUPP;
	assert_int_equal(listens(iommu, &three, XLAT_IOMMU_MAP, 0, 0), -EOPNOTSUPP);
	assert_int_equal(model.asked, 2);
	model.answer = 0;
	xlat_iommu_notifier_destroy(one.notifier);
	assert_int_equal(model.asked, 2);
	xlat_iommu_notifier_destroy(two.notifier);
	assert_int_equal(model.asked, 3);
	assert_int_equal(model.kinds, 0);
	xlat_iommu_destroy(iommu);
	stacked_finish(&s);
}

static void a_model_may_replay_by_itself(void **state)
{
	struct stacked s;
	struct opinionated model = {.answer = 0};
	struct listener listener;
	struct xlat_iommu *iommu;

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(xlat_iommu_create(s.fabric,
					   XLAT_CONFIG(xlat_iommu_config, .ops = &opinionated_ops,
						       .opaque = &model),
					   &iommu),
			 0);
	assert_int_equal(listens(iommu, &listener, XLAT_IOMMU_MAP, 0x1000, 0x1fff), 0);
	assert_int_equal(xlat_iommu_replay(listener.notifier, nobody), 0);
	assert_true(model.replayed.first == 0x1000 && model.replayed.last == 0x1fff);
	assert_int_equal(listener.count, 1);
	expect(&listener, 0, XLAT_IOMMU_MAP, 0x1000, 0x1fff, 0x6000);
	listener.answer = -ENOMEM;
	assert_int_equal(xlat_iommu_replay(listener.notifier, nobody), -ENOMEM);
	xlat_iommu_notifier_destroy(listener.notifier);
	xlat_iommu_destroy(iommu);
	stacked_finish(&s);
}

static void a_replay_finds_every_mapping_whatever_its_rights(void **state)
{
	struct stacked s;
	struct listener listener;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps_for(&s, 0, 0x1000, 0x1000, RAM_AT, XLAT_RIGHT_R);
	maps_for(&s, 0, 0x4000, 0x1000, RAM_AT + 0x1000, XLAT_RIGHT_W);
	maps_for(&s, 0, 0x6000, 0x1000, RAM_AT + 0x2000, XLAT_RIGHT_X);
	maps_for(&s, 0, UINT64_MAX - 0xfff, 0x1000, RAM_AT + 0x3000, XLAT_RIGHT_RW);
	assert_int_equal(listens(s.iommus[0], &listener, XLAT_IOMMU_MAP, 0, UINT64_MAX), 0);
	assert_int_equal(xlat_iommu_replay(listener.notifier, nobody), 0);
	assert_int_equal(listener.count, 4);
	expect(&listener, 0, XLAT_IOMMU_MAP, 0x1000, 0x1fff, RAM_AT);
	expect(&listener, 1, XLAT_IOMMU_MAP, 0x4000, 0x4fff, RAM_AT + 0x1000);
	expect(&listener, 2, XLAT_IOMMU_MAP, 0x6000, 0x6fff, RAM_AT + 0x2000);
	expect(&listener, 3, XLAT_IOMMU_MAP, UINT64_MAX - 0xfff, UINT64_MAX, RAM_AT + 0x3000);
	xlat_iommu_notifier_destroy(listener.notifier);
	stacked_finish(&s);
}

/* One page that can be read; what is said of other kinds says nothing of it. */
static enum xlat_outcome one_page(void *opaque, const struct xlat_translation_request *request,
				  struct xlat_nested *nested, struct xlat_translation *translation)
{
	(void)nested;
	translation->range = (struct xlat_range){0, UINT64_MAX};
	if (request->access != XLAT_READ)
		return XLAT_FAULT;
	if (request->iova < 0x5000)
		translation->range.last = 0x4fff;
	else if (request->iova > 0x5fff)
		translation->range.first = 0x6000;
	else
		translation->range = (struct xlat_range){0x5000, 0x5fff};
	translation->space = opaque;
	translation->rights = XLAT_RIGHT_R;
	return translation->range.last == 0x5fff ? XLAT_OK : XLAT_FAULT;
}

static void a_replay_believes_a_refusal_only_for_its_kind(void **state)
{
	struct stacked s;
	const struct xlat_iommu_ops ops = {.size = sizeof(ops), .translate = one_page};
	struct listener listener;
	struct xlat_iommu *iommu;

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(
		xlat_iommu_create(s.fabric,
				  XLAT_CONFIG(xlat_iommu_config, .ops = &ops, .opaque = s.space),
				  &iommu),
		0);
	assert_int_equal(listens(iommu, &listener, XLAT_IOMMU_MAP, 0, 0), 0);
	assert_int_equal(xlat_iommu_replay(listener.notifier, nobody), 0);
	assert_int_equal(listener.count, 1);
	expect(&listener, 0, XLAT_IOMMU_MAP, 0x5000, 0x5fff, 0);
	xlat_iommu_notifier_destroy(listener.notifier);
	xlat_iommu_destroy(iommu);
	stacked_finish(&s);
}

static void a_replay_is_cut_to_the_notifiers_range_and_ends_at_an_error(void **state)
{
	struct stacked s;
	struct listener listener;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, 0x1000, 0x3000, RAM_AT);
	maps(&s, 0, 0x8000, 0x1000, RAM_AT);
	assert_int_equal(listens(s.iommus[0], &listener, XLAT_IOMMU_MAP, 0x2100, 0x8fff), 0);
	assert_int_equal(xlat_iommu_replay(listener.notifier, nobody), 0);
	assert_int_equal(listener.count, 2);
	expect(&listener, 0, XLAT_IOMMU_MAP, 0x2100, 0x3fff, RAM_AT + 0x1100);
	listener.count = 0;
	listener.answer = -EIO;
	assert_int_equal(xlat_iommu_replay(listener.notifier, nobody), -EIO);
	assert_int_equal(listener.count, 1);
	xlat_iommu_notifier_destroy(listener.notifier);
	stacked_finish(&s);
}

static void an_identity_is_replayed_in_one(void **state)
{
	struct stacked s;
	struct listener listener;
	struct xlat_iommu *iommu;

	(void)state;
	stacked_init(&s, 0, NULL);
	assert_int_equal(xlat_identity_iommu_create(s.fabric, s.space, &iommu), 0);
	assert_int_equal(listens(iommu, &listener, XLAT_IOMMU_MAP, 0, 0), 0);
	assert_int_equal(xlat_iommu_replay(listener.notifier, nobody), 0);
	assert_int_equal(listener.count, 1);
	expect(&listener, 0, XLAT_IOMMU_MAP, 0, UINT64_MAX, 0);
	xlat_iommu_notifier_destroy(listener.notifier);
	xlat_iommu_destroy(iommu);
	stacked_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_notifier_must_listen_to_something),
		cmocka_unit_test(maps_and_unmaps_are_told_exactly),
		cmocka_unit_test(events_are_cut_to_a_notifiers_range),
		cmocka_unit_test(a_notifier_hears_only_its_kinds),
		cmocka_unit_test(errors_reach_the_notifying_side_and_all_are_told),
		cmocka_unit_test(a_mapping_that_a_notifier_refuses_is_undone_and_no_other),
		cmocka_unit_test(an_unmapping_that_a_notifier_refuses_is_done_all_the_same),
		cmocka_unit_test(a_model_is_told_who_listens_and_may_refuse),
		cmocka_unit_test(a_model_may_replay_by_itself),
		cmocka_unit_test(a_replay_finds_every_mapping_whatever_its_rights),
		cmocka_unit_test(a_replay_believes_a_refusal_only_for_its_kind),
		cmocka_unit_test(a_replay_is_cut_to_the_notifiers_range_and_ends_at_an_error),
		cmocka_unit_test(an_identity_is_replayed_in_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
