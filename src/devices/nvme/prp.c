/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Physical region pages (4.3):
 *
 *	 63                             page shift-1      2 1 0
 *	+----------------------------------+---------------+---+
 *	| page base address                | offset        | 0 |
 *	+----------------------------------+---------------+---+
 *
 * PRP1 may have an offset. PRP2 is a second page, or where more than two are needed a list, whose
 * last entry in each page leads to its next page. The number of entries is that of the data's pages, so
 * that no list is followed for longer, whatever it says.
 */
#include "devices/nvme/nvme.h"

#include <endian.h>

enum {
	BATCH = 64, /* entries read at once */
};

static uint16_t walk_list(unsigned page_shift, struct xlat__nvme_sq *sq, uint64_t list,
			  uint32_t bytes, struct xlat__nvme_data *data)
{
	uint64_t page = UINT64_C(1) << page_shift, mask = page - 1;
	uint64_t entries[BATCH];

	/* 4.3: a list pointer is aligned to a quadword; of one that leads on, the offset is 0. */
	if (list & 7)
		return NVME_PRP_OFFSET_INVALID | NVME_DNR;
	while (bytes) {
		uint64_t room = (page - (list & mask)) / 8; /* entries that this page has left */
		uint64_t needed = (bytes + mask) >> page_shift;
		bool leads = needed > room;
		uint64_t left = leads ? room - 1 : needed;

		while (left) {
			unsigned count = left < BATCH ? (unsigned)left : BATCH;

			if (xlat__nvme_read(sq, list, entries, count * 8) != XLAT_OK)
				return NVME_DATA_TRANSFER_ERROR;
			for (unsigned i = 0; i < count; i++) {
				uint64_t entry = le64toh(entries[i]);
				uint32_t length = bytes < page ? bytes : (uint32_t)page;

				if (entry & mask)
					return NVME_PRP_OFFSET_INVALID | NVME_DNR;
				if (!xlat__nvme_add_piece(data, entry, length, false))
					return NVME_INVALID_FIELD | NVME_DNR;
				bytes -= length;
			}
			list += count * 8;
			left -= count;
		}
		if (!leads)
			break;
		if (xlat__nvme_read(sq, list, entries, 8) != XLAT_OK)
			return NVME_DATA_TRANSFER_ERROR;
		list = le64toh(entries[0]);
		if (list & mask)
			return NVME_PRP_OFFSET_INVALID | NVME_DNR;
	}
	return NVME_SUCCESS;
}

uint16_t xlat__nvme_walk_prps(unsigned page_shift, struct xlat__nvme_sq *sq,
			      const struct nvme_command *command, uint32_t bytes,
			      struct xlat__nvme_data *data)
{
	uint64_t page = UINT64_C(1) << page_shift, mask = page - 1;
	uint64_t prp1 = NVME_PRP1(command), prp2;
	uint32_t first = (uint32_t)(page - (prp1 & mask));

	data->bytes = bytes;
	data->count = 0;
	if (prp1 & 3)
		return NVME_PRP_OFFSET_INVALID | NVME_DNR;
	if (bytes <= first) {
		data->count = bytes != 0;
		data->pieces[0] = (struct xlat__nvme_piece){prp1, bytes, false};
		return NVME_SUCCESS;
	}
	data->count = 1;
	data->pieces[0] = (struct xlat__nvme_piece){prp1, first, false};
	bytes -= first;
	prp2 = NVME_PRP2(command);
	if (bytes > page)
		return walk_list(page_shift, sq, prp2, bytes, data);
	if (prp2 & mask)
		return NVME_PRP_OFFSET_INVALID | NVME_DNR;
	(void)xlat__nvme_add_piece(data, prp2, bytes, false);
	return NVME_SUCCESS;
}
