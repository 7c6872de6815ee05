/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The rules language, seen from outside.
 *
 *	text -> rules_parse -> ruleset        all errors are found here
 *	ruleset + world -> rules_run          images in, changed images out
 *
 * This folder does no I/O: files, facts, images and reports come and go
 * through the callbacks below.
 */
#ifndef CRW_RULES_H
#define CRW_RULES_H

#include "../proto/image.h"
#include "../proto/patch.h"
#include "value.h"

#define RULES_TEXT_MAX (1u << 20) /* bytes of one rules file */
#define RULES_STATEMENTS_MAX 10000
#define RULES_NESTING_MAX 64 /* of blocks and of parentheses */
#define RULES_INCLUDE_MAX 16 /* depth */
#define RULES_DIAGNOSTICS_MAX 20
#define RULES_OPERANDS_MAX 1000 /* of one expression */
#define RULES_ARGUMENTS_MAX 256 /* of one verb */
#define RULES_MODES_MAX 16      /* of one manage-cgroups */
#define RULES_REGEX_MAX 256     /* bytes of a regular expression */
#define RULES_SHOWN_MAX 4096    /* bytes of a value in a report or message */

/* Where a statement, word or value stands. Lines and columns count from 1;
 * columns are bytes. */
struct rules_place {
	const char *file;
	unsigned line, column;
};

struct rules_diagnostic {
	struct rules_place place;
	const char *message; /* one line, with the remedy or suggestion */
	const char *source;  /* the source line, without its end */
	unsigned width;      /* of what is wrong, in columns, at least 1 */
};

/* All that was found wrong in a text, in order of place, and beside it what is only odd. */
struct rules_diagnostics {
	struct arena arena;
	struct rules_diagnostic items[RULES_DIAGNOSTICS_MAX];
	size_t count;
	struct rules_diagnostic notes[RULES_DIAGNOSTICS_MAX];
	size_t note_count;
};

void rules_diagnostics_free(struct rules_diagnostics *d);
/* "file:line:col: message", the source line and a caret below. */
void rules_diagnostic_print(struct buffer *out, const struct rules_diagnostic *d);

/* A name that the host gives a value to. */
struct rules_fact {
	const char *name; /* "host.cpus" */
	enum value_type type;
	const char *help;
};

/* What stands behind a verb, one after the other: words, quoted text,
 * values, and commas where they were written. */
struct rules_argument {
	enum { ARGUMENT_WORD, ARGUMENT_VALUE, ARGUMENT_COMMA } type;
	struct value value; /* of a WORD: its text, dots included */
	struct rules_place place;
};

struct rules_call;
struct verb_args;

/* An action with knowledge that the language lacks. It belongs to one message,
 * "cgroup_entry fit cpuset.cpus", or to the whole checkpoint, of which it keeps all
 * images in step: "hostname web-2". */
struct rules_verb {
	const char *message; /* NULL: the checkpoint */
	const char *name;
	const char *usage; /* "fit [PROPERTY, ...]" */
	/* Makes a wish of the arguments (args.h), or fails: when rules are checked, and each
	 * time before it runs. NULL: it may have any. */
	int (*read)(struct verb_args *a, void *wish, struct error *err);
	size_t wish_size; /* bytes, which are 0 before it is read */
	/* Edits the matched message through call->patch, and tells the world itself
	 * what it changed; one of the checkpoint changes fields by rules_sweep(). */
	int (*run)(struct rules_call *call, struct error *err);
};

/* What the ruleset may speak of; must outlive the ruleset. */
struct rules_setting {
	const struct rules_fact *facts;
	size_t fact_count;
	const struct rules_verb *const *verbs;
	size_t verb_count;
	const char *const *modes; /* of manage-cgroups, NULL-terminated */
	/* Reads an included file; `name` as written, `from` the including
	 * file. *path (in the arena) is what to call it in messages. */
	int (*include)(void *ctx, const char *name, const char *from, struct arena *arena,
		       struct buffer *text, const char **path, struct error *err);
	/* Judges text that is written out beside a field ("cgroup_prop_entry.name"), a
	 * fact or "image.kind": -1 with the reason when that never has such a value. A
	 * glob is judged as one. May be NULL. */
	int (*text)(const char *of, struct span text, struct error *err);
	/* The same of text that is written to a field where another text field of the message
	 * ("cgroup_prop_entry.name") has the value `is`. May be NULL. */
	int (*text_beside)(const char *of, const char *other, struct span is, struct span text,
			   struct error *err);
	void *ctx;
};

struct ruleset;
struct statement;

/*
 * Parses and checks one text and appends it to *ruleset (NULL: makes one).
 * Returns 0, or -1 with at least one diagnostic; the ruleset is then as it
 * was. `name` is copied. Notes come with both.
 */
int rules_parse(struct ruleset **ruleset, const struct rules_setting *setting, const char *name,
		struct span text, struct rules_diagnostics *diagnostics);
void rules_free(struct ruleset *ruleset); /* NULL is fine */
bool rules_is_empty(const struct ruleset *ruleset);

/* One file of the checkpoint. */
struct rules_image {
	const struct image_kind *kind;
	const char *file;        /* "core-7.img" */
	struct span bytes;       /* as it is now, changes of earlier statements included */
	struct content *content; /* where the bytes are, or NULL when they are in memory */
	void *handle;            /* the world's own */
};

/* From its first entry on. */
int rules_image_open(const struct rules_image *file, struct image *image, struct error *err);

/* The statement that changed an image. */
struct rules_edit {
	struct rules_place place;
	bool is_verb;
	const struct statement *statement;
};

/* May it have changed the value of this field, or made or taken away the field
 * itself or a whole entry? A verb may have done anything. */
bool rules_edit_writes(const struct rules_edit *by, const struct field_type *f);

/* Did it put an entry into the image? */
bool rules_edit_adds_entry(const struct rules_edit *by);

/* What was there, or is now. Nothing unless it has a field or a message. */
struct rules_side {
	const struct field_type *field; /* of a message's body, or of the value */
	const struct value *value;
	const struct message_type *message; /* the body is one of these itself */
	struct span body;
};

struct match;
struct location_memo;

/*
 * One thing that an edit changed, as data: where it is, and what it was and is.
 * rules_change_show() makes texts of it, match.h has the steps. Borrowed for the
 * length of the callback.
 */
struct rules_change {
	const struct rules_image *image;
	struct rules_place place;               /* of the statement */
	const char *rule;                       /* the name of its rule block, or NULL */
	struct match *object;                   /* that was changed; NULL: the image */
	struct match *element;                  /* of the object, set or taken away; or NULL: */
	const struct field_type *const *fields; /* from the object to the field */
	size_t field_count;
	struct rules_side before, after;
	struct location_memo *memo;
};

/* For people; what was not there or is gone is NULL. */
struct rules_texts {
	const char *where; /* "controllers[cpuset].dirs[ct]", or "" */
	const char *field; /* "value", "tc.cg_set", "threads[2]" */
	const char *before, *after;
	const char *note; /* what is odd about it, or NULL */
};

/* Texts of the last change that had such: many are from the same to the same. */
struct rules_texts_memo {
	const struct field_type *named; /* NULL: none yet */
	const char *name;
	struct rules_number_memo {
		const struct field_type *field; /* NULL: none yet */
		number_t number;
		const char *text;
	} before, after, known; /* known: has a name, or needs none; text is not used */
};

/* Texts in the arena; those in `memo`, if it is not NULL, are in the same one. */
int rules_change_show(const struct rules_change *c, struct arena *arena,
		      struct rules_texts_memo *memo, struct rules_texts *texts, struct error *err);
/* Appends bytes that are the same for two changes exactly when they are in one
 * place, by the names and numbers that the steps are known by. */
int rules_change_key(const struct rules_change *c, struct buffer *key, struct error *err);

/* How a statement came to what it did. Borrowed for the length of the callback. */
enum rules_trace_type {
	TRACE_STATEMENT, /* begins; the text is its line */
	TRACE_SKIPPED,   /* stands in an arm of a `when` that is not taken */
	TRACE_CONDITION, /* of a when or require: "host.cpus = 0-3: no (0-1)"; a let: "x is 5" */
	TRACE_UNMET,     /* the conditions of a `when` that did not hold; of none about the stage */
	TRACE_STEP,      /* "controllers: 3 reached, 1 passed", conditions of the step included */
	TRACE_FAILED,    /* the first object that the step before did not pass, and why */
	TRACE_SAME,      /* a field that has the value already that it is set to */
	TRACE_FOUND,     /* what a `get` shows: "sets[1] id = 4" */
	TRACE_IMAGE,     /* "2 matched, 1 changed" */
	TRACE_NOTHING,   /* the path matched nothing, in no image */
};

struct rules_trace {
	enum rules_trace_type type;
	struct rules_place place;     /* of what the text is about */
	struct rules_place statement; /* that it belongs to */
	const char *rule;             /* the name of its rule block, or NULL */
	const char *image;            /* file name, or NULL */
	const char *text;             /* NULL: there were many like it already */
	/* Of TRACE_SAME: `after` alone is there, and was before. Else NULL. */
	const struct rules_change *change;
};

/* The outside, as rules_run needs it. Every int callback returns -1 with err
 * set to stop the run. */
struct rules_world {
	void *ctx;
	/* 1 with the value (in the arena), 0 when this host has none. */
	int (*fact)(void *ctx, const char *name, struct arena *arena, struct value *value,
		    struct error *err);
	/* An environment variable; NULL when unset. May be NULL itself. */
	const char *(*env)(void *ctx, const char *name);
	/* May images of this kind be changed? */
	int (*writable)(void *ctx, const struct image_kind *kind, struct error *err);
	/* The index-th image of a kind: 1, 0 when there are no more. */
	int (*image)(void *ctx, const struct image_kind *kind, size_t index,
		     struct rules_image *image, struct error *err);
	/* The next one, from *index on, whose name has this number: 1, 0 when there are no
	 * more. Others are not read. NULL: each is looked at. */
	int (*numbered)(void *ctx, const struct image_kind *kind, number_t number, size_t *index,
			struct error *err);
	/* New content of an image, which is sealed; takes it out of *fresh. */
	int (*update)(void *ctx, const struct rules_image *image, const struct rules_edit *by,
		      struct content *fresh, struct error *err);
	int (*change)(void *ctx, const struct rules_change *change, struct error *err);
	/* `get` found something. */
	int (*found)(void *ctx, const struct rules_image *image, const char *where,
		     const char *text, struct error *err);
	/* A verb whose message is in no image: 1 when something else of the checkpoint is
	 * for it, with `missed` as in rules_call, else 0. May be NULL. */
	int (*elsewhere)(void *ctx, const struct rules_verb *verb,
			 const struct rules_argument *args, size_t count, struct arena *arena,
			 const char **missed, struct error *err);
	/* `manage-cgroups`: the modes in the order written. */
	int (*modes)(void *ctx, const char *const *modes, size_t count,
		     const struct rules_place *place, struct error *err);
	/* A fact that statements have to be asked with: only those run that stand
	 * in a `when` with a condition about it. NULL: all run. */
	const char *only_when;
	/* A verb: only its statements run, and those that they stand in. NULL: all. */
	const char *only_verb;
	/* Nothing runs: `when`s are asked, those alone that no image is needed for. */
	bool only_conditions;
	/* May be NULL. Only TRACE_NOTHING comes unless trace_all is set, and
	 * only then does tracing cost anything. */
	void (*trace)(void *ctx, const struct rules_trace *trace);
	bool trace_all;
};

/*
 * Runs every statement in order; each sees what the earlier ones did. On -1
 * the world must forget all updates: err names file:line:col, the image and
 * the remedy.
 */
int rules_run(const struct ruleset *ruleset, const struct rules_world *world, struct error *err);

struct run;

/* What a verb gets; one of the checkpoint no image, message or patch. */
struct rules_call {
	const struct rules_world *world;
	struct run *run;
	size_t matched;                    /* that rules_sweep() found a value for, or takes away */
	const struct statement *statement; /* of one of the checkpoint, for rules_edit */
	const struct rules_image *image;
	const struct message_type *type;
	struct span body; /* the matched message, entered in the patch already */
	struct patch *patch;
	struct arena *arena; /* lives until the statement ends */
	const struct rules_argument *args;
	size_t arg_count;
	const void *wish; /* what the verb read of them */
	struct rules_place place;
	const char *rule;
	/* The verb's word on arguments that nothing in the message is named by, in the
	 * arena; NULL: there are none. Under `must` it is an error, else a note. */
	const char *missed;
};

/* One object that has a field which a verb of the checkpoint goes through. Borrowed. */
struct rules_object {
	const struct rules_image *image;
	const struct message_type *type;
	struct span body;
	struct value now;    /* of the field; NONE: it is not there */
	struct arena *arena; /* for the fresh value */
};

/* What becomes of it: 1 with *fresh, 0: it stays, -1. Is asked twice, and has to
 * answer the same. */
typedef int (*rules_judge)(void *ctx, const struct rules_object *o, struct value *fresh,
			   struct error *err);

/*
 * Goes through a field of all images as `set` would do, with all that follows from it:
 * checks, reports, references. `path` leads from the message of the entries to the field,
 * "file_entry.isk.src_addr". A message that the schema does not have is in no image.
 */
int rules_sweep(struct rules_call *call, const char *path, rules_judge judge, void *ctx,
		struct error *err);
/* The same for `delete`: of the field, or of what a path without a field leads to. */
int rules_sweep_delete(struct rules_call *call, const char *path, rules_judge judge, void *ctx,
		       struct error *err);
/* Another field of the object: 1, 0 when it is not there, -1. */
int rules_object_value(const struct rules_object *o, const char *field, struct value *out,
		       struct error *err);

/* Runs a verb on every message that it is for, as a statement at this place would;
 * the arguments are not judged. */
int rules_run_verb(const struct rules_verb *verb, const struct rules_argument *args, size_t count,
		   const struct rules_place *place, const struct rules_world *world,
		   struct error *err);

#endif
