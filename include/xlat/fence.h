/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A fence: complete when every access that began before the invalidations ahead of it has finished,
 * down to the last byte, every map over what they ended has been unmapped, and every deferred
 * access has been answered and taken by its owner's xlat_dma_process(). Nobody blocks: it is
 * polled, or calls back from xlat_fabric_process(). Fences of one IOMMU complete in order.
 */
#ifndef XLAT_FENCE_H
#define XLAT_FENCE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The caller's memory; all members are the library's. */
struct xlat_fence {
	void *private_[12];
};

/* Whether the fence is complete. The poll that finds it so calls its done. Never blocks. Any thread. */
bool xlat_fence_poll(struct xlat_fence *fence);

/* Gives up on a fence: done will not be called, and the memory is the caller's again. Not while another
 * thread polls it. A complete fence may be cancelled too. */
void xlat_fence_cancel(struct xlat_fence *fence);

#ifdef __cplusplus
}
#endif
#endif
