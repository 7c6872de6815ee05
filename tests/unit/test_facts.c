/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "../../plugin/facts.h"
#include "fakeroot.h"
#include "test.h"

static struct facts facts;

static const char *fact(const char *name)
{
	static char text[ERROR_TEXT_MAX + 16];
	struct error err = { "" };
	struct buffer b = { 0 };
	struct value v;
	int found = facts_get(&facts, name, &v, &err);

	if (found < 0)
		snprintf(text, sizeof(text), "error: %s", err.text);
	if (found <= 0)
		return found ? text : "(none)";
	value_print(&b, v);
	snprintf(text, sizeof(text), "%.*s", (int)b.size, b.size ? (const char *)b.data : "");
	buffer_free(&b);
	return text;
}

static int host(void)
{
	int root = fakeroot_make();

	fakeroot_put(root, "sys/devices/system/cpu/online", "0-1,3\n");
	fakeroot_put(root, "sys/class/net/lo/", "");
	fakeroot_put(root, "sys/class/net/eth0/", "");
	fakeroot_put(root, "proc/meminfo", "MemTotal:   2048 kB\nSwapTotal: 0 kB\n");
	fakeroot_put(root, "proc/sys/kernel/osrelease", "6.1.0-test\n");
	fakeroot_put(root, "proc/sys/kernel/pid_max", "many\n");
	fakeroot_put(root, "proc/self/cgroup", "0::/own\n");
	fakeroot_put(root, "proc/self/status", "Name:\tcriu\nPPid:\t7\nTracerPid:\t0\n");
	fakeroot_put(root, "proc/7/cgroup", "1:name=x:/x\n0::/of:the/caller\n");
	fakeroot_put(root, "proc/self/mountinfo", "30 25 0:26 / /cg rw - cgroup2 cgroup2 rw\n");
	fakeroot_put(root, "cg/cgroup.controllers", "cpuset cpu\n");
	return root;
}

static void test_read(void)
{
	is_text(fact("host.cpus"), "0-1,3", "a set");
	is_text(fact("host.mems"), "0", "a kernel without NUMA has node 0");
	is_text(fact("host.memory"), "2097152", "memory in bytes");
	is_text(fact("host.swap"), "0", "no swap");
	is_text(fact("host.kernel"), "6.1.0-test", "text without its line end");
	is_text(fact("host.hostname"), "(none)", "what the host lacks");
	is_text(fact("host.pid.max"),
		"error: fact host.pid.max: /proc/sys/kernel/pid_max: 'many' is not a number",
		"what it says wrongly");
	is_text(fact("host.cgroup.version"), "2", "cgroup version");
	is_text(fact("host.cgroup.layout"), "unified", "cgroup layout");
	is_text(fact("own.cgroup"), "/own", "our own group");
	is_text(fact("caller.cgroup"), "/of:the/caller", "that of the process that has started us");
	is_text(fact("criu.rpc"), "(none)", "what criu alone knows");
	is_text(fact("stage"), "restore", "the stage");
	is_text(fact("host.nothing"),
		"error: there is no fact 'host.nothing' (`criu-rewrite facts` lists them)",
		"an unknown name");
}

static void test_lists(void)
{
	struct error err = { "" };
	struct value v;

	ok(facts_get(&facts, "host.interfaces", &v, &err) == 1 && v.item_count == 2, "interfaces");
	ok(span_is(v.items[0].text, "eth0") && span_is(v.items[1].text, "lo"), "in order of name");
	ok(facts_get(&facts, "host.cgroup.controllers", &v, &err) == 1 && v.item_count == 2 &&
		   span_is(v.items[1].text, "cpu"),
	   "controllers");
	ok(facts_get(&facts, "host.cgroup.hierarchies", &v, &err) == 1 && v.item_count == 1 &&
		   span_is(v.items[0].text, "2:cpuset+cpu"),
	   "hierarchies");
}

static void test_given(void)
{
	struct error err = { "" };
	struct value v;

	ok(facts_give(&facts, "host.cpus", "0-63", &err) == 0, "a fact is given");
	is_text(fact("host.cpus"), "0-63", "and comes first");
	ok(facts_give(&facts, "host.memory", "-1", &err) < 0, "of another type");
	is_text(err.text, "fact host.memory: '-1' is not a number", "is refused");
	ok(facts_give(&facts, "host.cpus", "3-1", &err) < 0, "a range backwards is refused");
	ok(facts_give(&facts, "criu.cgroup.roots", "", &err) == 0 &&
		   facts_add(&facts, "criu.cgroup.roots", "v2:/a,b", &err) == 0 &&
		   facts_add(&facts, "criu.cgroup.roots", "/c", &err) == 0,
	   "a list is given item by item");
	is_text(fact("criu.cgroup.roots"), "v2:/a,b,/c", "which may have commas in them");
	facts.only_given = true;
	is_text(fact("host.cpus.possible"), "(none)", "nothing is read when only given ones count");
	ok(facts_given(&facts, "host.cpus", &v), "what was given is told from");
	ok(!facts_given(&facts, "host.kernel", &v), "what was read");
}

int main(void)
{
	struct error err = { "" };
	int root = host();

	ok(facts_init(&facts, &err) == 0 && facts_set_root(&facts, root, &err) == 0, "facts begin");
	close(root);
	test_read();
	test_lists();
	test_given();
	facts_free(&facts);
	fakeroot_remove();
	return test_end();
}
