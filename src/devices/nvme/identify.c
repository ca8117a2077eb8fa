/* SPDX-License-Identifier: BSD-3-Clause */
/* Identify (5.15): its data structures are written by offset, as the specification's figures list them. */
#include "devices/nvme/nvme.h"

#include <stdio.h>
#include <string.h>

enum {
	SIZE = 4096,
	CONTROLLER_ID = 1,
	FORMATS = 128, /* of the namespace structure: LBAF0 */
};

static void put(uint8_t *bytes, unsigned offset, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		bytes[offset + i] = (uint8_t)(value >> (8 * i));
}

/* 1.5: ASCII strings are padded with spaces. */
static void put_text(uint8_t *bytes, unsigned offset, unsigned size, const char *text)
{
	size_t length = strlen(text);

	memset(bytes + offset, ' ', size);
	memcpy(bytes + offset, text, length < size ? length : size);
}

/* Figure "Identify Controller Data Structure". */
static void controller(struct xlat_nvme *nvme, uint8_t *bytes)
{
	unsigned shift = 0;
	bool cached = false;
	char nqn[224];

	while ((UINT64_C(4096) << shift) < nvme->config.max_transfer)
		shift++;
	for (unsigned i = 0; i < nvme->config.namespace_count; i++)
		cached |= nvme->namespaces[i].block->kind == XLAT_BLOCK_FILE;
	put(bytes, 0, 2, 0x1b36); /* VID */
	put(bytes, 2, 2, 0x1af4); /* SSVID */
	put_text(bytes, 4, 20, nvme->serial);
	put_text(bytes, 24, 40, nvme->model);
	put_text(bytes, 64, 8, "1.0"); /* FR */
	put(bytes, 72, 1, 6); /* RAB: 2^6 commands */
	put(bytes, 77, 1, shift); /* MDTS, in pages of 2^(12 + CAP.MPSMIN) */
	put(bytes, 78, 2, CONTROLLER_ID);
	put(bytes, 80, 4, NVME_VERSION_1_4);
	put(bytes, 111, 1, 1); /* CNTRLTYPE: I/O controller */
	put(bytes, 256, 2, 1 << 1 | 1 << 8); /* OACS: Format NVM, Doorbell Buffer Config */
	put(bytes, 258, 1, XLAT__NVME_ABORTS - 1); /* ACL */
	put(bytes, 259, 1, XLAT__NVME_EVENTS - 1); /* AERL */
	put(bytes, 260, 1, 1 << 1 | 1); /* FRMW: one slot, read-only */
	put(bytes, 261, 1, 1 << 1 | 1 << 2); /* LPA: commands log, extended data */
	put(bytes, 262, 1, XLAT__NVME_ERRORS - 1); /* ELPE */
	put(bytes, 266, 2, 343); /* WCTEMP, kelvin */
	put(bytes, 268, 2, 373); /* CCTEMP */
	put(bytes, 512, 1, 0x66); /* SQES: 64 bytes */
	put(bytes, 513, 1, 0x44); /* CQES: 16 bytes */
	put(bytes, 516, 4, nvme->config.namespace_count); /* NN */
	/* ONCS: Compare, Dataset Management, Write Zeroes, Save and Select, Timestamp, Verify. */
	put(bytes, 520, 2, 1 << 0 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 6 | 1 << 7);
	put(bytes, 525, 1, (cached ? 1 : 0) | 3 << 1); /* VWC; Flush takes FFFFFFFFh */
	put(bytes, 536, 4, 1 | 1 << 16 | 1 << 18); /* SGLS: any alignment, bit bucket, longer */
	(void)snprintf(nqn, sizeof(nqn), "nqn.2014-08.org.nvmexpress:%04x%04x%-20.20s%-40.40s",
		       0x1b36, 0x1af4, nvme->serial, nvme->model);
	put_text(bytes, 768, 256, nqn);
	memset(bytes + 768 + strlen(nqn), 0, 256 - strlen(nqn));
	/* PSD0: 25 W, in units of 0.01 W. */
	put(bytes, 2048, 2, 2500);
}

/* Figure "Identify Namespace Data Structure, NVM Command Set Specific". */
static void namespace(const struct xlat__nvme_ns *ns, uint8_t *bytes)
{
	put(bytes, 0, 8, ns->blocks); /* NSZE */
	put(bytes, 8, 8, ns->blocks); /* NCAP */
	put(bytes, 16, 8, ns->blocks); /* NUSE */
	put(bytes, 24, 1, 1 << 4); /* NSFEAT: NPWG and its kin */
	put(bytes, 33, 1, 1 << 3 | 1); /* DLFEAT: zeroes after deallocation; DEAC of Write Zeroes */
	put(bytes, 64, 2, (4096u >> ns->shift ? 4096u >> ns->shift : 1) - 1); /* NPWG */
	put(bytes, 66, 2, (4096u >> ns->shift ? 4096u >> ns->shift : 1) - 1); /* NPWA */
	put(bytes, 68, 2, (4096u >> ns->shift ? 4096u >> ns->shift : 1) - 1); /* NPDG */
	put(bytes, 70, 2, (4096u >> ns->shift ? 4096u >> ns->shift : 1) - 1); /* NPDA */
	put(bytes, 99, 1, ns->read_only); /* NSATTR: write protected */
	memcpy(bytes + 104, ns->uuid, 16); /* NGUID */
	put(bytes, FORMATS + 2, 1, ns->shift); /* LBADS */
}

/* 5.15.2.3: types 2 (NGUID), 3 (UUID) and 4 (2.0: the command set). */
static void descriptors(const struct xlat__nvme_ns *ns, uint8_t *bytes)
{
	put(bytes, 0, 2, 2 | 16 << 8);
	memcpy(bytes + 4, ns->uuid, 16);
	put(bytes, 20, 2, 3 | 16 << 8);
	memcpy(bytes + 24, ns->uuid, 16);
	put(bytes, 40, 2, 4 | 1 << 8);
}

/* 5.15.2.4: the ids above one, ascending. */
static void list_namespaces(const struct xlat_nvme *nvme, uint32_t above, uint8_t *bytes)
{
	unsigned count = 0;

	for (uint32_t id = above + 1; id <= nvme->config.namespace_count && count < 1024; id++)
		put(bytes, 4 * count++, 4, id);
}

uint16_t xlat__nvme_identify(struct xlat_nvme *nvme, const struct nvme_command *command)
{
	uint32_t nsid = command->dword[1], from = command->dword[10] >> 16;
	struct xlat__nvme_ns *ns = xlat__nvme_namespace(nvme, nsid);
	uint8_t bytes[SIZE] = {0};

	switch (command->dword[10] & 0xff) {
	case CNS_NAMESPACE:
	case CNS_ALLOCATED_NAMESPACE:
		/* 5.15.2.1: FFFFFFFFh: what all have in common. */
		if (nsid == UINT32_MAX && nvme->config.namespace_count) {
			put(bytes, FORMATS + 2, 1, nvme->namespaces[0].shift);
			break;
		}
		if (!ns)
			return NVME_INVALID_NAMESPACE | NVME_DNR;
		namespace(ns, bytes);
		break;
	case CNS_CONTROLLER:
		controller(nvme, bytes);
		break;
	case CNS_SET_ACTIVE:
		if (command->dword[11] >> 24)
			return NVME_INVALID_FIELD | NVME_DNR;
		/* fall through */
	case CNS_ACTIVE:
	case CNS_ALLOCATED:
		if (nsid >= UINT32_MAX - 1)
			return NVME_INVALID_NAMESPACE | NVME_DNR;
		list_namespaces(nvme, nsid, bytes);
		break;
	case CNS_DESCRIPTORS:
		if (!ns)
			return NVME_INVALID_NAMESPACE | NVME_DNR;
		descriptors(ns, bytes);
		break;
	case CNS_SET_NAMESPACE:
		if (command->dword[11] >> 24)
			return NVME_INVALID_FIELD | NVME_DNR;
		if (!ns)
			return NVME_INVALID_NAMESPACE | NVME_DNR;
		break;
	case CNS_SET_CONTROLLER:
		if (command->dword[11] >> 24)
			return NVME_INVALID_FIELD | NVME_DNR;
		break;
	case CNS_ATTACHED_CONTROLLERS:
		if (!ns)
			return NVME_INVALID_NAMESPACE | NVME_DNR;
		/* fall through */
	case CNS_CONTROLLERS:
		if (from <= CONTROLLER_ID) {
			put(bytes, 0, 2, 1);
			put(bytes, 2, 2, CONTROLLER_ID);
		}
		break;
	case CNS_COMMAND_SETS:
		put(bytes, 0, 8, 1);
		break;
	default:
		return NVME_INVALID_FIELD | NVME_DNR;
	}
	return xlat__nvme_give(nvme, &nvme->sqs[0], command, bytes, SIZE);
}
