/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A translation: for one access kind and one set of attributes, where an IOVA leads: a space, an
 * address in it, how far around the IOVA the same holds, and with which rights.
 */
#ifndef XLAT_TRANSLATION_H
#define XLAT_TRANSLATION_H

#include <xlat/access.h>
#include <xlat/attrs.h>
#include <xlat/outcome.h>
#include <xlat/range.h>
#include <xlat/space.h>

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is asked of an IOMMU. */
struct xlat_translation_request {
	struct xlat_attrs attrs;
	enum xlat_access access; /* the true kind; a translation may differ from kind to kind */
	uint64_t iova; /* in the IOMMU's input */
	uint64_t length; /* bytes that the access wants from iova on; at least 1; the answer may be shorter */
};

enum xlat_translation_flags {
	XLAT_TRANSLATION_ONCE = 1, /* for this access only: not to be cached */
};

struct xlat_translation {
	struct xlat_range
		range; /* the input around iova for which this holds; it must contain iova */
	struct xlat_space *space; /* where it leads */
	uint64_t address; /* in space, of range.first */
	unsigned rights; /* a set of enum xlat_rights, at least what the access needs */
	unsigned flags; /* a set of enum xlat_translation_flags */
	uint32_t cause; /* of a fault: the model's own code, for the fault record */
	uint64_t detail; /* of a fault: the model's own detail */
	uint64_t entry; /* the raw table entry that decides, where a walk tells it; for people */
};

/* A refused access, as an IOMMU's fault sink receives it. */
struct xlat_fault {
	struct xlat_translation_request request;
	enum xlat_outcome outcome; /* not OK */
	uint32_t cause; /* the model's own code below 65536, else enum xlat_fault_cause */
	uint64_t detail;
};

/* Causes that the library finds by itself; models number theirs below, as their specifications do. */
enum xlat_fault_cause {
	XLAT_FAULT_MALFORMED =
		65536, /* the translation does not contain its IOVA, wraps, or leads nowhere */
	XLAT_FAULT_TOO_DEEP, /* more IOMMUs in a row than 32: a cycle */
	XLAT_FAULT_RIGHTS, /* the translation does not grant what the access needs */
	XLAT_FAULT_NESTED, /* table walks that need table walks, 8 deep */
};

#ifdef __cplusplus
}
#endif
#endif
