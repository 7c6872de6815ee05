/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the plugin does in a stage of CRIU: from its init, whose -1 stops CRIU, to its exit.
 * Restored tasks run exit handlers and destructors of this process, so there are none.
 */
#ifndef CRW_STAGES_H
#define CRW_STAGES_H

/* restore.c. `ret` is what CRIU ends with: 0 is success. */
int restore_begin(void);
void restore_end(int ret);

/* dump.c */
int dump_begin(void);
void dump_end(int ret);

/* It has no end: nothing runs at that of a pre-dump. */
int pre_dump_begin(void);

#endif
