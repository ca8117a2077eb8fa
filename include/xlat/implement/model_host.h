/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a model of an IOMMU or a protection unit needs of its host: memory, and a few wires. A model
 * given this table depends on nothing else of the library, so that a VMM with its own memory can
 * use one alone, and a test can give it a toy memory.
 *
 * Bytes are as they lie in memory, lowest address first; the model decodes them. The attributes say
 * who asks and, for a host that models a bus, in which byte order the model will interpret them.
 *
 * The memory calls are handed the context of the request on whose behalf they are made (its
 * host_context), so that a host that counts or nests accesses knows which one they belong to; it is
 * NULL for what a model does of its own accord.
 *
 * The callbacks are called from whichever thread called the model, with no lock of the model held
 * where the function that leads to them may be called from many threads (translate, peek). They do
 * not unwind.
 */
#ifndef XLAT_IMPLEMENT_MODEL_HOST_H
#define XLAT_IMPLEMENT_MODEL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How memory answered. */
enum xlat_model_memory {
	XLAT_MODEL_MEMORY_OK = 0,
	XLAT_MODEL_MEMORY_ACCESS_FAULT = 1, /* nothing there, or not allowed (a PMA or PMP check) */
	XLAT_MODEL_MEMORY_CORRUPT = 2, /* the data is there and known to be wrong (poisoned) */
	XLAT_MODEL_MEMORY_RETRY =
		3, /* it cannot answer at once, and did nothing: ask again later */
};

/* The attributes of an access that a model makes on its own behalf. */
struct xlat_model_attrs {
	uint16_t rcid; /* resource control id (RISC-V QoS), else 0 */
	uint16_t mcid; /* monitoring counter id (RISC-V QoS), else 0 */
	uint8_t pbmt; /* page-based memory type of the mapping that led here: 0 PMA, 1 NC, 2 IO */
	bool big_endian; /* the model interprets these bytes as big-endian */
};

/* What a model asks to be ordered before it goes on: accesses of devices that passed it earlier. */
enum xlat_model_sync {
	XLAT_MODEL_SYNC_READS = 1,
	XLAT_MODEL_SYNC_WRITES = 2,
};

/* A PCIe message that a model sends to a device: an ATS invalidation request or a page-request group
 * response. */
struct xlat_model_message {
	uint8_t code; /* PCIe message code: 0x01 invalidation request, 0x05 group response */
	uint8_t tag; /* of an invalidation request: the ITag, to be returned by its completion */
	bool pasid_valid;
	bool segment_valid;
	uint32_t pasid;
	uint16_t requester; /* the destination's bus, device and function */
	uint8_t segment;
	uint64_t payload; /* the message body as the specification of the model lays it out */
};

/*
 * What an invalidation command ended: translations that the host may have kept. The least that it
 * may ask for: other devices, processes and addresses are not concerned.
 */
struct xlat_model_invalidation {
	bool by_device; /* those of one device; else of any */
	bool by_process; /* ... and of one process of it */
	bool by_address; /* those of input addresses first to last; else of all */
	/* Those of address spaces that equal `space` in these bits, as the model's responses name them. */
	uint64_t space_mask;
	uint64_t space;
	uint32_t device_id;
	uint32_t process_id;
	uint64_t first;
	uint64_t last;
};

/*
 * The table. `size` is sizeof(struct xlat_model_host) as the caller knows it; an unknown nonzero
 * tail is refused. The three memory calls are required, any other may be NULL for the default
 * given.
 */
struct xlat_model_host {
	size_t size;

	/* Reads `length` bytes, 1 to 64. An aligned read of 4 or 8 bytes must be single-copy atomic. */
	enum xlat_model_memory (*read)(void *opaque, void *context, uint64_t address, void *bytes,
				       size_t length, struct xlat_model_attrs attrs);

	/* Writes `length` bytes, 1 to 64; as atomic as read. An MSI is a write of 4 bytes. */
	enum xlat_model_memory (*write)(void *opaque, void *context, uint64_t address,
					const void *bytes, size_t length,
					struct xlat_model_attrs attrs);

	/*
	 * Atomically replaces `length` (4 or 8) bytes at an aligned address by `desired` if they
	 * equal `expected`, and says in *swapped whether it did. Needs the rights to read and to
	 * write.
	 */
	enum xlat_model_memory (*compare_and_swap)(void *opaque, void *context, uint64_t address,
						   const void *expected, const void *desired,
						   size_t length, bool *swapped,
						   struct xlat_model_attrs attrs);

	/* Drives the interrupt wire of a vector. Default: wires are not connected. */
	void (*wire)(void *opaque, unsigned vector, bool level);

	/* The time in cycles of the model's clock. Default: a clock that stands still at 0. */
	uint64_t (*clock)(void *opaque);

	/*
	 * Sends a message to a device. Default: there are no devices that take messages; what is to
	 * be answered times out at once.
	 */
	void (*message)(void *opaque, const struct xlat_model_message *message);

	/*
	 * Whether earlier accesses of devices (a set of enum xlat_model_sync; none: those that a
	 * model's invalidations ended) are globally observable. A host that has to wait for them
	 * returns false and is asked again. Default: they are.
	 */
	bool (*sync)(void *opaque, unsigned what);

	/*
	 * Translations ended: the model will give others for them from now on. Default: the host
	 * keeps none.
	 */
	void (*invalidate)(void *opaque, const struct xlat_model_invalidation *invalidation);
};

#ifdef __cplusplus
}
#endif
#endif
