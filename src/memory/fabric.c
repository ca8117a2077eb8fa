/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/fabric.h"

#include "base/config.h"
#include "memory/holder.h"
#include "memory/initiator.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* A listener's callback may look at the topology that its commit has locked. */
static void init_recursive(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(mutex, &attributes);
	pthread_mutexattr_destroy(&attributes);
}

static void init_lists(struct xlat_fabric *fabric)
{
	xlat__list_init(&fabric->spaces);
	xlat__list_init(&fabric->dirty_spaces);
	xlat__list_init(&fabric->dead);
	xlat__list_init(&fabric->notes);
	xlat__list_init(&fabric->initiators);
	xlat__list_init(&fabric->pollers);
	xlat__list_init(&fabric->retiring);
	xlat__list_init(&fabric->holders);
	xlat__list_init(&fabric->flushers);
	xlat__list_init(&fabric->flushes);
}

static void init_locks(struct xlat_fabric *fabric)
{
	init_recursive(&fabric->topology);
	pthread_mutex_init(&fabric->pollers_lock, NULL);
	pthread_mutex_init(&fabric->initiators_lock, NULL);
	pthread_mutex_init(&fabric->post_lock, NULL);
	pthread_mutex_init(&fabric->defer_lock, NULL);
	pthread_mutex_init(&fabric->retire_lock, NULL);
	pthread_mutex_init(&fabric->holders_lock, NULL);
	pthread_cond_init(&fabric->holders_told, NULL);
	pthread_mutex_init(&fabric->flush_lock, NULL);
	pthread_cond_init(&fabric->flush_over, NULL);
	pthread_mutex_init(&fabric->places_lock, NULL);
}

static void finish_locks(struct xlat_fabric *fabric)
{
	pthread_mutex_destroy(&fabric->places_lock);
	pthread_cond_destroy(&fabric->holders_told);
	pthread_mutex_destroy(&fabric->holders_lock);
	pthread_cond_destroy(&fabric->flush_over);
	pthread_mutex_destroy(&fabric->flush_lock);
	pthread_mutex_destroy(&fabric->retire_lock);
	pthread_mutex_destroy(&fabric->defer_lock);
	pthread_mutex_destroy(&fabric->post_lock);
	pthread_mutex_destroy(&fabric->initiators_lock);
	pthread_mutex_destroy(&fabric->pollers_lock);
	pthread_mutex_destroy(&fabric->topology);
}

int xlat_fabric_create(const struct xlat_fabric_config *given, struct xlat_fabric **fabric)
{
	struct xlat_fabric_config config = {.size = sizeof(config)};
	struct xlat_fabric *made;
	int error = given ? xlat__config_copy(&config, sizeof(config), given) : 0;

	if (error)
		return error;
	made = calloc(1, sizeof(*made));
	if (!made)
		return -ENOMEM;
	made->name = strdup(config.name ? config.name : "fabric");
	if (!made->name) {
		free(made);
		return -ENOMEM;
	}
	made->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (made->fd < 0) {
		error = -errno;
		free(made->name);
		free(made);
		return error;
	}
	made->poison = -1;
	made->log = config.log;
	made->clock = config.clock;
	made->overdue = config.overdue;
	made->overdue_after = config.overdue_after;
	made->opaque = config.opaque;
	init_lists(made);
	init_locks(made);
	xlat__fabric_barrier_init(made, config.no_membarrier);
	*fabric = made;
	return 0;
}

static unsigned count(const struct xlat__list *head)
{
	unsigned links = 0;

	for (const struct xlat__list *link = head->next; link != head; link = link->next)
		links++;
	return links;
}

/* Tells of what should have been ended before its fabric. */
static void report_left(const struct xlat_fabric *fabric)
{
	unsigned spaces = count(&fabric->spaces), handles = 0;

	for (const struct xlat__list *link = fabric->initiators.next; link != &fabric->initiators;
	     link = link->next)
		handles += !xlat__container_of(link, const struct xlat__initiator, link)->casual;
	if (spaces || handles)
		xlat__fabric_log(
			fabric, XLAT_LOG_ERROR,
			"destroyed with %u spaces and %u DMA handles still there; end them first",
			spaces, handles);
}

void xlat_fabric_destroy(struct xlat_fabric *fabric)
{
	if (!fabric)
		return;
	while (xlat_fabric_process(fabric))
		;
	report_left(fabric);
	xlat__fabric_finish(fabric);
	finish_locks(fabric);
	if (fabric->poison >= 0)
		close(fabric->poison);
	close(fabric->fd);
	free(fabric->name);
	free(fabric);
}

void xlat__fabric_lock(struct xlat_fabric *fabric)
{
	pthread_mutex_lock(&fabric->topology);
}

void xlat__fabric_unlock(struct xlat_fabric *fabric)
{
	pthread_mutex_unlock(&fabric->topology);
}

void xlat_fabric_begin(struct xlat_fabric *fabric)
{
	xlat__fabric_lock(fabric);
	fabric->depth++;
}

int xlat_fabric_commit(struct xlat_fabric *fabric)
{
	bool outermost;
	int error = 0;

	xlat__fabric_lock(fabric);
	if (fabric->depth == 0) {
		xlat__fabric_unlock(fabric);
		return xlat__fabric_refuse(fabric,
					   "xlat_fabric_commit() without a begin before it");
	}
	xlat__fabric_unlock(fabric);
	outermost = fabric->depth == 1;
	if (outermost)
		error = xlat__fabric_publish(fabric);
	fabric->depth--;
	xlat__fabric_unlock(fabric);
	/* What was replaced is freed by whoever replaces, so that a program that never processes works. */
	if (outermost)
		xlat__fabric_reap(fabric, false);
	return error;
}

int xlat_fabric_fd(const struct xlat_fabric *fabric)
{
	return fabric->fd;
}

uint64_t xlat_fabric_now(const struct xlat_fabric *fabric)
{
	struct timespec now;

	if (fabric->clock)
		return fabric->clock(fabric->opaque);
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t xlat_fabric_due(struct xlat_fabric *fabric)
{
	struct xlat__poller *poller, *following;
	uint64_t due = UINT64_MAX;

	pthread_mutex_lock(&fabric->pollers_lock);
	xlat__list_for_each(poller, following, &fabric->pollers, struct xlat__poller, link)
	{
		if (poller->due < due)
			due = poller->due;
		if (poller->overdue < due)
			due = poller->overdue;
	}
	pthread_mutex_unlock(&fabric->pollers_lock);
	return due;
}

void xlat__fabric_kick(struct xlat_fabric *fabric)
{
	uint64_t one = 1;

	/* It fails only when it is as readable as can be. */
	if (write(fabric->fd, &one, sizeof(one)) < 0)
		return;
}

unsigned xlat_fabric_process(struct xlat_fabric *fabric)
{
	uint64_t kicks;
	unsigned ran;

	/* Before the work, so that a kick meanwhile is not lost. */
	if (read(fabric->fd, &kicks, sizeof(kicks)) < 0)
		kicks = 0;
	ran = xlat__fabric_poll(fabric);
	/* Those that no fence waits for hold up what is retired. */
	xlat__holders_tell(fabric);
	return ran + xlat__fabric_reap(fabric, true);
}

static void log_message(const struct xlat_fabric *fabric, enum xlat_log_level level,
			const char *format, va_list arguments)
{
	char message[512];
	int length;

	if (!fabric->log)
		return;
	length = snprintf(message, sizeof(message), "%s: ", fabric->name);
	if (length < 0 || (size_t)length >= sizeof(message))
		length = 0;
	vsnprintf(message + length, sizeof(message) - (size_t)length, format, arguments);
	fabric->log(fabric->opaque, level, message);
}

void xlat__fabric_log(const struct xlat_fabric *fabric, enum xlat_log_level level,
		      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_message(fabric, level, format, arguments);
	va_end(arguments);
}

int xlat__fabric_refuse(const struct xlat_fabric *fabric, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_message(fabric, XLAT_LOG_ERROR, format, arguments);
	va_end(arguments);
	return -EINVAL;
}
