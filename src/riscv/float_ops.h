/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Floating-point instructions that have an operation of their own: what the host computes at once
 * where nothing is special (execute_float_op.h). All others, and these where something is, are the
 * operation FLOAT.
 *
 * X(identifier, extension, rounding, mask, match): rounding says which values of the field rm an
 * operation is for: NEAREST 0 and 7 (dynamic), ZERO 1, NONE where the mask has the field.
 */
#ifndef XLAT_RISCV_FLOAT_OPS_H
#define XLAT_RISCV_FLOAT_OPS_H

#define XLAT__FLOAT_OPS(X)                                                                         \
	X(FADD_D, D, NEAREST, 0xfe00007f, 0x02000053)                                              \
	X(FADD_S, F, NEAREST, 0xfe00007f, 0x00000053)                                              \
	X(FSUB_D, D, NEAREST, 0xfe00007f, 0x0a000053)                                              \
	X(FSUB_S, F, NEAREST, 0xfe00007f, 0x08000053)                                              \
	X(FMUL_D, D, NEAREST, 0xfe00007f, 0x12000053)                                              \
	X(FMUL_S, F, NEAREST, 0xfe00007f, 0x10000053)                                              \
	X(FDIV_D, D, NEAREST, 0xfe00007f, 0x1a000053)                                              \
	X(FDIV_S, F, NEAREST, 0xfe00007f, 0x18000053)                                              \
	X(FSQRT_D, D, NEAREST, 0xfff0007f, 0x5a000053)                                             \
	X(FSQRT_S, F, NEAREST, 0xfff0007f, 0x58000053)                                             \
	X(FMADD_D, D, NEAREST, 0x0600007f, 0x02000043)                                             \
	X(FMADD_S, F, NEAREST, 0x0600007f, 0x00000043)                                             \
	X(FMSUB_D, D, NEAREST, 0x0600007f, 0x02000047)                                             \
	X(FMSUB_S, F, NEAREST, 0x0600007f, 0x00000047)                                             \
	X(FNMSUB_D, D, NEAREST, 0x0600007f, 0x0200004b)                                            \
	X(FNMSUB_S, F, NEAREST, 0x0600007f, 0x0000004b)                                            \
	X(FNMADD_D, D, NEAREST, 0x0600007f, 0x0200004f)                                            \
	X(FNMADD_S, F, NEAREST, 0x0600007f, 0x0000004f)                                            \
	X(FSGNJ_D, D, NONE, 0xfe00707f, 0x22000053)                                                \
	X(FSGNJ_S, F, NONE, 0xfe00707f, 0x20000053)                                                \
	X(FSGNJN_D, D, NONE, 0xfe00707f, 0x22001053)                                               \
	X(FSGNJN_S, F, NONE, 0xfe00707f, 0x20001053)                                               \
	X(FSGNJX_D, D, NONE, 0xfe00707f, 0x22002053)                                               \
	X(FSGNJX_S, F, NONE, 0xfe00707f, 0x20002053)                                               \
	X(FLE_D, D, NONE, 0xfe00707f, 0xa2000053)                                                  \
	X(FLE_S, F, NONE, 0xfe00707f, 0xa0000053)                                                  \
	X(FLT_D, D, NONE, 0xfe00707f, 0xa2001053)                                                  \
	X(FLT_S, F, NONE, 0xfe00707f, 0xa0001053)                                                  \
	X(FEQ_D, D, NONE, 0xfe00707f, 0xa2002053)                                                  \
	X(FEQ_S, F, NONE, 0xfe00707f, 0xa0002053)                                                  \
	X(FCVT_S_D, D, NEAREST, 0xfff0007f, 0x40100053)                                            \
	X(FCVT_D_S, D, NEAREST, 0xfff0007f, 0x42000053)                                            \
	X(FCVT_W_D, D, ZERO, 0xfff0007f, 0xc2000053)                                               \
	X(FCVT_W_S, F, ZERO, 0xfff0007f, 0xc0000053)                                               \
	X(FCVT_L_D, D, ZERO, 0xfff0007f, 0xc2200053)                                               \
	X(FCVT_L_S, F, ZERO, 0xfff0007f, 0xc0200053)                                               \
	X(FCVT_D_W, D, NEAREST, 0xfff0007f, 0xd2000053)                                            \
	X(FCVT_S_W, F, NEAREST, 0xfff0007f, 0xd0000053)                                            \
	X(FCVT_D_L, D, NEAREST, 0xfff0007f, 0xd2200053)                                            \
	X(FCVT_S_L, F, NEAREST, 0xfff0007f, 0xd0200053)                                            \
	X(FMV_X_D, D, NONE, 0xfff0707f, 0xe2000053)                                                \
	X(FMV_X_W, F, NONE, 0xfff0707f, 0xe0000053)                                                \
	X(FMV_D_X, D, NONE, 0xfff0707f, 0xf2000053)                                                \
	X(FMV_W_X, F, NONE, 0xfff0707f, 0xf0000053)

#endif
