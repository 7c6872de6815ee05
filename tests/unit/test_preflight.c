/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Would a checkpoint restore at its destination? What is asked at which moment of a dump, and how a no is kept with the
 * images, whatever is in its place. */
#include "fakehost.h"
#include "test.h"

static char facts[100], rules[100];

/* The host that dumps has CPUs 0-7; the other what is said. */
static void there(const char *cpus, const char *text)
{
	char file[200];

	snprintf(file, sizeof(file),
		 "{\"facts\": {\"host.cpus\": \"%s\", \"host.mems\": \"0\", "
		 "\"host.cgroup.version\": 1, \"host.cgroup.hierarchies\": \"1:cpuset\"}}",
		 cpus);
	fakeroot_put(root, "facts.json", file);
	fakeroot_put(root, "there.rules", text);
	snprintf(facts, sizeof(facts), "%s/facts.json", fakeroot_path);
	snprintf(rules, sizeof(rules), "%s/there.rules", fakeroot_path);
}

/* The answer to a moment: "" for a yes, or the reason from where it is about the destination. Good until the next. */
static const char *asked_with(const char *moment, int image_dir)
{
	static char answer[ERROR_TEXT_MAX];
	struct crw *crw = crw_new();
	const char *reason;
	int status;

	crw->config.preflight_facts = facts;
	crw->config.preflight_rules = rules;
	status = crw_action(crw, moment, image_dir);
	reason = strstr(crw_error(crw), "facts.json: ");
	snprintf(answer, sizeof(answer), "%s",
		 status == 0 ? "" :
		 reason      ? reason + strlen("facts.json: ") :
			       crw_error(crw));
	crw->config.preflight_facts = NULL;
	crw->config.preflight_rules = NULL;
	crw_free(crw);
	return answer;
}

static const char *asked(const char *moment)
{
	return asked_with(moment, images);
}

/* Why the dump was refused; "": it was not. */
static const char *vetoed(void)
{
	static char why[ERROR_TEXT_MAX];
	struct crw *crw = crw_new();
	const char *text = crw_vetoed(crw, images);

	snprintf(why, sizeof(why), "%s", text ? text : "");
	crw_free(crw);
	return why;
}

static void test_moments(void)
{
	static const char stays[] =
		"cannot remove rewrite-vetoed, the mark of a dump that was refused: Is a directory";

	there("0-1", "");
	is_text(asked("pre-dump"), "", "facts and rules that can be used");
	is_text(asked_with("pre-dump", -1), "", "for which no images are needed");
	is_text(asked("post-dump"), "cpuset:/ct cpuset.cpus: it takes 0-1, not 0-3",
		"a checkpoint that does not fit");
	ok(strstr(vetoed(), "facts.json: cpuset:/ct cpuset.cpus: it takes 0-1"),
	   "is marked with the reason");
	is_text(asked("network-lock"), "", "no other moment is asked about");
	ok(*vetoed(), "or takes the mark away");
	is_text(asked("pre-dump"), "", "the next dump begins");
	is_text(vetoed(), "", "and the mark is gone");
	there("0-3", "");
	is_text(asked("post-dump"), "", "one that fits");
	is_text(vetoed(), "", "is not marked");
	is_number(mkdirat(images, "rewrite-vetoed", 0700), 0, "a directory in its place");
	is_text(asked("post-dump"), stays,
		"is a no: nobody could tell the dump from one that was refused");
	is_text(asked("pre-dump"), stays, "and so it is before a dump");
	unlinkat(images, "rewrite-vetoed", AT_REMOVEDIR);
}

static void test_rules(void)
{
	there("0-1", "cgroup_entry fit\n");
	is_text(asked("post-dump"), "", "the destination's rules make it fit");
	there("0-1", "manage-cgroups ignore\n");
	is_text(asked("post-dump"), "", "or leave groups alone");
	there("0-1", "require 1 == 2 \"not today\"\n");
	ok(strstr(asked("post-dump"), "not today"), "or say no themselves");
	there("0-1", "cgroup_entry fti\n");
	ok(strstr(asked("pre-dump"), "there.rules:1:14: "), "rules that are wrong are a no before");
	snprintf(facts, sizeof(facts), "%s/none.json", fakeroot_path);
	ok(strstr(asked("pre-dump"), "none.json: does not exist"),
	   "so are facts that are not there");
}

static void test_counted(void)
{
	cgroupimage_begin();
	cgroupimage_controller(
		"cpuset", "a a.cpuset.cpus=5 a.cpuset.mems=0 b b.cpuset.cpus=6 b.cpuset.mems=0");
	cgroupimage_set("cpuset", "/a");
	cgroupimage_write(images);
	there("0-1", "");
	is_text(asked("post-dump"), "cpuset:/a cpuset.cpus: it takes 0-1, not 5 (and 1 more)",
		"the first of several, and how many there are besides");
}

/* The image directory may be another's. */
static void test_mark(void)
{
	struct error err = { .text = "" };

	unlinkat(images, "rewrite-vetoed", 0);
	fakeroot_put(root, "secret", "nobody's business\n");
	is_number(symlinkat("../secret", images, "rewrite-vetoed"), 0, "a link in its place");
	is_text(vetoed(), "", "a link is no mark");
	there("0-1", "");
	ok(*asked("post-dump"), "a no");
	ok(strstr(vetoed(), "it takes 0-1"), "takes its place");
	is_number(faccessat(root, "secret", F_OK, 0), 0, "and leaves alone what it led to");
	mkfifoat(images, "fifo", 0600);
	renameat(images, "fifo", images, "rewrite-vetoed");
	ok(*vetoed(), "nobody waits for a FIFO");
	is_number(preflight_forget(images, &err), 0, "which is forgotten like a file");
	fakeroot_put(root, "images/rewrite-vetoed", "\nmore");
	is_text(vetoed(), "for a reason that is not kept", "nor is an empty line a reason");
	fakeroot_put(root, "images/rewrite-vetoed", "the first\nthe second\n");
	is_text(vetoed(), "the first", "of several lines it is the first");
	is_number(preflight_forget(images, &err), 0, "until it is forgotten");
	is_text(vetoed(), "", "there is none then");
	is_number(preflight_forget(images, &err), 0, "none to forget is no error");
}

int main(void)
{
	fakehost_begin();
	cgroupimage_begin();
	cgroupimage_controller("cpuset", "ct ct.cpuset.cpus=0-3 ct.cpuset.mems=0");
	cgroupimage_set("cpuset", "/ct");
	cgroupimage_write(images);
	test_moments();
	test_rules();
	test_counted();
	test_mark();
	fakehost_end();
	return test_end();
}
