/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs the cases of tests/oci/: tests/oci/README.md says what a file looks like. */
#include "test.h"

#include "../../plugin/context.h"
#include "oci_host.h"

#define CASES "tests/oci/fit.test"

/* One case: its sections by name; NULL: it has none. */
struct oci_case {
	const char *title, *host, *rule, *before, *after, *changes, *warnings, *error;
};

/* ---- the file ---------------------------------------------------------------- */

static char *read_file(const char *path)
{
	static char text[1 << 18];
	FILE *f = fopen(path, "r");

	if (!f || fread(text, 1, sizeof(text) - 1, f) == 0) {
		perror(path);
		exit(1);
	}
	fclose(f);
	text[strlen(text) - 1] = 0;
	return text;
}

static const char **section(struct oci_case *c, const char *name)
{
	const struct {
		const char *name, **text;
	} known[] = {
		{ "host", &c->host },   { "rule", &c->rule },       { "before", &c->before },
		{ "after", &c->after }, { "changes", &c->changes }, { "warnings", &c->warnings },
		{ "error", &c->error },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i].name, name) == 0)
			return known[i].text;
	printf("# " CASES ": unknown section @%s\n", name);
	exit(1);
}

/* Takes the next section off: its head line and, up to the next '@' at the
 * beginning of a line, its text. */
static char *next_section(char **rest, char **text)
{
	char *head = *rest, *end;

	if (!head || *head != '@')
		return NULL;
	*text = strchr(head, '\n');
	*(*text)++ = 0;
	end = **text == '@' ? *text : strstr(*text, "\n@");
	*rest = end && *end == '\n' ? end + 1 : end;
	if (end && *end == '\n')
		*end = 0;
	return head + 1;
}

/* ---- one case ---------------------------------------------------------------- */

static void unescape(char *text)
{
	char *out = text;

	for (; *text; text++) {
		bool end = text[0] == '\\' && text[1] == 'n';

		*out++ = end ? '\n' : *text;
		text += end;
	}
	*out = 0;
}

static void add_files(int root, const char *text)
{
	char *copy = strdup(text ? text : ""), *rest = copy, *line, *equal;

	while ((line = strsep(&rest, "\n"))) {
		equal = strstr(line, " = ");
		if (!equal)
			continue;
		*equal = 0;
		unescape(equal + 3);
		fakeroot_put(root, line, equal + 3);
	}
	free(copy);
}

static const char *changes_of(const struct crw *crw)
{
	static char text[8000];
	size_t n = 0;

	text[0] = 0;
	for (size_t i = 0; i < crw_change_count(crw); i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", i ? "\n" : "");
		n += (size_t)crw_change_text(crw_change(crw, i), text + n, sizeof(text) - n);
	}
	return text;
}

/* Without the name in front and what the runtimes say. */
static const char *warnings_of(const struct crw *crw)
{
	static char text[8000];
	size_t n = 0;

	text[0] = 0;
	for (size_t i = 0; i < crw_warning_count(crw); i++) {
		const char *warning = crw_warning(crw, i) + strlen("config.json: ");

		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%.*s", i ? "\n" : "",
				      (int)strcspn(warning, ";"), warning);
	}
	return text;
}

static int append(void *arg, const void *data, size_t size)
{
	buffer_append(arg, span_of(data, size));
	return 0;
}

static void check_spec(struct crw *crw, const struct oci_case *c)
{
	struct buffer text = { 0 };

	crw_spec_write(crw, append, &text);
	buffer_byte(&text, 0);
	is_text((const char *)text.data, c->after ? c->after : c->before, c->title);
	buffer_free(&text);
}

static void check_result(struct crw *crw, const struct oci_case *c)
{
	check_spec(crw, c);
	is_text(changes_of(crw), c->changes ? c->changes : "", "its changes");
	is_text(warnings_of(crw), c->warnings ? c->warnings : "", "its warnings");
	ok(crw_spec_changed(crw) == (c->after != NULL), "it is changed or not");
	if (!c->after)
		return;
	/* What was fitted fits. */
	ok(crw_replace_spec(crw) == 0, "it takes the place of the file");
}

static void run_case(const struct oci_case *c)
{
	const char *rule = c->rule ? c->rule : "cgroup_entry fit";
	int root = oci_host_make(), bundle;
	struct crw *crw = crw_new();

	add_files(root, c->host);
	fakeroot_put(root, "bundle/config.json", c->before);
	bundle = openat(root, "bundle", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (!crw || crw_set_root(crw, root) < 0 ||
	    crw_add_rules_text(crw, "x.rules", rule, strlen(rule)) < 0) {
		printf("# %s: %s\n", c->title, crw ? crw_diagnostics(crw) : "no memory");
		exit(1);
	}
	if (crw_open_spec(crw, bundle, "config.json") <= 0 || crw_run_spec(crw) < 0)
		is_text(crw_error(crw), c->error ? c->error : "", c->title);
	else
		check_result(crw, c);
	/* Again, on what is in the file now. */
	if (c->after && crw_open_spec(crw, bundle, "config.json") > 0 && crw_run_spec(crw) == 0)
		ok(c->rule || crw_change_count(crw) == 0, "what was fitted fits");
	crw_free(crw);
	close(bundle);
	close(root);
	fakeroot_remove();
}

static void run_cases(char *rest)
{
	struct oci_case c = { .title = NULL };
	char *head, *text;

	while ((head = next_section(&rest, &text))) {
		if (strncmp(head, "case ", 5) != 0) {
			*section(&c, head) = text;
			continue;
		}
		if (c.title)
			run_case(&c);
		c = (struct oci_case){ .title = head + 5 };
	}
	run_case(&c);
}

/* ---- which files are specs ---------------------------------------------------- */

static void test_files(void)
{
	int root = oci_host_make();
	struct crw *crw = crw_new();

	fakeroot_put(root, "config.json", "{\"cpt\": \"cp1\", \"tcp\": false}");
	is_number(crw_open_spec(crw, root, "config.json"), 0, "docker's config.json is no spec");
	is_number(crw_open_spec(crw, root, "spec.dump"), 0, "no file");
	ok(!crw_spec_name(crw), "then there is none");
	is_number(symlinkat("config.json", root, "link.json"), 0, "a link is made");
	is_number(crw_open_spec(crw, root, "link.json"), -1, "links are not followed");
	is_number(crw_open_spec(crw, root, "sys"), -1, "a directory");
	is_text(crw_error(crw), "sys: is not a regular file", "says so");
	crw_free(crw);
	close(root);
	fakeroot_remove();
}

/* Brackets as far as the depth goes, and one more. */
static void test_depth(void)
{
	char text[300] = "{\"ociVersion\":", *at = text + strlen(text);
	int root = oci_host_make();
	struct crw *crw = crw_new();

	memset(at, '[', 63);
	memset(at + 63, ']', 63);
	strcpy(at + 126, "}");
	fakeroot_put(root, "config.json", text);
	is_number(crw_open_spec(crw, root, "config.json"), 1, "nested as deep as it may be");
	memset(at, '[', 64);
	memset(at + 64, ']', 64);
	strcpy(at + 128, "}");
	fakeroot_put(root, "config.json", text);
	is_number(crw_open_spec(crw, root, "config.json"), -1, "one deeper");
	is_text(crw_error(crw), "config.json: line 1, column 78: nested more than 64 deep",
		"says so");
	crw_free(crw);
	close(root);
	fakeroot_remove();
}

int main(void)
{
	run_cases(read_file(CASES));
	test_files();
	test_depth();
	return test_end();
}
