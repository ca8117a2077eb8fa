/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Harts behind a WorldGuard checker, whose registers are the trusted world's: machine mode's. The
 * supervisor is of world 1 (mlwid), the user of world 2 (slwid).
 */
#include "test.h"
#include "guarded_harts.h"

#include "models/worldguard/worldguard.h"

enum {
	ROUNDS = 300,
	DATA = 0x55,
	SUPERVISOR = 1, /* and its world */
	USER = 0,
	USER_WORLD = 2,
	SLOT = REG_SLOT + SLOT_SIZE,
};

/* Slot 1 is the page. */
static void build(struct guarded_harts *g)
{
	struct xlat_worldguard *wg;

	guarded_init(g, (struct xlat_protection_config){
				.worldguard = XLAT_CONFIG(xlat_worldguard_config, .worlds = 4),
				.guarded = true});
	assert_int_equal(xlat_region_attach(g->f.root, xlat_protection_registers(g->protection),
					    GUARDED_REGISTERS),
			 0);
	wg = xlat_protection_worldguard(g->protection);
	xlat_worldguard_write(wg, SLOT + SLOT_ADDR, 8, GUARDED_PAGE >> 2 | 0x1ff);
	xlat_worldguard_write(wg, SLOT + SLOT_CFG, 4, A_NAPOT | CFG_ER | CFG_EW);
}

static void set_perm(struct text *text, uint32_t of_supervisor, uint32_t of_user)
{
	text_li(text, T1, GUARDED_REGISTERS);
	text_li(text, T0, of_supervisor << 2 * SUPERVISOR | of_user << 2 * USER_WORLD);
	text_sd(text, T0, T1, SLOT + SLOT_PERM);
}

static void set_worlds(struct text *text)
{
	text_addi(text, T0, ZERO, SUPERVISOR);
	text_csrw(text, CSR_MLWID, T0);
	text_addi(text, T0, ZERO, 1 << USER_WORLD);
	text_csrw(text, CSR_MWIDDELEG, T0);
	text_addi(text, T0, ZERO, USER_WORLD);
	text_csrw(text, CSR_SLWID, T0);
}

/* Accesses as one of the two; back in machine mode behind it. */
static void access_as(struct text *text, unsigned mode, bool reads)
{
	guarded_enter(text, mode);
	guarded_access(text, reads);
	text_emit(text, TEXT_ECALL);
}

/*
 * By turns the supervisor's world reads and fetches what the user's wrote, and the other way round;
 * nobody may do both.
 */
static void each_world_goes_its_own_ways(void **state)
{
	struct text text = {0};
	struct guarded_harts g;
	unsigned round;

	(void)state;
	build(&g);
	text_begin(&text, HART_RAM);
	set_worlds(&text);
	text_li(&text, S0, GUARDED_SEEN);
	text_addi(&text, S3, ZERO, ROUNDS);
	round = text.count;
	set_perm(&text, PERM_R, PERM_W);
	text_addi(&text, S1, ZERO, DATA);
	text_addi(&text, A1, ZERO, DATA + 1);
	access_as(&text, SUPERVISOR, true);
	access_as(&text, USER, false);
	set_perm(&text, PERM_W, PERM_R);
	text_addi(&text, S1, ZERO, DATA + 1);
	text_addi(&text, A1, ZERO, DATA);
	access_as(&text, USER, true);
	access_as(&text, SUPERVISOR, false);
	text_addi(&text, S3, S3, -1);
	text_branch(&text, 1, S3, ZERO, round);
	text_wait(&text);
	program(&g.f, 0, text.words, text.count);
	/* Who executes what is in the page is counted. */
	text = (struct text){0};
	text_addi(&text, S9, S9, 1);
	text_emit(&text, TEXT_RET);
	text_emit(&text, DATA);
	program(&g.f, GUARDED_PAGE - HART_RAM, text.words, text.count);
	assert_int_equal(xlat_hart_run(g.f.hart, UINT64_C(10000000)), XLAT_HART_WAITING);
	assert_int_equal(xlat_hart_register(g.f.hart, S3), 0);
	assert_int_equal(xlat_hart_register(g.f.hart, S4), 0);
	assert_int_equal(xlat_hart_register(g.f.hart, S5), ROUNDS * GUARDED_TURNS * 2);
	assert_int_equal(xlat_hart_register(g.f.hart, S6), ROUNDS * GUARDED_TURNS * 2);
	assert_int_equal(xlat_hart_register(g.f.hart, S7), ROUNDS * GUARDED_TURNS * 2);
	assert_int_equal(xlat_hart_register(g.f.hart, S9), ROUNDS * GUARDED_TURNS * 2);
	guarded_finish(&g);
}

static void enter_supervisor(struct text *text)
{
	set_worlds(text);
	guarded_enter(text, SUPERVISOR);
}

static void grant(struct text *text)
{
	set_perm(text, PERM_R | PERM_W, 0);
}

/* To the other world. The checker has nothing to wait for; the machine has fences. */
static void revoke(struct text *text)
{
	set_perm(text, 0, PERM_R | PERM_W);
	guarded_wait(text);
}

static void what_one_hart_revokes_another_world_uses_no_more(void **state)
{
	static const struct guarded_rights rights = {grant, revoke, enter_supervisor};
	struct guarded_harts g;

	(void)state;
	build(&g);
	guarded_race(&g, &rights);
	guarded_finish(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_world_goes_its_own_ways),
		cmocka_unit_test(what_one_hart_revokes_another_world_uses_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
