/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Logging what the device writes: pages of 4 KiB, reported in pages of any size.
 *
 * Source: vfio-user.rst, "VFIO_DEVICE_FEATURE_DMA_LOGGING_START" to "…_REPORT".
 */
#include "vfio_user/backing.h"
#include "vfio_user/dirty_bitmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct xlat_range everything = {0, UINT64_MAX};

static void stop(struct xlat_vfio_user_server *server)
{
	struct xlat__vfio_user_file *file, *following;

	__atomic_store_n(&server->logging, false, __ATOMIC_RELAXED);
	xlat__list_for_each(file, following, &server->files, struct xlat__vfio_user_file, link)
	{
		xlat_dirty_destroy(file->dirty);
		file->dirty = NULL;
	}
	/* The bits of backings stay, for who writes them now; they are cleared before they count. */
}

void xlat__vfio_user_logging_reset(struct xlat_vfio_user_server *server)
{
	stop(server);
}

static void clear_bits(const struct xlat__vfio_user_backing *backing)
{
	uint64_t pages = ((backing->range.last - backing->range.first) / XLAT_DIRTY_PAGE) + 1;

	for (uint64_t i = 0; backing->dirty && i <= pages / 64; i++)
		__atomic_store_n(&backing->dirty[i], 0, __ATOMIC_RELAXED);
}

static int start(struct xlat_vfio_user_server *server)
{
	struct xlat__vfio_user_file *file, *following;
	struct xlat__interval *node;
	int error = 0;

	xlat__list_for_each(file, following, &server->files, struct xlat__vfio_user_file, link)
	{
		if (!error && file->ram)
			error = xlat_dirty_create(file->ram, &file->dirty);
	}
	for (node = xlat__interval_tree_first(&server->mappings, everything); node && !error;
	     node = xlat__interval_tree_next(node, everything)) {
		struct xlat__vfio_user_mapping *mapping =
			xlat__container_of(node, struct xlat__vfio_user_mapping, node);

		error = xlat__vfio_user_backing_log(mapping->backing);
		clear_bits(mapping->backing);
	}
	if (error)
		stop(server);
	else
		__atomic_store_n(&server->logging, true, __ATOMIC_RELEASE);
	return error;
}

int xlat__vfio_user_logging_start(struct xlat_vfio_user_server *server,
				  struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_feature feature;
	struct xlat__vfio_user_logging_start what;
	const uint8_t *ranges = message->payload + sizeof(feature) + sizeof(what);
	struct iovec pieces[3];
	size_t size;
	int error;

	if (message->size < sizeof(feature) + sizeof(what))
		return -EINVAL;
	memcpy(&feature, message->payload, sizeof(feature));
	memcpy(&what, message->payload + sizeof(feature), sizeof(what));
	size = message->size - sizeof(feature) - sizeof(what);
	if (what.ranges > size / sizeof(struct xlat__vfio_user_logging_range) ||
	    (what.page_size & (what.page_size - 1)) || server->logging)
		return -EINVAL;
	size = what.ranges * sizeof(struct xlat__vfio_user_logging_range);
	for (uint32_t i = 0; i < what.ranges; i++) {
		struct xlat__vfio_user_logging_range range;

		memcpy(&range, ranges + i * sizeof(range), sizeof(range));
		if (!range.length || range.length - 1 > UINT64_MAX - range.iova)
			return -EINVAL;
	}
	error = start(server);
	if (error)
		return error;
	/* Everything is logged, whatever the ranges; what was selected is said. */
	what.page_size = XLAT_DIRTY_PAGE;
	feature.argsz = (uint32_t)(sizeof(feature) + sizeof(what) + size);
	pieces[0] = (struct iovec){&feature, sizeof(feature)};
	pieces[1] = (struct iovec){&what, sizeof(what)};
	pieces[2] = (struct iovec){(void *)(uintptr_t)ranges, size};
	xlat__vfio_user_reply(server, &request, pieces, 3, NULL, 0);
	return 0;
}

int xlat__vfio_user_logging_stop(struct xlat_vfio_user_server *server,
				 struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_feature feature;

	/* What is asked for already is answered from the logs. */
	if (!xlat__list_empty(&server->waits))
		return -EBUSY;
	memcpy(&feature, message->payload, sizeof(feature));
	stop(server);
	feature.argsz = sizeof(feature);
	xlat__vfio_user_reply_bytes(server, &request, &feature, sizeof(feature));
	return 0;
}

struct report {
	struct xlat__vfio_user_wait wait;
	struct xlat__vfio_user_feature feature;
	struct xlat__vfio_user_logging_report what;
	struct xlat__vfio_user_dirty_bitmap bitmap;
};

static void free_report(struct xlat__vfio_user_wait *wait)
{
	struct report *report = xlat__container_of(wait, struct report, wait);

	xlat__vfio_user_dirty_bitmap_finish(&report->bitmap);
	free(report);
}

static bool finish_report(struct xlat__vfio_user_wait *wait)
{
	struct report *report = xlat__container_of(wait, struct report, wait);
	struct iovec pieces[3] = {{&report->feature, sizeof(report->feature)},
				  {&report->what, sizeof(report->what)},
				  {report->bitmap.bits, report->bitmap.size}};

	if (!xlat__vfio_user_dirty_bitmap_ready(&report->bitmap))
		return false;
	xlat__vfio_user_dirty_bitmap_fill(&report->bitmap);
	xlat__vfio_user_reply(wait->server, &wait->request, pieces, 3, NULL, 0);
	return true;
}

static int prepare_report(struct xlat_vfio_user_server *server,
			  const struct xlat__vfio_user_message *message, struct report *report)
{
	struct xlat__vfio_user_logging_report *what = &report->what;
	struct xlat_range range;
	int error;

	if (message->size < sizeof(report->feature) + sizeof(*what) || !server->logging)
		return -EINVAL;
	memcpy(&report->feature, message->payload, sizeof(report->feature));
	memcpy(what, message->payload + sizeof(report->feature), sizeof(*what));
	if (!what->length || what->length - 1 > UINT64_MAX - what->iova)
		return -EINVAL;
	range = (struct xlat_range){what->iova, what->iova + (what->length - 1)};
	error = xlat__vfio_user_dirty_bitmap_init(&report->bitmap, server, range, what->page_size);
	return error ? error : xlat__vfio_user_dirty_bitmap_add(&report->bitmap);
}

int xlat__vfio_user_logging_report(struct xlat_vfio_user_server *server,
				   struct xlat__vfio_user_message *message)
{
	struct report *report = calloc(1, sizeof(*report));
	uint32_t room, needed;
	int error;

	if (!report)
		return -ENOMEM;
	report->wait.server = server;
	report->wait.request = xlat__vfio_user_request_of(message);
	report->wait.finish = finish_report;
	report->wait.free = free_report;
	error = prepare_report(server, message, report);
	if (error) {
		free_report(&report->wait);
		return error;
	}
	room = report->feature.argsz;
	needed = (uint32_t)(sizeof(report->feature) + sizeof(report->what) + report->bitmap.size);
	report->feature.argsz = needed;
	if (room < needed) {
		/* Who has no room is told how much it takes, and loses nothing. */
		struct iovec pieces[2] = {{&report->feature, sizeof(report->feature)},
					  {&report->what, sizeof(report->what)}};

		xlat__vfio_user_reply(server, &report->wait.request, pieces, 2, NULL, 0);
		free_report(&report->wait);
		return 0;
	}
	error = xlat__vfio_user_dirty_bitmap_take(&report->bitmap);
	if (error) {
		free_report(&report->wait);
		return error;
	}
	xlat__vfio_user_wait_begin(&report->wait);
	return 0;
}
