/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A functional model of the RISC-V IOPMP (RISC-V IOPMP Architecture Specification, version 0.8.2):
 * a unit that lets the transactions of a requester (RRID) pass, or not, by the entries of the
 * memory domains that it is associated with. It needs nothing else of the library: its messages,
 * wires and invalidations are a table of callbacks, implement/model_host.h, of whose memory calls
 * it makes write alone, and only with XLAT_IOPMP_MSI.
 *
 * All formats of the tables (appendix A): SRCMD 0 (a bitmap for each RRID), 1 (RRID i is of domain
 * i) and 2 (permissions for each domain), with MDCFG 0 (a table), 1 (k entries each) and 2 (k
 * programmable): the full, rapid-k, dynamic-k, isolation and compact-k models, and those without a
 * name.
 *
 * Any number of threads may check at once, also while others read and write registers. Reset,
 * restoring and destruction need the model to themselves. Callbacks are called with no lock held,
 * by the call that made them due.
 */
#ifndef XLAT_IOPMP_H
#define XLAT_IOPMP_H

#include <xlat/access.h>
#include <xlat/config.h>
#include <xlat/implement/model_host.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_iopmp;

/* What is implemented, by the fields that say so. */
enum xlat_iopmp_feature {
	XLAT_IOPMP_BASELINE = 1 << 0, /* nothing by itself: so that a set need not be empty */
	XLAT_IOPMP_TOR = 1 << 1, /* HWCFG0.tor_en */
	XLAT_IOPMP_ADDRH = 1 << 2, /* HWCFG0.addrh_en */
	XLAT_IOPMP_NON_PRIORITY = 1 << 3, /* HWCFG2.non_prio_en (5.3) */
	XLAT_IOPMP_PRIORITY_PROG = 1 << 4, /* HWCFG2.prio_ent_prog is 1 after reset */
	XLAT_IOPMP_MSI = 1 << 5, /* HWCFG2.msi_en (5.6) */
	XLAT_IOPMP_PEIS = 1 << 6, /* HWCFG2.peis (5.4) */
	XLAT_IOPMP_PEES = 1 << 7, /* HWCFG2.pees (5.4) */
	XLAT_IOPMP_SPS = 1 << 8, /* HWCFG2.sps_en (5.2); SRCMD format 0 */
	XLAT_IOPMP_STALL = 1 << 9, /* HWCFG2.stall_en (5.7) */
	XLAT_IOPMP_MFR = 1 << 10, /* HWCFG2.mfr_en (5.5) */
	XLAT_IOPMP_USER_CFG = 1 << 11, /* ENTRY_USER_CFG keeps what is written */
	XLAT_IOPMP_XINR = 1 << 12, /* HWCFG3.xinr: an instruction fetch is a read (A.3) */
	XLAT_IOPMP_NO_X = 1 << 13, /* HWCFG3.no_x: instruction fetches are denied (A.2) */
	XLAT_IOPMP_NO_W = 1 << 14, /* HWCFG3.no_w: writes are denied (A.1) */
	XLAT_IOPMP_RRID_TRANSL = 1 << 15, /* HWCFG3.rrid_transl_en (A.7) */
	XLAT_IOPMP_RRID_TRANSL_PROG = 1 << 16, /* HWCFG3.rrid_transl_prog is 1 after reset */
	XLAT_IOPMP_ALWAYS_ENABLED = 1 << 17, /* HWCFG0.enable is wired to 1 */
	XLAT_IOPMP_NO_ERR_REC = 1 << 18, /* HWCFG0.no_err_rec */
	XLAT_IOPMP_NO_EID = 1 << 19, /* ERR_REQID.eid is wired to 0xffff */
	XLAT_IOPMP_NO_MDLCK = 1 << 20, /* MDLCK.md is not implemented (3.1) */
};

/* What the specification leaves to the implementation; every zero means the default. */
struct xlat_iopmp_config {
	size_t size; /* sizeof(struct xlat_iopmp_config) */
	/*
	 * A set of enum xlat_iopmp_feature. Default: TOR to USER_CFG, all that the formats allow,
	 * without MSI where the host has no write.
	 */
	uint32_t features;
	uint16_t rrids; /* HWCFG1.rrid_num; at most 63 in SRCMD format 1, 32 in 2. Default 32 */
	uint16_t entries; /* HWCFG1.entry_num. Default 64 */
	uint8_t domains; /* HWCFG0.md_num, at most 63. Default 16 */
	uint8_t srcmd_format; /* HWCFG3.srcmd_fmt, 0 to 2 */
	uint8_t mdcfg_format; /* HWCFG3.mdcfg_fmt, 0 to 2 */
	uint8_t domain_entries; /* formats 1 and 2: k, md_entry_num + 1, at most 128. Default 4 */
	/* How many, the last, have none: HWCFG2.prio_entry after reset is entries less these. */
	uint16_t non_priority_entries;
	uint16_t rrid_transl; /* HWCFG3.rrid_transl after reset */
	uint32_t version; /* VERSION, raw. Default 0x80000000: 0.8, no vendor */
	uint32_t implementation; /* IMPLEMENTATION */
	/* ENTRYOFFSET, a multiple of 16 behind the SRCMD table. Default: the next page of 4 KiB */
	uint32_t entry_offset;
	/* 3.5: what is locked after reset, raw. Default: nothing */
	uint32_t mdlck, mdlckh, mdcfglck, entrylck, err_cfg;
};

/* A transaction. `size` is sizeof(struct xlat_iopmp_request). */
struct xlat_iopmp_request {
	size_t size;
	uint32_t rrid;
	enum xlat_access access; /* an ATOMIC is one transaction that needs both rights */
	uint64_t address;
	uint64_t length; /* bytes, of the whole transaction; 0 as 1 */
	void *host_context; /* given to the host's write, of an MSI that is due to this */
};

enum xlat_iopmp_verdict {
	XLAT_IOPMP_LEGAL = 0,
	XLAT_IOPMP_ILLEGAL = 1,
	XLAT_IOPMP_STALLED = 2, /* it is to wait, and to be asked again (5.7) */
};

/* Error types (4.3.2). */
enum xlat_iopmp_etype {
	XLAT_IOPMP_NO_ERROR = 0,
	XLAT_IOPMP_ILLEGAL_READ = 1,
	XLAT_IOPMP_ILLEGAL_WRITE = 2, /* or AMO */
	XLAT_IOPMP_ILLEGAL_FETCH = 3,
	XLAT_IOPMP_PARTIAL_HIT = 4,
	XLAT_IOPMP_NO_HIT = 5,
	XLAT_IOPMP_UNKNOWN_RRID = 6,
	XLAT_IOPMP_STALL_VIOLATION = 7,
};

#define XLAT_IOPMP_NO_ENTRY UINT32_MAX

struct xlat_iopmp_decision {
	enum xlat_iopmp_verdict verdict;
	enum xlat_iopmp_etype etype; /* of an illegal one */
	uint32_t entry; /* that decided; of many the lowest; or XLAT_IOPMP_NO_ENTRY */
	bool bus_error; /* an illegal one is answered with an error, not with a feigned success */
	bool interrupt; /* an illegal one asks for an interrupt */
	bool captured; /* and is the one in the error record (ERR_INFO) now; not of a peek */
	uint32_t rrid; /* of the outgoing transaction (A.7) */
	/*
	 * The addresses around the transaction within which every other one of the same RRID and
	 * kind that lies wholly inside is decided alike.
	 */
	uint64_t first, last;
};

/*
 * Makes a model in the state after reset. NULL config: all defaults. The host table is copied; NULL
 * host: no messages, wires or invalidations. Returns 0; -EINVAL for a value out of its range,
 * features that do not go with the formats, MSIs without the host's write, or a structure without
 * its size; -E2BIG for a structure with options that this library does not know; -ENOMEM.
 */
XLAT_MUST_CHECK
int xlat_iopmp_create(const struct xlat_iopmp_config *config, const struct xlat_model_host *host,
		      void *host_opaque, struct xlat_iopmp **iopmp);

/* Frees the model. No call of it may be in progress. NULL is allowed. */
void xlat_iopmp_destroy(struct xlat_iopmp *iopmp);

/* All registers as after reset, locks included; the host is told that everything changed. */
void xlat_iopmp_reset(struct xlat_iopmp *iopmp);

/* How many bytes the registers take: ENTRYOFFSET and the entries. Any thread. */
uint64_t xlat_iopmp_registers_length(const struct xlat_iopmp *iopmp);

/*
 * Reads a register (4): 4 bytes, or 8 for one and its upper half, aligned. Anything else reads 0,
 * as do registers that are not implemented. Reading ERR_MFR clears what it tells (5.5). Any thread.
 */
uint64_t xlat_iopmp_read(struct xlat_iopmp *iopmp, uint64_t offset, unsigned size);

/* The same without side effects. Any thread. */
uint64_t xlat_iopmp_look(const struct xlat_iopmp *iopmp, uint64_t offset, unsigned size);

/*
 * Writes a register, with its effects: 4 bytes, or 8 for one and its upper half (which is written
 * first), aligned. Anything else is ignored, as are registers that are not implemented or locked.
 * The host is told what other decisions this makes. Any thread.
 */
void xlat_iopmp_write(struct xlat_iopmp *iopmp, uint64_t offset, unsigned size, uint64_t value);

/*
 * Restores a register as it was captured, locked and read-only ones too (but for what the
 * configuration says), without the other effects of a write; the host is told that everything
 * changed. 4 bytes, aligned. Returns 0, or -EINVAL for another place or size. What has no register
 * (which RRIDs are stalled, the record of ERR_MFR) is for xlat_iopmp_restore(). Any thread.
 */
int xlat_iopmp_load(struct xlat_iopmp *iopmp, uint64_t offset, unsigned size, uint64_t value);

/*
 * 2.7 Checks a transaction as the hardware would: an illegal one is recorded, and interrupts are
 * sent. *decision is filled whatever comes out. Any thread, many at once.
 */
void xlat_iopmp_check(struct xlat_iopmp *iopmp, const struct xlat_iopmp_request *request,
		      struct xlat_iopmp_decision *decision);

/* The same without side effects. Any thread, many at once. */
void xlat_iopmp_peek(const struct xlat_iopmp *iopmp, const struct xlat_iopmp_request *request,
		     struct xlat_iopmp_decision *decision);

/*
 * Writes the model's state to `bytes`, as much as fits in `size`, and returns how many bytes it is;
 * NULL and 0 ask for that. The bytes are the same whatever the host's byte order. Any thread.
 */
size_t xlat_iopmp_save(const struct xlat_iopmp *iopmp, void *bytes, size_t size);

/*
 * Brings a model into a state that was saved. Returns 0; -EINVAL for bytes that are no such state,
 * or too few, or too many; -ENOTSUP for those of another version; -EXDEV for those of a model that
 * is configured otherwise. After an error the model is as it was.
 */
XLAT_MUST_CHECK
int xlat_iopmp_restore(struct xlat_iopmp *iopmp, const void *bytes, size_t size);

/* The description of an error type (4.3.2): "not hit any rule". Never NULL. */
const char *xlat_iopmp_etype_name(unsigned etype);

#ifdef __cplusplus
}
#endif
#endif
