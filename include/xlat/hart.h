/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hart: an RV64GC processor that executes what is in a space, instruction by instruction, with
 * the machine, supervisor and user modes of the RISC-V Privileged Architecture 1.12 and its
 * translation. It has no thread: who has a hart calls xlat_hart_run() for it, on a thread of its
 * own or in turns with others.
 *
 * A hart belongs to one thread at a time (xlat_hart_own()); only that thread may use it, but for
 * the calls that say any thread. A hart that is not inside xlat_hart_run() is idle: fences do not
 * wait for it.
 *
 * What the guest does wrong is a trap of the guest's. Guest code cannot make any call here fail.
 */
#ifndef XLAT_HART_H
#define XLAT_HART_H

#include <xlat/access.h>
#include <xlat/config.h>
#include <xlat/outcome.h>
#include <xlat/space.h>
#include <xlat/tlb.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_hart;

enum xlat_hart_mode {
	XLAT_HART_USER = 0,
	XLAT_HART_SUPERVISOR = 1,
	XLAT_HART_MACHINE = 3,
};

/* The wires of interrupts, by their bits in mip. */
enum xlat_hart_interrupt {
	XLAT_HART_SSIP = 1,
	XLAT_HART_MSIP = 3,
	XLAT_HART_STIP = 5,
	XLAT_HART_MTIP = 7,
	XLAT_HART_SEIP = 9,
	XLAT_HART_MEIP = 11,
};

/* Why xlat_hart_run() returned. */
enum xlat_hart_stop {
	XLAT_HART_LIMIT, /* it did as much as it was asked */
	XLAT_HART_WAITING, /* WFI, and no interrupt is pending: run again when one may be */
	XLAT_HART_STOPPED, /* xlat_hart_stop() was called */
	XLAT_HART_BREAKPOINT, /* the next instruction has a breakpoint; running again goes past it */
	XLAT_HART_WATCHPOINT, /* the next instruction touches a watchpoint (xlat_tlb_watch()) */
};

/* A write or read of a CSR that the hart does not have, offered to the host. */
struct xlat_hart_csr {
	unsigned number; /* 12 bits */
	bool reads, writes; /* what the instruction does */
	uint64_t value; /* to be written; what was read */
	uint64_t mask; /* the bits that are written */
};

struct xlat_hart_config {
	size_t size; /* sizeof(struct xlat_hart_config) */
	const char *name; /* for messages; copied; NULL: "hart" */
	/*
	 * The ISA string, as in a device tree: "rv64imafdc_zicsr_zba"; "g" is imafd, Zicsr and
	 * Zifencei. NULL: everything that xlat_hart_isa() names.
	 */
	const char *isa;
	uint64_t id; /* mhartid, and the requester of its accesses */
	uint64_t reset_address; /* of the first instruction */
	unsigned pmp_entries; /* 0: 16; at most 64; multiples of 16 */
	bool no_pmp; /* none */
	unsigned worlds; /* WorldGuard: how many world ids the platform has, at most 64; 0: none */
	unsigned trusted_world; /* WorldGuard: that of machine mode */
	/*
	 * Modes whose accesses are secure (XLAT_ATTR_SECURE), for TrustZone-like units: a set of 1 << enum
	 * xlat_hart_mode. The walks of page tables are a supervisor's.
	 */
	unsigned secure_modes;
	unsigned code_kilobytes; /* for decoded code; 0: 8192 */
	/* Guest time: instructions for one tick of the time CSR without `time` below; 0: 100. */
	unsigned instructions_per_tick;
	/* The time CSR, by any clock; NULL: by instructions. While running, by its thread. */
	uint64_t (*time)(void *opaque);
	/*
	 * An ECALL from supervisor mode: true when the host has answered it (a built-in SBI:
	 * arguments and results are in the registers), and execution goes on behind it; false: it
	 * traps.
	 */
	bool (*ecall)(void *opaque, struct xlat_hart *hart);
	/* True when the host has the CSR, and has done it. Its privilege has been checked. */
	bool (*csr)(void *opaque, struct xlat_hart *hart, struct xlat_hart_csr *csr);
	/* Before each instruction while tracing (xlat_hart_set_tracing()). bits: 16 or 32. */
	void (*trace)(void *opaque, struct xlat_hart *hart, uint64_t pc, uint32_t bits);
	/* An interrupt that a waiting hart would take, or a stop, has come in. Any thread. */
	void (*wake)(void *opaque);
	void *opaque;
};

/*
 * Makes a hart in the state after reset, in a space of physical addresses, owned by the calling
 * thread. Fails with -EINVAL (an ISA string that makes no sense, too many PMP entries or worlds, a mode that there is not),
 * -ENOTSUP (an extension that is not implemented), -ENOMEM, the errors of xlat_tlb_create(), or
 * config.h's.
 */
XLAT_MUST_CHECK int xlat_hart_create(struct xlat_space *space,
				     const struct xlat_hart_config *config,
				     struct xlat_hart **hart);

/* Ends a hart; by its owner, not while it runs. Accepts NULL. */
void xlat_hart_destroy(struct xlat_hart *hart);

/*
 * Makes the calling thread the owner. The former owner must have stopped using it, and that must
 * have been told to this thread (by a lock, a join).
 */
void xlat_hart_own(struct xlat_hart *hart);

/* Registers as after reset: machine mode, pc at the reset address, everything else zero. */
void xlat_hart_reset(struct xlat_hart *hart);

/* Everything implemented, as an ISA string. Never NULL. */
const char *xlat_hart_isa(void);

/*
 * Executes until there is a reason to stop, at most so many instructions (traps count as one); by
 * the owner. UINT64_MAX: no limit.
 */
enum xlat_hart_stop xlat_hart_run(struct xlat_hart *hart, uint64_t instructions);

/* Makes xlat_hart_run() return soon, or at once the next time. Any thread. */
void xlat_hart_stop(struct xlat_hart *hart);

/* Raises or lowers the wire of an interrupt. Any thread; also from a handler of a device. */
void xlat_hart_set_interrupt(struct xlat_hart *hart, enum xlat_hart_interrupt interrupt,
			     bool level);

/*
 * Sets mip.SSIP, as another hart's request does; the guest clears it (10.1.3). Any thread; also from
 * a handler of a device.
 */
void xlat_hart_raise_software(struct xlat_hart *hart);

/* Whether an enabled interrupt is pending: a waiting hart would go on. By the owner. */
bool xlat_hart_interrupted(const struct xlat_hart *hart);

/*
 * The tick of `time` at which the hart's own timer (stimecmp) goes off; UINT64_MAX: never. By the
 * owner.
 */
uint64_t xlat_hart_timer(const struct xlat_hart *hart);

/*
 * The time CSR, and by how much time by instructions is ahead of them: a WFI that skips time adds.
 */
uint64_t xlat_hart_time(struct xlat_hart *hart);
void xlat_hart_skip_time(struct xlat_hart *hart, uint64_t ticks);

/* Instructions retired since it was created, exact also inside a handler. By the owner. */
uint64_t xlat_hart_instructions(struct xlat_hart *hart);

/* --- Registers, by the owner, not while it runs but inside its callbacks. */

uint64_t xlat_hart_register(const struct xlat_hart *hart, unsigned number); /* x0 to x31; else 0 */
void xlat_hart_set_register(struct xlat_hart *hart, unsigned number, uint64_t value);
uint64_t xlat_hart_float_register(const struct xlat_hart *hart, unsigned number); /* raw bits */
void xlat_hart_set_float_register(struct xlat_hart *hart, unsigned number, uint64_t value);
uint64_t xlat_hart_pc(const struct xlat_hart *hart);
void xlat_hart_set_pc(struct xlat_hart *hart, uint64_t pc);
enum xlat_hart_mode xlat_hart_mode(const struct xlat_hart *hart);
void xlat_hart_set_mode(struct xlat_hart *hart, enum xlat_hart_mode mode);

/*
 * Reads or writes a CSR as machine mode would. Fails with -ENOENT (there is none), -EACCES
 * (read-only).
 */
XLAT_MUST_CHECK int xlat_hart_load_csr(struct xlat_hart *hart, unsigned number, uint64_t *value);
XLAT_MUST_CHECK int xlat_hart_store_csr(struct xlat_hart *hart, unsigned number, uint64_t value);

/* --- What debuggers want; as above. */

/* Reads and writes memory as the hart sees it now, with a debugger's rights and no side effects. */
enum xlat_outcome xlat_hart_load_memory(struct xlat_hart *hart, uint64_t address, void *buffer,
					size_t size);
enum xlat_outcome xlat_hart_store_memory(struct xlat_hart *hart, uint64_t address,
					 const void *buffer, size_t size);

/* Stops before the instruction at a virtual address. Fails with -ENOSPC (64), -EEXIST. */
XLAT_MUST_CHECK int xlat_hart_add_breakpoint(struct xlat_hart *hart, uint64_t address);
void xlat_hart_remove_breakpoint(struct xlat_hart *hart, uint64_t address);

/* After XLAT_HART_WATCHPOINT: the address of the access that was not made, and its kind. */
uint64_t xlat_hart_watchpoint(const struct xlat_hart *hart, enum xlat_access *access);

/* Whether config.trace is called before each instruction, which are executed one by one then. */
void xlat_hart_set_tracing(struct xlat_hart *hart, bool tracing);

/*
 * An instruction in words, as at an address: "addi a0, a0, 1". Cuts off what does not fit; always
 * ends it.
 */
void xlat_hart_disassemble(uint64_t pc, uint32_t bits, char *text, size_t size);

/*
 * The TLB that the hart reaches memory by; its owner is the hart's. For statistics, flushes,
 * watchpoints.
 */
struct xlat_tlb *xlat_hart_tlb(struct xlat_hart *hart);

/*
 * Flushes translations, and decoded code if so asked, at the next safepoint: what an SBI's RFENCE
 * needs. Any thread; xlat_tlb_fence() says when it is done.
 */
void xlat_hart_post_fence_i(struct xlat_hart *hart);

/* --- State. */

/*
 * Writes the state to `bytes`, as much as fits in `size`, and returns how many bytes it is; NULL
 * and 0 ask for that. By the owner, not while it runs.
 */
size_t xlat_hart_save(const struct xlat_hart *hart, void *bytes, size_t size);

/*
 * Brings a hart into a state that was saved. Returns 0; -EINVAL for bytes that are no such state;
 * -ENOTSUP for those of another version; -EXDEV for those of a hart with another ISA or other PMP
 * entries. After an error the hart is as it was.
 */
XLAT_MUST_CHECK int xlat_hart_restore(struct xlat_hart *hart, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
