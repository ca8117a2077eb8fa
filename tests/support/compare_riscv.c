/* SPDX-License-Identifier: BSD-3-Clause */
#include "compare_riscv.h"

struct naive_request naive_request(const struct xlat_riscv_iommu_request *request)
{
	return (struct naive_request){
		.type = request->type == XLAT_RISCV_IOMMU_UNTRANSLATED ? NAIVE_UNTRANSLATED
			: request->type == XLAT_RISCV_IOMMU_TRANSLATED ? NAIVE_TRANSLATED
								       : NAIVE_TRANSLATION_REQUEST,
		.device_id = request->device_id,
		.process_id = request->process_id,
		.process_id_valid = request->process_id_valid,
		.privileged = request->privileged,
		.exec = request->exec,
		.write = request->write,
		.no_write = request->no_write,
		.iova = request->iova,
	};
}

/* 2.6: 's' for a success that grants nothing, 'u' and 'c' for the errors. */
static char ats_answer(unsigned cause)
{
	switch (cause) {
	case 12:
	case 13:
	case 15:
	case 20:
	case 21:
	case 23:
	case 262:
	case 266:
		return 's';
	case 256:
	case 257:
	case 258:
	case 259:
	case 260:
		return 'u';
	default:
		return 'c';
	}
}

/* 3.2: the causes that DTF does not silence. */
static bool despite_dtf(unsigned cause)
{
	return (cause >= 256 && cause <= 259) || cause == 268 || cause == 272 || cause == 273;
}

static const char *fault_difference(const struct xlat_riscv_iommu_request *request,
				    const struct naive_answer *naive,
				    const struct xlat_riscv_iommu_response *model)
{
	bool ats = request->type == XLAT_RISCV_IOMMU_TRANSLATION_REQUEST;
	bool reported = !naive->dtf || despite_dtf(naive->cause);
	unsigned cause = naive->cause, ttyp, status;

	if (ats) {
		char answer = ats_answer(cause);

		ttyp = 8;
		status = answer == 's'	 ? XLAT_RISCV_IOMMU_SUCCESS
			 : answer == 'u' ? XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST
					 : XLAT_RISCV_IOMMU_COMPLETER_ABORT;
		reported &= answer != 's';
	} else {
		ttyp = (request->write	? 3
			: request->exec ? 1
					: 2) +
		       (request->type == XLAT_RISCV_IOMMU_TRANSLATED ? 4 : 0);
		status = cause == 268 || cause == 269 || cause == 270 || cause == 274
				 ? XLAT_RISCV_IOMMU_COMPLETER_ABORT
				 : XLAT_RISCV_IOMMU_UNSUPPORTED_REQUEST;
	}
	if (model->status != status)
		return "status";
	if (model->fault.ttyp != ttyp)
		return "ttyp";
	if (model->fault.reported != reported)
		return "reported";
	if (model->fault.iotval != request->iova)
		return "iotval";
	if (model->fault.iotval2 != naive->iotval2)
		return "iotval2";
	if (model->fault.did != request->device_id || model->fault.pv != request->process_id_valid)
		return "did, pv";
	if (model->fault.pid != (request->process_id_valid ? request->process_id : 0) ||
	    model->fault.priv != (request->process_id_valid && request->privileged))
		return "pid, priv";
	if (model->rights)
		return "rights of a fault";
	return NULL;
}

const char *difference(const struct xlat_riscv_iommu_request *request,
		       const struct naive_answer *naive,
		       const struct xlat_riscv_iommu_response *model)
{
	bool ats = request->type == XLAT_RISCV_IOMMU_TRANSLATION_REQUEST;
	bool r = naive->r, w = naive->w, x = naive->x;

	if (model->fault.cause != naive->cause)
		return "cause";
	if (model->rcid != naive->rcid || model->mcid != naive->mcid)
		return "QoS ids";
	if (naive->cause)
		return fault_difference(request, naive, model);
	if (model->status != XLAT_RISCV_IOMMU_SUCCESS)
		return "status";
	if (model->is_msi != naive->is_msi || model->is_mrif != naive->is_mrif)
		return "is_msi, is_mrif";
	if (ats) {
		x = x && r && request->exec;
		if (naive->is_mrif)
			r = w = true, x = false;
		if (model->untranslated_only != naive->is_mrif)
			return "untranslated_only";
		if (model->privileged != (request->process_id_valid && request->privileged))
			return "privileged";
	}
	if (model->global != (naive->global && (!ats || request->process_id_valid)))
		return "global";
	if (model->rights !=
	    ((r ? XLAT_RIGHT_R : 0) | (w ? XLAT_RIGHT_W : 0) | (x ? XLAT_RIGHT_X : 0)))
		return "rights";
	if (model->pbmt != naive->pbmt)
		return "pbmt";
	if (naive->is_mrif && (model->mrif_address != naive->mrif_address ||
			       model->notice_address != naive->notice_address ||
			       model->notice_id != naive->notice_id))
		return "memory-resident interrupt file";
	if (!naive->is_mrif && model->address != naive->address)
		return "address";
	if (model->page_shift != naive->shift)
		return "page_shift";
	return NULL;
}
