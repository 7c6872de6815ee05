/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "view_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../proto/file.h"
#include "hostfile.h"
#include "write.h"

#define MEMORY_FILE "/proc/meminfo"

int view_open_tree(int dir, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dir, path, flags);
}

int view_move_mount(int from, int to, const char *name)
{
	unsigned onto = *name ? 0 : MOVE_MOUNT_T_EMPTY_PATH;

	return (int)syscall(SYS_move_mount, from, "", to, name, MOVE_MOUNT_F_EMPTY_PATH | onto);
}

int view_fail_mount(const char *name, struct error *err)
{
	if (errno == EINVAL)
		return fail(err,
			    "%s: this kernel cannot mount onto detached mounts (Linux 6.15 "
			    "can)",
			    name);
	return fail_errno(err, "%s: cannot mount the rewritten image", name);
}

int view_stat(int dir, const struct view_file *file, struct stat *st, struct error *err)
{
	const char *name = file->added ? INVENTORY_FILE : file->name;

	if (fstatat(dir, name, st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, "%s: cannot look at the image", name);
	if (!S_ISREG(st->st_mode))
		return fail(err, "%s: is not a regular file", name);
	return 0;
}

/* An owner whom our own user namespace does not know (EINVAL) cannot be given, and is
 * none of those who will look. */
int view_give_owner(int fd, const char *name, const struct stat *old, struct error *err)
{
	if ((fchown(fd, old->st_uid, old->st_gid) < 0 && errno != EINVAL) ||
	    fchmod(fd, old->st_mode & 07777) < 0)
		return fail_errno(err, "%s: cannot give the rewritten image its owner and mode",
				  name);
	return 0;
}

int view_put(int tmp, const struct view_file *file, const struct stat *old, struct error *err)
{
	cleanup_close int fd = openat(tmp, file->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
				      0600);

	if (fd < 0)
		return fail_errno(err, "%s: cannot make the rewritten image in memory", file->name);
	if (file_write(fd, file->content) < 0)
		return fail_errno(err, "%s: cannot write the rewritten image to memory",
				  file->name);
	return view_give_owner(fd, file->name, old, err);
}

int view_tmpfs(void)
{
	cleanup_close int fs = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);

	if (fs < 0 || syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, "mode", "0700", 0) < 0 ||
	    syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
			    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* ---- copies ---- */

static int half_of_free_memory(uint64_t *half, struct error *err)
{
	static const char key[] = "MemAvailable:";
	cleanup_buffer struct buffer text = { 0 };
	int found = hostfile_read(AT_FDCWD, MEMORY_FILE, HOSTFILE_MAX, &text, err);
	const char *at = found > 0 ? strstr((const char *)text.data, key) : NULL;

	if (!at)
		return found < 0 ? -1 : fail(err, MEMORY_FILE " does not say what is free");
	*half = strtoull(at + strlen(key), NULL, 10) * 1024 / 2;
	return 0;
}

static int copy_content(int from, int to, const char *name, uint64_t *room, struct error *err)
{
	int64_t size = file_copy(from, to, *room);
	char more;

	if (size < 0)
		return fail_errno(err, "%s: cannot be copied to memory", name);
	*room -= (uint64_t)size;
	if (*room == 0 && file_read(from, &more, 1) != 0)
		return fail(err,
			    "%s: a copy of all images would take more than half of the memory "
			    "that is free",
			    name);
	return 0;
}

static int copy_image(int tmp, int image_dir, const char *name, uint64_t *room, struct error *err)
{
	cleanup_close int from = file_open(image_dir, name), to = -1;
	struct stat st;

	if (from < 0 || fstat(from, &st) < 0)
		return fail_errno(err, "%s: cannot open", name);
	if (!S_ISREG(st.st_mode))
		return 0;
	to = openat(tmp, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return errno == EEXIST ? 0 : fail_errno(err, "%s: cannot make a copy", name);
	if (copy_content(from, to, name, room, err) < 0)
		return -1;
	return view_give_owner(to, name, &st, err);
}

/* What is no regular file there, CRIU has no image in; but a series has its link. */
static int is_copied(int image_dir, const char *name, struct error *err)
{
	struct stat st;

	if (fstatat(image_dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return S_ISREG(st.st_mode);
	return errno == ENOENT ? 0 : fail_errno(err, "%s: cannot be looked at", name);
}

int view_copy(int tmp, int image_dir, struct error *err)
{
	cleanup_dir DIR *list = file_list(image_dir, ".");
	struct dirent *entry;
	uint64_t room = 0;
	int copied;

	if (!list)
		return fail_errno(err, "cannot list the image directory");
	if (file_exists(image_dir, VIEW_PARENT, AT_SYMLINK_NOFOLLOW))
		return fail(err, VIEW_PARENT ": cannot be followed from a copy");
	if (half_of_free_memory(&room, err) < 0)
		return -1;
	while ((entry = file_next(list))) {
		copied = is_copied(image_dir, entry->d_name, err);
		if (copied < 0 ||
		    (copied && copy_image(tmp, image_dir, entry->d_name, &room, err) < 0))
			return -1;
	}
	return errno ? fail_errno(err, "cannot list the image directory") : 0;
}
