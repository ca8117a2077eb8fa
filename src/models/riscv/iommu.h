/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The model's own state, and the state of one request on its way through chapter 2. A request
 * copies the registers that decide about it when it begins and keeps everything else on its
 * caller's stack, so that any number of them are under way at once.
 */
#ifndef XLAT_MODELS_RISCV_IOMMU_H
#define XLAT_MODELS_RISCV_IOMMU_H

#include <pthread.h>

#include <xlat/riscv_iommu.h>

#include "iommu/page_table/walk.h"
#include "models/riscv/bits.h"

/* A page request that is due for its queue (3.3): the record. */
struct xlat__riscv_page_record {
	uint64_t words[2];
};

/* 3.1.4: an invalidation request that is out. */
struct xlat__riscv_tag {
	bool out;
	bool segment_valid;
	uint8_t segment;
	uint8_t completions; /* seen so far */
	uint16_t requester;
};

/* 5.23: the standard events. */
enum xlat__riscv_event {
	XLAT__RISCV_UNTRANSLATED = 1,
	XLAT__RISCV_TRANSLATED = 2,
	XLAT__RISCV_TRANSLATION_REQUEST = 3,
	XLAT__RISCV_TLB_MISS = 4,
	XLAT__RISCV_DDT_WALK = 5,
	XLAT__RISCV_PDT_WALK = 6,
	XLAT__RISCV_FIRST_STAGE_WALK = 7,
	XLAT__RISCV_SECOND_STAGE_WALK = 8,
};

enum {
	XLAT__RISCV_RETRY = 4096, /* no cause of a fault: memory could not answer at once */
	XLAT__RISCV_DUE = 64, /* records that may wait for their queue while another is written */
};

struct xlat__riscv_caches;

struct xlat_riscv_iommu {
	struct xlat_riscv_iommu_config config; /* with its defaults filled in */
	struct xlat_model_host host; /* with its defaults filled in, but for message */
	void *host_opaque;
	/*
	 * 5.1: the registers, eight bytes each, at their offset / 8. Read atomically at any time, written
	 * atomically with the lock held.
	 */
	uint64_t registers[REG_END / 8];

	struct xlat__riscv_caches *caches; /* cache.h; with a lock of their own */

	pthread_mutex_t lock; /* guards what follows; never held while the host is called */
	bool settling; /* a thread is doing what is due */
	uint16_t messages_due; /* interrupt vectors whose message is due */
	uint16_t wires; /* as the host was told them */
	struct xlat_riscv_iommu_fault faults[XLAT__RISCV_DUE]; /* due: a ring */
	unsigned first_fault, fault_count;
	struct xlat__riscv_page_record pages[XLAT__RISCV_DUE]; /* due: a ring */
	unsigned first_page, page_count;
	bool in_cq, in_fq, in_pq; /* a thread is at an entry of the queue in memory */
	bool ending_mode; /* the host is about to be told that ddtp has changed */
	struct xlat__riscv_tag tags[32];
	bool timed_out; /* an invalidation request, since the last fence that told */
	uint64_t cycles_since; /* the clock when iohpmcycles was last set; read atomically */
	uint32_t counting; /* counters that count, a bit each; read atomically */
};

/* 2.1.2 The device context in the host's byte order; the base format leaves the rest zero. */
struct xlat__riscv_device_context {
	uint64_t tc, iohgatp, ta, fsc;
	uint64_t msiptp, msi_addr_mask, msi_addr_pattern, reserved;
};

/* 2.2.2 The process context. */
struct xlat__riscv_process_context {
	uint64_t ta, fsc;
};

/* One request on its way. */
struct xlat__riscv_transaction {
	const struct xlat_riscv_iommu *iommu;
	struct xlat_riscv_iommu *writable; /* the same, or NULL: peek, nothing changes */
	const struct xlat_riscv_iommu_request *request;
	bool dry; /* peek: nothing is written */
	bool debug; /* from the translation-request registers */
	bool missed; /* its translation is not cached */

	/* Registers, as they were when it began. */
	uint64_t capabilities, ddtp;
	uint32_t fctl;

	uint8_t rights; /* what the access needs, a set of enum xlat_rights */
	bool partial; /* a translation request: it is told what it may do, and not refused */
	bool privileged; /* supervisor privilege, with a process id */
	uint32_t process_id; /* with the default that DPE gives */

	uint64_t noted; /* invalidations before it began: what is read may be cached if no more came */
	uint64_t birth; /* of the device context in its cache; 0: it is not there */

	bool dc_valid;
	struct xlat__riscv_device_context dc;
	struct xlat_model_attrs attrs; /* QoS ids of the structures that the device context names */

	/* The address space, once it is known: tags of caches, and filters of events. */
	bool pscv, gv;
	uint32_t pscid;
	uint16_t gscid;

	uint64_t iotval2; /* of the fault, once there is one */
};

/* The controls of the first stage, from the device or the process context. */
struct xlat__riscv_first_stage {
	uint8_t mode; /* iosatp.MODE */
	uint64_t ppn;
	bool sum;
};

/* ... whose ta is that of a process context, or 0. */
static inline struct xlat__riscv_first_stage xlat__riscv_first_stage_of(uint64_t fsc, uint64_t ta)
{
	return (struct xlat__riscv_first_stage){
		.mode = (uint8_t)ATP_MODE(fsc),
		.ppn = ATP_PPN(fsc),
		.sum = ta & PC_TA_SUM,
	};
}

/* What a stage, or both, made of an address. */
struct xlat__riscv_mapping {
	uint64_t address;
	uint8_t shift;
	uint8_t leaf_shift; /* of the first stage's leaf; 0: Bare */
	uint8_t pbmt;
	uint8_t rights;
	bool global;
	bool is_msi, is_mrif;
	uint64_t mrif_address, notice_address;
	uint32_t notice_id;
};

/* Why the second stage is asked: for the access, or for a table of the first stage. */
enum xlat__riscv_reason {
	XLAT__RISCV_ACCESS,
	XLAT__RISCV_IMPLICIT_READ,
	XLAT__RISCV_IMPLICIT_WRITE,
};

/* How hosts are told of an address space: PSCID 19:0, GSCID 35:20, whether it has them 36, 37. */
#define XLAT__RISCV_SPACE_PSCV BIT(36)
#define XLAT__RISCV_SPACE_GV BIT(37)
#define XLAT__RISCV_SPACE_MACHINE (XLAT__RISCV_SPACE_GV | BITS(35, 20))
#define XLAT__RISCV_SPACE_PROCESS BITS(37, 0)

static inline uint64_t xlat__riscv_space(bool gv, uint16_t gscid, bool pscv, uint32_t pscid)
{
	return (gv ? XLAT__RISCV_SPACE_GV | (uint64_t)gscid << 20 : 0) |
	       (pscv ? XLAT__RISCV_SPACE_PSCV | pscid : 0);
}

/* A register's current value, by its offset (a multiple of 8). */
static inline uint64_t xlat__riscv_register(const struct xlat_riscv_iommu *iommu, unsigned offset)
{
	return __atomic_load_n(&iommu->registers[offset / 8], __ATOMIC_RELAXED);
}

/* 5.4: the fields of fctl that cannot be written, by configuration or for want of a choice. */
static inline uint32_t xlat__riscv_fctl_fixed(const struct xlat_riscv_iommu *iommu,
					      uint64_t capabilities)
{
	uint32_t fixed = iommu->config.fctl_fixed;

	if (!(capabilities & CAP_END))
		fixed |= FCTL_BE;
	if (CAP_IGS(capabilities) != IGS_BOTH)
		fixed |= FCTL_WSI;
	if (!(capabilities & (CAP_SV32 | CAP_SV32X4)))
		fixed |= FCTL_GXL;
	return fixed;
}

/*
 * The functions below return the cause of a fault (bits.h) or 0. They change nothing but the
 * transaction and what they are told to fill.
 */

/* memory.c */

/* The cause for an answer other than OK: of data corruption, of an access fault, or to try again. */
static inline unsigned xlat__riscv_memory_cause(enum xlat_model_memory memory, unsigned corrupt,
						unsigned access_fault)
{
	switch (memory) {
	case XLAT_MODEL_MEMORY_CORRUPT:
		return corrupt;
	case XLAT_MODEL_MEMORY_RETRY:
		return XLAT__RISCV_RETRY;
	default:
		return access_fault;
	}
}

/*
 * Reads `count` (1 to 8) doublewords of a structure. Beyond the physical address space
 * (capabilities.PAS) nothing answers.
 */
enum xlat_model_memory xlat__riscv_read(const struct xlat__riscv_transaction *t, uint64_t address,
					uint64_t *words, unsigned count,
					struct xlat_model_attrs attrs);

/* Reads a page table entry of 4 or 8 bytes. */
enum xlat_model_memory xlat__riscv_read_entry(const struct xlat__riscv_transaction *t,
					      uint64_t address, unsigned size, uint64_t *entry,
					      const struct xlat_model_attrs *attrs);

/* Replaces a page table entry of 4 or 8 bytes if it still is `old`. */
enum xlat_model_memory xlat__riscv_swap_entry(const struct xlat__riscv_transaction *t,
					      uint64_t address, unsigned size, uint64_t old,
					      uint64_t desired, bool *swapped,
					      const struct xlat_model_attrs *attrs);

/* Writes a doubleword, with no regard to what it was. */
enum xlat_model_memory xlat__riscv_write_entry(const struct xlat__riscv_transaction *t,
					       uint64_t address, uint64_t entry,
					       const struct xlat_model_attrs *attrs);

/* What the access needs. A translation request asks; it does not need. */
static inline uint8_t xlat__riscv_rights(const struct xlat_riscv_iommu_request *request)
{
	if (request->type == XLAT_RISCV_IOMMU_TRANSLATION_REQUEST)
		return (uint8_t)(XLAT_RIGHT_R | (request->no_write ? 0 : XLAT_RIGHT_W) |
				 (request->exec ? XLAT_RIGHT_X : 0));
	if (request->write)
		return XLAT_RIGHT_W;
	return request->exec ? XLAT_RIGHT_X : XLAT_RIGHT_R;
}

/*
 * 2.3 step 5: whether the device id is wider than the mode of ddtp (of 1 to 3 levels), or the
 * implementation, supports.
 */
static inline bool xlat__riscv_device_id_too_wide(const struct xlat_riscv_iommu *iommu,
						  uint64_t mode, uint32_t did)
{
	static const uint8_t bits[2][3] = {{7, 16, 24}, {6, 15, 24}}; /* by format and levels */
	bool extended = xlat__riscv_register(iommu, REG_CAPABILITIES) & CAP_MSI_FLAT;

	return did >> bits[extended][mode - DDTP_MODE_1LVL] ||
	       (did & ~iommu->config.device_id_mask);
}

/* translate.c: a request at its beginning. */
struct xlat__riscv_transaction xlat__riscv_begin(struct xlat_riscv_iommu *iommu,
						 const struct xlat_riscv_iommu_request *request,
						 bool dry);

/* ... and one of the translation-request registers (4). */
void xlat__riscv_serve_debug(struct xlat_riscv_iommu *iommu,
			     const struct xlat_riscv_iommu_request *request,
			     struct xlat_riscv_iommu_response *response);

/* performance.c: counts an event for all counters that want it. Takes the lock if any may. */
void xlat__riscv_count_slowly(const struct xlat__riscv_transaction *t,
			      enum xlat__riscv_event event);

static inline void xlat__riscv_count(const struct xlat__riscv_transaction *t,
				     enum xlat__riscv_event event)
{
	if (__builtin_expect(t->writable != NULL, 1) &&
	    __builtin_expect(__atomic_load_n(&t->iommu->counting, __ATOMIC_RELAXED) != 0, 0))
		xlat__riscv_count_slowly(t, event);
}

/* device_context.c: 2.3.1 Process to locate the device-context; fills t->dc. */
unsigned xlat__riscv_locate_device_context(struct xlat__riscv_transaction *t);

/* process_context.c: 2.3.2 Process to locate the process-context, by t->process_id. */
unsigned xlat__riscv_locate_process_context(struct xlat__riscv_transaction *t,
					    struct xlat__riscv_process_context *pc);

/* Whether an iosatp.MODE is valid and supported, for this tc.SXL. */
bool xlat__riscv_first_stage_mode_supported(uint64_t capabilities, bool sxl, unsigned mode);

/*
 * stages.c: the two stages of 2.3, steps 17 and 19; they fill address, shift, pbmt, rights and
 * global.
 */
unsigned xlat__riscv_first_stage(struct xlat__riscv_transaction *t,
				 const struct xlat__riscv_first_stage *stage, uint64_t iova,
				 struct xlat__riscv_mapping *mapping);
unsigned xlat__riscv_second_stage(struct xlat__riscv_transaction *t, uint64_t gpa, unsigned rights,
				  enum xlat__riscv_reason reason,
				  struct xlat__riscv_mapping *mapping);

/* The cause for the type of the original access, of three: execute, read, write. */
unsigned xlat__riscv_access_cause(const struct xlat__riscv_transaction *t, unsigned exec,
				  unsigned read, unsigned write);

/* lookup.c: the same through the caches (2.8). */
unsigned xlat__riscv_device_context(struct xlat__riscv_transaction *t);
unsigned xlat__riscv_process_context(struct xlat__riscv_transaction *t,
				     struct xlat__riscv_process_context *pc);
bool xlat__riscv_cached_translation(const struct xlat__riscv_transaction *t,
				    const struct xlat__riscv_first_stage *first,
				    struct xlat__riscv_mapping *mapping);
void xlat__riscv_cache_translation(const struct xlat__riscv_transaction *t,
				   const struct xlat__riscv_first_stage *first,
				   const struct xlat__riscv_mapping *mapping, uint64_t gpa,
				   uint8_t first_shift, uint8_t second_shift);

/*
 * ... and all of it at once: answers a request whose contexts and translation are cached, as steps 1
 * to 20 of 2.3 would. Returns whether it did; if not, it has changed nothing, and tells in *missed
 * whether it is known that the translation is not cached.
 */
bool xlat__riscv_cached_answer(const struct xlat_riscv_iommu *iommu,
			       const struct xlat_riscv_iommu_request *request, bool *missed,
			       struct xlat_riscv_iommu_response *response);

/* What follows from a device context that was found. */
void xlat__riscv_adopt_device_context(struct xlat__riscv_transaction *t);

/* msi.c: the largest page around a guest address, up to one of `shift`, without interrupt files. */
uint8_t xlat__riscv_shift_without_msis(const struct xlat__riscv_transaction *t, uint64_t gpa,
				       uint8_t shift);

/* msi.c: 2.3.3 Process to translate addresses of MSIs; *is_msi is whether it applies. */
unsigned xlat__riscv_translate_msi(struct xlat__riscv_transaction *t, uint64_t gpa, bool *is_msi,
				   struct xlat__riscv_mapping *mapping);

/* respond.c: 2.6, and what of a fault is reported. */
void xlat__riscv_respond(const struct xlat__riscv_transaction *t, unsigned cause,
			 const struct xlat__riscv_mapping *mapping,
			 struct xlat_riscv_iommu_response *response);

/* trace.c: tells the request's trace of an entry of a directory or an MSI page table. */
void xlat__riscv_tell(const struct xlat__riscv_transaction *t, enum xlat_riscv_iommu_step_kind kind,
		      unsigned level, uint64_t address, uint64_t guest_address, uint64_t value,
		      const char *meaning);

static inline void xlat__riscv_trace(const struct xlat__riscv_transaction *t,
				     enum xlat_riscv_iommu_step_kind kind, unsigned level,
				     uint64_t address, uint64_t guest_address, uint64_t value,
				     const char *meaning)
{
	if (__builtin_expect(t->request->trace != NULL, 0))
		xlat__riscv_tell(t, kind, level, address, guest_address, value, meaning);
}

/* ... and of an entry of a page table. */
void xlat__riscv_trace_page_table(const struct xlat__riscv_transaction *t, bool second,
				  bool implicit, unsigned level, uint64_t address,
				  uint64_t guest_address, unsigned length, uint64_t value,
				  enum xlat__pt_status status, const struct xlat__pt_entry *entry);

#endif
