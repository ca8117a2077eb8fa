/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Whoever stores to a coherent IOMMU's table goes on when nobody uses what the store ended: a hart
 * and an operation wait, a call that cannot is told.
 */
#include "test.h"
#include "fixture.h"
#include "hart_fixture.h"

#include <xlat/coherent.h>
#include <xlat/implement/holder.h>

#include <errno.h>
#include <string.h>

enum {
	TABLE = 0x100000, /* in RAM */
	OTHER_TABLE = 0x101000,
	ENTRIES = 16,
	PAGE = 0x1000,
	BUFFER = 0x200000, /* in RAM */
	VRW = XLAT_COHERENT_VALID | XLAT_COHERENT_READ | XLAT_COHERENT_WRITE,
	/* Registers of the hart. */
	A0 = 10,
	A1 = 11,
	A2 = 12,
	/* Programs: what stores is their second instruction, the others count in a2. */
	ADDI_A2 = 0x00160613, /* addi a2, a2, 1 */
	JUMP_HERE = 0x0000006f,
	SD = 0x00a5b023, /* sd a0, 0(a1) */
	SD_ACROSS = 0x00a5be23, /* sd a0, 28(a1): crosses a page, where a1 is 24 before its end */
	AMOADD = 0x00a5b52f, /* amoadd.d a0, a0, (a1) */
	LR = 0x1005b52f, /* lr.d a0, (a1) */
	SC = 0x18d5b52f, /* sc.d a0, a3, (a1) */
};

struct machine {
	struct hart_fixture f;
	struct xlat_coherent *coherent;
	struct xlat_space *bus;
	struct xlat_dma *dma, *cpu;
	struct xlat_map map;
	unsigned done;
};

static void add_iommu(struct machine *m, struct xlat_coherent **coherent, struct xlat_space **bus,
		      struct xlat_dma **dma)
{
	assert_int_equal(xlat_coherent_create(
				 XLAT_CONFIG(xlat_coherent_config, .memory = m->f.space), coherent),
			 0);
	assert_int_equal(xlat_coherent_set_table(*coherent,
						 &(struct xlat_coherent_table){.ram = m->f.ram,
									       .offset = TABLE,
									       .entries = ENTRIES}),
			 0);
	assert_int_equal(xlat_space_create(xlat_iommu_region(xlat_coherent_iommu(*coherent)), "bus",
					   bus),
			 0);
	assert_int_equal(xlat_dma_create(*bus, NULL, dma), 0);
}

static uint64_t *entry(struct machine *m, unsigned page)
{
	return (uint64_t *)(void *)(m->f.bytes + TABLE) + page;
}

static uint64_t little(uint64_t value)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(value) : value;
}

static uint64_t at(unsigned page)
{
	return HART_RAM + TABLE + page * UINT64_C(8);
}

/* All pages are mapped. */
static void power_on(struct machine *m)
{
	memset(m, 0, sizeof(*m));
	hart_init(&m->f, NULL);
	for (unsigned page = 0; page < ENTRIES; page++)
		*entry(m, page) = little((HART_RAM + BUFFER + page * (uint64_t)PAGE) | VRW);
	add_iommu(m, &m->coherent, &m->bus, &m->dma);
	assert_int_equal(xlat_dma_create(m->f.space, NULL, &m->cpu), 0);
}

static void power_off(struct machine *m)
{
	xlat_dma_destroy(m->cpu);
	xlat_dma_destroy(m->dma);
	xlat_space_destroy(m->bus);
	xlat_coherent_destroy(m->coherent);
	hart_finish(&m->f);
}

static void uses(struct machine *m, unsigned page)
{
	assert_int_equal(
		xlat_dma_map(m->dma, nobody, XLAT_WRITE, page * (uint64_t)PAGE, 16, &m->map), 0);
	assert_non_null(m->map.host);
}

static void lets_go(struct machine *m)
{
	assert_int_equal(xlat_dma_unmap(m->dma, &m->map, 16), 0);
	xlat_fabric_process(m->f.fabric);
}

/* --- Operations. */

static void done(struct xlat_dma_op *op)
{
	++*(unsigned *)op->opaque;
}

static struct xlat_dma_op op_of(struct machine *m, enum xlat_dma_op_kind kind, unsigned page,
				void *buffer, uint64_t length)
{
	m->done = 0;
	return (struct xlat_dma_op){.size = sizeof(struct xlat_dma_op),
				    .kind = kind,
				    .iova = at(page),
				    .buffer = buffer,
				    .length = length,
				    .done = done,
				    .opaque = &m->done};
}

static void assert_waits(struct machine *m)
{
	for (unsigned i = 0; i < 10; i++) {
		xlat_fabric_process(m->f.fabric);
		assert_int_equal(xlat_dma_process(m->cpu), 0);
	}
	assert_int_equal(m->done, 0);
}

static void an_operation_is_pending_until_its_store_has_retired(void **state)
{
	uint64_t zero = 0, expected;
	struct machine m;

	(void)state;
	power_on(&m);
	for (unsigned i = 0; i < 3; i++) {
		static const enum xlat_dma_op_kind kinds[] = {XLAT_DMA_WRITE, XLAT_DMA_FILL,
							      XLAT_DMA_CAS};
		struct xlat_dma_op op = op_of(&m, kinds[i], 3, &zero, 8);

		expected = *entry(&m, 3) = little((HART_RAM + BUFFER) | VRW);
		if (kinds[i] == XLAT_DMA_CAS) {
			op.buffer = &expected;
			op.desired = &zero;
		}
		uses(&m, 3);
		assert_int_equal(xlat_dma_submit(m.cpu, &op), 0);
		assert_int_equal(*entry(&m, 3), 0);
		assert_waits(&m);
		lets_go(&m);
		assert_int_equal(xlat_dma_process(m.cpu), 1);
		assert_int_equal(m.done, 1);
		assert_int_equal(op.result.outcome, XLAT_OK);
		assert_int_equal(op.result.done, 8);
		assert_true(op.swapped == (kinds[i] == XLAT_DMA_CAS));
		/* The same, of what nobody uses. */
		op = op_of(&m, XLAT_DMA_WRITE, 3, &zero, 8);
		assert_int_equal(xlat_dma_submit(m.cpu, &op), 1);
		assert_int_equal(op.result.outcome, XLAT_OK);
		assert_true(xlat_coherent_settled(m.coherent));
	}
	power_off(&m);
}

static void pieces_of_an_operation_follow_when_those_before_have_retired(void **state)
{
	uint64_t words[3] = {0, 0, little(7)};
	struct machine m;

	(void)state;
	power_on(&m);
	const struct xlat_sg list[] = {{at(2), 8}, {at(3), 8}, {HART_RAM + BUFFER + 0x10000, 8}};
	struct xlat_dma_op op = op_of(&m, XLAT_DMA_WRITE, 2, words, 24);

	op.list = list;
	op.count = 3;
	uses(&m, 3);
	assert_int_equal(xlat_dma_submit(m.cpu, &op), 0);
	assert_int_equal(*entry(&m, 2), 0);
	assert_int_equal(*entry(&m, 3), 0);
	assert_waits(&m);
	assert_int_equal(m.f.bytes[BUFFER + 0x10000], 0);
	lets_go(&m);
	assert_int_equal(xlat_dma_process(m.cpu), 1);
	assert_int_equal(m.f.bytes[BUFFER + 0x10000], 7);
	assert_int_equal(op.result.done, 24);
	power_off(&m);
}

static void stores_do_not_wait_for_one_another(void **state)
{
	struct xlat_dma_op first, second;
	struct xlat_map other;
	struct machine m;
	uint64_t zero = 0;

	(void)state;
	power_on(&m);
	uses(&m, 3);
	assert_int_equal(xlat_dma_map(m.dma, nobody, XLAT_WRITE, 5 * PAGE, 16, &other), 0);
	first = op_of(&m, XLAT_DMA_WRITE, 3, &zero, 8);
	second = op_of(&m, XLAT_DMA_WRITE, 5, &zero, 8);
	assert_int_equal(xlat_dma_submit(m.cpu, &first), 0);
	assert_int_equal(xlat_dma_submit(m.cpu, &second), 0);
	assert_int_equal(xlat_dma_unmap(m.dma, &other, 16), 0);
	xlat_fabric_process(m.f.fabric);
	assert_int_equal(xlat_dma_process(m.cpu), 1);
	assert_int_equal(second.result.done, 8);
	assert_false(xlat_coherent_settled(m.coherent));
	lets_go(&m);
	assert_int_equal(xlat_dma_process(m.cpu), 1);
	power_off(&m);
}

/* A handle that ends: what was stored was stored, and is not known to have retired. */
static void an_operation_that_is_given_up_says_that_it_has_stored(void **state)
{
	struct xlat_dma_op op;
	struct xlat_dma *dma;
	struct machine m;
	uint64_t zero = 0;

	(void)state;
	power_on(&m);
	assert_int_equal(xlat_dma_create(m.f.space, NULL, &dma), 0);
	uses(&m, 3);
	op = op_of(&m, XLAT_DMA_WRITE, 3, &zero, 8);
	assert_int_equal(xlat_dma_submit(dma, &op), 0);
	xlat_dma_destroy(dma);
	assert_int_equal(m.done, 1);
	assert_int_equal(op.result.outcome, XLAT_PENDING);
	assert_int_equal(op.result.done, 8);
	assert_false(xlat_coherent_settled(m.coherent));
	memset(&op, 0x5a, sizeof(op));
	lets_go(&m);
	assert_true(xlat_coherent_settled(m.coherent));
	power_off(&m);
}

/* The fence was found over, and the owner has not looked yet. */
static void an_operation_may_be_given_up_when_its_store_has_retired(void **state)
{
	struct xlat_dma_op op;
	struct xlat_dma *dma;
	struct machine m;
	uint64_t zero = 0;

	(void)state;
	power_on(&m);
	assert_int_equal(xlat_dma_create(m.f.space, NULL, &dma), 0);
	uses(&m, 3);
	op = op_of(&m, XLAT_DMA_WRITE, 3, &zero, 8);
	assert_int_equal(xlat_dma_submit(dma, &op), 0);
	lets_go(&m);
	xlat_dma_destroy(dma);
	assert_int_equal(m.done, 1);
	power_off(&m);
}

static void an_iommu_that_goes_while_a_store_waits_leaves_it_waiting(void **state)
{
	struct xlat_dma_op op;
	struct machine m;
	uint64_t zero = 0;

	(void)state;
	power_on(&m);
	uses(&m, 3);
	op = op_of(&m, XLAT_DMA_WRITE, 3, &zero, 8);
	assert_int_equal(xlat_dma_submit(m.cpu, &op), 0);
	xlat_coherent_destroy(m.coherent);
	m.coherent = NULL;
	assert_waits(&m);
	lets_go(&m);
	assert_int_equal(xlat_dma_process(m.cpu), 1);
	assert_int_equal(op.result.outcome, XLAT_OK);
	power_off(&m);
}

static void a_store_to_the_table_of_two_waits_for_both(void **state)
{
	struct xlat_coherent *coherent;
	struct xlat_dma_op op;
	struct xlat_space *bus;
	struct xlat_dma *dma;
	struct xlat_map map;
	struct machine m;
	uint64_t zero = 0;

	(void)state;
	for (unsigned last = 0; last < 2; last++) {
		power_on(&m);
		add_iommu(&m, &coherent, &bus, &dma);
		uses(&m, 3);
		assert_int_equal(xlat_dma_map(dma, nobody, XLAT_WRITE, 3 * PAGE, 16, &map), 0);
		op = op_of(&m, XLAT_DMA_WRITE, 3, &zero, 8);
		assert_int_equal(xlat_dma_submit(m.cpu, &op), 0);
		assert_waits(&m);
		if (last)
			assert_int_equal(xlat_dma_unmap(dma, &map, 16), 0);
		else
			lets_go(&m);
		assert_waits(&m);
		if (last)
			lets_go(&m);
		else
			assert_int_equal(xlat_dma_unmap(dma, &map, 16), 0);
		for (unsigned i = 0; i < 4 && !m.done; i++) {
			xlat_fabric_process(m.f.fabric);
			xlat_dma_process(m.cpu);
		}
		assert_int_equal(m.done, 1);
		assert_int_equal(op.result.outcome, XLAT_OK);
		/* A call is told the same. */
		*entry(&m, 4) = little((HART_RAM + BUFFER) | VRW);
		assert_int_equal(xlat_dma_map(dma, nobody, XLAT_WRITE, 4 * PAGE, 16, &map), 0);
		uses(&m, 4);
		assert_int_equal(xlat_dma_store_le64(m.cpu, nobody, at(4), 0), XLAT_PENDING);
		assert_int_equal(xlat_dma_result(m.cpu).done, 8);
		lets_go(&m);
		assert_int_equal(xlat_dma_unmap(dma, &map, 16), 0);
		xlat_dma_destroy(dma);
		xlat_space_destroy(bus);
		xlat_coherent_destroy(coherent);
		power_off(&m);
	}
}

static void keep_ticket(void *opaque, struct xlat_holder *holder,
			const struct xlat_withdrawal *withdrawal)
{
	(void)holder;
	*(uint64_t *)opaque = withdrawal->ticket;
}

static void what_a_holder_fails_to_let_go_is_a_device_error(void **state)
{
	struct xlat_holder *holder;
	struct xlat_dma_op op;
	uint64_t zero = 0, ticket = 0;
	struct machine m;

	(void)state;
	power_on(&m);
	assert_int_equal(xlat_iommu_holder_create(xlat_coherent_iommu(m.coherent),
						  XLAT_CONFIG(xlat_holder_config,
							      .withdrawn = keep_ticket,
							      .opaque = &ticket),
						  &holder),
			 0);
	op = op_of(&m, XLAT_DMA_WRITE, 3, &zero, 8);
	assert_int_equal(xlat_dma_submit(m.cpu, &op), 0);
	assert_waits(&m);
	assert_true(ticket != 0);
	xlat_holder_settle(holder, ticket, -EIO);
	xlat_fabric_process(m.f.fabric);
	assert_int_equal(xlat_dma_process(m.cpu), 1);
	assert_int_equal(op.result.outcome, XLAT_DEVICE_ERROR);
	xlat_holder_destroy(holder);
	power_off(&m);
}

/* --- Harts. */

static void assert_parked(struct machine *m)
{
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(xlat_hart_run(m->f.hart, 100), XLAT_HART_WAITING);
		xlat_fabric_process(m->f.fabric);
	}
	assert_int_equal(xlat_hart_pc(m->f.hart), HART_RAM + 4);
	assert_int_equal(xlat_hart_register(m->f.hart, A2), 1);
}

static void assert_goes_on(struct machine *m)
{
	assert_int_equal(xlat_hart_run(m->f.hart, 100), XLAT_HART_LIMIT);
	assert_int_equal(xlat_hart_pc(m->f.hart), HART_RAM + 12);
	assert_int_equal(xlat_hart_register(m->f.hart, A2), 2);
}

static void loads(struct machine *m, uint32_t instruction, uint64_t a0, uint64_t a1)
{
	program(&m->f, 0, (const uint32_t[]){ADDI_A2, instruction, ADDI_A2, JUMP_HERE}, 4);
	xlat_hart_reset(m->f.hart);
	xlat_hart_set_register(m->f.hart, A0, a0);
	xlat_hart_set_register(m->f.hart, A1, a1);
}

static void a_hart_waits_behind_its_store(void **state)
{
	struct machine m;

	(void)state;
	power_on(&m);
	for (unsigned i = 0; i < 2; i++) {
		*entry(&m, 3) = little((HART_RAM + BUFFER) | VRW);
		uses(&m, 3);
		loads(&m, SD, 0, at(3));
		assert_parked(&m);
		assert_int_equal(*entry(&m, 3), 0);
		/* What another stores meanwhile is not overwritten. */
		*entry(&m, 3) = 5;
		lets_go(&m);
		assert_goes_on(&m);
		assert_int_equal(*entry(&m, 3), 5);
	}
	/* What nobody uses is over at once. */
	loads(&m, SD, 0, at(3));
	assert_goes_on(&m);
	power_off(&m);
}

/* Four entries' bytes on either side of a page's end: each half waits. */
static void a_store_across_pages_waits_for_either_part(void **state)
{
	const struct xlat_coherent_table table = {.offset = TABLE, .entries = 1024};
	struct xlat_coherent_table there = table;
	struct xlat_map other;
	struct machine m;
	unsigned last = PAGE / 8 - 1;

	(void)state;
	power_on(&m);
	there.ram = m.f.ram;
	assert_int_equal(xlat_coherent_set_table(m.coherent, &there), 0);
	*entry(&m, last) = *entry(&m, last + 1) = little((HART_RAM + BUFFER) | VRW);
	uses(&m, last + 1);
	assert_int_equal(xlat_dma_map(m.dma, nobody, XLAT_WRITE, (uint64_t)last * PAGE, 16, &other),
			 0);
	loads(&m, SD_ACROSS, 0, at(last) - 24);
	assert_parked(&m);
	assert_int_equal(xlat_dma_unmap(m.dma, &other, 16), 0);
	assert_parked(&m);
	lets_go(&m);
	assert_goes_on(&m);
	assert_int_equal(little(*entry(&m, last)) >> 32, 0);
	power_off(&m);
}

static void an_atomic_instruction_is_made_once(void **state)
{
	struct machine m;
	uint64_t before;

	(void)state;
	power_on(&m);
	before = little(*entry(&m, 3));
	uses(&m, 3);
	loads(&m, AMOADD, 1, at(3));
	assert_parked(&m);
	assert_true(little(*entry(&m, 3)) == before + 1);
	assert_int_equal(xlat_hart_register(m.f.hart, A0), 1);
	lets_go(&m);
	assert_goes_on(&m);
	assert_true(little(*entry(&m, 3)) == before + 1);
	assert_true(xlat_hart_register(m.f.hart, A0) == before);
	power_off(&m);
}

static void a_conditional_store_has_succeeded_when_it_retires(void **state)
{
	struct machine m;

	(void)state;
	power_on(&m);
	uses(&m, 3);
	program(&m.f, 0, (const uint32_t[]){LR, SC, ADDI_A2, JUMP_HERE}, 4);
	xlat_hart_set_register(m.f.hart, A1, at(3));
	xlat_hart_set_register(m.f.hart, A2, 1);
	xlat_hart_set_register(m.f.hart, 13, 0x77);
	assert_parked(&m);
	assert_true(little(*entry(&m, 3)) == 0x77);
	*entry(&m, 3) = 1;
	lets_go(&m);
	assert_goes_on(&m);
	assert_int_equal(xlat_hart_register(m.f.hart, A0), 0);
	assert_int_equal(*entry(&m, 3), 1);
	power_off(&m);
}

static void an_interrupt_waits_for_the_store(void **state)
{
	struct machine m;
	uint64_t epc;

	(void)state;
	power_on(&m);
	uses(&m, 3);
	loads(&m, AMOADD, 1, at(3));
	program(&m.f, 0x100, (const uint32_t[]){JUMP_HERE}, 1);
	assert_int_equal(xlat_hart_store_csr(m.f.hart, 0x305, HART_RAM + 0x100), 0);
	assert_int_equal(xlat_hart_store_csr(m.f.hart, 0x304, 1 << XLAT_HART_MEIP), 0);
	assert_int_equal(xlat_hart_store_csr(m.f.hart, 0x300, 8), 0);
	assert_parked(&m);
	xlat_hart_set_interrupt(m.f.hart, XLAT_HART_MEIP, true);
	assert_parked(&m);
	lets_go(&m);
	assert_int_equal(xlat_hart_run(m.f.hart, 100), XLAT_HART_LIMIT);
	assert_int_equal(xlat_hart_pc(m.f.hart), HART_RAM + 0x100);
	assert_int_equal(xlat_hart_load_csr(m.f.hart, 0x341, &epc), 0);
	assert_true(epc > HART_RAM + 4);
	power_off(&m);
}

/* What was made is not made again where the hart is restored; nothing is in use there. */
static void a_hart_that_waits_is_saved_and_restored(void **state)
{
	static uint8_t bytes[1 << 14];
	struct machine m;
	uint64_t before;
	size_t size;

	(void)state;
	power_on(&m);
	before = little(*entry(&m, 3));
	uses(&m, 3);
	loads(&m, AMOADD, 1, at(3));
	assert_parked(&m);
	size = xlat_hart_save(m.f.hart, bytes, sizeof(bytes));
	assert_true(size <= sizeof(bytes));
	xlat_hart_reset(m.f.hart);
	assert_int_equal(xlat_hart_restore(m.f.hart, bytes, size), 0);
	assert_goes_on(&m);
	assert_true(little(*entry(&m, 3)) == before + 1);
	assert_true(xlat_hart_register(m.f.hart, A0) == before);
	lets_go(&m);
	power_off(&m);
}

static void a_hart_that_ends_while_it_waits_leaves_nothing_behind(void **state)
{
	struct machine m;

	(void)state;
	power_on(&m);
	uses(&m, 3);
	loads(&m, SD, 0, at(3));
	assert_parked(&m);
	xlat_hart_destroy(m.f.hart);
	m.f.hart = NULL;
	lets_go(&m);
	assert_true(xlat_coherent_settled(m.coherent));
	power_off(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_operation_is_pending_until_its_store_has_retired),
		cmocka_unit_test(pieces_of_an_operation_follow_when_those_before_have_retired),
		cmocka_unit_test(stores_do_not_wait_for_one_another),
		cmocka_unit_test(an_operation_that_is_given_up_says_that_it_has_stored),
		cmocka_unit_test(an_operation_may_be_given_up_when_its_store_has_retired),
		cmocka_unit_test(an_iommu_that_goes_while_a_store_waits_leaves_it_waiting),
		cmocka_unit_test(a_store_to_the_table_of_two_waits_for_both),
		cmocka_unit_test(what_a_holder_fails_to_let_go_is_a_device_error),
		cmocka_unit_test(a_hart_waits_behind_its_store),
		cmocka_unit_test(a_store_across_pages_waits_for_either_part),
		cmocka_unit_test(an_atomic_instruction_is_made_once),
		cmocka_unit_test(a_conditional_store_has_succeeded_when_it_retires),
		cmocka_unit_test(an_interrupt_waits_for_the_store),
		cmocka_unit_test(a_hart_that_waits_is_saved_and_restored),
		cmocka_unit_test(a_hart_that_ends_while_it_waits_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
