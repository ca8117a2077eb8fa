/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An NVMe controller, seen from inside.
 *
 * A completion queue and the submission queues that use it are a lane: one lock, one thread at a
 * time, who owns the DMA handles of all of them. Lane 0 is the admin queue's; its lock is also that
 * of the registers. A thread that writes a doorbell marks the lane rung and takes the lane's lock if
 * that is free; if not, who holds it looks at the mark after giving it back. So no doorbell ever
 * waits, and none is lost.
 *
 * Lock order: lane 0, other lanes by number, then `interrupts` and `log`, each alone. A thread that
 * holds a lane's lock does DMA, and may so come to our own registers: they refuse it there.
 */
#ifndef XLAT_DEVICES_NVME_NVME_H
#define XLAT_DEVICES_NVME_NVME_H

#include "base/list.h"
#include "devices/block.h"
#include "devices/nvme/bits.h"

#include <xlat/nvme.h>

#include <pthread.h>

enum {
	XLAT__NVME_EVENTS = 4, /* asynchronous event requests that may be outstanding */
	XLAT__NVME_ERRORS = 64, /* entries of the error log */
	XLAT__NVME_PIECES = 4096, /* of a command's data */
	XLAT__NVME_ABORTS = 4, /* Abort commands that may be outstanding */
	XLAT__NVME_RANGES = 256, /* of a dataset management command */
};

/* Where a command's data are: pieces of the guest's memory, or of nothing (a bit bucket). */
struct xlat__nvme_piece {
	uint64_t iova;
	uint32_t length;
	bool bucket;
};

struct xlat__nvme_data {
	uint32_t bytes; /* in all; of a walk: asked for */
	unsigned count;
	struct xlat__nvme_piece pieces[XLAT__NVME_PIECES];
};

struct xlat__nvme_request;
struct xlat__nvme_pool;
struct xlat__nvme_engine;
struct xlat__nvme_wait;

/* A command that was in flight when it was saved; it has been read from its queue. */
struct xlat__nvme_again {
	struct nvme_command command;
	uint16_t status; /* what it completes with; or it is executed again */
	uint32_t result; /* with a status: dword 0 of its completion */
};

#define XLAT__NVME_AGAIN 0xffff

struct xlat__nvme_sq {
	struct xlat__nvme_cq *cq; /* atomic; NULL: it is not there. Changed under lane 0 and cq's */
	struct xlat__list link; /* in cq's sqs */
	uint16_t id;
	uint32_t doorbell; /* atomic: the tail that was written last */
	uint32_t entries; /* atomic */
	uint32_t head;
	uint64_t base;
	struct xlat_dma *dma;
	struct xlat__list requests; /* in flight at the host */
	unsigned in_flight;
	struct xlat__nvme_again *again; /* from again_at on, again_count of them; before all others */
	unsigned again_at, again_count;
	bool deleting; /* nothing is fetched; deleted when nothing is in flight */
	uint16_t delete_cid; /* the command that asked for it; with delete_asked */
	bool delete_asked;
	bool shadowed; /* its tail is in the shadow buffer */
};

struct xlat__nvme_counts {
	uint64_t commands, errors, reads, writes, blocks_read, blocks_written;
	uint64_t mapped, bounced, cancelled;
};

struct xlat__nvme_cq {
	pthread_mutex_t lock;
	pthread_t owner; /* of the handles; with owned */
	bool owned;
	uintptr_t holder; /* atomic: who has the lock; 0: nobody */
	uint32_t rung; /* atomic: there may be something to do */
	uint16_t id;
	bool live;
	uint32_t doorbell; /* atomic: the head that was written last */
	uint32_t entries; /* atomic; 0: it is not there */
	uint32_t head, tail;
	bool phase;
	uint64_t base;
	uint16_t vector;
	bool interrupts; /* enabled */
	bool asserted; /* counted in its vector's pending */
	bool posted; /* entries that no interrupt told of */
	bool shadowed;
	struct xlat_dma *dma;
	struct xlat_attrs attrs; /* of the batch that is being done */
	struct xlat__list sqs;
	struct xlat__nvme_sq *next; /* whose turn it is; NULL: the first's */
	unsigned reserved; /* entries that commands in flight will need */
	unsigned completed; /* commands, since creation */
	struct xlat__nvme_counts counts; /* atomic members, written under the lock */
	struct xlat__nvme_data *data; /* of the command that is being executed */
	struct xlat__nvme_wait *wait; /* atomic pointer: NULL until memory answers late */
	struct xlat__nvme_engine *engine; /* NULL: host I/O is synchronous */
	void *buffer; /* for what goes through one, of the size of the greatest transfer */
};

struct xlat__nvme_ns {
	struct xlat_block *block;
	unsigned shift; /* of a logical block */
	uint64_t blocks;
	bool read_only;
	uint8_t uuid[16];
};

struct xlat__nvme_error {
	uint64_t count;
	uint16_t sqid, cid, status, parameter;
	uint64_t lba;
	uint32_t nsid;
};

struct xlat__nvme_worker {
	int epoll, kick;
	uint32_t kicked; /* atomic: kick has been written, or is about to be */
};

/* Features that are remembered; 5.21.1. */
struct xlat__nvme_features {
	uint32_t arbitration, power, error_recovery, write_cache, coalescing, atomicity, events;
	uint16_t over, under; /* temperature thresholds */
	uint64_t timestamp, timestamp_set; /* milliseconds, and the host's clock when it was set */
	bool timestamped;
};

enum xlat__nvme_abort_state {
	XLAT__NVME_ABORT_NONE,
	XLAT__NVME_ABORT_WAITS, /* for its victim */
	XLAT__NVME_ABORT_DONE, /* the victim was aborted */
	XLAT__NVME_ABORT_LATE, /* it was not */
};

/* An Abort command whose victim is in flight. */
struct xlat__nvme_abort {
	uint32_t state; /* atomic: enum xlat__nvme_abort_state */
	uint16_t cid; /* of the Abort command */
};

struct xlat_nvme {
	struct xlat_nvme_config config; /* complete */
	char *name;
	char serial[21], model[41];
	struct xlat_fabric *fabric;
	struct xlat_pci_function *function;
	struct xlat_region *bar, *registers;
	struct xlat__nvme_ns *namespaces;
	/* Registers, under lane 0's lock; csts is atomic. */
	uint32_t cc, csts, aqa;
	uint64_t cap, asq, acq;
	unsigned page_shift; /* CC.MPS */
	bool stopping; /* a reset waits for what is in flight */
	bool reset_wanted; /* atomic: came while its thread was inside our DMA */
	unsigned paused; /* atomic */
	unsigned in_flight; /* atomic: requests at the host, of all lanes */
	/* The queues: 0 is the admin one. */
	unsigned lanes; /* config.queues + 1 */
	struct xlat__nvme_cq *cqs;
	struct xlat__nvme_sq *sqs;
	/* Under lane 0's lock. */
	struct xlat__nvme_features features;
	uint16_t *vectors_disabled; /* feature 09h: bit 0: coalescing disabled */
	uint16_t event_cids[XLAT__NVME_EVENTS];
	unsigned event_requests;
	uint32_t events_masked; /* by type: until its log page is read */
	uint64_t shadow, shadow_events; /* atomic: doorbell buffers, with has_shadow */
	bool has_shadow;
	struct xlat__nvme_abort aborts[XLAT__NVME_ABORTS];
	uint64_t admin_commands; /* atomic */
	/* Events to report: written by any thread. */
	uint32_t events[EVENT_TYPES]; /* atomic: completion dword 0, and bit 31 when there is one */
	/* Under interrupts. */
	pthread_mutex_t interrupts;
	uint32_t masked; /* INTMS */
	unsigned *pending; /* completion queues with entries that the host has not taken, by vector */
	bool level;
	uint64_t interrupt_count; /* atomic */
	uint64_t bad_doorbells; /* atomic */
	/* Under log. */
	pthread_mutex_t log;
	struct xlat__nvme_error errors[XLAT__NVME_ERRORS];
	uint64_t error_count;
	uint16_t temperature;
	uint64_t powered; /* the fabric's clock at creation */
	uint64_t power_cycles, unsafe_shutdowns;
	/* Who is told. */
	struct xlat__nvme_worker *workers;
	int epoll;
	struct xlat__nvme_pool *pool; /* threads */
};

/* Wakes who processes a worker's queues. Any thread, any locks. */
void xlat__nvme_kick(struct xlat__nvme_worker *worker);

struct xlat__nvme_worker *xlat__nvme_worker_of(struct xlat_nvme *nvme,
					       const struct xlat__nvme_cq *cq);

/* --- lane.c: locks, doorbells, execution. */

/* Takes a lane's lock, and its handles. Not inside our own DMA. */
void xlat__nvme_lock(struct xlat__nvme_cq *cq);

/* Gives it back, and does what was rung meanwhile. */
void xlat__nvme_unlock(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq);

/* Whether the calling thread holds a lane. */
bool xlat__nvme_inside(const struct xlat_nvme *nvme);

/* A lane may have something to do: by anybody, with any locks held; never waits. */
void xlat__nvme_ring(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq);

/* The same, from where the lane must not be served by this thread: a lane is held, or a lock below one. */
void xlat__nvme_ring_later(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq);

/* A doorbell register was written: 3.1.24, 3.1.25. */
void xlat__nvme_doorbell(struct xlat_nvme *nvme, unsigned index, uint32_t value);

/* Does what a lane has to do, under its lock. Returns how many commands completed. */
unsigned xlat__nvme_drain(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq);

/* Learns what the host has taken out of its completion queue. */
void xlat__nvme_take_head(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq);

/* Whether the completion of another command would have room, besides those in flight. */
bool xlat__nvme_has_room(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq);

/* Completes a command, under the lane's lock; result is dword 0. */
void xlat__nvme_complete(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint16_t cid,
			 uint16_t status, uint32_t result);

/* The controller cannot go on: CSTS.CFS. */
void xlat__nvme_fail(struct xlat_nvme *nvme);

/* --- wait.c: accesses that are answered later. RETRY: the command is to be executed again. */
enum xlat_outcome xlat__nvme_read_later(struct xlat__nvme_sq *sq, uint64_t iova, void *buffer,
					size_t size);
enum xlat_outcome xlat__nvme_write_later(struct xlat__nvme_sq *sq, uint64_t iova,
					 const void *buffer, size_t size);

static inline enum xlat_outcome xlat__nvme_read(struct xlat__nvme_sq *sq, uint64_t iova,
						void *buffer, size_t size)
{
	enum xlat_outcome outcome = xlat_dma_read(sq->dma, sq->cq->attrs, iova, buffer, size);

	if (__builtin_expect(outcome == XLAT_RETRY, 0))
		return xlat__nvme_read_later(sq, iova, buffer, size);
	return outcome;
}

static inline enum xlat_outcome xlat__nvme_write(struct xlat__nvme_sq *sq, uint64_t iova,
						 const void *buffer, size_t size)
{
	enum xlat_outcome outcome = xlat_dma_write(sq->dma, sq->cq->attrs, iova, buffer, size);

	if (__builtin_expect(outcome == XLAT_RETRY, 0))
		return xlat__nvme_write_later(sq, iova, buffer, size);
	return outcome;
}

/* --- queue.c: queues come and go. Under the lane's lock, and lane 0's. */
int xlat__nvme_cq_start(struct xlat_nvme *nvme, unsigned id, uint64_t base, uint32_t entries,
			unsigned vector, bool interrupts);
int xlat__nvme_sq_start(struct xlat_nvme *nvme, unsigned id, uint64_t base, uint32_t entries,
			struct xlat__nvme_cq *cq);
void xlat__nvme_sq_stop(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq);
void xlat__nvme_cq_stop(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq);
uint16_t xlat__nvme_create_cq(struct xlat_nvme *nvme, const struct nvme_command *command);
uint16_t xlat__nvme_create_sq(struct xlat_nvme *nvme, const struct nvme_command *command);
uint16_t xlat__nvme_delete_cq(struct xlat_nvme *nvme, const struct nvme_command *command);
uint16_t xlat__nvme_delete_sq(struct xlat_nvme *nvme, const struct nvme_command *command);

/* Ends submission queues whose last command in flight is over; completes who asked. */
void xlat__nvme_finish_deletions(struct xlat_nvme *nvme);

/* --- registers.c */
extern const struct xlat_mmio_ops xlat__nvme_registers;

/* Goes on with an enabling or a reset, under lane 0's lock. */
void xlat__nvme_advance(struct xlat_nvme *nvme);

/* As after power-on: a function-level reset, or a subsystem's. */
void xlat__nvme_reset(struct xlat_nvme *nvme, bool subsystem);

/* --- interrupt.c */

/* What the lane posted since it was told last; under its lock. */
void xlat__nvme_interrupt(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq);

/* Whether the host has entries of the queue to take changed. */
void xlat__nvme_interrupt_pending(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq, bool pending);
void xlat__nvme_interrupt_mask(struct xlat_nvme *nvme, uint32_t set, uint32_t clear);

/* --- data.c: where a command's data are: 4.3, 4.4. */

/*
 * Finds where bytes of data are, from PRPs or SGLs, into the lane's data. Returns a status.
 */
uint16_t xlat__nvme_find_data(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
			      const struct nvme_command *command, uint32_t bytes);
uint16_t xlat__nvme_walk_prps(unsigned page_shift, struct xlat__nvme_sq *sq,
			      const struct nvme_command *command, uint32_t bytes,
			      struct xlat__nvme_data *data);
uint16_t xlat__nvme_walk_sgl(struct xlat__nvme_sq *sq, const struct nvme_command *command,
			     uint32_t bytes, struct xlat__nvme_data *data);

/* Adds a piece behind the others, as one with the last where it goes on. False: too many. */
bool xlat__nvme_add_piece(struct xlat__nvme_data *data, uint64_t iova, uint32_t length,
			  bool bucket);

/* Copies between the found data, from an offset on, and a buffer. Returns a status. */
uint16_t xlat__nvme_to_host(struct xlat__nvme_sq *sq, const struct xlat__nvme_data *data,
			    const void *buffer, uint32_t bytes);
uint16_t xlat__nvme_from_host(struct xlat__nvme_sq *sq, const struct xlat__nvme_data *data,
			      void *buffer, uint32_t bytes);

/* Finds and copies: what admin commands return and take. */
uint16_t xlat__nvme_give(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
			 const struct nvme_command *command, const void *buffer, uint32_t bytes);
uint16_t xlat__nvme_take(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
			 const struct nvme_command *command, void *buffer, uint32_t bytes);

/* --- admin.c and what it calls. Return a status, or NVME_LATER. */
uint16_t xlat__nvme_admin(struct xlat_nvme *nvme, const struct nvme_command *command,
			  uint32_t *result);
uint16_t xlat__nvme_identify(struct xlat_nvme *nvme, const struct nvme_command *command);
uint16_t xlat__nvme_get_log(struct xlat_nvme *nvme, const struct nvme_command *command);
uint16_t xlat__nvme_get_features(struct xlat_nvme *nvme, const struct nvme_command *command,
				 uint32_t *result);
uint16_t xlat__nvme_set_features(struct xlat_nvme *nvme, const struct nvme_command *command,
				 uint32_t *result);
void xlat__nvme_features_reset(struct xlat_nvme *nvme);
uint16_t xlat__nvme_format(struct xlat_nvme *nvme, const struct nvme_command *command);

/* --- abort.c: 5.1. */

uint16_t xlat__nvme_abort(struct xlat_nvme *nvme, const struct nvme_command *command,
			  uint32_t *result);

/* Completes Abort commands whose victims are over; under lane 0's lock. */
void xlat__nvme_finish_aborts(struct xlat_nvme *nvme);
void xlat__nvme_aborts_forget(struct xlat_nvme *nvme);

/* --- event.c */

/* Something to tell: any thread, any locks. */
void xlat__nvme_event(struct xlat_nvme *nvme, unsigned type, unsigned info, unsigned page);
uint16_t xlat__nvme_event_request(struct xlat_nvme *nvme, const struct nvme_command *command);
void xlat__nvme_event_seen(struct xlat_nvme *nvme, unsigned page);
bool xlat__nvme_event_abort(struct xlat_nvme *nvme, uint16_t cid);

/* Completes requests with events; under lane 0's lock. */
void xlat__nvme_events_report(struct xlat_nvme *nvme);

/* --- shadow.c: 5.7, 7.13. */
uint16_t xlat__nvme_doorbell_buffer(struct xlat_nvme *nvme, const struct nvme_command *command);

/* Tail or head as the host has it in the buffer; false: it cannot be read. */
bool xlat__nvme_shadow_tail(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint32_t *tail);
bool xlat__nvme_shadow_head(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq, uint32_t *head);

/* Asks for the doorbell register to be written past this. */
void xlat__nvme_shadow_wait_tail(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint32_t tail);
void xlat__nvme_shadow_wait_head(struct xlat_nvme *nvme, struct xlat__nvme_cq *cq, uint32_t head);

/* --- log.c */

/* Remembers that a command failed. Any thread. */
void xlat__nvme_log_error(struct xlat_nvme *nvme, const struct xlat__nvme_sq *sq, uint16_t cid,
			  uint16_t status, uint64_t lba, uint32_t nsid);
void xlat__nvme_check_temperature(struct xlat_nvme *nvme);

/* --- io.c: commands of the NVM command set. */
uint16_t xlat__nvme_io(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq,
		       const struct nvme_command *command, uint32_t *result);

/* The status for what the host reported. */
uint16_t xlat__nvme_status_of(int error, bool write);

/* --- request.c */

/* Takes back all that is in flight of a queue; it completes with status, unless it is done already. */
void xlat__nvme_cancel_all(struct xlat_nvme *nvme, struct xlat__nvme_sq *sq, uint16_t status);

static inline struct xlat__nvme_ns *xlat__nvme_namespace(struct xlat_nvme *nvme, uint32_t nsid)
{
	return nsid - 1 < nvme->config.namespace_count ? &nvme->namespaces[nsid - 1] : NULL;
}

/* Adds to a count that others may read. */
static inline void xlat__nvme_count(uint64_t *count, uint64_t by)
{
	__atomic_store_n(count, __atomic_load_n(count, __ATOMIC_RELAXED) + by, __ATOMIC_RELAXED);
}

#endif
