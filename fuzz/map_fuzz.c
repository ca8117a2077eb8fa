/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory maps in JSON: what loads is shown in all three forms. */
#include "cli/chart.h"
#include "cli/json_read.h"
#include "cli/map.h"

#include <stdint.h>
#include <stdio.h>

#include <json-c/json.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is shown is not looked at. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	return freopen("/dev/null", "w", stdout) ? 0 : 1;
}

static void show(const struct map *map)
{
	struct trouble trouble;
	struct atlas atlas;

	if (init_atlas(&atlas, map->title, map->spaces, map->space_count, &trouble) != STATUS_OK)
		return;
	print_atlas(&atlas);
	print_atlas_json(&atlas);
	(void)print_atlas_svg(&atlas, &trouble);
	finish_atlas(&atlas);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *root;
	struct trouble trouble;
	struct map map;

	/* Short maps can have all that long ones have, but for pictures of a million sections. */
	if (size > 2000 ||
	    parse_json("fuzz.json", (const char *)data, size, &root, &trouble) != STATUS_OK)
		return 0;
	if (init_map(&map, "fuzz.json", root, &trouble) == STATUS_OK) {
		show(&map);
		finish_map(&map);
	}
	json_object_put(root);
	return 0;
}
