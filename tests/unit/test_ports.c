/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who would wait for a socket that no task has any more. */
#include "../../plugin/ports.h"
#include "image_files.h"
#include "test.h"

#define SOCKET(id, type, state, port, opts)                                                        \
	"file_entry { type=INETSK id=" id " isk { id=" id " ino=" id " family=2 type=" type        \
	" proto=6 state=" state " src_port=" port " dst_port=0 flags=2 backlog=1" IMAGE_FOWN       \
	IMAGE_OPTS(opts) " } }\n"
#define TCP "1"
#define UDP "2"
#define CONNECTED "1"
#define CLOSED "7"
#define LISTENS "10"
#define BOTH " reuseaddr=true so_reuseport=true"

static const char sockets[] = SOCKET("1", TCP, CONNECTED, "80", "")
	SOCKET("2", TCP, LISTENS, "80", " reuseaddr=true") SOCKET("3", TCP, LISTENS, "81", BOTH)
		SOCKET("4", TCP, LISTENS, "81", BOTH) SOCKET("5", TCP, LISTENS, "82", "")
			SOCKET("6", TCP, CLOSED, "0", "") SOCKET("7", UDP, CLOSED, "83", "")
				SOCKET("8", TCP, LISTENS, "83", "")
					SOCKET("9", TCP, LISTENS, "84", "")
						SOCKET("10", TCP, LISTENS, "84", "");

static const struct {
	uint64_t id;
	int waits;
	const char *what;
} cases[] = {
	{ 1, 1, "a listening socket waits for a connection of its port" },
	{ 2, 0, "a connection waits for nobody" },
	{ 3, 0, "nor does what keeps both options" },
	{ 5, 0, "or is alone on its port" },
	{ 6, 0, "a socket without a port" },
	{ 7, 0, "another protocol" },
	{ 9, 1, "two of a port, the first" },
	{ 10, 1, "and the second" },
	{ 77, 0, "a socket that is not there" },
};

static void test_cases(int root)
{
	struct ports ports = { .read = false };
	struct checkpoint c;
	struct error err;
	int dir;

	image_file_put(root, "some", "files.img", sockets);
	dir = image_files_open(root, "some");
	checkpoint_init(&c, dir, 1 << 20, 1 << 20);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		is_number(ports_wait_for(&ports, &c, cases[i].id, &err), cases[i].waits,
			  cases[i].what);
	/* Or it would take as long as all sockets times all that are lost. */
	unlinkat(root, "some/files.img", 0);
	checkpoint_free(&c);
	checkpoint_init(&c, dir, 1 << 20, 1 << 20);
	is_number(ports_wait_for(&ports, &c, 1, &err), 1, "images are walked over once");
	ports_free(&ports);
	checkpoint_free(&c);
	close(dir);
}

static void test_unreadable(int root)
{
	struct ports ports = { .read = false };
	struct checkpoint c;
	struct error err;
	int dir;

	fakeroot_put(root, "bad/files.img", "no image");
	dir = image_files_open(root, "bad");
	checkpoint_init(&c, dir, 1 << 20, 1 << 20);
	is_number(ports_wait_for(&ports, &c, 1, &err), -1, "files that cannot be read");
	checkpoint_free(&c);
	close(dir);
	ports_free(&ports);
}

int main(void)
{
	int root = fakeroot_make();

	test_cases(root);
	test_unreadable(root);
	close(root);
	fakeroot_remove();
	return test_end();
}
