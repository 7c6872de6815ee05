/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The field numbers of cgroup.img, for code that walks it on the wire.
 * tests/unit/test_cgroup_fields.c compares them with the schema.
 *
 *	cgroup_entry
 *	├── sets: cg_set_entry              which groups tasks are in
 *	│   └── ctls: cg_member_entry       one per controller: name, path
 *	└── controllers: cg_controller_entry
 *	    ├── cnames                      "cpu", "cpuacct"; "" for v2
 *	    └── dirs: cgroup_dir_entry      the groups of this hierarchy
 *	        ├── dir_name                from the root, or from the parent
 *	        ├── properties: cgroup_prop_entry
 *	        └── children: cgroup_dir_entry
 */
#ifndef CRW_CGROUP_FIELDS_H
#define CRW_CGROUP_FIELDS_H

enum {
	CGROUP_ENTRY_SETS = 1,
	CGROUP_ENTRY_CONTROLLERS = 2,

	CG_SET_ID = 1,
	CG_SET_CTLS = 2,

	CG_MEMBER_NAME = 1,
	CG_MEMBER_PATH = 2,
	CG_MEMBER_CGNS_PREFIX = 3,

	CG_CONTROLLER_CNAMES = 1,
	CG_CONTROLLER_DIRS = 2,
	CG_CONTROLLER_THREADED = 3,

	CGROUP_DIR_NAME = 1,
	CGROUP_DIR_CHILDREN = 2,
	CGROUP_DIR_PROPERTIES = 3,
	CGROUP_DIR_PERMS = 4,

	CGROUP_PROP_NAME = 1,
	CGROUP_PROP_VALUE = 2,
	CGROUP_PROP_PERMS = 3,

	CGROUP_PERMS_MODE = 1,
	CGROUP_PERMS_UID = 2,
	CGROUP_PERMS_GID = 3,
};

#endif
