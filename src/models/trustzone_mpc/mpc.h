/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The controller, seen from inside. One lock guards everything; it is not held while the host is
 * called.
 */
#ifndef XLAT_MODELS_TRUSTZONE_MPC_MPC_H
#define XLAT_MODELS_TRUSTZONE_MPC_MPC_H

#include <xlat/trustzone_mpc.h>

#include <pthread.h>

/* Registers. */
enum {
	REG_CTRL = 0x00,
	REG_BLK_MAX = 0x10,
	REG_BLK_CFG = 0x14,
	REG_BLK_IDX = 0x18,
	REG_BLK_LUT = 0x1c,
	REG_INT_STAT = 0x20,
	REG_INT_CLEAR = 0x24,
	REG_INT_EN = 0x28,
	REG_INT_INFO1 = 0x2c,
	REG_INT_INFO2 = 0x30,
	REG_INT_SET = 0x34,
	REG_PIDR4 = 0xfd0, /* to CIDR3, which anybody may read */
	REG_END = 0x1000,
};

#define CTRL_SEC_RESP (1u << 4)
#define CTRL_GATE_REQ (1u << 6)
#define CTRL_GATE_ACK (1u << 7)
#define CTRL_AUTOINC (1u << 8)
#define CTRL_LOCKDOWN (1u << 31)
#define CTRL_MASK (CTRL_SEC_RESP | CTRL_GATE_REQ | CTRL_AUTOINC | CTRL_LOCKDOWN)

#define INFO2_HNONSEC (1u << 16)
#define INFO2_CFG_NS (1u << 17)

/* What a write changes about decisions. */
struct xlat__mpc_change {
	bool everything;
	bool some; /* of these: */
	uint64_t first, last;
};

struct xlat_trustzone_mpc {
	struct xlat_trustzone_mpc_config config; /* with the defaults filled in */
	struct xlat_model_host host;
	void *host_opaque;
	uint32_t shift; /* log2 of the block */
	uint32_t words; /* of the table: BLK_MAX + 1 */
	pthread_mutex_t lock; /* guards what follows */
	uint32_t ctrl, blk_idx, int_stat, int_en, int_info1, int_info2;
	uint64_t gates, acknowledged; /* how often the gate was asked for, and found closed */
	bool wire; /* what the host was told, or is being told */
	bool driving; /* by some thread */
	uint32_t lut[]; /* a bit for each block: 1 is non-secure */
};

/* --- mpc.c: without the lock. */
void xlat__mpc_tell(struct xlat_trustzone_mpc *mpc, const struct xlat__mpc_change *change);
void xlat__mpc_drive_wire(struct xlat_trustzone_mpc *mpc);

/* With the lock, after registers were set from outside: none says what there is not. */
void xlat__mpc_legalise(struct xlat_trustzone_mpc *mpc);

#endif
