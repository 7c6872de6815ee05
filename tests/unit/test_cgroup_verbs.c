/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the cases of tests/cgroup/: for each a host, a verb, an image before and
 * after, and what is reported. tests/cgroup/README.md says what a file looks like.
 */
#include "test.h"

#include <dirent.h>

#include "../../plugin/cgroup/verbs.h"
#include "../../plugin/context.h"
#include "cgroup_text.h"
#include "fakeroot.h"

struct section {
	char *kind, *name, *text; /* "host", "v1", lines */
};

struct cases {
	char *content;
	struct section items[3000];
	size_t count;
};

/* ---- the file -------------------------------------------------------------------------- */

static char *read_file(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text = calloc(1, 1 << 20);

	if (!f || !text || fread(text, 1, (1 << 20) - 1, f) == 0) {
		perror(path);
		exit(1);
	}
	fclose(f);
	return text;
}

/* "@kind name" begins a section; its text goes to the next one. */
static void split(struct cases *c, char *text)
{
	char *line, *next = text;

	c->content = text;
	while ((line = next) && *line) {
		next = strchr(line, '\n');
		if (*line != '@') {
			next = next ? next + 1 : NULL;
			continue;
		}
		line[-(line > text)] = line > text ? 0 : '@';
		if (next)
			*next++ = 0;
		c->items[c->count].kind = line + 1;
		c->items[c->count].name = strchr(line, ' ');
		if (c->items[c->count].name)
			*c->items[c->count].name++ = 0;
		c->items[c->count++].text = next;
	}
}

static struct section *find(struct cases *c, size_t from, const char *kind, const char *name)
{
	for (size_t i = from; i < c->count; i++) {
		struct section *s = &c->items[i];

		if (!name && i > from && strcmp(s->kind, "case") == 0)
			return NULL;
		if (strcmp(s->kind, kind) == 0 &&
		    (!name || (s->name && strcmp(s->name, name) == 0)))
			return s;
	}
	return NULL;
}

/* ---- the host -------------------------------------------------------------------------- */

static void make_host(int root, const char *text)
{
	char *copy = strdup(text), *rest = copy, *line, *equal;

	while ((line = strsep(&rest, "\n"))) {
		if (!*line || *line == '#')
			continue;
		equal = strstr(line, " = ");
		if (equal) {
			*equal = 0;
			text_unescape(equal + 3);
		}
		fakeroot_put(root, line, equal ? equal + 3 : "");
	}
	free(copy);
}

/* ---- the verb -------------------------------------------------------------------------- */

struct words {
	struct rules_argument args[64];
	size_t count;
	char *copy;
};

static size_t word_size(const char *text)
{
	return strspn(text,
		      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-:@*?/");
}

/* As the language would: words, "text", numbers, commas; () is a value that is
 * not known before the verb runs. */
static void split_words(struct words *w, const char *text)
{
	char *at = w->copy = strdup(text);

	w->count = 0;
	for (at += strspn(at, " \n"); *at; at += strspn(at, " \n")) {
		struct rules_argument *a = &w->args[w->count++];
		size_t size = word_size(at);

		*a = (struct rules_argument){ .type = ARGUMENT_VALUE };
		if (*at == ',') {
			a->type = ARGUMENT_COMMA;
			at++;
		} else if (*at == '(') {
			at += 2;
		} else if (*at == '"') {
			size = strcspn(at + 1, "\"");
			a->value = value_text(span_of(at + 1, size));
			at += size + 2;
		} else {
			a->type = ARGUMENT_WORD;
			a->value = value_text(span_of(at, size));
			if (strspn(at, "0123456789") == size) {
				a->type = ARGUMENT_VALUE;
				a->value = value_number(strtol(at, NULL, 10));
			}
			at += size ? size : 1;
		}
	}
}

struct reported {
	struct crw crw; /* first: the verbs take the context for it */
	struct buffer text;
	struct buffer images[20]; /* pstree.img, then core images */
	char names[20][32];
	size_t image_count;
};

static int find_image(void *ctx, const struct image_kind *kind, size_t index,
		      struct rules_image *image, struct error *err)
{
	struct reported *r = ctx;

	(void)err;
	index += strcmp(kind->name, "core") == 0;
	if (index >= r->image_count || (index == 0) != (strcmp(kind->name, "pstree") == 0))
		return 0;
	*image = (struct rules_image){
		.kind = kind,
		.file = r->names[index],
		.bytes = buffer_span(&r->images[index]),
	};
	return 1;
}

static void put_changes(const struct crw *crw, struct buffer *out)
{
	for (size_t i = 0; i < crw_change_count(crw); i++) {
		const struct crw_change *c = crw_change(crw, i);

		buffer_printf(out, "%s %s:", c->where, c->field);
		if (c->before)
			buffer_printf(out, " %s", c->before);
		buffer_text(out, " ->");
		if (c->after)
			buffer_printf(out, " %s", c->after);
		if (c->note)
			buffer_printf(out, " (%s)", c->note);
		buffer_byte(out, '\n');
	}
	for (size_t i = 0; i < crw_trace_count(crw); i++)
		buffer_printf(out, "note: %s\n", crw_trace(crw, i)->text);
}

static const struct rules_verb *find_verb(const char *name, size_t size)
{
	for (size_t i = 0; i < crw_verb_count; i++)
		if (span_is(span_of(name, size), crw_verbs[i].name))
			return &crw_verbs[i];
	return NULL;
}

static int run_verb(struct reported *r, const struct rules_verb *verb, struct words *words,
		    struct buffer *image, struct error *err)
{
	const struct rules_world world = {
		.ctx = r,
		.image = find_image,
	};
	const struct rules_image file = { .file = "cgroup.img", .bytes = buffer_span(image) };
	struct arena arena = { 0 };
	struct patch patch;
	struct buffer out = { 0 };
	struct rules_call call = {
		.world = &world,
		.image = &file,
		.body = buffer_span(image),
		.patch = &patch,
		.arena = &arena,
		.args = words->args,
		.arg_count = words->count,
	};
	int status;

	patch_begin(&patch, buffer_span(image));
	status = verb->run(&call, err);
	if (status == 0)
		status = patch_finish(&patch, &out, err);
	patch_free(&patch);
	arena_free(&arena);
	if (status == 0) {
		buffer_free(image);
		*image = out;
	} else {
		buffer_free(&out);
	}
	return status;
}

/* Each line is a verb; stops at the first that fails. */
static int run_rules(struct reported *r, const char *text, struct buffer *image, struct error *err)
{
	char *copy = strdup(text), *rest = copy, *line;
	int status = 0;

	while (status == 0 && (line = strsep(&rest, "\n"))) {
		size_t size = strcspn(line, " ");
		const struct rules_verb *verb = find_verb(line, size);
		struct words words;
		size_t wrong = 0;

		if (!*line)
			continue;
		if (!verb) {
			status = fail(err, "no verb %s", line);
			break;
		}
		split_words(&words, line + size);
		status = verb->check(words.args, words.count, &wrong, err);
		if (status < 0)
			error_context(err, "argument %zu", wrong);
		else
			status = run_verb(r, verb, &words, image, err);
		free(words.copy);
	}
	free(copy);
	return status;
}

/* ---- one case --------------------------------------------------------------------------- */

static const char *text_or(const struct section *s, const char *other)
{
	return s && s->text ? s->text : other;
}

static void put_entry(struct buffer *image, const char *kind, const struct buffer *body)
{
	uint32_t words[2] = { kind_named(kind, strlen(kind))->magic, (uint32_t)body->size };

	buffer_append(image, span_of(&words[image->size != 0], image->size ? 4 : 8));
	buffer_append(image, buffer_span(body));
}

static void add_core(struct reported *r, unsigned id, unsigned set, uint32_t field, uint32_t in)
{
	struct buffer core = { 0 }, body = { 0 };

	snprintf(r->names[r->image_count], sizeof(r->names[0]), "core-%u.img", id);
	wire_put_scalar(&core, field, WIRE_VARINT, set);
	wire_put_bytes(&body, in, buffer_span(&core));
	put_entry(&r->images[r->image_count++], "core", &body);
	buffer_free(&core);
	buffer_free(&body);
}

/* "task 7 2": pid and set; "thread 8 3": of the task above. */
static void add_threads(struct reported *r, const char *text)
{
	struct buffer task = { 0 };
	unsigned id, set;
	char what[8];

	strcpy(r->names[0], "pstree.img");
	r->image_count = 1;
	for (; text && sscanf(text, "%7s %u %u", what, &id, &set) == 3;
	     text = strchr(text, '\n'), text += text != NULL) {
		bool thread = strcmp(what, "thread") == 0;

		if (!thread && task.size) {
			put_entry(&r->images[0], "pstree", &task);
			task.size = 0;
		}
		wire_put_scalar(&task, thread ? 5 : 1, WIRE_VARINT, id);
		add_core(r, id, set, thread ? 16 : 9, thread ? 5 : 3);
	}
	put_entry(&r->images[0], "pstree", &task);
	buffer_free(&task);
}

/* Line ends at the end do not count. */
static void same(struct buffer *got, const struct section *s, const char *name)
{
	char *want = strdup(text_or(s, ""));

	for (size_t i = strlen(want); i > 0 && want[i - 1] == '\n'; i--)
		want[i - 1] = 0;
	while (got->size && (got->data[got->size - 1] == '\n' || !got->data[got->size - 1]))
		got->size--;
	buffer_byte(got, 0);
	is_text((char *)got->data, want, name);
	free(want);
}

static void give_facts(struct facts *facts, const struct section *s, struct error *err)
{
	char *copy = strdup(s->text), *rest = copy, *line, *equal;

	while ((line = strsep(&rest, "\n"))) {
		equal = strstr(line, " = ");
		if (!equal)
			continue;
		*equal = 0;
		if (facts_give(facts, line, equal + 3, err) < 0)
			printf("# %s\n", err->text);
	}
	free(copy);
}

static void compare(struct cases *c, size_t at, struct reported *r, int status,
		    const struct buffer *image, const struct error *err)
{
	const struct section *after = find(c, at, "after", NULL);
	const struct section *error = find(c, at, "error", NULL);
	const char *name = c->items[at].name;
	struct buffer text = { 0 };

	if (error || status < 0)
		buffer_text(&text, status < 0 ? err->text : "(it worked)");
	else
		image_to_text(buffer_span(image), &text);
	same(&text, error ? error : after ? after : find(c, at, "before", NULL), name);
	if (!error && status == 0)
		same(&r->text, find(c, at, "changes", NULL), "  what is reported");
	buffer_free(&text);
}

static void run_case(struct cases *c, size_t at)
{
	struct reported *r = calloc(1, sizeof(*r));
	const struct section *host = find(c, at, "host", NULL),
			     *moved = find(c, at, "cgroup-root", NULL);
	const struct section *given = find(c, at, "facts", NULL);
	const struct section *known = find(c, at, "facts-too", NULL);
	const struct section *threads = find(c, at, "threads", NULL);
	struct buffer image = { 0 };
	struct error err = { "" };
	int root = fakeroot_make(), status;

	if (host && host->name)
		host = find(c, 0, "define", host->name);
	make_host(root, text_or(host, ""));
	facts_init(&r->crw.facts, &err);
	facts_set_root(&r->crw.facts, root, &err);
	if (known)
		give_facts(&r->crw.facts, known, &err);
	if (given)
		give_facts(&r->crw.facts, given, &err);
	r->crw.facts.only_given = given != NULL;
	if (moved)
		facts_add(&r->crw.facts, "criu.cgroup.roots", moved->name, &err);
	if (threads)
		add_threads(r, threads->text);
	text_to_image(text_or(find(c, at, "before", NULL), ""), &image);
	status = run_rules(r, text_or(find(c, at, "rule", NULL), ""), &image, &err);
	put_changes(&r->crw, &r->text);
	compare(c, at, r, status, &image, &err);
	buffer_free(&image);
	buffer_free(&r->crw.changes);
	buffer_free(&r->crw.trace);
	arena_free(&r->crw.traces);
	overrides_free(&r->crw.overrides);
	arena_free(&r->crw.outcome);
	buffer_free(&r->text);
	for (size_t i = 0; i < r->image_count; i++)
		buffer_free(&r->images[i]);
	facts_free(&r->crw.facts);
	free(r);
	close(root);
	fakeroot_remove();
}

static void run_file(const char *path)
{
	struct cases *c = calloc(1, sizeof(*c));
	char *hosts = read_file("tests/cgroup/hosts");

	split(c, hosts);
	c->content = NULL;
	split(c, read_file(path));
	for (size_t i = 0; i < c->count; i++)
		if (strcmp(c->items[i].kind, "case") == 0)
			run_case(c, i);
	free(hosts);
	free(c->content);
	free(c);
}

static int is_test(const struct dirent *entry)
{
	return strstr(entry->d_name, ".test") != NULL;
}

int main(int argc, char **argv)
{
	struct dirent **entries;
	int count;
	char path[600];

	for (int i = 1; i < argc; i++)
		run_file(argv[i]);
	if (argc > 1)
		return test_end();
	count = scandir("tests/cgroup", &entries, is_test, alphasort);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "tests/cgroup/%s", entries[i]->d_name);
		run_file(path);
		free(entries[i]);
	}
	if (count > 0)
		free(entries);
	ok(count > 0, "cases are in tests/cgroup (run from the top of the project)");
	return test_end();
}
