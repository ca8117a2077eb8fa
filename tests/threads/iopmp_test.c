/* SPDX-License-Identifier: BSD-3-Clause */
/* Harts behind an IOPMP. */
#include "test.h"
#include "guarded_harts.h"

#include "models/iopmp/bits.h"

enum {
	ROUNDS = 300,
	DATA = 0x55,
};

static void set(struct guarded_harts *g, uint64_t offset, uint32_t value)
{
	xlat_iopmp_write(xlat_protection_iopmp(g->protection), offset, 4, value);
}

/* RRID 0, which is hart 0's, has entry 0: the page, all of it. */
static void build(struct guarded_harts *g)
{
	uint32_t entry;

	guarded_init(g, (struct xlat_protection_config){
				.iopmp = XLAT_CONFIG(xlat_iopmp_config, .srcmd_format = 1)});
	assert_int_equal(xlat_region_attach(g->f.root, xlat_protection_registers(g->protection),
					    GUARDED_REGISTERS),
			 0);
	entry = (uint32_t)xlat_iopmp_look(xlat_protection_iopmp(g->protection), REG_ENTRYOFFSET, 4);
	set(g, REG_MDCFG, 1);
	set(g, entry + ENTRY_ADDR, GUARDED_PAGE >> 2 | 0x1ff);
	set(g, entry + ENTRY_CFG, A_NAPOT << CFG_A_SHIFT);
	set(g, REG_HWCFG0, HWCFG0_ENABLE);
}

static void set_cfg(struct text *text, uint32_t cfg)
{
	text_li(text, T1, GUARDED_REGISTERS);
	text_lw(text, T0, T1, REG_ENTRYOFFSET);
	text_add(text, T1, T1, T0);
	text_li(text, T0, cfg | A_NAPOT << CFG_A_SHIFT);
	text_sw(text, T0, T1, ENTRY_CFG);
}

/*
 * By turns a page whose reads reach RAM, whose writes are dropped without a word, and whose fetches
 * fault; and one whose reads fault, and whose writes and fetches reach RAM.
 */
static void one_page_goes_three_ways_and_others_at_once(void **state)
{
	struct text text = {0};
	struct guarded_harts g;
	unsigned round;

	(void)state;
	build(&g);
	text_begin(&text, HART_RAM);
	text_li(&text, S0, GUARDED_SEEN);
	text_addi(&text, S1, ZERO, DATA);
	text_addi(&text, S3, ZERO, ROUNDS);
	round = text.count;
	set_cfg(&text, CFG_R | CFG_SERE << 1); /* sewe */
	text_addi(&text, A1, ZERO, DATA + 1);
	guarded_access(&text, true);
	set_cfg(&text, CFG_W | CFG_X);
	text_addi(&text, A1, ZERO, DATA);
	guarded_access(&text, false);
	text_addi(&text, S3, S3, -1);
	text_branch(&text, 1, S3, ZERO, round);
	text_wait(&text);
	program(&g.f, 0, text.words, text.count);
	program(&g.f, GUARDED_PAGE - HART_RAM, (const uint32_t[]){TEXT_RET, 0, DATA, 0}, 4);
	assert_int_equal(xlat_hart_run(g.f.hart, UINT64_C(10000000)), XLAT_HART_WAITING);
	assert_int_equal(xlat_hart_register(g.f.hart, S3), 0);
	assert_int_equal(xlat_hart_register(g.f.hart, S4), 0);
	assert_int_equal(xlat_hart_register(g.f.hart, S5), ROUNDS * GUARDED_TURNS);
	assert_int_equal(xlat_hart_register(g.f.hart, S6), ROUNDS * GUARDED_TURNS);
	assert_int_equal(xlat_hart_register(g.f.hart, S7), 0);
	guarded_finish(&g);
}

static void grant(struct text *text)
{
	set_cfg(text, CFG_R | CFG_W | CFG_X);
}

/* Waits as 5.7.7 has it: until is_busy is 0 after a write of RRIDSCP. */
static void revoke(struct text *text)
{
	unsigned poll;

	set_cfg(text, 0);
	text_li(text, T1, GUARDED_REGISTERS);
	text_li(text, T0, (uint32_t)OP_RESUME << RRIDSCP_OP_SHIFT | 5);
	text_sw(text, T0, T1, REG_RRIDSCP);
	poll = text->count;
	text_lw(text, T0, T1, REG_MDSTALL);
	text_andi(text, T0, T0, MDSTALL_IS_BUSY);
	text_branch(text, 1, T0, ZERO, poll);
}

static void what_one_hart_revokes_another_uses_no_more(void **state)
{
	static const struct guarded_rights rights = {.grant = grant, .revoke = revoke};
	struct guarded_harts g;

	(void)state;
	build(&g);
	guarded_race(&g, &rights);
	guarded_finish(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_page_goes_three_ways_and_others_at_once),
		cmocka_unit_test(what_one_hart_revokes_another_uses_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
