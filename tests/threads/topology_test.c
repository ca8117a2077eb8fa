/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Threads access a space while another changes what it shows. Under TSan this says more than its
 * assertions do.
 */
#include "test.h"
#include "tree.h"

#include "memory/initiator.h"
#include "memory/space.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <xlat/doorbell.h>

#define MUST(call) assert_int_equal(call, 0)

enum {
	READERS = 2,
	COMMITS = 4000,
	LENGTH = 0x1000,
};

static const struct xlat_attrs nobody;

/* What readers do until they are told to stop. */
struct readers {
	struct xlat_space *space;
	void (*read)(struct readers *readers);
	bool stop; /* atomic */
	unsigned long reads, wrong; /* atomic */
	pthread_t threads[READERS];
};

static void *read_on(void *opaque)
{
	struct readers *readers = opaque;

	while (!__atomic_load_n(&readers->stop, __ATOMIC_RELAXED)) {
		readers->read(readers);
		__atomic_add_fetch(&readers->reads, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void start(struct readers *readers)
{
	for (unsigned i = 0; i < READERS; i++)
		MUST(pthread_create(&readers->threads[i], NULL, read_on, readers));
}

static void stop(struct readers *readers)
{
	/* A busy machine may not have let them begin. */
	while (!__atomic_load_n(&readers->reads, __ATOMIC_RELAXED))
		usleep(1000);
	__atomic_store_n(&readers->stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < READERS; i++)
		MUST(pthread_join(readers->threads[i], NULL));
	assert_int_equal(readers->wrong, 0);
}

static void complain_if(struct readers *readers, bool wrong)
{
	if (wrong)
		__atomic_add_fetch(&readers->wrong, 1, __ATOMIC_RELAXED);
}

/* A view shows both regions, each once. */
static void look_at_view(struct readers *readers)
{
	struct xlat__initiator *initiator = xlat__casual_borrow(readers->space->fabric);
	const struct xlat__view *view = xlat__space_view(readers->space);
	const struct xlat__section *low = xlat__view_find(view, 0, NULL);
	const struct xlat__section *high = xlat__view_find(view, LENGTH, NULL);

	complain_if(readers,
		    !low || !high || low->region == high->region || view->section_count != 2);
	xlat__casual_return(initiator);
}

/* A page lies in one of two regions: one of them is all 1, the other all 2. */
static void read_page(struct readers *readers)
{
	uint8_t bytes[LENGTH];
	enum xlat_outcome outcome = xlat_space_read(readers->space, nobody, 0, bytes, LENGTH);

	complain_if(readers, outcome != XLAT_OK || (bytes[0] != 1 && bytes[0] != 2) ||
				     memcmp(bytes, bytes + 1, LENGTH - 1) != 0);
}

static struct xlat_region *make_filled(struct tree *tree, uint8_t byte)
{
	struct xlat_region *region = make_ram(tree, LENGTH);

	memset(xlat_ram_host(xlat_region_ram(region, NULL)), byte, LENGTH);
	return region;
}

static void swap_under(struct tree *tree, void (*read)(struct readers *readers))
{
	struct readers readers = {.space = tree->space, .read = read};
	struct xlat_region *regions[2];

	regions[0] = place_in(tree->root, 0, make_filled(tree, 1));
	regions[1] = place_in(tree->root, LENGTH, make_filled(tree, 2));
	start(&readers);
	for (unsigned i = 0; i < COMMITS; i++) {
		xlat_fabric_begin(tree->fabric);
		MUST(xlat_region_move(regions[i % 2], LENGTH));
		MUST(xlat_region_move(regions[1 - i % 2], 0));
		MUST(xlat_fabric_commit(tree->fabric));
	}
	stop(&readers);
}

static void a_view_is_the_old_one_or_the_new_one_and_no_mix(void **state)
{
	swap_under(*state, look_at_view);
}

static void a_page_is_read_from_one_region_or_the_other(void **state)
{
	swap_under(*state, read_page);
}

static void give_back(void *opaque)
{
	memset(opaque, 0xdd, LENGTH);
	free(opaque);
}

static struct xlat_region *make_lent(struct tree *tree)
{
	struct xlat_ram_config config = {.size = sizeof(config),
					 .kind = XLAT_RAM_CALLER,
					 .length = LENGTH,
					 .retired = give_back};
	struct xlat_region *region = NULL;
	struct xlat_ram *ram = NULL;

	config.host = config.opaque = malloc(LENGTH);
	assert_non_null(config.host);
	memset(config.host, 0x5a, LENGTH);
	MUST(xlat_ram_create(tree->fabric, &config, &ram));
	MUST(xlat_region_create(tree->fabric,
				XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
					    .length = LENGTH, .ram = ram),
				&region));
	xlat_ram_unref(ram);
	return region;
}

static void read_lent(struct readers *readers)
{
	uint8_t bytes[LENGTH];
	enum xlat_outcome outcome = xlat_space_read(readers->space, nobody, 0, bytes, LENGTH);

	complain_if(readers, outcome != XLAT_OK || bytes[0] != 0x5a ||
				     memcmp(bytes, bytes + 1, LENGTH - 1) != 0);
}

static void memory_is_given_back_when_nobody_reads_it_any_more(void **state)
{
	struct tree *tree = *state;
	struct readers readers = {.space = tree->space, .read = read_lent};
	struct xlat_region *shown = place_in(tree->root, 0, make_lent(tree));

	start(&readers);
	for (unsigned i = 0; i < COMMITS; i++) {
		struct xlat_region *next = make_lent(tree);

		xlat_fabric_begin(tree->fabric);
		xlat_region_detach(shown);
		shown = place_in(tree->root, 0, next);
		MUST(xlat_fabric_commit(tree->fabric));
		xlat_fabric_process(tree->fabric);
	}
	stop(&readers);
}

static void write_somewhere(struct readers *readers)
{
	enum xlat_outcome outcome =
		xlat_space_store(readers->space, nobody, 8, 4, XLAT_LITTLE_ENDIAN, 1);

	complain_if(readers, outcome != XLAT_OK);
}

static void doorbells_come_and_go_under_those_who_ring(void **state)
{
	struct tree *tree = *state;
	struct readers readers = {.space = tree->space, .read = write_somewhere};
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x100));
	int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	assert_true(fd >= 0);
	start(&readers);
	for (unsigned i = 0; i < COMMITS; i++) {
		struct xlat_doorbell *doorbell = NULL;

		MUST(xlat_doorbell_create(
			mmio, XLAT_CONFIG(xlat_doorbell_config, .offset = 8, .width = 4, .fd = fd),
			&doorbell));
		xlat_doorbell_destroy(doorbell);
		if (i % 16 == 0)
			xlat_fabric_process(tree->fabric);
	}
	stop(&readers);
	close(fd);
}

/* Another thread that changes something of its own, in the same space. */
static void *move_another(void *opaque)
{
	struct xlat_region *region = opaque;

	for (unsigned i = 0; i < COMMITS; i++)
		(void)!xlat_region_move(region, 0x10000 + (i % 2) * 0x100);
	return NULL;
}

static void two_threads_change_one_space(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mine = place_in(tree->root, 0, make_mmio(tree, 0x100));
	struct xlat_region *other = place_in(tree->root, 0x10000, make_mmio(tree, 0x100));
	pthread_t thread;

	MUST(pthread_create(&thread, NULL, move_another, other));
	for (unsigned i = 0; i < COMMITS; i++) {
		uint64_t at = (i % 2) * 0x100;

		MUST(xlat_region_move(mine, at));
		assert_true(has_section(tree->space, at, at + 0xff, mine));
	}
	MUST(pthread_join(thread, NULL));
	assert_int_equal(xlat_space_section_count(tree->space), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_view_is_the_old_one_or_the_new_one_and_no_mix),
		TEST(a_page_is_read_from_one_region_or_the_other),
		TEST(memory_is_given_back_when_nobody_reads_it_any_more),
		TEST(doorbells_come_and_go_under_those_who_ring),
		TEST(two_threads_change_one_space),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
