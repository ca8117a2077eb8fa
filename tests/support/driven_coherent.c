/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Drivers of the coherent IOMMU: one stores, and its store has retired when that is settled; one
 * submits its stores, and each is complete when it has retired.
 */
#include "test.h"
#include "driven.h"
#include "dma/dma.h"
#include "memory/ram.h"
#include "memory/region.h"

#include <xlat/coherent.h>

struct client {
	struct driven driven;
	struct xlat_coherent *coherent;
	struct xlat_ram *ram;
	struct xlat_dma *dma; /* of who submits */
	struct xlat_dma_op ops[DRIVEN_PAGES];
	unsigned pending; /* of them */
};

static const uint64_t nothing;

static struct client *client_of(struct driven *driven)
{
	return (struct client *)(void *)driven;
}

/* Where in RAM the tables are, through whatever lies between. */
static struct xlat_coherent_table table_at(struct driven *driven)
{
	const struct xlat_attrs nobody = {0};
	struct xlat__target target;
	struct xlat_dma *dma;

	assert_int_equal(xlat_dma_create(driven->memory, NULL, &dma), 0);
	xlat__resolve(&(struct xlat_nested){.initiator = &dma->initiator}, driven->memory, nobody,
		      XLAT_READ, driven->tables, DRIVEN_PAGES * 8, &target);
	assert_int_equal(target.outcome, XLAT_OK);
	xlat_dma_destroy(dma);
	return (struct xlat_coherent_table){
		.ram = target.region->ram,
		.offset = target.region->ram_offset + target.offset,
		.entries = DRIVEN_PAGES,
	};
}

static void store(struct driven *driven, unsigned page, uint64_t entry)
{
	enum xlat_outcome outcome = xlat_space_store(driven->cpu, (struct xlat_attrs){0},
						     driven->tables + page * UINT64_C(8), 8,
						     XLAT_BIG_ENDIAN, entry);

	assert_true(outcome == XLAT_OK || outcome == XLAT_PENDING);
}

static void create(struct driven *driven)
{
	struct client *client = client_of(driven);
	struct xlat_coherent_table table;

	assert_int_equal(xlat_coherent_create(XLAT_CONFIG(xlat_coherent_config,
							  .memory = driven->memory,
							  .order = XLAT_BIG_ENDIAN),
					      &client->coherent),
			 0);
	driven->iommu = xlat_coherent_iommu(client->coherent);
	for (unsigned page = 0; page < DRIVEN_PAGES; page++)
		store(driven, page, 0);
	table = table_at(driven);
	client->ram = table.ram;
	assert_int_equal(xlat_coherent_set_table(client->coherent, &table), 0);
}

static void destroy(struct driven *driven)
{
	xlat_coherent_destroy(client_of(driven)->coherent);
}

static void map(struct driven *driven, unsigned page, uint64_t address)
{
	store(driven, page,
	      address | XLAT_COHERENT_VALID | XLAT_COHERENT_READ | XLAT_COHERENT_WRITE);
}

static void unmap(struct driven *driven, unsigned page)
{
	store(driven, page, 0);
}

static void count(struct xlat_dma_op *op)
{
	((struct client *)op->opaque)->pending--;
	assert_int_equal(op->result.outcome, XLAT_OK);
}

static void create_submitter(struct driven *driven)
{
	create(driven);
	assert_int_equal(xlat_dma_create(driven->cpu, NULL, &client_of(driven)->dma), 0);
}

static void destroy_submitter(struct driven *driven)
{
	struct client *client = client_of(driven);

	for (unsigned page = 0; page < DRIVEN_PAGES; page++)
		client->ops[page].done = NULL;
	xlat_dma_destroy(client->dma);
	destroy(driven);
}

static void submit_unmap(struct driven *driven, unsigned page)
{
	struct client *client = client_of(driven);
	struct xlat_dma_op *op = &client->ops[page];
	int complete;

	*op = (struct xlat_dma_op){
		.size = sizeof(*op),
		.kind = XLAT_DMA_WRITE,
		.iova = driven->tables + page * UINT64_C(8),
		.length = 8,
		.buffer = (void *)(uintptr_t)&nothing,
		.done = count,
		.opaque = client,
	};
	complete = xlat_dma_submit(client->dma, op);
	assert_true(complete == 0 || (complete == 1 && op->result.outcome == XLAT_OK));
	client->pending += !complete;
}

static bool has_completed(struct driven *driven)
{
	struct client *client = client_of(driven);

	xlat_dma_process(client->dma);
	return client->pending == 0;
}

static bool over(struct driven *driven)
{
	return xlat_coherent_settled(client_of(driven)->coherent);
}

static void save_and_restore(struct driven *driven)
{
	struct client *client = client_of(driven);
	uint8_t bytes[64];
	size_t size = xlat_coherent_save(client->coherent, bytes, sizeof(bytes));

	assert_int_equal(xlat_coherent_restore(client->coherent, client->ram, bytes, size), 0);
}

extern const struct driven_kind driven_coherent;
const struct driven_kind driven_coherent = {
	.name = "coherent IOMMU",
	.reports = true,
	.page_shift = 12,
	.size = sizeof(struct client),
	.create = create,
	.destroy = destroy,
	.map = map,
	.unmap = unmap,
	.over = over,
	.save_and_restore = save_and_restore,
};

extern const struct driven_kind driven_coherent_submitted;
const struct driven_kind driven_coherent_submitted = {
	.name = "coherent IOMMU, by operations",
	.reports = true,
	.page_shift = 12,
	.size = sizeof(struct client),
	.create = create_submitter,
	.destroy = destroy_submitter,
	.map = map,
	.unmap = submit_unmap,
	.over = has_completed,
	.save_and_restore = save_and_restore,
};
