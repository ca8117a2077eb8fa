/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A DMA device that is held by two protection units in a row: an IOPMP, which knows it by its RRID
 * and lets it reach two buffers, and behind that a WorldGuard checker before the RAM, which knows
 * the world that its driver lives in. Both are programmed register by register, as their software
 * would.
 *
 *	0x80000000  RAM, 1 MiB
 *	0x10000000  the IOPMP's registers
 *	0x10010000  the checker's registers
 */
#include <xlat/dma.h>
#include <xlat/protection.h>

#include <stdio.h>
#include <stdlib.h>

#define RAM UINT64_C(0x80000000)
#define RAM_LENGTH UINT64_C(0x100000)
#define IOPMP UINT64_C(0x10000000)
#define CHECKER UINT64_C(0x10010000)
#define INPUT (RAM + 0x1000) /* the device may read this, */
#define OUTPUT (RAM + 0x2000) /* write this, */
#define SECRET (RAM + 0x80000) /* and never see that */

#define DEVICE 3 /* RRID */
#define WORLD 1

/* Registers of the IOPMP (chapter 4 of its specification), */
enum {
	HWCFG0 = 0x08,
	ENTRYOFFSET = 0x2c,
	ERR_CFG = 0x60,
	ERR_INFO = 0x64,
	ERR_REQADDR = 0x68,
	ERR_REQID = 0x70,
	MDCFG = 0x800,
	SRCMD_EN = 0x1000,
};
#define R 1u
#define W 2u
#define NAPOT (3u << 3)

/* ... and of the checker. */
enum {
	ERRCAUSE = 0x10,
	ERRADDR = 0x18,
	SLOTS = 0x20,
};
#define SLOT_NAPOT 3u
#define SLOT_ER (1u << 8)
#define SLOT_EW (1u << 9)

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *system, *memory;
	struct xlat_space *space, *behind, *seen;
	struct xlat_protection *iopmp, *checker;
	struct xlat_iommu *held, *world; /* what the device goes through; what the RAM is behind */
	struct xlat_dma *device;
};

static void must(int error, const char *what)
{
	if (error) {
		fprintf(stderr, "%s: error %d\n", what, error);
		exit(1);
	}
}

static void set(struct machine *m, uint64_t address, unsigned size, uint64_t value)
{
	const struct xlat_attrs monitor = {.flags = XLAT_ATTR_PRIVILEGED};

	must(xlat_space_store(m->space, monitor, address, size, XLAT_LITTLE_ENDIAN, value) !=
		     XLAT_OK,
	     "a register");
}

static uint64_t get(struct machine *m, uint64_t address, unsigned size)
{
	const struct xlat_attrs monitor = {.flags = XLAT_ATTR_PRIVILEGED};
	uint64_t value;

	must(xlat_space_load(m->space, monitor, address, size, XLAT_LITTLE_ENDIAN, &value) !=
		     XLAT_OK,
	     "a register");
	return value;
}

static void build(struct machine *m)
{
	must(xlat_fabric_create(NULL, &m->fabric), "fabric");
	must(xlat_ram_create(m->fabric, XLAT_CONFIG(xlat_ram_config, .length = RAM_LENGTH),
			     &m->ram),
	     "RAM");
	must(xlat_region_create(m->fabric, XLAT_CONFIG(xlat_region_config, .name = "system"),
				&m->system),
	     "system");
	must(xlat_region_create(m->fabric,
				XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					    .ram = m->ram, .length = RAM_LENGTH),
				&m->memory),
	     "memory");
	must(xlat_region_attach(m->system, m->memory, RAM), "attach");
	must(xlat_space_create(m->system, "system", &m->space), "space");

	/* The checker stands before the system, the IOPMP before the checker. */
	must(xlat_protection_create(
		     XLAT_CONFIG(xlat_protection_config, .memory = m->space,
				 .worldguard = XLAT_CONFIG(xlat_worldguard_config, .slots = 4)),
		     &m->checker),
	     "checker");
	must(xlat_protection_attach(m->checker, &m->world), "checker");
	must(xlat_space_create(xlat_iommu_region(m->world), "behind", &m->behind), "space");
	must(xlat_protection_create(
		     XLAT_CONFIG(xlat_protection_config, .memory = m->behind,
				 .iopmp = XLAT_CONFIG(xlat_iopmp_config, .entries = 16,
						      .features = XLAT_IOPMP_BASELINE)),
		     &m->iopmp),
	     "IOPMP");
	must(xlat_protection_attach(m->iopmp, &m->held), "IOPMP");
	must(xlat_space_create(xlat_iommu_region(m->held), "device", &m->seen), "space");
	must(xlat_dma_create(m->seen, NULL, &m->device), "DMA");

	must(xlat_region_attach(m->system, xlat_protection_registers(m->iopmp), IOPMP), "attach");
	must(xlat_region_attach(m->system, xlat_protection_registers(m->checker), CHECKER),
	     "attach");
}

static void demolish(struct machine *m)
{
	xlat_dma_destroy(m->device);
	xlat_space_destroy(m->seen);
	xlat_iommu_destroy(m->held);
	xlat_protection_destroy(m->iopmp);
	xlat_space_destroy(m->behind);
	xlat_iommu_destroy(m->world);
	xlat_protection_destroy(m->checker);
	xlat_space_destroy(m->space);
	xlat_region_detach(m->memory);
	xlat_region_unref(m->memory);
	xlat_region_unref(m->system);
	xlat_ram_unref(m->ram);
	xlat_fabric_destroy(m->fabric);
}

/* A page, as RISC-V's PMP encodes it. */
static uint32_t page(uint64_t address)
{
	return (uint32_t)(address >> 2 | 0x1ff);
}

static void entry(struct machine *m, unsigned i, uint64_t address, uint32_t cfg)
{
	uint64_t at = IOPMP + get(m, IOPMP + ENTRYOFFSET, 4) + i * 16;

	set(m, at, 4, page(address));
	set(m, at + 8, 4, cfg | NAPOT);
}

static void slot(struct machine *m, unsigned i, uint64_t address, uint64_t size, uint64_t perm)
{
	uint64_t at = CHECKER + SLOTS + i * 0x20;

	set(m, at, 8, address >> 2 | (size / 8 - 1));
	set(m, at + 8, 8, perm);
	set(m, at + 16, 4, SLOT_NAPOT | SLOT_ER | SLOT_EW);
}

static void access_all(struct machine *m, const char *when)
{
	const struct xlat_attrs device = {.requester = DEVICE, .world = WORLD};
	uint32_t value = 0;

	printf("%s\n", when);
	printf("  reads its input:    %s\n",
	       xlat_outcome_name(xlat_dma_load_le32(m->device, device, INPUT, &value)));
	printf("  writes its input:   %s\n",
	       xlat_outcome_name(xlat_dma_store_le32(m->device, device, INPUT, 1)));
	printf("  writes its output:  %s\n",
	       xlat_outcome_name(xlat_dma_store_le32(m->device, device, OUTPUT, 1)));
	printf("  reads the secret:   %s\n",
	       xlat_outcome_name(xlat_dma_load_le32(m->device, device, SECRET, &value)));
}

static void tell_error(struct machine *m)
{
	uint64_t info = get(m, IOPMP + ERR_INFO, 4), cause = get(m, CHECKER + ERRCAUSE, 8);

	if (info & 1)
		printf("  the IOPMP: %s, RRID %u, at %#llx\n",
		       xlat_iopmp_etype_name(info >> 4 & 15),
		       (unsigned)get(m, IOPMP + ERR_REQID, 4) & 0xffff,
		       (unsigned long long)get(m, IOPMP + ERR_REQADDR, 4) << 2);
	if (cause >> 62)
		printf("  the checker: world %u, at %#llx\n", (unsigned)cause & 0xff,
		       (unsigned long long)get(m, CHECKER + ERRADDR, 8) << 2);
	set(m, IOPMP + ERR_INFO, 4, 1);
	set(m, CHECKER + ERRCAUSE, 8, 0);
}

int main(void)
{
	struct machine m = {0};

	build(&m);
	/* The device has domain 0, which has two entries; and its world may use the lower half. */
	set(&m, IOPMP + MDCFG, 4, 2);
	set(&m, IOPMP + SRCMD_EN + DEVICE * 32, 4, 1 << 1);
	entry(&m, 0, INPUT, R);
	entry(&m, 1, OUTPUT, W);
	set(&m, IOPMP + HWCFG0, 4, 1);
	slot(&m, 1, RAM, RAM_LENGTH / 2, UINT64_C(3) << (2 * WORLD));
	/* Slot 0 says what becomes of what no slot matches. */
	set(&m, CHECKER + SLOTS + 16, 4, SLOT_ER | SLOT_EW);

	access_all(&m, "As its driver means it to be, the device");
	tell_error(&m);

	/* A driver that is led astray: only the checker is left. */
	entry(&m, 0, SECRET, R | W);
	access_all(&m, "With an entry for the secret, the device");
	tell_error(&m);

	/* The world loses its memory. */
	slot(&m, 1, RAM, RAM_LENGTH / 2, 0);
	access_all(&m, "When its world has nothing any more, the device");
	tell_error(&m);
	demolish(&m);
	return 0;
}
