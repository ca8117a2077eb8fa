/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A functional model of the DMA windows of a partitionable endpoint under PAPR (Linux on Power
 * Architecture Reference, LoPAR: hypervisor calls of the Logical Partitioning option, and the
 * Dynamic DMA Windows option). A window is a range of bus addresses whose pages a table of
 * translation control entries (TCEs) leads to real addresses. The table is the hypervisor's, the
 * guest reaches it by hypercalls only, and names it by a logical I/O bus number (LIOBN).
 *
 * It needs nothing else of the library: model_host.h's read, for the lists that H_PUT_TCE_INDIRECT
 * names. Any number of threads may translate and make calls at once.
 *
 * A call that ends translations says which. What the PAPR promises, that the page is the guest's
 * when the call returns, is for the host to keep: the vCPU goes on when nobody uses them any more.
 * tce_adapter.h does that for a fabric.
 */
#ifndef XLAT_TCE_H
#define XLAT_TCE_H

#include <xlat/access.h>
#include <xlat/config.h>
#include <xlat/implement/model_host.h>
#include <xlat/outcome.h>
#include <xlat/range.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_tce;

enum {
	XLAT_TCE_WINDOWS = 8, /* of one endpoint, at most */
	XLAT_TCE_LIST = 512, /* TCEs in a list, and that one call may change */
};

/* A window. */
struct xlat_tce_window {
	uint32_t liobn;
	uint8_t page_shift; /* log2 of the bytes of a page, 12 to 34 */
	uint64_t first; /* bus address, a multiple of the page */
	uint64_t entries; /* pages; the window may not wrap */
};

struct xlat_tce_config {
	size_t size; /* sizeof(struct xlat_tce_config) */
	/* The default window. entries 0: LIOBN 0x80000000, 1 GiB from 0 on in pages of 4 KiB. */
	struct xlat_tce_window window;
	/* Real addresses that a TCE may name are below it: the guest's memory, bytes. 0: 2^56. */
	uint64_t real_limit;
	/* Dynamic windows: how many at once; 0: 1; up to XLAT_TCE_WINDOWS - 1. */
	unsigned dynamic_windows;
	uint64_t dynamic_first; /* bus address of the first one; 0: 2^59; the next one's is 2^52 higher */
	uint32_t dynamic_liobn; /* of the first one; 0: window.liobn + 1 */
	uint64_t dynamic_pages; /* a set of page shifts, bit n for 2^n bytes; 0: 12, 16, 21, 24 */
	uint64_t dynamic_entries; /* that one may have; 0: 2^24; at most 2^32 */
};

/*
 * Makes a model whose default window is empty: it translates nothing. host may be NULL: then lists cannot
 * be read. Returns 0; -EINVAL for a window or limits that make no sense, -ENOMEM, or config.h's.
 */
XLAT_MUST_CHECK int xlat_tce_create(const struct xlat_tce_config *config,
				    const struct xlat_model_host *host, void *host_opaque,
				    struct xlat_tce **tce);

/* Frees the model. No call of it may be in progress. Accepts NULL. */
void xlat_tce_destroy(struct xlat_tce *tce);

/* --- Hypercalls. */

enum xlat_tce_function {
	XLAT_TCE_H_GET_TCE = 0x1c, /* LIOBN, bus address; gives the TCE */
	XLAT_TCE_H_PUT_TCE = 0x20, /* LIOBN, bus address, TCE */
	XLAT_TCE_H_STUFF_TCE = 0x138, /* LIOBN, bus address, TCE, count */
	XLAT_TCE_H_PUT_TCE_INDIRECT = 0x13c, /* LIOBN, bus address, real address of a list, count */
};

/* What the guest finds in its register. */
enum xlat_tce_status {
	XLAT_TCE_H_SUCCESS = 0,
	XLAT_TCE_H_HARDWARE = -1, /* what was unmapped is in use, and stays so (tce_adapter.h) */
	XLAT_TCE_H_FUNCTION = -2, /* no call of ours */
	/*
	 * An unknown LIOBN; a bus address that is not a page's, or pages that are not all in the
	 * window; a TCE with reserved bits, or above the memory; more than 512 TCEs; a list that is
	 * not aligned to 4 KiB, or cannot be read.
	 */
	XLAT_TCE_H_PARAMETER = -4,
};

/* The bits of a TCE below its real page number. */
enum {
	XLAT_TCE_READ = 1, /* the device may read */
	XLAT_TCE_WRITE = 2, /* the device may write */
};

struct xlat_tce_call {
	uint64_t function; /* register r3 */
	uint64_t arguments[4]; /* r4 to r7 */
	int64_t status; /* enum xlat_tce_status */
	uint64_t result; /* of H_GET_TCE: the TCE */
	/* Bus addresses whose translations ended, or changed; only if any is set. */
	bool any_ended;
	struct xlat_range ended;
};

/* Makes a call: all of it is done, or nothing. Any thread. */
void xlat_tce_call(struct xlat_tce *tce, struct xlat_tce_call *call);

/* --- Dynamic DMA windows. */

enum xlat_tce_window_function {
	XLAT_TCE_QUERY, /* ibm,query-pe-dma-window */
	XLAT_TCE_CREATE, /* ibm,create-pe-dma-window */
	XLAT_TCE_REMOVE, /* ibm,remove-pe-dma-window; the default window too */
	XLAT_TCE_RESET, /* ibm,reset-pe-dma-windows: the default window, and it is empty */
};

/* The status of an RTAS call. */
enum xlat_tce_window_status {
	XLAT_TCE_SUCCESS = 0,
	XLAT_TCE_HARDWARE_ERROR = -1, /* no window is left, or no memory for its table */
	XLAT_TCE_PARAMETER_ERROR =
		-3, /* a page size or length that there is not; an unknown LIOBN */
};

struct xlat_tce_window_call {
	enum xlat_tce_window_function function;
	unsigned page_shift; /* CREATE: log2 of the page's bytes */
	unsigned window_shift; /* CREATE: log2 of the window's bytes */
	uint32_t liobn; /* REMOVE */
	int32_t status; /* enum xlat_tce_window_status */
	unsigned available; /* QUERY: windows that may be created */
	uint64_t entries; /* QUERY: TCEs that a window may have */
	/*
	 * QUERY: the page sizes as LoPAR numbers them: 4 KiB, 64 KiB, 16 MiB, 32, 64, 128, 256 MiB,
	 * 16 GiB, 2 MiB, from bit 0 on.
	 */
	uint32_t page_sizes;
	struct xlat_tce_window window; /* CREATE */
	bool any_ended; /* as in struct xlat_tce_call */
	struct xlat_range ended;
};

void xlat_tce_window_call(struct xlat_tce *tce, struct xlat_tce_window_call *call); /* any thread */

/* The window of an index, in order of creation; false when there are not so many. Any thread. */
bool xlat_tce_window_at(struct xlat_tce *tce, unsigned index, struct xlat_tce_window *window);

/* --- What devices do. */

/* Why a device's access is refused. */
enum xlat_tce_cause {
	XLAT_TCE_CAUSE_NO_WINDOW = 1, /* the bus address is in none */
	XLAT_TCE_CAUSE_NO_ENTRY, /* its TCE grants nothing */
	XLAT_TCE_CAUSE_RIGHTS, /* its TCE does not grant this */
};

struct xlat_tce_translation {
	struct xlat_range page; /* of bus addresses; without a window, the hole around the address */
	uint64_t address; /* real, of page.first */
	unsigned rights; /* a set of enum xlat_rights; a fetch is a read */
	uint64_t entry; /* the TCE */
	uint32_t cause; /* enum xlat_tce_cause, when not OK */
};

/* OK, FAULT (no window, no entry) or DENIED, and all of *translation. No side effects. Any thread. */
enum xlat_outcome xlat_tce_translate(struct xlat_tce *tce, uint64_t bus_address,
				     enum xlat_access access,
				     struct xlat_tce_translation *translation);

/*
 * Writes windows and TCEs to bytes, as much as fits in size, and returns how many bytes it is; NULL
 * and 0 ask for that. No other call of the model may be in progress.
 */
size_t xlat_tce_save(struct xlat_tce *tce, void *bytes, size_t size);

/*
 * Brings a model into a state that was saved. Returns 0; -EINVAL for bytes that are no such state, or
 * windows that its configuration does not allow; -ENOTSUP for another version; -ENOMEM. After an error
 * the model is as it was. No other call of it may be in progress; who cached translations drops them.
 */
XLAT_MUST_CHECK int xlat_tce_restore(struct xlat_tce *tce, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif
#endif
