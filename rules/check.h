/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Meaning: names to fields, facts and lets; types; everything that can be
 * known to be wrong before an image is opened.
 *
 * A condition or a value may stand for objects of several types ("//name").
 * Each type gets a copy of it of its own; types for which it makes no sense
 * are left out as long as it makes sense for one.
 */
#ifndef CRW_CHECK_H
#define CRW_CHECK_H

#include "ast.h"
#include "suggest.h"

/* A regular expression that is to be freed with its unit. */
struct pattern {
	struct pattern *next;
	regex_t regex;
};

struct unit { /* one text with all that it includes */
	struct unit *next;
	struct arena arena;
	struct block block;
	struct pattern *patterns;
	size_t slot_count;                 /* of its lets */
	const struct diag_source *sources; /* the text itself and what it includes */
};

/* A let that can be seen from here. */
struct scope {
	struct scope *outer, *before; /* before: of all lets of the unit */
	const struct let *let;
	struct type type;
	bool used;
	struct extent hidden; /* where its name is a field of the object; line 0: nowhere */
};

/* What conditions and values are about: nothing, a message, or a single value. */
struct object_type {
	const struct message_type *message;
	const struct field_type *field; /* of a value */
	bool in_image;                  /* image.name and so on are known */
	const struct condition *where;  /* that a message passed to be written to; or NULL */
};

struct check_rule { /* a rule block that was seen */
	struct check_rule *next;
	const struct rule *rule;
};

struct check {
	struct diag *diag;
	struct unit *unit;
	const struct rules_setting *setting;
	struct scope *scope, *last; /* last: the one that was defined last */
	struct check_rule *rules;
	bool no_memory;
};

/* The whole unit; returns -1 when anything was reported. */
int check_unit(struct check *c);

/* --- for check*.c only; bool functions report and return false --- */

void *check_make(struct check *c, size_t size);
bool check_wrong(struct check *c, struct extent at, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

bool check_expr(struct check *c, struct expr *e, const struct object_type *o);
/* As a condition: must be true or false. */
bool check_condition(struct check *c, struct expr *e, const struct object_type *o);
/* As the value of a field, or of an element of it when it is repeated. */
bool check_value(struct check *c, struct expr *e, const struct field_type *f,
		 const struct object_type *o, bool element);
/* Have the values of the field names: an enum, or words and flags of --pretty? */
bool check_has_names(const struct field_type *f);
/* A note if it is a number that has no name in such a field. */
void check_note_unknown(struct check *c, struct extent at, const struct field_type *f,
			const struct value *v);
/* Turns a name or text, or several joined by '|', into the number that it is in such a
 * field; true when it was one. *told: it was none, and that is reported. */
bool check_enum_name(struct check *c, struct expr *e, const struct field_type *f,
		     const struct object_type *o, bool *told);
bool check_is_bare_name(const struct expr *e);
bool check_find_name(struct check *c, const struct expr *e, const struct object_type *o);

bool check_path_name(struct check *c, struct expr *e, const struct object_type *o);
bool check_local_path(struct check *c, struct expr *e, const struct object_type *o);
bool check_global_path(struct check *c, struct expr *e, const struct object_type *o);
bool check_entry_path(struct check *c, struct path *path);

bool check_operator(struct check *c, struct expr *e, const struct object_type *o);
bool check_call(struct check *c, struct expr *e, const struct object_type *o);
/* Text that is written out where a set is needed must spell one. */
bool check_set_text(struct check *c, const struct expr *arg);

/* Is the text, if it is written out, one that the field or fact can have? */
bool check_text(struct check *c, const struct expr *of, const struct expr *text);
/* The same of what is written to a field, also beside what the conditions of its message ask
 * for: [name="cpuset.cpus"] set value=... */
bool check_text_of_field(struct check *c, const struct field_type *f, const struct expr *text,
			 const struct object_type *o);

const regex_t *check_regex(struct check *c, const struct expr *e);
bool check_glob(struct check *c, const struct expr *e);

bool check_edit(struct check *c, struct statement *s);
/* A required field that the writes of a message lack, or NULL. */
const char *check_lacking(const struct message_type *m, struct write *writes);
struct write *check_writes(struct check *c, const struct assignment *list,
			   const struct message_type *m, const struct object_type *o, bool block);

/* The field of that name; NULL: it was reported. */
const struct field_type *check_field(struct check *c, const struct name *n,
				     const struct message_type *m);

/* Numbers with a comma and no blank between, which are one set: perhaps two were meant. */
bool check_is_comma(const struct expr *e);

/* Copies that can be checked for another type. */
struct expr *check_copy_expr(struct check *c, const struct expr *e);
struct condition *check_copy_conditions(struct check *c, const struct condition *list);

/* What a value of this field is. */
struct type type_of_field(const struct field_type *f);
const char *type_words(const struct type *t); /* "a number", "text" */

#endif
