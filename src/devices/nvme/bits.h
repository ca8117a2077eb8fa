/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Names and numbers of NVM Express 1.4: section numbers are of that revision.
 */
#ifndef XLAT_DEVICES_NVME_BITS_H
#define XLAT_DEVICES_NVME_BITS_H

#include <stdint.h>

/* 3.1: controller registers, by offset in BAR 0. */
enum {
	NVME_CAP = 0x00, /* 8 bytes */
	NVME_VS = 0x08,
	NVME_INTMS = 0x0c,
	NVME_INTMC = 0x10,
	NVME_CC = 0x14,
	NVME_CSTS = 0x1c,
	NVME_NSSR = 0x20,
	NVME_AQA = 0x24,
	NVME_ASQ = 0x28, /* 8 bytes */
	NVME_ACQ = 0x30, /* 8 bytes */
	NVME_DOORBELLS = 0x1000, /* 3.1.24, 3.1.25: SQ 0, CQ 0, SQ 1, … 4 bytes each (DSTRD 0) */
};

#define NVME_VERSION_1_4 0x00010400u
#define NVME_NSSR_VALUE 0x4e564d65u /* "NVMe" */

/* 3.1.1: CAP. */
#define CAP_CQR (UINT64_C(1) << 16)
#define CAP_TO(half_seconds) ((uint64_t)(half_seconds) << 24)
#define CAP_NSSRS (UINT64_C(1) << 36)
#define CAP_CSS_NVM (UINT64_C(1) << 37)
#define CAP_MPSMAX(shift) ((uint64_t)((shift)-12) << 52)

/* 3.1.5: CC. */
enum {
	CC_EN = 1 << 0,
	CC_CSS_SHIFT = 4, /* 3 bits */
	CC_MPS_SHIFT = 7, /* 4 bits */
	CC_AMS_SHIFT = 11, /* 3 bits */
	CC_SHN_SHIFT = 14, /* 2 bits */
	CC_IOSQES_SHIFT = 16, /* 4 bits */
	CC_IOCQES_SHIFT = 20, /* 4 bits */
	CC_WRITABLE = 0x00fffff1,
};

/* 3.1.6: CSTS. */
enum {
	CSTS_RDY = 1 << 0,
	CSTS_CFS = 1 << 1,
	CSTS_SHST = 3 << 2,
	CSTS_SHST_COMPLETE = 2 << 2,
	CSTS_NSSRO = 1 << 4,
};

/* 4.2: the submission queue entry; 4.6: the completion queue entry. */
enum {
	NVME_SQE_SIZE = 64,
	NVME_CQE_SIZE = 16,
};

/* A submission queue entry, in the host's byte order. */
struct nvme_command {
	uint32_t dword[16];
};

static inline uint8_t nvme_opcode(const struct nvme_command *command)
{
	return command->dword[0] & 0xff;
}

static inline uint16_t nvme_cid(const struct nvme_command *command)
{
	return command->dword[0] >> 16;
}

/* 4.2: CDW0 bits 15:14: PRPs, or SGLs. */
static inline unsigned nvme_psdt(const struct nvme_command *command)
{
	return command->dword[0] >> 14 & 3;
}

static inline unsigned nvme_fuse(const struct nvme_command *command)
{
	return command->dword[0] >> 8 & 3;
}

static inline uint64_t nvme_quad(const struct nvme_command *command, unsigned dword)
{
	return command->dword[dword] | (uint64_t)command->dword[dword + 1] << 32;
}

#define NVME_PRP1(command) nvme_quad(command, 6)
#define NVME_PRP2(command) nvme_quad(command, 8)
#define NVME_SLBA(command) nvme_quad(command, 10)

/* 5: admin commands. */
enum {
	ADMIN_DELETE_SQ = 0x00,
	ADMIN_CREATE_SQ = 0x01,
	ADMIN_GET_LOG_PAGE = 0x02,
	ADMIN_DELETE_CQ = 0x04,
	ADMIN_CREATE_CQ = 0x05,
	ADMIN_IDENTIFY = 0x06,
	ADMIN_ABORT = 0x08,
	ADMIN_SET_FEATURES = 0x09,
	ADMIN_GET_FEATURES = 0x0a,
	ADMIN_ASYNC_EVENT_REQUEST = 0x0c,
	ADMIN_DOORBELL_BUFFER_CONFIG = 0x7c,
	ADMIN_FORMAT_NVM = 0x80,
};

/* 6: commands of the NVM command set. */
enum {
	NVM_FLUSH = 0x00,
	NVM_WRITE = 0x01,
	NVM_READ = 0x02,
	NVM_COMPARE = 0x05,
	NVM_WRITE_ZEROES = 0x08,
	NVM_DATASET_MANAGEMENT = 0x09,
	NVM_VERIFY = 0x0c,
};

/* CDW12 of read, write and their kin: 6.9, 6.15. */
#define NVM_FUA (1u << 30)
#define NVM_PRINFO (0xfu << 26)
#define NVM_WRITE_ZEROES_DEAC (1u << 25)
#define NVM_DSM_DEALLOCATE (1u << 2) /* in CDW11 */

/* 4.6.1: status, as in bits 15:1 of the last doubleword's upper half: DNR, More, SCT, SC. */
#define NVME_STATUS(type, code) ((uint16_t)((type) << 8 | (code)))
enum {
	NVME_SUCCESS = 0,
	NVME_INVALID_OPCODE = NVME_STATUS(0, 0x01),
	NVME_INVALID_FIELD = NVME_STATUS(0, 0x02),
	NVME_DATA_TRANSFER_ERROR = NVME_STATUS(0, 0x04),
	NVME_INTERNAL_ERROR = NVME_STATUS(0, 0x06),
	NVME_ABORT_REQUESTED = NVME_STATUS(0, 0x07),
	NVME_ABORTED_SQ_DELETION = NVME_STATUS(0, 0x08),
	NVME_INVALID_NAMESPACE = NVME_STATUS(0, 0x0b),
	NVME_SEQUENCE_ERROR = NVME_STATUS(0, 0x0c),
	NVME_SGL_SEGMENT_INVALID = NVME_STATUS(0, 0x0d),
	NVME_SGL_COUNT_INVALID = NVME_STATUS(0, 0x0e),
	NVME_SGL_LENGTH_INVALID = NVME_STATUS(0, 0x0f),
	NVME_SGL_TYPE_INVALID = NVME_STATUS(0, 0x11),
	NVME_PRP_OFFSET_INVALID = NVME_STATUS(0, 0x13),
	NVME_WRITE_PROTECTED = NVME_STATUS(0, 0x20),
	NVME_LBA_OUT_OF_RANGE = NVME_STATUS(0, 0x80),
	NVME_CAPACITY_EXCEEDED = NVME_STATUS(0, 0x81),
	NVME_CQ_INVALID = NVME_STATUS(1, 0x00),
	NVME_QUEUE_ID_INVALID = NVME_STATUS(1, 0x01),
	NVME_QUEUE_SIZE_INVALID = NVME_STATUS(1, 0x02),
	NVME_ABORT_LIMIT_EXCEEDED = NVME_STATUS(1, 0x03),
	NVME_EVENT_LIMIT_EXCEEDED = NVME_STATUS(1, 0x05),
	NVME_VECTOR_INVALID = NVME_STATUS(1, 0x08),
	NVME_LOG_PAGE_INVALID = NVME_STATUS(1, 0x09),
	NVME_FORMAT_INVALID = NVME_STATUS(1, 0x0a),
	NVME_QUEUE_DELETION_INVALID = NVME_STATUS(1, 0x0c),
	NVME_FEATURE_NOT_SAVEABLE = NVME_STATUS(1, 0x0d),
	NVME_FEATURE_NOT_CHANGEABLE = NVME_STATUS(1, 0x0e),
	NVME_FEATURE_NOT_NAMESPACE = NVME_STATUS(1, 0x0f),
	NVME_READ_ONLY_RANGE = NVME_STATUS(1, 0x82),
	NVME_WRITE_FAULT = NVME_STATUS(2, 0x80),
	NVME_READ_ERROR = NVME_STATUS(2, 0x81),
	NVME_COMPARE_FAILURE = NVME_STATUS(2, 0x85),
	NVME_DNR = 1 << 14, /* do not retry */
	/* Not a status: the command completes later. */
	NVME_LATER = 0xffff,
};

/* 5.15.1: CNS of Identify. */
enum {
	CNS_NAMESPACE = 0x00,
	CNS_CONTROLLER = 0x01,
	CNS_ACTIVE = 0x02,
	CNS_DESCRIPTORS = 0x03,
	CNS_SET_NAMESPACE = 0x05, /* 2.0: of an I/O command set */
	CNS_SET_CONTROLLER = 0x06,
	CNS_SET_ACTIVE = 0x07,
	CNS_ALLOCATED = 0x10,
	CNS_ALLOCATED_NAMESPACE = 0x11,
	CNS_ATTACHED_CONTROLLERS = 0x12,
	CNS_CONTROLLERS = 0x13,
	CNS_COMMAND_SETS = 0x1c,
};

/* 5.14.1: log pages. */
enum {
	LOG_ERROR = 0x01,
	LOG_SMART = 0x02,
	LOG_FIRMWARE = 0x03,
	LOG_CHANGED_NAMESPACES = 0x04,
	LOG_COMMANDS = 0x05,
};

/* 5.21.1: features. */
enum {
	FEATURE_ARBITRATION = 0x01,
	FEATURE_POWER = 0x02,
	FEATURE_TEMPERATURE = 0x04,
	FEATURE_ERROR_RECOVERY = 0x05,
	FEATURE_WRITE_CACHE = 0x06,
	FEATURE_QUEUES = 0x07,
	FEATURE_COALESCING = 0x08,
	FEATURE_VECTOR = 0x09,
	FEATURE_ATOMICITY = 0x0a,
	FEATURE_EVENTS = 0x0b,
	FEATURE_TIMESTAMP = 0x0e,
};

/* 5.2.1: asynchronous events, as in dword 0 of their completion: type, information, log page. */
#define NVME_EVENT(type, info, page)                                                               \
	((uint32_t)(type) | (uint32_t)(info) << 8 | (uint32_t)(page) << 16)
enum {
	EVENT_ERROR = 0,
	EVENT_SMART = 1,
	EVENT_NOTICE = 2,
	EVENT_TYPES = 3,
	EVENT_ERROR_DOORBELL_REGISTER = 0, /* of a queue that is not there */
	EVENT_ERROR_DOORBELL_VALUE = 1,
	EVENT_NOTICE_NAMESPACE = 0,
};

/* 4.4: SGL descriptor types, in bits 7:4 of the last byte. */
enum {
	SGL_DATA_BLOCK = 0,
	SGL_BIT_BUCKET = 1,
	SGL_SEGMENT = 2,
	SGL_LAST_SEGMENT = 3,
	SGL_SIZE = 16,
};

#endif
