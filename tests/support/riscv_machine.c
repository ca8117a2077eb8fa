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
	/* Messages of interrupts go where they do no harm: to the last page. */
	for (unsigned vector = 0; vector < 16; vector++)
		write64(machine, MSI_CFG_TBL + 16 * vector, MEMORY_BASE + MEMORY_SIZE - 0x1000);
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
	assert_true(machine->next <= MEMORY_BASE + MEMORY_SIZE - 0x1000);
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

uint32_t read32(struct machine *machine, unsigned offset)
{
	return (uint32_t)xlat_riscv_iommu_read(machine->iommu, offset, 4);
}

uint64_t read64(struct machine *machine, unsigned offset)
{
	return xlat_riscv_iommu_read(machine->iommu, offset, 8);
}

void write32(struct machine *machine, unsigned offset, uint32_t value)
{
	xlat_riscv_iommu_write(machine->iommu, offset, 4, value);
}

void write64(struct machine *machine, unsigned offset, uint64_t value)
{
	xlat_riscv_iommu_write(machine->iommu, offset, 8, value);
}

static uint64_t use_queue(struct machine *machine, unsigned base, unsigned csr, unsigned log2,
			  unsigned entry_size)
{
	uint64_t size = (uint64_t)entry_size << log2;
	uint64_t at = pages(machine, size > 4096 ? (unsigned)(size >> 12) : 1);

	write64(machine, base, at >> 12 << 10 | (log2 - 1));
	write32(machine, csr, 3);
	return at;
}

uint64_t use_command_queue(struct machine *machine, unsigned log2)
{
	return use_queue(machine, CQB, CQCSR, log2, 16);
}

uint64_t use_fault_queue(struct machine *machine, unsigned log2)
{
	return use_queue(machine, FQB, FQCSR, log2, 32);
}

uint64_t use_page_request_queue(struct machine *machine, unsigned log2)
{
	return use_queue(machine, PQB, PQCSR, log2, 16);
}

void queue_command(struct machine *machine, uint64_t first, uint64_t second)
{
	uint64_t cqb = read64(machine, CQB), base = cqb >> 10 << 12 & 0xffffffffffffff;
	uint32_t tail = read32(machine, CQT);

	put_word(machine, base + 16 * tail, first);
	put_word(machine, base + 16 * tail + 8, second);
	write32(machine, CQT, (tail + 1) & ((2u << (cqb & 31)) - 1));
}

void command(struct machine *machine, uint64_t first, uint64_t second)
{
	queue_command(machine, first, second);
	xlat_riscv_iommu_run(machine->iommu, SIZE_MAX);
}
