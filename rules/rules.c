/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Texts in, rulesets out.
 */
#include <stdlib.h>

#include "parse.h"
#include "run.h"
#include "source.h"

static void free_unit(struct unit *unit)
{
	for (struct pattern *p = unit->patterns; p; p = p->next)
		regfree(&p->regex);
	arena_free(&unit->arena);
	free(unit);
}

void rules_free(struct ruleset *ruleset)
{
	struct unit *next;

	for (struct unit *u = ruleset ? ruleset->units : NULL; u; u = next) {
		next = u->next;
		free_unit(u);
	}
	free(ruleset);
}

bool rules_is_empty(const struct ruleset *ruleset)
{
	for (const struct unit *u = ruleset ? ruleset->units : NULL; u; u = u->next) {
		if (u->block.first)
			return false;
	}
	return true;
}

/* A complaint that belongs to no place in the text. */
static int complain(struct diag *d, const char *name, const char *what)
{
	diag_report(d, (struct extent){ { name, 1, 1 }, 1 }, "%s", what);
	return -1;
}

/* Both parts are done even when the first found something: more is said at once. */
static int read_unit(struct unit *unit, struct diag *diag, const struct rules_setting *setting,
		     const char *name, struct span text)
{
	struct diag_source *source = source_add(diag, &unit->arena, name, text);
	struct parse parse = { .diag = diag, .arena = &unit->arena, .setting = setting };
	struct check check = { .diag = diag, .unit = unit, .setting = setting };

	if (!source)
		return complain(diag, name, "out of memory");
	if (!source_judge(diag, source))
		return -1;
	parse_text(&parse, source, &unit->block);
	unit->sources = diag->sources;
	if (!parse.no_memory)
		check_unit(&check);
	return diag->count ? -1 : 0;
}

static int append_unit(struct ruleset **ruleset, const struct rules_setting *setting,
		       struct unit *unit)
{
	struct unit **tail;

	if (!*ruleset) {
		*ruleset = calloc(1, sizeof(**ruleset));
		if (!*ruleset)
			return -1;
		(*ruleset)->setting = setting;
	}
	for (tail = &(*ruleset)->units; *tail; tail = &(*tail)->next)
		;
	*tail = unit;
	return 0;
}

int rules_parse(struct ruleset **ruleset, const struct rules_setting *setting, const char *name,
		struct span text, struct rules_diagnostics *diagnostics)
{
	struct diag diag = { .list = diagnostics };
	struct unit *unit = calloc(1, sizeof(*unit));
	int status;

	if (!unit)
		return complain(&diag, name, "out of memory");
	status = read_unit(unit, &diag, setting, name, text);
	if (status == 0 && append_unit(ruleset, setting, unit) < 0)
		status = complain(&diag, name, "out of memory");
	diag_sort(&diag);
	if (status < 0)
		free_unit(unit);
	return status;
}
