/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libcriu-rewrite: makes a CRIU checkpoint fit the host it is restored on.
 *
 * General pattern of use:
 *
 *	struct crw *crw = crw_new();
 *	if (crw_load_config(crw, NULL) < 0 || crw_recover(crw, image_dir_fd) < 0 ||
 *	    crw_open(crw, image_dir_fd) < 0 || crw_run(crw) < 0)
 *		complain(crw_error(crw));
 *	for (size_t i = 0; i < crw_change_count(crw); i++)
 *		show(crw_change(crw, i));
 *	crw_write(crw, other_dir_fd);
 *	crw_free(crw);
 *
 * Rules: functions that return int give 0, or -1 and a text that
 * crw_error() shows; after -1 the checkpoint is as it was. Every pointer that
 * is returned belongs to the object and lives until crw_free(), unless the
 * function says otherwise. Nothing here prints, logs, exits, starts threads
 * or keeps global state; one object is for one thread at a time. Images on
 * disk are changed by crw_replace() and crw_recover() alone. Memory does not grow with the number
 * of entries of an image: large images are worked on in nameless files in
 * $TMPDIR or /tmp.
 *
 * To build a program: cc user.c $(pkg-config --cflags --libs criu-rewrite), which links
 * libcriu-rewrite.so.0. Neither this nor the static library needs more than libc.
 */
#ifndef CRIU_REWRITE_H
#define CRIU_REWRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CRW_API __attribute__((visibility("default")))

/* One checkpoint to rewrite, its rules and its host. */
struct crw;

/* NULL with errno when there is no memory, or when / cannot be opened. Free with crw_free(), which accepts NULL. */
CRW_API struct crw *crw_new(void);
CRW_API void crw_free(struct crw *crw);

/* Of this header. While the first number is 0, the second one changes with anything that
 * makes a program fail that was written before. */
#define CRW_VERSION_MAJOR 0
#define CRW_VERSION_MINOR 9
#define CRW_VERSION_PATCH 0
#define CRW_VERSION_AT_LEAST(major, minor, patch)                                                  \
	(CRW_VERSION_MAJOR > (major) ||                                                            \
	 (CRW_VERSION_MAJOR == (major) &&                                                          \
	  (CRW_VERSION_MINOR > (minor) ||                                                          \
	   (CRW_VERSION_MINOR == (minor) && CRW_VERSION_PATCH >= (patch)))))

/* Of the library: "0.9.0". */
CRW_API const char *crw_version(void);

/* What went wrong last: one line without its end, never NULL. Valid until
 * the next call on the object. */
CRW_API const char *crw_error(const struct crw *crw);

/* All that is wrong with the rules, several lines each ("file:line:col: ...",
 * the source line, a caret), and of a configuration one line each; "" when one thing
 * is wrong that crw_error() says. */
CRW_API const char *crw_diagnostics(const struct crw *crw);

/* What is odd in the rules that were added, but not wrong, in the same form; "": nothing. */
CRW_API const char *crw_notes(const struct crw *crw);

/* ---- the host ---------------------------------------------------------- */

/* Reads the host below this directory ("/" if not called), for tests and for
 * other roots. The descriptor is duplicated. Call before anything that reads. */
CRW_API int crw_set_root(struct crw *crw, int root_fd);

/* A fact given instead of read, value as `criu-rewrite facts` shows it: "0-3", "2", "text", "a,b".
 * Unknown names and values of another type are errors. */
CRW_API int crw_set_fact(struct crw *crw, const char *name, const char *value);

/* From now on nothing is read from this host: only given facts count. */
CRW_API void crw_only_given_facts(struct crw *crw);

/* The facts of another host, as `criu-rewrite facts --json` prints them, and
 * crw_only_given_facts(). Numbers and booleans are accepted from hand-written files;
 * null is a fact that the other host lacks. `name` is for messages. */
CRW_API int crw_set_facts(struct crw *crw, const char *name, const char *text, size_t size);

struct crw_fact {
	const char *name; /* "host.cpus" */
	const char *type; /* "set", "number", "text", "bool", "list" */
	const char *help;
	const char *value; /* as in a rule; NULL: this host has none */
};

/* The facts table, by index; reads the fact. NULL beyond the last.
 * The result is valid until the next call. */
CRW_API const struct crw_fact *crw_fact(struct crw *crw, size_t index);

/* ---- configuration and rules ------------------------------------------- */

/* Reads a configuration file and the rules that it names. NULL: the file of
 * $CRIU_REWRITE_CONF, else /etc/criu/rewrite.conf, else the one that was installed
 * with the program (/usr/lib/criu-rewrite/rewrite.conf); when none of these is there, or
 * the one in /etc is a link to /dev/null, there are no rules. Files that others than
 * root and the caller may write are refused. */
CRW_API int crw_load_config(struct crw *crw, const char *path);

/* Adds rules: a file, or every *.rules of a directory in order of name. */
CRW_API int crw_add_rules(struct crw *crw, const char *path);
CRW_API int crw_add_rules_text(struct crw *crw, const char *name, const char *text, size_t size);
CRW_API bool crw_has_rules(const struct crw *crw);

/* The configuration file that was read; NULL: there is none. */
CRW_API const char *crw_config_path(const struct crw *crw);

/* The installed configuration that is not in force, because /etc/criu/rewrite.conf is
 * there; NULL: there is none. */
CRW_API const char *crw_config_masked(const struct crw *crw);

/* The files of rules that were met so far, in the order in which they run. */
struct crw_rules_file {
	const char *path;
	const char *masked_by; /* the file of that name in an earlier directory, or "/dev/null",
				* to which it is a link; NULL: it is in force */
};
CRW_API size_t crw_rules_file_count(const struct crw *crw);
CRW_API const struct crw_rules_file *crw_rules_file(const struct crw *crw, size_t index);

/* What the configuration says of errors and of writing. */
CRW_API bool crw_on_error_continue(const struct crw *crw);
CRW_API bool crw_dry_run(const struct crw *crw);
CRW_API const char *crw_report_path(const struct crw *crw); /* NULL: none */
enum crw_log_level { CRW_LOG_NONE, CRW_LOG_CHANGES, CRW_LOG_DEBUG };
CRW_API enum crw_log_level crw_log_level(const struct crw *crw);

/* What goes to the system's log besides: nothing, what stops a restore, or each change too. */
enum crw_syslog { CRW_SYSLOG_NO, CRW_SYSLOG_ERRORS, CRW_SYSLOG_CHANGES };
CRW_API enum crw_syslog crw_syslog(const struct crw *crw);
enum crw_view { CRW_VIEW_AUTO, CRW_VIEW_DETACHED, CRW_VIEW_NAMESPACE };
CRW_API enum crw_view crw_view_kind(const struct crw *crw);

/* ---- moments of CRIU ----------------------------------------------------- */

/* What a dump or restore passes through, by the names that CRIU gives to action scripts
 * and, by RPC, to whoever asked to be notified (criu_notify.script):
 *
 *	crw_load_config(crw, NULL);
 *	answer.notify_success = crw_action(crw, notify->script, images_dir_fd) == 0;
 *
 * -1: the answer is to be no, which at "pre-dump" and "post-dump" keeps the tasks alive
 * where they are; crw_error() says why. It says no when the configuration has
 * `preflight` and the checkpoint would not restore at the destination of which that
 * tells: its rules or facts cannot be used (known at "pre-dump", before a task is
 * stopped), they fail on these images, or a property of a group stays that its kernel
 * would not take. Then the images are marked (crw_vetoed()). All other moments: 0.
 * At "pre-dump" no images are needed: -1 for their directory. */
CRW_API int crw_action(struct crw *crw, const char *moment, int image_dir_fd);

/* Why the dump that wrote these images was refused by `preflight`, so that its tasks
 * have lived on: one line. NULL: it was not. */
CRW_API const char *crw_vetoed(struct crw *crw, int image_dir_fd);

/* Does the configuration have `preflight`? */
CRW_API bool crw_has_preflight(const struct crw *crw);

/* Programs of the configuration, in order; NULL beyond the last. */
enum crw_program_kind { CRW_BEFORE, CRW_AFTER, CRW_AT_RESUME, CRW_PROGRAM_KINDS };
CRW_API const char *crw_program(const struct crw *crw, enum crw_program_kind kind, size_t index);

/* When all groups of a restore are there: do those that it made have the values that the
 * rules have given them? -1 with the first that has not. Sets of CPUs and memory nodes,
 * and numbers, are compared. `list` is a file in which the plugin has noted them, named by
 * CRW_WRITTEN_VARIABLE; without one, NULL, there is nothing to compare with, which is an
 * error. */
CRW_API int crw_check_written(struct crw *crw, const char *list);

/* Environment variables in which the plugin tells where the report of the restore is,
 * that list, and the file to write to why the answer is no. */
#define CRW_REPORT_VARIABLE "CRIU_REWRITE_REPORT"
#define CRW_WRITTEN_VARIABLE "CRIU_REWRITE_WRITTEN"
#define CRW_REASON_VARIABLE "CRIU_REWRITE_REASON"

/* May it be run? It is judged as a file of rules is, and must be executable. */
CRW_API int crw_trust_program(struct crw *crw, const char *path);

/* The same of all programs of the configuration: -1 with the first that may not as the error,
 * and all of them in crw_diagnostics(), if there are several. */
CRW_API int crw_trust_programs(struct crw *crw);

/* ---- the OCI spec ------------------------------------------------------ */

/* The spec that goes with the checkpoint: config.json of a bundle, spec.dump of
 * an archive. What a rule fits by the verb `fit`, it fits in the spec as well.
 * `name` is the file in the directory, which is not followed if it is a link.
 * Another crw_open_spec() takes its place. 1, 0 when there is no such file or
 * it is no spec, -1. */
CRW_API int crw_open_spec(struct crw *crw, int dir_fd, const char *name);
CRW_API const char *crw_spec_name(const struct crw *crw); /* NULL: there is none */

/* Runs no more of the rules than what fits the spec; no checkpoint need be open.
 * crw_run() does so after all the rest. */
CRW_API int crw_run_spec(struct crw *crw);

/* The spec as the last run left it: whether it differs, its size in bytes and
 * its content. */
CRW_API bool crw_spec_changed(const struct crw *crw);
CRW_API size_t crw_spec_size(const struct crw *crw);

/* What of the spec a runtime would refuse here even so, with its own words: the
 * first 100 of it. */
CRW_API size_t crw_warning_count(const struct crw *crw);
CRW_API const char *crw_warning(const struct crw *crw, size_t index);

/* The environment variable in which a front for runtimes says what it has fitted, a
 * line each, for the plugin to log. */
#define CRW_FITTED_VARIABLE "CRIU_REWRITE_FITTED"

/* ---- running ------------------------------------------------------------ */

/* The checkpoint: a directory of images. The descriptor is borrowed until
 * crw_free(); images are read when a rule wants them. */
CRW_API int crw_open(struct crw *crw, int image_dir_fd);

/* Who asks, for the fact `stage`: "restore" (default), "dump", "offline". At the
 * dump only what stands in a `when` about `stage` runs, and no image changes. */
CRW_API int crw_set_stage(struct crw *crw, const char *stage);

/* Where the runtime puts cgroups, as CRIU's --cgroup-root: the new root of one
 * controller, or of all that have none of their own (controller NULL). Masks
 * are then looked up there. */
CRW_API int crw_set_cgroup_root(struct crw *crw, const char *controller, const char *root);

/* Images that must not change any more, and why: rules that would are
 * errors. `why` completes "inventory.img: ..." and is copied. */
CRW_API int crw_forbid(struct crw *crw, const char *kind, const char *why);

/* Runs the rules. All take effect (in memory) or, on -1, none. */
CRW_API int crw_run(struct crw *crw);

/* Runs none of them and needs no checkpoint: crw_trace() then has which `when`s do not hold on
 * this host, as far as that can be known without one. */
CRW_API int crw_run_conditions(struct crw *crw);

struct crw_change {
	const char *image;  /* "cgroup.img"; "criu": an option, "host": a group that is made */
	const char *where;  /* "cpuset:/ct" */
	const char *field;  /* "cpuset.cpus" */
	const char *before; /* NULL: was not there */
	const char *after;  /* NULL: is gone */
	const char *note;   /* why, or NULL */
	const char *file;   /* the rule's place; NULL: no rule did it */
	unsigned line;
	const char *rule; /* name of its rule block, or NULL */

	/* What it is about, for programs; NULL where it has none. */
	const char *type;      /* "field", "property", "group", "controller", "membership",
				* "option" of CRIU, "host group"; of crw_diff() NULL */
	const char *hierarchy; /* "cpu,cpuacct", "v2" */
	const char *group;     /* "/ct/in", as the image has it: with --cgroup-root that is
				* elsewhere on the host, which `where` names */
	const char *property;  /* "cpuset.cpus" */
};

/* What is kept, and what there was: of very many changes only the first
 * 10,000 are kept, or as many as crw_keep_changes() has said before crw_run(), if that
 * is less; 0 for those who show none, which halves what an edit of many entries takes. */
CRW_API void crw_keep_changes(struct crw *crw, size_t max);
CRW_API size_t crw_change_count(const struct crw *crw);
CRW_API size_t crw_change_total(const struct crw *crw);
CRW_API const struct crw_change *crw_change(const struct crw *crw, size_t index);

/* One line as in CRIU's log: "cgroup.img: cpuset:/ct cpuset.cpus 0-3 -> 0-1
 * (default.rules:33)". Of a long value that only one side has the beginning is shown.
 * Returns the length as snprintf does. */
CRW_API int crw_change_text(const struct crw_change *change, char *text, size_t size);

/* How the rules came to that. What happens in any case: a statement that
 * matched nothing, one that overrides what another set, and what a verb left
 * undone. With `on` before crw_run() all the rest as well: how many objects each
 * step of a path reached, which condition did not hold and on what value, what
 * had its value already. Of that, only the first 10,000 are kept. It stays after
 * a run that failed. */
CRW_API void crw_set_trace(struct crw *crw, bool on);

struct crw_trace {
	const char *type; /* "statement", and what belongs to it: "skipped", "condition", "unmet",
			     * "step", "failed", "same", "reason", "change", "found", "image";
			     * "nothing"; "conflict"; "note" */
	const char *file; /* the place in the rules */
	unsigned line, column; /* column 0: the statement as a whole */
	const char *rule;      /* name of its rule block, or NULL */
	const char *image;     /* or NULL */
	const char *text;      /* "controllers: 3 reached, 1 passed" */
};
CRW_API size_t crw_trace_count(const struct crw *crw);
CRW_API const struct crw_trace *crw_trace(const struct crw *crw, size_t index);

/* Takes what `get` finds, in order, while rules run; the result is valid until
 * it returns. Returns 0, or -1 with errno set to end the run. What it was given
 * it has been given, also when a later rule fails. Set it before crw_run();
 * NULL: nobody wants to know. */
struct crw_result {
	const char *image, *where, *text;
};
typedef int (*crw_result_sink)(void *arg, const struct crw_result *result);
CRW_API void crw_on_result(struct crw *crw, crw_result_sink sink, void *arg);

/* Is told the name of each file that is gone through, for those who show how far it is.
 * Set it before what takes long; NULL: nobody wants to know. */
typedef void (*crw_progress_sink)(void *arg, const char *file);
CRW_API void crw_on_progress(struct crw *crw, crw_progress_sink sink, void *arg);

/* Takes a name, which is static. What it returns makes no difference. */
typedef int (*crw_name_sink)(void *arg, const char *name);

/* What the last name of a path of the language may be, as far as it is typed: a message
 * that is an entry; behind '.' and in '[' a field of what is there, and behind "//" one
 * at any depth. Returns where in the path it begins, with nothing found its size. */
CRW_API size_t crw_path_names(const char *path, crw_name_sink sink, void *arg);

/* The manage-cgroups mode that the rules chose; NULL: none. */
CRW_API const char *crw_mode(const struct crw *crw);

/* Takes the next piece of a content. Returns 0, or -1 with errno set to end it. */
typedef int (*crw_sink)(void *arg, const void *data, size_t size);

/* A sink that writes to a file; arg points to an int, its descriptor. */
CRW_API int crw_sink_fd(void *arg, const void *data, size_t size);

/* Images that differ now: name, size in bytes and content. */
CRW_API size_t crw_image_count(const struct crw *crw);
CRW_API const char *crw_image_name(const struct crw *crw, size_t index);
CRW_API size_t crw_image_size(const struct crw *crw, size_t index);
/* Images that the last run looked at. */
CRW_API size_t crw_seen_count(const struct crw *crw);
CRW_API const char *crw_seen_name(const struct crw *crw, size_t index);
CRW_API int crw_image_write(struct crw *crw, size_t index, crw_sink sink, void *arg);
CRW_API int crw_spec_write(struct crw *crw, crw_sink sink, void *arg);

/* From now on crw_run() also plans all groups that the checkpoint needs and this host has
 * not got, of both versions of cgroups, whether or not a rule says `prepare`. The plan has
 * no groups of hierarchies that the rules have left out. */
CRW_API void crw_plan_groups(struct crw *crw);

/* The same of those that this host has, to take them away. */
CRW_API void crw_plan_no_groups(struct crw *crw);

/* One step of that plan, which makes a group or sets something of it. */
struct crw_step {
	const char *hierarchy; /* "cpu,cpuacct", "v2" */
	const char *group;     /* "/ct/in", on this host */
	const char *path;      /* its directory below the root: "sys/fs/cgroup/ct/in" */
	const char *file;      /* in it; NULL: the group is made */
	const char *value;     /* to be written; NULL: the file only gets an owner */
	bool owned;            /* by the checkpoint: these three are known */
	unsigned uid, gid, mode;
};

/* Calls for each step, a group behind the one that it is in, as long as it returns 0, and
 * returns what it returned last. What a step points to lives until the next run. */
typedef int (*crw_step_sink)(void *arg, const struct crw_step *step);
CRW_API int crw_each_step(const struct crw *crw, crw_step_sink sink, void *arg);

/* A report of the run in JSON, NUL-terminated; free() it. NULL: no memory. */
CRW_API char *crw_report(const struct crw *crw);

/* ---- pages -------------------------------------------------------------- */

/* LZ4_compress_fast() and LZ4_decompress_safe(): the library is the caller's. */
struct crw_lz4 {
	int (*compress)(const char *from, char *to, int size, int room, int acceleration);
	int (*decompress)(const char *from, char *to, int size, int room);
};

/* Is told of each pagemap: how many pages, and how many bytes they take before and after. */
typedef void (*crw_pages_sink)(void *arg, const char *pagemap, uint64_t pages, uint64_t before,
			       uint64_t after);

/* Compresses the pages of an open checkpoint as CRIU 4.3 does with --compress, page by page,
 * acceleration from 1 on; 0 unpacks them again, for a CRIU that is older. In place of
 * crw_run(): crw_write() or crw_replace() writes the result. 1, 0 when it is so already, -1. */
CRW_API int crw_compress(struct crw *crw, const struct crw_lz4 *lz4, int acceleration,
			 crw_pages_sink sink, void *arg);

/* ---- results ------------------------------------------------------------ */

/* Writes the whole checkpoint, rewritten, into an empty directory: changed
 * images and a changed spec are written, the others copied (reflinked where the filesystem can).
 * On -1 the directory is emptied of what was written. */
CRW_API int crw_write(struct crw *crw, int out_dir_fd);

/* Replaces the changed images, and a changed spec, where they are: all of them or none,
 * whenever it is killed. Once all new ones are on disk, a record says so; while names
 * change hands there is no inventory.img. -1 when another process does so in the same
 * directory. What was interrupted after the record was made is finished by
 * crw_recover(); until then crw_open() may refuse the directory. */
CRW_API int crw_replace(struct crw *crw);

/* Finishes or takes back what an interrupted crw_replace() left in a directory, and
 * says which; call it before crw_open(). It costs next to nothing where there is
 * nothing. -1: another process is at it, or the directory cannot be written. */
enum crw_recovery {
	CRW_WHOLE,    /* nothing was left */
	CRW_UNDONE,   /* the images are the old ones */
	CRW_FINISHED, /* the images are the new ones */
};
CRW_API int crw_recover(struct crw *crw, int image_dir_fd);

/* Before crw_open(), by whoever will call crw_replace(): until crw_free() nobody else
 * can replace images there. Without it another process may do so between crw_run() and
 * crw_replace(). */
CRW_API int crw_lock(struct crw *crw, int image_dir_fd);

/* Replaces the spec alone in the same way, if it is changed; owner and mode stay. */
CRW_API int crw_replace_spec(struct crw *crw);

/* ---- comparing -------------------------------------------------------------- */

/* Takes one difference, which is valid until it returns. What is not 0 ends
 * the comparison. */
typedef int (*crw_change_sink)(void *arg, const struct crw_change *change);

/* What would have to change for the first checkpoint to become the second:
 * images that only one of them has, and in the others entries and fields; of
 * raw images (pages) the content as a whole. Entries and other messages are
 * matched by name or number where they have one, and their order does not
 * count: of images without the same entries in the same order a share is
 * compared at a time, and what differs comes in the order of the shares. The
 * changes have no file, line and rule. Neither directory is
 * changed; files must not get shorter meanwhile. */
CRW_API int crw_diff(struct crw *crw, int dir_fd, int other_fd, crw_change_sink sink, void *arg);

/* The same for the specs that two objects have open: by name of member and place
 * of element. */
CRW_API int crw_diff_specs(struct crw *crw, struct crw *other, crw_change_sink sink, void *arg);

/* ---- reading images ------------------------------------------------------- */

/* What an image says, entry by entry and field by field:
 *
 *	struct crw_reader *reader;
 *	struct crw_message entry;
 *	struct crw_value task;
 *
 *	if (crw_reader_open_at(crw, image_dir_fd, "core-1.img", &reader) > 0 &&
 *	    crw_reader_next(reader, &entry) > 0 &&
 *	    crw_get(crw, &entry, "tc.comm", &task) > 0)
 *		print(task.data, task.size);
 *	crw_reader_close(reader);
 *
 * No rules and no host are involved. What is read is a copy, of big images
 * in TMPDIR, so memory does not grow with the number of entries. */

struct crw_reader;

/* Opens an image, from a descriptor that may be a pipe and may be closed then, or
 * by its name in a checkpoint directory: 1, 0 when there is none, or -1. Close it
 * before crw_free(); unless the result is 1, *reader is NULL, which
 * crw_reader_close() accepts. */
CRW_API int crw_reader_open(struct crw *crw, int image_fd, struct crw_reader **reader);
CRW_API int crw_reader_open_at(struct crw *crw, int dir_fd, const char *name,
			       struct crw_reader **reader);
CRW_API void crw_reader_close(struct crw_reader *reader);

/* The kind of the image as in the JSON: "CORE". Static. */
CRW_API const char *crw_reader_magic(const struct crw_reader *reader);

/* A message of an image: an entry, or the value of a field. It points into the
 * image and is valid as long as that is open. */
struct crw_message {
	const char *name; /* of its type: "core_entry"; static */
	const void *type; /* the library's own */
	const void *data; /* as on the wire */
	size_t size;
	size_t payload; /* bytes of data that stand behind an entry */
};

/* The next entry: 1, 0 at the end, -1 when the image is cut off or the entry is no
 * message of its type (a required field is missing). */
CRW_API int crw_reader_next(struct crw_reader *reader, struct crw_message *entry);

/* The first entry in whose field is that number (of a negative one, as uint64_t):
 * 1, 0 when there is none, or -1. It has no influence on crw_reader_next(). The
 * first call with a path goes through the image, and leaves an index in a nameless
 * file in $TMPDIR or /tmp. What is wrong with the image is said by that call alone;
 * later ones find what is in front of it. */
CRW_API int crw_reader_find(struct crw_reader *reader, const char *path, uint64_t number,
			    struct crw_message *entry);

enum crw_kind {
	CRW_SIGNED,
	CRW_UNSIGNED,
	CRW_BOOL,
	CRW_ENUM,
	CRW_TEXT,
	CRW_BYTES,
	CRW_MESSAGE,
};

struct crw_value {
	enum crw_kind kind;
	uint64_t number;  /* of the first four; a negative one is to be cast to int64_t */
	const char *name; /* of a CRW_ENUM, static; NULL: the number has none */
	const void *data; /* of CRW_TEXT and CRW_BYTES, in the image; no NUL is behind it */
	size_t size;
	struct crw_message message;
	const void *rest, *run; /* what is left of a list; the library's own */
	size_t rest_size, run_size;
};

/* The value of a field, by the names of fields: "tc.cg_set". Names are those of
 * `crit decode`. Of a field that is there more than once, the last counts. 1, 0
 * when it is not there, -1 when there is no such field in the type, or a list on
 * the path. */
CRW_API int crw_get(struct crw *crw, const struct crw_message *message, const char *path,
		    struct crw_value *value);

/* The next value of the list that ends the path: "vmas". The first, if *value is
 * all zero, as it is to be at the beginning. 1, 0 at the end, -1 as above. */
CRW_API int crw_get_next(struct crw *crw, const struct crw_message *message, const char *path,
			 struct crw_value *value);

/* A number by crw_get(); 0 when there is none. */
CRW_API uint64_t crw_get_number(struct crw *crw, const struct crw_message *message,
				const char *path);

/* Numbers of at most 16 fields of the message itself, read at once: of each name one; 0
 * where there is none. 0, or -1 when there is no such field in the type. */
CRW_API int crw_get_numbers(struct crw *crw, const struct crw_message *message,
			    const char *const *names, size_t count, uint64_t *numbers);

/* The value as text, NUL-terminated; free() it. NULL: no memory. Enums by name,
 * bytes as quoted-printable, "?" for text that is no UTF-8, and for a message the
 * name of its type. */
CRW_API char *crw_value_text(const struct crw_value *value);

/* What CRIU means by a file of that name: "core" for "core-1.img". Static; NULL: it
 * is no image. *is_raw: it holds something else than entries. */
CRW_API const char *crw_image_kind(const char *file, bool *is_raw);

/* What the file of the image is called that crw_decode(), crw_info() or crw_reader_open()
 * reads next. Images of connections, nftables and iptables have no magic and are known by
 * their name alone. It is borrowed until then. */
CRW_API void crw_image_named(struct crw *crw, const char *name);

struct crw_image_info {
	const char *magic; /* "CORE", as in the JSON; static */
	size_t count;      /* of entries; the head of a pagemap is none */
};
CRW_API int crw_info(struct crw *crw, int image_fd, struct crw_image_info *info);

/* ---- groups, of the checkpoint and of this host ----------------------------- */

struct crw_limit {
	const char *name;    /* "memory.max" */
	const char *value;   /* of the checkpoint; NULL: it has none */
	const char *on_host; /* the same here; NULL: this host does not say */
};

/* One group by its path, which may be in the checkpoint, on this host, or both. Pids are
 * those of either side. */
struct crw_group {
	const char *hierarchy;      /* "cpu,cpuacct", "v2", as in the checkpoint */
	const char *host_hierarchy; /* where this host has it; NULL: nowhere */
	const char *path;           /* "/ct/in" */
	const char *name;           /* "in"; "/" of the root */
	unsigned depth;             /* parts of the path */
	bool in_checkpoint, on_host;
	bool last, last_on_host; /* none follows on that side in the group that it is in */
	const unsigned *tasks, *host_tasks;
	size_t task_count, host_task_count;
	size_t below, below_host;       /* how many groups are in it on either side */
	const struct crw_limit *limits; /* in order of name */
	size_t limit_count;
};

/* Gives the groups of the open checkpoint as it is on disk, each beside that of this host,
 * and what this host has in and above them: a hierarchy of the checkpoint after the other,
 * from the root down. Limits are what differs from a new group on either side, and what is
 * in a group that only this host has is left out; with `all` neither. At the end, with
 * hierarchy and path NULL, come the tasks that are in no group of the checkpoint, if there
 * are such: criu was in the same at the dump. Goes on as long as the sink returns 0, and
 * returns what it returned last. What a group points to lives until it returns. */
typedef int (*crw_group_sink)(void *arg, const struct crw_group *group);
CRW_API int crw_each_group(struct crw *crw, bool all, crw_group_sink sink, void *arg);

/* ---- would a restore work here? --------------------------------------------- */

/* How bad a finding is. What is unknown cannot be told from here. */
enum crw_level { CRW_LEVEL_OK, CRW_LEVEL_UNKNOWN, CRW_LEVEL_WARNING, CRW_LEVEL_FAILURE };

struct crw_finding {
	enum crw_level level;
	bool is_host;       /* about this host, not about the checkpoint */
	const char *cause;  /* a name of plugin/doctor/causes.def: "file-size" */
	const char *thing;  /* what it is about: "/usr/bin/app" */
	const char *reason; /* "has 90 bytes, and 100 at the dump" */
	const char *remedy; /* or NULL */
};

/* Takes one finding, which is valid until it returns. What is not 0 ends the search. */
typedef int (*crw_finding_sink)(void *arg, const struct crw_finding *finding);

/* Looks at this host and, if one is open, at the checkpoint and its spec: what would make
 * a restore fail here, after what the rules put right? Load the configuration before, and
 * go on when that failed: it is one of the findings. criu_options, NULL-terminated, are
 * those that criu will be given ("--tcp-established"); NULL: they are not known. It runs
 * the rules, and starts criu to ask for its version and, as root, for what `criu check`
 * says. Nothing on disk is changed, and files that images name are only looked at. After
 * it, the object is good for crw_error() and crw_free() alone. 0, whatever was found, or
 * -1. */
CRW_API int crw_doctor(struct crw *crw, const char *const *criu_options, crw_finding_sink sink,
		       void *arg);

/* ---- images as JSON ------------------------------------------------------- */

/* One image, in the JSON of `crit decode`; what of it differs from crit's is in
 * doc/crit-differences.md. No rules and no host are involved, and memory does
 * not grow with the number of entries. Images are read from a descriptor that
 * may be a pipe; a file must not get shorter meanwhile. */

#define CRW_JSON_PRETTY 1u     /* indented, numbers as `crit decode --pretty` shows them */
#define CRW_JSON_NO_PAYLOAD 2u /* sizes in place of the data after entries (crit's --nopl) */
#define CRW_JSON_QUOTE_BIG                                                                         \
	4u /* numbers beyond 2^53 in quotes: JSON readers that have only
				* doubles lose digits otherwise. Encoding takes both. */

CRW_API int crw_decode(struct crw *crw, int image_fd, unsigned flags, crw_sink sink, void *arg);
CRW_API int crw_encode(struct crw *crw, int json_fd, crw_sink sink, void *arg);

#ifdef __cplusplus
}
#endif

#endif
