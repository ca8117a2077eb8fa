/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model, from inside. A table is immutable but for what lies in RAM; who translates takes the
 * pointer once, and what was replaced is freed when its watch has retired.
 */
#ifndef XLAT_MODELS_COHERENT_COHERENT_H
#define XLAT_MODELS_COHERENT_COHERENT_H

#include <xlat/coherent.h>

#include "models/binding.h"

struct xlat_watch;

struct xlat__coherent_table {
	struct xlat_coherent *coherent; /* referenced */
	struct xlat_coherent_table is; /* ram is referenced by the watch */
	const uint64_t *words; /* in RAM */
	struct xlat_watch *watch;
};

struct xlat_coherent {
	struct xlat__binding binding; /* first: it is what the binding frees */
	struct xlat_model_host host;
	struct xlat_coherent_config config;
	struct xlat__coherent_table *table; /* atomic; NULL: none */
};

#endif
