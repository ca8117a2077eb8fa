/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * How configuration is passed: a struct that begins with its own size, zero meaning the default for
 * every other field, so that adding an option touches no caller and an old program runs with a new
 * library. A struct that is larger than the library knows and not zero in the unknown tail is
 * refused with -E2BIG; one that is smaller is completed with zeros; a size of zero is refused with
 * -EINVAL.
 */
#ifndef XLAT_CONFIG_H
#define XLAT_CONFIG_H

#include <stddef.h>

/*
 * C only: XLAT_CONFIG(xlat_ram_config, .length = 4096) is a pointer to such a struct, size filled
 * in. It wants at least one field; for all defaults, functions that allow it take NULL.
 */
#define XLAT_CONFIG(type, ...) (&(struct type){.size = sizeof(struct type), __VA_ARGS__})

/* Results that must not be ignored. */
#if defined(__GNUC__) || defined(__clang__)
#define XLAT_MUST_CHECK __attribute__((warn_unused_result))
#else
#define XLAT_MUST_CHECK
#endif

/* For the inlines: always inlined, never emitted. */
#define XLAT_FORCE_INLINE                                                                          \
	extern inline __attribute__((__gnu_inline__, __always_inline__, __artificial__))

#endif
