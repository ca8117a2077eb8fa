/* SPDX-License-Identifier: BSD-3-Clause */
/* The RISC-V Instruction Set Manual, volume I, chapters "F" and "D". */
#include "test.h"

#include "riscv/execute_float.h"
#include "riscv/float.h"

#define ONE_SINGLE 0xffffffff3f800000u
#define TWO_SINGLE 0xffffffff40000000u
#define ONE 0x3ff0000000000000u
#define TWO 0x4000000000000000u
#define THREE 0x4008000000000000u
#define MINUS ((uint64_t)1 << 63)

enum {
	DYN = 7
};

struct machine {
	uint64_t x[32], f[32];
	unsigned frm, fflags;
};

/* rd, rs1, rs2 are 3, 1, 2, and rs3 is 4. */
static uint32_t op_fp(unsigned funct7, unsigned rs2, unsigned rm)
{
	return funct7 << 25 | rs2 << 20 | 1u << 15 | rm << 12 | 3u << 7 | 0x53;
}

static uint32_t fused(unsigned opcode, unsigned format, unsigned rm)
{
	return 4u << 27 | format << 25 | 2u << 20 | 1u << 15 | rm << 12 | 3u << 7 | opcode;
}

static bool execute(struct machine *m, uint32_t word)
{
	return xlat__execute_float(word, m->x, m->f, m->frm, &m->fflags);
}

static void arithmetic_reads_and_writes_its_registers(void **state)
{
	struct machine m = {.f = {[1] = ONE, [2] = TWO}};

	(void)state;
	assert_true(execute(&m, op_fp(0x01, 2, DYN)));
	assert_int_equal(m.f[3], THREE);
	assert_true(execute(&m, op_fp(0x05, 2, DYN)));
	assert_int_equal(m.f[3], ONE | MINUS);
	assert_true(execute(&m, op_fp(0x09, 2, DYN)));
	assert_int_equal(m.f[3], TWO);
	assert_true(execute(&m, op_fp(0x0d, 2, DYN)));
	assert_int_equal(m.f[3], 0x3fe0000000000000);
	assert_true(execute(&m, op_fp(0x2d, 0, DYN)));
	assert_int_equal(m.f[3], ONE);
	assert_int_equal(m.fflags, 0);
}

static void fused_ones_differ_in_their_signs(void **state)
{
	struct machine m = {.f = {[1] = TWO, [2] = TWO, [4] = ONE}};

	(void)state;
	assert_true(execute(&m, fused(0x43, 1, DYN)));
	assert_int_equal(m.f[3], 0x4014000000000000); /* 5 */
	assert_true(execute(&m, fused(0x47, 1, DYN)));
	assert_int_equal(m.f[3], THREE);
	assert_true(execute(&m, fused(0x4b, 1, DYN)));
	assert_int_equal(m.f[3], THREE | MINUS);
	assert_true(execute(&m, fused(0x4f, 1, DYN)));
	assert_int_equal(m.f[3], 0x4014000000000000 | MINUS);
}

static void a_single_without_its_box_is_the_canonical_nan(void **state)
{
	struct machine m = {.f = {[1] = 0xfffffffe3f800000, [2] = ONE_SINGLE}};

	(void)state;
	assert_true(execute(&m, op_fp(0x00, 2, DYN)));
	assert_int_equal(m.f[3], 0xffffffff7fc00000);
	assert_int_equal(m.fflags, 0);
	/* FSGNJ.S takes it for one, too. */
	assert_true(execute(&m, op_fp(0x10, 2, 0)));
	assert_int_equal(m.f[3], 0xffffffff7fc00000);
	/* FMV.X.W does not look at the box. */
	assert_true(execute(&m, op_fp(0x70, 0, 0)));
	assert_int_equal(m.x[3], 0x3f800000);
	assert_true(execute(&m, op_fp(0x70, 0, 1)));
	assert_int_equal(m.x[3], 1u << 9);
}

static void results_that_are_singles_are_boxed(void **state)
{
	struct machine m = {.f = {[1] = ONE_SINGLE, [2] = ONE_SINGLE},
			    .x = {[1] = 0x1234567880000000}};

	(void)state;
	assert_true(execute(&m, op_fp(0x00, 2, DYN)));
	assert_int_equal(m.f[3], TWO_SINGLE);
	assert_true(execute(&m, op_fp(0x78, 0, 0)));
	assert_int_equal(m.f[3], 0xffffffff80000000);
	m.f[1] = TWO;
	assert_true(execute(&m, op_fp(0x20, 1, DYN)));
	assert_int_equal(m.f[3], TWO_SINGLE);
	m.f[1] = TWO_SINGLE;
	assert_true(execute(&m, op_fp(0x21, 0, DYN)));
	assert_int_equal(m.f[3], TWO);
}

static void integers_in_registers_are_sign_extended(void **state)
{
	struct machine m = {.f = {[1] = 0xffffffff80000000}, .x = {[1] = 0x80000000}};

	(void)state;
	assert_true(execute(&m, op_fp(0x70, 0, 0)));
	assert_int_equal(m.x[3], 0xffffffff80000000);
	assert_true(execute(&m, op_fp(0x69, 0, DYN))); /* FCVT.D.W */
	assert_int_equal(m.f[3], 0xc1e0000000000000);
	assert_true(execute(&m, op_fp(0x69, 1, DYN))); /* FCVT.D.WU */
	assert_int_equal(m.f[3], 0x41e0000000000000);
	m.f[1] = 0x41e0000000000000;
	assert_true(execute(&m, op_fp(0x61, 1, DYN))); /* FCVT.WU.D */
	assert_int_equal(m.x[3], 0xffffffff80000000);
}

static void x0_is_not_written(void **state)
{
	struct machine m = {.f = {[1] = TWO, [2] = TWO}};
	const uint32_t to_x0 = ~(31u << 7);

	(void)state;
	assert_true(execute(&m, op_fp(0x51, 2, 2) & to_x0));
	assert_true(execute(&m, op_fp(0x61, 0, DYN) & to_x0));
	assert_true(execute(&m, op_fp(0x71, 0, 0) & to_x0));
	assert_int_equal(m.x[0], 0);
}

static void a_dynamic_rounding_mode_is_what_frm_says(void **state)
{
	struct machine m = {.f = {[1] = ONE, [2] = THREE}};

	(void)state;
	m.frm = XLAT__FLOAT_RDN;
	assert_true(execute(&m, op_fp(0x0d, 2, DYN)));
	assert_int_equal(m.f[3], 0x3fd5555555555555);
	m.frm = XLAT__FLOAT_RUP;
	assert_true(execute(&m, op_fp(0x0d, 2, DYN)));
	assert_int_equal(m.f[3], 0x3fd5555555555556);
	assert_true(execute(&m, op_fp(0x0d, 2, XLAT__FLOAT_RTZ)));
	assert_int_equal(m.f[3], 0x3fd5555555555555);
	assert_int_equal(m.fflags, XLAT__FLOAT_NX);
}

static void flags_accrue(void **state)
{
	struct machine m = {.f = {[1] = ONE, [2] = 0}, .fflags = XLAT__FLOAT_OF};

	(void)state;
	assert_true(execute(&m, op_fp(0x0d, 2, DYN)));
	assert_int_equal(m.fflags, XLAT__FLOAT_OF | XLAT__FLOAT_DZ);
	assert_true(execute(&m, op_fp(0x01, 2, DYN)));
	assert_int_equal(m.fflags, XLAT__FLOAT_OF | XLAT__FLOAT_DZ);
}

static void a_reserved_rounding_mode_is_illegal_where_there_is_one(void **state)
{
	static const struct {
		unsigned funct7, rs2;
	} rounded[] = {{0x00, 2}, {0x05, 2}, {0x08, 2}, {0x0d, 2}, {0x2c, 0}, {0x20, 1},
		       {0x21, 0}, {0x60, 3}, {0x61, 0}, {0x68, 2}, {0x69, 0}};
	struct machine m = {.f = {[1] = ONE, [2] = ONE, [3] = 1}, .x = {[3] = 1}};

	(void)state;
	for (unsigned i = 0; i < sizeof(rounded) / sizeof(rounded[0]); i++) {
		m.frm = 0;
		assert_false(execute(&m, op_fp(rounded[i].funct7, rounded[i].rs2, 5)));
		assert_false(execute(&m, op_fp(rounded[i].funct7, rounded[i].rs2, 6)));
		m.frm = 5;
		assert_false(execute(&m, op_fp(rounded[i].funct7, rounded[i].rs2, DYN)));
		m.frm = 7;
		assert_false(execute(&m, op_fp(rounded[i].funct7, rounded[i].rs2, DYN)));
	}
	assert_false(execute(&m, fused(0x43, 1, DYN)));
	assert_false(execute(&m, fused(0x4f, 0, 5)));
	assert_int_equal(m.f[3], 1);
	assert_int_equal(m.x[3], 1);
	/* Here the field says something else, and frm nothing. */
	assert_true(execute(&m, op_fp(0x10, 2, 1)));
	assert_true(execute(&m, op_fp(0x51, 2, 2)));
	assert_true(execute(&m, op_fp(0x79, 0, 0)));
}

static void what_is_no_instruction_is_illegal(void **state)
{
	static const struct {
		unsigned funct7, rs2, rm;
	} illegal[] = {
		{0x02, 2, 0}, /* format 2 */
		{0x03, 2, 0}, /* format 3 */
		{0x2d, 1, 0}, /* FSQRT with rs2 */
		{0x11, 2, 3}, /* FSGNJ? */
		{0x14, 2, 2}, /* FMIN? */
		{0x50, 2, 3}, /* compare? */
		{0x20, 0, 0}, /* from single to single */
		{0x21, 1, 0}, /* from double to double */
		{0x20, 2, 0}, /* from half */
		{0x60, 4, 0}, /* to what? */
		{0x69, 4, 0}, /* from what? */
		{0x70, 1, 0}, {0x70, 0, 2}, {0x79, 1, 0}, {0x79, 0, 1}, {0x7c, 0, 0},
	};
	struct machine m = {.f = {[3] = 1}, .x = {[3] = 1}};

	(void)state;
	for (unsigned i = 0; i < sizeof(illegal) / sizeof(illegal[0]); i++)
		assert_false(execute(&m, op_fp(illegal[i].funct7, illegal[i].rs2, illegal[i].rm)));
	assert_false(execute(&m, fused(0x43, 2, 0)));
	assert_false(execute(&m, fused(0x33, 1, 0)));
	assert_int_equal(m.f[3], 1);
	assert_int_equal(m.x[3], 1);
	assert_int_equal(m.fflags, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arithmetic_reads_and_writes_its_registers),
		cmocka_unit_test(fused_ones_differ_in_their_signs),
		cmocka_unit_test(a_single_without_its_box_is_the_canonical_nan),
		cmocka_unit_test(results_that_are_singles_are_boxed),
		cmocka_unit_test(integers_in_registers_are_sign_extended),
		cmocka_unit_test(x0_is_not_written),
		cmocka_unit_test(a_dynamic_rounding_mode_is_what_frm_says),
		cmocka_unit_test(flags_accrue),
		cmocka_unit_test(a_reserved_rounding_mode_is_illegal_where_there_is_one),
		cmocka_unit_test(what_is_no_instruction_is_illegal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
