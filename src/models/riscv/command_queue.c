/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 3.1 Command queue: fetching and decoding, one command at a time; what invalidations do is in
 * invalidate.c, and what messages to devices do in ats.c.
 */
#include "iommu/ring.h"
#include "models/riscv/commands.h"
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

/* 8.2, 8.3: bits that are reserved without their extension. */
static uint64_t iotinval_reserved(uint64_t capabilities)
{
	return IOTINVAL_RESERVED | (capabilities & CAP_NL ? 0 : IOTINVAL_NL);
}

static uint64_t iotinval_reserved1(uint64_t capabilities)
{
	return IOTINVAL_RESERVED1 | (capabilities & CAP_S ? 0 : IOTINVAL_S);
}

/* 3.1.1 IOTINVAL.VMA and IOTINVAL.GVMA */
static enum xlat__riscv_done iotinval(struct xlat_riscv_iommu *iommu, const uint64_t cmd[2])
{
	uint64_t capabilities = iommu->config.capabilities;
	struct xlat__riscv_iotinval operands = {
		.av = cmd[0] & IOTINVAL_AV,
		.pscv = cmd[0] & IOTINVAL_PSCV,
		.gv = cmd[0] & IOTINVAL_GV,
		.pscid = (uint32_t)IOTINVAL_PSCID(cmd[0]),
		.gscid = (uint16_t)IOTINVAL_GSCID(cmd[0]),
		.range = {0, UINT64_MAX},
	};
	uint64_t page = IOTINVAL_ADDR(cmd[1]);

	if ((cmd[0] & iotinval_reserved(capabilities)) ||
	    (cmd[1] & iotinval_reserved1(capabilities)))
		return XLAT__RISCV_ILLEGAL;
	if (operands.av && (cmd[1] & IOTINVAL_S)) {
		/* 8.3: a first zero at position X is a range of 2^(X+1) pages. */
		uint64_t below = page ^ (page + 1);

		if (page != (UINT64_C(1) << 52) - 1 && page != (UINT64_C(1) << 51) - 1)
			operands.range = (struct xlat_range){(page & ~below) << 12,
							     (page | below) << 12 | 0xfff};
	} else if (operands.av) {
		operands.range = (struct xlat_range){page << 12, page << 12 | 0xfff};
	}
	switch (CMD_FUNC3(cmd[0])) {
	case FUNC3_VMA:
		xlat__riscv_iotinval_vma(iommu, &operands);
		return XLAT__RISCV_DONE;
	case FUNC3_GVMA:
		if (operands.pscv)
			return XLAT__RISCV_ILLEGAL;
		xlat__riscv_iotinval_gvma(iommu, &operands);
		return XLAT__RISCV_DONE;
	default:
		return XLAT__RISCV_ILLEGAL;
	}
}

static enum xlat__riscv_done memory_done(enum xlat_model_memory memory)
{
	switch (memory) {
	case XLAT_MODEL_MEMORY_OK:
		return XLAT__RISCV_DONE;
	case XLAT_MODEL_MEMORY_RETRY:
		return XLAT__RISCV_WAIT;
	default:
		return XLAT__RISCV_MEMORY_FAULT;
	}
}

/* 3.1.2 IOFENCE.C; it is complete when everything before it is. */
static enum xlat__riscv_done iofence(struct xlat_riscv_iommu *iommu, const uint64_t cmd[2])
{
	bool wsi = cmd[0] & IOFENCE_WSI;
	unsigned what = (cmd[0] & IOFENCE_PR ? XLAT_MODEL_SYNC_READS : 0) |
			(cmd[0] & IOFENCE_PW ? XLAT_MODEL_SYNC_WRITES : 0);
	enum xlat__riscv_done done;

	if (CMD_FUNC3(cmd[0]) != FUNC3_C || (cmd[0] & IOFENCE_RESERVED) ||
	    (cmd[1] & IOFENCE_RESERVED1))
		return XLAT__RISCV_ILLEGAL;
	if (wsi && !(xlat__riscv_get32(iommu, REG_FCTL) & FCTL_WSI))
		return XLAT__RISCV_ILLEGAL;
	if (!iommu->host.sync(iommu->host_opaque, what))
		return XLAT__RISCV_WAIT;
	done = xlat__riscv_ats_settled(iommu);
	if (done != XLAT__RISCV_DONE)
		return done;
	if (cmd[0] & IOFENCE_AV) {
		done = memory_done(xlat__riscv_own_write32(
			iommu, IOFENCE_ADDR(cmd[1]), (uint32_t)IOFENCE_DATA(cmd[0]),
			xlat__riscv_get32(iommu, REG_FCTL) & FCTL_BE));
		if (done != XLAT__RISCV_DONE)
			return done;
	}
	return wsi ? XLAT__RISCV_DONE_WSI : XLAT__RISCV_DONE;
}

/* 3.1.3 IODIR.INVAL_DDT and IODIR.INVAL_PDT */
static enum xlat__riscv_done iodir(struct xlat_riscv_iommu *iommu, const uint64_t cmd[2])
{
	uint32_t did = (uint32_t)IODIR_DID(cmd[0]), pid = (uint32_t)IODIR_PID(cmd[0]);
	bool dv = cmd[0] & IODIR_DV;

	if ((cmd[0] & IODIR_RESERVED) || cmd[1])
		return XLAT__RISCV_ILLEGAL;
	if (dv && xlat__riscv_device_id_beyond(iommu, did))
		return XLAT__RISCV_ILLEGAL;
	switch (CMD_FUNC3(cmd[0])) {
	case FUNC3_INVAL_DDT:
		if (pid)
			return XLAT__RISCV_ILLEGAL;
		xlat__riscv_iodir_inval_ddt(iommu, dv, did);
		return XLAT__RISCV_DONE;
	case FUNC3_INVAL_PDT:
		if (!dv || xlat__riscv_process_id_beyond(iommu, pid))
			return XLAT__RISCV_ILLEGAL;
		xlat__riscv_iodir_inval_pdt(iommu, did, pid);
		return XLAT__RISCV_DONE;
	default:
		return XLAT__RISCV_ILLEGAL;
	}
}

static enum xlat__riscv_done execute(struct xlat_riscv_iommu *iommu, const uint64_t cmd[2])
{
	switch (CMD_OPCODE(cmd[0])) {
	case OPCODE_IOTINVAL:
		return iotinval(iommu, cmd);
	case OPCODE_IOFENCE:
		return iofence(iommu, cmd);
	case OPCODE_IODIR:
		return iodir(iommu, cmd);
	case OPCODE_ATS:
		return xlat__riscv_ats_command(iommu, cmd);
	default:
		return XLAT__RISCV_ILLEGAL;
	}
}

static bool takes_commands(const struct xlat_riscv_iommu *iommu)
{
	uint32_t cqcsr = xlat__riscv_get32(iommu, REG_CQCSR);

	return (cqcsr & QCSR_ON) && !(cqcsr & (QCSR_MF | CQCSR_CMD_TO | CQCSR_CMD_ILL));
}

static void flag(struct xlat_riscv_iommu *iommu, uint32_t bit)
{
	xlat__riscv_set32(iommu, REG_CQCSR, xlat__riscv_get32(iommu, REG_CQCSR) | bit);
	xlat__riscv_update_interrupts(iommu);
}

/* Moves the head on, or stops the queue with it where it is. Returns whether the command is behind. */
static bool finish(struct xlat_riscv_iommu *iommu, const struct xlat__ring *ring, uint32_t head,
		   enum xlat__riscv_done done)
{
	switch (done) {
	case XLAT__RISCV_DONE_WSI:
		flag(iommu, CQCSR_FENCE_W_IP);
		/* fallthrough */
	case XLAT__RISCV_DONE:
		xlat__riscv_set32(iommu, REG_CQH, xlat__ring_next(ring, head));
		return true;
	case XLAT__RISCV_ILLEGAL:
		flag(iommu, CQCSR_CMD_ILL);
		return true;
	case XLAT__RISCV_MEMORY_FAULT:
		flag(iommu, QCSR_MF);
		return true;
	case XLAT__RISCV_TIMED_OUT:
		flag(iommu, CQCSR_CMD_TO);
		return true;
	case XLAT__RISCV_WAIT:
		break;
	}
	return false;
}

bool xlat_riscv_iommu_step(struct xlat_riscv_iommu *iommu)
{
	enum xlat__riscv_done done;
	struct xlat__ring ring;
	uint32_t head;
	bool progress = false;
	uint64_t cqb, cmd[2];

	xlat__riscv_end_mode(iommu);
	pthread_mutex_lock(&iommu->lock);
	cqb = xlat__riscv_register(iommu, REG_CQB);
	ring = xlat__ring(QB_PPN(cqb) << 12, (unsigned)QB_LOG2SZ_1(cqb) + 1, 16);
	head = xlat__riscv_get32(iommu, REG_CQH);
	if (iommu->in_cq || !takes_commands(iommu) ||
	    xlat__ring_is_empty(&ring, head, xlat__riscv_get32(iommu, REG_CQT))) {
		pthread_mutex_unlock(&iommu->lock);
		return false;
	}
	iommu->in_cq = true;
	pthread_mutex_unlock(&iommu->lock);

	done = memory_done(xlat__riscv_own_read(iommu, xlat__ring_address(&ring, head), cmd, 2));
	if (done == XLAT__RISCV_DONE)
		done = execute(iommu, cmd);

	pthread_mutex_lock(&iommu->lock);
	iommu->in_cq = false;
	xlat__riscv_rest(iommu, REG_CQCSR);
	xlat__riscv_update_cycles(iommu);
	/* A queue that was turned off meanwhile has forgotten the command. */
	if (takes_commands(iommu))
		progress = finish(iommu, &ring, head, done);
	pthread_mutex_unlock(&iommu->lock);
	xlat__riscv_settle(iommu);
	return progress;
}

size_t xlat_riscv_iommu_run(struct xlat_riscv_iommu *iommu, size_t most)
{
	size_t count = 0;

	while (count < most && xlat_riscv_iommu_step(iommu))
		count++;
	return count;
}
