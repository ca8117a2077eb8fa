/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The IOPMP, seen from inside. One lock guards everything; it is not held while the host is called.
 *
 * A bitmap of memory domains is kept as its registers show it: domain m at bit m + 1, the upper
 * register in the upper word.
 */
#ifndef XLAT_MODELS_IOPMP_IOPMP_H
#define XLAT_MODELS_IOPMP_IOPMP_H

#include <xlat/iopmp.h>

#include "models/iopmp/bits.h"

#include <pthread.h>

enum {
	XLAT__IOPMP_DOMAINS = 63,
	XLAT__IOPMP_ENTRIES = 65535,
	XLAT__IOPMP_CHANGES = 8,
};

#define XLAT__IOPMP_NONE UINT32_MAX

/* A column of the SRCMD table of format 0: which domains an RRID has, and may read, write, fetch from. */
enum xlat__iopmp_column {
	XLAT__IOPMP_EN,
	XLAT__IOPMP_R,
	XLAT__IOPMP_W,
	XLAT__IOPMP_X,
	XLAT__IOPMP_COLUMNS,
};

struct xlat__iopmp_entry {
	uint64_t addr; /* ENTRY_ADDR and ENTRY_ADDRH: the encoded address, in units of 4 bytes */
	uint32_t user;
	uint16_t cfg;
	bool matches; /* some address of 64 bits is in its region: */
	uint64_t first, last;
};

/*
 * What holds for all addresses from one on, to the next span's: which entry of the domain comes
 * first, and where that has no priority, what all that match have together.
 */
struct xlat__iopmp_span {
	uint64_t first;
	uint32_t entry; /* the lowest that matches, or XLAT__IOPMP_NONE */
	uint16_t grants; /* some entry has it: CFG_R, CFG_W, CFG_X, or all of XLAT__IOPMP_BOTH */
	uint16_t suppresses; /* all entries have it: CFG_INTERRUPT, CFG_ERROR */
};

#define XLAT__IOPMP_BOTH (1u << 3) /* one entry has R and W */

/* The entries of a memory domain, and an index of them once they have been looked at often enough. */
struct xlat__iopmp_domain {
	uint32_t begin, end; /* entries */
	uint32_t spans; /* in the index; 0: there is none */
	uint32_t scans; /* since it last changed */
};

/* What a write changes about decisions, for the host. */
struct xlat__iopmp_change {
	unsigned count;
	bool everything; /* and what there is in `ended` does not matter */
	struct xlat_model_invalidation ended[XLAT__IOPMP_CHANGES];
};

struct xlat_iopmp {
	struct xlat_iopmp_config config; /* with the defaults filled in */
	struct xlat_model_host host;
	void *host_opaque;
	pthread_mutex_t lock; /* guards what follows */

	/* Registers. */
	uint32_t hwcfg0_enable; /* HWCFG0_ENABLE or 0 */
	uint32_t hwcfg2; /* prio_entry and prio_ent_prog */
	uint32_t hwcfg3; /* md_entry_num, rrid_transl and rrid_transl_prog */
	uint64_t mdstall; /* MDSTALL and MDSTALLH */
	uint32_t rridscp_rrid;
	uint64_t mdlck;
	uint32_t mdcfglck, entrylck;
	uint32_t err_cfg, err_info, err_reqid;
	uint64_t err_reqaddr; /* in units of 4 bytes */
	uint32_t err_mfr_svi;
	uint64_t err_msiaddr;
	uint16_t mdcfg[XLAT__IOPMP_DOMAINS];
	uint64_t *srcmd[XLAT__IOPMP_COLUMNS]; /* format 0, by RRID; EN with its lock bit */
	uint64_t srcmd_perm[XLAT__IOPMP_DOMAINS]; /* format 2 */
	struct xlat__iopmp_entry *entries;

	/* What has no register. */
	uint64_t *stalled; /* rrid_stall, a bit each */
	uint64_t *violations; /* SV of the multi-faults record, a bit each */
	uint64_t stalls, settled; /* how many stalls there were, and how many are in force */
	bool interrupt; /* the captured error asked for the wire */
	bool wire; /* what the host was told, or is being told */
	bool driving; /* by some thread */

	/* Derived. */
	struct xlat__iopmp_domain domains[XLAT__IOPMP_DOMAINS];
	struct xlat__iopmp_span *spans; /* of domain m from 2 * begin + m on */
	struct xlat__iopmp_scratch *scratch;
};

/* Which domains exist, as a bitmap. */
static inline uint64_t xlat__iopmp_domain_mask(const struct xlat_iopmp *iopmp)
{
	return ((UINT64_C(1) << iopmp->config.domains) - 1) << 1;
}

static inline bool xlat__iopmp_has(const struct xlat_iopmp *iopmp, uint32_t feature)
{
	return iopmp->config.features & feature;
}

/* An RRID is associated with these domains, as a bitmap (2.5, A.4). */
uint64_t xlat__iopmp_domains_of(const struct xlat_iopmp *iopmp, uint32_t rrid);

/* How many entries have priority. */
uint32_t xlat__iopmp_priority_entries(const struct xlat_iopmp *iopmp);

/* --- registers.c: all with the lock. */

/* What HWCFG2 and HWCFG3 read as. */
uint32_t xlat__iopmp_hwcfg2(const struct xlat_iopmp *iopmp);
uint32_t xlat__iopmp_hwcfg3(const struct xlat_iopmp *iopmp);

/* After registers were set from outside: none says what the configuration rules out. */
void xlat__iopmp_legalise(struct xlat_iopmp *iopmp);

/* --- tables.c: the tables' registers, with the lock. */

/* The bits of ENTRY_CFG that are implemented, with a legal address mode. */
uint16_t xlat__iopmp_legal_cfg(const struct xlat_iopmp *iopmp, uint32_t value);

/* Reads and writes what lies at 0x800 and above; load ignores locks. */
uint32_t xlat__iopmp_read_table(const struct xlat_iopmp *iopmp, uint64_t offset);
void xlat__iopmp_write_table(struct xlat_iopmp *iopmp, uint64_t offset, uint32_t value, bool load,
			     struct xlat__iopmp_change *change);

/* Notes that decisions about a range changed, or those of an RRID, or all. */
void xlat__iopmp_ended_range(struct xlat__iopmp_change *change, uint64_t first, uint64_t last);
void xlat__iopmp_ended_rrid(struct xlat__iopmp_change *change, uint32_t rrid);

/* --- match.c: with the lock. */

/* What matches a transaction, in one domain or several. */
struct xlat__iopmp_match {
	uint32_t entry; /* or XLAT__IOPMP_NONE */
	bool priority; /* it is the one that decides */
	bool partial; /* and does not cover all of the transaction */
	uint16_t grants, suppresses; /* as in a span */
	uint64_t first, last; /* the addresses around for which this is so */
};

/* The region of an entry, from its registers and those before it (2.4). */
void xlat__iopmp_decode(struct xlat_iopmp *iopmp, uint32_t entry);

/* Which entries belong to which domain (2.6, A.5, A.6). All indexes are gone. */
void xlat__iopmp_partition(struct xlat_iopmp *iopmp);

/* An entry changed: its domain has no index any more. */
void xlat__iopmp_forget(struct xlat_iopmp *iopmp, uint32_t entry);

/* 2.7: what in a domain matches. index: an index may be made. */
void xlat__iopmp_match(struct xlat_iopmp *iopmp, unsigned domain, uint64_t first, uint64_t last,
		       bool index, struct xlat__iopmp_match *match);

/* What an index takes while it is made. NULL when there is no memory. */
struct xlat__iopmp_scratch *xlat__iopmp_scratch_create(uint32_t entries);

/* --- errors.c */

/*
 * 2.8: what becomes of an illegal transaction. With the lock; returns whether a message is due, to
 * be sent by xlat__iopmp_send() without it.
 */
bool xlat__iopmp_capture(struct xlat_iopmp *iopmp, const struct xlat_iopmp_request *request,
			 struct xlat_iopmp_decision *decision);
void xlat__iopmp_send(struct xlat_iopmp *iopmp, void *host_context);

/* Brings the wire to the level that it should have. Without the lock. */
void xlat__iopmp_drive_wire(struct xlat_iopmp *iopmp);

/* 5.5: ERR_MFR; read: what it tells is cleared. With the lock. */
uint32_t xlat__iopmp_err_mfr(struct xlat_iopmp *iopmp, bool read);
bool xlat__iopmp_any_violation(const struct xlat_iopmp *iopmp);

/* --- stall.c: with the lock. */

bool xlat__iopmp_stalled(const struct xlat_iopmp *iopmp, uint32_t rrid);
void xlat__iopmp_write_mdstall(struct xlat_iopmp *iopmp, uint32_t value,
			       struct xlat__iopmp_change *change);
void xlat__iopmp_write_rridscp(struct xlat_iopmp *iopmp, uint32_t value,
			       struct xlat__iopmp_change *change);
uint32_t xlat__iopmp_rridscp(const struct xlat_iopmp *iopmp);

/* --- iopmp.c */

/* Tells the host what a write ended. Without the lock. */
void xlat__iopmp_tell(struct xlat_iopmp *iopmp, const struct xlat__iopmp_change *change);

/* Everything that is derived, after registers were set from outside. With the lock. */
void xlat__iopmp_derive(struct xlat_iopmp *iopmp);

static inline size_t xlat__iopmp_words(uint32_t bits)
{
	return (bits + 63) / 64;
}

#endif
