/* SPDX-License-Identifier: BSD-3-Clause */
/* A debugger's packets and what they are answered; Debugging with GDB, appendix E. */
#include "test.h"
#include "tiny_kernel.h"

#include <errno.h>
#include <stdio.h>

#include <xlat/gdb.h>

#include "machine/gdb.h"

enum {
	KERNEL = 0x80200000,
};

struct session {
	struct xlat_machine *machine;
	struct xlat_gdb *gdb;
	char sent[3 * XLAT__GDB_PACKET];
	size_t count;
	uint64_t start; /* of the first instruction of its own */
};

static void keep(void *opaque, const uint8_t *bytes, size_t count)
{
	struct session *s = opaque;

	assert_true(s->count + count < sizeof(s->sent));
	memcpy(s->sent + s->count, bytes, count);
	s->count += count;
	s->sent[s->count] = 0;
}

/* a0 counts up and is stored at 0x80001000, forever. */
static void init(struct session *s)
{
	struct tiny_kernel kernel;

	*s = (struct session){0};
	tiny_kernel_init(&kernel);
	s->start = KERNEL + kernel.at;
	emit(&kernel, 0x80001637); /* lui a2, 0x80001 */
	emit(&kernel, 0x02061613); /* slli a2, a2, 32 */
	emit(&kernel, 0x02065613); /* srli a2, a2, 32 */
	emit(&kernel, 0x00150513); /* addi a0, a0, 1 */
	emit(&kernel, 0x00a63023); /* sd a0, 0(a2) */
	emit(&kernel, 0xff9ff06f); /* j loop */
	assert_int_equal(xlat_machine_create(XLAT_CONFIG(xlat_machine_config, .harts = 2,
							 .memory = 64 << 20),
					     &s->machine),
			 0);
	assert_int_equal(xlat_machine_boot(s->machine,
					   XLAT_CONFIG(xlat_machine_boot, .kernel = kernel.bytes,
						       .kernel_length = sizeof(kernel.bytes))),
			 0);
	assert_int_equal(xlat_gdb_create(XLAT_CONFIG(xlat_gdb_config, .machine = s->machine,
						     .send = keep, .opaque = s),
					 &s->gdb),
			 0);
	/* The header jumps to the start. */
	while (xlat_hart_pc(xlat_machine_hart(s->machine, 0)) != s->start)
		xlat_machine_step(s->machine, 0);
}

static void finish(struct session *s)
{
	xlat_gdb_destroy(s->gdb);
	xlat_machine_destroy(s->machine);
}

/* Sends a packet; what was sent back, without its frame, is returned. */
static const char *ask(struct session *s, const char *packet)
{
	char framed[1024];
	uint8_t sum = 0;
	char *end;

	for (const char *at = packet; *at; at++)
		sum = (uint8_t)(sum + (uint8_t)*at);
	snprintf(framed, sizeof(framed), "$%s#%02x", packet, sum);
	s->count = 0;
	s->sent[0] = 0;
	xlat_gdb_receive(s->gdb, (const uint8_t *)framed, strlen(framed));
	assert_int_equal(s->sent[0], '+');
	end = strchr(s->sent, '#');
	if (end)
		*end = 0;
	return s->sent[1] ? s->sent + 2 : "";
}

static void run(struct session *s)
{
	for (unsigned i = 0; i < 100 && xlat_gdb_running(s->gdb); i++) {
		s->count = 0;
		xlat_gdb_stopped(s->gdb, xlat_machine_run(s->machine, 1000));
	}
}

static void registers_and_memory_are_read_and_written(void **state)
{
	struct session s;
	char packet[128], expected[32];

	(void)state;
	init(&s);
	assert_string_equal(ask(&s, "Pa=efcdab8967452301"), "OK");
	assert_string_equal(ask(&s, "pa"), "efcdab8967452301");
	assert_int_equal(xlat_hart_register(xlat_machine_hart(s.machine, 0), 10),
			 UINT64_C(0x0123456789abcdef));
	snprintf(expected, sizeof(expected), "%02x%02x%02x8000000000", (unsigned)s.start & 0xff,
		 (unsigned)s.start >> 8 & 0xff, (unsigned)s.start >> 16 & 0xff);
	assert_string_equal(ask(&s, "p20"), expected);
	assert_int_equal(strlen(ask(&s, "g")), 33 * 16);
	assert_string_equal(ask(&s, "M80001000,4:11223344"), "OK");
	assert_string_equal(ask(&s, "m80001001,2"), "2233");
	assert_string_equal(ask(&s, "X80001000,2:ab"), "OK");
	assert_string_equal(ask(&s, "m80001000,3"), "616233");
	/* As much as there is, of RAM's last bytes. */
	assert_int_equal(strlen(ask(&s, "m83fffff8,10")), 16);
	/* What is not there. */
	assert_string_equal(ask(&s, "p5b"), "E02");
	assert_string_equal(ask(&s, "m10,4"), "E0e");
	snprintf(packet, sizeof(packet), "M%x,4:11223344", 16);
	assert_string_equal(ask(&s, packet), "E0e");
	finish(&s);
}

static void every_register_of_the_description_can_be_had(void **state)
{
	struct session s;
	char packet[16];

	(void)state;
	init(&s);
	for (unsigned i = 0; i <= 90; i++) {
		snprintf(packet, sizeof(packet), "p%x", i);
		if (i == 65)
			assert_string_equal(ask(&s, packet), "E02");
		else
			assert_int_equal(strlen(ask(&s, packet)), i >= 66 && i < 69 ? 8 : 16);
	}
	finish(&s);
}

static void a_step_is_one_instruction_of_one_hart(void **state)
{
	struct session s;
	struct xlat_hart *hart;

	(void)state;
	init(&s);
	hart = xlat_machine_hart(s.machine, 0);
	assert_string_equal(ask(&s, "vCont;s:1;c"), "T05thread:1;");
	assert_int_equal(xlat_hart_pc(hart), s.start + 4);
	assert_string_equal(ask(&s, "s"), "T05thread:1;");
	assert_int_equal(xlat_hart_pc(hart), s.start + 8);
	/* The other has not been started: it stays. */
	assert_string_equal(ask(&s, "vCont;s:2"), "T05thread:2;");
	assert_int_equal(xlat_hart_pc(hart), s.start + 8);
	finish(&s);
}

static void a_breakpoint_stops_it_again_and_again(void **state)
{
	struct session s;
	struct xlat_hart *hart;
	char packet[32];

	(void)state;
	init(&s);
	hart = xlat_machine_hart(s.machine, 0);
	snprintf(packet, sizeof(packet), "Z0,%llx,4", (unsigned long long)s.start + 16);
	assert_string_equal(ask(&s, packet), "OK");
	for (unsigned i = 1; i < 4; i++) {
		assert_string_equal(ask(&s, "c"), "");
		run(&s);
		assert_string_equal(s.sent, "$T05thread:1;#d7");
		assert_int_equal(xlat_hart_pc(hart), s.start + 16);
		assert_int_equal(xlat_hart_register(hart, 10), i);
	}
	/* Stepping goes past it. */
	assert_string_equal(ask(&s, "s"), "T05thread:1;");
	assert_int_equal(xlat_hart_pc(hart), s.start + 20);
	packet[0] = 'z';
	assert_string_equal(ask(&s, packet), "OK");
	ask(&s, "c");
	run(&s);
	assert_true(xlat_gdb_running(s.gdb));
	finish(&s);
}

static void a_watchpoint_stops_before_the_access_and_says_where(void **state)
{
	struct session s;

	(void)state;
	init(&s);
	assert_string_equal(ask(&s, "Z2,80001004,2"), "OK");
	ask(&s, "c");
	run(&s);
	assert_non_null(strstr(s.sent, "watch:80001000;"));
	assert_int_equal(xlat_hart_pc(xlat_machine_hart(s.machine, 0)), s.start + 16);
	assert_string_equal(ask(&s, "z2,80001004,2"), "OK");
	/* Reads are not watched. */
	assert_string_equal(ask(&s, "Z3,80001000,8"), "OK");
	ask(&s, "c");
	run(&s);
	assert_true(xlat_gdb_running(s.gdb));
	finish(&s);
}

static void an_interrupt_stops_what_runs(void **state)
{
	struct session s;
	const uint8_t interrupt = 3;

	(void)state;
	init(&s);
	ask(&s, "c");
	run(&s);
	assert_true(xlat_gdb_running(s.gdb));
	s.count = 0;
	xlat_gdb_receive(s.gdb, &interrupt, 1);
	assert_false(xlat_gdb_running(s.gdb));
	assert_non_null(strstr(s.sent, "T02thread:1;"));
	finish(&s);
}

static void threads_are_harts(void **state)
{
	struct session s;

	(void)state;
	init(&s);
	assert_string_equal(ask(&s, "qfThreadInfo"), "m1");
	assert_string_equal(ask(&s, "qsThreadInfo"), "m2");
	assert_string_equal(ask(&s, "qsThreadInfo"), "l");
	assert_string_equal(ask(&s, "T2"), "OK");
	assert_string_equal(ask(&s, "T3"), "E02");
	assert_string_equal(ask(&s, "qThreadExtraInfo,2"), "686172742031");
	assert_string_equal(ask(&s, "Hg2"), "OK");
	assert_string_equal(ask(&s, "qC"), "QC2");
	assert_string_equal(ask(&s, "Hg3"), "E16");
	assert_string_equal(ask(&s, "Hg-1"), "OK");
	assert_string_equal(ask(&s, "qC"), "QC2");
	finish(&s);
}

static void the_description_is_had_in_pieces(void **state)
{
	struct session s;
	char text[8192] = "", packet[64];
	const char *piece;

	(void)state;
	init(&s);
	do {
		snprintf(packet, sizeof(packet), "qXfer:features:read:target.xml:%x,200",
			 (unsigned)strlen(text));
		piece = ask(&s, packet);
		assert_true(strlen(text) + strlen(piece) < sizeof(text));
		strcat(text, piece + 1);
	} while (*piece == 'm');
	assert_string_equal(text, xlat__gdb_target_description());
	finish(&s);
}

static void what_is_broken_or_unknown_changes_nothing(void **state)
{
	static const char wrong[] = "$g#00", noise[] = "#$#$}#zz+++---";
	static const char *const unknown[] = {"",
					      "!",
					      "Z",
					      "Z9,0,0",
					      "vMustReplyEmpty",
					      "qFoo",
					      "Qx",
					      "M",
					      "M0",
					      "m",
					      "P",
					      "Pzz",
					      "Hgzz",
					      "X0,ffff:",
					      "vCont",
					      "vCont;",
					      "Z2,ffffffffffffffff,2",
					      "mfffffffffffffffff,1"};
	struct session s;

	(void)state;
	init(&s);
	xlat_gdb_receive(s.gdb, (const uint8_t *)wrong, sizeof(wrong) - 1);
	assert_string_equal(s.sent, "-");
	xlat_gdb_receive(s.gdb, (const uint8_t *)noise, sizeof(noise) - 1);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		const char *reply = ask(&s, unknown[i]);

		assert_true(*reply == 0 || *reply == 'E');
	}
	for (unsigned i = 0; i < 2; i++) {
		static char longest[XLAT__GDB_PACKET + 100];

		memset(longest, 'm', sizeof(longest));
		longest[0] = '$';
		xlat_gdb_receive(s.gdb, (const uint8_t *)longest, sizeof(longest));
		s.count = 0;
		xlat_gdb_receive(s.gdb, (const uint8_t *)"#00", 3);
	}
	assert_int_equal(xlat_hart_pc(xlat_machine_hart(s.machine, 0)), s.start);
	assert_false(xlat_gdb_running(s.gdb));
	finish(&s);
}

static void what_lets_go_leaves_no_breakpoint(void **state)
{
	struct session s;
	char packet[32];

	(void)state;
	init(&s);
	snprintf(packet, sizeof(packet), "Z1,%llx,4", (unsigned long long)s.start + 16);
	assert_string_equal(ask(&s, packet), "OK");
	assert_string_equal(ask(&s, "D"), "OK");
	assert_true(xlat_gdb_detached(s.gdb));
	assert_int_equal(xlat_machine_run(s.machine, 1000), XLAT_MACHINE_LIMIT);
	finish(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_and_memory_are_read_and_written),
		cmocka_unit_test(every_register_of_the_description_can_be_had),
		cmocka_unit_test(a_step_is_one_instruction_of_one_hart),
		cmocka_unit_test(a_breakpoint_stops_it_again_and_again),
		cmocka_unit_test(a_watchpoint_stops_before_the_access_and_says_where),
		cmocka_unit_test(an_interrupt_stops_what_runs),
		cmocka_unit_test(threads_are_harts),
		cmocka_unit_test(the_description_is_had_in_pieces),
		cmocka_unit_test(what_is_broken_or_unknown_changes_nothing),
		cmocka_unit_test(what_lets_go_leaves_no_breakpoint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
