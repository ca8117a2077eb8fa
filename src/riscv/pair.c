/* SPDX-License-Identifier: BSD-3-Clause */
/* Which handler does a pair of operations. */
#include "riscv/code.h"

enum {
	VARIANTS = 3,
};

/* The places of operations among the firsts and the seconds; 0: it is none. */
enum {
	NO_FIRST,
#define FIRST(variant, kind, id) FIRST_##id,
	XLAT__FIRSTS_OF_VALUE(FIRST, 0)
	XLAT__FIRSTS_OF_NONE(FIRST, 0)
#undef FIRST
		FIRSTS,
};

enum {
	NO_SECOND,
#define SECOND(unused, kind, id) SECOND_##id,
	XLAT__SECONDS_OF_0(SECOND, 0)
	XLAT__SECONDS_OF_1(SECOND, 0) XLAT__SECONDS_OF_2(SECOND, 0)
#undef SECOND
		SECONDS,
};

static const uint8_t firsts[XLAT__INTERNAL_END] = {
#define FIRST(variant, kind, id) [XLAT__OP_##id] = FIRST_##id,
	XLAT__FIRSTS_OF_VALUE(FIRST, 0) XLAT__FIRSTS_OF_NONE(FIRST, 0)
#undef FIRST
};

static const uint8_t seconds[XLAT__INTERNAL_END] = {
#define SECOND(unused, kind, id) [XLAT__OP_##id] = SECOND_##id,
	XLAT__SECONDS_OF_0(SECOND, 0) XLAT__SECONDS_OF_1(SECOND, 0) XLAT__SECONDS_OF_2(SECOND, 0)
#undef SECOND
};

static const uint16_t pairs[FIRSTS][SECONDS][VARIANTS] = {
#define PAIR(variant, kind, second, first_kind, first)                                             \
	[FIRST_##first][SECOND_##second][variant] = XLAT__OP_##first##_##second##_##variant,
	XLAT__PAIRS(PAIR)
#undef PAIR
};

unsigned xlat__pair_find(unsigned first_id, const struct xlat__op *first, unsigned second_id,
			 const struct xlat__op *second)
{
	const uint16_t *variants = pairs[firsts[first_id]][seconds[second_id]];

	/* A variant that there is not is 0, as is a pair. */
	if (variants[1] && second->rs1 == first->rd)
		return variants[1];
	if (variants[2] && second->rs2 == first->rd)
		return variants[2];
	return variants[0];
}
