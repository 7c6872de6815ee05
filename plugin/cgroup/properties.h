/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The one table of the properties of cgroups, properties.def. Those who judge,
 * convert, record and prepare properties read their columns of it by
 * property_index(), so that what is known of a property stands in one row.
 */
#ifndef CRW_CGROUP_PROPERTIES_H
#define CRW_CGROUP_PROPERTIES_H

#include <stdint.h>

#include "../../proto/error.h"
#include "../../rules/suggest.h"

enum property_versions { PROPERTY_V1 = 1, PROPERTY_V2 = 2, PROPERTY_BOTH = 3 };

enum property_use {
	PROPERTY_ANCHOR = 1 << 0,    /* it is there whenever its controller is */
	PROPERTY_RECORDED = 1 << 1,  /* by `capture` */
	PROPERTY_OWNER = 1 << 2,     /* `prepare` sets its owner alone */
	PROPERTY_HANDED_ON = 1 << 3, /* `prepare` hands its controllers on */
	PROPERTY_LATE = 1 << 4,      /* `prepare` writes it when the groups below are there */
	PROPERTY_LEFT = 1 << 5,      /* `prepare` leaves it to settle.c */
	PROPERTY_ABOVE = 1 << 6,     /* by `capture` on v1, of groups that CRIU does not save */
};

struct property_row {
	const char *name;            /* '*' stands for the size of a page */
	const char *fresh;           /* what a new group has; NULL: nothing that is known */
	uint8_t size, versions, use; /* size: of the name */
};

/* "0" to PROPERTIES - 1: the rows. */
enum {
#define SETTING(...) +1
	PROPERTIES = 0
#include "properties.def"
};

extern const struct property_row properties[PROPERTIES];

static inline size_t property_index(const struct property_row *p)
{
	return (size_t)(p - properties);
}

/* What v1 shows for no limit, and more: PAGE_COUNTER_MAX with pages of 64K. */
#define PROPERTY_UNLIMITED ((number_t)9223372036854710272)

/* The row of a name, among those of the versions; NULL: it is not known. */
const struct property_row *property_find(enum property_versions versions, struct span name);

/* Is it what a new group has by itself? */
bool property_is_fresh(const struct property_row *p, struct span value);

/* Take the next line of a value, or the next word of a line; false at the end. */
bool property_line(struct span *rest, struct span *line);
bool property_word(struct span *rest, struct span *word);

/* Fails when it looks like a set and is none: "3-1", "0-"; the kernel refuses that. */
int property_set_check(struct span value, struct error *err);

/* Fails when it is none of the lists that the kernel reads: "0-3,8", "0-7:2/4", "all", "2-N". */
int property_list_check(struct span value, struct error *err);

/* Fails when the kernel would refuse it for the property of that name, whatever host that is
 * on: text where a number or a set stands, a unit that is none. What it could take passes. */
int property_value_check(struct span name, struct span value, struct error *err);

/* "memory" of "memory.max"; all of a name without a dot. */
struct span property_controller(struct span name);

/* The nearest name of a property. */
struct suggestion property_suggest(struct span name);

/*
 * Judge what people write for properties and controllers: names or globs. They fail
 * when no kernel has such a thing, and say what is near. A property of a known
 * controller that is like no other may be of a newer kernel, so it passes.
 */
int property_name_check(struct span name, struct error *err);
int controller_name_check(struct span name, struct error *err);

#endif
