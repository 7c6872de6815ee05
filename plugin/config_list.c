/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which files a `rules` line stands for. Directories and masks are judged here,
 * each file when it is read (trust.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../proto/file.h"
#include "config.h"
#include "trust.h"

#define RULES_FILES_MAX 1024 /* of one `rules` line */

struct rules_file {
	const char *name;
	size_t directory; /* index: the earlier wins */
};

static bool is_rules_name(const char *name)
{
	static const char end[] = ".rules";
	size_t length = strlen(name);

	return name[0] != '.' && length >= sizeof(end) &&
	       strcmp(name + length - strlen(end), end) == 0;
}

static int add_entry(struct buffer *list, struct arena *arena, const char *name, size_t directory,
		     struct error *err)
{
	struct rules_file file = { .directory = directory };

	if (list->size / sizeof(file) == RULES_FILES_MAX)
		return fail(err, "more than %d rules files", RULES_FILES_MAX);
	file.name = arena_copy(arena, name, strlen(name));
	buffer_append(list, span_of(&file, sizeof(file)));
	return file.name && !list->failed ? 0 : fail_memory(err);
}

/* Appends the rules files of one directory; it may be missing. */
static int list_directory(struct buffer *list, struct arena *arena, const char *path,
			  size_t directory, struct error *err)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int found = trust_list(path, &dir, err);

	if (found <= 0)
		return found;
	while ((entry = file_next(dir))) {
		if (is_rules_name(entry->d_name) &&
		    add_entry(list, arena, entry->d_name, directory, err) < 0)
			return error_context(err, "%s", path);
	}
	return errno ? fail_errno(err, "%s: cannot list", path) : 0;
}

static int compare_files(const void *a, const void *b)
{
	const struct rules_file *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->directory > y->directory) - (x->directory < y->directory);
}

static int judge_file(struct crw_rules_file *file, const char *winner, struct error *err)
{
	int masked = winner ? 0 : trust_masked(file->path, err);

	file->masked_by = masked > 0 ? "/dev/null" : winner;
	return masked < 0 ? -1 : 0;
}

/* By name; of one name the winner comes first. */
static int collect_paths(struct rules_file *found, size_t found_count, const char *const *dirs,
			 struct arena *arena, struct crw_rules_file **files, size_t *count,
			 struct error *err)
{
	struct crw_rules_file *list = arena_array(arena, found_count + 1, sizeof(*list));
	const char *winner = NULL;

	if (!list)
		return fail_memory(err);
	if (found_count)
		qsort(found, found_count, sizeof(*found), compare_files);
	for (size_t i = 0; i < found_count; i++) {
		bool again = i && strcmp(found[i].name, found[i - 1].name) == 0;

		list[i].path = arena_printf(arena, "%s/%s", dirs[found[i].directory],
					    found[i].name);
		if (!list[i].path)
			return fail_memory(err);
		if (judge_file(&list[i], again ? winner : NULL, err) < 0)
			return -1;
		winner = again ? winner : list[i].path;
	}
	*files = list;
	*count = found_count;
	return 0;
}

int config_list_directories(const char *const *dirs, size_t dir_count, struct arena *arena,
			    struct crw_rules_file **files, size_t *count, struct error *err)
{
	cleanup_buffer struct buffer list = { 0 };

	for (size_t i = 0; i < dir_count; i++)
		if (list_directory(&list, arena, dirs[i], i, err) < 0)
			return -1;
	return collect_paths((struct rules_file *)list.data, list.size / sizeof(struct rules_file),
			     dirs, arena, files, count, err);
}

static bool is_site_directory(const char *path)
{
	static const char site[] = CRW_SYSCONFDIR "/criu/rewrite.d";
	size_t length = strlen(site);

	return strncmp(path, site, length) == 0 && !path[length + strspn(path + length, "/")];
}

int config_list_rules(const char *path, struct arena *arena, struct crw_rules_file **files,
		      size_t *count, struct error *err)
{
	static const char *const site[] = { CRW_SYSCONFDIR "/criu/rewrite.d", "/run/criu/rewrite.d",
					    CRW_DATADIR "/rules.d" };
	struct stat st;

	*count = 0;
	if (is_site_directory(path))
		return config_list_directories(site, sizeof(site) / sizeof(site[0]), arena, files,
					       count, err);
	if (stat(path, &st) < 0)
		return fail_errno(err, "%s: cannot open the rules", path);
	if (S_ISDIR(st.st_mode))
		return config_list_directories(&path, 1, arena, files, count, err);
	*files = arena_array(arena, 1, sizeof(**files));
	if (!*files)
		return fail_memory(err);
	(*files)->path = arena_copy(arena, path, strlen(path));
	if (!(*files)->path)
		return fail_memory(err);
	*count = 1;
	return judge_file(*files, NULL, err);
}
