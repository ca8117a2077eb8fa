/* SPDX-License-Identifier: BSD-3-Clause */
#include "memory/resolve.h"

#include "memory/hop.h"
#include "memory/ram.h"
#include "memory/region.h"
#include "memory/space.h"
#include "memory/touched.h"

static uint64_t less(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Clips how far around the address the answer holds to a range that contains it. */
static void clip(struct xlat__target *target, uint64_t address, uint64_t first, uint64_t last)
{
	target->below = less(target->below, address - first);
	target->above = less(target->above, last - address);
}

/* The sources that a chain passed, gathered as it is walked. */
struct chain {
	uint64_t slots;
	uint64_t iova;
	uint32_t hop, last;
	uint64_t hop_offset, last_offset;
	bool exact; /* every source has a slot and occurs once */
	bool crowded; /* a source has no slot, and cannot say what it withdraws */
};

static uint32_t pass(struct chain *chain, struct xlat_nested *nested, struct xlat__source *source)
{
	uint32_t slot;

	if (nested->initiator->casual)
		return XLAT__SLOT_NONE;
	/* Those of a table walk, too: their fences wait for it. */
	slot = xlat__initiator_slot(nested->initiator, source);
	if (slot == XLAT__SLOT_NONE) {
		chain->exact = false;
		chain->crowded = true;
		return slot;
	}
	if (chain->slots >> slot & 1)
		chain->exact = false;
	chain->slots |= UINT64_C(1) << slot;
	return slot;
}

/*
 * What answers at the end of a chain, for this kind of access. A debugger's or loader's writes
 * reach what guests can only read.
 */
static void answer(struct xlat__target *target, const struct xlat__section *section,
		   struct xlat_attrs attrs, enum xlat_access access)
{
	struct xlat_region *region = section->region;
	bool stores = access == XLAT_WRITE || access == XLAT_ATOMIC;
	bool direct = section->flags & XLAT__SECTION_DIRECT;
	bool read_only = section->flags & XLAT__SECTION_READ_ONLY;

	target->region = region;
	target->offset = section->offset + (target->address - section->first);
	target->host = NULL;
	target->outcome = XLAT_OK;
	if (region->kind == XLAT_REGION_RESERVATION) {
		target->outcome = XLAT_UNASSIGNED;
		return;
	}
	if (stores && (attrs.flags & XLAT_ATTR_DEBUG) && region->ram) {
		if (region->ram->read_only)
			target->outcome = XLAT_DENIED;
		else
			target->host = region->host + target->offset;
		return;
	}
	if (stores && (read_only || region->kind == XLAT_REGION_ROM)) {
		target->outcome = XLAT_DENIED;
		return;
	}
	if (direct && !(stores && region->kind == XLAT_REGION_ROM_DEVICE))
		target->host = region->host + target->offset;
}

/* Checks what a model answered: bad answers are outcomes, never loops or wild pointers. */
static enum xlat_outcome check(const struct xlat_translation_request *request,
			       struct xlat_translation *translation,
			       const struct xlat_fabric *fabric)
{
	unsigned needed = xlat_access_rights(request->access);
	struct xlat_range range = translation->range;

	if (!translation->space || translation->space->fabric != fabric ||
	    range.first > range.last || request->iova < range.first || request->iova > range.last ||
	    translation->address + (range.last - range.first) < translation->address) {
		translation->cause = XLAT_FAULT_MALFORMED;
		return XLAT_FAULT;
	}
	if ((translation->rights & needed) != needed) {
		translation->cause = XLAT_FAULT_RIGHTS;
		return XLAT_DENIED;
	}
	return XLAT_OK;
}

static void report(struct xlat__hop *hop, const struct xlat_translation_request *request,
		   enum xlat_outcome outcome, uint32_t cause, uint64_t detail)
{
	struct xlat_fault fault = {
		.request = *request, .outcome = outcome, .cause = cause, .detail = detail};

	if (hop->fault)
		hop->fault(hop, &fault);
}

/* Asks the model, and checks what it answers. */
static enum xlat_outcome ask(struct xlat__hop *hop, const struct xlat_translation_request *request,
			     struct xlat_nested *inner, struct xlat_translation *translation)
{
	enum xlat_outcome outcome;

	/* No range: one that the model leaves so says nothing of what is refused together. */
	*translation = (struct xlat_translation){.range = {1, 0}};
	outcome = hop->translate(hop, request, inner, translation);
	if (outcome == XLAT_OK)
		return check(request, translation, hop->source.fabric);
	if (outcome < XLAT_PENDING)
		return outcome;
	translation->cause = XLAT_FAULT_MALFORMED;
	return XLAT_FAULT;
}

/*
 * The same, with what the answer reaches over marked as in use before it is read. What a peek finds
 * is not used.
 */
static enum xlat_outcome ask_marked(struct xlat__hop *hop,
				    const struct xlat_translation_request *request,
				    struct xlat_nested *inner, bool peek,
				    struct xlat_translation *translation)
{
	struct xlat__touched *touched = hop->source.touched;
	struct xlat_range block;
	enum xlat_outcome outcome;

	if (peek || !touched)
		return ask(hop, request, inner, translation);
	block = xlat__touched_begin(touched, request->iova);
	/* Each time the block is larger. */
	do {
		outcome = ask(hop, request, inner, translation);
	} while (outcome == XLAT_OK && !xlat__touched_covers(touched, translation->range, &block));
	return outcome;
}

enum xlat_outcome xlat__hop_translate(struct xlat_nested *nested, struct xlat__hop *hop,
				      const struct xlat_translation_request *request,
				      struct xlat_translation *translation)
{
	/* A debugger's access leaves no trace in tables and fault queues. */
	bool peek = nested->peek || (request->attrs.flags & XLAT_ATTR_DEBUG);
	struct xlat_nested inner = {
		.initiator = nested->initiator, .depth = nested->depth + 1, .peek = peek};
	enum xlat_outcome outcome;

	if (inner.depth > XLAT__NESTING) {
		*translation =
			(struct xlat_translation){.range = {1, 0}, .cause = XLAT_FAULT_NESTED};
		outcome = XLAT_FAULT;
	} else {
		outcome = ask_marked(hop, request, &inner, nested->peek, translation);
	}
	if (outcome != XLAT_OK && !peek)
		report(hop, request, outcome, translation->cause, translation->detail);
	return outcome;
}

/* Packs what the chain passed; a chain that is not exact depends on anything. */
static void pack(const struct chain *chain, struct xlat__deps *deps)
{
	if (!chain->exact) {
		*deps = (struct xlat__deps){.sources = XLAT__DEPS_ANYTHING};
		return;
	}
	deps->sources = chain->slots | (uint64_t)(chain->hop & 0xff) << 48 |
			(uint64_t)(chain->last & 0xff) << 56;
	deps->hop_offset = chain->hop_offset;
	deps->last_offset = chain->last_offset;
}

/*
 * The view of a space for this access: the one that its earlier parts saw. An access that meets
 * more spaces than there is room for sees each part's newest.
 */
static const struct xlat__view *pin(struct xlat_nested *nested, const struct xlat_space *space)
{
	for (size_t i = 0; i < sizeof(nested->pins) / sizeof(nested->pins[0]); i++) {
		struct xlat__pin *pin = &nested->pins[i];

		if (pin->space == space)
			return pin->view;
		if (!pin->space) {
			*pin = (struct xlat__pin){space, xlat__space_view(space)};
			return pin->view;
		}
	}
	return xlat__space_view(space);
}

void xlat__resolve(struct xlat_nested *nested, struct xlat_space *space, struct xlat_attrs attrs,
		   enum xlat_access access, uint64_t iova, uint64_t length,
		   struct xlat__target *target)
{
	struct chain chain = {.iova = iova, .hop = XLAT__SLOT_NONE, .exact = true};
	struct xlat_translation_request request = {.attrs = attrs, .access = access};
	struct xlat_translation translation;
	bool debug = attrs.flags & XLAT_ATTR_DEBUG;
	uint64_t address = iova;

	*target = (struct xlat__target){.below = UINT64_MAX, .above = UINT64_MAX};
	target->cacheable = !nested->initiator->casual && !nested->depth;
	for (unsigned hops = 0;; hops++) {
		const struct xlat__section *section;
		struct xlat_range hole;
		struct xlat__hop *hop;

		chain.last = pass(&chain, nested, &space->source);
		chain.last_offset = address - iova;
		target->space = space;
		target->address = address;
		section = xlat__view_find(pin(nested, space), address, &hole);
		if (!section) {
			clip(target, address, hole.first, hole.last);
			target->outcome = XLAT_UNASSIGNED;
			break;
		}
		clip(target, address, section->first, section->last);
		if (section->region->kind != XLAT_REGION_IOMMU) {
			answer(target, section, attrs, access);
			if (access == XLAT_READ && target->host) {
				nested->near_space = space;
				nested->near = section;
			}
			break;
		}

		hop = section->region->hop;
		request.iova = section->offset + (address - section->first);
		request.length = less(length - 1, target->above) + 1;
		if (!request.length)
			request.length = UINT64_MAX;
		if (hops == XLAT__HOPS) {
			if (!nested->peek && !debug)
				report(hop, &request, XLAT_FAULT, XLAT_FAULT_TOO_DEEP, 0);
			target->outcome = XLAT_FAULT;
			target->cause = XLAT_FAULT_TOO_DEEP;
			break;
		}
		if (access != XLAT_READ && access != XLAT_EXEC && !debug &&
		    (section->flags & XLAT__SECTION_READ_ONLY)) {
			target->outcome = XLAT_DENIED;
			break;
		}
		if (hops == 0) {
			chain.hop = pass(&chain, nested, &hop->source);
			chain.hop_offset = request.iova - iova;
		} else {
			pass(&chain, nested, &hop->source);
		}
		target->outcome = xlat__hop_translate(nested, hop, &request, &translation);
		if (target->outcome != XLAT_OK) {
			target->cause = translation.cause;
			target->detail = translation.detail;
			/* What is refused with it: what the model says, or the rest of its granule. */
			if (translation.range.first <= request.iova &&
			    request.iova <= translation.range.last &&
			    translation.cause != XLAT_FAULT_MALFORMED)
				clip(target, request.iova, translation.range.first,
				     translation.range.last);
			else
				clip(target, request.iova, request.iova & ~(hop->granule - 1),
				     request.iova | (hop->granule - 1));
			break;
		}
		clip(target, request.iova, translation.range.first, translation.range.last);
		if (translation.flags & XLAT_TRANSLATION_ONCE)
			target->cacheable = false;
		address = translation.address + (request.iova - translation.range.first);
		space = translation.space;
	}
	if (chain.crowded)
		target->cacheable = false;
	pack(&chain, &target->deps);
}
