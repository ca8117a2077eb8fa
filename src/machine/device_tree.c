/* SPDX-License-Identifier: BSD-3-Clause */
/* Nodes and properties are as the Linux kernel's device tree bindings have them. */
#include "machine/device_tree.h"

#include <errno.h>
#include <inttypes.h>
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	MOST_CELLS = 128,
	MOST_WIRE_CELLS = 7, /* of an entry of interrupt-map */

	PCI_PINS = 4,
	PCI_MEMORY = 0x02000000, /* phys.hi of the binding of PCI */
	PCI_MEMORY64 = 0x43000000, /* prefetchable */
	SEED = 64, /* bytes */

	/* Phandles. */
	HANDLE_FINISHER = 1,
	HANDLE_INTERRUPTS, /* the PLIC or the APLIC */
	HANDLE_IMSIC,
	HANDLE_MACHINE_APLIC,
	HANDLE_MACHINE_IMSIC,
	HANDLE_IOMMU,
	HANDLE_HART, /* and those of further ones */

	/* Interrupts of a hart. */
	SUPERVISOR_SOFTWARE = 1,
	MACHINE_SOFTWARE = 3,
	MACHINE_TIMER = 7,
	SUPERVISOR_EXTERNAL = 9,
	MACHINE_EXTERNAL = 11,

	LEVEL_HIGH = 4, /* a flag of the APLIC's */
};

/* A tree in the making. The first error stays, and ends it. */
struct tree {
	const struct xlat_machine *machine;
	void *fdt;
	int err; /* of libfdt */
};

static void try(struct tree *tree, int err)
{
	if (!tree->err)
		tree->err = err;
}

static void begin(struct tree *tree, const char *format, ...)
{
	char name[64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(name, sizeof(name), format, arguments);
	va_end(arguments);
	try(tree, fdt_begin_node(tree->fdt, name));
}

static void end(struct tree *tree)
{
	try(tree, fdt_end_node(tree->fdt));
}

static void put_bytes(struct tree *tree, const char *name, const void *bytes, size_t length)
{
	try(tree, fdt_property(tree->fdt, name, bytes, (int)length));
}

static void put_flag(struct tree *tree, const char *name)
{
	put_bytes(tree, name, NULL, 0);
}

static void put_string(struct tree *tree, const char *name, const char *text)
{
	put_bytes(tree, name, text, strlen(text) + 1);
}

static void put_cells(struct tree *tree, const char *name, const uint32_t *cells, unsigned count)
{
	fdt32_t swapped[MOST_CELLS];

	for (unsigned i = 0; i < count; i++)
		swapped[i] = cpu_to_fdt32(cells[i]);
	put_bytes(tree, name, swapped, count * sizeof(swapped[0]));
}

static void put_cell(struct tree *tree, const char *name, uint32_t cell)
{
	put_cells(tree, name, &cell, 1);
}

static void put_u64(struct tree *tree, const char *name, uint64_t value)
{
	put_cells(tree, name, (const uint32_t[]){(uint32_t)(value >> 32), (uint32_t)value}, 2);
}

/* An address and a length of two cells each. */
static void put_reg(struct tree *tree, uint64_t address, uint64_t length)
{
	put_cells(tree, "reg",
		  (const uint32_t[]){(uint32_t)(address >> 32), (uint32_t)address,
				     (uint32_t)(length >> 32), (uint32_t)length},
		  4);
}

/* interrupts-extended: the same interrupts of each hart, 0 for none. */
static void put_wires(struct tree *tree, uint32_t first, uint32_t second)
{
	uint32_t cells[MOST_CELLS];
	unsigned count = 0;

	for (unsigned i = 0; i < tree->machine->config.harts; i++) {
		cells[count++] = HANDLE_HART + i;
		cells[count++] = first;
		if (second) {
			cells[count++] = HANDLE_HART + i;
			cells[count++] = second;
		}
	}
	put_cells(tree, "interrupts-extended", cells, count);
}

/* Of WorldGuard's extensions the bindings know nothing. */
static bool is_bound(const char *name, size_t length)
{
	static const char *const unbound[] = {"smwg", "smwgd", "sswg"};

	for (unsigned i = 0; i < sizeof(unbound) / sizeof(unbound[0]); i++)
		if (strlen(unbound[i]) == length && strncmp(unbound[i], name, length) == 0)
			return false;
	return true;
}

/* riscv,isa-extensions: letters one by one, then words. */
static void put_isa(struct tree *tree)
{
	const char *isa = tree->machine->config.isa ? tree->machine->config.isa : xlat_hart_isa();
	const char *letters = isa + strlen("rv64");
	static const char supervisor[] = "ssaia", machine[] = "smaia";
	char list[512];
	size_t count = 0;

	for (; *letters && *letters != '_' && count + 2 < sizeof(list); letters++) {
		list[count++] = *letters;
		list[count++] = 0;
	}
	while (*letters == '_') {
		size_t length = strcspn(++letters, "_");

		if (is_bound(letters, length) && count + length + 1 <= sizeof(list)) {
			memcpy(list + count, letters, length);
			count += length;
			list[count++] = 0;
		}
		letters += length;
	}
	if (tree->machine->aia && count + sizeof(supervisor) <= sizeof(list)) {
		memcpy(list + count, supervisor, sizeof(supervisor));
		count += sizeof(supervisor);
	}
	if (tree->machine->aia && tree->machine->config.firmware &&
	    count + sizeof(machine) <= sizeof(list)) {
		memcpy(list + count, machine, sizeof(machine));
		count += sizeof(machine);
	}
	put_string(tree, "riscv,isa-base", "rv64i");
	put_bytes(tree, "riscv,isa-extensions", list, count);
	put_string(tree, "riscv,isa", "rv64imafdc");
}

static bool isa_has(const struct xlat_machine *machine, const char *extension)
{
	return strstr(machine->config.isa ? machine->config.isa : xlat_hart_isa(), extension);
}

static void put_hart(struct tree *tree, unsigned index)
{
	begin(tree, "cpu@%x", index);
	put_string(tree, "device_type", "cpu");
	put_cell(tree, "reg", index);
	put_string(tree, "status", "okay");
	put_string(tree, "compatible", "riscv");
	put_string(tree, "mmu-type", "riscv,sv39");
	if (isa_has(tree->machine, "zicbom"))
		put_cell(tree, "riscv,cbom-block-size", 64);
	if (isa_has(tree->machine, "zicboz"))
		put_cell(tree, "riscv,cboz-block-size", 64);
	put_isa(tree);
	begin(tree, "interrupt-controller");
	put_cell(tree, "#interrupt-cells", 1);
	put_flag(tree, "interrupt-controller");
	put_string(tree, "compatible", "riscv,cpu-intc");
	put_cell(tree, "phandle", HANDLE_HART + index);
	end(tree);
	end(tree);
}

static void put_harts(struct tree *tree)
{
	begin(tree, "cpus");
	put_cell(tree, "#address-cells", 1);
	put_cell(tree, "#size-cells", 0);
	put_cell(tree, "timebase-frequency", XLAT_MACHINE_TICKS);
	for (unsigned i = 0; i < tree->machine->config.harts; i++)
		put_hart(tree, i);
	end(tree);
}

static void put_syscon(struct tree *tree, const char *name, const char *compatible, uint32_t value)
{
	begin(tree, name);
	put_string(tree, "compatible", compatible);
	put_cell(tree, "regmap", HANDLE_FINISHER);
	put_cell(tree, "offset", 0);
	put_cell(tree, "value", value);
	end(tree);
}

static void put_finisher(struct tree *tree)
{
	static const char compatible[] = "sifive,test1\0sifive,test0\0syscon";

	begin(tree, "test@%x", XLAT__MAP_FINISHER);
	put_bytes(tree, "compatible", compatible, sizeof(compatible));
	put_reg(tree, XLAT__MAP_FINISHER, 0x1000);
	put_cell(tree, "phandle", HANDLE_FINISHER);
	end(tree);
}

static void put_clint(struct tree *tree)
{
	static const char compatible[] = "sifive,clint0\0riscv,clint0";

	begin(tree, "clint@%x", XLAT__MAP_CLINT);
	put_bytes(tree, "compatible", compatible, sizeof(compatible));
	put_reg(tree, XLAT__MAP_CLINT, 0x10000);
	put_wires(tree, MACHINE_SOFTWARE, MACHINE_TIMER);
	end(tree);
}

static void put_plic(struct tree *tree)
{
	static const char compatible[] = "sifive,plic-1.0.0\0riscv,plic0";

	begin(tree, "plic@%x", XLAT__MAP_PLIC);
	put_bytes(tree, "compatible", compatible, sizeof(compatible));
	put_reg(tree, XLAT__MAP_PLIC, 0x600000);
	put_cell(tree, "#address-cells", 0);
	put_cell(tree, "#interrupt-cells", 1);
	put_flag(tree, "interrupt-controller");
	put_cell(tree, "riscv,ndev", XLAT__WIRES);
	put_wires(tree, MACHINE_EXTERNAL, SUPERVISOR_EXTERNAL);
	put_cell(tree, "phandle", HANDLE_INTERRUPTS);
	end(tree);
}

/* The IMSICs of a level: that of machine mode has no guests. */
static void put_imsics(struct tree *tree, bool machine_level)
{
	const struct xlat_machine *machine = tree->machine;
	uint64_t address = machine_level ? XLAT__MAP_MACHINE_IMSIC : XLAT__MAP_IMSIC;
	unsigned pages = machine_level ? 1 : XLAT__AIA_PAGES;

	begin(tree, "imsics@%" PRIx64, address);
	put_string(tree, "compatible", "riscv,imsics");
	put_reg(tree, address, machine->config.harts * pages * UINT64_C(4096));
	put_cell(tree, "#interrupt-cells", 0);
	put_flag(tree, "interrupt-controller");
	put_cell(tree, "#msi-cells", 0);
	put_flag(tree, "msi-controller");
	put_cell(tree, "riscv,num-ids", XLAT__AIA_IDENTITIES);
	if (!machine_level)
		put_cell(tree, "riscv,guest-index-bits", XLAT__AIA_GUEST_BITS);
	put_wires(tree, machine_level ? MACHINE_EXTERNAL : SUPERVISOR_EXTERNAL, 0);
	put_cell(tree, "phandle", machine_level ? HANDLE_MACHINE_IMSIC : HANDLE_IMSIC);
	end(tree);
}

/* A domain of the APLIC; that of machine level may delegate all sources to the other. */
static void put_aplic(struct tree *tree, bool machine_level)
{
	static const uint32_t delegated[] = {HANDLE_INTERRUPTS, 1, XLAT__WIRES};
	uint64_t address = machine_level ? XLAT__MAP_MACHINE_APLIC : XLAT__MAP_APLIC;

	begin(tree, "aplic@%" PRIx64, address);
	put_string(tree, "compatible", "riscv,aplic");
	put_reg(tree, address, XLAT__MAP_APLIC_LENGTH);
	put_cell(tree, "#address-cells", 0);
	put_cell(tree, "#interrupt-cells", 2);
	put_flag(tree, "interrupt-controller");
	put_cell(tree, "riscv,num-sources", XLAT__WIRES);
	if (xlat__aia_has_messages(tree->machine->aia))
		put_cell(tree, "msi-parent", machine_level ? HANDLE_MACHINE_IMSIC : HANDLE_IMSIC);
	else
		put_wires(tree, machine_level ? MACHINE_EXTERNAL : SUPERVISOR_EXTERNAL, 0);
	if (machine_level) {
		put_cell(tree, "riscv,children", HANDLE_INTERRUPTS);
		put_cells(tree, "riscv,delegation", delegated, 3);
		put_cells(tree, "riscv,delegate", delegated, 3); /* as OpenSBI 1.1 knows it */
	}
	put_cell(tree, "phandle", machine_level ? HANDLE_MACHINE_APLIC : HANDLE_INTERRUPTS);
	end(tree);
}

static void put_interrupt_controllers(struct tree *tree)
{
	const struct xlat__aia *aia = tree->machine->aia;

	if (!aia) {
		put_plic(tree);
		return;
	}
	for (int machine_level = tree->machine->config.firmware; machine_level >= 0;
	     machine_level--) {
		if (xlat__aia_has_messages(aia))
			put_imsics(tree, machine_level);
		put_aplic(tree, machine_level);
	}
}

/* A wire as its controller wants it; returns how many cells. */
static unsigned wire_cells(const struct tree *tree, uint32_t wire, uint32_t *cells)
{
	cells[0] = wire;
	cells[1] = LEVEL_HIGH;
	return tree->machine->aia ? 2 : 1;
}

static void put_interrupts(struct tree *tree, const uint32_t *wires, unsigned count)
{
	uint32_t cells[MOST_CELLS];
	unsigned used = 0;

	for (unsigned i = 0; i < count; i++)
		used += wire_cells(tree, wires[i], &cells[used]);
	put_cell(tree, "interrupt-parent", HANDLE_INTERRUPTS);
	put_cells(tree, "interrupts", cells, used);
}

static void put_uart(struct tree *tree)
{
	begin(tree, "serial@%x", XLAT__MAP_UART);
	put_string(tree, "compatible", "ns16550a");
	put_reg(tree, XLAT__MAP_UART, 0x100);
	put_cell(tree, "clock-frequency", 3686400);
	put_interrupts(tree, (const uint32_t[]){XLAT__WIRE_UART}, 1);
	end(tree);
}

static void put_rtc(struct tree *tree)
{
	begin(tree, "rtc@%x", XLAT__MAP_RTC);
	put_string(tree, "compatible", "google,goldfish-rtc");
	put_reg(tree, XLAT__MAP_RTC, 0x1000);
	put_interrupts(tree, (const uint32_t[]){XLAT__WIRE_RTC}, 1);
	end(tree);
}

static void put_iommu(struct tree *tree)
{
	begin(tree, "iommu@%x", XLAT__MAP_IOMMU);
	put_string(tree, "compatible", "riscv,iommu");
	put_reg(tree, XLAT__MAP_IOMMU, 0x1000);
	put_cell(tree, "#iommu-cells", 1);
	put_interrupts(tree,
		       (const uint32_t[]){XLAT__WIRE_IOMMU, XLAT__WIRE_IOMMU + 1,
					  XLAT__WIRE_IOMMU + 2, XLAT__WIRE_IOMMU + 3},
		       4);
	if (tree->machine->aia && xlat__aia_has_messages(tree->machine->aia))
		put_cell(tree, "msi-parent", HANDLE_IMSIC);
	put_cell(tree, "phandle", HANDLE_IOMMU);
	end(tree);
}

/* An entry of `ranges`: what kind of space it is, and from where to where. */
static unsigned range_cells(uint32_t space, uint64_t pci, uint64_t cpu, uint64_t length,
			    uint32_t *cells)
{
	const uint32_t range[] = {space,	   (uint32_t)(pci >> 32),
				  (uint32_t)pci,   (uint32_t)(cpu >> 32),
				  (uint32_t)cpu,   (uint32_t)(length >> 32),
				  (uint32_t)length};

	memcpy(cells, range, sizeof(range));
	return sizeof(range) / sizeof(range[0]);
}

static void put_pci_ranges(struct tree *tree)
{
	const struct xlat_machine_config *config = &tree->machine->config;
	uint32_t cells[MOST_CELLS];
	unsigned count;

	count = range_cells(PCI_MEMORY, XLAT__MAP_MMIO, XLAT__MAP_MMIO, XLAT__MAP_MMIO_LENGTH,
			    cells);
	count += range_cells(PCI_MEMORY64, XLAT__MAP_MMIO64, XLAT__MAP_MMIO64,
			     XLAT__MAP_MMIO64_LENGTH, cells + count);
	put_cells(tree, "ranges", cells, count);
	if (!config->dma_offset)
		return;
	count = range_cells(PCI_MEMORY64, XLAT_MACHINE_RAM + config->dma_offset, XLAT_MACHINE_RAM,
			    config->memory, cells);
	put_cells(tree, "dma-ranges", cells, count);
}

/* Pin p of device d is wire (p + d) % 4. */
static void put_pci_wires(struct tree *tree)
{
	uint32_t cells[PCI_PINS * PCI_PINS * MOST_WIRE_CELLS];
	unsigned count = 0;

	for (unsigned device = 0; device < PCI_PINS; device++)
		for (unsigned pin = 0; pin < PCI_PINS; pin++) {
			cells[count++] = device << 11;
			cells[count++] = 0;
			cells[count++] = 0;
			cells[count++] = pin + 1;
			cells[count++] = HANDLE_INTERRUPTS;
			count += wire_cells(tree, XLAT__WIRE_PCI + (device + pin) % PCI_PINS,
					    &cells[count]);
		}
	put_cell(tree, "#interrupt-cells", 1);
	put_cells(tree, "interrupt-map-mask", (const uint32_t[]){0x1800, 0, 0, 7}, 4);
	put_cells(tree, "interrupt-map", cells, count);
}

static void put_pci(struct tree *tree)
{
	const struct xlat_machine *machine = tree->machine;

	begin(tree, "pci@%x", XLAT__MAP_ECAM);
	put_string(tree, "compatible", "pci-host-ecam-generic");
	put_string(tree, "device_type", "pci");
	put_cell(tree, "#address-cells", 3);
	put_cell(tree, "#size-cells", 2);
	put_reg(tree, XLAT__MAP_ECAM, XLAT__MAP_ECAM_LENGTH);
	put_cells(tree, "bus-range", (const uint32_t[]){0, 255}, 2);
	put_cell(tree, "linux,pci-domain", 0);
	put_flag(tree, "dma-coherent");
	put_pci_ranges(tree);
	put_pci_wires(tree);
	if (machine->iommu)
		put_cells(tree, "iommu-map", (const uint32_t[]){0, HANDLE_IOMMU, 0, 0x10000}, 4);
	if (machine->aia && xlat__aia_has_messages(machine->aia))
		put_cell(tree, "msi-parent", HANDLE_IMSIC);
	end(tree);
}

static void put_soc(struct tree *tree)
{
	begin(tree, "soc");
	put_cell(tree, "#address-cells", 2);
	put_cell(tree, "#size-cells", 2);
	put_string(tree, "compatible", "simple-bus");
	put_flag(tree, "ranges");
	put_finisher(tree);
	put_rtc(tree);
	put_clint(tree);
	put_interrupt_controllers(tree);
	put_uart(tree);
	if (tree->machine->iommu)
		put_iommu(tree);
	put_pci(tree);
	end(tree);
}

/* The same each time: a machine that is reproducible has nothing better. */
static void fill_seed(uint8_t *seed)
{
	uint64_t state = UINT64_C(0x9e3779b97f4a7c15);

	for (unsigned i = 0; i < SEED; i++) {
		state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		seed[i] = (uint8_t)(state >> 56);
	}
}

static void put_chosen(struct tree *tree, const struct xlat__device_tree_chosen *chosen)
{
	uint8_t seed[SEED];
	char path[32];

	snprintf(path, sizeof(path), "/soc/serial@%x", (unsigned)XLAT__MAP_UART);
	fill_seed(seed);
	begin(tree, "chosen");
	put_string(tree, "stdout-path", path);
	put_bytes(tree, "rng-seed", seed, sizeof(seed));
	if (chosen->append)
		put_string(tree, "bootargs", chosen->append);
	if (chosen->initrd_length) {
		put_u64(tree, "linux,initrd-start", chosen->initrd);
		put_u64(tree, "linux,initrd-end", chosen->initrd + chosen->initrd_length);
	}
	end(tree);
}

static void put_memory(struct tree *tree)
{
	begin(tree, "memory@%" PRIx64, XLAT_MACHINE_RAM);
	put_string(tree, "device_type", "memory");
	put_reg(tree, XLAT_MACHINE_RAM, tree->machine->config.memory);
	end(tree);
}

long xlat__device_tree_write(const struct xlat_machine *machine,
			     const struct xlat__device_tree_chosen *chosen, void *buffer,
			     size_t size)
{
	struct tree tree = {.machine = machine, .fdt = buffer};

	try(&tree, fdt_create(buffer, (int)size));
	try(&tree, fdt_finish_reservemap(buffer));
	begin(&tree, "%s", "");
	put_cell(&tree, "#address-cells", 2);
	put_cell(&tree, "#size-cells", 2);
	put_string(&tree, "compatible", "xlat,virt");
	put_string(&tree, "model", "xlat-virt");
	put_chosen(&tree, chosen);
	put_memory(&tree);
	put_harts(&tree);
	put_syscon(&tree, "poweroff", "syscon-poweroff", XLAT_FINISH_PASS);
	put_syscon(&tree, "reboot", "syscon-reboot", XLAT_FINISH_RESET);
	put_soc(&tree);
	end(&tree);
	try(&tree, fdt_finish(buffer));
	return tree.err ? -ENOMEM : (long)fdt_totalsize(buffer);
}

long xlat__device_tree_complete(const void *given, size_t length,
				const struct xlat__device_tree_chosen *chosen, void *buffer,
				size_t size)
{
	int node, err;

	if (length > INT32_MAX || fdt_check_full(given, length) != 0)
		return -EINVAL;
	if (size < length || fdt_open_into(given, buffer, (int)size) != 0)
		return -ENOMEM;
	node = fdt_path_offset(buffer, "/chosen");
	if (node == -FDT_ERR_NOTFOUND)
		node = fdt_add_subnode(buffer, 0, "chosen");
	if (node < 0)
		return -ENOMEM;
	err = 0;
	if (chosen->append)
		err = fdt_setprop_string(buffer, node, "bootargs", chosen->append);
	if (!err && chosen->initrd_length)
		err = fdt_setprop_u64(buffer, node, "linux,initrd-start", chosen->initrd);
	if (!err && chosen->initrd_length)
		err = fdt_setprop_u64(buffer, node, "linux,initrd-end",
				      chosen->initrd + chosen->initrd_length);
	if (err || fdt_pack(buffer) != 0)
		return -ENOMEM;
	return (long)fdt_totalsize(buffer);
}
