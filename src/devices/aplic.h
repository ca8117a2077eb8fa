/* SPDX-License-Identifier: BSD-3-Clause */
/* The state of an APLIC (AIA 4), shared by the files that make it. */
#ifndef XLAT_DEVICES_APLIC_H
#define XLAT_DEVICES_APLIC_H

#include <pthread.h>

#include <xlat/aplic.h>
#include <xlat/implement/mmio.h>

/* Offsets of the control region (4.5). Arrays begin with the entry of source 1, or with word 0. */
enum {
	DOMAINCFG = 0x0000,
	SOURCECFG = 0x0000, /* + 4 * source */
	MMSIADDRCFG = 0x1bc0,
	MMSIADDRCFGH = 0x1bc4,
	SMSIADDRCFG = 0x1bc8,
	SMSIADDRCFGH = 0x1bcc,
	SETIP = 0x1c00,
	SETIPNUM = 0x1cdc,
	IN_CLRIP = 0x1d00,
	CLRIPNUM = 0x1ddc,
	SETIE = 0x1e00,
	SETIENUM = 0x1edc,
	CLRIE = 0x1f00,
	CLRIENUM = 0x1fdc,
	SETIPNUM_LE = 0x2000,
	SETIPNUM_BE = 0x2004,
	GENMSI = 0x3000,
	TARGET = 0x3000, /* + 4 * source */
	IDC = 0x4000, /* + 32 * hart */
	IDELIVERY = 0x00, /* in an IDC (4.8.1) */
	IFORCE = 0x04,
	ITHRESHOLD = 0x08,
	TOPI = 0x18,
	CLAIMI = 0x1c,
};

#define DOMAINCFG_FIXED UINT32_C(0x80000000)
#define DOMAINCFG_IE (UINT32_C(1) << 8)
#define DOMAINCFG_DM (UINT32_C(1) << 2)
#define SOURCECFG_D (UINT32_C(1) << 10)
#define MMSIADDRCFGH_LOCK (UINT32_C(1) << 31)

/* sourcecfg.SM (4.5.2) */
enum {
	SM_INACTIVE = 0,
	SM_DETACHED = 1,
	SM_EDGE1 = 4,
	SM_EDGE0 = 5,
	SM_LEVEL1 = 6,
	SM_LEVEL0 = 7,
};

enum {
	XLAT__APLIC_DOMAINS = 2,
	XLAT__APLIC_SOURCES = 1024, /* 0 is none */
};

struct xlat__aplic_source {
	uint8_t domain; /* enum xlat_aplic_domain: where it is not delegated any further */
	uint8_t sm;
	bool input; /* the wire's level */
	bool pending; /* but for level-sensitive ones of direct delivery, whose input it is */
	bool enabled;
	uint32_t target;
};

struct xlat__aplic_idc {
	bool idelivery, iforce;
	uint32_t ithreshold;
	bool ready; /* the wire as it should be; xlat__aplic_settle() only */
	bool driven; /* and as it is */
};

struct xlat__aplic_domain {
	struct xlat_aplic *aplic;
	struct xlat_region *registers; /* or NULL */
	uint32_t domaincfg;
	struct xlat__aplic_idc *idcs; /* by hart */
};

struct xlat_aplic {
	struct xlat_aplic_config config;
	pthread_mutex_t lock; /* all of the below; taken inside `driving` */
	pthread_mutex_t driving; /* wires, so that their changes come in order */
	bool ended;
	unsigned regions; /* not retired yet, and one while it is not destroyed; atomic */
	uint32_t msiaddrcfg[4]; /* mmsiaddrcfg, mmsiaddrcfgh, smsiaddrcfg, smsiaddrcfgh */
	struct xlat__aplic_domain domains[XLAT__APLIC_DOMAINS];
	struct xlat__aplic_source sources[XLAT__APLIC_SOURCES];
};

/* --- aplic_source.c: what a source is, with the lock. */

bool xlat__aplic_is_pending(const struct xlat_aplic *aplic,
			    const struct xlat__aplic_source *source);
void xlat__aplic_set_pending(const struct xlat_aplic *aplic, struct xlat__aplic_source *source);
void xlat__aplic_clear_pending(const struct xlat_aplic *aplic, struct xlat__aplic_source *source);
bool xlat__aplic_rectified(const struct xlat__aplic_source *source);
void xlat__aplic_set_mode(struct xlat__aplic_source *source, uint32_t sm);

/* --- aplic_delivery.c */

/* The highest of what a hart has to take (4.8.1.4): topi; with the lock. */
uint32_t xlat__aplic_top(const struct xlat_aplic *aplic, unsigned domain, unsigned hart);

/* Sends what is to be sent and drives the wires; without the lock. */
void xlat__aplic_settle(struct xlat_aplic *aplic);

/* genmsi (4.5.15); without the lock. */
void xlat__aplic_send(struct xlat_aplic *aplic, unsigned domain, uint32_t target);

/* --- aplic_registers.c */
extern const struct xlat_mmio_ops xlat__aplic_ops; /* of a struct xlat__aplic_domain */

#endif
