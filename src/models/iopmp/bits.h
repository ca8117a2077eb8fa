/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers of the IOPMP and their fields, by the names of the specification (RISC-V IOPMP
 * Architecture Specification, version 0.8.2, chapters 4 and 5, appendix A).
 */
#ifndef XLAT_MODELS_IOPMP_BITS_H
#define XLAT_MODELS_IOPMP_BITS_H

/* Offsets. */
enum {
	REG_VERSION = 0x0000,
	REG_IMPLEMENTATION = 0x0004,
	REG_HWCFG0 = 0x0008,
	REG_HWCFG1 = 0x000c,
	REG_HWCFG2 = 0x0010,
	REG_HWCFG3 = 0x0014,
	REG_ENTRYOFFSET = 0x002c,
	REG_MDSTALL = 0x0030,
	REG_MDSTALLH = 0x0034,
	REG_RRIDSCP = 0x0038,
	REG_MDLCK = 0x0040,
	REG_MDLCKH = 0x0044,
	REG_MDCFGLCK = 0x0048,
	REG_ENTRYLCK = 0x004c,
	REG_ERR_CFG = 0x0060,
	REG_ERR_INFO = 0x0064,
	REG_ERR_REQADDR = 0x0068,
	REG_ERR_REQADDRH = 0x006c,
	REG_ERR_REQID = 0x0070,
	REG_ERR_MFR = 0x0074,
	REG_ERR_MSIADDR = 0x0078,
	REG_ERR_MSIADDRH = 0x007c,
	REG_MDCFG = 0x0800, /* 4 bytes for each memory domain */
	REG_SRCMD = 0x1000, /* 32 bytes for each RRID (format 2: for each memory domain) */
	SRCMD_SIZE = 32,
	SRCMD_EN = 0, /* format 2: SRCMD_PERM */
	SRCMD_R = 8,
	SRCMD_W = 16,
	SRCMD_X = 24,
	ENTRY_SIZE = 16,
	ENTRY_ADDR = 0,
	ENTRY_ADDRH = 4,
	ENTRY_CFG = 8,
	ENTRY_USER_CFG = 12,
};

/* 4.1: HWCFG0. */
#define HWCFG0_ENABLE (1u << 0)
#define HWCFG0_HWCFG2_EN (1u << 1)
#define HWCFG0_HWCFG3_EN (1u << 2)
#define HWCFG0_NO_ERR_REC (1u << 23)
#define HWCFG0_MD_NUM_SHIFT 24
#define HWCFG0_ADDRH_EN (1u << 30)
#define HWCFG0_TOR_EN (1u << 31)

/* 5.1.1: HWCFG2. */
#define HWCFG2_PRIO_ENTRY 0xffffu
#define HWCFG2_PRIO_ENT_PROG (1u << 16)
#define HWCFG2_NON_PRIO_EN (1u << 17)
#define HWCFG2_MSI_EN (1u << 26)
#define HWCFG2_PEIS (1u << 27)
#define HWCFG2_PEES (1u << 28)
#define HWCFG2_SPS_EN (1u << 29)
#define HWCFG2_STALL_EN (1u << 30)
#define HWCFG2_MFR_EN (1u << 31)

/* A: HWCFG3. */
#define HWCFG3_SRCMD_FMT_SHIFT 2
#define HWCFG3_MD_ENTRY_NUM_SHIFT 4
#define HWCFG3_MD_ENTRY_NUM (0x7fu << 4)
#define HWCFG3_XINR (1u << 11)
#define HWCFG3_NO_X (1u << 12)
#define HWCFG3_NO_W (1u << 13)
#define HWCFG3_RRID_TRANSL_EN (1u << 14)
#define HWCFG3_RRID_TRANSL_PROG (1u << 15)
#define HWCFG3_RRID_TRANSL_SHIFT 16

/* 5.1.2, 5.1.3. */
#define MDSTALL_EXEMPT 1u
#define MDSTALL_IS_BUSY 1u
#define RRIDSCP_RRID 0xffffu
#define RRIDSCP_OP_SHIFT 30
enum {
	OP_STALL = 1,
	OP_RESUME = 2,
	STAT_STALLED = 1,
	STAT_NOT_STALLED = 2,
	STAT_UNSELECTABLE = 3,
};

/* 4.2: the locks. MDLCK, SRCMD_EN and MDSTALL with their upper halves: domain m at bit m + 1. */
#define LOCK_L 1u
#define MDCFGLCK_F (0x3fu << 1)
#define ENTRYLCK_F (0xffffu << 1)

/* 4.3.1, 5.1.4: ERR_CFG. */
#define ERR_CFG_L (1u << 0)
#define ERR_CFG_IE (1u << 1)
#define ERR_CFG_RS (1u << 2)
#define ERR_CFG_MSI_SEL (1u << 3)
#define ERR_CFG_STALL_VIOLATION_EN (1u << 4)
#define ERR_CFG_MSIDATA (0x7ffu << 8)

/* 4.3.2, 5.1.5: ERR_INFO. */
#define ERR_INFO_V (1u << 0)
#define ERR_INFO_TTYPE_SHIFT 1
#define ERR_INFO_MSI_WERR (1u << 3)
#define ERR_INFO_ETYPE_SHIFT 4
#define ERR_INFO_SVC (1u << 8)

/* 5.1.6: ERR_MFR. */
#define ERR_MFR_SVI_SHIFT 16
#define ERR_MFR_SVI 0xfffu
#define ERR_MFR_SVS (1u << 31)

/* 4.6.2, 5.1.11: ENTRY_CFG. The suppressions of a kind are three bits apart. */
#define CFG_R (1u << 0)
#define CFG_W (1u << 1)
#define CFG_X (1u << 2)
#define CFG_A (3u << 3)
#define CFG_A_SHIFT 3
#define CFG_SIRE (1u << 5)
#define CFG_SIXE (1u << 7)
#define CFG_SERE (1u << 8)
#define CFG_SEXE (1u << 10)
#define CFG_INTERRUPT (7u << 5) /* sire, siwe, sixe */
#define CFG_ERROR (7u << 8) /* sere, sewe, sexe */
enum {
	A_OFF = 0,
	A_TOR = 1,
	A_NA4 = 2,
	A_NAPOT = 3,
};

#endif
