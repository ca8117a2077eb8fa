/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hart as bytes: a version, what it was made with, and its state. All numbers are little-endian.
 * What is derived (translations, decoded code) is not saved.
 */
#include "riscv/hart.h"

#include <errno.h>

#define MAGIC UINT64_C(0x7472616874616c78) /* "xlathart" */

enum {
	KEPT_ATTENTION = XLAT__ATTENTION_WAIT | XLAT__ATTENTION_FENCE_I | XLAT__ATTENTION_SOFTWARE,
	VERSION = 2,
};

/* A cursor over the bytes, for either direction: what is saved is restored by the same walk. */
struct stream {
	uint8_t *bytes;
	size_t at, size;
	bool saving;
};

/* One number of up to eight bytes. Past the end nothing happens but the count. */
static uint64_t number(struct stream *stream, unsigned size, uint64_t value)
{
	uint64_t result = 0;

	if (stream->at + size > stream->size) {
		stream->at += size;
		return value;
	}
	for (unsigned i = 0; i < size; i++, stream->at++) {
		if (stream->saving)
			stream->bytes[stream->at] = (uint8_t)(value >> (8 * i));
		result |= (uint64_t)stream->bytes[stream->at] << (8 * i);
	}
	return result;
}

/* A CSR, by its value. Those that another mode's write would refuse are stored as they are. */
#define WORD(field) hart->field = number(stream, 8, hart->field)
#define HALF(field) hart->field = (uint32_t)number(stream, 4, hart->field)
#define FLAG(field) hart->field = number(stream, 1, hart->field) != 0

static void walk_body(struct stream *stream, struct xlat_hart *hart)
{
	uint64_t attention = hart->attention & KEPT_ATTENTION;

	for (unsigned i = 1; i < 32; i++)
		WORD(x[i]);
	for (unsigned i = 0; i < 32; i++)
		WORD(f[i]);
	WORD(pc);
	hart->mode = (uint8_t)number(stream, 1, hart->mode);
	WORD(retired);
	WORD(time_skipped);
	WORD(mstatus);
	WORD(mip);
	WORD(mie);
	WORD(mideleg);
	WORD(medeleg);
	WORD(mtvec);
	WORD(mepc);
	WORD(mcause);
	WORD(mtval);
	WORD(mscratch);
	WORD(mcounteren);
	WORD(mcountinhibit);
	WORD(menvcfg);
	WORD(stvec);
	WORD(sepc);
	WORD(scause);
	WORD(stval);
	WORD(sscratch);
	WORD(scounteren);
	WORD(senvcfg);
	WORD(satp);
	WORD(stimecmp);
	WORD(cycle_offset);
	WORD(instret_offset);
	WORD(mwiddeleg);
	HALF(mlwid);
	HALF(slwid);
	HALF(fflags);
	HALF(frm);
	WORD(wires);
	FLAG(reserved);
	WORD(reservation);
	WORD(reserved_value);
	HALF(reserved_size);
	FLAG(inside_block);
	FLAG(swapped);
	WORD(swapped_value);
	for (unsigned i = 0; i < XLAT__PMP_ENTRIES; i++) {
		hart->pmp.config[i] = (uint8_t)number(stream, 1, hart->pmp.config[i]);
		WORD(pmp.address[i]);
	}
	attention = number(stream, 4, attention);
	if (!stream->saving)
		hart->attention = (uint32_t)attention & KEPT_ATTENTION;
}

size_t xlat_hart_save(const struct xlat_hart *hart, void *bytes, size_t size)
{
	struct stream stream = {.bytes = bytes, .size = size, .saving = true};

	number(&stream, 8, MAGIC);
	number(&stream, 4, VERSION);
	number(&stream, 8, hart->extensions);
	number(&stream, 4, hart->config.pmp_entries);
	number(&stream, 4, hart->config.worlds);
	/* Saving writes what it reads. */
	walk_body(&stream, (struct xlat_hart *)(uintptr_t)hart);
	return stream.at;
}

/* What hostile bytes may not bring about: numbers that index, and modes that there are not. */
static bool plausible(const struct xlat_hart *hart)
{
	uint64_t mode = hart->satp >> SATP_MODE_SHIFT, mpp = hart->mstatus >> MSTATUS_MPP_SHIFT & 3;

	return (hart->mode <= XLAT_HART_SUPERVISOR || hart->mode == XLAT_HART_MACHINE) &&
	       mpp != 2 && (mode == SATP_BARE || (mode >= SATP_SV39 && mode <= SATP_SV57)) &&
	       hart->pc % 2 == 0 && hart->reserved_size <= 8;
}

int xlat_hart_restore(struct xlat_hart *hart, const void *bytes, size_t size)
{
	struct stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	struct xlat_hart before = *hart;

	if (size < 28 || number(&stream, 8, 0) != MAGIC)
		return -EINVAL;
	if (number(&stream, 4, 0) != VERSION)
		return -ENOTSUP;
	if (number(&stream, 8, 0) != hart->extensions ||
	    number(&stream, 4, 0) != hart->config.pmp_entries ||
	    number(&stream, 4, 0) != hart->config.worlds)
		return -EXDEV;
	if (size != xlat_hart_save(hart, NULL, 0))
		return -EINVAL;
	walk_body(&stream, hart);
	if (!plausible(hart)) {
		*hart = before;
		return -EINVAL;
	}
	hart->answered = hart->at_watchpoint = false;
	hart->pmp.any = true;
	xlat_tlb_forget(hart->tlb);
	xlat_tlb_flush_all(hart->tlb);
	xlat__code_flush(hart); /* memory may have been restored behind the library's back */
	xlat__hart_enter_mode(hart, hart->mode);
	return 0;
}
