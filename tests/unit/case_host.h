/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The hosts that cases name, in tests/cgroup/hosts. */
#ifndef CRW_CASE_HOST_H
#define CRW_CASE_HOST_H

#include "cases.h"
#include "fakeroot.h"

static inline void case_host_put_file(void *root, const char *path, const char *content)
{
	fakeroot_put(*(int *)root, path, content);
}

/* Puts files, "PATH = CONTENT" each, below the root. */
static inline void case_host_put_files(int root, struct span files)
{
	case_each_pair(files, case_host_put_file, &root);
}

/* Puts the files of the host of that name; another name ends the program. */
static inline void case_host_put(int root, struct span name)
{
	struct buffer text = { 0 };
	struct case_reader reader = { .line = 1 };
	struct test_case host;

	cases_read("tests/cgroup/hosts", &text);
	reader.rest = buffer_span(&text);
	while (case_next(&reader, &host) && !span_equal(host.title, name))
		;
	if (!span_equal(host.title, name))
		cases_fail("tests/cgroup/hosts", "a case names a host that is not there");
	case_host_put_files(root, host.rules);
	buffer_free(&text);
}

#endif
