/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The statement `option`: which options a rule may give, and what comes of it. */
#include "../../plugin/context.h"
#include "../../plugin/option.h"
#include "fakeroot.h"
#include "test.h"

/* What is wrong with the rule, NULL when nothing is. Valid until the next call. */
static const char *complaint(const char *rule)
{
	static char text[1024];
	struct crw *crw = crw_new();
	const char *wrong = NULL;

	if (crw_add_rules_text(crw, "rules", rule, strlen(rule)) < 0) {
		snprintf(text, sizeof(text), "%s", crw_error(crw));
		wrong = text;
	}
	crw_free(crw);
	return wrong;
}

static void test_names(void)
{
	static const char *const good[] = {
		"option cgroup-root \"memory:/a\"",
		"option empty-ns net",
		"option external \"mnt[a]:/b\"",
		"option external \"mnt[]:ms\"",
		"option external \"veth[eth0]:hv0@br0\"",
		"option external \"macvlan[mv0]:eth0\"",
		"option external (env(\"X\"))",
		"option file-validation filesize",
		"option inherit-fd \"file[1:2]\" \"/a\"",
		"option inherit-fd key \"/a\"",
		"option join-ns \"net:/run/netns/a\"",
		"option lsm-profile \"apparmor:a\"",
		"option mntns-compat-mode",
		"option root \"/a\"",
		"option skip-file-rwx-check",
		"option tcp-close; option tcp-established",
		"must option tcp-close",
		"when stage == \"restore\" { option tcp-close }",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		is_text(complaint(good[i]) ? complaint(good[i]) : "", "", good[i]);
}

static void test_refused(void)
{
	static const struct {
		const char *rule, *why;
	} rows[] = {
		{ "option auto-dedup", "auto-dedup cannot be given here: it would punch holes" },
		{ "option shell-job", "would hang" },
		{ "option ghost-limit 1", "CRIU looks at it at the dump" },
		{ "option manage-cgroups soft", "manage-cgroups MODE" },
		{ "option tcp-clos", "did you mean 'tcp-close'" },
		{ "option zzzzzzzzz", "a rule can give cgroup-root, empty-ns, external" },
		{ "option", "expected the name of an option of CRIU" },
		{ "option tcp-close yes", "expected no value" },
		{ "option root", "expected PATH" },
		{ "option root a", "expected a full path" },
		{ "option root \"\"", "expected PATH" },
		{ "option cgroup-root a", "expected a full path, or CONTROLLER" },
		{ "option cgroup-root \"memory:a\"", "expected a full path, or CONTROLLER" },
		{ "option join-ns \"pid:/a\"", "expected net, uts, ipc" },
		{ "option join-ns \"net:a\"", "expected net, uts, ipc" },
		{ "option inherit-fd a", "expected KEY PATH" },
		{ "option inherit-fd a b", "expected a full path" },
		{ "option external \"net[5]:a\"", "'net[5]:a' is none of mnt[KEY]:PATH" },
		{ "option external \"veth[a]\"", "none of" },
		{ "option external \"veth[a]:\"", "none of" },
		{ "option lsm-profile \"none:a\"", "expected apparmor:PROFILE" },
		{ "option file-validation all", "expected filesize or buildid" },
		{ "option empty-ns pid", "expected net" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *why = complaint(rows[i].rule);

		ok(why && strstr(why, rows[i].why), rows[i].rule);
	}
}

static int dir; /* without images */

static int run(struct crw *crw, const char *stage, const char *rules)
{
	crw_set_stage(crw, stage);
	if (crw_add_rules_text(crw, "rules", rules, strlen(rules)) < 0 || crw_open(crw, dir) < 0)
		return -1;
	return crw_run(crw);
}

static void test_given(void)
{
	struct crw *crw = crw_new();
	char text[200];

	is_number(run(crw, "restore",
		      "let to = \"/b\"\n"
		      "option inherit-fd key (to)\noption tcp-close\n"
		      "option cgroup-root \"memory:/c\""),
		  0, "options are given");
	ok(crw->options && strcmp(crw->options->name, "inherit-fd") == 0 &&
		   strcmp(crw->options->value, "key") == 0 && strcmp(crw->options->path, "/b") == 0,
	   "with key and path");
	ok(crw->options && crw->options->next && !crw->options->next->value,
	   "in the order of the rules");
	is_number((long long)crw_change_count(crw), 3, "each is a change");
	crw_change_text(crw_change(crw, 0), text, sizeof(text));
	is_text(text, "criu: inherit-fd (as given) -> key /b (rules:2)", "that is told");
	crw_free(crw);
}

static void test_not_given(void)
{
	struct crw *crw = crw_new();

	is_number(run(crw, "dump", "when stage == \"dump\" { option tcp-close }"), -1, "at a dump");
	ok(strstr(crw_error(crw), "options are given at the restore"), "it is refused");
	crw_free(crw);
	crw = crw_new();
	is_number(run(crw, "restore", "let to = \"b\"\noption root (join([to], \"\"))"), -1,
		  "a value that is worked out");
	ok(strstr(crw_error(crw), "expected a full path"), "is judged, too");
	crw_free(crw);
}

int main(void)
{
	test_names();
	test_refused();
	dir = fakeroot_make();
	test_given();
	test_not_given();
	close(dir);
	fakeroot_remove();
	return test_end();
}
