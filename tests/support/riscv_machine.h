/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A machine with a RISC-V IOMMU, as its driver sees it: directories built in a toy memory, requests
 * made by devices. The vocabulary of the conformance tests.
 */
#ifndef XLAT_TESTS_SUPPORT_RISCV_MACHINE_H
#define XLAT_TESTS_SUPPORT_RISCV_MACHINE_H

#include <xlat/riscv_iommu.h>

#include "page_tables.h"
#include "toy_memory.h"

/* capabilities, by bit */
enum {
	CAP_SV32 = 8,
	CAP_SV39,
	CAP_SV48,
	CAP_SV57,
	CAP_SVRSW60T59B = 14,
	CAP_SVPBMT = 15,
	CAP_SV32X4 = 16,
	CAP_SV39X4,
	CAP_SV48X4,
	CAP_SV57X4,
	CAP_AMO_MRIF = 21,
	CAP_MSI_FLAT = 22,
	CAP_MSI_MRIF,
	CAP_AMO_HWAD,
	CAP_ATS,
	CAP_T2GPA,
	CAP_END,
	CAP_HPM = 30,
	CAP_DBG,
	CAP_PD8 = 38,
	CAP_PD17,
	CAP_PD20,
	CAP_QOSID,
};
#define CAP(bit) ((uint64_t)1 << CAP_##bit)
#define CAP_ALL UINT64_C(0x3f8efefcf10) /* 1.0, both kinds of interrupts, 56-bit addresses */

/* DC.tc */
enum {
	TC_V = 1,
	TC_EN_ATS = 2,
	TC_EN_PRI = 4,
	TC_T2GPA = 8,
	TC_DTF = 0x10,
	TC_PDTV = 0x20,
	TC_PRPR = 0x40,
	TC_GADE = 0x80,
	TC_SADE = 0x100,
	TC_DPE = 0x200,
	TC_SBE = 0x400,
	TC_SXL = 0x800,
};

/* Doublewords of a device context, and of a process context. */
enum {
	DC_TC,
	DC_IOHGATP,
	DC_TA,
	DC_FSC,
	DC_MSIPTP,
	DC_MSI_ADDR_MASK,
	DC_MSI_ADDR_PATTERN,
	DC_RESERVED,
	PC_TA = 0,
	PC_FSC = 1,
};

/* ddtp.iommu_mode */
enum {
	OFF,
	BARE,
	LVL1,
	LVL2,
	LVL3,
};

/* Modes of iosatp and iohgatp; pdtp. */
enum {
	SV32 = 8,
	SV39 = 8,
	SV48 = 9,
	SV57 = 10,
	PD8 = 1,
	PD17 = 2,
	PD20 = 3,
};

#define MEMORY_BASE UINT64_C(0x80000000)
#define MEMORY_SIZE UINT64_C(0x200000)

struct machine {
	struct toy_memory *memory;
	struct xlat_riscv_iommu *iommu;
	uint64_t capabilities;
	uint64_t next; /* the next free page */
	uint64_t ddtp;
	bool big_endian; /* of what the next words are written in */
	struct xlat_riscv_iommu_response response; /* to the last request */
};

/* A machine whose IOMMU is Off. 0: CAP_ALL. */
struct machine *power_on(uint64_t capabilities);

/* The same, with a configuration that says more; its capabilities are used if not 0. */
struct machine *power_on_with(struct xlat_riscv_iommu_config config);
void power_off(struct machine *machine);

/* cmocka fixtures: a machine with CAP_ALL and a three-level directory, as the state. */
int power_on_setup(void **state);
int power_off_teardown(void **state);

/* Free, zeroed pages, a power of two of them, naturally aligned. */
uint64_t pages(struct machine *machine, unsigned count);

/* Writes a doubleword in the machine's byte order of the moment. */
void put_word(struct machine *machine, uint64_t address, uint64_t value);
uint64_t get_word(struct machine *machine, uint64_t address);

/* Gives the IOMMU a directory of this mode. */
void use_directory(struct machine *machine, unsigned mode);

/* Where the context of a device lies; makes the path to it and a valid, empty context. */
uint64_t device(struct machine *machine, uint32_t device_id);

/* Where the non-leaf directory entry of a level (2 or 1) for a device lies; the path must be there. */
uint64_t directory_entry(struct machine *machine, uint32_t device_id, unsigned level);

/* A doubleword of a context. */
#define WORD(context, word) ((context) + 8 * (word))

/* A pointer with a mode: iosatp, iohgatp, pdtp, msiptp. */
uint64_t pointer(unsigned mode, uint64_t address);

/*
 * Gives a device context a process directory of this mode in guest or host memory, and returns
 * where the context of a process lies; makes the path and a valid, empty context.
 */
uint64_t process(struct machine *machine, uint64_t context, unsigned mode, uint32_t process_id);

/* An empty table of a format, by its place in table_formats. */
struct tables table(struct machine *machine, unsigned format);

/* Registers, by the specification's offsets. */
enum {
	CAPABILITIES = 0,
	FCTL = 8,
	DDTP = 16,
	CQB = 24,
	CQH = 32,
	CQT = 36,
	FQB = 40,
	FQH = 48,
	FQT = 52,
	PQB = 56,
	PQH = 64,
	PQT = 68,
	CQCSR = 72,
	FQCSR = 76,
	PQCSR = 80,
	IPSR = 84,
	IOCOUNTOVF = 88,
	IOCOUNTINH = 92,
	IOHPMCYCLES = 96,
	IOHPMCTR1 = 104,
	IOHPMEVT1 = 352,
	TR_REQ_IOVA = 600,
	TR_REQ_CTL = 608,
	TR_RESPONSE = 616,
	IOMMU_QOSID = 624,
	ICVEC = 760,
	MSI_CFG_TBL = 768,
};

uint32_t read32(struct machine *machine, unsigned offset);
uint64_t read64(struct machine *machine, unsigned offset);
void write32(struct machine *machine, unsigned offset, uint32_t value);
void write64(struct machine *machine, unsigned offset, uint64_t value);

/* Turns a queue on, with 2^log2 entries and its interrupt enabled; returns where it lies. */
uint64_t use_command_queue(struct machine *machine, unsigned log2);
uint64_t use_fault_queue(struct machine *machine, unsigned log2);
uint64_t use_page_request_queue(struct machine *machine, unsigned log2);

/* Queues a command, as a driver does, and has the IOMMU run. */
void command(struct machine *machine, uint64_t first, uint64_t second);
/* ... without running. */
void queue_command(struct machine *machine, uint64_t first, uint64_t second);

/* Commands. */
#define IOTINVAL_VMA UINT64_C(0x001)
#define IOTINVAL_GVMA UINT64_C(0x081)
#define IOFENCE_C UINT64_C(0x002)
#define IODIR_INVAL_DDT UINT64_C(0x003)
#define IODIR_INVAL_PDT UINT64_C(0x083)
#define ATS_INVAL UINT64_C(0x004)
#define ATS_PRGR UINT64_C(0x084)

/* Makes a request; returns the cause of its fault, or 0. The response is in the machine. */
unsigned ask(struct machine *machine, struct xlat_riscv_iommu_request request);
#define ASK(machine, ...)                                                                          \
	ask(machine,                                                                               \
	    (struct xlat_riscv_iommu_request){                                                     \
		    .size = sizeof(struct xlat_riscv_iommu_request), .length = 4, __VA_ARGS__})

/* What a request is, for ASK. */
#define A_READ .write = false
#define A_WRITE .write = true
#define AN_EXEC .exec = true
#define AN_ATS_REQUEST .type = XLAT_RISCV_IOMMU_TRANSLATION_REQUEST
#define TRANSLATED .type = XLAT_RISCV_IOMMU_TRANSLATED
#define BY_PROCESS(id) .process_id_valid = true, .process_id = (id)

#endif
