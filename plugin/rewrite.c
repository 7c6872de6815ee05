/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rewrite.so: what CRIU loads. Before a restore reads the images that matter
 * it runs the host's rules, shows CRIU a private view of the image directory
 * with the rewritten ones in it, and sets the mode of cgroup management.
 *
 * Of CRIU's hooks it uses one, where there is one: all tasks are in their groups and
 * stopped. On dump it does nothing, unless a rule asks for that stage or the
 * configuration for a preflight. A plugin whose init fails stops every dump and restore on
 * the host, so it fails only where a rule or the configuration says so or is wrong, and then
 * before anything was created or frozen.
 */
#define CR_PLUGIN_DESC cr_plugin_desc_of_the_header /* as long as its version's hooks */
#include <criu/criu-plugin.h>
#undef CR_PLUGIN_DESC
#include <errno.h>
#include <stdint.h>

#include "criu.h"
#include "groups.h"
#include "newest.h"
#include "stages.h"

/* The stage of init: CRIU gives the end of a pre-dump that of a dump. */
static int began;

static int rewrite_init(int stage)
{
	began = stage;
	switch (stage) {
	case CR_PLUGIN_STAGE__DUMP:
		return dump_begin();
	case CR_PLUGIN_STAGE__PRE_DUMP:
		return pre_dump_begin();
	case CR_PLUGIN_STAGE__RESTORE:
		return restore_begin();
	default:
		return 0;
	}
}

/* Once for each task, the first one first. Others may want to see them too. */
static int resume_devices_late(int pid)
{
	groups_in_place(pid);
	return -ENOTSUP;
}

static void rewrite_exit(int stage, int ret)
{
	if (stage == CR_PLUGIN_STAGE__RESTORE)
		restore_end(ret);
	else if (began == CR_PLUGIN_STAGE__DUMP)
		dump_end(ret);
}

/*
 * Every CRIU since 2.0 of the plugin interface takes it: one that knows fewer hooks
 * refuses a plugin that names more, so how many there are is found out when it is
 * loaded. Those that are not known here are not named.
 */
struct descriptor {
	const char *name;
	int (*init)(int stage);
	void (*exit)(int stage, int ret);
	unsigned version;
	unsigned max_hooks;
	void *hooks[CRIU_HOOKS_MAX];
};

extern __attribute__((visibility("default"))) struct descriptor CR_PLUGIN_DESC;
struct descriptor CR_PLUGIN_DESC = {
	.name = "rewrite",
	.init = rewrite_init,
	.exit = rewrite_exit,
	.version = CRIU_PLUGIN_GEN_VERSION(0, 2, 0),
	.hooks = { [HOOK_RESUME_DEVICES_LATE] = (void *)(uintptr_t)resume_devices_late },
};

__attribute__((constructor)) static void count_hooks(void)
{
	const unsigned count = criu_hook_count();

	CR_PLUGIN_DESC.max_hooks = count < CRIU_NEWEST_HOOKS ? count : CRIU_NEWEST_HOOKS;
}
