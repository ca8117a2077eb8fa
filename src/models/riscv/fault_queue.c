/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 3.2 Fault/event queue. Faults may be met by many threads at once; each notes its record, and one of
 * them writes what is due, so that records of one thread stay in order and no thread waits for memory
 * of another.
 */
#include "iommu/ring.h"
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

static bool takes_records(const struct xlat_riscv_iommu *iommu)
{
	uint32_t fqcsr = xlat__riscv_get32(iommu, REG_FQCSR);

	return (fqcsr & QCSR_ON) && !(fqcsr & (QCSR_MF | FQCSR_FQOF));
}

/* An error bit; while it is set nothing more is recorded. */
static void fail(struct xlat_riscv_iommu *iommu, uint32_t bit)
{
	xlat__riscv_set32(iommu, REG_FQCSR, xlat__riscv_get32(iommu, REG_FQCSR) | bit);
	xlat__riscv_update_interrupts(iommu);
}

void xlat__riscv_report(struct xlat_riscv_iommu *iommu, const struct xlat_riscv_iommu_fault *fault)
{
	pthread_mutex_lock(&iommu->lock);
	if (takes_records(iommu)) {
		if (iommu->fault_count < XLAT__RISCV_DUE)
			iommu->faults[(iommu->first_fault + iommu->fault_count++) % XLAT__RISCV_DUE] =
				*fault;
		else
			fail(iommu, FQCSR_FQOF);
	}
	pthread_mutex_unlock(&iommu->lock);
}

/*
 *   63    40 39  34  33   32  31  12 11    0
 *   DID    | TTYP | PRIV | PV | PID | CAUSE    then: reserved, iotval, iotval2
 */
static void encode(const struct xlat_riscv_iommu_fault *fault, uint64_t words[4])
{
	bool inbound = fault->ttyp != TTYP_NONE;

	words[0] = (uint64_t)fault->cause | (uint64_t)fault->ttyp << 34;
	if (inbound)
		words[0] |= (uint64_t)(fault->did & 0xffffff) << 40;
	if (inbound && fault->pv)
		words[0] |= (uint64_t)(fault->pid & 0xfffff) << 12 | BIT(32) |
			    (uint64_t)fault->priv << 33;
	words[1] = 0;
	words[2] = fault->iotval;
	words[3] = fault->iotval2;
}

static struct xlat__ring fault_ring(const struct xlat_riscv_iommu *iommu)
{
	uint64_t fqb = xlat__riscv_register(iommu, REG_FQB);

	return xlat__ring(QB_PPN(fqb) << 12, (unsigned)QB_LOG2SZ_1(fqb) + 1, 32);
}

static void pop(struct xlat_riscv_iommu *iommu)
{
	iommu->first_fault = (iommu->first_fault + 1) % XLAT__RISCV_DUE;
	iommu->fault_count--;
}

bool xlat__riscv_write_fault(struct xlat_riscv_iommu *iommu)
{
	enum xlat_model_memory memory;
	struct xlat__ring ring;
	uint32_t tail;
	uint64_t words[4];

	if (!iommu->fault_count)
		return false;
	if (!takes_records(iommu)) {
		pop(iommu);
		return true;
	}
	ring = fault_ring(iommu);
	tail = xlat__riscv_get32(iommu, REG_FQT);
	if (xlat__ring_is_full(&ring, xlat__riscv_get32(iommu, REG_FQH), tail)) {
		fail(iommu, FQCSR_FQOF);
		pop(iommu);
		return true;
	}
	iommu->in_fq = true;
	encode(&iommu->faults[iommu->first_fault], words);
	pthread_mutex_unlock(&iommu->lock);
	memory = xlat__riscv_own_write(iommu, xlat__ring_address(&ring, tail), words, 4);
	pthread_mutex_lock(&iommu->lock);
	iommu->in_fq = false;
	xlat__riscv_rest(iommu, REG_FQCSR);
	/* It stays due. */
	if (memory == XLAT_MODEL_MEMORY_RETRY)
		return false;
	pop(iommu);

	/* The queue may have been turned off meanwhile. */
	if (!takes_records(iommu))
		return true;
	if (memory != XLAT_MODEL_MEMORY_OK) {
		fail(iommu, QCSR_MF);
		return true;
	}
	xlat__riscv_set32(iommu, REG_FQT, xlat__ring_next(&ring, tail));
	if (xlat__riscv_get32(iommu, REG_FQCSR) & QCSR_IE)
		xlat__riscv_raise(iommu, IPSR_FIP);
	return true;
}
