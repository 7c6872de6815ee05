/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the kernel says of routes and rules, by rtnetlink(7). */
#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "../proto/file.h"
#include "routes.h"

#define PATIENCE 5 /* seconds for an answer */

/* A socket belongs to the namespace that it was made in, so that is the only moment to be
 * in it. */
static int open_socket(int ns, struct error *err)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	cleanup_close int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int fd, status = 0;

	if (own < 0 || setns(ns, CLONE_NEWNET) < 0)
		return fail_errno(err, "cannot enter the network namespace");
	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	/* Then it hears the kernel alone, and nobody else in that namespace. */
	if (fd < 0 || connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0)
		status = fail_errno(err, "cannot ask for routes");
	if (setns(own, CLONE_NEWNET) < 0)
		status = fail_errno(err, "cannot go back to criu's network namespace");
	if (status == 0 && setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		status = fail_errno(err, "cannot ask for routes");
	if (status == 0)
		return fd;
	file_close(&fd);
	return -1;
}

/* The number in an attribute, or `otherwise`. */
static uint32_t number_of(struct nlmsghdr *m, size_t head, unsigned short type, uint32_t otherwise)
{
	struct rtattr *a = (struct rtattr *)((char *)NLMSG_DATA(m) + NLMSG_ALIGN(head));
	int left = (int)m->nlmsg_len - (int)NLMSG_LENGTH(head);

	for (; RTA_OK(a, left); a = RTA_NEXT(a, left)) {
		if (a->rta_type == type && RTA_PAYLOAD(a) >= sizeof(otherwise))
			memcpy(&otherwise, RTA_DATA(a), sizeof(otherwise));
		else if (a->rta_type == type && RTA_PAYLOAD(a) == 1)
			otherwise = *(const uint8_t *)RTA_DATA(a);
	}
	return otherwise;
}

/* Neither what CRIU saves nor what the kernel makes by itself. */
static bool is_lost_route(struct nlmsghdr *m)
{
	struct rtmsg *route = NLMSG_DATA(m);
	uint32_t table = number_of(m, sizeof(*route), RTA_TABLE, route->rtm_table);

	/* They say how things are, and are not taken back. */
	route->rtm_flags &= ~(unsigned)(RTNH_F_DEAD | RTNH_F_LINKDOWN);
	return table != RT_TABLE_MAIN && table != RT_TABLE_LOCAL &&
	       route->rtm_protocol != RTPROT_KERNEL && !(route->rtm_flags & RTM_F_CLONED);
}

static bool is_lost_rule(struct nlmsghdr *m)
{
	return number_of(m, sizeof(struct fib_rule_hdr), FRA_PROTOCOL, RTPROT_UNSPEC) !=
	       RTPROT_KERNEL;
}

struct question {
	unsigned short type;
	unsigned char family;
	size_t head; /* bytes of a message before its attributes */
	bool (*is_lost)(struct nlmsghdr *m);
};

static int send_question(int fd, const struct question *q, struct error *err)
{
	struct {
		struct nlmsghdr head;
		struct rtmsg body; /* as long as struct fib_rule_hdr */
	} m = {
		.head = { .nlmsg_len = sizeof(m),
			  .nlmsg_type = q->type,
			  .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.body = { .rtm_family = q->family },
	};

	_Static_assert(sizeof(struct rtmsg) == sizeof(struct fib_rule_hdr), "one form for both");
	return send(fd, &m, sizeof(m), 0) < 0 ? fail_errno(err, "cannot ask for routes") : 0;
}

/* Goes through what has arrived: 1, 0 when it was the end, -1. */
static int take_answer(const struct question *q, void *data, size_t size, struct buffer *out,
		       struct error *err)
{
	struct nlmsghdr *m = data;
	size_t step;

	for (; size >= sizeof(*m) && m->nlmsg_len >= sizeof(*m) && m->nlmsg_len <= size;
	     size -= step, m = (void *)((char *)m + step)) {
		step = NLMSG_ALIGN(m->nlmsg_len);
		step = step < size ? step : size;
		if (m->nlmsg_type == NLMSG_DONE)
			return 0;
		if (m->nlmsg_type == NLMSG_ERROR)
			return fail(err, "the kernel does not tell its routes");
		if (m->nlmsg_len < NLMSG_LENGTH(q->head) || !q->is_lost(m))
			continue;
		if (out->size + m->nlmsg_len > ROUTES_SIZE_MAX)
			return fail(err, "more than %u bytes of routes", ROUTES_SIZE_MAX);
		buffer_append(out, span_of(m, NLMSG_ALIGN(m->nlmsg_len)));
	}
	return out->failed ? fail_memory(err) : 1;
}

static int ask(int fd, const struct question *q, struct buffer *out, struct error *err)
{
	_Alignas(struct nlmsghdr) char answer[32768];
	int more = 1;

	if (send_question(fd, q, err) < 0)
		return -1;
	while (more > 0) {
		ssize_t n = recv(fd, answer, sizeof(answer), MSG_TRUNC);

		if (n >= 0 && (size_t)n > sizeof(answer))
			errno = EMSGSIZE;
		if (n < 0 || (size_t)n > sizeof(answer))
			return fail_errno(err, "cannot read the kernel's routes");
		more = take_answer(q, answer, (size_t)n, out, err);
	}
	return more;
}

int routes_ask(int ns, struct buffer *routes, struct buffer *rules, struct error *err)
{
	static const struct question questions[] = {
		{ RTM_GETROUTE, AF_INET, sizeof(struct rtmsg), is_lost_route },
		{ RTM_GETROUTE, AF_INET6, sizeof(struct rtmsg), is_lost_route },
		{ RTM_GETRULE, AF_INET6, sizeof(struct fib_rule_hdr), is_lost_rule },
	};
	cleanup_close int fd = open_socket(ns, err);
	int status = fd < 0 ? -1 : 0;

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]) && status == 0; i++)
		status = ask(fd, &questions[i], questions[i].type == RTM_GETROUTE ? routes : rules,
			     err);
	return status;
}
