/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "image.h"

#include <string.h>

#include "create.h"
#include "fields.h"
#include "place.h"

#define FIELDS 5       /* more than the largest number */
#define LENGTH_GUESS 2 /* bytes; most groups and properties take 128 to 16383, or fewer */

/* What the fields of each message are, by number. */
static const uint8_t fields[RAW_OTHER][FIELDS] = {
	[RAW_ENTRY] = {
		[CGROUP_ENTRY_SETS] = RAW_SET,
		[CGROUP_ENTRY_CONTROLLERS] = RAW_CONTROLLER,
	},
	[RAW_SET] = {
		[CG_SET_ID] = RAW_ID,
		[CG_SET_CTLS] = RAW_MEMBER,
	},
	[RAW_MEMBER] = {
		[CG_MEMBER_NAME] = RAW_NAME,
		[CG_MEMBER_PATH] = RAW_PATH,
		[CG_MEMBER_CGNS_PREFIX] = RAW_PREFIX,
	},
	[RAW_CONTROLLER] = {
		[CG_CONTROLLER_CNAMES] = RAW_NAME,
		[CG_CONTROLLER_DIRS] = RAW_GROUP,
		[CG_CONTROLLER_THREADED] = RAW_THREADED,
	},
	[RAW_GROUP] = {
		[CGROUP_DIR_NAME] = RAW_NAME,
		[CGROUP_DIR_CHILDREN] = RAW_GROUP,
		[CGROUP_DIR_PROPERTIES] = RAW_PROPERTY,
		[CGROUP_DIR_PERMS] = RAW_OWNER,
	},
	[RAW_PROPERTY] = {
		[CGROUP_PROP_NAME] = RAW_NAME,
		[CGROUP_PROP_VALUE] = RAW_VALUE,
		[CGROUP_PROP_PERMS] = RAW_OWNER,
	},
	[RAW_OWNER] = {
		[CGROUP_PERMS_MODE] = RAW_MODE,
		[CGROUP_PERMS_UID] = RAW_UID,
		[CGROUP_PERMS_GID] = RAW_GID,
	},
};

/* ---- reading ---- */

static const struct span no_text = { (const uint8_t *)"", 0 };

static __attribute__((cold)) int fail_type(const struct wire_field *f, enum raw_what what,
					   struct error *err)
{
	return fail(err, "field %u is not a %s", f->number,
		    what >= RAW_ID   ? "number" :
		    what >= RAW_NAME ? "text" :
				       "message");
}

/* Names and values end at a NUL for CRIU and for the kernel. */
int raw_check_text(const struct wire_field *text, struct error *err)
{
	if (!text->bytes.size || !memchr(text->bytes.data, 0, text->bytes.size))
		return 0;
	return fail(err, "field %u has a NUL byte in its text", text->number);
}

/* Inline, because reading a property is little more than three of these. */
static inline int next_field(enum raw_what in, struct span *rest, struct wire_field *field,
			     struct error *err)
{
	int more = wire_next(rest, field, err);
	enum raw_what what;

	if (more <= 0)
		return more;
	what = field->number < FIELDS ? fields[in][field->number] : 0;
	if (!what)
		return RAW_OTHER;
	if (field->type != (what >= RAW_ID ? WIRE_VARINT : WIRE_BYTES))
		return fail_type(field, what, err);
	if (what >= RAW_NAME && what < RAW_ID && in != RAW_PROPERTY)
		return raw_check_text(field, err) < 0 ? -1 : (int)what;
	return (int)what;
}

int raw_next(enum raw_what in, struct span *rest, struct wire_field *field, struct error *err)
{
	return next_field(in, rest, field, err);
}

int raw_next_of(enum raw_what in, enum raw_what wanted, struct span *rest, struct wire_field *field,
		struct error *err)
{
	int what;

	do
		what = next_field(in, rest, field, err);
	while (what > 0 && what != (int)wanted);
	return what > 0 ? 1 : what;
}

int raw_read_controller(const struct wire_field *field, struct raw_controller *c, struct error *err)
{
	struct span rest = field->bytes;
	struct wire_field f;
	int what;

	c->field = *field;
	c->name_count = 0;
	c->v2 = false;
	c->threaded = -1;
	while ((what = next_field(RAW_CONTROLLER, &rest, &f, err)) > 0) {
		if (what == RAW_THREADED)
			c->threaded = f.scalar != 0;
		if (what != RAW_NAME)
			continue;
		if (c->name_count == CGROUP_NAMES_MAX)
			return fail(err, "more than %d controllers in one entry", CGROUP_NAMES_MAX);
		c->names[c->name_count++] = f.bytes;
		c->v2 |= f.bytes.size == 0;
	}
	return what;
}

/* A name of no part is the root, or nested in its parent like any other. */
int raw_count_path(const struct raw_group *g, size_t *sum, struct error *err)
{
	*sum += g->path_size;
	return *sum <= CGROUP_PATHS_MAX ? 0 :
					  fail(err,
					       "the paths of all cgroups together are longer than "
					       "%u bytes",
					       CGROUP_PATHS_MAX);
}

static int judge_depth(const struct raw_group *parent, struct raw_group *g, struct error *err)
{
	struct span rest = g->name, part;

	g->depth = parent ? parent->depth + (g->name.size == 0) : 0;
	while (cgroup_path_part(&rest, &part))
		g->depth++;
	if (g->depth <= CGROUP_DEPTH_MAX)
		return 0;
	return fail(err, "cgroups are nested more than %d deep", CGROUP_DEPTH_MAX);
}

int raw_read_group(const struct wire_field *field, const struct raw_group *parent,
		   struct raw_group *g, struct error *err)
{
	struct span rest = field->bytes;
	struct wire_field f;
	int more = raw_next_of(RAW_GROUP, RAW_NAME, &rest, &f, err);

	g->field = *field;
	g->name = more > 0 ? f.bytes : no_text;
	g->path_size = (parent ? parent->path_size : 0) + 1 + g->name.size;
	return more < 0 ? -1 : judge_depth(parent, g, err);
}

int raw_next_part(const struct raw_group *g, struct span *rest, struct wire_field *field,
		  struct error *err)
{
	int what = next_field(RAW_GROUP, rest, field, err);

	if (what == RAW_NAME && field->bytes.data != g->name.data)
		return fail(err, "the cgroup %.*s has two names", (int)g->name.size,
			    (const char *)g->name.data);
	return what;
}

int raw_read_property(const struct wire_field *field, struct raw_property *p, struct error *err)
{
	struct span rest = field->bytes;
	struct wire_field f;
	int what;

	p->field = *field;
	p->name = p->value.bytes = no_text;
	p->value.number = p->owner.number = 0;
	p->owner.raw = no_text;
	while ((what = next_field(RAW_PROPERTY, &rest, &f, err)) > 0) {
		if (what == RAW_NAME)
			p->name = f.bytes;
		else if (what == RAW_VALUE)
			p->value = f;
		else if (what == RAW_OWNER)
			p->owner = f;
	}
	return what;
}

int raw_read_member(const struct wire_field *field, struct raw_member *m, struct error *err)
{
	struct span rest = field->bytes;
	struct wire_field f;
	int what;

	*m = (struct raw_member){ *field, no_text, no_text, 0 };
	while ((what = next_field(RAW_MEMBER, &rest, &f, err)) > 0) {
		if (what == RAW_NAME)
			m->name = f.bytes;
		else if (what == RAW_PATH)
			m->path = f.bytes;
		else if (what == RAW_PREFIX)
			m->prefix = f.scalar;
	}
	return what;
}

int raw_read_owner(enum raw_what in, struct span body, struct cgroup_owner *owner,
		   struct error *err)
{
	struct wire_field f;
	int what = raw_next_of(in, RAW_OWNER, &body, &f, err);
	struct span rest = what > 0 ? f.bytes : no_text;

	*owner = (struct cgroup_owner){ .known = what > 0 };
	while (what > 0 && (what = next_field(RAW_OWNER, &rest, &f, err)) > 0) {
		if (what == RAW_MODE)
			owner->mode = (mode_t)f.scalar;
		else if (what == RAW_UID)
			owner->uid = (uid_t)f.scalar;
		else if (what == RAW_GID)
			owner->gid = (gid_t)f.scalar;
	}
	return what;
}

int raw_next_controller(struct span *entry, struct raw_controller *c, struct error *err)
{
	struct wire_field f;
	int more = raw_next_of(RAW_ENTRY, RAW_CONTROLLER, entry, &f, err);

	return more > 0 && raw_read_controller(&f, c, err) < 0 ? -1 : more;
}

int raw_next_group(struct span *rest, const struct raw_group *parent, struct raw_group *g,
		   struct error *err)
{
	struct wire_field f;
	int what;

	do
		what = parent ? raw_next_part(parent, rest, &f, err) :
				raw_next(RAW_CONTROLLER, rest, &f, err);
	while (what > 0 && what != RAW_GROUP);
	return what > 0 && raw_read_group(&f, parent, g, err) < 0 ? -1 : what;
}

int raw_next_property(struct span *group, struct raw_property *p, struct error *err)
{
	struct wire_field f;
	int more = raw_next_of(RAW_GROUP, RAW_PROPERTY, group, &f, err);

	return more > 0 && raw_read_property(&f, p, err) < 0 ? -1 : more;
}

int raw_next_member(struct raw_members *at, struct raw_member *m, struct error *err)
{
	struct wire_field f;
	int more;

	while ((more = raw_next_of(RAW_SET, RAW_MEMBER, &at->set, &f, err)) == 0) {
		more = raw_next_of(RAW_ENTRY, RAW_SET, &at->entry, &f, err);
		if (more <= 0)
			return more;
		at->set = f.bytes;
	}
	return more < 0 || raw_read_member(&f, m, err) < 0 ? -1 : 1;
}

/* ---- writing ---- */

static uint32_t number_of(enum raw_what in, enum raw_what what)
{
	uint32_t number = 1;

	while (number < FIELDS - 1 && fields[in][number] != what)
		number++;
	return number;
}

void raw_put_text(struct buffer *out, enum raw_what in, enum raw_what what, struct span text)
{
	wire_put_bytes(out, number_of(in, what), text);
}

void raw_put_number(struct buffer *out, enum raw_what in, enum raw_what what, uint64_t number)
{
	wire_put_scalar(out, number_of(in, what), WIRE_VARINT, number);
}

void raw_put_property(struct buffer *out, struct span name, struct span value, struct span rest)
{
	size_t start = raw_begin(out, RAW_GROUP, RAW_PROPERTY);

	raw_put_text(out, RAW_PROPERTY, RAW_NAME, name);
	raw_put_text(out, RAW_PROPERTY, RAW_VALUE, value);
	buffer_append(out, rest);
	raw_end(out, start);
}

/* A message comes behind its length, which is not known until it is written:
 * its room is kept free and it is moved up when the length turns out to need
 * less or more. */
size_t raw_begin(struct buffer *out, enum raw_what in, enum raw_what what)
{
	wire_put_varint(out, (uint64_t)number_of(in, what) << 3 | WIRE_BYTES);
	buffer_extend(out, LENGTH_GUESS);
	return out->size;
}

void raw_end(struct buffer *out, size_t start)
{
	size_t size = out->size - start, length = wire_varint_size(size);

	if (out->failed)
		return;
	if (length > LENGTH_GUESS && !buffer_extend(out, length - LENGTH_GUESS))
		return;
	memmove(out->data + start - LENGTH_GUESS + length, out->data + start, size);
	wire_varint_write(out->data + start - LENGTH_GUESS, size);
	out->size = start - LENGTH_GUESS + length + size;
}
