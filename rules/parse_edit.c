/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Paths and what is done to what they match.
 */
#include "suggest_names.h"
#include "parse.h"
#include "suggest.h"

/* What people write because other languages, or the configuration, have it. */
static const char *foreign_word(const struct token *token)
{
	static const struct {
		const char *word, *hint;
	} rows[] = {
		{ "if", "; a condition is written 'when ... { }'" },
		{ "elif", "; write 'else when ... { }'" },
		{ "for", "; a path is for all that it matches" },
		{ "import", "; write 'include \"FILE\"'" },
	};
	static const char *const options[] = { "rules",   "on-error",    "report",
					       "dry-run", "log-level",   "syslog",
					       "view",    "limit-image", "limit-memory" };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (token_is(token, rows[i].word))
			return rows[i].hint;
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (token_is(token, options[i]))
			return "; that is an option of rewrite.conf";
	return NULL;
}

static const char *message_hint(const struct parser *p, struct suggestion *s)
{
	static const char *const words[] = { "when", "manage-cgroups", "must", "require", "rule",
					     "let",  "include",        "else" };
	const struct rules_setting *setting = p->shared->setting;
	const char *hint = foreign_word(&p->token);

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		suggest_offer(s, words[i]);
	for (size_t i = 0; i < setting->verb_count; i++)
		if (!setting->verbs[i]->message)
			suggest_offer(s, setting->verbs[i]->name);
	names_offer_entries(s);
	if (!hint && !*suggest_text(s))
		hint = "; a statement begins with an entry of an image, such as core_entry";
	return hint ? hint : suggest_text(s);
}

/* What stands before an action of that name in an example; NULL: it is none. */
static const char *path_of_action(const struct parser *p)
{
	static const char *const actions[] = { "set", "get", "delete", "add" };
	const struct rules_setting *setting = p->shared->setting;

	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (token_is(&p->token, actions[i]))
			return "core_entry.tc";
	for (size_t i = 0; i < setting->verb_count; i++)
		if (token_is(&p->token, setting->verbs[i]->name))
			return setting->verbs[i]->message;
	return NULL;
}

/* A word in place of a message that is none: says so at once, because what
 * follows makes no sense either. */
static bool judge_message(struct parser *p, const char *what)
{
	const struct span name = p->token.source;
	const struct image_kind *kind = kind_named((const char *)name.data, name.size);
	struct suggestion s = suggest_for(name);
	const char *path;

	if (p->token.type != TOKEN_NAME) {
		parser_unexpected(p, what);
		return false;
	}
	if (message_find((const char *)name.data, name.size))
		return true;
	path = path_of_action(p);
	if (token_is(&p->token, "else"))
		parser_wrong(p, p->token.at, "'else' without a 'when' before it");
	else if (path)
		parser_wrong(p, p->token.at, "the path goes before the action: '%s %.*s ...'", path,
			     (int)name.size, (const char *)name.data);
	else if (kind && kind->entry)
		parser_wrong(p, p->token.at, "the entries of %s are called '%s'", kind->pattern,
			     message_name(kind->entry));
	else
		parser_wrong(p, p->token.at, "unknown message '%.*s'%s", (int)name.size,
			     (const char *)name.data, message_hint(p, &s));
	return false;
}

static bool push_argument(struct parser *p, struct argument ***tail, struct edit *edit)
{
	struct argument *a;

	if (edit->argument_count == RULES_ARGUMENTS_MAX) {
		parser_wrong(p, p->token.at, "more than %d arguments", RULES_ARGUMENTS_MAX);
		return false;
	}
	a = parser_make(p, sizeof(*a));
	if (!a)
		return false;
	a->at = p->token.at;
	a->given.place = p->token.at.place;
	**tail = a;
	*tail = &a->next;
	edit->argument_count++;
	return true;
}

/* argument = "," | WORD | TEXT | NUMBER | SET | ADDRESS | "-" NUMBER
 *          | "(" expression ")" */
static bool parse_argument(struct parser *p, struct argument *a)
{
	switch (p->token.type) {
	case TOKEN_COMMA:
		a->given.type = ARGUMENT_COMMA;
		parser_advance(p);
		parser_skip_lines(p);
		return true;
	case TOKEN_NAME:
		p->token = lex_word(&p->lex, &p->token);
		a->given.type = ARGUMENT_WORD;
		a->at = p->token.at;
		a->given.value = value_text(p->token.source);
		return parser_expect(p, TOKEN_WORD, "a word");
	case TOKEN_TEXT:
	case TOKEN_NUMBER:
	case TOKEN_SET:
	case TOKEN_ADDRESS:
		a->given.type = ARGUMENT_VALUE;
		a->given.value = p->token.value;
		parser_advance(p);
		return true;
	case TOKEN_MINUS:
	case TOKEN_PAREN_OPEN:
		a->given.type = ARGUMENT_VALUE;
		a->expr = parse_sum(p);
		return a->expr != NULL;
	case TOKEN_EQUAL:
		parser_wrong(p, p->before, "to change a field write 'set' before it");
		return false;
	default:
		parser_unexpected(p, "an argument");
		return false;
	}
}

static bool parse_arguments(struct parser *p, struct edit *edit)
{
	struct argument **tail = &edit->arguments, **last;

	while (!parser_at_end(p)) {
		last = tail;
		if (!push_argument(p, &tail, edit) || !parse_argument(p, *last))
			return false;
	}
	return true;
}

struct action_word {
	const char *word;
	enum edit_type action;
};

static const struct action_word action_words[] = {
	{ "set", EDIT_SET },
	{ "get", EDIT_GET },
	{ "delete", EDIT_DELETE },
	{ "add", EDIT_ADD },
};

static enum edit_type find_action(const struct token *t)
{
	for (size_t i = 0; i < sizeof(action_words) / sizeof(*action_words); i++) {
		if (token_is(t, action_words[i].word))
			return action_words[i].action;
	}
	return EDIT_VERB;
}

/* A verb of the checkpoint, which needs no path. */
static bool is_whole(const struct parser *p)
{
	const struct rules_setting *setting = p->shared->setting;

	for (size_t i = 0; i < setting->verb_count; i++)
		if (!setting->verbs[i]->message && token_is(&p->token, setting->verbs[i]->name))
			return true;
	return false;
}

static bool parse_whole(struct parser *p, struct edit *edit)
{
	edit->action = EDIT_VERB;
	edit->action_at = p->token.at;
	edit->verb_name = p->token.source;
	parser_advance(p);
	return parse_arguments(p, edit);
}

/* Behind an action stands another. */
static bool is_second_action(struct parser *p, const struct edit *edit)
{
	if (p->token.type != TOKEN_NAME || find_action(&p->token) == EDIT_VERB)
		return false;
	parser_wrong(p, p->token.at, "a statement has one action, not '%.*s' and '%.*s'",
		     (int)edit->verb_name.size, (const char *)edit->verb_name.data,
		     (int)p->token.source.size, (const char *)p->token.source.data);
	return true;
}

/* edit = VERB { argument } | path ( "set" assignments | "get" [ names ] | "delete" [ names ]
 *             | "add" ( assignments | fields ) | VERB { argument } ) */
bool parse_edit(struct parser *p, struct statement *s)
{
	struct edit *edit = &s->edit;

	s->type = STATEMENT_EDIT;
	if (is_whole(p))
		return parse_whole(p, edit);
	if (!judge_message(p, s->edit.must ? "a path" : "a statement"))
		return false;
	p->operands = 0;
	edit->path = parse_path(p, AXIS_ENTRY);
	if (!edit->path)
		return false;
	edit->action = find_action(&p->token);
	edit->action_at = p->token.at;
	edit->verb_name = p->token.source;
	if (!parser_expect(p, TOKEN_NAME, "an action (set, get, delete, add or a verb)"))
		return false;
	if (edit->action != EDIT_VERB && is_second_action(p, edit))
		return false;
	switch (edit->action) {
	case EDIT_SET:
	case EDIT_ADD:
		edit->adds_entry = edit->action == EDIT_ADD && p->token.type == TOKEN_BRACE_OPEN;
		edit->assignments = (edit->adds_entry ? parse_assignment_block :
							parse_assignments)(p);
		break;
	case EDIT_GET:
	case EDIT_DELETE:
		edit->fields = parser_at_end(p) ? NULL : parse_field_names(p);
		break;
	case EDIT_VERB:
		return parse_arguments(p, edit);
	}
	return !p->broken && !is_second_action(p, edit);
}
