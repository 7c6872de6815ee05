/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that are obeyed or not because of what they are mounted on. A FUSE
 * server of another user claims that everything belongs to root, and nothing
 * of it is obeyed all the same. Hard links are fine where nobody can write. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../plugin/trust.h"
#include "test.h"

#define FILE_NODE 2
#define CONTENT "evil"

static struct error err;

/* ---- the server ----------------------------------------------------------- */

static void answer(int fd, uint64_t request, int error, const void *data, size_t size)
{
	struct fuse_out_header head = { .len = (uint32_t)(sizeof(head) + size),
					.error = -error,
					.unique = request };
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)(uintptr_t)data, size } };

	if (writev(fd, parts, 2) < 0)
		_exit(1);
}

static struct fuse_attr attributes(uint64_t node)
{
	return (struct fuse_attr){ .ino = node,
				   .nlink = 1,
				   .size = strlen(CONTENT),
				   .mode = node == FILE_NODE ? S_IFREG | 0644 : S_IFDIR | 0755 };
}

static void serve(int fd, const struct fuse_in_header *in)
{
	struct fuse_init_out init = { .major = FUSE_KERNEL_VERSION,
				      .minor = 31,
				      .max_write = 4096 };
	struct fuse_entry_out entry = { .nodeid = FILE_NODE, .attr = attributes(FILE_NODE) };
	struct fuse_attr_out attr = { .attr = attributes(in->nodeid) };
	struct fuse_statfs_out statfs = { .st = { .bsize = 512, .namelen = 255 } };
	struct fuse_open_out opened = { .fh = 1 };

	switch (in->opcode) {
	case FUSE_INIT:
		return answer(fd, in->unique, 0, &init, sizeof(init));
	case FUSE_LOOKUP:
		return answer(fd, in->unique, 0, &entry, sizeof(entry));
	case FUSE_GETATTR:
		return answer(fd, in->unique, 0, &attr, sizeof(attr));
	case FUSE_STATFS:
		return answer(fd, in->unique, 0, &statfs, sizeof(statfs));
	case FUSE_OPEN:
		return answer(fd, in->unique, 0, &opened, sizeof(opened));
	case FUSE_READ:
		return answer(fd, in->unique, 0, CONTENT, strlen(CONTENT));
	case FUSE_FORGET:
		return;
	default:
		return answer(fd, in->unique, ENOSYS, NULL, 0);
	}
}

static pid_t start_server(int fd)
{
	static union {
		struct fuse_in_header head;
		char bytes[FUSE_MIN_READ_BUFFER + 4096];
	} request;
	pid_t child = fork();

	while (child == 0) {
		if (read(fd, &request, sizeof(request)) > 0)
			serve(fd, &request.head);
		else if (errno != EINTR)
			_exit(0);
	}
	return child;
}

/* ---- the checks ----------------------------------------------------------- */

static int mount_as(const char *path, int fd, unsigned user)
{
	char options[128];

	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=%u,group_id=%u,allow_other,default_permissions", fd,
		 user, user);
	return mount("test", path, "fuse", MS_NOSUID | MS_NODEV, options);
}

/* Reads path/file on a mount of that user; *found as trust_read(). */
static bool read_on_mount(const char *path, unsigned user, struct buffer *out, int *found)
{
	char file[64];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	pid_t server;

	if (fd < 0 || mount_as(path, fd, user) < 0) {
		skip("a FUSE mount", strerror(errno));
		return false;
	}
	server = start_server(fd);
	close(fd);
	snprintf(file, sizeof(file), "%s/file", path);
	*found = trust_read(file, 100, out, &err);
	umount2(path, MNT_DETACH);
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	return true;
}

static void test_fuse(const char *path)
{
	struct buffer out = { 0 };
	int found;

	if (read_on_mount(path, 0, &out, &found)) {
		is_number(found, 1, "a file on a FUSE mount of root");
		ok(span_is(buffer_span(&out), CONTENT), "is read");
	}
	buffer_clear(&out);
	if (read_on_mount(path, 12345, &out, &found)) {
		is_number(found, -1, "a file on a FUSE mount of another user");
		ok(strstr(err.text, ": is on a FUSE mount of uid 12345, who can"), "is refused");
		is_number(out.size, 0, "and not read");
	}
	buffer_free(&out);
}

static void test_read_only(const char *path)
{
	char one[64], two[64];
	struct buffer out = { 0 };
	int fd;

	snprintf(one, sizeof(one), "%s/one", path);
	snprintf(two, sizeof(two), "%s/two", path);
	fd = open(one, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	if (fd < 0 || link(one, two) < 0 || mount(path, path, NULL, MS_BIND, NULL) < 0) {
		skip("a hard link", strerror(errno));
	} else {
		is_number(trust_read(one, 100, &out, &err), -1, "a hard link");
		mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL);
		is_number(trust_read(one, 100, &out, &err), 1, "on a read-only mount");
		umount2(path, MNT_DETACH);
	}
	if (fd >= 0)
		close(fd);
	unlink(one);
	unlink(two);
	buffer_free(&out);
}

/* ---- a user namespace -------------------------------------------------------- */

static bool make_file(const char *path, uid_t owner)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	bool made = fd >= 0 && write(fd, "x", 1) == 1 && fchown(fd, owner, owner) == 0;

	if (fd >= 0)
		close(fd);
	return made;
}

/* On an /etc of our own, since only there somebody outside is obeyed. */
static bool make_files(void)
{
	return mount("test", "/etc", "tmpfs", 0, "mode=0755") == 0 &&
	       mkdir("/etc/criu", 0755) == 0 && make_file("/etc/criu/rewrite.conf", 0) &&
	       make_file("/etc/other", 0) && mkdir("/etc/criu2", 0755) == 0 &&
	       make_file("/etc/criu2/file", 0) && make_file("/etc/mine", 12345) &&
	       make_file("/etc/criu2/mine", 12345) && symlink("/etc/other", "/etc/criu/link") == 0;
}

/* As uid 0 of a namespace that knows nobody but uid 12345 of the host. */
static bool enter_user_namespace(void)
{
	int ends[2], fd;
	pid_t child;
	char byte, path[64];

	if (pipe2(ends, O_CLOEXEC) < 0 || (child = fork()) < 0)
		return false;
	if (child == 0) {
		snprintf(path, sizeof(path), "/proc/%d/uid_map", (int)getppid());
		if (read(ends[0], &byte, 1) != 1)
			_exit(1);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		_exit(fd < 0 || write(fd, "0 12345 1", 9) != 9);
	}
	if (unshare(CLONE_NEWUSER) < 0 || write(ends[1], "", 1) != 1)
		return false;
	return waitpid(child, &fd, 0) == child && fd == 0 && setuid(0) == 0;
}

static void check_outside(void)
{
	struct buffer out = { 0 };

	is_number(trust_read("/etc/criu/rewrite.conf", 100, &out, &err), 1,
		  "a file of the host's root in /etc/criu, seen from a user namespace");
	is_number(trust_read("/etc/other", 100, &out, &err), -1, "one beside it");
	ok(strstr(err.text, "/etc/other: belongs to somebody outside this user namespace"),
	   "is refused");
	is_number(trust_read("/etc/criu2/file", 100, &out, &err), -1, "a name that begins alike");
	is_number(trust_read("/etc/criu/link", 100, &out, &err), -1, "a link out of /etc/criu");
	is_number(trust_read("/etc/mine", 100, &out, &err), 1, "our own file on the way");
	is_number(trust_read("/etc/criu2/mine", 100, &out, &err), -1, "one in another directory");
	ok(strstr(err.text, "/etc/criu2: belongs to somebody outside"), "is refused for that");
	buffer_free(&out);
}

static void test_user_namespace(void)
{
	if (!make_files() || !enter_user_namespace())
		skip("a user namespace", strerror(errno));
	else
		check_outside();
}

int main(void)
{
	char path[] = "/tmp/test_mounts.XXXXXX";

	if (!mkdtemp(path))
		return 1;
	umask(022);
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		skip("mounts", strerror(errno));
		rmdir(path);
		return test_end();
	}
	test_fuse(path);
	test_read_only(path);
	rmdir(path);
	test_user_namespace();
	return test_end();
}
