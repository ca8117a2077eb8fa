/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is answered later: unmaps and resets that wait for the device to let go, bitmaps that wait for
 * stores to end, a device that stops. Other messages are served meanwhile.
 */
#include "vfio_user/server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* The fence is over: by who found it so. */
static void fence_over(void *opaque)
{
	struct xlat__vfio_user_wait *wait = opaque;

	__atomic_store_n(&wait->fence_over, true, __ATOMIC_RELEASE);
}

static bool is_over(struct xlat__vfio_user_wait *wait)
{
	if (wait->fenced && !__atomic_load_n(&wait->fence_over, __ATOMIC_ACQUIRE))
		return false;
	return wait->finish(wait);
}

void xlat__vfio_user_wait_begin(struct xlat__vfio_user_wait *wait)
{
	struct xlat_vfio_user_server *server = wait->server;

	wait->began = wait->told = xlat_fabric_now(server->fabric);
	if (is_over(wait))
		wait->free(wait);
	else
		xlat__list_insert(&server->waits, &wait->link);
}

void xlat__vfio_user_wait_fence(struct xlat__vfio_user_wait *wait, struct xlat_range range)
{
	struct xlat_vfio_user_server *server = wait->server;
	struct xlat_fence_config config = {
		.size = sizeof(config),
		.done = fence_over,
		.opaque = wait,
		.range = range,
	};

	if (server->function) {
		int over = xlat_fence_start_space(
			&wait->fence, xlat_pci_function_space(server->function), &config);

		wait->fenced = true;
		wait->fence_over = over != 0;
	}
	xlat__vfio_user_wait_begin(wait);
}

/* Who holds a wait up, in words. */
struct culprits {
	char text[300];
	size_t length;
};

static int name_culprit(void *opaque, const struct xlat_blocker *blocker)
{
	static const char *const kinds[] = {
		[XLAT_BLOCKER_COPY] = "a copy of",
		[XLAT_BLOCKER_WALK] = "an access of",
		[XLAT_BLOCKER_HANDLER] = "a handler called by",
		[XLAT_BLOCKER_DEFERRED] = "a deferred access of",
		[XLAT_BLOCKER_MAP] = "a map of",
		[XLAT_BLOCKER_ACCESS] = "an access without a handle",
		[XLAT_BLOCKER_HOLDER] = "the holder",
	};
	struct culprits *culprits = opaque;
	int added;

	added = snprintf(culprits->text + culprits->length,
			 sizeof(culprits->text) - culprits->length, "%s%s %s (0x%llx-0x%llx)",
			 culprits->length ? ", " : "", kinds[blocker->kind], blocker->name,
			 (unsigned long long)blocker->range.first,
			 (unsigned long long)blocker->range.last);
	if (added < 0 || (size_t)added >= sizeof(culprits->text) - culprits->length)
		return 1;
	culprits->length += (size_t)added;
	return 0;
}

/* Tells of a wait that takes long; true when it is given up. */
static bool watch_over(struct xlat__vfio_user_wait *wait, uint64_t now)
{
	struct xlat_vfio_user_server *server = wait->server;
	bool gives_up = now - wait->began >= server->config.give_up_after;
	struct culprits culprits = {.text = ""};

	if (!wait->fenced || (!gives_up && now - wait->told < server->config.overdue_after))
		return false;
	wait->told = now;
	(void)xlat_fence_for_each_blocker(&wait->fence, name_culprit, &culprits);
	xlat__vfio_user_tell(server, gives_up ? XLAT_VFIO_USER_GAVE_UP : XLAT_VFIO_USER_OVERDUE,
			     gives_up ? -EBUSY : 0, "message %u waits for %s", wait->request.id,
			     culprits.length ? culprits.text : "nobody that is known");
	xlat__vfio_user_log(server, XLAT_LOG_WARNING, "message %u waits for %s", wait->request.id,
			    culprits.length ? culprits.text : "nobody that is known");
	return gives_up;
}

static void drop(struct xlat__vfio_user_wait *wait)
{
	xlat__list_remove(&wait->link);
	if (wait->fenced)
		xlat_fence_cancel(&wait->fence);
	wait->free(wait);
}

void xlat__vfio_user_waits_process(struct xlat_vfio_user_server *server)
{
	struct xlat__vfio_user_wait *wait, *following;
	uint64_t now;

	if (xlat__list_empty(&server->waits))
		return;
	now = xlat_fabric_now(server->fabric);
	xlat__list_for_each(wait, following, &server->waits, struct xlat__vfio_user_wait, link)
	{
		if (wait->fenced && !wait->fence_over)
			(void)xlat_fence_poll(&wait->fence);
		if (is_over(wait)) {
			drop(wait);
		} else if (watch_over(wait, now)) {
			xlat__vfio_user_reply_error(server, &wait->request, -EBUSY);
			drop(wait);
		}
	}
}

uint64_t xlat__vfio_user_waits_due(struct xlat_vfio_user_server *server)
{
	struct xlat__vfio_user_wait *wait, *following;
	uint64_t due = UINT64_MAX;

	xlat__list_for_each(wait, following, &server->waits, struct xlat__vfio_user_wait, link)
	{
		uint64_t told = wait->told + server->config.overdue_after;
		uint64_t gives_up = wait->began + server->config.give_up_after;

		if (told < due)
			due = told;
		if (gives_up < due)
			due = gives_up;
	}
	return due;
}

void xlat__vfio_user_waits_cancel(struct xlat_vfio_user_server *server)
{
	struct xlat__vfio_user_wait *wait, *following;

	xlat__list_for_each(wait, following, &server->waits, struct xlat__vfio_user_wait, link)
		drop(wait);
}
