/* SPDX-License-Identifier: BSD-3-Clause */
#include "tiny_kernel.h"

#include <stdlib.h>
#include <string.h>

static void put(struct tiny_kernel *kernel, unsigned at, uint64_t value, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		kernel->bytes[at + i] = (uint8_t)(value >> (8 * i));
}

void tiny_kernel_init(struct tiny_kernel *kernel)
{
	memset(kernel, 0, sizeof(*kernel));
	put(kernel, 0, 0x0400006f, 4); /* j 64 */
	put(kernel, 8, 0x200000, 8); /* text_offset */
	put(kernel, 16, TINY_KERNEL_LENGTH, 8); /* image_size */
	memcpy(kernel->bytes + 56, "RSC\5", 4);
	kernel->at = 64;
}

void emit(struct tiny_kernel *kernel, uint32_t word)
{
	if (kernel->at + 4 > TINY_KERNEL_LENGTH)
		abort();
	put(kernel, kernel->at, word, 4);
	kernel->at += 4;
}

void emit_li(struct tiny_kernel *kernel, unsigned rd, int32_t value)
{
	uint32_t low = (uint32_t)value & 0xfff;
	uint32_t high = ((uint32_t)value + 0x800) >> 12;

	emit(kernel, high << 12 | rd << 7 | 0x37);
	emit(kernel, low << 20 | rd << 15 | rd << 7 | 0x1b); /* addiw */
}

void emit_address(struct tiny_kernel *kernel, unsigned rd, unsigned at)
{
	uint32_t offset = at - kernel->at;

	emit(kernel, ((offset + 0x800) >> 12) << 12 | rd << 7 | 0x17);
	emit(kernel, (offset & 0xfff) << 20 | rd << 15 | rd << 7 | 0x13);
}

void emit_sbi(struct tiny_kernel *kernel, int32_t extension, int32_t function)
{
	emit_li(kernel, A7, extension);
	emit_li(kernel, A6, function);
	emit(kernel, 0x73);
}

static unsigned log2_of(unsigned size)
{
	return (unsigned)__builtin_ctz(size);
}

void emit_store(struct tiny_kernel *kernel, unsigned rs2, unsigned rs1, unsigned size)
{
	emit(kernel, rs2 << 20 | rs1 << 15 | log2_of(size) << 12 | 0x23);
}

void emit_load(struct tiny_kernel *kernel, unsigned rd, unsigned rs1, unsigned size)
{
	emit(kernel, rs1 << 15 | (log2_of(size) | (size < 8 ? 4u : 0)) << 12 | rd << 7 | 3);
}

void emit_csrw(struct tiny_kernel *kernel, unsigned csr, unsigned rs1)
{
	emit(kernel, csr << 20 | rs1 << 15 | 1 << 12 | 0x73);
}

void emit_csrr(struct tiny_kernel *kernel, unsigned rd, unsigned csr)
{
	emit(kernel, csr << 20 | 2 << 12 | rd << 7 | 0x73);
}

static uint32_t branch(uint32_t offset, unsigned rs1, uint32_t funct3)
{
	return (offset >> 12 & 1) << 31 | (offset >> 5 & 63) << 25 | rs1 << 15 | funct3 << 12 |
	       (offset >> 1 & 15) << 8 | (offset >> 11 & 1) << 7 | 0x63;
}

void emit_beqz(struct tiny_kernel *kernel, unsigned rs1, unsigned to)
{
	emit(kernel, branch(to - kernel->at, rs1, 0));
}

void emit_bnez_at(struct tiny_kernel *kernel, unsigned at, unsigned rs1, unsigned to)
{
	put(kernel, at, branch(to - at, rs1, 1), 4);
}

void emit_power_off(struct tiny_kernel *kernel)
{
	emit_li(kernel, A0, 0);
	emit_li(kernel, A1, 0);
	emit_sbi(kernel, SBI_SRST, 0);
}
