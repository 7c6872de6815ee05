/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Facts: what rules may ask about this host and about CRIU's own place in
 * it. One row per fact in facts.def. All reading happens below a root
 * descriptor, once per fact; given values come first.
 * CPU affinity is no fact: a runtime moves criu into the container's cgroup
 * before the restore, so it would describe the container.
 */
#ifndef CRW_FACTS_H
#define CRW_FACTS_H

#include "../rules/rules.h"
#include "cgroup/host.h"

struct fact_slot {
	enum { FACT_UNREAD, FACT_ABSENT, FACT_KNOWN } state;
	bool given; /* instead of read */
	struct value value;
};

struct facts {
	struct arena arena;
	int root; /* descriptor of "/" */
	bool only_given;
	bool recorded; /* what is given a host has said of itself: its lists may have names of its own */
	const char *stage;
	struct fact_slot *slots; /* ORDER facts.def */
	struct cgroup_host cgroups;
	bool cgroups_read;
};

extern const struct rules_fact facts_table[];
extern const size_t facts_count;

int facts_init(struct facts *facts, struct error *err);
void facts_free(struct facts *facts);

/* Reads below this descriptor (duplicated) from now on. */
int facts_set_root(struct facts *facts, int root_fd, struct error *err);

/* A value from outside, as text of the fact's type: 0-3, 2, text, a,b,c. */
int facts_give(struct facts *facts, const char *name, const char *text, struct error *err);

/* One more item of a list from outside, which may have commas in it. */
int facts_add(struct facts *facts, const char *name, const char *text, struct error *err);

/* The value of a fact that was given; false when it was not. */
bool facts_given(const struct facts *facts, const char *name, struct value *value);

/* 1 with the value, 0 when this host has none, -1. */
int facts_get(struct facts *facts, const char *name, struct value *value, struct error *err);

/* The cgroup hierarchies of this host, read once; when only given facts count,
 * it has none. */
int facts_cgroups(struct facts *facts, const struct cgroup_host **host, struct error *err);

#endif
