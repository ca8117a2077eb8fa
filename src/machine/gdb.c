/* SPDX-License-Identifier: BSD-3-Clause */
/* E.2 and E.4: what the packets ask for. A thread's number is its hart's and one. */
#include "machine/gdb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"

int xlat_gdb_create(const struct xlat_gdb_config *config, struct xlat_gdb **made)
{
	struct xlat_gdb *gdb = calloc(1, sizeof(*gdb));
	int error;

	if (!gdb)
		return -ENOMEM;
	error = xlat__config_copy(&gdb->config, sizeof(gdb->config), config);
	if (!error && (!gdb->config.machine || !gdb->config.send))
		error = -EINVAL;
	if (error) {
		free(gdb);
		return error;
	}
	strcpy(gdb->stop, "T05thread:1;");
	*made = gdb;
	return 0;
}

void xlat_gdb_destroy(struct xlat_gdb *gdb)
{
	if (gdb)
		xlat__gdb_remove_all(gdb);
	free(gdb);
}

bool xlat_gdb_running(const struct xlat_gdb *gdb)
{
	return gdb->running;
}

bool xlat_gdb_detached(const struct xlat_gdb *gdb)
{
	return gdb->detached;
}

bool xlat_gdb_killed(const struct xlat_gdb *gdb)
{
	return gdb->killed;
}

/* --- E.3: stop replies. */

static void report_watchpoint(struct xlat_gdb *gdb)
{
	enum xlat_access access;
	uint64_t address = xlat_hart_watchpoint(xlat__gdb_hart(gdb), &access);
	const char *reason = access == XLAT_WRITE ? "watch" : "rwatch";
	const struct xlat_range touched = {address, address};

	for (unsigned i = 0; i < gdb->point_count; i++)
		if (gdb->points[i].watch && xlat_range_overlaps(gdb->points[i].range, touched) &&
		    gdb->points[i].kinds == XLAT_RIGHT_RW)
			reason = "awatch";
	snprintf(gdb->stop, sizeof(gdb->stop), "T05thread:%x;%s:%llx;", gdb->hart + 1, reason,
		 (unsigned long long)address);
}

void xlat_gdb_stopped(struct xlat_gdb *gdb, enum xlat_machine_end end)
{
	if (!gdb->running)
		return;
	switch (end) {
	case XLAT_MACHINE_LIMIT:
	case XLAT_MACHINE_STOPPED:
		return;
	case XLAT_MACHINE_BREAKPOINT:
		gdb->hart = xlat_machine_broken_hart(gdb->config.machine);
		snprintf(gdb->stop, sizeof(gdb->stop), "T05thread:%x;", gdb->hart + 1);
		break;
	case XLAT_MACHINE_WATCHPOINT:
		gdb->hart = xlat_machine_broken_hart(gdb->config.machine);
		report_watchpoint(gdb);
		break;
	case XLAT_MACHINE_POWER_OFF:
	case XLAT_MACHINE_RESET:
	case XLAT_MACHINE_FAILED:
	case XLAT_MACHINE_IDLE:
		snprintf(gdb->stop, sizeof(gdb->stop), "W%02x",
			 xlat_machine_code(gdb->config.machine) & 0xff);
		break;
	}
	gdb->running = false;
	xlat__gdb_reply(gdb, gdb->stop);
}

/* --- Packets. Each returns whether it was understood; what is not is answered with nothing. */

static bool fail(struct xlat_gdb *gdb, int error)
{
	char text[8];

	snprintf(text, sizeof(text), "E%02x", (unsigned)-error & 0xff);
	xlat__gdb_reply(gdb, text);
	return true;
}

static bool done(struct xlat_gdb *gdb)
{
	xlat__gdb_reply(gdb, "OK");
	return true;
}

static void put_register(struct xlat_gdb *gdb, uint64_t value, unsigned size)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	xlat__gdb_put_hex(gdb, bytes, size);
}

static uint64_t from_bytes(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static bool read_registers(struct xlat_gdb *gdb)
{
	xlat__gdb_begin(gdb);
	for (unsigned i = 0; i < XLAT__GDB_REGISTERS; i++) {
		uint64_t value = 0;

		xlat__gdb_load_register(xlat__gdb_hart(gdb), i, &value);
		put_register(gdb, value, 8);
	}
	xlat__gdb_finish(gdb);
	return true;
}

static bool write_registers(struct xlat_gdb *gdb, const char *text)
{
	uint8_t bytes[XLAT__GDB_REGISTERS * 8];

	if (!xlat__gdb_bytes(&text, bytes, sizeof(bytes)))
		return fail(gdb, -EINVAL);
	for (unsigned i = 0; i < XLAT__GDB_REGISTERS; i++)
		xlat__gdb_store_register(xlat__gdb_hart(gdb), i, from_bytes(bytes + 8 * i, 8));
	return done(gdb);
}

/* fflags, frm and fcsr are of 32 bits. */
static unsigned size_of(uint64_t number)
{
	return number >= 66 && number < 69 ? 4 : 8;
}

static bool read_register(struct xlat_gdb *gdb, const char *text)
{
	uint64_t number, value;

	if (!xlat__gdb_number(&text, &number) || number > UINT16_MAX ||
	    !xlat__gdb_load_register(xlat__gdb_hart(gdb), (unsigned)number, &value))
		return fail(gdb, -ENOENT);
	xlat__gdb_begin(gdb);
	put_register(gdb, value, size_of(number));
	xlat__gdb_finish(gdb);
	return true;
}

static bool write_register(struct xlat_gdb *gdb, const char *text)
{
	uint8_t bytes[8];
	uint64_t number;

	if (!xlat__gdb_number(&text, &number) || *text++ != '=' || number > UINT16_MAX ||
	    !xlat__gdb_bytes(&text, bytes, size_of(number)))
		return fail(gdb, -EINVAL);
	if (!xlat__gdb_store_register(xlat__gdb_hart(gdb), (unsigned)number,
				      from_bytes(bytes, size_of(number))))
		return fail(gdb, -ENOENT);
	return done(gdb);
}

/* ADDRESS,LENGTH */
static bool parse_range(const char **text, uint64_t *address, uint64_t *length)
{
	return xlat__gdb_number(text, address) && *(*text)++ == ',' &&
	       xlat__gdb_number(text, length);
}

static bool read_memory(struct xlat_gdb *gdb, const char *text)
{
	uint8_t bytes[XLAT__GDB_PACKET / 2 - 8];
	uint64_t address, length;

	if (!parse_range(&text, &address, &length))
		return fail(gdb, -EINVAL);
	if (length > sizeof(bytes))
		length = sizeof(bytes);
	/* As much as can be read. */
	while (length && xlat_hart_load_memory(xlat__gdb_hart(gdb), address, bytes, length))
		length /= 2;
	if (!length)
		return fail(gdb, -EFAULT);
	xlat__gdb_begin(gdb);
	xlat__gdb_put_hex(gdb, bytes, length);
	xlat__gdb_finish(gdb);
	return true;
}

static bool write_memory(struct xlat_gdb *gdb, const char *text, bool binary)
{
	uint8_t bytes[XLAT__GDB_PACKET];
	uint64_t address, length;

	if (!parse_range(&text, &address, &length) || *text++ != ':' || length > sizeof(bytes))
		return fail(gdb, -EINVAL);
	if (binary) {
		if ((size_t)(gdb->packet + gdb->length - text) < length)
			return fail(gdb, -EINVAL);
		memcpy(bytes, text, length);
	} else if (!xlat__gdb_bytes(&text, bytes, length)) {
		return fail(gdb, -EINVAL);
	}
	if (length && xlat_hart_store_memory(xlat__gdb_hart(gdb), address, bytes, length))
		return fail(gdb, -EFAULT);
	return done(gdb);
}

static bool change_point(struct xlat_gdb *gdb, const char *text, bool insert)
{
	uint64_t type, address, length;
	int error;

	if (!xlat__gdb_number(&text, &type) || *text++ != ',' ||
	    !parse_range(&text, &address, &length))
		return fail(gdb, -EINVAL);
	if (type > 4)
		return false;
	error = insert ? xlat__gdb_insert(gdb, (unsigned)type, address, length)
		       : xlat__gdb_remove(gdb, (unsigned)type, address, length);
	return error ? fail(gdb, error) : done(gdb);
}

/* A thread's number to a hart; 0 and -1 are any, and leave it. */
static bool parse_thread(const struct xlat_gdb *gdb, const char *text, unsigned *hart)
{
	uint64_t number;

	if (*text == '-')
		return true;
	if (!xlat__gdb_number(&text, &number) ||
	    number > xlat_machine_hart_count(gdb->config.machine))
		return false;
	if (number)
		*hart = (unsigned)number - 1;
	return true;
}

static bool choose_thread(struct xlat_gdb *gdb, const char *text)
{
	return parse_thread(gdb, text, &gdb->hart);
}

static bool resume(struct xlat_gdb *gdb)
{
	gdb->running = true;
	return true;
}

static bool step(struct xlat_gdb *gdb)
{
	enum xlat_machine_end end = xlat_machine_step(gdb->config.machine, gdb->hart);

	/* One that waits or is off has done nothing: it is where it was. */
	if (end == XLAT_MACHINE_LIMIT || end == XLAT_MACHINE_IDLE || end == XLAT_MACHINE_STOPPED) {
		snprintf(gdb->stop, sizeof(gdb->stop), "T05thread:%x;", gdb->hart + 1);
		xlat__gdb_reply(gdb, gdb->stop);
		return true;
	}
	gdb->running = true;
	xlat_gdb_stopped(gdb, end);
	return true;
}

/* c and s may say where to go on. */
static bool go_on(struct xlat_gdb *gdb, const char *text, bool stepping)
{
	uint64_t address;

	if (*text && xlat__gdb_number(&text, &address))
		xlat_hart_set_pc(xlat__gdb_hart(gdb), address);
	return stepping ? step(gdb) : resume(gdb);
}

/* vCont;ACTION[:THREAD]…: a step of one thread, or all go on. */
static bool go_on_with_actions(struct xlat_gdb *gdb, const char *text)
{
	if (strcmp(text, "?") == 0) {
		xlat__gdb_reply(gdb, "vCont;c;C;s;S");
		return true;
	}
	if (*text++ != ';')
		return fail(gdb, -EINVAL);
	if (*text == 's' || *text == 'S') {
		const char *thread = strchr(text, ':');

		if (thread && !choose_thread(gdb, thread + 1))
			return fail(gdb, -EINVAL);
		return step(gdb);
	}
	return *text == 'c' || *text == 'C' ? resume(gdb) : fail(gdb, -EINVAL);
}

static bool list_threads(struct xlat_gdb *gdb)
{
	char text[16];

	if (gdb->reported == xlat_machine_hart_count(gdb->config.machine)) {
		xlat__gdb_reply(gdb, "l");
		return true;
	}
	snprintf(text, sizeof(text), "m%x", ++gdb->reported);
	xlat__gdb_reply(gdb, text);
	return true;
}

/* qXfer:features:read:target.xml:OFFSET,LENGTH */
static bool read_description(struct xlat_gdb *gdb, const char *text)
{
	const char *description = xlat__gdb_target_description();
	uint64_t offset, length, all = strlen(description);
	char piece[XLAT__GDB_PACKET / 2];

	if (!parse_range(&text, &offset, &length))
		return fail(gdb, -EINVAL);
	if (offset > all)
		offset = all;
	if (length > sizeof(piece) - 1)
		length = sizeof(piece) - 1;
	if (length > all - offset)
		length = all - offset;
	memcpy(piece, description + offset, length);
	piece[length] = 0;
	xlat__gdb_begin(gdb);
	xlat__gdb_put(gdb, offset + length == all ? "l" : "m");
	xlat__gdb_put(gdb, piece);
	xlat__gdb_finish(gdb);
	return true;
}

static const char *past(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(text, prefix, length) == 0 ? text + length : NULL;
}

static bool describe_thread(struct xlat_gdb *gdb, const char *text)
{
	char name[32];
	uint64_t number;
	int length;

	if (!xlat__gdb_number(&text, &number) || !number ||
	    number > xlat_machine_hart_count(gdb->config.machine))
		return fail(gdb, -ENOENT);
	length = snprintf(name, sizeof(name), "hart %u", (unsigned)number - 1);
	xlat__gdb_begin(gdb);
	xlat__gdb_put_hex(gdb, (const uint8_t *)name, (size_t)length);
	xlat__gdb_finish(gdb);
	return true;
}

static bool query(struct xlat_gdb *gdb, const char *text)
{
	char reply[128];
	const char *rest;

	if (past(text, "Supported")) {
		snprintf(reply, sizeof(reply),
			 "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;vContSupported+",
			 XLAT__GDB_PACKET);
		xlat__gdb_reply(gdb, reply);
		return true;
	}
	if ((rest = past(text, "Xfer:features:read:target.xml:")))
		return read_description(gdb, rest);
	if (strcmp(text, "fThreadInfo") == 0) {
		gdb->reported = 0;
		return list_threads(gdb);
	}
	if (strcmp(text, "sThreadInfo") == 0)
		return list_threads(gdb);
	if ((rest = past(text, "ThreadExtraInfo,")))
		return describe_thread(gdb, rest);
	if (strcmp(text, "C") == 0)
		snprintf(reply, sizeof(reply), "QC%x", gdb->hart + 1);
	else if (past(text, "Attached"))
		snprintf(reply, sizeof(reply), "1");
	else
		return false;
	xlat__gdb_reply(gdb, reply);
	return true;
}

static bool handle(struct xlat_gdb *gdb)
{
	const char *text = gdb->packet + 1, *rest;
	unsigned hart;

	switch (gdb->packet[0]) {
	case '?':
		xlat__gdb_reply(gdb, gdb->stop);
		return true;
	case 'g':
		return read_registers(gdb);
	case 'G':
		return write_registers(gdb, text);
	case 'p':
		return read_register(gdb, text);
	case 'P':
		return write_register(gdb, text);
	case 'm':
		return read_memory(gdb, text);
	case 'M':
	case 'X':
		return write_memory(gdb, text, gdb->packet[0] == 'X');
	case 'Z':
	case 'z':
		return change_point(gdb, text, gdb->packet[0] == 'Z');
	case 'c':
	case 's':
		return go_on(gdb, text, gdb->packet[0] == 's');
	case 'v':
		rest = past(text, "Cont");
		return rest && go_on_with_actions(gdb, rest);
	case 'H':
		return *text && choose_thread(gdb, text + 1) ? done(gdb) : fail(gdb, -EINVAL);
	case 'T':
		return parse_thread(gdb, text, &hart) ? done(gdb) : fail(gdb, -ENOENT);
	case 'q':
		return query(gdb, text);
	case 'Q':
		if (strcmp(text, "StartNoAckMode") != 0)
			return false;
		gdb->no_ack = true;
		return done(gdb);
	case 'D':
		xlat__gdb_remove_all(gdb);
		gdb->detached = gdb->running = true;
		return done(gdb);
	case 'k':
		gdb->killed = true;
		return true;
	default:
		return false;
	}
}

void xlat__gdb_handle(struct xlat_gdb *gdb)
{
	/* A machine that runs is stopped by the interrupt's byte first. */
	if (gdb->running || !handle(gdb))
		xlat__gdb_reply(gdb, "");
}
