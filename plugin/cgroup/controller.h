/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The names of controllers: in lists, and as people read them. An entry of
 * cgroup.img has the names of one hierarchy, "cpu" and "cpuacct"; v2 has one,
 * which is empty.
 */
#ifndef CRW_CGROUP_CONTROLLER_H
#define CRW_CGROUP_CONTROLLER_H

#include "../../proto/bytes.h"

/* Takes the next name off the front of "cpu,cpuacct"; "" is one empty name. */
bool cgroup_name_next(struct span *names, struct span *name);

/* Is the word in a list whose words have one of the separators between them? The
 * empty word is in an empty list. */
bool cgroup_list_has(struct span list, const char *separators, struct span word);

/* How many of the names are in a list like "cpu,cpuacct". */
size_t cgroup_names_in(const struct span *names, size_t count, struct span list);

/* "cpu,cpuacct", "" for v2: as the members of sets are called. In the arena;
 * NULL: no memory. */
const char *cgroup_names_list(const struct span *names, size_t count, struct arena *arena);

/* What people call an entry: "cpu,cpuacct", "v2". In the arena; NULL: no memory. */
const char *cgroup_label(const struct span *names, size_t count, struct arena *arena);

#endif
