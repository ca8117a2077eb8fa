/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pairs: two operations, one behind the other, of which the first has a handler that does both. It
 * spares a dispatch, and where the second one needs what the first one makes, the way through
 * memory as well. Both stay in their block as they are, so that a pair can be left between the two.
 *
 * A pair is any of the firsts with any of the seconds. Its variants are by what the second takes
 * from the first: 0 nothing, 1 its rs1, 2 its rs2.
 */
#ifndef XLAT_RISCV_PAIRS_H
#define XLAT_RISCV_PAIRS_H

/*
 * The firsts that make a value, and those that make none: X(..., kind, identifier). The seconds
 * that read no, one and two registers: X(P, kind, identifier).
 */
/* clang needs minutes for all of them: a few, so that its builds have pairs at all. */
#ifdef __clang__
#define XLAT__FIRSTS_OF_VALUE(X, ...)                                                              \
	X(__VA_ARGS__, COMPUTE, ADDI)                                                              \
	X(__VA_ARGS__, LOAD, LD)
#define XLAT__FIRSTS_OF_NONE(X, ...) X(__VA_ARGS__, STORE, SD)
#define XLAT__SECONDS_OF_0(X, P) X(P, COMPUTE, LI)
#define XLAT__SECONDS_OF_1(X, P)                                                                   \
	X(P, COMPUTE, ADDI)                                                                        \
	X(P, LOAD, LD)
#define XLAT__SECONDS_OF_2(X, P)                                                                   \
	X(P, COMPUTE, ADD)                                                                         \
	X(P, STORE, SD)                                                                            \
	X(P, BRANCH, BNE)
#else
#define XLAT__FIRSTS_OF_VALUE(X, ...)                                                              \
	X(__VA_ARGS__, COMPUTE, LI)                                                                \
	X(__VA_ARGS__, COMPUTE, MV)                                                                \
	X(__VA_ARGS__, COMPUTE, ADDI)                                                              \
	X(__VA_ARGS__, COMPUTE, ADD)                                                               \
	X(__VA_ARGS__, COMPUTE, XOR)                                                               \
	X(__VA_ARGS__, COMPUTE, SLLI)                                                              \
	X(__VA_ARGS__, COMPUTE, SRLI)                                                              \
	X(__VA_ARGS__, COMPUTE, ADDW)                                                              \
	X(__VA_ARGS__, LOAD, LD)                                                                   \
	X(__VA_ARGS__, LOAD, LW)

#define XLAT__FIRSTS_OF_NONE(X, ...)                                                               \
	X(__VA_ARGS__, STORE, SD)                                                                  \
	X(__VA_ARGS__, STORE, SW)

#define XLAT__SECONDS_OF_0(X, P) X(P, COMPUTE, LI)

#define XLAT__SECONDS_OF_1(X, P)                                                                   \
	X(P, COMPUTE, MV)                                                                          \
	X(P, COMPUTE, ADDI)                                                                        \
	X(P, COMPUTE, ANDI)                                                                        \
	X(P, COMPUTE, SRLI)                                                                        \
	X(P, COMPUTE, SLLI)                                                                        \
	X(P, LOAD, LD)                                                                             \
	X(P, LOAD, LW)

#define XLAT__SECONDS_OF_2(X, P)                                                                   \
	X(P, COMPUTE, ADD)                                                                         \
	X(P, COMPUTE, XOR)                                                                         \
	X(P, COMPUTE, AND)                                                                         \
	X(P, COMPUTE, ADDW)                                                                        \
	X(P, STORE, SD)                                                                            \
	X(P, STORE, SW)                                                                            \
	X(P, BRANCH, BEQ)                                                                          \
	X(P, BRANCH, BNE)                                                                          \
	X(P, BRANCH, BLT)                                                                          \
	X(P, BRANCH, BLTU)                                                                         \
	X(P, BRANCH, BGEU)
#endif

/* The variants of all pairs with one second. */
#define XLAT__PAIRS_WITH_0(P, kind, id)                                                            \
	XLAT__FIRSTS_OF_VALUE(P, 0, kind, id)                                                      \
	XLAT__FIRSTS_OF_NONE(P, 0, kind, id)
#define XLAT__PAIRS_WITH_1(P, kind, id)                                                            \
	XLAT__PAIRS_WITH_0(P, kind, id)                                                            \
	XLAT__FIRSTS_OF_VALUE(P, 1, kind, id)
#define XLAT__PAIRS_WITH_2(P, kind, id)                                                            \
	XLAT__PAIRS_WITH_1(P, kind, id)                                                            \
	XLAT__FIRSTS_OF_VALUE(P, 2, kind, id)

/* P(variant, kind of the second, second, kind of the first, first) for each of each pair. */
#define XLAT__PAIRS(P)                                                                             \
	XLAT__SECONDS_OF_0(XLAT__PAIRS_WITH_0, P)                                                  \
	XLAT__SECONDS_OF_1(XLAT__PAIRS_WITH_1, P)                                                  \
	XLAT__SECONDS_OF_2(XLAT__PAIRS_WITH_2, P)

#endif
