/* SPDX-License-Identifier: BSD-3-Clause */
#include "devices/registers.h"

#include "base/config.h"

#include <xlat/finisher.h>

#include <errno.h>

enum {
	LENGTH = 0x1000,
};

struct xlat_finisher {
	struct xlat__registers registers;
	struct xlat_finisher_config config;
	struct xlat_region *region;
};

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	(void)opaque, (void)access;
	*value = 0;
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	const struct xlat_finisher *finisher = opaque;
	unsigned how = value & 0xffff;

	if (access->offset == 0 &&
	    (how == XLAT_FINISH_FAIL || how == XLAT_FINISH_PASS || how == XLAT_FINISH_RESET))
		finisher->config.finish(finisher->config.opaque, (enum xlat_finish)how,
					value >> 16 & 0xffff);
	return XLAT_OK;
}

static const struct xlat_mmio_ops ops = {
	.size = sizeof(ops),
	.read = read_register,
	.write = write_register,
	.valid = {.min = 2, .max = 4},
	.lockless = true, /* it has no state */
};

int xlat_finisher_create(struct xlat_fabric *fabric, const struct xlat_finisher_config *given,
			 struct xlat_finisher **created)
{
	struct xlat_finisher_config config;
	struct xlat_finisher *finisher;
	int err;

	err = xlat__config_copy(&config, sizeof(config), given);
	if (err)
		return err;
	if (!config.finish)
		return -EINVAL;
	finisher = xlat__registers_create(sizeof(*finisher));
	if (!finisher)
		return -ENOMEM;
	finisher->config = config;
	err = xlat__registers_add(&finisher->registers, fabric, "finisher", LENGTH, &ops,
				  &finisher->region);
	if (err) {
		xlat_finisher_destroy(finisher);
		return err;
	}
	*created = finisher;
	return 0;
}

void xlat_finisher_destroy(struct xlat_finisher *finisher)
{
	if (!finisher)
		return;
	xlat__registers_remove(finisher->region);
	xlat__registers_release(&finisher->registers);
}

struct xlat_region *xlat_finisher_registers(const struct xlat_finisher *finisher)
{
	return finisher->region;
}
