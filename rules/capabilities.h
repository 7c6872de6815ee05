/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Sets of capabilities, for which crit has no form: each is one number, whose low word
 * comes first in the image. The names are those of linux/capability.h.
 */
#ifndef CRW_CAPABILITIES_H
#define CRW_CAPABILITIES_H

#include "../proto/json/display.h"
#include "value.h"

#define CAPABILITY_WORDS 2 /* as CRIU writes them: CR_CAP_SIZE in its image.h */

/* cap_inh, cap_prm, cap_eff, cap_bnd and cap_amb of creds_entry. */
bool capabilities_is_field(const struct field_type *f);

/* The names, first CAP_FULL_SET, which is all others together; at most `most` of them.
 * Returns how many. */
size_t capabilities_rows(const struct display_flag **rows, size_t most);

/* What the words of an image say; false when there are none, or more than CRIU reads. */
bool capabilities_of(const struct value *list, struct value *out);

#endif
