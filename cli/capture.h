/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A capture: what a machine's IOMMU looked like at one moment. A JSON file has its registers and
 * says where guest RAM lies, another file holds the RAM. docs/guide/capture.md describes the form.
 */
#ifndef XLAT_CLI_CAPTURE_H
#define XLAT_CLI_CAPTURE_H

#include "cli/status.h"

#include <xlat/range.h>
#include <xlat/riscv_iommu.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* The IOMMU's register file, 4 KiB (RISC-V IOMMU 1.0, 5.1). */
#define CAPTURE_REGISTERS 512

struct capture {
	char *name; /* the JSON file, for messages */
	char *ram_path; /* the RAM file, relative paths being from the JSON file's folder */
	char *spec; /* the version of the specification, as the capture says it, or "?" */
	struct xlat_range ram; /* where guest RAM lies in physical addresses */
	uint8_t *bytes; /* what it holds; pages that are zero take no memory */
	uint64_t registers[CAPTURE_REGISTERS]; /* eight bytes each, at their offset / 8 */
};

/* Loads a capture and its RAM. Every status but OK leaves nothing to free. */
enum status load_capture(const char *path, struct capture *capture, struct trouble *trouble);

/* The two halves of it. The text is the JSON file's; the RAM is read from a stream. */
enum status parse_capture(const char *path, const char *text, size_t length,
			  struct capture *capture, struct trouble *trouble);
enum status load_capture_ram(struct capture *capture, FILE *file, const char *path,
			     struct trouble *trouble);

/* Frees what a capture holds. */
void finish_capture(struct capture *capture);

/*
 * The bytes of guest memory at [address, address + length), or NULL when not all of it was
 * captured.
 */
uint8_t *captured_bytes(const struct capture *capture, uint64_t address, size_t length);

/* Gives a model the captured registers. */
void load_capture_registers(const struct capture *capture, struct xlat_riscv_iommu *iommu);

#endif
