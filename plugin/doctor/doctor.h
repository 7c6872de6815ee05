/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Would a restore work here? causes.def is the table: checks, and the causes that each of
 * them may find. A check looks at this host or at the images as the rules left them; what
 * it finds goes to the caller at once. The images may be anybody's: nothing that they name
 * is opened but for looking at it (place.h), and all that is looked at is counted.
 */
#ifndef CRW_DOCTOR_H
#define CRW_DOCTOR_H

#include "../context.h"
#include "../numbers.h"
#include "../oci/spec.h"
#include "options.h"

#define DOCTOR_FINDINGS_MAX 20   /* of one cause; more are counted */
#define DOCTOR_THINGS_MAX 200000 /* that one check looks at */

enum doctor_cause {
#define CHECK(function, needs, name, right)
#define CAUSE(id, name, remedy) CAUSE_##id,
#include "causes.def"
	CAUSES
};

/* The namespaces whose ids an inventory has. */
enum doctor_namespace { DOCTOR_PID, DOCTOR_NET, DOCTOR_MNT, DOCTOR_UTS, DOCTOR_IPC, DOCTOR_NS };

struct doctor {
	struct crw *crw;
	int root; /* descriptor of this host's "/", borrowed */
	bool is_own_root;
	bool has_checkpoint;
	struct arena arena;
	struct options options;
	const char *criu; /* path of the program, NULL: not found */
	bool has_plugin;
	bool rules_failed;
	unsigned version;                           /* of CRIU, 40101 for 4.1.1; 0: not known */
	uint32_t ids[DOCTOR_NS], dumper[DOCTOR_NS]; /* of the root task, and of criu at the dump */
	struct buffer mounts;                       /* of struct doctor_mount (place.h), by id */
	uint64_t root_mount;
	struct spec spec;    /* top NULL: there is none */
	struct buffer binds; /* its mounts (place.c), by destination */
	crw_finding_sink sink;
	void *arg;
	int ended;     /* what the sink returned, if that was not 0 */
	bool of_host;  /* this check is about the host alone */
	size_t looked; /* at how many things, in this check */
	struct {
		size_t count;
		enum crw_level level; /* of the last */
	} found[CAUSES];              /* by this check */
};

/* Gives a finding to the caller; `remedy` NULL: that of the table. */
void doctor_find(struct doctor *d, enum doctor_cause cause, enum crw_level level, const char *thing,
		 const char *remedy, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* That it cannot be looked at, with errno's reason. */
void doctor_unseen(struct doctor *d, enum doctor_cause cause, const char *thing);

/* Counts one more thing; false when these were enough. */
bool doctor_look(struct doctor *d);

/* Has the task a namespace of its own, which the restore makes anew? */
bool doctor_has_own(const struct doctor *d, enum doctor_namespace ns);

/* ---- images.c: the images as the rules left them ---- */

/* Gives each entry of an image to `take`; a missing image has none. */
typedef void (*doctor_entry_taker)(struct doctor *d, const struct crw_message *entry, void *arg);
void doctor_each_entry(struct doctor *d, const char *file, doctor_entry_taker take, void *arg);

/* The same for each image of a kind ("mm"), in no order. */
void doctor_each_image(struct doctor *d, const char *kind, doctor_entry_taker take, void *arg);

/* The member of that name of each entry in files.img, or each entry of an image of its own
 * as older CRIU had it (NULL: none). */
void doctor_each_file(struct doctor *d, const char *member, const char *old,
		      doctor_entry_taker take, void *arg);

/* A field's value: false when it is not there. */
bool doctor_get(struct doctor *d, const struct crw_message *message, const char *path,
		struct crw_value *value);
uint64_t doctor_number(struct doctor *d, const struct crw_message *message, const char *path,
		       uint64_t otherwise);

/* Is it an entry that is there, not followed if a link, beside the images? */
bool doctor_has_file(struct doctor *d, const char *name);

/* Text in the arena, "" when it is not there; what is behind a NUL is lost. */
const char *doctor_text(struct doctor *d, const struct crw_message *message, const char *path);

/* ---- pages.c ---- */

#define DOCTOR_PAGE 4096 /* bytes; images count in these */

/* That a pagemap-N.img describes and a restore makes. */
uint64_t doctor_count_pages(struct doctor *d, const char *pagemap);

/* ---- memory.c ---- */

/* Is there room for so many? */
void doctor_check_room(struct doctor *d, uint64_t pages);

/* May what is too much leave memory? Yes, too, when this host does not say. */
bool doctor_swaps(struct doctor *d);

/* ---- groups.c ---- */

/* Will CRIU leave groups alone, by the rules or its options? */
bool doctor_ignores_groups(const struct doctor *d);

/* ---- host.c ---- */

/* Than the schema; false when its version is not known. */
bool doctor_criu_is_newer(const struct doctor *d);

/* Where CRIU looks for plugins. */
const char *doctor_plugin_directory(const struct doctor *d);

/* ---- the checks ---- */

#define CHECK(function, needs, name, right) void function(struct doctor *d);
#define CAUSE(id, name, remedy)
#include "causes.def"

#endif
