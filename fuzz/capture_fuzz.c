/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Captures: the bytes up to the first NUL are the JSON file, those behind it the RAM file. What
 * loads is walked, shown, and accessed through a fabric; RAM that is too short is taken as it is,
 * the rest zero.
 */
#include "cli/capture.h"
#include "cli/captured_machine.h"
#include "cli/walk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Larger RAM shows nothing more, and takes its time. */
#define MOST_RAM (64u << 20)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is shown is not looked at. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	return freopen("/dev/null", "w", stdout) ? 0 : 1;
}

/* Addresses of all levels of the tables, by the device and kind that the RAM's first bytes say. */
static void walk(struct capture *capture)
{
	static const uint64_t iovas[] = {0, 0x1234, 0x200000, 0x40000000, 0xffffffffffff8000};
	struct trouble trouble = {0};
	struct walk_request request = {
		.has_device = true,
		.device_id = 5,
		.has_pasid = capture->bytes[0] & 0x20,
		.pasid = capture->bytes[0] & 7,
		.access = capture->bytes[1] % 3,
	};

	for (size_t i = 0; i < sizeof(iovas) / sizeof(iovas[0]); i++) {
		request.iova = iovas[i];
		request.json = i & 1;
		(void)show_walk(capture, &request, &trouble);
	}
	/* Three levels of nothing but valid entries are 2^24 devices to look at. */
	if ((capture->registers[2] & 15) < 4) {
		request.has_device = false;
		(void)show_walk(capture, &request, &trouble);
	}
}

static void access_fabric(struct capture *capture)
{
	struct captured_machine machine;
	struct captured_device *device;
	struct trouble trouble;
	uint64_t address;

	if (init_captured_machine(&machine, capture, &trouble) != STATUS_OK)
		return;
	if (find_captured_device(&machine, 5, &device, &trouble) == STATUS_OK)
		for (uint64_t iova = 0; iova < 0x4000; iova += 0xfff) {
			(void)reach(&machine, device, false, iova, &address);
			if (reach(&machine, device, true, iova, &address) == XLAT_OK &&
			    !machine.reached_elsewhere && !xlat_range_has(capture->ram, address))
				abort();
		}
	finish_captured_machine(&machine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, 0, size), *ram = nul ? nul + 1 : data + size;
	struct trouble trouble = {0};
	struct capture capture;
	enum status status;
	FILE *file;

	if (parse_capture("folder/fuzz.json", (const char *)data, nul ? (size_t)(nul - data) : size,
			  &capture, &trouble) != STATUS_OK)
		return trouble.text[0] ? 0 : -1;
	if (capture.ram.last - capture.ram.first < MOST_RAM && ram < data + size) {
		file = fmemopen((void *)(uintptr_t)ram, (size_t)(data + size - ram), "rb");
		if (!file)
			abort();
		status = load_capture_ram(&capture, file, "fuzz.ram", &trouble);
		fclose(file);
		if (capture.bytes && (status == STATUS_OK || status == STATUS_RAM_SIZE)) {
			walk(&capture);
			access_fabric(&capture);
		}
	}
	finish_capture(&capture);
	return 0;
}
