/* SPDX-License-Identifier: BSD-3-Clause */
/* The firmware: RISC-V Supervisor Binary Interface 2.0. Sections are named at each call. */
#include "machine/machine.h"

enum {
	/* Registers. */
	A0 = 10,
	A1 = 11,
	A6 = 16,
	A7 = 17,

	EXTENSION_SET_TIMER = 0, /* legacy (5) */
	EXTENSION_PUT_CHARACTER = 1,
	EXTENSION_GET_CHARACTER = 2,
	EXTENSION_BASE = 0x10,
	EXTENSION_TIME = 0x54494d45,
	EXTENSION_IPI = 0x735049,
	EXTENSION_RFENCE = 0x52464e43,
	EXTENSION_HSM = 0x48534d,
	EXTENSION_SRST = 0x53525354,
	EXTENSION_DBCN = 0x4442434e,

	VERSION = 2 << 24,
	IMPLEMENTATION = 0x786c, /* of those that nobody has been assigned */

	SUCCESS = 0,
	FAILED = -1,
	NOT_SUPPORTED = -2,
	INVALID_PARAM = -3,
	ALREADY_AVAILABLE = -6,

	PIECE = 256, /* bytes of a console call at a time */
	MOST_PRINTED = 1 << 16, /* of one call: it may write fewer than it is asked */

	STIMECMP = 0x14d,
	MEDELEG = 0x302,
	MIDELEG = 0x303,
	MCOUNTEREN = 0x306,
	MENVCFG = 0x30a,
};

/* A call: arguments, and results (3). */
struct call {
	struct xlat__machine_hart *hart;
	struct xlat_machine *machine;
	uint64_t arguments[6], function;
	int64_t error;
	uint64_t value;
	uint64_t fenced; /* harts that were told to fence */
};

static void print(struct call *call, const uint8_t *bytes, size_t count)
{
	xlat__machine_print(call->machine, bytes, count);
}

/* 4 */
static void call_base(struct call *call)
{
	switch (call->function) {
	case 0: /* which specification */
		call->value = VERSION;
		break;
	case 1:
		call->value = IMPLEMENTATION;
		break;
	case 2:
		call->value = 1;
		break;
	case 3: /* whether an extension is there */
		switch (call->arguments[0]) {
		case EXTENSION_SET_TIMER:
		case EXTENSION_PUT_CHARACTER:
		case EXTENSION_GET_CHARACTER:
		case EXTENSION_BASE:
		case EXTENSION_TIME:
		case EXTENSION_IPI:
		case EXTENSION_RFENCE:
		case EXTENSION_HSM:
		case EXTENSION_SRST:
		case EXTENSION_DBCN:
			call->value = 1;
			break;
		default:
			break;
		}
		break;
	case 4: /* mvendorid, marchid, mimpid */
	case 5:
	case 6:
		break;
	default:
		call->error = NOT_SUPPORTED;
	}
}

/* 6.1 */
static void call_time(struct call *call)
{
	if (call->function != 0) {
		call->error = NOT_SUPPORTED;
		return;
	}
	/* With Sstc the pending bit is that of the hart's own timer, and nothing else sets it. */
	if (xlat_hart_store_csr(call->hart->hart, STIMECMP, call->arguments[0]) != 0) {
		call->hart->timer = call->arguments[0];
		xlat_hart_set_interrupt(call->hart->hart, XLAT_HART_STIP,
					xlat__machine_ticks(call->machine) >= call->hart->timer);
	}
	/* The turn may be too long now. */
	xlat_hart_stop(call->hart->hart);
}

/* Calls visit for each hart of a mask (3.1); false: one that there is not. */
static bool for_each_hart(struct call *call, uint64_t mask, uint64_t base,
			  void (*visit)(struct call *call, struct xlat__machine_hart *hart))
{
	unsigned count = call->machine->hart_count;

	if (base == UINT64_MAX) {
		mask = (UINT64_C(1) << count) - 1;
		base = 0;
	}
	if (mask && (base >= count || mask >> (count - base)))
		return false;
	for (unsigned i = 0; i < 64; i++)
		if (mask >> i & 1)
			visit(call, &call->machine->harts[base + i]);
	return true;
}

static void interrupt_hart(struct call *call, struct xlat__machine_hart *hart)
{
	(void)call;
	xlat_hart_raise_software(hart->hart);
}

/* 7.1 */
static void call_ipi(struct call *call)
{
	if (call->function != 0)
		call->error = NOT_SUPPORTED;
	else if (!for_each_hart(call, call->arguments[0], call->arguments[1], interrupt_hart))
		call->error = INVALID_PARAM;
}

/* An empty flush besides, for a fence to wait for. */
static void fence_instructions(struct call *call, struct xlat__machine_hart *hart)
{
	const struct xlat_tlb_flush flush = {.by_asid = true, .asid = UINT32_MAX};

	call->fenced |= UINT64_C(1) << hart->index;
	xlat_hart_post_fence_i(hart->hart);
	if (call->machine->config.threads)
		xlat_tlb_post(xlat_hart_tlb(hart->hart), &flush);
}

/* In force before the hart executes anything else: it is not its turn, or it is in this call. */
static void fence_translations(struct call *call, struct xlat__machine_hart *hart)
{
	uint64_t start = call->arguments[2], size = call->arguments[3];
	struct xlat_tlb_flush flush = {.range = {start, start + (size - 1)}};

	if ((start == 0 && size == 0) || size == UINT64_MAX)
		flush.range = (struct xlat_range){0, UINT64_MAX};
	else if (size == 0)
		return;
	else if (flush.range.last < start)
		flush.range.last = UINT64_MAX;
	if (call->function == 2) {
		flush.by_asid = true;
		flush.asid = (uint32_t)(call->arguments[4] & 0xffff);
	}
	call->fenced |= UINT64_C(1) << hart->index;
	xlat_tlb_post(xlat_hart_tlb(hart->hart), &flush);
}

/* 8: with threads, this returns when all have done it. */
static void call_rfence(struct call *call)
{
	if (call->function > 2)
		call->error = NOT_SUPPORTED; /* those of the hypervisor extension */
	else if (!for_each_hart(call, call->arguments[0], call->arguments[1],
				call->function == 0 ? fence_instructions : fence_translations))
		call->error = INVALID_PARAM;
	else if (call->machine->config.threads)
		xlat__machine_await_fences(call->hart, call->fenced);
}

void xlat__machine_start_hart(struct xlat__machine_hart *hart, uint64_t pc, uint64_t argument)
{
	static const struct {
		unsigned number;
		uint64_t value;
	} registers[] = {
		{MEDELEG, 0xb1ff}, /* all but ECALL of a supervisor and of machine mode */
		{MIDELEG, 0x222},
		{MCOUNTEREN, 7},
		/* All that it can let a supervisor have, Svadu too; kept where it is implemented. */
		{MENVCFG, UINT64_C(1) << 63 | UINT64_C(1) << 62 | UINT64_C(1) << 61 | 0xf0 | 1},
	};

	xlat_hart_reset(hart->hart);
	for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++)
		(void)!xlat_hart_store_csr(hart->hart, registers[i].number, registers[i].value);
	xlat_hart_set_interrupt(hart->hart, XLAT_HART_STIP, false);
	xlat_hart_set_mode(hart->hart, XLAT_HART_SUPERVISOR);
	xlat_hart_set_pc(hart->hart, pc);
	xlat_hart_set_register(hart->hart, A0, hart->index);
	xlat_hart_set_register(hart->hart, A1, argument);
	hart->timer = UINT64_MAX;
	hart->began = xlat_hart_instructions(hart->hart);
	__atomic_store_n(&hart->state, XLAT__MACHINE_STARTED, __ATOMIC_RELEASE);
}

/* 9 */
static void call_hsm(struct call *call)
{
	struct xlat_machine *machine = call->machine;
	uint64_t index = call->arguments[0];

	if (call->function != 1 && call->function != 3 && index >= machine->hart_count) {
		call->error = INVALID_PARAM;
		return;
	}
	switch (call->function) {
	case 0:
		if (!xlat__machine_ask_to_start(&machine->harts[index], call->arguments[1],
						call->arguments[2]))
			call->error = ALREADY_AVAILABLE;
		else if (!machine->config.threads)
			xlat__machine_start_hart(&machine->harts[index], call->arguments[1],
						 call->arguments[2]);
		break;
	case 1: /* this hart is no more */
		__atomic_store_n(&call->hart->state, XLAT__MACHINE_OFF, __ATOMIC_RELEASE);
		xlat_hart_stop(call->hart->hart);
		break;
	case 2:
		call->value = __atomic_load_n(&machine->harts[index].state, __ATOMIC_ACQUIRE);
		if (call->value > XLAT__MACHINE_STARTING)
			call->value = XLAT__MACHINE_STARTING;
		break;
	default:
		call->error = NOT_SUPPORTED;
	}
}

/* 10.1: shutdown, cold and warm reboot; a reason of 1 is a system failure. */
static void call_srst(struct call *call)
{
	uint64_t type = call->arguments[0], reason = call->arguments[1];

	if (call->function != 0)
		call->error = NOT_SUPPORTED;
	else if (type > 2)
		call->error = INVALID_PARAM;
	else
		xlat__machine_finish(call->machine,
				     type == 0 ? XLAT_MACHINE_POWER_OFF : XLAT_MACHINE_RESET,
				     (unsigned)(reason & 0xffff));
}

/* 12.1: what could not be read from memory is no byte of the count. */
static void write_console(struct call *call)
{
	const struct xlat_attrs attrs = {.requester = call->hart->index,
					 .flags = XLAT_ATTR_PRIVILEGED};
	uint64_t left = call->arguments[0];
	uint64_t address = call->arguments[1];
	uint8_t bytes[PIECE];

	if (call->arguments[2]) {
		call->error = INVALID_PARAM;
		return;
	}
	if (left > MOST_PRINTED)
		left = MOST_PRINTED;
	while (left) {
		size_t count = left < PIECE ? left : PIECE;

		if (xlat_space_read(call->machine->space, attrs, address, bytes, count) !=
		    XLAT_OK) {
			if (!call->value)
				call->error = INVALID_PARAM;
			return;
		}
		print(call, bytes, count);
		call->value += count;
		address += count;
		left -= count;
	}
}

/* 12: it has no input of its own; that is the serial port's. */
static void call_dbcn(struct call *call)
{
	uint8_t byte = (uint8_t)call->arguments[0];

	switch (call->function) {
	case 0:
		write_console(call);
		break;
	case 1:
		break;
	case 2:
		print(call, &byte, 1);
		break;
	default:
		call->error = NOT_SUPPORTED;
	}
}

/* 5: legacy calls have one result. */
static bool call_legacy(struct call *call, uint64_t extension)
{
	uint8_t byte = (uint8_t)call->arguments[0];

	switch (extension) {
	case EXTENSION_SET_TIMER:
		call->function = 0;
		call_time(call);
		return true;
	case EXTENSION_PUT_CHARACTER:
		print(call, &byte, 1);
		return true;
	case EXTENSION_GET_CHARACTER:
		call->error = -1;
		return true;
	default:
		return false;
	}
}

static void call_extension(struct call *call, uint64_t extension)
{
	switch (extension) {
	case EXTENSION_BASE:
		call_base(call);
		break;
	case EXTENSION_TIME:
		call_time(call);
		break;
	case EXTENSION_IPI:
		call_ipi(call);
		break;
	case EXTENSION_RFENCE:
		call_rfence(call);
		break;
	case EXTENSION_HSM:
		call_hsm(call);
		break;
	case EXTENSION_SRST:
		call_srst(call);
		break;
	case EXTENSION_DBCN:
		call_dbcn(call);
		break;
	default:
		call->error = NOT_SUPPORTED;
	}
}

bool xlat__machine_sbi(void *opaque, struct xlat_hart *hart)
{
	struct xlat__machine_hart *caller = opaque;
	struct call call = {.hart = caller, .machine = caller->machine};
	uint64_t extension = xlat_hart_register(hart, A7);

	call.function = xlat_hart_register(hart, A6);
	for (unsigned i = 0; i < 6; i++)
		call.arguments[i] = xlat_hart_register(hart, A0 + i);
	caller->sbi_calls++;
	if (call_legacy(&call, extension)) {
		xlat_hart_set_register(hart, A0, (uint64_t)call.error);
		return true;
	}
	call_extension(&call, extension);
	xlat_hart_set_register(hart, A0, (uint64_t)call.error);
	xlat_hart_set_register(hart, A1, call.value);
	return true;
}
