/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The real-time clock of the Goldfish platform (google,goldfish-rtc): nanoseconds since 1970, and
 * an alarm. The callbacks are called with the device's lock held: they may not use it.
 */
#ifndef XLAT_RTC_H
#define XLAT_RTC_H

#include <xlat/config.h>
#include <xlat/fabric.h>
#include <xlat/region.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_rtc;

struct xlat_rtc_config {
	size_t size; /* sizeof(struct xlat_rtc_config) */
	/* Nanoseconds since 1970 until the guest sets another time; any thread; NULL: always 0. */
	uint64_t (*clock)(void *opaque);
	/* Its interrupt; n is 0; by the thread that made it change; or NULL. */
	void (*wire)(void *opaque, unsigned n, bool level);
	void *opaque; /* given to these */
};

/* Makes one, without an alarm. Fails with -ENOMEM, or config.h's. */
XLAT_MUST_CHECK int xlat_rtc_create(struct xlat_fabric *fabric,
				    const struct xlat_rtc_config *config, struct xlat_rtc **rtc);

/* Detaches its region and gives it up; nothing is called from then on. Accepts NULL. */
void xlat_rtc_destroy(struct xlat_rtc *rtc);

/* The registers: 4 KiB, 4 bytes at a time. Valid as long as the device. */
struct xlat_region *xlat_rtc_registers(const struct xlat_rtc *rtc);

/* When the alarm goes off, by the clock of its configuration; UINT64_MAX: it does not. Any thread. */
uint64_t xlat_rtc_due(struct xlat_rtc *rtc);

/* Raises the wire of an alarm that has gone off by now. Any thread. */
void xlat_rtc_step(struct xlat_rtc *rtc);

/* As xlat_hart_save(): registers and how far it is off the clock. Any thread. */
size_t xlat_rtc_save(struct xlat_rtc *rtc, void *bytes, size_t size);

/*
 * Brings it into a state that was saved, and its wire with it. Returns 0, or -EINVAL (bytes that
 * are no such state), and then it is as it was. Any thread.
 */
XLAT_MUST_CHECK int xlat_rtc_restore(struct xlat_rtc *rtc, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
