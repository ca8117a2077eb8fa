/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The identity IOMMU: every address to itself in a space. The smallest example of the interface.
 */
#include <xlat/implement/iommu.h>

static enum xlat_outcome translate(void *opaque, const struct xlat_translation_request *request,
				   struct xlat_nested *nested, struct xlat_translation *translation)
{
	(void)request;
	(void)nested;
	translation->range = (struct xlat_range){0, UINT64_MAX};
	translation->space = opaque;
	translation->address = 0;
	translation->rights = XLAT_RIGHT_RWX;
	return XLAT_OK;
}

static const struct xlat_iommu_ops identity_ops = {.size = sizeof(identity_ops),
						   .translate = translate};

int xlat_identity_iommu_create(struct xlat_fabric *fabric, struct xlat_space *target,
			       struct xlat_iommu **iommu)
{
	return xlat_iommu_create(fabric,
				 XLAT_CONFIG(xlat_iommu_config, .name = "identity",
					     .ops = &identity_ops, .opaque = target),
				 iommu);
}
