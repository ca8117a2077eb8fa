/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Taking a configuration struct from a caller who may know an older or a newer form of it; the
 * rules are in xlat/config.h.
 */
#ifndef XLAT_BASE_CONFIG_H
#define XLAT_BASE_CONFIG_H

#include <stddef.h>

/*
 * Copies the struct at given, which begins with its size, to config of size bytes: what the caller
 * does not know of becomes zero, and config's own size is filled in. Fails with -EINVAL (a size
 * that cannot hold even itself) or -E2BIG (given is larger, and not zero in what we do not know).
 */
int xlat__config_copy(void *config, size_t size, const void *given);

#endif
