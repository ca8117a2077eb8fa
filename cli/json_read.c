/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/json_read.h"
#include "cli/number.h"

#include <limits.h>
#include <string.h>

#include <json-c/json.h>

const char *json_kind(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_null:
		return "null";
	case json_type_boolean:
		return "true or false";
	case json_type_double:
		return "a number that is not whole";
	case json_type_int:
		return "a number";
	case json_type_object:
		return "an object";
	case json_type_array:
		return "an array";
	default:
		return "a text";
	}
}

/* The line in which a place of the text lies. */
static unsigned line_of(const char *text, size_t at)
{
	unsigned line = 1;

	for (size_t i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

static bool blank(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!strchr(" \t\r\n", text[i]) || !text[i])
			return false;
	return true;
}

enum status parse_json(const char *name, const char *text, size_t length, struct json_object **root,
		       struct trouble *trouble)
{
	struct json_tokener *tokener;
	struct json_object *made;
	enum json_tokener_error error;
	size_t end;

	*root = NULL;
	if (blank(text, length))
		return complain(trouble, STATUS_TRUNCATED, "%s: expected JSON; the file is empty",
				name);
	if (length > INT_MAX)
		return complain(trouble, STATUS_FORMAT, "%s: is too long to be a description",
				name);
	tokener = json_tokener_new();
	if (!tokener)
		return complain(trouble, STATUS_HOST, "%s: no memory to parse it", name);
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8 |
						JSON_TOKENER_ALLOW_TRAILING_CHARS);
	made = json_tokener_parse_ex(tokener, text, (int)length);
	error = json_tokener_get_error(tokener);
	end = json_tokener_get_parse_end(tokener);
	json_tokener_free(tokener);
	if (error == json_tokener_continue)
		return complain(trouble, STATUS_TRUNCATED,
				"%s: expected a whole JSON text; it ends in the middle, in line %u",
				name, line_of(text, length));
	if (error != json_tokener_success)
		return complain(trouble, STATUS_FORMAT, "%s: expected JSON; in line %u: %s", name,
				line_of(text, end), json_tokener_error_desc(error));
	if (!blank(text + end, length - end)) {
		json_object_put(made);
		return complain(trouble, STATUS_FORMAT,
				"%s: expected one JSON value; more follows it in line %u", name,
				line_of(text, end));
	}
	if (!json_object_is_type(made, json_type_object)) {
		complain(trouble, STATUS_CONTENT, "%s: expected an object ({...}); it is %s", name,
			 json_kind(made));
		json_object_put(made);
		return STATUS_CONTENT;
	}
	*root = made;
	return STATUS_OK;
}

bool number_of(struct json_object *value, uint64_t *number)
{
	if (json_object_is_type(value, json_type_string))
		/* A NUL inside would hide what follows it. */
		return strlen(json_object_get_string(value)) ==
			       (size_t)json_object_get_string_len(value) &&
		       parse_number(json_object_get_string(value), number);
	if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
		return false;
	*number = json_object_get_uint64(value);
	return true;
}

static enum status missing(const char *name, const char *where, const char *key, const char *what,
			   struct trouble *trouble)
{
	return complain(trouble, STATUS_CONTENT, "%s: %s: expected \"%s\", %s; it is not there",
			name, where, key, what);
}

enum status read_number(const char *name, const char *where, struct json_object *object,
			const char *key, bool optional, uint64_t *value, struct trouble *trouble)
{
	static const char what[] = "a number up to 64 bits (\"0x80000000\" or 2147483648)";
	struct json_object *field;

	if (!json_object_object_get_ex(object, key, &field))
		return optional ? STATUS_OK : missing(name, where, key, what, trouble);
	if (number_of(field, value))
		return STATUS_OK;
	return complain(trouble, STATUS_CONTENT,
			"%s: %s: expected \"%s\" to be %s; it is %s: %.80s", name, where, key, what,
			json_kind(field),
			json_object_to_json_string_ext(field, JSON_C_TO_STRING_PLAIN));
}

enum status read_string(const char *name, const char *where, struct json_object *object,
			const char *key, bool optional, const char **value, struct trouble *trouble)
{
	struct json_object *field;

	if (!json_object_object_get_ex(object, key, &field))
		return optional ? STATUS_OK : missing(name, where, key, "a text", trouble);
	if (!json_object_is_type(field, json_type_string))
		return complain(trouble, STATUS_CONTENT,
				"%s: %s: expected \"%s\" to be a text; it is %s", name, where, key,
				json_kind(field));
	*value = json_object_get_string(field);
	if (strlen(*value) != (size_t)json_object_get_string_len(field) || !**value)
		return complain(trouble, STATUS_CONTENT,
				"%s: %s: expected \"%s\" to be a text; it is empty or has a NUL",
				name, where, key);
	return STATUS_OK;
}

enum status read_bool(const char *name, const char *where, struct json_object *object,
		      const char *key, bool *value, struct trouble *trouble)
{
	struct json_object *field;

	if (!json_object_object_get_ex(object, key, &field))
		return STATUS_OK;
	if (!json_object_is_type(field, json_type_boolean))
		return complain(trouble, STATUS_CONTENT,
				"%s: %s: expected \"%s\" to be true or false; it is %s", name,
				where, key, json_kind(field));
	*value = json_object_get_boolean(field);
	return STATUS_OK;
}
