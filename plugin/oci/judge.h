/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What fit.c and judge.c share: the rows of fit.def and the value being judged. */
#ifndef CRW_OCI_JUDGE_H
#define CRW_OCI_JUDGE_H

#include "../cgroup/fit.h"
#include "fit.h"

struct oci_item {
	struct crw *crw;
	struct spec *spec;
	const struct oci_row *row;
	struct spec_value *value;
	struct fit fit;       /* asks this host about properties of its groups */
	struct buffer *fresh; /* for the new text of OCI_CHANGE, empty before */
	const char *note;
	const char *above; /* the group that the container's is in; NULL: not looked up yet */
	bool v2;           /* this host has cgroup v2 alone */
};

typedef enum oci_verdict oci_judge(struct oci_item *item, struct error *err);

struct oci_row {
	const char *place, *property; /* property NULL: the member's name */
	oci_judge *judge;
	const char *runc, *crun;
};

extern const struct oci_row oci_rows[];
extern const size_t oci_row_count;

#endif
