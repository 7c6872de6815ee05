/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a run changes, as data. Edits of the language come as struct rules_change;
 * verbs and modes say themselves what they did. Texts are made of what is kept,
 * and of nothing else.
 */
#ifndef CRW_CHANGE_H
#define CRW_CHANGE_H

#include "../rules/rules.h"

enum change_type {
	CHANGE_FIELD,      /* of an image, none of the below */
	CHANGE_PROPERTY,   /* of a group, in the image or on this host */
	CHANGE_GROUP,      /* its path */
	CHANGE_CONTROLLER, /* of a hierarchy, or several of them */
	CHANGE_MEMBERSHIP, /* of tasks */
	CHANGE_OPTION,     /* of CRIU */
	CHANGE_HOST_GROUP, /* that is made */
};

/* What is changed and how. Borrowed for the length of a call. */
struct change {
	enum change_type type;
	const char *image;         /* "cgroup.img", "criu", "host" */
	const char *hierarchy;     /* "cpu,cpuacct", "v2"; NULL: none */
	const char *group;         /* "/ct/in", as the image has it; NULL: none */
	const char *seen;          /* where that is on this host; NULL: there */
	struct span name;          /* of a property or option; else it goes by the type */
	const char *renamed;       /* what the property is called from now on; NULL: as before */
	struct span before, after; /* data NULL: was not there, is gone */
	const char *note;          /* why, when that is not plain; or NULL */
	struct rules_place place;
	const char *rule;
};

/* A value that is there, if only an empty one. */
static inline struct span change_value(struct span value)
{
	return value.data ? value : span_of("", 0);
}

struct crw;
struct subject_memo;

/* Keeps it among those that crw_change() shows; beyond the first 10,000 it is
 * counted. */
int change_note(struct crw *crw, const struct change *change, struct error *err);
/* The same of a verb: image (unless it has one), place and rule are the call's. */
int change_by(const struct rules_call *call, struct change change, struct error *err);
/* The same of the language's. */
int change_note_edit(struct crw *crw, const struct rules_change *edit, struct error *err);

/* Appends what makes it one field with another: plain rules and verbs alike. */
int change_edit_key(const struct rules_change *edit, struct subject_memo *memo, struct buffer *key,
		    struct error *err);

#endif
