/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A machine: RV64 harts, RAM, the devices that an operating system needs, and a firmware (SBI 2.0)
 * that is the host's own, all in a fabric of its own. It boots an unmodified Linux kernel. Two
 * machines share nothing.
 *
 * Harts run in turns on the thread that calls xlat_machine_run(), and time goes by instructions:
 * two runs with the same input are the same. Or each runs on a thread of its own, while somebody is
 * in xlat_machine_run(), and time is the host's. A machine belongs to one thread at a time, but for
 * the calls that say any thread.
 *
 * A machine boots once. A guest that wants to begin again is given another one.
 */
#ifndef XLAT_MACHINE_H
#define XLAT_MACHINE_H

#include <xlat/config.h>
#include <xlat/fabric.h>
#include <xlat/hart.h>
#include <xlat/pci_bus.h>
#include <xlat/region.h>
#include <xlat/riscv_adapter.h>
#include <xlat/space.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_machine;

enum {
	XLAT_MACHINE_HARTS = 8, /* at most */
	XLAT_MACHINE_TICKS = 10000000, /* of the time CSR in a second */
};

#define XLAT_MACHINE_RAM UINT64_C(0x80000000) /* where RAM begins */

/* Why xlat_machine_run() returned. */
enum xlat_machine_end {
	XLAT_MACHINE_LIMIT, /* it did as much as it was asked */
	XLAT_MACHINE_STOPPED, /* xlat_machine_stop() was called */
	XLAT_MACHINE_POWER_OFF, /* the guest wants no more */
	XLAT_MACHINE_RESET, /* the guest wants to begin again */
	XLAT_MACHINE_FAILED, /* the guest says that it failed: xlat_machine_code() */
	XLAT_MACHINE_IDLE, /* every hart waits, and nothing in the machine will wake one */
	XLAT_MACHINE_BREAKPOINT, /* a hart is at one: xlat_machine_broken_hart(); run again to go on */
	XLAT_MACHINE_WATCHPOINT, /* a hart is before an access to one; the same */
};

/* How the interrupts of devices reach the harts. */
enum xlat_machine_aia {
	XLAT_MACHINE_AIA_NONE = 0, /* a PLIC */
	XLAT_MACHINE_AIA_APLIC, /* an APLIC, whose wires interrupt the harts */
	XLAT_MACHINE_AIA_IMSIC, /* an APLIC, and IMSICs, which devices can send messages to */
};

struct xlat_machine_config {
	size_t size; /* sizeof(struct xlat_machine_config) */
	uint64_t memory; /* bytes of RAM, a multiple of 2 MiB; 0: 512 MiB */
	unsigned harts; /* 0: 1; at most XLAT_MACHINE_HARTS */
	const char *isa; /* of the harts, as hart.h has it; NULL: everything */
	unsigned instructions_per_tick; /* how fast a hart is; 0: 100, which is 1 GHz */
	uint64_t epoch; /* seconds since 1970 that its clock shows at first; 0: it begins with 2026 */
	/*
	 * It has no SBI of the host's: harts begin in machine mode, with firmware that is booted
	 * (xlat_machine_boot.firmware), and have PMP.
	 */
	bool firmware;
	bool threads; /* a thread for each hart; callbacks are called by any of them then */
	bool iommu; /* it has one, a RISC-V IOMMU, in front of what makes DMA */
	enum xlat_machine_aia aia;
	/*
	 * What is added to an address of RAM is its address on PCI, as the device tree tells
	 * (dma-ranges): for guests who map their devices' memory themselves. Only with an IOMMU; a
	 * multiple of 1 GiB.
	 */
	uint64_t dma_offset;
	/* What the guest prints, on any of its consoles, one call at a time; or NULL. */
	void (*print)(void *opaque, const uint8_t *bytes, size_t count);
	/*
	 * Every hart waits, for so many nanoseconds of guest time; UINT64_MAX: until there is input.
	 * Time is skipped when this returns: a host that wants to spend it, waits. False: there will
	 * be no input. NULL: false. Not with threads.
	 */
	bool (*idle)(void *opaque, uint64_t nanoseconds);
	/* The IOMMU refused an access, or recorded a fault: as in riscv_adapter.h; or NULL. */
	void (*fault)(void *opaque, const struct xlat_riscv_iommu_fault *fault);
	void *opaque; /* given to these */
};

/*
 * Makes a machine with nothing to run. Fails with -EINVAL (too much memory or no multiple of 2
 * MiB, too many harts, an offset that is none, an ISA without what Linux needs), -ENOTSUP (an extension that is not
 * implemented), -ENOMEM, or the errors of config.h.
 */
XLAT_MUST_CHECK int xlat_machine_create(const struct xlat_machine_config *config,
					struct xlat_machine **machine);

/* Ends a machine; not while it runs. Accepts NULL. */
void xlat_machine_destroy(struct xlat_machine *machine);

/* What a machine is to boot; nothing of it is needed any more when xlat_machine_boot() returns. */
struct xlat_machine_boot {
	size_t size; /* sizeof(struct xlat_machine_boot) */
	const void *kernel; /* a Linux Image */
	size_t kernel_length;
	const void *initrd; /* or NULL */
	size_t initrd_length;
	const char *append; /* the kernel's command line; NULL: none */
	const void *device_tree; /* NULL: the machine's own */
	size_t device_tree_length;
	/*
	 * Of a machine that wants it: what is put where RAM begins, and executed there by all harts
	 * in machine mode, with a0 the hart, a1 the device tree and a2 where OpenSBI's fw_dynamic is
	 * told of the kernel (its documentation: fw_dynamic.md).
	 */
	const void *firmware;
	size_t firmware_length;
};

/*
 * Puts kernel, initrd and device tree into RAM, and the harts before their first instruction.
 * Fails with -EBUSY (it has been booted), -ENOEXEC (no Linux Image for RISC-V), -EINVAL (a device tree that is
 * none; firmware for a machine that has its own, or none for one that has not), -EFBIG
 * (there is not enough RAM), -ENOMEM.
 */
XLAT_MUST_CHECK int xlat_machine_boot(struct xlat_machine *machine,
				      const struct xlat_machine_boot *boot);

/*
 * Writes the device tree that describes the machine, as a blob, to a buffer that free() ends.
 * Fails with -ENOMEM. boot: for its command line and initrd; NULL: without.
 */
XLAT_MUST_CHECK int xlat_machine_device_tree(struct xlat_machine *machine,
					     const struct xlat_machine_boot *boot, void **blob,
					     size_t *length);

/*
 * Runs, at most for so many instructions of each hart (UINT64_MAX: no limit), a few thousand more
 * or less. What ended for the guest stays ended. Threads that cannot be made are as LIMIT.
 */
enum xlat_machine_end xlat_machine_run(struct xlat_machine *machine, uint64_t instructions);

/*
 * One instruction of a hart, whatever breakpoint it has; the others stand still. LIMIT when it is
 * done, WATCHPOINT, IDLE (it is not started), or what ended the guest.
 */
enum xlat_machine_end xlat_machine_step(struct xlat_machine *machine, unsigned hart);

/* The hart that stopped last for BREAKPOINT or WATCHPOINT. */
unsigned xlat_machine_broken_hart(const struct xlat_machine *machine);

/* Makes xlat_machine_run() return soon, or at once the next time. Any thread, also a callback. */
void xlat_machine_stop(struct xlat_machine *machine);

/* What the guest said with POWER_OFF, RESET and FAILED: its reason or code; 0 without one. */
unsigned xlat_machine_code(const struct xlat_machine *machine);

/*
 * Bytes for the guest's console to read; returns how many there was room for, the first of them.
 * Any thread, but not from `print`.
 */
size_t xlat_machine_type(struct xlat_machine *machine, const uint8_t *bytes, size_t count);

/*
 * Hands a machine as bytes to write, piece by piece, while it does not run; what goes on is the same
 * whether this machine or a restored one does, but with threads. What is attached to its bus and to
 * its root is not in it. Returns 0; -EINVAL: it has not been booted, or has ended; -ENOMEM; or what
 * write returned that is not 0.
 */
XLAT_MUST_CHECK int xlat_machine_save(struct xlat_machine *machine,
				      int (*write)(void *opaque, const void *bytes, size_t length),
				      void *opaque);

/*
 * Brings a machine that was made with the same configuration, and has not been booted, into a state
 * that was saved; what is on its bus is restored behind it. read fills all of its buffer. Returns 0;
 * -EBUSY: it has been booted; -EINVAL: bytes that are no such state; -ENOTSUP: of another version;
 * -EXDEV: of another machine; -ENOMEM; or what read returned that is not 0. After an error it can
 * only be destroyed.
 */
XLAT_MUST_CHECK int xlat_machine_restore(struct xlat_machine *machine,
					 int (*read)(void *opaque, void *bytes, size_t length),
					 void *opaque);

/* What it consists of; all valid as long as the machine. */
struct xlat_fabric *xlat_machine_fabric(struct xlat_machine *machine);
struct xlat_space *xlat_machine_space(struct xlat_machine *machine); /* physical addresses */
struct xlat_region *xlat_machine_root(struct xlat_machine *machine); /* to attach more to */
unsigned xlat_machine_hart_count(const struct xlat_machine *machine);
struct xlat_hart *xlat_machine_hart(struct xlat_machine *machine, unsigned index); /* or NULL */
struct xlat_riscv_adapter *xlat_machine_iommu(struct xlat_machine *machine); /* NULL: none */

/*
 * The root bus of PCI, all of whose DMA goes through the IOMMU, by requester id. Functions are
 * attached before the guest boots, and destroyed before the machine.
 */
struct xlat_pci_bus *xlat_machine_pci(struct xlat_machine *machine);

/* The level of an interrupt of the PLIC or APLIC, 1 to 95. Any thread. */
void xlat_machine_set_interrupt(struct xlat_machine *machine, unsigned source, bool level);

/* Guest time in nanoseconds since it was made. */
uint64_t xlat_machine_time(struct xlat_machine *machine);

/* Counts since it was made; by its thread. */
struct xlat_machine_statistics {
	uint64_t instructions; /* of all harts */
	uint64_t sbi_calls;
	uint64_t waits; /* when every hart waited */
	uint64_t skipped; /* nanoseconds of guest time that nobody waited for */
	uint64_t faults; /* of the IOMMU */
};
struct xlat_machine_statistics xlat_machine_statistics(struct xlat_machine *machine);

#ifdef __cplusplus
}
#endif
#endif
