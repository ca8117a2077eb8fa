/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the client lends for DMA: a region for each of its maps, in a container of the session's. Maps
 * of one file share one mapping of it. An unmap takes away what lies in its range, whole maps or
 * parts of them, and is answered when nobody uses that any more.
 *
 * Source: vfio-user.rst, "VFIO_USER_DMA_MAP", "VFIO_USER_DMA_UNMAP".
 */
#include "vfio_user/backing.h"

#include "memory/fabric.h"
#include "vfio_user/dirty_bitmap.h"

#include <xlat/implement/mmio.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	FREED_AT_ONCE = 256, /* mappings */
	DROPPED_AT_ONCE = 64, /* from so many on, a container is cheaper than each of them */
	RIGHTS = XLAT__VFIO_USER_MAP_READ | XLAT__VFIO_USER_MAP_WRITE,
	FLAGS = RIGHTS | XLAT__VFIO_USER_MAP_MAPPABLE | XLAT__VFIO_USER_MAP_FILE_IO,
};

static const struct xlat_range everything = {0, UINT64_MAX};

int xlat__vfio_user_memory_init(struct xlat_vfio_user_server *server)
{
	(void)server;
	return 0;
}

int xlat__vfio_user_memory_begin(struct xlat_vfio_user_server *server)
{
	int error;

	if (server->lent)
		return 0;
	error = xlat_region_create(server->fabric,
				   XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_CONTAINER,
					       .name = "lent"),
				   &server->lent);
	if (error)
		return error;
	error = xlat_region_attach(server->memory, server->lent, 0);
	if (error) {
		xlat_region_unref(server->lent);
		server->lent = NULL;
	}
	return error;
}

static void free_mapping(struct xlat__vfio_user_mapping *mapping)
{
	xlat_region_detach(mapping->region);
	xlat_region_unref(mapping->region);
	xlat__vfio_user_backing_unref(mapping->backing);
	free(mapping);
}

static void forget_mapping(struct xlat_vfio_user_server *server,
			   struct xlat__vfio_user_mapping *mapping)
{
	xlat__interval_tree_remove(&server->mappings, &mapping->node);
	server->map_count--;
	server->mapped_bytes -= mapping->node.range.last - mapping->node.range.first + 1;
	free_mapping(mapping);
}

/* A list of the nodes that are left, by their parents; their children are still theirs. */
static void bury(struct xlat_vfio_user_server *server, struct xlat__interval *node)
{
	if (!node)
		return;
	node->parent = server->dead;
	server->dead = node;
}

static void free_dead(struct xlat_vfio_user_server *server, unsigned most)
{
	for (unsigned i = 0; i < most && server->dead; i++) {
		struct xlat__interval *node = server->dead;

		server->dead = node->parent;
		bury(server, node->left);
		bury(server, node->right);
		free_mapping(xlat__container_of(node, struct xlat__vfio_user_mapping, node));
	}
	/* The host's poll comes back for the rest. */
	if (server->dead) {
		xlat__fabric_kick(server->fabric);
		return;
	}
	xlat_region_unref(server->dead_container);
	server->dead_container = NULL;
}

/*
 * Takes all maps away at once, with their container: nobody finds them any more, in the space or
 * here. Freeing them takes longer, and is for later.
 */
static void drop_all(struct xlat_vfio_user_server *server)
{
	free_dead(server, UINT32_MAX);
	if (server->lent)
		xlat_region_detach(server->lent);
	server->dead_container = server->lent;
	server->lent = NULL;
	bury(server, server->mappings.root);
	server->mappings.root = NULL;
	server->map_count = 0;
	server->mapped_bytes = 0;
}

static void forget_files(struct xlat_vfio_user_server *server)
{
	while (!xlat__list_empty(&server->files)) {
		struct xlat__vfio_user_file *file =
			xlat__container_of(server->files.next, struct xlat__vfio_user_file, link);

		xlat__list_remove(&file->link);
		xlat_dirty_destroy(file->dirty);
		file->dirty = NULL;
		xlat__vfio_user_file_unref(file);
	}
}

void xlat__vfio_user_memory_prune(struct xlat_vfio_user_server *server)
{
	struct xlat__vfio_user_file *file, *following;

	free_dead(server, FREED_AT_ONCE);
	xlat__list_for_each(file, following, &server->files, struct xlat__vfio_user_file, link)
	{
		/* The list's own reference; nobody takes another but the owner. */
		if (__atomic_load_n(&file->references, __ATOMIC_ACQUIRE) != 1)
			continue;
		xlat__list_remove(&file->link);
		xlat_dirty_destroy(file->dirty);
		file->dirty = NULL;
		xlat__vfio_user_file_unref(file);
	}
}

void xlat__vfio_user_memory_reset(struct xlat_vfio_user_server *server)
{
	drop_all(server);
	forget_files(server);
}

void xlat__vfio_user_memory_finish(struct xlat_vfio_user_server *server)
{
	xlat__vfio_user_memory_reset(server);
	free_dead(server, UINT32_MAX);
}

void xlat__vfio_user_memory_commit(struct xlat_vfio_user_server *server)
{
	xlat_fabric_begin(server->fabric);
	server->uncommitted = xlat_fabric_commit(server->fabric) != 0;
}

/* --- Mapping. */

/* Nobody can be using a region any more. */
static void retire_region(void *opaque)
{
	xlat__vfio_user_backing_unref(opaque);
}

static const struct xlat_mmio_ops *ops_of(const struct xlat__vfio_user_backing *backing)
{
	bool file = backing->kind == XLAT__VFIO_USER_FILE;

	switch (backing->flags) {
	case XLAT__VFIO_USER_MAP_READ:
		return file ? &xlat__vfio_user_file_r : &xlat__vfio_user_message_r;
	case XLAT__VFIO_USER_MAP_WRITE:
		return file ? &xlat__vfio_user_file_w : &xlat__vfio_user_message_w;
	default:
		return file ? &xlat__vfio_user_file_rw : &xlat__vfio_user_message_rw;
	}
}

/* Bytes of a message of DMA: what both peers take. */
static unsigned block_most(const struct xlat_vfio_user_server *server)
{
	uint64_t theirs = server->client.max_data_xfer_size;
	uint32_t ours = server->config.max_data_xfer_size;

	return theirs < ours ? (unsigned)theirs : ours;
}

/* Shows a backing where its range is. */
static int show(struct xlat_vfio_user_server *server, struct xlat__vfio_user_backing *backing)
{
	struct xlat_region_config config = {
		.size = sizeof(config),
		.name = "lent",
		.length = backing->range.last - backing->range.first + 1,
		.retired = retire_region,
		.opaque = backing,
	};
	struct xlat__vfio_user_mapping *mapping = calloc(1, sizeof(*mapping));
	struct xlat_mmio_ops ops;
	int error;

	if (!mapping)
		return -ENOMEM;
	if (backing->kind == XLAT__VFIO_USER_MAPPED) {
		config.kind = XLAT_REGION_RAM;
		config.ram = backing->file->ram;
		config.ram_offset = backing->offset;
		config.read_only = !(backing->flags & XLAT__VFIO_USER_MAP_WRITE);
	} else {
		ops = *ops_of(backing);
		ops.block_most = block_most(server);
		config.kind = XLAT_REGION_MMIO;
		config.ops = &ops; /* copied */
	}
	error = xlat_region_create(server->fabric, &config, &mapping->region);
	if (error) {
		free(mapping);
		return error;
	}
	/* The region's, which gives it back when it is retired. */
	xlat__vfio_user_backing_ref(backing);
	error = xlat_region_attach(server->lent, mapping->region, backing->range.first);
	if (error) {
		xlat_region_detach(mapping->region);
		xlat_region_unref(mapping->region);
		free(mapping);
		return error;
	}
	mapping->backing = xlat__vfio_user_backing_ref(backing);
	mapping->node.range = backing->range;
	xlat__interval_tree_insert(&server->mappings, &mapping->node);
	server->map_count++;
	server->mapped_bytes += config.length;
	return 0;
}

static struct xlat__vfio_user_backing *make_backing(struct xlat_vfio_user_server *server,
						    struct xlat_range range, unsigned flags)
{
	struct xlat__vfio_user_backing *backing = calloc(1, sizeof(*backing));

	if (!backing)
		return NULL;
	backing->server = server;
	backing->kind = XLAT__VFIO_USER_MESSAGES;
	backing->session = server->session;
	backing->range = range;
	backing->flags = flags & RIGHTS;
	backing->references = 1;
	return backing;
}

/* Finds the file that a map is of. */
static int take_file(struct xlat_vfio_user_server *server, struct xlat__vfio_user_backing *backing,
		     const struct xlat__vfio_user_dma_map *map, int fd)
{
	/* RAM that is written and not read is not known to the library. */
	bool maps = !(map->flags & XLAT__VFIO_USER_MAP_FILE_IO) &&
		    backing->flags != XLAT__VFIO_USER_MAP_WRITE;
	int error;

	if (map->offset > INT64_MAX || map->size > INT64_MAX - map->offset)
		return -EINVAL;
	error = xlat__vfio_user_file_find(server, fd, map->offset + map->size, maps,
					  &backing->file);
	if (error)
		return error;
	if ((backing->flags & XLAT__VFIO_USER_MAP_WRITE) && !backing->file->writable)
		return -EACCES;
	backing->kind = backing->file->ram ? XLAT__VFIO_USER_MAPPED : XLAT__VFIO_USER_FILE;
	backing->offset = map->offset;
	return 0;
}

static int check_map(struct xlat_vfio_user_server *server,
		     const struct xlat__vfio_user_message *message,
		     struct xlat__vfio_user_dma_map *map)
{
	if (message->size < sizeof(*map) || message->fd_count > 1)
		return -EINVAL;
	memcpy(map, message->payload, sizeof(*map));
	if (map->argsz < sizeof(*map) || !map->size || map->size - 1 > UINT64_MAX - map->address ||
	    (map->flags & ~(uint32_t)FLAGS) || !(map->flags & RIGHTS))
		return -EINVAL;
	if (xlat__interval_tree_first(&server->mappings,
				      (struct xlat_range){map->address,
							  map->address + (map->size - 1)}))
		return -EEXIST;
	return server->map_count >= server->config.max_dma_maps ? -ENOSPC : 0;
}

int xlat__vfio_user_dma_map(struct xlat_vfio_user_server *server,
			    struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_backing *backing;
	struct xlat__vfio_user_dma_map map;
	int error = check_map(server, message, &map);

	if (!error)
		error = xlat__vfio_user_memory_begin(server);
	if (error)
		return error;
	backing = make_backing(
		server, (struct xlat_range){map.address, map.address + (map.size - 1)}, map.flags);
	if (!backing)
		return -ENOMEM;
	if (message->fd_count)
		error = take_file(server, backing, &map, message->fds[0]);
	if (!error && server->logging)
		error = xlat__vfio_user_backing_log(backing);
	if (!error)
		error = show(server, backing);
	xlat__vfio_user_backing_unref(backing);
	if (!error)
		xlat__vfio_user_reply_bytes(server, &request, NULL, 0);
	return error;
}

/* --- Unmapping. */

struct unmap {
	struct xlat__vfio_user_wait wait;
	struct xlat__vfio_user_dma_unmap what;
	struct xlat__vfio_user_dirty_bitmap bitmap; /* with UNMAP_DIRTY */
};

static void free_unmap(struct xlat__vfio_user_wait *wait)
{
	struct unmap *unmap = xlat__container_of(wait, struct unmap, wait);

	xlat__vfio_user_dirty_bitmap_finish(&unmap->bitmap);
	free(unmap);
}

static bool finish_unmap(struct xlat__vfio_user_wait *wait)
{
	struct unmap *unmap = xlat__container_of(wait, struct unmap, wait);
	struct xlat__vfio_user_dma_unmap *what = &unmap->what;
	struct xlat__vfio_user_bitmap header;
	struct iovec pieces[3] = {{what, sizeof(*what)}, {&header, sizeof(header)}};
	int error;

	if (!(what->flags & XLAT__VFIO_USER_UNMAP_DIRTY)) {
		xlat__vfio_user_reply(wait->server, &wait->request, pieces, 1, NULL, 0);
		return true;
	}
	error = xlat__vfio_user_dirty_bitmap_take(&unmap->bitmap);
	if (!error && !xlat__vfio_user_dirty_bitmap_ready(&unmap->bitmap))
		return false;
	if (error) {
		xlat__vfio_user_reply_error(wait->server, &wait->request, error);
		return true;
	}
	xlat__vfio_user_dirty_bitmap_fill(&unmap->bitmap);
	header.page_size = unmap->bitmap.page_size;
	header.size = unmap->bitmap.size;
	pieces[2] = (struct iovec){unmap->bitmap.bits, unmap->bitmap.size};
	what->argsz = (uint32_t)(sizeof(*what) + sizeof(header) + unmap->bitmap.size);
	xlat__vfio_user_reply(wait->server, &wait->request, pieces, 3, NULL, 0);
	return true;
}

/* Shows what is left of a mapping behind a range that was cut out of it. */
static int keep_rest(struct xlat_vfio_user_server *server,
		     const struct xlat__vfio_user_mapping *mapping, struct xlat_range rest)
{
	const struct xlat__vfio_user_backing *whole = mapping->backing;
	struct xlat__vfio_user_backing *backing = make_backing(server, rest, whole->flags);
	int error;

	if (!backing)
		return -ENOMEM;
	backing->kind = whole->kind;
	backing->session = whole->session;
	backing->file = whole->file;
	if (backing->file)
		__atomic_add_fetch(&backing->file->references, 1, __ATOMIC_RELAXED);
	backing->offset = whole->offset + (rest.first - whole->range.first);
	error = server->logging ? xlat__vfio_user_backing_log(backing) : 0;
	if (!error)
		error = show(server, backing);
	xlat__vfio_user_backing_unref(backing);
	return error;
}

/* Takes a range away from one mapping. */
static int cut(struct xlat_vfio_user_server *server, struct xlat__vfio_user_mapping *mapping,
	       struct xlat_range range)
{
	struct xlat_range whole = mapping->node.range;
	int error = 0;

	xlat_region_detach(mapping->region);
	if (whole.first < range.first)
		error = keep_rest(server, mapping,
				  (struct xlat_range){whole.first, range.first - 1});
	if (!error && whole.last > range.last)
		error = keep_rest(server, mapping, (struct xlat_range){range.last + 1, whole.last});
	forget_mapping(server, mapping);
	return error;
}

/* Whether all that is mapped lies in a range. */
static bool covers_all(const struct xlat_vfio_user_server *server, struct xlat_range range)
{
	if (range.first &&
	    xlat__interval_tree_first(&server->mappings, (struct xlat_range){0, range.first - 1}))
		return false;
	return range.last == UINT64_MAX ||
	       !xlat__interval_tree_first(&server->mappings,
					  (struct xlat_range){range.last + 1, UINT64_MAX});
}

/* Takes a range away from all mappings, published once. */
static int unmap_range(struct xlat_vfio_user_server *server, struct xlat_range range)
{
	struct xlat__interval *node;
	int error = 0, committed;

	if (server->map_count >= DROPPED_AT_ONCE && covers_all(server, range)) {
		drop_all(server);
		return 0;
	}
	xlat_fabric_begin(server->fabric);
	while ((node = xlat__interval_tree_first(&server->mappings, range))) {
		int cut_error = cut(server,
				    xlat__container_of(node, struct xlat__vfio_user_mapping, node),
				    range);

		error = error ? error : cut_error;
	}
	committed = xlat_fabric_commit(server->fabric);
	server->uncommitted |= committed != 0;
	return error ? error : committed;
}

static int check_unmap(const struct xlat__vfio_user_message *message, struct unmap *unmap)
{
	struct xlat__vfio_user_dma_unmap *what = &unmap->what;
	bool all, dirty;

	if (message->size < sizeof(*what) || message->fd_count)
		return -EINVAL;
	memcpy(what, message->payload, sizeof(*what));
	all = what->flags & XLAT__VFIO_USER_UNMAP_ALL;
	dirty = what->flags & XLAT__VFIO_USER_UNMAP_DIRTY;
	if (what->argsz < sizeof(*what) || (all && dirty) ||
	    (what->flags & ~(uint32_t)(XLAT__VFIO_USER_UNMAP_ALL | XLAT__VFIO_USER_UNMAP_DIRTY)))
		return -EINVAL;
	if (all)
		return what->address || what->size ? -EINVAL : 0;
	return !what->size || what->size - 1 > UINT64_MAX - what->address ? -EINVAL : 0;
}

/* What an unmap's bitmap is of: page size and bytes, as asked for. */
static int prepare_bitmap(struct xlat_vfio_user_server *server,
			  const struct xlat__vfio_user_message *message, struct unmap *unmap,
			  struct xlat_range range)
{
	struct xlat__vfio_user_bitmap header;
	int error;

	if (message->size < sizeof(unmap->what) + sizeof(header))
		return -EINVAL;
	memcpy(&header, message->payload + sizeof(unmap->what), sizeof(header));
	if (!server->logging)
		return -EINVAL;
	error = xlat__vfio_user_dirty_bitmap_init(&unmap->bitmap, server, range, header.page_size);
	if (error)
		return error;
	if (header.size < unmap->bitmap.size ||
	    unmap->what.argsz < sizeof(unmap->what) + sizeof(header) + unmap->bitmap.size)
		return -EINVAL;
	return xlat__vfio_user_dirty_bitmap_add(&unmap->bitmap);
}

int xlat__vfio_user_dma_unmap(struct xlat_vfio_user_server *server,
			      struct xlat__vfio_user_message *message)
{
	struct unmap *unmap = calloc(1, sizeof(*unmap));
	struct xlat_range range = everything;
	int error;

	if (!unmap)
		return -ENOMEM;
	unmap->wait.server = server;
	unmap->wait.request = xlat__vfio_user_request_of(message);
	unmap->wait.finish = finish_unmap;
	unmap->wait.free = free_unmap;
	error = check_unmap(message, unmap);
	if (!error && !(unmap->what.flags & XLAT__VFIO_USER_UNMAP_ALL))
		range = (struct xlat_range){unmap->what.address,
					    unmap->what.address + (unmap->what.size - 1)};
	if (!error && (unmap->what.flags & XLAT__VFIO_USER_UNMAP_DIRTY))
		error = prepare_bitmap(server, message, unmap, range);
	if (!error)
		error = unmap_range(server, range);
	if (error) {
		free_unmap(&unmap->wait);
		return error;
	}
	xlat__vfio_user_wait_fence(&unmap->wait, range);
	return 0;
}
