/* SPDX-License-Identifier: BSD-3-Clause */
/* E.1: packets, their checksums and acknowledgements. */
#include <stdio.h>
#include <string.h>

#include "machine/gdb.h"

enum {
	INTERRUPT = 3, /* a byte of its own (E.1) */
	ESCAPE = '}',
};

static void send(struct xlat_gdb *gdb, const char *bytes, size_t count)
{
	gdb->config.send(gdb->config.opaque, (const uint8_t *)bytes, count);
}

void xlat__gdb_begin(struct xlat_gdb *gdb)
{
	gdb->reply[0] = '$';
	gdb->reply_length = 1;
}

static void put_byte(struct xlat_gdb *gdb, char byte)
{
	/* What is in the way of the protocol is escaped. */
	bool escaped = byte == '$' || byte == '#' || byte == ESCAPE || byte == '*';

	if (gdb->reply_length + 2 > XLAT__GDB_PACKET)
		return;
	if (escaped)
		gdb->reply[gdb->reply_length++] = ESCAPE;
	gdb->reply[gdb->reply_length++] = (char)(escaped ? byte ^ 0x20 : byte);
}

void xlat__gdb_put(struct xlat_gdb *gdb, const char *text)
{
	while (*text)
		put_byte(gdb, *text++);
}

void xlat__gdb_put_hex(struct xlat_gdb *gdb, const uint8_t *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		put_byte(gdb, digits[bytes[i] >> 4]);
		put_byte(gdb, digits[bytes[i] & 15]);
	}
}

void xlat__gdb_finish(struct xlat_gdb *gdb)
{
	uint8_t sum = 0;

	for (size_t i = 1; i < gdb->reply_length; i++)
		sum = (uint8_t)(sum + (uint8_t)gdb->reply[i]);
	gdb->reply_length += (size_t)snprintf(gdb->reply + gdb->reply_length, 4, "#%02x", sum);
	send(gdb, gdb->reply, gdb->reply_length);
}

void xlat__gdb_reply(struct xlat_gdb *gdb, const char *text)
{
	xlat__gdb_begin(gdb);
	xlat__gdb_put(gdb, text);
	xlat__gdb_finish(gdb);
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool xlat__gdb_number(const char **text, uint64_t *value)
{
	unsigned count = 0;

	*value = 0;
	for (; digit(**text) >= 0; ++*text, count++) {
		if (*value >> 60)
			return false;
		*value = *value << 4 | (unsigned)digit(**text);
	}
	return count > 0;
}

bool xlat__gdb_bytes(const char **text, uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++, *text += 2) {
		if (digit((*text)[0]) < 0 || digit((*text)[1]) < 0)
			return false;
		bytes[i] = (uint8_t)(digit((*text)[0]) << 4 | digit((*text)[1]));
	}
	return true;
}

static void take_content(struct xlat_gdb *gdb, char byte)
{
	if (gdb->length < XLAT__GDB_PACKET)
		gdb->packet[gdb->length++] = byte;
	else
		gdb->too_long = true;
}

static void take_packet(struct xlat_gdb *gdb)
{
	bool right = gdb->sum == gdb->wanted;

	gdb->state = XLAT__GDB_BETWEEN;
	if (!gdb->no_ack)
		send(gdb, right ? "+" : "-", 1);
	if (!right)
		return;
	if (gdb->too_long) {
		xlat__gdb_reply(gdb, "E07");
		return;
	}
	gdb->packet[gdb->length] = 0;
	xlat__gdb_handle(gdb);
}

static void take_between(struct xlat_gdb *gdb, char byte)
{
	if (byte == '$') {
		gdb->state = XLAT__GDB_CONTENT;
		gdb->sum = 0;
		gdb->length = 0;
		gdb->too_long = false;
	} else if (byte == INTERRUPT && gdb->running) {
		gdb->running = false;
		snprintf(gdb->stop, sizeof(gdb->stop), "T02thread:%x;", gdb->hart + 1);
		xlat__gdb_reply(gdb, gdb->stop);
	} else if (byte == '-' && gdb->reply_length) {
		send(gdb, gdb->reply, gdb->reply_length);
	}
}

static void take(struct xlat_gdb *gdb, char byte)
{
	int value = digit(byte);

	switch (gdb->state) {
	case XLAT__GDB_BETWEEN:
		take_between(gdb, byte);
		return;
	case XLAT__GDB_CONTENT:
	case XLAT__GDB_ESCAPED:
		if (gdb->state == XLAT__GDB_CONTENT && byte == '#') {
			gdb->state = XLAT__GDB_CHECKSUM;
			return;
		}
		gdb->sum = (uint8_t)(gdb->sum + (uint8_t)byte);
		if (gdb->state == XLAT__GDB_CONTENT && byte == ESCAPE) {
			gdb->state = XLAT__GDB_ESCAPED;
			return;
		}
		take_content(gdb, gdb->state == XLAT__GDB_ESCAPED ? (char)(byte ^ 0x20) : byte);
		gdb->state = XLAT__GDB_CONTENT;
		return;
	case XLAT__GDB_CHECKSUM:
		gdb->wanted = (uint8_t)((unsigned)value << 4);
		gdb->state = value < 0 ? XLAT__GDB_BETWEEN : XLAT__GDB_CHECKSUM2;
		return;
	case XLAT__GDB_CHECKSUM2:
		gdb->wanted |= (uint8_t)value;
		gdb->state = XLAT__GDB_BETWEEN;
		if (value >= 0)
			take_packet(gdb);
		return;
	}
}

void xlat_gdb_receive(struct xlat_gdb *gdb, const uint8_t *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		take(gdb, (char)bytes[i]);
}
