/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The formula of 2025 is
 *
 *	l = log2(shares)
 *	weight = ceil(10 ^ ((l*l + 125*l) / 612 - 7/34))
 *
 * and is calculated here with integers, because the plugin shall not bring
 * libm into CRIU. Fractions have 60 bits. No weight but 1, 100 and 10000,
 * which are exact, comes nearer to a whole number than 2.2e-6, so what is lost
 * in the 60th bit does not matter; a test compares all 262143 shares.
 */
#include "convert_weight.h"

#define SHARES_MIN 2
#define SHARES_MAX 262144
#define WEIGHT_MAX 10000
#define BLKIO_MIN 10
#define BLKIO_MAX 1000

__extension__ typedef unsigned __int128 wide;

#define BITS 60
#define ONE ((uint64_t)1 << BITS)
#define LOG2_10 UINT64_C(3829922337353294528) /* log2(10) * 2^60 */
#define LN_2 UINT64_C(799144290325165979)     /* ln(2) * 2^60 */
#define NEAR (ONE / 1000000)

bool weight_formula_find(struct span name, enum weight_formula *formula)
{
	static const char *const names[] = { "oci-2025", "oci-2020", "systemd" };

	for (unsigned i = 0; i < 3; i++)
		if (span_is(name, names[i])) {
			*formula = (enum weight_formula)i;
			return true;
		}
	return false;
}

static uint64_t between(uint64_t value, uint64_t least, uint64_t most)
{
	return value < least ? least : value > most ? most : value;
}

static uint64_t times(uint64_t a, uint64_t b)
{
	return (uint64_t)((wide)a * b >> BITS);
}

/* Squaring doubles the logarithm: each time gives one more bit of it. */
static uint64_t log2_of(uint64_t n)
{
	unsigned whole = 63 - (unsigned)__builtin_clzll(n);
	uint64_t m = n << (BITS - whole), log = (uint64_t)whole << (BITS - 5);

	/* log has 55 bits behind the point, for whole parts of up to 18 */
	for (int bit = BITS - 6; bit >= 0; bit--) {
		m = times(m, m);
		if (m >= 2 * ONE) {
			m >>= 1;
			log |= (uint64_t)1 << bit;
		}
	}
	return log;
}

/* 2^f for a fraction f: the series of e^(f ln 2). */
static uint64_t exp2_of(uint64_t f)
{
	uint64_t x = times(f, LN_2), term = ONE, sum = ONE;

	for (unsigned n = 1; term && n < 30; n++) {
		term = times(term, x) / n;
		sum += term;
	}
	return sum;
}

/* (l*l + 125*l)/612 - 7/34 = (l - 1)(l + 126)/612 */
static unsigned weight_2025(uint64_t shares)
{
	const unsigned half = BITS - 5; /* of the logarithm */
	uint64_t l = log2_of(shares), power, fraction;
	wide product = (wide)(l - ((uint64_t)1 << half)) * (l + ((uint64_t)126 << half)) / 612;
	uint64_t tens = (uint64_t)(product >> (2 * half - BITS)); /* below 4.0001 */
	wide twos = (wide)tens * LOG2_10 >> BITS;
	wide weight;

	power = (uint64_t)(twos >> BITS);
	fraction = (uint64_t)twos & (ONE - 1);
	weight = (wide)exp2_of(fraction) << power;
	return (unsigned)((weight - NEAR + ONE - 1) >> BITS);
}

unsigned weight_of_shares(enum weight_formula formula, uint64_t shares)
{
	if (formula == WEIGHT_SYSTEMD)
		return (unsigned)between(between(shares, 0, UINT32_MAX) * 100 / 1024, 1,
					 WEIGHT_MAX);
	shares = between(shares, SHARES_MIN, SHARES_MAX);
	if (formula == WEIGHT_OCI_2020)
		return (unsigned)(1 + (shares - 2) * 9999 / 262142);
	return shares == SHARES_MIN ? 1 : weight_2025(shares);
}

/* The most shares that have no more than the weight. */
static unsigned shares_2025(uint64_t weight)
{
	unsigned least = SHARES_MIN, most = SHARES_MAX;

	while (least < most) {
		unsigned middle = least + (most - least + 1) / 2;

		if (weight_of_shares(WEIGHT_OCI_2025, middle) <= weight)
			least = middle;
		else
			most = middle - 1;
	}
	return least;
}

unsigned shares_of_weight(enum weight_formula formula, uint64_t weight)
{
	weight = between(weight, 1, WEIGHT_MAX);
	if (formula == WEIGHT_SYSTEMD)
		return (unsigned)between(weight * 1024 / 100, SHARES_MIN, SHARES_MAX);
	if (formula == WEIGHT_OCI_2020)
		return (unsigned)(2 + ((weight - 1) * 262142 + 9998) / 9999);
	return shares_2025(weight);
}

/* systemd: cgroup_weight_blkio_to_io(); runc and crun: ConvertBlkIOToIOWeightValue(). */
unsigned io_weight_of_blkio(enum weight_formula formula, uint64_t weight)
{
	weight = between(weight, BLKIO_MIN, BLKIO_MAX);
	if (formula == WEIGHT_SYSTEMD)
		return (unsigned)between(weight * 100 / 500, 1, WEIGHT_MAX);
	return (unsigned)(1 + (weight - BLKIO_MIN) * 9999 / 990);
}

unsigned blkio_of_io_weight(enum weight_formula formula, uint64_t weight)
{
	weight = between(weight, 1, WEIGHT_MAX);
	if (formula == WEIGHT_SYSTEMD)
		return (unsigned)between(weight * 500 / 100, BLKIO_MIN, BLKIO_MAX);
	return (unsigned)(BLKIO_MIN + ((weight - 1) * 990 + 9998) / 9999);
}
