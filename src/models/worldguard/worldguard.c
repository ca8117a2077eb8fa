/* SPDX-License-Identifier: BSD-3-Clause */
/* The model's life: configuration, creation, reset, and what the host is told. */
#include <errno.h>
#include <stdlib.h>

#include "base/config.h"
#include "models/worldguard/worldguard.h"

enum {
	MOST_SLOTS = 4096,
};

static int resolve_config(struct xlat_worldguard_config *config)
{
	if (!config->slots)
		config->slots = 16;
	if (!config->granule)
		config->granule = 4096;
	if (!config->worlds)
		config->worlds = 4;
	if (config->slots > MOST_SLOTS || config->granule < 4 ||
	    (config->granule & (config->granule - 1)) || config->worlds < 2 ||
	    config->worlds > 32 || config->trusted >= config->worlds)
		return -EINVAL;
	if (config->base % config->granule || config->length % config->granule ||
	    (config->length && config->base + config->length - 1 < config->base))
		return -EINVAL;
	return 0;
}

static void no_wire(void *opaque, unsigned vector, bool level)
{
	(void)opaque, (void)vector, (void)level;
}

static void no_invalidate(void *opaque, const struct xlat_model_invalidation *invalidation)
{
	(void)opaque, (void)invalidation;
}

int xlat_worldguard_create(const struct xlat_worldguard_config *given,
			   const struct xlat_model_host *host, void *host_opaque,
			   struct xlat_worldguard **worldguard)
{
	struct xlat_worldguard_config config = {0};
	struct xlat_worldguard *wg;
	int error = given ? xlat__config_copy(&config, sizeof(config), given) : 0;

	if (!error)
		error = resolve_config(&config);
	if (error)
		return error;
	wg = calloc(1, sizeof(*wg) + (config.slots + 1) * sizeof(wg->slots[0]));
	if (!wg)
		return -ENOMEM;
	if (host)
		error = xlat__config_copy(&wg->host, sizeof(wg->host), host);
	if (error) {
		free(wg);
		return error;
	}
	if (!wg->host.wire)
		wg->host.wire = no_wire;
	if (!wg->host.invalidate)
		wg->host.invalidate = no_invalidate;
	wg->config = config;
	wg->host_opaque = host_opaque;
	pthread_mutex_init(&wg->lock, NULL);
	xlat_worldguard_reset(wg);
	*worldguard = wg;
	return 0;
}

void xlat_worldguard_destroy(struct xlat_worldguard *wg)
{
	if (!wg)
		return;
	pthread_mutex_destroy(&wg->lock);
	free(wg);
}

uint64_t xlat_worldguard_registers_length(const struct xlat_worldguard *wg)
{
	return REG_SLOT + (wg->config.slots + UINT64_C(1)) * SLOT_SIZE;
}

uint32_t xlat_worldguard_trusted_wid(const struct xlat_worldguard *wg)
{
	return wg->config.worlds - 1u - wg->config.trusted;
}

void xlat_worldguard_reset(struct xlat_worldguard *wg)
{
	const struct xlat__wg_change change = {.everything = true};
	struct xlat__wg_slot *last = &wg->slots[wg->config.slots];

	pthread_mutex_lock(&wg->lock);
	wg->errcause = wg->erraddr = 0;
	for (uint32_t i = 0; i <= wg->config.slots; i++)
		wg->slots[i] = (struct xlat__wg_slot){.addr = wg->config.base >> 2};
	if (wg->config.open) {
		last->cfg = A_TOR;
		last->perm = (uint64_t)(PERM_R | PERM_W) << (2 * xlat_worldguard_trusted_wid(wg));
	}
	xlat__wg_legalise(wg);
	pthread_mutex_unlock(&wg->lock);
	xlat__wg_tell(wg, &change);
	xlat__wg_drive_wire(wg);
}

void xlat__wg_tell(struct xlat_worldguard *wg, const struct xlat__wg_change *change)
{
	struct xlat_model_invalidation ended = {0};

	if (change->everything)
		wg->host.invalidate(wg->host_opaque, &ended);
	ended.by_address = true;
	for (unsigned i = 0; !change->everything && i < change->count; i++) {
		ended.first = change->ended[i][0];
		ended.last = change->ended[i][1];
		wg->host.invalidate(wg->host_opaque, &ended);
	}
}

/*
 * The wire is as errcause.ip. One thread at a time tells the host, and what changes meanwhile as
 * well.
 */
void xlat__wg_drive_wire(struct xlat_worldguard *wg)
{
	pthread_mutex_lock(&wg->lock);
	while (!wg->driving) {
		bool level = wg->errcause & ERRCAUSE_IP;

		if (level == wg->wire)
			break;
		wg->wire = level;
		wg->driving = true;
		pthread_mutex_unlock(&wg->lock);
		wg->host.wire(wg->host_opaque, 0, level);
		pthread_mutex_lock(&wg->lock);
		wg->driving = false;
	}
	pthread_mutex_unlock(&wg->lock);
}
