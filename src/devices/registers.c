/* SPDX-License-Identifier: BSD-3-Clause */
#include "devices/registers.h"

#include <stdlib.h>

void *xlat__registers_create(size_t size)
{
	struct xlat__registers *device = calloc(1, size);

	if (!device)
		return NULL;
	pthread_mutex_init(&device->lock, NULL);
	device->live = 1;
	return device;
}

void xlat__registers_release(struct xlat__registers *device)
{
	if (__atomic_sub_fetch(&device->live, 1, __ATOMIC_ACQ_REL))
		return;
	pthread_mutex_destroy(&device->lock);
	free(device);
}

static void retire(void *opaque)
{
	xlat__registers_release(opaque);
}

int xlat__registers_add(struct xlat__registers *device, struct xlat_fabric *fabric,
			const char *name, uint64_t length, const struct xlat_mmio_ops *ops,
			struct xlat_region **region)
{
	const struct xlat_region_config config = {
		.size = sizeof(config),
		.kind = XLAT_REGION_MMIO,
		.name = name,
		.length = length,
		.ops = ops,
		.opaque = device,
		.retired = retire,
	};
	int err = xlat_region_create(fabric, &config, region);

	if (err)
		*region = NULL;
	else
		__atomic_add_fetch(&device->live, 1, __ATOMIC_RELAXED);
	return err;
}

void xlat__registers_remove(struct xlat_region *region)
{
	xlat_region_detach(region);
	xlat_region_unref(region);
}
