/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "mirror.h"
#include "tree.h"

#include "memory/listener.h"

#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <xlat/dirty.h>
#include <xlat/doorbell.h>

#define MUST(call) assert_int_equal(call, 0)

/* Writes down what a listener is told, one letter or word each, for a test to read. */
struct record {
	char text[1024];
	size_t length;
	char name;
};

static void note(struct record *record, const char *what)
{
	record->length += (size_t)snprintf(record->text + record->length,
					   sizeof(record->text) - record->length, "%s%s",
					   record->length ? " " : "", what);
	assert_true(record->length < sizeof(record->text));
}

static void note_section(struct record *record, const char *what,
			 const struct xlat_section *section)
{
	char text[64];

	snprintf(text, sizeof(text), "%s[%x-%x]", what, (unsigned)section->range.first,
		 (unsigned)section->range.last);
	note(record, text);
}

static void note_doorbell(struct record *record, const char *what,
			  const struct xlat_doorbell_event *event)
{
	char text[64];

	snprintf(text, sizeof(text), "%s@%x/%u", what, (unsigned)event->address, event->size);
	note(record, text);
}

static void on_begin(void *opaque)
{
	note(opaque, "begin");
}

static void on_commit(void *opaque)
{
	note(opaque, "commit");
}

#define ON_SECTION(name)                                                                           \
	static void on_##name(void *opaque, const struct xlat_section *section)                    \
	{                                                                                          \
		note_section(opaque, #name, section);                                              \
	}
ON_SECTION(del)
ON_SECTION(add)
ON_SECTION(nop)
ON_SECTION(log_start)
ON_SECTION(log_stop)
ON_SECTION(log_sync)
ON_SECTION(coalesced_add)
ON_SECTION(coalesced_del)

static void on_doorbell_add(void *opaque, const struct xlat_doorbell_event *event)
{
	note_doorbell(opaque, "bell_add", event);
}

static void on_doorbell_del(void *opaque, const struct xlat_doorbell_event *event)
{
	note_doorbell(opaque, "bell_del", event);
}

static void on_flush(void *opaque)
{
	note(opaque, "flush");
}

static const struct xlat_listener_ops recorder = {
	.size = sizeof(recorder),
	.begin = on_begin,
	.del = on_del,
	.add = on_add,
	.nop = on_nop,
	.log_start = on_log_start,
	.log_stop = on_log_stop,
	.log_sync = on_log_sync,
	.doorbell_add = on_doorbell_add,
	.doorbell_del = on_doorbell_del,
	.coalesced_add = on_coalesced_add,
	.coalesced_del = on_coalesced_del,
	.coalesced_flush = on_flush,
	.commit = on_commit,
};

static struct xlat_listener *listen(struct tree *tree, struct record *record)
{
	struct xlat_listener *listener = NULL;

	record->length = 0;
	record->text[0] = 0;
	MUST(xlat_listener_create(tree->space, &recorder, record, 0, &listener));
	return listener;
}

/* Compares what was told since the last look. */
static void told(struct record *record, const char *expected)
{
	assert_string_equal(record->text, expected);
	record->length = 0;
	record->text[0] = 0;
}

static void a_new_listener_is_told_of_all_that_is_there(void **state)
{
	struct tree *tree = *state;
	struct xlat_listener *listener;
	struct record record;

	place_in(tree->root, 0x100, make_mmio(tree, 0x10));
	place_in(tree->root, 0x200, make_mmio(tree, 0x10));
	listener = listen(tree, &record);
	told(&record, "begin add[100-10f] add[200-20f] commit");
	xlat_listener_destroy(listener);
	told(&record, "begin del[100-10f] del[200-20f] commit");
}

static void a_move_is_a_del_and_then_an_add(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0x100, make_mmio(tree, 0x10));
	struct record record;
	struct xlat_listener *listener = listen(tree, &record);

	told(&record, "begin add[100-10f] commit");
	MUST(xlat_region_move(mmio, 0x80));
	told(&record, "begin del[100-10f] add[80-8f] commit");
	xlat_listener_destroy(listener);
}

static void a_section_that_is_cut_goes_and_its_parts_come(void **state)
{
	struct tree *tree = *state;
	struct record record;
	struct xlat_listener *listener;
	struct xlat_region *over = make_mmio(tree, 0x10);

	place_in(tree->root, 0, make_mmio(tree, 0x100));
	listener = listen(tree, &record);
	told(&record, "begin add[0-ff] commit");
	place_in(tree->root, 0x40, over);
	told(&record, "begin del[0-ff] add[0-3f] add[40-4f] add[50-ff] commit");
	MUST(xlat_region_set_enabled(over, false));
	told(&record, "begin del[0-3f] del[40-4f] del[50-ff] add[0-ff] commit");
	xlat_listener_destroy(listener);
}

static void what_is_touched_and_equal_is_a_nop(void **state)
{
	struct tree *tree = *state;
	struct record record;
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x100));
	struct xlat_listener *listener = listen(tree, &record);

	told(&record, "begin add[0-ff] commit");
	MUST(xlat_region_set_priority(mmio, 3));
	told(&record, "begin nop[0-ff] commit");
	xlat_listener_destroy(listener);
}

static void nothing_is_told_of_what_is_not_touched(void **state)
{
	struct tree *tree = *state;
	struct record record;
	struct xlat_region *elsewhere = make_container(tree, 0x1000);
	struct xlat_listener *listener = listen(tree, &record);

	told(&record, "begin commit");
	place_in(elsewhere, 0, make_mmio(tree, 0x10)); /* in no space */
	told(&record, "");
	xlat_listener_destroy(listener);
	xlat_region_unref(elsewhere);
}

static void one_transaction_is_told_once_with_all_dels_first(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *a = place_in(tree->root, 0x100, make_mmio(tree, 0x10));
	struct xlat_region *b = place_in(tree->root, 0x200, make_mmio(tree, 0x10));
	struct record record;
	struct xlat_listener *listener = listen(tree, &record);

	told(&record, "begin add[100-10f] add[200-20f] commit");
	xlat_fabric_begin(tree->fabric);
	MUST(xlat_region_move(a, 0x200));
	MUST(xlat_region_move(b, 0x100));
	told(&record, "");
	MUST(xlat_fabric_commit(tree->fabric));
	told(&record, "begin del[100-10f] del[200-20f] add[100-10f] add[200-20f] commit");
	xlat_listener_destroy(listener);
}

/* The order in which listeners were called. */
static char order[16];
static size_t order_length;

static void order_add(void *opaque, const struct xlat_section *section)
{
	(void)section;
	order[order_length++] = *(const char *)opaque;
}

static const struct xlat_listener_ops orderer = {.size = sizeof(orderer),
						 .add = order_add,
						 .del = order_add};

static void adds_are_told_in_rising_and_dels_in_falling_priority(void **state)
{
	struct tree *tree = *state;
	struct xlat_listener *a = NULL, *b = NULL, *c = NULL;
	char low = 'l', middle = 'm', high = 'h';
	struct xlat_region *mmio = make_mmio(tree, 0x10);

	MUST(xlat_listener_create(tree->space, &orderer, &middle, 0, &a));
	MUST(xlat_listener_create(tree->space, &orderer, &high, 9, &b));
	MUST(xlat_listener_create(tree->space, &orderer, &low, -9, &c));
	order_length = 0;
	place_in(tree->root, 0, mmio);
	xlat_region_detach(mmio);
	order[order_length] = 0;
	assert_string_equal(order, "lmhhml");
	xlat_listener_destroy(a);
	xlat_listener_destroy(b);
	xlat_listener_destroy(c);
}

static void a_mirror_is_never_asked_for_what_cannot_be(void **state)
{
	static struct mirror mirror;
	struct tree *tree = *state;
	struct xlat_region *ram = make_ram(tree, 0x4000);

	MUST(mirror_init(&mirror, tree->space, 0));
	place_in(tree->root, 0, make_alias(tree, ram, 0, 0x1000));
	place_in(tree->root, 0x2000, make_alias(tree, ram, 0x2000, 0x1000));
	place_in(tree->root, 0x1000, make_alias(tree, ram, 0x1000, 0x1000)); /* all become one */
	assert_int_equal(mirror.count, 1);
	assert_null(mirror_check(&mirror));
	mirror_finish(&mirror);
	assert_null(mirror.complaint);
	xlat_region_unref(ram);
}

struct meddler {
	struct tree *tree;
	struct xlat_region *prey;
};

/* What an access of the listener's might come to: a device that changes the map. */
static void meddle(void *opaque, const struct xlat_section *section)
{
	struct meddler *meddler = opaque;
	struct xlat_region *prey = meddler->prey;

	(void)section;
	meddler->prey = NULL;
	for (unsigned i = 0; prey && i < 100; i++)
		place_in(meddler->tree->root, 0x1000 + i * 0x20, make_mmio(meddler->tree, 0x10));
	xlat_region_detach(prey);
}

static void what_changes_while_listeners_are_told_is_published_too(void **state)
{
	static const struct xlat_listener_ops ops = {.size = sizeof(ops), .add = meddle};
	static struct mirror mirror;
	struct tree *tree = *state;
	struct meddler meddler = {tree, NULL};
	struct xlat_listener *listener = NULL;

	MUST(mirror_init(&mirror, tree->space, 1));
	MUST(xlat_listener_create(tree->space, &ops, &meddler, 0, &listener));
	place_in(tree->root, 0, make_mmio(tree, 0x10));
	meddler.prey = place_in(tree->root, 0x100, make_mmio(tree, 0x10));
	place_in(tree->root, 0x200, make_mmio(tree, 0x10));
	assert_int_equal(xlat_space_section_count(tree->space), 102);
	xlat_fabric_process(tree->fabric);
	assert_null(mirror_check(&mirror));
	xlat_listener_destroy(listener);
	mirror_finish(&mirror);
}

static struct xlat_doorbell *ring_at(struct xlat_region *region, uint64_t offset, unsigned width)
{
	struct xlat_doorbell *doorbell = NULL;
	int fd = eventfd(0, EFD_CLOEXEC);

	assert_true(fd >= 0);
	MUST(xlat_doorbell_create(region,
				  XLAT_CONFIG(xlat_doorbell_config, .offset = offset,
					      .width = width, .fd = fd),
				  &doorbell));
	close(fd);
	return doorbell;
}

static void a_doorbell_is_told_wherever_its_region_is_seen(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0x100, make_mmio(tree, 0x10));
	struct record record;
	struct xlat_listener *listener = listen(tree, &record);
	struct xlat_doorbell *doorbell;

	told(&record, "begin add[100-10f] commit");
	doorbell = ring_at(mmio, 8, 4);
	told(&record, "begin nop[100-10f] bell_add@108/4 commit");
	place_in(tree->root, 0x800, make_alias(tree, mmio, 8, 8));
	told(&record, "begin add[800-807] bell_add@800/4 commit");
	MUST(xlat_region_move(mmio, 0x200));
	told(&record, "begin del[100-10f] add[200-20f] bell_del@108/4 bell_add@208/4 commit");
	xlat_doorbell_destroy(doorbell);
	told(&record, "begin nop[200-20f] nop[800-807] bell_del@208/4 bell_del@800/4 commit");
	xlat_listener_destroy(listener);
}

static void a_doorbell_that_stays_is_not_told_again(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x20));
	struct xlat_doorbell *doorbell = ring_at(mmio, 0, 4);
	struct record record;
	struct xlat_listener *listener = listen(tree, &record);

	told(&record, "begin add[0-1f] bell_add@0/4 commit");
	place_in(tree->root, 0x10, make_mmio(tree, 0x10)); /* cuts the section, not the doorbell */
	told(&record, "begin del[0-1f] add[0-f] add[10-1f] commit");
	place_in(tree->root, 2, make_mmio(tree, 1)); /* through the doorbell */
	told(&record, "begin del[0-f] add[0-1] add[2-2] add[3-f] bell_del@0/4 commit");
	xlat_listener_destroy(listener);
	told(&record, "begin del[0-1] del[2-2] del[3-f] del[10-1f] commit");
	xlat_doorbell_destroy(doorbell);
}

static void a_doorbell_of_an_open_transaction_is_told_at_its_end(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x20));
	struct xlat_doorbell *brief, *lasting;
	struct record record;
	struct xlat_listener *listener = listen(tree, &record);

	told(&record, "begin add[0-1f] commit");
	xlat_fabric_begin(tree->fabric);
	brief = ring_at(mmio, 0, 4);
	lasting = ring_at(mmio, 4, 0);
	xlat_doorbell_destroy(brief);
	MUST(xlat_region_move(mmio, 0x100));
	told(&record, "");
	MUST(xlat_fabric_commit(tree->fabric));
	told(&record, "begin del[0-1f] add[100-11f] bell_add@104/0 commit");
	xlat_doorbell_destroy(lasting);
	xlat_listener_destroy(listener);
}

static void a_coalesced_range_is_told_cut_to_what_is_seen(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0x100, make_mmio(tree, 0x20));
	struct record record;
	struct xlat_listener *listener = listen(tree, &record);

	told(&record, "begin add[100-11f] commit");
	MUST(xlat_region_add_coalesced(mmio, (struct xlat_range){8, 0x17}));
	told(&record, "begin nop[100-11f] coalesced_add[108-117] commit");
	place_in(tree->root, 0x110, make_mmio(tree, 0x10));
	told(&record, "begin del[100-11f] add[100-10f] add[110-11f] coalesced_del[108-117] "
		      "coalesced_add[108-10f] commit");
	xlat_region_clear_coalesced(mmio);
	told(&record, "begin nop[100-10f] nop[110-11f] coalesced_del[108-10f] commit");
	xlat_listener_destroy(listener);
}

static void a_coalesced_range_outside_its_region_is_refused(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *mmio = place_in(tree->root, 0, make_mmio(tree, 0x20));

	assert_int_equal(xlat_region_add_coalesced(mmio, (struct xlat_range){0, 0x20}), -EINVAL);
	assert_int_equal(xlat_region_add_coalesced(mmio, (struct xlat_range){2, 1}), -EINVAL);
	assert_int_equal(xlat_region_add_coalesced(tree->root, (struct xlat_range){0, 1}), -EINVAL);
}

static void logs_are_told_where_their_block_is_seen(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *region = place_in(tree->root, 0x10000, make_ram(tree, 0x10000));
	struct xlat_ram *ram = xlat_region_ram(region, NULL);
	struct xlat_dirty *first = NULL, *second = NULL;
	struct record record;
	struct xlat_listener *listener = listen(tree, &record);

	told(&record, "begin add[10000-1ffff] commit");
	MUST(xlat_dirty_create(ram, &first));
	told(&record, "log_start[10000-1ffff]");
	MUST(xlat_dirty_create(ram, &second));
	told(&record, ""); /* not the first */
	place_in(tree->root, 0x80000, make_alias(tree, region, 0x800, 0x100));
	told(&record, "begin add[80000-800ff] log_start[80000-800ff] commit");
	xlat_dirty_destroy(first);
	told(&record, "");
	xlat_region_detach(region);
	told(&record, "begin log_stop[10000-1ffff] del[10000-1ffff] commit");
	xlat_dirty_destroy(second);
	told(&record, "log_stop[80000-800ff]");
	xlat_listener_destroy(listener);
}

static void a_new_listener_learns_of_logs(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *region = place_in(tree->root, 0, make_ram(tree, 0x1000));
	struct xlat_dirty *dirty = NULL;
	struct xlat_listener *listener;
	struct record record;

	MUST(xlat_dirty_create(xlat_region_ram(region, NULL), &dirty));
	listener = listen(tree, &record);
	told(&record, "begin add[0-fff] log_start[0-fff] commit");
	xlat_listener_destroy(listener);
	told(&record, "begin log_stop[0-fff] del[0-fff] commit");
	xlat_dirty_destroy(dirty);
}

static void a_snapshot_asks_for_the_pages_that_it_takes(void **state)
{
	struct tree *tree = *state;
	struct xlat_region *region = place_in(tree->root, 0x10000, make_ram(tree, 0x10000));
	struct xlat_dirty_snapshot *snapshot = NULL;
	struct xlat_dirty *dirty = NULL;
	struct record record;
	struct xlat_listener *listener = listen(tree, &record);

	place_in(tree->root, 0x80000, make_alias(tree, region, 0x1800, 0x100));
	MUST(xlat_dirty_create(xlat_region_ram(region, NULL), &dirty));
	record.length = 0;
	MUST(xlat_dirty_snapshot_create(dirty, (struct xlat_range){0x1010, 0x2010}, &snapshot));
	told(&record, "log_sync[11000-12fff] log_sync[80000-800ff]");
	xlat_dirty_snapshot_destroy(snapshot);
	xlat_dirty_destroy(dirty);
	xlat_listener_destroy(listener);
}

static void a_flush_asks_all_listeners_and_not_again_from_within(void **state)
{
	struct tree *tree = *state;
	struct record record;
	struct xlat_listener *listener = listen(tree, &record);

	told(&record, "begin commit");
	xlat__listener_flush(tree->fabric);
	told(&record, "flush");
	xlat_listener_destroy(listener);
	told(&record, "begin commit");
	xlat__listener_flush(tree->fabric);
	told(&record, "");
}

static unsigned flushes;

static void flush_again(void *opaque)
{
	flushes++;
	xlat__listener_flush(opaque);
}

static void a_flush_from_within_a_flush_does_nothing(void **state)
{
	static const struct xlat_listener_ops ops = {.size = sizeof(ops),
						     .coalesced_flush = flush_again};
	struct tree *tree = *state;
	struct xlat_listener *listener = NULL;

	flushes = 0;
	MUST(xlat_listener_create(tree->space, &ops, tree->fabric, 0, &listener));
	xlat__listener_flush(tree->fabric);
	assert_int_equal(flushes, 1);
	xlat_listener_destroy(listener);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, tree_setup, tree_teardown)
	const struct CMUnitTest tests[] = {
		TEST(a_new_listener_is_told_of_all_that_is_there),
		TEST(a_move_is_a_del_and_then_an_add),
		TEST(a_section_that_is_cut_goes_and_its_parts_come),
		TEST(what_is_touched_and_equal_is_a_nop),
		TEST(nothing_is_told_of_what_is_not_touched),
		TEST(one_transaction_is_told_once_with_all_dels_first),
		TEST(adds_are_told_in_rising_and_dels_in_falling_priority),
		TEST(a_mirror_is_never_asked_for_what_cannot_be),
		TEST(what_changes_while_listeners_are_told_is_published_too),
		TEST(a_doorbell_is_told_wherever_its_region_is_seen),
		TEST(a_doorbell_that_stays_is_not_told_again),
		TEST(a_doorbell_of_an_open_transaction_is_told_at_its_end),
		TEST(a_coalesced_range_is_told_cut_to_what_is_seen),
		TEST(a_coalesced_range_outside_its_region_is_refused),
		TEST(logs_are_told_where_their_block_is_seen),
		TEST(a_new_listener_learns_of_logs),
		TEST(a_snapshot_asks_for_the_pages_that_it_takes),
		TEST(a_flush_asks_all_listeners_and_not_again_from_within),
		TEST(a_flush_from_within_a_flush_does_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
