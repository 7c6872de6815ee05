/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "../../proto/error.h"
#include "test.h"

static void test_fail(void)
{
	struct error err;

	is_number(fail(&err, "field %d of %s", 7, "core-1.img"), -1, "fail returns -1");
	is_text(err.text, "field 7 of core-1.img", "fail formats");
	is_number(fail(&err, "%s", ""), -1, "an empty text is fine");
	is_text(err.text, "", "and stays empty");
	is_number(fail_memory(&err), -1, "fail_memory returns -1");
	is_text(err.text, "out of memory", "fail_memory says so");
	ok(error_is_memory(&err), "which can be told");
	fail(&err, "out of paper");
	ok(!error_is_memory(&err), "from others");
}

static void test_control(void)
{
	struct error err;

	fail(&err, "a%sb", "\n\x1b\x7f\xc2\x9b");
	is_text(err.text, "a\\n\\x1b\\x7f\\xc2\\x9bb", "control characters are escaped");
	fail(&err, "%s", "\xc2\xa0\xc3\xa4\xc2");
	is_text(err.text, "\xc2\xa0\xc3\xa4\xc2", "other characters stay");
}

static void test_errno(void)
{
	struct error err;

	errno = ENOENT;
	is_number(fail_errno(&err, "open %s", "x"), -1, "fail_errno returns -1");
	is_text(err.text, "open x: No such file or directory", "fail_errno adds the words");
	errno = 99999;
	fail_errno(&err, "open");
	ok(strstr(err.text, "99999"), "an unknown errno is shown as a number");
}

static void test_context(void)
{
	struct error err;

	fail(&err, "cause");
	is_number(error_context(&err, "entry %d", 4), -1, "error_context returns -1");
	error_context(&err, "%s", "files.img");
	is_text(err.text, "files.img: entry 4: cause", "context goes in front");
}

static void test_escapes(void)
{
	struct error err;

	fail(&err, "%s", "a\nb\tc\x1b[31m\x7f");
	is_text(err.text, "a\\nb\\x09c\\x1b[31m\\x7f", "control characters are escaped");
	error_context(&err, "%s", "x\ry");
	is_text(err.text, "x\\x0dy: a\\nb\\x09c\\x1b[31m\\x7f", "in context too, and once only");
	fail(&err, "%s", "gr\xc3\xbc\xc3\x9f");
	is_text(err.text, "gr\xc3\xbc\xc3\x9f", "UTF-8 stays");
}

static void test_limits(void)
{
	struct error err;
	char big[3 * ERROR_TEXT_MAX];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	fail(&err, "%s", big);
	is_number((long long)strlen(err.text), ERROR_TEXT_MAX - 1, "a long text is cut");
	errno = EPERM;
	fail_errno(&err, "%s", big);
	is_number((long long)strlen(err.text), ERROR_TEXT_MAX - 1, "with errno too");
	memset(big, '\n', sizeof(big) - 1);
	fail(&err, "%s", big);
	ok(strlen(err.text) < ERROR_TEXT_MAX, "escapes do not overflow");
	is_text(err.text + strlen(err.text) - 2, "\\n", "no escape is cut in half");
	fail(&err, "the cause");
	for (int i = 0; i < 200; i++)
		error_context(&err, "message_%d", i);
	ok(strlen(err.text) < ERROR_TEXT_MAX, "context does not overflow");
	ok(strncmp(err.text, "message_199: ", 13) == 0, "the outermost context is kept");
	ok(strstr(err.text, ": message_170: "), "and those next to it");
	ok(strstr(err.text, "the cause"), "the cause is kept");
	ok(strstr(err.text, "...") && !strstr(strstr(err.text, "...") + 3, "..."),
	   "the middle goes, which is seen");
	memset(big, 'y', sizeof(big) - 1);
	error_context(&err, "%s", big);
	ok(strstr(err.text, ": ") && strstr(err.text, "the cause"), "with a long context too");
}

int main(void)
{
	test_fail();
	test_control();
	test_errno();
	test_context();
	test_escapes();
	test_limits();
	return test_end();
}
