/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Harts behind an IOPMP: reads, writes and fetches of one page go three ways, while the same hart
 * or another reprograms the unit. The programs are the guest's; here are their words.
 *
 *	0x10000000  the unit's registers
 *	0x40000000  a page as the harts see it through the unit
 *	0x80000000  RAM: hart 0's program, hart 1's program a page later, the page itself at 2 MiB
 */
#include "test.h"
#include "hart_fixture.h"

#include <xlat/protection.h>

#include "models/iopmp/bits.h"

#include <pthread.h>
#include <stdio.h>

#define REGISTERS UINT64_C(0x10000000)
#define SEEN UINT64_C(0x40000000)
#define PAGE (HART_RAM + 0x200000)

enum {
	ROUNDS = 300, /* that the unit is reprogrammed, by the hart itself, */
	REVOCATIONS = 200, /* and by another */
	TURNS = 8, /* accesses of each kind between */
	DATA = 0x55,
	OTHER_PROGRAM = 0x1000,
	/* Registers of a hart. */
	ZERO = 0,
	RA = 1,
	T0 = 5,
	T1 = 6,
	S0 = 8,
	S1 = 9,
	A0 = 10,
	A1 = 11,
	S2 = 18,
	S3 = 19,
	S4 = 20,
	S5 = 21,
	S6 = 22,
	S7 = 23,
	S8 = 24,
	CSR_MTVEC = 0x305,
	CSR_MEPC = 0x341,
	CSR_MCAUSE = 0x342,
	FETCH_FAULT = 1,
	LOAD_FAULT = 5,
	STORE_FAULT = 7,
};

/* A program as it is put together. */
struct text {
	uint32_t words[256];
	unsigned count;
};

static unsigned emit(struct text *text, uint32_t word)
{
	assert_true(text->count < 256);
	text->words[text->count] = word;
	return text->count++;
}

static uint32_t i_type(unsigned opcode, unsigned f3, unsigned rd, unsigned rs1, int imm)
{
	return (uint32_t)imm << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode;
}

static void addi(struct text *text, unsigned rd, unsigned rs1, int imm)
{
	emit(text, i_type(0x13, 0, rd, rs1, imm));
}

static void load(struct text *text, unsigned f3, unsigned rd, unsigned rs1, int offset)
{
	emit(text, i_type(0x03, f3, rd, rs1, offset));
}

static void store(struct text *text, unsigned f3, unsigned rs2, unsigned rs1, int offset)
{
	emit(text, (uint32_t)offset >> 5 << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 |
			   ((uint32_t)offset & 31) << 7 | 0x23);
}

static void ld(struct text *text, unsigned rd, unsigned rs1, int offset)
{
	load(text, 3, rd, rs1, offset);
}

static void lw(struct text *text, unsigned rd, unsigned rs1, int offset)
{
	load(text, 2, rd, rs1, offset);
}

static void sd(struct text *text, unsigned rs2, unsigned rs1, int offset)
{
	store(text, 3, rs2, rs1, offset);
}

static void sw(struct text *text, unsigned rs2, unsigned rs1, int offset)
{
	store(text, 2, rs2, rs1, offset);
}

static void jalr(struct text *text, unsigned rd, unsigned rs1)
{
	emit(text, i_type(0x67, 0, rd, rs1, 0));
}

static void csrr(struct text *text, unsigned rd, unsigned csr)
{
	emit(text, i_type(0x73, 2, rd, ZERO, (int)csr));
}

static void csrw(struct text *text, unsigned csr, unsigned rs1)
{
	emit(text, i_type(0x73, 1, ZERO, rs1, (int)csr));
}

static uint32_t branch_word(unsigned f3, unsigned rs1, unsigned rs2, int offset)
{
	uint32_t at = (uint32_t)offset;

	return (at >> 12 & 1) << 31 | (at >> 5 & 63) << 25 | rs2 << 20 | rs1 << 15 | f3 << 12 |
	       (at >> 1 & 15) << 8 | (at >> 11 & 1) << 7 | 0x63;
}

/* beq is 0, bne 1; to a place that is known, or that land() will make it lead to. */
static unsigned branch(struct text *text, unsigned f3, unsigned rs1, unsigned rs2, unsigned to)
{
	return emit(text, branch_word(f3, rs1, rs2, 4 * ((int)to - (int)text->count)));
}

static void land(struct text *text, unsigned from)
{
	uint32_t word = text->words[from];

	text->words[from] = branch_word(word >> 12 & 7, word >> 15 & 31, word >> 20 & 31,
					4 * (int)(text->count - from));
}

/* Any number of 32 bits; what is above is zero. */
static void li(struct text *text, unsigned rd, uint32_t value)
{
	addi(text, rd, ZERO, (int)(value >> 21));
	emit(text, i_type(0x13, 1, rd, rd, 11)); /* slli */
	addi(text, rd, rd, (int)(value >> 10 & 0x7ff));
	emit(text, i_type(0x13, 1, rd, rd, 10));
	addi(text, rd, rd, (int)(value & 0x3ff));
}

static void wait(struct text *text)
{
	unsigned at = emit(text, 0x10500073); /* wfi */

	branch(text, 0, ZERO, ZERO, at);
}

/*
 * A trap handler: faults of fetches, loads and stores are counted in s5, s6, s7. What faulted is
 * passed over; a fetch returns to where it was called from.
 */
static unsigned handler(struct text *text)
{
	unsigned entry = text->count, next;

	csrr(text, T0, CSR_MCAUSE);
	addi(text, T1, ZERO, FETCH_FAULT);
	next = branch(text, 1, T0, T1, 0);
	addi(text, S5, S5, 1);
	csrw(text, CSR_MEPC, RA);
	emit(text, 0x30200073); /* mret */
	land(text, next);
	csrr(text, T1, CSR_MEPC);
	addi(text, T1, T1, 4);
	csrw(text, CSR_MEPC, T1);
	addi(text, T1, ZERO, LOAD_FAULT);
	next = branch(text, 1, T0, T1, 0);
	addi(text, S6, S6, 1);
	emit(text, 0x30200073);
	land(text, next);
	addi(text, T1, ZERO, STORE_FAULT);
	next = branch(text, 1, T0, T1, 0);
	addi(text, S7, S7, 1);
	emit(text, 0x30200073);
	land(text, next);
	wait(text); /* nothing else is expected */
	return entry;
}

struct machine {
	struct hart_fixture f;
	struct xlat_protection *protection;
	struct xlat_iommu *iommu;
	uint64_t cfg; /* the address of the page's ENTRY_CFG */
};

static void set(struct machine *m, uint64_t offset, uint32_t value)
{
	xlat_iopmp_write(xlat_protection_iopmp(m->protection), offset, 4, value);
}

/* Every access of a hart is of RRID 0, which has entry 0: the page, all of it. */
static void build(struct machine *m)
{
	struct xlat_iopmp *iopmp;
	uint32_t entry;

	*m = (struct machine){0};
	hart_init(&m->f, NULL);
	assert_int_equal(
		xlat_protection_create(
			XLAT_CONFIG(xlat_protection_config, .memory = m->f.space, .base = PAGE,
				    .length = 0x1000,
				    .iopmp = XLAT_CONFIG(xlat_iopmp_config, .srcmd_format = 1)),
			&m->protection),
		0);
	assert_int_equal(xlat_protection_attach_requester(m->protection, 0, &m->iommu), 0);
	assert_int_equal(xlat_region_attach(m->f.root, xlat_iommu_region(m->iommu), SEEN), 0);
	assert_int_equal(xlat_region_attach(m->f.root, xlat_protection_registers(m->protection),
					    REGISTERS),
			 0);
	iopmp = xlat_protection_iopmp(m->protection);
	entry = (uint32_t)xlat_iopmp_look(iopmp, REG_ENTRYOFFSET, 4);
	m->cfg = REGISTERS + entry + ENTRY_CFG;
	set(m, REG_MDCFG, 1);
	set(m, entry + ENTRY_ADDR, PAGE >> 2 | 0x1ff);
	set(m, entry + ENTRY_CFG, A_NAPOT << CFG_A_SHIFT);
	set(m, REG_HWCFG0, HWCFG0_ENABLE);
}

static void demolish(struct machine *m)
{
	xlat_region_detach(xlat_iommu_region(m->iommu));
	xlat_iommu_destroy(m->iommu);
	xlat_protection_destroy(m->protection);
	hart_finish(&m->f);
}

/* The first instruction leads over the handler. */
static unsigned begin(struct text *text, uint64_t at)
{
	unsigned over = branch(text, 0, ZERO, ZERO, 0);
	unsigned trap = handler(text);

	land(text, over);
	li(text, T0, (uint32_t)(at + 4 * trap));
	csrw(text, CSR_MTVEC, T0);
	return text->count;
}

static void set_cfg(struct text *text, uint32_t cfg)
{
	li(text, T0, cfg | A_NAPOT << CFG_A_SHIFT);
	sw(text, T0, S2, 0);
}

/* Some of each kind, alternating. a1: what is written. Wrong data is counted in s4. */
static void access_three_ways(struct text *text, bool readable)
{
	unsigned again, right;

	addi(text, S8, ZERO, TURNS);
	again = text->count;
	ld(text, A0, S0, 8);
	if (readable) {
		right = branch(text, 0, A0, S1, 0);
		addi(text, S4, S4, 1);
		land(text, right);
	}
	sd(text, A1, S0, 8);
	jalr(text, RA, S0);
	addi(text, S8, S8, -1);
	branch(text, 1, S8, ZERO, again);
}

/*
 * By turns a page whose reads reach RAM, whose writes are dropped without a word, and whose fetches
 * fault; and one whose reads fault, and whose writes and fetches reach RAM.
 */
static void one_page_goes_three_ways_and_others_at_once(void **state)
{
	struct text text = {0};
	struct machine m;
	unsigned round;

	(void)state;
	build(&m);
	begin(&text, HART_RAM);
	li(&text, S0, SEEN);
	li(&text, S2, (uint32_t)m.cfg);
	addi(&text, S1, ZERO, DATA);
	addi(&text, S3, ZERO, ROUNDS);
	round = text.count;
	set_cfg(&text, CFG_R | CFG_SERE << 1); /* sewe */
	addi(&text, A1, ZERO, DATA + 1);
	access_three_ways(&text, true);
	set_cfg(&text, CFG_W | CFG_X);
	addi(&text, A1, ZERO, DATA);
	access_three_ways(&text, false);
	addi(&text, S3, S3, -1);
	branch(&text, 1, S3, ZERO, round);
	wait(&text);
	program(&m.f, 0, text.words, text.count);
	/* What is fetched of the page returns. */
	program(&m.f, PAGE - HART_RAM, (const uint32_t[]){0x00008067, 0, DATA, 0}, 4);
	assert_int_equal(xlat_hart_run(m.f.hart, UINT64_C(10000000)), XLAT_HART_WAITING);
	assert_int_equal(xlat_hart_register(m.f.hart, S3), 0);
	assert_int_equal(xlat_hart_register(m.f.hart, S4), 0);
	assert_int_equal(xlat_hart_register(m.f.hart, S5), ROUNDS * TURNS);
	assert_int_equal(xlat_hart_register(m.f.hart, S6), ROUNDS * TURNS);
	assert_int_equal(xlat_hart_register(m.f.hart, S7), 0);
	demolish(&m);
}

/* Stores to the page for ever; those that fault are passed over. */
static void program_writer(struct machine *m)
{
	struct text text = {0};
	unsigned again;

	begin(&text, HART_RAM);
	li(&text, S0, SEEN);
	again = text.count;
	addi(&text, A0, A0, 1);
	sd(&text, A0, S0, 16);
	branch(&text, 0, ZERO, ZERO, again);
	program(&m->f, 0, text.words, text.count);
}

static void delay(struct text *text, int loops)
{
	unsigned again;

	addi(text, T0, ZERO, loops);
	again = text->count;
	addi(text, T0, T0, -1);
	branch(text, 1, T0, ZERO, again);
}

/*
 * Grants and revokes; waits until that is in force (5.7.7: is_busy after a write of RRIDSCP); from
 * then on the page must not change. Changes are counted in s5, rounds in which it changed while it
 * was granted in s6.
 */
static void program_reprogrammer(struct machine *m)
{
	struct text text = {0};
	unsigned round, poll, same, again, over;

	li(&text, S1, PAGE);
	li(&text, S2, (uint32_t)m->cfg);
	li(&text, S3, REGISTERS);
	addi(&text, S4, ZERO, REVOCATIONS);
	round = text.count;
	ld(&text, A0, S1, 16);
	set_cfg(&text, CFG_R | CFG_W);
	/* The other hart may not be running; not for ever. */
	li(&text, S7, 1000000);
	again = text.count;
	addi(&text, S7, S7, -1);
	over = branch(&text, 0, S7, ZERO, 0);
	ld(&text, A1, S1, 16);
	branch(&text, 0, A0, A1, again);
	addi(&text, S6, S6, 1);
	land(&text, over);
	set_cfg(&text, CFG_R);
	li(&text, T0, (uint32_t)OP_RESUME << RRIDSCP_OP_SHIFT | 5);
	sw(&text, T0, S3, REG_RRIDSCP);
	poll = text.count;
	lw(&text, T0, S3, REG_MDSTALL);
	emit(&text, i_type(0x13, 7, T0, T0, MDSTALL_IS_BUSY)); /* andi */
	branch(&text, 1, T0, ZERO, poll);
	ld(&text, A0, S1, 16);
	delay(&text, 2000);
	ld(&text, A1, S1, 16);
	same = branch(&text, 0, A0, A1, 0);
	addi(&text, S5, S5, 1);
	land(&text, same);
	addi(&text, S4, S4, -1);
	branch(&text, 1, S4, ZERO, round);
	wait(&text);
	program(&m->f, OTHER_PROGRAM, text.words, text.count);
}

static void *run_writer(void *opaque)
{
	struct machine *m = opaque;

	xlat_hart_own(m->f.hart);
	assert_int_equal(xlat_hart_run(m->f.hart, UINT64_MAX), XLAT_HART_STOPPED);
	return NULL;
}

static void what_one_hart_revokes_another_uses_no_more(void **state)
{
	struct xlat_hart *other;
	pthread_t writer;
	struct machine m;

	(void)state;
	build(&m);
	program_writer(&m);
	program_reprogrammer(&m);
	assert_int_equal(xlat_hart_create(m.f.space,
					  XLAT_CONFIG(xlat_hart_config, .id = 1,
						      .reset_address = HART_RAM + OTHER_PROGRAM),
					  &other),
			 0);
	assert_int_equal(pthread_create(&writer, NULL, run_writer, &m), 0);
	assert_int_equal(xlat_hart_run(other, UINT64_MAX), XLAT_HART_WAITING);
	xlat_hart_stop(m.f.hart);
	assert_int_equal(pthread_join(writer, NULL), 0);
	xlat_hart_own(m.f.hart);
	printf("# %u rounds, stores in %llu of them, %llu faults\n", (unsigned)REVOCATIONS,
	       (unsigned long long)xlat_hart_register(other, S6),
	       (unsigned long long)xlat_hart_register(m.f.hart, S7));
	assert_int_equal(xlat_hart_register(other, S4), 0);
	assert_int_equal(xlat_hart_register(other, S5), 0);
	assert_true(xlat_hart_register(other, S6) > 0);
	assert_true(xlat_hart_register(m.f.hart, S7) > 0);
	xlat_hart_destroy(other);
	demolish(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_page_goes_three_ways_and_others_at_once),
		cmocka_unit_test(what_one_hart_revokes_another_uses_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
