/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Image kinds: which files CRIU writes, by name and by magic, and which
 * message their entries are. One row per kind in kinds.def.
 */
#ifndef CRW_KIND_H
#define CRW_KIND_H

#include "schema.h"

#define MAGIC_COMMON 0x54564319u  /* CRIU, criu/include/magic.h: the first word of an image, */
#define MAGIC_SERVICE 0x55105940u /* and of one that nothing is restored from */

/* What may follow an entry's message; image.c knows how long each is. */
enum kind_payload {
	PAYLOAD_NONE,
	PAYLOAD_PIPE,   /* pipe_data_entry.bytes */
	PAYLOAD_SOCKET, /* sk_packet_entry.length */
	PAYLOAD_TCP,    /* tcp_stream_entry.inq_len + outq_len */
	PAYLOAD_SHM,    /* ipc_shm_entry.size, rounded up, unless in_pagemaps */
	PAYLOAD_SEM,    /* ipc_sem_entry.nsems, rounded up */
	PAYLOAD_MSG,    /* ipc_msg_entry.qnum messages, each with its own head */
	PAYLOAD_GHOST,  /* the rest of the file, or chunks with heads */
	PAYLOAD_BPFMAP, /* bpfmap_data_entry.keys_bytes + values_bytes */
};

/* What is in the file of a kind that is no protobuf. */
enum kind_raw {
	RAW_NOT,     /* protobuf, or bytes without entries */
	RAW_NETLINK, /* netlink messages, each an entry */
	RAW_TEXT,    /* lines, each an entry */
};

struct image_kind {
	const char *name;       /* "core", as CRIU and crit say it in lower case */
	const char *pattern;    /* file name, one '*' for letters and digits: "core-*.img" */
	const char *magic_name; /* "CORE", as crit writes it; NULL without entries */
	uint32_t magic;         /* 0: raw bytes, no entries */
	bool service;           /* the first word is IMG_SERVICE; nothing is restored from it */
	const struct message_type *head;  /* of the first entry when it differs, or NULL */
	const struct message_type *entry; /* of the (other) entries; NULL without entries */
	enum kind_payload payload;
	enum kind_raw raw;
	uint32_t raw_magic; /* that the file of a raw kind begins with; 0: none */
};

size_t kind_count(void);
const struct image_kind *kind_at(size_t index);

/* By file name ("core-7.img"); NULL when no kind has such a name. id_text,
 * if not NULL, gets the part that the '*' stands for. */
const struct image_kind *kind_of_file(const char *file, struct span *id_text);
/* The same for one kind; id_text is asked for. */
bool kind_has_file(const struct image_kind *kind, const char *file, struct span *id_text);
/* By the magic of a file; that of raw images as entries (raw.h) is no file's. */
const struct image_kind *kind_of_magic(uint32_t magic);
const struct image_kind *kind_named(const char *name, size_t size);
/* Not of CRIU: what rules recorded at a dump. */
bool kind_is_record(const struct image_kind *kind);

/* Kinds that hold entries (head or rest) of this message, from index *at on;
 * NULL when there are no more. Usually one: "cgroup_entry" is cgroup.img. */
const struct image_kind *kind_of_message(const struct message_type *m, size_t *at);

#endif
