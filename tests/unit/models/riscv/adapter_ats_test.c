/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device that caches translations itself (PCIe ATS), through a fabric: it asks for them, makes
 * translated accesses, forgets them when it is told to, and asks for pages (PRI).
 */
#include "test.h"
#include "riscv_unit.h"
#include "models/riscv/bits.h"

#include <errno.h>

#define ATS_INVAL UINT64_C(0x004)
#define ATS_PRGR UINT64_C(0x084)
#define RID(id) ((uint64_t)(id) << 40)
#define PQ SCRATCH
#define GUEST UINT64_C(0x77000) /* a guest physical page */
#define GROUP 5

enum {
	ENTRIES = 4,
	PAYLOAD_R = 1,
	PAYLOAD_W = 2,
	PAYLOAD_LAST = 4,
};

static const struct xlat_attrs translated = {.flags = XLAT_ATTR_TRANSLATED};

/* The device: an address translation cache before a DMA handle. */
struct atc {
	struct unit *u;
	struct {
		bool valid;
		uint64_t page, address;
		unsigned rights;
	} entries[ENTRIES];
	unsigned victim;
	unsigned requests; /* made */
	bool slow; /* completes invalidations when it is told to */
	uint32_t owed; /* tags that it has not completed yet */
	unsigned responses; /* to its page requests */
	uint64_t response;
	struct xlat_riscv_iommu_response answer; /* to its last request */
};

static void forget(struct atc *atc, uint64_t address)
{
	for (unsigned i = 0; i < ENTRIES; i++)
		if (atc->entries[i].page == address >> 12)
			atc->entries[i].valid = false;
}

static bool complete(struct atc *atc)
{
	uint32_t tags = atc->owed;

	atc->owed = 0;
	return xlat_riscv_adapter_complete_invalidation(atc->u->adapter, DEVICE, tags, 1);
}

static void take_message(void *opaque, const struct xlat_model_message *message)
{
	struct atc *atc = opaque;

	assert_int_equal(message->requester, DEVICE);
	if (message->code == 5) {
		atc->responses++;
		atc->response = message->payload;
		return;
	}
	forget(atc, message->payload);
	atc->owed |= UINT32_C(1) << message->tag;
	if (!atc->slow)
		assert_false(complete(atc));
}

static enum xlat_outcome request(struct atc *atc, uint64_t iova)
{
	struct xlat_riscv_iommu_request asked = {
		.size = sizeof(asked), .device_id = DEVICE, .iova = iova, .length = 4};

	atc->requests++;
	return xlat_riscv_adapter_request_translation(atc->u->adapter, &asked, &atc->answer);
}

/* The place in the cache of an IOVA's page, asked for if it is not there; -1 if nothing is granted. */
static int find(struct atc *atc, uint64_t iova)
{
	unsigned at;

	for (unsigned i = 0; i < ENTRIES; i++)
		if (atc->entries[i].valid && atc->entries[i].page == iova >> 12)
			return (int)i;
	assert_int_equal(request(atc, iova), XLAT_OK);
	if (atc->answer.status != XLAT_RISCV_IOMMU_SUCCESS || !atc->answer.rights)
		return -1;
	at = atc->victim++ % ENTRIES;
	atc->entries[at].valid = true;
	atc->entries[at].page = iova >> 12;
	atc->entries[at].address = atc->answer.address & ~UINT64_C(0xfff);
	atc->entries[at].rights = atc->answer.rights;
	return (int)at;
}

static enum xlat_outcome write_by(struct atc *atc, uint64_t iova, uint32_t value)
{
	int at = find(atc, iova);

	if (at < 0 || !(atc->entries[at].rights & XLAT_RIGHT_W))
		return XLAT_DENIED;
	return xlat_dma_store_le32(atc->u->dma, translated,
				   atc->entries[at].address | (iova & 0xfff), value);
}

static struct atc plug_in(struct atc *atc, uint64_t tc)
{
	struct unit *u = begin(false);

	put(DIRECTORY + DEVICE * 64, TC_V | tc);
	put_command(u, IODIR_DDT, 0);
	u->take_message = take_message;
	u->take_message_opaque = atc;
	return (struct atc){.u = u};
}

static void a_device_translates_once_and_makes_translated_accesses(void **state)
{
	struct atc atc = plug_in(&atc, TC_EN_ATS);

	(void)state;
	assert_int_equal(write_by(&atc, IOVA + 8, 1), XLAT_OK);
	assert_int_equal(write_by(&atc, IOVA + 16, 2), XLAT_OK);
	assert_int_equal(write_by(&atc, NEXT + 8, 3), XLAT_OK);
	assert_int_equal(get(PAGE + 8), 1);
	assert_int_equal(get(PAGE + 16), 2);
	assert_int_equal(get(OTHER + 8), 3);
	assert_int_equal(atc.requests, 2);
	end(atc.u);
}

static void a_translated_access_is_for_devices_that_may(void **state)
{
	struct atc atc = plug_in(&atc, 0);

	(void)state;
	assert_int_equal(xlat_dma_store_le32(atc.u->dma, translated, PAGE, 1), XLAT_DENIED);
	assert_int_equal(get(FQ) & 0xfff, CAUSE_TRANSACTION_TYPE_DISALLOWED);
	assert_int_equal(get(FQ) >> 34 & 63, TTYP_TRANSLATED_WRITE);
	assert_int_equal(request(&atc, IOVA), XLAT_OK);
	assert_int_equal(atc.answer.status, XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST);
	assert_int_equal(load(atc.u, REG_FQT, 4), 2);
	assert_int_equal(get(FQ + 32) >> 34 & 63, TTYP_ATS_TRANSLATION_REQUEST);
	end(atc.u);
}

/* The sequence of a driver that unmaps a page: tables, IOTINVAL, ATS.INVAL, IOFENCE. */
static void invalidate(struct atc *atc, uint64_t iova)
{
	put_command(atc->u, IOTINVAL_VMA | AV, iova >> 12 << 10);
	put_command(atc->u, ATS_INVAL | RID(DEVICE), iova);
	put_command(atc->u, IOFENCE_C | PR_PW, 0);
}

static void a_device_forgets_what_it_is_told_to(void **state)
{
	struct atc atc = plug_in(&atc, TC_EN_ATS);

	(void)state;
	assert_int_equal(write_by(&atc, IOVA, 1), XLAT_OK);
	assert_int_equal(write_by(&atc, NEXT, 1), XLAT_OK);
	map_page(IOVA, OTHER);
	/* The IOMMU's caches are not the device's. */
	put_command(atc.u, IOTINVAL_VMA, 0);
	assert_int_equal(write_by(&atc, IOVA, 2), XLAT_OK);
	assert_int_equal(get(PAGE), 2);
	invalidate(&atc, IOVA);
	assert_true(commands_are_done(atc.u));
	assert_int_equal(write_by(&atc, IOVA, 3), XLAT_OK);
	assert_int_equal(get(OTHER), 3);
	assert_int_equal(write_by(&atc, NEXT, 4), XLAT_OK);
	assert_int_equal(atc.requests, 3);
	unmap_page(IOVA);
	invalidate(&atc, IOVA);
	assert_int_equal(write_by(&atc, IOVA, 5), XLAT_DENIED);
	assert_int_equal(atc.answer.status, XLAT_RISCV_IOMMU_SUCCESS);
	end(atc.u);
}

static void a_fence_waits_until_the_device_has_forgotten(void **state)
{
	struct atc atc = plug_in(&atc, TC_EN_ATS);

	(void)state;
	atc.slow = true;
	invalidate(&atc, IOVA);
	invalidate(&atc, NEXT);
	(void)xlat_fabric_process(fixture.fabric);
	assert_int_equal(load(atc.u, REG_CQH, 4), 3);
	assert_false(complete(&atc));
	/* The second request is sent now, behind the first fence. */
	assert_int_equal(load(atc.u, REG_CQH, 4), 6);
	assert_false(commands_are_done(atc.u));
	assert_false(complete(&atc));
	assert_true(commands_are_done(atc.u));
	end(atc.u);
}

static void a_completion_that_nobody_waits_for_is_unexpected(void **state)
{
	struct atc atc = plug_in(&atc, TC_EN_ATS);

	(void)state;
	atc.slow = true;
	invalidate(&atc, IOVA);
	assert_true(
		xlat_riscv_adapter_complete_invalidation(atc.u->adapter, DEVICE + 1, atc.owed, 1));
	assert_false(commands_are_done(atc.u));
	assert_false(complete(&atc));
	assert_true(xlat_riscv_adapter_complete_invalidation(atc.u->adapter, DEVICE, 1, 1));
	end(atc.u);
}

static void a_device_that_never_answers_times_out(void **state)
{
	struct atc atc = plug_in(&atc, TC_EN_ATS);

	(void)state;
	atc.slow = true;
	invalidate(&atc, IOVA);
	xlat_riscv_adapter_time_out_invalidation(atc.u->adapter, atc.owed);
	assert_true(load(atc.u, REG_CQCSR, 4) & CQCSR_CMD_TO);
	assert_false(commands_are_done(atc.u));
	/* The driver knows; the fence has nothing to wait for any more. */
	store(atc.u, REG_CQCSR, 4, QCSR_EN | CQCSR_CMD_TO);
	assert_true(commands_are_done(atc.u));
	end(atc.u);
}

/* An external holder of the device's translations. */
static void keep_ticket(void *opaque, struct xlat_holder *holder,
			const struct xlat_withdrawal *withdrawal)
{
	(void)holder;
	*(uint64_t *)opaque = withdrawal->ticket;
}

static void a_holder_that_cannot_let_go_is_told_as_a_time_out(void **state)
{
	for (int error = 0; error >= -EIO; error -= EIO) {
		struct unit *u = begin(false);
		struct xlat_holder *holder;
		uint64_t ticket = 0;
		uint8_t byte;

		assert_int_equal(xlat_iommu_holder_create(u->iommu,
							  XLAT_CONFIG(xlat_holder_config,
								      .withdrawn = keep_ticket,
								      .opaque = &ticket),
							  &holder),
				 0);
		assert_int_equal(xlat_dma_load_u8(u->dma, nobody, IOVA, &byte), XLAT_OK);
		put_command(u, IOTINVAL_VMA, 0);
		put_command(u, IOFENCE_C | PR_PW, 0);
		assert_int_not_equal(ticket, 0);
		assert_false(commands_are_done(u));
		xlat_holder_settle(holder, ticket, error);
		(void)xlat_fabric_process(fixture.fabric);
		assert_int_equal(!(load(u, REG_CQCSR, 4) & CQCSR_CMD_TO), error == 0);
		assert_int_equal(commands_are_done(u), error == 0);
		xlat_holder_destroy(holder);
		end(u);
	}
	(void)state;
}

static void requests_beyond_the_tags_wait_for_one(void **state)
{
	struct atc atc = plug_in(&atc, TC_EN_ATS);

	(void)state;
	atc.slow = true;
	for (unsigned i = 0; i < 33; i++)
		put_command(atc.u, ATS_INVAL | RID(DEVICE), IOVA);
	assert_int_equal(atc.u->messages, 32);
	assert_false(commands_are_done(atc.u));
	assert_false(xlat_riscv_adapter_complete_invalidation(atc.u->adapter, DEVICE, 1 << 7, 1));
	assert_int_equal(atc.u->messages, 33);
	assert_int_equal(atc.u->message.tag, 7);
	assert_true(commands_are_done(atc.u));
	end(atc.u);
}

/* Executes a fence while the walk of a request reads its table. */
static void fence_from_within(void *opaque)
{
	struct unit *u = opaque;

	u->f->device.inside = NULL;
	put_command(u, IOTINVAL_VMA, 0);
	put_command(u, IOFENCE_C | PR_PW, 0);
}

static void a_fence_waits_for_a_request_that_reads_tables(void **state)
{
	struct atc atc = plug_in(&atc, TC_EN_ATS);

	(void)state;
	put(MIDDLE, DEVICE_AT >> 2 | 1);
	fixture.device.inside = fence_from_within;
	fixture.device.inside_opaque = atc.u;
	assert_int_equal(request(&atc, IOVA), XLAT_OK);
	assert_false(commands_are_done(atc.u));
	(void)xlat_fabric_process(fixture.fabric);
	assert_true(commands_are_done(atc.u));
	end(atc.u);
}

static void a_request_whose_table_stalls_is_made_again(void **state)
{
	struct atc atc = plug_in(&atc, TC_EN_ATS | TC_EN_PRI);
	struct xlat_riscv_iommu_page_request wanted = {.device_id = DEVICE, .payload = PAYLOAD_R};

	(void)state;
	put(MIDDLE, DEVICE_AT >> 2 | 1);
	fixture.device.answer = XLAT_RETRY;
	assert_int_equal(request(&atc, IOVA), XLAT_RETRY);
	store(atc.u, REG_DDTP, 8, DEVICE_AT >> 2 | DDTP_MODE_1LVL);
	assert_int_equal(xlat_riscv_adapter_request_page(atc.u->adapter, &wanted), XLAT_RETRY);
	assert_int_equal(load(atc.u, REG_FQT, 4), 0);
	end(atc.u);
}

static void a_page_is_asked_for_and_granted(void **state)
{
	struct atc atc = plug_in(&atc, TC_EN_ATS | TC_EN_PRI);
	struct xlat_riscv_iommu_page_request wanted = {
		.device_id = DEVICE,
		.payload = IOVA | GROUP << 3 | PAYLOAD_LAST | PAYLOAD_R | PAYLOAD_W,
	};

	(void)state;
	store(atc.u, REG_PQB, 8, PQ >> 12 << 10 | 5);
	store(atc.u, REG_PQCSR, 4, QCSR_EN | QCSR_IE);
	unmap_page(IOVA);
	assert_int_equal(write_by(&atc, IOVA, 1), XLAT_DENIED);
	assert_int_equal(xlat_riscv_adapter_request_page(atc.u->adapter, &wanted), XLAT_OK);
	assert_int_equal(load(atc.u, REG_PQT, 4), 1);
	assert_int_equal(get(PQ) >> 40, DEVICE);
	assert_int_equal(get(PQ + 8), wanted.payload);
	/* The driver maps the page and answers. */
	map_page(IOVA, PAGE);
	store(atc.u, REG_PQH, 4, 1);
	put_command(atc.u, ATS_PRGR | RID(DEVICE), (uint64_t)GROUP << 32);
	assert_int_equal(atc.responses, 1);
	assert_int_equal(atc.response, (uint64_t)GROUP << 32);
	assert_int_equal(write_by(&atc, IOVA, 1), XLAT_OK);
	assert_int_equal(get(PAGE), 1);
	end(atc.u);
}

static void a_page_that_may_not_be_asked_for_is_answered(void **state)
{
	struct atc atc = plug_in(&atc, TC_EN_ATS);
	struct xlat_riscv_iommu_page_request wanted = {
		.device_id = DEVICE, .payload = IOVA | GROUP << 3 | PAYLOAD_LAST | PAYLOAD_R};

	(void)state;
	assert_int_equal(xlat_riscv_adapter_request_page(atc.u->adapter, &wanted), XLAT_OK);
	assert_int_equal(atc.responses, 1);
	assert_int_equal(atc.response >> 32 & 0x1ff, GROUP);
	assert_int_equal(atc.response >> 44, 1); /* Invalid Request */
	end(atc.u);
}

/* 2.1.3.1 T2GPA: the device keeps guest addresses, which the second stage translates again. */
static void a_device_that_is_not_trusted_keeps_guest_addresses(void **state)
{
	struct atc atc = plug_in(&atc, TC_EN_ATS | TC_T2GPA);
	uint64_t root = RAM_AT + 0x10000, middle = RAM_AT + 0x14000, leaves = RAM_AT + 0x15000;
	uint64_t guest = leaves + (GUEST >> 12) * 8;

	(void)state;
	/* Every page of the machine for itself, and GUEST; in guest physical memory. */
	put(root, middle >> 2 | 1);
	put(middle, leaves >> 2 | 1);
	for (uint64_t page = RAM_AT; page < RAM_AT + 0x10000; page += 0x1000)
		put(leaves + (page >> 12) * 8, page >> 2 | RWUAD);
	put(guest, PAGE >> 2 | RWUAD);
	map_page(IOVA, GUEST);
	put(DIRECTORY + DEVICE * 64 + 8, UINT64_C(8) << 60 | UINT64_C(3) << 44 | root >> 12);
	put_command(atc.u, IODIR_DDT, 0);
	assert_int_equal(write_by(&atc, IOVA + 4, 1), XLAT_OK);
	assert_int_equal(atc.answer.address, GUEST + 4);
	assert_int_equal(get(PAGE) >> 32, 1);
	/* The hypervisor moves the page; the device need not know. */
	put(guest, OTHER >> 2 | RWUAD);
	put_command(atc.u, UINT64_C(0x081), 0); /* IOTINVAL.GVMA */
	assert_int_equal(write_by(&atc, IOVA + 4, 2), XLAT_OK);
	assert_int_equal(get(OTHER) >> 32, 2);
	/* An address that the guest never gave it. */
	assert_int_equal(xlat_dma_store_le32(atc.u->dma, translated, GUEST + 0x1000, 3),
			 XLAT_FAULT);
	assert_int_equal(atc.requests, 1);
	end(atc.u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_translates_once_and_makes_translated_accesses),
		cmocka_unit_test(a_translated_access_is_for_devices_that_may),
		cmocka_unit_test(a_device_forgets_what_it_is_told_to),
		cmocka_unit_test(a_fence_waits_until_the_device_has_forgotten),
		cmocka_unit_test(a_completion_that_nobody_waits_for_is_unexpected),
		cmocka_unit_test(a_device_that_never_answers_times_out),
		cmocka_unit_test(a_holder_that_cannot_let_go_is_told_as_a_time_out),
		cmocka_unit_test(requests_beyond_the_tags_wait_for_one),
		cmocka_unit_test(a_fence_waits_for_a_request_that_reads_tables),
		cmocka_unit_test(a_request_whose_table_stalls_is_made_again),
		cmocka_unit_test(a_page_is_asked_for_and_granted),
		cmocka_unit_test(a_page_that_may_not_be_asked_for_is_answered),
		cmocka_unit_test(a_device_that_is_not_trusted_keeps_guest_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
