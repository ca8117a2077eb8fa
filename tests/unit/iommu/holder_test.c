/* SPDX-License-Identifier: BSD-3-Clause */
/* External holders: told of what is withdrawn, waited for, failing, and ended at any point. */
#include "test.h"
#include "stacked.h"

#include "memory/fabric.h"

#include <xlat/implement/holder.h>

#include <errno.h>

enum {
	IOVA = 0x10000,
	TOLD = 64,
};

/* A peer that remembers what it was told. */
struct peer {
	struct xlat_holder *holder;
	struct xlat_withdrawal told[TOLD];
	unsigned count;
	bool settles; /* at once */
	bool leaves; /* destroys its holder from within */
	int error;
};

static void hear(void *opaque, struct xlat_holder *holder, const struct xlat_withdrawal *withdrawal)
{
	struct peer *peer = opaque;

	assert_true(peer->count < TOLD);
	peer->told[peer->count++] = *withdrawal;
	if (peer->settles)
		xlat_holder_settle(holder, withdrawal->ticket, peer->error);
	if (peer->leaves) {
		xlat_holder_destroy(peer->holder);
		peer->holder = NULL;
	}
}

static struct xlat_holder_config config_of(struct peer *peer)
{
	return (struct xlat_holder_config){.size = sizeof(struct xlat_holder_config),
					   .name = "peer",
					   .withdrawn = hear,
					   .opaque = peer};
}

static void holds(struct stacked *s, struct peer *peer)
{
	struct xlat_holder_config config = config_of(peer);

	assert_int_equal(xlat_iommu_holder_create(s->iommus[0], &config, &peer->holder), 0);
}

static bool fences(struct stacked *s, struct xlat_fence *fence)
{
	return xlat_iommu_fence(s->iommus[0], fence, NULL, NULL);
}

static void a_fence_waits_until_its_holder_has_settled(void **state)
{
	struct peer peer = {.count = 0};
	struct xlat_fence fence;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	holds(&s, &peer);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	unmaps(&s, 0, IOVA, PAGE);
	assert_int_equal(peer.count, 0);
	assert_false(fences(&s, &fence));
	assert_int_equal(peer.count, 1);
	assert_true(peer.told[0].range.first == IOVA && peer.told[0].range.last == IOVA + PAGE - 1);
	assert_int_equal(xlat_fence_poll(&fence), XLAT_FENCE_PENDING);
	xlat_holder_settle(peer.holder, peer.told[0].ticket + 1, 0);
	assert_int_equal(xlat_fence_poll(&fence), XLAT_FENCE_PENDING);
	xlat_holder_settle(peer.holder, peer.told[0].ticket, 0);
	assert_int_equal(xlat_fence_poll(&fence), XLAT_FENCE_COMPLETE);
	assert_int_equal(peer.count, 1);
	xlat_holder_destroy(peer.holder);
	stacked_finish(&s);
}

static void one_that_settles_at_once_holds_up_nothing(void **state)
{
	struct peer peer = {.settles = true};
	struct xlat_fence fence;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	holds(&s, &peer);
	unmaps(&s, 0, IOVA, PAGE);
	assert_true(fences(&s, &fence));
	assert_int_equal(xlat_fence_status(&fence), XLAT_FENCE_COMPLETE);
	assert_int_equal(peer.count, 1);
	xlat_holder_destroy(peer.holder);
	stacked_finish(&s);
}

static void a_holder_is_told_only_of_its_range_and_of_its_time(void **state)
{
	struct peer peer = {.settles = true};
	struct xlat_holder_config config = config_of(&peer);
	struct xlat_fence fence;
	struct stacked s;

	(void)state;
	config.range = (struct xlat_range){IOVA, IOVA + PAGE - 1};
	stacked_init(&s, 1, NULL);
	unmaps(&s, 0, IOVA, PAGE);
	assert_int_equal(xlat_iommu_holder_create(s.iommus[0], &config, &peer.holder), 0);
	assert_true(fences(&s, &fence));
	assert_int_equal(peer.count, 0);
	unmaps(&s, 0, IOVA + PAGE, PAGE);
	assert_true(fences(&s, &fence));
	assert_int_equal(peer.count, 0);
	invalidates(&s, 0, 0, 0);
	assert_true(fences(&s, &fence));
	assert_int_equal(peer.count, 1);
	assert_true(peer.told[0].range.first == IOVA && peer.told[0].range.last == IOVA + PAGE - 1);
	assert_true(xlat_iommu_in_use(s.iommus[0], (struct xlat_range){IOVA, IOVA}));
	assert_false(xlat_iommu_in_use(s.iommus[0], (struct xlat_range){0, IOVA - 1}));
	xlat_holder_destroy(peer.holder);
	assert_false(xlat_iommu_in_use(s.iommus[0], (struct xlat_range){0, UINT64_MAX}));
	stacked_finish(&s);
}

static void more_than_it_owes_one_by_one_is_gathered(void **state)
{
	struct peer peer = {.count = 0};
	struct xlat_fence fences_of[40];
	struct stacked s;
	unsigned settled = 0;

	(void)state;
	stacked_init(&s, 1, NULL);
	holds(&s, &peer);
	for (unsigned i = 0; i < 40; i++) {
		unmaps(&s, 0, IOVA + i * UINT64_C(4096), PAGE);
		assert_false(fences(&s, &fences_of[i]));
	}
	assert_true(peer.count < 40);
	while (settled < peer.count) {
		for (unsigned i = 0; i < 40; i++)
			if (xlat_fence_status(&fences_of[i]))
				assert_true(settled > 0);
		assert_int_equal(xlat_fence_poll(&fences_of[39]), XLAT_FENCE_PENDING);
		xlat_holder_settle(peer.holder, peer.told[settled++].ticket, 0);
		(void)xlat_fabric_process(s.fabric);
	}
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(xlat_fence_poll(&fences_of[i]), XLAT_FENCE_COMPLETE);
	assert_true(peer.told[peer.count - 1].range.last == IOVA + 40 * UINT64_C(4096) - 1);
	xlat_holder_destroy(peer.holder);
	stacked_finish(&s);
}

static void a_failure_is_reported_by_every_fence_that_covers_it(void **state)
{
	struct peer peer = {.error = -EIO};
	struct xlat_fence first, second, third;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	holds(&s, &peer);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(fences(&s, &first));
	assert_false(fences(&s, &second));
	xlat_holder_settle(peer.holder, peer.told[0].ticket, -EIO);
	assert_int_equal(xlat_fence_poll(&first), XLAT_FENCE_FAILED);
	assert_int_equal(xlat_fence_error(&first), -EIO);
	assert_int_equal(xlat_fence_poll(&second), XLAT_FENCE_FAILED);
	/* It has been told: what comes later is complete or not by itself. */
	assert_true(fences(&s, &third));
	assert_int_equal(xlat_fence_status(&third), XLAT_FENCE_COMPLETE);
	assert_int_equal(xlat_fence_error(&third), 0);
	/* One that nobody waits for is told to the next one who does. */
	peer.settles = true;
	unmaps(&s, 0, IOVA, PAGE);
	(void)xlat_fabric_process(s.fabric);
	assert_int_equal(peer.count, 2);
	peer.error = 0;
	unmaps(&s, 0, IOVA, PAGE);
	assert_true(fences(&s, &first));
	assert_int_equal(xlat_fence_status(&first), XLAT_FENCE_FAILED);
	assert_true(fences(&s, &second));
	assert_int_equal(xlat_fence_status(&second), XLAT_FENCE_COMPLETE);
	xlat_holder_destroy(peer.holder);
	stacked_finish(&s);
}

/* A fence of before the withdrawal neither reports its failure nor hides it. */
static void a_failure_is_not_reported_by_earlier_fences(void **state)
{
	struct peer peer = {.error = -EIO};
	struct xlat_fence early, late;
	struct xlat_map map;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_int_equal(xlat_dma_map(s.dma, nobody, XLAT_READ, IOVA, 4, &map), 0);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(fences(&s, &early));
	holds(&s, &peer);
	peer.settles = true;
	unmaps(&s, 0, IOVA, PAGE);
	(void)xlat_fabric_process(s.fabric);
	assert_int_equal(peer.count, 1);
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_int_equal(xlat_fence_poll(&early), XLAT_FENCE_COMPLETE);
	assert_true(fences(&s, &late));
	assert_int_equal(xlat_fence_status(&late), XLAT_FENCE_FAILED);
	xlat_holder_destroy(peer.holder);
	stacked_finish(&s);
}

static int look_for_peer(void *opaque, const struct xlat_blocker *blocker)
{
	assert_int_equal(blocker->kind, XLAT_BLOCKER_HOLDER);
	*(bool *)opaque = strcmp(blocker->name, "peer") == 0;
	return 0;
}

/* One that cannot report a failure waits, and says for whom; those in other queues report it. */
static void a_fence_may_wait_until_one_that_cannot_let_go_is_gone(void **state)
{
	const struct xlat_fence_config patient = {.size = sizeof(patient), .until_gone = true};
	struct peer peer = {.settles = true, .error = -EIO};
	struct xlat_fence early, fence, later, other;
	struct xlat_fence_queue queue = {{0}};
	bool named = false;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	assert_int_equal(xlat_fence_start(&early, s.iommus[0], &patient), 1);
	holds(&s, &peer);
	assert_int_equal(xlat_fence_start(&early, s.iommus[0], &patient), 1);
	unmaps(&s, 0, IOVA, PAGE);
	assert_int_equal(xlat_fence_start(&fence, s.iommus[0], &patient), 0);
	assert_int_equal(xlat_fence_start(&later, s.iommus[0], &patient), 0);
	assert_int_equal(xlat_fence_start(&other, s.iommus[0],
					  XLAT_CONFIG(xlat_fence_config, .queue = &queue)),
			 1);
	assert_int_equal(xlat_fence_status(&other), XLAT_FENCE_FAILED);
	assert_int_equal(xlat_fence_for_each_blocker(&fence, look_for_peer, &named), 0);
	assert_true(named);
	(void)xlat_fabric_process(s.fabric);
	assert_int_equal(xlat_fence_poll(&fence), XLAT_FENCE_PENDING);
	xlat_holder_destroy(peer.holder);
	assert_int_equal(xlat_fabric_process(s.fabric), 2);
	assert_int_equal(xlat_fence_status(&fence), XLAT_FENCE_COMPLETE);
	assert_int_equal(xlat_fence_status(&later), XLAT_FENCE_COMPLETE);
	assert_int_equal(xlat_fence_error(&fence), 0);
	stacked_finish(&s);
}

/* A fence that covers one of two failures leaves the other to be reported. */
static void each_failure_is_reported_though_an_earlier_one_was(void **state)
{
	struct peer peer = {.error = -EIO};
	struct xlat_fence early, late;
	struct xlat_map map;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	holds(&s, &peer);
	peer.settles = true;
	maps(&s, 0, IOVA, PAGE, RAM_AT);
	assert_int_equal(xlat_dma_map(s.dma, nobody, XLAT_READ, IOVA, 4, &map), 0);
	unmaps(&s, 0, IOVA, PAGE);
	assert_false(fences(&s, &early));
	unmaps(&s, 0, IOVA, PAGE);
	(void)xlat_fabric_process(s.fabric);
	assert_int_equal(peer.count, 2);
	assert_int_equal(xlat_dma_unmap(s.dma, &map, 0), 0);
	assert_int_equal(xlat_fence_poll(&early), XLAT_FENCE_FAILED);
	assert_true(fences(&s, &late));
	assert_int_equal(xlat_fence_status(&late), XLAT_FENCE_FAILED);
	xlat_holder_destroy(peer.holder);
	stacked_finish(&s);
}

static void a_destroyed_holder_owes_nothing(void **state)
{
	(void)state;
	for (unsigned when = 0; when < 3; when++) {
		struct peer peer = {.leaves = when == 2};
		struct xlat_fence fence;
		struct stacked s;

		stacked_init(&s, 1, NULL);
		holds(&s, &peer);
		unmaps(&s, 0, IOVA, PAGE);
		/* Before it is told, when it owes, and while it is told. */
		if (when == 0) {
			xlat_holder_destroy(peer.holder);
			assert_true(fences(&s, &fence));
		} else if (when == 1) {
			assert_false(fences(&s, &fence));
			xlat_holder_destroy(peer.holder);
			assert_int_equal(xlat_fabric_process(s.fabric), 1);
		} else {
			assert_true(fences(&s, &fence));
			assert_null(peer.holder);
		}
		assert_int_equal(xlat_fence_poll(&fence), XLAT_FENCE_COMPLETE);
		assert_int_equal(peer.count, when != 0);
		stacked_finish(&s);
	}
	xlat_holder_destroy(NULL);
}

static void a_holder_keeps_its_iommu(void **state)
{
	struct peer peer = {.count = 0};
	struct xlat_holder_config config = config_of(&peer);
	struct xlat_table_iommu *table;
	struct xlat_fence fence;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	assert_int_equal(xlat_table_iommu_create(s.fabric, NULL, &table), 0);
	assert_int_equal(
		xlat_iommu_holder_create(xlat_table_iommu_base(table), &config, &peer.holder), 0);
	assert_int_equal(xlat_table_iommu_unmap(table, (struct xlat_range){0, 1}), 0);
	assert_false(xlat_iommu_fence(xlat_table_iommu_base(table), &fence, NULL, NULL));
	xlat_table_iommu_destroy(table);
	(void)xlat_fabric_process(s.fabric);
	xlat_holder_settle(peer.holder, peer.told[0].ticket, 0);
	assert_int_equal(xlat_fence_poll(&fence), XLAT_FENCE_COMPLETE);
	xlat_holder_destroy(peer.holder);
	stacked_finish(&s);
}

static void count_retired(void *opaque)
{
	++*(unsigned *)opaque;
}

/* RAM is attached to the machine, removed, and let go, with a holder of the machine's space. */
static void memory_is_freed_when_a_spaces_holder_has_settled(void **state)
{
	(void)state;
	for (int error = 0; error >= -EIO; error -= EIO) {
		struct peer peer = {.count = 0};
		struct xlat_holder_config config = config_of(&peer);
		struct xlat_region *region;
		struct stacked s;
		unsigned retired = 0;

		stacked_init(&s, 1, NULL);
		assert_int_equal(xlat_region_create(
					 s.fabric,
					 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						     .ops = &test_device_ops, .length = PAGE,
						     .opaque = &retired, .retired = count_retired),
					 &region),
				 0);
		assert_int_equal(xlat_region_attach(s.root, region, 0x900000), 0);
		assert_int_equal(xlat_space_holder_create(s.space, &config, &peer.holder), 0);
		xlat_region_detach(region);
		xlat_region_unref(region);
		(void)xlat_fabric_process(s.fabric);
		(void)xlat_fabric_process(s.fabric);
		assert_int_equal(peer.count, 1);
		assert_true(peer.told[0].range.first <= 0x900000 &&
			    peer.told[0].range.last >= 0x900fff);
		assert_int_equal(retired, 0);
		xlat_holder_settle(peer.holder, peer.told[0].ticket, error);
		(void)xlat_fabric_process(s.fabric);
		/* One that cannot let go keeps it until it is gone itself. */
		assert_int_equal(retired, error == 0);
		xlat_holder_destroy(peer.holder);
		(void)xlat_fabric_process(s.fabric);
		assert_int_equal(retired, 1);
		stacked_finish(&s);
	}
}

static void a_holder_may_outlive_its_space(void **state)
{
	struct peer peer = {.count = 0};
	struct xlat_holder_config config = config_of(&peer);
	struct xlat_region *root;
	struct xlat_space *space;
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	assert_int_equal(xlat_region_create(s.fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "root"), &root),
			 0);
	assert_int_equal(xlat_space_create(root, "short", &space), 0);
	assert_int_equal(xlat_space_holder_create(space, &config, &peer.holder), 0);
	xlat_space_destroy(space);
	xlat_region_unref(root);
	(void)xlat_fabric_process(s.fabric);
	assert_int_equal(peer.count, 1);
	assert_true(peer.told[0].range.first == 0 && peer.told[0].range.last == UINT64_MAX);
	xlat_holder_settle(peer.holder, peer.told[0].ticket, 0);
	xlat_holder_destroy(peer.holder);
	stacked_finish(&s);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct peer peer = {.count = 0};
	struct xlat_holder_config config = config_of(&peer);
	struct stacked s;

	(void)state;
	stacked_init(&s, 1, NULL);
	config.withdrawn = NULL;
	assert_int_equal(xlat_iommu_holder_create(s.iommus[0], &config, &peer.holder), -EINVAL);
	config = config_of(&peer);
	config.range = (struct xlat_range){2, 1};
	assert_int_equal(xlat_space_holder_create(s.space, &config, &peer.holder), -EINVAL);
	config.size = 0;
	assert_int_equal(xlat_space_holder_create(s.space, &config, &peer.holder), -EINVAL);
	stacked_finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fence_waits_until_its_holder_has_settled),
		cmocka_unit_test(one_that_settles_at_once_holds_up_nothing),
		cmocka_unit_test(a_holder_is_told_only_of_its_range_and_of_its_time),
		cmocka_unit_test(more_than_it_owes_one_by_one_is_gathered),
		cmocka_unit_test(a_failure_is_reported_by_every_fence_that_covers_it),
		cmocka_unit_test(a_failure_is_not_reported_by_earlier_fences),
		cmocka_unit_test(a_fence_may_wait_until_one_that_cannot_let_go_is_gone),
		cmocka_unit_test(each_failure_is_reported_though_an_earlier_one_was),
		cmocka_unit_test(a_destroyed_holder_owes_nothing),
		cmocka_unit_test(a_holder_keeps_its_iommu),
		cmocka_unit_test(memory_is_freed_when_a_spaces_holder_has_settled),
		cmocka_unit_test(a_holder_may_outlive_its_space),
		cmocka_unit_test(what_makes_no_sense_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
