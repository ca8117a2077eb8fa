/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the RISC-V IOMMU costs who uses it through a fabric: DMA that hits, walks of tables in a
 * space, two devices on two threads, and the cycle of a driver in strict mode: map a page, have the
 * device write it, unmap, IOTINVAL, IOFENCE, wait.
 */
#include "measure.h"

#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <time.h>

#include <xlat/dma.h>
#include <xlat/riscv_adapter.h>

enum {
	PAGE = 4096,
	MASK = PAGE - 1,
	PAGES = 64, /* that devices write to */
	DIRECTORY = 0, /* pages of the tables, from address 0 on */
	QUEUE = 1,
	ROOT = 2,
	MIDDLE = 3,
	LEAVES = 4,
	FIRST = 16, /* the pages of the devices */
	MANY = 512, /* pages that are mapped, if only to some of these */
	LENGTH = (FIRST + PAGES) * PAGE,
	REGISTERS = 1 << 20,
	ENTRIES = 64, /* of the command queue */
	DEVICES = 2,
	CACHED = 4096, /* translations in the model's cache */
	FEW = 64, /* ... in one that is too small */
	CQB = 24,
	CQH = 32,
	CQT = 36,
	CQCSR = 72,
	DDTP = 16,
	LEAF = 0xdf,
};

static const struct xlat_attrs nobody;

struct device {
	struct xlat_iommu *iommu;
	struct xlat_space *space;
	struct xlat_dma *dma;
};

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_region *root, *memory;
	struct xlat_ram *ram;
	struct xlat_space *space;
	struct xlat_riscv_adapter *adapter;
	struct xlat_dma *plain, *cpu; /* RAM without an IOMMU; the driver's view of the machine */
	struct device devices[DEVICES];
	uint8_t *host;
	uint8_t buffer[PAGE];
	uint32_t tail;
	bool busy; /* the device's thread is to go on; atomic */
};

static void put(struct machine *m, uint64_t address, uint64_t value)
{
	__atomic_store_n((uint64_t *)(void *)(m->host + address), value, __ATOMIC_RELEASE);
}

static void write_register(struct machine *m, unsigned offset, unsigned size, uint64_t value)
{
	if (size == 8)
		check(xlat_dma_store_le64(m->cpu, nobody, REGISTERS + offset, value) == XLAT_OK);
	else
		check(xlat_dma_store_le32(m->cpu, nobody, REGISTERS + offset, (uint32_t)value) ==
		      XLAT_OK);
}

static uint32_t read_register(struct machine *m, unsigned offset)
{
	uint32_t value;

	check(xlat_dma_load_le32(m->cpu, nobody, REGISTERS + offset, &value) == XLAT_OK);
	return value;
}

static void map_page(struct machine *m, unsigned iova, unsigned page)
{
	put(m, LEAVES * PAGE + 8 * iova, (uint64_t)page << 10 | LEAF);
}

static void build_memory(struct machine *m)
{
	check(xlat_fabric_create(NULL, &m->fabric) == 0);
	check(xlat_ram_create(m->fabric, XLAT_CONFIG(xlat_ram_config, .length = LENGTH), &m->ram) ==
	      0);
	m->host = xlat_ram_host(m->ram);
	memset(m->host, 0, LENGTH);
	check(xlat_region_create(m->fabric, XLAT_CONFIG(xlat_region_config, .name = "system"),
				 &m->root) == 0);
	check(xlat_region_create(m->fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = m->ram, .length = LENGTH),
				 &m->memory) == 0);
	check(xlat_region_attach(m->root, m->memory, 0) == 0);
	check(xlat_space_create(m->root, "system", &m->space) == 0);
}

static void attach_device(struct machine *m, unsigned i)
{
	struct device *device = &m->devices[i];

	put(m, DIRECTORY * PAGE + 64 * (i + 1), 1);
	put(m, DIRECTORY * PAGE + 64 * (i + 1) + 24, UINT64_C(8) << 60 | ROOT);
	check(xlat_riscv_adapter_attach_device(m->adapter, i + 1, &device->iommu) == 0);
	check(xlat_space_create(xlat_iommu_region(device->iommu), "device", &device->space) == 0);
	check(xlat_dma_create(device->space, NULL, &device->dma) == 0);
}

static void build(struct machine *m, unsigned devices, unsigned translations)
{
	const struct xlat_riscv_iommu_config model = {
		.size = sizeof(model),
		.cached_translations = translations,
		.cached_devices = 64,
	};

	build_memory(m);
	check(xlat_riscv_adapter_create(XLAT_CONFIG(xlat_riscv_adapter_config, .memory = m->space,
						    .model = &model),
					&m->adapter) == 0);
	check(xlat_region_attach(m->root, xlat_riscv_adapter_registers(m->adapter), REGISTERS) ==
	      0);
	check(xlat_dma_create(m->space, NULL, &m->plain) == 0);
	check(xlat_dma_create(m->space, NULL, &m->cpu) == 0);
	put(m, ROOT * PAGE, MIDDLE << 10 | 1);
	put(m, MIDDLE * PAGE, LEAVES << 10 | 1);
	for (unsigned page = 0; page < MANY; page++)
		map_page(m, page, FIRST + page % PAGES);
	for (unsigned i = 0; i < devices; i++)
		attach_device(m, i);
	write_register(m, CQB, 8, QUEUE << 10 | 5);
	write_register(m, CQCSR, 4, 1);
	write_register(m, DDTP, 8, DIRECTORY << 10 | 2);
}

static void demolish(struct machine *m)
{
	for (unsigned i = 0; i < DEVICES; i++) {
		if (!m->devices[i].iommu)
			continue;
		xlat_dma_own(m->devices[i].dma);
		xlat_dma_destroy(m->devices[i].dma);
		xlat_space_destroy(m->devices[i].space);
		xlat_iommu_destroy(m->devices[i].iommu);
	}
	xlat_dma_destroy(m->plain);
	xlat_dma_destroy(m->cpu);
	xlat_riscv_adapter_destroy(m->adapter);
	xlat_space_destroy(m->space);
	xlat_region_unref(m->memory);
	xlat_region_unref(m->root);
	xlat_ram_unref(m->ram);
	xlat_fabric_destroy(m->fabric);
	memset(m, 0, sizeof(*m));
}

/* --- Hits. */

static void hit(struct xlat_dma *dma, uint64_t base, uint64_t n, uint8_t *buffer)
{
	uint64_t size = 4;
	unsigned failed = 0;

	for (uint64_t i = 0; i < n; i++) {
		opaque_value(size);
		failed |= xlat_dma_read(dma, nobody, base + (i * 64 & MASK), buffer, size);
	}
	check(failed == XLAT_OK);
}

static void hit_plain(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	hit(m->plain, FIRST * PAGE, n, m->buffer);
}

static void hit_behind(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	hit(m->devices[0].dma, 0, n, m->buffer);
}

/* --- Translations through the fabric: the model asks memory of the space. */

static void translate_warm(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	struct xlat_translation_request request = {.access = XLAT_READ, .length = 4};
	struct xlat_translation translation;

	for (uint64_t i = 0; i < n; i++) {
		request.iova = (i & (PAGES - 1)) * PAGE;
		check(xlat_iommu_translate(m->devices[0].iommu, &request, &translation) == XLAT_OK);
	}
}

/* Of more pages than the cache keeps: each is walked for, in RAM. */
static void translate_missing(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	struct xlat_translation_request request = {.access = XLAT_READ, .length = 4};
	struct xlat_translation translation;

	for (uint64_t i = 0; i < n; i++) {
		request.iova = (i & (MANY - 1)) * PAGE;
		check(xlat_iommu_translate(m->devices[0].iommu, &request, &translation) == XLAT_OK);
	}
}

/* --- Two threads, a device each. */

struct runner {
	pthread_t thread;
	pthread_barrier_t *start;
	struct device *device;
	uint64_t n;
	double ns; /* of one access */
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void *run_device(void *opaque)
{
	struct runner *runner = opaque;
	uint8_t buffer[PAGE];
	double start;

	xlat_dma_own(runner->device->dma);
	hit(runner->device->dma, 0, 64, buffer);
	pthread_barrier_wait(runner->start);
	start = now();
	hit(runner->device->dma, 0, runner->n, buffer);
	runner->ns = (now() - start) / (double)runner->n;
	return NULL;
}

/* Accesses per ns of `count` devices together. */
static double rate(struct machine *m, unsigned count, uint64_t n)
{
	struct runner runners[DEVICES];
	pthread_barrier_t start;
	double sum = 0;

	pthread_barrier_init(&start, NULL, count);
	for (unsigned i = 0; i < count; i++) {
		runners[i] = (struct runner){.start = &start, .device = &m->devices[i], .n = n};
		check(pthread_create(&runners[i].thread, NULL, run_device, &runners[i]) == 0);
	}
	for (unsigned i = 0; i < count; i++) {
		check(pthread_join(runners[i].thread, NULL) == 0);
		sum += 1 / runners[i].ns;
	}
	pthread_barrier_destroy(&start);
	return sum;
}

static double best_rate(struct machine *m, unsigned count, const struct measure *measure)
{
	double most = 0;

	for (int round = 0; round < (measure->quick ? 1 : 9); round++) {
		double one = rate(m, count, measure->quick ? 10000 : 10000000);

		if (one > most)
			most = one;
	}
	return most;
}

/* --- Strict mode. */

static void command(struct machine *m, uint64_t first, uint64_t second)
{
	put(m, QUEUE * PAGE + 16 * m->tail, first);
	put(m, QUEUE * PAGE + 16 * m->tail + 8, second);
	m->tail = (m->tail + 1) % ENTRIES;
}

/* The driver's half of a cycle: the page is nobody's but the driver's when this returns. */
static void unmap_strictly(struct machine *m, unsigned iova)
{
	put(m, LEAVES * PAGE + 8 * iova, 0);
	command(m, 0x401, (uint64_t)iova << 10); /* IOTINVAL.VMA, AV */
	command(m, 0x3002, 0); /* IOFENCE.C, PR, PW */
	write_register(m, CQT, 4, m->tail);
	while (read_register(m, CQH) != m->tail)
		(void)xlat_fabric_process(m->fabric);
}

static void cycle(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	for (uint64_t i = 0; i < n; i++) {
		unsigned iova = i & (PAGES - 1);

		map_page(m, iova, FIRST + iova);
		check(xlat_dma_write(m->devices[0].dma, nobody, (uint64_t)iova * PAGE, m->buffer,
				     PAGE) == XLAT_OK);
		unmap_strictly(m, iova);
	}
}

/* The same while the device's own thread does DMA all the time, to whatever is mapped. */
static void cycle_beside(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	for (uint64_t i = 0; i < n; i++) {
		unsigned iova = i & (PAGES / 2 - 1);

		map_page(m, iova, FIRST + iova);
		unmap_strictly(m, iova);
	}
}

/* Pages that stay, and now and then one of those that come and go. */
static void *be_busy(void *opaque)
{
	struct machine *m = opaque;
	struct xlat_dma *dma = m->devices[0].dma;
	uint8_t buffer[PAGE] = {0};

	xlat_dma_own(dma);
	for (uint64_t i = 0; __atomic_load_n(&m->busy, __ATOMIC_RELAXED); i++) {
		uint64_t page = i % 8 ? PAGES / 2 + i % (PAGES / 2) : i / 8 % (PAGES / 2);

		(void)xlat_dma_write(dma, nobody, page * PAGE, buffer, PAGE);
	}
	return NULL;
}

static void barrier(void *opaque, uint64_t n)
{
	(void)opaque;
	for (uint64_t i = 0; i < n; i++)
		check(syscall(__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0);
}

static void bench_beside(struct measure *measure, struct machine *m)
{
	double ns, barrier_ns;
	pthread_t thread;

	__atomic_store_n(&m->busy, true, __ATOMIC_RELAXED);
	check(pthread_create(&thread, NULL, be_busy, m) == 0);
	measure_pair(measure, cycle_beside, m, barrier, m, &ns, &barrier_ns);
	__atomic_store_n(&m->busy, false, __ATOMIC_RELAXED);
	check(pthread_join(thread, NULL) == 0);
	measure_row(measure, "strict cycle, the device's thread busy", ns, "membarrier", barrier_ns,
		    (1.5 * barrier_ns + 2000) / barrier_ns);
}

int main(int argc, char **argv)
{
	static struct machine m;
	struct measure measure;
	double ns, against_ns, one, two;

	measure_begin(&measure, "riscv", argc, argv);
	build(&m, 1, FEW);
	measure_row(&measure, "xlat_iommu_translate(), three levels walked for in RAM",
		    measure_ns(&measure, translate_missing, &m), NULL, 0, 0);
	demolish(&m);

	build(&m, DEVICES, CACHED);
	measure_pair(&measure, hit_behind, &m, hit_plain, &m, &ns, &against_ns);
	measure_row(&measure, "4-byte read that hits", ns, "plain RAM", against_ns, 1.1);
	measure_row(&measure, "xlat_iommu_translate(), in the model's cache",
		    measure_ns(&measure, translate_warm, &m), NULL, 0, 0);
	one = best_rate(&m, 1, &measure);
	two = best_rate(&m, DEVICES, &measure);
	measure_row(&measure, "4-byte read, time per access of two devices' threads", 1 / two,
		    "one thread", 1 / one, 1 / 1.9);
	demolish(&m);

	build(&m, 1, CACHED);
	measure_row(&measure, "strict cycle: map, DMA 4 KiB, unmap, IOTINVAL, IOFENCE",
		    measure_ns(&measure, cycle, &m), NULL, 0, 1250);
	bench_beside(&measure, &m);
	demolish(&m);
	return measure_end(&measure);
}
