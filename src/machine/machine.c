/* SPDX-License-Identifier: BSD-3-Clause */
/* What a machine consists of, and its life. */
#include "machine/machine.h"

#include "base/config.h"
#include "models/riscv/bits.h"

#include <errno.h>
#include <stdlib.h>

#define MEMORY_STEP UINT64_C(0x200000)
#define DEFAULT_MEMORY UINT64_C(0x20000000)
#define MOST_MEMORY (XLAT__MAP_MMIO64 - XLAT_MACHINE_RAM) /* RAM ends where BARs begin */
/*
 * Everything but Svpbmt: Linux 7.2 refuses to make page tables for an IOMMU that has it, and memory
 * has one type here.
 */
#define IOMMU_CAPABILITIES                                                                         \
	(0x10 | CAP_SV32 | CAP_SV39 | CAP_SV48 | CAP_SV57 | CAP_SVRSW60T59B | CAP_SV32X4 |         \
	 CAP_SV39X4 | CAP_SV48X4 | CAP_SV57X4 | CAP_AMO_MRIF | CAP_MSI_FLAT | CAP_MSI_MRIF |       \
	 CAP_AMO_HWAD | CAP_ATS | CAP_T2GPA | CAP_END | ((uint64_t)IGS_BOTH << 28) | CAP_HPM |     \
	 CAP_DBG | (UINT64_C(56) << 32) | CAP_PD8 | CAP_PD17 | CAP_PD20 | CAP_QOSID | CAP_NL |     \
	 CAP_S)
#define DMA_STEP UINT64_C(0x40000000)
#define DEFAULT_EPOCH UINT64_C(1767225600) /* the first second of 2026 */

enum {
	DEFAULT_INSTRUCTIONS_PER_TICK = 100,
	IOMMU_VECTORS = 4,
	IOMMU_CACHED = 4096, /* translations */
	IOMMU_CACHED_DEVICES = 256,
};

static int check_config(struct xlat_machine_config *config)
{
	if (config->memory == 0)
		config->memory = DEFAULT_MEMORY;
	if (config->harts == 0)
		config->harts = 1;
	if (config->instructions_per_tick == 0)
		config->instructions_per_tick = DEFAULT_INSTRUCTIONS_PER_TICK;
	if (config->epoch == 0)
		config->epoch = DEFAULT_EPOCH;
	if (config->memory % MEMORY_STEP || config->memory > MOST_MEMORY ||
	    config->harts > XLAT_MACHINE_HARTS || config->dma_offset % DMA_STEP ||
	    (config->dma_offset && !config->iommu) ||
	    config->dma_offset > UINT64_MAX - XLAT__MAP_MMIO64 || config->epoch > UINT32_MAX ||
	    config->aia > XLAT_MACHINE_AIA_IMSIC)
		return -EINVAL;
	return 0;
}

static int create_memory(struct xlat_machine *machine)
{
	const struct xlat_ram_config ram = {
		.size = sizeof(ram), .length = machine->config.memory, .huge_pages = true};
	struct xlat_region_config region = {.size = sizeof(region), .name = "machine"};
	int err;

	err = xlat_fabric_create(NULL, &machine->fabric);
	if (err)
		return err;
	err = xlat_ram_create(machine->fabric, &ram, &machine->ram);
	if (err)
		return err;
	err = xlat_region_create(machine->fabric, &region, &machine->root);
	if (err)
		return err;
	region.kind = XLAT_REGION_RAM;
	region.name = "ram";
	region.length = machine->config.memory;
	region.ram = machine->ram;
	err = xlat_region_create(machine->fabric, &region, &machine->ram_region);
	if (err)
		return err;
	err = xlat_region_attach(machine->root, machine->ram_region, XLAT_MACHINE_RAM);
	if (err)
		return err;
	return xlat_space_create(machine->root, "machine", &machine->space);
}

/* --- What devices tell the machine. */

static void set_context(void *opaque, unsigned context, bool level)
{
	struct xlat_machine *machine = opaque;

	xlat_hart_set_interrupt(machine->harts[context / 2].hart,
				context % 2 ? XLAT_HART_SEIP : XLAT_HART_MEIP, level);
}

static void set_external(void *opaque, unsigned hart, bool machine_level, bool level)
{
	struct xlat_machine *machine = opaque;

	xlat_hart_set_interrupt(machine->harts[hart].hart,
				machine_level ? XLAT_HART_MEIP : XLAT_HART_SEIP, level);
}

static void set_timer(void *opaque, unsigned hart, bool level)
{
	struct xlat_machine *machine = opaque;

	xlat_hart_set_interrupt(machine->harts[hart].hart, XLAT_HART_MTIP, level);
}

static void set_software(void *opaque, unsigned hart, bool level)
{
	struct xlat_machine *machine = opaque;

	xlat_hart_set_interrupt(machine->harts[hart].hart, XLAT_HART_MSIP, level);
}

static void raise_supervisor_software(void *opaque, unsigned hart, bool level)
{
	struct xlat_machine *machine = opaque;

	(void)level;
	xlat_hart_raise_software(machine->harts[hart].hart);
}

static void set_uart_wire(void *opaque, unsigned n, bool level)
{
	struct xlat_machine *machine = opaque;

	xlat_machine_set_interrupt(machine, XLAT__WIRE_UART + n, level);
}

static void set_rtc_wire(void *opaque, unsigned n, bool level)
{
	struct xlat_machine *machine = opaque;

	xlat_machine_set_interrupt(machine, XLAT__WIRE_RTC + n, level);
}

static void set_iommu_wire(void *opaque, unsigned vector, bool level)
{
	struct xlat_machine *machine = opaque;

	if (vector < IOMMU_VECTORS)
		xlat_machine_set_interrupt(machine, XLAT__WIRE_IOMMU + vector, level);
}

static void take_fault(void *opaque, const struct xlat_riscv_iommu_fault *fault)
{
	struct xlat_machine *machine = opaque;

	__atomic_fetch_add(&machine->statistics.faults, 1, __ATOMIC_RELAXED);
	if (machine->config.fault)
		machine->config.fault(machine->config.opaque, fault);
}

void xlat__machine_print(struct xlat_machine *machine, const uint8_t *bytes, size_t count)
{
	if (!machine->config.print)
		return;
	pthread_mutex_lock(&machine->threads.printing);
	machine->config.print(machine->config.opaque, bytes, count);
	pthread_mutex_unlock(&machine->threads.printing);
}

static void print_byte(void *opaque, uint8_t byte)
{
	xlat__machine_print(opaque, &byte, 1);
}

static void finish_machine(void *opaque, enum xlat_finish how, unsigned code)
{
	xlat__machine_finish(opaque,
			     how == XLAT_FINISH_PASS	? XLAT_MACHINE_POWER_OFF
			     : how == XLAT_FINISH_RESET ? XLAT_MACHINE_RESET
							: XLAT_MACHINE_FAILED,
			     code);
}

static uint64_t read_ticks(void *opaque)
{
	return xlat__machine_ticks(opaque);
}

static uint64_t read_wall_clock(void *opaque)
{
	struct xlat_machine *machine = opaque;

	return machine->config.epoch * UINT64_C(1000000000) + xlat__machine_nanoseconds(machine);
}

/* --- Devices and harts. */

static int create_aia(struct xlat_machine *machine)
{
	const struct xlat__aia_config config = {
		.messages = machine->config.aia == XLAT_MACHINE_AIA_IMSIC,
		.machine = machine->config.firmware,
		.harts = machine->config.harts,
		.sources = XLAT__WIRES,
		.aplic = XLAT__MAP_APLIC,
		.imsic = XLAT__MAP_IMSIC,
		.machine_aplic = XLAT__MAP_MACHINE_APLIC,
		.machine_imsic = XLAT__MAP_MACHINE_IMSIC,
		.space = machine->space,
		.wire = set_external,
		.opaque = machine,
	};

	return xlat__aia_create(&config, &machine->aia);
}

static int create_interrupts(struct xlat_machine *machine)
{
	int err;

	if (machine->config.aia != XLAT_MACHINE_AIA_NONE)
		err = create_aia(machine);
	else
		err = xlat_plic_create(machine->fabric,
				       XLAT_CONFIG(xlat_plic_config, .sources = XLAT__WIRES,
						   .contexts = 2 * machine->config.harts,
						   .wire = set_context, .opaque = machine),
				       &machine->plic);
	if (err)
		return err;
	return xlat_aclint_create(
		machine->fabric,
		XLAT_CONFIG(xlat_aclint_config, .harts = machine->config.harts, .clock = read_ticks,
			    .timer = set_timer, .software = set_software,
			    .supervisor_software = raise_supervisor_software, .opaque = machine),
		&machine->aclint);
}

static int create_devices(struct xlat_machine *machine)
{
	int err = create_interrupts(machine);

	if (!err)
		err = xlat_uart_create(machine->fabric,
				       XLAT_CONFIG(xlat_uart_config, .send = print_byte,
						   .wire = set_uart_wire, .opaque = machine),
				       &machine->uart);
	if (!err)
		err = xlat_rtc_create(machine->fabric,
				      XLAT_CONFIG(xlat_rtc_config, .clock = read_wall_clock,
						  .wire = set_rtc_wire, .opaque = machine),
				      &machine->rtc);
	if (!err)
		err = xlat_finisher_create(machine->fabric,
					   XLAT_CONFIG(xlat_finisher_config,
						       .finish = finish_machine, .opaque = machine),
					   &machine->finisher);
	return err;
}

static int create_iommu(struct xlat_machine *machine)
{
	const struct xlat_riscv_iommu_config model = {
		.size = sizeof(model),
		.vectors = IOMMU_VECTORS,
		.capabilities = IOMMU_CAPABILITIES,
		.cached_translations = IOMMU_CACHED,
		.cached_devices = IOMMU_CACHED_DEVICES,
	};

	return xlat_riscv_adapter_create(
		XLAT_CONFIG(xlat_riscv_adapter_config, .memory = machine->space, .model = &model,
			    .fault = take_fault, .wire = set_iommu_wire, .opaque = machine),
		&machine->iommu);
}

static int attach_devices(struct xlat_machine *machine)
{
	const struct {
		uint64_t address;
		struct xlat_region *region;
	} places[] = {
		{XLAT__MAP_FINISHER, xlat_finisher_registers(machine->finisher)},
		{XLAT__MAP_RTC, xlat_rtc_registers(machine->rtc)},
		{XLAT__MAP_CLINT, xlat_aclint_mswi(machine->aclint)},
		{XLAT__MAP_MTIMER, xlat_aclint_mtimer(machine->aclint)},
		{XLAT__MAP_SSWI, xlat_aclint_sswi(machine->aclint)},
		{XLAT__MAP_PLIC, machine->plic ? xlat_plic_registers(machine->plic) : NULL},
		{XLAT__MAP_UART, xlat_uart_registers(machine->uart)},
		{XLAT__MAP_IOMMU,
		 machine->iommu ? xlat_riscv_adapter_registers(machine->iommu) : NULL},
	};
	int err = 0;

	for (unsigned i = 0; i < sizeof(places) / sizeof(places[0]) && !err; i++)
		if (places[i].region)
			err = xlat_region_attach(machine->root, places[i].region,
						 places[i].address);
	return err;
}

static uint64_t read_time(void *opaque)
{
	struct xlat__machine_hart *hart = opaque;

	return xlat__machine_ticks(hart->machine);
}

static bool access_csr(void *opaque, struct xlat_hart *hart, struct xlat_hart_csr *csr)
{
	struct xlat__machine_hart *own = opaque;
	struct xlat__aia *aia = own->machine->aia;

	return aia && xlat__aia_csr(aia, own->index, hart, csr);
}

static void wake(void *opaque)
{
	struct xlat__machine_hart *hart = opaque;

	if (hart->machine->config.threads)
		xlat__machine_wake_hart(hart);
}

static int create_harts(struct xlat_machine *machine)
{
	for (unsigned i = 0; i < machine->config.harts; i++) {
		struct xlat__machine_hart *hart = &machine->harts[i];
		const struct xlat_hart_config config = {
			.size = sizeof(config),
			.isa = machine->config.isa,
			.id = i,
			.no_pmp = !machine->config.firmware,
			.time = read_time,
			.ecall = machine->config.firmware ? NULL : xlat__machine_sbi,
			.wake = wake,
			.csr = access_csr,
			.opaque = hart,
		};
		int err;

		hart->machine = machine;
		hart->index = i;
		hart->state = XLAT__MACHINE_OFF;
		hart->timer = UINT64_MAX;
		err = xlat_hart_create(machine->space, &config, &hart->hart);
		if (err)
			return err;
		machine->hart_count++;
	}
	return 0;
}

int xlat_machine_create(const struct xlat_machine_config *given, struct xlat_machine **created)
{
	struct xlat_machine *machine = calloc(1, sizeof(*machine));
	int err;

	if (!machine)
		return -ENOMEM;
	err = xlat__config_copy(&machine->config, sizeof(machine->config), given);
	if (!err)
		err = check_config(&machine->config);
	if (err) {
		free(machine);
		return err;
	}
	err = xlat__machine_threads_init(machine);
	if (!err)
		err = create_memory(machine);
	if (!err)
		err = create_devices(machine);
	if (!err && machine->config.iommu)
		err = create_iommu(machine);
	if (!err)
		err = attach_devices(machine);
	if (!err)
		err = xlat__machine_pci_init(machine);
	if (!err)
		err = create_harts(machine);
	if (err) {
		xlat_machine_destroy(machine);
		return err;
	}
	*created = machine;
	return 0;
}

void xlat_machine_destroy(struct xlat_machine *machine)
{
	if (!machine)
		return;
	xlat__machine_pci_finish(machine);
	xlat_finisher_destroy(machine->finisher);
	xlat_rtc_destroy(machine->rtc);
	xlat_uart_destroy(machine->uart);
	xlat_riscv_adapter_destroy(machine->iommu);
	xlat_aclint_destroy(machine->aclint);
	xlat_plic_destroy(machine->plic);
	xlat__aia_destroy(machine->aia);
	for (unsigned i = 0; i < machine->hart_count; i++)
		xlat_hart_destroy(machine->harts[i].hart);
	xlat_space_destroy(machine->space);
	xlat_region_detach(machine->ram_region);
	xlat_region_unref(machine->ram_region);
	xlat_region_unref(machine->root);
	xlat_ram_unref(machine->ram);
	xlat_fabric_destroy(machine->fabric);
	xlat__machine_threads_finish(machine);
	free(machine);
}

struct xlat_fabric *xlat_machine_fabric(struct xlat_machine *machine)
{
	return machine->fabric;
}

struct xlat_space *xlat_machine_space(struct xlat_machine *machine)
{
	return machine->space;
}

struct xlat_region *xlat_machine_root(struct xlat_machine *machine)
{
	return machine->root;
}

unsigned xlat_machine_hart_count(const struct xlat_machine *machine)
{
	return machine->hart_count;
}

struct xlat_hart *xlat_machine_hart(struct xlat_machine *machine, unsigned index)
{
	return index < machine->hart_count ? machine->harts[index].hart : NULL;
}

struct xlat_riscv_adapter *xlat_machine_iommu(struct xlat_machine *machine)
{
	return machine->iommu;
}

void xlat_machine_set_interrupt(struct xlat_machine *machine, unsigned source, bool level)
{
	if (machine->aia)
		xlat__aia_set_source(machine->aia, source, level);
	else
		xlat_plic_set_source(machine->plic, source, level);
}

size_t xlat_machine_type(struct xlat_machine *machine, const uint8_t *bytes, size_t count)
{
	return xlat_uart_receive(machine->uart, bytes, count);
}
