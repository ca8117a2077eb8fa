/* SPDX-License-Identifier: BSD-3-Clause */
/* A sanitizer's reports, for people. */
#include <xlat/sanitizer.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

const char *xlat_sanitizer_kind_name(enum xlat_sanitizer_kind kind)
{
	static const char *const names[] = {
#define XLAT_SANITIZER_NAME(suffix, name, meaning) [XLAT_SANITIZER_##suffix] = name,
		XLAT_SANITIZER_KINDS(XLAT_SANITIZER_NAME)
#undef XLAT_SANITIZER_NAME
	};

	return (unsigned)kind < XLAT_SANITIZER_KIND_COUNT ? names[kind] : "unknown";
}

/* A line that is written piece by piece, and longer than there is room for. */
struct line {
	char *text;
	size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void put(struct line *line, const char *format, ...)
{
	size_t left = line->length < line->size ? line->size - line->length : 0;
	va_list arguments;
	int more;

	va_start(arguments, format);
	more = vsnprintf(left ? line->text + line->length : NULL, left, format, arguments);
	va_end(arguments);
	if (more > 0)
		line->length += (size_t)more;
}

static void put_entry(struct line *line, const char *when, const struct xlat_sanitizer_entry *entry)
{
	if (entry->outcome == XLAT_OK)
		put(line, ", %s 0x%" PRIx64, when, entry->address);
	else
		put(line, ", %s %s", when, xlat_outcome_name(entry->outcome));
	if (entry->entry)
		put(line, " (entry 0x%" PRIx64 ")", entry->entry);
}

/* "850 ns", "12 us", "3 ms", "7 s": ages are of any size. */
static void put_time(struct line *line, const char *what, uint64_t nanoseconds)
{
	static const char *const units[] = {"ns", "us", "ms"};

	for (unsigned i = 0; i < 3; i++, nanoseconds /= 1000)
		if (nanoseconds < 10000) {
			put(line, ", %s %" PRIu64 " %s ago", what, nanoseconds, units[i]);
			return;
		}
	put(line, ", %s %" PRIu64 " s ago", what, nanoseconds);
}

size_t xlat_sanitizer_describe(const struct xlat_sanitizer_report *report, char *text, size_t size)
{
	static const char *const accesses[] = {[XLAT_READ] = "read",
					       [XLAT_WRITE] = "write",
					       [XLAT_EXEC] = "fetch",
					       [XLAT_ATOMIC] = "atomic"};
	struct line line = {text, size, 0};
	bool invalidation = report->kind == XLAT_SANITIZER_NEEDLESS ||
			    report->kind == XLAT_SANITIZER_IN_USE;

	put(&line, "%s: ", xlat_sanitizer_kind_name(report->kind));
	if (invalidation)
		put(&line, "invalidation of 0x%" PRIx64 "..0x%" PRIx64 ": ", report->range.first,
		    report->range.last);
	if (report->kind == XLAT_SANITIZER_IN_USE) {
		put(&line, "0x%" PRIx64 " is mapped by %s", report->iova, report->holder);
		return line.length;
	}
	put(&line, "device 0x%" PRIx32, report->attrs.requester);
	if (report->attrs.flags & XLAT_ATTR_PASID)
		put(&line, " process %" PRIu32, report->attrs.pasid);
	put(&line, " %s 0x%" PRIx64, accesses[report->access & 3], report->iova);
	switch (report->kind) {
	case XLAT_SANITIZER_UNMAPPED:
		put_entry(&line, "now", &report->now);
		break;
	case XLAT_SANITIZER_FORBIDDEN:
		put_entry(&line, "for other accesses", &report->was);
		break;
	default:
		if (!invalidation)
			put(&line, " in 0x%" PRIx64 "..0x%" PRIx64, report->range.first,
			    report->range.last);
		put_entry(&line, "was", &report->was);
		put_entry(&line, "now", &report->now);
		put_time(&line, "first used", report->age);
		break;
	}
	if (report->kind == XLAT_SANITIZER_FREED)
		put_time(&line, "invalidated", report->ended);
	return line.length;
}
