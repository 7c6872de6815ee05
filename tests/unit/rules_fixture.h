/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * For the unit tests of rules/: messages out of text, one image in memory,
 * and rules that are run on it; values as text.
 */
#ifndef CRW_RULES_FIXTURE_H
#define CRW_RULES_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "rules_text.h"

struct fixture {
	const char *file;
	struct buffer image;
	struct buffer log; /* "where field before>after;" for each change */
	size_t updates, changes, written;
	bool refuse_update, refuse_change;
};

static inline int fixture_entry(void *ctx, const struct message_type *type, struct span body,
				struct error *err)
{
	struct fixture *f = ctx;

	image_put(&f->image, body);
	return 0;
}

/* An image with the entries that are written out in text. */
static inline void fixture_image(struct fixture *f, const char *file, const char *text)
{
	struct rules_diagnostics d = { .count = 0 };

	f->file = file;
	image_begin(&f->image, kind_of_file(file, NULL));
	if (rules_read_messages(file, span_text(text), fixture_entry, f, &d) < 0)
		abort();
	rules_diagnostics_free(&d);
}

static inline int fixture_give(void *ctx, const struct image_kind *kind, size_t index,
			       struct rules_image *image, struct error *err)
{
	struct fixture *f = ctx;

	if (index > 0 || kind != kind_of_file(f->file, NULL))
		return 0;
	*image = (struct rules_image){
		.kind = kind,
		.file = f->file,
		.bytes = buffer_span(&f->image),
	};
	return 1;
}

static inline int fixture_update(void *ctx, const struct rules_image *image,
				 const struct rules_edit *by, struct content *fresh,
				 struct error *err)
{
	struct fixture *f = ctx;

	f->updates++;
	if (f->refuse_update)
		return fail(err, "no room");
	buffer_clear(&f->image);
	buffer_append(&f->image, fresh->bytes);
	content_free(fresh);
	return 0;
}

static inline int fixture_change(void *ctx, const struct rules_change *c, struct error *err)
{
	struct fixture *f = ctx;
	struct arena arena = { 0 };
	struct rules_texts t;
	int status;

	f->changes++;
	if (f->refuse_change)
		return fail(err, "no more changes");
	status = rules_change_show(c, &arena, NULL, &t, err);
	if (status == 0)
		buffer_printf(&f->log, "%s %s %s>%s;", t.where, t.field, t.before ? t.before : "-",
			      t.after ? t.after : "-");
	arena_free(&arena);
	return status;
}

static inline int fixture_found(void *ctx, const struct rules_image *image, const char *where,
				const char *text, struct error *err)
{
	struct fixture *f = ctx;

	buffer_printf(&f->log, "%s %s;", where, text);
	return 0;
}

static inline struct rules_world fixture_world(struct fixture *f)
{
	return (struct rules_world){
		.ctx = f,
		.image = fixture_give,
		.update = fixture_update,
		.change = fixture_change,
		.found = fixture_found,
	};
}

/* 0, or -1 with the first complaint or the error in err. */
static inline int fixture_run(struct fixture *f, const char *rules, struct error *err)
{
	static const struct rules_setting setting;
	struct rules_diagnostics d = { .count = 0 };
	struct rules_world world = fixture_world(f);
	struct ruleset *ruleset = NULL;
	int status;

	buffer_clear(&f->log);
	status = rules_parse(&ruleset, &setting, "f", span_text(rules), &d);
	if (status < 0)
		fail(err, "%s", d.items[0].message);
	else
		status = rules_run(ruleset, &world, err);
	rules_diagnostics_free(&d);
	rules_free(ruleset);
	return status;
}

/* The log of a run, or what went wrong. Good until the next run. */
static inline const char *fixture_log(struct fixture *f, const char *rules)
{
	struct error err = { "" };

	if (fixture_run(f, rules, &err) < 0) {
		buffer_clear(&f->log);
		buffer_text(&f->log, err.text);
	}
	buffer_byte(&f->log, '\0');
	return (const char *)f->log.data;
}

/* A constant expression, worked out and printed as in a rule, or what is wrong
 * with it. Good until the next. */
static inline const char *fixture_value(const char *text)
{
	static char shown[ERROR_TEXT_MAX];
	struct arena arena = { NULL };
	struct error err = { "" };
	struct buffer b = { 0 };
	struct value v;

	if (rules_read_value(&arena, span_text(text), &v, &err) < 0)
		buffer_text(&b, err.text);
	else
		value_print_quoted(&b, v);
	snprintf(shown, sizeof(shown), "%.*s", (int)b.size, b.size ? (const char *)b.data : "");
	buffer_free(&b);
	arena_free(&arena);
	return shown;
}

static inline void fixture_free(struct fixture *f)
{
	buffer_free(&f->image);
	buffer_free(&f->log);
}

#endif
