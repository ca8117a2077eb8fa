/* SPDX-License-Identifier: BSD-3-Clause */
/* The model's life, and translation. */
#include "models/dart/dart.h"
#include "base/config.h"

#include <errno.h>
#include <stdlib.h>

int xlat_dart_create(const struct xlat_dart_config *config, const struct xlat_model_host *host,
		     void *host_opaque, struct xlat_dart **created)
{
	struct xlat_dart *dart = calloc(1, sizeof(*dart));
	int error = 0;

	if (!dart)
		return -ENOMEM;
	if (config)
		error = xlat__config_copy(&dart->config, sizeof(dart->config), config);
	if (!error)
		error = xlat__config_copy(&dart->host, sizeof(dart->host), host);
	if (!error && (!dart->host.read || dart->config.kind > XLAT_DART_U4))
		error = -EINVAL;
	if (error) {
		free(dart);
		return error;
	}
	dart->host_opaque = host_opaque;
	xlat__flush_init(&dart->flush, &dart->host, host_opaque);
	*created = dart;
	return 0;
}

void xlat_dart_destroy(struct xlat_dart *dart)
{
	if (!dart)
		return;
	xlat__flush_finish(&dart->flush);
	free(dart);
}

/* What the registers say of the table. */
struct table {
	bool enabled;
	uint64_t address; /* real */
	uint64_t limit; /* bus addresses below it are translated */
};

static struct table table_of(const struct xlat_dart *dart)
{
	uint32_t cntl = __atomic_load_n(&dart->cntl, __ATOMIC_ACQUIRE);
	uint64_t pages;
	struct table table;

	if (xlat__dart_is_u4(dart)) {
		table.enabled = cntl & CNTL_U4_ENABLE;
		table.address = (uint64_t)__atomic_load_n(&dart->base, __ATOMIC_ACQUIRE)
				<< DART_PAGE_SHIFT;
		pages = __atomic_load_n(&dart->size, __ATOMIC_ACQUIRE);
	} else {
		table.enabled = cntl & CNTL_U3_ENABLE;
		table.address = cntl & CNTL_U3_BASE;
		pages = cntl & CNTL_U3_SIZE ? cntl & CNTL_U3_SIZE : DART_TABLE_PAGES;
	}
	if (pages > DART_TABLE_PAGES)
		pages = DART_TABLE_PAGES;
	/* A page of the table has 1024 entries. */
	table.limit = pages << (DART_PAGE_SHIFT + 10);
	return table;
}

static enum xlat_outcome refuse(struct xlat_dart_translation *translation, uint32_t cause)
{
	translation->cause = cause;
	return XLAT_FAULT;
}

/* What lies above the table. */
static enum xlat_outcome pass_by(const struct xlat_dart *dart, const struct table *table,
				 uint64_t bus_address, struct xlat_dart_translation *translation)
{
	if (!table->enabled) {
		translation->range = (struct xlat_range){0, UINT64_MAX};
		return XLAT_OK;
	}
	if (xlat__dart_is_u4(dart) && bus_address >= DART_U4_BYPASS) {
		translation->range = (struct xlat_range){DART_U4_BYPASS, UINT64_MAX};
		return XLAT_OK;
	}
	translation->range = (struct xlat_range){
		table->limit, xlat__dart_is_u4(dart) ? DART_U4_BYPASS - 1 : UINT64_MAX};
	return refuse(translation, XLAT_DART_CAUSE_OUT_OF_RANGE);
}

enum xlat_outcome xlat_dart_peek(const struct xlat_dart *dart, uint64_t bus_address,
				 void *host_context, struct xlat_dart_translation *translation)
{
	const struct xlat_model_attrs attrs = {.big_endian = true};
	uint64_t page = bus_address >> DART_PAGE_SHIFT << DART_PAGE_SHIFT;
	struct table table = table_of(dart);
	uint8_t bytes[4];

	*translation = (struct xlat_dart_translation){.range = {page, page | 0xfff}};
	if (!table.enabled || bus_address >= table.limit)
		return pass_by(dart, &table, bus_address, translation);
	switch (dart->host.read(dart->host_opaque, host_context,
				table.address + (bus_address >> DART_PAGE_SHIFT) * 4, bytes,
				sizeof(bytes), attrs)) {
	case XLAT_MODEL_MEMORY_OK:
		break;
	case XLAT_MODEL_MEMORY_RETRY:
		return XLAT_RETRY;
	default:
		return refuse(translation, XLAT_DART_CAUSE_TABLE);
	}
	translation->entry = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
			     (uint32_t)bytes[2] << 8 | bytes[3];
	if (!(translation->entry & DARTMAP_VALID))
		return refuse(translation, XLAT_DART_CAUSE_NO_ENTRY);
	translation->address = (uint64_t)(translation->entry & DARTMAP_RPN) << DART_PAGE_SHIFT;
	return XLAT_OK;
}

enum xlat_outcome xlat_dart_translate(struct xlat_dart *dart, uint64_t bus_address,
				      enum xlat_access access, void *host_context,
				      struct xlat_dart_translation *translation)
{
	enum xlat_outcome outcome = xlat_dart_peek(dart, bus_address, host_context, translation);
	uint32_t nothing = 0;

	if (outcome == XLAT_FAULT) {
		uint32_t record = ((uint32_t)bus_address & EXCP_PAGE) | translation->cause;

		if (access == XLAT_WRITE || access == XLAT_ATOMIC)
			record |= EXCP_WRITE;
		__atomic_compare_exchange_n(&dart->excp, &nothing, record, false, __ATOMIC_RELAXED,
					    __ATOMIC_RELAXED);
	}
	return outcome;
}
