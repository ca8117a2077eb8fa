/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A blocker: what holds a fence up, for who watches over that nothing does for ever. See
 * xlat_fence_for_each_blocker(), and the fabric's overdue.
 */
#ifndef XLAT_BLOCKER_H
#define XLAT_BLOCKER_H

#include <xlat/range.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum xlat_blocker_kind {
	XLAT_BLOCKER_COPY, /* a copy of a handle's in progress; its range is not known */
	XLAT_BLOCKER_WALK, /* a handle that translates, or copies what it has not cached */
	XLAT_BLOCKER_HANDLER, /* a device's handler that a handle's access is inside of */
	XLAT_BLOCKER_DEFERRED, /* an access that a device has deferred, or whose owner has not
				* processed the answer */
	XLAT_BLOCKER_MAP, /* a map that has not been unmapped */
	XLAT_BLOCKER_ACCESS, /* an access without a handle; nothing more is known of it */
	XLAT_BLOCKER_HOLDER, /* an external holder that has not settled: implement/holder.h */
};

struct xlat_blocker {
	enum xlat_blocker_kind kind;
	struct xlat_range range; /* of the handle's IOVA; of a holder: what it owes */
	uint64_t age; /* nanoseconds for which the fence has been pending, by the fabric's clock */
	char name[40]; /* of the handle or holder, cut to fit; "" when it has none */
	char region[40]; /* that is accessed or mapped; "" when it is not known */
};

#ifdef __cplusplus
}
#endif
#endif
