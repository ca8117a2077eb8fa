/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A controller as bytes: one walk over its state, which writes it, checks what was written, or takes
 * it. Commands that are in flight at the host are saved as what they were, and executed again.
 */
#include "devices/nvme/request.h"
#include "devices/nvme/wait.h"
#include "base/stream.h"

#include <errno.h>
#include <stdlib.h>

#define MAGIC UINT64_C(0x656d766e2d787878) /* "xxx-nvme" */

enum {
	VERSION = 1,
	LANES = 1025,
};

struct walk {
	struct xlat_nvme *nvme;
	struct xlat__stream stream;
	bool apply;
	int error;
	uint8_t live[LANES]; /* completion queues that there are */
};

/* A field: what is saved, or what was. */
static uint64_t number(struct walk *walk, unsigned size, uint64_t value)
{
	return xlat__stream_number(&walk->stream, size, value);
}

#define FIELD(walk, size, field)                                                                   \
	do {                                                                                       \
		uint64_t taken_ = number(walk, size, field);                                       \
		if ((walk)->apply)                                                                 \
			field = taken_;                                                            \
	} while (0)

/* What must be the same on both sides. */
static void same(struct walk *walk, unsigned size, uint64_t value)
{
	if (number(walk, size, value) != value)
		walk->error = -EINVAL;
}

static void expect(struct walk *walk, bool condition)
{
	if (!condition)
		walk->error = -EINVAL;
}

static void walk_shape(struct walk *walk)
{
	const struct xlat_nvme *nvme = walk->nvme;

	same(walk, 8, MAGIC);
	same(walk, 2, VERSION);
	same(walk, 4, nvme->config.queues);
	same(walk, 4, nvme->config.entries);
	same(walk, 4, nvme->config.vectors);
	same(walk, 8, nvme->config.max_transfer);
	same(walk, 4, nvme->config.namespace_count);
	for (unsigned i = 0; i < nvme->config.namespace_count; i++) {
		same(walk, 8, nvme->namespaces[i].blocks);
		same(walk, 1, nvme->namespaces[i].shift);
	}
}

static void walk_registers(struct walk *walk)
{
	struct xlat_nvme *nvme = walk->nvme;
	/* A reset that waits is over for who comes after. */
	uint32_t csts = nvme->stopping ? 0 : nvme->csts;

	FIELD(walk, 4, nvme->cc);
	csts = (uint32_t)number(walk, 4, csts);
	if (walk->apply)
		__atomic_store_n(&nvme->csts, csts, __ATOMIC_RELAXED);
	FIELD(walk, 4, nvme->aqa);
	FIELD(walk, 8, nvme->asq);
	FIELD(walk, 8, nvme->acq);
	FIELD(walk, 4, nvme->masked);
	expect(walk, number(walk, 1, nvme->page_shift) <= 16);
	if (walk->apply)
		nvme->page_shift = (nvme->cc >> CC_MPS_SHIFT & 15) + 12;
}

static void walk_features(struct walk *walk)
{
	struct xlat_nvme *nvme = walk->nvme;
	struct xlat__nvme_features *features = &nvme->features;
	uint64_t now = xlat_fabric_now(nvme->fabric);
	uint64_t age = now - features->timestamp_set;

	FIELD(walk, 4, features->arbitration);
	FIELD(walk, 4, features->power);
	FIELD(walk, 4, features->error_recovery);
	FIELD(walk, 4, features->write_cache);
	FIELD(walk, 4, features->coalescing);
	FIELD(walk, 4, features->atomicity);
	FIELD(walk, 4, features->events);
	FIELD(walk, 2, features->over);
	FIELD(walk, 2, features->under);
	FIELD(walk, 8, features->timestamp);
	FIELD(walk, 1, features->timestamped);
	age = number(walk, 8, age);
	if (walk->apply)
		features->timestamp_set = now - age;
	for (unsigned i = 0; i < nvme->config.vectors; i++)
		FIELD(walk, 2, nvme->vectors_disabled[i]);
}

/* Event requests, events, aborts. */
static void walk_admin(struct walk *walk)
{
	struct xlat_nvme *nvme = walk->nvme;

	expect(walk, number(walk, 1, nvme->event_requests) <= XLAT__NVME_EVENTS);
	walk->stream.at--;
	FIELD(walk, 1, nvme->event_requests);
	for (unsigned i = 0; i < XLAT__NVME_EVENTS; i++)
		FIELD(walk, 2, nvme->event_cids[i]);
	for (unsigned i = 0; i < EVENT_TYPES; i++)
		FIELD(walk, 4, nvme->events[i]);
	FIELD(walk, 4, nvme->events_masked);
	FIELD(walk, 8, nvme->shadow);
	FIELD(walk, 8, nvme->shadow_events);
	FIELD(walk, 1, nvme->has_shadow);
	for (unsigned i = 0; i < XLAT__NVME_ABORTS; i++) {
		struct xlat__nvme_abort *abort = &nvme->aborts[i];
		bool waits = number(walk, 1, abort->state != XLAT__NVME_ABORT_NONE);

		FIELD(walk, 2, abort->cid);
		/* Its victim is executed again, and so was not aborted. */
		if (walk->apply)
			abort->state = waits ? XLAT__NVME_ABORT_LATE : XLAT__NVME_ABORT_NONE;
	}
}

static void walk_log(struct walk *walk)
{
	struct xlat_nvme *nvme = walk->nvme;

	FIELD(walk, 2, nvme->temperature);
	FIELD(walk, 8, nvme->power_cycles);
	FIELD(walk, 8, nvme->error_count);
	for (unsigned i = 0; i < XLAT__NVME_ERRORS; i++) {
		struct xlat__nvme_error *error = &nvme->errors[i];

		FIELD(walk, 8, error->count);
		FIELD(walk, 2, error->sqid);
		FIELD(walk, 2, error->cid);
		FIELD(walk, 2, error->status);
		FIELD(walk, 2, error->parameter);
		FIELD(walk, 8, error->lba);
		FIELD(walk, 4, error->nsid);
	}
}

static void walk_cq(struct walk *walk, struct xlat__nvme_cq *cq)
{
	struct xlat_nvme *nvme = walk->nvme;
	bool live = number(walk, 1, cq->live && !nvme->stopping);
	uint64_t entries = number(walk, 4, cq->entries), base = number(walk, 8, cq->base);
	uint64_t vector = number(walk, 2, cq->vector), interrupts = number(walk, 1, cq->interrupts);
	uint64_t head = number(walk, 4, cq->head), tail = number(walk, 4, cq->tail);
	uint64_t phase = number(walk, 1, cq->phase), shadowed = number(walk, 1, cq->shadowed);
	uint64_t doorbell = number(walk, 4, cq->doorbell);

	walk->live[cq->id] = live;
	if (!live)
		return;
	expect(walk, entries >= 2 && entries <= 65536 && head < entries && tail < entries &&
			     doorbell < entries && vector < nvme->config.vectors);
	if (!walk->apply)
		return;
	if (xlat__nvme_cq_start(nvme, cq->id, base, (uint32_t)entries, (unsigned)vector,
				interrupts)) {
		walk->error = -ENOMEM;
		return;
	}
	cq->head = (uint32_t)head;
	cq->tail = (uint32_t)tail;
	cq->phase = phase;
	cq->shadowed = shadowed;
	__atomic_store_n(&cq->doorbell, (uint32_t)doorbell, __ATOMIC_RELAXED);
	/* Messages that were on their way may be lost; one too many does no harm. */
	cq->posted = head != tail;
}

static void put_command(struct walk *walk, const struct xlat__nvme_again *again)
{
	for (unsigned i = 0; i < 16; i++)
		(void)number(walk, 4, again->command.dword[i]);
	(void)number(walk, 2, again->status);
	(void)number(walk, 4, again->result);
}

static unsigned count_owed(const struct xlat__nvme_sq *sq)
{
	unsigned count = 0;

	if (sq->cq->wait) {
		for (const struct xlat__nvme_owed *owed = sq->cq->wait->owed; owed;
		     owed = owed->next)
			count += owed->sq == sq;
	}
	return count;
}

/* What is over, and only to be told. */
static void save_owed(struct walk *walk, const struct xlat__nvme_sq *sq)
{
	const struct xlat__nvme_owed *owed = sq->cq->wait ? sq->cq->wait->owed : NULL;

	for (; owed; owed = owed->next) {
		if (owed->sq == sq)
			put_command(walk, &(struct xlat__nvme_again){
						  .command = {{(uint32_t)owed->cid << 16}},
						  .status = owed->status,
						  .result = owed->result,
					  });
	}
}

static void save_commands(struct walk *walk, struct xlat__nvme_sq *sq)
{
	struct xlat__nvme_request *request, *next;

	(void)number(walk, 4, count_owed(sq) + sq->in_flight + sq->again_count);
	save_owed(walk, sq);
	xlat__list_for_each(request, next, &sq->requests, struct xlat__nvme_request, link)
		put_command(walk, &(struct xlat__nvme_again){
					  .command = request->command,
					  .status = request->cancelled ? request->status
								       : XLAT__NVME_AGAIN,
				  });
	for (unsigned i = 0; i < sq->again_count; i++)
		put_command(walk, &sq->again[sq->again_at + i]);
}

static void restore_commands(struct walk *walk, struct xlat__nvme_sq *sq, bool live)
{
	uint64_t count = number(walk, 4, 0);
	struct xlat__nvme_again *again = NULL;

	/* Each takes its bytes. */
	if (count > (walk->stream.size - walk->stream.at) / (NVME_SQE_SIZE + 6) ||
	    (count && !live)) {
		walk->error = -EINVAL;
		return;
	}
	if (walk->apply && count) {
		again = calloc(count, sizeof(*again));
		if (!again)
			walk->error = -ENOMEM;
	}
	for (uint64_t i = 0; i < count; i++) {
		struct xlat__nvme_again one;

		for (unsigned j = 0; j < 16; j++)
			one.command.dword[j] = (uint32_t)number(walk, 4, 0);
		one.status = (uint16_t)number(walk, 2, 0);
		one.result = (uint32_t)number(walk, 4, 0);
		if (again)
			again[i] = one;
	}
	if (again) {
		sq->again = again;
		sq->again_at = 0;
		sq->again_count = (unsigned)count;
		sq->cq->reserved += (unsigned)count;
	}
}

static void walk_sq(struct walk *walk, struct xlat__nvme_sq *sq)
{
	struct xlat_nvme *nvme = walk->nvme;
	bool live = number(walk, 1, sq->cq && !nvme->stopping);
	uint64_t cqid = number(walk, 2, sq->cq ? sq->cq->id : 0);
	uint64_t entries = number(walk, 4, sq->entries), base = number(walk, 8, sq->base);
	uint64_t head = number(walk, 4, sq->head), doorbell = number(walk, 4, sq->doorbell);
	uint64_t shadowed = number(walk, 1, sq->shadowed),
		 asked = number(walk, 1, sq->delete_asked);
	uint64_t cid = number(walk, 2, sq->delete_cid);

	if (live) {
		expect(walk, entries >= 2 && entries <= 65536 && head < entries &&
				     doorbell < entries && cqid < nvme->lanes && !cqid == !sq->id &&
				     walk->live[cqid]);
	}
	if (live && walk->apply && !walk->error) {
		struct xlat__nvme_cq *cq = &nvme->cqs[cqid];

		if (xlat__nvme_sq_start(nvme, sq->id, base, (uint32_t)entries, cq)) {
			walk->error = -ENOMEM;
			return;
		}
		sq->head = (uint32_t)head;
		sq->shadowed = shadowed;
		sq->deleting = sq->delete_asked = asked;
		sq->delete_cid = (uint16_t)cid;
		nvme->cqs[0].reserved += sq->delete_asked;
		__atomic_store_n(&sq->doorbell, (uint32_t)doorbell, __ATOMIC_RELAXED);
	}
	if (walk->stream.saving && live)
		save_commands(walk, sq);
	else if (walk->stream.saving)
		(void)number(walk, 4, 0);
	else
		restore_commands(walk, sq, live);
}

static void walk_counts(struct walk *walk, struct xlat__nvme_counts *counts)
{
	FIELD(walk, 8, counts->commands);
	FIELD(walk, 8, counts->errors);
	FIELD(walk, 8, counts->reads);
	FIELD(walk, 8, counts->writes);
	FIELD(walk, 8, counts->blocks_read);
	FIELD(walk, 8, counts->blocks_written);
	FIELD(walk, 8, counts->mapped);
	FIELD(walk, 8, counts->bounced);
	FIELD(walk, 8, counts->cancelled);
}

/* All of it; what checks stops at the first thing wrong. */
static void walk_all(struct walk *walk)
{
	struct xlat_nvme *nvme = walk->nvme;

	walk_shape(walk);
	if (walk->error)
		return;
	walk_registers(walk);
	walk_features(walk);
	walk_admin(walk);
	walk_log(walk);
	for (unsigned i = 0; i < nvme->lanes && !walk->error; i++) {
		walk_cq(walk, &nvme->cqs[i]);
		walk_counts(walk, &nvme->cqs[i].counts);
	}
	for (unsigned i = 0; i < nvme->lanes && !walk->error; i++)
		walk_sq(walk, &nvme->sqs[i]);
}

static void lock_all(struct xlat_nvme *nvme)
{
	for (unsigned i = 0; i < nvme->lanes; i++)
		xlat__nvme_lock(&nvme->cqs[i]);
}

static void unlock_all(struct xlat_nvme *nvme)
{
	for (unsigned i = nvme->lanes; i-- > 0;)
		xlat__nvme_unlock(nvme, &nvme->cqs[i]);
}

size_t xlat_nvme_save(struct xlat_nvme *nvme, void *bytes, size_t size)
{
	struct walk walk = {.nvme = nvme};
	size_t function = xlat_pci_function_save(nvme->function, NULL, 0);

	walk.stream = (struct xlat__stream){.bytes = bytes, .size = size, .saving = true};
	(void)number(&walk, 4, function);
	if (walk.stream.at + function <= size)
		function = xlat_pci_function_save(nvme->function,
						  walk.stream.bytes + walk.stream.at, function);
	walk.stream.at += function;
	lock_all(nvme);
	walk_all(&walk);
	unlock_all(nvme);
	return walk.stream.at;
}

static void wake_all(struct xlat_nvme *nvme)
{
	for (unsigned i = nvme->lanes; i-- > 0;)
		xlat__nvme_ring(nvme, &nvme->cqs[i]);
}

int xlat_nvme_restore(struct xlat_nvme *nvme, const void *bytes, size_t size)
{
	struct xlat__stream stream = {.bytes = (uint8_t *)(uintptr_t)bytes, .size = size};
	struct walk walk = {.nvme = nvme};
	uint64_t function;
	int error;

	if (xlat_nvme_in_flight(nvme) || nvme->stopping)
		return -EBUSY;
	if (size < 4)
		return -EINVAL;
	function = xlat__stream_number(&stream, 4, 0);
	if (function > size - 4)
		return -EINVAL;
	stream.at += function;
	walk.stream = stream;
	walk_all(&walk);
	if (walk.error || walk.stream.at != size)
		return -EINVAL;
	error = xlat_pci_function_restore(nvme->function, (const uint8_t *)bytes + 4, function);
	if (error)
		return error;
	xlat__nvme_reset(nvme, false);
	lock_all(nvme);
	walk.stream = stream;
	walk.apply = true;
	walk_all(&walk);
	for (unsigned i = 0; i < XLAT__NVME_ABORTS; i++)
		nvme->cqs[0].reserved += nvme->aborts[i].state != XLAT__NVME_ABORT_NONE;
	if (walk.error)
		xlat__nvme_fail(nvme);
	unlock_all(nvme);
	xlat_pci_function_set_intx(nvme->function, nvme->level);
	wake_all(nvme);
	return walk.error;
}
