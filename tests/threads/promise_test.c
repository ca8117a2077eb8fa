/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The promise, with everything going on at once: devices with handles that come and go read, write,
 * map and look through windows, behind one IOMMU, behind two, and behind none, while drivers unmap
 * under both IOMMUs, an IOMMU is replaced, and memory is plugged, moved and unplugged.
 *
 * A page that is free bears a stamp with its generation in every word, which nobody else writes. It
 * must be there, whole, when the page is used again: so a late store is seen, and it tells which
 * device made it; a late load is seen by the stamp that it finds. The same without waiting for
 * fences must be caught. XLAT_SEED and XLAT_MILLISECONDS in the environment choose another run.
 */
#include "test.h"
#include "fixture.h"

#include <xlat/window.h>

#include <endian.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Without waiting there are races, and the thread sanitizer would say so, as it should. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN
#endif

enum {
	PAGE = 4096,
	WORDS = PAGE / 8,
	DEVICES = 3,
	SEEN = 16, /* pages of IOVA of each driver */
	POOL = 40, /* pages of RAM of each driver, and of what is plugged */
	MAPS = 3, /* that a device keeps */
	MILLISECONDS = 1500,
	CAUGHT_WITHIN = 60000, /* milliseconds; it takes some hundred */
	STAMP = 0xdd, /* the top byte of a word of a free page */
};

#define PLUGGED_AT UINT64_C(0x40000000)

/* What a device's handle leads into. */
enum place {
	BEHIND_INNER,
	BEHIND_BOTH,
	BEHIND_NONE,
	PLACES,
};

struct world;

/* Pages that are used again and again. */
struct pool {
	struct world *world;
	uint64_t *words;
	uint64_t generation[POOL];
	unsigned queue[POOL], first, count;
};

/* Who maps and unmaps under one IOMMU; and who plugs memory. */
struct driver {
	struct world *world;
	pthread_t thread;
	uint64_t seed;
	struct pool pool;
	struct xlat_table_iommu *table;
	struct xlat_space *target;
	uint64_t base; /* of the pool in target */
	int leads[SEEN]; /* a page of the pool, or -1 */
	uint64_t fences, waits;
};

struct device {
	struct world *world;
	pthread_t thread;
	uint64_t seed;
	unsigned number;
	uint64_t accesses, handles;
	struct xlat_dma *dma;
	struct xlat_map maps[MAPS];
	uint64_t words[4 * WORDS];
};

struct world {
	uint64_t seed;
	bool waits; /* for fences: what is tested */
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *root, *memory, *inner_root, *outer_root;
	struct xlat_space *machine, *inner, *outer;
	struct driver drivers[PLACES]; /* the last one plugs */
	struct device devices[DEVICES];
	bool stop; /* atomic */
	char wrong[200]; /* the first thing that was; under lock */
	pthread_mutex_t lock;
};

static uint64_t from_environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

/* SplitMix64. */
static uint32_t any(uint64_t *seed, uint32_t bound)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(((z ^ (z >> 31)) >> 32) * bound >> 32);
}

static uint64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool stopped(struct world *world)
{
	return __atomic_load_n(&world->stop, __ATOMIC_RELAXED);
}

__attribute__((format(printf, 2, 3))) static void fail_with(struct world *world, const char *format,
							    ...)
{
	va_list arguments;

	pthread_mutex_lock(&world->lock);
	va_start(arguments, format);
	if (!world->wrong[0])
		vsnprintf(world->wrong, sizeof(world->wrong), format, arguments);
	va_end(arguments);
	pthread_mutex_unlock(&world->lock);
	__atomic_store_n(&world->stop, true, __ATOMIC_SEQ_CST);
}

static void must(struct world *world, int result, const char *what)
{
	if (result != 0)
		fail_with(world, "%s: %d", what, result);
}

/* --- Pages. */

static uint64_t stamp(const struct pool *pool, unsigned page)
{
	return (uint64_t)STAMP << 56 | (uint64_t)page << 40 | pool->generation[page];
}

static uint64_t *words_of(const struct pool *pool, unsigned page)
{
	return pool->words + page * (size_t)WORDS;
}

static void release_page(struct pool *pool, unsigned page)
{
	uint64_t *words = words_of(pool, page), value;

	pool->generation[page]++;
	value = stamp(pool, page);
	for (unsigned i = 0; i < WORDS; i++)
		words[i] = value;
	pool->queue[(pool->first + pool->count++) % POOL] = page;
}

/* Takes the page that has been free for longest; it is as it was left. */
static unsigned take_page(struct pool *pool)
{
	unsigned page = pool->queue[pool->first];
	uint64_t *words = words_of(pool, page), value = stamp(pool, page);

	pool->first = (pool->first + 1) % POOL;
	pool->count--;
	for (unsigned i = 0; i < WORDS; i++)
		if (words[i] != value) {
			fail_with(pool->world,
				  "page %u, generation %" PRIu64 ": word %u became %016" PRIx64,
				  page, pool->generation[page], i, words[i]);
			break;
		}
	memset(words, 0, PAGE);
	return page;
}

static void fill_pool(struct pool *pool, struct world *world, uint64_t *words)
{
	*pool = (struct pool){.world = world, .words = words};
	for (unsigned page = 0; page < POOL; page++)
		release_page(pool, page);
}

/* --- A device. */

static void look_at(struct device *device, const uint64_t *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (words[i] >> 56 == STAMP) {
			fail_with(device->world, "device %u read the stamp %016" PRIx64,
				  device->number, words[i]);
			return;
		}
}

/* Words are the host's, as they lie in memory. */
static void look_at_le(struct device *device, uint64_t value)
{
	value = htole64(value);
	look_at(device, &value, 1);
}

static void sign(struct device *device, uint64_t *words, size_t count)
{
	uint64_t value = (uint64_t)(0xa0 + device->number) << 56 | device->accesses;

	for (size_t i = 0; i < count; i++)
		words[i] = value;
}

/* Where the device looks: what its driver maps, or what is plugged. */
static uint64_t somewhere(struct device *device, size_t count)
{
	uint64_t word = any(&device->seed, (uint32_t)(SEEN * WORDS - count));

	return (device->number % PLACES == BEHIND_NONE ? PLUGGED_AT : 0) + word * 8;
}

static void copy_some(struct device *device)
{
	size_t count = 1 + any(&device->seed, any(&device->seed, 2) ? 8 : 4 * WORDS);
	uint64_t at = somewhere(device, count);

	sign(device, device->words, count);
	(void)xlat_dma_write(device->dma, nobody, at, device->words, count * 8);
	if (xlat_dma_read(device->dma, nobody, at, device->words, count * 8) == XLAT_OK)
		look_at(device, device->words, count);
}

static void load_and_store(struct device *device)
{
	uint64_t at = somewhere(device, 1), value, mine;

	sign(device, &mine, 1);
	for (unsigned i = 0; i < 20; i++) {
		if (xlat_dma_load_le64(device->dma, nobody, at, &value) == XLAT_OK)
			look_at_le(device, value);
		(void)xlat_dma_store_le64(device->dma, nobody, at, le64toh(mine));
	}
}

static void use_window(struct device *device)
{
	struct xlat_window window;
	uint64_t value, mine;

	sign(device, &mine, 1);
	xlat_window_init(&window, device->dma, nobody, XLAT_ATOMIC, somewhere(device, WORDS), PAGE);
	for (unsigned i = 0; i < 40; i++) {
		uint64_t offset = any(&device->seed, WORDS) * UINT64_C(8);

		if (xlat_window_load_le64(&window, offset, &value) == XLAT_OK)
			look_at_le(device, value);
		(void)xlat_window_store_le64(&window, offset, le64toh(mine));
	}
}

static void use_map(struct device *device)
{
	struct xlat_map *map = &device->maps[any(&device->seed, MAPS)];

	if (map->host && any(&device->seed, 3)) {
		look_at(device, (const uint64_t *)map->host, map->size / 8);
		sign(device, (uint64_t *)map->host, map->size / 8);
	} else if (map->host) {
		must(device->world, xlat_dma_unmap(device->dma, map, map->size), "unmap");
		map->host = NULL;
	} else if (xlat_dma_map(device->dma, nobody, XLAT_ATOMIC, somewhere(device, WORDS), PAGE,
				map) != 0) {
		map->host = NULL;
	}
}

static void (*const deeds[])(struct device *device) = {copy_some, load_and_store, use_window,
						       use_map, use_map};

static void *be_a_device(void *opaque)
{
	struct device *device = opaque;
	struct world *world = device->world;
	struct xlat_space *spaces[PLACES] = {world->inner, world->outer, world->machine};

	while (!stopped(world)) {
		must(world, xlat_dma_create(spaces[device->number % PLACES], NULL, &device->dma),
		     "a handle");
		memset(device->maps, 0, sizeof(device->maps));
		device->handles++;
		for (uint32_t i = any(&device->seed, 3000); i > 0 && !stopped(world); i--) {
			deeds[any(&device->seed, sizeof(deeds) / sizeof(deeds[0]))](device);
			device->accesses++;
		}
		/* With its maps. */
		xlat_dma_destroy(device->dma);
	}
	return NULL;
}

/* --- A driver. */

static void wait_for(struct driver *driver)
{
	struct xlat_fence fence;

	driver->fences++;
	if (!driver->world->waits ||
	    xlat_iommu_fence(xlat_table_iommu_base(driver->table), &fence, NULL, NULL))
		return;
	driver->waits++;
	while (!xlat_fence_poll(&fence)) {
		if (stopped(driver->world)) {
			xlat_fence_cancel(&fence);
			return;
		}
		sched_yield();
	}
}

static void map_page(struct driver *driver, unsigned seen)
{
	unsigned page = take_page(&driver->pool);
	const struct xlat_table_entry entry = {
		.range = {seen * UINT64_C(4096), seen * UINT64_C(4096) + PAGE - 1},
		.space = driver->target,
		.address = driver->base + page * UINT64_C(4096),
		.rights = XLAT_RIGHT_RW,
	};

	must(driver->world, xlat_table_iommu_map(driver->table, &entry), "a mapping");
	driver->leads[seen] = (int)page;
}

/* Unmaps some pages, waits once, and uses them for something else at once. */
static void unmap_pages(struct driver *driver, unsigned first, unsigned count)
{
	const struct xlat_range range = {first * UINT64_C(4096),
					 (first + count) * UINT64_C(4096) - 1};

	must(driver->world, xlat_table_iommu_unmap(driver->table, range), "an unmapping");
	wait_for(driver);
	for (unsigned seen = first; seen < first + count && !stopped(driver->world); seen++) {
		if (driver->leads[seen] >= 0)
			release_page(&driver->pool, (unsigned)driver->leads[seen]);
		driver->leads[seen] = -1;
	}
}

/* The IOMMU itself goes, and another one takes its place. */
static void replace_iommu(struct driver *driver, struct xlat_region *root)
{
	struct world *world = driver->world;

	unmap_pages(driver, 0, SEEN);
	if (stopped(world))
		return;
	xlat_table_iommu_destroy(driver->table);
	must(world, xlat_table_iommu_create(world->fabric, NULL, &driver->table), "an IOMMU");
	must(world,
	     xlat_region_attach(root, xlat_iommu_region(xlat_table_iommu_base(driver->table)), 0),
	     "an IOMMU's place");
}

static void *drive(void *opaque)
{
	struct driver *driver = opaque;
	struct world *world = driver->world;
	bool outer = driver == &world->drivers[BEHIND_BOTH];

	while (!stopped(world)) {
		unsigned first = any(&driver->seed, SEEN);
		unsigned count = 1 + any(&driver->seed, any(&driver->seed, 4) ? 1 : SEEN - first);

		unmap_pages(driver, first, count);
		if (outer && !any(&driver->seed, 200))
			replace_iommu(driver, world->outer_root);
		for (unsigned seen = 0; seen < SEEN && !stopped(world); seen++)
			if (driver->leads[seen] < 0 && any(&driver->seed, 8))
				map_page(driver, seen);
	}
	return NULL;
}

static void is_retired(void *opaque)
{
	__atomic_store_n((bool *)opaque, true, __ATOMIC_RELEASE);
}

/* Plugs a page of memory, moves it, unplugs it, waits until it is retired, and uses it for something else. */
static void plug(struct driver *driver)
{
	struct world *world = driver->world;
	unsigned page = take_page(&driver->pool);
	bool retired = false;
	struct xlat_region *region;
	struct xlat_ram *ram;

	must(world,
	     xlat_ram_create(world->fabric,
			     XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_CALLER, .length = PAGE,
					 .host = words_of(&driver->pool, page),
					 .retired = is_retired, .opaque = &retired),
			     &ram),
	     "a block");
	must(world,
	     xlat_region_create(world->fabric,
				XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM, .ram = ram,
					    .length = PAGE),
				&region),
	     "a region");
	xlat_ram_unref(ram);
	must(world,
	     xlat_region_attach(world->root, region,
				PLUGGED_AT + any(&driver->seed, SEEN) * UINT64_C(4096)),
	     "plugging");
	for (uint32_t i = any(&driver->seed, 4); i > 0; i--) {
		must(world,
		     xlat_region_move(region,
				      PLUGGED_AT + any(&driver->seed, SEEN) * UINT64_C(4096)),
		     "moving");
		sched_yield();
	}
	xlat_region_detach(region);
	xlat_region_unref(region);
	driver->fences++;
	if (!__atomic_load_n(&retired, __ATOMIC_ACQUIRE))
		driver->waits++;
	/* Whatever happens, the block may not be left behind with a pointer to here. */
	while (!__atomic_load_n(&retired, __ATOMIC_ACQUIRE)) {
		xlat_fabric_process(world->fabric);
		sched_yield();
	}
	release_page(&driver->pool, page);
}

static void *plug_on(void *opaque)
{
	struct driver *driver = opaque;

	while (!stopped(driver->world))
		plug(driver);
	return NULL;
}

/* --- The world. */

static void make_driver(struct world *world, enum place place)
{
	struct driver *driver = &world->drivers[place];
	uint64_t *words = xlat_ram_host(world->ram);

	driver->world = world;
	driver->seed = world->seed + 100 + place;
	fill_pool(&driver->pool, world, words + place * (size_t)POOL * WORDS);
	driver->base = place * (uint64_t)POOL * PAGE;
	if (place == BEHIND_NONE)
		return;
	for (unsigned i = 0; i < SEEN; i++)
		driver->leads[i] = -1;
	assert_int_equal(xlat_table_iommu_create(world->fabric, NULL, &driver->table), 0);
}

/* The outer IOMMU's pages are reached through the inner one, past what that one's driver maps. */
static void make_bridge(struct world *world)
{
	struct driver *inner = &world->drivers[BEHIND_INNER];
	struct driver *outer = &world->drivers[BEHIND_BOTH];
	const struct xlat_table_entry bridge = {
		.range = {UINT64_C(0x1000000), UINT64_C(0x1000000) + POOL * PAGE - 1},
		.space = world->machine,
		.address = outer->base,
		.rights = XLAT_RIGHT_RW,
	};

	assert_int_equal(xlat_table_iommu_map(inner->table, &bridge), 0);
	inner->target = world->machine;
	outer->target = world->inner;
	outer->base = bridge.range.first;
}

static void build(struct world *world, uint64_t seed, bool waits)
{
	*world = (struct world){.seed = seed, .waits = waits};
	pthread_mutex_init(&world->lock, NULL);
	assert_int_equal(xlat_fabric_create(NULL, &world->fabric), 0);
	assert_int_equal(xlat_region_create(world->fabric,
					    XLAT_CONFIG(xlat_region_config, .name = "root"),
					    &world->root),
			 0);
	assert_int_equal(xlat_ram_create(world->fabric,
					 XLAT_CONFIG(xlat_ram_config,
						     .length = PLACES * (uint64_t)POOL * PAGE),
					 &world->ram),
			 0);
	assert_int_equal(xlat_region_create(world->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = world->ram,
							.length = PLACES * (uint64_t)POOL * PAGE),
					    &world->memory),
			 0);
	assert_int_equal(xlat_region_attach(world->root, world->memory, 0), 0);
	assert_int_equal(xlat_space_create(world->root, "machine", &world->machine), 0);
	for (enum place place = BEHIND_INNER; place < PLACES; place++)
		make_driver(world, place);
	world->inner = space_behind(world->fabric,
				    xlat_table_iommu_base(world->drivers[BEHIND_INNER].table),
				    &world->inner_root);
	world->outer = space_behind(world->fabric,
				    xlat_table_iommu_base(world->drivers[BEHIND_BOTH].table),
				    &world->outer_root);
	make_bridge(world);
}

static void demolish(struct world *world)
{
	xlat_space_destroy(world->outer);
	xlat_region_unref(world->outer_root);
	xlat_table_iommu_destroy(world->drivers[BEHIND_BOTH].table);
	xlat_space_destroy(world->inner);
	xlat_region_unref(world->inner_root);
	xlat_table_iommu_destroy(world->drivers[BEHIND_INNER].table);
	xlat_space_destroy(world->machine);
	xlat_region_unref(world->memory);
	xlat_region_unref(world->root);
	xlat_ram_unref(world->ram);
	xlat_fabric_destroy(world->fabric);
	pthread_mutex_destroy(&world->lock);
}

static struct world world;

/* Runs it for so long, or until something is wrong. */
static void run(uint64_t seed, bool waits, uint64_t length)
{
	uint64_t begin = milliseconds();

	build(&world, seed, waits);
	for (unsigned i = 0; i < DEVICES; i++) {
		world.devices[i] =
			(struct device){.world = &world, .number = i, .seed = seed + 1 + i};
		assert_int_equal(pthread_create(&world.devices[i].thread, NULL, be_a_device,
						&world.devices[i]),
				 0);
	}
	for (enum place place = BEHIND_INNER; place < PLACES; place++)
		assert_int_equal(pthread_create(&world.drivers[place].thread, NULL,
						place == BEHIND_NONE ? plug_on : drive,
						&world.drivers[place]),
				 0);
	while (!stopped(&world) && milliseconds() - begin < length) {
		xlat_fabric_process(world.fabric);
		sched_yield();
	}
	__atomic_store_n(&world.stop, true, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < DEVICES; i++)
		pthread_join(world.devices[i].thread, NULL);
	for (enum place place = BEHIND_INNER; place < PLACES; place++)
		pthread_join(world.drivers[place].thread, NULL);
	printf("# seed %" PRIu64 ", %" PRIu64 " ms:", seed, milliseconds() - begin);
	for (enum place place = BEHIND_INNER; place < PLACES; place++)
		printf(" %" PRIu64 "/%" PRIu64, world.drivers[place].waits,
		       world.drivers[place].fences);
	printf(" waited;");
	for (unsigned i = 0; i < DEVICES; i++)
		printf(" %" PRIu64, world.devices[i].accesses);
	printf(" accesses\n");
	if (world.wrong[0])
		printf("# %s\n", world.wrong);
	demolish(&world);
}

static void no_late_byte_whatever_goes_on(void **state)
{
	uint64_t seed = from_environment("XLAT_SEED", milliseconds());

	(void)state;
	run(seed, true, from_environment("XLAT_MILLISECONDS", MILLISECONDS));
	if (world.wrong[0])
		fail_msg("XLAT_SEED=%" PRIu64 ": %s", seed, world.wrong);
	assert_true(world.drivers[BEHIND_INNER].fences + world.drivers[BEHIND_BOTH].fences > 0);
}

#ifndef UNDER_TSAN
static void the_same_without_waiting_is_caught(void **state)
{
	(void)state;
	run(from_environment("XLAT_SEED", milliseconds()), false, CAUGHT_WITHIN);
	assert_true(world.wrong[0]);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_late_byte_whatever_goes_on),
#ifndef UNDER_TSAN
		cmocka_unit_test(the_same_without_waiting_is_caught),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
