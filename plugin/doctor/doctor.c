/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum check_needs { HOST, HERE, IMAGES };

static const struct {
	const char *name, *remedy;
} causes[] = {
#define CHECK(function, needs, name, right)
#define CAUSE(id, name, remedy) { name, remedy },
#include "causes.def"
};

/* A check, and the first of the causes that it may find. */
static const struct check {
	void (*run)(struct doctor *d);
	enum check_needs needs;
	const char *name, *right;
} checks[] = {
#define CHECK(function, needs, name, right) { function, needs, name, right },
#define CAUSE(id, name, remedy)
#include "causes.def"
};

#define CHECKS (sizeof(checks) / sizeof(checks[0]))

/* ---- findings --------------------------------------------------------------- */

static void give(struct doctor *d, const struct crw_finding *finding)
{
	if (!d->ended)
		d->ended = d->sink(d->arg, finding);
}

void doctor_find(struct doctor *d, enum doctor_cause cause, enum crw_level level, const char *thing,
		 const char *remedy, const char *format, ...)
{
	struct crw_finding finding = {
		.level = level,
		.is_host = d->of_host,
		.cause = causes[cause].name,
		.thing = thing,
		.remedy = remedy ? remedy : causes[cause].remedy,
	};
	char reason[1024];
	va_list args;

	d->found[cause].level = level;
	if (++d->found[cause].count > DOCTOR_FINDINGS_MAX)
		return;
	va_start(args, format);
	vsnprintf(reason, sizeof(reason), format, args);
	va_end(args);
	finding.reason = reason;
	if (level == CRW_LEVEL_OK)
		finding.remedy = NULL;
	give(d, &finding);
}

void doctor_unseen(struct doctor *d, enum doctor_cause cause, const char *thing)
{
	doctor_find(d, cause, CRW_LEVEL_UNKNOWN, thing, NULL, "cannot be looked at: %s",
		    strerror(errno));
}

bool doctor_look(struct doctor *d)
{
	return ++d->looked <= DOCTOR_THINGS_MAX && !d->ended;
}

/* ---- checks ----------------------------------------------------------------- */

static void say(struct doctor *d, const struct check *check, enum crw_level level,
		const char *thing, const char *reason)
{
	const struct crw_finding finding = {
		.level = level,
		.is_host = d->of_host,
		.cause = check->name,
		.thing = thing,
		.reason = reason,
	};

	give(d, &finding);
}

/* What was more than is shown, what was not looked at, and that nothing was found. */
static void end_check(struct doctor *d, const struct check *check)
{
	char text[64];
	bool any = false;

	for (size_t i = 0; i < CAUSES; i++) {
		any = any || d->found[i].count;
		if (d->found[i].count <= DOCTOR_FINDINGS_MAX)
			continue;
		snprintf(text, sizeof(text), "%zu more", d->found[i].count - DOCTOR_FINDINGS_MAX);
		say(d, check, d->found[i].level, text, causes[i].name);
	}
	snprintf(text, sizeof(text), "%zu looked at", d->looked);
	if (d->looked > DOCTOR_THINGS_MAX)
		say(d, check, CRW_LEVEL_UNKNOWN, text, "there are more of them");
	else if (!any && d->looked && check->right)
		say(d, check, CRW_LEVEL_OK, text, check->right);
}

static void run_check(struct doctor *d, const struct check *check)
{
	if (d->ended || (check->needs != HOST && !d->has_checkpoint))
		return;
	memset(d->found, 0, sizeof(d->found));
	d->looked = 0;
	d->of_host = check->needs == HOST;
	if (check->needs == IMAGES || !d->crw->facts.only_given)
		check->run(d);
	else
		say(d, check, CRW_LEVEL_UNKNOWN, "not looked at", "this is about another host");
	end_check(d, check);
}

/* ---- all of it --------------------------------------------------------------- */

static bool is_own_root(int root)
{
	struct stat given, own;

	return fstat(root, &given) == 0 && stat("/", &own) == 0 && given.st_dev == own.st_dev &&
	       given.st_ino == own.st_ino;
}

static void end(struct doctor *d)
{
	options_end(&d->options);
	buffer_free(&d->mounts);
	buffer_free(&d->binds);
	spec_free(&d->spec);
	arena_free(&d->arena);
}

int crw_doctor(struct crw *crw, const char *const *criu_options, crw_finding_sink sink, void *arg)
{
	struct doctor d = {
		.crw = crw,
		.root = crw->facts.root,
		.is_own_root = is_own_root(crw->facts.root),
		.has_checkpoint = crw->checkpoint.dir >= 0,
		.sink = sink,
		.arg = arg,
	};

	if (options_take(&d.options, criu_options, &crw->err) < 0 ||
	    options_read(&d.options, d.root, "etc/criu/default.conf", &d.arena, &crw->err) < 0) {
		end(&d);
		return -1;
	}
	for (size_t i = 0; i < CHECKS; i++)
		run_check(&d, &checks[i]);
	end(&d);
	return d.ended ? fail(&crw->err, "the findings could not be passed on") : 0;
}
