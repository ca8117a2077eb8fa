/* SPDX-License-Identifier: BSD-3-Clause */
/* What the IOMMUs of Sun machines are to handles, which keep more than an IOTLB does. */
#include "test.h"
#include "models/sun4m/bits.h"
#include "models/sun4u/bits.h"

#include <xlat/dma.h>
#include <xlat/fabric.h>
#include <xlat/ram.h>
#include <xlat/sun4m_adapter.h>
#include <xlat/sun4u_adapter.h>

enum {
	LENGTH = 1 << 20, /* of RAM */
	TABLE = 0x10000,
};

#define REGISTERS UINT64_C(0x10000000)
#define FIRST_4M UINT64_C(0xff000000)
#define FIRST_4U UINT64_C(0xff800000)

static const struct xlat_attrs nobody;

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory, *root;
	struct xlat_space *cpu, *bus;
	struct xlat_sun4m_adapter *sun4m;
	struct xlat_sun4u_adapter *sun4u;
	struct xlat_dma *dma;
};

static enum xlat_outcome store(struct machine *m, uint64_t address, unsigned size, uint64_t value)
{
	return xlat_space_store(m->cpu, nobody, address, size, XLAT_BIG_ENDIAN, value);
}

/* As one who cannot wait: again until it is complete. */
static void store_until_over(struct machine *m, uint64_t address, unsigned size, uint64_t value)
{
	enum xlat_outcome outcome = store(m, address, size, value);

	for (unsigned i = 0; outcome == XLAT_RETRY && i < 100; i++) {
		xlat_fabric_process(m->fabric);
		outcome = store(m, address, size, value);
	}
	assert_int_equal(outcome, XLAT_OK);
}

static void power_on(struct machine *m, bool sun4u)
{
	struct xlat_iommu *iommu;
	struct xlat_region *registers;

	*m = (struct machine){.fabric = NULL};
	assert_int_equal(xlat_fabric_create(NULL, &m->fabric), 0);
	assert_int_equal(xlat_ram_create(m->fabric, XLAT_CONFIG(xlat_ram_config, .length = LENGTH),
					 &m->ram),
			 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = m->ram, .length = LENGTH),
					    &m->memory),
			 0);
	assert_int_equal(xlat_region_create(m->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "cpu"),
					    &m->root),
			 0);
	assert_int_equal(xlat_region_attach(m->root, m->memory, 0), 0);
	assert_int_equal(xlat_space_create(m->root, "cpu", &m->cpu), 0);
	if (sun4u) {
		assert_int_equal(xlat_sun4u_adapter_create(XLAT_CONFIG(xlat_sun4u_adapter_config,
								       .memory = m->cpu),
							   &m->sun4u),
				 0);
		iommu = xlat_sun4u_adapter_iommu(m->sun4u);
		registers = xlat_sun4u_adapter_registers(m->sun4u);
	} else {
		assert_int_equal(xlat_sun4m_adapter_create(XLAT_CONFIG(xlat_sun4m_adapter_config,
								       .memory = m->cpu),
							   &m->sun4m),
				 0);
		iommu = xlat_sun4m_adapter_iommu(m->sun4m);
		registers = xlat_sun4m_adapter_registers(m->sun4m);
	}
	assert_int_equal(xlat_region_attach(m->root, registers, REGISTERS), 0);
	assert_int_equal(xlat_space_create(xlat_iommu_region(iommu), "bus", &m->bus), 0);
	assert_int_equal(xlat_dma_create(m->bus, NULL, &m->dma), 0);
	if (sun4u) {
		assert_int_equal(store(m, REGISTERS + SUN4U_TSBBASE, 8, TABLE), XLAT_OK);
		assert_int_equal(store(m, REGISTERS + SUN4U_CONTROL, 8,
				       CONTROL_DENAB | CONTROL_ENAB),
				 XLAT_OK);
	} else {
		assert_int_equal(store(m, REGISTERS + IOMMU_BASE, 4, TABLE >> 4), XLAT_OK);
		assert_int_equal(store(m, REGISTERS + IOMMU_CTRL, 4, CTRL_ENAB), XLAT_OK);
	}
}

static void power_off(struct machine *m)
{
	xlat_dma_destroy(m->dma);
	xlat_space_destroy(m->bus);
	xlat_sun4m_adapter_destroy(m->sun4m);
	xlat_sun4u_adapter_destroy(m->sun4u);
	xlat_space_destroy(m->cpu);
	xlat_region_unref(m->memory);
	xlat_region_unref(m->root);
	xlat_ram_unref(m->ram);
	xlat_fabric_destroy(m->fabric);
}

static enum xlat_outcome device_writes(struct machine *m, uint32_t requester, uint64_t address)
{
	uint8_t byte = 7;

	return xlat_dma_write(m->dma, (struct xlat_attrs){.requester = requester}, address, &byte,
			      1);
}

static void a_store_that_cannot_wait_is_to_be_made_again(void **state)
{
	struct xlat_map map;
	struct machine m;

	(void)state;
	power_on(&m, false);
	assert_int_equal(store(&m, TABLE, 4, 0x8000 | IOPTE_WRITE | IOPTE_VALID), XLAT_OK);
	assert_int_equal(xlat_dma_map(m.dma, nobody, XLAT_WRITE, FIRST_4M, 16, &map), 0);
	assert_int_equal(store(&m, TABLE, 4, 0), XLAT_OK);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(store(&m, REGISTERS + IOMMU_PGFLUSH, 4, FIRST_4M), XLAT_RETRY);
		xlat_fabric_process(m.fabric);
	}
	/* What ends nothing does not wait. */
	assert_int_equal(store(&m, REGISTERS + IOMMU_AFSR, 4, 0), XLAT_OK);
	assert_int_equal(xlat_dma_unmap(m.dma, &map, 16), 0);
	xlat_fabric_process(m.fabric);
	assert_int_equal(store(&m, REGISTERS + IOMMU_PGFLUSH, 4, FIRST_4M), XLAT_OK);
	power_off(&m);
}

static void a_requester_is_its_slot(void **state)
{
	struct machine m;

	(void)state;
	power_on(&m, false);
	assert_int_equal(device_writes(&m, 2, 0x8000), XLAT_FAULT);
	store_until_over(&m, REGISTERS + IOMMU_SBCFG0 + 8, 4, SBCFG_BYPASS);
	assert_int_equal(device_writes(&m, 2, 0x8000), XLAT_OK);
	assert_int_equal(((uint8_t *)xlat_ram_host(m.ram))[0x8000], 7);
	assert_int_equal(device_writes(&m, 1, 0x8000), XLAT_FAULT);
	assert_int_equal(device_writes(&m, 4, 0x8000), XLAT_FAULT);
	store_until_over(&m, REGISTERS + IOMMU_SBCFG0 + 8, 4, 0);
	assert_int_equal(device_writes(&m, 2, 0x8000), XLAT_FAULT);
	power_off(&m);
}

static void a_flush_ends_a_large_page_as_a_whole(void **state)
{
	struct machine m;

	(void)state;
	power_on(&m, true);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(store(&m, TABLE + i * UINT64_C(8), 8,
				       IOTTE_VALID | IOTTE_SIZE | IOTTE_WRITE | 0x80000),
				 XLAT_OK);
	assert_int_equal(device_writes(&m, 0, FIRST_4U + 0xe000), XLAT_OK);
	for (unsigned i = 0; i < 8; i++)
		assert_int_equal(store(&m, TABLE + i * UINT64_C(8), 8, 0), XLAT_OK);
	assert_int_equal(device_writes(&m, 0, FIRST_4U + 0xe000), XLAT_OK);
	store_until_over(&m, REGISTERS + SUN4U_FLUSH, 8, FIRST_4U);
	assert_int_equal(device_writes(&m, 0, FIRST_4U + 0xe000), XLAT_FAULT);
	power_off(&m);
}

static void emptying_the_iotlb_by_its_tags_ends_what_handles_keep(void **state)
{
	enum {
		PAGES = 20
	};
	struct machine m;

	(void)state;
	power_on(&m, true);
	for (unsigned i = 0; i < PAGES; i++) {
		assert_int_equal(store(&m, TABLE + i * UINT64_C(8), 8,
				       IOTTE_VALID | IOTTE_WRITE | 0x80000),
				 XLAT_OK);
		assert_int_equal(device_writes(&m, 0, FIRST_4U + i * 0x2000), XLAT_OK);
	}
	for (unsigned i = 0; i < PAGES; i++)
		assert_int_equal(store(&m, TABLE + i * UINT64_C(8), 8, 0), XLAT_OK);
	for (unsigned i = 0; i < XLAT_SUN4U_IOTLB_ENTRIES; i++)
		store_until_over(&m, REGISTERS + SUN4U_TAG + i * UINT64_C(8), 8, 0);
	for (unsigned i = 0; i < PAGES; i++)
		assert_int_equal(device_writes(&m, 0, FIRST_4U + i * 0x2000), XLAT_FAULT);
	power_off(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_store_that_cannot_wait_is_to_be_made_again),
		cmocka_unit_test(a_requester_is_its_slot),
		cmocka_unit_test(a_flush_ends_a_large_page_as_a_whole),
		cmocka_unit_test(emptying_the_iotlb_by_its_tags_ends_what_handles_keep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
