/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "guarded_harts.h"

#include <xlat/fence.h>
#include <xlat/implement/mmio.h>

#include <pthread.h>
#include <stdio.h>

enum {
	REVOCATIONS = 100,
	OTHER_PROGRAM = 0x1000,
	/* Looks at whether the other hart makes use of what it was granted: at first, and later. */
	FIRST_PATIENCE = 100000000,
	PATIENCE = 100000,
	/* In the page. */
	WRITTEN = 16,
	SECRET = 24, /* not zero while nothing is granted */
};

/* A fence of the IOMMU: a write begins one, a read says whether it is pending. */
static enum xlat_outcome write_fence(void *opaque, const struct xlat_mmio_access *access,
				     uint64_t value)
{
	struct guarded_harts *g = opaque;

	(void)access, (void)value;
	g->pending = !xlat_iommu_fence(g->iommu, &g->fence, NULL, NULL);
	return XLAT_OK;
}

static enum xlat_outcome read_fence(void *opaque, const struct xlat_mmio_access *access,
				    uint64_t *value)
{
	struct guarded_harts *g = opaque;

	(void)access;
	g->pending = g->pending && !xlat_fence_poll(&g->fence);
	*value = g->pending;
	return XLAT_OK;
}

static const struct xlat_mmio_ops fence_ops = {
	.size = sizeof(fence_ops),
	.read = read_fence,
	.write = write_fence,
};

void guarded_init(struct guarded_harts *g, struct xlat_protection_config unit)
{
	*g = (struct guarded_harts){0};
	hart_init(&g->f, XLAT_CONFIG(xlat_hart_config, .no_pmp = true, .worlds = 4,
				     .trusted_world = 3, .secure_modes = 1 << XLAT_HART_MACHINE));
	unit.size = sizeof(unit);
	unit.memory = g->f.space;
	unit.base = GUARDED_PAGE;
	unit.length = 0x1000;
	assert_int_equal(xlat_protection_create(&unit, &g->protection), 0);
	assert_int_equal(xlat_protection_attach(g->protection, &g->iommu), 0);
	assert_int_equal(xlat_region_attach(g->f.root, xlat_iommu_region(g->iommu), GUARDED_SEEN),
			 0);
	assert_int_equal(xlat_region_create(g->f.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .name = "fences",
							.length = 8, .ops = &fence_ops,
							.opaque = g),
					    &g->fences),
			 0);
	assert_int_equal(xlat_region_attach(g->f.root, g->fences, GUARDED_FENCE), 0);
}

void guarded_finish(struct guarded_harts *g)
{
	xlat_region_detach(g->fences);
	xlat_region_unref(g->fences);
	xlat_region_detach(xlat_iommu_region(g->iommu));
	xlat_iommu_destroy(g->iommu);
	xlat_protection_destroy(g->protection);
	hart_finish(&g->f);
}

void guarded_access(struct text *text, bool looks)
{
	unsigned again = text_begin_turns(text, GUARDED_TURNS), right;

	text_ld(text, A0, S0, 8);
	if (looks) {
		right = text_branch(text, 0, A0, S1, 0);
		text_addi(text, S4, S4, 1);
		text_land(text, right);
	}
	text_sd(text, A1, S0, 8);
	text_jalr(text, RA, S0);
	text_end_turns(text, again);
}

void guarded_enter(struct text *text, unsigned mode)
{
	text_li(text, T0, mode << 11); /* MPP */
	text_csrw(text, CSR_MSTATUS, T0);
	text_li(text, T0, (uint32_t)HART_RAM + 4 * (text->count + 7));
	text_csrw(text, CSR_MEPC, T0);
	text_emit(text, TEXT_MRET);
}

void guarded_wait(struct text *text)
{
	unsigned poll;

	text_li(text, T0, GUARDED_FENCE);
	text_sw(text, ZERO, T0, 0);
	poll = text->count;
	text_lw(text, T1, T0, 0);
	text_branch(text, 1, T1, ZERO, poll);
}

/*
 * Reads and writes, and few fetches between: a page in which code was found is slow to store to.
 * Secrets are counted in s4.
 */
static void program_user(struct guarded_harts *g, const struct guarded_rights *rights)
{
	struct text text = {0};
	unsigned again, turn, none;

	text_begin(&text, HART_RAM);
	text_li(&text, S0, GUARDED_SEEN);
	text_li(&text, S9, GUARDED_COUNTER);
	if (rights->enter)
		rights->enter(&text);
	again = text.count;
	turn = text_begin_turns(&text, 2000);
	text_addi(&text, A1, A1, 1);
	text_sd(&text, A1, S0, WRITTEN);
	text_addi(&text, A0, ZERO, 0);
	text_ld(&text, A0, S0, SECRET);
	none = text_branch(&text, 0, A0, ZERO, 0);
	text_addi(&text, S4, S4, 1);
	text_land(&text, none);
	text_end_turns(&text, turn);
	text_jalr(&text, RA, S0);
	text_branch(&text, 0, ZERO, ZERO, again);
	program(&g->f, 0, text.words, text.count);
	text = (struct text){0};
	text_sd(&text, A1, S9, 0);
	text_emit(&text, TEXT_RET);
	program(&g->f, GUARDED_PAGE - HART_RAM, text.words, text.count);
}

/* a0: what was written last; a1: when code in the page was executed last. */
static void look(struct text *text)
{
	text_ld(text, A0, S1, WRITTEN);
	text_ld(text, A1, S9, 0);
}

/*
 * Until code was executed, and something written behind that, so that hits are what is revoked. The
 * other hart may not be running: s3 looks.
 */
static void await_use(struct text *text)
{
	unsigned again, over[2];

	text_addi(text, S7, S3, 0);
	again = text->count;
	text_addi(text, S7, S7, -1);
	over[0] = text_branch(text, 0, S7, ZERO, 0);
	text_ld(text, A0, S1, WRITTEN);
	text_ld(text, T0, S9, 0);
	text_branch(text, 0, A1, T0, again);
	again = text->count;
	text_addi(text, S7, S7, -1);
	over[1] = text_branch(text, 0, S7, ZERO, 0);
	text_ld(text, T0, S1, WRITTEN);
	text_branch(text, 0, A0, T0, again);
	text_addi(text, S6, S6, 1);
	text_land(text, over[0]);
	text_land(text, over[1]);
}

/* Rounds in which nothing was used after a revocation; others are counted in s5. */
static void look_for_use(struct text *text)
{
	unsigned again, used, same;

	look(text);
	text_addi(text, T0, ZERO, 1);
	text_sd(text, T0, S1, SECRET);
	again = text_begin_turns(text, 2000);
	text_end_turns(text, again);
	text_ld(text, T0, S1, WRITTEN);
	used = text_branch(text, 1, A0, T0, 0);
	text_ld(text, T0, S9, 0);
	same = text_branch(text, 0, A1, T0, 0);
	text_land(text, used);
	text_addi(text, S5, S5, 1);
	text_land(text, same);
}

/* Rounds in which everything was used while it was granted are counted in s6. */
static void program_reprogrammer(struct guarded_harts *g, const struct guarded_rights *rights)
{
	struct text text = {0};
	unsigned round;

	text_li(&text, S1, GUARDED_PAGE);
	text_li(&text, S3, FIRST_PATIENCE);
	text_li(&text, S9, GUARDED_COUNTER);
	text_addi(&text, S4, ZERO, REVOCATIONS);
	round = text.count;
	look(&text);
	text_sd(&text, ZERO, S1, SECRET);
	rights->grant(&text);
	await_use(&text);
	text_li(&text, S3, PATIENCE);
	rights->revoke(&text);
	look_for_use(&text);
	text_addi(&text, S4, S4, -1);
	text_branch(&text, 1, S4, ZERO, round);
	text_wait(&text);
	program(&g->f, OTHER_PROGRAM, text.words, text.count);
}

static void *run_user(void *opaque)
{
	struct guarded_harts *g = opaque;

	xlat_hart_own(g->f.hart);
	assert_int_equal(xlat_hart_run(g->f.hart, UINT64_MAX), XLAT_HART_STOPPED);
	return NULL;
}

void guarded_race(struct guarded_harts *g, const struct guarded_rights *rights)
{
	struct xlat_hart *other;
	pthread_t user;

	program_user(g, rights);
	program_reprogrammer(g, rights);
	assert_int_equal(xlat_hart_create(g->f.space,
					  XLAT_CONFIG(xlat_hart_config, .id = 1,
						      .reset_address = HART_RAM + OTHER_PROGRAM,
						      .worlds = 4, .trusted_world = 3,
						      .secure_modes = 1 << XLAT_HART_MACHINE),
					  &other),
			 0);
	assert_int_equal(pthread_create(&user, NULL, run_user, g), 0);
	assert_int_equal(xlat_hart_run(other, UINT64_MAX), XLAT_HART_WAITING);
	xlat_hart_stop(g->f.hart);
	assert_int_equal(pthread_join(user, NULL), 0);
	xlat_hart_own(g->f.hart);
	/* On what was revoked last, if it did not run in time. */
	assert_int_equal(xlat_hart_run(g->f.hart, 10000), XLAT_HART_LIMIT);
	printf("# %u rounds, used in %llu of them; faults: fetches %llu, loads %llu, stores %llu\n",
	       (unsigned)REVOCATIONS, (unsigned long long)xlat_hart_register(other, S6),
	       (unsigned long long)xlat_hart_register(g->f.hart, S5),
	       (unsigned long long)xlat_hart_register(g->f.hart, S6),
	       (unsigned long long)xlat_hart_register(g->f.hart, S7));
	assert_int_equal(xlat_hart_register(other, S4), 0);
	assert_int_equal(xlat_hart_register(other, S5), 0);
	assert_int_equal(xlat_hart_register(g->f.hart, S4), 0);
	assert_true(xlat_hart_register(other, S6) > 0);
	assert_true(xlat_hart_register(g->f.hart, S7) > 0);
	xlat_hart_destroy(other);
}
