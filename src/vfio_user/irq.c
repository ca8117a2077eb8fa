/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Interrupts: the function's, signalled on the client's eventfds. A vector that has been given one is
 * unmasked (QEMU never unmasks those of MSI-X); one that is masked remembers. INTx masks itself when
 * it is signalled, as VFIO's does, and signals again at unmasking while the level is high. MASK and
 * UNMASK of INTx with an eventfd mean, as for VFIO, that the client's writes to it do so.
 *
 * Source: vfio-user.rst, "VFIO_USER_DEVICE_SET_IRQS"; <linux/vfio.h>, VFIO_DEVICE_SET_IRQS.
 */
#include "vfio_user/server.h"

#include <xlat/pci_capability.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	INTX = VFIO_PCI_INTX_IRQ_INDEX,
	MSI = VFIO_PCI_MSI_IRQ_INDEX,
	MSIX = VFIO_PCI_MSIX_IRQ_INDEX,
	DATA = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_DATA_EVENTFD,
	ACTIONS = VFIO_IRQ_SET_ACTION_MASK | VFIO_IRQ_SET_ACTION_UNMASK |
		  VFIO_IRQ_SET_ACTION_TRIGGER,
	CAP_MSI = 5,
	CAP_MSIX = 0x11,
	INTERRUPT_PIN = 0x3d,
};

/* Signals a vector, or remembers that it is to be. Under irq_lock. */
static void trigger(struct xlat_vfio_user_server *server, unsigned index, unsigned vector)
{
	struct xlat__vfio_user_vector *v = &server->irqs[index].vectors[vector];
	const uint64_t one = 1;

	if (v->masked) {
		v->pending = true;
		return;
	}
	if (v->fd < 0)
		return;
	v->pending = false;
	v->masked = index == INTX;
	/* One that is full has been signalled; it does not block. */
	if (write(v->fd, &one, sizeof(one)) == (ssize_t)sizeof(one))
		xlat__vfio_user_count(&server->statistics.interrupts, 1);
}

static void mask(struct xlat_vfio_user_server *server, unsigned index, unsigned vector)
{
	server->irqs[index].vectors[vector].masked = true;
}

static void unmask(struct xlat_vfio_user_server *server, unsigned index, unsigned vector)
{
	struct xlat__vfio_user_vector *v = &server->irqs[index].vectors[vector];
	bool again = index == INTX ? server->intx_level : v->pending;

	v->masked = false;
	v->pending = false;
	if (again && v->fd >= 0)
		trigger(server, index, vector);
}

static bool has_fds(const struct xlat__vfio_user_irq *irq)
{
	for (unsigned i = 0; i < irq->count; i++)
		if (irq->vectors[i].fd >= 0)
			return true;
	return false;
}

/* The function signals a vector: any thread. */
static void take_message(void *opaque, unsigned vector)
{
	struct xlat_vfio_user_server *server = opaque;
	unsigned index = MSIX;

	pthread_mutex_lock(&server->irq_lock);
	/* Of the two that a function may have, the client uses the one that it gave eventfds for. */
	if (!server->irqs[MSIX].count || (server->irqs[MSI].count && !has_fds(&server->irqs[MSIX])))
		index = MSI;
	if (vector < server->irqs[index].count)
		trigger(server, index, vector);
	pthread_mutex_unlock(&server->irq_lock);
}

static void take_level(void *opaque, bool level)
{
	struct xlat_vfio_user_server *server = opaque;

	pthread_mutex_lock(&server->irq_lock);
	server->intx_level = level;
	if (level && server->irqs[INTX].count && !server->irqs[INTX].vectors[0].masked &&
	    server->irqs[INTX].vectors[0].fd >= 0)
		trigger(server, INTX, 0);
	pthread_mutex_unlock(&server->irq_lock);
}

/* How many vectors the function has of each kind. */
static unsigned count_vectors(const struct xlat_pci_function *function, unsigned index)
{
	unsigned cap;

	switch (index) {
	case INTX:
		return xlat_pci_function_config_load(function, INTERRUPT_PIN, 1) ? 1 : 0;
	case MSI:
		cap = xlat_pci_find_capability(function, CAP_MSI);
		/* PCI 6.8.1.3: Multiple Message Capable. */
		return cap ? 1u << (xlat_pci_function_config_load(function, cap + 2, 2) >> 1 & 7)
			   : 0;
	case MSIX:
		cap = xlat_pci_find_capability(function, CAP_MSIX);
		/* PCI 6.8.2.3: Table Size, less one. */
		return cap ? (xlat_pci_function_config_load(function, cap + 2, 2) & 0x7ff) + 1 : 0;
	default:
		return 1;
	}
}

static void clear(struct xlat__vfio_user_vector *vector)
{
	if (vector->fd >= 0)
		close(vector->fd);
	*vector = (struct xlat__vfio_user_vector){.fd = -1};
}

int xlat__vfio_user_irqs_init(struct xlat_vfio_user_server *server)
{
	const struct xlat_pci_interrupt_sink sink = {
		.size = sizeof(sink),
		.message = take_message,
		.intx = take_level,
		.opaque = server,
	};

	for (unsigned i = 0; i < XLAT__VFIO_USER_IRQS; i++) {
		struct xlat__vfio_user_irq *irq = &server->irqs[i];
		unsigned count = count_vectors(server->function, i);

		irq->vectors = calloc(count ? count : 1, sizeof(*irq->vectors));
		if (!irq->vectors)
			return -ENOMEM;
		irq->count = count;
		for (unsigned k = 0; k < count; k++)
			irq->vectors[k].fd = -1;
	}
	return xlat_pci_function_set_interrupt_sink(server->function, &sink);
}

static void forget_mask_fd(struct xlat_vfio_user_server *server, int *fd)
{
	if (*fd < 0)
		return;
	xlat__vfio_user_unwatch(server, *fd);
	close(*fd);
	*fd = -1;
}

/* Stops to take masks from eventfds. */
static void forget_mask_fds(struct xlat_vfio_user_server *server)
{
	forget_mask_fd(server, &server->intx_mask_fd);
	forget_mask_fd(server, &server->intx_unmask_fd);
}

void xlat__vfio_user_irqs_reset(struct xlat_vfio_user_server *server)
{
	forget_mask_fds(server);
	pthread_mutex_lock(&server->irq_lock);
	for (unsigned i = 0; i < XLAT__VFIO_USER_IRQS; i++)
		for (unsigned k = 0; k < server->irqs[i].count; k++)
			clear(&server->irqs[i].vectors[k]);
	pthread_mutex_unlock(&server->irq_lock);
}

void xlat__vfio_user_irqs_finish(struct xlat_vfio_user_server *server)
{
	(void)!xlat_pci_function_set_interrupt_sink(server->function, NULL);
	xlat__vfio_user_irqs_reset(server);
	for (unsigned i = 0; i < XLAT__VFIO_USER_IRQS; i++) {
		free(server->irqs[i].vectors);
		server->irqs[i] = (struct xlat__vfio_user_irq){0};
	}
}

/* Whether the client wrote to an eventfd that masks or unmasks. What is none is forgotten. */
static bool was_written(struct xlat_vfio_user_server *server, int *fd)
{
	uint64_t count;
	ssize_t got;

	if (*fd < 0)
		return false;
	got = read(*fd, &count, sizeof(count));
	if (got != (ssize_t)sizeof(count) && !(got < 0 && (errno == EAGAIN || errno == EINTR)))
		forget_mask_fd(server, fd);
	return got == (ssize_t)sizeof(count);
}

void xlat__vfio_user_irqs_process(struct xlat_vfio_user_server *server)
{
	if (server->intx_mask_fd < 0 && server->intx_unmask_fd < 0)
		return;
	if (was_written(server, &server->intx_mask_fd)) {
		pthread_mutex_lock(&server->irq_lock);
		mask(server, INTX, 0);
		pthread_mutex_unlock(&server->irq_lock);
	}
	if (was_written(server, &server->intx_unmask_fd)) {
		pthread_mutex_lock(&server->irq_lock);
		unmask(server, INTX, 0);
		pthread_mutex_unlock(&server->irq_lock);
	}
}

/* A request that makes sense, but for the data that comes with it. */
static bool sensible(const struct xlat_vfio_user_server *server,
		     const struct xlat__vfio_user_set_irqs *set)
{
	uint32_t data = set->flags & DATA, action = set->flags & ACTIONS;
	uint32_t vectors;

	if (set->index >= XLAT__VFIO_USER_IRQS || (set->flags & ~(uint32_t)(DATA | ACTIONS)) ||
	    !data || (data & (data - 1)) || !action || (action & (action - 1)))
		return false;
	if (!set->count)
		return !set->start && data == VFIO_IRQ_SET_DATA_NONE &&
		       action == VFIO_IRQ_SET_ACTION_TRIGGER;
	vectors = server->irqs[set->index].count;
	if (set->start >= vectors || set->count > vectors - set->start)
		return false;
	/* ERR and REQ are signalled, not masked. */
	return set->index <= MSIX || action == VFIO_IRQ_SET_ACTION_TRIGGER;
}

/* Disables all interrupts of an index. */
static void disable(struct xlat_vfio_user_server *server, unsigned index)
{
	if (index == INTX)
		forget_mask_fds(server);
	pthread_mutex_lock(&server->irq_lock);
	for (unsigned i = 0; i < server->irqs[index].count; i++)
		clear(&server->irqs[index].vectors[i]);
	pthread_mutex_unlock(&server->irq_lock);
}

/* A descriptor that comes with a message, made such that writing to it does not block us. */
static int take_eventfd(struct xlat__vfio_user_message *message, unsigned index)
{
	int fd = xlat__vfio_user_take_fd(message, index), flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && !(flags & O_NONBLOCK))
		(void)fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	return fd;
}

/* Assigns eventfds to vectors, or takes them away. */
static int assign(struct xlat_vfio_user_server *server, const struct xlat__vfio_user_set_irqs *set,
		  struct xlat__vfio_user_message *message)
{
	if (message->fd_count && message->fd_count != set->count)
		return -EINVAL;
	pthread_mutex_lock(&server->irq_lock);
	for (unsigned i = 0; i < set->count; i++) {
		struct xlat__vfio_user_vector *vector =
			&server->irqs[set->index].vectors[set->start + i];
		bool was_pending = vector->pending;

		clear(vector);
		if (!message->fd_count)
			continue;
		vector->fd = take_eventfd(message, i);
		/* What came while there was nobody to tell. */
		if (set->index == INTX ? server->intx_level : was_pending)
			trigger(server, set->index, set->start + i);
	}
	pthread_mutex_unlock(&server->irq_lock);
	return 0;
}

/* Lets an eventfd of the client's mask or unmask INTx. */
static int assign_mask(struct xlat_vfio_user_server *server,
		       const struct xlat__vfio_user_set_irqs *set,
		       struct xlat__vfio_user_message *message)
{
	int *kept = set->flags & VFIO_IRQ_SET_ACTION_MASK ? &server->intx_mask_fd
							  : &server->intx_unmask_fd;
	int error = 0;

	if (set->index != INTX || message->fd_count > 1)
		return -EINVAL;
	forget_mask_fd(server, kept);
	if (message->fd_count) {
		int fd = take_eventfd(message, 0);

		error = xlat__vfio_user_watch(server, fd);
		if (error)
			close(fd);
		else
			*kept = fd;
	}
	return error;
}

static void act(struct xlat_vfio_user_server *server, const struct xlat__vfio_user_set_irqs *set,
		const uint8_t *chosen)
{
	pthread_mutex_lock(&server->irq_lock);
	for (unsigned i = 0; i < set->count; i++) {
		if (chosen && !chosen[i])
			continue;
		switch (set->flags & ACTIONS) {
		case VFIO_IRQ_SET_ACTION_MASK:
			mask(server, set->index, set->start + i);
			break;
		case VFIO_IRQ_SET_ACTION_UNMASK:
			unmask(server, set->index, set->start + i);
			break;
		default:
			trigger(server, set->index, set->start + i);
		}
	}
	pthread_mutex_unlock(&server->irq_lock);
}

int xlat__vfio_user_set_irqs(struct xlat_vfio_user_server *server,
			     struct xlat__vfio_user_message *message)
{
	struct xlat__vfio_user_request request = xlat__vfio_user_request_of(message);
	struct xlat__vfio_user_set_irqs set;
	const uint8_t *chosen = NULL;
	int error = 0;

	if (message->size < sizeof(set))
		return -EINVAL;
	memcpy(&set, message->payload, sizeof(set));
	if (set.argsz < sizeof(set) || !sensible(server, &set))
		return -EINVAL;
	if ((set.flags & DATA) != VFIO_IRQ_SET_DATA_EVENTFD && message->fd_count)
		return -EINVAL;
	switch (set.flags & DATA) {
	case VFIO_IRQ_SET_DATA_EVENTFD:
		error = set.flags & VFIO_IRQ_SET_ACTION_TRIGGER
				? assign(server, &set, message)
				: assign_mask(server, &set, message);
		break;
	case VFIO_IRQ_SET_DATA_BOOL:
		if (message->size - sizeof(set) < set.count)
			return -EINVAL;
		chosen = message->payload + sizeof(set);
		act(server, &set, chosen);
		break;
	default:
		if (set.count)
			act(server, &set, NULL);
		else
			disable(server, set.index);
	}
	if (!error)
		xlat__vfio_user_reply_bytes(server, &request, NULL, 0);
	return error;
}

static void signal_one(struct xlat_vfio_user_server *server, unsigned index)
{
	pthread_mutex_lock(&server->irq_lock);
	if (server->irqs[index].count)
		trigger(server, index, 0);
	pthread_mutex_unlock(&server->irq_lock);
}

void xlat_vfio_user_server_signal_error(struct xlat_vfio_user_server *server)
{
	signal_one(server, VFIO_PCI_ERR_IRQ_INDEX);
}

void xlat_vfio_user_server_request_release(struct xlat_vfio_user_server *server)
{
	signal_one(server, VFIO_PCI_REQ_IRQ_INDEX);
}
