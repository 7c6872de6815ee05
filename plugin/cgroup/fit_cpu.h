/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Judges of CPU time, for the table of fit_judge.c. */
#ifndef CRW_CGROUP_FIT_CPU_H
#define CRW_CGROUP_FIT_CPU_H

#include "fit.h"

enum fit_verdict judge_quota(struct fit *fit, struct fit_item *item, struct error *err);
enum fit_verdict judge_burst(struct fit *fit, struct fit_item *item, struct error *err);
enum fit_verdict judge_rt(struct fit *fit, struct fit_item *item, struct error *err);

#endif
