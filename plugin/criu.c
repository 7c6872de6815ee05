/* SPDX-License-Identifier: GPL-2.0-only */
#include "criu.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../proto/line.h"
#include "symbol.h"

#define LINE_MAX_BYTES 1000 /* CRIU's log buffers hold little more */

/* Exported by CRIU; the installed criu-log.h cannot be included, since it
 * wants a header that is not installed. */
extern void print_on_level(unsigned int level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void criu_log(enum criu_log_level level, const char *text)
{
	char line[LINE_MAX_BYTES];

	line_put(line, sizeof(line), text);
	print_on_level(level, "%s%s\n",
		       level == CRIU_LOG_ERROR ? "Error (rewrite): " : "rewrite: ", line);
}

/*
 * How far the restore has come shows in CRIU's own variables: reading
 * inventory.img sets root_ids and root_cg_set, reading pstree.img sets
 * root_item (criu/image.c and criu/pstree.c). Up to 4.0 plugins are loaded
 * before both, in 4.1 between them, from 4.2 on after them.
 */
static bool was_set(const char *variable, size_t size)
{
	const unsigned char *at = dlsym(RTLD_DEFAULT, variable);

	for (size_t i = 0; at && i < size; i++)
		if (at[i])
			return true;
	return !at;
}

static bool inventory_read(void)
{
	return was_set("root_ids", sizeof(void *)) || was_set("root_cg_set", sizeof(uint32_t));
}

bool criu_has_tasks(void)
{
	return was_set("root_item", sizeof(void *));
}

static const struct {
	const char *kind;
	bool (*read)(void);
} early_images[] = {
	{ "inventory", inventory_read },
	{ "cpuinfo", criu_has_tasks },
	{ "pstree", criu_has_tasks },
	{ "ids", criu_has_tasks },
};

const char *criu_has_read(const struct image_kind *kind)
{
	for (size_t i = 0; i < sizeof(early_images) / sizeof(early_images[0]); i++)
		if (strcmp(early_images[i].kind, kind->name) == 0 && early_images[i].read())
			return "this version of CRIU reads it before it loads plugins, so a rule "
			       "cannot change it during the restore; use `criu-rewrite apply` "
			       "beforehand";
	return NULL;
}

/*
 * parse_options() has had this form since 3.11. It uses getopt, whose state
 * is put back, and reads the RPC configuration file again unless that is set
 * aside (criu/config.c).
 */
typedef int parse_options_fn(int argc, char **argv, bool *usage_error, bool *has_exec_cmd,
			     int state);
#define PARSING_ARGV 5 /* the command line, after the configuration files */

struct getopt_state {
	int optind, opterr, optopt;
	char *optarg;
};

static int parse_option(parse_options_fn *parse, char *option)
{
	struct getopt_state saved = { optind, opterr, optopt, optarg };
	char *argv[] = { (char[]){ "criu" }, option, NULL };
	char **rpc_cfg_file = dlsym(RTLD_DEFAULT, "rpc_cfg_file");
	char *rpc_cfg = rpc_cfg_file ? *rpc_cfg_file : NULL;
	bool usage_error = false, has_exec_cmd = false;
	int status;

	if (rpc_cfg_file)
		*rpc_cfg_file = NULL;
	optind = 0;
	status = parse(2, argv, &usage_error, &has_exec_cmd, PARSING_ARGV);
	if (rpc_cfg_file)
		*rpc_cfg_file = rpc_cfg;
	optind = saved.optind;
	opterr = saved.opterr;
	optopt = saved.optopt;
	optarg = saved.optarg;
	return status || usage_error ? -1 : 0;
}

int criu_set_option(const char *name, const char *value, struct error *err)
{
	parse_options_fn *parse = (parse_options_fn *)(uintptr_t)dlsym(RTLD_DEFAULT,
								       "parse_options");
	const char *equals = value ? "=" : "";
	char *option; /* stays: CRIU keeps pointers into some */

	value = value ? value : "";
	if (asprintf(&option, "--%s%s%s", name, equals, value) < 0)
		return fail_memory(err);
	if (!parse)
		return fail(err,
			    "this CRIU does not export parse_options(), so an option cannot be "
			    "set here; give criu %s",
			    option);
	if (parse_option(parse, option) < 0)
		return fail(err, "%s: this CRIU does not accept it", option);
	return 0;
}

int criu_set_mode(const char *mode, struct error *err)
{
	return criu_set_option("manage-cgroups", mode, err);
}

int criu_set_yard(const char *path, struct error *err)
{
	return criu_set_option("cgroup-yard", path, err);
}

/* Does it live when it is given a script? A child of it tries that, in silence. */
static bool takes_script(void)
{
	int log = criu_log_descriptor(), status = -1;
	struct error ignored;
	pid_t pid = fork();

	if (pid == 0) {
		const struct rlimit no_core = { 0, 0 };
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (log >= 0)
			dup2(null, log);
		setrlimit(RLIMIT_CORE, &no_core);
		_exit(criu_set_option("action-script", "/", &ignored) < 0);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid < 0 || status == 0;
}

/* The first error, which CRIU keeps in memory that it shares with its children; NULL:
 * there was none (criu/log.c, 3.11 to 4.3). */
static char *first_error(void)
{
	char *(*get)(void) = (char *(*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "log_first_err");

	return get ? get() : NULL;
}

int criu_add_script(const char *path, struct error *err)
{
	bool had_error = first_error();
	sigset_t child_ends, before;
	char *error;
	bool takes;

	sigemptyset(&child_ends);
	sigaddset(&child_ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child_ends, &before);
	takes = criu_is_called_by_rpc() == 0 || takes_script();
	sigprocmask(SIG_SETMASK, &before, NULL);
	error = takes || had_error ? NULL : first_error();
	if (error)
		*error = 0;
	if (takes)
		return criu_set_option("action-script", path, err);
	return fail(err, "this CRIU (before 3.19) takes no program from a plugin when its caller "
			 "asks to be notified; let the caller ask crw_action(), or take preflight, "
			 "before, after and at-resume out of the configuration");
}

void criu_refuse(const char *text)
{
	char *first = first_error();

	if (first)
		*first = 0;
	criu_log(CRIU_LOG_ERROR, text);
}

/* A variable of CRIU's and its size; NULL: this CRIU does not export it. */
static void *variable(const char *name, size_t *size)
{
	void *at = dlsym(RTLD_DEFAULT, name);

	*size = at ? symbol_size(at) : 0;
	return *size ? at : NULL;
}

void *criu_options(size_t *size)
{
	return variable("opts", size);
}

/* struct cr_plugin_ctl is the head of a list and one for each hook (criu/include/plugin.h,
 * 3.11 to 4.3). */
unsigned criu_hook_count(void)
{
	const size_t list = 2 * sizeof(void *);
	size_t size = 0;

	if (!variable("cr_plugin_ctl", &size) || size < list || size % list)
		return 0;
	size = size / list - 1;
	return size > CRIU_HOOKS_MAX ? 0 : (unsigned)size;
}

/* Ours is put behind those that are there when init has returned. */
bool criu_asks_another(unsigned hook)
{
	void *const *heads = dlsym(RTLD_DEFAULT, "cr_plugin_ctl");
	void *const *head = heads ? heads + 2 * (1 + hook) : NULL;

	return hook < criu_hook_count() && head[0] && head[0] != (const void *)head;
}

/* What is in this process, if it is there at all. */
static bool peek(const void *at, void *out, size_t size)
{
	const struct iovec here = { out, size }, there = { (void *)(uintptr_t)at, size };

	return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* The beginnings of struct pstree_item and of struct pid (criu/include/pstree.h and pid.h, 3.0 to
 * 4.3), which point to each other. */
pid_t criu_first_task(void)
{
	struct {
		const void *parent, *children[2], *sibling[2], *pid;
	} item;
	struct {
		const void *item;
		pid_t real;
	} pid;
	const void *const *root = dlsym(RTLD_DEFAULT, "root_item");

	if (!root || !peek(*root, &item, sizeof(item)) || !peek(item.pid, &pid, sizeof(pid)))
		return 0;
	return pid.item == *root ? pid.real : 0;
}

int criu_log_descriptor(void)
{
	int (*get)(void) = (int (*)(void))(uintptr_t)dlsym(RTLD_DEFAULT, "log_get_fd");

	return get ? get() : -1;
}

/* Takes back what has become `value`, and returns what it was; `value` when nothing has.
 * Of the pointers that parsing has changed as well, no half is so small a number. */
static int take_back(const int *before, int *now, size_t words, int value)
{
	for (size_t i = 0; i < words; i++)
		if (before[i] != value && now[i] == value) {
			now[i] = before[i];
			return before[i];
		}
	return value;
}

/* Where an option lies differs by version, but what changes when it is given shows what
 * it was: `value` if nothing does. -1: this CRIU does not tell. */
static int value_before(char *option, int value)
{
	parse_options_fn *parse = (parse_options_fn *)(uintptr_t)dlsym(RTLD_DEFAULT,
								       "parse_options");
	size_t size = 0;
	void *opts = criu_options(&size), *before = opts ? malloc(size) : NULL;
	int was = -1;

	if (parse && before) {
		memcpy(before, opts, size);
		if (parse_option(parse, option) == 0)
			was = take_back(before, opts, size / sizeof(int), value);
	}
	free(before);
	return was;
}

bool criu_detaches(void)
{
	return value_before((char[]){ "--restore-detached" }, 1) == 1;
}

/* CG_MODE_* (criu/include/cr_options.h, 3.11 to 4.3) */
#define MODE_FULL 8
static const struct {
	int value;
	const char *name;
} modes[] = {
	{ 0, "ignore" }, { 1, "none" },         { 2, "props" },
	{ 4, "soft" },   { MODE_FULL, "full" }, { 16, "strict" },
};

const char *criu_mode(void)
{
	int value = value_before((char[]){ "--manage-cgroups=full" }, MODE_FULL);

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (modes[i].value == value)
			return modes[i].name;
	return NULL;
}

/* The list of what it saves of any group of v2 came with the signs (criu/cgroup-props.c). */
bool criu_omits_signs(void)
{
	return !dlsym(RTLD_DEFAULT, "cgp_global_v2");
}

/* The inode of the service's socket, which no command line has (criu/cr-service.c). */
int criu_is_called_by_rpc(void)
{
	const unsigned int *inode = dlsym(RTLD_DEFAULT, "service_sk_ino");

	return inode ? *inode != UINT_MAX : -1;
}

/*
 * The options keep cgroup roots in a list, and the one for all controllers
 * three pointers before its head (struct cr_options, 3.6 to 4.2). Where the
 * head is differs by version: a root added for a moment by CRIU's own
 * new_cg_root_add() shows it.
 */
struct list_node {
	struct list_node *next, *prev;
};

struct root_option {
	struct list_node node;
	char *controller;
	char *root;
};

#define GLOBAL_ROOT_BEFORE_HEAD 3
#define PROBE "\1criu-rewrite"

typedef int new_cg_root_add_fn(char *controller, char *root);

/* Adding the probe has changed one or both words of the head, wherever CRIU
 * adds. The probe is where they point to. */
static struct root_option *find_probe(void *const *before, void *const *now, size_t words)
{
	for (size_t i = 0; i < words; i++) {
		struct root_option *root = now[i];

		if (now[i] != before[i] && strcmp(root->controller, PROBE) == 0)
			return root;
	}
	return NULL;
}

/* Takes the probe off the list and returns the head, the neighbour that is
 * part of the options. */
static struct list_node *remove_probe(struct root_option *probe, void *const *opts, size_t words)
{
	struct list_node *next = probe->node.next, *prev = probe->node.prev;
	uintptr_t start = (uintptr_t)opts, end = (uintptr_t)(opts + words), at = (uintptr_t)next;

	next->prev = prev;
	prev->next = next;
	free(probe->controller);
	free(probe->root);
	free(probe);
	return at >= start && at < end ? next : prev;
}

/* The head of the list of cgroup roots, or NULL. */
static struct list_node *cgroup_roots(void)
{
	new_cg_root_add_fn *add = (new_cg_root_add_fn *)(uintptr_t)dlsym(RTLD_DEFAULT,
									 "new_cg_root_add");
	struct root_option *probe = NULL;
	size_t size = 0, words;
	void **opts = criu_options(&size), **before;

	if (!add || !opts)
		return NULL;
	words = size / sizeof(void *);
	before = malloc(size);
	if (!before)
		return NULL;
	memcpy(before, opts, size);
	if (add((char[]){ PROBE }, (char[]){ "/" }) == 0)
		probe = find_probe(before, opts, words);
	free(before);
	return probe ? remove_probe(probe, opts, words) : NULL;
}

int criu_each_cgroup_root(int (*each)(void *ctx, const char *controller, const char *root),
			  void *ctx)
{
	struct list_node *head = cgroup_roots();
	const char *global;

	if (!head)
		return -1;
	for (struct list_node *n = head->next; n != head; n = n->next) {
		struct root_option *root = (struct root_option *)n;

		if (each(ctx, root->controller, root->root) < 0)
			return -1;
	}
	global = ((const char **)(void *)head)[-GLOBAL_ROOT_BEFORE_HEAD];
	return global ? each(ctx, NULL, global) : 0;
}
