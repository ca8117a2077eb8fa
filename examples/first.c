/* SPDX-License-Identifier: BSD-3-Clause */
#include <xlat/outcome.h>
#include <xlat/version.h>

#include <stdio.h>

int main(void)
{
	printf("xlat %s\n", xlat_version_string());
	printf("a read where nothing answers is %s\n", xlat_outcome_name(XLAT_UNASSIGNED));
	return 0;
}
