/* client/spawn.h - the daemon as a process: what it inherits, and how it ended. */
#ifndef CLIENT_SPAWN_H
#define CLIENT_SPAWN_H

#include <sys/types.h>

#include "client/fault.h"

#define LISTEN_FD 3

/* Starts program in a session of its own: cwd /, stdin and stdout null, stderr the log (null when
 * it cannot be opened), descriptor 3 the listener, no other. The pid, or -1. */
pid_t spawn_daemon(
        const char *program, const char *socket, int listener, const char *log, struct fault *f);
/* Becomes program --foreground. Returns only on failure. */
int exec_daemon(const char *program, const char *socket, struct fault *f);
/* Has our child ended otherwise than with exit 0? how: "exit 2", "signal 11". It may be dying just
 * now: waits a moment for it. */
bool spawn_ended_badly(pid_t pid, struct strbuf *how);
/* Runs argv[0] from PATH and waits. Its exit status, 127 when it cannot be run. */
int spawn_wait(const char *const *argv);
/* The same with what it prints on both streams, at most max bytes, appended to out. */
int spawn_read(const char *const *argv, struct strbuf *out, size_t max);

/* The environment for a daemon, out of env: NULL-terminated, with CLNRM_LISTEN_FD when listen is
 * set. The caller frees with env_free(). */
char **daemon_env(char *const *env, bool listen);
void env_free(char **env);

#endif
