/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A unit test is a program that prints TAP: one line per check.
 *
 *	int main(void)
 *	{
 *		test_wire_next();
 *		return test_end();
 *	}
 */
#ifndef CRW_TEST_H
#define CRW_TEST_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int test_count, test_failed;

static inline bool test_result(bool ok, const char *what, const char *file, int line)
{
	test_count++;
	if (ok) {
		printf("ok %d - %s\n", test_count, what);
		return true;
	}
	test_failed++;
	printf("not ok %d - %s\n# at %s:%d\n", test_count, what, file, line);
	return false;
}

static inline bool test_text(const char *got, const char *want, const char *what, const char *file,
			     int line)
{
	if (test_result(got && strcmp(got, want) == 0, what, file, line))
		return true;
	printf("#  got: %s\n# want: %s\n", got ? got : "(null)", want);
	return false;
}

static inline bool test_number(long long got, long long want, const char *what, const char *file,
			       int line)
{
	if (test_result(got == want, what, file, line))
		return true;
	printf("#  got: %lld\n# want: %lld\n", got, want);
	return false;
}

static inline int test_end(void)
{
	printf("1..%d\n", test_count);
	return test_failed ? 1 : 0;
}

#define ok(condition, what) test_result((condition), (what), __FILE__, __LINE__)
#define is_text(got, want, what) test_text((got), (want), (what), __FILE__, __LINE__)
#define is_number(got, want, what) test_number((got), (want), (what), __FILE__, __LINE__)
#define skip(what, why) (test_count++, printf("ok %d - %s # SKIP %s\n", test_count, what, why))

#endif
