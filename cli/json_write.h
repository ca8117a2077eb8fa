/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the program writes with --json. Addresses and other numbers of 64 bits are texts
 * ("0x1083bc5000"), as in captures, since many readers of JSON keep only 53 bits of a number.
 */
#ifndef XLAT_CLI_JSON_WRITE_H
#define XLAT_CLI_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;

/* Each adds one field to an object. */
void add_hex(struct json_object *object, const char *key, uint64_t value);
void add_count(struct json_object *object, const char *key, uint64_t value);
void add_text(struct json_object *object, const char *key, const char *value);
void add_bool(struct json_object *object, const char *key, bool value);

/* Prints an object to standard output and frees it. */
void print_json(struct json_object *object);

#endif
