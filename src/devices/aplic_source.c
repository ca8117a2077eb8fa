/* SPDX-License-Identifier: BSD-3-Clause */
/* AIA 4.7: when a source is pending. */
#include "devices/aplic.h"

static bool is_level(const struct xlat__aplic_source *source)
{
	return source->sm >= SM_LEVEL1;
}

static bool is_direct(const struct xlat_aplic *aplic, const struct xlat__aplic_source *source)
{
	return !(aplic->domains[source->domain].domaincfg & DOMAINCFG_DM);
}

bool xlat__aplic_rectified(const struct xlat__aplic_source *source)
{
	if (source->sm < SM_EDGE1)
		return false;
	return source->input != (source->sm & 1);
}

bool xlat__aplic_is_pending(const struct xlat_aplic *aplic, const struct xlat__aplic_source *source)
{
	return is_level(source) && is_direct(aplic, source) ? xlat__aplic_rectified(source)
							    : source->pending;
}

void xlat__aplic_set_pending(const struct xlat_aplic *aplic, struct xlat__aplic_source *source)
{
	if (source->sm == SM_INACTIVE)
		return;
	if (!is_level(source) || (!is_direct(aplic, source) && xlat__aplic_rectified(source)))
		source->pending = true;
}

void xlat__aplic_clear_pending(const struct xlat_aplic *aplic, struct xlat__aplic_source *source)
{
	if (!is_level(source) || !is_direct(aplic, source))
		source->pending = false;
}

/* 4.5.2: a reserved mode is inactive; what is inactive has nothing set. */
void xlat__aplic_set_mode(struct xlat__aplic_source *source, uint32_t sm)
{
	if (sm == SM_INACTIVE || sm == 2 || sm == 3) {
		source->sm = SM_INACTIVE;
		source->pending = source->enabled = false;
		source->target = 0;
		return;
	}
	source->sm = (uint8_t)sm;
	if (is_level(source))
		source->pending = xlat__aplic_rectified(source);
}

void xlat_aplic_set_source(struct xlat_aplic *aplic, unsigned number, bool level)
{
	struct xlat__aplic_source *source;
	bool was, is;

	if (!number || number > aplic->config.sources)
		return;
	source = &aplic->sources[number];
	pthread_mutex_lock(&aplic->lock);
	was = xlat__aplic_rectified(source);
	source->input = level;
	is = xlat__aplic_rectified(source);
	if (is && !was)
		source->pending = true;
	else if (!is && is_level(source))
		source->pending = false;
	pthread_mutex_unlock(&aplic->lock);
	if (is != was)
		xlat__aplic_settle(aplic);
}
