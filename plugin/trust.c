/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A file that is obeyed is reached by a walk from "/", name by name, with a
 * descriptor on every directory of the way. What counts is what such a
 * descriptor says (fstat), never what a path says, so renaming and swapping
 * meanwhile changes nothing:
 *
 *	- every directory up to "/" belongs to root or to the caller, and nobody
 *	  else may write it. In a user namespace that does not know root of the
 *	  host, whoever it does not know counts as root on the way to /etc/criu. A sticky directory such as /tmp may lie on the
 *	  way, since nobody can swap a directory of ours there, but must not
 *	  hold the file: others could have linked or moved an old one there.
 *	- a symbolic link belongs to root or to the caller and stands in such a
 *	  directory; its target is walked to in the same way. Hence link and
 *	  target satisfy the same conditions.
 *	- the file is regular, of root or the caller, and nobody else may write
 *	  it. An access list that lets others write shows as group-writable.
 *	- it has one name only, unless nobody can write the file system at all
 *	  (image-based systems deduplicate /usr by hard links).
 *	- it is not on a FUSE mount of another user, which can claim any owner.
 *
 * Devices, FIFOs and sockets are not even opened. /dev/null masks.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "../proto/file.h"
#include "hostfile.h"
#include "trust.h"

#define LINKS_MAX 40 /* as in the kernel */

/* ---- owners --------------------------------------------------------------- */

/* The numbers in a file of /proc; how many there are. */
static int proc_numbers(const char *path, unsigned numbers[3])
{
	cleanup_buffer struct buffer text = { 0 };
	struct error ignored;

	if (hostfile_read(AT_FDCWD, path, HOSTFILE_MAX, &text, &ignored) <= 0)
		return 0;
	return sscanf((const char *)text.data, "%u %u %u", &numbers[0], &numbers[1], &numbers[2]);
}

/* Of somebody outside of our user namespace: root of the host, or any other
 * user, since all of them show as one. */
static bool is_outside(uid_t uid)
{
	unsigned overflow[3], map[3];

	return proc_numbers("/proc/sys/kernel/overflowuid", overflow) == 1 && uid == overflow[0] &&
	       !(proc_numbers("/proc/self/uid_map", map) == 3 && map[0] == 0 && map[1] == 0 &&
		 map[2] == UINT32_MAX);
}

/* "/" and "/etc" are on the way to "/etc/criu", and "/etc/criu/rewrite.d" too. */
static bool is_on_way(const char *path, const char *to)
{
	size_t a = strlen(path), b = strlen(to), shorter = a < b ? a : b;

	if (strcmp(path, "/") == 0)
		return true;
	return strncmp(path, to, shorter) == 0 && (a == b || (a < b ? to : path)[shorter] == '/');
}

/* Below these directories everything is root's, or it was root who let others in. */
static int judge_outside(const char *path, struct error *err)
{
	if (is_on_way(path, CRW_SYSCONFDIR "/criu") || is_on_way(path, CRW_DATADIR))
		return 0;
	return fail(err,
		    "%s: belongs to somebody outside this user namespace, so it is trusted "
		    "only below " CRW_SYSCONFDIR "/criu (copy it there)",
		    path);
}

static int judge_owner(const char *path, const struct stat *st, struct error *err)
{
	uid_t caller;

	if (st->st_uid == 0)
		return 0;
	caller = geteuid();
	if (is_outside(st->st_uid))
		return judge_outside(path, err);
	if (st->st_uid == caller)
		return 0;
	if (caller == 0)
		return fail(err, "%s: belongs to uid %u, must belong to root (chown root %s)", path,
			    st->st_uid, path);
	return fail(err, "%s: belongs to uid %u, must belong to root or uid %u (chown root %s)",
		    path, st->st_uid, caller, path);
}

/* ---- modes and mounts ------------------------------------------------------ */

static int judge_mode(const char *path, mode_t mode, struct error *err)
{
	static const struct {
		const char *who, *letters;
	} writers[] = {
		[S_IWGRP] = { "its group", "g" },
		[S_IWOTH] = { "everybody", "o" },
		[S_IWGRP | S_IWOTH] = { "everybody", "go" },
	};
	mode_t found = mode & (S_IWGRP | S_IWOTH);

	if (!found)
		return 0;
	return fail(err, "%s: mode %04o lets %s write it (chmod %s-w %s)", path, mode & 07777,
		    writers[found].who, writers[found].letters, path);
}

/* The number behind the first `key` after `from` on its line; -1: none. */
static long number_behind(const char *from, const char *key)
{
	const char *at = strstr(from, key);
	const char *end = strchr(from, '\n');

	return at && (!end || at < end) ? strtol(at + strlen(key), NULL, 10) : -1;
}

/* The line of a file of /proc that begins so; NULL with err set. */
static const char *proc_line(const char *path, const char *begin, struct buffer *text,
			     struct error *err)
{
	const char *line = NULL;
	int found;

	buffer_clear(text);
	buffer_byte(text, '\n');
	found = hostfile_read(AT_FDCWD, path, HOSTFILE_MAX, text, err);
	if (found > 0)
		line = strstr((const char *)text->data, begin);
	if (found >= 0 && !line)
		fail(err, "%s does not say on which mount it is", path);
	return line ? line + 1 : NULL;
}

/* Who mounted the FUSE file system that fd is on. *user is -1 for nobody in particular,
 * as with virtiofs. */
static int fuse_user(int fd, long *user, struct error *err)
{
	char path[64], entry[64];
	cleanup_buffer struct buffer text = { 0 };
	const char *line;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	line = proc_line(path, "\nmnt_id:", &text, err);
	if (!line)
		return -1;
	snprintf(entry, sizeof(entry), "\n%ld ", number_behind(line, "mnt_id:"));
	line = proc_line("/proc/self/mountinfo", entry, &text, err);
	if (!line)
		return -1;
	*user = number_behind(line, "user_id=");
	return 0;
}

/* A FUSE server says of its files what it likes, owner and mode included. */
static int judge_mount(const char *path, int fd, struct error *err)
{
	struct statfs fs;
	long user;

	if (fstatfs(fd, &fs) < 0)
		return fail_errno(err, "%s: cannot look at its file system", path);
	if (fs.f_type != FUSE_SUPER_MAGIC)
		return 0;
	if (fuse_user(fd, &user, err) < 0)
		return error_context(err, "%s", path);
	if (user <= 0 || (uid_t)user == geteuid())
		return 0;
	return fail(err,
		    "%s: is on a FUSE mount of uid %ld, who can put anything in it "
		    "(copy it to a file system of root)",
		    path, user);
}

/* ---- the walk --------------------------------------------------------------- */

struct walk {
	char seen[PATH_MAX]; /* the way so far without links, "" for "/": for messages */
	char rest[PATH_MAX]; /* the names that are still to be walked */
	int dir;             /* the directory at the end of `seen` */
	struct stat dir_stat;
	unsigned links; /* followed so far */
};

/* What the walk has come to; what is on the same mount as the directory above shares its
 * verdict. */
static int judge(const struct walk *w, int fd, const struct stat *st, struct error *err)
{
	const char *path = w->seen[0] ? w->seen : "/";

	if (judge_owner(path, st, err) < 0 || judge_mode(path, st->st_mode, err) < 0)
		return -1;
	if (w->dir >= 0 && w->dir_stat.st_dev == st->st_dev)
		return 0;
	return judge_mount(path, fd, err);
}

/* A directory that others may write, but where they may not touch what is ours. */
static bool is_shared(const struct stat *st)
{
	return (st->st_mode & S_ISVTX) && (st->st_mode & (S_IWGRP | S_IWOTH));
}

static int fail_shared(const struct walk *w, const char *is, struct error *err)
{
	return fail(err,
		    "%s: %s a directory of mode %04o, where anybody may put files (move it "
		    "to a directory of its owner alone)",
		    w->seen, is, w->dir_stat.st_mode & 07777);
}

/* Makes fd, whose path is w->seen, the directory that the walk is in. */
static int enter(struct walk *w, int fd, const struct stat *st, struct error *err)
{
	struct stat judged = *st;

	if (is_shared(st))
		judged.st_mode &= ~(mode_t)(S_IWGRP | S_IWOTH);
	if (judge(w, fd, &judged, err) < 0) {
		close(fd);
		return -1;
	}
	if (w->dir >= 0)
		close(w->dir);
	w->dir = fd;
	w->dir_stat = *st;
	return 0;
}

static int enter_root(struct walk *w, struct error *err)
{
	struct stat st;
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	w->seen[0] = 0;
	if (fd < 0)
		return fail_errno(err, "/: cannot open");
	if (fstat(fd, &st) < 0) {
		close(fd);
		return fail_errno(err, "/: cannot look at");
	}
	return enter(w, fd, &st, err);
}

/* "front/back" as what is to be walked. */
static int set_rest(struct walk *w, const char *front, const char *back, struct error *err)
{
	char joined[PATH_MAX];
	int length = snprintf(joined, sizeof(joined), "%s/%s", front, back);

	if (length < 0 || (size_t)length >= sizeof(joined))
		return fail(err, "%.64s...: the path is too long", front);
	memcpy(w->rest, joined, (size_t)length + 1);
	return 0;
}

/* Walks on at the target of the link that fd stands for. */
static int follow(struct walk *w, int fd, const struct stat *st, struct error *err)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(fd, "", target, sizeof(target) - 1);

	if (length < 0)
		return fail_errno(err, "%s: cannot read the link", w->seen);
	target[length] = 0;
	if (judge_owner(w->seen, st, err) < 0)
		return -1;
	if (++w->links > LINKS_MAX)
		return fail(err, "%s: more than %d links in a row", w->seen, LINKS_MAX);
	if (set_rest(w, target, w->rest, err) < 0)
		return -1;
	if (target[0] == '/')
		return enter_root(w, err);
	*strrchr(w->seen, '/') = 0;
	return 0;
}

/* Takes the next name off w->rest and puts it behind w->seen: 1, 0 at the end. */
static int next_name(struct walk *w, char name[static NAME_MAX + 1], struct error *err)
{
	const char *start = w->rest + strspn(w->rest, "/");
	size_t length = strcspn(start, "/"), seen = strlen(w->seen);

	if (length == 0)
		return 0;
	if (length > NAME_MAX || seen + length + 2 > sizeof(w->seen))
		return fail(err, "%s: the path is too long", w->seen);
	memcpy(name, start, length);
	name[length] = 0;
	memmove(w->rest, start + length, strlen(start + length) + 1);
	if (strcmp(name, "..") == 0 && seen)
		*strrchr(w->seen, '/') = 0;
	else if (strcmp(name, "..") != 0 && strcmp(name, ".") != 0)
		snprintf(w->seen + seen, sizeof(w->seen) - seen, "/%s", name);
	return 1;
}

static bool is_null_device(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

static int judge_type(const char *path, mode_t mode, struct error *err)
{
	static const struct {
		mode_t type;
		const char *name;
	} types[] = {
		{ S_IFIFO, "a FIFO" },         { S_IFSOCK, "a socket" },
		{ S_IFDIR, "a directory" },    { S_IFCHR, "a character device" },
		{ S_IFBLK, "a block device" },
	};

	if (S_ISREG(mode))
		return 0;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if ((mode & S_IFMT) == types[i].type)
			return fail(err,
				    "%s: is %s, must be a regular file; name another, "
				    "or remove it",
				    path, types[i].name);
	}
	return fail(err, "%s: is not a regular file; name another, or remove it", path);
}

static int judge_names(const char *path, int fd, const struct stat *st, struct error *err)
{
	struct statvfs fs;

	if (st->st_nlink <= 1 || (fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY)))
		return 0;
	return fail(err,
		    "%s: has %lu names (hard links), must have one "
		    "(cp -p %s %s.new && mv %s.new %s)",
		    path, (unsigned long)st->st_nlink, path, path, path, path);
}

static int judge_leaf(const struct walk *w, int fd, struct stat *st, struct error *err)
{
	if (fd < 0)
		return fail_errno(err, "%s: cannot open", w->seen);
	if (fstat(fd, st) < 0)
		return fail_errno(err, "%s: cannot look at", w->seen);
	if (judge_type(w->seen, st->st_mode, err) < 0 || judge(w, fd, st, err) < 0)
		return -1;
	return judge_names(w->seen, fd, st, err);
}

/* Opens the file `name` of the directory that the walk has come to. */
static int open_leaf(struct walk *w, const char *name, struct stat *st, struct error *err)
{
	int fd = openat(w->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

	if (judge_leaf(w, fd, st, err) == 0)
		return fd;
	file_close(&fd);
	return -1;
}

enum step { STEP_ERROR = -1, STEP_MISSING, STEP_ON, STEP_LEAF, STEP_MASKED };

/* Goes on to `name`, which w->seen ends with: into a directory, along a link,
 * or up to the file. */
static enum step walk_step(struct walk *w, const char *name, struct error *err)
{
	cleanup_close int fd = openat(w->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	int entered;

	if (fd < 0 && errno == ENOENT && !w->links)
		return STEP_MISSING;
	if (fd < 0 && errno == ENOENT)
		return fail(err, "%s: does not exist, but a link points there", w->seen);
	if (fd < 0)
		return fail_errno(err, "%s: cannot open", w->seen);
	if (fstat(fd, &st) < 0)
		return fail_errno(err, "%s: cannot look at", w->seen);
	if (S_ISDIR(st.st_mode)) {
		entered = fd;
		fd = -1;
		return enter(w, entered, &st, err) < 0 ? STEP_ERROR : STEP_ON;
	}
	if (is_null_device(&st))
		return STEP_MASKED;
	if (is_shared(&w->dir_stat))
		return fail_shared(w, "is in", err);
	if (S_ISLNK(st.st_mode))
		return follow(w, fd, &st, err) < 0 ? STEP_ERROR : STEP_ON;
	return judge_type(w->seen, st.st_mode, err) < 0 ? STEP_ERROR : STEP_LEAF;
}

/* Where the walk to `path` starts: always at "/". */
static int walk_begin(struct walk *w, const char *path, struct error *err)
{
	char here[PATH_MAX] = "";

	w->dir = -1;
	w->links = 0;
	if (path[0] != '/' && !getcwd(here, sizeof(here)))
		return fail_errno(err, "%s: cannot determine the working directory", path);
	if (path[0] != '/' && here[0] != '/')
		return fail(err, "%s: the working directory cannot be reached from /", path);
	if (set_rest(w, here, path, err) < 0)
		return -1;
	return enter_root(w, err);
}

/* As far as the path leads; `name` is then its last name. */
static enum step walk_on(struct walk *w, char name[static NAME_MAX + 1], struct error *err)
{
	enum step step = STEP_ON;
	int more;

	while ((more = next_name(w, name, err)) > 0) {
		if (step == STEP_LEAF) {
			fail(err, "%s: the path leads through a file, not a directory", w->seen);
			return STEP_ERROR;
		}
		step = walk_step(w, name, err);
		if (step != STEP_ON && step != STEP_LEAF)
			return step;
	}
	return more < 0 ? STEP_ERROR : step;
}

static enum step walk_to(struct walk *w, const char *path, char name[static NAME_MAX + 1],
			 struct error *err)
{
	struct stat st;

	w->dir = -1;
	/* The one call that a host without a configuration pays. */
	if (fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
		return STEP_MISSING;
	return walk_begin(w, path, err) < 0 ? STEP_ERROR : walk_on(w, name, err);
}

static int walk_end(struct walk *w, const char *path, int found, struct error *err)
{
	file_close(&w->dir);
	if (found < 0 && strncmp(err->text, path, strlen(path)) != 0)
		return error_context(err, "%.256s", path);
	return found;
}

/* What is done with the file: 1 or -1. */
typedef int (*leaf_taker)(struct walk *w, const char *name, void *arg, struct error *err);

static int take_leaf(const char *path, leaf_taker take, void *arg, struct error *err)
{
	struct walk w;
	char name[NAME_MAX + 1];
	enum step step = walk_to(&w, path, name, err);
	int found = step == STEP_ERROR ? -1 : 0;

	if (step == STEP_LEAF)
		found = take(&w, name, arg, err);
	else if (step == STEP_ON)
		found = judge_type(w.seen[0] ? w.seen : "/", S_IFDIR, err);
	return walk_end(&w, path, found, err);
}

static int keep_open(struct walk *w, const char *name, void *arg, struct error *err)
{
	struct stat st;
	int fd = open_leaf(w, name, &st, err);

	*(int *)arg = fd;
	return fd < 0 ? -1 : 1;
}

int trust_open(const char *path, int *fd, struct error *err)
{
	*fd = -1;
	return take_leaf(path, keep_open, fd, err);
}

struct reading {
	size_t limit;
	struct buffer *out;
};

static int read_leaf(struct walk *w, const char *name, void *arg, struct error *err)
{
	const struct reading *r = arg;
	struct stat st;
	cleanup_close int fd = open_leaf(w, name, &st, err);

	if (fd < 0)
		return -1;
	if (st.st_size > 0 && (uint64_t)st.st_size > r->limit)
		return fail(err, "%s: has %lld bytes, more than the limit of %zu", w->seen,
			    (long long)st.st_size, r->limit);
	return hostfile_read_all(fd, w->seen, r->limit, r->out, err);
}

int trust_read(const char *path, size_t limit, struct buffer *out, struct error *err)
{
	struct reading r = { limit, out };

	return take_leaf(path, read_leaf, &r, err);
}

static int judge_program(struct walk *w, const char *name, void *arg, struct error *err)
{
	cleanup_close int fd = openat(w->dir, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	(void)arg;
	if (judge_leaf(w, fd, &st, err) < 0)
		return -1;
	if (!(st.st_mode & S_IXUSR))
		return fail(err, "%s: is not executable (chmod u+x %s)", w->seen, w->seen);
	return 1;
}

int trust_program(const char *path, struct error *err)
{
	return take_leaf(path, judge_program, NULL, err);
}

int trust_masked(const char *path, struct error *err)
{
	cleanup_buffer struct buffer unread = { 0 };
	struct stat st;

	if (stat(path, &st) < 0)
		return errno == ENOENT ? 0 : fail_errno(err, "%s: cannot look at", path);
	if (!is_null_device(&st))
		return 0;
	return trust_read(path, 0, &unread, err) < 0 ? -1 : 1;
}

int trust_list(const char *path, DIR **list, struct error *err)
{
	struct walk w;
	char name[NAME_MAX + 1];
	enum step step = walk_to(&w, path, name, err);
	int found = step == STEP_ERROR ? -1 : 0;

	if (step == STEP_LEAF) {
		found = fail(err, "%s: is not a directory", w.seen);
	} else if (step == STEP_ON && is_shared(&w.dir_stat)) {
		found = fail_shared(&w, "is", err);
	} else if (step == STEP_ON) {
		*list = file_list(w.dir, ".");
		found = *list ? 1 : fail_errno(err, "%s: cannot open", path);
	}
	return walk_end(&w, path, found, err);
}
