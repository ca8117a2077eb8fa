/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Poison: a file of all-ones. Mapped privately, it is what a revoked pointer finds: loads see what a
 * denied access reads, stores go to pages of nobody's.
 */
#include "memory/fabric.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int fill(int fd, size_t length)
{
	void *bytes;

	if (ftruncate(fd, (off_t)length) < 0)
		return -errno;
	bytes = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	memset(bytes, 0xff, length);
	munmap(bytes, length);
	return 0;
}

int xlat__fabric_poison(struct xlat_fabric *fabric, size_t length)
{
	int error = 0;

	pthread_mutex_lock(&fabric->initiators_lock);
	if (fabric->poison < 0) {
		int fd = memfd_create("xlat-poison", MFD_CLOEXEC);

		error = fd < 0 ? -errno : fill(fd, length);
		if (!error)
			fabric->poison = fd;
		else if (fd >= 0)
			close(fd);
	}
	pthread_mutex_unlock(&fabric->initiators_lock);
	return error;
}
