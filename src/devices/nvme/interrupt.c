/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupts (7.5): MSI-X, a message for each batch; or the pin, high while a queue that interrupts
 * has entries that the host has not taken, unless INTMS masks its vector.
 */
#include "devices/nvme/nvme.h"

/* Drives the pin; under the lock. */
static void drive(struct xlat_nvme *nvme)
{
	bool level = false;

	/* 3.1.3: without messages there are the vectors that INTMS has bits for. */
	for (unsigned vector = 0; vector < nvme->config.vectors && vector < 32; vector++)
		level |= nvme->pending[vector] && !(nvme->masked >> vector & 1);
	if (level == nvme->level)
		return;
	nvme->level = level;
	if (level)
		__atomic_fetch_add(&nvme->interrupt_count, 1, __ATOMIC_RELAXED);
	xlat_pci_function_set_intx(nvme->function, level);
}

void xlat__nvme_interrupt_pending(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq, bool pending)
{
	if (cq->asserted == pending)
		return;
	cq->asserted = pending;
	pthread_mutex_lock(&nvme->interrupts);
	if (pending)
		nvme->pending[cq->vector]++;
	else
		nvme->pending[cq->vector]--;
	drive(nvme);
	pthread_mutex_unlock(&nvme->interrupts);
}

void xlat__nvme_interrupt_mask(struct xlat_nvme *nvme, uint32_t set, uint32_t clear)
{
	pthread_mutex_lock(&nvme->interrupts);
	__atomic_store_n(&nvme->masked, (nvme->masked | set) & ~clear, __ATOMIC_RELAXED);
	drive(nvme);
	pthread_mutex_unlock(&nvme->interrupts);
}

void xlat__nvme_interrupt(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq)
{
	bool waiting = cq->interrupts && cq->head != cq->tail;

	if (!xlat_pci_function_has_messages(nvme->function)) {
		/* The pin falls with the last head, so that each is to be told. */
		if (waiting && cq->shadowed) {
			xlat__nvme_shadow_wait_head(nvme, cq, cq->head);
			xlat__nvme_take_head(nvme, cq);
			waiting = cq->head != cq->tail;
		}
		xlat__nvme_interrupt_pending(nvme, cq, waiting);
	} else {
		xlat__nvme_interrupt_pending(nvme, cq, false);
		if (cq->posted && waiting && xlat_pci_function_notify(nvme->function, cq->vector))
			__atomic_fetch_add(&nvme->interrupt_count, 1, __ATOMIC_RELAXED);
	}
	cq->posted = false;
}
