/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A host with threads that this process holds, and their images: what a dump finds. */
#ifndef CRW_AFFINITY_HOST_H
#define CRW_AFFINITY_HOST_H

#include "fakehost.h"

static inline void write_image(const char *file, const struct buffer *image)
{
	int fd = openat(images, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, image->data, image->size) != (ssize_t)image->size)
		exit(1);
	close(fd);
}

static inline void core(const char *file)
{
	struct buffer image = { 0 };

	image_begin(&image, kind_of_file(file, NULL));
	image_put(&image, span_of("", 0));
	write_image(file, &image);
	buffer_free(&image);
}

/* A thread of the process 300, that `tracer` holds. */
static inline void thread(int tid, int number, int tracer, const char *cpus)
{
	char path[100], text[300];

	snprintf(text, sizeof(text),
		 "Name:\tx\nTracerPid:\t%d\nNSpid:\t%d\t%d\n"
		 "Cpus_allowed_list:\t%s\n",
		 tracer, tid, number, cpus);
	snprintf(path, sizeof(path), "proc/300/task/%d/status", tid);
	fakeroot_put(root, path, text);
	snprintf(path, sizeof(path), "proc/300/task/%d/cgroup", tid);
	fakeroot_put(root, path, "0::/ct\n");
	if (tid == 300)
		fakeroot_put(root, "proc/300/status", text);
}

static inline void source(void)
{
	fakehost_unified("/", "cpuset\n");
	fakeroot_put(root, "sys/fs/cgroup/ct/cpuset.cpus.effective", "0-3\n");
	fakeroot_put(root, "sys/devices/system/cpu/online", "0-7\n");
	thread(300, 7, getpid(), "0-3");
	thread(301, 8, getpid(), "3");
	thread(302, 9, getpid(), "0-1");
	thread(303, 10, getpid() + 1, "1");
	fakeroot_put(root, "proc/12/status", "Name:\tother\nTracerPid:\t0\n");
	core("core-7.img");
	core("core-8.img");
	core("core-9.img");
	core("core-10.img");
}

#endif
