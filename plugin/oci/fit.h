/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What of an OCI spec this host cannot give, by the rows of fit.def: cut to what
 * is here, taken out, or only told of. Properties of cgroups are judged as the
 * verb `fit` judges those of cgroup.img.
 */
#ifndef CRW_OCI_FIT_H
#define CRW_OCI_FIT_H

#include "../../rules/args.h"
#include "../context.h"
#include "spec.h"

enum oci_verdict { OCI_FAILED = -1, OCI_KEEP, OCI_CHANGE, OCI_DROP, OCI_REPORT };

struct oci_row;

/* One value that does not fit, with what is done about it. */
struct oci_finding {
	const struct oci_row *row;
	const char *path;           /* linux.resources.cpu.cpus, mounts[2] */
	const char *before, *after; /* as text; after NULL: it goes, or stays as it is */
	const char *note;           /* why, or NULL */
	enum oci_verdict verdict;   /* OCI_REPORT: no rule can help */
};

/* Judges what belongs to the properties of these names (NULL: all of it), changes
 * the spec, and tells of each thing that was not as it should be. -1 when the host
 * cannot be asked, or when `found` returns -1. */
typedef int (*oci_found)(void *ctx, const struct oci_finding *finding, struct error *err);
int oci_fit(struct crw *crw, struct spec *spec, const struct verb_names *names, oci_found found,
	    void *ctx, struct error *err);

/* Marks the names of properties that the spec has a value for. */
int oci_find_names(struct spec *spec, struct verb_names *names, struct error *err);

/* "runc: ...; crun: ..." in the buffer. */
void oci_refusal(const struct oci_row *row, struct buffer *out);

#endif
