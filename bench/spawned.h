/* bench/spawned.h - programs, timed from before their spawn until they are reaped.
 *
 * One way for every contestant: vfork and exec, as posix_spawn does it, so that the size of this
 * process does not count. Standard input is empty, output goes to a file in memory.
 */
#ifndef BENCH_SPAWNED_H
#define BENCH_SPAWNED_H

#include <sys/types.h>

#include "common/err.h"
#include "common/strbuf.h"

struct command {
	const char *const *argv; /* argv[0] is a path, or a name that is looked for in PATH */
	char *const *env;        /* NULL = ours */
	const char *dir;         /* NULL = ours */
	uid_t uid;               /* 0 = as we are; else also its gid of the same number */
	gid_t gid;
	int out; /* for stdout and stderr; -1 = /dev/null */
};

/* The program's path: PATH is searched once, outside of what is timed. NULL when there is none. */
const char *program_path(const char *name);

pid_t command_start(const struct command *c, struct err *e);

/* Starts it and waits for its end. *status as waitpid(2) gives it. */
int command_time(const struct command *c, double *ms, int *status, struct err *e) MUST_CHECK;

/* For preparations: output into out (may be NULL); ending with anything but 0 is an error that
 * quotes the last line. */
int command_run(const struct command *c, struct strbuf *out, struct err *e) MUST_CHECK;

/* The same as root in our directory. */
int run_program(struct strbuf *out, struct err *e, const char *const *argv) MUST_CHECK;
#define RUN(out, e, ...) run_program(out, e, (const char *const[]){ __VA_ARGS__, NULL })

/* A file in memory to capture output; emptied, or read, between uses. */
int capture_open(struct err *e);
void capture_empty(int fd);
void capture_read(int fd, struct strbuf *out);

#endif
