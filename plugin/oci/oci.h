/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The spec that goes with a checkpoint: config.json beside or above the images
 * of a bundle, spec.dump of an archive. Rules with the verb `fit` fit it too,
 * in a run of their own over it, after that over the images.
 */
#ifndef CRW_OCI_H
#define CRW_OCI_H

#include "../../rules/args.h"
#include "../cgroup/verbs.h"
#include "../context.h"

/* What the run over the spec has in the place of images, as the language's world
 * wants it: an empty cgroup.img, on which the statements of the verb run. */
int oci_image(void *ctx, const struct image_kind *kind, size_t index, struct rules_image *image,
	      struct error *err);

/* The verb `fit`, of the run over the spec. */
int oci_fit_run(struct rules_call *call, struct error *err);

/* For `fit` over the images: marks the names that the spec, if there is one, has values
 * for. */
int oci_seek(const struct crw *crw, struct verb_names *names, struct error *err);
/* rules_world.elsewhere. */
int oci_elsewhere(void *ctx, const struct rules_verb *verb, const struct rules_argument *args,
		  size_t count, struct arena *arena, const char **missed, struct error *err);

/* Notes what of the spec, as it is now, no rule has fitted. */
int oci_warn(struct crw *crw, struct error *err);

/* Forgets what a run did to it; forgets it altogether. */
void oci_revert(struct crw *crw);
void oci_free(struct crw *crw);

#endif
