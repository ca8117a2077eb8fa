/* SPDX-License-Identifier: BSD-3-Clause */
/* A guest with TCEs: its vCPU is halted in the hypercall that unmaps. */
#include "test.h"
#include "driven.h"

#include <xlat/tce_adapter.h>

#include <stdlib.h>

#define LIOBN UINT64_C(0x80000000)

struct guest {
	struct driven driven;
	struct xlat_tce_adapter *adapter;
	struct xlat_tce_wait wait;
	bool halted; /* atomic */
};

static struct guest *guest_of(struct driven *driven)
{
	return (struct guest *)(void *)driven;
}

static void resume(struct xlat_tce_wait *wait)
{
	struct guest *guest = wait->opaque;

	__atomic_store_n(&guest->halted, false, __ATOMIC_RELEASE);
}

static void create(struct driven *driven)
{
	struct guest *guest = guest_of(driven);

	assert_int_equal(xlat_tce_adapter_create(XLAT_CONFIG(xlat_tce_adapter_config,
							     .memory = driven->memory),
						 &guest->adapter),
			 0);
	driven->iommu = xlat_tce_adapter_iommu(guest->adapter);
	guest->wait.resume = resume;
	guest->wait.opaque = guest;
}

static void destroy(struct driven *driven)
{
	struct guest *guest = guest_of(driven);

	if (guest->halted)
		xlat_tce_wait_cancel(&guest->wait);
	xlat_tce_adapter_destroy(guest->adapter);
}

static void put(struct guest *guest, unsigned page, uint64_t value)
{
	struct xlat_tce_call call = {.function = XLAT_TCE_H_PUT_TCE,
				     .arguments = {LIOBN, driven_iova(&guest->driven, page),
						   value}};

	__atomic_store_n(&guest->halted, true, __ATOMIC_RELAXED);
	if (xlat_tce_adapter_call(guest->adapter, &call, &guest->wait))
		__atomic_store_n(&guest->halted, false, __ATOMIC_RELAXED);
	assert_int_equal(call.status, XLAT_TCE_H_SUCCESS);
}

static void map(struct driven *driven, unsigned page, uint64_t address)
{
	struct guest *guest = guest_of(driven);
	bool halted = guest->halted;

	/* By another vCPU, if the first one is halted: it ends nothing, and does not wait. */
	put(guest, page, address | XLAT_TCE_READ | XLAT_TCE_WRITE);
	assert_false(guest->halted);
	guest->halted = halted;
}

static void unmap(struct driven *driven, unsigned page)
{
	put(guest_of(driven), page, 0);
}

static bool over(struct driven *driven)
{
	return !__atomic_load_n(&guest_of(driven)->halted, __ATOMIC_ACQUIRE);
}

static void save_and_restore(struct driven *driven)
{
	struct xlat_tce *tce = xlat_tce_adapter_model(guest_of(driven)->adapter);
	size_t size = xlat_tce_save(tce, NULL, 0);
	void *bytes = malloc(size);

	assert_non_null(bytes);
	assert_int_equal(xlat_tce_save(tce, bytes, size), size);
	assert_int_equal(xlat_tce_restore(tce, bytes, size), 0);
	free(bytes);
}

extern const struct driven_kind driven_tce;
const struct driven_kind driven_tce = {
	.name = "TCE",
	.reports = true,
	.page_shift = 12,
	.size = sizeof(struct guest),
	.create = create,
	.destroy = destroy,
	.map = map,
	.unmap = unmap,
	.over = over,
	.save_and_restore = save_and_restore,
};
