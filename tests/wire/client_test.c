/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The client's messages, and what it makes of a server's that are not as they should be: too short, too
 * long, of sizes and offsets that lead outside, in another order. QEMU docs/interop/vfio-user.rst.
 */
#include "test.h"
#include "client_script.h"

#include <xlat/dma.h>
#include <xlat/pci_capability.h>
#include <xlat/space.h>
#include <xlat/vfio_user_client.h>

#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	VERSION,
	DEVICE,
	REGION, /* of index 0; the others follow */
	IRQ = REGION + 8,
	CONFIG = IRQ + 3,
};

static struct xlat_fabric *fabric;
static struct script script;

static int setup(void **state)
{
	(void)state;
	assert_int_equal(xlat_fabric_create(NULL, &fabric), 0);
	assert_true(script_init(&script));
	assert_int_equal(script.count, SCRIPT_HANDSHAKE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	script_finish(&script);
	xlat_fabric_destroy(fabric);
	return 0;
}

/* A client of the script; an error, or 0. */
static int create(struct xlat_vfio_user_client **client, int *server)
{
	int fd = script_play(&script, server), error;

	assert_true(fd >= 0);
	error = xlat_vfio_user_client_create(fabric,
					     XLAT_CONFIG(xlat_vfio_user_client_config,
							 .has_fd = true, .fd = fd,
							 .timeout = 60000000000),
					     client);
	if (error)
		close(fd);
	return error;
}

static int try_script(void)
{
	struct xlat_vfio_user_client *client;
	int server, error = create(&client, &server);

	if (!error)
		xlat_vfio_user_client_destroy(client);
	close(server);
	return error;
}

/* The payload of a message, at an offset. */
static void poke(unsigned message, size_t offset, const void *bytes, size_t length)
{
	memcpy(script.bytes + script.at[message] + 16 + offset, bytes, length);
}

static void poke32(unsigned message, size_t offset, uint32_t value)
{
	poke(message, offset, &value, 4);
}

static void poke64(unsigned message, size_t offset, uint64_t value)
{
	poke(message, offset, &value, 8);
}

static void poke_header(unsigned message, struct xlat__vfio_user_header header)
{
	memcpy(script.bytes + script.at[message], &header, sizeof(header));
}

static struct xlat__vfio_user_header header_of(unsigned message)
{
	struct xlat__vfio_user_header header;

	memcpy(&header, script.bytes + script.at[message], sizeof(header));
	return header;
}

static void a_device_is_made_of_what_the_server_says(void **state)
{
	struct xlat_vfio_user_client_region region;
	struct xlat_vfio_user_client *client;
	struct xlat_pci_function *function;
	int server;

	(void)state;
	assert_int_equal(create(&client, &server), 0);
	function = xlat_vfio_user_client_function(client);
	assert_int_equal(xlat_pci_function_config_load(function, 0, 4), 0xd3d01234);
	assert_int_equal(xlat_pci_find_capability(function, 0x11), 0x40);
	assert_int_equal(xlat_pci_find_capability(function, 9), 0x60);
	assert_int_equal(xlat_vfio_user_client_interrupts(client, 2), 4);
	assert_true(xlat_vfio_user_client_region(client, 2, &region));
	assert_int_equal(region.length, 0x2000);
	assert_int_equal(region.mapped, 0x1000);
	xlat_vfio_user_client_destroy(client);
	close(server);
}

/* The next message that the client has sent; the size of its payload. */
static size_t next_sent(int server, struct xlat__vfio_user_header *header, uint8_t payload[8192])
{
	assert_int_equal(recv(server, header, sizeof(*header), MSG_WAITALL), sizeof(*header));
	assert_true(header->size >= sizeof(*header) && header->size <= 8192);
	if (header->size > sizeof(*header))
		assert_int_equal(recv(server, payload, header->size - sizeof(*header), MSG_WAITALL),
				 header->size - sizeof(*header));
	return header->size - sizeof(*header);
}

static void its_questions_are_as_the_protocol_has_them(void **state)
{
	struct xlat__vfio_user_region_access access;
	struct xlat__vfio_user_region_info region;
	struct xlat__vfio_user_device_info info;
	struct xlat__vfio_user_irq_info irq;
	struct xlat__vfio_user_header header;
	struct xlat_vfio_user_client *client;
	uint8_t payload[8192];
	int server;

	(void)state;
	assert_int_equal(create(&client, &server), 0);
	for (unsigned i = 0; i < SCRIPT_HANDSHAKE; i++) {
		size_t size = next_sent(server, &header, payload);

		assert_int_equal(header.id, i);
		assert_int_equal(header.command, header_of(i).command);
		assert_int_equal(header.flags, 0);
		assert_int_equal(header.error, 0);
		if (i == VERSION) {
			assert_memory_equal(payload, "\0\0\1\0", 4);
			assert_int_equal(payload[size - 1], 0);
			assert_non_null(strstr((char *)payload + 4, "max_msg_fds"));
		} else if (i == DEVICE) {
			assert_int_equal(size, sizeof(info));
			memcpy(&info, payload, sizeof(info));
			assert_int_equal(info.argsz, 16);
		} else if (i < IRQ) {
			assert_int_equal(size, sizeof(region));
			memcpy(&region, payload, sizeof(region));
			assert_int_equal(region.index, i - REGION);
			assert_true(region.argsz >= 32 && !region.flags && !region.size);
		} else if (i < CONFIG) {
			assert_int_equal(size, sizeof(irq));
			memcpy(&irq, payload, sizeof(irq));
			assert_int_equal(irq.argsz, 16);
			assert_int_equal(irq.index, i - IRQ);
		} else {
			assert_int_equal(size, sizeof(access));
			memcpy(&access, payload, sizeof(access));
			assert_int_equal(access.offset, (i - CONFIG) * 256);
			assert_int_equal(access.region, 7);
			assert_int_equal(access.count, 256);
		}
	}
	/* The command register, which is not answered. */
	assert_int_equal(next_sent(server, &header, payload), sizeof(access) + 2);
	assert_int_equal(header.command, XLAT__VFIO_USER_REGION_WRITE);
	assert_int_equal(header.flags, XLAT__VFIO_USER_NO_REPLY);
	xlat_vfio_user_client_destroy(client);
	close(server);
}

static void a_server_may_hang_up_at_any_byte(void **state)
{
	size_t whole = script.size;

	(void)state;
	for (script.size = 0; script.size < whole; script.size += script.size < 1600 ? 1 : 97) {
		int error = try_script();

		assert_true(error == -ENOTCONN || error == -ECONNRESET);
	}
}

static void other_versions_are_refused(void **state)
{
	(void)state;
	poke(VERSION, 0, "\1", 1);
	assert_int_equal(try_script(), -ENOTSUP);
	poke(VERSION, 0, "\0", 1);
	/* A minor one is the server's to choose. */
	poke(VERSION, 2, "\0", 1);
	assert_int_equal(try_script(), 0);
	poke(VERSION, 4, "]", 1);
	assert_int_equal(try_script(), -EPROTO);
}

static void what_is_no_pci_device_is_refused(void **state)
{
	(void)state;
	poke32(DEVICE, 4, VFIO_DEVICE_FLAGS_RESET);
	assert_int_equal(try_script(), -ENOTSUP);
}

static void errors_are_what_they_say(void **state)
{
	struct xlat__vfio_user_header header = header_of(DEVICE);

	(void)state;
	header.flags |= XLAT__VFIO_USER_ERROR;
	header.error = EACCES;
	poke_header(DEVICE, header);
	assert_int_equal(try_script(), -EACCES);
	header.error = 0xffffffff;
	poke_header(DEVICE, header);
	assert_int_equal(try_script(), -EIO);
}

static void sizes_that_lead_outside_are_refused(void **state)
{
	struct xlat__vfio_user_header header;

	(void)state;
	/* Shorter than a header; a reply that is too short; a region too long; too short to configure. */
	header = header_of(DEVICE);
	header.size = 15;
	poke_header(DEVICE, header);
	assert_true(try_script() < 0);
	header.size = 0xffffffff;
	poke_header(DEVICE, header);
	assert_true(try_script() < 0);
	header.size = 32;
	poke_header(DEVICE, header);
	poke64(REGION, 16, UINT64_MAX);
	assert_int_equal(try_script(), -EPROTO);
	poke64(REGION, 16, 0x1000);
	poke64(REGION + 7, 16, 64);
	assert_int_equal(try_script(), -EPROTO);
	poke64(REGION + 7, 16, 4096);
	poke32(CONFIG, 12, 255);
	assert_int_equal(try_script(), -EPROTO);
	poke32(CONFIG, 12, 256);
	assert_int_equal(try_script(), 0);
}

/* What is not safe to map is not mapped, and the rest works. */
static void areas_that_make_no_sense_are_not_mapped(void **state)
{
	static const struct {
		size_t at; /* in the reply */
		uint64_t value;
	} cases[] = {
		{12, 0xfffffff0}, /* where the capability is */
		{32 + 4, 32}, /* the next one is itself; the id is not known: below */
		{32 + 8, 0xffffffff}, /* how many areas */
		{48, 0x2000}, /* behind the region */
		{48, 0xfffffffffffff000},
		{48, 0x800}, /* not pages */
		{56, 0x2000}, /* too long */
		{56, 0},
		{56, 0xffffffffffffffff},
		{24, 0x7ffffffffffff000}, /* where in the file */
		{24, 0x10000}, /* behind its end */
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct xlat_vfio_user_client_region region;
		struct xlat_vfio_user_client *client;
		bool capability = cases[i].at < 48 && cases[i].at != 24;
		int server;

		script_finish(&script);
		assert_true(script_init(&script));
		if (cases[i].at == 32 + 4)
			poke32(REGION + 2, 32, 99);
		if (capability)
			poke32(REGION + 2, cases[i].at, (uint32_t)cases[i].value);
		else
			poke64(REGION + 2, cases[i].at, cases[i].value);
		assert_int_equal(create(&client, &server), 0);
		assert_true(xlat_vfio_user_client_region(client, 2, &region));
		assert_true(region.mapped <= 0x2000);
		if (!capability)
			assert_int_equal(region.mapped, 0);
		xlat_vfio_user_client_destroy(client);
		close(server);
	}
}

static void capabilities_that_lead_in_circles_end(void **state)
{
	(void)state;
	poke(CONFIG, 16 + 0x61, "\x40", 1);
	assert_int_equal(try_script(), 0);
	poke(CONFIG, 16 + 0x34, "\xff", 1);
	assert_int_equal(try_script(), 0);
	/* A table in a BAR that is not there, and behind one's end. */
	poke(CONFIG, 16 + 0x34, "\x40", 1);
	poke(CONFIG, 16 + 0x44, "\5", 1);
	assert_int_equal(try_script(), -EPROTO);
	poke(CONFIG, 16 + 0x44, "\0\x10", 2);
	assert_int_equal(try_script(), -EPROTO);
}

static void messages_that_nobody_asked_for_are_ignored(void **state)
{
	static const uint16_t commands[] = {0, 2, 9, 11, 12, 17, 999, 0xffff};
	struct xlat_vfio_user_client_statistics counts;
	struct xlat_vfio_user_client *client;
	int server;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		script_add(&script,
			   (struct xlat__vfio_user_header){
				   .id = 77, .command = commands[i * 3], .flags = i % 2},
			   NULL, 0);
	assert_int_equal(create(&client, &server), 0);
	for (unsigned i = 0; i < 10; i++)
		(void)xlat_vfio_user_client_process(client);
	counts = xlat_vfio_user_client_statistics(client);
	assert_int_equal(counts.strays, 3);
	assert_int_equal(counts.dma_reads, 0);
	xlat_vfio_user_client_destroy(client);
	close(server);
}

static void dma_that_makes_no_sense_is_refused(void **state)
{
	static const struct xlat__vfio_user_dma_access cases[] = {
		{0, (1 << 20) + 1}, {UINT64_MAX, 4096}, {0, UINT64_MAX}};
	struct xlat__vfio_user_header header;
	struct xlat_vfio_user_client *client;
	uint8_t payload[8192];
	unsigned refused = 0;
	int server;

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		script_add(&script,
			   (struct xlat__vfio_user_header){.id = (uint16_t)(1000 + i),
							   .command =
								   i ? XLAT__VFIO_USER_DMA_READ
								     : XLAT__VFIO_USER_DMA_WRITE},
			   &cases[i], sizeof(cases[i]));
	assert_int_equal(create(&client, &server), 0);
	for (unsigned i = 0; i < 10; i++)
		(void)xlat_vfio_user_client_process(client);
	xlat_vfio_user_client_destroy(client);
	while (recv(server, &header, sizeof(header), MSG_WAITALL) == (ssize_t)sizeof(header)) {
		if (header.size > sizeof(header))
			(void)recv(server, payload, header.size - sizeof(header), MSG_WAITALL);
		if (header.id >= 1000 && header.flags & XLAT__VFIO_USER_REPLY) {
			assert_int_equal(header.flags,
					 XLAT__VFIO_USER_REPLY | XLAT__VFIO_USER_ERROR);
			assert_int_not_equal(header.error, 0);
			refused++;
		}
	}
	assert_int_equal(refused, 3);
	close(server);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_device_is_made_of_what_the_server_says),
		TEST(its_questions_are_as_the_protocol_has_them),
		TEST(a_server_may_hang_up_at_any_byte),
		TEST(other_versions_are_refused),
		TEST(what_is_no_pci_device_is_refused),
		TEST(errors_are_what_they_say),
		TEST(sizes_that_lead_outside_are_refused),
		TEST(areas_that_make_no_sense_are_not_mapped),
		TEST(capabilities_that_lead_in_circles_end),
		TEST(messages_that_nobody_asked_for_are_ignored),
		TEST(dma_that_makes_no_sense_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
