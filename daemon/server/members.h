/* daemon/server/members.h - strict reading of small JSON bodies: an unknown member, or one of
 * another type, is a problem that names it. */
#ifndef DAEMON_SERVER_MEMBERS_H
#define DAEMON_SERVER_MEMBERS_H

#include "daemon/server/handler.h"

enum member_type {
	MEMBER_TEXT,
	MEMBER_COUNT, /* an integer, 0 or more */
	MEMBER_FLAG,
	MEMBER_ANY, /* its reader checks it (cwd, env) */
};

/* A table of them ends with a name of NULL. */
struct member {
	const char *name;
	enum member_type type;
};

/* -1: answered with bad-request, all findings in errors[]. A request without a body is fine. */
int members_check(struct request *r, const struct member *allowed) MUST_CHECK;

/* Of a body that was checked. */
const char *member_text(const struct request *r, const char *name); /* NULL */
int64_t member_count(const struct request *r, const char *name, int64_t otherwise);
bool member_flag(const struct request *r, const char *name);

#endif
