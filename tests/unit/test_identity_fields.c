/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../proto/schema.h"
#include "../../rules/suggest_names.h"
#include "test.h"

static const char *const paths[] = {
#define FIELD(role, path) path,
#include "../../plugin/identity/fields.def"
#undef FIELD
};

/* Each row of fields.def leads to a field of an entry. */
static void test_rows(void)
{
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		const char *path = paths[i];
		const struct message_type *m = message_find(path, strcspn(path, "."));
		bool good = m && names_is_entry(m);

		for (path += strcspn(path, "."); good && *path; path += strcspn(path, ".")) {
			const struct field_type *f = m ? message_field(m, path + 1,
								       strcspn(path + 1, ".")) :
							 NULL;

			good = f != NULL;
			m = f ? field_message(f) : NULL;
			path++;
		}
		ok(good && !m, paths[i]);
	}
}

int main(void)
{
	test_rows();
	return test_end();
}
