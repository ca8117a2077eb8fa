/* SPDX-License-Identifier: BSD-3-Clause */
/* Control and status registers: what a read gives and what a write keeps. */
#include "riscv/hart.h"

#define BIT(number) (UINT64_C(1) << (number))

#define SUPERVISOR_INTERRUPTS (BIT(XLAT_HART_SSIP) | BIT(XLAT_HART_STIP) | BIT(XLAT_HART_SEIP))
#define MACHINE_INTERRUPTS (BIT(XLAT_HART_MSIP) | BIT(XLAT_HART_MTIP) | BIT(XLAT_HART_MEIP))
#define DELEGABLE_EXCEPTIONS UINT64_C(0xb3ff) /* all but ECALL from machine mode */
#define SSTATUS_BITS                                                                               \
	(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_FS | MSTATUS_SUM | MSTATUS_MXR)

static uint64_t keep(uint64_t old, uint64_t value, uint64_t mask)
{
	return (old & ~mask) | (value & mask);
}

/* mcause and scause keep the bit of interrupts and a code of six bits. */
#define CAUSE_BITS (CAUSE_INTERRUPT | 63)

static uint64_t read_mstatus(const struct xlat_hart *hart)
{
	uint64_t value = hart->mstatus;

	if ((value & MSTATUS_FS) == MSTATUS_FS)
		value |= MSTATUS_SD;
	if (xlat__hart_has(hart, XLAT__EXT_U))
		value |= MSTATUS_UXL;
	if (xlat__hart_has(hart, XLAT__EXT_S))
		value |= MSTATUS_SXL;
	return value;
}

static void write_mstatus(struct xlat_hart *hart, uint64_t value, uint64_t mask)
{
	uint64_t old = hart->mstatus;

	if (!xlat__hart_has(hart, XLAT__EXT_F))
		mask &= ~MSTATUS_FS;
	if (!xlat__hart_has(hart, XLAT__EXT_S))
		mask &= ~(SSTATUS_BITS | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR) | MSTATUS_FS;
	if (!xlat__hart_has(hart, XLAT__EXT_U))
		mask &= ~(MSTATUS_MPRV | MSTATUS_MPP | MSTATUS_TW);
	value = keep(old, value, mask);
	/* MPP is WARL: a mode that there is not stays what it was. */
	if ((value & MSTATUS_MPP) == UINT64_C(2) << MSTATUS_MPP_SHIFT ||
	    ((value & MSTATUS_MPP) == UINT64_C(1) << MSTATUS_MPP_SHIFT &&
	     !xlat__hart_has(hart, XLAT__EXT_S)))
		value = keep(value, old, MSTATUS_MPP);
	hart->mstatus = value;
	xlat__hart_update_mmu(hart);
}

static uint64_t read_misa(const struct xlat_hart *hart)
{
	static const struct {
		uint8_t extension, letter;
	} letters[] = {{XLAT__EXT_I, 'I'}, {XLAT__EXT_M, 'M'}, {XLAT__EXT_A, 'A'},
		       {XLAT__EXT_F, 'F'}, {XLAT__EXT_D, 'D'}, {XLAT__EXT_C, 'C'},
		       {XLAT__EXT_S, 'S'}, {XLAT__EXT_U, 'U'}};
	uint64_t value = UINT64_C(2) << 62;

	for (unsigned i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (xlat__hart_has(hart, (enum xlat__extension)letters[i].extension))
			value |= BIT(letters[i].letter - 'A');
	return value;
}

/* Counters (3.1.10): the number retired and an offset, or the number alone while inhibited. */
static uint64_t read_counter(const struct xlat_hart *hart, unsigned bit, uint64_t offset)
{
	return hart->mcountinhibit & BIT(bit) ? offset : xlat__hart_retired(hart) + offset;
}

/* What is written is there after this instruction, which counts no more. */
static void write_counter(struct xlat_hart *hart, unsigned bit, uint64_t *offset, uint64_t value)
{
	*offset = hart->mcountinhibit & BIT(bit) ? value : value - (xlat__hart_retired(hart) + 1);
}

static void write_mcountinhibit(struct xlat_hart *hart, uint64_t value)
{
	uint64_t now = xlat__hart_retired(hart) + 1, old = hart->mcountinhibit;

	/* The instruction itself counts as it did before. */
	value &= 5;
	if ((old ^ value) & 1)
		hart->cycle_offset += value & 1 ? now : -now;
	if ((old ^ value) & 4)
		hart->instret_offset += value & 4 ? now : -now;
	hart->mcountinhibit = value;
}

/* Whether the mode may read a counter of user mode (3.1.11, 10.1.5). */
static bool may_count(const struct xlat_hart *hart, unsigned bit)
{
	if (hart->mode < XLAT_HART_MACHINE && !(hart->mcounteren >> bit & 1))
		return false;
	return hart->mode != XLAT_HART_USER || !xlat__hart_has(hart, XLAT__EXT_S) ||
	       (hart->scounteren >> bit & 1);
}

/* stimecmp (Sstc): a supervisor needs menvcfg.STCE and mcounteren.TM. */
static bool may_use_stimecmp(const struct xlat_hart *hart)
{
	if (!xlat__hart_has(hart, XLAT__EXT_SSTC))
		return false;
	return hart->mode == XLAT_HART_MACHINE ||
	       ((hart->menvcfg & ENVCFG_STCE) && (hart->mcounteren & 2));
}

static bool may_use_satp(const struct xlat_hart *hart)
{
	return hart->mode == XLAT_HART_MACHINE || !(hart->mstatus & MSTATUS_TVM);
}

static void write_satp(struct xlat_hart *hart, uint64_t value)
{
	uint64_t mode = value >> SATP_MODE_SHIFT;

	if (mode != SATP_BARE && (mode < SATP_SV39 || mode > SATP_SV57))
		return; /* WARL: the whole write has no effect */
	if (value == hart->satp)
		return;
	if (mode != hart->satp >> SATP_MODE_SHIFT) {
		hart->satp = value;
		xlat__hart_flush_translated(hart);
	} else {
		struct xlat_tlb_flush flush = {
			.range = {0, UINT64_MAX},
			.mmus = (1u << XLAT__MMU_MACHINE) - 1,
			.by_asid = true,
			.asid = (uint32_t)(hart->satp >> SATP_ASID_SHIFT & SATP_ASID_MASK),
		};

		hart->satp = value;
		xlat_tlb_flush(hart->tlb, &flush);
		xlat__code_check_fetches(hart);
	}
}

static uint64_t envcfg_bits(const struct xlat_hart *hart)
{
	uint64_t bits = ENVCFG_FIOM;

	if (xlat__hart_has(hart, XLAT__EXT_ZICBOM))
		bits |= ENVCFG_CBIE | ENVCFG_CBCFE;
	if (xlat__hart_has(hart, XLAT__EXT_ZICBOZ))
		bits |= ENVCFG_CBZE;
	return bits;
}

static void write_menvcfg(struct xlat_hart *hart, uint64_t value)
{
	uint64_t bits = envcfg_bits(hart);

	if (xlat__hart_has(hart, XLAT__EXT_SSTC))
		bits |= ENVCFG_STCE;
	if (xlat__hart_has(hart, XLAT__EXT_SVPBMT))
		bits |= ENVCFG_PBMTE;
	if (xlat__hart_has(hart, XLAT__EXT_SVADU))
		bits |= ENVCFG_ADUE;
	if ((value & ENVCFG_CBIE) == 0x20) /* reserved */
		value = keep(value, hart->menvcfg, ENVCFG_CBIE);
	hart->menvcfg = value & bits;
	xlat__hart_flush_translated(hart);
}

static void write_senvcfg(struct xlat_hart *hart, uint64_t value)
{
	if ((value & ENVCFG_CBIE) == 0x20)
		value = keep(value, hart->senvcfg, ENVCFG_CBIE);
	hart->senvcfg = value & envcfg_bits(hart);
}

/* WorldGuard: a world id is WARL, one that there is not leaves what was. */
static void write_world(struct xlat_hart *hart, uint32_t *world, uint64_t value, bool allowed)
{
	if (value < hart->config.worlds && allowed)
		*world = (uint32_t)value;
	xlat_tlb_flush_all(hart->tlb);
	xlat__code_check_fetches(hart);
}

static void write_mwiddeleg(struct xlat_hart *hart, uint64_t value)
{
	unsigned worlds = hart->config.worlds;

	hart->mwiddeleg = worlds < 64 ? value & (BIT(worlds) - 1) : value;
	xlat_tlb_flush_all(hart->tlb);
	xlat__code_check_fetches(hart);
}

static bool read_float(const struct xlat_hart *hart, unsigned number, uint64_t *value)
{
	if (!xlat__hart_has(hart, XLAT__EXT_F) || !hart->fs)
		return false;
	*value = number == CSR_FFLAGS ? hart->fflags
		 : number == CSR_FRM  ? hart->frm
				      : hart->frm << 5 | hart->fflags;
	return true;
}

static bool write_float(struct xlat_hart *hart, unsigned number, uint64_t value)
{
	if (!xlat__hart_has(hart, XLAT__EXT_F) || !hart->fs)
		return false;
	if (number != CSR_FRM)
		hart->fflags = value & 31;
	if (number == CSR_FRM)
		hart->frm = value & 7;
	if (number == CSR_FCSR)
		hart->frm = value >> 5 & 7;
	hart->mstatus |= MSTATUS_FS;
	return true;
}

static bool in(unsigned number, unsigned first, unsigned last)
{
	return number >= first && number <= last;
}

/* CSRs that come in rows. */
static bool read_row(struct xlat_hart *hart, unsigned number, uint64_t *value)
{
	*value = 0;
	if (in(number, CSR_HPMCOUNTER3, CSR_HPMCOUNTER31))
		return xlat__hart_has(hart, XLAT__EXT_ZIHPM) && may_count(hart, number - CSR_CYCLE);
	if (in(number, CSR_MHPMCOUNTER3, CSR_MHPMCOUNTER31) ||
	    in(number, CSR_MHPMEVENT3, CSR_MHPMEVENT31))
		return true;
	if (hart->config.no_pmp)
		return false;
	if (in(number, CSR_PMPCFG0, CSR_PMPCFG15) && number % 2 == 0) {
		*value = xlat__pmp_read_config(hart, (number - CSR_PMPCFG0) / 2);
		return true;
	}
	if (in(number, CSR_PMPADDR0, CSR_PMPADDR63)) {
		*value = hart->pmp.address[number - CSR_PMPADDR0];
		return true;
	}
	return false;
}

static bool write_row(struct xlat_hart *hart, unsigned number, uint64_t value)
{
	if (in(number, CSR_MHPMCOUNTER3, CSR_MHPMCOUNTER31) ||
	    in(number, CSR_MHPMEVENT3, CSR_MHPMEVENT31))
		return true;
	if (hart->config.no_pmp)
		return false;
	if (in(number, CSR_PMPCFG0, CSR_PMPCFG15) && number % 2 == 0) {
		xlat__pmp_write_config(hart, (number - CSR_PMPCFG0) / 2, value);
		return true;
	}
	if (in(number, CSR_PMPADDR0, CSR_PMPADDR63)) {
		xlat__pmp_write_address(hart, number - CSR_PMPADDR0, value);
		return true;
	}
	return false;
}

/* What a CSR needs besides the mode that its number says; true for all others. */
static bool exists(const struct xlat_hart *hart, unsigned number)
{
	switch (number) {
	case CSR_MLWID:
		return hart->config.worlds && xlat__hart_has(hart, XLAT__EXT_SMWG);
	case CSR_MWIDDELEG:
		return hart->config.worlds && xlat__hart_has(hart, XLAT__EXT_SMWGD);
	case CSR_SLWID:
		return hart->config.worlds && xlat__hart_has(hart, XLAT__EXT_SSWG) &&
		       (hart->mode == XLAT_HART_MACHINE || hart->mwiddeleg);
	case CSR_STIMECMP:
		return may_use_stimecmp(hart);
	case CSR_SATP:
		return may_use_satp(hart);
	case CSR_MCOUNTEREN:
	case CSR_MENVCFG:
		return xlat__hart_has(hart, XLAT__EXT_U);
	case CSR_MEDELEG:
	case CSR_MIDELEG:
		return xlat__hart_has(hart, XLAT__EXT_S);
	default:
		/* Those of the supervisor. */
		return (number >> 8 & 3) != XLAT_HART_SUPERVISOR ||
		       xlat__hart_has(hart, XLAT__EXT_S);
	}
}

bool xlat__csr_read(struct xlat_hart *hart, unsigned number, uint64_t *value)
{
	if (!exists(hart, number))
		return false;
	switch (number) {
	case CSR_FFLAGS:
	case CSR_FRM:
	case CSR_FCSR:
		return read_float(hart, number, value);
	case CSR_CYCLE:
		*value = read_counter(hart, 0, hart->cycle_offset);
		return xlat__hart_has(hart, XLAT__EXT_ZICNTR) && may_count(hart, 0);
	case CSR_TIME:
		*value = xlat_hart_time(hart);
		return xlat__hart_has(hart, XLAT__EXT_ZICNTR) && may_count(hart, 1);
	case CSR_INSTRET:
		*value = read_counter(hart, 2, hart->instret_offset);
		return xlat__hart_has(hart, XLAT__EXT_ZICNTR) && may_count(hart, 2);
	case CSR_MCYCLE:
		*value = read_counter(hart, 0, hart->cycle_offset);
		return true;
	case CSR_MINSTRET:
		*value = read_counter(hart, 2, hart->instret_offset);
		return true;
	case CSR_SSTATUS:
		*value = read_mstatus(hart) & (SSTATUS_BITS | MSTATUS_UXL | MSTATUS_SD);
		return true;
	case CSR_SIE:
		*value = hart->mie & hart->mideleg;
		return true;
	case CSR_SIP:
		*value = xlat__hart_mip(hart) & hart->mideleg;
		return true;
	case CSR_MIP:
		*value = xlat__hart_mip(hart);
		return true;
	case CSR_MSTATUS:
		*value = read_mstatus(hart);
		return true;
	case CSR_MISA:
		*value = read_misa(hart);
		return true;
	case CSR_MHARTID:
		*value = hart->config.id;
		return true;
	case CSR_MVENDORID:
	case CSR_MARCHID:
	case CSR_MIMPID:
	case CSR_MCONFIGPTR:
	case CSR_TSELECT:
	case CSR_TDATA1:
	case CSR_TDATA1 + 1:
	case CSR_TDATA3:
		*value = 0; /* not assigned; no triggers */
		return true;
#define PLAIN(number, field)                                                                       \
	case CSR_##number:                                                                         \
		*value = hart->field;                                                              \
		return true;
		PLAIN(STVEC, stvec)
		PLAIN(SCOUNTEREN, scounteren)
		PLAIN(SENVCFG, senvcfg)
		PLAIN(SSCRATCH, sscratch)
		PLAIN(SEPC, sepc)
		PLAIN(SCAUSE, scause)
		PLAIN(STVAL, stval)
		PLAIN(STIMECMP, stimecmp)
		PLAIN(SATP, satp)
		PLAIN(SLWID, slwid)
		PLAIN(MEDELEG, medeleg)
		PLAIN(MIDELEG, mideleg)
		PLAIN(MIE, mie)
		PLAIN(MTVEC, mtvec)
		PLAIN(MCOUNTEREN, mcounteren)
		PLAIN(MENVCFG, menvcfg)
		PLAIN(MCOUNTINHIBIT, mcountinhibit)
		PLAIN(MSCRATCH, mscratch)
		PLAIN(MEPC, mepc)
		PLAIN(MCAUSE, mcause)
		PLAIN(MTVAL, mtval)
		PLAIN(MLWID, mlwid)
		PLAIN(MWIDDELEG, mwiddeleg)
#undef PLAIN
	default:
		return read_row(hart, number, value);
	}
}

bool xlat__csr_write(struct xlat_hart *hart, unsigned number, uint64_t value)
{
	uint64_t align = xlat__hart_has(hart, XLAT__EXT_C) ? ~UINT64_C(1) : ~UINT64_C(3);

	if (!exists(hart, number))
		return false;
	switch (number) {
	case CSR_FFLAGS:
	case CSR_FRM:
	case CSR_FCSR:
		return write_float(hart, number, value);
	case CSR_MCYCLE:
		write_counter(hart, 0, &hart->cycle_offset, value);
		return true;
	case CSR_MINSTRET:
		write_counter(hart, 2, &hart->instret_offset, value);
		return true;
	case CSR_SSTATUS:
		write_mstatus(hart, value, SSTATUS_BITS);
		return true;
	case CSR_MSTATUS:
		write_mstatus(hart, value,
			      SSTATUS_BITS | MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP |
				      MSTATUS_MPRV | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR);
		return true;
	case CSR_SIE:
		hart->mie = keep(hart->mie, value, hart->mideleg);
		return true;
	case CSR_SIP:
		hart->mip = keep(hart->mip, value, hart->mideleg & BIT(XLAT_HART_SSIP));
		return true;
	case CSR_MIE:
		hart->mie = value & (SUPERVISOR_INTERRUPTS | MACHINE_INTERRUPTS);
		return true;
	case CSR_MIP:
		hart->mip = keep(hart->mip, value,
				 SUPERVISOR_INTERRUPTS &
					 (hart->menvcfg & ENVCFG_STCE ? ~BIT(XLAT_HART_STIP)
								      : UINT64_MAX));
		return true;
	case CSR_MIDELEG:
		hart->mideleg = value & SUPERVISOR_INTERRUPTS;
		return true;
	case CSR_MEDELEG:
		hart->medeleg = value & DELEGABLE_EXCEPTIONS;
		return true;
	case CSR_MTVEC:
		hart->mtvec = value & ~UINT64_C(2);
		return true;
	case CSR_STVEC:
		hart->stvec = value & ~UINT64_C(2);
		return true;
	case CSR_MEPC:
		hart->mepc = value & align;
		return true;
	case CSR_SEPC:
		hart->sepc = value & align;
		return true;
	case CSR_MCAUSE:
		hart->mcause = value & CAUSE_BITS;
		return true;
	case CSR_SCAUSE:
		hart->scause = value & CAUSE_BITS;
		return true;
	case CSR_MCOUNTEREN:
		hart->mcounteren = value & UINT32_MAX;
		return true;
	case CSR_SCOUNTEREN:
		hart->scounteren = value & UINT32_MAX;
		return true;
	case CSR_MCOUNTINHIBIT:
		write_mcountinhibit(hart, value);
		return true;
	case CSR_MENVCFG:
		write_menvcfg(hart, value);
		return true;
	case CSR_SENVCFG:
		write_senvcfg(hart, value);
		return true;
	case CSR_SATP:
		write_satp(hart, value);
		return true;
	case CSR_MLWID:
		write_world(hart, &hart->mlwid, value, true);
		return true;
	case CSR_SLWID:
		write_world(hart, &hart->slwid, value,
			    value < 64 && (hart->mwiddeleg >> value & 1));
		return true;
	case CSR_MWIDDELEG:
		write_mwiddeleg(hart, value);
		return true;
	case CSR_STIMECMP:
		hart->stimecmp = value;
		return true;
	case CSR_MISA: /* WARL, fixed */
	case CSR_TSELECT:
	case CSR_TDATA1:
	case CSR_TDATA1 + 1:
	case CSR_TDATA3:
		return true;
#define PLAIN(number, field)                                                                       \
	case CSR_##number:                                                                         \
		hart->field = value;                                                               \
		return true;
		PLAIN(SSCRATCH, sscratch)
		PLAIN(STVAL, stval)
		PLAIN(MSCRATCH, mscratch)
		PLAIN(MTVAL, mtval)
#undef PLAIN
	default:
		return write_row(hart, number, value);
	}
}
