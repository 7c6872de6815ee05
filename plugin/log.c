/* SPDX-License-Identifier: GPL-2.0-only */
/* What a dump or restore tells: to CRIU's log, to the system's, and in the report. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "criu.h"
#include "log.h"
#include "newest.h"
#include "syslog.h"

#define SYSLOG_CHANGES_MAX 50

static void log_lines(const char *text)
{
	char line[1024];

	while (*text) {
		size_t size = strcspn(text, "\n");

		snprintf(line, sizeof(line), "%.*s", (int)size, text);
		criu_log(CRIU_LOG_WARN, line);
		text += size + (text[size] != 0);
	}
}

static void log_change(const struct crw_change *change, bool dry_run,
		       void (*tell)(const char *text))
{
	char text[1024];
	size_t n = (size_t)snprintf(text, sizeof(text), "%s", dry_run ? "would change " : "");

	crw_change_text(change, text + n, sizeof(text) - n);
	tell(text);
}

static void to_criu(const char *text)
{
	criu_log(CRIU_LOG_WARN, text);
}

/* For the system's log, where more than a screen of them would hide the rest. */
static void to_syslog(const char *text)
{
	syslog_line(SYSLOG_NOTICE, text);
}

static void tell_changes(const struct crw *crw, size_t most, void (*tell)(const char *text))
{
	size_t kept = crw_change_count(crw), total = crw_change_total(crw);
	char text[80];

	kept = kept < most ? kept : most;
	for (size_t i = 0; i < kept; i++)
		log_change(crw_change(crw, i), crw_dry_run(crw), tell);
	if (total > kept) {
		snprintf(text, sizeof(text), "and %zu more change%s", total - kept,
			 total - kept == 1 ? "" : "s");
		tell(text);
	}
}

void log_changes(const struct crw *crw)
{
	if (crw_log_level(crw) != CRW_LOG_NONE)
		tell_changes(crw, CHANGES_KEPT_MAX, to_criu);
	if (crw_syslog(crw) == CRW_SYSLOG_CHANGES)
		tell_changes(crw, SYSLOG_CHANGES_MAX, to_syslog);
}

void log_fitted(const struct crw *crw)
{
	const char *text = secure_getenv(CRW_FITTED_VARIABLE);

	if (text && crw_log_level(crw) != CRW_LOG_NONE)
		log_lines(text);
}

void log_notes(const struct crw *crw)
{
	enum crw_log_level level = crw_log_level(crw);
	char text[1024];

	for (size_t i = 0; level != CRW_LOG_NONE && i < crw_trace_count(crw); i++) {
		const struct crw_trace *t = crw_trace(crw, i);

		if (level != CRW_LOG_DEBUG && strcmp(t->type, "note") != 0)
			continue;
		snprintf(text, sizeof(text), "%s:%u: %s%s%s", t->file, t->line,
			 t->image ? t->image : "", t->image ? ": " : "", t->text);
		criu_log(CRIU_LOG_WARN, text);
	}
}

static void log_fact(const struct rules_fact *fact, struct value value)
{
	struct buffer text = { 0 };

	buffer_printf(&text, "%s is ", fact->name);
	value_print(&text, value);
	buffer_byte(&text, 0);
	if (!text.failed)
		criu_log(CRIU_LOG_WARN, (const char *)text.data);
	buffer_free(&text);
}

void log_sources(const struct crw *crw)
{
	char text[1024];

	if (crw_log_level(crw) != CRW_LOG_DEBUG)
		return;
	for (size_t i = 0; i < crw_rules_file_count(crw); i++) {
		const struct crw_rules_file *file = crw_rules_file(crw, i);

		snprintf(text, sizeof(text), "rules of %s%s%s", file->path,
			 file->masked_by ? " are masked by " : "",
			 file->masked_by ? file->masked_by : "");
		criu_log(CRIU_LOG_WARN, text);
	}
	for (size_t i = 0; i < facts_count; i++) {
		if (crw->facts.slots[i].state == FACT_KNOWN)
			log_fact(&facts_table[i], crw->facts.slots[i].value);
	}
}

void log_report(const struct crw *crw)
{
	const char *path = crw_report_path(crw);
	struct error err = { .text = "" };

	if (path && report_write(crw, path, &err) < 0)
		criu_log(CRIU_LOG_WARN, err.text);
}

static long microseconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - start->tv_sec) * 1000000 + (now.tv_nsec - start->tv_nsec) / 1000;
}

void log_cost(const struct crw *crw, const struct timespec *start)
{
	size_t changes = crw_change_total(crw), images = crw_image_count(crw);
	char text[100];

	if (crw_log_level(crw) != CRW_LOG_DEBUG)
		return;
	snprintf(text, sizeof(text), "%zu change%s in %zu image%s took %ld us", changes,
		 changes == 1 ? "" : "s", images, images == 1 ? "" : "s",
		 microseconds_since(start));
	criu_log(CRIU_LOG_WARN, text);
}

void log_veto(struct crw *crw, int image_dir)
{
	const char *why = crw_vetoed(crw, image_dir);
	char text[1024];

	if (!why || crw_log_level(crw) == CRW_LOG_NONE)
		return;
	snprintf(text, sizeof(text), "the dump of this checkpoint was refused: %s", why);
	criu_log(CRIU_LOG_WARN, text);
}

/* Each version up to now has added a hook or a few. */
void log_newer(const struct crw *crw)
{
	if (criu_hook_count() > CRIU_NEWEST_HOOKS && crw_log_level(crw) != CRW_LOG_NONE)
		criu_log(CRIU_LOG_WARN, "this CRIU is " CRIU_IS_NEWER);
}

void log_error(const struct crw *crw, const char *text, bool go_on)
{
	if (go_on)
		criu_log(CRIU_LOG_WARN, text);
	else
		criu_refuse(text);
	if (crw_syslog(crw) != CRW_SYSLOG_NO)
		syslog_line(go_on ? SYSLOG_WARNING : SYSLOG_ERROR, text);
}

void log_diagnostics(const struct crw *crw)
{
	log_lines(crw_diagnostics(crw));
}

int log_failure(struct crw *crw, const struct error *err, const char *without)
{
	bool go_on = crw_on_error_continue(crw);
	char text[ERROR_TEXT_MAX + 80];

	snprintf(text, sizeof(text), "%s%s%s%s", err->text, go_on ? " (on-error continue: " : "",
		 go_on ? without : "", go_on ? ")" : "");
	log_error(crw, text, go_on);
	log_diagnostics(crw);
	return go_on ? 0 : -1;
}

struct crw *log_new(void)
{
	struct crw *crw = crw_new();
	struct error err = { .text = "" };

	if (!crw) {
		fail_errno(&err, "cannot begin");
		criu_refuse(err.text);
	}
	return crw;
}
