/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The outcome of an access: what the guest sees. It is data, not an error: a host's refusal is a
 * negative errno and never mixed with it. Outcomes are ordered by severity, so that the outcome of
 * an access in parts is the greatest of its parts.
 */
#ifndef XLAT_OUTCOME_H
#define XLAT_OUTCOME_H

#include <xlat/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(identifier suffix, value, name as printed, meaning) */
#define XLAT_OUTCOMES(X)                                                                           \
	X(OK, 0, "ok", "the access was done")                                                      \
	X(RETRY, 1, "retry", "it cannot be done at once; submit it, or try again later")           \
	X(UNASSIGNED, 2, "unassigned", "nothing answers at this address")                          \
	X(DENIED, 3, "denied", "what answers refuses this kind of access or these attributes")     \
	X(FAULT, 4, "translation fault", "an IOMMU has no translation for it")                     \
	X(DEVICE_ERROR, 5, "device error", "the device that answers reported an error")            \
	X(PENDING, 6, "pending", "it has been submitted, or stored, and completes later")

enum xlat_outcome {
#define XLAT_OUTCOME_ENUMERATOR(suffix, value, name, meaning) XLAT_##suffix = value,
	XLAT_OUTCOMES(XLAT_OUTCOME_ENUMERATOR)
#undef XLAT_OUTCOME_ENUMERATOR
};

/* The outcome's name ("translation fault"), or "unknown" for a value that is none. Never NULL. */
const char *xlat_outcome_name(enum xlat_outcome outcome);

/* The worse of two outcomes: how the parts of one access accumulate. */
XLAT_FORCE_INLINE enum xlat_outcome xlat_outcome_worse(enum xlat_outcome a, enum xlat_outcome b)
{
	return a > b ? a : b;
}

#ifdef __cplusplus
}
#endif
#endif
