/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/store.h"

#include <xlat/dirty.h>

bool xlat__store_cacheable(const struct xlat_ram *ram, uint64_t offset, uint64_t *below,
			   uint64_t *above)
{
	const struct xlat__watch_set *watches = __atomic_load_n(&ram->watches, __ATOMIC_ACQUIRE);
	uint64_t in_page = offset % XLAT_DIRTY_PAGE;

	if (!watches && !__atomic_load_n(&ram->dirty, __ATOMIC_ACQUIRE) &&
	    !__atomic_load_n(&ram->code, __ATOMIC_ACQUIRE))
		return true;
	if (watches && xlat__watch_covers(watches, offset - in_page, XLAT_DIRTY_PAGE))
		return false;
	if (*below > in_page)
		*below = in_page;
	if (*above > XLAT_DIRTY_PAGE - 1 - in_page)
		*above = XLAT_DIRTY_PAGE - 1 - in_page;
	return true;
}
