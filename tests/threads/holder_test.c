/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * External holders, while everything about them goes on at once. Peers read and write memory that
 * was handed out to them, as a vfio-user client does: each has pages through a holder of its own,
 * lets them go when it is told, on a thread of its own, sometimes late, sometimes with an error,
 * and goes away and comes back at any moment. Drivers unmap, wait, and use the pages for something else:
 * a page that is free bears a stamp, which must be there, whole, when it is used again; a peer that
 * reads one was let have it too long. XLAT_SEED and XLAT_MILLISECONDS choose another run. The same
 * without waiting for fences must be caught.
 */
#include "test.h"
#include "fixture.h"

#include <xlat/implement/holder.h>

#include <errno.h>
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
	DRIVERS = 2, /* each with an IOMMU */
	PEERS = 2, /* of each driver's IOMMU */
	SEEN = 8, /* pages of IOVA of each peer */
	POOL = 2 * PEERS * SEEN, /* pages of RAM of each driver */
	TICKETS = 64, /* that a peer has not settled yet */
	MILLISECONDS = 1500,
	CAUGHT_WITHIN = 60000, /* milliseconds; it takes some hundred */
	STAMP = 0xdd, /* the top byte of a word of a free page */
};

struct trial;
struct driver;

/*
 * What a peer knows of a page is what it was given last: a pointer, or nothing. It is taken back
 * under its lock when it is told, and what it is doing by then it finishes before it settles.
 */
struct peer {
	struct driver *driver;
	unsigned number;
	uint64_t seed;
	pthread_t thread;
	struct xlat_holder *holder; /* written by its thread; read with the lock */
	pthread_mutex_t lock;
	uint64_t *given[SEEN]; /* under the lock */
	uint64_t tickets[TICKETS]; /* what it was told, and has not settled; under the lock */
	unsigned tickets_count;
	bool here; /* atomic: its holder exists */
	uint64_t uses, settled, failed, lives; /* its thread's */
	uint64_t told; /* under the lock */
};

struct driver {
	struct trial *trial;
	uint64_t seed;
	pthread_t thread;
	struct xlat_table_iommu *table;
	struct peer peers[PEERS];
	uint64_t *words; /* of its pool */
	uint64_t base; /* of the pool in the machine */
	uint64_t generation[POOL];
	unsigned queue[POOL], first, count;
	int leads[PEERS][SEEN]; /* a page of the pool, or -1 */
	uint64_t fences, waits, failures;
};

struct trial {
	bool waits; /* for fences: what is tested */
	struct xlat_fabric *fabric;
	struct xlat_ram *ram;
	struct xlat_region *memory;
	struct xlat_space *machine;
	struct driver drivers[DRIVERS];
	bool stop; /* atomic */
	bool gone; /* atomic: drivers are through, and peers may go, too */
	pthread_mutex_t lock;
	char wrong[160]; /* the first thing that was; under the lock */
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

static bool stopped(struct trial *trial)
{
	return __atomic_load_n(&trial->stop, __ATOMIC_RELAXED);
}

static void fail_with(struct trial *trial, const char *what, uint64_t value)
{
	pthread_mutex_lock(&trial->lock);
	if (!trial->wrong[0])
		snprintf(trial->wrong, sizeof(trial->wrong), "%s: %016" PRIx64, what, value);
	pthread_mutex_unlock(&trial->lock);
	__atomic_store_n(&trial->stop, true, __ATOMIC_SEQ_CST);
}

/* --- A peer. */

/* Its pages: SEEN of them, behind those of the peers before it. */
static struct xlat_range range_of(const struct peer *peer, unsigned first, unsigned count)
{
	uint64_t page = peer->number * (uint64_t)SEEN + first;

	return (struct xlat_range){page * PAGE, (page + count) * PAGE - 1};
}

/* Nobody is told who has gone, nor goes while he is told. */
static void be_here(struct peer *peer)
{
	if (!__atomic_load_n(&peer->here, __ATOMIC_RELAXED))
		fail_with(peer->driver->trial, "a peer was told after its end", peer->number);
}

/* By whatever thread; what it takes back is not in use any more when the ticket is settled. */
static void is_withdrawn(void *opaque, struct xlat_holder *holder,
			 const struct xlat_withdrawal *withdrawal)
{
	struct peer *peer = opaque;
	bool taken = true;

	be_here(peer);
	pthread_mutex_lock(&peer->lock);
	if (peer->told++ % 16 == 0)
		sched_yield();
	for (unsigned i = 0; i < SEEN; i++)
		if (xlat_range_overlaps(range_of(peer, i, 1), withdrawal->range)) {
			taken &= !peer->given[i];
			peer->given[i] = NULL;
		}
	if (peer->tickets_count == TICKETS)
		fail_with(peer->driver->trial, "more is owed one by one than there may be",
			  TICKETS);
	else if (!taken)
		peer->tickets[peer->tickets_count++] = withdrawal->ticket;
	pthread_mutex_unlock(&peer->lock);
	/* What it did not have is settled from here. */
	if (taken)
		xlat_holder_settle(holder, withdrawal->ticket, 0);
	be_here(peer);
}

/* The peer's thread reads and writes some words of what it was given, without a lock. */
static void use(struct peer *peer)
{
	unsigned which = any(&peer->seed, SEEN);
	uint64_t *words, value;

	pthread_mutex_lock(&peer->lock);
	words = peer->given[which];
	pthread_mutex_unlock(&peer->lock);
	if (!words)
		return;
	for (uint32_t i = any(&peer->seed, 200); i > 0; i--) {
		unsigned word = any(&peer->seed, WORDS);

		value = words[word];
		if (value >> 56 == STAMP) {
			fail_with(peer->driver->trial, "a peer read a stamp", value);
			return;
		}
		words[word] = (uint64_t)0xa0 << 56 | peer->uses;
	}
	peer->uses++;
}

/* Settles some of what it owes, here or there with an error: then it has let go all the same. */
static void settle(struct peer *peer, bool all)
{
	uint64_t tickets[TICKETS];
	unsigned count;

	pthread_mutex_lock(&peer->lock);
	count = all ? peer->tickets_count : any(&peer->seed, peer->tickets_count + 1);
	for (unsigned i = 0; i < count; i++)
		tickets[i] = peer->tickets[--peer->tickets_count];
	pthread_mutex_unlock(&peer->lock);
	for (unsigned i = 0; i < count; i++) {
		bool fails = any(&peer->seed, 16) == 0;

		xlat_holder_settle(peer->holder, tickets[i], fails ? -EIO : 0);
		peer->settled++;
		peer->failed += fails;
	}
}

static void arrive(struct peer *peer)
{
	struct xlat_iommu *iommu = xlat_table_iommu_base(peer->driver->table);
	const struct xlat_holder_config config = {.size = sizeof(config),
						  .range = range_of(peer, 0, SEEN),
						  .withdrawn = is_withdrawn,
						  .opaque = peer};

	__atomic_store_n(&peer->here, true, __ATOMIC_RELAXED);
	if (xlat_iommu_holder_create(iommu, &config, &peer->holder))
		fail_with(peer->driver->trial, "no holder", 0);
	peer->lives++;
}

/* Asks where its pages lead; who asks after its holder is there hears of what ends. */
static void ask(struct peer *peer)
{
	unsigned which = any(&peer->seed, SEEN);
	struct driver *driver = peer->driver;
	const struct xlat_translation_request request = {
		.iova = range_of(peer, which, 1).first,
		.length = 8,
		.access = XLAT_WRITE,
	};
	struct xlat_translation translation;

	/*
	 * What is withdrawn between the answer and its use here is told while the lock is held, and
	 * thus taken back after it was given.
	 */
	pthread_mutex_lock(&peer->lock);
	if (!peer->given[which] && xlat_iommu_peek(xlat_table_iommu_base(driver->table), &request,
						   &translation) == XLAT_OK)
		peer->given[which] =
			driver->words + (translation.address - driver->base) / sizeof(uint64_t);
	pthread_mutex_unlock(&peer->lock);
}

/* Uses nothing any more, and goes; what it owed counts as settled. */
static void go(struct peer *peer)
{
	pthread_mutex_lock(&peer->lock);
	memset(peer->given, 0, sizeof(peer->given));
	pthread_mutex_unlock(&peer->lock);
	xlat_holder_destroy(peer->holder);
	__atomic_store_n(&peer->here, false, __ATOMIC_RELAXED);
	pthread_mutex_lock(&peer->lock);
	peer->tickets_count = 0;
	pthread_mutex_unlock(&peer->lock);
}

static void *be_a_peer(void *opaque)
{
	struct peer *peer = opaque;
	struct trial *trial = peer->driver->trial;

	while (!__atomic_load_n(&trial->gone, __ATOMIC_RELAXED)) {
		arrive(peer);
		for (uint32_t i = any(&peer->seed, 3000);
		     i > 0 && !__atomic_load_n(&trial->gone, __ATOMIC_RELAXED); i--) {
			if (!stopped(trial))
				ask(peer);
			use(peer);
			settle(peer, stopped(trial));
			if (any(&peer->seed, 64) == 0)
				sched_yield();
		}
		go(peer);
	}
	return NULL;
}

/* --- A driver. */

static uint64_t stamp(const struct driver *driver, unsigned page)
{
	return (uint64_t)STAMP << 56 | (uint64_t)page << 40 | driver->generation[page];
}

static void release_page(struct driver *driver, unsigned page)
{
	uint64_t *words = driver->words + page * (size_t)WORDS, value;

	driver->generation[page]++;
	value = stamp(driver, page);
	for (unsigned i = 0; i < WORDS; i++)
		words[i] = value;
	driver->queue[(driver->first + driver->count++) % POOL] = page;
}

/* Takes the page that has been free for longest; it is as it was left. */
static unsigned take_page(struct driver *driver)
{
	unsigned page = driver->queue[driver->first];
	uint64_t *words = driver->words + page * (size_t)WORDS, value = stamp(driver, page);

	driver->first = (driver->first + 1) % POOL;
	driver->count--;
	for (unsigned i = 0; i < WORDS; i++) {
		if (words[i] != value)
			fail_with(driver->trial, "a free page became", words[i]);
		words[i] = 0;
	}
	return page;
}

static void map_page(struct driver *driver, unsigned peer, unsigned seen)
{
	unsigned page = take_page(driver);
	const struct xlat_table_entry entry = {
		.range = range_of(&driver->peers[peer], seen, 1),
		.space = driver->trial->machine,
		.address = driver->base + page * UINT64_C(4096),
		.rights = XLAT_RIGHT_RW,
	};

	if (xlat_table_iommu_map(driver->table, &entry))
		fail_with(driver->trial, "a page could not be mapped", page);
	driver->leads[peer][seen] = (int)page;
}

/*
 * Waits for a fence, by polling or by a callback. One that failed says that a peer had trouble; here they have
 * let go for all that.
 */
static void has_ended(void *opaque)
{
	__atomic_store_n((bool *)opaque, true, __ATOMIC_RELEASE);
}

static void wait_for(struct driver *driver)
{
	struct xlat_iommu *iommu = xlat_table_iommu_base(driver->table);
	bool calls = any(&driver->seed, 2), ended = false;
	struct xlat_fence fence;
	int over;

	driver->fences++;
	if (!driver->trial->waits)
		return;
	over = xlat_fence_start(&fence, iommu,
				XLAT_CONFIG(xlat_fence_config, .done = calls ? has_ended : NULL,
					    .opaque = &ended, .unordered = any(&driver->seed, 2)));
	if (over < 0)
		fail_with(driver->trial, "a fence was refused", (uint64_t)-over);
	driver->waits += over == 0;
	while (over == 0 &&
	       (calls ? !__atomic_load_n(&ended, __ATOMIC_ACQUIRE) : !xlat_fence_poll(&fence))) {
		if (calls)
			xlat_fabric_process(driver->trial->fabric);
		sched_yield();
	}
	driver->failures += over >= 0 && xlat_fence_status(&fence) == XLAT_FENCE_FAILED;
}

static void unmap_pages(struct driver *driver, unsigned peer, unsigned first, unsigned count)
{
	if (xlat_table_iommu_unmap(driver->table, range_of(&driver->peers[peer], first, count)))
		fail_with(driver->trial, "pages could not be unmapped", first);
	wait_for(driver);
	for (unsigned seen = first; seen < first + count; seen++) {
		if (driver->leads[peer][seen] >= 0)
			release_page(driver, (unsigned)driver->leads[peer][seen]);
		driver->leads[peer][seen] = -1;
	}
}

static void *drive(void *opaque)
{
	struct driver *driver = opaque;

	while (!stopped(driver->trial)) {
		unsigned peer = any(&driver->seed, PEERS), first = any(&driver->seed, SEEN);

		unmap_pages(driver, peer, first, 1 + any(&driver->seed, SEEN - first));
		for (unsigned seen = 0; seen < SEEN; seen++)
			if (driver->leads[peer][seen] < 0 && any(&driver->seed, 8))
				map_page(driver, peer, seen);
	}
	return NULL;
}

/* --- A trial. */

static void build(struct trial *trial, uint64_t seed, bool waits)
{
	const uint64_t length = DRIVERS * (uint64_t)POOL * PAGE;

	*trial = (struct trial){.waits = waits};
	pthread_mutex_init(&trial->lock, NULL);
	assert_int_equal(xlat_fabric_create(NULL, &trial->fabric), 0);
	assert_int_equal(xlat_ram_create(trial->fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = length),
					 &trial->ram),
			 0);
	assert_int_equal(xlat_region_create(trial->fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = trial->ram, .length = length),
					    &trial->memory),
			 0);
	assert_int_equal(xlat_space_create(trial->memory, "machine", &trial->machine), 0);
	for (unsigned i = 0; i < DRIVERS; i++) {
		struct driver *driver = &trial->drivers[i];

		driver->trial = trial;
		driver->seed = seed + 10 + i;
		driver->base = i * (uint64_t)POOL * PAGE;
		driver->words = (uint64_t *)xlat_ram_host(trial->ram) + i * (size_t)POOL * WORDS;
		assert_int_equal(xlat_table_iommu_create(trial->fabric, NULL, &driver->table), 0);
		for (unsigned page = 0; page < POOL; page++)
			release_page(driver, page);
		memset(driver->leads, 0xff, sizeof(driver->leads));
		for (unsigned peer = 0; peer < PEERS; peer++) {
			driver->peers[peer].driver = driver;
			driver->peers[peer].number = peer;
			driver->peers[peer].seed = seed + 100 + i * PEERS + peer;
			pthread_mutex_init(&driver->peers[peer].lock, NULL);
		}
	}
}

static void start(struct trial *trial)
{
	for (unsigned i = 0; i < DRIVERS; i++) {
		struct driver *driver = &trial->drivers[i];

		for (unsigned peer = 0; peer < PEERS; peer++)
			assert_int_equal(pthread_create(&driver->peers[peer].thread, NULL,
							be_a_peer, &driver->peers[peer]),
					 0);
		assert_int_equal(pthread_create(&driver->thread, NULL, drive, driver), 0);
	}
}

/* Drivers wait for peers, which therefore end after them. */
static void join(struct trial *trial)
{
	__atomic_store_n(&trial->stop, true, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < DRIVERS; i++)
		pthread_join(trial->drivers[i].thread, NULL);
	__atomic_store_n(&trial->gone, true, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < DRIVERS; i++)
		for (unsigned peer = 0; peer < PEERS; peer++)
			pthread_join(trial->drivers[i].peers[peer].thread, NULL);
}

static void demolish(struct trial *trial)
{
	for (unsigned i = 0; i < DRIVERS; i++) {
		struct driver *driver = &trial->drivers[i];

		xlat_table_iommu_destroy(driver->table);
		for (unsigned peer = 0; peer < PEERS; peer++)
			pthread_mutex_destroy(&driver->peers[peer].lock);
	}
	xlat_space_destroy(trial->machine);
	xlat_region_unref(trial->memory);
	xlat_ram_unref(trial->ram);
	xlat_fabric_destroy(trial->fabric);
	pthread_mutex_destroy(&trial->lock);
}

static void report(const struct trial *trial, uint64_t seed)
{
	for (unsigned i = 0; i < DRIVERS; i++) {
		const struct driver *driver = &trial->drivers[i];

		printf("# seed %" PRIu64 ": %" PRIu64 " fences, %" PRIu64 " waited, %" PRIu64
		       " failed;",
		       seed, driver->fences, driver->waits, driver->failures);
		for (unsigned peer = 0; peer < PEERS; peer++)
			printf(" %" PRIu64 " uses in %" PRIu64 " lives, told %" PRIu64
			       ", settled %" PRIu64 " later",
			       driver->peers[peer].uses, driver->peers[peer].lives,
			       driver->peers[peer].told, driver->peers[peer].settled);
		printf("\n");
	}
	if (trial->wrong[0])
		printf("# %s\n", trial->wrong);
}

static struct trial trial;

/* Runs it for so long, or until something is wrong. */
static void run(uint64_t seed, bool waits, uint64_t length)
{
	uint64_t begin = milliseconds();

	build(&trial, seed, waits);
	start(&trial);
	while (!stopped(&trial) && milliseconds() - begin < length) {
		xlat_fabric_process(trial.fabric);
		sched_yield();
	}
	join(&trial);
	report(&trial, seed);
	demolish(&trial);
}

static void no_peer_uses_a_page_after_its_fence(void **state)
{
	uint64_t seed = from_environment("XLAT_SEED", milliseconds());

	(void)state;
	run(seed, true, from_environment("XLAT_MILLISECONDS", MILLISECONDS));
	if (trial.wrong[0])
		fail_msg("XLAT_SEED=%" PRIu64 ": %s", seed, trial.wrong);
}

#ifndef UNDER_TSAN
static void the_same_without_waiting_is_caught(void **state)
{
	(void)state;
	run(from_environment("XLAT_SEED", milliseconds()), false, CAUGHT_WITHIN);
	assert_true(trial.wrong[0]);
}
#endif

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_peer_uses_a_page_after_its_fence),
#ifndef UNDER_TSAN
		cmocka_unit_test(the_same_without_waiting_is_caught),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
