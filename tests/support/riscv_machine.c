/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>

#include "test.h"
#include "riscv_machine.h"

static unsigned dc_size(const struct machine *machine)
{
	return machine->capabilities & CAP(MSI_FLAT) ? 64 : 32;
}

struct machine *power_on_with(struct xlat_riscv_iommu_config config)
{
	struct machine *machine = calloc(1, sizeof(*machine));

	config.size = sizeof(config);
	if (!config.capabilities)
		config.capabilities = CAP_ALL;
	machine->capabilities = config.capabilities;
	machine->memory = make_toy_memory(MEMORY_BASE, MEMORY_SIZE);
	machine->next = MEMORY_BASE;
	assert_int_equal(
		xlat_riscv_iommu_create(&config, &toy_host, machine->memory, &machine->iommu), 0);
	return machine;
}

struct machine *power_on(uint64_t capabilities)
{
	return power_on_with((struct xlat_riscv_iommu_config){.capabilities = capabilities});
}

void power_off(struct machine *machine)
{
	xlat_riscv_iommu_destroy(machine->iommu);
	free_toy_memory(machine->memory);
	free(machine);
}

int power_on_setup(void **state)
{
	struct machine *machine = power_on(0);

	use_directory(machine, LVL3);
	*state = machine;
	return 0;
}

int power_off_teardown(void **state)
{
	power_off(*state);
	return 0;
}

uint64_t pages(struct machine *machine, unsigned count)
{
	uint64_t size = (uint64_t)count << 12;
	uint64_t address = (machine->next + size - 1) & ~(size - 1);

	machine->next = address + size;
	assert_true(machine->next <= MEMORY_BASE + MEMORY_SIZE);
	return address;
}

void put_word(struct machine *machine, uint64_t address, uint64_t value)
{
	if (machine->big_endian)
		poke64_be(machine->memory, address, value);
	else
		poke64(machine->memory, address, value);
}

uint64_t get_word(struct machine *machine, uint64_t address)
{
	uint64_t value = peek64(machine->memory, address);

	return machine->big_endian ? __builtin_bswap64(value) : value;
}

void use_directory(struct machine *machine, unsigned mode)
{
	machine->ddtp = pages(machine, 1) >> 12 << 10 | mode;
	assert_int_equal(xlat_riscv_iommu_load(machine->iommu, 16, 8, machine->ddtp), 0);
}

static unsigned ddi(const struct machine *machine, uint32_t device_id, unsigned level)
{
	unsigned leaf_bits = machine->capabilities & CAP(MSI_FLAT) ? 6 : 7;

	if (level == 0)
		return device_id & ((1u << leaf_bits) - 1);
	return device_id >> (leaf_bits + 9 * (level - 1)) & 0x1ff;
}

uint64_t directory_entry(struct machine *machine, uint32_t device_id, unsigned level)
{
	uint64_t at, table = machine->ddtp >> 10 << 12;

	for (unsigned i = (machine->ddtp & 15) - LVL1;; i--) {
		at = table + 8 * ddi(machine, device_id, i);
		if (i == level)
			return at;
		table = get_word(machine, at) >> 10 << 12;
	}
}

uint64_t device(struct machine *machine, uint32_t device_id)
{
	uint64_t table = machine->ddtp >> 10 << 12, context;

	for (unsigned i = (machine->ddtp & 15) - LVL1; i > 0; i--) {
		uint64_t at = table + 8 * ddi(machine, device_id, i);

		if (!(get_word(machine, at) & 1))
			put_word(machine, at, pages(machine, 1) >> 12 << 10 | 1);
		table = get_word(machine, at) >> 10 << 12;
	}
	context = table + (uint64_t)dc_size(machine) * ddi(machine, device_id, 0);
	put_word(machine, WORD(context, DC_TC), TC_V);
	return context;
}

uint64_t pointer(unsigned mode, uint64_t address)
{
	return (uint64_t)mode << 60 | address >> 12;
}

uint64_t process(struct machine *machine, uint64_t context, unsigned mode, uint32_t process_id)
{
	unsigned pdi[3] = {process_id & 0xff, process_id >> 8 & 0x1ff, process_id >> 17};
	uint64_t table;

	if (!get_word(machine, WORD(context, DC_FSC)))
		put_word(machine, WORD(context, DC_FSC), pointer(mode, pages(machine, 1)));
	put_word(machine, WORD(context, DC_TC), get_word(machine, WORD(context, DC_TC)) | TC_PDTV);
	table = get_word(machine, WORD(context, DC_FSC)) << 12 & 0xffffffffffffff;
	for (unsigned i = mode - PD8; i > 0; i--) {
		uint64_t at = table + 8 * pdi[i];

		if (!(get_word(machine, at) & 1))
			put_word(machine, at, pages(machine, 1) >> 12 << 10 | 1);
		table = get_word(machine, at) >> 10 << 12;
	}
	context = table + 16 * pdi[0];
	put_word(machine, context, 1);
	return context;
}

struct tables table(struct machine *machine, unsigned format)
{
	bool second = table_formats[format].second;
	uint64_t root = pages(machine, second ? 16 : 8);

	/* The tables take what follows the root. */
	return begin_tables(&table_formats[format], machine->memory, root);
}

unsigned ask(struct machine *machine, struct xlat_riscv_iommu_request request)
{
	memset(&machine->response, 0xa5, sizeof(machine->response));
	xlat_riscv_iommu_translate(machine->iommu, &request, &machine->response);
	return machine->response.fault.cause;
}
