/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Container runtimes, and whether the front stands before them (doc/runtimes.md). */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "../../proto/file.h"
#include "../hostfile.h"
#include "program.h"

#define DROPINS CRW_DATADIR "/dropins/"
#define DROPIN_MAX (1u << 20) /* bytes of one */

static const struct {
	const char *program;
	const char *directory; /* of the drop-ins that switch the front on; NULL: needs none */
	const char *remedy;
	const char *besides; /* what the runtime does itself, or NULL */
} runtimes[] = {
	{ "runc", NULL, NULL,
	  "is a runtime; the front is in force where another program starts it" },
	{ "crun", NULL, NULL,
	  "is a runtime; the front is in force where another program starts it" },
	{ "podman", "etc/containers/containers.conf.d",
	  "cp " DROPINS "podman.conf /etc/containers/containers.conf.d/50-criu-rewrite.conf",
	  NULL },
	{ "containerd", "etc/systemd/system/containerd.service.d",
	  "install -D -m 644 " DROPINS "containerd.conf "
	  "/etc/systemd/system/containerd.service.d/50-criu-rewrite.conf, then systemctl "
	  "daemon-reload && systemctl restart containerd",
	  NULL },
	{ "crio", "etc/crio/crio.conf.d", "see \"The front\" in doc/runtimes.md", NULL },
	{ "dockerd", NULL, NULL,
	  "refuses CPUs that are not here by itself: docker update --cpuset-cpus before docker "
	  "start --checkpoint; the front is containerd's" },
	{ "lxc-checkpoint", NULL, NULL, "needs no front" },
};

#define RUNTIMES (sizeof(runtimes) / sizeof(runtimes[0]))

/* Has it a line that is no comment and names the front? */
static bool names_front(char *text)
{
	char *rest = NULL;

	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (line[strspn(line, " \t")] != '#' && strstr(line, "/criu-rewrite"))
			return true;
	return false;
}

/* One of them: 1, 0, -1. */
static int is_dropin(int directory, const char *file, struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };
	int found;

	if (fnmatch("*.conf", file, 0) != 0)
		return 0;
	found = hostfile_read(directory, file, DROPIN_MAX, &text, err);
	return found > 0 ? names_front((char *)text.data) : found;
}

static int has_dropin(const struct doctor *d, const char *directory, struct error *err)
{
	cleanup_dir DIR *list = file_list(d->root, directory);
	struct dirent *entry = NULL;
	int found = 0;

	if (!list && errno == ENOENT)
		return 0;
	while (list && found == 0 && (entry = file_next(list)))
		found = is_dropin(dirfd(list), entry->d_name, err);
	return entry || !errno ? found : fail_errno(err, "/%s: cannot be listed", directory);
}

static void say(struct doctor *d, size_t i, const char *path)
{
	struct error err;
	int found = runtimes[i].directory ? has_dropin(d, runtimes[i].directory, &err) : 0;

	if (!runtimes[i].directory)
		doctor_find(d, CAUSE_RUNTIME, CRW_LEVEL_OK, path, NULL, "%s", runtimes[i].besides);
	else if (found < 0)
		doctor_find(d, CAUSE_RUNTIME, CRW_LEVEL_UNKNOWN, path, NULL, "%s", err.text);
	else if (found)
		doctor_find(d, CAUSE_RUNTIME, CRW_LEVEL_OK, path, NULL,
			    "has the front before its runtimes, by /%s", runtimes[i].directory);
	else
		doctor_find(d, CAUSE_RUNTIME, CRW_LEVEL_WARNING, path, runtimes[i].remedy,
			    "has no front before its runtimes: they fail on what a container's "
			    "spec asks for and this host does not have");
}

void doctor_runtimes(struct doctor *d)
{
	for (size_t i = 0; i < RUNTIMES; i++) {
		const char *path = program_find(d, runtimes[i].program);

		if (path)
			say(d, i, path);
	}
}
