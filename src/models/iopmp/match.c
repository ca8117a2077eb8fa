/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 2.4, 2.6, 2.7: regions of entries, which domain has which, and what matches a transaction.
 *
 * A domain that is asked for often has an index: the address space cut where any of its entries
 * begins or ends, and for each piece, a span, what its entries say together. A transaction inside
 * one span is found by bisection. Where it meets several, entries with priority are found in the
 * spans, and those without by looking at each.
 */
#include <stdlib.h>
#include <string.h>

#include "models/iopmp/iopmp.h"

enum {
	FEW = 8, /* entries that are looked at faster than an index */
	PATIENCE = 16, /* scans of a domain before an index is made */
	BITS = 11, /* of cfg, that are counted; the last stands for R and W together */
};

/* An entry begins or ends to match. */
struct edge {
	uint64_t at;
	uint32_t entry; /* in its domain */
	bool ends;
};

struct xlat__iopmp_scratch {
	uint64_t summary[XLAT__IOPMP_ENTRIES / 4096 + 1]; /* which words are not zero */
	uint64_t words[XLAT__IOPMP_ENTRIES / 64 + 1]; /* entries that match here */
	struct edge edges[];
};

struct xlat__iopmp_scratch *xlat__iopmp_scratch_create(uint32_t entries)
{
	return calloc(1, sizeof(struct xlat__iopmp_scratch) +
				 2 * (size_t)entries * sizeof(struct edge));
}

/* 2.4, as the privileged architecture's PMP does. In units of 4 bytes, of which 2^62 can be reached. */
void xlat__iopmp_decode(struct xlat_iopmp *iopmp, uint32_t i)
{
	struct xlat__iopmp_entry *entry = &iopmp->entries[i];
	const uint64_t most = UINT64_MAX >> 2;
	uint64_t first, last;

	switch ((entry->cfg & CFG_A) >> CFG_A_SHIFT) {
	case A_TOR:
		first = i ? entry[-1].addr : 0;
		/* Empty, if it would end before it begins. */
		entry->matches = first < entry->addr;
		last = entry->addr - 1;
		break;
	case A_NA4:
		first = last = entry->addr;
		entry->matches = true;
		break;
	case A_NAPOT:
		first = entry->addr & (entry->addr + 1);
		last = entry->addr | (entry->addr + 1);
		entry->matches = true;
		break;
	default:
		entry->matches = false;
		return;
	}
	if (first > most)
		entry->matches = false;
	if (last > most)
		last = most;
	entry->first = first << 2;
	entry->last = last << 2 | 3;
}

/*
 * 2.6: an improper table leaves the domains that end before the ones before them without entries
 * (A.5), so that an entry has one domain at most, and domains the order of their entries.
 */
void xlat__iopmp_partition(struct xlat_iopmp *iopmp)
{
	uint32_t k = ((iopmp->hwcfg3 & HWCFG3_MD_ENTRY_NUM) >> HWCFG3_MD_ENTRY_NUM_SHIFT) + 1;
	uint32_t begin = 0;

	for (unsigned m = 0; m < iopmp->config.domains; m++) {
		uint32_t end = iopmp->config.mdcfg_format ? begin + k : iopmp->mdcfg[m];

		if (end > iopmp->config.entries)
			end = iopmp->config.entries;
		if (end < begin)
			end = begin;
		iopmp->domains[m] = (struct xlat__iopmp_domain){.begin = begin, .end = end};
		begin = end;
	}
}

void xlat__iopmp_forget(struct xlat_iopmp *iopmp, uint32_t entry)
{
	for (unsigned m = 0; m < iopmp->config.domains; m++) {
		struct xlat__iopmp_domain *domain = &iopmp->domains[m];

		if (entry >= domain->begin && entry < domain->end)
			domain->spans = domain->scans = 0;
	}
}

static uint16_t grants_of(uint16_t cfg)
{
	uint16_t rwx = cfg & (CFG_R | CFG_W | CFG_X);

	return (rwx & (CFG_R | CFG_W)) == (CFG_R | CFG_W) ? rwx | XLAT__IOPMP_BOTH : rwx;
}

/* An entry that matches and has no priority. */
static void join(struct xlat__iopmp_match *match, uint32_t i, uint16_t cfg)
{
	if (match->entry == XLAT__IOPMP_NONE) {
		match->entry = i;
		match->suppresses = CFG_INTERRUPT | CFG_ERROR;
	}
	match->grants |= grants_of(cfg);
	match->suppresses &= cfg;
}

static void decide(struct xlat__iopmp_match *match, uint32_t i,
		   const struct xlat__iopmp_entry *entry, uint64_t first, uint64_t last)
{
	match->entry = i;
	match->priority = true;
	match->partial = first < entry->first || last > entry->last;
	match->grants = grants_of(entry->cfg);
	match->suppresses = entry->cfg & (CFG_INTERRUPT | CFG_ERROR);
}

/* Addresses around the transaction that lie as it does to an entry's region. */
static void narrow(struct xlat__iopmp_match *match, const struct xlat__iopmp_entry *entry,
		   uint64_t first, uint64_t last)
{
	if (last < entry->first) {
		if (entry->first - 1 < match->last)
			match->last = entry->first - 1;
	} else if (first > entry->last) {
		if (entry->last + 1 > match->first)
			match->first = entry->last + 1;
	} else if (first >= entry->first && last <= entry->last) {
		if (entry->first > match->first)
			match->first = entry->first;
		if (entry->last < match->last)
			match->last = entry->last;
	} else {
		match->first = first;
		match->last = last;
	}
}

/* Looks at each entry. */
static void scan(const struct xlat_iopmp *iopmp, const struct xlat__iopmp_domain *domain,
		 uint64_t first, uint64_t last, struct xlat__iopmp_match *match)
{
	uint32_t priority = xlat__iopmp_priority_entries(iopmp);

	for (uint32_t i = domain->begin; i < domain->end; i++) {
		const struct xlat__iopmp_entry *entry = &iopmp->entries[i];

		if (!entry->matches)
			continue;
		narrow(match, entry, first, last);
		if (last < entry->first || first > entry->last)
			continue;
		if (i < priority) {
			decide(match, i, entry, first, last);
			return;
		}
		if (first >= entry->first && last <= entry->last)
			join(match, i, entry->cfg);
	}
}

static int compare(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* How many of the entries that match here, and have no priority, have each bit. */
struct census {
	uint32_t count[BITS];
	uint32_t entries;
};

static void count(struct census *census, uint16_t cfg, bool less)
{
	unsigned bits = grants_of(cfg) | (cfg & (CFG_INTERRUPT | CFG_ERROR));

	census->entries += less ? UINT32_MAX : 1;
	for (; bits; bits &= bits - 1)
		census->count[__builtin_ctz(bits)] += less ? UINT32_MAX : 1;
}

static void mark(struct xlat__iopmp_scratch *scratch, uint32_t entry, bool matches)
{
	uint64_t *word = &scratch->words[entry / 64];
	uint64_t *summary = &scratch->summary[entry / 4096];
	uint64_t bit = UINT64_C(1) << entry / 64 % 64;

	if (matches)
		*word |= UINT64_C(1) << entry % 64;
	else
		*word &= ~(UINT64_C(1) << entry % 64);
	*summary = *word ? *summary | bit : *summary & ~bit;
}

static uint32_t lowest(const struct xlat__iopmp_scratch *scratch)
{
	for (uint32_t s = 0; s < sizeof(scratch->summary) / sizeof(scratch->summary[0]); s++) {
		uint32_t word;

		if (!scratch->summary[s])
			continue;
		word = s * 64 + (uint32_t)__builtin_ctzll(scratch->summary[s]);
		return word * 64 + (uint32_t)__builtin_ctzll(scratch->words[word]);
	}
	return XLAT__IOPMP_NONE;
}

/* What holds from an address on. */
static struct xlat__iopmp_span span_at(const struct xlat_iopmp *iopmp,
				       const struct xlat__iopmp_domain *domain, uint64_t first,
				       const struct census *census)
{
	struct xlat__iopmp_span span = {.first = first, .entry = lowest(iopmp->scratch)};

	if (span.entry == XLAT__IOPMP_NONE)
		return span;
	span.entry += domain->begin;
	for (unsigned bit = 0; bit < BITS; bit++) {
		uint32_t bits = 1u << bit;

		if (bits < CFG_SIRE && census->count[bit])
			span.grants |= (uint16_t)bits;
		else if (bits >= CFG_SIRE && census->count[bit] == census->entries)
			span.suppresses |= (uint16_t)bits;
	}
	return span;
}

/* The edges of a domain's entries, in order of address. */
static uint32_t gather(const struct xlat_iopmp *iopmp, const struct xlat__iopmp_domain *domain)
{
	struct edge *edges = iopmp->scratch->edges;
	uint32_t edge = 0;

	for (uint32_t i = domain->begin; i < domain->end; i++) {
		const struct xlat__iopmp_entry *entry = &iopmp->entries[i];

		if (!entry->matches)
			continue;
		edges[edge++] = (struct edge){entry->first, i - domain->begin, false};
		/* What ends with the last address does not end before any. */
		if (entry->last != UINT64_MAX)
			edges[edge++] = (struct edge){entry->last + 1, i - domain->begin, true};
	}
	qsort(edges, edge, sizeof(*edges), compare);
	return edge;
}

static void make_index(struct xlat_iopmp *iopmp, struct xlat__iopmp_domain *domain, unsigned m)
{
	struct xlat__iopmp_scratch *scratch = iopmp->scratch;
	struct xlat__iopmp_span *spans = iopmp->spans + 2 * (size_t)domain->begin + m;
	uint32_t priority = xlat__iopmp_priority_entries(iopmp);
	uint32_t edges = gather(iopmp, domain);
	struct census census = {0};

	memset(scratch->summary, 0, sizeof(scratch->summary));
	memset(scratch->words, 0, sizeof(scratch->words));
	domain->spans = 0;
	if (!edges || scratch->edges[0].at)
		spans[domain->spans++] = span_at(iopmp, domain, 0, &census);
	for (uint32_t i = 0; i < edges; i++) {
		const struct edge *edge = &scratch->edges[i];
		uint32_t entry = domain->begin + edge->entry;

		mark(scratch, edge->entry, !edge->ends);
		if (entry >= priority)
			count(&census, iopmp->entries[entry].cfg, edge->ends);
		if (i + 1 == edges || edge[1].at != edge->at)
			spans[domain->spans++] = span_at(iopmp, domain, edge->at, &census);
	}
}

/* Of those that cover all of a transaction across spans: each entry without priority is looked at. */
static void join_all(const struct xlat_iopmp *iopmp, const struct xlat__iopmp_domain *domain,
		     uint64_t first, uint64_t last, struct xlat__iopmp_match *match)
{
	uint32_t i = xlat__iopmp_priority_entries(iopmp);

	for (i = i > domain->begin ? i : domain->begin; i < domain->end; i++) {
		const struct xlat__iopmp_entry *entry = &iopmp->entries[i];

		if (entry->matches && first >= entry->first && last <= entry->last)
			join(match, i, entry->cfg);
	}
}

static void find(const struct xlat_iopmp *iopmp, const struct xlat__iopmp_domain *domain,
		 const struct xlat__iopmp_span *spans, uint64_t first, uint64_t last,
		 struct xlat__iopmp_match *match)
{
	const struct xlat__iopmp_span *end = spans + domain->spans, *span = spans;
	uint32_t priority = xlat__iopmp_priority_entries(iopmp), entry = XLAT__IOPMP_NONE;
	uint32_t length = domain->spans;

	/* The last that begins at or before the transaction; the first begins at 0. */
	while (length > 1) {
		uint32_t half = length / 2;

		span += span[half].first <= first ? half : 0;
		length -= half;
	}
	if (span + 1 == end || span[1].first > last) {
		if (span->first > match->first)
			match->first = span->first;
		if (span + 1 != end && span[1].first - 1 < match->last)
			match->last = span[1].first - 1;
		if (span->entry == XLAT__IOPMP_NONE)
			return;
		if (span->entry < priority) {
			decide(match, span->entry, &iopmp->entries[span->entry], first, last);
			return;
		}
		if (match->entry == XLAT__IOPMP_NONE) {
			match->entry = span->entry;
			match->suppresses = CFG_INTERRUPT | CFG_ERROR;
		}
		match->grants |= span->grants;
		match->suppresses &= span->suppresses;
		return;
	}
	match->first = first;
	match->last = last;
	for (; span != end && span->first <= last; span++)
		if (span->entry < entry)
			entry = span->entry;
	if (entry < priority)
		decide(match, entry, &iopmp->entries[entry], first, last);
	else
		join_all(iopmp, domain, first, last, match);
}

void xlat__iopmp_match(struct xlat_iopmp *iopmp, unsigned m, uint64_t first, uint64_t last,
		       bool index, struct xlat__iopmp_match *match)
{
	struct xlat__iopmp_domain *domain = &iopmp->domains[m];

	if (index && !domain->spans && domain->end - domain->begin > FEW &&
	    ++domain->scans > PATIENCE)
		make_index(iopmp, domain, m);
	if (domain->spans)
		find(iopmp, domain, iopmp->spans + 2 * (size_t)domain->begin + m, first, last,
		     match);
	else
		scan(iopmp, domain, first, last, match);
}
