/* SPDX-License-Identifier: BSD-3-Clause */
/* 5.19 to 5.23, the performance monitor. */
#include "test.h"
#include "riscv_machine.h"

#define CTR(n) (IOHPMCTR1 + 8 * ((n)-1))
#define EVT(n) (IOHPMEVT1 + 8 * ((n)-1))
#define DMASK (UINT64_C(1) << 15)
#define PID(id) ((uint64_t)(id) << 16)
#define DID(id) ((uint64_t)(id) << 36)
#define PV (UINT64_C(1) << 60)
#define DV (UINT64_C(1) << 61)
#define IDT (UINT64_C(1) << 62)
#define OF (UINT64_C(1) << 63)

enum {
	UNTRANSLATED_REQUESTS = 1,
	TRANSLATED_REQUESTS,
	TRANSLATION_REQUESTS,
	TLB_MISSES,
	DDT_WALKS,
	PDT_WALKS,
	FIRST_STAGE_WALKS,
	SECOND_STAGE_WALKS,
};

/* How often an event is counted while that request is made. */
static uint64_t counted(struct machine *m, uint64_t evt, struct xlat_riscv_iommu_request request)
{
	uint64_t before = read64(m, CTR(3));

	request.size = sizeof(request);
	request.length = 4;
	write64(m, EVT(3), evt);
	ask(m, request);
	write64(m, EVT(3), 0);
	return read64(m, CTR(3)) - before;
}

#define COUNTED(m, evt, ...) counted(m, evt, (struct xlat_riscv_iommu_request){__VA_ARGS__})

static void requests_are_counted_by_type(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	put_word(m, WORD(dc, DC_TC), TC_V | TC_EN_ATS);
	for (unsigned event = UNTRANSLATED_REQUESTS; event <= TRANSLATION_REQUESTS; event++) {
		assert_int_equal(COUNTED(m, event, .device_id = 1), event == UNTRANSLATED_REQUESTS);
		assert_int_equal(COUNTED(m, event, .device_id = 1, TRANSLATED),
				 event == TRANSLATED_REQUESTS);
		assert_int_equal(COUNTED(m, event, .device_id = 1, AN_ATS_REQUEST),
				 event == TRANSLATION_REQUESTS);
	}
}

static void walks_are_counted(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1), pc;
	struct tables g = table(m, 5);

	assert_int_equal(COUNTED(m, DDT_WALKS, .device_id = 1), 1);
	assert_int_equal(COUNTED(m, PDT_WALKS, .device_id = 1), 0);
	assert_int_equal(COUNTED(m, FIRST_STAGE_WALKS, .device_id = 1), 0);
	assert_int_equal(COUNTED(m, SECOND_STAGE_WALKS, .device_id = 1), 0);
	pc = process(m, dc, PD8, 5);
	put_word(m, WORD(pc, PC_FSC), pointer(SV39, table(m, 1).root));
	xlat_riscv_iommu_reset(m->iommu);
	xlat_riscv_iommu_load(m->iommu, DDTP, 8, m->ddtp);
	assert_int_equal(COUNTED(m, PDT_WALKS, .device_id = 1, BY_PROCESS(5)), 1);
	assert_int_equal(COUNTED(m, FIRST_STAGE_WALKS, .device_id = 1, BY_PROCESS(5)), 1);
	put_word(m, WORD(device(m, 2), DC_IOHGATP), pointer(SV39, g.root));
	assert_int_equal(COUNTED(m, SECOND_STAGE_WALKS, .device_id = 2), 1);
}

static void peeking_counts_nothing(void **state)
{
	struct machine *m = *state;
	struct xlat_riscv_iommu_request request = {.size = sizeof(request), .device_id = 1};

	device(m, 1);
	write64(m, EVT(3), UNTRANSLATED_REQUESTS);
	xlat_riscv_iommu_peek(m->iommu, &request, &m->response);
	assert_int_equal(read64(m, CTR(3)), 0);
}

/* 5.23, table of filters */
static void hardware_ids_filter(void **state)
{
	struct machine *m = *state;

	process(m, device(m, 0x123456), PD20, 0xabcde);
#define BOTH .device_id = 0x123456, BY_PROCESS(0xabcde)
	assert_int_equal(COUNTED(m, 1 | DV | DID(0x123456), BOTH), 1);
	assert_int_equal(COUNTED(m, 1 | DV | DID(0x123457), BOTH), 0);
	assert_int_equal(COUNTED(m, 1 | PV | PID(0xabcde), BOTH), 1);
	assert_int_equal(COUNTED(m, 1 | PV | PID(0xabcdf), BOTH), 0);
	assert_int_equal(COUNTED(m, 1 | PV | PID(0), .device_id = 0x123456), 0);
	assert_int_equal(COUNTED(m, 1 | DV | PV | DID(0x123456) | PID(0xabcde), BOTH), 1);
	assert_int_equal(COUNTED(m, 1 | DV | PV | DID(0x123457) | PID(0xabcde), BOTH), 0);
	/* Any function of the device: the low three bits. */
	assert_int_equal(COUNTED(m, 1 | DV | DMASK | DID(0x123453), BOTH), 1);
	assert_int_equal(COUNTED(m, 1 | DV | DMASK | DID(0x12345b), BOTH), 0);
	assert_int_equal(COUNTED(m, 1 | DV | DMASK | DID(0x127fff), BOTH), 1);
	assert_int_equal(COUNTED(m, 1 | DV | DMASK | DID(0x12bfff), BOTH), 0);
	assert_int_equal(COUNTED(m, 1 | DV | DMASK | DID(0x127fff), .device_id = 0x12ffff), 1);
}

static void software_ids_filter_the_events_of_translation(void **state)
{
	struct machine *m = *state;
	uint64_t dc = device(m, 1);

	put_word(m, WORD(dc, DC_FSC), pointer(SV39, table(m, 1).root));
	put_word(m, WORD(dc, DC_IOHGATP), pointer(SV39, table(m, 5).root) | UINT64_C(0x1234) << 44);
	put_word(m, WORD(dc, DC_TA), 0x56789 << 12);
	assert_int_equal(COUNTED(m, 7 | IDT | DV | DID(0x1234), .device_id = 1), 1);
	assert_int_equal(COUNTED(m, 7 | IDT | DV | DID(0x1235), .device_id = 1), 0);
	assert_int_equal(COUNTED(m, 7 | IDT | PV | PID(0x56789), .device_id = 1), 1);
	assert_int_equal(COUNTED(m, 7 | IDT | PV | PID(0x56788), .device_id = 1), 0);
	assert_int_equal(COUNTED(m, 1 | IDT, .device_id = 1), 0);
	/* A device whose stages are Bare has none. */
	device(m, 2);
	assert_int_equal(COUNTED(m, TLB_MISSES | IDT | DV | DID(0), .device_id = 2), 0);
}

static void an_event_that_does_not_exist_is_none(void **state)
{
	struct machine *m = *state;

	write64(m, EVT(1), 9);
	assert_int_equal(read64(m, EVT(1)), 0);
	write64(m, EVT(1), 0x7fff);
	assert_int_equal(read64(m, EVT(1)), 0);
	write64(m, EVT(1), UINT64_MAX & ~UINT64_C(0x7ff7));
	assert_true(read64(m, EVT(1)) == (UINT64_MAX & ~UINT64_C(0x7ff7)));
}

static void event_ids_have_the_configured_bits(void **state)
{
	struct machine *m = power_on_with((struct xlat_riscv_iommu_config){.event_mask = 5});

	(void)state;
	for (unsigned event = 0; event <= 8; event++) {
		write64(m, EVT(1), event);
		assert_int_equal(read64(m, EVT(1)), event & 5);
	}
	power_off(m);
}

static void inhibited_counters_stand_still(void **state)
{
	struct machine *m = *state;

	write32(m, IOCOUNTINH, 8);
	assert_int_equal(COUNTED(m, 1, .device_id = 1), 0);
	write32(m, IOCOUNTINH, 0);
	assert_int_equal(COUNTED(m, 1, .device_id = 1), 1);
}

static void an_overflow_interrupts_once(void **state)
{
	struct machine *m = *state;

	write64(m, CTR(2), UINT64_MAX);
	write64(m, EVT(2), 1);
	ASK(m, .device_id = 1);
	assert_int_equal(read64(m, CTR(2)), 0);
	assert_true(read64(m, EVT(2)) == (1 | OF));
	assert_int_equal(read32(m, IOCOUNTOVF), 4);
	assert_int_equal(read32(m, IPSR), 4);
	write32(m, IPSR, 4);
	write64(m, CTR(2), UINT64_MAX);
	ASK(m, .device_id = 1);
	assert_int_equal(read64(m, CTR(2)), 0);
	assert_int_equal(read32(m, IPSR), 0);
}

static void the_number_and_the_width_of_counters_are_configured(void **state)
{
	struct machine *m =
		power_on_with((struct xlat_riscv_iommu_config){.counters = 3, .counter_bits = 40});

	(void)state;
	for (unsigned n = 1; n <= 31; n++) {
		write64(m, CTR(n), UINT64_MAX);
		write64(m, EVT(n), 1);
		assert_true(read64(m, CTR(n)) == (n <= 3 ? UINT64_C(0xffffffffff) : 0));
		assert_int_equal(read64(m, EVT(n)), n <= 3);
	}
	write32(m, IOCOUNTINH, UINT32_MAX);
	assert_int_equal(read32(m, IOCOUNTINH), 0xf);
	write32(m, IOCOUNTINH, 0);
	ASK(m, .device_id = 1);
	assert_int_equal(read64(m, CTR(1)), 0);
	assert_int_equal(read32(m, IOCOUNTOVF), 0xe);
	power_off(m);
}

/* 5.21 */
static void cycles_follow_the_clock(void **state)
{
	struct machine *m = *state;

	assert_int_equal(read64(m, IOHPMCYCLES), 0);
	m->memory->now = 1000;
	assert_int_equal(read64(m, IOHPMCYCLES), 1000);
	write32(m, IOCOUNTINH, 1);
	m->memory->now = 2000;
	assert_int_equal(read64(m, IOHPMCYCLES), 1000);
	write64(m, IOHPMCYCLES, 5);
	write32(m, IOCOUNTINH, 0);
	m->memory->now = 2100;
	assert_int_equal(read64(m, IOHPMCYCLES), 105);
	assert_int_equal(read32(m, IOHPMCYCLES), 105);
}

static void cycles_overflow_at_63_bits(void **state)
{
	struct machine *m = *state;

	write64(m, IOHPMCYCLES, OF - 10);
	m->memory->now = 15;
	assert_true(read64(m, IOHPMCYCLES) == (OF | 5));
	assert_int_equal(read32(m, IOCOUNTOVF), 1);
	/* The interrupt comes with the next thing that happens. */
	write32(m, IOCOUNTINH, 0);
	assert_int_equal(read32(m, IPSR), 4);
	assert_true(read64(m, IOHPMCYCLES) == (OF | 5));
	write64(m, IOHPMCYCLES, 7);
	assert_int_equal(read32(m, IOCOUNTOVF), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(requests_are_counted_by_type),
		TEST(walks_are_counted),
		TEST(peeking_counts_nothing),
		TEST(hardware_ids_filter),
		TEST(software_ids_filter_the_events_of_translation),
		TEST(an_event_that_does_not_exist_is_none),
		TEST(event_ids_have_the_configured_bits),
		TEST(inhibited_counters_stand_still),
		TEST(an_overflow_interrupts_once),
		TEST(the_number_and_the_width_of_counters_are_configured),
		TEST(cycles_follow_the_clock),
		TEST(cycles_overflow_at_63_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
