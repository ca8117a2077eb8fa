/* SPDX-License-Identifier: BSD-3-Clause */
/* xlat serve: devices for virtual machines in other processes, by vfio-user. */
#include "cli/command.h"
#include "cli/number.h"
#include "cli/sandbox.h"
#include "cli/served.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	DEVICES = 64,
	NANOSECONDS_PER_MILLISECOND = 1000000,
	LONGEST_WAIT = 60000, /* milliseconds */
};

static const char doc[] =
	"Serves PCI devices to virtual machines in other processes, by the vfio-user protocol. "
	"Options belong to the device before them. It says how a VMM attaches each, tells of "
	"clients that come and go, prints statistics on SIGUSR1, and ends on SIGTERM or SIGINT.\v"
	"A client may do anything: it is served or hung up on. Memory that it lends is mapped only "
	"if it cannot be truncated (a sealed memfd, as QEMU's memory-backend-memfd is); other "
	"memory is read and written through its descriptor.\n"
	"\n"
	"Examples:\n"
	"  xlat serve nvme --socket /run/disk.sock --drive disk.img\n"
	"  xlat serve nvme --socket a.sock --drive a.img --size 10G --namespace memory --size 1G\n"
	"  xlat serve --sandbox nvme --socket a.sock --drive a.img dma-engine --socket b.sock";

enum serve_option {
	OPTION_SOCKET = 256,
	OPTION_DRIVE,
	OPTION_NAMESPACE,
	OPTION_SIZE,
	OPTION_READ_ONLY,
	OPTION_SERIAL,
	OPTION_QUEUES,
	OPTION_CHANNELS,
	OPTION_STATE,
	OPTION_TRUST_MEMORY,
	OPTION_SANDBOX,
	OPTION_USER,
	OPTION_JSON,
	OPTION_ONCE,
	OPTION_SPIN,
};

static const struct argp_option options[] = {
	{NULL, 0, NULL, 0, "Of every device:", 1},
	{"socket", OPTION_SOCKET, "PATH", 0, "Where it listens", 1},
	{"state", OPTION_STATE, "FILE", 0,
	 "Its state is taken from that file if there is one in it, and kept there at the end", 1},
	{"trust-memory", OPTION_TRUST_MEMORY, NULL, 0,
	 "Maps all memory that its client lends; one that truncates it then ends this process", 1},
	{NULL, 0, NULL, 0, "Of nvme:", 2},
	{"drive", OPTION_DRIVE, "FILE", 0, "A namespace in a file, raw, or a block device", 2},
	{"namespace", OPTION_NAMESPACE, "FILE|memory", 0, "A further one, or one in memory", 2},
	{"size", OPTION_SIZE, "SIZE", 0,
	 "How long the namespace before is, with K, M, G or T; its file is made or extended", 2},
	{"read-only", OPTION_READ_ONLY, NULL, 0, "Its namespaces are not written", 2},
	{"serial", OPTION_SERIAL, "TEXT", 0, "Its serial number", 2},
	{"queues", OPTION_QUEUES, "N", 0, "How many I/O queues it has; 16", 2},
	{NULL, 0, NULL, 0, "Of dma-engine:", 3},
	{"channels", OPTION_CHANNELS, "N", 0, "How many it has, 1 to 32; 4", 3},
	{NULL, 0, NULL, 0, "Of all:", 4},
	{"sandbox", OPTION_SANDBOX, NULL, 0,
	 "Gives up files, most system calls and root once all devices listen", 4},
	{"user", OPTION_USER, "NAME", 0, "Whom root becomes in the sandbox; nobody", 4},
	{"once", OPTION_ONCE, NULL, 0, "Ends when a client has gone", 4},
	{"spin", OPTION_SPIN, "MICROSECONDS", 0,
	 "Looks for that long for the next message before it sleeps: quicker, at the price of a "
	 "processor",
	 4},
	{"json", OPTION_JSON, NULL, 0, "Events and statistics as lines of JSON", 4},
	{0},
};

/* The command line. */
struct arguments {
	struct served_options devices[DEVICES];
	unsigned count;
	bool json, sandbox, once;
	const char *user;
	uint64_t spin; /* nanoseconds */
};

/* The device that options are of now. */
static struct served_options *latest(struct arguments *arguments, struct argp_state *state)
{
	if (!arguments->count)
		argp_error(state, "expected a device before its options: nvme or dma-engine");
	return &arguments->devices[arguments->count - 1];
}

static void begin_device(struct arguments *arguments, const char *name, struct argp_state *state)
{
	const struct served_kind *kind = find_served_kind(name);

	if (!kind)
		argp_error(state, "there is no device \"%s\"; expected nvme or dma-engine", name);
	if (arguments->count == DEVICES)
		argp_error(state, "expected at most %d devices", DEVICES);
	arguments->devices[arguments->count++].kind = kind;
}

static void add_namespace(struct served_options *device, const char *text, struct argp_state *state)
{
	if (device->namespace_count == SERVED_NAMESPACES)
		argp_error(state, "expected at most %d namespaces", SERVED_NAMESPACES);
	device->namespaces[device->namespace_count++].path = strcmp(text, "memory") == 0 ? NULL
											 : text;
}

/* "10G" */
static uint64_t parse_size(const char *text, struct argp_state *state)
{
	static const char units[] = "KMGT";
	size_t length = strlen(text);
	const char *unit = length ? strchr(units, text[length - 1]) : NULL;
	char number[32];
	unsigned shift = 0;
	uint64_t value = 0;

	if (unit && *unit) {
		shift = 10 * (unsigned)(unit - units + 1);
		length--;
	}
	snprintf(number, sizeof(number), "%.*s", (int)length, text);
	if (length >= sizeof(number) || !parse_number(number, &value) || !value ||
	    value > (uint64_t)INT64_MAX >> shift)
		argp_error(state,
			   "--size: expected a number of bytes, or of K, M, G or T; got "
			   "\"%s\"",
			   text);
	return value << shift;
}

static uint64_t parse_count(const char *text, uint64_t most, const char *option,
			    struct argp_state *state)
{
	uint64_t number;

	if (!parse_number(text, &number) || number < 1 || number > most)
		argp_error(state, "--%s: expected a number from 1 to %" PRIu64 "; got \"%s\"",
			   option, most, text);
	return number;
}

static void check(struct arguments *arguments, struct argp_state *state)
{
	if (!arguments->count)
		argp_error(state, "expected a device: nvme or dma-engine");
	for (unsigned i = 0; i < arguments->count; i++) {
		const struct served_options *device = &arguments->devices[i];

		if (!device->socket)
			argp_error(state, "expected --socket PATH of each device");
		if (device->kind == &served_nvme && !device->namespace_count)
			argp_error(state, "expected --drive FILE of each nvme");
		if (device->kind != &served_nvme && (device->namespace_count || device->serial ||
						     device->queues || device->read_only))
			argp_error(state, "a %s has no drive, namespace, serial number or queues",
				   device->kind->name);
		for (unsigned j = 0; j < device->namespace_count; j++)
			if (!device->namespaces[j].path && !device->namespaces[j].size)
				argp_error(state, "expected --size of a namespace in memory");
	}
	if (arguments->user && !arguments->sandbox)
		argp_error(state, "--user is for the sandbox: expected --sandbox");
}

static error_t parse_device_option(int key, char *text, struct arguments *arguments,
				   struct argp_state *state)
{
	struct served_options *device = latest(arguments, state);

	switch (key) {
	case OPTION_SOCKET:
		device->socket = text;
		return 0;
	case OPTION_STATE:
		device->state = text;
		return 0;
	case OPTION_TRUST_MEMORY:
		device->trust_memory = true;
		return 0;
	case OPTION_DRIVE:
	case OPTION_NAMESPACE:
		add_namespace(device, text, state);
		return 0;
	case OPTION_SIZE:
		if (!device->namespace_count)
			argp_error(state, "expected --drive or --namespace before --size");
		device->namespaces[device->namespace_count - 1].size = parse_size(text, state);
		return 0;
	case OPTION_READ_ONLY:
		device->read_only = true;
		return 0;
	case OPTION_SERIAL:
		device->serial = text;
		return 0;
	case OPTION_QUEUES:
		device->queues = (unsigned)parse_count(text, 1024, "queues", state);
		return 0;
	case OPTION_CHANNELS:
		device->channels = (unsigned)parse_count(text, 32, "channels", state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_SANDBOX:
		arguments->sandbox = true;
		return 0;
	case OPTION_USER:
		arguments->user = text;
		return 0;
	case OPTION_JSON:
		arguments->json = true;
		return 0;
	case OPTION_ONCE:
		arguments->once = true;
		return 0;
	case OPTION_SPIN:
		arguments->spin = parse_count(text, 1000000, "spin", state) * 1000;
		return 0;
	case ARGP_KEY_ARG:
		begin_device(arguments, text, state);
		return 0;
	case ARGP_KEY_END:
		check(arguments, state);
		return 0;
	default:
		return key >= OPTION_SOCKET && key <= OPTION_TRUST_MEMORY
			       ? parse_device_option(key, text, arguments, state)
			       : ARGP_ERR_UNKNOWN;
	}
}

/* --- The loop. */

struct loop {
	const struct arguments *arguments;
	struct served served[DEVICES];
	unsigned count; /* that were begun */
	int signals; /* a signalfd; -1: none */
};

static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int milliseconds_until_due(struct loop *loop)
{
	uint64_t least = LONGEST_WAIT;

	for (unsigned i = 0; i < loop->count; i++) {
		struct xlat_vfio_user_server *server = loop->served[i].server;
		uint64_t due = xlat_vfio_user_server_due(server);
		uint64_t now = xlat_fabric_now(xlat_vfio_user_server_fabric(server));
		uint64_t wait = due == UINT64_MAX ? LONGEST_WAIT
				: due > now	  ? (due - now) / NANOSECONDS_PER_MILLISECOND + 1
						  : 0;

		if (wait < least)
			least = wait;
	}
	return (int)least;
}

/* Whether to go on. */
static bool take_signals(struct loop *loop)
{
	struct signalfd_siginfo signal;

	while (read(loop->signals, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo != SIGUSR1)
			return false;
		for (unsigned i = 0; i < loop->count; i++)
			print_served_statistics(&loop->served[i]);
	}
	return true;
}

static bool is_done(const struct loop *loop)
{
	for (unsigned i = 0; i < loop->count; i++)
		if (loop->served[i].had_client)
			return loop->arguments->once;
	return false;
}

static void serve_all(struct loop *loop)
{
	struct pollfd wanted[1 + 2 * DEVICES] = {{.fd = loop->signals, .events = POLLIN}};
	unsigned count = 1;

	for (unsigned i = 0; i < loop->count; i++) {
		struct served *served = &loop->served[i];
		const struct served_kind *kind = served->options->kind;

		wanted[count++] = (struct pollfd){.fd = xlat_vfio_user_server_fd(served->server),
						  .events = POLLIN};
		if (kind->fd)
			wanted[count++] =
				(struct pollfd){.fd = kind->fd(served->device), .events = POLLIN};
	}
	while (!is_done(loop) && take_signals(loop)) {
		if (poll(wanted, count, milliseconds_until_due(loop)) < 0 && errno != EINTR)
			return;
		for (unsigned i = 0; i < loop->count; i++)
			xlat_vfio_user_server_spin(loop->served[i].server, loop->arguments->spin);
	}
}

static enum status init_loop(struct loop *loop, struct trouble *trouble)
{
	const struct arguments *arguments = loop->arguments;
	enum status status = STATUS_OK;

	loop->signals = open_signals();
	if (loop->signals < 0)
		return complain(trouble, STATUS_HOST, "signals: %s", strerror(errno));
	for (unsigned i = 0; i < arguments->count && status == STATUS_OK; i++) {
		loop->count = i + 1;
		status = init_served(&loop->served[i], &arguments->devices[i], arguments->json,
				     trouble);
	}
	if (status == STATUS_OK && arguments->sandbox)
		status = enter_sandbox(arguments->user, trouble);
	return status;
}

int run_serve(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "DEVICE OPTIONS [DEVICE OPTIONS]...",
		.doc = doc,
	};
	struct arguments *arguments = calloc(1, sizeof(*arguments));
	struct loop *loop = calloc(1, sizeof(*loop));
	struct trouble trouble = {0};
	enum status status;

	if (!arguments || !loop) {
		free(arguments);
		free(loop);
		complain(&trouble, STATUS_HOST, "%s", strerror(ENOMEM));
		return (int)report("serve", &trouble);
	}
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, arguments);
	loop->arguments = arguments;
	status = init_loop(loop, &trouble);
	for (unsigned i = 0; i < loop->count && status == STATUS_OK; i++)
		print_served_usage(&loop->served[i]);
	if (status == STATUS_OK) {
		serve_all(loop);
		for (unsigned i = 0; i < loop->count && status == STATUS_OK; i++)
			status = save_served(&loop->served[i], &trouble);
	}
	if (status != STATUS_OK)
		report("serve", &trouble);
	for (unsigned i = 0; i < loop->count; i++)
		finish_served(&loop->served[i]);
	if (loop->signals >= 0)
		close(loop->signals);
	free(loop);
	free(arguments);
	return (int)status;
}
