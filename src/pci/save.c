/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A function's state as bytes. What guests may write is restored; the rest is the function's shape
 * (which must be the same) or the device's to set.
 */
#include "base/stream.h"
#include "memory/fabric.h"
#include "pci/pci.h"
#include "pci/registers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAGIC = 0x49435058, /* "XPCI" */
	VERSION = 1,
};

/* What must be the same: who it is, and where guests may write what. */
static uint64_t shape_of(const struct xlat_pci_function *function)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ xlat__pci_get(function->bytes, VENDOR_ID, 4);

	for (unsigned at = 0; at < function->size; at++) {
		hash = (hash ^ function->writable[at]) * UINT64_C(0x100000001b3);
		hash = (hash ^ function->clears[at]) * UINT64_C(0x100000001b3);
	}
	return hash;
}

/* The same walk in either direction; bytes is the function's or a copy's. Under lock. */
static void walk(struct xlat__stream *stream, const struct xlat_pci_function *function,
		 uint8_t *bytes, struct xlat__pci_msix *msix, bool *level)
{
	for (unsigned at = 0; at < function->size; at++)
		bytes[at] = (uint8_t)xlat__stream_number(stream, 1, bytes[at]);
	*level = xlat__stream_number(stream, 1, *level);
	for (unsigned i = 0; msix && i < msix->vectors * 4; i++)
		msix->table[i] = (uint32_t)xlat__stream_number(stream, 4, msix->table[i]);
	for (unsigned i = 0; msix && i < (msix->vectors + 63) / 64; i++)
		msix->pending[i] = xlat__stream_number(stream, 8, msix->pending[i]);
}

static bool walk_header(struct xlat__stream *stream, const struct xlat_pci_function *function)
{
	unsigned vectors = function->messages ? function->messages->vectors : 0;
	uint64_t shape = shape_of(function);

	const struct {
		unsigned size;
		uint64_t value;
	} fields[] = {{4, MAGIC}, {4, VERSION}, {4, function->size}, {4, vectors}, {8, shape}};
	bool same = true;

	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		uint64_t value = xlat__stream_number(stream, fields[i].size, fields[i].value);

		same = same && value == fields[i].value;
	}
	return same;
}

size_t xlat_pci_function_save(const struct xlat_pci_function *saved, void *bytes, size_t size)
{
	struct xlat_pci_function *function = (struct xlat_pci_function *)saved;
	unsigned vectors = function->messages ? function->messages->vectors : 0;
	size_t needed = 24 + function->size + 1 + (size_t)vectors * 16 + (vectors + 63) / 64 * 8;
	struct xlat__stream stream = {.bytes = bytes, .size = size, .saving = true};
	bool level;

	if (size < needed)
		return needed;
	pthread_mutex_lock(&function->fabric->places_lock);
	level = function->level;
	pthread_mutex_lock(&function->lock);
	(void)walk_header(&stream, function);
	walk(&stream, function, function->bytes, function->messages, &level);
	pthread_mutex_unlock(&function->lock);
	pthread_mutex_unlock(&function->fabric->places_lock);
	return needed;
}

/* Takes over what was read. Under lock. */
static void take(struct xlat_pci_function *function, const uint8_t *bytes,
		 const struct xlat__pci_msix *msix)
{
	for (unsigned at = 0; at < function->size; at++)
		function->bytes[at] = (uint8_t)((function->bytes[at] & ~function->writable[at]) |
						(bytes[at] & function->writable[at]));
	if (function->msi)
		memcpy(&function->bytes[function->msi + MSI_PENDING],
		       &bytes[function->msi + MSI_PENDING], 4);
	if (function->pri)
		memcpy(&function->bytes[function->pri + PRI_STATUS],
		       &bytes[function->pri + PRI_STATUS], 2);
	if (!msix)
		return;
	memcpy(function->messages->table, msix->table, (size_t)msix->vectors * 16);
	memcpy(function->messages->pending, msix->pending, sizeof(msix->pending));
	/* Bits past the last vector are nobody's. */
	if (msix->vectors % 64)
		function->messages->pending[msix->vectors / 64] &=
			(UINT64_C(1) << (msix->vectors % 64)) - 1;
}

int xlat_pci_function_restore(struct xlat_pci_function *function, const void *given, size_t size)
{
	struct xlat__stream stream = {.bytes = (uint8_t *)given, .size = size};
	unsigned vectors = function->messages ? function->messages->vectors : 0;
	size_t table = sizeof(struct xlat__pci_msix) + (size_t)vectors * 16;
	struct xlat__pci_msix *msix = calloc(1, table);
	uint8_t *bytes = calloc(1, XLAT__PCI_SPACE);
	bool level = false, same;
	struct xlat__pci_due due;

	if (!msix || !bytes || xlat_pci_function_save(function, NULL, 0) != size) {
		int error = msix && bytes ? -EINVAL : -ENOMEM;

		free(msix);
		free(bytes);
		return error;
	}
	msix->vectors = vectors;
	xlat__pci_due_init(&due);
	xlat_fabric_begin(function->fabric);
	pthread_mutex_lock(&function->fabric->places_lock);
	pthread_mutex_lock(&function->lock);
	same = walk_header(&stream, function);
	if (same) {
		walk(&stream, function, bytes, msix, &level);
		take(function, bytes, vectors ? msix : NULL);
		function->level = level && function->pin;
		xlat__pci_put(function->bytes, STATUS, 1,
			      (function->bytes[STATUS] & ~STATUS_INTERRUPT) |
				      (function->level ? STATUS_INTERRUPT : 0u));
	}
	pthread_mutex_unlock(&function->lock);
	pthread_mutex_unlock(&function->fabric->places_lock);
	if (same) {
		xlat__pci_update(function, &due);
		xlat__pci_due_add(&due, function, XLAT__PCI_MESSAGES);
	}
	(void)!xlat_fabric_commit(function->fabric);
	xlat__pci_finish(&due);
	free(msix);
	free(bytes);
	return same ? 0 : -EINVAL;
}
