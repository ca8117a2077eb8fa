/* SPDX-License-Identifier: BSD-3-Clause */
#include "scarcity.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
int __real_posix_memalign(void **memory, size_t alignment, size_t size);
/* Meson asks for 64-bit offsets, so that these are the names that the library calls. */
void *__real_mmap64(void *at, size_t length, int protection, int flags, int fd, off_t offset);
int __real_memfd_create(const char *name, unsigned flags);
int __real_ftruncate64(int fd, off_t length);
int __real_eventfd(unsigned value, int flags);
long __real_syscall(long number, long first, long second, long third);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_posix_memalign(void **memory, size_t alignment, size_t size);
void *__wrap_mmap64(void *at, size_t length, int protection, int flags, int fd, off_t offset);
int __wrap_memfd_create(const char *name, unsigned flags);
int __wrap_ftruncate64(int fd, off_t length);
int __wrap_eventfd(unsigned value, int flags);
long __wrap_syscall(long number, long first, long second, long third);

/* All are atomic. */
static uint64_t calls; /* since it began */
static uint64_t only; /* the one that fails; 0: none does */
static uint64_t often; /* one in so many fails; 0: only says which */
static bool failed;

static void begin(uint64_t nth, uint64_t one_in)
{
	__atomic_store_n(&failed, false, __ATOMIC_RELAXED);
	__atomic_store_n(&calls, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&only, nth, __ATOMIC_RELAXED);
	__atomic_store_n(&often, one_in, __ATOMIC_RELAXED);
}

void scarcity_begin(unsigned long nth)
{
	begin(nth, 0);
}

void scarcity_begin_often(unsigned long one_in)
{
	begin(0, one_in);
}

bool scarcity_end(void)
{
	bool result = __atomic_load_n(&failed, __ATOMIC_RELAXED);

	begin(0, 0);
	return result;
}

static uint64_t mix(uint64_t value)
{
	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static bool fails(void)
{
	uint64_t call = __atomic_add_fetch(&calls, 1, __ATOMIC_RELAXED);
	uint64_t one_in = __atomic_load_n(&often, __ATOMIC_RELAXED);

	/* No regular ones, which the same deed would meet each time, or never. */
	if (one_in ? mix(call) % one_in != 0 : call != __atomic_load_n(&only, __ATOMIC_RELAXED))
		return false;
	__atomic_store_n(&failed, true, __ATOMIC_RELAXED);
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

int __wrap_posix_memalign(void **memory, size_t alignment, size_t size)
{
	return fails() ? ENOMEM : __real_posix_memalign(memory, alignment, size);
}

void *__wrap_mmap64(void *at, size_t length, int protection, int flags, int fd, off_t offset)
{
	return fails() ? MAP_FAILED : __real_mmap64(at, length, protection, flags, fd, offset);
}

int __wrap_memfd_create(const char *name, unsigned flags)
{
	return fails() ? -1 : __real_memfd_create(name, flags);
}

int __wrap_ftruncate64(int fd, off_t length)
{
	return fails() ? -1 : __real_ftruncate64(fd, length);
}

int __wrap_eventfd(unsigned value, int flags)
{
	return fails() ? -1 : __real_eventfd(value, flags);
}

/* What the C library has no name for: membarrier. */
long __wrap_syscall(long number, long first, long second, long third)
{
	return fails() ? -1 : __real_syscall(number, first, second, third);
}
