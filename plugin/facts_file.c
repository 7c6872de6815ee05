/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The facts of another host: { "facts": { "host.cpus": "0-3", ... } }. */
#include <stdio.h>
#include <string.h>

#include "context.h"
#include "oci/spec.h"

#define FACT_TEXT_MAX 4096 /* bytes of a name or value */

static int copy_text(char text[static FACT_TEXT_MAX + 1], struct span from, struct error *err)
{
	if (from.size > FACT_TEXT_MAX)
		return fail(err, "a text of more than %d bytes", FACT_TEXT_MAX);
	memcpy(text, from.data, from.size);
	text[from.size] = 0;
	return 0;
}

/* The value as crw_set_fact() wants it: 1, 0 for null, -1. */
static int value_of(struct spec *json, const struct spec_value *member, const char *name,
		    char text[static FACT_TEXT_MAX + 1], struct error *err)
{
	struct span value = member->raw;
	bool is_whole = value.size == strspn((const char *)value.data, "-0123456789");

	if (member->type == JSON_NULL)
		return 0;
	if (member->type == JSON_STRING && spec_text(json, member, &value, err) < 0)
		return -1;
	if (member->type == JSON_OBJECT || member->type == JSON_LIST ||
	    (member->type == JSON_NUMBER && !is_whole))
		return fail(err, "fact '%s' is neither text, a whole number, true, false nor null",
			    name);
	return copy_text(text, value, err) < 0 ? -1 : 1;
}

static int set_member(struct crw *crw, struct spec *json, const struct spec_value *member)
{
	char name[FACT_TEXT_MAX + 1], text[FACT_TEXT_MAX + 1];
	int found = copy_text(name, member->name, &crw->err);

	if (found == 0)
		found = value_of(json, member, name, text, &crw->err);
	return found > 0 ? crw_set_fact(crw, name, text) : found;
}

static int set_all(struct crw *crw, struct spec *json)
{
	const struct spec_value *facts = spec_member(json->top, "facts");

	if (!facts || facts->type != JSON_OBJECT)
		return fail(&crw->err, "there is no object \"facts\" in it; make it with "
				       "`criu-rewrite facts --json`");
	for (const struct spec_value *m = facts->first; m; m = m->next)
		if (set_member(crw, json, m) < 0)
			return -1;
	return 0;
}

int crw_set_facts(struct crw *crw, const char *name, const char *text, size_t size)
{
	struct spec json;
	int status = spec_read(&json, span_of(text, size), &crw->err);

	crw->facts.recorded = true;
	if (status < 0)
		error_context(&crw->err, "facts are what `criu-rewrite facts --json` prints");
	else
		status = set_all(crw, &json);
	spec_free(&json);
	crw->facts.recorded = false;
	crw->facts.only_given = true;
	return status < 0 ? error_context(&crw->err, "%s", name) : 0;
}
