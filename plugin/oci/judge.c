/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The judges of fit.def: what is asked of this host for one value of a spec. */
#include "judge.h"

#include <string.h>

#include "../cgroup/properties.h"

static enum oci_verdict drop(struct oci_item *item, const char *note)
{
	item->note = note;
	return OCI_DROP;
}

static enum oci_verdict report(struct oci_item *item, const char *note)
{
	item->note = note;
	return OCI_REPORT;
}

static bool is_absent(const struct oci_item *item, const char *path)
{
	return fit_host_has(&item->fit, path) == 0;
}

/* A string member of the value, with a NUL behind; "" when it has none. */
static int text_member(struct oci_item *item, const char *name, const char **text,
		       struct error *err)
{
	const struct spec_value *v = spec_member(item->value, name);
	struct span s = span_text("");

	if (v && v->type == JSON_STRING && spec_text(item->spec, v, &s, err) < 0)
		return -1;
	*text = (const char *)s.data;
	return 0;
}

/* ---- properties of groups ---------------------------------------------------- */

/* The hierarchy in which this property is set. */
static const struct cgroup_hierarchy *hierarchy_of(const struct oci_item *item, struct span name)
{
	if (!item->fit.host)
		return NULL;
	return cgroup_host_find(item->fit.host,
				item->v2 ? span_text("") : property_controller(name));
}

/* As `fit` judges a property of cgroup.img. */
static enum oci_verdict judge_property(struct oci_item *item, struct span name, struct span value,
				       struct error *err)
{
	static const struct fit_group none = { .here = false };
	struct fit_item asked = {
		.group = &none,
		.name = name,
		.value = value,
		.fresh = item->fresh,
	};
	const struct property_row *row = property_find(PROPERTY_BOTH, name);
	enum fit_verdict verdict;

	item->fit.hierarchy = hierarchy_of(item, name);
	if (fit_offers(&item->fit, name) == 0)
		return drop(item, "this kernel has no such file");
	verdict = fit_judge(&item->fit, row, &asked, err);
	item->note = asked.note;
	return verdict == FIT_FAILED ? OCI_FAILED :
	       verdict == FIT_DROP   ? OCI_DROP :
	       verdict == FIT_CHANGE ? OCI_CHANGE :
				       OCI_KEEP;
}

static enum oci_verdict judge_unified(struct oci_item *item, struct error *err)
{
	struct span text;

	if (!item->v2 || item->value->type != JSON_STRING)
		return OCI_KEEP;
	if (spec_text(item->spec, item->value, &text, err) < 0)
		return OCI_FAILED;
	return judge_property(item, item->value->name, text, err);
}

/* { "pageSize": "1GB", "limit": 1 } */
static enum oci_verdict judge_pages(struct oci_item *item, struct error *err)
{
	const char *size, *name;

	if (text_member(item, "pageSize", &size, err) < 0)
		return OCI_FAILED;
	if (!*size)
		return OCI_KEEP;
	name = arena_printf(item->fit.arena, "hugetlb.%s.%s", size,
			    item->v2 ? "max" : "limit_in_bytes");
	if (!name) {
		fail_memory(err);
		return OCI_FAILED;
	}
	return judge_property(item, span_text(name), span_text("0"), err);
}

/* { "major": 8, "minor": 16, "rate": 1048576 } */
static enum oci_verdict judge_device(struct oci_item *item, struct error *err)
{
	const struct spec_value *major = spec_member(item->value, "major");
	const struct spec_value *minor = spec_member(item->value, "minor");
	const char *path;

	if (!major || !minor || major->type != JSON_NUMBER || minor->type != JSON_NUMBER)
		return OCI_KEEP;
	path = arena_printf(item->fit.arena, "sys/dev/block/%.*s:%.*s", (int)major->raw.size,
			    (const char *)major->raw.data, (int)minor->raw.size,
			    (const char *)minor->raw.data);
	if (!path) {
		fail_memory(err);
		return OCI_FAILED;
	}
	return is_absent(item, path) ? drop(item, "this host has no such block device") : OCI_KEEP;
}

static enum oci_verdict judge_weight_device(struct oci_item *item, struct error *err)
{
	item->fit.hierarchy = hierarchy_of(item, span_text("io.weight"));
	if (item->v2 && fit_offers(&item->fit, span_text("io.weight")) == 0)
		return drop(item, "this kernel has no such file");
	return judge_device(item, err);
}

/* "mlx5_0": { "hcaHandles": 3 } */
static enum oci_verdict judge_rdma_device(struct oci_item *item, struct error *err)
{
	enum oci_verdict verdict = judge_property(item, span_text("rdma.max"), item->value->name,
						  err);

	return verdict == OCI_CHANGE ? OCI_KEEP : verdict;
}

/* What only cgroup v1 has; zero, false and nothing ask for nothing. */
static enum oci_verdict judge_of_v1(struct oci_item *item, struct error *err)
{
	const struct spec_value *v = item->value;

	if (!item->v2 || v->type == JSON_NULL || v->type == JSON_FALSE)
		return OCI_KEEP;
	if (v->type == JSON_NUMBER && span_is(v->raw, "0"))
		return OCI_KEEP;
	if (v->type == JSON_LIST && !v->first)
		return OCI_KEEP;
	return drop(item, "cgroup v2 has no such thing");
}

/* ---- CPUs and memory nodes --------------------------------------------------- */

static const struct {
	const char *property, *resource, *here, *possible;
} masks[] = {
	{ "cpuset.cpus", "cpus", "host.cpus", "host.cpus.possible" },
	{ "cpuset.mems", "mems", "host.mems", "host.mems.possible" },
};

static int mask_index(const struct oci_item *item)
{
	return strcmp(item->row->property, masks[0].property) == 0 ? 0 : 1;
}

/* The group above that of the container, of a path like /a/b; looked up once. */
static int find_above(struct oci_item *item, struct error *err)
{
	struct spec_value *linux_part = spec_member(item->spec->top, "linux");
	const struct spec_value *path = spec_member(linux_part, "cgroupsPath");
	struct span text = span_text("/");

	if (path && path->type == JSON_STRING && spec_text(item->spec, path, &text, err) < 0)
		return -1;
	item->above = "/";
	if (text.size > 1 && text.data[0] == '/' && !memchr(text.data, 0, text.size))
		item->above = cgroup_path_parent(item->fit.arena, (const char *)text.data);
	return item->above ? 0 : fail_memory(err);
}

/* v1 takes what the group above may use. */
static int limit_of_group(struct oci_item *item, int m, struct value *limit, struct error *err)
{
	const struct cgroup_hierarchy *h = hierarchy_of(item, span_text("cpuset"));
	struct value given;

	if (!h || facts_given(&item->crw->facts, masks[m].here, &given))
		return 0;
	if (!item->above && find_above(item, err) < 0)
		return -1;
	return cgroup_host_mask(item->fit.host, h, item->above, masks[m].resource, item->fit.arena,
				limit, NULL, err);
}

/* v2 takes all that the kernel has room for: what is offline now comes back to
 * the group when it comes back to the host (kernel/cgroup/cpuset.c). */
static int limit_of_host(struct oci_item *item, int m, struct value *limit, struct error *err)
{
	struct facts *facts = &item->crw->facts;
	struct value given;
	int found = 0;

	if (facts_given(facts, masks[m].possible, &given) ||
	    !facts_given(facts, masks[m].here, &given))
		found = facts_get(facts, masks[m].possible, limit, err);
	return found ? found : facts_get(facts, masks[m].here, limit, err);
}

/* What is left of the mask; of nothing, all that is here. */
static int cut_mask(struct oci_item *item, int m, struct value limit, struct value wanted,
		    struct value *left, struct error *err)
{
	struct value here;
	int found;

	if (value_set_intersect(item->fit.arena, wanted, limit, left, err) < 0)
		return -1;
	if (value_set_count(*left))
		return 0;
	*left = limit;
	found = item->v2 ? facts_get(&item->crw->facts, masks[m].here, &here, err) : 0;
	if (found > 0)
		*left = here;
	return found < 0 ? -1 : 0;
}

static enum oci_verdict judge_mask(struct oci_item *item, struct error *err)
{
	struct value limit, wanted, left;
	struct error not_a_set;
	struct span text;
	int m = mask_index(item), found;

	if (item->value->type != JSON_STRING)
		return OCI_KEEP;
	if (spec_text(item->spec, item->value, &text, err) < 0)
		return OCI_FAILED;
	found = item->v2 ? limit_of_host(item, m, &limit, err) :
			   limit_of_group(item, m, &limit, err);
	if (found == 0)
		found = facts_get(&item->crw->facts, masks[m].here, &limit, err);
	if (found <= 0)
		return found < 0 ? OCI_FAILED : OCI_KEEP;
	while (text.size && memchr(" \n", text.data[text.size - 1], 2))
		text.size--;
	if (property_list_check(text, &not_a_set) < 0)
		return report(item, "it is not a set of numbers like 0-3,8");
	if (value_set_parse(item->fit.arena, text, &wanted, err) < 0) /* "all" */
		return error_is_memory(err) ? OCI_FAILED : OCI_KEEP;
	if (value_set_count(wanted) == 0)
		return OCI_KEEP;
	if (cut_mask(item, m, limit, wanted, &left, err) < 0)
		return OCI_FAILED;
	if (value_equal(left, wanted))
		return OCI_KEEP;
	value_print(item->fresh, left);
	return OCI_CHANGE;
}

/* ---- not of groups ----------------------------------------------------------- */

static enum oci_verdict judge_rdt(struct oci_item *item, struct error *err)
{
	if (item->value->type != JSON_OBJECT || !item->value->first)
		return OCI_KEEP;
	return is_absent(item, "sys/fs/resctrl/schemata") ?
		       drop(item, "this host has no resctrl mounted") :
		       OCI_KEEP;
}

static enum oci_verdict judge_selinux(struct oci_item *item, struct error *err)
{
	if (item->value->type != JSON_STRING || item->value->raw.size <= 2)
		return OCI_KEEP;
	return is_absent(item, "sys/fs/selinux/enforce") ? drop(item, "this host has no SELinux") :
							   OCI_KEEP;
}

/* A path of this host that must be there, unless it is the runtime that makes it:
 * Podman and CRI-O put their own into the spec of an archive. */
static bool path_is_missing(const struct oci_item *item, const char *path)
{
	return path[0] == '/' && item->crw->spec.is_bundle && is_absent(item, path + 1);
}

static enum oci_verdict report_path(struct oci_item *item, const char *member, const char *note,
				    struct error *err)
{
	const char *path;

	if (text_member(item, member, &path, err) < 0)
		return OCI_FAILED;
	return path_is_missing(item, path) ? report(item, note) : OCI_KEEP;
}

static enum oci_verdict report_mount(struct oci_item *item, struct error *err)
{
	const char *type;

	if (text_member(item, "type", &type, err) < 0)
		return OCI_FAILED;
	if (*type && strcmp(type, "bind") != 0 && strcmp(type, "none") != 0)
		return OCI_KEEP;
	return report_path(item, "source", "the source is not on this host", err);
}

static enum oci_verdict report_namespace(struct oci_item *item, struct error *err)
{
	return report_path(item, "path", "the namespace is not on this host", err);
}

static enum oci_verdict report_hook(struct oci_item *item, struct error *err)
{
	return report_path(item, "path", "the program is not on this host", err);
}

/* ---- the rest ---------------------------------------------------------------- */

static enum oci_verdict keep(struct oci_item *item, struct error *err)
{
	return OCI_KEEP;
}

/* ---- the table --------------------------------------------------------------- */

#define OCI_ROW(place, property, judge, runc, crun) { place, property, judge, runc, crun },
const struct oci_row oci_rows[] = {
#include "fit.def"
};
#undef OCI_ROW

const size_t oci_row_count = sizeof(oci_rows) / sizeof(oci_rows[0]);
