/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model as bytes: a version, what it was made with, its registers, and what was due. All
 * numbers are little-endian. Caches are not saved: a model that wakes up with none is one that
 * forgot.
 */
#include <errno.h>
#include <string.h>

#include "base/stream.h"
#include "models/riscv/cache.h"
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

#define MAGIC UINT64_C(0x756d6d6f69767278) /* "xrviommu" */

enum {
	VERSION = 1,
};

static void walk_tag(struct xlat__stream *stream, struct xlat__riscv_tag *tag)
{
	tag->out = xlat__stream_number(stream, 1, tag->out);
	tag->segment_valid = xlat__stream_number(stream, 1, tag->segment_valid);
	tag->segment = (uint8_t)xlat__stream_number(stream, 1, tag->segment);
	tag->completions = (uint8_t)xlat__stream_number(stream, 1, tag->completions);
	tag->requester = (uint16_t)xlat__stream_number(stream, 2, tag->requester);
}

static void walk_fault(struct xlat__stream *stream, struct xlat_riscv_iommu_fault *fault)
{
	fault->cause = (uint16_t)xlat__stream_number(stream, 2, fault->cause);
	fault->ttyp = (uint8_t)xlat__stream_number(stream, 1, fault->ttyp);
	fault->pv = xlat__stream_number(stream, 1, fault->pv);
	fault->priv = xlat__stream_number(stream, 1, fault->priv);
	fault->pid = (uint32_t)xlat__stream_number(stream, 4, fault->pid);
	fault->did = (uint32_t)xlat__stream_number(stream, 4, fault->did);
	fault->iotval = xlat__stream_number(stream, 8, fault->iotval);
	fault->iotval2 = xlat__stream_number(stream, 8, fault->iotval2);
}

/* Everything after the head. With the lock. */
static void walk_body(struct xlat__stream *stream, struct xlat_riscv_iommu *iommu)
{
	for (unsigned offset = 0; offset < REG_END; offset += 8)
		xlat__riscv_set(iommu, offset,
				xlat__stream_number(stream, 8,
						    xlat__riscv_register(iommu, offset)));
	for (unsigned i = 0; i < 32; i++)
		walk_tag(stream, &iommu->tags[i]);
	iommu->timed_out = xlat__stream_number(stream, 1, iommu->timed_out);
	iommu->messages_due = (uint16_t)xlat__stream_number(stream, 2, iommu->messages_due);
	iommu->first_fault =
		(unsigned)xlat__stream_number(stream, 1, iommu->first_fault) % XLAT__RISCV_DUE;
	iommu->fault_count = (unsigned)xlat__stream_number(stream, 1, iommu->fault_count);
	for (unsigned i = 0; i < XLAT__RISCV_DUE; i++)
		walk_fault(stream, &iommu->faults[i]);
	iommu->first_page =
		(unsigned)xlat__stream_number(stream, 1, iommu->first_page) % XLAT__RISCV_DUE;
	iommu->page_count = (unsigned)xlat__stream_number(stream, 1, iommu->page_count);
	for (unsigned i = 0; i < XLAT__RISCV_DUE; i++)
		for (unsigned w = 0; w < 2; w++)
			iommu->pages[i].words[w] =
				xlat__stream_number(stream, 8, iommu->pages[i].words[w]);
}

size_t xlat_riscv_iommu_save(struct xlat_riscv_iommu *iommu, void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};

	pthread_mutex_lock(&iommu->lock);
	/* The cycles so far, as of now. */
	xlat__riscv_update_cycles(iommu);
	xlat__stream_number(&stream, 8, MAGIC);
	xlat__stream_number(&stream, 4, VERSION);
	xlat__stream_number(&stream, 8, iommu->config.capabilities);
	walk_body(&stream, iommu);
	pthread_mutex_unlock(&iommu->lock);
	return stream.at;
}

int xlat_riscv_iommu_restore(struct xlat_riscv_iommu *iommu, const void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	size_t needed = xlat_riscv_iommu_save(iommu, NULL, 0);

	if (size < 20 || xlat__stream_number(&stream, 8, 0) != MAGIC)
		return -EINVAL;
	if (xlat__stream_number(&stream, 4, 0) != VERSION)
		return -ENOTSUP;
	if (xlat__stream_number(&stream, 8, 0) != iommu->config.capabilities)
		return -EXDEV;
	if (size != needed)
		return -EINVAL;
	pthread_mutex_lock(&iommu->lock);
	walk_body(&stream, iommu);
	if (iommu->fault_count > XLAT__RISCV_DUE)
		iommu->fault_count = XLAT__RISCV_DUE;
	if (iommu->page_count > XLAT__RISCV_DUE)
		iommu->page_count = XLAT__RISCV_DUE;
	for (unsigned tag = iommu->config.invalidation_tags; tag < 32; tag++)
		iommu->tags[tag].out = false; /* none to wait for */
	/* Nobody is at the queues of this one. */
	xlat__riscv_rest(iommu, REG_CQCSR);
	xlat__riscv_rest(iommu, REG_FQCSR);
	xlat__riscv_rest(iommu, REG_PQCSR);
	xlat__riscv_registers_loaded(iommu);
	xlat__riscv_caches_flush(iommu->caches);
	pthread_mutex_unlock(&iommu->lock);
	xlat__riscv_settle(iommu);
	return 0;
}
