/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Byte order of sized accesses: XLAT_SWAP_LITTLE(bits, value) and XLAT_SWAP_BIG(bits, value) turn a
 * value into how it lies in memory, and back.
 */
#ifndef XLAT_INLINE_ORDER_H
#define XLAT_INLINE_ORDER_H

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define XLAT_SWAP_LITTLE(bits, value) (value)
#define XLAT_SWAP_BIG(bits, value) XLAT_SWAP_BYTES_##bits(value)
#else
#define XLAT_SWAP_LITTLE(bits, value) XLAT_SWAP_BYTES_##bits(value)
#define XLAT_SWAP_BIG(bits, value) (value)
#endif
#define XLAT_SWAP_BYTES_8(value) (value)
#define XLAT_SWAP_BYTES_16(value) __builtin_bswap16(value)
#define XLAT_SWAP_BYTES_32(value) __builtin_bswap32(value)
#define XLAT_SWAP_BYTES_64(value) __builtin_bswap64(value)

/* X(suffix, bits, byte order) */
#define XLAT_SIZED_BITS(X)                                                                         \
	X(u8, 8, LITTLE)                                                                           \
	X(le16, 16, LITTLE)                                                                        \
	X(le32, 32, LITTLE)                                                                        \
	X(le64, 64, LITTLE)                                                                        \
	X(be16, 16, BIG)                                                                           \
	X(be32, 32, BIG)                                                                           \
	X(be64, 64, BIG)

#endif
