/* SPDX-License-Identifier: BSD-3-Clause */
#include "devices/nvme/request.h"

bool xlat__nvme_request_room(const struct xlat__nvme_cq *cq)
{
	(void)cq;
	return true;
}

bool xlat__nvme_request_waits(const struct xlat__nvme_cq *cq)
{
	(void)cq;
	return false;
}

void xlat__nvme_reap(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	(void)nvme;
	(void)cq;
}

void xlat__nvme_submit(struct xlat__nvme_cq *cq)
{
	(void)cq;
}

uint16_t xlat__nvme_request_transfer(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
				     const struct nvme_command *command, struct xlat__nvme_ns *ns,
				     uint64_t offset)
{
	(void)nvme;
	(void)sq;
	(void)command;
	(void)ns;
	(void)offset;
	return NVME_INTERNAL_ERROR;
}

uint16_t xlat__nvme_request_flush(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
				  const struct nvme_command *command, struct xlat__nvme_ns *ns)
{
	return xlat__nvme_request_transfer(nvme, sq, command, ns, 0);
}

void xlat__nvme_cancel_all(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint16_t status)
{
	(void)nvme;
	(void)sq;
	(void)status;
}

bool xlat__nvme_cancel_one(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint16_t cid,
			   struct xlat__nvme_abort *abort)
{
	(void)nvme;
	(void)sq;
	(void)cid;
	(void)abort;
	return false;
}

void xlat__nvme_requests_forget_aborts(struct xlat__nvme_sq *sq)
{
	(void)sq;
}
