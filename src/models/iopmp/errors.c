/* SPDX-License-Identifier: BSD-3-Clause */
/* 2.8, 4.3, 5.5, 5.6: what is recorded of an illegal transaction, and who is told. */
#include "models/iopmp/iopmp.h"

static unsigned ttype_of(const struct xlat_iopmp *iopmp, enum xlat_access access)
{
	switch (access) {
	case XLAT_READ:
		return 1;
	case XLAT_EXEC:
		return xlat__iopmp_has(iopmp, XLAT_IOPMP_XINR) ? 1 : 3;
	default:
		return 2;
	}
}

static void record(struct xlat_iopmp *iopmp, const struct xlat_iopmp_request *request,
		   struct xlat_iopmp_decision *decision)
{
	uint32_t eid = decision->entry == XLAT_IOPMP_NO_ENTRY ? 0xffff : decision->entry;

	iopmp->err_info = (iopmp->err_info & ERR_INFO_MSI_WERR) | ERR_INFO_V |
			  ttype_of(iopmp, request->access) << ERR_INFO_TTYPE_SHIFT |
			  (uint32_t)decision->etype << ERR_INFO_ETYPE_SHIFT;
	iopmp->err_reqid = eid << 16 | (request->rrid & 0xffff);
	iopmp->err_reqaddr = request->address >> 2;
	if (!xlat__iopmp_has(iopmp, XLAT_IOPMP_ADDRH))
		iopmp->err_reqaddr &= 0xffffffff;
	decision->captured = true;
}

bool xlat__iopmp_capture(struct xlat_iopmp *iopmp, const struct xlat_iopmp_request *request,
			 struct xlat_iopmp_decision *decision)
{
	bool message = decision->interrupt && (iopmp->err_cfg & ERR_CFG_MSI_SEL);

	/* What is told to nobody is not recorded. */
	if (!decision->interrupt && !decision->bus_error)
		return false;
	if (xlat__iopmp_has(iopmp, XLAT_IOPMP_NO_ERR_REC))
		return message;
	if (iopmp->err_info & ERR_INFO_V) {
		if (xlat__iopmp_has(iopmp, XLAT_IOPMP_MFR) && request->rrid < iopmp->config.rrids)
			iopmp->violations[request->rrid / 64] |= UINT64_C(1) << request->rrid % 64;
		return false;
	}
	record(iopmp, request, decision);
	iopmp->interrupt = decision->interrupt;
	return message;
}

/* 5.6: four bytes, little-endian as the interrupt file takes them. */
void xlat__iopmp_send(struct xlat_iopmp *iopmp, void *host_context)
{
	uint64_t address;
	uint32_t data;
	uint8_t bytes[4];

	pthread_mutex_lock(&iopmp->lock);
	address = iopmp->err_msiaddr;
	if (!xlat__iopmp_has(iopmp, XLAT_IOPMP_ADDRH))
		address <<= 2;
	data = (iopmp->err_cfg & ERR_CFG_MSIDATA) >> 8;
	pthread_mutex_unlock(&iopmp->lock);
	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(data >> (8 * i));
	if (iopmp->host.write(iopmp->host_opaque, host_context, address, bytes, sizeof(bytes),
			      (struct xlat_model_attrs){0}) == XLAT_MODEL_MEMORY_OK)
		return;
	pthread_mutex_lock(&iopmp->lock);
	iopmp->err_info |= ERR_INFO_MSI_WERR;
	pthread_mutex_unlock(&iopmp->lock);
}

/*
 * 4.3.2: the wire is as ERR_INFO.v, for an error that asked for it. One thread at a time tells the
 * host; what changes meanwhile it tells as well.
 */
void xlat__iopmp_drive_wire(struct xlat_iopmp *iopmp)
{
	bool level;

	pthread_mutex_lock(&iopmp->lock);
	while (!iopmp->driving) {
		level = iopmp->interrupt && (iopmp->err_info & ERR_INFO_V) &&
			(iopmp->err_cfg & (ERR_CFG_IE | ERR_CFG_MSI_SEL)) == ERR_CFG_IE;
		if (level == iopmp->wire)
			break;
		iopmp->wire = level;
		iopmp->driving = true;
		pthread_mutex_unlock(&iopmp->lock);
		iopmp->host.wire(iopmp->host_opaque, 0, level);
		pthread_mutex_lock(&iopmp->lock);
		iopmp->driving = false;
	}
	pthread_mutex_unlock(&iopmp->lock);
}

bool xlat__iopmp_any_violation(const struct xlat_iopmp *iopmp)
{
	for (size_t i = 0; i < xlat__iopmp_words(iopmp->config.rrids); i++)
		if (iopmp->violations[i])
			return true;
	return false;
}

/* 5.5: the next window of 16 that has a violation, from ERR_MFR.svi on, around. */
uint32_t xlat__iopmp_err_mfr(struct xlat_iopmp *iopmp, bool read)
{
	uint32_t windows = (iopmp->config.rrids + 15u) / 16;
	uint32_t svi = iopmp->err_mfr_svi;

	for (uint32_t i = 0; i < windows; i++) {
		uint32_t at = (svi + i) % windows;
		uint64_t *word = &iopmp->violations[at / 4];
		uint32_t svw = *word >> (16 * (at % 4)) & 0xffff;

		if (!svw)
			continue;
		if (read) {
			iopmp->err_mfr_svi = at;
			*word &= ~(UINT64_C(0xffff) << (16 * (at % 4)));
		}
		return ERR_MFR_SVS | at << ERR_MFR_SVI_SHIFT | svw;
	}
	return svi << ERR_MFR_SVI_SHIFT;
}

const char *xlat_iopmp_etype_name(unsigned etype)
{
	static const char *const names[] = {
		"no error",
		"illegal read access",
		"illegal write access/AMO",
		"illegal instruction fetch",
		"partial hit on a priority rule",
		"not hit any rule",
		"unknown RRID",
		"error due to a stalled transaction",
	};

	return etype < sizeof(names) / sizeof(names[0]) ? names[etype] : "unknown";
}
