/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs the cases of tests/oci/: tests/oci/README.md says what a file looks like. */
#include "../../plugin/context.h"
#include "cases.h"
#include "oci_host.h"

static void put_file(void *root, const char *path, const char *content)
{
	fakeroot_put(*(int *)root, path, content);
}

static void same(const char *got, struct span want, const char *name)
{
	char *text = case_copy(want);

	is_text(got, text, name);
	free(text);
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

static void check_spec(struct crw *crw, struct span want, const char *title)
{
	struct buffer text = { 0 };
	char *got;

	crw_spec_write(crw, append, &text);
	got = case_copy(buffer_span(&text));
	same(got, want, title);
	free(got);
	buffer_free(&text);
}

static void check_result(struct crw *crw, const struct test_case *c, const char *title)
{
	const struct case_section *output = case_find(c, "output", NULL);

	check_spec(crw, case_text(output ? output : case_find(c, "input", NULL)), title);
	same(changes_of(crw), case_text(case_find(c, "report", NULL)), "its changes");
	same(warnings_of(crw), case_text(case_find(c, "warnings", NULL)), "its warnings");
	ok(crw_spec_changed(crw) == (output != NULL), "it is changed or not");
	if (!output)
		return;
	ok(crw_replace_spec(crw) == 0, "it takes the place of the file");
}

static struct crw *new_context(const struct test_case *c, int root)
{
	struct crw *crw = crw_new();

	if (!crw || crw_set_root(crw, root) < 0 ||
	    crw_add_rules_text(crw, "x.rules", (const char *)c->rules.data, c->rules.size) < 0)
		cases_fail("x.rules", crw ? crw_diagnostics(crw) : "no memory");
	return crw;
}

static void run_case(const struct test_case *c, const char *file)
{
	static const char *const sections[] = {
		"host", "input", "output", "report", "warnings", "error", NULL,
	};
	int root = oci_host_make(), bundle;
	struct crw *crw = new_context(c, root);
	char *title = case_copy(c->title);
	char *spec = case_copy(case_text(case_find(c, "input", NULL)));

	case_check_sections(c, sections, file);
	case_each_pair(case_text(case_find(c, "host", NULL)), put_file, &root);
	fakeroot_put(root, "bundle/config.json", spec);
	bundle = openat(root, "bundle", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (crw_open_spec(crw, bundle, "config.json") <= 0 || crw_run_spec(crw) < 0)
		same(crw_error(crw), case_text(case_find(c, "error", NULL)), title);
	else
		check_result(crw, c, title);
	/* Again, on what is in the file now. */
	if (case_find(c, "output", NULL) && crw_open_spec(crw, bundle, "config.json") > 0 &&
	    crw_run_spec(crw) == 0)
		ok(!span_is(c->rules, "cgroup_entry fit\n") || crw_change_count(crw) == 0,
		   "what was fitted fits");
	crw_free(crw);
	free(title);
	free(spec);
	close(bundle);
	close(root);
	fakeroot_remove();
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

int main(int argc, char **argv)
{
	test_files();
	test_depth();
	return cases_run_all(argc, argv, "tests/oci", run_case);
}
