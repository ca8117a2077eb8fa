/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.1 The device directory, looked through for all that it holds. */
#include "models/riscv/iommu.h"

/* A search under way. */
struct search {
	struct xlat__riscv_transaction t;
	struct xlat_model_attrs attrs;
	unsigned leaf_bits; /* of a device id, in the last level */
	unsigned words; /* of a device context: 4 or 8 */
	int (*visit)(void *opaque, const struct xlat_riscv_iommu_device *device);
	void *opaque;
};

/* 2.1.3: tc, iohgatp, ta, fsc, msiptp, ... */
static struct xlat_riscv_iommu_device device_of(uint32_t id, const uint64_t dc[8])
{
	return (struct xlat_riscv_iommu_device){
		.id = id,
		.translates = ATP_MODE(dc[1]) || ATP_MODE(dc[3]) || ATP_MODE(dc[4]),
	};
}

/* The device contexts of one page. */
static int search_leaf(const struct search *search, uint64_t table, uint32_t first_id)
{
	for (uint32_t i = 0; i < 1u << search->leaf_bits; i++) {
		struct xlat_riscv_iommu_device device;
		uint64_t dc[8] = {0};
		int stop;

		if (xlat__riscv_read(&search->t, table + i * UINT64_C(8) * search->words, dc,
				     search->words, search->attrs) != XLAT_MODEL_MEMORY_OK ||
		    !(dc[0] & TC_V))
			continue;
		device = device_of(first_id + i, dc);
		stop = search->visit(search->opaque, &device);
		if (stop)
			return stop;
	}
	return 0;
}

/* One page of non-leaf entries; the highest level has entries for 24 bits of device id only. */
static int search_level(const struct search *search, unsigned level, uint64_t table,
			uint32_t first_id)
{
	unsigned shift = level ? search->leaf_bits + 9 * (level - 1) : 0;
	unsigned entries = level == 2 ? 1u << (24 - shift) : 512;
	uint64_t ddtes[8];

	if (level == 0)
		return search_leaf(search, table, first_id);
	for (unsigned i = 0; i < entries; i++) {
		int stop;

		if (i % 8 == 0 && xlat__riscv_read(&search->t, table + i * UINT64_C(8), ddtes, 8,
						   search->attrs) != XLAT_MODEL_MEMORY_OK) {
			i += 7;
			continue;
		}
		if (!(ddtes[i % 8] & DDTE_V) || (ddtes[i % 8] & DDTE_RESERVED))
			continue;
		stop = search_level(search, level - 1, DDTE_PPN(ddtes[i % 8]) << 12,
				    first_id | (uint32_t)i << shift);
		if (stop)
			return stop;
	}
	return 0;
}

int xlat_riscv_iommu_for_each_device(const struct xlat_riscv_iommu *iommu, void *host_context,
				     int (*visit)(void *opaque,
						  const struct xlat_riscv_iommu_device *device),
				     void *opaque)
{
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request),
		.host_context = host_context,
	};
	uint32_t fctl = (uint32_t)xlat__riscv_register(iommu, REG_FCTL);
	struct search search = {
		.t = {.iommu = iommu,
		      .request = &request,
		      .dry = true,
		      .capabilities = xlat__riscv_register(iommu, REG_CAPABILITIES),
		      .ddtp = xlat__riscv_register(iommu, REG_DDTP),
		      .fctl = fctl},
		.attrs = {.big_endian = fctl & FCTL_BE},
		.visit = visit,
		.opaque = opaque,
	};
	uint64_t mode = DDTP_IOMMU_MODE(search.t.ddtp);
	bool extended = search.t.capabilities & CAP_MSI_FLAT;

	if (mode < DDTP_MODE_1LVL || mode > DDTP_MODE_3LVL)
		return 0;
	search.leaf_bits = extended ? 6 : 7;
	search.words = extended ? 8 : 4;
	return search_level(&search, (unsigned)(mode - DDTP_MODE_1LVL),
			    DDTP_PPN(search.t.ddtp) << 12, 0);
}
