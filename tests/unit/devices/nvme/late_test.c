/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A host whose memory answers late, as a peer's does by messages: queues, lists, data, completions,
 * interrupts all lie there.
 */
#include "test.h"
#include "nvme_driver.h"

#include <xlat/implement/mmio.h>

#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	BLOCKS = 256,
	MOST = 8192, /* accesses on their way */
	LENGTH = 8 << 20,
};

struct message {
	struct xlat_mmio_defer *defer;
	uint64_t offset, value;
	unsigned size;
	bool write;
};

struct late {
	struct nvme_driver driver;
	struct xlat_region *region;
	struct xlat_block *block;
	struct xlat_nvme_namespace namespace;
	struct message messages[MOST];
	unsigned first, last; /* of a circle */
	unsigned reads, writes;
	bool lost; /* nothing is answered */
};

static enum xlat_outcome send(struct late *late, const struct xlat_mmio_access *access, bool write,
			      uint64_t value)
{
	struct message *message = &late->messages[late->last % MOST];

	if (!access->may_defer || late->last - late->first == MOST)
		return XLAT_RETRY;
	*message = (struct message){.defer = xlat_mmio_defer(access),
				    .offset = access->offset,
				    .size = access->size,
				    .write = write,
				    .value = value};
	assert_non_null(message->defer);
	late->last++;
	return XLAT_PENDING;
}

static enum xlat_outcome late_read(void *opaque, const struct xlat_mmio_access *access,
				   uint64_t *value)
{
	*value = 0;
	return send(opaque, access, false, 0);
}

static enum xlat_outcome late_write(void *opaque, const struct xlat_mmio_access *access,
				    uint64_t value)
{
	return send(opaque, access, true, value);
}

static const struct xlat_mmio_ops late_ops = {
	.size = sizeof(late_ops),
	.read = late_read,
	.write = late_write,
	.valid = {.unaligned = true},
	.implemented = {.unaligned = true},
};

/* One answer. */
static void answer(void *opaque)
{
	struct late *late = opaque;
	struct message *message = &late->messages[late->first % MOST];
	uint8_t *host = (uint8_t *)xlat_ram_host(late->driver.ram) + message->offset;

	if (late->first == late->last || late->lost)
		return;
	late->first++;
	for (unsigned i = 0; i < message->size; i++) {
		if (message->write)
			host[i] = (uint8_t)(message->value >> (8 * i));
		else
			message->value |= (uint64_t)host[i] << (8 * i);
	}
	if (message->write)
		late->writes++;
	else
		late->reads++;
	xlat_mmio_complete(message->defer, XLAT_OK, message->value);
}

static void begin(struct late *late, bool file, struct xlat_nvme_config config)
{
	struct xlat_block_config store = {.size = sizeof(store), .length = BLOCKS * 512};
	int fd = -1;

	memset(late, 0, sizeof(*late));
	if (file) {
		fd = memfd_create("disk", MFD_CLOEXEC);
		assert_true(fd >= 0);
		store.kind = XLAT_BLOCK_FILE;
		store.fd = fd;
		store.has_fd = true;
	}
	assert_int_equal(xlat_block_create(&store, &late->block), 0);
	if (fd >= 0)
		(void)close(fd);
	late->namespace = (struct xlat_nvme_namespace){.block = late->block};
	config.size = sizeof(config);
	config.namespaces = &late->namespace;
	config.namespace_count = 1;
	nvme_driver_init(&late->driver, &config, NULL);
	late->driver.idle = answer;
	late->driver.idle_opaque = late;
	assert_int_equal(xlat_region_create(late->driver.fabric,
					    XLAT_CONFIG(xlat_region_config,
							.kind = XLAT_REGION_MMIO, .ops = &late_ops,
							.opaque = late, .length = LENGTH),
					    &late->region),
			 0);
	xlat_region_detach(late->driver.dma_memory);
	assert_int_equal(xlat_region_attach(late->driver.dma_root, late->region, NVME_RAM), 0);
	nvme_enable(&late->driver);
}

static void end(struct late *late)
{
	/* What is still on its way is answered: each is, once. */
	late->lost = false;
	xlat_region_detach(late->region);
	while (late->first != late->last)
		answer(late);
	xlat_region_unref(late->region);
	nvme_driver_finish(&late->driver);
	xlat_block_destroy(late->block);
}

static void write_and_read(struct late *late, unsigned blocks)
{
	uint8_t *data = nvme_page(&late->driver, NVME_DATA);

	for (unsigned i = 0; i < blocks * 512; i++)
		data[i] = (uint8_t)(i * 7 + blocks);
	assert_int_equal(nvme_do(&late->driver, 1,
				 nvme_transfer(&late->driver, NVM_WRITE, 9, blocks, NVME_DATA)),
			 NVME_SUCCESS);
	memset(data, 0, blocks * 512);
	assert_int_equal(nvme_do(&late->driver, 1,
				 nvme_transfer(&late->driver, NVM_READ, 9, blocks, NVME_DATA)),
			 NVME_SUCCESS);
	for (unsigned i = 0; i < blocks * 512; i++)
		assert_int_equal(data[i], (uint8_t)(i * 7 + blocks));
	assert_int_equal(nvme_do(&late->driver, 1,
				 nvme_transfer(&late->driver, NVM_COMPARE, 9, blocks, NVME_DATA)),
			 NVME_SUCCESS);
}

static void everything_works_when_memory_answers_late(void **state)
{
	struct late *late = malloc(sizeof(*late));

	(void)state;
	assert_non_null(late);
	for (unsigned i = 0; i < 8; i++) {
		begin(late, i & 1,
		      (struct xlat_nvme_config){.deferred = i & 2,
						.io = i & 4 ? XLAT_NVME_IO_BEST : 0});
		assert_int_equal(
			nvme_do(&late->driver, 0,
				nvme_identify_command(&late->driver, CNS_CONTROLLER, 0, NVME_DATA)),
			NVME_SUCCESS);
		assert_int_equal(nvme_page(&late->driver, NVME_DATA)[512], 0x66);
		nvme_create_queues(&late->driver, 1, 16);
		for (unsigned blocks = 1; blocks < 60; blocks = blocks * 2 + 1)
			write_and_read(late, blocks);
		assert_int_equal(nvme_load(&late->driver, NVME_CSTS), CSTS_RDY);
		assert_int_equal(xlat_nvme_statistics(late->driver.nvme).errors, 0);
		end(late);
	}
	free(late);
}

static void many_commands_wait_their_turn(void **state)
{
	struct late *late = malloc(sizeof(*late));

	(void)state;
	assert_non_null(late);
	begin(late, false, (struct xlat_nvme_config){.queues = 3});
	nvme_create_queues(&late->driver, 1, 16);
	nvme_create_queues(&late->driver, 2, 16);
	for (unsigned round = 0; round < 5; round++) {
		for (unsigned i = 0; i < 10; i++)
			(void)nvme_push(&late->driver, 1 + i % 2,
					nvme_transfer(&late->driver, NVM_READ, i, 1,
						      NVME_DATA + i));
		nvme_ring(&late->driver, 1);
		nvme_ring(&late->driver, 2);
		/* Events and logs beside them. */
		(void)nvme_submit(&late->driver, 0,
				  (struct nvme_command){{ADMIN_ASYNC_EVENT_REQUEST}});
		nvme_store(&late->driver, NVME_DOORBELLS + 8 * 3, 1);
		(void)nvme_wait(&late->driver, 0);
		for (unsigned i = 0; i < 10; i++)
			assert_int_equal(nvme_wait(&late->driver, 1 + i % 2).status, NVME_SUCCESS);
		/* Reading the log unmasks the event. */
		struct nvme_command log = {{ADMIN_GET_LOG_PAGE}};

		log.dword[6] = (uint32_t)nvme_iova(&late->driver, NVME_DATA);
		log.dword[10] = LOG_ERROR | 15 << 16;
		assert_int_equal(nvme_do(&late->driver, 0, log), NVME_SUCCESS);
	}
	end(late);
	free(late);
}

static void shadow_doorbells_are_refused_there(void **state)
{
	struct late *late = malloc(sizeof(*late));
	struct nvme_command command = {{ADMIN_DOORBELL_BUFFER_CONFIG}};

	(void)state;
	assert_non_null(late);
	begin(late, false, (struct xlat_nvme_config){.queues = 1});
	command.dword[6] = (uint32_t)nvme_iova(&late->driver, 60);
	command.dword[8] = (uint32_t)nvme_iova(&late->driver, 61);
	assert_int_equal(nvme_do(&late->driver, 0, command), NVME_INVALID_FIELD);
	end(late);
	free(late);
}

static void a_reset_does_not_wait_for_answers(void **state)
{
	struct late *late = malloc(sizeof(*late));

	(void)state;
	assert_non_null(late);
	for (unsigned answers = 0; answers < 80; answers++) {
		begin(late, answers & 1,
		      (struct xlat_nvme_config){.queues = 2, .io = XLAT_NVME_IO_BEST});
		nvme_create_queues(&late->driver, 1, 16);
		for (unsigned i = 0; i < 3; i++)
			(void)nvme_submit(&late->driver, 1,
					  nvme_transfer(&late->driver, i & 1 ? NVM_READ : NVM_WRITE,
							0, 1, NVME_DATA));
		for (unsigned i = 0; i < answers; i++) {
			answer(late);
			(void)xlat_nvme_process(late->driver.nvme);
		}
		late->lost = true;
		nvme_disable(&late->driver);
		late->lost = false;
		while (late->first != late->last)
			answer(late);
		nvme_enable(&late->driver);
		nvme_create_queues(&late->driver, 1, 16);
		write_and_read(late, 3);
		end(late);
	}
	free(late);
}

static void the_descriptor_says_when_an_answer_has_come(void **state)
{
	struct late *late = malloc(sizeof(*late));
	struct pollfd fd;
	struct nvme_completion completion;

	(void)state;
	assert_non_null(late);
	begin(late, false, (struct xlat_nvme_config){.queues = 1});
	fd = (struct pollfd){.fd = xlat_nvme_fd(late->driver.nvme), .events = POLLIN};
	(void)nvme_submit(&late->driver, 0,
			  nvme_identify_command(&late->driver, CNS_CONTROLLER, 0, NVME_DATA));
	for (unsigned i = 0; !nvme_peek(&late->driver, 0, &completion); i++) {
		assert_true(i < 10000);
		while (poll(&fd, 1, 0) == 1)
			(void)xlat_nvme_process(late->driver.nvme);
		assert_true(late->first != late->last || nvme_peek(&late->driver, 0, &completion));
		answer(late);
		assert_int_equal(poll(&fd, 1, 60000), 1);
	}
	end(late);
	free(late);
}

static void what_is_on_its_way_is_not_forgotten_by_a_restore(void **state)
{
	struct late *late = malloc(sizeof(*late));

	(void)state;
	assert_non_null(late);
	for (unsigned answers = 0; answers < 120; answers++) {
		struct nvme_driver *driver = &late->driver;
		uint8_t *data;
		size_t size;

		begin(late, answers & 1,
		      (struct xlat_nvme_config){.queues = 2, .io = XLAT_NVME_IO_BEST});
		nvme_create_queues(driver, 1, 16);
		(void)nvme_submit(driver, 1, nvme_transfer(driver, NVM_READ, 0, 1, NVME_DATA));
		(void)nvme_submit(driver, 0,
				  nvme_feature_command(ADMIN_GET_FEATURES, FEATURE_QUEUES, 0));
		for (unsigned i = 0; i < answers; i++) {
			answer(late);
			(void)xlat_nvme_process(driver->nvme);
		}
		xlat_nvme_pause(driver->nvme);
		/* What has been sent arrives. */
		while (late->first != late->last)
			answer(late);
		size = xlat_nvme_save(driver->nvme, NULL, 0);
		data = malloc(size);
		assert_non_null(data);
		assert_int_equal(xlat_nvme_save(driver->nvme, data, size), size);
		xlat_nvme_resume(driver->nvme);
		xlat_nvme_destroy(driver->nvme);
		while (late->first != late->last)
			answer(late);
		driver->nvme = NULL;
		assert_int_equal(xlat_nvme_create(driver->fabric,
						  XLAT_CONFIG(xlat_nvme_config, .queues = 2,
							      .io = XLAT_NVME_IO_BEST,
							      .namespaces = &late->namespace,
							      .namespace_count = 1),
						  &driver->nvme),
				 0);
		driver->function = xlat_nvme_function(driver->nvme);
		assert_int_equal(xlat_pci_function_attach(driver->bus, XLAT_PCI_DEVFN(1, 0),
							  driver->function),
				 0);
		assert_int_equal(xlat_nvme_restore(driver->nvme, data, size), 0);
		free(data);
		assert_int_equal(nvme_wait(driver, 1).status, NVME_SUCCESS);
		assert_int_equal(nvme_wait(driver, 0).result, 0x10001);
		end(late);
	}
	free(late);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_works_when_memory_answers_late),
		cmocka_unit_test(many_commands_wait_their_turn),
		cmocka_unit_test(shadow_doorbells_are_refused_there),
		cmocka_unit_test(a_reset_does_not_wait_for_answers),
		cmocka_unit_test(what_is_on_its_way_is_not_forgotten_by_a_restore),
		cmocka_unit_test(the_descriptor_says_when_an_answer_has_come),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
