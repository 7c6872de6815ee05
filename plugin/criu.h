/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All that is known of the inside of CRIU's process: its log, its image
 * directory, its options, and how far a restore has come. Symbols are looked
 * up at run time (CRIU is linked with -rdynamic), so that a CRIU without one
 * of them still loads the plugin; what was read from the sources of CRIU
 * 3.11 to 4.2 is named where it is used.
 */
#ifndef CRW_CRIU_H
#define CRW_CRIU_H

#include <sys/types.h>

#include "../proto/error.h"
#include "../proto/kind.h"

/* Levels of CRIU's log. */
enum criu_log_level { CRIU_LOG_ERROR = 1, CRIU_LOG_WARN = 2, CRIU_LOG_INFO = 3 };

/* One line, of which CRIU keeps the first error for its RPC answer. `text`
 * needs no end of line; control characters are escaped, long lines cut. */
void criu_log(enum criu_log_level level, const char *text);

/* The same as an error that is the reason why CRIU fails: by RPC it is what its caller
 * gets for an answer, whatever the first error was. */
void criu_refuse(const char *text);

/* Why images of this kind must not change any more: this CRIU has read them
 * before it loaded its plugins. NULL: they may. */
const char *criu_has_read(const struct image_kind *kind);

/* Has this CRIU read the tasks of the checkpoint before it loaded its plugins? */
bool criu_has_tasks(void);

/* Gives the running restore an option, as --NAME=VALUE does; value NULL: --NAME. */
int criu_set_option(const char *name, const char *value, struct error *err);

/* CRIU's options and how many bytes they are; NULL: it does not export them. */
void *criu_options(size_t *size);

/* Sets the mode of the running restore, as --manage-cgroups=MODE does. */
int criu_set_mode(const char *mode, struct error *err);

/* Makes it use the hierarchies that are mounted in this directory, as
 * --cgroup-yard=PATH does. */
int criu_set_yard(const char *path, struct error *err);

/* Adds an action script, as --action-script=PATH does. Before 3.19 CRIU dies of that when
 * its caller asked by RPC to be notified: that is found out, and refused. */
int criu_add_script(const char *path, struct error *err);

/* Does criu end when the tasks run (--restore-detached, and always by RPC)?
 * False when this CRIU does not tell. */
bool criu_detaches(void);

/* The mode that it was called with, as --manage-cgroups=MODE; NULL: this CRIU does not
 * tell. */
const char *criu_mode(void);

/* Does it write cgroup.subtree_control without signs ("cpu", not "+cpu"), which no
 * kernel takes? So does CRIU before 3.18 (restore_cgroup_prop()). */
bool criu_omits_signs(void);

/* Was criu called by RPC? 1, 0, -1: this CRIU does not tell. */
int criu_is_called_by_rpc(void);

/* How many hooks this CRIU knows; 0: it does not say, or too many. A plugin that names
 * more is refused. Good before init. */
#define CRIU_HOOKS_MAX 64
unsigned criu_hook_count(void);

/* Numbers of hooks, which the header of an older CRIU has no names for. */
#define HOOK_RESUME_DEVICES_LATE 9 /* 3.17 and newer */
#define HOOK_CHECKPOINT_DEVICES 11 /* 4.0 and newer */

/* Does another plugin come first at that hook? Who takes a task is the last that is asked about
 * it: run_plugins(). Good in init. */
bool criu_asks_another(unsigned hook);

/* The pid of the first task, once there are tasks; 0: this CRIU does not tell. */
pid_t criu_first_task(void);

/* The descriptor of CRIU's log, -1 when it does not tell. */
int criu_log_descriptor(void);

/*
 * Calls back for every --cgroup-root of the running restore, by command line
 * or RPC: controller NULL is the root of all that have none of their own.
 * -1 when this CRIU keeps its options in another way.
 */
int criu_each_cgroup_root(int (*each)(void *ctx, const char *controller, const char *root),
			  void *ctx);

#endif
