/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * NVMe queues of several threads at once, with admin commands beside them: executed by who writes
 * the doorbell, and by workers. A thread waits for its queue's interrupt, as a driver does.
 */
#include "test.h"
#include "nvme_driver.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

enum {
	QUEUES = 3,
	WORKERS = 2,
	ROUNDS = 300,
	BATCH = 8,
	BLOCKS = 1024,
};

struct crowd {
	struct nvme_driver driver;
	pthread_mutex_t lock;
	pthread_cond_t told;
	unsigned messages[NVME_MESSAGES]; /* under lock */
	unsigned failures; /* atomic */
	bool over; /* atomic */
};

struct member {
	struct crowd *crowd;
	unsigned number;
	pthread_t thread;
};

static void on_message(void *opaque, unsigned vector)
{
	struct crowd *crowd = opaque;

	pthread_mutex_lock(&crowd->lock);
	crowd->messages[vector]++;
	pthread_cond_broadcast(&crowd->told);
	pthread_mutex_unlock(&crowd->lock);
}

static void await(struct crowd *crowd, unsigned vector)
{
	pthread_mutex_lock(&crowd->lock);
	while (!crowd->messages[vector])
		pthread_cond_wait(&crowd->told, &crowd->lock);
	crowd->messages[vector]--;
	pthread_mutex_unlock(&crowd->lock);
}

static void expect(struct crowd *crowd, bool condition)
{
	if (!condition)
		__atomic_fetch_add(&crowd->failures, 1, __ATOMIC_RELAXED);
}

/* Of a batch that was told by one doorbell: all of it has completed. */
static void take_all(struct member *member, unsigned count)
{
	struct nvme_completion completion;

	await(member->crowd, member->number);
	for (unsigned i = 0; i < count; i++) {
		bool there = nvme_take(&member->crowd->driver, member->number, &completion);

		expect(member->crowd, there && completion.status == NVME_SUCCESS);
	}
}

static void *use_queue(void *opaque)
{
	struct member *member = opaque;
	struct nvme_driver *driver = &member->crowd->driver;
	unsigned id = member->number, page = NVME_DATA + id * 12;

	for (unsigned round = 0; round < ROUNDS; round++) {
		for (unsigned i = 0; i < BATCH; i++) {
			memset(nvme_page(driver, page + i), (int)(round + i + id), 512);
			(void)nvme_push(driver, id,
					nvme_transfer(driver, NVM_WRITE, id * 100 + i, 1,
						      page + i));
		}
		nvme_ring(driver, id);
		take_all(member, BATCH);
		for (unsigned i = 0; i < BATCH; i++) {
			memset(nvme_page(driver, page + i), 0, 512);
			(void)nvme_push(driver, id,
					nvme_transfer(driver, NVM_READ, id * 100 + i, 1, page + i));
		}
		nvme_ring(driver, id);
		take_all(member, BATCH);
		for (unsigned i = 0; i < BATCH; i++)
			expect(member->crowd,
			       nvme_page(driver, page + i)[511] == (uint8_t)(round + i + id));
	}
	return NULL;
}

static void do_admin(struct member *member, struct nvme_command command)
{
	(void)nvme_submit(&member->crowd->driver, 0, command);
	take_all(member, 1);
}

/* Queues come and go, logs are read. */
static void *use_admin(void *opaque)
{
	struct member *member = opaque;
	struct nvme_driver *driver = &member->crowd->driver;
	struct nvme_command log = {{ADMIN_GET_LOG_PAGE}};
	unsigned id = QUEUES + 1;

	log.dword[6] = (uint32_t)nvme_iova(driver, NVME_DATA);
	log.dword[10] = LOG_SMART | 127 << 16;
	for (unsigned round = 0; round < ROUNDS; round++) {
		struct nvme_command command = {{ADMIN_CREATE_CQ}};

		command.dword[6] = (uint32_t)nvme_iova(driver, 2 * id + 1);
		command.dword[10] = 15 << 16 | id;
		command.dword[11] = 1;
		do_admin(member, command);
		command.dword[0] = ADMIN_CREATE_SQ;
		command.dword[11] = id << 16 | 1;
		do_admin(member, command);
		nvme_store(driver, NVME_DOORBELLS + 8 * id, 0);
		do_admin(member, log);
		command.dword[0] = ADMIN_DELETE_SQ;
		do_admin(member, command);
		command.dword[0] = ADMIN_DELETE_CQ;
		do_admin(member, command);
	}
	return NULL;
}

static void *work(void *opaque)
{
	struct member *member = opaque;
	struct xlat_nvme *nvme = member->crowd->driver.nvme;
	struct pollfd fd = {.fd = xlat_nvme_worker_fd(nvme, member->number), .events = POLLIN};

	while (!__atomic_load_n(&member->crowd->over, __ATOMIC_ACQUIRE)) {
		(void)poll(&fd, 1, 10);
		(void)xlat_nvme_worker_process(nvme, member->number);
	}
	return NULL;
}

static void start(struct crowd *crowd, struct member *member, unsigned number,
		  void *(*run)(void *opaque))
{
	*member = (struct member){.crowd = crowd, .number = number};
	assert_int_equal(pthread_create(&member->thread, NULL, run, member), 0);
}

static void run_crowd(bool deferred)
{
	struct member queues[QUEUES + 1], workers[WORKERS];
	struct crowd crowd = {.failures = 0};
	struct xlat_nvme_namespace namespace;
	struct xlat_block *block;

	pthread_mutex_init(&crowd.lock, NULL);
	pthread_cond_init(&crowd.told, NULL);
	assert_int_equal(xlat_block_create(XLAT_CONFIG(xlat_block_config, .length = BLOCKS * 512),
					   &block),
			 0);
	namespace = (struct xlat_nvme_namespace){.block = block};
	nvme_driver_init(&crowd.driver,
			 XLAT_CONFIG(xlat_nvme_config, .namespaces = &namespace,
				     .namespace_count = 1, .queues = QUEUES + 1,
				     .deferred = deferred, .workers = WORKERS),
			 NULL);
	nvme_enable(&crowd.driver);
	nvme_use_messages(&crowd.driver);
	for (unsigned i = 1; i <= QUEUES; i++)
		nvme_create_queues(&crowd.driver, i, 16);
	assert_int_equal(xlat_pci_function_set_interrupt_sink(crowd.driver.function,
							      XLAT_CONFIG(xlat_pci_interrupt_sink,
									  .message = on_message,
									  .opaque = &crowd)),
			 0);
	for (unsigned i = 0; i < WORKERS; i++)
		start(&crowd, &workers[i], i, work);
	start(&crowd, &queues[0], 0, use_admin);
	for (unsigned i = 1; i <= QUEUES; i++)
		start(&crowd, &queues[i], i, use_queue);
	for (unsigned i = 0; i <= QUEUES; i++)
		assert_int_equal(pthread_join(queues[i].thread, NULL), 0);
	__atomic_store_n(&crowd.over, true, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < WORKERS; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
	assert_int_equal(crowd.failures, 0);
	assert_int_equal(xlat_nvme_statistics(crowd.driver.nvme).commands,
			 QUEUES * ROUNDS * BATCH * 2);
	nvme_driver_finish(&crowd.driver);
	xlat_block_destroy(block);
	pthread_cond_destroy(&crowd.told);
	pthread_mutex_destroy(&crowd.lock);
}

static void threads_execute_what_they_announce(void **state)
{
	(void)state;
	run_crowd(false);
}

static void workers_execute_what_threads_announce(void **state)
{
	(void)state;
	run_crowd(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_execute_what_they_announce),
		cmocka_unit_test(workers_execute_what_threads_announce),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
