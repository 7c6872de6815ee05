/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "test.h"

#include "../../plugin/cgroup/convert_weight.h"

static uint32_t crc(uint32_t sum, uint32_t value)
{
	for (int i = 0; i < 4; i++) {
		sum ^= value >> (8 * i) & 0xff;
		for (int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? 0xedb88320 : 0);
	}
	return sum;
}

/* Of all shares, 2 to 262144. The sums are of tests/cgroup/weights.py. */
static void test_all(enum weight_formula formula, uint32_t want, const char *name)
{
	uint32_t sum = 0xffffffff;
	bool ascends = true;
	unsigned last = 0;

	for (uint64_t shares = 2; shares <= 262144; shares++) {
		unsigned weight = weight_of_shares(formula, shares);

		ascends &= weight >= last;
		last = weight;
		sum = crc(sum, weight);
	}
	is_number(~sum, want, name);
	ok(ascends, "more shares are never less weight");
}

static void test_known(void)
{
	static const struct {
		unsigned shares, oci_2025, oci_2020, systemd;
	} known[] = {
		{ 0, 1, 1, 1 },
		{ 2, 1, 1, 1 },
		{ 10, 4, 1, 1 },
		{ 100, 17, 4, 9 },
		{ 256, 35, 10, 25 },
		{ 512, 59, 20, 50 },
		{ 1024, 100, 39, 100 },
		{ 2000, 170, 77, 195 },
		{ 4096, 303, 157, 400 },
		{ 262143, 10000, 9999, 10000 },
		{ 262144, 10000, 10000, 10000 },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		is_number(weight_of_shares(WEIGHT_OCI_2025, known[i].shares), known[i].oci_2025,
			  "oci-2025, as runc and crun");
		is_number(weight_of_shares(WEIGHT_OCI_2020, known[i].shares), known[i].oci_2020,
			  "oci-2020");
		is_number(weight_of_shares(WEIGHT_SYSTEMD, known[i].shares), known[i].systemd,
			  "systemd");
	}
	is_number(weight_of_shares(WEIGHT_OCI_2025, UINT64_MAX), 10000, "too many shares");
	is_number(weight_of_shares(WEIGHT_SYSTEMD, UINT64_MAX), 10000, "too many shares, systemd");
}

/* Back and forth gives the weight again, wherever some shares have it. */
static void test_back(void)
{
	bool same[3] = { true, true, true };

	for (unsigned f = 0; f < 3; f++)
		for (unsigned weight = 1; weight <= 10000; weight++) {
			enum weight_formula formula = (enum weight_formula)f;
			unsigned shares = shares_of_weight(formula, weight);
			unsigned again = weight_of_shares(formula, shares);

			same[f] &= shares >= 2 && shares <= 262144;
			same[f] &= again == weight || (f == WEIGHT_SYSTEMD && again + 1 >= weight);
		}
	ok(same[0] && same[1] && same[2], "every weight comes back");
	is_number(shares_of_weight(WEIGHT_OCI_2025, 100), 1024, "the default is the default");
	is_number(shares_of_weight(WEIGHT_SYSTEMD, 100), 1024,
		  "the default is the default, systemd");
	is_number(shares_of_weight(WEIGHT_OCI_2025, 0), 2, "no weight is the least");
}

static void test_io(void)
{
	is_number(io_weight_of_blkio(WEIGHT_SYSTEMD, 500), 100, "systemd's default");
	is_number(io_weight_of_blkio(WEIGHT_OCI_2025, 10), 1, "the least");
	is_number(io_weight_of_blkio(WEIGHT_OCI_2025, 1000), 10000, "the most");
	is_number(io_weight_of_blkio(WEIGHT_OCI_2025, 500), 4950, "runc's 500");
	is_number(blkio_of_io_weight(WEIGHT_OCI_2025, 4950), 500, "and back");
	is_number(blkio_of_io_weight(WEIGHT_SYSTEMD, 100), 500, "systemd's, back");
	is_number(blkio_of_io_weight(WEIGHT_SYSTEMD, 1), 10, "not below the least");
}

int main(void)
{
	enum weight_formula formula;

	test_known();
	test_all(WEIGHT_OCI_2025, 0xafee8712, "all shares by oci-2025");
	test_all(WEIGHT_OCI_2020, 0x06c1e326, "all shares by oci-2020");
	test_all(WEIGHT_SYSTEMD, 0x92920404, "all shares by systemd");
	test_back();
	test_io();
	ok(weight_formula_find(span_text("systemd"), &formula) && formula == WEIGHT_SYSTEMD,
	   "a formula by name");
	ok(!weight_formula_find(span_text("oci"), &formula), "and not by half of it");
	return test_end();
}
