/* SPDX-License-Identifier: BSD-3-Clause */
/* LoPAR, Logical Partitioning: the hypercalls of TCEs, their errors, and what devices then see. */
#include <xlat/tce.h>

#include "test.h"

#include <errno.h>

enum {
	PAGE = 4096,
	ENTRIES = 0x40000, /* of the default window */
	LIST_AT = 0x20000,
};

#define LIOBN UINT64_C(0x80000000)
#define REAL_LIMIT UINT64_C(0x40000000)

/* A guest: its memory, and the call that it made last. */
struct guest {
	uint8_t list[XLAT_TCE_LIST * 8];
	bool unreadable;
	struct xlat_tce *tce;
	struct xlat_tce_call call;
	struct xlat_tce_translation found;
};

static enum xlat_model_memory read_list(void *opaque, void *context, uint64_t address, void *bytes,
					size_t length, struct xlat_model_attrs attrs)
{
	const struct guest *guest = opaque;

	(void)context;
	assert_true(attrs.big_endian);
	if (guest->unreadable || address < LIST_AT ||
	    address + length > LIST_AT + sizeof(guest->list))
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	memcpy(bytes, guest->list + (address - LIST_AT), length);
	return XLAT_MODEL_MEMORY_OK;
}

static void boot_with(struct guest *guest, struct xlat_tce_config config)
{
	const struct xlat_model_host host = {.size = sizeof(host), .read = read_list};

	*guest = (struct guest){.unreadable = false};
	config.size = sizeof(config);
	config.real_limit = REAL_LIMIT;
	assert_int_equal(xlat_tce_create(&config, &host, guest, &guest->tce), 0);
}

static void boot(struct guest *guest)
{
	boot_with(guest, (struct xlat_tce_config){.size = 0});
}

static int64_t calls(struct guest *guest, uint64_t function, uint64_t a, uint64_t b, uint64_t c,
		     uint64_t d)
{
	guest->call = (struct xlat_tce_call){.function = function, .arguments = {a, b, c, d}};
	xlat_tce_call(guest->tce, &guest->call);
	return guest->call.status;
}

static int64_t puts_tce(struct guest *guest, uint64_t address, uint64_t value)
{
	return calls(guest, XLAT_TCE_H_PUT_TCE, LIOBN, address, value, 0);
}

static uint64_t gets_tce(struct guest *guest, uint64_t address)
{
	assert_int_equal(calls(guest, XLAT_TCE_H_GET_TCE, LIOBN, address, 0, 0),
			 XLAT_TCE_H_SUCCESS);
	return guest->call.result;
}

static void lists(struct guest *guest, unsigned index, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		guest->list[8 * index + i] = (uint8_t)(value >> (56 - 8 * i));
}

static void ends(const struct guest *guest, uint64_t first, uint64_t last)
{
	assert_true(guest->call.any_ended);
	assert_int_equal(guest->call.ended.first, first);
	assert_int_equal(guest->call.ended.last, last);
}

static enum xlat_outcome device(struct guest *guest, enum xlat_access access, uint64_t address)
{
	return xlat_tce_translate(guest->tce, address, access, &guest->found);
}

static void a_tce_leads_its_page_to_a_real_page(void **state)
{
	struct guest guest;

	(void)state;
	boot(&guest);
	assert_int_equal(puts_tce(&guest, 0x5000, 0x123000 | XLAT_TCE_READ | XLAT_TCE_WRITE),
			 XLAT_TCE_H_SUCCESS);
	assert_false(guest.call.any_ended);
	assert_int_equal(device(&guest, XLAT_WRITE, 0x5678), XLAT_OK);
	assert_int_equal(guest.found.page.first, 0x5000);
	assert_int_equal(guest.found.page.last, 0x5fff);
	assert_int_equal(guest.found.address, 0x123000);
	assert_int_equal(guest.found.entry, 0x123003);
	assert_int_equal(gets_tce(&guest, 0x5000), 0x123003);
	xlat_tce_destroy(guest.tce);
}

static void the_low_bits_grant_reads_and_writes(void **state)
{
	static const struct {
		unsigned bits;
		enum xlat_outcome read, write, atomic;
	} cases[] = {
		{0, XLAT_FAULT, XLAT_FAULT, XLAT_FAULT},
		{XLAT_TCE_READ, XLAT_OK, XLAT_DENIED, XLAT_DENIED},
		{XLAT_TCE_WRITE, XLAT_DENIED, XLAT_OK, XLAT_DENIED},
		{XLAT_TCE_READ | XLAT_TCE_WRITE, XLAT_OK, XLAT_OK, XLAT_OK},
	};
	struct guest guest;

	(void)state;
	boot(&guest);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(puts_tce(&guest, 0, 0x1000 | cases[i].bits), XLAT_TCE_H_SUCCESS);
		assert_int_equal(device(&guest, XLAT_READ, 0), cases[i].read);
		assert_int_equal(device(&guest, XLAT_EXEC, 0), cases[i].read);
		assert_int_equal(device(&guest, XLAT_WRITE, 0), cases[i].write);
		assert_int_equal(device(&guest, XLAT_ATOMIC, 0), cases[i].atomic);
	}
	xlat_tce_destroy(guest.tce);
}

static void an_address_outside_of_every_window_faults(void **state)
{
	struct guest guest;

	(void)state;
	boot(&guest);
	assert_int_equal(device(&guest, XLAT_READ, ENTRIES * UINT64_C(4096)), XLAT_FAULT);
	assert_int_equal(guest.found.cause, XLAT_TCE_CAUSE_NO_WINDOW);
	assert_int_equal(guest.found.page.first, ENTRIES * UINT64_C(4096));
	assert_true(guest.found.page.last == UINT64_MAX);
	assert_int_equal(device(&guest, XLAT_READ, 0), XLAT_FAULT);
	assert_int_equal(guest.found.cause, XLAT_TCE_CAUSE_NO_ENTRY);
	xlat_tce_destroy(guest.tce);
}

static void what_a_call_replaces_has_ended(void **state)
{
	struct guest guest;

	(void)state;
	boot(&guest);
	puts_tce(&guest, 0x7000, 0x1003);
	assert_int_equal(puts_tce(&guest, 0x7000, 0x1003), XLAT_TCE_H_SUCCESS);
	assert_false(guest.call.any_ended);
	puts_tce(&guest, 0x7000, 0x1001);
	ends(&guest, 0x7000, 0x7fff);
	puts_tce(&guest, 0x7000, 0);
	ends(&guest, 0x7000, 0x7fff);
	puts_tce(&guest, 0x7000, 0x1003);
	assert_false(guest.call.any_ended);
	xlat_tce_destroy(guest.tce);
}

static void bad_arguments_are_h_parameter_and_change_nothing(void **state)
{
	static const struct {
		uint64_t liobn, address, tce;
	} cases[] = {
		{LIOBN + 5, 0, 0x1003}, /* no such LIOBN */
		{LIOBN | UINT64_C(1) << 32, 0, 0x1003},
		{LIOBN, 0x10, 0x1003}, /* not a page's address */
		{LIOBN, ENTRIES * UINT64_C(4096), 0x1003}, /* past the window */
		{LIOBN, UINT64_MAX - 0xfff, 0x1003},
		{LIOBN, 0, 0x1007}, /* reserved bits */
		{LIOBN, 0, 0x1800 | 3},
		{LIOBN, 0, REAL_LIMIT | 3}, /* above the guest's memory */
		{LIOBN, 0, UINT64_MAX & ~UINT64_C(0xffc)},
	};
	struct guest guest;

	(void)state;
	boot(&guest);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (unsigned f = 0; f < 2; f++)
			assert_int_equal(calls(&guest,
					       f ? XLAT_TCE_H_STUFF_TCE : XLAT_TCE_H_PUT_TCE,
					       cases[i].liobn, cases[i].address, cases[i].tce, 1),
					 XLAT_TCE_H_PARAMETER);
		lists(&guest, 0, cases[i].tce);
		assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE_INDIRECT, cases[i].liobn,
				       cases[i].address, LIST_AT, 1),
				 XLAT_TCE_H_PARAMETER);
		assert_false(guest.call.any_ended);
		if (cases[i].tce == 0x1003)
			assert_int_equal(calls(&guest, XLAT_TCE_H_GET_TCE, cases[i].liobn,
					       cases[i].address, 0, 0),
					 XLAT_TCE_H_PARAMETER);
	}
	assert_int_equal(gets_tce(&guest, 0), 0);
	/* The last page of the memory is still the guest's. */
	assert_int_equal(puts_tce(&guest, 0, (REAL_LIMIT - PAGE) | 3), XLAT_TCE_H_SUCCESS);
	assert_int_equal(calls(&guest, 0x24, LIOBN, 0, 0, 0), XLAT_TCE_H_FUNCTION);
	xlat_tce_destroy(guest.tce);
}

static void stuff_puts_one_tce_into_many_entries(void **state)
{
	struct guest guest;

	(void)state;
	boot(&guest);
	assert_int_equal(calls(&guest, XLAT_TCE_H_STUFF_TCE, LIOBN, 0x3000, 0x9003, 512),
			 XLAT_TCE_H_SUCCESS);
	assert_int_equal(gets_tce(&guest, 0x2000), 0);
	assert_int_equal(gets_tce(&guest, 0x3000), 0x9003);
	assert_int_equal(gets_tce(&guest, 0x3000 + 511 * PAGE), 0x9003);
	assert_int_equal(gets_tce(&guest, 0x3000 + 512 * PAGE), 0);
	puts_tce(&guest, 0x4000, 0);
	assert_int_equal(calls(&guest, XLAT_TCE_H_STUFF_TCE, LIOBN, 0x4000, 0, 3),
			 XLAT_TCE_H_SUCCESS);
	ends(&guest, 0x5000, 0x6fff);
	assert_int_equal(calls(&guest, XLAT_TCE_H_STUFF_TCE, LIOBN, 0x3000, 0, 513),
			 XLAT_TCE_H_PARAMETER);
	assert_int_equal(calls(&guest, XLAT_TCE_H_STUFF_TCE, LIOBN, 0x3000, 0, UINT64_MAX),
			 XLAT_TCE_H_PARAMETER);
	/* Not all in the window. */
	assert_int_equal(calls(&guest, XLAT_TCE_H_STUFF_TCE, LIOBN, (ENTRIES - 1) * UINT64_C(4096),
			       0x9003, 2),
			 XLAT_TCE_H_PARAMETER);
	assert_int_equal(gets_tce(&guest, (ENTRIES - 1) * UINT64_C(4096)), 0);
	assert_int_equal(calls(&guest, XLAT_TCE_H_STUFF_TCE, LIOBN, 0x3000, 0, 0),
			 XLAT_TCE_H_SUCCESS);
	xlat_tce_destroy(guest.tce);
}

static void a_list_is_big_endian_and_put_as_a_whole(void **state)
{
	struct guest guest;

	(void)state;
	boot(&guest);
	for (unsigned i = 0; i < XLAT_TCE_LIST; i++)
		lists(&guest, i, (i + 1) * UINT64_C(0x1000) | 3);
	assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE_INDIRECT, LIOBN, 0, LIST_AT,
			       XLAT_TCE_LIST),
			 XLAT_TCE_H_SUCCESS);
	for (unsigned i = 0; i < XLAT_TCE_LIST; i++)
		assert_int_equal(gets_tce(&guest, i * UINT64_C(4096)),
				 (i + 1) * UINT64_C(0x1000) | 3);
	/* The last one is bad: none is put. */
	for (unsigned i = 0; i < 20; i++)
		lists(&guest, i, 0x5003);
	lists(&guest, 20, 0x5017);
	assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE_INDIRECT, LIOBN, 0, LIST_AT, 21),
			 XLAT_TCE_H_PARAMETER);
	assert_int_equal(gets_tce(&guest, 0), 0x1003);
	xlat_tce_destroy(guest.tce);
}

static void a_bad_list_is_h_parameter(void **state)
{
	struct guest guest;

	(void)state;
	boot(&guest);
	assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE_INDIRECT, LIOBN, 0, LIST_AT + 8, 1),
			 XLAT_TCE_H_PARAMETER);
	assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE_INDIRECT, LIOBN, 0, LIST_AT, 513),
			 XLAT_TCE_H_PARAMETER);
	guest.unreadable = true;
	assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE_INDIRECT, LIOBN, 0, LIST_AT, 1),
			 XLAT_TCE_H_PARAMETER);
	assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE_INDIRECT, LIOBN, 0, LIST_AT, 0),
			 XLAT_TCE_H_SUCCESS);
	xlat_tce_destroy(guest.tce);
}

static void pages_are_of_every_size(void **state)
{
	struct guest guest;

	(void)state;
	for (uint8_t shift = 12; shift <= 34; shift++) {
		uint64_t page = UINT64_C(1) << shift;
		const struct xlat_model_host host = {.size = sizeof(host), .read = read_list};

		assert_int_equal(
			xlat_tce_create(XLAT_CONFIG(xlat_tce_config, .window = {.liobn = 7,
										.page_shift = shift,
										.first = page,
										.entries = 4}),
					&host, &guest, &guest.tce),
			0);
		assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE, 7, 3 * page, 9 * page | 1, 0),
				 XLAT_TCE_H_SUCCESS);
		assert_int_equal(device(&guest, XLAT_READ, 4 * page - 1), XLAT_OK);
		assert_int_equal(guest.found.page.first, 3 * page);
		assert_int_equal(guest.found.address, 9 * page);
		assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE, 7, 3 * page, page / 2 | 1, 0),
				 XLAT_TCE_H_PARAMETER);
		assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE, 7, 0, page | 1, 0),
				 XLAT_TCE_H_PARAMETER);
		xlat_tce_destroy(guest.tce);
	}
}

static void a_page_must_lie_in_the_memory_as_a_whole(void **state)
{
	struct guest guest = {.unreadable = true};

	(void)state;
	assert_int_equal(
		xlat_tce_create(XLAT_CONFIG(xlat_tce_config,
					    .window = {.liobn = 7, .page_shift = 16, .entries = 4},
					    .real_limit = 0x18000),
				NULL, NULL, &guest.tce),
		0);
	assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE, 7, 0, 0x10003, 0), XLAT_TCE_H_PARAMETER);
	assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE, 7, 0, 0x00003, 0), XLAT_TCE_H_SUCCESS);
	/* What grants nothing leads nowhere. */
	assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE, 7, 0, 0x10000, 0), XLAT_TCE_H_SUCCESS);
	/* There is nobody who could read a list. */
	assert_int_equal(calls(&guest, XLAT_TCE_H_PUT_TCE_INDIRECT, 7, 0, 0, 1),
			 XLAT_TCE_H_PARAMETER);
	xlat_tce_destroy(guest.tce);
}

static void a_window_that_cannot_be_is_refused(void **state)
{
	static const struct xlat_tce_window windows[] = {
		{.page_shift = 11, .entries = 1},
		{.page_shift = 35, .entries = 1},
		{.page_shift = 12, .first = 0x800, .entries = 1},
		{.page_shift = 12, .first = UINT64_MAX - 0xfff, .entries = 2},
		{.page_shift = 12, .entries = UINT64_MAX},
	};
	struct xlat_tce *tce = NULL;

	(void)state;
	for (unsigned i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
		assert_int_equal(xlat_tce_create(XLAT_CONFIG(xlat_tce_config, .window = windows[i]),
						 NULL, NULL, &tce),
				 -EINVAL);
	assert_null(tce);
	assert_int_equal(xlat_tce_create(NULL, NULL, NULL, &tce), 0);
	xlat_tce_destroy(tce);
	xlat_tce_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tce_leads_its_page_to_a_real_page),
		cmocka_unit_test(the_low_bits_grant_reads_and_writes),
		cmocka_unit_test(an_address_outside_of_every_window_faults),
		cmocka_unit_test(what_a_call_replaces_has_ended),
		cmocka_unit_test(bad_arguments_are_h_parameter_and_change_nothing),
		cmocka_unit_test(stuff_puts_one_tce_into_many_entries),
		cmocka_unit_test(a_list_is_big_endian_and_put_as_a_whole),
		cmocka_unit_test(a_bad_list_is_h_parameter),
		cmocka_unit_test(pages_are_of_every_size),
		cmocka_unit_test(a_page_must_lie_in_the_memory_as_a_whole),
		cmocka_unit_test(a_window_that_cannot_be_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
