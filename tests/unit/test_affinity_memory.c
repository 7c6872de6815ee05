/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that fails once while the CPUs of threads are recorded. */
#include "../../plugin/affinity.h"

#include "affinity_host.h"
#include "test.h"

#if defined(__SANITIZE_ADDRESS__) || !defined(__GLIBC__)
int main(void)
{
	skip("failing allocations", "this build has its own allocator");
	return test_end();
}
#else

#include "failing_malloc.h"

/* A record is whole or there is none, whichever allocation fails. */
static void test_record(void)
{
	static const char pinned[] =
		"when stage == \"dump\" { core_entry[pid >= 8] capture affinity }";
	struct crw *whole = fakehost_run(pinned, "dump");
	int wrong = 0, tried = 0;
	long left;

	is_text(fakehost_lines(whole),
		"rewrite-affinity.img: 8 (none) -> 3 (x.rules:1)\n"
		"rewrite-affinity.img: 9 (none) -> 0-1 (x.rules:1)\n",
		"pinned threads alone");

	fails_once = true;
	do {
		struct crw *crw = fakehost_open(pinned, "dump");
		int status;

		allowed = tried++;
		status = crw_run(crw);
		left = allowed;
		allowed = -1;
		wrong += status == 0 && !span_equal(buffer_span(&crw->affinity_captured),
						    buffer_span(&whole->affinity_captured));
		crw_free(crw);
	} while (left < 0);
	is_number(wrong, 0, "no record is in part");
	ok(tried > 40, "of any allocation that fails");
	crw_free(whole);
}

int main(void)
{
	fakehost_begin();
	source();
	test_record();
	fakehost_end();
	return test_end();
}
#endif
