/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading ELF ("System V ABI", chapter 4 and 5; "RISC-V ELF psABI", chapter 8). */
#include "cli/elf_file.h"

#include <elf.h>
#include <inttypes.h>
#include <string.h>

static uint64_t number(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

/* A field of a structure of the file, whatever the host's byte order. */
#define FIELD(bytes, type, field)                                                                  \
	number((bytes) + offsetof(type, field), sizeof(((type *)NULL)->field))

/* Whether count pieces of a size lie in the file. */
static bool inside(const struct elf *elf, uint64_t at, uint64_t count, uint64_t size)
{
	return at <= elf->length && count <= (elf->length - at) / size;
}

/* A section header; NULL when it does not lie in the file. */
static const uint8_t *section(const struct elf *elf, uint64_t number_of)
{
	uint64_t at = FIELD(elf->bytes, Elf64_Ehdr, e_shoff);
	uint64_t count = FIELD(elf->bytes, Elf64_Ehdr, e_shnum);

	if (number_of >= count || !inside(elf, at, count, sizeof(Elf64_Shdr)) ||
	    FIELD(elf->bytes, Elf64_Ehdr, e_shentsize) != sizeof(Elf64_Shdr))
		return NULL;
	return elf->bytes + at + number_of * sizeof(Elf64_Shdr);
}

/* Symbols are a convenience: a file whose table makes no sense has none. */
static void find_symbols(struct elf *elf)
{
	const uint8_t *header, *names;

	for (uint64_t i = 0; (header = section(elf, i)) != NULL; i++) {
		uint64_t at = FIELD(header, Elf64_Shdr, sh_offset);
		uint64_t count = FIELD(header, Elf64_Shdr, sh_size) / sizeof(Elf64_Sym);

		if (FIELD(header, Elf64_Shdr, sh_type) != SHT_SYMTAB)
			continue;
		names = section(elf, FIELD(header, Elf64_Shdr, sh_link));
		if (!names || !inside(elf, at, count, sizeof(Elf64_Sym)) ||
		    !inside(elf, FIELD(names, Elf64_Shdr, sh_offset),
			    FIELD(names, Elf64_Shdr, sh_size), 1))
			return;
		elf->symbols_at = at;
		elf->symbol_count = count;
		elf->names_at = FIELD(names, Elf64_Shdr, sh_offset);
		elf->names_length = FIELD(names, Elf64_Shdr, sh_size);
		return;
	}
}

enum status init_elf(struct elf *elf, const char *name, const uint8_t *bytes, size_t length,
		     struct trouble *trouble)
{
	uint64_t type, machine;

	*elf = (struct elf){.name = name, .bytes = bytes, .length = length};
	if (length < SELFMAG || memcmp(bytes, ELFMAG, SELFMAG) != 0)
		return complain(trouble, STATUS_FORMAT,
				"%s: this is no ELF file; expected a program for RISC-V", name);
	if (length < sizeof(Elf64_Ehdr))
		return complain(trouble, STATUS_TRUNCATED, "%s: the ELF header is cut off", name);
	if (bytes[EI_CLASS] != ELFCLASS64 || bytes[EI_DATA] != ELFDATA2LSB)
		return complain(trouble, STATUS_CONTENT,
				"%s: expected an ELF file of 64 bits, little-endian; this one's "
				"class is %u and its data encoding %u",
				name, bytes[EI_CLASS], bytes[EI_DATA]);
	machine = FIELD(bytes, Elf64_Ehdr, e_machine);
	if (machine != EM_RISCV)
		return complain(trouble, STATUS_CONTENT,
				"%s: expected a program for RISC-V (machine %u); this one is for "
				"machine %" PRIu64,
				name, EM_RISCV, machine);
	type = FIELD(bytes, Elf64_Ehdr, e_type);
	if (type != ET_EXEC)
		return complain(trouble, STATUS_CONTENT,
				"%s: expected a program linked to fixed addresses (type %u); this "
				"one's type is %" PRIu64 "; link it with -static -no-pie",
				name, ET_EXEC, type);
	elf->entry = FIELD(bytes, Elf64_Ehdr, e_entry);
	elf->segments_at = FIELD(bytes, Elf64_Ehdr, e_phoff);
	elf->segment_count = (unsigned)FIELD(bytes, Elf64_Ehdr, e_phnum);
	if (elf->segment_count == 0 || elf->segment_count == PN_XNUM ||
	    FIELD(bytes, Elf64_Ehdr, e_phentsize) != sizeof(Elf64_Phdr))
		return complain(trouble, STATUS_CONTENT,
				"%s: expected 1 to %u program headers of %zu bytes; got %u", name,
				PN_XNUM - 1, sizeof(Elf64_Phdr), elf->segment_count);
	if (!inside(elf, elf->segments_at, elf->segment_count, sizeof(Elf64_Phdr)))
		return complain(trouble, STATUS_TRUNCATED,
				"%s: the program headers are not in the file", name);
	find_symbols(elf);
	return STATUS_OK;
}

enum status get_elf_segment(const struct elf *elf, unsigned number_of, struct elf_segment *segment,
			    struct trouble *trouble)
{
	const uint8_t *header = elf->bytes + elf->segments_at + number_of * sizeof(Elf64_Phdr);
	uint64_t at = FIELD(header, Elf64_Phdr, p_offset);
	uint64_t count = FIELD(header, Elf64_Phdr, p_filesz);
	uint64_t length = FIELD(header, Elf64_Phdr, p_memsz);
	uint64_t address = FIELD(header, Elf64_Phdr, p_paddr);

	*segment = (struct elf_segment){0};
	if (FIELD(header, Elf64_Phdr, p_type) != PT_LOAD || length == 0)
		return STATUS_OK;
	if (!inside(elf, at, count, 1))
		return complain(trouble, STATUS_TRUNCATED, "%s: segment %u is not in the file",
				elf->name, number_of);
	if (count > length || address + (length - 1) < address)
		return complain(trouble, STATUS_CONTENT,
				"%s: segment %u makes no sense: %" PRIu64 " bytes of the file, "
				"%" PRIu64 " in memory, at 0x%" PRIx64,
				elf->name, number_of, count, length, address);
	*segment = (struct elf_segment){.address = address,
					.length = length,
					.bytes = elf->bytes + at,
					.byte_count = (size_t)count};
	return STATUS_OK;
}

bool find_elf_symbol(const struct elf *elf, const char *name, uint64_t *value)
{
	size_t length = strlen(name) + 1;

	for (uint64_t i = 0; i < elf->symbol_count; i++) {
		const uint8_t *symbol = elf->bytes + elf->symbols_at + i * sizeof(Elf64_Sym);
		uint64_t at = FIELD(symbol, Elf64_Sym, st_name);

		if (at > elf->names_length || elf->names_length - at < length ||
		    memcmp(elf->bytes + elf->names_at + at, name, length) != 0)
			continue;
		*value = FIELD(symbol, Elf64_Sym, st_value);
		return true;
	}
	return false;
}
