/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Revocable maps: what they see, who may take them away, what is left of them then, and what cannot
 * be taken away.
 */
#include "test.h"
#include "stacked.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	IOVA = 0x10000,
	FILE_AT = 0x1000000, /* RAM that has a descriptor */
	FILE_SIZE = 0x500000,
};

struct revocable {
	struct stacked s;
	struct xlat_ram *file;
	struct xlat_region *shown;
};

static void begin_with(struct revocable *r, const struct xlat_dma_config *config)
{
	stacked_init(&r->s, 1, config);
	assert_int_equal(xlat_ram_create(r->s.fabric,
					 XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_MEMFD,
						     .length = FILE_SIZE),
					 &r->file),
			 0);
	assert_int_equal(xlat_region_create(r->s.fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = r->file, .length = FILE_SIZE),
					    &r->shown),
			 0);
	assert_int_equal(xlat_region_attach(r->s.root, r->shown, FILE_AT), 0);
	maps(&r->s, 0, IOVA, FILE_SIZE, FILE_AT);
}

static void begin(struct revocable *r, enum xlat_revoke revoke)
{
	begin_with(r, XLAT_CONFIG(xlat_dma_config, .revoke = revoke));
}

static void end(struct revocable *r)
{
	xlat_region_unref(r->shown);
	xlat_ram_unref(r->file);
	stacked_finish(&r->s);
}

static uint8_t *byte_at(struct revocable *r, uint64_t offset)
{
	return (uint8_t *)xlat_ram_host(r->file) + offset;
}

static struct xlat_map mapped_with(struct revocable *r, unsigned flags, enum xlat_access access,
				   uint64_t iova, uint64_t size)
{
	struct xlat_map map;

	assert_int_equal(xlat_dma_map_with(r->s.dma, nobody, access, iova, size, flags, &map), 0);
	assert_non_null(map.host);
	return map;
}

static struct xlat_map mapped(struct revocable *r, enum xlat_access access, uint64_t iova,
			      uint64_t size)
{
	return mapped_with(r, 0, access, iova, size);
}

static uint8_t *bytes_of(const struct xlat_map *map)
{
	return map->host;
}

static void unmap(struct revocable *r, struct xlat_map *map, uint64_t transferred)
{
	assert_int_equal(xlat_dma_unmap(r->s.dma, map, transferred), 0);
}

/* Whether a fence made now is complete at once. */
static bool complete(struct revocable *r)
{
	struct xlat_fence fence;

	if (xlat_iommu_fence(r->s.iommus[0], &fence, NULL, NULL))
		return true;
	xlat_fence_cancel(&fence);
	return false;
}

static void a_revocable_map_sees_the_memory_and_is_not_its_pointer(void **state)
{
	struct revocable r;
	struct xlat_map map;

	(void)state;
	begin(&r, XLAT_REVOKE_WHEN_ASKED);
	*byte_at(&r, 0x1234) = 0x21;
	map = mapped(&r, XLAT_ATOMIC, IOVA + 0x1234, 3 * PAGE);
	assert_false(map.bounced);
	assert_int_equal(map.size, 3 * PAGE);
	assert_ptr_not_equal(map.host, byte_at(&r, 0x1234));
	assert_int_equal(bytes_of(&map)[0], 0x21);
	bytes_of(&map)[3 * PAGE - 1] = 0x22;
	assert_int_equal(*byte_at(&r, 0x1234 + 3 * PAGE - 1), 0x22);
	*byte_at(&r, 0x1235) = 0x23;
	assert_int_equal(bytes_of(&map)[1], 0x23);
	unmap(&r, &map, 3 * PAGE);
	assert_int_equal(map.ended, XLAT_MAP_VALID);
	assert_int_equal(map.outcome, XLAT_OK);
	end(&r);
}

static void a_revocable_map_is_clipped_and_reaches_every_byte(void **state)
{
	const uint64_t most = 1 << 20;

	(void)state;
	for (uint64_t at = 0; at < FILE_SIZE; at += 0x7ffff) {
		struct revocable r;
		struct xlat_map map;
		uint64_t left = FILE_SIZE - at;

		begin(&r, XLAT_REVOKE_WHEN_ASKED);
		map = mapped(&r, XLAT_WRITE, IOVA + at, UINT64_MAX);
		assert_int_equal(map.size, left < most ? left : most);
		memset(map.host, 0x5a, map.size);
		assert_int_equal(*byte_at(&r, at), 0x5a);
		assert_int_equal(*byte_at(&r, at + map.size - 1), 0x5a);
		unmap(&r, &map, map.size);
		end(&r);
	}
}

static void a_severed_map_stores_to_nobody_and_loads_all_ones(void **state)
{
	struct revocable r;
	struct xlat_map map;

	(void)state;
	begin(&r, XLAT_REVOKE_WHEN_ASKED);
	map = mapped(&r, XLAT_ATOMIC, IOVA + 0x804, 2 * PAGE);
	memset(map.host, 0x11, map.size);
	assert_int_equal(xlat_dma_sever(r.s.dma, (struct xlat_range){IOVA + PAGE, IOVA + PAGE}), 1);
	for (unsigned i = 0; i < map.size; i++)
		assert_int_equal(bytes_of(&map)[i], 0xff);
	memset(map.host, 0x22, map.size);
	for (unsigned i = 0; i < map.size; i++)
		assert_int_equal(*byte_at(&r, 0x804 + i), 0x11);
	unmap(&r, &map, map.size);
	assert_int_equal(map.ended, XLAT_MAP_SEVERED);
	assert_int_equal(map.outcome, XLAT_FAULT);
	/* The next one of the same place sees the memory again. */
	map = mapped(&r, XLAT_READ, IOVA + 0x804, PAGE);
	assert_int_equal(bytes_of(&map)[0], 0x11);
	unmap(&r, &map, 0);
	assert_int_equal(xlat_dma_statistics(r.s.dma).severed, 1);
	end(&r);
}

static void severing_one_map_leaves_others_of_the_same_page(void **state)
{
	struct revocable r;
	struct xlat_map one, two;

	(void)state;
	begin(&r, XLAT_REVOKE_WHEN_ASKED);
	one = mapped(&r, XLAT_WRITE, IOVA, 100);
	two = mapped(&r, XLAT_WRITE, IOVA + 100, 100);
	assert_int_equal(xlat_dma_sever(r.s.dma, (struct xlat_range){IOVA, IOVA + 99}), 1);
	bytes_of(&one)[0] = 0x11;
	bytes_of(&two)[0] = 0x22;
	assert_int_equal(*byte_at(&r, 0), 0);
	assert_int_equal(*byte_at(&r, 100), 0x22);
	unmap(&r, &one, 0);
	unmap(&r, &two, 1);
	assert_int_equal(two.ended, XLAT_MAP_VALID);
	end(&r);
}

static void a_fence_takes_away_what_it_would_wait_for_or_waits_until_it_is(void **state)
{
	struct revocable r;
	struct xlat_fence fence;
	struct xlat_map map;

	(void)state;
	begin(&r, XLAT_REVOKE_AT_ONCE);
	map = mapped(&r, XLAT_WRITE, IOVA, PAGE);
	invalidates(&r.s, 0, IOVA + PAGE, PAGE);
	assert_true(complete(&r));
	bytes_of(&map)[1] = 0x44;
	assert_int_equal(*byte_at(&r, 1), 0x44);
	invalidates(&r.s, 0, IOVA, PAGE);
	assert_true(complete(&r));
	bytes_of(&map)[1] = 0x55;
	assert_int_equal(*byte_at(&r, 1), 0x44);
	unmap(&r, &map, 2);
	assert_int_equal(map.ended, XLAT_MAP_SEVERED);
	end(&r);

	begin(&r, XLAT_REVOKE_WHEN_ASKED);
	map = mapped(&r, XLAT_WRITE, IOVA, PAGE);
	invalidates(&r.s, 0, IOVA, PAGE);
	assert_false(xlat_iommu_fence(r.s.iommus[0], &fence, NULL, NULL));
	assert_false(xlat_fence_poll(&fence));
	assert_int_equal(xlat_dma_sever(r.s.dma, (struct xlat_range){0, UINT64_MAX}), 1);
	assert_true(xlat_fence_poll(&fence));
	unmap(&r, &map, 0);
	assert_int_equal(map.ended, XLAT_MAP_SEVERED);
	assert_int_equal(map.outcome, XLAT_OK); /* nothing was stored */
	end(&r);
}

static void what_is_pinned_is_not_taken_away(void **state)
{
	struct revocable r;
	struct xlat_map map;

	(void)state;
	begin(&r, XLAT_REVOKE_AT_ONCE);
	map = mapped_with(&r, XLAT_MAP_PINNED, XLAT_WRITE, IOVA, 2 << 20);
	assert_ptr_equal(map.host, byte_at(&r, 0));
	assert_int_equal(map.size, 2 << 20);
	invalidates(&r.s, 0, IOVA, PAGE);
	assert_false(complete(&r));
	assert_int_equal(xlat_dma_sever(r.s.dma, (struct xlat_range){0, UINT64_MAX}), 0);
	assert_false(complete(&r));
	bytes_of(&map)[0] = 1;
	assert_int_equal(*byte_at(&r, 0), 1);
	unmap(&r, &map, 1);
	assert_int_equal(map.ended, XLAT_MAP_INVALIDATED);
	assert_true(complete(&r));
	end(&r);
}

static void a_bounced_map_is_severed_by_not_writing_it_back(void **state)
{
	struct revocable r;

	(void)state;
	/* What has no descriptor, a device, and what is asked to be. */
	for (unsigned which = 0; which < 3; which++) {
		static const uint64_t places[] = {RAM_AT, DEVICE_AT, FILE_AT};
		struct xlat_map map;

		begin(&r, XLAT_REVOKE_AT_ONCE);
		unmaps(&r.s, 0, IOVA, FILE_SIZE);
		maps(&r.s, 0, IOVA, PAGE, places[which]);
		map = mapped_with(&r, which == 2 ? XLAT_MAP_BOUNCE : 0, XLAT_WRITE, IOVA, 8);
		assert_true(map.bounced);
		memset(map.host, 0x66, 8);
		unmaps(&r.s, 0, IOVA, PAGE);
		assert_true(complete(&r));
		memset(map.host, 0x77, 8);
		unmap(&r, &map, 8);
		assert_int_equal(map.ended, XLAT_MAP_SEVERED);
		assert_int_equal(map.outcome, XLAT_FAULT);
		assert_int_equal(r.s.device.writes, 0);
		assert_int_equal(*stacked_ram(&r.s, RAM_AT), 0);
		assert_int_equal(*byte_at(&r, 0), 0);
		/* One that has not ended is written. */
		maps(&r.s, 0, IOVA, PAGE, places[which]);
		map = mapped_with(&r, which == 2 ? XLAT_MAP_BOUNCE : 0, XLAT_WRITE, IOVA, 8);
		memset(map.host, 0x66, 8);
		unmap(&r, &map, 8);
		assert_int_equal(map.outcome, XLAT_OK);
		assert_int_equal(which == 0   ? *stacked_ram(&r.s, RAM_AT)
				 : which == 1 ? r.s.device.bytes[0]
					      : *byte_at(&r, 0),
				 0x66);
		end(&r);
	}
}

/* A device that fences while a map of it is read, and while one is written back. */
static bool was_complete;

static void invalidate_and_fence(void *opaque)
{
	struct revocable *r = opaque;

	r->s.device.inside = NULL;
	invalidates(&r->s, 0, IOVA, PAGE);
	was_complete = complete(r);
}

static void what_is_being_made_or_written_back_is_waited_for(void **state)
{
	struct revocable r;
	struct xlat_map map;

	(void)state;
	begin(&r, XLAT_REVOKE_AT_ONCE);
	unmaps(&r.s, 0, IOVA, FILE_SIZE);
	maps(&r.s, 0, IOVA, PAGE, DEVICE_AT);
	r.s.device.inside_opaque = &r;
	r.s.device.inside = invalidate_and_fence;
	was_complete = true;
	map = mapped(&r, XLAT_ATOMIC, IOVA, 8);
	assert_false(was_complete);
	/* Made, it is in nobody's way. */
	assert_true(complete(&r));
	unmap(&r, &map, 0);
	assert_int_equal(map.ended, XLAT_MAP_SEVERED);
	map = mapped(&r, XLAT_WRITE, IOVA, 8);
	r.s.device.inside = invalidate_and_fence;
	was_complete = true;
	unmap(&r, &map, 8);
	assert_false(was_complete);
	assert_int_equal(map.ended, XLAT_MAP_INVALIDATED);
	assert_int_equal(map.outcome, XLAT_OK);
	assert_true(complete(&r));
	end(&r);
}

static unsigned retired;

static void count_retired(void *opaque)
{
	(void)opaque;
	retired++;
}

static void memory_is_retired_without_its_severed_maps(void **state)
{
	(void)state;
	for (unsigned at_once = 0; at_once < 2; at_once++) {
		struct revocable r;
		struct xlat_ram *ram;
		struct xlat_region *region;
		struct xlat_map map, other;

		retired = 0;
		begin(&r, at_once ? XLAT_REVOKE_AT_ONCE : XLAT_REVOKE_WHEN_ASKED);
		assert_int_equal(xlat_ram_create(r.s.fabric,
						 XLAT_CONFIG(xlat_ram_config, .length = PAGE,
							     .kind = XLAT_RAM_MEMFD,
							     .retired = count_retired),
						 &ram),
				 0);
		assert_int_equal(xlat_region_create(r.s.fabric,
						    XLAT_CONFIG(xlat_region_config, .ram = ram,
								.kind = XLAT_REGION_RAM,
								.length = PAGE,
								.retired = count_retired),
						    &region),
				 0);
		xlat_ram_unref(ram);
		assert_int_equal(xlat_region_attach(r.s.root, region, NOTHING_AT), 0);
		maps(&r.s, 0, 0x8000000, PAGE, NOTHING_AT);
		map = mapped(&r, XLAT_WRITE, 0x8000000, PAGE);
		other = mapped(&r, XLAT_WRITE, IOVA, PAGE);
		xlat_region_detach(region);
		xlat_region_unref(region);
		while (xlat_fabric_process(r.s.fabric))
			;
		if (!at_once) {
			assert_int_equal(retired, 0);
			assert_int_equal(xlat_dma_sever(r.s.dma,
							(struct xlat_range){0x8000000, 0x8000000}),
					 1);
			while (xlat_fabric_process(r.s.fabric))
				;
		}
		assert_int_equal(retired, 2);
		memset(map.host, 1, PAGE);
		unmap(&r, &map, PAGE);
		assert_int_equal(map.ended, XLAT_MAP_SEVERED);
		unmap(&r, &other, 0);
		assert_int_equal(other.ended, XLAT_MAP_VALID);
		end(&r);
	}
}

static bool is_dirty(struct xlat_dirty *dirty, uint64_t offset)
{
	struct xlat_dirty_snapshot *snapshot;
	bool has;

	assert_int_equal(xlat_dirty_snapshot_create(dirty, (struct xlat_range){0, FILE_SIZE - 1},
						    &snapshot),
			 0);
	assert_true(xlat_dirty_snapshot_ready(snapshot));
	has = xlat_dirty_snapshot_has(snapshot, offset);
	xlat_dirty_snapshot_destroy(snapshot);
	return has;
}

static void what_was_stored_before_severing_is_dirty(void **state)
{
	struct revocable r;
	struct xlat_dirty *dirty;
	struct xlat_map map;

	(void)state;
	begin(&r, XLAT_REVOKE_WHEN_ASKED);
	assert_int_equal(xlat_dirty_create(r.file, &dirty), 0);
	map = mapped(&r, XLAT_WRITE, IOVA, 2 * PAGE);
	assert_int_equal(xlat_dma_sever(r.s.dma, (struct xlat_range){0, UINT64_MAX}), 1);
	assert_true(is_dirty(dirty, PAGE));
	unmap(&r, &map, PAGE);
	assert_true(is_dirty(dirty, 0));
	assert_false(is_dirty(dirty, 0));
	/* Also where its region is gone, and the block is still there. */
	map = mapped(&r, XLAT_WRITE, IOVA + PAGE, PAGE);
	assert_int_equal(xlat_dma_sever(r.s.dma, (struct xlat_range){0, UINT64_MAX}), 1);
	xlat_region_detach(r.shown);
	xlat_region_unref(r.shown);
	r.shown = NULL;
	while (xlat_fabric_process(r.s.fabric))
		;
	assert_true(is_dirty(dirty, PAGE));
	unmap(&r, &map, PAGE);
	assert_false(is_dirty(dirty, PAGE));
	xlat_dirty_destroy(dirty);
	end(&r);
}

static void mappings_are_used_again(void **state)
{
	struct revocable r;
	struct xlat_map map, second;
	uint64_t calls;

	(void)state;
	begin(&r, XLAT_REVOKE_WHEN_ASKED);
	map = mapped(&r, XLAT_WRITE, IOVA, PAGE);
	second = mapped(&r, XLAT_WRITE, IOVA + PAGE, PAGE);
	assert_ptr_not_equal(map.host, second.host);
	unmap(&r, &map, 0);
	unmap(&r, &second, 0);
	calls = xlat_dma_statistics(r.s.dma).remapped;
	for (unsigned i = 0; i < 100; i++) {
		map = mapped(&r, XLAT_WRITE, IOVA + i * PAGE, PAGE);
		bytes_of(&map)[0] = (uint8_t)i;
		assert_int_equal(*byte_at(&r, i * PAGE), i);
		unmap(&r, &map, 1);
	}
	assert_int_equal(xlat_dma_statistics(r.s.dma).remapped, calls);
	end(&r);
}

static void more_places_than_are_kept_are_mapped_anew(void **state)
{
	struct revocable r;

	(void)state;
	begin_with(&r, XLAT_CONFIG(xlat_dma_config, .revoke = XLAT_REVOKE_AT_ONCE, .maps = 2));
	for (unsigned again = 0; again < 50; again++) {
		for (unsigned i = 0; i < 5; i++) {
			struct xlat_map map = mapped(&r, XLAT_WRITE, IOVA + i * 0x100000, 1);
			struct xlat_map two = mapped(&r, XLAT_WRITE, IOVA + i * 0x100000 + 1, 1);

			bytes_of(&map)[0] = (uint8_t)again;
			bytes_of(&two)[0] = (uint8_t)again;
			assert_int_equal(*byte_at(&r, i * 0x100000), again);
			assert_int_equal(*byte_at(&r, i * 0x100000 + 1), again);
			if (again % 3 == 1)
				(void)xlat_dma_sever(r.s.dma, (struct xlat_range){0, UINT64_MAX});
			unmap(&r, &map, 1);
			unmap(&r, &two, 1);
		}
	}
	end(&r);
}

static void memory_that_is_gone_is_not_kept_by_what_is_used_again(void **state)
{
	(void)state;
	for (unsigned process = 0; process < 2; process++) {
		struct revocable r;
		struct xlat_map map;

		begin(&r, XLAT_REVOKE_WHEN_ASKED);
		map = mapped(&r, XLAT_WRITE, IOVA, PAGE);
		bytes_of(&map)[0] = 0x11;
		unmap(&r, &map, 1);
		xlat_region_detach(r.shown);
		/* What shows the old block is taken away by the owner's next use of the handle. */
		(void)reads(&r.s, IOVA);
		if (process) {
			uint64_t calls = xlat_dma_statistics(r.s.dma).remapped;

			(void)xlat_dma_process(r.s.dma);
			assert_int_equal(xlat_dma_statistics(r.s.dma).remapped, calls + 1);
		}
		assert_int_equal(xlat_region_attach(r.s.root, r.shown, FILE_AT), 0);
		map = mapped(&r, XLAT_READ, IOVA, PAGE);
		assert_int_equal(bytes_of(&map)[0], 0x11);
		unmap(&r, &map, 0);
		end(&r);
	}
}

static void a_file_that_is_read_only_is_mapped_so(void **state)
{
	struct revocable r;
	struct xlat_ram *ram;
	struct xlat_region *region;
	struct xlat_map map;
	int fd = memfd_create("file", MFD_CLOEXEC);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 3 * PAGE), 0);
	assert_int_equal(pwrite(fd, "here", 4, PAGE), 4);
	begin(&r, XLAT_REVOKE_AT_ONCE);
	assert_int_equal(xlat_ram_create(r.s.fabric,
					 XLAT_CONFIG(xlat_ram_config, .length = 2 * PAGE, .fd = fd,
						     .kind = XLAT_RAM_FILE, .has_fd = true,
						     .fd_offset = PAGE, .read_only = true),
					 &ram),
			 0);
	assert_int_equal(xlat_region_create(r.s.fabric,
					    XLAT_CONFIG(xlat_region_config, .ram = ram,
							.kind = XLAT_REGION_ROM,
							.length = 2 * PAGE),
					    &region),
			 0);
	assert_int_equal(xlat_region_attach(r.s.root, region, NOTHING_AT), 0);
	maps(&r.s, 0, 0x8000000, 2 * PAGE, NOTHING_AT);
	map = mapped(&r, XLAT_READ, 0x8000000, 2 * PAGE);
	assert_false(map.bounced);
	assert_int_equal(map.size, 2 * PAGE);
	assert_memory_equal(map.host, "here", 4);
	invalidates(&r.s, 0, 0x8000000, 1);
	assert_true(complete(&r));
	assert_int_equal(bytes_of(&map)[0], 0xff);
	unmap(&r, &map, 0);
	xlat_region_unref(region);
	xlat_ram_unref(ram);
	close(fd);
	end(&r);
}

static struct xlat_release last_told;
static unsigned times_told;

static void hear(void *opaque, struct xlat_release *release)
{
	(void)opaque;
	last_told = *release;
	times_told++;
}

static void a_holder_is_told_that_it_was_severed(void **state)
{
	struct revocable r;
	struct xlat_map map;

	(void)state;
	times_told = 0;
	begin_with(&r,
		   XLAT_CONFIG(xlat_dma_config, .revoke = XLAT_REVOKE_WHEN_ASKED, .release = hear));
	map = mapped(&r, XLAT_WRITE, IOVA + 3, 7);
	assert_int_equal(xlat_dma_sever(r.s.dma, (struct xlat_range){IOVA, IOVA + 3}), 1);
	assert_int_equal(xlat_dma_sever(r.s.dma, (struct xlat_range){IOVA, IOVA + 3}), 1);
	assert_int_equal(xlat_dma_process(r.s.dma), 1);
	assert_int_equal(times_told, 1);
	assert_int_equal(last_told.end, XLAT_MAP_SEVERED);
	assert_int_equal(last_told.range.first, IOVA + 3);
	assert_int_equal(last_told.range.last, IOVA + 9);
	assert_ptr_equal(last_told.map.host, map.host);
	unmap(&r, &map, 0);
	end(&r);
}

static void a_handle_ends_with_severed_maps(void **state)
{
	struct revocable r;
	struct xlat_map map;

	(void)state;
	begin(&r, XLAT_REVOKE_WHEN_ASKED);
	map = mapped(&r, XLAT_WRITE, IOVA, PAGE);
	(void)mapped(&r, XLAT_WRITE, IOVA, PAGE);
	(void)mapped_with(&r, XLAT_MAP_BOUNCE, XLAT_WRITE, IOVA + PAGE, PAGE);
	assert_int_equal(xlat_dma_sever(r.s.dma, (struct xlat_range){IOVA, IOVA + PAGE}), 3);
	assert_int_equal(bytes_of(&map)[0], 0xff);
	xlat_dma_destroy(r.s.dma);
	r.s.dma = NULL;
	end(&r);
}

static void what_makes_no_sense_is_refused(void **state)
{
	struct revocable r;
	struct xlat_map map;
	struct xlat_dma *dma;

	(void)state;
	begin(&r, XLAT_REVOKE_NEVER);
	assert_int_equal(xlat_dma_map_with(r.s.dma, nobody, XLAT_READ, IOVA, 1, 4, &map), -EINVAL);
	assert_int_equal(xlat_dma_create(r.s.space, XLAT_CONFIG(xlat_dma_config, .revoke = 3),
					 &dma),
			 -EINVAL);
	/* Nothing is revocable that was not asked to be. */
	map = mapped(&r, XLAT_WRITE, IOVA, 1);
	assert_ptr_equal(map.host, byte_at(&r, 0));
	assert_int_equal(xlat_dma_sever(r.s.dma, (struct xlat_range){0, UINT64_MAX}), 0);
	unmap(&r, &map, 0);
	assert_int_equal(map.ended, XLAT_MAP_VALID);
	end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_revocable_map_sees_the_memory_and_is_not_its_pointer),
		cmocka_unit_test(a_revocable_map_is_clipped_and_reaches_every_byte),
		cmocka_unit_test(a_severed_map_stores_to_nobody_and_loads_all_ones),
		cmocka_unit_test(severing_one_map_leaves_others_of_the_same_page),
		cmocka_unit_test(a_fence_takes_away_what_it_would_wait_for_or_waits_until_it_is),
		cmocka_unit_test(what_is_pinned_is_not_taken_away),
		cmocka_unit_test(a_bounced_map_is_severed_by_not_writing_it_back),
		cmocka_unit_test(what_is_being_made_or_written_back_is_waited_for),
		cmocka_unit_test(memory_is_retired_without_its_severed_maps),
		cmocka_unit_test(what_was_stored_before_severing_is_dirty),
		cmocka_unit_test(mappings_are_used_again),
		cmocka_unit_test(more_places_than_are_kept_are_mapped_anew),
		cmocka_unit_test(memory_that_is_gone_is_not_kept_by_what_is_used_again),
		cmocka_unit_test(a_file_that_is_read_only_is_mapped_so),
		cmocka_unit_test(a_holder_is_told_that_it_was_severed),
		cmocka_unit_test(a_handle_ends_with_severed_maps),
		cmocka_unit_test(what_makes_no_sense_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
