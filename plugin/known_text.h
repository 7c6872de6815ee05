/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Fields and facts whose text is one of a known few, for rules that compare with
 * it or write it: a name that no kernel has would match nothing.
 */
#ifndef CRW_KNOWN_TEXT_H
#define CRW_KNOWN_TEXT_H

#include "../proto/bytes.h"
#include "../proto/error.h"

/* rules_setting.text. */
int known_text(const char *of, struct span text, struct error *err);

/* rules_setting.text_beside: the values of properties, each by its name. */
int known_text_beside(const char *of, const char *other, struct span is, struct span text,
		      struct error *err);

#endif
