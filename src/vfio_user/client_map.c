/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * BARs: a container, in it registers that are reached by messages, and before them what the server
 * lends, where that can be mapped.
 */
#include "vfio_user/client.h"

#include <errno.h>

static void retired(void *opaque)
{
	xlat__client_unref(((struct xlat__client_bar *)opaque)->client);
}

int xlat__client_make_bar(struct xlat_vfio_user_client *client, unsigned index, uint64_t length)
{
	struct xlat__client_bar *bar = &client->bars[index];
	int error;

	bar->client = client;
	bar->index = index;
	error = xlat_region_create(client->fabric,
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_CONTAINER,
					       .name = client->name, .length = length),
				   &bar->container);
	if (!error)
		error = xlat_region_create(client->fabric,
					   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_MMIO,
						       .name = client->name,
						       .length = client->shape->regions[index].size,
						       .ops = &xlat__client_bar_ops, .opaque = bar,
						       .retired = retired),
					   &bar->registers);
	if (error)
		return error;
	__atomic_add_fetch(&client->references, 1, __ATOMIC_RELAXED);
	return xlat_region_attach(bar->container, bar->registers, 0);
}

/* What cannot be mapped is reached by messages. */
static void map_area(struct xlat__client_bar *bar, const struct xlat__client_area *area,
		     bool writes)
{
	struct xlat_vfio_user_client *client = bar->client;
	struct xlat_region **region = &bar->maps[bar->map_count];
	struct xlat_ram **ram = &bar->rams[bar->map_count];

	if (xlat_ram_create(client->fabric,
			    XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_FILE,
					.name = client->name, .length = area->size, .has_fd = true,
					.fd = area->fd, .fd_offset = area->fd_offset,
					.read_only = !writes),
			    ram) != 0)
		return;
	if (xlat_region_create(client->fabric,
			       XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					   .name = client->name, .ram = *ram, .length = area->size,
					   .priority = 1, .read_only = !writes),
			       region) == 0) {
		if (xlat_region_attach(bar->container, *region, area->offset) == 0) {
			bar->map_count++;
			__atomic_add_fetch(&bar->mapped, area->size, __ATOMIC_RELAXED);
			return;
		}
		xlat_region_unref(*region);
	}
	xlat_ram_unref(*ram);
}

void xlat__client_map_bars(struct xlat_vfio_user_client *client)
{
	xlat_fabric_begin(client->fabric);
	/* In here: what is mapped when it is lost is unmapped after. */
	for (unsigned i = 0; i < XLAT__CLIENT_BARS && xlat__client_is_connected(client); i++) {
		const struct xlat__client_region *region = &client->shape->regions[i];
		struct xlat__client_bar *bar = &client->bars[i];

		for (unsigned k = 0; bar->container && !bar->map_count && k < region->area_count;
		     k++)
			map_area(bar, &region->areas[k], region->writes);
	}
	(void)xlat_fabric_commit(client->fabric);
}

void xlat__client_unmap_bars(struct xlat_vfio_user_client *client)
{
	xlat_fabric_begin(client->fabric);
	for (unsigned i = 0; i < XLAT__CLIENT_BARS; i++) {
		struct xlat__client_bar *bar = &client->bars[i];

		for (unsigned k = 0; k < bar->map_count; k++) {
			xlat_region_detach(bar->maps[k]);
			xlat_region_unref(bar->maps[k]);
			xlat_ram_unref(bar->rams[k]);
		}
		bar->map_count = 0;
		__atomic_store_n(&bar->mapped, 0, __ATOMIC_RELAXED);
	}
	(void)xlat_fabric_commit(client->fabric);
}
