/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a translation by the RISC-V model costs: found in its cache, or walked for, beside the loads
 * that no walk of these tables can do without, made one after the other; and what an invalidation
 * of one page costs among 256 Ki that are cached.
 */
#include <stdlib.h>
#include <string.h>

#include <xlat/riscv_iommu.h>

#include "measure.h"

enum {
	PAGE = 4096,
	TABLES = 64, /* pages of memory for tables, from physical address 0 */
	CACHED = 1 << 18, /* translations in the cache */
	FEW = 64, /* ... in one that is too small */
};

/* One device behind Sv39, and one behind Sv39 and Sv39x4, in one page of directory. */
struct machine {
	uint8_t *memory;
	struct xlat_riscv_iommu *iommu, *caching, *missing;
	struct xlat_riscv_iommu_request request;
};

static enum xlat_model_memory flat_read(void *opaque, void *context, uint64_t address, void *bytes,
					size_t length, struct xlat_model_attrs attrs)
{
	const struct machine *machine = opaque;

	(void)context, (void)attrs;
	if (address > TABLES * PAGE - length)
		return XLAT_MODEL_MEMORY_ACCESS_FAULT;
	if (length == 8)
		memcpy(bytes, machine->memory + address, 8);
	else
		memcpy(bytes, machine->memory + address, length);
	return XLAT_MODEL_MEMORY_OK;
}

static enum xlat_model_memory no_write(void *opaque, void *context, uint64_t address,
				       const void *bytes, size_t length,
				       struct xlat_model_attrs attrs)
{
	(void)opaque, (void)context, (void)address, (void)bytes, (void)length, (void)attrs;
	return XLAT_MODEL_MEMORY_ACCESS_FAULT;
}

static enum xlat_model_memory no_swap(void *opaque, void *context, uint64_t address,
				      const void *expected, const void *desired, size_t length,
				      bool *swapped, struct xlat_model_attrs attrs)
{
	(void)opaque, (void)context, (void)address, (void)expected, (void)desired, (void)length;
	(void)swapped, (void)attrs;
	return XLAT_MODEL_MEMORY_ACCESS_FAULT;
}

static void put(struct machine *machine, uint64_t address, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		machine->memory[address + i] = (uint8_t)(value >> (8 * i));
}

static uint64_t entry(uint64_t page, unsigned bits)
{
	return page << 10 | bits;
}

static void build(struct machine *machine)
{
	static const struct xlat_model_host host = {
		.size = sizeof(host),
		.read = flat_read,
		.write = no_write,
		.compare_and_swap = no_swap,
	};
	struct xlat_riscv_iommu_config caches = {
		.size = sizeof(caches),
		.cached_translations = CACHED,
		.cached_devices = 16,
	};

	machine->memory = aligned_alloc(PAGE, TABLES * PAGE);
	check(machine->memory);
	memset(machine->memory, 0, TABLES * PAGE);
	/* Page 1: the directory. Device 1: Sv39 at page 4. Device 2: the same through Sv39x4 at page 8. */
	put(machine, PAGE + 64, 1);
	put(machine, PAGE + 64 + 24, UINT64_C(8) << 60 | 4);
	put(machine, PAGE + 128, 1);
	put(machine, PAGE + 128 + 8, UINT64_C(8) << 60 | 8);
	put(machine, PAGE + 128 + 24, UINT64_C(8) << 60 | 4);
	put(machine, 4 * PAGE + 8, entry(5, 1));
	put(machine, 5 * PAGE + 8, entry(6, 1));
	put(machine, PAGE + 192, 1);
	put(machine, PAGE + 192 + 24, UINT64_C(8) << 60 | 21);
	for (unsigned i = 0; i < 512; i++) {
		put(machine, 21 * PAGE + 8 * i, entry(22, 1));
		put(machine, 22 * PAGE + 8 * i, entry(23, 1));
		put(machine, 23 * PAGE + 8 * i, entry(30, 0xdf));
	}
	for (unsigned i = 0; i < 512; i++)
		put(machine, 6 * PAGE + 8 * i, entry(16, 0xdf));
	put(machine, 8 * PAGE, entry(12, 1));
	put(machine, 12 * PAGE, entry(13, 1));
	for (unsigned i = 0; i < 512; i++)
		put(machine, 13 * PAGE + 8 * i, entry(i, 0xdf));
	check(xlat_riscv_iommu_create(NULL, &host, machine, &machine->iommu) == 0);
	check(xlat_riscv_iommu_load(machine->iommu, 16, 8, 1 << 10 | 2) == 0);
	check(xlat_riscv_iommu_create(&caches, &host, machine, &machine->caching) == 0);
	check(xlat_riscv_iommu_load(machine->caching, 16, 8, 1 << 10 | 2) == 0);
	caches.cached_translations = FEW;
	check(xlat_riscv_iommu_create(&caches, &host, machine, &machine->missing) == 0);
	check(xlat_riscv_iommu_load(machine->missing, 16, 8, 1 << 10 | 2) == 0);
	machine->request = (struct xlat_riscv_iommu_request){
		.size = sizeof(machine->request),
		.iova = UINT64_C(1) << 30 | 1 << 21,
		.length = 4,
	};
}

static void translate(void *opaque, uint64_t n)
{
	struct machine *machine = opaque;
	struct xlat_riscv_iommu_response response;

	for (uint64_t i = 0; i < n; i++) {
		machine->request.iova ^= 0x1000;
		xlat_riscv_iommu_translate(machine->iommu, &machine->request, &response);
		opaque_value(response.address);
	}
	check(response.status == XLAT_RISCV_IOMMU_SUCCESS);
}

static void translate_cached(void *opaque, uint64_t n)
{
	struct machine *machine = opaque;
	struct xlat_riscv_iommu_response response;

	for (uint64_t i = 0; i < n; i++) {
		machine->request.iova ^= 0x1000;
		xlat_riscv_iommu_translate(machine->caching, &machine->request, &response);
		opaque_value(response.address);
	}
	check(response.status == XLAT_RISCV_IOMMU_SUCCESS);
}

/* Page after page: each takes the place of one that will be asked for again. */
static void translate_missing(void *opaque, uint64_t n)
{
	struct machine *machine = opaque;
	struct xlat_riscv_iommu_response response;

	for (uint64_t i = 0; i < n; i++) {
		machine->request.iova = UINT64_C(1) << 30 | 1 << 21 | (i & 511) << 12;
		xlat_riscv_iommu_translate(machine->missing, &machine->request, &response);
		opaque_value(response.address);
	}
	check(response.status == XLAT_RISCV_IOMMU_SUCCESS);
}

/* One command: fetched, decoded, and the page dropped, after it was put there again. */
static void invalidate(void *opaque, uint64_t n)
{
	struct machine *machine = opaque;
	struct xlat_riscv_iommu_response response;

	for (uint64_t i = 0; i < n; i++) {
		uint32_t tail = (uint32_t)xlat_riscv_iommu_read(machine->caching, 36, 4);

		xlat_riscv_iommu_translate(machine->caching, &machine->request, &response);
		put(machine, 20 * PAGE + 16 * tail, 0x401);
		put(machine, 20 * PAGE + 16 * tail + 8, machine->request.iova >> 12 << 10);
		xlat_riscv_iommu_write(machine->caching, 36, 4, tail ^ 1);
		check(xlat_riscv_iommu_step(machine->caching));
	}
}

/* As many loads as the walk needs, each of whose addresses is known only when the last is done. */
static void chase(struct machine *machine, uint64_t n, unsigned loads)
{
	for (uint64_t i = 0; i < n; i++) {
		uint64_t at = 13 * PAGE;

		for (unsigned k = 0; k < loads; k++) {
			uint64_t value;

			memcpy(&value, machine->memory + at, sizeof(value));
			opaque_value(value);
			at = 13 * PAGE + ((value & 1) << 3);
		}
		opaque_value(at);
	}
}

static void chase_3(void *opaque, uint64_t n)
{
	chase(opaque, n, 3);
}

static void chase_4(void *opaque, uint64_t n)
{
	chase(opaque, n, 4);
}

static void chase_16(void *opaque, uint64_t n)
{
	chase(opaque, n, 16);
}

/* Fills the cache with pages of device 3. */
static void fill(struct machine *machine)
{
	struct xlat_riscv_iommu_response response;

	machine->request.device_id = 3;
	for (uint64_t page = 0; page < CACHED; page++) {
		machine->request.iova = page << 12;
		xlat_riscv_iommu_translate(machine->caching, &machine->request, &response);
		check(response.status == XLAT_RISCV_IOMMU_SUCCESS);
	}
}

int main(int argc, char **argv)
{
	struct measure measure;
	struct machine machine;
	double ns, against;

	measure_begin(&measure, "walk", argc, argv);
	build(&machine);
	machine.request.device_id = 1;
	measure_pair(&measure, translate, &machine, chase_4, &machine, &ns, &against);
	measure_row(&measure, "RISC-V: device context and Sv39, no cache", ns, "4 dependent loads",
		    against, 0);
	machine.request.device_id = 2;
	measure_pair(&measure, translate, &machine, chase_16, &machine, &ns, &against);
	measure_row(&measure, "RISC-V: device context, Sv39 through Sv39x4, no cache", ns,
		    "16 dependent loads", against, 0);
	machine.request.device_id = 1;
	measure_pair(&measure, translate_missing, &machine, chase_3, &machine, &ns, &against);
	measure_row(&measure, "RISC-V: Sv39, the device context cached; kept in the cache", ns,
		    "3 dependent loads", against, 120 / against);
	machine.request.iova = UINT64_C(1) << 30 | 1 << 21;
	measure_row(&measure, "RISC-V: found in the cache",
		    measure_ns(&measure, translate_cached, &machine), NULL, 0, 15);
	/* All entries of a level of device 3 are the same, so that all of its address space is mapped. */
	fill(&machine);
	xlat_riscv_iommu_write(machine.caching, 24, 8, 20 << 10);
	xlat_riscv_iommu_write(machine.caching, 72, 4, 1);
	ns = measure_ns(&measure, invalidate, &machine);
	measure_row(&measure, "RISC-V: a page walked for, cached and invalidated among 256 Ki", ns,
		    NULL, 0, 2000);
	xlat_riscv_iommu_destroy(machine.iommu);
	xlat_riscv_iommu_destroy(machine.caching);
	xlat_riscv_iommu_destroy(machine.missing);
	free(machine.memory);
	return measure_end(&measure);
}
