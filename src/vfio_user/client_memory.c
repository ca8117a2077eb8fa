/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is lent to the server: the RAM that the function's DMA space shows, and with shadow what its
 * IOMMUs lead to. What the server gave back is told to those who wait for it (implement/holder.h): a
 * ticket is settled when all unmaps that were sent before it are answered.
 *
 * Listeners and notifiers only note what happened, in order; the owner sends it, outside of their
 * locks, or whoever accesses the device first, so that it can reach what its driver has prepared. A withdrawal is noted behind what it is about, since commits tell listeners, and IOMMUs
 * notifiers, before anybody can wait; the owner looks at the notes with the topology lock, and finds no
 * commit half told.
 */
#include "vfio_user/client.h"

#include "iommu/iommu.h"
#include "memory/region.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum note_kind {
	ADD, /* a section */
	DEL,
	MAP, /* a translation of an IOMMU */
	UNMAP,
	TICKET,
};

/* Something that the owner has to see to. */
struct note {
	struct xlat__list link;
	enum note_kind kind;
	struct xlat_range range;
	int fd; /* ADD: of RAM; -1: by messages */
	uint64_t offset; /* in fd */
	bool writes, iommu; /* ADD */
	struct xlat_region *region; /* ADD of an IOMMU: a reference */
	struct shadow *shadow; /* MAP, UNMAP, TICKET: of which IOMMU; NULL: of the space */
	struct xlat_translation translation; /* MAP */
	uint64_t ticket;
	struct xlat_holder *holder;
};

/* What is lent. */
struct lent {
	struct xlat__list link;
	struct xlat_range range;
	int fd;
	uint64_t offset;
	bool writes;
	struct shadow *shadow; /* NULL: a section's */
};

/* An IOMMU whose translations are lent. */
struct shadow {
	struct xlat__list link;
	struct xlat__client_memory *memory;
	struct xlat_region *region;
	struct xlat_range range; /* in the space */
	uint64_t offset; /* in the IOMMU, of range.first */
	struct xlat_iommu_notifier *notifier;
	struct xlat_holder *holder;
	uint64_t ended; /* it is over when so many unmaps have been answered */
};

/* A ticket that waits for unmaps. */
struct owed {
	struct xlat__list link;
	struct xlat_holder *holder;
	uint64_t ticket;
	uint64_t after; /* settled when so many unmaps have been answered */
};

struct xlat__client_memory {
	struct xlat_vfio_user_client *client;
	struct xlat_listener *listener;
	struct xlat_holder *holder;
	pthread_mutex_t lock; /* of the notes and of what is owed: innermost */
	struct xlat__list notes, owed;
	bool noted; /* there may be notes; atomic */
	bool missed; /* there was no memory for a note: the server is told everything anew */
	uint64_t sent, answered; /* unmaps */
	pthread_mutex_t processing; /* of these; before the topology lock */
	struct xlat__list lent, shadows,
		ending; /* ending: shadows that unmaps are not answered of */
};

/* A message that is answered to nobody but these counts. */
struct message {
	struct xlat__client_request request;
	struct xlat__client_memory *memory;
	bool unmap;
};

/* --- Notes. */

static void put_note(struct xlat__client_memory *memory, const struct note *given)
{
	struct note *note = malloc(sizeof(*note));

	pthread_mutex_lock(&memory->lock);
	if (note) {
		*note = *given;
		xlat__list_insert(&memory->notes, &note->link);
	} else {
		memory->missed = true;
	}
	pthread_mutex_unlock(&memory->lock);
	if (!note && given->fd >= 0)
		close(given->fd);
	if (!note)
		xlat_region_unref(given->region);
	__atomic_store_n(&memory->noted, true, __ATOMIC_RELEASE);
	/* It cannot be seen to. */
	if (!note && given->holder)
		xlat_holder_settle(given->holder, given->ticket, -ENOMEM);
	xlat__client_kick(memory->client);
}

static void free_note(struct note *note)
{
	if (note->kind == ADD && note->fd >= 0)
		close(note->fd);
	xlat_region_unref(note->region);
	free(note);
}

/* Under the topology lock, as del. */
static void section_added(void *opaque, const struct xlat_section *section)
{
	struct xlat__client_memory *memory = opaque;
	struct note note = {.kind = ADD, .range = section->range, .fd = -1};
	struct xlat_ram *ram;
	uint64_t offset;
	int fd;

	switch (xlat_region_kind(section->region)) {
	case XLAT_REGION_IOMMU:
		note.iommu = true;
		note.offset = section->offset;
		note.writes = true;
		note.region = xlat_region_ref(section->region);
		break;
	case XLAT_REGION_RAM:
	case XLAT_REGION_ROM:
		ram = xlat_region_ram(section->region, &offset);
		fd = ram ? xlat_ram_fd(ram, &note.offset) : -1;
		note.offset += offset + section->offset;
		note.writes = !section->read_only &&
			      xlat_region_kind(section->region) == XLAT_REGION_RAM;
		if (fd >= 0 && !memory->client->config.no_memory)
			note.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
		break;
	case XLAT_REGION_MMIO:
	case XLAT_REGION_ROM_DEVICE:
		/* Other devices, by messages. */
		note.writes = !section->read_only;
		break;
	default:
		return;
	}
	put_note(memory, &note);
}

static void section_gone(void *opaque, const struct xlat_section *section)
{
	struct note note = {.kind = DEL, .range = section->range, .fd = -1};

	put_note(opaque, &note);
}

static const struct xlat_listener_ops listener_ops = {
	.size = sizeof(listener_ops),
	.del = section_gone,
	.add = section_added,
};

static void space_withdrawn(void *opaque, struct xlat_holder *holder,
			    const struct xlat_withdrawal *withdrawal)
{
	struct note note = {.kind = TICKET,
			    .range = withdrawal->range,
			    .fd = -1,
			    .ticket = withdrawal->ticket,
			    .holder = holder};

	put_note(opaque, &note);
}

static void shadow_withdrawn(void *opaque, struct xlat_holder *holder,
			     const struct xlat_withdrawal *withdrawal)
{
	struct shadow *shadow = opaque;

	space_withdrawn(shadow->memory, holder, withdrawal);
}

static int shadow_notified(void *opaque, const struct xlat_iommu_event *event)
{
	struct shadow *shadow = opaque;
	struct note note = {.kind = event->kind == XLAT_IOMMU_MAP ? MAP : UNMAP,
			    .range = event->range,
			    .fd = -1,
			    .shadow = shadow,
			    .translation = event->translation};

	put_note(shadow->memory, &note);
	return 0;
}

/* --- Messages. */

/* The lock is held. Takes what is due from what is owed, to be settled without it. */
static void take_due(struct xlat__client_memory *memory, struct xlat__list *due)
{
	struct owed *owed, *following;

	xlat__list_for_each(owed, following, &memory->owed, struct owed, link)
	{
		if (owed->after > memory->answered)
			continue;
		xlat__list_remove(&owed->link);
		xlat__list_insert(due, &owed->link);
	}
}

static void settle_due(struct xlat__client_memory *memory)
{
	struct owed *owed, *following;
	struct xlat__list due;

	xlat__list_init(&due);
	pthread_mutex_lock(&memory->lock);
	take_due(memory, &due);
	pthread_mutex_unlock(&memory->lock);
	xlat__list_for_each(owed, following, &due, struct owed, link)
	{
		xlat__list_remove(&owed->link);
		xlat_holder_settle(owed->holder, owed->ticket, 0);
		free(owed);
	}
}

static void answered(struct xlat__client_request *request, int error,
		     struct xlat__vfio_user_message *message)
{
	struct message *sent = xlat__container_of(request, struct message, request);
	struct xlat__client_memory *memory = sent->memory;
	bool unmap = sent->unmap;

	(void)message;
	free(sent);
	if (!unmap)
		return;
	/* A server that will not let go is one that we hang up on: then it has nothing of us. */
	if (error && error != -ENOTCONN)
		xlat__client_break(memory->client);
	pthread_mutex_lock(&memory->lock);
	memory->answered++;
	pthread_mutex_unlock(&memory->lock);
	settle_due(memory);
}

/* One that cannot be sent is as good as answered: there is no connection then, or not for long. */
static void send(struct xlat__client_memory *memory, bool unmap, const struct iovec *piece, int fd)
{
	struct message *message = calloc(1, sizeof(*message));
	int error = -ENOMEM;

	xlat__client_count(unmap ? &memory->client->statistics.unmaps
				 : &memory->client->statistics.maps);
	if (unmap) {
		pthread_mutex_lock(&memory->lock);
		memory->sent++;
		pthread_mutex_unlock(&memory->lock);
	}
	if (message) {
		message->memory = memory;
		message->unmap = unmap;
		message->request.replied = answered;
		error = xlat__client_send(memory->client, &message->request,
					  unmap ? XLAT__VFIO_USER_DMA_UNMAP
						: XLAT__VFIO_USER_DMA_MAP,
					  piece, 1, &fd, fd >= 0 ? 1 : 0);
	}
	if (!error)
		return;
	if (!message)
		xlat__client_break(memory->client);
	if (message)
		answered(&message->request, -ENOTCONN, NULL);
	else if (unmap) {
		pthread_mutex_lock(&memory->lock);
		memory->answered++;
		pthread_mutex_unlock(&memory->lock);
	}
}

static void send_map(struct xlat__client_memory *memory, const struct lent *lent)
{
	struct xlat__vfio_user_dma_map map = {
		.argsz = sizeof(map),
		.flags = XLAT__VFIO_USER_MAP_READ | (lent->writes ? XLAT__VFIO_USER_MAP_WRITE : 0),
		.offset = lent->fd >= 0 ? lent->offset : 0,
		.address = lent->range.first,
		.size = lent->range.last - lent->range.first + 1,
	};
	struct iovec piece = {&map, sizeof(map)};

	send(memory, false, &piece, lent->fd);
}

static void send_unmap(struct xlat__client_memory *memory, struct xlat_range range)
{
	struct xlat__vfio_user_dma_unmap unmap = {.argsz = sizeof(unmap),
						  .address = range.first,
						  .size = range.last - range.first + 1};
	struct iovec piece = {&unmap, sizeof(unmap)};

	send(memory, true, &piece, -1);
}

/* --- What is lent. Under processing. */

static void lend(struct xlat__client_memory *memory, struct xlat_range range, int fd,
		 uint64_t offset, bool writes, struct shadow *shadow)
{
	const uint64_t page = memory->client->peer.pgsizes
				      ? memory->client->peer.pgsizes & -memory->client->peer.pgsizes
				      : 4096;
	struct lent *lent;

	/* Neither the length of all there is nor what ends at its end can be said: a page less. */
	if (range.last == UINT64_MAX) {
		if (range.first > UINT64_MAX - page)
			return;
		range.last -= page;
	}
	lent = malloc(sizeof(*lent));
	if (!lent) {
		xlat__client_break(memory->client);
		return;
	}
	*lent = (struct lent){
		.range = range, .fd = -1, .offset = offset, .writes = writes, .shadow = shadow};
	if (fd >= 0 && !((range.first | (range.last + 1) | offset) % page))
		lent->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	xlat__list_insert(&memory->lent, &lent->link);
	send_map(memory, lent);
}

static void take_back(struct xlat__client_memory *memory, struct lent *lent)
{
	xlat__list_remove(&lent->link);
	if (lent->fd >= 0)
		close(lent->fd);
	send_unmap(memory, lent->range);
	free(lent);
}

/* All that overlaps a range; of an IOMMU's, what sticks out is lent again. */
static void take_back_all(struct xlat__client_memory *memory, struct xlat_range range,
			  const struct shadow *shadow)
{
	struct lent *lent, *following;

	xlat__list_for_each(lent, following, &memory->lent, struct lent, link)
	{
		struct lent kept = *lent;

		if (lent->shadow != shadow || !xlat_range_overlaps(lent->range, range))
			continue;
		kept.fd = kept.fd >= 0 ? fcntl(kept.fd, F_DUPFD_CLOEXEC, 0) : -1;
		take_back(memory, lent);
		if (shadow && kept.range.first < range.first)
			lend(memory, (struct xlat_range){kept.range.first, range.first - 1},
			     kept.fd, kept.offset, kept.writes, kept.shadow);
		if (shadow && kept.range.last > range.last)
			lend(memory, (struct xlat_range){range.last + 1, kept.range.last}, kept.fd,
			     kept.offset + (range.last + 1 - kept.range.first), kept.writes,
			     kept.shadow);
		if (kept.fd >= 0)
			close(kept.fd);
	}
}

/* --- IOMMUs. Under processing, without other locks. */

/* Takes back what is of a shadow; it is over when the server has let go. */
static void end_shadow(struct shadow *shadow)
{
	struct xlat__client_memory *memory = shadow->memory;
	struct note *note, *following;

	xlat_iommu_notifier_destroy(shadow->notifier);
	take_back_all(memory, (struct xlat_range){0, UINT64_MAX}, shadow);
	xlat__list_remove(&shadow->link);
	xlat__list_insert(&memory->ending, &shadow->link);
	pthread_mutex_lock(&memory->lock);
	shadow->ended = memory->sent;
	xlat__list_for_each(note, following, &memory->notes, struct note, link)
	{
		if (note->shadow != shadow)
			continue;
		xlat__list_remove(&note->link);
		free_note(note);
	}
	pthread_mutex_unlock(&memory->lock);
}

/* Nothing of it is used any more: what its holder owes counts as settled. */
static void free_shadow(struct shadow *shadow)
{
	struct xlat__client_memory *memory = shadow->memory;
	struct note *note, *next_note;
	struct owed *owed, *next_owed;

	xlat__list_remove(&shadow->link);
	xlat_holder_destroy(shadow->holder);
	pthread_mutex_lock(&memory->lock);
	xlat__list_for_each(note, next_note, &memory->notes, struct note, link)
	{
		if (!shadow->holder || note->holder != shadow->holder)
			continue;
		xlat__list_remove(&note->link);
		free_note(note);
	}
	xlat__list_for_each(owed, next_owed, &memory->owed, struct owed, link)
	{
		if (!shadow->holder || owed->holder != shadow->holder)
			continue;
		xlat__list_remove(&owed->link);
		free(owed);
	}
	pthread_mutex_unlock(&memory->lock);
	xlat_region_unref(shadow->region);
	free(shadow);
}

static void free_ended(struct xlat__client_memory *memory)
{
	struct shadow *shadow, *following;

	xlat__list_for_each(shadow, following, &memory->ending, struct shadow, link)
	{
		bool over;

		pthread_mutex_lock(&memory->lock);
		over = memory->answered >= shadow->ended;
		pthread_mutex_unlock(&memory->lock);
		if (over)
			free_shadow(shadow);
	}
}

static struct xlat_iommu *iommu_of(struct xlat_region *region)
{
	return xlat__container_of(region->hop, struct xlat_iommu, hop);
}

static int begin_shadow(struct xlat__client_memory *memory, const struct note *note)
{
	struct shadow *shadow = calloc(1, sizeof(*shadow));
	struct xlat_iommu *iommu = iommu_of(note->region);
	int error;

	if (!shadow)
		return -ENOMEM;
	shadow->memory = memory;
	shadow->region = xlat_region_ref(note->region);
	shadow->range = note->range;
	shadow->offset = note->offset;
	xlat__list_insert(&memory->shadows, &shadow->link);
	/* First the holder: nothing is handed out before it. */
	error = xlat_iommu_holder_create(
		iommu,
		XLAT_CONFIG(xlat_holder_config, .name = memory->client->name,
			    .withdrawn = shadow_withdrawn, .opaque = shadow),
		&shadow->holder);
	if (!error)
		error = xlat_iommu_notifier_create(
			iommu,
			XLAT_CONFIG(xlat_iommu_notifier_config,
				    .kinds = XLAT_IOMMU_MAP | XLAT_IOMMU_UNMAP,
				    .range = {note->offset, note->offset + (note->range.last -
									    note->range.first)},
				    .notify = shadow_notified, .opaque = shadow),
			&shadow->notifier);
	if (!error)
		error = xlat_iommu_replay(shadow->notifier,
					  xlat_pci_function_attrs(memory->client->function));
	if (error)
		end_shadow(shadow);
	return error;
}

/* A translation is lent piece by piece, as far as it leads to RAM. */
static void lend_translation(struct xlat__client_memory *memory, const struct note *note)
{
	const struct xlat_translation *t = &note->translation;
	struct shadow *shadow = note->shadow;
	uint64_t at = note->range.first;
	bool writes = t->rights & XLAT_RIGHT_W;

	take_back_all(memory,
		      (struct xlat_range){note->range.first - shadow->offset + shadow->range.first,
					  note->range.last - shadow->offset + shadow->range.first},
		      shadow);
	if (!t->space || !(t->rights & XLAT_RIGHT_R))
		return;
	for (;;) {
		struct xlat_section section;
		uint64_t address = t->address + (at - t->range.first), offset, base, length;
		struct xlat_range range;
		struct xlat_ram *ram;
		bool found = xlat_space_find(t->space, address, &section);

		length = section.range.last - address;
		if (length > note->range.last - at)
			length = note->range.last - at;
		range.first = at - shadow->offset + shadow->range.first;
		range.last = range.first + length;
		ram = found && section.direct ? xlat_region_ram(section.region, &offset) : NULL;
		if (ram) {
			int fd = xlat_ram_fd(ram, &base);

			lend(memory, range, memory->client->config.no_memory ? -1 : fd,
			     base + offset + section.offset + (address - section.range.first),
			     writes && !section.read_only, shadow);
		} else if (found) {
			lend(memory, range, -1, 0, writes, shadow);
		}
		if (length == note->range.last - at)
			return;
		at += length + 1;
	}
}

/* --- Notes. Under processing. */

static void owe(struct xlat__client_memory *memory, const struct note *note)
{
	struct owed *owed = malloc(sizeof(*owed));

	if (!owed) {
		/* As a holder may say: it cannot see to that. */
		xlat_holder_settle(note->holder, note->ticket, -ENOMEM);
		return;
	}
	pthread_mutex_lock(&memory->lock);
	*owed = (struct owed){
		.holder = note->holder, .ticket = note->ticket, .after = memory->sent};
	xlat__list_insert(&memory->owed, &owed->link);
	pthread_mutex_unlock(&memory->lock);
	settle_due(memory);
}

static void add(struct xlat__client_memory *memory, const struct note *note)
{
	if (note->iommu && memory->client->config.shadow && begin_shadow(memory, note) == 0)
		return;
	/* Its translations are asked for access by access. */
	lend(memory, note->range, note->fd, note->offset, note->writes, NULL);
}

static void del(struct xlat__client_memory *memory, const struct note *note)
{
	struct shadow *shadow, *following;

	xlat__list_for_each(shadow, following, &memory->shadows, struct shadow,
			    link) if (xlat_range_overlaps(shadow->range, note->range))
		end_shadow(shadow);
	take_back_all(memory, note->range, NULL);
}

static struct note *take_note(struct xlat__client_memory *memory)
{
	struct note *note = NULL;

	pthread_mutex_lock(&memory->lock);
	if (!xlat__list_empty(&memory->notes)) {
		note = xlat__container_of(memory->notes.next, struct note, link);
		xlat__list_remove(&note->link);
	}
	pthread_mutex_unlock(&memory->lock);
	return note;
}

/* Something was not noted: the server is hung up on, and what there is noted anew. */
static void begin_anew(struct xlat__client_memory *memory)
{
	bool missed;

	pthread_mutex_lock(&memory->lock);
	missed = memory->missed;
	memory->missed = false;
	pthread_mutex_unlock(&memory->lock);
	if (!missed)
		return;
	xlat__client_break(memory->client);
	xlat_listener_destroy(memory->listener);
	memory->listener = NULL;
	if (xlat_listener_create(xlat_pci_function_space(memory->client->function), &listener_ops,
				 memory, 0, &memory->listener) != 0) {
		pthread_mutex_lock(&memory->lock);
		memory->missed = true;
		pthread_mutex_unlock(&memory->lock);
	}
}

static unsigned process(struct xlat_vfio_user_client *client)
{
	struct xlat__client_memory *memory = client->memory;
	unsigned count = 0;
	struct note *note;

	__atomic_store_n(&memory->noted, false, __ATOMIC_RELAXED);

	begin_anew(memory);
	for (; (note = take_note(memory)); count++) {
		switch (note->kind) {
		case ADD:
			add(memory, note);
			break;
		case DEL:
			del(memory, note);
			break;
		case MAP:
			xlat_fabric_begin(client->fabric);
			lend_translation(memory, note);
			(void)xlat_fabric_commit(client->fabric);
			break;
		case UNMAP:
			take_back_all(memory,
				      (struct xlat_range){note->range.first - note->shadow->offset +
								  note->shadow->range.first,
							  note->range.last - note->shadow->offset +
								  note->shadow->range.first},
				      note->shadow);
			break;
		case TICKET:
			/* A commit that is being told is told to the end. */
			xlat_fabric_begin(client->fabric);
			(void)xlat_fabric_commit(client->fabric);
			/* What it told in the meantime comes before the ticket. */
			if (!note->writes) {
				note->writes = true;
				pthread_mutex_lock(&memory->lock);
				xlat__list_insert(&memory->notes, &note->link);
				pthread_mutex_unlock(&memory->lock);
				continue;
			}
			owe(memory, note);
			break;
		}
		free_note(note);
	}
	free_ended(memory);
	return count;
}

unsigned xlat__client_memory_process(struct xlat_vfio_user_client *client)
{
	unsigned count;

	pthread_mutex_lock(&client->memory->processing);
	count = process(client);
	pthread_mutex_unlock(&client->memory->processing);
	return count;
}

void xlat__client_memory_flush(struct xlat_vfio_user_client *client, bool waits)
{
	struct xlat__client_memory *memory = client->memory;

	if (!memory || !__atomic_load_n(&memory->noted, __ATOMIC_ACQUIRE))
		return;
	if (waits)
		pthread_mutex_lock(&memory->processing);
	else if (pthread_mutex_trylock(&memory->processing))
		return;
	(void)process(client);
	pthread_mutex_unlock(&memory->processing);
}

void xlat__client_memory_connected(struct xlat_vfio_user_client *client)
{
	struct xlat__client_memory *memory = client->memory;
	struct lent *lent, *following;

	pthread_mutex_lock(&memory->processing);
	xlat__list_for_each(lent, following, &memory->lent, struct lent, link)
		send_map(memory, lent);
	pthread_mutex_unlock(&memory->processing);
}

int xlat__client_memory_create(struct xlat_vfio_user_client *client)
{
	struct xlat__client_memory *memory = calloc(1, sizeof(*memory));
	struct xlat_space *space = xlat_pci_function_space(client->function);
	int error;

	if (!memory)
		return -ENOMEM;
	memory->client = client;
	pthread_mutex_init(&memory->lock, NULL);
	pthread_mutex_init(&memory->processing, NULL);
	xlat__list_init(&memory->notes);
	xlat__list_init(&memory->owed);
	xlat__list_init(&memory->lent);
	xlat__list_init(&memory->shadows);
	xlat__list_init(&memory->ending);
	client->memory = memory;
	error = xlat_space_holder_create(space,
					 XLAT_CONFIG(xlat_holder_config, .name = client->name,
						     .withdrawn = space_withdrawn,
						     .opaque = memory),
					 &memory->holder);
	return error ? error
		     : xlat_listener_create(space, &listener_ops, memory, 0, &memory->listener);
}

/* The connection is gone: nobody holds anything. */
void xlat__client_memory_destroy(struct xlat_vfio_user_client *client)
{
	struct xlat__client_memory *memory = client->memory;
	struct owed *owed, *following;
	struct note *note;

	if (!memory)
		return;
	xlat_listener_destroy(memory->listener);
	(void)xlat__client_memory_process(client);
	while (!xlat__list_empty(&memory->shadows))
		end_shadow(xlat__container_of(memory->shadows.next, struct shadow, link));
	while (!xlat__list_empty(&memory->ending))
		free_shadow(xlat__container_of(memory->ending.next, struct shadow, link));
	take_back_all(memory, (struct xlat_range){0, UINT64_MAX}, NULL);
	xlat_holder_destroy(memory->holder);
	while ((note = take_note(memory)))
		free_note(note);
	xlat__list_for_each(owed, following, &memory->owed, struct owed, link)
	{
		xlat__list_remove(&owed->link);
		free(owed);
	}
	pthread_mutex_destroy(&memory->processing);
	pthread_mutex_destroy(&memory->lock);
	free(memory);
	client->memory = NULL;
}
