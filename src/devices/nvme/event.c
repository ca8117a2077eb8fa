/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Asynchronous events (5.2): one of each type waits for a request to report it by; after that the
 * type is masked until its log page has been read.
 */
#include "devices/nvme/nvme.h"

#define THERE (1u << 31)

void xlat__nvme_event(struct xlat_nvme *nvme, unsigned type, unsigned info, unsigned page)
{
	uint32_t none = 0;

	(void)__atomic_compare_exchange_n(&nvme->events[type], &none,
					  NVME_EVENT(type, info, page) | THERE, false,
					  __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	xlat__nvme_ring_later(nvme, &nvme->cqs[0]);
}

uint16_t xlat__nvme_event_request(struct xlat_nvme *nvme, const struct nvme_command *command)
{
	if (nvme->event_requests == XLAT__NVME_EVENTS)
		return NVME_EVENT_LIMIT_EXCEEDED | NVME_DNR;
	nvme->event_cids[nvme->event_requests++] = nvme_cid(command);
	return NVME_LATER;
}

bool xlat__nvme_event_abort(struct xlat_nvme *nvme, uint16_t cid)
{
	for (unsigned i = 0; i < nvme->event_requests; i++) {
		if (nvme->event_cids[i] != cid)
			continue;
		nvme->event_cids[i] = nvme->event_cids[--nvme->event_requests];
		xlat__nvme_complete(nvme, &nvme->sqs[0], cid, NVME_ABORT_REQUESTED, 0);
		return true;
	}
	return false;
}

void xlat__nvme_event_seen(struct xlat_nvme *nvme, unsigned page)
{
	if (page == LOG_ERROR)
		nvme->events_masked &= ~(1u << EVENT_ERROR);
	else if (page == LOG_SMART)
		nvme->events_masked &= ~(1u << EVENT_SMART);
}

void xlat__nvme_events_report(struct xlat_nvme *nvme)
{
	for (unsigned type = 0; type < EVENT_TYPES && nvme->event_requests; type++) {
		uint32_t event = __atomic_load_n(&nvme->events[type], __ATOMIC_RELAXED);

		if (!event || (nvme->events_masked >> type & 1) ||
		    !xlat__nvme_has_room(nvme, &nvme->cqs[0]))
			continue;
		__atomic_store_n(&nvme->events[type], 0, __ATOMIC_RELAXED);
		nvme->events_masked |= 1u << type;
		xlat__nvme_complete(nvme, &nvme->sqs[0], nvme->event_cids[--nvme->event_requests],
				    NVME_SUCCESS, event & ~THERE);
	}
}
