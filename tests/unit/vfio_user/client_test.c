/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Our client against our server: a DMA engine in another thread (or process) does what one in this
 * process does, with RAM that is lent and with RAM that is not, behind IOMMUs, and when its server
 * comes and goes.
 */
#include "test.h"
#include "engine_bench.h"
#include "remote_engine.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SHARED_AT UINT64_C(0x600000)
#define SHARED_SIZE UINT64_C(0x10000)

static struct engine_bench bench;
static struct remote_engine remote;
static struct xlat_ram *shared;
static struct xlat_region *shared_region;
static unsigned changes; /* of the client's state */

static void count_change(void *opaque, enum xlat_vfio_user_client_state state)
{
	(void)opaque;
	(void)state;
	changes++;
}

static struct xlat_vfio_user_client_config config;

static void connect_client(struct engine_bench *b)
{
	config.size = sizeof(config);
	config.changed = count_change;
	if (!config.path) {
		remote_engine_begin(&remote, NULL);
		config.has_fd = true;
		config.fd = remote.fd;
	}
	assert_int_equal(xlat_vfio_user_client_create(fixture.fabric, &config, &b->client), 0);
	b->function = xlat_vfio_user_client_function(b->client);
	assert_int_equal(xlat_ram_create(fixture.fabric,
					 XLAT_CONFIG(xlat_ram_config, .kind = XLAT_RAM_MEMFD,
						     .length = SHARED_SIZE),
					 &shared),
			 0);
	assert_int_equal(xlat_region_create(fixture.fabric,
					    XLAT_CONFIG(xlat_region_config, .kind = XLAT_REGION_RAM,
							.ram = shared, .length = SHARED_SIZE),
					    &shared_region),
			 0);
	assert_int_equal(xlat_region_attach(fixture.root, shared_region, SHARED_AT), 0);
}

static void disconnect_client(struct engine_bench *b)
{
	xlat_vfio_user_client_destroy(b->client);
	xlat_region_detach(shared_region);
	xlat_region_unref(shared_region);
	xlat_ram_unref(shared);
	if (!config.path)
		remote_engine_end(&remote);
}

static void process_client(struct engine_bench *b)
{
	(void)xlat_vfio_user_client_process(b->client);
	(void)xlat_fabric_process(fixture.fabric);
}

static const struct bench_remote kind = {connect_client, disconnect_client, process_client};

static int setup(void **state)
{
	(void)state;
	changes = 0;
	config = (struct xlat_vfio_user_client_config){0};
	bench_begin_remote(&bench, false, &kind);
	return 0;
}

static int setup_iommu(void **state)
{
	(void)state;
	config = (struct xlat_vfio_user_client_config){0};
	bench_begin_remote(&bench, true, &kind);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	bench_end(&bench);
	return 0;
}

/* Processes until it is so; a minute at most. */
static bool wait_until(bool (*is)(void))
{
	time_t end = time(NULL) + 60;

	while (!is()) {
		struct pollfd fd = {.fd = xlat_vfio_user_client_fd(bench.client), .events = POLLIN};

		if (time(NULL) > end)
			return false;
		(void)poll(&fd, 1, 20);
		process_client(&bench);
	}
	return true;
}

static struct xlat_vfio_user_client_statistics counts(void)
{
	return xlat_vfio_user_client_statistics(bench.client);
}

/* --- What the guest sees. */

static void it_is_the_device_that_is_served(void **state)
{
	struct xlat_vfio_user_client_region region;

	(void)state;
	assert_int_equal(xlat_pci_bus_config_read(bench.bus, ENGINE_DEVFN, 0, 4),
			 (uint32_t)XLAT_DMA_ENGINE_DEVICE_ID << 16 | XLAT_DMA_ENGINE_VENDOR_ID);
	assert_int_equal(xlat_pci_bus_config_read(bench.bus, ENGINE_DEVFN, 8, 4),
			 (uint32_t)XLAT_DMA_ENGINE_CLASS << 8 | 1);
	assert_int_not_equal(xlat_pci_find_capability(bench.function, 0x11), 0);
	assert_int_not_equal(xlat_pci_find_capability(bench.function, 0x10), 0);
	/* What the protocol has no messages for. */
	assert_int_equal(xlat_pci_find_extended(bench.function, 0x0f), 0);
	assert_int_equal(xlat_pci_find_extended(bench.function, 0x1b), 0);
	assert_true(xlat_vfio_user_client_region(bench.client, 0, &region));
	assert_int_equal(region.length, 0x8000);
	assert_false(xlat_vfio_user_client_region(bench.client, 6, &region));
	assert_int_equal(xlat_vfio_user_client_interrupts(bench.client, 2), BENCH_CHANNELS);
	assert_int_equal(engine_load(&bench, THE_ENGINE, XLAT_DMA_ENGINE_ID),
			 XLAT_DMA_ENGINE_MAGIC);
}

static void regions_are_read_and_written_by_the_host(void **state)
{
	uint32_t value = 0;

	(void)state;
	assert_int_equal(xlat_vfio_user_client_read(bench.client, 0, 0, &value, 4), 0);
	assert_int_equal(value, XLAT_DMA_ENGINE_MAGIC);
	value = 7;
	assert_int_equal(xlat_vfio_user_client_write(
				 bench.client, 0, XLAT_DMA_ENGINE_CHANNEL + XLAT_DMA_ENGINE_PASID,
				 &value, 4),
			 0);
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_PASID), 7);
	assert_int_equal(xlat_vfio_user_client_read(bench.client, 0, 0x7ffe, &value, 4), -EINVAL);
	assert_int_equal(xlat_vfio_user_client_read(bench.client, 8, 0, &value, 4), -EINVAL);
}

/* The engine's own memory, which the server lends. */
static void memory_that_is_lent_is_mapped(void **state)
{
	struct xlat_vfio_user_client_region region;
	uint64_t reads;

	(void)state;
	assert_true(xlat_vfio_user_client_region(bench.client, 2, &region));
	assert_int_equal(region.mapped, 0x10000);
	reads = counts().reads;
	put(LOCAL_AT + 0x100, 0x1234);
	assert_int_equal(get(LOCAL_AT + 0x100), 0x1234);
	assert_int_equal(counts().reads, reads);
}

static void count_done(struct xlat_dma_op *op)
{
	++*(unsigned *)op->opaque;
}

static void an_initiator_that_can_wait_is_answered_later(void **state)
{
	uint32_t value = 0;
	unsigned done = 0;
	struct xlat_dma_op op = {.size = sizeof(op),
				 .kind = XLAT_DMA_READ,
				 .iova = ENGINE_AT,
				 .length = 4,
				 .buffer = &value,
				 .done = count_done,
				 .opaque = &done};

	(void)state;
	assert_int_equal(xlat_dma_submit(fixture.dma, &op), 0);
	while (!done) {
		process_client(&bench);
		(void)xlat_dma_process(fixture.dma);
		sched_yield();
	}
	assert_int_equal(op.result.outcome, XLAT_OK);
	assert_int_equal(value, XLAT_DMA_ENGINE_MAGIC);
}

/* --- DMA. */

static void it_moves_memory_by_messages(void **state)
{
	(void)state;
	fill_pattern(FROM_AT, 0x5000, 3);
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
					.source = FROM_AT + 3, .destination = TO_AT,
					.length = 0x4321),
			 XLAT_DMA_ENGINE_IS_DONE);
	assert_true(ram_equals(FROM_AT + 3, TO_AT, 0x4321));
	assert_true(counts().dma_reads > 0 && counts().dma_writes > 0);
}

static void it_moves_memory_that_it_was_lent(void **state)
{
	uint8_t *host = xlat_ram_host(shared);
	uint64_t reads;

	(void)state;
	for (unsigned i = 0; i < 0x4000; i++)
		host[i] = (uint8_t)(i * 3);
	engine_start(&bench, 0, 0);
	(void)ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP);
	reads = counts().dma_reads;
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
					.source = SHARED_AT, .destination = SHARED_AT + 0x8000,
					.length = 0x4000),
			 XLAT_DMA_ENGINE_IS_DONE);
	assert_memory_equal(host, host + 0x8000, 0x4000);
	/* The descriptor is in other RAM; the data were no messages. */
	assert_int_equal(counts().dma_reads, reads + 1);
}

static void it_reaches_other_devices(void **state)
{
	(void)state;
	fill_pattern(FROM_AT, 0x100, 5);
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
					.source = FROM_AT, .destination = PEER_AT + 0x20,
					.length = 0x100),
			 XLAT_DMA_ENGINE_IS_DONE);
	assert_memory_equal(bench.peer_device.bytes + 0x20, ram(FROM_AT), 0x100);
	assert_int_equal(bench.peer_device.last.attrs.requester, ENGINE_DEVFN);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
					.source = PEER_AT + 0x20, .destination = LOCAL_AT,
					.length = 0x100),
			 XLAT_DMA_ENGINE_IS_DONE);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
					.source = LOCAL_AT, .destination = TO_AT, .length = 0x100),
			 XLAT_DMA_ENGINE_IS_DONE);
	assert_true(ram_equals(FROM_AT, TO_AT, 0x100));
}

static void what_it_may_not_reach_is_an_error(void **state)
{
	(void)state;
	engine_start(&bench, 0, 0);
	(void)ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY, .source = NOTHING_AT,
			     .destination = TO_AT, .length = 4);
	assert_int_equal(engine_error(&bench, 0), XLAT_DMA_ENGINE_ERROR_READ);
	engine_stop(&bench, 0);
	engine_start(&bench, 0, 0);
	(void)ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY, .source = FROM_AT,
			     .destination = ROM_AT, .length = 4);
	assert_int_equal(engine_error(&bench, 0), XLAT_DMA_ENGINE_ERROR_WRITE);
}

static void bus_mastering_is_a_gate(void **state)
{
	(void)state;
	engine_start(&bench, 0, 0);
	xlat_pci_bus_config_write(bench.bus, ENGINE_DEVFN, 4, 2, 2);
	(void)ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP);
	assert_int_equal(engine_error(&bench, 0), XLAT_DMA_ENGINE_ERROR_DESCRIPTOR);
	xlat_pci_bus_config_write(bench.bus, ENGINE_DEVFN, 4, 2, 6);
	engine_stop(&bench, 0);
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP),
			 XLAT_DMA_ENGINE_IS_DONE);
}

/* Memory that moves: what was lent is taken back, and a fence waits for the server. */
static struct xlat_fence fence;
static bool fence_is_over(void)
{
	return xlat_fence_poll(&fence) != XLAT_FENCE_PENDING;
}

static void memory_that_goes_is_given_back(void **state)
{
	uint64_t unmaps;

	(void)state;
	process_client(&bench);
	unmaps = counts().unmaps;
	xlat_region_detach(shared_region);
	if (!xlat_fence_start_space(&fence, xlat_pci_function_space(bench.function), NULL))
		assert_true(wait_until(fence_is_over));
	assert_int_equal(xlat_fence_status(&fence), XLAT_FENCE_COMPLETE);
	assert_int_equal(counts().unmaps, unmaps + 1);
	engine_start(&bench, 0, 0);
	(void)ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY, .source = SHARED_AT,
			     .destination = TO_AT, .length = 4);
	assert_int_equal(engine_error(&bench, 0), XLAT_DMA_ENGINE_ERROR_READ);
	assert_int_equal(xlat_region_attach(fixture.root, shared_region, SHARED_AT), 0);
	engine_stop(&bench, 0);
	process_client(&bench);
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
					.source = SHARED_AT, .destination = TO_AT, .length = 4),
			 XLAT_DMA_ENGINE_IS_DONE);
}

/* --- Interrupts. */

static bool channel_3_has_interrupted(void)
{
	return bench.messages[3] >= 2;
}

static void messages_arrive(void **state)
{
	(void)state;
	engine_start(&bench, 3, 0);
	(void)ENGINE_EXECUTE(&bench, 3, .control = XLAT_DMA_ENGINE_INTERRUPT);
	assert_true(wait_until(channel_3_has_interrupted) || bench.messages[3]);
	assert_int_equal(bench.messages[0] + bench.messages[1] + bench.messages[2], 0);
}

static bool wire_is_high(void)
{
	return bench.levels[0];
}

static void without_messages_there_is_a_wire(void **state)
{
	unsigned at = xlat_pci_find_capability(bench.function, 0x11) + 2;
	struct xlat_vfio_user_client_region region;

	(void)state;
	xlat_pci_bus_config_write(bench.bus, ENGINE_DEVFN, at, 2, 0);
	assert_true(xlat_vfio_user_client_region(bench.client, 2, &region));
	assert_int_equal(region.mapped, 0);
	engine_start(&bench, 0, 0);
	(void)ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP);
	assert_true(wait_until(wire_is_high));
	/* An access counts as the end of the interrupt; it is high again, since the event is there. */
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_EVENTS),
			 XLAT_DMA_ENGINE_EVENT_IDLE);
	assert_true(wait_until(wire_is_high));
	engine_store(&bench, 0, XLAT_DMA_ENGINE_EVENTS, XLAT_DMA_ENGINE_EVENT_IDLE);
	(void)engine_load(&bench, 0, XLAT_DMA_ENGINE_EVENTS);
	process_client(&bench);
	(void)engine_load(&bench, 0, XLAT_DMA_ENGINE_EVENTS);
	process_client(&bench);
	assert_false(wire_is_high());
}

static void a_reset_reaches_the_device(void **state)
{
	(void)state;
	engine_start(&bench, 0, 0);
	(void)ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP);
	xlat_pci_function_reset(bench.function);
	bench_enumerate(&bench);
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_CONTROL), 0);
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_INTERRUPTS), 0);
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_NOP),
			 XLAT_DMA_ENGINE_IS_DONE);
}

/* --- Behind an IOMMU. */

static void it_is_behind_its_iommu(void **state)
{
	(void)state;
	for (uint64_t page = RING_AT; page < LISTS_AT; page += 0x1000)
		map_page(page, page);
	map_page(FROM_AT, PAGE);
	map_page(TO_AT, OTHER);
	fill_pattern(PAGE, 0x1000, 4);
	engine_start(&bench, 0, 0);
	assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
					.source = FROM_AT, .destination = TO_AT, .length = 0x1000),
			 XLAT_DMA_ENGINE_IS_DONE);
	assert_true(ram_equals(PAGE, OTHER, 0x1000));
	/* The driver unmaps, and waits as drivers do: the page is its own. */
	unmap_page(TO_AT);
	put_command(bench.u, IOTINVAL_VMA, 0);
	put_command(bench.u, IOFENCE_C | PR_PW, 0);
	assert_true(commands_are_done(bench.u));
	memset(ram(OTHER), 0, 0x1000);
	(void)ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY, .source = FROM_AT,
			     .destination = TO_AT, .length = 0x1000);
	assert_int_equal(engine_error(&bench, 0), XLAT_DMA_ENGINE_ERROR_WRITE);
	assert_int_equal(*ram(OTHER), 0);
}

/* --- Servers that come and go. */

static bool is_connected(void)
{
	return xlat_vfio_user_client_state(bench.client) == XLAT_VFIO_USER_CLIENT_CONNECTED;
}

static bool is_lost(void)
{
	return !is_connected();
}

static void without_a_server_it_reads_as_all_ones(void **state)
{
	(void)state;
	remote_engine_end(&remote);
	assert_true(wait_until(is_lost));
	assert_int_equal(engine_load(&bench, 0, XLAT_DMA_ENGINE_STATUS), UINT32_MAX);
	engine_store(&bench, 0, XLAT_DMA_ENGINE_CONTROL, 1);
	/* Its identity stays. */
	assert_int_equal(xlat_pci_bus_config_read(bench.bus, ENGINE_DEVFN, 0, 2),
			 XLAT_DMA_ENGINE_VENDOR_ID);
	assert_int_equal(changes, 1);
	/* For the teardown. */
	remote_engine_begin(&remote, NULL);
	close(remote.fd);
}

static char path[64];

static pid_t fork_server(void)
{
	pid_t pid = fork();

	if (pid == 0)
		remote_engine_serve_forever(path);
	assert_true(pid > 0);
	return pid;
}

/* As often as the server is killed. */
static void a_server_that_is_killed_is_connected_to_again(void **state)
{
	pid_t server;

	(void)state;
	snprintf(path, sizeof(path), "./xlat-client-%d", (int)getpid());
	config = (struct xlat_vfio_user_client_config){
		.path = path, .pause_first = 1000000, .pause_most = 20000000};
	server = fork_server();
	for (;;) {
		struct xlat_vfio_user_client *probe;
		struct xlat_fabric *fabric;
		int error;

		assert_int_equal(xlat_fabric_create(NULL, &fabric), 0);
		config.size = sizeof(config);
		error = xlat_vfio_user_client_create(fabric, &config, &probe);
		if (!error)
			xlat_vfio_user_client_destroy(probe);
		xlat_fabric_destroy(fabric);
		if (!error)
			break;
		sched_yield();
	}
	bench_begin_remote(&bench, false, &kind);
	for (unsigned i = 0; i < 8; i++) {
		engine_start(&bench, 0, 0);
		*ram(FROM_AT) = (uint8_t)(i + 1);
		assert_int_equal(ENGINE_EXECUTE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
						.source = FROM_AT, .destination = TO_AT,
						.length = 1),
				 XLAT_DMA_ENGINE_IS_DONE);
		assert_int_equal(*ram(TO_AT), i + 1);
		/* At work or not. */
		if (i % 2)
			(void)ENGINE_QUEUE(&bench, 0, .control = XLAT_DMA_ENGINE_COPY,
					   .source = FROM_AT, .destination = TO_AT,
					   .length = 0x20000);
		kill(server, SIGKILL);
		(void)waitpid(server, NULL, 0);
		assert_true(wait_until(is_lost));
		server = fork_server();
		assert_true(wait_until(is_connected));
		process_client(&bench);
	}
	bench_end(&bench);
	kill(server, SIGKILL);
	(void)waitpid(server, NULL, 0);
	unlink(path);
}

static void configurations_that_make_no_sense_are_refused(void **state)
{
	struct xlat_vfio_user_client *client;
	char longer[200];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	assert_int_equal(xlat_vfio_user_client_create(
				 fixture.fabric,
				 XLAT_CONFIG(xlat_vfio_user_client_config, .path = NULL), &client),
			 -EINVAL);
	assert_int_equal(xlat_vfio_user_client_create(fixture.fabric,
						      XLAT_CONFIG(xlat_vfio_user_client_config,
								  .path = longer),
						      &client),
			 -EINVAL);
	assert_int_equal(xlat_vfio_user_client_create(fixture.fabric,
						      XLAT_CONFIG(xlat_vfio_user_client_config,
								  .path = "./nobody-listens-here"),
						      &client),
			 -ENOENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_is_the_device_that_is_served),
		TEST(regions_are_read_and_written_by_the_host),
		TEST(memory_that_is_lent_is_mapped),
		TEST(an_initiator_that_can_wait_is_answered_later),
		TEST(it_moves_memory_by_messages),
		TEST(it_moves_memory_that_it_was_lent),
		TEST(it_reaches_other_devices),
		TEST(what_it_may_not_reach_is_an_error),
		TEST(bus_mastering_is_a_gate),
		TEST(memory_that_goes_is_given_back),
		TEST(messages_arrive),
		TEST(without_messages_there_is_a_wire),
		TEST(a_reset_reaches_the_device),
		cmocka_unit_test_setup_teardown(it_is_behind_its_iommu, setup_iommu, teardown),
		TEST(without_a_server_it_reads_as_all_ones),
		cmocka_unit_test(a_server_that_is_killed_is_connected_to_again),
		TEST(configurations_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
