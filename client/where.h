/* client/where.h - where the daemon is: its socket, its locks, its log, its program (cli.md 6.2).
 *
 * The same rules are the daemon's; both sides must agree on them. Paths are absolute.
 */
#ifndef CLIENT_WHERE_H
#define CLIENT_WHERE_H

#include <sys/types.h>

#include "client/fault.h"

#define SOCKET_PATH_MAX 107 /* sun_path less its NUL */

struct where {
	char *socket; /* .../clnrmd.sock */
	char *dir;    /* its directory */
};

/* flag is --socket, or NULL. 0, or -1 with socket-path. */
int where_init(struct where *w, const char *flag, struct fault *f);
void where_release(struct where *w);

/* 1 when the directory is there and ours alone, 0 when it is absent; -1 with socket-owner. */
int where_check(const struct where *w, struct fault *f);
/* Makes it if it is absent, and checks. */
int where_make(const struct where *w, struct fault *f);

/* The daemon's log; its directory is made when make is set. Falls back to a directory beside the
 * socket when the state directory cannot be made. The caller frees. */
char *where_log(const struct where *w, bool make);
/* CLNRM_DAEMON, beside this program, <prefix>/libexec/clnrm/, PATH. NULL with daemon-start. The
 * caller frees. */
char *where_daemon(struct fault *f);

/* The pid in life.lock when a process holds it, 0 when none does, -1 when it holds it without a
 * pid. */
pid_t where_holder(const struct where *w);
/* Waits until no process holds life.lock. False when it is still held after ms. */
bool where_wait_free(const struct where *w, int64_t ms);
/* Takes start.lock; waits for it. The descriptor, or -1 with daemon-start. */
int where_lock_start(const struct where *w, struct fault *f);
/* True when systemd listens on the default socket of this session. */
bool where_is_unit(const struct where *w);

#endif
