/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device of `xlat serve`: a kind of device, its server, and what the operator hears of it.
 */
#ifndef XLAT_CLI_SERVED_H
#define XLAT_CLI_SERVED_H

#include "cli/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xlat/implement/vfio_user_device.h>
#include <xlat/vfio_user_server.h>

struct json_object;

enum {
	SERVED_NAMESPACES = 64,
};

struct served_namespace {
	const char *path; /* NULL: memory */
	uint64_t size; /* bytes; 0: the file's */
};

struct served_options {
	const struct served_kind *kind;
	const char *socket, *state;
	bool trust_memory;
	/* nvme */
	struct served_namespace namespaces[SERVED_NAMESPACES];
	unsigned namespace_count;
	bool read_only;
	const char *serial;
	unsigned queues;
	/* dma-engine */
	unsigned channels;
};

struct served {
	const struct served_options *options;
	struct xlat_vfio_user_server *server;
	void *device; /* the kind's */
	int state_fd; /* -1: none */
	bool json;
	bool had_client;
};

/* Adding a kind is its file and a line in served.c. */
struct served_kind {
	const char *name, *summary;
	/* Makes a device with the fabric of the server, and shows it. */
	enum status (*create)(struct served *served, struct trouble *trouble);
	void (*destroy)(void *device);
	int (*fd)(void *device); /* readable when there is something to process; or NULL */
	void (*add_statistics)(void *device, struct json_object *object);
};

extern const struct served_kind served_nvme, served_dma_engine;

const struct served_kind *find_served_kind(const char *name); /* NULL when there is none */
const struct served_kind *served_kind_at(unsigned index); /* NULL past the last */

/* Makes device and server and restores their state. finish_served() also after a failure. */
enum status init_served(struct served *served, const struct served_options *options, bool json,
			struct trouble *trouble);
enum status save_served(struct served *served,
			struct trouble *trouble); /* if it has a file for it */
void finish_served(struct served *served);

/* How a VMM attaches it. */
void print_served_usage(const struct served *served);

void print_served_statistics(struct served *served);

#endif
