/* daemon/server/arguments.h - what stands behind '?' is held against proto/routes.h.
 *
 * An argument that the route does not take, and one whose value is not of its type, would be
 * without effect: both are refused by name. Bounds and words are the handlers' own.
 */
#ifndef DAEMON_SERVER_ARGUMENTS_H
#define DAEMON_SERVER_ARGUMENTS_H

#include "daemon/server/server_priv.h"

/* True when something was refused, and the exchange answered: 400 with a finding for each. */
bool arguments_refuse(struct exchange *x);

#endif
