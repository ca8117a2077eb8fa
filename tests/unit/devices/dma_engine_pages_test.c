/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The DMA engine behind a RISC-V IOMMU: it asks for translations and pages (ATS, PRI), parks, and
 * goes on when the driver of the IOMMU has answered.
 */
#include "test.h"
#include "engine_bench.h"
#include "models/riscv/bits.h"

#define ATS_PRGR UINT64_C(0x084)
#define PQ_AT (RAM_AT + 0xa000)

enum {
	INVALID = 1,
};

static struct engine_bench bench;

/* What channels use is mapped to itself, but for the buffers. */
static void map_rings(void)
{
	for (uint64_t page = RING_AT; page < FROM_AT; page += 0x1000)
		map_page(page, page);
}

static int setup(void **state)
{
	(void)state;
	bench_begin(&bench, true, NULL);
	map_rings();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bench_end(&bench);
	return 0;
}

/* The driver of the IOMMU answers a page request group. */
static void answer(unsigned group, unsigned code)
{
	put_command(bench.u, ATS_PRGR | DID(DEVICE), (uint64_t)group << 32 | (uint64_t)code << 44);
}

/* What it does with the oldest request of its queue: maps the page to itself, and answers. */
static void serve_page(void)
{
	uint32_t head = (uint32_t)load(bench.u, REG_PQH, 4);
	uint64_t payload;

	assert_int_not_equal(head, load(bench.u, REG_PQT, 4));
	assert_int_equal(get(PQ_AT + 16 * head) >> 40, DEVICE);
	payload = get(PQ_AT + 16 * head + 8);
	assert_true(payload & 4);
	map_page(payload & ~UINT64_C(0xfff), payload & ~UINT64_C(0xfff));
	store(bench.u, REG_PQH, 4, (head + 1) % 64);
	answer(payload >> 3 & 0x1ff, 0);
}

static uint64_t copy(unsigned channel, uint64_t from, uint64_t to, uint32_t length)
{
	uint64_t at = ENGINE_QUEUE(&bench, channel, .control = XLAT_DMA_ENGINE_COPY, .source = from,
				   .destination = to, .length = length);

	engine_work(&bench);
	return at;
}

static void it_goes_through_the_iommu(void **state)
{
	(void)state;
	map_page(FROM_AT, PAGE);
	map_page(TO_AT, OTHER);
	fill_pattern(PAGE, 0x1000, 4);
	engine_start(&bench, 0, 0);
	assert_int_equal(get_descriptor(copy(0, FROM_AT, TO_AT, 0x1000)).status,
			 XLAT_DMA_ENGINE_IS_DONE);
	assert_true(ram_equals(PAGE, OTHER, 0x1000));
	/* Its interrupts, too. */
	assert_int_equal(bench.messages[0], 1);
}

static void a_fault_that_is_not_asked_for_is_an_error(void **state)
{
	uint64_t at;

	(void)state;
	engine_start(&bench, 0, 0);
	map_page(FROM_AT, FROM_AT);
	at = copy(0, FROM_AT, TO_AT + 0x10, 0x100);
	assert_int_equal(get_descriptor(at).status, XLAT_DMA_ENGINE_IS_DONE |
							    XLAT_DMA_ENGINE_ERROR_WRITE |
							    (uint32_t)XLAT_FAULT << 16);
	assert_int_equal(get_descriptor(at).result, TO_AT + 0x10);
	assert_int_equal(bench.requests, 0);
	assert_int_equal(load(bench.u, REG_FQT, 4), 1);
}

static void a_fault_parks_the_channel_until_the_page_is_there(void **state)
{
	uint64_t at;

	(void)state;
	engine_start(&bench, 1, XLAT_DMA_ENGINE_ASK_PAGES);
	engine_start(&bench, 2, XLAT_DMA_ENGINE_ASK_PAGES);
	fill_pattern(FROM_AT, 0x3000, 8);
	map_page(FROM_AT, FROM_AT);
	at = copy(1, FROM_AT + 0x800, TO_AT + 0x400, 0x2000);
	assert_int_equal(engine_state(&bench, 1), XLAT_DMA_ENGINE_PARKED);
	assert_int_equal(engine_load(&bench, 1, XLAT_DMA_ENGINE_PAGES), 1);
	assert_int_equal(engine_load(&bench, 1, XLAT_DMA_ENGINE_EVENTS),
			 XLAT_DMA_ENGINE_EVENT_PAGE);
	assert_int_equal(bench.messages[1], 1);
	assert_int_equal(bench.request.address, TO_AT);
	assert_true(bench.request.write);
	assert_false(bench.request.read);
	assert_false(engine_is_ready(&bench));
	/* Others go on. */
	assert_int_equal(ENGINE_EXECUTE(&bench, 2, .control = XLAT_DMA_ENGINE_NOP),
			 XLAT_DMA_ENGINE_IS_DONE);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(engine_state(&bench, 1), XLAT_DMA_ENGINE_PARKED);
		serve_page();
		engine_work(&bench);
	}
	assert_int_equal(get_descriptor(at).status, XLAT_DMA_ENGINE_IS_DONE);
	assert_true(ram_equals(FROM_AT + 0x800, TO_AT + 0x400, 0x2000));
	assert_int_equal(engine_load(&bench, 1, XLAT_DMA_ENGINE_PAGES), 5);
	/* Asked for by translation requests: no fault was recorded. */
	assert_int_equal(load(bench.u, REG_FQT, 4), 0);
}

static void a_descriptor_may_be_on_a_page_that_is_not_there(void **state)
{
	(void)state;
	unmap_page(RING_AT);
	engine_start(&bench, 0, XLAT_DMA_ENGINE_ASK_PAGES);
	(void)ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP);
	engine_work(&bench);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_PARKED);
	assert_int_equal(bench.request.address, RING_AT);
	serve_page();
	engine_work(&bench);
	assert_int_equal(get_descriptor(RING_AT).status, XLAT_DMA_ENGINE_IS_DONE);
}

static void a_page_that_is_refused_stops_the_channel(void **state)
{
	uint64_t at;

	(void)state;
	engine_start(&bench, 0, XLAT_DMA_ENGINE_ASK_PAGES);
	map_page(TO_AT, TO_AT);
	at = copy(0, FROM_AT + 0x123, TO_AT, 0x100);
	answer(bench.request.group, INVALID);
	engine_work(&bench);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_STOPPED);
	assert_int_equal(engine_error(&bench, 0), XLAT_DMA_ENGINE_ERROR_PAGE);
	assert_int_equal(engine_load_address(&bench, 0, XLAT_DMA_ENGINE_FAULT), FROM_AT + 0x123);
	assert_int_equal(get_descriptor(at).status & 0xff, XLAT_DMA_ENGINE_ERROR_PAGE);
}

/* 2.7: without EN_PRI the IOMMU itself answers, from within the request. */
static void a_request_may_be_answered_from_within(void **state)
{
	(void)state;
	put(DIRECTORY + DEVICE * 64, TC_V | TC_EN_ATS);
	put_command(bench.u, IODIR_DDT, 0);
	engine_start(&bench, 0, XLAT_DMA_ENGINE_ASK_PAGES);
	(void)copy(0, FROM_AT, TO_AT, 0x100);
	assert_int_equal(bench.responses, 1);
	assert_int_equal(engine_error(&bench, 0), XLAT_DMA_ENGINE_ERROR_PAGE);
}

static void an_answer_that_nobody_waits_for_is_ignored(void **state)
{
	uint16_t stale;

	(void)state;
	engine_start(&bench, 0, XLAT_DMA_ENGINE_ASK_PAGES);
	map_page(TO_AT, TO_AT);
	(void)copy(0, FROM_AT, TO_AT, 0x100);
	stale = bench.request.group;
	engine_stop(&bench, 0);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_OFF);
	engine_start(&bench, 0, XLAT_DMA_ENGINE_ASK_PAGES);
	(void)copy(0, FROM_AT, TO_AT, 0x100);
	assert_int_not_equal(bench.request.group, stale);
	answer(stale, INVALID);
	answer(31, 0);
	engine_work(&bench);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_PARKED);
	answer(bench.request.group, 0);
	/* The page is still not there: it asks again. */
	engine_work(&bench);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_PARKED);
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_PAGES), 2);
}

static void a_request_that_cannot_be_sent_now_is_sent_again(void **state)
{
	uint64_t at;

	(void)state;
	engine_start(&bench, 0, XLAT_DMA_ENGINE_ASK_PAGES);
	map_page(TO_AT, TO_AT);
	bench.request_answer = XLAT_RETRY;
	at = ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY, .source = FROM_AT,
			  .destination = TO_AT, .length = 1);
	(void)xlat_dma_engine_process(bench.engine);
	assert_true(engine_is_ready(&bench));
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_PAGES), 0);
	bench.request_answer = XLAT_OK;
	engine_work(&bench);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_PARKED);
	serve_page();
	engine_work(&bench);
	assert_int_equal(get_descriptor(at).status, XLAT_DMA_ENGINE_IS_DONE);
}

static void a_request_that_cannot_be_sent_at_all_is_an_error(void **state)
{
	(void)state;
	engine_start(&bench, 0, XLAT_DMA_ENGINE_ASK_PAGES);
	bench.request_answer = XLAT_DENIED;
	assert_int_equal(get_descriptor(copy(0, FROM_AT, TO_AT, 4)).status & 0xff,
			 XLAT_DMA_ENGINE_ERROR_READ);
	/* So it is if the guest has not enabled page requests. */
	bench.request_answer = XLAT_OK;
	engine_stop(&bench, 0);
	xlat_pci_bus_config_write(bench.bus, ENGINE_DEVFN,
				  xlat_pci_find_extended(bench.function, 0x13) + 4, 2, 0);
	engine_start(&bench, 0, XLAT_DMA_ENGINE_ASK_PAGES);
	assert_int_equal(get_descriptor(copy(0, FROM_AT, TO_AT, 4)).status & 0xff,
			 XLAT_DMA_ENGINE_ERROR_READ);
	assert_int_equal(bench.requests, 0);
}

static void without_translation_requests_the_access_tells(void **state)
{
	uint64_t at;

	(void)state;
	xlat_pci_bus_config_write(bench.bus, ENGINE_DEVFN,
				  xlat_pci_find_extended(bench.function, 0x0f) + 6, 2, 0);
	engine_start(&bench, 0, XLAT_DMA_ENGINE_ASK_PAGES);
	map_page(TO_AT, TO_AT);
	at = copy(0, FROM_AT, TO_AT, 0x100);
	assert_int_equal(load(bench.u, REG_FQT, 4), 1);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_PARKED);
	serve_page();
	engine_work(&bench);
	assert_int_equal(get_descriptor(at).status, XLAT_DMA_ENGINE_IS_DONE);
}

/* A process directory with one process, 3, whose table is the device's. */
static void processes_have_their_own_tables(void **state)
{
	uint64_t pdt = PDT, root = SCRATCH + 0x5000, at;

	(void)state;
	put(DIRECTORY + DEVICE * 64, TC_V | TC_EN_ATS | TC_EN_PRI | TC_PDTV | TC_DPE);
	put(DIRECTORY + DEVICE * 64 + 24, UINT64_C(1) << 60 | pdt >> 12);
	put(pdt, 1);
	put(pdt + 8, UINT64_C(8) << 60 | ROOT >> 12);
	put(pdt + 3 * 16, 1);
	put(pdt + 3 * 16 + 8, UINT64_C(8) << 60 | root >> 12);
	put(root, (root + 0x1000) >> 2 | 1);
	put(root + 0x1000, (root + 0x2000) >> 2 | 1);
	for (unsigned i = 0; i < 512; i++)
		put(root + 0x2000 + 8 * i, 0);
	put(root + 0x2000 + (FROM_AT >> 12 & 511) * 8, PAGE >> 2 | RWUAD);
	put(root + 0x2000 + (TO_AT >> 12 & 511) * 8, OTHER >> 2 | RWUAD);
	put_command(bench.u, IODIR_DDT | DV | DID(DEVICE), 0);
	fill_pattern(PAGE, 0x100, 77);
	engine_start(&bench, 0, XLAT_DMA_ENGINE_ASK_PAGES);
	at = ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY | XLAT_DMA_ENGINE_WITH_PASID,
			  .pasid = 3, .source = FROM_AT, .destination = TO_AT, .length = 0x100);
	engine_work(&bench);
	assert_int_equal(get_descriptor(at).status, XLAT_DMA_ENGINE_IS_DONE);
	assert_true(ram_equals(PAGE, OTHER, 0x100));
	/* A page that the process has not: the request bears its PASID. */
	(void)ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY | XLAT_DMA_ENGINE_WITH_PASID,
			   .pasid = 3, .source = FROM_AT + 0x1000, .destination = TO_AT,
			   .length = 0x100);
	engine_work(&bench);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_PARKED);
	assert_int_equal(bench.request.attrs.pasid, 3);
	assert_int_equal(get(PQ_AT) >> 12 & 0xfffff, 3);
}

static void what_is_parked_is_saved_and_asks_again(void **state)
{
	static uint8_t bytes[1 << 17];
	size_t size;
	uint64_t at;

	(void)state;
	engine_start(&bench, 0, XLAT_DMA_ENGINE_ASK_PAGES);
	map_page(TO_AT, TO_AT);
	at = copy(0, FROM_AT, TO_AT, 0x100);
	size = xlat_dma_engine_save(bench.engine, bytes, sizeof(bytes));
	assert_true(size <= sizeof(bytes));
	assert_int_equal(xlat_dma_engine_restore(bench.engine, bytes, size), 0);
	engine_work(&bench);
	assert_int_equal(bench.requests, 2);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_PARKED);
	store(bench.u, REG_PQH, 4, 1);
	serve_page();
	engine_work(&bench);
	assert_int_equal(get_descriptor(at).status, XLAT_DMA_ENGINE_IS_DONE);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_IDLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_goes_through_the_iommu),
		TEST(a_fault_that_is_not_asked_for_is_an_error),
		TEST(a_fault_parks_the_channel_until_the_page_is_there),
		TEST(a_descriptor_may_be_on_a_page_that_is_not_there),
		TEST(a_page_that_is_refused_stops_the_channel),
		TEST(a_request_may_be_answered_from_within),
		TEST(an_answer_that_nobody_waits_for_is_ignored),
		TEST(a_request_that_cannot_be_sent_now_is_sent_again),
		TEST(a_request_that_cannot_be_sent_at_all_is_an_error),
		TEST(without_translation_requests_the_access_tells),
		TEST(processes_have_their_own_tables),
		TEST(what_is_parked_is_saved_and_asks_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
