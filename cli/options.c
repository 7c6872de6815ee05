/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line: rows in, a list of given options and operands out. The
 * same rows make the help, so what is accepted and what is shown are one.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define ROWS_MAX 32 /* of one command, common ones included */
#define NAME_MAX_COMPARED 31

static const struct {
	unsigned groups; /* 0: every command */
	struct option_row row;
} common[] = {
	{ OPTIONS_RULES,
	  { "rules", OPTION_RULES, "FILE",
	    "use these rules instead of the host's (repeatable; - is stdin)" } },
	{ OPTIONS_RULES, { "conf", OPTION_CONF, "FILE", "use this configuration file" } },
	{ OPTIONS_FACTS,
	  { "facts", OPTION_FACTS, "FILE", "take the facts from the output of facts --json" } },
	{ OPTIONS_FACTS, { "fact", OPTION_FACT, "NAME=VALUE", "set one fact (repeatable)" } },
	{ OPTIONS_FACTS, { "root", OPTION_ROOT, "DIR", "read the facts of the host below DIR" } },
	{ OPTIONS_ARCHIVE,
	  { "limit-archive", OPTION_LIMIT_ARCHIVE, "SIZE",
	    "unpack at most this much of an archive (500M, 2G)" } },
	{ OPTIONS_OUTPUT, { "json", 'j', NULL, "print JSON" } },
	{ OPTIONS_OUTPUT, { "color", OPTION_COLOR, "WHEN", "auto, never or always" } },
	{ OPTIONS_OUTPUT, { "quiet", 'q', NULL, "print less" } },
	{ OPTIONS_OUTPUT, { "verbose", 'v', NULL, "print more" } },
	{ 0, { "help", 'h', NULL, "print this help" } },
	{ 0, { "version", 'V', NULL, "print the version" } },
};

/* ---- rows ----------------------------------------------------------------- */

/* All options of a command, its own first. Returns how many. */
static size_t collect_rows(const struct command *command, const struct option_row **rows)
{
	size_t count = 0;

	for (const struct option_row *row = command->options; row->name; row++)
		rows[count++] = row;
	if (command->passes_on)
		return count;
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (!common[i].groups || (common[i].groups & command->groups))
			rows[count++] = &common[i].row;
	}
	return count;
}

static const struct option_row *row_of_code(const struct command *command, int code)
{
	const struct option_row *rows[ROWS_MAX];
	size_t count = collect_rows(command, rows);

	for (size_t i = 0; i < count; i++) {
		if (rows[i]->code == code)
			return rows[i];
	}
	return NULL;
}

const struct option_row *option_row_at(const struct command *command, size_t index)
{
	const struct option_row *rows[ROWS_MAX];

	return index < collect_rows(command, rows) ? rows[index] : NULL;
}

const struct option_row *option_row_of(const struct command *command, const char *word)
{
	const struct option_row *row;
	size_t size = strcspn(word, "=");

	if (word[0] != '-' || !word[1])
		return NULL;
	if (word[1] != '-')
		return row_of_code(command, word[strlen(word) - 1]);
	for (size_t i = 0; (row = option_row_at(command, i)); i++)
		if (strlen(row->name) == size - 2 && strncmp(word + 2, row->name, size - 2) == 0)
			return row;
	return NULL;
}

/* ---- help ----------------------------------------------------------------- */

static void print_option_help(const struct option_row *row)
{
	char left[64];
	int length = row->code < 256 ? snprintf(left, sizeof(left), "-%c, ", row->code) :
				       snprintf(left, sizeof(left), "    ");

	snprintf(left + length, sizeof(left) - (size_t)length, "--%s%s%s", row->name,
		 row->argument ? " " : "", row->argument ? row->argument : "");
	printf("  %-24s  %s\n", left, row->help);
}

void print_command_help(const struct command *command)
{
	const struct option_row *rows[ROWS_MAX];
	size_t count = collect_rows(command, rows);

	printf("usage: criu-rewrite %s [OPTION]...%s%s\n\n%s.\n\n", command->name,
	       *command->arguments ? " " : "", command->arguments, command->summary);
	for (size_t i = 0; i < count; i++)
		print_option_help(rows[i]);
}

void print_help(void)
{
	puts("usage: criu-rewrite COMMAND [OPTION]... [ARGUMENT]...\n\n"
	     "Makes CRIU checkpoints fit the host they are restored on.\n");
	for (const struct command *const *command = commands; *command; command++)
		printf("  %-10s %-19s %s\n", (*command)->name, (*command)->arguments,
		       (*command)->summary);
	puts("\nOptions of a command: criu-rewrite COMMAND --help. More: man criu-rewrite.\n"
	     "exit status: 0 nothing to do or done, 1 error, 2 wrong usage,\n"
	     "3 plan or diff has something to show");
}

/* ---- suggestions ---------------------------------------------------------- */

/* How many letters to insert, remove or exchange to make one of the other. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_COMPARED + 1], length = strlen(b);

	if (strlen(a) > NAME_MAX_COMPARED || length > NAME_MAX_COMPARED)
		return SIZE_MAX;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < length; j++) {
			size_t change = diagonal + (a[i] != b[j]);
			size_t other = (row[j] < row[j + 1] ? row[j] : row[j + 1]) + 1;

			diagonal = row[j + 1];
			row[j + 1] = change < other ? change : other;
		}
	}
	return row[length];
}

const char *did_you_mean(const char *wrong, const char *const *candidates)
{
	static char text[64];
	/* A third of the letters may be wrong; dashes do not count. */
	size_t best = 1 + (strlen(wrong + strspn(wrong, "-")) + 2) / 3;

	text[0] = 0;
	for (; *candidates; candidates++) {
		size_t far = distance(wrong, *candidates);

		if (far < best) {
			best = far;
			snprintf(text, sizeof(text), "; did you mean '%s'?", *candidates);
		}
	}
	return text;
}

/* Rules and facts: of these some commands take none, as they ask this host alone. */
static bool is_host_option(const char *dashed)
{
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if ((common[i].groups & OPTIONS_HOST) &&
		    strcmp(common[i].row.name, dashed + 2) == 0)
			return true;
	return false;
}

/* "--verbsoe=1" */
static enum status unknown_option(const struct cli *cli, const char *word)
{
	const struct option_row *rows[ROWS_MAX];
	size_t count = collect_rows(cli->command, rows);
	const char *names[ROWS_MAX + 1] = { NULL };
	char given[NAME_MAX_COMPARED + 2], dashed[ROWS_MAX][NAME_MAX_COMPARED + 2];

	for (size_t i = 0; i < count; i++) {
		snprintf(dashed[i], sizeof(dashed[i]), "--%s", rows[i]->name);
		names[i] = dashed[i];
	}
	snprintf(given, sizeof(given), "%.*s", (int)strcspn(word, "="), word);
	return complain_usage(cli->command, "unknown option '%s'%s", given,
			      is_host_option(given) ? ", which is for `criu-rewrite plan`" :
						      did_you_mean(given, names));
}

/* ---- parsing -------------------------------------------------------------- */

struct tables {
	struct option longs[ROWS_MAX + 1];
	char shorts[2 * ROWS_MAX + 3];
};

/* ':' makes getopt tell a missing argument from an unknown option. */
static void fill_tables(const struct command *command, struct tables *tables)
{
	const struct option_row *rows[ROWS_MAX];
	size_t count = collect_rows(command, rows);
	char *letter = tables->shorts;

	*letter++ = ':';
	for (size_t i = 0; i < count; i++) {
		tables->longs[i] = (struct option){
			.name = rows[i]->name,
			.has_arg = rows[i]->argument ? required_argument : no_argument,
			.val = rows[i]->code,
		};
		if (rows[i]->code >= 256)
			continue;
		*letter++ = (char)rows[i]->code;
		if (rows[i]->argument)
			*letter++ = ':';
	}
	*letter = 0;
	tables->longs[count] = (struct option){ 0 };
}

static bool may_repeat(const struct option_row *row)
{
	return !row->argument || row->code == OPTION_RULES || row->code == OPTION_FACT ||
	       row->code == OPTION_FACTS;
}

/* Notes an option with its value. */
static enum status take_option(struct cli *cli, const struct option_row *row, const char *value)
{
	if (row->argument && !*value)
		return complain_usage(cli->command, "'--%s' is given nothing; it needs %s",
				      row->name, row->argument);
	if (!may_repeat(row) && option_value(cli, row->code))
		return complain_usage(cli->command, "'--%s' is given twice: '%s' and '%s'",
				      row->name, option_value(cli, row->code), value);
	cli->given[cli->given_count++] = (struct given){ row->code, value };
	return STATUS_DONE;
}

static enum status wrong_option(const struct cli *cli, int code, char **argv)
{
	const char *word = argv[optind - 1];
	char letter[] = { '-', (char)optopt, 0 };
	const struct option_row *row = optopt ? row_of_code(cli->command, optopt) : NULL;

	if (code == ':' && row)
		return complain_usage(cli->command, "'%s' needs an argument: %s", word,
				      row->argument);
	if (row)
		return complain_usage(cli->command, "'--%s' takes no argument", row->name);
	return unknown_option(cli, strncmp(word, "--", 2) == 0 ? word : letter);
}

static bool want_color(const char *when)
{
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	if (when && strcmp(when, "auto") != 0)
		return strcmp(when, "always") == 0;
	return isatty(STDOUT_FILENO) && !(none && *none) && !(term && strcmp(term, "dumb") == 0);
}

static enum status check_color(const struct cli *cli, const char *when)
{
	static const char *const known[] = { "auto", "never", "always", NULL };

	for (size_t i = 0; when && known[i]; i++) {
		if (strcmp(when, known[i]) == 0)
			return STATUS_DONE;
	}
	if (!when)
		return STATUS_DONE;
	return complain_usage(cli->command, "--color '%s' is not one of: auto, never, always%s",
			      when, did_you_mean(when, known));
}

/* "500M"; 0: it is no size. */
static int64_t parse_size(const char *text)
{
	static const char units[] = "KMGT";
	char *end;
	unsigned long long size = strtoull(text, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;

	if (end == text || *text == '-' || (*end && (!unit || end[1])) ||
	    size > (uint64_t)INT64_MAX >> shift)
		return 0;
	return (int64_t)(size << shift);
}

static enum status take_limit(struct cli *cli, const char *text)
{
	cli->limit_archive = text ? parse_size(text) : 0;
	if (!text || cli->limit_archive)
		return STATUS_DONE;
	return complain_usage(cli->command,
			      "--limit-archive: '%s' is not a size such as 500M or 2G", text);
}

static enum status check_operands(const struct cli *cli)
{
	const struct command *command = cli->command;

	if (cli->operand_count < (size_t)command->operands_min)
		return complain_usage(command, "%s needs %s", command->name, command->arguments);
	if (command->operands_max >= 0 && cli->operand_count > (size_t)command->operands_max)
		return complain_usage(command, "%s does not take '%s'", command->name,
				      cli->operands[command->operands_max]);
	for (size_t i = 0; i < cli->operand_count && !command->passes_on; i++)
		if (!*cli->operands[i])
			return complain_usage(command, "an argument is empty; %s takes %s",
					      command->name, command->arguments);
	return STATUS_DONE;
}

/* What stands behind options that are done with at once. */
static bool print_and_end(const struct cli *cli, int code)
{
	if (code == 'h' || code == OPTION_HELP)
		print_command_help(cli->command);
	else if (code == 'V')
		printf("criu-rewrite %s\n", crw_version());
	return code == 'h' || code == OPTION_HELP || code == 'V';
}

static bool take_options(struct cli *cli, int argc, char **argv, enum status *status)
{
	struct tables tables;
	int code;

	fill_tables(cli->command, &tables);
	opterr = 0;
	optind = 0; /* anew */
	while ((code = getopt_long(argc, argv, tables.shorts, tables.longs, NULL)) != -1) {
		*status = code == '?' || code == ':' ? wrong_option(cli, code, argv) : STATUS_DONE;
		if (*status != STATUS_DONE || print_and_end(cli, code))
			return false;
		*status = take_option(cli, row_of_code(cli->command, code), optarg ? optarg : "");
		if (*status != STATUS_DONE)
			return false;
	}
	while (optind < argc)
		cli->operands[cli->operand_count++] = argv[optind++];
	return true;
}

/* The row of "--name" or "--name=value" among the command's own; NULL: none. */
static const struct option_row *own_row(const struct command *command, const char *word)
{
	size_t length = strcspn(word, "=");

	if (strncmp(word, "--", 2) != 0)
		return NULL;
	for (const struct option_row *row = command->options; row->name; row++) {
		if (strlen(row->name) == length - 2 &&
		    strncmp(word + 2, row->name, length - 2) == 0)
			return row;
	}
	return NULL;
}

/* For a command that runs another program: our own options, in long form, are
 * taken out wherever they stand before "--"; the rest is that program's. */
static bool pick_options(struct cli *cli, int argc, char **argv, enum status *status)
{
	bool ours = true;

	for (int i = 1; i < argc; i++) {
		const struct option_row *row;
		const char *equals = strchr(argv[i], '=');

		ours = ours && strcmp(argv[i], "--") != 0;
		row = ours ? own_row(cli->command, argv[i]) : NULL;
		if (!row) {
			cli->operands[cli->operand_count++] = argv[i];
			continue;
		}
		if (!row->argument)
			return !print_and_end(cli, row->code);
		if (!equals && ++i == argc) {
			*status = complain_usage(cli->command, "'--%s' needs an argument: %s",
						 row->name, row->argument);
			return false;
		}
		*status = take_option(cli, row, equals ? equals + 1 : argv[i]);
		if (*status != STATUS_DONE)
			return false;
	}
	return true;
}

/* Room for all options ("-jqv" is three in one word) and operands. */
static bool make_room(struct cli *cli, int argc, char **argv)
{
	size_t letters = 1;

	for (int i = 0; i < argc; i++)
		letters += strlen(argv[i]);
	cli->given = calloc(letters, sizeof(*cli->given));
	cli->operands = calloc((size_t)argc + 1, sizeof(*cli->operands));
	return cli->given && cli->operands;
}

bool options_parse(struct cli *cli, int argc, char **argv, enum status *status)
{
	bool (*take)(struct cli *, int, char **,
		     enum status *) = cli->command->passes_on ? pick_options : take_options;

	*status = STATUS_DONE;
	if (!make_room(cli, argc, argv)) {
		*status = complain("out of memory");
		return false;
	}
	if (!take(cli, argc, argv, status))
		return false;
	cli->json = option_value(cli, 'j');
	cli->quiet = option_value(cli, 'q');
	cli->verbose = option_value(cli, 'v');
	cli->color = want_color(option_value(cli, OPTION_COLOR));
	*status = check_color(cli, option_value(cli, OPTION_COLOR));
	if (*status == STATUS_DONE && cli->quiet && cli->verbose)
		*status = complain_usage(cli->command, "--quiet and --verbose cannot go together");
	if (*status == STATUS_DONE)
		*status = take_limit(cli, option_value(cli, OPTION_LIMIT_ARCHIVE));
	if (*status == STATUS_DONE)
		*status = check_operands(cli);
	return *status == STATUS_DONE;
}

void options_free(struct cli *cli)
{
	free(cli->given);
	free(cli->operands);
}

const char *option_value(const struct cli *cli, int code)
{
	for (size_t i = cli->given_count; i > 0; i--) {
		if (cli->given[i - 1].code == code)
			return cli->given[i - 1].value;
	}
	return NULL;
}
