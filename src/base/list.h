/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A doubly linked, circular, intrusive list. The head is a link of its own; an initialised link
 * that is in no list points to itself, and removing it again does nothing.
 */
#ifndef XLAT_BASE_LIST_H
#define XLAT_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct xlat__list {
	struct xlat__list *next, *prev;
};

static inline void xlat__list_init(struct xlat__list *link)
{
	link->next = link->prev = link;
}

static inline bool xlat__list_empty(const struct xlat__list *head)
{
	return head->next == head;
}

/* Puts a link before another: at the end of the list when that is its head. */
static inline void xlat__list_insert(struct xlat__list *before, struct xlat__list *link)
{
	link->prev = before->prev;
	link->next = before;
	before->prev->next = link;
	before->prev = link;
}

static inline void xlat__list_remove(struct xlat__list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	xlat__list_init(link);
}

/* Moves all of a list to the end of another. */
static inline void xlat__list_take(struct xlat__list *from, struct xlat__list *to)
{
	if (xlat__list_empty(from))
		return;
	from->next->prev = to->prev;
	to->prev->next = from->next;
	from->prev->next = to;
	to->prev = from->prev;
	xlat__list_init(from);
}

#define xlat__container_of(pointer, type, member)                                                  \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Visits each entry; the body may remove the one that it is at. */
#define xlat__list_for_each(entry, following, head, type, member)                                  \
	for (entry = xlat__container_of((head)->next, type, member),                               \
	    following = xlat__container_of(entry->member.next, type, member);                      \
	     &entry->member != (head);                                                             \
	     entry = following, following = xlat__container_of(entry->member.next, type, member))

#endif
