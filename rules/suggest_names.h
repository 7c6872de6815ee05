/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Names of the schema as people meet them: which messages are entries of
 * images, where the others stand, and what to suggest for a wrong one.
 */
#ifndef CRW_SUGGEST_NAMES_H
#define CRW_SUGGEST_NAMES_H

#include "../proto/kind.h"
#include "suggest.h"

bool names_is_entry(const struct message_type *m);
void names_offer_entries(struct suggestion *s);
void names_offer_fields(struct suggestion *s, const struct message_type *m);
/* What to write in place of a field that the message lacks: where it is, the nearest,
 * or else the first few that it has. */
#define NAMES_HINT_FIELDS 4
#define NAMES_HINT_SIZE 256
const char *names_field_hint(struct suggestion *s, const struct message_type *m,
			     char text[NAMES_HINT_SIZE]);
void names_offer_enum(struct suggestion *s, const struct field_type *f);

/* Where a message that is no entry stands: "core_entry.tc"; false when it
 * stands in no image. */
bool names_find_home(const struct message_type *m, char *out, size_t size);

#endif
