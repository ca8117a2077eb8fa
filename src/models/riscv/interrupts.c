/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 5.18 ipsr, 5.28 icvec and 5.29 msi_cfg_tbl: which interrupts are pending, and how the host hears of
 * them. And the one place from which the model calls the host of its own accord.
 */
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

static unsigned vector_of(const struct xlat_riscv_iommu *iommu, uint32_t ipsr_bit)
{
	unsigned cause = (unsigned)__builtin_ctz(ipsr_bit);

	return (unsigned)(xlat__riscv_register(iommu, REG_ICVEC) >> (4 * cause)) & 15;
}

static bool by_wire(const struct xlat_riscv_iommu *iommu)
{
	return xlat__riscv_get32(iommu, REG_FCTL) & FCTL_WSI;
}

void xlat__riscv_raise(struct xlat_riscv_iommu *iommu, uint32_t ipsr_bit)
{
	uint32_t ipsr = xlat__riscv_get32(iommu, REG_IPSR);

	if (ipsr & ipsr_bit)
		return;
	xlat__riscv_set32(iommu, REG_IPSR, ipsr | ipsr_bit);
	/* A message is sent when a bit becomes one. */
	if (!by_wire(iommu))
		iommu->messages_due |= (uint16_t)(1u << vector_of(iommu, ipsr_bit));
}

void xlat__riscv_update_interrupts(struct xlat_riscv_iommu *iommu)
{
	uint32_t cqcsr = xlat__riscv_get32(iommu, REG_CQCSR);
	uint32_t fqcsr = xlat__riscv_get32(iommu, REG_FQCSR);
	uint32_t pqcsr = xlat__riscv_get32(iommu, REG_PQCSR);

	if ((cqcsr & QCSR_IE) &&
	    (cqcsr & (QCSR_MF | CQCSR_CMD_TO | CQCSR_CMD_ILL | CQCSR_FENCE_W_IP)))
		xlat__riscv_raise(iommu, IPSR_CIP);
	if ((fqcsr & QCSR_IE) && (fqcsr & (QCSR_MF | FQCSR_FQOF)))
		xlat__riscv_raise(iommu, IPSR_FIP);
	if ((pqcsr & QCSR_IE) && (pqcsr & (QCSR_MF | PQCSR_PQOF)))
		xlat__riscv_raise(iommu, IPSR_PIP);
}

/* The levels of the wires, one bit for each vector. */
static uint16_t wires_now(const struct xlat_riscv_iommu *iommu)
{
	uint32_t ipsr = xlat__riscv_get32(iommu, REG_IPSR) & IPSR_ALL;
	uint16_t wires = 0;

	if (!by_wire(iommu))
		return 0;
	for (; ipsr; ipsr &= ipsr - 1)
		wires |= (uint16_t)(1u << vector_of(iommu, ipsr & -ipsr));
	return wires;
}

/* With the lock, which it drops to tell the host of one wire. Returns whether there was one. */
static bool drive_wire(struct xlat_riscv_iommu *iommu)
{
	uint16_t now = wires_now(iommu), changed = now ^ iommu->wires;
	unsigned vector;

	if (!changed)
		return false;
	vector = (unsigned)__builtin_ctz(changed);
	iommu->wires ^= (uint16_t)(1u << vector);
	pthread_mutex_unlock(&iommu->lock);
	iommu->host.wire(iommu->host_opaque, vector, now >> vector & 1);
	pthread_mutex_lock(&iommu->lock);
	return true;
}

/* With the lock, which it drops to send one message that is due and not masked. */
static bool send_message(struct xlat_riscv_iommu *iommu)
{
	uint16_t due = iommu->messages_due;

	for (; due; due &= (uint16_t)(due - 1)) {
		unsigned vector = (unsigned)__builtin_ctz(due);
		uint64_t address = xlat__riscv_register(iommu, REG_MSI_CFG_TBL + 16 * vector);
		uint64_t data = xlat__riscv_register(iommu, REG_MSI_CFG_TBL + 16 * vector + 8);
		enum xlat_model_memory memory;

		if (data & MSI_VEC_CTL_M)
			continue;
		iommu->messages_due &= (uint16_t) ~(1u << vector);
		pthread_mutex_unlock(&iommu->lock);
		memory = xlat__riscv_own_write32(iommu, address, (uint32_t)data, false);
		if (memory == XLAT_MODEL_MEMORY_RETRY) {
			pthread_mutex_lock(&iommu->lock);
			iommu->messages_due |= (uint16_t)(1u << vector);
			return false;
		}
		if (memory != XLAT_MODEL_MEMORY_OK)
			xlat__riscv_report(iommu,
					   &(struct xlat_riscv_iommu_fault){
						   .cause = CAUSE_IOMMU_MSI_WRITE_ACCESS_FAULT,
						   .ttyp = TTYP_NONE,
						   .iotval = address,
					   });
		pthread_mutex_lock(&iommu->lock);
		return true;
	}
	return false;
}

/* One thing that is due. With the lock, which is dropped meanwhile. Returns whether there was one. */
static bool settle_one(struct xlat_riscv_iommu *iommu)
{
	return xlat__riscv_write_fault(iommu) || xlat__riscv_write_page_request(iommu) ||
	       xlat__riscv_answer_tr_req(iommu) || send_message(iommu) || drive_wire(iommu);
}

/*
 * A guest may have its interrupts' messages raise the same interrupts again. What one call does is
 * bounded; the next one goes on.
 */
void xlat__riscv_settle(struct xlat_riscv_iommu *iommu)
{
	pthread_mutex_lock(&iommu->lock);
	if (!iommu->settling) {
		iommu->settling = true;
		for (unsigned n = 0; n < 4 * XLAT__RISCV_DUE && settle_one(iommu); n++)
			;
		iommu->settling = false;
	}
	pthread_mutex_unlock(&iommu->lock);
}
