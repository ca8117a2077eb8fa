/* SPDX-License-Identifier: BSD-3-Clause */
/* The admin command set (5). */
#include "devices/nvme/nvme.h"

/* 5.23: all data of a namespace are gone, and read as zero. */
static uint16_t format_one(struct xlat__nvme_ns *ns)
{
	if (ns->read_only)
		return NVME_WRITE_PROTECTED | NVME_DNR;
	return xlat__nvme_status_of(
		xlat_block_zero(ns->block, 0, ns->blocks << ns->shift, true, true), true);
}

uint16_t xlat__nvme_format(struct xlat_nvme *nvme, const struct nvme_command *command)
{
	uint32_t nsid = command->dword[1], how = command->dword[10];
	uint16_t status = NVME_SUCCESS;

	if (nsid != UINT32_MAX && !xlat__nvme_namespace(nvme, nsid))
		return NVME_INVALID_NAMESPACE | NVME_DNR;
	/* LBAF, MSET, PI, PIL: there is one format. SES: user data erase, or none. */
	if ((how & 0x1ff) || (how >> 9 & 7) > 1)
		return NVME_FORMAT_INVALID | NVME_DNR;
	for (uint32_t i = 1; i <= nvme->config.namespace_count && !status; i++) {
		if (nsid == UINT32_MAX || nsid == i)
			status = format_one(xlat__nvme_namespace(nvme, i));
	}
	return status;
}

uint16_t xlat__nvme_admin(struct xlat_nvme *nvme, const struct nvme_command *command,
			  uint32_t *result)
{
	if (nvme_fuse(command))
		return NVME_INVALID_FIELD | NVME_DNR;
	switch (nvme_opcode(command)) {
	case ADMIN_DELETE_SQ:
		return xlat__nvme_delete_sq(nvme, command);
	case ADMIN_CREATE_SQ:
		return xlat__nvme_create_sq(nvme, command);
	case ADMIN_GET_LOG_PAGE:
		return xlat__nvme_get_log(nvme, command);
	case ADMIN_DELETE_CQ:
		return xlat__nvme_delete_cq(nvme, command);
	case ADMIN_CREATE_CQ:
		return xlat__nvme_create_cq(nvme, command);
	case ADMIN_IDENTIFY:
		return xlat__nvme_identify(nvme, command);
	case ADMIN_ABORT:
		return xlat__nvme_abort(nvme, command, result);
	case ADMIN_SET_FEATURES:
		return xlat__nvme_set_features(nvme, command, result);
	case ADMIN_GET_FEATURES:
		return xlat__nvme_get_features(nvme, command, result);
	case ADMIN_ASYNC_EVENT_REQUEST:
		return xlat__nvme_event_request(nvme, command);
	case ADMIN_DOORBELL_BUFFER_CONFIG:
		return xlat__nvme_doorbell_buffer(nvme, command);
	case ADMIN_FORMAT_NVM:
		return xlat__nvme_format(nvme, command);
	default:
		return NVME_INVALID_OPCODE | NVME_DNR;
	}
}
