/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What it costs to reach a device's handler, and to go without a handle: beside calling the handler
 * through its pointer with a mutex taken.
 */
#include "measure.h"

#include <xlat/dma.h>
#include <xlat/implement/mmio.h>

#include <pthread.h>
#include <stdlib.h>

static const struct xlat_attrs nobody;

struct machine {
	struct xlat_space *space;
	struct xlat_dma *dma;
	pthread_mutex_t lock;
	uint64_t value;
};

static enum xlat_outcome read_register(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t *value)
{
	const struct machine *m = opaque;

	*value = m->value + access->offset;
	return XLAT_OK;
}

static enum xlat_outcome write_register(void *opaque, const struct xlat_mmio_access *access,
					uint64_t value)
{
	struct machine *m = opaque;

	m->value = value + access->offset;
	return XLAT_OK;
}

static const struct xlat_mmio_ops ops = {.size = sizeof(ops),
					 .read = read_register,
					 .write = write_register};
static const struct xlat_mmio_ops lockless_ops = {.size = sizeof(ops),
						  .read = read_register,
						  .write = write_register,
						  .lockless = true};

static void handle(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	const struct xlat_mmio_ops *called = &ops;
	struct xlat_mmio_access access = {.size = 4};
	uint64_t value, sum = 0;

	for (uint64_t i = 0; i < n; i++) {
		opaque_value(called);
		access.offset = i & 0xffc;
		pthread_mutex_lock(&m->lock);
		check(called->read(m, &access, &value) == XLAT_OK);
		pthread_mutex_unlock(&m->lock);
		sum += value;
	}
	opaque_value(sum);
}

static void dma_load(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint32_t value, sum = 0;
	unsigned failed = 0;

	for (uint64_t i = 0; i < n; i++) {
		failed |= xlat_dma_load_le32(m->dma, nobody, i & 0xffc, &value);
		sum += value;
	}
	opaque_value(sum);
	check(failed == XLAT_OK);
}

static void dma_store(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	unsigned failed = 0;

	for (uint64_t i = 0; i < n; i++)
		failed |= xlat_dma_store_le32(m->dma, nobody, i & 0xffc, 1);
	check(failed == XLAT_OK);
}

static void dma_load_lockless(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint32_t value, sum = 0;
	unsigned failed = 0;

	for (uint64_t i = 0; i < n; i++) {
		failed |= xlat_dma_load_le32(m->dma, nobody, 0x1000 + (i & 0xffc), &value);
		sum += value;
	}
	opaque_value(sum);
	check(failed == XLAT_OK);
}

static void space_load(void *opaque, uint64_t n)
{
	struct machine *m = opaque;
	uint64_t value, sum = 0;
	unsigned failed = 0;

	for (uint64_t i = 0; i < n; i++) {
		failed |=
			xlat_space_load(m->space, nobody, i & 0xffc, 4, XLAT_LITTLE_ENDIAN, &value);
		sum += value;
	}
	opaque_value(sum);
	check(failed == XLAT_OK);
}

static void row(struct measure *measure, struct machine *m, const char *what, measure_run *run)
{
	double ns, against_ns;

	measure_pair(measure, run, m, handle, m, &ns, &against_ns);
	measure_row(measure, what, ns, "handler with a mutex", against_ns, 0);
}

int main(int argc, char **argv)
{
	static struct machine m;
	struct xlat_fabric *fabric;
	struct xlat_region *root, *region;
	struct measure measure;

	measure_begin(&measure, "mmio", argc, argv);
	pthread_mutex_init(&m.lock, NULL);
	check(xlat_fabric_create(NULL, &fabric) == 0);
	check(xlat_region_create(fabric, XLAT_CONFIG(xlat_region_config, .name = "root"), &root) ==
	      0);
	for (unsigned i = 0; i < 2; i++) {
		check(xlat_region_create(fabric,
					 XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						     .ops = i ? &lockless_ops : &ops, .opaque = &m,
						     .length = 0x1000),
					 &region) == 0);
		check(xlat_region_attach(root, region, i * 0x1000) == 0);
	}
	check(xlat_space_create(root, "space", &m.space) == 0);
	check(xlat_dma_create(m.space, NULL, &m.dma) == 0);
	row(&measure, &m, "register load through a handle", dma_load);
	row(&measure, &m, "register store through a handle", dma_store);
	row(&measure, &m, "register load, lockless region", dma_load_lockless);
	row(&measure, &m, "register load through a space", space_load);
	return measure_end(&measure);
}
