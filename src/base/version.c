/* SPDX-License-Identifier: BSD-3-Clause */
#include "xlat/version.h"

#define STRING(x) #x
#define DOTTED(major, minor, patch) STRING(major) "." STRING(minor) "." STRING(patch)

const char *xlat_version_string(void)
{
	return DOTTED(XLAT_VERSION_MAJOR, XLAT_VERSION_MINOR, XLAT_VERSION_PATCH);
}
