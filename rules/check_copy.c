/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Copies of unchecked trees, one for each type that they are checked for.
 */
#include "check.h"

static struct step *copy_steps(struct check *c, const struct step *list)
{
	struct step *first = NULL, **tail = &first;

	for (; list; list = list->next) {
		struct step *s = check_make(c, sizeof(*s));

		if (!s)
			return NULL;
		*s = (struct step){ .axis = list->axis, .name = list->name, .at = list->at };
		s->conditions = check_copy_conditions(c, list->conditions);
		*tail = s;
		tail = &s->next;
	}
	return first;
}

static struct path *copy_path(struct check *c, const struct path *path)
{
	struct path *copy = check_make(c, sizeof(*copy));

	if (!copy)
		return NULL;
	copy->at = path->at;
	copy->step_count = path->step_count;
	copy->steps = copy_steps(c, path->steps);
	return copy;
}

static bool copy_args(struct check *c, struct expr *copy, const struct expr *e)
{
	copy->args = check_make(c, (e->arg_count + 1) * sizeof(*copy->args));
	if (!copy->args)
		return false;
	for (size_t i = 0; i < e->arg_count; i++) {
		copy->args[i] = check_copy_expr(c, e->args[i]);
		if (!copy->args[i])
			return false;
	}
	return true;
}

struct expr *check_copy_expr(struct check *c, const struct expr *e)
{
	struct expr *copy = check_make(c, sizeof(*copy));
	bool good = true;

	if (!copy)
		return NULL;
	*copy = *e;
	switch (e->type) {
	case EXPR_PATH:
		good = (copy->path = copy_path(c, e->path)) != NULL;
		break;
	case EXPR_BINARY:
		good = (copy->right = check_copy_expr(c, e->right)) != NULL;
		good = good && (copy->left = check_copy_expr(c, e->left)) != NULL;
		break;
	case EXPR_UNARY:
		good = (copy->left = check_copy_expr(c, e->left)) != NULL;
		break;
	case EXPR_LIST:
	case EXPR_CALL:
		good = copy_args(c, copy, e);
		break;
	default:
		break;
	}
	/* Without memory what is below may have been copied in part. */
	return good && !c->no_memory ? copy : NULL;
}

struct condition *check_copy_conditions(struct check *c, const struct condition *list)
{
	struct condition *first = NULL, **tail = &first;

	for (; list; list = list->next) {
		struct condition *copy = check_make(c, sizeof(*copy));

		if (!copy)
			return NULL;
		*copy = *list;
		copy->next = NULL;
		if (list->expr)
			copy->expr = check_copy_expr(c, list->expr);
		if (list->expr && !copy->expr)
			return NULL;
		*tail = copy;
		tail = &copy->next;
	}
	return first;
}
