/* SPDX-License-Identifier: GPL-2.0-only */
/* Text of rules: tokens, syntax, names, types. */
#include "../../plugin/context.h"
#include "../../plugin/mode.h"
#include "golden_seeds.h"

static int include(void *ctx, const char *name, const char *from, struct arena *arena,
		   struct buffer *text, const char **path, struct error *err)
{
	*path = arena_copy(arena, name, strlen(name));
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rules_setting setting = {
		.facts = facts_table,
		.fact_count = facts_count,
		.verbs = crw_verbs,
		.verb_count = crw_verb_count,
		.modes = mode_names(),
		.include = include,
	};
	struct rules_diagnostics d = { .count = 0 };
	struct ruleset *rules = NULL;
	struct buffer shown = { 0 };
	int status = rules_parse(&rules, &setting, "fuzz", span_of(data, size), &d);

	fuzz_never((status == 0) != (d.count == 0));
	fuzz_never((status == 0) != (rules != NULL));
	for (size_t i = 0; i < d.count; i++) {
		rules_diagnostic_print(&shown, &d.items[i]);
		fuzz_never(d.items[i].place.line == 0 || d.items[i].width == 0);
	}
	buffer_free(&shown);
	rules_diagnostics_free(&d);
	rules_free(rules);
	return 0;
}

bool fuzz_seed(size_t index, struct buffer *seed)
{
	golden_read_all();
	if (index >= golden_count)
		return false;
	buffer_append(seed, golden_cases[index].rules);
	return true;
}
