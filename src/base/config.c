/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/config.h"

#include <errno.h>
#include <string.h>

static int is_zero(const unsigned char *bytes, size_t count)
{
	while (count--) {
		if (*bytes++)
			return 0;
	}
	return 1;
}

int xlat__config_copy(void *config, size_t size, const void *given)
{
	size_t given_size;

	memcpy(&given_size, given, sizeof(given_size));
	if (given_size < sizeof(given_size))
		return -EINVAL;
	if (given_size > size && !is_zero((const unsigned char *)given + size, given_size - size))
		return -E2BIG;
	memset(config, 0, size);
	memcpy(config, given, given_size < size ? given_size : size);
	memcpy(config, &size, sizeof(size));
	return 0;
}
