/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The inside of struct crw, for the files that implement criu-rewrite.h and
 * for the verbs, which get it as the context of their world.
 */
#ifndef CRW_CONTEXT_H
#define CRW_CONTEXT_H

#include "../rules/rules.h"
#include "cgroup/subject.h"
#include "change.h"
#include "checkpoint.h"
#include "config.h"
#include "field.h"
#include "override.h"
#include "references.h"
#include "criu-rewrite.h"
#include "facts.h"

#define CHANGES_KEPT_MAX 10000      /* nobody wants to keep more */
#define RESULTS_SIZE_MAX (4u << 20) /* bytes of what `get` found; more is counted */

/* How CRIU runs this restore. All false where it is not CRIU that runs the rules. */
struct crw_criu {
	bool by_rpc;      /* a program asked for it, not a command line */
	bool ends;        /* when the tasks run, or soon after */
	bool tells;       /* when they are in their groups (a hook) */
	bool another;     /* plugin may be told that in our place, of some tasks or all */
	bool no_signs;    /* it writes cgroup.subtree_control as the image has it: before 3.18 */
	const char *mode; /* of --manage-cgroups; NULL: it does not tell */
};

struct forbidden {
	struct forbidden *next;
	const struct image_kind *kind;
	const char *why;
};

/* The OCI spec that goes with the checkpoint (oci/oci.h). */
struct crw_spec {
	const char *name;              /* of its file; NULL: there is none */
	int dir;                       /* the descriptor, ours, of the directory that it is in */
	bool is_bundle;                /* config.json, whose paths are those of a host */
	bool alone;                    /* the rules do not run over images besides */
	struct buffer text;            /* as it stands in the file */
	struct checkpoint_image fresh; /* as rules made it, if it is changed */
	struct buffer warnings;        /* of const char * */
};

/* The last `manage-cgroups` that ran; count 0: none did. */
struct mode_wish {
	const char **names;
	size_t count;
	const char *text; /* "strict, opport" */
	struct rules_place place;
};

struct crw {
	struct error err;
	const char *image_name;    /* of crw_image_named(), or NULL */
	struct buffer diagnostics; /* text, NUL-terminated when not empty */
	struct buffer notes;       /* the same of what is odd in the rules, but not wrong */
	struct arena arena;        /* of the settings */
	struct config config;
	const char *config_error; /* what was wrong with it or its rules; NULL: nothing */
	struct buffer files;      /* of struct crw_rules_file */
	struct facts facts;
	struct rules_setting setting; /* what rules may speak of */
	struct ruleset *rules;
	const char *stage;
	struct crw_criu criu;
	struct forbidden *forbidden;
	struct checkpoint checkpoint;
	int lock; /* on its directory, for whoever is going to replace images; or -1 */
	struct crw_spec spec;
	bool fits_spec;              /* the rules run over the spec at the moment */
	bool prepares;               /* all groups are planned, whatever the rules say, */
	bool removes;                /* or those that are here, to be removed */
	bool tracing;                /* somebody wants all of the trace */
	size_t changes_kept_max;     /* more are counted, not kept */
	crw_result_sink result_sink; /* NULL: nobody wants what `get` finds */
	void *result_arg;
	crw_progress_sink progress_sink; /* NULL: nobody wants to know */
	void *progress_arg;

	/* the outcome of a run */
	struct arena outcome;
	struct buffer changes; /* of struct crw_change */
	size_t changes_counted;
	struct rules_place
		groups_changed; /* by the last statement that did, there or on this host */
	struct buffer changed;  /* of struct checkpoint_image *: those that differ now */
	struct buffer seen;     /* of the same: those that were read */
	struct buffer results;  /* of struct crw_result: what `get` found */
	size_t results_counted, results_size;
	struct overrides overrides;
	struct references references;
	struct subject_memo subject_memo;
	struct rules_texts_memo texts_memo; /* in outcome */
	struct field_numbers_memo numbers_memo;
	struct mode_wish wish;
	const char *mode; /* what became of the wish; NULL: no rule asked */
	const char *yard; /* the directory that CRIU is to find cgroups in; NULL: its own */
	struct routes_captured *routes;         /* what a dump records of them (routes.h) */
	struct option_given *options;           /* of CRIU, that rules give */
	struct cgroup_step *steps, **steps_end; /* to make groups on the host */
	size_t steps_searched;                  /* comparisons with those that are planned */
	struct buffer captured;                 /* an image to write at the dump; empty: none */
	struct buffer affinity_captured;        /* another one (affinity.h) */
	struct buffer held_threads;             /* of the dump, by number */
	struct buffer affinity_recorded;        /* what that image says, by number */
	struct buffer affinity;                 /* of struct affinity: what restored threads get */
	struct arena traces;                    /* unlike the outcome they outlive a failure */
	struct buffer trace;                    /* of struct crw_trace */
	char text[1024];                        /* of the fact or change shown last */
	struct crw_fact fact;
	struct buffer fact_text;
};

/* Tells of a file that is gone through next. */
static inline void context_progress(const struct crw *crw, const char *file)
{
	if (crw->progress_sink)
		crw->progress_sink(crw->progress_arg, file);
}

/* The index-th of the images that differ now, or NULL. */
struct checkpoint_image *crw_changed_image(const struct crw *crw, size_t index);

/* Writes what crw_report() says to a file, which it replaces. Nothing that
 * stands at `path` is opened, so it cannot hang or lead elsewhere. */
int report_write(const struct crw *crw, const char *path, struct error *err);

/* Is the directory free of what replacing images (replace.c) left half done? */
int replace_check(int dir, struct error *err);

/* Appends what crw_check_written() is to look at: files of groups that CRIU is going to
 * make, with the values that rules have given them. */
int written_list(struct crw *crw, struct buffer *out, struct error *err);

/* Takes away the mark of a dump that was refused, if there is one: another one begins, or may go on. */
int preflight_forget(int image_dir, struct error *err);

/* Around all that changes images: nothing has changed before, and all or nothing after it. */
void run_begin(struct crw *crw);
int run_end(struct crw *crw, int status);

/* ---- explain.c ---- */

/* As the language's world wants it. */
void explain_trace(void *ctx, const struct rules_trace *trace);
/* A verb's word on what it did not do, which everybody gets to see. */
void explain_say(const struct rules_call *call, const char *text);
/* Says so of a verb that would make a thing itself; returns `same`. */
bool explain_same(const struct rules_call *call, bool same);
/* Why the change that comes next is made: for those who ask. */
void explain_reason(const struct rules_call *call, const char *text);
void explain_change(struct crw *crw, const struct crw_change *change);
/* Says so in the note of a change that overrides what an earlier statement set;
 * the key is what makes it the same field. */
int explain_override(struct crw *crw, struct crw_change *change, struct span key,
		     struct error *err);
void explain_forget(struct crw *crw);

/* Verbs on messages, for the language. */
extern const struct rules_verb *const crw_verbs[];
extern const size_t crw_verb_count;

#endif
