/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Harts behind a TrustZone MPC. What a hart does is never secure: a block is its own while it is
 * non-secure. The controller's registers are secure; a gateway makes accesses to them so.
 */
#include "test.h"
#include "guarded_harts.h"

#include <xlat/implement/mmio.h>

#include "models/trustzone_mpc/mpc.h"

enum {
	ROUNDS = 300,
	DATA = 0x55,
	C_RET = 0x8082, /* a return of two bytes, as instructions are fetched */
};

struct machine {
	struct guarded_harts g;
	struct xlat_space *secure;
	struct xlat_region *gateway;
};

static const struct xlat_attrs secure = {.flags = XLAT_ATTR_SECURE};

static enum xlat_outcome pass_read(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t *value)
{
	const struct machine *m = opaque;

	return xlat_space_load(m->secure, secure, access->offset, 4, XLAT_LITTLE_ENDIAN, value);
}

static enum xlat_outcome pass_write(void *opaque, const struct xlat_mmio_access *access,
				    uint64_t value)
{
	const struct machine *m = opaque;

	return xlat_space_store(m->secure, secure, access->offset, 4, XLAT_LITTLE_ENDIAN, value);
}

static const struct xlat_mmio_ops gateway_ops = {
	.size = sizeof(gateway_ops),
	.read = pass_read,
	.write = pass_write,
	.valid = {.min = 4, .max = 4},
	.implemented = {.min = 4, .max = 4},
};

/* One block, the page. What is refused is, with an error; with success it reads as a return. */
static void build(struct machine *m)
{
	guarded_init(&m->g,
		     (struct xlat_protection_config){
			     .trustzone_mpc = XLAT_CONFIG(xlat_trustzone_mpc_config,
							  .length = 0x1000, .ctrl = CTRL_SEC_RESP),
			     .feigned = C_RET});
	assert_int_equal(xlat_space_create(xlat_protection_registers(m->g.protection), "secure",
					   &m->secure),
			 0);
	assert_int_equal(xlat_region_create(m->g.f.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .name = "gateway",
							.length = REG_END, .ops = &gateway_ops,
							.opaque = m),
					    &m->gateway),
			 0);
	assert_int_equal(xlat_region_attach(m->g.f.root, m->gateway, GUARDED_REGISTERS), 0);
}

static void demolish(struct machine *m)
{
	xlat_region_detach(m->gateway);
	xlat_region_unref(m->gateway);
	xlat_space_destroy(m->secure);
	guarded_finish(&m->g);
}

static void set(struct text *text, int offset, uint32_t value)
{
	text_li(text, T1, GUARDED_REGISTERS);
	text_li(text, T0, value);
	text_sw(text, T0, T1, offset);
}

/* By turns all goes to RAM, nowhere without a word, and nowhere with an error. */
static void a_page_goes_three_ways_by_turns(void **state)
{
	struct text text = {0};
	struct machine m;
	unsigned round;

	(void)state;
	build(&m);
	text_begin(&text, HART_RAM);
	text_li(&text, S0, GUARDED_SEEN);
	text_addi(&text, S3, ZERO, ROUNDS);
	text_addi(&text, A1, ZERO, DATA);
	round = text.count;
	set(&text, REG_BLK_LUT, 1);
	text_addi(&text, S1, ZERO, DATA);
	guarded_access(&text, true);
	set(&text, REG_BLK_LUT, 0);
	set(&text, REG_CTRL, 0);
	text_li(&text, S1, C_RET);
	text_addi(&text, A1, ZERO, DATA + 1);
	guarded_access(&text, true);
	set(&text, REG_CTRL, CTRL_SEC_RESP);
	guarded_access(&text, false);
	text_addi(&text, A1, ZERO, DATA);
	text_addi(&text, S3, S3, -1);
	text_branch(&text, 1, S3, ZERO, round);
	text_wait(&text);
	program(&m.g.f, 0, text.words, text.count);
	/* How often what is in the page is executed is counted. */
	text = (struct text){0};
	text_addi(&text, S9, S9, 1);
	text_emit(&text, TEXT_RET);
	text_emit(&text, DATA);
	program(&m.g.f, GUARDED_PAGE - HART_RAM, text.words, text.count);
	assert_int_equal(xlat_hart_run(m.g.f.hart, UINT64_C(10000000)), XLAT_HART_WAITING);
	assert_int_equal(xlat_hart_register(m.g.f.hart, S3), 0);
	assert_int_equal(xlat_hart_register(m.g.f.hart, S4), 0);
	assert_int_equal(xlat_hart_register(m.g.f.hart, S5), ROUNDS * GUARDED_TURNS);
	assert_int_equal(xlat_hart_register(m.g.f.hart, S6), ROUNDS * GUARDED_TURNS);
	assert_int_equal(xlat_hart_register(m.g.f.hart, S7), ROUNDS * GUARDED_TURNS);
	assert_int_equal(xlat_hart_register(m.g.f.hart, S9), ROUNDS * GUARDED_TURNS);
	demolish(&m);
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

static void what_one_hart_makes_secure_another_uses_no_more(void **state)
{
	static const struct guarded_rights rights = {.grant = grant, .revoke = revoke};
	struct machine m;

	(void)state;
	build(&m);
	guarded_race(&m.g, &rights);
	demolish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_goes_three_ways_by_turns),
		cmocka_unit_test(what_one_hart_makes_secure_another_uses_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
