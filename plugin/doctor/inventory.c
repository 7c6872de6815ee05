/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What CRIU compares before anything else: version of the images, options that the dump
 * had, plugins, security modules (criu/image.c, criu/lsm.c). */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../../proto/file.h"
#include "../hostfile.h"
#include "place.h"

#define VERSION_KNOWN 2      /* CRTOOLS_IMAGES_V1_1 */
#define VERSION_COMPRESSED 3 /* of CRIU 4.3: 1.2 */
#define CRIU_COMPRESSES 40300
#define CRIU_NAMES_PLUGINS 40100 /* and refuses those that it misses */
#define PROFILES "sys/kernel/security/apparmor/profiles"

/* ---- version, options -------------------------------------------------------- */

/* Does CRIU's program name the library that unpacks pages? One that cannot be read is said to. */
static bool has_lz4(struct doctor *d)
{
	cleanup_buffer struct buffer program = { 0 };
	struct error err;

	if (hostfile_read(d->root, d->criu + strspn(d->criu, "/"), HOSTFILE_MAX, &program, &err) <
	    0) {
		doctor_find(d, CAUSE_VERSION, CRW_LEVEL_UNKNOWN, d->criu, NULL, "%s", err.text);
		return true;
	}
	return program.size && memmem(program.data, program.size, "liblz4", strlen("liblz4"));
}

/* Why this CRIU does not read images of a version that came after 1.1; NULL: it does. */
static const char *refuses(struct doctor *d, uint64_t version)
{
	if (version > VERSION_COMPRESSED && doctor_criu_is_newer(d))
		return NULL;
	if (version > VERSION_COMPRESSED)
		return "is of a version of the format that is not known here";
	if (d->version < CRIU_COMPRESSES)
		return "is of a newer version, with compressed pages, which this CRIU does not know";
	return has_lz4(d) ? NULL : "has compressed pages, and this CRIU is built without LZ4";
}

static void check_version(struct doctor *d, const struct crw_message *inventory)
{
	uint64_t version = doctor_number(d, inventory, "img_version", 0);
	bool is_newer = version > VERSION_KNOWN || doctor_number(d, inventory, "compress", 0);
	const char *why = is_newer && d->version ? refuses(d, version) : NULL;

	if (!doctor_number(d, inventory, "fdinfo_per_id", 0))
		doctor_find(d, CAUSE_VERSION, CRW_LEVEL_FAILURE, "inventory.img",
			    "dump again with a newer CRIU", "is of a CRIU before 1.0");
	else if (why)
		doctor_find(d, CAUSE_VERSION, CRW_LEVEL_FAILURE, "inventory.img", NULL, "%s", why);
	else if (version > VERSION_COMPRESSED && d->version)
		doctor_find(d, CAUSE_VERSION, CRW_LEVEL_UNKNOWN, "inventory.img", NULL,
			    "is of a version of the format that is not known here, and so may be "
			    "to this CRIU");
	else if (is_newer && !d->version)
		doctor_find(d, CAUSE_VERSION, CRW_LEVEL_UNKNOWN, "inventory.img", NULL,
			    "needs CRIU 4.3, and which is here is not known");
}

static const char *tell(struct doctor *d, const char *option)
{
	return arena_printf(&d->arena, "give criu --%s, and tell doctor: -- --%s", option, option);
}

/* What the dump did under an option, the restore does under the same. */
static const struct {
	const char *field, *option;
} wanted_options[] = {
	{ "tcp_close", "tcp-close" },
	{ "allow_uprobes", "allow-uprobes" },
};

static void check_options(struct doctor *d, const struct crw_message *inventory)
{
	for (size_t i = 0; i < sizeof(wanted_options) / sizeof(wanted_options[0]); i++) {
		const char *option = wanted_options[i].option;

		if (doctor_number(d, inventory, wanted_options[i].field, 0) &&
		    !options_get(&d->options, option, 0))
			doctor_find(d, CAUSE_OPTION, CRW_LEVEL_FAILURE, option, tell(d, option),
				    "was an option of the dump, and is needed at the restore");
	}
}

/* The root task, which without its session's leader has nobody to give it the session. */
static void take_first(struct doctor *d, const struct crw_message *task, void *arg)
{
	bool *is_first = arg;
	uint64_t session = doctor_number(d, task, "sid", 0);

	if (*is_first && session && session != doctor_number(d, task, "pid", 0) &&
	    !options_get(&d->options, "shell-job", 0))
		doctor_find(d, CAUSE_OPTION, CRW_LEVEL_FAILURE, "shell-job", tell(d, "shell-job"),
			    "is needed: the leader of the tasks' session is not in the checkpoint");
	*is_first = false;
}

static void take_lock(struct doctor *d, const struct crw_message *lock, void *arg)
{
	size_t *count = arg;

	(*count)++;
}

/* CRIU asks for this option at the dump, and at the restore goes without. */
static void check_locks(struct doctor *d)
{
	size_t count = 0;

	doctor_each_entry(d, "filelocks.img", take_lock, &count);
	if (count && !options_get(&d->options, "file-locks", 0))
		doctor_find(d, CAUSE_OPTION, d->spec.top ? CRW_LEVEL_UNKNOWN : CRW_LEVEL_WARNING,
			    "file-locks", tell(d, "file-locks"),
			    "is needed, or %zu file locks are lost in silence", count);
}

/* ---- plugins ----------------------------------------------------------------- */

static void check_plugin(struct doctor *d, const char *name)
{
	const char *path = arena_printf(&d->arena, "%s/%s.so", doctor_plugin_directory(d), name);
	cleanup_close int fd = path ? place_open_host(d, path) : -1;

	if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
		doctor_unseen(d, CAUSE_CRIU_PLUGIN, path ? path : name);
	else if (fd < 0)
		doctor_find(d, CAUSE_CRIU_PLUGIN,
			    d->version && d->version < CRIU_NAMES_PLUGINS ? CRW_LEVEL_WARNING :
									    CRW_LEVEL_FAILURE,
			    name, NULL, "was needed for the dump, and is not in %s",
			    doctor_plugin_directory(d));
}

static void check_plugins(struct doctor *d, const struct crw_message *inventory)
{
	struct crw_value name = { .number = 0 };

	while (crw_get_next(d->crw, inventory, "plugins_entry.plugins", &name) > 0 &&
	       doctor_look(d)) {
		const char *text = arena_copy(&d->arena, name.data, name.size);

		if (text)
			check_plugin(d, text);
	}
}

/* CRIU before 4.1 does not name them. */
static int take_image_of_plugin(void *arg, const struct dirent *file, struct error *err)
{
	bool *found = arg;

	*found = *found || strncmp(file->d_name, "amdgpu-", strlen("amdgpu-")) == 0;
	return 0;
}

static void check_gpu(struct doctor *d)
{
	bool found = false;
	struct error err;

	if (checkpoint_each_file(d->crw->checkpoint.dir, take_image_of_plugin, &found, &err) < 0)
		doctor_find(d, CAUSE_IMAGE, CRW_LEVEL_UNKNOWN, "amdgpu", NULL, "%s", err.text);
	if (found)
		check_plugin(d, "amdgpu_plugin");
}

/* ---- security modules --------------------------------------------------------- */

struct lsm {
	unsigned dumped, here; /* of enum lsmtype; LSM_UNKNOWN */
	struct buffer profiles;
	size_t said;
};

enum { LSM_NONE, LSM_SELINUX, LSM_APPARMOR, LSM_UNKNOWN };

static unsigned find_lsm(struct doctor *d)
{
	static const struct {
		unsigned lsm;
		const char *path;
	} signs[] = {
		{ LSM_APPARMOR, "/sys/kernel/security/apparmor" },
		{ LSM_SELINUX, "/sys/fs/selinux/enforce" },
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		cleanup_close int fd = place_open_host(d, signs[i].path);

		if (fd >= 0)
			return signs[i].lsm;
		if (errno != ENOENT && errno != ENOTDIR) {
			doctor_unseen(d, CAUSE_LSM, signs[i].path);
			return LSM_UNKNOWN;
		}
	}
	return LSM_NONE;
}

/* Lines "name (enforce)". */
static bool has_profile(const struct lsm *lsm, const char *name)
{
	const char *line = (const char *)lsm->profiles.data;
	size_t size = strlen(name);

	while (line && *line) {
		const char *next = strchr(line, '\n');

		if (strncmp(line, name, size) == 0 && strncmp(line + size, " (", 2) == 0)
			return true;
		line = next ? next + 1 : NULL;
	}
	return false;
}

static void take_profile(struct doctor *d, const struct crw_message *core, void *arg)
{
	const char *name = doctor_text(d, core, "thread_core.creds.lsm_profile");
	struct crw_value loaded;
	struct lsm *lsm = arg;

	if (!*name || lsm->said >= DOCTOR_FINDINGS_MAX)
		return;
	lsm->said++;
	if (lsm->dumped != lsm->here)
		doctor_find(d, CAUSE_LSM, CRW_LEVEL_FAILURE, name,
			    "have a rule take it away: core_entry.thread_core.creds delete "
			    "lsm_profile",
			    "is a profile of %s, which this host does not have",
			    lsm->dumped == LSM_APPARMOR ? "AppArmor" : "SELinux");
	else if (lsm->here == LSM_APPARMOR && lsm->profiles.size &&
		 !doctor_get(d, core, "thread_core.creds.apparmor_data", &loaded) &&
		 !has_profile(lsm, name))
		doctor_find(d, CAUSE_LSM, CRW_LEVEL_FAILURE, name,
			    "load it (apparmor_parser), or give criu --lsm-profile",
			    "is a profile of AppArmor that is not loaded here");
	else
		lsm->said--;
}

static void check_lsm(struct doctor *d, const struct crw_message *inventory)
{
	struct lsm lsm = { .dumped = (unsigned)doctor_number(d, inventory, "lsmtype", LSM_NONE) };
	struct error err;

	if (lsm.dumped == LSM_NONE || options_get(&d->options, "lsm-profile", 0) ||
	    d->crw->facts.only_given)
		return;
	lsm.here = find_lsm(d);
	if (lsm.here == LSM_UNKNOWN)
		return;
	if (hostfile_read(d->root, PROFILES, HOSTFILE_MAX, &lsm.profiles, &err) < 0)
		doctor_find(d, CAUSE_LSM, CRW_LEVEL_UNKNOWN, "/" PROFILES, NULL, "%s", err.text);
	doctor_each_image(d, "core", take_profile, &lsm);
	buffer_free(&lsm.profiles);
}

/* ------------------------------------------------------------------------------- */

static void take_inventory(struct doctor *d, const struct crw_message *inventory, void *arg)
{
	bool *found = arg;

	*found = true;
	check_version(d, inventory);
	check_options(d, inventory);
	check_plugins(d, inventory);
	check_lsm(d, inventory);
}

void doctor_inventory(struct doctor *d)
{
	bool found = false, is_first = true;

	doctor_each_entry(d, "inventory.img", take_inventory, &found);
	if (!found)
		doctor_find(d, CAUSE_IMAGE, CRW_LEVEL_FAILURE, "inventory.img", NULL,
			    "is not there or empty");
	doctor_each_entry(d, "pstree.img", take_first, &is_first);
	check_locks(d);
	check_gpu(d);
}
