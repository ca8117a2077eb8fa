/* SPDX-License-Identifier: BSD-3-Clause */
/* PC16550D: the sections named are those of its data sheet (TL/C/8652, June 1995), chapter 8. */
#include "devices/registers.h"

#include "base/config.h"
#include "base/stream.h"

#include <xlat/uart.h>

#include <errno.h>

/* Offsets; the first two are the divisor's while LCR.DLAB. */
enum {
	RBR_THR,
	IER,
	IIR_FCR,
	LCR,
	MCR,
	LSR,
	MSR,
	SCR,
	LENGTH,
};

enum {
	IER_RDA = 1, /* received data available */
	IER_THRE = 2, /* transmitter holding register empty */
	IER_RLS = 4, /* receiver line status */
	IER_MS = 8, /* modem status */
	IIR_NONE = 1,
	IIR_MS = 0,
	IIR_THRE = 2,
	IIR_RDA = 4,
	IIR_RLS = 6,
	IIR_TIMEOUT = 12,
	IIR_FIFO = 0xc0,
	FCR_ENABLE = 1,
	FCR_RESET_RECEIVER = 2,
	LCR_DLAB = 0x80,
	MCR_DTR = 1,
	MCR_RTS = 2,
	MCR_OUT1 = 4,
	MCR_OUT2 = 8,
	MCR_LOOP = 16,
	MCR_BITS = 31,
	LSR_DR = 1,
	LSR_OE = 2,
	LSR_THRE = 0x20,
	LSR_TEMT = 0x40,
	MSR_DELTAS = 15,
	MSR_CTS = 0x10,
	MSR_DSR = 0x20,
	MSR_RI = 0x40,
	MSR_DCD = 0x80,
	FIFO = 16,
};

#define MAGIC UINT64_C(0x7472617574616c78)

struct xlat_uart {
	struct xlat__registers registers;
	struct xlat_uart_config config;
	struct xlat_region *region;
	bool ended;
	uint8_t ier, fcr, lcr, mcr, msr, scr, divisor[2];
	bool overrun;
	bool sent; /* THRE is a reason to interrupt */
	bool level; /* the wire */
	uint8_t first, count; /* of the receiver's FIFO */
	uint8_t fifo[FIFO];
};

static struct xlat_uart *lock(void *opaque)
{
	struct xlat_uart *uart = opaque;

	pthread_mutex_lock(&uart->registers.lock);
	return uart;
}

static void unlock(struct xlat_uart *uart)
{
	pthread_mutex_unlock(&uart->registers.lock);
}

static unsigned capacity(const struct xlat_uart *uart)
{
	return uart->fcr & FCR_ENABLE ? FIFO : 1;
}

static unsigned trigger(const struct xlat_uart *uart)
{
	static const uint8_t triggers[] = {1, 4, 8, 14};

	return uart->fcr & FCR_ENABLE ? triggers[uart->fcr >> 6] : 1;
}

/* 8.5, table III: the reason of the highest priority. */
static uint8_t reason(const struct xlat_uart *uart)
{
	if ((uart->ier & IER_RLS) && uart->overrun)
		return IIR_RLS;
	if ((uart->ier & IER_RDA) && uart->count)
		return uart->count >= trigger(uart) ? IIR_RDA : IIR_TIMEOUT;
	if ((uart->ier & IER_THRE) && uart->sent)
		return IIR_THRE;
	if ((uart->ier & IER_MS) && (uart->msr & MSR_DELTAS))
		return IIR_MS;
	return IIR_NONE;
}

static void drive(struct xlat_uart *uart)
{
	bool level = reason(uart) != IIR_NONE;

	if (level == uart->level || uart->ended)
		return;
	uart->level = level;
	if (uart->config.wire)
		uart->config.wire(uart->config.opaque, 0, level);
}

static void receive(struct xlat_uart *uart, uint8_t byte)
{
	if (uart->count == capacity(uart)) {
		uart->overrun = true;
		return;
	}
	uart->fifo[(uart->first + uart->count++) % FIFO] = byte;
}

static uint8_t take(struct xlat_uart *uart)
{
	uint8_t byte = uart->fifo[uart->first % FIFO];

	if (!uart->count)
		return 0;
	uart->first = (uart->first + 1) % FIFO;
	uart->count--;
	if (!uart->count && uart->config.ready && !uart->ended)
		uart->config.ready(uart->config.opaque);
	return byte;
}

/* 8.7: what the modem's lines say; in loop-back, what MCR does (8.6). */
static void update_modem(struct xlat_uart *uart)
{
	uint8_t lines = MSR_CTS | MSR_DSR | MSR_DCD, changed;

	if (uart->mcr & MCR_LOOP)
		lines = (uint8_t)((uart->mcr & MCR_RTS ? MSR_CTS : 0) |
				  (uart->mcr & MCR_DTR ? MSR_DSR : 0) |
				  (uart->mcr & MCR_OUT1 ? MSR_RI : 0) |
				  (uart->mcr & MCR_OUT2 ? MSR_DCD : 0));
	changed = (lines ^ uart->msr) & 0xf0;
	/* The ring indicator tells of its end only. */
	if (lines & MSR_RI)
		changed &= (uint8_t)~MSR_RI;
	uart->msr = (uint8_t)(lines | (uart->msr & MSR_DELTAS) | changed >> 4);
}

static void send(struct xlat_uart *uart, uint8_t byte)
{
	if (uart->mcr & MCR_LOOP)
		receive(uart, byte);
	else if (uart->config.send && !uart->ended)
		uart->config.send(uart->config.opaque, byte);
	uart->sent = true;
}

static uint8_t read_register(struct xlat_uart *uart, uint64_t offset)
{
	uint8_t value;

	switch (offset) {
	case RBR_THR:
		return uart->lcr & LCR_DLAB ? uart->divisor[0] : take(uart);
	case IER:
		return uart->lcr & LCR_DLAB ? uart->divisor[1] : uart->ier;
	case IIR_FCR:
		value = reason(uart);
		if (value == IIR_THRE)
			uart->sent = false;
		return value | (uart->fcr & FCR_ENABLE ? IIR_FIFO : 0);
	case LCR:
		return uart->lcr;
	case MCR:
		return uart->mcr;
	case LSR:
		value = LSR_THRE | LSR_TEMT;
		value |= (uint8_t)((uart->count ? LSR_DR : 0) | (uart->overrun ? LSR_OE : 0));
		uart->overrun = false;
		return value;
	case MSR:
		value = uart->msr;
		uart->msr &= (uint8_t)~MSR_DELTAS;
		return value;
	default:
		return uart->scr;
	}
}

/* 8.4: to switch the FIFOs clears them, and without ENABLE no other bit is taken. */
static void write_fcr(struct xlat_uart *uart, uint8_t value)
{
	if (((value ^ uart->fcr) & FCR_ENABLE) || (value & FCR_RESET_RECEIVER))
		uart->first = uart->count = 0;
	uart->fcr = value & FCR_ENABLE ? value & (FCR_ENABLE | IIR_FIFO) : 0;
}

static void write_register(struct xlat_uart *uart, uint64_t offset, uint8_t value)
{
	switch (offset) {
	case RBR_THR:
		if (uart->lcr & LCR_DLAB)
			uart->divisor[0] = value;
		else
			send(uart, value);
		break;
	case IER:
		if (uart->lcr & LCR_DLAB) {
			uart->divisor[1] = value;
			break;
		}
		/* An empty transmitter is a reason anew when it is first asked for. */
		if (value & ~uart->ier & IER_THRE)
			uart->sent = true;
		uart->ier = value & 15;
		break;
	case IIR_FCR:
		write_fcr(uart, value);
		break;
	case LCR:
		uart->lcr = value;
		break;
	case MCR:
		uart->mcr = value & MCR_BITS;
		update_modem(uart);
		break;
	case SCR:
		uart->scr = value;
		break;
	default:
		break;
	}
}

static enum xlat_outcome read_registers(void *opaque, const struct xlat_mmio_access *access,
					uint64_t *value)
{
	struct xlat_uart *uart = lock(opaque);

	*value = read_register(uart, access->offset);
	drive(uart);
	unlock(uart);
	return XLAT_OK;
}

static enum xlat_outcome write_registers(void *opaque, const struct xlat_mmio_access *access,
					 uint64_t value)
{
	struct xlat_uart *uart = lock(opaque);

	write_register(uart, access->offset, (uint8_t)value);
	drive(uart);
	unlock(uart);
	return XLAT_OK;
}

static const struct xlat_mmio_ops ops = {
	.size = sizeof(ops),
	.read = read_registers,
	.write = write_registers,
	.valid = {.min = 1, .max = 1},
};

int xlat_uart_create(struct xlat_fabric *fabric, const struct xlat_uart_config *given,
		     struct xlat_uart **created)
{
	struct xlat_uart_config config;
	struct xlat_uart *uart;
	int err;

	err = xlat__config_copy(&config, sizeof(config), given);
	if (err)
		return err;
	uart = xlat__registers_create(sizeof(*uart));
	if (!uart)
		return -ENOMEM;
	uart->config = config;
	uart->msr = MSR_CTS | MSR_DSR | MSR_DCD;
	err = xlat__registers_add(&uart->registers, fabric, "uart", LENGTH, &ops, &uart->region);
	if (err) {
		xlat_uart_destroy(uart);
		return err;
	}
	*created = uart;
	return 0;
}

void xlat_uart_destroy(struct xlat_uart *uart)
{
	if (!uart)
		return;
	lock(uart)->ended = true;
	unlock(uart);
	xlat__registers_remove(uart->region);
	xlat__registers_release(&uart->registers);
}

struct xlat_region *xlat_uart_registers(const struct xlat_uart *uart)
{
	return uart->region;
}

size_t xlat_uart_receive(struct xlat_uart *uart, const uint8_t *bytes, size_t count)
{
	size_t taken = 0;

	lock(uart);
	/* In loop-back the input is not connected (8.6): it waits. */
	while (taken < count && uart->count < capacity(uart) && !(uart->mcr & MCR_LOOP))
		receive(uart, bytes[taken++]);
	drive(uart);
	unlock(uart);
	return taken;
}

static void walk_state(struct xlat_uart *uart, struct xlat__stream *stream)
{
#define BYTE(field) uart->field = (uint8_t)xlat__stream_number(stream, 1, uart->field)
	BYTE(ier) & 15;
	BYTE(fcr) & (FCR_ENABLE | IIR_FIFO);
	BYTE(lcr);
	BYTE(mcr) & MCR_BITS;
	BYTE(msr);
	BYTE(scr);
	BYTE(divisor[0]);
	BYTE(divisor[1]);
	uart->overrun = xlat__stream_number(stream, 1, uart->overrun) & 1;
	uart->sent = xlat__stream_number(stream, 1, uart->sent) & 1;
	BYTE(first) % FIFO;
	BYTE(count) % (FIFO + 1);
	for (unsigned i = 0; i < FIFO; i++)
		BYTE(fifo[i]);
#undef BYTE
}

size_t xlat_uart_save(struct xlat_uart *uart, void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};

	lock(uart);
	xlat__stream_number(&stream, 8, MAGIC);
	walk_state(uart, &stream);
	unlock(uart);
	return stream.at;
}

int xlat_uart_restore(struct xlat_uart *uart, const void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};

	if (size != xlat_uart_save(uart, NULL, 0) || xlat__stream_number(&stream, 8, 0) != MAGIC)
		return -EINVAL;
	lock(uart);
	walk_state(uart, &stream);
	drive(uart);
	unlock(uart);
	return 0;
}
