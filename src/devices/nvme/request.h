/* SPDX-License-Identifier: BSD-3-Clause */
/* I/O in flight at the host. All under the lane's lock. */
#ifndef XLAT_DEVICES_NVME_REQUEST_H
#define XLAT_DEVICES_NVME_REQUEST_H

#include "devices/nvme/nvme.h"

#include <sys/uio.h>

enum {
	XLAT__NVME_VECTORS = 513, /* of a request: as many as the pages of the greatest transfer */
};

enum xlat__nvme_request_kind {
	XLAT__NVME_REQUEST_READ,
	XLAT__NVME_REQUEST_WRITE,
	XLAT__NVME_REQUEST_FLUSH,
};

/* A command on a file, in flight at the host. */
struct xlat__nvme_request {
	struct xlat__list link; /* in its queue's requests, or free */
	struct xlat__nvme_sq *sq;
	struct xlat__nvme_ns *ns;
	struct nvme_command command;
	enum xlat__nvme_request_kind kind;
	uint64_t offset;
	uint32_t bytes, done;
	bool durable, bounced;
	bool cancelled; /* it is to come back as soon as it can, with status unless it is done */
	uint16_t status;
	struct xlat__nvme_abort *abort; /* who wants to know; or NULL */
	struct iovec *vectors; /* what is still to be transferred: from `first` on */
	unsigned first, vector_count;
	struct xlat_map *maps; /* the guest's memory in them */
	unsigned map_count;
	void *buffer; /* made when one is needed first, of the size of the greatest transfer */
	int64_t result; /* the engine's: bytes, or a negative error */
	struct xlat__list queued; /* the engine's */
	unsigned state; /* the engine's */
};

/* How the host does I/O: for one lane, under its lock. */
struct xlat__nvme_engine_ops {
	void (*start)(struct xlat__nvme_engine *engine, struct xlat__nvme_request *request);
	void (*submit)(struct xlat__nvme_engine *engine); /* all that was started */
	struct xlat__nvme_request *(*reap)(struct xlat__nvme_engine *engine); /* one that is over */
	void (*cancel)(struct xlat__nvme_engine *engine, struct xlat__nvme_request *request);
	void (*destroy)(struct xlat__nvme_engine *engine); /* nothing is in flight */
};

/* The beginning of each kind's struct. */
struct xlat__nvme_engine {
	const struct xlat__nvme_engine_ops *ops;
	struct xlat_nvme *nvme;
	struct xlat__nvme_cq *cq;
	struct xlat__nvme_request *requests; /* config.depth */
	struct xlat__list free;
	unsigned in_flight; /* atomic: written under the lane's lock */
	bool started; /* something has not been submitted */
};

/* Makes a lane's engine, if the configuration has one and there are files. Returns 0 or an error. */
int xlat__nvme_engine_start(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq);
void xlat__nvme_engine_finish(struct xlat__nvme_cq *cq);

/* Whether io_uring may be used: 0 or what the kernel says; -ENOSYS where the library was built without. */
int xlat__nvme_uring_probe(void);
int xlat__nvme_uring_create(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq,
			    struct xlat__nvme_engine **engine);

/* The threads that lanes share, and a lane's use of them. */
int xlat__nvme_pool_create(struct xlat_nvme *nvme);
void xlat__nvme_pool_destroy(struct xlat__nvme_pool *pool);
int xlat__nvme_threads_create(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq,
			      struct xlat__nvme_engine **engine);

/* A map of a queue's handle is asked for. */
void xlat__nvme_release(void *opaque, struct xlat_release *release);

/* Whether another command may go to the host. */
bool xlat__nvme_request_room(const struct xlat__nvme_cq *cq);

/* Whether it has anything in flight; without the lock. */
bool xlat__nvme_request_waits(const struct xlat__nvme_cq *cq);

/* Completes what the host has finished; gives maps back that are asked for. */
void xlat__nvme_reap(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq);

/* Reads the descriptors of a lane's handles, which may be readable for nothing. Whether it was not. */
bool xlat__nvme_settle(struct xlat__nvme_cq *cq);

/* Hands what was started to the host. */
void xlat__nvme_submit(struct xlat__nvme_cq *cq);

/* Start a command on a file. Return a status, or NVME_LATER. The data have been found. */
uint16_t xlat__nvme_request_transfer(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
				     const struct nvme_command *command, struct xlat__nvme_ns *ns,
				     uint64_t offset);
uint16_t xlat__nvme_request_flush(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
				  const struct nvme_command *command, struct xlat__nvme_ns *ns);

/* Takes back a command that is in flight, for an abort that is told. False: it is not. */
bool xlat__nvme_cancel_one(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint16_t cid,
			   struct xlat__nvme_abort *abort);

/* Nobody is to be told of aborts any more. */
void xlat__nvme_requests_forget_aborts(struct xlat__nvme_sq *sq);

/* --- io.c: what commands and requests share. */
uint16_t xlat__nvme_compare_data(struct xlat__nvme_sq *sq, const struct xlat__nvme_data *data,
				 const uint8_t *stored);
void xlat__nvme_count_transfer(struct xlat__nvme_cq *cq, bool write, uint64_t bytes);

/* Whether a write must be on the medium when it completes: FUA, or no write cache (5.21.1.6). */
bool xlat__nvme_durable(const struct xlat_nvme *nvme, const struct nvme_command *command);

#endif
