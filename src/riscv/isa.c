/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading ISA strings. */
#include "riscv/isa.h"
#include "riscv/decode.h"

#include <xlat/hart.h>

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	uint8_t extension;
} names[] = {
#define NAME(id, name) {name, XLAT__EXT_##id},
	XLAT__EXTENSIONS(NAME)
#undef NAME
};

/* What names nothing by itself but others, and what the hart does anyway. */
static const struct {
	const char *name;
	uint64_t extensions;
} groups[] = {
	{"g", XLAT__EXT_BIT(I) | XLAT__EXT_BIT(M) | XLAT__EXT_BIT(A) | XLAT__EXT_BIT(F) |
		      XLAT__EXT_BIT(D) | XLAT__EXT_BIT(ZICSR) | XLAT__EXT_BIT(ZIFENCEI)},
	{"b", XLAT__EXT_BIT(ZBA) | XLAT__EXT_BIT(ZBB) | XLAT__EXT_BIT(ZBS)},
	{"zmmul", XLAT__EXT_BIT(M)},
	{"zaamo", XLAT__EXT_BIT(A)},
	{"zalrsc", XLAT__EXT_BIT(A)},
	{"zca", XLAT__EXT_BIT(C)},
	{"zcd", XLAT__EXT_BIT(C) | XLAT__EXT_BIT(D)},
	{"sv39", 0},
	{"sv48", 0},
	{"sv57", 0},
};

static bool find(const char *name, size_t length, uint64_t *extensions)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == length &&
		    strncasecmp(names[i].name, name, length) == 0) {
			*extensions |= UINT64_C(1) << names[i].extension;
			return true;
		}
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (strlen(groups[i].name) == length &&
		    strncasecmp(groups[i].name, name, length) == 0) {
			*extensions |= groups[i].extensions;
			return true;
		}
	return false;
}

int xlat__isa_parse(const char *text, uint64_t *extensions)
{
	uint64_t set = 0;
	size_t length;

	if (strncasecmp(text, "rv64", 4) != 0)
		return -EINVAL;
	text += 4;
	/* Letters one by one; from the first underscore, or z, s, x on, words. */
	while (*text && *text != '_' && !strchr("zZsSxX", *text)) {
		if (!isalpha((unsigned char)*text))
			return -EINVAL;
		if (!find(text, 1, &set))
			return -ENOTSUP;
		text++;
	}
	while (*text) {
		text += *text == '_';
		length = strcspn(text, "_");
		if (length == 0)
			return -EINVAL;
		if (!find(text, length, &set))
			return -ENOTSUP;
		text += length;
	}
	if (!(set & XLAT__EXT_BIT(I)))
		return -EINVAL;
	if (set & XLAT__EXT_BIT(D))
		set |= XLAT__EXT_BIT(F);
	/* Every hart has CSRs and all modes; device trees do not name them either. */
	*extensions = set | XLAT__EXT_BIT(ZICSR) | XLAT__EXT_BIT(S) | XLAT__EXT_BIT(U);
	return 0;
}

const char *xlat_hart_isa(void)
{
	return "rv64imafdc_zicbom_zicboz_zicntr_zicsr_zifencei_zihpm_zba_zbb_zbs_"
	       "smwg_smwgd_sstc_sswg_svadu_svinval_svnapot_svpbmt";
}
