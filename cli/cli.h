/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the commands of criu-rewrite share. A command is a row that says what
 * it is called and which options it has, and a function; options are parsed
 * and help is printed from these rows (options.c). Everything a command knows
 * of checkpoints comes from the library's public header.
 */
#ifndef CRW_CLI_H
#define CRW_CLI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../plugin/criu-rewrite.h"

/* What the program ends with, and what every command returns. */
enum status {
	STATUS_DONE = 0, /* or nothing to do */
	STATUS_ERROR = 1,
	STATUS_USAGE = 2,
	STATUS_CHANGES = 3, /* plan: a restore here would change something; diff: they differ */
};

/* Options without a short form have a number beyond the letters. */
enum {
	OPTION_RULES = 256,
	OPTION_CONF,
	OPTION_FACTS,
	OPTION_FACT,
	OPTION_ROOT,
	OPTION_COLOR,
	OPTION_IN_PLACE,
	OPTION_LIB,
	OPTION_CRIU,
	OPTION_HELP,
	OPTION_PRETTY,
	OPTION_NOPL,
	OPTION_QUOTE_BIG,
	OPTION_FORCE,
	OPTION_LIMIT_ARCHIVE,
	OPTION_SIDE_BY_SIDE,
	OPTION_LIMIT,
	OPTION_REMOVE,
	OPTION_CGCONFIG,
	OPTION_CGROUPS,
	OPTION_ACCELERATION,
};

struct option_row {
	const char *name;
	int code;             /* short letter or OPTION_ number */
	const char *argument; /* NULL: takes none */
	const char *help;
};

#define OPTIONS_MAX 8 /* of one command, the common ones aside */

/* Common options are taken in groups. Help and version are always there. */
#define OPTIONS_RULES 1 /* --rules --conf */
#define OPTIONS_FACTS 2 /* --facts --fact --root */
#define OPTIONS_HOST (OPTIONS_RULES | OPTIONS_FACTS)
#define OPTIONS_OUTPUT 4  /* --json --color --quiet --verbose */
#define OPTIONS_ARCHIVE 8 /* --limit-archive */

struct cli;

struct command {
	const char *name;
	const char *arguments; /* for people: "DIR PATH" */
	const char *summary;
	unsigned groups;
	int operands_min, operands_max; /* max -1: any number */
	bool reads_pages;               /* wants raw images, too, of an archive, or */
	bool lists_pages;               /* their sizes */
	bool passes_on; /* has its own options only; all others are another program's */
	struct option_row options[OPTIONS_MAX + 1];
	enum status (*run)(struct cli *cli);
};

struct given {
	int code;
	const char *value; /* "" when the option takes none */
};

/* One call of the program. */
struct cli {
	const struct command *command;
	struct given *given; /* options in the order of the command line */
	size_t given_count;
	const char **operands; /* NULL-terminated */
	size_t operand_count;
	bool json, quiet, verbose, color;
	int64_t limit_archive;     /* bytes; 0: none was given */
	struct crw *crw;           /* made by setup_open() */
	struct unpacked *unpacked; /* the directories of archives; NULL: there are none */
};

extern const struct command command_check, command_plan, command_explain, command_apply,
	command_show, command_get, command_diff, command_facts, command_decode, command_encode,
	command_info, command_compress, command_decompress, command_oci, command_prepare, command_x,
	command_restore, command_criu, command_doctor, command_action;
extern const struct command *const commands[]; /* NULL-terminated */

/* By its name; NULL: there is none. */
const struct command *find_command(const char *name);

/* ---- options.c ------------------------------------------------------------ */

/* Parses what stands behind the command's name. False: cli is not to be run,
 * *status says how to end (help was printed, or what is wrong). */
bool options_parse(struct cli *cli, int argc, char **argv, enum status *status);
void options_free(struct cli *cli);

/* The value of an option, the last if there are several; NULL: not given. */
const char *option_value(const struct cli *cli, int code);

/* All options of a command, its own first; NULL beyond the last. */
const struct option_row *option_row_at(const struct command *command, size_t index);
/* Of "--name", "--name=value", and of "-jx" the one of the last letter; NULL: it is none. */
const struct option_row *option_row_of(const struct command *command, const char *word);

void print_help(void);
void print_command_help(const struct command *command);

/* "; did you mean 'x'?" in a static buffer, or "". Candidates end with NULL. */
const char *did_you_mean(const char *wrong, const char *const *candidates);

/* ---- complete.c ----------------------------------------------------------- */

/* What the last of the words may be, for the completions of shells. */
enum status complete(int count, char **words);

/* ---- output.c ------------------------------------------------------------- */

/* "criu-rewrite: ..." on stderr. Returns STATUS_ERROR. */
enum status complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same for a wrong command line, with a hint at --help. Returns STATUS_USAGE. */
enum status complain_usage(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* What the library says went wrong. */
enum status complain_crw(const struct crw *crw);

/* Prints foreign text: control characters are escaped, so that an image
 * cannot drive the terminal. */
void print_text(const char *text);
void put_text(FILE *out, const char *text);
/* Is there something to escape, beyond the ends of lines and tabs? */
bool drives_terminal(const char *text);
/* How many bytes of it fit into so many columns of a terminal; *taken is how many they take. */
size_t bytes_in_columns(const char *text, size_t columns, size_t *taken);
/* The same as a line; a colour, if colours are wanted. */
enum color { COLOR_NONE, COLOR_RED = 31, COLOR_GREEN = 32, COLOR_YELLOW = 33 };
void print_line(const struct cli *cli, enum color color, const char *text);
/* One change as a line, what was there and what is then in colours. */
void print_change(const struct cli *cli, const struct crw_change *change);
/* The changes of a run, one line each. */
void print_changes(const struct cli *cli);
/* On stderr: what a runtime would refuse even so. */
void print_warnings(const struct cli *cli);
/* What was done: the changes or the report, and the warnings. */
enum status print_outcome(const struct cli *cli);
/* What a `get` shows, perhaps with its place. */
void print_result(const struct cli *cli, const struct crw_result *result, bool with_place);
/* From now on prints what the rules' `get` shows, unless --json or --quiet is given. */
void print_results(struct cli *cli);
/* On stderr: rules that matched nothing, and rules that override each other. */
void print_notes(const struct cli *cli);
/* Text of an image; what is no UTF-8 becomes the code points of its bytes. NULL
 * gives null. */
json_t *json_foreign(const char *text);
/* Prints and frees; NULL stands for lack of memory. */
enum status print_json(json_t *json);
/* The same as an element of a list, on a line of its own. */
enum status print_json_item(size_t index, json_t *json);
/* The library's report of a run. */
enum status print_report(const struct cli *cli);

/* A crw_sink that writes to a FILE: of a full one output_end() tells. */
int write_out(void *file, const void *data, size_t size);

/* Opens what is missing of fds 0 to 2, so that no file of ours lands there. */
void output_begin(void);
/* Writes out what is left; STATUS_ERROR if that fails. */
enum status output_end(enum status status);

/* ---- progress.c ----------------------------------------------------------- */

/* From now on, if standard error is a terminal: what takes long is seen there. */
void progress_begin(void);
/* What the command is at: a file. */
void progress_at(const char *name);
/* Takes the line away for good: something is printed on standard error. */
void progress_end(void);
/* The same if standard output is a terminal: something is printed there. */
void progress_make_way(void);

/* ---- side.c --------------------------------------------------------------- */

/* The changes of a run as a table. */
void print_side_by_side(const struct cli *cli);

/* ---- input.c -------------------------------------------------------------- */

/* For reading; -1 with errno. Of a FIFO nobody writes into it says, after a second, that it
 * waits for that. */
int input_open(const char *path);

/* ---- image_file.c --------------------------------------------------------- */

/* A file that is to be written: it changes when it is complete or not at all.
 * What is no file (a pipe, /dev/null) is written as it is. */
struct output {
	FILE *file;
	char *path, *temporary; /* NULL: no file */
	bool durable;           /* is forced to disk before it replaces another */
};

/* Complains of a file or link that is there, without --force; devices and pipes are written
 * to as they are. */
enum status output_check_free(const struct cli *cli, const char *path);
/* NULL, or what it is a name of: standard output. */
enum status output_open(struct output *out, const char *path);
/* Puts the file in its place if the status is STATUS_DONE, else drops it. */
enum status output_close(struct output *out, enum status status);

/* ---- host.c --------------------------------------------------------------- */

/* Makes cli->crw, with the facts that the options give. */
enum status setup_open(struct cli *cli);
/* Adds rules: a file, a directory, or "-" for standard input. On -1 crw_error() is
 * "" when it complained itself. */
int setup_add_rules(struct crw *crw, const char *path);
/* Adds the rules of --rules, or else those of the configuration. */
enum status setup_load_rules(struct cli *cli);
/* Does CRIU call images like that, of whatever kind? */
bool is_image_name(const char *name);
/* Finishes or undoes what an interrupted apply --in-place left, and says so; with that
 * option it keeps others away. False: it complained. */
bool setup_recover(struct cli *cli, const char *path, int dir);
/* The same for the directory of one image that is to be read or written; one that cannot be
 * opened is for the caller to tell of. */
bool setup_recover_beside(struct cli *cli, const char *path);
/* Is there one in the directory? Complains if not. */
bool setup_find_images(const char *path, int dir);
/* Opens a checkpoint: the directory, or one with what is in the archive, of which
 * only images are unpacked that match a pattern (NULL: all). -1: it complained. */
int setup_open_directory(struct cli *cli, const char *path, const char *const *patterns);
/* Opens a checkpoint, a directory or an archive, for cli->crw. The descriptor of
 * its directory, or -1. */
int setup_open_images(struct cli *cli, const char *path);
/* Opens the OCI spec that goes with a checkpoint, if there is one, for cli->crw:
 * beside the images, or, unless the directory is that of an archive, above them. */
void setup_open_spec(struct cli *cli, struct crw *crw, int images);
/* Runs a command's action with all of that: host, rules, checkpoint. */
enum status setup_run(struct cli *cli, enum status (*action)(struct cli *cli));

#endif
