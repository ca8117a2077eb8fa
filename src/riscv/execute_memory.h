/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loads and stores: a hit of the TLB is inline, all else is memory.c's. Included into
 * xlat__hart_execute().
 */

/* Where an access hits, into host; goes to `otherwise` when it does not. */
#define HIT(access, size, otherwise)                                                               \
	if (__builtin_expect(!xlat_tlb_hit(&hart->tables[access], address, size, 1, &host), 0))    \
	goto otherwise

#define LOAD(id)                                                                                   \
	OPERATION(id)                                                                              \
	{                                                                                          \
		uint64_t address = RS1 + IMM, value;                                               \
		uint8_t *host;                                                                     \
                                                                                                   \
		HIT(XLAT_READ, sizeof(id##_TYPE), slow_##id);                                      \
		RD = id##_VALUE(host);                                                             \
		NEXT();                                                                            \
		slow_##id : SYNC();                                                                \
		if (!xlat__hart_load(hart, address, sizeof(id##_TYPE), &value))                    \
			goto trapped;                                                              \
		RD = (uint64_t)(id##_TYPE)value;                                                   \
		budget = hart->budget;                                                             \
		NEXT();                                                                            \
	}
LOAD(LB)
LOAD(LH)
LOAD(LW)
LOAD(LD)
LOAD(LBU)
LOAD(LHU)
LOAD(LWU)
#undef LOAD

#define STORE(id)                                                                                  \
	OPERATION(id)                                                                              \
	{                                                                                          \
		uint64_t address = RS1 + IMM;                                                      \
		uint8_t *host;                                                                     \
                                                                                                   \
		HIT(XLAT_WRITE, id##_BITS / 8, slow_##id);                                         \
		id##_STORE(host, RS2);                                                             \
		NEXT();                                                                            \
		slow_##id : CALL(xlat__hart_store(hart, address, id##_BITS / 8, RS2));             \
	}
STORE(SB)
STORE(SH)
STORE(SW)
STORE(SD)
#undef STORE

/* The same of floating-point registers, a single in its NaN box. */
#define LOAD_F(id, as, box)                                                                        \
	OPERATION(id)                                                                              \
	{                                                                                          \
		uint64_t address = RS1 + IMM, value;                                               \
		uint8_t *host;                                                                     \
                                                                                                   \
		if (__builtin_expect(!hart->fs, 0))                                                \
			goto illegal;                                                              \
		HIT(XLAT_READ, sizeof(as##_TYPE), slow_##id);                                      \
		hart->f[op->rd] = as##_VALUE(host) | (box);                                        \
		hart->mstatus |= MSTATUS_FS;                                                       \
		NEXT();                                                                            \
		slow_##id : SYNC();                                                                \
		if (!xlat__hart_load(hart, address, sizeof(as##_TYPE), &value))                    \
			goto trapped;                                                              \
		hart->f[op->rd] = value | (box);                                                   \
		hart->mstatus |= MSTATUS_FS;                                                       \
		budget = hart->budget;                                                             \
		NEXT();                                                                            \
	}
LOAD_F(FLW, LWU, UINT64_C(0xffffffff00000000))
LOAD_F(FLD, LD, 0)
#undef LOAD_F

#define STORE_F(id, as)                                                                            \
	OPERATION(id)                                                                              \
	{                                                                                          \
		uint64_t address = RS1 + IMM;                                                      \
		uint8_t *host;                                                                     \
                                                                                                   \
		if (__builtin_expect(!hart->fs, 0))                                                \
			goto illegal;                                                              \
		HIT(XLAT_WRITE, as##_BITS / 8, slow_##id);                                         \
		as##_STORE(host, hart->f[op->rs2]);                                                \
		NEXT();                                                                            \
		slow_##id                                                                          \
			: CALL(xlat__hart_store(hart, address, as##_BITS / 8, hart->f[op->rs2]));  \
	}
STORE_F(FSW, SW)
STORE_F(FSD, SD)
#undef STORE_F

OPERATION(FENCE)
{
	/* Only a write before a read needs an instruction on the strong hosts. */
	if (op->imm)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	else
		__atomic_thread_fence(__ATOMIC_ACQ_REL);
	NEXT();
}
