/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An NVMe controller: a PCI function whose namespaces are block stores (block.h).
 *
 * Guests write doorbells from any thread. By default the thread that writes one executes the
 * commands that it announces, before the write returns; with `deferred` they wait for
 * xlat_nvme_process(), or for the worker that their completion queue belongs to. Either way what
 * completes later (I/O of the host, maps that are to be given back) is gone on with by
 * xlat_nvme_process(), when xlat_nvme_fd() is readable.
 *
 * Each queue has a DMA handle of its own. Commands on a memory namespace are copied straight
 * between the guest's memory and the store; on a file, the guest's pages are lent to the kernel
 * (XLAT_MAP_PINNED) where they can be. What a guest unmaps meanwhile is cancelled at the kernel and
 * completes with Command Abort Requested, and the unmap's fence when the kernel has let go.
 *
 * Source: NVM Express 1.4, and what drivers use of 2.0; docs/nvme.md says what is implemented.
 */
#ifndef XLAT_NVME_H
#define XLAT_NVME_H

#include <xlat/block.h>
#include <xlat/pci_function.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_nvme;

/* A namespace: the nth of a controller's has id n + 1. */
struct xlat_nvme_namespace {
	struct xlat_block *block; /* must outlive the controller */
	unsigned block_shift; /* log2 of its logical blocks' bytes: 9 to 16; 0: 9 */
	bool read_only; /* write protected; also when its store is */
	uint8_t uuid[16]; /* all zero: made of the serial number and the id */
};

/* How I/O of file namespaces is done. */
enum xlat_nvme_io {
	XLAT_NVME_IO_SYNC = 0, /* by the thread that executes the command, which waits */
	XLAT_NVME_IO_URING, /* by the kernel; create fails where it does not allow io_uring */
	XLAT_NVME_IO_THREADS, /* by `threads` threads of the controller's own */
	XLAT_NVME_IO_BEST, /* URING where that is possible, else SYNC */
};

struct xlat_nvme_config {
	size_t size; /* sizeof(struct xlat_nvme_config) */
	const char *name; /* for messages; copied; NULL: "nvme" */
	const char *serial; /* at most 20 printable characters; NULL: "xlat" */
	const char *model; /* at most 40; NULL: "xlat NVMe controller" */
	const struct xlat_nvme_namespace *namespaces; /* copied */
	unsigned namespace_count; /* 0 to 1024 */
	unsigned queues; /* I/O queues of either kind; 0: 16; at most 1024 */
	unsigned entries; /* that a queue may have; 0: 1024; a power of two from 2 to 65536 */
	unsigned vectors; /* of MSI-X; 0: queues + 1; at most 2048 */
	uint64_t max_transfer; /* bytes of a command; 0: 512 KiB; a power of two, 4 KiB to 2 MiB */
	bool deferred; /* doorbells only announce; process() executes */
	/*
	 * Completion queue n, and the submission queues that use it, are processed by worker (n - 1) %
	 * workers; the admin queue by worker 0. 0: 1.
	 */
	unsigned workers;
	enum xlat_nvme_io io;
	unsigned depth; /* host I/O in flight for each completion queue; 0: 128; at most 1024 */
	unsigned threads; /* with XLAT_NVME_IO_THREADS; 0: 4; at most 64 */
};

/*
 * Makes a controller, its function on no bus yet. Fails with -EINVAL (a number out of its bounds, a
 * store that is no multiple of its blocks, an unprintable name), -ENOMEM, -ENOSYS or -EPERM (no
 * io_uring), what epoll_create1, eventfd, pthread_create or the function's parts reported, or the
 * configuration errors of config.h.
 */
XLAT_MUST_CHECK int xlat_nvme_create(struct xlat_fabric *fabric,
				     const struct xlat_nvme_config *config,
				     struct xlat_nvme **nvme);

/*
 * Ends a controller and its function, while nobody accesses it or processes it. Waits for the host
 * to finish what is in flight. Accepts NULL.
 */
void xlat_nvme_destroy(struct xlat_nvme *nvme);

/* Its function, to attach to a bus. Valid as long as the controller. */
struct xlat_pci_function *xlat_nvme_function(const struct xlat_nvme *nvme);

/*
 * A descriptor that becomes readable when xlat_nvme_process() has something to do. It belongs to the
 * controller; do not read or close it. Any thread.
 */
int xlat_nvme_fd(const struct xlat_nvme *nvme);

/*
 * Executes what doorbells announced, completes what the host has finished, gives maps back that are
 * asked for. Any thread, never blocks on the host's I/O (but XLAT_NVME_IO_SYNC). Returns how many
 * commands completed.
 */
unsigned xlat_nvme_process(struct xlat_nvme *nvme);

/*
 * The same for the queues of one worker, so that several threads share the work. A worker that there
 * is not: -1, and 0.
 */
int xlat_nvme_worker_fd(const struct xlat_nvme *nvme, unsigned worker);
unsigned xlat_nvme_worker_process(struct xlat_nvme *nvme, unsigned worker);

/*
 * Stops executing commands (what is in flight goes on; doorbells are remembered), and starts again:
 * for a snapshot. Any thread, outside of this controller's DMA; nested calls count.
 */
void xlat_nvme_pause(struct xlat_nvme *nvme);
void xlat_nvme_resume(struct xlat_nvme *nvme);

/* How many commands are in flight at the host. Any thread. */
unsigned xlat_nvme_in_flight(struct xlat_nvme *nvme);

/*
 * Writes the controller's state to bytes if size suffices, and returns how many bytes it takes: its
 * queues, features, logs and the commands that are in flight, which a restored controller executes
 * again; its function's state too, not its stores' contents. Pause it, and keep what it has in
 * flight from writing after another has taken its place. Any thread.
 */
size_t xlat_nvme_save(struct xlat_nvme *nvme, void *bytes, size_t size);

/*
 * Brings a controller of the same configuration into a state that was saved; what it had in flight
 * must be over (-EBUSY). While nobody accesses it. Fails with -EINVAL: bytes that are no such state, or of another shape; then
 * the controller is as it was; or -ENOMEM: then it has failed (CSTS.CFS).
 */
XLAT_MUST_CHECK int xlat_nvme_restore(struct xlat_nvme *nvme, const void *bytes, size_t size);

/* Sets the composite temperature (kelvin; 300 at first): SMART log, thresholds, their events. */
void xlat_nvme_set_temperature(struct xlat_nvme *nvme, unsigned kelvin);

/* Counts since creation. Any thread. */
struct xlat_nvme_statistics {
	uint64_t commands; /* completed, of I/O queues */
	uint64_t errors; /* of those, with a status other than success */
	uint64_t admin; /* completed, of the admin queue */
	uint64_t reads, writes; /* commands that succeeded */
	uint64_t blocks_read, blocks_written; /* of 512 bytes */
	uint64_t mapped; /* commands whose pages were lent to the host */
	uint64_t bounced; /* commands that went through a buffer on their way to a file */
	uint64_t cancelled; /* commands that were taken back from the host */
	uint64_t interrupts; /* messages, and rises of the pin */
	uint64_t bad_doorbells; /* writes that were ignored */
};

/* The counts now. Any thread. */
struct xlat_nvme_statistics xlat_nvme_statistics(struct xlat_nvme *nvme);

#ifdef __cplusplus
}
#endif
#endif
