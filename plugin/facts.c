/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../proto/file.h"
#include "../rules/suggest.h"
#include "hostfile.h"
#include "known_text.h"

#define NAMES_MAX 4096 /* of a directory that becomes a list */

/* A reader sets *value and returns 1, or 0 when the host has no such thing. */
typedef int fact_reader(struct facts *facts, const char *argument, struct value *value,
			struct error *err);

static fact_reader read_set, read_mems, read_meminfo, read_text, read_number, read_names,
	read_cgroup_version, read_cgroup_layout, read_cgroup_controllers, read_cgroup_hierarchies,
	read_own_cgroup, read_caller_cgroup, read_nothing, read_own_uid, read_stage;

#define FACT(name, type, reader, argument, help) { name, type, help },
const struct rules_fact facts_table[] = {
#include "facts.def"
};
#undef FACT

#define FACT(name, type, reader, argument, help) { reader, argument },
static const struct {
	fact_reader *read;
	const char *argument;
} readers[] = {
#include "facts.def"
};
#undef FACT

const size_t facts_count = sizeof(facts_table) / sizeof(facts_table[0]);

int facts_init(struct facts *facts, struct error *err)
{
	*facts = (struct facts){ .root = -1, .stage = "restore" };
	facts->slots = arena_array(&facts->arena, facts_count, sizeof(*facts->slots));
	if (!facts->slots)
		return fail_memory(err);
	facts->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (facts->root < 0)
		return fail_errno(err, "cannot open /");
	return 0;
}

void facts_free(struct facts *facts)
{
	if (facts->cgroups_read)
		cgroup_host_free(&facts->cgroups);
	if (facts->root >= 0)
		close(facts->root);
	arena_free(&facts->arena);
	*facts = (struct facts){ .root = -1 };
}

int facts_set_root(struct facts *facts, int root_fd, struct error *err)
{
	int fd = fcntl(root_fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return fail_errno(err, "cannot use the root directory");
	close(facts->root);
	facts->root = fd;
	return 0;
}

static int fail_unknown(const char *name, struct error *err)
{
	struct suggestion near = suggest_for(span_text(name));

	for (size_t i = 0; i < facts_count; i++)
		suggest_offer(&near, facts_table[i].name);
	return fail(err, "there is no fact '%s'%s (`criu-rewrite facts` lists them)", name,
		    suggest_text(&near));
}

static int fact_index(const char *name, struct error *err)
{
	for (size_t i = 0; i < facts_count; i++)
		if (strcmp(facts_table[i].name, name) == 0)
			return (int)i;
	return fail_unknown(name, err);
}

static int parse_number(const char *text, struct value *value, struct error *err)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-')
		return fail(err, "'%s' is not a number", text);
	*value = value_number(n);
	return 1;
}

static int parse_list(struct facts *facts, const char *text, struct value *value, struct error *err)
{
	size_t count = 1, n = 0;
	struct value *items;
	char *copy, *item;

	for (const char *c = text; *c; c++)
		count += *c == ',';
	items = arena_array(&facts->arena, count, sizeof(*items));
	copy = arena_copy(&facts->arena, text, strlen(text));
	if (!items || !copy)
		return fail_memory(err);
	while ((item = strsep(&copy, ",")))
		if (*item)
			items[n++] = value_text(span_text(item));
	*value = (struct value){ .type = VALUE_LIST, .items = items, .item_count = n };
	return 1;
}

static int parse_fact(struct facts *facts, enum value_type type, const char *text,
		      struct value *value, struct error *err)
{
	switch (type) {
	case VALUE_SET:
		return value_set_parse(&facts->arena, span_text(text), value, err) < 0 ? -1 : 1;
	case VALUE_NUMBER:
		return parse_number(text, value, err);
	case VALUE_LIST:
		return parse_list(facts, text, value, err);
	default:
		text = arena_copy(&facts->arena, text, strlen(text));
		if (!text)
			return fail_memory(err);
		*value = value_text(span_text(text));
		return 1;
	}
}

/* What no kernel goes beyond: NR_CPUS is 8192 at most, MAX_NUMNODES 1024, PID_MAX_LIMIT 2^22. */
static const struct {
	const char *fact;
	uint64_t most;
} limits[] = {
	{ "host.cpus", 8191 },       { "host.cpus.possible", 8191 },
	{ "host.mems", 1023 },       { "host.mems.possible", 1023 },
	{ "host.pid.max", 1 << 22 }, { "own.uid", UINT32_MAX - 1 },
	{ "criu.rpc", 1 },
};

static int judge_limit(const struct rules_fact *fact, const struct value *v, struct error *err)
{
	uint64_t most = UINT64_MAX, given = 0;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (strcmp(limits[i].fact, fact->name) == 0)
			most = limits[i].most;
	if (v->type == VALUE_SET && v->range_count)
		given = v->ranges[v->range_count - 1].last;
	else if (v->type == VALUE_NUMBER)
		given = (uint64_t)v->number;
	if (given > most)
		return fail(err, "%llu is more than any kernel has; the largest is %llu",
			    (unsigned long long)given, (unsigned long long)most);
	if (!given &&
	    (strcmp(fact->name, "host.memory") == 0 || strcmp(fact->name, "host.pid.max") == 0))
		return fail(err, "no host has 0 of it");
	return 0;
}

/* Nobody has a host without CPUs or without a name. */
static int judge_text(const struct rules_fact *fact, const char *text, struct error *err)
{
	if (fact->type == VALUE_SET && !*text)
		return fail(err, "the set is empty; name some, like 0-3,8");
	if (fact->type == VALUE_TEXT && !*text && strncmp(fact->name, "host.", 5) == 0)
		return fail(err, "the value is empty; leave the fact out, or name one");
	return fact->type == VALUE_LIST ? 0 : known_text(fact->name, span_text(text), err);
}

static int judge_items(const struct rules_fact *fact, const struct value *list, struct error *err)
{
	for (size_t i = 0; list->type == VALUE_LIST && i < list->item_count; i++)
		if (known_text(fact->name, list->items[i].text, err) < 0)
			return -1;
	return 0;
}

int facts_give(struct facts *facts, const char *name, const char *text, struct error *err)
{
	int i = fact_index(name, err);

	if (i < 0)
		return -1;
	if (judge_text(&facts_table[i], text, err) < 0 ||
	    parse_fact(facts, facts_table[i].type, text, &facts->slots[i].value, err) < 0 ||
	    judge_limit(&facts_table[i], &facts->slots[i].value, err) < 0 ||
	    (!facts->recorded && judge_items(&facts_table[i], &facts->slots[i].value, err) < 0))
		return error_context(err, "fact %s", name);
	facts->slots[i].state = FACT_KNOWN;
	facts->slots[i].given = true;
	return 0;
}

int facts_add(struct facts *facts, const char *name, const char *text, struct error *err)
{
	int i = fact_index(name, err);
	struct fact_slot *slot = i < 0 ? NULL : &facts->slots[i];
	struct value *items;
	size_t count;

	if (!slot)
		return -1;
	count = slot->given ? slot->value.item_count : 0;
	text = arena_copy(&facts->arena, text, strlen(text));
	items = arena_array(&facts->arena, count + 1, sizeof(*items));
	if (!text || !items)
		return fail_memory(err);
	if (count)
		memcpy(items, slot->value.items, count * sizeof(*items));
	items[count] = value_text(span_text(text));
	*slot = (struct fact_slot){
		.state = FACT_KNOWN,
		.given = true,
		.value = { .type = VALUE_LIST, .items = items, .item_count = count + 1 },
	};
	return 0;
}

bool facts_given(const struct facts *facts, const char *name, struct value *value)
{
	for (size_t i = 0; i < facts_count; i++) {
		if (!facts->slots[i].given || strcmp(facts_table[i].name, name) != 0)
			continue;
		*value = facts->slots[i].value;
		return true;
	}
	return false;
}

int facts_get(struct facts *facts, const char *name, struct value *value, struct error *err)
{
	int i = fact_index(name, err), found;
	struct fact_slot *slot;

	if (i < 0)
		return -1;
	slot = &facts->slots[i];
	if (slot->state == FACT_UNREAD && !facts->only_given) {
		found = readers[i].read(facts, readers[i].argument, &slot->value, err);
		if (found < 0)
			return error_context(err, "fact %s", name);
		slot->state = found ? FACT_KNOWN : FACT_ABSENT;
	}
	if (slot->state != FACT_KNOWN)
		return 0;
	*value = slot->value;
	return 1;
}

int facts_cgroups(struct facts *facts, const struct cgroup_host **host, struct error *err)
{
	/* Who wants another host's has to ask for them, see cgroup/host_facts.c. */
	if (!facts->cgroups_read && facts->only_given)
		facts->cgroups = (struct cgroup_host){ .root = -1 };
	else if (!facts->cgroups_read && cgroup_host_read(&facts->cgroups, facts->root, err) < 0)
		return -1;
	facts->cgroups_read = true;
	*host = &facts->cgroups;
	return 0;
}

/* ---- readers, in the order of facts.def --------------------------------- */

static int read_as(struct facts *facts, const char *path, enum value_type type, struct value *value,
		   struct error *err)
{
	const char *line;
	int found = hostfile_line(facts->root, path, &facts->arena, &line, err);

	if (found <= 0)
		return found;
	if (parse_fact(facts, type, line, value, err) < 0)
		return error_context(err, "/%s", path);
	return 1;
}

static int read_set(struct facts *facts, const char *path, struct value *value, struct error *err)
{
	return read_as(facts, path, VALUE_SET, value, err);
}

/* A kernel without NUMA has no such file; cpusets still know node 0. */
static int read_mems(struct facts *facts, const char *path, struct value *value, struct error *err)
{
	int found = read_set(facts, path, value, err);

	if (found)
		return found;
	return parse_fact(facts, VALUE_SET, "0", value, err);
}

static int read_text(struct facts *facts, const char *path, struct value *value, struct error *err)
{
	return read_as(facts, path, VALUE_TEXT, value, err);
}

static int read_number(struct facts *facts, const char *path, struct value *value,
		       struct error *err)
{
	return read_as(facts, path, VALUE_NUMBER, value, err);
}

static int read_meminfo(struct facts *facts, const char *key, struct value *value,
			struct error *err)
{
	cleanup_buffer struct buffer text = { 0 };
	const char *at;
	int found = hostfile_read(facts->root, "proc/meminfo", HOSTFILE_MAX, &text, err);

	if (found <= 0)
		return found;
	at = strstr((const char *)text.data, key);
	if (!at)
		return 0;
	*value = value_number((number_t)strtoull(at + strlen(key), NULL, 10) * 1024);
	return 1;
}

static int compare_names(const void *a, const void *b)
{
	const struct value *x = a, *y = b;

	return span_compare(x->text, y->text);
}

static int read_names(struct facts *facts, const char *path, struct value *value, struct error *err)
{
	cleanup_dir DIR *list = file_list(facts->root, path);
	struct value *items = arena_array(&facts->arena, NAMES_MAX, sizeof(*items));
	struct dirent *entry;
	const char *name;
	size_t n = 0;

	if (!list)
		return errno == ENOENT ? 0 : fail_errno(err, "/%s: cannot open", path);
	while (items && n < NAMES_MAX && (entry = file_next(list))) {
		if (entry->d_name[0] == '.')
			continue;
		name = arena_copy(&facts->arena, entry->d_name, strlen(entry->d_name));
		if (!name)
			return fail_memory(err);
		items[n++] = (struct value){ .type = VALUE_TEXT, .text = span_text(name) };
	}
	if (!items)
		return fail_memory(err);
	if (n < NAMES_MAX && errno)
		return fail_errno(err, "/%s: cannot list", path);
	qsort(items, n, sizeof(*items), compare_names);
	*value = (struct value){ .type = VALUE_LIST, .items = items, .item_count = n };
	return 1;
}

/* 0 when no cgroups are mounted at all. */
static int cgroup_layout(struct facts *facts, struct error *err)
{
	const struct cgroup_host *host;

	if (facts_cgroups(facts, &host, err) < 0)
		return -1;
	return cgroup_host_layout(host);
}

static int read_cgroup_version(struct facts *facts, const char *unused, struct value *value,
			       struct error *err)
{
	int layout = cgroup_layout(facts, err);

	if (layout <= 0)
		return layout;
	*value = value_number(layout == CGROUP_UNIFIED ? 2 : 1);
	return 1;
}

static int read_cgroup_layout(struct facts *facts, const char *unused, struct value *value,
			      struct error *err)
{
	static const char *const names[] = {
		[CGROUP_LEGACY] = "legacy",
		[CGROUP_UNIFIED] = "unified",
		[CGROUP_HYBRID] = "hybrid",
	};
	int layout = cgroup_layout(facts, err);

	if (layout <= 0)
		return layout;
	*value = value_text(span_text(names[layout]));
	return 1;
}

/* A list with what `put` writes of each hierarchy. */
static int list_hierarchies(struct facts *facts, struct value *value, struct error *err,
			    void (*put)(struct buffer *, const struct cgroup_hierarchy *))
{
	const struct cgroup_host *host;
	cleanup_buffer struct buffer all = { 0 };

	if (facts_cgroups(facts, &host, err) < 0)
		return -1;
	for (size_t i = 0; i < host->count; i++) {
		buffer_text(&all, i ? "," : "");
		put(&all, &host->items[i]);
	}
	buffer_byte(&all, 0);
	if (all.failed)
		return fail_memory(err);
	return parse_list(facts, (const char *)all.data, value, err);
}

/* v1 has them with commas, v2 with blanks. */
static void put_controllers(struct buffer *b, const char *controllers, uint8_t separator)
{
	for (; *controllers; controllers++)
		buffer_byte(b, strchr(", ", *controllers) ? separator : (uint8_t)*controllers);
}

static void put_each_controller(struct buffer *b, const struct cgroup_hierarchy *h)
{
	put_controllers(b, h->controllers, ',');
}

static int read_cgroup_controllers(struct facts *facts, const char *unused, struct value *value,
				   struct error *err)
{
	return list_hierarchies(facts, value, err, put_each_controller);
}

static void put_hierarchy(struct buffer *b, const struct cgroup_hierarchy *h)
{
	buffer_printf(b, "%d:", h->version);
	put_controllers(b, h->controllers, '+');
}

/* The list of controllers does not say which are in one hierarchy, but who
 * plans for another host by its facts must know. */
static int read_cgroup_hierarchies(struct facts *facts, const char *unused, struct value *value,
				   struct error *err)
{
	return list_hierarchies(facts, value, err, put_hierarchy);
}

/* The hierarchy that speaks for all: 1, 0 when there is none, -1. */
static int main_hierarchy(struct facts *facts, const struct cgroup_hierarchy **h, struct error *err)
{
	static const char *const order[] = { "", "name=systemd", "cpuset" };
	const struct cgroup_host *host;

	*h = NULL;
	if (facts_cgroups(facts, &host, err) < 0)
		return -1;
	for (size_t i = 0; !*h && i < sizeof(order) / sizeof(order[0]); i++)
		*h = cgroup_host_find(host, span_text(order[i]));
	return *h != NULL;
}

static int read_own_cgroup(struct facts *facts, const char *unused, struct value *value,
			   struct error *err)
{
	const struct cgroup_hierarchy *h;
	int found = main_hierarchy(facts, &h, err);

	if (found <= 0 || !h->own)
		return found < 0 ? -1 : 0;
	*value = value_text(span_text(h->own));
	return 1;
}

static int read_caller_cgroup(struct facts *facts, const char *unused, struct value *value,
			      struct error *err)
{
	const struct cgroup_hierarchy *h;
	const char *group;
	int found = main_hierarchy(facts, &h, err);

	if (found > 0)
		found = cgroup_host_caller(&facts->cgroups, h, &facts->arena, &group, err);
	if (found > 0)
		*value = value_text(span_text(group));
	return found;
}

/* What is given by those who know. */
static int read_nothing(struct facts *facts, const char *unused, struct value *value,
			struct error *err)
{
	return 0;
}

static int read_own_uid(struct facts *facts, const char *unused, struct value *value,
			struct error *err)
{
	*value = value_number(geteuid());
	return 1;
}

static int read_stage(struct facts *facts, const char *unused, struct value *value,
		      struct error *err)
{
	*value = value_text(span_text(facts->stage));
	return 1;
}
