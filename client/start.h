/* client/start.h - the daemon is started when there is none, and ended.
 *
 * Starting is free of races: the one who holds start.lock binds and listens under a temporary name,
 * renames it over the socket's, and only then spawns the daemon with the listener as descriptor 3.
 * Whoever connects in between waits in the backlog; if the daemon dies, the kernel resets them.
 */
#ifndef CLIENT_START_H
#define CLIENT_START_H

#include <stdint.h>
#include <sys/types.h>

#include "client/where.h"

#define DRAIN_MS 30000
#define END_AFTER_DRAIN_MS 10000 /* what a daemon may take beyond its drain time */

/* What this process started, if it did. */
struct started {
	pid_t pid;      /* 0 = nothing */
	off_t log_from; /* where its log begins */
	char *log;      /* path */
};
void started_release(struct started *s);

/* A connected descriptor, to a daemon that is started when none listens. -1 with a fault. */
int start_open(const struct where *w, struct started *s, struct fault *f);

/* When the daemon that we started has died: fills f with daemon-start and the last lines of its
 * log. A daemon that has ended well (idle) is no fault: false. */
bool start_failed(struct started *s, struct fault *f);

/* Asks the daemon of build `build` to end (NULL = any), waits until it has, and starts ours. For
 * restart: s is filled. 0 or -1. */
int start_anew(const struct where *w, const char *build, int64_t drain_ms, struct started *s,
        struct fault *f);
/* Asks and waits. 0, or -1 with a fault. */
int start_end_daemon(const struct where *w, const char *build, int64_t drain_ms, struct fault *f);

/* Turns this process into the daemon, in the foreground. Returns only with a fault. */
int start_foreground(const struct where *w, struct fault *f);

#endif
