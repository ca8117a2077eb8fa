/* SPDX-License-Identifier: BSD-3-Clause */
/* 3.1.4 PCIe ATS commands, and the messages that answer them. */
#include "models/riscv/commands.h"
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

bool xlat__riscv_send(const struct xlat_riscv_iommu *iommu,
		      const struct xlat_model_message *message)
{
	if (iommu->host.message)
		iommu->host.message(iommu->host_opaque, message);
	return iommu->host.message;
}

/* Takes a free tag for a request; returns it, or -1 if all are out. With the lock. */
static int take_tag(struct xlat_riscv_iommu *iommu, const struct xlat_model_message *message)
{
	for (unsigned tag = 0; tag < iommu->config.invalidation_tags; tag++) {
		struct xlat__riscv_tag *slot = &iommu->tags[tag];

		if (slot->out)
			continue;
		*slot = (struct xlat__riscv_tag){
			.out = true,
			.requester = message->requester,
			.segment_valid = message->segment_valid,
			.segment = message->segment,
		};
		return (int)tag;
	}
	return -1;
}

/* ATS.INVAL: an invalidation request to the device. It is complete when the device says so. */
static enum xlat__riscv_done inval(struct xlat_riscv_iommu *iommu,
				   struct xlat_model_message *message)
{
	int tag;

	pthread_mutex_lock(&iommu->lock);
	tag = take_tag(iommu, message);
	pthread_mutex_unlock(&iommu->lock);
	if (tag < 0)
		return XLAT__RISCV_WAIT;
	message->code = 0x01;
	message->tag = (uint8_t)tag;
	/* Nobody will ever tell of a request that went nowhere. */
	if (!xlat__riscv_send(iommu, message))
		xlat_riscv_iommu_invalidation_timeout(iommu, UINT32_C(1) << tag);
	return XLAT__RISCV_DONE;
}

enum xlat__riscv_done xlat__riscv_ats_command(struct xlat_riscv_iommu *iommu, const uint64_t cmd[2])
{
	struct xlat_model_message message = {
		.pasid_valid = cmd[0] & ATS_PV,
		.pasid = cmd[0] & ATS_PV ? (uint32_t)ATS_PID(cmd[0]) : 0,
		.segment_valid = cmd[0] & ATS_DSV,
		.segment = cmd[0] & ATS_DSV ? (uint8_t)ATS_DSEG(cmd[0]) : 0,
		.requester = (uint16_t)ATS_RID(cmd[0]),
		.payload = cmd[1],
	};

	if (!(iommu->config.capabilities & CAP_ATS) || (cmd[0] & ATS_RESERVED))
		return XLAT__RISCV_ILLEGAL;
	switch (CMD_FUNC3(cmd[0])) {
	case FUNC3_INVAL:
		return inval(iommu, &message);
	case FUNC3_PRGR:
		message.code = 0x05;
		(void)xlat__riscv_send(iommu, &message);
		return XLAT__RISCV_DONE;
	default:
		return XLAT__RISCV_ILLEGAL;
	}
}

enum xlat__riscv_done xlat__riscv_ats_settled(struct xlat_riscv_iommu *iommu)
{
	enum xlat__riscv_done done = XLAT__RISCV_DONE;

	pthread_mutex_lock(&iommu->lock);
	for (unsigned tag = 0; tag < iommu->config.invalidation_tags; tag++)
		if (iommu->tags[tag].out)
			done = XLAT__RISCV_WAIT;
	/* Only when nothing is out any more does the fence tell that something was lost. */
	if (done == XLAT__RISCV_DONE && iommu->timed_out) {
		iommu->timed_out = false;
		done = XLAT__RISCV_TIMED_OUT;
	}
	pthread_mutex_unlock(&iommu->lock);
	return done;
}

bool xlat_riscv_iommu_invalidation_complete(struct xlat_riscv_iommu *iommu, uint32_t device_id,
					    uint32_t tags, unsigned completion_count)
{
	unsigned needed = completion_count & 7 ? completion_count & 7 : 8;
	bool unexpected = tags == 0;

	pthread_mutex_lock(&iommu->lock);
	for (; tags; tags &= tags - 1) {
		struct xlat__riscv_tag *slot = &iommu->tags[__builtin_ctz(tags)];
		bool ours = slot->out && slot->requester == (uint16_t)device_id &&
			    (!slot->segment_valid || slot->segment == (uint8_t)(device_id >> 16));

		if (!ours) {
			unexpected = true;
			continue;
		}
		if (++slot->completions >= needed)
			slot->out = false;
	}
	pthread_mutex_unlock(&iommu->lock);
	return unexpected;
}

void xlat_riscv_iommu_invalidation_timeout(struct xlat_riscv_iommu *iommu, uint32_t tags)
{
	pthread_mutex_lock(&iommu->lock);
	iommu->timed_out |= !tags;
	for (; tags; tags &= tags - 1) {
		struct xlat__riscv_tag *slot = &iommu->tags[__builtin_ctz(tags)];

		iommu->timed_out |= slot->out;
		slot->out = false;
	}
	pthread_mutex_unlock(&iommu->lock);
}
