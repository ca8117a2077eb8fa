/* SPDX-License-Identifier: BSD-3-Clause */
/* A debugger's end, as its files share it. */
#ifndef XLAT_MACHINE_GDB_H
#define XLAT_MACHINE_GDB_H

#include <xlat/gdb.h>

enum {
	XLAT__GDB_PACKET = 4096, /* bytes of a packet's content, at most */
	XLAT__GDB_POINTS = 64,
	XLAT__GDB_REGISTERS = 33, /* what `g` has: x0 to x31, pc */
};

/* A breakpoint or watchpoint as the debugger set it; in every hart. */
struct xlat__gdb_point {
	bool watch;
	unsigned kinds; /* of a watchpoint: a set of enum xlat_rights */
	struct xlat_range range;
};

enum xlat__gdb_state {
	XLAT__GDB_BETWEEN, /* packets */
	XLAT__GDB_CONTENT,
	XLAT__GDB_ESCAPED,
	XLAT__GDB_CHECKSUM, /* its first digit */
	XLAT__GDB_CHECKSUM2,
};

struct xlat_gdb {
	struct xlat_gdb_config config;
	bool running, detached, killed;
	bool no_ack;
	unsigned hart; /* that registers and memory are of (Hg), and that stopped last */
	unsigned reported; /* the thread list so far */
	char stop[64]; /* the last stop reply */
	struct xlat__gdb_point points[XLAT__GDB_POINTS];
	unsigned point_count;

	/* The packet that is coming in. */
	enum xlat__gdb_state state;
	uint8_t sum, wanted;
	size_t length;
	bool too_long;
	char packet[XLAT__GDB_PACKET + 1];

	/* The one that is going out. */
	size_t reply_length;
	char reply[XLAT__GDB_PACKET + 16];
};

/* --- gdb_packet.c */

void xlat__gdb_begin(struct xlat_gdb *gdb);
void xlat__gdb_put(struct xlat_gdb *gdb, const char *text); /* what does not fit is cut off */
void xlat__gdb_put_hex(struct xlat_gdb *gdb, const uint8_t *bytes, size_t count);
void xlat__gdb_finish(struct xlat_gdb *gdb); /* and sends it */
void xlat__gdb_reply(struct xlat_gdb *gdb, const char *text); /* all three */

/* A hexadecimal number, which *text is moved past; false when there is none, or of more than 64 bits. */
bool xlat__gdb_number(const char **text, uint64_t *value);

/* Bytes in hexadecimal; false when there are not as many. */
bool xlat__gdb_bytes(const char **text, uint8_t *bytes, size_t count);

/* --- gdb_target.c */

struct xlat_hart *xlat__gdb_hart(struct xlat_gdb *gdb);
const char *xlat__gdb_target_description(void);

/* A register by the description's number; false when there is none (or it cannot be had now). */
bool xlat__gdb_load_register(struct xlat_hart *hart, unsigned number, uint64_t *value);
bool xlat__gdb_store_register(struct xlat_hart *hart, unsigned number, uint64_t value);

/* --- gdb_point.c */

/* Sets or takes away what `Z` and `z` name: 0 or a negative error. */
int xlat__gdb_insert(struct xlat_gdb *gdb, unsigned type, uint64_t address, uint64_t length);
int xlat__gdb_remove(struct xlat_gdb *gdb, unsigned type, uint64_t address, uint64_t length);
void xlat__gdb_remove_all(struct xlat_gdb *gdb);

/* --- gdb.c: a whole packet. */
void xlat__gdb_handle(struct xlat_gdb *gdb);

#endif
