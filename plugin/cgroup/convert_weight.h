/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Weights of cgroup v1 and v2. There are three formulas in use, which give the
 * default of v1, 1024 shares, the weights 100, 39 and 100:
 *
 *	oci-2025	opencontainers/cgroups fd95216 and crun 4998c928, of June
 *			2025; runc since 1.3.2, crun since 1.23
 *	oci-2020	runc up to 1.3.1, crun up to 1.22, Kubernetes' KEP-2254
 *	systemd		cgroup_cpu_shares_to_weight() of systemd
 */
#ifndef CRW_CONVERT_WEIGHT_H
#define CRW_CONVERT_WEIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "../../proto/bytes.h"

enum weight_formula { WEIGHT_OCI_2025, WEIGHT_OCI_2020, WEIGHT_SYSTEMD };

/* By name; false when there is none. */
bool weight_formula_find(struct span name, enum weight_formula *formula);

/* cpu.shares, 2-262144, and cpu.weight, 1-10000. What lies outside is taken
 * for the nearest. The way back gives the shares that CRIU's users are most
 * likely to have started from: 100 gives 1024 where 1024 gives 100. */
unsigned weight_of_shares(enum weight_formula formula, uint64_t shares);
unsigned shares_of_weight(enum weight_formula formula, uint64_t weight);

/* blkio.weight, 10-1000, and io.weight, 1-10000. */
unsigned io_weight_of_blkio(enum weight_formula formula, uint64_t weight);
unsigned blkio_of_io_weight(enum weight_formula formula, uint64_t weight);

#endif
