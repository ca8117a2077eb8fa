/* SPDX-License-Identifier: BSD-3-Clause */
/* TCEs in a fabric: a hypercall that ends what a device uses does not return until it does not. */
#include <xlat/dma.h>
#include <xlat/implement/holder.h>
#include <xlat/tce_adapter.h>

#include "test.h"
#include "fixture.h"

#include <errno.h>

#define LIOBN 0x80000000
#define BUS UINT64_C(0x4000)
#define PAGE (RAM_AT + 0x8000)
#define OTHER (RAM_AT + 0x9000)
#define LIST (RAM_AT + 0x1000)

struct bound {
	struct fixture f;
	struct xlat_tce_adapter *adapter;
	struct xlat_region *root;
	struct xlat_space *bus;
	struct xlat_dma *dma;
	struct xlat_tce_call call;
	struct xlat_fault fault;
};

/* A vCPU that is halted in a hypercall. */
struct vcpu {
	struct xlat_tce_wait wait;
	unsigned resumed;
};

static void resume(struct xlat_tce_wait *wait)
{
	struct vcpu *vcpu = wait->opaque;

	vcpu->resumed++;
}

static void note_fault(void *opaque, const struct xlat_fault *fault)
{
	struct bound *b = opaque;

	b->fault = *fault;
}

static void bind(struct bound *b)
{
	*b = (struct bound){.adapter = NULL};
	fixture_init(&b->f, PLAIN);
	assert_int_equal(xlat_tce_adapter_create(XLAT_CONFIG(xlat_tce_adapter_config,
							     .memory = b->f.space,
							     .fault = note_fault, .opaque = b),
						 &b->adapter),
			 0);
	b->bus = space_behind(b->f.fabric, xlat_tce_adapter_iommu(b->adapter), &b->root);
	assert_int_equal(xlat_dma_create(b->bus, NULL, &b->dma), 0);
}

static void unbind(struct bound *b)
{
	xlat_dma_destroy(b->dma);
	xlat_space_destroy(b->bus);
	xlat_region_unref(b->root);
	xlat_tce_adapter_destroy(b->adapter);
	fixture_finish(&b->f);
}

static bool puts_tce(struct bound *b, struct vcpu *vcpu, uint64_t bus, uint64_t tce)
{
	b->call = (struct xlat_tce_call){.function = XLAT_TCE_H_PUT_TCE,
					 .arguments = {LIOBN, bus, tce}};
	*vcpu = (struct vcpu){.wait = {.resume = resume, .opaque = vcpu}};
	return xlat_tce_adapter_call(b->adapter, &b->call, &vcpu->wait);
}

static enum xlat_outcome device_writes(struct bound *b, uint64_t bus)
{
	return xlat_dma_store_le32(b->dma, nobody, bus, 0x600d);
}

static void a_device_reaches_the_page_of_its_tce(void **state)
{
	struct vcpu vcpu;
	struct bound b;

	(void)state;
	bind(&b);
	assert_true(puts_tce(&b, &vcpu, BUS, PAGE | 3));
	assert_int_equal(device_writes(&b, BUS + 8), XLAT_OK);
	assert_int_equal(fixture_ram(&b.f, PAGE)[8], 0x0d);
	assert_int_equal(device_writes(&b, BUS + 0x1000), XLAT_FAULT);
	assert_int_equal(b.fault.cause, XLAT_TCE_CAUSE_NO_ENTRY);
	unbind(&b);
}

static void unmapping_what_nobody_uses_returns_at_once(void **state)
{
	struct vcpu vcpu;
	struct bound b;

	(void)state;
	bind(&b);
	assert_true(puts_tce(&b, &vcpu, BUS, PAGE | 3));
	assert_true(puts_tce(&b, &vcpu, BUS, 0));
	/* It was used, and is not any more. */
	assert_true(puts_tce(&b, &vcpu, BUS, PAGE | 3));
	assert_int_equal(device_writes(&b, BUS), XLAT_OK);
	assert_true(puts_tce(&b, &vcpu, BUS, 0));
	assert_int_equal(device_writes(&b, BUS), XLAT_FAULT);
	assert_int_equal(vcpu.resumed, 0);
	unbind(&b);
}

static void unmapping_what_a_device_has_mapped_halts_the_vcpu(void **state)
{
	struct xlat_map map;
	struct vcpu vcpu;
	struct bound b;

	(void)state;
	bind(&b);
	assert_true(puts_tce(&b, &vcpu, BUS, PAGE | 3));
	assert_int_equal(xlat_dma_map(b.dma, nobody, XLAT_WRITE, BUS, 64, &map), 0);
	assert_false(puts_tce(&b, &vcpu, BUS, OTHER | 3));
	assert_int_equal(b.call.status, XLAT_TCE_H_SUCCESS);
	xlat_fabric_process(b.f.fabric);
	assert_int_equal(vcpu.resumed, 0);
	/* What is new is there already. */
	assert_int_equal(device_writes(&b, BUS), XLAT_OK);
	assert_int_equal(fixture_ram(&b.f, OTHER)[0], 0x0d);
	assert_int_equal(xlat_dma_unmap(b.dma, &map, 64), 0);
	xlat_fabric_process(b.f.fabric);
	assert_int_equal(vcpu.resumed, 1);
	unbind(&b);
}

static void hypercalls_do_not_wait_for_one_another(void **state)
{
	struct vcpu first, second, third;
	struct xlat_map map;
	struct bound b;

	(void)state;
	bind(&b);
	assert_true(puts_tce(&b, &first, BUS, PAGE | 3));
	assert_true(puts_tce(&b, &first, BUS + 0x1000, OTHER | 3));
	assert_int_equal(device_writes(&b, BUS + 0x1000), XLAT_OK);
	assert_int_equal(xlat_dma_map(b.dma, nobody, XLAT_WRITE, BUS, 64, &map), 0);
	assert_false(puts_tce(&b, &first, BUS, 0));
	assert_true(puts_tce(&b, &second, BUS + 0x1000, 0));
	assert_true(puts_tce(&b, &third, BUS + 0x2000, PAGE | 1));
	assert_int_equal(xlat_dma_unmap(b.dma, &map, 64), 0);
	xlat_fabric_process(b.f.fabric);
	assert_int_equal(first.resumed, 1);
	unbind(&b);
}

/* A peer to whom what the endpoint maps was handed out. */
static void is_withdrawn(void *opaque, struct xlat_holder *holder,
			 const struct xlat_withdrawal *withdrawal)
{
	const int *error = opaque;

	if (*error <= 0)
		xlat_holder_settle(holder, withdrawal->ticket, *error);
}

static void a_holder_that_cannot_let_go_is_a_hardware_error(void **state)
{
	struct xlat_holder *holder;
	int error = -EIO;
	struct vcpu vcpu;
	struct bound b;

	(void)state;
	bind(&b);
	assert_int_equal(xlat_iommu_holder_create(xlat_tce_adapter_iommu(b.adapter),
						  XLAT_CONFIG(xlat_holder_config,
							      .withdrawn = is_withdrawn,
							      .opaque = &error),
						  &holder),
			 0);
	assert_true(puts_tce(&b, &vcpu, BUS, PAGE | 3));
	/* It may be told at once, or when the fabric is processed. */
	if (puts_tce(&b, &vcpu, BUS, 0)) {
		assert_int_equal(b.call.status, XLAT_TCE_H_HARDWARE);
	} else {
		xlat_fabric_process(b.f.fabric);
		assert_int_equal(vcpu.resumed, 1);
		assert_int_equal(xlat_fence_status(&vcpu.wait.fence), XLAT_FENCE_FAILED);
	}
	error = 0;
	assert_true(puts_tce(&b, &vcpu, BUS, PAGE | 3));
	if (!puts_tce(&b, &vcpu, BUS, 0))
		xlat_fabric_process(b.f.fabric);
	assert_int_equal(b.call.status, XLAT_TCE_H_SUCCESS);
	xlat_holder_destroy(holder);
	unbind(&b);
}

static void a_vcpu_that_is_reset_waits_no_more(void **state)
{
	struct xlat_map map;
	struct vcpu vcpu;
	struct bound b;

	(void)state;
	bind(&b);
	assert_true(puts_tce(&b, &vcpu, BUS, PAGE | 3));
	assert_int_equal(xlat_dma_map(b.dma, nobody, XLAT_WRITE, BUS, 64, &map), 0);
	assert_false(puts_tce(&b, &vcpu, BUS, 0));
	xlat_tce_wait_cancel(&vcpu.wait);
	assert_int_equal(xlat_dma_unmap(b.dma, &map, 64), 0);
	xlat_fabric_process(b.f.fabric);
	assert_int_equal(vcpu.resumed, 0);
	unbind(&b);
}

static void a_window_that_is_removed_in_use_halts_the_vcpu(void **state)
{
	struct xlat_tce_window_call call = {.function = XLAT_TCE_REMOVE, .liobn = LIOBN};
	struct xlat_map map;
	struct vcpu vcpu;
	struct bound b;

	(void)state;
	bind(&b);
	assert_true(puts_tce(&b, &vcpu, BUS, PAGE | 3));
	assert_int_equal(xlat_dma_map(b.dma, nobody, XLAT_WRITE, BUS, 64, &map), 0);
	assert_false(xlat_tce_adapter_window_call(b.adapter, &call, &vcpu.wait));
	assert_int_equal(call.status, XLAT_TCE_SUCCESS);
	assert_int_equal(device_writes(&b, BUS), XLAT_FAULT);
	assert_int_equal(b.fault.cause, XLAT_TCE_CAUSE_NO_WINDOW);
	assert_int_equal(xlat_dma_unmap(b.dma, &map, 64), 0);
	xlat_fabric_process(b.f.fabric);
	assert_int_equal(vcpu.resumed, 1);
	unbind(&b);
}

static void an_adapter_that_goes_resumes_who_waits_for_it(void **state)
{
	struct xlat_map map;
	struct vcpu vcpu;
	struct bound b;

	(void)state;
	bind(&b);
	assert_true(puts_tce(&b, &vcpu, BUS, PAGE | 3));
	assert_int_equal(xlat_dma_map(b.dma, nobody, XLAT_WRITE, BUS, 64, &map), 0);
	assert_false(puts_tce(&b, &vcpu, BUS, 0));
	xlat_tce_adapter_destroy(b.adapter);
	b.adapter = NULL;
	xlat_fabric_process(b.f.fabric);
	assert_int_equal(vcpu.resumed, 0);
	assert_int_equal(xlat_dma_unmap(b.dma, &map, 64), 0);
	xlat_fabric_process(b.f.fabric);
	assert_int_equal(vcpu.resumed, 1);
	unbind(&b);
}

static void a_list_is_read_from_the_guests_memory(void **state)
{
	struct xlat_tce_call call = {.function = XLAT_TCE_H_PUT_TCE_INDIRECT,
				     .arguments = {LIOBN, BUS, LIST, 2}};
	struct vcpu vcpu = {.resumed = 0};
	struct bound b;

	(void)state;
	bind(&b);
	assert_int_equal(xlat_space_store(b.f.space, nobody, LIST, 8, XLAT_BIG_ENDIAN, PAGE | 3),
			 XLAT_OK);
	assert_int_equal(xlat_space_store(b.f.space, nobody, LIST + 8, 8, XLAT_BIG_ENDIAN,
					  OTHER | 3),
			 XLAT_OK);
	assert_true(xlat_tce_adapter_call(b.adapter, &call, &vcpu.wait));
	assert_int_equal(call.status, XLAT_TCE_H_SUCCESS);
	assert_int_equal(device_writes(&b, BUS + 0x1004), XLAT_OK);
	assert_int_equal(fixture_ram(&b.f, OTHER)[4], 0x0d);
	call.arguments[2] = NOTHING_AT;
	assert_true(xlat_tce_adapter_call(b.adapter, &call, &vcpu.wait));
	assert_int_equal(call.status, XLAT_TCE_H_PARAMETER);
	unbind(&b);
}

static void an_adapter_without_memory_is_refused(void **state)
{
	struct xlat_tce_adapter *adapter = NULL;

	(void)state;
	assert_int_equal(xlat_tce_adapter_create(XLAT_CONFIG(xlat_tce_adapter_config, .name = "x"),
						 &adapter),
			 -EINVAL);
	assert_null(adapter);
	xlat_tce_adapter_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_reaches_the_page_of_its_tce),
		cmocka_unit_test(unmapping_what_nobody_uses_returns_at_once),
		cmocka_unit_test(unmapping_what_a_device_has_mapped_halts_the_vcpu),
		cmocka_unit_test(hypercalls_do_not_wait_for_one_another),
		cmocka_unit_test(a_holder_that_cannot_let_go_is_a_hardware_error),
		cmocka_unit_test(a_vcpu_that_is_reset_waits_no_more),
		cmocka_unit_test(a_window_that_is_removed_in_use_halts_the_vcpu),
		cmocka_unit_test(an_adapter_that_goes_resumes_who_waits_for_it),
		cmocka_unit_test(a_list_is_read_from_the_guests_memory),
		cmocka_unit_test(an_adapter_without_memory_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
