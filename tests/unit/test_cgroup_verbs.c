/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Runs the cases of tests/cgroup/: for each a host, a verb, an image before and
 * after, and what is reported. tests/cgroup/README.md says what a file looks like.
 */
#include "../../plugin/cgroup/verbs.h"
#include "../../plugin/context.h"
#include "cases.h"
#include "cgroup_text.h"
#include "fakeroot.h"

/* ---- the host -------------------------------------------------------------------------- */

static struct buffer hosts;

/* The files of the host that tests/cgroup/hosts has under that name. */
static struct span named_host(struct span name)
{
	struct case_reader reader = { .rest = buffer_span(&hosts), .line = 1 };
	struct test_case host;

	while (case_next(&reader, &host))
		if (span_equal(host.title, name))
			return host.rules;
	cases_fail("tests/cgroup/hosts", "a case names a host that is not there");
	return name;
}

static void put_file(void *root, const char *path, const char *content)
{
	fakeroot_put(*(int *)root, path, content);
}

static void make_host(int root, const struct test_case *c)
{
	const struct case_section *host = case_find(c, "host", NULL);
	struct span name = case_word(host ? host->head : span_of(NULL, 0), 1);

	case_each_pair(name.size ? named_host(name) : case_text(host), put_file, &root);
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
static int run_rules(struct reported *r, struct span text, struct buffer *image, struct error *err)
{
	char *copy = case_copy(text), *rest = copy, *line;
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
static void same(const struct buffer *got, struct span want, const char *name)
{
	char *mine = case_copy(buffer_span(got)), *theirs = case_copy(want);

	is_text(mine, theirs, name);
	free(mine);
	free(theirs);
}

static void give_fact(void *facts, const char *name, const char *value)
{
	struct error err = { "" };

	if (facts_give(facts, name, value, &err) < 0)
		printf("# %s\n", err.text);
}

static void compare(const struct test_case *c, struct reported *r, int status,
		    const struct buffer *image, const struct error *err)
{
	const struct case_section *error = case_find(c, "error", NULL),
				  *output = case_find(c, "output", NULL);
	char *title = case_copy(c->title);
	struct buffer text = { 0 };

	if (error || status < 0)
		buffer_text(&text, status < 0 ? err->text : "(it worked)");
	else
		image_to_text(buffer_span(image), &text);
	same(&text,
	     case_text(error  ? error :
		       output ? output :
				case_find(c, "input", NULL)),
	     title);
	if (!error && status == 0)
		same(&r->text, case_text(case_find(c, "report", NULL)), "  what is reported");
	buffer_free(&text);
	free(title);
}

static void set_facts(struct facts *facts, const struct test_case *c, int root)
{
	const struct case_section *given = case_find(c, "facts", ""),
				  *moved = case_find(c, "cgroup-root", NULL);
	struct error err = { "" };

	facts_init(facts, &err);
	facts_set_root(facts, root, &err);
	case_each_pair(case_text(case_find(c, "facts", "beside")), give_fact, facts);
	case_each_pair(case_text(given), give_fact, facts);
	facts->only_given = given != NULL;
	if (moved) {
		char *path = case_copy(case_word(moved->head, 1));

		facts_add(facts, "criu.cgroup.roots", path, &err);
		free(path);
	}
}

static void free_reported(struct reported *r)
{
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
}

static void run_case(const struct test_case *c, const char *file)
{
	static const char *const sections[] = {
		"host",   "facts",  "threads", "cgroup-root", "input",
		"output", "report", "error",   NULL,
	};
	struct reported *r = calloc(1, sizeof(*r));
	char *text = case_copy(case_text(case_find(c, "threads", NULL)));
	struct buffer image = { 0 };
	struct error err = { "" };
	int root = fakeroot_make(), status;

	case_check_sections(c, sections, file);
	make_host(root, c);
	set_facts(&r->crw.facts, c, root);
	if (*text)
		add_threads(r, text);
	free(text);
	text = case_copy(case_text(case_find(c, "input", NULL)));
	text_to_image(text, &image);
	free(text);
	status = run_rules(r, c->rules, &image, &err);
	put_changes(&r->crw, &r->text);
	compare(c, r, status, &image, &err);
	buffer_free(&image);
	free_reported(r);
	close(root);
	fakeroot_remove();
}

int main(int argc, char **argv)
{
	int status;

	cases_read("tests/cgroup/hosts", &hosts);
	status = cases_run_all(argc, argv, "tests/cgroup", run_case);
	buffer_free(&hosts);
	return status;
}
