/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * cgroup.img as it is, field by field: what all code that reads it on the wire
 * goes over, and the only place that knows its field numbers.
 *
 *	cgroup_entry
 *	├── SET: which groups tasks are in      ID
 *	│   └── MEMBER: one per controller      NAME "cpu,cpuacct", PATH "/ct/in", PREFIX
 *	└── CONTROLLER                          NAMEs "cpu", "cpuacct"; "" for v2; THREADED
 *	    └── GROUP: from the root            NAME "ct/in"
 *	        ├── PROPERTY                    NAME, VALUE, OWNER
 *	        ├── OWNER                       MODE, UID, GID
 *	        └── GROUP: from the parent
 *
 * Of a field that may be there once the last one counts, as for CRIU; a group has
 * one name, which is judged where what is in it is gone through. Texts
 * have a data that is never NULL and, but for those of properties, no NUL byte in
 * them. Nothing is copied.
 * All functions return -1 when the bytes are no fields, or fields of another
 * type than theirs.
 */
#ifndef CRW_CGROUP_IMAGE_H
#define CRW_CGROUP_IMAGE_H

#include "../../proto/schema.h"

/* Parts of a group's path. The entry and the controller around it, and the property
 * and its permissions in it, are messages too: what verbs make, rules can read. */
#define CGROUP_DEPTH_MAX (MESSAGE_DEPTH_MAX - 4)
#define CGROUP_NAMES_MAX 64          /* of one controller entry */
#define CGROUP_PATHS_MAX (64u << 20) /* bytes of the paths of all groups together */

enum raw_what {
	/* messages */
	RAW_ENTRY = 1,
	RAW_SET,
	RAW_MEMBER,
	RAW_CONTROLLER,
	RAW_GROUP,
	RAW_PROPERTY,
	RAW_OWNER,
	/* texts */
	RAW_NAME,
	RAW_PATH,
	RAW_VALUE,
	/* numbers */
	RAW_ID,
	RAW_PREFIX,
	RAW_THREADED,
	RAW_MODE,
	RAW_UID,
	RAW_GID,
	/* what nobody here knows */
	RAW_OTHER,
};

struct cgroup_owner;

/* `field` of each is the message in the one around it, for a patch. */
struct raw_controller {
	struct wire_field field;
	struct span names[CGROUP_NAMES_MAX];
	size_t name_count;
	bool v2;
	int threaded; /* 0, 1, -1: not there */
};

struct raw_group {
	struct wire_field field;
	struct span name;
	unsigned depth;   /* parts of its path */
	size_t path_size; /* bytes of it */
};

struct raw_property {
	struct wire_field field;
	struct span name;
	struct wire_field value, owner; /* number 0: none */
};

struct raw_member {
	struct wire_field field;
	struct span name; /* of the controllers: "cpu,cpuacct"; empty: v2 */
	struct span path;
	uint64_t prefix; /* bytes of path that the cgroup namespace hides; 0: none */
};

/* Takes the next field off the front of a message of the kind `in`. Returns
 * what it is, 0 at the end, or -1. */
int raw_next(enum raw_what in, struct span *rest, struct wire_field *field, struct error *err);

/* The same as long as it is something else than `wanted`: 1, 0, -1. */
int raw_next_of(enum raw_what in, enum raw_what wanted, struct span *rest, struct wire_field *field,
		struct error *err);

/* Fails when the text has a NUL byte in it. */
int raw_check_text(const struct wire_field *text, struct error *err);

int raw_read_controller(const struct wire_field *field, struct raw_controller *c,
			struct error *err);
/* Fails where groups are nested deeper than CGROUP_DEPTH_MAX. `parent` is NULL
 * for a group of a controller. */
int raw_read_group(const struct wire_field *field, const struct raw_group *parent,
		   struct raw_group *g, struct error *err);
/* Adds the path of the group to what those of all others had. Fails when that is too much: who
 * walks over groups keeps their paths, and a short name may be below a long path. */
int raw_count_path(const struct raw_group *g, size_t *sum, struct error *err);
int raw_read_property(const struct wire_field *field, struct raw_property *p, struct error *err);
int raw_read_member(const struct wire_field *field, struct raw_member *m, struct error *err);
/* The owner of a group or of a property, whose message `body` is. */
int raw_read_owner(enum raw_what in, struct span body, struct cgroup_owner *owner,
		   struct error *err);

/* As raw_next, of what is in a group that was read. */
int raw_next_part(const struct raw_group *g, struct span *rest, struct wire_field *field,
		  struct error *err);

/* The next of these, read: 1, 0 at the end, -1. */
int raw_next_controller(struct span *entry, struct raw_controller *c, struct error *err);
int raw_next_group(struct span *rest, const struct raw_group *parent, struct raw_group *g,
		   struct error *err);
int raw_next_property(struct span *group, struct raw_property *p, struct error *err);

/* The members of all sets: { .entry = bytes } to begin with. */
struct raw_members {
	struct span entry, set;
};
int raw_next_member(struct raw_members *at, struct raw_member *m, struct error *err);

/* ---- writing ---- */

void raw_put_text(struct buffer *out, enum raw_what in, enum raw_what what, struct span text);
void raw_put_number(struct buffer *out, enum raw_what in, enum raw_what what, uint64_t number);
/* `rest` is raw fields: an owner, what is unknown. */
void raw_put_property(struct buffer *out, struct span name, struct span value, struct span rest);

/* A message, or a text of several pieces: what is appended between the two is
 * in it. raw_begin returns what is to be given to raw_end. */
size_t raw_begin(struct buffer *out, enum raw_what in, enum raw_what what);
void raw_end(struct buffer *out, size_t start);

#endif
