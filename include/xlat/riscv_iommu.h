/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A functional model of the RISC-V IOMMU (RISC-V IOMMU Architecture Specification, version 1.0,
 * with its ratified extensions). It needs nothing else of the library: its memory is a table of
 * callbacks, implement/model_host.h.
 *
 * Translations may be asked for from any number of threads at once, also while others read and
 * write registers, execute commands and deliver messages. Reset and destruction need the model to
 * themselves.
 *
 * The model does nothing by itself: a host that sees the tail of the command queue written calls
 * xlat_riscv_iommu_step() until it returns false, where and when it likes. Fault records,
 * interrupts and messages are given to the host's callbacks by the call that made them due, or by
 * one that is already at it in another thread.
 */
#ifndef XLAT_RISCV_IOMMU_H
#define XLAT_RISCV_IOMMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xlat/access.h>
#include <xlat/config.h>
#include <xlat/implement/model_host.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_riscv_iommu;

/* The formats of page tables: of a first stage, then of a second. */
enum xlat_riscv_iommu_format {
	XLAT_RISCV_IOMMU_SV32,
	XLAT_RISCV_IOMMU_SV39,
	XLAT_RISCV_IOMMU_SV48,
	XLAT_RISCV_IOMMU_SV57,
	XLAT_RISCV_IOMMU_SV32X4,
	XLAT_RISCV_IOMMU_SV39X4,
	XLAT_RISCV_IOMMU_SV48X4,
	XLAT_RISCV_IOMMU_SV57X4,
	XLAT_RISCV_IOMMU_FORMATS,
};

/*
 * What the specification leaves to the implementation. `size` is sizeof(struct
 * xlat_riscv_iommu_config) as the caller knows it; every zero means the default.
 */
struct xlat_riscv_iommu_config {
	size_t size;
	uint64_t capabilities; /* raw (5.3). Default: everything, version 1.0, 56-bit addresses */
	uint32_t fctl; /* reset value (5.4). Default 0: little-endian, MSI, GXL 0 */
	uint32_t fctl_fixed; /* fields that cannot be written though capabilities would allow it */
	uint8_t reset_mode; /* ddtp.iommu_mode after reset: 0 Off or 1 Bare */
	uint8_t highest_mode; /* the highest ddtp.iommu_mode that can be written, 2 to 4. Default 4 */
	uint32_t device_id_mask; /* device id bits that exist. Default: all 24 */
	uint16_t rcid_mask; /* RCID bits that exist. Default: all 12 */
	uint16_t mcid_mask; /* MCID bits that exist. Default: all 12 */
	/*
	 * How large a page a stage that is Bare makes, as log2 of its bytes, by the widest format
	 * that capabilities has for that stage. Default: the largest page of that format.
	 */
	uint8_t bare_shift[XLAT_RISCV_IOMMU_FORMATS];
	uint8_t vectors; /* interrupt vectors: 1, 2, 4, 8 or 16. Default 16 */
	uint8_t counters; /* event counters of the performance monitor, 1 to 31. Default 31 */
	uint8_t counter_bits; /* their width, 32 to 64; the cycles counter has at most 63. Default 64 */
	uint8_t invalidation_tags; /* ATS invalidation requests that may be out, 1 to 32. Default 32 */
	uint16_t event_mask; /* event id bits that exist. Default: all 15 */
	/*
	 * 2.8: how much is cached; rounded up to a power of two, 2^24 at most. Default: nothing, so that
	 * every request sees memory as it is.
	 */
	uint32_t cached_translations;
	uint32_t cached_devices;
	uint32_t cached_processes; /* only with devices */
	bool big_endian_msis; /* a memory-resident interrupt file takes big-endian MSIs too */
	bool ats_fills_cache; /* translation requests leave their translations in the cache too */
};

/* The kind of request (PCIe ATS: the address type). */
enum xlat_riscv_iommu_request_type {
	XLAT_RISCV_IOMMU_UNTRANSLATED = 0,
	XLAT_RISCV_IOMMU_TRANSLATION_REQUEST = 1,
	XLAT_RISCV_IOMMU_TRANSLATED = 2,
};

/* What an entry that the walk read is. */
enum xlat_riscv_iommu_step_kind {
	XLAT_RISCV_IOMMU_STEP_DDT, /* non-leaf device directory entry; level 2 or 1 */
	XLAT_RISCV_IOMMU_STEP_DC, /* doubleword `level` of the device context */
	XLAT_RISCV_IOMMU_STEP_PDT, /* non-leaf process directory entry; level 2 or 1 */
	XLAT_RISCV_IOMMU_STEP_PC, /* doubleword `level` of the process context */
	XLAT_RISCV_IOMMU_STEP_FIRST, /* first-stage page table entry; level 0 is the last */
	XLAT_RISCV_IOMMU_STEP_SECOND, /* second-stage page table entry; level 0 is the last */
	XLAT_RISCV_IOMMU_STEP_MSI_PTE, /* doubleword `level` of the MSI page table entry */
};

/* One entry that the walk read. The strings live as long as the call. */
struct xlat_riscv_iommu_step {
	enum xlat_riscv_iommu_step_kind kind;
	unsigned level;
	unsigned length; /* bytes of the entry: 4 or 8 */
	bool implicit; /* second stage: for the address of another table, not of the access */
	uint64_t address; /* where it lies in supervisor physical memory */
	uint64_t guest_address; /* where the guest says it lies; = address without a second stage */
	uint64_t value;
	const char *what; /* "DDT level 1", "DC.tc", "first stage level 0" */
	const char *meaning; /* "leaf, RWX-U-G-AD, 4 KiB", "table", "not valid" */
};

/* A request for a translation. `size` is sizeof(struct xlat_riscv_iommu_request). */
struct xlat_riscv_iommu_request {
	size_t size;
	enum xlat_riscv_iommu_request_type type;
	uint32_t device_id; /* 24 bits */
	uint32_t process_id; /* 20 bits, if valid */
	bool process_id_valid; /* for PCIe: the request has a PASID */
	bool privileged; /* with a process id: supervisor privilege is requested */
	bool exec; /* of a read: for execute; of a translation request: execute is requested */
	bool write; /* a write or an atomic; else a read */
	bool no_write; /* of a translation request: write permission is not requested */
	bool cxl; /* the device is a CXL type 1 or 2 device */
	uint64_t iova;
	uint64_t length; /* bytes of the access; 0 as 1 */

	/* NULL, or called for each entry that the walk reads, in order. */
	void (*trace)(void *opaque, const struct xlat_riscv_iommu_step *step);
	void *trace_opaque;

	void *host_context; /* given to the host's memory calls that this request leads to */
};

/* What the requester is told. */
enum xlat_riscv_iommu_status {
	XLAT_RISCV_IOMMU_SUCCESS = 0,
	XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST = 1,
	XLAT_RISCV_IOMMU_COMPLETER_ABORT = 2,
	XLAT_RISCV_IOMMU_RETRY =
		3, /* nothing yet: memory could not answer at once; ask again later */
};

/* A fault, by the fields of the fault record (3.2). */
struct xlat_riscv_iommu_fault {
	uint16_t cause; /* 0: none */
	uint8_t ttyp;
	bool reported; /* a fault record is due: not disabled by DTF, nor answered instead */
	bool pv;
	bool priv;
	uint32_t pid;
	uint32_t did;
	uint64_t iotval;
	uint64_t iotval2;
};

struct xlat_riscv_iommu_response {
	enum xlat_riscv_iommu_status status;

	/*
	 * With success: the physical address of `iova` (of a translation request with T2GPA the
	 * guest's), and log2 of the size of the naturally aligned range around it whose addresses
	 * run on contiguously. Not of an MSI to a memory-resident interrupt file.
	 */
	uint64_t address;
	uint8_t page_shift; /* 12 to 63 */
	/*
	 * log2 of the size of the first-stage leaf, 0 without one. It may be larger than the page:
	 * an invalidation of any of its addresses ends all of it.
	 */
	uint8_t leaf_shift;

	/*
	 * What the device may do in that range without asking again, a set of enum xlat_rights: a
	 * write is missing while it would have to set a dirty bit. Empty in an answer to a
	 * translation request that grants nothing.
	 */
	uint8_t rights;
	uint8_t pbmt; /* page-based memory type: 0 PMA, 1 NC, 2 IO */
	bool untranslated_only; /* of a translation request: U, use untranslated requests only */
	bool global; /* G */
	bool privileged; /* Priv */
	bool no_snoop; /* N */
	bool cxl_io; /* CXL.io */
	uint8_t ama; /* AMA */
	bool is_msi; /* the address is of a virtual interrupt file, translated by its MSI page table */
	bool is_mrif; /* ... that is resident in memory: */
	uint64_t mrif_address; /* the 512 bytes of the interrupt file */
	uint64_t notice_address; /* where the notice MSI goes */
	uint32_t notice_id; /* what it says */
	uint64_t space; /* whose it is, as an invalidation of the host's names it (model_host.h) */
	uint16_t rcid; /* QoS ids for the device's access */
	uint16_t mcid;

	struct xlat_riscv_iommu_fault fault;
};

/*
 * Makes a model in the state after reset. NULL config: all defaults. The host table is copied.
 * Returns 0; -EINVAL for a host without its required calls, a structure without its size, or a
 * value out of its range (the reset and the highest mode, a page size, a mask); -E2BIG for a
 * structure with options that this library does not know; -ENOMEM.
 */
XLAT_MUST_CHECK
int xlat_riscv_iommu_create(const struct xlat_riscv_iommu_config *config,
			    const struct xlat_model_host *host, void *host_opaque,
			    struct xlat_riscv_iommu **iommu);

/* Frees the model. No call of it may be in progress. NULL is allowed. */
void xlat_riscv_iommu_destroy(struct xlat_riscv_iommu *iommu);

/*
 * Gives the model another configuration, as one made anew would have, without a reset: registers
 * keep their values, but for capabilities, and caches what they hold. Their sizes cannot change.
 * Returns 0; or the errors of create, and -EINVAL for other sizes, and the model is as it was. It
 * needs the model to itself.
 */
XLAT_MUST_CHECK
int xlat_riscv_iommu_reconfigure(struct xlat_riscv_iommu *iommu,
				 const struct xlat_riscv_iommu_config *config);

/* 5.2: registers and caches as after reset; the host is told that all translations ended. */
void xlat_riscv_iommu_reset(struct xlat_riscv_iommu *iommu);

/*
 * Reads a register, without side effects: 4 or 8 bytes, aligned, within one register or its half.
 * Anything else reads 0, as do registers that capabilities rules out.
 */
uint64_t xlat_riscv_iommu_read(const struct xlat_riscv_iommu *iommu, uint64_t offset,
			       unsigned size);

/*
 * Restores a register as it was captured, read-only ones too, without the side effects of a write:
 * 4 or 8 bytes, aligned; 8 may be two registers of 4. Returns 0 or -EINVAL for another place or
 * size.
 */
int xlat_riscv_iommu_load(struct xlat_riscv_iommu *iommu, uint64_t offset, unsigned size,
			  uint64_t value);

/*
 * Writes a register, with its effects: 4 or 8 bytes, aligned, within one register or its half.
 * Anything else is ignored, as are registers that capabilities rules out. Any thread.
 */
void xlat_riscv_iommu_write(struct xlat_riscv_iommu *iommu, uint64_t offset, unsigned size,
			    uint64_t value);

/*
 * 3.1 Executes at most one command of the command queue, and ends what makes ddtp busy. Returns
 * whether it did execute one; false if the queue is
 * empty, off, stopped by an error, or at a command that has to wait (a fence, or an invalidation request
 * without a tag, or memory that could not answer at once): then it is to be called again after a message
 * came in, a time-out, or the host's memory or sync may have changed its mind. Any thread; while one is at it the others return false.
 */
bool xlat_riscv_iommu_step(struct xlat_riscv_iommu *iommu);

/*
 * Steps until there is nothing to do, `most` times at most: a guest may fill the queue as fast as it
 * is emptied. Returns how many commands that were.
 */
size_t xlat_riscv_iommu_run(struct xlat_riscv_iommu *iommu, size_t most);

/* A page request (or stop marker) message of a device (2.7). */
struct xlat_riscv_iommu_page_request {
	uint32_t device_id; /* 24 bits */
	uint32_t process_id; /* 20 bits, if valid */
	bool process_id_valid; /* the message has a PASID */
	bool privileged; /* Privileged Mode Requested, with a PASID */
	bool exec; /* Execute Requested, with a PASID */
	uint64_t payload; /* bytes 8 to 15 of the message, as 3.3 lays them out */
	void *host_context; /* given to the host's memory calls that locate the device context */
};

/*
 * 2.7: takes a page request to its queue, or answers it. Returns whether it did; false if memory
 * could not answer at once, and the request is to be made again. Any thread.
 */
bool xlat_riscv_iommu_page_request(struct xlat_riscv_iommu *iommu,
				   const struct xlat_riscv_iommu_page_request *request);

/*
 * An invalidation completion message of a device (3.1.4): the tags that it is for, a bit each, and
 * its completion count. Returns whether it was unexpected: a tag that is not out, or not to this
 * device. Any thread.
 */
bool xlat_riscv_iommu_invalidation_complete(struct xlat_riscv_iommu *iommu, uint32_t device_id,
					    uint32_t tags, unsigned completion_count);

/*
 * The protocol's time-out for those tags that are out; 0: somebody in the host cannot let go of what
 * was invalidated, which nothing else of the specification tells. The next fence tells of it. Any
 * thread.
 */
void xlat_riscv_iommu_invalidation_timeout(struct xlat_riscv_iommu *iommu, uint32_t tags);

/*
 * 2.3 Translates a request as the hardware would: it may set accessed and dirty bits, and a fault is
 * recorded. *response is filled whatever comes out. From any thread, many at once.
 */
void xlat_riscv_iommu_translate(struct xlat_riscv_iommu *iommu,
				const struct xlat_riscv_iommu_request *request,
				struct xlat_riscv_iommu_response *response);

/*
 * The same without side effects: memory is only read, nothing is recorded or cached. The answer is
 * the one that xlat_riscv_iommu_translate would give now, but for what the dirty bits that it would
 * set while it reads tables change about the tables themselves. From any thread, many at once.
 */
void xlat_riscv_iommu_peek(const struct xlat_riscv_iommu *iommu,
			   const struct xlat_riscv_iommu_request *request,
			   struct xlat_riscv_iommu_response *response);

/* A device that the device directory names. */
struct xlat_riscv_iommu_device {
	uint32_t id;
	bool translates; /* not everything is Bare: a stage, a process directory or an MSI page table */
};

/*
 * Calls visit for each device whose device context in the device directory (2.1) has V set, whether
 * the rest of it makes sense or not, in order; stops when it returns nonzero and returns that. What
 * cannot be read is passed over; without a directory (ddtp.iommu_mode Off or Bare) there is none.
 * No side effects. host_context is for the host's memory calls. From any thread, many at once.
 */
int xlat_riscv_iommu_for_each_device(const struct xlat_riscv_iommu *iommu, void *host_context,
				     int (*visit)(void *opaque,
						  const struct xlat_riscv_iommu_device *device),
				     void *opaque);

/*
 * Stores the write of a device to a memory-resident interrupt file, that a translation told of by
 * is_mrif: sets the pending bit of the identity in the four bytes, as they were written, and sends
 * the notice. Success if it was stored, or accepted and discarded, as the Advanced Interrupt
 * Architecture says; an unsupported request if it is not an aligned write of four bytes, or the
 * file's memory fails (which is a fault of its own); RETRY if memory could not answer at once, and
 * the same is to be stored again. Any thread.
 */
enum xlat_riscv_iommu_status xlat_riscv_iommu_store_msi(
	struct xlat_riscv_iommu *iommu, const struct xlat_riscv_iommu_request *request,
	const struct xlat_riscv_iommu_response *response, const uint8_t bytes[4]);

/*
 * Writes the model's state to `bytes`, as much as fits in `size`, and returns how many bytes it is;
 * NULL and 0 ask for that. No other call of the model may be in progress.
 */
size_t xlat_riscv_iommu_save(struct xlat_riscv_iommu *iommu, void *bytes, size_t size);

/*
 * Brings a model into a state that was saved. Returns 0; -EINVAL for bytes that are no such state,
 * or too few, or too many; -ENOTSUP for those of another version; -EXDEV for those of a model with
 * other capabilities. After an error the model is as it was. No other call of it may be in
 * progress.
 */
XLAT_MUST_CHECK
int xlat_riscv_iommu_restore(struct xlat_riscv_iommu *iommu, const void *bytes, size_t size);

/* The description of a fault's cause (3.2): "DDT entry not valid". Never NULL. */
const char *xlat_riscv_iommu_cause_name(unsigned cause);

#ifdef __cplusplus
}
#endif
#endif
