/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../plugin/cgroup/host.h"
#include "../../plugin/cgroup/place.h"
#include "fakeroot.h"
#include "test.h"

static const char hybrid_groups[] = "4:cpu,cpuacct:/user\n3:cpuset:/\n1:name=systemd:/s\n0::/u\n";
static const char hybrid_mounts[] =
	"25 1 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n"
	"26 25 0:23 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:3 - cgroup cgroup rw,cpu,cpuacct\n"
	"27 25 0:24 /ct /bind/cpuset rw - cgroup cgroup rw,cpuset\n"
	"28 25 0:24 / /sys/fs/cgroup/cpu\\040set rw - cgroup cgroup rw,cpuset\n"
	"29 25 0:25 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
	"30 25 0:26 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n";

static void hybrid(int root)
{
	fakeroot_put(root, "proc/self/cgroup", hybrid_groups);
	fakeroot_put(root, "proc/self/mountinfo", hybrid_mounts);
	fakeroot_put(root, "sys/fs/cgroup/unified/cgroup.controllers", "hugetlb rdma\n");
	fakeroot_put(root, "sys/fs/cgroup/cpu set/cpuset.effective_cpus", "0-3\n");
	fakeroot_put(root, "sys/fs/cgroup/cpu set/cpuset.cpus", "0-3\n");
	fakeroot_put(root, "sys/fs/cgroup/cpu set/cpuset.mems", "0\n");
	fakeroot_put(root, "sys/fs/cgroup/cpu set/ct/cpuset.effective_cpus", "1-2\n");
	fakeroot_put(root, "sys/fs/cgroup/cpu set/bare/cpuset.effective_cpus", "\n");
}

static const char *mask(const struct cgroup_host *host, const char *group, const char *resource,
			const char **existing)
{
	static char text[64];
	struct arena arena = { 0 };
	struct buffer b = { 0 };
	static struct error err;
	struct value v;
	const char *at = "";
	int found = cgroup_host_mask(host, cgroup_host_find(host, span_text("cpuset")), group,
				     resource, &arena, &v, &at, &err);
	static char at_text[64];

	snprintf(at_text, sizeof(at_text), "%s", at);
	*existing = at_text;
	if (found <= 0)
		return found ? err.text : "(none)";
	value_print(&b, v);
	snprintf(text, sizeof(text), "%.*s", (int)b.size, (const char *)b.data);
	buffer_free(&b);
	arena_free(&arena);
	return text;
}

static void test_hierarchies(const struct cgroup_host *host)
{
	const struct cgroup_hierarchy *h = cgroup_host_find(host, span_text("cpuacct"));

	is_number(cgroup_host_layout(host), CGROUP_HYBRID, "v1 controllers and v2: hybrid");
	is_text(h->mount, "sys/fs/cgroup/cpu,cpuacct", "a co-mounted controller is found");
	is_text(h->own, "/user", "and our group in it");
	h = cgroup_host_find(host, span_text("cpuset"));
	is_text(h->mount, "sys/fs/cgroup/cpu set", "the mount that shows most, unescaped");
	is_text(cgroup_host_find(host, span_text(""))->controllers, "hugetlb rdma", "v2's own");
	is_text(cgroup_host_find(host, span_text("name=systemd"))->own, "/s", "named hierarchy");
	ok(!cgroup_host_find(host, span_text("memory")), "a controller that is not here");
	ok(!cgroup_host_find(host, span_text("cpu,cpuacct")), "a list is no controller");
}

static void test_masks(const struct cgroup_host *host)
{
	const char *at;

	is_text(mask(host, "/ct/in/deep", "cpus", &at), "1-2", "mask of the nearest ancestor");
	is_text(at, "/ct", "which is named");
	is_text(mask(host, "/", "cpus", &at), "0-3", "mask of the root");
	is_text(mask(host, "/bare/in", "cpus", &at), "0-3", "an empty mask does not count");
	is_text(mask(host, "/ct", "mems", &at), "0", "without an effective file the mask itself");
	is_text(mask(host, "/ct/../bare", "cpus", &at), "1-2", "'..' is passed over, not followed");
}

static void test_existence(const struct cgroup_host *host)
{
	const struct cgroup_hierarchy *h = cgroup_host_find(host, span_text("cpuset"));
	struct cgroup_host blind = { .root = -1 };
	struct error err = { "" };
	struct arena arena = { 0 };
	const char *group = "/ct/in/deep";

	is_number(cgroup_host_exists(host, h, "/ct", &err), 1, "a group that is there");
	is_number(cgroup_host_exists(host, h, "/no", &err), 0, "one that is not");
	is_number(cgroup_host_exists(host, h, "/ct/../../cpu", &err), 0, "'..' exists nowhere");
	is_number(cgroup_host_has_file(host, h, "/ct", "cpuset.effective_cpus", &err), 1, "a file");
	is_number(cgroup_host_has_file(host, h, "/ct", "cpuset.mems", &err), 0, "and none");
	ok(cgroup_host_nearest(host, h, &arena, &group, &err) == 0 && strcmp(group, "/ct") == 0,
	   "the nearest group that is there");
	group = "/ct";
	ok(cgroup_host_nearest(host, NULL, &arena, &group, &err) == 0 && strcmp(group, "/") == 0,
	   "without a hierarchy the root");
	is_number(cgroup_host_exists(&blind, h, "/ct", &err), -1,
		  "what cannot be looked at is neither there nor not");
	is_text(err.text, "/sys/fs/cgroup/cpu set/ct: cannot be looked at: Bad file descriptor",
		"which is told");
	is_number(cgroup_host_nearest(&blind, h, &arena, &group, &err), 0, "the root is there");
	group = "/ct";
	is_number(cgroup_host_nearest(&blind, h, &arena, &group, &err), -1,
		  "nor has it an ancestor that is");
	arena_free(&arena);
}

static void test_layouts(int root)
{
	struct error err = { "" };
	struct cgroup_host host;

	fakeroot_put(root, "proc/self/cgroup", "0::/\n");
	fakeroot_put(root, "proc/self/mountinfo",
		     "30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	fakeroot_put(root, "sys/fs/cgroup/cgroup.controllers", "cpuset cpu\n");
	ok(cgroup_host_read(&host, root, &err) == 0, "a v2 host is read");
	is_number(cgroup_host_layout(&host), CGROUP_UNIFIED, "it is unified");
	cgroup_host_free(&host);
	fakeroot_put(root, "proc/self/mountinfo", "25 1 0:22 / / rw - ext4 /dev/x rw\n");
	ok(cgroup_host_read(&host, root, &err) == 0, "a host without cgroups is read");
	is_number(cgroup_host_layout(&host), CGROUP_NONE, "it has none");
	cgroup_host_free(&host);
	fakeroot_put(root, "proc/self/cgroup", "nonsense\n");
	ok(cgroup_host_read(&host, root, &err) < 0, "a strange line is an error");
	is_text(err.text, "/proc/self/cgroup has a line of an unknown form", "with its name");
}

/* What a mount of a group shows of paths, and what it does not. */
static void test_seen(void)
{
	static const struct {
		const char *mount, *mount_root, *group, *file, *path; /* NULL: out of sight */
	} cases[] = {
		{ "cg", "/", "/", "f", "cg//f" },          { "cg", "/", "/ct", "", "cg/ct/" },
		{ "cg", "/ct", "/ct/in", "f", "cg/in/f" }, { "cg", "/ct", "/ct", "f", "cg/f" },
		{ "cg", "/ct", "/ctx", "f", NULL },        { "cg", "/ct", "/other", "f", NULL },
		{ "cg", "/ct", "/", "f", NULL },           { "cg", "/ct", "/ct/../x", "f", NULL },
		{ "cg", "/", "/a/./b", "f", NULL },        { "cg", "/", "/a\nb", "f", NULL },
		{ "cg", "/", "/ct", "../f", NULL },        { NULL, NULL, "/ct", "f", NULL },
	};
	static char longest[CGROUP_PATH_MAX + 2];
	struct cgroup_hierarchy h = { .mount = "cg", .mount_root = "/" };
	char path[CGROUP_HOST_PATH_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		h.mount = cases[i].mount;
		h.mount_root = cases[i].mount_root;
		is_text(cgroup_host_path(&h, cases[i].group, cases[i].file, path) ? path : "(none)",
			cases[i].path ? cases[i].path : "(none)", cases[i].group);
	}
	h = (struct cgroup_hierarchy){ .mount = "cg", .mount_root = "/" };
	for (size_t i = 0; i <= CGROUP_PATH_MAX; i++)
		longest[i] = i % 2 ? 'x' : '/';
	ok(!cgroup_host_path(&h, longest, "f", path), "a path that is too long is none");
	longest[CGROUP_PATH_MAX] = 0;
	is_number(cgroup_host_path(&h, longest, "", path), sizeof(longest) + 2 < sizeof(path),
		  "one that is just not is");
}

/* As on a host whose runtime has bound a container's group over the hierarchy. */
static void test_bound(int root)
{
	struct error err = { "" };
	struct cgroup_host host;
	const struct cgroup_hierarchy *h;

	fakeroot_put(root, "proc/self/cgroup", "3:cpuset:/\n2:memory:/\n");
	fakeroot_put(root, "proc/self/mountinfo",
		     "28 25 0:24 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
		     "29 25 0:25 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
		     "31 28 0:24 /ct /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
		     "32 29 0:25 /ct /sys/fs/cgroup/memory/ct rw - cgroup cgroup rw,memory\n"
		     "33 25 0:24 / /srv/cpuset rw - cgroup cgroup rw,cpuset\n");
	fakeroot_put(root, "sys/fs/cgroup/cpuset/in/", "");
	ok(cgroup_host_read(&host, root, &err) == 0, "a host with bound groups is read");
	h = cgroup_host_find(&host, span_text("cpuset"));
	is_text(h->mount_root, "/ct", "the mount on top is the one that shows");
	is_number(cgroup_host_exists(&host, h, "/ct/in", &err), 1,
		  "groups are looked for below it");
	is_number(cgroup_host_exists(&host, h, "/in", &err), 0, "and only there");
	h = cgroup_host_find(&host, span_text("memory"));
	is_text(h->mount_root, "/", "a mount inside another covers nothing of it");
	cgroup_host_free(&host);
}

int main(void)
{
	struct error err = { "" };
	struct cgroup_host host;
	int root = fakeroot_make();

	hybrid(root);
	ok(cgroup_host_read(&host, root, &err) == 0, "a hybrid host is read");
	test_hierarchies(&host);
	test_masks(&host);
	test_existence(&host);
	cgroup_host_free(&host);
	test_layouts(root);
	test_bound(root);
	test_seen();
	close(root);
	fakeroot_remove();
	return test_end();
}
