/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <dlfcn.h>
#include <netinet/in.h>

#include "../../plugin/symbol.h"
#include "test.h"

static size_t size_of(const char *name)
{
	return symbol_size(dlsym(RTLD_DEFAULT, name));
}

int main(void)
{
	static int own;

	is_number(size_of("in6addr_any"), sizeof(struct in6_addr), "a variable of libc");
	is_number(size_of("environ"), sizeof(char **), "another");
	is_number(size_of("stdout"), sizeof(FILE *), "and one that every program has");
	ok(size_of("getpid") > 0, "a function");
	ok(symbol_size((const char *)dlsym(RTLD_DEFAULT, "in6addr_any") + 1) == 0,
	   "what is inside of one");
	ok(symbol_size(&own) == 0, "what is not exported");
	ok(symbol_size(NULL) == 0, "nothing");
	return test_end();
}
