/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of the verb `fit` share: the walk (fit.c), the masks of
 * cpusets (fit_mask.c), what other groups leave of them (fit_neighbours.c),
 * and the judges of all other properties (fit_judge.c) with what this host
 * offers (fit_host.c).
 */
#ifndef CRW_CGROUP_FIT_H
#define CRW_CGROUP_FIT_H

#include <dirent.h>

#include "../../rules/args.h"
#include "image.h"
#include "verbs.h"
#include "../context.h"

/* ---- masks ---- */

enum { FIT_CPUS, FIT_MEMS, FIT_MASKS };

extern const char *const fit_mask_names[FIT_MASKS];      /* "cpuset.cpus" */
extern const char *const fit_exclusive_names[FIT_MASKS]; /* "cpuset.cpu_exclusive" */

struct fit_masks {
	struct value of[FIT_MASKS];
	const char *shared[FIT_MASKS]; /* why the group cannot be exclusive; NULL: it can */
};

/* The last value that was fitted, and to what: most groups have the same. */
struct fit_mask_cache {
	struct span text;
	struct value limit, mask;
	const char *after;
};

/* ---- properties ---- */

struct fit;
struct fit_group;
struct property_row;

enum fit_verdict { FIT_FAILED = -1, FIT_KEEP, FIT_CHANGE, FIT_DROP };

/* One property of a group, to be judged. */
struct fit_item {
	const struct fit_group *group;
	struct span name, value;
	struct buffer *fresh; /* for the new value of FIT_CHANGE, empty before */
	const char *note;     /* why, of FIT_CHANGE and FIT_DROP */
	bool of_group;        /* the verdict rests on more than the value */
};

/*
 * The verdict of the judge of that row; NULL, or without one: FIT_KEEP. No cgroup.img
 * is needed: of `fit` it wants crw, arena, host, hierarchy (NULL: not here) and
 * nearest, the group of this host that the value is for or below (NULL: not known);
 * of `item` a group, which may be an empty one, the name, the value and `fresh`. That
 * the kernel has the file is fit_offers().
 */
enum fit_verdict fit_judge(struct fit *fit, const struct property_row *row, struct fit_item *item,
			   struct error *err);

/* What is known of a name that was seen; the verdict on its last value too. */
struct fit_name {
	struct span name;
	const struct property_row *row; /* NULL: not known */
	bool wanted;                    /* by the arguments */
	int offered;                    /* by this kernel: 1, 0, -1 not known */
	struct span kept;               /* a value that can stay; data NULL: none yet */
};

#define FIT_NAMES_MAX 128

/* ---- the walk ---- */

/* A group on the way from the top to where the walk is. */
struct fit_group {
	struct raw_group raw;
	const struct fit_group *parent; /* NULL: of a top-level group */
	bool here;                      /* on this host */
	unsigned children;              /* looked for so far */
	const char *names;              /* in it on this host; NULL: to be asked for one by one */
	struct fit_masks limits;        /* for what is below it */
	struct fit_neighbours *beside;  /* of it, on this host; NULL: not looked for */
};

struct fit_neighbours;

struct fit {
	struct rules_call *call;
	struct crw *crw;
	struct arena *arena;
	struct patch *patch; /* where edits go at the moment */
	const struct cgroup_host *host;
	bool all; /* no names were given */
	struct verb_names names;

	/* of the controller entry that the walk is in */
	struct span entry;
	struct raw_controller controller;
	const char *label;
	const struct cgroup_hierarchy *hierarchy; /* NULL: not on this host */
	bool cpusets;
	bool wants_mask[FIT_MASKS], wants_cpusets;
	void *made; /* tree of groups that CRIU will have made (fit_mask.c) */
	struct fit_neighbours *neighbours; /* all that were looked for */
	const char **tops; /* where the top-level groups will be; NULL: not looked up */
	size_t top_count;
	struct buffer path;  /* of the group that the walk is in, with its NUL */
	size_t paths;        /* of all so far (raw_count_path()) */
	struct span top;     /* what the image calls its first top_size bytes; data NULL: */
	size_t top_size;     /* --cgroup-root does not move them */
	const char *sample;  /* a group of this host that shows what the kernel has */
	const char *files;   /* of the sample, as "/NAME/NAME/"; NULL: each is asked for */
	const char *nearest; /* the one that a top-level group is in or will be in */
	struct fit_name known[FIT_NAMES_MAX];
	size_t known_count, known_next;

	struct {
		const char *above; /* the group that those before this one are in */
		number_t given;    /* what they have of its realtime share (fit_cpu.c) */
	} realtime;

	struct fit_mask_cache cache[FIT_MASKS];
	struct buffer fresh;
};

static inline const char *fit_path(const struct fit *fit)
{
	return (const char *)fit->path.data;
}

/* Is the group on this host: 1, 0, -1? */
int fit_exists(const struct fit *fit, const char *group, struct error *err);

/* Reports a change in the group that the walk is in. */
int fit_report(struct fit *fit, struct span name, struct span before, struct span after,
	       const char *note, struct error *err);

/* Replaces the value that a property has. */
int fit_replace(struct fit *fit, const struct raw_property *property, struct span fresh,
		struct error *err);

/* Decides on the masks of a group, and notes in it what is left for those
 * below. The edits wait until the walk comes to their places: patches like to
 * be made from front to back. */
struct fit_mask_edits {
	const char *after[FIT_MASKS];    /* NULL: none */
	struct span property[FIT_MASKS]; /* raw; data NULL: a new one, at the end */
};
int fit_masks_of(struct fit *fit, struct fit_group *g, struct fit_mask_edits *edits,
		 struct error *err);
/* Edits the property, if it is one of those: 1, 0 or -1. */
int fit_mask_edit(struct fit *fit, const struct fit_mask_edits *edits,
		  const struct raw_property *property, struct error *err);
int fit_mask_add(struct fit *fit, const struct fit_group *g, const struct fit_mask_edits *edits,
		 struct error *err);
/* The masks that hold for a top-level group in `above`, which may not exist. */
int fit_masks_above(struct fit *fit, const char *above, struct fit_group *g, struct error *err);
/* A top-level group below ancestors that CRIU would make without masks. */
int fit_with_ancestors(struct fit *fit, struct fit_group *g, struct error *err);
/* Is the group on this host, or noted as one that the checkpoint will make: 1, 0, -1? */
int fit_will_exist(const struct fit *fit, const char *group, struct error *err);
int fit_note_made(struct fit *fit, const char *group, const struct fit_masks *masks,
		  struct error *err);
void fit_forget_made(struct fit *fit);

/* ---- groups of this host beside the one that the walk is in ---- */

/* Looks for those in `parent`, and takes out of the limits of a group that will be made
 * what exclusive ones have. */
int fit_beside(struct fit *fit, struct fit_group *g, struct span parent, struct error *err);
/* Who of them has some of the mask for itself, as a note for people in the arena; NULL:
 * nobody. */
int fit_taken_from(struct fit *fit, const struct fit_group *g, int r, struct span mask,
		   const char **note, struct error *err);
/* Why a group is not, when the one above is not. */
extern const char fit_not_exclusive[];
/* Can the group be exclusive, when it says so? Decides limits.shared, after the masks. */
int fit_exclusive_of(struct fit *fit, struct fit_group *g, struct error *err);

/* The group whose message is entered in the patch, and what is below. */
int fit_group(struct fit *fit, struct fit_group *g, struct error *err);

/* The value of a property in the message of a group: 1, 0 when it has none, -1. */
int fit_value_in(struct span group, const char *name, struct span *value, struct error *err);

/* ---- the host ---- */

/* Are the groups of the hierarchy in sight? */
bool fit_may_look(const struct fit *fit);
/* The names of all that is in a group, as "/cgroup.procs/a/b/", in the arena; NULL when they
 * cannot be had. */
const char *fit_names_in(const struct fit *fit, const char *group);
bool fit_is_among(const char *names, struct span name);
/* The directory of a group, which is listed: 1, 0 when it is not there, -1. */
int fit_open_group(const struct fit *fit, const char *group, DIR **list, struct error *err);
/* The name of the next group in a directory of a hierarchy; NULL at the end with errno 0, or
 * with the error. */
const char *fit_next_group(DIR *list);

/* Has this kernel a file of that name in groups like these? 1, 0, -1 unknown. */
int fit_offers(struct fit *fit, struct span name);
/* The first line of a file of the group that the checkpoint's will be in, in the
 * arena: 1; 0 and "" when it has no such file or cannot be asked; -1 when it cannot
 * be read, or without memory. */
int fit_ancestor_line(struct fit *fit, const char *file, const char **line, struct error *err);
/* All of it, in the buffer; 1, 0, -1. */
int fit_ancestor_text(struct fit *fit, const char *file, struct buffer *text, struct error *err);
/* Does a path exist below the root of this host? 1, 0, -1 unknown. */
int fit_host_has(const struct fit *fit, const char *path);
/* Is the kernel of this version or newer? Unknown is no. */
bool fit_kernel_since(struct fit *fit, unsigned major, unsigned minor);

#endif
