/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * LR, SC and the AMOs that the host has, where they hit and are aligned; all else is atomic.c's. An
 * instruction that waits to retire is there too: what it stored to is watched, and no hit. Included
 * into xlat__hart_execute().
 */

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ATOMIC_HIT(access, type, otherwise)                                                        \
	if (__builtin_expect(!xlat_tlb_hit(&hart->tables[access], address, sizeof(type),           \
					   sizeof(type), &host),                                   \
			     0))                                                                   \
	goto otherwise

/* x0 stays what it is. */
#define PUT_RD(value)                                                                              \
	do {                                                                                       \
		if (op->rd)                                                                        \
			RD = (value);                                                              \
	} while (0)

#define AMO(id, type, how)                                                                         \
	OPERATION(id)                                                                              \
	{                                                                                          \
		uint64_t address = RS1;                                                            \
		uint8_t *host;                                                                     \
		type old;                                                                          \
                                                                                                   \
		ATOMIC_HIT(XLAT_ATOMIC, type, slow_##id);                                          \
		old = how((type *)(void *)host, (type)RS2, __ATOMIC_SEQ_CST);                      \
		PUT_RD((uint64_t)(int64_t)old);                                                    \
		NEXT();                                                                            \
		slow_##id : CALL(xlat__hart_atomic(hart, op));                                     \
	}
#define AMOS(id, how)                                                                              \
	AMO(id##_W, int32_t, how)                                                                  \
	AMO(id##_D, int64_t, how)
AMOS(AMOSWAP, __atomic_exchange_n)
AMOS(AMOADD, __atomic_fetch_add)
AMOS(AMOXOR, __atomic_fetch_xor)
AMOS(AMOAND, __atomic_fetch_and)
AMOS(AMOOR, __atomic_fetch_or)
#undef AMOS
#undef AMO

#define LOAD_RESERVED(id, type)                                                                    \
	OPERATION(id)                                                                              \
	{                                                                                          \
		uint64_t address = RS1;                                                            \
		uint8_t *host;                                                                     \
		type value;                                                                        \
                                                                                                   \
		ATOMIC_HIT(XLAT_READ, type, slow_##id);                                            \
		value = __atomic_load_n((type *)(void *)host, __ATOMIC_SEQ_CST);                   \
		hart->reserved = true;                                                             \
		hart->reservation = address;                                                       \
		hart->reserved_size = sizeof(type);                                                \
		hart->reserved_value = (u##type)value;                                             \
		PUT_RD((uint64_t)(int64_t)value);                                                  \
		NEXT();                                                                            \
		slow_##id : CALL(xlat__hart_atomic(hart, op));                                     \
	}
LOAD_RESERVED(LR_W, int32_t)
LOAD_RESERVED(LR_D, int64_t)
#undef LOAD_RESERVED

#define STORE_CONDITIONAL(id, type)                                                                \
	OPERATION(id)                                                                              \
	{                                                                                          \
		uint64_t address = RS1;                                                            \
		type expected = (type)hart->reserved_value;                                        \
		uint8_t *host;                                                                     \
		bool swapped;                                                                      \
                                                                                                   \
		if (!hart->reserved || hart->reservation != address ||                             \
		    hart->reserved_size != sizeof(type))                                           \
			goto slow_##id;                                                            \
		ATOMIC_HIT(XLAT_WRITE, type, slow_##id);                                           \
		hart->reserved = false;                                                            \
		swapped = __atomic_compare_exchange_n((type *)(void *)host, &expected, (type)RS2,  \
						      false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);  \
		PUT_RD(!swapped);                                                                  \
		NEXT();                                                                            \
		slow_##id : CALL(xlat__hart_atomic(hart, op));                                     \
	}
STORE_CONDITIONAL(SC_W, int32_t)
STORE_CONDITIONAL(SC_D, int64_t)
#undef STORE_CONDITIONAL
#undef PUT_RD
#undef ATOMIC_HIT
#else
#define CALLED(X)                                                                                  \
	X(LR_W)                                                                                    \
	X(LR_D)                                                                                    \
	X(SC_W)                                                                                    \
	X(SC_D)                                                                                    \
	X(AMOSWAP_W)                                                                               \
	X(AMOSWAP_D)                                                                               \
	X(AMOADD_W)                                                                                \
	X(AMOADD_D)                                                                                \
	X(AMOXOR_W)                                                                                \
	X(AMOXOR_D)                                                                                \
	X(AMOAND_W)                                                                                \
	X(AMOAND_D)                                                                                \
	X(AMOOR_W)                                                                                 \
	X(AMOOR_D)
#define ATOMIC(id)                                                                                 \
	OPERATION(id)                                                                              \
	{                                                                                          \
		CALL(xlat__hart_atomic(hart, op));                                                 \
	}
CALLED(ATOMIC)
#undef ATOMIC
#undef CALLED
#endif

#define ATOMIC(id)                                                                                 \
	OPERATION(id)                                                                              \
	{                                                                                          \
		CALL(xlat__hart_atomic(hart, op));                                                 \
	}
ATOMIC(AMOMIN_W)
ATOMIC(AMOMIN_D)
ATOMIC(AMOMAX_W)
ATOMIC(AMOMAX_D)
ATOMIC(AMOMINU_W)
ATOMIC(AMOMINU_D)
ATOMIC(AMOMAXU_W)
ATOMIC(AMOMAXU_D)
#undef ATOMIC
