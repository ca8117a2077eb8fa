/* SPDX-License-Identifier: BSD-3-Clause */
/* What a machine tells its guest of itself. */
#ifndef XLAT_MACHINE_DEVICE_TREE_H
#define XLAT_MACHINE_DEVICE_TREE_H

#include "machine/machine.h"

#include <stddef.h>
#include <stdint.h>

/* What stands in /chosen. */
struct xlat__device_tree_chosen {
	const char *append; /* or NULL */
	uint64_t initrd, initrd_length; /* 0: none */
};

/* Fills a buffer with the tree; returns its length, or -ENOMEM if it is too small. */
long xlat__device_tree_write(const struct xlat_machine *machine,
			     const struct xlat__device_tree_chosen *chosen, void *buffer,
			     size_t size);

/*
 * A given tree with another /chosen, in a buffer. Returns its length, -EINVAL for what is no tree,
 * or -ENOMEM if the buffer is too small.
 */
long xlat__device_tree_complete(const void *tree, size_t length,
				const struct xlat__device_tree_chosen *chosen, void *buffer,
				size_t size);

#endif
