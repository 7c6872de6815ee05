/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libcgroup's own converter as a second opinion on the formula `systemd`,
 * which it shares (1024:100), wherever its result is a weight that the kernel
 * takes. It needs the controller cpu mounted on cgroup v1.
 */
#include <libcgroup.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../plugin/cgroup/convert_weight.h"

static void quiet(void *ctx, int level, const char *format, va_list args)
{
	(void)ctx, (void)level, (void)format, (void)args;
}

/* 0 when it has none. */
static long weight_of_libcgroup(unsigned shares)
{
	struct cgroup *in = cgroup_new_cgroup("in"), *out = cgroup_new_cgroup("out");
	struct cgroup_controller *cpu = cgroup_add_controller(in, "cpu");
	char text[32], *value = NULL;
	long weight = 0;

	snprintf(text, sizeof(text), "%u", shares);
	if (cpu && cgroup_add_value_string(cpu, "cpu.shares", text) == 0 &&
	    cgroup_convert_cgroup(out, CGROUP_V2, in, CGROUP_V1) == 0 &&
	    cgroup_get_value_string(cgroup_get_controller(out, "cpu"), "cpu.weight", &value) == 0)
		weight = atol(value);
	free(value);
	cgroup_free(&in);
	cgroup_free(&out);
	return weight;
}

int main(void)
{
	unsigned compared = 0, different = 0;

	cgroup_set_logger(quiet, CGROUP_LOG_ERROR, NULL);
	if (cgroup_init() != 0 || weight_of_libcgroup(1024) == 0) {
		printf("1..0 # SKIP libcgroup converts nothing here: cpu is not mounted on cgroup v1\n");
		return 77;
	}
	for (unsigned shares = 2; shares <= 262144; shares++) {
		long weight = weight_of_libcgroup(shares);

		if (weight < 1 || weight > 10000)
			continue;
		compared++;
		different += weight != (long)weight_of_shares(WEIGHT_SYSTEMD, shares);
	}
	printf("%s 1 - %u share values as libcgroup converts them\n",
	       different || compared < 100000 ? "not ok" : "ok", compared);
	if (different)
		printf("# %u are different\n", different);
	printf("1..1\n");
	return different || compared < 100000;
}
