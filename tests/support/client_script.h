/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A server that says what a script has, whatever it is asked: replies lie in the socket before the
 * client begins. A device with BAR 0 of 4 KiB, BAR 2 of 8 KiB lent in part, MSI-X with 4 vectors, and a
 * vendor's capability.
 */
#ifndef XLAT_TESTS_SUPPORT_CLIENT_SCRIPT_H
#define XLAT_TESTS_SUPPORT_CLIENT_SCRIPT_H

#include "vfio_user/protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SCRIPT_MOST = 32, /* messages */
	SCRIPT_BYTES = 16384,
	SCRIPT_HANDSHAKE =
		29, /* messages of it: version, device, 8 regions, 3 interrupts, 16 of config */
};

struct script {
	uint8_t bytes[SCRIPT_BYTES];
	size_t size;
	size_t at[SCRIPT_MOST]; /* where messages begin */
	unsigned count;
	size_t fd_at; /* the message that has the descriptor, or SIZE_MAX */
	int fd;
};

/* A whole handshake that makes sense; with a sealed memfd. False: there is none. */
bool script_init(struct script *script);
void script_finish(struct script *script);

/* Adds a message of the server's. */
void script_add(struct script *script, struct xlat__vfio_user_header header, const void *payload,
		size_t size);

/*
 * A socket for a client, with all of the script in it and then the end; the other end is *server,
 * where what the client sends can be read. -1: there is none.
 */
int script_play(const struct script *script, int *server);

#endif
