/* daemon/server/skew.h - clients and daemons of different builds (cli.md 6.5).
 *
 * Only a client of ours says which build it is (Clnrm-Build); editors do not, and are never skewed.
 * A client that is newer, or another build of the same version, ends this daemon and starts its
 * own: it is told so with 409 and "Clnrm-Skew: replace". An older one is served, because /v1 only
 * grows; it must not replace a newer daemon, else two installations restart each other for ever.
 */
#ifndef DAEMON_SERVER_SKEW_H
#define DAEMON_SERVER_SKEW_H

#include "daemon/server/server_priv.h"

enum skew { SKEW_NONE, SKEW_CLIENT_OLDER, SKEW_CLIENT_NEWER };

enum skew skew_of(const struct exchange *x);
/* 409 for a client that is newer. */
void skew_ask_to_replace(struct exchange *x);
/* 409 for one that is older and asks for what is not in /v1; names both programs. */
void skew_refuse(struct exchange *x);

/* Below, at or above 0 as version a is older than b, the same, or newer. A version is numbers
 * parted by dots and ends at '+'; what is no number counts as 0. */
int skew_compare(const char *a, const char *b);

#endif
