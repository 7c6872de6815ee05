/* SPDX-License-Identifier: GPL-2.0-only */
/* Another plugin, as those for devices are: it has all of CRIU's hooks, says in the file $BESIDE which were called, and
 * leaves to others what is not its own, or, with $BESIDE_TAKES, takes it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <criu/criu-plugin.h>

static void say(const char *what)
{
	const char *path = getenv("BESIDE");
	FILE *file = path ? fopen(path, "a") : NULL;

	if (!file)
		return;
	fprintf(file, "%s\n", what);
	fclose(file);
}

static int begin(int stage)
{
	say(stage == CR_PLUGIN_STAGE__RESTORE ? "begin" : "other stage");
	return 0;
}

static void end(int stage, int ret)
{
	(void)stage;
	say(ret ? "failed" : "end");
}

static int resume(int pid)
{
	(void)pid;
	say("resume");
	return getenv("BESIDE_TAKES") ? 0 : -ENOTSUP;
}

CR_PLUGIN_REGISTER("beside", begin, end)
CR_PLUGIN_REGISTER_HOOK(CR_PLUGIN_HOOK__RESUME_DEVICES_LATE, resume)
