/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The DMA engine as its driver and its host see it: docs/dma-engine.md, by its sections. Page
 * faults are in dma_engine_pages_test.c.
 */
#include "test.h"
#include "engine_bench.h"

#include <errno.h>
#include <stdlib.h>

static struct engine_bench bench;

static int setup(void **state)
{
	(void)state;
	bench_begin(&bench, false, NULL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bench_end(&bench);
	return 0;
}

/* --- 2 Registers. */

static void it_says_what_it_is(void **state)
{
	uint64_t value = 0;

	(void)state;
	assert_int_equal(xlat_space_load(fixture.space, nobody, ENGINE_AT, 4, XLAT_LITTLE_ENDIAN,
					 &value),
			 XLAT_OK);
	assert_int_equal(value, XLAT_DMA_ENGINE_MAGIC);
	assert_int_equal(engine_load(&bench, THE_ENGINE, XLAT_DMA_ENGINE_VERSION), 1);
	assert_int_equal(engine_load(&bench, THE_ENGINE, XLAT_DMA_ENGINE_CHANNELS), BENCH_CHANNELS);
	assert_int_equal(engine_load(&bench, THE_ENGINE, XLAT_DMA_ENGINE_LOCAL), 16);
	assert_int_equal(engine_load(&bench, BENCH_CHANNELS, XLAT_DMA_ENGINE_CONTROL), 0);
}

static void what_a_channel_is_changes_while_it_is_off(void **state)
{
	(void)state;
	engine_start(&bench, 1, XLAT_DMA_ENGINE_LINKED);
	assert_int_equal(engine_state(&bench, 1), XLAT_DMA_ENGINE_IDLE);
	engine_store(&bench, 1, XLAT_DMA_ENGINE_RING, 9);
	engine_store(&bench, 1, XLAT_DMA_ENGINE_BASE, 0x40);
	engine_store(&bench, 1, XLAT_DMA_ENGINE_PASID, 1);
	engine_store(&bench, 1, XLAT_DMA_ENGINE_CONTROL, XLAT_DMA_ENGINE_ENABLE);
	assert_int_equal(engine_load(&bench, 1, XLAT_DMA_ENGINE_RING), BENCH_RING);
	assert_int_equal(engine_load(&bench, 1, XLAT_DMA_ENGINE_BASE), (uint32_t)RING_AT + 0x800);
	assert_int_equal(engine_load(&bench, 1, XLAT_DMA_ENGINE_PASID), 0);
	assert_int_equal(engine_load(&bench, 1, XLAT_DMA_ENGINE_CONTROL),
			 XLAT_DMA_ENGINE_ENABLE | XLAT_DMA_ENGINE_LINKED);
	engine_stop(&bench, 1);
	assert_int_equal(engine_state(&bench, 1), XLAT_DMA_ENGINE_OFF);
	engine_store(&bench, 1, XLAT_DMA_ENGINE_RING, 9);
	assert_int_equal(engine_load(&bench, 1, XLAT_DMA_ENGINE_RING), 9);
}

static void undefined_bits_and_registers_read_as_zero(void **state)
{
	(void)state;
	engine_store(&bench, 0, XLAT_DMA_ENGINE_INTERRUPTS, UINT32_MAX);
	engine_store(&bench, 0, XLAT_DMA_ENGINE_PASID, UINT32_MAX);
	engine_store(&bench, 0, 0x40, UINT32_MAX);
	engine_store(&bench, 0, XLAT_DMA_ENGINE_CONTROL, ~(uint32_t)XLAT_DMA_ENGINE_ENABLE);
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_INTERRUPTS), 15);
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_PASID), 0xfffff);
	assert_int_equal(engine_load(&bench, 0, 0x40), 0);
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_CONTROL), 30);
}

static void a_setup_that_cannot_be_stops_the_channel(void **state)
{
	static const struct {
		uint32_t base, base_high, ring, control, error;
	} cases[] = {
		{0x20, 0, 5, 0, XLAT_DMA_ENGINE_ERROR_SETUP},
		{0, 0, 0, 0, XLAT_DMA_ENGINE_ERROR_SETUP},
		{0, 0, 17, 0, XLAT_DMA_ENGINE_ERROR_SETUP},
		{0xffffffc0, 0xffffffff, 5, 0, XLAT_DMA_ENGINE_ERROR_SETUP},
		{0x20, 0, 5, XLAT_DMA_ENGINE_LINKED, XLAT_DMA_ENGINE_ERROR_SETUP},
		{0, 0, 5, XLAT_DMA_ENGINE_PRIVILEGED, XLAT_DMA_ENGINE_ERROR_PASID},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		engine_stop(&bench, 0);
		engine_store(&bench, 0, XLAT_DMA_ENGINE_BASE, cases[i].base);
		engine_store(&bench, 0, XLAT_DMA_ENGINE_BASE + 4, cases[i].base_high);
		engine_store(&bench, 0, XLAT_DMA_ENGINE_RING, cases[i].ring);
		engine_store(&bench, 0, XLAT_DMA_ENGINE_CONTROL,
			     cases[i].control | XLAT_DMA_ENGINE_ENABLE);
		engine_work(&bench);
		assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_STOPPED);
		assert_int_equal(engine_error(&bench, 0), cases[i].error);
	}
}

/* --- 3 Rings and lists. */

static void a_ring_goes_round(void **state)
{
	(void)state;
	engine_start(&bench, 0, 0);
	for (unsigned i = 0; i < 100; i++) {
		*ram(FROM_AT) = (uint8_t)i;
		assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
						.source = FROM_AT, .destination = TO_AT,
						.length = 1),
				 XLAT_DMA_ENGINE_IS_DONE);
		assert_int_equal(*ram(TO_AT), i);
		assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_HEAD), (i + 1) % 32);
	}
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_DONE), 100);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_IDLE);
}

static void put_link(uint64_t address, uint64_t next, uint8_t byte)
{
	put_descriptor(&(struct xlat_dma_engine_descriptor){.control = XLAT_DMA_ENGINE_FILL,
							    .source = byte,
							    .destination = TO_AT + byte,
							    .length = 1,
							    .next = next},
		       address);
}

static void a_list_is_followed_and_grows_at_its_end(void **state)
{
	uint64_t base = RING_AT;

	(void)state;
	put_link(base, base + 0x400, 1);
	put_link(base + 0x400, base + 0x100, 2);
	put_link(base + 0x100, 0, 3);
	engine_start(&bench, 0, XLAT_DMA_ENGINE_LINKED);
	engine_work(&bench);
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_DONE), 0);
	engine_store(&bench, 0, XLAT_DMA_ENGINE_TAIL, 0);
	engine_work(&bench);
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_DONE), 3);
	assert_memory_equal(ram(TO_AT), "\0\1\2\3", 4);
	assert_int_equal(engine_load_address(&bench, 0, XLAT_DMA_ENGINE_CURRENT), base + 0x100);
	/* Nothing new: nothing is executed again. */
	engine_store(&bench, 0, XLAT_DMA_ENGINE_TAIL, 0);
	engine_work(&bench);
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_DONE), 3);
	put_link(base + 0x800, 0, 4);
	put_link(base + 0x100, base + 0x800, 3);
	engine_store(&bench, 0, XLAT_DMA_ENGINE_TAIL, 0);
	engine_work(&bench);
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_DONE), 4);
	assert_int_equal(*ram(TO_AT + 4), 4);
}

static void a_loop_of_links_is_bounded_by_the_budget(void **state)
{
	uint32_t done;

	(void)state;
	bench_end(&bench);
	bench_begin(&bench, false, XLAT_CONFIG(xlat_dma_engine_config, .budget = 100));
	put_link(RING_AT, RING_AT, 1);
	engine_start(&bench, 0, XLAT_DMA_ENGINE_LINKED);
	engine_store(&bench, 0, XLAT_DMA_ENGINE_TAIL, 0);
	assert_int_equal(xlat_dma_engine_process(bench.engine), 100);
	assert_true(engine_is_ready(&bench));
	done = engine_load(&bench, 0, XLAT_DMA_ENGINE_DONE);
	assert_int_equal(xlat_dma_engine_process(bench.engine), 100);
	assert_true(engine_load(&bench, 0, XLAT_DMA_ENGINE_DONE) > done);
	engine_stop(&bench, 0);
	engine_work(&bench);
	assert_false(engine_is_ready(&bench));
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_OFF);
}

/* --- 4 Operations. */

static void copies_of_any_size_and_alignment(void **state)
{
	static const uint32_t lengths[] = {0, 1, 7, 4095, 4096, 4097, 0x20001};

	(void)state;
	engine_start(&bench, 2, 0);
	fill_pattern(FROM_AT, 0x30000, 3);
	for (unsigned i = 0; i < 7; i++)
		for (unsigned shift = 0; shift < 3; shift++) {
			uint64_t from = FROM_AT + shift * 0x7ff, to = TO_AT + 0x5001 * shift;

			memset(ram(TO_AT), 0xee, 0x40000);
			assert_int_equal(ENGINE_EXECUTE(&bench, 2, .control = XLAT_DMA_ENGINE_COPY,
							.source = from, .destination = to,
							.length = lengths[i]),
					 XLAT_DMA_ENGINE_IS_DONE);
			assert_true(ram_equals(from, to, lengths[i]));
			assert_int_equal(*ram(to + lengths[i]), 0xee);
		}
}

static void a_fill_repeats_its_eight_bytes(void **state)
{
	(void)state;
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_FILL,
					.source = UINT64_C(0x0706050403020100),
					.destination = TO_AT + 0xffb, .length = 0x1003),
			 XLAT_DMA_ENGINE_IS_DONE);
	for (unsigned i = 0; i < 0x1003; i++)
		assert_int_equal(*ram(TO_AT + 0xffb + i), i % 8);
	assert_int_equal(*ram(TO_AT + 0xffb + 0x1003), 0);
}

static void a_comparison_says_where_the_first_difference_is(void **state)
{
	uint64_t at;

	(void)state;
	engine_start(&bench, 0, 0);
	fill_pattern(FROM_AT, 0x3000, 1);
	memcpy(ram(TO_AT), ram(FROM_AT), 0x3000);
	at = ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_COMPARE, .source = FROM_AT + 5,
			  .destination = TO_AT + 5, .length = 0x2000);
	engine_work(&bench);
	assert_int_equal(get_descriptor(at).status, XLAT_DMA_ENGINE_IS_DONE);
	assert_int_equal(get_descriptor(at).result, 0x2000);
	*ram(TO_AT + 0x1234) ^= 1;
	*ram(TO_AT + 0x1300) ^= 1;
	at = ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_COMPARE, .source = FROM_AT + 5,
			  .destination = TO_AT + 5, .length = 0x2000);
	engine_work(&bench);
	assert_int_equal(get_descriptor(at).status,
			 XLAT_DMA_ENGINE_IS_DONE | XLAT_DMA_ENGINE_DIFFERS);
	assert_int_equal(get_descriptor(at).result, 0x1234 - 5);
}

static void put_piece(uint64_t at, uint64_t address, uint32_t length)
{
	put(at, address);
	put(at + 8, length);
}

static void lists_are_gathered_and_scattered(void **state)
{
	(void)state;
	fill_pattern(FROM_AT, 0x4000, 9);
	put_piece(LISTS_AT, FROM_AT + 0x100, 0x1801);
	put_piece(LISTS_AT + 16, FROM_AT, 0);
	put_piece(LISTS_AT + 32, FROM_AT + 0x3000, 0x7ff);
	put_piece(LISTS_AT + 0x100, TO_AT + 0xfff, 2);
	put_piece(LISTS_AT + 0x110, TO_AT + 0x2000, 0x4000);
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
					.source = LISTS_AT, .source_pieces = 3,
					.destination = LISTS_AT + 0x100, .destination_pieces = 2,
					.length = 0x2000),
			 XLAT_DMA_ENGINE_IS_DONE);
	assert_true(ram_equals(FROM_AT + 0x100, TO_AT + 0xfff, 2));
	assert_true(ram_equals(FROM_AT + 0x102, TO_AT + 0x2000, 0x17ff));
	assert_true(ram_equals(FROM_AT + 0x3000, TO_AT + 0x2000 + 0x17ff, 0x7ff));
	assert_int_equal(*ram(TO_AT + 0x2000 + 0x1ffe), 0);
}

static void a_list_that_ends_too_early_is_an_error(void **state)
{
	(void)state;
	put_piece(LISTS_AT, FROM_AT, 0x100);
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
					.source = LISTS_AT, .source_pieces = 1,
					.destination = TO_AT, .length = 0x101),
			 XLAT_DMA_ENGINE_IS_DONE | XLAT_DMA_ENGINE_ERROR_LISTS);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_STOPPED);
	assert_int_equal(engine_error(&bench, 0), XLAT_DMA_ENGINE_ERROR_LISTS);
	assert_int_equal(engine_load_address(&bench, 0, XLAT_DMA_ENGINE_FAULT), LISTS_AT + 16);
}

static void devices_reach_each_other(void **state)
{
	(void)state;
	fill_pattern(FROM_AT, 0x100, 5);
	engine_start(&bench, 0, 0);
	/* Into another function's registers, from there into the engine's own memory, and back. */
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
					.source = FROM_AT, .destination = PEER_AT + 0x20,
					.length = 0x100),
			 XLAT_DMA_ENGINE_IS_DONE);
	assert_memory_equal(bench.peer_device.bytes + 0x20, ram(FROM_AT), 0x100);
	assert_int_equal(bench.peer_device.last.attrs.requester, ENGINE_DEVFN);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
					.source = PEER_AT + 0x20, .destination = LOCAL_AT + 0xff0,
					.length = 0x100),
			 XLAT_DMA_ENGINE_IS_DONE);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
					.source = LOCAL_AT + 0xff0, .destination = TO_AT,
					.length = 0x100),
			 XLAT_DMA_ENGINE_IS_DONE);
	assert_true(ram_equals(FROM_AT, TO_AT, 0x100));
}

static void an_engine_may_ring_its_own_doorbell(void **state)
{
	(void)state;
	bench_end(&bench);
	bench_begin(&bench, false, XLAT_CONFIG(xlat_dma_engine_config, .at_once = true));
	engine_start(&bench, 1, 0);
	put_descriptor(&(struct xlat_dma_engine_descriptor){.control = XLAT_DMA_ENGINE_FILL,
							    .source = 0x77,
							    .destination = TO_AT,
							    .length = 1},
		       RING_AT + 0x800);
	engine_start(&bench, 0, 0);
	(void)ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_FILL, .source = 1,
			   .destination =
				   ENGINE_AT + 2 * XLAT_DMA_ENGINE_CHANNEL + XLAT_DMA_ENGINE_TAIL,
			   .length = 4);
	assert_int_equal(*ram(TO_AT), 0x77);
	assert_int_equal(engine_load(&bench, 1, XLAT_DMA_ENGINE_DONE), 1);
}

static void a_pasid_goes_with_the_data(void **state)
{
	(void)state;
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0,
					.control = XLAT_DMA_ENGINE_FILL |
						   XLAT_DMA_ENGINE_WITH_PASID,
					.pasid = 0x12345, .destination = PEER_AT, .length = 4),
			 XLAT_DMA_ENGINE_IS_DONE);
	assert_int_equal(bench.peer_device.last.attrs.pasid, 0x12345);
	assert_int_equal(bench.peer_device.last.attrs.flags, XLAT_ATTR_PASID);
	engine_store(&bench, 1, XLAT_DMA_ENGINE_PASID, 7);
	engine_start(&bench, 1, XLAT_DMA_ENGINE_USE_PASID | XLAT_DMA_ENGINE_PRIVILEGED);
	assert_int_equal(ENGINE_EXECUTE(&bench, 1, .control = XLAT_DMA_ENGINE_FILL,
					.destination = PEER_AT, .length = 4),
			 XLAT_DMA_ENGINE_IS_DONE);
	assert_int_equal(bench.peer_device.last.attrs.pasid, 7);
	assert_int_equal(bench.peer_device.last.attrs.flags,
			 XLAT_ATTR_PASID | XLAT_ATTR_PRIVILEGED);
}

static void a_pasid_must_be_enabled(void **state)
{
	unsigned at = xlat_pci_find_extended(bench.function, 0x1b) + 6;

	(void)state;
	engine_start(&bench, 0, 0);
	xlat_pci_bus_config_write(bench.bus, ENGINE_DEVFN, at, 2, 1);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0,
					.control = XLAT_DMA_ENGINE_NOP |
						   XLAT_DMA_ENGINE_WITH_PASID |
						   XLAT_DMA_ENGINE_WITH_PRIVILEGE),
			 XLAT_DMA_ENGINE_IS_DONE | XLAT_DMA_ENGINE_ERROR_PASID);
	engine_stop(&bench, 0);
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0,
					.control = XLAT_DMA_ENGINE_NOP | XLAT_DMA_ENGINE_WITH_PASID,
					.pasid = 0x100000),
			 XLAT_DMA_ENGINE_IS_DONE | XLAT_DMA_ENGINE_ERROR_PASID);
	engine_stop(&bench, 0);
	xlat_pci_bus_config_write(bench.bus, ENGINE_DEVFN, at, 2, 0);
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0,
					.control = XLAT_DMA_ENGINE_NOP |
						   XLAT_DMA_ENGINE_WITH_PASID),
			 XLAT_DMA_ENGINE_IS_DONE | XLAT_DMA_ENGINE_ERROR_PASID);
}

/* --- 5 Errors. */

static void what_a_descriptor_may_not_say(void **state)
{
	static const struct {
		struct xlat_dma_engine_descriptor descriptor;
		uint32_t error;
	} cases[] = {
		{{.control = 4}, XLAT_DMA_ENGINE_ERROR_OPERATION},
		{{.control = 0xff}, XLAT_DMA_ENGINE_ERROR_OPERATION},
		{{.control = 0x800}, XLAT_DMA_ENGINE_ERROR_RESERVED},
		{{.control = XLAT_DMA_ENGINE_FILL, .source_pieces = 1},
		 XLAT_DMA_ENGINE_ERROR_RESERVED},
		{{.control = XLAT_DMA_ENGINE_WITH_PRIVILEGE}, XLAT_DMA_ENGINE_ERROR_PASID},
		{{.control = XLAT_DMA_ENGINE_COPY, .source = UINT64_MAX, .length = 2},
		 XLAT_DMA_ENGINE_ERROR_RANGE},
		{{.control = XLAT_DMA_ENGINE_COPY, .destination = UINT64_MAX, .length = 2},
		 XLAT_DMA_ENGINE_ERROR_RANGE},
		{{.control = XLAT_DMA_ENGINE_COPY, .source = 8, .source_pieces = 1, .length = 2},
		 XLAT_DMA_ENGINE_ERROR_RANGE},
		{{.control = XLAT_DMA_ENGINE_COPY,
		  .source = UINT64_MAX - 15,
		  .source_pieces = 2,
		  .length = 2},
		 XLAT_DMA_ENGINE_ERROR_RANGE},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		engine_start(&bench, 0, 0);
		assert_int_equal(engine_execute(&bench, 0, &cases[i].descriptor),
				 XLAT_DMA_ENGINE_IS_DONE | cases[i].error);
		assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_STOPPED);
		assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_EVENTS),
				 XLAT_DMA_ENGINE_EVENT_ERROR);
		engine_stop(&bench, 0);
	}
}

static void what_a_piece_may_not_say(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		put(LISTS_AT, i ? UINT64_MAX : FROM_AT);
		put(LISTS_AT + 8, i ? 2 : UINT64_C(1) << 32 | 2);
		engine_start(&bench, 0, 0);
		assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
						.source = LISTS_AT, .source_pieces = 1,
						.destination = TO_AT, .length = 2) &
					 0xff,
				 i ? XLAT_DMA_ENGINE_ERROR_RANGE : XLAT_DMA_ENGINE_ERROR_RESERVED);
		assert_int_equal(engine_load_address(&bench, 0, XLAT_DMA_ENGINE_FAULT), LISTS_AT);
		engine_stop(&bench, 0);
	}
}

static void an_access_that_fails_stops_the_channel_with_its_address(void **state)
{
	static const struct {
		uint64_t source, destination, at;
		enum xlat_outcome outcome;
		uint32_t error;
	} cases[] = {
		{NOTHING_AT, TO_AT, NOTHING_AT, XLAT_UNASSIGNED, XLAT_DMA_ENGINE_ERROR_READ},
		{FROM_AT, ROM_AT + 8, ROM_AT + 8, XLAT_DENIED, XLAT_DMA_ENGINE_ERROR_WRITE},
		{FROM_AT, RAM_AT + RAM_SIZE - 2, RAM_AT + RAM_SIZE, XLAT_UNASSIGNED,
		 XLAT_DMA_ENGINE_ERROR_WRITE},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t expected = cases[i].error | (uint32_t)cases[i].outcome << 16;
		uint64_t at;

		engine_start(&bench, 0, 0);
		at = ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
				  .source = cases[i].source, .destination = cases[i].destination,
				  .length = 4);
		(void)ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP);
		engine_work(&bench);
		assert_int_equal(get_descriptor(at).status, XLAT_DMA_ENGINE_IS_DONE | expected);
		assert_int_equal(get_descriptor(at).result, cases[i].at);
		assert_int_equal(engine_load_address(&bench, 0, XLAT_DMA_ENGINE_FAULT),
				 cases[i].at);
		assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_STATUS),
				 XLAT_DMA_ENGINE_STOPPED | cases[i].error << 8 |
					 (uint32_t)cases[i].outcome << 16);
		/* It stays where it was. */
		assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_HEAD), 0);
		assert_int_equal(engine_load_address(&bench, 0, XLAT_DMA_ENGINE_CURRENT), at);
		engine_stop(&bench, 0);
	}
}

static void descriptors_that_cannot_be_read_or_written(void **state)
{
	(void)state;
	engine_store(&bench, 0, XLAT_DMA_ENGINE_BASE, (uint32_t)NOTHING_AT);
	engine_store(&bench, 0, XLAT_DMA_ENGINE_CONTROL,
		     XLAT_DMA_ENGINE_ENABLE | XLAT_DMA_ENGINE_LINKED);
	engine_store(&bench, 0, XLAT_DMA_ENGINE_TAIL, 0);
	engine_work(&bench);
	assert_int_equal(engine_error(&bench, 0), XLAT_DMA_ENGINE_ERROR_DESCRIPTOR);
	assert_int_equal(engine_load_address(&bench, 0, XLAT_DMA_ENGINE_FAULT), NOTHING_AT);
	/* ROM is all zeroes: an empty descriptor, whose status cannot be written. */
	engine_stop(&bench, 0);
	engine_store(&bench, 0, XLAT_DMA_ENGINE_BASE, ROM_AT);
	engine_store(&bench, 0, XLAT_DMA_ENGINE_CONTROL,
		     XLAT_DMA_ENGINE_ENABLE | XLAT_DMA_ENGINE_LINKED);
	engine_store(&bench, 0, XLAT_DMA_ENGINE_TAIL, 0);
	engine_work(&bench);
	assert_int_equal(engine_error(&bench, 0), XLAT_DMA_ENGINE_ERROR_WRITE_BACK);
	assert_int_equal(engine_load_address(&bench, 0, XLAT_DMA_ENGINE_FAULT),
			 ROM_AT + XLAT_DMA_ENGINE_AT_RESULT);
}

static void a_link_must_be_aligned(void **state)
{
	(void)state;
	put_link(RING_AT, RING_AT + 8, 1);
	engine_start(&bench, 0, XLAT_DMA_ENGINE_LINKED);
	engine_store(&bench, 0, XLAT_DMA_ENGINE_TAIL, 0);
	engine_work(&bench);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_STOPPED);
	assert_int_equal(engine_error(&bench, 0), XLAT_DMA_ENGINE_ERROR_RANGE);
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_DONE), 1);
}

static void errors_have_names(void **state)
{
	(void)state;
	assert_string_equal(xlat_dma_engine_error_name(2), "no such operation");
	assert_string_equal(xlat_dma_engine_error_name(99), "unknown");
}

/* --- 6 Interrupts. */

static void events_interrupt_if_they_may(void **state)
{
	(void)state;
	engine_start(&bench, 3, 0);
	(void)ENGINE_EXECUTE(&bench, 3, .control = XLAT_DMA_ENGINE_INTERRUPT);
	assert_int_equal(engine_load(&bench, 3, XLAT_DMA_ENGINE_EVENTS),
			 XLAT_DMA_ENGINE_EVENT_DESCRIPTOR | XLAT_DMA_ENGINE_EVENT_IDLE);
	assert_int_equal(bench.messages[3], 2);
	assert_int_equal(engine_load(&bench, THE_ENGINE, XLAT_DMA_ENGINE_PENDING), 8);
	engine_store(&bench, 3, XLAT_DMA_ENGINE_EVENTS, XLAT_DMA_ENGINE_EVENT_IDLE);
	assert_int_equal(engine_load(&bench, 3, XLAT_DMA_ENGINE_EVENTS),
			 XLAT_DMA_ENGINE_EVENT_DESCRIPTOR);
	engine_store(&bench, 3, XLAT_DMA_ENGINE_INTERRUPTS, XLAT_DMA_ENGINE_EVENT_ERROR);
	assert_int_equal(engine_load(&bench, THE_ENGINE, XLAT_DMA_ENGINE_PENDING), 0);
	(void)ENGINE_EXECUTE(&bench, 3, .control = XLAT_DMA_ENGINE_INTERRUPT);
	assert_int_equal(bench.messages[3], 2);
	assert_int_equal(bench.messages[0] + bench.messages[1] + bench.messages[2], 0);
}

static void without_messages_there_is_a_wire(void **state)
{
	unsigned at = xlat_pci_find_capability(bench.function, 0x11) + 2, wire = 0;

	(void)state;
	xlat_pci_bus_config_write(bench.bus, ENGINE_DEVFN, at, 2, 0);
	engine_start(&bench, 0, 0);
	(void)ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP);
	assert_int_equal(bench.levels[wire], 1);
	assert_int_equal(bench.messages[0], 0);
	engine_store(&bench, 0, XLAT_DMA_ENGINE_EVENTS, XLAT_DMA_ENGINE_EVENT_IDLE);
	assert_int_equal(bench.levels[wire], 0);
	(void)ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP);
	assert_int_equal(bench.levels[wire], 1);
	engine_store(&bench, THE_ENGINE, XLAT_DMA_ENGINE_RESET, 1);
	assert_int_equal(bench.levels[wire], 0);
}

/* --- 7 Stopping and resetting. */

static void a_reset_forgets_everything(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		engine_start(&bench, 0, 0);
		(void)ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP);
		(void)ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP);
		if (i)
			xlat_pci_function_reset(bench.function);
		else
			engine_store(&bench, THE_ENGINE, XLAT_DMA_ENGINE_RESET, 1);
		engine_work(&bench);
		if (i)
			xlat_pci_bus_config_write(bench.bus, ENGINE_DEVFN, 4, 2, 6);
		if (!i)
			for (unsigned at = 0; at < 0x40; at += 4)
				assert_int_equal(engine_load(&bench, 0, at), 0);
	}
}

static void a_disabled_channel_leaves_its_descriptor(void **state)
{
	uint64_t at;

	(void)state;
	engine_start(&bench, 0, 0);
	at = ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP);
	engine_stop(&bench, 0);
	engine_work(&bench);
	assert_int_equal(get_descriptor(at).status, 0);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_OFF);
	/* Enabled again, it begins anew. */
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP),
			 XLAT_DMA_ENGINE_IS_DONE);
}

static void bus_mastering_is_a_gate(void **state)
{
	(void)state;
	engine_start(&bench, 0, 0);
	xlat_pci_bus_config_write(bench.bus, ENGINE_DEVFN, 4, 2, 2);
	(void)ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_STOPPED);
	assert_int_equal(engine_error(&bench, 0), XLAT_DMA_ENGINE_ERROR_DESCRIPTOR);
	xlat_pci_bus_config_write(bench.bus, ENGINE_DEVFN, 4, 2, 6);
	engine_stop(&bench, 0);
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP),
			 XLAT_DMA_ENGINE_IS_DONE);
}

/* Copies from the peer's register that answers later. */
static uint64_t copy_what_is_deferred(void)
{
	uint64_t at = ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
				   .source = PEER_AT + DEVICE_SIZE - 8, .destination = TO_AT,
				   .length = 8);

	engine_work(&bench);
	assert_non_null(bench.peer_device.deferred);
	return at;
}

static void a_device_may_answer_later(void **state)
{
	uint64_t at;

	(void)state;
	engine_start(&bench, 0, 0);
	engine_start(&bench, 1, 0);
	at = copy_what_is_deferred();
	assert_int_equal(get_descriptor(at).status, 0);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_RUNNING);
	/* Another channel goes on. */
	assert_int_equal(ENGINE_EXECUTE(&bench, 1, .control = XLAT_DMA_ENGINE_NOP),
			 XLAT_DMA_ENGINE_IS_DONE);
	xlat_mmio_complete(bench.peer_device.deferred, XLAT_OK, 0x1122);
	engine_work(&bench);
	assert_int_equal(get_descriptor(at).status, XLAT_DMA_ENGINE_IS_DONE);
	assert_int_equal(get(TO_AT), 0x1122);
}

static void a_channel_that_waits_for_a_device_is_stopping(void **state)
{
	uint64_t at;

	(void)state;
	engine_start(&bench, 0, 0);
	at = copy_what_is_deferred();
	engine_stop(&bench, 0);
	engine_work(&bench);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_STOPPING);
	/* Enabled, it begins as soon as it has stopped. */
	engine_store(&bench, 0, XLAT_DMA_ENGINE_CONTROL, XLAT_DMA_ENGINE_ENABLE);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_STOPPING);
	xlat_mmio_complete(bench.peer_device.deferred, XLAT_OK, 0x1122);
	engine_work(&bench);
	assert_int_equal(engine_state(&bench, 0), XLAT_DMA_ENGINE_IDLE);
	assert_int_equal(get_descriptor(at).status, 0);
	assert_int_equal(get(TO_AT), 0);
}

static void an_engine_may_end_while_it_waits(void **state)
{
	(void)state;
	engine_start(&bench, 0, 0);
	(void)copy_what_is_deferred();
	xlat_dma_engine_destroy(bench.engine);
	bench.engine = NULL;
	xlat_mmio_complete(bench.peer_device.deferred, XLAT_OK, 0);
}

/* --- For the host. */

static void configurations_out_of_range_are_refused(void **state)
{
	struct xlat_dma_engine *engine;

	(void)state;
	assert_int_equal(xlat_dma_engine_create(fixture.fabric,
						XLAT_CONFIG(xlat_dma_engine_config, .channels = 33),
						&engine),
			 -EINVAL);
	assert_int_equal(
		xlat_dma_engine_create(fixture.fabric,
				       XLAT_CONFIG(xlat_dma_engine_config, .local_bytes = 0x3000),
				       &engine),
		-EINVAL);
	assert_int_equal(xlat_dma_engine_create(fixture.fabric,
						&(struct xlat_dma_engine_config){.size = 0},
						&engine),
			 -EINVAL);
}

static void there_is_nothing_to_do_at_rest(void **state)
{
	(void)state;
	engine_work(&bench);
	assert_false(engine_is_ready(&bench));
	assert_int_equal(xlat_dma_engine_process(bench.engine), 0);
	assert_false(engine_is_ready(&bench));
}

/* In the middle of a copy whose lists, chunk and cursors are saved, into another engine. */
static void a_state_goes_on_elsewhere(void **state)
{
	size_t size;
	uint8_t *bytes;
	uint64_t at;

	(void)state;
	bench_end(&bench);
	for (unsigned budget = 1; budget < 60; budget++) {
		bench_begin(&bench, false, XLAT_CONFIG(xlat_dma_engine_config, .budget = budget));
		fill_pattern(FROM_AT, 0x8000, 1);
		put_piece(LISTS_AT, FROM_AT + 5, 0x2000);
		put_piece(LISTS_AT + 16, FROM_AT + 0x3005, 0x5000);
		engine_start(&bench, 1, 0);
		(void)xlat_dma_engine_process(bench.engine);
		at = ENGINE_QUEUE(&bench, 1, .control = XLAT_DMA_ENGINE_COPY, .source = LISTS_AT,
				  .source_pieces = 2, .destination = TO_AT, .length = 0x7000);
		(void)xlat_dma_engine_process(bench.engine);
		size = xlat_dma_engine_save(bench.engine, NULL, 0);
		bytes = malloc(size);
		assert_non_null(bytes);
		assert_int_equal(xlat_dma_engine_save(bench.engine, bytes, size), size);
		/* It is lost, and comes back. */
		xlat_pci_function_reset(bench.function);
		engine_work(&bench);
		assert_int_equal(xlat_dma_engine_restore(bench.engine, bytes, size), 0);
		engine_work(&bench);
		assert_int_equal(get_descriptor(at).status, XLAT_DMA_ENGINE_IS_DONE);
		assert_true(ram_equals(FROM_AT + 5, TO_AT, 0x2000));
		assert_true(ram_equals(FROM_AT + 0x3005, TO_AT + 0x2000, 0x5000));
		assert_int_equal(engine_load(&bench, 1, XLAT_DMA_ENGINE_DONE), 1);
		free(bytes);
		bench_end(&bench);
	}
	bench_begin(&bench, false, NULL);
}

static void bytes_that_are_no_state_change_nothing(void **state)
{
	size_t size = xlat_dma_engine_save(bench.engine, NULL, 0);
	uint8_t *bytes = malloc(size + 1);

	(void)state;
	assert_non_null(bytes);
	engine_start(&bench, 0, 0);
	assert_int_equal(xlat_dma_engine_save(bench.engine, bytes, size), size);
	assert_int_equal(xlat_dma_engine_restore(bench.engine, bytes, size - 1), -EINVAL);
	assert_int_equal(xlat_dma_engine_restore(bench.engine, bytes, size + 1), -EINVAL);
	assert_int_equal(xlat_dma_engine_restore(bench.engine, bytes, 0), -EINVAL);
	for (unsigned i = 0; i < 16; i++) {
		bytes[i] ^= 0x40;
		assert_int_equal(xlat_dma_engine_restore(bench.engine, bytes, size), -EINVAL);
		bytes[i] ^= 0x40;
	}
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP),
			 XLAT_DMA_ENGINE_IS_DONE);
	free(bytes);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_says_what_it_is),
		TEST(what_a_channel_is_changes_while_it_is_off),
		TEST(undefined_bits_and_registers_read_as_zero),
		TEST(a_setup_that_cannot_be_stops_the_channel),
		TEST(a_ring_goes_round),
		TEST(a_list_is_followed_and_grows_at_its_end),
		TEST(a_loop_of_links_is_bounded_by_the_budget),
		TEST(copies_of_any_size_and_alignment),
		TEST(a_fill_repeats_its_eight_bytes),
		TEST(a_comparison_says_where_the_first_difference_is),
		TEST(lists_are_gathered_and_scattered),
		TEST(a_list_that_ends_too_early_is_an_error),
		TEST(devices_reach_each_other),
		TEST(an_engine_may_ring_its_own_doorbell),
		TEST(a_pasid_goes_with_the_data),
		TEST(a_pasid_must_be_enabled),
		TEST(what_a_descriptor_may_not_say),
		TEST(what_a_piece_may_not_say),
		TEST(an_access_that_fails_stops_the_channel_with_its_address),
		TEST(descriptors_that_cannot_be_read_or_written),
		TEST(a_link_must_be_aligned),
		TEST(errors_have_names),
		TEST(events_interrupt_if_they_may),
		TEST(without_messages_there_is_a_wire),
		TEST(a_reset_forgets_everything),
		TEST(a_disabled_channel_leaves_its_descriptor),
		TEST(bus_mastering_is_a_gate),
		TEST(a_device_may_answer_later),
		TEST(a_channel_that_waits_for_a_device_is_stopping),
		TEST(an_engine_may_end_while_it_waits),
		TEST(configurations_out_of_range_are_refused),
		TEST(there_is_nothing_to_do_at_rest),
		TEST(a_state_goes_on_elsewhere),
		TEST(bytes_that_are_no_state_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
