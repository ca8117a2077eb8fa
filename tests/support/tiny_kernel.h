/* SPDX-License-Identifier: BSD-3-Clause */
/* A Linux Image that is no Linux: a header, and a few instructions put together here. */
#ifndef XLAT_TESTS_SUPPORT_TINY_KERNEL_H
#define XLAT_TESTS_SUPPORT_TINY_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum {
	TINY_KERNEL_LENGTH = 4096,
	ZERO = 0,
	RA = 1,
	T0 = 5,
	T1 = 6,
	T2 = 7,
	A0 = 10,
	A1,
	A2,
	A3,
	A4,
	A5,
	A6,
	A7,
	WFI_WORD = 0x10500073,
	LOOP_WORD = 0x0000006f, /* j . */
	SBI_TIME = 0x54494d45,
	SBI_IPI = 0x735049,
	SBI_RFENCE = 0x52464e43,
	SBI_HSM = 0x48534d,
	SBI_SRST = 0x53525354,
	SBI_DBCN = 0x4442434e,
};

struct tiny_kernel {
	uint8_t bytes[TINY_KERNEL_LENGTH];
	unsigned at; /* bytes */
};

/* A header; what is emitted then is executed first. */
void tiny_kernel_init(struct tiny_kernel *kernel);

void emit(struct tiny_kernel *kernel, uint32_t word);
void emit_li(struct tiny_kernel *kernel, unsigned rd, int32_t value); /* two words */
void emit_address(struct tiny_kernel *kernel, unsigned rd, unsigned at); /* of the kernel; two */
void emit_sbi(struct tiny_kernel *kernel, int32_t extension, int32_t function);
void emit_store(struct tiny_kernel *kernel, unsigned rs2, unsigned rs1, unsigned size);
void emit_load(struct tiny_kernel *kernel, unsigned rd, unsigned rs1, unsigned size); /* unsigned */
void emit_csrw(struct tiny_kernel *kernel, unsigned csr, unsigned rs1);
void emit_csrr(struct tiny_kernel *kernel, unsigned rd, unsigned csr);
void emit_beqz(struct tiny_kernel *kernel, unsigned rs1, unsigned to);

/* A branch in the place of a word that was emitted, when it is known where it leads. */
void emit_bnez_at(struct tiny_kernel *kernel, unsigned at, unsigned rs1, unsigned to);
void emit_power_off(struct tiny_kernel *kernel);

#endif
