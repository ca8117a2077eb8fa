/* SPDX-License-Identifier: BSD-3-Clause */
/* fcsr, rounding modes, and mstatus.FS. Volume I, chapter "F"; volume II, 3.1.6.6. */
#include "harness.inc"
#include "float.inc"

#define FS_INITIAL (1 << 13)
#define FS_CLEAN (2 << 13)
#define STATE(value)                                                                               \
	csrr a4, mstatus;                                                                          \
	li a5, MSTATUS_FS;                                                                         \
	and a5, a5, a4;                                                                            \
	EXPECT(a5, value)
#define DIRTIES(...)                                                                               \
	CLEAR(mstatus, MSTATUS_FS);                                                                \
	SET(mstatus, FS_CLEAN);                                                                    \
	__VA_ARGS__;                                                                               \
	STATE(MSTATUS_FS)
#define LEAVES_CLEAN(...)                                                                          \
	CLEAR(mstatus, MSTATUS_FS);                                                                \
	SET(mstatus, FS_CLEAN);                                                                    \
	__VA_ARGS__;                                                                               \
	STATE(FS_CLEAN)

BEGIN
	/* fcsr is frm and fflags; nothing else of it is there. */
	li	a0, -1
	csrw	fcsr, a0
	csrr	a1, fcsr
	EXPECT(a1, 0xff)
	csrr	a1, frm
	EXPECT(a1, 7)
	csrr	a1, fflags
	EXPECT(a1, 31)
	csrwi	frm, 2
	csrr	a1, fcsr
	EXPECT(a1, 0x5f)
	csrw	fflags, zero
	csrr	a1, fcsr
	EXPECT(a1, 0x40)

	/* frm rounds what is dynamic; flags accrue. */
	li	a0, ONE
	li	a1, THREE
	fmv.d.x	fa0, a0
	fmv.d.x	fa1, a1
#define THIRD(mode, result)                                                                        \
	csrwi frm, mode;                                                                           \
	fdiv.d fa2, fa0, fa1;                                                                      \
	fmv.x.d a2, fa2;                                                                           \
	EXPECT(a2, result)
	THIRD(0, 0x3fd5555555555555)
	THIRD(1, 0x3fd5555555555555)
	THIRD(2, 0x3fd5555555555555)
	THIRD(3, 0x3fd5555555555556)
	THIRD(4, 0x3fd5555555555555)
	fmv.d.x	fa3, zero
	fdiv.d	fa2, fa0, fa3
	RAISED(DZ | NX)

	/* Modes that there are not: in frm for what is dynamic, and in an instruction. */
	csrwi	frm, 5
	TRAPS(ILLEGAL, fadd.d fa2, fa0, fa1)
	TRAPS(ILLEGAL, fcvt.w.d a0, fa0)
	csrwi	frm, 7
	TRAPS(ILLEGAL, fmadd.d fa2, fa0, fa1, fa2)
	fadd.d	fa2, fa0, fa1, rne
	fsgnj.d	fa2, fa0, fa1
	feq.d	a0, fa0, fa1
	csrwi	frm, 0
	TRAPS(ILLEGAL, .word 0x02b55653) /* FADD.D with rm 5 */
	TRAPS(ILLEGAL, .word 0x02b56653) /* FADD.D with rm 6 */

	/* Off: all of it is illegal. */
	CLEAR(mstatus, MSTATUS_FS)
	TRAPS(ILLEGAL, fadd.d fa2, fa0, fa1)
	TRAPS(ILLEGAL, fmv.x.d a0, fa0)
	TRAPS(ILLEGAL, fmadd.s fa2, fa0, fa1, fa2)
	la	a0, cell
	TRAPS(ILLEGAL, fld fa0, 0(a0))
	TRAPS(ILLEGAL, fsw fa0, 0(a0))
	TRAPS(ILLEGAL, csrr a1, fcsr)
	TRAPS(ILLEGAL, csrw frm, zero)
	TRAPS(ILLEGAL, csrr a1, fflags)
	STATE(0)

	/* What changes the registers or fcsr makes them dirty, and SD says so. */
	DIRTIES(fadd.d fa2, fa0, fa1)
	srli	a4, a4, 63
	EXPECT(a4, 1)
	la	a0, cell
	DIRTIES(fld fa2, 0(a0))
	DIRTIES(flw fa2, 0(a0))
	DIRTIES(fmv.w.x fa2, zero)
	DIRTIES(csrw fcsr, zero)
	DIRTIES(csrwi frm, 0)
	DIRTIES(fcvt.w.d a1, fa0; fdiv.d fa2, fa0, fa1)
	LEAVES_CLEAN(fsd fa2, 0(a0))
	LEAVES_CLEAN(fmv.x.d a1, fa2)
	srli	a4, a4, 63
	EXPECT(a4, 0)
	LEAVES_CLEAN(fclass.d a1, fa2)
	LEAVES_CLEAN(csrr a1, fcsr)
	/* An access that traps has changed nothing. */
	LEAVES_CLEAN(TRAPS(LOAD_ACCESS, fld fa2, 0(x0)))

	/* sstatus has the same field. */
	csrr	a1, sstatus
	li	a2, MSTATUS_FS
	and	a1, a1, a2
	EXPECT(a1, FS_CLEAN)
	PASS

	.data
	.balign	8
cell:	.dword	0
