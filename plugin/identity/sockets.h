/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sockets of a checkpoint, and which connections have both of their ends in it. */
#ifndef CRW_IDENTITY_SOCKETS_H
#define CRW_IDENTITY_SOCKETS_H

#include "../../rules/rules.h"

#define SOCKETS_MAX 1000000

/* Numbers of include/net/tcp_states.h and include/uapi/linux/in.h. */
enum {
	SOCKET_ESTABLISHED = 1,
	SOCKET_CLOSE = 7,
	SOCKET_LISTEN = 10,
	SOCKET_TCP = 6,
	SOCKET_UDP = 17,
};

struct socket {
	uint64_t id, protocol, state, src_port, dst_port;
	struct value src, dst; /* NONE: it has none */
	bool closes;           /* set by who reads them */
};

struct sockets {
	struct buffer list; /* of struct socket, by id once read */
	struct buffer ends; /* of struct socket_ends, sorted: what is looked for among many */
	struct buffer own;  /* of struct socket_address, sorted */
};

int sockets_read(struct rules_call *call, struct sockets *s, struct error *err);
void sockets_free(struct sockets *s);
size_t sockets_count(const struct sockets *s);
struct socket *sockets_at(const struct sockets *s, size_t index);

/* That of the object, which is a message of a socket; NULL: not read. */
struct socket *sockets_of(const struct sockets *s, const struct rules_object *o);

/* A TCP connection, whatever state it is in. */
bool socket_is_connection(const struct socket *s);
/* Is its other end in the checkpoint, too? */
bool sockets_is_inside(const struct sockets *s, const struct socket *one);
/* Is the address one that a socket of the checkpoint has for its own, or that was added? */
bool sockets_have(const struct sockets *s, const struct value *address);
int sockets_add_own(struct sockets *s, const struct value *address, struct error *err);
/* After the last was added. */
void sockets_sort_own(struct sockets *s);

/* Closes the connections that are marked: each is a socket that was closed by its peer. */
int sockets_close(struct rules_call *call, const struct sockets *s, struct error *err);

#endif
