/* SPDX-License-Identifier: BSD-3-Clause */
/* An APLIC's life, and its state as bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/stream.h"
#include "devices/aplic.h"

#define MAGIC UINT32_C(0x31415041)

enum {
	HARTS = 1 << 14,
};

/* With the lock. */
static void reset(struct xlat_aplic *aplic)
{
	const struct xlat_aplic_config *config = &aplic->config;
	unsigned root = config->machine ? XLAT_APLIC_MACHINE : XLAT_APLIC_SUPERVISOR;

	aplic->msiaddrcfg[0] = config->mmsiaddrcfg;
	aplic->msiaddrcfg[1] = config->mmsiaddrcfgh;
	aplic->msiaddrcfg[2] = config->smsiaddrcfg;
	aplic->msiaddrcfg[3] = config->smsiaddrcfgh;
	for (unsigned i = 0; i < XLAT__APLIC_SOURCES; i++)
		aplic->sources[i] = (struct xlat__aplic_source){.domain = (uint8_t)root,
								.input = aplic->sources[i].input};
	for (unsigned i = 0; i < XLAT__APLIC_DOMAINS; i++) {
		struct xlat__aplic_domain *domain = &aplic->domains[i];

		domain->domaincfg = 0;
		for (unsigned j = 0; domain->idcs && j < config->harts; j++) {
			struct xlat__aplic_idc *idc = &domain->idcs[j];

			*idc = (struct xlat__aplic_idc){.ready = idc->ready, .driven = idc->driven};
		}
	}
}

void xlat_aplic_reset(struct xlat_aplic *aplic)
{
	pthread_mutex_lock(&aplic->lock);
	reset(aplic);
	pthread_mutex_unlock(&aplic->lock);
	xlat__aplic_settle(aplic);
}

/* Who holds it no more; the last one frees it. */
static void let_go(struct xlat_aplic *aplic)
{
	if (__atomic_sub_fetch(&aplic->regions, 1, __ATOMIC_ACQ_REL))
		return;
	for (unsigned i = 0; i < XLAT__APLIC_DOMAINS; i++)
		free(aplic->domains[i].idcs);
	pthread_mutex_destroy(&aplic->driving);
	pthread_mutex_destroy(&aplic->lock);
	free(aplic);
}

static void retire(void *opaque)
{
	struct xlat__aplic_domain *domain = opaque;

	let_go(domain->aplic);
}

static int make_domain(struct xlat_aplic *aplic, struct xlat_fabric *fabric, unsigned number)
{
	struct xlat__aplic_domain *domain = &aplic->domains[number];
	uint64_t length = IDC + UINT64_C(32) * aplic->config.harts;
	int error;

	domain->idcs = calloc(aplic->config.harts, sizeof(*domain->idcs));
	if (!domain->idcs)
		return -ENOMEM;
	error = xlat_region_create(
		fabric,
		XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
			    .name = aplic->config.name ? aplic->config.name : "aplic",
			    .length = (length + 4095) & ~UINT64_C(4095), .ops = &xlat__aplic_ops,
			    .opaque = domain, .retired = retire),
		&domain->registers);
	if (!error)
		__atomic_fetch_add(&aplic->regions, 1, __ATOMIC_RELAXED);
	return error;
}

int xlat_aplic_create(struct xlat_fabric *fabric, const struct xlat_aplic_config *config,
		      struct xlat_aplic **made)
{
	struct xlat_aplic *aplic = calloc(1, sizeof(*aplic));
	int error;

	if (!aplic)
		return -ENOMEM;
	pthread_mutex_init(&aplic->lock, NULL);
	pthread_mutex_init(&aplic->driving, NULL);
	aplic->regions = 1;
	for (unsigned i = 0; i < XLAT__APLIC_DOMAINS; i++)
		aplic->domains[i].aplic = aplic;
	error = xlat__config_copy(&aplic->config, sizeof(aplic->config), config);
	if (!error && (!aplic->config.sources || aplic->config.sources >= XLAT__APLIC_SOURCES ||
		       !aplic->config.harts || aplic->config.harts > HARTS))
		error = -EINVAL;
	if (!error)
		error = make_domain(aplic, fabric, XLAT_APLIC_SUPERVISOR);
	if (!error && aplic->config.machine)
		error = make_domain(aplic, fabric, XLAT_APLIC_MACHINE);
	if (error) {
		xlat_aplic_destroy(aplic);
		return error;
	}
	reset(aplic);
	*made = aplic;
	return 0;
}

void xlat_aplic_destroy(struct xlat_aplic *aplic)
{
	if (!aplic)
		return;
	pthread_mutex_lock(&aplic->lock);
	aplic->ended = true;
	pthread_mutex_unlock(&aplic->lock);
	/* Whoever drives a wire now is waited for. */
	pthread_mutex_lock(&aplic->driving);
	pthread_mutex_unlock(&aplic->driving);
	for (unsigned i = 0; i < XLAT__APLIC_DOMAINS; i++) {
		xlat_region_detach(aplic->domains[i].registers);
		xlat_region_unref(aplic->domains[i].registers);
	}
	let_go(aplic);
}

struct xlat_region *xlat_aplic_registers(const struct xlat_aplic *aplic,
					 enum xlat_aplic_domain domain)
{
	return (unsigned)domain < XLAT__APLIC_DOMAINS ? aplic->domains[domain].registers : NULL;
}

/* --- State. */

static void walk_source(struct xlat__stream *stream, const struct xlat_aplic *aplic,
			struct xlat__aplic_source *source)
{
	unsigned bits = (unsigned)xlat__stream_number(
		stream, 1,
		(unsigned)source->domain | source->sm << 1 | source->input << 4 |
			source->pending << 5 | source->enabled << 6);

	source->domain = bits & 1 & aplic->config.machine;
	if (!aplic->config.machine)
		source->domain = XLAT_APLIC_SUPERVISOR;
	source->sm = bits >> 1 & 7;
	source->input = bits >> 4 & 1;
	source->pending = bits >> 5 & 1;
	source->enabled = bits >> 6 & 1;
	source->target = (uint32_t)xlat__stream_number(stream, 4, source->target);
	if (source->sm == 2 || source->sm == 3 || source->sm == SM_INACTIVE)
		xlat__aplic_set_mode(source, SM_INACTIVE);
}

static void walk_domain(struct xlat__stream *stream, const struct xlat_aplic *aplic,
			struct xlat__aplic_domain *domain)
{
	uint32_t may = DOMAINCFG_IE | (aplic->config.messages ? DOMAINCFG_DM : 0);

	domain->domaincfg = (uint32_t)xlat__stream_number(stream, 4, domain->domaincfg) & may;
	for (unsigned i = 0; i < aplic->config.harts; i++) {
		struct xlat__aplic_idc *idc = &domain->idcs[i];
		unsigned bits = (unsigned)xlat__stream_number(
			stream, 1, (unsigned)idc->idelivery | (unsigned)idc->iforce << 1);

		idc->idelivery = bits & 1;
		idc->iforce = bits >> 1 & 1;
		idc->ithreshold = (uint32_t)xlat__stream_number(stream, 1, idc->ithreshold) & 0xff;
	}
}

/* With the lock. */
static bool walk(struct xlat__stream *stream, struct xlat_aplic *aplic)
{
	const struct xlat_aplic_config *config = &aplic->config;

	if (xlat__stream_number(stream, 4, MAGIC) != MAGIC ||
	    xlat__stream_number(stream, 4, config->sources) != config->sources ||
	    xlat__stream_number(stream, 4, config->harts) != config->harts ||
	    xlat__stream_number(stream, 1, config->machine) != config->machine)
		return false;
	for (unsigned i = 0; i < 4; i++)
		aplic->msiaddrcfg[i] =
			(uint32_t)xlat__stream_number(stream, 4, aplic->msiaddrcfg[i]);
	for (unsigned i = 1; i <= config->sources; i++)
		walk_source(stream, aplic, &aplic->sources[i]);
	for (unsigned i = 0; i < XLAT__APLIC_DOMAINS; i++)
		if (aplic->domains[i].registers)
			walk_domain(stream, aplic, &aplic->domains[i]);
	return true;
}

size_t xlat_aplic_save(struct xlat_aplic *aplic, void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};

	/* What is walked to be saved is given back its own value. */
	pthread_mutex_lock(&aplic->lock);
	walk(&stream, aplic);
	pthread_mutex_unlock(&aplic->lock);
	return stream.at;
}

int xlat_aplic_restore(struct xlat_aplic *aplic, const void *bytes, size_t size)
{
	/* Only read, as it is not saving. */
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	bool done;

	if (size < xlat_aplic_save(aplic, NULL, 0))
		return -EINVAL;
	pthread_mutex_lock(&aplic->lock);
	done = walk(&stream, aplic); /* nothing has changed if its shape is another */
	pthread_mutex_unlock(&aplic->lock);
	if (!done)
		return -EINVAL;
	xlat__aplic_settle(aplic);
	return 0;
}
