/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The verb `content`: which mounts have some, which files are taken for it, and what is one change. */
#include "fakehost.h"
#include "image_files.h"
#include "test.h"

#define MOUNT(id, type, path, more)                                                                \
	"mnt_entry { fstype=" type " mnt_id=" id " root_dev=" id                                   \
	" parent_mnt_id=1 flags=0 root=\"/\" mountpoint=\"" path                                   \
	"\" source=\"x\" options=\"\"" more " }\n"

static const char mounts[] = MOUNT("2", "0", "/", "") MOUNT("3", "5", "/tmp", "")
	MOUNT("4", "5", "/out", " ext_mount=true");

/* What comes of giving the mount the file of that name below the root, or the error without that directory. */
static const char *given(const char *mount, const char *file, const char *stage)
{
	static char text[1000];
	char rule[300], *at;
	struct crw *crw;

	snprintf(rule, sizeof(rule),
		 "when stage == \"%s\" { mnt_entry[mnt_id == %s] content \"%s/%s\" }", stage, mount,
		 fakeroot_path, file);
	crw = fakehost_run(rule, stage);
	snprintf(text, sizeof(text), "%s", fakehost_lines(crw));
	crw_free(crw);
	while ((at = strstr(text, fakeroot_path)))
		memmove(at, at + strlen(fakeroot_path), strlen(at + strlen(fakeroot_path)) + 1);
	return text;
}

static void test_mounts(void)
{
	is_text(given("3", "fs.tar.gz", "restore"),
		"tmpfs-dev-3.tar.gz.img: content (none) -> /fs.tar.gz (x.rules:1)\n",
		"a tmpfs without");
	fakeroot_put(root, "images/tmpfs-dev-3.tar.gz.img", "\x1f\x8bsome");
	is_text(given("3", "fs.tar.gz", "restore"), "", "one that has the same");
	fakeroot_put(root, "images/tmpfs-dev-3.tar.gz.img", "\x1f\x8bother");
	is_text(given("3", "fs.tar.gz", "restore"),
		"tmpfs-dev-3.tar.gz.img: content what was dumped -> /fs.tar.gz (x.rules:1)\n",
		"one that has another");
	ok(strstr(given("2", "fs.tar.gz", "restore"),
		  "mount 2 at /: only what is in a tmpfs, not the root of a namespace"),
	   "a root has none");
	ok(strstr(given("4", "fs.tar.gz", "restore"), "mount 4 at /out: only what is in a tmpfs"),
	   "nor has one that comes from outside");
	ok(strstr(given("3", "fs.tar.gz", "dump"), "at the restore, not at the dump"),
	   "and at a dump nothing is given");
}

static void test_files(void)
{
	char path[100];

	ok(strstr(given("3", "none", "restore"), "/none: does not exist"),
	   "a file that is not there");
	ok(strstr(given("3", "plain", "restore"), "/plain: is not compressed by gzip"),
	   "one that is no archive");
	ok(strstr(given("3", "empty", "restore"), "/empty: is not compressed by gzip"),
	   "one that is empty");
	ok(strstr(given("3", "short", "restore"), "/short: is not compressed by gzip"),
	   "one that ends behind its magic");
	ok(strstr(given("3", "open", "restore"), "/open: mode 0666 lets everybody write it"),
	   "one that anybody may write");
	ok(*given("3", "sys/", "restore"), "a directory");
	snprintf(path, sizeof(path), "%s/fifo", fakeroot_path);
	mkfifo(path, 0600);
	ok(strstr(given("3", "fifo", "restore"), "/fifo: "), "a FIFO, which nobody waits for");
}

/* A path that the caller's directory has a part in. */
static void test_relative(void)
{
	static const char rule[] = "mnt_entry content \"fs.tar.gz\"";
	struct crw *crw = crw_new();

	ok(crw_add_rules_text(crw, "x.rules", rule, strlen(rule)) < 0 &&
		   strstr(crw_diagnostics(crw), "expected the full path of a .tar.gz file"),
	   "a path that is not whole is an error before images are opened");
	crw_free(crw);
}

int main(void)
{
	char open_file[100];

	fakehost_begin();
	fakehost_unified("/", "cpu\n");
	image_file_put(root, "images", "mountpoints-12.img", mounts);
	fakeroot_put(root, "fs.tar.gz", "\x1f\x8bsome");
	fakeroot_put(root, "plain", "not compressed");
	fakeroot_put(root, "empty", "");
	fakeroot_put(root, "short", "\x1f\x8b");
	fakeroot_put(root, "open", "\x1f\x8bsome");
	snprintf(open_file, sizeof(open_file), "%s/open", fakeroot_path);
	chmod(open_file, 0666);
	test_mounts();
	test_files();
	test_relative();
	fakehost_end();
	return test_end();
}
