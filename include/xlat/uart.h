/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A serial port as the National Semiconductor PC16550D has it (ns16550a), with 16 bytes of each
 * FIFO. What is sent leaves at once, so that its transmitter is always empty; what is received
 * counts as having been quiet for four characters when there is no more of it.
 *
 * The callbacks are called with the device's lock held: they may not use it.
 */
#ifndef XLAT_UART_H
#define XLAT_UART_H

#include <xlat/config.h>
#include <xlat/fabric.h>
#include <xlat/region.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_uart;

struct xlat_uart_config {
	size_t size; /* sizeof(struct xlat_uart_config) */
	/* A byte that the guest sends; by the thread that stores it; or NULL. */
	void (*send)(void *opaque, uint8_t byte);
	/* There is room again for bytes to receive; as above. */
	void (*ready)(void *opaque);
	/* Its interrupt; n is 0; by the thread that made it change; or NULL. */
	void (*wire)(void *opaque, unsigned n, bool level);
	void *opaque; /* given to all of these */
};

/* Makes one in the state after reset. Fails with -ENOMEM, or config.h's. */
XLAT_MUST_CHECK int xlat_uart_create(struct xlat_fabric *fabric,
				     const struct xlat_uart_config *config,
				     struct xlat_uart **uart);

/* Detaches its region and gives it up; nothing is called from then on. Accepts NULL. */
void xlat_uart_destroy(struct xlat_uart *uart);

/* The registers: 8 bytes, one at a time. Valid as long as the device. */
struct xlat_region *xlat_uart_registers(const struct xlat_uart *uart);

/*
 * Bytes for the guest to receive; returns how many there was room for, the first of them. Any
 * thread, but not from a callback.
 */
size_t xlat_uart_receive(struct xlat_uart *uart, const uint8_t *bytes, size_t count);

/* As xlat_hart_save(): registers and FIFO. Any thread. */
size_t xlat_uart_save(struct xlat_uart *uart, void *bytes, size_t size);

/*
 * Brings it into a state that was saved, and its wire with it. Returns 0, or -EINVAL (bytes that
 * are no such state), and then it is as it was. Any thread.
 */
XLAT_MUST_CHECK int xlat_uart_restore(struct xlat_uart *uart, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
