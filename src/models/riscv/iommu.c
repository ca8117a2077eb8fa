/* SPDX-License-Identifier: BSD-3-Clause */
/* The model's life: configuration, creation, reset. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/riscv/iommu.h"

/* Everything that the specification names, of version 1.0, with 56-bit physical addresses. */
#define DEFAULT_CAPABILITIES                                                                       \
	(0x10 | CAP_SV32 | CAP_SV39 | CAP_SV48 | CAP_SV57 | CAP_SVRSW60T59B | CAP_SVPBMT |         \
	 CAP_SV32X4 | CAP_SV39X4 | CAP_SV48X4 | CAP_SV57X4 | CAP_AMO_MRIF | CAP_MSI_FLAT |         \
	 CAP_MSI_MRIF | CAP_AMO_HWAD | CAP_ATS | CAP_T2GPA | CAP_END |                             \
	 ((uint64_t)IGS_BOTH << 28) | CAP_HPM | CAP_DBG | (UINT64_C(56) << 32) | CAP_PD8 |         \
	 CAP_PD17 | CAP_PD20 | CAP_QOSID | CAP_NL | CAP_S)

/* The largest page of each format. */
static const uint8_t largest_page[XLAT_RISCV_IOMMU_FORMATS] = {22, 30, 39, 48, 22, 30, 39, 48};

/*
 * Copies a structure that begins with its size into one that this library knows: what the caller does
 * not know is zero, and what this library does not know must be. Returns 0, -EINVAL without a size, or
 * -E2BIG.
 */
static int copy_sized(void *known, size_t known_size, const void *given, size_t given_size)
{
	const uint8_t *bytes = given;

	if (given_size < sizeof(size_t))
		return -EINVAL;
	memcpy(known, given, given_size < known_size ? given_size : known_size);
	for (size_t i = known_size; i < given_size; i++)
		if (bytes[i])
			return -E2BIG;
	return 0;
}

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

static void no_message(void *opaque, const struct xlat_model_message *message)
{
	(void)opaque, (void)message;
}

static void no_sync(void *opaque, unsigned what)
{
	(void)opaque, (void)what;
}

static int resolve_host(struct xlat_model_host *host)
{
	if (!host->read || !host->write || !host->compare_and_swap)
		return -EINVAL;
	if (!host->wire)
		host->wire = no_wire;
	if (!host->clock)
		host->clock = no_clock;
	if (!host->message)
		host->message = no_message;
	if (!host->sync)
		host->sync = no_sync;
	return 0;
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
	error = copy_sized(&made->host, sizeof(made->host), host, host->size);
	if (!error && config)
		error = copy_sized(&made->config, sizeof(made->config), config, config->size);
	if (!error)
		error = resolve_config(&made->config);
	if (!error)
		error = resolve_host(&made->host);
	if (error) {
		free(made);
		return error;
	}
	made->host_opaque = host_opaque;
	xlat_riscv_iommu_reset(made);
	*iommu = made;
	return 0;
}

void xlat_riscv_iommu_destroy(struct xlat_riscv_iommu *iommu)
{
	free(iommu);
}

void xlat_riscv_iommu_reset(struct xlat_riscv_iommu *iommu)
{
	uint32_t fctl = iommu->config.fctl;

	memset(iommu->registers, 0, sizeof(iommu->registers));
	if (CAP_IGS(iommu->config.capabilities) == IGS_WSI)
		fctl |= FCTL_WSI;
	iommu->registers[REG_CAPABILITIES / 8] = iommu->config.capabilities;
	iommu->registers[REG_FCTL / 8] = fctl;
	iommu->registers[REG_DDTP / 8] = iommu->config.reset_mode;
}
