/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pairs (pairs.h). Where an access of one does not hit, its own handler makes it, and goes on
 * behind it. Included into xlat__hart_execute().
 */

/* The first operation, into value, which the second one may want. */
#define FIRST_COMPUTE(id)                                                                          \
	value = value_##id(RS1, RS2, IMM);                                                         \
	RD = value
#define FIRST_LOAD(id)                                                                             \
	address = RS1 + IMM;                                                                       \
	HIT(XLAT_READ, sizeof(id##_TYPE), do_##id);                                                \
	value = id##_VALUE(host);                                                                  \
	RD = value
#define FIRST_STORE(id)                                                                            \
	address = RS1 + IMM;                                                                       \
	HIT(XLAT_WRITE, id##_BITS / 8, do_##id);                                                   \
	id##_STORE(host, RS2)

/* The second one's registers, by variant. */
#define A_0 RS1
#define A_1 value
#define A_2 RS1
#define B_0 RS2
#define B_1 RS2
#define B_2 value

/* The second operation, and on. */
#define SECOND_COMPUTE(id, a, b)                                                                   \
	RD = value_##id(a, b, IMM);                                                                \
	NEXT()
#define SECOND_LOAD(id, a, b)                                                                      \
	address = (a) + IMM;                                                                       \
	HIT(XLAT_READ, sizeof(id##_TYPE), do_##id);                                                \
	RD = id##_VALUE(host);                                                                     \
	NEXT()
#define SECOND_STORE(id, a, b)                                                                     \
	address = (a) + IMM;                                                                       \
	HIT(XLAT_WRITE, id##_BITS / 8, do_##id);                                                   \
	id##_STORE(host, b);                                                                       \
	NEXT()
#define SECOND_BRANCH(id, a, b) BRANCH(id##_TAKEN(a, b))
#define SECOND_JUMP(id, a, b) EXIT(op + 1)

#define PAIR(variant, kind, id, first_kind, first)                                                 \
	OPERATION(first##_##id##_##variant)                                                        \
	{                                                                                          \
		uint64_t address, value = 0;                                                       \
		uint8_t *host;                                                                     \
                                                                                                   \
		(void)address, (void)value, (void)host;                                            \
		FIRST_##first_kind(first);                                                         \
		op++;                                                                              \
		SECOND_##kind(id, A_##variant, B_##variant);                                       \
	}
XLAT__PAIRS(PAIR)
#undef PAIR
