/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A vfio-user server: it shows one PCI function to a client (a VMM such as QEMU) in another process,
 * over a socket. The client reads and writes its configuration space and BARs, gets its interrupts
 * by eventfd, and lends it memory for DMA.
 *
 * Each server has a fabric and a root bus of its own; any number of servers share a process and
 * nothing else. What the client maps for DMA appears in the bus's DMA memory; DMA to what it maps
 * without a descriptor goes by messages and takes its time: the device submits it
 * (xlat_dma_submit()), a synchronous access of it gets XLAT_RETRY. When the client unmaps, it is
 * answered when nobody uses the range any more (a fence), and served meanwhile.
 *
 * A client may do anything: nothing of it blocks, kills or misleads the server. One client at a time;
 * when it goes, what it mapped and its eventfds go, the device stays as it is, and the next one is
 * taken.
 *
 * There is no thread and no loop: the host polls xlat_vfio_user_server_fd() and calls
 * xlat_vfio_user_server_process(). That, and all calls that do not say "any thread", are one
 * thread's at a time, the owner's; it calls the function's handlers for the client's accesses.
 *
 * Source: QEMU docs/interop/vfio-user.rst.
 */
#ifndef XLAT_VFIO_USER_SERVER_H
#define XLAT_VFIO_USER_SERVER_H

#include <xlat/fabric.h>
#include <xlat/pci_function.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_vfio_user_server;
struct xlat_vfio_user_device_ops;

/* How memory that the client lends by descriptor is accessed. */
enum xlat_vfio_user_memory {
	/*
	 * Mapped where the client cannot take it away (sealed against shrinking: a memfd with
	 * F_SEAL_SHRINK, as QEMU's memory-backend-memfd has); else by pread() and pwrite(), which end
	 * at the end of a file that was truncated instead of killing the process by SIGBUS.
	 */
	XLAT_VFIO_USER_MEMORY_SAFE = 0,
	/* Mapped if the file is long enough now. A client that truncates it then kills the process. */
	XLAT_VFIO_USER_MEMORY_TRUSTED,
	XLAT_VFIO_USER_MEMORY_FILE, /* never mapped */
};

/* What the messages of DMA_READ and DMA_WRITE look like. */
enum xlat_vfio_user_layout {
	/* Found out: the first message DMA of a session is preceded by a harmless probe. */
	XLAT_VFIO_USER_LAYOUT_DETECT = 0,
	XLAT_VFIO_USER_LAYOUT_STANDARD, /* a count of 64 bits */
	XLAT_VFIO_USER_LAYOUT_NARROW, /* of 32 bits, as QEMU 10.1 and 10.2 have it */
};

/* X(identifier suffix, name as printed) */
#define XLAT_VFIO_USER_EVENTS(X)                                                                   \
	X(CONNECTED, "connected")                                                                  \
	X(NEGOTIATED, "negotiated") /* versions and capabilities: text */                          \
	X(DISCONNECTED, "disconnected") /* error: 0, it hung up; or why it was hung up on */       \
	X(RESET, "reset") /* the client reset the device */                                        \
	X(OVERDUE, "overdue") /* an unmap waits for somebody: text */                              \
	X(GAVE_UP, "gave-up") /* an unmap was refused, since somebody did not let go: text */      \
	X(STATE, "state") /* of migration: text */

enum xlat_vfio_user_event_kind {
#define XLAT_VFIO_USER_ENUMERATOR(suffix, name) XLAT_VFIO_USER_##suffix,
	XLAT_VFIO_USER_EVENTS(XLAT_VFIO_USER_ENUMERATOR)
#undef XLAT_VFIO_USER_ENUMERATOR
};

/* What the host may want to tell its operator. Valid during the call. */
struct xlat_vfio_user_event {
	enum xlat_vfio_user_event_kind kind;
	int error; /* 0 or a negative errno */
	const char *text; /* details, without a newline; "" */
};

/* "unknown" for a value that is none. */
const char *xlat_vfio_user_event_name(enum xlat_vfio_user_event_kind kind);

struct xlat_vfio_user_server_config {
	size_t size; /* sizeof(struct xlat_vfio_user_server_config) */
	const char *name; /* for messages; copied; NULL: "vfio-user" */
	/*
	 * Where to listen: a path, where a socket that nobody listens on is replaced, and which is
	 * removed at the end; or a socket, listening or connected to the one client, which is the
	 * server's once it is made; or neither (NULL, false): clients are adopted.
	 */
	const char *path;
	bool has_fd;
	int fd;
	/* Both may be NULL. By the owner, or by who signals or accesses. */
	void (*log)(void *opaque, enum xlat_log_level level, const char *message);
	void (*event)(void *opaque, const struct xlat_vfio_user_event *event);
	void *opaque;
	enum xlat_vfio_user_memory memory;
	enum xlat_vfio_user_layout layout;
	uint32_t max_dma_maps; /* 0: 65535 */
	uint32_t max_data_xfer_size; /* bytes of a REGION_ or DMA_ message; 0: 1 MiB */
	/* Nanoseconds after which an unmap that waits is told of (OVERDUE; 0: 1 s), refused with EBUSY (0: 60 s). */
	uint64_t overdue_after, give_up_after;
	bool no_twin_socket; /* DMA messages go over the one socket even if the client offers two */
};

/*
 * Makes a server with its fabric and its bus, and begins to listen. Fails with -EINVAL (a path and a
 * socket, a path that is too long, an unknown enumerator), -EADDRINUSE (somebody listens on the path),
 * -ENOMEM, what a system call reported, or the configuration errors of config.h.
 */
XLAT_MUST_CHECK int xlat_vfio_user_server_create(const struct xlat_vfio_user_server_config *config,
						 struct xlat_vfio_user_server **server);

/*
 * Ends a server, its bus and its fabric. The device has been destroyed: its handles, its function;
 * withdraw() came before. Accepts NULL.
 */
void xlat_vfio_user_server_destroy(struct xlat_vfio_user_server *server);

/* Where the device lives: made with this fabric, and on this bus. Any thread. */
struct xlat_fabric *xlat_vfio_user_server_fabric(const struct xlat_vfio_user_server *server);
struct xlat_pci_bus *xlat_vfio_user_server_bus(const struct xlat_vfio_user_server *server);

/*
 * Shows a function to clients from now on; one that is on no bus is attached at 00.0. ops (copied;
 * implement/vfio_user_device.h) and opaque are of the device beside it; NULL: none. Fails with -EBUSY
 * (a function is shown already), -EINVAL (of another fabric, or on another bus), -ENOMEM, what
 * attaching reported, or the configuration errors of config.h.
 */
XLAT_MUST_CHECK int xlat_vfio_user_server_show(struct xlat_vfio_user_server *server,
					       struct xlat_pci_function *function,
					       const struct xlat_vfio_user_device_ops *ops,
					       void *opaque);

/* Hangs up, takes no more clients, and lets go of the function; before that is destroyed. */
void xlat_vfio_user_server_withdraw(struct xlat_vfio_user_server *server);

/*
 * A descriptor that becomes readable when process() has something to do, the fabric's included. It
 * belongs to the server. Any thread.
 */
int xlat_vfio_user_server_fd(const struct xlat_vfio_user_server *server);

/*
 * When process() has something to do even if the descriptor does not become readable, by the
 * fabric's clock (xlat_fabric_now()); UINT64_MAX: never.
 */
uint64_t xlat_vfio_user_server_due(struct xlat_vfio_user_server *server);

/*
 * Serves what has arrived, and processes the fabric. Never blocks. Returns how many messages it
 * served.
 */
unsigned xlat_vfio_user_server_process(struct xlat_vfio_user_server *server);

/*
 * The same, and looks again for spin nanoseconds after the last message before it returns: answers
 * come without a wait for the host's loop, at the price of a processor.
 */
unsigned xlat_vfio_user_server_spin(struct xlat_vfio_user_server *server, uint64_t spin);

/*
 * Takes a client that the host has accepted; its socket is the server's on success. Fails with
 * -EBUSY (there is one), -ENOMEM, what epoll_ctl() reported.
 */
XLAT_MUST_CHECK int xlat_vfio_user_server_adopt(struct xlat_vfio_user_server *server, int fd);

/* Whether a client is there, and whether one can still come. */
bool xlat_vfio_user_server_connected(const struct xlat_vfio_user_server *server);
bool xlat_vfio_user_server_finished(const struct xlat_vfio_user_server *server);

/* Tells the client of an error of the device (ERR), asks it to let go of the device (REQ). Any thread. */
void xlat_vfio_user_server_signal_error(struct xlat_vfio_user_server *server);
void xlat_vfio_user_server_request_release(struct xlat_vfio_user_server *server);

/* The device that was asked to stop (ops) has. Any thread. */
void xlat_vfio_user_server_stopped(struct xlat_vfio_user_server *server);

/*
 * Writes the state of function and device to bytes if size suffices, and returns how many bytes it
 * takes, 0 if the device cannot save: for a file, from which another process goes on. The device is
 * stopped, or between accesses.
 */
size_t xlat_vfio_user_server_save(struct xlat_vfio_user_server *server, void *bytes, size_t size);

/* Brings the function and the device into such a state. Fails with -EINVAL (none such), -ENOTSUP, -ENOMEM. */
XLAT_MUST_CHECK int xlat_vfio_user_server_restore(struct xlat_vfio_user_server *server,
						  const void *bytes, size_t size);

/* Counts since creation, but those that say now. */
struct xlat_vfio_user_statistics {
	uint64_t clients, messages, errors; /* errors: replies that were one */
	uint64_t region_reads, region_writes;
	uint64_t dma_reads, dma_writes; /* messages to the client */
	uint64_t interrupts; /* signalled */
	uint64_t strays; /* replies that nobody waited for */
	uint64_t system_calls; /* of sockets; process() itself makes no others to serve a message */
	uint64_t maps; /* now */
	uint64_t mapped_bytes; /* now */
	uint64_t unmaps_waiting; /* now */
};

struct xlat_vfio_user_statistics
xlat_vfio_user_server_statistics(struct xlat_vfio_user_server *server);

#ifdef __cplusplus
}
#endif
#endif
