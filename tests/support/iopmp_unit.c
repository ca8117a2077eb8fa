/* SPDX-License-Identifier: BSD-3-Clause */
#include "iopmp_unit.h"
#include "test.h"

static enum xlat_model_memory take_message(void *opaque, void *context, uint64_t address,
					   const void *bytes, size_t length,
					   struct xlat_model_attrs attrs)
{
	struct iopmp_unit *unit = opaque;
	const uint8_t *data = bytes;

	(void)context, (void)attrs;
	assert_int_equal(length, 4);
	unit->messages++;
	unit->message_address = address;
	unit->message_data = 0;
	for (unsigned i = 0; i < 4; i++)
		unit->message_data |= (uint32_t)data[i] << (8 * i);
	return unit->refuses_messages ? XLAT_MODEL_MEMORY_ACCESS_FAULT : XLAT_MODEL_MEMORY_OK;
}

static void take_wire(void *opaque, unsigned vector, bool level)
{
	struct iopmp_unit *unit = opaque;

	assert_int_equal(vector, 0);
	assert_true(level != unit->wire);
	unit->wire = level;
	unit->wires++;
}

static bool take_sync(void *opaque, unsigned what)
{
	const struct iopmp_unit *unit = opaque;

	(void)what;
	return !unit->busy;
}

static void take_invalidation(void *opaque, const struct xlat_model_invalidation *ended)
{
	struct iopmp_unit *unit = opaque;

	unit->ended[unit->invalidations++ % 16] = *ended;
}

const struct xlat_model_host iopmp_unit_host = {
	.size = sizeof(iopmp_unit_host),
	.write = take_message,
	.wire = take_wire,
	.sync = take_sync,
	.invalidate = take_invalidation,
};

void iopmp_unit_init(struct iopmp_unit *unit, const struct xlat_iopmp_config *config, bool enable)
{
	*unit = (struct iopmp_unit){0};
	assert_int_equal(xlat_iopmp_create(config, &iopmp_unit_host, unit, &unit->iopmp), 0);
	unit->entry_offset = iopmp_get(unit, REG_ENTRYOFFSET);
	if (enable)
		iopmp_set(unit, REG_HWCFG0, HWCFG0_ENABLE);
	unit->invalidations = 0;
}

void iopmp_unit_finish(struct iopmp_unit *unit)
{
	xlat_iopmp_destroy(unit->iopmp);
}

uint32_t iopmp_get(struct iopmp_unit *unit, uint64_t offset)
{
	return (uint32_t)xlat_iopmp_read(unit->iopmp, offset, 4);
}

void iopmp_set(struct iopmp_unit *unit, uint64_t offset, uint32_t value)
{
	xlat_iopmp_write(unit->iopmp, offset, 4, value);
}

uint64_t iopmp_entry(const struct iopmp_unit *unit, uint32_t i, unsigned reg)
{
	return unit->entry_offset + (uint64_t)i * ENTRY_SIZE + reg;
}

static void put(struct iopmp_unit *unit, uint32_t i, uint64_t encoded, uint32_t cfg)
{
	iopmp_set(unit, iopmp_entry(unit, i, ENTRY_ADDR), (uint32_t)encoded);
	iopmp_set(unit, iopmp_entry(unit, i, ENTRY_ADDRH), (uint32_t)(encoded >> 32));
	iopmp_set(unit, iopmp_entry(unit, i, ENTRY_CFG), cfg);
}

void iopmp_napot(struct iopmp_unit *unit, uint32_t i, uint64_t address, uint64_t size, uint32_t cfg)
{
	put(unit, i, address >> 2 | (size / 8 - 1), cfg | A_NAPOT << CFG_A_SHIFT);
}

void iopmp_tor(struct iopmp_unit *unit, uint32_t i, uint64_t to, uint32_t cfg)
{
	put(unit, i, to >> 2, cfg | A_TOR << CFG_A_SHIFT);
}

int iopmp_ask(struct iopmp_unit *unit, uint32_t rrid, enum xlat_access access, uint64_t address,
	      uint64_t length, struct xlat_iopmp_decision *decision)
{
	struct xlat_iopmp_request request = {
		.size = sizeof(request),
		.rrid = rrid,
		.access = access,
		.address = address,
		.length = length,
	};
	struct xlat_iopmp_decision unused;

	if (!decision)
		decision = &unused;
	xlat_iopmp_check(unit->iopmp, &request, decision);
	return decision->verdict == XLAT_IOPMP_STALLED ? -1 : (int)decision->etype;
}

void iopmp_unit_plain(struct iopmp_unit *unit)
{
	IOPMP_UNIT(unit, .rrids = 4, .entries = 8, .domains = 4);
	iopmp_set(unit, REG_MDCFG, 4);
	iopmp_set(unit, REG_SRCMD, 1 << 1);
	iopmp_set(unit, REG_SRCMD + SRCMD_SIZE, 1 << 1);
	for (unsigned rrid = 0; rrid < 2; rrid++)
		for (unsigned reg = SRCMD_R; reg <= SRCMD_X; reg += 8)
			iopmp_set(unit, REG_SRCMD + rrid * SRCMD_SIZE + reg, 1 << 1);
	unit->invalidations = 0;
}
