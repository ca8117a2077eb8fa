/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The lists of capabilities, and those that are registers only.
 */
#include "test.h"
#include "pci_machine.h"

#include <errno.h>

struct bare {
	struct xlat_fabric *fabric;
	struct xlat_pci_function *function;
};

static void bare_init(struct bare *bare, bool conventional)
{
	assert_int_equal(xlat_fabric_create(NULL, &bare->fabric), 0);
	assert_int_equal(xlat_pci_function_create(bare->fabric,
						  XLAT_CONFIG(xlat_pci_function_config,
							      .conventional = conventional),
						  &bare->function),
			 0);
}

static void bare_finish(struct bare *bare)
{
	xlat_pci_function_destroy(bare->function);
	xlat_fabric_destroy(bare->fabric);
}

static void capabilities_are_a_list_in_the_order_they_came(void **state)
{
	struct bare bare;
	const uint8_t bytes[] = {1, 2, 3};

	(void)state;
	bare_init(&bare, true);
	assert_int_equal(config_get(bare.function, 6, 2) & 0x10, 0);
	assert_int_equal(xlat_pci_add_power_management(bare.function, 0), 0x40);
	assert_int_equal(xlat_pci_add_vendor(bare.function, 0x80, bytes, 6), 0x80);
	assert_int_equal(xlat_pci_add_vendor(bare.function, 0, bytes, 5), 0x48);
	assert_int_equal(xlat_pci_add_msi(bare.function, 0, 1), 0x50);
	assert_int_equal(config_get(bare.function, 6, 2) & 0x10, 0x10);
	assert_int_equal(config_get(bare.function, 0x34, 1), 0x40);
	assert_int_equal(config_get(bare.function, 0x40, 2), 0x8001);
	assert_int_equal(config_get(bare.function, 0x80, 4), 0x01064809);
	assert_int_equal(config_get(bare.function, 0x84, 2), 0x0302);
	assert_int_equal(config_get(bare.function, 0x48, 2), 0x5009);
	assert_int_equal(config_get(bare.function, 0x50, 2), 0x0005);
	assert_int_equal(xlat_pci_find_capability(bare.function, 5), 0x50);
	assert_int_equal(xlat_pci_find_capability(bare.function, 9), 0x80);
	assert_int_equal(xlat_pci_find_capability(bare.function, 0x11), 0);
	bare_finish(&bare);
}

static void places_that_are_none_are_refused(void **state)
{
	struct bare bare;
	const uint8_t bytes[256] = {0};

	(void)state;
	bare_init(&bare, true);
	assert_int_equal(xlat_pci_add_power_management(bare.function, 0x41), -EINVAL);
	assert_int_equal(xlat_pci_add_power_management(bare.function, 0x3c), -EINVAL);
	assert_int_equal(xlat_pci_add_power_management(bare.function, 0xfc), -EINVAL);
	assert_int_equal(xlat_pci_add_power_management(bare.function, 0x100), -EINVAL);
	assert_int_equal(xlat_pci_add_power_management(bare.function, 0x60), 0x60);
	assert_int_equal(xlat_pci_add_power_management(bare.function, 0), -EEXIST);
	assert_int_equal(xlat_pci_add_vendor(bare.function, 0x5c, bytes, 5), -EINVAL);
	assert_int_equal(xlat_pci_add_vendor(bare.function, 0, bytes, 2), -EINVAL);
	assert_int_equal(xlat_pci_add_vendor(bare.function, 0, bytes, 255), -EINVAL);
	assert_int_equal(xlat_pci_add_capability(bare.function, 0, 0, bytes, 4), -EINVAL);
	assert_int_equal(xlat_pci_add_msi(bare.function, 0, 3), -EINVAL);
	assert_int_equal(xlat_pci_add_msi(bare.function, 0, 64), -EINVAL);
	/* 256 bytes have no room for extended ones. */
	assert_int_equal(xlat_pci_add_aer(bare.function, 0), -EINVAL);
	bare_finish(&bare);
}

static void extended_capabilities_begin_at_0x100(void **state)
{
	struct bare bare;
	const uint8_t bytes[] = {0xaa, 0xbb};

	(void)state;
	bare_init(&bare, false);
	assert_int_equal(xlat_pci_add_ats(bare.function, 0x200, 32), -EINVAL);
	assert_int_equal(xlat_pci_add_ats(bare.function, 0, 32), 0x100);
	assert_int_equal(xlat_pci_add_pri(bare.function, 0x200, 64), 0x200);
	assert_int_equal(xlat_pci_add_pasid(bare.function, 0, 20, true, false), 0x108);
	assert_int_equal(xlat_pci_add_extended(bare.function, 0, 0x000b, 1, bytes, 6), 0x110);
	assert_int_equal(xlat_pci_add_extended(bare.function, 0xffc, 0x0002, 1, bytes, 8), -EINVAL);
	assert_int_equal(xlat_pci_add_extended(bare.function, 0, 0x0002, 16, bytes, 8), -EINVAL);
	assert_true(config_get(bare.function, 0x100, 4) == 0x2001000f);
	assert_true(config_get(bare.function, 0x200, 4) == 0x10810013);
	assert_true(config_get(bare.function, 0x108, 4) == 0x1101001b);
	assert_true(config_get(bare.function, 0x110, 4) == 0x0001000b);
	assert_int_equal(config_get(bare.function, 0x114, 2), 0xbbaa);
	assert_int_equal(xlat_pci_find_extended(bare.function, 0x1b), 0x108);
	assert_int_equal(xlat_pci_find_extended(bare.function, 2), 0);
	bare_finish(&bare);
}

static void ats_pri_and_pasid_are_the_guests_to_enable(void **state)
{
	struct bare bare;

	(void)state;
	bare_init(&bare, false);
	assert_int_equal(xlat_pci_add_ats(bare.function, 0, 0), -EINVAL);
	assert_int_equal(xlat_pci_add_pasid(bare.function, 0, 21, false, false), -EINVAL);
	assert_int_equal(xlat_pci_add_ats(bare.function, 0, 8), 0x100);
	assert_int_equal(xlat_pci_add_pri(bare.function, 0, 64), 0x108);
	assert_int_equal(xlat_pci_add_pasid(bare.function, 0, 16, true, true), 0x118);
	assert_false(xlat_pci_ats_enabled(bare.function));
	assert_false(xlat_pci_pri_enabled(bare.function));
	assert_false(xlat_pci_pasid_enabled(bare.function));
	config_set(bare.function, 0x106, 2, 0x8000);
	config_set(bare.function, 0x108 + 4, 2, 1);
	config_set(bare.function, 0x118 + 6, 2, 0xffff);
	assert_true(xlat_pci_ats_enabled(bare.function));
	assert_true(xlat_pci_pri_enabled(bare.function));
	assert_true(xlat_pci_pasid_enabled(bare.function));
	assert_int_equal(config_get(bare.function, 0x118 + 6, 2), 7);
	assert_int_equal(config_get(bare.function, 0x118 + 4, 2), 0x1006);
	assert_int_equal(config_get(bare.function, 0x108 + 8, 4), 64);
	/* Stopped is what Enable is not; Reset clears what was recorded. */
	assert_int_equal(config_get(bare.function, 0x108 + 6, 2), 0);
	xlat_pci_function_config_store(bare.function, 0x108 + 6, 2, 2);
	config_set(bare.function, 0x108 + 4, 2, 2);
	assert_int_equal(config_get(bare.function, 0x108 + 6, 2), 0x100);
	bare_finish(&bare);
}

static void msix_has_to_lie_in_its_bars(void **state)
{
	struct bare bare;
	struct xlat_region *region;
	struct xlat_pci_msix_config config = {
		.size = sizeof(config), .vectors = 4, .pba_offset = 0x800};

	(void)state;
	bare_init(&bare, false);
	assert_int_equal(xlat_pci_add_msix(bare.function, 0, &config), -EINVAL);
	assert_int_equal(xlat_region_create(bare.fabric,
					    XLAT_CONFIG(xlat_region_config, .length = 4096),
					    &region),
			 0);
	assert_int_equal(
		xlat_pci_function_add_bar(bare.function, 0,
					  XLAT_CONFIG(xlat_pci_bar_config, .region = region)),
		0);
	config.table_offset = 4;
	assert_int_equal(xlat_pci_add_msix(bare.function, 0, &config), -EINVAL);
	config.table_offset = 0xff0;
	assert_int_equal(xlat_pci_add_msix(bare.function, 0, &config), -EINVAL);
	config.table_offset = 0x7c8; /* its last entry over the PBA */
	assert_int_equal(xlat_pci_add_msix(bare.function, 0, &config), -EINVAL);
	config.table_offset = UINT32_MAX - 7;
	assert_int_equal(xlat_pci_add_msix(bare.function, 0, &config), -EINVAL);
	config.table_offset = 0;
	config.vectors = 2049;
	assert_int_equal(xlat_pci_add_msix(bare.function, 0, &config), -EINVAL);
	config.vectors = 4;
	config.table_bar = 6;
	assert_int_equal(xlat_pci_add_msix(bare.function, 0, &config), -EINVAL);
	config.table_bar = 0;
	assert_int_equal(xlat_pci_add_msix(bare.function, 0x42, &config), -EINVAL);
	assert_int_equal(xlat_pci_add_msix(bare.function, 0, &config), 0x40);
	assert_int_equal(xlat_pci_add_msix(bare.function, 0, &config), -EEXIST);
	assert_int_equal(config_get(bare.function, 0x42, 2), 3);
	assert_int_equal(config_get(bare.function, 0x48, 4), 0x800);
	xlat_region_unref(region);
	bare_finish(&bare);
}

static void types_of_ports_are_for_bridges(void **state)
{
	struct bare bare;

	(void)state;
	bare_init(&bare, false);
	assert_int_equal(xlat_pci_add_express(bare.function, 0, XLAT_PCI_EXPRESS_ROOT_PORT),
			 -EINVAL);
	assert_int_equal(xlat_pci_add_express(bare.function, 0, (enum xlat_pci_express_type)3),
			 -EINVAL);
	assert_int_equal(xlat_pci_add_express(bare.function, 0, XLAT_PCI_EXPRESS_INTEGRATED), 0x40);
	assert_int_equal(config_get(bare.function, 0x42, 2), 0x92);
	assert_true(config_get(bare.function, 0x44, 4) & 1 << 28);
	assert_int_equal(config_get(bare.function, 0x4c, 4), 0);
	bare_finish(&bare);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capabilities_are_a_list_in_the_order_they_came),
		cmocka_unit_test(places_that_are_none_are_refused),
		cmocka_unit_test(extended_capabilities_begin_at_0x100),
		cmocka_unit_test(ats_pri_and_pasid_are_the_guests_to_enable),
		cmocka_unit_test(msix_has_to_lie_in_its_bars),
		cmocka_unit_test(types_of_ports_are_for_bridges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
