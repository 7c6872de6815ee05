/* SPDX-License-Identifier: GPL-2.0-only */
/* Which files are specs of containers; tests/oci has how they are fitted. */
#include "../../plugin/context.h"
#include "fakeroot.h"
#include "test.h"

static void test_files(void)
{
	int root = fakeroot_make();
	struct crw *crw = crw_new();

	fakeroot_put(root, "config.json", "{\"cpt\": \"cp1\", \"tcp\": false}");
	fakeroot_put(root, "sys/", "");
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
	int root = fakeroot_make();
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
	test_files();
	test_depth();
	return test_end();
}
