/* SPDX-License-Identifier: GPL-2.0-only */
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "criu_config.h"
#include "plugins.h"

#define OURS "rewrite.so"
#define CONFIGURATION "rewrite.conf"

static bool put_link(const struct plugins *plugins, const char *target, const char *name)
{
	char link[2 * PATH_MAX];

	snprintf(link, sizeof(link), "%s/%s", plugins->path, name);
	if (symlink(target, link) == 0)
		return true;
	complain("cannot make the link %s: %s", link, strerror(errno));
	return false;
}

/* Where criu would look without us. */
static const char *usual_folder(const struct cli *cli, char path[static PATH_MAX])
{
	const char *named = getenv("CRIU_LIBS_DIR");

	if (criu_config_libdir((const char *const *)cli->operands, cli->operand_count, path))
		return path;
	return named && *named ? named : CRW_PLUGINDIR;
}

/* By their full paths, however the directory was named. */
static enum status put_others(const struct plugins *plugins, const struct cli *cli)
{
	char path[PATH_MAX];
	const char *usual = usual_folder(cli, path);
	char *folder = realpath(usual, NULL);
	DIR *list = folder ? opendir(folder) : NULL;
	char target[PATH_MAX + NAME_MAX + 2];
	bool good = list || errno == ENOENT;
	struct dirent *entry = NULL;

	while (list && good && (errno = 0, entry = readdir(list))) {
		if (fnmatch("*.so", entry->d_name, 0) != 0 || strcmp(entry->d_name, OURS) == 0)
			continue;
		snprintf(target, sizeof(target), "%s/%s", folder, entry->d_name);
		good = put_link(plugins, target, entry->d_name);
	}
	if (good && list)
		good = errno == 0;
	if (!good && !entry)
		complain("%s: criu's other plugins cannot be listed: %s", usual, strerror(errno));
	if (list)
		closedir(list);
	free(folder);
	return good ? STATUS_DONE : STATUS_ERROR;
}

enum status plugins_make(struct plugins *plugins, const struct cli *cli, const char *plugin)
{
	const char *where = getenv("TMPDIR");

	plugins->configuration[0] = 0;
	snprintf(plugins->path, sizeof(plugins->path), "%s/criu-rewrite.XXXXXX",
		 where && *where == '/' ? where : "/tmp");
	if (!mkdtemp(plugins->path))
		return complain("cannot make a directory %s: %s", plugins->path, strerror(errno));
	if (put_link(plugins, plugin, OURS) && put_others(plugins, cli) == STATUS_DONE)
		return STATUS_DONE;
	plugins_remove(plugins);
	return STATUS_ERROR;
}

void plugins_remove(const struct plugins *plugins)
{
	DIR *list = opendir(plugins->path);
	struct dirent *entry;

	while (list && (entry = readdir(list)))
		unlinkat(dirfd(list), entry->d_name, 0);
	if (list)
		closedir(list);
	rmdir(plugins->path);
}

/* ---- rules ---------------------------------------------------------------- */

/* rules "PATH", once that is known to be right */
static bool put_rules_line(FILE *out, const struct cli *cli, const char *rules)
{
	char path[PATH_MAX];

	if (!realpath(rules, path) || strchr(path, '\n')) {
		complain("--rules %s: %s", rules,
			 errno ? strerror(errno) : "a line end in a path cannot be passed on");
		return false;
	}
	if (setup_add_rules(cli->crw, path) < 0) {
		if (*crw_error(cli->crw))
			complain_crw(cli->crw);
		return false;
	}
	fputs("rules \"", out);
	for (const char *c = path; *c; c++)
		fprintf(out, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
	fputs("\"\n", out);
	return true;
}

static bool put_all(FILE *out, const struct cli *cli)
{
	bool good = true;

	errno = 0;
	for (size_t i = 0; good && i < cli->given_count; i++)
		if (cli->given[i].code == OPTION_RULES)
			good = put_rules_line(out, cli, cli->given[i].value);
	return good;
}

enum status plugins_put_rules(struct plugins *plugins, const struct cli *cli)
{
	char path[2 * PATH_MAX];
	enum status status;
	FILE *out;

	snprintf(path, sizeof(path), "%s/" CONFIGURATION, plugins->path);
	out = fopen(path, "wex");
	status = out && put_all(out, cli) ? STATUS_DONE : STATUS_ERROR;
	if (!out || (fclose(out) != 0 && status == STATUS_DONE) ||
	    !realpath(path, plugins->configuration))
		return complain("cannot write %s: %s", path, strerror(errno));
	return status;
}
