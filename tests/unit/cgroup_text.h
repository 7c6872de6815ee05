/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup.img as text, for tests: short to write, easy to compare.
 *
 *	set 2 cpuset=/ct cpu,cpuacct=/ct/in@3	@3: cgns_prefix
 *	controller cpuset threaded
 *		ct/in				dir_name; "/" for the empty one
 *			cpuset.cpus = 0-3
 *			child !755:0:0		perms
 *	controller unified			the empty name, v2
 *
 * One tab more is one level deeper. \n in a value is a line end.
 */
#ifndef CRW_CGROUP_TEXT_H
#define CRW_CGROUP_TEXT_H

#include <stdlib.h>

#include "../../plugin/cgroup/fields.h"
#include "../../proto/wire.h"
#include "cases.h"

struct text_lines {
	char *text, *lines[20000];
	size_t count, at;
	const char *wrong; /* what is no line of a tree, or NULL */
};

static inline struct text_lines *text_split(struct span text)
{
	struct text_lines *l = calloc(1, sizeof(*l));
	char *copy = case_copy(text), *line;

	if (l)
		l->text = copy;
	while (l && (line = strsep(&copy, "\n")))
		if (line[strspn(line, "\t ")] && l->count < 20000)
			l->lines[l->count++] = line;
	return l;
}

static inline unsigned text_depth(const char *line)
{
	return (unsigned)strspn(line, "\t");
}

static inline struct span text_plain(const char *name)
{
	return span_text(strcmp(name, "unified") == 0 ? "" : name);
}

static inline void text_put_inner(struct buffer *out, uint32_t number, struct buffer *inner)
{
	wire_put_bytes(out, number, buffer_span(inner));
	buffer_free(inner);
}

/* "... !755:0:0", cut off when found. */
static inline void text_put_perms(struct buffer *out, uint32_t number, char *line)
{
	char *mark = strstr(line, " !");
	unsigned mode, uid, gid;
	struct buffer inner = { 0 };

	if (!mark || sscanf(mark + 2, "%o:%u:%u", &mode, &uid, &gid) != 3)
		return;
	*mark = 0;
	wire_put_scalar(&inner, CGROUP_PERMS_MODE, WIRE_VARINT, mode);
	wire_put_scalar(&inner, CGROUP_PERMS_UID, WIRE_VARINT, uid);
	wire_put_scalar(&inner, CGROUP_PERMS_GID, WIRE_VARINT, gid);
	text_put_inner(out, number, &inner);
}

static inline void text_put_property(struct buffer *out, char *line)
{
	struct buffer inner = { 0 }, perms = { 0 };
	char *equal = strstr(line, " =");

	text_put_perms(&perms, CGROUP_PROP_PERMS, line);
	*equal = 0;
	equal += 2 + (equal[2] == ' ');
	case_unescape(equal);
	wire_put_bytes(&inner, CGROUP_PROP_NAME, span_text(line));
	wire_put_bytes(&inner, CGROUP_PROP_VALUE, span_text(equal));
	buffer_append(&inner, buffer_span(&perms));
	buffer_free(&perms);
	text_put_inner(out, CGROUP_DIR_PROPERTIES, &inner);
}

static inline void text_put_group(struct text_lines *l, struct buffer *out, uint32_t number)
{
	unsigned depth = text_depth(l->lines[l->at]);
	char *line = l->lines[l->at++] + depth;
	struct buffer group = { 0 }, properties = { 0 }, perms = { 0 };

	text_put_perms(&perms, CGROUP_DIR_PERMS, line);
	wire_put_bytes(&group, CGROUP_DIR_NAME, span_text(strcmp(line, "/") == 0 ? "" : line));
	while (l->at < l->count && text_depth(l->lines[l->at]) > depth)
		if (strstr(l->lines[l->at], " ="))
			text_put_property(&properties, l->lines[l->at++] + depth + 1);
		else
			text_put_group(l, &group, CGROUP_DIR_CHILDREN);
	buffer_append(&group, buffer_span(&properties));
	buffer_append(&group, buffer_span(&perms));
	buffer_free(&properties);
	buffer_free(&perms);
	text_put_inner(out, number, &group);
}

static inline void text_put_controller(struct text_lines *l, struct buffer *out)
{
	struct buffer inner = { 0 };
	char *words = strdup(l->lines[l->at++]), *rest = words, *names, *name;
	bool threaded;

	strsep(&rest, " ");
	names = strsep(&rest, " ");
	threaded = rest != NULL;
	while ((name = strsep(&names, ",")))
		wire_put_bytes(&inner, CG_CONTROLLER_CNAMES, text_plain(name));
	while (l->at < l->count && text_depth(l->lines[l->at]) > 0)
		text_put_group(l, &inner, CG_CONTROLLER_DIRS);
	if (threaded)
		wire_put_scalar(&inner, CG_CONTROLLER_THREADED, WIRE_VARINT, 1);
	free(words);
	text_put_inner(out, CGROUP_ENTRY_CONTROLLERS, &inner);
}

static inline void text_put_member(struct text_lines *l, struct buffer *out, char *word)
{
	struct buffer inner = { 0 };
	char *path = strrchr(word, '='), *at;

	if (!path) {
		l->wrong = l->lines[l->at - 1];
		return;
	}
	*path++ = 0;
	at = strchr(path, '@');
	if (at && strspn(at + 1, "0123456789") == strlen(at + 1))
		*at++ = 0;
	else
		at = NULL;
	wire_put_bytes(&inner, CG_MEMBER_NAME, text_plain(word));
	wire_put_bytes(&inner, CG_MEMBER_PATH, span_text(path));
	if (at)
		wire_put_scalar(&inner, CG_MEMBER_CGNS_PREFIX, WIRE_VARINT, strtoull(at, NULL, 10));
	text_put_inner(out, CG_SET_CTLS, &inner);
}

static inline void text_put_set(struct text_lines *l, struct buffer *out)
{
	struct buffer inner = { 0 };
	char *words = strdup(l->lines[l->at++]), *rest = words, *word;

	strsep(&rest, " ");
	wire_put_scalar(&inner, CG_SET_ID, WIRE_VARINT, strtoull(strsep(&rest, " "), NULL, 10));
	while ((word = strsep(&rest, " ")))
		if (*word)
			text_put_member(l, &inner, word);
	free(words);
	text_put_inner(out, CGROUP_ENTRY_SETS, &inner);
}

/* The message cgroup_entry. NULL, or a line that is none of a tree. */
static inline const char *text_to_image(struct span text, struct buffer *out)
{
	static char wrong[200];
	struct text_lines *l = text_split(text);

	wrong[0] = 0;
	while (l->at < l->count && !l->wrong)
		if (strncmp(l->lines[l->at], "set ", 4) == 0)
			text_put_set(l, out);
		else if (strncmp(l->lines[l->at], "controller ", 11) == 0)
			text_put_controller(l, out);
		else
			l->wrong = l->lines[l->at];
	if (l->wrong)
		snprintf(wrong, sizeof(wrong), "%s", l->wrong);
	free(l->text);
	free(l);
	return *wrong ? wrong : NULL;
}

/* ---- back ------------------------------------------------------------------------- */

static inline struct span text_field(struct span body, uint32_t number)
{
	struct span found = { NULL, 0 };
	struct wire_field f;
	struct error err;

	while (wire_next(&body, &f, &err) > 0)
		if (f.number == number)
			found = f.bytes;
	return found;
}

static inline bool text_scalar(struct span body, uint32_t number, uint64_t *value)
{
	bool found = false;
	struct wire_field f;
	struct error err;

	while (wire_next(&body, &f, &err) > 0)
		if (f.number == number) {
			*value = f.scalar;
			found = true;
		}
	return found;
}

static inline void text_print_name(struct buffer *out, struct span name)
{
	if (name.size)
		buffer_append(out, name);
	else
		buffer_text(out, "unified");
}

static inline void text_print_perms(struct buffer *out, struct span body, uint32_t number)
{
	struct span perms = text_field(body, number);
	uint64_t mode = 0, uid = 0, gid = 0;

	if (!perms.size)
		return;
	text_scalar(perms, CGROUP_PERMS_MODE, &mode);
	text_scalar(perms, CGROUP_PERMS_UID, &uid);
	text_scalar(perms, CGROUP_PERMS_GID, &gid);
	buffer_printf(out, " !%o:%u:%u", (unsigned)mode, (unsigned)uid, (unsigned)gid);
}

static inline void text_tabs(struct buffer *out, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		buffer_byte(out, '\t');
}

static inline void text_print_property(struct buffer *out, struct span body, unsigned depth)
{
	struct span value = text_field(body, CGROUP_PROP_VALUE);

	text_tabs(out, depth);
	buffer_append(out, text_field(body, CGROUP_PROP_NAME));
	buffer_text(out, " =");
	if (value.size)
		buffer_byte(out, ' ');
	for (size_t i = 0; i < value.size; i++)
		if (value.data[i] == '\n')
			buffer_text(out, "\\n");
		else
			buffer_byte(out, value.data[i]);
	text_print_perms(out, body, CGROUP_PROP_PERMS);
	buffer_byte(out, '\n');
}

static inline void text_print_group(struct buffer *out, struct span body, unsigned depth)
{
	struct span name = text_field(body, CGROUP_DIR_NAME), rest = body;
	struct wire_field f;
	struct error err;

	text_tabs(out, depth);
	buffer_append(out, name.size ? name : span_text("/"));
	text_print_perms(out, body, CGROUP_DIR_PERMS);
	buffer_byte(out, '\n');
	while (wire_next(&rest, &f, &err) > 0)
		if (f.number == CGROUP_DIR_PROPERTIES)
			text_print_property(out, f.bytes, depth + 1);
	while (wire_next(&body, &f, &err) > 0)
		if (f.number == CGROUP_DIR_CHILDREN)
			text_print_group(out, f.bytes, depth + 1);
}

static inline void text_print_controller(struct buffer *out, struct span body)
{
	struct span names = body;
	struct wire_field f;
	struct error err;
	uint64_t threaded = 0;
	const char *separator = "controller ";

	while (wire_next(&names, &f, &err) > 0)
		if (f.number == CG_CONTROLLER_CNAMES) {
			buffer_text(out, separator);
			text_print_name(out, f.bytes);
			separator = ",";
		}
	text_scalar(body, CG_CONTROLLER_THREADED, &threaded);
	buffer_text(out, threaded ? " threaded\n" : "\n");
	while (wire_next(&body, &f, &err) > 0)
		if (f.number == CG_CONTROLLER_DIRS)
			text_print_group(out, f.bytes, 1);
}

static inline void text_print_set(struct buffer *out, struct span body)
{
	struct wire_field f;
	struct error err;
	uint64_t number = 0;

	text_scalar(body, CG_SET_ID, &number);
	buffer_printf(out, "set %u", (unsigned)number);
	while (wire_next(&body, &f, &err) > 0) {
		if (f.number != CG_SET_CTLS)
			continue;
		buffer_byte(out, ' ');
		text_print_name(out, text_field(f.bytes, CG_MEMBER_NAME));
		buffer_byte(out, '=');
		buffer_append(out, text_field(f.bytes, CG_MEMBER_PATH));
		if (text_scalar(f.bytes, CG_MEMBER_CGNS_PREFIX, &number))
			buffer_printf(out, "@%u", (unsigned)number);
	}
	buffer_byte(out, '\n');
}

/* The text of a message; properties stand before children. */
static inline void image_to_text(struct span body, struct buffer *out)
{
	struct wire_field f;
	struct error err;

	while (wire_next(&body, &f, &err) > 0)
		if (f.number == CGROUP_ENTRY_SETS)
			text_print_set(out, f.bytes);
		else if (f.number == CGROUP_ENTRY_CONTROLLERS)
			text_print_controller(out, f.bytes);
}

#endif
