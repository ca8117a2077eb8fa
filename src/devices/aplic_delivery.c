/* SPDX-License-Identifier: BSD-3-Clause */
/* AIA 4.8 and 4.9: to whom an interrupt goes, by a wire or by a message. */
#include "devices/aplic.h"

static unsigned hart_of(uint32_t target)
{
	return target >> 18;
}

uint32_t xlat__aplic_top(const struct xlat_aplic *aplic, unsigned domain, unsigned hart)
{
	uint32_t threshold = aplic->domains[domain].idcs[hart].ithreshold, best = UINT32_MAX;

	for (unsigned i = 1; i <= aplic->config.sources; i++) {
		const struct xlat__aplic_source *source = &aplic->sources[i];
		uint32_t priority = source->target & 0xff;

		if (source->domain != domain || !source->enabled ||
		    hart_of(source->target) != hart || (threshold && priority >= threshold) ||
		    !xlat__aplic_is_pending(aplic, source))
			continue;
		/* The lower priority number, and then the lower source. */
		if (best == UINT32_MAX || priority < (best & 0xff))
			best = i << 16 | priority;
	}
	return best == UINT32_MAX ? 0 : best;
}

/* 4.9.1: where the messages for a hart (and a guest of it) go. */
static uint64_t address_of(const struct xlat_aplic *aplic, unsigned domain, unsigned hart,
			   unsigned guest)
{
	const uint32_t *cfg = aplic->msiaddrcfg;
	uint32_t mh = cfg[1], high = domain == XLAT_APLIC_MACHINE ? mh : cfg[3];
	uint64_t ppn = (uint64_t)(high & 0xfff) << 32 | cfg[domain == XLAT_APLIC_MACHINE ? 0 : 2];
	unsigned lhxw = mh >> 12 & 15, hhxw = mh >> 16 & 7, lhxs = high >> 20 & 7;
	unsigned hhxs = mh >> 24 & 31;
	uint64_t group = hart >> lhxw & ((1u << hhxw) - 1), low = hart & ((1u << lhxw) - 1);

	return (ppn | group << (hhxs + 12) | low << lhxs | guest) << 12;
}

void xlat__aplic_send(struct xlat_aplic *aplic, unsigned domain, uint32_t target)
{
	unsigned guest = domain == XLAT_APLIC_MACHINE ? 0 : target >> 12 & 63;
	uint64_t address;

	pthread_mutex_lock(&aplic->lock);
	address = address_of(aplic, domain, hart_of(target), guest);
	pthread_mutex_unlock(&aplic->lock);
	/* A message that leads nowhere is lost, as on the bus. */
	(void)xlat_space_store(aplic->config.messages, aplic->config.attrs, address, 4,
			       XLAT_LITTLE_ENDIAN, target & 0x7ff);
}

static bool is_in_force(const struct xlat_aplic *aplic, unsigned domain, bool messages)
{
	uint32_t cfg = aplic->domains[domain].domaincfg;

	return (cfg & DOMAINCFG_IE) && !(cfg & DOMAINCFG_DM) == !messages;
}

/* Takes the next source, from one on, whose interrupt is to be sent, and which is pending no more. */
static bool take(struct xlat_aplic *aplic, unsigned *from, unsigned *domain, uint32_t *target)
{
	for (; *from <= aplic->config.sources; ++*from) {
		struct xlat__aplic_source *source = &aplic->sources[*from];

		if (!source->pending || !source->enabled ||
		    !is_in_force(aplic, source->domain, true))
			continue;
		source->pending = false;
		*domain = source->domain;
		*target = source->target;
		return true;
	}
	return false;
}

static void send_all(struct xlat_aplic *aplic)
{
	unsigned from = 1, domain = 0;
	uint32_t target = 0;
	bool found;

	do {
		pthread_mutex_lock(&aplic->lock);
		found = !aplic->ended && take(aplic, &from, &domain, &target);
		pthread_mutex_unlock(&aplic->lock);
		if (found)
			xlat__aplic_send(aplic, domain, target);
	} while (found);
}

/* With the lock. */
static void find_ready(struct xlat_aplic *aplic, unsigned domain)
{
	struct xlat__aplic_idc *idcs = aplic->domains[domain].idcs;
	bool in_force = is_in_force(aplic, domain, false);

	for (unsigned i = 0; i < aplic->config.harts; i++)
		idcs[i].ready = in_force && idcs[i].idelivery && idcs[i].iforce;
	for (unsigned i = 1; in_force && i <= aplic->config.sources; i++) {
		const struct xlat__aplic_source *source = &aplic->sources[i];
		struct xlat__aplic_idc *idc;

		if (source->domain != domain || !source->enabled ||
		    hart_of(source->target) >= aplic->config.harts)
			continue;
		idc = &idcs[hart_of(source->target)];
		if (idc->idelivery && xlat__aplic_is_pending(aplic, source) &&
		    (!idc->ithreshold || (source->target & 0xff) < idc->ithreshold))
			idc->ready = true;
	}
}

static void drive(struct xlat_aplic *aplic, unsigned domain)
{
	struct xlat__aplic_idc *idcs = aplic->domains[domain].idcs;
	bool ended;

	pthread_mutex_lock(&aplic->driving);
	pthread_mutex_lock(&aplic->lock);
	find_ready(aplic, domain);
	ended = aplic->ended;
	pthread_mutex_unlock(&aplic->lock);
	/* `ready` and `driven` are only touched under `driving`. */
	for (unsigned i = 0; i < aplic->config.harts && !ended; i++) {
		if (idcs[i].driven == idcs[i].ready)
			continue;
		idcs[i].driven = idcs[i].ready;
		if (aplic->config.wire)
			aplic->config.wire(aplic->config.opaque, (enum xlat_aplic_domain)domain, i,
					   idcs[i].driven);
	}
	pthread_mutex_unlock(&aplic->driving);
}

void xlat__aplic_settle(struct xlat_aplic *aplic)
{
	if (aplic->config.messages)
		send_all(aplic);
	for (unsigned i = 0; i < XLAT__APLIC_DOMAINS; i++)
		if (aplic->domains[i].registers)
			drive(aplic, i);
}
