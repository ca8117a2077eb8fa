/* SPDX-License-Identifier: BSD-3-Clause */
/* xlat attach: looks at a device that somebody serves by vfio-user, and reads and writes its regions. */
#include "cli/command.h"
#include "cli/json_write.h"
#include "cli/number.h"
#include "cli/status.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xlat/vfio_user_client.h>

enum {
	OPERATIONS = 64,
	CONFIG = 7, /* VFIO's index of configuration space; 0 to 5 BARs, 6 the ROM */
	REGIONS = 8,
	CONFIG_LENGTH = 256,
	LONGEST = 4096,
	MOST_CAPABILITIES = 48, /* that fit: a list that is longer goes in a circle */
	LINE = 16, /* bytes */
};

static const char doc[] =
	"Attaches to a device that a vfio-user server serves (xlat serve, SPDK, libvfio-user's), shows "
	"what it is, its regions, capabilities and interrupts, and makes the accesses that are asked "
	"for, in their order. A server serves one client at a time.\v"
	"REGION is bar0 to bar5, rom or config; OFFSET and LENGTH are numbers, VALUE one of LENGTH "
	"bytes, 1, 2, 4 or 8.\n"
	"\n"
	"Examples:\n"
	"  xlat attach --socket /run/disk.sock\n"
	"  xlat attach --socket /run/disk.sock --read bar0:0:8\n"
	"  xlat attach --socket /run/disk.sock --write config:4:2=6 --read config:0:64";

enum attach_option {
	OPTION_SOCKET = 256,
	OPTION_READ,
	OPTION_WRITE,
	OPTION_JSON,
};

static const struct argp_option options[] = {
	{"socket", OPTION_SOCKET, "PATH", 0, "Where the device is served", 0},
	{"read", OPTION_READ, "REGION:OFFSET:LENGTH", 0, "Reads, at most 4096 bytes", 0},
	{"write", OPTION_WRITE, "REGION:OFFSET:LENGTH=VALUE", 0, "Writes", 0},
	{"json", OPTION_JSON, NULL, 0, "Prints JSON", 0},
	{0},
};

static const char *const region_names[REGIONS] = {"bar0", "bar1", "bar2", "bar3",
						  "bar4", "bar5", "rom",  "config"};

struct operation {
	bool writes;
	unsigned region;
	uint64_t offset, length, value;
};

struct arguments {
	const char *socket;
	bool json;
	struct operation operations[OPERATIONS];
	unsigned count;
};

/* Takes a number up to a delimiter (or the end) off a text. */
static bool take_number(const char **text, char delimiter, uint64_t *number)
{
	const char *end = delimiter ? strchr(*text, delimiter) : *text + strlen(*text);
	char part[32];

	if (!end || (size_t)(end - *text) >= sizeof(part))
		return false;
	snprintf(part, sizeof(part), "%.*s", (int)(end - *text), *text);
	*text = *end ? end + 1 : end;
	return parse_number(part, number);
}

static bool take_region(const char **text, unsigned *region)
{
	for (*region = 0; *region < REGIONS; ++*region) {
		size_t length = strlen(region_names[*region]);

		if (strncmp(*text, region_names[*region], length) == 0 && (*text)[length] == ':') {
			*text += length + 1;
			return true;
		}
	}
	return false;
}

static bool is_size(uint64_t length)
{
	return length == 1 || length == 2 || length == 4 || length == 8;
}

static void add_operation(struct arguments *arguments, const char *text, bool writes,
			  struct argp_state *state)
{
	struct operation *operation = &arguments->operations[arguments->count];
	const char *rest = text;
	bool good;

	if (arguments->count == OPERATIONS)
		argp_error(state, "expected at most %d accesses", OPERATIONS);
	*operation = (struct operation){.writes = writes};
	good = take_region(&rest, &operation->region) &&
	       take_number(&rest, ':', &operation->offset) &&
	       take_number(&rest, writes ? '=' : 0, &operation->length) && operation->length >= 1 &&
	       operation->length <= LONGEST;
	if (good && writes)
		good = take_number(&rest, 0, &operation->value) && is_size(operation->length) &&
		       (operation->length == 8 || operation->value >> 8 * operation->length == 0);
	if (!good)
		argp_error(state, "--%s: expected %s; got \"%s\"", writes ? "write" : "read",
			   writes ? "REGION:OFFSET:LENGTH=VALUE, of 1, 2, 4 or 8 bytes"
				  : "REGION:OFFSET:LENGTH, of 1 to 4096 bytes",
			   text);
	arguments->count++;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_SOCKET:
		arguments->socket = text;
		return 0;
	case OPTION_READ:
	case OPTION_WRITE:
		add_operation(arguments, text, key == OPTION_WRITE, state);
		return 0;
	case OPTION_JSON:
		arguments->json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "expected options only; got \"%s\"", text);
		return 0;
	case ARGP_KEY_END:
		if (!arguments->socket)
			argp_error(state, "expected --socket PATH");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* --- What there is. */

static unsigned get(const uint8_t *bytes, unsigned offset, unsigned size)
{
	unsigned value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (unsigned)bytes[offset + i] << 8 * i;
	return value;
}

static const char *capability_name(unsigned id)
{
	static const struct {
		unsigned id;
		const char *name;
	} names[] = {{0x01, "power management"},
		     {0x05, "MSI"},
		     {0x09, "vendor specific"},
		     {0x0d, "subsystem"},
		     {0x10, "PCI Express"},
		     {0x11, "MSI-X"},
		     {0x12, "SATA"},
		     {0x13, "advanced features"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].id == id)
			return names[i].name;
	return "unknown";
}

static void add_capabilities(struct json_object *device, const uint8_t *config)
{
	struct json_object *list = json_object_new_array();
	unsigned at = get(config, 0x06, 2) & 0x10 ? get(config, 0x34, 1) & 0xfc : 0;

	for (unsigned i = 0; at >= 0x40 && i < MOST_CAPABILITIES; i++) {
		struct json_object *capability = json_object_new_object();

		add_hex(capability, "offset", at);
		add_hex(capability, "id", get(config, at, 1));
		add_text(capability, "name", capability_name(get(config, at, 1)));
		json_object_array_add(list, capability);
		at = get(config, at + 1, 1) & 0xfc;
	}
	json_object_object_add(device, "capabilities", list);
}

static void add_regions(struct json_object *device, const struct xlat_vfio_user_client *client)
{
	struct json_object *list = json_object_new_array();

	for (unsigned i = 0; i < REGIONS; i++) {
		struct xlat_vfio_user_client_region region;
		struct json_object *object;

		if (!xlat_vfio_user_client_region(client, i, &region) || !region.length)
			continue;
		object = json_object_new_object();
		add_text(object, "name", region_names[i]);
		add_count(object, "length", region.length);
		add_count(object, "mapped", region.mapped);
		add_bool(object, "reads", region.reads);
		add_bool(object, "writes", region.writes);
		json_object_array_add(list, object);
	}
	json_object_object_add(device, "regions", list);
}

static void add_interrupts(struct json_object *device, const struct xlat_vfio_user_client *client)
{
	static const char *const names[] = {"INTx", "MSI", "MSI-X"};
	struct json_object *object = json_object_new_object();

	for (unsigned i = 0; i < 3; i++)
		add_count(object, names[i], xlat_vfio_user_client_interrupts(client, i));
	json_object_object_add(device, "interrupts", object);
}

static struct json_object *describe(const struct xlat_vfio_user_client *client,
				    const uint8_t *config)
{
	struct json_object *device = json_object_new_object();

	add_hex(device, "vendor", get(config, 0x00, 2));
	add_hex(device, "device", get(config, 0x02, 2));
	add_hex(device, "class", get(config, 0x09, 3));
	add_hex(device, "revision", get(config, 0x08, 1));
	add_hex(device, "subsystem_vendor", get(config, 0x2c, 2));
	add_hex(device, "subsystem", get(config, 0x2e, 2));
	add_regions(device, client);
	add_capabilities(device, config);
	add_interrupts(device, client);
	return device;
}

static const char *text_of(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key));
}

/* The same, for people. */
static void print_table(struct json_object *device)
{
	struct json_object *regions = json_object_object_get(device, "regions");
	struct json_object *capabilities = json_object_object_get(device, "capabilities");
	struct json_object *interrupts = json_object_object_get(device, "interrupts");

	printf("vendor %s, device %s, class %s, revision %s, subsystem %s:%s\n",
	       text_of(device, "vendor"), text_of(device, "device"), text_of(device, "class"),
	       text_of(device, "revision"), text_of(device, "subsystem_vendor"),
	       text_of(device, "subsystem"));
	for (size_t i = 0; i < json_object_array_length(regions); i++) {
		struct json_object *region = json_object_array_get_idx(regions, i);

		printf("  %-7s %12s bytes, %s mapped%s%s\n", text_of(region, "name"),
		       text_of(region, "length"), text_of(region, "mapped"),
		       json_object_get_boolean(json_object_object_get(region, "reads"))
			       ? ""
			       : ", not readable",
		       json_object_get_boolean(json_object_object_get(region, "writes"))
			       ? ""
			       : ", not writable");
	}
	for (size_t i = 0; i < json_object_array_length(capabilities); i++) {
		struct json_object *capability = json_object_array_get_idx(capabilities, i);

		printf("  capability %s at %s: %s\n", text_of(capability, "id"),
		       text_of(capability, "offset"), text_of(capability, "name"));
	}
	printf("  interrupts: INTx %s, MSI %s, MSI-X %s\n", text_of(interrupts, "INTx"),
	       text_of(interrupts, "MSI"), text_of(interrupts, "MSI-X"));
}

/* --- Accesses. */

static void add_bytes(struct json_object *object, const uint8_t *bytes, uint64_t length)
{
	char *text = malloc(2 * length + 1);

	if (!text)
		return;
	for (uint64_t i = 0; i < length; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	add_text(object, "bytes", text);
	free(text);
}

static void print_bytes(const struct operation *operation, const uint8_t *bytes)
{
	uint64_t value = 0;

	if (is_size(operation->length)) {
		for (uint64_t i = 0; i < operation->length; i++)
			value |= (uint64_t)bytes[i] << 8 * i;
		printf("%s:0x%" PRIx64 ": 0x%0*" PRIx64 "\n", region_names[operation->region],
		       operation->offset, (int)(2 * operation->length), value);
		return;
	}
	for (uint64_t i = 0; i < operation->length; i++)
		printf("%s%02x%s", i % LINE == 0 ? "  " : " ", bytes[i],
		       i % LINE == LINE - 1 || i + 1 == operation->length ? "\n" : "");
}

static enum status perform(struct xlat_vfio_user_client *client, const struct operation *operation,
			   struct json_object *done, struct trouble *trouble)
{
	uint8_t bytes[LONGEST];
	int error;

	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(operation->value >> 8 * i);
	error = operation->writes
			? xlat_vfio_user_client_write(client, operation->region, operation->offset,
						      bytes, operation->length)
			: xlat_vfio_user_client_read(client, operation->region, operation->offset,
						     bytes, operation->length);
	if (error)
		return complain(trouble, STATUS_NO,
				"%s of %" PRIu64 " bytes at %s:0x%" PRIx64 ": %s",
				operation->writes ? "writing" : "reading", operation->length,
				region_names[operation->region], operation->offset,
				strerror(-error));
	if (done) {
		struct json_object *object = json_object_new_object();

		add_text(object, "access", operation->writes ? "write" : "read");
		add_text(object, "region", region_names[operation->region]);
		add_hex(object, "offset", operation->offset);
		add_bytes(object, bytes, operation->length);
		json_object_array_add(done, object);
	} else if (!operation->writes) {
		print_bytes(operation, bytes);
	}
	return STATUS_OK;
}

static enum status look(struct xlat_vfio_user_client *client, const struct arguments *arguments,
			struct trouble *trouble)
{
	struct operation read_config = {.region = CONFIG, .length = CONFIG_LENGTH};
	struct json_object *done = arguments->json ? json_object_new_array() : NULL;
	struct json_object *device;
	uint8_t config[CONFIG_LENGTH + 4] = {0};
	enum status status = STATUS_OK;
	int error = xlat_vfio_user_client_read(client, CONFIG, 0, config, read_config.length);

	if (error) {
		json_object_put(done);
		return complain(trouble, STATUS_HOST, "%s: configuration space: %s",
				arguments->socket, strerror(-error));
	}
	device = describe(client, config);
	if (!arguments->json)
		print_table(device);
	for (unsigned i = 0; i < arguments->count && status == STATUS_OK; i++)
		status = perform(client, &arguments->operations[i], done, trouble);
	if (arguments->json) {
		json_object_object_add(device, "accesses", done);
		print_json(device);
	} else {
		json_object_put(device);
	}
	return status;
}

static enum status attach(const struct arguments *arguments, struct trouble *trouble)
{
	const struct xlat_vfio_user_client_config config = {
		.size = sizeof(config),
		.path = arguments->socket,
		.no_maps = true,
		.no_memory = true,
	};
	struct xlat_vfio_user_client *client;
	struct xlat_fabric *fabric;
	enum status status;
	int error = xlat_fabric_create(NULL, &fabric);

	if (error)
		return complain(trouble, STATUS_HOST, "%s", strerror(-error));
	error = xlat_vfio_user_client_create(fabric, &config, &client);
	if (error) {
		status = complain(trouble, STATUS_HOST, "%s: %s", arguments->socket,
				  error == -EPROTO    ? "what is served there makes no sense"
				  : error == -ENOTSUP ? "no PCI device is served there"
						      : strerror(-error));
	} else {
		status = look(client, arguments, trouble);
		xlat_vfio_user_client_destroy(client);
	}
	xlat_fabric_destroy(fabric);
	return status;
}

int run_attach(int argc, char **argv)
{
	static const struct argp argp = {.options = options, .parser = parse, .doc = doc};
	struct arguments arguments = {0};
	struct trouble trouble = {0};
	enum status status;

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	status = attach(&arguments, &trouble);
	return status == STATUS_OK ? STATUS_OK : (int)report("attach", &trouble);
}
