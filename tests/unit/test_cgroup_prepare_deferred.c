/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Steps of `prepare` that wait until tasks are in the groups. */
#include "../../plugin/cgroup/prepare_deferred.h"

#include "../../plugin/cgroup/late.h"
#include "cgroupimage.h"
#include "fakehost.h"
#include "test.h"

static size_t notes;
static char last_note[400];

static void keep_note(void *ctx, const char *text)
{
	notes++;
	snprintf(last_note, sizeof(last_note), "%s", text);
}

static void image(uint64_t prefix)
{
	cgroupimage_begin();
	cgroupimage_controller("", "ct/in ct/in.pids.max=20 ct/in.cgroup.max.depth=5 ct/in/deep "
				   "ct/in/deep.pids.max=10");
	cgroupimage_set_in("", "/ct/in/deep", prefix);
	cgroupimage_write(images);
}

/* "file group", a line for each step that waits. */
static const char *waiting(const struct crw *crw)
{
	static const char *const when[] = { "", "", " when criu has ended",
					    " at the end" }; /* ORDER cgroup_when */
	static char text[1000];
	size_t n = 0;

	text[0] = 0;
	for (const struct cgroup_step *s = crw->steps; s && n < sizeof(text) - 200; s = s->next)
		if (s->when != CGROUP_NOW)
			n += (size_t)snprintf(text + n, 200, "%s %s%s\n", s->name, s->file,
					      when[s->when]);
	return text;
}

static void marked_by(struct crw_criu criu, const char *cgroup_root, const char *want,
		      const char *what)
{
	static const char rules[] = "cgroup_entry prepare";
	struct crw *crw = crw_new();
	struct error err = { "" };

	if (!crw || crw_set_root(crw, root) < 0 || crw_set_stage(crw, "restore") < 0 ||
	    (cgroup_root && crw_set_cgroup_root(crw, NULL, cgroup_root) < 0) ||
	    crw_add_rules_text(crw, "x.rules", rules, strlen(rules)) < 0 ||
	    crw_open(crw, images) < 0 || crw_run(crw) < 0)
		exit(1);
	crw->criu = criu;
	ok(prepare_deferred_mark(crw, &err) >= 0, "steps are judged");
	is_text(waiting(crw), want, what);
	crw_free(crw);
}

static void marked(const char *cgroup_root, const char *want, const char *what)
{
	marked_by((struct crw_criu){ .tells = true }, cgroup_root, want, what);
}

static void test_mark(void)
{
	image(0);
	marked(NULL, "", "without a namespace nothing waits");
	image(strlen("/ct"));
	marked(NULL,
	       "v2:/ct cgroup.subtree_control\nv2:/ct/in pids.max\n"
	       "v2:/ct/in cgroup.subtree_control\nv2:/ct/in/deep pids.max\n",
	       "what the root of the namespace has to hand on, and what needs it");
	image(strlen("/ct/in"));
	marked(NULL, "v2:/ct/in cgroup.subtree_control\nv2:/ct/in/deep pids.max\n",
	       "what is above that root does not");
	image(strlen("/ct"));
	marked("/pod/new",
	       "v2:/pod/new cgroup.subtree_control\nv2:/pod/new/in pids.max\n"
	       "v2:/pod/new/in cgroup.subtree_control\nv2:/pod/new/in/deep pids.max\n",
	       "with --cgroup-root it is there");
	image(100);
	marked(NULL, "", "a namespace that is deeper than its task is none");
}

/* Where this process and its parent are. */
static void groups_of(const char *own, const char *caller)
{
	char text[300];

	snprintf(text, sizeof(text), "0::%s\n", own);
	fakeroot_put(root, "proc/self/cgroup", text);
	fakeroot_put(root, "proc/self/status", "Name:\tcriu\nPPid:\t7\n");
	snprintf(text, sizeof(text), "0::%s\n", caller);
	fakeroot_put(root, "proc/7/cgroup", text);
}

#define IN_CT(when)                                                                                \
	"v2:/ct cgroup.subtree_control" when "\nv2:/ct/in pids.max" when                           \
	"\nv2:/ct/in cgroup.subtree_control" when "\nv2:/ct/in/deep pids.max" when "\n"

static void test_runtimes(void)
{
	const struct crw_criu rpc = { .by_rpc = true, .ends = true }, ends = { .ends = true };

	image(0);
	fakeroot_put(root, "sys/fs/cgroup/ct/cgroup.procs", "");
	groups_of("/ct", "/user");
	marked_by(rpc, NULL, IN_CT(""), "criu is in the group that runc has made");
	marked_by((struct crw_criu){ .by_rpc = true }, NULL, "", "which it does not leave");
	groups_of("/user", "/user");
	marked_by(ends, NULL, "", "criu is elsewhere: nothing waits");
	marked_by(rpc, NULL, "", "by RPC as well");
	image(strlen("/ct"));
	marked_by(rpc, "/ct", IN_CT(" at the end"), "crun comes to the group afterwards");
	marked_by(ends, "/ct", IN_CT(""), "a command line does not");
	groups_of("/ct", "/ct");
	marked_by(rpc, "/ct", IN_CT(" at the end"), "crun itself is in it until its end");
	groups_of("/ct", "/user");
	marked_by(rpc, "/ct", IN_CT(""), "runc is not");
	fakeroot_remove_below("sys/fs/cgroup/ct");
	groups_of("/user", "/user");
	marked_by(rpc, "/ct", IN_CT(""), "to a group that is not there yet nobody comes");
	groups_of("/", "/");
}

#define FROZEN(when) "v2:/ct/in cgroup.freeze" when "\n"

static void test_frozen(void)
{
	const struct crw_criu rpc = { .by_rpc = true, .ends = true }, ends = { .ends = true };

	cgroupimage_begin();
	cgroupimage_controller("", "ct ct/in ct/in.cgroup.freeze=1");
	cgroupimage_set("", "/ct/in");
	cgroupimage_write(images);
	marked_by(ends, NULL, FROZEN(""), "a group is frozen when the tasks are in it");
	groups_of("/ct/in", "/user");
	marked_by(ends, NULL, FROZEN(" when criu has ended"), "one that criu is in, after it");
	groups_of("/ct", "/user");
	marked_by(ends, NULL, FROZEN(""), "one below is not");
	marked_by(rpc, NULL, FROZEN(" when criu has ended"), "unless criu goes there to make room");
	groups_of("/user", "/ct/in");
	marked_by(ends, NULL, FROZEN(""), "a shell may be in it");
	marked_by(rpc, NULL, FROZEN(" at the end"), "one that the runtime is in, after that");
	groups_of("/", "/");
}

static const char *content(const char *path)
{
	static char text[100];
	int fd = openat(root, path, O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n < 0 ? 0 : n] = 0;
	return text;
}

static void test_finish(void)
{
	struct cgroup_created made = { .root = -1 };
	struct error err = { "" };
	struct crw *crw;

	image(strlen("/ct"));
	crw = fakehost_run("cgroup_entry prepare", "restore");
	crw->criu.tells = true;
	ok(prepare_deferred_mark(crw, &err) == 4, "four steps wait");
	notes = 0;
	ok(cgroup_create(crw->steps, root, &made, keep_note, NULL, &err) == 0,
	   "the others are done");
	crw_free(crw);
	/* New directories of this file system have no files: as a kernel without. */
	is_number((long long)notes, 1, "of which one is a value");
	fakeroot_put(root, "sys/fs/cgroup/ct/cgroup.subtree_control", "");
	fakeroot_put(root, "sys/fs/cgroup/ct/in/pids.max", "");
	fakeroot_put(root, "sys/fs/cgroup/ct/in/deep/pids.max/", "");
	cgroup_late_write(&made, CGROUP_LATE, keep_note, NULL);
	is_number((long long)notes, 3, "then they are done: one has no file, one cannot be");
	is_text(last_note, "v2:/ct/in/deep pids.max: cannot open: Is a directory",
		"which is told of");
	is_text(content("sys/fs/cgroup/ct/cgroup.subtree_control"), "+pids",
		"the root of the namespace hands on");
	is_text(content("sys/fs/cgroup/ct/in/pids.max"), "20", "the value is there");
	cgroup_created_keep(&made);
	fakeroot_remove_below("sys/fs/cgroup/ct");
}

int main(void)
{
	fakehost_begin();
	fakehost_unified("/", "pids\n");
	fakeroot_put(root, "sys/fs/cgroup/cgroup.subtree_control", "pids\n");
	test_mark();
	test_runtimes();
	test_frozen();
	test_finish();
	fakehost_end();
	return test_end();
}
