/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupts: eventfds of ours that the server signals. Of INTx, MSI and MSI-X the one that the guest
 * has enabled has them at the server; masks and addresses are the function's own affair. INTx masks
 * itself at the server: a guest's next access to a BAR counts as the end of its interrupt, and unmasks.
 */
#include "vfio_user/client.h"

#include <xlat/pci_capability.h>

#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	NONE = -1,
	INTX = VFIO_PCI_INTX_IRQ_INDEX,
	MSI = VFIO_PCI_MSI_IRQ_INDEX,
	MSIX = VFIO_PCI_MSIX_IRQ_INDEX,
	CAP_MSI = 5,
	CAP_MSIX = 0x11,
	INTERRUPT_PIN = 0x3d,
};

static void forget(struct xlat__client_request *request, int error,
		   struct xlat__vfio_user_message *message)
{
	(void)error;
	(void)message;
	free(request);
}

/* Sends SET_IRQS; nobody waits for the reply. */
static int set(struct xlat_vfio_user_client *client, unsigned index, uint32_t flags, unsigned start,
	       unsigned count, const int *fds, unsigned fd_count)
{
	struct xlat__vfio_user_set_irqs message = {.argsz = sizeof(message),
						   .flags = flags,
						   .index = index,
						   .start = start,
						   .count = count};
	struct iovec piece = {&message, sizeof(message)};
	struct xlat__client_request *request = calloc(1, sizeof(*request));
	int error;

	if (!request)
		return -ENOMEM;
	request->replied = forget;
	error = xlat__client_send(client, request, XLAT__VFIO_USER_DEVICE_SET_IRQS, &piece, 1, fds,
				  fd_count);
	if (error)
		free(request);
	return error;
}

static bool is_enabled(const struct xlat_pci_function *function, uint8_t id, uint32_t bit)
{
	unsigned at = xlat_pci_find_capability(function, id);

	return at && xlat_pci_function_config_load(function, at + 2, 2) & bit;
}

static int wanted_mode(const struct xlat_vfio_user_client *client)
{
	if (is_enabled(client->function, CAP_MSIX, 0x8000))
		return MSIX;
	if (is_enabled(client->function, CAP_MSI, 1))
		return MSI;
	return client->shape->irqs[INTX] &&
			       xlat_pci_function_config_load(client->function, INTERRUPT_PIN, 1)
		       ? INTX
		       : NONE;
}

/* Under irq_lock. */
static void close_all(struct xlat_vfio_user_client *client)
{
	for (unsigned i = 0; i < client->irq_count; i++)
		if (client->irq_fds[i] >= 0)
			close(client->irq_fds[i]);
	free(client->irq_fds);
	client->irq_fds = NULL;
	client->irq_count = 0;
}

static int open_all(struct xlat_vfio_user_client *client, unsigned count)
{
	client->irq_fds = calloc(count, sizeof(*client->irq_fds));
	if (!client->irq_fds)
		return -ENOMEM;
	for (; client->irq_count < count; client->irq_count++) {
		int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		struct epoll_event event = {.events = EPOLLIN, .data = {.u64 = client->irq_count}};

		if (fd < 0)
			return -errno;
		client->irq_fds[client->irq_count] = fd;
		if (epoll_ctl(client->poll, EPOLL_CTL_ADD, fd, &event) < 0) {
			close(fd);
			return -errno;
		}
	}
	return 0;
}

/* As many in a message as the server takes. */
static int tell_all(struct xlat_vfio_user_client *client, unsigned index)
{
	unsigned most = client->peer.max_msg_fds < XLAT__VFIO_USER_FDS
				? (unsigned)client->peer.max_msg_fds
				: XLAT__VFIO_USER_FDS;
	int error = 0;

	if (!most)
		most = 1;
	for (unsigned start = 0; !error && start < client->irq_count; start += most) {
		unsigned count = client->irq_count - start < most ? client->irq_count - start
								  : most;

		error = set(client, index, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			    start, count, client->irq_fds + start, count);
	}
	return error;
}

static void end_intx(struct xlat_vfio_user_client *client)
{
	if (__atomic_exchange_n(&client->intx_high, false, __ATOMIC_RELAXED))
		xlat_pci_function_set_intx(client->function, false);
}

void xlat__client_irqs_update(struct xlat_vfio_user_client *client, bool again)
{
	int mode = wanted_mode(client), was;

	pthread_mutex_lock(&client->irq_lock);
	was = client->mode;
	if (mode != was || again) {
		if (was != NONE && !again)
			(void)set(client, (unsigned)was,
				  VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER, 0, 0, NULL,
				  0);
		close_all(client);
		client->mode = mode;
		if (mode != NONE && client->shape->irqs[mode]) {
			unsigned count = client->shape->irqs[mode];

			if (count > client->config.vectors)
				count = client->config.vectors;
			/* Those that there is room for. */
			(void)open_all(client, count);
			(void)tell_all(client, (unsigned)mode);
		}
	}
	pthread_mutex_unlock(&client->irq_lock);
	if (mode == was && !again)
		return;
	if (mode != INTX)
		end_intx(client);
	/* What is mapped is not seen: INTx needs to see accesses. */
	if (mode == INTX)
		xlat__client_unmap_bars(client);
	else
		xlat__client_map_bars(client);
}

unsigned xlat__client_irqs_process(struct xlat_vfio_user_client *client, uint32_t vector)
{
	uint64_t count;
	bool signalled = false;
	int mode;

	pthread_mutex_lock(&client->irq_lock);
	mode = client->mode;
	if (vector < client->irq_count)
		signalled = read(client->irq_fds[vector], &count, sizeof(count)) ==
			    (ssize_t)sizeof(count);
	pthread_mutex_unlock(&client->irq_lock);
	if (!signalled)
		return 0;
	xlat__client_count(&client->statistics.interrupts);
	if (mode == INTX) {
		/* In this order: an access in between leaves it high, and the next one ends it. */
		xlat_pci_function_set_intx(client->function, true);
		__atomic_store_n(&client->intx_high, true, __ATOMIC_RELEASE);
	} else {
		(void)xlat_pci_function_notify(client->function, vector);
	}
	return 1;
}

void xlat__client_intx_seen(struct xlat_vfio_user_client *client)
{
	if (!__atomic_load_n(&client->intx_high, __ATOMIC_RELAXED) ||
	    !__atomic_exchange_n(&client->intx_high, false, __ATOMIC_RELAXED))
		return;
	xlat_pci_function_set_intx(client->function, false);
	(void)set(client, INTX, VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK, 0, 1, NULL, 0);
}

void xlat__client_irqs_finish(struct xlat_vfio_user_client *client)
{
	close_all(client);
}
