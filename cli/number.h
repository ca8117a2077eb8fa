/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Numbers as people and captures write them: decimal, or hexadecimal after 0x; nothing before or
 * behind.
 */
#ifndef XLAT_CLI_NUMBER_H
#define XLAT_CLI_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/* Reads a number of at most 64 bits; false when the text is none. */
bool parse_number(const char *text, uint64_t *number);

/*
 * Reads a device id: a number, or a PCI function as BB:DD.F or SSSS:BB:DD.F (the segment is
 * above).
 */
bool parse_device(const char *text, uint64_t *device_id);

/* "512 MiB", "4 KiB", "16 EiB"; of the closed range's length - 1, so that 2^64 can be said. */
struct size_text {
	char text[32];
};
struct size_text size_of_last(uint64_t last);

/* "00:02.0" of a device id that may be a PCI function's. */
struct function_text {
	char text[16];
};
struct function_text function_of(uint32_t device_id);

#endif
