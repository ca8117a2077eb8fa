/* SPDX-License-Identifier: BSD-3-Clause */
/* The model's life: configuration, creation, reset, and what the host is told. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "models/trustzone_mpc/mpc.h"

static int resolve_config(struct xlat_trustzone_mpc_config *config)
{
	if (!config->block)
		config->block = 4096;
	if (!config->ctrl)
		config->ctrl = CTRL_AUTOINC;
	if (config->block < 32 || config->block > 1 << 20 || (config->block & (config->block - 1)))
		return -EINVAL;
	if (!config->length || config->length > UINT64_C(1) << 32 ||
	    config->length % config->block || (config->ctrl & ~CTRL_MASK))
		return -EINVAL;
	return 0;
}

static void no_wire(void *opaque, unsigned vector, bool level)
{
	(void)opaque, (void)vector, (void)level;
}

static bool no_sync(void *opaque, unsigned what)
{
	(void)opaque, (void)what;
	return true;
}

static void no_invalidate(void *opaque, const struct xlat_model_invalidation *invalidation)
{
	(void)opaque, (void)invalidation;
}

int xlat_trustzone_mpc_create(const struct xlat_trustzone_mpc_config *given,
			      const struct xlat_model_host *host, void *host_opaque,
			      struct xlat_trustzone_mpc **created)
{
	struct xlat_trustzone_mpc_config config = {0};
	struct xlat_trustzone_mpc *mpc;
	int error = given ? xlat__config_copy(&config, sizeof(config), given) : -EINVAL;
	uint32_t words;

	if (!error)
		error = resolve_config(&config);
	if (error)
		return error;
	words = (uint32_t)((config.length / config.block + 31) / 32);
	mpc = calloc(1, sizeof(*mpc) + words * sizeof(mpc->lut[0]));
	if (!mpc)
		return -ENOMEM;
	if (host)
		error = xlat__config_copy(&mpc->host, sizeof(mpc->host), host);
	if (error) {
		free(mpc);
		return error;
	}
	if (!mpc->host.wire)
		mpc->host.wire = no_wire;
	if (!mpc->host.sync)
		mpc->host.sync = no_sync;
	if (!mpc->host.invalidate)
		mpc->host.invalidate = no_invalidate;
	mpc->config = config;
	mpc->host_opaque = host_opaque;
	mpc->shift = (uint32_t)__builtin_ctz(config.block);
	mpc->words = words;
	pthread_mutex_init(&mpc->lock, NULL);
	xlat_trustzone_mpc_reset(mpc);
	*created = mpc;
	return 0;
}

void xlat_trustzone_mpc_destroy(struct xlat_trustzone_mpc *mpc)
{
	if (!mpc)
		return;
	pthread_mutex_destroy(&mpc->lock);
	free(mpc);
}

uint64_t xlat_trustzone_mpc_length(const struct xlat_trustzone_mpc *mpc)
{
	return mpc->config.length;
}

void xlat_trustzone_mpc_reset(struct xlat_trustzone_mpc *mpc)
{
	const struct xlat__mpc_change change = {.everything = true};

	pthread_mutex_lock(&mpc->lock);
	mpc->ctrl = mpc->config.ctrl;
	mpc->blk_idx = mpc->int_stat = mpc->int_info1 = mpc->int_info2 = 0;
	mpc->int_en = !mpc->config.quiet;
	memset(mpc->lut, 0, mpc->words * sizeof(mpc->lut[0]));
	pthread_mutex_unlock(&mpc->lock);
	xlat__mpc_tell(mpc, &change);
	xlat__mpc_drive_wire(mpc);
}

void xlat__mpc_tell(struct xlat_trustzone_mpc *mpc, const struct xlat__mpc_change *change)
{
	const struct xlat_model_invalidation ended = {
		.by_address = !change->everything,
		.first = change->first,
		.last = change->last,
	};

	if (change->everything || change->some)
		mpc->host.invalidate(mpc->host_opaque, &ended);
}

/* One thread at a time tells the host, and what changes meanwhile as well. */
void xlat__mpc_drive_wire(struct xlat_trustzone_mpc *mpc)
{
	pthread_mutex_lock(&mpc->lock);
	while (!mpc->driving) {
		bool level = mpc->int_stat & mpc->int_en;

		if (level == mpc->wire)
			break;
		mpc->wire = level;
		mpc->driving = true;
		pthread_mutex_unlock(&mpc->lock);
		mpc->host.wire(mpc->host_opaque, 0, level);
		pthread_mutex_lock(&mpc->lock);
		mpc->driving = false;
	}
	pthread_mutex_unlock(&mpc->lock);
}

void xlat__mpc_legalise(struct xlat_trustzone_mpc *mpc)
{
	mpc->ctrl &= CTRL_MASK;
	mpc->blk_idx %= mpc->words;
	mpc->int_stat &= 1;
	mpc->int_en &= 1;
	mpc->int_info2 &= 0x3ffff;
}
