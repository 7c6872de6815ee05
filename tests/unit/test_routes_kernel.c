/* SPDX-License-Identifier: GPL-2.0-only */
/* What a network namespace of the test's own has of rules that CRIU does not save. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../plugin/routes.h"
#include "test.h"

#define TABLE 100

/* A rule of IPv6 for the namespace that this process is in. */
static int add_rule(void)
{
	const struct {
		struct nlmsghdr head;
		struct fib_rule_hdr rule;
	} m = {
		.head = { .nlmsg_len = sizeof(m),
			  .nlmsg_type = RTM_NEWRULE,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_ACK },
		.rule = { .family = AF_INET6, .table = TABLE, .action = FR_ACT_TO_TBL },
	};
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		char rest[200];
	} answer = { .error = { .error = -EIO } };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || send(fd, &m, sizeof(m), 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0)
		answer.error.error = -errno;
	close(fd);
	errno = -answer.error.error;
	return answer.error.error ? -1 : 0;
}

/* The namespace that this process is in. */
static ino_t own(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) < 0 ? 0 : st.st_ino;
}

static void test_rule(int ns)
{
	struct buffer routes = { 0 }, rules = { 0 };
	struct error err = { "" };
	const struct nlmsghdr *m;
	ino_t before = own();

	is_number(routes_ask(ns, &routes, &rules, &err), 0, "a namespace is asked");
	is_number((long long)routes.size, 0, "it has no routes that CRIU loses");
	m = (const void *)rules.data;
	ok(rules.size >= sizeof(*m) && m->nlmsg_type == RTM_NEWRULE &&
		   NLMSG_ALIGN(m->nlmsg_len) == rules.size,
	   "and one rule: those of the kernel are left out");
	ok(before && own() == before, "this process is where it was");
	buffer_free(&routes);
	buffer_free(&rules);
}

static void test_wrong(void)
{
	struct buffer routes = { 0 }, rules = { 0 };
	struct error err = { "" };
	int fd = open("/", O_RDONLY | O_CLOEXEC);

	is_number(routes_ask(fd, &routes, &rules, &err), -1, "what is no namespace");
	is_text(err.text, "cannot enter the network namespace: Invalid argument", "is an error");
	close(fd);
}

int main(void)
{
	int before = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), ns;

	if (unshare(CLONE_NEWNET) < 0 || add_rule() < 0) {
		skip("rules of a network namespace", strerror(errno));
		return test_end();
	}
	ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ok(setns(before, CLONE_NEWNET) == 0, "this process goes back");
	test_rule(ns);
	test_wrong();
	close(ns);
	close(before);
	return test_end();
}
