/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What an NVMe command costs: 4 KiB random reads of a namespace in memory, beside the same copies by
 * memcpy; and of a file by io_uring, beside a loop that gives the same reads to io_uring itself. The
 * driver is one thread, which writes a command's bytes, the doorbell, and reads its completion.
 */
#include "measure.h"

#include <xlat/nvme.h>

#include <endian.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef XLAT_HAVE_LIBURING
#include <liburing.h>
#endif

enum {
	RAM = 32 << 20,
	DISK = 16 << 20,
	FILE_SIZE = 64 << 20,
	BLOCK = 4096,
	DEPTH = 32,
	ENTRIES = 64,
	MANY = 512, /* commands on a file that are measured as one */
	/* Places in RAM. */
	ADMIN_SQ = 0,
	ADMIN_CQ = 4096,
	SQ = 8192,
	CQ = 12288,
	DATA = 2 << 20,
	BAR = 0x40000000,
};

struct machine {
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *root, *memory;
	struct xlat_space *space;
	struct xlat_dma *cpu;
	struct xlat_pci_bus *bus;
	struct xlat_block *block;
	struct xlat_nvme *nvme;
	uint8_t *host;
	unsigned tail, head, batch;
	bool phase;
	uint64_t blocks, seed;
	unsigned admin_tail;
};

static const struct xlat_attrs nobody;

static uint64_t next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 33;
}

static void store(struct machine *m, uint64_t offset, uint32_t value)
{
	check(xlat_dma_store_le32(m->cpu, nobody, BAR + offset, value) == XLAT_OK);
}

static void admin(struct machine *m, uint32_t opcode, uint64_t prp, uint32_t dword10,
		  uint32_t dword11)
{
	uint32_t *entry = (uint32_t *)(void *)(m->host + ADMIN_SQ + m->admin_tail * 64);

	memset(entry, 0, 64);
	entry[0] = htole32(opcode);
	entry[6] = htole32((uint32_t)prp);
	entry[10] = htole32(dword10);
	entry[11] = htole32(dword11);
	store(m, 0x1000, ++m->admin_tail);
	check(le32toh(((uint32_t *)(void *)(m->host + ADMIN_CQ + m->admin_tail * 16))[-1]) >> 17 ==
	      0);
}

static void build(struct machine *m, const struct xlat_block_config *store_config,
		  enum xlat_nvme_io io)
{
	struct xlat_nvme_namespace namespace = {.block_shift = 12};
	struct xlat_pci_function *function;

	memset(m, 0, sizeof(*m));
	check(xlat_fabric_create(NULL, &m->fabric) == 0);
	check(xlat_ram_create(m->fabric,
			      XLAT_CONFIG(xlat_ram_config, .length = RAM, .huge_pages = true),
			      &m->ram) == 0);
	m->host = xlat_ram_host(m->ram);
	memset(m->host, 0, RAM);
	check(xlat_region_create(m->fabric, XLAT_CONFIG(xlat_region_config, .name = "machine"),
				 &m->root) == 0);
	check(xlat_region_create(m->fabric,
				 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					     .ram = m->ram, .length = RAM),
				 &m->memory) == 0);
	check(xlat_region_attach(m->root, m->memory, 0) == 0);
	check(xlat_pci_bus_create(m->fabric, XLAT_CONFIG(xlat_pci_bus_config, .memory = m->memory),
				  &m->bus) == 0);
	check(xlat_region_attach(m->root, xlat_pci_bus_memory(m->bus), 0) == 0 ||
	      xlat_region_container(xlat_pci_bus_memory(m->bus)) == m->root);
	check(xlat_space_create(m->root, "machine", &m->space) == 0);
	check(xlat_dma_create(m->space, NULL, &m->cpu) == 0);
	check(xlat_block_create(store_config, &m->block) == 0);
	m->blocks = xlat_block_length(m->block) / BLOCK;
	namespace.block = m->block;
	check(xlat_nvme_create(m->fabric,
			       XLAT_CONFIG(xlat_nvme_config, .namespaces = &namespace,
					   .namespace_count = 1, .io = io, .queues = 1),
			       &m->nvme) == 0);
	function = xlat_nvme_function(m->nvme);
	check(xlat_pci_function_attach(m->bus, XLAT_PCI_DEVFN(1, 0), function) == 0);
	xlat_pci_function_config_write(function, 0x10, 4, BAR);
	xlat_pci_function_config_write(function, 0x04, 2, 6);
	store(m, 0x24, 31 << 16 | 31);
	store(m, 0x28, ADMIN_SQ);
	store(m, 0x30, ADMIN_CQ);
	store(m, 0x14, 0x460001);
	admin(m, 5, CQ, (ENTRIES - 1) << 16 | 1, 1); /* its interrupts disabled: the driver polls */
	admin(m, 1, SQ, (ENTRIES - 1) << 16 | 1, 1 << 16 | 1);
	m->phase = true;
	m->batch = DEPTH;
}

static void finish(struct machine *m)
{
	xlat_nvme_destroy(m->nvme);
	xlat_block_destroy(m->block);
	xlat_dma_destroy(m->cpu);
	xlat_space_destroy(m->space);
	xlat_region_detach(xlat_pci_bus_memory(m->bus));
	xlat_pci_bus_destroy(m->bus);
	xlat_region_unref(m->memory);
	xlat_region_unref(m->root);
	xlat_ram_unref(m->ram);
	xlat_fabric_destroy(m->fabric);
}

static void push(struct machine *m, unsigned slot)
{
	uint32_t *entry = (uint32_t *)(void *)(m->host + SQ + m->tail * 64);
	uint64_t block = next(&m->seed) % m->blocks;

	memset(entry, 0, 64);
	entry[0] = htole32(2 | slot << 16); /* Read */
	entry[1] = htole32(1);
	entry[6] = htole32(DATA + slot * BLOCK);
	entry[10] = htole32((uint32_t)block);
	m->tail = (m->tail + 1) % ENTRIES;
}

static bool peek(const struct machine *m, uint32_t *last)
{
	const uint32_t *entry = (const uint32_t *)(const void *)(m->host + CQ + m->head * 16);

	*last = le32toh(__atomic_load_n(&entry[3], __ATOMIC_ACQUIRE));
	return (*last >> 16 & 1) == m->phase;
}

/* The next completion's slot, or -1. */
static int take(struct machine *m)
{
	uint32_t last;

	if (!peek(m, &last))
		return -1;
	check(last >> 17 == 0);
	if (++m->head == ENTRIES) {
		m->head = 0;
		m->phase = !m->phase;
	}
	return last & 0xffff;
}

/* So many at once, then all their completions. */
static void run_batches(void *opaque, uint64_t n)
{
	struct machine *m = opaque;

	for (uint64_t done = 0; done < n;) {
		unsigned count = n - done < m->batch ? (unsigned)(n - done) : m->batch;

		for (unsigned i = 0; i < count; i++)
			push(m, i);
		store(m, 0x1008, m->tail);
		for (unsigned i = 0; i < count; i++)
			check(take(m) >= 0);
		store(m, 0x100c, m->head);
		done += count;
	}
}

/* DEPTH in flight: each completion makes room for another. In MANY at once, so that ends do not count. */
static void run_deep(void *opaque, uint64_t many)
{
	uint64_t n = many * MANY;
	struct machine *m = opaque;
	uint64_t started = 0, done = 0;
	struct pollfd fd = {.fd = xlat_nvme_fd(m->nvme), .events = POLLIN};

	while (started < n && started < DEPTH)
		push(m, (unsigned)started++);
	store(m, 0x1008, m->tail);
	while (done < n) {
		bool more = false;
		uint32_t ignored;
		int slot;

		while ((slot = take(m)) >= 0) {
			done++;
			if (started == n)
				continue;
			push(m, (unsigned)slot);
			started++;
			more = true;
		}
		store(m, 0x100c, m->head);
		if (more)
			store(m, 0x1008, m->tail);
		/* A doorbell may have completed something, too. */
		if (done < n && !peek(m, &ignored) && !xlat_nvme_process(m->nvme))
			(void)poll(&fd, 1, 1000);
	}
}

static void run_memcpy(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	const uint8_t *disk = xlat_block_host(m->block);

	for (uint64_t i = 0; i < n; i++) {
		memcpy(m->host + DATA + i % DEPTH * BLOCK,
		       disk + next(&m->seed) % m->blocks * BLOCK, BLOCK);
		__asm__ volatile("" : : : "memory");
	}
}

static void measure_memory(struct measure *measure)
{
	struct machine m;
	double ns, copy;

	build(&m, XLAT_CONFIG(xlat_block_config, .length = DISK, .huge_pages = true),
	      XLAT_NVME_IO_SYNC);
	memset(xlat_block_host(m.block), 1, DISK);
	measure_pair(measure, run_batches, &m, run_memcpy, &m, &ns, &copy);
	measure_row(measure, "4 KiB random read of memory, 32 at once", ns, "memcpy", copy, 0);
	measure_row(measure, "  and what that adds to the copy", ns - copy, NULL, 0, 200);
	m.batch = 1;
	measure_pair(measure, run_batches, &m, run_memcpy, &m, &ns, &copy);
	measure_row(measure, "the same, one at a time", ns, "memcpy", copy, 0);
	finish(&m);
}

#ifdef XLAT_HAVE_LIBURING
struct loop {
	struct io_uring ring;
	struct machine *machine;
};

/* What a program does that reads by io_uring itself. */
static void run_uring(void *opaque, uint64_t many)
{
	uint64_t n = many * MANY;
	struct loop *loop = opaque;
	struct machine *m = loop->machine;
	uint64_t started = 0, done = 0;

	while (done < n) {
		struct io_uring_cqe *entry;
		unsigned slots[DEPTH], count = 0;

		while (started < n && started < DEPTH && started == done + count)
			slots[count++] = (unsigned)started++;
		if (count == 0) {
			check(io_uring_wait_cqe(&loop->ring, &entry) == 0);
			do {
				check(entry->res == BLOCK);
				slots[count] = (unsigned)(uintptr_t)io_uring_cqe_get_data(entry);
				io_uring_cqe_seen(&loop->ring, entry);
				done++;
				if (started < n) {
					started++;
					count++;
				}
			} while (count < DEPTH && io_uring_peek_cqe(&loop->ring, &entry) == 0);
		}
		for (unsigned i = 0; i < count; i++) {
			struct io_uring_sqe *request = io_uring_get_sqe(&loop->ring);

			io_uring_prep_read(request, xlat_block_fd(m->block),
					   m->host + DATA + slots[i] * BLOCK, BLOCK,
					   next(&m->seed) % m->blocks * BLOCK);
			io_uring_sqe_set_data(request, (void *)(uintptr_t)slots[i]);
		}
		if (count)
			check(io_uring_submit(&loop->ring) >= 0);
	}
}

static void measure_file(struct measure *measure, bool buffered, const char *what)
{
	char path[] = "bench-nvme-XXXXXX";
	int fd = mkstemp(path);
	struct machine m;
	struct loop loop = {.machine = &m};
	uint8_t *bytes = calloc(1, 1 << 20);
	double ns, plain;

	check(fd >= 0 && bytes);
	for (unsigned i = 0; i < FILE_SIZE >> 20; i++)
		check(write(fd, bytes, 1 << 20) == 1 << 20);
	check(fsync(fd) == 0);
	build(&m,
	      XLAT_CONFIG(xlat_block_config, .kind = XLAT_BLOCK_FILE, .path = path,
			  .buffered = buffered),
	      XLAT_NVME_IO_URING);
	check(io_uring_queue_init(ENTRIES, &loop.ring, 0) == 0);
	measure_pair(measure, run_deep, &m, run_uring, &loop, &ns, &plain);
	measure_row(measure, what, ns / MANY, "io_uring", plain / MANY, 1.1);
	io_uring_queue_exit(&loop.ring);
	finish(&m);
	(void)unlink(path);
	(void)close(fd);
	free(bytes);
}
#endif

int main(int argc, char **argv)
{
	struct measure measure;

	measure_begin(&measure, "nvme", argc, argv);
	measure_memory(&measure);
#ifdef XLAT_HAVE_LIBURING
	struct io_uring ring;

	if (io_uring_queue_init(2, &ring, 0) == 0) {
		io_uring_queue_exit(&ring);
		measure_file(&measure, false, "4 KiB random read of a file, O_DIRECT, 32 deep");
		measure_file(&measure, true, "4 KiB random read of a file, cached, 32 deep");
	}
#endif
	return measure_end(&measure);
}
