/* SPDX-License-Identifier: GPL-2.0-only */
/* Which files of the host are obeyed: one check per reason to refuse, on real
 * files in a directory of the test's own. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../../plugin/trust.h"
#include "test.h"

#define LIMIT 1000
#define OTHER 12345 /* a user id that is not ours */
#define SWAPS 10000

static struct error err;
static bool root;

/* ---- making files --------------------------------------------------------- */

static void make_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (n < 0 || fchmod(fd, mode) < 0 || close(fd) < 0)
		printf("# cannot make %s: %s\n", path, strerror(errno));
}

static void make_directory(const char *path, mode_t mode)
{
	if (mkdir(path, 0700) < 0 || chmod(path, mode) < 0)
		printf("# cannot make %s: %s\n", path, strerror(errno));
}

static void make_link(const char *target, const char *path)
{
	if (symlink(target, path) < 0)
		printf("# cannot link %s: %s\n", path, strerror(errno));
}

static bool give_away(const char *path)
{
	return lchown(path, OTHER, OTHER) == 0;
}

/* ---- checking ------------------------------------------------------------- */

static void accepted(const char *path, const char *text, const char *what)
{
	struct buffer out = { 0 };
	int found = trust_read(path, LIMIT, &out, &err);

	if (!ok(found == 1 && span_is(buffer_span(&out), text), what))
		printf("# %d, %zu bytes, %s\n", found, out.size, found < 0 ? err.text : "");
	buffer_free(&out);
}

static void absent(const char *path, const char *what)
{
	struct buffer out = { 0 };
	int found = trust_read(path, LIMIT, &out, &err);

	if (!ok(found == 0 && out.size == 0, what))
		printf("# %d: %s\n", found, found < 0 ? err.text : "");
	buffer_free(&out);
}

/* The message has to say `reason`, and what was read before must stay. */
static void refused(const char *path, const char *reason, const char *what)
{
	struct buffer out = { 0 };
	int found;

	buffer_text(&out, "before");
	found = trust_read(path, LIMIT, &out, &err);
	if (!ok(found == -1 && strstr(err.text, reason), what))
		printf("# %d: %s\n", found, found < 0 ? err.text : "");
	if (!span_is(buffer_span(&out), "before"))
		ok(false, "a refusal leaves the buffer as it was");
	buffer_free(&out);
}

/* ---- what is obeyed ------------------------------------------------------- */

static void test_accepted(void)
{
	char text[LIMIT + 1] = "";

	make_file("good", "good", 0644);
	make_directory("deep", 0755);
	make_directory("shared", 01777);
	make_directory("shared/ours", 0755);
	make_file("shared/ours/good", "good", 0400);
	make_link("good", "link");
	make_link("../link", "deep/up");
	memset(text, 'x', LIMIT);
	make_file("full", text, 0600);

	accepted("good", "good", "a file of ours");
	accepted("./deep/..//good", "good", "by a winding path");
	accepted("link", "good", "a link of ours");
	accepted("deep/up", "good", "a link to a link");
	accepted("shared/ours/good", "good", "a sticky directory on the way");
	accepted("full", text, "a file of exactly the limit");
}

static void test_absent(void)
{
	make_link("/dev/null", "mask");
	make_link("mask", "mask2");
	absent("none", "a file that does not exist");
	absent("none/none", "nor its directory");
	absent("mask", "a link to /dev/null masks");
	absent("mask2", "a link to such a link as well");
	absent("/dev/null", "and /dev/null itself");
}

static void test_modes(void)
{
	make_file("group", "x", 0664);
	make_file("world", "x", 0602);
	make_file("both", "x", 0666);
	make_directory("group-dir", 0775);
	make_file("group-dir/file", "x", 0644);
	make_directory("world-dir", 0777);
	make_directory("world-dir/ours", 0755);
	make_file("world-dir/ours/file", "x", 0644);
	make_file("shared/file", "x", 0644);
	make_link("../good", "shared/link");
	make_link("world-dir/ours/file", "to-world");

	refused("group", "mode 0664 lets its group write it (chmod g-w /", "group-writable");
	refused("world", "mode 0602 lets everybody write it (chmod o-w /", "world-writable");
	refused("both", "mode 0666 lets everybody write it (chmod go-w /", "writable by both");
	refused("group-dir/file", "/group-dir: mode 0775", "a group-writable directory");
	refused("world-dir/ours/file", "/world-dir: mode 0777", "a writable directory further up");
	refused("world-dir/../good", "/world-dir: mode 0777", "even if only passed through");
	refused("shared/file", "in a directory of mode 1777", "a file in a sticky directory");
	refused("shared/link", "in a directory of mode 1777", "a link in a sticky directory");
	refused("to-world", "/world-dir: mode 0777", "a link into a writable directory");
	ok(strncmp(err.text, "to-world: /", 11) == 0, "and both paths are named");
}

/* An access list with an entry for another user, as setfacl -m u:12345:rw. */
static void test_access_list(void)
{
	static const struct {
		uint32_t version;
		struct {
			uint16_t tag, permissions;
			uint32_t id;
		} entries[5];
	} list = { 2,
		   { { 1, 6, UINT32_MAX },
		     { 2, 6, OTHER },
		     { 4, 4, UINT32_MAX },
		     { 16, 6, UINT32_MAX },
		     { 32, 4, UINT32_MAX } } };

	make_file("listed", "x", 0644);
	if (setxattr("listed", "system.posix_acl_access", &list, sizeof(list), 0) < 0)
		skip("an access list that lets another write", strerror(errno));
	else
		refused("listed", "lets its group write", "an access list that lets another write");
}

static void test_owners(void)
{
	if (!root) {
		skip("files of another owner", "only root can give files away");
		return;
	}
	make_file("foreign", "x", 0644);
	make_directory("foreign-dir", 0755);
	make_file("foreign-dir/file", "x", 0644);
	make_directory("shared/foreign", 0755);
	make_file("shared/foreign/file", "x", 0644);
	make_link("good", "foreign-link");
	make_link("foreign", "to-foreign");
	if (!give_away("foreign") || !give_away("foreign-dir") || !give_away("foreign-link") ||
	    !give_away("shared/foreign")) {
		skip("files of another owner", "chown fails");
		return;
	}
	refused("foreign", "belongs to uid 12345, must belong to root (chown root /", "its owner");
	refused("foreign-dir/file", "/foreign-dir: belongs to uid 12345", "the directory's owner");
	refused("shared/foreign/file", "/shared/foreign: belongs to uid 12345",
		"a directory of another in a sticky one");
	refused("foreign-link", "/foreign-link: belongs to uid 12345", "the link's owner");
	refused("to-foreign", "/foreign: belongs to uid 12345", "a link to a file of another");
}

static void test_links(void)
{
	char path[64];
	int ends[2];

	make_link("nowhere", "dangling");
	make_link("loop", "loop");
	make_file("first", "x", 0644);
	refused("dangling", "/nowhere: does not exist, but a link points there", "a dangling link");
	refused("loop", "more than 40 links", "a link to itself");
	if (link("first", "second") == 0)
		refused("second", "has 2 names (hard links), must have one", "a hard link");
	if (pipe2(ends, O_CLOEXEC) == 0) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", ends[0]);
		refused(path, "does not exist, but a link points there", "a pipe by /proc/self/fd");
		close(ends[0]);
		close(ends[1]);
	}
}

static void test_types(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = "socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	make_link("fifo", "to-fifo");
	if (mkfifo("fifo", 0600) == 0) {
		refused("fifo", "is a FIFO, must be a regular file", "a FIFO");
		refused("to-fifo", "is a FIFO, must be a regular file", "a link to one");
	}
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		refused("socket", "is a socket, must be a regular file", "a socket");
	close(fd);
	refused("/dev/zero", "is a character device", "a character device");
	if (mknod("block", S_IFBLK | 0600, makedev(7, 99)) == 0)
		refused("block", "is a block device", "a block device");
	else
		skip("a block device", strerror(errno));
	refused("deep", "is a directory, must be a regular file", "a directory");
	refused("/", "is a directory, must be a regular file", "the root directory");
	refused("good/none", "leads through a file", "a file in place of a directory");
}

static void test_sizes(void)
{
	char text[LIMIT + 2] = "";
	char *path = malloc(2 * PATH_MAX);

	memset(text, 'x', LIMIT + 1);
	make_file("big", text, 0600);
	make_file("sparse", "", 0600);
	if (truncate("sparse", 1ll << 40) < 0)
		printf("# no sparse file: %s\n", strerror(errno));
	refused("big", "has 1001 bytes, more than the limit of 1000", "a file beyond the limit");
	refused("sparse", "has 1099511627776 bytes", "a sparse file beyond the limit");
	refused("/proc/self/smaps", "larger than the limit of 1000 bytes",
		"a file that does not tell its size");

	memset(path, 'x', 2 * PATH_MAX);
	path[2 * PATH_MAX - 1] = 0;
	refused(path, "the path is too long", "a path beyond the limit");
	path[NAME_MAX + 1] = 0;
	refused(path, "the path is too long", "a name beyond the limit");
	free(path);
}

/* ---- races ---------------------------------------------------------------- */

/* Exchanges two names until it is killed. */
static pid_t start_swapping(const char *a, const char *b)
{
	pid_t child = fork();

	while (child == 0)
		renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
	return child;
}

/* Reads while the names are exchanged: whatever happens, "evil" is not obeyed. */
static void survive_swaps(const char *path, const char *a, const char *b, const char *what)
{
	pid_t child = start_swapping(a, b);
	struct buffer out = { 0 };
	int good = 0, evil = 0;

	for (int i = 0; i < SWAPS; i++) {
		buffer_clear(&out);
		if (trust_read(path, LIMIT, &out, &err) > 0) {
			good += span_is(buffer_span(&out), "good");
			evil += !span_is(buffer_span(&out), "good");
		}
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	buffer_free(&out);
	is_number(evil, 0, what);
	printf("# obeyed %d times of %d\n", good, SWAPS);
}

static void test_races(void)
{
	make_file("race-good", "good", 0644);
	make_file("race-evil", "evil", 0666);
	survive_swaps("race-good", "race-good", "race-evil", "file against file");
	make_link("race-evil", "race-link");
	unlink("race-good");
	make_file("race-good", "good", 0644);
	survive_swaps("race-good", "race-good", "race-link", "file against link");
	make_directory("race-a", 0755);
	make_directory("race-b", 0777);
	make_file("race-a/file", "good", 0644);
	make_file("race-b/file", "evil", 0644);
	survive_swaps("race-a/file", "race-a", "race-b", "directory against directory");
}

/* ---- what is obeyed by not being there -------------------------------------- */

/* 1, 0, or what is wrong. */
static void list(const char *path, int want, const char *reason, const char *what)
{
	DIR *dir = NULL;
	int found = trust_list(path, &dir, &err);

	if (!ok(found == want && (found > 0) == (dir != NULL) &&
			(found >= 0 || strstr(err.text, reason)),
		what))
		printf("# %d: %s\n", found, found < 0 ? err.text : "");
	if (dir)
		closedir(dir);
}

static void test_lists(void)
{
	make_directory("rules", 0755);
	make_directory("rules/group", 0775);
	make_link("rules", "to-rules");
	make_link("/dev/null", "no-rules");
	list("rules", 1, "", "an empty directory of ours");
	list("to-rules", 1, "", "a link of ours to it");
	list("none", 0, "", "a directory that does not exist");
	list("no-rules", 0, "", "one that is masked");
	list("rules/group", -1, "/rules/group: mode 0775 lets its group write it", "its mode");
	list("world-dir/ours", -1, "/world-dir: mode 0777", "a mode on the way");
	list("shared", -1, "/shared: is a directory of mode 1777", "a sticky one");
	list("good", -1, "/good: is not a directory", "a file");
	list("fifo", -1, "is a FIFO", "a FIFO");
	list("dangling", -1, "does not exist, but a link points there", "a dangling link");
	if (root) {
		list("foreign-dir", -1, "/foreign-dir: belongs to uid 12345", "its owner");
		list("shared/foreign", -1, "/shared/foreign: belongs to uid 12345", "another's");
	}
}

static void masked(const char *path, int want, const char *reason, const char *what)
{
	int found = trust_masked(path, &err);

	if (!ok(found == want && (found >= 0 || strstr(err.text, reason)), what))
		printf("# %d: %s\n", found, found < 0 ? err.text : "");
}

static void test_masks(void)
{
	make_link("/dev/null", "shared/mask");
	make_link("/dev/null", "group-dir/mask");
	make_link("world-dir/ours/mask", "to-mask");
	make_link("/dev/null", "world-dir/ours/mask");
	masked("mask", 1, "", "a link of ours");
	masked("mask2", 1, "", "a link to such a link");
	masked("/dev/null", 1, "", "/dev/null itself");
	masked("good", 0, "", "a file");
	masked("none", 0, "", "nothing");
	masked("/dev/zero", 0, "", "another device");
	make_link("loop", "loop");
	masked("loop", -1, "loop: cannot look at: Too many levels", "a link to itself");
	masked("good/mask", -1, "good/mask: cannot look at: Not a directory",
	       "what no one can be asked about");
	masked("shared/mask", -1, "in a directory of mode 1777", "a link in a sticky directory");
	masked("group-dir/mask", -1, "/group-dir: mode 0775", "one in a group's directory");
	masked("to-mask", -1, "/world-dir: mode 0777", "a link by way of everybody's directory");
	if (!root)
		return;
	make_link("/dev/null", "foreign-mask");
	make_link("/dev/null", "foreign-dir/mask");
	give_away("foreign-mask");
	masked("foreign-mask", -1, "/foreign-mask: belongs to uid 12345", "a link of another");
	masked("foreign-dir/mask", -1, "/foreign-dir: belongs to uid 12345", "another's directory");
}

static int open_files(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

/* Everything the test made, and the directory itself. */
static void remove_all(const char *top)
{
	char command[PATH_MAX];

	snprintf(command, sizeof(command), "rm -rf '%s'", top);
	if (chdir("/") < 0 || system(command) != 0)
		printf("# cannot remove %s\n", top);
}

int main(void)
{
	char top[] = "/tmp/test_trust.XXXXXX";
	int before;

	umask(022);
	root = geteuid() == 0;
	if (!mkdtemp(top) || chdir(top) < 0)
		return 1;
	before = open_files();
	test_accepted();
	test_absent();
	test_modes();
	test_access_list();
	test_owners();
	test_links();
	test_types();
	test_sizes();
	test_lists();
	test_masks();
	test_races();
	is_number(open_files(), before, "no descriptor is left open");
	remove_all(top);
	return test_end();
}
