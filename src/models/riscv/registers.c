/* SPDX-License-Identifier: BSD-3-Clause */
/* Chapter 5, Memory-mapped register interface: which register lies where, and what a write does. */
#include <errno.h>

#include "models/riscv/cache.h"
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

/* 5.1: the size of the register that an offset lies in. */
static unsigned register_size(uint64_t offset)
{
	if (offset >= REG_MSI_CFG_TBL && offset < REG_END)
		return offset & 8 ? 4 : 8;
	switch (offset & ~UINT64_C(7)) {
	case REG_CAPABILITIES:
	case REG_DDTP:
	case REG_CQB:
	case REG_FQB:
	case REG_PQB:
	case REG_ICVEC:
		return 8;
	default:
		return offset >= REG_IOHPMCYCLES && offset < REG_IOMMU_QOSID ? 8 : 4;
	}
}

static bool within_file(uint64_t offset, unsigned size)
{
	return (size == 4 || size == 8) && offset % size == 0 && offset < REG_END;
}

static bool accessible(uint64_t offset, unsigned size)
{
	return within_file(offset, size) && size <= register_size(offset);
}

uint64_t xlat_riscv_iommu_read(const struct xlat_riscv_iommu *iommu, uint64_t offset, unsigned size)
{
	uint64_t word;

	if (!accessible(offset, size))
		return 0;
	switch (offset & ~UINT64_C(7)) {
	case REG_IPSR + 4: /* iocountovf, iocountinh */
		word = xlat__riscv_register(iommu, (unsigned)offset & ~7u);
		word = (word & ~UINT64_C(0xffffffff)) | xlat__riscv_counter_overflows(iommu);
		break;
	case REG_IOHPMCYCLES:
		word = xlat__riscv_cycles(iommu);
		break;
	default:
		word = xlat__riscv_register(iommu, (unsigned)offset & ~7u);
		break;
	}
	if (size == 8)
		return word;
	return (uint32_t)(offset & 4 ? word >> 32 : word);
}

int xlat_riscv_iommu_load(struct xlat_riscv_iommu *iommu, uint64_t offset, unsigned size,
			  uint64_t value)
{
	uint64_t *word;

	if (!within_file(offset, size))
		return -EINVAL;
	pthread_mutex_lock(&iommu->lock);
	word = &iommu->registers[offset / 8];
	if (size == 4) {
		unsigned shift = offset & 4 ? 32 : 0;

		value = (*word & ~(UINT64_C(0xffffffff) << shift)) |
			((uint64_t)(uint32_t)value << shift);
	}
	__atomic_store_n(word, value, __ATOMIC_RELAXED);
	xlat__riscv_registers_loaded(iommu);
	xlat__riscv_caches_flush(iommu->caches);
	pthread_mutex_unlock(&iommu->lock);
	return 0;
}

/*
 * 5.5: a mode that does not exist here leaves the register as it is, and so does a write while it is
 * busy. It is until requests that began before are over: they run on with the old value. Our caches
 * keep what they know; but a host may have kept what only the mode grants.
 */
static void write_ddtp(struct xlat_riscv_iommu *iommu, uint64_t value)
{
	uint64_t old = xlat__riscv_register(iommu, REG_DDTP), mode = DDTP_IOMMU_MODE(value);

	if (mode > DDTP_MODE_BARE && (mode < DDTP_MODE_1LVL || mode > iommu->config.highest_mode))
		return;
	value &= DDTP_WRITABLE;
	if ((old & DDTP_BUSY) || value == old)
		return;
	xlat__riscv_set(iommu, REG_DDTP, value | DDTP_BUSY);
	iommu->ending_mode = true;
}

/* Tells the host that all translations ended. Without the lock. */
static void tell_mode(struct xlat_riscv_iommu *iommu)
{
	const struct xlat_model_invalidation everything = {.last = UINT64_MAX};

	iommu->host.invalidate(iommu->host_opaque, &everything);
	pthread_mutex_lock(&iommu->lock);
	iommu->ending_mode = false;
	pthread_mutex_unlock(&iommu->lock);
}

void xlat__riscv_end_mode(struct xlat_riscv_iommu *iommu)
{
	uint64_t ddtp = xlat__riscv_register(iommu, REG_DDTP);
	bool ending;

	if (!(ddtp & DDTP_BUSY))
		return;
	pthread_mutex_lock(&iommu->lock);
	ending = iommu->ending_mode;
	pthread_mutex_unlock(&iommu->lock);
	if (ending ||
	    !iommu->host.sync(iommu->host_opaque, XLAT_MODEL_SYNC_READS | XLAT_MODEL_SYNC_WRITES))
		return;
	pthread_mutex_lock(&iommu->lock);
	/* Nobody else changes it while it is busy, but for a restore of another. */
	if (xlat__riscv_register(iommu, REG_DDTP) == ddtp)
		xlat__riscv_set(iommu, REG_DDTP, ddtp & ~DDTP_BUSY);
	pthread_mutex_unlock(&iommu->lock);
}

/* 5.6, 5.9, 5.12: a queue that is on keeps its base; the index of the guest is cut to the new size. */
static void write_queue_base(struct xlat_riscv_iommu *iommu, unsigned base, unsigned csr,
			     unsigned index, uint64_t value)
{
	uint32_t mask = (uint32_t)(UINT64_C(0xffffffff) >> (31 - QB_LOG2SZ_1(value)));

	if (xlat__riscv_get32(iommu, csr) & QCSR_ON)
		return;
	xlat__riscv_set(iommu, base, value & QB_WRITABLE);
	xlat__riscv_set32(iommu, index, xlat__riscv_get32(iommu, index) & mask);
}

static void write_queue_index(struct xlat_riscv_iommu *iommu, unsigned base, unsigned index,
			      uint32_t value)
{
	uint64_t qb = xlat__riscv_register(iommu, base);

	xlat__riscv_set32(iommu, index,
			  value & (uint32_t)(UINT64_C(0xffffffff) >> (31 - QB_LOG2SZ_1(qb))));
}

/*
 * 5.15, 5.16, 5.17: `ones` are the bits cleared by a one. Turning the queue on clears them and the index
 * that is the IOMMU's own. While somebody is at its memory it is not off yet, but busy, and is not
 * written to.
 */
static void write_queue_csr(struct xlat_riscv_iommu *iommu, unsigned csr, unsigned own_index,
			    bool in_use, uint32_t ones, uint32_t value)
{
	uint32_t old = xlat__riscv_get32(iommu, csr), new = old & ~(value & ones);

	if (old & QCSR_BUSY)
		return;
	new = (new & ~(uint32_t)(QCSR_EN | QCSR_IE)) | (value & (QCSR_EN | QCSR_IE));
	if ((value & QCSR_EN) && !(old & QCSR_EN)) {
		new = (new & ~ones) | QCSR_ON;
		xlat__riscv_set32(iommu, own_index, 0);
	}
	if (!(value & QCSR_EN) && (old & QCSR_ON))
		new = in_use ? new | QCSR_BUSY : new & ~(uint32_t)QCSR_ON;
	xlat__riscv_set32(iommu, csr, new);
}

void xlat__riscv_rest(struct xlat_riscv_iommu *iommu, unsigned csr)
{
	uint32_t value = xlat__riscv_get32(iommu, csr);

	if (value & QCSR_BUSY)
		xlat__riscv_set32(iommu, csr, value & ~(uint32_t)(QCSR_BUSY | QCSR_ON));
}

/* 5.28: only as many bits of each vector as there are, and only causes that there are. */
static void write_icvec(struct xlat_riscv_iommu *iommu, uint64_t value)
{
	uint64_t field = iommu->config.vectors - 1u, writable = field | field << 4;

	if (iommu->config.capabilities & CAP_HPM)
		writable |= field << 8;
	if (iommu->config.capabilities & CAP_ATS)
		writable |= field << 12;
	xlat__riscv_set(iommu, REG_ICVEC, value & writable);
}

/* 5.29: unmasking sends what is pending; see interrupts.c. */
static void write_msi_cfg(struct xlat_riscv_iommu *iommu, unsigned offset, uint64_t value)
{
	unsigned vector = (offset - REG_MSI_CFG_TBL) / 16;

	if (vector >= iommu->config.vectors || CAP_IGS(iommu->config.capabilities) == IGS_WSI)
		return;
	value &= offset & 8 ? (MSI_VEC_CTL_M | 0xffffffff) : MSI_ADDR_WRITABLE;
	xlat__riscv_set(iommu, offset, value);
}

static void write_qosid(struct xlat_riscv_iommu *iommu, uint32_t value)
{
	xlat__riscv_set32(iommu, REG_IOMMU_QOSID,
			  value & (iommu->config.rcid_mask | (uint32_t)iommu->config.mcid_mask
								     << 16));
}

/* The registers of 4 bytes, by their own offset. */
static void write32(struct xlat_riscv_iommu *iommu, unsigned offset, uint32_t value)
{
	uint64_t capabilities = iommu->config.capabilities;
	bool ats = capabilities & CAP_ATS, hpm = capabilities & CAP_HPM;
	uint32_t fixed, wire;

	switch (offset) {
	case REG_FCTL:
		fixed = xlat__riscv_fctl_fixed(iommu, capabilities);
		value = (value & ~fixed) | (xlat__riscv_get32(iommu, REG_FCTL) & fixed);
		xlat__riscv_set32(iommu, REG_FCTL, value & (FCTL_BE | FCTL_WSI | FCTL_GXL));
		break;
	case REG_CQT:
		write_queue_index(iommu, REG_CQB, REG_CQT, value);
		break;
	case REG_FQH:
		write_queue_index(iommu, REG_FQB, REG_FQH, value);
		break;
	case REG_PQH:
		if (ats)
			write_queue_index(iommu, REG_PQB, REG_PQH, value);
		break;
	case REG_CQCSR:
		wire = CAP_IGS(capabilities) != IGS_MSI ? (uint32_t)CQCSR_FENCE_W_IP : 0;
		write_queue_csr(iommu, REG_CQCSR, REG_CQH, iommu->in_cq,
				(uint32_t)(QCSR_MF | CQCSR_CMD_TO | CQCSR_CMD_ILL) | wire, value);
		break;
	case REG_FQCSR:
		write_queue_csr(iommu, REG_FQCSR, REG_FQT, iommu->in_fq, QCSR_MF | FQCSR_FQOF,
				value);
		break;
	case REG_PQCSR:
		if (ats)
			write_queue_csr(iommu, REG_PQCSR, REG_PQT, iommu->in_pq,
					QCSR_MF | PQCSR_PQOF, value);
		break;
	case REG_IPSR:
		xlat__riscv_set32(iommu, REG_IPSR, xlat__riscv_get32(iommu, REG_IPSR) & ~value);
		break;
	case REG_IOCOUNTINH:
		if (hpm)
			xlat__riscv_write_inhibits(iommu, value);
		break;
	case REG_IOMMU_QOSID:
		if (capabilities & CAP_QOSID)
			write_qosid(iommu, value);
		break;
	default:
		break; /* read-only, or reserved */
	}
}

/* The registers of 8 bytes. */
static void write64(struct xlat_riscv_iommu *iommu, unsigned offset, uint64_t value)
{
	uint64_t capabilities = iommu->config.capabilities;

	switch (offset) {
	case REG_DDTP:
		write_ddtp(iommu, value);
		break;
	case REG_CQB:
		write_queue_base(iommu, REG_CQB, REG_CQCSR, REG_CQT, value);
		break;
	case REG_FQB:
		write_queue_base(iommu, REG_FQB, REG_FQCSR, REG_FQH, value);
		break;
	case REG_PQB:
		if (capabilities & CAP_ATS)
			write_queue_base(iommu, REG_PQB, REG_PQCSR, REG_PQH, value);
		break;
	case REG_TR_REQ_IOVA:
		if (capabilities & CAP_DBG)
			xlat__riscv_set(iommu, REG_TR_REQ_IOVA, value & TR_REQ_IOVA_VPN);
		break;
	case REG_TR_REQ_CTL:
		if (capabilities & CAP_DBG)
			xlat__riscv_write_tr_req_ctl(iommu, value);
		break;
	case REG_ICVEC:
		write_icvec(iommu, value);
		break;
	default:
		if (offset >= REG_IOHPMCYCLES && offset < REG_TR_REQ_IOVA &&
		    (capabilities & CAP_HPM))
			xlat__riscv_write_counter(iommu, offset, value);
		break;
	}
}

void xlat_riscv_iommu_write(struct xlat_riscv_iommu *iommu, uint64_t offset, unsigned size,
			    uint64_t value)
{
	unsigned whole = (unsigned)offset & ~7u;
	bool ending_before, ending;

	if (!accessible(offset, size))
		return;
	pthread_mutex_lock(&iommu->lock);
	ending_before = iommu->ending_mode;
	if (register_size(offset) == 4 && offset < REG_MSI_CFG_TBL) {
		write32(iommu, (unsigned)offset, (uint32_t)value);
	} else {
		uint64_t old = whole == REG_IOHPMCYCLES ? xlat__riscv_cycles(iommu)
							: xlat__riscv_register(iommu, whole);

		/* A half is merged with the other. */
		if (size == 4 && (offset & 4))
			value = (uint32_t)old | value << 32;
		else if (size == 4)
			value = (old & ~UINT64_C(0xffffffff)) | (uint32_t)value;
		if (whole >= REG_MSI_CFG_TBL)
			write_msi_cfg(iommu, whole, value);
		else
			write64(iommu, whole, value);
	}
	xlat__riscv_update_cycles(iommu);
	xlat__riscv_update_interrupts(iommu);
	ending = iommu->ending_mode && !ending_before;
	pthread_mutex_unlock(&iommu->lock);
	if (ending) {
		tell_mode(iommu);
		xlat__riscv_end_mode(iommu);
	}
	xlat__riscv_settle(iommu);
}
