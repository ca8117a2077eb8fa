/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The RISC-V model bound to a fabric: a device directory in the fabric's RAM whose device 5 has an
 * Sv39 table, and DMA through it.
 */
#include <xlat/dma.h>
#include <xlat/riscv_adapter.h>

#include "test.h"
#include "fixture.h"
#include "models/riscv/bits.h"

#define DIRECTORY RAM_AT
#define ROOT (RAM_AT + 0x1000)
#define MIDDLE (RAM_AT + 0x2000)
#define LEAVES (RAM_AT + 0x3000)
#define PAGE (RAM_AT + 0x8000)
#define OTHER (RAM_AT + 0x9000)
#define IOVA UINT64_C(0x4000)

#define DEVICE 5
#define PTE_RWUAD 0xd7

/* A fabric, the adapter, and a handle of the device. */
struct bound {
	struct fixture f;
	struct xlat_riscv_adapter *adapter;
	struct xlat_iommu *iommu;
	struct xlat_region *root;
	struct xlat_space *space;
	struct xlat_dma *dma;
	struct xlat_riscv_iommu_fault fault;
	struct xlat_fault refused;
	unsigned faults, refusals;
};

static void put(struct bound *b, uint64_t address, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		fixture_ram(&b->f, address)[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get(struct bound *b, uint64_t address)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value |= (uint64_t)fixture_ram(&b->f, address)[i] << (8 * i);
	return value;
}

static void map_page(struct bound *b, uint64_t iova, uint64_t page, unsigned bits)
{
	put(b, LEAVES + (iova >> 12 & 511) * 8, page >> 2 | bits);
}

static void note_fault(void *opaque, const struct xlat_riscv_iommu_fault *fault)
{
	struct bound *b = opaque;

	b->fault = *fault;
	b->faults++;
}

static void note_refused(void *opaque, const struct xlat_fault *refused)
{
	struct bound *b = opaque;

	b->refused = *refused;
	b->refusals++;
}

static void bind(struct bound *b, bool bus)
{
	struct xlat_riscv_iommu *model;

	*b = (struct bound){0};
	fixture_init(&b->f, PLAIN);
	put(b, DIRECTORY + DEVICE * 64, TC_V);
	put(b, DIRECTORY + DEVICE * 64 + 24, UINT64_C(8) << 60 | ROOT >> 12);
	put(b, ROOT, MIDDLE >> 2 | 1);
	put(b, MIDDLE, LEAVES >> 2 | 1);
	map_page(b, IOVA, PAGE, PTE_RWUAD);
	assert_int_equal(xlat_riscv_adapter_create(
				 XLAT_CONFIG(xlat_riscv_adapter_config, .memory = b->f.space,
					     .attrs = {.requester = 0xff}, .fault = note_fault,
					     .refused = note_refused, .opaque = b),
				 &b->adapter),
			 0);
	model = xlat_riscv_adapter_model(b->adapter);
	assert_int_equal(xlat_riscv_iommu_load(model, REG_DDTP, 8, DIRECTORY >> 2 | DDTP_MODE_1LVL),
			 0);
	if (bus)
		assert_int_equal(xlat_riscv_adapter_attach_bus(b->adapter, &b->iommu), 0);
	else
		assert_int_equal(xlat_riscv_adapter_attach_device(b->adapter, DEVICE, &b->iommu),
				 0);
	b->space = space_behind(b->f.fabric, b->iommu, &b->root);
	assert_int_equal(xlat_dma_create(b->space, NULL, &b->dma), 0);
}

static void unbind(struct bound *b)
{
	xlat_dma_destroy(b->dma);
	xlat_space_destroy(b->space);
	xlat_region_unref(b->root);
	xlat_iommu_destroy(b->iommu);
	xlat_riscv_adapter_destroy(b->adapter);
	fixture_finish(&b->f);
}

static void a_device_reaches_the_page_that_its_table_says(void **state)
{
	struct bound b;
	uint32_t value;

	(void)state;
	bind(&b, false);
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, IOVA + 0x10, 0x12345678), XLAT_OK);
	assert_int_equal(get(&b, PAGE + 0x10), 0x12345678);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, IOVA + 0x10, &value), XLAT_OK);
	assert_int_equal(value, 0x12345678);
	unbind(&b);
}

static void a_bus_knows_its_devices_by_their_requester_id(void **state)
{
	struct xlat_attrs device = {.requester = DEVICE}, stranger = {.requester = DEVICE + 1};
	struct bound b;

	(void)state;
	bind(&b, true);
	assert_int_equal(xlat_dma_store_le32(b.dma, device, IOVA, 1), XLAT_OK);
	assert_int_equal(xlat_dma_store_le32(b.dma, stranger, IOVA, 2), XLAT_FAULT);
	assert_int_equal(get(&b, PAGE), 1);
	assert_int_equal(b.fault.cause, CAUSE_DDT_ENTRY_NOT_VALID);
	assert_int_equal(b.fault.did, DEVICE + 1);
	unbind(&b);
}

static void a_fault_is_told_as_the_specification_records_it(void **state)
{
	struct bound b;

	(void)state;
	bind(&b, false);
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, IOVA + 0x1008, 1), XLAT_FAULT);
	assert_int_equal(b.faults, 1);
	assert_int_equal(b.fault.cause, CAUSE_WRITE_PAGE_FAULT);
	assert_int_equal(b.fault.iotval, IOVA + 0x1008);
	assert_int_equal(b.fault.did, DEVICE);
	assert_int_equal(b.refusals, 1);
	assert_int_equal(b.refused.outcome, XLAT_FAULT);
	assert_int_equal(b.refused.cause, CAUSE_WRITE_PAGE_FAULT);
	unbind(&b);
}

static void a_type_of_transaction_that_is_not_allowed_is_denied(void **state)
{
	struct xlat_attrs process = {.flags = XLAT_ATTR_PASID, .pasid = 7};
	struct bound b;

	(void)state;
	bind(&b, false);
	assert_int_equal(xlat_dma_store_le32(b.dma, process, IOVA, 1), XLAT_DENIED);
	assert_int_equal(b.fault.cause, CAUSE_TRANSACTION_TYPE_DISALLOWED);
	assert_int_equal(b.fault.pid, 7);
	unbind(&b);
}

static void a_peek_tells_no_fault_and_sets_no_bit(void **state)
{
	struct bound b;

	(void)state;
	bind(&b, false);
	put(&b, DIRECTORY + DEVICE * 64, TC_V | TC_SADE);
	map_page(&b, IOVA, PAGE, 0x17);
	assert_int_equal(xlat_dma_valid(b.dma, nobody, XLAT_WRITE,
					(struct xlat_range){IOVA + 0x1000, IOVA + 0x1000}),
			 XLAT_FAULT);
	assert_int_equal(b.faults + b.refusals, 0);
	assert_int_equal(xlat_dma_valid(b.dma, nobody, XLAT_WRITE, (struct xlat_range){IOVA, IOVA}),
			 XLAT_OK);
	assert_int_equal(get(&b, LEAVES + 4 * 8) & 0xff, 0x17);
	unbind(&b);
}

static void accessed_and_dirty_bits_are_set_in_the_fabrics_memory(void **state)
{
	struct bound b;
	uint32_t value;

	(void)state;
	bind(&b, false);
	put(&b, DIRECTORY + DEVICE * 64, TC_V | TC_SADE);
	map_page(&b, IOVA, PAGE, 0x17);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, IOVA, &value), XLAT_OK);
	assert_int_equal(get(&b, LEAVES + 4 * 8) & 0xff, 0x57);
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, IOVA, 1), XLAT_OK);
	assert_int_equal(get(&b, LEAVES + 4 * 8) & 0xff, 0xd7);
	unbind(&b);
}

static void an_invalidation_ends_what_was_cached(void **state)
{
	struct xlat_invalidation all = {.range = {0, UINT64_MAX}};
	struct bound b;
	uint32_t value;

	(void)state;
	bind(&b, false);
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, IOVA, 1), XLAT_OK);
	map_page(&b, IOVA, OTHER, PTE_RWUAD);
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, IOVA, 2), XLAT_OK);
	assert_int_equal(get(&b, PAGE), 2); /* nobody said that it had ended */
	xlat_iommu_invalidate(b.iommu, &all);
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, IOVA, 3), XLAT_OK);
	assert_int_equal(get(&b, OTHER), 3);
	map_page(&b, IOVA, OTHER, 0);
	xlat_iommu_invalidate(b.iommu, &all);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, IOVA, &value), XLAT_FAULT);
	unbind(&b);
}

static void a_page_for_reading_is_not_written(void **state)
{
	struct xlat_translation_request request = {.access = XLAT_READ, .iova = IOVA, .length = 1};
	struct xlat_translation translation;
	struct bound b;
	uint32_t value;

	(void)state;
	bind(&b, false);
	map_page(&b, IOVA, PAGE, 0x53);
	assert_int_equal(xlat_iommu_translate(b.iommu, &request, &translation), XLAT_OK);
	assert_int_equal(translation.rights, XLAT_RIGHT_R);
	assert_int_equal(translation.address, PAGE);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, IOVA, &value), XLAT_OK);
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, IOVA, 1), XLAT_FAULT);
	assert_int_equal(b.fault.cause, CAUSE_WRITE_PAGE_FAULT);
	unbind(&b);
}

static void a_huge_page_is_followed_to_its_last_byte(void **state)
{
	struct bound b;
	uint32_t value;

	(void)state;
	bind(&b, false);
	put(&b, MIDDLE + 8, 0 | PTE_RWUAD); /* 2 MiB at 0, where RAM begins at RAM_AT */
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, 0x200000 + OTHER, 9), XLAT_OK);
	assert_int_equal(get(&b, OTHER), 9);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, 0x200000 + OTHER, &value), XLAT_OK);
	assert_int_equal(value, 9);
	unbind(&b);
}

static void tables_outside_of_memory_are_an_access_fault(void **state)
{
	struct bound b;

	(void)state;
	bind(&b, false);
	put(&b, MIDDLE, NOTHING_AT >> 2 | 1);
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, IOVA, 1), XLAT_FAULT);
	assert_int_equal(b.fault.cause, CAUSE_WRITE_ACCESS_FAULT);
	unbind(&b);
}

static void the_fault_of_a_translation_request_is_told(void **state)
{
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request), .device_id = DEVICE + 1, .iova = IOVA, .length = 4};
	struct xlat_riscv_iommu_response response;
	struct bound b;

	(void)state;
	bind(&b, false);
	assert_int_equal(xlat_riscv_adapter_request_translation(b.adapter, &request, &response),
			 XLAT_OK);
	assert_int_equal(response.status, XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
	assert_int_equal(b.faults, 1);
	assert_int_equal(b.fault.cause, CAUSE_DDT_ENTRY_NOT_VALID);
	assert_int_equal(b.refusals, 0);
	unbind(&b);
}

static uint64_t tell_time(void *opaque)
{
	struct bound *b = opaque;

	return b->faults * 100;
}

static void cycles_are_counted_by_the_machines_clock(void **state)
{
	struct xlat_riscv_adapter *adapter;
	struct xlat_riscv_iommu *model;
	struct bound b;

	(void)state;
	bind(&b, false);
	assert_int_equal(xlat_riscv_adapter_create(XLAT_CONFIG(xlat_riscv_adapter_config,
							       .memory = b.f.space,
							       .clock = tell_time, .opaque = &b),
						   &adapter),
			 0);
	model = xlat_riscv_adapter_model(adapter);
	assert_int_equal(xlat_riscv_iommu_read(model, REG_IOHPMCYCLES, 8), 0);
	b.faults = 3;
	assert_int_equal(xlat_riscv_iommu_read(model, REG_IOHPMCYCLES, 8), 300);
	xlat_riscv_adapter_destroy(adapter);
	unbind(&b);
}

static void a_table_that_stalls_is_no_fault(void **state)
{
	struct bound b;

	(void)state;
	bind(&b, false);
	put(&b, MIDDLE, DEVICE_AT >> 2 | 1);
	b.f.device.answer = XLAT_RETRY;
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, IOVA, 1), XLAT_RETRY);
	assert_int_equal(b.faults, 0);
	put(&b, MIDDLE, LEAVES >> 2 | 1);
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, IOVA, 1), XLAT_OK);
	unbind(&b);
}

static void a_walk_says_that_the_iommu_asks(void **state)
{
	struct bound b;

	(void)state;
	bind(&b, false);
	put(&b, MIDDLE, DEVICE_AT >> 2 | 1);
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, IOVA, 1), XLAT_FAULT);
	assert_int_equal(b.f.device.reads, 1);
	assert_int_equal(b.f.device.last.attrs.requester, 0xff);
	unbind(&b);
}

/* The page at IOVA is an interrupt file's; the file is at RAM_AT + 0xa000, its notices go to the device. */
static void make_interrupt_file(struct bound *b)
{
	put(b, DIRECTORY + DEVICE * 64 + 32, UINT64_C(1) << 60 | OTHER >> 12);
	put(b, DIRECTORY + DEVICE * 64 + 40, 0);
	put(b, DIRECTORY + DEVICE * 64 + 48, PAGE >> 12);
	put(b, OTHER, (uint64_t)(RAM_AT + 0xa000) >> 9 << 7 | MSIPTE_M_MRIF << 1 | MSIPTE_V);
	put(b, OTHER + 8, (uint64_t)DEVICE_AT >> 12 << 10 | 0x2a);
}

static void an_msi_to_a_file_in_memory_is_pending_there_and_noticed(void **state)
{
	struct bound b;

	(void)state;
	bind(&b, false);
	make_interrupt_file(&b);
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, IOVA, 67), XLAT_OK);
	assert_int_equal(get(&b, RAM_AT + 0xa000 + 16), UINT64_C(1) << 3);
	assert_int_equal(b.f.device.writes, 1);
	assert_int_equal(b.f.device.last_value, 0x2a);
	assert_int_equal(b.faults + b.refusals, 0);
	/* Nothing was stored in the page that the second stage would have given. */
	assert_int_equal(get(&b, PAGE), 0);
	unbind(&b);
}

static void what_is_no_msi_is_refused_by_a_file_in_memory(void **state)
{
	struct bound b;
	uint32_t value;

	(void)state;
	bind(&b, false);
	make_interrupt_file(&b);
	assert_int_equal(xlat_dma_store_le64(b.dma, nobody, IOVA, 67), XLAT_DENIED);
	assert_int_equal(xlat_dma_store_le16(b.dma, nobody, IOVA, 67), XLAT_DENIED);
	assert_int_equal(xlat_dma_load_le32(b.dma, nobody, IOVA, &value), XLAT_DENIED);
	assert_int_equal(b.f.device.writes, 0);
	assert_int_equal(get(&b, RAM_AT + 0xa000 + 16), 0);
	unbind(&b);
}

static void the_adapter_lives_until_its_last_iommu_is_retired(void **state)
{
	struct bound b;

	(void)state;
	bind(&b, false);
	xlat_riscv_adapter_destroy(b.adapter);
	b.adapter = NULL;
	assert_int_equal(xlat_dma_store_le32(b.dma, nobody, IOVA, 5), XLAT_OK);
	assert_int_equal(get(&b, PAGE), 5);
	unbind(&b);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct xlat_riscv_adapter *adapter;
	struct xlat_iommu *iommu;
	struct bound b;

	(void)state;
	bind(&b, false);
	assert_int_equal(xlat_riscv_adapter_create(
				 XLAT_CONFIG(xlat_riscv_adapter_config, .memory = NULL), &adapter),
			 -22);
	assert_int_equal(xlat_riscv_adapter_attach_device(b.adapter, 1 << 24, &iommu), -22);
	unbind(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_reaches_the_page_that_its_table_says),
		cmocka_unit_test(a_bus_knows_its_devices_by_their_requester_id),
		cmocka_unit_test(a_fault_is_told_as_the_specification_records_it),
		cmocka_unit_test(a_type_of_transaction_that_is_not_allowed_is_denied),
		cmocka_unit_test(a_peek_tells_no_fault_and_sets_no_bit),
		cmocka_unit_test(accessed_and_dirty_bits_are_set_in_the_fabrics_memory),
		cmocka_unit_test(an_invalidation_ends_what_was_cached),
		cmocka_unit_test(a_page_for_reading_is_not_written),
		cmocka_unit_test(a_huge_page_is_followed_to_its_last_byte),
		cmocka_unit_test(tables_outside_of_memory_are_an_access_fault),
		cmocka_unit_test(the_fault_of_a_translation_request_is_told),
		cmocka_unit_test(cycles_are_counted_by_the_machines_clock),
		cmocka_unit_test(a_table_that_stalls_is_no_fault),
		cmocka_unit_test(a_walk_says_that_the_iommu_asks),
		cmocka_unit_test(an_msi_to_a_file_in_memory_is_pending_there_and_noticed),
		cmocka_unit_test(what_is_no_msi_is_refused_by_a_file_in_memory),
		cmocka_unit_test(the_adapter_lives_until_its_last_iommu_is_retired),
		cmocka_unit_test(what_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
