/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Goes from the rows of fit.def to the values of the spec that they are about. */
#include "fit.h"

#include <string.h>

#include "judge.h"
#include "show.h"

struct fitting {
	struct oci_item item;
	const struct verb_names *names;
	struct verb_names *sought; /* to be marked, and nothing judged; or NULL */
	oci_found found;
	void *ctx;
	struct arena arena;
	struct buffer path, fresh;
};

/* ---- texts ------------------------------------------------------------------- */

/* As text in the arena; NULL with the error. */
static const char *shown(struct fitting *f, struct error *err)
{
	struct buffer text = { 0 };
	const char *copy = NULL;

	if (oci_show(f->item.spec, f->item.value, &text, err) == 0) {
		copy = text.failed ? NULL : arena_copy(&f->arena, text.data, text.size);
		if (!copy)
			fail_memory(err);
	}
	buffer_free(&text);
	return copy;
}

void oci_refusal(const struct oci_row *row, struct buffer *out)
{
	if (row->runc)
		buffer_printf(out, "runc: %s", row->runc);
	if (row->crun)
		buffer_printf(out, "%scrun: %s", row->runc ? "; " : "", row->crun);
}

/* ---- one value --------------------------------------------------------------- */

static int change(struct fitting *f, enum oci_verdict verdict, struct error *err)
{
	struct spec_value *v = f->item.value;

	if (verdict == OCI_DROP)
		spec_remove(v);
	if (verdict != OCI_CHANGE)
		return 0;
	if (f->fresh.failed)
		return fail_memory(err);
	return spec_replace_text(f->item.spec, v, buffer_span(&f->fresh), err);
}

static int report(struct fitting *f, enum oci_verdict verdict, struct error *err)
{
	struct oci_finding finding = {
		.row = f->item.row,
		.note = f->item.note,
		.verdict = verdict,
	};

	finding.path = arena_copy(&f->arena, f->path.data, f->path.size);
	finding.before = shown(f, err);
	if (verdict == OCI_CHANGE)
		finding.after = arena_copy(&f->arena, f->fresh.data, f->fresh.size);
	if (!finding.before)
		return -1;
	if (!finding.path || f->path.failed || (verdict == OCI_CHANGE && !finding.after))
		return fail_memory(err);
	return f->found(f->ctx, &finding, err);
}

static struct span property_of(const struct fitting *f)
{
	const char *property = f->item.row->property;

	return property ? span_text(property) : f->item.value->name;
}

static bool is_wanted(const struct fitting *f)
{
	return !f->names || names_match(f->names, property_of(f));
}

static int judge_value(struct fitting *f, const struct oci_row *row, struct spec_value *v,
		       struct error *err)
{
	enum oci_verdict verdict;

	f->item.row = row;
	f->item.value = v;
	f->item.note = NULL;
	if (f->sought)
		names_find(f->sought, property_of(f));
	if (f->sought || v->removed || v->fresh.data || !is_wanted(f))
		return 0;
	buffer_clear(&f->fresh);
	verdict = row->judge(&f->item, err);
	if (verdict == OCI_FAILED)
		return -1;
	if (verdict == OCI_KEEP)
		return 0;
	return report(f, verdict, err) < 0 ? -1 : change(f, verdict, err);
}

/* ---- the way there ----------------------------------------------------------- */

static bool is_on_the_way(const struct spec_value *v, struct span step)
{
	return span_is(step, "*") || (v->name.data && span_equal(v->name, step));
}

/* All values below `v` that the rest of the row's place leads to. */
static int walk(struct fitting *f, const struct oci_row *row, const char *place,
		struct spec_value *v, struct error *err)
{
	struct span step = span_of(place, strcspn(place, "/"));
	size_t index = 0, before;
	int status = 0;

	if (!*place)
		return judge_value(f, row, v, err);
	place += step.size + (place[step.size] == '/');
	for (v = v->first; v && status == 0; v = v->next, index++) {
		if (!is_on_the_way(v, step))
			continue;
		before = oci_show_step(&f->path, v, index);
		status = walk(f, row, place, v, err);
		f->path.size = before;
	}
	return status;
}

static int walk_rows(struct fitting *f, struct spec *spec, struct error *err)
{
	int status = 0;

	for (size_t i = 0; i < oci_row_count && status == 0; i++)
		status = walk(f, &oci_rows[i], oci_rows[i].place, spec->top, err);
	return status;
}

/* ---- the host ---------------------------------------------------------------- */

static int ask_host(struct oci_item *item, struct error *err)
{
	struct value version;
	int found = facts_get(&item->crw->facts, "host.cgroup.version", &version, err);

	if (found < 0)
		return -1;
	item->v2 = found > 0 && version.number == 2;
	if (item->crw->facts.only_given)
		return 0;
	return facts_cgroups(&item->crw->facts, &item->fit.host, err);
}

int oci_fit(struct crw *crw, struct spec *spec, const struct verb_names *names, oci_found found,
	    void *ctx, struct error *err)
{
	struct fitting f = { .names = names, .found = found, .ctx = ctx };
	int status;

	f.item = (struct oci_item){
		.crw = crw,
		.spec = spec,
		.fresh = &f.fresh,
		.fit = { .crw = crw, .arena = &f.arena },
	};
	status = ask_host(&f.item, err);
	if (status == 0)
		status = walk_rows(&f, spec, err);
	buffer_free(&f.path);
	buffer_free(&f.fresh);
	arena_free(&f.arena);
	return status;
}

int oci_find_names(struct spec *spec, struct verb_names *names, struct error *err)
{
	struct fitting f = { .sought = names };
	int status = walk_rows(&f, spec, err);

	buffer_free(&f.path);
	return status;
}
