/* SPDX-License-Identifier: BSD-3-Clause */
/* Program files: whatever the bytes say, what is handed out lies in them. */
#include <stdlib.h>

#include "cli/elf_file.h"

static unsigned sum;

/* Reads all of what was handed out. */
static void touch(const struct elf_segment *segment)
{
	for (size_t i = 0; i < segment->byte_count; i += 64)
		sum += segment->bytes[i];
	if (segment->byte_count)
		sum += segment->bytes[segment->byte_count - 1];
	if (segment->byte_count > segment->length)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trouble trouble;
	struct elf elf;
	uint64_t value;

	if (init_elf(&elf, "input", data, size, &trouble) != STATUS_OK)
		return 0;
	for (unsigned i = 0; i < elf.segment_count; i++) {
		struct elf_segment segment;

		if (get_elf_segment(&elf, i, &segment, &trouble) == STATUS_OK)
			touch(&segment);
	}
	find_elf_symbol(&elf, "tohost", &value);
	find_elf_symbol(&elf, "", &value);
	return 0;
}
