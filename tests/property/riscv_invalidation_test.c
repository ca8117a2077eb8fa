/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Random changes of page tables, each followed by an invalidation that covers it, by one of the
 * commands that do; between them random requests, to a model with caches and to a naive reader that
 * has none. As long as drivers keep the rules the two can not be told apart. XLAT_RANDOM_SEED,
 * XLAT_RANDOM_STEPS.
 */
#include <stdio.h>
#include <stdlib.h>

#include "test.h"
#include "compare_riscv.h"
#include "naive_riscv.h"
#include "random_tables.h"
#include "riscv_machine.h"

#define AV (UINT64_C(1) << 10)
#define PSCV (UINT64_C(1) << 32)
#define GV (UINT64_C(1) << 33)
#define PSCID(id) ((uint64_t)(id) << 12)
#define GSCID(id) ((uint64_t)(id) << 44)
#define ADDR(address) ((uint64_t)(address) >> 12 << 10)

enum {
	SPACES = 5,
	PAGES = 24, /* of 4 KiB, from 0 on */
	LARGE = 4, /* of 2 MiB, from 0x40000000 on */
};

/* Address spaces: two processes of the host, two of one guest, and one of another. */
static const struct {
	unsigned gscid, pscid;
} ids[SPACES] = {{0, 1}, {0, 2}, {1, 1}, {1, 2}, {2, 1}};

struct world {
	struct machine *m;
	struct tables first[SPACES], second[3]; /* second stages by gscid */
	uint64_t dice;
	struct naive_iommu naive;
	unsigned long hits, requests;
};

static uint64_t roll(struct world *w)
{
	return w->dice = mix(w->dice);
}

static struct world begin(uint64_t seed)
{
	struct world w = {.dice = seed};

	w.m = power_on_with(
		(struct xlat_riscv_iommu_config){.cached_translations = 128, .cached_devices = 8});
	use_directory(w.m, LVL1);
	use_command_queue(w.m, 4);
	for (unsigned g = 1; g < 3; g++) {
		w.second[g] = table(w.m, 5);
		/* The tables of the first stages are where they are. */
		map(&w.second[g], MEMORY_BASE, MEMORY_BASE, 2, ALL);
	}
	for (unsigned i = 0; i < SPACES; i++) {
		uint64_t dc = device(w.m, i);

		w.first[i] = table(w.m, 1);
		put_word(w.m, WORD(dc, DC_TA), PSCID(ids[i].pscid));
		put_word(w.m, WORD(dc, DC_FSC), pointer(SV39, w.first[i].root));
		if (ids[i].gscid)
			put_word(w.m, WORD(dc, DC_IOHGATP),
				 pointer(SV39, w.second[ids[i].gscid].root) | GSCID(ids[i].gscid));
	}
	w.naive = (struct naive_iommu){
		.capabilities = CAP_ALL,
		.be_writable = true,
		.gxl_writable = true,
		.ddtp = w.m->ddtp,
		.device_id_mask = 0xffffff,
		.rcid_bits = 12,
		.mcid_bits = 12,
		.bare_shift = {22, 30, 39, 48, 22, 30, 39, 48},
		.host = &toy_host,
		.opaque = w.m->memory,
	};
	return w;
}

static uint64_t random_bits(struct world *w)
{
	uint64_t bits = V | R | U | A | (roll(w) & (W | X | D));

	return roll(w) % 8 ? bits : bits & ~(uint64_t)V;
}

/* A page that a first or a second stage maps. */
static uint64_t random_page(struct world *w, unsigned *level)
{
	*level = roll(w) % 3 == 0;
	return *level ? 0x40000000 + roll(w) % LARGE * 0x200000 : roll(w) % PAGES << 12;
}

/* Some address in the page. */
static uint64_t somewhere(struct world *w, uint64_t page, unsigned level)
{
	return page + (roll(w) & (level ? 0x1fffff : 0xfff));
}

static void change_first_stage(struct world *w)
{
	unsigned i = roll(w) % SPACES, level, target_level;
	uint64_t page = random_page(w, &level), target = random_page(w, &target_level);
	uint64_t vm = ids[i].gscid ? GV | GSCID(ids[i].gscid) : 0;
	bool global = roll(w) % 4 == 0;
	uint64_t at = entry_of(&w->first[i], page, level);
	bool was_global = get_entry(&w->first[i], at) & G;
	uint64_t process = global || was_global || roll(w) % 2 ? 0 : PSCV | PSCID(ids[i].pscid);

	if (level)
		target &= ~UINT64_C(0x1fffff);
	set_entry(&w->first[i], at, entry_to(target, random_bits(w) | (global ? G : 0)));
	if (roll(w) % 4)
		command(w->m, IOTINVAL_VMA | vm | process | AV, ADDR(somewhere(w, page, level)));
	else
		command(w->m, IOTINVAL_VMA | vm | process, 0);
}

static void change_second_stage(struct world *w)
{
	unsigned g = 1 + roll(w) % 2, level;
	uint64_t page = random_page(w, &level), target = 0x100000000 + (roll(w) % 64 << 21);

	map(&w->second[g], page, target, level, random_bits(w));
	switch (roll(w) % 4) {
	case 0:
		command(w->m, IOTINVAL_GVMA, 0);
		break;
	case 1:
		command(w->m, IOTINVAL_GVMA | GV | GSCID(g), 0);
		break;
	default:
		command(w->m, IOTINVAL_GVMA | GV | GSCID(g) | AV, ADDR(somewhere(w, page, level)));
		break;
	}
}

/* Makes a request of both; returns whether they differ. */
static bool request(struct world *w, unsigned long step)
{
	unsigned level;
	uint64_t page = random_page(w, &level);
	struct xlat_riscv_iommu_request asked = {
		.size = sizeof(asked),
		.device_id = roll(w) % SPACES,
		.iova = somewhere(w, page, level),
		.write = roll(w) % 3 == 0,
		.exec = roll(w) % 5 == 0,
	};
	struct naive_request same = naive_request(&asked);
	struct naive_answer answer = naive_translate(&w->naive, &same);
	struct xlat_riscv_iommu_response response;
	unsigned reads = w->m->memory->reads;
	const char *what;

	xlat_riscv_iommu_translate(w->m->iommu, &asked, &response);
	w->requests++;
	w->hits += w->m->memory->reads == reads;
	what = difference(&asked, &answer, &response);
	if (what)
		print_error("step %lu: device %u iova %#lx: %s, cause %u for %u, %#lx for %#lx\n",
			    step, asked.device_id, (unsigned long)asked.iova, what,
			    response.fault.cause, answer.cause, (unsigned long)response.address,
			    (unsigned long)answer.address);
	return what != NULL;
}

static unsigned long from_environment(const char *name, unsigned long otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 0) : otherwise;
}

static void caches_can_not_be_told_from_none_by_who_invalidates(void **state)
{
	struct world w = begin(from_environment("XLAT_RANDOM_SEED", 1));
	unsigned long steps = from_environment("XLAT_RANDOM_STEPS", 200000), wrong = 0;

	(void)state;
	for (unsigned long step = 0; step < steps && wrong < 10; step++) {
		switch (roll(&w) % 64) {
		case 0:
			change_first_stage(&w);
			break;
		case 1:
			change_second_stage(&w);
			break;
		default:
			wrong += request(&w, step);
			break;
		}
	}
	assert_int_equal(wrong, 0);
	assert_int_equal(read32(w.m, CQCSR), 0x10003);
	/* It was a test of caches. */
	print_message("# %lu of %lu requests found their translation cached\n", w.hits, w.requests);
	assert_true(w.hits > w.requests / 10);
	power_off(w.m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(caches_can_not_be_told_from_none_by_who_invalidates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
