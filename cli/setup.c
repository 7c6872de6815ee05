/* SPDX-License-Identifier: GPL-2.0-only */
/* What the options --root, --facts, --fact, --conf and --rules mean. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive.h"

#define TEXT_MAX (1u << 20) /* bytes of a file of facts, of rules from standard input */

static enum status set_root(struct cli *cli, const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	enum status status = STATUS_DONE;

	if (fd < 0)
		return complain("--root %s: %s", path, strerror(errno));
	if (crw_set_root(cli->crw, fd) < 0)
		status = complain("--root %s: %s", path, crw_error(cli->crw));
	close(fd);
	return status;
}

/* Reads all of a text that is not to be longer than TEXT_MAX. */
static bool read_text(FILE *file, const char *name, char *text, size_t *size)
{
	*size = fread(text, 1, TEXT_MAX + 1, file);
	if (ferror(file))
		complain("%s: cannot read: %s", name, strerror(errno));
	else if (*size > TEXT_MAX)
		complain("%s: more than %u bytes", name, TEXT_MAX);
	return !ferror(file) && *size <= TEXT_MAX;
}

static enum status set_facts_file(struct cli *cli, const char *path)
{
	int fd = input_open(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *text = malloc(TEXT_MAX + 1);
	enum status status = STATUS_ERROR;
	size_t size;

	if (!file)
		complain("%s: %s", path, strerror(errno));
	else if (!text)
		complain("out of memory");
	else if (read_text(file, path, text, &size))
		status = crw_set_facts(cli->crw, path, text, size) < 0 ? complain_crw(cli->crw) :
									 STATUS_DONE;
	if (file)
		fclose(file);
	free(text);
	return status;
}

/* Another --fact about the same before this one; NULL: there is none. */
static const char *earlier_fact(const struct cli *cli, const char *text, size_t size)
{
	for (size_t i = 0; i < cli->given_count && cli->given[i].value != text; i++)
		if (cli->given[i].code == OPTION_FACT &&
		    strncmp(cli->given[i].value, text, size) == 0)
			return cli->given[i].value;
	return NULL;
}

/* "host.cpus=0-3" */
static enum status set_fact(struct cli *cli, const char *text)
{
	const char *equals = strchr(text, '='), *earlier;
	char name[128];

	if (!equals || equals == text || equals - text >= (int)sizeof(name))
		return complain_usage(cli->command, "--fact '%s' is not NAME=VALUE", text);
	earlier = earlier_fact(cli, text, (size_t)(equals - text) + 1);
	if (earlier)
		return complain_usage(cli->command, "one fact is given twice: '%s' and '%s'",
				      earlier, text);
	snprintf(name, sizeof(name), "%.*s", (int)(equals - text), text);
	if (crw_set_fact(cli->crw, name, equals + 1) < 0)
		return complain("--fact %s: %s", text, crw_error(cli->crw));
	return STATUS_DONE;
}

/* Does `set` for every option of that code. */
static enum status each_option(struct cli *cli, int code,
			       enum status (*set)(struct cli *, const char *))
{
	enum status status = STATUS_DONE;

	for (size_t i = 0; i < cli->given_count && status == STATUS_DONE; i++) {
		if (cli->given[i].code == code)
			status = set(cli, cli->given[i].value);
	}
	return status;
}

static void take_progress(void *arg, const char *image)
{
	progress_at(image);
}

enum status setup_open(struct cli *cli)
{
	enum status status;

	cli->crw = crw_new();
	if (!cli->crw)
		return complain("cannot begin: %s", strerror(errno));
	crw_on_progress(cli->crw, take_progress, NULL);
	status = each_option(cli, OPTION_ROOT, set_root);
	if (status == STATUS_DONE)
		status = each_option(cli, OPTION_FACTS, set_facts_file);
	if (status == STATUS_DONE)
		status = each_option(cli, OPTION_FACT, set_fact);
	return status;
}

/* ---- rules ---------------------------------------------------------------- */

static int add_stdin(struct crw *crw)
{
	static bool is_read;
	char *text = is_read ? NULL : malloc(TEXT_MAX + 1);
	int status = -1;
	size_t size;

	if (is_read)
		complain("-: the standard input can be read only once");
	else if (!text)
		complain("out of memory");
	else if (read_text(stdin, "standard input", text, &size))
		status = crw_add_rules_text(crw, "stdin", text, size);
	is_read = true;
	free(text);
	return status;
}

/* A directory that is named has rules in it; one of the configuration may be empty. */
int setup_add_rules(struct crw *crw, const char *path)
{
	size_t before = crw_rules_file_count(crw);

	if (strcmp(path, "-") == 0)
		return add_stdin(crw);
	if (crw_add_rules(crw, path) < 0)
		return -1;
	if (crw_rules_file_count(crw) > before)
		return 0;
	complain("%s: there is no *.rules file in it", path);
	return -1;
}

static enum status add_rules(struct cli *cli, const char *path)
{
	if (setup_add_rules(cli->crw, path) == 0)
		return STATUS_DONE;
	return *crw_error(cli->crw) ? complain_crw(cli->crw) : STATUS_ERROR;
}

enum status setup_load_rules(struct cli *cli)
{
	const char *conf = option_value(cli, OPTION_CONF);

	if (conf && option_value(cli, OPTION_RULES))
		return complain_usage(cli->command, "--conf and --rules cannot go together");
	if (option_value(cli, OPTION_RULES)) {
		enum status status = each_option(cli, OPTION_RULES, add_rules);

		if (status == STATUS_DONE && !crw_has_rules(cli->crw) && !cli->quiet &&
		    strcmp(option_value(cli, OPTION_RULES), "/dev/null") != 0)
			complain("note: there is no rule in what --rules names");
		return status;
	}
	if (crw_load_config(cli->crw, conf) < 0)
		return complain_crw(cli->crw);
	if (!crw_has_rules(cli->crw) && !cli->quiet)
		complain("there are no rules: name some with --rules, or in " CRW_SYSCONFDIR
			 "/criu/rewrite.conf");
	return STATUS_DONE;
}

/* ---- checkpoints ---------------------------------------------------------- */

bool is_image_name(const char *name)
{
	return fnmatch("*.img", name, 0) == 0;
}

/* Goes through a directory until `is` holds for a file; its name, free() it, or NULL with errno
 * 0 or the error. */
static char *find_file(int at, const char *path, bool (*is)(DIR *dir, const char *name))
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char *name = NULL;
	int failed;

	while (dir && !name && (errno = 0, entry = readdir(dir)))
		name = is(dir, entry->d_name) ? strdup(entry->d_name) : NULL;
	failed = name ? 0 : errno;
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
	errno = failed;
	return name;
}

static bool is_image(DIR *dir, const char *name)
{
	return is_image_name(name);
}

static bool has_images(DIR *dir, const char *name)
{
	char *image = *name == '.' ? NULL : find_file(dirfd(dir), name, is_image);
	bool has = image;

	free(image);
	return has;
}

bool setup_find_images(const char *path, int dir)
{
	char *image = find_file(dir, ".", is_image);
	int failed = image ? 0 : errno;
	char *below = image || failed ? NULL : find_file(dir, ".", has_images);
	bool found = image;

	if (failed)
		complain("%s: cannot list: %s", path, strerror(failed));
	else if (below)
		complain("%s: is not a checkpoint: there is no *.img file in it; "
			 "did you mean '%s/%s'?",
			 path, path, below);
	else if (!image)
		complain("%s: is not a checkpoint: there is no *.img file in it", path);
	free(below);
	free(image);
	return found;
}

bool setup_recover(struct cli *cli, const char *path, int dir)
{
	int found;

	if (option_value(cli, OPTION_IN_PLACE) && crw_lock(cli->crw, dir) < 0)
		found = -1;
	else
		found = crw_recover(cli->crw, dir);
	if (found < 0)
		complain("%s: %s", path, crw_error(cli->crw));
	else if (found == CRW_FINISHED)
		complain("note: %s: replacing images was interrupted when all new ones were there; "
			 "it is finished now, the images are the new ones",
			 path);
	else if (found == CRW_UNDONE)
		complain("note: %s: replacing images was interrupted before all new ones were "
			 "there; it is undone now, the images are the old ones",
			 path);
	return found >= 0;
}

bool setup_recover_beside(struct cli *cli, const char *path)
{
	const char *slash = strrchr(path, '/');
	size_t size = slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
	char *folder = slash ? strndup(path, size) : strdup(".");
	int dir = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool good = dir < 0 || setup_recover(cli, folder, dir);

	if (dir >= 0)
		close(dir);
	free(folder);
	return good;
}

int setup_open_directory(struct cli *cli, const char *path, const char *const *patterns)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), dir = -1;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		complain("%s: %s", path, strerror(errno));
	else if (S_ISDIR(st.st_mode) && setup_recover(cli, path, fd) && setup_find_images(path, fd))
		return fd;
	else if (S_ISDIR(st.st_mode))
		dir = -1;
	else if (S_ISREG(st.st_mode) && archive_is(fd))
		dir = archive_unpack(cli, path, fd, patterns);
	else if (S_ISREG(st.st_mode) && errno)
		complain("%s: %s", path, strerror(errno));
	else
		complain("%s: Not a directory (name the directory of the images, or an archive)",
			 path);
	if (fd >= 0)
		close(fd);
	return dir;
}

/* A checkpoint whose tasks live on where they were. */
static void say_vetoed(struct cli *cli, const char *path, int dir)
{
	const char *why = crw_vetoed(cli->crw, dir);

	if (why && !cli->quiet)
		complain("note: %s: the dump of this checkpoint was refused: %s", path, why);
}

int setup_open_images(struct cli *cli, const char *path)
{
	int fd = setup_open_directory(cli, path, NULL);

	if (fd < 0)
		return -1;
	if (crw_open(cli->crw, fd) < 0) {
		complain("%s: %s", path, crw_error(cli->crw));
		close(fd);
		return -1;
	}
	say_vetoed(cli, path, fd);
	return fd;
}

static const struct {
	const char *directory, *name;
} spec_places[] = {
	{ ".", "config.json" },
	{ ".", "spec.dump" },
	{ "..", "config.json" },
	{ "..", "spec.dump" },
};

/* Not every config.json is a spec, and what is wrong with one is the runtime's to
 * refuse. */
void setup_open_spec(struct cli *cli, struct crw *crw, int images)
{
	size_t count = sizeof(spec_places) / sizeof(spec_places[0]);
	int found = 0;

	for (size_t i = 0; i < count / (cli->unpacked ? 2 : 1) && found <= 0; i++) {
		int dir = openat(images, spec_places[i].directory,
				 O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (dir < 0 && !cli->quiet)
			complain("note: no spec is looked for in %s of the images: %s",
				 spec_places[i].directory, strerror(errno));
		found = dir < 0 ? 0 : crw_open_spec(crw, dir, spec_places[i].name);
		if (found < 0 && !cli->quiet)
			complain("note: %s: left alone", crw_error(crw));
		if (dir >= 0)
			close(dir);
	}
}

enum status setup_run(struct cli *cli, enum status (*action)(struct cli *cli))
{
	enum status status = setup_open(cli);
	int images;

	if (status == STATUS_DONE)
		status = setup_load_rules(cli);
	if (status != STATUS_DONE)
		return status;
	images = setup_open_images(cli, cli->operands[0]);
	if (images < 0)
		return STATUS_ERROR;
	setup_open_spec(cli, cli->crw, images);
	status = action(cli);
	close(images);
	return status;
}
