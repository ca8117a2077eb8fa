/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The gate through which an initiator's accesses pass: how others learn whether it may still be
 * using what they withdrew. Its owner marks itself busy, reads the generation (there the access
 * begins), uses what it has cached, and clears the mark. Who withdraws something raises the
 * generation, makes every thread of the process pass a barrier (membarrier(2)), and then looks at
 * the mark. No fence instruction and no atomic read-modify-write is needed here;
 * docs/design/invalidation.md has the argument.
 */
#ifndef XLAT_INLINE_GATE_H
#define XLAT_INLINE_GATE_H

#include <xlat/config.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_gate {
	uint32_t busy; /* 1 while the owner may be using cached translations; written by the owner */
	uint32_t reserved;
	uint64_t generation; /* epoch of the newest thing withdrawn from this initiator; by others */
	uint64_t settled; /* the generation up to which the cache is clean; written by the owner */
};

/* Enters; returns the generation at which the access begins. */
XLAT_FORCE_INLINE uint64_t xlat_gate_enter(struct xlat_gate *gate)
{
	__atomic_store_n(&gate->busy, 1u, __ATOMIC_RELAXED);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return __atomic_load_n(&gate->generation, __ATOMIC_ACQUIRE);
}

/* Leaves. Who waits for that looks again; nothing needs to be told. */
XLAT_FORCE_INLINE void xlat_gate_leave(struct xlat_gate *gate)
{
	__atomic_store_n(&gate->busy, 0u, __ATOMIC_RELEASE);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

#ifdef __cplusplus
}
#endif
#endif
