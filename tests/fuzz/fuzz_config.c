/* SPDX-License-Identifier: GPL-2.0-only */
/* Configuration files, and values as they stand in rules and in saved facts. */
#include "../../plugin/config.h"
#include "../../plugin/context.h"
#include "../unit/rules_text.h"
#include "fuzz.h"

static void parse_config(struct span text)
{
	struct config config;
	struct error err = { "" };

	config_init(&config);
	fuzz_never(config_parse(&config, "/etc/fuzz.conf", text, &err) < 0 && !err.text[0]);
	config_free(&config);
}

static void read_value(struct span text)
{
	struct arena arena = { 0 };
	struct buffer shown = { 0 };
	struct error err = { "" };
	struct value value;

	if (rules_read_value(&arena, text, &value, &err) == 0)
		value_print_quoted(&shown, value);
	value_set_parse(&arena, text, &value, &err);
	buffer_free(&shown);
	arena_free(&arena);
}

/* Each fact is given this text. */
static void give(struct span text)
{
	struct crw *crw = crw_new();
	char *copy = strndup((const char *)text.data, text.size);

	fuzz_never(!crw || !copy);
	for (size_t i = 0; i < facts_count; i++)
		crw_set_fact(crw, facts_table[i].name, copy);
	crw_only_given_facts(crw);
	for (size_t i = 0; crw_fact(crw, i); i++)
		;
	crw_free(crw);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	parse_config(span_of(data, size));
	read_value(span_of(data, size));
	give(span_of(data, size));
	return 0;
}

bool fuzz_seed(size_t index, struct buffer *seed)
{
	static const char *const seeds[] = {
		"rules /etc/criu/rewrite.d\nrules \"a b\\\"\\\\\" # more\non-error continue\n",
		"dry-run\nreport x.json\nlog-level debug\nview namespace\n",
		"limit-image 1M\nlimit-memory 2G\n",
		"0-3,8",
		"512M",
		"\"text\\x00\\n\"",
		"[\"a\", \"b\"]",
		"true",
		"[0-1, 5, [1]]",
		"cpu,cpuacct",
		"18446744073709551615",
		"1:cpu+cpuacct,2:memory",
	};

	if (index >= sizeof(seeds) / sizeof(seeds[0]))
		return false;
	buffer_text(seed, seeds[index]);
	return true;
}
