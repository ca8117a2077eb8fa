/* SPDX-License-Identifier: BSD-3-Clause */
/* AIA 4.5: the control region of a domain. */
#include "devices/aplic.h"

static unsigned number_of(const struct xlat__aplic_domain *domain)
{
	return (unsigned)(domain - domain->aplic->domains);
}

/* The root domain sees all sources; a child those delegated to it. */
static bool is_root(const struct xlat__aplic_domain *domain)
{
	return number_of(domain) == XLAT_APLIC_MACHINE || !domain->aplic->config.machine;
}

/* The source of a number, if it is this domain's and active; or NULL. */
static struct xlat__aplic_source *find_active(struct xlat__aplic_domain *domain, uint64_t number)
{
	struct xlat__aplic_source *source;

	if (!number || number > domain->aplic->config.sources)
		return NULL;
	source = &domain->aplic->sources[number];
	return source->domain == number_of(domain) && source->sm != SM_INACTIVE ? source : NULL;
}

/* --- 4.5.2 */

static uint32_t read_sourcecfg(struct xlat__aplic_domain *domain, unsigned number)
{
	const struct xlat__aplic_source *source;

	if (number > domain->aplic->config.sources)
		return 0;
	source = &domain->aplic->sources[number];
	if (source->domain == number_of(domain))
		return source->sm;
	return is_root(domain) ? SOURCECFG_D : 0;
}

static void write_sourcecfg(struct xlat__aplic_domain *domain, unsigned number, uint32_t value)
{
	struct xlat_aplic *aplic = domain->aplic;
	struct xlat__aplic_source *source;

	if (number > aplic->config.sources)
		return;
	source = &aplic->sources[number];
	if (is_root(domain)) {
		unsigned owner = number_of(domain);

		if ((value & SOURCECFG_D) && aplic->config.machine)
			owner = XLAT_APLIC_SUPERVISOR;
		if (source->domain != owner) {
			source->domain = (uint8_t)owner;
			xlat__aplic_set_mode(source, SM_INACTIVE);
		}
		if (owner != number_of(domain))
			return;
	} else if (source->domain != number_of(domain)) {
		return;
	}
	xlat__aplic_set_mode(source, value & SOURCECFG_D ? SM_INACTIVE : value & 7);
}

/* --- 4.5.1 */

static void write_domaincfg(struct xlat__aplic_domain *domain, uint32_t value)
{
	struct xlat_aplic *aplic = domain->aplic;
	uint32_t may = DOMAINCFG_IE | (aplic->config.messages ? DOMAINCFG_DM : 0);
	uint32_t old = domain->domaincfg;

	domain->domaincfg = value & may;
	if (!((old ^ domain->domaincfg) & DOMAINCFG_DM))
		return;
	for (unsigned i = 1; i <= aplic->config.sources; i++)
		if (aplic->sources[i].domain == number_of(domain) &&
		    aplic->sources[i].sm >= SM_LEVEL1)
			aplic->sources[i].pending = xlat__aplic_rectified(&aplic->sources[i]);
}

/* --- 4.5.5 to 4.5.12: a bit for each source. */

enum bits {
	PENDING,
	RECTIFIED,
	ENABLED,
};

static uint32_t read_bits(struct xlat__aplic_domain *domain, unsigned word, enum bits which)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < 32; i++) {
		const struct xlat__aplic_source *source = find_active(domain, word * 32 + i);
		bool bit = source &&
			   (which == PENDING   ? xlat__aplic_is_pending(domain->aplic, source)
			    : which == ENABLED ? source->enabled
					       : xlat__aplic_rectified(source));

		value |= (uint32_t)bit << i;
	}
	return value;
}

static void change(struct xlat__aplic_domain *domain, uint64_t number, enum bits which, bool set)
{
	struct xlat__aplic_source *source = find_active(domain, number);

	if (!source)
		return;
	if (which == ENABLED)
		source->enabled = set;
	else if (set)
		xlat__aplic_set_pending(domain->aplic, source);
	else
		xlat__aplic_clear_pending(domain->aplic, source);
}

static void change_bits(struct xlat__aplic_domain *domain, unsigned word, uint32_t value,
			enum bits which, bool set)
{
	for (; value; value &= value - 1)
		change(domain, word * 32 + (unsigned)__builtin_ctz(value), which, set);
}

/* --- 4.5.16 */

static uint32_t target_mask(const struct xlat__aplic_domain *domain)
{
	if (!(domain->domaincfg & DOMAINCFG_DM))
		return UINT32_C(0xfffc00ff);
	return number_of(domain) == XLAT_APLIC_MACHINE ? UINT32_C(0xfffc07ff)
						       : UINT32_C(0xfffff7ff);
}

static uint32_t as_target(const struct xlat__aplic_domain *domain, uint32_t value)
{
	value &= target_mask(domain);
	/* A priority of 0 is 1. */
	return !(domain->domaincfg & DOMAINCFG_DM) && !(value & 0xff) ? value | 1 : value;
}

/* --- 4.5.3, 4.5.4: in a root domain of machine level only. */

static uint32_t *find_msiaddrcfg(struct xlat__aplic_domain *domain, uint64_t offset)
{
	return number_of(domain) == XLAT_APLIC_MACHINE && domain->aplic->config.messages
		       ? &domain->aplic->msiaddrcfg[(offset - MMSIADDRCFG) / 4]
		       : NULL;
}

static void write_msiaddrcfg(struct xlat__aplic_domain *domain, uint64_t offset, uint32_t value)
{
	static const uint32_t masks[] = {UINT32_MAX, UINT32_C(0x9f77ffff), UINT32_MAX,
					 UINT32_C(0x00700fff)};
	uint32_t *cfg = find_msiaddrcfg(domain, offset);

	if (cfg && !(domain->aplic->msiaddrcfg[1] & MMSIADDRCFGH_LOCK))
		*cfg = value & masks[(offset - MMSIADDRCFG) / 4];
}

/* --- 4.8.1 */

static struct xlat__aplic_idc *find_idc(struct xlat__aplic_domain *domain, uint64_t offset,
					unsigned *hart)
{
	*hart = (unsigned)((offset - IDC) / 32);
	return *hart < domain->aplic->config.harts ? &domain->idcs[*hart] : NULL;
}

/* 4.8.1.5: what is claimed is not pending any more; a spurious claim ends iforce. */
static uint32_t claim(struct xlat__aplic_domain *domain, struct xlat__aplic_idc *idc, unsigned hart)
{
	uint32_t top = xlat__aplic_top(domain->aplic, number_of(domain), hart);

	if (top)
		xlat__aplic_clear_pending(domain->aplic, &domain->aplic->sources[top >> 16]);
	else
		idc->iforce = false;
	return top;
}

static uint32_t read_idc(struct xlat__aplic_domain *domain, uint64_t offset, bool *changed)
{
	unsigned hart;
	struct xlat__aplic_idc *idc = find_idc(domain, offset, &hart);

	if (!idc)
		return 0;
	switch (offset % 32) {
	case IDELIVERY:
		return idc->idelivery;
	case IFORCE:
		return idc->iforce;
	case ITHRESHOLD:
		return idc->ithreshold;
	case TOPI:
		return xlat__aplic_top(domain->aplic, number_of(domain), hart);
	case CLAIMI:
		*changed = true;
		return claim(domain, idc, hart);
	default:
		return 0;
	}
}

static void write_idc(struct xlat__aplic_domain *domain, uint64_t offset, uint32_t value)
{
	unsigned hart;
	struct xlat__aplic_idc *idc = find_idc(domain, offset, &hart);

	if (!idc)
		return;
	if (offset % 32 == IDELIVERY)
		idc->idelivery = value & 1;
	else if (offset % 32 == IFORCE)
		idc->iforce = value & 1;
	else if (offset % 32 == ITHRESHOLD)
		idc->ithreshold = value & 0xff;
}

/* --- All of it. */

static bool within(uint64_t offset, unsigned first)
{
	return offset >= first && offset < first + 4 * 32;
}

static uint32_t read_register(struct xlat__aplic_domain *domain, uint64_t offset, bool *changed)
{
	const struct xlat__aplic_source *source;

	if (offset >= IDC)
		return read_idc(domain, offset, changed);
	if (offset == DOMAINCFG)
		return DOMAINCFG_FIXED | domain->domaincfg;
	if (offset < 4 * XLAT__APLIC_SOURCES)
		return read_sourcecfg(domain, (unsigned)(offset - SOURCECFG) / 4);
	if (offset >= MMSIADDRCFG && offset <= SMSIADDRCFGH) {
		const uint32_t *cfg = find_msiaddrcfg(domain, offset);

		return cfg ? *cfg : 0;
	}
	if (within(offset, SETIP))
		return read_bits(domain, (unsigned)(offset - SETIP) / 4, PENDING);
	if (within(offset, IN_CLRIP))
		return read_bits(domain, (unsigned)(offset - IN_CLRIP) / 4, RECTIFIED);
	if (within(offset, SETIE))
		return read_bits(domain, (unsigned)(offset - SETIE) / 4, ENABLED);
	if (offset > TARGET) {
		source = find_active(domain, (offset - TARGET) / 4);
		return source ? as_target(domain, source->target) : 0;
	}
	return 0; /* and genmsi is never busy */
}

static void write_register(struct xlat__aplic_domain *domain, uint64_t offset, uint32_t value)
{
	struct xlat__aplic_source *source;

	if (offset >= IDC)
		write_idc(domain, offset, value);
	else if (offset == DOMAINCFG)
		write_domaincfg(domain, value);
	else if (offset < 4 * XLAT__APLIC_SOURCES)
		write_sourcecfg(domain, (unsigned)(offset - SOURCECFG) / 4, value);
	else if (offset >= MMSIADDRCFG && offset <= SMSIADDRCFGH)
		write_msiaddrcfg(domain, offset, value);
	else if (within(offset, SETIP))
		change_bits(domain, (unsigned)(offset - SETIP) / 4, value, PENDING, true);
	else if (within(offset, IN_CLRIP))
		change_bits(domain, (unsigned)(offset - IN_CLRIP) / 4, value, PENDING, false);
	else if (within(offset, SETIE))
		change_bits(domain, (unsigned)(offset - SETIE) / 4, value, ENABLED, true);
	else if (within(offset, CLRIE))
		change_bits(domain, (unsigned)(offset - CLRIE) / 4, value, ENABLED, false);
	else if (offset == SETIPNUM || offset == SETIPNUM_LE)
		change(domain, value, PENDING, true);
	else if (offset == SETIPNUM_BE)
		change(domain, __builtin_bswap32(value), PENDING, true);
	else if (offset == CLRIPNUM)
		change(domain, value, PENDING, false);
	else if (offset == SETIENUM)
		change(domain, value, ENABLED, true);
	else if (offset == CLRIENUM)
		change(domain, value, ENABLED, false);
	else if (offset > TARGET && (source = find_active(domain, (offset - TARGET) / 4)))
		source->target = as_target(domain, value);
}

static enum xlat_outcome control_read(void *opaque, const struct xlat_mmio_access *access,
				      uint64_t *value)
{
	struct xlat__aplic_domain *domain = opaque;
	bool changed = false;

	pthread_mutex_lock(&domain->aplic->lock);
	*value = read_register(domain, access->offset, &changed);
	pthread_mutex_unlock(&domain->aplic->lock);
	if (changed)
		xlat__aplic_settle(domain->aplic);
	return XLAT_OK;
}

static enum xlat_outcome control_write(void *opaque, const struct xlat_mmio_access *access,
				       uint64_t value)
{
	struct xlat__aplic_domain *domain = opaque;
	bool generates;

	pthread_mutex_lock(&domain->aplic->lock);
	generates = access->offset == GENMSI && (domain->domaincfg & DOMAINCFG_DM);
	if (!generates)
		write_register(domain, access->offset, (uint32_t)value);
	pthread_mutex_unlock(&domain->aplic->lock);
	if (generates)
		/* 4.5.15: a hart and an identity; not a guest. */
		xlat__aplic_send(domain->aplic, number_of(domain),
				 (uint32_t)value & UINT32_C(0xfffc07ff));
	else
		xlat__aplic_settle(domain->aplic);
	return XLAT_OK;
}

const struct xlat_mmio_ops xlat__aplic_ops = {
	.size = sizeof(xlat__aplic_ops),
	.read = control_read,
	.write = control_write,
	.valid = {.min = 4, .max = 4},
	.implemented = {.min = 4, .max = 4},
	.lockless = true,
};
