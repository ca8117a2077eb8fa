/* SPDX-License-Identifier: BSD-3-Clause */
#include "test.h"
#include "nvme_driver.h"
#include "nvme_trial.h"

#include <endian.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	BLOCKS = 512,
	SIZE = BLOCKS * 512,
	PAGES = NVME_MESSAGE - NVME_DATA, /* of data */
	MOST = 64, /* blocks of a command */
	PIECES = PAGES,
};

/* A part of a command's data: within one page. */
struct piece {
	unsigned page, offset, length;
};

struct trial {
	struct choices choices;
	struct nvme_driver driver;
	struct xlat_nvme_namespace namespace;
	struct xlat_nvme_config config;
	struct xlat_block *block;
	int fd;
	uint8_t disk[SIZE];
	bool unmapped[NVME_PAGES];
	struct piece pieces[PIECES];
	unsigned count;
	uint8_t data[MOST * 512];
};

static uint32_t pick(struct trial *trial, uint32_t bound)
{
	return choose(&trial->choices, bound);
}

/* --- A disk. */

static void make_block(struct trial *trial, bool file)
{
	struct xlat_block_config config = {.size = sizeof(config), .length = SIZE};

	trial->fd = -1;
	if (file) {
		trial->fd = memfd_create("disk", MFD_CLOEXEC);
		assert_true(trial->fd >= 0);
		config.kind = XLAT_BLOCK_FILE;
		config.fd = trial->fd;
		config.has_fd = true;
	}
	assert_int_equal(xlat_block_create(&config, &trial->block), 0);
}

static void begin_queues(struct trial *trial)
{
	struct nvme_command command = {{ADMIN_DOORBELL_BUFFER_CONFIG}};

	nvme_enable(&trial->driver);
	if (pick(trial, 2)) {
		memset(nvme_page(&trial->driver, 14), 0, NVME_PAGE);
		memset(nvme_page(&trial->driver, 15), 0, NVME_PAGE);
		command.dword[6] = (uint32_t)nvme_iova(&trial->driver, 14);
		command.dword[7] = nvme_iova(&trial->driver, 14) >> 32;
		command.dword[8] = (uint32_t)nvme_iova(&trial->driver, 15);
		command.dword[9] = nvme_iova(&trial->driver, 15) >> 32;
		assert_int_equal(nvme_do(&trial->driver, 0, command), NVME_SUCCESS);
		trial->driver.shadow_page = 14;
		trial->driver.event_page = 15;
		trial->driver.shadowed = true;
	}
	nvme_create_queues(&trial->driver, 1, 2 + pick(trial, 30));
	nvme_create_queues(&trial->driver, 2, 64);
}

static struct trial *create(struct choices choices)
{
	struct trial *trial = calloc(1, sizeof(*trial));

	if (trial)
		trial->choices = choices;
	return trial;
}

static void *create_disk(struct choices choices)
{
	struct trial *trial = create(choices);
	unsigned io, kind;

	if (!trial)
		return NULL;
	io = pick(trial, 4);
	kind = pick(trial, driven_kinds_count + 1);
	make_block(trial, pick(trial, 2));
	trial->namespace = (struct xlat_nvme_namespace){.block = trial->block};
	trial->config = (struct xlat_nvme_config){
		.size = sizeof(trial->config),
		.namespaces = &trial->namespace,
		.namespace_count = 1,
		.queues = 4,
		.depth = 1 + pick(trial, 8),
		.threads = 2,
		.deferred = pick(trial, 2),
		.workers = 1 + pick(trial, 2),
		.io = io == 1	? XLAT_NVME_IO_BEST
		      : io == 2 ? XLAT_NVME_IO_THREADS
				: 0,
	};
	nvme_driver_init(&trial->driver, &trial->config, kind ? driven_kinds[kind - 1] : NULL);
	begin_queues(trial);
	return trial;
}

static void destroy(void *opaque)
{
	struct trial *trial = opaque;

	nvme_driver_finish(&trial->driver);
	xlat_block_destroy(trial->block);
	if (trial->fd >= 0)
		(void)close(trial->fd);
	free(trial);
}

static void set_quad(struct nvme_command *command, unsigned dword, uint64_t value)
{
	command->dword[dword] = (uint32_t)value;
	command->dword[dword + 1] = value >> 32;
}

/* Pages of data, each once: the nth of a walk from start on. */
static unsigned data_page(unsigned start, unsigned step, unsigned nth)
{
	return NVME_DATA + (start + nth * step) % PAGES;
}

static void use_prps(struct trial *trial, struct nvme_command *command, unsigned bytes)
{
	unsigned start = pick(trial, PAGES), step = pick(trial, 2) ? 1 : 5;
	unsigned offset = pick(trial, 2) ? 0 : 4 * pick(trial, NVME_PAGE / 4);
	uint64_t *list = (uint64_t *)(void *)nvme_page(&trial->driver, NVME_LIST);
	unsigned at = pick(trial, 8);

	trial->count = 0;
	while (bytes) {
		struct piece *piece = &trial->pieces[trial->count];

		piece->page = data_page(start, step, trial->count);
		piece->offset = trial->count ? 0 : offset;
		piece->length = NVME_PAGE - piece->offset;
		if (piece->length > bytes)
			piece->length = bytes;
		bytes -= piece->length;
		trial->count++;
	}
	set_quad(command, 6, nvme_iova(&trial->driver, trial->pieces[0].page) + offset);
	if (trial->count == 2)
		set_quad(command, 8, nvme_iova(&trial->driver, trial->pieces[1].page));
	else
		set_quad(command, 8, nvme_iova(&trial->driver, NVME_LIST) + 8 * at);
	for (unsigned i = 1; i < trial->count; i++)
		list[at + i - 1] = htole64(nvme_iova(&trial->driver, trial->pieces[i].page));
}

/* False: the pages do not suffice. */
static bool use_sgl(struct trial *trial, struct nvme_command *command, unsigned bytes)
{
	unsigned start = pick(trial, PAGES);
	uint32_t *list = (uint32_t *)(void *)nvme_page(&trial->driver, NVME_LIST);

	for (trial->count = 0; bytes && trial->count < PIECES; trial->count++) {
		struct piece *piece = &trial->pieces[trial->count];

		piece->page = data_page(start, 7, trial->count);
		piece->offset = pick(trial, NVME_PAGE);
		piece->length = 1 + pick(trial, NVME_PAGE - piece->offset);
		if (piece->length > bytes)
			piece->length = bytes;
		bytes -= piece->length;
	}
	if (bytes)
		return false;
	for (unsigned i = 0; i < trial->count; i++) {
		uint64_t iova =
			nvme_iova(&trial->driver, trial->pieces[i].page) + trial->pieces[i].offset;

		list[4 * i] = htole32((uint32_t)iova);
		list[4 * i + 1] = htole32(iova >> 32);
		list[4 * i + 2] = htole32(trial->pieces[i].length);
		list[4 * i + 3] = 0;
	}
	set_quad(command, 6, nvme_iova(&trial->driver, NVME_LIST));
	command->dword[8] = trial->count * SGL_SIZE;
	command->dword[9] = (uint32_t)SGL_LAST_SEGMENT << 28;
	command->dword[0] |= 1 << 14;
	return true;
}

/* Copies between the pieces and trial->data, and says whether all of them are mapped. */
static bool copy_data(struct trial *trial, bool to_pages)
{
	uint8_t *data = trial->data;
	bool mapped = true;

	for (unsigned i = 0; i < trial->count; i++) {
		const struct piece *piece = &trial->pieces[i];
		uint8_t *page = nvme_page(&trial->driver, piece->page) + piece->offset;

		if (to_pages)
			memcpy(page, data, piece->length);
		else
			memcpy(data, page, piece->length);
		data += piece->length;
		mapped &= !trial->unmapped[piece->page];
	}
	return mapped;
}

static const char *transfer(struct trial *trial)
{
	static const uint8_t opcodes[] = {NVM_READ, NVM_WRITE, NVM_COMPARE};
	uint8_t opcode = opcodes[pick(trial, 3)];
	unsigned blocks = 1 + pick(trial, pick(trial, 2) ? 8 : MOST), bytes = blocks * 512;
	unsigned first = pick(trial, BLOCKS + 1 - blocks);
	uint8_t *disk = trial->disk + first * 512;
	struct nvme_command command = {{opcode, 1}};
	bool mapped, same = true;
	uint16_t status;

	if (!pick(trial, 2) || !use_sgl(trial, &command, bytes)) {
		command.dword[0] = opcode;
		use_prps(trial, &command, bytes);
	}
	set_quad(&command, 10, first);
	command.dword[12] = (blocks - 1) | (pick(trial, 4) ? 0 : NVM_FUA);
	for (unsigned i = 0; i < bytes; i++)
		trial->data[i] = opcode == NVM_COMPARE ? disk[i] : (uint8_t)(i * first + blocks);
	if (opcode == NVM_COMPARE && pick(trial, 2)) {
		trial->data[pick(trial, bytes)] ^= 0x10;
		same = false;
	}
	mapped = copy_data(trial, true);
	status = nvme_do(&trial->driver, 1 + pick(trial, 2), command);
	if (!mapped && status == NVME_DATA_TRANSFER_ERROR) {
		/* What a failed write left is anybody's guess. */
		if (xlat_block_read(trial->block, (uint64_t)first * 512, disk, bytes))
			return "a block that cannot be read";
		return NULL;
	}
	if (!same && status == NVME_COMPARE_FAILURE)
		return NULL;
	if (!mapped)
		return "data from nowhere";
	if (status != (same ? NVME_SUCCESS : NVME_COMPARE_FAILURE))
		return "another status";
	if (opcode == NVM_WRITE)
		memcpy(disk, trial->data, bytes);
	(void)copy_data(trial, false);
	if (opcode == NVM_READ && memcmp(trial->data, disk, bytes) != 0)
		return "other data";
	return NULL;
}

static const char *zero(struct trial *trial)
{
	unsigned blocks = 1 + pick(trial, 100), first = pick(trial, BLOCKS + 1 - blocks);
	struct nvme_command command = {{NVM_WRITE_ZEROES, 1}};
	uint32_t *range = (uint32_t *)(void *)nvme_page(&trial->driver, NVME_LIST);

	if (pick(trial, 2)) {
		set_quad(&command, 10, first);
		command.dword[12] = (blocks - 1) | (pick(trial, 2) ? NVM_WRITE_ZEROES_DEAC : 0);
	} else {
		command.dword[0] = NVM_DATASET_MANAGEMENT;
		command.dword[11] = NVM_DSM_DEALLOCATE;
		range[0] = range[3] = 0;
		range[1] = htole32(blocks);
		range[2] = htole32(first);
		set_quad(&command, 6, nvme_iova(&trial->driver, NVME_LIST));
	}
	if (nvme_do(&trial->driver, 1, command) != NVME_SUCCESS)
		return "zeroes that were not written";
	memset(trial->disk + first * 512, 0, blocks * 512);
	return NULL;
}

static const char *refuse(struct trial *trial)
{
	struct nvme_command command =
		nvme_transfer(&trial->driver, NVM_READ, BLOCKS - pick(trial, 4), 8, NVME_DATA);

	if (pick(trial, 2))
		command.dword[11] = UINT32_MAX;
	if (nvme_do(&trial->driver, 2, command) != NVME_LBA_OUT_OF_RANGE)
		return "blocks that are not there";
	return NULL;
}

/* Takes a page of data away from the device, or gives it back. */
static void turn_page(struct trial *trial)
{
	struct driven *driven = trial->driver.driven;
	unsigned page = NVME_DATA + pick(trial, PAGES);

	if (!driven)
		return;
	if (trial->unmapped[page])
		driven->kind->map(driven, page,
				  NVME_RAM + ((uint64_t)page << driven->kind->page_shift));
	else
		assert_true(driven_unmap(driven, page));
	trial->unmapped[page] = !trial->unmapped[page];
}

static const char *move(struct trial *trial)
{
	size_t size = xlat_nvme_save(trial->driver.nvme, NULL, 0);
	uint8_t *bytes = malloc(size);
	const char *wrong = NULL;

	if (!bytes)
		return NULL;
	if (xlat_nvme_save(trial->driver.nvme, bytes, size) != size)
		wrong = "a state of another size";
	if (pick(trial, 2))
		nvme_driver_plug(&trial->driver, &trial->config);
	if (!wrong && xlat_nvme_restore(trial->driver.nvme, bytes, size))
		wrong = "a state that is not restored";
	free(bytes);
	return wrong;
}

static const char *step_disk(void *opaque)
{
	struct trial *trial = opaque;

	switch (pick(trial, 24)) {
	case 0:
		if (pick(trial, 8) == 0) {
			nvme_disable(&trial->driver);
			begin_queues(trial);
		}
		return NULL;
	case 1:
		return pick(trial, 4) ? NULL : move(trial);
	case 2:
	case 3:
		turn_page(trial);
		return NULL;
	case 4:
	case 5:
		return zero(trial);
	case 6:
		return refuse(trial);
	case 7:
		return nvme_do(&trial->driver, 1, (struct nvme_command){{NVM_FLUSH, 1}})
			       ? "a flush that failed"
			       : NULL;
	default:
		return transfer(trial);
	}
}

const struct trial_kind nvme_disk_trial = {create_disk, step_disk, destroy};

/* --- A hostile guest. */

static void *create_hostile(struct choices choices)
{
	struct trial *trial = create(choices);

	if (!trial)
		return NULL;
	make_block(trial, pick(trial, 2));
	trial->namespace = (struct xlat_nvme_namespace){.block = trial->block};
	trial->config = (struct xlat_nvme_config){
		.size = sizeof(trial->config),
		.namespaces = &trial->namespace,
		.namespace_count = 1,
		.queues = 3,
		.entries = 64,
		.depth = 4,
		.deferred = pick(trial, 2),
		.io = pick(trial, 2) ? XLAT_NVME_IO_BEST : XLAT_NVME_IO_SYNC,
	};
	nvme_driver_init(&trial->driver, &trial->config, NULL);
	nvme_enable(&trial->driver);
	return trial;
}

static uint64_t any_address(struct trial *trial)
{
	uint64_t page = nvme_iova(&trial->driver, pick(trial, NVME_PAGES));

	switch (pick(trial, 8)) {
	case 0:
		return page + pick(trial, NVME_PAGE);
	case 1:
		return NVME_BAR + 4 * pick(trial, 0x1100 / 4);
	case 2:
		return UINT64_MAX - pick(trial, 8192);
	case 3:
		return (uint64_t)pick(trial, UINT32_MAX) << pick(trial, 33);
	default:
		return page;
	}
}

static uint32_t any_number(struct trial *trial)
{
	switch (pick(trial, 4)) {
	case 0:
		return pick(trial, UINT32_MAX);
	case 1:
		return pick(trial, 4) | pick(trial, 64) << 16;
	case 2:
		return UINT32_MAX - pick(trial, 4);
	default:
		return pick(trial, 16);
	}
}

static void any_command(struct trial *trial)
{
	static const uint8_t admin[] = {0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 0x7c, 0x80};
	static const uint8_t io[] = {0, 1, 2, 5, 8, 9, 12};
	unsigned queue = pick(trial, 4);
	uint32_t *entry = (uint32_t *)(void *)(nvme_page(&trial->driver, 2 * queue) +
					       pick(trial, 64) * (size_t)NVME_SQE_SIZE);
	uint8_t opcode = queue ? io[pick(trial, sizeof(io))] : admin[pick(trial, sizeof(admin))];
	uint64_t prp1 = any_address(trial), prp2 = any_address(trial);

	if (pick(trial, 16) == 0)
		opcode = (uint8_t)pick(trial, 256);
	entry[0] = htole32(opcode | (pick(trial, 4) ? 0 : pick(trial, 4) << 14) |
			   pick(trial, 8) << 16);
	entry[1] = htole32(pick(trial, 8) ? 1 : any_number(trial));
	entry[6] = htole32((uint32_t)prp1);
	entry[7] = htole32(prp1 >> 32);
	entry[8] = htole32((uint32_t)prp2);
	entry[9] = htole32(prp2 >> 32);
	for (unsigned i = 10; i < 16; i++)
		entry[i] = htole32(any_number(trial));
}

static void poke(struct trial *trial, uint64_t offset, unsigned size, uint64_t value)
{
	static const struct xlat_attrs nobody;

	(void)xlat_space_store(trial->driver.cpu, nobody, NVME_BAR + offset, size,
			       XLAT_LITTLE_ENDIAN, value);
}

/* Something that drivers do, more or less. */
static void nearly_enable(struct trial *trial)
{
	poke(trial, NVME_CC, 4, 0);
	poke(trial, NVME_AQA, 4, pick(trial, 4) ? 0x1f001f : any_number(trial));
	poke(trial, NVME_ASQ, 8,
	     pick(trial, 4) ? nvme_iova(&trial->driver, 0) : any_address(trial));
	poke(trial, NVME_ACQ, 8,
	     pick(trial, 4) ? nvme_iova(&trial->driver, 1) : any_address(trial));
	poke(trial, NVME_CC, 4, pick(trial, 4) ? 0x460001 : any_number(trial));
}

static void nearly_create(struct trial *trial)
{
	unsigned id = 1 + pick(trial, 3), index = pick(trial, 32);
	uint32_t *entry =
		(uint32_t *)(void *)(nvme_page(&trial->driver, 0) + index * (size_t)NVME_SQE_SIZE);
	bool completion = pick(trial, 2);
	uint64_t at = nvme_iova(&trial->driver, 2 * id + completion);

	memset(entry, 0, NVME_SQE_SIZE);
	entry[0] = htole32(completion ? ADMIN_CREATE_CQ : ADMIN_CREATE_SQ);
	entry[6] = htole32((uint32_t)at);
	entry[10] = htole32(id | (1 + pick(trial, 62)) << 16);
	entry[11] = htole32(completion ? 3 : 1 | (1 + pick(trial, 3)) << 16);
	poke(trial, NVME_DOORBELLS, 4, (index + 1) % 32);
}

static void configure(struct trial *trial)
{
	xlat_pci_bus_config_write(trial->driver.bus, XLAT_PCI_RID(0, 1, 0), 0x10, 4,
				  (uint32_t)NVME_BAR);
	xlat_pci_bus_config_write(trial->driver.bus, XLAT_PCI_RID(0, 1, 0), 0x14, 4, 0);
	xlat_pci_bus_config_write(trial->driver.bus, XLAT_PCI_RID(0, 1, 0), 0x04, 2, 6);
}

/* A reset mends everything. */
static const char *mend(struct trial *trial)
{
	struct nvme_driver *driver = &trial->driver;

	xlat_pci_function_reset(driver->function);
	configure(trial);
	nvme_disable(driver);
	nvme_enable(driver);
	if (nvme_do(driver, 0, nvme_identify_command(driver, CNS_CONTROLLER, 0, NVME_DATA)) !=
	    NVME_SUCCESS)
		return "a controller that a reset did not mend";
	return NULL;
}

static void resume_from_state(struct trial *trial)
{
	size_t size = xlat_nvme_save(trial->driver.nvme, NULL, 0);
	uint8_t *bytes = malloc(size);

	if (!bytes)
		return;
	(void)xlat_nvme_save(trial->driver.nvme, bytes, size);
	if (pick(trial, 2))
		bytes[pick(trial, (uint32_t)size)] ^= (uint8_t)(1 + pick(trial, 255));
	if (pick(trial, 2)) {
		nvme_driver_plug(&trial->driver, &trial->config);
		memset(trial->driver.queues, 0, sizeof(trial->driver.queues));
	}
	(void)!xlat_nvme_restore(trial->driver.nvme, bytes, size);
	free(bytes);
}

static const char *step_hostile(void *opaque)
{
	struct trial *trial = opaque;
	struct nvme_driver *driver = &trial->driver;
	uint32_t *word;

	switch (pick(trial, 16)) {
	case 0:
		poke(trial, 4 * pick(trial, 16), pick(trial, 4) ? 4 : 8, any_number(trial));
		break;
	case 1:
		poke(trial, pick(trial, 0x3000), 1u << pick(trial, 4), any_number(trial));
		break;
	case 2:
		nearly_enable(trial);
		break;
	case 3:
	case 4:
		nearly_create(trial);
		break;
	case 5:
	case 6:
	case 7:
		any_command(trial);
		break;
	case 8:
	case 9:
	case 10:
		poke(trial, NVME_DOORBELLS + 4 * pick(trial, 10), 4, pick(trial, 66));
		break;
	case 11:
		word = (uint32_t *)(void *)(nvme_page(driver, pick(trial, NVME_PAGES)) +
					    4 * pick(trial, NVME_PAGE / 4));
		*word = pick(trial, 2) ? any_number(trial) : htole32((uint32_t)any_address(trial));
		break;
	case 12:
		xlat_pci_bus_config_write(driver->bus, XLAT_PCI_RID(0, 1, 0), 4 * pick(trial, 64),
					  4, any_number(trial));
		break;
	case 13:
		configure(trial);
		break;
	case 14:
		if (pick(trial, 8) == 0)
			resume_from_state(trial);
		break;
	default:
		if (pick(trial, 16) == 0)
			return mend(trial);
		(void)xlat_nvme_process(driver->nvme);
		xlat_nvme_set_temperature(driver->nvme, any_number(trial));
	}
	return NULL;
}

const struct trial_kind nvme_hostile_trial = {create_hostile, step_hostile, destroy};
