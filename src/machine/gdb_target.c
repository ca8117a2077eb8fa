/* SPDX-License-Identifier: BSD-3-Clause */
/* G.4.12: the registers of a RISC-V target, by the numbers of the description here. */
#include "machine/gdb.h"

enum {
	PC = 32,
	FLOAT = 33,
	FFLAGS = 66, /* where GDB expects it; frm and fcsr follow */
	CSRS = 69,
	MODE = 90,
};

/* Those that a kernel's debugger wants to see, after the three of floating point. */
static const struct {
	const char *name;
	uint16_t number;
} csrs[] = {
	{"sstatus", 0x100},  {"sie", 0x104},	{"stvec", 0x105},   {"scounteren", 0x106},
	{"sscratch", 0x140}, {"sepc", 0x141},	{"scause", 0x142},  {"stval", 0x143},
	{"sip", 0x144},	     {"satp", 0x180},	{"mstatus", 0x300}, {"medeleg", 0x302},
	{"mideleg", 0x303},  {"mie", 0x304},	{"mtvec", 0x305},   {"mscratch", 0x340},
	{"mepc", 0x341},     {"mcause", 0x342}, {"mtval", 0x343},   {"mip", 0x344},
	{"mhartid", 0xf14},
};

#define CSR_COUNT (sizeof(csrs) / sizeof(csrs[0]))
_Static_assert(CSRS + CSR_COUNT == MODE, "numbers follow one another");

#define X(n) "<reg name=\"" n "\" bitsize=\"64\" type=\"int\"/>"
#define F(n) "<reg name=\"" n "\" bitsize=\"64\" type=\"ieee_double\"/>"
#define C(n, at) "<reg name=\"" n "\" bitsize=\"64\" regnum=\"" at "\"/>"

const char *xlat__gdb_target_description(void)
{
	return "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
	       "<target><architecture>riscv:rv64</architecture>"
	       "<feature name=\"org.gnu.gdb.riscv.cpu\">" X(
		       "zero") "<reg name=\"ra\" bitsize=\"64\" type=\"code_ptr\"/>"
			       "<reg name=\"sp\" bitsize=\"64\" type=\"data_ptr\"/>" X("gp") X("tp") X("t0") X(
				       "t1") X("t2") X("fp") X("s1") X("a0") X("a1") X("a2") X("a3") X("a4")
				       X("a5") X("a6") X("a7") X("s2") X("s3") X("s4") X("s5") X("s6") X(
					       "s7") X("s8") X("s9") X("s10") X("s11") X("t3") X("t4") X("t5")
					       X("t6") "<reg name=\"pc\" bitsize=\"64\" type=\"code_ptr\"/></feature>"
						       "<feature name=\"org.gnu.gdb.riscv.fpu\">" F("ft0") F("ft1") F(
							       "ft2") F("ft3") F("ft4") F("ft5") F("ft6") F("ft7") F("fs0")
							       F("fs1") F("fa0") F("fa1") F("fa2") F("fa3") F("fa4") F(
								       "fa5") F("fa6") F("fa7") F("fs2") F("fs3") F("fs4")
								       F("fs5") F("fs6") F("fs7") F("fs8") F("fs9") F(
									       "fs10") F("fs11") F("ft8") F("ft9") F("ft10")
									       F("ft11") "<reg name=\"fflags\" bitsize=\"32\" type=\"int\" regnum=\"66\"/>"
											 "<reg name=\"frm\" bitsize=\"32\" type=\"int\"/>"
											 "<reg name=\"fcsr\" bitsize=\"32\" type=\"int\"/></feature>"
											 "<feature name=\"org.gnu.gdb.riscv.csr\">" C("sstatus", "69") C(
												 "sie", "70") C("stvec",
														"71") C("scounteren",
															"72") C("sscratch",
																"73") C("sepc",
																	"74")
												 C("scause", "75") C("stval", "76") C(
													 "sip", "77") C("satp",
															"78") C("mstatus",
																"79") C("medeleg",
																	"80")
													 C("mideleg", "81") C("mie", "82") C(
														 "mtvec",
														 "83") C("mscratch", "84")
														 C("mepc",
														   "85") C("mcause", "86")
															 C("mtval",
															   "87") C("mip", "88")
																 C("mhartid",
																   "89") "</feature>"
																	 "<feature name=\"org.gnu.gdb.riscv.virtual\">" C(
																		 "priv",
																		 "90") "</feature></target>";
}

struct xlat_hart *xlat__gdb_hart(struct xlat_gdb *gdb)
{
	return xlat_machine_hart(gdb->config.machine, gdb->hart);
}

/* The CSR of a register's number; 0: it is none. */
static unsigned csr_of(unsigned number)
{
	if (number >= FFLAGS && number < FFLAGS + 3)
		return number - FFLAGS + 1;
	return number >= CSRS && number < MODE ? csrs[number - CSRS].number : 0;
}

bool xlat__gdb_load_register(struct xlat_hart *hart, unsigned number, uint64_t *value)
{
	if (number < PC)
		*value = xlat_hart_register(hart, number);
	else if (number == PC)
		*value = xlat_hart_pc(hart);
	else if (number < FLOAT + 32)
		*value = xlat_hart_float_register(hart, number - FLOAT);
	else if (number == MODE)
		*value = xlat_hart_mode(hart);
	else
		return csr_of(number) && !xlat_hart_load_csr(hart, csr_of(number), value);
	return true;
}

bool xlat__gdb_store_register(struct xlat_hart *hart, unsigned number, uint64_t value)
{
	if (number < PC)
		xlat_hart_set_register(hart, number, value);
	else if (number == PC)
		xlat_hart_set_pc(hart, value);
	else if (number < FLOAT + 32)
		xlat_hart_set_float_register(hart, number - FLOAT, value);
	else if (number == MODE && (value <= XLAT_HART_SUPERVISOR || value == XLAT_HART_MACHINE))
		xlat_hart_set_mode(hart, (enum xlat_hart_mode)value);
	else
		return csr_of(number) && !xlat_hart_store_csr(hart, csr_of(number), value);
	return true;
}
