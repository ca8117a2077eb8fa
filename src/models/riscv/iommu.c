/* SPDX-License-Identifier: BSD-3-Clause */
/* The model's life: configuration, creation, reset. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "models/riscv/cache.h"
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

/* Everything that the specification names, of version 1.0, with 56-bit physical addresses. */
#define DEFAULT_CAPABILITIES                                                                       \
	(0x10 | CAP_SV32 | CAP_SV39 | CAP_SV48 | CAP_SV57 | CAP_SVRSW60T59B | CAP_SVPBMT |         \
	 CAP_SV32X4 | CAP_SV39X4 | CAP_SV48X4 | CAP_SV57X4 | CAP_AMO_MRIF | CAP_MSI_FLAT |         \
	 CAP_MSI_MRIF | CAP_AMO_HWAD | CAP_ATS | CAP_T2GPA | CAP_END |                             \
	 ((uint64_t)IGS_BOTH << 28) | CAP_HPM | CAP_DBG | (UINT64_C(56) << 32) | CAP_PD8 |         \
	 CAP_PD17 | CAP_PD20 | CAP_QOSID | CAP_NL | CAP_S)

/* As many of anything as a cache may hold. */
#define MOST_CACHED (1u << 24)

/* The largest page of each format. */
static const uint8_t largest_page[XLAT_RISCV_IOMMU_FORMATS] = {22, 30, 39, 48, 22, 30, 39, 48};

/* Fills in the defaults and checks the rest. */
static int resolve_config(struct xlat_riscv_iommu_config *config)
{
	if (!config->capabilities)
		config->capabilities = DEFAULT_CAPABILITIES;
	if (!config->highest_mode)
		config->highest_mode = DDTP_MODE_3LVL;
	if (!config->device_id_mask)
		config->device_id_mask = 0xffffff;
	if (!config->rcid_mask)
		config->rcid_mask = 0xfff;
	if (!config->mcid_mask)
		config->mcid_mask = 0xfff;
	if (!config->vectors)
		config->vectors = 16;
	if (!config->counters)
		config->counters = 31;
	if (!config->counter_bits)
		config->counter_bits = 64;
	if (!config->invalidation_tags)
		config->invalidation_tags = 32;
	if (!config->event_mask)
		config->event_mask = 0x7fff;
	for (unsigned i = 0; i < XLAT_RISCV_IOMMU_FORMATS; i++) {
		if (!config->bare_shift[i])
			config->bare_shift[i] = largest_page[i];
		if (config->bare_shift[i] < 12 || config->bare_shift[i] > 63)
			return -EINVAL;
	}
	if (config->reset_mode > DDTP_MODE_BARE || config->highest_mode < DDTP_MODE_1LVL ||
	    config->highest_mode > DDTP_MODE_3LVL || config->device_id_mask > 0xffffff ||
	    config->rcid_mask > 0xfff || config->mcid_mask > 0xfff)
		return -EINVAL;
	if (config->vectors > 16 || (config->vectors & (config->vectors - 1)) ||
	    config->counters > 31 || config->counter_bits < 32 || config->counter_bits > 64 ||
	    config->cached_translations > MOST_CACHED || config->cached_devices > MOST_CACHED ||
	    config->cached_processes > MOST_CACHED || config->invalidation_tags > 32 ||
	    config->event_mask > 0x7fff)
		return -EINVAL;
	return 0;
}

static void no_wire(void *opaque, unsigned vector, bool level)
{
	(void)opaque, (void)vector, (void)level;
}

static uint64_t no_clock(void *opaque)
{
	(void)opaque;
	return 0;
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

static int resolve_host(struct xlat_model_host *host)
{
	if (!host->read || !host->write || !host->compare_and_swap)
		return -EINVAL;
	if (!host->wire)
		host->wire = no_wire;
	if (!host->clock)
		host->clock = no_clock;
	if (!host->sync)
		host->sync = no_sync;
	if (!host->invalidate)
		host->invalidate = no_invalidate;
	return 0;
}

static int make_caches(struct xlat_riscv_iommu *iommu)
{
	int error;

	iommu->caches = malloc(sizeof(*iommu->caches));
	if (!iommu->caches)
		return -ENOMEM;
	error = xlat__riscv_caches_init(iommu->caches, &iommu->config);
	if (error)
		free(iommu->caches);
	return error;
}

static void reset(struct xlat_riscv_iommu *iommu)
{
	uint32_t fctl = iommu->config.fctl;

	pthread_mutex_lock(&iommu->lock);
	for (unsigned offset = 0; offset < REG_END; offset += 8)
		xlat__riscv_set(iommu, offset, 0);
	if (CAP_IGS(iommu->config.capabilities) == IGS_WSI)
		fctl |= FCTL_WSI;
	xlat__riscv_set(iommu, REG_CAPABILITIES, iommu->config.capabilities);
	xlat__riscv_set(iommu, REG_FCTL, fctl);
	xlat__riscv_set(iommu, REG_DDTP, iommu->config.reset_mode);
	memset(iommu->tags, 0, sizeof(iommu->tags));
	iommu->timed_out = false;
	iommu->messages_due = 0;
	iommu->fault_count = iommu->page_count = 0;
	xlat__riscv_registers_loaded(iommu);
	xlat__riscv_caches_flush(iommu->caches);
	pthread_mutex_unlock(&iommu->lock);
	/* Wires fall. */
	xlat__riscv_settle(iommu);
}

int xlat_riscv_iommu_create(const struct xlat_riscv_iommu_config *config,
			    const struct xlat_model_host *host, void *host_opaque,
			    struct xlat_riscv_iommu **iommu)
{
	struct xlat_riscv_iommu *made;
	int error;

	if (!host || !iommu)
		return -EINVAL;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	error = xlat__config_copy(&made->host, sizeof(made->host), host);
	if (!error && config)
		error = xlat__config_copy(&made->config, sizeof(made->config), config);
	if (!error)
		error = resolve_config(&made->config);
	if (!error)
		error = resolve_host(&made->host);
	if (!error)
		error = make_caches(made);
	if (error) {
		free(made);
		return error;
	}
	made->host_opaque = host_opaque;
	pthread_mutex_init(&made->lock, NULL);
	reset(made);
	*iommu = made;
	return 0;
}

void xlat_riscv_iommu_destroy(struct xlat_riscv_iommu *iommu)
{
	if (!iommu)
		return;
	xlat__riscv_caches_finish(iommu->caches);
	free(iommu->caches);
	pthread_mutex_destroy(&iommu->lock);
	free(iommu);
}

int xlat_riscv_iommu_reconfigure(struct xlat_riscv_iommu *iommu,
				 const struct xlat_riscv_iommu_config *config)
{
	struct xlat_riscv_iommu_config wanted = {0};
	int error = xlat__config_copy(&wanted, sizeof(wanted), config);

	if (!error)
		error = resolve_config(&wanted);
	if (!error && (wanted.cached_translations != iommu->config.cached_translations ||
		       wanted.cached_devices != iommu->config.cached_devices ||
		       wanted.cached_processes != iommu->config.cached_processes))
		error = -EINVAL;
	if (error)
		return error;
	pthread_mutex_lock(&iommu->lock);
	iommu->config = wanted;
	xlat__riscv_set(iommu, REG_CAPABILITIES, wanted.capabilities);
	/* A tag that is no more will not be completed. */
	for (unsigned tag = wanted.invalidation_tags; tag < 32; tag++)
		iommu->tags[tag].out = false;
	xlat__riscv_registers_loaded(iommu);
	pthread_mutex_unlock(&iommu->lock);
	return 0;
}

void xlat_riscv_iommu_reset(struct xlat_riscv_iommu *iommu)
{
	const struct xlat_model_invalidation everything = {.last = UINT64_MAX};

	reset(iommu);
	iommu->host.invalidate(iommu->host_opaque, &everything);
}
