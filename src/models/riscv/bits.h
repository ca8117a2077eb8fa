/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The registers and structures of the RISC-V IOMMU Architecture Specification 1.0 (and its ratified
 * extensions) by the names of the specification. Chapter numbers are those of its text: 2 data
 * structures, 3 in-memory queues, 4 debug, 5 registers, 8 extensions.
 */
#ifndef XLAT_MODELS_RISCV_BITS_H
#define XLAT_MODELS_RISCV_BITS_H

#include <stdint.h>

#define BIT(n) (UINT64_C(1) << (n))
#define BITS(high, low) ((UINT64_MAX >> (63 - (high))) & (UINT64_MAX << (low)))
#define FIELD(value, high, low) (((uint64_t)(value)&BITS(high, low)) >> (low))

/* 5.1 Register layout: offsets */
#define REG_CAPABILITIES 0
#define REG_FCTL 8
#define REG_DDTP 16
#define REG_CQB 24
#define REG_CQH 32
#define REG_CQT 36
#define REG_FQB 40
#define REG_FQH 48
#define REG_FQT 52
#define REG_PQB 56
#define REG_PQH 64
#define REG_PQT 68
#define REG_CQCSR 72
#define REG_FQCSR 76
#define REG_PQCSR 80
#define REG_IPSR 84
#define REG_IOCOUNTOVF 88
#define REG_IOCOUNTINH 92
#define REG_IOHPMCYCLES 96
#define REG_IOHPMCTR(n) (104 + 8 * ((n)-1))
#define REG_IOHPMEVT(n) (352 + 8 * ((n)-1))
#define REG_TR_REQ_IOVA 600
#define REG_TR_REQ_CTL 608
#define REG_TR_RESPONSE 616
#define REG_IOMMU_QOSID 624
#define REG_ICVEC 760
#define REG_MSI_CFG_TBL 768
#define REG_END 1024 /* from here to 4095: reserved */

/* 5.3 capabilities */
#define CAP_VERSION(cap) FIELD(cap, 7, 0)
#define CAP_SV32 BIT(8)
#define CAP_SV39 BIT(9)
#define CAP_SV48 BIT(10)
#define CAP_SV57 BIT(11)
#define CAP_SVRSW60T59B BIT(14)
#define CAP_SVPBMT BIT(15)
#define CAP_SV32X4 BIT(16)
#define CAP_SV39X4 BIT(17)
#define CAP_SV48X4 BIT(18)
#define CAP_SV57X4 BIT(19)
#define CAP_AMO_MRIF BIT(21)
#define CAP_MSI_FLAT BIT(22)
#define CAP_MSI_MRIF BIT(23)
#define CAP_AMO_HWAD BIT(24)
#define CAP_ATS BIT(25)
#define CAP_T2GPA BIT(26)
#define CAP_END BIT(27)
#define CAP_IGS(cap) FIELD(cap, 29, 28)
#define IGS_MSI 0
#define IGS_WSI 1
#define IGS_BOTH 2
#define CAP_HPM BIT(30)
#define CAP_DBG BIT(31)
#define CAP_PAS(cap) FIELD(cap, 37, 32)
#define CAP_PD8 BIT(38)
#define CAP_PD17 BIT(39)
#define CAP_PD20 BIT(40)
#define CAP_QOSID BIT(41)
#define CAP_NL BIT(42)
#define CAP_S BIT(43)

/* 5.4 fctl */
#define FCTL_BE BIT(0)
#define FCTL_WSI BIT(1)
#define FCTL_GXL BIT(2)

/* 5.5 ddtp */
#define DDTP_IOMMU_MODE(ddtp) FIELD(ddtp, 3, 0)
#define DDTP_MODE_OFF 0
#define DDTP_MODE_BARE 1
#define DDTP_MODE_1LVL 2
#define DDTP_MODE_2LVL 3
#define DDTP_MODE_3LVL 4
#define DDTP_PPN(ddtp) FIELD(ddtp, 53, 10)
#define DDTP_BUSY BIT(4)
#define DDTP_WRITABLE (BITS(53, 10) | BITS(3, 0))

/* 5.6 cqb, 5.9 fqb, 5.12 pqb */
#define QB_LOG2SZ_1(qb) FIELD(qb, 4, 0)
#define QB_PPN(qb) FIELD(qb, 53, 10)
#define QB_WRITABLE (BITS(53, 10) | BITS(4, 0))

/* 5.15 cqcsr, 5.16 fqcsr, 5.17 pqcsr: the same places, by other names */
#define QCSR_EN BIT(0)
#define QCSR_IE BIT(1)
#define QCSR_MF BIT(8)
#define FQCSR_FQOF BIT(9)
#define PQCSR_PQOF BIT(9)
#define CQCSR_CMD_TO BIT(9)
#define CQCSR_CMD_ILL BIT(10)
#define CQCSR_FENCE_W_IP BIT(11)
#define QCSR_ON BIT(16)
#define QCSR_BUSY BIT(17)

/* 5.18 ipsr */
#define IPSR_CIP BIT(0)
#define IPSR_FIP BIT(1)
#define IPSR_PMIP BIT(2)
#define IPSR_PIP BIT(3)
#define IPSR_ALL BITS(3, 0)

/* 5.21 iohpmcycles, 5.23 iohpmevt */
#define CYCLES_OF BIT(63)
#define EVT_EVENTID(evt) FIELD(evt, 14, 0)
#define EVT_DMASK BIT(15)
#define EVT_PID_PSCID(evt) FIELD(evt, 35, 16)
#define EVT_DID_GSCID(evt) FIELD(evt, 59, 36)
#define EVT_PV_PSCV BIT(60)
#define EVT_DV_GSCV BIT(61)
#define EVT_IDT BIT(62)
#define EVT_OF BIT(63)

/* 5.24 tr_req_iova, 5.25 tr_req_ctl, 5.26 tr_response */
#define TR_REQ_IOVA_VPN BITS(63, 12)
#define TR_REQ_CTL_GO BIT(0)
#define TR_REQ_CTL_PRIV BIT(1)
#define TR_REQ_CTL_EXE BIT(2)
#define TR_REQ_CTL_NW BIT(3)
#define TR_REQ_CTL_PID(ctl) FIELD(ctl, 31, 12)
#define TR_REQ_CTL_PV BIT(32)
#define TR_REQ_CTL_DID(ctl) FIELD(ctl, 63, 40)
#define TR_REQ_CTL_WRITABLE (BITS(63, 40) | BITS(32, 12) | BITS(3, 1))
#define TR_RESPONSE_FAULT BIT(0)
#define TR_RESPONSE_PBMT(pbmt) ((uint64_t)(pbmt) << 7)
#define TR_RESPONSE_S BIT(9)

/* 5.29 msi_cfg_tbl */
#define MSI_ADDR_WRITABLE BITS(55, 2)
#define MSI_VEC_CTL_M BIT(32) /* in the doubleword of data and control */

/* 5.27 iommu_qosid */
#define QOSID_RCID(qosid) FIELD(qosid, 11, 0)
#define QOSID_MCID(qosid) FIELD(qosid, 27, 16)

/* 2.1.1 Non-leaf DDT entry, 2.2.1 Non-leaf PDT entry */
#define DDTE_V BIT(0)
#define DDTE_PPN(ddte) FIELD(ddte, 53, 10)
#define DDTE_RESERVED (BITS(9, 1) | BITS(63, 54))

/* 2.1.3.1 tc */
#define TC_V BIT(0)
#define TC_EN_ATS BIT(1)
#define TC_EN_PRI BIT(2)
#define TC_T2GPA BIT(3)
#define TC_DTF BIT(4)
#define TC_PDTV BIT(5)
#define TC_PRPR BIT(6)
#define TC_GADE BIT(7)
#define TC_SADE BIT(8)
#define TC_DPE BIT(9)
#define TC_SBE BIT(10)
#define TC_SXL BIT(11)
#define TC_RESERVED (BITS(23, 12) | BITS(63, 32))

/* 2.1.3.2 iohgatp; 2.1.3.4 iosatp and pdtp; 2.1.3.5 msiptp: the same layout but for the id */
#define ATP_PPN(atp) FIELD(atp, 43, 0)
#define ATP_MODE(atp) FIELD(atp, 63, 60)
#define IOHGATP_GSCID(iohgatp) FIELD(iohgatp, 59, 44)
#define ATP_RESERVED BITS(59, 44) /* not of iohgatp */

#define IOHGATP_BARE 0
#define IOHGATP_SV39X4 8 /* Sv32x4 with fctl.GXL */
#define IOHGATP_SV48X4 9
#define IOHGATP_SV57X4 10
#define IOSATP_BARE 0
#define IOSATP_SV39 8 /* Sv32 with tc.SXL */
#define IOSATP_SV48 9
#define IOSATP_SV57 10
#define PDTP_BARE 0
#define PDTP_PD8 1
#define PDTP_PD17 2
#define PDTP_PD20 3
#define MSIPTP_OFF 0
#define MSIPTP_FLAT 1

/* 2.1.3.3 ta of a device context */
#define DC_TA_PSCID(ta) FIELD(ta, 31, 12)
#define DC_TA_RCID(ta) FIELD(ta, 51, 40)
#define DC_TA_MCID(ta) FIELD(ta, 63, 52)
#define DC_TA_RESERVED (BITS(11, 0) | BITS(39, 32))
#define DC_TA_QOSID BITS(63, 40) /* reserved without capabilities.QOSID */

/* 2.1.3.6 msi_addr_mask, msi_addr_pattern */
#define MSI_ADDR_FIELD BITS(51, 0)

/* 2.2.3.1 ta of a process context */
#define PC_TA_V BIT(0)
#define PC_TA_ENS BIT(1)
#define PC_TA_SUM BIT(2)
#define PC_TA_PSCID(ta) FIELD(ta, 31, 12)
#define PC_TA_RESERVED (BITS(11, 3) | BITS(63, 32))

/* Advanced Interrupt Architecture, "MSI page tables": first and second doubleword */
#define MSIPTE_V BIT(0)
#define MSIPTE_M(pte) FIELD(pte, 2, 1)
#define MSIPTE_M_MRIF 1
#define MSIPTE_M_BASIC 3
#define MSIPTE_C BIT(63)
#define MSIPTE_PPN(pte) FIELD(pte, 53, 10)
#define MSIPTE_BASIC_RESERVED (BITS(9, 3) | BITS(62, 54))
#define MSIPTE_MRIF_ADDRESS(pte) (FIELD(pte, 53, 7) << 9)
#define MSIPTE_MRIF_RESERVED (BITS(6, 3) | BITS(62, 54))
#define MSIPTE_NPPN(pte) FIELD(pte, 53, 10)
#define MSIPTE_NID(pte) ((FIELD(pte, 60, 60) << 10) | FIELD(pte, 9, 0))
#define MSIPTE_MRIF_RESERVED2 (BITS(59, 54) | BITS(63, 61))

/* 3.1 Commands: first doubleword */
#define CMD_OPCODE(cmd) FIELD(cmd, 6, 0)
#define CMD_FUNC3(cmd) FIELD(cmd, 9, 7)
#define OPCODE_IOTINVAL 1
#define OPCODE_IOFENCE 2
#define OPCODE_IODIR 3
#define OPCODE_ATS 4
#define FUNC3_VMA 0
#define FUNC3_GVMA 1
#define FUNC3_C 0
#define FUNC3_INVAL_DDT 0
#define FUNC3_INVAL_PDT 1
#define FUNC3_INVAL 0
#define FUNC3_PRGR 1
/* 3.1.1 IOTINVAL, with 8.2 and 8.3 */
#define IOTINVAL_AV BIT(10)
#define IOTINVAL_PSCID(cmd) FIELD(cmd, 31, 12)
#define IOTINVAL_PSCV BIT(32)
#define IOTINVAL_GV BIT(33)
#define IOTINVAL_NL BIT(34)
#define IOTINVAL_GSCID(cmd) FIELD(cmd, 59, 44)
#define IOTINVAL_RESERVED (BIT(11) | BITS(43, 35) | BITS(63, 60))
#define IOTINVAL_ADDR(cmd1) FIELD(cmd1, 61, 10)
#define IOTINVAL_S BIT(9) /* bit 73 */
#define IOTINVAL_RESERVED1 (BITS(8, 0) | BITS(63, 62))
/* 3.1.2 IOFENCE */
#define IOFENCE_AV BIT(10)
#define IOFENCE_WSI BIT(11)
#define IOFENCE_PR BIT(12)
#define IOFENCE_PW BIT(13)
#define IOFENCE_RESERVED BITS(31, 14)
#define IOFENCE_DATA(cmd) FIELD(cmd, 63, 32)
#define IOFENCE_ADDR(cmd1) ((cmd1) << 2)
#define IOFENCE_RESERVED1 BITS(63, 62)
/* 3.1.3 IODIR */
#define IODIR_PID(cmd) FIELD(cmd, 31, 12)
#define IODIR_DV BIT(33)
#define IODIR_DID(cmd) FIELD(cmd, 63, 40)
#define IODIR_RESERVED (BITS(11, 10) | BIT(32) | BITS(39, 34))
/* 3.1.4 ATS */
#define ATS_PID(cmd) FIELD(cmd, 31, 12)
#define ATS_PV BIT(32)
#define ATS_DSV BIT(33)
#define ATS_RID(cmd) FIELD(cmd, 55, 40)
#define ATS_DSEG(cmd) FIELD(cmd, 63, 56)
#define ATS_RESERVED (BITS(11, 10) | BITS(39, 34))

/* 3.2 Fault record: CAUSE */
#define CAUSE_INSTRUCTION_ACCESS_FAULT 1
#define CAUSE_READ_ACCESS_FAULT 5
#define CAUSE_WRITE_ACCESS_FAULT 7
#define CAUSE_INSTRUCTION_PAGE_FAULT 12
#define CAUSE_READ_PAGE_FAULT 13
#define CAUSE_WRITE_PAGE_FAULT 15
#define CAUSE_INSTRUCTION_GUEST_PAGE_FAULT 20
#define CAUSE_READ_GUEST_PAGE_FAULT 21
#define CAUSE_WRITE_GUEST_PAGE_FAULT 23
#define CAUSE_ALL_INBOUND_DISALLOWED 256
#define CAUSE_DDT_ENTRY_LOAD_ACCESS_FAULT 257
#define CAUSE_DDT_ENTRY_NOT_VALID 258
#define CAUSE_DDT_ENTRY_MISCONFIGURED 259
#define CAUSE_TRANSACTION_TYPE_DISALLOWED 260
#define CAUSE_MSI_PTE_LOAD_ACCESS_FAULT 261
#define CAUSE_MSI_PTE_NOT_VALID 262
#define CAUSE_MSI_PTE_MISCONFIGURED 263
#define CAUSE_MRIF_ACCESS_FAULT 264
#define CAUSE_PDT_ENTRY_LOAD_ACCESS_FAULT 265
#define CAUSE_PDT_ENTRY_NOT_VALID 266
#define CAUSE_PDT_ENTRY_MISCONFIGURED 267
#define CAUSE_DDT_DATA_CORRUPTION 268
#define CAUSE_PDT_DATA_CORRUPTION 269
#define CAUSE_MSI_PT_DATA_CORRUPTION 270
#define CAUSE_MSI_MRIF_DATA_CORRUPTION 271
#define CAUSE_INTERNAL_DATA_PATH_ERROR 272
#define CAUSE_IOMMU_MSI_WRITE_ACCESS_FAULT 273
#define CAUSE_PT_DATA_CORRUPTION 274

/* 3.2 Fault record: TTYP */
#define TTYP_NONE 0
#define TTYP_UNTRANSLATED_EXEC 1
#define TTYP_UNTRANSLATED_READ 2
#define TTYP_UNTRANSLATED_WRITE 3
#define TTYP_TRANSLATED_EXEC 5
#define TTYP_TRANSLATED_READ 6
#define TTYP_TRANSLATED_WRITE 7
#define TTYP_ATS_TRANSLATION_REQUEST 8
#define TTYP_MESSAGE_REQUEST 9

/* 3.2 Fault record: iotval2 of a guest page fault */
#define IOTVAL2_IMPLICIT BIT(0)
#define IOTVAL2_IMPLICIT_WRITE BIT(1)

#endif
