/* SPDX-License-Identifier: BSD-3-Clause */
/* I/O in flight at the host. All under the lane's lock. */
#ifndef XLAT_DEVICES_NVME_REQUEST_H
#define XLAT_DEVICES_NVME_REQUEST_H

#include "devices/nvme/nvme.h"

/* Whether another command may go to the host. */
bool xlat__nvme_request_room(const struct xlat__nvme_cq *cq);

/* Whether it has anything in flight; without the lock. */
bool xlat__nvme_request_waits(const struct xlat__nvme_cq *cq);

/* Completes what the host has finished; gives maps back that are asked for. */
void xlat__nvme_reap(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq);

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
