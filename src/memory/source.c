/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/source.h"

#include "memory/fabric.h"

void xlat__source_init(struct xlat__source *source, struct xlat_fabric *fabric)
{
	source->fabric = fabric;
	pthread_mutex_init(&source->lock, NULL);
	xlat__list_init(&source->attachments);
	source->posted = 0;
}

void xlat__source_finish(struct xlat__source *source)
{
	pthread_mutex_destroy(&source->lock);
}

uint64_t xlat__source_post(struct xlat__source *source, struct xlat_range range,
			   const struct xlat__tags *tags)
{
	(void)range;
	(void)tags;
	source->posted = xlat__fabric_advance(source->fabric);
	return source->posted;
}
