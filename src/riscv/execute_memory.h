/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loads and stores: a hit of the TLB is inline, all else is memory.c's. Included into
 * xlat__hart_execute().
 */

#define SWAP(bits, value) XLAT_SWAP_LITTLE(bits, (uint##bits##_t)(value))

#define LOAD(id, bits, type)                                                                       \
	OPERATION(id)                                                                              \
	{                                                                                          \
		uint64_t address = RS1 + IMM, slow;                                                \
		uint8_t *host;                                                                     \
                                                                                                   \
		if (__builtin_expect(xlat_tlb_hit(&hart->tables[XLAT_READ], address, (bits) / 8,   \
						  1, &host),                                       \
				     1)) {                                                         \
			RD = (uint64_t)(type)SWAP(bits, xlat_tlb_copy_load##bits(host));           \
			NEXT();                                                                    \
		}                                                                                  \
		SYNC();                                                                            \
		if (!xlat__hart_load(hart, address, (bits) / 8, &slow))                            \
			goto trapped;                                                              \
		RD = (uint64_t)(type)slow;                                                         \
		budget = hart->budget;                                                             \
		NEXT();                                                                            \
	}

LOAD(LB, 8, int8_t)
LOAD(LH, 16, int16_t)
LOAD(LW, 32, int32_t)
LOAD(LD, 64, uint64_t)
LOAD(LBU, 8, uint8_t)
LOAD(LHU, 16, uint16_t)
LOAD(LWU, 32, uint32_t)

#define STORE_VALUE(id, bits, value)                                                               \
	OPERATION(id)                                                                              \
	{                                                                                          \
		uint64_t address = RS1 + IMM;                                                      \
		uint8_t *host;                                                                     \
                                                                                                   \
		if (__builtin_expect(xlat_tlb_hit(&hart->tables[XLAT_WRITE], address, (bits) / 8,  \
						  1, &host),                                       \
				     1)) {                                                         \
			xlat_tlb_copy_store##bits(host, SWAP(bits, value));                        \
			NEXT();                                                                    \
		}                                                                                  \
		CALL(xlat__hart_store(hart, address, (bits) / 8, (value)));                        \
	}

STORE_VALUE(SB, 8, RS2)
STORE_VALUE(SH, 16, RS2)
STORE_VALUE(SW, 32, RS2)
STORE_VALUE(SD, 64, RS2)

/* The same of floating-point registers. */
#define LOAD_F(id, bits, box)                                                                      \
	OPERATION(id)                                                                              \
	{                                                                                          \
		uint64_t address = RS1 + IMM, slow;                                                \
		uint8_t *host;                                                                     \
                                                                                                   \
		if (__builtin_expect(!hart->fs, 0))                                                \
			goto illegal;                                                              \
		if (__builtin_expect(xlat_tlb_hit(&hart->tables[XLAT_READ], address, (bits) / 8,   \
						  1, &host),                                       \
				     1)) {                                                         \
			slow = SWAP(bits, xlat_tlb_copy_load##bits(host));                         \
		} else {                                                                           \
			SYNC();                                                                    \
			if (!xlat__hart_load(hart, address, (bits) / 8, &slow))                    \
				goto trapped;                                                      \
			budget = hart->budget;                                                     \
		}                                                                                  \
		hart->f[op->rd] = slow | (box);                                                    \
		hart->mstatus |= MSTATUS_FS;                                                       \
		NEXT();                                                                            \
	}

LOAD_F(FLW, 32, UINT64_C(0xffffffff00000000))
LOAD_F(FLD, 64, 0)

#define STORE_F(id, bits)                                                                          \
	OPERATION(id)                                                                              \
	{                                                                                          \
		uint64_t address = RS1 + IMM;                                                      \
		uint8_t *host;                                                                     \
                                                                                                   \
		if (__builtin_expect(!hart->fs, 0))                                                \
			goto illegal;                                                              \
		if (__builtin_expect(xlat_tlb_hit(&hart->tables[XLAT_WRITE], address, (bits) / 8,  \
						  1, &host),                                       \
				     1)) {                                                         \
			xlat_tlb_copy_store##bits(host, SWAP(bits, hart->f[op->rs2]));             \
			NEXT();                                                                    \
		}                                                                                  \
		CALL(xlat__hart_store(hart, address, (bits) / 8, hart->f[op->rs2]));               \
	}

STORE_F(FSW, 32)
STORE_F(FSD, 64)

OPERATION(FENCE)
{
	/* Only a write before a read needs an instruction on the strong hosts. */
	if (op->imm)
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	else
		__atomic_thread_fence(__ATOMIC_ACQ_REL);
	NEXT();
}
