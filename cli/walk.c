/* SPDX-License-Identifier: BSD-3-Clause */
#include "cli/walk.h"
#include "cli/captured_iommu.h"
#include "cli/json_write.h"
#include "cli/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

/* Devices found, the first few by name. */
struct devices {
	unsigned count, translated;
	uint32_t only; /* the last, or the last that is translated */
	char list[300];
	size_t used;
};

static int note_device(void *opaque, const struct xlat_riscv_iommu_device *device)
{
	struct devices *devices = opaque;

	if (device->translates || !devices->translated)
		devices->only = device->id;
	devices->translated += device->translates;
	devices->count++;
	if (devices->count <= 8)
		devices->used += (size_t)snprintf(devices->list + devices->used,
						  sizeof(devices->list) - devices->used, "%s0x%x%s",
						  devices->used ? ", " : "", device->id,
						  device->translates ? "" : " (not translated)");
	else if (devices->count == 9)
		strcat(devices->list, ", ...");
	return devices->translated > 8;
}

enum status find_only_device(const struct capture *capture, const struct xlat_riscv_iommu *iommu,
			     uint32_t *device_id, struct trouble *trouble)
{
	struct devices devices = {0};
	struct stray stray = {0};

	/* 5.5 ddtp: Off and Bare treat every device alike. */
	if ((xlat_riscv_iommu_read(iommu, 16, 8) & 15) < 2) {
		*device_id = 0;
		return STATUS_OK;
	}
	xlat_riscv_iommu_for_each_device(iommu, &stray, note_device, &devices);
	*device_id = devices.only;
	if (devices.count == 1 || devices.translated == 1)
		return STATUS_OK;
	if (!devices.count && stray.happened)
		return complain(trouble, STATUS_OUTSIDE_RAM,
				"%s: its device directory leads to 0x%" PRIx64
				", outside the captured RAM (0x%" PRIx64 "-0x%" PRIx64
				"), so that no device is found; name one with --device",
				capture->name, stray.address, capture->ram.first,
				capture->ram.last);
	if (!devices.count)
		return complain(trouble, STATUS_USAGE,
				"%s: its device directory names no device; name one with --device",
				capture->name);
	return complain(trouble, STATUS_USAGE,
			"%s: its device directory names several devices: %s; say which with "
			"--device",
			capture->name, devices.list);
}

static struct xlat_riscv_iommu_request request_of(const struct walk_request *asked,
						  uint32_t device_id, struct stray *stray)
{
	return (struct xlat_riscv_iommu_request){
		.size = sizeof(struct xlat_riscv_iommu_request),
		.device_id = device_id,
		.process_id = asked->pasid,
		.process_id_valid = asked->has_pasid,
		.privileged = asked->privileged,
		.exec = asked->access == XLAT_EXEC,
		.write = asked->access == XLAT_WRITE,
		.iova = asked->iova,
		.length = 1,
		.host_context = stray,
	};
}

static const char *verb_of(enum xlat_access access)
{
	return access == XLAT_WRITE ? "writes" : access == XLAT_EXEC ? "executes" : "reads";
}

struct rights_text {
	char text[4];
};

static struct rights_text rights_of(unsigned rights)
{
	struct rights_text made = {{(rights & XLAT_RIGHT_R) ? 'R' : '-',
				    (rights & XLAT_RIGHT_W) ? 'W' : '-',
				    (rights & XLAT_RIGHT_X) ? 'X' : '-', '\0'}};

	return made;
}

static const char *memory_type(unsigned pbmt)
{
	static const char *const names[] = {"PMA", "NC", "IO"};

	return pbmt < 3 ? names[pbmt] : "reserved";
}

static const char *request_type(unsigned ttyp)
{
	static const char *const names[] = {
		"none",
		"untranslated read for execute",
		"untranslated read",
		"untranslated write or atomic",
		"reserved",
		"translated read for execute",
		"translated read",
		"translated write or atomic",
		"ATS translation request",
		"message request",
	};

	return ttyp < sizeof(names) / sizeof(names[0]) ? names[ttyp] : "reserved";
}

/* --- As text. */

static void print_head(const struct capture *capture, const struct walk_request *asked,
		       uint32_t device_id)
{
	printf("%s: RISC-V IOMMU %s, RAM 0x%" PRIx64 "-0x%" PRIx64 " (%s)\n", capture->name,
	       capture->spec, capture->ram.first, capture->ram.last,
	       size_of_last(capture->ram.last - capture->ram.first).text);
	printf("device 0x%x (PCI %s)", device_id, function_of(device_id).text);
	if (asked->has_pasid)
		printf(", PASID 0x%x", asked->pasid);
	printf("%s %s IOVA 0x%" PRIx64 "\n\n", asked->privileged ? ", privileged," : "",
	       verb_of(asked->access), asked->iova);
	printf("  %-34s %-18s %-18s %s\n", "entry", "address", "value", "meaning");
}

static void print_step(void *opaque, const struct xlat_riscv_iommu_step *step)
{
	(void)opaque;
	printf("  %-34s 0x%-16" PRIx64 " 0x%0*" PRIx64 "%s%s%s\n", step->what, step->address,
	       (int)step->length * 2, step->value, step->length == 4 ? "        " : "",
	       step->meaning[0] ? " " : "", step->meaning);
	if (step->guest_address != step->address)
		printf("  %-34s 0x%-16" PRIx64 " (as the guest sees it)\n", "",
		       step->guest_address);
}

static void print_stray(const struct capture *capture, const struct stray *stray)
{
	printf("  %-34s 0x%-16" PRIx64 " %-18s outside the captured RAM\n",
	       stray->write ? "(to be updated)" : "(next entry)", stray->address, "-");
	(void)capture;
}

static void print_success(const struct xlat_riscv_iommu_response *response, uint64_t iova)
{
	uint64_t rest = (UINT64_C(1) << response->page_shift) - 1;

	if (response->is_mrif) {
		printf("\nOK: an MSI to the memory-resident interrupt file at 0x%" PRIx64
		       "; notice %u to 0x%" PRIx64 "\n",
		       response->mrif_address, response->notice_id, response->notice_address);
		return;
	}
	printf("\nOK: physical address 0x%" PRIx64 "%s\n", response->address,
	       response->is_msi ? " (an interrupt file, by the MSI page table)" : "");
	printf("    0x%" PRIx64 "-0x%" PRIx64 " (%s) leads to 0x%" PRIx64
	       " on; rights %s; memory type %s%s\n",
	       iova & ~rest, iova | rest, size_of_last(rest).text, response->address & ~rest,
	       rights_of(response->rights).text, memory_type(response->pbmt),
	       response->global ? "; global" : "");
}

static void print_fault(const struct capture *capture,
			const struct xlat_riscv_iommu_response *response, const struct stray *stray)
{
	const struct xlat_riscv_iommu_fault *fault = &response->fault;

	printf("\nFAULT %u: %s\n", fault->cause, xlat_riscv_iommu_cause_name(fault->cause));
	printf("    iotval 0x%" PRIx64 ", iotval2 0x%" PRIx64 ", TTYP %u (%s), DID 0x%x",
	       fault->iotval, fault->iotval2, fault->ttyp, request_type(fault->ttyp), fault->did);
	if (fault->pv)
		printf(", PID 0x%x%s", fault->pid, fault->priv ? ", PRIV" : "");
	printf("%s\n", fault->reported ? "" : "; not reported in the fault queue");
	if (stray->happened)
		printf("    The walk %s %zu bytes at 0x%" PRIx64
		       ", outside the captured RAM (0x%" PRIx64 "-0x%" PRIx64
		       "): the capture is incomplete, or its tables are wrong.\n",
		       stray->write ? "updates" : "needs", stray->length, stray->address,
		       capture->ram.first, capture->ram.last);
}

/* --- As JSON. */

static void add_step(void *opaque, const struct xlat_riscv_iommu_step *step)
{
	struct json_object *walk = opaque, *entry = json_object_new_object();

	add_text(entry, "entry", step->what);
	add_hex(entry, "address", step->address);
	if (step->guest_address != step->address)
		add_hex(entry, "guest_address", step->guest_address);
	add_hex(entry, "value", step->value);
	add_count(entry, "length", step->length);
	add_text(entry, "meaning", step->meaning);
	json_object_array_add(walk, entry);
}

static struct json_object *success_json(const struct xlat_riscv_iommu_response *response,
					uint64_t iova)
{
	struct json_object *object = json_object_new_object();
	uint64_t rest = (UINT64_C(1) << response->page_shift) - 1;

	add_text(object, "outcome", "ok");
	if (response->is_mrif) {
		add_hex(object, "mrif_address", response->mrif_address);
		add_hex(object, "notice_address", response->notice_address);
		add_count(object, "notice_id", response->notice_id);
		return object;
	}
	add_hex(object, "address", response->address);
	add_hex(object, "first", iova & ~rest);
	add_hex(object, "last", iova | rest);
	add_count(object, "page_shift", response->page_shift);
	add_text(object, "rights", rights_of(response->rights).text);
	add_text(object, "memory_type", memory_type(response->pbmt));
	add_bool(object, "global", response->global);
	add_bool(object, "msi", response->is_msi);
	return object;
}

static struct json_object *fault_json(const struct xlat_riscv_iommu_response *response,
				      const struct stray *stray)
{
	const struct xlat_riscv_iommu_fault *fault = &response->fault;
	struct json_object *object = json_object_new_object();

	add_text(object, "outcome", "fault");
	add_count(object, "cause", fault->cause);
	add_text(object, "cause_name", xlat_riscv_iommu_cause_name(fault->cause));
	add_hex(object, "iotval", fault->iotval);
	add_hex(object, "iotval2", fault->iotval2);
	add_count(object, "ttyp", fault->ttyp);
	add_hex(object, "did", fault->did);
	add_bool(object, "pv", fault->pv);
	if (fault->pv) {
		add_hex(object, "pid", fault->pid);
		add_bool(object, "priv", fault->priv);
	}
	add_bool(object, "reported", fault->reported);
	if (stray->happened)
		add_hex(object, "outside_ram", stray->address);
	return object;
}

static struct json_object *head_json(const struct capture *capture,
				     const struct walk_request *asked, uint32_t device_id)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "capture", capture->name);
	add_hex(object, "device_id", device_id);
	if (asked->has_pasid)
		add_hex(object, "pasid", asked->pasid);
	add_bool(object, "privileged", asked->privileged);
	add_text(object, "access",
		 asked->access == XLAT_WRITE  ? "w"
		 : asked->access == XLAT_EXEC ? "x"
					      : "r");
	add_hex(object, "iova", asked->iova);
	return object;
}

/* --- */

static enum status walk(struct capture *capture, const struct xlat_riscv_iommu *iommu,
			const struct walk_request *asked, uint32_t device_id)
{
	struct json_object *walk = asked->json ? json_object_new_array() : NULL, *head;
	struct stray stray = {0};
	struct xlat_riscv_iommu_request request = request_of(asked, device_id, &stray);
	struct xlat_riscv_iommu_response response;
	bool good;

	request.trace = asked->json ? add_step : print_step;
	request.trace_opaque = walk;
	if (!asked->json)
		print_head(capture, asked, device_id);
	xlat_riscv_iommu_peek(iommu, &request, &response);
	good = response.status == XLAT_RISCV_IOMMU_SUCCESS;
	if (asked->json) {
		head = head_json(capture, asked, device_id);
		json_object_object_add(head, "walk", walk);
		json_object_object_add(head, "result",
				       good ? success_json(&response, asked->iova)
					    : fault_json(&response, &stray));
		print_json(head);
	} else if (good) {
		print_success(&response, asked->iova);
	} else {
		if (stray.happened)
			print_stray(capture, &stray);
		print_fault(capture, &response, &stray);
	}
	return good ? STATUS_OK : stray.happened ? STATUS_OUTSIDE_RAM : STATUS_NO;
}

enum status show_walk(struct capture *capture, const struct walk_request *request,
		      struct trouble *trouble)
{
	uint32_t device_id = request->device_id;
	struct xlat_riscv_iommu *iommu;
	enum status status;

	status = create_captured_iommu(capture, &iommu, trouble);
	if (status != STATUS_OK)
		return status;
	if (!request->has_device)
		status = find_only_device(capture, iommu, &device_id, trouble);
	if (status == STATUS_OK)
		status = walk(capture, iommu, request, device_id);
	xlat_riscv_iommu_destroy(iommu);
	return status;
}
