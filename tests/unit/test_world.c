/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cases of tests/cgroup, tests/identity and tests/oci: rules on a checkpoint, on a
 * host of the case's own.
 */
#include "../../plugin/context.h"
#include "../../proto/raw.h"
#include "case_host.h"
#include "golden.h"

/* ---- what is given ---------------------------------------------------------------- */

static void put_hosts(int root, const struct test_case *c)
{
	for (size_t i = 0; i < c->section_count; i++) {
		struct span name = case_word(c->sections[i].head, 1);

		if (!case_is(&c->sections[i], "host"))
			continue;
		if (name.size)
			case_host_put(root, name);
		case_host_put_files(root, c->sections[i].body);
	}
}

static void put_image(int dir, const struct world_image *image)
{
	struct span bytes = buffer_span(&image->bytes);
	struct content raw = { .size = 0 };
	struct error err;
	int fd;

	if (image->kind && image->kind->raw != RAW_NOT) {
		if (raw_collapse(image->kind, bytes, &raw, &err) < 0)
			cases_fail(image->file, err.text);
		bytes = raw.bytes;
	}
	fd = openat(dir, image->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, bytes.data, bytes.size) != (ssize_t)bytes.size)
		cases_fail(image->file, "cannot be written");
	close(fd);
	content_free(&raw);
}

static void give_fact(void *crw, const char *name, const char *value)
{
	bool is_root = strcmp(name, "criu.cgroup.roots") == 0;
	struct error err;

	/* of which each may have commas in it */
	if ((is_root ? facts_add(&((struct crw *)crw)->facts, name, value, &err) :
		       crw_set_fact(crw, name, value)) < 0)
		cases_fail(name, crw_error(crw));
}

static struct crw *make_context(const struct test_case *c, int root)
{
	const struct case_section *given = case_find(c, "facts", "");
	struct crw *crw = crw_new();

	/* Of no stage: what is settled for CRIU after all rules has a test of its own. */
	if (!crw || crw_set_root(crw, root) < 0 || crw_set_stage(crw, "") < 0)
		cases_fail("context", "no memory");
	crw->config.limit_image = 1u << 20;
	crw->config.limit_memory = 1u << 24;
	case_each_pair(case_text(case_find(c, "facts", "beside")), give_fact, crw);
	case_each_pair(case_text(given), give_fact, crw);
	if (given || !case_find(c, "host", NULL))
		crw_only_given_facts(crw);
	return crw;
}

/* ---- what comes out --------------------------------------------------------------- */

static int append(void *arg, const void *data, size_t size)
{
	buffer_append(arg, span_of(data, size));
	return 0;
}

static void take_images(struct crw *crw, struct golden_world *w)
{
	for (size_t i = 0; i < w->image_count; i++) {
		struct world_image *mine = &w->images[i];

		if (mine->notation == WORLD_TEXT) {
			buffer_clear(&mine->bytes);
			crw_spec_write(crw, append, &mine->bytes);
		}
		for (size_t k = 0; k < crw_image_count(crw); k++) {
			const struct checkpoint_image *changed = crw_changed_image(crw, k);

			if (strcmp(changed->file, mine->file) != 0)
				continue;
			buffer_clear(&mine->bytes);
			buffer_append(&mine->bytes, changed->content.bytes);
		}
	}
}

static void take_report(struct crw *crw, struct golden_world *w)
{
	for (size_t i = 0; i < crw_change_count(crw); i++)
		world_put_change(w, crw_change(crw, i));
	for (size_t i = 0; i < crw_trace_count(crw); i++)
		buffer_printf(&w->report, "%s: %s\n", crw_trace(crw, i)->type,
			      crw_trace(crw, i)->text);
	for (size_t i = 0; i < crw_warning_count(crw); i++)
		buffer_printf(&w->report, "warning: %s\n", crw_warning(crw, i));
}

/* What was fitted fits. */
static void run_again(struct crw *crw, int dir, struct golden_world *w)
{
	if (crw_replace_spec(crw) < 0 || crw_open_spec(crw, dir, "config.json") <= 0 ||
	    crw_run_spec(crw) < 0 || crw_change_count(crw) > 0)
		buffer_printf(&w->wrong, "once more: %s\n", crw_error(crw));
}

static void run(struct crw *crw, const struct test_case *c, int dir, struct golden_world *w)
{
	struct buffer rules = { 0 };

	world_write_out(c->rules, &rules);
	if (crw_add_rules_text(crw, "rules", (const char *)rules.data, rules.size) < 0 ||
	    crw_open(crw, dir) < 0 || crw_open_spec(crw, dir, "config.json") < 0 ||
	    crw_run(crw) < 0) {
		w->failed = true;
		buffer_text(&w->error,
			    *crw_diagnostics(crw) ? crw_diagnostics(crw) : crw_error(crw));
		if (w->error.data[w->error.size - 1] != '\n')
			buffer_byte(&w->error, '\n');
	} else {
		take_images(crw, w);
		take_report(crw, w);
		if (crw_spec_changed(crw) && span_is(c->rules, "cgroup_entry fit\n"))
			run_again(crw, dir, w);
	}
	buffer_free(&rules);
}

static void run_case(const struct test_case *c, struct golden_world *w)
{
	int root = fakeroot_make(), dir;
	struct crw *crw;

	w->report_always = true;
	fakeroot_put(root, "images/", "");
	dir = openat(root, "images", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < w->image_count; i++)
		put_image(dir, &w->images[i]);
	put_hosts(root, c);
	crw = make_context(c, root);
	run(crw, c, dir, w);
	crw_free(crw);
	close(dir);
	close(root);
	fakeroot_remove();
}

int main(int argc, char **argv)
{
	static const char *const directories[] = { "tests/cgroup", "tests/identity", "tests/oci",
						   NULL };
	static const char *const sections[] = { "host",   "facts", "input", "output",
						"report", "error", NULL };

	return golden_main(argc, argv, directories, sections, run_case);
}
