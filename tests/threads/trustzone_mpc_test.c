/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Harts behind a TrustZone MPC, whose registers are secure, as machine mode is. The supervisor is
 * not: a block is its own while it is non-secure.
 */
#include "test.h"
#include "guarded_harts.h"

#include "models/trustzone_mpc/mpc.h"

enum {
	ROUNDS = 300,
	DATA = 0x55,
	C_RET = 0x8082, /* a return of two bytes, as instructions are fetched */
};

/* One block, the page. What is refused is, with an error; with success it reads as a return. */
static void build(struct guarded_harts *g)
{
	guarded_init(g,
		     (struct xlat_protection_config){
			     .trustzone_mpc = XLAT_CONFIG(xlat_trustzone_mpc_config,
							  .length = 0x1000, .ctrl = CTRL_SEC_RESP),
			     .feigned = C_RET});
	assert_int_equal(xlat_region_attach(g->f.root, xlat_protection_registers(g->protection),
					    GUARDED_REGISTERS),
			 0);
}

static void set(struct text *text, int offset, uint32_t value)
{
	text_li(text, T1, GUARDED_REGISTERS);
	text_li(text, T0, value);
	text_sw(text, T0, T1, offset);
}

/* Accesses as the supervisor; back in machine mode behind it. */
static void access_nonsecure(struct text *text, bool looks)
{
	guarded_enter(text, XLAT_HART_SUPERVISOR);
	guarded_access(text, looks);
	text_emit(text, TEXT_ECALL);
}

/* By turns all goes to RAM, nowhere without a word, and nowhere with an error. */
static void a_page_goes_three_ways_by_turns(void **state)
{
	struct text text = {0};
	struct guarded_harts g;
	unsigned round;

	(void)state;
	build(&g);
	text_begin(&text, HART_RAM);
	text_li(&text, S0, GUARDED_SEEN);
	text_addi(&text, S3, ZERO, ROUNDS);
	text_addi(&text, A1, ZERO, DATA);
	round = text.count;
	set(&text, REG_BLK_LUT, 1);
	text_addi(&text, S1, ZERO, DATA);
	access_nonsecure(&text, true);
	set(&text, REG_BLK_LUT, 0);
	set(&text, REG_CTRL, 0);
	text_li(&text, S1, C_RET);
	text_addi(&text, A1, ZERO, DATA + 1);
	access_nonsecure(&text, true);
	set(&text, REG_CTRL, CTRL_SEC_RESP);
	access_nonsecure(&text, false);
	text_addi(&text, A1, ZERO, DATA);
	text_addi(&text, S3, S3, -1);
	text_branch(&text, 1, S3, ZERO, round);
	text_wait(&text);
	program(&g.f, 0, text.words, text.count);
	/* How often what is in the page is executed is counted. */
	text = (struct text){0};
	text_addi(&text, S9, S9, 1);
	text_emit(&text, TEXT_RET);
	text_emit(&text, DATA);
	program(&g.f, GUARDED_PAGE - HART_RAM, text.words, text.count);
	assert_int_equal(xlat_hart_run(g.f.hart, UINT64_C(10000000)), XLAT_HART_WAITING);
	assert_int_equal(xlat_hart_register(g.f.hart, S3), 0);
	assert_int_equal(xlat_hart_register(g.f.hart, S4), 0);
	assert_int_equal(xlat_hart_register(g.f.hart, S5), ROUNDS * GUARDED_TURNS);
	assert_int_equal(xlat_hart_register(g.f.hart, S6), ROUNDS * GUARDED_TURNS);
	assert_int_equal(xlat_hart_register(g.f.hart, S7), ROUNDS * GUARDED_TURNS);
	assert_int_equal(xlat_hart_register(g.f.hart, S9), ROUNDS * GUARDED_TURNS);
	guarded_finish(&g);
}

/* Closes the gate, waits until it is closed, changes the block, and opens it. */
static void change_block(struct text *text, uint32_t nonsecure)
{
	unsigned poll;

	set(text, REG_CTRL, CTRL_SEC_RESP | CTRL_GATE_REQ);
	poll = text->count;
	text_lw(text, T0, T1, REG_CTRL);
	text_andi(text, T0, T0, CTRL_GATE_ACK);
	text_branch(text, 0, T0, ZERO, poll);
	set(text, REG_BLK_LUT, nonsecure);
	set(text, REG_CTRL, CTRL_SEC_RESP);
}

static void grant(struct text *text)
{
	change_block(text, 1);
}

static void revoke(struct text *text)
{
	change_block(text, 0);
}

static void enter_supervisor(struct text *text)
{
	guarded_enter(text, XLAT_HART_SUPERVISOR);
}

static void what_one_hart_makes_secure_another_uses_no_more(void **state)
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
		cmocka_unit_test(a_page_goes_three_ways_by_turns),
		cmocka_unit_test(what_one_hart_makes_secure_another_uses_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
