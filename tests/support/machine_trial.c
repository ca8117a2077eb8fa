/* SPDX-License-Identifier: BSD-3-Clause */
#include "machine_trial.h"
#include "tiny_kernel.h"

#include <xlat/block.h>
#include <xlat/machine.h>
#include <xlat/nvme.h>

#include <stdlib.h>
#include <string.h>

enum {
	MEMORY = 8 << 20,
	DISK = 1 << 20,
	TABLES = 16, /* pages where memory is stored to, from the sixth MiB on */
	TURN = 2000, /* instructions */
	REGISTERS = 8, /* a0 to a7 */
};

#define TABLES_AT (XLAT_MACHINE_RAM + 0x600000)

struct machine_trial {
	struct choices choices;
	struct xlat_machine *machine;
	struct xlat_block *block;
	struct xlat_nvme *nvme;
	uint64_t printed; /* bytes */
};

static void count(void *opaque, const uint8_t *bytes, size_t count)
{
	struct machine_trial *trial = opaque;

	/* All of it can be read. */
	for (size_t i = 0; i < count; i++)
		trial->printed += bytes[i] != 0;
}

static bool attach_disk(struct machine_trial *trial)
{
	struct xlat_nvme_namespace namespace = {0};

	if (xlat_block_create(XLAT_CONFIG(xlat_block_config, .length = DISK), &trial->block))
		return false;
	namespace.block = trial->block;
	return xlat_nvme_create(xlat_machine_fabric(trial->machine),
				XLAT_CONFIG(xlat_nvme_config, .namespaces = &namespace,
					    .namespace_count = 1, .queues = 2, .entries = 16),
				&trial->nvme) == 0 &&
	       xlat_pci_function_attach(xlat_machine_pci(trial->machine), XLAT_PCI_DEVFN(2, 0),
					xlat_nvme_function(trial->nvme)) == 0;
}

/* The first hart makes the SBI calls that it is given the registers for; others wait to be started. */
static bool boot(struct machine_trial *trial)
{
	struct tiny_kernel kernel;

	tiny_kernel_init(&kernel);
	emit(&kernel, 0x73); /* ecall */
	emit(&kernel, WFI_WORD);
	emit(&kernel, 0xff9ff06f); /* j -8 */
	return xlat_machine_boot(trial->machine,
				 XLAT_CONFIG(xlat_machine_boot, .kernel = kernel.bytes,
					     .kernel_length = TINY_KERNEL_LENGTH)) == 0;
}

static void destroy(void *opaque)
{
	struct machine_trial *trial = opaque;

	xlat_nvme_destroy(trial->nvme);
	xlat_machine_destroy(trial->machine);
	xlat_block_destroy(trial->block);
	free(trial);
}

static void *create(struct choices choices)
{
	struct machine_trial *trial = calloc(1, sizeof(*trial));
	struct xlat_machine_config config = {.size = sizeof(config), .memory = MEMORY};

	if (!trial)
		return NULL;
	trial->choices = choices;
	config.harts = 1 + choose(&choices, 2);
	config.aia = (enum xlat_machine_aia)choose(&choices, 3);
	config.iommu = choose(&choices, 4) != 0;
	config.print = count;
	config.opaque = trial;
	if (xlat_machine_create(&config, &trial->machine) || !attach_disk(trial) || !boot(trial)) {
		destroy(trial);
		return NULL;
	}
	return trial;
}

/* Where devices have their registers, and how much of it is worth a look. */
static const struct {
	uint64_t address;
	uint32_t length;
} places[] = {
	{0x100000, 16},
	{0x101000, 0x40},
	{0x2000000, 0x20},
	{0x2004000, 0x20},
	{0x200bff8, 8},
	{0x2f00000, 0x20},
	{0x3010000, 0x1000},
	{0xc000000, 0x200},
	{0xc001000, 0x20},
	{0xc002000, 0x200},
	{0xc200000, 0x4010},
	{0xd000000, 0x8000},
	{0x28000000, 0x10000},
	{0x10000000, 8},
	{0x30010000, 0x1000},
	{0x40000000, 0x2000},
	{0x400000000, 0x2000},
	{0x30000000, 0x100},
	{TABLES_AT, TABLES * 4096},
};

/* Addresses of memory and small numbers are worth more than others. */
static uint64_t choose_value(const struct choices *choices)
{
	switch (choose(choices, 6)) {
	case 0:
		return choose(choices, 256);
	case 1:
		return TABLES_AT + UINT64_C(4096) * choose(choices, TABLES);
	case 2: /* the same as a page number in an entry of a table */
		return (TABLES_AT / 4096 + choose(choices, TABLES)) << 10 | choose(choices, 1024);
	case 3:
		return UINT64_C(1) << choose(choices, 64);
	case 4:
		return 0x40000000 + choose(choices, 256) * UINT64_C(0x1000);
	default:
		return (uint64_t)choose(choices, 1u << 31) << 33 | choose(choices, 1u << 31);
	}
}

static const char *access_registers(struct machine_trial *trial, bool write)
{
	unsigned place = choose(&trial->choices, sizeof(places) / sizeof(places[0]));
	unsigned size = 1u << choose(&trial->choices, 4);
	uint64_t address = places[place].address + choose(&trial->choices, places[place].length);
	const struct xlat_attrs nobody = {0};
	enum xlat_outcome outcome;
	uint64_t value = 0;

	if (choose(&trial->choices, 8))
		address &= ~(uint64_t)(size - 1);
	if (write) {
		value = choose_value(&trial->choices);
		outcome = xlat_space_store(xlat_machine_space(trial->machine), nobody, address,
					   size, XLAT_LITTLE_ENDIAN, value);
	} else {
		outcome = xlat_space_load(xlat_machine_space(trial->machine), nobody, address, size,
					  XLAT_LITTLE_ENDIAN, &value);
	}
	return outcome == XLAT_PENDING ? "a device kept a synchronous access waiting" : NULL;
}

static const char *call_sbi(struct machine_trial *trial)
{
	static const int32_t extensions[] = {0,	      1,	  2,	   0x10,    SBI_TIME,
					     SBI_IPI, SBI_RFENCE, SBI_HSM, SBI_DBCN};
	struct xlat_hart *hart = xlat_machine_hart(trial->machine, 0);

	for (unsigned i = 0; i < REGISTERS - 1; i++)
		xlat_hart_set_register(hart, A0 + i, choose_value(&trial->choices));
	xlat_hart_set_register(hart, A6, choose(&trial->choices, 8));
	xlat_hart_set_register(
		hart, A7,
		(uint64_t)extensions[choose(&trial->choices,
					    sizeof(extensions) / sizeof(extensions[0]))]);
	/* Another one may have been started where there is no code. */
	xlat_hart_set_pc(hart, XLAT_MACHINE_RAM + 0x200000 + 64);
	xlat_hart_set_mode(hart, XLAT_HART_SUPERVISOR);
	return NULL;
}

static const char *step(void *opaque)
{
	struct machine_trial *trial = opaque;
	uint8_t typed[16];

	switch (choose(&trial->choices, 16)) {
	case 0:
		return call_sbi(trial);
	case 1:
		(void)xlat_machine_run(trial->machine, TURN);
		return NULL;
	case 2:
		memset(typed, (int)choose(&trial->choices, 256), sizeof(typed));
		(void)xlat_machine_type(trial->machine, typed,
					choose(&trial->choices, sizeof(typed) + 1));
		return NULL;
	case 3:
		(void)xlat_nvme_process(trial->nvme);
		return NULL;
	case 4:
	case 5:
	case 6:
		return access_registers(trial, false);
	default:
		return access_registers(trial, true);
	}
}

const struct trial_kind machine_trial = {.create = create, .step = step, .destroy = destroy};
