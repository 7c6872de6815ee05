/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * containerd's shim, which calls the runtime for docker, ctr and Kubernetes. When the runtime
 * has restored a container, the shim switches all controllers on in every group above that of
 * the first task (Start() in its task service, ToggleControllers() of containerd/cgroups; seen
 * with containerd 1.7). Of a controller that is on already nothing happens; but where one comes
 * anew, be it cpu or io, Linux up to 6.1 has threads forget which CPUs they are bound to. So all
 * are switched on before they are bound.
 */
#ifndef CRW_CGROUP_SHIM_H
#define CRW_CGROUP_SHIM_H

#include "create.h"

/* Has such a shim called the runtime that has called this process? */
bool cgroup_shim_waits(void);

/* Does what the shim will do. `task` is the first one, in its group; `mount` where
 * all of v2 is mounted below made->root. */
void cgroup_shim_precede(struct cgroup_created *made, const char *mount, pid_t task,
			 cgroup_note *note, void *ctx);

#endif
