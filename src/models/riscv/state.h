/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How the model changes. Its lock guards everything that changes but the registers' own words,
 * which other threads read at any time; it is never held while the host is called. What is due to
 * the host (fault records, page requests, messages, wires) is noted under the lock and done by
 * whoever settles, one thread at a time: a host that calls back from there finds someone settling,
 * and returns.
 */
#ifndef XLAT_MODELS_RISCV_STATE_H
#define XLAT_MODELS_RISCV_STATE_H

#include <pthread.h>

#include "models/riscv/iommu.h"

/* Sets a register of 8 bytes; the lock is held. */
static inline void xlat__riscv_set(struct xlat_riscv_iommu *iommu, unsigned offset, uint64_t value)
{
	__atomic_store_n(&iommu->registers[offset / 8], value, __ATOMIC_RELAXED);
}

/* Registers of 4 bytes. */
static inline uint32_t xlat__riscv_get32(const struct xlat_riscv_iommu *iommu, unsigned offset)
{
	return (uint32_t)(xlat__riscv_register(iommu, offset & ~7u) >> (offset & 4 ? 32 : 0));
}

static inline void xlat__riscv_set32(struct xlat_riscv_iommu *iommu, unsigned offset,
				     uint32_t value)
{
	uint64_t word = xlat__riscv_register(iommu, offset & ~7u);

	word = offset & 4 ? (uint32_t)word | (uint64_t)value << 32
			  : (word & ~UINT64_C(0xffffffff)) | value;
	xlat__riscv_set(iommu, offset & ~7u, word);
}

/*
 * memory.c: accesses of the IOMMU's own accord, with its own QoS ids and byte order; `count`
 * doublewords. Without the lock.
 */
enum xlat_model_memory xlat__riscv_own_read(const struct xlat_riscv_iommu *iommu, uint64_t address,
					    uint64_t *words, unsigned count);
enum xlat_model_memory xlat__riscv_own_write(const struct xlat_riscv_iommu *iommu, uint64_t address,
					     const uint64_t *words, unsigned count);
/* ... and the 4 bytes of a message or of IOFENCE.C's data. */
enum xlat_model_memory xlat__riscv_own_write32(const struct xlat_riscv_iommu *iommu,
					       uint64_t address, uint32_t data, bool big_endian);

/* interrupts.c; with the lock, but for settle. */

/* 5.18: sets a pending bit, and notes its message if it was clear. */
void xlat__riscv_raise(struct xlat_riscv_iommu *iommu, uint32_t ipsr_bit);

/* 5.18: raises what the conditions of the queues' registers ask for. */
void xlat__riscv_update_interrupts(struct xlat_riscv_iommu *iommu);

/* Does what is due to the host, unless someone already does. Without the lock. */
void xlat__riscv_settle(struct xlat_riscv_iommu *iommu);

/* fault_queue.c: notes a fault record, to be written by settle. Takes the lock. */
void xlat__riscv_report(struct xlat_riscv_iommu *iommu, const struct xlat_riscv_iommu_fault *fault);

/* Writes the oldest record that is due; returns whether there was one. With the lock, which it drops. */
bool xlat__riscv_write_fault(struct xlat_riscv_iommu *iommu);

/* page_request_queue.c: the same for a page request. */
bool xlat__riscv_write_page_request(struct xlat_riscv_iommu *iommu);

/* ats.c: sends a message to a device; false if there is nobody to take it. Without the lock. */
bool xlat__riscv_send(const struct xlat_riscv_iommu *iommu,
		      const struct xlat_model_message *message);

/* registers.c: a queue that was to be turned off is off now that nobody is at its memory. */
void xlat__riscv_rest(struct xlat_riscv_iommu *iommu, unsigned csr);

/* registers.c: 5.5: ddtp is busy no longer if what began before is over. Without the lock. */
void xlat__riscv_end_mode(struct xlat_riscv_iommu *iommu);

/* registers.c calls these with the lock. */

/* What depends on registers, after any was restored. */
void xlat__riscv_registers_loaded(struct xlat_riscv_iommu *iommu);

/* performance.c */
void xlat__riscv_update_cycles(struct xlat_riscv_iommu *iommu);
uint32_t xlat__riscv_counter_overflows(const struct xlat_riscv_iommu *iommu);
uint64_t xlat__riscv_cycles(const struct xlat_riscv_iommu *iommu);
void xlat__riscv_write_inhibits(struct xlat_riscv_iommu *iommu, uint32_t value);
void xlat__riscv_write_counter(struct xlat_riscv_iommu *iommu, unsigned offset, uint64_t value);

/* debug.c; answer also drops the lock meanwhile, and returns whether there was a request. */
bool xlat__riscv_answer_tr_req(struct xlat_riscv_iommu *iommu);
void xlat__riscv_write_tr_req_ctl(struct xlat_riscv_iommu *iommu, uint64_t value);

#endif
