/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The recording of a real Linux machine: every access of its NVMe disk, with the addresses that its
 * IOMMU gave it, 12,734 of them, 522 of which are MSIs that pass through the same tables.
 */
#include <stdio.h>

#include <xlat/riscv_iommu.h>

#include "test.h"
#include "recording.h"
#include "toy_memory.h"

static struct recording *recording;
static struct toy_memory *memory;
static struct xlat_riscv_iommu *iommu;

static int setup(void **state)
{
	(void)state;
	recording = load_recording("linux-nvme-4k");
	memory = wrap_toy_memory(recording->ram_base, recording->ram_size, recording->ram);
	assert_int_equal(xlat_riscv_iommu_create(NULL, &toy_host, memory, &iommu), 0);
	for (size_t i = 0; i < recording->register_count; i++)
		assert_int_equal(xlat_riscv_iommu_load(iommu, recording->registers[i].offset, 8,
						       recording->registers[i].value),
				 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	xlat_riscv_iommu_destroy(iommu);
	memory->bytes = NULL;
	free_toy_memory(memory);
	free_recording(recording);
	return 0;
}

static struct xlat_riscv_iommu_request request_of(const struct recorded_access *access)
{
	return (struct xlat_riscv_iommu_request){
		.size = sizeof(struct xlat_riscv_iommu_request),
		.device_id = access->device_id,
		.iova = access->iova,
		.write = access->write,
		.length = 4,
	};
}

static bool agrees(const struct recorded_access *access,
		   const struct xlat_riscv_iommu_response *response)
{
	return response->status == XLAT_RISCV_IOMMU_SUCCESS &&
	       (response->address ^ access->page) >> 12 == 0 &&
	       (response->address & 0xfff) == (access->iova & 0xfff) &&
	       (response->rights & (access->write ? XLAT_RIGHT_W : XLAT_RIGHT_R));
}

static void every_access_of_the_recording_is_translated_as_it_was(void **state)
{
	size_t wrong = 0;

	(void)state;
	assert_int_equal(recording->access_count, 12734);
	for (size_t i = 0; i < recording->access_count; i++) {
		const struct recorded_access *access = &recording->accesses[i];
		struct xlat_riscv_iommu_request request = request_of(access);
		struct xlat_riscv_iommu_response response;

		xlat_riscv_iommu_translate(iommu, &request, &response);
		wrong += !agrees(access, &response);
	}
	assert_int_equal(wrong, 0);
}

static void peeking_gives_the_same_and_writes_nothing(void **state)
{
	unsigned swaps = memory->swaps, writes = memory->writes;
	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < recording->access_count; i++) {
		const struct recorded_access *access = &recording->accesses[i];
		struct xlat_riscv_iommu_request request = request_of(access);
		struct xlat_riscv_iommu_response response;

		xlat_riscv_iommu_peek(iommu, &request, &response);
		wrong += !agrees(access, &response);
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(memory->swaps, swaps);
	assert_int_equal(memory->writes, writes);
}

static void a_page_that_no_driver_mapped_is_a_page_fault(void **state)
{
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request),
		.device_id = 0x10,
		.iova = 0x123456000,
	};
	struct xlat_riscv_iommu_response response;

	(void)state;
	xlat_riscv_iommu_translate(iommu, &request, &response);
	assert_int_equal(response.status, XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
	assert_int_equal(response.fault.cause, 13);
	assert_int_equal(response.fault.iotval, 0x123456000);
}

static void the_walk_reads_memory_in_the_context_of_its_request(void **state)
{
	int mine;
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request),
		.device_id = 0x10,
		.iova = recording->accesses[0].iova,
		.host_context = &mine,
	};
	struct xlat_riscv_iommu_response response;

	(void)state;
	memory->last_context = NULL;
	xlat_riscv_iommu_translate(iommu, &request, &response);
	assert_ptr_equal(memory->last_context, &mine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_access_of_the_recording_is_translated_as_it_was),
		cmocka_unit_test(peeking_gives_the_same_and_writes_nothing),
		cmocka_unit_test(a_page_that_no_driver_mapped_is_a_page_fault),
		cmocka_unit_test(the_walk_reads_memory_in_the_context_of_its_request),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
