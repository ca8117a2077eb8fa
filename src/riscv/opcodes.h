/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every instruction of 32 bits that a hart knows, in lists by major opcode (bits 6:2): decoding,
 * disassembly and the dispatch all come from here. A compressed instruction is expanded to the one
 * of 32 bits that it stands for, and needs no line.
 *
 * X(identifier, mnemonic, form, extension, mask, match): an instruction is the first of its list
 * with (word & mask) == match. form says where its operands are: enum xlat__form.
 */
#ifndef XLAT_RISCV_OPCODES_H
#define XLAT_RISCV_OPCODES_H

/* What an instruction needs the hart to have. */
#define XLAT__EXTENSIONS(X)                                                                        \
	X(I, "i")                                                                                  \
	X(M, "m")                                                                                  \
	X(A, "a")                                                                                  \
	X(F, "f")                                                                                  \
	X(D, "d")                                                                                  \
	X(C, "c")                                                                                  \
	X(S, "s")                                                                                  \
	X(U, "u")                                                                                  \
	X(ZICSR, "zicsr")                                                                          \
	X(ZIFENCEI, "zifencei")                                                                    \
	X(ZICNTR, "zicntr")                                                                        \
	X(ZIHPM, "zihpm")                                                                          \
	X(ZICBOM, "zicbom")                                                                        \
	X(ZICBOZ, "zicboz")                                                                        \
	X(ZBA, "zba")                                                                              \
	X(ZBB, "zbb")                                                                              \
	X(ZBS, "zbs")                                                                              \
	X(SSTC, "sstc")                                                                            \
	X(SVINVAL, "svinval")                                                                      \
	X(SVNAPOT, "svnapot")                                                                      \
	X(SVPBMT, "svpbmt")                                                                        \
	X(SVADU, "svadu")                                                                          \
	X(SMWG, "smwg")                                                                            \
	X(SMWGD, "smwgd")                                                                          \
	X(SSWG, "sswg")

/* 00000 LOAD */
#define XLAT__OPCODES_LOAD(X)                                                                      \
	X(LB, "lb", LOAD, I, 0x707f, 0x0003)                                                       \
	X(LH, "lh", LOAD, I, 0x707f, 0x1003)                                                       \
	X(LW, "lw", LOAD, I, 0x707f, 0x2003)                                                       \
	X(LD, "ld", LOAD, I, 0x707f, 0x3003)                                                       \
	X(LBU, "lbu", LOAD, I, 0x707f, 0x4003)                                                     \
	X(LHU, "lhu", LOAD, I, 0x707f, 0x5003)                                                     \
	X(LWU, "lwu", LOAD, I, 0x707f, 0x6003)

/* 00001 LOAD-FP */
#define XLAT__OPCODES_LOAD_FP(X)                                                                   \
	X(FLW, "flw", LOAD_F, F, 0x707f, 0x2007)                                                   \
	X(FLD, "fld", LOAD_F, D, 0x707f, 0x3007)

/* 00011 MISC-MEM */
#define XLAT__OPCODES_MISC_MEM(X)                                                                  \
	X(FENCE, "fence", NONE, I, 0x707f, 0x000f)                                                 \
	X(FENCE_I, "fence.i", NONE, ZIFENCEI, 0x707f, 0x100f)                                      \
	X(CBO_INVAL, "cbo.inval", CBO, ZICBOM, 0xfff07fff, 0x0000200f)                             \
	X(CBO_CLEAN, "cbo.clean", CBO, ZICBOM, 0xfff07fff, 0x0010200f)                             \
	X(CBO_FLUSH, "cbo.flush", CBO, ZICBOM, 0xfff07fff, 0x0020200f)                             \
	X(CBO_ZERO, "cbo.zero", CBO, ZICBOZ, 0xfff07fff, 0x0040200f)

/* 00100 OP-IMM. The shifts before what they would be taken for. */
#define XLAT__OPCODES_OP_IMM(X)                                                                    \
	X(ADDI, "addi", I, I, 0x707f, 0x0013)                                                      \
	X(SLTI, "slti", I, I, 0x707f, 0x2013)                                                      \
	X(SLTIU, "sltiu", I, I, 0x707f, 0x3013)                                                    \
	X(XORI, "xori", I, I, 0x707f, 0x4013)                                                      \
	X(ORI, "ori", I, I, 0x707f, 0x6013)                                                        \
	X(ANDI, "andi", I, I, 0x707f, 0x7013)                                                      \
	X(SLLI, "slli", SHIFT, I, 0xfc00707f, 0x00001013)                                          \
	X(SRLI, "srli", SHIFT, I, 0xfc00707f, 0x00005013)                                          \
	X(SRAI, "srai", SHIFT, I, 0xfc00707f, 0x40005013)                                          \
	X(CLZ, "clz", R1, ZBB, 0xfff0707f, 0x60001013)                                             \
	X(CTZ, "ctz", R1, ZBB, 0xfff0707f, 0x60101013)                                             \
	X(CPOP, "cpop", R1, ZBB, 0xfff0707f, 0x60201013)                                           \
	X(SEXT_B, "sext.b", R1, ZBB, 0xfff0707f, 0x60401013)                                       \
	X(SEXT_H, "sext.h", R1, ZBB, 0xfff0707f, 0x60501013)                                       \
	X(RORI, "rori", SHIFT, ZBB, 0xfc00707f, 0x60005013)                                        \
	X(ORC_B, "orc.b", R1, ZBB, 0xfff0707f, 0x28705013)                                         \
	X(REV8, "rev8", R1, ZBB, 0xfff0707f, 0x6b805013)                                           \
	X(BCLRI, "bclri", SHIFT, ZBS, 0xfc00707f, 0x48001013)                                      \
	X(BEXTI, "bexti", SHIFT, ZBS, 0xfc00707f, 0x48005013)                                      \
	X(BINVI, "binvi", SHIFT, ZBS, 0xfc00707f, 0x68001013)                                      \
	X(BSETI, "bseti", SHIFT, ZBS, 0xfc00707f, 0x28001013)

/* 00101 AUIPC */
#define XLAT__OPCODES_AUIPC(X) X(AUIPC, "auipc", U, I, 0x7f, 0x17)

/* 00110 OP-IMM-32 */
#define XLAT__OPCODES_OP_IMM_32(X)                                                                 \
	X(ADDIW, "addiw", I, I, 0x707f, 0x001b)                                                    \
	X(SLLIW, "slliw", SHIFT, I, 0xfe00707f, 0x0000101b)                                        \
	X(SRLIW, "srliw", SHIFT, I, 0xfe00707f, 0x0000501b)                                        \
	X(SRAIW, "sraiw", SHIFT, I, 0xfe00707f, 0x4000501b)                                        \
	X(CLZW, "clzw", R1, ZBB, 0xfff0707f, 0x6000101b)                                           \
	X(CTZW, "ctzw", R1, ZBB, 0xfff0707f, 0x6010101b)                                           \
	X(CPOPW, "cpopw", R1, ZBB, 0xfff0707f, 0x6020101b)                                         \
	X(RORIW, "roriw", SHIFT, ZBB, 0xfe00707f, 0x6000501b)                                      \
	X(SLLI_UW, "slli.uw", SHIFT, ZBA, 0xfc00707f, 0x0800101b)

/* 01000 STORE */
#define XLAT__OPCODES_STORE(X)                                                                     \
	X(SB, "sb", STORE, I, 0x707f, 0x0023)                                                      \
	X(SH, "sh", STORE, I, 0x707f, 0x1023)                                                      \
	X(SW, "sw", STORE, I, 0x707f, 0x2023)                                                      \
	X(SD, "sd", STORE, I, 0x707f, 0x3023)

/* 01001 STORE-FP */
#define XLAT__OPCODES_STORE_FP(X)                                                                  \
	X(FSW, "fsw", STORE_F, F, 0x707f, 0x2027)                                                  \
	X(FSD, "fsd", STORE_F, D, 0x707f, 0x3027)

/* 01011 AMO */
#define XLAT__OPCODES_AMO(X)                                                                       \
	X(LR_W, "lr.w", LR, A, 0xf9f0707f, 0x1000202f)                                             \
	X(LR_D, "lr.d", LR, A, 0xf9f0707f, 0x1000302f)                                             \
	X(SC_W, "sc.w", AMO, A, 0xf800707f, 0x1800202f)                                            \
	X(SC_D, "sc.d", AMO, A, 0xf800707f, 0x1800302f)                                            \
	X(AMOSWAP_W, "amoswap.w", AMO, A, 0xf800707f, 0x0800202f)                                  \
	X(AMOSWAP_D, "amoswap.d", AMO, A, 0xf800707f, 0x0800302f)                                  \
	X(AMOADD_W, "amoadd.w", AMO, A, 0xf800707f, 0x0000202f)                                    \
	X(AMOADD_D, "amoadd.d", AMO, A, 0xf800707f, 0x0000302f)                                    \
	X(AMOXOR_W, "amoxor.w", AMO, A, 0xf800707f, 0x2000202f)                                    \
	X(AMOXOR_D, "amoxor.d", AMO, A, 0xf800707f, 0x2000302f)                                    \
	X(AMOAND_W, "amoand.w", AMO, A, 0xf800707f, 0x6000202f)                                    \
	X(AMOAND_D, "amoand.d", AMO, A, 0xf800707f, 0x6000302f)                                    \
	X(AMOOR_W, "amoor.w", AMO, A, 0xf800707f, 0x4000202f)                                      \
	X(AMOOR_D, "amoor.d", AMO, A, 0xf800707f, 0x4000302f)                                      \
	X(AMOMIN_W, "amomin.w", AMO, A, 0xf800707f, 0x8000202f)                                    \
	X(AMOMIN_D, "amomin.d", AMO, A, 0xf800707f, 0x8000302f)                                    \
	X(AMOMAX_W, "amomax.w", AMO, A, 0xf800707f, 0xa000202f)                                    \
	X(AMOMAX_D, "amomax.d", AMO, A, 0xf800707f, 0xa000302f)                                    \
	X(AMOMINU_W, "amominu.w", AMO, A, 0xf800707f, 0xc000202f)                                  \
	X(AMOMINU_D, "amominu.d", AMO, A, 0xf800707f, 0xc000302f)                                  \
	X(AMOMAXU_W, "amomaxu.w", AMO, A, 0xf800707f, 0xe000202f)                                  \
	X(AMOMAXU_D, "amomaxu.d", AMO, A, 0xf800707f, 0xe000302f)

/* 01100 OP */
#define XLAT__OPCODES_OP(X)                                                                        \
	X(ADD, "add", R, I, 0xfe00707f, 0x00000033)                                                \
	X(SUB, "sub", R, I, 0xfe00707f, 0x40000033)                                                \
	X(SLL, "sll", R, I, 0xfe00707f, 0x00001033)                                                \
	X(SLT, "slt", R, I, 0xfe00707f, 0x00002033)                                                \
	X(SLTU, "sltu", R, I, 0xfe00707f, 0x00003033)                                              \
	X(XOR, "xor", R, I, 0xfe00707f, 0x00004033)                                                \
	X(SRL, "srl", R, I, 0xfe00707f, 0x00005033)                                                \
	X(SRA, "sra", R, I, 0xfe00707f, 0x40005033)                                                \
	X(OR, "or", R, I, 0xfe00707f, 0x00006033)                                                  \
	X(AND, "and", R, I, 0xfe00707f, 0x00007033)                                                \
	X(MUL, "mul", R, M, 0xfe00707f, 0x02000033)                                                \
	X(MULH, "mulh", R, M, 0xfe00707f, 0x02001033)                                              \
	X(MULHSU, "mulhsu", R, M, 0xfe00707f, 0x02002033)                                          \
	X(MULHU, "mulhu", R, M, 0xfe00707f, 0x02003033)                                            \
	X(DIV, "div", R, M, 0xfe00707f, 0x02004033)                                                \
	X(DIVU, "divu", R, M, 0xfe00707f, 0x02005033)                                              \
	X(REM, "rem", R, M, 0xfe00707f, 0x02006033)                                                \
	X(REMU, "remu", R, M, 0xfe00707f, 0x02007033)                                              \
	X(SH1ADD, "sh1add", R, ZBA, 0xfe00707f, 0x20002033)                                        \
	X(SH2ADD, "sh2add", R, ZBA, 0xfe00707f, 0x20004033)                                        \
	X(SH3ADD, "sh3add", R, ZBA, 0xfe00707f, 0x20006033)                                        \
	X(ANDN, "andn", R, ZBB, 0xfe00707f, 0x40007033)                                            \
	X(ORN, "orn", R, ZBB, 0xfe00707f, 0x40006033)                                              \
	X(XNOR, "xnor", R, ZBB, 0xfe00707f, 0x40004033)                                            \
	X(MIN, "min", R, ZBB, 0xfe00707f, 0x0a004033)                                              \
	X(MINU, "minu", R, ZBB, 0xfe00707f, 0x0a005033)                                            \
	X(MAX, "max", R, ZBB, 0xfe00707f, 0x0a006033)                                              \
	X(MAXU, "maxu", R, ZBB, 0xfe00707f, 0x0a007033)                                            \
	X(ROL, "rol", R, ZBB, 0xfe00707f, 0x60001033)                                              \
	X(ROR, "ror", R, ZBB, 0xfe00707f, 0x60005033)                                              \
	X(BCLR, "bclr", R, ZBS, 0xfe00707f, 0x48001033)                                            \
	X(BEXT, "bext", R, ZBS, 0xfe00707f, 0x48005033)                                            \
	X(BINV, "binv", R, ZBS, 0xfe00707f, 0x68001033)                                            \
	X(BSET, "bset", R, ZBS, 0xfe00707f, 0x28001033)

/* 01101 LUI */
#define XLAT__OPCODES_LUI(X) X(LUI, "lui", U, I, 0x7f, 0x37)

/* 01110 OP-32 */
#define XLAT__OPCODES_OP_32(X)                                                                     \
	X(ADDW, "addw", R, I, 0xfe00707f, 0x0000003b)                                              \
	X(SUBW, "subw", R, I, 0xfe00707f, 0x4000003b)                                              \
	X(SLLW, "sllw", R, I, 0xfe00707f, 0x0000103b)                                              \
	X(SRLW, "srlw", R, I, 0xfe00707f, 0x0000503b)                                              \
	X(SRAW, "sraw", R, I, 0xfe00707f, 0x4000503b)                                              \
	X(MULW, "mulw", R, M, 0xfe00707f, 0x0200003b)                                              \
	X(DIVW, "divw", R, M, 0xfe00707f, 0x0200403b)                                              \
	X(DIVUW, "divuw", R, M, 0xfe00707f, 0x0200503b)                                            \
	X(REMW, "remw", R, M, 0xfe00707f, 0x0200603b)                                              \
	X(REMUW, "remuw", R, M, 0xfe00707f, 0x0200703b)                                            \
	X(ADD_UW, "add.uw", R, ZBA, 0xfe00707f, 0x0800003b)                                        \
	X(SH1ADD_UW, "sh1add.uw", R, ZBA, 0xfe00707f, 0x2000203b)                                  \
	X(SH2ADD_UW, "sh2add.uw", R, ZBA, 0xfe00707f, 0x2000403b)                                  \
	X(SH3ADD_UW, "sh3add.uw", R, ZBA, 0xfe00707f, 0x2000603b)                                  \
	X(ZEXT_H, "zext.h", R1, ZBB, 0xfff0707f, 0x0800403b)                                       \
	X(ROLW, "rolw", R, ZBB, 0xfe00707f, 0x6000103b)                                            \
	X(RORW, "rorw", R, ZBB, 0xfe00707f, 0x6000503b)

/* 10000 to 10100 MADD, MSUB, NMSUB, NMADD, OP-FP: float.h knows them. */
#define XLAT__OPCODES_OP_FP(X) X(FLOAT, "float", FLOAT, F, 0x00, 0x00)

/* 11000 BRANCH */
#define XLAT__OPCODES_BRANCH(X)                                                                    \
	X(BEQ, "beq", B, I, 0x707f, 0x0063)                                                        \
	X(BNE, "bne", B, I, 0x707f, 0x1063)                                                        \
	X(BLT, "blt", B, I, 0x707f, 0x4063)                                                        \
	X(BGE, "bge", B, I, 0x707f, 0x5063)                                                        \
	X(BLTU, "bltu", B, I, 0x707f, 0x6063)                                                      \
	X(BGEU, "bgeu", B, I, 0x707f, 0x7063)

/* 11001 JALR, 11011 JAL */
#define XLAT__OPCODES_JALR(X) X(JALR, "jalr", LOAD, I, 0x707f, 0x0067)
#define XLAT__OPCODES_JAL(X) X(JAL, "jal", J, I, 0x7f, 0x6f)

/* 11100 SYSTEM */
#define XLAT__OPCODES_SYSTEM(X)                                                                    \
	X(CSRRW, "csrrw", CSR, ZICSR, 0x707f, 0x1073)                                              \
	X(CSRRS, "csrrs", CSR, ZICSR, 0x707f, 0x2073)                                              \
	X(CSRRC, "csrrc", CSR, ZICSR, 0x707f, 0x3073)                                              \
	X(CSRRWI, "csrrwi", CSRI, ZICSR, 0x707f, 0x5073)                                           \
	X(CSRRSI, "csrrsi", CSRI, ZICSR, 0x707f, 0x6073)                                           \
	X(CSRRCI, "csrrci", CSRI, ZICSR, 0x707f, 0x7073)                                           \
	X(ECALL, "ecall", NONE, I, 0xffffffff, 0x00000073)                                         \
	X(EBREAK, "ebreak", NONE, I, 0xffffffff, 0x00100073)                                       \
	X(SRET, "sret", NONE, S, 0xffffffff, 0x10200073)                                           \
	X(MRET, "mret", NONE, I, 0xffffffff, 0x30200073)                                           \
	X(WFI, "wfi", NONE, I, 0xffffffff, 0x10500073)                                             \
	X(SFENCE_VMA, "sfence.vma", SFENCE, S, 0xfe007fff, 0x12000073)                             \
	X(SINVAL_VMA, "sinval.vma", SFENCE, SVINVAL, 0xfe007fff, 0x16000073)                       \
	X(SFENCE_W_INVAL, "sfence.w.inval", NONE, SVINVAL, 0xffffffff, 0x18000073)                 \
	X(SFENCE_INVAL_IR, "sfence.inval.ir", NONE, SVINVAL, 0xffffffff, 0x18100073)

/* Y(list, major opcode): the lists, in the order in which their instructions are numbered. */
#define XLAT__OPCODE_LISTS(Y)                                                                      \
	Y(LOAD, 0x00)                                                                              \
	Y(LOAD_FP, 0x01)                                                                           \
	Y(MISC_MEM, 0x03)                                                                          \
	Y(OP_IMM, 0x04)                                                                            \
	Y(AUIPC, 0x05)                                                                             \
	Y(OP_IMM_32, 0x06)                                                                         \
	Y(STORE, 0x08)                                                                             \
	Y(STORE_FP, 0x09)                                                                          \
	Y(AMO, 0x0b)                                                                               \
	Y(OP, 0x0c)                                                                                \
	Y(LUI, 0x0d)                                                                               \
	Y(OP_32, 0x0e)                                                                             \
	Y(OP_FP, 0x14)                                                                             \
	Y(BRANCH, 0x18)                                                                            \
	Y(JALR, 0x19)                                                                              \
	Y(JAL, 0x1b)                                                                               \
	Y(SYSTEM, 0x1c)

#define XLAT__OPCODES(X)                                                                           \
	XLAT__OPCODES_LOAD(X)                                                                      \
	XLAT__OPCODES_LOAD_FP(X)                                                                   \
	XLAT__OPCODES_MISC_MEM(X)                                                                  \
	XLAT__OPCODES_OP_IMM(X)                                                                    \
	XLAT__OPCODES_AUIPC(X)                                                                     \
	XLAT__OPCODES_OP_IMM_32(X)                                                                 \
	XLAT__OPCODES_STORE(X)                                                                     \
	XLAT__OPCODES_STORE_FP(X)                                                                  \
	XLAT__OPCODES_AMO(X)                                                                       \
	XLAT__OPCODES_OP(X)                                                                        \
	XLAT__OPCODES_LUI(X)                                                                       \
	XLAT__OPCODES_OP_32(X)                                                                     \
	XLAT__OPCODES_OP_FP(X)                                                                     \
	XLAT__OPCODES_BRANCH(X)                                                                    \
	XLAT__OPCODES_JALR(X)                                                                      \
	XLAT__OPCODES_JAL(X)                                                                       \
	XLAT__OPCODES_SYSTEM(X)

#endif
