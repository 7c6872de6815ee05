/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * criu-rewrite x: explores a checkpoint as `crit x` does, with the same text:
 * its processes, their files, mappings and pages. What a task has not, as a
 * zombie has no memory, is left out.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

#define PAGE_SHIFT 12
#define KEY_SIZE 24 /* a number of 64 bits as the key of an object */

/* Bits of vma_entry.status, .flags and .prot. */
enum {
	VMA_REGULAR = 1 << 0, VMA_STACK = 1 << 1, VMA_VSYSCALL = 1 << 2, VMA_VDSO = 1 << 3,
	VMA_FILE_PRIVATE = 1 << 6, VMA_FILE_SHARED = 1 << 7, VMA_ANON_SHARED = 1 << 8,
	VMA_SYSVIPC = 1 << 10, VMA_SOCKET = 1 << 11,
	MAP_GROWS_DOWN = 0x100,
};

/* A checkpoint that is explored. Tables of files are objects by id, filled
 * when first asked for. */
struct explorer {
	struct cli *cli;
	int dir;
	json_t *tasks;  /* entries of pstree.img */
	json_t *files;  /* of files.img, what newer CRIUs write */
	json_t *shared; /* numbers for shared mappings, by id */
	json_t *tables; /* of images that older CRIUs write, by name */
};

/* ---- images --------------------------------------------------------------- */

struct text {
	char *data;
	size_t size, room;
};

static int append(void *arg, const void *data, size_t size)
{
	struct text *text = arg;

	if (size > text->room - text->size) {
		size_t room = (text->size + size) * 2;
		char *grown = realloc(text->data, room);

		if (!grown)
			return -1;
		text->data = grown;
		text->room = room;
	}
	memcpy(text->data + text->size, data, size);
	text->size += size;
	return 0;
}

static json_t *parse_entries(const struct text *text)
{
	json_t *image = json_loadb(text->data, text->size, JSON_ALLOW_NUL, NULL);
	json_t *entries = json_incref(json_object_get(image, "entries"));

	json_decref(image);
	return entries;
}

/* The entries of an image; NULL when there is no such image, or after a
 * complaint, which *status tells. */
static json_t *load(struct explorer *x, const char *name, enum status *status)
{
	int fd = openat(x->dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct text text = { 0 };
	json_t *entries = NULL;

	if (fd < 0 && errno != ENOENT)
		*status = complain("%s: %s", name, strerror(errno));
	if (fd < 0)
		return NULL;
	if (crw_decode(x->cli->crw, fd, CRW_JSON_QUOTE_BIG | CRW_JSON_NO_PAYLOAD, append,
		       &text) < 0)
		*status = complain("%s: %s", name, crw_error(x->cli->crw));
	else if (!(entries = parse_entries(&text)))
		*status = complain("%s: out of memory", name);
	free(text.data);
	close(fd);
	return entries;
}

static json_t *load_of(struct explorer *x, const char *kind, uint64_t id, enum status *status)
{
	char name[64];

	snprintf(name, sizeof(name), "%s-%llu.img", kind, (unsigned long long)id);
	return load(x, name, status);
}

/* A number, which is in quotes when it is big. */
static uint64_t number_of(const json_t *value)
{
	const char *text = json_string_value(value);

	return text ? strtoull(text, NULL, 0) : (uint64_t)json_integer_value(value);
}

static uint64_t number(const json_t *object, const char *member)
{
	return number_of(json_object_get(object, member));
}

/* A text, "?" when it is not one of UTF-8. */
static const char *text_of(const json_t *object, const char *member)
{
	const json_t *value = json_object_get(object, member);

	return json_is_object(value) ? "?" : value ? json_string_value(value) : "";
}

/* Inside a pid namespace a task has several ids, the outermost first. */
static uint64_t task_id(const json_t *task, const char *which)
{
	const json_t *id = json_object_get(task, which);
	char nested[16];

	if (id)
		return number_of(id);
	snprintf(nested, sizeof(nested), "ns_%s", which);
	return number_of(json_array_get(json_object_get(task, nested), 0));
}

/* ---- files ---------------------------------------------------------------- */

static const char *key_of(uint64_t number, char key[KEY_SIZE])
{
	snprintf(key, KEY_SIZE, "%llu", (unsigned long long)number);
	return key;
}

/* The entries of an image by id; of an image that is not there, none. */
static json_t *load_table(struct explorer *x, const char *name)
{
	enum status status = STATUS_DONE;
	json_t *entries = load(x, name, &status), *table = json_object(), *entry;
	char key[KEY_SIZE];
	size_t i;

	json_array_foreach(entries, i, entry) {
		key_of(number(entry, "id"), key);
		if (!json_object_get(table, key))
			json_object_set(table, key, entry);
	}
	json_decref(entries);
	return table;
}

static const json_t *find_file(struct explorer *x, const char *field, const char *image,
			       uint64_t id)
{
	const json_t *file, *table;
	char key[KEY_SIZE];

	if (!x->files)
		x->files = load_table(x, "files.img");
	file = json_object_get(x->files, key_of(id, key));
	if (file)
		return json_object_get(file, field);
	table = json_object_get(x->tables, image);
	if (!table) {
		json_object_set_new(x->tables, image, load_table(x, image));
		table = json_object_get(x->tables, image);
	}
	return json_object_get(table, key);
}

static void print_regular(struct explorer *x, uint64_t id)
{
	const char *name = text_of(find_file(x, "reg", "reg-files.img", id), "name");

	print_text(name && *name ? name : "unknown path");
}

static void print_pipe(struct explorer *x, uint64_t id)
{
	const json_t *pipe = find_file(x, "pipe", "pipes.img", id);

	if (pipe)
		printf("pipe[%llu]", (unsigned long long)number(pipe, "pipe_id"));
	else
		fputs("pipe[?]", stdout);
}

static void print_unix(struct explorer *x, uint64_t id)
{
	const json_t *socket = find_file(x, "usk", "unixsk.img", id);
	const char *name = text_of(socket, "name");

	if (!socket) {
		fputs("unix[?]", stdout);
		return;
	}
	printf("unix[%llu (%llu)%s", (unsigned long long)number(socket, "ino"),
	       (unsigned long long)number(socket, "peer"), name && *name ? " " : "");
	print_text(name ? name : "");
	putchar(']');
}

static const struct {
	const char *type;
	void (*print)(struct explorer *x, uint64_t id);
} printers[] = {
	{ "REG", print_regular }, { "PIPE", print_pipe }, { "UNIXSK", print_unix },
};

static void print_file(struct explorer *x, const char *type, uint64_t id)
{
	for (size_t i = 0; type && i < sizeof(printers) / sizeof(printers[0]); i++) {
		if (strcmp(type, printers[i].type) == 0) {
			printers[i].print(x, id);
			return;
		}
	}
	printf("%s.%llu", type ? type : "?", (unsigned long long)id);
}

/* ---- ps ------------------------------------------------------------------- */

static enum status print_task(struct explorer *x, const json_t *task, int depth)
{
	uint64_t pid = task_id(task, "pid");
	enum status status = STATUS_DONE;
	json_t *core = load_of(x, "core", pid, &status);
	const char *comm = text_of(json_object_get(json_array_get(core, 0), "tc"), "comm");

	printf("%7llu%7llu%7llu   %*s", (unsigned long long)pid,
	       (unsigned long long)task_id(task, "pgid"), (unsigned long long)task_id(task, "sid"),
	       4 * depth, "");
	print_text(comm ? comm : "");
	putchar('\n');
	json_decref(core);
	return status;
}

#define PS_DEPTH_MAX 1000

/* A task and what is below it. */
static enum status print_tree(struct explorer *x, const json_t *task, int depth)
{
	enum status status = print_task(x, task, depth);
	uint64_t pid = task_id(task, "pid");
	const json_t *kid;
	size_t i;

	if (depth == PS_DEPTH_MAX)
		return complain("pstree.img: tasks are nested more than %d deep", PS_DEPTH_MAX);
	json_array_foreach(x->tasks, i, kid) {
		if (kid != task && number(kid, "ppid") == pid &&
		    print_tree(x, kid, depth + 1) != STATUS_DONE)
			status = STATUS_ERROR;
	}
	return status;
}

static enum status explore_ps(struct explorer *x)
{
	const json_t *task, *root = NULL;
	size_t i;

	json_array_foreach(x->tasks, i, task) {
		if (number(task, "ppid") == 0)
			root = task;
	}
	if (!root)
		return complain("pstree.img: there is no first task");
	printf("%7s%7s%7s   %s\n", "PID", "PGID", "SID", "COMM");
	return print_tree(x, root, 0);
}

/* ---- fds ------------------------------------------------------------------ */

static void print_directory(struct explorer *x, const char *name, const json_t *fs,
			    const char *member)
{
	printf("\t%7s: ", name);
	print_regular(x, number(fs, member));
	putchar('\n');
}

static enum status fds_of(struct explorer *x, uint64_t pid)
{
	enum status status = STATUS_DONE;
	json_t *ids = load_of(x, "ids", pid, &status), *fds = NULL, *fs, *fd;
	size_t i;

	printf("%llu\n", (unsigned long long)pid);
	if (ids)
		fds = load_of(x, "fdinfo", number(json_array_get(ids, 0), "files_id"), &status);
	json_array_foreach(fds, i, fd) {
		printf("\t%7llu: ", (unsigned long long)number(fd, "fd"));
		print_file(x, text_of(fd, "type"), number(fd, "id"));
		putchar('\n');
	}
	fs = load_of(x, "fs", pid, &status);
	if (fs) {
		print_directory(x, "cwd", json_array_get(fs, 0), "cwd_id");
		print_directory(x, "root", json_array_get(fs, 0), "root_id");
	}
	json_decref(ids);
	json_decref(fds);
	json_decref(fs);
	return status;
}

/* ---- mems ----------------------------------------------------------------- */

/* Shared mappings are numbered in the order in which they are met. */
static uint64_t shared_number(struct explorer *x, uint64_t id)
{
	char key[KEY_SIZE];
	const json_t *known = json_object_get(x->shared, key_of(id, key));
	json_int_t fresh = (json_int_t)json_object_size(x->shared) + 1;

	if (known)
		return (uint64_t)json_integer_value(known);
	json_object_set_new(x->shared, key, json_integer(fresh));
	return (uint64_t)fresh;
}

static void print_mapped_file(struct explorer *x, const json_t *vma, uint64_t status)
{
	uint64_t offset = number(vma, "pgoff");

	putchar(' ');
	print_regular(x, number(vma, "shmid"));
	if (offset)
		printf(" + 0x%llx", (unsigned long long)offset);
	if (status & VMA_FILE_SHARED)
		fputs(" (s)", stdout);
}

static const struct {
	unsigned status;
	const char *name;
	bool numbered;
} mapping_names[] = {
	{ VMA_SYSVIPC, "ips", true },
	{ VMA_ANON_SHARED, "shmem", true },
	{ VMA_SOCKET, "packet", true },
	{ VMA_FILE_PRIVATE | VMA_FILE_SHARED, NULL, false },
	{ VMA_STACK, "stack", false },
	{ VMA_VSYSCALL, "vsyscall", false },
	{ VMA_VDSO, "vdso", false },
};

static void print_mapping_name(struct explorer *x, const json_t *vma, uint64_t status)
{
	for (size_t i = 0; i < sizeof(mapping_names) / sizeof(mapping_names[0]); i++) {
		if (!(status & mapping_names[i].status))
			continue;
		if (!mapping_names[i].name)
			print_mapped_file(x, vma, status);
		else if (mapping_names[i].numbered)
			printf(" %s[%llx]", mapping_names[i].name,
			       (unsigned long long)shared_number(x, number(vma, "shmid")));
		else
			printf(" [%s]", mapping_names[i].name);
		return;
	}
	if (number(vma, "flags") & MAP_GROWS_DOWN)
		fputs(" [stack?]", stdout);
}

static void print_mapping(struct explorer *x, const json_t *vma)
{
	uint64_t status = number(vma, "status"), prot = number(vma, "prot");
	char range[40];

	snprintf(range, sizeof(range), "%08llx-%08llx", (unsigned long long)number(vma, "start"),
		 (unsigned long long)number(vma, "end"));
	printf("\t%-36s%c%c%c", range, prot & 1 ? 'r' : '-', prot & 2 ? 'w' : '-',
	       prot & 4 ? 'x' : '-');
	print_mapping_name(x, vma, status);
	puts(status & VMA_REGULAR ? "" : " *");
}

static enum status mems_of(struct explorer *x, uint64_t pid)
{
	enum status status = STATUS_DONE;
	json_t *mm = load_of(x, "mm", pid, &status);
	const json_t *memory = json_array_get(mm, 0), *vma;
	size_t i;

	printf("%llu\n", (unsigned long long)pid);
	if (memory) {
		printf("\t%-36s    ", "exe");
		print_regular(x, number(memory, "exe_file_id"));
		putchar('\n');
	}
	json_array_foreach(json_object_get(memory, "vmas"), i, vma)
		print_mapping(x, vma);
	json_decref(mm);
	return status;
}

/* ---- rss ------------------------------------------------------------------ */

/* Where one is among the mappings. */
struct place {
	const json_t *vmas;
	size_t at, shown; /* shown: the mapping that was printed last */
};

static uint64_t vma_number(const struct place *p, const char *member)
{
	return number(json_array_get(p->vmas, p->at), member);
}

static void print_vma(struct explorer *x, struct place *p)
{
	uint64_t start = vma_number(p, "start");

	if (p->at == p->shown) {
		fputs(" ~", stdout);
	} else {
		printf(" %08llx / %-8llu", (unsigned long long)start,
		       (unsigned long long)(vma_number(p, "end") - start) >> PAGE_SHIFT);
		if (vma_number(p, "status") & (VMA_FILE_PRIVATE | VMA_FILE_SHARED)) {
			putchar(' ');
			print_regular(x, vma_number(p, "shmid"));
		}
		p->shown = p->at;
	}
	printf("\n\t%23s", "");
}

static void print_pages(struct explorer *x, const json_t *pages, struct place *p)
{
	uint64_t start = number(pages, "vaddr"), count = number(pages, "nr_pages");
	uint64_t end = start + (count << PAGE_SHIFT);
	char range[48];

	snprintf(range, sizeof(range), "\t%llx / %-8llu", (unsigned long long)start,
		 (unsigned long long)count);
	printf("%-24s", range);
	while (p->at < json_array_size(p->vmas) && vma_number(p, "end") <= start)
		p->at++;
	for (; p->at < json_array_size(p->vmas) && vma_number(p, "start") < end; p->at++)
		print_vma(x, p);
	p->at -= p->at > 0;
	putchar('\n');
}

static enum status rss_of(struct explorer *x, uint64_t pid)
{
	enum status status = STATUS_DONE;
	json_t *mm = load_of(x, "mm", pid, &status);
	json_t *pagemap = load_of(x, "pagemap", pid, &status), *pages;
	struct place place = { json_object_get(json_array_get(mm, 0), "vmas"), 0, SIZE_MAX };
	size_t i;

	printf("%llu\n", (unsigned long long)pid);
	json_array_foreach(pagemap, i, pages) {
		if (i > 0)
			print_pages(x, pages, &place);
	}
	json_decref(mm);
	json_decref(pagemap);
	return status;
}

/* ---- the command ---------------------------------------------------------- */

static const struct {
	const char *name;
	enum status (*explore)(struct explorer *x); /* all of it, or */
	enum status (*of)(struct explorer *x, uint64_t pid); /* one task */
} views[] = {
	{ "ps", explore_ps, NULL },
	{ "fds", NULL, fds_of },
	{ "mems", NULL, mems_of },
	{ "rss", NULL, rss_of },
};

#define VIEWS (sizeof(views) / sizeof(views[0]))

static size_t find_view(const char *name)
{
	size_t i = 0;

	while (i < VIEWS && strcmp(views[i].name, name) != 0)
		i++;
	return i;
}

static enum status explore(struct explorer *x, size_t view)
{
	enum status status = STATUS_DONE;
	const json_t *task;
	size_t i;

	x->tasks = load(x, "pstree.img", &status);
	if (!x->tasks)
		return status != STATUS_DONE ? status : complain("there is no pstree.img");
	if (views[view].explore)
		return views[view].explore(x);
	json_array_foreach(x->tasks, i, task) {
		if (views[view].of(x, task_id(task, "pid")) != STATUS_DONE)
			status = STATUS_ERROR;
	}
	return status;
}

static enum status run(struct cli *cli)
{
	const char *names[VIEWS + 1] = { NULL };
	size_t view = find_view(cli->operands[1]);
	struct explorer x = { .cli = cli };
	enum status status;

	for (size_t i = 0; i < VIEWS; i++)
		names[i] = views[i].name;
	if (view == VIEWS)
		return complain_usage(cli->command, "'%s' is none of: ps, fds, mems, rss%s",
				      cli->operands[1], did_you_mean(cli->operands[1], names));
	x.dir = open(cli->operands[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (x.dir < 0)
		return complain("%s: %s", cli->operands[0], strerror(errno));
	cli->crw = crw_new();
	x.shared = json_object();
	x.tables = json_object();
	status = cli->crw ? explore(&x, view) : complain("out of memory");
	json_decref(x.tasks);
	json_decref(x.files);
	json_decref(x.shared);
	json_decref(x.tables);
	close(x.dir);
	return status;
}

const struct command command_x = {
	.name = "x",
	.arguments = "DIR ps|fds|mems|rss",
	.summary = "Explore a checkpoint's tasks, files, mappings or pages, like crit x",
	.operands_min = 2,
	.operands_max = 2,
	.run = run,
};
