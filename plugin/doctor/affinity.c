/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The CPUs that threads were pinned to (plugin/affinity.h). */
#include "../affinity.h"

#include "doctor.h"

void doctor_affinity(struct doctor *d)
{
	if (doctor_has_file(d, AFFINITY_FILE))
		doctor_find(d, CAUSE_AFFINITY, CRW_LEVEL_OK, AFFINITY_FILE, NULL,
			    "has the CPUs of each thread that was pinned to some");
	else
		doctor_find(d, CAUSE_AFFINITY, CRW_LEVEL_UNKNOWN, AFFINITY_FILE,
			    "dump with the default rules, which record it",
			    "is not there: threads that were pinned to CPUs get those of criu");
}
