/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The tree of a rules text. The parser fills in what was written; the
 * checker fills in what it means (the parts marked "checked") and makes a
 * copy of each condition and value for every message type it is for.
 * Everything lives in the arena of its unit.
 */
#ifndef CRW_AST_H
#define CRW_AST_H

#include <regex.h>

#include "diag.h"

struct expr;
struct path;
struct statement;
struct match_plan;

/* What the checker knows about a value before there is one. */
struct type {
	enum value_type base;           /* NONE: not known, fits everything */
	enum value_type element;        /* of a LIST; NONE: not known */
	const struct field_type *field; /* whose value it is, for enums; or NULL */
	bool message;                   /* messages: only exists() and count() take them */
};

enum operator{
	OP_OR,
	OP_AND,
	OP_EQUAL,
	OP_UNEQUAL,
	OP_LESS,
	OP_LESS_EQUAL,
	OP_GREATER,
	OP_GREATER_EQUAL,
	OP_GLOB,
	OP_REGEX,
	OP_IN,
	OP_PLUS,
	OP_MINUS,
	OP_BITS, /* of both: O_RDWR | O_CLOEXEC */
	OP_NOT,
	OP_NEGATE,
};

/* Fields read one below the other, without conditions: the common case. */
struct chain {
	const struct field_type **fields;
	size_t count;
	bool many; /* a repeated field is among them */
};

enum image_fact { IMAGE_NAME, IMAGE_KIND, IMAGE_PID };

struct function;
struct sweep;

enum expr_type {
	EXPR_VALUE,
	EXPR_PATH,   /* names as written; the checker turns it into one of: */
	EXPR_CHAIN,  /* fields of the object */
	EXPR_FIELDS, /* a path below the object */
	EXPR_IMAGES, /* a path over images */
	EXPR_LET,
	EXPR_FACT,
	EXPR_IMAGE_FACT,
	EXPR_SELF, /* "." */
	EXPR_UNARY,
	EXPR_BINARY,
	EXPR_LIST,
	EXPR_CALL,
	EXPR_GIVEN, /* by a verb: a value, or whether it has one */
};

struct expr {
	enum expr_type type;
	struct extent at;
	struct type is;  /* checked */
	bool has_commas; /* a VALUE that is written so: 1,2 */
	union {
		struct value value;
		struct path *path; /* PATH, FIELDS, IMAGES */
		struct chain chain;
		size_t slot; /* of a let */
		size_t fact; /* index into the setting */
		enum image_fact image_fact;
		struct {
			enum operator op;
			struct extent op_at;
			struct expr *left, *right; /* unary: left */
			const regex_t *regex;      /* checked, of OP_REGEX */
		};
		struct { /* LIST and CALL */
			struct span name;
			struct extent name_at;
			struct expr **args;
			size_t arg_count;
			const struct function *function; /* checked */
			const regex_t *pattern;          /* checked, of match() */
		};
		struct sweep *sweep;
	};
};

/* --- paths --- */

struct condition { /* [...] */
	struct condition *next;
	struct extent at;
	struct expr *expr; /* NULL: an index */
	long index;        /* from 0; negative: from the end */
	size_t ordinal;    /* checked: which of the path's indexes it is */
};

/* One thing that a step may stand at: a message type or a scalar field. */
struct target {
	struct target *next;
	const struct field_type *field;     /* NULL: the entry of an image */
	const struct message_type *message; /* NULL: a scalar */
	struct condition *conditions;       /* checked, for this type */
	struct target_edit *action;         /* of the last step of an edit */
};

/* What set and add write into a message, in order of field number. Checked. */
struct write {
	struct write *next;
	const struct field_type *field; /* NULL: "." */
	struct extent at;
	struct expr *value;  /* NULL: a message */
	struct write *inner; /* of a message */
	const char *lacking; /* a required field that inner does not give, or NULL */
};

/* An action as it is for one target. Checked. */
struct target_edit {
	struct write *writes; /* SET, ADD */
	struct chain *fields; /* GET, DELETE */
	size_t field_count;
};

enum axis { AXIS_ENTRY, AXIS_CHILD, AXIS_DEEP };

struct step {
	struct step *next;
	enum axis axis;
	struct span name;
	struct extent at;             /* of the name */
	struct condition *conditions; /* as written */
	struct target *targets;       /* checked */
};

#define PATH_STEPS_MAX 31
#define PATH_INDEXES_MAX 16

struct path {
	struct extent at;
	struct step *steps; /* the first is the message or the first field */
	size_t step_count;
	/* checked: */
	const struct step *table[PATH_STEPS_MAX + 1];
	struct match_plan *plan; /* of the type that the walk starts at */
	uint32_t deep;           /* the steps after "//", a bit each */
	size_t index_count;
	bool single; /* can match one thing at most */
};

/* --- statements --- */

struct name { /* of a field, in what actions name */
	struct name *next;
	struct span text;
	struct extent at;
};

/* f.g=expr, f { ... } */
struct assignment {
	struct assignment *next;
	struct name *names;
	struct extent at;   /* of the names */
	struct expr *value; /* NULL: a block */
	bool is_block;      /* { ... }, perhaps empty */
	struct assignment *block;
};

struct argument { /* of a verb */
	struct argument *next;
	struct extent at;
	struct rules_argument given;
	struct expr *expr; /* in parentheses, worked out when it runs; or NULL */
};

enum edit_type { EDIT_SET, EDIT_GET, EDIT_DELETE, EDIT_ADD, EDIT_VERB };

struct edit {
	struct path *path; /* NULL: a verb of the checkpoint */
	enum edit_type action;
	struct extent action_at;
	struct span verb_name;
	bool must;
	bool adds_entry;                /* ADD { ... }: to the image */
	struct assignment *assignments; /* SET, ADD */
	struct assignment *fields;      /* GET, DELETE: names only */
	struct argument *arguments;     /* VERB */
	size_t argument_count;
	const struct rules_verb *verb;   /* checked */
	const struct message_type *root; /* checked */
};

struct block {
	struct statement *first;
};

struct arm { /* of when; the last may have no condition */
	struct arm *next;
	struct expr *condition;
	struct block block;
};

struct modes {
	const char **names; /* NULL-terminated */
	struct extent *places;
	size_t count;
};

struct let {
	struct span name;
	struct extent name_at;
	struct expr *value; /* NULL: was wrong, and told */
	size_t slot;        /* checked */
};

struct require {
	struct expr *condition;
	const char *text;
};

struct rule {
	struct span name;
	struct extent name_at;
	struct block block;
};

enum statement_type {
	STATEMENT_EDIT,
	STATEMENT_WHEN,
	STATEMENT_MODES,
	STATEMENT_REQUIRE,
	STATEMENT_LET,
	STATEMENT_RULE,
	STATEMENT_INCLUDE, /* the statements of the included file */
};

struct statement {
	struct statement *next;
	enum statement_type type;
	struct extent at;
	struct extent end; /* the last word of it */
	const char *rule;  /* name of the rule block around it, or NULL */
	union {
		struct edit edit;
		struct arm *arms;
		struct modes modes;
		struct require require;
		struct let let;
		struct rule rule_block;
		struct block included;
	};
};

#endif
