/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads /etc/criu/rewrite.conf, or the shipped one. One option per line:
 *
 *	line  = [ option [ value ] ] [ "#" comment ]
 *	value = word without blanks | '"' text '"'     \" and \\ inside
 *
 * Options are the rows of one table. It says where in struct config the value
 * goes and which setter puts it there, so a new option is a row and a field.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../proto/image.h"
#include "../rules/suggest.h"
#include "config.h"
#include "trust.h"

#define CONFIG_OF_HOST CRW_SYSCONFDIR "/criu/rewrite.conf"
#define CONFIG_SHIPPED CRW_DATADIR "/rewrite.conf"
#define CONFIG_TEXT_MAX (64u << 10)
#define CONFIG_WRONG_MAX 100 /* lines, after which no more is said */
#define CONFIG_PATHS_MAX 64  /* lines of an option that names paths */
#define CONFIG_MEMORY_DEFAULT ((uint64_t)2 << 30)
#define CONFIG_MEMORY_MAX ((uint64_t)1 << 40)

struct reader {
	struct config *config;
	const char *path;
	struct span line;
	size_t at; /* in the line */
	unsigned number;
	struct error *err;
};

struct word {
	const char *text; /* NULL: there is none */
	size_t column;    /* from 1 */
};

/* `value` points to two words if the option takes two. */
struct option {
	const char *name;
	int (*set)(struct reader *r, const struct option *option, const struct word *value);
	size_t offset;
	const char *const *choices; /* by number */
	uint64_t max;
	bool may_stand_alone; /* without a value it means choices[1] */
	bool several;
	bool takes_two; /* the second value may be left out */
	const char *help;
};

static int set_paths(struct reader *r, const struct option *option, const struct word *value);
static int set_preflight(struct reader *r, const struct option *option, const struct word *value);
static int set_text(struct reader *r, const struct option *option, const struct word *value);
static int set_bool(struct reader *r, const struct option *option, const struct word *value);
static int set_enum(struct reader *r, const struct option *option, const struct word *value);
static int set_size(struct reader *r, const struct option *option, const struct word *value);

static const char *const errors[] = { "fail", "continue", NULL };
static const char *const answers[] = { "no", "yes", NULL };
static const char *const levels[] = { "none", "changes", "debug", NULL }; /* ORDER crw_log_level */
static const char *const syslogs[] = { "no", "errors", "changes", NULL }; /* ORDER crw_syslog */
static const char *const views[] = { "auto", "detached", "namespace", NULL }; /* ORDER crw_view */

#define FIELD(name) .offset = offsetof(struct config, name)
static const struct option options[] = {
	{ "rules", set_paths, FIELD(rules), .several = true, .help = "file or directory of rules" },
	{ "on-error", set_bool, FIELD(continue_on_error), .choices = errors,
	  .help = "whether a failed rule stops the restore" },
	{ "dry-run", set_bool, FIELD(dry_run), .choices = answers, .may_stand_alone = true,
	  .help = "report only, change nothing" },
	{ "report", set_text, FIELD(report), .help = "file for the report in JSON" },
	{ "log-level", set_enum, FIELD(log_level), .choices = levels,
	  .help = "what goes to CRIU's log" },
	{ "syslog", set_enum, FIELD(syslog), .choices = syslogs,
	  .help = "what goes to the system's log" },
	{ "view", set_enum, FIELD(view), .choices = views,
	  .help = "how CRIU is shown the rewritten images" },
	{ "preflight", set_preflight, .takes_two = true,
	  .help = "file with the facts of the host that dumps are for" },
	{ "before", set_paths, FIELD(programs[CRW_BEFORE]), .several = true,
	  .help = "program to run before a restore" },
	{ "after", set_paths, FIELD(programs[CRW_AFTER]), .several = true,
	  .help = "program to run when all tasks are there and wait" },
	{ "at-resume", set_paths, FIELD(programs[CRW_AT_RESUME]), .several = true,
	  .help = "program to run when all tasks are complete and stopped" },
	{ "limit-image", set_size, FIELD(limit_image), .max = IMAGE_SIZE_MAX,
	  .help = "bytes of one image" },
	{ "limit-memory", set_size, FIELD(limit_memory), .max = CONFIG_MEMORY_MAX,
	  .help = "bytes of all images together" },
};
#undef FIELD
#define OPTION_COUNT (sizeof(options) / sizeof(options[0]))

void config_init(struct config *config)
{
	*config = (struct config){
		.log_level = CRW_LOG_CHANGES,
		.syslog = CRW_SYSLOG_ERRORS,
		.view = CRW_VIEW_AUTO,
		.limit_image = IMAGE_SIZE_MAX,
		.limit_memory = CONFIG_MEMORY_DEFAULT,
	};
}

void config_free(struct config *config)
{
	arena_free(&config->arena);
	buffer_free(&config->wrong);
	config_init(config);
}

/* ---- errors -------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static int fail_at(struct reader *r, size_t column,
							 const char *format, ...)
{
	char text[ERROR_TEXT_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return fail(r->err, "%s:%u:%zu: %s", r->path, r->number, column, text);
}

static int fail_option(struct reader *r, const struct word *word)
{
	struct suggestion near = suggest_for(span_text(word->text));

	if (strncmp(word->text, "--", 2) == 0)
		return fail_at(r, word->column, "options are written without dashes here: '%s'",
			       word->text + 2);
	if (strchr(word->text, '='))
		return fail_at(r, word->column,
			       "a blank stands between an option and its value: "
			       "'%.*s %s'",
			       (int)strcspn(word->text, "="), word->text,
			       strchr(word->text, '=') + 1);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		suggest_offer(&near, options[i].name);
	return fail_at(r, word->column, "unknown option '%s'%s", word->text,
		       *suggest_text(&near) ? near.text :
					      "; rules stand in files of their own, which "
					      "'rules FILE' names here");
}

static int fail_choice(struct reader *r, const struct option *option, const struct word *value)
{
	struct suggestion near = suggest_for(span_text(value->text));
	cleanup_buffer struct buffer list = { 0 };

	for (size_t i = 0; option->choices[i]; i++) {
		buffer_printf(&list, "%s%s", i ? ", " : "", option->choices[i]);
		suggest_offer(&near, option->choices[i]);
	}
	buffer_byte(&list, 0);
	if (list.failed)
		return fail_memory(r->err);
	return fail_at(r, value->column, "%s '%s' is not one of: %s%s", option->name, value->text,
		       (const char *)list.data, suggest_text(&near));
}

/* ---- values -------------------------------------------------------------- */

static void *field(const struct reader *r, const struct option *option)
{
	return (char *)r->config + option->offset;
}

/* A relative path counts from the directory of the configuration file: the
 * working directory is the caller's business, or a container's. */
static const char *beside_config(struct reader *r, const char *path)
{
	const char *slash = strrchr(r->path, '/');
	struct arena *arena = &r->config->arena;

	if (path[0] == '/' || !slash)
		return path;
	return arena_printf(arena, "%.*s%s", (int)(slash - r->path + 1), r->path, path);
}

static int set_paths(struct reader *r, const struct option *option, const struct word *value)
{
	struct arena *arena = &r->config->arena;
	struct config_paths *paths = field(r, option);
	const char **items;
	const char *path = beside_config(r, value->text);

	if (paths->count == CONFIG_PATHS_MAX)
		return fail_at(r, value->column, "more than %d lines of '%s'%s", CONFIG_PATHS_MAX,
			       option->name,
			       paths == &r->config->rules ? " (name a directory)" : "");
	items = arena_array(arena, paths->count + 1, sizeof(*items));
	if (!items || !path)
		return fail_memory(r->err);
	for (size_t i = 0; i < paths->count; i++)
		items[i] = paths->items[i];
	items[paths->count++] = path;
	paths->items = items;
	return 0;
}

static int set_preflight(struct reader *r, const struct option *option, const struct word *value)
{
	struct config *config = r->config;

	if (value[1].text && !*value[1].text)
		return fail_at(r, value[1].column, "'%s': the second value is empty", option->name);
	config->preflight_facts = beside_config(r, value[0].text);
	config->preflight_rules = value[1].text ? beside_config(r, value[1].text) : NULL;
	if (!config->preflight_facts || (value[1].text && !config->preflight_rules))
		return fail_memory(r->err);
	return 0;
}

static int set_text(struct reader *r, const struct option *option, const struct word *value)
{
	*(const char **)field(r, option) = value->text;
	return 0;
}

static int choose(struct reader *r, const struct option *option, const struct word *value,
		  unsigned *choice)
{
	for (*choice = 0; option->choices[*choice]; ++*choice) {
		if (strcmp(option->choices[*choice], value->text) == 0)
			return 0;
	}
	return fail_choice(r, option, value);
}

static int set_bool(struct reader *r, const struct option *option, const struct word *value)
{
	unsigned choice;

	if (choose(r, option, value, &choice) < 0)
		return -1;
	*(bool *)field(r, option) = choice;
	return 0;
}

static int set_enum(struct reader *r, const struct option *option, const struct word *value)
{
	unsigned choice;

	_Static_assert(sizeof(enum crw_log_level) == sizeof(choice) &&
			       sizeof(enum crw_syslog) == sizeof(choice) &&
			       sizeof(enum crw_view) == sizeof(choice),
		       "enums are ints");
	if (choose(r, option, value, &choice) < 0)
		return -1;
	memcpy(field(r, option), &choice, sizeof(choice));
	return 0;
}

/* size = digits [ "K" | "M" | "G" | "T" ], powers of 1024 */
static int set_size(struct reader *r, const struct option *option, const struct word *value)
{
	static const char units[] = "KMGT";
	const char *end = value->text + strspn(value->text, "0123456789");
	const char *unit = *end ? strchr(units, *end) : NULL;
	unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
	unsigned long long number;

	if (end == value->text || (*end && (!unit || end[1])))
		return fail_at(r, value->column, "%s '%s' is not a size such as 4096, 64M or 1G",
			       option->name, value->text);
	errno = 0;
	number = strtoull(value->text, NULL, 10);
	if (errno || number == 0 || number > option->max >> shift)
		return fail_at(r, value->column, "%s '%s' is out of range, 1 to %llu bytes",
			       option->name, value->text, (unsigned long long)option->max);
	*(uint64_t *)field(r, option) = (uint64_t)number << shift;
	return 0;
}

/* ---- lines --------------------------------------------------------------- */

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool line_ends(const struct reader *r)
{
	return r->at == r->line.size;
}

/* Takes what stands up to the closing quote. */
static int take_quoted(struct reader *r, struct word *word, char *text)
{
	const uint8_t *line = r->line.data;

	for (r->at++; !line_ends(r) && line[r->at] != '"'; r->at++) {
		if (line[r->at] == '\\' && r->at + 1 < r->line.size) {
			r->at++;
			if (line[r->at] != '"' && line[r->at] != '\\')
				return fail_at(r, r->at,
					       "unknown escape '\\%c' (there are \\\" "
					       "and \\\\)",
					       line[r->at]);
		}
		*text++ = (char)line[r->at];
	}
	if (line_ends(r))
		return fail_at(r, word->column, "this quote is not closed on the same line");
	r->at++;
	if (!line_ends(r) && !is_blank(line[r->at]))
		return fail_at(r, r->at + 1, "a blank is missing after the closing quote");
	return 0;
}

/* Takes the next word; word->text is NULL at the end or at a comment. */
static int take_word(struct reader *r, struct word *word)
{
	size_t start;
	char *text;

	while (!line_ends(r) && is_blank(r->line.data[r->at]))
		r->at++;
	*word = (struct word){ .column = r->at + 1 };
	if (line_ends(r) || r->line.data[r->at] == '#')
		return 0;
	text = arena_alloc(&r->config->arena, r->line.size - r->at + 1);
	if (!text)
		return fail_memory(r->err);
	word->text = text;
	if (r->line.data[r->at] == '"')
		return take_quoted(r, word, text);
	for (start = r->at; !line_ends(r) && !is_blank(r->line.data[r->at]); r->at++)
		text[r->at - start] = (char)r->line.data[r->at];
	return 0;
}

static const struct option *find_option(const char *name)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (strcmp(options[i].name, name) == 0)
			return &options[i];
	}
	return NULL;
}

/* An option that holds one value must not be given two. */
static int note_line(struct reader *r, const struct option *option, const struct word *name,
		     unsigned seen[static OPTION_COUNT])
{
	unsigned *line = &seen[option - options];

	if (*line && !option->several)
		return fail_at(r, name->column, "'%s' was already given in line %u", option->name,
			       *line);
	*line = r->number;
	return 0;
}

/* The value or values of an option, and that there is nothing behind them. */
static int take_values(struct reader *r, const struct option *option, struct word values[static 2])
{
	struct word more;

	if (take_word(r, &values[0]) < 0 || take_word(r, &values[1]) < 0)
		return -1;
	more = values[1];
	if (option->takes_two && more.text && take_word(r, &more) < 0)
		return -1;
	if (more.text)
		return fail_at(r, more.column, "'%s' takes %s; quote it if it has blanks",
			       option->name, option->takes_two ? "one or two values" : "one value");
	return 0;
}

static int parse_line(struct reader *r, unsigned seen[static OPTION_COUNT])
{
	struct word name, values[2];
	const struct option *option;

	if (take_word(r, &name) < 0)
		return -1;
	if (!name.text)
		return 0;
	option = find_option(name.text);
	if (!option)
		return fail_option(r, &name);
	if (note_line(r, option, &name, seen) < 0 || take_values(r, option, values) < 0)
		return -1;
	if (!values[0].text && option->may_stand_alone)
		values[0].text = option->choices[1];
	if (!values[0].text || !*values[0].text)
		return fail_at(r, values[0].column, "'%s' needs a value: %s", option->name,
			       option->help);
	return option->set(r, option, values);
}

static int parse_text_line(struct reader *r, unsigned seen[static OPTION_COUNT])
{
	const uint8_t *nul = memchr(r->line.data, 0, r->line.size);

	if (nul)
		return fail_at(r, (size_t)(nul - r->line.data) + 1,
			       "a NUL byte: this is not a text file");
	return parse_line(r, seen);
}

int config_parse(struct config *config, const char *path, struct span text, struct error *err)
{
	struct error wrong;
	struct reader r = { .config = config, .path = path, .err = &wrong };
	unsigned seen[OPTION_COUNT] = { 0 }, count = 0;

	buffer_clear(&config->wrong);
	while (text.size && count < CONFIG_WRONG_MAX) {
		const uint8_t *end = memchr(text.data, '\n', text.size);
		size_t size = end ? (size_t)(end - text.data) : text.size;

		r.line = span_of(text.data, size);
		r.at = 0;
		r.number++;
		if (parse_text_line(&r, seen) < 0) {
			if (count++ == 0)
				*err = wrong;
			buffer_printf(&config->wrong, "%s\n", wrong.text);
		}
		size += end != NULL;
		text = span_of(text.data + size, text.size - size);
	}
	if (config->wrong.failed)
		return fail_memory(err);
	return count ? -1 : 0;
}

/* ---- files --------------------------------------------------------------- */

static int load_file(struct config *config, const char *path, bool must_exist, struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };
	struct stat st;
	int found = trust_read(path, CONFIG_TEXT_MAX, &text, err);

	if (found == 0 && must_exist && stat(path, &st) < 0)
		return fail_errno(err, "%s: cannot open the configuration", path);
	if (found <= 0)
		return found;
	config->path = arena_copy(&config->arena, path, strlen(path));
	if (!config->path)
		return fail_memory(err);
	return config_parse(config, config->path, buffer_span(&text), err) < 0 ? -1 : 1;
}

int config_load_host(struct config *config, const char *host, const char *shipped,
		     struct error *err)
{
	int found = load_file(config, host, false, err);
	int masked = found == 0 ? trust_masked(host, err) : 0;

	if (found < 0 || masked < 0)
		return -1;
	if (!found && !masked)
		return load_file(config, shipped, false, err);
	if (access(shipped, F_OK) == 0)
		config->masked = shipped;
	return found;
}

int config_load(struct config *config, const char *path, struct error *err)
{
	const char *named;
	int found;

	if (path)
		return load_file(config, path, true, err);
	/* NULL when CRIU has more rights than its caller. */
	named = secure_getenv("CRIU_REWRITE_CONF");
	if (!named || !*named)
		return config_load_host(config, CONFIG_OF_HOST, CONFIG_SHIPPED, err);
	found = load_file(config, named, true, err);
	return found < 0 ? error_context(err, "CRIU_REWRITE_CONF") : found;
}
