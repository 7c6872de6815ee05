/* SPDX-License-Identifier: GPL-2.0-only */
/* Counts to the one that fails. */
#ifndef CRW_FAULT_H
#define CRW_FAULT_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

/* Is this the one with the number in that variable of the environment? `left` is -1 at the
 * first call. Then the file $FAULT_MARK is made, so that whoever tries one number after the
 * other sees when there are no more. */
static inline bool fault_is_now(const char *variable, long *left)
{
	const char *number = getenv(variable), *mark = getenv("FAULT_MARK");

	if (*left < 0)
		*left = number ? atol(number) : 0;
	if (*left == 0 || --*left > 0)
		return false;
	if (mark)
		close(open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	return true;
}

#endif
