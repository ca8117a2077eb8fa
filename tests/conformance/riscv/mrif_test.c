/* SPDX-License-Identifier: BSD-3-Clause */
/* Advanced Interrupt Architecture, "MSI PTE, MRIF mode": MSIs stored in memory. */
#include "test.h"
#include "riscv_machine.h"

/* A device whose page 0x28000 is an interrupt file in memory. */
struct file {
	uint64_t dc, mrif, notice;
};

static struct file file(struct machine *m)
{
	struct file file = {.dc = device(m, 1), .mrif = pages(m, 1) + 512, .notice = pages(m, 1)};
	uint64_t msipt = pages(m, 1);

	put_word(m, WORD(file.dc, DC_MSIPTP), pointer(1, msipt));
	put_word(m, WORD(file.dc, DC_MSI_ADDR_PATTERN), 0x28000);
	put_word(m, msipt, file.mrif >> 9 << 7 | 1 | 1 << 1);
	put_word(m, msipt + 8, UINT64_C(1) << 60 | file.notice >> 12 << 10 | 0x23);
	return file;
}

/* A write of four bytes to an offset of the page. */
static unsigned store_at(struct machine *m, uint64_t offset, const uint8_t bytes[4],
			 unsigned length)
{
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request),
		.device_id = 1,
		.iova = 0x28000000 + offset,
		.write = true,
		.length = length,
	};

	assert_int_equal(ask(m, request), 0);
	assert_true(m->response.is_mrif);
	return xlat_riscv_iommu_store_msi(m->iommu, &request, &m->response, bytes);
}

static unsigned store_identity(struct machine *m, uint32_t identity)
{
	const uint8_t bytes[4] = {(uint8_t)identity, (uint8_t)(identity >> 8),
				  (uint8_t)(identity >> 16), (uint8_t)(identity >> 24)};

	return store_at(m, 0, bytes, 4);
}

static bool noticed(struct machine *m, const struct file *f)
{
	bool was = peek32(m->memory, f->notice) == 0x423;

	poke32(m->memory, f->notice, 0);
	return was;
}

static void an_identity_becomes_pending_and_is_noticed(void **state)
{
	static const uint32_t identities[] = {0, 1, 63, 64, 1000, 2047};
	struct machine *m = *state;
	struct file f = file(m);

	for (unsigned i = 0; i < 6; i++) {
		uint64_t at = f.mrif + identities[i] / 64 * 16;
		uint64_t before = peek64(m->memory, at);

		assert_int_equal(store_identity(m, identities[i]), XLAT_RISCV_IOMMU_SUCCESS);
		assert_true(peek64(m->memory, at) ==
			    (before | UINT64_C(1) << (identities[i] % 64)));
		assert_int_equal(peek64(m->memory, at + 8), 0);
		assert_true(noticed(m, &f));
	}
	assert_int_equal(m->memory->swaps, 6);
}

static void without_amo_mrif_it_is_read_and_written(void **state)
{
	struct machine *m = power_on(CAP_ALL & ~CAP(AMO_MRIF));
	struct file f;

	(void)state;
	use_directory(m, LVL3);
	f = file(m);
	assert_int_equal(store_identity(m, 5), XLAT_RISCV_IOMMU_SUCCESS);
	assert_int_equal(peek64(m->memory, f.mrif), 1 << 5);
	assert_int_equal(m->memory->swaps, 0);
	power_off(m);
}

static void other_writes_are_accepted_and_discarded(void **state)
{
	static const uint8_t five[4] = {5};
	struct machine *m = *state;
	struct file f = file(m);

	assert_int_equal(store_identity(m, 2048), XLAT_RISCV_IOMMU_SUCCESS);
	assert_int_equal(store_identity(m, 0x80000005), XLAT_RISCV_IOMMU_SUCCESS);
	for (unsigned bit = 2; bit < 12; bit++)
		assert_int_equal(store_at(m, 1u << bit, five, 4), XLAT_RISCV_IOMMU_SUCCESS);
	assert_false(noticed(m, &f));
	assert_int_equal(m->memory->swaps, 0);
}

static void other_sizes_are_unsupported(void **state)
{
	static const uint8_t five[4] = {5};
	struct machine *m = *state;

	file(m);
	assert_int_equal(store_at(m, 0, five, 8), XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
	assert_int_equal(store_at(m, 0, five, 2), XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
	assert_int_equal(store_at(m, 2, five, 4), XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
}

static void big_endian_identities_are_for_who_takes_them(void **state)
{
	static const uint8_t big_five[4] = {0, 0, 0, 5};
	struct machine *m =
		power_on_with((struct xlat_riscv_iommu_config){.big_endian_msis = true});
	struct file f;

	(void)state;
	use_directory(m, LVL3);
	f = file(m);
	assert_int_equal(store_at(m, 4, big_five, 4), XLAT_RISCV_IOMMU_SUCCESS);
	assert_int_equal(peek64(m->memory, f.mrif), 1 << 5);
	power_off(m);
}

static void change_file(struct toy_memory *memory, uint64_t address)
{
	poke64(memory, address, peek64(memory, address) | 2);
	memory->before_swap = NULL;
}

static void a_file_that_changes_meanwhile_loses_nothing(void **state)
{
	struct machine *m = *state;
	struct file f = file(m);

	m->memory->before_swap = change_file;
	assert_int_equal(store_identity(m, 5), XLAT_RISCV_IOMMU_SUCCESS);
	assert_int_equal(peek64(m->memory, f.mrif), 1 << 5 | 2);
	assert_int_equal(m->memory->swaps, 2);
}

static void a_file_that_cannot_be_reached_is_a_fault(void **state)
{
	struct machine *m = *state;
	struct file f = file(m);
	uint64_t fq = use_fault_queue(m, 4);

	m->memory->bad_at = f.mrif;
	m->memory->bad_length = 512;
	m->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
	assert_int_equal(store_identity(m, 5), XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
	m->memory->bad = XLAT_MODEL_MEMORY_CORRUPT;
	assert_int_equal(store_identity(m, 5), XLAT_RISCV_IOMMU_COMPLETER_ABORT);
	assert_int_equal(read32(m, FQT), 2);
	assert_true(get_word(m, fq) == (264 | UINT64_C(3) << 34 | UINT64_C(1) << 40));
	assert_int_equal(get_word(m, fq + 16), 0x28000000);
	assert_int_equal(get_word(m, fq + 32) & 0xfff, 271);
	put_word(m, WORD(f.dc, DC_TC), TC_V | TC_DTF);
	store_identity(m, 5);
	assert_int_equal(read32(m, FQT), 2);
	assert_false(noticed(m, &f));
}

/* It can be read, and not written. */
static void poison(struct toy_memory *memory, uint64_t address)
{
	memory->before_swap = NULL;
	memory->bad_at = address;
	memory->bad_length = 8;
	memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
}

static void a_file_that_cannot_be_written_is_a_fault(void **state)
{
	struct machine *m = *state;
	struct file f = file(m);
	uint64_t fq = use_fault_queue(m, 4);

	m->memory->before_swap = poison;
	assert_int_equal(store_identity(m, 5), XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
	assert_int_equal(get_word(m, fq) & 0xfff, 264);
	assert_false(noticed(m, &f));
}

static void a_notice_that_cannot_be_sent_is_a_fault(void **state)
{
	struct machine *m = *state;
	struct file f = file(m);
	uint64_t fq = use_fault_queue(m, 4);

	m->memory->bad_at = f.notice;
	m->memory->bad_length = 4;
	m->memory->bad = XLAT_MODEL_MEMORY_ACCESS_FAULT;
	assert_int_equal(store_identity(m, 5), XLAT_RISCV_IOMMU_SUCCESS);
	assert_int_equal(peek64(m->memory, f.mrif), 1 << 5);
	assert_int_equal(get_word(m, fq), 273);
	assert_int_equal(get_word(m, fq + 16), f.notice);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, power_on_setup, power_off_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_identity_becomes_pending_and_is_noticed),
		TEST(without_amo_mrif_it_is_read_and_written),
		TEST(other_writes_are_accepted_and_discarded),
		TEST(other_sizes_are_unsupported),
		TEST(big_endian_identities_are_for_who_takes_them),
		TEST(a_file_that_changes_meanwhile_loses_nothing),
		TEST(a_file_that_cannot_be_reached_is_a_fault),
		TEST(a_file_that_cannot_be_written_is_a_fault),
		TEST(a_notice_that_cannot_be_sent_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
