/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two sides of a migration say to each other: messages of a kind, a number and
 * a text or a file, over any stream. */
#ifndef MIGRATE_CHANNEL_H
#define MIGRATE_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum message_kind {
	/* of the source */
	MESSAGE_ROUND = 1,  /* number: start a page server for that round */
	MESSAGE_ROUND_SENT, /* wait for it */
	MESSAGE_FILE,       /* text: its name; number: its size, and that many bytes follow */
	MESSAGE_PAGE,       /* text: of which file; number: which page of it, which follows */
	MESSAGE_LAZY,       /* all other pages come when they are asked for */
	MESSAGE_RESTORE,
	MESSAGE_GO, /* let the tasks run */
	/* of the destination */
	MESSAGE_YES, /* done; number: to MESSAGE_ROUND_SENT, the bytes of the round; to
			MESSAGE_LAZY, the version of CRIU; to MESSAGE_GO, the first task */
	MESSAGE_NO,  /* text: why not */
};

#define MESSAGE_TEXT_MAX 1024
#define PAGE_BYTES 4096

struct message {
	uint32_t kind;
	uint64_t number;
	char text[MESSAGE_TEXT_MAX];
};

/* All of it. -1: the other side is gone. */
int stream_read(int fd, void *data, size_t size);
int stream_write(int fd, const void *data, size_t size);

/* Where it is a TCP connection it breaks when nothing of the other side's machine is heard for so
 * many seconds; with `answers` also when it takes nothing for so long. Other streams have to
 * break by themselves. */
void stream_watch(int fd, int seconds, bool answers);

/* -1: the other side is gone, or has sent nonsense. */
int message_send(int fd, enum message_kind kind, uint64_t number, const char *text);
int message_receive(int fd, struct message *message);

/* A file's content, behind its message. */
int content_send(int fd, int file, uint64_t size);
int content_receive(int fd, int file, uint64_t size);

#endif
