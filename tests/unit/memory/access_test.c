/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Accesses in spaces: split, translated, refused. What concerns translations is tried through a
 * handle too.
 */
#include "test.h"
#include "fixture.h"

#include <xlat/implement/iommu.h>

#include <stdio.h>

/* An IOMMU that answers what it is told to, and counts. */
struct puppet {
	struct xlat_iommu *iommu;
	struct xlat_region *root;
	struct xlat_space *space; /* that shows nothing but it, at 0 */
	enum xlat_outcome outcome;
	struct xlat_translation answer;
	struct xlat_space *reads; /* a table that translate reads first, or NULL */
	unsigned translated, peeked, faults;
	struct xlat_fault last_fault;
	enum xlat_outcome wrote; /* what came of storing in a peek */
};

static enum xlat_outcome puppet_translate(void *opaque,
					  const struct xlat_translation_request *request,
					  struct xlat_nested *nested,
					  struct xlat_translation *translation)
{
	struct puppet *puppet = opaque;
	uint8_t byte;

	(void)request;
	puppet->translated++;
	if (puppet->reads) {
		enum xlat_outcome outcome =
			xlat_nested_read(nested, puppet->reads, nobody, request->iova, &byte, 1);
		if (outcome != XLAT_OK)
			return outcome;
	}
	*translation = puppet->answer;
	return puppet->outcome;
}

static enum xlat_outcome puppet_peek(const void *opaque,
				     const struct xlat_translation_request *request,
				     struct xlat_nested *nested,
				     struct xlat_translation *translation)
{
	struct puppet *puppet = (struct puppet *)(uintptr_t)opaque;
	uint8_t byte = 1;

	(void)request;
	puppet->peeked++;
	if (puppet->answer.space)
		puppet->wrote =
			xlat_nested_write(nested, puppet->answer.space, nobody, RAM_AT, &byte, 1);
	*translation = puppet->answer;
	return puppet->outcome;
}

static const struct xlat_iommu_ops puppet_ops = {.size = sizeof(puppet_ops),
						 .translate = puppet_translate,
						 .peek = puppet_peek};

static void puppet_fault(void *opaque, const struct xlat_fault *fault)
{
	struct puppet *puppet = opaque;

	puppet->faults++;
	puppet->last_fault = *fault;
}

/* One that answers with everything in a space. */
static void puppet_init(struct puppet *puppet, struct xlat_fabric *fabric, struct xlat_space *space,
			uint64_t granule)
{
	*puppet = (struct puppet){
		.answer = {.range = {0, UINT64_MAX}, .space = space, .rights = XLAT_RIGHT_RWX}};
	assert_int_equal(xlat_iommu_create(fabric,
					   XLAT_CONFIG(xlat_iommu_config, .ops = &puppet_ops,
						       .opaque = puppet, .fault = puppet_fault,
						       .granule = granule),
					   &puppet->iommu),
			 0);
	puppet->space = space_behind(fabric, puppet->iommu, &puppet->root);
}

static void puppet_finish(struct puppet *puppet)
{
	xlat_space_destroy(puppet->space);
	xlat_region_unref(puppet->root);
	xlat_iommu_destroy(puppet->iommu);
}

/* A table IOMMU with a space that shows nothing but it. */
struct table {
	struct xlat_table_iommu *table;
	struct xlat_region *root;
	struct xlat_space *space;
	struct xlat_dma *dma;
};

static void table_init(struct table *table, struct xlat_fabric *fabric)
{
	assert_int_equal(xlat_table_iommu_create(fabric, "table", &table->table), 0);
	table->space = space_behind(fabric, xlat_table_iommu_base(table->table), &table->root);
	assert_int_equal(xlat_dma_create(table->space, NULL, &table->dma), 0);
}

static void table_finish(struct table *table)
{
	xlat_dma_destroy(table->dma);
	xlat_space_destroy(table->space);
	xlat_region_unref(table->root);
	xlat_table_iommu_destroy(table->table);
}

static void table_map(struct table *table, uint64_t iova, uint64_t length, struct xlat_space *space,
		      uint64_t address, unsigned rights)
{
	const struct xlat_table_entry entry = {.range = {iova, iova + length - 1},
					       .space = space,
					       .address = address,
					       .rights = rights};
	assert_int_equal(xlat_table_iommu_map(table->table, &entry), 0);
}

static void every_length_and_alignment_moves_exactly_its_bytes(void **state)
{
	struct fixture f;
	uint8_t out[80], in[82];

	(void)state;
	fixture_init(&f, PLAIN);
	for (unsigned i = 0; i < sizeof(out); i++)
		out[i] = (uint8_t)(i + 1);
	for (unsigned at = 0; at < 17; at++) {
		for (unsigned size = 0; size <= 64; size++) {
			uint8_t *host = fixture_ram(&f, RAM_AT + 0xff0);

			memset(host, 0, 128);
			assert_int_equal(xlat_space_write(f.space, nobody, RAM_AT + 0xff0 + at, out,
							  size),
					 XLAT_OK);
			assert_memory_equal(host + at, out, size);
			for (unsigned i = 0; i < 128; i++)
				if (i < at || i >= at + size)
					assert_int_equal(host[i], 0);
			memset(in, 0xee, sizeof(in));
			assert_int_equal(xlat_space_read(f.space, nobody, RAM_AT + 0xff0 + at,
							 in + 1, size),
					 XLAT_OK);
			assert_memory_equal(in + 1, out, size);
			assert_int_equal(in[0], 0xee);
			assert_int_equal(in[1 + size], 0xee);
		}
	}
	fixture_finish(&f);
}

static void the_worst_outcome_of_the_parts_is_returned(void **state)
{
	struct fixture f;
	struct xlat_region *rom;
	uint8_t bytes[32] = {0};

	(void)state;
	fixture_init(&f, PLAIN);
	/* RAM, then ROM, then nothing. */
	assert_int_equal(xlat_region_create(f.fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_ROM,
							.ram = f.rom_block, .length = 8),
					    &rom),
			 0);
	assert_int_equal(xlat_region_attach(f.root, rom, RAM_AT + RAM_SIZE), 0);
	assert_int_equal(xlat_space_write(f.space, nobody, RAM_AT + RAM_SIZE - 4, bytes, 4),
			 XLAT_OK);
	assert_int_equal(xlat_space_write(f.space, nobody, RAM_AT + RAM_SIZE + 8, bytes, 4),
			 XLAT_UNASSIGNED);
	assert_int_equal(xlat_space_write(f.space, nobody, RAM_AT + RAM_SIZE - 4, bytes, 32),
			 XLAT_DENIED);
	memset(bytes, 0x5a, sizeof(bytes));
	assert_int_equal(xlat_space_read(f.space, nobody, RAM_AT + RAM_SIZE - 4, bytes, 32),
			 XLAT_UNASSIGNED);
	assert_int_equal(bytes[11], 0);
	assert_int_equal(bytes[12], 0xff);
	assert_int_equal(bytes[31], 0xff);
	xlat_region_unref(rom);
	fixture_finish(&f);
}

static void an_access_does_not_wrap_around_the_last_address(void **state)
{
	struct xlat_space *space;
	struct xlat_region *low, *high;
	struct fixture f;
	struct xlat_dma *dma;

	(void)state;
	fixture_init(&f, PLAIN);
	space = f.space;
	assert_int_equal(xlat_region_create(f.fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = f.ram, .length = 4096),
					    &low),
			 0);
	assert_int_equal(xlat_region_create(f.fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = f.ram, .ram_offset = 4096,
							.length = 4096),
					    &high),
			 0);
	assert_int_equal(xlat_region_attach(f.root, low, 0), 0);
	assert_int_equal(xlat_region_attach(f.root, high, UINT64_MAX - 4095), 0);
	assert_int_equal(xlat_dma_create(space, NULL, &dma), 0);
	for (int again = 0; again < 4; again++) {
		uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};
		bool handle = again & 1;

		assert_int_equal(handle ? xlat_dma_write(dma, nobody, UINT64_MAX - 3, bytes, 8)
					: xlat_space_write(space, nobody, UINT64_MAX - 3, bytes, 8),
				 XLAT_UNASSIGNED);
		assert_memory_equal((uint8_t *)xlat_ram_host(f.ram) + 8192 - 4, bytes, 4);
		assert_int_equal(*(uint8_t *)xlat_ram_host(f.ram), 0);
		assert_int_equal(handle ? xlat_dma_read(dma, nobody, UINT64_MAX - 3, bytes, 8)
					: xlat_space_read(space, nobody, UINT64_MAX - 3, bytes, 8),
				 XLAT_UNASSIGNED);
		assert_memory_equal(bytes, "\1\2\3\4\xff\xff\xff\xff", 8);
		if (handle)
			assert_int_equal(xlat_dma_result(dma).done, 4);
	}
	xlat_dma_destroy(dma);
	xlat_region_unref(low);
	xlat_region_unref(high);
	fixture_finish(&f);
}

static void sized_accesses_name_their_byte_order_and_refuse_other_sizes(void **state)
{
	struct fixture f;
	uint64_t value;

	(void)state;
	fixture_init(&f, PLAIN);
	assert_int_equal(xlat_space_store(f.space, nobody, RAM_AT + 3, 8, XLAT_BIG_ENDIAN,
					  UINT64_C(0x0102030405060708)),
			 XLAT_OK);
	assert_memory_equal(fixture_ram(&f, RAM_AT + 3), "\1\2\3\4\5\6\7\10", 8);
	assert_int_equal(xlat_space_load(f.space, nobody, RAM_AT + 3, 4, XLAT_LITTLE_ENDIAN,
					 &value),
			 XLAT_OK);
	assert_int_equal(value, 0x04030201);
	assert_int_equal(xlat_space_load(f.space, nobody, RAM_AT + 4, 2, XLAT_BIG_ENDIAN, &value),
			 XLAT_OK);
	assert_int_equal(value, 0x0203);
	for (unsigned size = 0; size < 20; size++) {
		if (size == 1 || size == 2 || size == 4 || size == 8)
			continue;
		assert_int_equal(xlat_space_load(f.space, nobody, RAM_AT, size, XLAT_BIG_ENDIAN,
						 &value),
				 XLAT_DENIED);
		assert_int_equal(xlat_space_store(f.space, nobody, RAM_AT, size, XLAT_BIG_ENDIAN,
						  value),
				 XLAT_DENIED);
	}
	assert_int_equal(xlat_space_load(f.space, nobody, NOTHING_AT, 4, XLAT_LITTLE_ENDIAN,
					 &value),
			 XLAT_UNASSIGNED);
	assert_true(value == 0xffffffff);
	fixture_finish(&f);
}

static void read_write_and_exec_of_one_page_go_to_three_places(void **state)
{
	struct fixture f;
	struct table t;

	(void)state;
	fixture_init(&f, PLAIN);
	table_init(&t, f.fabric);
	table_map(&t, 0x5000, 0x1000, f.space, RAM_AT, XLAT_RIGHT_R);
	table_map(&t, 0x5000, 0x1000, f.space, RAM_AT + 0x1000, XLAT_RIGHT_W);
	table_map(&t, 0x5000, 0x1000, f.space, RAM_AT + 0x2000, XLAT_RIGHT_X);
	*fixture_ram(&f, RAM_AT + 7) = 'r';
	*fixture_ram(&f, RAM_AT + 0x2007) = 'x';
	for (int again = 0; again < 3; again++) {
		uint8_t byte = (uint8_t)again;

		assert_int_equal(xlat_space_write(t.space, nobody, 0x5007, &byte, 1), XLAT_OK);
		assert_int_equal(*fixture_ram(&f, RAM_AT + 0x1007), again);
		byte += 10;
		assert_int_equal(xlat_dma_write(t.dma, nobody, 0x5007, &byte, 1), XLAT_OK);
		assert_int_equal(*fixture_ram(&f, RAM_AT + 0x1007), again + 10);
		assert_int_equal(xlat_space_read(t.space, nobody, 0x5007, &byte, 1), XLAT_OK);
		assert_int_equal(byte, 'r');
		assert_int_equal(xlat_space_fetch(t.space, nobody, 0x5007, &byte, 1), XLAT_OK);
		assert_int_equal(byte, 'x');
		assert_int_equal(xlat_dma_read(t.dma, nobody, 0x5007, &byte, 1), XLAT_OK);
		assert_int_equal(byte, 'r');
		assert_int_equal(xlat_dma_fetch(t.dma, nobody, 0x5007, &byte, 1), XLAT_OK);
		assert_int_equal(byte, 'x');
	}
	table_finish(&t);
	fixture_finish(&f);
}

static void no_rights_allow_nothing(void **state)
{
	struct fixture f;
	struct puppet p;
	uint8_t byte = 0;

	(void)state;
	fixture_init(&f, PLAIN);
	puppet_init(&p, f.fabric, f.space, 0);
	for (unsigned rights = 0; rights < 8; rights++) {
		p.answer.rights = rights;
		assert_int_equal(xlat_space_read(p.space, nobody, RAM_AT, &byte, 1),
				 rights & XLAT_RIGHT_R ? XLAT_OK : XLAT_DENIED);
		assert_int_equal(xlat_space_write(p.space, nobody, RAM_AT, &byte, 1),
				 rights & XLAT_RIGHT_W ? XLAT_OK : XLAT_DENIED);
		assert_int_equal(xlat_space_fetch(p.space, nobody, RAM_AT, &byte, 1),
				 rights & XLAT_RIGHT_X ? XLAT_OK : XLAT_DENIED);
	}
	p.answer.rights = 0;
	assert_int_equal(xlat_space_read(p.space, nobody, RAM_AT, &byte, 1), XLAT_DENIED);
	assert_int_equal(p.last_fault.cause, XLAT_FAULT_RIGHTS);
	puppet_finish(&p);
	fixture_finish(&f);
}

static void a_malformed_translation_is_a_fault(void **state)
{
	struct fixture f, other;
	struct puppet p;
	struct xlat_dma *dma;
	struct xlat_translation bad[6];

	(void)state;
	fixture_init(&f, PLAIN);
	fixture_init(&other, PLAIN);
	puppet_init(&p, f.fabric, f.space, 0);
	for (int i = 0; i < 6; i++)
		bad[i] = p.answer;
	bad[0].range = (struct xlat_range){0x9000, 0x9fff}; /* elsewhere */
	bad[1].range = (struct xlat_range){0x8fff, 0x8000}; /* no range */
	bad[2].address = 1; /* wraps */
	bad[3].space = NULL;
	bad[4].space = other.space; /* another fabric's */
	bad[5].range = (struct xlat_range){0x8001, UINT64_MAX}; /* begins behind the access */
	assert_int_equal(xlat_dma_create(p.space, NULL, &dma), 0);
	for (int i = 0; i < 6; i++) {
		uint8_t bytes[8];

		p.answer = bad[i];
		p.faults = 0;
		assert_int_equal(xlat_space_read(p.space, nobody, 0x8000, bytes, 1), XLAT_FAULT);
		assert_int_equal(p.faults, 1);
		assert_int_equal(p.last_fault.cause, XLAT_FAULT_MALFORMED);
		assert_int_equal(xlat_dma_read(dma, nobody, 0x8000, bytes, 1), XLAT_FAULT);
		assert_int_equal(bytes[0], 0xff);
		assert_int_equal(xlat_space_valid(p.space, nobody, XLAT_READ,
						  (struct xlat_range){0x8000, 0x8000}),
				 XLAT_FAULT);
	}
	xlat_dma_destroy(dma);
	puppet_finish(&p);
	fixture_finish(&other);
	fixture_finish(&f);
}

static void a_model_that_answers_what_is_no_answer_is_a_fault(void **state)
{
	struct fixture f;
	struct puppet p;
	uint8_t byte;

	(void)state;
	fixture_init(&f, PLAIN);
	puppet_init(&p, f.fabric, f.space, 0);
	p.outcome = XLAT_PENDING;
	assert_int_equal(xlat_space_read(p.space, nobody, RAM_AT, &byte, 1), XLAT_FAULT);
	assert_int_equal(p.last_fault.cause, XLAT_FAULT_MALFORMED);
	p.outcome = (enum xlat_outcome)99;
	assert_int_equal(xlat_space_read(p.space, nobody, RAM_AT, &byte, 1), XLAT_FAULT);
	p.outcome = XLAT_RETRY; /* that is one: for whoever accesses to try again */
	assert_int_equal(xlat_space_read(p.space, nobody, RAM_AT, &byte, 1), XLAT_RETRY);
	puppet_finish(&p);
	fixture_finish(&f);
}

static void a_cycle_of_iommus_is_a_fault(void **state)
{
	struct fixture f;
	struct puppet p, q;
	struct xlat_dma *dma;

	(void)state;
	fixture_init(&f, PLAIN);
	puppet_init(&p, f.fabric, f.space, 0);
	puppet_init(&q, f.fabric, p.space, 0);
	p.answer.space = q.space;
	assert_int_equal(xlat_dma_create(p.space, NULL, &dma), 0);
	for (int again = 0; again < 2; again++) {
		uint8_t bytes[100000];

		p.faults = q.faults = 0;
		assert_int_equal(xlat_space_read(p.space, nobody, 0x1000, bytes, sizeof(bytes)),
				 XLAT_FAULT);
		assert_int_equal(p.faults + q.faults, 1);
		assert_int_equal(p.last_fault.cause, XLAT_FAULT_TOO_DEEP);
		assert_int_equal(xlat_dma_read(dma, nobody, 0x1000, bytes, sizeof(bytes)),
				 XLAT_FAULT);
		assert_int_equal(bytes[99999], 0xff);
		assert_int_equal(xlat_dma_result(dma).done, 0);
	}
	xlat_dma_destroy(dma);
	puppet_finish(&q);
	puppet_finish(&p);
	fixture_finish(&f);
}

static void thirty_two_iommus_in_a_row_translate(void **state)
{
	struct fixture f;
	struct puppet p[33];
	struct xlat_dma *dma[2];
	uint32_t value;

	(void)state;
	fixture_init(&f, PLAIN);
	for (int i = 0; i < 33; i++)
		puppet_init(&p[i], f.fabric, i ? p[i - 1].space : f.space, 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(xlat_dma_create(p[31 + i].space, NULL, &dma[i]), 0);
	memcpy(fixture_ram(&f, RAM_AT), "\1\2\3\4", 4);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(xlat_dma_load_le32(dma[0], nobody, RAM_AT, &value), XLAT_OK);
		assert_int_equal(value, 0x04030201);
		assert_int_equal(xlat_dma_load_le32(dma[1], nobody, RAM_AT, &value), XLAT_FAULT);
	}
	for (int i = 0; i < 2; i++)
		xlat_dma_destroy(dma[i]);
	for (int i = 32; i >= 0; i--)
		puppet_finish(&p[i]);
	fixture_finish(&f);
}

static void walks_that_need_walks_end_eight_deep(void **state)
{
	struct fixture f;
	struct puppet p;
	uint8_t byte;

	(void)state;
	fixture_init(&f, PLAIN);
	puppet_init(&p, f.fabric, f.space, 0);
	p.reads = p.space;
	assert_int_equal(xlat_space_read(p.space, nobody, RAM_AT, &byte, 1), XLAT_FAULT);
	assert_int_equal(p.translated, 8);
	puppet_finish(&p);
	fixture_finish(&f);
}

static void what_a_model_does_not_say_is_refused_by_its_granule(void **state)
{
	struct fixture f;
	struct puppet p;
	uint8_t bytes[0x3000];

	(void)state;
	fixture_init(&f, PLAIN);
	puppet_init(&p, f.fabric, f.space, 0x1000);
	p.outcome = XLAT_FAULT;
	p.answer.range = (struct xlat_range){1, 0};
	for (uint64_t at = 0; at < 2; at++) {
		p.faults = 0;
		assert_int_equal(xlat_space_read(p.space, nobody, at, bytes, sizeof(bytes) - at),
				 XLAT_FAULT);
		assert_int_equal(p.faults, 3);
		assert_true(p.last_fault.request.iova == 0x2000);
	}
	/* What it says goes before. */
	p.answer.range = (struct xlat_range){0x800, 0x27ff};
	p.faults = 0;
	assert_int_equal(xlat_space_read(p.space, nobody, 0x900, bytes, 0x1000), XLAT_FAULT);
	assert_int_equal(p.faults, 1);
	puppet_finish(&p);
	fixture_finish(&f);
}

/* One that fills nothing in. */
static enum xlat_outcome refuse(void *opaque, const struct xlat_translation_request *request,
				struct xlat_nested *nested, struct xlat_translation *translation)
{
	(void)opaque;
	(void)request;
	(void)nested;
	(void)translation;
	return XLAT_FAULT;
}

static void a_silent_refusal_at_zero_covers_a_granule_like_any_other(void **state)
{
	static const struct xlat_iommu_ops ops = {.size = sizeof(ops), .translate = refuse};
	struct fixture f;
	struct puppet p = {0};
	struct xlat_space *space;
	struct xlat_region *root;
	struct xlat_iommu *iommu;
	uint8_t bytes[0x1000];

	(void)state;
	fixture_init(&f, PLAIN);
	assert_int_equal(xlat_iommu_create(f.fabric,
					   XLAT_CONFIG(xlat_iommu_config, .ops = &ops, .opaque = &p,
						       .fault = puppet_fault),
					   &iommu),
			 0);
	space = space_behind(f.fabric, iommu, &root);
	assert_int_equal(xlat_space_read(space, nobody, 0, bytes, sizeof(bytes)), XLAT_FAULT);
	assert_int_equal(p.faults, 1);
	xlat_space_destroy(space);
	xlat_region_unref(root);
	xlat_iommu_destroy(iommu);
	fixture_finish(&f);
}

static void single_bytes_are_translated_one_by_one(void **state)
{
	struct fixture f;
	struct table t;
	uint8_t bytes[16];

	(void)state;
	fixture_init(&f, PLAIN);
	table_init(&t, f.fabric);
	for (unsigned i = 0; i < 16; i++)
		table_map(&t, 0x1ff8 + i, 1, f.space, RAM_AT + 15 - i, XLAT_RIGHT_RW);
	for (unsigned i = 0; i < 16; i++)
		*fixture_ram(&f, RAM_AT + i) = (uint8_t)i;
	for (int again = 0; again < 3; again++) {
		assert_int_equal(xlat_dma_read(t.dma, nobody, 0x1ff8, bytes, 16), XLAT_OK);
		for (unsigned i = 0; i < 16; i++)
			assert_int_equal(bytes[i], 15 - i);
		assert_int_equal(xlat_space_read(t.space, nobody, 0x1ff8, bytes, 16), XLAT_OK);
		for (unsigned i = 0; i < 16; i++)
			assert_int_equal(bytes[i], 15 - i);
	}
	assert_int_equal(xlat_dma_read(t.dma, nobody, 0x1ff7, bytes, 3), XLAT_FAULT);
	assert_memory_equal(bytes, "\xff\x0f\x0e", 3);
	table_finish(&t);
	fixture_finish(&f);
}

static void a_hit_ends_where_its_translation_does(void **state)
{
	struct fixture f;
	struct table t;

	(void)state;
	fixture_init(&f, PLAIN);
	table_init(&t, f.fabric);
	/* The middle of a page, and nothing around it. */
	table_map(&t, 0x1100, 0x40, f.space, RAM_AT + 0x1100, XLAT_RIGHT_RW);
	for (uint64_t at = 0x10f9; at < 0x1180; at++) {
		bool inside = at >= 0x1100 && at + 7 <= 0x113f;
		uint64_t value;

		assert_int_equal(xlat_dma_store_le64(t.dma, nobody, 0x1120, 1), XLAT_OK);
		assert_int_equal(xlat_dma_load_le64(t.dma, nobody, 0x1120, &value), XLAT_OK);
		assert_int_equal(xlat_dma_store_le64(t.dma, nobody, at, UINT64_MAX),
				 inside ? XLAT_OK : XLAT_FAULT);
		assert_int_equal(xlat_dma_load_le64(t.dma, nobody, at, &value),
				 inside ? XLAT_OK : XLAT_FAULT);
	}
	for (unsigned i = 0; i < 0x1000; i++)
		if (i < 0x100 || i >= 0x140)
			assert_int_equal(*fixture_ram(&f, RAM_AT + 0x1000 + i), 0);
	table_finish(&t);
	fixture_finish(&f);
}

static void stacked_page_sizes_keep_the_low_bits_in_both_orders(void **state)
{
	(void)state;
	for (int order = 0; order < 2; order++) {
		uint64_t outer_size = order ? 0x10000 : 0x100, inner_size = order ? 0x100 : 0x10000;
		struct table outer, inner;
		struct fixture f;
		uint8_t bytes[0x10000];

		fixture_init(&f, PLAIN);
		table_init(&inner, f.fabric);
		table_init(&outer, f.fabric);
		/* Each moves its pages, in reverse order, within 64 KiB. */
		for (uint64_t at = 0; at < 0x10000; at += outer_size)
			table_map(&outer, 0x40000 + at, outer_size, inner.space,
				  0x80000 + (0x10000 - outer_size - at), XLAT_RIGHT_RW);
		for (uint64_t at = 0; at < 0x10000; at += inner_size)
			table_map(&inner, 0x80000 + at, inner_size, f.space,
				  RAM_AT + (0x10000 - inner_size - at), XLAT_RIGHT_RW);
		for (unsigned i = 0; i < 0x10000; i++)
			*fixture_ram(&f, RAM_AT + i) = (uint8_t)(i * 31 ^ i >> 8);
		for (int again = 0; again < 2; again++) {
			memset(bytes, 0, sizeof(bytes));
			assert_int_equal(xlat_dma_read(outer.dma, nobody, 0x40000, bytes,
						       sizeof(bytes)),
					 XLAT_OK);
			for (unsigned i = 0; i < 0x10000; i++) {
				unsigned there = (0xff00 - (i & 0xff00)) | (i & 0xff);
				assert_int_equal(bytes[i], (uint8_t)(there * 31 ^ there >> 8));
			}
		}
		table_finish(&outer);
		table_finish(&inner);
		fixture_finish(&f);
	}
}

static void a_debugger_writes_rom(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		const struct xlat_attrs debugger = {.flags = XLAT_ATTR_DEBUG};
		struct fixture f;
		bool swapped;
		uint32_t old = 0, new = 5;

		fixture_init(&f, kind);
		assert_int_equal(xlat_space_write(f.seen, debugger, ROM_AT, "ok", 2), XLAT_OK);
		assert_int_equal(xlat_dma_write(f.dma, debugger, ROM_AT + 2, "ok", 2), XLAT_OK);
		assert_memory_equal(xlat_ram_host(f.rom_block), "okok", 4);
		assert_int_equal(xlat_space_cas(f.seen, debugger, ROM_AT + 8, 4, &old, &new,
						&swapped),
				 XLAT_OK);
		assert_true(swapped);
		/* And has not taught the handle to. */
		assert_int_equal(xlat_dma_write(f.dma, nobody, ROM_AT, "no", 2), XLAT_DENIED);
		fixture_finish(&f);
	}
}

static void a_debugger_leaves_no_trace_in_an_iommu(void **state)
{
	const struct xlat_attrs debugger = {.flags = XLAT_ATTR_DEBUG};
	struct fixture f;
	struct puppet p;
	uint8_t byte;

	(void)state;
	fixture_init(&f, PLAIN);
	puppet_init(&p, f.fabric, f.space, 0);
	assert_int_equal(xlat_space_read(p.space, debugger, RAM_AT, &byte, 1), XLAT_OK);
	assert_int_equal(p.translated, 0);
	assert_true(p.peeked > 0);
	p.outcome = XLAT_FAULT;
	assert_int_equal(xlat_space_read(p.space, debugger, RAM_AT, &byte, 1), XLAT_FAULT);
	assert_int_equal(p.faults, 0);
	puppet_finish(&p);
	fixture_finish(&f);
}

static void a_peek_stores_nothing(void **state)
{
	struct fixture f;
	struct puppet p;

	(void)state;
	fixture_init(&f, PLAIN);
	puppet_init(&p, f.fabric, f.space, 0);
	assert_int_equal(xlat_space_valid(p.space, nobody, XLAT_READ,
					  (struct xlat_range){RAM_AT, RAM_AT}),
			 XLAT_OK);
	assert_int_equal(p.peeked, 1);
	assert_int_equal(p.wrote, XLAT_DENIED);
	assert_int_equal(*fixture_ram(&f, RAM_AT), 0);
	puppet_finish(&p);
	fixture_finish(&f);
}

static void a_swap_works_through_iommus_and_only_in_ram(void **state)
{
	(void)state;
	FOR_EACH_FIXTURE(kind)
	{
		for (unsigned size = 1; size <= 16; size *= 2) {
			static const uint64_t denied[] = {ROM_AT, DEVICE_AT};
			uint8_t expected[16] = {0}, desired[16];
			struct fixture f;
			bool swapped;

			fixture_init(&f, kind);
			memset(desired, 0x42, sizeof(desired));
			assert_int_equal(xlat_space_cas(f.seen, nobody, RAM_AT + 32, size, expected,
							desired, &swapped),
					 XLAT_OK);
			assert_true(swapped);
			assert_memory_equal(fixture_ram(&f, RAM_AT + 32), desired, size);
			assert_int_equal(xlat_space_cas(f.seen, nobody, RAM_AT + 32, size, expected,
							desired, &swapped),
					 XLAT_OK);
			assert_false(swapped);
			assert_memory_equal(expected, desired, size);
			for (int i = 0; i < 2; i++) {
				assert_int_equal(xlat_space_cas(f.seen, nobody, denied[i], size,
								expected, desired, &swapped),
						 XLAT_DENIED);
				assert_false(swapped);
			}
			assert_int_equal(xlat_space_cas(f.seen, nobody, NOTHING_AT, size, expected,
							desired, &swapped),
					 XLAT_UNASSIGNED);
			fixture_finish(&f);
		}
	}
}

static void a_swap_needs_the_right_to_read_and_to_write(void **state)
{
	struct fixture f;
	struct table t;
	uint32_t expected = 0, desired = 1;
	bool swapped;

	(void)state;
	fixture_init(&f, PLAIN);
	table_init(&t, f.fabric);
	table_map(&t, 0x1000, 0x1000, f.space, RAM_AT, XLAT_RIGHT_R);
	table_map(&t, 0x2000, 0x1000, f.space, RAM_AT, XLAT_RIGHT_W);
	table_map(&t, 0x3000, 0x1000, f.space, RAM_AT, XLAT_RIGHT_RW);
	for (uint64_t at = 0x1000; at <= 0x3000; at += 0x1000)
		assert_int_equal(xlat_space_cas(t.space, nobody, at, 4, &expected, &desired,
						&swapped),
				 at == 0x3000 ? XLAT_OK : XLAT_DENIED);
	assert_true(swapped);
	table_finish(&t);
	fixture_finish(&f);
}

static void a_swap_that_is_misaligned_or_in_two_translations_is_denied(void **state)
{
	struct fixture f;
	struct table t;
	uint8_t expected[16] = {0}, desired[16] = {1};
	struct xlat_dirty *dirty;
	struct xlat_dirty_snapshot *snapshot;
	bool swapped;

	(void)state;
	fixture_init(&f, PLAIN);
	table_init(&t, f.fabric);
	assert_int_equal(xlat_dirty_create(f.ram, &dirty), 0);
	table_map(&t, 0x1000, 4, f.space, RAM_AT, XLAT_RIGHT_RW);
	table_map(&t, 0x1004, 4, f.space, RAM_AT + 4, XLAT_RIGHT_RW);
	for (unsigned size = 0; size <= 17; size++) {
		enum xlat_outcome outcome = size == 1 || size == 2 || size == 4 ? XLAT_OK
										: XLAT_DENIED;
		if (outcome == XLAT_DENIED) {
			assert_int_equal(xlat_space_cas(t.space, nobody, 0x1000, size, expected,
							desired, &swapped),
					 XLAT_DENIED);
			assert_int_equal(xlat_dma_cas(t.dma, nobody, 0x1000, size, expected,
						      desired, &swapped),
					 XLAT_DENIED);
		}
		if (size > 1)
			assert_int_equal(xlat_space_cas(f.space, nobody, RAM_AT + 1, size, expected,
							desired, &swapped),
					 XLAT_DENIED);
	}
	/* Of all that was denied nothing is dirty, but what a handle may cache. */
	assert_int_equal(xlat_dirty_snapshot_create(dirty, (struct xlat_range){0, RAM_SIZE - 1},
						    &snapshot),
			 0);
	assert_true(xlat_dirty_snapshot_ready(snapshot));
	assert_in_range(xlat_dirty_snapshot_count(snapshot), 0, 1);
	xlat_dirty_snapshot_destroy(snapshot);
	xlat_dirty_destroy(dirty);
	table_finish(&t);
	fixture_finish(&f);
}

static void validity_ends_at_the_first_failure(void **state)
{
	struct fixture f;
	struct puppet p;

	(void)state;
	fixture_init(&f, PLAIN);
	puppet_init(&p, f.fabric, f.space, 1);
	p.outcome = XLAT_FAULT;
	p.answer.range = (struct xlat_range){1, 0};
	/* 2^64 refusals of a byte each would take a while. */
	assert_int_equal(xlat_space_valid(p.space, nobody, XLAT_WRITE,
					  (struct xlat_range){0, UINT64_MAX}),
			 XLAT_FAULT);
	assert_int_equal(p.peeked, 1);
	assert_int_equal(xlat_space_valid(f.space, nobody, XLAT_WRITE,
					  (struct xlat_range){RAM_AT, ROM_AT}),
			 XLAT_UNASSIGNED);
	puppet_finish(&p);
	fixture_finish(&f);
}

static void validity_knows_what_a_device_accepts(void **state)
{
	static const struct xlat_mmio_ops read_only_words = {.size = sizeof(read_only_words),
							     .valid = {.min = 4, .max = 4}};
	struct xlat_mmio_ops ops = read_only_words;
	struct xlat_region *region;
	struct fixture f;
	const uint64_t at = NOTHING_AT;

	(void)state;
	fixture_init(&f, PLAIN);
	ops.read = test_device_ops.read;
	assert_int_equal(xlat_region_create(f.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .ops = &ops,
							.opaque = &f.device, .length = 0x1000),
					    &region),
			 0);
	assert_int_equal(xlat_region_attach(f.root, region, at), 0);
	assert_int_equal(xlat_space_valid(f.space, nobody, XLAT_READ,
					  (struct xlat_range){at, at + 7}),
			 XLAT_OK);
	assert_int_equal(xlat_space_valid(f.space, nobody, XLAT_READ,
					  (struct xlat_range){at, at + 6}),
			 XLAT_DENIED);
	assert_int_equal(xlat_space_valid(f.space, nobody, XLAT_READ,
					  (struct xlat_range){at + 2, at + 5}),
			 XLAT_DENIED);
	assert_int_equal(xlat_space_valid(f.space, nobody, XLAT_WRITE,
					  (struct xlat_range){at, at + 7}),
			 XLAT_DENIED);
	assert_int_equal(xlat_space_valid(f.space, nobody, XLAT_ATOMIC,
					  (struct xlat_range){at, at + 3}),
			 XLAT_DENIED);
	assert_int_equal(f.device.reads, 0);
	xlat_region_unref(region);
	fixture_finish(&f);
}

static void a_fill_fills_across_pages_and_into_devices(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, PLAIN);
	assert_int_equal(xlat_space_fill(f.space, nobody, RAM_AT + 10, 0x77, 10000), XLAT_OK);
	assert_int_equal(*fixture_ram(&f, RAM_AT + 9), 0);
	for (unsigned i = 0; i < 10000; i++)
		assert_int_equal(*fixture_ram(&f, RAM_AT + 10 + i), 0x77);
	assert_int_equal(*fixture_ram(&f, RAM_AT + 10010), 0);
	assert_int_equal(xlat_space_fill(f.space, nobody, DEVICE_AT + 3, 0x11, 200), XLAT_OK);
	assert_int_equal(f.device.bytes[2], 0);
	for (unsigned i = 0; i < 200; i++)
		assert_int_equal(f.device.bytes[3 + i], 0x11);
	assert_int_equal(f.device.bytes[203], 0);
	fixture_finish(&f);
}

static void a_list_is_gathered_and_scattered(void **state)
{
	struct fixture f;
	const struct xlat_sg list[] = {
		{RAM_AT + 9, 3}, {NOTHING_AT, 2}, {RAM_AT, 0}, {RAM_AT + 4094, 9}};
	uint8_t out[12] = "abcdefghijkl", in[13];

	(void)state;
	fixture_init(&f, PLAIN);
	assert_int_equal(xlat_space_write_sg(f.space, nobody, list, 4, out, 12), XLAT_UNASSIGNED);
	assert_memory_equal(fixture_ram(&f, RAM_AT + 9), "abc", 3);
	assert_memory_equal(fixture_ram(&f, RAM_AT + 4094), "fghijkl", 7);
	memset(in, '.', sizeof(in));
	assert_int_equal(xlat_space_read_sg(f.space, nobody, list, 4, in, 12), XLAT_UNASSIGNED);
	assert_memory_equal(in,
			    "abc\xff\xff"
			    "fghijkl.",
			    13);
	/* A list that is shorter than the buffer leaves the rest of it alone. */
	assert_int_equal(xlat_space_read_sg(f.space, nobody, list, 1, in, 12), XLAT_OK);
	assert_int_equal(in[12], '.');
	fixture_finish(&f);
}

/* Publishes another map while an access is in the middle. */
static void swap_halves(void *opaque)
{
	struct fixture *f = opaque;

	xlat_fabric_begin(f->fabric);
	assert_int_equal(xlat_region_move(f->memory, NOTHING_AT), 0);
	assert_int_equal(xlat_region_move(f->rom, DEVICE_AT), 0);
	assert_int_equal(xlat_fabric_commit(f->fabric), 0);
}

static void the_parts_of_one_access_see_one_view(void **state)
{
	struct fixture f;
	uint8_t bytes[16];

	(void)state;
	fixture_init(&f, PLAIN);
	assert_int_equal(xlat_region_move(f.registers, DEVICE_AT - 8), 0);
	assert_int_equal(xlat_region_resize(f.registers, 8), 0);
	assert_int_equal(xlat_region_move(f.memory, DEVICE_AT), 0);
	memset(xlat_ram_host(f.ram), 0x11, RAM_SIZE);
	memset(xlat_ram_host(f.rom_block), 0x22, ROM_SIZE);
	/* The device answers the first half, and moves away what answers the second. */
	f.device.inside = swap_halves;
	f.device.inside_opaque = &f;
	assert_int_equal(xlat_space_read(f.space, nobody, DEVICE_AT - 8, bytes, 16), XLAT_OK);
	assert_int_equal(bytes[8], 0x11);
	f.device.inside = NULL;
	assert_int_equal(xlat_space_read(f.space, nobody, DEVICE_AT - 8, bytes, 16), XLAT_OK);
	assert_int_equal(bytes[8], 0x22);
	fixture_finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_and_alignment_moves_exactly_its_bytes),
		cmocka_unit_test(the_parts_of_one_access_see_one_view),
		cmocka_unit_test(a_list_is_gathered_and_scattered),
		cmocka_unit_test(the_worst_outcome_of_the_parts_is_returned),
		cmocka_unit_test(an_access_does_not_wrap_around_the_last_address),
		cmocka_unit_test(sized_accesses_name_their_byte_order_and_refuse_other_sizes),
		cmocka_unit_test(read_write_and_exec_of_one_page_go_to_three_places),
		cmocka_unit_test(no_rights_allow_nothing),
		cmocka_unit_test(a_malformed_translation_is_a_fault),
		cmocka_unit_test(a_model_that_answers_what_is_no_answer_is_a_fault),
		cmocka_unit_test(a_cycle_of_iommus_is_a_fault),
		cmocka_unit_test(thirty_two_iommus_in_a_row_translate),
		cmocka_unit_test(walks_that_need_walks_end_eight_deep),
		cmocka_unit_test(what_a_model_does_not_say_is_refused_by_its_granule),
		cmocka_unit_test(a_silent_refusal_at_zero_covers_a_granule_like_any_other),
		cmocka_unit_test(single_bytes_are_translated_one_by_one),
		cmocka_unit_test(a_hit_ends_where_its_translation_does),
		cmocka_unit_test(stacked_page_sizes_keep_the_low_bits_in_both_orders),
		cmocka_unit_test(a_debugger_writes_rom),
		cmocka_unit_test(a_debugger_leaves_no_trace_in_an_iommu),
		cmocka_unit_test(a_peek_stores_nothing),
		cmocka_unit_test(a_swap_works_through_iommus_and_only_in_ram),
		cmocka_unit_test(a_swap_needs_the_right_to_read_and_to_write),
		cmocka_unit_test(a_swap_that_is_misaligned_or_in_two_translations_is_denied),
		cmocka_unit_test(validity_ends_at_the_first_failure),
		cmocka_unit_test(validity_knows_what_a_device_accepts),
		cmocka_unit_test(a_fill_fills_across_pages_and_into_devices),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
