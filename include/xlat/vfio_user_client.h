/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A vfio-user client: a device of another process, attached as a PCI function of our fabric. Its
 * server may be ours, libvfio-user's, or SPDK's.
 *
 * The guest sees the device's own identity, capabilities and BARs. BAR addresses, MSI and MSI-X, power
 * management, FLR and the command register are emulated here (the command register is told to the
 * server, too); ATS, PRI and PASID are hidden; other capabilities are the server's. Where the server
 * lends a descriptor for a BAR, or parts of it, these are mapped; accesses elsewhere are messages:
 * deferred where who asks can wait, else waited for, a bounded time. Writes are posted.
 *
 * The device's DMA goes where the function's does. RAM that has a descriptor is lent to the server; of
 * other RAM, and behind an IOMMU, the server asks by messages, which go through the function's DMA
 * space like any access, IOMMU and bus mastering included. With `shadow` the translations of an IOMMU
 * that tells of them (xlat_iommu_notify()) are lent as well: a fence then waits until the server has
 * let go.
 *
 * When the server goes away the function stays: reads are all-ones, writes are dropped. It is connected
 * to again, with growing pauses, if there is a path; the device must be the same. What it was told
 * (memory, interrupts, command register) it is told again; the rest of its state is what the new server has.
 *
 * A server may do anything: nothing of it kills or misleads us but what it does with memory that it
 * was lent. There is no thread: the host calls xlat_vfio_user_client_process() when
 * xlat_vfio_user_client_fd() is readable. Guests' accesses may come from any thread, before and
 * meanwhile; one that waits serves the server's messages while it does.
 *
 * Source: QEMU docs/interop/vfio-user.rst.
 */
#ifndef XLAT_VFIO_USER_CLIENT_H
#define XLAT_VFIO_USER_CLIENT_H

#include <xlat/config.h>
#include <xlat/fabric.h>
#include <xlat/pci_function.h>

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct xlat_vfio_user_client;

enum xlat_vfio_user_client_state {
	XLAT_VFIO_USER_CLIENT_LOST = 0, /* nobody is there; without a path: for ever */
	XLAT_VFIO_USER_CLIENT_CONNECTED,
};

struct xlat_vfio_user_client_config {
	size_t size; /* sizeof(struct xlat_vfio_user_client_config) */
	const char *name; /* for messages; copied; NULL: "vfio-user" */
	const char *path; /* of the server's socket; copied; connected to again when it goes */
	bool has_fd;
	int fd; /* a connected socket instead, which is the client's once it is made */
	/*
	 * Nanoseconds for which an access, or a message of a new connection, waits for its reply; 0:
	 * 10 s. A server that does not answer in time is hung up on.
	 */
	uint64_t timeout;
	uint64_t pause_first,
		pause_most; /* between attempts to connect; 0: 10 ms, 5 s; they double */
	unsigned vectors; /* of MSI-X that have an eventfd, at most; 0: 256 */
	/*
	 * Whether files that the server could truncate (not sealed against shrinking) are mapped, too:
	 * one that does so kills this process by SIGBUS. Else they are accessed by messages.
	 */
	bool trusted;
	bool no_maps; /* BARs are not mapped */
	bool no_memory; /* no RAM is lent: DMA by messages only */
	bool shadow; /* translations of IOMMUs are lent, see above; such an IOMMU must tell of its maps */
	/* It was lost, or is connected again. By who found out, without locks; or NULL. */
	void (*changed)(void *opaque, enum xlat_vfio_user_client_state state);
	void *opaque;
};

/*
 * Connects to a server and makes the function that it shows, attached nowhere. Waits for its answers. Fails
 * with -EINVAL (neither path nor fd, or both; a path that is too long), -EPROTO (what it says of the device
 * makes no sense), -ENOTSUP (its protocol's version, or no PCI device), -ETIMEDOUT, -ENOMEM, what connect()
 * or another system call reported, or the configuration errors of config.h.
 */
XLAT_MUST_CHECK int xlat_vfio_user_client_create(struct xlat_fabric *fabric,
						 const struct xlat_vfio_user_client_config *config,
						 struct xlat_vfio_user_client **client);

/*
 * Ends a client and its function, at any moment, but not while another thread is in a call of it or in
 * an access to it. Deferred accesses are completed with all-ones. Accepts NULL.
 */
void xlat_vfio_user_client_destroy(struct xlat_vfio_user_client *client);

/* Its function, to be attached to a bus. Valid as long as the client. */
struct xlat_pci_function *
xlat_vfio_user_client_function(const struct xlat_vfio_user_client *client);

/*
 * Serves what has arrived: replies, interrupts, DMA; connects again when it is time, which may wait for
 * the server's answers. By one thread at a time; not from a handler. Returns how many events there were.
 */
unsigned xlat_vfio_user_client_process(struct xlat_vfio_user_client *client);

/*
 * Readable when there is something to process, the time to connect again included. It belongs to the
 * client. While a DMA of it waits for another thread's device, xlat_fabric_fd() is readable instead.
 */
int xlat_vfio_user_client_fd(const struct xlat_vfio_user_client *client);

enum xlat_vfio_user_client_state
xlat_vfio_user_client_state(const struct xlat_vfio_user_client *client); /* any thread */

/*
 * A region as the server tells of it, by its VFIO index (0 to 5 BARs, 6 ROM, 7 configuration space), and
 * how many of its bytes are mapped. False: there is none.
 */
struct xlat_vfio_user_client_region {
	uint64_t length, mapped; /* bytes */
	bool reads, writes;
};
bool xlat_vfio_user_client_region(const struct xlat_vfio_user_client *client, unsigned index,
				  struct xlat_vfio_user_client_region *region);

/* How many interrupts the server tells of, by VFIO index: 0 INTx, 1 MSI, 2 MSI-X. */
unsigned xlat_vfio_user_client_interrupts(const struct xlat_vfio_user_client *client,
					  unsigned index);

/*
 * Reads or writes a region as a guest's access would; length up to 4096. Waits. Fails with -EINVAL (past
 * its end), -ENOTCONN, -ETIMEDOUT, -EPROTO, or what the server reports.
 */
int xlat_vfio_user_client_read(struct xlat_vfio_user_client *client, unsigned index,
			       uint64_t offset, void *bytes, size_t length);
int xlat_vfio_user_client_write(struct xlat_vfio_user_client *client, unsigned index,
				uint64_t offset, const void *bytes, size_t length);

/* Counts since creation. */
struct xlat_vfio_user_client_statistics {
	uint64_t connections; /* made */
	uint64_t reads, writes; /* messages for accesses */
	uint64_t dma_reads, dma_writes; /* messages served */
	uint64_t interrupts; /* taken */
	uint64_t maps, unmaps; /* messages */
	uint64_t errors; /* replies that were one */
	uint64_t strays; /* messages that made no sense */
};

struct xlat_vfio_user_client_statistics
xlat_vfio_user_client_statistics(const struct xlat_vfio_user_client *client); /* any thread */

#ifdef __cplusplus
}
#endif
#endif
