/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules of the golden tests on images that are not what they should be. The
 * input: the number of the case, two bytes, and its first image. */
#include "golden_seeds.h"

/* What is left of an image after rules can be read by whoever could read it before. */
static bool is_readable(const struct image_kind *kind, struct span bytes)
{
	struct image_entry entry;
	struct image image;
	struct error err;
	int more;

	if (image_open(&image, kind, bytes, &err) < 0)
		return false;
	while ((more = image_next(&image, &entry, &err)) > 0)
		if (message_validate(entry.type, entry.body, &err) < 0)
			return false;
	return more == 0;
}

static void run(struct golden_world *w, const struct ruleset *rules)
{
	struct rules_world world = world_callbacks(w);
	struct error err = { "" };
	struct world_image *image = &w->images[0];
	bool readable = is_readable(image->kind, buffer_span(&image->bytes));
	int status;

	status = rules_run(rules, &world, &err);
	fuzz_never(status < 0 && !err.text[0]);
	fuzz_never(status == 0 && readable &&
		   !is_readable(image->kind, buffer_span(&image->bytes)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct golden_world w = { .image_count = 0 };
	struct rules_setting setting = world_setting(&w);
	struct rules_diagnostics d = { .count = 0 };
	struct ruleset *rules = NULL;
	size_t index = size < 2 ? 0 : (size_t)data[0] << 8 | data[1];
	const struct test_case *c;

	golden_read_all();
	if (size < 2)
		return 0;
	c = &golden_cases[index % golden_count];
	golden_set_up(c, &w);
	if (w.image_count && rules_parse(&rules, &setting, "rules", c->rules, &d) == 0) {
		buffer_clear(&w.images[0].bytes);
		buffer_append(&w.images[0].bytes, span_of(data + 2, size - 2));
		run(&w, rules);
	}
	rules_diagnostics_free(&d);
	rules_free(rules);
	world_free(&w);
	return 0;
}

bool fuzz_seed(size_t index, struct buffer *seed)
{
	struct golden_world w = { .image_count = 0 };

	golden_read_all();
	if (index >= golden_count)
		return false;
	golden_set_up(&golden_cases[index], &w);
	buffer_byte(seed, (uint8_t)(index >> 8));
	buffer_byte(seed, (uint8_t)index);
	if (w.image_count)
		buffer_append(seed, buffer_span(&w.images[0].bytes));
	world_free(&w);
	return true;
}
