/* SPDX-License-Identifier: BSD-3-Clause */
#include "tlb_trial.h"

#include <xlat/dirty.h>
#include <xlat/implement/mmio.h>
#include <xlat/iommu.h>
#include <xlat/tlb.h>

#include <stdlib.h>
#include <string.h>

enum {
	PAGE = 4096,
	RAM_PAGES = 6,
	RAM_AT = 0x100000,
	DEVICE_AT = 0x200000,
	GUARDED_AT = 0x300000,
	GUARDED_PAGES = 8,
	VIRTUAL_PAGES = 20, /* accesses are made in */
	ENTRIES = 20, /* of the list */
	TLBS = 2,
	MMUS = 2, /* both look up the list; 1 grants reads only */
	LONGEST = 16,
};

/* Everything that an access may change. */
struct memory {
	uint8_t ram[RAM_PAGES * PAGE], device[PAGE];
};

struct tlb_trial {
	struct tlb_choices choices;
	struct xlat_fabric *fabric;
	struct xlat_ram *block;
	struct xlat_region *root, *ram, *device, *window;
	struct xlat_space *space;
	struct xlat_table_iommu *table;
	unsigned table_entries;
	struct xlat_dirty *dirty;
	struct xlat_tlb *tlbs[TLBS];
	struct cpu {
		struct tlb_trial *trial;
		bool idle;
		/* Code: pages that were marked, and of those, that were stored to since. */
		bool marked[RAM_PAGES], stale[RAM_PAGES];
	} cpus[TLBS];
	struct xlat_tlb_page pages[ENTRIES]; /* rights 0: none */
	bool logged[RAM_PAGES]; /* stored to since the last snapshot */
	uint8_t registers[PAGE];
	struct memory before, after;
	const char *wrong;
};

static uint32_t any(struct tlb_trial *trial, uint32_t bound)
{
	return trial->choices.next(trial->choices.opaque, bound);
}

static void complain(struct tlb_trial *trial, const char *wrong)
{
	if (!trial->wrong)
		trial->wrong = wrong;
}

static void must(struct tlb_trial *trial, bool condition, const char *wrong)
{
	if (!condition)
		complain(trial, wrong);
}

/* --- The device: plain bytes. */

static enum xlat_outcome device_read(void *opaque, const struct xlat_mmio_access *access,
				     uint64_t *value)
{
	struct tlb_trial *trial = opaque;

	*value = 0;
	for (unsigned i = 0; i < access->size; i++)
		*value |= (uint64_t)trial->registers[access->offset + i] << (8 * i);
	return XLAT_OK;
}

static enum xlat_outcome device_write(void *opaque, const struct xlat_mmio_access *access,
				      uint64_t value)
{
	struct tlb_trial *trial = opaque;

	for (unsigned i = 0; i < access->size; i++)
		trial->registers[access->offset + i] = (uint8_t)(value >> (8 * i));
	return XLAT_OK;
}

static const struct xlat_mmio_ops device_ops = {
	.size = sizeof(device_ops),
	.read = device_read,
	.write = device_write,
};

/* --- The CPU. */

static enum xlat_outcome look_up(const struct tlb_trial *trial, unsigned mmu,
				 enum xlat_access access, uint64_t address,
				 struct xlat_tlb_page *page)
{
	unsigned needed = xlat_access_rights(access);

	for (unsigned i = 0; i < ENTRIES; i++) {
		if (!trial->pages[i].rights || !xlat_range_has(trial->pages[i].range, address))
			continue;
		*page = trial->pages[i];
		if (mmu)
			page->rights &= XLAT_RIGHT_R;
		return (page->rights & needed) == needed ? XLAT_OK : XLAT_DENIED;
	}
	return XLAT_FAULT;
}

static enum xlat_outcome walk(void *opaque, struct xlat_tlb *tlb,
			      const struct xlat_tlb_request *request, struct xlat_tlb_page *page)
{
	const struct cpu *cpu = opaque;

	(void)tlb;
	return look_up(cpu->trial, request->mmu, request->access, request->address, page);
}

static void code_changed(void *opaque, const uint8_t *host, uint64_t length)
{
	struct cpu *cpu = opaque;
	struct tlb_trial *trial = cpu->trial;
	const uint8_t *ram = xlat_ram_host(trial->block);

	for (unsigned page = 0; page < RAM_PAGES; page++)
		if (!host ||
		    (host <= ram + page * PAGE && ram + page * PAGE - host < (int64_t)length))
			cpu->marked[page] = cpu->stale[page] = false;
}

/* --- Both sides of a comparison. */

static void save(struct tlb_trial *trial, struct memory *memory)
{
	memcpy(memory->ram, xlat_ram_host(trial->block), sizeof(memory->ram));
	memcpy(memory->device, trial->registers, sizeof(memory->device));
}

static void restore(struct tlb_trial *trial, const struct memory *memory)
{
	memcpy(xlat_ram_host(trial->block), memory->ram, sizeof(memory->ram));
	memcpy(trial->registers, memory->device, sizeof(memory->device));
}

struct access {
	unsigned mmu;
	enum xlat_access kind;
	uint64_t address;
	unsigned size;
	uint8_t bytes[LONGEST];
};

/* One byte at a time, each walked for and looked up from the root. */
static enum xlat_outcome naive(struct tlb_trial *trial, struct access *access)
{
	uint64_t last = access->address + access->size - 1;
	enum xlat_outcome outcome = XLAT_OK;
	struct xlat_tlb_page page;

	if (access->address / PAGE != last / PAGE)
		outcome = look_up(trial, access->mmu, access->kind, last & ~(uint64_t)(PAGE - 1),
				  &page);
	for (unsigned i = 0; i < access->size; i++) {
		uint64_t address = access->address + i, physical;

		if (outcome == XLAT_OK)
			outcome = look_up(trial, access->mmu, access->kind, address, &page);
		physical = page.physical + (address - page.range.first);
		if (access->kind == XLAT_WRITE) {
			if (outcome == XLAT_OK)
				outcome = xlat_space_write(trial->space, page.attrs, physical,
							   &access->bytes[i], 1);
		} else if (outcome != XLAT_OK) {
			access->bytes[i] = 0xff;
		} else if (access->kind == XLAT_EXEC) {
			outcome = xlat_space_fetch(trial->space, page.attrs, physical,
						   &access->bytes[i], 1);
		} else {
			outcome = xlat_space_read(trial->space, page.attrs, physical,
						  &access->bytes[i], 1);
		}
	}
	return outcome;
}

static void note_stores(struct tlb_trial *trial)
{
	for (unsigned page = 0; page < RAM_PAGES; page++) {
		if (!memcmp(trial->before.ram + page * PAGE, trial->after.ram + page * PAGE, PAGE))
			continue;
		trial->logged[page] = true;
		for (unsigned i = 0; i < TLBS; i++)
			trial->cpus[i].stale[page] |= trial->cpus[i].marked[page];
	}
}

static enum xlat_outcome through(struct xlat_tlb *tlb, struct access *access)
{
	uint64_t value;
	enum xlat_outcome outcome;

	if (access->kind == XLAT_READ && access->size == 8) {
		outcome = xlat_tlb_load_le64(tlb, access->mmu, access->address, &value);
		for (unsigned i = 0; i < 8; i++)
			access->bytes[i] = (uint8_t)(value >> (8 * i));
		return outcome;
	}
	if (access->kind == XLAT_WRITE && access->size == 8) {
		value = 0;
		for (unsigned i = 0; i < 8; i++)
			value |= (uint64_t)access->bytes[i] << (8 * i);
		return xlat_tlb_store_le64(tlb, access->mmu, access->address, value);
	}
	return access->kind == XLAT_WRITE
		       ? xlat_tlb_write(tlb, access->mmu, access->address, access->bytes,
					access->size)
		       : xlat_tlb_read(tlb, access->mmu, access->kind, access->address,
				       access->bytes, access->size);
}

static void do_access(struct tlb_trial *trial, unsigned which)
{
	static const unsigned sizes[] = {8, 8, 1, 2, 4, 16, 3, 13};
	struct access access = {
		.mmu = any(trial, 8) == 0,
		.kind = (enum xlat_access)any(trial, 3),
		.address = any(trial, VIRTUAL_PAGES) * UINT64_C(4096) +
			   (any(trial, 4) ? any(trial, PAGE / 64) * UINT64_C(64) + any(trial, 16)
					  : PAGE - any(trial, 16)),
		.size = sizes[any(trial, 8)],
	};
	enum xlat_outcome outcome, expected;
	struct access again;

	for (unsigned i = 0; i < LONGEST; i++)
		access.bytes[i] = (uint8_t)any(trial, 256);
	again = access;
	save(trial, &trial->before);
	outcome = through(trial->tlbs[which], &access);
	save(trial, &trial->after);
	note_stores(trial);
	restore(trial, &trial->before);
	expected = naive(trial, &again);
	must(trial, outcome == expected, "an access has another outcome than byte by byte");
	must(trial, !memcmp(access.bytes, again.bytes, access.size), "an access reads other bytes");
	must(trial,
	     !memcmp(xlat_ram_host(trial->block), trial->after.ram, sizeof(trial->after.ram)),
	     "an access changes other memory");
	must(trial, !memcmp(trial->registers, trial->after.device, PAGE),
	     "an access changes other registers");
	if (outcome != XLAT_OK)
		must(trial, xlat_tlb_result(trial->tlbs[which]).outcome == outcome,
		     "the result is of another access");
}

static void do_swap(struct tlb_trial *trial, unsigned which)
{
	unsigned size = 1u << any(trial, 5);
	uint64_t address = any(trial, VIRTUAL_PAGES) * UINT64_C(4096) + any(trial, 32) * size;
	uint8_t expected[LONGEST] = {0}, desired[LONGEST], found[LONGEST];
	enum xlat_outcome outcome, plain;
	struct xlat_tlb_page page;
	bool swapped, swapped_plainly = false;

	for (unsigned i = 0; i < size; i++)
		desired[i] = (uint8_t)any(trial, 4);
	save(trial, &trial->before);
	/* What is there, half of the time. */
	if (any(trial, 2) && look_up(trial, 0, XLAT_ATOMIC, address, &page) == XLAT_OK)
		(void)xlat_space_read(trial->space, page.attrs,
				      page.physical + (address - page.range.first), expected, size);
	memcpy(found, expected, sizeof(found));
	outcome = xlat_tlb_cas(trial->tlbs[which], 0, address, size, expected, desired, &swapped);
	save(trial, &trial->after);
	note_stores(trial);
	restore(trial, &trial->before);
	plain = look_up(trial, 0, XLAT_ATOMIC, address, &page);
	if (plain == XLAT_OK) {
		/* Of a page that ends inside it, it is refused or does not begin. */
		for (unsigned i = 1; i < size; i++) {
			struct xlat_tlb_page other;

			if (look_up(trial, 0, XLAT_ATOMIC, address + i, &other) != XLAT_OK ||
			    other.range.first != page.range.first) {
				must(trial, outcome != XLAT_OK && !swapped,
				     "a swap reaches over the end of its page");
				restore(trial, &trial->before);
				return;
			}
		}
		plain = xlat_space_cas(trial->space, page.attrs,
				       page.physical + (address - page.range.first), size, found,
				       desired, &swapped_plainly);
	}
	must(trial, outcome == plain, "a swap has another outcome");
	must(trial, swapped == swapped_plainly, "a swap is made, or not");
	must(trial, outcome != XLAT_OK || !memcmp(expected, found, size),
	     "a swap finds other bytes");
	must(trial,
	     !memcmp(xlat_ram_host(trial->block), trial->after.ram, sizeof(trial->after.ram)),
	     "a swap changes other memory");
}

static void do_probe(struct tlb_trial *trial, unsigned which)
{
	uint64_t address = any(trial, VIRTUAL_PAGES * PAGE);
	enum xlat_access access = (enum xlat_access)any(trial, 4);
	struct xlat_tlb_probe probe;
	struct xlat_tlb_page page;
	enum xlat_outcome plain = look_up(trial, 0, access, address, &page);

	if (plain == XLAT_OK) {
		uint64_t physical = page.physical + (address - page.range.first);

		plain = xlat_space_valid(trial->space, page.attrs, access,
					 (struct xlat_range){physical, physical});
	}
	must(trial, xlat_tlb_probe(trial->tlbs[which], 0, access, address, &probe) == plain,
	     "a probe has another outcome");
}

/* --- Changes, each followed by what puts it in force. */

static void safepoint(struct tlb_trial *trial, unsigned which)
{
	struct cpu *cpu = &trial->cpus[which];

	if (any(trial, 4) == 0) {
		xlat_tlb_idle(trial->tlbs[which]);
		xlat_tlb_resume(trial->tlbs[which]);
	} else {
		xlat_tlb_safepoint(trial->tlbs[which]);
	}
	(void)cpu;
}

static void safepoints(struct tlb_trial *trial)
{
	for (unsigned i = 0; i < TLBS; i++)
		safepoint(trial, i);
}

/* A flush that covers a page, and perhaps more. */
static struct xlat_tlb_flush covering(struct tlb_trial *trial, const struct xlat_tlb_page *page)
{
	struct xlat_tlb_flush flush = {.range = {0, UINT64_MAX}};

	switch (any(trial, 5)) {
	case 0:
		break;
	case 1:
		/* Any part of it ends all of it. */
		flush.range.first = flush.range.last =
			page->range.first +
			any(trial, (uint32_t)(page->range.last - page->range.first + 1));
		break;
	case 2:
		flush.range = page->range;
		break;
	case 3:
		flush.mmus = (1u << MMUS) - 1;
		flush.range = page->range;
		break;
	default:
		flush.by_asid = !page->global;
		flush.asid = page->asid;
	}
	return flush;
}

static void flush(struct tlb_trial *trial, const struct xlat_tlb_flush *flush)
{
	struct xlat_fence fence;

	for (unsigned i = 0; i < TLBS; i++) {
		switch (any(trial, 3)) {
		case 0:
			xlat_tlb_flush(trial->tlbs[i], flush);
			break;
		case 1:
			xlat_tlb_post(trial->tlbs[i], flush);
			safepoint(trial, i);
			break;
		default:
			xlat_tlb_post(trial->tlbs[i], flush);
			if (xlat_tlb_fence(trial->tlbs[i], &fence, NULL, NULL)) {
				complain(trial, "a fence is complete while its CPU runs");
				xlat_tlb_safepoint(trial->tlbs[i]);
				break;
			}
			safepoint(trial, i);
			must(trial, xlat_fence_poll(&fence),
			     "a fence waits for a CPU that settled");
		}
	}
}

static bool overlaps_another(const struct tlb_trial *trial, const struct xlat_tlb_page *page)
{
	for (unsigned i = 0; i < ENTRIES; i++)
		if (&trial->pages[i] != page && trial->pages[i].rights &&
		    xlat_range_overlaps(trial->pages[i].range, page->range))
			return true;
	return false;
}

/* Another page in one place of the list. */
static void change_page(struct tlb_trial *trial)
{
	static const uint64_t sizes[] = {PAGE, PAGE, PAGE, PAGE, 4 * PAGE, 16, 1, 1024};
	struct xlat_tlb_page *page = &trial->pages[any(trial, ENTRIES)], old = *page;
	uint64_t size = sizes[any(trial, 8)];
	uint64_t at = any(trial, VIRTUAL_PAGES) * UINT64_C(4096) + any(trial, 64) * UINT64_C(64);
	static const uint64_t targets[] = {RAM_AT,     RAM_AT,	   DEVICE_AT,
					   GUARDED_AT, GUARDED_AT, 0x900000};
	uint64_t physical = targets[any(trial, 6)] + any(trial, GUARDED_PAGES) * UINT64_C(4096);
	bool global = any(trial, 4) == 0;

	at &= ~(size - 1);
	*page = (struct xlat_tlb_page){
		.range = {at, at + size - 1},
		.physical = (physical & ~(size - 1)) | (size < PAGE ? any(trial, 4) * 16u : 0),
		.rights = any(trial, 8),
		.asid = any(trial, 3),
		.global = global,
		.attrs = {.requester = any(trial, 2)},
	};
	if (overlaps_another(trial, page))
		page->rights = 0;
	if (old.rights) {
		const struct xlat_tlb_flush ended = covering(trial, &old);

		flush(trial, &ended);
	}
}

static void program(struct tlb_trial *trial)
{
	uint64_t at = any(trial, GUARDED_PAGES * 16) * UINT64_C(256);
	struct xlat_table_entry entry = {
		.range = {at, at + (any(trial, 3) ? PAGE - 1 : any(trial, 300))},
		.space = trial->space,
		.address = (any(trial, 4) ? RAM_AT : DEVICE_AT) +
			   any(trial, RAM_PAGES) * UINT64_C(4096),
		.rights = 1 + any(trial, 7),
		.by_requester = any(trial, 3) == 0,
		.attrs = {.requester = any(trial, 2)},
	};

	if (any(trial, 3) && trial->table_entries < 40) {
		/* It serves what was refused before: nothing ends. */
		trial->table_entries++;
		must(trial, xlat_table_iommu_map(trial->table, &entry) == 0, "no entry was added");
		return;
	}
	if (any(trial, 4) == 0) {
		entry.range = (struct xlat_range){0, UINT64_MAX};
		trial->table_entries = 0;
	}
	must(trial, xlat_table_iommu_unmap(trial->table, entry.range) == 0, "no range was removed");
	safepoints(trial);
}

static void commit(struct tlb_trial *trial)
{
	struct xlat_region *const regions[] = {trial->ram, trial->device, trial->window};

	must(trial, xlat_region_set_enabled(regions[any(trial, 3)], any(trial, 4) != 0) == 0,
	     "a region was not switched");
	if (any(trial, 4) == 0)
		must(trial, xlat_region_set_read_only(trial->ram, any(trial, 2)) == 0,
		     "a region was not switched");
	safepoints(trial);
}

static void look_at_log(struct tlb_trial *trial)
{
	struct xlat_dirty_snapshot *snapshot;

	if (!trial->dirty) {
		must(trial, xlat_dirty_create(trial->block, &trial->dirty) == 0, "no log was made");
		safepoints(trial);
		memset(trial->logged, 0, sizeof(trial->logged));
		return;
	}
	if (any(trial, 8) == 0) {
		xlat_dirty_destroy(trial->dirty);
		trial->dirty = NULL;
		return;
	}
	if (xlat_dirty_snapshot_create(trial->dirty, (struct xlat_range){0, RAM_PAGES * PAGE - 1},
				       &snapshot)) {
		complain(trial, "no snapshot was made");
		return;
	}
	safepoints(trial);
	must(trial, xlat_dirty_snapshot_ready(snapshot), "a snapshot waits for CPUs that settled");
	for (unsigned page = 0; page < RAM_PAGES && !trial->wrong; page++)
		must(trial,
		     !trial->logged[page] ||
			     xlat_dirty_snapshot_has(snapshot, page * UINT64_C(4096)),
		     "a store was not logged");
	memset(trial->logged, 0, sizeof(trial->logged));
	xlat_dirty_snapshot_destroy(snapshot);
}

static void mark_code(struct tlb_trial *trial, unsigned which)
{
	uint64_t address = any(trial, VIRTUAL_PAGES) * UINT64_C(4096);
	struct cpu *cpu = &trial->cpus[which];
	const uint8_t *ram = xlat_ram_host(trial->block);
	uint8_t *host;

	if (xlat_tlb_code_mark(trial->tlbs[which], 0, address) &&
	    xlat_tlb_host(trial->tlbs[which], 0, XLAT_EXEC, address, 1, &host) == XLAT_OK && host)
		cpu->marked[(host - ram) / PAGE] = true;
}

static void fence_code(struct tlb_trial *trial, unsigned which)
{
	xlat_tlb_code_fence(trial->tlbs[which]);
	for (unsigned page = 0; page < RAM_PAGES; page++)
		must(trial, !trial->cpus[which].stale[page], "a store to code was not told");
}

/* --- The trial. */

static bool make(struct tlb_trial *trial)
{
	struct xlat_tlb_config config = {
		.size = sizeof(config),
		.mmus = MMUS,
		.least = 2,
		.most = 16,
		.walk = walk,
		.code_changed = code_changed,
	};

	if (xlat_fabric_create(NULL, &trial->fabric) ||
	    xlat_ram_create(trial->fabric, XLAT_CONFIG(xlat_ram_config, .length = RAM_PAGES * PAGE),
			    &trial->block) ||
	    xlat_region_create(trial->fabric, XLAT_CONFIG(xlat_region_config, .name = "root"),
			       &trial->root) ||
	    xlat_region_create(trial->fabric,
			       XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					   .ram = trial->block, .length = RAM_PAGES * PAGE),
			       &trial->ram) ||
	    xlat_region_create(trial->fabric,
			       XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
					   .ops = &device_ops, .opaque = trial, .length = PAGE),
			       &trial->device) ||
	    xlat_table_iommu_create(trial->fabric, "table", &trial->table) ||
	    xlat_region_create(
		    trial->fabric,
		    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ALIAS,
				.target = xlat_iommu_region(xlat_table_iommu_base(trial->table)),
				.length = GUARDED_PAGES * PAGE),
		    &trial->window) ||
	    xlat_region_attach(trial->root, trial->ram, RAM_AT) ||
	    xlat_region_attach(trial->root, trial->device, DEVICE_AT) ||
	    xlat_region_attach(trial->root, trial->window, GUARDED_AT) ||
	    xlat_space_create(trial->root, "machine", &trial->space))
		return false;
	for (unsigned i = 0; i < TLBS; i++) {
		trial->cpus[i].trial = trial;
		config.opaque = &trial->cpus[i];
		if (xlat_tlb_create(trial->space, &config, &trial->tlbs[i]))
			return false;
		xlat_tlb_resume(trial->tlbs[i]);
	}
	return true;
}

struct tlb_trial *tlb_trial_create(struct tlb_choices choices)
{
	struct tlb_trial *trial = calloc(1, sizeof(*trial));

	if (!trial)
		return NULL;
	trial->choices = choices;
	if (!make(trial)) {
		(void)tlb_trial_destroy(trial);
		return NULL;
	}
	return trial;
}

const char *tlb_trial_step(struct tlb_trial *trial)
{
	unsigned which = any(trial, TLBS);
	uint32_t what = any(trial, 64);

	if (what < 44)
		do_access(trial, which);
	else if (what < 48)
		do_swap(trial, which);
	else if (what < 50)
		do_probe(trial, which);
	else if (what < 55)
		change_page(trial);
	else if (what < 58)
		program(trial);
	else if (what < 59)
		commit(trial);
	else if (what < 60)
		look_at_log(trial);
	else if (what < 62)
		mark_code(trial, which);
	else
		fence_code(trial, which);
	return trial->wrong;
}

const char *tlb_trial_destroy(struct tlb_trial *trial)
{
	const char *wrong = trial->wrong;

	for (unsigned i = 0; i < TLBS; i++)
		xlat_tlb_destroy(trial->tlbs[i]);
	xlat_dirty_destroy(trial->dirty);
	xlat_space_destroy(trial->space);
	xlat_region_detach(trial->window);
	xlat_region_unref(trial->window);
	xlat_table_iommu_destroy(trial->table);
	xlat_region_unref(trial->device);
	xlat_region_unref(trial->ram);
	xlat_region_unref(trial->root);
	xlat_ram_unref(trial->block);
	xlat_fabric_destroy(trial->fabric);
	free(trial);
	return wrong;
}
