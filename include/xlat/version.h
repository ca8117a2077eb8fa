/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The version of the library: that of these headers as macros, that of the library in use as a
 * function. Versions follow semantic versioning; while the major version is 0 a minor version may
 * change the interface.
 */
#ifndef XLAT_VERSION_H
#define XLAT_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

#define XLAT_VERSION_MAJOR 0
#define XLAT_VERSION_MINOR 1
#define XLAT_VERSION_PATCH 0

/* The version of the library that the program runs with ("0.1.0"). From any thread; never NULL. */
const char *xlat_version_string(void);

#ifdef __cplusplus
}
#endif
#endif
