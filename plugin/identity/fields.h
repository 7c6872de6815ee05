/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The fields of fields.def, gone through by what they hold. */
#ifndef CRW_IDENTITY_FIELDS_H
#define CRW_IDENTITY_FIELDS_H

#include "../../rules/rules.h"

enum field_role {
	ROLE_SRC,
	ROLE_DST,
	ROLE_SRC_PORT,
	ROLE_DST_PORT,
	ROLE_STATE,
	ROLE_ADDRESS,
	ROLE_PREFIX,
	ROLE_BROADCAST,
	ROLE_LINE,
	ROLE_PATH,
	ROLE_PATHS,
	ROLE_DEVICE,
	ROLE_HOSTNAME,
	ROLE_LSM,
	ROLE_PTS,
};

/* rules_sweep() over all rows of the role. */
int fields_sweep(struct rules_call *call, enum field_role role, rules_judge judge, void *ctx,
		 struct error *err);

/* For judges: the bytes as the fresh value, if they differ from what is there. */
int fields_give(const struct rules_object *o, const struct buffer *bytes, struct value *fresh,
		struct error *err);

#endif
