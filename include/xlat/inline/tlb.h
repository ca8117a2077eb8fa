/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hits of a TLB, inlined, and the layout behind them, for whoever emits code. Each hit is also
 * an exported function of the same name.
 *
 * A hit: the slot is at the table's slots + (address >> 8 & mask); its tag is compared with the page
 * of the access's last byte (and the low bits of its first one, where alignment is wanted); the
 * byte is at address + addend in the host. A tag has its page in bits 12 to 63, and nothing else in
 * a slot that can be hit: a slow one has a flag in bits 4 to 11, so that one compare decides the
 * page, crossing, alignment and all that is slow. The gate is not looked at: see
 * xlat_tlb_safepoint().
 */
#ifndef XLAT_INLINE_TLB_H
#define XLAT_INLINE_TLB_H

#include <xlat/inline/gate.h>
#include <xlat/inline/order.h>
#include <xlat/tlb.h>

#include <string.h>

#ifndef XLAT_INLINE
#define XLAT_INLINE extern inline __attribute__((__gnu_inline__, __artificial__))
#endif

#include <xlat/config.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
	XLAT_TLB_PAGE_BITS = 12,
	XLAT_TLB_SLOT_BITS = 4, /* a slot's size, as a shift */
	XLAT_TLB_KINDS = 4, /* tables of an mmu index, by enum xlat_access */
	/* Flags of a slot's tag. Bits 0 to 3 are clear: there an address's misalignment shows. */
	XLAT_TLB_MMIO = 0x10, /* a device answers */
	XLAT_TLB_CLEAN = 0x20, /* stores are to be seen: by a log, a watch, who decoded code */
	XLAT_TLB_BYTES = 0x40, /* holds for a part of the page only */
	XLAT_TLB_WATCHPOINT = 0x80, /* a watchpoint is in the page */
	XLAT_TLB_INVALID = 0x800, /* nothing is here */
};

struct xlat_tlb_slot {
	uint64_t tag;
	uint64_t addend; /* address + addend is the host's */
};

struct xlat_tlb_table {
	struct xlat_tlb_slot *slots;
	uint64_t mask; /* slots - 1, times the size of a slot */
};

/* The beginning of a TLB: what the hits read. It does not change within a major version. */
struct xlat_tlb_hot {
	struct xlat_gate gate;
	uint64_t fetches; /* counts what ended for EXEC: what was fetched before may have moved */
	struct xlat_tlb_table tables[XLAT_TLB_MMUS][XLAT_TLB_KINDS];
};

/* What the library does when it is not a hit. Private to these inlines. */
void xlat_tlb_slow_safepoint(struct xlat_tlb *tlb);

XLAT_FORCE_INLINE struct xlat_tlb_hot *xlat_tlb_hot(struct xlat_tlb *tlb)
{
	return (struct xlat_tlb_hot *)(void *)tlb;
}

/* The slot that may have an address, whatever its tag. */
XLAT_FORCE_INLINE const struct xlat_tlb_slot *xlat_tlb_slot(const struct xlat_tlb_table *table,
							    uint64_t address)
{
	return (const struct xlat_tlb_slot *)(const void *)((const char *)table->slots +
							    (address >> (XLAT_TLB_PAGE_BITS -
									 XLAT_TLB_SLOT_BITS) &
							     table->mask));
}

/*
 * Whether an access hits, and where in the host it is. align: 1, or what its address must be a
 * multiple of, at most size; size and align are powers of two up to 16 (align 1: any size up to 16).
 */
XLAT_FORCE_INLINE bool xlat_tlb_hit(const struct xlat_tlb_table *table, uint64_t address,
				    unsigned size, unsigned align, uint8_t **host)
{
	const struct xlat_tlb_slot *slot = xlat_tlb_slot(table, address);
	uint64_t page = ~(uint64_t)0 << XLAT_TLB_PAGE_BITS;
	uint64_t tag = (address + (size - align)) & (page | (align - 1));

	if (__builtin_expect(slot->tag != tag, 0))
		return false;
	*host = (uint8_t *)(uintptr_t)(address + slot->addend);
	return true;
}

/* The table of an mmu index and a kind. */
XLAT_FORCE_INLINE const struct xlat_tlb_table *xlat_tlb_table(struct xlat_tlb *tlb, unsigned mmu,
							      enum xlat_access access)
{
	return &xlat_tlb_hot(tlb)->tables[mmu][access];
}

XLAT_INLINE void xlat_tlb_safepoint(struct xlat_tlb *tlb)
{
	const struct xlat_gate *gate = &xlat_tlb_hot(tlb)->gate;

	if (__builtin_expect(__atomic_load_n(&gate->generation, __ATOMIC_ACQUIRE) != gate->settled,
			     0))
		xlat_tlb_slow_safepoint(tlb);
}

/*
 * One load or store of the host, at any address: where it is aligned, it is not torn. Hosts that
 * allow any alignment need not look at it (but the thread sanitizer wants to be told).
 */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define XLAT_TLB_LOOK_AT_ALIGNMENT 1
#endif
#endif
#if defined(__SANITIZE_THREAD__) ||                                                                \
	!(defined(__x86_64__) || defined(__aarch64__) || defined(__s390x__))
#define XLAT_TLB_LOOK_AT_ALIGNMENT 1
#endif

#ifdef XLAT_TLB_LOOK_AT_ALIGNMENT
#define XLAT_TLB_DEFINE_COPIES(bits)                                                               \
	XLAT_FORCE_INLINE uint##bits##_t xlat_tlb_copy_load##bits(const uint8_t *host)             \
	{                                                                                          \
		uint##bits##_t raw;                                                                \
                                                                                                   \
		if (((uintptr_t)host & ((bits) / 8 - 1)) == 0)                                     \
			return __atomic_load_n((const uint##bits##_t *)(const void *)host,         \
					       __ATOMIC_RELAXED);                                  \
		memcpy(&raw, host, (bits) / 8);                                                    \
		return raw;                                                                        \
	}                                                                                          \
	XLAT_FORCE_INLINE void xlat_tlb_copy_store##bits(uint8_t *host, uint##bits##_t raw)        \
	{                                                                                          \
		if (((uintptr_t)host & ((bits) / 8 - 1)) == 0)                                     \
			__atomic_store_n((uint##bits##_t *)(void *)host, raw, __ATOMIC_RELAXED);   \
		else                                                                               \
			memcpy(host, &raw, (bits) / 8);                                            \
	}
#else
#define XLAT_TLB_DEFINE_COPIES(bits)                                                               \
	struct xlat_tlb_raw##bits {                                                                \
		uint##bits##_t raw;                                                                \
	} __attribute__((__packed__, __may_alias__));                                              \
	XLAT_FORCE_INLINE uint##bits##_t xlat_tlb_copy_load##bits(const uint8_t *host)             \
	{                                                                                          \
		return ((const volatile struct xlat_tlb_raw##bits *)(const void *)host)->raw;      \
	}                                                                                          \
	XLAT_FORCE_INLINE void xlat_tlb_copy_store##bits(uint8_t *host, uint##bits##_t raw)        \
	{                                                                                          \
		((volatile struct xlat_tlb_raw##bits *)(void *)host)->raw = raw;                   \
	}
#endif
XLAT_TLB_DEFINE_COPIES(8)
XLAT_TLB_DEFINE_COPIES(16)
XLAT_TLB_DEFINE_COPIES(32)
XLAT_TLB_DEFINE_COPIES(64)
#undef XLAT_TLB_DEFINE_COPIES

#define XLAT_TLB_DEFINE_SIZED(suffix, bits, order)                                                 \
	XLAT_INLINE enum xlat_outcome xlat_tlb_load_##suffix(                                      \
		struct xlat_tlb *tlb, unsigned mmu, uint64_t address, uint##bits##_t *value)       \
	{                                                                                          \
		uint##bits##_t raw;                                                                \
		uint8_t *host;                                                                     \
                                                                                                   \
		if (__builtin_expect(xlat_tlb_hit(xlat_tlb_table(tlb, mmu, XLAT_READ), address,    \
						  (bits) / 8, 1, &host),                           \
				     1)) {                                                         \
			raw = xlat_tlb_copy_load##bits(host);                                      \
			*value = XLAT_SWAP_##order(bits, raw);                                     \
			return XLAT_OK;                                                            \
		} else {                                                                           \
			uint##bits##_t slow;                                                       \
			enum xlat_outcome outcome =                                                \
				xlat_tlb_read(tlb, mmu, XLAT_READ, address, &slow, (bits) / 8);    \
			*value = XLAT_SWAP_##order(bits, slow);                                    \
			return outcome;                                                            \
		}                                                                                  \
	}                                                                                          \
	XLAT_INLINE enum xlat_outcome xlat_tlb_store_##suffix(                                     \
		struct xlat_tlb *tlb, unsigned mmu, uint64_t address, uint##bits##_t value)        \
	{                                                                                          \
		uint##bits##_t raw = XLAT_SWAP_##order(bits, value);                               \
		uint8_t *host;                                                                     \
                                                                                                   \
		if (__builtin_expect(xlat_tlb_hit(xlat_tlb_table(tlb, mmu, XLAT_WRITE), address,   \
						  (bits) / 8, 1, &host),                           \
				     1)) {                                                         \
			xlat_tlb_copy_store##bits(host, raw);                                      \
			return XLAT_OK;                                                            \
		} else {                                                                           \
			uint##bits##_t slow = raw;                                                 \
			return xlat_tlb_write(tlb, mmu, address, &slow, (bits) / 8);               \
		}                                                                                  \
	}
XLAT_SIZED_BITS(XLAT_TLB_DEFINE_SIZED)
#undef XLAT_TLB_DEFINE_SIZED

#ifdef __cplusplus
}
#endif
#endif
