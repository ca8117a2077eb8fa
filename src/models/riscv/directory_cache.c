/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The caches of device and process contexts, each a table with one place for an id. A process
 * context belongs to the very filling of its device's context: when that is dropped or replaced, it
 * is not found any more, and takes its place until another wants it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "models/riscv/cache.h"

#define VALID BIT(63)

static struct xlat__riscv_dc_entry *dc_place(const struct xlat__riscv_caches *caches, uint32_t did)
{
	return &caches->dcs[xlat__riscv_hash(did, 0) & (caches->dc_count - 1)];
}

static struct xlat__riscv_pc_entry *pc_place(const struct xlat__riscv_caches *caches, uint64_t key)
{
	return &caches->pcs[xlat__riscv_hash(key, 0) & (caches->pc_count - 1)];
}

static uint64_t pc_key(uint32_t did, uint32_t pid)
{
	return VALID | (uint64_t)did << 20 | pid;
}

bool xlat__riscv_find_dc(const struct xlat__riscv_caches *caches, uint32_t did,
			 struct xlat__riscv_device_context *dc, uint64_t *birth)
{
	const struct xlat__riscv_dc_entry *entry;
	uint64_t begun;

	if (!caches->dc_count)
		return false;
	entry = dc_place(caches, did);
	begun = xlat__riscv_read_begin(&entry->sequence);
	if (xlat__riscv_load(&entry->key) != (VALID | did))
		return false;
	*birth = xlat__riscv_load(&entry->birth);
	*dc = (struct xlat__riscv_device_context){
		.tc = xlat__riscv_load(&entry->words[0]),
		.iohgatp = xlat__riscv_load(&entry->words[1]),
		.ta = xlat__riscv_load(&entry->words[2]),
		.fsc = xlat__riscv_load(&entry->words[3]),
		.msiptp = xlat__riscv_load(&entry->words[4]),
		.msi_addr_mask = xlat__riscv_load(&entry->words[5]),
		.msi_addr_pattern = xlat__riscv_load(&entry->words[6]),
	};
	return xlat__riscv_read_end(&entry->sequence, begun);
}

bool xlat__riscv_find_pc(const struct xlat__riscv_caches *caches, uint32_t did, uint32_t pid,
			 uint64_t birth, struct xlat__riscv_process_context *pc)
{
	const struct xlat__riscv_pc_entry *entry;
	uint64_t begun;

	if (!caches->pc_count || !birth)
		return false;
	entry = pc_place(caches, pc_key(did, pid));
	begun = xlat__riscv_read_begin(&entry->sequence);
	if (xlat__riscv_load(&entry->key) != pc_key(did, pid) ||
	    xlat__riscv_load(&entry->birth) != birth)
		return false;
	pc->ta = xlat__riscv_load(&entry->words[0]);
	pc->fsc = xlat__riscv_load(&entry->words[1]);
	return xlat__riscv_read_end(&entry->sequence, begun);
}

uint64_t xlat__riscv_find_space(const struct xlat__riscv_caches *caches,
				const struct xlat_riscv_iommu_request *request, uint64_t *ta)
{
	uint64_t begun, birth, space, key = VALID | request->device_id;
	const struct xlat__riscv_dc_entry *dc;
	const struct xlat__riscv_pc_entry *pc;

	if (!caches->dc_count)
		return 0;
	dc = dc_place(caches, request->device_id);
	begun = xlat__riscv_read_begin(&dc->sequence);
	if (xlat__riscv_load(&dc->key) != key)
		return 0;
	birth = xlat__riscv_load(&dc->birth);
	space = xlat__riscv_load(&dc->space);
	*ta = xlat__riscv_load(&dc->words[2]);
	if (!xlat__riscv_read_end(&dc->sequence, begun))
		return 0;
	if (!request->process_id_valid)
		return space;

	if (!caches->pc_count || request->process_id >> 20)
		return 0;
	key = pc_key(request->device_id, request->process_id);
	pc = pc_place(caches, key);
	begun = xlat__riscv_read_begin(&pc->sequence);
	if (xlat__riscv_load(&pc->key) != key || xlat__riscv_load(&pc->birth) != birth)
		return 0;
	space = xlat__riscv_load(&pc->spaces[request->privileged]);
	return xlat__riscv_read_end(&pc->sequence, begun) ? space : 0;
}

uint64_t xlat__riscv_keep_dc(struct xlat__riscv_caches *caches, uint64_t noted, uint32_t did,
			     const struct xlat__riscv_device_context *dc, uint64_t space)
{
	const uint64_t words[7] = {dc->tc,
				   dc->iohgatp,
				   dc->ta,
				   dc->fsc,
				   dc->msiptp,
				   dc->msi_addr_mask,
				   dc->msi_addr_pattern};
	struct xlat__riscv_dc_entry *entry;
	uint64_t birth = 0;

	if (!caches->dc_count)
		return 0;
	entry = dc_place(caches, did);
	pthread_mutex_lock(&caches->lock);
	if (caches->invalidations == noted) {
		birth = ++caches->births;
		xlat__riscv_write_begin(&entry->sequence);
		xlat__riscv_store(&entry->key, VALID | did);
		xlat__riscv_store(&entry->birth, birth);
		xlat__riscv_store(&entry->space, space);
		for (unsigned i = 0; i < 7; i++)
			xlat__riscv_store(&entry->words[i], words[i]);
		xlat__riscv_write_end(&entry->sequence);
	}
	pthread_mutex_unlock(&caches->lock);
	return birth;
}

void xlat__riscv_keep_pc(struct xlat__riscv_caches *caches, uint64_t noted, uint32_t did,
			 uint32_t pid, uint64_t birth, const struct xlat__riscv_process_context *pc,
			 const uint64_t spaces[2])
{
	struct xlat__riscv_pc_entry *entry;

	if (!caches->pc_count || !birth)
		return;
	entry = pc_place(caches, pc_key(did, pid));
	pthread_mutex_lock(&caches->lock);
	if (caches->invalidations == noted) {
		xlat__riscv_write_begin(&entry->sequence);
		xlat__riscv_store(&entry->key, pc_key(did, pid));
		xlat__riscv_store(&entry->birth, birth);
		xlat__riscv_store(&entry->spaces[0], spaces[0]);
		xlat__riscv_store(&entry->spaces[1], spaces[1]);
		xlat__riscv_store(&entry->words[0], pc->ta);
		xlat__riscv_store(&entry->words[1], pc->fsc);
		xlat__riscv_write_end(&entry->sequence);
	}
	pthread_mutex_unlock(&caches->lock);
}

static void clear(uint64_t *sequence, uint64_t *key)
{
	xlat__riscv_write_begin(sequence);
	xlat__riscv_store(key, 0);
	xlat__riscv_write_end(sequence);
}

void xlat__riscv_drop_dc(struct xlat__riscv_caches *caches, uint32_t did)
{
	pthread_mutex_lock(&caches->lock);
	xlat__riscv_store(&caches->invalidations, caches->invalidations + 1);
	if (caches->dc_count) {
		struct xlat__riscv_dc_entry *entry = dc_place(caches, did);

		if (entry->key == (VALID | did))
			clear(&entry->sequence, &entry->key);
	}
	pthread_mutex_unlock(&caches->lock);
}

void xlat__riscv_drop_pc(struct xlat__riscv_caches *caches, uint32_t did, uint32_t pid)
{
	pthread_mutex_lock(&caches->lock);
	xlat__riscv_store(&caches->invalidations, caches->invalidations + 1);
	if (caches->pc_count) {
		struct xlat__riscv_pc_entry *entry = pc_place(caches, pc_key(did, pid));

		if (entry->key == pc_key(did, pid))
			clear(&entry->sequence, &entry->key);
	}
	pthread_mutex_unlock(&caches->lock);
}

void xlat__riscv_drop_directories(struct xlat__riscv_caches *caches)
{
	pthread_mutex_lock(&caches->lock);
	xlat__riscv_store(&caches->invalidations, caches->invalidations + 1);
	for (uint32_t i = 0; i < caches->dc_count; i++)
		if (caches->dcs[i].key)
			clear(&caches->dcs[i].sequence, &caches->dcs[i].key);
	pthread_mutex_unlock(&caches->lock);
}

uint64_t xlat__riscv_invalidations(const struct xlat__riscv_caches *caches)
{
	return __atomic_load_n(&caches->invalidations, __ATOMIC_ACQUIRE);
}

static uint32_t power_of_two(uint32_t n)
{
	return n < 2 ? n : 1u << (32 - __builtin_clz(n - 1));
}

int xlat__riscv_caches_init(struct xlat__riscv_caches *caches,
			    const struct xlat_riscv_iommu_config *config)
{
	uint32_t translations = power_of_two(config->cached_translations);

	*caches = (struct xlat__riscv_caches){
		.dc_count = power_of_two(config->cached_devices),
		.pc_count = config->cached_devices ? power_of_two(config->cached_processes) : 0,
	};
	pthread_mutex_init(&caches->lock, NULL);
	if (translations) {
		caches->sets = translations < 4 ? 1 : translations / 4;
		caches->buckets = translations < 16 ? 16 : translations;
		caches->tlb = calloc((size_t)caches->sets * 4, sizeof(*caches->tlb));
		caches->origins = calloc((size_t)caches->sets * 4, sizeof(*caches->origins));
		caches->heads =
			calloc((size_t)caches->buckets * XLAT__RISCV_LISTS, sizeof(*caches->heads));
	}
	if (caches->dc_count)
		caches->dcs = calloc(caches->dc_count, sizeof(*caches->dcs));
	if (caches->pc_count)
		caches->pcs = calloc(caches->pc_count, sizeof(*caches->pcs));
	if ((translations && (!caches->tlb || !caches->origins || !caches->heads)) ||
	    (caches->dc_count && !caches->dcs) || (caches->pc_count && !caches->pcs)) {
		xlat__riscv_caches_finish(caches);
		return -ENOMEM;
	}
	return 0;
}

void xlat__riscv_caches_finish(struct xlat__riscv_caches *caches)
{
	pthread_mutex_destroy(&caches->lock);
	free(caches->tlb);
	free(caches->origins);
	free(caches->heads);
	free(caches->dcs);
	free(caches->pcs);
}

void xlat__riscv_caches_flush(struct xlat__riscv_caches *caches)
{
	struct xlat__riscv_iotinval all = {.gv = false};

	xlat__riscv_drop_directories(caches);
	xlat__riscv_drop_vma(caches, &all);
	xlat__riscv_drop_gvma(caches, &all);
}
