/* SPDX-License-Identifier: BSD-3-Clause */
#include "vfio_user/capabilities.h"

#include "vfio_user/protocol.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

enum {
	TEXT_MOST = 16384, /* bytes of JSON that a peer may send */
	DEPTH_MOST = 8, /* of objects in objects */
};

struct xlat__vfio_user_capabilities xlat__vfio_user_capabilities_default(void)
{
	return (struct xlat__vfio_user_capabilities){
		.max_msg_fds = XLAT__VFIO_USER_DEFAULT_FDS,
		.max_data_xfer_size = XLAT__VFIO_USER_DEFAULT_TRANSFER,
		.max_dma_maps = XLAT__VFIO_USER_DEFAULT_MAPS,
		.pgsizes = XLAT__VFIO_USER_DEFAULT_PAGE,
		.migration_pgsize = XLAT__VFIO_USER_DEFAULT_PAGE,
		.max_bitmap_size = UINT64_C(256) << 20,
	};
}

/* A number that is not negative. Absent: left as it is, false. */
static bool read_number(struct json_object *object, const char *name, uint64_t *value, int *error)
{
	struct json_object *member;
	int64_t number;

	if (!json_object_object_get_ex(object, name, &member))
		return false;
	if (!json_object_is_type(member, json_type_int)) {
		*error = -EINVAL;
		return false;
	}
	/* Out of range reads as the greatest, or as a negative one. */
	number = json_object_get_int64(member);
	if (number < 0) {
		*error = -EINVAL;
		return false;
	}
	*value = (uint64_t)number;
	return true;
}

static bool read_flag(struct json_object *object, const char *name, bool *value, int *error)
{
	struct json_object *member;

	if (!json_object_object_get_ex(object, name, &member))
		return false;
	if (!json_object_is_type(member, json_type_boolean)) {
		*error = -EINVAL;
		return false;
	}
	*value = json_object_get_boolean(member) != 0;
	return true;
}

static bool read_object(struct json_object *object, const char *name, struct json_object **member,
			int *error)
{
	if (!json_object_object_get_ex(object, name, member))
		return false;
	if (!json_object_is_type(*member, json_type_object)) {
		*error = -EINVAL;
		return false;
	}
	return true;
}

static int read_all(struct json_object *root, struct xlat__vfio_user_capabilities *found)
{
	struct json_object *object, *inner;
	int error = 0;

	if (!json_object_is_type(root, json_type_object))
		return -EINVAL;
	if (!read_object(root, "capabilities", &object, &error))
		return error;
	if (read_number(object, "max_msg_fds", &found->max_msg_fds, &error))
		found->named |= XLAT__VFIO_USER_CAP_FDS;
	if (read_number(object, "max_data_xfer_size", &found->max_data_xfer_size, &error))
		found->named |= XLAT__VFIO_USER_CAP_TRANSFER;
	if (read_number(object, "max_dma_maps", &found->max_dma_maps, &error))
		found->named |= XLAT__VFIO_USER_CAP_MAPS;
	if (read_number(object, "pgsizes", &found->pgsizes, &error))
		found->named |= XLAT__VFIO_USER_CAP_PAGES;
	if (read_flag(object, "write_multiple", &found->write_multiple, &error))
		found->named |= XLAT__VFIO_USER_CAP_MULTI;
	if (read_object(object, "migration", &inner, &error)) {
		found->named |= XLAT__VFIO_USER_CAP_MIGRATION;
		(void)read_number(inner, "pgsize", &found->migration_pgsize, &error);
		(void)read_number(inner, "max_bitmap_size", &found->max_bitmap_size, &error);
	}
	if (read_object(object, "twin_socket", &inner, &error)) {
		found->named |= XLAT__VFIO_USER_CAP_TWIN;
		(void)read_flag(inner, "supported", &found->twin_socket, &error);
		found->has_fd_index = read_number(inner, "fd_index", &found->fd_index, &error);
	}
	/* Nobody can work with none at all. */
	if (!found->max_data_xfer_size || !found->pgsizes)
		error = -EINVAL;
	return error;
}

int xlat__vfio_user_capabilities_parse(const void *data, size_t size,
				       struct xlat__vfio_user_capabilities *found)
{
	const char *text = data;
	struct json_tokener *tokener;
	struct json_object *root;
	int error;

	*found = xlat__vfio_user_capabilities_default();
	if (size == 0)
		return 0;
	if (size > TEXT_MOST || text[size - 1] != '\0')
		return -EINVAL;
	tokener = json_tokener_new_ex(DEPTH_MOST);
	if (!tokener)
		return -ENOMEM;
	/* Up to the first 0: what is behind it is nothing to us. */
	root = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
	error = root && json_tokener_get_error(tokener) == json_tokener_success
			? read_all(root, found)
			: -EINVAL;
	json_object_put(root);
	json_tokener_free(tokener);
	return error;
}

size_t xlat__vfio_user_capabilities_format(const struct xlat__vfio_user_capabilities *capabilities,
					   char text[XLAT__VFIO_USER_CAPABILITIES_TEXT])
{
	unsigned named = capabilities->named;
	const char *comma = "";
	size_t length = 0;

#define ADD(bit, ...)                                                                              \
	if (named & (bit)) {                                                                       \
		length += (size_t)snprintf(                                                        \
			text + length, XLAT__VFIO_USER_CAPABILITIES_TEXT - length, "%s", comma);   \
		length += (size_t)snprintf(                                                        \
			text + length, XLAT__VFIO_USER_CAPABILITIES_TEXT - length, __VA_ARGS__);   \
		comma = ",";                                                                       \
	}
	length += (size_t)snprintf(text, XLAT__VFIO_USER_CAPABILITIES_TEXT, "{\"capabilities\":{");
	ADD(XLAT__VFIO_USER_CAP_FDS, "\"max_msg_fds\":%llu",
	    (unsigned long long)capabilities->max_msg_fds)
	ADD(XLAT__VFIO_USER_CAP_TRANSFER, "\"max_data_xfer_size\":%llu",
	    (unsigned long long)capabilities->max_data_xfer_size)
	ADD(XLAT__VFIO_USER_CAP_MAPS, "\"max_dma_maps\":%llu",
	    (unsigned long long)capabilities->max_dma_maps)
	ADD(XLAT__VFIO_USER_CAP_PAGES, "\"pgsizes\":%llu",
	    (unsigned long long)capabilities->pgsizes)
	ADD(XLAT__VFIO_USER_CAP_MIGRATION,
	    "\"migration\":{\"pgsize\":%llu,\"max_bitmap_size\":%llu}",
	    (unsigned long long)capabilities->migration_pgsize,
	    (unsigned long long)capabilities->max_bitmap_size)
	if (capabilities->has_fd_index) {
		ADD(XLAT__VFIO_USER_CAP_TWIN,
		    "\"twin_socket\":{\"supported\":%s,\"fd_index\":%llu}",
		    capabilities->twin_socket ? "true" : "false",
		    (unsigned long long)capabilities->fd_index)
	} else {
		ADD(XLAT__VFIO_USER_CAP_TWIN, "\"twin_socket\":{\"supported\":%s}",
		    capabilities->twin_socket ? "true" : "false")
	}
	ADD(XLAT__VFIO_USER_CAP_MULTI, "\"write_multiple\":%s",
	    capabilities->write_multiple ? "true" : "false")
#undef ADD
	length += (size_t)snprintf(text + length, XLAT__VFIO_USER_CAPABILITIES_TEXT - length, "}}");
	return length + 1;
}
