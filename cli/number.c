/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/number.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool parse_number(const char *text, uint64_t *number)
{
	int base = text[0] == '0' && (text[1] == 'x' || text[1] == 'X') ? 16 : 10;
	const char *digits = base == 16 ? text + 2 : text;
	char *end;

	/* strtoull would take blanks, signs and a second 0x. */
	if (!(base == 16 ? isxdigit((unsigned char)digits[0])
			 : isdigit((unsigned char)digits[0])) ||
	    digits[1] == 'x' || digits[1] == 'X')
		return false;
	errno = 0;
	*number = strtoull(digits, &end, base);
	return !errno && !*end;
}

bool parse_device(const char *text, uint64_t *device_id)
{
	unsigned segment, bus, device, function;
	int end = 0;

	if (sscanf(text, "%4x:%2x:%2x.%1x%n", &segment, &bus, &device, &function, &end) == 4 &&
	    !text[end]) {
		/* all four */
	} else {
		segment = 0;
		end = 0;
		if (sscanf(text, "%2x:%2x.%1x%n", &bus, &device, &function, &end) != 3 || text[end])
			return parse_number(text, device_id);
	}
	if (device > 31 || function > 7)
		return false;
	*device_id = (uint64_t)segment << 16 | bus << 8 | device << 3 | function;
	return true;
}

struct size_text size_of_last(uint64_t last)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	uint64_t size = last + 1;
	struct size_text made;
	unsigned unit = 0;

	if (!size) {
		snprintf(made.text, sizeof(made.text), "16 EiB");
		return made;
	}
	while (size % 1024 == 0 && unit < 6) {
		size /= 1024;
		unit++;
	}
	/* An odd length is said in the unit that leaves few digits. */
	if (size >= 100000 && unit < 6) {
		double rounded = (double)size;

		while (rounded >= 1023.95 && unit < 6) {
			rounded /= 1024;
			unit++;
		}
		snprintf(made.text, sizeof(made.text), "~%.1f %s", rounded, units[unit]);
	} else {
		snprintf(made.text, sizeof(made.text), "%" PRIu64 " %s", size, units[unit]);
	}
	return made;
}

struct function_text function_of(uint32_t device_id)
{
	struct function_text made;

	if (device_id >> 16)
		snprintf(made.text, sizeof(made.text), "%04x:%02x:%02x.%x", device_id >> 16,
			 device_id >> 8 & 0xff, device_id >> 3 & 0x1f, device_id & 7);
	else
		snprintf(made.text, sizeof(made.text), "%02x:%02x.%x", device_id >> 8,
			 device_id >> 3 & 0x1f, device_id & 7);
	return made;
}
