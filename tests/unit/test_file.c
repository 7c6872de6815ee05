/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <sys/syscall.h>

#include "../../proto/file.h"
#include "fakeroot.h"
#include "test.h"

/* ---- a system whose write() is short, interrupted, or fails ---- */

static size_t write_most = SIZE_MAX; /* bytes that one call takes */
static int write_calls;
static int write_error; /* what every second call fails with; 0: none does */

ssize_t write(int fd, const void *data, size_t size)
{
	if (write_error && ++write_calls % 2 == 0) {
		errno = write_error;
		return -1;
	}
	return syscall(SYS_write, fd, data, size < write_most ? size : write_most);
}

static const char *text_of(int dir, const char *path)
{
	static char text[100];
	int fd = openat(dir, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : file_read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = 0;
	return n < 0 ? "(none)" : text;
}

static void test_write(int dir)
{
	int fd = openat(dir, "written", O_RDWR | O_CREAT | O_CLOEXEC, 0600), status;

	write_most = 3;
	write_error = EINTR;
	status = file_write(fd, span_text("0123456789"));
	write_error = 0;
	is_number(status, 0, "short and interrupted writes go on");
	is_text(text_of(dir, "written"), "0123456789", "to the end");
	write_calls = 0;
	write_error = ENOSPC;
	errno = 0;
	status = file_write(fd, span_text("0123456789"));
	write_error = 0;
	write_most = SIZE_MAX;
	ok(status < 0 && errno == ENOSPC, "a failure after a short write is told with its error");
	close(fd);
}

/* ---- lists ---- */

static int count_entries(DIR *list)
{
	int count = 0;

	while (file_next(list))
		count++;
	return errno ? -1 : count;
}

static void test_list(int root)
{
	fakeroot_put(root, "list/a", "");
	fakeroot_put(root, "list/.b", "");
	fakeroot_put(root, "list/c/d", "");
	{
		int dir = openat(root, "list", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		cleanup_dir DIR *one = file_list(dir, "."), *two = file_list(dir, ".");

		is_number(count_entries(one), 3, "all entries but . and ..");
		is_number(count_entries(two), 3, "each list begins at the first");
		close(dir);
	}
	ok(!file_list(root, "list/a") && errno == ENOTDIR, "a file is not a directory");
	ok(!file_list(root, "none") && errno == ENOENT, "nor is what does not exist");
}

/* ---- copying ---- */

#define FAR (256 << 20)

static void test_copy_whole(int root)
{
	cleanup_close int from = -1, to = openat(root, "copy", O_RDWR | O_CREAT, 0600);
	struct stat st;
	char x;

	fakeroot_put(root, "sparse", "a");
	from = openat(root, "sparse", O_RDWR);
	ok(pwrite(from, "b", 1, FAR / 2) == 1 && ftruncate(from, FAR) == 0, "a file with holes");
	is_number(file_copy_whole(from, to), 0, "is copied");
	ok(fstat(to, &st) == 0 && st.st_size == FAR, "to its end");
	ok(st.st_blocks < FAR / 512 / 100, "holes stay holes");
	ok(pread(to, &x, 1, 0) == 1 && x == 'a' && pread(to, &x, 1, FAR / 2) == 1 && x == 'b' &&
		   pread(to, &x, 1, FAR / 2 + 1) == 1 && x == 0,
	   "with what is in it");
	ok(ftruncate(from, 0) == 0 && ftruncate(to, 0) == 0 && file_copy_whole(from, to) == 0,
	   "an empty one, too");
}

/* ---- replacing ---- */

static int replace(int dir, const char *path, const char *text)
{
	cleanup_close int fd = file_replace_begin(dir, path);

	return fd < 0 || file_write(fd, span_text(text)) < 0 ? -1 : file_replace_end(dir, path);
}

static void test_replace(int root)
{
	char path[5000];
	struct stat st;

	fakeroot_put(root, "d/file", "old");
	is_number(linkat(root, "d/file", root, "d/other", 0), 0, "a link is made");
	fakeroot_put(root, "d/.file.criu-rewrite", "of a process that was killed");
	is_number(replace(root, "d/file", "new"), 0, "a file is replaced");
	is_text(text_of(root, "d/file"), "new", "it is the new one");
	is_text(text_of(root, "d/other"), "old", "another name of the old one keeps it");
	ok(fstatat(root, "d/file", &st, 0) == 0 && (st.st_mode & 0777) == 0600,
	   "and it is for its owner alone");

	unlinkat(root, "d/file", 0);
	mkfifoat(root, "d/file", 0600);
	mkfifoat(root, "d/.file.criu-rewrite", 0600);
	is_number(replace(root, "d/file", "new"), 0, "neither of two FIFOs makes it wait");
	is_text(text_of(root, "d/file"), "new", "the file is there");

	is_number(symlinkat("other", root, "d/.file.criu-rewrite"), 0, "a link is made");
	is_number(replace(root, "d/file", "newer"), 0, "a link in the way is not followed");
	is_text(text_of(root, "d/other"), "old", "its target is as it was");

	close(file_replace_begin(root, "d/file"));
	errno = EIO;
	file_replace_cancel(root, "d/file");
	ok(errno == EIO && faccessat(root, "d/.file.criu-rewrite", F_OK, 0) < 0, "cancelled");
	is_text(text_of(root, "d/file"), "newer", "the file is as it was");
	is_number(file_sync_directory(root), 0, "the directory goes to the disk");

	is_number(file_replace_aside(root, "d/file"), 0, "it is put aside");
	ok(faccessat(root, "d/file", F_OK, 0) < 0, "and not there");
	is_number(file_replace_end(root, "d/file"), 0, "until it is brought back");
	is_text(text_of(root, "d/file"), "newer", "as it was");
	fakeroot_put(root, "d/.file.criu-rewrite", "newest");
	is_number(file_replace_aside(root, "d/file"), 0, "one that has a successor is put aside");
	ok(faccessat(root, "d/file", F_OK, 0) < 0, "and gone");
	close(file_replace_begun(root, "d/file"));
	is_number(file_replace_end(root, "d/file"), 0, "the successor takes its place");
	is_text(text_of(root, "d/file"), "newest", "it is the new one");
	ok(file_replace_begun(root, "d/file") < 0 && errno == ENOENT, "then none is begun");
	ok(file_is_replacing(".file.criu-rewrite") && !file_is_replacing("file.criu-rewrite"),
	   "such files are known by name");

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	ok(file_replace_begin(root, path) < 0 && errno == ENAMETOOLONG, "a path is too long");
}

/* ---- files of others ---- */

static void test_open(int root)
{
	mkfifoat(root, "fifo", 0600);
	is_number(symlinkat("written", root, "link"), 0, "a link is made");
	{
		cleanup_close int fd = file_open(root, "fifo");

		ok(fd >= 0, "a FIFO without a writer does not make it wait");
	}
	ok(file_open(root, "link") < 0 && errno == ELOOP, "a link is not followed");
}

int main(void)
{
	int root = fakeroot_make();

	test_write(root);
	test_list(root);
	test_copy_whole(root);
	test_replace(root);
	test_open(root);
	close(root);
	fakeroot_remove();
	return test_end();
}
