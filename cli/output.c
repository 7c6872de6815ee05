/* SPDX-License-Identifier: GPL-2.0-only */
/* What people and programs see: lines, colours, JSON, complaints. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "cli.h"

#define LINE_SIZE 4096

/* How many bytes the character takes that begins here; 1 where there is none. */
static size_t character_size(const char *text, size_t size)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t bytes = c[0] < 0xc2 || c[0] > 0xf4 ? 1 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;

	if (bytes > size)
		return 1;
	for (size_t i = 1; i < bytes; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 1;
	return bytes;
}

/* The same of what can drive a terminal, 0x80 to 0x9f beyond UTF-8 included; else 0. */
static size_t control_size(const char *text, size_t size)
{
	size_t bytes = size ? character_size(text, size) : 0;
	unsigned char code = size ? (unsigned char)text[0] : 0;

	if (bytes == 2 && code == 0xc2)
		code = (unsigned char)text[1];
	return code < 0x20 || (code >= 0x7f && code < 0xa0) ? bytes : 0;
}

/* How many bytes come before the first control character. */
static size_t plain_size(const char *text, size_t size)
{
	const char *at = text, *end = text + size;

	for (;;) {
		while (at < end && (unsigned char)(*at - ' ') < 0x7f - ' ')
			at++;
		if (at == end || control_size(at, (size_t)(end - at)))
			return (size_t)(at - text);
		at += character_size(at, (size_t)(end - at));
	}
}

static size_t put_control(FILE *out, const char *text, size_t size)
{
	size_t bytes = control_size(text, size);

	for (size_t i = 0; i < bytes; i++)
		fprintf(out, text[i] == '\n' ? "\\n" : "\\x%02x", (unsigned char)text[i]);
	return bytes;
}

/* A complaint may quote foreign text, so it is escaped as well. */
void put_text(FILE *out, const char *text)
{
	for (size_t size = strlen(text), n; size; text += n, size -= n) {
		n = plain_size(text, size);
		fwrite(text, 1, n, out);
		if (!n)
			n = put_control(out, text, size);
	}
}

/* What is no character of UTF-8 counts as one column. */
size_t bytes_in_columns(const char *text, size_t columns, size_t *taken)
{
	size_t i, size, width;

	setlocale(LC_CTYPE, "C.UTF-8");
	*taken = 0;
	for (i = 0; text[i]; i += size) {
		mbstate_t state = { 0 };
		wchar_t wide = L'?';

		size = mbrtowc(&wide, text + i, MB_CUR_MAX, &state);
		if (size > MB_CUR_MAX)
			size = 1;
		width = wcwidth(wide) > 0 ? (size_t)wcwidth(wide) : 0;
		if (*taken + width > columns)
			break;
		*taken += width;
	}
	return i;
}

bool drives_terminal(const char *text)
{
	for (size_t size = strlen(text), n; size; text += n, size -= n) {
		n = plain_size(text, size);
		if (!n && *text != '\n' && *text != '\t')
			return true;
		n = n ? n : 1;
	}
	return false;
}

/* ---- complaints ----------------------------------------------------------- */

__attribute__((format(printf, 1, 0))) static void put_complaint(const char *format, va_list args)
{
	char text[LINE_SIZE];

	progress_end();
	vsnprintf(text, sizeof(text), format, args);
	fflush(stdout);
	fputs("criu-rewrite: ", stderr);
	put_text(stderr, text);
	putc('\n', stderr);
}

enum status complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_complaint(format, args);
	va_end(args);
	return STATUS_ERROR;
}

enum status complain_usage(const struct command *command, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_complaint(format, args);
	va_end(args);
	fprintf(stderr, "Try 'criu-rewrite %s%s--help'.\n", command ? command->name : "",
		command ? " " : "");
	return STATUS_USAGE;
}

enum status complain_crw(const struct crw *crw)
{
	const char *diagnostics = crw_diagnostics(crw);

	if (!*diagnostics)
		return complain("%s", crw_error(crw));
	progress_end();
	fflush(stdout);
	fputs(diagnostics, stderr);
	return STATUS_ERROR;
}

/* ---- text ----------------------------------------------------------------- */

void print_text(const char *text)
{
	progress_make_way();
	put_text(stdout, text);
}

void print_line(const struct cli *cli, enum color color, const char *text)
{
	bool colored = cli->color && color != COLOR_NONE;

	progress_make_way();
	if (colored)
		printf("\033[%dm", color);
	print_text(text);
	puts(colored ? "\033[0m" : "");
}

/* From `begin` to `end` of a line, perhaps in a colour. */
static void print_part(enum color color, char *line, size_t begin, size_t end)
{
	char behind = line[end];

	line[end] = 0;
	if (color != COLOR_NONE)
		printf("\033[%dm", color);
	print_text(line + begin);
	if (color != COLOR_NONE)
		fputs("\033[0m", stdout);
	line[end] = behind;
}

#define ARROW (sizeof(" -> ") - 1)
#define NOTHING (sizeof("(none)") - 1) /* and "(gone)" */

/* What was there in red, what is there then in green. */
static void print_colored(const struct crw_change *c, char *line)
{
	struct crw_change bare = *c;
	size_t before, arrow, after, end;

	bare.file = bare.note = NULL;
	end = (size_t)crw_change_text(&bare, NULL, 0);
	bare.before = bare.after = "";
	before = (size_t)crw_change_text(&bare, NULL, 0) - ARROW;
	if (c->before && c->after)
		arrow = before + strlen(c->before);
	else
		arrow = c->before ? end - NOTHING - ARROW : before + NOTHING;
	after = arrow + ARROW;
	print_part(COLOR_NONE, line, 0, before);
	print_part(c->before ? COLOR_RED : COLOR_NONE, line, before, arrow);
	print_part(COLOR_NONE, line, arrow, after);
	print_part(c->after ? COLOR_GREEN : COLOR_NONE, line, after, end);
	print_text(line + end);
	putchar('\n');
}

void print_change(const struct cli *cli, const struct crw_change *change)
{
	char line[LINE_SIZE], *text = line;
	size_t length = (size_t)crw_change_text(change, line, sizeof(line));

	if (length >= sizeof(line)) {
		text = malloc(length + 1);
		if (!text)
			return;
		crw_change_text(change, text, length + 1);
	}
	if (cli->color)
		print_colored(change, text);
	else
		print_line(cli, COLOR_NONE, text);
	if (text != line)
		free(text);
}

void print_changes(const struct cli *cli)
{
	size_t count = crw_change_count(cli->crw), total = crw_change_total(cli->crw);
	size_t images = crw_image_count(cli->crw);

	progress_make_way();
	for (size_t i = 0; i < count; i++)
		print_change(cli, crw_change(cli->crw, i));
	if (total > count)
		printf("and %zu more change%s\n", total - count, total - count == 1 ? "" : "s");
	if (cli->verbose)
		printf("%zu change%s in %zu image%s\n", total, total == 1 ? "" : "s", images,
		       images == 1 ? "" : "s");
}

void print_warnings(const struct cli *cli)
{
	for (size_t i = 0; i < crw_warning_count(cli->crw); i++)
		complain("warning: %s", crw_warning(cli->crw, i));
}

void print_result(const struct cli *cli, const struct crw_result *result, bool with_place)
{
	if (with_place) {
		print_text(result->image);
		fputs(": ", stdout);
		print_text(result->where);
		fputs(*result->where ? " = " : "", stdout);
	}
	print_line(cli, COLOR_NONE, result->text);
}

static int take_result(void *arg, const struct crw_result *result)
{
	print_result(arg, result, true);
	return ferror(stdout) ? -1 : 0;
}

void print_results(struct cli *cli)
{
	if (!cli->json && !cli->quiet)
		crw_on_result(cli->crw, take_result, cli);
}

void print_notes(const struct cli *cli)
{
	for (size_t i = 0; i < crw_trace_count(cli->crw); i++) {
		const struct crw_trace *t = crw_trace(cli->crw, i);
		bool conflict = strcmp(t->type, "conflict") == 0;

		if (conflict || strcmp(t->type, "nothing") == 0 || strcmp(t->type, "note") == 0 ||
		    (cli->verbose && strcmp(t->type, "unmet") == 0))
			complain("%s: %s:%u: %s%s%s", conflict ? "warning" : "note", t->file,
				 t->line, t->image ? t->image : "", t->image ? ": " : "", t->text);
	}
}

enum status print_outcome(const struct cli *cli)
{
	if (!cli->quiet) {
		print_notes(cli);
		print_warnings(cli);
	}
	if (cli->json)
		return print_report(cli);
	if (!cli->quiet)
		print_changes(cli);
	return STATUS_DONE;
}

/* ---- JSON ----------------------------------------------------------------- */

json_t *json_foreign(const char *text)
{
	json_t *json = text ? json_string(text) : json_null();
	char *wide, *out;

	if (json)
		return json;
	wide = out = malloc(2 * strlen(text) + 1);
	if (!wide)
		return NULL;
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c >= 0x80)
			*out++ = (char)(0xc0 | c >> 6);
		*out++ = (char)(c < 0x80 ? c : 0x80 | (c & 0x3f));
	}
	json = json_stringn(wide, (size_t)(out - wide));
	free(wide);
	return json;
}

/* Of what jansson leaves as it is, DEL and U+0080 to U+009F can drive a terminal as well.
 * They stand in strings alone, and no character is in two pieces. */
static int put_json(const char *text, size_t size, void *out)
{
	for (size_t n; size; text += n, size -= n) {
		n = control_size(text, size);
		if (n && *text != '\n') {
			fprintf(out, "\\u%04x", (unsigned char)text[n - 1]);
			continue;
		}
		n = n ? n : plain_size(text, size);
		fwrite(text, 1, n, out);
	}
	return ferror(out) ? -1 : 0;
}

enum status print_json(json_t *json)
{
	int failed;

	progress_make_way();
	failed = json ? json_dump_callback(json, put_json, stdout, JSON_INDENT(2)) : -1;
	json_decref(json);
	putchar('\n');
	/* What stdout itself has to say comes out in output_end(). */
	return failed && !ferror(stdout) ? complain("out of memory") : STATUS_DONE;
}

enum status print_json_item(size_t index, json_t *json)
{
	int failed;

	progress_make_way();
	fputs(index ? ",\n    " : "\n    ", stdout);
	failed = json ? json_dump_callback(json, put_json, stdout, 0) : -1;
	json_decref(json);
	return failed && !ferror(stdout) ? complain("out of memory") : STATUS_DONE;
}

enum status print_report(const struct cli *cli)
{
	char *report = crw_report(cli->crw);

	if (!report)
		return complain("out of memory");
	progress_make_way();
	fputs(report, stdout);
	free(report);
	return STATUS_DONE;
}

/* ---- the beginning and the end -------------------------------------------- */

int write_out(void *file, const void *data, size_t size)
{
	if (file == stdout)
		progress_make_way();
	return fwrite(data, 1, size, file) == size ? 0 : -1;
}

void output_begin(void)
{
	/* The wrong way round, so that using them is still an error. */
	static const int flags[] = { O_WRONLY, O_RDONLY, O_RDONLY };

	for (int fd = 0; fd <= 2; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", flags[fd]) != fd)
			exit(STATUS_ERROR);
	}
	/* A reader that goes away is an error like any other, not a signal. */
	signal(SIGPIPE, SIG_IGN);
}

enum status output_end(enum status status)
{
	bool failed = ferror(stdout);

	progress_end();
	errno = 0;
	if (fclose(stdout) == 0 && !failed)
		return status;
	complain("cannot write to standard output%s%s", errno ? ": " : "",
		 errno ? strerror(errno) : "");
	return status == STATUS_USAGE ? status : STATUS_ERROR;
}
