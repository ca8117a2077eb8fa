/* SPDX-License-Identifier: BSD-3-Clause */
/* 3.3 Page-request queue, and 2.7 PCIe ATS page request handling. */
#include "iommu/ring.h"
#include "models/riscv/iommu.h"
#include "models/riscv/state.h"

/* Of the payload of a page request. */
#define PAYLOAD_R BIT(0)
#define PAYLOAD_W BIT(1)
#define PAYLOAD_L BIT(2)
#define PAYLOAD_PRGI(payload) FIELD(payload, 11, 3)

/* Response codes of a page request group response. */
enum {
	SUCCESS = 0,
	INVALID_REQUEST = 1,
	RESPONSE_FAILURE = 15,
};

static bool is_stop_marker(const struct xlat_riscv_iommu_page_request *request)
{
	return request->process_id_valid &&
	       (request->payload & (PAYLOAD_R | PAYLOAD_W | PAYLOAD_L)) == PAYLOAD_L;
}

/* 2.7: an answer of the IOMMU's own, to a request that needs one. */
static void respond(struct xlat_riscv_iommu *iommu,
		    const struct xlat_riscv_iommu_page_request *request, unsigned code, bool prpr)
{
	struct xlat_model_message message = {
		.code = 0x05,
		.requester = (uint16_t)request->device_id,
		.segment = (uint8_t)(request->device_id >> 16),
		.segment_valid = request->device_id >> 16 != 0,
		.payload = PAYLOAD_PRGI(request->payload) << 32 | (uint64_t)code << 44,
	};

	if (!(request->payload & PAYLOAD_L) || is_stop_marker(request))
		return;
	if (request->process_id_valid && (prpr || code == RESPONSE_FAILURE)) {
		message.pasid_valid = true;
		message.pasid = request->process_id;
	}
	(void)xlat__riscv_send(iommu, &message);
}

static struct xlat__ring page_ring(const struct xlat_riscv_iommu *iommu)
{
	uint64_t pqb = xlat__riscv_register(iommu, REG_PQB);

	return xlat__ring(QB_PPN(pqb) << 12, (unsigned)QB_LOG2SZ_1(pqb) + 1, 16);
}

/*   63  40 39     35  34    33    32  31  12 11   0
 *   DID  | reserved | EXEC | PRIV | PV | PID | 0       then: the payload
 */
static struct xlat__riscv_page_record encode(const struct xlat_riscv_iommu_page_request *request)
{
	struct xlat__riscv_page_record record = {
		{(uint64_t)(request->device_id & 0xffffff) << 40, request->payload}};

	if (request->process_id_valid)
		record.words[0] |= (uint64_t)(request->process_id & 0xfffff) << 12 | BIT(32) |
				   (uint64_t)request->privileged << 33 |
				   (uint64_t)request->exec << 34;
	return record;
}

/* The queue cannot take this one: how it is answered then, in *code; false if it is taken. */
static bool refuses(struct xlat_riscv_iommu *iommu, unsigned *code)
{
	uint32_t pqcsr = xlat__riscv_get32(iommu, REG_PQCSR);
	struct xlat__ring ring = page_ring(iommu);
	uint32_t tail = xlat__riscv_get32(iommu, REG_PQT) + iommu->page_count;

	if (!(pqcsr & QCSR_ON) || (pqcsr & QCSR_MF)) {
		*code = RESPONSE_FAILURE;
		return true;
	}
	if ((pqcsr & PQCSR_PQOF) || iommu->page_count == XLAT__RISCV_DUE ||
	    xlat__ring_is_full(&ring, xlat__riscv_get32(iommu, REG_PQH), tail)) {
		xlat__riscv_set32(iommu, REG_PQCSR, pqcsr | PQCSR_PQOF);
		xlat__riscv_update_interrupts(iommu);
		*code = SUCCESS;
		return true;
	}
	return false;
}

/* 2.7, first part: whether the device may make page requests; the cause if not. */
static unsigned locate(struct xlat_riscv_iommu *iommu,
		       const struct xlat_riscv_iommu_page_request *request, uint64_t *tc)
{
	struct xlat_riscv_iommu_request asked = {
		.size = sizeof(asked),
		.device_id = request->device_id,
		.process_id = request->process_id,
		.process_id_valid = request->process_id_valid,
		.host_context = request->host_context,
	};
	struct xlat__riscv_transaction t = xlat__riscv_begin(iommu, &asked, false);
	uint64_t mode = DDTP_IOMMU_MODE(t.ddtp);
	unsigned cause;

	*tc = 0;
	if (mode == DDTP_MODE_OFF || mode > DDTP_MODE_3LVL)
		return CAUSE_ALL_INBOUND_DISALLOWED;
	if (mode == DDTP_MODE_BARE ||
	    xlat__riscv_device_id_too_wide(iommu, mode, request->device_id))
		return CAUSE_TRANSACTION_TYPE_DISALLOWED;
	cause = xlat__riscv_device_context(&t);
	if (cause)
		return cause;
	*tc = t.dc.tc;
	if (!(t.dc.tc & TC_EN_ATS) || !(t.dc.tc & TC_EN_PRI))
		return CAUSE_TRANSACTION_TYPE_DISALLOWED;
	return 0;
}

bool xlat_riscv_iommu_page_request(struct xlat_riscv_iommu *iommu,
				   const struct xlat_riscv_iommu_page_request *request)
{
	unsigned cause, code = SUCCESS;
	bool refused;
	uint64_t tc;

	if (!(iommu->config.capabilities & CAP_ATS))
		return true;
	cause = locate(iommu, request, &tc);
	if (cause == XLAT__RISCV_RETRY)
		return false;
	if (cause) {
		if (cause != CAUSE_TRANSACTION_TYPE_DISALLOWED || !(tc & TC_DTF))
			xlat__riscv_report(iommu, &(struct xlat_riscv_iommu_fault){
							  .cause = (uint16_t)cause,
							  .ttyp = TTYP_MESSAGE_REQUEST,
							  .did = request->device_id,
							  .pv = request->process_id_valid,
							  .pid = request->process_id,
							  .priv = request->privileged,
							  .iotval = 0x04, /* Page Request */
						  });
		respond(iommu, request,
			cause == CAUSE_TRANSACTION_TYPE_DISALLOWED ? INVALID_REQUEST
								   : RESPONSE_FAILURE,
			tc & TC_PRPR);
		xlat__riscv_settle(iommu);
		return true;
	}
	pthread_mutex_lock(&iommu->lock);
	refused = refuses(iommu, &code);
	if (!refused)
		iommu->pages[(iommu->first_page + iommu->page_count++) % XLAT__RISCV_DUE] =
			encode(request);
	pthread_mutex_unlock(&iommu->lock);
	if (refused)
		respond(iommu, request, code, tc & TC_PRPR);
	xlat__riscv_settle(iommu);
	return true;
}

static bool takes_records(const struct xlat_riscv_iommu *iommu)
{
	uint32_t pqcsr = xlat__riscv_get32(iommu, REG_PQCSR);

	return (pqcsr & QCSR_ON) && !(pqcsr & QCSR_MF);
}

static void pop(struct xlat_riscv_iommu *iommu)
{
	iommu->first_page = (iommu->first_page + 1) % XLAT__RISCV_DUE;
	iommu->page_count--;
}

/* The queue failed after it took the request, which is answered as one that it refused. */
static void fail(struct xlat_riscv_iommu *iommu, const struct xlat__riscv_page_record *record)
{
	struct xlat_riscv_iommu_page_request request = {
		.device_id = (uint32_t)FIELD(record->words[0], 63, 40),
		.process_id = (uint32_t)FIELD(record->words[0], 31, 12),
		.process_id_valid = record->words[0] & BIT(32),
		.payload = record->words[1],
	};

	pthread_mutex_unlock(&iommu->lock);
	respond(iommu, &request, RESPONSE_FAILURE, false);
	pthread_mutex_lock(&iommu->lock);
}

bool xlat__riscv_write_page_request(struct xlat_riscv_iommu *iommu)
{
	struct xlat__riscv_page_record record;
	enum xlat_model_memory memory;
	uint32_t tail;
	struct xlat__ring ring;

	if (!iommu->page_count)
		return false;
	record = iommu->pages[iommu->first_page];
	if (!takes_records(iommu)) {
		pop(iommu);
		fail(iommu, &record);
		return true;
	}
	ring = page_ring(iommu);
	tail = xlat__riscv_get32(iommu, REG_PQT);
	iommu->in_pq = true;
	pthread_mutex_unlock(&iommu->lock);
	memory = xlat__riscv_own_write(iommu, xlat__ring_address(&ring, tail), record.words, 2);
	pthread_mutex_lock(&iommu->lock);
	iommu->in_pq = false;
	xlat__riscv_rest(iommu, REG_PQCSR);
	/* It stays due. */
	if (memory == XLAT_MODEL_MEMORY_RETRY)
		return false;
	pop(iommu);

	/* The queue may have been turned off meanwhile. */
	if (!takes_records(iommu)) {
		fail(iommu, &record);
		return true;
	}
	if (memory != XLAT_MODEL_MEMORY_OK) {
		xlat__riscv_set32(iommu, REG_PQCSR, xlat__riscv_get32(iommu, REG_PQCSR) | QCSR_MF);
		xlat__riscv_update_interrupts(iommu);
		fail(iommu, &record);
		return true;
	}
	xlat__riscv_set32(iommu, REG_PQT, xlat__ring_next(&ring, tail));
	if (xlat__riscv_get32(iommu, REG_PQCSR) & QCSR_IE)
		xlat__riscv_raise(iommu, IPSR_PIP);
	return true;
}
