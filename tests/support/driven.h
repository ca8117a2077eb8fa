/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An IOMMU model in a fabric with a driver, so that one suite can ask the same of every model: map a
 * page, unmap it, and know when it is the driver's again, in the way of the model.
 *
 * The models' tables are in 256 KiB from driven->tables on, as the driver and the model see it.
 */
#ifndef XLAT_TESTS_SUPPORT_DRIVEN_H
#define XLAT_TESTS_SUPPORT_DRIVEN_H

#include <xlat/iommu.h>
#include <xlat/space.h>

#include <stdbool.h>
#include <stdint.h>

enum {
	DRIVEN_TABLES = 0x40000, /* bytes that the tables take at most */
	DRIVEN_PAGES = 64, /* that may be mapped at once */
};

struct driven;

struct driven_kind {
	const char *name;
	bool flushes_all; /* it cannot name a page, and waits for all of them */
	bool reports; /* what an external holder cannot let go: it is over then, and says so */
	unsigned page_shift; /* log2 of the bytes of a page */
	uint64_t first; /* the input address of page 0; the others follow it */
	size_t size; /* of the kind's own struct, whose first member is a struct driven */
	void (*create)(struct driven *driven);
	void (*destroy)(struct driven *driven); /* teardown of the model, at any moment */
	void (*map)(struct driven *driven, unsigned page, uint64_t address);
	/* Takes the page out and begins to wait; over() says when the driver may use it again. */
	void (*unmap)(struct driven *driven, unsigned page);
	bool (*over)(struct driven *driven);
	/* The model saved and restored into itself, in the middle of whatever; NULL: it cannot be. */
	void (*save_and_restore)(struct driven *driven);
};

struct driven {
	const struct driven_kind *kind;
	struct xlat_fabric *fabric;
	struct xlat_space *cpu; /* where the driver sees RAM and registers */
	struct xlat_region *cpu_root;
	struct xlat_space *memory; /* where tables lie and translations lead */
	uint64_t tables; /* their address in cpu and in memory */
	struct xlat_iommu *iommu;
};

extern const struct driven_kind *const driven_kinds[];
extern const unsigned driven_kinds_count;

/*
 * Makes one. cpu: where its driver sees the tables and the registers; memory: where its translations
 * lead, and it reads the tables, at the same address.
 */
struct driven *driven_create(const struct driven_kind *kind, struct xlat_space *cpu,
			     struct xlat_space *memory, uint64_t tables);
void driven_destroy(struct driven *driven);

/* Unmaps and waits, as a driver that has nothing else to do; false if it is not over after many looks. */
bool driven_unmap(struct driven *driven, unsigned page);

static inline uint64_t driven_iova(const struct driven *driven, unsigned page)
{
	return driven->kind->first + ((uint64_t)page << driven->kind->page_shift);
}

/* For kinds: a store or a load of the driver's. */
void driver_stores(struct driven *driven, uint64_t address, unsigned size, bool big_endian,
		   uint64_t value);
uint64_t driver_loads(struct driven *driven, uint64_t address, unsigned size, bool big_endian);

/* Where registers are. */
#define DRIVEN_REGISTERS UINT64_C(0x10000000)

#endif
