/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "random_tables.h"

/*
 * What a page holds, by the low four bits of its number; the next three are the level of a page
 * table.
 */
enum page_kind {
	FIRST_STAGE = 0, /* to 3 */
	SECOND_STAGE = 4, /* to 7: a root is four pages */
	DDT2 = 8,
	DDT1 = 9,
	DC = 10,
	PDT2 = 11,
	PDT1 = 12,
	PC = 13,
	MSI = 14, /* and 15 */
};

uint64_t mix(uint64_t number)
{
	number += UINT64_C(0x9e3779b97f4a7c15);
	number = (number ^ (number >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	number = (number ^ (number >> 27)) * UINT64_C(0x94d049bb133111eb);
	return number ^ (number >> 31);
}

/* A stream of decisions. */
struct dice {
	uint64_t state;
};

static uint64_t roll(struct dice *dice)
{
	return dice->state = mix(dice->state);
}

/* One time in n. */
static bool once_in(struct dice *dice, unsigned n)
{
	return roll(dice) % n == 0;
}

static struct dice dice_at(const struct random_tables *tables, uint64_t address)
{
	return (struct dice){mix(tables->seed ^ mix(address))};
}

static bool cap(const struct random_tables *tables, unsigned bit)
{
	return tables->capabilities >> bit & 1;
}

/* A page number of a kind, seven bits; seldom one that is too high. */
static uint64_t page(const struct random_tables *tables, struct dice *dice, unsigned kind)
{
	uint64_t n = roll(dice) & 0x7ff;

	if (tables->noise && once_in(dice, 200))
		n = roll(dice) & ((UINT64_C(1) << 37) - 1);
	return n << 7 | kind;
}

/* Spoils a word now and then. */
static uint64_t spoil(const struct random_tables *tables, struct dice *dice, uint64_t word)
{
	static const unsigned often[4] = {0, 200, 60, 20};

	if (!tables->noise || !once_in(dice, often[tables->noise]))
		return word;
	if (once_in(dice, 4))
		return roll(dice);
	return word ^ UINT64_C(1) << (roll(dice) & 63);
}

/* A page table's page, of a level. */
static uint64_t table_page(const struct random_tables *tables, struct dice *dice, bool second,
			   unsigned level, unsigned first)
{
	unsigned kind = (second ? SECOND_STAGE : FIRST_STAGE) + first;

	return page(tables, dice, kind | level << 4);
}

/* The bits of a leaf other than its address. */
static uint64_t leaf_bits(const struct random_tables *tables, struct dice *dice, bool narrow)
{
	unsigned rare = tables->noise ? 8 : 32;
	uint64_t pte = 1;

	pte |= once_in(dice, 24) ? 8 : 2 | (once_in(dice, 4) ? 0 : 4) | (once_in(dice, 2) ? 8 : 0);
	pte |= (once_in(dice, rare) ? 0 : 0x10) | (once_in(dice, 4) ? 0x20 : 0);
	pte |= (once_in(dice, rare) ? 0 : 0x40) | (once_in(dice, 4) ? 0 : 0x80);
	pte |= roll(dice) & 0x300;
	if (!narrow && cap(tables, 15) && once_in(dice, 4))
		pte |= (1 + roll(dice) % 2) << 61;
	if (!narrow && cap(tables, 14) && once_in(dice, 4))
		pte |= (roll(dice) & 3) << 59;
	return pte;
}

/*
 * An entry of a page table of a level; `index` of it in its table, whose low seven bits are those
 * of the page that it maps, so that a second stage leads to pages of the kind that the guest meant.
 */
static uint64_t page_table_entry(const struct random_tables *tables, struct dice *dice, bool second,
				 bool narrow, unsigned level, unsigned index)
{
	uint64_t ppn = roll(dice) & (once_in(dice, 2) ? 0xfff : 0x3ffff), pte;
	unsigned shift = (narrow ? 10 : 9) * level;

	if (level > 0 && !once_in(dice, 8))
		return 1 | (!second && once_in(dice, 16) ? 0x20 : 0) |
		       table_page(tables, dice, second, level - 1, (unsigned)roll(dice) & 3) << 10;
	pte = leaf_bits(tables, dice, narrow);
	if (level > 0) {
		if (tables->noise && once_in(dice, 8))
			shift /= 2;
		return pte | (ppn & 0xff) << shift << 10;
	}
	ppn = (ppn & ~UINT64_C(0x7f)) | (index & 0x7f);
	if (!narrow && once_in(dice, 8)) {
		ppn = (ppn & ~UINT64_C(15)) | 8;
		pte |= UINT64_C(1) << 63;
	}
	return pte | (ppn << 10);
}

static uint64_t one_of(struct dice *dice, const uint64_t *choices, unsigned count)
{
	return choices[roll(dice) % count];
}

/* A first-stage mode that capabilities allows, or Bare. */
static uint64_t first_stage_mode(const struct random_tables *tables, struct dice *dice)
{
	uint64_t choices[4] = {0};
	unsigned count = 1;

	if (tables->sxl) {
		if (cap(tables, 8))
			choices[count++] = 8;
	} else {
		for (unsigned i = 0; i < 3; i++)
			if (cap(tables, 9 + i))
				choices[count++] = 8 + i;
	}
	return one_of(dice, choices, count);
}

/* The level of a mode's root. */
static unsigned level_of(uint64_t mode, bool narrow)
{
	return narrow || mode < 8 ? 1 : (unsigned)mode - 6;
}

static uint64_t second_stage_mode(const struct random_tables *tables, struct dice *dice)
{
	uint64_t choices[4] = {0};
	unsigned count = 1;

	if (tables->fctl & 4) {
		if (cap(tables, 16))
			choices[count++] = 8;
	} else {
		for (unsigned i = 0; i < 3; i++)
			if (cap(tables, 17 + i))
				choices[count++] = 8 + i;
	}
	return one_of(dice, choices, count);
}

static uint64_t process_directory_mode(const struct random_tables *tables, struct dice *dice)
{
	uint64_t choices[4] = {0};
	unsigned count = 1;

	for (unsigned i = 0; i < 3; i++)
		if (cap(tables, 38 + i))
			choices[count++] = 1 + i;
	return one_of(dice, choices, count);
}

static uint64_t device_context_word(const struct random_tables *tables, uint64_t at, unsigned word)
{
	struct dice dice = dice_at(tables, at);
	bool pdtv = once_in(&dice, 2) && (tables->capabilities >> 38 & 7);
	uint64_t iohgatp_mode = second_stage_mode(tables, &dice), tc = 1, mode, mask;
	bool msi = once_in(&dice, 2);
	uint64_t files;

	if (cap(tables, 25) && !once_in(&dice, 3)) {
		tc |= 2;
		if (once_in(&dice, 3))
			tc |= once_in(&dice, 2) ? 4 : 0x44;
		if (cap(tables, 26) && iohgatp_mode && once_in(&dice, 3))
			tc |= 8;
	}
	tc |= (once_in(&dice, 8) ? 0x10 : 0) | (pdtv ? 0x20 : 0);
	if (cap(tables, 24))
		tc |= (once_in(&dice, 2) ? 0x80 : 0) | (once_in(&dice, 2) ? 0x100 : 0);
	tc |= (pdtv && once_in(&dice, 3) ? 0x200 : 0) | (tables->sbe ? 0x400 : 0) |
	      (tables->sxl ? 0x800 : 0) | (once_in(&dice, 4) ? 0xff000000 : 0);
	/* The pages of interrupt files: some of the first 4096, where every second leaf points. */
	mask = once_in(&dice, 2) ? 0xfff : roll(&dice) & 0xfff;
	files = roll(&dice) & 0xfff;
	dice = dice_at(tables, at + 8 * word + 1);
	switch (word) {
	case 0:
		return tc;
	case 1:
		return iohgatp_mode << 60 | (roll(&dice) & 0xffff) << 44 |
		       table_page(tables, &dice, true, level_of(iohgatp_mode, tables->fctl & 4), 0);
	case 2:
		return (roll(&dice) & 0xfffff) << 12 |
		       (cap(tables, 41) ? (roll(&dice) & tables->rcid_mask) << 40 |
						  (roll(&dice) & tables->mcid_mask) << 52
					: 0);
	case 3:
		mode = pdtv ? process_directory_mode(tables, &dice)
			    : first_stage_mode(tables, &dice);
		if (!pdtv)
			return mode << 60 |
			       table_page(tables, &dice, false, level_of(mode, tables->sxl),
					  (unsigned)roll(&dice) & 3);
		return mode << 60 | page(tables, &dice, mode == 3 ? PDT2 : mode == 2 ? PDT1 : PC);
	case 4:
		return (uint64_t)msi << 60 | page(tables, &dice, MSI);
	case 5:
		return mask;
	case 6:
		return files;
	default:
		return 0;
	}
}

static uint64_t process_context_word(const struct random_tables *tables, uint64_t at, unsigned word)
{
	struct dice dice = dice_at(tables, at + 8 * word);
	uint64_t mode;

	if (word == 0)
		return 1 | (once_in(&dice, 3) ? 0 : 2) | (once_in(&dice, 2) ? 4 : 0) |
		       (roll(&dice) & 0xfffff) << 12;
	mode = first_stage_mode(tables, &dice);
	return mode << 60 | table_page(tables, &dice, false, level_of(mode, tables->sxl),
				       (unsigned)roll(&dice) & 3);
}

static uint64_t msi_word(const struct random_tables *tables, uint64_t address)
{
	struct dice dice = dice_at(tables, address & ~UINT64_C(15));
	bool mrif = cap(tables, 23) && once_in(&dice, 2);
	uint64_t first = 1 | (mrif ? 2 : 6) | (roll(&dice) & 0x3ffff) << 10;

	if (!(address & 8))
		return first;
	return mrif ? (roll(&dice) & 0x3ffff) << 10 | (roll(&dice) & 0x3ff) |
			       (roll(&dice) & 1) << 60
		    : roll(&dice);
}

static void encode(uint8_t *bytes, unsigned size, bool big, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		bytes[big ? size - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

/* The eight bytes at an aligned address, as software put them there. */
static void make_bytes(const struct random_tables *tables, uint64_t address, uint8_t bytes[8])
{
	struct dice dice = dice_at(tables, address), spoiler = dice_at(tables, ~address);
	unsigned kind = address >> 12 & 15, dc_size = cap(tables, 22) ? 64 : 32;
	bool be = tables->fctl & 1, sbe = tables->sbe, big = be;
	uint64_t value;

	switch (kind) {
	case DDT2:
		value = 1 | page(tables, &dice, DDT1) << 10;
		break;
	case DDT1:
		value = 1 | page(tables, &dice, DC) << 10;
		break;
	case DC:
		value = device_context_word(tables, address & ~(uint64_t)(dc_size - 1),
					    (address & (dc_size - 1)) / 8);
		break;
	case PDT2:
		big = sbe;
		value = 1 | page(tables, &dice, PDT1) << 10;
		break;
	case PDT1:
		big = sbe;
		value = 1 | page(tables, &dice, PC) << 10;
		break;
	case PC:
		big = sbe;
		value = process_context_word(tables, address & ~UINT64_C(15), address / 8 & 1);
		break;
	case MSI:
	case MSI + 1:
		value = msi_word(tables, address);
		break;
	default: {
		bool second = kind >= SECOND_STAGE;
		bool narrow = second ? tables->fctl & 4 : tables->sxl;
		unsigned level = address >> 16 & 7;

		big = second ? be : sbe;
		if (narrow) {
			for (unsigned half = 0; half < 2; half++) {
				value = page_table_entry(tables, &dice, second, true, level,
							 (unsigned)(address & 0xfff) / 4 + half);
				encode(bytes + 4 * half, 4, big, spoil(tables, &spoiler, value));
			}
			return;
		}
		value = page_table_entry(tables, &dice, second, false, level,
					 (unsigned)(address & 0xfff) / 8);
		break;
	}
	}
	encode(bytes, 8, big, spoil(tables, &spoiler, value));
}

static struct random_write *find_write(const struct random_tables *tables, uint64_t address)
{
	for (unsigned i = 0; i < tables->write_count; i++)
		if (tables->writes[i].address == address)
			return (struct random_write *)&tables->writes[i];
	return NULL;
}

/* Some pages do not answer, and some are poisoned. */
static enum xlat_model_memory answer(const struct random_tables *tables, uint64_t address)
{
	uint64_t luck = mix(tables->seed ^ mix(~(address >> 12)));

	if (!tables->noise || luck % 300 > 3)
		return XLAT_MODEL_MEMORY_OK;
	return luck % 300 > 1 ? XLAT_MODEL_MEMORY_ACCESS_FAULT : XLAT_MODEL_MEMORY_CORRUPT;
}

static void get_bytes(const struct random_tables *tables, uint64_t address, uint8_t bytes[8])
{
	const struct random_write *write = find_write(tables, address);

	if (write)
		memcpy(bytes, write->bytes, 8);
	else
		make_bytes(tables, address, bytes);
}

static enum xlat_model_memory random_read(void *opaque, void *context, uint64_t address,
					  void *bytes, size_t length, struct xlat_model_attrs attrs)
{
	const struct random_tables *tables = opaque;
	uint8_t *to = bytes, word[8];

	(void)context, (void)attrs;
	for (size_t done = 0; done < length;) {
		uint64_t at = address + done;
		size_t skip = at & 7, part = 8 - skip < length - done ? 8 - skip : length - done;

		get_bytes(tables, at & ~UINT64_C(7), word);
		memcpy(to + done, word + skip, part);
		done += part;
	}
	return answer(tables, address);
}

static struct random_write *make_write(struct random_tables *tables, uint64_t address)
{
	struct random_write *write = find_write(tables, address);

	if (!write) {
		assert_true(tables->write_count < 64);
		write = &tables->writes[tables->write_count++];
		write->address = address;
		make_bytes(tables, address, write->bytes);
	}
	return write;
}

static enum xlat_model_memory random_swap(void *opaque, void *context, uint64_t address,
					  const void *expected, const void *desired, size_t length,
					  bool *swapped, struct xlat_model_attrs attrs)
{
	struct random_tables *tables = opaque;
	uint8_t *place;

	(void)context, (void)attrs;
	if (answer(tables, address) != XLAT_MODEL_MEMORY_OK)
		return answer(tables, address);
	place = make_write(tables, address & ~UINT64_C(7))->bytes + (address & 7);
	*swapped = memcmp(place, expected, length) == 0;
	if (*swapped)
		memcpy(place, desired, length);
	return XLAT_MODEL_MEMORY_OK;
}

static enum xlat_model_memory random_store(void *opaque, void *context, uint64_t address,
					   const void *bytes, size_t length,
					   struct xlat_model_attrs attrs)
{
	struct random_tables *tables = opaque;

	(void)context, (void)attrs;
	memcpy(make_write(tables, address & ~UINT64_C(7))->bytes + (address & 7), bytes, length);
	return answer(tables, address);
}

const struct xlat_model_host random_host = {
	.size = sizeof(struct xlat_model_host),
	.read = random_read,
	.write = random_store,
	.compare_and_swap = random_swap,
};

struct random_tables random_tables(uint64_t seed)
{
	struct random_tables tables = {.seed = mix(seed)};
	struct dice dice = {tables.seed};
	unsigned mode, pas = 34 + roll(&dice) % 23;
	/* Version 1.0, and bits 11:8, 15:14, 19:16, 27:21, 31:29, 41:38. */
	uint64_t all = UINT64_C(0x3c0efefcf10);

	tables.noise = (unsigned)(roll(&dice) % 4);
	tables.capabilities = all | (uint64_t)pas << 32;
	if (once_in(&dice, 2))
		tables.capabilities &= roll(&dice) | roll(&dice) | UINT64_C(0x3f000000ff);
	tables.fctl_fixed = once_in(&dice, 2) ? (uint32_t)roll(&dice) & 7 : 0;
	if (once_in(&dice, 5))
		tables.fctl |= 4;
	if (once_in(&dice, 3))
		tables.fctl |= 1;
	tables.sxl = tables.fctl & 4 || (once_in(&dice, 5) && !(tables.fctl_fixed & 4) &&
					 tables.capabilities >> 8 & 0x101);
	tables.sbe = cap(&tables, 27) && !(tables.fctl_fixed & 1) && once_in(&dice, 2)
			     ? roll(&dice) & 1
			     : tables.fctl & 1;
	tables.rcid_mask = once_in(&dice, 2) ? 0xfff : 0xff;
	tables.mcid_mask = once_in(&dice, 2) ? 0xfff : 0x3f;
	tables.device_id_mask = once_in(&dice, 32) ? 0xfffff : 0xffffff;
	tables.qosid = (uint32_t)roll(&dice);
	mode = once_in(&dice, 32) ? (unsigned)(roll(&dice) & 15) : 2 + (unsigned)(roll(&dice) % 3);
	tables.ddtp = mode | page(&tables, &dice, mode == 4 ? DDT2 : mode == 3 ? DDT1 : DC) << 10;
	return tables;
}

/* An address that some format translates. */
static uint64_t random_iova(const struct random_tables *tables, struct dice *dice)
{
	static const unsigned widths[] = {24, 32, 32, 32, 34, 39, 48, 57};
	unsigned width = tables->sxl ? 32 : widths[roll(dice) % 8];
	uint64_t iova = roll(dice) & ((UINT64_C(1) << width) - 1);

	if (tables->noise && once_in(dice, 16))
		return roll(dice);
	if (!tables->sxl && once_in(dice, 8))
		return (uint64_t)((int64_t)(iova << (64 - width)) >> (64 - width));
	return iova >> 1;
}

struct xlat_riscv_iommu_request random_request(const struct random_tables *tables, unsigned n)
{
	struct dice dice = {mix(tables->seed + n)};
	unsigned mode = tables->ddtp & 15, leaf = cap(tables, 22) ? 6 : 7;
	unsigned did_bits = mode == 4 ? 24 : mode == 3 ? leaf + 9 : leaf;
	struct xlat_riscv_iommu_request request = {
		.size = sizeof(request),
		.device_id = (uint32_t)roll(&dice) & 0xffffff,
		.iova = random_iova(tables, &dice),
		.process_id_valid = once_in(&dice, 4),
		.process_id = (uint32_t)roll(&dice) & 0xfffff,
		.privileged = once_in(&dice, 3),
		.exec = once_in(&dice, 4),
		.write = once_in(&dice, 2),
		.no_write = once_in(&dice, 3),
		.cxl = once_in(&dice, 4),
		.length = 4,
	};

	if (!once_in(&dice, 32))
		request.device_id &= (1u << did_bits) - 1;
	if (!once_in(&dice, 4))
		request.process_id &= once_in(&dice, 4) ? 0x1ffff : 0xff;
	if (once_in(&dice, 4))
		request.type = once_in(&dice, 3) ? XLAT_RISCV_IOMMU_TRANSLATED
						 : XLAT_RISCV_IOMMU_TRANSLATION_REQUEST;
	return request;
}

struct xlat_riscv_iommu *model_of(struct random_tables *tables)
{
	struct xlat_riscv_iommu_config config = {
		.size = sizeof(config),
		.capabilities = tables->capabilities,
		.fctl_fixed = tables->fctl_fixed,
		.device_id_mask = tables->device_id_mask,
		.rcid_mask = tables->rcid_mask,
		.mcid_mask = tables->mcid_mask,
		.bare_shift = {22, 30, 39, 48, 22, 12, 21, 30},
		.cached_translations = tables->cached ? 64 : 0,
		.cached_devices = tables->cached ? 16 : 0,
		.cached_processes = tables->cached ? 16 : 0,
	};
	struct xlat_riscv_iommu *iommu;

	assert_int_equal(xlat_riscv_iommu_create(&config, &random_host, tables, &iommu), 0);
	assert_int_equal(xlat_riscv_iommu_load(iommu, 8, 4, tables->fctl), 0);
	assert_int_equal(xlat_riscv_iommu_load(iommu, 16, 8, tables->ddtp), 0);
	assert_int_equal(xlat_riscv_iommu_load(iommu, 624, 4, tables->qosid), 0);
	return iommu;
}

struct naive_iommu naive_of(struct random_tables *tables)
{
	return (struct naive_iommu){
		.capabilities = tables->capabilities,
		.fctl = tables->fctl,
		.be_writable = cap(tables, 27) && !(tables->fctl_fixed & 1),
		.gxl_writable = (cap(tables, 8) || cap(tables, 16)) && !(tables->fctl_fixed & 4),
		.ddtp = tables->ddtp,
		.qosid = tables->qosid,
		.device_id_mask = tables->device_id_mask,
		.rcid_bits = tables->rcid_mask == 0xfff ? 12 : 8,
		.mcid_bits = tables->mcid_mask == 0xfff ? 12 : 6,
		.bare_shift = {22, 30, 39, 48, 22, 12, 21, 30},
		.host = &random_host,
		.opaque = tables,
	};
}

bool same_writes(const struct random_tables *a, const struct random_tables *b)
{
	if (a->write_count != b->write_count)
		return false;
	for (unsigned i = 0; i < a->write_count; i++) {
		const struct random_write *other = find_write(b, a->writes[i].address);

		if (!other || memcmp(a->writes[i].bytes, other->bytes, 8) != 0)
			return false;
	}
	return true;
}
