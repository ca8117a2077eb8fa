/* SPDX-License-Identifier: BSD-3-Clause */
#include "xlat/outcome.h"

const char *xlat_outcome_name(enum xlat_outcome outcome)
{
	switch (outcome) {
#define XLAT_OUTCOME_CASE(suffix, value, name, meaning)                                            \
	case XLAT_##suffix:                                                                        \
		return name;
		XLAT_OUTCOMES(XLAT_OUTCOME_CASE)
#undef XLAT_OUTCOME_CASE
	}
	return "unknown";
}
