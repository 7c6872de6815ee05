/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Places and values of a spec, as people see them. */
#ifndef CRW_OCI_SHOW_H
#define CRW_OCI_SHOW_H

#include "spec.h"

#define OCI_SHOWN_MAX 120 /* bytes of one value; the rest is left out */

/* Adds the step to a value to the path: ".cpus", ["io.max"], [2]. `index` is that
 * of an element. Returns the length before. */
size_t oci_show_step(struct buffer *path, const struct spec_value *v, size_t index);

/* Appends a value: text without quotes, all else as it stands. */
int oci_show(struct spec *spec, const struct spec_value *v, struct buffer *out, struct error *err);

#endif
