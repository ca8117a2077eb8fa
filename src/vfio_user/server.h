/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The server, seen from inside its layer. Members are the owner's unless a comment says otherwise.
 *
 * `lock` guards what other threads touch: DMA messages, from whatever thread's handle they come, and
 * the connections they go to. `irq_lock` guards the interrupts. Neither is held while a handler or a
 * callback is called; they are never held together.
 */
#ifndef XLAT_VFIO_USER_SERVER_PRIVATE_H
#define XLAT_VFIO_USER_SERVER_PRIVATE_H

#include "base/interval_tree.h"
#include "base/list.h"
#include "vfio_user/capabilities.h"
#include "vfio_user/connection.h"
#include "vfio_user/protocol.h"

#include <xlat/dma.h>
#include <xlat/fence.h>
#include <xlat/implement/vfio_user_device.h>
#include <xlat/vfio_user_server.h>

#include <linux/vfio.h>
#include <pthread.h>

struct xlat__vfio_user_backing;
struct xlat__vfio_user_file;
struct xlat__vfio_user_message_dma;

enum {
	XLAT__VFIO_USER_REGIONS = 9, /* BARs, ROM, configuration, VGA: VFIO_PCI_NUM_REGIONS */
	XLAT__VFIO_USER_IRQS = 5, /* INTx, MSI, MSI-X, ERR, REQ */
	XLAT__VFIO_USER_BITMAP_MOST = 16 << 20, /* bytes of a dirty bitmap */
};

/* What a reply needs of its request. */
struct xlat__vfio_user_request {
	uint16_t id, command;
	bool no_reply;
};

/* A BAR or the ROM, as the client accesses it. */
struct xlat__vfio_user_region {
	struct xlat_space *space; /* NULL: there is none */
	struct xlat_dma *dma;
	uint64_t size;
};

/* A vector, under irq_lock. */
struct xlat__vfio_user_vector {
	int fd; /* -1: none */
	bool masked, pending;
};

struct xlat__vfio_user_irq {
	unsigned count;
	struct xlat__vfio_user_vector *vectors;
};

/* Something that is answered later. */
struct xlat__vfio_user_wait {
	struct xlat__list link; /* in waits */
	struct xlat_vfio_user_server *server;
	struct xlat__vfio_user_request request;
	/* Whether it is over now; answers the client then. */
	bool (*finish)(struct xlat__vfio_user_wait *wait);
	void (*free)(struct xlat__vfio_user_wait *wait); /* with what it holds */
	struct xlat_fence fence;
	bool fenced, fence_over; /* fence_over: atomic, any thread */
	uint64_t began, told; /* by the fabric's clock */
};

/* Migration: vfio_user/migration.c. */
struct xlat__vfio_user_migration {
	uint32_t state; /* enum vfio_device_mig_state */
	bool stopped; /* the device is */
	bool stopping; /* atomic: and will tell */
	uint8_t *bytes; /* the stream, to be read or as written */
	size_t size, room, position;
};

struct xlat_vfio_user_server {
	struct xlat_vfio_user_server_config config;
	char *name, *path;
	struct xlat_fabric *fabric;
	struct xlat_region *memory; /* what DMA reaches */
	struct xlat_pci_bus *bus;
	struct xlat_pci_function *function; /* NULL: none is shown */
	bool attached_here;
	struct xlat_vfio_user_device_ops ops;
	void *device;
	struct xlat__vfio_user_region regions[XLAT__VFIO_USER_REGIONS];
	pthread_t owner; /* of the regions' handles */

	/* The host's poll. */
	int epoll_fd, listen_fd;
	bool listening; /* listen_fd is in epoll_fd */
	bool finished;

	/* The session. */
	struct xlat__vfio_user_connection main, twin; /* lock guards that they exist */
	uint32_t main_armed, twin_armed; /* events asked for; lock */
	uint64_t session; /* its number; lock */
	bool negotiated;
	struct xlat__vfio_user_capabilities client;
	int hang_up; /* why, or 0 */
	bool held_up; /* messages wait in the buffer until the client has read */
	unsigned quiet_rounds; /* calls of process() since the fabric was processed */
	bool busy; /* the fabric has something to do, for sure */

	/* DMA: vfio_user/memory.c. */
	struct xlat_region *lent; /* container: what this client mapped */
	struct xlat__interval_tree mappings;
	struct xlat__interval
		*dead; /* mappings that are taken away already, to be freed bit by bit */
	struct xlat_region *dead_container; /* that they are in */
	struct xlat__list files;
	uint64_t map_count, mapped_bytes;
	bool uncommitted; /* a commit failed; the next may not */
	struct xlat__list waits;
	bool logging; /* dirty pages: vfio_user/logging.c; atomic */

	/* Messages to the client: vfio_user/message_dma.c; lock. */
	pthread_mutex_t lock;
	struct xlat__vfio_user_message_dma *messages;
	enum xlat_vfio_user_layout layout; /* DETECT: not known yet */

	/* Region accesses that a handler has deferred: vfio_user/region.c. */
	struct xlat__list accesses;
	unsigned access_count;

	/* Interrupts: vfio_user/irq.c. */
	pthread_mutex_t irq_lock;
	struct xlat__vfio_user_irq irqs[XLAT__VFIO_USER_IRQS];
	bool intx_level;
	int intx_mask_fd, intx_unmask_fd; /* -1: none; the owner's */

	struct xlat__vfio_user_migration migration;
	struct xlat_vfio_user_statistics statistics; /* atomic */
};

/* --- server.c */

struct xlat__vfio_user_request
xlat__vfio_user_request_of(const struct xlat__vfio_user_message *message);

/* Answers, unless no answer is wanted. fds are duplicated. */
void xlat__vfio_user_reply(struct xlat_vfio_user_server *server,
			   const struct xlat__vfio_user_request *request,
			   const struct iovec *pieces, unsigned count, const int *fds,
			   unsigned fd_count);
void xlat__vfio_user_reply_bytes(struct xlat_vfio_user_server *server,
				 const struct xlat__vfio_user_request *request, const void *bytes,
				 size_t size);
void xlat__vfio_user_reply_error(struct xlat_vfio_user_server *server,
				 const struct xlat__vfio_user_request *request, int error);

/* Sends what the socket takes, and sees to it that the rest follows. Under lock. */
void xlat__vfio_user_push(struct xlat_vfio_user_server *server,
			  struct xlat__vfio_user_connection *connection);

void xlat__vfio_user_count(uint64_t *counter, uint64_t by);
void xlat__vfio_user_log(const struct xlat_vfio_user_server *server, enum xlat_log_level level,
			 const char *format, ...) __attribute__((format(printf, 3, 4)));
void xlat__vfio_user_tell(const struct xlat_vfio_user_server *server,
			  enum xlat_vfio_user_event_kind kind, int error, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Adds to, or removes from, what the server's descriptor stands for. 0 or what epoll_ctl() reported. */
int xlat__vfio_user_watch(struct xlat_vfio_user_server *server, int fd);
void xlat__vfio_user_unwatch(struct xlat_vfio_user_server *server, int fd);

/* --- wait.c: what is answered later */

/*
 * Makes it wait for what has been withdrawn from the function's DMA so far, in a range, or {0, 0};
 * finish is called when that is over, at once if it is. A wait without a function to be fenced
 * is over at once.
 */
void xlat__vfio_user_wait_fence(struct xlat__vfio_user_wait *wait, struct xlat_range range);

/* Makes it wait until finish says so. */
void xlat__vfio_user_wait_begin(struct xlat__vfio_user_wait *wait);

/* Finishes what is over, tells of what is overdue. */
void xlat__vfio_user_waits_process(struct xlat_vfio_user_server *server);
uint64_t xlat__vfio_user_waits_due(struct xlat_vfio_user_server *server);
void xlat__vfio_user_waits_cancel(struct xlat_vfio_user_server *server);

/*
 * Handlers of the client's commands: 0, answered or to be answered; a negative errno, which is
 * answered.
 */
typedef int xlat__vfio_user_handler(struct xlat_vfio_user_server *server,
				    struct xlat__vfio_user_message *message);

/* --- negotiation.c */
xlat__vfio_user_handler xlat__vfio_user_version;

/* --- information.c */
xlat__vfio_user_handler xlat__vfio_user_device_info;
xlat__vfio_user_handler xlat__vfio_user_region_info;
xlat__vfio_user_handler xlat__vfio_user_region_io_fds;
xlat__vfio_user_handler xlat__vfio_user_irq_info;

/* --- region.c */
int xlat__vfio_user_regions_init(struct xlat_vfio_user_server *server);
void xlat__vfio_user_regions_finish(struct xlat_vfio_user_server *server);
/* The calling thread is the one that serves now. */
void xlat__vfio_user_regions_own(struct xlat_vfio_user_server *server);
void xlat__vfio_user_regions_process(struct xlat_vfio_user_server *server);
void xlat__vfio_user_regions_forget(struct xlat_vfio_user_server *server);
xlat__vfio_user_handler xlat__vfio_user_region_read;
xlat__vfio_user_handler xlat__vfio_user_region_write;
xlat__vfio_user_handler xlat__vfio_user_region_write_multi;

/* --- irq.c */
int xlat__vfio_user_irqs_init(struct xlat_vfio_user_server *server);
void xlat__vfio_user_irqs_finish(struct xlat_vfio_user_server *server);
void xlat__vfio_user_irqs_reset(struct xlat_vfio_user_server *server);
void xlat__vfio_user_irqs_process(struct xlat_vfio_user_server *server);
xlat__vfio_user_handler xlat__vfio_user_set_irqs;

/* --- memory.c */

/* A mapping that a client made, or what is left of it. */
struct xlat__vfio_user_mapping {
	struct xlat__interval node; /* IOVA */
	struct xlat_region *region;
	struct xlat__vfio_user_backing *backing; /* a reference */
};

int xlat__vfio_user_memory_init(struct xlat_vfio_user_server *server);
void xlat__vfio_user_memory_finish(struct xlat_vfio_user_server *server);
int xlat__vfio_user_memory_begin(struct xlat_vfio_user_server *server);
void xlat__vfio_user_memory_reset(struct xlat_vfio_user_server *server);
void xlat__vfio_user_memory_commit(struct xlat_vfio_user_server *server);
/* Frees some of what is taken away, and lets go of files of which nothing is mapped any more. */
void xlat__vfio_user_memory_prune(struct xlat_vfio_user_server *server);
xlat__vfio_user_handler xlat__vfio_user_dma_map;
xlat__vfio_user_handler xlat__vfio_user_dma_unmap;

/* --- message_dma.c */
struct xlat_mmio_ops;
extern const struct xlat_mmio_ops xlat__vfio_user_message_rw, xlat__vfio_user_message_r,
	xlat__vfio_user_message_w;
int xlat__vfio_user_messages_init(struct xlat_vfio_user_server *server);
void xlat__vfio_user_messages_finish(struct xlat_vfio_user_server *server);
/* Begins what waits for a place and can go. Under lock. */
void xlat__vfio_user_messages_send(struct xlat_vfio_user_server *server);
/* All that the client owes is not to be had any more. Without locks. */
void xlat__vfio_user_messages_reset(struct xlat_vfio_user_server *server);
void xlat__vfio_user_messages_reply(struct xlat_vfio_user_server *server,
				    const struct xlat__vfio_user_message *message);

/* --- logging.c */
xlat__vfio_user_handler xlat__vfio_user_logging_start;
xlat__vfio_user_handler xlat__vfio_user_logging_stop;
xlat__vfio_user_handler xlat__vfio_user_logging_report;
void xlat__vfio_user_logging_reset(struct xlat_vfio_user_server *server);

/* --- migration.c */
xlat__vfio_user_handler xlat__vfio_user_feature;
xlat__vfio_user_handler xlat__vfio_user_mig_data_read;
xlat__vfio_user_handler xlat__vfio_user_mig_data_write;
bool xlat__vfio_user_migrates(const struct xlat_vfio_user_server *server);
/* Back to RUNNING, whatever was under way. */
void xlat__vfio_user_migration_reset(struct xlat_vfio_user_server *server);

#endif
