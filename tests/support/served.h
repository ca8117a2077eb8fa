/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A device behind a vfio-user server, and a client of bare bytes: what is sent and what must come
 * back is spelled out.
 *
 *	BAR0  64-bit, 32 KiB: registers at 0, RAM with a descriptor at 0x1000 (one page) and 0x4000 (two)
 *	BAR2  ports, 16 bytes		BAR4  MSI-X table and pending bits		INTA, MSI, MSI-X
 */
#ifndef XLAT_TESTS_SUPPORT_SERVED_H
#define XLAT_TESTS_SUPPORT_SERVED_H

#include <xlat/dma.h>
#include <xlat/implement/mmio.h>
#include <xlat/implement/vfio_user_device.h>
#include <xlat/pci_function.h>
#include <xlat/vfio_user_server.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SERVED_BAR0 = 0x8000,
	SERVED_PORTS = 16,
	SERVED_RAM = 0x8000, /* bytes of the block that BAR0 shows parts of */
	SERVED_VECTORS = 8, /* of MSI-X */
	SERVED_MESSAGES = 4, /* of MSI */
	SERVED_DEFERS = 0xff8, /* the register whose reads are deferred */
	SERVED_FDS = 16,
};

struct served {
	struct xlat_vfio_user_server *server;
	struct xlat_pci_function *function;
	struct xlat_ram *ram;
	struct xlat_region *bar0, *registers, *shared[2], *ports, *table;
	struct xlat_dma *dma;
	/* The device. */
	uint8_t bytes[0x1000], port_bytes[SERVED_PORTS];
	unsigned reads, writes, resets, stops, starts, gone;
	struct xlat_mmio_defer *deferred;
	bool stop_later; /* stop() returns 1 */
	bool refuse_restore;
	uint32_t own; /* state of the device's own: saved and restored */
	/* Events. */
	unsigned events[16];
	char last_text[512];
	int last_error;
	/* The client. */
	int peer; /* -1: none */
	uint16_t next_id;
	int fds[SERVED_FDS]; /* that came with the last reply */
	unsigned fd_count;
	uint8_t payload[1 << 21]; /* of the last message */
	size_t payload_size;
	uint32_t message[4]; /* its header */
};

/* Makes it; with a connected client that has not negotiated. config: NULL, or more than the defaults. */
void served_init(struct served *s, const struct xlat_vfio_user_server_config *config);
void served_finish(struct served *s);

/* Hangs up, and lets the server notice. Connects a client anew. */
void served_hang_up(struct served *s);
void served_connect(struct served *s);

/* Serves until nothing more happens. */
void served_pump(struct served *s);

/* Sends bytes, as they are, with descriptors. */
void served_send_bytes(struct served *s, const void *bytes, size_t size, const int *fds,
		       unsigned fd_count);

/* Sends a command with the next id (served.next_id - 1 afterwards). */
void served_send(struct served *s, uint16_t command, const void *payload, size_t size,
		 const int *fds, unsigned fd_count);
void served_send_flags(struct served *s, uint16_t command, uint32_t flags, const void *payload,
		       size_t size, const int *fds, unsigned fd_count);

/* Serves until a message has come: into the last message. False when the server hung up. */
bool served_receive(struct served *s);
bool served_has_message(struct served *s); /* serves, and looks whether one is there */

/* Serves, and receives the reply to the last command: exactly this. */
void served_expect(struct served *s, uint16_t command, const void *payload, size_t size);
void served_expect_error(struct served *s, uint16_t command, int error);

/* Both. */
void served_ask(struct served *s, uint16_t command, const void *payload, size_t size);
void served_refused(struct served *s, uint16_t command, const void *payload, size_t size,
		    int error);

/* Negotiates version 0.1, as QEMU would. */
void served_negotiate(struct served *s);

/* Maps and unmaps memory for DMA, of a descriptor or (-1) by messages. */
void served_map(struct served *s, uint64_t address, uint64_t size, int fd, uint64_t offset);
void served_unmap(struct served *s, uint64_t address, uint64_t size);

/* A memfd, sealed against shrinking if so wished. */
int served_memory(size_t size, bool sealed);

/* Lets the device master the bus. */
void served_enable_dma(struct served *s);

int served_count_fds(void);
int served_count_maps(void);

#endif
