/* SPDX-License-Identifier: BSD-3-Clause */
#include "models/sun4u/sun4u.h"

#include <errno.h>

enum {
	ENTRIES = XLAT_SUN4U_IOTLB_ENTRIES,
};

static void invalidate(struct xlat_sun4u *sun4u, const struct xlat_model_invalidation *told)
{
	if (sun4u->host.invalidate)
		sun4u->host.invalidate(sun4u->host_opaque, told);
}

/* --- Diagnostics. */

static bool is_diagnostic(uint64_t offset)
{
	return offset >= SUN4U_QUEUE && offset < SUN4U_DATA + ENTRIES * 8 && offset % 8 == 0;
}

static uint64_t tag_of(const struct xlat__iotlb_entry *entry)
{
	return entry->note | (entry->entry & IOTTE_WRITE ? TAG_W : 0) |
	       (entry->entry & IOTTE_STREAM ? TAG_S : 0) |
	       (entry->entry & IOTTE_SIZE ? TAG_SIZE : 0) | entry->range.first >> SUN4U_PAGE_SHIFT;
}

static uint64_t data_of(const struct xlat_sun4u *sun4u, const struct xlat__iotlb_entry *entry)
{
	return (entry->valid ? DATA_V : 0) | (entry->entry & IOTTE_CACHE ? DATA_C : 0) |
	       (entry->entry & xlat__sun4u_page(sun4u)) >> SUN4U_PAGE_SHIFT;
}

static uint64_t read_diagnostic(struct xlat_sun4u *sun4u, uint64_t offset)
{
	struct xlat__iotlb *iotlb = sun4u->iotlb;
	unsigned index = (offset - SUN4U_QUEUE) / 8 % ENTRIES;
	uint64_t value;

	pthread_mutex_lock(&iotlb->lock);
	if (offset < SUN4U_TAG)
		value = iotlb->order[index];
	else if (offset < SUN4U_DATA)
		value = tag_of(&iotlb->entries[index]);
	else
		value = data_of(sun4u, &iotlb->entries[index]);
	pthread_mutex_unlock(&iotlb->lock);
	return value;
}

static void load_diagnostic(struct xlat_sun4u *sun4u, uint64_t offset, uint64_t value)
{
	struct xlat__iotlb *iotlb = sun4u->iotlb;
	struct xlat__iotlb_entry *entry = &iotlb->entries[(offset - SUN4U_QUEUE) / 8 % ENTRIES];

	pthread_mutex_lock(&iotlb->lock);
	iotlb->changes++;
	if (offset >= SUN4U_DATA) {
		entry->valid = value & DATA_V;
		entry->entry &= ~(IOTTE_VALID | IOTTE_CACHE | xlat__sun4u_page(sun4u));
		entry->entry |= (value & DATA_V ? IOTTE_VALID : 0) |
				(value & DATA_C ? IOTTE_CACHE : 0) |
				((value & DATA_PPN) << SUN4U_PAGE_SHIFT & xlat__sun4u_page(sun4u));
	} else {
		entry->note = value & TAG_ERRORS;
		entry->entry &= ~(IOTTE_WRITE | IOTTE_STREAM | IOTTE_SIZE);
		entry->entry |= (value & TAG_W ? IOTTE_WRITE : 0) |
				(value & TAG_S ? IOTTE_STREAM : 0) |
				(value & TAG_SIZE ? IOTTE_SIZE : 0);
		entry->range =
			xlat__sun4u_range(entry->entry, (value & TAG_VPN) << SUN4U_PAGE_SHIFT);
	}
	pthread_mutex_unlock(&iotlb->lock);
}

static uint64_t compare(struct xlat_sun4u *sun4u)
{
	uint64_t address = __atomic_load_n(&sun4u->vadiag, __ATOMIC_ACQUIRE), matches = 0;
	struct xlat__iotlb *iotlb = sun4u->iotlb;

	pthread_mutex_lock(&iotlb->lock);
	for (unsigned i = 0; i < ENTRIES; i++)
		if (iotlb->entries[i].valid && xlat_range_has(iotlb->entries[i].range, address))
			matches |= UINT64_C(1) << i;
	pthread_mutex_unlock(&iotlb->lock);
	return matches;
}

/* --- Registers. */

static uint64_t *register_at(struct xlat_sun4u *sun4u, uint64_t offset, uint64_t *kept)
{
	switch (offset) {
	case SUN4U_CONTROL:
		*kept = CONTROL_KEPT | CONTROL_ERROR;
		return &sun4u->control;
	case SUN4U_TSBBASE:
		*kept = xlat__sun4u_page(sun4u);
		return &sun4u->tsbbase;
	case SUN4U_VADIAG:
		*kept = VA_PAGE;
		return &sun4u->vadiag;
	default:
		return NULL;
	}
}

uint64_t xlat_sun4u_read(struct xlat_sun4u *sun4u, uint64_t offset, unsigned size)
{
	uint64_t kept, *reg;

	if (size != 8)
		return 0;
	if (is_diagnostic(offset))
		return read_diagnostic(sun4u, offset);
	if (offset == SUN4U_COMPARE)
		return compare(sun4u);
	reg = register_at(sun4u, offset, &kept);
	return reg ? __atomic_load_n(reg, __ATOMIC_ACQUIRE) : 0;
}

/* The entry that alone is replaced, as CONTROL says. */
static void set_lock(struct xlat_sun4u *sun4u, uint64_t control)
{
	xlat__iotlb_replace_only(sun4u->iotlb,
				 control & CONTROL_LCKEN
					 ? (int)((control & CONTROL_LCKPTR) >> CONTROL_LCKPTR_SHIFT)
					 : -1);
}

/* An error can be cleared, not made. */
static void write_control(struct xlat_sun4u *sun4u, uint64_t value)
{
	uint64_t old = __atomic_load_n(&sun4u->control, __ATOMIC_RELAXED);
	uint64_t stays = value & CONTROL_XLTEERR ? CONTROL_ERROR : 0;

	while (!__atomic_compare_exchange_n(&sun4u->control, &old,
					    (value & CONTROL_KEPT) | (old & stays), false,
					    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
	}
	set_lock(sun4u, value);
	/* What the host keeps of another table, or of none, ends; the IOTLB goes on. */
	if ((old ^ value) & (CONTROL_TSBSZ | CONTROL_TBWSZ | CONTROL_ENAB))
		invalidate(sun4u, &(struct xlat_model_invalidation){.by_address = false});
}

/* Where the host may keep pages of 64 KiB, one of these ends as a whole. */
static void flush(struct xlat_sun4u *sun4u, uint64_t address)
{
	struct xlat_range page = xlat__sun4u_range(0, address);

	xlat__iotlb_flush(sun4u->iotlb, page);
	if (__atomic_load_n(&sun4u->large, __ATOMIC_SEQ_CST))
		page = xlat__sun4u_range(IOTTE_SIZE, address);
	invalidate(sun4u, &(struct xlat_model_invalidation){
				  .by_address = true, .first = page.first, .last = page.last});
}

void xlat_sun4u_write(struct xlat_sun4u *sun4u, uint64_t offset, unsigned size, uint64_t value)
{
	uint64_t kept, *reg;

	if (size != 8)
		return;
	if (is_diagnostic(offset)) {
		if (offset < SUN4U_TAG ||
		    !(__atomic_load_n(&sun4u->control, __ATOMIC_ACQUIRE) & CONTROL_DENAB))
			return;
		/*
		 * What is taken out here is to be found nowhere; the host does not know what that
		 * was.
		 */
		load_diagnostic(sun4u, offset, value);
		invalidate(sun4u, &(struct xlat_model_invalidation){.by_address = false});
		return;
	}
	if (offset == SUN4U_FLUSH)
		flush(sun4u, value & VA_PAGE);
	reg = register_at(sun4u, offset, &kept);
	if (reg == &sun4u->control) {
		write_control(sun4u, value);
	} else if (reg) {
		uint64_t old = __atomic_exchange_n(reg, value & kept, __ATOMIC_SEQ_CST);

		/* A store that is made again ends nothing. */
		if (reg == &sun4u->tsbbase && old != (value & kept))
			invalidate(sun4u, &(struct xlat_model_invalidation){.by_address = false});
	}
}

bool xlat_sun4u_write_waits(const struct xlat_sun4u *sun4u, uint64_t offset)
{
	(void)sun4u;
	return offset == SUN4U_CONTROL || offset == SUN4U_TSBBASE || offset == SUN4U_FLUSH ||
	       offset >= SUN4U_TAG;
}

int xlat_sun4u_load(struct xlat_sun4u *sun4u, uint64_t offset, uint64_t value)
{
	uint64_t kept, *reg = register_at(sun4u, offset, &kept);

	if (is_diagnostic(offset) && offset >= SUN4U_TAG) {
		load_diagnostic(sun4u, offset, value);
		return 0;
	}
	if (!reg)
		return -EINVAL;
	__atomic_store_n(reg, value & kept, __ATOMIC_SEQ_CST);
	if (reg == &sun4u->control)
		set_lock(sun4u, value);
	return 0;
}

void xlat_sun4u_reset(struct xlat_sun4u *sun4u)
{
	sun4u->control = sun4u->tsbbase = sun4u->vadiag = 0;
	set_lock(sun4u, 0);
	for (uint64_t offset = SUN4U_TAG; is_diagnostic(offset); offset += 8)
		load_diagnostic(sun4u, offset, 0);
	invalidate(sun4u, &(struct xlat_model_invalidation){.by_address = false});
}
