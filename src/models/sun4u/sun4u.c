/* SPDX-License-Identifier: BSD-3-Clause */
/* The model's life, and translation. */
#include "models/sun4u/sun4u.h"
#include "base/config.h"

#include <errno.h>
#include <stdlib.h>

int xlat_sun4u_create(const struct xlat_sun4u_config *config, const struct xlat_model_host *host,
		      void *host_opaque, struct xlat_sun4u **created)
{
	struct xlat_sun4u *sun4u = calloc(1, sizeof(*sun4u));
	int error = 0;

	if (!sun4u)
		return -ENOMEM;
	if (config)
		error = xlat__config_copy(&sun4u->config, sizeof(sun4u->config), config);
	if (!error)
		error = xlat__config_copy(&sun4u->host, sizeof(sun4u->host), host);
	if (!error && (!sun4u->host.read || sun4u->config.kind > XLAT_SUN4U_PSYCHO))
		error = -EINVAL;
	if (!error) {
		sun4u->iotlb = xlat__iotlb_create(XLAT_SUN4U_IOTLB_ENTRIES);
		if (!sun4u->iotlb)
			error = -ENOMEM;
	}
	if (error) {
		free(sun4u);
		return error;
	}
	sun4u->host_opaque = host_opaque;
	*created = sun4u;
	return 0;
}

void xlat_sun4u_destroy(struct xlat_sun4u *sun4u)
{
	if (!sun4u)
		return;
	xlat__iotlb_destroy(sun4u->iotlb);
	free(sun4u);
}

/* What a translation may do with the IOTLB, and whether it may leave traces. */
enum manner {
	WALK,
	PEEK,
	TRANSLATE,
};

/* A translation on its way. */
struct way {
	const struct xlat_sun4u *sun4u;
	uint64_t address, control;
	enum xlat_access access;
	enum manner manner;
	void *host_context;
	uint64_t changes; /* of the IOTLB, when the walk began */
	unsigned error; /* of the refused: ERROR_* */
	struct xlat_sun4u_translation *found;
};

static enum xlat_outcome refuse(struct way *way, uint32_t cause, unsigned error)
{
	way->found->cause = cause;
	way->error = error;
	return cause == XLAT_SUN4U_CAUSE_WRITE ? XLAT_DENIED : XLAT_FAULT;
}

/* The TSB's entry, or what is to be said instead. */
static enum xlat_outcome read_entry(struct way *way)
{
	const struct xlat_sun4u *sun4u = way->sun4u;
	const struct xlat_model_attrs attrs = {.big_endian = true};
	unsigned shift = way->control & CONTROL_TBWSZ ? SUN4U_LARGE_SHIFT : SUN4U_PAGE_SHIFT;
	uint64_t entries = UINT64_C(1024)
			   << ((way->control & CONTROL_TSBSZ) >> CONTROL_TSBSZ_SHIFT);
	uint64_t at = __atomic_load_n(&sun4u->tsbbase, __ATOMIC_ACQUIRE) +
		      (way->address >> shift & (entries - 1)) * 8;
	uint8_t bytes[8];

	switch (sun4u->host.read(sun4u->host_opaque, way->host_context,
				 at & xlat__sun4u_physical(sun4u), bytes, sizeof(bytes), attrs)) {
	case XLAT_MODEL_MEMORY_OK:
		for (unsigned i = 0; i < 8; i++)
			way->found->entry = way->found->entry << 8 | bytes[i];
		return XLAT_OK;
	case XLAT_MODEL_MEMORY_RETRY:
		return XLAT_RETRY;
	case XLAT_MODEL_MEMORY_CORRUPT:
		return refuse(way, XLAT_SUN4U_CAUSE_TABLE, ERROR_ECC);
	case XLAT_MODEL_MEMORY_ACCESS_FAULT:
		break;
	}
	return refuse(way, XLAT_SUN4U_CAUSE_TABLE, ERROR_TIMEOUT);
}

static enum xlat_outcome by_table(struct way *way)
{
	bool writes = way->access == XLAT_WRITE || way->access == XLAT_ATOMIC;
	struct xlat__iotlb *iotlb = way->sun4u->iotlb;
	struct xlat__iotlb_entry held = {.valid = true};
	enum xlat_outcome outcome;

	if (way->manner != WALK &&
	    xlat__iotlb_find(iotlb, way->address, way->manner == TRANSLATE, &held, &way->changes)) {
		way->found->entry = held.entry;
	} else {
		outcome = read_entry(way);
		if (outcome != XLAT_OK)
			return outcome;
		if (!(way->found->entry & IOTTE_VALID))
			return refuse(way, XLAT_SUN4U_CAUSE_NO_ENTRY, ERROR_INVALID);
		held.range = xlat__sun4u_range(way->found->entry, way->address);
		held.entry = way->found->entry &
			     (IOTTE_VALID | IOTTE_SIZE | IOTTE_STREAM | IOTTE_CACHE | IOTTE_WRITE |
			      xlat__sun4u_page(way->sun4u));
		if (way->manner == TRANSLATE)
			xlat__iotlb_fill(iotlb, &held, way->changes);
	}
	way->found->range = held.range;
	if (writes && !(held.entry & IOTTE_WRITE))
		return refuse(way, XLAT_SUN4U_CAUSE_WRITE, ERROR_PROTECTION);
	/* A large page's bits 15 to 13 are nothing. */
	way->found->address = held.entry & xlat__sun4u_page(way->sun4u) &
			      ~(held.range.last - held.range.first);
	way->found->rights = held.entry & IOTTE_WRITE ? XLAT_RIGHT_RWX : XLAT_RIGHT_RX;
	return XLAT_OK;
}

static enum xlat_outcome route(struct way *way)
{
	const struct xlat_sun4u *sun4u = way->sun4u;
	struct xlat_range sac = {0, UINT32_MAX}; /* single address cycles */

	*way->found = (struct xlat_sun4u_translation){.rights = XLAT_RIGHT_RWX};
	if (way->address >= SUN4U_BYPASS) {
		way->found->range.first = way->address & ~xlat__sun4u_physical(sun4u);
		way->found->range.last = way->address | xlat__sun4u_physical(sun4u);
		return XLAT_OK;
	}
	if (sun4u->config.target) {
		sac.first = way->address >> 29 << 29;
		sac.last = sac.first | 0x1fffffff;
	}
	way->found->range = sac;
	way->found->address = sac.first;
	if (way->address > UINT32_MAX)
		way->found->range = (struct xlat_range){UINT64_C(1) << 32, SUN4U_BYPASS - 1};
	if (way->address > UINT32_MAX ||
	    (sun4u->config.target && !(sun4u->config.target >> (way->address >> 29) & 1)))
		return refuse(way, XLAT_SUN4U_CAUSE_OUT_OF_RANGE, 0);
	if (!(way->control & CONTROL_ENAB))
		return XLAT_OK;
	*way->found = (struct xlat_sun4u_translation){
		.range = xlat__sun4u_range(0, way->address),
	};
	return by_table(way);
}

/*
 * The first error since XLTEERR was cleared is kept in CONTROL, each in the entry that it concerns.
 */
static void record(struct xlat_sun4u *sun4u, const struct way *way)
{
	uint64_t old = __atomic_load_n(&sun4u->control, __ATOMIC_RELAXED);
	const struct xlat__iotlb_entry log = {
		.range = xlat__sun4u_range(0, way->address),
		.note = TAG_ERR | way->error << TAG_ERRSTS_SHIFT,
	};

	while (!(old & CONTROL_XLTEERR) &&
	       !__atomic_compare_exchange_n(&sun4u->control, &old,
					    old | CONTROL_XLTEERR |
						    (uint64_t)way->error << CONTROL_XLTESTAT_SHIFT,
					    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
	}
	if (way->error == ERROR_PROTECTION)
		xlat__iotlb_note(sun4u->iotlb, way->address, log.note);
	else
		xlat__iotlb_fill(sun4u->iotlb, &log, way->changes);
}

enum xlat_outcome xlat_sun4u_translate(struct xlat_sun4u *sun4u, uint64_t address,
				       enum xlat_access access, void *host_context,
				       struct xlat_sun4u_translation *translation)
{
	struct way way = {
		.sun4u = sun4u,
		.address = address,
		.control = __atomic_load_n(&sun4u->control, __ATOMIC_ACQUIRE),
		.access = access,
		.manner = TRANSLATE,
		.host_context = host_context,
		.found = translation,
	};
	enum xlat_outcome outcome = route(&way);

	if (outcome == XLAT_OK && translation->entry & IOTTE_SIZE)
		__atomic_store_n(&sun4u->large, true, __ATOMIC_SEQ_CST);
	if ((outcome == XLAT_FAULT || outcome == XLAT_DENIED) &&
	    translation->cause != XLAT_SUN4U_CAUSE_OUT_OF_RANGE)
		record(sun4u, &way);
	return outcome;
}

static enum xlat_outcome look(const struct xlat_sun4u *sun4u, uint64_t address,
			      enum xlat_access access, enum manner manner, void *host_context,
			      struct xlat_sun4u_translation *translation)
{
	struct way way = {
		.sun4u = sun4u,
		.address = address,
		.control = __atomic_load_n(&sun4u->control, __ATOMIC_ACQUIRE),
		.access = access,
		.manner = manner,
		.host_context = host_context,
		.found = translation,
	};

	return route(&way);
}

enum xlat_outcome xlat_sun4u_peek(const struct xlat_sun4u *sun4u, uint64_t address,
				  enum xlat_access access, void *host_context,
				  struct xlat_sun4u_translation *translation)
{
	return look(sun4u, address, access, PEEK, host_context, translation);
}

enum xlat_outcome xlat_sun4u_walk(const struct xlat_sun4u *sun4u, uint64_t address,
				  enum xlat_access access, void *host_context,
				  struct xlat_sun4u_translation *translation)
{
	return look(sun4u, address, access, WALK, host_context, translation);
}
