/* SPDX-License-Identifier: BSD-3-Clause */
/*
 *	 31   27 26 25 24  20 19  15 14 12 11   7 6      0
 *	+-------+-----+------+------+-----+------+--------+
 *	| rs3   | fmt | rs2  | rs1  | rm  | rd   | opcode |  MADD, MSUB, NMSUB, NMADD
 *	| funct5| fmt | rs2  | rs1  | rm  | rd   | OP-FP  |
 *	+-------+-----+------+------+-----+------+--------+
 */
#include "riscv/execute_float.h"
#include "riscv/float_host.h"

enum opcode {
	MADD = 0x43,
	MSUB = 0x47,
	NMSUB = 0x4b,
	NMADD = 0x4f,
	OP_FP = 0x53,
};

/* funct5; where the field rm says more, and where rs2 does. */
enum operation {
	FADD = 0x00,
	FSUB = 0x01,
	FMUL = 0x02,
	FDIV = 0x03,
	FSGNJ = 0x04, /* rm */
	FMIN_FMAX = 0x05, /* rm */
	FCVT_FLOAT = 0x08, /* rs2: the format of the operand */
	FSQRT = 0x0b,
	FCOMPARE = 0x14, /* rm */
	FCVT_TO_INTEGER = 0x18, /* rs2: the integer */
	FCVT_FROM_INTEGER = 0x1a, /* rs2: the integer */
	FMV_TO_X_FCLASS = 0x1c, /* rm */
	FMV_FROM_X = 0x1e,
};

struct fields {
	unsigned rd, rs1, rs2, rs3, rm;
	enum xlat__float_format format;
};

static struct fields fields_of(uint32_t word)
{
	return (struct fields){
		.rd = word >> 7 & 31,
		.rs1 = word >> 15 & 31,
		.rs2 = word >> 20 & 31,
		.rs3 = word >> 27,
		.rm = word >> 12 & 7,
		.format = (enum xlat__float_format)(word >> 25 & 3),
	};
}

static bool is_rounding(unsigned rounding)
{
	return rounding <= XLAT__FLOAT_RMM;
}

static uint64_t sign(enum xlat__float_format format)
{
	return (uint64_t)1 << (format == XLAT__FLOAT_DOUBLE ? 63 : 31);
}

static uint64_t get(enum xlat__float_format format, uint64_t value)
{
	return format == XLAT__FLOAT_DOUBLE ? value : xlat__float_unbox(value);
}

static uint64_t put(enum xlat__float_format format, uint64_t value)
{
	return format == XLAT__FLOAT_DOUBLE ? value : xlat__float_box(value);
}

static void put_x(uint64_t x[32], unsigned rd, uint64_t value)
{
	if (rd != 0)
		x[rd] = value;
}

/* Multiply-adds: negated is whether the product is, subtracts whether the addend is. */
static bool execute_fused(struct fields in, uint64_t f[32], bool negated, bool subtracts,
			  unsigned rounding, unsigned *fflags)
{
	uint64_t a = get(in.format, f[in.rs1]), b = get(in.format, f[in.rs2]);
	uint64_t c = get(in.format, f[in.rs3]), result;

	if (!is_rounding(rounding))
		return false;
	a ^= negated ? sign(in.format) : 0;
	c ^= subtracts ? sign(in.format) : 0;
	result = in.format == XLAT__FLOAT_DOUBLE ? xlat__float64_fma(a, b, c, rounding, fflags)
						 : xlat__float32_fma(a, b, c, rounding, fflags);
	f[in.rd] = put(in.format, result);
	return true;
}

static uint64_t compute_double(unsigned operation, uint64_t a, uint64_t b, unsigned rounding,
			       unsigned *fflags)
{
	switch (operation) {
	case FADD:
		return xlat__float64_add(a, b, rounding, fflags);
	case FSUB:
		return xlat__float64_sub(a, b, rounding, fflags);
	case FMUL:
		return xlat__float64_mul(a, b, rounding, fflags);
	case FDIV:
		return xlat__float64_div(a, b, rounding, fflags);
	default:
		return xlat__float64_sqrt(a, rounding, fflags);
	}
}

static uint64_t compute_single(unsigned operation, uint64_t a, uint64_t b, unsigned rounding,
			       unsigned *fflags)
{
	switch (operation) {
	case FADD:
		return xlat__float32_add(a, b, rounding, fflags);
	case FSUB:
		return xlat__float32_sub(a, b, rounding, fflags);
	case FMUL:
		return xlat__float32_mul(a, b, rounding, fflags);
	case FDIV:
		return xlat__float32_div(a, b, rounding, fflags);
	default:
		return xlat__float32_sqrt(a, rounding, fflags);
	}
}

/* What rounds, both operands and the result being of one format. */
static bool execute_arithmetic(unsigned operation, struct fields in, uint64_t f[32],
			       unsigned rounding, unsigned *fflags)
{
	if (!is_rounding(rounding) || (operation == FSQRT && in.rs2 != 0))
		return false;
	if (in.format == XLAT__FLOAT_DOUBLE)
		f[in.rd] = compute_double(operation, f[in.rs1], f[in.rs2], rounding, fflags);
	else
		f[in.rd] = xlat__float_box(compute_single(operation, xlat__float_unbox(f[in.rs1]),
							  xlat__float_unbox(f[in.rs2]), rounding,
							  fflags));
	return true;
}

static bool execute_sign(struct fields in, uint64_t f[32])
{
	uint64_t a = get(in.format, f[in.rs1]), b = get(in.format, f[in.rs2]);

	switch (in.rm) {
	case 0: /* FSGNJ */
		break;
	case 1: /* FSGNJN */
		b = ~b;
		break;
	case 2: /* FSGNJX */
		b ^= a;
		break;
	default:
		return false;
	}
	f[in.rd] = put(in.format, (a & ~sign(in.format)) | (b & sign(in.format)));
	return true;
}

static bool execute_min_max(struct fields in, uint64_t f[32], unsigned *fflags)
{
	uint64_t a = get(in.format, f[in.rs1]), b = get(in.format, f[in.rs2]);

	if (in.rm > 1)
		return false;
	f[in.rd] = put(in.format, in.rm == 0 ? xlat__float_min(in.format, a, b, fflags)
					     : xlat__float_max(in.format, a, b, fflags));
	return true;
}

static bool execute_compare(struct fields in, uint64_t x[32], const uint64_t f[32],
			    unsigned *fflags)
{
	uint64_t a = get(in.format, f[in.rs1]), b = get(in.format, f[in.rs2]);
	bool is_double = in.format == XLAT__FLOAT_DOUBLE, result;

	switch (in.rm) {
	case 0: /* FLE */
		result = is_double ? xlat__float64_le(a, b, fflags)
				   : xlat__float32_le(a, b, fflags);
		break;
	case 1: /* FLT */
		result = is_double ? xlat__float64_lt(a, b, fflags)
				   : xlat__float32_lt(a, b, fflags);
		break;
	case 2: /* FEQ */
		result = is_double ? xlat__float64_eq(a, b, fflags)
				   : xlat__float32_eq(a, b, fflags);
		break;
	default:
		return false;
	}
	put_x(x, in.rd, result);
	return true;
}

static bool execute_convert(struct fields in, uint64_t f[32], unsigned rounding, unsigned *fflags)
{
	if (!is_rounding(rounding) ||
	    in.rs2 != (in.format == XLAT__FLOAT_DOUBLE ? XLAT__FLOAT_SINGLE : XLAT__FLOAT_DOUBLE))
		return false;
	if (in.format == XLAT__FLOAT_DOUBLE)
		f[in.rd] = xlat__float64_from_single(xlat__float_unbox(f[in.rs1]), fflags);
	else
		f[in.rd] = xlat__float_box(xlat__float32_from_double(f[in.rs1], rounding, fflags));
	return true;
}

static bool execute_to_integer(struct fields in, uint64_t x[32], const uint64_t f[32],
			       unsigned rounding, unsigned *fflags)
{
	if (!is_rounding(rounding) || in.rs2 > XLAT__FLOAT_LU)
		return false;
	put_x(x, in.rd,
	      xlat__float_to_integer_host(in.format, get(in.format, f[in.rs1]),
					  (enum xlat__float_integer)in.rs2, rounding, fflags));
	return true;
}

static bool execute_from_integer(struct fields in, const uint64_t x[32], uint64_t f[32],
				 unsigned rounding, unsigned *fflags)
{
	if (!is_rounding(rounding) || in.rs2 > XLAT__FLOAT_LU)
		return false;
	f[in.rd] = put(in.format, xlat__float_from_integer_host(in.format, x[in.rs1],
								(enum xlat__float_integer)in.rs2,
								rounding, fflags));
	return true;
}

/* FMV.X.W, FMV.X.D (the bits, without looking at the box) and FCLASS. */
static bool execute_move_to_x(struct fields in, uint64_t x[32], const uint64_t f[32])
{
	uint64_t value = f[in.rs1];

	if (in.rs2 != 0 || in.rm > 1)
		return false;
	if (in.rm == 1)
		value = xlat__float_classify(in.format, get(in.format, value));
	else if (in.format == XLAT__FLOAT_SINGLE)
		value = (uint64_t)(int64_t)(int32_t)(uint32_t)value;
	put_x(x, in.rd, value);
	return true;
}

/* FMV.W.X and FMV.D.X. */
static bool execute_move_from_x(struct fields in, const uint64_t x[32], uint64_t f[32])
{
	if (in.rs2 != 0 || in.rm != 0)
		return false;
	f[in.rd] = in.format == XLAT__FLOAT_DOUBLE ? x[in.rs1]
						   : xlat__float_box((uint32_t)x[in.rs1]);
	return true;
}

bool xlat__execute_float(uint32_t word, uint64_t x[32], uint64_t f[32], unsigned frm,
			 unsigned *fflags)
{
	struct fields in = fields_of(word);
	unsigned rounding = in.rm == XLAT__FLOAT_DYN ? frm : in.rm, operation = word >> 27;

	if (in.format > XLAT__FLOAT_DOUBLE)
		return false;
	switch (word & 0x7f) {
	case MADD:
		return execute_fused(in, f, false, false, rounding, fflags);
	case MSUB:
		return execute_fused(in, f, false, true, rounding, fflags);
	case NMSUB:
		return execute_fused(in, f, true, false, rounding, fflags);
	case NMADD:
		return execute_fused(in, f, true, true, rounding, fflags);
	case OP_FP:
		break;
	default:
		return false;
	}
	switch (operation) {
	case FADD:
	case FSUB:
	case FMUL:
	case FDIV:
	case FSQRT:
		return execute_arithmetic(operation, in, f, rounding, fflags);
	case FSGNJ:
		return execute_sign(in, f);
	case FMIN_FMAX:
		return execute_min_max(in, f, fflags);
	case FCVT_FLOAT:
		return execute_convert(in, f, rounding, fflags);
	case FCOMPARE:
		return execute_compare(in, x, f, fflags);
	case FCVT_TO_INTEGER:
		return execute_to_integer(in, x, f, rounding, fflags);
	case FCVT_FROM_INTEGER:
		return execute_from_integer(in, x, f, rounding, fflags);
	case FMV_TO_X_FCLASS:
		return execute_move_to_x(in, x, f);
	case FMV_FROM_X:
		return execute_move_from_x(in, x, f);
	default:
		return false;
	}
}
