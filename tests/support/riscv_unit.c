/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "riscv_unit.h"
#include "models/riscv/bits.h"

struct fixture fixture;

uint64_t load(const struct unit *u, unsigned offset, unsigned size)
{
	uint64_t value = 0;

	assert_int_equal(xlat_space_load(u->f->space, nobody, u->registers + offset, size,
					 XLAT_LITTLE_ENDIAN, &value),
			 XLAT_OK);
	return value;
}

void store(const struct unit *u, unsigned offset, unsigned size, uint64_t value)
{
	assert_int_equal(xlat_space_store(u->f->space, nobody, u->registers + offset, size,
					  XLAT_LITTLE_ENDIAN, value),
			 XLAT_OK);
}

void put(uint64_t address, uint64_t value)
{
	assert_int_equal(xlat_space_store(fixture.space, nobody, address, 8, XLAT_LITTLE_ENDIAN,
					  value),
			 XLAT_OK);
}

uint64_t get(uint64_t address)
{
	uint64_t value = 0;

	assert_int_equal(xlat_space_load(fixture.space, nobody, address, 8, XLAT_LITTLE_ENDIAN,
					 &value),
			 XLAT_OK);
	return value;
}

void map_page(uint64_t iova, uint64_t page)
{
	put(LEAVES + (iova >> 12 & 511) * 8, page >> 2 | RWUAD);
}

void unmap_page(uint64_t iova)
{
	put(LEAVES + (iova >> 12 & 511) * 8, 0);
}

void put_command(struct unit *u, uint64_t first, uint64_t second)
{
	uint32_t tail = (uint32_t)load(u, REG_CQT, 4);

	put(u->queue + tail * 16, first);
	put(u->queue + tail * 16 + 8, second);
	store(u, REG_CQT, 4, (tail + 1) % 64);
}

bool commands_are_done(const struct unit *u)
{
	return load(u, REG_CQH, 4) == load(u, REG_CQT, 4);
}

static void note_wire(void *opaque, unsigned vector, bool level)
{
	struct unit *u = opaque;

	u->levels[vector] = level;
	u->raised += level;
}

static void note_message(void *opaque, const struct xlat_model_message *message)
{
	struct unit *u = opaque;

	u->message = *message;
	u->messages++;
	if (u->take_message)
		u->take_message(u->take_message_opaque, message);
}

/* The adapter, what hangs behind it, and its registers in the machine. */
void plug(struct unit *u, uint64_t registers, uint64_t queue, bool bus)
{
	*u = (struct unit){.f = &fixture, .registers = registers, .queue = queue};
	assert_int_equal(xlat_riscv_adapter_create(XLAT_CONFIG(xlat_riscv_adapter_config,
							       .memory = fixture.space, .opaque = u,
							       .wire = note_wire,
							       .message = note_message),
						   &u->adapter),
			 0);
	assert_int_equal(xlat_region_attach(fixture.root, xlat_riscv_adapter_registers(u->adapter),
					    registers),
			 0);
	if (bus)
		assert_int_equal(xlat_riscv_adapter_attach_bus(u->adapter, &u->iommu), 0);
	else
		assert_int_equal(xlat_riscv_adapter_attach_device(u->adapter, DEVICE, &u->iommu),
				 0);
	u->space = space_behind(fixture.fabric, u->iommu, &u->root);
	assert_int_equal(xlat_dma_create(u->space, NULL, &u->dma), 0);
}

void unplug(struct unit *u)
{
	xlat_dma_destroy(u->dma);
	xlat_space_destroy(u->space);
	xlat_region_unref(u->root);
	xlat_iommu_destroy(u->iommu);
	xlat_riscv_adapter_destroy(u->adapter);
}

/* What a driver does at first: queues, and the directory last. */
void start_driver(struct unit *u)
{
	store(u, REG_MSI_CFG_TBL + 12, 4, MSI_MASKED);
	store(u, REG_CQB, 8, u->queue >> 12 << 10 | 5);
	store(u, REG_CQT, 4, 0);
	store(u, REG_CQCSR, 4, QCSR_EN | QCSR_IE);
	assert_true(load(u, REG_CQCSR, 4) & QCSR_ON);
	store(u, REG_FQB, 8, FQ >> 12 << 10 | 5);
	store(u, REG_FQCSR, 4, QCSR_EN | QCSR_IE);
	assert_true(load(u, REG_FQCSR, 4) & QCSR_ON);
	store(u, REG_DDTP, 8, DIRECTORY >> 2 | DDTP_MODE_1LVL);
}

void make_tables(uint32_t device)
{
	put(DIRECTORY + device * 64, TC_V);
	put(DIRECTORY + device * 64 + 24, UINT64_C(8) << 60 | ROOT >> 12);
	put(ROOT, MIDDLE >> 2 | 1);
	put(MIDDLE, LEAVES >> 2 | 1);
	map_page(IOVA, PAGE);
	map_page(NEXT, OTHER);
}

struct unit *begin(bool bus)
{
	static struct unit unit;

	fixture_init(&fixture, PLAIN);
	make_tables(DEVICE);
	plug(&unit, REGISTERS, CQ, bus);
	start_driver(&unit);
	return &unit;
}

void end(struct unit *u)
{
	unplug(u);
	fixture_finish(&fixture);
}
