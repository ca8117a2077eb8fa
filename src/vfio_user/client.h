/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the client's files share. Messages are received by one thread at a time, whoever waits for one
 * or processes: the receiver, which also serves the server's DMA. Everything else is under the lock,
 * which is innermost but for the connection's own.
 */
#ifndef XLAT_VFIO_USER_CLIENT_INTERNAL_H
#define XLAT_VFIO_USER_CLIENT_INTERNAL_H

#include "base/list.h"
#include "vfio_user/capabilities.h"
#include "vfio_user/connection.h"

#include <xlat/dma.h>
#include <xlat/implement/holder.h>
#include <xlat/implement/listener.h>
#include <xlat/implement/mmio.h>
#include <xlat/iommu.h>
#include <xlat/vfio_user_client.h>

#include <pthread.h>

enum {
	XLAT__CLIENT_BARS = 7, /* with the ROM */
	XLAT__CLIENT_CONFIG = 7, /* the region's index */
	XLAT__CLIENT_REGIONS = 8,
	XLAT__CLIENT_IRQS = 3, /* INTx, MSI, MSI-X */
	XLAT__CLIENT_AREAS = 64, /* mapped ones of a region */
	XLAT__CLIENT_CONFIG_MOST = 4096,
	XLAT__CLIENT_MESSAGE = 2 << 20, /* bytes of a message of the server's */
	XLAT__CLIENT_QUEUE = 16 << 20, /* bytes that may wait to be sent */
	XLAT__CLIENT_ACCESS = 4096, /* bytes of an access at once */
};

struct xlat__client_area {
	uint64_t offset, size;
	int fd; /* ours, or -1 */
	uint64_t fd_offset;
};

/* A region as the server tells of it. */
struct xlat__client_region {
	uint64_t size;
	bool reads, writes;
	unsigned area_count;
	struct xlat__client_area areas[XLAT__CLIENT_AREAS];
};

/* All that the server tells of the device. */
struct xlat__client_shape {
	struct xlat__client_region regions[XLAT__CLIENT_REGIONS];
	uint32_t irqs[XLAT__CLIENT_IRQS];
	bool resets;
	unsigned config_size;
	uint8_t config[XLAT__CLIENT_CONFIG_MOST];
};

/* A command of ours that waits for its reply. */
struct xlat__client_request {
	struct xlat__list link; /* in the client's requests */
	uint16_t id, command;
	bool done;
	int error; /* of the reply, negative; or why there is none */
	/* Called with the reply (NULL: none will come), by the receiver, without locks; or NULL. */
	void (*replied)(struct xlat__client_request *request, int error,
			struct xlat__vfio_user_message *message);
	/* Without replied: where the payload goes, and its descriptors. */
	uint8_t *into;
	size_t room, size;
	int *fds;
	unsigned fd_room, fd_count;
};

/* One byte after another of what a BAR shows. */
struct xlat__client_bar {
	struct xlat_vfio_user_client *client;
	unsigned index;
	struct xlat_region *container, *registers;
	unsigned map_count;
	struct xlat_region *maps[XLAT__CLIENT_AREAS];
	struct xlat_ram *rams[XLAT__CLIENT_AREAS];
	uint64_t mapped; /* bytes; atomic */
};

struct xlat__client_memory; /* client_memory.c */

struct xlat_vfio_user_client {
	struct xlat_vfio_user_client_config config;
	char *name, *path;
	struct xlat_fabric *fabric;
	struct xlat_pci_function *function;
	struct xlat__client_shape *shape; /* its areas are under the topology lock */
	uint8_t local[XLAT__CLIENT_CONFIG_MOST]; /* 1: this byte of configuration space is ours */
	struct xlat__client_bar bars[XLAT__CLIENT_BARS];
	int poll, kick, timer;
	unsigned references; /* its own and those of its regions; atomic */
	struct xlat_vfio_user_client_statistics statistics; /* atomic */

	pthread_mutex_t lock;
	pthread_cond_t changed; /* a reply has come, or there is no receiver */
	struct xlat__vfio_user_connection connection; /* its socket stays while there is a receiver */
	struct xlat__vfio_user_capabilities peer;
	bool connected; /* atomic for who only looks */
	bool broken; /* to be hung up on; by the owner */
	bool handshake; /* the device is being asked; nobody else may */
	pthread_t handshaker;
	bool receiving;
	pthread_t receiver;
	uint16_t next_id;
	struct xlat__list requests;
	uint64_t pause; /* before the next attempt to connect */

	/* Interrupts: by whoever writes configuration space or processes, under irq_lock. */
	pthread_mutex_t irq_lock;
	int mode; /* which index has eventfds at the server; -1: none */
	unsigned irq_count; /* eventfds */
	int *irq_fds;
	bool intx_high; /* atomic: not told to unmask since */

	/* The server's DMA: the receiver's. */
	struct xlat_dma *dma;
	struct xlat__list serving; /* operations that are pending */

	struct xlat__client_memory *memory;
};

#define xlat__client_count(counter) ((void)__atomic_add_fetch(counter, 1, __ATOMIC_RELAXED))

/* --- client.c */
void xlat__client_unref(struct xlat_vfio_user_client *client);

/* --- client_request.c */

/*
 * Sends a command; its reply goes to request. Fails with -ENOTCONN, -ENOMEM, -ENOBUFS or what
 * sending reported; the request is not pending then.
 */
int xlat__client_send(struct xlat_vfio_user_client *client, struct xlat__client_request *request,
		      uint16_t command, const struct iovec *pieces, unsigned count, const int *fds,
		      unsigned fd_count);

/* Sends one that is not answered. */
int xlat__client_post(struct xlat_vfio_user_client *client, uint16_t command,
		      const struct iovec *pieces, unsigned count);

/* Sends and waits for the reply; 0, or an error, the server's included. */
int xlat__client_ask(struct xlat_vfio_user_client *client, struct xlat__client_request *request,
		     uint16_t command, const struct iovec *pieces, unsigned count, const int *fds,
		     unsigned fd_count);

/* Receives what there is, if nobody else does; returns how many messages. */
unsigned xlat__client_receive(struct xlat_vfio_user_client *client);

/* Every request that waits has failed. */
void xlat__client_fail_all(struct xlat_vfio_user_client *client, int error);

/* The connection is of no use any more; the owner hangs up. Any thread. */
void xlat__client_break(struct xlat_vfio_user_client *client);

void xlat__client_kick(struct xlat_vfio_user_client *client);
bool xlat__client_is_connected(const struct xlat_vfio_user_client *client);

/* --- client_access.c: accesses to regions. */
int xlat__client_read(struct xlat_vfio_user_client *client, unsigned region, uint64_t offset,
		      void *bytes, uint32_t length);
int xlat__client_write(struct xlat_vfio_user_client *client, unsigned region, uint64_t offset,
		       const void *bytes, uint32_t length, bool posted);
extern const struct xlat_mmio_ops xlat__client_bar_ops;

/* --- client_shape.c: asks for all of the device. Fails with -EPROTO besides what asking does. */
int xlat__client_ask_shape(struct xlat_vfio_user_client *client, struct xlat__client_shape *shape);
void xlat__client_shape_free(struct xlat__client_shape *shape);
bool xlat__client_shape_equal(const struct xlat__client_shape *a,
			      const struct xlat__client_shape *b);

/* --- client_connect.c */
int xlat__client_connect(struct xlat_vfio_user_client *client, int fd,
			 struct xlat__client_shape *shape);
int xlat__client_open(const char *path); /* a connected socket, or an error */
void xlat__client_hang_up(struct xlat_vfio_user_client *client);
void xlat__client_reconnect(struct xlat_vfio_user_client *client);
void xlat__client_set_timer(struct xlat_vfio_user_client *client, uint64_t after);

/* --- client_function.c, client_map.c */
int xlat__client_make_function(struct xlat_vfio_user_client *client);
int xlat__client_make_bar(struct xlat_vfio_user_client *client, unsigned index, uint64_t length);
void xlat__client_map_bars(struct xlat_vfio_user_client *client);
void xlat__client_unmap_bars(struct xlat_vfio_user_client *client);

/* --- client_irq.c */
void xlat__client_irqs_update(struct xlat_vfio_user_client *client, bool again);
unsigned xlat__client_irqs_process(struct xlat_vfio_user_client *client, uint32_t vector);
void xlat__client_irqs_finish(struct xlat_vfio_user_client *client);
void xlat__client_intx_seen(struct xlat_vfio_user_client *client);

/* --- client_dma.c: a command of the server's. By the receiver. */
void xlat__client_serve(struct xlat_vfio_user_client *client,
			struct xlat__vfio_user_message *message);
unsigned xlat__client_serve_pending(struct xlat_vfio_user_client *client);

/* --- client_memory.c: what is lent. */
int xlat__client_memory_create(struct xlat_vfio_user_client *client);
void xlat__client_memory_destroy(struct xlat_vfio_user_client *client);
void xlat__client_memory_connected(struct xlat_vfio_user_client *client);
unsigned xlat__client_memory_process(struct xlat_vfio_user_client *client);
/* Before an access: what was noted is told first. waits: not with the topology lock. */
void xlat__client_memory_flush(struct xlat_vfio_user_client *client, bool waits);

#endif
