/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A channel's work, as a sequence of phases: each makes at most one access, of at most a page, and
 * says which comes next. A phase that had to wait is entered again, and makes its access again
 * unless that was pending.
 */
#include "devices/dma_engine.h"

enum {
	ALIGNMENT = XLAT_DMA_ENGINE_DESCRIPTOR_SIZE,
	LARGEST_RING = 16,
};

/* Stops the channel: with the first error that its descriptor met. */
static void stop(struct xlat__engine_channel *channel)
{
	struct xlat_dma_engine *engine = channel->engine;
	struct xlat__engine_work *work = &channel->work;
	bool stopped;

	pthread_mutex_lock(&engine->lock);
	stopped = channel->registers.state == XLAT_DMA_ENGINE_RUNNING;
	if (stopped) {
		channel->registers.state = XLAT_DMA_ENGINE_STOPPED;
		channel->registers.error = work->error;
		channel->registers.outcome = work->outcome;
		channel->registers.fault = work->fault;
	}
	work->phase = XLAT__ENGINE_LOOK;
	work->failing = false;
	pthread_mutex_unlock(&engine->lock);
	if (stopped)
		xlat__engine_raise(channel, XLAT_DMA_ENGINE_EVENT_ERROR);
}

void xlat__engine_fail(struct xlat__engine_channel *channel, uint32_t error,
		       enum xlat_outcome outcome, uint64_t address)
{
	struct xlat__engine_work *work = &channel->work;

	if (!work->failing) {
		work->error = error;
		work->outcome = (uint32_t)outcome;
		work->fault = address;
	}
	if (work->failing || work->phase <= XLAT__ENGINE_READ_DESCRIPTOR ||
	    work->phase >= XLAT__ENGINE_WRITE_RESULT) {
		stop(channel);
		return;
	}
	work->failing = true;
	work->phase = XLAT__ENGINE_WRITE_RESULT;
}

bool xlat__engine_make_all(struct xlat__engine_channel *channel, struct xlat__engine_access access,
			   enum xlat__engine_verdict *verdict)
{
	enum xlat_outcome outcome;
	uint64_t failed;

	*verdict = xlat__engine_make(channel, &access, &outcome, &failed);
	if (*verdict != XLAT__ENGINE_WENT_ON)
		return false;
	if (outcome != XLAT_OK)
		xlat__engine_fail(channel, access.error, outcome, failed);
	return outcome == XLAT_OK;
}

/* The lock is held. Whether there is a descriptor, or a link to look at again; sets the phase. */
static bool find_work(struct xlat__engine_channel *channel)
{
	struct xlat__engine_registers *registers = &channel->registers;
	struct xlat__engine_work *work = &channel->work;

	work->control = registers->control;
	work->pasid = registers->pasid;
	if (!(registers->control & XLAT_DMA_ENGINE_LINKED)) {
		if (registers->head == registers->tail)
			return false;
		work->address = registers->base +
				(uint64_t)registers->head * XLAT_DMA_ENGINE_DESCRIPTOR_SIZE;
		work->phase = XLAT__ENGINE_READ_DESCRIPTOR;
	} else {
		if (!registers->rung)
			return false;
		registers->rung = false;
		work->phase = XLAT__ENGINE_READ_NEXT;
		if (!work->started) {
			work->address = registers->base;
			work->phase = XLAT__ENGINE_READ_DESCRIPTOR;
		}
	}
	registers->current = work->address;
	return true;
}

/* What the registers say cannot be: 0, or an error. */
static uint32_t check_setup(const struct xlat_dma_engine *engine,
			    const struct xlat__engine_registers *registers)
{
	bool linked = registers->control & XLAT_DMA_ENGINE_LINKED;
	bool privileged = registers->control & XLAT_DMA_ENGINE_PRIVILEGED;
	uint64_t bytes = UINT64_C(64) << (linked ? 0 : registers->ring % 64);

	if (registers->base % ALIGNMENT || registers->base + bytes - 1 < registers->base ||
	    (!linked && (registers->ring < 1 || registers->ring > LARGEST_RING)))
		return XLAT_DMA_ENGINE_ERROR_SETUP;
	if (!(registers->control & XLAT_DMA_ENGINE_USE_PASID))
		return privileged ? XLAT_DMA_ENGINE_ERROR_PASID : 0;
	return xlat__engine_may(engine, registers->pasid, privileged) ? 0
								      : XLAT_DMA_ENGINE_ERROR_PASID;
}

static bool is_on(const struct xlat__engine_registers *registers)
{
	return registers->state == XLAT_DMA_ENGINE_IDLE ||
	       registers->state == XLAT_DMA_ENGINE_RUNNING;
}

static enum xlat__engine_verdict look(struct xlat__engine_channel *channel)
{
	struct xlat__engine_registers *registers = &channel->registers, setup;
	struct xlat_dma_engine *engine = channel->engine;
	uint32_t events = 0, error = 0;
	bool found = false;

	pthread_mutex_lock(&engine->lock);
	setup = *registers;
	pthread_mutex_unlock(&engine->lock);
	/* Without the lock: it asks the function. What it looks at changes while OFF only. */
	if (is_on(&setup))
		error = check_setup(engine, &setup);

	pthread_mutex_lock(&engine->lock);
	if (is_on(&setup) && is_on(registers)) {
		found = !error && find_work(channel);
		if (!found && !error && registers->state == XLAT_DMA_ENGINE_RUNNING)
			events = XLAT_DMA_ENGINE_EVENT_IDLE;
		registers->state = found || error ? XLAT_DMA_ENGINE_RUNNING : XLAT_DMA_ENGINE_IDLE;
	} else {
		error = 0;
	}
	pthread_mutex_unlock(&engine->lock);
	if (error)
		xlat__engine_fail(channel, error, XLAT_OK, 0);
	if (events)
		xlat__engine_raise(channel, events);
	return found || error ? XLAT__ENGINE_WENT_ON : XLAT__ENGINE_WAITS;
}

/* Goes to another descriptor of a list, or looks about. */
static void follow(struct xlat__engine_channel *channel, uint64_t next)
{
	struct xlat__engine_work *work = &channel->work;

	work->phase = XLAT__ENGINE_LOOK;
	if (!next)
		return;
	if (next % ALIGNMENT) {
		xlat__engine_fail(channel, XLAT_DMA_ENGINE_ERROR_RANGE, XLAT_OK, next);
		return;
	}
	work->address = next;
	work->phase = XLAT__ENGINE_READ_DESCRIPTOR;
	pthread_mutex_lock(&channel->engine->lock);
	if (!channel->cancel)
		channel->registers.current = next;
	pthread_mutex_unlock(&channel->engine->lock);
}

static enum xlat__engine_verdict read_next(struct xlat__engine_channel *channel)
{
	struct xlat__engine_work *work = &channel->work;
	enum xlat__engine_verdict verdict;

	if (xlat__engine_make_all(channel,
				  (struct xlat__engine_access){
					  .iova = work->address + XLAT_DMA_ENGINE_AT_NEXT,
					  .bytes = work->bytes,
					  .length = 8,
					  .error = XLAT_DMA_ENGINE_ERROR_DESCRIPTOR,
				  },
				  &verdict))
		follow(channel, xlat__engine_get(work->bytes, 8));
	return verdict;
}

static enum xlat__engine_verdict read_descriptor(struct xlat__engine_channel *channel)
{
	struct xlat__engine_work *work = &channel->work;
	enum xlat__engine_verdict verdict;
	uint64_t address;
	uint32_t error;

	if (!xlat__engine_make_all(channel,
				   (struct xlat__engine_access){
					   .iova = work->address,
					   .bytes = work->bytes,
					   .length = XLAT_DMA_ENGINE_DESCRIPTOR_SIZE,
					   .error = XLAT_DMA_ENGINE_ERROR_DESCRIPTOR,
				   },
				   &verdict))
		return verdict;
	xlat_dma_engine_decode(work->bytes, &work->descriptor);
	work->started = true;
	work->moved = 0;
	work->differs = false;
	work->phase = XLAT__ENGINE_MOVE;
	error = xlat__engine_begin(&channel->work, channel->engine, &address);
	if (error)
		xlat__engine_fail(channel, error, XLAT_OK, address);
	return verdict;
}

static enum xlat__engine_verdict write_result(struct xlat__engine_channel *channel)
{
	struct xlat__engine_work *work = &channel->work;
	enum xlat__engine_verdict verdict;

	xlat__engine_put(work->bytes, 8, work->failing ? work->fault : work->moved);
	if (xlat__engine_make_all(channel,
				  (struct xlat__engine_access){
					  .iova = work->address + XLAT_DMA_ENGINE_AT_RESULT,
					  .bytes = work->bytes,
					  .length = 8,
					  .write = true,
					  .error = XLAT_DMA_ENGINE_ERROR_WRITE_BACK,
				  },
				  &verdict))
		work->phase = XLAT__ENGINE_WRITE_STATUS;
	return verdict;
}

/* The descriptor is done. */
static void finish(struct xlat__engine_channel *channel)
{
	struct xlat__engine_registers *registers = &channel->registers;
	struct xlat__engine_work *work = &channel->work;
	struct xlat_dma_engine *engine = channel->engine;

	if (work->failing) {
		stop(channel);
		return;
	}
	pthread_mutex_lock(&engine->lock);
	registers->done += !channel->cancel;
	if (!channel->cancel && !(work->control & XLAT_DMA_ENGINE_LINKED))
		registers->head = (registers->head + 1) &
				  ((UINT32_C(1) << (registers->ring % 32)) - 1);
	pthread_mutex_unlock(&engine->lock);
	if (work->descriptor.control & XLAT_DMA_ENGINE_INTERRUPT)
		xlat__engine_raise(channel, XLAT_DMA_ENGINE_EVENT_DESCRIPTOR);
	follow(channel, work->control & XLAT_DMA_ENGINE_LINKED ? work->descriptor.next : 0);
}

static enum xlat__engine_verdict write_status(struct xlat__engine_channel *channel)
{
	struct xlat__engine_work *work = &channel->work;
	enum xlat__engine_verdict verdict;
	uint32_t status = XLAT_DMA_ENGINE_IS_DONE;

	if (work->differs)
		status |= XLAT_DMA_ENGINE_DIFFERS;
	if (work->failing)
		status |= work->error | work->outcome << 16;
	xlat__engine_put(work->bytes, 4, status);
	/* Whoever sees the status sees what it is about. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	if (xlat__engine_make_all(channel,
				  (struct xlat__engine_access){
					  .iova = work->address + XLAT_DMA_ENGINE_AT_STATUS,
					  .bytes = work->bytes,
					  .length = 4,
					  .write = true,
					  .error = XLAT_DMA_ENGINE_ERROR_WRITE_BACK,
				  },
				  &verdict))
		finish(channel);
	return verdict;
}

/* The lock is held. Whether the channel may go on; an answer is taken. */
static bool may_go_on(struct xlat__engine_channel *channel, uint32_t *answer)
{
	*answer = XLAT_DMA_ENGINE_PAGE_SUCCESS;
	if (channel->pending)
		return false;
	if (channel->cancel)
		xlat__engine_end_cancel(channel);
	if (!channel->parked)
		return true;
	if (channel->answer == XLAT__ENGINE_NO_ANSWER)
		return false;
	*answer = channel->answer;
	channel->parked = false;
	if (channel->registers.state == XLAT_DMA_ENGINE_PARKED)
		channel->registers.state = XLAT_DMA_ENGINE_RUNNING;
	return true;
}

enum xlat__engine_verdict xlat__engine_step(struct xlat__engine_channel *channel)
{
	uint32_t answer;
	bool may;

	pthread_mutex_lock(&channel->engine->lock);
	may = may_go_on(channel, &answer);
	pthread_mutex_unlock(&channel->engine->lock);
	if (!may)
		return XLAT__ENGINE_WAITS;
	if (answer != XLAT_DMA_ENGINE_PAGE_SUCCESS) {
		xlat__engine_fail(channel, XLAT_DMA_ENGINE_ERROR_PAGE, XLAT_FAULT, channel->asked);
		return XLAT__ENGINE_WENT_ON;
	}
	switch (channel->work.phase) {
	case XLAT__ENGINE_READ_NEXT:
		return read_next(channel);
	case XLAT__ENGINE_READ_DESCRIPTOR:
		return read_descriptor(channel);
	case XLAT__ENGINE_MOVE:
	case XLAT__ENGINE_READ_SOURCE_PIECE:
	case XLAT__ENGINE_READ_DESTINATION_PIECE:
	case XLAT__ENGINE_READ_SOURCE:
	case XLAT__ENGINE_READ_DESTINATION:
	case XLAT__ENGINE_WRITE_DESTINATION:
		return xlat__engine_transfer(channel);
	case XLAT__ENGINE_WRITE_RESULT:
		return write_result(channel);
	case XLAT__ENGINE_WRITE_STATUS:
		return write_status(channel);
	default:
		return look(channel);
	}
}
