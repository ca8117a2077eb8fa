/* SPDX-License-Identifier: BSD-3-Clause */
/* 4, 5.1, A: the registers below the tables, and how they are reached. */
#include <errno.h>

#include "models/iopmp/iopmp.h"

static uint32_t feature_bit(const struct xlat_iopmp *iopmp, uint32_t feature, uint32_t bit)
{
	return xlat__iopmp_has(iopmp, feature) ? bit : 0;
}

uint32_t xlat__iopmp_hwcfg2(const struct xlat_iopmp *iopmp)
{
	uint32_t value = feature_bit(iopmp, XLAT_IOPMP_MSI, HWCFG2_MSI_EN) |
			 feature_bit(iopmp, XLAT_IOPMP_PEIS, HWCFG2_PEIS) |
			 feature_bit(iopmp, XLAT_IOPMP_PEES, HWCFG2_PEES) |
			 feature_bit(iopmp, XLAT_IOPMP_SPS, HWCFG2_SPS_EN) |
			 feature_bit(iopmp, XLAT_IOPMP_STALL, HWCFG2_STALL_EN) |
			 feature_bit(iopmp, XLAT_IOPMP_MFR, HWCFG2_MFR_EN);

	if (xlat__iopmp_has(iopmp, XLAT_IOPMP_NON_PRIORITY))
		value |= HWCFG2_NON_PRIO_EN | iopmp->hwcfg2;
	return value;
}

uint32_t xlat__iopmp_hwcfg3(const struct xlat_iopmp *iopmp)
{
	const struct xlat_iopmp_config *config = &iopmp->config;
	uint32_t value = config->mdcfg_format |
			 (uint32_t)config->srcmd_format << HWCFG3_SRCMD_FMT_SHIFT |
			 (iopmp->hwcfg3 & HWCFG3_MD_ENTRY_NUM) |
			 feature_bit(iopmp, XLAT_IOPMP_XINR, HWCFG3_XINR) |
			 feature_bit(iopmp, XLAT_IOPMP_NO_X, HWCFG3_NO_X) |
			 feature_bit(iopmp, XLAT_IOPMP_NO_W, HWCFG3_NO_W);

	if (xlat__iopmp_has(iopmp, XLAT_IOPMP_RRID_TRANSL))
		value |= HWCFG3_RRID_TRANSL_EN | (iopmp->hwcfg3 & ~(uint32_t)HWCFG3_MD_ENTRY_NUM);
	return value;
}

static uint32_t hwcfg0(const struct xlat_iopmp *iopmp)
{
	return iopmp->hwcfg0_enable | (xlat__iopmp_hwcfg2(iopmp) ? HWCFG0_HWCFG2_EN : 0) |
	       (xlat__iopmp_hwcfg3(iopmp) ? HWCFG0_HWCFG3_EN : 0) |
	       feature_bit(iopmp, XLAT_IOPMP_NO_ERR_REC, HWCFG0_NO_ERR_REC) |
	       (uint32_t)iopmp->config.domains << HWCFG0_MD_NUM_SHIFT |
	       feature_bit(iopmp, XLAT_IOPMP_ADDRH, HWCFG0_ADDRH_EN) |
	       feature_bit(iopmp, XLAT_IOPMP_TOR, HWCFG0_TOR_EN);
}

static uint32_t err_info(const struct xlat_iopmp *iopmp)
{
	return iopmp->err_info | (xlat__iopmp_any_violation(iopmp) ? ERR_INFO_SVC : 0);
}

/* A register of 4 bytes. read: with the effects that reading it has. */
static uint32_t value_of(struct xlat_iopmp *iopmp, uint64_t offset, bool read)
{
	switch (offset) {
	case REG_VERSION:
		return iopmp->config.version;
	case REG_IMPLEMENTATION:
		return iopmp->config.implementation;
	case REG_HWCFG0:
		return hwcfg0(iopmp);
	case REG_HWCFG1:
		return (uint32_t)iopmp->config.entries << 16 | iopmp->config.rrids;
	case REG_HWCFG2:
		return xlat__iopmp_hwcfg2(iopmp);
	case REG_HWCFG3:
		return xlat__iopmp_hwcfg3(iopmp);
	case REG_ENTRYOFFSET:
		return iopmp->config.entry_offset;
	case REG_MDSTALL:
		return (uint32_t)iopmp->mdstall |
		       (iopmp->settled < iopmp->stalls ? MDSTALL_IS_BUSY : 0);
	case REG_MDSTALLH:
		return (uint32_t)(iopmp->mdstall >> 32);
	case REG_RRIDSCP:
		return xlat__iopmp_rridscp(iopmp);
	case REG_MDLCK:
		return iopmp->config.srcmd_format == 1 ? 0 : (uint32_t)iopmp->mdlck;
	case REG_MDLCKH:
		return iopmp->config.srcmd_format == 1 ? 0 : (uint32_t)(iopmp->mdlck >> 32);
	case REG_MDCFGLCK:
		return iopmp->config.mdcfg_format ? 0 : iopmp->mdcfglck;
	case REG_ENTRYLCK:
		return iopmp->entrylck;
	case REG_ERR_CFG:
		return iopmp->err_cfg;
	case REG_ERR_INFO:
		return err_info(iopmp);
	case REG_ERR_REQADDR:
		return (uint32_t)iopmp->err_reqaddr;
	case REG_ERR_REQADDRH:
		return (uint32_t)(iopmp->err_reqaddr >> 32);
	case REG_ERR_REQID:
		return iopmp->err_reqid |
		       feature_bit(iopmp, XLAT_IOPMP_NO_ERR_REC | XLAT_IOPMP_NO_EID, 0xffff0000);
	case REG_ERR_MFR:
		return xlat__iopmp_err_mfr(iopmp, read);
	case REG_ERR_MSIADDR:
		return (uint32_t)iopmp->err_msiaddr;
	case REG_ERR_MSIADDRH:
		return (uint32_t)(iopmp->err_msiaddr >> 32);
	default:
		return xlat__iopmp_read_table(iopmp, offset);
	}
}

/* 4.1.3: programmable once, and then not. */
static void write_hwcfg2(struct xlat_iopmp *iopmp, uint32_t value,
			 struct xlat__iopmp_change *change)
{
	uint32_t wanted = value & HWCFG2_PRIO_ENTRY;

	if (!xlat__iopmp_has(iopmp, XLAT_IOPMP_NON_PRIORITY) ||
	    !(iopmp->hwcfg2 & HWCFG2_PRIO_ENT_PROG))
		return;
	if (wanted > iopmp->config.entries)
		wanted = iopmp->config.entries;
	if (wanted != (iopmp->hwcfg2 & HWCFG2_PRIO_ENTRY)) {
		change->everything = true;
		iopmp->hwcfg2 = wanted | HWCFG2_PRIO_ENT_PROG;
		xlat__iopmp_partition(iopmp);
	}
	if (value & HWCFG2_PRIO_ENT_PROG)
		iopmp->hwcfg2 &= ~HWCFG2_PRIO_ENT_PROG;
}

/* A.6, A.7. */
static void write_hwcfg3(struct xlat_iopmp *iopmp, uint32_t value,
			 struct xlat__iopmp_change *change)
{
	uint32_t transl = 0xffffu << HWCFG3_RRID_TRANSL_SHIFT;

	if (iopmp->config.mdcfg_format == 2 && !iopmp->hwcfg0_enable &&
	    ((iopmp->hwcfg3 ^ value) & HWCFG3_MD_ENTRY_NUM)) {
		iopmp->hwcfg3 &= ~HWCFG3_MD_ENTRY_NUM;
		iopmp->hwcfg3 |= value & HWCFG3_MD_ENTRY_NUM;
		change->everything = true;
		xlat__iopmp_partition(iopmp);
	}
	if (!xlat__iopmp_has(iopmp, XLAT_IOPMP_RRID_TRANSL) ||
	    !(iopmp->hwcfg3 & HWCFG3_RRID_TRANSL_PROG))
		return;
	iopmp->hwcfg3 = (iopmp->hwcfg3 & ~transl) | (value & transl);
	if (value & HWCFG3_RRID_TRANSL_PROG)
		iopmp->hwcfg3 &= ~HWCFG3_RRID_TRANSL_PROG;
	change->everything = true;
}

/* 3.1: bits are sticky, until the lock is locked. */
static void write_mdlck(struct xlat_iopmp *iopmp, uint64_t value)
{
	if (iopmp->config.srcmd_format != 1 && !(iopmp->mdlck & LOCK_L))
		iopmp->mdlck |= value & (xlat__iopmp_domain_mask(iopmp) | LOCK_L);
}

/* 3.2, 3.3: a count that only grows, and the lock of the lock. */
static void write_count_lock(uint32_t *lock, uint32_t field, uint32_t value)
{
	if (*lock & LOCK_L)
		return;
	if ((value & field) > (*lock & field))
		*lock = value & field;
	*lock |= value & LOCK_L;
}

/* 4.3.1, 5.1.4: the bits of ERR_CFG that are implemented. */
static uint32_t err_cfg_mask(const struct xlat_iopmp *iopmp)
{
	return ERR_CFG_L | ERR_CFG_IE | ERR_CFG_RS |
	       feature_bit(iopmp, XLAT_IOPMP_MSI, ERR_CFG_MSI_SEL | ERR_CFG_MSIDATA) |
	       feature_bit(iopmp, XLAT_IOPMP_STALL, ERR_CFG_STALL_VIOLATION_EN);
}

static void write_err_info(struct xlat_iopmp *iopmp, uint32_t value)
{
	if (value & ERR_INFO_V) {
		iopmp->err_info &= ~ERR_INFO_V;
		iopmp->interrupt = false;
	}
	iopmp->err_info &= ~(value & ERR_INFO_MSI_WERR);
}

static void write_err_msiaddr(struct xlat_iopmp *iopmp, uint32_t value, bool upper)
{
	unsigned shift = upper ? 32 : 0;

	if (!xlat__iopmp_has(iopmp, XLAT_IOPMP_MSI) ||
	    (upper && !xlat__iopmp_has(iopmp, XLAT_IOPMP_ADDRH)))
		return;
	iopmp->err_msiaddr &= ~(UINT64_C(0xffffffff) << shift);
	iopmp->err_msiaddr |= (uint64_t)value << shift;
}

static void write_one(struct xlat_iopmp *iopmp, uint64_t offset, uint32_t value,
		      struct xlat__iopmp_change *change)
{
	bool locked = iopmp->err_cfg & ERR_CFG_L;

	switch (offset) {
	case REG_HWCFG0:
		if ((value & HWCFG0_ENABLE) && !iopmp->hwcfg0_enable) {
			iopmp->hwcfg0_enable = HWCFG0_ENABLE;
			change->everything = true;
		}
		break;
	case REG_HWCFG2:
		write_hwcfg2(iopmp, value, change);
		break;
	case REG_HWCFG3:
		write_hwcfg3(iopmp, value, change);
		break;
	case REG_MDSTALL:
		xlat__iopmp_write_mdstall(iopmp, value, change);
		break;
	case REG_MDSTALLH:
		if (xlat__iopmp_has(iopmp, XLAT_IOPMP_STALL))
			iopmp->mdstall = (uint32_t)iopmp->mdstall |
					 ((uint64_t)value << 32 & xlat__iopmp_domain_mask(iopmp));
		break;
	case REG_RRIDSCP:
		xlat__iopmp_write_rridscp(iopmp, value, change);
		break;
	case REG_MDLCK:
		write_mdlck(iopmp, value);
		break;
	case REG_MDLCKH:
		write_mdlck(iopmp, (uint64_t)value << 32);
		break;
	case REG_MDCFGLCK:
		if (!iopmp->config.mdcfg_format)
			write_count_lock(&iopmp->mdcfglck, MDCFGLCK_F, value);
		break;
	case REG_ENTRYLCK:
		write_count_lock(&iopmp->entrylck, ENTRYLCK_F, value);
		break;
	case REG_ERR_CFG:
		if (!locked)
			iopmp->err_cfg = value & err_cfg_mask(iopmp);
		break;
	case REG_ERR_INFO:
		write_err_info(iopmp, value);
		break;
	case REG_ERR_MFR:
		if (xlat__iopmp_has(iopmp, XLAT_IOPMP_MFR))
			iopmp->err_mfr_svi = value >> ERR_MFR_SVI_SHIFT & ERR_MFR_SVI;
		break;
	case REG_ERR_MSIADDR:
	case REG_ERR_MSIADDRH:
		if (!locked)
			write_err_msiaddr(iopmp, value, offset == REG_ERR_MSIADDRH);
		break;
	default:
		xlat__iopmp_write_table(iopmp, offset, value, false, change);
	}
}

void xlat__iopmp_legalise(struct xlat_iopmp *iopmp)
{
	const struct xlat_iopmp_config *config = &iopmp->config;
	uint64_t domains = xlat__iopmp_domain_mask(iopmp);
	uint32_t transl = 0xffffu << HWCFG3_RRID_TRANSL_SHIFT | HWCFG3_RRID_TRANSL_PROG;
	size_t words = xlat__iopmp_words(config->rrids);

	iopmp->hwcfg0_enable |= feature_bit(iopmp, XLAT_IOPMP_ALWAYS_ENABLED, HWCFG0_ENABLE);
	iopmp->hwcfg2 &= HWCFG2_PRIO_ENTRY | HWCFG2_PRIO_ENT_PROG;
	iopmp->hwcfg3 &= transl | (config->mdcfg_format ? HWCFG3_MD_ENTRY_NUM : 0);
	iopmp->mdstall &= xlat__iopmp_has(iopmp, XLAT_IOPMP_STALL) ? domains : 0;
	iopmp->rridscp_rrid &= RRIDSCP_RRID;
	iopmp->mdlck &= domains | LOCK_L;
	iopmp->mdcfglck &= MDCFGLCK_F | LOCK_L;
	iopmp->entrylck &= ENTRYLCK_F | LOCK_L;
	iopmp->err_cfg &= err_cfg_mask(iopmp);
	iopmp->err_info &= xlat__iopmp_has(iopmp, XLAT_IOPMP_NO_ERR_REC) ? 0 : 0xff;
	if (!xlat__iopmp_has(iopmp, XLAT_IOPMP_MSI))
		iopmp->err_info &= ~ERR_INFO_MSI_WERR;
	iopmp->err_mfr_svi &= ERR_MFR_SVI;
	if (config->rrids % 64) {
		iopmp->stalled[words - 1] &= (UINT64_C(1) << config->rrids % 64) - 1;
		iopmp->violations[words - 1] &= (UINT64_C(1) << config->rrids % 64) - 1;
	}
	for (uint32_t i = 0; i < config->entries; i++)
		iopmp->entries[i].cfg = xlat__iopmp_legal_cfg(iopmp, iopmp->entries[i].cfg);
	xlat__iopmp_derive(iopmp);
}

/* One half of a register of 64 bits, as it was captured. */
static void load_half(uint64_t *reg, uint32_t value, bool upper)
{
	*reg = upper ? (uint32_t)*reg | (uint64_t)value << 32 : (*reg >> 32 << 32) | value;
}

static void load_one(struct xlat_iopmp *iopmp, uint64_t offset, uint32_t value)
{
	struct xlat__iopmp_change ignored = {0};

	switch (offset) {
	case REG_HWCFG0:
		iopmp->hwcfg0_enable = value & HWCFG0_ENABLE;
		break;
	case REG_HWCFG2:
		iopmp->hwcfg2 = value;
		break;
	case REG_HWCFG3:
		iopmp->hwcfg3 = value;
		break;
	case REG_MDSTALL:
	case REG_MDSTALLH:
		load_half(&iopmp->mdstall, value, offset == REG_MDSTALLH);
		break;
	case REG_RRIDSCP:
		iopmp->rridscp_rrid = value;
		break;
	case REG_MDLCK:
	case REG_MDLCKH:
		load_half(&iopmp->mdlck, value, offset == REG_MDLCKH);
		break;
	case REG_MDCFGLCK:
		iopmp->mdcfglck = value;
		break;
	case REG_ENTRYLCK:
		iopmp->entrylck = value;
		break;
	case REG_ERR_CFG:
		iopmp->err_cfg = value;
		break;
	case REG_ERR_INFO:
		iopmp->err_info = value;
		iopmp->interrupt = value & ERR_INFO_V;
		break;
	case REG_ERR_REQADDR:
	case REG_ERR_REQADDRH:
		load_half(&iopmp->err_reqaddr, value, offset == REG_ERR_REQADDRH);
		break;
	case REG_ERR_REQID:
		iopmp->err_reqid = value;
		break;
	case REG_ERR_MFR:
		iopmp->err_mfr_svi = value >> ERR_MFR_SVI_SHIFT;
		break;
	case REG_ERR_MSIADDR:
	case REG_ERR_MSIADDRH:
		load_half(&iopmp->err_msiaddr, value, offset == REG_ERR_MSIADDRH);
		break;
	default:
		xlat__iopmp_write_table(iopmp, offset, value, true, &ignored);
		return;
	}
	xlat__iopmp_legalise(iopmp);
}

static bool sound(const struct xlat_iopmp *iopmp, uint64_t offset, unsigned size)
{
	return (size == 4 || size == 8) && offset % size == 0 &&
	       offset < xlat_iopmp_registers_length(iopmp);
}

/* 5.7.7: whether the accesses that a stall ended are over is the host's to say. */
static void settle(struct xlat_iopmp *iopmp)
{
	uint64_t stalls;

	pthread_mutex_lock(&iopmp->lock);
	stalls = iopmp->settled < iopmp->stalls ? iopmp->stalls : 0;
	pthread_mutex_unlock(&iopmp->lock);
	if (!stalls || !iopmp->host.sync(iopmp->host_opaque, 0))
		return;
	pthread_mutex_lock(&iopmp->lock);
	if (iopmp->settled < stalls)
		iopmp->settled = stalls;
	pthread_mutex_unlock(&iopmp->lock);
}

static uint64_t read_register(struct xlat_iopmp *iopmp, uint64_t offset, unsigned size,
			      bool effects)
{
	uint64_t value;

	if (!sound(iopmp, offset, size))
		return 0;
	pthread_mutex_lock(&iopmp->lock);
	value = value_of(iopmp, offset, effects);
	if (size == 8)
		value |= (uint64_t)value_of(iopmp, offset + 4, effects) << 32;
	pthread_mutex_unlock(&iopmp->lock);
	return value;
}

uint64_t xlat_iopmp_read(struct xlat_iopmp *iopmp, uint64_t offset, unsigned size)
{
	if (offset == REG_MDSTALL)
		settle(iopmp);
	return read_register(iopmp, offset, size, true);
}

uint64_t xlat_iopmp_look(const struct xlat_iopmp *iopmp, uint64_t offset, unsigned size)
{
	/* Nothing but the lock changes. */
	return read_register((struct xlat_iopmp *)(uintptr_t)iopmp, offset, size, false);
}

void xlat_iopmp_write(struct xlat_iopmp *iopmp, uint64_t offset, unsigned size, uint64_t value)
{
	struct xlat__iopmp_change change = {0};

	if (!sound(iopmp, offset, size))
		return;
	pthread_mutex_lock(&iopmp->lock);
	if (size == 8)
		write_one(iopmp, offset + 4, (uint32_t)(value >> 32), &change);
	write_one(iopmp, offset, (uint32_t)value, &change);
	pthread_mutex_unlock(&iopmp->lock);
	xlat__iopmp_tell(iopmp, &change);
	xlat__iopmp_drive_wire(iopmp);
}

int xlat_iopmp_load(struct xlat_iopmp *iopmp, uint64_t offset, unsigned size, uint64_t value)
{
	const struct xlat__iopmp_change change = {.everything = true};

	if (size != 4 || !sound(iopmp, offset, size))
		return -EINVAL;
	pthread_mutex_lock(&iopmp->lock);
	load_one(iopmp, offset, (uint32_t)value);
	pthread_mutex_unlock(&iopmp->lock);
	xlat__iopmp_tell(iopmp, &change);
	xlat__iopmp_drive_wire(iopmp);
	return 0;
}
