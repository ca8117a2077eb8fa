/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A RISC-V IOMMU from its driver's side: it is programmed register by register through its region,
 * as an operating system would (RISC-V IOMMU Architecture Specification 1.0, chapter 6), a device
 * does DMA behind it, the driver unmaps the page, and reads the record of the fault that follows.
 *
 *	0x80000000  RAM, 1 MiB: directory, tables and queues, then the pages of the device
 *	0x10010000  the IOMMU's registers
 */
#include <xlat/dma.h>
#include <xlat/riscv_adapter.h>

#include <stdio.h>
#include <stdlib.h>

#define RAM UINT64_C(0x80000000)
#define RAM_LENGTH UINT64_C(0x100000)
#define REGISTERS UINT64_C(0x10010000)

/* Where the driver puts things. */
#define DIRECTORY (RAM + 0x0000) /* one page: 64 device contexts of 64 bytes */
#define COMMANDS (RAM + 0x1000) /* 64 commands of 16 bytes */
#define FAULTS (RAM + 0x2000) /* 32 records of 32 bytes */
#define ROOT (RAM + 0x3000) /* Sv39: three levels of tables */
#define MIDDLE (RAM + 0x4000)
#define LEAVES (RAM + 0x5000)
#define BUFFER (RAM + 0x8000) /* the page that the device writes to ... */
#define IOVA UINT64_C(0x4000) /* ... and what it calls it */

#define DEVICE 5
#define QUEUE_ENTRIES 64

/* Registers (chapter 5). */
enum {
	CAPABILITIES = 0,
	FCTL = 8,
	DDTP = 16,
	CQB = 24,
	CQH = 32,
	CQT = 36,
	FQB = 40,
	FQH = 48,
	FQT = 52,
	CQCSR = 72,
	FQCSR = 76,
	MSI_CFG_TBL = 768,
};

/* Fields. */
#define CAP_SV39 (UINT64_C(1) << 9)
#define FCTL_BE 1u
#define QUEUE_ENABLE 1u
#define QUEUE_ACTIVE (1u << 16)
#define QUEUE_BUSY (1u << 17)
#define DDTP_BUSY (UINT64_C(1) << 4)
#define DDTP_MODE UINT64_C(0xf)
#define MODE_1LVL 2
#define MODE_3LVL 4
#define VECTOR_MASKED 1

/* Commands (3.1). */
#define IOTINVAL_VMA UINT64_C(0x001)
#define IOTINVAL_AV (UINT64_C(1) << 10) /* the address is valid */
#define IOFENCE_C UINT64_C(0x002)
#define IOFENCE_READS_AND_WRITES (UINT64_C(3) << 12)
#define IODIR_INVAL_DDT UINT64_C(0x003)
#define IODIR_DV (UINT64_C(1) << 33) /* the device is valid */
#define IODIR_DEVICE(id) ((uint64_t)(id) << 40)

static struct xlat_fabric *fabric;
static struct xlat_space *memory; /* as the CPU sees it */
static const struct xlat_attrs cpu;

static void check(int error)
{
	if (error) {
		fprintf(stderr, "error %d\n", error);
		exit(1);
	}
}

/* --- What a CPU does: loads and stores, to RAM and to registers alike. */

static uint64_t load(uint64_t address, unsigned size)
{
	uint64_t value = 0;

	check(xlat_space_load(memory, cpu, address, size, XLAT_LITTLE_ENDIAN, &value) != XLAT_OK);
	return value;
}

static void store(uint64_t address, unsigned size, uint64_t value)
{
	check(xlat_space_store(memory, cpu, address, size, XLAT_LITTLE_ENDIAN, value) != XLAT_OK);
}

static uint64_t read_register(unsigned offset, unsigned size)
{
	return load(REGISTERS + offset, size);
}

static void write_register(unsigned offset, unsigned size, uint64_t value)
{
	store(REGISTERS + offset, size, value);
}

/* --- The driver. */

/* 6.2 What the IOMMU is, and the byte order of what it shares with us. */
static void probe(void)
{
	uint64_t capabilities = read_register(CAPABILITIES, 8);

	printf("driver: version %u.%u, %u-bit physical addresses\n",
	       (unsigned)(capabilities >> 4 & 15), (unsigned)(capabilities & 15),
	       (unsigned)(capabilities >> 32 & 63));
	if (!(capabilities & CAP_SV39)) {
		fprintf(stderr, "no Sv39\n");
		exit(1);
	}
	if (read_register(FCTL, 4) & FCTL_BE)
		write_register(FCTL, 4, read_register(FCTL, 4) & ~(uint64_t)FCTL_BE);
	/* We poll: no interrupt is to be sent. */
	write_register(MSI_CFG_TBL + 12, 4, VECTOR_MASKED);
}

/* A queue's base and control register; and wait until it is what we said. */
static void enable_queue(unsigned base, unsigned csr, unsigned index, uint64_t address,
			 unsigned log2_entries)
{
	write_register(base, 8, address >> 12 << 10 | (log2_entries - 1));
	write_register(index, 4, 0);
	write_register(csr, 4, QUEUE_ENABLE);
	while ((read_register(csr, 4) & (QUEUE_ACTIVE | QUEUE_BUSY)) != QUEUE_ACTIVE)
		;
}

/*
 * 5.5 The directory. A driver that does not know which modes there are asks for the highest first, and
 * steps down until the register has it; we step down to the one level that we have built.
 */
static void enable_directory(void)
{
	for (unsigned mode = MODE_3LVL; mode >= MODE_1LVL; mode--) {
		uint64_t wanted = DIRECTORY >> 12 << 10 | mode, found;

		write_register(DDTP, 8, wanted);
		/* The machine's main loop finds out when it is not busy any more. */
		do {
			(void)xlat_fabric_process(fabric);
			found = read_register(DDTP, 8);
		} while (found & DDTP_BUSY);
		printf("driver: a directory of %u level%s: %s\n", mode - 1, mode > 2 ? "s" : "",
		       (found & DDTP_MODE) == mode ? "there is" : "there is not");
		/* Ours has one level; of those with more we only want to know. */
		if (mode == MODE_1LVL && found != wanted)
			exit(1);
	}
}

/* 3.1 Puts a command into the queue, and tells the IOMMU. */
static void command(uint64_t first, uint64_t second)
{
	uint64_t tail = read_register(CQT, 4);

	store(COMMANDS + tail * 16, 8, first);
	store(COMMANDS + tail * 16 + 8, 8, second);
	write_register(CQT, 4, (tail + 1) % QUEUE_ENTRIES);
}

/*
 * Waits until the IOMMU has done everything. A driver of a real machine just looks at the head;
 * here the machine's main loop, which lets what waits go on, is in the same thread.
 */
static void wait_for_commands(void)
{
	while (read_register(CQH, 4) != read_register(CQT, 4))
		(void)xlat_fabric_process(fabric);
}

/* 2.1: what the device may do is in its context. Whoever changes one says so to the IOMMU. */
static void attach_device(void)
{
	uint64_t context = DIRECTORY + DEVICE * 64;

	store(ROOT, 8, MIDDLE >> 12 << 10 | 1);
	store(MIDDLE, 8, LEAVES >> 12 << 10 | 1);
	store(context + 24, 8, UINT64_C(8) << 60 | ROOT >> 12); /* fsc: Sv39 */
	store(context + 16, 8, UINT64_C(7) << 12); /* ta: PSCID 7 */
	store(context + 8, 8, 0); /* iohgatp: no second stage */
	store(context, 8, 1); /* tc: valid, and last of all */
	command(IODIR_INVAL_DDT | IODIR_DV | IODIR_DEVICE(DEVICE), 0);
	command(IOFENCE_C | IOFENCE_READS_AND_WRITES, 0);
	wait_for_commands();
}

static void map_page(uint64_t iova, uint64_t page)
{
	store(LEAVES + (iova >> 12 & 511) * 8, 8, page >> 12 << 10 | 0xd7); /* D A U W R V */
}

/* Strict: when this returns, the device cannot reach the page any more, and it may be used again. */
static void unmap_page(uint64_t iova)
{
	store(LEAVES + (iova >> 12 & 511) * 8, 8, 0);
	command(IOTINVAL_VMA | IOTINVAL_AV, iova >> 12 << 10);
	command(IOFENCE_C | IOFENCE_READS_AND_WRITES, 0);
	wait_for_commands();
}

/* 3.2 What went wrong. */
static void print_faults(void)
{
	uint64_t head = read_register(FQH, 4), tail = read_register(FQT, 4);

	for (; head != tail; head = (head + 1) % 32) {
		uint64_t record = FAULTS + head * 32, first = load(record, 8);
		unsigned cause = (unsigned)(first & 0xfff);

		printf("driver: fault record: cause %u (%s), device %u, address 0x%llx\n", cause,
		       xlat_riscv_iommu_cause_name(cause), (unsigned)(first >> 40),
		       (unsigned long long)load(record + 16, 8));
	}
	write_register(FQH, 4, head);
}

/* --- The device. */

static void write_by_dma(struct xlat_dma *dma, uint32_t value)
{
	enum xlat_outcome outcome = xlat_dma_store_le32(dma, cpu, IOVA + 0x10, value);

	printf("device: writes 0x%x to 0x%llx: %s\n", value, (unsigned long long)IOVA + 0x10,
	       xlat_outcome_name(outcome));
}

int main(void)
{
	struct xlat_riscv_adapter *adapter;
	struct xlat_region *root, *ram;
	struct xlat_space *seen_by_device;
	struct xlat_iommu *iommu;
	struct xlat_ram *block;
	struct xlat_dma *dma;

	/* The machine: RAM, the IOMMU's registers, and a device that sees memory through it. */
	check(xlat_fabric_create(NULL, &fabric));
	check(xlat_ram_create(fabric, XLAT_CONFIG(xlat_ram_config, .length = RAM_LENGTH), &block));
	check(xlat_region_create(fabric, XLAT_CONFIG(xlat_region_config, .name = "system"), &root));
	check(xlat_region_create(fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = block, .length = RAM_LENGTH),
				 &ram));
	check(xlat_region_attach(root, ram, RAM));
	check(xlat_space_create(root, "system", &memory));
	check(xlat_riscv_adapter_create(XLAT_CONFIG(xlat_riscv_adapter_config, .memory = memory),
					&adapter));
	check(xlat_region_attach(root, xlat_riscv_adapter_registers(adapter), REGISTERS));
	check(xlat_riscv_adapter_attach_device(adapter, DEVICE, &iommu));
	check(xlat_space_create(xlat_iommu_region(iommu), "device", &seen_by_device));
	check(xlat_dma_create(seen_by_device, NULL, &dma));

	probe();
	enable_queue(CQB, CQCSR, CQT, COMMANDS, 6);
	enable_queue(FQB, FQCSR, FQH, FAULTS, 5);
	enable_directory();
	attach_device();

	map_page(IOVA, BUFFER);
	write_by_dma(dma, 0x600df00d);
	printf("driver: finds 0x%llx\n", (unsigned long long)load(BUFFER + 0x10, 4));

	unmap_page(IOVA);
	store(BUFFER + 0x10, 4, 0); /* the page is ours again */
	write_by_dma(dma, 0xbad);
	printf("driver: finds 0x%llx\n", (unsigned long long)load(BUFFER + 0x10, 4));
	print_faults();

	xlat_dma_destroy(dma);
	xlat_space_destroy(seen_by_device);
	xlat_iommu_destroy(iommu);
	xlat_riscv_adapter_destroy(adapter);
	xlat_space_destroy(memory);
	xlat_region_unref(ram);
	xlat_region_unref(root);
	xlat_ram_unref(block);
	xlat_fabric_destroy(fabric);
	return 0;
}
