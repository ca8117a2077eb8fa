/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Descriptions in JSON, read strictly, with messages that say which field was expected to be what.
 */
#ifndef XLAT_CLI_JSON_READ_H
#define XLAT_CLI_JSON_READ_H

#include "cli/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

/*
 * Parses a text whose top is an object. Statuses: TRUNCATED (it ends in the middle), FORMAT (it is
 * not JSON), CONTENT (it is JSON and not an object), HOST.
 */
enum status parse_json(const char *name, const char *text, size_t length, struct json_object **root,
		       struct trouble *trouble);

/*
 * A field of an object (`where` says of which, for the message). A number is a JSON integer or a
 * text that parse_number() takes. A field that is missing leaves *value alone when it is optional.
 * CONTENT.
 */
enum status read_number(const char *name, const char *where, struct json_object *object,
			const char *key, bool optional, uint64_t *value, struct trouble *trouble);
enum status read_string(const char *name, const char *where, struct json_object *object,
			const char *key, bool optional, const char **value,
			struct trouble *trouble);
enum status read_bool(const char *name, const char *where, struct json_object *object,
		      const char *key, bool *value, struct trouble *trouble);

/* A value by itself, as read_number() takes it; false when it is none. */
bool number_of(struct json_object *value, uint64_t *number);

/* "an object", "a text", ...: what a value is, for messages. */
const char *json_kind(struct json_object *value);

#endif
