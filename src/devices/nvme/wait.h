/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accesses that memory does not answer at once (a peer's, by messages): a lane waits for them. What a
 * command reads is kept, and the command is executed again from its beginning with what has come; what
 * it writes is on its way while it goes on, and its completion follows when that has arrived. Under the
 * lane's lock. Memory that answers pays nothing for this.
 */
#ifndef XLAT_DEVICES_NVME_WAIT_H
#define XLAT_DEVICES_NVME_WAIT_H

#include "devices/nvme/nvme.h"

struct xlat__nvme_answer;

/* A completion that follows what is on its way. */
struct xlat__nvme_owed {
	struct xlat__nvme_owed *next;
	struct xlat__nvme_sq *sq;
	uint16_t cid, status;
	uint32_t result;
};

struct xlat__nvme_wait {
	struct xlat__nvme_sq *sq; /* whose handle the accesses are made by */
	struct xlat__nvme_answer *first, **last; /* what the command has accessed so far */
	struct xlat__nvme_answer *next; /* in the course of its execution */
	unsigned outstanding; /* atomic: accesses without an answer */
	bool reading; /* the command cannot go on without one */
	bool failed; /* something that was written did not arrive */
	struct xlat__nvme_owed *owed, **owed_last; /* completions that follow */
	struct xlat__nvme_request *request; /* of which what was read is to be written to the guest */
};

/* Whether the lane waits, and starts nothing. */
static inline bool xlat__nvme_is_waiting(const struct xlat__nvme_cq *cq)
{
	return __builtin_expect(cq->wait != NULL, 0) &&
	       (cq->wait->outstanding || cq->wait->owed || cq->wait->request);
}

/* Whether the command that is being executed has to be executed again. */
static inline bool xlat__nvme_is_reading(const struct xlat__nvme_cq *cq)
{
	return __builtin_expect(cq->wait != NULL, 0) && cq->wait->reading;
}

/* A command begins, for the first time or again; it is over, and not to be executed again. */
void xlat__nvme_wait_begin(struct xlat__nvme_cq *cq);
void xlat__nvme_wait_end(struct xlat__nvme_cq *cq);

/* Looks for answers; completes what they complete. Whether the lane may go on. */
bool xlat__nvme_wait_over(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq);

/* The lane is being stopped: nothing is waited for. */
void xlat__nvme_wait_abandon(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq);

/* Puts a completion behind what is on its way. False: nothing is. */
bool xlat__nvme_wait_owe(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint16_t cid,
			 uint16_t status, uint32_t result);

/* The queue, or its handle, is gone. */
void xlat__nvme_wait_forget(struct xlat__nvme_cq *cq, const struct xlat__nvme_sq *sq);

/* Goes on with a request whose data can be written now: request.c. */
void xlat__nvme_request_go_on(struct xlat_nvme *nvme, struct xlat__nvme_request *request);

#endif
