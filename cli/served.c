/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/served.h"
#include "cli/json_write.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct served_kind *const kinds[] = {&served_nvme, &served_dma_engine};

enum {
	KINDS = sizeof(kinds) / sizeof(kinds[0]),
};

const struct served_kind *served_kind_at(unsigned index)
{
	return index < KINDS ? kinds[index] : NULL;
}

const struct served_kind *find_served_kind(const char *name)
{
	for (unsigned i = 0; i < KINDS; i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

/* --- What the operator hears. */

/* A line of JSON for each event, so that programs can follow. */
static void print_line(const struct served *served, struct json_object *object)
{
	add_text(object, "socket", served->options->socket);
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_NOSLASHESCAPE));
	fflush(stdout);
	json_object_put(object);
}

static void take_event(void *opaque, const struct xlat_vfio_user_event *event)
{
	struct served *served = opaque;
	const char *name = xlat_vfio_user_event_name(event->kind);

	served->had_client |= event->kind == XLAT_VFIO_USER_DISCONNECTED;
	if (served->json) {
		struct json_object *object = json_object_new_object();

		add_text(object, "event", name);
		if (event->error)
			add_text(object, "error", strerror(-event->error));
		if (*event->text)
			add_text(object, "text", event->text);
		print_line(served, object);
		return;
	}
	printf("%s %s: %s%s%s%s%s\n", served->options->kind->name, served->options->socket, name,
	       *event->text ? ": " : "", event->text, event->error ? ": " : "",
	       event->error ? strerror(-event->error) : "");
	fflush(stdout);
}

static void take_message(void *opaque, enum xlat_log_level level, const char *message)
{
	const struct served *served = opaque;

	if (level <= XLAT_LOG_WARNING)
		fprintf(stderr, "xlat serve: %s: %s\n", served->options->socket, message);
}

void print_served_usage(const struct served *served)
{
	const struct served_options *options = served->options;

	if (served->json) {
		struct json_object *object = json_object_new_object();

		add_text(object, "event", "listening");
		add_text(object, "device", options->kind->name);
		print_line(served, object);
		return;
	}
	printf("%s: listening at %s. QEMU 10.1 and later attach it by\n"
	       "  -device '{\"driver\":\"vfio-user-pci\",\"socket\":{\"type\":\"unix\","
	       "\"path\":\"%s\"}}'\n"
	       "and quickly with memory that it can share:\n"
	       "  -object memory-backend-memfd,id=ram,size=1G,share=on -machine "
	       "memory-backend=ram -m 1G\n",
	       options->kind->name, options->socket, options->socket);
	fflush(stdout);
}

void print_served_statistics(struct served *served)
{
	struct xlat_vfio_user_statistics counts = xlat_vfio_user_server_statistics(served->server);
	struct json_object *object = json_object_new_object();

	add_text(object, "event", "statistics");
	add_count(object, "clients", counts.clients);
	add_count(object, "messages", counts.messages);
	add_count(object, "errors", counts.errors);
	add_count(object, "region_reads", counts.region_reads);
	add_count(object, "region_writes", counts.region_writes);
	add_count(object, "dma_reads", counts.dma_reads);
	add_count(object, "dma_writes", counts.dma_writes);
	add_count(object, "interrupts", counts.interrupts);
	add_count(object, "maps", counts.maps);
	add_count(object, "mapped_bytes", counts.mapped_bytes);
	add_count(object, "unmaps_waiting", counts.unmaps_waiting);
	if (served->options->kind->add_statistics)
		served->options->kind->add_statistics(served->device, object);
	if (served->json) {
		print_line(served, object);
		return;
	}
	printf("%s %s:\n", served->options->kind->name, served->options->socket);
	json_object_object_foreach(object, key,
				   value) if (json_object_is_type(value, json_type_int))
		printf("  %-16s %20" PRIu64 "\n", key, json_object_get_uint64(value));
	fflush(stdout);
	json_object_put(object);
}

/* --- State: a file that is opened before anything is given up, and written in place. */

#define STATE_MAGIC "xlat served 1\n"

struct state_header {
	char magic[16];
	uint8_t length[8], sum[8]; /* little-endian; FNV-1a of the bytes */
};

static void put_number(uint8_t bytes[8], uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_number(const uint8_t bytes[8])
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static uint64_t sum_of(const uint8_t *bytes, size_t length)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
	return sum;
}

/* All of it, or false and errno. */
static bool transfer(int fd, bool writes, void *bytes, size_t length, off_t offset)
{
	while (length) {
		ssize_t done = writes ? pwrite(fd, bytes, length, offset)
				      : pread(fd, bytes, length, offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done == 0)
			errno = EIO;
		if (done <= 0)
			return false;
		bytes = (uint8_t *)bytes + done;
		length -= (size_t)done;
		offset += done;
	}
	return true;
}

static enum status load_state(struct served *served, uint64_t size, struct trouble *trouble)
{
	const char *path = served->options->state;
	struct state_header header;
	enum status status = STATUS_OK;
	uint64_t length = 0;
	uint8_t *bytes = NULL;
	int error;

	if (size < sizeof(header) ||
	    !transfer(served->state_fd, false, &header, sizeof(header), 0) ||
	    strncmp(header.magic, STATE_MAGIC, sizeof(header.magic)) != 0 ||
	    (length = get_number(header.length)) > size - sizeof(header))
		return complain(trouble, STATUS_FORMAT,
				"%s: expected the state of a device that was served; remove it to "
				"begin anew",
				path);
	bytes = malloc(length ? length : 1);
	if (!bytes || !transfer(served->state_fd, false, bytes, length, sizeof(header))) {
		status = complain(trouble, bytes ? STATUS_UNREADABLE : STATUS_HOST, "%s: %s", path,
				  strerror(bytes ? errno : ENOMEM));
	} else if (sum_of(bytes, length) != get_number(header.sum)) {
		status = complain(trouble, STATUS_CONTENT,
				  "%s: it was not written to its end; remove it to begin anew",
				  path);
	} else {
		error = xlat_vfio_user_server_restore(served->server, bytes, length);
		if (error)
			status = complain(trouble, STATUS_CONTENT,
					  "%s: it is not of such a device: %s", path,
					  strerror(-error));
	}
	free(bytes);
	return status;
}

static enum status open_state(struct served *served, struct trouble *trouble)
{
	const char *path = served->options->state;
	struct stat stat;

	if (!path)
		return STATUS_OK;
	served->state_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (served->state_fd < 0 || fstat(served->state_fd, &stat))
		return complain(trouble, STATUS_UNREADABLE, "%s: %s", path, strerror(errno));
	return stat.st_size ? load_state(served, (uint64_t)stat.st_size, trouble) : STATUS_OK;
}

enum status save_served(struct served *served, struct trouble *trouble)
{
	struct state_header header = {.magic = STATE_MAGIC}, none = {.magic = ""};
	enum status status = STATUS_OK;
	uint8_t *bytes;
	size_t size;

	if (served->state_fd < 0)
		return STATUS_OK;
	size = xlat_vfio_user_server_save(served->server, NULL, 0);
	bytes = malloc(size ? size : 1);
	if (!size || !bytes) {
		free(bytes);
		return complain(trouble, STATUS_HOST, "%s: %s", served->options->state,
				size ? strerror(ENOMEM) : "this device cannot be saved");
	}
	xlat_vfio_user_server_save(served->server, bytes, size);
	put_number(header.length, size);
	put_number(header.sum, sum_of(bytes, size));
	/* Until the last write there is no state in it. */
	if (!transfer(served->state_fd, true, &none, sizeof(none), 0) ||
	    !transfer(served->state_fd, true, bytes, size, sizeof(header)) ||
	    fdatasync(served->state_fd) ||
	    !transfer(served->state_fd, true, &header, sizeof(header), 0) ||
	    fdatasync(served->state_fd))
		status = complain(trouble, STATUS_HOST, "%s: %s", served->options->state,
				  strerror(errno));
	free(bytes);
	return status;
}

/* --- Life. */

enum status init_served(struct served *served, const struct served_options *options, bool json,
			struct trouble *trouble)
{
	const struct xlat_vfio_user_server_config config = {
		.size = sizeof(config),
		.name = options->kind->name,
		.path = options->socket,
		.log = take_message,
		.event = take_event,
		.opaque = served,
		.memory = options->trust_memory ? XLAT_VFIO_USER_MEMORY_TRUSTED
						: XLAT_VFIO_USER_MEMORY_SAFE,
	};
	enum status status;
	int error;

	*served = (struct served){.options = options, .state_fd = -1, .json = json};
	error = xlat_vfio_user_server_create(&config, &served->server);
	if (error)
		return complain(trouble, STATUS_HOST, "%s: %s", options->socket,
				error == -EADDRINUSE ? "somebody listens there already"
						     : strerror(-error));
	status = options->kind->create(served, trouble);
	return status == STATUS_OK ? open_state(served, trouble) : status;
}

void finish_served(struct served *served)
{
	if (served->server)
		xlat_vfio_user_server_withdraw(served->server);
	if (served->device)
		served->options->kind->destroy(served->device);
	xlat_vfio_user_server_destroy(served->server);
	if (served->options && served->state_fd >= 0)
		close(served->state_fd);
}
