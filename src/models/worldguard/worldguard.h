/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The wgChecker, seen from inside. One lock guards everything; it is not held while the host is
 * called.
 */
#ifndef XLAT_MODELS_WORLDGUARD_WORLDGUARD_H
#define XLAT_MODELS_WORLDGUARD_WORLDGUARD_H

#include <xlat/worldguard.h>

#include <pthread.h>

/* Registers. Slots, 0 to NSLOTS, of 32 bytes each. */
enum {
	REG_VENDOR = 0x00,
	REG_IMPID = 0x04,
	REG_NSLOTS = 0x08,
	REG_ERRCAUSE = 0x10,
	REG_ERRADDR = 0x18, /* in units of 4 bytes, as slot addresses are */
	REG_SLOT = 0x20,
	SLOT_SIZE = 0x20,
	SLOT_ADDR = 0x00,
	SLOT_PERM = 0x08, /* two bits for each world: */
	SLOT_CFG = 0x10,
};

#define PERM_R 1u
#define PERM_W 2u

#define CFG_A 3u
#define CFG_ER (1u << 8) /* a read that is denied: bus error, */
#define CFG_EW (1u << 9)
#define CFG_IR (1u << 10) /* interrupt */
#define CFG_IW (1u << 11)
#define CFG_L (1u << 31)
enum {
	A_OFF = 0,
	A_TOR = 1,
	A_NA4 = 2,
	A_NAPOT = 3,
};

#define ERRCAUSE_WID UINT64_C(0xff)
#define ERRCAUSE_R (UINT64_C(1) << 8)
#define ERRCAUSE_W (UINT64_C(1) << 9)
#define ERRCAUSE_BE (UINT64_C(1) << 62)
#define ERRCAUSE_IP (UINT64_C(1) << 63)

struct xlat__wg_slot {
	uint64_t addr; /* as written */
	uint64_t perm;
	uint32_t cfg;
	bool matches; /* some address is in its region: */
	uint64_t first, last;
};

/* What a write changes about decisions: ranges of addresses. */
struct xlat__wg_change {
	bool everything;
	unsigned count;
	uint64_t ended[4][2]; /* first, last */
};

struct xlat_worldguard {
	struct xlat_worldguard_config config; /* with the defaults filled in */
	struct xlat_model_host host;
	void *host_opaque;
	pthread_mutex_t lock; /* guards what follows */
	uint64_t errcause, erraddr;
	bool wire; /* what the host was told, or is being told */
	bool driving; /* by some thread */
	struct xlat__wg_slot slots[]; /* NSLOTS and one more */
};

/* --- slots.c: with the lock. */

/* What a slot's address reads as, by its mode and the granule. */
uint64_t xlat__wg_slot_addr(const struct xlat_worldguard *wg, uint32_t i);

/* The region of a slot, and of the next one, which may begin where it ends. */
void xlat__wg_decode(struct xlat_worldguard *wg, uint32_t i, struct xlat__wg_change *change);

/* Everything in order after slots were set from outside. */
void xlat__wg_legalise(struct xlat_worldguard *wg);

/* The bits of a slot's cfg that it has. */
uint32_t xlat__wg_legal_cfg(const struct xlat_worldguard *wg, uint32_t i, uint32_t value);

/* The bits of perm that stand for worlds. */
uint64_t xlat__wg_perm_mask(const struct xlat_worldguard *wg);

/* --- worldguard.c: without the lock. */
void xlat__wg_tell(struct xlat_worldguard *wg, const struct xlat__wg_change *change);
void xlat__wg_drive_wire(struct xlat_worldguard *wg);

#endif
