/* SPDX-License-Identifier: BSD-3-Clause */
#include "float_values.h"

uint64_t random_bits(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

/* Fields, of which many are all zeros, all ones, or have few ones at one end. */
static uint64_t random_field(int bits, uint64_t *seed)
{
	uint64_t random = random_bits(seed), mask = ((uint64_t)1 << bits) - 1;
	int shift = (int)((random >> 8) % (unsigned)bits);

	switch (random & 7) {
	case 0:
		return 0;
	case 1:
		return mask;
	case 2:
		return (uint64_t)1 << shift;
	case 3:
		return mask << shift & mask;
	case 4:
		return mask >> shift;
	case 5:
		return random_bits(seed) << shift & mask;
	default:
		return random_bits(seed) & mask;
	}
}

uint64_t random_float(enum xlat__float_format format, uint64_t *seed)
{
	int fraction = format == XLAT__FLOAT_DOUBLE ? 52 : 23;
	int exponent_bits = format == XLAT__FLOAT_DOUBLE ? 11 : 8;
	int bias = (1 << (exponent_bits - 1)) - 1;
	uint64_t random = random_bits(seed), exponent;

	switch (random >> 8 & 7) {
	case 0: /* near the ends */
		exponent = random_field(exponent_bits, seed);
		break;
	case 1:
		exponent = random_bits(seed) & ((1u << exponent_bits) - 1);
		break;
	case 2: /* a half of the least exponent: squares and products about the least numbers */
		exponent = (uint64_t)(bias / 2) + random_bits(seed) % 64;
		break;
	case 3:
		exponent = (uint64_t)bias + random_bits(seed) % 70;
		break;
	default: /* near one, so that sums cancel */
		exponent = (uint64_t)bias - 4 + random_bits(seed) % 8;
		break;
	}
	return (random & 1) << (fraction + exponent_bits) | exponent << fraction |
	       random_field(fraction, seed);
}
