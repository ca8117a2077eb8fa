/* SPDX-License-Identifier: BSD-3-Clause */
/* The serial port, by the sections of the PC16550D's data sheet. */
#include "test.h"
#include "device_fixture.h"

#include <xlat/uart.h>

#include <errno.h>

enum {
	RBR_THR,
	IER,
	IIR_FCR,
	LCR,
	MCR,
	LSR,
	MSR,
	SCR,
	RDA = 1, /* IER */
	THRE = 2,
	RLS = 4,
	MS = 8,
};

struct fixture {
	struct device_fixture device;
	struct xlat_uart *uart;
	char sent[64];
	unsigned sent_count, ready_count;
};

static void keep(void *opaque, uint8_t byte)
{
	struct fixture *f = opaque;

	assert_in_range(f->sent_count, 0, sizeof(f->sent) - 1);
	f->sent[f->sent_count++] = (char)byte;
}

static void count_ready(void *opaque)
{
	struct fixture *f = opaque;

	f->ready_count++;
}

static void init(struct fixture *f)
{
	*f = (struct fixture){0};
	device_init(&f->device);
	assert_int_equal(xlat_uart_create(f->device.fabric,
					  XLAT_CONFIG(xlat_uart_config, .send = keep,
						      .ready = count_ready, .wire = device_wire,
						      .opaque = f),
					  &f->uart),
			 0);
	device_attach(&f->device, xlat_uart_registers(f->uart), 0);
}

static void finish(struct fixture *f)
{
	xlat_uart_destroy(f->uart);
	device_finish(&f->device);
}

static unsigned get(struct fixture *f, unsigned offset)
{
	return (unsigned)device_read(&f->device, offset, 1);
}

static void put(struct fixture *f, unsigned offset, unsigned value)
{
	device_write(&f->device, offset, 1, value);
}

static size_t receive(struct fixture *f, const char *text)
{
	return xlat_uart_receive(f->uart, (const uint8_t *)text, strlen(text));
}

static void a_byte_is_sent_at_once(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	put(&f, RBR_THR, 'h');
	put(&f, RBR_THR, 'i');
	assert_memory_equal(f.sent, "hi", 2);
	assert_int_equal(get(&f, LSR), 0x60);
	finish(&f);
}

static void bytes_are_received_in_order(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	put(&f, IIR_FCR, 1);
	assert_int_equal(receive(&f, "abc"), 3);
	assert_int_equal(get(&f, LSR), 0x61);
	assert_int_equal(get(&f, RBR_THR), 'a');
	assert_int_equal(get(&f, RBR_THR), 'b');
	assert_int_equal(f.ready_count, 0);
	assert_int_equal(get(&f, RBR_THR), 'c');
	assert_int_equal(f.ready_count, 1);
	assert_int_equal(get(&f, LSR), 0x60);
	finish(&f);
}

static void without_fifos_there_is_room_for_one_byte(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	assert_int_equal(receive(&f, "ab"), 1);
	assert_int_equal(receive(&f, "b"), 0);
	put(&f, IIR_FCR, 1);
	assert_int_equal(get(&f, LSR) & 1, 0);
	assert_int_equal(receive(&f, "0123456789abcdefgh"), 16);
	finish(&f);
}

static void received_data_interrupt_from_the_trigger_on_or_after_a_pause(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	put(&f, IIR_FCR, 0x41); /* trigger 4 */
	put(&f, IER, RDA);
	receive(&f, "abc");
	assert_true(f.device.wires[0]);
	assert_int_equal(get(&f, IIR_FCR), 0xcc);
	receive(&f, "d");
	assert_int_equal(get(&f, IIR_FCR), 0xc4);
	for (unsigned i = 0; i < 4; i++)
		get(&f, RBR_THR);
	assert_false(f.device.wires[0]);
	assert_int_equal(get(&f, IIR_FCR), 0xc1);
	finish(&f);
}

static void an_empty_transmitter_interrupts_until_it_is_read(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	put(&f, IER, THRE);
	assert_true(f.device.wires[0]);
	assert_int_equal(get(&f, IIR_FCR), 2);
	assert_false(f.device.wires[0]);
	assert_int_equal(get(&f, IIR_FCR), 1);
	put(&f, RBR_THR, 'x');
	assert_true(f.device.wires[0]);
	put(&f, IER, 0);
	assert_false(f.device.wires[0]);
	finish(&f);
}

static void the_divisor_hides_behind_dlab(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	put(&f, IER, RDA);
	put(&f, LCR, 0x83);
	put(&f, RBR_THR, 0x34);
	put(&f, IER, 0x12);
	assert_int_equal(get(&f, RBR_THR), 0x34);
	assert_int_equal(get(&f, IER), 0x12);
	put(&f, LCR, 3);
	assert_int_equal(get(&f, IER), RDA);
	assert_int_equal(f.sent_count, 0);
	finish(&f);
}

static void in_loop_back_what_is_sent_is_received(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	put(&f, MCR, 0x10);
	put(&f, RBR_THR, 'x');
	assert_int_equal(f.sent_count, 0);
	assert_int_equal(get(&f, RBR_THR), 'x');
	put(&f, RBR_THR, 'y');
	put(&f, RBR_THR, 'z');
	assert_int_equal(get(&f, LSR), 0x63);
	assert_int_equal(get(&f, LSR), 0x61);
	assert_int_equal(receive(&f, "a"), 0);
	finish(&f);
}

static void in_loop_back_the_modem_s_lines_are_mcr_s(void **state)
{
	static const struct {
		uint8_t mcr, msr;
	} lines[] = {{0x11, 0x20}, {0x12, 0x10}, {0x14, 0x40}, {0x18, 0x80}, {0x1f, 0xf0}};
	struct fixture f;

	(void)state;
	init(&f);
	assert_int_equal(get(&f, MSR), 0xb0);
	put(&f, MCR, 0x10);
	assert_int_equal(get(&f, MSR), 0x0b);
	assert_int_equal(get(&f, MSR), 0);
	for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		put(&f, MCR, lines[i].mcr);
		assert_int_equal(get(&f, MSR) & 0xf0, lines[i].msr);
	}
	get(&f, MSR);
	put(&f, IER, MS);
	assert_false(f.device.wires[0]);
	put(&f, MCR, 0x1e);
	assert_true(f.device.wires[0]);
	assert_int_equal(get(&f, IIR_FCR), 0);
	get(&f, MSR);
	assert_false(f.device.wires[0]);
	finish(&f);
}

static void an_overrun_is_the_first_reason(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	put(&f, MCR, 0x10);
	put(&f, IER, RDA | RLS);
	put(&f, RBR_THR, 'y');
	put(&f, RBR_THR, 'z');
	assert_int_equal(get(&f, IIR_FCR), 6);
	get(&f, LSR);
	assert_int_equal(get(&f, IIR_FCR), 4);
	finish(&f);
}

static void scratch_keeps_what_it_is_given(void **state)
{
	struct fixture f;

	(void)state;
	init(&f);
	put(&f, SCR, 0xa5);
	assert_int_equal(get(&f, SCR), 0xa5);
	put(&f, LSR, 0);
	put(&f, MSR, 0);
	assert_int_equal(get(&f, LSR), 0x60);
	finish(&f);
}

static void a_saved_state_comes_back_with_its_wire(void **state)
{
	struct fixture f, g;
	uint8_t bytes[128];
	size_t size;

	(void)state;
	init(&f);
	init(&g);
	put(&f, IIR_FCR, 0xc1);
	put(&f, IER, RDA);
	receive(&f, "0123456789abcdef");
	for (unsigned i = 0; i < 9; i++)
		get(&f, RBR_THR);
	receive(&f, "xyz");
	size = xlat_uart_save(f.uart, bytes, sizeof(bytes));
	assert_in_range(size, 1, sizeof(bytes));
	assert_int_equal(xlat_uart_restore(g.uart, bytes, size - 1), -EINVAL);
	assert_int_equal(xlat_uart_restore(g.uart, bytes, size), 0);
	assert_true(g.device.wires[0]);
	for (const char *c = "9abcdefxyz"; *c; c++)
		assert_int_equal(get(&g, RBR_THR), *c);
	memset(bytes + 8, 0xff, size - 8);
	assert_int_equal(xlat_uart_restore(g.uart, bytes, size), 0);
	for (unsigned i = 0; i < 40; i++)
		get(&g, RBR_THR);
	finish(&f);
	finish(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_byte_is_sent_at_once),
		cmocka_unit_test(bytes_are_received_in_order),
		cmocka_unit_test(without_fifos_there_is_room_for_one_byte),
		cmocka_unit_test(received_data_interrupt_from_the_trigger_on_or_after_a_pause),
		cmocka_unit_test(an_empty_transmitter_interrupts_until_it_is_read),
		cmocka_unit_test(the_divisor_hides_behind_dlab),
		cmocka_unit_test(in_loop_back_what_is_sent_is_received),
		cmocka_unit_test(in_loop_back_the_modem_s_lines_are_mcr_s),
		cmocka_unit_test(an_overrun_is_the_first_reason),
		cmocka_unit_test(scratch_keeps_what_it_is_given),
		cmocka_unit_test(a_saved_state_comes_back_with_its_wire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
