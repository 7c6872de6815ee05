/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names of unix sockets: those without a path are one list for a network namespace, of
 * those with one CRIU removes what is there and needs the directory. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../../proto/file.h"
#include "../hostfile.h"
#include "place.h"

#define FLAG_EXTERNAL 1 /* criu/sk-unix.c: USK_EXTERN */

struct unix_names {
	struct buffer text; /* /proc/net/unix */
	bool are_known;
};

/* ---- sockets of this host --------------------------------------------------- */

static void read_names(struct doctor *d, struct unix_names *names)
{
	struct error err;
	int found = hostfile_read(d->root, "proc/net/unix", HOSTFILE_MAX, &names->text, &err);

	names->are_known = found >= 0;
	if (found < 0)
		doctor_find(d, CAUSE_UNIX_NAME, CRW_LEVEL_UNKNOWN, "/proc/net/unix", NULL, "%s",
			    err.text);
}

/* "ffff...: 00000002 00000000 00010000 0001 01 12345 @name"; every NUL is shown as @. */
static bool is_taken(const struct unix_names *names, const char *name, size_t size)
{
	const char *end = (const char *)names->text.data + names->text.size;

	for (const char *line = (const char *)names->text.data; line && line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		const char *last = next ? next : end;

		if ((size_t)(last - line) > size && last[-(ptrdiff_t)size - 1] == ' ' &&
		    memcmp(last - size, name, size) == 0)
			return true;
		line = next ? next + 1 : NULL;
	}
	return false;
}

/* ---- sockets of the checkpoint ----------------------------------------------- */

/* As /proc/net/unix shows it; NULL: no memory, or no name. */
static const char *shown_name(struct doctor *d, const struct crw_message *socket, size_t *size)
{
	struct crw_value name;
	char *shown;

	if (!doctor_get(d, socket, "name", &name) || !name.size)
		return NULL;
	*size = name.size;
	if (*(const char *)name.data)
		*size = strnlen(name.data, name.size);
	shown = arena_copy(&d->arena, name.data, *size);
	for (size_t i = 0; shown && i < *size; i++)
		if (!shown[i])
			shown[i] = '@';
	return shown;
}

/* CRIU connects with it by its name. */
static void check_external(struct doctor *d, const struct crw_message *socket,
			   const struct unix_names *names)
{
	size_t size = 0;
	const char *name = shown_name(d, socket, &size);

	if (name && names->are_known && !is_taken(names, name, size) &&
	    !doctor_has_own(d, DOCTOR_NET) && !doctor_has_own(d, DOCTOR_MNT))
		doctor_find(d, CAUSE_UNIX_PEER, CRW_LEVEL_FAILURE, name, NULL,
			    "is connected with a task, and nobody listens there on this host");
}

static void check_abstract(struct doctor *d, const struct crw_message *socket,
			   const struct unix_names *names)
{
	uint64_t ns = doctor_number(d, socket, "ns_id", d->ids[DOCTOR_NET]);
	size_t size = 0;
	const char *name = shown_name(d, socket, &size);

	if (!name || (d->dumper[DOCTOR_NET] && ns && ns != d->dumper[DOCTOR_NET]))
		return;
	if (is_taken(names, name, size))
		doctor_find(d, CAUSE_UNIX_NAME, CRW_LEVEL_FAILURE, name,
			    "end the program that has it, or restore into a network namespace of "
			    "its own",
			    "is taken on this host");
}

/* The directory of a path, in the arena; "" for that of a relative name without one. */
static const char *directory_of(struct doctor *d, const struct crw_message *socket,
				const char *path)
{
	const char *base = *path == '/' ? "" : doctor_text(d, socket, "name_dir");
	const char *slash = strrchr(path, '/');
	const char *text = arena_printf(&d->arena, "%s/%.*s", base, slash ? (int)(slash - path) : 0,
					path);

	return text ? text : "/";
}

static void check_path(struct doctor *d, const struct crw_message *socket,
		       const struct unix_names *names, const char *path)
{
	int64_t mount = (int64_t)doctor_number(d, socket, "mnt_id", UINT64_MAX);
	const char *directory = directory_of(d, socket, path);
	int fd;

	if (place_open(d, directory, mount, &fd) != PLACE_HERE)
		return;
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		doctor_find(d, CAUSE_UNIX_NAME, CRW_LEVEL_FAILURE, path, "make the directory",
			    "its directory %s is not here", directory);
	else if (fd < 0)
		doctor_unseen(d, CAUSE_UNIX_NAME, directory);
	file_close(&fd);
	if (*path == '/' && !doctor_has_own(d, DOCTOR_MNT) && is_taken(names, path, strlen(path)))
		doctor_find(d, CAUSE_UNIX_NAME, CRW_LEVEL_WARNING, path,
			    "end the program that has it",
			    "is taken on this host, and CRIU takes it away from its owner");
}

static void take_socket(struct doctor *d, const struct crw_message *socket, void *arg)
{
	struct crw_value name;

	if (!doctor_look(d) || !doctor_get(d, socket, "name", &name) || !name.size ||
	    doctor_number(d, socket, "deleted", 0))
		return;
	if (doctor_number(d, socket, "uflags", 0) & FLAG_EXTERNAL)
		check_external(d, socket, arg);
	else if (*(const char *)name.data)
		check_path(d, socket, arg, doctor_text(d, socket, "name"));
	else
		check_abstract(d, socket, arg);
}

void doctor_unix(struct doctor *d)
{
	struct unix_names names = { .text = { .size = 0 } };

	read_names(d, &names);
	doctor_each_file(d, "usk", "unixsk.img", take_socket, &names);
	buffer_free(&names.text);
}
