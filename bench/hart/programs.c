/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The programs of bench/hart.c, by BENCH: 1 arithmetic and branches, 2 sequential loads and stores,
 * 4 sort, crc and strings, 5 a chase over 4 MiB. Peers were measured on these very programs.
 */
typedef unsigned long u64;
typedef unsigned int u32;
typedef unsigned char u8;
#ifndef N
#define N 1
#endif
extern u64 tohost;
#define buf ((u64 *)0x81000000ul) /* 32 MiB work area */
static void putc_(char c)
{
#ifdef UART
	*(volatile u8 *)0x10000000ul = c;
#endif
}
static void hex(u64 v)
{
	for (int i = 60; i >= 0; i -= 4)
		putc_("0123456789abcdef"[(v >> i) & 15]);
}
void report(u64 insns, u64 sum)
{
	hex(insns);
	putc_(' ');
	hex(sum);
	putc_('\n');
}
#ifdef VM
u64 pt[3 + 40][512] __attribute__((aligned(4096)));
u64 mkpt(void)
{ /* 4 KiB identity pages for 0x80000000 .. +80 MiB */
	int n = 2;
	pt[0][2] = ((u64)pt[1] >> 12 << 10) | 1;
	for (int m = 0; m < 40; m++) {
		u64 *l = pt[n];
		pt[1][m] = ((u64)l >> 12 << 10) | 1;
		n++;
		for (int i = 0; i < 512; i++)
			l[i] = ((0x80000000ul + ((u64)m << 21) + ((u64)i << 12)) >> 12 << 10) |
			       0xcf;
	}
	return (8ul << 60) | ((u64)pt[0] >> 12);
}
#endif
#if BENCH == 1 /* integer ALU + branches */
u64 bench(void)
{
	u64 x = 88172645463325252ul, s = 0;
	for (u64 i = 0; i < N * 30000000ul; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		if (x & 1)
			s += x;
		else
			s ^= i;
	}
	return s;
}
#elif BENCH == 2 /* sequential loads/stores in 64 KiB */
u64 bench(void)
{
	u64 s = 0;
	volatile u64 *b = buf;
	for (u64 r = 0; r < N * 6000; r++)
		for (u64 i = 0; i < 4096; i += 2) {
			u64 a = b[i], c = b[i + 4096];
			b[i] = a + c + r;
			b[i + 1] = c ^ s;
			s += a;
		}
	return s;
}
#elif BENCH ==                                                                                     \
	5 /* random chase over 4 MiB: 1024 pages, misses a 256-entry soft TLB, host caches hold it */
u64 bench(void)
{
	u64 n = (4ul << 20) / 64, x = 0, s = 0;
	for (u64 i = 0; i < n; i++)
		buf[i * 8] = ((i * 0x9E3779B1ul + 12345) & (n - 1)) * 8;
	for (u64 i = 0; i < N * 40000000ul; i++) {
		x = buf[x];
		s += x;
	}
	return s;
}
#elif BENCH == 4 /* calls, byte/half/word accesses, sort + crc + string */
static u32 tab[256];
static u32 a[65536];
static u8 str[4096];
static void qs(u32 *p, long l, long r)
{
	long i = l, j = r;
	u32 m = p[(l + r) / 2];
	do {
		while (p[i] < m)
			i++;
		while (p[j] > m)
			j--;
		if (i <= j) {
			u32 t = p[i];
			p[i] = p[j];
			p[j] = t;
			i++;
			j--;
		}
	} while (i <= j);
	if (l < j)
		qs(p, l, j);
	if (i < r)
		qs(p, i, r);
}
static __attribute__((noinline)) u32 crc(const u8 *p, u64 n)
{
	u32 c = ~0u;
	while (n--)
		c = tab[(c ^ *p++) & 255] ^ (c >> 8);
	return ~c;
}
static __attribute__((noinline)) int cmp(const u8 *x, const u8 *y)
{
	while (*x && *x == *y)
		x++, y++;
	return *x - *y;
}
u64 bench(void)
{
	u64 s = 0;
	for (u32 i = 0; i < 256; i++) {
		u32 c = i;
		for (int k = 0; k < 8; k++)
			c = c & 1 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
		tab[i] = c;
	}
	for (u64 r = 0; r < N * 12; r++) {
		u32 x = 12345 + r;
		for (int i = 0; i < 65536; i++) {
			x = x * 1664525u + 1013904223u;
			a[i] = x;
		}
		qs(a, 0, 65535);
		s += crc((u8 *)a, sizeof a);
		for (int i = 0; i < 4095; i++)
			str[i] = 'a' + (i % 26);
		str[4095] = 0;
		for (int i = 0; i < 26 * 4; i++)
			s += cmp(str + i, str + (i % 26));
	}
	return s;
}
#endif
