/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/gdb_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum status init_gdb_port(struct gdb_port *port, struct xlat_machine *machine, unsigned number,
			  struct trouble *trouble)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons((uint16_t)number),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int again = 1;

	*port = (struct gdb_port){.machine = machine, .connection = -1};
	port->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (port->listener >= 0)
		setsockopt(port->listener, SOL_SOCKET, SO_REUSEADDR, &again, sizeof(again));
	if (port->listener < 0 ||
	    bind(port->listener, (const struct sockaddr *)&address, sizeof(address)) ||
	    listen(port->listener, 1))
		return complain(trouble, STATUS_HOST,
				"--gdb: cannot listen on port %u of 127.0.0.1: %s", number,
				strerror(errno));
	return STATUS_OK;
}

static void hang_up(struct gdb_port *port)
{
	xlat_gdb_destroy(port->gdb);
	port->gdb = NULL;
	if (port->connection >= 0)
		close(port->connection);
	port->connection = -1;
}

void finish_gdb_port(struct gdb_port *port)
{
	hang_up(port);
	if (port->listener >= 0)
		close(port->listener);
	port->listener = -1;
}

/* The protocol has one packet under way at a time, which a socket's buffer has room for. */
static void send_bytes(void *opaque, const uint8_t *bytes, size_t count)
{
	struct gdb_port *port = opaque;

	while (count && port->connection >= 0) {
		ssize_t sent = send(port->connection, bytes, count, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			return; /* the next read finds the connection at its end */
		if (sent > 0) {
			bytes += sent;
			count -= (size_t)sent;
		}
	}
}

static void take_connection(struct gdb_port *port)
{
	port->connection = accept4(port->listener, NULL, NULL, SOCK_CLOEXEC);
	if (port->connection < 0)
		return;
	if (xlat_gdb_create(XLAT_CONFIG(xlat_gdb_config, .machine = port->machine,
					.send = send_bytes, .opaque = port),
			    &port->gdb))
		hang_up(port);
}

static void take_bytes(struct gdb_port *port)
{
	uint8_t bytes[4096];
	ssize_t count = read(port->connection, bytes, sizeof(bytes));

	if (count < 0 && errno == EINTR)
		return;
	if (count > 0)
		xlat_gdb_receive(port->gdb, bytes, (size_t)count);
	port->killed |= xlat_gdb_killed(port->gdb);
	if (count <= 0 || port->killed || xlat_gdb_detached(port->gdb))
		hang_up(port);
}

bool gdb_port_runs(const struct gdb_port *port)
{
	return !port->killed && (!port->gdb || xlat_gdb_running(port->gdb));
}

void serve_gdb_port(struct gdb_port *port, int milliseconds)
{
	struct pollfd input = {.fd = port->gdb ? port->connection : port->listener,
			       .events = POLLIN};

	if (port->killed || poll(&input, 1, gdb_port_runs(port) ? 0 : milliseconds) <= 0)
		return;
	if (port->gdb)
		take_bytes(port);
	else
		take_connection(port);
}
