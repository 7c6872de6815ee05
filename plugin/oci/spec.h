/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * An OCI spec (config.json of a bundle, spec.dump of an archive) as the JSON
 * text that it is: its values can be looked at, replaced and removed, and all
 * other bytes stay as they are. Numbers are never printed anew: a seccomp
 * argument may be any of 64 bits.
 *
 *	spec_read(&spec, text, err);
 *	spec_replace_text(&spec, value, span_text("0-1"), err);
 *	spec_remove(other);
 *	spec_write(&spec, &fresh, err);
 *	spec_free(&spec);
 *
 * The text comes from whoever made the container: its size, its depth and the
 * number of its values are bounded.
 */
#ifndef CRW_OCI_SPEC_H
#define CRW_OCI_SPEC_H

#include "../../proto/json/lex.h"

#define SPEC_SIZE_MAX (16u << 20) /* bytes */
#define SPEC_DEPTH_MAX 64
#define SPEC_VALUES_MAX 200000u

struct spec_value {
	enum json_token type; /* its first */
	struct span raw;      /* as it stands in the text */
	struct span whole;    /* with its name in front, if it is a member */
	struct span name;     /* of a member, without escapes; data NULL: an element */
	struct span fresh;    /* what replaces raw; data NULL: nothing */
	bool removed;
	struct spec_value *first, *next; /* members or elements of it; those beside it */
};

struct spec {
	struct span text; /* borrowed */
	struct arena arena;
	struct spec_value *top;
};

/* Reads all of the text, of which the spec is a view: -1 when it is no JSON or
 * beyond a limit. To be freed in any case. */
int spec_read(struct spec *spec, struct span text, struct error *err);
void spec_free(struct spec *spec);

/* Is it a spec and not some other JSON: an object with "ociVersion"? */
bool spec_is_one(const struct spec *spec);

/* The member of an object; of several with that name the last, as in Go. NULL:
 * there is none, or the value is no object. */
struct spec_value *spec_member(const struct spec_value *object, const char *name);

/* The text of a string, without escapes. The value must be a string. */
int spec_text(struct spec *spec, const struct spec_value *value, struct span *text,
	      struct error *err);

/* Puts a string in place of the value. */
int spec_replace_text(struct spec *spec, struct spec_value *value, struct span text,
		      struct error *err);
/* Takes the member or element away, with the comma that it leaves over. */
void spec_remove(struct spec_value *value);

/* Appends the text with these changes. */
int spec_write(struct spec *spec, struct buffer *out, struct error *err);

#endif
