/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 3.1.1 to 3.1.3: what the model's invalidations end in the fabric, and when a fence command is complete.
 * An IOMMU that nobody can have used is neither invalidated nor waited for.
 */
#include "models/riscv/adapter.h"
#include "iommu/iommu.h"
#include "memory/region.h"

static uint64_t leaf_bit(uint64_t iova, unsigned shift, unsigned *word)
{
	uint64_t hash = ((iova >> shift) + shift) * UINT64_C(0x9e3779b97f4a7c15);
	unsigned bit = (unsigned)(hash >> 32) % XLAT__RISCV_LEAVES;

	*word = bit / 64;
	return UINT64_C(1) << bit % 64;
}

void xlat__riscv_adapter_note_leaf(struct xlat__riscv_binding *binding, uint64_t iova,
				   unsigned shift)
{
	unsigned word;
	uint64_t bit = leaf_bit(iova, shift, &word);

	if (!(__atomic_load_n(&binding->leaves[word], __ATOMIC_SEQ_CST) & bit))
		__atomic_or_fetch(&binding->leaves[word], bit, __ATOMIC_SEQ_CST);
	if (!(__atomic_load_n(&binding->leaf_shifts, __ATOMIC_SEQ_CST) & UINT64_C(1) << shift))
		__atomic_or_fetch(&binding->leaf_shifts, UINT64_C(1) << shift, __ATOMIC_SEQ_CST);
}

static bool has_leaf(const struct xlat__riscv_binding *binding, uint64_t iova, unsigned shift)
{
	unsigned word;
	uint64_t bit = leaf_bit(iova, shift, &word);

	return __atomic_load_n(&binding->leaves[word], __ATOMIC_SEQ_CST) & bit;
}

/*
 * The addresses whose translations end with those of a range: a leaf of which any is in the range,
 * all of it. Only the leaves that stick out of the range matter: those around its first and last
 * address.
 */
static struct xlat_range with_leaves(const struct xlat__riscv_binding *binding,
				     struct xlat_range range)
{
	uint64_t shifts = __atomic_load_n(&binding->leaf_shifts, __ATOMIC_SEQ_CST);
	struct xlat_range wide = range;

	for (; shifts; shifts &= shifts - 1) {
		unsigned shift = (unsigned)__builtin_ctzll(shifts);
		uint64_t rest = (UINT64_C(1) << shift) - 1;

		if ((range.first & ~rest) < wide.first && has_leaf(binding, range.first, shift))
			wide.first = range.first & ~rest;
		if ((range.last | rest) > wide.last && has_leaf(binding, range.last, shift))
			wide.last = range.last | rest;
	}
	return wide;
}

static bool has_space(const struct xlat__riscv_binding *binding, uint64_t space, uint64_t mask)
{
	unsigned count = __atomic_load_n(&binding->space_count, __ATOMIC_ACQUIRE);

	for (unsigned i = 0; i < count && i < XLAT__RISCV_SPACES; i++)
		if (!((__atomic_load_n(&binding->spaces[i], __ATOMIC_RELAXED) ^ space) & mask))
			return true;
	return count > XLAT__RISCV_SPACES;
}

void xlat__riscv_adapter_note_space(struct xlat__riscv_binding *binding, uint64_t space)
{
	struct xlat_riscv_adapter *adapter = binding->adapter;
	unsigned count;

	if (has_space(binding, space, UINT64_MAX))
		return;
	pthread_mutex_lock(&adapter->lock);
	count = binding->space_count;
	if (!has_space(binding, space, UINT64_MAX)) {
		if (count < XLAT__RISCV_SPACES)
			__atomic_store_n(&binding->spaces[count], space, __ATOMIC_RELAXED);
		__atomic_store_n(&binding->space_count, count + 1, __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&adapter->lock);
}

/*
 * Whether anything of the binding's may be of what was invalidated; the walks before the spaces. A
 * request of a device's own cache is nobody's: all wait for it.
 */
static bool is_concerned(const struct xlat__riscv_binding *binding,
			 const struct xlat_model_invalidation *told)
{
	return __atomic_load_n(&binding->walks, __ATOMIC_SEQ_CST) ||
	       __atomic_load_n(&binding->adapter->requests, __ATOMIC_SEQ_CST) ||
	       has_space(binding, told->space, told->space_mask);
}

static void invalidate_binding(struct xlat__riscv_binding *binding,
			       const struct xlat_model_invalidation *told)
{
	struct xlat_invalidation invalidation = {
		.range = {0, UINT64_MAX},
		.by_requester = told->by_device && binding->is_bus,
		/* Accesses without a process id may be process 0's (DC.tc.DPE). */
		.by_pasid = told->by_process && told->process_id,
		.attrs = {.requester = told->device_id, .pasid = told->process_id},
	};

	if (told->by_device && !binding->is_bus && told->device_id != binding->device_id)
		return;
	if (!is_concerned(binding, told))
		return;
	if (told->by_address)
		invalidation.range =
			with_leaves(binding, (struct xlat_range){told->first, told->last});
	if (!xlat_iommu_in_use(binding->iommu, invalidation.range))
		return;
	xlat_iommu_invalidate(binding->iommu, &invalidation);
	binding->unfenced = true;
}

void xlat__riscv_adapter_invalidate(void *opaque, const struct xlat_model_invalidation *told)
{
	struct xlat_riscv_adapter *adapter = opaque;
	struct xlat__riscv_binding *binding, *following;

	/* Before the leaves are looked for: see ask() of adapter_translate.c. */
	__atomic_add_fetch(&adapter->invalidations, 1, __ATOMIC_SEQ_CST);
	pthread_mutex_lock(&adapter->lock);
	xlat__list_for_each(binding, following, &adapter->bindings, struct xlat__riscv_binding,
			    link) invalidate_binding(binding, told);
	pthread_mutex_unlock(&adapter->lock);
}

/* Under the lock. */
static void end_fence(struct xlat__riscv_binding *binding)
{
	binding->fence_state = XLAT__RISCV_FENCE_NONE;
	binding->adapter->pending--;
}

/*
 * A fence is over. What an external holder could not let go is as lost as an invalidation request that a
 * device does not answer: the fence command ends with cqcsr.cmd_to, and is not complete.
 */
static void take_verdict(const struct xlat__riscv_binding *binding)
{
	if (xlat_fence_status(&binding->fence) == XLAT_FENCE_FAILED)
		xlat_riscv_iommu_invalidation_timeout(binding->adapter->model, 0);
}

/* A fence is complete: the command queue goes on. */
static void fence_done(void *opaque)
{
	struct xlat__riscv_binding *binding = opaque;
	struct xlat_riscv_adapter *adapter = binding->adapter;

	take_verdict(binding);
	pthread_mutex_lock(&adapter->lock);
	/* Unless it was given up at the same time. */
	if (binding->fence_state != XLAT__RISCV_FENCE_NONE)
		end_fence(binding);
	pthread_mutex_unlock(&adapter->lock);
	xlat_riscv_adapter_run(adapter);
}

/* Under the lock, which is dropped meanwhile; the caller keeps the binding alive. */
static void cancel(struct xlat__riscv_binding *binding)
{
	struct xlat_riscv_adapter *adapter = binding->adapter;

	pthread_mutex_unlock(&adapter->lock);
	xlat_fence_cancel(&binding->fence);
	pthread_mutex_lock(&adapter->lock);
	/* Another thread may have found it complete, and said so already. */
	if (binding->fence_state == XLAT__RISCV_FENCE_PENDING)
		end_fence(binding);
}

/*
 * Starts the fence of one binding that needs one. With the lock, which is dropped meanwhile.
 * Returns whether there was one.
 */
static bool start_one(struct xlat_riscv_adapter *adapter)
{
	struct xlat__riscv_binding *binding, *following;
	struct xlat_region *region = NULL;
	bool complete;

	xlat__list_for_each(binding, following, &adapter->bindings, struct xlat__riscv_binding,
			    link)
	{
		if (!binding->unfenced || binding->fence_state != XLAT__RISCV_FENCE_NONE)
			continue;
		binding->unfenced = false;
		/* An IOMMU that was destroyed has no fences any more. */
		region = xlat__region_ref_if_alive(xlat_iommu_region(binding->iommu));
		if (region)
			break;
	}
	if (!region)
		return false;
	binding->fence_state = XLAT__RISCV_FENCE_STARTING;
	adapter->pending++;
	pthread_mutex_unlock(&adapter->lock);
	complete = xlat_iommu_fence(binding->iommu, &binding->fence, fence_done, binding);
	if (complete)
		take_verdict(binding);
	pthread_mutex_lock(&adapter->lock);
	if (complete) {
		end_fence(binding);
	} else if (binding->fence_state == XLAT__RISCV_FENCE_STARTING) {
		binding->fence_state = XLAT__RISCV_FENCE_PENDING;
		if (adapter->ended)
			cancel(binding);
	}
	pthread_mutex_unlock(&adapter->lock);
	xlat_region_unref(region);
	pthread_mutex_lock(&adapter->lock);
	return true;
}

/*
 * What a device's access did before the fence command is globally observable when the access is
 * over: only those that began with what was invalidated may have to be waited for, reads and writes
 * alike.
 */
bool xlat__riscv_adapter_sync(void *opaque, unsigned what)
{
	struct xlat_riscv_adapter *adapter = opaque;
	bool complete;

	(void)what;
	pthread_mutex_lock(&adapter->lock);
	while (start_one(adapter))
		;
	complete = !adapter->pending;
	pthread_mutex_unlock(&adapter->lock);
	return complete;
}

void xlat__riscv_adapter_cancel(struct xlat_riscv_adapter *adapter)
{
	struct xlat__riscv_binding *binding, *following;
	struct xlat_region *region;

	pthread_mutex_lock(&adapter->lock);
again:
	xlat__list_for_each(binding, following, &adapter->bindings, struct xlat__riscv_binding,
			    link)
	{
		if (binding->fence_state != XLAT__RISCV_FENCE_PENDING)
			continue;
		/* A pending fence refers to its IOMMU. */
		region = xlat_region_ref(xlat_iommu_region(binding->iommu));
		cancel(binding);
		pthread_mutex_unlock(&adapter->lock);
		xlat_region_unref(region);
		pthread_mutex_lock(&adapter->lock);
		goto again;
	}
	pthread_mutex_unlock(&adapter->lock);
}
