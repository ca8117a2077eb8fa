/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the DMA engine's files share. Two kinds of state: what registers show, under the engine's
 * lock, and what channels are in the middle of, which belongs to the thread that works: the one
 * that has set busy.
 */
#ifndef XLAT_DEVICES_DMA_ENGINE_H
#define XLAT_DEVICES_DMA_ENGINE_H

#include <xlat/dma_engine.h>

#include <pthread.h>

enum {
	XLAT__ENGINE_MOST = 32, /* channels */
	XLAT__ENGINE_PAGE = 4096, /* a transfer crosses no multiple of it */
	XLAT__ENGINE_NO_ANSWER = 0x100, /* to a page request: more than any response code */
};

/* What a channel does next. Of those that access, the names say what. */
enum xlat__engine_phase {
	XLAT__ENGINE_LOOK, /* whether there is a descriptor to execute */
	XLAT__ENGINE_READ_NEXT, /* the link of the last descriptor, again */
	XLAT__ENGINE_READ_DESCRIPTOR,
	XLAT__ENGINE_MOVE, /* which part of the transfer comes next */
	XLAT__ENGINE_READ_SOURCE_PIECE,
	XLAT__ENGINE_READ_DESTINATION_PIECE,
	XLAT__ENGINE_READ_SOURCE,
	XLAT__ENGINE_READ_DESTINATION,
	XLAT__ENGINE_WRITE_DESTINATION,
	XLAT__ENGINE_WRITE_RESULT,
	XLAT__ENGINE_WRITE_STATUS,
	XLAT__ENGINE_PHASES,
};

/* Where one side of a transfer is. */
struct xlat__engine_cursor {
	uint64_t address; /* of the next byte */
	uint64_t left; /* bytes from there on, of this piece */
	uint64_t list; /* address of the next piece */
	uint32_t pieces; /* that are left */
};

/* What registers show of a channel. */
struct xlat__engine_registers {
	uint32_t control, ring, tail, head, pasid, events, interrupts, done, pages;
	uint32_t state, error, outcome; /* STATUS */
	uint64_t base, current, fault;
	bool rung; /* the doorbell of a linked list: to be looked at again */
};

/* What a channel is in the middle of. */
struct xlat__engine_work {
	uint32_t phase;
	uint32_t control, pasid; /* as they are since the channel was enabled */
	bool started; /* a descriptor of a linked list has been executed: the one at address */
	bool failing; /* error, outcome and fault are told by WRITE_RESULT and WRITE_STATUS */
	uint32_t error, outcome;
	uint64_t fault;
	uint64_t address; /* of the descriptor */
	struct xlat_dma_engine_descriptor descriptor;
	uint64_t moved; /* bytes */
	uint32_t chunk; /* bytes that are being moved */
	bool differs;
	struct xlat__engine_cursor source, destination;
	uint8_t bytes[XLAT__ENGINE_PAGE]; /* of the source, or of the engine's own structures */
};

struct xlat__engine_channel {
	struct xlat_dma_engine *engine;
	unsigned number;
	/* Under the lock. */
	struct xlat__engine_registers registers;
	bool cancel; /* give up what is being done */
	bool parked;
	uint32_t answer; /* to the page request, or NO_ANSWER */
	unsigned sequence; /* of page request groups */
	uint64_t asked; /* the address that the last one was for */
	/* The worker's. */
	struct xlat__engine_work work;
	struct xlat_dma *dma;
	struct xlat_dma_op op;
	bool pending; /* op is */
	uint8_t other[XLAT__ENGINE_PAGE]; /* of the destination, to be compared */
};

struct xlat_dma_engine {
	struct xlat_dma_engine_config config;
	struct xlat_fabric *fabric;
	struct xlat_pci_function *function;
	struct xlat_region *registers, *messages, *local;
	struct xlat_ram *ram; /* of local */
	unsigned pasid_at; /* offset of the capability */
	int kick; /* eventfd: there is something to do */
	int poll; /* epoll: of kick and of what handles wait for */
	pthread_mutex_t lock;
	/* Under the lock. */
	bool busy; /* a thread works */
	bool again; /* there is something new for it */
	bool ending;
	bool level, driven, driving; /* the wire: as it should be, as it is, somebody sets it */
	struct xlat__engine_channel channels[];
};

/* What became of a step. */
enum xlat__engine_verdict {
	XLAT__ENGINE_WENT_ON,
	XLAT__ENGINE_WAITS, /* for somebody else, who will tell */
	XLAT__ENGINE_RETRIES, /* for somebody who will not */
};

extern const struct xlat_mmio_ops xlat__engine_register_ops;
extern const struct xlat_pci_function_ops xlat__engine_function_ops;

/* dma_engine.c: does what there is to do, unless another thread is at it. Without the lock. */
unsigned xlat__engine_run(struct xlat_dma_engine *engine);

/* Somebody has written a register or brought an answer. Without the lock. */
void xlat__engine_kick(struct xlat_dma_engine *engine);

/* Sets bits of EVENTS, and interrupts if they are to. Without the lock. */
void xlat__engine_raise(struct xlat__engine_channel *channel, uint32_t events);

/* Drives the wire as EVENTS and INTERRUPTS of all channels say. Without the lock. */
void xlat__engine_drive(struct xlat_dma_engine *engine);

/*
 * dma_engine_registers.c: gives up what a channel is doing, as soon as the worker sees it or at
 * once if there is none; reset: its registers too. With the lock.
 */
void xlat__engine_cancel(struct xlat__engine_channel *channel, bool reset);

/* Ends what was cancelled, when nothing of it is pending. With the lock; the worker, or nobody is. */
void xlat__engine_end_cancel(struct xlat__engine_channel *channel);

/* dma_engine_channel.c: one step of a channel. By the worker, without the lock. */
enum xlat__engine_verdict xlat__engine_step(struct xlat__engine_channel *channel);

/* An error: the descriptor is told of it if it can be, and then the channel stops. */
void xlat__engine_fail(struct xlat__engine_channel *channel, uint32_t error,
		       enum xlat_outcome outcome, uint64_t address);

/* dma_engine_transfer.c: a step that moves something. */
enum xlat__engine_verdict xlat__engine_transfer(struct xlat__engine_channel *channel);

/* dma_engine_descriptor.c: takes up work->descriptor; 0, or an error and the address of it. */
uint32_t xlat__engine_begin(struct xlat__engine_work *work, const struct xlat_dma_engine *engine,
			    uint64_t *address);

/* dma_engine_access.c: what a phase reads or writes. By the worker, without the lock. */
struct xlat__engine_access {
	uint64_t iova;
	void *bytes;
	uint32_t length;
	bool write;
	bool of_descriptor; /* with the descriptor's PASID, if it has one */
	uint32_t error; /* what it is if it fails */
};
enum xlat__engine_verdict xlat__engine_make(struct xlat__engine_channel *channel,
					    const struct xlat__engine_access *access,
					    enum xlat_outcome *outcome, uint64_t *failed);

/* Makes all of the access of a phase: true when it is done, and the next phase may begin. */
bool xlat__engine_make_all(struct xlat__engine_channel *channel, struct xlat__engine_access access,
			   enum xlat__engine_verdict *verdict);

/* Whether a PASID, with a privilege or not, may be used now. */
bool xlat__engine_may(const struct xlat_dma_engine *engine, uint32_t pasid, bool privileged);

static inline uint64_t xlat__engine_get(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static inline void xlat__engine_put(uint8_t *bytes, unsigned size, uint64_t value)
{
	for (unsigned i = 0; i < size; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

#endif
