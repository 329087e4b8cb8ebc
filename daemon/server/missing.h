/* daemon/server/missing.h - "there is no such thing", with the names that are near. */
#ifndef DAEMON_SERVER_MISSING_H
#define DAEMON_SERVER_MISSING_H

#include "daemon/server/handler.h"

/* A problem of `code` (not-found, image-not-found) with kind, name and similar[] of known
 * (NULL-terminated). help is said when nothing is near. */
struct missing {
	const char *code, *kind, *name;
	const char *const *known;
	const char *detail, *help;
};
void answer_missing(struct request *r, const struct missing *m);

#endif
